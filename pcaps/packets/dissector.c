/* The loop over the layers of a packet, and where the octets of a segment lie. */
#include <stdlib.h>

#include "dissect.h"

/* Headers in one another that are followed: tags, extension headers and tunnels count alike. Real packets have fewer than ten. */
enum { MAX_HEADERS = 32 };

tgp_dissector *tgp_dissector_new(const tgp_dissector_limits *limits)
{
    tgp_dissector *d = calloc(1, sizeof *d);
    if (d)
        d->fragments = tgp_fragments_new(limits);
    if (d && d->fragments)
        return d;
    free(d);
    return NULL;
}

void tgp_dissector_free(tgp_dissector *dissector)
{
    if (!dissector)
        return;
    tgp_fragments_free(dissector->fragments);
    tgp_whole_free(dissector->whole);
    free(dissector->cut);
    free(dissector);
}

void tgp_dissector_finish(tgp_dissector *dissector)
{
    tgp_fragments_finish(dissector->fragments);
}

uint64_t tgp_dissector_take_lost(tgp_dissector *dissector, tgp_packet_fate fate)
{
    return tgp_fragments_take_lost(dissector->fragments, fate);
}

void tgp_whole_free(tgp_whole *whole)
{
    if (!whole)
        return;
    free(whole->pieces);
    free(whole->data);
    free(whole);
}

/* ---- pieces -------------------------------------------------------------------------------------------------- */

size_t tgp_pieces_cut(const tgp_piece *pieces, size_t num, size_t from, size_t len, tgp_piece *out, size_t max)
{
    size_t made = 0;
    for (size_t i = 0; i < num && made < max; i++) {
        size_t begin = pieces[i].offset, end = begin + pieces[i].len;
        if (end <= from || begin >= from + len)
            continue;
        size_t first = begin > from ? begin : from, last = end < from + len ? end : from + len;
        out[made++] = (tgp_piece){ .frame = pieces[i].frame,
                                   .frame_offset = pieces[i].frame_offset + (uint32_t)(first - begin),
                                   .offset = (uint32_t)(first - from),
                                   .len = (uint32_t)(last - first) };
    }
    return made;
}

const tgp_piece *tgp_piece_at(const tgp_piece *pieces, size_t num, size_t offset)
{
    size_t low = 0, high = num;
    while (low < high) { /* the first that ends behind it */
        size_t middle = low + (high - low) / 2;
        if ((size_t)pieces[middle].offset + pieces[middle].len <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < num && offset >= pieces[low].offset ? &pieces[low] : NULL;
}

const tgp_piece *tgp_pieces_of(tgp_dissector *d, tg_bytes data, size_t *num)
{
    size_t from = (size_t)(data.data - d->base);
    if (TG_LIKELY(d->num_pieces == 0)) {
        d->piece = (tgp_piece){ d->segment.frame, (uint32_t)from, 0, (uint32_t)data.len };
        *num = 1;
        return &d->piece;
    }
    if (d->cut_capacity < d->num_pieces) {
        tgp_piece *more = realloc(d->cut, d->num_pieces * sizeof *more);
        if (!more)
            return NULL;
        d->cut = more;
        d->cut_capacity = d->num_pieces;
    }
    *num = tgp_pieces_cut(d->pieces, d->num_pieces, from, data.len, d->cut, d->num_pieces);
    return d->cut;
}

void tgp_tell(tgp_dissector *d, tg_bytes data)
{
    d->segment.data = data;
    d->segment.num_pieces = 0;
    d->segment.pieces = NULL;
    if (data.len > 0)
        d->segment.pieces = tgp_pieces_of(d, data, &d->segment.num_pieces);
    d->callback(d->user, &d->segment);
}

/* ---- the loop ------------------------------------------------------------------------------------------------ */

static tgp_layer protocol(tgp_dissector *d, tgp_view *view)
{
    switch (d->protocol) {
    case 6:
        return tgp_tcp(d, view);
    case 17:
        return tgp_udp(d, view);
    case 132:
        return tgp_sctp(d, view);
    case 4:
    case 41:
        return TGP_LAYER_IP;
    case 47:
        return tgp_gre(d, view);
    case 50:
        return tgp_esp(d, view);
    case 51:
        return tgp_ah(d, view);
    case 136:
        return tgp_udp_lite(d, view);
    case 137: /* RFC 4023 */
        return tgp_mpls(d, view);
    default:
        break;
    }
    if (d->segment.source.address.version == 6)
        switch (d->protocol) {
        case 0:
        case 43:
        case 60:
        case 135:
        case 139:
        case 140:
            return tgp_ip_extension(d, view);
        case 44:
            return tgp_ip_fragment_header(d, view);
        default:
            break;
        }
    return tgp_stop(d, TGP_PACKET_OTHER_PROTOCOL);
}

static tgp_layer next_layer(tgp_dissector *d, tgp_layer layer, tgp_view *view)
{
    switch (layer) {
    case TGP_LAYER_ETHERNET:
        return tgp_link_ethernet(d, view);
    case TGP_LAYER_ETHERTYPE:
        return tgp_link_ethertype(d, view);
    case TGP_LAYER_PPP:
        return tgp_link_ppp(d, view);
    case TGP_LAYER_IP:
        return tgp_ip(d, view);
    case TGP_LAYER_PROTOCOL:
        return protocol(d, view);
    default:
        return TGP_LAYER_END;
    }
}

tgp_packet_fate tgp_dissect(tgp_dissector *dissector, const tgp_packet *packet, tgp_segment_callback callback,
                            void *user)
{
    tgp_dissector *d = dissector;
    static const uint8_t nothing = 0;
    tgp_view view = { packet->octets.data ? packet->octets.data : &nothing, packet->octets.len, packet->wire_len };
    if (view.wire < view.len)
        view.wire = view.len;
    if (TG_LIKELY(!d->whole) == 0) {
        tgp_whole_free(d->whole); /* of the call before */
        d->whole = NULL;
        d->num_pieces = 0;
    }
    d->base = view.data;
    d->callback = callback;
    d->user = user;
    d->segment.frame = packet->frame;
    d->segment.time = packet->time;
    tgp_layer layer = tgp_link_begin(d, packet->link_type, &view);
    for (unsigned headers = 1; layer != TGP_LAYER_END; headers++) {
        if (headers == MAX_HEADERS)
            return TGP_PACKET_TOO_DEEP;
        layer = next_layer(d, layer, &view);
    }
    return d->fate;
}
