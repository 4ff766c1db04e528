/* Roles that are careless on purpose: each carelessness does what it says. The same call without it is the control. */
#include "test_roles_scene.h"

/* Sets up a scene in which all roles, or those of `who`, are careless in this way. */
static tg_deviation careless;

static void careless_scene(scene *s, const char *profile, uint32_t bit)
{
    scene_set(s, profile);
    careless = (tg_deviation){ .name = "careless", .data_type = -1, .update = -1, .careless = bit };
    s->i.role.deviation = s->r.role.deviation = s->k.role.deviation = &careless;
}

static void no_replay_cache(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        scene s;
        kept request;
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(NO_REPLAY_CACHE) : 0);
        scene_start(&s);
        ask_for_ticket(&s, &request, NOW);
        give(&s, s.kms, TG_SENDER_I, &request, NOW + SECOND);
        expect_accepted(&s, 1, "first");
        give(&s, s.kms, TG_SENDER_I, &request, NOW + 2 * SECOND);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_NONE : TG_REFUSAL_REPLAY);
    }
}

static tg_message *parsed(const kept *k, tg_arena *arena)
{
    tg_message *message = NULL;
    assert_int_equal(tg_message_parse(bytes_of(k), arena, &message, NULL), TG_OK);
    return message;
}

/* Two requests: RANDRi, CSB ID and T of both. */
static void the_same_again(void **state)
{
    (void)state;
    static const uint32_t bits[] = { 0, TG_CARELESS_BIT(SAME_RAND), TG_CARELESS_BIT(SAME_CSB_ID),
                                     TG_CARELESS_BIT(SAME_T) };
    for (size_t n = 0; n < 4; n++) {
        scene s;
        kept a, b;
        uint8_t room[32768];
        tg_arena arena = tg_arena_of(room, sizeof room);
        careless_scene(&s, "rfc6043", bits[n]);
        scene_start(&s);
        ask_for_ticket(&s, &a, NOW);
        ask_for_ticket(&s, &b, NOW + 5 * SECOND);
        const tg_message *x = parsed(&a, &arena), *y = parsed(&b, &arena);
        const tg_t *tx = (const tg_t *)tg_payload_find(x->payloads, TG_PAYLOAD_T);
        const tg_t *ty = (const tg_t *)tg_payload_find(y->payloads, TG_PAYLOAD_T);
        assert_int_equal(tg_bytes_equal(tg_randr_find(x->payloads, TG_RAND_ROLE_I)->rand,
                                        tg_randr_find(y->payloads, TG_RAND_ROLE_I)->rand),
                         n == 1);
        assert_int_equal(x->hdr.csb_id == y->hdr.csb_id, n == 2);
        assert_int_equal(tg_bytes_equal(tx->ts_value, ty->ts_value), n == 3);
    }
}

/* With a hook tg_converse keeps what happened, also where a careless role cannot go on. */
static void leave_alone(void *user, tg_letter *letter)
{
    (void)user, (void)letter;
}

/* How many messages a plan gives, and whether it ends as planned. */
static size_t messages_with(tg_plan *plan, uint32_t bit, tg_conversation_made *made)
{
    static tg_arena arena;
    careless = (tg_deviation){ .name = "careless", .data_type = -1, .update = -1, .careless = bit };
    plan->deviation = &careless;
    plan->deliver = leave_alone;
    arena = tg_arena_of(memory, MEMORY);
    assert_int_equal(tg_converse(crypto, plan, &arena, made), TG_OK);
    return made->num_sent;
}

static void expect_messages(tg_plan plan, uint32_t bit, size_t without, size_t with)
{
    tg_conversation_made made;
    size_t usual = messages_with(&plan, 0, &made), other = messages_with(&plan, bit, &made);
    if (usual != without || other != with)
        fail_msg("bit %x: %zu messages without it, %zu with it", bit, usual, other);
}

static tg_plan plan_of(const char *profile, int mode)
{
    tg_plan plan;
    assert_true(tg_plan_default(profile, mode, &plan));
    return plan;
}

static void answers_and_resolving(void **state)
{
    (void)state;
    tg_plan plan = plan_of("rfc6043", 1);
    expect_messages(plan, TG_CARELESS_BIT(NO_ANSWER), 6, 5);
    expect_messages(plan_of("ims-message", 1), TG_CARELESS_BIT(UNWANTED_ANSWER), 5, 6);
    expect_messages(plan_of("rfc6043", 2), TG_CARELESS_BIT(ALWAYS_RESOLVES), 4, 6);
    plan.num_reuses = 1;
    expect_messages(plan, TG_CARELESS_BIT(ALWAYS_RESOLVES), 8, 10);
    plan = plan_of("rfc6043", 1);
    plan.updates[0] = (tg_planned_update){ TG_SENDER_I, true, false };
    plan.num_updates = 1;
    expect_messages(plan, TG_CARELESS_BIT(NO_UPDATE_ANSWER), 8, 7);
    plan.updates[0].response = false;
    expect_messages(plan, TG_CARELESS_BIT(ANSWERS_UPDATES), 7, 8);
}

static void policy_of_the_responder(void **state)
{
    (void)state;
    tg_conversation_made made;
    tg_plan plan = plan_of("rfc6043", 1);
    plan.error = TG_PLAN_ERROR_TRANSFER;
    /* an Error; with KMS_BEFORE_POLICY behind RESOLVE_INIT and RESOLVE_RESP; with ADMITS_ALL the whole exchange */
    expect_messages(plan, TG_CARELESS_BIT(KMS_BEFORE_POLICY), 4, 6);
    messages_with(&plan, TG_CARELESS_BIT(KMS_BEFORE_POLICY), &made);
    assert_int_equal(made.sent[5].octets.data[1], TG_DATA_TYPE_ERROR);
    expect_messages(plan, TG_CARELESS_BIT(ADMITS_ALL), 4, 6);
    messages_with(&plan, TG_CARELESS_BIT(ADMITS_ALL), &made);
    assert_int_equal(made.sent[5].octets.data[1], TG_DATA_TYPE_TRANSFER_RESP);
    expect_messages(plan, TG_CARELESS_BIT(NO_ERRORS), 4, 3);
    messages_with(&plan, 0, &made);
    size_t with_policies = made.sent[3].octets.len;
    messages_with(&plan, TG_CARELESS_BIT(NO_SP_IN_ERRORS), &made);
    assert_true(made.sent[3].octets.len < with_policies);
    plan = plan_of("rfc6043", 1);
    plan.num_reuses = 1;
    expect_messages(plan, TG_CARELESS_BIT(ONCE_ONLY), 8, 8); /* an Error in place of the answer */
    messages_with(&plan, TG_CARELESS_BIT(ONCE_ONLY), &made);
    assert_int_equal(made.refusal, TG_REFUSAL_TICKET);
    plan.num_reuses = 0;
    plan.mode = 3;
    plan = plan_of("rfc6043", 3);
    messages_with(&plan, TG_CARELESS_BIT(NO_OWN_TICKETS), &made);
    assert_true(made.refusal == TG_REFUSAL_TICKET && made.refused_by == TG_SENDER_R);
}

/* E=1 at a Responder that has the TPK. */
static void never_resolves(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        scene s;
        kept transfer;
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(NEVER_RESOLVES) : 0);
        s.i.policy.flags &= (uint16_t)~TG_FLAG('I');
        s.r.role.tpk = s.k.role.tpk;
        scene_start(&s);
        get_ticket(&s, NOW);
        send_transfer(&s, &transfer, NOW + 3);
        give(&s, s.bob, TG_SENDER_I, &transfer, NOW + 4);
        expect_accepted(&s, 1, "TRANSFER_INIT");
        assert_int_equal(s.result.out[0].to, n ? TG_SENDER_I : TG_SENDER_K);
    }
}

static bool no_grant(void *user, const tg_ticket *ticket)
{
    (void)user, (void)ticket;
    return false;
}
static bool no_answer(void *user, const tg_message *answer)
{
    (void)user, (void)answer;
    return false;
}

static void checks_of_the_initiator(void **state)
{
    (void)state;
    scene s;
    kept m;
    for (int n = 0; n < 2; n++) {
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(TAKES_ANY_GRANT) : 0);
        s.i.granted = no_grant;
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
        keep(&s.result, 0, &m);
        give(&s, s.alice, TG_SENDER_K, &m, NOW + 2);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_NONE : TG_REFUSAL_POLICY);
    }
    careless_scene(&s, "rfc6043", TG_CARELESS_BIT(TAKES_ANY_ANSWER));
    s.i.answered = no_answer;
    scene_start(&s);
    establish(&s, NOW); /* asserts that Alice accepts */
    careless_scene(&s, "rfc6043", 0);
    s.i.policy.flags &= (uint16_t)~TG_FLAG('J');
    scene_start(&s);
    establish(&s, NOW);
    assert_int_equal(tg_initiator_transfer(s.alice, NOW + 60 * SECOND, &s.result), TG_REFUSED);
    careless.careless = TG_CARELESS_BIT(REUSES_ANY);
    assert_int_equal(tg_initiator_transfer(s.alice, NOW + 60 * SECOND, &s.result), TG_OK);
}

static void keys_and_policies_of_the_other_side(void **state)
{
    (void)state;
    tg_conversation_made made;
    tg_plan plan = plan_of("rfc6043", 1);
    plan.initiator_key = true;
    messages_with(&plan, TG_CARELESS_BIT(NO_FOREIGN_KEYS), &made);
    assert_true(made.refusal == TG_REFUSAL_RULE && made.refused_by == TG_SENDER_R);
    plan.initiator_key = false;
    plan.responder_key = true;
    messages_with(&plan, TG_CARELESS_BIT(NO_FOREIGN_KEYS), &made);
    assert_true(made.refusal == TG_REFUSAL_RULE && made.refused_by == TG_SENDER_I);
    /* the other way round: a TRANSFER_INIT with KEMAC although L is 0 */
    static const tg_key_plan own = { .type = TG_KEY_TEK, .key_len = 16 };
    for (int n = 0; n < 2; n++) {
        scene s;
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(KEYS_UNALLOWED) : 0);
        s.i.policy.flags &= (uint16_t)~TG_FLAG('L');
        s.i.transfer.keys = &own;
        s.i.transfer.num_keys = 1;
        scene_start(&s);
        get_ticket(&s, NOW);
        assert_int_equal(tg_initiator_transfer(s.alice, NOW + SECOND, &s.result), n ? TG_OK : TG_REFUSED);
    }
    plan = plan_of("ims-msrp-tls", 1); /* with the setting TLS policies stand in TRANSFER_RESP */
    tg_profile profile = *plan.profile;
    assert_true(tg_setting_set(&profile.settings, "tls_policies", "rfc6043"));
    plan.profile = &profile;
    messages_with(&plan, TG_CARELESS_BIT(NO_FOREIGN_SP), &made);
    assert_true(made.refusal == TG_REFUSAL_SP && made.refused_by == TG_SENDER_I);
    plan = plan_of("rfc6043", 1);
    plan.now = 0x0000000500000000u;
    messages_with(&plan, 0, &made);
    assert_true(made.finished);
    messages_with(&plan, TG_CARELESS_BIT(FIRST_ERA), &made);
    assert_true(made.refusal == TG_REFUSAL_TIMESTAMP && made.refused_by == TG_SENDER_K);
}

/* ---- the KMS ---- */

static void the_kms(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    for (int n = 0; n < 2; n++) { /* somebody else's ticket */
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(NO_AUTHORISATION) : 0);
        s.i.policy.r[0] = nai("carol@example.com");
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_NONE : TG_REFUSAL_ID);
    }
    for (int n = 0; n < 2; n++) { /* Alice under another name */
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(NO_IDENTITY) : 0);
        s.i.role.self = s.i.policy.i = nai("mallory@example.com");
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_NONE : TG_REFUSAL_ID);
    }
    for (int n = 0; n < 2; n++) { /* K tells whether the wish was cut down */
        uint8_t room[32768];
        tg_arena arena = tg_arena_of(room, sizeof room);
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(NO_LIMITS) : 0);
        s.k.max_validity = 60;
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
        expect_accepted(&s, 1, "limits");
        keep(&s.result, 0, &m);
        const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(parsed(&m, &arena)->payloads, TG_PAYLOAD_TICKET);
        assert_int_equal((ticket->flags & TG_FLAG('K')) != 0, n == 0);
    }
    for (int n = 0; n < 2; n++) { /* without IDRpsk */
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(DEMANDS_PSK_ID) : 0);
        s.i.role.psk_id = (tg_identity){ 0 };
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_ID : TG_REFUSAL_NONE);
    }
    for (int n = 0; n < 2; n++) { /* no KEMAC in TP: one TGK */
        tg_established e;
        careless_scene(&s, "rfc6043", n ? TG_CARELESS_BIT(WRONG_DEFAULT_KEY) : 0);
        s.i.policy.has_keys = false;
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        give(&s, s.kms, TG_SENDER_I, &m, NOW + 1);
        keep(&s.result, 0, &m);
        give(&s, s.alice, TG_SENDER_K, &m, NOW + 2);
        expect_accepted(&s, 0, "REQUEST_RESP");
        (void)tg_role_established(s.alice, NOW + 2, &e);
        assert_non_null(e.ticket_keys);
        assert_int_equal(e.ticket_keys->type, n ? TG_KEY_TEK : TG_KEY_TGK);
    }
}

/* ---- Errors --------------------------------------------------------------------------------------------------- */

static void errors_and_forgeries(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        static const uint32_t bits[] = { 0, TG_CARELESS_BIT(TRUSTS_ERRORS), TG_CARELESS_BIT(ANSWERS_ERRORS),
                                         TG_CARELESS_BIT(GIVES_UP) };
        /* HDR with the CSB ID to fill in, T, ERR (Auth failure) */
        kept error = { .octets = { 1, TG_DATA_TYPE_ERROR, TG_PAYLOAD_T, 0, 0, 0, 0, 0, 0, 1, TG_PAYLOAD_ERR, 0 } };
        scene s;
        kept m;
        careless_scene(&s, "rfc6043", bits[n]);
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        memcpy(error.octets + 4, m.octets + 4, 4);
        error.octets[12] = (uint8_t)(NOW >> 56);
        for (size_t i = 0; i < 4; i++)
            error.octets[12 + i] = (uint8_t)(NOW >> (56 - 8 * i));
        error.len = 20 + 4; /* T has 8 octets, ERR 4: Next Payload, Error no, reserved */
        give(&s, s.alice, TG_SENDER_K, &error, NOW + SECOND);
        assert_int_equal(s.result.refusal, TG_REFUSAL_PEER_ERROR);
        assert_int_equal(s.result.num_out, n == 2);
        assert_int_equal(tg_role_state_of(s.alice), n == 1 ? TG_ROLE_FAILED : TG_ROLE_REQUESTING);
        /* and a forged answer */
        give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
        keep(&s.result, 0, &m);
        m.octets[m.len - 1] ^= 1;
        if (n == 1)
            continue;
        give(&s, s.alice, TG_SENDER_K, &m, NOW + 2 * SECOND);
        assert_int_equal(s.result.refusal, TG_REFUSAL_AUTH);
        assert_int_equal(tg_role_state_of(s.alice), n == 3 ? TG_ROLE_FAILED : TG_ROLE_REQUESTING);
    }
}

/* The KMS adjusts IDRr to an identity of Bob's that the ticket allows (4.2.3.5). */
static void another_than_was_called(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        scene s;
        kept transfer, m;
        careless_scene(&s, "ims-media", n ? TG_CARELESS_BIT(CALLED_ONLY) : 0);
        s.i.policy.r[0] = nai("bob.home@example.com");
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + 5);
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
        expect_accepted(&s, 1, "RESOLVE_RESP");
        keep(&s.result, 0, &m);
        give(&s, s.alice, TG_SENDER_R, &m, NOW + 7);
        assert_int_equal(s.result.refusal, n ? TG_REFUSAL_ID : TG_REFUSAL_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_replay_cache),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(answers_and_resolving),
        cmocka_unit_test(policy_of_the_responder),
        cmocka_unit_test(never_resolves),
        cmocka_unit_test(checks_of_the_initiator),
        cmocka_unit_test(keys_and_policies_of_the_other_side),
        cmocka_unit_test(the_kms),
        cmocka_unit_test(errors_and_forgeries),
        cmocka_unit_test(another_than_was_called),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
