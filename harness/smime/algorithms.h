/* Algorithms: what this room asks of them beside their names. */
#ifndef TICKETGATE_SMIME_ALGORITHMS_H
#define TICKETGATE_SMIME_ALGORITHMS_H

#include "ticketgate/smime.h"

#define TG_OID_ENVELOPED "1.2.840.113549.1.7.3"
#define TG_OID_AUTHENTICATED "1.2.840.113549.1.9.16.1.2"
#define TG_OID_AUTH_ENVELOPED "1.2.840.113549.1.9.16.1.23"
#define TG_OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define TG_OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define TG_OID_SIGNING_TIME "1.2.840.113549.1.9.5"
#define TG_OID_COUNTERSIGNATURE "1.2.840.113549.1.9.6"

/* AES-WRAP makes a key longer by this, and takes multiples of it [RFC 3394 2.2]. */
enum { TG_WRAP_BLOCK = 8, TG_WRAPPED_MAC_KEY_MIN = 24, TG_WRAPPED_MAC_KEY_MAX = 72, TG_CBC_BLOCK = 16 };
/* OpenSSL has no longer ones; RFC 5084 names no limit. */
enum { TG_GCM_NONCE_MAX = 128 };

static inline bool tg_alg_is_gcm(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_GCM || alg == TG_SMIME_AES_192_GCM || alg == TG_SMIME_AES_256_GCM;
}

static inline bool tg_alg_is_ccm(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_CCM || alg == TG_SMIME_AES_192_CCM || alg == TG_SMIME_AES_256_CCM;
}

static inline bool tg_alg_is_cbc(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_CBC || alg == TG_SMIME_AES_192_CBC || alg == TG_SMIME_AES_256_CBC;
}

static inline bool tg_alg_is_hmac(tg_smime_alg alg)
{
    return alg == TG_SMIME_HMAC_SHA_1 || alg == TG_SMIME_HMAC_SHA_256;
}

/* Whether the type takes such an algorithm: of another one it says nothing, as of one that is not known. */
static inline bool tg_alg_is_of_type(tg_smime_alg alg, tg_smime_type type)
{
    return type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED  ? tg_smime_alg_is_aead(alg)
           : type == TG_SMIME_TYPE_IS_AUTHENTICATED ? tg_alg_is_hmac(alg)
                                                    : type == TG_SMIME_TYPE_IS_ENVELOPED && tg_alg_is_cbc(alg);
}

/* RFC 5084 3.1, 3.2 */
static inline bool tg_icv_len_is_allowed(tg_smime_alg alg, int64_t len)
{
    return tg_alg_is_gcm(alg) ? len >= 12 && len <= 16 : len >= 4 && len <= 16 && len % 2 == 0;
}

static inline bool tg_nonce_len_is_allowed(tg_smime_alg alg, size_t len)
{
    return tg_alg_is_gcm(alg) ? len >= 1 : len >= 7 && len <= 13;
}

/* Whether CCM's field of the length, 15 octets less the nonce, can say it. */
bool tg_ccm_holds(size_t nonce_len, size_t content_len);

tg_smime_alg tg_alg_of_oid(const char *oid);
const char *tg_alg_oid(tg_smime_alg alg);
tg_smime_wrap tg_wrap_of_oid(const char *oid);
tg_smime_wrap tg_wrap_of_kek(size_t kek_len);
const char *tg_wrap_oid(tg_smime_wrap wrap);
const char *tg_wrap_evp(tg_smime_wrap wrap); /* OpenSSL's name */
const char *tg_digest_evp(const char *oid);  /* NULL for another digest */

#endif
