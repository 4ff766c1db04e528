/* PSK S/MIME containers that were opened: the content blanked, the content key another, wrapped under the key that stands for the old one. In the
 * others what is encrypted becomes noise. Names in what is around it become others, and every length stays. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "scrubbing.h"
#include "texts.h"

/* AES-WRAP (RFC 3394) one way or the other; false when it does not work out. */
static bool wrap(tg_bytes kek, tg_bytes in, bool wrapping, uint8_t *out, size_t len)
{
    const EVP_CIPHER *cipher = kek.len == 16   ? EVP_aes_128_wrap()
                               : kek.len == 24 ? EVP_aes_192_wrap()
                                               : EVP_aes_256_wrap();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t result[TG_SMIME_CEK_MAX + 32];
    int n = 0;
    bool ok = ctx && (kek.len == 16 || kek.len == 24 || kek.len == 32) && in.len <= TG_SMIME_CEK_MAX + 8;
    if (ctx)
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    ok = ok && EVP_CipherInit_ex(ctx, cipher, NULL, kek.data, NULL, wrapping) &&
         EVP_CipherUpdate(ctx, result, &n, in.data, (int)in.len) && (size_t)n == len;
    if (ok)
        memcpy(out, result, len);
    EVP_CIPHER_CTX_free(ctx);
    tg_wipe(result, sizeof result);
    return ok;
}

/* The content in the segments of the container that becomes `after`, encrypted, and the tag of it. */
static bool encrypt(const tg_smime *c, const uint8_t *before, uint8_t *after, tg_bytes cek, uint8_t *content)
{
    bool ccm = strstr(tg_smime_alg_name(c->alg), "ccm") != NULL;
    const EVP_CIPHER *cipher = ccm ? (cek.len == 16   ? EVP_aes_128_ccm()
                                      : cek.len == 24 ? EVP_aes_192_ccm()
                                                      : EVP_aes_256_ccm())
                                   : (cek.len == 16   ? EVP_aes_128_gcm()
                                      : cek.len == 24 ? EVP_aes_192_gcm()
                                                      : EVP_aes_256_gcm());
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    bool ok = ctx && EVP_EncryptInit_ex(ctx, cipher, NULL, NULL, NULL) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)c->nonce.len, NULL) &&
              (!ccm || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)c->mac.len, NULL)) &&
              EVP_EncryptInit_ex(ctx, NULL, NULL, cek.data, c->nonce.data) &&
              (!ccm || EVP_EncryptUpdate(ctx, NULL, &n, NULL, (int)c->content_len)) &&
              (c->auth_attrs_octets.len == 0 ||
               EVP_EncryptUpdate(ctx, NULL, &n, c->auth_attrs_octets.data, (int)c->auth_attrs_octets.len)) &&
              EVP_EncryptUpdate(ctx, content, &n, content, (int)c->content_len) &&
              (ccm || EVP_EncryptFinal_ex(ctx, content + n, &n)) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)c->mac.len, after + (c->mac.data - before));
    EVP_CIPHER_CTX_free(ctx);
    for (size_t i = 0, at = 0; ok && i < c->num_segments; at += c->segments[i++].len)
        memcpy(after + (c->segments[i].data - before), content + at, c->segments[i].len);
    return ok;
}

static const tgs_tek *find_kek(const tgs_scrub *s, tg_bytes wrapped, tg_bytes cek)
{
    uint8_t unwrapped[TG_SMIME_CEK_MAX];
    for (size_t i = 0; i < s->num_teks; i++) {
        if (wrap(s->teks[i].before, wrapped, false, unwrapped, cek.len) && memcmp(unwrapped, cek.data, cek.len) == 0)
            return &s->teks[i];
    }
    return NULL;
}

/* The container as it becomes, with what is around the content done, cut again. */
static bool parse_after(const tgs_container *out, tg_arena *arena, tg_smime *c)
{
    return tg_smime_parse(tg_bytes_of(out->after, out->len), arena, c, NULL) == TG_OK;
}

static bool seal(tgs_scrub *s, const tg_smime_judgement *judged, const tgs_container *out, const tg_smime *now)
{
    const tg_smime *c = &judged->container;
    const tg_smime_recipient *recipient = &c->recipients[judged->opened.recipient];
    tg_bytes old = tg_bytes_of(judged->opened.cek, judged->opened.cek_len);
    const tgs_tek *tek = find_kek(s, recipient->encrypted_key, old);
    uint8_t cek[TG_SMIME_CEK_MAX];
    uint8_t *content = malloc(c->content_len + 32);
    bool ok = tek && content && c->num_recipients == 1 && now->num_recipients == 1 &&
              judged->content.len == c->content_len && now->content_len == c->content_len;
    if (ok) {
        tgp_names_key(&s->names, old, cek);
        memcpy(content, judged->content.data, c->content_len);
        tgp_scrub_entity(&s->names, (char *)content, c->content_len);
        tg_bytes place = now->recipients[0].encrypted_key;
        ok = place.len == recipient->encrypted_key.len &&
             wrap(tek->after, tg_bytes_of(cek, old.len), true, out->after + (place.data - out->after), place.len) &&
             encrypt(now, out->after, out->after, tg_bytes_of(cek, old.len), content);
    }
    free(content);
    tg_wipe(cek, sizeof cek);
    return ok;
}

static bool make(tgs_scrub *s, const tg_smime_judgement *judged, const tgs_container *out)
{
    tg_smime now;
    size_t size = tg_smime_arena_size(out->len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tgs_rename_der(s, out->after, out->len, TGS_DER_CONTAINER);
    bool ok = memory && parse_after(out, &arena, &now) && seal(s, judged, out, &now);
    free(memory);
    return ok;
}

void tgs_take_container(tgs_scrub *s, const tg_smime_judgement *judged)
{
    const tg_smime *c = &judged->container;
    if (judged->parse != TG_OK || judged->outcome != TG_SMIME_OPENED || c->type != TG_SMIME_TYPE_IS_AUTH_ENVELOPED ||
        c->octets.len == 0)
        return;
    tgs_container one = { tgs_alloc(s, c->octets.len), tgs_alloc(s, c->octets.len), c->octets.len };
    if (!one.before || !one.after)
        return;
    memcpy(one.before, c->octets.data, one.len);
    memcpy(one.after, c->octets.data, one.len);
    if (!make(s, judged, &one))
        return;
    tgs_container *kept = tgs_grow(s, (void **)&s->containers, &s->num_containers, sizeof *kept);
    if (kept) {
        *kept = one;
        s->counts->containers++;
    }
}

void tgs_put_container(tgs_scrub *s, uint8_t *der, size_t len)
{
    for (size_t i = 0; i < s->num_containers; i++) {
        if (s->containers[i].len == len && memcmp(s->containers[i].before, der, len) == 0) {
            memcpy(der, s->containers[i].after, len);
            return;
        }
    }
    tg_smime c;
    size_t size = tg_smime_arena_size(len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    s->counts->containers_left++;
    bool is_read = memory && tg_smime_parse(tg_bytes_of(der, len), &arena, &c, NULL) == TG_OK;
    uint8_t *before = is_read ? malloc(len + 1) : NULL;
    if (before) {
        memcpy(before, der, len);
        tgs_rename_der(s, der, len, TGS_DER_CONTAINER);
    }
    for (size_t i = 0; before && i < c.num_segments; i++) {
        size_t at = (size_t)(c.segments[i].data - der);
        memcpy(der + at, before + at, c.segments[i].len);
        if (c.type == TG_SMIME_TYPE_IS_AUTHENTICATED)
            tgp_scrub_entity(&s->names, (char *)der + at, c.segments[i].len);
        else
            tgs_noise(s, der + at, c.segments[i].len); /* it was encrypted, under a key that somebody has */
    }
    if (!before)
        tgp_scrub_blank((char *)der, len);
    free(before);
    free(memory);
}
