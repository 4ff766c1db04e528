/* streams: SCTP. */
#include "test_streams_support.h"

enum { BEGINS = 1, ENDS = 2, WHOLE = 3, SECOND = 1000000000 };
static hearing h;

static void chunk(unsigned from, unsigned to, tgp_sctp_kind kind, uint32_t tag, uint32_t tsn, unsigned flags,
                  const char *text)
{
    tgp_segment s;
    memset(&s, 0, sizeof s);
    s.transport = TGP_SCTP;
    s.source = host(from, 1000 + from);
    s.destination = host(to, 1000 + to);
    s.sctp.kind = kind;
    s.sctp.tag = tag;
    s.sctp.tsn = tsn;
    s.sctp.begins = (flags & BEGINS) != 0;
    s.sctp.ends = (flags & ENDS) != 0;
    give(&h, &s, text, strlen(text));
}

static void init(unsigned from, unsigned to, uint32_t tag, uint32_t initiate_tag, uint32_t tsn)
{
    tgp_segment s;
    memset(&s, 0, sizeof s);
    s.transport = TGP_SCTP;
    s.source = host(from, 1000 + from);
    s.destination = host(to, 1000 + to);
    s.sctp.kind = TGP_SCTP_INIT;
    s.sctp.tag = tag;
    s.sctp.initiate_tag = initiate_tag;
    s.sctp.tsn = tsn;
    give(&h, &s, "", 0);
}

/* Hosts 1 and 2: what 1 sends has tag 22 and begins with TSN 100, what 2 sends has tag 11 and begins with 500. */
static void associate(void)
{
    init(1, 2, 0, 11, 100);
    init(2, 1, 11, 22, 500);
}

static void data(uint32_t tsn, unsigned flags, const char *text)
{
    chunk(1, 2, TGP_SCTP_DATA, 22, tsn, flags, text);
}

static void messages(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    h.shows_ends = true;
    associate();
    data(100, WHOLE, "one");
    chunk(2, 1, TGP_SCTP_DATA, 11, 500, WHOLE, "answer");
    data(101, BEGINS, "be");
    data(102, 0, "gin");
    data(103, ENDS, "ning");
    assert_heard(&h, "10.0.0.1:1001-10.0.0.2:1002 1>0:one 10.0.0.1:1001-10.0.0.2:1002 1>1:answer "
                     "10.0.0.1:1001-10.0.0.2:1002 1>0:beginning ");
    chunk(1, 2, TGP_SCTP_COMPLETE, 22, 0, 0, "");
    assert_heard(&h, "1:end FIN ");
    assert_counts(&h, 0, 0, 0, 0);
    end_hearing(&h);
}

static void out_of_order(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    associate();
    data(103, WHOLE, "d");
    data(102, ENDS, "c");
    data(100, WHOLE, "a");
    data(100, WHOLE, "a"); /* again */
    data(103, WHOLE, "d");
    data(103, WHOLE, "D");
    data(101, BEGINS, "b");
    assert_heard(&h, "1>0:a 1>0:bc 1>0:d ");
    assert_int_equal(counted(&h, TGP_STREAM_REPEATED), 3);
    assert_int_equal(counted(&h, TGP_STREAM_CONFLICT), 1);
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 0);
    end_hearing(&h);
}

static void numbers_wrap_around(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    init(1, 2, 0, 11, 0xffffffff);
    init(2, 1, 11, 22, 500);
    data(0, ENDS, "b");
    data(0xffffffff, BEGINS, "a");
    data(1, WHOLE, "c");
    assert_heard(&h, "1>0:ab 1>0:c ");
    end_hearing(&h);
}

static void holes(void **state)
{
    (void)state;
    begin_hearing(&h, NULL); /* acknowledged, and waited for in vain */
    associate();
    data(101, WHOLE, "b");
    chunk(2, 1, TGP_SCTP_SACK, 11, 101, 0, "");
    assert_heard(&h, "");
    h.time += SECOND;
    chunk(2, 1, TGP_SCTP_SACK, 11, 101, 0, "");
    assert_heard(&h, "1>0:gap 0 1>0:b ");
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 1);
    end_hearing(&h);
    begin_hearing(&h, NULL); /* the sender gives them up itself */
    associate();
    data(101, WHOLE, "b");
    chunk(1, 2, TGP_SCTP_SKIP, 22, 100, 0, "");
    h.time += SECOND;
    chunk(1, 2, TGP_SCTP_SKIP, 22, 100, 0, "");
    assert_heard(&h, "1>0:gap 0 1>0:b ");
    end_hearing(&h);
    begin_hearing(&h, NULL); /* in the middle of a message */
    associate();
    data(100, BEGINS, "be");
    data(102, ENDS, "end");
    data(103, WHOLE, "next");
    assert_heard(&h, "");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:gap 2 1>0:gap 0 1>0:gap 3 1>0:next 1:end CAPTURE ");
    assert_int_equal(counted(&h, TGP_STREAM_CUT_SHORT), 1);
    end_hearing(&h);
}

static void broken_messages(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    associate();
    data(100, BEGINS, "never ends");
    data(101, WHOLE, "next");
    data(102, ENDS, "never began");
    data(103, WHOLE, "last");
    data(104, BEGINS, "too late");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:gap 10 1>0:next 1>0:gap 11 1>0:last 1>0:gap 8 1:end CAPTURE ");
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 2);
    assert_int_equal(counted(&h, TGP_STREAM_CUT_SHORT), 1);
    end_hearing(&h);
}

static void met_in_the_middle(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    data(100, ENDS, "of something");
    data(101, WHOLE, "whole");
    assert_heard(&h, "1>0:gap 0 1>0:whole ");
    assert_int_equal(counted(&h, TGP_STREAM_GAP), 0);
    end_hearing(&h);
}

static void ends_and_restarts(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    associate();
    data(100, WHOLE, "a");
    chunk(2, 1, TGP_SCTP_ABORT, 99, 0, 0, ""); /* somebody else's tag */
    data(101, WHOLE, "b");
    chunk(2, 1, TGP_SCTP_ABORT, 11, 0, 0, "");
    data(102, WHOLE, "late");
    assert_heard(&h, "1>0:a 1>0:b 1:end RST ");
    init(1, 2, 0, 33, 7000);
    init(2, 1, 33, 44, 8000);
    chunk(1, 2, TGP_SCTP_DATA, 44, 7000, WHOLE, "new");
    assert_heard(&h, "2>0:new ");
    chunk(1, 2, TGP_SCTP_DATA, 55, 9000, WHOLE, "other tag"); /* whose INIT is not in the capture */
    assert_heard(&h, "2:end REPLACED 3>0:gap 0 3>0:other tag ");
    end_hearing(&h);
}

static void let_go(void **state)
{
    (void)state;
    begin_hearing(&h, NULL);
    h.let_go_at = "no";
    associate();
    data(101, WHOLE, "held");
    data(100, WHOLE, "no");
    data(102, WHOLE, "x");
    tgp_streams_finish(h.streams);
    assert_heard(&h, "1>0:no 1:end CAPTURE ");
    end_hearing(&h);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    tgp_stream_limits limits = { .one = 4096 };
    begin_hearing(&h, &limits);
    associate();
    for (uint32_t i = 0; i < 1000; i++) /* a message that never ends */
        data(100 + i, i == 0 ? BEGINS : 0, "0123456789");
    assert_true(counted(&h, TGP_STREAM_CUT_SHORT) + counted(&h, TGP_STREAM_GAP) > 0);
    h.len = 0;
    data(1100, WHOLE, "next");
    h.story[h.len] = '\0';
    assert_non_null(strstr(h.story, "1>0:next "));
    end_hearing(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(out_of_order),
        cmocka_unit_test(numbers_wrap_around),
        cmocka_unit_test(holes),
        cmocka_unit_test(broken_messages),
        cmocka_unit_test(met_in_the_middle),
        cmocka_unit_test(ends_and_restarts),
        cmocka_unit_test(let_go),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
