/* The rules of blame (README.md): from what happened to failures, each of one requirement. */
#include <string.h>

#include "gate_blame.h"
#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

/* ---- failures ----------------------------------------------------------------------------------------------- */

tg_report_failure *gate_fail(gate_verdict *v, const char *row, tg_report_side side, const char *what)
{
    for (size_t i = 0; row && i < v->num_failures; i++) {
        if (v->failures[i].requirement && strcmp(v->failures[i].requirement, row) == 0)
            return &v->failures[i];
    }
    if (v->num_failures == v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 4;
        tg_report_failure *more = keep_memory(v->keeping, capacity * sizeof *more);
        if (v->num_failures)
            memcpy(more, v->failures, v->num_failures * sizeof *more);
        v->failures = more;
        v->capacity = capacity;
    }
    tg_report_failure *out = &v->failures[v->num_failures++];
    *out = (tg_report_failure){ .what = what, .requirement = row, .side = side };
    v->verdict = TG_VERDICT_FAILED;
    return out;
}

void gate_inconclusive(gate_verdict *v, const char *reason)
{
    if (v->verdict == TG_VERDICT_PASSED)
        v->verdict = TG_VERDICT_INCONCLUSIVE;
    if (!v->reason)
        v->reason = reason;
}

/* Blames the rows of the case for what was done with the message of step `s`. */
static void fail_rows(const gate_exchange *x, gate_verdict *v, size_t s, const char *what, const char *expected,
                      const char *got)
{
    if (x->c->num_own_rows == 0) /* cases.py refuses such a line */
        gate_inconclusive(v, "the case names no requirement that this breaks");
    for (size_t i = 0; i < x->c->num_own_rows; i++) {
        tg_report_failure *f = gate_fail(v, x->c->rows[i], TG_SIDE_RECEIVER, what);
        f->expected = expected;
        f->got = got;
        f->has_message = s < x->num_steps;
        f->message = s;
    }
}

/* How far the case has come. */
typedef struct walk {
    bool seen;            /* the message that the case is about came */
    bool rejected;        /* and that, or (rejects-later) one behind it, was rejected */
    bool over;
    bool firm;            /* a failure that holds whatever else the IUT cannot do */
    bool was_established; /* before that message */
    size_t at;            /* its step */
} walk;

/* ---- the IUT as receiver ------------------------------------------------------------------------------------ */

static bool class_fits(const gate_exchange *x, const gate_step *step)
{
    return !x->compare_classes || !x->c->line->classes || !step->refusal ||
           gate_has_word(x->c->line->classes, step->refusal);
}

static void wrong_class(const gate_exchange *x, gate_verdict *v, size_t s)
{
    fail_rows(x, v, s, keep_text(v->keeping, "%s is rejected for another reason.",
                                 gate_type_name(x->steps[s].data_type)),
              keep_text(v->keeping, "class %s", x->c->line->classes), x->steps[s].refusal);
    for (size_t i = 0; i < v->num_failures; i++)
        v->failures[i].error_class = x->steps[s].refusal;
}

/* Nothing of what is rejected may be used. */
static void used_nothing(const gate_exchange *x, gate_verdict *v, size_t s, bool was_established)
{
    const gate_step *step = &x->steps[s];
    if (step->num_answers == 0 && (!step->established || was_established))
        return;
    fail_rows(x, v, s, keep_text(v->keeping, "%s is rejected and used all the same.", gate_type_name(step->data_type)),
              "nothing is sent but an Error, nothing is established",
              step->num_answers ? "an answer" : "the session is established");
}

static const char *rejection(const gate_verdict *v, const gate_step *step)
{
    return step->refusal ? keep_text(v->keeping, "rejected: %s", step->refusal) : "rejected";
}

/* It asks a KMS though there is none to ask. */
static bool asks_needlessly(const gate_exchange *x, size_t s)
{
    for (size_t i = s; i < x->num_steps && !x->has_kms && x->c->role == TG_SENDER_R; i++) {
        if (x->steps[i].from_iut && strcmp(gate_type_name(x->steps[i].data_type), "RESOLVE_INIT") == 0)
            return true;
    }
    return false;
}

/* What must be accepted, and was not (`rejected`) or was not answered. */
static void fail_processing(const gate_exchange *x, gate_verdict *v, size_t s, const char *what)
{
    const gate_step *step = &x->steps[s];
    const char *row = gate_process_row(x->c->role, step->data_type, step->is_update, step->accepted);
    if (x->c->num_own_rows > 0 && !x->c->line->also && x->c->line->expect == GATE_COMPLETES && !x->control_failed)
        row = x->c->rows[0]; /* the plain exchange completes: it is what this case adds */
    v->processing = !step->accepted || !asks_needlessly(x, s);
    if (!v->processing)
        row = "RFC6043-4.1-02";
    v->processing_row = gate_process_row(x->c->role, step->data_type, step->is_update, step->accepted);
    tg_report_failure *f = gate_fail(v, row, TG_SIDE_RECEIVER, what);
    f->expected = "processed";
    f->got = step->accepted ? "not answered" : rejection(v, step);
    f->error_class = step->accepted ? NULL : step->refusal;
    f->has_message = true;
    f->message = s;
}

static bool judge_injected(gate_verdict *v, const gate_exchange *x, size_t s)
{
    const gate_step *step = &x->steps[s];
    if (step->injected_tell && !step->accepted && !step->error_sent) {
        tg_report_failure *f = gate_fail(v, "RFC6043-5.4-01", TG_SIDE_RECEIVER,
                                         keep_text(v->keeping, "No Error is sent about %s.", step->injected_what));
        f->has_message = true;
        f->message = s;
    }
    if (!step->injected_reject || (!step->accepted && step->num_answers == 0))
        return true;
    tg_report_failure *f = gate_fail(v, step->injected_row, TG_SIDE_RECEIVER,
                                     keep_text(v->keeping, "%s is accepted.", step->injected_what));
    f->expected = "rejected";
    f->got = step->accepted ? "accepted" : "answered";
    f->has_message = true;
    f->message = s;
    return false;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

/* The first message of a peer with something against it, or what the line says is to be refused. */
static bool is_the_case(const gate_exchange *x, const gate_step *step)
{
    return step->to_iut && !step->injected && step->deviated && x->c->line->expect != GATE_COMPLETES;
}


/* Who hears an Error says that the other side sent one. Where that is not said, nobody can tell: whoever ignores one may
 * call that accepted, whoever heeds it too. */
static bool is_taken(const gate_exchange *x, const gate_step *step)
{
    if (step->data_type != TG_DATA_TYPE_ERROR)
        return step->accepted;
    bool wanted = x->c->line->expect == GATE_IGNORES;
    if (!x->compare_classes || !step->refusal)
        return wanted;
    return strcmp(step->refusal, "peer_error") == 0;
}

/* The message that must be rejected has come. */
static void judge_rejection(const gate_exchange *x, gate_verdict *v, walk *w)
{
    const gate_step *step = &x->steps[w->at];
    w->rejected = !is_taken(x, step);
    if (w->rejected && !class_fits(x, step)) {
        wrong_class(x, v, w->at);
    } else if (w->rejected) {
        used_nothing(x, v, w->at, w->was_established);
    } else if (!x->c->line->later) {
        fail_rows(x, v, w->at, keep_text(v->keeping, "%s is accepted.", gate_type_name(step->data_type)), "rejected",
                  "accepted");
        w->firm = w->over = true;
    }
}

static void judge_received(const gate_exchange *x, gate_verdict *v, size_t s, walk *w)
{
    const gate_step *step = &x->steps[s];
    gate_expect expect = x->c->line->expect;
    bool later = x->c->line->later;
    if (step->injected) {
        w->over = !judge_injected(v, x, s);
        return;
    }
    if (!w->seen && is_the_case(x, step)) {
        w->seen = true;
        w->at = s;
        if (expect == GATE_REJECTS || expect == GATE_REFUSES)
            judge_rejection(x, v, w);
        else if (expect == GATE_IGNORES && !is_taken(x, step))
            fail_rows(x, v, s, keep_text(v->keeping, "%s is rejected.", gate_type_name(step->data_type)),
                      "what is wrong is ignored", rejection(v, step));
        w->over = w->over || !step->accepted;
        return;
    }
    if (w->seen) {
        if (later && !step->accepted && !w->rejected) {
            w->rejected = w->over = true;
            if (!class_fits(x, step))
                wrong_class(x, v, s);
        }
        return;
    }
    if (!step->accepted && expect == GATE_EITHER && !x->c->line->deviation && step->data_type != TG_DATA_TYPE_ERROR) {
        w->over = true; /* it refuses by its own policy, as it may */
    } else if (!step->accepted && expect != GATE_COMPLETES && x->c->line->script && strstr(x->c->line->script, "change=")) {
        gate_inconclusive(v, "a message before the one that this case is about is rejected"); /* perhaps for the change */
        w->over = true;
    } else if (!step->accepted && step->good && step->data_type != TG_DATA_TYPE_ERROR) {
        fail_processing(x, v, s, keep_text(v->keeping, "%s is rejected though nothing is wrong with it.",
                                           gate_type_name(step->data_type)));
        w->over = true;
    } else if (!step->accepted && !step->good) {
        w->over = true; /* it may be wrong because of what the IUT sent */
    }
    w->was_established = w->was_established || step->established;
}

/* Everything was accepted, and still the exchange did not end: the last good message to the IUT was not answered. */
static void blame_silence(const gate_exchange *x, gate_verdict *v, const walk *w)
{
    for (size_t s = x->num_steps; s-- > 0;) {
        const gate_step *step = &x->steps[s];
        if (!step->to_iut || step->injected || step->data_type == TG_DATA_TYPE_ERROR)
            continue;
        if (w->seen)
            fail_rows(x, v, w->at, "The exchange does not complete.", "it completes", "it does not");
        else
            fail_processing(x, v, s, keep_text(v->keeping, "%s is not answered.", gate_type_name(step->data_type)));
        return;
    }
    gate_inconclusive(v, "the implementation sent nothing");
}

static const char *type_in(const char *statement)
{
    static const char *const names[] = { "REQUEST_INIT",  "REQUEST_RESP", "TRANSFER_INIT", "TRANSFER_RESP",
                                         "RESOLVE_INIT", "RESOLVE_RESP", "Error" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strstr(statement, names[i]))
            return names[i];
    }
    return "";
}

static bool has_sp(const gate_step *step)
{
    return step->judgement && step->judgement->message &&
           tg_payload_find(step->judgement->message->payloads, TG_PAYLOAD_SP);
}

/* "no RESOLVE_INIT", "Error". Of what is sent before the message that the case is about, nothing is said. */
static void judge_statements(const gate_exchange *x, gate_verdict *v, const walk *w)
{
    const char **statements;
    size_t num = gate_split(v->keeping, x->c->line->also, ";", &statements);
    for (size_t n = 0; n < num; n++) {
        const char *type = type_in(statements[n]);
        bool none = strstr(statements[n], "no ") != NULL, sent = false, with_sp = strstr(statements[n], "with SP");
        for (size_t s = w->seen ? w->at : 0; s < x->num_steps; s++)
            sent = sent || (x->steps[s].from_iut && strcmp(gate_type_name(x->steps[s].data_type), type) == 0 &&
                             (!with_sp || has_sp(&x->steps[s])));
        if (sent == none)
            fail_rows(x, v, w->seen ? w->at : x->num_steps,
                      keep_text(v->keeping, none ? "%s is sent." : "%s is not sent.", type), statements[n],
                      sent ? "sent" : "not sent");
    }
}

static void judge_end(const gate_exchange *x, gate_verdict *v, const walk *w)
{
    gate_expect expect = x->c->line->expect;
    if (v->num_failures > 0 || v->verdict != TG_VERDICT_PASSED)
        return;
    bool about = expect == GATE_REJECTS || expect == GATE_REFUSES || expect == GATE_IGNORES;
    if (about && !w->seen) {
        gate_inconclusive(v, "the message that this case is about did not come to the implementation");
        return;
    }
    if (expect == GATE_REJECTS && !w->rejected && x->established)
        fail_rows(x, v, w->at, "What is wrong is never noticed.", "rejected", "accepted");
    bool error = w->seen && x->steps[w->at].data_type == TG_DATA_TYPE_ERROR;
    if ((expect == GATE_COMPLETES || expect == GATE_IGNORES) && !x->finished && !error)
        blame_silence(x, v, w);
    if (expect == GATE_FAILS && x->established)
        fail_rows(x, v, x->num_steps, "The session is established.", "it is not", "established");
    judge_statements(x, v, w);
}

/* What an IUT does with good messages has to be right before what it does with bad ones says anything. */
static void mistrust(gate_verdict *v)
{
    for (size_t i = 0; i < v->num_failures && i < 4; i++)
        v->note = keep_text(v->keeping, "%s%s%s%s%s%s", v->note ? v->note : "not counted: ", v->note ? " " : "",
                            v->failures[i].what, v->failures[i].requirement ? " (" : "",
                            v->failures[i].requirement ? v->failures[i].requirement : "",
                            v->failures[i].requirement ? ")" : "");
    v->num_failures = 0;
    v->verdict = TG_VERDICT_INCONCLUSIVE;
    v->reason = "the same exchange without the deviation does not complete";
}

void gate_blame(const gate_exchange *x, gate_verdict *v)
{
    walk w = { 0 };
    for (size_t s = 0; s < x->num_steps && !w.over; s++) {
        if (x->steps[s].from_iut) {
            w.over = !gate_judge_sent(x, v, s, w.seen) || (!w.seen && !gate_judge_taken(x, v, s));
            w.firm = w.firm || v->num_failures > 0;
            if (x->c->role == TG_SENDER_I && x->steps[s].data_type == TG_DATA_TYPE_TRANSFER_INIT &&
                !x->steps[s].with_response)
                w.was_established = true; /* F=0: it waits for no answer */
        } else if (x->steps[s].to_iut && x->steps[s].arrived) {
            judge_received(x, v, s, &w);
        }
    }
    /* An Error that a rejection gave is judged too. */
    for (size_t s = w.seen ? w.at + 1 : x->num_steps; s < x->num_steps && w.rejected; s++) {
        if (x->steps[s].from_iut && x->steps[s].data_type == TG_DATA_TYPE_ERROR)
            (void)gate_judge_sent(x, v, s, true);
    }
    v->seen = w.seen;
    if (x->fault && strcmp(x->fault, iut_fault_name(IUT_GONE)) == 0) {
        gate_inconclusive(v, "the implementation is gone");
        return;
    }
    if (x->fault) {
        gate_fail(v, NULL, TG_SIDE_NONE, keep_text(v->keeping, "The implementation broke down: %s.", x->fault))->got =
            x->fault_text;
        return;
    }
    if (x->unsupported)
        gate_inconclusive(v, x->unsupported);
    else
        judge_end(x, v, &w);
    if (x->control_failed && x->c->line->expect != GATE_COMPLETES && !w.firm)
        mistrust(v);
}
