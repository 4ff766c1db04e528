/* packets: link layers. */
#include "test_packets_support.h"

static made m;

static void ethernet(void **state)
{
    (void)state;
    make_udp4(&m, "four");
    add_ethernet(&m, 0x0800);
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    assert_malformed_everywhere(DLT_EN10MB, &m);
    assert_gives_udp(DLT_EN10MB, &m, 4, "four");
    behind(&m, "\0\0\0\0\0\0", 6); /* padding of short frames is no data, captured or not */
    assert_gives_udp(DLT_EN10MB, &m, 4, "four");
    assert_cut_everywhere(DLT_EN10MB, &m, 6);
    make_udp6(&m, "six");
    add_ethernet(&m, 0x86dd);
    assert_gives_udp(DLT_EN10MB, &m, 6, "six");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    assert_malformed_everywhere(DLT_EN10MB, &m);
}

static void other_ethertypes(void **state)
{
    (void)state;
    static const unsigned types[] = { 0x0806, 0x88cc, 0x05dc, 0x0026, 0x8863, 0xffff };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        make_udp4(&m, "no IP");
        add_ethernet(&m, types[i]);
        assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_OTHER_PROTOCOL);
    }
}

static void tag(unsigned vlan, unsigned type)
{
    uint8_t *h = in_front(&m, 4);
    put16(h, 3u << 13 | vlan);
    put16(h + 2, type);
}

static void llc_and_snap(void **state)
{
    (void)state;
    static const char *const headers[] = { "aaaa03000000", "aaaa030000f8" };
    for (size_t i = 0; i < 2; i++) {
        make_udp4(&m, "snap");
        put16(in_front(&m, 2), 0x0800);
        hex_in_front(&m, headers[i]);
        add_ethernet(&m, (unsigned)made_len(&m));
        assert_gives_udp(DLT_EN10MB, &m, 4, "snap");
        assert_cut_everywhere(DLT_EN10MB, &m, 0);
        assert_malformed_everywhere(DLT_EN10MB, &m);
    }
    make_udp4(&m, "sap");
    hex_in_front(&m, "060603");
    add_ethernet(&m, (unsigned)made_len(&m));
    assert_gives_udp(DLT_EN10MB, &m, 4, "sap");
    static const char *const others[] = { "424203", "aaaa0300000c0800", "aaaa030000000100", "aaaaaf0000000800",
                                          "aa0603" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        make_udp4(&m, "no IP");
        hex_in_front(&m, others[i]);
        add_ethernet(&m, (unsigned)made_len(&m));
        assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_OTHER_PROTOCOL);
    }
}

static void label(unsigned number, bool last)
{
    put32(in_front(&m, 4), number << 12 | (last ? 0x100 : 0) | 64);
}

static void mpls(void **state)
{
    (void)state;
    make_udp4(&m, "four");
    label(16, true);
    add_ethernet(&m, 0x8847);
    assert_gives_udp(DLT_EN10MB, &m, 4, "four");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    assert_malformed_everywhere(DLT_EN10MB, &m);
    make_udp6(&m, "six");
    label(2, true);
    label(1048575, false);
    tag(7, 0x8848);
    add_ethernet(&m, 0x8100);
    assert_gives_udp(DLT_EN10MB, &m, 6, "six");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    make_udp4(&m, "pseudowire");
    add_ethernet(&m, 0x0800);
    put32(in_front(&m, 4), 7); /* control word with a sequence number */
    label(16, true);
    add_ethernet(&m, 0x8847);
    assert_gives_udp(DLT_EN10MB, &m, 4, "pseudowire");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    make_udp4(&m, "of PPP");
    label(16, true);
    hex_in_front(&m, "ff030281");
    assert_gives_udp(DLT_PPP, &m, 4, "of PPP");
    make_udp4(&m, "in IP");
    label(16, true);
    add_ipv4(&m, 137, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 4, "in IP");
    make_text(&m, "\x10\0\0\x07 a channel of its own"); /* RFC 5586 */
    label(13, true);
    add_ethernet(&m, 0x8847);
    assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_OTHER_PROTOCOL);
    make_udp4(&m, "labels without end");
    for (unsigned i = 0; i < 40; i++)
        label(i, i == 0);
    add_ethernet(&m, 0x8847);
    assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_TOO_DEEP);
}

static void vlan_tags(void **state)
{
    (void)state;
    static const unsigned kinds[] = { 0x8100, 0x88a8, 0x9100 };
    for (size_t i = 0; i < 3; i++) {
        make_udp4(&m, "tagged");
        tag(7, 0x0800);
        add_ethernet(&m, kinds[i]);
        assert_gives_udp(DLT_EN10MB, &m, 4, "tagged");
    }
    make_udp6(&m, "twice");
    tag(7, 0x86dd);
    tag(8, 0x8100);
    add_ethernet(&m, 0x88a8);
    assert_gives_udp(DLT_EN10MB, &m, 6, "twice");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    assert_malformed_everywhere(DLT_EN10MB, &m);
}

static void too_many_tags(void **state)
{
    (void)state;
    make_udp4(&m, "deep");
    tag(1, 0x0800);
    for (int i = 0; i < 60; i++)
        tag(1, 0x8100);
    add_ethernet(&m, 0x8100);
    assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_TOO_DEEP);
}

static void cooked(void **state)
{
    (void)state;
    make_udp4(&m, "v1");
    hex_in_front(&m, "0000 0001 0006 020000000001 0000 0800");
    assert_gives_udp(DLT_LINUX_SLL, &m, 4, "v1");
    assert_cut_everywhere(DLT_LINUX_SLL, &m, 0);
    assert_malformed_everywhere(DLT_LINUX_SLL, &m);
    make_udp6(&m, "v2");
    hex_in_front(&m, "86dd 0000 00000003 0001 00 06 0200000000010000");
    assert_gives_udp(DLT_LINUX_SLL2, &m, 6, "v2");
    assert_cut_everywhere(DLT_LINUX_SLL2, &m, 0);
    assert_malformed_everywhere(DLT_LINUX_SLL2, &m);
    make_udp4(&m, "tagged");
    tag(5, 0x0800);
    hex_in_front(&m, "0000 0001 0006 020000000001 0000 8100");
    assert_gives_udp(DLT_LINUX_SLL, &m, 4, "tagged");
    make_udp4(&m, "ARP");
    hex_in_front(&m, "0000 0001 0006 020000000001 0000 0806");
    assert_int_equal(fate_of(DLT_LINUX_SLL, &m), TGP_PACKET_OTHER_PROTOCOL);
}

static void raw(void **state)
{
    (void)state;
    make_udp4(&m, "raw");
    assert_gives_udp(DLT_RAW, &m, 4, "raw");
    assert_gives_udp(DLT_IPV4, &m, 4, "raw");
    assert_cut_everywhere(DLT_RAW, &m, 0);
    assert_malformed_everywhere(DLT_RAW, &m);
    make_udp6(&m, "raw");
    assert_gives_udp(DLT_RAW, &m, 6, "raw");
    assert_gives_udp(DLT_IPV6, &m, 6, "raw");
    made_at(&m)[0] = 0x70;
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
}

static void loopback(void **state)
{
    (void)state;
    static const char *const v4[] = { "02000000", "00000002" };
    static const char *const v6[] = { "18000000", "00000018", "1c000000", "0000001c",
                                      "1e000000", "0000001e", "0a000000", "0000000a" };
    for (size_t i = 0; i < 2; i++) {
        make_udp4(&m, "here");
        hex_in_front(&m, v4[i]);
        assert_gives_udp(DLT_NULL, &m, 4, "here");
        assert_gives_udp(DLT_LOOP, &m, 4, "here");
        assert_cut_everywhere(DLT_NULL, &m, 0);
        assert_malformed_everywhere(DLT_NULL, &m);
    }
    for (size_t i = 0; i < sizeof v6 / sizeof v6[0]; i++) {
        make_udp6(&m, "here");
        hex_in_front(&m, v6[i]);
        assert_gives_udp(DLT_NULL, &m, 6, "here");
    }
    make_udp4(&m, "as Cisco does");
    hex_in_front(&m, "0f000800");
    assert_gives_udp(DLT_NULL, &m, 4, "as Cisco does");
    make_udp4(&m, "as PPP does");
    hex_in_front(&m, "ff030021");
    assert_gives_udp(DLT_NULL, &m, 4, "as PPP does");
    make_udp4(&m, "AppleTalk");
    hex_in_front(&m, "10000000");
    assert_int_equal(fate_of(DLT_NULL, &m), TGP_PACKET_OTHER_PROTOCOL);
    make_udp4(&m, "no family");
    hex_in_front(&m, "02010101");
    assert_int_equal(fate_of(DLT_NULL, &m), TGP_PACKET_OTHER_PROTOCOL);
}

static void gives4(int link, const char *header)
{
    make_udp4(&m, "ppp");
    hex_in_front(&m, header);
    assert_gives_udp(link, &m, 4, "ppp");
    assert_cut_everywhere(link, &m, 0);
    assert_malformed_everywhere(link, &m);
}

static void ppp(void **state)
{
    (void)state;
    gives4(DLT_PPP, "ff03 0021");
    gives4(DLT_PPP, "0021");
    gives4(DLT_PPP, "ff03 21"); /* the protocol field compressed */
    gives4(DLT_PPP, "21");
    gives4(DLT_PPP_SERIAL, "ff03 0021");
    gives4(DLT_PPP_SERIAL, "0f00 0800"); /* as Cisco does */
    gives4(DLT_C_HDLC, "8f00 0800");
    gives4(DLT_PPP_PPPD, "00 ff03 0021");
    gives4(DLT_PPP_PPPD, "01 ff03 0021");
    gives4(DLT_PPP_PPPD, "ff03 0021");
    make_udp6(&m, "six");
    hex_in_front(&m, "ff03 0057");
    assert_gives_udp(DLT_PPP, &m, 6, "six");
    make_udp6(&m, "six");
    hex_in_front(&m, "57");
    assert_gives_udp(DLT_PPP, &m, 6, "six");
    make_udp4(&m, "LCP");
    hex_in_front(&m, "ff03 c021");
    assert_int_equal(fate_of(DLT_PPP, &m), TGP_PACKET_OTHER_PROTOCOL);
}

static void add_pppoe(unsigned code, unsigned len)
{
    uint8_t *h = in_front(&m, 6);
    h[0] = 0x11;
    h[1] = (uint8_t)code;
    put16(h + 2, 9);
    put16(h + 4, len);
}

static void pppoe(void **state)
{
    (void)state;
    make_udp4(&m, "oE");
    hex_in_front(&m, "0021");
    size_t len = made_len(&m);
    add_pppoe(0, (unsigned)len);
    assert_gives_udp(DLT_PPP_ETHER, &m, 4, "oE");
    add_ethernet(&m, 0x8864);
    assert_gives_udp(DLT_EN10MB, &m, 4, "oE");
    assert_cut_everywhere(DLT_EN10MB, &m, 0);
    assert_malformed_everywhere(DLT_EN10MB, &m);
    make_udp4(&m, "oE");
    hex_in_front(&m, "0021");
    add_pppoe(0, (unsigned)len + 1);
    add_ethernet(&m, 0x8864);
    assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_MALFORMED);
    make_udp4(&m, "oE");
    hex_in_front(&m, "0021");
    add_pppoe(9, (unsigned)len);
    add_ethernet(&m, 0x8864);
    assert_int_equal(fate_of(DLT_EN10MB, &m), TGP_PACKET_OTHER_PROTOCOL);
}

static void unknown_links(void **state)
{
    (void)state;
    static const int links[] = { DLT_IEEE802_11, DLT_IEEE802_11_RADIO, DLT_USB_LINUX, DLT_USER0, -1, 99999 };
    make_udp4(&m, "where?");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        assert_int_equal(fate_of(links[i], &m), TGP_PACKET_UNKNOWN_LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet),  cmocka_unit_test(other_ethertypes),
        cmocka_unit_test(vlan_tags), cmocka_unit_test(llc_and_snap),
        cmocka_unit_test(mpls),      cmocka_unit_test(too_many_tags),
        cmocka_unit_test(cooked),    cmocka_unit_test(raw),
        cmocka_unit_test(loopback),  cmocka_unit_test(ppp),
        cmocka_unit_test(pppoe),     cmocka_unit_test(unknown_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
