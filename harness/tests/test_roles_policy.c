/* What the users want: the Responder's policy is asked before any KMS is contacted, the Initiator's before a ticket or
 * an answer is used. */
#include "test_roles_scene.h"

typedef struct policy {
    tg_admission answer;
    int asked;
} policy;

static tg_admission admit(void *user, const tg_message *transfer_init, const tg_ticket *ticket)
{
    policy *p = user;
    assert_non_null(transfer_init);
    assert_non_null(ticket);
    p->asked++;
    return p->answer;
}

static void the_policy_is_asked_first(void **state)
{
    (void)state;
    static const struct {
        tg_admission answer;
        int error_no;
    } cases[] = { { { TG_REFUSE, TG_REFUSAL_NONE }, 12 },
                  { { TG_REFUSE, TG_REFUSAL_ID }, 7 },
                  { { TG_REFUSE, TG_REFUSAL_SP }, 9 },
                  { { TG_REFUSE, TG_REFUSAL_SP_PARAM }, 10 },
                  { { TG_REFUSE, TG_REFUSAL_TP_PARAM }, 15 },
                  { { TG_REFUSE, TG_REFUSAL_TICKET }, 14 },
                  { { TG_ADMIT_WITH_WARNING, TG_REFUSAL_NONE }, -1 },
                  { { TG_ADMIT, TG_REFUSAL_NONE }, -1 } };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        scene s;
        kept m;
        policy p = { cases[n].answer, 0 };
        scene_set(&s, "ims-media");
        s.r.admit = admit;
        s.r.user = &p;
        scene_start(&s);
        get_ticket(&s, NOW);
        send_transfer(&s, &m, NOW + 3);
        give(&s, s.bob, TG_SENDER_I, &m, NOW + 4);
        assert_int_equal(p.asked, 1);
        assert_int_equal(s.result.num_out, 1);
        if (cases[n].answer.answer == TG_REFUSE) {
            assert_int_equal(s.result.out[0].to, TG_SENDER_I); /* and nothing to the KMS */
            assert_int_equal(error_no_of(s.result.out[0].octets), cases[n].error_no);
        } else {
            assert_int_equal(s.result.out[0].to, TG_SENDER_K);
            assert_int_equal(s.result.warned, cases[n].answer.answer == TG_ADMIT_WITH_WARNING);
        }
    }
}

static void unsupported_policies(void **state)
{
    (void)state;
    static const uint8_t null_encryption[] = { 0 };
    for (int n = 0; n < 3; n++) {
        scene s;
        kept m;
        tg_param weak[3];
        scene_set(&s, "rfc6043");
        memcpy(weak, s.params, sizeof weak);
        weak[0].value = tg_bytes_of(null_encryption, 1);
        tg_security_policy offered = s.policy;
        if (n == 0)
            offered.params = weak;
        if (n == 1)
            offered.prot_type = s.sessions[0].prot_type = s.sessions[1].prot_type = TG_PROT_TESLA;
        s.i.transfer.policies = &offered;
        scene_start(&s);
        get_ticket(&s, NOW);
        send_transfer(&s, &m, NOW + 3);
        give(&s, s.bob, TG_SENDER_I, &m, NOW + 4);
        if (n == 2) {
            expect_accepted(&s, 1, "the same policy");
            continue;
        }
        expect_error(&s, n == 0 ? TG_REFUSAL_SP_PARAM : TG_REFUSAL_SP, n == 0 ? 10 : 9, "unsupported policy");
        assert_int_equal(s.result.out[0].to, TG_SENDER_I);
        /* 5.4: with the supported ones. A33: then the map is GENERIC-ID. */
        uint8_t room[16384];
        tg_arena arena = tg_arena_of(room, sizeof room);
        tg_message *error = NULL;
        assert_int_equal(tg_message_parse(s.result.out[0].octets, &arena, &error, NULL), TG_OK);
        const tg_sp *sp = (const tg_sp *)tg_payload_find(error->payloads, TG_PAYLOAD_SP);
        assert_true(sp && sp->num_policy_param == 3 && error->hdr.map.cs_id_map_type == TG_MAP_GENERIC_ID);
        assert_null(tg_payload_find(error->payloads,
                                    TG_PAYLOAD_V)); /* A43: nobody has resolved the ticket, so there is no key */
    }
}

static bool refuse_ticket(void *user, const tg_ticket *ticket)
{
    (void)user, (void)ticket;
    return false;
}

static bool refuse_answer(void *user, const tg_message *transfer_resp)
{
    (void)user, (void)transfer_resp;
    return false;
}

static void the_initiator_has_a_say(void **state)
{
    (void)state;
    scene s;
    kept m, transfer;
    scene_set(&s, "rfc6043");
    s.i.granted = refuse_ticket;
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_K, &m, NOW + 2);
    expect_error(&s, TG_REFUSAL_POLICY, 12, "a ticket that is not acceptable");
    assert_int_equal(tg_initiator_transfer(s.alice, NOW + 3, &s.result), TG_REFUSED);

    scene_set(&s, "rfc6043");
    s.i.answered = refuse_answer;
    scene_start(&s);
    get_resolve_init(&s, &transfer, &m, NOW);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, NOW + 7);
    expect_error(&s, TG_REFUSAL_SP, 9, "policies that are not acceptable");
    assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_is_asked_first),
        cmocka_unit_test(unsupported_policies),
        cmocka_unit_test(the_initiator_has_a_say),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
