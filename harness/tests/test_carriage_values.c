/* Values of SIP header fields: their parts, and what libosip2 or RFC 3261 refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_carriage_support.h"

static const char *reason;

static tg_bytes text(const char *words)
{
    return tg_bytes_of(words, strlen(words));
}

static void addresses(void **state)
{
    (void)state;
    tg_sip_address out;
    assert_int_equal(tg_sip_address_read(text("\"a <b> \\\" ,;tag=x\" <sip:bob@example.com;tag=y> ;tag=\"z\";isfocus"),
                                         &out, &reason),
                     TG_OK);
    is_text(out.uri, "sip:bob@example.com;tag=y");
    is_text(out.tag, "z");
    assert_true(out.isfocus);
    assert_int_equal(tg_sip_address_read(text("sip:bob@example.com;tag=7"), &out, &reason), TG_OK);
    is_text(out.uri, "sip:bob@example.com");
    is_text(out.tag, "7");
    assert_false(out.isfocus);
    assert_int_equal(tg_sip_address_read(text("Bob\r\n <tel:+1-555>"), &out, &reason), TG_OK);
    is_text(out.tag, NULL);
    static const char *const bad[] = {
        "", "*", "<>", "Bob", "<sip:a b@c>", "<sip:a%zz@c>", "<sip:a@c", "<sip:a@c>\r;tag=1"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (tg_sip_address_read(text(bad[i]), &out, &reason) != TG_BAD_SIP)
            fail_msg("taken: %s", bad[i]);
    }
    char *large = malloc(TG_SIP_TEXT_MAX);
    memset(large, 'a', TG_SIP_TEXT_MAX);
    assert_int_equal(tg_sip_address_read(tg_bytes_of(large, TG_SIP_TEXT_MAX), &out, &reason), TG_TOO_LARGE);
    free(large);
}

static void lists(void **state)
{
    (void)state;
    tg_bytes list = text(" \"x,y\" <sip:a,b@c> ,, sip:d ,"), one;
    assert_true(tg_sip_next_value(&list, &one));
    is_text(one, "\"x,y\" <sip:a,b@c>");
    assert_true(tg_sip_next_value(&list, &one));
    is_text(one, "sip:d");
    assert_false(tg_sip_next_value(&list, &one));
}

static void identities(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *identity;
        uint32_t port;
    } rows[] = {
        { "sip:bob@Example.COM", "bob@example.com", 0 },
        { "SIPS:Bob:secret@example.com:5061;transport=tcp?x=y", "Bob@example.com", 5061 },
        { "sip:%62ob%2fx%3a%40@h", "bob/x%3A%40@h", 0 },
        { "sip:+1;phone-context=a@h;user=phone", "+1;phone-context=a@h", 0 },
        { "sip:example.com", "example.com", 0 },
        { "sip:a@[2001:DB8::1]:5060", "a@[2001:db8::1]", 5060 },
        { "tel:+1-(555).01;phone-context=x", "+155501", 0 },
        { "urn:service:sos", "service:sos", 0 },
    };
    tg_sip_uri out;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tg_sip_uri_read(text(rows[i].uri), &out, &reason) != TG_OK)
            fail_msg("%s: %s", rows[i].uri, reason);
        assert_string_equal(out.identity, rows[i].identity);
        assert_int_equal(out.port, rows[i].port);
    }
    static const char *const bad[] = { "",         "bob",           ":x",        "sip:",   "sip:a@b@c",
                                       "sip:@h",   "sip:a@h:99999", "sip:a@h:x", "sip:a@", "sip:a b@c",
                                       "sip:a%4@b", "tel:",          "tel:;x=y", "tel:-" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (tg_sip_uri_read(text(bad[i]), &out, &reason) != TG_BAD_SIP)
            fail_msg("taken: %s", bad[i]);
    }
}

static void vias(void **state)
{
    (void)state;
    tg_sip_via out;
    assert_int_equal(
        tg_sip_via_read(text("SIP/2.0/UDP [2001:db8::1]:5062;rport;branch=z9hG4bK1;received=192.0.2.1"), &out, &reason),
        TG_OK);
    is_text(out.transport, "UDP");
    is_text(out.host, "[2001:db8::1]");
    is_text(out.branch, "z9hG4bK1");
    assert_int_equal(out.port, 5062);
    assert_int_equal(tg_sip_via_read(text("SIP / 2.0\r\n / TCP  a.example.com : 5060 ; x"), &out, &reason), TG_OK);
    is_text(out.transport, "TCP");
    is_text(out.host, "a.example.com");
    is_text(out.branch, NULL);
    assert_int_equal(out.port, 5060);
    static const char *const bad[] = { "", "SIP", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ;branch=1", "SIP/2.0/UDP h:x" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (tg_sip_via_read(text(bad[i]), &out, &reason) != TG_BAD_SIP)
            fail_msg("taken: %s", bad[i]);
    }
}

static void others(void **state)
{
    (void)state;
    uint32_t number;
    tg_bytes method, value;
    tg_sip_event event;
    tg_sip_type type;
    assert_int_equal(tg_sip_cseq_read(text("0007\t ACK"), &number, &method, &reason), TG_OK);
    assert_int_equal(number, 7);
    is_text(method, "ACK");
    assert_int_equal(tg_sip_cseq_read(text("4294967296 ACK"), &number, &method, &reason), TG_BAD_SIP);
    assert_int_equal(tg_sip_cseq_read(text("7ACK"), &number, &method, &reason), TG_BAD_SIP);
    assert_int_equal(tg_sip_cseq_read(text("7"), &number, &method, &reason), TG_BAD_SIP);
    assert_int_equal(tg_sip_event_read(text("conference ; id=5"), &event, &reason), TG_OK);
    is_text(event.package, "conference");
    is_text(event.id, "5");
    assert_int_equal(tg_sip_event_read(text(";id=5"), &event, &reason), TG_BAD_SIP);
    assert_int_equal(tg_sip_type_read(text("Application / SDP ; X=1; boundary=\"a;b\""), &type, &reason), TG_OK);
    assert_true(tg_sip_type_is(&type, "application/sdp"));
    assert_false(tg_sip_type_is(&type, "application/sd"));
    assert_true(tg_sip_parameter(type.parameters, "BOUNDARY", &value));
    is_text(value, "a;b");
    assert_false(tg_sip_parameter(type.parameters, "charset", &value));
    assert_int_equal(tg_sip_type_read(text("application"), &type, &reason), TG_BAD_SIP);
    assert_int_equal(tg_sip_type_read(text("application/;x"), &type, &reason), TG_BAD_SIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses), cmocka_unit_test(lists),  cmocka_unit_test(identities),
        cmocka_unit_test(vias),      cmocka_unit_test(others),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
