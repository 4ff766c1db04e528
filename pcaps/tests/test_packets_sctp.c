/* packets: SCTP, and what comes of garbage. */
#include "test_packets_support.h"

static made m;

/* A chunk behind those there are; padded. */
static void add_chunk(unsigned type, unsigned flags, const void *value, size_t len)
{
    uint8_t header[4] = { (uint8_t)type, (uint8_t)flags, (uint8_t)((len + 4) >> 8), (uint8_t)(len + 4) };
    behind(&m, header, 4);
    behind(&m, value, len);
    behind(&m, "\0\0\0", (4 - len % 4) % 4);
}

static void add_data(unsigned flags, uint32_t tsn, unsigned stream, unsigned ssn, const char *text)
{
    uint8_t value[256];
    put32(value, tsn);
    put16(value + 4, stream);
    put16(value + 6, ssn);
    put32(value + 8, 46);
    memcpy(value + 12, text, strlen(text));
    add_chunk(0, flags, value, 12 + strlen(text));
}

static void begin_sctp(void)
{
    make_octets(&m, "\x13\xc4\x0b\x59\xde\xad\xbe\xef\0\0\0\0", 12); /* 5060 to 2905 */
}

static void data_chunks(void **state)
{
    (void)state;
    reading r;
    begin_reading(&r, NULL);
    begin_sctp();
    add_chunk(3, 0, "\0\0\0\x09\0\1\0\0\0\0\0\0", 12); /* SACK */
    add_data(3, 10, 1, 7, "whole");
    add_chunk(4, 0, "\0\1\0\x04", 4); /* HEARTBEAT, which nobody needs */
    add_data(6, 11, 2, 0, "begins, unordered");
    add_data(1, 12, 2, 0, "ends");
    add_ipv4(&m, 132, 1, 2);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_int_equal(r.num, 4);
    for (unsigned i = 0; i < 4; i++) {
        const tgp_segment *s = &r.told[i].segment;
        assert_int_equal(s->transport, TGP_SCTP);
        assert_int_equal(s->source.port, 5060);
        assert_int_equal(s->destination.port, 2905);
        assert_int_equal(s->sctp.tag, 0xdeadbeef);
        assert_int_equal(s->sctp.kind, i == 0 ? TGP_SCTP_SACK : TGP_SCTP_DATA);
        assert_int_equal(s->sctp.tsn, 9 + i);
    }
    assert_true(told_is(&r, 1, "whole", 5));
    assert_true(told_is(&r, 2, "begins, unordered", 17));
    assert_true(told_is(&r, 3, "ends", 4));
    const tgp_segment *s = &r.told[1].segment;
    assert_true(s->sctp.begins && s->sctp.ends && !s->sctp.unordered);
    assert_int_equal(s->sctp.stream, 1);
    assert_int_equal(s->sctp.ssn, 7);
    assert_int_equal(s->sctp.ppid, 46);
    assert_int_equal(r.told[1].pieces[0].frame_offset, 20 + 12 + 16 + 16);
    s = &r.told[2].segment;
    assert_true(s->sctp.begins && !s->sctp.ends && s->sctp.unordered);
    s = &r.told[3].segment;
    assert_true(!s->sctp.begins && s->sctp.ends && !s->sctp.unordered);
    end_reading(&r);
}

static void last_padding_may_be_missing(void **state)
{
    (void)state;
    begin_sctp();
    add_data(3, 10, 1, 7, "a");
    m.end -= 3;
    add_ipv4(&m, 132, 1, 2);
    reading r;
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_TAKEN);
    assert_true(told_is(&r, 0, "a", 1));
    end_reading(&r);
    assert_malformed_everywhere(DLT_RAW, &m);
    assert_cut_everywhere(DLT_RAW, &m, 0);
}

static void what_comes_first_is_told(void **state)
{
    (void)state;
    begin_sctp();
    add_data(3, 10, 1, 7, "good");
    add_data(3, 11, 1, 8, "longer than the packet");
    m.end -= 4;
    add_ipv4(&m, 132, 1, 2);
    reading r;
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_MALFORMED);
    assert_true(r.num == 1 && told_is(&r, 0, "good", 4));
    m.end += 4;
    put16(made_at(&m) + 2, (unsigned)made_len(&m));
    assert_int_equal(read_octets(&r, DLT_RAW, made_at(&m), made_len(&m) - 4, 4), TGP_PACKET_CUT);
    assert_true(r.num == 1 && told_is(&r, 0, "good", 4));
    end_reading(&r);
}

static void malformed_chunks(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        size_t len;
    } short_ones[] = { { 0, 11 }, { 0, 12 }, { 1, 15 }, { 2, 15 }, { 3, 3 }, { 7, 3 }, { 192, 3 } };
    for (size_t i = 0; i < sizeof short_ones / sizeof short_ones[0]; i++) {
        begin_sctp();
        add_chunk(short_ones[i].type, 3, "0123456789abcdef", short_ones[i].len);
        add_ipv4(&m, 132, 1, 2);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    }
    for (unsigned len = 0; len < 4; len++) {
        begin_sctp();
        behind(&m, "\x04\0\0", 3);
        uint8_t low = (uint8_t)len;
        behind(&m, &low, 1);
        add_ipv4(&m, 132, 1, 2);
        assert_int_equal(fate_of(DLT_RAW, &m), TGP_PACKET_MALFORMED);
    }
}

static void control_chunks(void **state)
{
    (void)state;
    reading r;
    begin_reading(&r, NULL);
    begin_sctp();
    add_chunk(1, 0, "\1\2\3\4\0\1\0\0\0\1\0\1\0\0\0\x2a", 16);
    add_chunk(7, 0, "\0\0\0\5", 4);
    add_chunk(192, 0, "\0\0\0\6", 4);
    add_chunk(6, 0, "", 0);
    add_chunk(14, 0, "", 0);
    add_ipv6(&m, 132, 1, 2);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_EMPTY);
    static const tgp_sctp_kind kinds[] = { TGP_SCTP_INIT, TGP_SCTP_SACK, TGP_SCTP_SKIP, TGP_SCTP_ABORT,
                                           TGP_SCTP_COMPLETE };
    static const uint32_t tsns[] = { 42, 5, 6, 0, 0 };
    assert_int_equal(r.num, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(r.told[i].segment.sctp.kind, kinds[i]);
        assert_int_equal(r.told[i].segment.sctp.tsn, tsns[i]);
        assert_int_equal(r.told[i].segment.data.len, 0);
    }
    assert_int_equal(r.told[0].segment.sctp.initiate_tag, 0x01020304);
    begin_sctp();
    add_ipv4(&m, 132, 1, 2);
    assert_int_equal(read_made(&r, DLT_RAW, &m), TGP_PACKET_EMPTY);
    end_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_chunks),
        cmocka_unit_test(last_padding_may_be_missing),
        cmocka_unit_test(what_comes_first_is_told),
        cmocka_unit_test(malformed_chunks),
        cmocka_unit_test(control_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
