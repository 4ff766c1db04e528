/* Wrong variants of the reference that open or make containers as nobody should. What the room smime never gives away is
 * made here with OpenSSL: the keystream of an AEAD without its tag. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "mutants.h"

/* ---- the variants ------------------------------------------------------------------------------------------- */

#define BOTH "initiator responder"
#define CONTAINER(name, title, row, wrong)                                                                             \
    {                                                                                                                  \
        .about = { name, title, row, BOTH }, .container = IUT_CONTAINER_##wrong                                        \
    }

static const iut_variant table[] = {
    CONTAINER("container-any-tag", "The content of a container is released though its tag is wrong.", "RFC5083-2-01",
              ANY_TAG),
    CONTAINER("container-tag-begins", "The first four octets of a container's tag are compared alone.", "RFC5083-2-01",
              TAG_BEGINS),
    CONTAINER("container-short-tag", "A tag that was cut is compared as far as it goes.", "RFC5083-2-01", SHORT_TAG),
    CONTAINER("container-any-key", "Where the content key does not unwrap, any tag is good.", "RFC5083-2-01", ANY_KEY),
    CONTAINER("container-tells", "A container is rejected, and half of its content told.", "RFC5083-2-02", TELLS),
    CONTAINER("container-first-recipient", "Of a container's recipients the first is tried alone.", "TS33328-I.2.1-02",
              FIRST_RECIPIENT),
    CONTAINER("container-no-ccm", "Containers with AES-CCM are neither opened nor made.", "TS33328-I.2.1-01", NO_CCM),
    CONTAINER("container-no-wrap-256", "AES-WRAP with 256 bits is not supported.", "TS33328-I.2.1-03", NO_WRAP_256),
    CONTAINER("container-same-key", "Each container has the same content key.", "TS33328-I.2.1-04", SAME_KEY),
    CONTAINER("container-same-gcm-nonce", "With AES-GCM each container has the same content key and nonce.",
              "RFC5084-1.5-01", SAME_GCM),
    CONTAINER("container-same-ccm-nonce", "With AES-CCM each container has the same content key and nonce.",
              "RFC5084-1.4-01", SAME_CCM),
};

const iut_variant *iut_container_variants(size_t *num)
{
    *num = sizeof table / sizeof *table;
    return table;
}

/* ---- what they lack, what they draw ------------------------------------------------------------------------- */

static bool is_ccm(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_CCM || alg == TG_SMIME_AES_192_CCM || alg == TG_SMIME_AES_256_CCM;
}

bool iut_container_lacks(iut_wrong_container wrong, tg_smime_alg alg, size_t kek_len)
{
    return (wrong == IUT_CONTAINER_NO_CCM && is_ccm(alg)) || (wrong == IUT_CONTAINER_NO_WRAP_256 && kek_len == 32);
}

void iut_container_draws(iut_wrong_container wrong, tg_smime_alg alg, unsigned n, uint8_t *octets, size_t len)
{
    bool same = (wrong == IUT_CONTAINER_SAME_KEY && n == 0) || (wrong == IUT_CONTAINER_SAME_GCM && !is_ccm(alg)) ||
                (wrong == IUT_CONTAINER_SAME_CCM && is_ccm(alg));
    for (size_t i = 0; same && i < len; i++)
        octets[i] = (uint8_t)(0x51 + 7 * n + 11 * i);
}

/* ---- opening what does not open ----------------------------------------------------------------------------- */

typedef struct opening {
    const tg_smime *container;
    uint8_t cek[TG_SMIME_CEK_MAX];
    int tag_len;
} opening;

/* AES-WRAP (RFC 3394). */
static bool unwrap(const tgi_kek *key, const tg_smime_recipient *r, uint8_t *out, size_t cek_len)
{
    const EVP_CIPHER *cipher = key->kek.len == 16 ? EVP_aes_128_wrap() : EVP_aes_256_wrap();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t plain[TG_SMIME_CEK_MAX + 16];
    int len = 0;
    bool ok = ctx && r->encrypted_key.len == cek_len + 8 && cek_len <= TG_SMIME_CEK_MAX;
    if (ok) {
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        ok = EVP_DecryptInit_ex(ctx, cipher, NULL, key->kek.data, NULL) == 1 &&
             EVP_DecryptUpdate(ctx, plain, &len, r->encrypted_key.data, (int)r->encrypted_key.len) == 1 &&
             (size_t)len == cek_len;
    }
    if (ok)
        memcpy(out, plain, cek_len);
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

static bool fits(const tgi_kek *key, const tg_smime_recipient *r)
{
    return r->kind == TG_SMIME_KEKRI && r->wrap != TG_SMIME_WRAP_UNKNOWN &&
           tg_smime_wrap_key_len(r->wrap) == key->kek.len && r->key_id.len == key->id.len &&
           (key->id.len == 0 || memcmp(r->key_id.data, key->id.data, key->id.len) == 0);
}

/* The content key; false where none of the recipients that are named unwraps. */
static bool find_key(opening *o, const tgi_kek *keys, size_t num_keys)
{
    size_t cek_len = tg_smime_alg_key_len(o->container->alg);
    for (size_t k = 0; k < num_keys; k++) {
        for (size_t i = 0; i < o->container->num_recipients; i++) {
            const tg_smime_recipient *r = &o->container->recipients[i];
            if (fits(&keys[k], r) && (keys[k].kek.len == 16 || keys[k].kek.len == 32) &&
                unwrap(&keys[k], r, o->cek, cek_len))
                return true;
        }
    }
    return false;
}

/* Counter mode is its own inverse: what is encrypted once more is decrypted, and of what was decrypted it gives the tag. */
static bool run(const opening *o, const uint8_t *in, uint8_t *out, uint8_t tag[16])
{
    const tg_smime *c = o->container;
    const EVP_CIPHER *cipher = c->alg == TG_SMIME_AES_128_GCM   ? EVP_aes_128_gcm()
                               : c->alg == TG_SMIME_AES_256_GCM ? EVP_aes_256_gcm()
                               : c->alg == TG_SMIME_AES_128_CCM ? EVP_aes_128_ccm()
                               : c->alg == TG_SMIME_AES_256_CCM ? EVP_aes_256_ccm()
                                                                : NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0, content_len = (int)c->content_len, aad_len = (int)c->auth_attrs_octets.len;
    bool ok = ctx && cipher && EVP_EncryptInit_ex(ctx, cipher, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)c->nonce.len, NULL) == 1;
    if (ok && is_ccm(c->alg))
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, o->tag_len, NULL) == 1;
    ok = ok && EVP_EncryptInit_ex(ctx, NULL, NULL, o->cek, c->nonce.data) == 1;
    if (ok && is_ccm(c->alg))
        ok = EVP_EncryptUpdate(ctx, NULL, &len, NULL, content_len) == 1;
    if (ok && aad_len > 0)
        ok = EVP_EncryptUpdate(ctx, NULL, &len, c->auth_attrs_octets.data, aad_len) == 1;
    ok = ok && EVP_EncryptUpdate(ctx, out, &len, in, content_len) == 1 &&
         EVP_EncryptFinal_ex(ctx, out + len, &len) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, o->tag_len, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

static uint8_t *gather(const tg_smime *c)
{
    uint8_t *all = malloc(c->content_len + 1);
    size_t len = 0;
    for (size_t i = 0; all && i < c->num_segments; i++) {
        if (c->segments[i].len > 0)
            memcpy(all + len, c->segments[i].data, c->segments[i].len);
        len += c->segments[i].len;
    }
    return all;
}

/* Decrypts, and gives the tag that the container should have. */
static bool decrypt(const opening *o, uint8_t *out, uint8_t tag[16])
{
    uint8_t *in = gather(o->container), *again = malloc(o->container->content_len + 1);
    bool ok = in && again && run(o, in, out, tag) && run(o, out, again, tag);
    free(in);
    free(again);
    return ok;
}

bool iut_container_opens(iut_wrong_container wrong, const tg_smime *container, const tgi_kek *keys, size_t num_keys,
                         tg_status status, uint8_t *out)
{
    bool opens = wrong >= IUT_CONTAINER_ANY_TAG && wrong <= IUT_CONTAINER_TELLS;
    bool cut = wrong == IUT_CONTAINER_SHORT_TAG && status == TG_BAD_CMS && container->mac.len > 0 &&
               container->icv_len >= 4 && container->icv_len <= 16 && (int64_t)container->mac.len < container->icv_len;
    if (!opens || !tg_smime_alg_is_aead(container->alg) || container->nonce.len == 0 ||
        (wrong == IUT_CONTAINER_SHORT_TAG ? !cut : status != TG_NOT_AUTHENTIC))
        return false;
    opening o = { .container = container, .tag_len = cut ? (int)container->icv_len : (int)container->mac.len };
    bool unwrapped = find_key(&o, keys, num_keys);
    uint8_t tag[16] = { 0 };
    if (unwrapped == (wrong == IUT_CONTAINER_ANY_KEY) || !decrypt(&o, out, tag))
        return false; /* ANY_KEY goes on with a key of zeros */
    size_t compared = cut ? container->mac.len : wrong == IUT_CONTAINER_TAG_BEGINS ? 4 : 0;
    return compared == 0 || (container->mac.len >= compared && memcmp(tag, container->mac.data, compared) == 0);
}
