#include "watch.h"

#include <stdio.h>

/* ---- digests ------------------------------------------------------------------------------------------------ */

static void mix(uint64_t *to, const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        *to = (*to ^ octets[i]) * 0x100000001b3u; /* FNV-1a */
    *to = (*to ^ len) * 0x100000001b3u;
}

static void mix_number(uint64_t *to, uint64_t number)
{
    mix(to, &number, sizeof number);
}

/* What is told is one piece: its digest, and that without places in packets. */
typedef struct item {
    uint64_t all, units;
} item;

static item begin(const char *what)
{
    item out = { 0xcbf29ce484222325u, 0xcbf29ce484222325u };
    mix(&out.all, what, strlen(what));
    mix(&out.units, what, strlen(what));
    return out;
}

static void add(item *to, const void *data, size_t len)
{
    mix(&to->all, data, len);
    mix(&to->units, data, len);
}

static void add_number(item *to, uint64_t number)
{
    add(to, &number, sizeof number);
}

/* Numbers follow the order in which units are complete. */
static void add_in_order(item *to, uint64_t number)
{
    mix_number(&to->all, number);
    mix_number(&to->units, number == TGP_NONE);
}

/* Within units the order of what is told is not asked for. */
static void end(fuzz_watch *w, const item *told)
{
    mix_number(&w->digest, told->all);
    w->digest_of_units += told->units;
}

/* ---- parts -------------------------------------------------------------------------------------------------- */

static void add_text(const fuzz_watch *w, item *to, const char *text)
{
    FUZZ_CHECK(text, "texts", "there is none");
    add(to, text, strlen(text));
    if (w->check_text)
        w->check_text(text, strlen(text));
}

static void add_frame(const fuzz_watch *w, item *to, uint64_t frame)
{
    FUZZ_CHECK(frame > 0 && frame <= w->num_packets, "places", "frame %llu of %zu", (unsigned long long)frame,
               w->num_packets);
    mix_number(&to->all, frame);
    if (w->units)
        mix_number(&to->units, w->units[frame - 1]);
}

static void add_place(const fuzz_watch *w, item *to, uint64_t frame, uint32_t offset, uint32_t length)
{
    add_frame(w, to, frame);
    size_t len = w->packets[frame - 1].len;
    FUZZ_CHECK(offset <= len && length <= len - offset, "places", "octets %u+%u of %zu in frame %llu", offset, length,
               len, (unsigned long long)frame);
    mix_number(&to->all, offset);
    mix_number(&to->all, length);
}

static void add_findings(fuzz_watch *w, item *to, const tgp_placed_finding *findings, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        const tg_finding *f = findings[i].finding;
        FUZZ_CHECK(f->requirement && f->path[0] && f->text[0], "texts", "a finding without row, path or text");
        add_text(w, to, f->requirement->id);
        add_text(w, to, f->path);
        add_text(w, to, f->text);
        if (findings[i].has_frame)
            add_place(w, to, findings[i].frame, findings[i].frame_offset, findings[i].frame_length);
        w->told.findings++;
        w->told.must_findings += f->requirement->level == TG_LEVEL_MUST;
    }
}

static void check_pieces(const fuzz_watch *w, const tgp_piece *pieces, size_t num)
{
    item ignored = begin("");
    for (size_t i = 0; i < num; i++)
        add_place(w, &ignored, pieces[i].frame, pieces[i].frame_offset, pieces[i].len);
}

/* ---- what is told ------------------------------------------------------------------------------------------- */

static void take_step(void *user, const tgp_trace_step *step)
{
    fuzz_watch *w = user;
    item told = begin("step");
    add_frame(w, &told, step->frame);
    add_text(w, &told, step->first_line);
    add_in_order(&told, step->call);
    add_number(&told, (uint64_t)step->time);
    add(&told, step->unit->octets.data, step->unit->octets.len);
    check_pieces(w, step->unit->pieces, step->unit->num_pieces);
    end(w, &told);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    fuzz_watch *w = user;
    item told = begin("message");
    add_frame(w, &told, m->frame);
    add_frame(w, &told, m->first_frame);
    FUZZ_CHECK(m->first_frame <= m->frame, "places", "the first frame is behind the last");
    add_text(w, &told, m->first_line);
    add_text(w, &told, m->call_id);
    add_text(w, &told, m->cseq);
    add_text(w, &told, m->ex);
    add_text(w, &told, m->profile->name);
    const uint64_t numbers[] = { (uint64_t)m->time, m->carrier,  (uint64_t)m->m_line, m->num_m_lines,
                                 m->from,           m->auth,     m->ticket_auth,      m->vr_auth,
                                 m->kemac,          m->conforms, m->reception,        m->message != NULL };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&told, numbers[i]);
    const uint64_t ordered[] = { m->number, m->call, m->copy_of, m->conversation };
    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++)
        add_in_order(&told, ordered[i]);
    add(&told, m->octets.data, m->octets.len);
    add_findings(w, &told, m->findings, m->num_findings);
    check_pieces(w, m->pieces, m->num_pieces);
    if (m->copy_of == TGP_NONE && !m->message)
        FUZZ_CHECK(m->error.status != TG_OK && !m->conforms, "texts", "what does not parse has no error, or conforms");
    w->told.messages++;
    w->told.copies += m->copy_of != TGP_NONE;
    w->told.failing += m->copy_of == TGP_NONE && !m->conforms;
    end(w, &told);
}

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    fuzz_watch *w = user;
    item told = begin("conversation");
    add_in_order(&told, c->number);
    add_number(&told, (uint64_t)c->keys);
    add_number(&told, c->accepted);
    add_number(&told, c->num_messages);
    for (size_t i = 0; i < c->num_messages; i++)
        add_in_order(&told, c->messages[i]);
    for (size_t i = 0; i < c->num_teks; i++) {
        add_number(&told, c->teks[i].csb_id);
        add_number(&told, c->teks[i].cs_id);
        add(&told, c->teks[i].tek.data, c->teks[i].tek.len);
    }
    w->told.conversations++;
    end(w, &told);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    fuzz_watch *w = user;
    item told = begin("connection");
    const tg_tls_handshake *h = &c->judgement->handshake;
    const uint64_t numbers[] = { c->datagrams, c->has_tek, c->leg, c->m_line, h->client, h->server, h->complete };
    add_in_order(&told, c->number);
    add_in_order(&told, c->call);
    add_frame(w, &told, c->first_frame);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&told, numbers[i]);
    /* A path names the segment: another one when it was cut. */
    item places = begin("places");
    add_findings(w, &places, c->findings, c->num_findings);
    mix_number(&told.all, places.all);
    for (size_t i = 0; i < c->num_findings; i++)
        add_text(w, &told, c->findings[i].finding->requirement->id);
    end(w, &told);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    fuzz_watch *w = user;
    item told = begin("container");
    const uint64_t numbers[] = { (uint64_t)c->time, c->judgement->origin, c->judgement->accepted,
                                 c->judgement->mime.container.outcome };
    add_in_order(&told, c->call);
    add_frame(w, &told, c->frame);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&told, numbers[i]);
    add_findings(w, &told, c->findings, c->num_findings);
    end(w, &told);
}

static void take_finding(void *user, const tgp_trace_finding *f)
{
    fuzz_watch *w = user;
    item told = begin("finding");
    FUZZ_CHECK(f->requirement && f->text[0], "texts", "a finding without row or text");
    add_text(w, &told, f->requirement->id);
    add_text(w, &told, f->text);
    add_in_order(&told, f->call_number);
    add_in_order(&told, f->message);
    add_in_order(&told, f->connection);
    if (f->has_place)
        add_place(w, &told, f->frame, f->frame_offset, f->frame_length);
    else
        add_frame(w, &told, f->frame);
    w->told.findings++;
    w->told.must_findings += f->requirement->level == TG_LEVEL_MUST;
    end(w, &told);
}

static void take_call(void *user, const tgp_call_facts *call)
{
    fuzz_watch *w = user;
    item told = begin("call");
    const uint64_t numbers[] = { (uint64_t)call->last_time, call->num_legs, call->num_media, call->num_notes,
                                 call->num_linked };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&told, numbers[i]);
    add_in_order(&told, call->number);
    add_frame(w, &told, call->first_frame);
    add_frame(w, &told, call->last_frame);
    add_text(w, &told, call->call_id);
    add_text(w, &told, call->caller);
    add_text(w, &told, call->called);
    for (size_t i = 0; i < call->num_notes; i++) {
        add_frame(w, &told, call->notes[i].frame);
        add_text(w, &told, call->notes[i].text);
    }
    w->told.calls++;
    end(w, &told);
}

static void take_key_log(void *user, const char *line)
{
    fuzz_watch *w = user;
    item told = begin("key log");
    FUZZ_CHECK(strncmp(line, "CLIENT_RANDOM ", 14) == 0 && strlen(line) == 14 + 64 + 1 + 96, "texts",
               "a line of the key log: %s", line);
    add(&told, line, strlen(line));
    end(w, &told);
}

tgp_trace_listener fuzz_watch_listener(fuzz_watch *watch)
{
    return (tgp_trace_listener){ take_step,       take_message,   take_conversation,
                                 take_connection, take_container, take_finding,
                                 take_call,       take_key_log,   watch };
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void check_count(const char *name, uint64_t told, uint64_t counted)
{
    FUZZ_CHECK(told == counted, "counts", "%llu %s told, %llu counted", (unsigned long long)told, name,
               (unsigned long long)counted);
}

void fuzz_watch_check(const fuzz_watch *w, const tgp_trace *trace)
{
    tgp_trace_counts counts;
    uint64_t sum = 0;
    tgp_trace_count(trace, &counts);
    for (unsigned i = 0; i < TGP_NUM_PACKETS; i++)
        sum += tgp_units_packets(tgp_trace_units(trace), (tgp_packet_fate)i);
    check_count("packets with a fate", sum, w->num_packets);
    check_count("packets", w->num_packets, counts.packets);
    check_count("messages", w->told.messages, counts.messages);
    check_count("copies", w->told.copies, counts.copies);
    check_count("failing messages", w->told.failing, counts.failing);
    check_count("conversations", w->told.conversations, counts.conversations);
    check_count("calls", w->told.calls, counts.calls);
    check_count("findings", w->told.findings, counts.findings);
    check_count("findings of level MUST", w->told.must_findings, counts.must_findings);
    tgp_verdict verdict = tgp_trace_verdict(trace, "", false);
    FUZZ_CHECK((verdict == TGP_FAILS) == (counts.failing || counts.must_findings), "verdict", "%s",
               tgp_verdict_name(verdict));
    FUZZ_CHECK(verdict != TGP_NOTHING || counts.messages == 0, "verdict", "nothing to judge in messages");
}
