/* What the files of packets share. Internal.
 *
 * A packet is cut down in a loop (tgp_dissect): each layer takes its header off the view and names the layer behind it. No layer calls another, so
 * that nothing is ever deeper in the stack than here, whatever is inside what. */
#ifndef TICKETGATE_PCAPS_PACKETS_DISSECT_H
#define TICKETGATE_PCAPS_PACKETS_DISSECT_H

#include "pcaps/packets.h"

/* Octets from some header on. `wire` is how many there were before the capture was cut: more than `len` means cut. */
typedef struct tgp_view {
    const uint8_t *data;
    size_t len, wire;
} tgp_view;

typedef enum tgp_layer {
    TGP_LAYER_END, /* `fate` says what to count the packet as */
    TGP_LAYER_ETHERNET,
    TGP_LAYER_ETHERTYPE, /* what `ethertype` says */
    TGP_LAYER_PPP,
    TGP_LAYER_IP,      /* of either version */
    TGP_LAYER_PROTOCOL /* what `protocol` says: behind an IP header */
} tgp_layer;

typedef struct tgp_fragments tgp_fragments;

struct tgp_dissector {
    tgp_segment segment; /* filled in on the way */
    tgp_packet_fate fate;
    unsigned ethertype;
    uint8_t protocol;
    /* What the view is in: the packet, or a datagram put together, whose octets then lie where `pieces` says. */
    const uint8_t *base;
    const tgp_piece *pieces;
    size_t num_pieces;       /* 0: the packet */
    struct tgp_whole *whole; /* owned, or NULL */
    tgp_piece piece;         /* of a segment in the packet */
    tgp_piece *cut;          /* of a segment in a datagram put together */
    size_t cut_capacity;
    tgp_segment_callback callback;
    void *user;
    tgp_fragments *fragments;
    bool no_memory;
};

/* A datagram put together. */
typedef struct tgp_whole {
    uint8_t *data;
    size_t len;
    tgp_piece *pieces;
    size_t num_pieces;
    uint8_t protocol;
} tgp_whole;
void tgp_whole_free(tgp_whole *whole);

static inline unsigned tgp_u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static inline uint32_t tgp_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline tgp_layer tgp_stop(tgp_dissector *d, tgp_packet_fate fate)
{
    d->fate = fate;
    return TGP_LAYER_END;
}

/* For a header that needs `len` octets of a view that has fewer. */
static inline tgp_layer tgp_too_short(tgp_dissector *d, const tgp_view *view, size_t len)
{
    return tgp_stop(d, len <= view->wire ? TGP_PACKET_CUT : TGP_PACKET_MALFORMED);
}

/* Takes octets off the front that are there. */
static inline void tgp_skip(tgp_view *view, size_t len)
{
    view->data += len;
    view->len -= len;
    view->wire -= len;
}

/* Takes off the back what is more than `len` octets on the wire: false when there were not so many. */
static inline bool tgp_trim(tgp_view *view, size_t len)
{
    if (view->wire < len)
        return false;
    view->wire = len;
    if (view->len > len)
        view->len = len;
    return true;
}

/* ---- layers: each takes its header off and says what is behind it ---- */

tgp_layer tgp_link_begin(tgp_dissector *d, int link_type, tgp_view *view);
tgp_layer tgp_link_ethernet(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_link_ethertype(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_link_ppp(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_ip(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_ip_extension(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_ip_fragment_header(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_ah(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_esp(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_gre(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_mpls(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_udp(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_udp_lite(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_tcp(tgp_dissector *d, tgp_view *view);
tgp_layer tgp_sctp(tgp_dissector *d, tgp_view *view);

/* Is a whole IP packet here, and nothing else? Of a cut view: as far as can be seen. */
bool tgp_ip_fits(const tgp_view *view);
/* GTP-U: takes its headers off and returns true when an IP packet is carried. */
bool tgp_gtp_carries(tgp_view *view);
/* VXLAN: takes its header off and returns true; Ethernet is behind it. */
bool tgp_vxlan_carries(tgp_view *view);
/* Geneve: takes its header off and says what is behind it; TGP_LAYER_END: this is none. */
tgp_layer tgp_geneve(tgp_dissector *d, tgp_view *view);
/* What is behind an ESP header is not encrypted: takes header and trailer off and sets the protocol. */
bool tgp_esp_is_null(tgp_dissector *d, tgp_view *view);

/* Calls back with the segment, whose data these octets are. */
void tgp_tell(tgp_dissector *d, tg_bytes data);
/* The pieces of octets that lie in what the view is in; valid until the next call. NULL: no memory. */
const tgp_piece *tgp_pieces_of(tgp_dissector *d, tg_bytes data, size_t *num);

/* ---- fragments ---- */

/* One fragment of an IP packet. */
typedef struct tgp_fragment {
    const tgp_address *source, *destination;
    uint32_t id;
    uint8_t protocol; /* what the datagram carries; IPv6: what this fragment says */
    uint32_t offset;  /* octets */
    bool more;
    tg_bytes data;
} tgp_fragment;

/* NULL: no memory. */
tgp_fragments *tgp_fragments_new(const tgp_dissector_limits *limits);
void tgp_fragments_free(tgp_fragments *fragments);
/* Takes a fragment. TGP_PACKET_TAKEN: `out` is the whole datagram, which the caller frees; else what to count the fragment as. */
tgp_packet_fate tgp_fragments_add(tgp_fragments *fragments, int64_t time, const tgp_fragment *fragment,
                                  const tgp_piece *pieces, size_t num_pieces, tgp_whole **out);
void tgp_fragments_finish(tgp_fragments *fragments);
uint64_t tgp_fragments_take_lost(tgp_fragments *fragments, tgp_packet_fate fate);

#endif
