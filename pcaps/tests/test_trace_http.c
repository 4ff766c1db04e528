/* MIKEY messages in HTTP: by which targets they are known (findings.h), and codings that nobody undoes. */
#include "test_trace_support.h"

/* ---- targets ---------------------------------------------------------------------------------------------------- */

typedef struct target {
    const char *request, *resolve; /* queries of the mapping */
    const char *target;
    bool is_one;
} target;

#define ASKS "requesttype=ticketrequest"
#define RESOLVES "requesttype=ticketresolve"

static const target targets[] = {
    { ASKS, RESOLVES, "/keys?" ASKS, true },
    { ASKS, RESOLVES, "/keys?" RESOLVES, true },
    { ASKS, RESOLVES, "/keys?other", false },
    { ASKS, RESOLVES, "/keys?" ASKS "2", false },
    { ASKS, RESOLVES, "/keys?", false },
    { ASKS, RESOLVES, "/keys", false },
    { ASKS, RESOLVES, "/key?" ASKS, false },
    { ASKS, RESOLVES, "/keys2?" ASKS, false },
    /* "": any, or none */
    { "", RESOLVES, "/keys", true },
    { ASKS, "", "/keys", true },
    { "", "", "/keys?", true },
    { "", "", "/keys?other", true },
    { "", "", "/keys2", false },
    { "", "", "/", false },
    /* RFC 9112 3.2.2, RFC 3986 3.1: schemes are in letters of either size */
    { ASKS, RESOLVES, "http://kms.example.com/keys?" ASKS, true },
    { ASKS, RESOLVES, "HTTPS://kms.example.com:8443/keys?" RESOLVES, true },
    { ASKS, RESOLVES, "http://kms.example.com/other?" ASKS, false },
    { ASKS, RESOLVES, "http://kms.example.com?" ASKS, false },
    { ASKS, RESOLVES, "http://kms.example.com", false },
    { "", "", "http://kms.example.com/keys", true },
    { ASKS, RESOLVES, "ftp://kms.example.com/keys?" ASKS, false },
};

static void send_request(bench *b, flow *f, const char *request_target, const char *type, tg_bytes mikey)
{
    char text[9000];
    int head = snprintf(text, sizeof text,
                        "POST %s HTTP/1.1\r\nHost: kms.example.com\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        request_target, type, mikey.len);
    assert_in_range((size_t)head + mikey.len, 1, sizeof text);
    memcpy(text + head, mikey.data, mikey.len);
    tcp(b, f, 0, 24, text, (size_t)head + mikey.len);
}

static void they_are_known_by_their_target(void **state)
{
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const target *t = &targets[i];
        tg_profile profile = *tg_profile_find("ims-mixed");
        bench b;
        profile.http.path = "/keys";
        profile.http.query_request = t->request;
        profile.http.query_resolve = t->resolve;
        bench_open(&b, NULL, &profile, 0);
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        send_request(&b, &f, t->target, "application/octet-stream", story_octets(&story, "request", 0));
        send_request(&b, &f, t->target, "text/html", story_octets(&story, "request", 0));
        tcp_close(&b, &f);
        finish(&b);
        if (b.told->num_messages != t->is_one)
            fail_msg("%s: %zu messages", t->target, b.told->num_messages);
        bench_close(&b);
    }
    story_free(&story);
}

/* ---- codings ---------------------------------------------------------------------------------------------------- */

typedef struct coding {
    const char *type, *fields; /* in the response */
    bool chunked, is_read;
    unsigned unread;
} coding;

#define MIKEY_TYPE "application/mikey"

static const coding codings[] = {
    { MIKEY_TYPE, "", false, true, 0 },
    { MIKEY_TYPE, "Content-Encoding: identity\r\n", false, true, 0 },
    { MIKEY_TYPE, "Transfer-Encoding: chunked\r\n", true, true, 0 },
    { MIKEY_TYPE, "Transfer-Encoding: Chunked\r\nContent-Encoding: Identity\r\n", true, true, 0 },
    { MIKEY_TYPE, "Content-Encoding: br\r\n", false, false, 1 },
    { MIKEY_TYPE, "content-encoding:ZSTD \r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: identity, br\r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: gzip,gzip , gzip\r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: gzip, deflate\r\nContent-Encoding: x-gzip\r\n", false, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: gzip, chunked\r\n", true, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n", true, false, 1 },
    { "text/html", "Content-Encoding: br\r\n", false, false, 0 }, /* nobody wants it */
    /* RFC 9110 5.3: a field of one value that stands there twice is an error. */
    { MIKEY_TYPE, "content-type: text/html\r\n", false, false, 1 },
    { "text/html", "Content-Type: Application/Mikey\r\n", false, false, 1 },
    { "text/html", "Content-Type: text/plain\r\n", false, false, 0 },
    { MIKEY_TYPE, "Content-Type: application/mikey\r\n", false, false, 1 },
};

static void send_response(bench *b, flow *f, const coding *c, tg_bytes mikey)
{
    char text[9000], length[64] = "";
    if (!c->chunked)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", mikey.len);
    int head =
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s%s\r\n", c->type, c->fields, length);
    if (c->chunked)
        head += snprintf(text + head, sizeof text - (size_t)head, "%zx\r\n", mikey.len);
    assert_in_range((size_t)head + mikey.len + 8, 1, sizeof text);
    memcpy(text + head, mikey.data, mikey.len);
    size_t len = (size_t)head + mikey.len;
    if (c->chunked) {
        memcpy(text + len, "\r\n0\r\n\r\n", 7);
        len += 7;
    }
    tcp(b, f, 1, 24, text, len);
}

static void what_cannot_be_read_is_counted(void **state)
{
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        const coding *c = &codings[i];
        bench b;
        bench_open(&b, NULL, NULL, 0);
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        http(&b, &f, true, story_octets(&story, "request", 0), false);
        send_response(&b, &f, c, story_octets(&story, "request", 1));
        tcp_close(&b, &f);
        tgp_verdict verdict = finish(&b);
        const tgp_units *units = tgp_trace_units(b.trace);
        if (b.told->num_messages != 1U + c->is_read)
            fail_msg("%s: %zu messages", c->fields, b.told->num_messages);
        assert_int_equal(tgp_units_messages(units, TGP_UNITS_HTTP), 2);
        assert_int_equal(tgp_units_messages(units, TGP_UNITS_UNREAD_BODY), c->unread);
        assert_int_equal(verdict, c->unread ? TGP_INCONCLUSIVE : TGP_CONFORMS);
        bench_close(&b);
    }
    story_free(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_known_by_their_target),
        cmocka_unit_test(what_cannot_be_read_is_counted),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
