/* Readings of the ambiguous points that show in what a role does. */
#include "test_roles_scene.h"

/* A36: the ticket's PRF and HDR's may differ: forking and the ticket use the one, messages and sessions the other. */
static void two_prfs(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    s.i.policy.prf_func = TG_PRF_HMAC_SHA_256;
    scene_start(&s);
    establish(&s, NOW);
    expect_same_keys(&s, NOW + SECOND);
}

/* A49: RANDRr of Resolve and of Transfer are two values. A54: everything may happen in one second of NTP-UTC-32. */
static void one_second(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    uint8_t room[65536];
    scene_set(&s, "rfc6043");
    s.i.role.ts_type = s.r.role.ts_type = TG_TS_NTP_UTC_32;
    scene_start(&s);
    get_resolve_init(&s, &transfer, &m, NOW);
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *resolve = NULL, *answer = NULL;
    kept first = m, second;
    assert_int_equal(tg_message_parse(bytes_of(&first), &arena, &resolve, NULL), TG_OK);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
    expect_accepted(&s, 1, "RESOLVE_RESP");
    keep(&s.result, 0, &second);
    assert_int_equal(tg_message_parse(bytes_of(&second), &arena, &answer, NULL), TG_OK);
    assert_false(tg_bytes_equal(tg_randr_find(resolve->payloads, TG_RAND_ROLE_R)->rand,
                                tg_randr_find(answer->payloads, TG_RAND_ROLE_R)->rand));
    give(&s, s.alice, TG_SENDER_R, &second, NOW + 7);
    expect_accepted(&s, 0, "TRANSFER_RESP");
}

/* A32: without TRANSFER_RESP nobody completes what TRANSFER_INIT leaves open. */
static void without_an_answer(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        scene s;
        kept transfer, m;
        scene_set(&s, "rfc6043");
        s.i.policy.flags &= (uint16_t) ~(TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('M'));
        s.i.policy.keys[0].type = TG_KEY_GTGK;
        if (n == 1) {
            s.sessions[1].key = 1;
            s.sessions[1].session_data = s.sessions[0].session_data;
        }
        scene_start(&s);
        get_ticket(&s, NOW);
        send_transfer(&s, &transfer, NOW + 3);
        assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_ESTABLISHED);
        give(&s, s.bob, TG_SENDER_I, &transfer, NOW + 4);
        expect_accepted(&s, 1, "TRANSFER_INIT");
        keep(&s.result, 0, &m);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
        expect_accepted(&s, 0, "RESOLVE_RESP");
        tg_established e;
        assert_true(tg_role_established(s.bob, NOW + 7, &e));
        assert_int_equal(e.num_cs, n == 0 ? 1 : 2); /* what is open has no key */
    }
}

/* A52: E=1 asks for a KMS even of a Responder that has the TPK; E=0 does not. */
static void who_could_resolve_it_himself(void **state)
{
    (void)state;
    for (int e = 0; e < 2; e++) {
        scene s;
        kept m;
        scene_set(&s, "rfc6043");
        s.i.policy.flags &= (uint16_t)~TG_FLAG('I');
        if (!e)
            s.i.policy.flags &= (uint16_t)~TG_FLAG('E');
        s.r.role.tpk = secret(TPK, sizeof TPK);
        scene_start(&s);
        get_ticket(&s, NOW);
        send_transfer(&s, &m, NOW + 3);
        give(&s, s.bob, TG_SENDER_I, &m, NOW + 4);
        expect_accepted(&s, 1, "TRANSFER_INIT");
        assert_int_equal(s.result.out[0].to, e ? TG_SENDER_K : TG_SENDER_I);
    }
}

/* A47: the KMS is given Initiator Data as it came, so that Vr holds; A43: an Error about TRANSFER_INIT has no key
 * before the ticket is resolved (test_roles_policy). */
static void initiator_data_goes_to_the_kms(void **state)
{
    (void)state;
    scene s;
    kept transfer, resolve;
    uint8_t room[65536];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *a = NULL, *b = NULL;
    scene_set(&s, "ims-media");
    scene_start(&s);
    get_resolve_init(&s, &transfer, &resolve, NOW);
    assert_int_equal(tg_message_parse(bytes_of(&transfer), &arena, &a, NULL), TG_OK);
    assert_int_equal(tg_message_parse(bytes_of(&resolve), &arena, &b, NULL), TG_OK);
    const tg_ticket *sent = (const tg_ticket *)tg_payload_find(a->payloads, TG_PAYLOAD_TICKET);
    const tg_ticket *shown = (const tg_ticket *)tg_payload_find(b->payloads, TG_PAYLOAD_TICKET);
    assert_true(sent->initiator_data.octets.len > 0 &&
                tg_bytes_equal(sent->initiator_data.octets, shown->initiator_data.octets));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_prfs),
        cmocka_unit_test(one_second),
        cmocka_unit_test(without_an_answer),
        cmocka_unit_test(who_could_resolve_it_himself),
        cmocka_unit_test(initiator_data_goes_to_the_kms),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
