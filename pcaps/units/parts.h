/* What the files of units share. Internal.
 *
 * A *front* is the octets of one direction that are not consumed yet: those of the segment that came, where none were kept, else the tape's. Cutters
 * take a message off it, or say that they need more; what is left of a segment goes to the tape. */
#ifndef TICKETGATE_PCAPS_UNITS_PARTS_H
#define TICKETGATE_PCAPS_UNITS_PARTS_H

#include "htp.h"
#include "pcaps/units.h"
#include "ticketgate/carriage.h"

/* ---- tape: octets of a direction that are kept, and where they lie ------------------------------------------------ */

/* What is consumed of the front stays a while, so that octets are moved no more often than they come. */
typedef struct tgu_tape {
    uint8_t *data;
    size_t at, len, capacity; /* those that are kept: `len` from `at` on */
    tgp_piece *pieces;        /* offsets from data[0] */
    int64_t *times;           /* of each piece */
    size_t piece, num_pieces, piece_capacity; /* those before `piece` are consumed */
} tgu_tape;

typedef struct tgu_front {
    const uint8_t *data; /* base; what is not consumed begins at `at` */
    size_t at, len;
    const tgp_piece *pieces;
    const int64_t *times;     /* NULL: all of `time` */
    size_t num_pieces, piece; /* pieces before `piece` are consumed */
    int64_t time;
    bool over; /* nothing will follow: the connection has ended well */
    /* The last to come of octets that belong to the message and are passed over; 0: none. */
    uint64_t passed_frame;
    int64_t passed_time;
} tgu_front;

static inline tg_bytes tgu_left(const tgu_front *front)
{
    return tg_bytes_of(front->data + front->at, front->len - front->at);
}

/* False when memory is short; then nothing was added. */
bool tgu_tape_add(tgu_tape *tape, const tgu_front *front);
void tgu_tape_consume(tgu_tape *tape, size_t octets); /* from its front */
size_t tgu_tape_memory(const tgu_tape *tape);
void tgu_tape_free(tgu_tape *tape);
tgu_front tgu_tape_front(const tgu_tape *tape);

/* ---- flows ----------------------------------------------------------------------------------------------------- */

typedef enum tgu_kind {
    TGU_UNKNOWN,
    TGU_SIP,
    TGU_HTTP,
    TGU_MSRP,
    TGU_BFCP,
    TGU_TLS,
    TGU_BLANK /* line ends between messages */
} tgu_kind;
typedef enum tgu_told { TGU_IS, TGU_IS_NOT, TGU_NEEDS_MORE } tgu_told;

/* What octets at the beginning of a message are. TGU_NEEDS_MORE: as far as they go, they may be one. Of the same message `seen` octets were there
 * when that was said before. */
tgu_told tgu_classify_more(tg_bytes octets, size_t seen, tgu_kind *kind);
static inline tgu_told tgu_classify(tg_bytes octets, tgu_kind *kind)
{
    return tgu_classify_more(octets, 0, kind);
}
bool tgu_is_token_char(uint8_t c);

typedef enum tgu_step {
    TGU_AGAIN, /* something was consumed: there may be more */
    TGU_WAIT,  /* for more octets, or for the other direction */
    TGU_HUNT,  /* what stands here is lost: look for the next start of a message */
    TGU_LEAVE  /* nothing more of this direction */
} tgu_step;

/* One direction. */
typedef struct tgu_side {
    tgu_tape tape;
    uint8_t kind; /* tgu_kind of the message being cut, or of the last one */
    bool hunting, blank /* in line ends between messages */, left /* let go */, gapped, mid_line;
    bool waiting; /* of HTTP: the head of a response, whose request has not come */
    uint8_t phase;   /* of HTTP */
    uint8_t tries;   /* segments in which nothing was recognised */
    uint16_t passed; /* octets that were passed over, while nothing was recognised from the beginning on */
    size_t need;     /* octets of the message that are needed before it is looked at again; 0: not known */
    size_t searched; /* of the message: looked at already */
    size_t seen;     /* octets when they were too few to say what message this is */
    size_t head;     /* of HTTP and MSRP: where its head, or first line, ends; 0: not known */
    uint64_t skip;   /* octets of a message beyond a limit, still to come */
    /* HTTP: octets, still to come, of a body that nobody wants; the head is on the tape. The last of the message to come so far. */
    uint64_t pass, passed_frame;
    int64_t passed_time;
} tgu_side;

typedef struct tgu_pending tgu_pending;
typedef struct tgu_flow {
    tgp_connection connection; /* as it was when the flow was made */
    tgu_side sides[2];
    tgu_pending *pending, *last_pending; /* HTTP requests without a response so far */
    size_t num_pending, pending_memory;
    uint64_t unpaired; /* requests before them that were forgotten: so many responses have none */
    uint64_t transactions;
    size_t tls_octets; /* told */
    bool told, tls, ending;
    struct tgu_flow *older, *newer; /* in the order in which they kept octets; only those that hold some */
    bool listed;
    size_t memory; /* of its tapes and of what is pending */
} tgu_flow;

/* ---- units ------------------------------------------------------------------------------------------------------ */

typedef struct tgu_repeats tgu_repeats;
typedef struct tgu_rtp tgu_rtp;
typedef struct tgu_associations tgu_associations;

struct tgp_units {
    tgp_units_limits limits;
    tgp_units_listener listener;
    tgp_dissector *dissector;
    tgp_streams *streams;
    tgu_repeats *repeats;
    tgp_units *late; /* what tgp_units_cut uses, on whatever thread: with `uncut` alone */
    tgu_rtp *rtp;
    tgu_associations *associations; /* of DTLS */
    tgu_htp *htp;
    uint64_t packets[TGP_NUM_PACKETS], messages[TGP_NUM_UNIT_EVENTS];
    uint64_t asked[2]; /* of tgp_units_ask_rtp, which may be asked on another thread: other datagrams, RTP */
    uint64_t lost[TGP_NUM_PACKETS]; /* fragments that were counted as FRAGMENT in vain */
    tgp_piece *pieces;              /* of the unit being told */
    size_t piece_capacity;
    tgu_flow *oldest, *newest;
    size_t held;
    bool no_memory, finished;
    tg_sip_head head; /* of the SIP message being looked at */
};

static inline void tgu_count(tgp_units *units, tgp_unit_event event)
{
    units->messages[event]++;
}

/* Tells `len` octets of the front as a unit; the rest of `unit` is filled in by the caller. Consumes nothing. */
void tgu_tell(tgp_units *units, const tgu_front *front, size_t offset, size_t len, tgp_unit *unit);
void tgu_consume(tgu_front *front, size_t octets);
/* A unit of a direction of a connection, which has told something by it. */
tgp_unit tgu_unit_of(tgu_flow *flow, unsigned from, tgp_unit_kind kind);

tgp_stream_listener tgu_flows_listener(tgp_units *units);
tgu_front tgu_front_of(const tgp_segment *segment); /* of a datagram */
void tgu_datagram(tgp_units *units, const tgp_segment *segment);
/* A SIP message that came as a datagram (`segment`), or as an SCTP message (`flow`). False: this is no SIP. */
bool tgu_sip_datagram(tgp_units *units, tgu_front *front, const tgp_segment *segment, tgu_flow *flow, unsigned from);

tgu_step tgu_sip_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front);
tgu_step tgu_http_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front);
/* Takes of the front what is to be passed over (side->pass). */
void tgu_http_pass(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front);
tgu_step tgu_msrp_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front);
tgu_step tgu_bfcp_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front);
void tgu_pending_free(tgu_flow *flow);   /* nobody asks for them any more */
void tgu_pending_forget(tgu_flow *flow); /* their responses, if they come, have no request */

/* Runs the cutters over what is kept of the other direction: it may have waited for this one. */
void tgu_run_other(tgp_units *units, tgu_flow *flow, unsigned from);

/* ---- tables ----------------------------------------------------------------------------------------------------- */

typedef struct tgu_hash {
    uint64_t a, b;
} tgu_hash;
typedef struct tgu_key {
    uint64_t a, b, words[30]; /* as many as getentropy gives at once */
} tgu_key;
void tgu_key_new(tgu_key *key);
/* Nobody who does not know the key finds two texts with the same. */
tgu_hash tgu_hash_of(const tgu_key *key, tg_bytes octets, uint64_t tweak);
/* Fast, for tables: of two ends, in this order. */
uint64_t tgu_hash_ends(const tgp_endpoint *a, const tgp_endpoint *b);

tgu_repeats *tgu_repeats_new(void);
/* Has the same been sent between the same ends within SIP's timers? Notes it if not. */
bool tgu_repeats_seen(tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets);
/* The next to be asked for, very likely: it is fetched meanwhile. */
void tgu_repeats_expect(tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets);
void tgu_repeats_expect_hash(tgu_repeats *repeats, tg_bytes octets, tgu_hash hash);
tgu_hash tgu_repeats_hash(const tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets);
void tgu_repeats_free(tgu_repeats *repeats);

tgu_rtp *tgu_rtp_new(size_t packets_told);
bool tgu_rtp_expect(tgu_rtp *rtp, const tgp_endpoint *end);
/* Does it look like RTP? */
bool tgu_rtp_may_be(tg_bytes octets);
/* Is the datagram RTP to an end that was named; *tell: it is one of the first of its stream. */
bool tgu_rtp_is(tgu_rtp *rtp, const tgp_endpoint *destination, tg_bytes octets, bool *tell);
void tgu_rtp_free(tgu_rtp *rtp);

tgu_associations *tgu_associations_new(void);
/* DTLS between two ends: *from_first: this is sent by who sent the first datagram; *begins: it is the first. False: enough was told of it. */
bool tgu_association(tgu_associations *all, const tgp_segment *segment, size_t most, bool *from_first, bool *begins);
void tgu_associations_free(tgu_associations *all);

#endif
