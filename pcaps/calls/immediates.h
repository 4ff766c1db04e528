/* immediates: TRANSFER_INITs of MESSAGE requests, beyond the calls that they came in: whom their tickets were for (private to this cut). */
#ifndef TICKETGATE_PCAPS_CALLS_IMMEDIATES_H
#define TICKETGATE_PCAPS_CALLS_IMMEDIATES_H

#include "room.h"

tgpc_immediates *tgpc_immediates_new(void);
void tgpc_immediates_free(tgpc_immediates *immediates);
/* A TRANSFER_INIT in a MESSAGE, a copy (TRACE.md section 2) or none: judges it beside the earlier ones, and keeps it. */
void tgpc_immediates_take(tgpc_step *step, const tgpc_key *key, tg_bytes octets, bool copy);

#endif
