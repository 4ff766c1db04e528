/* PSK S/MIME containers that were opened: the content blanked, the content key another, wrapped under the key that stands for the old one. What
 * DER is around them stays, and so does every length. */
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

/* The headers of the entity stay, where they say what the content is; all else that is a letter or a digit becomes x. */
static void blank_content(uint8_t *content, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i + 4 <= len && at == 0; i++) {
        if (memcmp(content + i, "\r\n\r\n", 4) == 0)
            at = i + 4;
    }
    tgp_scrub_blank((char *)content + at, len - at);
}

static bool make(tgs_scrub *s, const tg_smime_judgement *judged, tgs_container *out)
{
    const tg_smime *c = &judged->container;
    const tg_smime_recipient *recipient = &c->recipients[judged->opened.recipient];
    tg_bytes old = tg_bytes_of(judged->opened.cek, judged->opened.cek_len);
    const tgs_tek *tek = find_kek(s, recipient->encrypted_key, old);
    uint8_t cek[TG_SMIME_CEK_MAX];
    uint8_t *content = malloc(c->content_len + 32);
    bool ok = tek && content && c->num_recipients == 1 && judged->content.len == c->content_len;
    if (ok) {
        tgp_names_key(&s->names, old, cek);
        memcpy(content, judged->content.data, c->content_len);
        blank_content(content, c->content_len);
        ok = wrap(tek->after, tg_bytes_of(cek, old.len), true,
                  out->after + (recipient->encrypted_key.data - out->before), recipient->encrypted_key.len) &&
             encrypt(c, out->before, out->after, tg_bytes_of(cek, old.len), content);
    }
    free(content);
    tg_wipe(cek, sizeof cek);
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
    /* Places are views into what was judged. */
    tgs_container places = one;
    places.before = (uint8_t *)(uintptr_t)c->octets.data;
    if (!make(s, judged, &places))
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
    for (size_t i = 0; is_read && i < c.num_segments; i++) {
        uint8_t *segment = der + (c.segments[i].data - der);
        if (c.type == TG_SMIME_TYPE_IS_AUTHENTICATED)
            tgp_scrub_blank((char *)segment, c.segments[i].len);
        else
            tgs_noise(s, segment, c.segments[i].len); /* it was encrypted, under a key that somebody has */
    }
    if (!is_read)
        tgp_scrub_blank((char *)der, len);
    free(memory);
}
