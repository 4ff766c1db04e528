/* The encryption of a KEMAC: AES-CM (RFC 3830 4.2.3, RFC 6043 6.2) and AES-KW (RFC 3394). */
#include <openssl/err.h>

#include "handle.h"

enum { CM_MAX = 1 << 20 }; /* 2^16 blocks of 16 octets: the block counter has 16 bits (RFC 3711 4.1.1) */
enum { KW_BLOCK = 8, KW_MIN = 16 };

bool tg_encr_sizes(uint8_t encr_alg, size_t *key_len, size_t *salt_len, size_t *iv_len)
{
    static const struct {
        uint8_t key, salt, iv;
    } sizes[] = {
        [TG_ENCR_NULL] = { 0, 0, 0 },
        [TG_ENCR_AES_CM_128] = { 16, 14, 16 },
        [TG_ENCR_AES_KW_128] = { 16, 8, 8 },
        [TG_ENCR_AES_CM_256] = { 32, 14, 16 },
    };
    if (encr_alg >= sizeof sizes / sizeof sizes[0])
        return false;
    *key_len = sizes[encr_alg].key;
    *salt_len = sizes[encr_alg].salt;
    *iv_len = sizes[encr_alg].iv;
    return true;
}

bool tg_timestamp_64(const tg_settings *settings, uint8_t ts_type, tg_bytes ts_value, uint8_t out[8])
{
    int octets = tg_ts_type_octets(ts_type);
    if (octets < 0 || ts_value.len != (size_t)octets)
        return false;
    bool leading = ts_type == TG_TS_COUNTER ? settings->counter_pad == TG_COUNTER_PAD_LEADING
                                            : settings->ntp32_pad == TG_NTP32_PAD_LEADING;
    memset(out, 0, 8);
    memcpy(leading ? out + (8 - octets) : out, ts_value.data, ts_value.len); /* 8 octets: both are the same */
    return true;
}

tg_status tg_kemac_iv(uint8_t encr_alg, tg_bytes salt, uint32_t csb_id, const uint8_t t[8], uint8_t *out)
{
    size_t key_len, salt_len, iv_len;
    if (!tg_encr_sizes(encr_alg, &key_len, &salt_len, &iv_len))
        return TG_UNKNOWN_ALGORITHM;
    if (salt.len != salt_len)
        return TG_BAD_KEY;
    if (salt_len)
        memcpy(out, salt.data, salt_len);
    if (encr_alg != TG_ENCR_AES_CM_128 && encr_alg != TG_ENCR_AES_CM_256)
        return TG_OK; /* AES-KW: the IV is S itself */
    for (unsigned i = 0; i < 4; i++)
        out[2 + i] ^= (uint8_t)(csb_id >> (24 - 8 * i));
    for (unsigned i = 0; i < 8; i++)
        out[6 + i] ^= t[i];
    out[14] = out[15] = 0;
    return TG_OK;
}

/* One pass of the cipher. `out` holds what comes out; *len says how much that is. */
static bool run_cipher(tg_crypto *c, const EVP_CIPHER *cipher, bool encrypt, tg_bytes key, tg_bytes iv, tg_bytes in,
                       uint8_t *out, size_t *len)
{
    int wrote = 0, rest = 0;
    EVP_CIPHER_CTX_set_flags(c->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool ok = EVP_CipherInit_ex2(c->cipher, cipher, key.data, iv.data, encrypt, NULL) == 1 &&
              EVP_CipherUpdate(c->cipher, out, &wrote, in.data, (int)in.len) == 1 &&
              EVP_CipherFinal_ex(c->cipher, out + wrote, &rest) == 1;
    EVP_CIPHER_CTX_reset(c->cipher); /* wipes the key */
    *len = (size_t)(wrote + rest);
    return ok;
}

static const EVP_CIPHER *cipher_of(const tg_crypto *c, uint8_t encr_alg)
{
    switch (encr_alg) {
    case TG_ENCR_AES_CM_128:
        return c->aes_128_ctr;
    case TG_ENCR_AES_CM_256:
        return c->aes_256_ctr;
    case TG_ENCR_AES_KW_128:
        return c->aes_128_wrap;
    default:
        return NULL;
    }
}

static tg_status check_sizes(uint8_t encr_alg, tg_bytes key, tg_bytes iv, tg_bytes in)
{
    size_t key_len, salt_len, iv_len;
    if (!tg_encr_sizes(encr_alg, &key_len, &salt_len, &iv_len))
        return TG_UNKNOWN_ALGORITHM;
    if (key.len != key_len || iv.len != iv_len)
        return TG_BAD_KEY;
    return encr_alg != TG_ENCR_NULL && in.len > CM_MAX ? TG_TOO_LARGE : TG_OK;
}

/* A copy, or nothing: AES-CM of no octets is no octets, and OpenSSL need not be asked. */
static tg_status copy_to(tg_arena *arena, tg_bytes octets, tg_bytes *out)
{
    *out = tg_arena_copy(arena, octets.data, octets.len);
    return out->len && !out->data ? TG_ARENA_FULL : TG_OK;
}

/* Runs the cipher into the arena, which gets it all back where that fails. */
static tg_status run_in(tg_crypto *c, uint8_t encr_alg, bool encrypt, tg_bytes key, tg_bytes iv, tg_bytes in,
                        size_t out_len, tg_arena *arena, tg_bytes *out)
{
    size_t before = arena->used, len = 0;
    /* Unwrapping writes no more than the plaintext, but may be given room for as much as came in. */
    uint8_t *to = tg_arena_alloc(arena, out_len);
    if (!to)
        return TG_ARENA_FULL;
    bool ok = run_cipher(c, cipher_of(c, encr_alg), encrypt, key, iv, in, to, &len) && len <= out_len;
    if (ok) {
        *out = tg_bytes_of(to, len);
        return TG_OK;
    }
    tg_arena_wipe(arena, before);
    return tg_openssl_failed(encr_alg == TG_ENCR_AES_KW_128 && !encrypt ? TG_NOT_AUTHENTIC : TG_NO_MEMORY);
}

tg_status tg_kemac_encrypt(tg_crypto *c, const tg_settings *settings, uint8_t encr_alg, tg_bytes key, tg_bytes iv,
                           tg_bytes plaintext, tg_arena *arena, tg_bytes *out)
{
    tg_status status = check_sizes(encr_alg, key, iv, plaintext);
    if (status != TG_OK)
        return status;
    if (encr_alg == TG_ENCR_NULL || (encr_alg != TG_ENCR_AES_KW_128 && plaintext.len == 0))
        return copy_to(arena, plaintext, out);
    if (encr_alg != TG_ENCR_AES_KW_128)
        return run_in(c, encr_alg, true, key, iv, plaintext, plaintext.len, arena, out);
    size_t padded = (plaintext.len + KW_BLOCK - 1) / KW_BLOCK * KW_BLOCK;
    if (padded < KW_MIN)
        padded = KW_MIN;
    if (padded == plaintext.len)
        return run_in(c, encr_alg, true, key, iv, plaintext, padded + KW_BLOCK, arena, out);
    if (settings->kw_pad != TG_KW_PAD_ZERO)
        return TG_BAD_KEY;
    /* The result stands before the padded copy, so that the copy can be wiped and given back. */
    size_t before = arena->used;
    uint8_t *to = tg_arena_alloc(arena, padded + KW_BLOCK);
    size_t after = arena->used;
    uint8_t *copy = to ? tg_arena_alloc(arena, padded) : NULL;
    size_t len = 0;
    if (copy) {
        memset(copy, 0, padded);
        if (plaintext.len)
            memcpy(copy, plaintext.data, plaintext.len);
        bool ok = run_cipher(c, c->aes_128_wrap, true, key, iv, tg_bytes_of(copy, padded), to, &len);
        tg_arena_wipe(arena, after);
        if (ok) {
            *out = tg_bytes_of(to, len);
            return TG_OK;
        }
    }
    tg_arena_wipe(arena, before);
    return copy ? tg_openssl_failed(TG_NO_MEMORY) : TG_ARENA_FULL;
}

tg_status tg_kemac_decrypt(tg_crypto *c, uint8_t encr_alg, tg_bytes key, tg_bytes iv, tg_bytes ciphertext,
                           tg_arena *arena, tg_bytes *out)
{
    tg_status status = check_sizes(encr_alg, key, iv, ciphertext);
    if (status != TG_OK)
        return status;
    if (encr_alg != TG_ENCR_AES_KW_128) {
        if (encr_alg == TG_ENCR_NULL || ciphertext.len == 0)
            return copy_to(arena, ciphertext, out);
        return run_in(c, encr_alg, false, key, iv, ciphertext, ciphertext.len, arena, out);
    }
    if (ciphertext.len % KW_BLOCK != 0 || ciphertext.len < KW_MIN + KW_BLOCK)
        return TG_NOT_AUTHENTIC;
    return run_in(c, encr_alg, false, key, iv, ciphertext, ciphertext.len, arena, out);
}
