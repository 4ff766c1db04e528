/* NOTIFY of a conference in PSK S/MIME (annex G.3.3), under a ticket of the focus and under the subscriber's own. */
#define _GNU_SOURCE
#include "test_messaging_support.h"

#include "test_service_conference.h"

#define STATE                                                                                                          \
    "Content-Type: application/conference-info+xml\r\n\r\n<conference-info entity=\"sip:conf@example.com\"/>\r\n"

static tg_im_plan notify_plan(const char *subscriber)
{
    tg_im_plan plan = im_plan("conf@example.com", subscriber);
    plan.method = "NOTIFY";
    plan.request_uri = "sip:192.0.2.7:5060";
    plan.contact = "sip:conf@192.0.2.9";
    plan.call_id = "subscription-1@192.0.2.7";
    plan.from_tag = "f1";
    plan.to_tag = "t1";
    plan.event = "conference";
    plan.subscription_state = "active;expires=3600";
    plan.cseq = 2;
    plan.content = text(STATE);
    return plan;
}

/* The focus gets a ticket for the subscriber; TRANSFER_INIT goes with each NOTIFY. */
static void state_of_a_conference(void **state)
{
    (void)state;
    im_profile.settings.request_uri =
        TG_REQUEST_URI_MUST; /* that is of MESSAGE: the contact of a subscriber has no KMS UID */
    tg_service_result *result = hold(sizeof *result);
    tg_service *focus = new_focus();
    static const char *const who[] = { "alice@example.com", "bob@example.com" };
    received *got[2];
    for (size_t i = 0; i < 2; i++) {
        tg_service *ue = new_ue(who[i], "ims-message", NULL);
        tg_identity name = uid(who[i]);
        assert_int_equal(tg_focus_subscribe(focus, (tg_bytes){ 0 }, &name, now, result), TG_OK);
        assert_true(result->accepted);
        size_t leg = result->leg;
        (void)new_line("ims-message", focus, leg, NULL, NULL);
        deliver(focus, result);
        tg_im_plan plan = notify_plan(who[i]);
        tg_bytes sip = written(&plan, focus, leg);
        assert_non_null(find_text(sip, "NOTIFY sip:192.0.2.7:5060 SIP/2.0\r\n"));
        assert_null(find_text(sip, "conference-info"));
        got[i] = receive(ue, sip);
        assert_received(got[i], STATE, "conf@example.com");
        assert_string_equal(got[i]->im.request.event, "conference");
        /* the next one: new keys under the same ticket */
        assert_int_equal(tg_service_transfer_again(focus, leg, now, result), TG_OK);
        deliver(focus, result);
        plan.cseq = 3;
        assert_received(receive(ue, written(&plan, focus, leg)), STATE, "conf@example.com");
        /* what was for Alice is not for Bob [G.1] */
        if (i == 1)
            assert_refused(
                receive(ue, sip_of_parts("NOTIFY sip:x@192.0.2.7", "Event: conference\r\n",
                                         (tg_bytes[]){ got[0]->im.mikey->entity, got[0]->im.container->entity }, 2)),
                TG_IM_NO_KEYS);
    }
    assert_false(tg_bytes_equal(got[0]->im.container->entity, got[1]->im.container->entity));
}

static tg_status open_subscription(line *l, tg_bytes transfer_init, tg_service_result *result)
{
    return tg_focus_subscribe(l->r, transfer_init, &l->signalled, now, result);
}

static const tg_bytes everybody = { (const uint8_t *)"?@example.com", 13 };
static const tg_ue_policy groups = { .groups = &everybody, .num_groups = 1 };

/* TRANSFER_INIT came with SUBSCRIBE: NOTIFY has the container alone. */
static void under_the_subscribers_ticket(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tg_service *focus = new_focus(), *bob = new_ue("bob@example.com", "ims-message", NULL);
        line *l = new_line("ims-message", bob, 0, focus, open_subscription);
        l->signalled = uid("bob@example.com");
        tg_ue_call wanted = message_to("conf@example.com", "conf@example.com");
        if (i == 1)
            wanted.policy.r[wanted.policy.num_r++] = uid("carol@example.com");
        else if (i == 2)
            wanted.policy.r[0] = uid("?@example.com");
        if (i == 2) {
            bob = new_ue("bob@example.com", "ims-message", &groups);
            l->i = bob;
        }
        call(bob, l, &wanted);
        assert_true(l->last_r.accepted);
        tg_im_plan plan = notify_plan("bob@example.com");
        plan.without_ticket = true;
        tg_bytes sip = written(&plan, focus, l->leg_r);
        assert_non_null(find_text(sip, "Content-Type: application/pkcs7-mime; "));
        assert_non_null(find_text(sip, "Content-Transfer-Encoding: base64\r\n"));
        received *r = hold(sizeof *r);
        memset(r, 0, sizeof *r);
        r->im = *read_im(sip);
        assert_null(r->im.mikey);
        assert_ptr_equal(r->im.container, r->im.body);
        r->l = new_line("ims-message", NULL, TG_NO_LEG, bob, NULL);
        r->l->leg_r = 0;
        open_received(r, bob);
        if (i > 0) { /* others could have made it */
            assert_refused(r, TG_IM_ORIGIN);
            continue;
        }
        assert_int_equal(r->status, TG_OK);
        assert_true(tg_bytes_equal(r->content.content, text(STATE)));
        assert_int_equal(r->content.origin, TG_IM_ORIGIN_SOLE_RESOLVER);
        assert_true(tg_bytes_equal(r->content.sender.data, text("conf@example.com")));
        /* a MESSAGE needs a TRANSFER_INIT of its own, and the focus proves nothing to itself */
        r->im = *read_im(sip_of("MESSAGE sip:bob@example.com", "Content-Transfer-Encoding: base64\r\n",
                                "application/pkcs7-mime", r->im.request.body));
        open_received(r, bob);
        assert_refused(r, TG_IM_NO_TRANSFER_INIT);
        r->im = *read_im(sip);
        r->l = l;
        open_received(r, focus);
        assert_refused(r, TG_IM_ORIGIN);
    }
}

/* AuthenticatedData is not confidential: of a MESSAGE it is opened (the first plan of 3GPP), of a NOTIFY it is not. */
static void confidential_too(void **state)
{
    (void)state;
    static const char *const start[] = { "MESSAGE sip:bob@example.com", "NOTIFY sip:bob@192.0.2.7" };
    for (size_t i = 0; i < 2; i++) {
        tg_service *alice = new_ue("alice@example.com", "ims-message", NULL),
                   *bob = new_ue("bob@example.com", "ims-message", NULL);
        tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
        tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
        line *l;
        tg_im *im = read_im(send_message(alice, &wanted, &plan, &l));
        tg_smime_key key = { { 0 }, tek_of(alice, l->leg_i, 1) };
        key.id = text("k");
        tg_smime_plan smime = { .type = TG_SMIME_TYPE_IS_AUTHENTICATED,
                                .alg = TG_SMIME_HMAC_SHA_256,
                                .recipients = &key,
                                .num_recipients = 1 };
        tg_mime_form form = { .type = TG_SMIME_TYPE_IS_AUTHENTICATED, .settings = &im_profile.settings };
        uint8_t *container = hold(8192), *wrapped = hold(16384);
        size_t len = 0, wrapped_len = 0;
        tg_random random = tg_seeded_random_source(&seeded);
        assert_int_equal(tg_smime_make(crypto, &smime, text(HELLO), &random, container, 8192, &len), TG_OK);
        assert_int_equal(tg_mime_wrap(&form, tg_bytes_of(container, len), wrapped, 16384, &wrapped_len), TG_OK);
        tg_bytes parts[] = { im->mikey->entity, tg_bytes_of(wrapped, wrapped_len) };
        received *r = receive(bob, sip_of_parts(start[i], "", parts, 2));
        assert_refused(r, i == 0 ? TG_IM_NOT_CONFIDENTIAL : TG_IM_NOTIFY_IN_CLEAR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGING_TEST(state_of_a_conference),
        MESSAGING_TEST(under_the_subscribers_ticket),
        MESSAGING_TEST(confidential_too),
    };
    return cmocka_run_group_tests_name("messaging/notify", tests, NULL, NULL);
}
