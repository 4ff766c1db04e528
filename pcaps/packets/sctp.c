/* SCTP (RFC 9260): the chunks of a packet. DATA is told as it is; of the others, what streams need. */
#include "dissect.h"

enum {
    HEADER = 12,
    CHUNK = 4,
    DATA = 0,
    INIT = 1,
    INIT_ACK = 2,
    SACK = 3,
    ABORT = 6,
    SHUTDOWN = 7,
    COMPLETE = 14,
    FORWARD_TSN = 192
};
enum { ENDS = 1, BEGINS = 2, UNORDERED = 4 };

static void tell(tgp_dissector *d, tgp_sctp_kind kind, uint32_t tsn, tg_bytes data)
{
    d->segment.sctp.kind = kind;
    d->segment.sctp.tsn = tsn;
    tgp_tell(d, data);
}

/* Section 3.3.1. `len` of the chunk, without padding. A DATA chunk has at least one octet of data. */
static bool data_chunk(tgp_dissector *d, const uint8_t *c, size_t len)
{
    if (len <= 16)
        return false;
    d->segment.sctp.begins = (c[1] & BEGINS) != 0;
    d->segment.sctp.ends = (c[1] & ENDS) != 0;
    d->segment.sctp.unordered = (c[1] & UNORDERED) != 0;
    d->segment.sctp.stream = (uint16_t)tgp_u16(c + 8);
    d->segment.sctp.ssn = (uint16_t)tgp_u16(c + 10);
    d->segment.sctp.ppid = tgp_u32(c + 12);
    tell(d, TGP_SCTP_DATA, tgp_u32(c + 4), tg_bytes_of(c + 16, len - 16));
    return true;
}

/* False: it has no room for its fields. */
static bool chunk(tgp_dissector *d, const uint8_t *c, size_t len)
{
    const tg_bytes nothing = { NULL, 0 };
    switch (c[0]) {
    case DATA:
        return data_chunk(d, c, len);
    case INIT:
    case INIT_ACK:
        if (len < 20)
            return false;
        d->segment.sctp.initiate_tag = tgp_u32(c + 4);
        tell(d, TGP_SCTP_INIT, tgp_u32(c + 16), nothing);
        return true;
    case SACK:
    case SHUTDOWN:
    case FORWARD_TSN:
        if (len < 8)
            return false;
        tell(d, c[0] == FORWARD_TSN ? TGP_SCTP_SKIP : TGP_SCTP_SACK, tgp_u32(c + 4), nothing);
        return true;
    case ABORT:
        tell(d, TGP_SCTP_ABORT, 0, nothing);
        return true;
    case COMPLETE:
        tell(d, TGP_SCTP_COMPLETE, 0, nothing);
        return true;
    default:
        return true;
    }
}

/* What comes before something that does not fit is told all the same. */
tgp_layer tgp_sctp(tgp_dissector *d, tgp_view *view)
{
    if (view->len < HEADER)
        return tgp_too_short(d, view, HEADER);
    d->segment.transport = TGP_SCTP;
    d->segment.source.port = (uint16_t)tgp_u16(view->data);
    d->segment.destination.port = (uint16_t)tgp_u16(view->data + 2);
    d->segment.sctp.tag = tgp_u32(view->data + 4);
    tgp_skip(view, HEADER);
    bool has_data = false;
    while (view->wire > 0) {
        if (view->len < CHUNK)
            return tgp_too_short(d, view, CHUNK);
        size_t len = tgp_u16(view->data + 2), padded = (len + 3) & ~(size_t)3;
        if (len < CHUNK || len > view->wire)
            return tgp_stop(d, TGP_PACKET_MALFORMED);
        if (len > view->len)
            return tgp_stop(d, TGP_PACKET_CUT);
        if (!chunk(d, view->data, len))
            return tgp_stop(d, TGP_PACKET_MALFORMED);
        has_data = has_data || view->data[0] == DATA;
        if (padded >= view->wire) /* the padding of the last one may be missing */
            break;
        if (padded > view->len)
            return tgp_stop(d, TGP_PACKET_CUT);
        tgp_skip(view, padded);
    }
    return tgp_stop(d, has_data ? TGP_PACKET_TAKEN : TGP_PACKET_EMPTY);
}
