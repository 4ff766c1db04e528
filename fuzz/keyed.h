/* keyed: what the targets behind a MAC share: made conversations with their keys, the judge and its oracles, and sealing
 * again what was mutated, so that a fuzzer gets past the MAC.
 *
 * Everything made is made once, from fixed seeds, by fuzz_keyed_init; nothing changes from one input to the next.
 */
#ifndef TICKETGATE_FUZZ_KEYED_H
#define TICKETGATE_FUZZ_KEYED_H

#include "fuzz.h"
#include "samples.h"

/* Call it from LLVMFuzzerInitialize. */
void fuzz_keyed_init(void);
tg_crypto *fuzz_crypto(void);
/* The made conversation of a sample that is one of these. */
extern const char *const fuzz_made_names[];
extern const size_t fuzz_num_made;
const tg_conversation_made *fuzz_made(const char *name);
/* The made conversation whose first message begins as `octets` do, else the first. */
const tg_conversation_made *fuzz_made_like(tg_bytes octets);
/* Index of the first message of this data type from `from` on, or num_sent. */
size_t fuzz_made_find(const tg_conversation_made *made, uint8_t data_type, size_t from);

/* Judges twice, in memory with different old contents. Oracles: judgement (outcomes fit each other, findings are well
 * formed), same_judgement, no_secrets. What is given stays until the next call; NULL when a limit was met, in both. */
const tg_conversation *fuzz_judge(const tg_known *known, const tg_sent *sent, size_t num);

/* Puts the right MACs into the last message of `sent`, whose octets may be written to: that of its ticket, Vr, its own;
 * as far as they are there and their keys are known. True when its own MAC is right now. Oracle reseal: then it verifies. */
bool fuzz_reseal(const tg_known *known, const tg_sent *sent, size_t num, uint8_t *octets);
/* Only the MAC in the ticket. */
bool fuzz_reseal_ticket(const tg_known *known, const tg_sent *sent, size_t num, uint8_t *octets);

/* Oracle forged: a message that nobody sealed is authentic only when it is `original` but for Initiator Data, which the
 * MAC of TRANSFER_INIT leaves out (RFC 6043 5.5). */
void fuzz_check_not_forged(const tg_judgement *judged, tg_bytes original);
/* Oracle no_secrets: none of these in the octets, nor as hex. */
void fuzz_check_no_secrets(const tg_secrets *secrets, const void *octets, size_t len);

/* The message with the payload at `index` of its chain replaced by `payload`; NULL when it cannot be built. In the arena. */
uint8_t *fuzz_with_payload(tg_bytes octets, const tg_payload *payload, tg_arena *arena, size_t *len);

#endif
