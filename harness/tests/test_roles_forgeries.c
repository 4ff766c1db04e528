/* Initiator and Responder against what is forged, old or unknown. */
#include "test_roles_scene.h"

static void forged_answers_end_nothing(void **state)
{
    (void)state;
    scene s;
    kept m, forged, transfer;
    scene_set(&s, "ims-media");
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
    keep(&s.result, 0, &m);
    for (size_t bit = 0; bit < m.len; bit += 7) {
        forged = m;
        forged.octets[bit] ^= 0x10;
        give(&s, s.alice, TG_SENDER_K, &forged, NOW + 2);
        assert_true(s.result.refusal != TG_REFUSAL_NONE);
        assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_REQUESTING);
    }
    give(&s, s.alice, TG_SENDER_K, &m, NOW + 2);
    expect_accepted(&s, 0, "the true REQUEST_RESP");
    send_transfer(&s, &transfer, NOW + 3);
    give(&s, s.bob, TG_SENDER_I, &transfer, NOW + 4);
    keep(&s.result, 0, &m);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
    keep(&s.result, 0, &m);
    for (size_t bit = 0; bit < m.len; bit += 7) {
        forged = m;
        forged.octets[bit] ^= 0x10;
        give(&s, s.bob, TG_SENDER_K, &forged, NOW + 6);
        assert_true(s.result.refusal != TG_REFUSAL_NONE);
        assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_RESOLVING);
    }
    give(&s, s.bob, TG_SENDER_I, &transfer, NOW + 6); /* nor does another TRANSFER_INIT push the first one out */
    assert_int_equal(s.result.refusal, TG_REFUSAL_UNEXPECTED);
    assert_int_equal(s.result.num_out, 0);
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
    expect_accepted(&s, 1, "the true RESOLVE_RESP");
    keep(&s.result, 0, &m);
    for (size_t bit = 0; bit < m.len; bit += 7) {
        forged = m;
        forged.octets[bit] ^= 0x10;
        give(&s, s.alice, TG_SENDER_R, &forged, NOW + 7);
        assert_true(s.result.refusal != TG_REFUSAL_NONE);
        assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_TRANSFERRING);
    }
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 7);
    expect_accepted(&s, 0, "the true TRANSFER_RESP");
    expect_same_keys(&s, NOW + 8);
    give(&s, s.bob, TG_SENDER_I, &transfer, NOW + 9);
    expect_error(&s, TG_REFUSAL_REPLAY, 1, "TRANSFER_INIT again");
    assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_ESTABLISHED);
}

/* Mallory may resolve tickets too, but cannot use Alice's as his own (12.4, 6.10): he lacks MPKr. And without MPKi
 * nothing goes at all. */
static void a_forged_transfer_init(void **state)
{
    (void)state;
    static const char *const names[] = { "transfer-auth-key", "vr-key" };
    for (size_t n = 0; n < 2; n++) {
        scene s;
        kept transfer, m;
        scene_set(&s, "ims-media");
        s.i.role.deviation = tg_deviation_find(names[n]);
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
        if (n == 1) {
            expect_error(&s, TG_REFUSAL_AUTH, 0, "forged Vr");
            keep(&s.result, 0, &m);
            give(&s, s.bob, TG_SENDER_K, &m, NOW + 6); /* the KMS's word, authentic: Bob gives up, and tells Alice */
            assert_int_equal(s.result.refusal, TG_REFUSAL_PEER_ERROR);
            assert_true(s.result.error_authentic && s.result.num_out == 1 && s.result.out[0].to == TG_SENDER_I);
        } else {
            expect_accepted(&s, 1, "RESOLVE_INIT"); /* Vr is right, and it is all the KMS can see */
            keep(&s.result, 0, &m);
            give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
            expect_error(&s, TG_REFUSAL_AUTH, 0, "forged TRANSFER_INIT");
            assert_int_equal(s.result.out[0].to, TG_SENDER_I);
        }
        tg_established e;
        assert_int_equal(tg_role_state_of(s.bob), TG_ROLE_FAILED);
        assert_false(tg_role_established(s.bob, NOW + 7, &e));
    }
}

/* 12.3: where Vi is not V, no KMS need be asked. */
static void a_suspicious_transfer_init(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "ims-media");
    s.i.role.deviation = tg_deviation_find("transfer-mac");
    scene_start(&s);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 1);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 2);
    expect_error(&s, TG_REFUSAL_AUTH, 0, "Vi is not V");
    assert_int_equal(s.result.out[0].to, TG_SENDER_I);
}

static void old_and_unknown_tickets(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    s.i.policy.tre = NOW + 100 * SECOND;
    scene_start(&s);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 90 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 200 * SECOND);
    expect_error(&s, TG_REFUSAL_TICKET, 14, "expired on the way");
    scene_set(&s, "rfc6043");
    s.i.policy.tre = NOW + 100 * SECOND;
    scene_start(&s);
    get_ticket(&s, NOW);
    assert_int_equal(tg_initiator_transfer(s.alice, NOW + 200 * SECOND, &s.result), TG_REFUSED);
    assert_int_equal(s.result.num_out, 0);
    scene_set(&s, "rfc6043");
    scene_start(&s);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 500 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 100 * SECOND);
    expect_error(&s, TG_REFUSAL_TIMESTAMP, 1, "from the future");
    scene_set(&s, "rfc6043");
    s.r.role.psk = (tg_bytes){ 0 };
    scene_start(&s);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 1);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 2);
    expect_error(&s, TG_REFUSAL_TICKET, 14, "no KMS to ask, and no TPK");
}

static void spoil_kemac(tg_making *m)
{
    static const uint8_t octets[40];
    tg_kemac *kemac = (tg_kemac *)(uintptr_t)tg_payload_find(m->message->payloads, TG_PAYLOAD_KEMAC);
    kemac->encr_alg = 99;
    kemac->encr_data = (tg_chain){ TG_CHAIN_OCTETS, { octets, sizeof octets }, NULL };
}
static const tg_deviation unknown_encryption = { .name = "unknown-encryption",
                                                 .data_type = TG_DATA_TYPE_REQUEST_RESP,
                                                 .from = TG_SENDER_K,
                                                 .update = -1,
                                                 .keys = spoil_kemac };

static void unknown_encryption_is_told(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    s.k.role.deviation = &unknown_encryption;
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_K, &m, NOW + 2);
    expect_error(&s, TG_REFUSAL_ENCR_ALG, 4, "Encr alg 99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_answers_end_nothing), cmocka_unit_test(a_forged_transfer_init),
        cmocka_unit_test(a_suspicious_transfer_init), cmocka_unit_test(old_and_unknown_tickets),
        cmocka_unit_test(unknown_encryption_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
