/* The conference focus: whom it calls (annex G.2), and SUBSCRIBE and NOTIFY (G.3.3 of contribution 004). */
#include "test_service_conference.h"

/* ---- the focus calls ---------------------------------------------------------------------------------------- */

static line *invite(tg_service *focus, const char *called, const char *answers)
{
    tg_service_result *r = hold(sizeof *r);
    tg_identity name = uid(called);
    line *l = new_line("ims-msrp-tls", focus, TG_NO_LEG, new_ue(answers, "ims-msrp-tls", NULL), open_ue);
    l->signalled = uid("conf@example.com");
    num_to_kms = 0;
    assert_int_equal(tg_focus_invite(focus, &name, now, r), TG_OK);
    l->last_i = *r;
    l->leg_i = r->leg;
    if (r->accepted)
        deliver(focus, r);
    return l;
}

static void the_focus_invites(void **state)
{
    (void)state;
    tg_service *focus = NULL;
    tg_focus_config c = focus_config("ims-msrp-tls");
    c.ticket.r[c.ticket.num_r++] = uid("?@?"); /* the call may be diverted */
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    line *l = invite(focus, "bob@example.com", "bob@example.com");
    assert_true(l->last_i.accepted);
    assert_true(same(tek_of(focus, l->leg_i, 1), tek_of(l->r, l->leg_r, 1)));
    assert_spotless(l);

    l = invite(focus, "mallory@example.com", "mallory@example.com");
    assert_int_equal(l->last_i.info.reason, TG_REASON_NOT_PARTICIPANT);
    assert_int_equal(l->last_i.num_out, 0);
    assert_int_equal(num_to_kms, 0);

    /* Alice was invited, Mallory answers: he has resolved the ticket, and is told that he is not wanted. */
    l = invite(focus, "alice@example.com", "mallory@example.com");
    assert_int_equal(l->last_i.info.state, TG_LEG_REFUSED);
    assert_int_equal(l->last_i.info.reason, TG_REASON_NOT_PARTICIPANT);
    assert_true(l->last_i.info.hop_by_hop);
    assert_int_equal(last_error(l), TG_ERROR_INVALID_ID);
    assert_true(has_no_keys(focus, l->leg_i));
    assert_spotless(l);

    /* Alice was invited, Bob answers: he may */
    l = invite(focus, "alice@example.com", "bob@example.com");
    assert_true(l->last_i.accepted);
    assert_true(tg_service_leg(focus, l->leg_i).hop_by_hop);
    assert_spotless(l);
}

/* ---- SUBSCRIBE and NOTIFY ----------------------------------------------------------------------------------- */

static void a_participant_subscribes(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus(), *alice = new_ue("alice@example.com", "ims-message", NULL);
    line *l = new_line("ims-message", focus, 0, alice, open_ue);
    tg_identity name = uid("alice@example.com");
    assert_int_equal(tg_focus_subscribe(focus, (tg_bytes){ 0 }, &name, now, r), TG_OK);
    assert_true(r->accepted);
    l->signalled = uid("conf@example.com");
    deliver(focus, r);
    tg_bytes first = tek_of(focus, 0, 1);
    assert_true(same(first, tek_of(alice, 0, 1)));
    /* the next NOTIFY: a new key under the same ticket */
    assert_int_equal(tg_service_transfer_again(focus, 0, now, r), TG_OK);
    assert_true(r->accepted);
    deliver(focus, r);
    assert_true(same(tek_of(focus, 0, 1), tek_of(alice, 0, 1)));
    assert_false(same(tek_of(focus, 0, 1), first));
    assert_spotless(l);
    /* and none once she is off the list */
    tg_focus_set_participants(focus, participants + 1, 1);
    assert_int_equal(tg_service_transfer_again(focus, 0, now, r), TG_OK);
    assert_false(r->accepted);
    assert_int_equal(r->num_out, 0);
    assert_int_equal(r->info.reason, TG_REASON_NOT_SUBSCRIBER);
}

static tg_status always_the_same(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0x5a, len);
    return TG_OK;
}

/* A KMS whose randomness is broken grants one key twice: the second subscriber is sent nothing. */
static void a_key_that_was_granted_twice_is_not_used(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_kms_config k = { .role = role_for("kms@example.com", "ims-message"), .subscribers = &source };
    k.role.tpk = tg_bytes_of(tpk, sizeof tpk);
    k.role.random = (tg_random){ always_the_same, NULL };
    assert_int_equal(tg_kms_new(&k, &kms), TG_OK);
    tg_focus_config c = focus_config("ims-msrp-tls");
    tg_service *focus = NULL;
    c.notify_ticket.keys[0].type = TG_KEY_TEK;
    assert_int_equal(tg_focus_new(&c, &focus), TG_OK);
    static const char *const who[] = { "alice@example.com", "bob@example.com" };
    for (size_t i = 0; i < 2; i++) {
        tg_identity name = uid(who[i]);
        line *l = new_line("ims-message", focus, i, NULL, NULL);
        assert_int_equal(tg_focus_subscribe(focus, (tg_bytes){ 0 }, &name, now, r), TG_OK);
        assert_int_equal(r->leg, i);
        deliver(focus, r);
        assert_int_equal(l->last_i.accepted, i == 0);
        assert_int_equal(count(l, TG_DATA_TYPE_REQUEST_RESP), 1);
        assert_int_equal(count(l, TG_DATA_TYPE_TRANSFER_INIT), i == 0);
        assert_int_equal(l->last_i.info.reason, i == 0 ? TG_REASON_NONE : TG_REASON_SHARED_KEY);
        assert_int_equal(has_no_keys(focus, i), i == 1);
    }
}

static tg_status open_subscription(line *l, tg_bytes transfer_init, tg_service_result *result)
{
    return tg_focus_subscribe(l->r, transfer_init, &l->signalled, now, result);
}

static void who_is_no_participant_does_not_subscribe(void **state)
{
    (void)state;
    tg_service_result *r = hold(sizeof *r);
    tg_service *focus = new_focus();
    tg_identity mallory = uid("mallory@example.com"), group = uid("?.sales@example.com"), nobody = { 0 };
    const tg_identity *const out[] = { &mallory, &group, &nobody };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tg_focus_subscribe(focus, (tg_bytes){ 0 }, out[i], now, r), TG_OK);
        assert_false(r->accepted);
        assert_int_equal(r->info.reason, TG_REASON_NOT_SUBSCRIBER);
        assert_string_equal(r->info.broken->id, "TS33328-G.3.3-01");
        assert_int_equal(r->num_out, 0);
    }
    /* with a TRANSFER_INIT in it: an Error, and nothing for the KMS */
    for (size_t i = 0; i < 2; i++) {
        const char *who = i == 0 ? "mallory@example.com" : "bob@example.com";
        tg_service *ue = new_ue(who, "ims-message", NULL);
        line *l = new_line("ims-message", ue, 0, focus, open_subscription);
        l->signalled = uid(who);
        tg_ue_call wanted = message_to("conf@example.com", NULL);
        num_to_kms = 0;
        call(ue, l, &wanted);
        assert_int_equal(l->last_r.accepted, i == 1);
        assert_int_equal(num_to_kms, i + 1);
        if (i == 0) {
            assert_int_equal(l->last_r.info.reason, TG_REASON_NOT_SUBSCRIBER);
            assert_int_equal(last_error(l), TG_ERROR_INVALID_ID);
            assert_true(has_no_keys(focus, l->leg_r));
        } else {
            assert_true(same(tek_of(focus, l->leg_r, 1), tek_of(ue, 0, 1)));
        }
        assert_spotless(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_key_that_was_granted_twice_is_not_used),
        SERVICE_TEST(the_focus_invites),
        SERVICE_TEST(a_participant_subscribes),
        SERVICE_TEST(who_is_no_participant_does_not_subscribe),
    };
    return cmocka_run_group_tests_name("service/notify", tests, NULL, NULL);
}
