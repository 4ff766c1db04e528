/* reseal: a conversation changed after the fact and protected anew, with other keys if need be: for who shares a trace without what is secret in
 * it, or sends it once more with fresh values.
 *
 * Each message keeps its length. The caller changes octets in place (identities, T, RANDs, CSB IDs) and says which key stands for which; what
 * follows from that is made right: the keys in tickets and KEMACs, MPKi, MPKr and forked keys as they are derived, ciphertexts, MACs, Vi and Vr,
 * signatures and PKE where the private keys are known. What was not authentic before is left as it is, so that it is not authentic after.
 *
 * Memory: all in the caller's arena, keys too: wipe it (tg_arena_wipe).
 */
#ifndef TICKETGATE_RESEAL_H
#define TICKETGATE_RESEAL_H

#include "ticketgate/exchange.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TG_RESEAL_MAX_MESSAGES 256 /* of a conversation, else TG_TOO_LARGE: the time grows with their square */

/* X(symbol, name): what became of a message. */
#define TG_RESEALS(X)                                                                                                  \
    X(SEALED, "sealed")          /* it was authentic, and is */                                                        \
    X(NOT_AUTHENTIC, "not_authentic") /* it was not, or nothing protected it: changed alone */                         \
    X(NO_KEY, "no_key")          /* its key is not known: changed alone, and so not authentic any more for who knows it */ \
    X(UNSEALED, "unsealed")      /* it was authentic and could not be made so: a private key is not known, or an older kind of message */
typedef enum tg_reseal_outcome {
#define TG_RESEAL_ENUM(symbol, name) TG_RESEAL_##symbol,
    TG_RESEALS(TG_RESEAL_ENUM)
#undef TG_RESEAL_ENUM
} tg_reseal_outcome;
const char *tg_reseal_outcome_name(tg_reseal_outcome outcome);

typedef struct tg_reseal_plan {
    /* Changes the octets of a message that parses, in place; `message` views the octets as they were. Octets of its MAC, signature and encrypted
     * data need not be touched. It must still parse. NULL: nothing. */
    tg_status (*change)(void *user, size_t index, const tg_message *message, uint8_t *octets);
    /* The key, as long as the old one, that stands for `old` (TGK, GTGK, TEK, MPK, salt, envelope key; in a ticket, in a KEMAC). The same for the same.
     * NULL: keys stay. */
    void (*key)(void *user, tg_bytes old, uint8_t *out);
    /* Changes what else stands in the plaintext of a KEMAC (identities, SPIs), in place: `chain` as it was cut, views into `plain`. Keys and salts are
     * put in behind it. NULL: nothing. */
    void (*plain)(void *user, const tg_payload *chain, tg_bytes plain, uint8_t *octets);
    void *user;
    /* Message `index`, of any length, as somebody else has made it in the place of the one before: it stands as it is, and those behind it are made
     * right with it; its outcome says nothing. Empty: it is made from the one before. NULL: all are. */
    tg_bytes (*instead)(void *user, size_t index);
} tg_reseal_plan;

typedef struct tg_resealed {
    tg_bytes octets; /* as long as they were; in the arena. What stands instead: as it was given */
    tg_reseal_outcome outcome;
} tg_resealed;

/* `total_octets`: of each message before, or of what stands instead where that is longer. */
size_t tg_reseal_arena_size(size_t total_octets, size_t num_messages);
/* `before` is what is known of the conversation as it is; `after` of what it becomes: the same with other identities, pre-shared keys and TPK. Both
 * may have MPKs given. Fails for limits alone. */
TG_NODISCARD tg_status tg_reseal(tg_crypto *crypto, const tg_known *before, const tg_known *after, const tg_sent *sent, size_t num,
                                 const tg_reseal_plan *plan, tg_arena *arena, tg_resealed *out);

#ifdef __cplusplus
}
#endif
#endif
