/* UDP: SIP on any port, keep-alives, retransmissions, DTLS, RTP where signalling names it, and nothing else. */
#include "test_units_support.h"

#define OPTIONS                                                                                                        \
    "OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"

static void any_port(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    udp_text(b, 10, 20, OPTIONS "Content-Length: 0\r\n\r\n");
    udp_text(b, 5000, 53, "SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\nto the end");
    udp_text(b, 10, 20, "\r\n" OPTIONS "l: 2\r\n\r\nhi, and what is not counted");
    assert_string_equal(b->last_text, OPTIONS "l: 2\r\n\r\nhi");
    udp_text(b, 10, 20, OPTIONS "X: 1\r\nl: 0\r\n\r\n" OPTIONS "X: 2\r\nl: 0\r\n\r\n");
    expect_counts(b, "sip=4 bad_sip=1"); /* RFC 3261 18.3: what follows is discarded, and was meant to be a message */
    assert_string_equal(b->last_text, OPTIONS "X: 1\r\nl: 0\r\n\r\n");
    assert_int_equal(b->last.first_frame, 4);
    close_bench(b);
}

static void what_is_wrong(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    udp_text(b, 1, 2, OPTIONS "Content-Length: 5\r\n\r\nv=0");
    udp_text(b, 1, 2, OPTIONS "Content-Length: 5");
    udp_text(b, 1, 2, OPTIONS "Content-Length: 5\r\nl: 4\r\n\r\nv=0\r\n");
    udp_text(b, 1, 2, OPTIONS "Content-Length: 500000\r\n\r\n");
    assert_int_equal(b->num_units, 0);
    expect_counts(b, "bad_sip=1 too_large=1 incomplete=2");
    assert_true(tgp_units_lost(b->units));
    close_bench(b);
}

static void others(void **state)
{
    (void)state;
    static const char *const texts[] = { "GET / HTTP/1.1\r\n\r\n",
                                         "NOTIFY * HTTP/1.1\r\n\r\n",
                                         "OPTIONS sip:bob@example.com",
                                         "hello",
                                         "MSRP a SEND\r\n",
                                         "OPTIONS sip:bob@example.com SIP/3.0\r\n\r\n",
                                         "\x12\x34\x01\0x" };
    bench *b = open_bench(NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        udp_text(b, 1, 5060, texts[i]);
    udp(b, 1, 5060, "\0\x01\0\0\x21\x12\xa4\x42............", 20); /* STUN */
    udp(b, 1, 5060, "\x80\0\0\0\0\0\0\0\0\0\0\0", 12);             /* RTP that nobody has named */
    expect_counts(b, "other=9");
    assert_false(tgp_units_lost(b->units));
    close_bench(b);
}

static void keep_alives(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    udp(b, 1, 5060, "\r\n\r\n", 4);
    udp(b, 1, 5060, "\r\n", 2);
    udp(b, 1, 5060, "\0", 1);
    udp(b, 1, 5060, "\0\0\0\0", 4);
    udp(b, 1, 5060, "x", 1);
    expect_counts(b, "keep_alive=5");
    close_bench(b);
}

/* RFC 3261 17.1.1.2: octet for octet the same, from and to the same ends, within 64*T1. */
static void repetitions(void **state)
{
    (void)state;
    bench *b = open_bench(NULL);
    static const char text[] = OPTIONS "\r\n";
    udp_text(b, 1, 2, text);
    b->time += SECOND / 2;
    udp_text(b, 1, 2, text);
    b->time += 31 * SECOND;
    udp_text(b, 1, 2, text);
    b->time -= 31 * SECOND;
    udp_text(b, 1, 2, text); /* out of order in the capture */
    expect_counts(b, "sip=1 sip_repeated=3");
    udp_text(b, 1, 3, text); /* to somebody else */
    udp_text(b, 4, 2, text); /* from another port */
    udp_text(b, 1, 2, OPTIONS "X: 1\r\n\r\n");
    expect_counts(b, "sip=4 sip_repeated=3");
    b->time += 32 * SECOND; /* since the last such */
    udp_text(b, 1, 2, text);
    expect_counts(b, "sip=4 sip_repeated=4");
    b->time += 33 * SECOND;
    udp_text(b, 1, 2, text);
    expect_counts(b, "sip=5 sip_repeated=4");
    b->time += 10 * SECOND;
    udp_text(b, 1, 2, text);
    expect_counts(b, "sip=5 sip_repeated=5");
    close_bench(b);
}

static void dtls(void **state)
{
    (void)state;
    tgp_units_limits limits = { .tls_octets = 40 };
    bench *b = open_bench(&limits);
    static const uint8_t record[] = { 22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2 };
    udp(b, 7000, 9, record, sizeof record);
    assert_true(b->last.tls.from_first && b->last.tls.datagram);
    udp(b, 9, 7000, record, sizeof record);
    assert_false(b->last.tls.from_first);
    udp(b, 9, 7000, record, sizeof record);
    udp(b, 9, 7000, record, sizeof record); /* beyond what is told */
    assert_int_equal(b->num_units, 3);
    udp(b, 9, 7001, record, sizeof record);
    assert_true(b->last.tls.from_first);
    udp(b, 9, 7001, record, sizeof record - 1); /* a length that does not fit */
    expect_counts(b, "tls=2 other=1");
    close_bench(b);
}

static void rtp(void **state)
{
    (void)state;
    tgp_units_limits limits = { .rtp_packets = 2 };
    bench *b = open_bench(&limits);
    uint8_t packet[12] = { 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7 };
    tgp_endpoint end = { { 4, { 192, 0, 2, 2 } }, 4000 };
    udp(b, 30, 4000, packet, sizeof packet);
    tgp_units_expect_rtp(b->units, &end);
    tgp_units_expect_rtp(b->units, &end);
    for (unsigned i = 0; i < 5; i++)
        udp(b, 30, 4000, packet, sizeof packet);
    assert_int_equal(b->num_units, 2);
    packet[11] = 8; /* another SSRC */
    udp(b, 30, 4000, packet, sizeof packet);
    assert_int_equal(b->num_units, 3);
    udp(b, 30, 4001, packet, sizeof packet);
    packet[1] = 200; /* RTCP */
    udp(b, 30, 4000, packet, sizeof packet);
    udp(b, 30, 4000, packet, 11);
    expect_counts(b, "rtp=6 other=4");
    close_bench(b);
}

/* Who was named first makes room. */
static void many_ends(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    bench *b = open_bench(NULL);
    uint8_t packet[12] = { 0x80, 0 };
    tgp_endpoint end = { { 4, { 192, 0, 2, 2 } }, 0 };
    for (unsigned i = 0; i < MANY; i++) {
        end.port = (uint16_t)(2000 + i);
        tgp_units_expect_rtp(b->units, &end);
    }
    udp(b, 30, 2000, packet, sizeof packet);
    udp(b, 30, 2000 + MANY - 1, packet, sizeof packet);
    udp(b, 30, 2000 + MANY - 8192, packet, sizeof packet);
    udp(b, 30, 2000 + MANY - 8193, packet, sizeof packet);
    expect_counts(b, "rtp=2 other=2");
    close_bench(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_port),    cmocka_unit_test(what_is_wrong), cmocka_unit_test(others),
        cmocka_unit_test(keep_alives), cmocka_unit_test(repetitions),   cmocka_unit_test(dtls),
        cmocka_unit_test(rtp),         cmocka_unit_test(many_ends),
    };
    if (tg_carriage_init() != TG_OK)
        return 1;
    int failed = 0;
    for (cutting_of_bench = AT_ONCE; cutting_of_bench < NUM_CUTTINGS; cutting_of_bench++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
