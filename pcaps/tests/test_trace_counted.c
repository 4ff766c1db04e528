/* What is judged early at a bound, and what falls out of the memory of what was told, is counted. */
#include "test_trace_support.h"

/* Replays are messages of the conversation of their ticket; the REQUEST exchange that granted it comes behind them. */
static void a_full_conversation_and_the_exchange_before_it_stay_two(void **state)
{
    enum { MOST = 256 };
    made_story s;
    (void)state;
    story_make(&s, "ims-media", NULL);
    for (unsigned num = MOST - 2; num < MOST; num++) {
        bench b;
        tgp_trace_counts counts;
        bench_open(&b, NULL, NULL, 0);
        for (unsigned i = 0; i < num; i++) {
            char call_id[32];
            snprintf(call_id, sizeof call_id, "call-%u", i);
            const dialog d = { call_id, 1, RTP_MEDIA };
            invite_from(&b, 1, 2, &d, 1, story_octets(&s, "transfer", 0));
        }
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        http(&b, &f, true, story_octets(&s, "request", 0), false);
        http(&b, &f, false, story_octets(&s, "request", 1), false);
        tgp_trace_count(b.trace, &counts);
        assert_int_equal(counts.conversations, num == MOST - 2 ? 1 : 2);
        assert_int_equal(counts.judged_early, num == MOST - 2 ? 0 : 1);
        bench_close(&b);
    }
    story_free(&s);
}

static void what_falls_out_of_what_was_told_is_counted(void **state)
{
    enum { FEW = 500, MANY = 30000 }; /* in a table of 65536; it has sets */
    made_story s;
    (void)state;
    story_make(&s, "ims-media", NULL);
    for (unsigned more = 0; more < 2; more++) {
        bench b;
        tgp_trace_counts counts;
        bench_open(&b, NULL, NULL, 0);
        tgp_trace_free(b.trace);
        const tgp_trace_options options = { .crypto = b.crypto, .quiet = 100000000 };
        const tgp_trace_listener listener = { .message = told_message_of, .user = b.told };
        b.trace = tgp_trace_new(&options, &listener);
        assert_non_null(b.trace);
        post_requests(&b, &s, more ? MANY : FEW);
        tgp_trace_count(b.trace, &counts);
        assert_true(b.told->num_all_messages > FEW / 2);
        assert_int_equal(counts.judged_early > 0, more);
        uint64_t before = counts.judged_early;
        tgp_trace_finish(b.trace);
        tgp_trace_count(b.trace, &counts);
        assert_int_equal(counts.judged_early, before);
        bench_close(&b);
    }
    story_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_conversation_and_the_exchange_before_it_stay_two),
        cmocka_unit_test(what_falls_out_of_what_was_told_is_counted),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
