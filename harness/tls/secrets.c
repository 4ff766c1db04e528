/* From the TEK to the keys of TLS 1.2: RFC 4279 2, RFC 5246 5, 6.3 and 8.1, RFC 7627 4. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "case.h"

static const char *const digest_names[] = {
    [TG_TLS_SHA1] = "SHA1", [TG_TLS_SHA256] = "SHA256", [TG_TLS_SHA384] = "SHA384"
};

size_t tg_tls_hash_len(tg_tls_hash hash)
{
    static const uint8_t lengths[] = { [TG_TLS_SHA1] = 20, [TG_TLS_SHA256] = 32, [TG_TLS_SHA384] = 48 };
    return lengths[hash];
}

/* Nothing here depends on what strangers sent, so that only memory can be what was missing. */
static bool without_memory(tg_tls_case *k)
{
    ERR_clear_error();
    k->failed = TG_NO_MEMORY;
    return false;
}

const EVP_MD *tg_tls_digest(tg_tls_case *k, tg_tls_hash hash)
{
    if (!k->digests[hash])
        k->digests[hash] = EVP_MD_fetch(k->library, digest_names[hash], NULL);
    return k->digests[hash];
}

bool tg_tls_hash_of(tg_tls_case *k, tg_tls_hash hash, tg_bytes first, tg_bytes second, uint8_t out[TG_TLS_HASH_MAX])
{
    const EVP_MD *digest = tg_tls_digest(k, hash);
    EVP_MD_CTX *context = digest ? EVP_MD_CTX_new() : NULL;
    bool ok = context && EVP_DigestInit_ex2(context, digest, NULL) &&
              EVP_DigestUpdate(context, first.data, first.len) && EVP_DigestUpdate(context, second.data, second.len) &&
              EVP_DigestFinal_ex(context, out, NULL);
    EVP_MD_CTX_free(context);
    return ok || without_memory(k);
}

bool tg_tls_hmac(tg_tls_case *k, tg_tls_hash hash, tg_bytes key, tg_bytes first, tg_bytes second,
                 uint8_t out[TG_TLS_HASH_MAX])
{
    char name[8];
    memcpy(name, digest_names[hash], strlen(digest_names[hash]) + 1);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                            OSSL_PARAM_construct_end() };
    size_t len;
    EVP_MAC *mac = EVP_MAC_fetch(k->library, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool ok = context && EVP_MAC_init(context, key.data, key.len, params) &&
              EVP_MAC_update(context, first.data, first.len) && EVP_MAC_update(context, second.data, second.len) &&
              EVP_MAC_final(context, out, &len, TG_TLS_HASH_MAX);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return ok || without_memory(k);
}

bool tg_tls_prf(tg_tls_case *k, tg_tls_hash hash, tg_bytes secret, const char *label, tg_bytes seed1, tg_bytes seed2,
                uint8_t *out, size_t len)
{
    char name[8];
    uint8_t seed[128];
    size_t label_len = strlen(label), seed_len = label_len + seed1.len + seed2.len;
    if (seed_len > sizeof seed)
        return without_memory(k); /* cannot be: labels are short, seeds hashes or randoms */
    memcpy(name, digest_names[hash], strlen(digest_names[hash]) + 1);
    memcpy(seed, label, label_len);
    memcpy(seed + label_len, seed1.data, seed1.len);
    if (seed2.len)
        memcpy(seed + label_len + seed1.len, seed2.data, seed2.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)secret.data, secret.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, seed_len), OSSL_PARAM_construct_end()
    };
    EVP_KDF *kdf = EVP_KDF_fetch(k->library, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = context && EVP_KDF_derive(context, out, len, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return ok || without_memory(k);
}

tg_bytes tg_tls_transcript(const tg_tls_case *k, size_t end)
{
    end = end < k->messages_len ? end : k->messages_len;
    return tg_bytes_of(k->messages + k->transcript_start, end < k->transcript_start ? 0 : end - k->transcript_start);
}

/* ---- master secret ------------------------------------------------------------------------------------------ */

/* RFC 4279 2: N zeros and the PSK, each behind its length. */
static size_t make_premaster(tg_bytes psk, uint8_t out[2 * (2 + 256)])
{
    uint8_t *at = out;
    for (size_t i = 0; i < 2; i++) {
        *at++ = (uint8_t)(psk.len >> 8);
        *at++ = (uint8_t)psk.len;
        if (i == 0)
            memset(at, 0, psk.len);
        else
            memcpy(at, psk.data, psk.len);
        at += psk.len;
    }
    return (size_t)(at - out);
}

static bool make_master(tg_tls_case *k, tg_tls_hash hash)
{
    uint8_t premaster[2 * (2 + 256)], session_hash[TG_TLS_HASH_MAX];
    tg_bytes none = { NULL, 0 };
    tg_bytes secret = tg_bytes_of(premaster, make_premaster(k->known->tek, premaster));
    bool ok;
    if (k->h->extended_master_secret) {
        size_t end = k->key_exchange_end ? k->key_exchange_end : k->messages_len;
        ok = tg_tls_hash_of(k, hash, tg_tls_transcript(k, end), none, session_hash) &&
             tg_tls_prf(k, hash, secret, "extended master secret", tg_bytes_of(session_hash, tg_tls_hash_len(hash)),
                        none, k->master, sizeof k->master);
    } else {
        ok = tg_tls_prf(k, hash, secret, "master secret", k->client_hello.random, k->server_hello.random, k->master,
                        sizeof k->master);
    }
    tg_wipe(premaster, sizeof premaster);
    return ok;
}

/* ---- key block ---------------------------------------------------------------------------------------------- */

/* RFC 5246 6.3: what each cipher takes of it beside its key. CBC has the IV in each record. */
static size_t fixed_iv_len(const tg_tls_recipe *recipe)
{
    switch (recipe->bulk) {
    case TG_BULK_GCM:
    case TG_BULK_CCM:
        return 4; /* RFC 5288 3, RFC 6655 3 */
    case TG_BULK_CHACHA:
        return 12; /* RFC 7905 2 */
    default:
        return 0;
    }
}

static bool make_keys(tg_tls_case *k, tg_tls_hash hash)
{
    const tg_tls_recipe *recipe = k->recipe;
    uint8_t block[2 * (TG_TLS_HASH_MAX + 32 + 12)], *at = block;
    size_t iv_len = fixed_iv_len(recipe),
           mac_len = recipe->mac == TG_TLS_MAC_NONE ? 0 : tg_tls_hash_len((tg_tls_hash)recipe->mac);
    if (!tg_tls_prf(k, hash, tg_bytes_of(k->master, sizeof k->master), "key expansion", k->server_hello.random,
                    k->client_hello.random, block, 2 * (mac_len + recipe->key_len + iv_len)))
        return false;
    for (size_t i = 0; i < 2; i++, at += mac_len)
        memcpy(k->ends[1 - i].keys.mac, at, mac_len); /* client_write first */
    for (size_t i = 0; i < 2; i++, at += recipe->key_len)
        memcpy(k->ends[1 - i].keys.key, at, recipe->key_len);
    for (size_t i = 0; i < 2; i++, at += iv_len)
        memcpy(k->ends[1 - i].keys.iv, at, iv_len);
    tg_wipe(block, sizeof block);
    for (size_t i = 0; i < 2; i++) {
        tg_tls_keys *keys = &k->ends[i].keys;
        keys->recipe = recipe;
        keys->datagrams = k->known->datagrams;
        /* RFC 7366 3: of block ciphers alone. */
        keys->encrypt_then_mac = k->h->encrypt_then_mac && recipe->bulk == TG_BULK_CBC;
        if (!tg_tls_keys_ready(k, keys))
            return false;
    }
    return true;
}

bool tg_tls_derive(tg_tls_case *k)
{
    if (k->secrets_tried)
        return k->has_secrets;
    const tg_tls_handshake *h = k->h;
    if (!k->known->has_tek || !h->has_client_hello || !h->has_server_hello || h->resumed)
        return false;
    if (h->version != (k->known->datagrams ? 0xFEFD : 0x0303) || k->recipe->kx != TG_KX_PSK ||
        k->recipe->bulk == TG_BULK_OTHER || k->server_hello.compression != 0)
        return false;
    tg_tls_hash hash = (tg_tls_hash)k->recipe->prf;
    k->secrets_tried = true;
    k->has_secrets = make_master(k, hash) && make_keys(k, hash);
    return k->has_secrets;
}
