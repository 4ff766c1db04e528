/* a=key-mgmt in session descriptions: levels, m-lines, malformed text, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/carriage.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

typedef struct seen {
    size_t num, stop_after;
    char text[512]; /* "level:data:kinds;" of each attribute */
} seen;

static bool note(void *user, const tg_key_mgmt *attribute)
{
    seen *to = user;
    char kinds[TG_SDP_MAX_M_LINES + 1] = "";
    for (size_t i = 0; i < attribute->num_m_lines; i++)
        strcat(kinds, attribute->m_lines[i] == TG_M_LINE_TLS ? "t" : "r");
    size_t used = strlen(to->text);
    (void)snprintf(to->text + used, sizeof to->text - used, "%d:%.*s:%s;", attribute->m_line, (int)attribute->data_len,
                   attribute->data, attribute->m_lines ? kinds : "-");
    return ++to->num != to->stop_after;
}

/* The text stands in memory of exactly its size, so that the sanitizer sees an octet too many. */
static tg_status find(const char *text, size_t len, seen *to, const char **reason)
{
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    tg_status status = tg_sdp_key_mgmt(exact, len, note, to, reason);
    free(exact);
    return status;
}

static void expect(const char *text, const char *attributes)
{
    seen to = { 0 };
    const char *reason = NULL;
    assert_int_equal(find(text, strlen(text), &to, &reason), TG_OK);
    assert_string_equal(to.text, attributes);
}

static void refused(const char *text, tg_status status)
{
    seen to = { 0 };
    const char *reason = NULL;
    assert_int_equal(find(text, strlen(text), &to, &reason), status);
    assert_int_equal(to.num, 0);
    assert_non_null(reason);
    assert_true(strlen(reason) > 0);
}

static void session_level_covers_the_secured_m_lines_in_order(void **state)
{
    (void)state;
    expect(HEAD "a=key-mgmt:mikey AAAA\r\n"
                "m=audio 6000 RTP/SAVP 0\r\nm=message 9 TCP/TLS/MSRP *\r\nm=video 6002 RTP/SAVPF 31\r\n"
                "m=application 9 TCP/TLS/BFCP *\r\nm=audio 6004 RTP/AVP 0\r\nm=video 1 UDP/TLS/RTP/SAVP 96\r\n"
                "m=message 9 TCP/MSRP *\r\nm=x 1 /TLS/ *\r\nm=x 1 UDP/TLS/X *\r\n",
           "-1:AAAA:rtrtt;");
}

static void media_level_covers_its_m_line(void **state)
{
    (void)state;
    expect(HEAD "m=audio 6000 RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\na=key-mgmt:mikey AAAA\r\n"
                "m=audio 6002 RTP/AVP 0\r\na=key-mgmt:mikey BBBB\r\n"
                "m=message 9 TCP/TLS/MSRP *\r\na=key-mgmt:mikey CCCC\r\n",
           "0:AAAA:r;1:BBBB:;2:CCCC:t;");
}

static void media_level_overrides_session_level(void **state)
{
    (void)state;
    expect(HEAD "a=key-mgmt:mikey AAAA\r\nm=audio 6000 RTP/SAVP 0\r\na=key-mgmt:keyp1 XXXX\r\n"
                "m=message 9 TCP/TLS/MSRP *\r\nm=video 1 RTP/SAVP 31\r\na=key-mgmt:mikey BBBB\r\n",
           "-1:AAAA:t;2:BBBB:r;");
}

/* Without anything in it an attribute is of no protocol, and stands under its m-line all the same. */
static void an_empty_attribute_overrides_it_too(void **state)
{
    (void)state;
    static const char *const attributes[] = { "a=key-mgmt", "a=key-mgmt:", "a=key-mgmt: ", "a=key-mgmt:\t" };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 HEAD "a=key-mgmt:mikey AAAA\r\nm=audio 6000 RTP/SAVP 0\r\n%s\r\nm=audio 1 TCP/TLS/MSRP *\r\n",
                 attributes[i]);
        expect(text, "-1:AAAA:t;");
        snprintf(text, sizeof text, HEAD "%s\r\nm=audio 6000 RTP/SAVP 0\r\n", attributes[i]);
        refused(text, TG_NOT_FOUND);
    }
}

static void several_attributes_and_other_protocols(void **state)
{
    (void)state;
    expect(HEAD "a=key-mgmt:keyp1 XXXX\r\na=key-mgmt:mikey AAAA\r\na=key-mgmt:mikey2 YYYY\r\na=key-mgmt: mikey BBBB\r\n"
                "a=key-mgmt:MIKEY CCCC\r\na=key-mgmts:mikey DDDD\r\nm=audio 1 RTP/SAVP 0\r\n",
           "-1:AAAA:r;-1:BBBB:r;");
    refused(HEAD "a=key-mgmt:keyp1 XXXX\r\nm=audio 1 RTP/SAVP 0\r\n", TG_NOT_FOUND);
    refused(HEAD "m=audio 1 RTP/SAVP 0\r\n", TG_NOT_FOUND);
}

static void data_keeps_its_inner_spaces(void **state)
{
    (void)state;
    expect(HEAD "a=key-mgmt:mikey   AA AA\tBB ==  \r\nm=audio 1 RTP/SAVP 0\r\n", "-1:AA AA\tBB ==:r;");
    expect(HEAD "a=key-mgmt:mikey\r\nm=audio 1 RTP/SAVP 0\r\n", "-1::r;");
}

static void line_ends_of_either_kind(void **state)
{
    (void)state;
    expect("v=0\no=- 1 1 IN IP6 ::1\ns=-\nt=0 0\na=key-mgmt:mikey AAAA\nm=audio 1 RTP/SAVP 0\n", "-1:AAAA:r;");
    expect("v=0\r\no=- 1 1 IN IP6 ::1\ns=-\r\nt=0 0\na=key-mgmt:mikey AAAA\r\nm=audio 1 RTP/SAVP 0", "-1:AAAA:r;");
    expect(HEAD "m=audio 1 RTP/SAVP\na=key-mgmt:mikey AAAA", "0:AAAA:r;");
    expect(HEAD "a=key-mgmt:mikey AAAA\r\nm=audio 1 RTP/SAVP\n", "-1:AAAA:r;");
}

static void what_others_write(void **state)
{
    (void)state;
    /* RFC 4567 section 6 prints t= before c=. */
    expect("v=0\r\no=alice 2891092738 2891092738 IN IP4 lost.example.com\r\ns=Secret discussion\r\nt=0 0\r\n"
           "c=IN IP4 lost.example.com\r\na=key-mgmt:mikey AQAF\r\nm=audio 39000 RTP/SAVP 98\r\na=rtpmap:98 AMR/8000\r\n"
           "m=video 42000 RTP/SAVP 31\r\n",
           "-1:AQAF:rr;");
    expect("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\r\nt=0 0\r\nm=audio 1 RTP/SAVP 0\r\n\r\na=key-mgmt:mikey AAAA\r\n",
           "0:AAAA:r;");
    expect(HEAD "r=7d 1h 0 25h\r\nz=1 -1h\r\nk=clear:x\r\na=key-mgmt:mikey A\r\nm=audio 6000/2 RTP/SAVPF 0 1\r\n"
                "i=x\r\nc=IN IP4 192.0.2.9/127/2\r\nb=AS:1\r\nk=prompt\r\na=:\r\na=\r\n",
           "-1:A:r;");
}

static void bare_attribute_line(void **state)
{
    (void)state;
    expect("a=key-mgmt:mikey AAAA", "-1:AAAA:-;");
    expect("key-mgmt:mikey AA AA\r\n", "-1:AA AA:-;");
    expect("  a=key-mgmt: mikey AAAA\n", "-1:AAAA:-;");
    refused("a=key-mgmt:keyp1 AAAA", TG_NOT_FOUND);
    refused("a=key-mgmt:mikey AAAA\r\na=key-mgmt:mikey BBBB\r\n", TG_BAD_SDP);
    refused("a=rtpmap:0 PCMU/8000", TG_BAD_SDP);
}

static void malformed(void **state)
{
    (void)state;
    refused("", TG_BAD_SDP);
    refused("hello", TG_BAD_SDP);
    refused("=0\r\n", TG_BAD_SDP);
    refused("o=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nv=0\r\n", TG_BAD_SDP);
    refused("v=0\r\ns=-\r\nt=0 0\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused("v=0\r\no=-\r\ns=-\r\nt=0 0\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused(HEAD "s=twice\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused(HEAD "x=1\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused(HEAD "a=key-mgmt:mikey AAAA\r\nm=audio\r\n", TG_BAD_SDP);
    refused(HEAD "a=key-mgmt:mikey AAAA\r\nm=audio 1 \r\n", TG_BAD_SDP);
    refused(HEAD "m=audio 1 RTP/SAVP 0\r\nt=0 0\r\na=key-mgmt:mikey AAAA\r\n", TG_BAD_SDP);
    refused(HEAD "a=key-mgmt:mikey AA\rAA\r\nm=audio 1 RTP/SAVP 0\r\n", TG_BAD_SDP);
    seen to = { 0 };
    const char *reason = NULL;
    static const char nul[] = HEAD "a=key-mgmt:mikey AA\0AA\r\n";
    assert_int_equal(find(nul, sizeof nul - 1, &to, &reason), TG_BAD_SDP);
}

static void caller_may_stop(void **state)
{
    (void)state;
    seen to = { .stop_after = 2 };
    const char *reason = NULL;
    static const char text[] = HEAD "a=key-mgmt:mikey A\r\nm=audio 1 RTP/SAVP 0\r\na=key-mgmt:mikey B\r\n"
                                    "a=key-mgmt:mikey C\r\n";
    assert_int_equal(find(text, strlen(text), &to, &reason), TG_OK);
    assert_string_equal(to.text, "-1:A:;0:B:r;");
}

/* HEAD, then `line` so many times, then a key-mgmt attribute. */
static tg_status find_repeated(const char *line, size_t times, seen *to)
{
    static const char attribute[] = "a=key-mgmt:mikey AAAA\r\n";
    const char *reason = NULL;
    size_t len = strlen(HEAD) + times * strlen(line) + strlen(attribute);
    char *text = malloc(len + 1);
    assert_non_null(text);
    char *at = text + strlen(HEAD);
    memcpy(text, HEAD, strlen(HEAD));
    for (size_t i = 0; i < times; i++, at += strlen(line))
        memcpy(at, line, strlen(line));
    memcpy(at, attribute, sizeof attribute);
    tg_status status = find(text, len, to, &reason);
    free(text);
    return status;
}

static void limits(void **state)
{
    (void)state;
    seen to = { 0 };
    assert_int_equal(find_repeated("m=audio 1 RTP/SAVP 0\r\n", TG_SDP_MAX_M_LINES, &to), TG_OK);
    assert_string_equal(to.text, "63:AAAA:r;");
    assert_int_equal(find_repeated("m=audio 1 RTP/SAVP 0\r\n", TG_SDP_MAX_M_LINES + 1, &to), TG_TOO_LARGE);
    assert_int_equal(find_repeated("a=x\n", TG_SDP_MAX_LINES - 6, &to), TG_OK);
    assert_int_equal(find_repeated("a=x\n", TG_SDP_MAX_LINES - 5, &to), TG_TOO_LARGE);
    assert_int_equal(find_repeated("a=key-mgmt:k x\n", TG_SDP_MAX_ATTRIBUTES - 1, &to), TG_OK);
    assert_int_equal(find_repeated("a=key-mgmt:k x\n", TG_SDP_MAX_ATTRIBUTES, &to), TG_TOO_LARGE);
    char *line = malloc(TG_SDP_MAX_OCTETS + 2);
    assert_non_null(line);
    memset(line, 'x', TG_SDP_MAX_OCTETS + 1);
    memcpy(line, "a=", 2);
    memcpy(line + TG_SDP_MAX_LINE, "\n", 2);
    assert_int_equal(find_repeated(line, 1, &to), TG_OK);
    memcpy(line + TG_SDP_MAX_LINE, "x\n", 3);
    assert_int_equal(find_repeated(line, 1, &to), TG_TOO_LARGE);
    memset(line, '\n', TG_SDP_MAX_OCTETS + 1);
    line[TG_SDP_MAX_OCTETS + 1] = '\0';
    assert_int_equal(find_repeated(line, 1, &to), TG_TOO_LARGE);
    free(line);
}

static void writing(void **state)
{
    (void)state;
    static const uint8_t octets[] = { 1, 14, 0xff };
    char out[64];
    assert_true(tg_key_mgmt_size(sizeof octets) <= sizeof out);
    tg_key_mgmt_write(tg_bytes_of(octets, sizeof octets), out);
    assert_string_equal(out, "a=key-mgmt:mikey AQ7/");
    assert_int_equal(tg_key_mgmt_size(sizeof octets), strlen(out) + 1);
    expect(out, "-1:AQ7/:-;");
}

static int ready(void **state)
{
    (void)state;
    return tg_carriage_init() == TG_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_level_covers_the_secured_m_lines_in_order),
        cmocka_unit_test(media_level_covers_its_m_line),
        cmocka_unit_test(media_level_overrides_session_level),
        cmocka_unit_test(an_empty_attribute_overrides_it_too),
        cmocka_unit_test(several_attributes_and_other_protocols),
        cmocka_unit_test(data_keeps_its_inner_spaces),
        cmocka_unit_test(line_ends_of_either_kind),
        cmocka_unit_test(what_others_write),
        cmocka_unit_test(bare_attribute_line),
        cmocka_unit_test(malformed),
        cmocka_unit_test(caller_may_stop),
        cmocka_unit_test(limits),
        cmocka_unit_test(writing),
    };
    return cmocka_run_group_tests(tests, ready, NULL);
}
