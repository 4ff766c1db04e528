/* Each deviation that the room ships is found by a judge, under the row that it names, in the message it changes; the
 * same plan without it is accepted. */
#include "test_roles_support.h"

static void plan_to_deviate(tg_plan *plan)
{
    assert_true(tg_plan_default("rfc6043", 1, plan));
    plan->updates[0] = (tg_planned_update){ TG_SENDER_I, true, true };
    plan->num_updates = 1;
}

static bool found_where_it_was_made(const tg_conversation *c, const tg_deviation *d)
{
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        const tg_judgement *j = tg_conversation_judgement(c, i);
        bool right = d->data_type == TG_DEVIATION_TICKET || !j->message || j->message->hdr.data_type == d->data_type;
        if (judgement_has(j, d->breaks))
            return right;
    }
    return false;
}

static void every_deviation_is_caught_by_its_row(void **state)
{
    (void)state;
    size_t num, wrong = 0;
    const tg_deviation *all = tg_deviations(&num);
    tg_plan plan;
    plan_to_deviate(&plan);
    run_clean("without deviation", &plan, 8);
    assert_true(num >= 12);
    for (size_t n = 0; n < num; n++) {
        tg_conversation_made made;
        plan.deviation = &all[n];
        assert_non_null(tg_requirement_find(all[n].breaks));
        converse(&plan, &made);
        tg_conversation *c = judge(&made);
        if (!found_where_it_was_made(c, &all[n])) {
            print_error("%s: %s is not found\n", all[n].name, all[n].breaks);
            print_findings(c);
            wrong++;
        }
        /* What a receiver rejects, the roles have refused; but whether a TGK is forked only the KMS and who has its TPK
         * can tell. */
        if (strcmp(all[n].name, "tgk-not-forked") != 0 &&
            tg_requirement_find(all[n].breaks)->on_receive == TG_ON_RECEIVE_REJECT && made.refusal == TG_REFUSAL_NONE) {
            print_error("%s: nobody refused it\n", all[n].name);
            wrong++;
        }
        tg_conversation_made_free(&made);
    }
    assert_int_equal(wrong, 0);
}

static void they_are_found_by_name(void **state)
{
    (void)state;
    size_t num;
    const tg_deviation *all = tg_deviations(&num);
    for (size_t n = 0; n < num; n++) {
        assert_ptr_equal(tg_deviation_find(all[n].name), &all[n]);
        assert_true(all[n].model || all[n].keys || all[n].octets);
        assert_true(strlen(all[n].title) > 0);
    }
    assert_null(tg_deviation_find("no-such-deviation"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_deviation_is_caught_by_its_row),
        cmocka_unit_test(they_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
