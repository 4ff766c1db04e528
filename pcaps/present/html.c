/* The page: one file, no other resources, no scripts. */
#include "html.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROWS = 1000, MOST_CONVERSATIONS = 1000, MOST_URI = 120, MOST_TEXT = 1000 };
#define MOST_PAGE ((size_t)16 << 20)
/* Conversations stand among the records as if they were of this call. */
#define CONVERSATIONS (TGP_NONE - 1)

/* ---- what comes --------------------------------------------------------------------------------------------- */

static void take_step(void *user, const tgp_trace_step *s)
{
    tgp_presenter *p = user;
    tgp_step step;
    if (s->call == TGP_NONE || p->num[0] >= TGP_MOST_KEPT_STEPS)
        return; /* HTTP without MIKEY is not drawn */
    p->num[0]++;
    tgp_step_of_sip(s, &step);
    tgp_story_step(p, s->call, TGP_HTML_STEP, &step);
}

static void keep_row(tgp_presenter *p, uint64_t frame)
{
    const tgp_key key = { TGP_NONE, 0, frame };
    p->failed = p->text.failed || !tgp_spool_add(p->beside, key, p->text.data, p->text.len) || p->failed;
    p->text.len = 0;
}

static void keep_rows(tgp_presenter *p, const tgp_placed_finding *findings, size_t num, uint64_t call, uint64_t frame,
                      char kind, uint64_t number)
{
    tg_text anchor = { 0 };
    tgp_add(&anchor, "%c%llu", kind, (unsigned long long)number);
    for (size_t i = 0; i < num && !anchor.failed; i++) {
        tgp_html_finding_row(&p->text, &findings[i], call, anchor.data);
        keep_row(p, frame);
    }
    p->failed = p->failed || anchor.failed;
    tg_text_free(&anchor);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    p->found = true;
    tgp_story_message(p, m, TGP_HTML_STEP);
    tgp_html_message(&p->text, m);
    tgp_story_detail(p, m, TGP_HTML_DETAIL);
    keep_rows(p, m->findings, m->num_findings, m->call, m->frame, 'm', m->number);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgp_presenter *p = user;
    tgp_step step;
    p->found = true;
    tgp_step_of_connection(c, &step);
    tgp_story_step(p, c->call, TGP_HTML_STEP, &step);
    tgp_html_connection(&p->text, c);
    tgp_keep(p, c->call, TGP_HTML_DETAIL, c->first_frame);
    keep_rows(p, c->findings, c->num_findings, c->call, c->first_frame, 'c', c->number);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgp_presenter *p = user;
    p->found = true;
    tgp_html_container(&p->text, c);
    tgp_keep(p, c->call, TGP_HTML_DETAIL, c->frame);
    keep_rows(p, c->findings, c->num_findings, c->call, c->frame, 's', c->frame);
}

static void take_finding(void *user, const tgp_trace_finding *f)
{
    tgp_presenter *p = user;
    p->found = true;
    tgp_html_trace_finding_row(&p->text, f);
    keep_row(p, f->frame);
    tgp_add(&p->text, "<p class=\"%s\"><span class=\"word\">%s</span> %s, frame %llu: ",
            f->requirement->level == TG_LEVEL_MUST ? "bad" : "should", tg_level_name(f->requirement->level),
            f->requirement->id, (unsigned long long)f->frame);
    tgp_add_xml(&p->text, f->text, MOST_TEXT);
    tgp_add(&p->text, "</p>\n");
    tgp_keep(p, f->call_number, TGP_HTML_NOTE, f->frame);
}

static void take_call(void *user, const tgp_call_facts *call)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_add(out, "<h3 id=\"call%llu\">Call %llu: ", (unsigned long long)call->number, (unsigned long long)call->number);
    tgp_add_xml(out, call->caller, MOST_URI);
    tgp_add(out, " to ");
    tgp_add_xml(out, call->called, MOST_URI);
    tgp_add(out, "</h3>\n<p class=\"soft\">Call-ID ");
    tgp_add_xml(out, call->call_id, MOST_URI);
    tgp_add(out, ", frames %llu to %llu, %zu leg%s", (unsigned long long)call->first_frame,
            (unsigned long long)call->last_frame, call->num_legs, call->num_legs == 1 ? "" : "s");
    for (size_t i = 0; i < call->num_linked; i++)
        tgp_add(out, "%s<a href=\"#call%llu\">%llu</a>", i ? ", " : ", linked with call ",
                (unsigned long long)call->linked[i], (unsigned long long)call->linked[i]);
    tgp_add(out, "</p>\n");
    tgp_keep(p, call->number, TGP_HTML_HEAD, 0);
    for (size_t i = 0; i < call->num_notes; i++) {
        tgp_add(out, "<p>Note, frame %llu, %s: ", (unsigned long long)call->notes[i].frame,
                tgp_note_name(call->notes[i].kind));
        tgp_add_xml(out, call->notes[i].text, TG_TEXT_MAX);
        tgp_add(out, "</p>\n");
        tgp_keep(p, call->number, TGP_HTML_NOTE, call->notes[i].frame);
    }
}

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_add(out, "<tr><td>%llu</td><td>", (unsigned long long)c->number);
    tgp_add_xml(out, c->profile ? c->profile->name : "", MOST_URI);
    tgp_add(out, "</td><td class=\"word %s\">%s</td><td>", c->accepted ? "good" : "bad",
            c->accepted ? "accepted" : "rejected");
    for (size_t i = 0; i < c->num_messages && i < TGP_MOST_STEPS; i++)
        tgp_add(out, "<a href=\"#m%llu\">%llu</a> ", (unsigned long long)c->messages[i],
                (unsigned long long)c->messages[i]);
    tgp_add(out, "</td><td>");
    for (size_t i = 0; i < c->num_teks; i++) {
        tgp_add(out, "%sCSB 0x%08x CS %u", i ? "<br/>" : "", c->teks[i].csb_id, c->teks[i].cs_id);
        if (p->options.show_keys) {
            tgp_add(out, ": <code>");
            tgp_add_hex(out, c->teks[i].tek);
            tgp_add(out, "</code>");
        }
    }
    tgp_add(out, "</td></tr>\n");
    tgp_keep(p, CONVERSATIONS, c->number, 0);
}

/* ---- the page ----------------------------------------------------------------------------------------------- */

static const char *verdict_text(tgp_verdict verdict)
{
    static const char *const texts[] = { [TGP_CONFORMS] = "Conforms",
                                         [TGP_FAILS] = "Fails",
                                         [TGP_UNREADABLE] = "Unreadable: what could be read conforms",
                                         [TGP_NOTHING] = "Nothing to judge",
                                         [TGP_INCONCLUSIVE] =
                                             "Inconclusive: what was found conforms, but something was lost",
                                         [TGP_STOPPED] = "Stopped: what follows was not read" };
    return texts[verdict];
}

static void send_head(tgp_presenter *p, const tgp_ending *ending)
{
    tg_text *out = &p->text;
    const char *mark = ending->verdict == TGP_CONFORMS ? "good" : ending->verdict == TGP_FAILS ? "bad" : "should";
    tgp_add(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
            "content=\"width=device-width, "
            "initial-scale=1\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'\"/>\n"
            "<title>Ticketgate trace: %s</title>\n<style>\n",
            verdict_text(ending->verdict));
    tg_text_add(out, tgp_html_style, strlen(tgp_html_style));
    tgp_add(out, "</style>\n</head>\n<body>\n<header><h1>Ticketgate trace: ");
    tgp_add_xml(out, p->options.capture, MOST_URI);
    tgp_add(
        out,
        "</h1>\n<p class=\"outcome %s\">%s</p>\n<nav><a href=\"#summary\">Summary</a><a href=\"#findings\">Findings</a>"
        "<a href=\"#calls\">Calls</a><a href=\"#conversations\">Conversations</a><a "
        "href=\"#counts\">Counts</a></nav></header>\n<main>\n",
        mark, verdict_text(ending->verdict));
}

static void send_summary(tgp_presenter *p, const tgp_ending *ending)
{
    const tgp_trace_counts *c = &ending->counts;
    tg_text *out = &p->text;
    tgp_add(out, "<section id=\"summary\"><h2>Summary</h2>\n<table>\n<tr><th>MIKEY "
                 "messages</th><th>failing</th><th>copies</th><th>calls</th>"
                 "<th>conversations</th><th>findings</th></tr>\n<tr>");
    const uint64_t numbers[] = { c->messages, c->failing, c->copies, c->calls, c->conversations, c->findings };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        tgp_add(out, "<td class=\"number\">%llu</td>", (unsigned long long)numbers[i]);
    tgp_add(out, "</tr>\n</table>\n");
    if (ending->error[0]) {
        tgp_add(out, "<p class=\"bad\">Not read to the end: ");
        tgp_add_xml(out, ending->error, MOST_TEXT);
        tgp_add(out, "</p>\n");
    }
    tgp_add(out, "<p class=\"soft\">Profile ");
    tgp_add_xml(out, p->options.profile, MOST_URI);
    tgp_add(out, ". A message opens into its decoded payloads, findings and octets.</p></section>\n");
    tgp_send(p);
}

static void send_findings(tgp_presenter *p)
{
    size_t from = tgp_spool_find(p->beside, (tgp_key){ TGP_NONE, 0, 0 }), num = tgp_spool_num(p->beside) - from;
    tgp_add(&p->text, "<section id=\"findings\"><h2>Findings (%zu)</h2>\n", num);
    if (num > 0)
        tgp_add(&p->text, "<div "
                          "class=\"scroll\"><table>\n<tr><th>level</th><th>row</th><th>clause</th><th>call</"
                          "th><th>where</th><th>what</th></tr>\n");
    for (size_t i = from; i < from + num && i < from + MOST_ROWS && !p->failed; i++) {
        p->failed = !tgp_spool_read(p->beside, i, &p->text);
        tgp_send(p);
    }
    tgp_add(&p->text, num > 0 ? "</table></div>\n" : "<p>None.</p>\n");
    if (num > MOST_ROWS)
        tgp_add(&p->text, "<p class=\"soft\">%zu more are left out of this page.</p>\n", num - MOST_ROWS);
    tgp_add(&p->text, "</section>\n");
    tgp_send(p);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static bool has_part(const tgp_presenter *p, uint64_t call, unsigned part)
{
    size_t at = tgp_spool_find(p->spool, (tgp_key){ call, part, 0 });
    if (at >= tgp_spool_num(p->spool))
        return false;
    tgp_key key = tgp_spool_key(p->spool, at);
    return key.a == call && key.b == part;
}

static void read_part(tgp_presenter *p, uint64_t call, unsigned part)
{
    for (size_t at = tgp_spool_find(p->spool, (tgp_key){ call, part, 0 }); at < tgp_spool_num(p->spool) && !p->failed;
         at++) {
        tgp_key key = tgp_spool_key(p->spool, at);
        if (key.a != call || key.b != part)
            return;
        p->failed = !tgp_spool_read(p->spool, at, &p->text);
        if (p->text.len > MOST_PAGE)
            return;
    }
}

static void add_call(tgp_presenter *p, uint64_t call, tgp_ladder *ladder)
{
    char name[48] = "what belongs to no call";
    bool conversation = call >> 63 && call != TGP_NONE;
    if (conversation)
        (void)snprintf(name, sizeof name, "conversation %llu", (unsigned long long)(call & INT64_MAX));
    else if (call != TGP_NONE)
        (void)snprintf(name, sizeof name, "call %llu", (unsigned long long)call);
    tgp_add(&p->text, "<section class=\"call\">\n");
    if (has_part(p, call, TGP_HTML_HEAD))
        read_part(p, call, TGP_HTML_HEAD);
    else
        tgp_add(&p->text, "<h3>%s</h3>\n", conversation ? name : "Beside calls");
    tgp_story_ladder(p, call, TGP_HTML_STEP, ladder);
    tgp_html_ladder(&p->text, ladder, name, call);
    read_part(p, call, TGP_HTML_NOTE);
    read_part(p, call, TGP_HTML_DETAIL);
    tgp_add(&p->text, "</section>\n");
}

/* Calls with something of MIKEY in them, or a finding; as many as the page may hold. */
static void send_calls(tgp_presenter *p)
{
    tgp_ladder *ladder = malloc(sizeof *ladder);
    size_t size = 0, most = p->options.most_html ? p->options.most_html : MOST_PAGE, left_out = 0, plain = 0;
    p->failed = p->failed || !ladder;
    tgp_add(&p->text, "<section id=\"calls\"><h2>Calls</h2>\n");
    tgp_send(p);
    for (size_t at = 0; at < tgp_spool_num(p->spool) && !p->failed;) {
        uint64_t call = tgp_spool_key(p->spool, at).a;
        at = call == TGP_NONE ? tgp_spool_num(p->spool) : tgp_spool_find(p->spool, (tgp_key){ call + 1, 0, 0 });
        if (call == CONVERSATIONS)
            continue;
        if (!has_part(p, call, TGP_HTML_NOTE) && !has_part(p, call, TGP_HTML_DETAIL)) {
            plain++;
            continue;
        }
        add_call(p, call, ladder);
        size += p->text.len;
        if (size > most) {
            left_out++;
            size -= p->text.len;
            p->text.len = 0;
        }
        tgp_send(p);
    }
    free(ladder);
    if (left_out > 0)
        tgp_add(&p->text,
                "<p class=\"should\">%zu more calls with something to show are left out, since the page would be too "
                "large.</p>\n",
                left_out);
    if (plain > 0)
        tgp_add(&p->text, "<p class=\"soft\">%zu call%s without MIKEY and findings %s not drawn.</p>\n", plain,
                plain == 1 ? "" : "s", plain == 1 ? "is" : "are");
    tgp_add(&p->text, "</section>\n");
    tgp_send(p);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void send_conversations(tgp_presenter *p)
{
    size_t from = tgp_spool_find(p->spool, (tgp_key){ CONVERSATIONS, 0, 0 });
    tgp_add(&p->text, "<section id=\"conversations\"><h2>Conversations</h2>\n<div "
                      "class=\"scroll\"><table>\n<tr><th>number</th><th>profile</th>"
                      "<th>verdict</th><th>messages</th><th>TEKs</th></tr>\n");
    for (size_t i = from, num = 0; i < tgp_spool_num(p->spool) && num < MOST_CONVERSATIONS && !p->failed; i++, num++) {
        if (tgp_spool_key(p->spool, i).a != CONVERSATIONS)
            break;
        p->failed = !tgp_spool_read(p->spool, i, &p->text);
        tgp_send(p);
    }
    tgp_add(&p->text, "</table></div>\n<p class=\"soft\">%d rows at the most.</p></section>\n", MOST_CONVERSATIONS);
    tgp_send(p);
}

static void add_count(tg_text *out, uint64_t count, const char *text, bool loses)
{
    if (count > 0)
        tgp_add(out, "<tr><td class=\"number\">%llu</td><td%s>%s</td></tr>\n", (unsigned long long)count,
                loses ? " class=\"should\"" : "", text);
}

static void send_counts(tgp_presenter *p, const tgp_ending *ending)
{
    tg_text *out = &p->text;
    tgp_add(out, "<section id=\"counts\"><h2>Counts</h2>\n<table>\n<tr><th>number</th><th>of</th></tr>\n");
    add_count(out, ending->counts.packets, "packets read", false);
    for (int i = 0; i < TGP_NUM_PACKETS; i++)
        add_count(out, ending->packets[i], tgp_packet_text((tgp_packet_fate)i), tgp_packet_loses((tgp_packet_fate)i));
    for (int i = 0; i < TGP_NUM_STREAM_EVENTS; i++)
        add_count(out, ending->streams[i], tgp_stream_event_text((tgp_stream_event)i),
                  tgp_stream_event_loses((tgp_stream_event)i));
    for (int i = 0; i < TGP_NUM_UNIT_EVENTS; i++)
        add_count(out, ending->units[i], tgp_unit_event_text((tgp_unit_event)i),
                  tgp_unit_event_loses((tgp_unit_event)i));
    tgp_add(out, "</table></section>\n</main>\n</body>\n</html>\n");
    tgp_send(p);
}

static void prepare(tgp_presenter *p)
{
    tgp_story_join(p, TGP_HTML_STEP, TGP_HTML_DETAIL);
}

static void write_html(tgp_presenter *p, const tgp_ending *ending)
{
    send_head(p, ending);
    send_summary(p, ending);
    send_findings(p);
    send_calls(p);
    send_conversations(p);
    send_counts(p, ending);
}

void tgp_html_init(tgp_presenter *p)
{
    p->listener =
        (tgp_trace_listener){ .step = take_step, .conversation = take_conversation, TGP_TAKES_WHAT_IS_JUDGED };
    p->prepare = prepare;
    p->write = write_html;
}
