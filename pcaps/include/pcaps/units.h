/* units: application messages cut out of datagrams and streams: SIP, HTTP, MSRP, BFCP, TLS, DTLS, RTP.
 *
 * What a datagram or a connection carries is told from its octets, on any port; what signalling says of ports (an SDP answer) may be added as a
 * hint. A unit is one whole message with its provenance: frames, time, ends, and where each octet lies in which frame.
 */
#ifndef TICKETGATE_PCAPS_UNITS_H
#define TICKETGATE_PCAPS_UNITS_H

#include "pcaps/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, name). */
#define TGP_UNIT_KINDS(X)                                                                                              \
    X(SIP, "sip")                                                                                                      \
    X(HTTP, "http")                                                                                                    \
    X(MSRP, "msrp")                                                                                                    \
    X(BFCP, "bfcp")                                                                                                    \
    X(TLS, "tls")   /* octets of a TLS connection, as they came; DTLS: a datagram */                                   \
    X(RTP, "rtp")   /* a packet of RTP or SRTP between ends that signalling names */
typedef enum tgp_unit_kind {
#define TGP_ENUM(symbol, name) TGP_UNIT_##symbol,
    TGP_UNIT_KINDS(TGP_ENUM)
#undef TGP_ENUM
    TGP_NUM_UNIT_KINDS
} tgp_unit_kind;
const char *tgp_unit_kind_name(tgp_unit_kind kind);

/* What became of messages. X(symbol, name in JSON, loses, text). */
#define TGP_UNIT_EVENTS(X)                                                                                             \
    X(SIP, "sip", false, "SIP messages")                                                                               \
    X(SIP_REPEATED, "sip_repeated", false, "SIP messages repeated octet for octet by UDP retransmission")              \
    X(HTTP, "http", false, "HTTP messages")                                                                            \
    X(MSRP, "msrp", false, "MSRP messages")                                                                            \
    X(BFCP, "bfcp", false, "BFCP messages")                                                                            \
    X(TLS, "tls", false, "TLS and DTLS connections")                                                                   \
    X(RTP, "rtp", false, "RTP packets of streams that signalling names")                                               \
    X(KEEP_ALIVE, "keep_alive", false, "keep-alives")                                                                  \
    X(OTHER, "other", false, "datagrams and streams of other protocols")                                               \
    X(BAD_SIP, "bad_sip", true, "malformed SIP messages")                                                              \
    X(BAD_HTTP, "bad_http", true, "malformed HTTP messages")                                                           \
    X(BAD_MSRP, "bad_msrp", true, "malformed MSRP messages")                                                           \
    X(TOO_LARGE, "too_large", true, "messages beyond a limit")                                                         \
    X(INCOMPLETE, "incomplete", true, "messages whose end is not in the capture")                                      \
    X(UNREAD_BODY, "unread_body", true, "bodies that could not be looked into")                                        \
    X(JUDGED_EARLY, "judged_early", true, "conversations and calls judged before their end, for want of memory or at a limit")
typedef enum tgp_unit_event {
#define TGP_ENUM(symbol, name, loses, text) TGP_UNITS_##symbol,
    TGP_UNIT_EVENTS(TGP_ENUM)
#undef TGP_ENUM
    TGP_NUM_UNIT_EVENTS
} tgp_unit_event;
const char *tgp_unit_event_name(tgp_unit_event event);
const char *tgp_unit_event_text(tgp_unit_event event);
bool tgp_unit_event_loses(tgp_unit_event event);

/* What somebody found of an attribute key-mgmt before. */
typedef struct tgp_ready_key {
    tg_bytes octets;                  /* what its base64 decodes to; data NULL: it does not */
    const struct tg_message *message; /* these, parsed; NULL: nobody did, or they do not */
    /* It keeps the rules of this profile on one message, as a TRANSFER_INIT that the Initiator sends outside an update, where the m-lines that it covers
     * are so many of RTP. NULL: nobody looked, or it does not. */
    const struct tg_profile *keeps;
    size_t num_rtp;
} tgp_ready_key;

typedef struct tgp_unit {
    tgp_unit_kind kind;
    tgp_transport transport;
    tgp_endpoint source, destination;
    uint64_t connection;    /* 0: UDP */
    uint64_t first_frame, frame; /* begins in, was completed by */
    int64_t time;           /* of `frame` */
    tg_bytes octets;        /* the message as it was sent; of HTTP too, chunks and codings included */
    const tgp_piece *pieces; /* of `octets` */
    size_t num_pieces;
    /* SIP: how `octets` were cut, so that nobody cuts them twice; as long as the unit. NULL where nobody did: with units that are made otherwise. */
    const struct tg_sip_head *sip;
    /* SIP in a datagram that is not cut yet: its hash (tgp_units_hash). */
    bool hashed;
    uint64_t hash[2];
    /* SIP: its body, where it is a session description that somebody read before, and what was found of each of its sdp->key_mgmt[]. Each NULL: nobody
     * did. */
    const struct tg_sdp *sdp;
    const tgp_ready_key *keys;
    /* HTTP: what libhtp made of it. */
    struct {
        bool request;
        uint64_t transaction;  /* of the connection: request and response have the same */
        char method[32];       /* of the request, in the response as well */
        const char *target;    /* of the request, in the response as well: "/keymanagement?requesttype=..." */
        int status;            /* of a response, else 0 */
        char content_type[128];
        tg_bytes body;         /* chunks and content coding taken off */
        bool coded;            /* but not all codings: what the body is cannot be read */
        bool many_types;       /* more than one Content-Type (RFC 9110 5.3: an error): `content_type` is what libhtp makes of them */
        /* Nobody wants the body (`wants_body` of the limits): it is empty, and the unit's octets and pieces are those of the head. */
        bool passed;
    } http;
    /* TLS */
    struct {
        bool from_first;       /* sent by ends[0] of the connection: who sent the SYN. DTLS: by who sent the first datagram */
        bool datagram;
    } tls;
} tgp_unit;

/* Where an octet of a unit lies; false beyond its end. */
bool tgp_unit_place(const tgp_unit *unit, size_t offset, uint64_t *frame, uint32_t *frame_offset);

typedef struct tgp_units_listener {
    void (*unit)(void *user, const tgp_unit *unit);
    void (*connection_ended)(void *user, const tgp_connection *connection, tgp_end how); /* of connections that gave units. May be NULL */
    void *user;
} tgp_units_listener;

typedef struct tgp_units_limits {
    size_t message;      /* octets of one message: 1 MiB by default (0) */
    size_t memory;       /* held of messages that are not whole: 32 MiB by default */
    size_t tls_octets;   /* of one TLS connection that are told: the first 256 KiB by default */
    size_t rtp_packets;  /* of one stream that are told each time its end is expected: the first 16 by default */
    /* Of HTTP responses: is the body of this media type ("image/jpeg", as Content-Type says it; "": it does not) wanted? One that is not need not be
     * kept, where its length is known. NULL: all are. */
    bool (*wants_body)(const char *content_type);
    bool rtp_unasked;    /* whatever looks like RTP is told, and not counted: who takes it asks tgp_units_ask_rtp */
    /* Not NULL: SIP in UDP datagrams is told as it came, with nothing counted: who takes it calls tgp_units_cut, which tells the message in it here.
     * Copied. */
    const tgp_units_listener *uncut;
} tgp_units_limits;

/* packets, streams and units in one: the whole way from a packet to application messages. */
typedef struct tgp_units tgp_units;
tgp_units *tgp_units_new(const tgp_units_limits *limits, const tgp_stream_limits *stream_limits, const tgp_dissector_limits *dissector_limits,
                         const tgp_units_listener *listener);
/* Takes a packet; false when memory ran out. */
bool tgp_units_take(tgp_units *units, const tgp_packet *packet);
/* Signalling says that RTP goes to this end from now on (what a=rtcp-mux says is nothing to it). Said again, its streams are told anew, from their next
 * packet on. Bounded: the oldest make room. */
bool tgp_units_expect_rtp(tgp_units *units, const tgp_endpoint *end); /* false: no memory */
/* With `rtp_unasked`: counts a unit of RTP and says whether it is one that would have been told. For who takes units on another thread than the one
 * that calls tgp_units_take: with tgp_units_expect_rtp it uses nothing of what that thread uses. */
bool tgp_units_ask_rtp(tgp_units *units, const tgp_unit *unit);
/* With `uncut`: cuts SIP that came as a datagram, looks whether it repeats one, counts and tells it. Where `unit->sip` is there, it is what tg_sip_cut made
 * of the octets. As with tgp_units_ask_rtp, this may be on another thread. False: memory ran out. */
bool tgp_units_cut(tgp_units *units, const tgp_unit *unit);
/* With `uncut`: fills in `hash`, so that tgp_units_cut need not. On any thread. */
void tgp_units_hash(const tgp_units *units, tgp_unit *unit);
void tgp_units_finish(tgp_units *units);
uint64_t tgp_units_packets(const tgp_units *units, tgp_packet_fate fate);
uint64_t tgp_units_streams(const tgp_units *units, tgp_stream_event event);
uint64_t tgp_units_messages(const tgp_units *units, tgp_unit_event event);
/* Adds what those above found: TGP_UNITS_UNREAD_BODY, TGP_UNITS_JUDGED_EARLY. When nothing more is taken. */
void tgp_units_note(tgp_units *units, tgp_unit_event event, uint64_t num);
bool tgp_units_lost(const tgp_units *units); /* some count of what loses is not 0 */
void tgp_units_free(tgp_units *units);

/* For tables: texts (and tweaks) that differ give the same with a chance of about 2^-64, and nobody who does not know the key of this process finds such
 * texts. It is another one in each process: no output may depend on it. On any thread. */
uint64_t tgp_hash(tg_bytes octets, uint64_t tweak);

#ifdef __cplusplus
}
#endif
#endif
