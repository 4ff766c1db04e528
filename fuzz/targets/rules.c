/* rules: the input is a message; judged under every built-in profile and every kind of context.
 *
 * Oracles: a finding has a row of the catalogue, a path, a text and a place inside the message; two parses of the same
 * octets, in memory that held different octets before, give the same findings in the same order.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_message first = fuzz_parse(data, size, 0x00), second = fuzz_parse(data, size, 0xff);
    if (first.message && second.message) {
        fuzz_check_rules(&first, &second, FUZZ_CONTEXTS_ALL);
        fuzz_check_unchanged(&first.octets, data);
    }
    fuzz_message_free(&first);
    fuzz_message_free(&second);
    return 0;
}
