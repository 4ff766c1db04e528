/* A session that a role refuses after it was accepted (tg_role_withdraw). */
#include "test_service_support.h"

static tg_role *initiator, *responder;
static tg_bytes letters[6]; /* in order: both of Request, TRANSFER_INIT, both of Resolve, TRANSFER_RESP */
static size_t num_letters;

static tg_bytes keep(const tg_result *r)
{
    assert_int_equal(r->refusal, TG_REFUSAL_NONE);
    assert_int_equal(r->num_out, 1);
    letters[num_letters] = hold_copy(r->out[0].octets);
    return letters[num_letters++];
}

/* A call, but for the delivery of TRANSFER_RESP. */
static void run_until_answer(void)
{
    tg_ue_call wanted = msrp_call("bob@example.com", "bob@example.com");
    tg_initiator_config i = { .role = role_for("alice@example.com", "ims-msrp-tls"),
                              .called = wanted.called,
                              .policy = wanted.policy,
                              .transfer = wanted.transfer };
    tg_responder_config c = { .role = role_for("bob@example.com", "ims-msrp-tls") };
    tg_result r;
    i.policy.i = i.role.self;
    i.policy.kms = i.role.kms;
    num_letters = 0;
    assert_int_equal(tg_initiator_new(&i, &initiator), TG_OK);
    assert_int_equal(tg_responder_new(&c, &responder), TG_OK);
    assert_int_equal(tg_initiator_request(initiator, now, &r), TG_OK);
    assert_int_equal(tg_role_receive(kms, TG_SENDER_I, keep(&r), now, &r), TG_OK);
    assert_int_equal(tg_role_receive(initiator, TG_SENDER_K, keep(&r), now, &r), TG_OK);
    assert_int_equal(tg_initiator_transfer(initiator, now, &r), TG_OK);
    assert_int_equal(tg_role_receive(responder, TG_SENDER_I, keep(&r), now, &r), TG_OK);
    assert_int_equal(tg_role_receive(kms, TG_SENDER_R, keep(&r), now, &r), TG_OK);
    assert_int_equal(tg_role_receive(responder, TG_SENDER_K, keep(&r), now, &r), TG_OK);
    keep(&r);
}

/* What the role gives, and what the other one makes of it; then there is nothing left to withdraw. */
static void assert_withdrawn(tg_role *role, tg_sender who, tg_role *other, tg_refusal refusal)
{
    tg_result r;
    assert_int_equal(tg_role_withdraw(role, refusal, now, &r), TG_OK);
    assert_int_equal(r.state, TG_ROLE_FAILED);
    assert_int_equal(tg_role_state_of(role), TG_ROLE_FAILED);
    assert_int_equal(r.refusal, refusal);
    assert_int_equal(r.num_out, 1);
    assert_int_equal(r.out[0].to, who == TG_SENDER_I ? TG_SENDER_R : TG_SENDER_I);
    assert_string_equal(r.out[0].ex, "transfer");
    tg_bytes error = hold_copy(r.out[0].octets);
    assert_int_equal(tg_role_receive(other, who, error, now, &r), TG_OK);
    assert_int_equal(r.refusal, TG_REFUSAL_PEER_ERROR);
    assert_int_equal(r.error_no, tg_refusal_error_no(refusal));
    assert_true(r.error_authentic);
    assert_int_equal(tg_role_withdraw(role, refusal, now, &r), TG_REFUSED);
    assert_int_equal(r.num_out, 0);
}

static void a_responder_withdraws_an_answer(void **state)
{
    (void)state;
    run_until_answer();
    assert_withdrawn(responder, TG_SENDER_R, initiator, TG_REFUSAL_POLICY);
}

static void an_initiator_withdraws_after_the_answer(void **state)
{
    (void)state;
    tg_result r;
    run_until_answer();
    assert_int_equal(tg_role_withdraw(initiator, TG_REFUSAL_ID, now, &r), TG_REFUSED); /* there is no answer yet */
    assert_int_equal(tg_role_state_of(initiator), TG_ROLE_TRANSFERRING);
    assert_int_equal(tg_role_receive(initiator, TG_SENDER_R, letters[5], now, &r), TG_OK);
    assert_int_equal(r.state, TG_ROLE_ESTABLISHED);
    assert_withdrawn(initiator, TG_SENDER_I, responder, TG_REFUSAL_ID);
}

static void a_kms_withdraws_nothing(void **state)
{
    (void)state;
    tg_result r;
    run_until_answer();
    assert_int_equal(tg_role_withdraw(kms, TG_REFUSAL_ID, now, &r), TG_REFUSED);
    assert_int_equal(r.num_out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_responder_withdraws_an_answer),
        SERVICE_TEST(an_initiator_withdraws_after_the_answer),
        SERVICE_TEST(a_kms_withdraws_nothing),
    };
    return cmocka_run_group_tests_name("roles/withdraw", tests, NULL, NULL);
}
