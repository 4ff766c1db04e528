/* Messages that come an octet at a time, and what waits for the other direction: the same is told as of whole ones, and the work grows with the octets.
 * With a number as argument: so many kibioctets of each, for counting instructions (valgrind --tool=callgrind): twice the octets take twice as many. */
#include "test_units_support.h"

enum { CLIENT = 10, SERVER = 2000, SIZE = 1 << 22 };

/* ---- an octet at a time ------------------------------------------------------------------------------------------- */

typedef struct slow {
    const char *name;
    const char *begin, *repeated, *end; /* `repeated` as often as asked for */
    bool response;                      /* behind a request */
    bool by_close;
    const char *counts;
} slow;

#define SIP_BEGIN "MESSAGE sip:b@example.com SIP/2.0\r\nCall-ID: 1\r\n"

static const slow all[] = {
    { "a request line", "GET /", "x", " HTTP/1.1\r\nHost: h\r\n\r\n", false, false, "http=1" },
    { "a head of SIP", SIP_BEGIN, "X: 12345678901234567890123456789012345678901234567890123\r\n",
      "Content-Length: 3\r\n\r\nabc", false, false, "sip=1" },
    { "a head of HTTP", "POST /p HTTP/1.1\r\nHost: h\r\n",
      "X: 1234567890123456789012345678901234567890123456789012345\r\n", "Content-Length: 3\r\n\r\nabc", false, false,
      "http=1" },
    { "a body of known length", "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", "0123456789", "", false,
      false, "http=1" },
    { "chunks", "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", "0\r\n\r\n",
      false, false, "http=1" },
    { "a body to the end", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "0123456789", "", true, true,
      "http=2" },
    { "lines of MSRP", "MSRP abcd1234 SEND\r\n\r\n", "a line\r\n", "\r\n-------abcd1234$\r\n", false, false, "msrp=1" },
    { "a line of MSRP", "MSRP abcd1234 SEND\r\n\r\n", "0123456789", "\r\n-------abcd1234$\r\n", false, false,
      "msrp=1" },
};
enum { NUM_SLOW = sizeof all / sizeof all[0] };

static size_t make(const slow *s, size_t wanted, char *out)
{
    size_t one = strlen(s->repeated), times = wanted / one + 1;
    size_t used =
        strstr(s->begin, "%zu")
            ? (size_t)snprintf(out, 256, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", one * times)
            : (size_t)snprintf(out, 256, "%s", s->begin);
    for (size_t i = 0; i < times; i++, used += one)
        memcpy(out + used, s->repeated, one);
    memcpy(out + used, s->end, strlen(s->end));
    return used + strlen(s->end);
}

static bench *take(const slow *s, const char *text, size_t len, size_t step)
{
    bench *b = open_bench(NULL);
    unsigned from = s->response ? SERVER : CLIENT, to = s->response ? CLIENT : SERVER;
    tcp_open(b, CLIENT, SERVER);
    if (s->response)
        tcp_text(b, CLIENT, SERVER, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for (size_t at = 0; at < len; at += step)
        tcp(b, from, to, text + at, step < len - at ? step : len - at);
    if (s->by_close)
        tcp_close(b, CLIENT, SERVER);
    return b;
}

static void an_octet_at_a_time(void **state)
{
    (void)state;
    char *text = malloc(SIZE);
    assert_non_null(text);
    for (size_t i = 0; i < NUM_SLOW; i++) {
        size_t len = make(&all[i], 5000, text);
        bench *whole = take(&all[i], text, len, 8192), *single = take(&all[i], text, len, 1);
        expect_counts(whole, all[i].counts);
        expect_counts(single, all[i].counts);
        assert_string_equal(whole->log, single->log);
        assert_string_equal(whole->last_text, single->last_text);
        assert_string_equal(whole->body, single->body);
        assert_int_equal(whole->octets, single->octets);
        close_bench(whole);
        close_bench(single);
    }
    free(text);
}

/* ---- requests and responses that are many -------------------------------------------------------------------------- */

static void request(bench *b, unsigned i)
{
    char text[64];
    snprintf(text, sizeof text, "GET /%u HTTP/1.1\r\nHost: h\r\n\r\n", i);
    tcp_text(b, CLIENT, SERVER, text);
}

static void response(bench *b)
{
    tcp_text(b, SERVER, CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
}

static void expect_target(const bench *b, unsigned i)
{
    char target[16];
    snprintf(target, sizeof target, "/%u", i);
    assert_string_equal(b->target, target);
}

static void requests_wait_for_their_responses(void **state)
{
    enum { MANY = 4096, MORE = 4 };
    (void)state;
    for (unsigned more = 0; more <= MORE; more += MORE) {
        bench *b = open_bench(NULL);
        tcp_open(b, CLIENT, SERVER);
        for (unsigned i = 0; i < MANY + more; i++)
            request(b, i);
        for (unsigned i = 0; i < MANY + more;
             i++) { /* the first were forgotten: their responses are counted and have no request */
            response(b);
            if (i < more)
                assert_string_equal(b->target, "");
            else
                expect_target(b, i);
        }
        request(b, 77);
        response(b);
        expect_target(b, 77);
        assert_int_equal(count(b, TGP_UNITS_TOO_LARGE), more);
        assert_int_equal(count(b, TGP_UNITS_HTTP), 2 * (MANY + more + 1));
        close_bench(b);
    }
}

static void responses_wait_for_their_requests(void **state)
{
    enum { MANY = 3000 };
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, CLIENT, SERVER);
    for (unsigned i = 0; i < MANY; i++)
        response(b);
    assert_int_equal(b->num_units, 0);
    for (unsigned i = 0; i < MANY; i++) {
        request(b, i);
        assert_int_equal(b->num_units, 2 * (i + 1));
        expect_target(b, i);
        assert_int_equal(b->last.first_frame, 3 + i);
        assert_int_equal(b->last.http.transaction, i + 1);
    }
    close_bench(b);
}

/* ---- hashes of tables ----------------------------------------------------------------------------------------------- */

/* Texts that differ in a way that a hash without a key, or with one that comes in at the beginning alone, does not see: each word undoes what the one
 * before did. Lengths, zeros at the end, and tweaks count. */
static void hashes_see_all(void **state)
{
    enum { WORDS = 60, LEN = WORDS * 8 };
    uint64_t words[WORDS] = { 0 };
    const tg_bytes text = tg_bytes_of((const uint8_t *)words, LEN);
    (void)state;
    uint64_t plain = tgp_hash(text, 0);
    assert_true(tgp_hash(text, 0) == plain);
    assert_true(tgp_hash(text, 1) != plain);
    for (size_t len = 0; len < LEN; len++)
        assert_true(tgp_hash(tg_bytes_of(text.data, len), 0) != plain);
    for (unsigned i = 0; i + 1 < WORDS; i++) {
        words[i] = UINT64_C(1) << 63;
        words[i + 1] = UINT64_C(1) << 63 | UINT64_C(1) << 31;
        assert_true(tgp_hash(text, 0) != plain);
        words[i] = words[i + 1] = 0;
    }
}

/* ---- so much of all ------------------------------------------------------------------------------------------------- */

static void run_all(size_t octets, const char *which)
{
    char *text = malloc(SIZE);
    for (size_t i = 0; text && i < NUM_SLOW; i++) {
        if (!strstr(all[i].name, which))
            continue;
        bench *b = take(&all[i], text, make(&all[i], octets, text), 1);
        printf("%s: %zu units\n", all[i].name, b->num_units);
        close_bench(b);
    }
    free(text);
    if (!strstr("responses first", which))
        return;
    bench *b = open_bench(NULL);
    tcp_open(b, CLIENT, SERVER);
    for (size_t i = 0; i < octets / 40; i++)
        response(b);
    for (unsigned i = 0; i < octets / 40; i++)
        request(b, i);
    printf("responses first: %zu units\n", b->num_units);
    close_bench(b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_octet_at_a_time),
        cmocka_unit_test(requests_wait_for_their_responses),
        cmocka_unit_test(responses_wait_for_their_requests),
        cmocka_unit_test(hashes_see_all),
    };
    if (argc > 1) {
        run_all(strtoul(argv[1], NULL, 10) << 10, argc > 2 ? argv[2] : "");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
