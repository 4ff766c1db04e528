/* HTTP whose bodies nobody wants: what is told of them, and that heads which are read without libhtp say what it makes of them. */
#include "../units/htp.h"
#include "../units/http_head.h"
#include "test_units_support.h"

/* ---- plain heads beside libhtp ------------------------------------------------------------------------------------ */

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static const char *pick(uint64_t *state, const char *const *from, size_t num)
{
    return from[draw(state, (uint32_t)num)];
}

static const char *const request_lines[] = {
    "GET / HTTP/1.1\r\n",         "GET /a?b=c HTTP/1.0\r\n",   "HEAD /h HTTP/1.1\r\n",  "GET  /two HTTP/1.1\r\n",
    "GET /a b HTTP/1.1\r\n",      "POST /p HTTP/1.1\r\n",      "PUT /p HTTP/1.1\r\n",   "GET /%zz%00 HTTP/1.1\r\n",
    "GET http://h/ HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n",    "GET /lf HTTP/1.1\n",    "GET /\x80 HTTP/1.1\r\n",
    "GET /x HTTP/2.0\r\n",        "CONNECT h:1 HTTP/1.1\r\n",  "get / HTTP/1.1\r\n",    "GET / HTTP/1.1 \r\n",
    "GET /\tx HTTP/1.1\r\n",      "GET //h/../x HTTP/1.1\r\n", "GET /x#y HTTP/1.1\r\n",
};
static const char *const status_lines[] = {
    "HTTP/1.1 200 OK\r\n",   "HTTP/1.0 404 Not Found\r\n", "HTTP/1.1 500 \r\n",         "HTTP/1.1 200\r\n",
    "HTTP/1.1 204 None\r\n", "HTTP/1.1 304 No\r\n",        "HTTP/1.1 100 Continue\r\n", "HTTP/1.1  200 OK\r\n",
    "HTTP/1.1 206 Part\r\n", "HTTP/1.1 200 OK\n",
};
static const char *const fields[] = {
    "Host: h\r\n",
    "Host: h:99999\r\n",
    "Host: \x80\r\n",
    "Accept: */*\r\n",
    "Connection: close\r\n",
    "Connection: Upgrade\r\n",
    "X: a\r\n b\r\n",
    "X : y\r\n",
    "X:y\r\n",
    "X:  y  \r\n",
    "X:\r\n",
    "X: y\n",
    ": y\r\n",
    "no colon\r\n",
    "Authorization: Basic QQ==\r\n",
    "Cookie: a=b; c\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: h2c\r\n",
    "X: a\tb\r\n",
    "Content-Type: a/b\r\n",
    "Content-Type: Image/JPEG;q=1\r\n",
    "Content-Type: a/b c\r\n",
    "Content-Type: a/b, c/d\r\n",
    "Content-Type: a/b ;q=1\r\n",
    "Content-type: \r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: identity\r\n",
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
    "X: \x80\r\n",
    "Content-Disposition: attachment\r\n",
    "Content-Length: 4\r\n",
};

static size_t make_head(uint64_t *state, bool request, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s",
                                   request ? pick(state, request_lines, NUM_OF(request_lines))
                                           : pick(state, status_lines, NUM_OF(status_lines)));
    for (uint32_t num = draw(state, 5); num > 0; num--)
        used += (size_t)snprintf(out + used, size - used, "%s", pick(state, fields, NUM_OF(fields)));
    if (!request && draw(state, 4))
        used += (size_t)snprintf(out + used, size - used, "Content-Length:%s4\r\n", draw(state, 2) ? " " : "   ");
    return used + (size_t)snprintf(out + used, size - used, "\r\n");
}

/* Has the head nothing to understand, then libhtp takes it, and says the same. */
static bool compare(tgu_htp *htp, const char *text, size_t head, size_t body)
{
    static tgu_http read;
    tgu_http_head found;
    char content_type[128];
    tg_bytes octets = tg_bytes_of((const uint8_t *)text, head), whole = tg_bytes_of(octets.data, head + body);
    if (tgu_http_read_head(octets, &found) != TGU_HEAD_READ || !tgu_http_is_plain(octets, &found, content_type))
        return false;
    if (found.request) {
        assert_int_equal(tgu_htp_request(htp, octets, &read), TGU_HTP_READ);
        assert_string_equal(read.method, found.method);
        assert_int_equal(strlen(read.target), found.target.len);
        assert_memory_equal(read.target, found.target.data, found.target.len);
        assert_int_equal(read.body.len, 0);
    } else {
        bool has_body = found.status >= 200 && found.status != 204 && found.status != 304;
        if (!has_body || found.length != body)
            return false;
        assert_int_equal(tgu_htp_response(htp, whole, false, &read), TGU_HTP_READ);
        assert_int_equal(read.status, found.status);
        assert_int_equal(read.body.len, body);
        assert_memory_equal(read.body.data, text + head, body);
    }
    assert_string_equal(read.content_type, content_type);
    return true;
}

static void plain_heads(void **state)
{
    (void)state;
    static char text[8192];
    tgu_htp *htp = tgu_htp_new(1 << 20);
    unsigned num[2] = { 0, 0 };
    uint64_t seed = 1;
    assert_non_null(htp);
    for (int i = 0; i < 100000; i++) {
        bool request = i & 1;
        size_t len = make_head(&seed, request, text, sizeof text - 4);
        memcpy(text + len, "body", 4);
        num[request] += compare(htp, text, len, request ? 0 : 4);
    }
    assert_in_range(num[0], 1000, 45000); /* neither none nor all of them */
    assert_in_range(num[1], 1000, 45000);
    tgu_htp_free(htp);
}

/* ---- bodies that nobody wants ------------------------------------------------------------------------------------- */

static bool wants_text(const char *content_type)
{
    return strcmp(content_type, "text/plain") == 0;
}

#define GET "GET /picture HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEAD(type, length) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nContent-Length: " #length "\r\n\r\n"

static bench *ask(size_t num)
{
    const tgp_units_limits limits = { .wants_body = wants_text };
    bench *b = open_bench(&limits);
    tcp_open(b, 10, 2000);
    while (num-- > 0)
        tcp_text(b, 10, 2000, GET);
    return b;
}

static void unwanted(void **state)
{
    (void)state;
    bench *b = ask(3);
    tcp_text(b, 2000, 10, HEAD("image/jpeg", 10) "0123"); /* frame 6 */
    assert_int_equal(b->num_units, 3);
    tcp_text(b, 2000, 10, "45678");
    b->time += SECOND;
    tcp_text(b, 2000, 10, "9" HEAD("text/plain", 2) "a");
    assert_int_equal(b->num_units, 4);
    assert_true(b->last.http.passed);
    assert_string_equal(b->last_text, HEAD("image/jpeg", 10));
    assert_string_equal(b->body, "");
    assert_string_equal(b->last.http.content_type, "image/jpeg");
    assert_string_equal(b->last.http.method, "GET");
    assert_int_equal(b->last.http.status, 200);
    assert_int_equal(b->last.http.transaction, 1);
    assert_int_equal(b->last.first_frame, 6);
    assert_int_equal(b->last.frame, 8);
    assert_true(b->last.time == b->time);
    tcp_text(b, 2000, 10, "b" HEAD("image/png", 3) "abc");
    assert_true(b->last.http.passed);
    assert_int_equal(b->last.http.transaction, 3);
    assert_int_equal(b->last.frame, 9);
    expect_counts(b, "http=6");
    close_bench(b);
}

static void wanted(void **state)
{
    (void)state;
    bench *b = ask(1);
    tcp_text(b, 2000, 10, HEAD("text/plain", 4) "bo");
    tcp_text(b, 2000, 10, "dy");
    assert_false(b->last.http.passed);
    assert_string_equal(b->body, "body");
    assert_string_equal(b->last_text, HEAD("text/plain", 4) "body");
    close_bench(b);
}

/* What is missing of a body is missing, whether it is wanted or not. */
static void incomplete(void **state)
{
    (void)state;
    bench *b = ask(2);
    tcp_text(b, 2000, 10, HEAD("image/jpeg", 4000) "0123");
    tcp_close(b, 10, 2000);
    expect_counts(b, "http=2 incomplete=1");
    close_bench(b);
    b = ask(2);
    tcp_text(b, 2000, 10, HEAD("image/jpeg", 4000) "0123");
    b->seq[2000 % ENDS] += 100;
    tcp_text(b, 2000, 10, "later");
    tgp_units_finish(b->units);
    expect_counts(b, "http=2 incomplete=1");
    close_bench(b);
}

/* Body and head cut anywhere: one unit, and the next request is found behind it. */
static void cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = HEAD("image/jpeg", 12) "HTTP/1.1 200" HEAD("text/plain", 1) "x";
    for (size_t at = 1; at + 1 < sizeof text; at++) {
        bench *b = ask(2);
        tcp(b, 2000, 10, text, at);
        tcp(b, 2000, 10, text + at, sizeof text - 1 - at);
        assert_int_equal(b->num_units, 4);
        assert_string_equal(b->body, "x");
        expect_counts(b, "http=4");
        close_bench(b);
    }
}

/* A response that comes before its request waits, and is passed over then. */
static void before_its_request(void **state)
{
    (void)state;
    bench *b = ask(0);
    tcp_text(b, 2000, 10, HEAD("image/jpeg", 10) "0123");
    tcp_text(b, 10, 2000, GET);
    assert_int_equal(b->num_units, 1);
    tcp_text(b, 2000, 10, "456789");
    assert_int_equal(b->num_units, 2);
    assert_true(b->last.http.passed);
    expect_counts(b, "http=2");
    close_bench(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_heads), cmocka_unit_test(unwanted),     cmocka_unit_test(wanted),
        cmocka_unit_test(incomplete),  cmocka_unit_test(cut_anywhere), cmocka_unit_test(before_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
