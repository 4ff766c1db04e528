/* TCP (RFC 9293) put back in order. */
#include "streams_parts.h"

void tgp_take_tcp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    uint32_t seq = segment->tcp.seq;
    if (segment->tcp.flags & TGP_TCP_SYN) {
        if ((f->sides[side] & TGP_SIDE_SEEN) && f->first[side] != seq)
            tgp_replace_flow(s, flow, side);
        f->sides[side] |= TGP_SIDE_SEEN | TGP_SIDE_STARTED;
        f->first[side] = f->next[side] = seq;
        f->flags |= TGP_FLOW_FROM_START;
    }
    if (!(f->sides[side] & TGP_SIDE_SEEN)) {
        f->sides[side] |= TGP_SIDE_SEEN;
        f->first[side] = f->next[side] = seq;
    }
    if (f->sides[side] & TGP_SIDE_LET_GO)
        return;
    if (segment->data.len > 0 && seq == f->next[side]) {
        f->next[side] += (uint32_t)segment->data.len;
        (void)tgp_tell_data(s, flow, side, segment->data, segment->pieces, segment->num_pieces, segment->time, false);
    }
}
