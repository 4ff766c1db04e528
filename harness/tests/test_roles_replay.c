/* The replay cache (RFC 3830 5.4): what came, what is forged, how much it holds, and when it forgets. */
#include "test_roles_scene.h"

static void a_request_comes_again(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "first");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "again");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 400 * SECOND); /* forgotten or not, its time is over */
    assert_int_equal(s.result.error_no, 1);
}

static void the_cache_has_a_bound(void **state)
{
    (void)state;
    enum { CAPACITY = 3 };
    scene s;
    kept m[CAPACITY + 1], forged;
    scene_set(&s, "rfc6043");
    assert_int_equal(tg_replay_cache_new(&s.caches, CAPACITY, &s.k.role.replay), TG_OK);
    scene_start(&s);
    for (int n = 0; n <= CAPACITY; n++)
        ask_for_ticket(&s, &m[n], NOW + (uint64_t)n * SECOND);
    forged = m[0];
    for (int n = 0; n < 20; n++) { /* what is not authentic takes no place */
        forged.octets[forged.len - 1] = (uint8_t)(m[0].octets[forged.len - 1] + 1 + n);
        give(&s, s.kms, TG_SENDER_I, &forged, NOW);
        expect_error(&s, TG_REFUSAL_AUTH, 0, "forged");
    }
    assert_int_equal(tg_replay_cache_num(s.k.role.replay), 0);
    for (int n = 0; n < CAPACITY; n++) {
        give(&s, s.kms, TG_SENDER_I, &m[n], NOW + 3 * SECOND);
        expect_accepted(&s, 1, "within the bound");
    }
    give(&s, s.kms, TG_SENDER_I, &m[CAPACITY], NOW + 4 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY_CACHE_FULL, 1, "one too many");
    for (int n = 0; n < CAPACITY; n++) { /* and nothing was forgotten for it */
        give(&s, s.kms, TG_SENDER_I, &m[n], NOW + 5 * SECOND);
        expect_error(&s, TG_REFUSAL_REPLAY, 1, "remembered");
    }
    kept late;
    ask_for_ticket(&s, &late, NOW + 310 * SECOND);
    give(&s, s.kms, TG_SENDER_I, &late, NOW + 310 * SECOND); /* the skew has passed */
    expect_accepted(&s, 1, "later");
}

/* A clock that is ahead: its messages must be remembered until the skew after *their* time. */
static void a_message_from_the_near_future(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    assert_int_equal(tg_replay_cache_new(&s.caches, 1, &s.k.role.replay), TG_OK);
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW + 290 * SECOND);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "ahead");
    kept other;
    ask_for_ticket(&s, &other, NOW + 400 * SECOND);
    give(&s, s.kms, TG_SENDER_I, &other, NOW + 400 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY_CACHE_FULL, 1, "its place is not free yet");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 580 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "still within its skew");
}

static void counters(void **state)
{
    (void)state;
    scene s;
    kept a, b;
    scene_set(&s, "rfc6043");
    s.i.role.ts_type = TG_TS_COUNTER;
    s.i.role.counter = 7;
    scene_start(&s);
    ask_for_ticket(&s, &a, NOW);
    ask_for_ticket(&s, &b, NOW);
    give(&s, s.kms, TG_SENDER_I, &b, NOW);
    expect_accepted(&s, 1, "8");
    give(&s, s.kms, TG_SENDER_I, &a, NOW + 100000 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "7 after 8, however late");
}

/* The cache is the party's, not the session's: a TRANSFER_INIT is known to Bob's next role too, and no KMS is asked. */
static void another_role_of_the_same_party(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    tg_role *bob = NULL;
    scene_set(&s, "ims-media");
    scene_start(&s);
    get_resolve_init(&s, &transfer, &m, NOW);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
    keep(&s.result, 0, &m);
    tg_responder_config r = s.r;
    tg_arena arena = tg_arena_of(memory + 5 * ROLE_MEMORY, ROLE_MEMORY);
    r.role.arena = &arena;
    assert_int_equal(tg_responder_new(&r, &bob), TG_OK);
    assert_int_equal(tg_replay_cache_num(s.r.role.replay), 0); /* not authentic yet */
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
    expect_accepted(&s, 1, "RESOLVE_RESP");
    assert_int_equal(tg_replay_cache_num(s.r.role.replay), 1);
    give(&s, bob, TG_SENDER_I, &transfer, NOW + 7);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "again, to another role");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_again),          cmocka_unit_test(the_cache_has_a_bound),
        cmocka_unit_test(a_message_from_the_near_future), cmocka_unit_test(counters),
        cmocka_unit_test(another_role_of_the_same_party),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
