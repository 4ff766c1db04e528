/* The application server (TR 33.829 8.3.1.2; contributions 000, 001). */
#include "test_service_network.h"

static bool any_data_type(const tg_service_result *result, uint8_t data_type)
{
    for (size_t i = 0; i < result->num_out; i++) {
        if (result->out[i].octets.data[1] == data_type)
            return true;
    }
    return false;
}

/* ---- application server: MSRP ------------------------------------------------------------------------------- */

static const char *const only_bob[] = { "bob@example.com", NULL };

/* Two legs, two tickets, two keys, and both ends see that somebody stands between them. */
static void an_application_server_terminates_a_session(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_ESTABLISHED);
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_ESTABLISHED);

    tg_bytes alice = tek_of(n.alice, 0, 1), left = tek_of(n.server, 0, 1), right = tek_of(n.server, 1, 1),
             bob = tek_of(n.receivers[0], 0, 1);
    assert_true(same(alice, left));
    assert_true(same(right, bob));
    assert_false(same(left, right));
    assert_true(same(left, judged_tek(n.first, 1)));
    assert_true(same(right, judged_tek(n.further[0], 1)));

    tg_established first, second;
    tg_conversation_established(judge(n.first), &first);
    tg_conversation_established(judge(n.further[0]), &second);
    assert_false(tg_bytes_equal(first.ticket->ticket_data.octets, second.ticket->ticket_data.octets));

    tg_leg_info at_alice = tg_service_leg(n.alice, 0), at_bob = tg_service_leg(n.receivers[0], 0);
    assert_true(at_alice.hop_by_hop);
    assert_true(tg_bytes_equal(at_alice.peer.data, text("as@example.com")));
    assert_true(at_bob.hop_by_hop);
    assert_true(tg_bytes_equal(at_bob.peer.data, text("as@example.com")));
    assert_int_equal(num_to_kms, 4); /* two Ticket Requests, two Ticket Resolves */
    assert_spotless(n.first);
    assert_spotless(n.further[0]);
}

/* Step by step: no request for a ticket before Alice is authenticated, and her TRANSFER_RESP last of all. */
static void the_caller_is_answered_after_the_receiver(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    n.first->mute_r = true;
    run(&n, &wanted); /* gets as far as her TRANSFER_INIT */
    tg_bytes transfer_init = n.first->sent[n.first->num_sent - 1].octets;
    tg_result answer;

    assert_int_equal(tg_server_accept(n.server, transfer_init, NULL, n.names, 1, now, r), TG_OK);
    assert_true(r->accepted);
    assert_int_equal(r->num_out, 1);
    assert_int_equal(r->out[0].octets.data[1], TG_DATA_TYPE_RESOLVE_INIT_PSK);
    assert_true(has_no_keys(n.server, 0));
    assert_int_equal(tg_role_receive(kms, TG_SENDER_R, r->out[0].octets, now, &answer), TG_OK);
    assert_int_equal(tg_service_receive(n.server, 0, TG_SENDER_K, answer.out[0].octets, now, r), TG_OK);
    assert_int_equal(r->info.state, TG_LEG_HELD);
    assert_int_equal(r->num_out, 1); /* TRANSFER_RESP is held back */
    assert_int_equal(r->out[0].leg, 1);
    assert_int_equal(r->out[0].octets.data[1], TG_DATA_TYPE_REQUEST_INIT_PSK);

    assert_int_equal(tg_role_receive(kms, TG_SENDER_I, r->out[0].octets, now, &answer), TG_OK);
    assert_int_equal(tg_service_receive(n.server, 1, TG_SENDER_K, answer.out[0].octets, now, r), TG_OK);
    assert_int_equal(r->num_out, 1);
    assert_int_equal(r->out[0].octets.data[1], TG_DATA_TYPE_TRANSFER_INIT);
    tg_bytes second = hold_copy(r->out[0].octets);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_HELD);

    tg_service *bob = n.receivers[0];
    assert_int_equal(tg_ue_accept(bob, second, NULL, now, r), TG_OK);
    assert_int_equal(tg_role_receive(kms, TG_SENDER_R, r->out[0].octets, now, &answer), TG_OK);
    assert_int_equal(tg_service_receive(bob, 0, TG_SENDER_K, answer.out[0].octets, now, r), TG_OK);
    tg_bytes resp = hold_copy(r->out[0].octets);
    assert_int_equal(tg_service_receive(n.server, 1, TG_SENDER_R, resp, now, r), TG_OK);
    assert_int_equal(r->num_out, 1);
    assert_int_equal(r->out[0].leg, 0);
    assert_int_equal(r->out[0].to, TG_SENDER_I);
    assert_int_equal(r->out[0].octets.data[1], TG_DATA_TYPE_TRANSFER_RESP);
    tg_bytes first_resp = hold_copy(r->out[0].octets);
    assert_int_equal(tg_service_receive(n.alice, 0, TG_SENDER_R, first_resp, now, r), TG_OK);
    assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.server, 0, 1)));
}

/* Two servers on the way: each resolves, each asks, each pair of neighbours has its own key. */
static void servers_can_stand_in_a_row(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false),
                     c2 = server_config("as2@example.com", "ims-msrp-tls", false);
    static const char *const as2[] = { "as2@example.com", NULL };
    build(&n, &c, "ims-msrp-tls", as2);
    tg_service *second = NULL, *bob = new_ue("bob@example.com", "ims-msrp-tls", NULL);
    tg_identity name = uid("bob@example.com");
    assert_int_equal(tg_server_new(&c2, &second), TG_OK);
    n.further[0]->r = second;
    n.further[0]->open = open_server;
    n.further[0]->receivers = &name;
    n.further[0]->num_receivers = 1;
    line *last = new_line("ims-msrp-tls", second, 1, bob, open_ue);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.server, 0, 1)));
    assert_true(same(tek_of(n.server, 1, 1), tek_of(second, 0, 1)));
    assert_true(same(tek_of(second, 1, 1), tek_of(bob, 0, 1)));
    assert_false(same(tek_of(n.alice, 0, 1), tek_of(second, 0, 1)));
    assert_false(same(tek_of(second, 0, 1), tek_of(bob, 0, 1)));
    assert_spotless(n.first);
    assert_spotless(n.further[0]);
    assert_spotless(last);
}

/* The user may close such a session: here by policy, at either end. */
static void both_ends_can_refuse_the_server(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_policy wary = open_policy;
    wary.intermediary = TG_ANSWER_REFUSE;
    n.receivers[0] = n.further[0]->r = new_ue("bob@example.com", "ims-msrp-tls", &wary);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    assert_int_equal(n.further[0]->last_r.info.reason, TG_REASON_INTERMEDIARY);
    assert_int_equal(last_error(n.further[0]), TG_ERROR_INVALID_ID);
    /* Bob has not resolved the ticket, so that his Error is not authentic: the signalling has to tell the server. */
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_RUNNING);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_HELD);
    tg_service_result *r = hold(sizeof *r);
    assert_int_equal(tg_service_end_leg(n.server, 1, now, r), TG_OK);
    deliver(n.server, r);
    assert_int_equal(tg_service_leg(n.server, 0).reason, TG_REASON_NO_RECEIVER);
    assert_int_equal(n.first->last_i.info.reason, TG_REASON_PEER);
    assert_true(n.first->last_i.info.error_authentic);
    assert_int_equal(last_error(n.first), TG_ERROR_UNSPECIFIED_ERROR);
    assert_true(has_no_keys(n.alice, 0));
    assert_true(has_no_keys(n.server, 0));
    assert_spotless(n.first);
    assert_spotless(n.further[0]);

    c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    n.alice = n.first->i = new_ue("alice@example.com", "ims-msrp-tls", &wary);
    run(&n, &wanted);
    assert_int_equal(n.first->last_i.info.reason, TG_REASON_INTERMEDIARY);
    assert_true(has_no_keys(n.alice, 0));
    assert_spotless(n.first);
}

/* ---- when something goes wrong ------------------------------------------------------------------------------ */

static bool not_for_as(const tg_identity *initiator)
{
    return !tg_bytes_equal(initiator->data, text("as@example.com"));
}

static bool not_for_as_again(const tg_identity *responder)
{
    return not_for_as(responder);
}

static void the_kms_refuses_the_second_ticket(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    kms_grants = not_for_as;
    run(&n, &wanted);
    tg_leg_info leg = tg_service_leg(n.server, 1);
    assert_int_equal(leg.state, TG_LEG_REFUSED);
    assert_int_equal(leg.reason, TG_REASON_PEER);
    assert_int_equal(leg.error_no, TG_ERROR_UNSPECIFIED_ERROR);
    assert_true(leg.error_authentic);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_REFUSED);
    assert_int_equal(tg_service_leg(n.server, 0).reason, TG_REASON_NO_RECEIVER);
    assert_int_equal(count(n.first, TG_DATA_TYPE_TRANSFER_RESP), 0);
    assert_int_equal(count(n.further[0], TG_DATA_TYPE_TRANSFER_INIT), 0);
    assert_int_equal(last_error(n.first), TG_ERROR_UNSPECIFIED_ERROR);
    assert_int_equal(n.first->last_i.info.state, TG_LEG_REFUSED);
    assert_true(has_no_keys(n.alice, 0));
    assert_true(has_no_keys(n.server, 0));
    assert_true(has_no_keys(n.server, 1));
    assert_spotless(n.first);
    assert_spotless(n.further[0]);
}

static void the_kms_does_not_let_the_server_resolve(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    kms_resolves = not_for_as_again;
    run(&n, &wanted);
    assert_int_equal(tg_service_leg(n.server, 0).reason, TG_REASON_PEER);
    assert_int_equal(tg_service_leg(n.server, 1).reason, TG_REASON_CALLER);
    assert_int_equal(n.further[0]->num_sent, 0); /* nothing was asked for on behalf of Alice */
    assert_int_equal(num_to_kms, 2);
    assert_int_equal(last_error(n.first), TG_ERROR_INVALID_TICKET);
    assert_spotless(n.first);
}

/* Early: the ticket says itself that the server may not. */
static void a_server_that_is_no_allowed_resolver_asks_nobody(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    run(&n, &wanted);
    tg_leg_info leg = tg_service_leg(n.server, 0);
    assert_int_equal(leg.reason, TG_REASON_NOT_RESOLVER);
    assert_string_equal(leg.broken->id, "RFC6043-4.2.3.4-x01");
    assert_int_equal(num_to_kms, 1); /* Alice's own request */
    assert_int_equal(last_error(n.first), TG_ERROR_INVALID_ID);
    assert_int_equal(tg_service_leg(n.server, 1).reason, TG_REASON_CALLER);
    assert_spotless(n.first);
}

static void a_server_takes_one_caller(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    wanted.policy.flags |= TG_FLAG('J');
    run(&n, &wanted);
    assert_int_equal(tg_server_accept(n.server, n.first->sent[2].octets, NULL, n.names, 1, now, r), TG_REFUSED);
    /* A reuse on the line there is would need the further legs again. */
    assert_int_equal(tg_service_transfer_again(n.alice, 0, now, r), TG_OK);
    deliver(n.alice, r);
    assert_int_equal(n.first->last_r.info.reason, TG_REASON_ONCE);
    assert_int_equal(last_error(n.first), TG_ERROR_UNSPECIFIED_ERROR);
}

/* Of several receivers one answers: enough, or not. */
static void the_caller_gets_one_answer_for_several_receivers(void **state)
{
    (void)state;
    static const char *const two[] = { "bob@example.com", "carol@example.com", NULL };
    for (int all = 0; all < 2; all++) {
        network n;
        tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
        c.all_receivers = all;
        build(&n, &c, "ims-msrp-tls", two);
        n.further[1]->mute_r = true; /* Carol's telephone is switched off */
        tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
        run(&n, &wanted);
        assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_HELD);
        assert_int_equal(count(n.first, TG_DATA_TYPE_TRANSFER_RESP), 0);
        assert_true(has_no_keys(n.alice, 0));
        tg_service_result *r = hold(sizeof *r);
        assert_int_equal(tg_service_end_leg(n.server, 2, now, r), TG_OK);
        assert_int_equal(any_data_type(r, TG_DATA_TYPE_TRANSFER_RESP), !all);
        deliver(n.server, r);
        assert_int_equal(tg_service_leg(n.server, 2).reason, TG_REASON_TRANSPORT);
        assert_int_equal(tg_service_leg(n.server, 0).state, all ? TG_LEG_REFUSED : TG_LEG_ESTABLISHED);
        assert_int_equal(tg_service_leg(n.server, 1).state, all ? TG_LEG_REFUSED : TG_LEG_ESTABLISHED);
        assert_int_equal(has_no_keys(n.server, 1), all);
        assert_int_equal(last_error(n.first), all ? TG_ERROR_UNSPECIFIED_ERROR : -1);
        assert_int_equal(has_no_keys(n.alice, 0), all);
        assert_spotless(n.first);
        assert_spotless(n.further[0]);
        assert_spotless(n.further[1]);
    }
}

static void an_answer_that_comes_too_late_is_an_error(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    static const char *const two[] = { "bob@example.com", "carol@example.com", NULL };
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", two);
    n.further[1]->mute_r = true;
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    now += (uint64_t)TG_SKEW_DEFAULT << 32;
    assert_int_equal(tg_service_end_leg(n.server, 2, now, r), TG_OK);
    assert_false(any_data_type(r, TG_DATA_TYPE_TRANSFER_RESP));
    deliver(n.server, r);
    assert_int_equal(tg_service_leg(n.server, 0).reason, TG_REASON_TOO_LATE);
    assert_int_equal(last_error(n.first), TG_ERROR_UNSPECIFIED_ERROR);
}

/* The caller hangs up: the rest is over. */
static void the_end_of_the_first_leg_ends_all(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    assert_int_equal(tg_service_end_leg(n.server, 0, now, r), TG_OK);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_FREE);
    assert_int_equal(tg_service_leg(n.server, 1).reason, TG_REASON_CALLER);
    assert_true(has_no_keys(n.server, 0));
    assert_true(has_no_keys(n.server, 1));
}

/* An update stays on its leg: the keys of the other do not change. */
static void an_update_stays_on_its_leg(void **state)
{
    (void)state;
    network n;
    tg_service_result *r = hold(sizeof *r);
    tg_server_config c = server_config("as@example.com", "ims-msrp-tls", false);
    static const tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16, .spi_len = 4 };
    tg_transfer_plan update = { .keys = &key, .num_keys = 1, .response = true };
    build(&n, &c, "ims-msrp-tls", only_bob);
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    run(&n, &wanted);
    tg_bytes before = tek_of(n.alice, 0, 1), right = tek_of(n.server, 1, 1);
    size_t further = n.further[0]->num_sent;
    assert_int_equal(tg_service_update(n.alice, 0, &update, now, r), TG_OK);
    deliver(n.alice, r);
    assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.server, 0, 1)));
    assert_false(same(tek_of(n.alice, 0, 1), before));
    assert_true(same(tek_of(n.server, 1, 1), right));
    assert_int_equal(n.further[0]->num_sent, further);
    assert_int_equal(n.first->num_sent, 8);
    assert_spotless(n.first);
}

static void several_sessions_and_policies_are_mirrored(void **state)
{
    (void)state;
    network n;
    static const uint8_t one = 1;
    static const tg_param params[] = { { .type = TG_SRTP_PARAM_SESSION_ENCR_KEY_LENGTH,
                                         .value = { (const uint8_t *)"\x10", 1 } } };
    static const tg_security_policy policy = { 1, 0, params, 1 };
    static const uint8_t ssrc[] = { 1, 2, 3, 4 };
    const tg_session_plan sessions[] = { { .cs_id = 1, .ps = { &one, 1 }, .session_data = { ssrc, 4 }, .key = 1 },
                                         { .cs_id = 2, .ps = { &one, 1 }, .session_data = { ssrc, 4 }, .key = 1 } };
    static const tg_session_plan answered[] = { { .cs_id = 1, .session_data = { ssrc, 4 } },
                                                { .cs_id = 2, .session_data = { ssrc, 4 } } };
    tg_server_config c = server_config("as@example.com", "ims-media", false);
    build(&n, &c, "ims-media", only_bob);
    tg_ue_config ue = { .service = { .role = role_for("bob@example.com", "ims-media") },
                        .policy = &open_policy,
                        .answer = { .sessions = answered, .num_sessions = 2 } };
    assert_int_equal(tg_ue_new(&ue, &n.receivers[0]), TG_OK);
    n.further[0]->r = n.receivers[0];
    tg_ue_call wanted = msrp_call("bob@example.com", "?@?");
    wanted.transfer =
        (tg_transfer_plan){ .sessions = sessions, .num_sessions = 2, .policies = &policy, .num_policies = 1 };
    run(&n, &wanted);
    for (uint8_t cs = 1; cs <= 2; cs++) {
        assert_true(same(tek_of(n.alice, 0, cs), tek_of(n.server, 0, cs)));
        assert_true(same(tek_of(n.receivers[0], 0, cs), tek_of(n.server, 1, cs)));
        assert_false(same(tek_of(n.alice, 0, cs), tek_of(n.server, 1, cs)));
    }
    assert_false(same(tek_of(n.alice, 0, 1), tek_of(n.alice, 0, 2)));
    assert_spotless(n.first);
    assert_spotless(n.further[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(an_application_server_terminates_a_session),
        SERVICE_TEST(the_caller_is_answered_after_the_receiver),
        SERVICE_TEST(servers_can_stand_in_a_row),
        SERVICE_TEST(both_ends_can_refuse_the_server),
        SERVICE_TEST(the_kms_refuses_the_second_ticket),
        SERVICE_TEST(the_kms_does_not_let_the_server_resolve),
        SERVICE_TEST(a_server_that_is_no_allowed_resolver_asks_nobody),
        SERVICE_TEST(a_server_takes_one_caller),
        SERVICE_TEST(the_caller_gets_one_answer_for_several_receivers),
        SERVICE_TEST(an_answer_that_comes_too_late_is_an_error),
        SERVICE_TEST(the_end_of_the_first_leg_ends_all),
        SERVICE_TEST(an_update_stays_on_its_leg),
        SERVICE_TEST(several_sessions_and_policies_are_mirrored),
    };
    return cmocka_run_group_tests_name("service/server", tests, NULL, NULL);
}
