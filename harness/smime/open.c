/* tg_smime_open. All wrapped keys are unwrapped first; then the content is tried with those that came of it, and where
 * none opens it with others, until it was tried as often as there are different wrapped keys to see. Neither the status
 * nor the work done tells a sender of forgeries whether a key unwrapped. */
#include "open.h"

#include <openssl/err.h>

#include "algorithms.h"
#include "cipher.h"
#include "templates.h"

typedef struct opening {
    OSSL_LIB_CTX *lib;
    const tg_smime *s;
    uint8_t *out;
    size_t len;
} opening;

static tg_segments content_of(const tg_smime *s)
{
    return (tg_segments){ s->segments, s->num_segments, s->content_len };
}

/* ---- with a content key ------------------------------------------------------------------------------------- */

static tg_status open_aead(opening *o, tg_bytes cek)
{
    const tg_smime *s = o->s;
    const tg_segments content = content_of(s);
    const tg_aead aead = { .lib = o->lib,
                           .alg = s->alg,
                           .key = cek,
                           .nonce = s->nonce,
                           .has_aad = s->has_auth_attrs,
                           .aad = s->auth_attrs_octets };
    o->len = s->content_len;
    return tg_aead_open(&aead, &content, s->mac, o->out);
}

/* RFC 5652 9.2: of the attributes where there are some; that their message-digest is the content's was seen before. */
static tg_status open_authenticated(opening *o, tg_bytes mac_key)
{
    const tg_smime *s = o->s;
    uint8_t mac[TG_DIGEST_MAX];
    const tg_segments content = content_of(s), attributes = { &s->auth_attrs_octets, 1, s->auth_attrs_octets.len };
    tg_status status = tg_hmac_of(o->lib, s->alg, mac_key, s->has_auth_attrs ? &attributes : &content, mac);
    if (status == TG_OK && !tg_equal_secret(tg_bytes_of(mac, tg_hmac_len(s->alg)), s->mac))
        status = TG_NOT_AUTHENTIC;
    tg_wipe(mac, sizeof mac);
    for (size_t i = 0; status == TG_OK && i < s->num_segments; i++) {
        if (s->segments[i].len)
            memcpy(o->out + o->len, s->segments[i].data, s->segments[i].len);
        o->len += s->segments[i].len;
    }
    return status;
}

static tg_status open_enveloped(opening *o, tg_bytes cek)
{
    const tg_segments content = content_of(o->s);
    return tg_cbc_open(o->lib, o->s->alg, cek, o->s->nonce, &content, o->out, &o->len);
}

/* `fits` false: the key is no one's, and nothing comes of it. */
static tg_status open_with(opening *o, tg_bytes cek, bool fits)
{
    o->len = 0;
    tg_status status = o->s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED  ? open_aead(o, cek)
                       : o->s->type == TG_SMIME_TYPE_IS_AUTHENTICATED ? open_authenticated(o, cek)
                                                                      : open_enveloped(o, cek);
    if (status == TG_OK && !fits)
        status = TG_NOT_AUTHENTIC;
    if (status != TG_OK) {
        tg_wipe(o->out, o->s->content_len);
        o->len = 0;
    }
    return status;
}

/* ---- with the keys of the caller ---------------------------------------------------------------------------- */

static bool key_is_for(const tg_smime_opening *how, size_t k, const tg_smime_recipient *r)
{
    const tg_smime_key *key = &how->keys[k];
    return how->num_keys == 1 || !key->id.data || tg_bytes_equal(key->id, r->key_id);
}

static tg_status check_keys(const tg_smime_opening *how)
{
    for (size_t k = 0; k < how->num_keys; k++) {
        if (tg_wrap_of_kek(how->keys[k].kek.len) == TG_SMIME_WRAP_UNKNOWN)
            return TG_BAD_KEY;
    }
    return TG_OK;
}

/* ---- content keys ------------------------------------------------------------------------------------------- */

/* Different ones that came of unwrapping, in the order of the recipients. */
typedef struct ceks {
    tg_smime_opened at[TG_SMIME_MAX_TRIES];
    size_t num;
} ceks;

static void add_cek(ceks *found, const tg_smime_opened *cek)
{
    for (size_t i = 0; i < found->num; i++) {
        if (tg_equal_secret(tg_bytes_of(found->at[i].cek, found->at[i].cek_len), tg_bytes_of(cek->cek, cek->cek_len)))
            return;
    }
    if (found->num < TG_SMIME_MAX_TRIES)
        found->at[found->num++] = *cek;
}

/* One recipient and one key. A KEK of another length than the algorithm has, TG_BAD_KEY, does not unwrap either. */
static tg_status unwrap(const opening *o, size_t i, const tg_smime_opening *how, size_t k, ceks *found)
{
    const tg_smime_recipient *r = &o->s->recipients[i];
    uint8_t cek[TG_WRAP_ROOM];
    tg_smime_opened got = { .recipient = i, .key = k };
    tg_status status = tg_unwrap_key(o->lib, r->wrap, how->keys[k].kek, r->encrypted_key, cek, &got.cek_len);
    if (status == TG_OK) {
        /* OpenSSL queues an error where a key does not unwrap; that, and to empty the queue, takes time: here too. */
        ERR_raise(ERR_LIB_PROV, ERR_R_INTERNAL_ERROR);
        ERR_clear_error();
        memcpy(got.cek, cek, got.cek_len);
        add_cek(found, &got);
    }
    tg_wipe(cek, sizeof cek);
    tg_wipe(&got, sizeof got);
    return status == TG_NOT_AUTHENTIC || status == TG_BAD_KEY ? TG_OK : status;
}

static bool is_wrapped_alike(const tg_smime_recipient *a, const tg_smime_recipient *b)
{
    return a->wrap == b->wrap && tg_bytes_equal(a->encrypted_key, b->encrypted_key);
}

/* A usable recipient that a key of the caller is for. */
static bool is_tried(const tg_smime *s, const tg_smime_opening *how, size_t i)
{
    size_t k = 0;
    while (k < how->num_keys && !key_is_for(how, k, &s->recipients[i]))
        k++;
    return k < how->num_keys && tg_recipient_is_usable(s, &s->recipients[i]);
}

/* Different wrapped keys that are tried: no more content keys can come of them, and everybody sees how many they are. */
static size_t count_wrapped(const tg_smime *s, const tg_smime_opening *how)
{
    size_t different[TG_SMIME_MAX_TRIES], num = 0;
    for (size_t i = 0; i < s->num_recipients && num < TG_SMIME_MAX_TRIES; i++) {
        size_t d = 0;
        if (!is_tried(s, how, i))
            continue;
        while (d < num && !is_wrapped_alike(&s->recipients[different[d]], &s->recipients[i]))
            d++;
        if (d == num)
            different[num++] = i;
    }
    return num;
}

/* Each with each, also where one has unwrapped. */
static tg_status unwrap_all(const opening *o, const tg_smime_opening *how, ceks *found)
{
    tg_status status = TG_OK;
    for (size_t i = 0; i < o->s->num_recipients; i++) {
        if (!tg_recipient_is_usable(o->s, &o->s->recipients[i]))
            continue;
        for (size_t k = 0; status == TG_OK && k < how->num_keys; k++) {
            if (key_is_for(how, k, &o->s->recipients[i]))
                status = unwrap(o, i, how, k, found);
        }
    }
    return status;
}

/* With the content keys, then with one that is none, `tries` times unless one opens it. */
static tg_status try_all(opening *o, const ceks *found, size_t tries, tg_smime_opened *opened)
{
    static const uint8_t no_key[TG_SMIME_CEK_MAX];
    size_t key_len = tg_smime_alg_key_len(o->s->alg);
    tg_status status = TG_NOT_AUTHENTIC;
    for (size_t i = 0; status == TG_NOT_AUTHENTIC && i < tries; i++) {
        const tg_smime_opened *cek = i < found->num ? &found->at[i] : NULL;
        tg_bytes key = cek ? tg_bytes_of(cek->cek, cek->cek_len) : tg_bytes_of(no_key, key_len ? key_len : 32);
        status = open_with(o, key, cek != NULL);
        if (status == TG_OK)
            *opened = *cek;
    }
    return status;
}

static tg_status open_content(opening *o, const tg_smime_opening *how, size_t tries, tg_smime_opened *opened)
{
    ceks found = { .num = 0 };
    tg_status status = unwrap_all(o, how, &found);
    if (status == TG_OK)
        status = try_all(o, &found, tries, opened);
    tg_wipe(&found, sizeof found);
    return status;
}

tg_status tg_smime_open(tg_crypto *c, const tg_smime *container, const tg_smime_opening *how, uint8_t *out, size_t max,
                        size_t *len, tg_smime_opened *opened)
{
    uint8_t nothing;
    tg_smime_opened kept = { .cek_len = 0 };
    opening o = { .lib = tg_crypto_library(c), .s = container, .out = out ? out : &nothing };
    *len = 0;
    if (opened)
        *opened = kept;
    tg_status status = check_keys(how);
    if (status == TG_OK)
        status = tg_smime_refusal(c, container, how->allow_unauthenticated);
    size_t tries = status == TG_OK ? count_wrapped(container, how) : 0;
    if (status == TG_OK && tries == 0)
        status = TG_NOT_FOUND;
    if (status == TG_OK && container->content_len > max)
        status = TG_BUFFER_FULL;
    if (status == TG_OK)
        status = open_content(&o, how, tries, &kept);
    if (status == TG_OK) {
        *len = o.len;
        if (opened)
            *opened = kept;
    }
    tg_wipe(&kept, sizeof kept);
    return status == TG_OK ? TG_OK : tg_smime_openssl_failed(status);
}
