/* Packets made for tests of units: UDP, TCP and SCTP over raw IPv4, a clock, and a listener that writes down what it is told. */
#ifndef TICKETGATE_TEST_UNITS_SUPPORT_H
#define TICKETGATE_TEST_UNITS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pcaps/units.h"
#include "ticketgate/carriage.h"

#define SECOND ((int64_t)1000000000)
enum { RAW_IP = 12 /* DLT_RAW */, LOG_MAX = 1 << 16, PACKET_MAX = 65535, ENDS = 1024 };

typedef struct bench {
    tgp_units *units;
    uint64_t frame;
    int64_t time;
    char log[LOG_MAX]; /* a line a unit */
    size_t used, num_units, num_ended, octets;
    tgp_unit last;
    char last_text[4096]; /* the beginning of its octets */
    char body[4096];      /* of HTTP */
    char target[256];
    uint32_t seq[ENDS]; /* of the end with this port */
} bench;

static inline void note_unit(void *user, const tgp_unit *unit)
{
    bench *b = user;
    size_t len = unit->octets.len < 40 ? unit->octets.len : 40, at = 0;
    b->num_units++;
    b->octets += unit->octets.len;
    b->last = *unit;
    for (size_t i = 0; i < unit->num_pieces; i++) { /* the pieces lie one behind the other and fill the unit */
        assert_int_equal(unit->pieces[i].offset, at);
        at += unit->pieces[i].len;
    }
    assert_int_equal(at, unit->octets.len);
    (void)snprintf(b->last_text, sizeof b->last_text, "%.*s", (int)unit->octets.len, (const char *)unit->octets.data);
    if (unit->kind == TGP_UNIT_HTTP) {
        (void)snprintf(b->target, sizeof b->target, "%s", unit->http.target);
        (void)snprintf(b->body, sizeof b->body, "%.*s", (int)unit->http.body.len,
                       unit->http.body.len ? (const char *)unit->http.body.data : "");
    }
    for (size_t i = 0; i < len; i++) {
        if (unit->octets.data[i] == '\r' || unit->octets.data[i] == '\n' || unit->octets.data[i] < ' ')
            len = i;
    }
    int wrote = snprintf(b->log + b->used, LOG_MAX - b->used, "%s %u>%u %zu %.*s\n", tgp_unit_kind_name(unit->kind),
                         unit->source.port, unit->destination.port, unit->octets.len, (int)len,
                         (const char *)unit->octets.data);
    if (wrote > 0 && b->used + (size_t)wrote < LOG_MAX)
        b->used += (size_t)wrote;
}

static inline void note_end(void *user, const tgp_connection *connection, tgp_end how)
{
    bench *b = user;
    (void)connection;
    (void)how;
    b->num_ended++;
}

/* SIP in datagrams: cut where it is found; by tgp_units_cut, which does all of it; or what it need not do again. */
typedef enum cutting { AT_ONCE, LATE, LATE_AND_PREPARED, NUM_CUTTINGS } cutting;
static cutting cutting_of_bench;

static inline void note_uncut(void *user, const tgp_unit *unit)
{
    bench *b = user;
    tg_sip_head head;
    const char *reason;
    tgp_unit own = *unit;
    if (unit->kind != TGP_UNIT_SIP || unit->connection != 0) {
        note_unit(b, unit);
        return;
    }
    assert_null(unit->sip);
    assert_false(unit->hashed);
    if (cutting_of_bench == LATE_AND_PREPARED) {
        own.sip = tg_sip_cut(unit->octets, &head, &reason) == TG_OK ? &head : NULL;
        tgp_units_hash(b->units, &own);
    }
    assert_true(tgp_units_cut(b->units, &own));
}

static inline bench *open_bench(const tgp_units_limits *limits)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    const tgp_units_listener listener = { note_unit, note_end, b }, uncut = { note_uncut, note_end, b };
    tgp_units_limits own = limits ? *limits : (tgp_units_limits){ 0 };
    own.uncut = cutting_of_bench == AT_ONCE ? NULL : &listener;
    b->units = tgp_units_new(&own, NULL, NULL, cutting_of_bench == AT_ONCE ? &listener : &uncut);
    assert_non_null(b->units);
    b->time = 1700000000 * SECOND;
    return b;
}

static inline void close_bench(bench *b)
{
    tgp_units_free(b->units);
    free(b);
}

/* IPv4 from 192.0.2.1 to 192.0.2.2, or back where `back` says so. */
static inline void put_packet(bench *b, bool back, uint8_t protocol, const uint8_t *payload, size_t len)
{
    static uint8_t octets[PACKET_MAX];
    assert_true(len + 20 <= sizeof octets);
    size_t total = 20 + len;
    memset(octets, 0, 20);
    octets[0] = 0x45;
    octets[2] = (uint8_t)(total >> 8);
    octets[3] = (uint8_t)total;
    octets[8] = 64;
    octets[9] = protocol;
    memcpy(octets + 12, back ? "\xc0\0\x02\x02" : "\xc0\0\x02\x01", 4);
    memcpy(octets + 16, back ? "\xc0\0\x02\x01" : "\xc0\0\x02\x02", 4);
    memcpy(octets + 20, payload, len);
    uint8_t *exact = malloc(total); /* the sanitizer sees what is read beyond it */
    assert_non_null(exact);
    memcpy(exact, octets, total);
    tgp_packet packet = { ++b->frame, b->time, RAW_IP, tg_bytes_of(exact, total), (uint32_t)total };
    assert_true(tgp_units_take(b->units, &packet));
    free(exact);
}

static inline void put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xffff);
}

/* Ports below ENDS are of 192.0.2.1, others of 192.0.2.2. */
static inline void udp(bench *b, unsigned from, unsigned to, const void *data, size_t len)
{
    static uint8_t payload[PACKET_MAX];
    put_u16(payload, from);
    put_u16(payload + 2, to);
    put_u16(payload + 4, (unsigned)(8 + len));
    put_u16(payload + 6, 0);
    memcpy(payload + 8, data, len);
    put_packet(b, from >= ENDS, 17, payload, 8 + len);
}

static inline void udp_text(bench *b, unsigned from, unsigned to, const char *text)
{
    udp(b, from, to, text, strlen(text));
}

static inline void tcp_at(bench *b, unsigned from, unsigned to, uint32_t seq, uint8_t flags, const void *data,
                          size_t len)
{
    static uint8_t payload[PACKET_MAX];
    memset(payload, 0, 20);
    put_u16(payload, from);
    put_u16(payload + 2, to);
    put_u32(payload + 4, seq);
    payload[12] = 0x50;
    payload[13] = flags;
    memcpy(payload + 20, data, len);
    put_packet(b, from >= ENDS, 6, payload, 20 + len);
}

enum { FIN = 1, SYN = 2, RST = 4 };

static inline void tcp(bench *b, unsigned from, unsigned to, const void *data, size_t len)
{
    tcp_at(b, from, to, b->seq[from % ENDS], 0, data, len);
    b->seq[from % ENDS] += (uint32_t)len;
}

static inline void tcp_text(bench *b, unsigned from, unsigned to, const char *text)
{
    tcp(b, from, to, text, strlen(text));
}

static inline void tcp_open(bench *b, unsigned from, unsigned to)
{
    b->seq[from % ENDS] = 1001;
    b->seq[to % ENDS] = 2001;
    tcp_at(b, from, to, 1000, SYN, "", 0);
    tcp_at(b, to, from, 2000, SYN | 16, "", 0);
}

static inline void tcp_close(bench *b, unsigned from, unsigned to)
{
    tcp_at(b, from, to, b->seq[from % ENDS], FIN, "", 0);
    tcp_at(b, to, from, b->seq[to % ENDS], FIN, "", 0);
}

static inline uint64_t count(const bench *b, tgp_unit_event event)
{
    return tgp_units_messages(b->units, event);
}

/* Every count of units, and no other than those named: "sip=2 keep_alive=1". */
static inline void expect_counts(const bench *b, const char *expected)
{
    char found[512];
    size_t used = 0;
    found[0] = '\0';
    for (unsigned i = 0; i < TGP_NUM_UNIT_EVENTS; i++) {
        unsigned long long num = count(b, (tgp_unit_event)i);
        if (num > 0)
            used += (size_t)snprintf(found + used, sizeof found - used, "%s%s=%llu", used ? " " : "",
                                     tgp_unit_event_name((tgp_unit_event)i), num);
    }
    assert_string_equal(found, expected);
}

#endif
