/* A39: no role sends a second KEMAC with the key and the IV of one that it has sent or received. */
#include "test_roles_scene.h"

/* A39: with same_keys, updates of both sides share key, salt and CSB ID; two in one second of NTP-UTC-32 would be a
 * two-time pad. */
static void no_iv_twice(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    scene_set(&s, "rfc6043");
    s.i.role.ts_type = TG_TS_NTP_UTC_32;
    scene_start(&s);
    establish(&s, NOW);
    uint64_t later = NOW + 20 * SECOND;
    assert_int_equal(tg_role_update(s.alice, &plan, later, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, later);
    expect_accepted(&s, 0, "Alice's update");
    assert_int_equal(tg_role_update(s.bob, &plan, later, &s.result), TG_REFUSED);
    assert_int_equal(s.result.num_out, 0);
    assert_int_equal(tg_role_update(s.bob, &plan, later + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, later + SECOND);
    expect_accepted(&s, 0, "Bob's update, a second later");
}

/* A39 again: iv_time=initial gives a response the IV of the message it answers. */
static void no_key_in_a_response_with_the_iv_of_the_request(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1, .response = true }, answer = { .keys = &key, .num_keys = 1 };
    tg_profile profile = *tg_profile_find("rfc6043");
    profile.settings.iv_time = TG_IV_TIME_INITIAL;
    scene_set(&s, "rfc6043");
    s.i.role.profile = s.r.role.profile = s.k.role.profile = &profile;
    s.r.update_answer = &answer;
    scene_start(&s);
    establish(&s, NOW);
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + SECOND);
    expect_error(&s, TG_REFUSAL_POLICY, 12, "the same IV");
}

/* Counters of both sides run on one line, so that neither has to be refused. */
static void counters_do_not_meet(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    scene_set(&s, "rfc6043");
    s.i.role.ts_type = s.r.role.ts_type = TG_TS_COUNTER;
    s.i.role.counter = s.r.role.counter = 1;
    scene_start(&s);
    establish(&s, NOW);
    for (int n = 0; n < 6; n++) {
        bool alices = n == 0 || n == 1 || n == 4;
        assert_int_equal(tg_role_update(alices ? s.alice : s.bob, &plan, NOW + SECOND, &s.result), TG_OK);
        keep(&s.result, 0, &m);
        give(&s, alices ? s.bob : s.alice, alices ? TG_SENDER_I : TG_SENDER_R, &m, NOW + SECOND);
        expect_accepted(&s, 0, "update");
    }
}

/* What is over is forgotten: a role that lives through 200 sessions, with a KEMAC in an update of each. */
static void two_hundred_sessions(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    scene_set(&s, "rfc6043");
    s.i.role.replay = s.r.role.replay = s.k.role.replay = NULL;
    s.i.policy.tre = NOW + 36000 * SECOND;
    scene_start(&s);
    for (unsigned n = 0; n < 200; n++) {
        uint64_t now = NOW + 10 * n * SECOND;
        establish(&s, now);
        assert_int_equal(tg_role_update(s.alice, &plan, now + SECOND, &s.result), TG_OK);
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_I, &m, now + SECOND);
        expect_accepted(&s, 0, "an update");
    }
    expect_same_keys(&s, NOW + 2000 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_iv_twice),
        cmocka_unit_test(counters_do_not_meet),
        cmocka_unit_test(two_hundred_sessions),
        cmocka_unit_test(no_key_in_a_response_with_the_iv_of_the_request),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
