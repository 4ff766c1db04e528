/* The same octets once more: what is sent again, sent on, repeated, or a replay (vectors/TRACE.md section 1). */
#include "test_trace_support.h"

/* What a step is told as: nothing at all, a message of its own, a replay (RFC3830-5.4-x02), or a copy of the message of this number. */
enum { NOTHING = -3, REPLAY = -2, NEW = -1 };

typedef struct step {
    enum { INVITE, OK, REFUSED, REFUSED_BY_SENDER } what; /* with TRANSFER_INIT, TRANSFER_RESP, MIKEY Errors */
    unsigned from, to;
    const dialog *dialog;
    int told;
} step;

#define MAX_STEPS 8

typedef struct passage {
    const char *name;
    step steps[MAX_STEPS]; /* those without `from` are none */
} passage;

static const dialog call_1 = { "call-1", 1, RTP_MEDIA }, again = { "call-1", 2, RTP_MEDIA },
                    third = { "call-1", 3, RTP_MEDIA }, fourth = { "call-1", 4, RTP_MEDIA },
                    call_2 = { "call-2", 1, RTP_MEDIA }, call_2_again = { "call-2", 2, RTP_MEDIA };

/* Host 1 calls host 2 over host 5. */
static const passage passages[] = {
    { "a retransmission is no message",
      { { INVITE, 1, 5, &call_1, NEW }, { INVITE, 1, 5, &call_1, NOTHING }, { INVITE, 1, 5, &call_1, NOTHING } } },
    { "the same octets in another call are a replay",
      { { INVITE, 1, 5, &call_1, NEW }, { INVITE, 1, 5, &call_2, REPLAY } } },
    /* A refresh, or after 407: what repeats key management of the same sender in the call leaves it as it was (RFC 4028 7.4, RFC 3261 22.2). */
    { "the same octets in another request are a copy",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 2, &call_1, 0 },
        { INVITE, 1, 5, &again, 0 },
        { INVITE, 5, 2, &again, 0 } } },
    /* A MIKEY Error came about it, and it is sent in spite of that. */
    { "the same octets after an Error are a replay",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 2, &call_1, 0 },
        { REFUSED, 2, 5, &call_1, NEW },
        { REFUSED, 5, 1, &call_1, 2 },
        { INVITE, 1, 5, &again, REPLAY },
        { INVITE, 5, 2, &again, 4 } } },
    { "each sending after an Error is a replay, and the Error may be a copy itself",
      { { INVITE, 1, 2, &call_1, NEW },
        { REFUSED, 2, 1, &call_1, NEW },
        { INVITE, 1, 2, &again, REPLAY },
        { REFUSED, 2, 1, &again, 1 },
        { INVITE, 1, 2, &third, REPLAY } } },
    { "what nobody refused since is a copy of the replay",
      { { INVITE, 1, 2, &call_1, NEW },
        { REFUSED, 2, 1, &call_1, NEW },
        { INVITE, 1, 2, &again, REPLAY },
        { INVITE, 1, 2, &third, 2 } } },
    /* The Error is not behind the last sending: host 5 still sent it on. */
    { "what is sent on after an Error is a later sending, and the sender's next is a copy",
      { { INVITE, 1, 5, &call_1, NEW },
        { REFUSED, 5, 1, &call_1, NEW },
        { INVITE, 5, 2, &call_1, 0 },
        { INVITE, 1, 5, &again, 0 } } },
    { "until an Error comes behind that",
      { { INVITE, 1, 5, &call_1, NEW },
        { REFUSED, 5, 1, &call_1, NEW },
        { INVITE, 5, 2, &call_1, 0 },
        { REFUSED, 2, 5, &call_1, 1 },
        { INVITE, 1, 5, &again, REPLAY } } },
    { "what is sent on in another call is no sending of the first",
      { { INVITE, 1, 5, &call_1, NEW },
        { REFUSED, 5, 1, &call_1, NEW },
        { INVITE, 5, 2, &call_2, 0 },
        { INVITE, 1, 5, &again, REPLAY } } },
    { "an Error about what somebody sent on in another call is none about the first",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 2, &call_2, 0 },
        { REFUSED, 2, 5, &call_2, NEW },
        { INVITE, 1, 5, &again, 0 } } },
    { "an Error about what a sending is a copy of is one about it",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 2, &call_2, 0 },
        { REFUSED, 5, 1, &call_1, NEW },
        { INVITE, 1, 5, &call_2_again, REPLAY } } },
    /* Host 1 sends in the second call what it got there from the first: no other hop of the request that has this CSeq in the first. */
    { "octets that came from another call are a replay after an Error",
      { { INVITE, 1, 5, &again, NEW },
        { INVITE, 5, 2, &call_2, 0 },
        { REFUSED, 2, 5, &call_2, NEW },
        { INVITE, 1, 5, &call_2_again, REPLAY } } },
    /* RFC 6043 5.4: in the response to what the other side asked. */
    { "what its sender refuses himself is a replay when he sends it",
      { { INVITE, 1, 2, &again, NEW }, { REFUSED_BY_SENDER, 1, 2, &call_1, NEW }, { INVITE, 1, 2, &third, REPLAY } } },
    { "and the Error may be a copy",
      { { INVITE, 1, 5, &again, NEW },
        { REFUSED_BY_SENDER, 1, 5, &call_1, NEW },
        { INVITE, 1, 5, &third, REPLAY },
        { REFUSED_BY_SENDER, 5, 2, &call_1, 1 },
        { INVITE, 1, 5, &fourth, REPLAY } } },
    /* The INVITE of its transaction is not in the capture: its call has the TRANSFER_INIT as a copy. */
    { "an answer finds what it answers in its call",
      { { INVITE, 1, 5, &call_1, NEW }, { INVITE, 5, 2, &call_2, 0 }, { OK, 2, 5, &call_2_again, NEW } } },
    /* Host 5 asks an application server, host 6. */
    { "a request that comes back by the same two ends is a copy",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 6, &call_1, 0 },
        { INVITE, 6, 5, &call_1, 0 },
        { INVITE, 5, 2, &call_1, 0 },
        { OK, 2, 5, &call_1, NEW },
        { OK, 5, 6, &call_1, 4 },
        { OK, 6, 5, &call_1, 4 },
        { OK, 5, 1, &call_1, 4 } } },
    /* Host 5 is a back-to-back user agent. */
    { "what is sent on under another Call-ID is a copy",
      { { INVITE, 1, 5, &call_1, NEW },
        { INVITE, 5, 2, &call_2, 0 },
        { OK, 2, 5, &call_2, NEW },
        { OK, 5, 1, &call_1, 2 } } },
};
enum { NUM_PASSAGES = sizeof passages / sizeof passages[0] };

static tg_bytes error_about(tg_bytes init, uint8_t octets[14])
{
    const uint8_t head[4] = { 1, TG_DATA_TYPE_ERROR, TG_PAYLOAD_ERR, TG_PRF_HMAC_SHA_256 };
    memset(octets, 0, 14);
    memcpy(octets, head, 4);
    memcpy(octets + 4, init.data + 4, 4); /* CSB ID */
    octets[9] = TG_MAP_EMPTY;
    return tg_bytes_of(octets, 14);
}

/* The response to an INVITE of who was called. */
static void refuse_as_sender(bench *b, const step *s, tg_bytes error)
{
    static char body[50000];
    description(body, sizeof body, s->from, s->dialog->media, error);
    sip(b, s->from, s->to, s->dialog, "SIP/2.0 200 OK", "INVITE", false, "application/sdp", body);
}

static void send(stage *g, const step *s)
{
    uint8_t error[14];
    tg_bytes init = story_octets(&g->story, "transfer", 0);
    if (s->what == INVITE)
        invite_from(&g->bench, s->from, s->to, s->dialog, 1, init);
    else if (s->what == OK)
        answer_from(&g->bench, s->from, s->to, s->dialog, "200 OK", 2, story_octets(&g->story, "transfer", 1));
    else if (s->what == REFUSED_BY_SENDER)
        refuse_as_sender(&g->bench, s, error_about(init, error));
    else
        answer_from(&g->bench, s->from, s->to, s->dialog, "488 Not Acceptable Here", 2, error_about(init, error));
}

static void passes(void **state)
{
    const passage *p = *state;
    stage g;
    stage_open(&g, "ims-media", true, NULL);
    const told *t = g.bench.told;
    size_t messages = 0, repeated = 0, bad = 0;
    for (size_t i = 0; i < MAX_STEPS && p->steps[i].from; i++)
        send(&g, &p->steps[i]);
    tgp_verdict verdict = finish(&g.bench);
    for (size_t i = 0; i < MAX_STEPS && p->steps[i].from; i++) {
        const step *s = &p->steps[i];
        if (s->told == NOTHING) {
            repeated++;
            continue;
        }
        assert_in_range(messages, 0, t->num_messages - 1);
        const told_message *m = &t->messages[messages++];
        assert_int_equal(m->frame, i + 1);
        assert_int_equal(m->copy_of, s->told < 0 ? TGP_NONE : (uint64_t)s->told);
        assert_int_equal(told_has(m, "RFC3830-5.4-x02"), s->told == REPLAY);
        if (s->told == REPLAY && m->call != t->messages[0].call)
            assert_string_equal(m->ex, "reuse");
        /* The Errors here have neither T, ERR nor V (RFC 6043 5.4). */
        bad += s->told == REPLAY || s->what == REFUSED || s->what == REFUSED_BY_SENDER;
    }
    assert_int_equal(t->num_messages, messages);
    assert_int_equal(t->num_conversations, 1);
    assert_int_equal(tgp_units_messages(tgp_trace_units(g.bench.trace), TGP_UNITS_SIP_REPEATED), repeated);
    assert_int_equal(verdict, bad ? TGP_FAILS : TGP_CONFORMS);
    stage_close(&g);
}

/* Two attributes of one description: the second is sent once more. On the next hop both are copies of the second, and after an Error neither is one. */
static void the_same_attribute_twice_is_two_messages(void **state)
{
    static char body[50000], more[60000];
    stage g;
    (void)state;
    uint8_t error[14];
    stage_open(&g, "ims-media", false, NULL);
    const told *t = g.bench.told;
    description(body, sizeof body, 1, RTP_MEDIA, story_octets(&g.story, "transfer", 0));
    const char *line = strstr(body, "a=key-mgmt"), *end = strstr(line, "\r\n") + 2;
    snprintf(more, sizeof more, "%.*s%.*s%s", (int)(end - body), body, (int)(end - line), line, end);
    sip(&g.bench, 1, 5, &call_1, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "application/sdp", more);
    sip(&g.bench, 5, 2, &call_1, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "application/sdp", more);
    answer_from(&g.bench, 2, 5, &call_1, "488 Not Acceptable Here", 2,
                error_about(story_octets(&g.story, "transfer", 0), error));
    sip(&g.bench, 1, 5, &again, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "application/sdp", body);
    finish(&g.bench);
    static const uint64_t copies[] = { TGP_NONE, TGP_NONE, 1, 1, TGP_NONE, TGP_NONE };
    assert_int_equal(t->num_messages, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(t->messages[i].copy_of, copies[i]);
    assert_true(told_has(&t->messages[1], "RFC3830-5.4-x02"));
    assert_true(told_has(&t->messages[5], "RFC3830-5.4-x02"));
    stage_close(&g);
}

/* Sends what host 1 sent in a call of its own. */
static void send_on(stage *g, unsigned call, unsigned from, unsigned to)
{
    char call_id[16];
    snprintf(call_id, sizeof call_id, "leg-%u", call);
    const dialog leg = { call_id, 1, RTP_MEDIA };
    invite_from(&g->bench, from, to, &leg, 1, story_octets(&g->story, "transfer", 0));
}

static void expect_copies(stage *g, size_t num, uint64_t judged_early)
{
    const told *t = g->bench.told;
    assert_int_equal(finish(&g->bench), judged_early ? TGP_INCONCLUSIVE : TGP_CONFORMS);
    assert_int_equal(t->num_messages, 1 + num);
    for (size_t i = 1; i <= num; i++) {
        assert_int_equal(t->messages[i].copy_of, 0);
        assert_int_equal(t->messages[i].num_ids, 0);
    }
    assert_int_equal(tgp_units_messages(tgp_trace_units(g->bench.trace), TGP_UNITS_JUDGED_EARLY), judged_early);
}

/* A server sends it to so many, and each sends it on. */
static void what_goes_to_many_is_a_copy(void **state)
{
    enum { MANY = 100 };
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    invite_from(&g.bench, 1, 5, &call_1, 1, story_octets(&g.story, "transfer", 0));
    for (unsigned i = 0; i < MANY; i++)
        send_on(&g, i, 5, 10 + i);
    for (unsigned i = 0; i < MANY; i++)
        send_on(&g, i, 10 + i, 9);
    expect_copies(&g, (size_t)2 * MANY, 0);
    stage_close(&g);
}

/* More than are walked through: each is found all the same, by the address that it comes from, by its request and by its sender. */
static void among_very_many_each_is_found(void **state)
{
    enum { MANY = 1000 };
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    invite_from(&g.bench, 1, 5, &call_1, 1, story_octets(&g.story, "transfer", 0));
    send_on(&g, 0, 5, 250);
    for (unsigned i = 1; i <= MANY; i++)
        send_on(&g, i, 5, 10 + i % 200);
    send_on(&g, MANY + 1, 250, 9);
    invite_from(&g.bench, 1, 5, &again, 1, story_octets(&g.story, "transfer", 0));
    invite_from(&g.bench, 7, 8, &again, 1, story_octets(&g.story, "transfer", 0));
    expect_copies(&g, MANY + 4, 0);
    stage_close(&g);
}

/* And what comes from elsewhere is a replay; what is sent on of it is a copy of that one, not of the first. */
static void among_very_many_a_replay_is_found(void **state)
{
    enum { MANY = 700 };
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    const told *t = g.bench.told;
    invite_from(&g.bench, 1, 5, &call_1, 1, story_octets(&g.story, "transfer", 0));
    for (unsigned i = 0; i < MANY; i++)
        send_on(&g, i, 5, 10 + i % 100);
    send_on(&g, MANY, 240, 5);
    send_on(&g, MANY, 5, 241);
    send_on(&g, MANY + 1, 12, 242);
    assert_int_equal(finish(&g.bench), TGP_FAILS);
    assert_int_equal(t->num_messages, MANY + 4);
    for (size_t i = 1; i < t->num_messages; i++) {
        bool is_replay = i == MANY + 1;
        assert_int_equal(told_has(&t->messages[i], "RFC3830-5.4-x02"), is_replay);
        assert_int_equal(t->messages[i].copy_of, is_replay ? TGP_NONE : i == MANY + 2 ? MANY + 1 : 0);
    }
    assert_int_equal(tgp_units_messages(tgp_trace_units(g.bench.trace), TGP_UNITS_JUDGED_EARLY), 0);
    stage_close(&g);
}

/* Many copies, and an Error about the sender's: what he sends in spite of it is a replay each time. */
static void among_very_many_what_was_refused_is_a_replay(void **state)
{
    enum { MANY = 100, TIMES = 3 };
    stage g;
    uint8_t error[14];
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    const told *t = g.bench.told;
    tg_bytes init = story_octets(&g.story, "transfer", 0);
    invite_from(&g.bench, 1, 5, &call_1, 1, init);
    for (unsigned i = 0; i < MANY; i++)
        send_on(&g, i, 5, 10 + i);
    for (unsigned i = 0; i < TIMES; i++) {
        const dialog before = { "call-1", i + 1, RTP_MEDIA }, next = { "call-1", i + 2, RTP_MEDIA };
        answer_from(&g.bench, 5, 1, &before, "488 Not Acceptable Here", 2, error_about(init, error));
        invite_from(&g.bench, 1, 5, &next, 1, init);
    }
    const dialog last = { "call-1", TIMES + 2, RTP_MEDIA };
    invite_from(&g.bench, 1, 5, &last, 1, init);
    assert_int_equal(finish(&g.bench), TGP_FAILS);
    assert_int_equal(t->num_messages, 1 + MANY + 2 * TIMES + 1);
    for (unsigned i = 0; i < TIMES; i++)
        assert_true(told_has(&t->messages[1 + MANY + 2 * i + 1], "RFC3830-5.4-x02"));
    assert_int_equal(t->messages[1 + MANY + 2 * TIMES].copy_of, MANY + 2 * TIMES);
    stage_close(&g);
}

/* As many replays as one likes: none is silent. */
static void each_of_many_replays_is_told(void **state)
{
    enum { MANY = 200 };
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    const told *t = g.bench.told;
    for (unsigned i = 0; i < MANY; i++)
        send_on(&g, i, 1, 5);
    assert_int_equal(finish(&g.bench), TGP_FAILS);
    assert_int_equal(t->num_messages, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(told_has(&t->messages[i], "RFC3830-5.4-x02"), i > 0);
    stage_close(&g);
}

/* The KMS is asked with the same octets again, and answers otherwise or not at all: another conversation, whose first message is a replay. */
static void a_request_sent_again_is_a_replay(void **state)
{
    stage g;
    uint8_t error[14];
    (void)state;
    for (unsigned how = 0; how < 3;
         how++) { /* it is not answered; refused; sent by who was asked before: then it is sent on */
        stage_open(&g, "ims-media", true, NULL);
        const told *t = g.bench.told;
        tg_bytes init = story_octets(&g.story, "request", 0);
        flow first = tcp_open(&g.bench, 1, 41000, 9, 80), second = tcp_open(&g.bench, how == 2 ? 9 : 1, 41001, 8, 80);
        http(&g.bench, &first, true, init, false);
        http(&g.bench, &first, false, story_octets(&g.story, "request", 1), false);
        http(&g.bench, &second, true, init, false);
        if (how == 1)
            http(&g.bench, &second, false, error_about(init, error), false);
        finish(&g.bench);
        assert_int_equal(t->num_messages, how == 1 ? 4 : 3);
        assert_false(told_has(&t->messages[0], "RFC3830-5.4-x02"));
        assert_int_equal(t->messages[2].copy_of, how == 2 ? 0 : TGP_NONE);
        assert_int_equal(told_has(&t->messages[2], "RFC3830-5.4-x02"), how != 2);
        if (how != 2)
            assert_int_not_equal(t->messages[0].conversation, t->messages[2].conversation);
        stage_close(&g);
    }
}

/* What was asked comes back in an answer: no copy, for a response is none of a request. */
static void a_request_that_comes_back_is_a_replay(void **state)
{
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    const told *t = g.bench.told;
    tg_bytes init = story_octets(&g.story, "request", 0);
    flow f = tcp_open(&g.bench, 1, 41000, 9, 80);
    http(&g.bench, &f, true, init, false);
    http(&g.bench, &f, false, init, false);
    finish(&g.bench);
    assert_int_equal(t->num_messages, 2);
    assert_int_equal(t->messages[1].copy_of, TGP_NONE);
    assert_true(told_has(&t->messages[1], "RFC3830-5.4-x02"));
    stage_close(&g);
}

int main(void)
{
    enum { OTHERS = 8 };
    struct CMUnitTest tests[NUM_PASSAGES + OTHERS] = { cmocka_unit_test(the_same_attribute_twice_is_two_messages),
                                                       cmocka_unit_test(what_goes_to_many_is_a_copy),
                                                       cmocka_unit_test(among_very_many_each_is_found),
                                                       cmocka_unit_test(among_very_many_a_replay_is_found),
                                                       cmocka_unit_test(among_very_many_what_was_refused_is_a_replay),
                                                       cmocka_unit_test(each_of_many_replays_is_told),
                                                       cmocka_unit_test(a_request_sent_again_is_a_replay),
                                                       cmocka_unit_test(a_request_that_comes_back_is_a_replay) };
    for (size_t i = 0; i < NUM_PASSAGES; i++)
        tests[i + OTHERS] =
            (struct CMUnitTest){ passages[i].name, passes, NULL, NULL, (void *)(uintptr_t)&passages[i] };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
