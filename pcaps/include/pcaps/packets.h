/* packets: from a capture file to what transport protocols carry.
 *
 * A capture (pcap, pcapng; a file or a pipe) is read packet by packet through libpcap; each packet is cut down, layer by layer, to segments:
 * the data of a UDP datagram, of a TCP segment, of an SCTP DATA chunk. Fragments of IP are put together on the way.
 *
 * Whatever cannot be looked at is counted under a reason: every packet of the capture stands in exactly one of the packet counts. Memory is
 * bounded whatever the capture holds. Checksums are not looked at: captures taken on the sending host often hold unfinished ones.
 */
#ifndef TICKETGATE_PCAPS_PACKETS_H
#define TICKETGATE_PCAPS_PACKETS_H

#include <stdio.h>

#include "ticketgate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- packets ------------------------------------------------------------------------------------------------- */

/* What became of a packet. X(symbol, name in JSON, loses, text for people). `loses`: what was in it could have held something to judge. */
#define TGP_PACKETS(X)                                                                                                 \
    X(TAKEN, "taken", false, "UDP, TCP or SCTP with data")                                                             \
    X(EMPTY, "empty", false, "UDP, TCP or SCTP without data")                                                          \
    X(FRAGMENT, "fragment", false, "IP fragment, part of a datagram that was put together")                            \
    X(OTHER_PROTOCOL, "other_protocol", false, "another protocol over IP, or none over the link")                      \
    X(ENCRYPTED, "encrypted", false, "ESP that is encrypted, or seems to be")                                          \
    X(UNKNOWN_LINK, "unknown_link", true, "link type not supported")                                                   \
    X(TOO_DEEP, "too_deep", true, "more headers, tags or tunnels in one another than are followed")                    \
    X(FRAGMENT_LOST, "fragment_lost", true, "IP fragment whose datagram is not whole in the capture")                  \
    X(FRAGMENT_OVERLAP, "fragment_overlap", true, "IP fragments that overlap with different octets")                   \
    X(FRAGMENT_LIMIT, "fragment_limit", true, "IP fragment given up to stay within the memory limit")                  \
    X(CUT, "cut", true, "cut short when it was captured")                                                              \
    X(MALFORMED, "malformed", true, "lengths that do not fit")

typedef enum tgp_packet_fate {
#define TGP_ENUM(symbol, name, loses, text) TGP_PACKET_##symbol,
    TGP_PACKETS(TGP_ENUM)
#undef TGP_ENUM
    TGP_NUM_PACKETS
} tgp_packet_fate;
const char *tgp_packet_name(tgp_packet_fate fate);
const char *tgp_packet_text(tgp_packet_fate fate);
bool tgp_packet_loses(tgp_packet_fate fate);

typedef struct tgp_packet {
    uint64_t frame;    /* the first of a capture is 1 */
    int64_t time;      /* nanoseconds since 1970 */
    int link_type;     /* libpcap's DLT_... */
    tg_bytes octets;   /* as far as they were captured */
    uint32_t wire_len; /* octets on the wire */
} tgp_packet;

/* ---- the capture --------------------------------------------------------------------------------------------- */

typedef struct tgp_capture tgp_capture;

/* Takes `file` over. NULL when this is no capture or memory is short: `why` (of 256 octets) then says so. */
tgp_capture *tgp_capture_open(FILE *file, char *why);
/* 1: a packet, valid until the next call. 0: the end. -1: not readable any further; tgp_capture_error says why. */
int tgp_capture_next(tgp_capture *capture, tgp_packet *out);
const char *tgp_capture_error(const tgp_capture *capture); /* "": none */
const char *tgp_capture_link(const tgp_capture *capture);  /* "EN10MB", or the number */
int tgp_capture_link_type(const tgp_capture *capture);
void tgp_capture_close(tgp_capture *capture);

/* ---- segments ------------------------------------------------------------------------------------------------ */

typedef struct tgp_address {
    uint8_t version;    /* of IP: 4 or 6 */
    uint8_t octets[16]; /* those behind the address are 0, so that addresses may be compared whole */
} tgp_address;

typedef struct tgp_endpoint {
    tgp_address address;
    uint16_t port;
} tgp_endpoint;

#define TGP_ENDPOINT_MAX 64
/* "192.0.2.1:5060", "[2001:db8::1]:5060" */
void tgp_endpoint_text(const tgp_endpoint *endpoint, char out[TGP_ENDPOINT_MAX]);
static inline bool tgp_endpoint_equals(const tgp_endpoint *a, const tgp_endpoint *b)
{
    return a->port == b->port && memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

typedef enum tgp_transport { TGP_UDP, TGP_TCP, TGP_SCTP } tgp_transport;
const char *tgp_transport_name(tgp_transport transport); /* "udp" */

/* Octets of a segment and where in which frame they lie: for data of fragments, one each. */
typedef struct tgp_piece {
    uint64_t frame;
    uint32_t frame_offset; /* of the first octet, from the beginning of the captured frame */
    uint32_t offset;       /* of the first octet, in the data (of a segment, of a unit) */
    uint32_t len;
} tgp_piece;
/* The pieces of octets [from, from + len) of what `pieces` cover, their offsets counted from there. The first `max` of them
 * (there are no more than `num`); returns how many that is. */
size_t tgp_pieces_cut(const tgp_piece *pieces, size_t num, size_t from, size_t len, tgp_piece *out, size_t max);
/* The piece in which the octet at `offset` lies; NULL: none. They are in the order of their offsets. */
const tgp_piece *tgp_piece_at(const tgp_piece *pieces, size_t num, size_t offset);

enum { TGP_TCP_FIN = 1, TGP_TCP_SYN = 2, TGP_TCP_RST = 4, TGP_TCP_ACK = 16 };

/* What of SCTP (RFC 9260 section 3.3) a segment is. All but DATA have no data; they are told for `streams`. */
typedef enum tgp_sctp_kind {
    TGP_SCTP_DATA,     /* DATA */
    TGP_SCTP_INIT,     /* INIT, INIT ACK: `initiate_tag`, and `tsn`: that of the first DATA to come */
    TGP_SCTP_SACK,     /* SACK, SHUTDOWN: `tsn`: everything up to this has been received */
    TGP_SCTP_SKIP,     /* FORWARD TSN (RFC 3758): `tsn`: nothing up to this will be sent again */
    TGP_SCTP_ABORT,
    TGP_SCTP_COMPLETE, /* SHUTDOWN COMPLETE */
} tgp_sctp_kind;

/* The data of a UDP datagram, a TCP segment or an SCTP DATA chunk. TCP segments without data are told, too, since their flags and numbers
 * matter; UDP datagrams without data are not. What belongs to another transport is not set. */
typedef struct tgp_segment {
    tgp_transport transport;
    tgp_endpoint source, destination;
    uint64_t frame;        /* that completed it */
    int64_t time;          /* of that frame */
    tg_bytes data;         /* valid until the next call */
    const tgp_piece *pieces; /* of `data`, in order; at least one where there is data */
    size_t num_pieces;
    struct {
        uint32_t seq, ack; /* seq: of the first octet of data, SYN counted; ack: where TGP_TCP_ACK is set */
        uint8_t flags;     /* TGP_TCP_... */
    } tcp;
    struct {
        tgp_sctp_kind kind;
        uint32_t tag, tsn; /* verification tag of the packet */
        uint32_t initiate_tag;
        uint16_t stream, ssn;
        uint32_t ppid;
        bool begins, ends, unordered;
    } sctp;
} tgp_segment;

/* Called for each segment of a packet (SCTP may have several). */
typedef void (*tgp_segment_callback)(void *user, const tgp_segment *segment);

typedef struct tgp_dissector_limits {
    size_t fragment_octets;   /* held of datagrams that are not whole yet: 4 MiB by default (0) */
    int64_t fragment_seconds; /* of the capture's clock, for a datagram to become whole: 60 by default (0) */
} tgp_dissector_limits;

typedef struct tgp_dissector tgp_dissector;
/* NULL when memory is short. */
tgp_dissector *tgp_dissector_new(const tgp_dissector_limits *limits);
/* Cuts a packet down, calls back for what is in it, and says what to count it as. A fragment is counted as FRAGMENT where it is whole in the end: what
 * is counted so in vain is moved to FRAGMENT_LOST by `counts` (see tgp_dissector_finish). */
tgp_packet_fate tgp_dissect(tgp_dissector *dissector, const tgp_packet *packet, tgp_segment_callback callback, void *user);
/* Gives up datagrams that are not whole. How many fragments that were counted as FRAGMENT are to be counted as this instead, since the last call. */
uint64_t tgp_dissector_take_lost(tgp_dissector *dissector, tgp_packet_fate fate);
void tgp_dissector_finish(tgp_dissector *dissector);
void tgp_dissector_free(tgp_dissector *dissector);

#ifdef __cplusplus
}
#endif
#endif
