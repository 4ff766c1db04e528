/* derive_show: one derivation, with its label taken apart. */
#ifndef TICKETGATE_DERIVE_SHOW_H
#define TICKETGATE_DERIVE_SHOW_H

#include "ticketgate/crypto.h"
#include "ticketgate/json.h"

typedef struct derive_step {
    tg_derivation d;
    tg_bytes outkey;
    const char *gives; /* what of an answer it is, as "auth_key, ticket.mpk"; NULL: no answer */
} derive_step;

typedef struct derive_masks {
    bool inkey, outkey; /* left out */
} derive_masks;

void derive_show_text(const derive_step *step, derive_masks masks);
void derive_show_json(const derive_step *step, derive_masks masks, const char *indent, tg_text *out);

#endif
