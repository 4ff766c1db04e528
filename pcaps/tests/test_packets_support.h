/* Packets made header by header, from the inside out, by code that has nothing to do with what reads them; and what was told of them.
 *
 * Addresses are numbers of hosts: host 7 is 10.0.0.7 and 2001:db8::7. */
#ifndef TICKETGATE_PCAPS_TEST_PACKETS_SUPPORT_H
#define TICKETGATE_PCAPS_TEST_PACKETS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/dlt.h>

#include "pcaps/packets.h"

/* ---- making ---- */

enum { MADE_ROOM = 1 << 18 };
/* Octets [begin, end) of `room`; headers are put in front. */
typedef struct made {
    uint8_t room[MADE_ROOM];
    size_t begin, end;
} made;

static inline size_t made_len(const made *m)
{
    return m->end - m->begin;
}

static inline uint8_t *made_at(made *m)
{
    return m->room + m->begin;
}

static inline void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static inline void make_octets(made *m, const void *octets, size_t len)
{
    m->begin = m->end = MADE_ROOM / 2;
    memcpy(made_at(m), octets, len);
    m->end += len;
}

static inline void make_text(made *m, const char *text)
{
    make_octets(m, text, strlen(text));
}

/* `len` octets that are not alike, none of them 0. */
static inline void make_pattern(made *m, size_t len, unsigned seed)
{
    m->begin = m->end = MADE_ROOM / 2;
    for (size_t i = 0; i < len; i++)
        m->room[m->end++] = (uint8_t)(1 + (i * 31 + i / 251 + seed * 77) % 255);
}

static inline uint8_t *in_front(made *m, size_t len)
{
    m->begin -= len;
    memset(made_at(m), 0, len);
    return made_at(m);
}

static inline void behind(made *m, const void *octets, size_t len)
{
    memcpy(m->room + m->end, octets, len);
    m->end += len;
}

/* Hexadecimal, in front. */
static inline void hex_in_front(made *m, const char *hex)
{
    uint8_t octets[256];
    size_t len = 0;
    for (unsigned value; *hex != '\0' && sscanf(hex, " %2x", &value) == 1; len++) {
        octets[len] = (uint8_t)value;
        while (*hex == ' ')
            hex++;
        hex += 2;
    }
    memcpy(in_front(m, len), octets, len);
}

static inline void add_udp(made *m, unsigned from, unsigned to)
{
    size_t len = made_len(m);
    uint8_t *h = in_front(m, 8);
    put16(h, from);
    put16(h + 2, to);
    put16(h + 4, (unsigned)len + 8);
}

static inline void add_tcp(made *m, unsigned from, unsigned to, uint32_t seq, uint32_t ack, unsigned flags)
{
    uint8_t *h = in_front(m, 20);
    put16(h, from);
    put16(h + 2, to);
    put32(h + 4, seq);
    put32(h + 8, ack);
    h[12] = 5 << 4;
    h[13] = (uint8_t)flags;
    put16(h + 14, 65535);
}

/* A fragment: offset in octets, `more` of them to come. */
static inline void add_fragment4(made *m, unsigned protocol, unsigned from, unsigned to, unsigned id, unsigned offset,
                                 bool more)
{
    size_t len = made_len(m);
    uint8_t *h = in_front(m, 20);
    h[0] = 0x45;
    put16(h + 2, (unsigned)len + 20);
    put16(h + 4, id);
    put16(h + 6, offset / 8 | (more ? 0x2000 : 0));
    h[8] = 64;
    h[9] = (uint8_t)protocol;
    put32(h + 12, 0x0a000000 + from);
    put32(h + 16, 0x0a000000 + to);
}

static inline void add_ipv4(made *m, unsigned protocol, unsigned from, unsigned to)
{
    add_fragment4(m, protocol, from, to, 0, 0, false);
}

static inline void add_ipv6(made *m, unsigned protocol, unsigned from, unsigned to)
{
    size_t len = made_len(m);
    uint8_t *h = in_front(m, 40);
    h[0] = 0x60;
    put16(h + 4, (unsigned)len);
    h[6] = (uint8_t)protocol;
    h[7] = 64;
    put32(h + 8, 0x20010db8);
    put32(h + 20, from);
    put32(h + 24, 0x20010db8);
    put32(h + 36, to);
}

static inline void add_fragment6(made *m, unsigned protocol, unsigned from, unsigned to, uint32_t id, unsigned offset,
                                 bool more)
{
    uint8_t *h = in_front(m, 8);
    h[0] = (uint8_t)protocol;
    put16(h + 2, offset | (more ? 1 : 0));
    put32(h + 4, id);
    add_ipv6(m, 44, from, to);
}

static inline void add_ethernet(made *m, unsigned type)
{
    uint8_t *h = in_front(m, 14);
    memcpy(h, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
    put16(h + 12, type);
}

/* UDP from host 1, port 5060, to host 2, port 5070, with this text. */
static inline void make_udp4(made *m, const char *text)
{
    make_text(m, text);
    add_udp(m, 5060, 5070);
    add_ipv4(m, 17, 1, 2);
}

static inline void make_udp6(made *m, const char *text)
{
    make_text(m, text);
    add_udp(m, 5060, 5070);
    add_ipv6(m, 17, 1, 2);
}

/* ---- reading ---- */

enum { TOLD_SEGMENTS = 16, TOLD_PIECES = 64 };
typedef struct told_segment {
    tgp_segment segment;
    uint8_t *data;
    tgp_piece pieces[TOLD_PIECES];
} told_segment;

typedef struct reading {
    tgp_dissector *dissector;
    uint64_t frames;
    int64_t time;
    size_t num;
    told_segment told[TOLD_SEGMENTS];
} reading;

static inline void take_segment(void *user, const tgp_segment *segment)
{
    reading *r = user;
    assert_true(r->num < TOLD_SEGMENTS);
    assert_true(segment->num_pieces <= TOLD_PIECES);
    told_segment *t = &r->told[r->num++];
    t->segment = *segment;
    t->data = malloc(segment->data.len + 1);
    assert_non_null(t->data);
    uint32_t covered = 0;
    for (size_t i = 0; i < segment->num_pieces; i++) {
        t->pieces[i] = segment->pieces[i];
        assert_int_equal(segment->pieces[i].offset, covered);
        covered += segment->pieces[i].len;
    }
    assert_int_equal(covered, segment->data.len);
    if (segment->data.len > 0)
        memcpy(t->data, segment->data.data, segment->data.len);
}

static inline void forget_told(reading *r)
{
    for (size_t i = 0; i < r->num; i++)
        free(r->told[i].data);
    r->num = 0;
}

static inline void begin_reading(reading *r, const tgp_dissector_limits *limits)
{
    memset(r, 0, sizeof *r);
    r->dissector = tgp_dissector_new(limits);
    assert_non_null(r->dissector);
}

static inline void end_reading(reading *r)
{
    forget_told(r);
    tgp_dissector_free(r->dissector);
}

/* Octets in a block of their own, so that reading behind them is seen. `missing` more were on the wire. */
static inline tgp_packet_fate read_octets(reading *r, int link, const uint8_t *octets, size_t len, size_t missing)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, octets, len);
    forget_told(r);
    tgp_packet packet = { .frame = ++r->frames,
                          .time = r->time,
                          .link_type = link,
                          .octets = tg_bytes_of(copy, len),
                          .wire_len = (uint32_t)(len + missing) };
    tgp_packet_fate fate = tgp_dissect(r->dissector, &packet, take_segment, r);
    for (size_t i = 0; i < r->num; i++) /* what lies in this very frame lies where the pieces say */
        for (size_t j = 0; j < r->told[i].segment.num_pieces; j++) {
            const tgp_piece *p = &r->told[i].pieces[j];
            if (p->frame == r->frames && p->len > 0) {
                assert_true(p->frame_offset + p->len <= len);
                assert_memory_equal(copy + p->frame_offset, r->told[i].data + p->offset, p->len);
            }
        }
    free(copy);
    return fate;
}

static inline tgp_packet_fate read_made(reading *r, int link, made *m)
{
    return read_octets(r, link, made_at(m), made_len(m), 0);
}

/* One packet by itself. */
static inline tgp_packet_fate fate_of(int link, made *m)
{
    reading r;
    begin_reading(&r, NULL);
    tgp_packet_fate fate = read_made(&r, link, m);
    end_reading(&r);
    return fate;
}

static inline bool told_is(const reading *r, size_t at, const void *octets, size_t len)
{
    return at < r->num && r->told[at].segment.data.len == len && memcmp(r->told[at].data, octets, len) == 0;
}

/* Exactly one segment with this text, of these ends. */
static inline void assert_told(const reading *r, tgp_transport transport, const char *from, const char *to,
                               const char *text)
{
    char source[TGP_ENDPOINT_MAX], destination[TGP_ENDPOINT_MAX];
    assert_int_equal(r->num, 1);
    const tgp_segment *s = &r->told[0].segment;
    tgp_endpoint_text(&s->source, source);
    tgp_endpoint_text(&s->destination, destination);
    assert_int_equal(s->transport, transport);
    assert_string_equal(source, from);
    assert_string_equal(destination, to);
    assert_true(told_is(r, 0, text, strlen(text)));
    assert_int_equal(s->frame, r->frames);
    assert_int_equal(s->time, r->time);
}

/* The packet gives UDP of make_udp4 or make_udp6 with this text. */
static inline void assert_gives_udp(int link, made *m, unsigned version, const char *text)
{
    reading r;
    begin_reading(&r, NULL);
    assert_int_equal(read_made(&r, link, m), TGP_PACKET_TAKEN);
    if (version == 4)
        assert_told(&r, TGP_UDP, "10.0.0.1:5060", "10.0.0.2:5070", text);
    else
        assert_told(&r, TGP_UDP, "[2001:db8::1]:5060", "[2001:db8::2]:5070", text);
    end_reading(&r);
}

/* However the packet is cut when it is captured, nothing is told and it is CUT; but `tail` octets at its end may be missing. */
static inline void assert_cut_everywhere(int link, made *m, size_t tail)
{
    size_t len = made_len(m);
    for (size_t kept = 0; kept < len; kept++) {
        reading r;
        begin_reading(&r, NULL);
        tgp_packet_fate fate = read_octets(&r, link, made_at(m), kept, len - kept);
        assert_int_equal(fate, kept + tail < len ? TGP_PACKET_CUT : TGP_PACKET_TAKEN);
        assert_int_equal(r.num, kept + tail < len ? 0 : 1);
        end_reading(&r);
    }
}

/* However much its end is missing although it was captured whole: MALFORMED, and nothing is told. */
static inline void assert_malformed_everywhere(int link, made *m)
{
    for (size_t kept = 0; kept < made_len(m); kept++) {
        reading r;
        begin_reading(&r, NULL);
        assert_int_equal(read_octets(&r, link, made_at(m), kept, 0), TGP_PACKET_MALFORMED);
        assert_int_equal(r.num, 0);
        end_reading(&r);
    }
}

#endif
