/* derive_trail: the derivations behind the answer to one message of a conversation. */
#ifndef TICKETGATE_DERIVE_TRAIL_H
#define TICKETGATE_DERIVE_TRAIL_H

#include "derive_show.h"
#include "keeping.h"
#include "ticketgate/exchange.h"

typedef struct derive_trail {
    derive_step *steps; /* in the order they were run; each once */
    bool *wanted;
    size_t num, capacity;
    keeping keeping;
} derive_trail;

/* For tg_crypto_observe; `user` is a derive_trail. */
void derive_trail_see(void *user, const tg_derivation *d, tg_bytes outkey);
/* Marks those steps as wanted that lead to what the judgement says was derived, and says in `gives` what of it they are. */
void derive_trail_select(derive_trail *trail, const tg_derived *derived);
void derive_trail_free(derive_trail *trail);

#endif
