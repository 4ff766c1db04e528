/* The IMS UE: calls end to end, and the local policy (contribution 003, 6.2.3.3). */
#include "test_service_support.h"

static const tg_bytes everybody[] = { { (const uint8_t *)"?@?", 3 } };

static line *msrp_line(tg_service *i, tg_service *r)
{
    return new_line("ims-msrp-tls", i, 0, r, open_ue);
}

static tg_service *alice_with(const tg_ue_policy *policy)
{
    return new_ue("alice@example.com", "ims-msrp-tls", policy);
}

static tg_service *bob_with(const tg_ue_policy *policy)
{
    return new_ue("bob@example.com", "ims-msrp-tls", policy);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static void a_call_gives_both_the_same_keys(void **state)
{
    (void)state;
    tg_service *alice = alice_with(NULL), *bob = bob_with(NULL);
    line *l = msrp_line(alice, bob);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    l->signalled = uid("alice@example.com");
    call(alice, l, &wanted);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_ESTABLISHED);
    assert_int_equal(tg_service_leg(bob, 0).state, TG_LEG_ESTABLISHED);
    assert_false(tg_service_leg(alice, 0).hop_by_hop);
    assert_false(tg_service_leg(bob, 0).hop_by_hop);
    assert_true(tg_bytes_equal(tg_service_leg(alice, 0).peer.data, text("bob@example.com")));
    assert_true(tg_bytes_equal(tg_service_leg(bob, 0).peer.data, text("alice@example.com")));
    assert_true(same(tek_of(alice, 0, 1), tek_of(bob, 0, 1)));
    assert_true(same(tek_of(alice, 0, 1), judged_tek(l, 1)));
    assert_int_equal(l->num_sent, 6);
    assert_spotless(l);
}

/* One UE, two calls at a time in both directions: each has keys of its own. */
static void calls_do_not_disturb_each_other(void **state)
{
    (void)state;
    tg_service *alice = alice_with(NULL), *bob = bob_with(NULL);
    line *there = msrp_line(alice, bob), *back = msrp_line(bob, alice);
    tg_ue_call to_bob = msrp_call("bob@example.com", NULL), to_alice = msrp_call("alice@example.com", NULL);
    back->leg_i = TG_NO_LEG;
    call(alice, there, &to_bob);
    back->leg_i = 1;
    call(bob, back, &to_alice);
    assert_int_equal(back->leg_i, 1);
    assert_int_equal(back->leg_r, 1);
    assert_true(same(tek_of(alice, 0, 1), tek_of(bob, 0, 1)));
    assert_true(same(tek_of(alice, 1, 1), tek_of(bob, 1, 1)));
    assert_false(same(tek_of(alice, 0, 1), tek_of(alice, 1, 1)));
    assert_spotless(there);
    assert_spotless(back);
}

static void a_message_needs_no_answer(void **state)
{
    (void)state;
    tg_service *alice = new_ue("alice@example.com", "ims-message", NULL),
               *bob = new_ue("bob@example.com", "ims-message", NULL);
    line *l = new_line("ims-message", alice, 0, bob, open_ue);
    tg_ue_call wanted = message_to("bob@example.com", NULL);
    call(alice, l, &wanted);
    assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_RESP), 0);
    assert_true(same(tek_of(alice, 0, 1), tek_of(bob, 0, 1)));
    assert_spotless(l);
}

/* 5.3: with J=1 another Ticket Transfer under the same ticket gives other keys, and nobody asks the KMS for a ticket. */
static void a_reusable_ticket_is_transferred_again(void **state)
{
    (void)state;
    tg_service_result *result = hold(sizeof *result);
    tg_service *alice = alice_with(NULL), *bob = bob_with(NULL);
    line *l = msrp_line(alice, bob);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    wanted.policy.flags |= TG_FLAG('J');
    call(alice, l, &wanted);
    tg_bytes first = tek_of(alice, 0, 1);
    assert_int_equal(tg_service_transfer_again(alice, 0, now, result), TG_OK);
    deliver(alice, result);
    assert_int_equal(count(l, TG_DATA_TYPE_REQUEST_INIT_PSK), 1);
    assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_RESP), 2);
    assert_true(same(tek_of(alice, 0, 1), tek_of(bob, 0, 1)));
    assert_false(same(tek_of(alice, 0, 1), first));
    assert_spotless(l);
}

static void a_ticket_that_is_not_reusable_is_not_transferred_again(void **state)
{
    (void)state;
    tg_service_result *result = hold(sizeof *result);
    tg_service *alice = alice_with(NULL);
    line *l = msrp_line(alice, bob_with(NULL));
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    call(alice, l, &wanted);
    assert_int_equal(tg_service_transfer_again(alice, 0, now, result), TG_REFUSED);
    assert_int_equal(result->num_out, 0);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_ESTABLISHED);
}

/* ---- what the policy lets one ask for ----------------------------------------------------------------------- */

static void assert_not_started(const tg_ue_policy *policy, const tg_ue_call *wanted, tg_reason reason)
{
    tg_service_result *result = hold(sizeof *result);
    tg_service *alice = alice_with(policy);
    assert_int_equal(tg_ue_start(alice, wanted, now, result), TG_OK);
    assert_false(result->accepted);
    assert_int_equal(result->info.reason, reason);
    assert_int_equal(result->info.state, TG_LEG_REFUSED);
    assert_int_equal(result->num_out, 0); /* nothing for the KMS either */
    assert_true(has_no_keys(alice, 0));
}

static void nothing_is_started_against_the_policy(void **state)
{
    (void)state;
    tg_ue_call plain = msrp_call("bob@example.com", NULL), reusable = plain,
               group = msrp_call("bob@example.com", "?@?");
    reusable.policy.flags |= TG_FLAG('J');
    tg_ue_call group_called = msrp_call("?@example.com", "bob@example.com");
    assert_not_started(&(tg_ue_policy){ .off = true }, &plain, TG_REASON_OFF);
    assert_not_started(&(tg_ue_policy){ .locked = true }, &plain, TG_REASON_LOCKED);
    assert_not_started(&(tg_ue_policy){ .ask_reusable = TG_ANSWER_REFUSE }, &reusable, TG_REASON_REUSABLE);
    assert_not_started(&(tg_ue_policy){ 0 }, &group, TG_REASON_GROUP);
    assert_not_started(&open_policy, &group_called, TG_REASON_GROUP);
    /* another group than those in the list, though it is smaller */
    tg_ue_call sales = msrp_call("u1.sales@example.com", "?.sales@example.com");
    assert_not_started(&open_policy, &sales, TG_REASON_GROUP);
}

static void the_user_is_warned_of_a_reusable_ticket(void **state)
{
    (void)state;
    tg_ue_policy policy = { .ask_reusable = TG_ANSWER_WARN };
    tg_service *alice = alice_with(&policy);
    line *l = msrp_line(alice, bob_with(NULL));
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    wanted.policy.flags |= TG_FLAG('J');
    call(alice, l, &wanted);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_ESTABLISHED);
    assert_int_equal(tg_service_leg(alice, 0).warning, TG_REASON_REUSABLE);
}

/* The KMS may grant another ticket than was asked for: what the user forbade is not used. */
static void widen(void *user, tg_grant *grant)
{
    (void)user;
    grant->policy.r[0] = uid("?@?");
}

static void a_ticket_granted_against_the_policy_is_not_used(void **state)
{
    (void)state;
    tg_kms_config c = { .role = role_for("kms@example.com", "ims-msrp-tls"), .subscribers = &source, .grant = widen };
    c.role.tpk = tg_bytes_of(tpk, sizeof tpk);
    assert_int_equal(tg_kms_new(&c, &kms), TG_OK);
    tg_service *alice = alice_with(&(tg_ue_policy){ 0 });
    line *l = msrp_line(alice, bob_with(NULL));
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    call(alice, l, &wanted);
    assert_int_equal(l->last_i.info.state, TG_LEG_REFUSED);
    assert_int_equal(l->last_i.info.reason, TG_REASON_GROUP);
    assert_int_equal(count(l, TG_DATA_TYPE_REQUEST_RESP), 1);
    assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_INIT), 0);
    assert_true(has_no_keys(alice, 0));
}

/* ---- what it lets one accept -------------------------------------------------------------------------------- */

/* Alice calls Bob, who has this policy; `flags` beside those of a call, ticket for `r`. */
static line *call_to(const tg_ue_policy *policy, const char *called, const char *r, const char *more_flags,
                     const char *signalled)
{
    line *l = msrp_line(alice_with(&(tg_ue_policy){ .groups = everybody, .num_groups = 1 }), bob_with(policy));
    tg_ue_call wanted = msrp_call(called, r);
    for (; *more_flags; more_flags++)
        wanted.policy.flags |= (uint16_t)TG_FLAG(*more_flags);
    if (signalled)
        l->signalled = uid(signalled);
    num_to_kms = 0;
    call(l->i, l, &wanted);
    return l;
}

/* Refused before the KMS is contacted: it hears of the Ticket Request alone, and Alice gets the Error. */
static void assert_refused_early(const line *l, tg_reason reason, int error_no)
{
    assert_false(l->last_r.accepted);
    assert_int_equal(l->last_r.info.reason, reason);
    assert_int_equal(l->last_r.info.refusal, tg_reason_refusal(reason));
    assert_int_equal(l->last_r.info.error_no, error_no);
    assert_int_equal(num_to_kms, 1);
    assert_int_equal(count(l, TG_DATA_TYPE_RESOLVE_INIT_PSK), 0);
    assert_int_equal(last_error(l), error_no);
    assert_true(has_no_keys(l->r, l->leg_r));
    assert_spotless(l);
}

static void assert_accepted(const line *l, tg_reason warning)
{
    assert_true(l->last_r.accepted);
    assert_int_equal(l->last_r.info.state, TG_LEG_ESTABLISHED);
    assert_int_equal(l->last_r.info.warning, warning);
    assert_true(same(tek_of(l->i, l->leg_i, 1), tek_of(l->r, l->leg_r, 1)));
    assert_spotless(l);
}

static void a_call_against_the_policy_is_refused_before_the_kms_hears_of_it(void **state)
{
    (void)state;
    const char *bob = "bob@example.com";
    assert_refused_early(call_to(&(tg_ue_policy){ .off = true }, bob, NULL, "", NULL), TG_REASON_OFF,
                         TG_ERROR_UNSPECIFIED_ERROR);
    assert_refused_early(call_to(&(tg_ue_policy){ .locked = true }, bob, NULL, "", NULL), TG_REASON_LOCKED,
                         TG_ERROR_UNSPECIFIED_ERROR);
    assert_refused_early(call_to(&(tg_ue_policy){ .otherwise = TG_ANSWER_REFUSE }, bob, NULL, "", NULL),
                         TG_REASON_INITIATOR, TG_ERROR_UNSPECIFIED_ERROR);
    assert_refused_early(call_to(&(tg_ue_policy){ .accept_reusable = TG_ANSWER_REFUSE }, bob, NULL, "J", NULL),
                         TG_REASON_REUSABLE, TG_ERROR_INVALID_TPPAR);
    assert_refused_early(call_to(&(tg_ue_policy){ .accept_group = TG_ANSWER_REFUSE }, bob, "?@?", "", NULL),
                         TG_REASON_GROUP, TG_ERROR_INVALID_TPPAR);
    assert_refused_early(
        call_to(&(tg_ue_policy){ .accept_diverted = TG_ANSWER_REFUSE }, "carol@example.com", "?@?", "", NULL),
        TG_REASON_DIVERTED, TG_ERROR_INVALID_ID);
    assert_refused_early(
        call_to(&(tg_ue_policy){ .intermediary = TG_ANSWER_REFUSE }, bob, NULL, "", "dave@example.com"),
        TG_REASON_INTERMEDIARY, TG_ERROR_INVALID_ID);
}

static void the_user_is_warned_of_a_call(void **state)
{
    (void)state;
    const char *bob = "bob@example.com";
    assert_accepted(call_to(&(tg_ue_policy){ .otherwise = TG_ANSWER_WARN }, bob, NULL, "", NULL), TG_REASON_INITIATOR);
    assert_accepted(call_to(&(tg_ue_policy){ .accept_reusable = TG_ANSWER_WARN }, bob, NULL, "J", NULL),
                    TG_REASON_REUSABLE);
    assert_accepted(call_to(&(tg_ue_policy){ .accept_group = TG_ANSWER_WARN }, bob, "?@?", "", NULL), TG_REASON_GROUP);
    assert_accepted(call_to(&(tg_ue_policy){ .accept_diverted = TG_ANSWER_WARN }, "carol@example.com", "?@?", "", NULL),
                    TG_REASON_DIVERTED);
    assert_accepted(call_to(&(tg_ue_policy){ .intermediary = TG_ANSWER_WARN }, bob, NULL, "", "dave@example.com"),
                    TG_REASON_INTERMEDIARY);
    /* a strict policy has nothing against a plain call */
    tg_ue_policy strict = { .accept_reusable = TG_ANSWER_REFUSE,
                            .accept_group = TG_ANSWER_REFUSE,
                            .accept_diverted = TG_ANSWER_REFUSE,
                            .intermediary = TG_ANSWER_REFUSE,
                            .accept_own = TG_ANSWER_REFUSE };
    assert_accepted(call_to(&strict, bob, NULL, "", "sip:alice@EXAMPLE.com"), TG_REASON_NONE);
}

static void the_first_rule_that_fits_decides(void **state)
{
    (void)state;
    const tg_ue_rule rules[] = {
        { text("alice@other.example"), { 0 }, TG_ANSWER_ACCEPT },
        { text("?@example.com"), text("kms@other.example"), TG_ANSWER_ACCEPT },
        { text("al?@example.com"), text("kms@example.com"), TG_ANSWER_WARN },
        { text("?"), { 0 }, TG_ANSWER_ACCEPT },
    };
    tg_ue_policy policy = { .rules = rules, .num_rules = 4, .otherwise = TG_ANSWER_REFUSE };
    assert_accepted(call_to(&policy, "bob@example.com", NULL, "", NULL), TG_REASON_INITIATOR);
    policy.num_rules = 2;
    assert_refused_early(call_to(&policy, "bob@example.com", NULL, "", NULL), TG_REASON_INITIATOR,
                         TG_ERROR_UNSPECIFIED_ERROR);
    policy.rules = rules + 3;
    policy.num_rules = 1;
    assert_accepted(call_to(&policy, "bob@example.com", NULL, "", NULL), TG_REASON_NONE);
}

/* A diverted call: Alice called Carol, Bob answers. She learns it from TRANSFER_RESP, which is authentic, and may refuse. */
static void the_caller_sees_who_answered(void **state)
{
    (void)state;
    tg_ue_policy asking = { .groups = everybody, .num_groups = 1 };
    static const tg_answer answers[] = { TG_ANSWER_ACCEPT, TG_ANSWER_WARN, TG_ANSWER_REFUSE };
    for (size_t i = 0; i < 3; i++) {
        tg_ue_call wanted = msrp_call("carol@example.com", "?@?");
        asking.intermediary = answers[i];
        line *l = msrp_line(alice_with(&asking), bob_with(NULL));
        call(l->i, l, &wanted);
        assert_true(l->last_i.info.hop_by_hop);
        assert_true(tg_bytes_equal(l->last_i.info.peer.data, text("bob@example.com")));
        assert_int_equal(l->last_i.info.warning,
                         answers[i] == TG_ANSWER_WARN ? TG_REASON_INTERMEDIARY : TG_REASON_NONE);
        assert_int_equal(l->last_i.info.state, answers[i] == TG_ANSWER_REFUSE ? TG_LEG_REFUSED : TG_LEG_ESTABLISHED);
        if (answers[i] == TG_ANSWER_REFUSE) {
            assert_int_equal(l->last_i.info.reason, TG_REASON_INTERMEDIARY);
            assert_int_equal(last_error(l), TG_ERROR_INVALID_ID);
            assert_true(has_no_keys(l->i, l->leg_i));
            assert_int_equal(l->last_r.info.reason, TG_REASON_PEER); /* the Error is authentic: Bob believes it */
            assert_int_equal(l->last_r.info.state, TG_LEG_REFUSED);
        }
        assert_spotless(l);
    }
}

/* Modes 3 and 4 of RFC 6043: the Initiator made the ticket himself (D=0). */
static void a_ticket_that_the_initiator_made_is_a_matter_of_policy(void **state)
{
    (void)state;
    for (int refuse = 0; refuse < 2; refuse++) {
        tg_ue_policy policy = { .accept_own = refuse ? TG_ANSWER_REFUSE : TG_ANSWER_WARN };
        tg_ue_call wanted = msrp_call("bob@example.com", "bob@example.com");
        tg_initiator_config c = { .role = role_for("alice@example.com", "ims-msrp-tls"),
                                  .called = wanted.called,
                                  .policy = ticket_for("EFGHILMNO", TG_KEY_TGK, "bob@example.com"),
                                  .transfer = wanted.transfer };
        tg_role *alice = NULL;
        tg_result made;
        c.role.tpk = tg_bytes_of(tpk, sizeof tpk);
        c.policy.i = uid("alice@example.com");
        c.policy.kms = uid("kms@example.com");
        assert_int_equal(tg_initiator_new(&c, &alice), TG_OK);
        assert_int_equal(tg_initiator_transfer(alice, now, &made), TG_OK);
        line *l = msrp_line(NULL, bob_with(&policy));
        num_to_kms = 0;
        give(l, TG_SENDER_R, TG_SENDER_I, hold_copy(made.out[0].octets));
        assert_int_equal(num_to_kms, !refuse);
        assert_int_equal(l->last_r.info.state, refuse ? TG_LEG_REFUSED : TG_LEG_ESTABLISHED);
        assert_int_equal(l->last_r.info.reason, refuse ? TG_REASON_NOT_OF_KMS : TG_REASON_NONE);
        assert_int_equal(l->last_r.info.warning, refuse ? TG_REASON_NONE : TG_REASON_NOT_OF_KMS);
    }
}

/* Message and ticket name different Initiators. */
static void the_message_names_another_than_the_ticket(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_ue_policy wary = { .intermediary = TG_ANSWER_REFUSE };
    tg_service *alice = alice_with(NULL), *bob = bob_with(&wary);
    line *l = msrp_line(alice, bob);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    l->mute_r = true;
    call(alice, l, &wanted);
    tg_bytes forged = with_name(l->sent[2].octets, "alice@example.com", "carol@example.com", 0);
    assert_int_equal(tg_ue_accept(bob, forged, NULL, now, r), TG_OK);
    assert_int_equal(r->info.reason, TG_REASON_INTERMEDIARY);
    assert_int_equal(r->num_out, 1);
    assert_int_equal(r->out[0].to, TG_SENDER_I);
}

/* The policy may change between calls: what it said of an earlier one is not said of the next. */
static void the_policy_of_the_moment_counts(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_ue_policy callers = { 0 }, callees = { .otherwise = TG_ANSWER_WARN };
    line *l = msrp_line(alice_with(&callers), bob_with(&callees));
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    wanted.policy.flags |= TG_FLAG('J');
    call(l->i, l, &wanted);
    assert_accepted(l, TG_REASON_INITIATOR);
    callees.otherwise = TG_ANSWER_ACCEPT;
    assert_int_equal(tg_service_transfer_again(l->i, 0, now, r), TG_OK);
    deliver(l->i, r);
    assert_accepted(l, TG_REASON_NONE);
    callers.locked = true;
    assert_int_equal(tg_service_transfer_again(l->i, 0, now, r), TG_OK);
    assert_false(r->accepted);
    assert_int_equal(r->info.reason, TG_REASON_LOCKED);
    assert_int_equal(r->num_out, 0);
}

/* ---- bounds ------------------------------------------------------------------------------------------------- */

static void there_are_no_more_calls_than_legs(void **state)
{
    (void)state;
    tg_service_result *result = hold(sizeof *result);
    tg_service *alice = NULL;
    tg_ue_config c = { .service = { .role = role_for("alice@example.com", "ims-msrp-tls"), .max_legs = 2 },
                       .policy = &open_policy };
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    assert_int_equal(tg_ue_new(&c, &alice), TG_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tg_ue_start(alice, &wanted, now, result), TG_OK);
        assert_int_equal(result->accepted, i < 2);
    }
    assert_int_equal(result->leg, TG_NO_LEG);
    assert_int_equal(result->info.reason, TG_REASON_TOO_MANY_LEGS);
    assert_int_equal(tg_service_end_leg(alice, 0, now, result), TG_OK);
    assert_int_equal(tg_ue_start(alice, &wanted, now, result), TG_OK);
    assert_true(result->accepted);
    assert_int_equal(result->leg, 0);
    tg_service_end(alice);
}

/* What cannot be read takes no leg, and what comes to a leg that is not there does no harm. */
static void rubbish_is_refused(void **state)
{
    (void)state;
    tg_service_result *result = hold(sizeof *result);
    tg_service *bob = bob_with(NULL);
    uint8_t octets[64];
    for (unsigned i = 0; i < 400; i++) {
        for (size_t n = 0; n < sizeof octets; n++)
            octets[n] = (uint8_t)(n * 7 + i * 31 + (n ^ i));
        octets[0] = 1;
        octets[1] = (uint8_t)(i % 20);
        assert_int_equal(tg_ue_accept(bob, tg_bytes_of(octets, i % sizeof octets), NULL, now, result), TG_OK);
        assert_false(result->accepted);
        assert_int_equal(result->info.state, TG_LEG_REFUSED);
        assert_int_equal(result->info.reason, TG_REASON_ROLE);
        assert_int_equal(tg_service_receive(bob, 5, TG_SENDER_I, tg_bytes_of(octets, 8), now, result), TG_OK);
        assert_int_equal(result->info.refusal, TG_REFUSAL_UNEXPECTED);
    }
}

/* A forged answer of the KMS on a leg that waits for the real one changes nothing. */
static void a_forged_answer_does_not_end_a_call(void **state)
{
    (void)state;
    tg_service_result *result = hold(sizeof *result);
    tg_service *alice = alice_with(NULL);
    tg_ue_call wanted = msrp_call("bob@example.com", NULL);
    line *l = msrp_line(alice, bob_with(NULL));
    assert_int_equal(tg_ue_start(alice, &wanted, now, result), TG_OK);
    tg_bytes request = hold_copy(result->out[0].octets);
    static const uint8_t error[] = { 1, 6, 12, 0, 0, 0, 0, 0, 0, 1, 0, 7, 0, 0 };
    assert_int_equal(tg_service_receive(alice, 0, TG_SENDER_K, tg_bytes_of(error, sizeof error), now, result), TG_OK);
    assert_false(result->accepted);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_RUNNING);
    write_down(l, TG_SENDER_I, "request", request);
    ask_kms(l, TG_SENDER_I, "request", request);
    assert_int_equal(tg_service_leg(alice, 0).state, TG_LEG_ESTABLISHED);
    assert_spotless(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_call_gives_both_the_same_keys),
        SERVICE_TEST(calls_do_not_disturb_each_other),
        SERVICE_TEST(a_message_needs_no_answer),
        SERVICE_TEST(a_reusable_ticket_is_transferred_again),
        SERVICE_TEST(a_ticket_that_is_not_reusable_is_not_transferred_again),
        SERVICE_TEST(nothing_is_started_against_the_policy),
        SERVICE_TEST(the_user_is_warned_of_a_reusable_ticket),
        SERVICE_TEST(a_ticket_granted_against_the_policy_is_not_used),
        SERVICE_TEST(a_call_against_the_policy_is_refused_before_the_kms_hears_of_it),
        SERVICE_TEST(the_user_is_warned_of_a_call),
        SERVICE_TEST(the_first_rule_that_fits_decides),
        SERVICE_TEST(the_caller_sees_who_answered),
        SERVICE_TEST(a_ticket_that_the_initiator_made_is_a_matter_of_policy),
        SERVICE_TEST(the_message_names_another_than_the_ticket),
        SERVICE_TEST(the_policy_of_the_moment_counts),
        SERVICE_TEST(there_are_no_more_calls_than_legs),
        SERVICE_TEST(rubbish_is_refused),
        SERVICE_TEST(a_forged_answer_does_not_end_a_call),
    };
    return cmocka_run_group_tests_name("service/ue", tests, NULL, NULL);
}
