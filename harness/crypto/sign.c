/* Signatures: RSA PKCS#1 v1.5 and PSS (RFC 3830 4.2.6). */
#include <openssl/rsa.h>

#include "pk.h"

tg_hash tg_sign_hash(const tg_settings *settings, uint8_t prf_func)
{
    switch (settings->sig_hash) {
    case TG_SIG_HASH_SHA256:
        return TG_HASH_IS_SHA_256;
    case TG_SIG_HASH_SUITE:
        return prf_func == TG_PRF_HMAC_SHA_256 ? TG_HASH_IS_SHA_256 : TG_HASH_IS_SHA_1;
    default:
        return TG_HASH_IS_SHA_1;
    }
}

static tg_status check(const tg_crypto *c, const tg_pk *pk, uint8_t s_type, tg_hash hash, const tg_coverage *covered)
{
    if ((s_type != TG_S_TYPE_RSA_PKCS_1_1_5 && s_type != TG_S_TYPE_RSA_PSS) || !tg_hash_md(c, hash))
        return TG_UNKNOWN_ALGORITHM;
    if (!pk->key)
        return TG_BAD_KEY;
    return tg_coverage_fits(covered) ? TG_OK : TG_OVERFLOW;
}

/* Begins a signature (or its verification) on c->digest and puts in what is covered. Only memory can fail it. */
static bool begin(tg_crypto *c, const tg_pk *pk, EVP_PKEY *with, bool verify, uint8_t s_type, tg_hash hash,
                  const tg_coverage *covered)
{
    EVP_PKEY_CTX *key = NULL; /* the digest context owns it */
    const char *md = EVP_MD_get0_name(tg_hash_md(c, hash));
    OSSL_LIB_CTX *context = tg_library_context(pk->library);
    bool ok = (verify ? EVP_DigestVerifyInit_ex(c->digest, &key, md, context, NULL, with, NULL)
                      : EVP_DigestSignInit_ex(c->digest, &key, md, context, NULL, with, NULL)) == 1;
    if (s_type == TG_S_TYPE_RSA_PSS)
        ok = ok && EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md_name(key, md, NULL) == 1;
    else
        ok = ok && EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PADDING) == 1;
    for (size_t i = 0; ok && i < covered->num; i++) {
        tg_bytes part = covered->parts[i];
        ok = (verify ? EVP_DigestVerifyUpdate(c->digest, part.data, part.len)
                     : EVP_DigestSignUpdate(c->digest, part.data, part.len)) == 1;
    }
    return ok;
}

tg_status tg_sign_make(tg_crypto *c, const tg_pk *pk, uint8_t s_type, tg_hash hash, const tg_coverage *covered,
                       tg_arena *arena, tg_bytes *signature)
{
    tg_status status = check(c, pk, s_type, hash, covered);
    if (status != TG_OK)
        return status;
    if (!pk->is_private)
        return TG_BAD_KEY;
    size_t before = arena->used, len = tg_pk_octets(pk);
    uint8_t *to = tg_arena_alloc(arena, len);
    if (!to)
        return TG_ARENA_FULL;
    EVP_PKEY *with = tg_pk_private_key(pk);
    if (!with || !begin(c, pk, with, false, s_type, hash, covered))
        status = tg_openssl_failed(TG_NO_MEMORY);
    else if (EVP_DigestSignFinal(c->digest, to, &len) != 1)
        status = tg_openssl_failed(TG_BAD_KEY); /* a modulus too short for the hash, numbers that are no key */
    if (status == TG_OK)
        *signature = tg_bytes_of(to, len);
    else
        tg_arena_wipe(arena, before);
    EVP_MD_CTX_reset(c->digest);
    EVP_PKEY_free(with);
    return status;
}

tg_status tg_sign_verify(tg_crypto *c, const tg_pk *pk, uint8_t s_type, tg_hash hash, const tg_coverage *covered,
                         tg_bytes signature)
{
    tg_status status = check(c, pk, s_type, hash, covered);
    if (status != TG_OK)
        return status;
    if (signature.len != tg_pk_octets(pk))
        return TG_NOT_AUTHENTIC;
    if (!begin(c, pk, pk->key, true, s_type, hash, covered))
        status = tg_openssl_failed(TG_NO_MEMORY);
    else if (EVP_DigestVerifyFinal(c->digest, signature.data, signature.len) != 1)
        status = tg_openssl_failed(TG_NOT_AUTHENTIC);
    EVP_MD_CTX_reset(c->digest);
    return status;
}
