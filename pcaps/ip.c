/* IPv4, IPv6, UDP and TCP: from an IP packet to the data of a segment. Checksums are not looked at: captures taken on
 * the sending host often hold unfinished ones. */
#include <arpa/inet.h>

#include "reader.h"

enum {
    PROTO_HOP_BY_HOP = 0, PROTO_IPV4 = 4, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_IPV6 = 41, PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44, PROTO_AH = 51, PROTO_DESTINATION = 60
};
enum { MAX_TUNNELS = 3, MAX_EXTENSIONS = 8 };

static unsigned u16_at(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static tg_pcap_packet too_short(const tgp_view *view)
{
    return view->cut ? TG_PCAP_CUT : TG_PCAP_MALFORMED;
}

/* Keeps the first `total` octets of the view; what is behind them is padding of the link. */
static bool limit_to(tgp_view *view, size_t total)
{
    if (view->octets.len < total)
        return false;
    view->octets.len = total;
    view->cut = false; /* all that belongs to the packet is there */
    return true;
}

static void skip(tgp_view *view, size_t len)
{
    view->octets.data += len;
    view->octets.len -= len;
}

/* ---- transport ---------------------------------------------------------------------------------------------- */

static tg_pcap_packet take_udp(tgp_view view, tgp_segment *out)
{
    if (view.octets.len < 8)
        return too_short(&view);
    const uint8_t *p = view.octets.data;
    size_t total = u16_at(p + 4);
    if (total == 0) /* a jumbogram (RFC 2675) */
        total = view.octets.len;
    if (total < 8 || total > view.octets.len)
        return TG_PCAP_MALFORMED;
    out->tcp = false;
    out->source.port = (uint16_t)u16_at(p);
    out->destination.port = (uint16_t)u16_at(p + 2);
    out->data = tg_bytes_of(p + 8, total - 8);
    return TG_PCAP_SIP;
}

static tg_pcap_packet take_tcp(tgp_view view, tgp_segment *out)
{
    if (view.octets.len < 20)
        return too_short(&view);
    const uint8_t *p = view.octets.data;
    size_t header = (size_t)(p[12] >> 4) * 4;
    if (header < 20 || header > view.octets.len)
        return TG_PCAP_MALFORMED;
    out->tcp = true;
    out->source.port = (uint16_t)u16_at(p);
    out->destination.port = (uint16_t)u16_at(p + 2);
    out->seq = (uint32_t)u16_at(p + 4) << 16 | u16_at(p + 6);
    out->fin = (p[13] & 0x01) != 0;
    out->syn = (p[13] & 0x02) != 0;
    out->rst = (p[13] & 0x04) != 0;
    out->data = tg_bytes_of(p + header, view.octets.len - header);
    return TG_PCAP_SIP;
}

/* ---- network ------------------------------------------------------------------------------------------------ */

/* What the IP headers come to: the payload, and what it is. TG_PCAP_SIP to go on. */
typedef struct payload {
    tgp_view view;
    unsigned protocol;
} payload;

static tg_pcap_packet take_ipv4(tgp_view view, tgp_segment *out, payload *inner)
{
    if (view.octets.len < 20)
        return too_short(&view);
    const uint8_t *p = view.octets.data;
    size_t header = (size_t)(p[0] & 15u) * 4, total = u16_at(p + 2);
    if (total == 0 && view.cut)
        return TG_PCAP_CUT;
    if (total == 0) /* the network card was to split it and fill this in */
        total = view.octets.len;
    if (header < 20 || total < header)
        return TG_PCAP_MALFORMED;
    if (!limit_to(&view, total))
        return too_short(&view);
    if ((u16_at(p + 6) & 0x3fff) != 0)
        return TG_PCAP_FRAGMENT;
    out->source.version = out->destination.version = 4;
    memcpy(out->source.address, p + 12, 4);
    memcpy(out->destination.address, p + 16, 4);
    inner->protocol = p[9];
    skip(&view, header);
    inner->view = view;
    return TG_PCAP_SIP;
}

/* Length of an extension header that begins with these octets. */
static size_t extension_len(unsigned protocol, const uint8_t *p)
{
    switch (protocol) {
    case PROTO_FRAGMENT: return 8;
    case PROTO_AH: return ((size_t)p[1] + 2) * 4;
    default: return ((size_t)p[1] + 1) * 8;
    }
}

/* Walks the extension headers. */
static tg_pcap_packet take_extensions(tgp_view view, unsigned protocol, payload *inner)
{
    for (unsigned n = 0; n <= MAX_EXTENSIONS; n++) {
        const uint8_t *p = view.octets.data;
        if (protocol != PROTO_HOP_BY_HOP && protocol != PROTO_ROUTING && protocol != PROTO_DESTINATION &&
            protocol != PROTO_AH && protocol != PROTO_FRAGMENT) {
            *inner = (payload){ view, protocol };
            return TG_PCAP_SIP;
        }
        if (view.octets.len < 8)
            return TG_PCAP_MALFORMED;
        if (protocol == PROTO_FRAGMENT && (u16_at(p + 2) & 0xfff9) != 0)
            return TG_PCAP_FRAGMENT;
        size_t header = extension_len(protocol, p);
        if (header > view.octets.len)
            return TG_PCAP_MALFORMED;
        protocol = p[0];
        skip(&view, header);
    }
    return TG_PCAP_OTHER_PROTOCOL;
}

static tg_pcap_packet take_ipv6(tgp_view view, tgp_segment *out, payload *inner)
{
    if (view.octets.len < 40)
        return too_short(&view);
    const uint8_t *p = view.octets.data;
    size_t total = u16_at(p + 4) + (size_t)40;
    if (total > 40 && !limit_to(&view, total)) /* 0: a jumbogram, or a card was to split it */
        return too_short(&view);
    if (view.cut)
        return TG_PCAP_CUT;
    out->source.version = out->destination.version = 6;
    memcpy(out->source.address, p + 8, 16);
    memcpy(out->destination.address, p + 24, 16);
    skip(&view, 40);
    return take_extensions(view, p[6], inner);
}

tg_pcap_packet tgp_dissect_ip(tgp_view packet, tgp_segment *out)
{
    payload inner = { packet, 0 };
    for (unsigned tunnels = 0; tunnels <= MAX_TUNNELS; tunnels++) {
        if (inner.view.octets.len == 0)
            return too_short(&inner.view);
        unsigned version = inner.view.octets.data[0] >> 4;
        if (version != 4 && version != 6)
            return TG_PCAP_OTHER_PROTOCOL;
        tg_pcap_packet result = version == 4 ? take_ipv4(inner.view, out, &inner) : take_ipv6(inner.view, out, &inner);
        if (result != TG_PCAP_SIP)
            return result;
        if (inner.protocol == PROTO_UDP)
            return take_udp(inner.view, out);
        if (inner.protocol == PROTO_TCP)
            return take_tcp(inner.view, out);
        if (inner.protocol != PROTO_IPV4 && inner.protocol != PROTO_IPV6)
            break;
    }
    return TG_PCAP_OTHER_PROTOCOL;
}

void tg_pcap_endpoint_text(const tg_pcap_endpoint *endpoint, char out[TG_PCAP_ENDPOINT_MAX])
{
    char address[INET6_ADDRSTRLEN] = "?";
    bool v6 = endpoint->version == 6;
    (void)inet_ntop(v6 ? AF_INET6 : AF_INET, endpoint->address, address, sizeof address);
    (void)snprintf(out, TG_PCAP_ENDPOINT_MAX, v6 ? "[%s]:%u" : "%s:%u", address, endpoint->port);
}
