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

/* With EVP, apart from the library: what the container says of algorithm, nonce, size of the tag and attributes is how. The first says
 * whether it can be done. */
bool fuzz_can_encrypt(const tg_smime *s);
void fuzz_encrypt(const tg_smime *s, const uint8_t *cek, const fuzz_block *plain, uint8_t *out, uint8_t tag[16]);

/* AuthenticatedData with authAttrs as it would be without: these stand as its content, so that its MAC verifies all the
 * same (RFC 5652 9.2). originatorInfo and unauthAttrs are left out. */
fuzz_block fuzz_stripped(const tg_smime *s);

/* The findings fit each other and lie inside of `len` octets. Oracle finding. */
void fuzz_check_finding(const tg_finding *finding, size_t len);

#endif
