/* packets: fragments of IPv4 and IPv6. */
#include "test_packets_support.h"

enum { SECOND = 1000000000 };
static made whole, m;
static reading r;

/* The datagram that the tests cut: UDP with so much data. */
static void make_datagram(size_t len)
{
    make_pattern(&whole, len, 3);
    add_udp(&whole, 5060, 5070);
}

/* Octets [from, to) of it as a fragment. */
static tgp_packet_fate fragment(unsigned version, unsigned id, unsigned from, unsigned to)
{
    make_octets(&m, made_at(&whole) + from, to - from);
    bool more = to < made_len(&whole);
    if (version == 4)
        add_fragment4(&m, 17, 1, 2, id, from, more);
    else
        add_fragment6(&m, 17, 1, 2, id, from, more);
    add_ethernet(&m, version == 4 ? 0x0800 : 0x86dd);
    return read_made(&r, DLT_EN10MB, &m);
}

/* The last packet completed it: the data, from pieces that cover it. */
static void assert_whole(void)
{
    assert_int_equal(r.num, 1);
    assert_true(told_is(&r, 0, made_at(&whole) + 8, made_len(&whole) - 8));
    assert_int_equal(r.told[0].segment.source.port, 5060);
}

static uint64_t lost(tgp_packet_fate fate)
{
    return tgp_dissector_take_lost(r.dissector, fate);
}

static void in_any_order(void **state)
{
    (void)state;
    static const unsigned cuts[] = { 0, 800, 1600, 2008 };
    static const unsigned orders[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
    };
    make_datagram(2000);
    for (unsigned version = 4; version <= 6; version += 2) {
        unsigned header = version == 4 ? 34 : 62; /* Ethernet, IP, and with IPv6 the fragment header */
        begin_reading(&r, NULL);
        for (unsigned i = 0; i < 6; i++) {
            uint64_t frame_of[3];
            for (unsigned j = 0; j < 3; j++) {
                unsigned at = orders[i][j];
                tgp_packet_fate fate = fragment(version, 100 + i, cuts[at], cuts[at + 1]);
                frame_of[at] = r.frames;
                assert_int_equal(fate, j < 2 ? TGP_PACKET_FRAGMENT : TGP_PACKET_TAKEN);
                assert_int_equal(r.num, j < 2 ? 0 : 1);
            }
            assert_whole();
            assert_int_equal(r.told[0].segment.num_pieces, 3);
            for (unsigned j = 0; j < 3; j++) {
                const tgp_piece *p = &r.told[0].pieces[j];
                assert_int_equal(p->frame, frame_of[j]);
                assert_int_equal(p->frame_offset, j == 0 ? header + 8 : header);
                assert_int_equal(p->len, cuts[j + 1] - cuts[j] - (j == 0 ? 8 : 0));
            }
        }
        tgp_dissector_finish(r.dissector);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
        end_reading(&r);
    }
}

static void copies_do_no_harm(void **state)
{
    (void)state;
    make_datagram(1000);
    for (unsigned version = 4; version <= 6; version += 2) {
        begin_reading(&r, NULL);
        assert_int_equal(fragment(version, 5, 0, 504), TGP_PACKET_FRAGMENT);
        assert_int_equal(fragment(version, 5, 0, 504), TGP_PACKET_FRAGMENT);
        assert_int_equal(fragment(version, 5, 504, 1008), TGP_PACKET_TAKEN);
        assert_whole();
        assert_int_equal(fragment(version, 5, 504, 1008), TGP_PACKET_FRAGMENT); /* late */
        assert_int_equal(fragment(version, 5, 0, 504), TGP_PACKET_FRAGMENT);
        assert_int_equal(r.num, 0);
        tgp_dissector_finish(r.dissector);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
        end_reading(&r);
    }
}

static void number_used_again(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    make_datagram(1000);
    assert_int_equal(fragment(4, 5, 0, 504), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 504, 1008), TGP_PACKET_TAKEN);
    make_pattern(&whole, 1000, 99);
    add_udp(&whole, 5060, 5070);
    assert_int_equal(fragment(4, 5, 0, 504), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 504, 1008), TGP_PACKET_TAKEN);
    assert_whole();
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
    end_reading(&r);
}

static void equal_overlaps_of_v4(void **state)
{
    (void)state;
    make_datagram(1000);
    begin_reading(&r, NULL);
    assert_int_equal(fragment(4, 5, 160, 320), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 480, 640), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 80, 720), TGP_PACKET_FRAGMENT); /* around both */
    assert_int_equal(fragment(4, 5, 0, 160), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 640, 1008), TGP_PACKET_TAKEN);
    assert_whole();
    end_reading(&r);
}

static void different_overlaps_of_v4(void **state)
{
    (void)state;
    make_datagram(1000);
    begin_reading(&r, NULL);
    assert_int_equal(fragment(4, 5, 0, 400), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(4, 5, 720, 1008), TGP_PACKET_FRAGMENT);
    made_at(&whole)[399] ^= 1;
    assert_int_equal(fragment(4, 5, 392, 720), TGP_PACKET_FRAGMENT_OVERLAP);
    assert_int_equal(r.num, 0);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_OVERLAP), 2);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_OVERLAP), 0);                  /* they are told once */
    assert_int_equal(fragment(4, 5, 400, 720), TGP_PACKET_FRAGMENT_OVERLAP); /* it stays dropped */
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
    end_reading(&r);
}

static void any_overlap_of_v6(void **state)
{
    (void)state;
    static const unsigned second[][2] = { { 392, 800 }, { 0, 392 }, { 0, 408 }, { 8, 392 } };
    make_datagram(1000);
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++) {
        begin_reading(&r, NULL);
        assert_int_equal(fragment(6, 5, 0, 400), TGP_PACKET_FRAGMENT);
        assert_int_equal(fragment(6, 5, second[i][0], second[i][1]), TGP_PACKET_FRAGMENT_OVERLAP);
        assert_int_equal(fragment(6, 5, 400, 1008), TGP_PACKET_FRAGMENT_OVERLAP);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_OVERLAP), 1);
        end_reading(&r);
    }
    begin_reading(&r, NULL); /* in front of what is there already */
    assert_int_equal(fragment(6, 5, 400, 800), TGP_PACKET_FRAGMENT);
    assert_int_equal(fragment(6, 5, 0, 408), TGP_PACKET_FRAGMENT_OVERLAP);
    end_reading(&r);
}

static tgp_packet_fate odd_fragment(unsigned version, unsigned offset, size_t len, bool more)
{
    make_pattern(&m, len, 1);
    if (version == 4)
        add_fragment4(&m, 17, 1, 2, 5, offset, more);
    else
        add_fragment6(&m, 17, 1, 2, 5, offset, more);
    return read_made(&r, DLT_RAW, &m);
}

static void two_ends(void **state)
{
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        begin_reading(&r, NULL);
        assert_int_equal(odd_fragment(version, 800, 100, false), TGP_PACKET_FRAGMENT);
        assert_int_equal(odd_fragment(version, 1600, 100, false), TGP_PACKET_FRAGMENT_OVERLAP);
        end_reading(&r);
        begin_reading(&r, NULL); /* an end in front of what there is */
        assert_int_equal(odd_fragment(version, 800, 96, true), TGP_PACKET_FRAGMENT);
        assert_int_equal(odd_fragment(version, 400, 100, false), TGP_PACKET_FRAGMENT_OVERLAP);
        end_reading(&r);
        begin_reading(&r, NULL); /* more behind the end */
        assert_int_equal(odd_fragment(version, 800, 100, false), TGP_PACKET_FRAGMENT);
        assert_int_equal(odd_fragment(version, 1600, 96, true), TGP_PACKET_FRAGMENT_OVERLAP);
        end_reading(&r);
    }
}

static void malformed(void **state)
{
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        begin_reading(&r, NULL);
        assert_int_equal(odd_fragment(version, 0, 0, true), TGP_PACKET_MALFORMED);
        assert_int_equal(odd_fragment(version, 8, 0, false), TGP_PACKET_MALFORMED);
        assert_int_equal(odd_fragment(version, 0, 12, true), TGP_PACKET_MALFORMED);     /* no multiple of 8 */
        assert_int_equal(odd_fragment(version, 65528, 8, false), TGP_PACKET_MALFORMED); /* beyond 65535 */
        assert_int_equal(odd_fragment(version, 65528, 7, false), TGP_PACKET_FRAGMENT);
        tgp_dissector_finish(r.dissector);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 1);
        end_reading(&r);
    }
}

static void atomic_fragments_of_v6(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    make_datagram(100);
    assert_int_equal(fragment(6, 5, 0, 56), TGP_PACKET_FRAGMENT);
    make_datagram(40); /* the same number, and nothing to do with it (RFC 6946) */
    assert_int_equal(fragment(6, 5, 0, 48), TGP_PACKET_TAKEN);
    assert_whole();
    assert_int_equal(r.told[0].segment.num_pieces, 1);
    make_datagram(100);
    assert_int_equal(fragment(6, 5, 56, 108), TGP_PACKET_TAKEN);
    assert_whole();
    end_reading(&r);
}

/* What a datagram carries is said by its first fragment (RFC 8200 section 4.5); it may have extension headers of its own. */
static void headers_in_the_first_of_v6(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    make_pattern(&whole, 100, 3);
    add_udp(&whole, 5060, 5070);
    hex_in_front(&whole, "1100010400000000");
    make_octets(&m, made_at(&whole) + 56, made_len(&whole) - 56);
    add_fragment6(&m, 255, 1, 2, 9, 56, false);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_FRAGMENT);
    make_octets(&m, made_at(&whole), 56);
    add_fragment6(&m, 60, 1, 2, 9, 0, true);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_int_equal(r.num, 1);
    assert_true(told_is(&r, 0, made_at(&whole) + 16, 100));
    end_reading(&r);
}

/* Number, addresses and (IPv4) protocol tell datagrams apart. */
static void datagrams_are_told_apart(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    for (unsigned i = 0; i < 4; i++) {
        make_pattern(&m, 8, i);
        add_fragment4(&m, i == 1 ? 6 : 17, i == 2 ? 3 : 1, 2, i == 3 ? 8 : 7, 0, true);
        assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_FRAGMENT);
    }
    make_pattern(&m, 8, 0);
    add_fragment4(&m, 17, 2, 1, 7, 8, false); /* the other way */
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_FRAGMENT);
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 5);
    end_reading(&r);
}

static void time_runs_out(void **state)
{
    (void)state;
    tgp_dissector_limits limits = { .fragment_seconds = 30 };
    make_datagram(1000);
    for (unsigned version = 4; version <= 6; version += 2) {
        begin_reading(&r, &limits);
        r.time = 5 * (int64_t)SECOND;
        assert_int_equal(fragment(version, 5, 0, 504), TGP_PACKET_FRAGMENT);
        r.time += 30 * (int64_t)SECOND;
        assert_int_equal(fragment(version, 6, 0, 504), TGP_PACKET_FRAGMENT);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
        r.time += 1;
        assert_int_equal(fragment(version, 5, 504, 1008), TGP_PACKET_FRAGMENT);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 1);
        assert_int_equal(fragment(version, 6, 504, 1008), TGP_PACKET_TAKEN);
        tgp_dissector_finish(r.dissector);
        assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 1);
        end_reading(&r);
    }
    begin_reading(&r, &limits); /* a clock may be wrong in any way */
    static const int64_t times[] = { INT64_MAX, INT64_MIN, 0, INT64_MIN, INT64_MAX };
    for (unsigned i = 0; i < 5; i++) {
        r.time = times[i];
        assert_int_equal(fragment(4, i, 0, 504), TGP_PACKET_FRAGMENT);
    }
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 5);
    end_reading(&r);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    tgp_dissector_limits limits = { .fragment_octets = 16384 };
    make_datagram(4000);
    begin_reading(&r, &limits);
    for (unsigned id = 0; id < 100; id++)
        assert_int_equal(fragment(4, id, 0, 2000), TGP_PACKET_FRAGMENT);
    uint64_t given_up = lost(TGP_PACKET_FRAGMENT_LIMIT);
    assert_in_range(given_up, 92, 95);                               /* seven or so fit, with what they cost */
    assert_int_equal(fragment(4, 99, 2000, 4008), TGP_PACKET_TAKEN); /* the newest is there still */
    assert_whole();
    assert_int_equal(fragment(4, 0, 2000, 4008), TGP_PACKET_FRAGMENT); /* the oldest is not */
    assert_int_equal(r.num, 0);
    tgp_dissector_finish(r.dissector);
    given_up += lost(TGP_PACKET_FRAGMENT_LIMIT);
    assert_int_equal(given_up + lost(TGP_PACKET_FRAGMENT_LOST),
                     100); /* all but the one that became whole, and one more */
    end_reading(&r);

    limits.fragment_octets = 1000; /* less than a single one */
    begin_reading(&r, &limits);
    assert_int_equal(fragment(4, 1, 0, 2000), TGP_PACKET_FRAGMENT_LIMIT);
    assert_int_equal(fragment(4, 1, 2000, 4008), TGP_PACKET_FRAGMENT_LIMIT);
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LIMIT), 0); /* they were counted so at once */
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
    end_reading(&r);
}

static void many_tiny_ones(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    make_datagram(65000);
    uint64_t fates[TGP_NUM_PACKETS] = { 0 };
    for (unsigned from = 0; from < 65008; from += 16) /* every other one: none completes it */
        fates[fragment(4, 1, from, from + 8)]++;
    assert_int_equal(fates[TGP_PACKET_FRAGMENT] + fates[TGP_PACKET_FRAGMENT_LIMIT], 4063);
    assert_int_equal(fates[TGP_PACKET_FRAGMENT], 1024);
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 1024);
    end_reading(&r);
}

static void cut_fragments_are_not_used(void **state)
{
    (void)state;
    begin_reading(&r, NULL);
    make_datagram(1000);
    assert_int_equal(fragment(4, 1, 0, 504), TGP_PACKET_FRAGMENT);
    make_octets(&m, made_at(&whole) + 504, 504);
    add_fragment4(&m, 17, 1, 2, 1, 504, false);
    assert_int_equal(read_octets(&r, DLT_RAW, made_at(&m), made_len(&m) - 1, 1), TGP_PACKET_CUT);
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 1);
    end_reading(&r);
}

/* In a tunnel that is in fragments itself: pieces of pieces. */
static void fragments_in_fragments(void **state)
{
    (void)state;
    static made outer;
    make_datagram(3000);
    begin_reading(&r, NULL);
    unsigned id = 1;
    for (unsigned from = 0; from < 3008; from += 1504) {
        make_octets(&outer, made_at(&whole) + from, 1504);
        add_fragment4(&outer, 17, 1, 2, 77, from, from == 0);
        for (unsigned at = 0; at < made_len(&outer); at += 512, id += at == 0) {
            unsigned to = at + 512 < made_len(&outer) ? at + 512 : (unsigned)made_len(&outer);
            make_octets(&m, made_at(&outer) + at, to - at);
            add_fragment6(&m, 4, 8, 9, id, at, to < made_len(&outer));
            bool last = to == made_len(&outer) && from > 0;
            assert_int_equal(read_made(&r, DLT_RAW, &m), last ? TGP_PACKET_TAKEN : TGP_PACKET_FRAGMENT);
        }
        id++;
    }
    assert_whole();
    assert_int_equal(r.told[0].segment.num_pieces, 6);
    assert_int_equal(r.told[0].segment.source.address.version, 4);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(r.told[0].pieces[i].frame, i + 1);
    assert_int_equal(r.told[0].pieces[0].frame_offset, 48 + 20 + 8);
    assert_int_equal(r.told[0].pieces[1].frame_offset, 48);
    tgp_dissector_finish(r.dissector);
    assert_int_equal(lost(TGP_PACKET_FRAGMENT_LOST), 0);
    end_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_any_order),
        cmocka_unit_test(copies_do_no_harm),
        cmocka_unit_test(number_used_again),
        cmocka_unit_test(equal_overlaps_of_v4),
        cmocka_unit_test(different_overlaps_of_v4),
        cmocka_unit_test(any_overlap_of_v6),
        cmocka_unit_test(two_ends),
        cmocka_unit_test(malformed),
        cmocka_unit_test(atomic_fragments_of_v6),
        cmocka_unit_test(headers_in_the_first_of_v6),
        cmocka_unit_test(datagrams_are_told_apart),
        cmocka_unit_test(time_runs_out),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(many_tiny_ones),
        cmocka_unit_test(cut_fragments_are_not_used),
        cmocka_unit_test(fragments_in_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
