/* When what is sent, which timestamps go with it, and what tells one SIP dialog from another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pcaps/replay.h"
#include "ticketgate/carriage.h"

#define SECOND INT64_C(1000000000)

/* ---- schedule ------------------------------------------------------------------------------------------------ */

static void test_original_gaps_are_kept(void **state)
{
    (void)state;
    const int64_t times[] = { 100 * SECOND, 100 * SECOND + 500, 103 * SECOND };
    const tgp_replay_timing timing = { .factor = 1, .max_gap = 10 * SECOND };
    int64_t offsets[3];
    assert_int_equal(tgp_replay_schedule(times, 3, &timing, offsets), 0);
    assert_int_equal(offsets[0], 0);
    assert_int_equal(offsets[1], 500);
    assert_int_equal(offsets[2], 3 * SECOND);
}

static void test_a_factor_makes_it_faster_or_slower(void **state)
{
    (void)state;
    const int64_t times[] = { 0, 20 * SECOND, 21 * SECOND };
    int64_t offsets[3];
    const tgp_replay_timing fast = { .factor = 10, .max_gap = 10 * SECOND },
                            slow = { .factor = 0.5, .max_gap = 60 * SECOND };
    assert_int_equal(tgp_replay_schedule(times, 3, &fast, offsets), 0); /* 2 s: not cut */
    assert_int_equal(offsets[1], 2 * SECOND);
    assert_int_equal(offsets[2], 2 * SECOND + SECOND / 10);
    assert_int_equal(tgp_replay_schedule(times, 3, &slow, offsets), 0);
    assert_int_equal(offsets[1], 40 * SECOND);
    assert_int_equal(offsets[2], 42 * SECOND);
}

static void test_long_gaps_are_cut_and_counted(void **state)
{
    (void)state;
    const int64_t times[] = { 0, SECOND, 3601 * SECOND, 3602 * SECOND, 9000 * SECOND };
    const tgp_replay_timing timing = { .factor = 1, .max_gap = 10 * SECOND };
    int64_t offsets[5];
    assert_int_equal(tgp_replay_schedule(times, 5, &timing, offsets), 2);
    assert_int_equal(offsets[1], SECOND);
    assert_int_equal(offsets[2], 11 * SECOND);
    assert_int_equal(offsets[3], 12 * SECOND);
    assert_int_equal(offsets[4], 22 * SECOND);
}

static void test_at_once_has_no_gaps(void **state)
{
    (void)state;
    const int64_t times[] = { 5, 3600 * SECOND };
    const tgp_replay_timing timing = { .at_once = true, .factor = 1, .max_gap = SECOND };
    int64_t offsets[2] = { 7, 7 };
    assert_int_equal(tgp_replay_schedule(times, 2, &timing, offsets), 0);
    assert_int_equal(offsets[0], 0);
    assert_int_equal(offsets[1], 0);
    assert_int_equal(tgp_replay_schedule(NULL, 0, &timing, NULL), 0);
}

static void test_a_clock_that_leaps_or_goes_backwards(void **state)
{
    (void)state;
    const int64_t times[] = { INT64_MIN, INT64_MAX, 0, INT64_MAX };
    const tgp_replay_timing timing = { .factor = 0.001, .max_gap = 10 * SECOND };
    int64_t offsets[4];
    assert_int_equal(tgp_replay_schedule(times, 4, &timing, offsets), 1);
    assert_int_equal(offsets[1], 10 * SECOND);
    assert_int_equal(offsets[2], 10 * SECOND);
    assert_int_equal(offsets[3], 10 * SECOND);
}

/* ---- timestamps ---------------------------------------------------------------------------------------------- */

#define NTP(seconds) ((uint64_t)(seconds) << 32)

static void test_times_are_those_of_sending(void **state)
{
    (void)state;
    /* A request and its response have the same T (RFC 3830 3.2). */
    const uint64_t old[] = { NTP(1000), NTP(1000), NTP(1030) };
    const int64_t offsets[] = { 0, SECOND, 30 * SECOND + SECOND / 2 };
    uint64_t fresh[3];
    tgp_replay_times(old, offsets, 3, NTP(5000), false, fresh);
    assert_true(fresh[0] == NTP(5000));
    assert_true(fresh[1] == NTP(5000));
    assert_true(fresh[2] == NTP(5030) + (UINT64_C(1) << 31));
}

static void test_times_keep_their_order(void **state)
{
    (void)state;
    const uint64_t old[] = { NTP(1000), NTP(1005), NTP(1002), NTP(1006) };
    const int64_t at_once[] = { 0, 0, 0, 0 };
    uint64_t fresh[4];
    tgp_replay_times(old, at_once, 4, NTP(5000), false, fresh);
    assert_true(fresh[0] == NTP(5000));
    assert_true(fresh[1] > fresh[0]);           /* an update has to be newer, at once as well */
    assert_true(fresh[2] == fresh[1] - NTP(3)); /* older than one before it: still, by as much */
    assert_true(fresh[3] > fresh[1]);
}

static void test_times_in_whole_seconds(void **state)
{
    (void)state;
    const uint64_t old[] = { NTP(1000), NTP(1001), NTP(1001), NTP(1003), NTP(1002), NTP(1009) };
    const int64_t offsets[] = { 0, SECOND / 4, SECOND / 2, SECOND / 2, SECOND / 2, 9 * SECOND };
    uint64_t fresh[6];
    tgp_replay_times(old, offsets, 6, NTP(5000) + 7, true, fresh);
    assert_true(fresh[0] == NTP(5000)); /* so that a ticket that is valid from then on is as old as T, to the second */
    assert_true(fresh[1] == NTP(5001));
    assert_true(fresh[2] == NTP(5001));
    assert_true(fresh[3] == NTP(5002));
    assert_true(fresh[4] == NTP(5001)); /* older by a second */
    assert_true(fresh[5] == NTP(5009));
    const uint64_t late[] = { NTP(0xfffffffe), NTP(0xffffffff), NTP(0) };
    const int64_t at_once[] = { 0, 0, 0 };
    tgp_replay_times(late, at_once, 3, NTP(0xfffffffe), true, fresh);
    assert_true(fresh[2] == NTP(0));
}

static void test_times_over_the_turn_of_the_era(void **state)
{
    (void)state;
    const uint64_t old[] = { NTP(0xffffffff), NTP(1) }; /* RFC 4330 3: two seconds apart */
    const int64_t offsets[] = { 0, 2 * SECOND };
    uint64_t fresh[2];
    tgp_replay_times(old, offsets, 2, NTP(0xfffffffe), false, fresh);
    assert_true(fresh[0] == NTP(0xfffffffe));
    assert_true(fresh[1] == NTP(0));
}

/* ---- SIP ----------------------------------------------------------------------------------------------------- */

static const uint8_t secret[32] = { 1, 2, 3 };
static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKabc123, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKxyz9\r\n"
    "f: \"tag=no\" <sip:alice@example.com;tag=no>;tag=from-1\r\n"
    "To: <sip:bob@example.com>;tag=to.22\r\n"
    "i: call-77@192.0.2.1\r\n"
    "CSeq: 1 INVITE\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 10\r\n\r\n"
    "call-77 77";

static int set_up(void **state)
{
    tg_crypto *crypto;
    if (tg_carriage_init() != TG_OK || tg_crypto_new(&crypto) != TG_OK)
        return -1;
    *state = crypto;
    return 0;
}

static int tear_down(void **state)
{
    tg_crypto_free(*state);
    return 0;
}

static bool is_same(const char *text, const char *word)
{
    return memcmp(text + (strstr(invite, word) - invite), word, strlen(word)) == 0;
}

static void test_a_fresh_dialog(void **state)
{
    char text[sizeof invite], again[sizeof invite], other[sizeof invite];
    const uint8_t another[32] = { 9 };
    const size_t len = sizeof invite - 1;
    memcpy(text, invite, sizeof invite);
    memcpy(again, invite, sizeof invite);
    memcpy(other, invite, sizeof invite);
    assert_true(tgp_replay_fresh_sip(*state, secret, (uint8_t *)text, len));
    assert_true(tgp_replay_fresh_sip(*state, secret, (uint8_t *)again, len));
    assert_true(tgp_replay_fresh_sip(*state, another, (uint8_t *)other, len));
    assert_memory_equal(text, again, sizeof text); /* the same in every message of the dialog */
    assert_memory_not_equal(text, other, sizeof text);
    static const char *const changed[] = { "abc123", "xyz9", "from-1", "to.22", "call-77@" };
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
        assert_false(is_same(text, changed[i]));
    static const char *const kept[] = { "INVITE sip:bob@example.com SIP/2.0\r\n",
                                        "branch=z9hG4bK",
                                        "192.0.2.9;branch=z9hG4bK",
                                        "\"tag=no\" <sip:alice@example.com;tag=no>;tag=",
                                        "@192.0.2.1\r\n",
                                        "CSeq: 1 INVITE\r\n",
                                        "\r\n\r\ncall-77 77" };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_true(is_same(text, kept[i]));
    assert_false(tgp_replay_fresh_sip(*state, secret, (uint8_t *)again, 20));
}

static void test_who_sends_it_and_to_which_dialog(void **state)
{
    (void)state;
    const tg_bytes whole = { (const uint8_t *)invite, sizeof invite - 1 },
                   tag = { (const uint8_t *)"a-longer-tag", 12 }, none = { NULL, 0 };
    tg_text text = { 0 };
    assert_true(tgp_replay_address_sip(whole, "127.0.0.1:40000", tag, &text));
    tg_text_add(&text, "", 1);
    assert_non_null(
        strstr(text.data, "Via: SIP/2.0/UDP 127.0.0.1:40000;rport;branch=z9hG4bKabc123, SIP/2.0/UDP 192.0.2.9;"));
    assert_non_null(strstr(text.data, "\r\nTo: <sip:bob@example.com>;tag=a-longer-tag\r\n"));
    assert_non_null(strstr(text.data, "Content-Length: 10\r\n\r\ncall-77 77"));
    tg_text_free(&text);
    text = (tg_text){ 0 };
    assert_true(tgp_replay_address_sip(whole, "[::1]:5", none, &text));
    tg_text_add(&text, "", 1);
    assert_non_null(strstr(text.data, "SIP/2.0/UDP [::1]:5;rport"));
    assert_non_null(strstr(text.data, ";tag=to.22\r\n"));
    tg_text_free(&text);
    text = (tg_text){ 0 };
    /* Fields stand in any order. */
    static const char other[] = "BYE sip:b@example.com SIP/2.0\r\nTo: <sip:b@example.com>;tag=old\r\nVia: SIP/2.0/UDP "
                                "192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@example.com>;tag=a\r\nCall-ID: 1\r\n"
                                "CSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n";
    static const char addressed[] =
        "BYE sip:b@example.com SIP/2.0\r\nTo: <sip:b@example.com>;tag=a-longer-tag\r\nVia: SIP/2.0/UDP "
        "127.0.0.1:9;branch=z9hG4bKa\r\nFrom: <sip:a@example.com>;tag=a\r\nCall-ID: 1\r\n"
        "CSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n";
    assert_true(tgp_replay_address_sip(tg_bytes_of(other, sizeof other - 1), "127.0.0.1:9", tag, &text));
    tg_text_add(&text, "", 1);
    assert_string_equal(text.data, addressed);
    tg_text_free(&text);
    text = (tg_text){ 0 };
    assert_false(tgp_replay_address_sip(tg_bytes_of("no SIP", 6), "127.0.0.1:1", none, &text));
    tg_text_free(&text);
}

/* A Via that ends anywhere, and a whole message cut anywhere: nothing is read beyond the end (under the sanitizer). */
static void test_cut_anywhere(void **state)
{
    for (size_t len = 0; len < sizeof invite; len++) {
        uint8_t *text = malloc(len + (len == 0));
        tg_text out = { 0 };
        assert_non_null(text);
        memcpy(text, invite, len);
        (void)tgp_replay_address_sip(tg_bytes_of(text, len), "127.0.0.1:1", tg_bytes_of("x", 1), &out);
        bool fresh = tgp_replay_fresh_sip(*state, secret, text, len);
        assert_true(fresh == (len == sizeof invite - 1));
        tg_text_free(&out);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_original_gaps_are_kept),
        cmocka_unit_test(test_a_factor_makes_it_faster_or_slower),
        cmocka_unit_test(test_long_gaps_are_cut_and_counted),
        cmocka_unit_test(test_at_once_has_no_gaps),
        cmocka_unit_test(test_a_clock_that_leaps_or_goes_backwards),
        cmocka_unit_test(test_times_are_those_of_sending),
        cmocka_unit_test(test_times_keep_their_order),
        cmocka_unit_test(test_times_in_whole_seconds),
        cmocka_unit_test(test_times_over_the_turn_of_the_era),
        cmocka_unit_test(test_a_fresh_dialog),
        cmocka_unit_test(test_who_sends_it_and_to_which_dialog),
        cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
