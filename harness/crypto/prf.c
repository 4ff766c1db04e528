/* The PRFs of RFC 3830 4.1.2 and RFC 6043 6.1: one construction, two hashes. */
#include <openssl/crypto.h>

#include "handle.h"

enum { KEY_BLOCK = 32, HASH_BLOCK = 64 }; /* 256 bits of inkey at a time; SHA-1 and SHA-256 hash 64 octets at a time */
#define MAX_HASH_BLOCKS 1000000u

/* ---- HMAC --------------------------------------------------------------------------------------------------- */

bool tg_hmac_start(EVP_MAC_CTX *hmac, tg_bytes key)
{
    return EVP_MAC_init(hmac, key.data, key.len, NULL) == 1;
}

bool tg_hmac_again(EVP_MAC_CTX *hmac)
{
    return EVP_MAC_init(hmac, NULL, 0, NULL) == 1;
}

static void take_key_out(EVP_MAC_CTX *hmac)
{
    static const uint8_t no_key[1] = { 0 };
    /* Where even this fails the old key stays until the context is keyed again or freed; both wipe it. */
    (void)EVP_MAC_init(hmac, no_key, sizeof no_key, NULL);
}

void tg_hmac_forget(tg_crypto *c, EVP_MAC_CTX *hmac)
{
    if (c->holds == 0)
        take_key_out(hmac);
    else
        *(hmac == c->hmac_sha1 ? &c->sha1_is_keyed : &c->sha256_is_keyed) = true;
}

void tg_crypto_hold(tg_crypto *c)
{
    c->holds++;
}

void tg_crypto_release(tg_crypto *c)
{
    if (--c->holds > 0)
        return;
    if (c->sha1_is_keyed)
        take_key_out(c->hmac_sha1);
    if (c->sha256_is_keyed)
        take_key_out(c->hmac_sha256);
    c->sha1_is_keyed = c->sha256_is_keyed = false;
}

/* ---- P and PRF ---------------------------------------------------------------------------------------------- */

typedef struct p_hash {
    EVP_MAC_CTX *hmac;
    size_t hash_len;
    uint8_t a[32], block[32]; /* A_i, HMAC (s, A_i || label) */
} p_hash;

static bool finish(EVP_MAC_CTX *hmac, uint8_t out[32])
{
    size_t len;
    return EVP_MAC_final(hmac, out, &len, 32) == 1;
}

/* XORs P (s, label, m) over `out`, as much of it as is wanted. */
static bool p_xor(p_hash *p, tg_bytes s, tg_bytes label, uint8_t *out, size_t out_len)
{
    if (!tg_hmac_start(p->hmac, s) || !EVP_MAC_update(p->hmac, label.data, label.len) || !finish(p->hmac, p->a))
        return false;
    for (size_t done = 0; done < out_len;) {
        if (!tg_hmac_again(p->hmac) || !EVP_MAC_update(p->hmac, p->a, p->hash_len) ||
            !EVP_MAC_update(p->hmac, label.data, label.len) || !finish(p->hmac, p->block))
            return false;
        for (size_t i = 0; i < p->hash_len && done < out_len; i++)
            out[done++] ^= p->block[i];
        if (done < out_len &&
            !(tg_hmac_again(p->hmac) && EVP_MAC_update(p->hmac, p->a, p->hash_len) && finish(p->hmac, p->a)))
            return false;
    }
    return true;
}

/* n and m grow with octets that a stranger wrote: a TGK of 64 KB that is forked would take 13 million HMACs. */
static bool is_too_much(size_t inkey_len, size_t label_len, size_t out_len, size_t hash_len)
{
    uint64_t n = inkey_len / KEY_BLOCK + 1, m = out_len / hash_len + 1, per_hmac = label_len / HASH_BLOCK + 6;
    return n > MAX_HASH_BLOCKS || m > MAX_HASH_BLOCKS / n || per_hmac > MAX_HASH_BLOCKS / (n * m);
}

tg_status tg_prf(tg_crypto *c, uint8_t prf_func, tg_bytes inkey, tg_bytes label, uint8_t *out, size_t out_len)
{
    if (!tg_prf_is_known(prf_func))
        return TG_UNKNOWN_ALGORITHM;
    if (inkey.len == 0)
        return TG_BAD_KEY;
    bool is_mikey_1 = prf_func == TG_PRF_MIKEY_1;
    p_hash p = { .hmac = is_mikey_1 ? c->hmac_sha1 : c->hmac_sha256, .hash_len = is_mikey_1 ? 20 : 32 };
    if (is_too_much(inkey.len, label.len, out_len, p.hash_len))
        return TG_TOO_LARGE;
    if (out_len == 0)
        return TG_OK;
    memset(out, 0, out_len);
    bool ok = true;
    for (size_t at = 0; ok && at < inkey.len; at += KEY_BLOCK) {
        size_t len = inkey.len - at < KEY_BLOCK ? inkey.len - at : KEY_BLOCK;
        ok = p_xor(&p, tg_bytes_of(inkey.data + at, len), label, out, out_len);
    }
    tg_hmac_forget(c, p.hmac);
    tg_wipe(&p, sizeof p);
    if (ok)
        return TG_OK;
    tg_wipe(out, out_len);
    return tg_openssl_failed(TG_NO_MEMORY);
}
