/* role_responder: the input is a message that comes to the Responder in each state in which one is expected:
 * TRANSFER_INIT, RESOLVE_RESP, an update, the answer to one; and once more with its MACs made right.
 *
 * Oracles: those of fuzz_stage_check (stage.h) and of the judge (keyed.h).
 */
#include "stage.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_keyed_init();
    fuzz_stage_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_stage_check(TG_SENDER_R, data, size);
    return 0;
}
