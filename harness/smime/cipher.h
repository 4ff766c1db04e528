/* What is done with a key: AES-WRAP, AEAD, CBC, HMAC, digests, straight from and into the caller's memory. */
#ifndef TICKETGATE_SMIME_CIPHER_H
#define TICKETGATE_SMIME_CIPHER_H

#include <openssl/types.h>

#include "ticketgate/smime.h"

/* What AES-WRAP may write to on the way: the wrapped key has at most TG_WRAPPED_MAC_KEY_MAX octets. */
enum { TG_WRAP_ROOM = 80, TG_DIGEST_MAX = 64 };

/* TG_NOT_AUTHENTIC where the key does not unwrap. `out` has TG_WRAP_ROOM octets. */
TG_NODISCARD tg_status tg_unwrap_key(OSSL_LIB_CTX *lib, tg_smime_wrap wrap, tg_bytes kek, tg_bytes wrapped,
                                     uint8_t *out, size_t *len);
TG_NODISCARD tg_status tg_wrap_key(OSSL_LIB_CTX *lib, tg_smime_wrap wrap, tg_bytes kek, tg_bytes key, uint8_t *out,
                                   size_t *len);

/* Octets in segments. */
typedef struct tg_segments {
    const tg_bytes *at;
    size_t num, len;
} tg_segments;

typedef struct tg_aead {
    OSSL_LIB_CTX *lib;
    tg_smime_alg alg;
    tg_bytes key, nonce;
    bool has_aad;
    tg_bytes aad;
} tg_aead;
/* Both write as many octets as came in. Of what tg_aead_open wrote, nothing may be used unless TG_OK; TG_NOT_AUTHENTIC
 * for another tag. */
TG_NODISCARD tg_status tg_aead_open(const tg_aead *a, const tg_segments *in, tg_bytes tag, uint8_t *out);
TG_NODISCARD tg_status tg_aead_seal(const tg_aead *a, tg_bytes in, uint8_t *tag, size_t tag_len, uint8_t *out);

/* TG_NOT_AUTHENTIC where the padding is none. */
TG_NODISCARD tg_status tg_cbc_open(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, tg_bytes iv,
                                   const tg_segments *in, uint8_t *out, size_t *len);

size_t tg_hmac_len(tg_smime_alg alg);
TG_NODISCARD tg_status tg_hmac_of(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, const tg_segments *in,
                                  uint8_t out[TG_DIGEST_MAX]);
/* `name` is OpenSSL's. */
TG_NODISCARD tg_status tg_digest_of(OSSL_LIB_CTX *lib, const char *name, const tg_segments *in,
                                    uint8_t out[TG_DIGEST_MAX], size_t *len);

#endif
