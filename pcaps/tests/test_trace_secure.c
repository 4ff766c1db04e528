/* What conversations establish, used: TLS connections of m-lines, key log. */
#include "test_trace_support.h"
#include "tls_samples.h"

static const char msrp_caller[] =
    "m=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.1:2855/a;tcp\r\na=setup:active\r\n";
static const char msrp_called[] =
    "m=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.2:2855/b;tcp\r\na=setup:passive\r\n";

static const tg_tls_sample *sample_of(const char *name)
{
    for (size_t i = 0; i < sizeof tg_tls_samples / sizeof tg_tls_samples[0]; i++) {
        if (strcmp(tg_tls_samples[i].name, name) == 0)
            return &tg_tls_samples[i];
    }
    fail_msg("there is no sample %s", name);
    return NULL;
}

static void carry(bench *b, const char *name)
{
    const tg_tls_sample *s = sample_of(name);
    flow f = tcp_open(b, 1, 43000, 2, 2855);
    for (size_t i = 0; i < 16 && s->segments[i]; i++) {
        static uint8_t octets[8192];
        size_t len = 0, error_at;
        assert_int_equal(tg_hex_decode(s->segments[i] + 1, strlen(s->segments[i] + 1), octets, &len, &error_at), TG_OK);
        tcp(b, &f, s->segments[i][0] == 'C' ? 0 : 1, 24, octets, len);
    }
    tcp_close(b, &f);
}

/* The CSB ID and the one crypto session of a message. */
static void first_session(tg_bytes octets, uint32_t *csb_id, uint8_t *cs_id)
{
    size_t size = tg_message_arena_size(octets.len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, size);
    tg_message *message;
    assert_int_equal(tg_message_parse(octets, &arena, &message, NULL), TG_OK);
    assert_int_equal(message->hdr.map.num_cs, 1);
    *csb_id = message->hdr.csb_id;
    *cs_id = message->hdr.map.generic[0].cs_id;
    free(memory);
}

static void msrp_plan(tg_plan *plan)
{
    assert_true(tg_plan_default("ims-msrp-tls", 1, plan));
    plan->seed = tg_bytes_of("msrp", 4);
}

static void play(bench *b, const made_story *s, const char *handshake)
{
    dialog d = { "call-1", 1, msrp_caller };
    invite_from(b, 1, 2, &d, 1, story_octets(s, "transfer", 0));
    d.media = msrp_called;
    answer_from(b, 2, 1, &d, "200 OK", 2, story_octets(s, "transfer", 1));
    ack_from(b, 1, 2, &d);
    carry(b, handshake);
    tgp_trace_finish(b->trace);
}

static void open_with_tek(bench *b, const made_story *s, const char *tek)
{
    char keys[256];
    uint32_t csb_id;
    uint8_t cs_id;
    first_session(story_octets(s, "transfer", 0), &csb_id, &cs_id);
    snprintf(keys, sizeof keys, "{\"teks\":[{\"csb_id\":%u,\"cs_id\":%u,\"tek\":\"%s\"}]}", csb_id, cs_id, tek);
    bench_open(b, keys, NULL, 0);
}

static void a_handshake_verifies_under_its_key(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", msrp_plan);
    open_with_tek(&b, &s, TG_TLS_SAMPLE_TEK);
    play(&b, &s, "openssl_gcm");
    assert_int_equal(b.told->num_connections, 1);
    assert_true(b.told->connections[0].has_tek);
    assert_int_equal(b.told->connections[0].client, TG_TLS_VERIFIED);
    assert_int_equal(b.told->connections[0].server, TG_TLS_VERIFIED);
    assert_int_equal(b.told->connections[0].call, 0);
    assert_string_equal(b.told->messages[0].profile, "ims-msrp-tls");
    /* The random of the recorded ClientHello, and 48 octets. */
    const char *random = "66845d3632809a62003444a53404b029a8895d3f14753bd2d7868b8efe7fcde2";
    assert_memory_equal(b.told->key_log, "CLIENT_RANDOM ", 14);
    assert_memory_equal(b.told->key_log + 14, random, 64);
    assert_int_equal(strlen(b.told->key_log), 14 + 64 + 1 + 96);
    bench_close(&b);
    story_free(&s);
}

static void a_handshake_under_another_key_fails(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", msrp_plan);
    open_with_tek(&b, &s, "ff0102030405060708090a0b0c0d0e0f");
    play(&b, &s, "openssl_gcm");
    assert_int_equal(b.told->num_connections, 1);
    assert_int_equal(b.told->connections[0].client, TG_TLS_FAILED);
    assert_string_equal(b.told->key_log, "");
    bench_close(&b);
    story_free(&s);
}

/* m-lines of many calls name one end: under the keys of 16 it is tried, and what is beyond them is counted. */
static void it_may_be_of_one_more(void **state)
{
    enum { MOST = 16 };
    made_story s;
    (void)state;
    story_make(&s, "ims-media", msrp_plan);
    for (unsigned num = MOST - 1; num <= MOST + 1; num++) {
        bench b;
        tgp_trace_counts counts;
        open_with_tek(&b, &s, "ff0102030405060708090a0b0c0d0e0f");
        for (unsigned i = 0; i < num; i++) {
            char call_id[32];
            snprintf(call_id, sizeof call_id, "call-%u", i);
            dialog d = { call_id, 1, msrp_caller };
            invite_from(&b, 1, 2, &d, 1, story_octets(&s, "transfer", 0));
            d.media = msrp_called;
            answer_from(&b, 2, 1, &d, "200 OK", 2, story_octets(&s, "transfer", 1));
            ack_from(&b, 1, 2, &d);
        }
        carry(&b, "openssl_gcm");
        tgp_trace_finish(b.trace);
        tgp_trace_count(b.trace, &counts);
        assert_int_equal(b.told->num_connections, 1);
        assert_int_equal(b.told->connections[0].client, TG_TLS_FAILED);
        assert_int_equal(counts.judged_early, num >= MOST);
        bench_close(&b);
    }
    story_free(&s);
}

/* With the keys of the conversation its own session key is used, which is not that of the recorded handshake. */
static void the_key_of_the_conversation_is_used(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", msrp_plan);
    bench_open(&b, s.keys.data, NULL, 0);
    play(&b, &s, "openssl_gcm");
    assert_int_equal(b.told->messages[0].auth, TG_OUTCOME_OK);
    assert_int_equal(b.told->conversations[0].num_teks, 1);
    assert_int_equal(b.told->num_connections, 1);
    assert_true(b.told->connections[0].has_tek);
    assert_int_equal(b.told->connections[0].client, TG_TLS_FAILED);
    bench_close(&b);
    story_free(&s);
}

static void a_connection_that_no_m_line_names_has_no_call(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    carry(&b, "openssl_gcm");
    tgp_trace_finish(b.trace);
    assert_int_equal(b.told->num_connections, 1);
    assert_true(b.told->connections[0].call == TGP_NONE);
    assert_false(b.told->connections[0].has_tek);
    assert_int_equal(b.told->connections[0].num_findings, 0);
    bench_close(&b);
}

/* Whatever is cut off, nothing breaks and nothing verifies that is not there. */
static void cut_handshakes_are_taken(void **state)
{
    made_story s;
    (void)state;
    story_make(&s, "ims-media", msrp_plan);
    for (size_t cut = 0; cut < 6; cut++) {
        bench b;
        dialog d = { "call-1", 1, msrp_caller };
        const tg_tls_sample *whole = sample_of("openssl_gcm");
        open_with_tek(&b, &s, TG_TLS_SAMPLE_TEK);
        invite_from(&b, 1, 2, &d, 1, story_octets(&s, "transfer", 0));
        d.media = msrp_called;
        answer_from(&b, 2, 1, &d, "200 OK", 2, story_octets(&s, "transfer", 1));
        flow f = tcp_open(&b, 1, 43000, 2, 2855);
        for (size_t i = 0; i < cut && whole->segments[i]; i++) {
            static uint8_t octets[8192];
            size_t len = 0, error_at;
            assert_int_equal(
                tg_hex_decode(whole->segments[i] + 1, strlen(whole->segments[i] + 1), octets, &len, &error_at), TG_OK);
            tcp(&b, &f, whole->segments[i][0] == 'C' ? 0 : 1, 24, octets, i + 1 == cut ? len / 2 : len);
        }
        tgp_trace_finish(b.trace);
        assert_true(b.told->num_connections <= 1);
        if (b.told->num_connections && cut < 4)
            assert_int_not_equal(b.told->connections[0].server, TG_TLS_VERIFIED);
        bench_close(&b);
    }
    story_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_verifies_under_its_key),
        cmocka_unit_test(a_handshake_under_another_key_fails),
        cmocka_unit_test(it_may_be_of_one_more),
        cmocka_unit_test(the_key_of_the_conversation_is_used),
        cmocka_unit_test(a_connection_that_no_m_line_names_has_no_call),
        cmocka_unit_test(cut_handshakes_are_taken),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
