/* The handle: what is fetched once, and the small things that every file here needs. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdatomic.h>

#include "handle.h"

/* ---- the library context ------------------------------------------------------------------------------------ */

struct tg_library {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
    atomic_size_t users;
};

static tg_library *library_new(void)
{
    tg_library *library = OPENSSL_zalloc(sizeof *library);
    if (!library)
        return NULL;
    atomic_init(&library->users, 1);
    library->context = OSSL_LIB_CTX_new();
    library->provider = library->context ? OSSL_PROVIDER_load(library->context, "default") : NULL;
    if (!library->provider) {
        tg_library_free(library);
        return NULL;
    }
    return library;
}

tg_library *tg_library_keep(tg_library *library)
{
    atomic_fetch_add(&library->users, 1);
    return library;
}

void tg_library_free(tg_library *library)
{
    if (!library || atomic_fetch_sub(&library->users, 1) > 1)
        return;
    if (library->provider)
        OSSL_PROVIDER_unload(library->provider);
    OSSL_LIB_CTX_free(library->context);
    OPENSSL_free(library);
}

OSSL_LIB_CTX *tg_library_context(const tg_library *library)
{
    return library->context;
}

/* ---- the handle --------------------------------------------------------------------------------------------- */

static EVP_MAC_CTX *hmac_new(OSSL_LIB_CTX *context, const char *digest)
{
    EVP_MAC *mac = EVP_MAC_fetch(context, "HMAC", NULL);
    EVP_MAC_CTX *hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context keeps it */
    char name[16];
    memcpy(name, digest, strlen(digest) + 1);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                            OSSL_PARAM_construct_end() };
    if (hmac && !EVP_MAC_CTX_set_params(hmac, params)) {
        EVP_MAC_CTX_free(hmac);
        hmac = NULL;
    }
    return hmac;
}

static bool fetch_all(tg_crypto *c)
{
    OSSL_LIB_CTX *context = c->library->context;
    return (c->sha1 = EVP_MD_fetch(context, "SHA1", NULL)) && (c->md5 = EVP_MD_fetch(context, "MD5", NULL)) &&
           (c->sha256 = EVP_MD_fetch(context, "SHA256", NULL)) &&
           (c->aes_128_ctr = EVP_CIPHER_fetch(context, "AES-128-CTR", NULL)) &&
           (c->aes_256_ctr = EVP_CIPHER_fetch(context, "AES-256-CTR", NULL)) &&
           (c->aes_128_wrap = EVP_CIPHER_fetch(context, "AES-128-WRAP", NULL)) &&
           (c->hmac_sha1 = hmac_new(context, "SHA1")) && (c->hmac_sha256 = hmac_new(context, "SHA256")) &&
           (c->cipher = EVP_CIPHER_CTX_new()) && (c->digest = EVP_MD_CTX_new());
}

tg_status tg_crypto_new(tg_crypto **out)
{
    /* Some of its functions read openssl.cnf of the system before they first run, for the default context, which is not ours. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    tg_crypto *c = OPENSSL_zalloc(sizeof *c);
    if (c && (c->library = library_new()) && fetch_all(c)) {
        *out = c;
        return TG_OK;
    }
    tg_crypto_free(c);
    /* The default provider has all of them, so nothing but memory can be missing. */
    return tg_openssl_failed(TG_NO_MEMORY);
}

void tg_crypto_free(tg_crypto *c)
{
    if (!c)
        return;
    EVP_MD_free(c->sha1);
    EVP_MD_free(c->md5);
    EVP_MD_free(c->sha256);
    EVP_CIPHER_free(c->aes_128_ctr);
    EVP_CIPHER_free(c->aes_256_ctr);
    EVP_CIPHER_free(c->aes_128_wrap);
    EVP_MAC_CTX_free(c->hmac_sha1);
    EVP_MAC_CTX_free(c->hmac_sha256);
    EVP_CIPHER_CTX_free(c->cipher);
    EVP_MD_CTX_free(c->digest);
    tg_library_free(c->library);
    OPENSSL_free(c);
}

/* ---- small things ------------------------------------------------------------------------------------------- */

tg_status tg_openssl_failed(tg_status otherwise)
{
    unsigned long error;
    while ((error = ERR_get_error()) != 0) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            otherwise = TG_NO_MEMORY;
    }
    return otherwise;
}

const EVP_MD *tg_hash_md(const tg_crypto *c, tg_hash hash)
{
    switch (hash) {
    case TG_HASH_IS_SHA_1:
        return c->sha1;
    case TG_HASH_IS_MD5:
        return c->md5;
    case TG_HASH_IS_SHA_256:
        return c->sha256;
    default:
        return NULL;
    }
}

bool tg_hash_octets(tg_crypto *c, uint8_t hash_func, tg_bytes octets, uint8_t out[32], size_t *len)
{
    const EVP_MD *md = tg_hash_md(c, (tg_hash)hash_func);
    bool ok = md && EVP_DigestInit_ex2(c->digest, md, NULL) && EVP_DigestUpdate(c->digest, octets.data, octets.len) &&
              EVP_DigestFinal_ex(c->digest, out, NULL);
    if (ok)
        *len = (size_t)EVP_MD_get_size(md);
    else
        ERR_clear_error();
    return ok;
}

void tg_wipe(void *data, size_t len)
{
    if (len)
        OPENSSL_cleanse(data, len);
}

bool tg_equal_secret(tg_bytes a, tg_bytes b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

uint8_t *tg_arena_octets(tg_arena *arena, size_t len)
{
    static uint8_t nothing;
    return len ? tg_arena_alloc(arena, len) : &nothing;
}

void *tg_crypto_library(const tg_crypto *c)
{
    return tg_library_context(c->library);
}
