/* registrations: what REGISTERs and their responses say of e2ae security, by address and address of record (private to this cut). */
#ifndef TICKETGATE_PCAPS_CALLS_REGISTRATIONS_H
#define TICKETGATE_PCAPS_CALLS_REGISTRATIONS_H

#include "room.h"

tgpc_registrations *tgpc_registrations_new(void);
void tgpc_registrations_free(tgpc_registrations *registrations);
/* A REGISTER or a response to one. */
void tgpc_registrations_take(const tgpc_step *step);
/* What is registered now from an address for the URI of From, To or P-Called-Party-ID (`identity`: the value of that header): TGPC_REGISTERED and
 * what UE and network said. 0: nothing, or another identity. */
uint8_t tgpc_registered(const tgp_calls *calls, const tgp_endpoint *end, tg_bytes identity);

#endif
