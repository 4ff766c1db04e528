/* The envelope key of a PKE payload: RSA PKCS#1 v1.5 or OAEP (RFC 3830 4.2.5). */
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "pk.h"

enum { PKCS1_OVERHEAD = 11, OAEP_OVERHEAD = 2 * 20 + 2 }; /* RFC 8017 7.2.1, 7.1.1 with SHA-1 */

/* The key's context with the padding set, ready for one operation; NULL when OpenSSL has no memory. */
static EVP_PKEY_CTX *context_of(const tg_settings *settings, const tg_pk *pk, EVP_PKEY *with, bool seal)
{
    EVP_PKEY_CTX *key = with ? EVP_PKEY_CTX_new_from_pkey(tg_library_context(pk->library), with, NULL) : NULL;
    bool ok = key && (seal ? EVP_PKEY_encrypt_init(key) : EVP_PKEY_decrypt_init(key)) == 1;
    if (settings->pke_pad == TG_PKE_PAD_OAEP)
        ok = ok && EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_OAEP_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_oaep_md_name(key, "SHA1", NULL) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md_name(key, "SHA1", NULL) == 1;
    else
        ok = ok && EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PADDING) == 1;
    if (ok)
        return key;
    EVP_PKEY_CTX_free(key);
    return NULL;
}

tg_status tg_pke_seal(tg_crypto *c, const tg_settings *settings, const tg_pk *pk, tg_bytes env_key, tg_arena *arena,
                      tg_bytes *out)
{
    (void)c;
    static const uint8_t nothing;
    size_t len = tg_pk_octets(pk), before = arena->used;
    size_t overhead = settings->pke_pad == TG_PKE_PAD_OAEP ? OAEP_OVERHEAD : PKCS1_OVERHEAD;
    if (len < overhead || env_key.len > len - overhead)
        return TG_BAD_KEY;
    uint8_t *to = tg_arena_alloc(arena, len);
    if (!to)
        return TG_ARENA_FULL;
    EVP_PKEY_CTX *key = context_of(settings, pk, pk->key, true);
    bool ok = key && EVP_PKEY_encrypt(key, to, &len, env_key.len ? env_key.data : &nothing, env_key.len) == 1;
    EVP_PKEY_CTX_free(key);
    if (!ok) {
        tg_arena_wipe(arena, before);
        return tg_openssl_failed(key ? TG_BAD_KEY : TG_NO_MEMORY);
    }
    *out = tg_bytes_of(to, len);
    return TG_OK;
}

/* Whatever the padding was like, there is one way out, and nothing on it depends on what was decrypted but whether and how
 * much: the queue is emptied unread, and what is not the key is wiped. */
tg_status tg_pke_open(tg_crypto *c, const tg_settings *settings, const tg_pk *pk, tg_bytes pke_data, tg_arena *arena,
                      tg_bytes *env_key)
{
    (void)c;
    if (!pk->is_private)
        return TG_BAD_KEY;
    size_t capacity = tg_pk_octets(pk), len = capacity, before = arena->used;
    uint8_t *to = tg_arena_alloc(arena, capacity);
    if (!to)
        return TG_ARENA_FULL;
    EVP_PKEY *with = tg_pk_private_key(pk);
    EVP_PKEY_CTX *key = context_of(settings, pk, with, false);
    EVP_PKEY_free(with); /* the context keeps it */
    if (!key) {
        tg_arena_wipe(arena, before);
        return tg_openssl_failed(TG_NO_MEMORY);
    }
    bool ok = EVP_PKEY_decrypt(key, to, &len, pke_data.data, pke_data.len) == 1 && len <= capacity;
    EVP_PKEY_CTX_free(key);
    ERR_clear_error();
    size_t keep = ok ? (size_t)(to - arena->data) + len : before;
    tg_arena_wipe(arena, keep);
    *env_key = tg_bytes_of(ok ? to : NULL, ok ? len : 0);
    return ok ? TG_OK : TG_NOT_AUTHENTIC;
}
