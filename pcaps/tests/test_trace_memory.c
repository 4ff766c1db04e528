/* Bounds: very many messages, each under a ticket of its own; too little memory; hostile input. With a number as argument: so many INVITEs, and what
 * they took. */
#include <sys/resource.h>
#include <time.h>

#include "test_trace_support.h"

/* The place of the end of Ticket Data: the MAC of the ticket. */
static size_t place_of_ticket_mac(tg_bytes octets)
{
    size_t size = tg_message_arena_size(octets.len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, size);
    tg_message *message;
    assert_int_equal(tg_message_parse(octets, &arena, &message, NULL), TG_OK);
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    assert_non_null(ticket);
    size_t place = (size_t)(ticket->ticket_data.octets.data - octets.data) + ticket->ticket_data.octets.len - 4;
    free(memory);
    return place;
}

/* Each INVITE is a call of its own with a ticket of its own. */
static void send_invites(bench *b, const made_story *s, unsigned num)
{
    tg_bytes init = story_octets(s, "transfer", 0);
    size_t place = place_of_ticket_mac(init);
    uint8_t *octets = malloc(init.len);
    assert_non_null(octets);
    memcpy(octets, init.data, init.len);
    for (unsigned i = 0; i < num; i++) {
        char call_id[32];
        snprintf(call_id, sizeof call_id, "call-%u", i);
        put_number(octets + place, i);
        put_number(octets + 4, i); /* CSB ID */
        const dialog d = { call_id, 1, RTP_MEDIA };
        invite_from(b, 1, 2, &d, 1, tg_bytes_of(octets, init.len));
    }
    free(octets);
}

static void many_tickets_take_little(void **state)
{
    made_story s;
    bench b;
    tgp_trace_counts counts;
    (void)state;
    enum { NUM = 20000 };
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    send_invites(&b, &s, NUM);
    tgp_trace_finish(b.trace);
    tgp_trace_count(b.trace, &counts);
    assert_int_equal(counts.messages, NUM);
    assert_int_equal(counts.conversations, NUM);
    assert_int_equal(counts.failing, 0);
    assert_int_equal(b.told->num_all_messages, NUM);
    assert_int_equal(b.told->num_calls, NUM);
    bench_close(&b);
    story_free(&s);
}

/* One long story of messages under one ticket stays within what one conversation may hold. */
static void a_long_conversation_goes_on_as_another(void **state)
{
    made_story s;
    bench b;
    tgp_trace_counts counts;
    (void)state;
    enum { NUM = 1000 };
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    tg_bytes init = story_octets(&s, "transfer", 0);
    for (unsigned i = 1; i <= NUM; i++) {
        char call_id[32];
        snprintf(call_id, sizeof call_id, "call-%u", i);
        const dialog d = { call_id, 1, RTP_MEDIA };
        invite_from(&b, 1, 2, &d, 1, init);
    }
    tgp_trace_finish(b.trace);
    tgp_trace_count(b.trace, &counts);
    assert_int_equal(counts.messages, NUM);
    assert_int_equal(counts.conversations, 4);
    assert_int_equal(counts.judged_early, 3);
    assert_int_equal(tgp_units_messages(tgp_trace_units(b.trace), TGP_UNITS_JUDGED_EARLY), 3);
    /* Each but the first is a replay, the first of a conversation too, whose others were told. */
    assert_int_equal(counts.findings, NUM - 1);
    bench_close(&b);
    story_free(&s);
}

static bool is_first_told(const told *t)
{
    return t->num_messages > 0 && t->messages[0].number == 0;
}

/* What was told for want of memory is known when it is sent again: a request to the KMS; where who was asked sends it on, it is none. */
static void replays_of_what_was_told_are_found(void **state)
{
    made_story s;
    bench b;
    tgp_trace_counts counts;
    (void)state;
    enum { NUM = 6000 };
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 8 << 20);
    tg_bytes init = story_octets(&s, "request", 0);
    flow f = tcp_open(&b, 1, 41000, 9, 80);
    http(&b, &f, true, init, false);
    post_requests(&b, &s, NUM);
    tgp_trace_count(b.trace, &counts);
    assert_true(counts.judged_early > 0);
    assert_true(is_first_told(b.told));
    flow again = tcp_open(&b, 1, 41001, 9, 80), on = tcp_open(&b, 9, 41002, 8, 80);
    http(&b, &on, true, init, false);
    http(&b, &again, true, init, false);
    tgp_trace_finish(b.trace);
    tgp_trace_count(b.trace, &counts);
    assert_int_equal(counts.messages, NUM + 3);
    assert_int_equal(counts.findings, 1);
    assert_int_equal(tgp_trace_verdict(b.trace, "", false), TGP_FAILS);
    bench_close(&b);
    story_free(&s);
}

/* As above; turned down by the KMS, it may come once more. Who posts in the end; how many of these posts are replays. */
typedef struct posting {
    unsigned clients[3]; /* 0: none more */
    bool turned_down;    /* what was told */
    unsigned replays;
} posting;

static const posting postings[] = {
    { { 1 }, true, 0 },    { { 1 }, false, 1 },      { { 2 }, true, 1 },
    { { 1, 1 }, true, 1 }, { { 2, 1, 2 }, true, 3 }, /* the newest is not known to be turned down */
};

static void what_was_told_and_turned_down_may_come_once_more(void **state)
{
    made_story s;
    tgp_trace_counts counts;
    (void)state;
    enum { NUM = 6000 };
    static const char page[] = "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno";
    story_make(&s, "ims-media", NULL);
    for (size_t i = 0; i < sizeof postings / sizeof postings[0]; i++) {
        bench b;
        bench_open(&b, NULL, NULL, 8 << 20);
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        http(&b, &f, true, story_octets(&s, "request", 0), false);
        if (postings[i].turned_down)
            tcp(&b, &f, 1, 24, page, sizeof page - 1);
        post_requests(&b, &s, NUM);
        assert_true(is_first_told(b.told));
        for (unsigned k = 0; k < 3 && postings[i].clients[k]; k++) {
            flow again = tcp_open(&b, postings[i].clients[k], 41001 + k, 9, 80);
            http(&b, &again, true, story_octets(&s, "request", 0), false);
        }
        tgp_trace_finish(b.trace);
        tgp_trace_count(b.trace, &counts);
        if (counts.findings != postings[i].replays)
            fail_msg("%zu: %u findings", i, (unsigned)counts.findings);
        bench_close(&b);
    }
    story_free(&s);
}

/* A message with one octet changed or cut anywhere is told and nothing breaks. */
static void broken_messages_are_taken(void **state)
{
    made_story s;
    bench b;
    (void)state;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, s.keys.data, NULL, 0);
    tg_bytes init = story_octets(&s, "transfer", 0);
    uint8_t *octets = malloc(init.len);
    assert_non_null(octets);
    size_t num = 0;
    for (size_t i = 0; i < init.len; i += 3, num++) {
        char call_id[32];
        snprintf(call_id, sizeof call_id, "call-%zu", i);
        const dialog d = { call_id, 1, RTP_MEDIA };
        memcpy(octets, init.data, init.len);
        octets[i] ^= 0xff;
        invite_from(&b, 1, 2, &d, 1, tg_bytes_of(octets, i % 2 && i > 0 ? i : init.len));
    }
    free(octets);
    tgp_trace_finish(b.trace);
    assert_int_equal(b.told->num_all_messages, num);
    assert_int_equal(tgp_trace_verdict(b.trace, "", false), TGP_FAILS);
    bench_close(&b);
    story_free(&s);
}

static void packets_of_noise_are_taken(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, NULL, 0);
    uint32_t seed = 1;
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t octets[256];
        for (size_t k = 0; k < sizeof octets; k++)
            octets[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        const tgp_packet p = { ++b.frame, b.time += 1000, 12, tg_bytes_of(octets, 1 + seed % sizeof octets),
                               sizeof octets };
        assert_true(tgp_trace_take(b.trace, &p));
    }
    tgp_trace_finish(b.trace);
    assert_int_equal(b.told->num_messages, 0);
    bench_close(&b);
}

static void bad_key_files_are_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "7",
                                       "[7]",
                                       "{\"secrets\":{\"psk_i\":\"0g\"}}",
                                       "{\"participants\":7}",
                                       "{\"participants\":[7]}",
                                       "{\"participants\":{\"sip:c@example.com\":7}}",
                                       "{\"teks\":[{}]}",
                                       "{\"teks\":[{\"csb_id\":1,\"cs_id\":256,\"tek\":\"00\"}]}",
                                       "{\"teks\":[{\"csb_id\":1,\"cs_id\":1,\"tek\":\"\"}]}" };
    tg_crypto *crypto;
    (void)state;
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char why[256] = "";
        assert_null(tgp_keys_read(bad[i], strlen(bad[i]), crypto, why));
        assert_true(why[0] != 0);
    }
    tg_crypto_free(crypto);
}

/* A whole conversation is a key file, too: its messages are not looked at (vectors/TRACE.md section 3). */
static void messages_in_a_key_file_are_let_be(void **state)
{
    char why[256];
    const char *text = "{\"secrets\":{\"psk_i\":\"00112233445566778899aabbccddeeff\"},\"messages\":[{\"hex\":\"00\"}]}";
    tg_crypto *crypto;
    (void)state;
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    tgp_keys *keys = tgp_keys_read(text, strlen(text), crypto, why);
    assert_non_null(keys);
    tgp_keys_free(keys);
    tg_crypto_free(crypto);
}

/* What `count` INVITEs take, for a look by hand. */
static int measure(unsigned count)
{
    made_story s;
    bench b;
    struct rusage usage;
    struct timespec from, to;
    story_make(&s, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    send_invites(&b, &s, count);
    tgp_trace_finish(b.trace);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    getrusage(RUSAGE_SELF, &usage);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    printf("%u INVITEs, %zu messages told: %.2f us each, %ld KB\n", count, b.told->num_all_messages,
           seconds * 1e6 / count, usage.ru_maxrss);
    bench_close(&b);
    story_free(&s);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_tickets_take_little),
        cmocka_unit_test(a_long_conversation_goes_on_as_another),
        cmocka_unit_test(replays_of_what_was_told_are_found),
        cmocka_unit_test(broken_messages_are_taken),
        cmocka_unit_test(packets_of_noise_are_taken),
        cmocka_unit_test(bad_key_files_are_refused),
        cmocka_unit_test(messages_in_a_key_file_are_let_be),
        cmocka_unit_test(what_was_told_and_turned_down_may_come_once_more),
    };
    if (!stages_ready())
        return 1;
    if (argc > 1)
        return measure((unsigned)strtoul(argv[1], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
