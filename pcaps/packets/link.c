/* Link layers: from a captured frame to its IP packet. */
#include <pcap/dlt.h>

#include "dissect.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,     /* IEEE 802.1Q */
    ETHERTYPE_QINQ = 0x88a8,     /* IEEE 802.1ad */
    ETHERTYPE_QINQ_OLD = 0x9100, /* of bridges before it */
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848, /* or labels from upstream, RFC 5332 */
    ETHERTYPE_PPPOE = 0x8864,          /* session stage */
    MOST_LENGTH = 1500                 /* up to here it is a length (IEEE 802.3) */
};
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };

/* A header of `header` octets with an EtherType at `type_at`. */
static inline tgp_layer with_ethertype(tgp_dissector *d, tgp_view *view, size_t header, size_t type_at)
{
    if (view->len < header)
        return tgp_too_short(d, view, header);
    d->ethertype = tgp_u16(view->data + type_at);
    tgp_skip(view, header);
    return d->ethertype == ETHERTYPE_IPV4 ? TGP_LAYER_IP : TGP_LAYER_ETHERTYPE;
}

tgp_layer tgp_link_ethernet(tgp_dissector *d, tgp_view *view)
{
    return with_ethertype(d, view, 14, 12);
}

/* PPPoE, RFC 2516 section 4: version and type 1, code 0 in a session, session, length. */
static tgp_layer pppoe(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 6)
        return tgp_too_short(d, view, 6);
    size_t len = tgp_u16(view->data + 4);
    if (view->data[0] != 0x11 || view->data[1] != 0)
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    tgp_skip(view, 6);
    return tgp_trim(view, len) ? TGP_LAYER_PPP : tgp_stop(d, TGP_PACKET_MALFORMED);
}

/* IEEE 802.2 LLC, behind a length in place of a type: IP has a service access point of its own, and SNAP (RFC 1042) an EtherType behind the
 * organization, 0 or that of bridges (IEEE 802.1H). What is in it says how long it is. */
static tgp_layer llc(tgp_dissector *d, tgp_view *view)
{
    enum { LLC = 3, SNAP = 8, SAP_IP = 6, SAP_SNAP = 0xaa, UNNUMBERED = 3 };
    if (view->len < LLC)
        return tgp_too_short(d, view, LLC);
    const uint8_t *h = view->data;
    if (h[0] != h[1] || (h[0] != SAP_IP && h[0] != SAP_SNAP) || h[2] != UNNUMBERED)
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    if (h[0] == SAP_IP) {
        tgp_skip(view, LLC);
        return TGP_LAYER_IP;
    }
    if (view->len < SNAP)
        return tgp_too_short(d, view, SNAP);
    if (h[3] != 0 || h[4] != 0 || (h[5] != 0 && h[5] != 0xf8) || tgp_u16(h + 6) <= MOST_LENGTH)
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    return with_ethertype(d, view, SNAP, SNAP - 2);
}

/* One label (RFC 3032 section 2.1). Nothing says what is behind the last one: IP by its version, or Ethernet behind a control word, which begins with
 * four bits 0 (RFC 4385 section 3, RFC 4448). */
tgp_layer tgp_mpls(tgp_dissector *d, tgp_view *view)
{
    enum { LABEL = 4, CONTROL_WORD = 4 };
    if (view->len < LABEL)
        return tgp_too_short(d, view, LABEL);
    bool is_last = (view->data[2] & 1) != 0;
    tgp_skip(view, LABEL);
    d->ethertype = ETHERTYPE_MPLS;
    if (!is_last)
        return TGP_LAYER_ETHERTYPE;
    if (view->len < 1)
        return tgp_too_short(d, view, 1);
    unsigned version = view->data[0] >> 4;
    if (version == 4 || version == 6)
        return TGP_LAYER_IP;
    if (version != 0)
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    if (view->len < CONTROL_WORD)
        return tgp_too_short(d, view, CONTROL_WORD);
    tgp_skip(view, CONTROL_WORD);
    return TGP_LAYER_ETHERNET;
}

tgp_layer tgp_link_ethertype(tgp_dissector *d, tgp_view *view)
{
    switch (d->ethertype) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return TGP_LAYER_IP;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
        return with_ethertype(d, view, 4, 2);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
        return tgp_mpls(d, view);
    case ETHERTYPE_PPPOE:
        return pppoe(d, view);
    default:
        return d->ethertype <= MOST_LENGTH ? llc(d, view) : tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    }
}

/* The protocol field of PPP (RFC 1661 section 2): one octet when it is odd, which is how it is compressed, else two. In front of it the
 * address and control fields of HDLC (RFC 1662 section 3.1), unless they are left out. */
tgp_layer tgp_link_ppp(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 2)
        return tgp_too_short(d, view, 2);
    if (view->data[0] == 0xff && view->data[1] == 0x03)
        tgp_skip(view, 2);
    if (view->len < 1)
        return tgp_too_short(d, view, 1);
    size_t header = (view->data[0] & 1) ? 1 : 2;
    if (view->len < header)
        return tgp_too_short(d, view, header);
    unsigned protocol = header == 1 ? view->data[0] : tgp_u16(view->data);
    tgp_skip(view, header);
    if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
        return tgp_mpls(d, view);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? TGP_LAYER_IP : tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
}

/* DLT_PPP_SERIAL and Cisco's HDLC: address 0x0f or 0x8f, a control octet, an EtherType; else PPP. */
static tgp_layer serial(tgp_dissector *d, tgp_view *view)
{
    bool cisco = view->len > 0 && (view->data[0] == 0x0f || view->data[0] == 0x8f);
    return cisco ? with_ethertype(d, view, 4, 2) : TGP_LAYER_PPP;
}

/* The address family in front of a loopback packet is in the byte order of the host that captured it, and AF_INET6 has a number of its own on
 * every system: whatever looks like IP behind a known family is taken. Some write what PPP or Cisco's HDLC have in front instead. */
static tgp_layer with_family(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 4)
        return tgp_too_short(d, view, 4);
    const uint8_t *b = view->data;
    if (tgp_u16(b) == 0xff03)
        return TGP_LAYER_PPP;
    if (b[0] == 0x0f || b[0] == 0x8f)
        return serial(d, view);
    unsigned family = 0;
    if (b[0] == 0 && b[1] == 0)
        family = tgp_u16(b + 2);
    else if (b[2] == 0 && b[3] == 0)
        family = (unsigned)b[1] << 8 | b[0];
    tgp_skip(view, 4);
    switch (family) {
    case 2:  /* AF_INET everywhere */
    case 10: /* AF_INET6 of Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return TGP_LAYER_IP;
    default:
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    }
}

/* DLT_PPP_PPPD: an octet for the direction in front. */
static tgp_layer with_direction(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 1)
        return tgp_too_short(d, view, 1);
    if (view->data[0] <= 1) /* 0xff is the address field of HDLC: there is no direction */
        tgp_skip(view, 1);
    return TGP_LAYER_PPP;
}

tgp_layer tgp_link_begin(tgp_dissector *d, int link_type, tgp_view *view)
{
    switch (link_type) {
    case DLT_EN10MB:
        return tgp_link_ethernet(d, view);
    case DLT_LINUX_SLL:
        return with_ethertype(d, view, 16, 14);
    case DLT_LINUX_SLL2:
        return with_ethertype(d, view, 20, 0);
    case DLT_NULL:
    case DLT_LOOP:
        return with_family(d, view);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return TGP_LAYER_IP;
    case DLT_PPP:
        return TGP_LAYER_PPP;
    case DLT_PPP_SERIAL:
    case DLT_C_HDLC:
        return serial(d, view);
    case DLT_PPP_PPPD:
        return with_direction(d, view);
    case DLT_PPP_ETHER:
        return pppoe(d, view);
    default:
        return tgp_stop(d, TGP_PACKET_UNKNOWN_LINK);
    }
}
