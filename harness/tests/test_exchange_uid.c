/* exchange: KMS UIDs and groups of them (CONVERSATION.md 8.1; TS 33.328 6.2.3.2 as contribution 003 has it). */
#include "ticketgate/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static tg_bytes of(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *uid, *group;
    bool matches;
} groups[] = {
    { "alice@example.com", "alice@example.com", true },
    { "alice@example.com", "bob@example.com", false },
    /* The two groups of everybody that the contribution names, and its example. */
    { "alice@example.com", "?", true },
    { "alice@example.com", "?@?", true },
    { "user1.department@company.example", "?.department@company.example", true },
    { "user2.department@company.example", "?.department@company.example", true },
    { "user1.sales@company.example", "?.department@company.example", false },
    /* "?" is zero characters, or many, "@" among them. */
    { ".department@company.example", "?.department@company.example", true },
    { "alice@example.com", "alice?@example.com", true },
    { "alice@example.com", "a?example.com", true },
    { "alice@example.com", "?alice@example.com?", true },
    { "alice@example.com", "????", true },
    { "alice@example.com", "?a?i?e@?e?.c?", true },
    { "alice@example.com", "?a?i?e@?e?.d?", false },
    { "aab@x", "?ab@x", true },
    { "abab@x", "?ab@x", true },
    { "abac@x", "?ab@x", false },
    { "", "?", true },
    { "", "", true },
    { "a", "", false },
    { "", "a", false },
    { "", "?@?", false },
    /* Domains are compared without case, users with it. */
    { "alice@EXAMPLE.com", "alice@example.COM", true },
    { "alice@EXAMPLE.com", "?@example.COM", true },
    { "Alice@example.com", "alice@example.com", false },
    { "alice@example.com", "?E@EXAMPLE.COM", false },
    { "a@b@EXAMPLE", "a@b@example", true },
    { "a@B@example", "a@b@example", false },
    { "alice@example.com", "ALICE?", false },
    /* A part of the domain that stands where a group has no domain is compared as it is. */
    { "alice@EXAMPLE", "?EXAMPLE", true },
    { "alice@EXAMPLE", "?example", false },
    /* The scheme is no part of it, on either side. */
    { "sip:alice@example.com", "alice@example.com", true },
    { "alice@example.com", "sips:alice@example.com", true },
    { "SIP:alice@example.com", "sip:?@example.com", true },
    { "tel:alice@example.com", "alice@example.com", false },
    /* A group is no user. */
    { "?@example.com", "?@example.com", false },
    { "al?ce@example.com", "?", false },
    { "?", "?", false },
    { "sip:?@example.com", "?", false },
    { "alice@example.com?x=y", "?", true },
    { "alice@example.com?x=y", "alice@example.com", false },
    /* Nothing escapes a "?": "%3F" and "\" stand for themselves. */
    { "al%3Fce@example.com", "al?ce@example.com", true },
    { "alice@example.com", "al%3Fce@example.com", false },
    { "al\\?ce@example.com", "al\\?ce@example.com", false },
};

static void a_uid_matches_a_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (tg_kms_uid_matches(of(groups[i].uid), of(groups[i].group)) != groups[i].matches)
            fail_msg("\"%s\" in \"%s\" should be %d", groups[i].uid, groups[i].group, groups[i].matches);
    }
}

/* The longest that is matched, in the form that makes the matcher go back most; longer ones are themselves alone. */
static void long_ones_are_bounded(void **state)
{
    (void)state;
    static char uid[70000], group[70000];
    memset(uid, 'a', sizeof uid);
    memset(group, 'a', sizeof group);
    for (size_t i = 0; i < 512; i += 2)
        group[i] = '?';
    group[1023] = 'b';
    assert_false(tg_kms_uid_matches(tg_bytes_of(uid, 1024), tg_bytes_of(group, 1024)));
    group[1023] = 'a';
    assert_true(tg_kms_uid_matches(tg_bytes_of(uid, 1024), tg_bytes_of(group, 1024)));
    assert_false(tg_kms_uid_matches(tg_bytes_of(uid, 1025), of("?")));
    assert_true(tg_kms_uid_matches(tg_bytes_of(uid, sizeof uid), tg_bytes_of(uid, sizeof uid)));
    for (int i = 0; i < 10000; i++) /* no time at all */
        assert_false(tg_kms_uid_matches(tg_bytes_of(uid, sizeof uid), tg_bytes_of(group, 2000)));
}

/* ---- UIDs of public identities -------------------------------------------------------------------------------- */

static const struct {
    const char *impu, *uid; /* NULL: it has none */
} impus[] = {
    { "sip:alice@example.com", "alice@example.com" },
    { "sips:alice@example.com", "alice@example.com" },
    { "alice@example.com", "alice@example.com" },
    { "sip:Alice:pw@Example.com;user=phone?x", "Alice@example.com" },
    { "sip:alice@example.com;user=phone", "alice@example.com" },
    { "sip:alice@example.com?subject=a;b", "alice@example.com" },
    { "sip:alice;x=1@EXAMPLE.COM", "alice;x=1@example.com" },
    /* A port is no part of it; the colons of an IPv6 address are. */
    { "sip:bob@example.com:5061", "bob@example.com" },
    { "sip:alice@example.com:5060;lr", "alice@example.com" },
    { "sip:alice:5060@Example.com:5060?x", "alice@example.com" },
    { "sip:alice@example.com;maddr=x:5060", "alice@example.com" },
    { "sip:alice@example.com?x:5060", "alice@example.com" },
    { "sip:alice@example.com:", "alice@example.com" },
    { "alice@example.com:1:2", "alice@example.com" },
    { "sip:alice@[2001:db8::1]:5060", "alice@[2001:db8::1]" },
    { "sip:alice@[2001:DB8::1];lr", "alice@[2001:db8::1]" },
    { "sip:alice@[2001:db8::1]", "alice@[2001:db8::1]" },
    { "sip:alice@[2001:db8::1;lr]:5060", "alice@[2001:db8::1" },
    { "sip:alice@2001:db8::1", "alice@2001" },
    { "sip:alice@:5060", NULL },
    { "sip::pw@example.com", NULL },
    { "sip:@example.com", NULL },
    { "sip:alice@", NULL },
    { "sip:alice@;lr", NULL },
    { "sip:example.com", NULL },
    { "tel:+46701234567", NULL },
    { "", NULL },
};

static void a_public_identity_has_a_uid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof impus / sizeof impus[0]; i++) {
        uint8_t memory[128];
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_bytes uid;
        bool has_uid = tg_kms_uid(of(impus[i].impu), &arena, &uid);
        if (has_uid != (impus[i].uid != NULL))
            fail_msg("\"%s\" should%s have a UID", impus[i].impu, impus[i].uid ? "" : " not");
        if (has_uid && !tg_bytes_equal(uid, of(impus[i].uid)))
            fail_msg("\"%s\" gave \"%.*s\"", impus[i].impu, (int)uid.len, (const char *)uid.data);
    }
    tg_arena none = tg_arena_of(NULL, 0);
    tg_bytes uid;
    assert_true(tg_kms_uid(of("sip:alice@example.com"), &none, &uid)); /* a view */
    assert_false(tg_kms_uid(of("sip:alice@Example.com"), &none, &uid));
}

static void subscribers_are_found(void **state)
{
    (void)state;
    const tg_bytes alice[] = { of("alice@example.com"), of("al@example.com") }, bob[] = { of("bob@example.com") };
    const tg_subscriber subscribers[] = { { of("b-tid-1"), alice, 2, { NULL, 0 } },
                                          { { NULL, 0 }, bob, 1, { NULL, 0 } } };
    const tg_subscriber_list list = { subscribers, 2 };
    const tg_subscriber_source source = tg_subscriber_list_source(&list);
    assert_ptr_equal(source.by_b_tid(source.user, of("b-tid-1")), &subscribers[0]);
    assert_null(source.by_b_tid(source.user, of("B-TID-1")));
    assert_null(source.by_b_tid(source.user, of(""))); /* having none is no B-TID */
    assert_ptr_equal(source.by_uid(source.user, of("al@EXAMPLE.com")), &subscribers[0]);
    assert_ptr_equal(source.by_uid(source.user, of("sip:bob@example.com")), &subscribers[1]);
    assert_null(source.by_uid(source.user, of("?@example.com")));
    assert_null(source.by_uid(source.user, of("Bob@example.com")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uid_matches_a_group),
        cmocka_unit_test(long_ones_are_bounded),
        cmocka_unit_test(a_public_identity_has_a_uid),
        cmocka_unit_test(subscribers_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
