/* Immediate messages beyond one call (TS 33.328 F.3). */
#include <stdlib.h>

#include "checks.h"
#include "immediates.h"

struct tgpc_immediates {
    int nothing_yet;
};

tgpc_immediates *tgpc_immediates_new(void)
{
    return calloc(1, sizeof(tgpc_immediates));
}

void tgpc_immediates_free(tgpc_immediates *immediates)
{
    free(immediates);
}

void tgpc_immediates_take(tgpc_step *step, const tgpc_key *key, tg_bytes octets)
{
    (void)step, (void)key, (void)octets;
}
