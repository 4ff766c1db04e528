/* The rules of blame: what happened goes in, failures come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "ticketgate/registry_values.h"

enum { MOST_STEPS = 8 };

typedef struct scene {
    gate_line line;
    gate_case c;
    gate_exchange x;
    gate_step steps[MOST_STEPS];
    tg_judgement judgements[MOST_STEPS];
    tg_finding findings[MOST_STEPS][2];
    const tg_finding *lists[MOST_STEPS][2];
    keeping keeping;
    gate_verdict v;
} scene;

static const char *const rows[] = { "RFC6043-4.2.1.5-13" };

static scene *set_up(gate_expect expect)
{
    static scene s;
    keeping_free(&s.keeping);
    s = (scene){ .line = { .name = "case", .expect = expect, .classes = expect == GATE_REJECTS ? "auth rule" : NULL } };
    s.c = (gate_case){ .id = "case",
                       .kind = GATE_EXCHANGE,
                       .role = TG_SENDER_I,
                       .line = &s.line,
                       .rows = rows,
                       .num_rows = 1,
                       .num_own_rows = expect == GATE_COMPLETES ? 0 : 1 };
    s.x = (gate_exchange){ .c = &s.c, .steps = s.steps, .compare_classes = true, .has_kms = true };
    return &s;
}

static gate_step *add(scene *s, uint8_t data_type, bool from_iut)
{
    size_t n = s->x.num_steps++;
    s->judgements[n] = (tg_judgement){ .parse = TG_OK, .auth = TG_OUTCOME_OK };
    s->steps[n] = (gate_step){ .from_iut = from_iut,
                               .to_iut = !from_iut,
                               .data_type = data_type,
                               .arrived = true,
                               .accepted = true,
                               .good = true,
                               .judgement = &s->judgements[n],
                               .ex = "" };
    return &s->steps[n];
}

static void find(scene *s, const char *row)
{
    size_t n = s->x.num_steps - 1, k = s->judgements[n].num_findings++;
    s->findings[n][k] = (tg_finding){ .requirement = tg_requirement_find(row) };
    assert_non_null(s->findings[n][k].requirement);
    s->lists[n][k] = &s->findings[n][k];
    s->judgements[n].findings = s->lists[n];
    s->steps[n].good = false;
}

static void blame(scene *s)
{
    s->v = (gate_verdict){ .keeping = &s->keeping };
    gate_blame(&s->x, &s->v);
}

static void assert_failed(const scene *s, const char *row)
{
    assert_int_equal(s->v.verdict, TG_VERDICT_FAILED);
    assert_int_equal(s->v.num_failures, 1);
    assert_string_equal(s->v.failures[0].requirement, row);
}

#define REQ TG_DATA_TYPE_REQUEST_INIT_PSK
#define GRANT TG_DATA_TYPE_REQUEST_RESP
#define INIT TG_DATA_TYPE_TRANSFER_INIT
#define RESP TG_DATA_TYPE_TRANSFER_RESP

static void all_right_passes(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, REQ, true);
    add(s, GRANT, false);
    s->x.finished = true;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
}

static void own_message_is_blamed_and_ends_the_case(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, REQ, true);
    find(s, "RFC6043-4.2.1.2-04"); /* receivers reject it */
    add(s, INIT, true);
    find(s, "RFC6043-4.2.2.1-09");
    blame(s);
    assert_failed(s, "RFC6043-4.2.1.2-04");
    assert_int_equal(s->v.failures[0].side, TG_SIDE_SENDER);
}

static void what_is_ignored_does_not_end_the_case(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, REQ, true);
    find(s, "RFC6043-4.2.1.1-06");
    add(s, INIT, true);
    find(s, "RFC6043-4.2.2.1-04");
    s->x.finished = true;
    blame(s);
    assert_int_equal(s->v.num_failures, 2);
    s->x.must_only = true; /* both are SHOULD rows */
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
}

static void one_fault_is_blamed_once(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, RESP, true);
    find(s, "RFC6043-4.2.2.3-03");
    find(s, "RFC6043-6.1.1-02");
    blame(s);
    assert_failed(s, "RFC6043-6.1.1-02");
}

static scene *received(gate_expect expect, bool accepted, const char *refusal)
{
    scene *s = set_up(expect);
    gate_step *step = add(s, GRANT, false);
    find(s, rows[0]);
    step->deviated = true;
    step->accepted = accepted;
    step->refusal = refusal;
    return s;
}

static void what_must_be_rejected(void **state)
{
    (void)state;
    scene *s = received(GATE_REJECTS, true, NULL);
    blame(s);
    assert_failed(s, rows[0]);
    assert_int_equal(s->v.failures[0].side, TG_SIDE_RECEIVER);
    s = received(GATE_REJECTS, false, "auth");
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s = received(GATE_REJECTS, false, NULL); /* it does not say why */
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s = received(GATE_REJECTS, false, "timestamp"); /* hides the check that was to be seen */
    blame(s);
    assert_failed(s, rows[0]);
    s->x.compare_classes = false;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s = received(GATE_REJECTS, false, "auth");
    s->steps[0].num_answers = 1; /* rejected, and used */
    blame(s);
    assert_failed(s, rows[0]);
    s = received(GATE_REJECTS, false, "auth");
    s->steps[0].established = true;
    blame(s);
    assert_failed(s, rows[0]);
}

static void after_accepting_the_case_ends(void **state)
{
    (void)state;
    scene *s = received(GATE_REJECTS, true, NULL);
    add(s, INIT, true);
    find(s, "RFC6043-4.2.2.1-09");
    blame(s);
    assert_failed(s, rows[0]);
}

static void what_shows_later(void **state)
{
    (void)state;
    scene *s = received(GATE_REJECTS, true, NULL);
    s->line.later = true;
    add(s, TG_DATA_TYPE_RESOLVE_RESP, false)->accepted = false;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s->steps[1].accepted = true;
    s->x.established = true;
    blame(s);
    assert_failed(s, rows[0]);
}

static void what_must_be_ignored(void **state)
{
    (void)state;
    scene *s = received(GATE_IGNORES, false, "rule");
    blame(s);
    assert_failed(s, rows[0]);
    s = received(GATE_IGNORES, true, NULL);
    s->x.finished = true;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s->x.finished = false;
    blame(s);
    assert_failed(s, rows[0]);
}

static void either_fails_nobody(void **state)
{
    (void)state;
    for (int accepted = 0; accepted <= 1; accepted++) {
        scene *s = received(GATE_EITHER, accepted, NULL);
        blame(s);
        assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    }
}

static void a_good_message_must_be_processed(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, REQ, true);
    gate_step *step = add(s, GRANT, false);
    step->accepted = false;
    step->refusal = "ticket";
    blame(s);
    assert_failed(s, "RFC6043-4.2.1.6-01");
    step->accepted = true; /* and then nothing comes */
    blame(s);
    assert_failed(s, "RFC6043-4.2.1.6-01");
    s->c.role = TG_SENDER_R;
    step->data_type = INIT;
    blame(s);
    assert_failed(s, "RFC6043-4.2.2.2-04");
}

static void a_bad_message_that_nobody_planned_blames_nobody(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    add(s, GRANT, false)->accepted = false;
    find(s, rows[0]); /* it came of what the IUT sent */
    s->x.finished = true;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
}

static void without_a_control_little_is_said(void **state)
{
    (void)state;
    scene *s = received(GATE_REJECTS, false, "auth"); /* it may reject everything */
    s->x.control_failed = true;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_INCONCLUSIVE);
    assert_int_equal(s->v.num_failures, 0);
    s = received(GATE_REJECTS, true, NULL); /* but this is plain */
    s->x.control_failed = true;
    blame(s);
    assert_failed(s, rows[0]);
}

static void a_message_that_never_came(void **state)
{
    (void)state;
    scene *s = set_up(GATE_REJECTS);
    add(s, REQ, true);
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_INCONCLUSIVE);
}

static void a_breakdown_has_no_requirement(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    s->x.fault = "timeout";
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_FAILED);
    assert_int_equal(s->v.num_failures, 1);
    assert_null(s->v.failures[0].requirement);
}

static void unsupported_is_inconclusive(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    s->x.unsupported = "it does not support request";
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_INCONCLUSIVE);
}

static void statements(void **state)
{
    (void)state;
    scene *s = received(GATE_REFUSES, false, "policy");
    s->line.also = "no TRANSFER_INIT;Error";
    blame(s);
    assert_failed(s, rows[0]); /* no Error */
    add(s, TG_DATA_TYPE_ERROR, true);
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    add(s, INIT, true);
    blame(s);
    assert_failed(s, rows[0]);
}

static void nothing_is_established_where_it_cannot(void **state)
{
    (void)state;
    scene *s = set_up(GATE_FAILS);
    add(s, INIT, true);
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
    s->x.established = true;
    blame(s);
    assert_failed(s, rows[0]);
}

static void what_a_script_injects_must_be_rejected(void **state)
{
    (void)state;
    scene *s = set_up(GATE_COMPLETES);
    gate_step *step = add(s, REQ, false);
    step->injected = step->injected_reject = true;
    step->injected_row = "RFC3830-5.4-x02";
    step->injected_what = "REQUEST_INIT that came before";
    s->x.finished = true;
    blame(s);
    assert_failed(s, "RFC3830-5.4-x02");
    step->accepted = false;
    blame(s);
    assert_int_equal(s->v.verdict, TG_VERDICT_PASSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_right_passes),
        cmocka_unit_test(own_message_is_blamed_and_ends_the_case),
        cmocka_unit_test(what_is_ignored_does_not_end_the_case),
        cmocka_unit_test(one_fault_is_blamed_once),
        cmocka_unit_test(what_must_be_rejected),
        cmocka_unit_test(after_accepting_the_case_ends),
        cmocka_unit_test(what_shows_later),
        cmocka_unit_test(what_must_be_ignored),
        cmocka_unit_test(either_fails_nobody),
        cmocka_unit_test(a_good_message_must_be_processed),
        cmocka_unit_test(a_bad_message_that_nobody_planned_blames_nobody),
        cmocka_unit_test(without_a_control_little_is_said),
        cmocka_unit_test(a_message_that_never_came),
        cmocka_unit_test(a_breakdown_has_no_requirement),
        cmocka_unit_test(unsupported_is_inconclusive),
        cmocka_unit_test(statements),
        cmocka_unit_test(nothing_is_established_where_it_cannot),
        cmocka_unit_test(what_a_script_injects_must_be_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
