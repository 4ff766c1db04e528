/* Segments made by hand, and what a listener was told of them, as text. */
#ifndef TICKETGATE_PCAPS_TEST_STREAMS_SUPPORT_H
#define TICKETGATE_PCAPS_TEST_STREAMS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pcaps/streams.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, STORY = 1 << 18 };

/* What was told, one thing after the other: "1>0:text " data of end 0 of connection 1, "1>0:gap 5 ", "1:end FIN ". */
typedef struct hearing {
    tgp_streams *streams;
    char story[STORY];
    size_t len;
    uint64_t frame;
    int64_t time;
    const char *let_go_at; /* a direction is let go when it says this */
    bool let_go_at_gap;
    bool shows_ends; /* in front of what is told: who is who */
    uint64_t ended;
} hearing;

static inline void tell_story(hearing *h, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(h->story + h->len, STORY - h->len, format, arguments);
    va_end(arguments);
    assert_true(len >= 0 && (size_t)len < STORY - h->len);
    h->len += (size_t)len;
}

static inline void tell_connection(hearing *h, const tgp_connection *c)
{
    char a[TGP_ENDPOINT_MAX], b[TGP_ENDPOINT_MAX];
    tgp_endpoint_text(&c->ends[0], a);
    tgp_endpoint_text(&c->ends[1], b);
    if (h->shows_ends)
        tell_story(h, "%s%s-%s ", c->from_start ? "" : "?", a, b);
    assert_true(c->transport == TGP_TCP || c->transport == TGP_SCTP);
}

static inline tgp_interest hear_data(void *user, tgp_connection *c, unsigned from, tg_bytes octets,
                                     const tgp_piece *pieces, size_t num_pieces, int64_t time, bool message_ends)
{
    hearing *h = user;
    (void)time;
    tell_connection(h, c);
    if (!c->user) /* what the listener keeps is kept for it */
        c->user = (void *)(uintptr_t)(c->id * 8);
    assert_int_equal((uintptr_t)c->user, c->id * 8);
    assert_int_equal(message_ends, c->transport == TGP_SCTP);
    assert_true(octets.len > 0 && num_pieces > 0);
    uint32_t covered = 0;
    for (size_t i = 0; i < num_pieces; i++) {
        assert_int_equal(pieces[i].offset, covered);
        covered += pieces[i].len;
    }
    assert_int_equal(covered, octets.len);
    tell_story(h, "%u>%u:%.*s ", (unsigned)c->id, from, (int)octets.len, (const char *)octets.data);
    bool is_it =
        h->let_go_at && octets.len == strlen(h->let_go_at) && memcmp(octets.data, h->let_go_at, octets.len) == 0;
    return is_it ? TGP_LET_GO : TGP_FOLLOW;
}

static inline tgp_interest hear_gap(void *user, tgp_connection *c, unsigned from, uint64_t octets)
{
    hearing *h = user;
    tell_connection(h, c);
    tell_story(h, "%u>%u:gap %u ", (unsigned)c->id, from, (unsigned)octets);
    return h->let_go_at_gap ? TGP_LET_GO : TGP_FOLLOW;
}

static inline void hear_end(void *user, tgp_connection *c, tgp_end how)
{
    static const char *const names[] = { "FIN", "RST", "REPLACED", "EVICTED", "CAPTURE" };
    hearing *h = user;
    tell_story(h, "%u:end %s ", (unsigned)c->id, names[how]);
    h->ended++;
}

static inline void begin_hearing(hearing *h, const tgp_stream_limits *limits)
{
    memset(h, 0, sizeof *h);
    tgp_stream_listener listener = { hear_data, hear_gap, hear_end, h };
    h->streams = tgp_streams_new(limits, &listener);
    assert_non_null(h->streams);
}

static inline void end_hearing(hearing *h)
{
    tgp_streams_free(h->streams);
}

/* What was told since the last time. */
static inline void assert_heard(hearing *h, const char *story)
{
    h->story[h->len] = '\0';
    assert_string_equal(h->story, story);
    h->len = 0;
}

static inline tgp_endpoint host(unsigned number, unsigned port)
{
    tgp_endpoint end;
    memset(&end, 0, sizeof end);
    end.address.version = 4;
    end.address.octets[0] = 10;
    end.address.octets[1] = (uint8_t)(number >> 16);
    end.address.octets[2] = (uint8_t)(number >> 8);
    end.address.octets[3] = (uint8_t)number;
    end.port = (uint16_t)port;
    return end;
}

static inline void give(hearing *h, tgp_segment *s, const void *octets, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1); /* of its very size, and gone afterwards */
    assert_non_null(copy);
    memcpy(copy, octets, len);
    s->frame = ++h->frame;
    s->time = h->time;
    s->data = tg_bytes_of(copy, len);
    tgp_piece piece = { s->frame, 54, 0, (uint32_t)len };
    s->pieces = len > 0 ? &piece : NULL;
    s->num_pieces = len > 0 ? 1 : 0;
    assert_true(tgp_streams_take(h->streams, s));
    free(copy);
}

/* A TCP segment from host `from` to host `to`; ports 1000 + host. `seq` as on the wire: SYN takes one. */
static inline void tcp(hearing *h, unsigned from, unsigned to, unsigned flags, uint32_t seq, uint32_t ack,
                       const char *text)
{
    tgp_segment s;
    memset(&s, 0, sizeof s);
    s.transport = TGP_TCP;
    s.source = host(from, 1000 + from % 60000);
    s.destination = host(to, 1000 + to % 60000);
    s.tcp.flags = (uint8_t)flags;
    s.tcp.seq = seq + (flags & SYN ? 1 : 0);
    s.tcp.ack = ack;
    give(h, &s, text, strlen(text));
}

/* Hosts 1 and 2 shake hands: their first octets are 101 and 501. */
static inline void shake_hands(hearing *h)
{
    tcp(h, 1, 2, SYN, 100, 0, "");
    tcp(h, 2, 1, SYN | ACK, 500, 101, "");
    tcp(h, 1, 2, ACK, 101, 501, "");
}

static inline uint64_t counted(const hearing *h, tgp_stream_event event)
{
    return tgp_streams_count(h->streams, event);
}

static inline void assert_counts(const hearing *h, unsigned repeated, unsigned reordered, unsigned conflicts,
                                 unsigned gaps)
{
    assert_int_equal(counted(h, TGP_STREAM_REPEATED), repeated);
    assert_int_equal(counted(h, TGP_STREAM_REORDERED), reordered);
    assert_int_equal(counted(h, TGP_STREAM_CONFLICT), conflicts);
    assert_int_equal(counted(h, TGP_STREAM_GAP), gaps);
}

#endif
