/* What an IUT answers to a golden message, judged with the keys of its conversation; and whether it answers good ones. */
#include <stdlib.h>
#include <string.h>

#include "gate_blame.h"
#include "gate_golden.h"
#include "gate_judged.h"
#include "ticketgate/registry_values.h"

/* ---- the answer --------------------------------------------------------------------------------------------- */

uint8_t gate_golden_answer_type(uint8_t asked)
{
    if (asked == TG_DATA_TYPE_REQUEST_INIT_PSK || asked == TG_DATA_TYPE_REQUEST_INIT_PK)
        return TG_DATA_TYPE_REQUEST_RESP;
    return asked == TG_DATA_TYPE_TRANSFER_INIT ? TG_DATA_TYPE_TRANSFER_RESP : TG_DATA_TYPE_RESOLVE_RESP;
}

/* The conversation up to the message that was given, and then the answer. */
static const tg_judgement *judge_with(gate_run *r, const tg_json_conversation *golden, size_t message,
                                      const tg_sent *answer, tg_arena *arena)
{
    tg_known known = golden->known;
    tg_conversation *conversation;
    known.without_inputs = true;
    if (tg_conversation_new(r->crypto, &known, message + 2, arena, &conversation) != TG_OK)
        return NULL;
    for (size_t i = 0; i <= message; i++) {
        if (tg_conversation_add(conversation, &golden->sent[i]) != TG_OK)
            return NULL;
    }
    return tg_conversation_add(conversation, answer) == TG_OK ? tg_conversation_judgement(conversation, message + 1)
                                                              : NULL;
}

/* Of short keys and RANDs that the conversation gives it, and of policies that it offers, an answer can be no better. */
static bool is_forced(const char *id)
{
    static const char *const rows[] = { "RFC6043-12.1-04", "RFC6043-12.1-05", "RFC6043-6.1.1-02" };
    bool any = false;
    for (size_t i = 0; id && i < sizeof rows / sizeof *rows; i++)
        any = any || strcmp(id, rows[i]) == 0;
    return any;
}

static void forgive(gate_verdict *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->num_failures; i++) {
        if (!is_forced(v->failures[i].requirement))
            v->failures[kept++] = v->failures[i];
    }
    v->num_failures = kept;
    if (kept == 0 && v->verdict == TG_VERDICT_FAILED)
        v->verdict = TG_VERDICT_PASSED;
}

void gate_golden_judge_answer(gate_run *r, const gate_case *c, const tg_json_conversation *golden, tgi_octets octets,
                              gate_verdict *v)
{
    static const gate_line good = { .expect = GATE_COMPLETES };
    gate_case as = *c;
    as.line = &good;
    as.num_own_rows = 0;
    const tg_sent *asked = &golden->sent[c->message];
    tg_sent answer = { .octets = { octets.data, octets.len }, .ex = asked->ex, .from = c->role };
    tg_arena arena = tg_arena_of(r->memory, GATE_MEMORY / 2);
    gate_step step = { .from = c->role,
                       .to = asked->from,
                       .from_iut = true,
                       .ex = asked->ex,
                       .octets = answer.octets,
                       .data_type = octets.data[1] };
    step.judgement = judge_with(r, golden, c->message, &answer, &arena);
    gate_exchange x = { .c = &as, .steps = &step, .num_steps = 1, .must_only = r->must_only };
    if (!step.judgement) {
        gate_inconclusive(v, "the answer could not be judged");
    } else {
        (void)gate_judge_sent(&x, v, 0, false);
        forgive(v);
        gate_count_exchange(&x, &golden->known.profile, false, v);
    }
    for (size_t i = 0; i < v->num_failures; i++)
        v->failures[i].has_message = false; /* the report shows the golden message alone */
    tg_arena_wipe(&arena, 0);
}

/* ---- the control -------------------------------------------------------------------------------------------- */

static const char *kind_of(keeping *k, const vector *v, size_t message, int level)
{
    const json_t *conversation = json_object_get(v->json, "conversation");
    const char *profile = json_string_value(json_object_get(conversation, "profile"));
    char *settings =
        level == 0 ? json_dumps(json_object_get(conversation, "settings"), JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const char *out = keep_text(k, "golden %u %s %s", gate_golden_type(v, message),
                                level < 2 && profile ? profile : "-", settings ? settings : "-");
    free(settings);
    return out;
}

static bool is_answered(gate_run *r, const gate_case *bad, const vector *v, size_t message)
{
    gate_case as = *bad;
    tg_report_case out = { .id = bad->id };
    gate_verdict verdict = { .keeping = &r->keeping };
    const char *profile = json_string_value(json_object_get(json_object_get(v->json, "conversation"), "profile"));
    as.vector = v;
    as.message = message;
    as.profile = profile ? profile : "rfc6043";
    as.needs = gate_golden_needs(v, message, &as.num_needs);
    if (gate_skip_reason(r, &as))
        return false;
    gate_run_golden(r, &as, &out, &verdict);
    return verdict.verdict == TG_VERDICT_PASSED || verdict.verdict == TG_VERDICT_FAILED; /* answered, if wrongly */
}

/* Of good messages of this kind a few are tried. *any: there is one. */
static bool answers_kind(gate_run *r, const gate_case *c, int level, bool *any)
{
    enum { MOST = 16, TRIES = 4 };
    const char *kind = kind_of(&r->keeping, c->vector, c->message, level);
    size_t messages[MOST], tries = 0;
    bool answered = false;
    for (size_t i = 0; i < c->set->num_vectors && tries < TRIES && !answered; i++) {
        const vector *v = &c->set->vectors[i];
        size_t num = v->kind == VECTOR_CONVERSATION ? gate_golden_messages(v, messages, MOST) : 0;
        for (size_t n = 0; n < num && tries < TRIES && !answered; n++) {
            if (!gate_golden_is_good(v, messages[n]) || strcmp(kind_of(&r->keeping, v, messages[n], level), kind) != 0)
                continue;
            tries++;
            answered = is_answered(r, c, v, messages[n]);
        }
    }
    *any = tries > 0;
    return answered;
}

bool gate_golden_control(gate_run *r, const gate_case *c)
{
    const char *key = kind_of(&r->keeping, c->vector, c->message, 0);
    bool any = false, answered = false;
    for (size_t i = 0; i < r->num_controls; i++) {
        if (strcmp(r->controls[i].key, key) == 0)
            return r->controls[i].completed;
    }
    /* the same kind, profile and settings; where there is no such message, the nearest kind */
    for (int level = 0; level < 3 && !any; level++)
        answered = answers_kind(r, c, level, &any);
    gate_control_note(r, key, answered);
    return answered;
}
