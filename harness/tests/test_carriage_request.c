/* SIP requests: what is read of them, what is none, limits, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/carriage.h"

#define START "MESSAGE sip:bob@example.com SIP/2.0\r\n"
#define FROM "From: \"A <x>\" <sip:alice@example.com>;tag=1\r\n"
#define TO "To: sip:bob@example.com;tag=2\r\n"
#define HEAD START FROM TO

static tg_sip_request got;

static tg_status read_octets(const char *text, size_t len)
{
    const char *reason = "";
    char *exact = malloc(len ? len : 1); /* so that a read beyond the end is seen */
    assert_non_null(exact);
    memcpy(exact, text, len);
    tg_status status = tg_sip_request_read(tg_bytes_of(exact, len), &got, &reason);
    if (status == TG_OK) {
        assert_true(got.body_offset + got.body.len <= len);
        assert_ptr_equal(got.body.data, (const uint8_t *)exact + got.body_offset);
        got.body.data = (const uint8_t *)text + got.body_offset;
    } else {
        assert_true(strlen(reason) > 0);
        assert_string_equal(got.method, "");
    }
    free(exact);
    return status;
}

static tg_status read_text(const char *text)
{
    return read_octets(text, strlen(text));
}

static void assert_body(const char *body)
{
    assert_int_equal(got.body.len, strlen(body));
    assert_memory_equal(got.body.data, body, strlen(body));
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static void what_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("\r\n\r\n" HEAD "P-Asserted-Identity: <tel:+15550100>, \"A, B\" <sip:alice@example.com>\r\n"
                  "Event: conference ; id=7\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n"
                  "content-transfer-encoding:  binary\r\nContent-Disposition: render\r\nContent-Length: 5\r\n"
                  "X-Other: \xff\r\n\r\nhelloworld"),
        TG_OK);
    assert_string_equal(got.method, "MESSAGE");
    assert_string_equal(got.request_uri, "sip:bob@example.com");
    assert_string_equal(got.from, "sip:alice@example.com");
    assert_string_equal(got.to, "sip:bob@example.com");
    assert_string_equal(got.asserted, "sip:alice@example.com");
    assert_string_equal(got.event, "conference");
    assert_string_equal(got.content_type, "multipart/mixed;   boundary=b");
    assert_string_equal(got.transfer_encoding, "binary");
    assert_string_equal(got.disposition, "render");
    assert_body("hello"); /* RFC 3261 18.3: what is behind is not of the message */
}

static void compact_forms_and_line_ends(void **state)
{
    (void)state;
    assert_int_equal(read_text("NOTIFY sip:alice@192.0.2.1:5060;transport=tcp SIP/2.0\nf: <sip:conf@example.com>\nt: "
                               "<sip:alice@example.com>\n"
                               "o: conference\nc: text/plain\nl: 2\n\nhi"),
                     TG_OK);
    assert_string_equal(got.method, "NOTIFY");
    assert_string_equal(got.request_uri, "sip:alice@192.0.2.1:5060;transport=tcp");
    assert_string_equal(got.event, "conference");
    assert_string_equal(got.content_type, "text/plain");
    assert_body("hi");
    /* without Content-Length, up to the end; without a body */
    assert_int_equal(read_text(HEAD "\r\nall of it"), TG_OK);
    assert_body("all of it");
    assert_string_equal(got.content_type, "");
    assert_int_equal(read_text(HEAD "\r\n"), TG_OK);
    assert_body("");
}

static void uris_as_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *value, *uri; /* NULL: refused */
    } cases[] = { { "<sip:al%40ice@Example.com;lr?h=v>;tag=x", "sip:al%40ice@Example.com;lr?h=v" },
                  { "Alice <sips:alice@example.com>", "sips:alice@example.com" },
                  { "tel:+15550100;tag=1", "tel:+15550100" },
                  { "\"quote \\\" <sip:mallory@example.com>\" <sip:alice@example.com>", "sip:alice@example.com" },
                  { "<sip:alice@example.com", NULL },
                  { "<sip:a%zz@example.com>", NULL }, /* libosip2 would make sip:a@example.com of it */
                  { "<sip:a b@example.com>", NULL },
                  { "<>", NULL },
                  { "", NULL },
                  { "nobody", NULL },
                  { "\"open <sip:alice@example.com>", NULL } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, START "From: %s\r\n" TO "\r\n", cases[i].value);
        assert_int_equal(read_text(text), cases[i].uri ? TG_OK : TG_BAD_SIP);
        if (cases[i].uri)
            assert_string_equal(got.from, cases[i].uri);
    }
}

/* What cannot be read in P-Asserted-Identity asserts nobody. */
static void asserted_identities(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *uri;
    } cases[] = { { "P-Asserted-Identity: tel:+15550100\r\nP-Asserted-Identity: sip:alice@example.com\r\n",
                    "sip:alice@example.com" },
                  { "P-Asserted-Identity: <sip:alice@example.com>, <sip:mallory@example.com>\r\n",
                    "sip:alice@example.com" },
                  { "P-Asserted-Identity: <sip:alice@example.com\r\n", "" },
                  { "P-Asserted-Identity: \"x, <sip:alice@example.com>\r\n", "" },
                  { "P-Asserted-Identity: ,,,\r\n", "" },
                  { "P-Asserted-Identity: \r\n", "" },
                  { "P-Asserted-Identity: tel:+15550100\r\n", "" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s\r\n", cases[i].lines);
        assert_int_equal(read_text(text), TG_OK);
        assert_string_equal(got.asserted, cases[i].uri);
    }
}

static void what_is_no_request(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\r\n",
        "SIP/2.0 200 OK\r\n" FROM TO "\r\n",
        "MESSAGE sip:bob@example.com SIP/3.0\r\n" FROM TO "\r\n",
        "MESSAGE sip:bob@example.com\r\n" FROM TO "\r\n",
        "MESSAGE  sip:bob@example.com SIP/2.0\r\n" FROM TO "\r\n",
        "MESSAGE sip:bob@example.com  SIP/2.0\r\n" FROM TO "\r\n",
        " sip:bob@example.com SIP/2.0\r\n" FROM TO "\r\n",
        "MES(SAGE sip:bob@example.com SIP/2.0\r\n" FROM TO "\r\n",
        "MESSAGE bob SIP/2.0\r\n" FROM TO "\r\n",
        "MESSAGE sip:b%4@example.com SIP/2.0\r\n" FROM TO "\r\n",
        START FROM "\r\n",
        START TO "\r\n",
        START FROM TO, /* headers do not end */
        START FROM TO "Event: x",
        HEAD "no colon\r\n\r\n",
        HEAD ": no name\r\n\r\n",
        HEAD FROM "\r\n",
        HEAD "f: <sip:alice@example.com>\r\n\r\n",
        HEAD "Content-Type: text/plain\r\nc: text/plain\r\n\r\n",
        HEAD "Content-Length: 0\r\nl: 0\r\n\r\n",
        HEAD "Event: a\r\no: b\r\n\r\n",
        HEAD "Content-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        HEAD "Content-Disposition: render\r\nContent-Disposition: render\r\n\r\n",
        HEAD "Content-Length: -1\r\n\r\n",
        HEAD "Content-Length: 1x\r\n\r\nab",
        HEAD "Content-Length: \r\n\r\nab",
        HEAD "Content-Length: 3\r\n\r\nab",
        HEAD "Content-Length: 99999999999999999999999999999999\r\n\r\nab",
        HEAD "Content-Encoding: gzip\r\n\r\n",
        HEAD "e: gzip\r\n\r\n",
        HEAD "X: a\rContent-Type: text/plain\r\n\r\n",
        "MESSAGE sip:bob@example.com\r SIP/2.0\r\n" FROM TO "\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (read_text(texts[i]) != TG_BAD_SIP)
            fail_msg("case %zu", i);
    }
    static const char nul[] = HEAD "X: a\0b\r\n\r\n";
    assert_int_equal(read_octets(nul, sizeof nul - 1), TG_BAD_SIP);
    assert_int_equal(read_text(HEAD "Content-Encoding: Identity\r\nContent-Length: 0002\r\n\r\nab"), TG_OK);
    assert_body("ab");
}

/* However it is cut off, it is no request: Content-Length says what is missing. */
static void every_beginning(void **state)
{
    (void)state;
    static const char text[] = HEAD "Content-Length: 5\r\n\r\nhello";
    for (size_t len = 0; len < sizeof text - 1; len++)
        assert_int_equal(read_octets(text, len), TG_BAD_SIP);
    assert_int_equal(read_octets(text, sizeof text - 1), TG_OK);
}

static char *filled(const char *before, char with, size_t num, const char *behind)
{
    size_t len = strlen(before) + num + strlen(behind);
    char *text = malloc(len + 1);
    assert_non_null(text);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), with, num);
    memcpy(text + strlen(before) + num, behind, strlen(behind) + 1);
    return text;
}

static void expect_filled(const char *before, char with, size_t num, const char *behind, tg_status status)
{
    char *text = filled(before, with, num, behind);
    assert_int_equal(read_text(text), status);
    free(text);
}

static void limits(void **state)
{
    (void)state;
    expect_filled("MESSAGE sip:", 'b', TG_SIP_TEXT_MAX - 5, " SIP/2.0\r\n" FROM TO "\r\n", TG_OK);
    expect_filled("MESSAGE sip:", 'b', TG_SIP_TEXT_MAX - 4, " SIP/2.0\r\n" FROM TO "\r\n", TG_TOO_LARGE);
    expect_filled("MESSAGE sip:", 'b', TG_SIP_MAX_LINE, " SIP/2.0\r\n" FROM TO "\r\n", TG_TOO_LARGE);
    expect_filled(HEAD "Content-Type: ", 'b', TG_SIP_TEXT_MAX - 1, "\r\n\r\n", TG_OK);
    expect_filled(HEAD "Content-Type: ", 'b', TG_SIP_TEXT_MAX, "\r\n\r\n", TG_TOO_LARGE);
    expect_filled(HEAD "X: ", 'b', TG_SIP_MAX_LINE - 3, "\r\n\r\n", TG_OK);
    expect_filled(HEAD "X: ", 'b', TG_SIP_MAX_LINE - 2, "\r\n\r\n", TG_TOO_LARGE);
    char many[(TG_SIP_MAX_HEADERS + 1) * 6 + sizeof HEAD + 2];
    for (size_t num = TG_SIP_MAX_HEADERS - 2; num <= TG_SIP_MAX_HEADERS - 1; num++) {
        size_t len = sizeof HEAD - 1;
        memcpy(many, HEAD, len);
        for (size_t i = 0; i < num; i++, len += 6)
            memcpy(many + len, "X: a\r\n", 6);
        memcpy(many + len, "\r\n", 3);
        assert_int_equal(read_text(many), num == TG_SIP_MAX_HEADERS - 2 ? TG_OK : TG_TOO_LARGE);
    }
    const char *reason = "";
    assert_int_equal(tg_sip_request_read(tg_bytes_of(many, TG_SIP_MAX_REQUEST + 1), &got, &reason), TG_TOO_LARGE);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static tg_sip_plan message_plan(void)
{
    return (tg_sip_plan){ .method = "MESSAGE",
                          .request_uri = "sip:bob@example.com",
                          .from = "sip:alice@example.com",
                          .to = "sip:bob@example.com",
                          .from_tag = "a1",
                          .call_id = "c1@host.example.com",
                          .branch = "b1",
                          .sent_by = "host.example.com",
                          .content_type = "text/plain",
                          .cseq = 7,
                          .body = { (const uint8_t *)"a\0\xff\n", 4 } };
}

static tg_status write_plan(const tg_sip_plan *plan, char *out, size_t *len)
{
    const char *reason = "";
    size_t max = tg_sip_request_size(plan);
    uint8_t *room = malloc(max);
    assert_non_null(room);
    tg_status status = tg_sip_request_write(plan, room, max, len, &reason);
    if (status == TG_OK)
        memcpy(out, room, *len);
    else
        assert_int_equal(*len, 0);
    assert_true(status == TG_OK || strlen(reason) > 0);
    free(room);
    return status;
}

static void what_is_written(void **state)
{
    (void)state;
    static const char expected[] =
        "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP host.example.com;branch=z9hG4bKb1\r\n"
        "From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>\r\n"
        "Call-ID: c1@host.example.com\r\nCSeq: 7 MESSAGE\r\nContent-Type: text/plain\r\n"
        "Max-Forwards: 70\r\nContent-Length: 4\r\n\r\na\0\xff\n";
    char out[4096];
    size_t len = 0;
    tg_sip_plan plan = message_plan();
    assert_int_equal(write_plan(&plan, out, &len), TG_OK);
    assert_int_equal(len, sizeof expected - 1);
    assert_memory_equal(out, expected, len);
}

static void a_notify_is_written_and_read(void **state)
{
    (void)state;
    char out[4096];
    size_t len = 0;
    tg_sip_plan plan = message_plan();
    plan.method = "NOTIFY";
    plan.to_tag = "t1";
    plan.contact = "sip:conf@192.0.2.9";
    plan.asserted = "sip:conf@example.com";
    plan.event = "conference;id=1";
    plan.subscription_state = "active;expires=3600";
    plan.transfer_encoding = "base64";
    plan.disposition = "attachment; filename=smime.p7m";
    plan.content_type = "application/pkcs7-mime; smime-type=authEnveloped-data; name=\"smime.p7m\"";
    assert_int_equal(write_plan(&plan, out, &len), TG_OK);
    out[len] = '\0';
    assert_non_null(strstr(out, "To: <sip:bob@example.com>;tag=t1\r\n"));
    assert_non_null(strstr(out, "Contact: <sip:conf@192.0.2.9>\r\n"));
    assert_non_null(strstr(out, "Subscription-State: active;expires=3600\r\n"));
    assert_int_equal(read_octets(out, len), TG_OK);
    assert_string_equal(got.asserted, "sip:conf@example.com");
    assert_string_equal(got.event, "conference");
    assert_string_equal(got.transfer_encoding, "base64");
    assert_string_equal(got.disposition, "attachment; filename=smime.p7m");
    assert_int_equal(got.body.len, 4);
}

/* No text may begin a header of its own, or end a word. */
static void what_is_not_written(void **state)
{
    (void)state;
    char out[4096];
    size_t len = 0;
    const char *reason = "";
    uint8_t small[64];
    static const char *const bad[] = { "", "a b", "a\r\nX: y", "a\n", "a;b", "<a>", NULL };
    static const char *const bad_uris[] = { "", "bob", "sip:a b@x", "sip:b@x\r\nX: y", "sip:b@x>", "sip:b%z@x", NULL };
    for (size_t i = 0; i < 7; i++) {
        tg_sip_plan plans[9];
        for (size_t n = 0; n < 9; n++)
            plans[n] = message_plan();
        plans[0].method = plans[1].from_tag = plans[2].call_id = plans[3].branch = plans[4].sent_by = bad[i];
        plans[5].request_uri = plans[6].from = plans[7].to = bad_uris[i];
        plans[8].to_tag = bad[i] ? bad[i] : "a,b";
        for (size_t n = 0; n < 9; n++)
            assert_int_equal(write_plan(&plans[n], out, &len), TG_BAD_SIP);
    }
    tg_sip_plan values[5];
    for (size_t n = 0; n < 5; n++)
        values[n] = message_plan();
    values[0].content_type = values[1].event = values[2].disposition = values[3].transfer_encoding = "a\r\nX: y";
    values[4].subscription_state = "a\tb";
    for (size_t n = 0; n < 5; n++)
        assert_int_equal(write_plan(&values[n], out, &len), TG_BAD_SIP);
    tg_sip_plan plan = message_plan();
    assert_int_equal(tg_sip_request_write(&plan, small, sizeof small, &len, &reason), TG_BUFFER_FULL);
    assert_int_equal(len, 0);
    plan.body.len = TG_SIP_MAX_REQUEST;
    assert_int_equal(tg_sip_request_write(&plan, small, sizeof small, &len, &reason), TG_TOO_LARGE);
}

static int ready(void **state)
{
    (void)state;
    return tg_carriage_init() == TG_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(compact_forms_and_line_ends),
        cmocka_unit_test(uris_as_they_stand),
        cmocka_unit_test(asserted_identities),
        cmocka_unit_test(what_is_no_request),
        cmocka_unit_test(every_beginning),
        cmocka_unit_test(limits),
        cmocka_unit_test(what_is_written),
        cmocka_unit_test(a_notify_is_written_and_read),
        cmocka_unit_test(what_is_not_written),
    };
    return cmocka_run_group_tests(tests, ready, NULL);
}
