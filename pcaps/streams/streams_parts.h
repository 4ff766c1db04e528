/* What the files of streams share. Internal.
 *
 * A capture has far more connections than are worth following. So one that is let go costs a lookup and a few octets a segment, and as little memory
 * as can be: a flow is a cache line with what every segment needs, and half of one with the rest. Flows lie in slabs, which never move; an index
 * finds them (open addressing). What is held ahead of a hole is allocated when there is a hole. */
#ifndef TICKETGATE_PCAPS_STREAMS_PARTS_H
#define TICKETGATE_PCAPS_STREAMS_PARTS_H

#include "pcaps/streams.h"

/* ---- flows --------------------------------------------------------------------------------------------------- */

/* One direction of a flow. */
enum {
    TGP_SIDE_SEEN = 1,      /* `next` is known */
    TGP_SIDE_STARTED = 2,   /* from its beginning: SYN or INIT was seen */
    TGP_SIDE_TOLD = 4,      /* the listener has been told something of it */
    TGP_SIDE_LET_GO = 8,    /* the listener wants no more */
    TGP_SIDE_FINISHED = 16, /* FIN was reached */
    TGP_SIDE_HELD = 32,     /* there is a tgp_held */
    TGP_SIDE_WAITS =
        64 /* met in its middle: what is held may not be its beginning yet; `next` is the first octet of it */
};
/* A flow. */
enum {
    TGP_FLOW_USED = 1,
    TGP_FLOW_SCTP = 2,
    TGP_FLOW_V6 = 4,
    TGP_FLOW_SECOND = 8, /* ends[0] of the connection is side 1 */
    TGP_FLOW_FROM_START = 16,
    TGP_FLOW_TOLD = 32, /* the listener has been told something, and will be told the end */
    TGP_FLOW_OVER = 64  /* the connection has ended: what comes late is looked at no further */
};

/* The sides of a flow are its ends in an order of their own (the lower first), so that both directions find the same. `next` and `first` of a side
 * are of what it sends. */
typedef struct tgp_flow {
    uint8_t addresses[2][16];
    uint16_t ports[2];
    uint8_t sides[2]; /* TGP_SIDE_... */
    uint8_t flags;    /* TGP_FLOW_... */
    uint8_t unused;
    uint32_t next[2];  /* sequence number of the octet (SCTP: TSN of the chunk) that goes out next */
    uint32_t first[2]; /* of the first octet; SCTP: verification tag of what this side sends */
    uint32_t stamp;    /* when it was last seen: segments taken before */
    uint32_t free;     /* the next free one, where it is not used */
} tgp_flow;
_Static_assert(sizeof(tgp_flow) == 64, "a flow is a cache line");

typedef struct tgp_held tgp_held;
typedef struct tgp_flow_more {
    uint64_t id;
    void *user;
    tgp_held *held[2];
} tgp_flow_more;

enum { TGP_SLAB_BITS = 9, TGP_SLAB = 1 << TGP_SLAB_BITS, TGP_NO_FLOW = 0xffffffffu };
typedef struct tgp_slab {
    tgp_flow flows[TGP_SLAB];
    tgp_flow_more more[TGP_SLAB];
} tgp_slab;

typedef struct tgp_slot {
    uint32_t hash, flow; /* TGP_NO_FLOW: empty */
} tgp_slot;

/* Flows that were silent the longest when a slab was looked through, the longest last. */
enum { TGP_CANDIDATES = 64 };
typedef struct tgp_candidate {
    uint32_t flow, stamp;
} tgp_candidate;

typedef struct tgp_table {
    tgp_slot *slots;
    uint32_t mask;
    tgp_slab **slabs;
    uint32_t num_slabs, max_slabs;
    uint32_t used, free; /* flows; the first free one */
    uint32_t limit;      /* flows */
    size_t octets;       /* of memory */
    tgp_candidate candidates[TGP_CANDIDATES];
    uint32_t num_candidates, next_slab;
} tgp_table;

bool tgp_table_init(tgp_table *table, size_t limit);
void tgp_table_destroy(tgp_table *table);

static inline tgp_flow *tgp_flow_at(const tgp_table *table, uint32_t flow)
{
    return &table->slabs[flow >> TGP_SLAB_BITS]->flows[flow & (TGP_SLAB - 1)];
}
static inline tgp_flow_more *tgp_flow_more_at(const tgp_table *table, uint32_t flow)
{
    return &table->slabs[flow >> TGP_SLAB_BITS]->more[flow & (TGP_SLAB - 1)];
}

/* What a flow is found by. */
typedef struct tgp_flow_key {
    uint8_t addresses[2][16];
    uint16_t ports[2];
    uint8_t flags; /* TGP_FLOW_USED, TGP_FLOW_SCTP, TGP_FLOW_V6 */
    unsigned side; /* that sent the segment */
    uint32_t hash;
} tgp_flow_key;
void tgp_flow_key_of(const tgp_segment *segment, tgp_flow_key *out);
/* TGP_NO_FLOW: there is none. */
uint32_t tgp_table_find(const tgp_table *table, const tgp_flow_key *key);
/* A new flow, nothing known of it yet. TGP_NO_FLOW: it would be more than `limit` flows, or than `memory` octets, or there is no memory. */
uint32_t tgp_table_add(tgp_table *table, const tgp_flow_key *key, size_t memory);
void tgp_table_remove(tgp_table *table, uint32_t flow);
/* The flow that was silent for longest: exactly, when there are no more than TGP_SLAB; else of one slab after the other. TGP_NO_FLOW: none at all. */
uint32_t tgp_table_oldest(tgp_table *table, uint32_t now);

/* ---- streams ------------------------------------------------------------------------------------------------- */

struct tgp_streams {
    tgp_table table;
    tgp_stream_listener listener;
    tgp_stream_limits limits;
    uint64_t ids;
    uint32_t now; /* segments taken */
    uint64_t counts[TGP_NUM_STREAM_EVENTS];
    size_t held;                         /* octets of memory for what is held */
    tgp_held *held_oldest, *held_newest; /* by when something was added */
    tgp_piece *pieces;                   /* scratch */
    size_t pieces_capacity;
};

static inline bool tgp_is_ahead(uint32_t a, uint32_t b) /* of sequence numbers, which wrap around */
{
    return (int32_t)(a - b) > 0;
}

/* Half the numbers away it could be either (RFC 1982 section 3.2), and must be one: what nobody can have sent yet is no hole. */
static inline bool tgp_is_behind(uint32_t a, uint32_t b)
{
    return b - a - 1 < UINT32_C(1) << 31;
}

static inline tgp_flow *tgp_streams_flow(tgp_streams *s, uint32_t flow)
{
    return tgp_flow_at(&s->table, flow);
}

/* Tells the listener of octets, and of what is missing in front where a direction is met in its middle. False: it wants no more of this direction. */
bool tgp_tell_data(tgp_streams *s, uint32_t flow, unsigned side, tg_bytes octets, const tgp_piece *pieces,
                   size_t num_pieces, int64_t time, bool message_ends);
bool tgp_tell_gap(tgp_streams *s, uint32_t flow, unsigned side, uint64_t octets);
/* Ends a connection: what is held is given out before, with its gaps. The flow stays, for what comes late. */
void tgp_end_flow(tgp_streams *s, uint32_t flow, tgp_end how);
/* A new connection of the same ends. */
void tgp_replace_flow(tgp_streams *s, uint32_t flow, unsigned side);

void tgp_take_tcp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment);
void tgp_take_sctp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment);
/* Gives out what is next in what is held, as far as nothing is missing. */
void tgp_drain_tcp(tgp_streams *s, uint32_t flow, unsigned side);
void tgp_drain_sctp(tgp_streams *s, uint32_t flow, unsigned side);
/* Gives the first segment out that is held, which must be next. */
void tgp_drain_one_tcp(tgp_streams *s, uint32_t flow, unsigned side);
/* Drops what is held of the message in front, and goes on behind it. */
void tgp_drop_message(tgp_streams *s, uint32_t flow, unsigned side, tgp_stream_event counted);

/* How far behind or ahead of what is known a RST, or a segment of a connection that is over, is still of the same connection. Windows are seldom
 * larger, and what they are scaled by is not known of a connection met in its middle. */
enum { TGP_NEAR = 1 << 20 };

/* ---- where a direction begins that was met in its middle ------------------------------------------------------- */

/* May what begins with `seq` (data, or a SYN) be in front of all that is known of a direction, nothing of which has gone out? */
bool tgp_begins_before(const tgp_flow *f, unsigned side, uint32_t seq);
/* Something at `seq` is to be held. False: the direction does not wait: its beginning is known, or there is no memory. */
bool tgp_wait_with(tgp_streams *s, uint32_t flow, unsigned side, uint32_t seq, int64_t time);
/* A SYN in front of `seq` was seen, or acknowledged. tgp_begin_tcp gives out what it was waited for with. */
void tgp_start_tcp(tgp_streams *s, uint32_t flow, unsigned side, uint32_t seq);
/* Waits no longer: gives out what is held of these sides (bits), in the order of time. */
void tgp_begin_tcp(tgp_streams *s, uint32_t flow, unsigned sides);
/* Of a side that waits: the peer has acknowledged all in front of `ack`; another segment of the connection came. */
void tgp_wait_acknowledged(tgp_streams *s, uint32_t flow, unsigned side, uint32_t ack);
void tgp_wait_longer(tgp_streams *s, uint32_t flow, unsigned side, int64_t time);

/* ---- what is held ahead of a hole ---------------------------------------------------------------------------- */

/* A copy of a segment, or of a part of one, with its pieces; in one block with them and its octets. */
typedef struct tgp_held_segment {
    uint32_t seq;
    uint32_t span; /* of sequence numbers: TCP: the octets; SCTP: 1 */
    int64_t time;
    tg_bytes data;
    bool begins, ends; /* SCTP: a message */
    size_t num_pieces;
    tgp_piece pieces[];
} tgp_held_segment;

/* Of one direction. Segments do not overlap, and all lie ahead of what goes out next, or (SCTP) begin there with a message that is not whole. */
struct tgp_held {
    tgp_held *older, *newer;
    uint32_t flow;
    uint8_t side;
    bool has_end; /* a FIN, at `end` */
    bool
        acked; /* the hole in front has been acknowledged as a whole: it is waited for a while, in case the capture is out of order */
    bool missing; /* `ack` is ahead of what has come */
    uint32_t end, ack;
    uint32_t patience;           /* segments */
    int64_t since;               /* `acked` */
    tgp_held_segment **segments; /* by sequence number: `num` from `first` on */
    size_t first, num, capacity;
    size_t octets; /* of memory */
};

static inline tgp_held *tgp_held_of(tgp_streams *s, uint32_t flow, unsigned side)
{
    return tgp_flow_more_at(&s->table, flow)->held[side];
}
/* A new one; NULL: no memory. */
tgp_held *tgp_held_new(tgp_streams *s, uint32_t flow, unsigned side);
void tgp_held_free(tgp_streams *s, tgp_held *held);
/* The first segment that ends behind `seq`, or `num`. */
size_t tgp_held_find(const tgp_held *held, uint32_t next, uint32_t seq);
static inline tgp_held_segment *tgp_held_at(const tgp_held *held, size_t at)
{
    return held->segments[held->first + at];
}
/* Keeps a copy of octets [from, from + len) of a segment's data at place `at`. False: no memory. */
bool tgp_held_insert(tgp_streams *s, tgp_held *held, size_t at, uint32_t seq, uint32_t span, const tgp_segment *segment,
                     size_t from, size_t len);
/* Takes the first one out, which the caller frees. */
tgp_held_segment *tgp_held_pop(tgp_streams *s, tgp_held *held);
/* The peer has acknowledged all in front of `ack`. */
void tgp_held_acknowledge(tgp_streams *s, uint32_t flow, unsigned side, uint32_t ack, int64_t time);
/* Another segment of the connection came: an acknowledged hole has been waited for long enough, or not. */
void tgp_held_wait(tgp_streams *s, uint32_t flow, unsigned side, int64_t time);
/* There is something held, or an end: gives up what is missing in front of it, so that it goes out; or a message of SCTP that is not whole. */
void tgp_held_give_up(tgp_streams *s, uint32_t flow, unsigned side);
/* Gives holes up until all is within its limits again. */
void tgp_held_limit(tgp_streams *s, uint32_t flow, unsigned side);
/* Gives everything out, both directions in the order of time. */
void tgp_held_flush(tgp_streams *s, uint32_t flow);
/* Nothing of it is needed any more: frees it. */
void tgp_held_tidy(tgp_streams *s, uint32_t flow, unsigned side);

#endif
