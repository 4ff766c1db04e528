/* TCP: what a connection carries, messages however they are cut into segments, gaps, beginnings in the middle, limits. */
#include "test_units_support.h"

#define HEAD "OPTIONS sip:bob@example.com SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
#define ONE HEAD "Content-Length: 5\r\n\r\nv=0\r\n"
#define TWO "SIP/2.0 200 OK\r\nCall-ID: 1\r\nl: 0\r\n\r\n"
#define MSRP_ONE                                                                                                       \
    "MSRP a786hjs2 SEND\r\nTo-Path: msrp://b:1/x;tcp\r\nFrom-Path: msrp://a:1/y;tcp\r\nByte-Range: "                   \
    "1-4/4\r\n\r\n-------a786hjs2\r\nhi\r\n-------a786hjs2$\r\n"
#define MSRP_TWO "MSRP dkei38sd 200 OK\r\nTo-Path: msrp://b:1/x;tcp\r\n-------dkei38sd#\r\n"
#define GET "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST                                                                                                           \
    "POST /k HTTP/1.1\r\nHost: h\r\nContent-Type: application/mikey; x=y\r\nTransfer-Encoding: "                       \
    "chunked\r\n\r\n3;e=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n"
#define BFCP "\x20\x01\0\x01\0\0\0\x01\0\x02\0\x03\x05\x04\0\x07"

/* One direction, cut into segments of this size. */
static bench *play(const char *octets, size_t len, size_t cut)
{
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    for (size_t at = 0; at < len; at += cut)
        tcp(b, 10, 2000, octets + at, len - at < cut ? len - at : cut);
    tcp_close(b, 10, 2000);
    tgp_units_finish(b->units);
    return b;
}

/* The units are the same however the octets are cut. */
static void is_cut(const char *octets, size_t len, const char *log, const char *counts)
{
    static const size_t cuts[] = { 100000, 1, 2, 3, 5, 7, 16, 33, 60, 61, 150 };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        bench *b = play(octets, len, cuts[i]);
        assert_string_equal(b->log, log);
        expect_counts(b, counts);
        close_bench(b);
    }
}

static void sip(void **state)
{
    (void)state;
    static const char text[] = "\r\n\r\n" ONE "\r\n\r\n" TWO ONE;
    is_cut(text, strlen(text),
           "sip 10>2000 92 OPTIONS sip:bob@example.com SIP/2.0\nsip 10>2000 36 SIP/2.0 200 OK\nsip 10>2000 92 OPTIONS "
           "sip:bob@example.com SIP/2.0\n",
           "sip=3 keep_alive=1");
}

static void sip_lost(void **state)
{
    (void)state;
    static const char bad[] = HEAD "l: 1\r\nl: 1\r\n\r\nx\r\n" TWO, without[] = HEAD "\r\nv=0\r\nSIP/2.0 not\r\n" TWO,
                      large[] = HEAD "l: 200000\r\n\r\n", end[] = TWO HEAD "l: 5\r\n\r\nv=0", begun[] = TWO HEAD,
                      junk[] = TWO "what is this\r\n" TWO;
    is_cut(bad, strlen(bad), "sip 10>2000 36 SIP/2.0 200 OK\n", "sip=1 bad_sip=1");
    is_cut(junk, strlen(junk), "sip 10>2000 36 SIP/2.0 200 OK\nsip 10>2000 36 SIP/2.0 200 OK\n", "sip=2 bad_sip=1");
    is_cut(end, strlen(end), "sip 10>2000 36 SIP/2.0 200 OK\n", "sip=1 incomplete=1");
    is_cut(begun, strlen(begun), "sip 10>2000 36 SIP/2.0 200 OK\n", "sip=1 incomplete=1");
    bench *b = play(without, strlen(without), 1000);
    assert_int_equal(count(b, TGP_UNITS_BAD_SIP) > 0, 1);
    assert_int_equal(count(b, TGP_UNITS_SIP), 1);
    close_bench(b);
    size_t len = strlen(large) + 200000 + strlen(TWO);
    char *text = malloc(len + 1);
    assert_non_null(text);
    memcpy(text, large, strlen(large));
    memset(text + strlen(large), 'x', 200000);
    memcpy(text + strlen(large) + 200000, TWO, strlen(TWO) + 1);
    b = play(text, len, 1400);
    expect_counts(b, "sip=1 too_large=1");
    close_bench(b);
    free(text);
}

static void msrp(void **state)
{
    (void)state;
    static const char text[] = MSRP_ONE MSRP_TWO MSRP_ONE, bad[] = "MSRP a SEND\r\n" MSRP_TWO;
    char log[256];
    (void)snprintf(log, sizeof log,
                   "msrp 10>2000 %zu MSRP a786hjs2 SEND\nmsrp 10>2000 %zu MSRP dkei38sd 200 OK\nmsrp 10>2000 %zu MSRP "
                   "a786hjs2 SEND\n",
                   strlen(MSRP_ONE), strlen(MSRP_TWO), strlen(MSRP_ONE));
    is_cut(text, strlen(text), log, "msrp=3");
    (void)snprintf(log, sizeof log, "msrp 10>2000 %zu MSRP dkei38sd 200 OK\n", strlen(MSRP_TWO));
    is_cut(bad, strlen(bad), log, "msrp=1 bad_msrp=1");
}

static void bfcp(void **state)
{
    (void)state;
    is_cut(BFCP BFCP, 32, "bfcp 10>2000 16  \nbfcp 10>2000 16  \n", "bfcp=2");
    is_cut("\x20\x01\0\x01\0\0\0\x01\0\x02\0\x03\x05\x08\0\x07........", 24, "",
           "other=1"); /* the attribute does not fit */
}

static void http(void **state)
{
    (void)state;
    char log[256];
    static const char text[] = GET POST GET;
    (void)snprintf(
        log, sizeof log,
        "http 10>2000 32 GET /a?b=c HTTP/1.1\nhttp 10>2000 %zu POST /k HTTP/1.1\nhttp 10>2000 32 GET /a?b=c HTTP/1.1\n",
        strlen(POST));
    is_cut(text, strlen(text), log, "http=3");
    bench *b = play(GET POST, strlen(GET POST), 1000);
    assert_string_equal(b->body, "abcde");
    assert_string_equal(b->last.http.content_type, "application/mikey");
    assert_string_equal(b->last.http.method, "POST");
    assert_int_equal(b->last.http.transaction, 2);
    close_bench(b);
}

static void http_responses(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    tcp_text(b, 10, 2000,
             "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n" GET
             "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    tcp_text(b, 2000, 10,
             "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabc");
    assert_string_equal(b->body, "abc");
    assert_int_equal(b->last.http.status, 404);
    assert_int_equal(b->last.http.transaction, 2);
    tcp_text(b, 2000, 10, "HTTP/1.1 100 Continue\r\n\r\n");
    tcp_text(b, 10, 2000, "ok"); /* now the request is whole, and the response is told behind it */
    assert_int_equal(b->last.http.status, 100);
    assert_int_equal(b->last.http.transaction, 3);
    tcp_text(b, 2000, 10, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the");
    tcp_text(b, 2000, 10, " end");
    expect_counts(b, "http=6");
    tcp_close(b, 10, 2000);
    expect_counts(b, "http=7");
    assert_string_equal(b->body, "to the end");
    assert_int_equal(b->num_ended, 1);
    close_bench(b);
}

/* Requests and responses as they come: a response that comes first waits for its request. */
static void http_out_of_order(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    tcp_text(b, 2000, 10, "HTTP/1.1 204 None\r\n\r\n");
    assert_int_equal(b->num_units, 0);
    tcp_text(b, 10, 2000, GET);
    assert_string_equal(b->log, "http 10>2000 32 GET /a?b=c HTTP/1.1\nhttp 2000>10 21 HTTP/1.1 204 None\n");
    assert_int_equal(b->last.http.transaction, 1);
    tcp_text(b, 10, 2000, "CONNECT kms.example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n");
    tcp_text(b, 2000, 10, "HTTP/1.1 200 Tunnel\r\n\r\n");
    tcp(b, 10, 2000, "\x16\x03\x01\0\x02..", 7);
    expect_counts(b, "http=4 tls=1");
    close_bench(b);
}

/* What follows CONNECT is another protocol, HTTP too, also where some of it came before the answer did (RFC 9110 9.3.6). */
static void http_behind_connect(void **state)
{
    (void)state;
    static const char connect[] = "CONNECT kms.example.com:80 HTTP/1.1\r\nHost: h\r\n\r\n";
    static const char post[] = "POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    for (size_t early = 0; early < sizeof post; early++) {
        char first[256];
        bench *b = open_bench(NULL);
        tcp_open(b, 10, 2000);
        snprintf(first, sizeof first, "%s%.*s", connect, (int)early, post);
        tcp_text(b, 10, 2000, first);
        tcp_text(b, 2000, 10, "HTTP/1.1 200 Tunnel\r\n\r\n");
        if (post[early])
            tcp_text(b, 10, 2000, post + early);
        tcp_text(b, 2000, 10, "HTTP/1.1 204 None\r\n\r\n");
        expect_counts(b, "http=4");
        close_bench(b);
    }
}

/* A whole response is told when its connection ends, however it ends, and though no request ever came. */
static void http_without_request(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    tcp_text(b, 2000, 10, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    tgp_units_finish(b->units);
    expect_counts(b, "http=1");
    assert_string_equal(b->body, "ok");
    assert_string_equal(b->last.http.method, "");
    close_bench(b);
}

static void http_bombs(void **state)
{
    (void)state;
    /* 64 MiB of zeros, packed by gzip twice would be small; here: a chunked body beyond the limit, and one that says more than it has. */
    tgp_units_limits limits = { .message = 4096 };
    bench *b = open_bench(&limits);
    char *chunk = malloc(1100);
    assert_non_null(chunk);
    int front = snprintf(chunk, 1100, "400\r\n");
    memset(chunk + front, 'x', 1024);
    memcpy(chunk + front + 1024, "\r\n", 2);
    tcp_open(b, 10, 2000);
    tcp_text(b, 10, 2000, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (unsigned i = 0; i < 6; i++)
        tcp(b, 10, 2000, chunk, (size_t)front + 1026);
    free(chunk);
    expect_counts(b, "too_large=1");
    tcp_text(b, 10, 2000, "\r\n" GET);
    expect_counts(b, "http=1 too_large=1");
    tcp_text(b, 10, 2000, "POST / HTTP/1.1\r\nContent-Length: 8\r\nContent-Length: 9\r\n\r\n");
    expect_counts(b, "http=1 bad_http=1 too_large=1");
    close_bench(b);
}

/* It is not waited for without end. */
static void http_response_without_request(void **state)
{
    (void)state;
    tgp_units_limits limits = { .message = 4096 };
    bench *b = open_bench(&limits);
    char some[1024];
    memset(some, 'x', sizeof some);
    tcp_open(b, 10, 2000);
    tcp_text(b, 2000, 10, "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n");
    for (unsigned i = 0; i < 4; i++) {
        expect_counts(b, "");
        tcp(b, 2000, 10, some, sizeof some);
    }
    expect_counts(b, "too_large=1");
    close_bench(b);
}

static void tls(void **state)
{
    (void)state;
    tgp_units_limits limits = { .tls_octets = 20 };
    bench *b = open_bench(&limits);
    tcp_open(b, 10, 2000);
    tcp(b, 10, 2000, "\x16\x03\x01\0", 4);
    assert_int_equal(b->num_units, 0);
    tcp(b, 10, 2000,
        "\x05"
        "abcde",
        6);
    assert_int_equal(b->octets, 10);
    assert_true(b->last.tls.from_first);
    tcp(b, 2000, 10,
        "\x16\x03\x03\0\x05"
        "abcde\x17\x03\x03",
        13);
    assert_false(b->last.tls.from_first);
    assert_int_equal(b->octets, 20);
    tcp(b, 10, 2000, "more", 4);
    assert_int_equal(b->octets, 20);
    expect_counts(b, "tls=1");
    close_bench(b);
}

static void let_go(void **state)
{
    (void)state;
    static const char *const texts[] = { "220 mail.example.com ESMTP\r\n",
                                         "SSH-2.0-x\r\n",
                                         "\x16\x03\x09\0\x05",
                                         "\x16\x03\x01\0\0",
                                         "PRI * HTTP/2.0\r\n\r\n",
                                         "\x80zz",
                                         "INVITE sip:bob@example.com SIP/1.0\r\n" };
    bench *b = open_bench(NULL);
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = i == 3 || i == 2 ? 5 : strlen(texts[i]);
        tcp_open(b, 10 + i, 2000);
        tcp(b, 10 + i, 2000, texts[i], len);
        tcp_text(b, 10 + i, 2000, ONE);
    }
    expect_counts(b, "sip=4 other=3"); /* behind text there may be SIP */
    close_bench(b);
}

/* What begins with other text is looked through for 4096 octets, however they come, up to a NUL. */
static void text_in_front(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    tcp_text(b, 10, 2000, "hello, world\r\n\r\n" ONE);
    tcp_text(b, 10, 2000, TWO);
    tcp_open(b, 11, 2000);
    for (unsigned i = 0; i < 4096 / 18; i++)
        tcp_text(b, 11, 2000, "nothing but text\r\n");
    tcp_text(b, 11, 2000, "and no end of it\r\n");
    tcp_text(b, 11, 2000, ONE); /* let go */
    tcp_open(b, 12, 2000);
    tcp(b, 12, 2000, "text\r\n\0\r\n", 9);
    tcp_text(b, 12, 2000, ONE);
    tcp_open(b, 13, 2000);
    for (const char *at = "nothing\r\n" ONE "t"; *at; at++)
        tcp(b, 13, 2000, at, 1);
    expect_counts(b, "sip=3 other=2");
    close_bench(b);
}

/* Headers without an end cost no more than their length: another start line among them ends what is in front of it, and what is too long is passed
 * over at once. */
static void headers_without_end(void **state)
{
    (void)state;
    static const char *const lines[] = { "A a SIP/2.0\r\n", "SIP/2.0 200 OK\r\n", "A : SIP/2.0\r\n", "a: b\r\n" };
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        bench *b = open_bench(NULL);
        size_t len = strlen(lines[i]), num = 1400 / len;
        char segment[1401];
        for (size_t at = 0; at < num; at++)
            memcpy(segment + at * len, lines[i], len);
        tcp_open(b, 10, 2000);
        tcp_text(b, 10, 2000, "A a SIP/2.0\r\n");
        for (unsigned at = 0; at < 4000; at++)
            tcp(b, 10, 2000, segment, num * len);
        tcp_text(b, 10, 2000, "\r\n\r\n" ONE);
        tgp_units_finish(b->units);
        assert_true(count(b, TGP_UNITS_SIP) >= 1);
        assert_true(count(b, TGP_UNITS_BAD_SIP) + count(b, TGP_UNITS_TOO_LARGE) >= 1);
        close_bench(b);
    }
}

/* A gap, then the rest of a message: what follows it is found again. */
static void gaps(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_open(b, 10, 2000);
    tcp_text(b, 10, 2000, ONE HEAD "l: 4\r\n\r\n");
    b->seq[10] += 4; /* the body is not in the capture */
    tcp_text(b, 10, 2000, TWO "X-OPTIONS");
    tcp_text(b, 10, 2000, ": 5\r\n" TWO);
    tgp_units_finish(b->units);
    assert_int_equal(tgp_units_streams(b->units, TGP_STREAM_GAP), 1);
    assert_int_equal(count(b, TGP_UNITS_SIP), 3);
    assert_int_equal(count(b, TGP_UNITS_INCOMPLETE), 1);
    close_bench(b);
}

static void in_the_middle(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    tcp_at(b, 10, 2000, 500, 0, "a=sendrecv\r\n" TWO, 12 + strlen(TWO));
    tcp_at(b, 2000, 10, 900, 0, "v=0\r\n", 5);
    tcp_at(b, 2000, 10, 905, 0, "a=x\r\n" ONE, 5 + strlen(ONE));
    tcp_at(b, 11, 2000, 1, 0, "\0\1\2\3" TWO, 4 + strlen(TWO)); /* not text: let go */
    tgp_units_finish(b->units);
    expect_counts(b, "sip=2 other=1");
    close_bench(b);
}

static void memory(void **state)
{
    (void)state;
    tgp_units_limits limits = { .memory = 20000 };
    bench *b = open_bench(&limits);
    char body[1000];
    memset(body, 'x', sizeof body);
    for (unsigned i = 0; i < 50; i++) {
        tcp_open(b, 10 + i, 2000);
        tcp_text(b, 10 + i, 2000, HEAD "l: 5000\r\n\r\n");
        tcp(b, 10 + i, 2000, body, sizeof body);
    }
    assert_true(count(b, TGP_UNITS_TOO_LARGE) >= 35);
    for (unsigned i = 0; i < 50; i++) /* those that were given up go on with their next message */
        tcp_text(b, 10 + i, 2000, "\r\n" TWO);
    assert_true(count(b, TGP_UNITS_SIP) >= 35);
    close_bench(b); /* without tgp_units_finish */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip),
        cmocka_unit_test(sip_lost),
        cmocka_unit_test(msrp),
        cmocka_unit_test(bfcp),
        cmocka_unit_test(http),
        cmocka_unit_test(http_responses),
        cmocka_unit_test(tls),
        cmocka_unit_test(http_out_of_order),
        cmocka_unit_test(http_behind_connect),
        cmocka_unit_test(http_bombs),
        cmocka_unit_test(http_response_without_request),
        cmocka_unit_test(http_without_request),
        cmocka_unit_test(gaps),
        cmocka_unit_test(let_go),
        cmocka_unit_test(text_in_front),
        cmocka_unit_test(headers_without_end),
        cmocka_unit_test(in_the_middle),
        cmocka_unit_test(memory),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
