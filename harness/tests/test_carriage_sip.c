/* The SDP body of SIP messages: headers, multipart bodies, framing, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/carriage.h"

#define INVITE "INVITE sip:bob@example.com SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=1\r\n"
#define OK_200 "SIP/2.0 200 OK\r\nTo: <sip:bob@example.com>;tag=2\r\n"
#define SDP_TYPE "Content-Type: application/sdp\r\n"

typedef struct seen {
    size_t num;
    char first_line[128], body[256];
} seen;

static void note(void *user, const char *first_line, const char *body, size_t body_len)
{
    seen *to = user;
    to->num++;
    (void)snprintf(to->first_line, sizeof to->first_line, "%s", first_line);
    (void)snprintf(to->body, sizeof to->body, "%.*s", (int)body_len, body_len ? body : "");
}

static tg_status find(const char *text, size_t len, seen *to)
{
    const char *reason = "";
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    memset(to, 0, sizeof *to);
    tg_status status = tg_sip_sdp_body(exact, len, note, to, &reason);
    free(exact);
    assert_int_equal(to->num, status == TG_OK ? 1 : 0);
    if (status != TG_OK)
        assert_true(strlen(reason) > 0);
    return status;
}

static void expect(const char *text, const char *body)
{
    seen to;
    assert_int_equal(find(text, strlen(text), &to), TG_OK);
    assert_string_equal(to.body, body);
}

static void refused(const char *text, tg_status status)
{
    seen to;
    assert_int_equal(find(text, strlen(text), &to), status);
}

static void plain_bodies(void **state)
{
    (void)state;
    seen to;
    static const char invite[] = INVITE SDP_TYPE "Content-Length: 5\r\n\r\nv=0\r\nwhat follows";
    assert_int_equal(find(invite, strlen(invite), &to), TG_OK);
    assert_string_equal(to.first_line, "INVITE sip:bob@example.com SIP/2.0");
    assert_string_equal(to.body, "v=0\r\n");
    expect(OK_200 "c: Application/SDP ; x=\"a;b\"\r\nl: 5\r\n\r\nv=0\r\n", "v=0\r\n");
    expect(OK_200 SDP_TYPE "\r\nv=0\r\n", "v=0\r\n");
    expect("SIP/2.0 200 OK\nContent-Type: application/sdp\n\nv=0\n", "v=0\n");
    expect("\r\n\r\n" INVITE "CONTENT-TYPE:\r\n application/sdp\r\ncontent-length :\t5\r\n\r\nv=0\r\n", "v=0\r\n");
}

static void other_headers_do_not_matter(void **state)
{
    (void)state;
    expect("INVITE sip:bob@[::1]:5060;transport=tcp SIP/2.0\r\nFrom: <sip:broken\r\nVia: \r\nno colon\r\n: none\r\n"
           "Authorization: ,,,\r\n" SDP_TYPE "\r\nv=0\r\n",
           "v=0\r\n");
}

static void not_there(void **state)
{
    (void)state;
    refused(OK_200 "Content-Length: 0\r\n\r\n", TG_NOT_FOUND);
    refused(OK_200 SDP_TYPE "Content-Length: 0\r\n\r\nv=0\r\n", TG_NOT_FOUND);
    refused(OK_200 "\r\nv=0\r\n", TG_NOT_FOUND);
    refused(OK_200 "Content-Type: text/plain\r\n\r\nv=0\r\n", TG_NOT_FOUND);
    refused(OK_200 SDP_TYPE "Content-Encoding: gzip\r\n\r\nv=0\r\n", TG_NOT_FOUND);
    expect(OK_200 SDP_TYPE "Content-Encoding: identity\r\n\r\nv=0\r\n", "v=0\r\n");
}

static void malformed(void **state)
{
    (void)state;
    refused("", TG_BAD_SDP);
    refused("\r\n\r\n", TG_BAD_SDP);
    refused("hello\r\n\r\n", TG_BAD_SDP);
    refused("GET / HTTP/1.1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", TG_BAD_SDP);
    refused("INVITE SIP/2.0\r\n\r\n", TG_BAD_SDP);
    refused("SIP/2.0 abc\r\n" SDP_TYPE "\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 "Content-Type: sdp\r\n\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 SDP_TYPE SDP_TYPE "\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 SDP_TYPE "Content-Length: -1\r\n\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 SDP_TYPE "Content-Length: 5\r\nl: 5\r\n\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 SDP_TYPE "Content-Length: 99999999999999999999\r\n\r\nv=0\r\n", TG_BAD_SDP);
    refused(OK_200 SDP_TYPE "Content-Length: 6\r\n\r\nv=0\r\n", TG_TRUNCATED);
    refused(OK_200 SDP_TYPE "Content-Length: 6\r\n", TG_TRUNCATED);
    seen to;
    static const char nul[] = "SIP/2.0 200 O\0K\r\n" SDP_TYPE "\r\nv=0\r\n";
    assert_int_equal(find(nul, sizeof nul - 1, &to), TG_BAD_SDP);
}

static void multipart(void **state)
{
    (void)state;
    expect(OK_200 "Content-Type: multipart/mixed;boundary=b1\r\n\r\npreamble\r\n--b1\r\nContent-Type: text/plain;\r\n"
                  " charset=utf-8\r\n\r\nhello\r\n--b1x\r\n--b1\r\n\r\nno headers\r\n--b1 \r\n"
                  "Content-Type: application/sdp\r\nContent-Disposition: session\r\n\r\nv=0\r\ns=-\r\n"
                  "\r\n--b1--\r\nend",
           "v=0\r\ns=-\r\n");
    expect(OK_200 "Content-Type: multipart/mixed; boundary=\"b 1\"\n\n--b 1\nc: application/sdp\n\nv=0\n--b 1--",
           "v=0");
    expect(OK_200 "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative;\r\n"
                  " boundary=i\r\n\r\n--i\r\nContent-Type: application/sdp\r\n\r\nv=1\r\n--i--\r\n--o\r\n" SDP_TYPE
                  "\r\nv=2\r\n--o--\r\n",
           "v=1");
}

static void multipart_without_sdp(void **state)
{
    (void)state;
    refused(OK_200 "Content-Type: multipart/mixed\r\n\r\n--b\r\n" SDP_TYPE "\r\nv=0\r\n--b--\r\n", TG_NOT_FOUND);
    refused(OK_200 "Content-Type: multipart/mixed;boundary=\"\"\r\n\r\n--\r\n" SDP_TYPE "\r\nv=0\r\n----\r\n",
            TG_NOT_FOUND);
    refused(OK_200 "Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n" SDP_TYPE "\r\nv=0\r\n", TG_NOT_FOUND);
    refused(OK_200 "Content-Type: multipart/mixed;boundary=b\r\n\r\n--b--\r\n--b\r\n" SDP_TYPE "\r\nv=0\r\n--b--\r\n",
            TG_NOT_FOUND);
}

/* Multipart in multipart, the SDP at the bottom. */
static void nested(size_t depth, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, OK_200);
    for (size_t i = 0; i < depth; i++)
        used += (size_t)snprintf(out + used, size - used,
                                 "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n--b%zu\r\n", i, i);
    used += (size_t)snprintf(out + used, size - used, SDP_TYPE "\r\nv=0\r\n");
    for (size_t i = depth; i-- > 0;)
        used += (size_t)snprintf(out + used, size - used, "--b%zu--\r\n", i);
}

static void limits(void **state)
{
    (void)state;
    static char text[TG_SIP_MAX_OCTETS + 1024];
    seen to;
    nested(3, text, sizeof text);
    expect(text, "v=0");
    nested(4, text, sizeof text);
    refused(text, TG_NOT_FOUND);
    size_t used = strlen(strcpy(text, OK_200));
    for (size_t i = 0; i < TG_SIP_MAX_HEADERS; i++)
        used += strlen(strcpy(text + used, "X: 1\r\n"));
    strcpy(text + used, SDP_TYPE "\r\nv=0\r\n");
    refused(text, TG_TOO_LARGE);
    used = strlen(strcpy(text, OK_200 "X: "));
    memset(text + used, 'x', TG_SIP_MAX_LINE);
    strcpy(text + used + TG_SIP_MAX_LINE, "\r\n" SDP_TYPE "\r\nv=0\r\n");
    refused(text, TG_TOO_LARGE);
    used = strlen(strcpy(text, OK_200 SDP_TYPE "\r\n"));
    memset(text + used, 'x', TG_SIP_MAX_OCTETS - used + 1);
    assert_int_equal(find(text, TG_SIP_MAX_OCTETS, &to), TG_OK);
    assert_int_equal(find(text, TG_SIP_MAX_OCTETS + 1, &to), TG_TOO_LARGE);
}

static void beginnings(void **state)
{
    (void)state;
    assert_true(tg_sip_begins("SIP/2.0 200 OK\r\n", 16));
    assert_true(tg_sip_begins("\r\n\r\nBYE sip:a SIP/2.0\n", 22));
    assert_false(tg_sip_begins("SIP/2.0 200 OK", 14));
    assert_false(tg_sip_begins("GET / HTTP/1.1\r\n", 16));
    assert_false(tg_sip_begins(" SIP/2.0\r\n", 10));
    assert_false(tg_sip_begins("X SIP/2.0\r\n", 11));
    assert_false(tg_sip_begins("", 0));
    assert_false(tg_sip_begins(NULL, 0));
}

static void frames(void **state)
{
    (void)state;
    static const char two[] = INVITE "Content-Length: 5\r\n\r\nv=0\r\n" OK_200 "l:0\r\n\r\n";
    const char *reason;
    size_t first = strlen(INVITE "Content-Length: 5\r\n\r\nv=0\r\n"), len = 0;
    assert_int_equal(tg_sip_frame(two, strlen(two), &len, &reason), TG_OK);
    assert_int_equal(len, first);
    for (size_t cut = 1; cut < first; cut++)
        assert_int_equal(tg_sip_frame(two, cut, &len, &reason), TG_TRUNCATED);
    assert_int_equal(tg_sip_frame(two + first, strlen(two) - first, &len, &reason), TG_OK);
    assert_int_equal(len, strlen(two) - first);
    assert_int_equal(tg_sip_frame(OK_200 "l: 200000\r\n\r\n", strlen(OK_200 "l: 200000\r\n\r\n"), &len, &reason),
                     TG_TOO_LARGE);
}

static int ready(void **state)
{
    (void)state;
    return tg_carriage_init() == TG_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bodies), cmocka_unit_test(other_headers_do_not_matter),
        cmocka_unit_test(not_there),    cmocka_unit_test(malformed),
        cmocka_unit_test(multipart),    cmocka_unit_test(multipart_without_sdp),
        cmocka_unit_test(limits),       cmocka_unit_test(beginnings),
        cmocka_unit_test(frames),
    };
    return cmocka_run_group_tests(tests, ready, NULL);
}
