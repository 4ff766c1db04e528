/* One case after the other. */
#include "gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gate_blame.h"
#include "gate_container.h"
#include "gate_deployment.h"

bool gate_run_init(gate_run *r)
{
    r->memory = malloc(GATE_MEMORY);
    if (r->memory && tg_crypto_new(&r->crypto) == TG_OK)
        return true;
    cli_complain("out of memory");
    return false;
}

void gate_run_free(gate_run *r)
{
    tg_crypto_free(r->crypto);
    keeping_free(&r->keeping);
    free(r->memory);
}

static uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool has_role(const gate_run *r, tg_sender role)
{
    static const tgi_role numbers[] = { 0, TGI_INITIATOR, TGI_RESPONDER, TGI_KMS };
    return role == TG_SENDER_UNKNOWN || r->declared->roles[numbers[role]];
}

/* "capability two-kms": the first thing that the case needs and nobody declared, or NULL. */
static const char *undeclared(gate_run *r, const gate_case *c)
{
    if (!has_role(r, c->role))
        return keep_text(&r->keeping, "role %s", gate_role_name(c->role));
    if (c->profile && !iut_has_profile(r->u, c->profile))
        return keep_text(&r->keeping, "profile %s", c->profile);
    for (size_t i = 0; i < c->num_needs; i++) {
        if (!iut_can(r->u, c->needs[i]))
            return keep_text(&r->keeping, "capability %s", c->needs[i]);
    }
    return NULL;
}

/* Counts a case that is skipped. */
static void note_unexercised(gate_run *r, const char *what, const char *reason)
{
    size_t n = 0;
    while (n < r->num_unexercised && strcmp(r->unexercised[n].what, what) != 0)
        n++;
    if (n == r->num_unexercised && n == r->max_unexercised) {
        r->max_unexercised = n ? n * 2 : 16;
        tg_report_unexercised *more = keep_memory(&r->keeping, r->max_unexercised * sizeof *more);
        if (n)
            memcpy(more, r->unexercised, n * sizeof *more);
        r->unexercised = more;
    }
    if (n == r->num_unexercised)
        r->unexercised[r->num_unexercised++] = (tg_report_unexercised){ .what = what, .reason = reason };
    r->unexercised[n].num_cases++;
}

const char *gate_skip_reason(gate_run *r, const gate_case *c)
{
    const char *missing = undeclared(r, c);
    if (missing)
        return keep_text(&r->keeping, "%s is not declared", missing);
    if ((c->kind == GATE_CHECK || c->kind == GATE_GOLDEN) && gate_reading_is_given())
        return "golden messages are of the profile's own reading, and --set is another";
    return r->deployment ? gate_deployment_skip(r->deployment, c, &r->keeping) : NULL;
}

static void describe(gate_run *r, const gate_case *c, tg_report_case *out)
{
    *out = (tg_report_case){ .id = c->id, .title = c->title, .group = c->group, .verdict = TG_VERDICT_PASSED,
                             .clauses = c->rows, .num_clauses = c->num_rows, .role = gate_role_name(c->role),
                             .profile = c->profile,
                             .rerun = keep_text(&r->keeping, "%s --case '%s'", r->rerun ? r->rerun : "ticketgate gate",
                                                c->id) };
}

void gate_add_breakdown(gate_run *r, const char *id, const char *fault, const char *text, const char *last_words)
{
    const char *gone = iut_fault_name(IUT_GONE);
    if (strcmp(fault, gone) == 0 && r->num_breakdowns > 0 &&
        strcmp(r->breakdowns[r->num_breakdowns - 1].fault, gone) == 0)
        return; /* once is enough: it stays away */
    if (r->num_breakdowns == r->max_breakdowns) {
        r->max_breakdowns = r->max_breakdowns ? r->max_breakdowns * 2 : 16;
        tg_report_breakdown *more = keep_memory(&r->keeping, r->max_breakdowns * sizeof *more);
        if (r->num_breakdowns)
            memcpy(more, r->breakdowns, r->num_breakdowns * sizeof *more);
        r->breakdowns = more;
    }
    r->breakdowns[r->num_breakdowns++] =
        (tg_report_breakdown){ .id = id, .fault = fault, .text = keep_text(&r->keeping, "%s", text ? text : ""),
                               .last_words = keep_text(&r->keeping, "%s", last_words ? last_words : "") };
}

/* Who broke down has not passed, wherever in the case it was, a control and a second run included. */
static void never_passed(const gate_run *r, size_t breakdowns_before, tg_report_case *out, gate_verdict *v)
{
    if (r->num_breakdowns == breakdowns_before)
        return;
    const tg_report_breakdown *first = &r->breakdowns[breakdowns_before];
    out->fault = first->fault;
    if (v->verdict == TG_VERDICT_PASSED && strcmp(first->fault, iut_fault_name(IUT_GONE)) == 0)
        gate_inconclusive(v, "the implementation is gone");
    if (v->verdict == TG_VERDICT_PASSED)
        gate_fail(v, NULL, TG_SIDE_NONE, keep_text(v->keeping, "The implementation broke down: %s.", first->fault))->got =
            first->text;
}

void gate_run_case(gate_run *r, const gate_case *c, tg_report_case *out)
{
    gate_verdict v = { .keeping = &r->keeping };
    uint64_t start = microseconds();
    size_t breakdowns = r->num_breakdowns;
    describe(r, c, out);
    v.reason = gate_skip_reason(r, c);
    if (v.reason) {
        const char *missing = undeclared(r, c);
        v.verdict = TG_VERDICT_SKIPPED;
        note_unexercised(r, missing ? missing : v.reason, missing ? "not declared" : "cannot be arranged");
    } else if (c->kind == GATE_EXCHANGE)
        gate_run_exchange(r, c, out, &v);
    else if (c->kind == GATE_GOLDEN)
        gate_run_golden(r, c, out, &v);
    else if (c->kind == GATE_CONTAINER)
        gate_run_container(r, c, out, &v);
    else
        gate_run_vector(r, c, out, &v);
    never_passed(r, breakdowns, out, &v);
    for (size_t i = 0; i < v.num_failures; i++) {
        v.failures[i].profile = c->profile;
        if (c->settings)
            v.failures[i].what = keep_text(&r->keeping, "%s (Under setting %s.)", v.failures[i].what, c->settings);
    }
    out->verdict = v.verdict;
    out->reason = v.verdict == TG_VERDICT_PASSED || v.verdict == TG_VERDICT_FAILED ? NULL : v.reason;
    static const tg_report_judged none[1];
    out->judged = v.judged ? v.judged : none; /* counted, be it nothing */
    out->num_judged = v.num_judged;
    out->note = v.note;
    out->failures = v.failures;
    out->num_failures = v.num_failures;
    out->microseconds = microseconds() - start;
}
