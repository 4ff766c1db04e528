/* EVP: each call has a context of its own, which OpenSSL wipes when it is freed. */
#include "cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "algorithms.h"
#include "templates.h"

/* EVP takes them as void * and does not write to them. */
static void *not_written(const uint8_t *octets)
{
    return (void *)(uintptr_t)octets;
}

/* OpenSSL takes NULL for something else than no octets. */
static const uint8_t *some_address(const uint8_t *octets)
{
    static const uint8_t nothing = 0;
    return octets ? octets : &nothing;
}

/* ---- AES-WRAP: RFC 3394 ------------------------------------------------------------------------------------- */

static tg_status run_wrap(OSSL_LIB_CTX *lib, tg_smime_wrap wrap, bool encrypt, tg_bytes kek, tg_bytes in, uint8_t *out,
                          size_t *len)
{
    int wrote = 0, rest = 0;
    if (wrap == TG_SMIME_WRAP_UNKNOWN || kek.len != tg_smime_wrap_key_len(wrap))
        return TG_BAD_KEY;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib, tg_wrap_evp(wrap), NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx)
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool ready = cipher && ctx && EVP_CipherInit_ex2(ctx, cipher, kek.data, NULL, encrypt, NULL) == 1;
    bool ok = ready && EVP_CipherUpdate(ctx, out, &wrote, in.data, (int)in.len) == 1 &&
              EVP_CipherFinal_ex(ctx, out + wrote, &rest) == 1;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    *len = (size_t)(wrote + rest);
    return ok ? TG_OK : tg_smime_openssl_failed(ready && !encrypt ? TG_NOT_AUTHENTIC : TG_NO_MEMORY);
}

tg_status tg_unwrap_key(OSSL_LIB_CTX *lib, tg_smime_wrap wrap, tg_bytes kek, tg_bytes wrapped, uint8_t *out,
                        size_t *len)
{
    return run_wrap(lib, wrap, false, kek, wrapped, out, len);
}

tg_status tg_wrap_key(OSSL_LIB_CTX *lib, tg_smime_wrap wrap, tg_bytes kek, tg_bytes key, uint8_t *out, size_t *len)
{
    return run_wrap(lib, wrap, true, kek, key, out, len);
}

/* ---- AEAD: RFC 5084 ----------------------------------------------------------------------------------------- */

static const char *evp_name(tg_smime_alg alg)
{
    static const char *const names[] = {
        [TG_SMIME_AES_128_GCM] = "AES-128-GCM", [TG_SMIME_AES_192_GCM] = "AES-192-GCM",
        [TG_SMIME_AES_256_GCM] = "AES-256-GCM", [TG_SMIME_AES_128_CCM] = "AES-128-CCM",
        [TG_SMIME_AES_192_CCM] = "AES-192-CCM", [TG_SMIME_AES_256_CCM] = "AES-256-CCM",
        [TG_SMIME_AES_128_CBC] = "AES-128-CBC", [TG_SMIME_AES_192_CBC] = "AES-192-CBC",
        [TG_SMIME_AES_256_CBC] = "AES-256-CBC", [TG_SMIME_HMAC_SHA_1] = "SHA1",
        [TG_SMIME_HMAC_SHA_256] = "SHA256",
    };
    return names[alg];
}

/* Key, nonce, for CCM tag (NULL: its length) and length of the content, and what is authenticated besides. */
static bool start_aead(EVP_CIPHER_CTX *ctx, EVP_CIPHER *cipher, const tg_aead *a, bool encrypt, const uint8_t *tag,
                       size_t tag_len, size_t len)
{
    bool ccm = tg_alg_is_ccm(a->alg);
    int wrote;
    return EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)a->nonce.len, NULL) == 1 &&
           (!ccm || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, not_written(tag)) == 1) &&
           EVP_CipherInit_ex2(ctx, NULL, a->key.data, a->nonce.data, encrypt, NULL) == 1 &&
           (!ccm || EVP_CipherUpdate(ctx, NULL, &wrote, NULL, (int)len) == 1) &&
           (!a->has_aad || EVP_CipherUpdate(ctx, NULL, &wrote, a->aad.data, (int)a->aad.len) == 1);
}

static bool open_gcm(EVP_CIPHER_CTX *ctx, const tg_segments *in, tg_bytes tag, uint8_t *out)
{
    uint8_t none[TG_CBC_BLOCK];
    int wrote = 0;
    for (size_t i = 0; i < in->num; i++) {
        if (in->at[i].len && EVP_CipherUpdate(ctx, out, &wrote, in->at[i].data, (int)in->at[i].len) != 1)
            return false;
        out = in->at[i].len ? out + in->at[i].len : out;
    }
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, not_written(tag.data)) == 1 &&
           EVP_CipherFinal_ex(ctx, none, &wrote) == 1;
}

/* CCM wants all of it at once; what came in segments is joined where it comes out. */
static bool open_ccm(EVP_CIPHER_CTX *ctx, const tg_segments *in, uint8_t *out)
{
    uint8_t none[TG_CBC_BLOCK];
    const uint8_t *from = out;
    int wrote = 0;
    if (in->len == 0)
        return EVP_CipherUpdate(ctx, none, &wrote, some_address(NULL), 0) == 1;
    if (in->num == 1)
        from = in->at[0].data;
    for (size_t i = 0, at = 0; in->num > 1 && i < in->num; at += in->at[i++].len) {
        if (in->at[i].len)
            memcpy(out + at, in->at[i].data, in->at[i].len);
    }
    return EVP_CipherUpdate(ctx, out, &wrote, from, (int)in->len) == 1;
}

tg_status tg_aead_open(const tg_aead *a, const tg_segments *in, tg_bytes tag, uint8_t *out)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(a->lib, evp_name(a->alg), NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ready = cipher && ctx && start_aead(ctx, cipher, a, false, tag.data, tag.len, in->len);
    bool ok = ready && (tg_alg_is_ccm(a->alg) ? open_ccm(ctx, in, out) : open_gcm(ctx, in, tag, out));
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return ok ? TG_OK : tg_smime_openssl_failed(ready ? TG_NOT_AUTHENTIC : TG_NO_MEMORY);
}

tg_status tg_aead_seal(const tg_aead *a, tg_bytes in, uint8_t *tag, size_t tag_len, uint8_t *out)
{
    uint8_t none[TG_CBC_BLOCK];
    int wrote = 0;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(a->lib, evp_name(a->alg), NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = cipher && ctx && start_aead(ctx, cipher, a, true, NULL, tag_len, in.len) &&
              ((in.len == 0 && tg_alg_is_gcm(a->alg)) ||
               EVP_CipherUpdate(ctx, in.len ? out : none, &wrote, some_address(in.data), (int)in.len) == 1) &&
              EVP_CipherFinal_ex(ctx, none, &wrote) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag_len, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return ok ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
}

/* ---- CBC: RFC 3565 2.2 -------------------------------------------------------------------------------------- */

tg_status tg_cbc_open(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, tg_bytes iv, const tg_segments *in,
                      uint8_t *out, size_t *len)
{
    int wrote = 0;
    size_t at = 0;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib, evp_name(alg), NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ready = cipher && ctx && EVP_CipherInit_ex2(ctx, cipher, key.data, iv.data, 0, NULL) == 1, ok = ready;
    for (size_t i = 0; ok && i < in->num; i++, at += (size_t)wrote) {
        wrote = 0;
        ok = !in->at[i].len || EVP_CipherUpdate(ctx, out + at, &wrote, in->at[i].data, (int)in->at[i].len) == 1;
    }
    wrote = 0;
    ok = ok && EVP_CipherFinal_ex(ctx, out + at, &wrote) == 1;
    *len = at + (size_t)wrote;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return ok ? TG_OK : tg_smime_openssl_failed(ready ? TG_NOT_AUTHENTIC : TG_NO_MEMORY);
}

/* ---- HMAC, digests ------------------------------------------------------------------------------------------ */

size_t tg_hmac_len(tg_smime_alg alg)
{
    return alg == TG_SMIME_HMAC_SHA_1 ? 20 : 32;
}

tg_status tg_hmac_of(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, const tg_segments *in,
                     uint8_t out[TG_DIGEST_MAX])
{
    char digest[16];
    size_t len = strlen(evp_name(alg));
    memcpy(digest, evp_name(alg), len + 1);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    EVP_MAC *mac = EVP_MAC_fetch(lib, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool ok = ctx && EVP_MAC_init(ctx, key.data, key.len, params) == 1;
    for (size_t i = 0; ok && i < in->num; i++)
        ok = !in->at[i].len || EVP_MAC_update(ctx, in->at[i].data, in->at[i].len) == 1;
    ok = ok && EVP_MAC_final(ctx, out, &len, TG_DIGEST_MAX) == 1 && len == tg_hmac_len(alg);
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return ok ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
}

tg_status tg_digest_of(OSSL_LIB_CTX *lib, const char *name, const tg_segments *in, uint8_t out[TG_DIGEST_MAX],
                       size_t *len)
{
    unsigned wrote = 0;
    EVP_MD *md = EVP_MD_fetch(lib, name, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
    for (size_t i = 0; ok && i < in->num; i++)
        ok = !in->at[i].len || EVP_DigestUpdate(ctx, in->at[i].data, in->at[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, out, &wrote) == 1;
    *len = wrote;
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
    return ok ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
}
