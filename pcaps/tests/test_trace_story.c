/* Whole stories in captures, with and without keys: conversations, copies, retransmissions, replays, updates, Errors. */
#include "test_trace_support.h"

static const dialog call_1 = { "call-1", 1, RTP_MEDIA };

/* Request at the KMS, call over two hops, resolve. */
static void play(bench *b, const made_story *s, bool base64)
{
    flow to_kms = tcp_open(b, 1, 41000, 9, 80), from_r = tcp_open(b, 2, 42000, 9, 80);
    http(b, &to_kms, true, story_octets(s, "request", 0), base64);
    http(b, &to_kms, false, story_octets(s, "request", 1), base64);
    invite_from(b, 1, 5, &call_1, 1, story_octets(s, "transfer", 0));
    invite_from(b, 5, 2, &call_1, 1, story_octets(s, "transfer", 0));
    http(b, &from_r, true, story_octets(s, "resolve", 0), base64);
    http(b, &from_r, false, story_octets(s, "resolve", 1), base64);
    answer_from(b, 2, 5, &call_1, "200 OK", 2, story_octets(s, "transfer", 1));
    answer_from(b, 5, 1, &call_1, "200 OK", 2, story_octets(s, "transfer", 1));
    ack_from(b, 1, 5, &call_1);
    ack_from(b, 5, 2, &call_1);
    tcp_close(b, &to_kms);
    tcp_close(b, &from_r);
}

static tgp_verdict finish(bench *b)
{
    tgp_trace_finish(b->trace);
    return tgp_trace_verdict(b->trace, "", false);
}

static void a_story_with_keys(bool base64)
{
    made_story s;
    bench b;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, s.keys.data, NULL, 0);
    play(&b, &s, base64);
    tgp_verdict verdict = finish(&b);
    const told *t = b.told;
    assert_int_equal(t->num_messages, 8);
    static const char *const exs[] = { "request", "request", "transfer", "", "resolve", "resolve", "transfer", "" };
    static const tg_sender from[] = { TG_SENDER_I, TG_SENDER_K, TG_SENDER_I, TG_SENDER_UNKNOWN,
                                      TG_SENDER_R, TG_SENDER_K, TG_SENDER_R, TG_SENDER_UNKNOWN };
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(t->messages[i].number, i);
        assert_string_equal(t->messages[i].ex, exs[i]);
        assert_int_equal(t->messages[i].from, from[i]);
        if (i == 3 || i == 7) {
            assert_int_equal(t->messages[i].copy_of, i - 1);
            continue;
        }
        for (size_t k = 0; k < t->messages[i].num_ids; k++)
            print_message("message %zu: %s\n", i, t->messages[i].ids[k]);
        assert_int_equal(t->messages[i].copy_of, TGP_NONE);
        assert_int_equal(t->messages[i].auth, TG_OUTCOME_OK);
        assert_int_equal(t->messages[i].num_ids, 0);
        assert_true(t->messages[i].conforms);
        assert_string_equal(t->messages[i].profile, "ims-media");
    }
    assert_int_equal(t->num_conversations, 1);
    assert_int_equal(t->conversations[0].num_messages, 6);
    assert_true(t->conversations[0].accepted);
    assert_int_equal(t->conversations[0].keys, 0);
    for (size_t i = 0; i < t->num_findings; i++)
        print_message("frame %llu: %s\n", (unsigned long long)t->findings[i].frame, t->findings[i].id);
    assert_int_equal(t->num_findings, 0);
    assert_int_equal(t->num_calls, 1);
    assert_int_equal(verdict, TGP_CONFORMS);
    bench_close(&b);
    story_free(&s);
}

static void story_with_keys_raw(void **state)
{
    (void)state;
    a_story_with_keys(false);
}

static void story_with_keys_base64(void **state)
{
    (void)state;
    a_story_with_keys(true);
}

/* The session keys are those that the conversation itself gives. */
static void teks_are_those_of_the_conversation(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, s.keys.data, NULL, 0);
    play(&b, &s, false);
    finish(&b);
    size_t size = tg_conversation_arena_size(1 << 16, 8);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, size);
    tg_conversation *c;
    assert_int_equal(tg_conversation_new(s.crypto, &s.made.known, 8, &arena, &c), TG_OK);
    for (size_t i = 0; i < s.made.num_sent; i++)
        assert_int_equal(tg_conversation_add(c, &s.made.sent[i]), TG_OK);
    tg_established e;
    tg_conversation_established(c, &e);
    assert_true(e.num_cs > 0);
    assert_int_equal(b.told->conversations[0].num_teks, e.num_cs);
    for (size_t i = 0; i < e.num_cs; i++) {
        size_t k = 0;
        while (k < e.num_cs && b.told->conversations[0].teks[k].cs_id != e.cs[i].cs_id)
            k++;
        assert_true(k < e.num_cs);
        assert_int_equal(b.told->conversations[0].teks[k].len, e.cs[i].tek.len);
        assert_memory_equal(b.told->conversations[0].teks[k].tek, e.cs[i].tek.data, e.cs[i].tek.len);
    }
    tg_arena_wipe(&arena, 0);
    free(memory);
    bench_close(&b);
    story_free(&s);
}

static void without_keys_nothing_is_verified(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    play(&b, &s, false);
    assert_int_equal(finish(&b), TGP_CONFORMS);
    for (size_t i = 0; i < b.told->num_messages; i++) {
        if (b.told->messages[i].copy_of == TGP_NONE)
            assert_int_equal(b.told->messages[i].auth, TG_OUTCOME_SKIPPED);
        assert_int_equal(b.told->messages[i].num_ids, 0);
    }
    assert_int_equal(b.told->conversations[0].num_teks, 0);
    assert_int_equal(b.told->conversations[0].keys, -1);
    bench_close(&b);
    story_free(&s);
}

static void a_wrong_key_fails(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, "{\"secrets\":{\"psk_i\":\"00112233445566778899aabbccddeeff\"}}", NULL, 0);
    play(&b, &s, false);
    assert_int_equal(finish(&b), TGP_FAILS);
    assert_int_equal(b.told->messages[0].auth, TG_OUTCOME_FAIL);
    assert_true(told_has(&b.told->messages[0], "RFC6043-4.2.1.2-04"));
    assert_false(b.told->messages[0].conforms);
    bench_close(&b);
    story_free(&s);
}

/* The second of two sets is the one under which something verifies. */
static void the_set_that_fits_is_chosen(void **state)
{
    made_story s;
    bench b;
    static char keys[20000];
    (void)state;
    story_make(&s, "ims-media", NULL);
    assert_in_range(s.keys.len, 1, sizeof keys - 100);
    snprintf(keys, sizeof keys, "[{\"secrets\":{\"psk_i\":\"00112233445566778899aabbccddeeff\"}},%s]", s.keys.data);
    bench_open(&b, keys, NULL, 0);
    play(&b, &s, false);
    assert_int_equal(finish(&b), TGP_CONFORMS);
    assert_int_equal(b.told->conversations[0].keys, 1);
    bench_close(&b);
    story_free(&s);
}

static void a_retransmission_is_no_message(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    for (int i = 0; i < 3; i++)
        invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    finish(&b);
    assert_int_equal(b.told->num_messages, 1);
    assert_int_equal(tgp_units_messages(tgp_trace_units(b.trace), TGP_UNITS_SIP_REPEATED), 2);
    bench_close(&b);
    story_free(&s);
}

/* RFC3830-5.4-x02: the octets of an initial message in another call. */
static void the_same_octets_in_another_call_are_a_replay(void **state)
{
    static const dialog call_2 = { "call-2", 1, RTP_MEDIA };
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 1, 5, &call_2, 1, story_octets(&s, "transfer", 0));
    assert_int_equal(finish(&b), TGP_FAILS);
    assert_int_equal(b.told->num_messages, 2);
    assert_int_equal(b.told->messages[1].copy_of, TGP_NONE);
    assert_string_equal(b.told->messages[1].ex, "reuse");
    assert_int_equal(b.told->num_conversations, 1);
    assert_true(told_has(&b.told->messages[1], "RFC3830-5.4-x02"));
    assert_false(told_has(&b.told->messages[0], "RFC3830-5.4-x02"));
    bench_close(&b);
    story_free(&s);
}

/* A refresh, or after 407: what repeats key management of the same sender in the call leaves it as it was (RFC 4028 7.4, RFC 3261 22.2). */
static void the_same_octets_in_another_request_are_a_copy(void **state)
{
    static const dialog again = { "call-1", 2, RTP_MEDIA };
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 5, 2, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 1, 5, &again, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 5, 2, &again, 1, story_octets(&s, "transfer", 0));
    finish(&b);
    assert_int_equal(b.told->num_messages, 4);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(b.told->messages[i].copy_of, 0);
    bench_close(&b);
    story_free(&s);
}

/* A MIKEY Error came about it, and it is sent in spite of that. */
static void the_same_octets_after_an_error_are_a_replay(void **state)
{
    static const dialog again = { "call-1", 2, RTP_MEDIA };
    made_story refused;
    bench b;
    (void)state;
    story_make(&refused, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    const uint8_t *csb = story_octets(&refused, "transfer", 0).data + 4;
    const uint8_t octets[] = { 1,
                               TG_DATA_TYPE_ERROR,
                               TG_PAYLOAD_ERR,
                               TG_PRF_HMAC_SHA_256,
                               csb[0],
                               csb[1],
                               csb[2],
                               csb[3],
                               0,
                               TG_MAP_EMPTY,
                               0,
                               0,
                               0,
                               0 };
    const tg_bytes error = tg_bytes_of(octets, sizeof octets);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&refused, "transfer", 0));
    invite_from(&b, 5, 2, &call_1, 1, story_octets(&refused, "transfer", 0));
    answer_from(&b, 2, 5, &call_1, "488 Not Acceptable Here", 2, error);
    answer_from(&b, 5, 1, &call_1, "488 Not Acceptable Here", 2, error);
    invite_from(&b, 1, 5, &again, 1, story_octets(&refused, "transfer", 0));
    invite_from(&b, 5, 2, &again, 1, story_octets(&refused, "transfer", 0));
    finish(&b);
    assert_int_equal(b.told->num_messages, 6);
    assert_int_equal(b.told->messages[4].copy_of, TGP_NONE);
    assert_int_equal(b.told->messages[5].copy_of, 4);
    assert_true(told_has(&b.told->messages[4], "RFC3830-5.4-x02"));
    bench_close(&b);
    story_free(&refused);
}

/* S-CSCF asks an application server: the request comes back by the same two ends (hosts 5 and 6). */
static void a_request_that_comes_back_is_a_copy(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, s.keys.data, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 5, 6, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 6, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 5, 2, &call_1, 1, story_octets(&s, "transfer", 0));
    answer_from(&b, 2, 5, &call_1, "200 OK", 2, story_octets(&s, "transfer", 1));
    answer_from(&b, 5, 6, &call_1, "200 OK", 2, story_octets(&s, "transfer", 1));
    answer_from(&b, 6, 5, &call_1, "200 OK", 2, story_octets(&s, "transfer", 1));
    answer_from(&b, 5, 1, &call_1, "200 OK", 2, story_octets(&s, "transfer", 1));
    assert_int_equal(finish(&b), TGP_CONFORMS);
    assert_int_equal(b.told->num_messages, 8);
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(b.told->messages[i].copy_of, i < 4 ? 0 : i == 4 ? TGP_NONE : 4);
    bench_close(&b);
    story_free(&s);
}

/* A back-to-back user agent (host 5) has a Call-ID of its own. */
static void what_is_sent_on_under_another_call_id_is_a_copy(void **state)
{
    static const dialog onward = { "call-7", 9, RTP_MEDIA };
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, s.keys.data, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    invite_from(&b, 5, 2, &onward, 1, story_octets(&s, "transfer", 0));
    answer_from(&b, 2, 5, &onward, "200 OK", 2, story_octets(&s, "transfer", 1));
    answer_from(&b, 5, 1, &call_1, "200 OK", 2, story_octets(&s, "transfer", 1));
    assert_int_equal(finish(&b), TGP_CONFORMS);
    assert_int_equal(b.told->messages[1].copy_of, 0);
    assert_int_equal(b.told->messages[3].copy_of, 2);
    bench_close(&b);
    story_free(&s);
}

/* Two attributes of one description: the second is sent once more. */
static void the_same_attribute_twice_is_two_messages(void **state)
{
    static char body[50000], more[60000];
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    description(body, sizeof body, 1, RTP_MEDIA, story_octets(&s, "transfer", 0));
    const char *line = strstr(body, "a=key-mgmt"), *end = strstr(line, "\r\n") + 2;
    snprintf(more, sizeof more, "%.*s%.*s%s", (int)(end - body), body, (int)(end - line), line, end);
    sip(&b, 1, 5, &call_1, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "application/sdp", more);
    finish(&b);
    assert_int_equal(b.told->num_messages, 2);
    assert_int_equal(b.told->messages[1].copy_of, TGP_NONE);
    assert_true(told_has(&b.told->messages[1], "RFC3830-5.4-x02"));
    bench_close(&b);
    story_free(&s);
}

/* The body is coded in a way that nobody undoes here: it is counted, and nothing is said to conform. */
static void a_body_that_cannot_be_read_is_told(void **state)
{
    made_story s;
    bench b;
    static char body[50000];
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    description(body, sizeof body, 1, RTP_MEDIA, story_octets(&s, "transfer", 0));
    sip(&b, 1, 5, &call_1, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true,
        "application/sdp\r\nContent-Encoding: gzip", body);
    assert_int_equal(finish(&b), TGP_INCONCLUSIVE);
    assert_int_equal(b.told->num_messages, 0);
    assert_int_equal(tgp_units_messages(tgp_trace_units(b.trace), TGP_UNITS_UNREAD_BODY), 1);
    bench_close(&b);
    story_free(&s);
}

/* What findings say of octets is said of characters of the frame. */
static void findings_in_encoded_parts_have_a_place(void **state)
{
    static char body[50000], parts[60000], base64[50000];
    (void)state;
    for (int sdp_part = 0; sdp_part < 2; sdp_part++) {
        made_story s;
        bench b;
        story_make(&s, "ims-media", NULL);
        bench_open(&b, NULL, NULL, 0);
        uint8_t octets[8192];
        tg_bytes init = story_octets(&s, "transfer", 0);
        assert_true(init.len < sizeof octets);
        memcpy(octets, init.data, init.len);
        octets[3] = 99; /* no such PRF */
        if (sdp_part)
            description(body, sizeof body, 1, RTP_MEDIA, tg_bytes_of(octets, init.len));
        tg_base64_encode(sdp_part ? tg_bytes_of(body, strlen(body)) : tg_bytes_of(octets, init.len), base64);
        snprintf(parts, sizeof parts,
                 "--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
                 sdp_part ? "application/sdp" : "application/mikey", base64);
        sip(&b, 1, 5, &call_1, "INVITE sip:bob@example.com SIP/2.0", "INVITE", true, "multipart/mixed;boundary=b",
            parts);
        assert_int_equal(finish(&b), TGP_FAILS);
        assert_int_equal(b.told->num_messages, 1);
        assert_true(b.told->messages[0].num_ids > 0);
        assert_int_equal(b.told->messages[0].first_finding_frame, 1);
        assert_in_range(b.told->messages[0].first_finding_offset, 300, 60000);
        bench_close(&b);
        story_free(&s);
    }
}

static void exchanges_by_re_invite(const char *name, const char *ex, const char *told_ex)
{
    static const dialog later = { "call-1", 2, RTP_MEDIA };
    made_story s;
    bench b;
    story_make(&s, name, NULL);
    bench_open(&b, s.keys.data, tg_profile_find("rfc6043"), 0);
    play(&b, &s, false);
    invite_from(&b, 1, 5, &later, 1, story_octets(&s, ex, 0));
    answer_from(&b, 5, 1, &later, "200 OK", 2, story_octets(&s, ex, 1));
    finish(&b);
    assert_int_equal(b.told->num_messages, 10);
    assert_int_equal(b.told->num_conversations, 1);
    assert_string_equal(b.told->messages[8].ex, told_ex);
    assert_string_equal(b.told->messages[9].ex, told_ex);
    assert_int_equal(b.told->messages[8].from, TG_SENDER_I);
    assert_int_equal(b.told->messages[9].from, TG_SENDER_R);
    assert_int_equal(b.told->messages[8].auth, TG_OUTCOME_OK);
    assert_int_equal(b.told->messages[9].auth, TG_OUTCOME_OK);
    bench_close(&b);
    story_free(&s);
}

static void a_reuse_is_found(void **state)
{
    (void)state;
    exchanges_by_re_invite("reuse", "reuse0", "reuse");
}

static void an_update_is_found(void **state)
{
    (void)state;
    exchanges_by_re_invite("updates-128", "update0", "update0");
}

static void an_error_belongs_to_what_it_refuses(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "error-transfer", NULL);
    bench_open(&b, s.keys.data, tg_profile_find("rfc6043"), 0);
    invite_from(&b, 1, 5, &call_1, 1, story_octets(&s, "transfer", 0));
    answer_from(&b, 5, 1, &call_1, "488 Not Acceptable Here", 2, s.made.sent[s.made.num_sent - 1].octets);
    finish(&b);
    assert_int_equal(b.told->num_messages, 2);
    assert_int_equal(b.told->messages[1].data_type, TG_DATA_TYPE_ERROR);
    assert_string_equal(b.told->messages[1].ex, "transfer");
    assert_int_equal(b.told->messages[1].from, TG_SENDER_R);
    assert_int_equal(b.told->messages[1].conversation, b.told->messages[0].conversation);
    bench_close(&b);
    story_free(&s);
}

/* A finding names the characters of the base64 that hold its octets: those of the CSB ID are shown by decoding them. */
static void findings_have_their_place(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    tg_bytes good = story_octets(&s, "transfer", 0);
    uint8_t *bad = malloc(good.len);
    assert_non_null(bad);
    memcpy(bad, good.data, good.len);
    bad[0] = 2; /* the version */
    bench_open(&b, NULL, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, tg_bytes_of(bad, good.len));
    assert_int_equal(finish(&b), TGP_FAILS);
    assert_int_equal(b.told->num_messages, 1);
    assert_true(b.told->messages[0].num_ids >= 1);
    assert_int_equal(b.told->messages[0].first_finding_frame, 1);
    assert_int_equal(b.told->messages[0].first_finding_length, 2); /* the first octet lies in two characters */
    free(bad);
    bench_close(&b);
    story_free(&s);
}

static void what_does_not_parse_is_told(void **state)
{
    static const uint8_t nonsense[] = { 1, 14, 99, 0, 0, 0, 0, 1, 0, 0 };
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    invite_from(&b, 1, 5, &call_1, 1, tg_bytes_of(nonsense, sizeof nonsense));
    assert_int_equal(finish(&b), TGP_FAILS);
    assert_int_equal(b.told->num_messages, 1);
    assert_false(b.told->messages[0].parses);
    assert_int_equal(b.told->messages[0].conversation, TGP_NONE);
    assert_int_equal(b.told->num_conversations, 0);
    assert_int_equal(b.told->messages[0].num_ids, 1);
    bench_close(&b);
}

static void nothing_to_judge(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    sip(&b, 1, 5, &call_1, "OPTIONS sip:bob@example.com SIP/2.0", "OPTIONS", true, NULL, "");
    assert_int_equal(finish(&b), TGP_NOTHING);
    assert_int_equal(b.told->num_steps, 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(story_with_keys_raw),
        cmocka_unit_test(story_with_keys_base64),
        cmocka_unit_test(teks_are_those_of_the_conversation),
        cmocka_unit_test(without_keys_nothing_is_verified),
        cmocka_unit_test(a_wrong_key_fails),
        cmocka_unit_test(the_set_that_fits_is_chosen),
        cmocka_unit_test(a_retransmission_is_no_message),
        cmocka_unit_test(the_same_octets_in_another_call_are_a_replay),
        cmocka_unit_test(the_same_octets_in_another_request_are_a_copy),
        cmocka_unit_test(the_same_octets_after_an_error_are_a_replay),
        cmocka_unit_test(a_request_that_comes_back_is_a_copy),
        cmocka_unit_test(what_is_sent_on_under_another_call_id_is_a_copy),
        cmocka_unit_test(the_same_attribute_twice_is_two_messages),
        cmocka_unit_test(a_body_that_cannot_be_read_is_told),
        cmocka_unit_test(findings_in_encoded_parts_have_a_place),
        cmocka_unit_test(a_reuse_is_found),
        cmocka_unit_test(an_update_is_found),
        cmocka_unit_test(an_error_belongs_to_what_it_refuses),
        cmocka_unit_test(findings_have_their_place),
        cmocka_unit_test(what_does_not_parse_is_told),
        cmocka_unit_test(nothing_to_judge),
    };
    tg_json_init(0);
    if (tg_carriage_init() != TG_OK || tg_mime_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
