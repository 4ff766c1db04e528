/* streams: TCP, case by case. */
#include "test_streams_support.h"

enum { SECOND = 1000000000 };
static hearing h;

static void from_syn_to_fin(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    h.shows_ends = true;
    shake_hands(&h);
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 101, 501, "ask");
    assert_heard(&h, "10.0.0.1:1001-10.0.0.2:1002 1>0:ask ");
    tcp(&h, 2, 1, ACK, 501, 104, "answer");
    assert_heard(&h, "10.0.0.1:1001-10.0.0.2:1002 1>1:answer ");
    tcp(&h, 1, 2, ACK | FIN, 104, 507, "bye");
    assert_heard(&h, "10.0.0.1:1001-10.0.0.2:1002 1>0:bye ");
    tcp(&h, 2, 1, ACK | FIN, 507, 108, "");
    assert_heard(&h, "1:end FIN ");
    tcp(&h, 1, 2, ACK, 108, 508, "");
    tcp(&h, 1, 2, ACK | FIN, 104, 507, "bye"); /* late */
    tgp_streams_finish(h.streams);
    assert_heard(&h, "");
    end_hearing(&h);
}

/* Who sent the SYN is the first end, whatever the order of addresses, and whoever is seen first. */
static void who_called(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    h.shows_ends = true;
    tcp(&h, 4, 3, SYN, 0, 0, "");
    tcp(&h, 4, 3, ACK, 1, 0, "a");
    tcp(&h, 5, 6, SYN | ACK, 0, 7, ""); /* the SYN is not in the capture */
    tcp(&h, 5, 6, ACK, 1, 7, "b");
    tcp(&h, 6, 5, ACK, 7, 2, "c"); /* from its beginning: its SYN was acknowledged */
    tcp(&h, 8, 7, ACK, 1, 0, "d"); /* in the middle */
    assert_heard(
        &h, "10.0.0.4:1004-10.0.0.3:1003 1>0:a 10.0.0.6:1006-10.0.0.5:1005 2>1:b 10.0.0.6:1006-10.0.0.5:1005 2>0:c ");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1:end CAPTURE 2:end CAPTURE ?10.0.0.8:1008-10.0.0.7:1007 3>0:gap 0 "
                     "?10.0.0.8:1008-10.0.0.7:1007 3>0:d 3:end CAPTURE ");
    end_hearing(&h);
}

static void data_with_syn(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    tcp(&h, 1, 2, SYN, 100, 0, "early");
    tcp(&h, 2, 1, SYN | ACK, 500, 106, "");
    tcp(&h, 1, 2, SYN, 100, 0, "early");
    tcp(&h, 1, 2, ACK, 106, 501, "more");
    assert_heard(&h, "1>0:early 1>0:more ");
    assert_counts(&h, 1, 0, 0, 0);
    end_hearing(&h);
}

static void numbers_wrap_around(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    tcp(&h, 1, 2, SYN, 0xfffffffd, 0, "");
    tcp(&h, 1, 2, ACK, 3, 0, "fgh");
    tcp(&h, 1, 2, ACK, 0xfffffffe, 0, "abcde");
    tcp(&h, 1, 2, ACK, 0xffffffff, 0, "bcdef");
    assert_heard(&h, "1>0:abcde 1>0:fgh ");
    assert_counts(&h, 1, 1, 0, 0);
    end_hearing(&h);
}

static void overlaps(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "abcd");
    tcp(&h, 1, 2, ACK, 103, 501, "cdef"); /* half of it is new */
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    assert_heard(&h, "1>0:abcd 1>0:ef ");
    assert_counts(&h, 2, 0, 0, 0);
    tcp(&h, 1, 2, ACK, 109, 501, "ijk");
    tcp(&h, 1, 2, ACK, 114, 501, "nop");
    tcp(&h, 1, 2, ACK, 108, 501, "hijklmnopq"); /* around both, all the same */
    assert_counts(&h, 3, 3, 0, 0);
    tcp(&h, 1, 2, ACK, 107, 501, "gh");
    assert_heard(&h, "1>0:g 1>0:h 1>0:ijk 1>0:lm 1>0:nop 1>0:q ");
    end_hearing(&h);
}

static void the_first_is_kept(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    tcp(&h, 1, 2, ACK, 102, 501, "BCDE");
    assert_counts(&h, 1, 2, 1, 0);
    tcp(&h, 1, 2, ACK, 101, 501, "ax");
    assert_heard(&h, "1>0:a 1>0:B 1>0:cd 1>0:E ");
    assert_counts(&h, 2, 2, 2, 0);
    end_hearing(&h);
}

static void keep_alives_are_nothing(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "abc");
    tcp(&h, 1, 2, ACK, 103, 501, "");
    tcp(&h, 1, 2, ACK, 103, 501, "?");
    tcp(&h, 2, 1, ACK, 501, 104, "");
    tcp(&h, 1, 2, ACK, 104, 501, "d");
    assert_heard(&h, "1>0:abc 1>0:d ");
    assert_counts(&h, 0, 0, 0, 0);
    end_hearing(&h);
}

static void hole_is_acknowledged(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* by time */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 1, 2, ACK, 108, 501, "hi");
    tcp(&h, 2, 1, ACK, 501, 103, "!");
    h.time += 10 * (int64_t)SECOND; /* nobody has acknowledged it: it may yet come */
    tcp(&h, 2, 1, ACK, 502, 103, "!");
    assert_heard(&h, "1>0:ab 1>1:! 1>1:! ");
    tcp(&h, 2, 1, ACK, 503, 110, "!");
    assert_heard(&h, "1>1:! ");
    h.time += SECOND;
    tcp(&h, 2, 1, ACK, 504, 110, "!");
    assert_heard(&h, "1>1:! 1>0:gap 5 1>0:hi ");
    assert_counts(&h, 0, 1, 0, 1);
    tcp(&h, 1, 2, ACK, 103, 501, "cdefg"); /* too late */
    tcp(&h, 1, 2, ACK, 110, 501, "jk");
    assert_heard(&h, "1>0:jk ");
    end_hearing(&h);

    begin_hearing(&h, NULL); /* by segments */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    for (int i = 0; i < 63; i++)
        tcp(&h, 2, 1, ACK, 501, 105, "");
    assert_heard(&h, "");
    tcp(&h, 2, 1, ACK, 501, 105, "");
    assert_heard(&h, "1>0:gap 2 1>0:cd ");
    end_hearing(&h);
}

static void capture_out_of_order(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* an acknowledgement in front of what it acknowledges */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    tcp(&h, 2, 1, ACK, 501, 105, "ok");
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    assert_heard(&h, "1>1:ok 1>0:ab 1>0:cd ");
    assert_counts(&h, 0, 1, 0, 0);
    end_hearing(&h);
    begin_hearing(&h, NULL); /* the SYN behind the first data */
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 1, 2, SYN, 100, 0, "");
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    assert_heard(&h, "1>0:ab 1>0:cd ");
    end_hearing(&h);
}

static void what_is_missing_at_the_end(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* a FIN behind a hole */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 1, 2, ACK | FIN, 106, 501, "");
    tcp(&h, 2, 1, ACK | FIN, 501, 107, "");
    assert_heard(&h, "1>0:ab ");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:gap 3 1:end FIN ");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* nothing but an acknowledgement of it */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 2, 1, ACK, 501, 110, "");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:ab 1>0:gap 7 1:end CAPTURE ");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* an acknowledged FIN that is not in the capture is no octet */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 2, 1, ACK, 501, 104, "");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:ab 1:end CAPTURE ");
    assert_counts(&h, 0, 0, 0, 0);
    end_hearing(&h);
    begin_hearing(&h, NULL); /* a RST: what is held goes out first */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    tcp(&h, 2, 1, RST | ACK, 501, 101, "");
    assert_heard(&h, "1>0:gap 2 1>0:cd 1:end RST ");
    end_hearing(&h);
}

static void both_directions_in_the_order_of_time(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    for (unsigned i = 0; i < 3; i++) {
        h.time++;
        tcp(&h, 2, 1, ACK, 510 + 10 * i, 101, "b");
        h.time++;
        tcp(&h, 1, 2, ACK, 110 + 10 * i, 501, "a");
    }
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>1:gap 9 1>1:b 1>0:gap 9 1>0:a 1>1:gap 9 1>1:b 1>0:gap 9 1>0:a 1>1:gap 9 1>1:b 1>0:gap 9 1>0:a "
                     "1:end CAPTURE ");
    end_hearing(&h);
}

static void resets(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    tcp(&h, 2, 1, RST, 400, 0, "");              /* behind */
    tcp(&h, 2, 1, RST, 501 + (1u << 21), 0, ""); /* far ahead */
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    assert_heard(&h, "1>0:ab 1>0:cd ");
    tcp(&h, 2, 1, RST, 501, 0, "");
    assert_heard(&h, "1:end RST ");
    tcp(&h, 1, 2, ACK, 105, 501, "late");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* refused */
    tcp(&h, 1, 2, SYN, 100, 0, "fast");
    tcp(&h, 2, 1, RST | ACK, 0, 99, "");
    assert_heard(&h, "1>0:fast ");
    tcp(&h, 2, 1, RST | ACK, 0, 101, "");
    assert_heard(&h, "1:end RST ");
    end_hearing(&h);
}

static void ports_are_used_again(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* without an end */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "old");
    tcp(&h, 1, 2, ACK, 106, 501, "held");
    tcp(&h, 1, 2, SYN, 9000, 0, "");
    assert_heard(&h, "1>0:old 1>0:gap 2 1>0:held 1:end REPLACED ");
    tcp(&h, 2, 1, SYN | ACK, 8000, 9001, "");
    tcp(&h, 1, 2, ACK, 9001, 8001, "new");
    assert_heard(&h, "2>0:new ");
    tcp(&h, 1, 2, ACK | FIN, 9004, 8001, "");
    tcp(&h, 2, 1, ACK | FIN, 8001, 9005, "");
    assert_heard(&h, "2:end FIN ");
    tcp(&h, 2, 1, SYN, 5, 0, ""); /* after one; the other way */
    tcp(&h, 2, 1, ACK, 6, 0, "back");
    assert_heard(&h, "3>0:back ");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "3:end CAPTURE ");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* the new SYN is not in the capture */
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 101, 501, "old");
    tcp(&h, 2, 1, RST, 501, 0, "");
    tcp(&h, 1, 2, ACK, 0x50000000, 0x60000000, "new");
    assert_heard(&h, "1>0:old 1:end RST ");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "2>0:gap 0 2>0:new 2:end CAPTURE ");
    end_hearing(&h);
}

static void let_go(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    h.let_go_at = "no";
    shake_hands(&h);
    tcp(&h, 1, 2, ACK, 105, 501, "held");
    tcp(&h, 1, 2, ACK, 101, 501, "no"); /* what is held of it goes, too */
    tcp(&h, 1, 2, ACK, 103, 501, "xx");
    tcp(&h, 1, 2, ACK, 300, 501, "xx");
    tcp(&h, 2, 1, ACK, 501, 302, "still");
    assert_heard(&h, "1>0:no 1>1:still ");
    tcp(&h, 2, 1, ACK, 506, 302, "no");
    tcp(&h, 2, 1, ACK, 508, 302, "xx");
    assert_heard(&h, "1>1:no ");
    tcp(&h, 1, 2, ACK | FIN, 302, 510, "");
    tcp(&h, 2, 1, ACK | FIN, 510, 303, "");
    assert_heard(&h, "1:end FIN ");
    assert_counts(&h, 0, 1, 0, 0);
    end_hearing(&h);
    begin_hearing(&h, NULL); /* at a gap */
    h.let_go_at_gap = true;
    tcp(&h, 1, 2, ACK, 105, 501, "middle");
    tcp(&h, 1, 2, ACK, 111, 501, "more");
    tcp(&h, 2, 1, ACK, 501, 111, "");
    assert_heard(&h, "1>0:gap 0 ");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1:end CAPTURE ");
    end_hearing(&h);
}

/* Connections without data are none that anybody is told of. */
static void nothing_to_tell(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    shake_hands(&h);
    tcp(&h, 1, 2, ACK | FIN, 101, 501, "");
    tcp(&h, 2, 1, ACK | FIN, 501, 102, "");
    tcp(&h, 3, 4, SYN, 100, 0, "");
    tcp(&h, 4, 3, RST | ACK, 0, 101, "");
    tcp(&h, 5, 6, RST, 0, 0, "");
    tcp(&h, 7, 8, ACK, 5, 6, "");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "");
    tgp_segment udp;
    memset(&udp, 0, sizeof udp);
    udp.transport = TGP_UDP;
    assert_false(tgp_streams_take(h.streams, &udp));
    end_hearing(&h);
}

/* Met in its middle, it begins where the other side has acknowledged up to; what is missing in front of that is no hole. */
static void met_in_the_middle(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    tcp(&h, 2, 1, ACK, 501, 101, "");
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 101, 501, "ab"); /* out of order */
    tcp(&h, 1, 2, ACK, 99, 501, "89");  /* in front of what was acknowledged first */
    assert_heard(&h, "");
    tcp(&h, 2, 1, ACK, 501, 105, "");
    assert_heard(&h, "1>1:gap 0 1>1:89 1>1:ab 1>1:cd ");
    tcp(&h, 1, 2, ACK, 95, 501, "4567"); /* too late: it was never seen */
    tcp(&h, 1, 2, ACK, 101, 501, "ab");  /* that was */
    assert_counts(&h, 1, 2, 0, 1);
    tcp(&h, 4, 3, ACK, 501, 101, "");
    tcp(&h, 3, 4, ACK, 103, 501, "cd");
    tcp(&h, 4, 3, ACK, 501, 105, "");
    tcp(&h, 3, 4, ACK, 105, 501, "ef");
    assert_heard(&h, "2>1:gap 0 2>1:cd 2>1:ef ");
    tcp(&h, 5, 6, ACK, 109, 0, "2"); /* octets one by one are no keep-alives */
    tcp(&h, 5, 6, ACK, 108, 0, "1");
    tcp(&h, 5, 6, ACK, 107, 0, "0");
    tcp(&h, 6, 5, ACK, 0, 110, "");
    assert_heard(&h, "3>0:gap 0 3>0:0 3>0:1 3>0:2 ");
    tcp(&h, 8, 7, ACK, 501, 101, "");
    tcp(&h, 7, 8, ACK, 100, 501, "?"); /* one */
    tcp(&h, 7, 8, ACK, 101, 501, "a");
    tcp(&h, 8, 7, ACK, 501, 102, "");
    assert_heard(&h, "4>1:gap 0 4>1:a ");
    assert_counts(&h, 1, 4, 0, 1);
    end_hearing(&h);
}

/* Nobody acknowledges anything. */
static void waits_for_its_beginning(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* by time */
    tcp(&h, 1, 2, ACK, 103, 501, "cd");
    tcp(&h, 1, 2, ACK, 101, 501, "ab");
    h.time += SECOND - 1;
    tcp(&h, 1, 2, ACK, 105, 501, "ef");
    assert_heard(&h, "");
    h.time++;
    tcp(&h, 1, 2, ACK, 107, 501, "gh");
    assert_heard(&h, "1>0:gap 0 1>0:ab 1>0:cd 1>0:ef 1>0:gh ");
    tcp(&h, 1, 2, ACK, 109, 501, "ij");
    assert_heard(&h, "1>0:ij ");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* by segments */
    for (unsigned i = 0; i < 63; i++)
        tcp(&h, 1, 2, ACK, 501 - i, 501, "x");
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 400, 501, "y"); /* in front of a hole */
    assert_heard(&h, "1>0:gap 0 1>0:y ");
    end_hearing(&h);
    tgp_stream_limits limits = { .one = 4096 };
    begin_hearing(&h, &limits); /* by memory */
    static char text[1025];
    memset(text, 'x', 1024);
    for (unsigned i = 0; i < 3; i++)
        tcp(&h, 1, 2, ACK, 9000 - 1024 * i, 501, text);
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 9000 - 1024 * 3, 501, text);
    assert_true(h.len > 4 * 1024);
    h.len = 0;
    end_hearing(&h);
}

static void captured_backwards(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    tcp(&h, 1, 2, ACK, 108, 507, "");
    tcp(&h, 2, 1, ACK | FIN, 506, 108, "");
    tcp(&h, 1, 2, ACK | FIN, 107, 506, "");
    tcp(&h, 2, 1, ACK, 504, 107, "!!");
    tcp(&h, 2, 1, ACK, 501, 107, "yes");
    tcp(&h, 1, 2, ACK, 104, 501, "def");
    tcp(&h, 1, 2, ACK, 101, 501, "abc");
    assert_heard(&h, "");
    tcp(&h, 1, 2, ACK, 101, 501, "");
    tcp(&h, 2, 1, SYN | ACK, 500, 101, "");
    assert_heard(&h, "1>0:abc 1>0:def 1>1:yes 1>1:!! 1:end FIN ");
    tcp(&h, 1, 2, SYN, 100, 0, "");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "");
    assert_counts(&h, 0, 2, 0, 0);
    end_hearing(&h);
    begin_hearing(&h, NULL); /* what is older than a SYN is of another connection */
    tcp(&h, 1, 2, ACK, 90, 501, "old");
    tcp(&h, 1, 2, SYN, 100, 0, "");
    tcp(&h, 1, 2, ACK, 101, 501, "new");
    assert_heard(&h, "1>0:gap 0 1>0:old 1:end REPLACED 2>0:new ");
    end_hearing(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_syn_to_fin),
        cmocka_unit_test(who_called),
        cmocka_unit_test(data_with_syn),
        cmocka_unit_test(numbers_wrap_around),
        cmocka_unit_test(overlaps),
        cmocka_unit_test(the_first_is_kept),
        cmocka_unit_test(keep_alives_are_nothing),
        cmocka_unit_test(hole_is_acknowledged),
        cmocka_unit_test(capture_out_of_order),
        cmocka_unit_test(what_is_missing_at_the_end),
        cmocka_unit_test(both_directions_in_the_order_of_time),
        cmocka_unit_test(resets),
        cmocka_unit_test(ports_are_used_again),
        cmocka_unit_test(let_go),
        cmocka_unit_test(nothing_to_tell),
        cmocka_unit_test(met_in_the_middle),
        cmocka_unit_test(waits_for_its_beginning),
        cmocka_unit_test(captured_backwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
