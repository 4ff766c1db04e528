/* A case that is a conversation: it is run with the IUT in a role's place, judged with all secrets, and put in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_deployment.h"
#include "gate_judged.h"
#include "gate_keys.h"
#include "gate_script.h"
#include "ticketgate/registry_values.h"

enum { RECORD_MEMORY = 4 << 20, CONVERSE_MEMORY = 12 << 20, JUDGE_MEMORY = 24 << 20 };
_Static_assert(RECORD_MEMORY + CONVERSE_MEMORY + JUDGE_MEMORY <= GATE_MEMORY / 2, "two exchanges fit");

typedef struct exchange {
    gate_run *r;
    const gate_case *c;
    gate_plan plan;
    tg_deviation deviation; /* made up for this case */
    tg_arena record, converse, judge;
    iut_party party;
    gate_party script;
    tg_conversation_made made, ahead; /* ahead: the same without the IUT, for its secrets */
    tg_arena ahead_arena;
    uint8_t *ahead_memory;
    bool looked_ahead;
    tg_conversation *judged;
    gate_exchange x;
    uint8_t tpk[64];
    size_t tpk_len;
    bool ran, second; /* second: beside one that is still looked at */
} exchange;

/* ---- the order of what happened ------------------------------------------------------------------------------ */

static gate_step *add_step(exchange *e)
{
    gate_exchange *x = &e->x;
    if (x->num_steps == x->capacity) {
        x->capacity = x->capacity ? x->capacity * 2 : 32;
        gate_step *more = keep_memory(&e->r->keeping, x->capacity * sizeof *more);
        if (x->num_steps)
            memcpy(more, x->steps, x->num_steps * sizeof *more);
        x->steps = more;
    }
    x->steps[x->num_steps] = (gate_step){ 0 };
    return &x->steps[x->num_steps++];
}

static tg_bytes keep_octets(exchange *e, tg_bytes octets)
{
    uint8_t *copy = keep_memory(&e->r->keeping, octets.len);
    if (octets.len)
        memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

/* What the IUT did with what came. */
static void note_call(exchange *e, gate_step *step, const iut_party_call *call)
{
    step->arrived = true;
    step->accepted = call->fault == IUT_OK && call->outcome == TGI_ACCEPTED;
    step->established = call->established;
    if (!step->accepted && call->error)
        step->refusal = keep_text(&e->r->keeping, "%s", call->error);
    for (size_t i = 0; i < call->num_sent; i++) {
        bool error = gate_type_of(call->sent[i].octets) == TG_DATA_TYPE_ERROR;
        step->error_sent = step->error_sent || error;
        step->num_answers += !error;
    }
}

static void give_tpk(void *user, tgi_open *open)
{
    exchange *e = user;
    open->tpk = (tgi_octets){ e->tpk, e->tpk_len };
}

static bool is_broken_off(const iut_party_call *call)
{
    return call->fault != IUT_OK || call->outcome == TGI_UNSUPPORTED;
}

static void add_injected(exchange *e, size_t before, size_t *next)
{
    while (*next < e->script.num_injected && e->script.injected[*next].before <= before) {
        const gate_injected *injected = &e->script.injected[(*next)++];
        if (injected->call >= e->party.num_calls)
            return;
        const iut_party_call *call = &e->party.calls[injected->call];
        if (is_broken_off(call))
            return;
        gate_step *step = add_step(e);
        step->from = call->from;
        step->to = e->c->role;
        step->to_iut = step->injected = true;
        step->injected_reject = injected->must_reject;
        step->injected_tell = injected->must_tell;
        step->injected_row = injected->row;
        step->injected_what = injected->what;
        step->octets = keep_octets(e, call->message);
        step->data_type = gate_type_of(call->message);
        step->ex = "";
        note_call(e, step, call);
    }
}

/* The call of the n-th message of the conversation that came to the IUT. */
static const iut_party_call *call_of(const exchange *e, size_t n)
{
    for (size_t i = 0; i < e->party.num_calls; i++) {
        bool injected = false;
        for (size_t k = 0; k < e->script.num_injected; k++)
            injected = injected || e->script.injected[k].call == i;
        if (strcmp(e->party.calls[i].what, "receive") == 0 && !injected && n-- == 0)
            return &e->party.calls[i];
    }
    return NULL;
}

static bool is_of_iut(const exchange *e, const tg_sent *sent)
{
    if (sent->from != e->c->role)
        return false;
    for (size_t i = 0; i < e->party.num_calls; i++) {
        const iut_party_call *call = &e->party.calls[i];
        for (size_t n = 0; n < call->num_sent; n++) {
            tg_bytes octets = call->sent[n].octets;
            if (octets.len == sent->octets.len && memcmp(octets.data, sent->octets.data, octets.len) == 0)
                return true;
        }
    }
    return false;
}

static const struct tg_delivery *delivery_of(const exchange *e, size_t sent)
{
    for (size_t i = 0; i < e->made.num_deliveries; i++) {
        if (e->made.deliveries[i].sent == sent)
            return &e->made.deliveries[i];
    }
    return NULL;
}

static void add_sent(exchange *e, size_t n, size_t *received)
{
    const tg_sent *sent = &e->made.sent[n];
    const struct tg_delivery *d = delivery_of(e, n);
    const iut_party_call *call = d && d->by_party ? call_of(e, *received) : NULL;
    gate_step *step = add_step(e);
    step->from = sent->from;
    step->to = d ? d->to : TG_SENDER_UNKNOWN;
    step->from_iut = is_of_iut(e, sent);
    step->to_iut = d && d->by_party;
    step->ex = keep_text(&e->r->keeping, "%s", sent->ex ? sent->ex : "");
    step->octets = keep_octets(e, sent->octets);
    step->data_type = gate_type_of(sent->octets);
    step->is_update = strncmp(step->ex, "update", 6) == 0;
    step->with_response = sent->octets.len > 3 && sent->octets.data[3] & 0x80;
    if (n < tg_conversation_num(e->judged)) {
        step->judgement = tg_conversation_judgement(e->judged, n);
        step->good = tg_judgement_is_accepted(step->judgement) && step->judgement->num_findings == 0;
    }
    bool lost = gate_is_type(sent->octets, gate_word_value(&e->r->keeping, e->c->line->script, "lose"));
    if (step->to_iut && lost)
        return;
    if (step->to_iut) {
        (*received)++;
        if (call && !is_broken_off(call))
            note_call(e, step, call);
        return;
    }
    step->arrived = d != NULL;
    step->accepted = d && d->accepted;
    if (d && !d->accepted) {
        step->refusal = tg_refusal_text(d->refusal);
        if (e->made.refused_by == d->to && e->made.refusal == d->refusal)
            step->refused_for = e->made.broken;
    }
}

static void add_steps(exchange *e)
{
    size_t received = 0, injected = 0;
    for (size_t n = 0; n < e->made.num_sent; n++) {
        const struct tg_delivery *d = delivery_of(e, n);
        if (d && d->by_party)
            add_injected(e, received, &injected);
        add_sent(e, n, &received);
        if (d && d->by_party)
            add_injected(e, received, &injected);
    }
    add_injected(e, SIZE_MAX, &injected);
}

/* ---- the message that the case is about ---------------------------------------------------------------------- */

static bool is_changed(const exchange *e, const gate_step *step)
{
    const tg_deviation *d = e->plan.plan.deviation;
    if (step->judgement && !step->good)
        return true;
    bool ticket = d->data_type == TG_DEVIATION_TICKET &&
                  (gate_is_type(step->octets, "TRANSFER_INIT") || gate_is_type(step->octets, "RESOLVE_INIT"));
    bool type = ticket || d->data_type == -1 || d->data_type == step->data_type;
    bool update = d->update == -1 || d->update == step->is_update;
    return type && update && (d->from == TG_SENDER_UNKNOWN || d->from == step->from);
}

static const char *refused_type(const exchange *e)
{
    static const char *const types[] = { NULL, "REQUEST_INIT", "TRANSFER_INIT", "RESOLVE_INIT" };
    return types[e->plan.plan.error];
}

static void mark(exchange *e)
{
    const char *about = gate_word_value(&e->r->keeping, e->c->line->script, "about"), *refused = refused_type(e);
    if (!about && refused && e->c->line->expect == GATE_REFUSES)
        about = refused;
    for (size_t s = 0; s < e->x.num_steps; s++) {
        gate_step *step = &e->x.steps[s];
        if (step->from_iut || step->injected)
            continue;
        step->deviated = about ? gate_is_type(step->octets, about) : e->plan.plan.deviation && is_changed(e, step);
    }
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static tg_status judge(exchange *e)
{
    tg_known known = e->made.known;
    known.without_inputs = true;
    if (gate_word_value(&e->r->keeping, e->c->line->script, "clock"))
        known.has_now = false; /* the IUT's clock is another on purpose */
    tg_status status = tg_conversation_new(e->r->crypto, &known, e->made.num_sent + 1, &e->judge, &e->judged);
    for (size_t i = 0; status == TG_OK && i < e->made.num_sent; i++) {
        tg_sent sent = e->made.sent[i];
        status = tg_conversation_add(e->judged, &sent);
    }
    return status;
}

static void note_breakdown(exchange *e)
{
    gate_run *r = e->r;
    e->x.fault = iut_fault_name(e->party.fault);
    e->x.fault_text = keep_text(&r->keeping, "%s", e->party.fault_text ? e->party.fault_text : "");
    gate_add_breakdown(r, e->c->id, e->x.fault, e->x.fault_text, e->party.last_words);
}

static void note_unsupported(exchange *e)
{
    const iut_party_call *call = e->party.unsupported;
    e->x.unsupported = keep_text(&e->r->keeping, "the implementation does not support %s%s%s", call->what,
                                 call->text ? ": " : "", call->text ? call->text : "");
}

/* What is known of this conversation before it: the same seed gives the same. `made` holds what it points to. */
static bool look_ahead(exchange *e, tg_arena *arena, tg_conversation_made *made)
{
    tg_plan plan = e->plan.plan;
    plan.party = NULL;
    plan.deviation = NULL;
    return tg_converse(e->r->crypto, &plan, arena, made) == TG_OK;
}

/* The TPK of this conversation, for a Responder who is not to use it. */
static void find_tpk(exchange *e)
{
    tg_arena arena = e->converse;
    tg_conversation_made made;
    if (!look_ahead(e, &arena, &made))
        return;
    e->tpk_len = made.known.secrets.tpk.len < sizeof e->tpk ? made.known.secrets.tpk.len : 0;
    memcpy(e->tpk, made.known.secrets.tpk.data, e->tpk_len);
    tg_conversation_made_free(&made);
    e->party.change = give_tpk;
    e->party.change_user = e;
}

/* For Errors that are authentic: its secrets, until the end of the case. */
static void find_secrets(exchange *e)
{
    size_t size = CONVERSE_MEMORY;
    e->ahead_memory = malloc(size);
    e->ahead_arena = tg_arena_of(e->ahead_memory, e->ahead_memory ? size : 0);
    e->looked_ahead = e->ahead_memory && look_ahead(e, &e->ahead_arena, &e->ahead);
    if (!e->looked_ahead)
        return;
    e->script.crypto = e->r->crypto;
    e->script.known = &e->ahead.known;
}

/* Runs the conversation; what the IUT could not do at all is noted in `x`. */
static bool converse(exchange *e, const char **why)
{
    gate_run *r = e->r;
    const char *change = gate_word_value(&r->keeping, e->c->line->script, "change");
    uint8_t *memory = r->memory + (e->second ? GATE_MEMORY / 2 : 0);
    e->record = tg_arena_of(memory, RECORD_MEMORY);
    e->converse = tg_arena_of(memory + RECORD_MEMORY, CONVERSE_MEMORY);
    e->judge = tg_arena_of(memory + RECORD_MEMORY + CONVERSE_MEMORY, JUDGE_MEMORY);
    e->party = (iut_party){ .u = r->u, .arena = &e->record, .change = change ? gate_change_find(change) : NULL };
    if (r->deployment) {
        gate_deployment_apply(r->deployment, e->c, e->second, &e->plan);
        e->party.untold = true;
    }
    if (change && strcmp(change, "with-tpk") == 0)
        find_tpk(e);
    e->script = (gate_party){ .iut = &e->party, .script = e->c->line->script, .keeping = &r->keeping,
                              .first_row = e->c->num_own_rows ? e->c->rows[0] : NULL, .arena = &e->record };
    if (gate_word_value(&r->keeping, e->c->line->script, "real-error"))
        find_secrets(e);
    e->script.spoil_second = e->plan.plan.num_updates > 0;
    tg_party party = gate_party_of(&e->script);
    e->plan.plan.party = &party;
    e->plan.plan.stands_for = e->c->role;
    e->plan.plan.of_i = e->plan.of_i;
    tg_status status = tg_converse(r->crypto, &e->plan.plan, &e->converse, &e->made);
    e->ran = status == TG_OK;
    if (e->party.fault != IUT_OK)
        note_breakdown(e);
    if (e->party.unsupported)
        note_unsupported(e);
    if (status == TG_OK)
        status = judge(e);
    *why = status == TG_OK ? NULL
           : e->party.inexpressible ? e->party.inexpressible
           : status == TG_REFUSED ? "the plan contradicts itself"
                                  : tg_status_text(status);
    return status == TG_OK;
}

/* A rejection at opening is one that nothing explains. */
static bool opened(exchange *e, gate_verdict *v)
{
    if (e->x.fault || e->x.unsupported || e->party.num_calls == 0 || e->party.calls[0].outcome == TGI_ACCEPTED)
        return true;
    v->verdict = TG_VERDICT_INCONCLUSIVE;
    v->reason = "the implementation rejects to open the session";
    return false;
}

static void write_transcript(exchange *e, tg_report_case *out)
{
    static const char *const names[] = { "", "initiator", "responder", "kms" };
    tg_report_message *list = keep_memory(&e->r->keeping, (e->x.num_steps + 1) * sizeof *list);
    for (size_t s = 0; s < e->x.num_steps; s++) {
        const gate_step *step = &e->x.steps[s];
        list[s] = (tg_report_message){ .from = names[step->from], .to = names[step->to], .from_iut = step->from_iut,
                                       .to_iut = step->to_iut, .exchange = step->ex,
                                       .type = gate_type_name(step->data_type), .octets = step->octets };
        list[s].reception = !step->arrived   ? "did not arrive"
                            : step->accepted ? "accepted"
                            : step->refusal  ? keep_text(&e->r->keeping, "rejected: %s", step->refusal)
                                             : "rejected";
    }
    out->transcript = list;
    out->num_transcript = e->x.num_steps;
}

/* Nothing secret stays behind. */
static void end(exchange *e)
{
    iut_party_close(&e->party);
    if (e->ran)
        tg_conversation_made_free(&e->made);
    tg_arena *arenas[] = { &e->record, &e->converse, &e->judge };
    for (size_t i = 0; i < 3 && arenas[i]->data; i++)
        tg_arena_wipe(arenas[i], 0);
    if (e->looked_ahead)
        tg_conversation_made_free(&e->ahead);
    if (e->ahead_memory)
        tg_arena_wipe(&e->ahead_arena, 0);
    free(e->ahead_memory);
    gate_plan_free(&e->plan);
}

/* ---- the control -------------------------------------------------------------------------------------------- */

static bool completed(const gate_exchange *x)
{
    bool all = x->finished && !x->fault && !x->unsupported;
    for (size_t s = 0; s < x->num_steps; s++)
        all = all && (!x->steps[s].to_iut || x->steps[s].accepted);
    return all;
}

static bool run_plain(gate_run *r, const gate_case *c, const char *plan)
{
    gate_line line = { .name = "control", .plan = plan, .expect = GATE_COMPLETES };
    gate_case control = *c;
    control.line = &line;
    control.id = keep_text(&r->keeping, "control of %s", c->id);
    exchange e = { .r = r, .c = &control };
    const char *why;
    bool ok = false;
    if (gate_plan_make(r->crypto, plan, c->profile, control.id, r->seed, &e.plan) && converse(&e, &why)) {
        e.x.finished = e.made.finished;
        e.x.c = &control;
        add_steps(&e);
        ok = completed(&e.x);
    }
    end(&e);
    return ok;
}

static bool completes(gate_run *r, const gate_case *c, const char *profile, const char *plan)
{
    const char *key = keep_text(&r->keeping, "%d %s %s", (int)c->role, profile, plan);
    for (size_t i = 0; i < r->num_controls; i++) {
        if (strcmp(r->controls[i].key, key) == 0)
            return r->controls[i].completed;
    }
    gate_case as = *c;
    as.profile = profile;
    bool ok = run_plain(r, &as, plan);
    if (r->num_controls == r->max_controls) {
        r->max_controls = r->max_controls ? r->max_controls * 2 : 64;
        struct gate_control *more = keep_memory(&r->keeping, r->max_controls * sizeof *more);
        if (r->num_controls)
            memcpy(more, r->controls, r->num_controls * sizeof *more);
        r->controls = more;
    }
    r->controls[r->num_controls++] = (struct gate_control){ key, ok };
    return ok;
}

/* "control=NAME:ROLE:PROFILE": that case completes too, or nothing can be said. */
static bool other_control_failed(gate_run *r, const gate_case *c)
{
    const char *name = gate_word_value(&r->keeping, c->line->script, "control");
    size_t num, len = name ? strcspn(name, ":") : 0;
    const gate_line *lines = gate_lines(&num);
    for (size_t i = 0; name && i < num; i++) {
        if (strlen(lines[i].name) == len && strncmp(lines[i].name, name, len) == 0 && strlen(name) > len + 3)
            return !completes(r, c, name + len + 3, lines[i].plan);
    }
    return false;
}

/* Does the same plan complete without what is wrong in it? Of a case that is all right itself: does the plainest one of
 * its mode? */
static bool control_failed(gate_run *r, const gate_case *c)
{
    const gate_line *line = c->line;
    const char *plan = line->plan;
    bool of_script = line->expect == GATE_COMPLETES && line->script && !gate_word_value(&r->keeping, plan, "era-2");
    if (!of_script && (line->expect == GATE_COMPLETES || !line->deviation))
        plan = keep_text(&r->keeping, "mode=%s", gate_word_value(&r->keeping, line->plan, "mode"));
    if (line->expect == GATE_REFUSES || line->expect == GATE_FAILS || gate_word_value(&r->keeping, line->plan, "error"))
        plan = keep_text(&r->keeping, "mode=%s", gate_word_value(&r->keeping, line->plan, "mode"));
    if (line->expect == GATE_COMPLETES && c->num_own_rows == 0)
        return false;
    return !completes(r, c, c->profile, plan) || other_control_failed(r, c);
}

/* What a plan has beyond the plainest one, the row that says that it is processed, and two plans that differ in it alone. */
static const struct {
    char role; /* or '*' */
    const char *words;
    const char *without, *with, *row;
} features[] = {
    { '*', "suite=256", "mode=1", "mode=1 suite=256", "RFC6043-12.1-07" },
    { '*', "era-2", "mode=1", "mode=1 era-2", "RFC6043-6.3-01" },
    { 'R', "two-kms", "mode=1", "mode=1 two-kms", "RFC6043-10-04" },
    { 'K', "of-i", "mode=1", "mode=1 two-kms of-i", "RFC6043-10-05" },
    { 'R', "mode=3", "mode=1", "mode=3", "RFC6043-4.1-01" },
    { 'K', "mode=3", "mode=1", "mode=3", "RFC6043-4.1-01" },
    { 'R', "mode=4", "mode=2", "mode=4", "RFC6043-4.1-01" },
    { 'R', "initiator-key", "mode=1", "mode=1 initiator-key", "RFC6043-4.2.2.1-06" },
    { 'I', "responder-key", "mode=1", "mode=1 responder-key", "RFC6043-4.2.2.3-16" },
    { 'R', "reuse", "mode=1", "mode=1 reuse=1", "RFC6043-6.10-08a" },
    { 'K', "resolve-each-time", "mode=1", "mode=1 reuse=1 resolve-each-time", "TS33328-6.2.3.7-02" },
    { 'I', ",key", "mode=1 update=R,response", "mode=1 update=R,response,key", "RFC6043-5.2-07" },
    { 'R', ",key", "mode=1 update=I,response", "mode=1 update=I,response,key", "RFC6043-5.2-07" },
    { 'R', "!E", "mode=1", "mode=1 flags=DFGHO", "RFC6043-10-03" },
};

/* Is it in the plan? "!E": a flag that is left out. */
static bool has_feature(const gate_case *c, const char *words)
{
    const char *plan = c->line->plan, *flags = strstr(plan, "flags=");
    if (words[0] != '!')
        return strstr(plan, words) != NULL;
    return strstr(plan, "mode=1") && flags && !memchr(flags + 6, words[1], strcspn(flags + 6, " "));
}

/* A good message was not processed: the first feature without which it would have been is the one to blame. */
static void attribute(gate_run *r, const gate_case *c, gate_verdict *v)
{
    static const char letters[] = "?IRK";
    tg_report_failure *f = &v->failures[v->num_failures - 1];
    bool any = false;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        bool fits = (features[i].role == '*' || features[i].role == letters[c->role]) && has_feature(c, features[i].words);
        any = any || fits;
        if (fits && completes(r, c, "rfc6043", features[i].without) && !completes(r, c, "rfc6043", features[i].with)) {
            f->requirement = features[i].row;
            return;
        }
    }
    /* It is none of those: then it is not what the line is about either. */
    if (any && v->processing_row)
        f->requirement = v->processing_row;
}

/* ---- freshness ---------------------------------------------------------------------------------------------- */

/* What went wrong beside the exchange that was judged: the case does not pass. */
static bool broke_off(const exchange *e, const char *why, gate_verdict *v)
{
    if (e->x.fault) {
        gate_fail(v, NULL, TG_SIDE_NONE, keep_text(v->keeping, "The implementation broke down: %s.", e->x.fault))->got =
            e->x.fault_text;
    } else if (e->x.unsupported || why) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = e->x.unsupported ? e->x.unsupported : why;
    }
    return e->x.fault || e->x.unsupported || why;
}

static void run_once_more(gate_run *r, const gate_case *c, exchange *first, gate_verdict *v)
{
    exchange e = { .r = r, .c = c, .second = true };
    const char *why = "there is no such plan";
    bool ok = gate_plan_make(r->crypto, c->line->plan, c->profile, c->id, r->seed, &e.plan) && converse(&e, &why);
    if (ok && !e.made.finished)
        why = "the second run does not complete";
    if (!broke_off(&e, why, v)) {
        e.x.c = c;
        add_steps(&e);
        gate_compare_freshness(&first->x, &e.x, v);
    }
    end(&e);
}

/* ---- a case ------------------------------------------------------------------------------------------------- */

/* J=0: when all is over, the ticket is not transferred again. */
static void start_again(exchange *e, gate_verdict *v)
{
    size_t calls = e->party.num_calls;
    tg_status status = gate_party_start_again(&e->script, e->made.known.now + ((uint64_t)60 << 32));
    const iut_party_call *call = e->party.num_calls > calls ? &e->party.calls[calls] : NULL;
    if (e->party.fault != IUT_OK)
        note_breakdown(e);
    if (e->party.unsupported)
        note_unsupported(e);
    if (broke_off(e, status != TG_OK ? tg_status_text(status) : call ? NULL : "the implementation could not be asked", v))
        return;
    for (size_t i = 0; i < call->num_sent; i++) {
        if (gate_is_type(call->sent[i].octets, "TRANSFER_INIT"))
            gate_fail(v, e->c->rows[0], TG_SIDE_SENDER, "A ticket that must not be reused is transferred again.");
    }
}

static void check_more(exchange *e, gate_verdict *v)
{
    if (e->c->role == TG_SENDER_K && e->plan.plan.two_kms && !e->plan.of_i)
        gate_compare_forwarded(&e->x, v);
    if (e->c->line->deviation && strcmp(e->c->line->deviation, "gate-no-keys-asked") == 0)
        gate_check_default_key(&e->x, v);
}

static void run_and_blame(exchange *e, tg_report_case *out, gate_verdict *v)
{
    gate_run *r = e->r;
    const char *why = NULL;
    bool without_control = control_failed(r, e->c);
    bool ok = converse(e, &why);
    e->x.c = e->c;
    e->x.compare_classes = !r->any_error && iut_can(r->u, "error-classes");
    e->x.must_only = r->must_only;
    e->x.has_kms = e->plan.plan.mode == 1 || e->plan.plan.mode == 3;
    e->x.refusal_planned = e->plan.plan.error != TG_PLAN_NO_ERROR;
    e->x.ids_left_out = e->plan.plan.leave_out_ids;
    e->x.control_failed = without_control;
    e->x.finished = ok && e->made.finished;
    e->x.established = e->party.established;
    if (ok) {
        add_steps(e);
        mark(e);
    } else if (!e->x.fault && !e->x.unsupported && opened(e, v)) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = why;
        return;
    }
    if (!opened(e, v))
        return;
    gate_blame(&e->x, v);
    if (v->processing && v->num_failures > 0 && v->verdict == TG_VERDICT_FAILED)
        attribute(r, e->c, v);
    bool keys = false;
    if (ok && v->verdict == TG_VERDICT_PASSED && iut_can(r->u, "session-keys"))
        keys = gate_compare_keys(r->crypto, e->judged, &e->x, &e->party, v);
    if (ok && v->verdict == TG_VERDICT_PASSED)
        check_more(e, v);
    if (ok && v->verdict == TG_VERDICT_PASSED && gate_word_value(&r->keeping, e->c->line->script, "start-again"))
        start_again(e, v);
    write_transcript(e, out);
    iut_party_close(&e->party);
    if (v->verdict == TG_VERDICT_PASSED && gate_word_value(&r->keeping, e->c->line->script, "fresh"))
        run_once_more(r, e->c, e, v);
    gate_count_exchange(&e->x, &e->plan.profile, keys, v);
}

/* With careless peers what is wrong gets past those who ought to refuse it, on its way to the IUT. */
static void set_deviation(exchange *e)
{
    static const char *const everything[] = { "RFC", "TS", NULL };
    const gate_line *line = e->c->line;
    const tg_deviation *found = line->deviation ? gate_deviation_find(line->deviation) : NULL;
    e->plan.plan.deviation = found;
    if (!gate_word_value(&e->r->keeping, line->script, "careless-peers"))
        return;
    e->deviation = found ? *found : (tg_deviation){ .data_type = 255, .update = -1 };
    e->deviation.overlooks = everything;
    e->plan.plan.deviation = &e->deviation;
}

void gate_run_exchange(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v)
{
    exchange e = { .r = r, .c = c };
    if (!gate_plan_make(r->crypto, c->line->plan, c->profile, c->id, r->seed, &e.plan)) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = "there is no such plan";
    } else {
        set_deviation(&e);
        run_and_blame(&e, out, v);
    }
    end(&e);
}
