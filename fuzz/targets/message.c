/* message: the input is a message.
 *
 * Oracles: the memory of tg_message_arena_size is enough; a refusal has a class, an offset inside the input, a path and
 * a row of the catalogue; what parses builds to the same octets, in a buffer of just that size and not in a shorter
 * one; parsed again in memory that held other octets, everything is the same; every profile's findings are well formed
 * and the same twice; less memory is a limit and nothing else; the input is not written to.
 * (Every judging context is the business of the target rules.)
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_check_octets(data, size, FUZZ_CONTEXT_UNKNOWN);
    return 0;
}
