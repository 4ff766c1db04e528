/* Judging SIP requests: what proves the origin of a message, and what does not. */
#define _GNU_SOURCE
#include "test_messaging_judging.h"

static void what_proves_the_origin(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    /* no answer of the KMS: no key */
    s.knowledge.num_sent = 2;
    expect(&s, s.sip, true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    /* the key is given otherwise: it opens, and proves nothing */
    tg_smime_key key = { { 0 }, s.tek };
    s.knowledge.how = (tg_smime_opening){ .keys = &key, .num_keys = 1 };
    expect(&s, s.sip, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    /* no place for it, but there it is; and another TRANSFER_INIT in its place */
    know_as_bob(&s);
    s.sent[0].octets = s.im->transfer_init;
    expect(&s, s.sip, true, GOOD, "");
    scene other;
    set_scene(&other);
    s.sent[0].octets = other.im->transfer_init;
    expect(&s, s.sip, true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    /* an answer about another ticket */
    know_as_bob(&s);
    s.sent[1] = other.sent[1];
    expect(&s, s.sip, true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

/* A message that comes a day late opens, and is not proven: the receiver refuses the TRANSFER_INIT. */
static void an_old_message(void **state)
{
    (void)state;
    scene s;
    set_scene(&s);
    s.known.now += (uint64_t)86400 << 32;
    expect(&s, s.sip, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

/* A ticket is used again: its keys are known from the first time, but whether Vr is right only the KMS can say, each time. */
static void under_a_ticket_that_was_resolved_before(void **state)
{
    (void)state;
    scene s;
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    wanted.policy.flags |= (uint16_t)TG_FLAG('J');
    set_scene_with(&s, &wanted, new_ue("alice@example.com", "ims-message", NULL));
    tg_service_result *result = hold(sizeof *result);
    assert_int_equal(tg_service_transfer_again(s.alice, s.l->leg_i, now, result), TG_OK);
    deliver(s.alice, result);
    tg_im_plan plan = im_plan("alice@example.com", "bob@example.com");
    tg_bytes again = written(&plan, s.alice, s.l->leg_i);
    received *r = receive(s.bob, again);
    assert_received(r, HELLO, "alice@example.com");
    know_as_bob(&s);
    s.sent[0].octets = s.im->transfer_init;
    s.sent[s.num_sent++] = (tg_sent){ .ex = "reuse", .from = TG_SENDER_I };
    s.knowledge.num_sent = s.num_sent;
    expect(&s, again, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    /* Bob asks; there is no answer, one that is not authentic, and one */
    assert_int_equal(r->l->num_sent, 3);
    s.sent[s.num_sent++] = r->l->sent[1];
    s.sent[s.num_sent - 1].ex = "reuse";
    s.knowledge.num_sent = s.num_sent;
    expect(&s, again, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    tg_bytes answer = hold_copy(r->l->sent[2].octets);
    ((uint8_t *)(uintptr_t)answer.data)[answer.len - 1] ^= 1;
    s.sent[s.num_sent++] = (tg_sent){ .octets = answer, .ex = "reuse", .from = TG_SENDER_K };
    s.knowledge.num_sent = s.num_sent;
    expect(&s, again, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    s.sent[s.num_sent - 1].octets = r->l->sent[2].octets;
    expect(&s, again, true, GOOD, "");
}

/* A member of the group has made it: V is right, it opens; who knows MPKr sees it, and who does not has no answer of the KMS. */
static void a_forgery(void **state)
{
    (void)state;
    scene s;
    tg_service *forger = NULL;
    tg_ue_config c = { .service = { .role = role_for("alice@example.com", "ims-message"), .validity = 3600 },
                       .policy = &open_policy };
    c.service.role.deviation = tg_deviation_find("vr-key");
    assert_non_null(c.service.role.deviation);
    assert_int_equal(tg_ue_new(&c, &forger), TG_OK);
    tg_ue_call wanted = message_to("bob@example.com", "bob@example.com");
    set_scene_with(&s, &wanted, forger);
    assert_refused(s.r, TG_IM_NO_KEYS);
    know_all(&s);
    expect(&s, s.sip, true, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "");
    assert_false(judged.sender.known);
    know_as_bob(&s); /* with the Error of the KMS */
    expect(&s, s.sip, true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JUDGE_TEST(what_proves_the_origin),
        JUDGE_TEST(an_old_message),
        JUDGE_TEST(under_a_ticket_that_was_resolved_before),
        JUDGE_TEST(a_forgery),
    };
    return cmocka_run_group_tests_name("messaging/origin", tests, NULL, NULL);
}
