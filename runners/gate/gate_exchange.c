/* A case that is a conversation: it is run with the IUT in a role's place, and judged with all secrets. */
#include "gate_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_blame.h"
#include "gate_deployment.h"
#include "gate_judged.h"
#include "gate_keys.h"

enum { RECORD_MEMORY = 4 << 20, CONVERSE_MEMORY = 12 << 20, JUDGE_MEMORY = 24 << 20 };
_Static_assert(RECORD_MEMORY + CONVERSE_MEMORY + JUDGE_MEMORY <= GATE_MEMORY / 2, "two exchanges fit");

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
    gate_add_breakdown(r, e->control_of ? e->control_of->id : e->c->id, e->x.fault, e->x.fault_text, e->party.last_words);
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

static void give_tpk(void *user, tgi_open *open)
{
    exchange *e = user;
    open->tpk = (tgi_octets){ e->tpk, e->tpk_len };
}

/* The TPK of this conversation, for a Responder who is not to use it. */
static bool find_tpk(exchange *e)
{
    tg_arena arena = e->converse;
    tg_conversation_made made;
    if (!look_ahead(e, &arena, &made))
        return false;
    tg_bytes tpk = made.known.secrets.tpk;
    bool found = tpk.len > 0 && tpk.len <= sizeof e->tpk;
    if (found)
        memcpy(e->tpk, tpk.data, tpk.len);
    e->tpk_len = found ? tpk.len : 0;
    tg_conversation_made_free(&made);
    e->party.change = give_tpk;
    e->party.change_user = e;
    return found;
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
    e->party.change_user = &r->keeping;
    bool tpk = !change || strcmp(change, "with-tpk") != 0 || find_tpk(e);
    e->script = (gate_party){ .iut = &e->party, .script = e->c->line->script, .keeping = &r->keeping,
                              .first_row = e->c->num_own_rows ? e->c->rows[0] : NULL, .arena = &e->record };
    if (gate_word_value(&r->keeping, e->c->line->script, "real-error"))
        find_secrets(e);
    if (!tpk)
        e->script.undone = "the TPK could not be found beforehand";
    else if (change && !e->party.change)
        e->script.undone = "there is no such change";
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
    tg_report_message *list = keep_memory(&e->r->keeping, (e->x.num_steps + 1) * sizeof *list);
    for (size_t s = 0; s < e->x.num_steps; s++) {
        const gate_step *step = &e->x.steps[s];
        list[s] = (tg_report_message){ .from = gate_role_name(step->from),
                                       .to = step->to == TG_SENDER_UNKNOWN ? "" : gate_role_name(step->to), .from_iut = step->from_iut,
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

bool gate_run_plain(gate_run *r, const gate_case *c, const char *plan)
{
    gate_line line = { .name = "control", .plan = plan, .expect = GATE_COMPLETES };
    gate_case control = *c;
    control.line = &line;
    control.id = keep_text(&r->keeping, "control of %s", c->id);
    exchange e = { .r = r, .c = &control, .control_of = c };
    const char *why;
    bool ok = false;
    if (gate_plan_make(r->crypto, plan, c->profile, control.id, r->seed, &e.plan) && converse(&e, &why)) {
        e.x.finished = e.made.finished;
        e.x.c = &control;
        gate_steps_add(&e);
        ok = completed(&e.x);
    }
    end(&e);
    return ok;
}

/* ---- freshness ---------------------------------------------------------------------------------------------- */

/* What went wrong beside the exchange that was judged: the case does not pass. */
static bool broke_off(const exchange *e, const char *why, gate_verdict *v)
{
    if (e->x.fault && strcmp(e->x.fault, iut_fault_name(IUT_GONE)) == 0) {
        gate_inconclusive(v, "the implementation is gone");
    } else if (e->x.fault) {
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
        gate_steps_add(&e);
        gate_compare_freshness(&first->x, &e.x, v);
        bool of_kms = e.plan.plan.mode <= 2;
        bool made_ticket = c->role == (of_kms ? TG_SENDER_K : TG_SENDER_I) && (!e.plan.plan.two_kms || e.plan.of_i);
        gate_compare_fresh_keys(&first->x, first->judged, &e.x, e.judged, made_ticket, v);
    }
    end(&e);
}

/* ---- a case ------------------------------------------------------------------------------------------------- */

/* When all is over, a ticket with J=0 is not transferred again, and none after its validity period. */
static void start_again(exchange *e, uint64_t seconds, gate_verdict *v)
{
    size_t calls = e->party.num_calls;
    tg_status status = gate_party_start_again(&e->script, e->made.known.now + (seconds << 32));
    const iut_party_call *call = e->party.num_calls > calls ? &e->party.calls[calls] : NULL;
    if (e->party.fault != IUT_OK)
        note_breakdown(e);
    if (e->party.unsupported)
        note_unsupported(e);
    if (broke_off(e, status != TG_OK ? tg_status_text(status) : call ? NULL : "the implementation could not be asked", v))
        return;
    for (size_t i = 0; i < call->num_sent; i++) {
        if (gate_is_type(call->sent[i].octets, "TRANSFER_INIT"))
            gate_fail(v, e->c->rows[0], TG_SIDE_SENDER, "A ticket that must not be used any more is transferred again.");
    }
}

static void check_more(exchange *e, gate_verdict *v)
{
    if (e->c->role == TG_SENDER_K && e->plan.plan.two_kms && !e->plan.of_i)
        gate_compare_forwarded(&e->x, v);
    if (e->c->role == TG_SENDER_K)
        gate_check_limits(&e->x, gate_word_value(&e->r->keeping, e->c->line->script, "change"), e->made.known.now, v);
    if (e->c->line->deviation && strcmp(e->c->line->deviation, "gate-no-keys-asked") == 0)
        gate_check_default_key(&e->x, v);
}

/* "ends-with=TYPE": what follows the first such message of the IUT is no part of the case. */
static void end_with(exchange *e)
{
    const char *last = gate_word_value(&e->r->keeping, e->c->line->script, "ends-with");
    for (size_t s = 0; s < e->x.num_steps && last; s++) {
        if (!e->x.steps[s].from_iut || !gate_is_type(e->x.steps[s].octets, last))
            continue;
        e->x.num_steps = s + 1;
        e->x.finished = true;
    }
}

static void run_and_blame(exchange *e, tg_report_case *out, gate_verdict *v)
{
    gate_run *r = e->r;
    const char *why = NULL;
    bool without_control = gate_control_failed(r, e->c);
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
        gate_steps_add(e);
        gate_steps_mark(e);
        end_with(e);
    } else if (!e->x.fault && !e->x.unsupported && opened(e, v)) {
        v->verdict = TG_VERDICT_INCONCLUSIVE;
        v->reason = why;
        return;
    }
    if (!opened(e, v))
        return;
    gate_blame(&e->x, v);
    if (e->c->role == TG_SENDER_K)
        gate_excuse_grant(&e->x, e->plan.plan.num_reuses > 0, v);
    if (v->verdict == TG_VERDICT_PASSED && gate_party_undone(&e->script))
        gate_inconclusive(v, e->script.undone);
    if (v->processing && v->num_failures > 0 && v->verdict == TG_VERDICT_FAILED)
        gate_attribute(r, e->c, v);
    bool keys = false;
    if (ok && v->verdict == TG_VERDICT_PASSED && iut_can(r->u, "session-keys"))
        keys = gate_compare_keys(r->crypto, e->judged, &e->x, &e->party, v);
    if (ok && v->verdict == TG_VERDICT_PASSED && !keys)
        gate_need_keys(&e->x, v);
    if (ok && v->verdict == TG_VERDICT_PASSED)
        check_more(e, v);
    if (ok && v->verdict == TG_VERDICT_PASSED && gate_word_value(&r->keeping, e->c->line->script, "start-again"))
        start_again(e, 60, v);
    if (ok && v->verdict == TG_VERDICT_PASSED && gate_word_value(&r->keeping, e->c->line->script, "start-expired"))
        start_again(e, 366 * 86400, v);
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
