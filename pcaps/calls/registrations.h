/* registrations: what REGISTERs and their responses say of e2ae security, by the address of the UE (private to this cut). */
#ifndef TICKETGATE_PCAPS_CALLS_REGISTRATIONS_H
#define TICKETGATE_PCAPS_CALLS_REGISTRATIONS_H

#include "room.h"

/* What was said from an address. `told`: some mechanism with the parameter stood there. */
typedef struct tgpc_registration {
    tgp_address address;
    bool ue_told, ue_msrp, ue_bfcp, network_msrp, network_bfcp;
    tgpc_place last; /* the last REGISTER that told something */
    uint64_t used;
} tgpc_registration;

tgpc_registrations *tgpc_registrations_new(void);
void tgpc_registrations_free(tgpc_registrations *registrations);
/* A REGISTER or a response to one. */
void tgpc_registrations_take(const tgpc_step *step);
/* NULL: nothing was said from there. Valid until the next REGISTER. */
const tgpc_registration *tgpc_registered(const tgp_calls *calls, const tgp_endpoint *end);

#endif
