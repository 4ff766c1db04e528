/* fuzz: what the targets share: copies that ASan guards on both sides, and the oracles.
 *
 * An oracle is a property that holds for every input. One that is broken prints its name and what was seen to stderr
 * and aborts, so that every engine takes it for a crash. Nothing here keeps state from one input to the next.
 */
#ifndef TICKETGATE_FUZZ_H
#define TICKETGATE_FUZZ_H

#include "ticketgate/json.h"
#include "ticketgate/message.h"
#include "ticketgate/rules.h"

/* What an engine calls. The second is optional: it readies a library that wants it, once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

_Noreturn void fuzz_fail(const char *oracle, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define FUZZ_CHECK(condition, oracle, ...)                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fuzz_fail(oracle, __VA_ARGS__);                                                                            \
    } while (0)

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* A heap block of exactly `len` octets: the next octet is out of bounds even when `len` is 0. */
typedef struct fuzz_block {
    uint8_t *base;
    uint8_t *data;
    size_t len;
} fuzz_block;
fuzz_block fuzz_block_new(size_t len, uint8_t fill);
fuzz_block fuzz_block_copy(const void *data, size_t len);
void fuzz_block_free(fuzz_block *block);
static inline tg_bytes fuzz_bytes(const fuzz_block *block)
{
    return tg_bytes_of(block->data, block->len);
}
/* Oracle input_unchanged. */
void fuzz_check_unchanged(const fuzz_block *block, const void *original);

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* An input and its message, in memory that held `fill` before. */
typedef struct fuzz_message {
    fuzz_block octets, memory;
    tg_message *message; /* NULL when it was refused: see status and diag */
    tg_status status;
    tg_diag diag;
    size_t used; /* of the memory */
} fuzz_message;

/* Parses a copy. Oracles: arena_is_enough, diag, input_unchanged, and views_inside for the message's octets. */
fuzz_message fuzz_parse(const void *data, size_t len, uint8_t fill);
void fuzz_message_free(fuzz_message *parsed);

/* A parse error is one: class parse or limit, an offset inside, a path, a row of the catalogue. */
void fuzz_check_diag(const tg_diag *diag, tg_status status, size_t len);

/* Builds the message as often as it takes to know its size. Oracles: build_deterministic, short_buffer. */
tg_status fuzz_build(const tg_message *message, fuzz_block *out);
/* The same for a chain of payloads. */
tg_status fuzz_build_chain(const tg_payload *payloads, fuzz_block *out);

/* Oracle round_trip: building gives the octets that were parsed. */
void fuzz_check_round_trip(const fuzz_message *parsed);
/* Oracle small_arena: in less memory parsing fails as a limit, or succeeds. */
void fuzz_check_small_arena(const fuzz_message *parsed);
/* Oracle json_round_trip: tree, message, octets, the same octets. */
void fuzz_check_json(const fuzz_message *parsed);

/* Makes the lengths of TP Data, Ticket Data and Initiator Data in the body of a TICKET fit what is left; false when there is
 * no room for one. The last takes all that is left. */
bool fuzz_repair_ticket_lengths(uint8_t *body, size_t len);

typedef enum fuzz_contexts { FUZZ_CONTEXT_UNKNOWN, FUZZ_CONTEXTS_ALL } fuzz_contexts;
/* Every built-in profile with these contexts. Oracles: finding, same_findings (for two parses of one message). */
void fuzz_check_rules(const fuzz_message *first, const fuzz_message *second, fuzz_contexts contexts);
/* One profile with every context. */
void fuzz_check_profile(const fuzz_message *first, const fuzz_message *second, const tg_profile *profile,
                        fuzz_contexts contexts);

/* The whole of it: parsed twice in memory with different contents, which must make no difference. */
void fuzz_check_octets(const void *data, size_t len, fuzz_contexts contexts);

#endif
