/* scrub: names, addresses and texts: as long, of the same class, the same for the same and others for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>

#include "../scrub/scrubbing.h"
#include "../scrub/texts.h"

static tgp_names names;

static int open_names(void **state)
{
    (void)state;
    memset(&names, 0, sizeof names);
    memset(names.secret, 7, sizeof names.secret);
    return tg_crypto_new(&names.crypto) == TG_OK ? 0 : -1;
}

static int close_names(void **state)
{
    (void)state;
    assert_false(names.failed);
    tg_crypto *crypto = names.crypto;
    tgp_names_free(&names);
    tg_crypto_free(crypto);
    return 0;
}

/* 50,000 addresses, and each again: others for others, the same for the same. Linear looks would take minutes. */
static void many_addresses(void **state)
{
    enum { MANY = 50000 };
    tgp_address *all = calloc(MANY, sizeof *all);
    (void)state;
    assert_non_null(all);
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned i = 0; i < MANY; i++) {
            tgp_address address = { .version = i % 2 ? 4 : 6,
                                    .octets = { 100, (uint8_t)(100 + i / 10000), (uint8_t)(i / 100),
                                                (uint8_t)(i % 100) } };
            tgp_names_address(&names, &address);
            assert_true(again == 0 || memcmp(&address, &all[i], sizeof address) == 0);
            all[i] = address;
        }
    }
    assert_int_equal(names.num_addresses, MANY);
    free(all);
}

static void words_keep_their_class(void **state)
{
    char word[] = "Alice42BOB";
    (void)state;
    tgp_names_word(&names, word, 10);
    assert_memory_not_equal(word, "Alice42BOB", 10);
    for (size_t i = 0; i < 10; i++) {
        assert_true(!isdigit((unsigned char)"Alice42BOB"[i]) == !isdigit((unsigned char)word[i]));
        assert_true(!isupper((unsigned char)"Alice42BOB"[i]) == !isupper((unsigned char)word[i]));
    }
    char again[] = "Alice42BOB", lower[] = "alice42bob";
    tgp_names_word(&names, again, 10);
    assert_memory_equal(again, word, 10);
    tgp_names_word(&names, lower, 10); /* hosts are compared without regard to case */
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(lower[i], tolower((unsigned char)word[i]));
}

/* All words of two letters and of four digits: none comes twice. */
static void no_two_words_become_one(void **state)
{
    static bool seen[10000], letters[26][26];
    (void)state;
    for (int i = 0; i < 10000; i++) {
        char word[5];
        snprintf(word, sizeof word, "%04d", i);
        tgp_names_word(&names, word, 4);
        int now = atoi(word);
        assert_true(now >= 0 && now < 10000 && !seen[now]);
        seen[now] = true;
    }
    for (int a = 0; a < 26; a++) {
        for (int b = 0; b < 26; b++) {
            char word[2] = { (char)('a' + a), (char)('a' + b) };
            tgp_names_word(&names, word, 2);
            assert_false(letters[word[0] - 'a'][word[1] - 'a']);
            letters[word[0] - 'a'][word[1] - 'a'] = true;
        }
    }
}

static void words_that_begin_alike_still_do(void **state)
{
    char one[] = "conference1234", other[] = "conferenceroom", longer[300], longest[301];
    (void)state;
    tgp_names_word(&names, one, 14);
    tgp_names_word(&names, other, 14);
    assert_memory_equal(one, other, 10);
    memset(longer, 'a', sizeof longer);
    memset(longest, 'a', sizeof longest);
    tgp_names_word(&names, longer, sizeof longer);
    tgp_names_word(&names, longest, sizeof longest);
    assert_memory_equal(longer, longest, sizeof longer);
    /* A group of TS 33.328: what is in front of "?" is that of its members. */
    char group[] = "sip:group12?@ims.example.com", member[] = "sip:group125@ims.example.com";
    tgp_names_text(&names, group, sizeof group - 1);
    tgp_names_text(&names, member, sizeof member - 1);
    assert_int_equal(group[11], '?');
    assert_memory_equal(group, member, 11);
    assert_string_equal(group + 12, member + 12);
}

static void becomes(const char *text, const char *stays)
{
    char copy[256];
    size_t len = strlen(text);
    memcpy(copy, text, len + 1);
    tgp_names_text(&names, copy, len);
    assert_int_equal(strlen(copy), len);
    for (size_t i = 0; i < len; i++) {
        if (stays[i] == '!' && copy[i] != text[i])
            fail_msg("%s: %s", text, copy);
    }
    assert_string_not_equal(copy, text);
}

static void what_says_nothing_stays(void **state)
{
    (void)state;
    becomes("sip:rosalind@ims.mnc001.mcc262.3gppnetwork.org", "!!!!........!!!!!......!......!!!!!!!!!!!!!!!!");
    becomes("<sip:bob@home.net:5060;transport=tcp;lr>", "!!!!!...!....!!!!!!!!!!!!!!!!!!!!!!!!!!!!");
    becomes("sip:bob=smith@a.example;lr;orig-ioi=home1.net", "!!!!...!.....!.!!!!!!!!!!!!!!!!!!!!!.....!!!!");
    char user[] = "sip:bob=smith@a.example";
    tgp_names_text(&names, user, sizeof user - 1);
    assert_memory_not_equal(user + 4, "bob", 3);
    becomes("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc", "!!!!!!!!!!!!.........!!!!!!!!!!!!!!!!!!!!...");
}

static void addresses_are_as_long(void **state)
{
    static const char *const texts[] = { "192.0.2.1",      "10.0.0.1",    "8.8.8.8",    "203.0.113.200",
                                         "1.2.3.40",       "2001:db8::1", "fe80::abcd", "2001:DB8:0:0:8:800:200C:417A",
                                         "::ffff:c000:201" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char copy[64], again[64], behind[80];
        size_t len = strlen(texts[i]);
        snprintf(copy, sizeof copy, "%s", texts[i]);
        snprintf(again, sizeof again, "%s", texts[i]);
        snprintf(behind, sizeof behind, "%s;x", texts[i]);
        assert_int_equal(tgp_names_address_text(&names, copy, len), len);
        assert_int_equal(tgp_names_address_text(&names, again, len), len);
        assert_int_equal(tgp_names_address_text(&names, behind, len + 2), len);
        assert_string_equal(copy, again);
        assert_memory_equal(copy, behind, len);
        assert_string_not_equal(copy, texts[i]);
    }
    char local[] = "fe80::abcd";
    (void)tgp_names_address_text(&names, local, 10);
    assert_memory_equal(local, "fe80::", 6); /* it stays one of the link */
    char loopback[] = "127.0.0.1", group[] = "224.0.1.75", none[] = "300.1.1.1";
    (void)tgp_names_address_text(&names, loopback, 9);
    (void)tgp_names_address_text(&names, group, 10);
    assert_string_equal(loopback, "127.0.0.1");
    assert_string_equal(group, "224.0.1.75");
    assert_int_equal(tgp_names_address_text(&names, none, 9), 0);
}

static void no_two_addresses_become_one(void **state)
{
    static tgp_address after[2000];
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        after[i] = (tgp_address){ .version = 4, .octets = { 10, (uint8_t)(i >> 8), (uint8_t)i, 1 } };
        tgp_names_address(&names, &after[i]);
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(&after[i], &after[k], sizeof after[i]);
    }
}

static void sdp_keeps_what_is_compared(void **state)
{
    char sdp[] = "v=0\r\no=rosalind 12 3 IN IP4 192.0.2.1\r\ns=marzipan\r\nt=0 0\r\nm=audio 4000 RTP/SAVP "
                 "0\r\na=key-mgmt:mikey AQ4FgbsS\r\na=mid:1\r\n"
                 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                 "inline:sassafras\r\na=acme-tag:zanzibar\r\nrhubarb\r\na=3ge2ae:requested\r\n";
    (void)state;
    size_t len = strlen(sdp);
    tgp_scrub_sdp(&names, sdp, len, "3ge2ae");
    assert_int_equal(strlen(sdp), len);
    assert_non_null(strstr(sdp, " 12 3 IN IP4 "));
    assert_non_null(strstr(sdp, "\r\nm=audio 4000 RTP/SAVP 0\r\na=key-mgmt:mikey xxxxxxxx\r\na=mid:1\r\na=crypto:1 "
                                "AES_CM_128_HMAC_SHA1_80 inline:"));
    assert_non_null(strstr(sdp, "\r\na=3ge2ae:requested\r\n"));
    static const char *const gone[] = {
        "rosalind", "192.0.2.1", "marzipan", "sassafras", "acme", "zanzibar", "rhubarb"
    };
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_null(strstr(sdp, gone[i]));
}

static void xml_stays_xml(void **state)
{
    char xml[] = "<?xml version=\"1.0\"?><list xmlns=\"urn:ietf:params:xml:ns:rls\" uri='sip:rosalind@a.example'><!-- "
                 "ferdinand --><n>Bob &amp; &#66;&#x42;</n></list>";
    (void)state;
    size_t len = strlen(xml);
    tgp_scrub_xml(&names, xml, len);
    assert_int_equal(strlen(xml), len);
    assert_non_null(strstr(xml, "<?xml version=\"1.0\"?><list xmlns=\"urn:ietf:params:xml:ns:rls\" uri='sip:"));
    assert_non_null(strstr(xml, " &amp; &#32;&#x20;</n></list>"));
    assert_null(strstr(xml, "rosalind"));
    assert_null(strstr(xml, "ferdinand"));
    assert_null(strstr(xml, "Bob"));
}

/* What was UTF-8 is UTF-8 afterwards, and others stay others: all letters of two octets in front of one, and those that bind their second octet. */
static void letters_stay_letters(void **state)
{
    static bool seen[32][64];
    (void)state;
    for (int high = 0xc2; high <= 0xdf; high++) {
        for (int low = 0x80; low <= 0xbf; low++) {
            char word[2] = { (char)high, (char)low };
            tgp_names_word(&names, word, 2);
            uint8_t first = (uint8_t)word[0], second = (uint8_t)word[1];
            assert_true(first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf);
            assert_false(seen[first & 31][second & 63]);
            seen[first & 31][second & 63] = true;
        }
    }
    static const struct {
        const char *word;
        uint8_t low, high;
    } bound[] = { { "\xe0\xa4\x95", 0xa0, 0xbf },
                  { "\xed\x95\x9c", 0x80, 0x9f },
                  { "\xf0\x9f\x98\x80", 0x90, 0xbf },
                  { "\xf4\x8f\xbf\xbf", 0x80, 0x8f } };
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
        char copy[5];
        snprintf(copy, sizeof copy, "%s", bound[i].word);
        tgp_names_word(&names, copy, strlen(copy));
        assert_string_not_equal(copy, bound[i].word);
        assert_int_equal(copy[0], bound[i].word[0]);
        assert_in_range((uint8_t)copy[1], bound[i].low, bound[i].high);
    }
    char none[] = "\xc3\x28\xbc\xe4";
    tgp_names_word(&names, none, 4);
    assert_memory_equal(none, "\xff(\xff\xff", 4);
}

/* How many steps there are from what one of `num` neighbours becomes to what the next does, behind the same front; a shift has one step. */
static size_t steps_between(tgp_names *n, const char *front, uint8_t first, uint8_t num)
{
    bool seen[256] = { false };
    uint8_t before = 0;
    size_t steps = 0, len = strlen(front);
    for (uint8_t i = 0; i < num; i++) {
        char word[32];
        snprintf(word, sizeof word, "%s", front);
        word[len] = (char)(first + i);
        tgp_names_word(n, word, len + 1);
        uint8_t now = (uint8_t)word[len], step = (uint8_t)((now + num - before) % num);
        steps += i > 0 && !seen[step];
        seen[step] |= i > 0;
        before = now;
    }
    return steps;
}

/* Who knows what one becomes does not know what the others do. */
static void neighbours_do_not_stay_neighbours(void **state)
{
    (void)state;
    for (uint8_t secret = 1; secret <= 20; secret++) {
        tgp_names other = { .crypto = names.crypto };
        memset(other.secret, secret, sizeof other.secret);
        assert_true(steps_between(&other, "", 'a', 26) > 5);
        assert_true(steps_between(&other, "", 'A', 26) > 5);
        assert_true(steps_between(&other, "conference", 'a', 26) > 5);
        assert_true(steps_between(&other, "conferenceroomofeverybody", 'a', 26) > 5);
        assert_true(steps_between(&other, "", '0', 10) > 2);
        assert_true(steps_between(&other, "491511234000", '0', 10) > 2);
        assert_true(steps_between(&other, "\xc3", 0x80, 64) > 10);
        assert_true(steps_between(&other, "\xe3\x81", 0x80, 64) > 10);
        assert_false(other.failed);
        tgp_names_free(&other);
    }
}

static void six_names_are_no_cipher(void **state)
{
    static const char *const people[] = { "alice", "bob", "carol", "dave", "erin", "frank" };
    (void)state;
    for (uint8_t secret = 1; secret <= 20; secret++) {
        tgp_names other = { .crypto = names.crypto };
        char first[6];
        size_t in_order = 0;
        memset(other.secret, secret, sizeof other.secret);
        for (size_t i = 0; i < 6; i++) {
            char word[8];
            snprintf(word, sizeof word, "%s", people[i]);
            tgp_names_word(&other, word, strlen(word));
            first[i] = word[0];
            in_order += i > 0 && (first[i] - first[i - 1] + 26) % 26 == 1;
        }
        assert_true(in_order < 5);
        assert_false(other.failed);
        tgp_names_free(&other);
    }
}

/* However long a word is: nothing comes again, it is alike up to where it differs, and differs behind that. */
static void long_words_have_no_period(void **state)
{
    enum { LONG = 900, BEHIND = 200, LONGEST_PERIOD = 300, AT = 700 };
    char word[LONG], other[LONG];
    (void)state;
    memset(word, 'a', sizeof word);
    memset(other, 'a', sizeof other);
    other[AT] = 'b';
    tgp_names_word(&names, word, sizeof word);
    tgp_names_word(&names, other, sizeof other);
    for (size_t period = 1; period <= LONGEST_PERIOD; period++)
        assert_memory_not_equal(word + BEHIND, word + BEHIND + period, LONG - BEHIND - period);
    assert_memory_equal(word, other, AT);
    assert_int_not_equal(word[AT], other[AT]);
    assert_memory_not_equal(word + AT + 1, other + AT + 1, 50);
}

/* A name beyond ASCII becomes in MIKEY, certificates and key files what it becomes in SIP, and others become others. */
static void letters_become_the_same_everywhere(void **state)
{
    enum { FIRST = 0xc0, LAST = 0x24f, LEN = 24 };
    static const char *const some[] = { "sip:\xce\xa1\xce\xbf\xce\xb6\xce\xb1@b.example", "\xe3\x81\x82\xe3\x82\xa2",
                                        "tel:\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
                                        "\xd0\xb0\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0" };
    static char all[LAST + 1][LEN];
    tgs_scrub scrub = { .names = { .crypto = names.crypto } };
    (void)state;
    memcpy(scrub.names.secret, names.secret, sizeof names.secret);
    for (unsigned i = FIRST; i <= LAST; i++) {
        char in_sip[LEN];
        snprintf(in_sip, sizeof in_sip, "sip:m%c%cller@b.example", (char)(0xc0 | i >> 6), (char)(0x80 | (i & 0x3f)));
        memcpy(all[i], in_sip, LEN);
        tgp_names_text(&names, in_sip, strlen(in_sip));
        tgs_rename_octets(&scrub, (uint8_t *)all[i], strlen(all[i]));
        assert_string_equal(in_sip, all[i]);
        for (unsigned k = FIRST; k < i; k++)
            assert_string_not_equal(all[i], all[k]);
    }
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        char in_sip[40], in_mikey[40];
        snprintf(in_sip, sizeof in_sip, "%s", some[i]);
        snprintf(in_mikey, sizeof in_mikey, "%s", some[i]);
        tgp_names_text(&names, in_sip, strlen(in_sip));
        tgs_rename_octets(&scrub, (uint8_t *)in_mikey, strlen(in_mikey));
        assert_string_equal(in_sip, in_mikey);
        assert_string_not_equal(in_sip, some[i]);
    }
    assert_false(scrub.names.failed);
    tgp_names_free(&scrub.names);
}

/* A name that is escaped is the same name (RFC 3986 2.1). */
static void escaped_names_are_names(void **state)
{
    char plain[] = "sip:rosa-lind@b.example", escaped[] = "sip:r%6fsa%2Dl%69nd@b.example";
    (void)state;
    tgp_names_text(&names, plain, sizeof plain - 1);
    tgp_names_text(&names, escaped, sizeof escaped - 1);
    char decoded[sizeof plain];
    size_t num = 0;
    for (size_t i = 0; i < sizeof escaped; i++) {
        unsigned value = 0;
        if (escaped[i] == '%') {
            assert_int_equal(sscanf(escaped + i + 1, "%2x", &value), 1);
            i += 2;
        }
        decoded[num++] = escaped[i - (value ? 2 : 0)] == '%' ? (char)value : escaped[i];
    }
    assert_string_equal(decoded, plain);
    assert_null(strstr(plain, "rosa"));
}

/* The head of an entity of MIME stays as far as it says what it is; what has no head has none. */
static void entities_tell_nothing(void **state)
{
    char headed[] = "Content-Type: text/plain; name=rosalind\r\nX-Rosalind: rosalind\r\n\r\nrosalind\r\n\r\nrosalind",
         bare[] = "From: rosalind\r\nrosalind\r\n\r\nrosalind", lf[] = "Content-Type: text/plain\nrosalind\n\nrosalind";
    (void)state;
    char *const all[] = { headed, bare, lf };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t len = strlen(all[i]);
        tgp_scrub_entity(&names, all[i], len);
        assert_int_equal(strlen(all[i]), len);
        assert_null(strstr(all[i], "osalind"));
    }
    assert_memory_equal(headed, "Content-Type: text/plain; name=", 31);
    assert_memory_equal(lf, "Content-Type: text/plain\n", 25);
    assert_memory_equal(bare, "xxxx: xxxxxxxx\r\n", 16);
}

/* Whatever the octets are: nothing is written beyond them (the sanitizer sees to it), and line ends stay. */
static void anything_may_come(void **state)
{
    static const char letters[] = "a1=:;<>\"'&#x[]@/-. \r\n\r\nv=0 SIP/2.0 --%41(),\\\xc3\xbc\xe4\xff\xf0\x9f?!$\t";
    uint32_t random = 6043;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)(round % 120);
        char *text = malloc(len + 1), *before = malloc(len + 1);
        assert_true(text && before);
        for (size_t i = 0; i < len; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = letters[(random >> 16) % (sizeof letters - 1)];
        }
        memcpy(before, text, len);
        text = realloc(text, len ? len : 1);
        switch (round % 7) {
        case 0:
            tgp_scrub_sip(&names, text, len, "3ge2ae");
            break;
        case 1:
            tgp_scrub_sdp(&names, text, len, NULL);
            break;
        case 2:
            assert_in_range(tgp_scrub_msrp(&names, text, len), 0, len);
            break;
        case 3:
            tgp_scrub_http(&names, text, len, NULL, 0);
            break;
        case 4:
            tgp_scrub_entity(&names, text, len);
            break;
        case 5:
            memcpy(text, "MSRP a ", len < 7 ? len : 7);
            tgp_scrub_msrp_stream(&names, text, len);
            break;
        default:
            tgp_scrub_xml(&names, text, len);
            break;
        }
        for (size_t i = round % 7 == 5 ? 7 : 0; i < len; i++)
            assert_int_equal(before[i] == '\n', text[i] == '\n');
        free(text);
        free(before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_addresses),
        cmocka_unit_test(words_keep_their_class),
        cmocka_unit_test(no_two_words_become_one),
        cmocka_unit_test(words_that_begin_alike_still_do),
        cmocka_unit_test(what_says_nothing_stays),
        cmocka_unit_test(addresses_are_as_long),
        cmocka_unit_test(no_two_addresses_become_one),
        cmocka_unit_test(sdp_keeps_what_is_compared),
        cmocka_unit_test(xml_stays_xml),
        cmocka_unit_test(neighbours_do_not_stay_neighbours),
        cmocka_unit_test(six_names_are_no_cipher),
        cmocka_unit_test(long_words_have_no_period),
        cmocka_unit_test(letters_stay_letters),
        cmocka_unit_test(letters_become_the_same_everywhere),
        cmocka_unit_test(escaped_names_are_names),
        cmocka_unit_test(entities_tell_nothing),
        cmocka_unit_test(anything_may_come),
    };
    return cmocka_run_group_tests(tests, open_names, close_names);
}
