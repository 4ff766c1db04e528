/* One call as text: a ladder, then each message with what is in it. */
#include "story.h"

#include <stdlib.h>

/* Parts of a call, as in html.h. */
enum { HEAD, STEP, NOTE, BODY };
enum { LANE_WIDTH = 26, LABEL_MAX = LANE_WIDTH - 6, LINE_WIDTH = LANE_WIDTH * TGP_MOST_ENDS + 1, MOST_TEXT = 300 };

/* ---- what comes --------------------------------------------------------------------------------------------- */

static bool has_call_id(const tgp_unit *unit, const char *call_id)
{
    tg_sip_head head;
    const char *reason;
    tg_status status = tg_sip_cut(unit->octets, &head, &reason);
    if (status != TG_OK && status != TG_TRUNCATED)
        return false;
    return head.call_id.len == strlen(call_id) && memcmp(head.call_id.data, call_id, head.call_id.len) == 0;
}

static bool is_wanted(const tgp_presenter *p, const tgp_trace_step *s)
{
    if (s->call == TGP_NONE || !s->unit)
        return false;
    switch (p->options.by) {
    case TGP_BY_CALL:
        return s->call == p->options.number;
    case TGP_BY_CALL_ID:
        return has_call_id(s->unit, p->options.call_id);
    default:
        return true;
    }
}

/* A line of a message, whatever octets stand in it. */
static void add_line(tg_text *out, const char *line, size_t len)
{
    tg_text copy = { 0 };
    tg_text_add(&copy, line, len);
    for (size_t i = 0; i < copy.len; i++)
        copy.data[i] = copy.data[i] ? copy.data[i] : 1; /* a NUL would end it */
    tgp_add(out, "    ");
    if (copy.data)
        tgp_add_plain(out, copy.data, SIZE_MAX);
    tgp_add(out, "\n");
    out->failed = out->failed || copy.failed;
    tg_text_free(&copy);
}

static void add_sip(tg_text *out, tg_bytes octets, bool headers_only)
{
    const char *at = (const char *)octets.data, *end = at + octets.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        if (!stop)
            stop = end;
        size_t len = (size_t)(stop - at);
        if (len > 0 && at[len - 1] == '\r')
            len--;
        if (len == 0 && headers_only)
            return;
        add_line(out, at, len);
        at = next;
    }
}

static void add_head(tg_text *out, uint64_t frame, int64_t time, tgp_transport transport, const tgp_endpoint *source,
                     const tgp_endpoint *destination)
{
    char text[TGP_TIME_MAX];
    tgp_time_text(time, text);
    tgp_add(out, "\nframe %llu, %s, %s, ", (unsigned long long)frame, text, tgp_transport_name(transport));
    tgp_add_endpoint(out, source);
    tgp_add(out, " -> ");
    tgp_add_endpoint(out, destination);
    tgp_add(out, "\n");
}

static void take_step(void *user, const tgp_trace_step *s)
{
    tgp_presenter *p = user;
    tgp_step step;
    if (!is_wanted(p, s))
        return;
    tgp_step_of_sip(s, &step);
    tgp_story_step(p, s->call, STEP, &step);
    add_head(&p->text, s->frame, s->time, s->transport, &s->source, &s->destination);
    add_sip(&p->text, s->unit->octets, p->options.headers_only);
    tgp_keep(p, s->call, BODY, s->frame);
}

static void add_tree(tg_text *out, const tgp_trace_message *m)
{
    tg_text tree = { 0 };
    (void)tg_report_write_tree(m->message, tgp_text_sink(&tree));
    for (size_t at = 0; at < tree.len;) {
        const char *stop = memchr(tree.data + at, '\n', tree.len - at);
        size_t len = stop ? (size_t)(stop - (tree.data + at)) : tree.len - at;
        add_line(out, tree.data + at, len);
        at += len + 1;
    }
    out->failed = out->failed || tree.failed;
    tg_text_free(&tree);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    tgp_story_message(p, m, STEP);
    if (m->call == TGP_NONE) {
        add_head(out, m->frame, m->time, m->transport, &m->source, &m->destination);
        add_line(out, m->first_line, strlen(m->first_line));
    }
    tgp_add(out, "  MIKEY message %llu", (unsigned long long)m->number);
    if (m->copy_of != TGP_NONE) {
        tgp_add(out, ": copy of message %llu\n", (unsigned long long)m->copy_of);
    } else {
        tgp_add(out, "%s%s%s%s: %s", m->ex && m->ex[0] ? ", " : "", m->ex ? m->ex : "",
                m->from != TG_SENDER_UNKNOWN ? " from " : "", tgp_sender_letter(m->from),
                tgp_message_fails(m) ? "fails" : "conforms");
        tgp_text_outcomes(out, "; ", m);
        tgp_add(out, "\n");
        if (m->message)
            add_tree(out, m);
        else
            tgp_text_error(out, m, 4);
        for (size_t i = 0; i < m->num_findings; i++)
            tgp_text_finding(out, &m->findings[i], 4);
    }
    tgp_story_detail(p, m, BODY);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgp_presenter *p = user;
    tgp_step step;
    tgp_step_of_connection(c, &step);
    tgp_story_step(p, c->call, STEP, &step);
    tgp_add(&p->text, "\n");
    tgp_text_connection(&p->text, c);
    for (size_t i = 0; i < c->num_findings; i++)
        tgp_text_finding(&p->text, &c->findings[i], 4);
    tgp_keep(p, c->call, BODY, c->first_frame);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgp_presenter *p = user;
    tgp_add(&p->text, "  ");
    tgp_text_container(&p->text, c);
    for (size_t i = 0; i < c->num_findings; i++)
        tgp_text_finding(&p->text, &c->findings[i], 4);
    tgp_keep(p, c->call, BODY, c->frame);
}

static void take_finding(void *user, const tgp_trace_finding *finding)
{
    tgp_presenter *p = user;
    tgp_text_trace_finding(&p->text, finding, 2);
    tgp_keep(p, finding->call_number, BODY, finding->frame);
}

static void take_call(void *user, const tgp_call_facts *call)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    bool by_id = p->options.by == TGP_BY_CALL_ID;
    if (by_id && strncmp(call->call_id, p->options.call_id, TGP_CALL_TEXT - 1) != 0)
        return;
    if (p->options.by == TGP_BY_CALL && call->number != p->options.number)
        return;
    tgp_add(out, "call %llu: ", (unsigned long long)call->number);
    tgp_add_plain(out, call->caller, MOST_TEXT);
    tgp_add(out, " -> ");
    tgp_add_plain(out, call->called, MOST_TEXT);
    tgp_add(out, "\nCall-ID ");
    tgp_add_plain(out, call->call_id, MOST_TEXT);
    tgp_add(out, ", frames %llu to %llu\n\n", (unsigned long long)call->first_frame,
            (unsigned long long)call->last_frame);
    tgp_keep(p, call->number, HEAD, by_id); /* the third part says that it is the one that is looked for */
    for (size_t i = 0; i < call->num_notes; i++) {
        tgp_add(out, "  note %s, frame %llu: ", tgp_note_name(call->notes[i].kind),
                (unsigned long long)call->notes[i].frame);
        tgp_add_plain(out, call->notes[i].text, TG_TEXT_MAX);
        tgp_add(out, "\n");
        tgp_keep(p, call->number, NOTE, call->notes[i].frame);
    }
}

/* ---- the ladder --------------------------------------------------------------------------------------------- */

static size_t lane(size_t column)
{
    return column * LANE_WIDTH;
}

static void put(char *line, size_t at, const char *text, size_t most)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len && i < most && at + i < LINE_WIDTH - 1; i++) {
        unsigned char c = (unsigned char)text[i];
        line[at + i] = c < 0x20 || c > 0x7e ? '?' : (char)c; /* one octet a column */
    }
}

static void add_lane_line(tg_text *out, const tgp_ladder *ladder, size_t step)
{
    char line[LINE_WIDTH];
    size_t from = ladder->ways[step].from, to = ladder->ways[step].to;
    const tgp_step *s = &ladder->steps[step];
    memset(line, ' ', sizeof line);
    for (size_t i = 0; i < ladder->num_ends; i++)
        line[lane(i)] = '|';
    size_t low = from < to ? from : to, high = from < to ? to : from;
    for (size_t at = lane(low) + 1; at < lane(high); at++)
        line[at] = s->kind == TGP_STEP_TLS ? '=' : '-';
    if (low == high)
        put(line, lane(low) + 1, "<-", 2);
    else if (from < to)
        line[lane(high) - 1] = '>';
    else
        line[lane(low) + 1] = '<';
    const char *label = s->num_mikey ? s->what : s->line;
    put(line, lane(low) + 3, strncmp(label, "SIP/2.0 ", 8) == 0 ? label + 8 : label, LABEL_MAX - 1);
    size_t len = lane(ladder->num_ends - 1 > high ? ladder->num_ends - 1 : high) + 1;
    tg_text_add(out, line, low == high && len < lane(low) + LANE_WIDTH ? lane(low) + LANE_WIDTH : len);
    if (s->mark == TGP_MARK_BAD)
        tgp_add(out, "  fails");
    tgp_add(out, "\n");
}

static void send_ladder(tgp_presenter *p, const tgp_ladder *ladder)
{
    tg_text *out = &p->text;
    for (size_t i = 0; i < ladder->num_ends; i++) {
        char text[TGP_ENDPOINT_MAX];
        tgp_ladder_end_text(ladder, i, text);
        tgp_add(out, i ? "%-*s" : "                         %-*s", LANE_WIDTH, text);
    }
    tgp_add(out, "\n");
    for (size_t i = 0; i < ladder->num; i++) {
        double seconds = (double)(ladder->steps[i].time - ladder->steps[0].time) / 1e9;
        tgp_add(out, "%8llu %+14.6f  ", (unsigned long long)ladder->steps[i].frame, seconds);
        add_lane_line(out, ladder, i);
    }
    if (ladder->left_out > 0)
        tgp_add(out, "%zu more steps are not drawn\n", ladder->left_out);
    tgp_send(p);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void send_part(tgp_presenter *p, uint64_t call, uint64_t part)
{
    for (size_t at = tgp_spool_find(p->spool, (tgp_key){ call, part, 0 }); at < tgp_spool_num(p->spool) && !p->failed;
         at++) {
        tgp_key key = tgp_spool_key(p->spool, at);
        if (key.a != call || key.b != part)
            return;
        p->failed = !tgp_spool_read(p->spool, at, &p->text);
        tgp_send(p);
    }
}

static void send_call(tgp_presenter *p, uint64_t call, tgp_ladder *ladder)
{
    if (p->found)
        tgp_add(&p->text, "\n");
    p->found = true;
    send_part(p, call, HEAD);
    tgp_story_ladder(p, call, STEP, ladder);
    send_ladder(p, ladder);
    send_part(p, call, NOTE);
    send_part(p, call, BODY);
}

static bool is_chosen(const tgp_presenter *p, size_t at)
{
    tgp_key key = tgp_spool_key(p->spool, at);
    switch (p->options.by) {
    case TGP_BY_CALL:
        return key.a == p->options.number;
    case TGP_BY_CALL_ID:
        return key.b == HEAD && key.c == 1;
    default:
        return false;
    }
}

static void send_conversation(tgp_presenter *p, tgp_ladder *ladder)
{
    size_t at = tgp_spool_find(p->beside, (tgp_key){ p->options.number, 0, 0 });
    uint64_t last = TGP_NONE;
    for (; at < tgp_spool_num(p->beside) && !p->failed; at++) {
        tgp_key key = tgp_spool_key(p->beside, at);
        if (key.a != p->options.number)
            return;
        uint64_t call = key.b == TGP_BESIDE_CALL ? key.c : TGP_LADDER_OF_CONVERSATION(key.a);
        if (call == last || (key.b != TGP_BESIDE_CALL && last != TGP_NONE))
            continue;
        send_call(p, call, ladder);
        last = call;
    }
}

static void write_follow(tgp_presenter *p, const tgp_ending *ending)
{
    (void)ending;
    tgp_ladder *ladder = malloc(sizeof *ladder);
    p->failed = p->failed || !ladder;
    uint64_t last = TGP_NONE;
    if (p->options.by == TGP_BY_CONVERSATION && ladder)
        send_conversation(p, ladder);
    for (size_t at = 0; at < tgp_spool_num(p->spool) && !p->failed; at++) {
        uint64_t call = tgp_spool_key(p->spool, at).a;
        if (call == last || !is_chosen(p, at))
            continue;
        send_call(p, call, ladder);
        last = call;
    }
    free(ladder);
}

static void prepare(tgp_presenter *p)
{
    tgp_story_join(p, STEP, BODY);
}

void tgp_follow_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ .step = take_step, TGP_TAKES_WHAT_IS_JUDGED };
    p->prepare = prepare;
    p->write = write_follow;
}
