/* What the files of this room share: the handle, the library behind it, and what an OpenSSL failure means. */
#ifndef TICKETGATE_CRYPTO_HANDLE_H
#define TICKETGATE_CRYPTO_HANDLE_H

#include <openssl/evp.h>

#include "ticketgate/crypto.h"

/* A library context of our own: nothing that a configuration file says, or that other code of the process does to the
 * default context, reaches it. Shared by handles and keys, in whatever order they are freed. */
typedef struct tg_library tg_library;
tg_library *tg_library_keep(tg_library *library);
void tg_library_free(tg_library *library);
OSSL_LIB_CTX *tg_library_context(const tg_library *library);

struct tg_crypto {
    tg_library *library;
    EVP_MD *sha1, *md5, *sha256;
    EVP_CIPHER *aes_128_ctr, *aes_256_ctr, *aes_128_wrap;
    EVP_MAC_CTX *hmac_sha1, *hmac_sha256;
    unsigned holds; /* tg_crypto_hold; while there are any, keys stay in these two: */
    bool sha1_is_keyed, sha256_is_keyed;
    EVP_CIPHER_CTX *cipher;
    EVP_MD_CTX *digest;
    void (*seen)(void *user, const tg_derivation *d, tg_bytes outkey); /* tg_crypto_observe */
    void *seen_user;
};

/* After a call into OpenSSL failed: TG_NO_MEMORY when that was why, else `otherwise`. Empties the error queue. */
tg_status tg_openssl_failed(tg_status otherwise);
/* NULL for a hash that is not known. */
const EVP_MD *tg_hash_md(const tg_crypto *c, tg_hash hash);

/* HMAC on a context of the handle's. `start` keys it, `again` begins anew with the same key, `forget` takes the key out. */
TG_NODISCARD bool tg_hmac_start(EVP_MAC_CTX *hmac, tg_bytes key);
TG_NODISCARD bool tg_hmac_again(EVP_MAC_CTX *hmac);
void tg_hmac_forget(tg_crypto *c, EVP_MAC_CTX *hmac);

/* False for a coverage that more was added to than it holds. */
static inline bool tg_coverage_fits(const tg_coverage *coverage)
{
    return coverage->num <= TG_COVERAGE_MAX;
}

/* `len` octets of the arena; some address, never NULL, for 0 octets. NULL when they do not fit. */
uint8_t *tg_arena_octets(tg_arena *arena, size_t len);

#endif
