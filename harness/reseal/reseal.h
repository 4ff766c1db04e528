/* What the files of this room share. */
#ifndef TG_RESEAL_RESEAL_H
#define TG_RESEAL_RESEAL_H

#include "ticketgate/reseal.h"

#define TRY(call) TG_TRY(call)

/* Which key stands for which. */
typedef struct tgx_pair tgx_pair;
struct tgx_pair {
    tg_bytes before, after;
    tgx_pair *next;
};
typedef struct tgx_keys {
    const tg_reseal_plan *plan;
    tg_arena *arena;
    tgx_pair *pairs;
} tgx_keys;

/* Notes a pair; the first that is noted of a key counts. */
TG_NODISCARD tg_status tgx_note(tgx_keys *keys, tg_bytes before, tg_bytes after);
/* What stands for a key: what was noted, else what the plan says, which is noted. Empty for an empty one. */
TG_NODISCARD tg_status tgx_key(tgx_keys *keys, tg_bytes before, tg_bytes *after);
/* Notes what follows from a ticket that was opened: MPKi and MPKr from the MPK (A.2.2). */
TG_NODISCARD tg_status tgx_note_ticket(tgx_keys *keys, tg_crypto *crypto, const tg_judgement *judgement);
/* Notes what follows from a RESOLVE_RESP: MPKr' and TGK' of the keys known, by the modifiers of both messages (5.1.1). `prf_func`: of the ticket. */
TG_NODISCARD tg_status tgx_note_forks(tgx_keys *keys, tg_crypto *crypto, uint8_t prf_func, const tg_message *before, const tg_message *after);
/* A KEMAC's plaintext with the keys exchanged, in the arena. `chain`: as it was cut, views into `plain`. */
TG_NODISCARD tg_status tgx_plaintext(tgx_keys *keys, tg_bytes plain, const tg_payload *chain, tg_bytes *out);

#endif
