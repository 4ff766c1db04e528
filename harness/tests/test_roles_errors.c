/* Errors that come late or twice: the MAC of an Error covers only the Error (RFC 6043 5.4). */
#include "test_roles_scene.h"

static void start_update(scene *s, kept *update, uint64_t now)
{
    tg_transfer_plan plan = { .response = true };
    assert_int_equal(tg_role_update(s->alice, &plan, now, &s->result), TG_OK);
    keep(&s->result, 0, update);
}

/* Bob gets Alice's update too late, and says so. */
static void get_error(scene *s, kept *error, uint64_t now)
{
    kept update;
    start_update(s, &update, now);
    give(s, s->bob, TG_SENDER_I, &update, now + 100 * SECOND);
    assert_int_equal(s->result.refusal, TG_REFUSAL_TIMESTAMP);
    keep(&s->result, 0, error);
    assert_true(is_protected(bytes_of(error)));
    give(s, s->alice, TG_SENDER_R, error, now + 101 * SECOND);
    assert_int_equal(s->result.refusal, TG_REFUSAL_PEER_ERROR);
    assert_true(s->result.error_authentic);
    assert_int_equal(s->result.state, TG_ROLE_ESTABLISHED);
}

static void expect_ignored(scene *s, const kept *error, uint64_t now)
{
    tg_role_state state = tg_role_state_of(s->alice);
    give(s, s->alice, TG_SENDER_R, error, now);
    assert_int_equal(s->result.refusal, TG_REFUSAL_REPLAY);
    assert_false(s->result.error_authentic);
    assert_int_equal(s->result.num_out, 0);
    assert_int_equal(s->result.state, state);
}

static void an_error_twice(void **state)
{
    (void)state;
    scene s;
    kept error;
    scene_set(&s, "rfc6043");
    s.r.role.skew = 1;
    scene_start(&s);
    establish(&s, NOW);
    get_error(&s, &error, NOW + 5 * SECOND);
    expect_ignored(&s, &error, NOW + 107 * SECOND);
    expect_same_keys(&s, NOW + 108 * SECOND);
}

/* As the clocks are, and with that of Bob so far ahead that the old Error seems newer than the update. */
static void an_error_about_another_update(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        scene s;
        kept error, update, response;
        uint64_t later = NOW + (ahead ? 10 : 110) * SECOND;
        scene_set(&s, "rfc6043");
        s.r.role.skew = 1;
        scene_start(&s);
        establish(&s, NOW);
        get_error(&s, &error, NOW + 5 * SECOND);
        start_update(&s, &update, later);
        give(&s, s.bob, TG_SENDER_I, &update, later + 1);
        expect_accepted(&s, 1, "the second update");
        keep(&s.result, 0, &response);
        expect_ignored(&s, &error, later + 2);
        give(&s, s.alice, TG_SENDER_R, &response, later + 3);
        expect_accepted(&s, 0, "its response");
    }
}

/* An Error that Alice never saw, about an update in whose place she has sent another. */
static void an_error_that_was_kept_back(void **state)
{
    (void)state;
    scene s;
    kept old, error, update, response;
    scene_set(&s, "rfc6043");
    s.r.role.skew = 1;
    scene_start(&s);
    establish(&s, NOW);
    start_update(&s, &old, NOW + 5 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &old, NOW + 10 * SECOND);
    assert_int_equal(s.result.refusal, TG_REFUSAL_TIMESTAMP);
    keep(&s.result, 0, &error);
    assert_true(is_protected(bytes_of(&error)));
    start_update(&s, &update, NOW + 20 * SECOND);
    expect_ignored(&s, &error, NOW + 20 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &update, NOW + 20 * SECOND);
    expect_accepted(&s, 1, "the next update");
    keep(&s.result, 0, &response);
    give(&s, s.alice, TG_SENDER_R, &response, NOW + 20 * SECOND);
    expect_accepted(&s, 0, "its response");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_twice),
        cmocka_unit_test(an_error_about_another_update),
        cmocka_unit_test(an_error_that_was_kept_back),
    };
    return cmocka_run_group_tests_name("roles/errors", tests, set_up, tear_down);
}
