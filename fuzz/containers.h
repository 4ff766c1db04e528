/* containers: what the targets of PSK S/MIME share: KEKs that they know, and containers made with them from fixed seeds. */
#ifndef TICKETGATE_FUZZ_CONTAINERS_H
#define TICKETGATE_FUZZ_CONTAINERS_H

#include "fuzz.h"
#include "ticketgate/mime.h"

enum { FUZZ_CONTAINER_MAX = 2048, FUZZ_NUM_KEYS = 3, FUZZ_MAX_CONTAINERS = 24 };

typedef struct fuzz_container {
    uint8_t octets[FUZZ_CONTAINER_MAX];
    size_t len;
    tg_bytes content;
    tg_smime_opened opened; /* the content key */
    tg_smime_type type;
} fuzz_container;

/* Call it from LLVMFuzzerInitialize, before all else of this. */
void fuzz_containers_init(void);
tg_crypto *fuzz_containers_crypto(void);
const fuzz_container *fuzz_containers(size_t *num);
/* All KEKs, each under its keyIdentifier; EnvelopedData too or not. */
tg_smime_opening fuzz_opening(bool allow_unauthenticated);

/* The findings fit each other and lie inside of `len` octets. Oracle finding. */
void fuzz_check_finding(const tg_finding *finding, size_t len);

#endif
