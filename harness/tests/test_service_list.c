/* The list server (TR 33.829 8.3.1.1; contributions 000, 002). */
#include "test_service_network.h"

static const char *const three[] = { "bob@example.com", "carol@example.com", "dave@example.com", NULL };

/* Alice's message is for the list; the ticket is for the list, Bob and Carol. */
static tg_ue_call message_to_list(void)
{
    tg_ue_call wanted = message_to("list@example.com", "list@example.com");
    wanted.policy.r[wanted.policy.num_r++] = uid("bob@example.com");
    wanted.policy.r[wanted.policy.num_r++] = uid("carol@example.com");
    return wanted;
}

/* Those who get the message as it came hold the keys of Alice's ticket: their line begins with what she did. */
static void begin_with_alice(network *n, size_t receiver)
{
    line *l = n->further[receiver];
    tg_sent rest[MAX_MESSAGES];
    size_t num = 0;
    for (size_t i = 0; i < l->num_sent; i++)
        rest[num++] = l->sent[i];
    l->num_sent = 0;
    for (size_t i = 0; i < 2; i++)
        l->sent[l->num_sent++] = n->first->sent[i];
    for (size_t i = 0; i < num; i++)
        l->sent[l->num_sent++] = rest[i];
}

static void a_list_server_makes_a_ticket_for_who_may_not_resolve(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("list@example.com", "ims-message", true);
    build(&n, &c, "ims-message", three);
    tg_ue_call wanted = message_to_list();
    run(&n, &wanted);
    assert_int_equal(tg_service_leg(n.server, 0).state, TG_LEG_ESTABLISHED);
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_RELAYED);
    assert_int_equal(tg_service_leg(n.server, 2).state, TG_LEG_RELAYED);
    assert_int_equal(tg_service_leg(n.server, 3).state, TG_LEG_ESTABLISHED);

    /* Bob and Carol have the message and the key as Alice made them; Dave has another, which the server has too, to protect the body anew. */
    tg_bytes alice = tek_of(n.alice, 0, 1), dave = tek_of(n.receivers[2], 0, 1);
    assert_true(same(alice, tek_of(n.server, 0, 1)));
    assert_true(same(alice, tek_of(n.receivers[0], 0, 1)));
    assert_true(same(alice, tek_of(n.receivers[1], 0, 1)));
    assert_true(same(dave, tek_of(n.server, 3, 1)));
    assert_false(same(alice, dave));
    assert_true(tg_bytes_equal(n.further[0]->sent[0].octets, n.first->sent[2].octets));
    assert_true(tg_bytes_equal(n.further[1]->sent[0].octets, n.first->sent[2].octets));
    /* What Dave can resolve is for him alone; and he sees who made it. */
    assert_true(tg_bytes_equal(tg_service_leg(n.receivers[2], 0).peer.data, text("list@example.com")));
    assert_true(tg_service_leg(n.receivers[2], 0).hop_by_hop);
    assert_false(tg_service_leg(n.receivers[0], 0).hop_by_hop);
    tg_established e;
    tg_ticket_policy policy;
    tg_conversation_established(judge(n.further[2]), &e);
    assert_int_equal(tg_ticket_policy_of_ticket(e.ticket, &policy), TG_OK);
    assert_int_equal(policy.num_r, 1);
    assert_true(tg_bytes_equal(policy.r[0].data, text("dave@example.com")));
    assert_true(policy.has_trs && policy.has_tre);
    assert_in_range((policy.tre - NOW0) >> 32, 3600, 3700); /* an hour from when it was asked for */
    assert_in_range((NOW0 - policy.trs) >> 32, TG_SKEW_DEFAULT - 100, TG_SKEW_DEFAULT);

    begin_with_alice(&n, 0);
    begin_with_alice(&n, 1);
    assert_spotless(n.first);
    for (size_t i = 0; i < 3; i++)
        assert_spotless(n.further[i]);
}

/* Everybody may resolve it: the server needs no key, and the KMS hears nothing from it. */
static void a_list_server_passes_on_what_all_can_resolve(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("list@example.com", "ims-message", true);
    build(&n, &c, "ims-message", three);
    tg_ue_call wanted = message_to("list@example.com", "?@?");
    run(&n, &wanted);
    for (size_t leg = 0; leg <= 3; leg++)
        assert_int_equal(tg_service_leg(n.server, leg).state, TG_LEG_RELAYED);
    assert_true(has_no_keys(n.server, 0));
    assert_int_equal(count(n.first, TG_DATA_TYPE_RESOLVE_INIT_PSK), 0);
    assert_int_equal(num_to_kms, 4); /* Alice's request, three receivers that resolve */
    for (size_t i = 0; i < 3; i++)
        assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.receivers[i], 0, 1)));
}

static void a_list_server_can_leave_out_who_may_not_resolve(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("list@example.com", "ims-message", true);
    c.leave_out = true;
    build(&n, &c, "ims-message", three);
    tg_ue_call wanted = message_to_list();
    run(&n, &wanted);
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_RELAYED);
    assert_int_equal(tg_service_leg(n.server, 3).state, TG_LEG_REFUSED);
    assert_int_equal(tg_service_leg(n.server, 3).reason, TG_REASON_RECEIVER);
    assert_int_equal(n.further[2]->num_sent, 0);
    assert_true(has_no_keys(n.server, 0));
    assert_int_equal(num_to_kms, 3);
}

/* The list may not resolve it itself: who may gets it, for Dave nothing can be done, and nobody is asked. */
static void a_list_server_that_may_not_resolve_serves_the_others(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("list@example.com", "ims-message", true);
    build(&n, &c, "ims-message", three);
    tg_ue_call wanted = message_to("list@example.com", "bob@example.com");
    wanted.policy.r[wanted.policy.num_r++] = uid("carol@example.com");
    run(&n, &wanted);
    assert_int_equal(tg_service_leg(n.server, 0).reason, TG_REASON_NOT_RESOLVER);
    assert_int_equal(tg_service_leg(n.server, 1).state, TG_LEG_RELAYED);
    assert_int_equal(tg_service_leg(n.server, 2).state, TG_LEG_RELAYED);
    assert_int_equal(tg_service_leg(n.server, 3).reason, TG_REASON_CALLER);
    assert_int_equal(n.further[2]->num_sent, 0);
    assert_int_equal(num_to_kms, 3);
    assert_true(same(tek_of(n.alice, 0, 1), tek_of(n.receivers[0], 0, 1)));
}

/* What is to be answered is terminated, not passed on: there cannot be several answers. */
static void a_list_server_terminates_what_is_answered(void **state)
{
    (void)state;
    network n;
    tg_server_config c = server_config("list@example.com", "ims-msrp-tls", true);
    c.ticket = ticket_for("DEFGHILMNO", TG_KEY_TGK, NULL);
    build(&n, &c, "ims-msrp-tls", three);
    tg_ue_call wanted = msrp_call("list@example.com", "?@?");
    run(&n, &wanted);
    for (size_t leg = 0; leg <= 3; leg++)
        assert_int_equal(tg_service_leg(n.server, leg).state, TG_LEG_ESTABLISHED);
    assert_int_equal(count(n.first, TG_DATA_TYPE_TRANSFER_RESP), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_true(same(tek_of(n.server, i + 1, 1), tek_of(n.receivers[i], 0, 1)));
        assert_false(same(tek_of(n.server, i + 1, 1), tek_of(n.server, i, 1)));
        assert_spotless(n.further[i]);
    }
    assert_spotless(n.first);
}

static void bounds_of_a_server(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *server = NULL;
    tg_identity many[TG_SERVICE_MAX_LEGS], group = uid("?@example.com");
    for (size_t i = 0; i < TG_SERVICE_MAX_LEGS; i++)
        many[i] = uid("bob@example.com");
    tg_server_config c = server_config("list@example.com", "ims-message", true);
    assert_int_equal(tg_server_new(&c, &server), TG_OK);
    assert_int_equal(tg_server_accept(server, text("x"), NULL, many, TG_SERVICE_LEGS_DEFAULT, now, r), TG_TOO_LARGE);
    assert_int_equal(tg_server_accept(server, text("x"), NULL, many, 0, now, r), TG_TOO_LARGE);
    assert_int_equal(tg_server_accept(server, text("x"), NULL, &group, 1, now, r), TG_TOO_LARGE);
    /* what is no message is refused by the role, for all */
    assert_int_equal(tg_server_accept(server, text("x"), NULL, many, TG_SERVICE_LEGS_DEFAULT - 1, now, r), TG_OK);
    assert_false(r->accepted);
    assert_int_equal(r->info.refusal, TG_REFUSAL_PARSE);
    for (size_t i = 1; i < TG_SERVICE_LEGS_DEFAULT; i++)
        assert_int_equal(tg_service_leg(server, i).reason, TG_REASON_CALLER);
    c.service.max_legs = TG_SERVICE_MAX_LEGS + 1;
    assert_int_equal(tg_server_new(&c, &server), TG_TOO_LARGE);
    c.service.max_legs = 2;
    *c.service.role.arena = tg_arena_of(c.service.role.arena->data, 100000);
    assert_int_equal(tg_server_new(&c, &server), TG_ARENA_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_list_server_terminates_what_is_answered),
        SERVICE_TEST(a_list_server_makes_a_ticket_for_who_may_not_resolve),
        SERVICE_TEST(a_list_server_passes_on_what_all_can_resolve),
        SERVICE_TEST(a_list_server_can_leave_out_who_may_not_resolve),
        SERVICE_TEST(a_list_server_that_may_not_resolve_serves_the_others),
        SERVICE_TEST(bounds_of_a_server),
    };
    return cmocka_run_group_tests_name("service/list", tests, NULL, NULL);
}
