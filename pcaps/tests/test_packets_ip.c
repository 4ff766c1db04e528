/* packets: IPv4, IPv6 with its extension headers, AH, UDP, TCP. */
#include "test_packets_support.h"

static made m;

static void lengths_of_v4(void **state)
{
    (void)state;
    make_udp4(&m, "right");
    put16(made_at(&m) + 2, (unsigned)made_len(&m) + 1);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    put16(made_at(&m) + 2, 19);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    put16(made_at(&m) + 2, 0); /* left to the network card */
    assert_gives_udp(DLT_RAW, &m, 4, "right");
    make_udp4(&m, "right");
    made_at(&m)[0] = 0x44;
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    made_at(&m)[0] = 0x4f; /* the header would be longer than the packet */
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
}

static void options_of_v4(void **state)
{
    (void)state;
    make_text(&m, "options");
    add_udp(&m, 5060, 5070);
    size_t len = made_len(&m);
    hex_in_front(&m, "94040000 01010100");
    add_ipv4(&m, 17, 1, 2);
    made_at(&m)[0] = 0x47;
    assert_int_equal(made_len(&m), len + 28);
    assert_gives_udp(DLT_RAW, &m, 4, "options");
    assert_cut_everywhere(DLT_RAW, &m, 0);
    assert_malformed_everywhere(DLT_RAW, &m);
}

static void other_protocols(void **state)
{
    (void)state;
    static const unsigned protocols[] = { 1, 2, 58, 59, 89, 103, 112, 115, 0, 43, 44, 60, 255 };
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        make_pattern(&m, 40, 1);
        add_ipv4(&m, protocols[i], 1, 2);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_OTHER_PROTOCOL);
        reading r; /* snapped or not */
        begin_reading(&r, NULL);
        assert_int_equal(read_octets(&r, DLT_RAW, made_at(&m), 30, 30), TGP_PACKET_OTHER_PROTOCOL);
        end_reading(&r);
    }
    make_pattern(&m, 40, 1);
    add_ipv6(&m, 58, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_OTHER_PROTOCOL);
    make_pattern(&m, 0, 1);
    add_ipv6(&m, 59, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_OTHER_PROTOCOL);
}

static void lengths_of_v6(void **state)
{
    (void)state;
    make_udp6(&m, "right");
    put16(made_at(&m) + 4, (unsigned)made_len(&m) - 39);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    put16(made_at(&m) + 4, 7);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    put16(made_at(&m) + 4, 0); /* a jumbo payload, or left to the network card */
    assert_gives_udp(DLT_RAW, &m, 6, "right");
    make_udp6(&m, "right");
    behind(&m, "more", 4);
    assert_gives_udp(DLT_RAW, &m, 6, "right");
}

static void extension_headers(void **state)
{
    (void)state;
    static const unsigned kinds[] = { 0, 43, 60, 135, 139, 140 };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        make_text(&m, "extended");
        add_udp(&m, 5060, 5070);
        hex_in_front(&m, "1101 0104 00000000 0104 00000000 0000"); /* 16 octets */
        hex_in_front(&m, "0000 010400000000");                     /* 8 octets */
        made_at(&m)[0] = (uint8_t)kinds[i];
        add_ipv6(&m, 60, 1, 2);
        assert_gives_udp(DLT_RAW, &m, 6, "extended");
        assert_cut_everywhere(DLT_RAW, &m, 0);
        assert_malformed_everywhere(DLT_RAW, &m);
    }
}

static void extension_longer_than_packet(void **state)
{
    (void)state;
    make_text(&m, "extended");
    add_udp(&m, 5060, 5070);
    hex_in_front(&m, "1102010400000000");
    made_at(&m)[1] = 255;
    add_ipv6(&m, 60, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
}

static void too_many_extensions(void **state)
{
    (void)state;
    make_text(&m, "deep");
    add_udp(&m, 5060, 5070);
    hex_in_front(&m, "1100010400000000");
    for (int i = 0; i < 50; i++)
        hex_in_front(&m, "3c00010400000000");
    add_ipv6(&m, 60, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_TOO_DEEP);
}

static void authentication_header(void **state)
{
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        make_text(&m, "signed");
        add_udp(&m, 5060, 5070);
        hex_in_front(&m, "11 04 0000 00000100 00000001 000102030405060708090a0b");
        if (version == 4)
            add_ipv4(&m, 51, 1, 2);
        else
            add_ipv6(&m, 51, 1, 2);
        assert_gives_udp(DLT_RAW, &m, version, "signed");
        assert_cut_everywhere(DLT_RAW, &m, 0);
        assert_malformed_everywhere(DLT_RAW, &m);
        made_at(&m)[version == 4 ? 21 : 41] = 0; /* shorter than its own fields */
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
        made_at(&m)[version == 4 ? 21 : 41] = 255;
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    }
}

static void udp_lengths(void **state)
{
    (void)state;
    make_udp4(&m, "data and padding");
    put16(made_at(&m) + 24, 12); /* less than the IP packet has */
    assert_gives_udp(DLT_RAW, &m, 4, "data");
    put16(made_at(&m) + 24, 0); /* left to the network card */
    assert_gives_udp(DLT_RAW, &m, 4, "data and padding");
    put16(made_at(&m) + 24, 7);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    put16(made_at(&m) + 24, 25);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    make_udp4(&m, "");
    reading r;
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_EMPTY);
    assert_int_equal(r.num, 0);
    end_reading(&r);
    make_udp4(&m, "data and padding"); /* cut, but behind the data */
    put16(made_at(&m) + 24, 12);
    assert_cut_everywhere(DLT_RAW, &m, 12);
}

static void tcp_fields(void **state)
{
    (void)state;
    reading r;
    begin_reading(&r, NULL);
    r.time = 1234567890123456789;
    make_text(&m, "segment");
    add_tcp(&m, 40000, 5060, 0xfffffffe, 77, 0x18);
    add_ipv4(&m, 6, 3, 4);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_told(&r, TGP_TCP, "10.0.0.3:40000", "10.0.0.4:5060", "segment");
    const tgp_segment *s = &r.told[0].segment;
    assert_int_equal(s->tcp.seq, 0xfffffffe);
    assert_int_equal(s->tcp.ack, 77);
    assert_int_equal(s->tcp.flags, TGP_TCP_ACK);
    assert_int_equal(s->num_pieces, 1);
    assert_int_equal(r.told[0].pieces[0].frame_offset, 40);
    assert_cut_everywhere(DLT_RAW, &m, 0);
    assert_malformed_everywhere(DLT_RAW, &m);

    make_text(&m, "early"); /* SYN is counted */
    add_tcp(&m, 40000, 5060, 0xffffffff, 0, 2);
    add_ipv4(&m, 6, 3, 4);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_int_equal(r.told[0].segment.tcp.seq, 0);
    assert_int_equal(r.told[0].segment.tcp.flags, TGP_TCP_SYN);

    static const unsigned flags[] = { 0x11, 0x04, 0x14, 0x10, 0xea };
    static const unsigned told[] = { 17, 4, 20, 16, 2 };
    for (size_t i = 0; i < 5; i++) { /* without data they are told, too */
        make_text(&m, "");
        add_tcp(&m, 40000, 5060, 10, 20, flags[i]);
        add_ipv4(&m, 6, 3, 4);
        assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_EMPTY);
        assert_int_equal(r.num, 1);
        assert_int_equal(r.told[0].segment.tcp.flags, told[i]);
        assert_int_equal(r.told[0].segment.num_pieces, 0);
    }
    end_reading(&r);
}

static void tcp_options(void **state)
{
    (void)state;
    make_text(&m, "behind options");
    hex_in_front(&m, "0101080a0000000100000002");
    add_tcp(&m, 40000, 5060, 1, 1, 0x10);
    made_at(&m)[12] = 8 << 4;
    add_ipv6(&m, 6, 3, 4);
    reading r;
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_told(&r, TGP_TCP, "[2001:db8::3]:40000", "[2001:db8::4]:5060", "behind options");
    assert_cut_everywhere(DLT_RAW, &m, 0);
    made_at(&m)[40 + 12] = 4 << 4;
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_MALFORMED);
    made_at(&m)[40 + 12] = 15 << 4;
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_MALFORMED);
    end_reading(&r);
}

static void nothing_at_all(void **state)
{
    (void)state;
    reading r;
    begin_reading(&r, NULL);
    static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_RAW, DLT_PPP };
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        assert_int_equal(read_octets(&r, links[i], NULL, 0, 0), TGP_PACKET_MALFORMED);
        assert_int_equal(read_octets(&r, links[i], NULL, 0, 100), TGP_PACKET_CUT);
    }
    end_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_of_v4),       cmocka_unit_test(options_of_v4),
        cmocka_unit_test(other_protocols),     cmocka_unit_test(lengths_of_v6),
        cmocka_unit_test(extension_headers),   cmocka_unit_test(extension_longer_than_packet),
        cmocka_unit_test(too_many_extensions), cmocka_unit_test(authentication_header),
        cmocka_unit_test(udp_lengths),         cmocka_unit_test(tcp_fields),
        cmocka_unit_test(tcp_options),         cmocka_unit_test(nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
