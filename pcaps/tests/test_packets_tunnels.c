/* packets: IP in IP, GRE, GTP-U, ESP. */
#include "test_packets_support.h"

static made m;

/* ---- IP in IP ---- */

static void ip_in_ip(void **state)
{
    (void)state;
    for (unsigned inner = 4; inner <= 6; inner += 2)
        for (unsigned outer = 4; outer <= 6; outer += 2) {
            if (inner == 4)
                make_udp4(&m, "inside");
            else
                make_udp6(&m, "inside");
            if (outer == 4)
                add_ipv4(&m, inner == 4 ? 4 : 41, 8, 9);
            else
                add_ipv6(&m, inner == 4 ? 4 : 41, 8, 9);
            assert_gives_udp(DLT_RAW, &m, inner, "inside");
            assert_cut_everywhere(DLT_RAW, &m, 0);
            assert_malformed_everywhere(DLT_RAW, &m);
        }
}

static void inner_packet_too_long(void **state)
{
    (void)state;
    make_udp4(&m, "inside");
    put16(made_at(&m) + 2, (unsigned)made_len(&m) + 1);
    add_ipv4(&m, 4, 8, 9);
    behind(&m, "+", 1); /* in the frame, but not in the outer packet */
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
}

static void make_frame(const char *text)
{
    make_udp4(&m, text);
    add_ethernet(&m, 0x0800);
}

static void erspan(void **state)
{
    (void)state;
    static const struct {
        const char *headers; /* of GRE and ERSPAN */
        size_t cut;
    } kinds[] = {
        { "000088be", 4 },                                              /* type I */
        { "100088be 00000001 10010002 00000000", 4 + 4 + 8 },           /* II */
        { "100022eb 00000001 20010002 00000000 00000000", 4 + 4 + 12 }, /* III */
        { "100022eb 00000001 20010002 00000000 00000001 0000000000000000", 4 + 4 + 20 },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        make_frame("mirrored");
        size_t len = made_len(&m);
        hex_in_front(&m, kinds[i].headers);
        assert_int_equal(made_len(&m), len + kinds[i].cut);
        add_ipv4(&m, 47, 8, 9);
        assert_gives_udp(DLT_RAW, &m, 4, "mirrored");
        assert_cut_everywhere(DLT_RAW, &m, 0);
        assert_malformed_everywhere(DLT_RAW, &m);
    }
    make_udp4(&m, "without Ethernet");
    hex_in_front(&m, "100022eb 00000001 20010002 00000000 00000800");
    add_ipv4(&m, 47, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 4, "without Ethernet");
    static const char *const others[] = { "100088be 00000001 20010002 00000000",
                                          "100022eb 00000001 20010002 00000000 00000400" };
    for (size_t i = 0; i < 2; i++) {
        make_frame("of what kind?");
        hex_in_front(&m, others[i]);
        add_ipv4(&m, 47, 8, 9);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_OTHER_PROTOCOL);
    }
}

static void in_udp(const char *header, unsigned port)
{
    hex_in_front(&m, header);
    add_udp(&m, 50000, port);
    add_ipv4(&m, 17, 8, 9);
}

static void assert_is_data(const char *header, unsigned port)
{
    reading r;
    make_frame("text");
    in_udp(header, port);
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_int_equal(r.num, 1);
    assert_int_equal(r.told[0].segment.destination.port, port);
    end_reading(&r);
}

static void vxlan_and_geneve(void **state)
{
    (void)state;
    make_frame("virtual");
    in_udp("0800000000000700", 4789);
    assert_gives_udp(DLT_RAW, &m, 4, "virtual");
    assert_cut_everywhere(DLT_RAW, &m, 0);
    assert_malformed_everywhere(DLT_RAW, &m);
    make_frame("with options");
    in_udp("0240655800000700 0001000100000000", 6081);
    assert_gives_udp(DLT_RAW, &m, 4, "with options");
    assert_cut_everywhere(DLT_RAW, &m, 0);
    make_udp6(&m, "without Ethernet");
    in_udp("000086dd00000700", 6081);
    assert_gives_udp(DLT_RAW, &m, 6, "without Ethernet");
    assert_is_data("0000000000000700", 4789); /* no flag */
    assert_is_data("0800000100000700", 4789); /* reserved */
    assert_is_data("0800000000000700", 4790);
    assert_is_data("4000655800000700", 6081); /* version 1 */
    assert_is_data("0080655800000700", 6081); /* control */
    assert_is_data("3f00655800000700", 6081); /* longer than the datagram */
}

static void udp_lite(void **state)
{
    (void)state;
    static const unsigned covered[] = { 0, 8, 12 };
    for (size_t i = 0; i < 3; i++) {
        make_text(&m, "lite");
        add_udp(&m, 5060, 5070);
        put16(made_at(&m) + 4, covered[i]);
        add_ipv4(&m, 136, 1, 2);
        assert_gives_udp(DLT_RAW, &m, 4, "lite");
        assert_cut_everywhere(DLT_RAW, &m, 0);
    }
    static const unsigned wrong[] = { 1, 7, 13, 65535 };
    for (size_t i = 0; i < 4; i++) {
        make_text(&m, "lite");
        add_udp(&m, 5060, 5070);
        put16(made_at(&m) + 4, wrong[i]);
        add_ipv4(&m, 136, 1, 2);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    }
    make_text(&m, "");
    add_udp(&m, 5060, 5070);
    add_ipv4(&m, 136, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_EMPTY);
}

static void too_deep(void **state)
{
    (void)state;
    make_udp4(&m, "deep");
    for (int i = 0; i < 10; i++)
        add_ipv4(&m, 4, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 4, "deep");
    for (int i = 0; i < 20; i++)
        add_ipv4(&m, 4, 8, 9);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_TOO_DEEP);
}

/* ---- GRE ---- */

static void gre(void **state)
{
    (void)state;
    static const char *const headers[] = { "0000 0800", "8000 0800 0000 0000", "2000 0800 00000007",
                                           "1000 0800 00000001", "b000 0800 0000 0000 00000007 00000001" };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        make_udp4(&m, "in GRE");
        hex_in_front(&m, headers[i]);
        add_ipv4(&m, 47, 8, 9);
        assert_gives_udp(DLT_RAW, &m, 4, "in GRE");
        assert_cut_everywhere(DLT_RAW, &m, 0);
        assert_malformed_everywhere(DLT_RAW, &m);
    }
    make_udp6(&m, "six");
    hex_in_front(&m, "0000 86dd");
    add_ipv6(&m, 47, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 6, "six");
}

static void gre_with_ethernet(void **state)
{
    (void)state;
    make_udp4(&m, "bridged");
    hex_in_front(&m, "0007 0800");
    add_ethernet(&m, 0x8100);
    hex_in_front(&m, "2000 6558 00000001");
    add_ipv4(&m, 47, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 4, "bridged");
}

static void other_gre(void **state)
{
    (void)state;
    static const char *const headers[] = { "0000 880b", "2001 0800 00000007", "4000 0800 00000000", "0000 0806" };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        make_udp4(&m, "no");
        hex_in_front(&m, headers[i]);
        add_ipv4(&m, 47, 8, 9);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_OTHER_PROTOCOL);
    }
}

/* ---- GTP-U ---- */

/* A header with these flags and this message type, whose length is right, in UDP. `options` stand behind it. */
static void add_gtp(unsigned flags, unsigned type, const char *options)
{
    hex_in_front(&m, options);
    size_t len = made_len(&m);
    uint8_t *h = in_front(&m, 8);
    h[0] = (uint8_t)flags;
    h[1] = (uint8_t)type;
    put16(h + 2, (unsigned)len);
    put32(h + 4, 0x1234);
    add_udp(&m, 2152, 2152);
    add_ipv4(&m, 17, 8, 9);
}

static void gtp(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        const char *options;
    } forms[] = {
        { 0x30, "" },
        { 0x32, "0001 00 00" },            /* a sequence number */
        { 0x31, "0000 05 00" },            /* an N-PDU number */
        { 0x34, "0000 00 85 01 0009 00" }, /* a PDU session container (N3) */
        { 0x36, "0001 00 c0 01 0009 85 02 100900000000 00" },
        { 0x34, "0000 00 00" },
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        make_udp4(&m, "of a UE");
        add_gtp(forms[i].flags, 255, forms[i].options);
        assert_gives_udp(DLT_RAW, &m, 4, "of a UE");
        assert_malformed_everywhere(DLT_RAW, &m);
        assert_cut_everywhere(DLT_RAW, &m, 0);
        make_udp6(&m, "of a UE");
        add_gtp(forms[i].flags, 255, forms[i].options);
        assert_gives_udp(DLT_RAW, &m, 6, "of a UE");
    }
}

/* Where this is no G-PDU with an IP packet, it is a datagram like any other. */
static void assert_is_datagram(void)
{
    reading r;
    begin_reading(&r, NULL);
    size_t len = made_len(&m);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_int_equal(r.num, 1);
    assert_true(told_is(&r, 0, made_at(&m) + 28, len - 28));
    assert_int_equal(r.told[0].segment.destination.port, 2152);
    end_reading(&r);
}

static void no_gtp(void **state)
{
    (void)state;
    make_udp4(&m, "x");
    add_gtp(0x30, 1, ""); /* echo request */
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x30, 254, ""); /* end marker */
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x50, 255, ""); /* version 2 */
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x20, 255, ""); /* GTP' */
    assert_is_datagram();
    make_udp4(&m, "x");
    put16(made_at(&m) + 2, 27); /* an IP packet that does not fill it */
    add_gtp(0x30, 255, "");
    assert_is_datagram();
    make_text(&m, "OPTIONS sip:alice@example.com SIP/2.0\r\n\r\n");
    add_udp(&m, 5060, 2152);
    add_ipv4(&m, 17, 8, 9);
    assert_is_datagram();
    make_text(&m, "not IP at all, but in a G-PDU");
    add_gtp(0x30, 255, "");
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x34, 255, "0000 00 85 00 000900"); /* an extension header without length */
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x34, 255, "0000 00 85 ff 0009 00"); /* one longer than all */
    assert_is_datagram();
    make_udp4(&m, "x");
    add_gtp(0x30, 255, "");
    put16(made_at(&m) + 30, 28); /* a length that is wrong */
    assert_is_datagram();
    make_text(&m, "");
    add_gtp(0x34, 255, "0000 00");
    assert_is_datagram();
}

/* ---- ESP ---- */

/* Trailer and ICV behind, header in front. `align` of 4. */
static void add_esp(unsigned protocol, size_t icv, size_t iv, size_t more_padding)
{
    static const uint8_t mac[32] = { 0xa1, 0x17, 0xfe, 0x02, 0x99, 0x31, 0x07, 0xd0, 0x44, 0xee, 0x5a,
                                     0x6b, 0xc3, 0x80, 0x0f, 0x11, 0x3d, 0xb7, 0x62, 0x91, 0x28, 0xf5,
                                     0x70, 0xcc, 0x1b, 0xe9, 0x84, 0x4f, 0x96, 0x05, 0xda, 0x73 };
    uint8_t octet = 1;
    size_t pad = (4 - (made_len(&m) + iv + 2) % 4) % 4 + more_padding;
    for (size_t i = 0; i < pad; i++, octet++)
        behind(&m, &octet, 1);
    uint8_t trailer[2] = { (uint8_t)pad, (uint8_t)protocol };
    behind(&m, trailer, 2);
    behind(&m, mac, icv);
    memcpy(in_front(&m, iv), mac, iv);
    uint8_t *h = in_front(&m, 8);
    put32(h, 0xc0ffee);
    put32(h + 4, 1);
}

static void esp_with_udp(void **state)
{
    (void)state;
    static const char *const texts[] = { "a", "ab", "abc", "abcd", "INVITE sip:alice@example.com SIP/2.0\r\n" };
    static const size_t icvs[] = { 12, 16, 0, 24, 32 };
    for (unsigned version = 4; version <= 6; version += 2)
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 5; j++)
                for (size_t more = 0; more <= 8; more += 4) {
                    make_text(&m, texts[j]);
                    add_udp(&m, 5060, 5070);
                    add_esp(17, icvs[i], 0, more);
                    if (version == 4)
                        add_ipv4(&m, 50, 1, 2);
                    else
                        add_ipv6(&m, 50, 1, 2);
                    assert_gives_udp(DLT_RAW, &m, version, texts[j]);
                }
    assert_cut_everywhere(DLT_RAW, &m, 0);
    make_text(&m, "with AES-GMAC");
    add_udp(&m, 5060, 5070);
    add_esp(17, 16, 8, 0);
    add_ipv4(&m, 50, 1, 2);
    assert_gives_udp(DLT_RAW, &m, 4, "with AES-GMAC");
}

static uint16_t checksum(const uint8_t *octets, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void make_tcp_in_esp(const char *text)
{
    make_text(&m, text);
    add_tcp(&m, 5060, 5070, 7, 8, 0x18);
    uint32_t pseudo = 6 + (uint32_t)made_len(&m) + 0x0a00 + 1 + 0x0a00 + 2; /* 10.0.0.1, 10.0.0.2 */
    put16(made_at(&m) + 16, checksum(made_at(&m), made_len(&m), pseudo));
}

static void esp_with_tcp(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "x", "ab", "SIP/2.0 200 OK\r\n\r\n" };
    reading r;
    begin_reading(&r, NULL);
    for (size_t i = 0; i < 4; i++) {
        make_tcp_in_esp(texts[i]);
        add_esp(6, 12, 0, 0);
        add_ipv4(&m, 50, 1, 2);
        assert_int_equal(read_made(&r, DLT_RAW, &m), i == 0 ? TGP_PACKET_EMPTY : TGP_PACKET_TAKEN);
        assert_told(&r, TGP_TCP, "10.0.0.1:5060", "10.0.0.2:5070", texts[i]);
        made_at(&m)[28 + 16] ^= 1; /* the checksum */
        assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_ENCRYPTED);
        put16(made_at(&m) + 28 + 16, 0); /* left to others */
        assert_int_equal(read_made(&r, DLT_RAW, &m), i == 0 ? TGP_PACKET_EMPTY : TGP_PACKET_TAKEN);
    }
    end_reading(&r);
}

static void esp_with_ip(void **state)
{
    (void)state;
    make_udp4(&m, "tunnel");
    add_esp(4, 12, 0, 0);
    add_ipv4(&m, 50, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 4, "tunnel");
    make_udp6(&m, "tunnel");
    add_esp(41, 16, 0, 0);
    add_ipv6(&m, 50, 8, 9);
    assert_gives_udp(DLT_RAW, &m, 6, "tunnel");
}

/* Of 100,000 packets of random octets none is taken for something, whatever their length. */
static void encrypted_esp(void **state)
{
    (void)state;
    uint64_t random = 20260101;
    reading r;
    begin_reading(&r, NULL);
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t octets[160];
        for (size_t j = 0; j < sizeof octets; j++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            octets[j] = (uint8_t)(random >> 24);
        }
        make_octets(&m, octets, 8 + i % 152);
        add_ipv4(&m, 50, 1, 2);
        assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_ENCRYPTED);
        assert_int_equal(r.num, 0);
    }
    end_reading(&r);
}

static void changed_esp(void **state)
{
    (void)state;
    make_text(&m, "abcde");
    add_udp(&m, 5060, 5070);
    add_esp(17, 12, 0, 0);
    add_ipv4(&m, 50, 1, 2);
    size_t len = made_len(&m), trailer = len - 12 - 2;
    static const int where[] = { 0, 1, -1 }; /* padding length, next header, the last octet of padding */
    for (size_t i = 0; i < 3; i++) {
        made_at(&m)[trailer + (size_t)where[i]] ^= 0x40;
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_ENCRYPTED);
        made_at(&m)[trailer + (size_t)where[i]] ^= 0x40;
    }
    made_at(&m)[28 + 5]++; /* the length of UDP */
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_ENCRYPTED);
    make_text(&m, "short");
    add_ipv4(&m, 50, 1, 2);
    assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
}

static void esp_in_udp(void **state)
{
    (void)state;
    make_text(&m, "behind a NAT");
    add_udp(&m, 5060, 5070);
    add_esp(17, 12, 0, 0);
    add_udp(&m, 4500, 4500);
    add_ipv4(&m, 17, 1, 2);
    assert_gives_udp(DLT_RAW, &m, 4, "behind a NAT");
    reading r;
    begin_reading(&r, NULL); /* IKE, a keep-alive, and SIP on this port are datagrams */
    static const char *const others[] = { "\0\0\0\0IKE_SA_INIT", "\xff", "OPTIONS sip:alice@example.com SIP/2.0" };
    static const size_t lens[] = { 15, 1, 37 };
    for (size_t i = 0; i < 3; i++) {
        make_octets(&m, others[i], lens[i]);
        add_udp(&m, 4500, 4500);
        add_ipv4(&m, 17, 1, 2);
        assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
        assert_true(told_is(&r, 0, others[i], lens[i]));
    }
    end_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip_in_ip),      cmocka_unit_test(inner_packet_too_long),
        cmocka_unit_test(erspan),        cmocka_unit_test(vxlan_and_geneve),
        cmocka_unit_test(udp_lite),      cmocka_unit_test(too_deep),
        cmocka_unit_test(gre),           cmocka_unit_test(gre_with_ethernet),
        cmocka_unit_test(other_gre),     cmocka_unit_test(gtp),
        cmocka_unit_test(no_gtp),        cmocka_unit_test(esp_with_udp),
        cmocka_unit_test(esp_with_tcp),  cmocka_unit_test(esp_with_ip),
        cmocka_unit_test(encrypted_esp), cmocka_unit_test(changed_esp),
        cmocka_unit_test(esp_in_udp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
