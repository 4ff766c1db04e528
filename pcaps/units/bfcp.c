/* BFCP over TCP (RFC 4582 5.1): a header of 12 octets says how many words follow. */
#include "parts.h"

tgu_step tgu_bfcp_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tg_bytes left = tgu_left(front);
    size_t len = 12 + ((size_t)left.data[2] << 8 | left.data[3]) * 4; /* as a whole message it was recognised */
    tgp_unit unit = tgu_unit_of(flow, from, TGP_UNIT_BFCP);
    tgu_count(units, TGP_UNITS_BFCP);
    tgu_tell(units, front, 0, len, &unit);
    tgu_consume(front, len);
    return TGU_AGAIN;
}
