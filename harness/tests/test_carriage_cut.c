/* A look at any SIP message: what is told of it agrees with libosip2's whole parse wherever that takes the message; framing, limits, and what is
 * refused. The messages are written after the kinds of cases that RFC 4475 tells of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>
#include <osipparser2/osip_parser.h>

#include "test_carriage_support.h"

#define VIA_LINE "Via: SIP/2.0/UDP pc33.example.com;branch=z9hG4bK776asdhds\r\n"
#define REST                                                                                                           \
    "From: Alice <sip:alice@example.com>;tag=1928\r\nTo: Bob <sip:bob@example.com>\r\nCall-ID: "                       \
    "a84b4c@pc33.example.com\r\nCSeq: 314159 INVITE\r\n"
#define INVITE "INVITE sip:bob@example.com SIP/2.0\r\n"

static const char *const messages[] = {
    INVITE VIA_LINE
    "Max-Forwards: 70\r\n" REST
    "Contact: <sip:alice@pc33.example.com>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    "SIP/2.0 200 OK\r\n" VIA_LINE "f: <sip:alice@example.com>;tag=1\r\nt: <sip:bob@example.com> ; tag = 2\r\ni: "
                                  "1@h\r\nCSeq: 0009 INVITE\r\nl: 0\r\n\r\n",
    "SIP/2.0 180 \r\nv: SIP/2.0/TCP a.example.com:5060;branch=z9hG4bKa, SIP/2.0/UDP "
    "b.example.com;branch=z9hG4bKb\r\n" VIA_LINE REST "Content-Length: 0\r\n\r\n",
    INVITE "TO :\r\n sip:bob@example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       "
           "<sip:jdrosen@example.com>\r\n  ;\r\n"
           "  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nCseq: 0009\r\n  INVITE\r\nVia "
           " : SIP  /   2.0\r\n /UDP\r\n"
           "    192.0.2.2;branch=390skdjuw\r\ns :\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS sip:bob@example.com SIP/2.0\r\n" VIA_LINE
    "From: \"a,b;tag=no\" <sip:alice@example.com;tag=inside>;x=\";tag=quoted\";tag=yes\r\n"
    "To: sip:bob@example.com;tag=totag\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
    "MESSAGE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKq;rport\nFrom: "
    "<sip:a@b>;tag=1\nTo: <sip:b@c>\n"
    "Call-ID: 5\nCSeq: 4294967295 MESSAGE\nContent-Type: text/plain\nContent-Length: 2\n\nhi",
};

static tg_sip_head *cut(const char *text, size_t len, tg_status expected)
{
    static tg_sip_head head;
    const char *reason = NULL;
    memset(&head, 0xa5, sizeof head);
    tg_status status = tg_sip_cut(tg_bytes_of(text, len), &head, &reason);
    assert_string_equal(tg_status_name(status), tg_status_name(expected));
    assert_int_equal(reason[0] == '\0', status == TG_OK);
    return &head;
}

static void same_tag(tg_bytes found, osip_from_t *address)
{
    osip_generic_param_t *tag = NULL;
    (void)osip_from_get_tag(address, &tag);
    is_text(found, tag ? tag->gvalue : NULL);
}

static void same_call_id(tg_bytes found, const osip_call_id_t *call_id)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s%s%s", call_id->number, call_id->host ? "@" : "",
                   call_id->host ? call_id->host : "");
    is_text(found, text);
}

static void same_body(const tg_sip_head *head, const osip_message_t *whole)
{
    const osip_body_t *body = osip_list_get(&whole->bodies, 0);
    assert_int_equal(head->body.len, body ? body->length : 0);
    if (body)
        assert_memory_equal(head->body.data, body->body, body->length);
}

static void agrees_with_the_whole_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        const tg_sip_head *head = cut(messages[i], strlen(messages[i]), TG_OK);
        osip_message_t *whole = NULL;
        osip_via_t *via = NULL;
        osip_generic_param_t *branch = NULL;
        assert_int_equal(osip_message_init(&whole), OSIP_SUCCESS);
        if (osip_message_parse(whole, messages[i], strlen(messages[i])) != OSIP_SUCCESS)
            fail_msg("libosip2 does not take message %zu", i);
        assert_int_equal(head->request, whole->sip_method != NULL);
        assert_int_equal(head->status, whole->status_code);
        same_tag(head->from_tag, whole->from);
        same_tag(head->to_tag, whole->to);
        same_call_id(head->call_id, whole->call_id);
        assert_true(head->has_cseq);
        assert_int_equal(head->cseq, strtoul(whole->cseq->number, NULL, 10));
        is_text(head->cseq_method, whole->cseq->method);
        assert_int_equal(head->num_vias, osip_list_size(&whole->vias));
        assert_int_equal(osip_message_get_via(whole, 0, &via), 0);
        (void)osip_via_param_get_byname(via, (char[]){ "branch" }, &branch);
        is_text(head->branch, branch->gvalue);
        same_body(head, whole);
        osip_message_free(whole);
    }
}

static void start_lines(void **state)
{
    (void)state;
    static const char *const bad[] = { "INVITE  sip:a@b SIP/2.0",
                                       "INVITE sip:a@b  SIP/2.0",
                                       "INVITE sip:a@b SIP/2.0 ",
                                       "INVITE sip:a b SIP/2.0",
                                       "INVITE sip:a@b SIP/7.0",
                                       "INVITE SIP/2.0",
                                       " INVITE sip:a@b SIP/2.0",
                                       "SIP/2.0 99 x",
                                       "SIP/2.0 2000 x",
                                       "SIP/2.0 700 x",
                                       "SIP/2.0 200",
                                       "SIP/3.0 200 OK",
                                       "GET / HTTP/1.1",
                                       "(x) sip:a@b SIP/2.0",
                                       "SIP/2.0  200 OK" };
    char text[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int len = snprintf(text, sizeof text, "%s\r\n\r\n", bad[i]);
        (void)cut(text, (size_t)len, TG_BAD_SIP);
    }
    static const char odd[] = "!interesting-Method0123456789_*+`.%indeed'~ "
                              "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com SIP/2.0\r\n\r\n";
    const tg_sip_head *head = cut(odd, strlen(odd), TG_OK);
    assert_true(head->request);
    is_text(head->method, "!interesting-Method0123456789_*+`.%indeed'~");
    (void)cut("INVITE sip:a\0@b SIP/2.0\r\n\r\n", 27, TG_BAD_SIP);
    head = cut("\r\n\r\nSIP/2.0 404 Not  found \r\n\r\n", 32, TG_OK);
    is_text(head->reason_phrase, "Not  found ");
    assert_int_equal(head->offset, 4);
}

static void framing(void **state)
{
    (void)state;
    const char *text = messages[0];
    size_t len = strlen(text), before = len - 5;
    for (size_t i = 0; i < len; i++) {
        const tg_sip_head *head = cut(text, i, TG_TRUNCATED);
        assert_int_equal(head->frame_len, i < before ? 0 : len);
    }
    char two[2048];
    int both = snprintf(two, sizeof two, "%s%s", text, messages[1]);
    const tg_sip_head *head = cut(two, (size_t)both, TG_OK);
    assert_int_equal(head->frame_len, len);
    assert_int_equal(head->octets.len, len);
    assert_int_equal(head->body_offset, before);
    static const char open[] = INVITE "\r\nall of it";
    is_text(cut(open, strlen(open), TG_OK)->body, "all of it");
}

static void refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Content-Length: 1\r\nl: 1",   "Content-Length: -1",        "Content-Length: ", "Content-Length: 1,1",
        "Call-ID: 1\r\ni: 1",          "From: a\r\nf: a",           "To: a\r\nt: a",    "CSeq: 1 A\r\nCSeq: 1 A",
        "Content-Type: a/b\r\nc: a/b", "Content-Length: 9999999999"
    };
    char text[512];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int len = snprintf(text, sizeof text, INVITE "%s\r\n\r\n", bad[i]);
        (void)cut(text, (size_t)len, TG_BAD_SIP);
    }
    int len = snprintf(text, sizeof text, INVITE "Content-Length: 999999999\r\n\r\n");
    (void)cut(text, (size_t)len, TG_TOO_LARGE);
}

static void limits(void **state)
{
    (void)state;
    const size_t room = TG_SIP_MAX_OCTETS + 100;
    char *text = malloc(room);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "%s", INVITE);
    for (size_t i = 0; i < TG_SIP_MAX_HEADERS; i++)
        used += (size_t)sprintf(text + used, "X: %zu\r\n", i);
    memcpy(text + used, "\r\n", 2);
    assert_int_equal(cut(text, used + 2, TG_OK)->num_headers, TG_SIP_MAX_HEADERS);
    memcpy(text + used, "Y: 1\r\n\r\n", 8);
    (void)cut(text, used + 8, TG_TOO_LARGE);
    used = (size_t)sprintf(text, "%sX: ", INVITE);
    memset(text + used, 'x', TG_SIP_MAX_LINE);
    memcpy(text + used + TG_SIP_MAX_LINE, "\r\n\r\n", 4);
    (void)cut(text, used + TG_SIP_MAX_LINE + 4, TG_TOO_LARGE);
    used = (size_t)sprintf(text, "%s\r\n", INVITE);
    memset(text + used, 'x', room - used);
    (void)cut(text, TG_SIP_MAX_OCTETS, TG_OK);
    (void)cut(text, TG_SIP_MAX_OCTETS + 1, TG_TOO_LARGE);
    free(text);
}

static void header_table(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char compact[2];
    } names[] = {
#define TG_ROW(symbol, name, compact) { name, { compact, 0 } },
        TG_SIP_FIELDS(TG_ROW)
#undef TG_ROW
    };
    char text[128];
    for (unsigned i = 1; i < TG_SIP_NUM_FIELDS; i++) {
        for (unsigned form = 0; form < 2; form++) {
            if (form == 1 && names[i].compact[0] == '\0')
                continue;
            const char *value = i == TG_SIP_CONTENT_LENGTH ? "0" : "value";
            int len = snprintf(text, sizeof text, INVITE "%s \t: \t%s \r\n\r\n",
                               form ? names[i].compact : names[i].name, value);
            const tg_sip_header *header = tg_sip_first(cut(text, (size_t)len, TG_OK), (tg_sip_field)i);
            assert_non_null(header);
            is_text(header->value, value);
        }
        assert_string_equal(tg_sip_field_name((tg_sip_field)i), names[i].name);
    }
    static const char many[] =
        INVITE "Route: <sip:a>\r\nX-Own: 1\r\nno colon\r\n: no name\r\nroute: <sip:b>,\r\n\t<sip:c>\r\n\r\n";
    const tg_sip_head *head = cut(many, strlen(many), TG_OK);
    const tg_sip_header *second = tg_sip_next(head, tg_sip_first(head, TG_SIP_ROUTE));
    assert_true(second->folded);
    assert_null(tg_sip_next(head, second));
    assert_int_equal(head->num_malformed, 2);
    is_text(tg_sip_find(head, "x-own")->value, "1");
    assert_null(tg_sip_find(head, "x-other"));
    assert_int_equal(tg_sip_offset(head, second->value), strstr(many, "<sip:b>") - many);
}

static void session_descriptions(void **state)
{
    (void)state;
    tg_bytes sdp;
    const char *reason;
    assert_int_equal(tg_sip_head_sdp(cut(messages[0], strlen(messages[0]), TG_OK), &sdp, &reason), TG_OK);
    is_text(sdp, "v=0\r\n");
    static const char mixed[] = INVITE
        "Content-Type: multipart/mixed;boundary=\"b 1\"\r\n\r\n--b 1\r\nContent-Type: text/plain\r\n\r\nx\r\n--b 1\r\n"
        "Content-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b 1--\r\n";
    const tg_sip_head *head = cut(mixed, strlen(mixed), TG_OK);
    assert_int_equal(tg_sip_head_sdp(head, &sdp, &reason), TG_OK);
    is_text(sdp, "v=0\r\n");
    assert_true(sdp.data > head->body.data);
    static const char none[] = INVITE "Content-Type: text/plain\r\n\r\nv=0\r\n",
                      coded[] = INVITE "c: application/sdp\r\ne: gzip\r\n\r\nv=0\r\n",
                      bad[] = INVITE "c: application\r\n\r\nv=0\r\n";
    assert_int_equal(tg_sip_head_sdp(cut(none, strlen(none), TG_OK), &sdp, &reason), TG_NOT_FOUND);
    assert_int_equal(tg_sip_head_sdp(cut(coded, strlen(coded), TG_OK), &sdp, &reason), TG_NOT_FOUND);
    assert_int_equal(tg_sip_head_sdp(cut(bad, strlen(bad), TG_OK), &sdp, &reason), TG_BAD_SIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_whole_parse),
        cmocka_unit_test(start_lines),
        cmocka_unit_test(framing),
        cmocka_unit_test(refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(header_table),
        cmocka_unit_test(session_descriptions),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
