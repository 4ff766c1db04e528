/* packets: the capture file. */
#include "test_packets_support.h"

#include <unistd.h>

static uint8_t file[1 << 16];
static size_t file_len;

static void put(const void *octets, size_t len)
{
    memcpy(file + file_len, octets, len);
    file_len += len;
}

/* In the byte order of this host, or the other one. */
static void put_u32(uint32_t value, bool swapped)
{
    if (swapped)
        value = __builtin_bswap32(value);
    put(&value, 4);
}

static void put_u16(uint16_t value, bool swapped)
{
    if (swapped)
        value = __builtin_bswap16(value);
    put(&value, 2);
}

static void begin_pcap(uint32_t magic, uint32_t link, bool swapped)
{
    file_len = 0;
    put_u32(magic, swapped);
    put_u16(2, swapped);
    put_u16(4, swapped);
    put_u32(0, swapped);
    put_u32(0, swapped);
    put_u32(65535, swapped);
    put_u32(link, swapped);
}

static void put_packet(uint32_t seconds, uint32_t fraction, const char *octets, uint32_t wire_len, bool swapped)
{
    put_u32(seconds, swapped);
    put_u32(fraction, swapped);
    put_u32((uint32_t)strlen(octets), swapped);
    put_u32(wire_len, swapped);
    put(octets, strlen(octets));
}

static FILE *file_of(size_t len)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(fwrite(file, 1, len, f), len);
    rewind(f);
    return f;
}

static tgp_capture *open_it(void)
{
    char why[256] = "";
    tgp_capture *capture = tgp_capture_open(file_of(file_len), why);
    assert_string_equal(why, "");
    assert_non_null(capture);
    return capture;
}

static void assert_packet(const tgp_packet *p, uint64_t frame, int64_t time, const char *octets, uint32_t wire_len)
{
    assert_int_equal(p->frame, frame);
    assert_true(p->time == time);
    assert_int_equal(p->octets.len, strlen(octets));
    assert_memory_equal(p->octets.data, octets, strlen(octets));
    assert_int_equal(p->wire_len, wire_len);
}

static void pcap_of_all_kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        bool swapped = kind & 1, nano = kind & 2;
        begin_pcap(nano ? 0xa1b23c4d : 0xa1b2c3d4, 1, swapped);
        put_packet(1700000000, nano ? 123456789 : 123456, "one", 3, swapped);
        put_packet(1700000001, 7, "cut", 1500, swapped);
        tgp_capture *c = open_it();
        tgp_packet p;
        assert_string_equal(tgp_capture_link(c), "EN10MB");
        assert_int_equal(tgp_capture_link_type(c), DLT_EN10MB);
        assert_int_equal(tgp_capture_next(c, &p), 1);
        assert_packet(&p, 1, nano ? 1700000000123456789 : 1700000000123456000, "one", 3);
        assert_int_equal(p.link_type, DLT_EN10MB);
        assert_int_equal(tgp_capture_next(c, &p), 1);
        assert_packet(&p, 2, nano ? 1700000001000000007 : 1700000001000007000, "cut", 1500);
        assert_int_equal(tgp_capture_next(c, &p), 0);
        assert_int_equal(tgp_capture_next(c, &p), 0);
        assert_string_equal(tgp_capture_error(c), "");
        tgp_capture_close(c);
    }
}

static void unknown_link_type(void **state)
{
    (void)state;
    begin_pcap(0xa1b2c3d4, 45678, false);
    put_packet(1, 2, "what?", 5, false);
    tgp_capture *c = open_it();
    assert_string_equal(tgp_capture_link(c), "45678");
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_int_equal(p.link_type, 45678);
    tgp_capture_close(c);
}

static void refused(const void *octets, size_t len, const char *word)
{
    char why[256] = "";
    file_len = 0;
    put(octets, len);
    assert_null(tgp_capture_open(file_of(file_len), why));
    assert_non_null(strstr(why, word));
}

static void what_is_no_capture(void **state)
{
    (void)state;
    refused("", 0, "truncated dump file");
    refused("\xa1\xb2", 2, "truncated dump file");
    refused("\xa1\xb2\xc3\xd4\0\2\0\4", 8, "truncated dump file");
    refused("INVITE sip:alice@example.com SIP/2.0", 36, "unknown file format");
    refused("\x1f\x8b\x08\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "unknown file format");
}

/* Every packet that is there whole is read, and then the reason is told. */
static void truncated_anywhere(void **state)
{
    (void)state;
    begin_pcap(0xa1b2c3d4, 101, false);
    size_t ends[4] = { file_len };
    static const char *const octets[] = { "first", "second", "third packet" };
    for (unsigned i = 0; i < 3; i++) {
        put_packet(i, i, octets[i], (uint32_t)strlen(octets[i]), false);
        ends[i + 1] = file_len;
    }
    for (size_t len = ends[0]; len <= file_len; len++) {
        char why[256] = "";
        tgp_capture *c = tgp_capture_open(file_of(len), why);
        assert_non_null(c);
        tgp_packet p;
        unsigned read = 0;
        int got;
        while ((got = tgp_capture_next(c, &p)) == 1) {
            assert_packet(&p, read + 1, read * 1000001000LL, octets[read], (uint32_t)strlen(octets[read]));
            read++;
        }
        assert_true(ends[read] <= len && (read == 3 || len < ends[read + 1]));
        bool clean = len == ends[read];
        assert_int_equal(got, clean ? 0 : -1);
        assert_true(clean == (tgp_capture_error(c)[0] == '\0'));
        if (!clean)
            assert_non_null(strstr(tgp_capture_error(c), "truncated"));
        tgp_capture_close(c);
    }
}

static void bogus_length(void **state)
{
    (void)state;
    begin_pcap(0xa1b2c3d4, 1, false);
    put_packet(1, 1, "good", 4, false);
    put_u32(1, false);
    put_u32(1, false);
    put_u32(0x7fffffff, false);
    put_u32(0x7fffffff, false);
    put("bad", 3);
    tgp_capture *c = open_it();
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_int_equal(tgp_capture_next(c, &p), -1);
    assert_true(tgp_capture_error(c)[0] != '\0');
    tgp_capture_close(c);
}

/* ---- pcapng ---- */

static void put_section(void)
{
    put_u32(0x0a0d0d0a, false);
    put_u32(28, false);
    put_u32(0x1a2b3c4d, false);
    put_u16(1, false);
    put_u16(0, false);
    put_u32(0xffffffff, false);
    put_u32(0xffffffff, false);
    put_u32(28, false);
}

/* With the option if_tsresol: 10^-resolution seconds. */
static void put_interface(uint16_t link, uint32_t snaplen, uint8_t resolution)
{
    uint8_t value[4] = { resolution, 0, 0, 0 };
    put_u32(1, false);
    put_u32(32, false);
    put_u16(link, false);
    put_u16(0, false);
    put_u32(snaplen, false);
    put_u16(9, false);
    put_u16(1, false);
    put(value, 4);
    put_u32(0, false);
    put_u32(32, false);
}

static void put_enhanced(uint32_t interface, uint64_t ticks, const char *octets)
{
    uint32_t len = (uint32_t)strlen(octets), padded = (len + 3) & ~3u;
    put_u32(6, false);
    put_u32(32 + padded, false);
    put_u32(interface, false);
    put_u32((uint32_t)(ticks >> 32), false);
    put_u32((uint32_t)ticks, false);
    put_u32(len, false);
    put_u32(len, false);
    put(octets, len);
    put("\0\0\0", padded - len);
    put_u32(32 + padded, false);
}

static void pcapng_of_two_interfaces(void **state)
{
    (void)state;
    file_len = 0;
    put_section();
    put_interface(1, 65535, 9);
    put_interface(1, 65535, 6);
    put_enhanced(0, 1700000000123456789, "nanoseconds");
    put_enhanced(1, 1700000000123457, "microseconds");
    tgp_capture *c = open_it();
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_packet(&p, 1, 1700000000123456789, "nanoseconds", 11);
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_packet(&p, 2, 1700000000123457000, "microseconds", 12);
    assert_int_equal(tgp_capture_next(c, &p), 0);
    tgp_capture_close(c);
}

static void mixed_interfaces(uint16_t link, uint32_t snaplen, const char *word)
{
    file_len = 0;
    put_section();
    put_interface(1, 65535, 9);
    put_enhanced(0, 5, "read");
    put_interface(link, snaplen, 9);
    put_enhanced(1, 6, "not read");
    tgp_capture *c = open_it();
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_packet(&p, 1, 5, "read", 4);
    assert_int_equal(tgp_capture_next(c, &p), -1);
    assert_non_null(strstr(tgp_capture_error(c), word));
    tgp_capture_close(c);
}

static void pcapng_of_several_kinds(void **state)
{
    (void)state;
    mixed_interfaces(113, 65535, "one link type only");
    mixed_interfaces(1, 96, "one snapshot length only");
}

/* libpcap's own mistake; should a later one read the file, so do we. */
static void pcapng_of_two_raw_interfaces(void **state)
{
    (void)state;
    file_len = 0;
    put_section();
    put_interface(101, 65535, 9);
    put_interface(101, 65535, 9);
    put_enhanced(0, 5, "read");
    tgp_capture *c = open_it();
    tgp_packet p;
    assert_non_null(c);
    if (tgp_capture_next(c, &p) != 1) {
        assert_string_equal(tgp_capture_error(c),
                            "a second interface of raw IP (link type 101), which libpcap takes for another type than "
                            "the first's; what comes before is read: convert the file with editcap -F pcap");
        assert_null(strstr(tgp_capture_error(c), "different"));
    }
    tgp_capture_close(c);
}

static void times_beyond_all(void **state)
{
    (void)state;
    file_len = 0;
    put_section();
    put_interface(1, 65535, 0); /* whole seconds */
    put_enhanced(0, UINT64_MAX, "late");
    put_enhanced(0, 9000000001, "late");
    put_enhanced(0, 1, "early");
    tgp_capture *c = open_it();
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_true(p.time == INT64_MAX);
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_true(p.time == 1000000000);
    tgp_capture_close(c);
}

/* ---- a pipe ---- */

static void a_pipe_that_ends(void **state)
{
    (void)state;
    begin_pcap(0xa1b2c3d4, 1, false);
    put_packet(1, 1, "first", 5, false);
    put_packet(2, 2, "second", 6, false);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], file, file_len - 3), (ssize_t)file_len - 3);
    close(ends[1]);
    char why[256] = "";
    tgp_capture *c = tgp_capture_open(fdopen(ends[0], "rb"), why);
    assert_non_null(c);
    tgp_packet p;
    assert_int_equal(tgp_capture_next(c, &p), 1);
    assert_packet(&p, 1, 1000001000, "first", 5);
    assert_int_equal(tgp_capture_next(c, &p), -1);
    assert_non_null(strstr(tgp_capture_error(c), "truncated"));
    tgp_capture_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_of_all_kinds),
        cmocka_unit_test(unknown_link_type),
        cmocka_unit_test(what_is_no_capture),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(bogus_length),
        cmocka_unit_test(pcapng_of_two_interfaces),
        cmocka_unit_test(pcapng_of_several_kinds),
        cmocka_unit_test(pcapng_of_two_raw_interfaces),
        cmocka_unit_test(times_beyond_all),
        cmocka_unit_test(a_pipe_that_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
