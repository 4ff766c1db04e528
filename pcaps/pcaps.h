/* pcaps: finds the MIKEY messages that SIP carries in a packet capture, and judges them.
 *
 * Reads pcap and pcapng through libpcap; Ethernet (VLAN), Linux cooked v1 and v2, raw IP, null and loopback; IPv4, IPv6
 * and one in the other; UDP, and TCP as far as segments follow each other in order. Whatever cannot be looked at is
 * counted under a reason: every packet of the capture stands in exactly one of the packet counts.
 *
 * Memory is bounded whatever the capture holds. Call tg_carriage_init before.
 */
#ifndef TICKETGATE_PCAPS_H
#define TICKETGATE_PCAPS_H

#include <stdio.h>

#include "ticketgate/carriage.h"
#include "ticketgate/rules.h"

/* ---- counts ------------------------------------------------------------------------------------------------- */

/* What became of a packet. X(symbol, name in JSON, text for people). The first three lose nothing. */
#define TG_PCAP_PACKETS(X)                                                                                             \
    X(SIP, "sip", "SIP")                                                                                               \
    X(NOT_SIP, "not_sip", "UDP or TCP, but not SIP")                                                                   \
    X(EMPTY, "empty", "UDP or TCP without data")                                                                       \
    X(REPEATED, "repeated", "TCP data seen before")                                                                    \
    X(OTHER_PROTOCOL, "other_protocol", "neither UDP nor TCP over IP")                                                 \
    X(UNKNOWN_LINK, "unknown_link", "link type not supported")                                                         \
    X(FRAGMENT, "fragment", "IP fragment, not put together")                                                           \
    X(OUT_OF_ORDER, "out_of_order", "TCP data after a gap or out of order")                                            \
    X(CUT, "cut", "cut short when it was captured")                                                                    \
    X(MALFORMED, "malformed", "lengths that do not fit")

/* What became of a SIP message, whole or begun. */
#define TG_PCAP_SIPS(X)                                                                                                \
    X(WITH_MIKEY, "with_mikey", "with a MIKEY message")                                                                \
    X(WITHOUT_SDP, "without_sdp", "without a session description")                                                     \
    X(WITHOUT_MIKEY, "without_mikey", "with a session description but no MIKEY message")                               \
    X(BAD_SIP, "bad_sip", "malformed")                                                                                 \
    X(BAD_SDP, "bad_sdp", "with a malformed session description")                                                      \
    X(TOO_LARGE, "too_large", "beyond a limit")                                                                        \
    X(INCOMPLETE, "incomplete", "whose end is not in the capture")

typedef enum tg_pcap_packet {
#define TG_PCAP_ENUM(symbol, name, text) TG_PCAP_##symbol,
    TG_PCAP_PACKETS(TG_PCAP_ENUM)
#undef TG_PCAP_ENUM
    TG_PCAP_NUM_PACKETS
} tg_pcap_packet;

typedef enum tg_pcap_sip {
#define TG_PCAP_ENUM(symbol, name, text) TG_PCAP_SIP_##symbol,
    TG_PCAP_SIPS(TG_PCAP_ENUM)
#undef TG_PCAP_ENUM
    TG_PCAP_NUM_SIPS
} tg_pcap_sip;

const char *tg_pcap_packet_name(tg_pcap_packet packet); /* in JSON */
const char *tg_pcap_packet_text(tg_pcap_packet packet); /* for people */
const char *tg_pcap_sip_name(tg_pcap_sip sip);
const char *tg_pcap_sip_text(tg_pcap_sip sip);

typedef struct tg_pcap_counts {
    uint64_t packets; /* read; the sum of what follows */
    uint64_t packet[TG_PCAP_NUM_PACKETS];
    uint64_t sip[TG_PCAP_NUM_SIPS];
    uint64_t messages, failing; /* MIKEY messages judged; those with a parse error or a MUST finding */
} tg_pcap_counts;

/* ---- messages ----------------------------------------------------------------------------------------------- */

typedef struct tg_pcap_endpoint {
    unsigned version; /* of IP: 4 or 6 */
    uint8_t address[16];
    uint16_t port;
} tg_pcap_endpoint;

#define TG_PCAP_ENDPOINT_MAX 64
/* "192.0.2.1:5060", "[::1]:5060" */
void tg_pcap_endpoint_text(const tg_pcap_endpoint *endpoint, char out[TG_PCAP_ENDPOINT_MAX]);

/* Findings beyond this number are counted and not kept. */
#define TG_PCAP_MAX_FINDINGS 256

/* A MIKEY message that a capture holds. Valid during the callback. */
typedef struct tg_pcap_message {
    uint64_t frame;       /* that completed the SIP message; the first frame of a capture is 1 */
    uint64_t first_frame; /* in which it begins */
    int64_t seconds;      /* of `frame`, since 1970 */
    uint32_t nanoseconds;
    bool tcp;
    tg_pcap_endpoint source, destination;
    const char *first_line;      /* of the SIP message */
    const tg_key_mgmt *attribute; /* where it stood: m_line is -1 at session level */
    tg_bytes octets;             /* as far as the base64 could be read */
    const tg_message *message;   /* NULL when it cannot be parsed; then */
    tg_diag error;               /* says why: a parse error, bad_base64, too_large or limit */
    const tg_finding *findings;
    size_t num_findings, num_findings_lost;
    bool conforms; /* parsed, and no finding of level MUST */
    tg_reception reception;
} tg_pcap_message;

/* Return false to stop reading. */
typedef bool (*tg_pcap_callback)(void *user, const tg_pcap_message *message);

typedef struct tg_pcap_options {
    const tg_profile *profile;
    tg_exchange exchange; /* of the messages; the sender follows from TRANSFER_INIT and TRANSFER_RESP */
    tg_pcap_callback callback;
    bool (*interrupted)(void *user); /* asked before each packet; true stops. May be NULL */
    void *user;
} tg_pcap_options;

/* ---- reading ------------------------------------------------------------------------------------------------ */

typedef enum tg_pcap_verdict {
    TG_PCAP_CONFORMS,   /* every message found conforms */
    TG_PCAP_FAILS,      /* some does not */
    TG_PCAP_UNREADABLE, /* the capture could not be read, or not to its end, and what was found conforms */
    TG_PCAP_NOTHING,    /* there is no MIKEY message in it */
    TG_PCAP_INCONCLUSIVE, /* every message found conforms, but there may be others that could not be looked at */
    TG_PCAP_STOPPED     /* by the caller, and what was found until then conforms */
} tg_pcap_verdict;
const char *tg_pcap_verdict_name(tg_pcap_verdict verdict); /* "conforms" */

typedef struct tg_pcap_result {
    tg_pcap_counts counts;
    tg_pcap_verdict verdict;
    char link[32];   /* "EN10MB" */
    char error[256]; /* why reading ended early, or "" */
} tg_pcap_result;

/* Reads a capture to its end or as far as it can be read, and closes it. */
tg_pcap_result tg_pcap_check(FILE *capture, const tg_pcap_options *options);

#endif
