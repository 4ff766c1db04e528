/* UDP (RFC 768), UDP-Lite (RFC 3828) and TCP (RFC 9293). */
#include "dissect.h"

enum { UDP_HEADER = 8, TCP_HEADER = 20, PORT_GTP_U = 2152, PORT_ESP = 4500, PORT_VXLAN = 4789, PORT_GENEVE = 6081 };

/* ESP in UDP (RFC 3948 section 2.1): IKE has four octets 0 in front, a keep-alive is a single octet. */
static bool carries_esp(tgp_dissector *d, tgp_view *view)
{
    return view->len > 8 && tgp_u32(view->data) != 0 && tgp_esp_is_null(d, view);
}

static tgp_layer tunnel_or_data(tgp_dissector *d, tgp_view *view)
{
    unsigned from = d->segment.source.port, to = d->segment.destination.port;
    if ((from == PORT_GTP_U || to == PORT_GTP_U) && tgp_gtp_carries(view))
        return TGP_LAYER_IP;
    if (to == PORT_VXLAN && tgp_vxlan_carries(view))
        return TGP_LAYER_ETHERNET;
    if (to == PORT_GENEVE) {
        tgp_layer inner = tgp_geneve(d, view);
        if (inner != TGP_LAYER_END)
            return inner;
    }
    if ((from == PORT_ESP || to == PORT_ESP) && carries_esp(d, view))
        return TGP_LAYER_PROTOCOL;
    if (view->len < view->wire)
        return tgp_stop(d, TGP_PACKET_CUT);
    d->segment.transport = TGP_UDP;
    tgp_tell(d, tg_bytes_of(view->data, view->len));
    return tgp_stop(d, TGP_PACKET_TAKEN);
}

/* A length of 0 is that of jumbo payloads (RFC 2675 section 4), and of what a network card is left to cut: all of it. */
static tgp_layer udp(tgp_dissector *d, tgp_view *view, size_t len)
{
    const uint8_t *h = view->data;
    if (len < UDP_HEADER || !tgp_trim(view, len))
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    d->segment.source.port = (uint16_t)tgp_u16(h);
    d->segment.destination.port = (uint16_t)tgp_u16(h + 2);
    tgp_skip(view, UDP_HEADER);
    return view->wire == 0 ? tgp_stop(d, TGP_PACKET_EMPTY) : tunnel_or_data(d, view);
}

tgp_layer tgp_udp(tgp_dissector *d, tgp_view *view)
{
    if (view->len < UDP_HEADER)
        return tgp_too_short(d, view, UDP_HEADER);
    size_t len = tgp_u16(view->data + 4);
    return udp(d, view, len == 0 ? view->wire : len);
}

/* Like UDP, and told as UDP; but its datagram is as long as IP says, and what stands in place of the length is how much the checksum covers: all of
 * it (0), or from the header on (RFC 3828 section 3.1). */
tgp_layer tgp_udp_lite(tgp_dissector *d, tgp_view *view)
{
    if (view->len < UDP_HEADER)
        return tgp_too_short(d, view, UDP_HEADER);
    size_t covered = tgp_u16(view->data + 4);
    if (covered != 0 && (covered < UDP_HEADER || covered > view->wire))
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    return udp(d, view, view->wire);
}

tgp_layer tgp_tcp(tgp_dissector *d, tgp_view *view)
{
    if (view->len < TCP_HEADER)
        return tgp_too_short(d, view, TCP_HEADER);
    const uint8_t *h = view->data;
    size_t header = (size_t)(h[12] >> 4) * 4;
    if (header < TCP_HEADER || header > view->wire)
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    if (view->len < view->wire)
        return tgp_stop(d, TGP_PACKET_CUT);
    tgp_segment *s = &d->segment;
    s->transport = TGP_TCP;
    s->source.port = (uint16_t)tgp_u16(h);
    s->destination.port = (uint16_t)tgp_u16(h + 2);
    s->tcp.flags = h[13] & (TGP_TCP_FIN | TGP_TCP_SYN | TGP_TCP_RST | TGP_TCP_ACK);
    s->tcp.seq = tgp_u32(h + 4) + ((h[13] & TGP_TCP_SYN) ? 1 : 0);
    s->tcp.ack = tgp_u32(h + 8);
    tgp_skip(view, header);
    tgp_tell(d, tg_bytes_of(view->data, view->len));
    return tgp_stop(d, view->len == 0 ? TGP_PACKET_EMPTY : TGP_PACKET_TAKEN);
}
