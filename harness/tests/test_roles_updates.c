/* CSB updates, reuse of tickets, and one ticket after another. */
#include "test_roles_scene.h"

static void l_and_m_forbid_keys(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1, .response = true };
    scene_set(&s, "rfc6043");
    s.i.policy.flags &= (uint16_t) ~(TG_FLAG('L') | TG_FLAG('M'));
    scene_start(&s);
    establish(&s, NOW);
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_REFUSED);
    assert_int_equal(tg_role_update(s.bob, &plan, NOW + SECOND, &s.result), TG_REFUSED);
    plan.num_keys = 0;
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 2 * SECOND);
    expect_accepted(&s, 1, "an update without keys");
    keep(&s.result, 0, &m);
    kept forged = m;
    forged.octets[forged.len - 1] ^= 1;
    give(&s, s.alice, TG_SENDER_R, &forged, NOW + 3 * SECOND);
    expect_error(&s, TG_REFUSAL_AUTH, 0, "a forged answer");
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 3 * SECOND);
    expect_accepted(&s, 0, "the answer");
    expect_same_keys(&s, NOW + 4 * SECOND);
}

static void an_old_update_is_refused(void **state)
{
    (void)state;
    scene s;
    kept a, b;
    tg_transfer_plan plan = { .response = false };
    scene_set(&s, "rfc6043");
    scene_start(&s);
    establish(&s, NOW);
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &a);
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + 2 * SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &b);
    give(&s, s.bob, TG_SENDER_I, &b, NOW + 3 * SECOND);
    expect_accepted(&s, 0, "the second");
    give(&s, s.bob, TG_SENDER_I, &a, NOW + 3 * SECOND);
    expect_error(&s, TG_REFUSAL_TIMESTAMP, 1, "the first, too late");
    give(&s, s.bob, TG_SENDER_I, &b, NOW + 3 * SECOND);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "the second again");
}

/* Only so many messages a session; then it is over, not the memory. */
static void a_session_has_a_bound(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_transfer_plan plan = { .response = false };
    scene_set(&s, "rfc6043");
    s.r.role.max_history = 8;
    scene_start(&s);
    establish(&s, NOW);
    bool refused = false;
    for (unsigned n = 1; n < 12 && !refused; n++) {
        assert_int_equal(tg_role_update(s.alice, &plan, NOW + n * SECOND, &s.result), TG_OK);
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_I, &m, NOW + n * SECOND);
        refused = s.result.refusal == TG_REFUSAL_NO_MEMORY;
        assert_true(refused || s.result.refusal == TG_REFUSAL_NONE);
    }
    assert_true(refused);
    expect_same_keys(&s, NOW + 20 * SECOND);
}

static int count_resolves(scene *s, uint64_t now)
{
    kept m;
    int resolves = 0;
    send_transfer(s, &m, now);
    give(s, s->bob, TG_SENDER_I, &m, now + 1);
    expect_accepted(s, 1, "TRANSFER_INIT");
    keep(&s->result, 0, &m);
    if (s->result.out[0].to == TG_SENDER_K) {
        resolves++;
        give(s, s->kms, TG_SENDER_R, &m, now + 2);
        keep(&s->result, 0, &m);
        give(s, s->bob, TG_SENDER_K, &m, now + 3);
        keep(&s->result, 0, &m);
    }
    give(s, s->alice, TG_SENDER_R, &m, now + 4);
    expect_accepted(s, 0, "TRANSFER_RESP");
    expect_same_keys(s, now + 5);
    return resolves;
}

/* A52: one Resolve for each ticket and Responder; a Responder may do without a cache (6.2.3.7). */
static void reuse(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        scene s;
        scene_set(&s, "ims-media");
        s.r.resolve_each_time = n;
        scene_start(&s);
        get_ticket(&s, NOW);
        assert_int_equal(count_resolves(&s, NOW + SECOND), 1);
        assert_int_equal(count_resolves(&s, NOW + 2 * SECOND), n);
        assert_int_equal(count_resolves(&s, NOW + 3 * SECOND), n);
    }
    scene s;
    scene_set(&s, "ims-media");
    s.i.policy.flags &= (uint16_t)~TG_FLAG('J');
    scene_start(&s);
    get_ticket(&s, NOW);
    assert_int_equal(count_resolves(&s, NOW + SECOND), 1);
    assert_int_equal(tg_initiator_transfer(s.alice, NOW + 2 * SECOND, &s.result), TG_REFUSED); /* 5.3 */
}

/* Another ticket takes the place of the first, and only once it has proved good. */
static void a_second_ticket(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_established before, after;
    scene_set(&s, "ims-media");
    scene_start(&s);
    establish(&s, NOW);
    assert_true(tg_role_established(s.bob, NOW + 1, &before));
    uint8_t tek[16];
    memcpy(tek, before.cs[0].tek.data, sizeof tek);
    get_ticket(&s, NOW + SECOND);
    send_transfer(&s, &m, NOW + 2 * SECOND);
    kept forged = m;
    forged.octets[16] ^= 1; /* an SSRC: Bob cannot tell before the KMS has answered */
    give(&s, s.bob, TG_SENDER_I, &forged, NOW + 2 * SECOND);
    expect_accepted(&s, 1, "TRANSFER_INIT");
    keep(&s.result, 0, &forged);
    give(&s, s.kms, TG_SENDER_R, &forged, NOW + 2 * SECOND);
    keep(&s.result, 0, &forged);
    give(&s, s.bob, TG_SENDER_K, &forged, NOW + 2 * SECOND);
    expect_error(&s, TG_REFUSAL_AUTH, 0, "forged");
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_ESTABLISHED);
    assert_true(tg_role_established(s.bob, NOW + 2 * SECOND, &after));
    assert_memory_equal(after.cs[0].tek.data, tek, sizeof tek);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 3 * SECOND);
    keep(&s.result, 0, &m);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 3 * SECOND);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 3 * SECOND);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 3 * SECOND);
    expect_same_keys(&s, NOW + 4 * SECOND);
    assert_true(tg_role_established(s.bob, NOW + 4 * SECOND, &after));
    assert_memory_not_equal(after.cs[0].tek.data, tek, sizeof tek);
}

/* What is over is forgotten: ticket after ticket in the memory of two. */
static void ticket_after_ticket(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "ims-media");
    s.r.role.max_history = 8;
    scene_start(&s);
    for (uint64_t n = 1; n < 8; n++) {
        get_ticket(&s, NOW + 2 * n * SECOND);
        assert_int_equal(count_resolves(&s, NOW + (2 * n + 1) * SECOND), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(l_and_m_forbid_keys),   cmocka_unit_test(an_old_update_is_refused),
        cmocka_unit_test(a_session_has_a_bound), cmocka_unit_test(reuse),
        cmocka_unit_test(a_second_ticket),       cmocka_unit_test(ticket_after_ticket),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
