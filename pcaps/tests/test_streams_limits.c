/* streams: every limit. */
#include "test_streams_support.h"

static hearing h;

static void one_direction(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .one = 4096 };
    begin_hearing(&h, &limits);
    shake_hands(&h);
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    for (uint32_t i = 0; i < 3; i++)
        tcp(&h, 1, 2, ACK, 201 + 1000 * i, 501, text);
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 201 + 3000, 501, text); /* with what it costs to hold them, this is too much */
    assert_counts(&h, 0, 4, 0, 1);
    assert_true(strncmp(h.story, "1>0:gap 100 1>0:x", 17) == 0);
    h.len = 0;
    tcp(&h, 1, 2, ACK, 201 + 4000, 501, "on");
    assert_heard(&h, "1>0:on ");
    end_hearing(&h);
}

/* Tiny segments cost more than their octets. */
static void tiny_segments(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .one = 65536 };
    begin_hearing(&h, &limits);
    shake_hands(&h);
    unsigned held = 0;
    while (h.len == 0 && held < 65536) {
        tcp(&h, 1, 2, ACK, 103 + 2 * held, 501, "x");
        held++;
    }
    assert_in_range(held, 100, 65536 / 64);
    end_hearing(&h);
}

/* The direction to which nothing was added for longest gives its holes up. */
static void all_directions(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .octets = 16000 };
    begin_hearing(&h, &limits);
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = '\0';
    for (unsigned i = 0; i < 5; i++) {
        tcp(&h, 10 + i, 2, SYN, 100, 0, "");
        tcp(&h, 10 + i, 2, ACK, 201, 0, text);
        if (i == 3) /* the first is no longer the oldest */
            tcp(&h, 10, 2, ACK, 110, 0, "y");
        else if (i < 3)
            assert_heard(&h, "");
    }
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 1);
    assert_int_equal(h.len, strlen("1>0:gap 100 1>0: ") + 3000);
    h.len = 0;
    tgp_streams_finish(h.streams);
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 6);
    h.story[h.len] = '\0';
    assert_non_null(strstr(h.story, ">0:gap 9 "));
    assert_int_equal(h.ended, 5);
    end_hearing(&h);
}

/* A connection makes room that was silent the longest. */
static void connections(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .connections = 3 };
    begin_hearing(&h, &limits);
    h.let_go_at = "no";
    for (unsigned i = 0; i < 3; i++) {
        tcp(&h, 10 + i, 2, SYN, 100, 0, "");
        tcp(&h, 10 + i, 2, ACK, 101, 0, i == 2 ? "no" : "a");
    }
    tcp(&h, 10, 2, ACK, 102, 0, "b");
    assert_heard(&h, "1>0:a 2>0:a 3>0:no 1>0:b ");
    tcp(&h, 20, 2, SYN, 100, 0, "");
    assert_heard(&h, "2:end EVICTED ");
    assert_int_equal(counted(&h, TGP_STREAM_EVICTED), 1);
    tcp(&h, 21, 2, SYN, 100, 0, "");
    assert_heard(&h, "3:end EVICTED ");
    assert_int_equal(counted(&h, TGP_STREAM_EVICTED), 1); /* nobody followed it */
    tcp(&h, 10, 2, ACK, 103, 0, "c");
    tcp(&h, 22, 2, SYN, 100, 0, "");
    tcp(&h, 10, 2, ACK, 104, 0, "d");
    assert_heard(&h, "1>0:c 1>0:d ");
    tcp(&h, 11, 2, ACK, 102, 0, "back"); /* which is met again in its middle */
    tcp(&h, 2, 11, ACK, 0, 106, "");
    assert_heard(&h, "4>0:gap 0 4>0:back ");
    end_hearing(&h);
}

static void held_when_evicted(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .connections = 1 };
    begin_hearing(&h, &limits);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    tcp(&h, 3, 4, SYN, 100, 0, "");
    assert_heard(&h, "1>0:gap 2 1>0:cd 1:end EVICTED ");
    end_hearing(&h);
}

/* More connections than fit: the same number of ends, and the newest are all there. */
static void many_connections(void **state)
{
    (void)state;
    static hearing many;
    tgp_stream_limits limits = { .connections = 5000 };
    begin_hearing(&many, &limits);
    for (unsigned i = 0; i < 20000; i++) {
        tcp(&many, 100 + i, 2, SYN, 100, 0, "");
        tcp(&many, 100 + i, 2, ACK, 101, 0, "a");
        many.len = 0;
    }
    assert_int_equal(many.ended, 15000);
    assert_int_equal(counted(&many, TGP_STREAM_EVICTED), 15000);
    unsigned known = 0;
    for (unsigned i = 19000; i < 20000; i++) {
        many.len = 0;
        tcp(&many, 100 + i, 2, ACK, 102, 0, "b");
        many.story[many.len] = '\0';
        known += strstr(many.story, "gap") == NULL;
    }
    assert_in_range(known, 900, 1000); /* who goes is found slab by slab: nearly the oldest */
    many.len = 0;
    tgp_streams_finish(many.streams);
    assert_true(many.ended >= 20000);
    end_hearing(&many);
}

/* So little memory that there is hardly room for flows; and none at all. */
static void memory(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .memory = 200000 };
    begin_hearing(&h, &limits);
    for (unsigned i = 0; i < 4000; i++) {
        tcp(&h, 100 + i, 2, SYN, 100, 0, "");
        tcp(&h, 100 + i, 2, ACK, 101, 0, "a");
        h.len = 0;
    }
    assert_in_range(counted(&h, TGP_STREAM_EVICTED), 2000, 3999);
    tgp_streams_finish(h.streams);
    assert_int_equal(h.ended, 4000);
    end_hearing(&h);
    limits.memory = 1;
    begin_hearing(&h, &limits);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "a");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "");
    end_hearing(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_direction), cmocka_unit_test(tiny_segments),     cmocka_unit_test(all_directions),
        cmocka_unit_test(connections),   cmocka_unit_test(held_when_evicted), cmocka_unit_test(many_connections),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
