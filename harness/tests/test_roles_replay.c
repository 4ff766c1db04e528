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
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 290 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "again, while its time is within the skew");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 400 * SECOND); /* nothing has taken its place */
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "again, after it");
}

static bool random_fails;
static tg_random random_inside;

static tg_status fill_or_fail(void *user, uint8_t *out, size_t len)
{
    (void)user;
    return random_fails ? TG_NO_MEMORY : random_inside.fill(random_inside.user, out, len);
}

/* Only what was answered is remembered. */
static void what_failed_may_come_again(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    scene_set(&s, "ims-media");
    random_inside = s.k.role.random;
    s.k.role.random = (tg_random){ fill_or_fail, NULL };
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    random_fails = true;
    assert_int_equal(tg_role_receive(s.kms, TG_SENDER_I, bytes_of(&m), NOW, &s.result), TG_NO_MEMORY);
    random_fails = false;
    assert_int_equal(tg_replay_cache_num(s.k.role.replay), 0);
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
    expect_accepted(&s, 1, "REQUEST_INIT again");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 2);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "and again");
    get_resolve_init(&s, &transfer, &m, NOW + 3);
    random_fails = true;
    assert_int_equal(tg_role_receive(s.kms, TG_SENDER_R, bytes_of(&m), NOW + 8, &s.result), TG_NO_MEMORY);
    random_fails = false;
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 9);
    expect_accepted(&s, 1, "RESOLVE_INIT again");
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 10);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "and again");
}

static void never(void *user, tg_grant *grant)
{
    (void)user;
    grant->refusal = TG_REFUSAL_ID;
}

/* What is refused after it proved authentic is remembered too. */
static void a_refused_request_comes_again(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    s.k.grant = never;
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_error(&s, TG_REFUSAL_ID, 7, "the policy hook");
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "again");
}

/* A skew without end: nothing is ever forgotten. */
static void the_largest_skew(void **state)
{
    (void)state;
    scene s;
    kept m, other;
    scene_set(&s, "rfc6043");
    assert_int_equal(tg_replay_cache_new(&s.caches, 1, &s.k.role.replay), TG_OK);
    s.k.role.skew = UINT32_MAX;
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    ask_for_ticket(&s, &other, NOW + 5 * SECOND);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "the first");
    give(&s, s.kms, TG_SENDER_I, &other, NOW + 5 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY_CACHE_FULL, 1, "its place is never free");
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

/* A request of this identity with this COUNTER, in a role of its own. */
static void ask_as(scene *s, const char *id, const char *b_tid, uint64_t counter, kept *m)
{
    tg_initiator_config i = s->i;
    tg_arena arena = tg_arena_of(memory + 5 * ROLE_MEMORY, ROLE_MEMORY);
    tg_role *role = NULL;
    i.role.arena = &arena;
    i.role.self = i.policy.i = nai(id);
    i.role.psk_id = b_tid ? byte_string(b_tid) : (tg_identity){ 0 };
    i.role.ts_type = counter ? TG_TS_COUNTER : TG_TS_NTP_UTC;
    i.role.counter = counter;
    assert_int_equal(tg_initiator_new(&i, &role), TG_OK);
    assert_int_equal(tg_initiator_request(role, NOW, &s->result), TG_OK);
    keep(&s->result, 0, m);
    tg_role_end(role);
}

/* However a subscriber spells his name he has one counter, and counters leave room for messages with a time. */
static void one_counter_a_peer(void **state)
{
    (void)state;
    static const char *const spellings[] = { "alice@example.com",     "alice@Example.com",     "sip:alice@example.com",
                                             "SIP:alice@example.com", "sips:alice@EXAMPLE.COM" };
    for (int n = 0; n < 4; n++) {
        const char *b_tid = n & 1 ? "b-tid-alice" : NULL;
        uint64_t counter = 10;
        scene s;
        kept m;
        scene_set(&s, "rfc6043");
        if (n & 2) {
            s.k.subscribers = NULL;
            s.k.role.psk = s.i.role.psk;
        }
        scene_start(&s);
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
            ask_as(&s, spellings[i], b_tid, counter, &m);
            give(&s, s.kms, TG_SENDER_I, &m, NOW);
            expect_accepted(&s, 1, spellings[i]);
            assert_int_equal(tg_replay_cache_num(s.k.role.replay), 1);
            ask_as(&s, spellings[0], b_tid, counter, &m);
            give(&s, s.kms, TG_SENDER_I, &m, NOW);
            expect_error(&s, TG_REFUSAL_REPLAY, 1, "the same number");
            counter++;
        }
    }
}

static void counters_leave_room(void **state)
{
    (void)state;
    enum { CAPACITY = 6 };
    scene s;
    kept m;
    char id[32], b_tid[16];
    scene_set(&s, "rfc6043");
    s.k.subscribers = NULL;
    s.k.role.psk = s.i.role.psk;
    assert_int_equal(tg_replay_cache_new(&s.caches, CAPACITY, &s.k.role.replay), TG_OK);
    scene_start(&s);
    for (int n = 0; n < CAPACITY; n++) {
        snprintf(id, sizeof id, "user%d@example.com", n);
        snprintf(b_tid, sizeof b_tid, "b-tid-%d", n);
        ask_as(&s, id, b_tid, 3, &m);
        give(&s, s.kms, TG_SENDER_I, &m, NOW);
        if (n < CAPACITY / 2)
            expect_accepted(&s, 1, "within the half");
        else
            expect_error(&s, TG_REFUSAL_REPLAY_CACHE_FULL, 1, "another peer that counts");
    }
    ask_as(&s, "user0@example.com", "b-tid-0", 4, &m);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "one that is known counts on");
    for (int n = 0; n < CAPACITY / 2; n++) {
        ask_for_ticket(&s, &m, NOW + (uint64_t)n * SECOND);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + (uint64_t)n * SECOND);
        expect_accepted(&s, 1, "one with a time");
    }
}

/* The B-TID "a" of "bc" is not the B-TID "ab" of "c". */
static void names_have_ends(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    s.k.subscribers = NULL;
    s.k.role.psk = s.i.role.psk;
    scene_start(&s);
    ask_as(&s, "bc@example.com", "a", 9, &m);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "a, bc");
    ask_as(&s, "c@example.com", "ab", 2, &m);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "ab, c");
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
        cmocka_unit_test(another_role_of_the_same_party), cmocka_unit_test(what_failed_may_come_again),
        cmocka_unit_test(a_refused_request_comes_again),  cmocka_unit_test(the_largest_skew),
        cmocka_unit_test(one_counter_a_peer),             cmocka_unit_test(counters_leave_room),
        cmocka_unit_test(names_have_ends),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
