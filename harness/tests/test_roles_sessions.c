/* Initiator and Responder: policy before the KMS, Errors, forgeries, updates, reuse, memory; and the readings of the ambiguous points that
 * show in what a role does. */
#include "test_roles_scene.h"

/* ---- the policy is asked before the KMS (4.2.2.2; contribution 003, 6.2.3.3) --------------------------------- */

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
    } cases[] = { { { TG_REFUSE, TG_REFUSAL_NONE }, 12 },   { { TG_REFUSE, TG_REFUSAL_ID }, 7 },  { { TG_REFUSE, TG_REFUSAL_SP }, 9 },
                  { { TG_REFUSE, TG_REFUSAL_SP_PARAM }, 10 }, { { TG_REFUSE, TG_REFUSAL_TP_PARAM }, 15 },
                  { { TG_REFUSE, TG_REFUSAL_TICKET }, 14 },  { { TG_ADMIT_WITH_WARNING, TG_REFUSAL_NONE }, -1 }, { { TG_ADMIT, TG_REFUSAL_NONE }, -1 } };
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
        assert_null(tg_payload_find(error->payloads, TG_PAYLOAD_V)); /* A43: nobody has resolved the ticket, so there is no key */
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

/* ---- forgeries ---------------------------------------------------------------------------------------------- */

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

/* Mallory may resolve tickets too, but cannot use Alice's as his own (12.4, 6.10): he lacks MPKr. And without MPKi nothing goes at all. */
static void a_forged_transfer_init(void **state)
{
    (void)state;
    static const char *const names[] = { "transfer-mac", "vr-key" };
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

static void old_and_unknown_tickets(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "rfc6043");
    s.i.policy.tre = NOW + 100 * SECOND;
    scene_start(&s);
    get_ticket(&s, NOW);
    send_transfer(&s, &m, NOW + 200 * SECOND);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 200 * SECOND);
    expect_error(&s, TG_REFUSAL_TICKET, 14, "expired");
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
static const tg_deviation unknown_encryption = { "", "", "", TG_DATA_TYPE_REQUEST_RESP, TG_SENDER_K, -1, NULL, spoil_kemac, NULL };

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

/* ---- updates and reuse -------------------------------------------------------------------------------------- */

/* A39: with same_keys, updates of both sides share key, salt and CSB ID; two in one second of NTP-UTC-32 would be a two-time pad. */
static void no_iv_twice(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1 };
    scene_set(&s, "rfc6043");
    s.i.role.ts_type = TG_TS_NTP_UTC_32;
    scene_start(&s);
    establish(&s, NOW);
    uint64_t later = NOW + 20 * SECOND;
    assert_int_equal(tg_role_update(s.alice, &plan, later, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, later);
    expect_accepted(&s, 0, "Alice's update");
    assert_int_equal(tg_role_update(s.bob, &plan, later, &s.result), TG_REFUSED);
    assert_int_equal(s.result.num_out, 0);
    assert_int_equal(tg_role_update(s.bob, &plan, later + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.alice, TG_SENDER_R, &m, later + SECOND);
    expect_accepted(&s, 0, "Bob's update, a second later");
}

/* A39 again: iv_time=initial gives a response the IV of the message it answers. */
static void no_key_in_a_response_with_the_iv_of_the_request(void **state)
{
    (void)state;
    scene s;
    kept m;
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1, .response = true }, answer = { .keys = &key, .num_keys = 1 };
    tg_profile profile = *tg_profile_find("rfc6043");
    profile.settings.iv_time = TG_IV_TIME_INITIAL;
    scene_set(&s, "rfc6043");
    s.i.role.profile = s.r.role.profile = s.k.role.profile = &profile;
    s.r.update_answer = &answer;
    scene_start(&s);
    establish(&s, NOW);
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + SECOND);
    expect_error(&s, TG_REFUSAL_POLICY, 12, "the same IV");
}

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
    forged.octets[forged.len - 1] ^= 1; /* V: Bob cannot tell before the KMS has answered */
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

/* ---- other readings ----------------------------------------------------------------------------------------- */

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
    assert_false(tg_bytes_equal(tg_randr_find(resolve->payloads, TG_RAND_ROLE_R)->rand, tg_randr_find(answer->payloads, TG_RAND_ROLE_R)->rand));
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

/* ---- memory ------------------------------------------------------------------------------------------------- */

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
            assert_false(holds(s.arenas[n].data, ROLE_MEMORY, tg_bytes_of(keys[k], 16)));
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
        tg_arena arena = tg_arena_of(memory + 5 * ROLE_MEMORY, size), cache = tg_arena_of(memory + 7 * ROLE_MEMORY, 65536);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_is_asked_first), cmocka_unit_test(unsupported_policies), cmocka_unit_test(the_initiator_has_a_say),
        cmocka_unit_test(forged_answers_end_nothing), cmocka_unit_test(a_forged_transfer_init), cmocka_unit_test(old_and_unknown_tickets),
        cmocka_unit_test(unknown_encryption_is_told), cmocka_unit_test(no_iv_twice),
        cmocka_unit_test(no_key_in_a_response_with_the_iv_of_the_request), cmocka_unit_test(l_and_m_forbid_keys),
        cmocka_unit_test(an_old_update_is_refused), cmocka_unit_test(a_session_has_a_bound), cmocka_unit_test(reuse),
        cmocka_unit_test(a_second_ticket), cmocka_unit_test(two_prfs), cmocka_unit_test(one_second), cmocka_unit_test(without_an_answer),
        cmocka_unit_test(nothing_stays_behind), cmocka_unit_test(little_memory), cmocka_unit_test(junk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
