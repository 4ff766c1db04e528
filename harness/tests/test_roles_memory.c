/* What roles keep in memory, and what they do when there is little. */
#include "test_roles_scene.h"

static bool holds(const uint8_t *memory_of_role, size_t size, tg_bytes octets)
{
    for (size_t i = 0; i + octets.len <= size; i++) {
        if (memory_of_role[i] == octets.data[0] && memcmp(memory_of_role + i, octets.data, octets.len) == 0)
            return true;
    }
    return false;
}

static void nothing_stays_behind(void **state)
{
    (void)state;
    scene s;
    memset(memory, 0, MEMORY); /* other tests leave theirs */
    scene_set(&s, "ims-media");
    scene_start(&s);
    establish(&s, NOW);
    tg_established e;
    uint8_t keys[3][16];
    assert_true(tg_role_established(s.bob, NOW + 1, &e));
    memcpy(keys[0], e.mpki.data, 16);
    memcpy(keys[1], e.mpkr_forked.data, 16);
    memcpy(keys[2], e.cs[0].tek.data, 16);
    for (int k = 0; k < 3; k++)
        assert_true(holds(s.arenas[1].data, ROLE_MEMORY, tg_bytes_of(keys[k], 16))); /* the search works */
    tg_role_end(s.alice);
    tg_role_end(s.bob);
    tg_role_end(s.kms);
    for (int n = 0; n < 3; n++) {
        for (int k = 0; k < 3; k++)
            if (holds(s.arenas[n].data, ROLE_MEMORY, tg_bytes_of(keys[k], 16)))
                fail_msg("role %d holds key %d", n, k);
        assert_int_equal(s.arenas[n].used, 0);
    }
}

/* However small the memory: a status, the role as it was, and no message. */
static void little_memory(void **state)
{
    (void)state;
    scene s;
    kept m;
    bool went_well = false;
    scene_set(&s, "rfc6043");
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    for (size_t size = 1024; !went_well; size += 4096) {
        tg_kms_config k = s.k;
        tg_role *kms = NULL;
        assert_true(size < ROLE_MEMORY);
        tg_arena arena = tg_arena_of(memory + 5 * ROLE_MEMORY, size),
                 cache = tg_arena_of(memory + 7 * ROLE_MEMORY, 65536);
        k.role.arena = &arena;
        assert_int_equal(tg_replay_cache_new(&cache, 4, &k.role.replay), TG_OK);
        tg_status status = tg_kms_new(&k, &kms);
        if (status == TG_OK)
            status = tg_role_receive(kms, TG_SENDER_I, bytes_of(&m), NOW, &s.result);
        went_well = status == TG_OK;
        assert_true(went_well || (tg_status_class(status) == TG_CLASS_LIMIT && (!kms || s.result.num_out == 0)));
    }
    expect_accepted(&s, 1, "enough");
}

/* What is refused takes no memory: the same junk again and again. */
static void junk(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "ims-media");
    scene_start(&s);
    establish(&s, NOW);
    size_t used = 0;
    for (int n = 0; n < 300; n++) {
        m.len = (size_t)(n % 64) * 40;
        for (size_t i = 0; i < m.len; i++)
            m.octets[i] = (uint8_t)(i * 7 + (size_t)n);
        if (m.len > 2)
            m.octets[0] = 1, m.octets[1] = (uint8_t)(11 + n % 8);
        give(&s, s.bob, n & 1 ? TG_SENDER_I : TG_SENDER_K, &m, NOW + SECOND);
        assert_true(s.result.refusal != TG_REFUSAL_NONE);
        if (n == 64)
            used = s.arenas[1].used;
        assert_true(n <= 64 || s.arenas[1].used <= used + ((size_t)1 << 20));
    }
    expect_same_keys(&s, NOW + 2 * SECOND);
}

static bool dry;
static tg_random good;
static tg_status fill_or_fail(void *user, uint8_t *out, size_t len)
{
    (void)user;
    return dry ? TG_NO_MEMORY : good.fill(good.user, out, len);
}

/* Without randomness nothing is sent, and nothing has happened: the same message is taken once there is some. */
static void no_randomness(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    scene_set(&s, "ims-media");
    good = s.r.role.random;
    s.r.role.random = (tg_random){ fill_or_fail, NULL };
    dry = false;
    scene_start(&s);
    get_resolve_init(&s, &transfer, &m, NOW);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
    keep(&s.result, 0, &m);
    dry = true;
    assert_int_equal(tg_role_receive(s.bob, TG_SENDER_K, bytes_of(&m), NOW + 6, &s.result), TG_NO_MEMORY);
    assert_int_equal(s.result.num_out, 0);
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_RESOLVING);
    dry = false;
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 7);
    expect_accepted(&s, 1, "RESOLVE_RESP, now");
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 8);
    expect_accepted(&s, 0, "TRANSFER_RESP");
    expect_same_keys(&s, NOW + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays_behind),
        cmocka_unit_test(little_memory),
        cmocka_unit_test(junk),
        cmocka_unit_test(no_randomness),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
