/* RTP to ends that signalling names more than once: what is told of their streams, and which ends make room. */
#include "test_units_support.h"

enum { TOLD = 16, NAMED = 8192, PORT = 4000 };

static void name_end(bench *b, unsigned port)
{
    tgp_endpoint end = { { 4, { 192, 0, 2, 2 } }, (uint16_t)port };
    assert_true(tgp_units_expect_rtp(b->units, &end));
}

static void send_rtp(bench *b, unsigned port, uint8_t ssrc, unsigned num)
{
    const uint8_t packet[12] = { 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc };
    for (unsigned i = 0; i < num; i++)
        udp(b, 30, port, packet, sizeof packet);
}

/* Calls one after the other on the same ports. */
static void a_stream_is_told_anew_each_time(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    for (unsigned call = 1; call <= 8; call++) {
        name_end(b, PORT);
        send_rtp(b, PORT, 7, TOLD + 3);
        assert_int_equal(b->num_units, call * TOLD);
        assert_int_equal(b->last.frame, call * (TOLD + 3) - 3);
    }
    expect_counts(b, "rtp=152");
    close_bench(b);
}

/* Four streams of an end are told: other four when it is named again. */
static void other_streams_are_told_after_it(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    name_end(b, PORT);
    for (uint8_t ssrc = 1; ssrc <= 5; ssrc++)
        send_rtp(b, PORT, ssrc, 1);
    assert_int_equal(b->num_units, 4);
    name_end(b, PORT);
    for (uint8_t ssrc = 5; ssrc <= 9; ssrc++)
        send_rtp(b, PORT, ssrc, 1);
    assert_int_equal(b->num_units, 8);
    assert_int_equal(b->last.first_frame, 9);
    expect_counts(b, "rtp=10");
    close_bench(b);
}

static void another_end_stays_as_it_is(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    name_end(b, PORT);
    name_end(b, PORT + 2);
    send_rtp(b, PORT, 7, TOLD + 1);
    send_rtp(b, PORT + 2, 7, TOLD + 1);
    name_end(b, PORT);
    send_rtp(b, PORT + 2, 7, 1);
    assert_int_equal(b->num_units, 2 * TOLD);
    send_rtp(b, PORT, 7, 1);
    assert_int_equal(b->num_units, 2 * TOLD + 1);
    close_bench(b);
}

/* What was named first makes room, but for what was named again since. */
static void what_is_named_again_stays(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    for (unsigned i = 0; i < NAMED; i++)
        name_end(b, 2000 + i);
    name_end(b, 2000);
    name_end(b, 2000 + NAMED);
    send_rtp(b, 2000, 7, 1);
    send_rtp(b, 2001, 7, 1);
    send_rtp(b, 2002, 7, 1);
    send_rtp(b, 2000 + NAMED, 7, 1);
    expect_counts(b, "rtp=3 other=1");
    close_bench(b);
}

/* All of them have been: there is room for a new one all the same. */
static void there_is_room_where_all_were_named_again(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    for (unsigned i = 0; i < 2 * NAMED; i++)
        name_end(b, 2000 + i % NAMED);
    name_end(b, 2000 + NAMED);
    name_end(b, 2001 + NAMED);
    send_rtp(b, 2000, 7, 1);
    send_rtp(b, 2001, 7, 1);
    send_rtp(b, 2002, 7, 1);
    send_rtp(b, 2000 + NAMED, 7, 1);
    send_rtp(b, 2001 + NAMED, 7, 1);
    expect_counts(b, "rtp=3 other=2");
    close_bench(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_told_anew_each_time),
        cmocka_unit_test(other_streams_are_told_after_it),
        cmocka_unit_test(another_end_stays_as_it_is),
        cmocka_unit_test(what_is_named_again_stays),
        cmocka_unit_test(there_is_room_where_all_were_named_again),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
