/* What carries IP or transport protocols in itself: GRE, GTP-U, VXLAN, Geneve, ESP that is not encrypted. */
#include "dissect.h"

/* ---- GRE (RFC 2784, RFC 2890) -------------------------------------------------------------------------------- */

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_VERSION = 7 };
enum { TRANSPARENT_ETHERNET = 0x6558, GRE_ERSPAN = 0x88be, GRE_ERSPAN_3 = 0x22eb };

/* Mirrored Ethernet frames (draft-foschiano-erspan). With a sequence number there is a header behind that of GRE: of version 1 (type II), or of
 * version 2 (type III, where the type of the frame is 0 for Ethernet and 2 for IP, and another header may follow); without, there is none (type I). */
static tgp_layer erspan(tgp_dissector *d, tgp_view *view, bool is_3, bool has_header)
{
    enum { TYPE_2 = 8, TYPE_3 = 12, MORE = 8 };
    size_t header = is_3 ? TYPE_3 : has_header ? TYPE_2 : 0;
    if (view->len < header)
        return tgp_too_short(d, view, header);
    const uint8_t *h = view->data;
    unsigned frame = is_3 ? h[10] >> 2 & 31 : 0;
    if ((header > 0 && h[0] >> 4 != (is_3 ? 2 : 1)) || (frame != 0 && frame != 2))
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    header += is_3 && (h[11] & 1) ? MORE : 0;
    if (view->len < header)
        return tgp_too_short(d, view, header);
    tgp_skip(view, header);
    return frame == 2 ? TGP_LAYER_IP : TGP_LAYER_ETHERNET;
}

/* Source routes (RFC 1701) and version 1 (PPTP) are other protocols. */
tgp_layer tgp_gre(tgp_dissector *d, tgp_view *view)
{
    if (view->len < 4)
        return tgp_too_short(d, view, 4);
    unsigned flags = tgp_u16(view->data);
    size_t header =
        4 + ((flags & GRE_CHECKSUM) ? 4u : 0u) + ((flags & GRE_KEY) ? 4u : 0u) + ((flags & GRE_SEQUENCE) ? 4u : 0u);
    if (flags & (GRE_ROUTING | GRE_VERSION))
        return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
    if (view->len < header)
        return tgp_too_short(d, view, header);
    d->ethertype = tgp_u16(view->data + 2);
    tgp_skip(view, header);
    if (d->ethertype == GRE_ERSPAN || d->ethertype == GRE_ERSPAN_3)
        return erspan(d, view, d->ethertype == GRE_ERSPAN_3, (flags & GRE_SEQUENCE) != 0);
    return d->ethertype == TRANSPARENT_ETHERNET ? TGP_LAYER_ETHERNET : TGP_LAYER_ETHERTYPE;
}

/* ---- GTP-U (TS 29.281 clause 5) ------------------------------------------------------------------------------ */

enum { GTP_HEADER = 8, GTP_G_PDU = 255, GTP_VERSION_1 = 0x30, GTP_ANY_OPTION = 7, GTP_EXTENSION = 4 };

/* Goes over the chain of extension headers (clause 5.2.1): each has its length in units of four octets in front, and the type of the one behind
 * it at its end. Every one has four octets or more, so that this ends. */
static bool skip_extensions(tgp_view *inner, uint8_t type)
{
    while (type != 0) {
        if (inner->len < 4 || inner->data[0] == 0)
            return false;
        size_t len = (size_t)inner->data[0] * 4;
        if (inner->len < len)
            return false;
        type = inner->data[len - 1];
        tgp_skip(inner, len);
    }
    return true;
}

bool tgp_gtp_carries(tgp_view *view)
{
    const uint8_t *h = view->data;
    tgp_view inner = *view;
    if (view->len < GTP_HEADER || (h[0] & 0xf0) != GTP_VERSION_1 || h[1] != GTP_G_PDU)
        return false;
    tgp_skip(&inner, GTP_HEADER);
    if (tgp_u16(h + 2) != inner.wire)
        return false;
    if (h[0] & GTP_ANY_OPTION) { /* any of the three flags brings the fields of all */
        if (inner.len < 4)
            return false;
        uint8_t type = (h[0] & GTP_EXTENSION) ? inner.data[3] : 0;
        tgp_skip(&inner, 4);
        if (!skip_extensions(&inner, type))
            return false;
    }
    if (!tgp_ip_fits(&inner))
        return false;
    *view = inner;
    return true;
}

/* ---- VXLAN (RFC 7348 section 5), Geneve (RFC 8926 section 3.4) ------------------------------------------------ */

enum { ETHERNET = 14, VXLAN_HEADER = 8, VXLAN_HAS_VNI = 0x08, GENEVE_HEADER = 8 };

bool tgp_vxlan_carries(tgp_view *view)
{
    const uint8_t *h = view->data;
    if (view->len < VXLAN_HEADER + ETHERNET || h[0] != VXLAN_HAS_VNI || h[1] != 0 || h[2] != 0 || h[3] != 0 ||
        h[7] != 0)
        return false;
    tgp_skip(view, VXLAN_HEADER);
    return true;
}

/* Version 0; control packets (the first bit behind the length) carry none of the traffic. */
tgp_layer tgp_geneve(tgp_dissector *d, tgp_view *view)
{
    const uint8_t *h = view->data;
    size_t header = view->len < GENEVE_HEADER ? 0 : GENEVE_HEADER + (size_t)(h[0] & 63) * 4;
    if (header == 0 || h[0] >> 6 != 0 || (h[1] & 0xbf) != 0 || h[7] != 0 || view->len < header)
        return TGP_LAYER_END;
    d->ethertype = tgp_u16(h + 2);
    tgp_skip(view, header);
    return d->ethertype == TRANSPARENT_ETHERNET ? TGP_LAYER_ETHERNET : TGP_LAYER_ETHERTYPE;
}

/* ---- ESP with NULL encryption (RFC 4303, RFC 2410; how to tell: RFC 5879) ------------------------------------- */

enum { ESP_HEADER = 8, IP_IN_IP = 4, TCP = 6, UDP = 17, IPV6_IN_IP = 41, SCTP = 132 };

static uint32_t sum_of(const uint8_t *octets, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += tgp_u16(octets + i);
    return len & 1 ? sum + ((uint32_t)octets[len - 1] << 8) : sum;
}

/* The checksum is right, or was left to others: TCP has few other octets that must have some value. `len` is below 65536. */
static bool is_tcp(const tgp_dissector *d, const tgp_view *inner)
{
    const uint8_t *h = inner->data;
    if (inner->len < 20 || h[12] >> 4 < 5 || (size_t)(h[12] >> 4) * 4 > inner->len || (h[12] & 0x0e) != 0)
        return false;
    if (tgp_u16(h + 16) == 0)
        return true;
    const tgp_segment *s = &d->segment;
    uint32_t sum = sum_of(s->source.address.octets, 16) + sum_of(s->destination.address.octets, 16) + TCP +
                   (uint32_t)inner->len + sum_of(h, inner->len);
    sum = (sum & 0xffff) + (sum >> 16);
    return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

static bool is_udp(const tgp_view *inner)
{
    return inner->len >= 8 && tgp_u16(inner->data + 4) == inner->len;
}

/* Chunks fill the packet (RFC 9260 section 3.2: each is padded to a multiple of four octets). */
static bool is_sctp(const tgp_view *inner)
{
    size_t at = 12;
    while (at + 4 <= inner->len) {
        size_t len = tgp_u16(inner->data + at + 2);
        if (len < 4 || inner->len - at < len)
            return false;
        at += (len + 3) & ~(size_t)3;
    }
    return at > 12 && at >= inner->len;
}

static bool is_what_it_says(const tgp_dissector *d, uint8_t protocol, const tgp_view *inner)
{
    switch (protocol) {
    case TCP:
        return is_tcp(d, inner);
    case UDP:
        return is_udp(inner);
    case SCTP:
        return is_sctp(inner);
    case IP_IN_IP:
    case IPV6_IN_IP:
        return tgp_ip_fits(inner);
    default:
        return false;
    }
}

/* Is there a trailer in front of an ICV of this length: padding 1, 2, 3 ..., its length, the next header (RFC 4303 section 2.4)? */
static bool has_trailer(const tgp_view *body, size_t icv, size_t iv, tgp_view *inner, uint8_t *protocol)
{
    if (body->len < icv + iv + 2)
        return false;
    size_t end = body->len - icv - 2, pad = body->data[end];
    if (end - iv < pad || (end + 2) % 4 != 0)
        return false;
    for (size_t i = 0; i < pad; i++)
        if (body->data[end - pad + i] != i + 1)
            return false;
    *protocol = body->data[end + 1];
    size_t len = end - pad - iv;
    *inner = (tgp_view){ body->data + iv, len, len };
    return true;
}

/* The ICV lengths of RFC 5879 section 8.1, those of HMAC-MD5-96 and HMAC-SHA-1-96 (TS 33.203 annex H) first; with 16 octets there may be the IV of
 * AES-GMAC (RFC 4543), too. */
bool tgp_esp_is_null(tgp_dissector *d, tgp_view *view)
{
    static const struct {
        uint8_t icv, iv;
    } forms[] = { { 12, 0 }, { 16, 0 }, { 0, 0 }, { 16, 8 }, { 24, 0 }, { 32, 0 } };
    if (view->len < ESP_HEADER || view->len < view->wire || view->len > UINT16_MAX)
        return false;
    tgp_view body = *view, inner;
    uint8_t protocol;
    tgp_skip(&body, ESP_HEADER);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!has_trailer(&body, forms[i].icv, forms[i].iv, &inner, &protocol) || !is_what_it_says(d, protocol, &inner))
            continue;
        d->protocol = protocol;
        *view = inner;
        return true;
    }
    return false;
}

tgp_layer tgp_esp(tgp_dissector *d, tgp_view *view)
{
    if (view->len < view->wire)
        return tgp_stop(d, TGP_PACKET_CUT);
    if (view->len < ESP_HEADER)
        return tgp_stop(d, TGP_PACKET_MALFORMED);
    return tgp_esp_is_null(d, view) ? TGP_LAYER_PROTOCOL : tgp_stop(d, TGP_PACKET_ENCRYPTED);
}
