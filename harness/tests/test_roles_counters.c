/* COUNTER timestamps (RFC 3830 6.6): used up, they end; what the other side counts is its own affair. */
#include "test_roles_scene.h"

static void count_from(scene *s, uint64_t alice, uint64_t bob)
{
    scene_set(s, "rfc6043");
    s->i.role.ts_type = s->r.role.ts_type = TG_TS_COUNTER;
    s->i.role.counter = alice;
    s->r.role.counter = bob;
    scene_start(s);
}

static uint32_t counter_in(const kept *m)
{
    static uint8_t room[16384];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *message = NULL;
    uint32_t counter = 0;
    assert_int_equal(tg_message_parse(bytes_of(m), &arena, &message, NULL), TG_OK);
    const tg_t *t = (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
    assert_true(t && t->ts_type == TG_TS_COUNTER);
    tg_reader r = tg_reader_of(t->ts_value);
    assert_true(tg_get_u32(&r, &counter));
    return counter;
}

/* The last number is sent once, and none after it. */
static void the_last_number(void **state)
{
    (void)state;
    scene s;
    kept m;
    count_from(&s, 0xFFFFFFFEu, 1);
    for (uint32_t n = 0; n < 2; n++) {
        ask_for_ticket(&s, &m, NOW);
        assert_int_equal(counter_in(&m), 0xFFFFFFFEu + n);
        give(&s, s.kms, TG_SENDER_I, &m, NOW);
        expect_accepted(&s, 1, "REQUEST_INIT");
    }
    for (int n = 0; n < 2; n++) {
        assert_int_equal(tg_initiator_request(s.alice, NOW, &s.result), TG_REFUSED);
        assert_int_equal(s.result.num_out, 0);
    }
    count_from(&s, ((uint64_t)1 << 32) + 5, 1); /* is no 5 */
    assert_int_equal(tg_initiator_request(s.alice, NOW, &s.result), TG_REFUSED);
}

/* Who has no number left to ask the KMS with refuses, and says nothing. */
static void a_responder_without_numbers(void **state)
{
    (void)state;
    scene s;
    kept m;
    count_from(&s, 1, (uint64_t)1 << 32);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 3);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 4);
    assert_true(s.result.refusal == TG_REFUSAL_POLICY && s.result.num_out == 0 && s.result.error_no == -1);
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_IDLE);
}

static void exchange_updates(scene *s, size_t num, uint32_t *last)
{
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    for (size_t n = 0; n < num; n++) {
        assert_int_equal(tg_role_update(s->alice, &plan, NOW + SECOND, &s->result), TG_OK);
        keep(&s->result, 0, &m);
        assert_true(counter_in(&m) > *last);
        *last = counter_in(&m);
        give(s, s->bob, TG_SENDER_I, &m, NOW + SECOND);
        expect_accepted(s, 0, "update");
    }
}

/* Bob answers with the last number there is; Alice's are still hers. */
static void a_peer_uses_up_his_own(void **state)
{
    (void)state;
    scene s;
    kept m;
    uint32_t last = 0;
    count_from(&s, 7, 0xFFFFFFFEu); /* RESOLVE_INIT, TRANSFER_RESP */
    establish(&s, NOW);
    exchange_updates(&s, 4, &last);
    assert_true(last < 20);
    ask_for_ticket(&s, &m, NOW);
    assert_int_equal(counter_in(&m), last + 1);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    expect_accepted(&s, 1, "REQUEST_INIT");
    assert_int_equal(tg_role_update(s.bob, &(tg_transfer_plan){ 0 }, NOW + SECOND, &s.result), TG_REFUSED);
}

/* The lines cross, and no number is used by both: all KEMACs of updates could have the same key (A13). */
static void lines_that_cross(void **state)
{
    (void)state;
    scene s;
    kept m;
    uint32_t last = 0;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    count_from(&s, 1, 6);
    establish(&s, NOW);
    for (int n = 0; n < 3; n++) { /* Bob goes ahead on the numbers before Alice */
        assert_int_equal(tg_role_update(s.bob, &plan, NOW + SECOND, &s.result), TG_OK);
        keep(&s.result, 0, &m);
        give(&s, s.alice, TG_SENDER_R, &m, NOW + SECOND);
        expect_accepted(&s, 0, "Bob's update");
    }
    assert_true(counter_in(&m) > 6);
    exchange_updates(&s, 8, &last);
    assert_true(last > counter_in(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_number),        cmocka_unit_test(a_responder_without_numbers),
        cmocka_unit_test(a_peer_uses_up_his_own), cmocka_unit_test(lines_that_cross),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
