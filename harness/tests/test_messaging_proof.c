/* Who made a message: forged, replayed and mixed ones (annex F.3), and what the proof of origin rests on. */
#define _GNU_SOURCE
#include "test_messaging_support.h"

static tg_service *alice, *bob;

static void two_users(void)
{
    alice = new_ue("alice@example.com", "ims-message", NULL);
    bob = new_ue("bob@example.com", "ims-message", NULL);
}

static tg_bytes to_bob(line **l)
{
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    return send_message(alice, &wanted, &plan, l);
}

static tg_service *ue_that_is_wrong(const char *name, const char *deviation)
{
    tg_service *ue = NULL;
    tg_ue_config c = { .service = { .role = role_for(name, "ims-message"), .validity = 3600 }, .policy = &open_policy };
    c.service.role.deviation = tg_deviation_find(deviation);
    assert_non_null(c.service.role.deviation);
    assert_int_equal(tg_ue_new(&c, &ue), TG_OK);
    return ue;
}

/* Who may resolve the ticket has MPKi and the GTGK: V is right, the container opens. But Vr is not made with MPKr. */
static void a_member_of_the_group_cannot_forge(void **state)
{
    (void)state;
    line *l;
    two_users();
    alice = ue_that_is_wrong("alice@example.com", "vr-key");
    tg_bytes sip = to_bob(&l);
    received *r = receive(bob, sip);
    assert_refused(r, TG_IM_NO_KEYS);
    assert_int_equal(tg_service_leg(bob, r->l->leg_r).state, TG_LEG_REFUSED);
    assert_int_equal(tg_service_leg(bob, r->l->leg_r).reason, TG_REASON_PEER);
    assert_int_equal(count(r->l, TG_DATA_TYPE_RESOLVE_INIT_PSK), 1);
    assert_int_equal(count(r->l, TG_DATA_TYPE_RESOLVE_RESP), 0);
    /* With Alice's own keys, or with what the group has, nothing is proven either: the content opens, and stays where it is. */
    tg_im_note note;
    tg_im_content content;
    tg_established keys = keys_of(alice, l->leg_i);
    assert_int_equal(tg_im_open(crypto, &im_profile, &keys, &r->im, false, memory(), &content, &note), TG_REFUSED);
    assert_int_equal(note.reason, TG_IM_ORIGIN);
    assert_null(content.content.data);
}

/* Keys of a ticket that was resolved before prove nothing about who uses it now (6.2.3.7 allows to keep them). */
static void kept_keys_prove_nothing(void **state)
{
    (void)state;
    for (int each_time = 0; each_time <= 1; each_time++) {
        line *l;
        two_users();
        tg_ue_config c = { .service = { .role = role_for("bob@example.com", "ims-message") },
                           .policy = &open_policy,
                           .resolve_each_time = each_time };
        assert_int_equal(tg_ue_new(&c, &bob), TG_OK);
        tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
        wanted.policy.flags |= (uint16_t)TG_FLAG('J');
        tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
        received *r = receive(bob, send_message(alice, &wanted, &plan, &l));
        assert_received(r, HELLO, "alice@example.com");
        tg_service_result *result = hold(sizeof *result);
        assert_int_equal(tg_service_transfer_again(alice, l->leg_i, now, result), TG_OK);
        deliver(alice, result);
        r->im = *read_im(written(&plan, alice, l->leg_i));
        num_to_kms = 0;
        assert_int_equal(tg_service_receive(bob, r->l->leg_r, TG_SENDER_I, r->im.transfer_init, now, result), TG_OK);
        assert_true(result->accepted);
        deliver(bob, result);
        assert_int_equal(num_to_kms, each_time);
        open_received(r, bob);
        if (each_time)
            assert_received(r, HELLO, "alice@example.com");
        else
            assert_refused(r, TG_IM_ORIGIN);
    }
}

/* All that the proof rests on, each thing missing or another's. */
static void what_the_proof_rests_on(void **state)
{
    (void)state;
    line *l;
    two_users();
    received *other = receive(bob, to_bob(&l)), *r = receive(bob, to_bob(&l));
    assert_received(r, HELLO, "alice@example.com");
    tg_established keys = keys_of(bob, r->l->leg_r), before = keys;
    tg_message init, resp;
    tg_conversation *conversation = judge(other->l);
    tg_established others;
    tg_conversation_established(conversation, &others);
    for (size_t i = 0; i < 6; i++) {
        tg_im_note note;
        tg_im_content content;
        keys = before;
        init = *before.transfer_init;
        resp = *before.resolve_resp;
        tg_ticket ticket = *(const tg_ticket *)tg_payload_find(init.payloads, TG_PAYLOAD_TICKET);
        if (i == 1)
            keys.resolve_init = NULL;
        else if (i == 2)
            keys.resolve_resp = NULL;
        else if (i == 3) { /* about another ticket */
            keys.resolve_init = others.transfer_init;
            resp.hdr.csb_id = others.transfer_init->hdr.csb_id;
            keys.resolve_resp = &resp;
        } else if (i == 4) {
            resp.hdr.csb_id ^= 1; /* it answers something else */
            keys.resolve_resp = &resp;
        } else if (i == 5) {
            ticket.flags &= (uint16_t)~TG_FLAG('I');
            init.payloads = (tg_payload *)&ticket;
            keys.transfer_init = &init;
        }
        tg_status status = tg_im_open(crypto, &im_profile, &keys, &r->im, false, memory(), &content, &note);
        assert_int_equal(status, i == 0 ? TG_OK : TG_REFUSED);
        assert_int_equal(note.reason, i == 0 ? TG_IM_NONE : TG_IM_ORIGIN);
        assert_int_equal(content.content.data != NULL, i == 0);
    }
}

/* Mallory's TRANSFER_INIT before Alice's body, under Alice's name. */
static void the_exchange_of_another(void **state)
{
    (void)state;
    line *l, *m;
    two_users();
    tg_service *mallory = new_ue("mallory@example.com", "ims-message", NULL);
    tg_bytes sip = to_bob(&l);
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    tg_im_plan plan = im_plan("mallory@example.com", "bob@example.com");
    tg_bytes other = send_message(mallory, &wanted, &plan, &m);
    tg_im *of_alice = read_im(sip), *of_mallory = read_im(other);
    tg_bytes mixed[] = { of_mallory->mikey->entity, of_alice->container->entity };
    tg_bytes forged =
        sip_of_parts("MESSAGE sip:bob@example.com", "P-Asserted-Identity: <sip:alice@example.com>\r\n", mixed, 2);
    assert_refused(receive(bob, forged), TG_IM_NOT_AUTHENTIC);

    /* His own body under Alice's name: the user is told who has made it, or refuses it. */
    mixed[1] = of_mallory->container->entity;
    forged = sip_of_parts("MESSAGE sip:bob@example.com", "P-Asserted-Identity: <sip:alice@example.com>\r\n", mixed, 2);
    static const tg_ue_policy strict = { .intermediary = TG_ANSWER_REFUSE };
    bob = new_ue("bob@example.com", "ims-message", &strict);
    num_to_kms = 0;
    received *r = receive(bob, forged);
    assert_refused(r, TG_IM_SERVICE);
    assert_int_equal(r->result.info.reason, TG_REASON_INTERMEDIARY);
    assert_int_equal(num_to_kms, 0);
    bob = new_ue("bob@example.com", "ims-message", NULL);
    r = receive(bob, forged);
    assert_received(r, HELLO, "mallory@example.com");
    assert_true(tg_service_leg(bob, r->l->leg_r).hop_by_hop);
}

/* Two messages of Alice's, each with the body of the other; and the keys of one leg for the message of another. */
static void bodies_swapped(void **state)
{
    (void)state;
    line *l;
    two_users();
    tg_bytes sips[2] = { to_bob(&l), to_bob(&l) };
    tg_im *ims[2] = { read_im(sips[0]), read_im(sips[1]) };
    for (size_t i = 0; i < 2; i++) {
        tg_bytes mixed[] = { ims[i]->mikey->entity, ims[1 - i]->container->entity };
        received *r = receive(bob, sip_of_parts("MESSAGE sip:bob@example.com", "", mixed, 2));
        assert_refused(r, TG_IM_NOT_AUTHENTIC);
        r->im = *ims[1 - i];
        open_received(r, bob);
        assert_refused(r, TG_IM_OTHER_EXCHANGE);
        r->im = *ims[i];
        open_received(r, bob);
        assert_received(r, HELLO, "alice@example.com");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGING_TEST(a_member_of_the_group_cannot_forge),
        MESSAGING_TEST(kept_keys_prove_nothing),
        MESSAGING_TEST(what_the_proof_rests_on),
        MESSAGING_TEST(the_exchange_of_another),
        MESSAGING_TEST(bodies_swapped),
    };
    return cmocka_run_group_tests_name("messaging/proof", tests, NULL, NULL);
}
