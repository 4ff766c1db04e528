/* What the files of the capture reader share. Internal. */
#ifndef TICKETGATE_PCAPS_READER_H
#define TICKETGATE_PCAPS_READER_H

#include "pcaps.h"

/* Octets of a packet from some header on. `cut` says that the capture holds fewer than were sent. */
typedef struct tgp_view {
    tg_bytes octets;
    bool cut;
} tgp_view;

/* A UDP datagram or TCP segment. */
typedef struct tgp_segment {
    tg_pcap_endpoint source, destination;
    bool tcp;
    uint32_t seq;
    bool syn, fin, rst;
    tg_bytes data;
} tgp_segment;

/* Cuts a packet of a libpcap link type down to its UDP or TCP data: TG_PCAP_SIP when that worked, which says nothing
 * about the data yet, else what to count the packet as. */
tg_pcap_packet tgp_dissect(int link_type, tgp_view packet, tgp_segment *out);
/* The same from the IP header on. */
tg_pcap_packet tgp_dissect_ip(tgp_view packet, tgp_segment *out);

/* ---- streams ---- */

/* Most directions of TCP connections followed at a time; the one that was silent the longest makes room. */
#define TGP_MAX_FLOWS 128

typedef struct tgp_flow {
    bool used;
    tg_pcap_endpoint source, destination;
    uint32_t next_seq;
    char *data; /* what is not yet a whole SIP message */
    size_t len, capacity;
    size_t scanned;       /* no end of headers ends before here */
    size_t wanted;        /* length of the whole message once it is known, else 0 */
    uint64_t first_frame; /* of the message that `data` begins with */
    uint64_t last_frame;
} tgp_flow;

/* ---- session ---- */

typedef struct tgp_session {
    const tg_pcap_options *options;
    tg_pcap_counts counts;
    uint64_t frame;
    int64_t seconds;
    uint32_t nanoseconds;
    bool stopped, no_memory;
    tgp_flow flows[TGP_MAX_FLOWS];
    tg_finding findings[TG_PCAP_MAX_FINDINGS];
} tgp_session;

/* Takes a segment; returns what to count its packet as. */
tg_pcap_packet tgp_streams_take(tgp_session *session, const tgp_segment *segment);
/* Counts what the flows still hold, and frees it. */
void tgp_streams_end(tgp_session *session);

/* Looks into a whole SIP message, judges what it carries, and counts it. */
void tgp_sip_message(tgp_session *session, const tgp_segment *segment, uint64_t first_frame, const char *sip,
                     size_t len);
/* Judges the data of one key-mgmt attribute. `message` holds where it was found. */
void tgp_judge(tgp_session *session, tg_pcap_message *message);

#endif
