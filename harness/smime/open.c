/* tg_smime_open. A key that does not unwrap goes the way of one that does, with another content key in its place, and
 * ends in the same status: neither that nor the time tells a sender of forgeries which of the two it was. */
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

/* `fits` false: the key is none, and nothing comes of it. */
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

static tg_status check_keys(const tg_smime *s, const tg_smime_opening *how)
{
    bool found = false;
    for (size_t k = 0; k < how->num_keys; k++) {
        if (tg_wrap_of_kek(how->keys[k].kek.len) == TG_SMIME_WRAP_UNKNOWN)
            return TG_BAD_KEY;
        for (size_t i = 0; !found && i < s->num_recipients; i++)
            found = tg_recipient_is_usable(s, &s->recipients[i]) && key_is_for(how, k, &s->recipients[i]);
    }
    return found ? TG_OK : TG_NOT_FOUND;
}

/* One recipient and one key; TG_NOT_AUTHENTIC with cek_len 0 where the content was not tried. */
static tg_status try_key(opening *o, size_t i, const tg_smime_key *key, tg_smime_opened *opened)
{
    const tg_smime_recipient *r = &o->s->recipients[i];
    uint8_t cek[TG_WRAP_ROOM];
    opened->cek_len = 0;
    /* A KEK of another length than the algorithm has, TG_BAD_KEY, does not unwrap either. */
    tg_status status = tg_unwrap_key(o->lib, r->wrap, key->kek, r->encrypted_key, cek, &opened->cek_len);
    if (status == TG_OK) {
        /* OpenSSL queues an error where a key does not unwrap; that, and to empty the queue, takes time: here too. */
        ERR_raise(ERR_LIB_PROV, ERR_R_INTERNAL_ERROR);
        ERR_clear_error();
        memcpy(opened->cek, cek, opened->cek_len);
        status = open_with(o, tg_bytes_of(cek, opened->cek_len), true);
    } else {
        opened->cek_len = 0;
        status = status == TG_BAD_KEY ? TG_NOT_AUTHENTIC : status;
    }
    tg_wipe(cek, sizeof cek);
    return status;
}

static tg_status try_all(opening *o, const tg_smime_opening *how, tg_smime_opened *opened)
{
    static const uint8_t no_key[TG_WRAP_ROOM];
    const tg_smime *s = o->s;
    size_t tries = 0, cek_len = 0;
    for (size_t i = 0; i < s->num_recipients; i++) {
        if (!tg_recipient_is_usable(s, &s->recipients[i]))
            continue;
        for (size_t k = 0; k < how->num_keys && tries < TG_SMIME_MAX_TRIES; k++) {
            if (!key_is_for(how, k, &s->recipients[i]))
                continue;
            opened->recipient = i;
            opened->key = k;
            cek_len = s->recipients[i].encrypted_key.len - TG_WRAP_BLOCK;
            tg_status status = try_key(o, i, &how->keys[k], opened);
            if (status != TG_NOT_AUTHENTIC)
                return status;
            tries += opened->cek_len > 0;
        }
    }
    return tries ? TG_NOT_AUTHENTIC : open_with(o, tg_bytes_of(no_key, cek_len), false);
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
    tg_status status = tg_smime_refusal(c, container, how->allow_unauthenticated);
    if (status == TG_OK)
        status = check_keys(container, how);
    if (status == TG_OK && container->content_len > max)
        status = TG_BUFFER_FULL;
    if (status == TG_OK)
        status = try_all(&o, how, &kept);
    if (status == TG_OK) {
        *len = o.len;
        if (opened)
            *opened = kept;
    }
    tg_wipe(&kept, sizeof kept);
    return status == TG_OK ? TG_OK : tg_smime_openssl_failed(status);
}
