/* A TRANSFER_INIT with a ticket that only the KMS can open may be anybody's: until it has proved good, the session that
 * there is goes on as if it had not come. */
#include "test_roles_scene.h"

/* Alice's next TRANSFER_INIT, its ticket changed: Bob cannot tell. */
static void forge(const kept *transfer, kept *out)
{
    *out = *transfer;
    out->octets[out->len / 2] ^= 1;
}

static void give_forged(scene *s, const kept *forged, kept *resolve_init, uint64_t now)
{
    give(s, s->bob, TG_SENDER_I, forged, now);
    expect_accepted(s, 1, "a forged TRANSFER_INIT");
    assert_int_equal(s->result.out[0].to, TG_SENDER_K);
    assert_int_equal(s->result.state, TG_ROLE_RESOLVING);
    keep(&s->result, 0, resolve_init);
}

/* The KMS refuses the ticket, and Bob hears of it. */
static void give_up(scene *s, kept *resolve_init, uint64_t now)
{
    give(s, s->kms, TG_SENDER_R, resolve_init, now);
    assert_int_not_equal(s->result.refusal, TG_REFUSAL_NONE);
    keep(&s->result, 0, resolve_init);
    give(s, s->bob, TG_SENDER_K, resolve_init, now);
    assert_int_equal(s->result.refusal, TG_REFUSAL_PEER_ERROR);
    assert_true(s->result.error_authentic);
}

/* A genuine reuse still builds on what was established, and updates follow. */
static void expect_reuse(scene *s, const kept *transfer, uint64_t now)
{
    kept m;
    tg_established e;
    tg_transfer_plan plan = { .response = true };
    give(s, s->bob, TG_SENDER_I, transfer, now);
    expect_accepted(s, 1, "a reuse");
    assert_int_equal(s->result.out[0].to, TG_SENDER_I);
    assert_string_equal(s->result.out[0].ex, "reuse0");
    keep(&s->result, 0, &m);
    give(s, s->alice, TG_SENDER_R, &m, now);
    expect_accepted(s, 0, "its answer");
    expect_same_keys(s, now + 1);
    assert_true(tg_role_established(s->bob, now + 1, &e));
    assert_true(e.mpki.len > 0 && e.resolve_resp);
    assert_int_equal(tg_role_update(s->alice, &plan, now + SECOND, &s->result), TG_OK);
    keep(&s->result, 0, &m);
    give(s, s->bob, TG_SENDER_I, &m, now + SECOND);
    expect_accepted(s, 1, "an update after the reuse");
}

static void a_forged_transfer_leaves_the_session(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        scene s;
        kept transfer, forged, m;
        scene_set(&s, "rfc6043");
        scene_start(&s);
        establish(&s, NOW);
        send_transfer(&s, &transfer, NOW + SECOND);
        forge(&transfer, &forged);
        give_forged(&s, &forged, &m, NOW + 2 * SECOND);
        if (!silent)
            give_up(&s, &m, NOW + 2 * SECOND);
        assert_int_equal(tg_role_state_of(s.bob), silent ? TG_ROLE_RESOLVING : TG_ROLE_ESTABLISHED);
        if (silent)
            send_transfer(&s, &transfer, NOW + 302 * SECOND);
        expect_reuse(&s, &transfer, NOW + (silent ? 302 : 3) * SECOND);
    }
}

static void an_update_survives_a_forged_transfer(void **state)
{
    (void)state;
    for (int during = 0; during < 2; during++) {
        scene s;
        kept forged, update, m, response;
        tg_transfer_plan plan = { .response = true };
        /* the forgery is made of what a call of the same Alice looks like */
        scene_set(&s, "rfc6043");
        scene_start(&s);
        establish(&s, NOW);
        send_transfer(&s, &m, NOW + SECOND);
        forge(&m, &forged);
        scene_set(&s, "rfc6043");
        scene_start(&s);
        establish(&s, NOW);
        assert_int_equal(tg_role_update(s.bob, &plan, NOW + 5 * SECOND, &s.result), TG_OK);
        keep(&s.result, 0, &update);
        give(&s, s.alice, TG_SENDER_R, &update, NOW + 5 * SECOND);
        expect_accepted(&s, 1, "Bob's update");
        keep(&s.result, 0, &response);
        give_forged(&s, &forged, &m, NOW + 6 * SECOND);
        if (!during)
            give_up(&s, &m, NOW + 6 * SECOND);
        assert_int_equal(tg_role_state_of(s.bob), during ? TG_ROLE_RESOLVING : TG_ROLE_UPDATING);
        give(&s, s.bob, TG_SENDER_I, &response, NOW + 7 * SECOND);
        expect_accepted(&s, 0, "the response");
        if (during)
            give_up(&s, &m, NOW + 8 * SECOND);
        assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_ESTABLISHED);
        expect_same_keys(&s, NOW + 9 * SECOND);
    }
}

/* Alice's updates are served while the KMS is silent; then her other ticket is resolved all the same. */
static void the_session_goes_on_while_a_ticket_is_resolved(void **state)
{
    (void)state;
    scene s;
    kept forged, m;
    tg_transfer_plan plan = { .response = true };
    scene_set(&s, "rfc6043");
    scene_start(&s);
    establish(&s, NOW);
    send_transfer(&s, &m, NOW + SECOND);
    forge(&m, &forged);
    scene_set(&s, "rfc6043");
    scene_start(&s);
    establish(&s, NOW);
    give_forged(&s, &forged, &m, NOW + 2 * SECOND);
    for (unsigned n = 0; n < 3; n++) {
        uint64_t now = NOW + (3 + n) * SECOND;
        assert_int_equal(tg_role_update(s.alice, &plan, now, &s.result), TG_OK);
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_I, &m, now);
        expect_accepted(&s, 1, "an update");
        assert_int_equal(s.result.state, TG_ROLE_RESOLVING);
        keep(&s.result, 0, &m);
        give(&s, s.alice, TG_SENDER_R, &m, now);
        expect_accepted(&s, 0, "its response");
        expect_same_keys(&s, now + 1);
    }
    /* another ticket, past the skew */
    get_ticket(&s, NOW + 310 * SECOND);
    send_transfer(&s, &m, NOW + 311 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 311 * SECOND);
    expect_accepted(&s, 1, "a true TRANSFER_INIT");
    keep(&s.result, 0, &m);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 311 * SECOND);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 312 * SECOND);
    expect_accepted(&s, 1, "RESOLVE_RESP");
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 313 * SECOND);
    expect_accepted(&s, 0, "TRANSFER_RESP");
    expect_same_keys(&s, NOW + 314 * SECOND);
}

/* ---- all or nothing ------------------------------------------------------------------------------------------ */

static bool has_no_random;
static tg_random inner;

static tg_status flaky(void *user, uint8_t *out, size_t len)
{
    (void)user;
    return has_no_random ? TG_NO_MEMORY : inner.fill(inner.user, out, len);
}

/* A second TRANSFER_INIT past the skew that fails for want of randomness: the first is still waited for. */
static void what_fails_changes_nothing(void **state)
{
    (void)state;
    scene s;
    kept transfer, resolve_init, resolve_resp, second;
    scene_set(&s, "rfc6043");
    inner = s.r.role.random;
    has_no_random = false;
    s.r.role.random = (tg_random){ flaky, NULL };
    scene_start(&s);
    get_resolve_init(&s, &transfer, &resolve_init, NOW);
    give(&s, s.kms, TG_SENDER_R, &resolve_init, NOW + 5);
    keep(&s.result, 0, &resolve_resp);
    send_transfer(&s, &second, NOW + 290 * SECOND);
    has_no_random = true;
    assert_int_equal(tg_role_receive(s.bob, TG_SENDER_I, bytes_of(&second), NOW + 301 * SECOND, &s.result),
                     TG_NO_MEMORY);
    has_no_random = false;
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_RESOLVING);
    give(&s, s.bob, TG_SENDER_K, &resolve_resp, NOW + 299 * SECOND);
    expect_accepted(&s, 1, "the RESOLVE_RESP that was waited for");
    assert_memory_equal(s.result.out[0].octets.data + 4, transfer.octets + 4, 4); /* the CSB ID */
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_ESTABLISHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forged_transfer_leaves_the_session),
        cmocka_unit_test(an_update_survives_a_forged_transfer),
        cmocka_unit_test(the_session_goes_on_while_a_ticket_is_resolved),
        cmocka_unit_test(what_fails_changes_nothing),
    };
    return cmocka_run_group_tests_name("roles/candidates", tests, set_up, tear_down);
}
