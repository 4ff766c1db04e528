/* A target with bugs on purpose, for the tests of the driver: the first octet picks one.
 *   O an oracle that breaks    R a read behind the input    H an input that takes for ever */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile uint8_t sink;
    if (size == 0)
        return 0;
    FUZZ_CHECK(data[0] != 'O', "planted", "the first octet is 'O'");
    if (data[0] == 'R')
        sink = data[size];
    while (data[0] == 'H')
        sink++;
    return 0;
}
