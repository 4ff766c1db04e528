/* The conference focus: who joins (contribution 004, annex G.1, G.3.2). */
#include "test_service_conference.h"

/* `who` calls the conference, as the signalling says too. */
static line *join_as(tg_service *focus, const char *who, const tg_ue_call *wanted)
{
    tg_service *ue = new_ue(who, "ims-msrp-tls", NULL);
    line *l = new_line("ims-msrp-tls", ue, 0, focus, open_focus);
    l->signalled = uid(who);
    num_to_kms = 0;
    call(ue, l, wanted);
    return l;
}

static line *join(tg_service *focus, const char *who)
{
    tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
    return join_as(focus, who, &wanted);
}

static void assert_in(const line *l)
{
    assert_true(l->last_r.accepted);
    assert_int_equal(l->last_r.info.state, TG_LEG_ESTABLISHED);
    assert_true(same(tek_of(l->i, l->leg_i, 1), tek_of(l->r, l->leg_r, 1)));
    assert_true(same(tek_of(l->i, l->leg_i, 1), judged_tek(l, 1)));
    assert_spotless(l);
}

/* No keys, a precise reason, an Error to him, and the KMS has heard nothing from the focus. */
static void assert_out(const line *l, tg_reason reason, const char *row, int error_no)
{
    assert_false(l->last_r.accepted);
    assert_int_equal(l->last_r.info.state, TG_LEG_REFUSED);
    assert_int_equal(l->last_r.info.reason, reason);
    if (row)
        assert_string_equal(l->last_r.info.broken->id, row);
    assert_int_equal(l->last_r.info.error_no, error_no);
    assert_int_equal(last_error(l), error_no);
    assert_int_equal(count(l, TG_DATA_TYPE_RESOLVE_INIT_PSK), 0);
    assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_RESP), 0);
    assert_true(has_no_keys(l->r, l->leg_r));
    assert_true(has_no_keys(l->i, l->leg_i));
}

/* ---- joining ------------------------------------------------------------------------------------------------ */

static void each_participant_has_keys_of_his_own(void **state)
{
    (void)state;
    static const char *const who[] = { "alice@example.com", "bob@example.com", "u1.sales@example.com" };
    tg_service *focus = new_focus();
    line *l[3];
    for (size_t i = 0; i < 3; i++) {
        l[i] = join(focus, who[i]);
        assert_int_equal(l[i]->leg_r, i);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_in(l[i]);
        assert_true(tg_bytes_equal(tg_service_leg(focus, i).peer.data, text(who[i])));
        assert_false(tg_service_leg(focus, i).hop_by_hop);
        for (size_t n = 0; n < i; n++)
            assert_false(same(tek_of(focus, i, 1), tek_of(focus, n, 1)));
    }
}

static void an_intruder_gets_nothing(void **state)
{
    (void)state;
    tg_service *focus = new_focus();
    line *l = join(focus, "mallory@example.com");
    assert_out(l, TG_REASON_NOT_PARTICIPANT, "TS33328-G.3.2-02", TG_ERROR_INVALID_ID);
    assert_int_equal(num_to_kms, 1); /* his own request: he is a subscriber */
    assert_spotless(l);
    /* the other half of the group pattern, and another domain */
    assert_out(join(focus, "u2.dev@example.com"), TG_REASON_NOT_PARTICIPANT, "TS33328-G.3.2-02", TG_ERROR_INVALID_ID);
    /* refused legs are free again: the participants find room however many intruders there were */
    for (size_t i = 0; i < TG_SERVICE_LEGS_DEFAULT; i++) {
        num_lines = 0;
        assert_out(join(focus, "mallory@example.com"), TG_REASON_NOT_PARTICIPANT, NULL, TG_ERROR_INVALID_ID);
    }
    assert_in(join(focus, "alice@example.com"));
}

/* Mallory takes a TRANSFER_INIT of his own, with his ticket, and writes the name of a participant where he can. */
static void an_intruder_cannot_borrow_a_name(void **state)
{
    (void)state;
    /* as long as "u2.dev@example.com": names of another length would move what follows */
    static const tg_bytes eve_only[] = { { (const uint8_t *)"eve.me@example.com", 18 } };
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus();
    tg_focus_set_participants(focus, eve_only, 1);
    line *l = join(focus, "u2.dev@example.com");
    tg_bytes own = l->sent[2].octets;
    assert_int_equal(own.data[1], TG_DATA_TYPE_TRANSFER_INIT);

    /* IDRi of the message alone: the ticket says who he is */
    tg_bytes forged = with_name(own, "u2.dev@example.com", "eve.me@example.com", 0);
    assert_int_equal(tg_focus_join(focus, forged, NULL, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_NOT_PARTICIPANT);
    /* IDRi of the ticket alone: message and ticket do not agree */
    forged = with_name(own, "u2.dev@example.com", "eve.me@example.com", 1);
    assert_int_equal(tg_focus_join(focus, forged, NULL, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_TWO_IDENTITIES);
    /* both, but the signalling knows better */
    forged = with_name(forged, "u2.dev@example.com", "eve.me@example.com", 0);
    tg_identity asserted = uid("u2.dev@example.com");
    assert_int_equal(tg_focus_join(focus, forged, &asserted, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_TWO_IDENTITIES);
    assert_int_equal(r->out[0].to, TG_SENDER_I);
    /* both, and the signalling is silent: now only the KMS can tell, and does */
    line *forger = new_line("ims-msrp-tls", NULL, 0, focus, open_focus);
    give(forger, TG_SENDER_R, TG_SENDER_I, forged);
    assert_int_equal(count(forger, TG_DATA_TYPE_RESOLVE_INIT_PSK), 1);
    assert_int_equal(count(forger, TG_DATA_TYPE_RESOLVE_RESP), 0);
    assert_int_equal(count(forger, TG_DATA_TYPE_TRANSFER_RESP), 0);
    assert_int_equal(forger->last_r.info.state, TG_LEG_REFUSED);
    assert_int_equal(forger->last_r.info.reason, TG_REASON_PEER);
    assert_true(has_no_keys(focus, forger->leg_r));
}

/* A ticket of Alice's that Mallory has seen: he has not her MPKr, so that Vr fails at the KMS; her whole message again is a replay. */
static void an_intruder_cannot_use_the_ticket_of_another(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus();
    line *l = join(focus, "alice@example.com");
    assert_in(l);
    tg_identity alice = uid("alice@example.com");
    assert_int_equal(tg_focus_join(focus, l->sent[2].octets, &alice, now, r), TG_OK);
    assert_false(r->accepted);
    assert_int_equal(r->info.refusal, TG_REFUSAL_REPLAY);

    /* With another CSB ID it is another message, of the same ticket: nobody but Alice can have made its MAC. */
    tg_bytes changed = hold_copy(l->sent[2].octets);
    ((uint8_t *)(uintptr_t)changed.data)[4] ^= 1;
    line *thief = new_line("ims-msrp-tls", NULL, 0, focus, open_focus);
    give(thief, TG_SENDER_R, TG_SENDER_I, changed);
    assert_int_equal(thief->last_r.info.state, TG_LEG_REFUSED);
    assert_int_equal(thief->last_r.info.refusal, TG_REFUSAL_AUTH);
    assert_int_equal(count(thief, TG_DATA_TYPE_TRANSFER_RESP), 0);
    assert_true(has_no_keys(focus, thief->leg_r));
    assert_int_equal(tg_service_leg(focus, 0).state, TG_LEG_ESTABLISHED); /* Alice is not disturbed */
}

static void what_names_nobody_is_refused(void **state)
{
    (void)state;
    tg_service *focus = new_focus();
    static const tg_bytes all[] = { { (const uint8_t *)"?", 1 } };
    tg_focus_set_participants(focus, all, 1);
    /* for another conference */
    tg_ue_call other = msrp_call("as@example.com", "?@?");
    assert_out(join_as(focus, "alice@example.com", &other), TG_REASON_OTHER_CONFERENCE, NULL, TG_ERROR_INVALID_ID);
    /* a ticket that the focus may not resolve */
    tg_ue_call narrow = msrp_call("conf@example.com", "bob@example.com");
    assert_out(join_as(focus, "alice@example.com", &narrow), TG_REASON_NOT_RESOLVER, "RFC6043-4.2.3.4-x01",
               TG_ERROR_INVALID_ID);
    /* more streams than the focus handles */
    static tg_session_plan many[TG_SERVICE_MAX_SESSIONS + 1];
    for (size_t i = 0; i <= TG_SERVICE_MAX_SESSIONS; i++)
        many[i] = (tg_session_plan){ .cs_id = (uint8_t)(i + 1), .prot_type = 241, .key = 1 };
    tg_ue_call wide = msrp_call("conf@example.com", "?@?");
    wide.transfer = (tg_transfer_plan){ .sessions = many, .num_sessions = TG_SERVICE_MAX_SESSIONS + 1 };
    assert_out(join_as(focus, "alice@example.com", &wide), TG_REASON_TOO_MANY_SESSIONS, NULL,
               TG_ERROR_UNSPECIFIED_ERROR);
    wide.transfer.num_sessions = TG_SERVICE_MAX_SESSIONS;
    assert_in(join_as(focus, "alice@example.com", &wide));
    /* "anybody" is no name: a group as Initiator */
    tg_ue_call plain = msrp_call("conf@example.com", "?@?");
    line *l = join_as(focus, "u2.dev@example.com", &plain);
    tg_service_result *r = hold(sizeof *r);
    tg_bytes forged = with_name(l->sent[2].octets, "u2.dev@example.com", "??????@??ample.com", 1);
    assert_int_equal(tg_focus_join(focus, forged, NULL, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_NO_IDENTITY);
}

/* RFC 6043 alone lets tickets be without forking; a focus does not. */
static void without_forking_nobody_is_authenticated(void **state)
{
    (void)state;
    static tg_profile lax;
    lax = *tg_profile_find("rfc6043");
    lax.kms_uids = true;
    tg_service *focus = NULL, *alice = NULL;
    tg_focus_config c = focus_config("rfc6043");
    tg_ue_config ue = { .service = { .role = role_for("alice@example.com", "rfc6043"), .validity = 3600 },
                        .policy = &open_policy };
    c.service.role.profile = ue.service.role.profile = &lax;
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    assert_int_equal(tg_ue_new(&ue, &alice), TG_OK);
    line *l = new_line("rfc6043", alice, 0, focus, open_focus);
    static const uint8_t one = 1, ssrc[] = { 1, 2, 3, 4 };
    static const tg_param param = { .type = TG_SRTP_PARAM_SESSION_ENCR_KEY_LENGTH,
                                    .value = { (const uint8_t *)"\x10", 1 } };
    static const tg_security_policy policy = { 1, 0, &param, 1 };
    const tg_session_plan session = { .cs_id = 1, .ps = { &one, 1 }, .session_data = { ssrc, 4 }, .key = 1 };
    tg_ue_call wanted = { uid("conf@example.com"),
                          ticket_for("DEFGHLMNO", TG_KEY_TGK, "?@?"),
                          { .sessions = &session, .num_sessions = 1, .policies = &policy, .num_policies = 1 } };
    call(alice, l, &wanted);
    assert_out(l, TG_REASON_NO_FORKING, "TS33328-6.2.3.6-01", TG_ERROR_INVALID_TPPAR);
}

/* G.1: a TEK that a ticket holds directly is the same for all its crypto sessions, and the focus does not have that. */
static void no_key_is_on_two_streams(void **state)
{
    (void)state;
    tg_service *focus = new_focus();
    const tg_session_plan two[] = { { .cs_id = 1, .prot_type = 241, .key = 1 },
                                    { .cs_id = 2, .prot_type = 241, .key = 1 } };
    tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
    wanted.transfer = (tg_transfer_plan){ .sessions = two, .num_sessions = 2 };
    wanted.policy.keys[0].type = TG_KEY_TEK;
    line *l = join_as(focus, "alice@example.com", &wanted);
    assert_false(l->last_r.accepted);
    assert_int_equal(l->last_r.info.reason, TG_REASON_SHARED_KEY);
    assert_string_equal(l->last_r.info.broken->id, "TS33328-G.1-01");
    assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_RESP), 0); /* it was made, and not sent */
    assert_int_equal(last_error(l), TG_ERROR_UNSPECIFIED_ERROR);
    assert_int_equal(l->last_i.info.reason, TG_REASON_PEER);
    assert_true(l->last_i.info.error_authentic);
    assert_true(has_no_keys(focus, l->leg_r));
    assert_true(has_no_keys(l->i, l->leg_i));
    assert_spotless(l);
    /* derived from a TGK they differ by CS ID */
    wanted.policy.keys[0].type = TG_KEY_TGK;
    l = join_as(focus, "bob@example.com", &wanted);
    assert_in(l);
    assert_false(same(tek_of(focus, l->leg_r, 1), tek_of(focus, l->leg_r, 2)));
}

/* ... nor on two legs: a reusable ticket that holds a TEK brings the same key a second time. Once the first leg is over it is free. */
static void no_key_is_on_two_legs(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        tg_service_result *r = hold(sizeof *r);
        tg_service *focus = new_focus();
        tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
        wanted.policy.keys[0].type = TG_KEY_TEK;
        wanted.policy.flags |= TG_FLAG('J');
        line *l = join_as(focus, "alice@example.com", &wanted);
        assert_in(l);
        if (over)
            assert_int_equal(tg_service_end_leg(focus, 0, now, r), TG_OK);
        line *again = new_line("ims-msrp-tls", l->i, 0, focus, open_focus);
        assert_int_equal(tg_service_transfer_again(l->i, 0, now, r), TG_OK);
        give(again, TG_SENDER_R, TG_SENDER_I, hold_copy(r->out[0].octets)); /* as a call of its own */
        assert_int_equal(again->leg_r, over ? 0 : 1);
        assert_int_equal(again->last_r.accepted, over);
        assert_int_equal(count(again, TG_DATA_TYPE_TRANSFER_RESP), over);
        assert_int_equal(again->last_i.accepted, over);
        if (over)
            continue;
        assert_int_equal(again->last_r.info.reason, TG_REASON_SHARED_KEY);
        assert_true(has_no_keys(focus, 1));
        assert_int_equal(tg_service_leg(focus, 0).state, TG_LEG_ESTABLISHED);
    }
}

static void a_participant_can_update_and_leave(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus();
    line *l = join(focus, "alice@example.com");
    static const tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16, .spi_len = 4 };
    tg_transfer_plan update = { .keys = &key, .num_keys = 1, .response = true };
    tg_bytes before = tek_of(focus, 0, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tg_service_update(i == 0 ? l->i : focus, 0, &update, now, r), TG_OK);
        deliver(i == 0 ? l->i : focus, r);
        assert_true(same(tek_of(l->i, 0, 1), tek_of(focus, 0, 1)));
        assert_false(same(before, tek_of(focus, 0, 1)));
        before = tek_of(focus, 0, 1);
    }
    assert_spotless(l);
    assert_int_equal(tg_service_end_leg(focus, 0, now, r), TG_OK);
    assert_int_equal(tg_service_leg(focus, 0).state, TG_LEG_FREE);
    assert_true(has_no_keys(focus, 0));
    assert_int_equal(join(focus, "bob@example.com")->leg_r, 0);
}

static bool not_the_first_time(const tg_identity *responder)
{
    static size_t n;
    (void)responder;
    return n++ > 0;
}

/* Another who calls on the leg of a participant, and may even come in himself: the leg stays Alice's. */
static void a_leg_stays_with_its_participant(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus();
    line *l = join(focus, "alice@example.com"), *mallory = join(focus, "mallory@example.com"),
         *bob = join(focus, "bob@example.com");
    assert_int_equal(bob->leg_r, 1);
    assert_int_equal(tg_service_end_leg(focus, 1, now, r), TG_OK);
    assert_int_equal(tg_service_receive(focus, 0, TG_SENDER_I, mallory->sent[2].octets, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_TWO_IDENTITIES);
    tg_ue_call wanted = msrp_call("conf@example.com", "?@?");
    tg_service *other = new_ue("bob@example.com", "ims-msrp-tls", NULL);
    line *on_her_leg = new_line("ims-msrp-tls", other, 0, focus, open_focus);
    on_her_leg->mute_r = true;
    call(other, on_her_leg, &wanted);
    assert_int_equal(tg_service_receive(focus, 0, TG_SENDER_I, on_her_leg->sent[2].octets, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_TWO_IDENTITIES);
    /* and what they have said of themselves has not stuck */
    static const tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16, .spi_len = 4 };
    tg_transfer_plan update = { .keys = &key, .num_keys = 1, .response = true };
    num_lines = 1;
    assert_int_equal(tg_service_update(l->i, 0, &update, now, r), TG_OK);
    deliver(l->i, r);
    assert_true(l->last_r.accepted);
    assert_true(tg_bytes_equal(tg_service_leg(focus, 0).peer.data, text("alice@example.com")));
    assert_true(same(tek_of(l->i, 0, 1), tek_of(focus, 0, 1)));
    assert_spotless(l);
}

/* The KMS refuses one leg: the others go on. */
static void the_kms_refuses_one_participant(void **state)
{
    (void)state;
    tg_service *focus = new_focus();
    line *bob = join(focus, "bob@example.com");
    kms_resolves = not_the_first_time;
    line *alice = join(focus, "alice@example.com");
    assert_int_equal(alice->last_r.info.state, TG_LEG_REFUSED);
    assert_int_equal(alice->last_r.info.reason, TG_REASON_PEER);
    assert_true(alice->last_r.info.error_authentic);
    assert_int_equal(last_error(alice), TG_ERROR_INVALID_TICKET);
    assert_true(has_no_keys(focus, 1));
    assert_true(has_no_keys(alice->i, 0));
    assert_spotless(alice);
    assert_in(bob);
    assert_in(join(focus, "alice@example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(each_participant_has_keys_of_his_own),
        SERVICE_TEST(an_intruder_gets_nothing),
        SERVICE_TEST(an_intruder_cannot_borrow_a_name),
        SERVICE_TEST(an_intruder_cannot_use_the_ticket_of_another),
        SERVICE_TEST(what_names_nobody_is_refused),
        SERVICE_TEST(without_forking_nobody_is_authenticated),
        SERVICE_TEST(no_key_is_on_two_streams),
        SERVICE_TEST(no_key_is_on_two_legs),
        SERVICE_TEST(a_participant_can_update_and_leave),
        SERVICE_TEST(a_leg_stays_with_its_participant),
        SERVICE_TEST(the_kms_refuses_one_participant),
    };
    return cmocka_run_group_tests_name("service/focus", tests, NULL, NULL);
}
