/* What is complete goes out: messages, then their conversation, its containers and connections; findings and the call when it is closed. */
#include <stdlib.h>

#include "tracing.h"

void tgt_tell_step(tgp_trace *trace, const tgp_unit *unit, uint64_t call, const char *first_line)
{
    if (!trace->listener.step)
        return;
    const tgp_trace_step step = { .frame = unit->frame,
                                  .call = call,
                                  .time = unit->time,
                                  .transport = unit->transport,
                                  .source = unit->source,
                                  .destination = unit->destination,
                                  .first_line = first_line,
                                  .unit = unit };
    trace->listener.step(trace->listener.user, &step);
}

/* ---- one message ------------------------------------------------------------------------------------------------ */

static bool has_failed(tg_outcome outcome)
{
    return outcome == TG_OUTCOME_FAIL;
}

/* TRACE.md section 4, `fails`. */
static bool conforms(const tgt_record *r, const tg_judgement *j)
{
    if (r->broken || !j || j->parse != TG_OK || has_failed(j->auth) || has_failed(j->ticket_auth) ||
        has_failed(j->vr_auth) || has_failed(j->kemac))
        return false;
    for (size_t i = 0; i < j->num_findings; i++) {
        if (j->findings[i]->requirement->level == TG_LEVEL_MUST)
            return false;
    }
    return true;
}

static void count_findings(tgp_trace *trace, const tgp_trace_message *m)
{
    for (size_t i = 0; i < m->num_findings; i++) {
        trace->counts.findings++;
        trace->counts.must_findings += m->findings[i].finding->requirement->level == TG_LEVEL_MUST;
    }
}

static void fill_judged(tgp_trace *trace, const tgt_record *r, tgp_trace_message *m)
{
    const tg_judgement *j = tgt_judgement_of(r);
    m->octets = r->octets;
    m->profile = r->conversation->profile;
    m->conforms = conforms(r, j);
    m->judgement = j && r->conversation->number != TGP_NONE ? j : NULL;
    m->reception = TG_RECEPTION_REJECT;
    m->auth = m->ticket_auth = m->vr_auth = m->kemac = TG_OUTCOME_SKIPPED;
    if (r->broken || !j) {
        m->error = (tg_diag){ .status = r->broken ? TG_BAD_BASE64 : TG_NO_MEMORY, .id = "", .path = "message" };
        return;
    }
    m->message = j->message;
    m->error = j->diag;
    m->reception = j->reception;
    m->auth = j->auth;
    m->ticket_auth = j->ticket_auth;
    m->vr_auth = j->vr_auth;
    m->kemac = j->kemac;
    tgp_placed_finding *placed = tgt_placed(trace, j->num_findings);
    for (size_t i = 0; placed && i < j->num_findings; i++)
        tgt_place_in_message(r, j->findings[i], &placed[i]);
    m->findings = placed;
    m->num_findings = placed ? j->num_findings : 0;
}

/* So that findings about its place can name it. */
static void remember_spot(tgp_trace *trace, const tgt_record *r)
{
    if (!r->call || r->num_pieces == 0)
        return;
    tgt_spot *spot = tgt_alloc(trace, sizeof *spot);
    if (!spot)
        return;
    *spot = (tgt_spot){ r->call->spots, r->pieces[0].frame, r->number, r->pieces[0].frame_offset, r->pieces[0].len };
    r->call->spots = spot;
    r->call->num_spots++;
}

void tgt_tell_record(tgp_trace *trace, tgt_record *r)
{
    const tgt_conversation *c = r->conversation;
    tgp_trace_message m = { .number = r->number,
                            .frame = r->frame,
                            .first_frame = r->first_frame,
                            .time = r->time,
                            .transport = r->transport,
                            .source = r->source,
                            .destination = r->destination,
                            .carrier = r->carrier,
                            .first_line = r->first_line,
                            .call_id = r->call ? tgp_call_id(r->call->call) : "",
                            .cseq = r->cseq,
                            .call = r->call ? r->call->number : TGP_NONE,
                            .m_line = r->m_line,
                            .has_m_lines = r->has_m_lines,
                            .m_lines = r->m_lines,
                            .num_m_lines = r->num_m_lines,
                            .copy_of = r->original ? r->original->number : TGP_NONE,
                            .conversation = r->original ? TGP_NONE : c->number,
                            .ex = "",
                            .error = { .id = "" },
                            .profile = c->profile,
                            .conforms = true,
                            .pieces = r->pieces,
                            .num_pieces = r->num_pieces };
    m.auth = m.ticket_auth = m.vr_auth = m.kemac = TG_OUTCOME_SKIPPED;
    if (!r->original) {
        m.ex = r->ex;
        m.from = r->from;
        fill_judged(trace, r, &m);
        trace->counts.failing += !m.conforms;
        count_findings(trace, &m);
    }
    if (trace->listener.message)
        trace->listener.message(trace->listener.user, &m);
    remember_spot(trace, r);
    tgt_before_keep(trace, r);
    r->told = true;
    r->conversation->num_told++;
}

/* ---- a conversation --------------------------------------------------------------------------------------------- */

static bool reserve(tgp_trace *trace, size_t num)
{
    if (num <= trace->max_numbers)
        return true;
    uint64_t *numbers = realloc(trace->numbers, num * 2 * sizeof *numbers);
    if (!numbers) {
        trace->out_of_memory = true;
        return false;
    }
    trace->numbers = numbers;
    trace->max_numbers = num * 2;
    return true;
}

/* The session keys that its newest messages give, each crypto session once. */
static size_t list_teks(const tgt_conversation *c, tgp_trace_tek *out, size_t max)
{
    size_t num = 0;
    for (size_t i = tg_conversation_num(c->judged); i-- > 0;) {
        const tg_judgement *j = tg_conversation_judgement(c->judged, i);
        for (size_t k = 0; k < j->derived.num_cs; k++) {
            const tg_session_key *key = &j->derived.cs[k];
            size_t n = 0;
            while (n < num && !(out[n].cs_id == key->cs_id && out[n].csb_id == j->message->hdr.csb_id))
                n++;
            if (n == num && num < max && key->tek.len)
                out[num++] = (tgp_trace_tek){ j->message->hdr.csb_id, key->cs_id, key->tek };
        }
    }
    return num;
}

static void swap_teks(tgp_trace_tek *teks, size_t num)
{
    for (size_t i = 0; i < num / 2; i++) {
        tgp_trace_tek tek = teks[i];
        teks[i] = teks[num - 1 - i];
        teks[num - 1 - i] = tek;
    }
}

enum { MAX_TEKS = 1024 };

static void tell_conversation(tgp_trace *trace, tgt_conversation *c)
{
    tgp_trace_conversation out = { .number = c->number, .profile = c->profile, .keys = c->keys };
    if (!trace->listener.conversation || c->number == TGP_NONE || !reserve(trace, c->num_originals))
        return;
    for (const tgt_record *r = c->first; r; r = r->next) {
        if (!r->original)
            trace->numbers[out.num_messages++] = r->number;
    }
    out.messages = trace->numbers;
    out.judged = c->judged;
    if (c->judged) {
        out.accepted = tg_conversation_is_accepted(c->judged);
        if (!trace->teks && trace->keys)
            trace->teks = calloc(MAX_TEKS, sizeof *trace->teks);
        if (trace->teks)
            out.num_teks = list_teks(c, trace->teks, MAX_TEKS);
        swap_teks(trace->teks, out.num_teks);
        out.teks = trace->teks;
    }
    trace->listener.conversation(trace->listener.user, &out);
}

/* Where its only message, as mostly, stands in tables. */
static void fetch_tables(const tgp_trace *trace, const tgt_conversation *c)
{
    const tgt_record *r = c->first;
    if (!r)
        return;
    tgt_table_expect(&trace->octets, &r->by_octets);
    tgt_table_expect(&trace->keys_of_records, &r->by_key);
    tgt_table_expect(&trace->transactions, &r->by_transaction);
    tgt_table_expect(&trace->csbs, &r->by_csb);
    tgt_table_expect(&trace->tickets, &c->by_ticket);
    tgt_before_expect(trace->before, r->by_octets.hash);
}

/* Where memory is wanted again and again, those that were quiet the longest go one after the other: the next ones are fetched, in the steps in which
 * one finds the way to them. */
static void fetch_next(const tgp_trace *trace, const tgt_conversation *c)
{
    enum { OF_RECORD = 1024 };
    const tgt_conversation *next = c->busier, *second = next ? next->busier : NULL;
    if (!second)
        return;
    if (c->first)
        tgt_before_expect_keep(trace->before, c->first->by_octets.hash);
    fetch_tables(trace, next);
    if (next->first)
        tgt_fetch(next->first->call, sizeof(tgt_call));
    tgt_fetch(second->first, OF_RECORD);
    tgt_fetch(second->busier, sizeof *second);
}

void tgt_tell_conversation(tgp_trace *trace, tgt_conversation *c)
{
    fetch_next(trace, c);
    tgt_judge(trace, c);
    for (tgt_record *r = c->first; r; r = r->next) {
        if (!r->told)
            tgt_tell_record(trace, r);
    }
    tell_conversation(trace, c);
    for (tgt_container *k = c->containers; k; k = k->next)
        tgt_tell_container(trace, c, k);
    tgt_tell_connections_of(trace, c);
    tgt_free_conversation(trace, c);
}

/* In the order of numbers; what is judged and waits for its last message is bounded. */
void tgt_tell_all(tgp_trace *trace)
{
    tgt_record *r = trace->oldest;
    while (r) {
        tgt_conversation *c = r->conversation;
        tgt_judge(trace, c);
        tgt_tell_record(trace, r);
        if (c->num_told == c->num) {
            tgt_tell_conversation(trace, c);
        } else if (trace->judged_octets > trace->limit) {
            trace->counts.judged_early++;
            tgt_tell_conversation(trace, c);
        }
        /* What was told is gone from the list, or still stands in it and was told. */
        r = trace->oldest;
        while (r && r->told)
            r = r->later;
    }
}

/* ---- findings and calls ----------------------------------------------------------------------------------------- */

enum { MAX_HELD = 64 };

static void tell_finding(tgp_trace *trace, tgp_trace_finding *finding)
{
    trace->counts.findings++;
    trace->counts.must_findings += finding->requirement->level == TG_LEVEL_MUST;
    if (trace->listener.finding)
        trace->listener.finding(trace->listener.user, finding);
}

/* A finding at an attribute is about the message in it. */
static void name_message(const tgt_call *call, tgp_trace_finding *finding)
{
    for (const tgt_spot *s = call->spots; s && finding->message == TGP_NONE && finding->has_place; s = s->next) {
        uint32_t end = finding->frame_offset + finding->frame_length;
        if (s->frame == finding->frame && finding->frame_offset < s->frame_offset + s->frame_length &&
            s->frame_offset < end)
            finding->message = s->number;
    }
}

static void tell_findings(tgp_trace *trace, tgt_call *call)
{
    tgt_finding *next, *f = call->findings;
    call->findings = NULL;
    call->last_finding = &call->findings;
    call->num_findings = 0;
    for (; f; f = next) {
        next = f->next;
        name_message(call, &f->finding);
        tell_finding(trace, &f->finding);
        tgt_release(trace, f, sizeof *f);
    }
}

void tgt_take_finding(tgp_trace *trace, const tgp_trace_finding *finding)
{
    tgt_call *call = finding->call ? tgt_call_of(trace, (tgp_call *)(uintptr_t)finding->call) : NULL;
    tgt_finding *held = call ? tgt_alloc(trace, sizeof *held) : NULL;
    if (!held) {
        tgp_trace_finding copy = *finding;
        tell_finding(trace, &copy);
        return;
    }
    held->finding = *finding;
    held->finding.call_number = call->number;
    *call->last_finding = held;
    call->last_finding = &held->next;
    if (++call->num_findings >= MAX_HELD)
        tell_findings(trace, call);
}

/* Everything that was found in the call is judged now, so that rows that waited can be. */
void tgt_closing(tgp_trace *trace, tgp_call *call)
{
    tgt_call *state = tgt_call_of(trace, call);
    while (state && state->records)
        tgt_tell_conversation(trace, state->records->conversation);
    if (state && state->num_connections)
        tgt_tell_connections_of_call(trace, state);
}

void tgt_closed(tgp_trace *trace, tgp_call *call)
{
    tgt_closing(trace, call);
    tgt_call *state = tgt_call_of(trace, call);
    tgp_call_facts facts;
    tgp_call_facts_of(call, &facts);
    if (state)
        tell_findings(trace, state);
    if (trace->listener.call)
        trace->listener.call(trace->listener.user, &facts);
    trace->counts.calls++;
    if (state)
        tgt_free_call(trace, state);
}
