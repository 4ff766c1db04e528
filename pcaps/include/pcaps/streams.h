/* streams: TCP connections and SCTP associations put back in order.
 *
 * Segments come in as they were captured: out of order, repeated, overlapping, with gaps, from the middle of a connection. For each direction the
 * octets go out in order, once. Where the capture lacks some, a gap is told, and the direction goes on behind it.
 *
 * Octets ahead of a hole are held until it is filled, or until it is clear that it will not be: the receiver has acknowledged what was in it (and 64
 * more segments of the connection, or a second of the capture's clock, have not brought it: a capture may be out of order itself), the connection has
 * ended, the limits are reached, or the capture ends. Who listens may let a direction go: then it costs a few octets of memory, and its segments are
 * looked at no further; the end of its connection is told all the same.
 *
 * Of octets that come twice the first are kept. Those that are still held are compared with what comes again (CONFLICT); what has gone out is not there
 * any more to be compared. An octet in front of what is expected, alone, is a keep-alive and no repetition.
 *
 * A connection whose beginning is not in the capture begins with a gap of 0 octets. What comes first of a direction need not be what was sent first:
 * a direction of TCP without a SYN is held until the peer acknowledges some of it, a SYN comes, or 64 more segments of the connection or a second of
 * the capture's clock have passed. What is older than its beginning and comes later than that is lost (GAP). After its end it is remembered for what comes late, until another
 * SYN, or data far from its own numbers, begins a new one. A RST is believed when it is in the window.
 *
 * SCTP: messages go out in the order of their TSNs, which is that of each stream, too. Each path of an association that has several is one of its own.
 * A gap of 0 octets is one or more chunks whose length is not known; what is there of a message that does not become whole is a gap, too, counted as
 * CUT_SHORT (its end is missing) or GAP (its beginning is).
 *
 * Memory is bounded: the connection that was silent the longest makes room (among more than 512 one that was silent for long), and what was lost by it
 * is counted when it was being followed.
 */
#ifndef TICKETGATE_PCAPS_STREAMS_H
#define TICKETGATE_PCAPS_STREAMS_H

#include "pcaps/packets.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of stream data. X(symbol, name in JSON, loses, text). */
#define TGP_STREAM_EVENTS(X)                                                                                           \
    X(REPEATED, "repeated", false, "TCP or SCTP data seen before")                                                     \
    X(REORDERED, "reordered", false, "segments that came ahead of others and were held")                               \
    X(CONFLICT, "conflict", true, "repeated data that differs from what came first (the first is kept)")               \
    X(GAP, "gap", true, "holes in streams that were being followed, or data that came too late")                     \
    X(EVICTED, "evicted", true, "streams given up to stay within the memory limit")                                    \
    X(CUT_SHORT, "cut_short", true, "streams whose data ends in the middle of a message")
typedef enum tgp_stream_event {
#define TGP_ENUM(symbol, name, loses, text) TGP_STREAM_##symbol,
    TGP_STREAM_EVENTS(TGP_ENUM)
#undef TGP_ENUM
    TGP_NUM_STREAM_EVENTS
} tgp_stream_event;
const char *tgp_stream_event_name(tgp_stream_event event);
const char *tgp_stream_event_text(tgp_stream_event event);
bool tgp_stream_event_loses(tgp_stream_event event);

/* One connection, as who listens sees it: valid during the call. */
typedef struct tgp_connection {
    uint64_t id;             /* the same for both directions, never used again; 1 is the first */
    tgp_transport transport; /* TGP_TCP or TGP_SCTP */
    tgp_endpoint ends[2];    /* 0: who sent the SYN; where none was seen, who was seen first */
    bool from_start;         /* the SYN was seen */
    void *user;              /* the listener's; NULL at first */
} tgp_connection;

typedef enum tgp_interest {
    TGP_FOLLOW,    /* go on */
    TGP_LET_GO     /* nothing more of this direction, please */
} tgp_interest;

typedef enum tgp_end { TGP_END_FIN, TGP_END_RST, TGP_END_REPLACED /* a new connection of the same ends */, TGP_END_EVICTED, TGP_END_CAPTURE } tgp_end;

typedef struct tgp_stream_listener {
    /* Octets of direction `from` (0 or 1: the end that sent them), in order. `pieces` say where they lie. An SCTP message (all its chunks) comes in one
     * call, with `message_ends` true; TCP has no messages. */
    tgp_interest (*data)(void *user, tgp_connection *connection, unsigned from, tg_bytes octets, const tgp_piece *pieces, size_t num_pieces,
                         int64_t time, bool message_ends);
    /* So many octets are missing here (0: not known, where a connection is met in its middle). */
    tgp_interest (*gap)(void *user, tgp_connection *connection, unsigned from, uint64_t octets);
    /* The last call for a connection; then its user pointer is the listener's to free. */
    void (*end)(void *user, tgp_connection *connection, tgp_end how);
    void *user;
} tgp_stream_listener;

typedef struct tgp_stream_limits {
    size_t octets;       /* held ahead of holes, in all: 16 MiB by default (0) */
    size_t one;          /* of one direction: 1 MiB by default */
    size_t connections;  /* known at a time, those let go too: 1,000,000 by default; memory for them is taken as they come */
    size_t memory;       /* of all of it: 128 MiB by default */
} tgp_stream_limits;

typedef struct tgp_streams tgp_streams;
tgp_streams *tgp_streams_new(const tgp_stream_limits *limits, const tgp_stream_listener *listener); /* NULL: no memory */
/* TCP and SCTP segments; others are refused with false. */
bool tgp_streams_take(tgp_streams *streams, const tgp_segment *segment);
uint64_t tgp_streams_count(const tgp_streams *streams, tgp_stream_event event);
/* The capture is at its end: gives out what can be given, and ends every connection. */
void tgp_streams_finish(tgp_streams *streams);
void tgp_streams_free(tgp_streams *streams);

#ifdef __cplusplus
}
#endif
#endif
