/* What can be said of a unit by itself, whatever came before it: found on the thread that reads. */
#ifndef TICKETGATE_PCAPS_PREPARED_H
#define TICKETGATE_PCAPS_PREPARED_H

#include "pcaps/units.h"

typedef struct tgp_trace tgp_trace;

/* Octets of an arena that it may take; 0: there is nothing to prepare. */
size_t tgt_preparing_size(const tgp_unit *unit);
/* Octets of a head with the headers that it has. */
size_t tgt_size_of_head(const struct tg_sip_head *head);
/* Fills `sip`, `sdp` and `keys` of the unit, where they are to be had; what they point to lies in the arena and in the unit. Of the trace it uses what does not
 * change. */
void tgt_prepare(const tgp_trace *trace, tgp_unit *unit, tg_arena *arena);

#endif
