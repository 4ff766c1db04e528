/* IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, AH (RFC 4302). */
#include "dissect.h"

enum { V4_HEADER = 20, V6_HEADER = 40, DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, OFFSET = 0x1fff };
enum { PROTOCOL_HOP_BY_HOP = 0, PROTOCOL_FRAGMENT = 44 };

static inline void set_address(tgp_address *out, uint8_t version, const uint8_t *octets)
{
    out->version = version;
    if (version == 4) {
        memcpy(out->octets, octets, 4);
        memset(out->octets + 4, 0, 12);
    } else {
        memcpy(out->octets, octets, 16);
    }
}

/* A fragment: kept until its datagram is whole, with which the loop then goes on. */
static tgp_layer take_fragment(tgp_dissector *d, tgp_view *view, uint32_t id, unsigned offset, bool more)
{
    if (view->len < view->wire)
        return tgp_stop(d, TGP_PACKET_CUT);
    tgp_fragment fragment = { .source = &d->segment.source.address,
                              .destination = &d->segment.destination.address,
                              .id = id,
                              .protocol = d->protocol,
                              .offset = offset,
                              .more = more,
                              .data = tg_bytes_of(view->data, view->len) };
    size_t num = 0;
    const tgp_piece *pieces = tgp_pieces_of(d, fragment.data, &num);
    tgp_whole *whole = NULL;
    tgp_packet_fate fate = TGP_PACKET_FRAGMENT_LIMIT;
    if (pieces)
        fate = tgp_fragments_add(d->fragments, d->segment.time, &fragment, pieces, num, &whole);
    if (!whole)
        return tgp_stop(d, fate);
    tgp_whole_free(d->whole); /* the datagram that this one was in, if any */
    d->whole = whole;
    d->base = whole->data;
    d->pieces = whole->pieces;
    d->num_pieces = whole->num_pieces;
    d->protocol = whole->protocol;
    *view = (tgp_view){ whole->data, whole->len, whole->len };
    return TGP_LAYER_PROTOCOL;
}

/* Takes off what is behind the packet, such as the padding of short Ethernet frames. A total length of 0 is what a host sees that leaves
 * cutting into packets to its network card, and captures what it sends: the packet is as long as the frame. */
static inline tgp_layer v4(tgp_dissector *d, tgp_view *view)
{
    if (view->len < V4_HEADER)
        return tgp_too_short(d, view, V4_HEADER);
    const uint8_t *h = view->data;
    size_t header = (size_t)(h[0] & 15) * 4, total = tgp_u16(h + 2);
    if (total == 0)
        total = view->wire;
    if (header < V4_HEADER || total < header || !tgp_trim(view, total))
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    if (view->len < header)
        return tgp_too_short(d, view, header);
    set_address(&d->segment.source.address, 4, h + 12);
    set_address(&d->segment.destination.address, 4, h + 16);
    d->protocol = h[9];
    unsigned fragment = tgp_u16(h + 6);
    tgp_skip(view, header);
    if (TG_LIKELY((fragment & (MORE_FRAGMENTS | OFFSET)) == 0))
        return TGP_LAYER_PROTOCOL;
    return take_fragment(d, view, tgp_u16(h + 4), (fragment & OFFSET) * 8, (fragment & MORE_FRAGMENTS) != 0);
}

/* A payload length of 0 with something behind the header: a jumbo payload (RFC 2675), or what was said of IPv4. */
static tgp_layer v6(tgp_dissector *d, tgp_view *view)
{
    if (view->len < V6_HEADER)
        return tgp_too_short(d, view, V6_HEADER);
    const uint8_t *h = view->data;
    size_t payload = tgp_u16(h + 4);
    set_address(&d->segment.source.address, 6, h + 8);
    set_address(&d->segment.destination.address, 6, h + 24);
    d->protocol = h[6];
    tgp_skip(view, V6_HEADER);
    if (payload != 0 && !tgp_trim(view, payload))
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    return TGP_LAYER_PROTOCOL;
}

tgp_layer tgp_ip(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 1)
        return tgp_too_short(d, view, 1);
    switch (view->data[0] >> 4) {
    case 4:
        return v4(d, view);
    case 6:
        return v6(d, view);
    default:
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    }
}

/* Hop-by-hop options, routing, destination options, mobility, HIP, shim6: the length in units of 8 octets, the first not counted. */
tgp_layer tgp_ip_extension(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 8)
        return tgp_too_short(d, view, 8);
    size_t len = ((size_t)view->data[1] + 1) * 8;
    if (view->len < len)
        return tgp_too_short(d, view, len);
    d->protocol = view->data[0];
    tgp_skip(view, len);
    return TGP_LAYER_PROTOCOL;
}

/* RFC 8200 section 4.5. A packet that is a fragment, but the only one, has nothing to do with others (RFC 6946). */
tgp_layer tgp_ip_fragment_header(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 8)
        return tgp_too_short(d, view, 8);
    const uint8_t *h = view->data;
    unsigned offset = tgp_u16(h + 2) & ~7u;
    bool more = (h[3] & 1) != 0;
    d->protocol = h[0];
    tgp_skip(view, 8);
    if (offset == 0 && !more)
        return TGP_LAYER_PROTOCOL;
    return take_fragment(d, view, tgp_u32(h + 4), offset, more);
}

/* RFC 4302 section 2: the length in units of 4 octets, the first two not counted. */
tgp_layer tgp_ah(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 12)
        return tgp_too_short(d, view, 12);
    size_t len = ((size_t)view->data[1] + 2) * 4;
    if (len < 12)
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    if (view->len < len)
        return tgp_too_short(d, view, len);
    d->protocol = view->data[0];
    tgp_skip(view, len);
    return TGP_LAYER_PROTOCOL;
}

bool tgp_ip_fits(const tgp_view *view)
{
    if (view->len < V4_HEADER)
        return false;
    const uint8_t *h = view->data;
    size_t header = (size_t)(h[0] & 15) * 4, total = tgp_u16(h + 2);
    if (h[0] >> 4 == 4)
        return header >= V4_HEADER && total >= header && total == view->wire;
    return h[0] >> 4 == 6 && view->len >= V6_HEADER && V6_HEADER + (size_t)tgp_u16(h + 4) == view->wire;
}
