/* SCTP (RFC 9260): messages put back in order. */
#include "streams_parts.h"

void tgp_take_sctp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    if (segment->sctp.kind == TGP_SCTP_DATA && segment->sctp.begins && segment->sctp.ends)
        (void)tgp_tell_data(s, flow, side, segment->data, segment->pieces, segment->num_pieces, segment->time, true);
}
