#include "containers.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>

static const uint8_t kek_octets[32] = { 0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9,
                                        0xab, 0x5b, 0xe0, 0xcd, 0x19, 0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67,
                                        0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a };
static const uint8_t ids[FUZZ_NUM_KEYS][4] = { { 1, 2, 3, 4 }, { 1, 2, 3, 5 }, { 1, 2, 3, 6 } };

static struct {
    tg_crypto *crypto;
    tg_smime_key keys[FUZZ_NUM_KEYS];
    fuzz_container made[FUZZ_MAX_CONTAINERS];
    size_t num;
    uint8_t memory[1 << 20];
} world;

static const char text[] = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe meeting is at nine.\r\n";
static const char no_entity[] = "no entity at all";
/* SET OF one Attribute {1.2.3.4, {"ab"}} */
static const uint8_t attribute[] = { 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x2a, 0x03,
                                     0x04, 0x31, 0x04, 0x0c, 0x02, 'a',  'b' };

static void add(tg_smime_plan plan, tg_bytes content, const tg_random *random)
{
    FUZZ_CHECK(world.num < FUZZ_MAX_CONTAINERS, "init", "too many containers");
    fuzz_container *made = &world.made[world.num++];
    tg_status status =
        tg_smime_make(world.crypto, &plan, content, random, made->octets, sizeof made->octets, &made->len);
    FUZZ_CHECK(status == TG_OK, "init", "container %zu: %s", world.num - 1, tg_status_name(status));
    made->content = content;
    made->type = plan.type;
    tg_arena arena = tg_arena_of(world.memory, sizeof world.memory);
    tg_smime parsed;
    tg_diag diag;
    uint8_t out[sizeof text];
    size_t len;
    tg_smime_opening how = fuzz_opening(false);
    status = tg_smime_parse(tg_bytes_of(made->octets, made->len), &arena, &parsed, &diag);
    FUZZ_CHECK(status == TG_OK, "init", "container %zu is not cut: %s", world.num - 1, tg_status_name(status));
    status = tg_smime_open(world.crypto, &parsed, &how, out, sizeof out, &len, &made->opened);
    FUZZ_CHECK(status == TG_OK && tg_bytes_equal(tg_bytes_of(out, len), content), "init",
               "container %zu does not open: %s", world.num - 1, tg_status_name(status));
}

static void make_all(const tg_random *random)
{
    static const struct {
        tg_smime_alg alg;
        size_t tag_len;
    } aeads[] = { { TG_SMIME_AES_128_GCM, 0 }, { TG_SMIME_AES_256_GCM, 16 }, { TG_SMIME_AES_192_GCM, 13 },
                  { TG_SMIME_AES_128_CCM, 0 }, { TG_SMIME_AES_256_CCM, 16 }, { TG_SMIME_AES_192_CCM, 4 } };
    tg_bytes content = tg_bytes_of(text, sizeof text - 1), attrs = tg_bytes_of(attribute, sizeof attribute);
    for (size_t i = 0; i < sizeof aeads / sizeof *aeads; i++) {
        tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                               .alg = aeads[i].alg,
                               .tag_len = aeads[i].tag_len,
                               .recipients = world.keys,
                               .num_recipients = i % FUZZ_NUM_KEYS + 1 };
        add(plan, content, random);
        plan.auth_attrs = attrs;
        plan.unauth_attrs = i % 2 ? attrs : plan.unauth_attrs;
        add(plan, i % 2 ? content : tg_bytes_of(no_entity, sizeof no_entity - 1), random);
    }
    for (size_t i = 0; i < 4; i++) {
        tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTHENTICATED,
                               .alg = i % 2 ? TG_SMIME_HMAC_SHA_256 : TG_SMIME_HMAC_SHA_1,
                               .recipients = world.keys,
                               .num_recipients = i + 1 > FUZZ_NUM_KEYS ? 1 : i + 1,
                               .with_attrs = i > 1 };
        add(plan, content, random);
        plan.auth_attrs = i > 1 ? attrs : plan.auth_attrs;
        add(plan, i ? content : tg_bytes_of(text, 0), random);
    }
}

void fuzz_containers_init(void)
{
    static const char seed[] = "fuzz containers";
    tg_seeded_random seeded;
    FUZZ_CHECK(tg_crypto_new(&world.crypto) == TG_OK && tg_mime_init() == TG_OK, "init", "no OpenSSL or GMime");
    FUZZ_CHECK(tg_seeded_random_init(&seeded, world.crypto, tg_bytes_of(seed, sizeof seed - 1)) == TG_OK, "init",
               "no randomness");
    for (size_t i = 0; i < FUZZ_NUM_KEYS; i++)
        world.keys[i] = (tg_smime_key){ tg_bytes_of(ids[i], sizeof ids[i]), tg_bytes_of(kek_octets, 16 + 8 * i) };
    tg_random random = tg_seeded_random_source(&seeded);
    make_all(&random);
}

tg_crypto *fuzz_containers_crypto(void)
{
    return world.crypto;
}

const fuzz_container *fuzz_containers(size_t *num)
{
    *num = world.num;
    return world.made;
}

tg_smime_opening fuzz_opening(bool allow_unauthenticated)
{
    return (tg_smime_opening){ world.keys, FUZZ_NUM_KEYS, allow_unauthenticated };
}

/* ---- AES-GCM and AES-CCM by EVP ------------------------------------------------------------------------------ */

static const EVP_CIPHER *cipher_of(tg_smime_alg alg)
{
    switch (alg) {
    case TG_SMIME_AES_128_GCM:
        return EVP_aes_128_gcm();
    case TG_SMIME_AES_192_GCM:
        return EVP_aes_192_gcm();
    case TG_SMIME_AES_256_GCM:
        return EVP_aes_256_gcm();
    case TG_SMIME_AES_128_CCM:
        return EVP_aes_128_ccm();
    case TG_SMIME_AES_192_CCM:
        return EVP_aes_192_ccm();
    case TG_SMIME_AES_256_CCM:
        return EVP_aes_256_ccm();
    default:
        return NULL;
    }
}

static bool is_ccm(tg_smime_alg alg)
{
    return alg == TG_SMIME_AES_128_CCM || alg == TG_SMIME_AES_192_CCM || alg == TG_SMIME_AES_256_CCM;
}

/* Nonce and tag of sizes that the algorithm has (RFC 5084), and content whose length fits the length field of CCM. OpenSSL
 * takes no GCM nonce of more than 128 octets. */
bool fuzz_can_encrypt(const tg_smime *s)
{
    if (!cipher_of(s->alg) || s->parameters_bad || s->icv_len < 0 || (size_t)s->icv_len != s->mac.len ||
        !s->has_content)
        return false;
    if (is_ccm(s->alg))
        return s->nonce.len >= 7 && s->nonce.len <= 13 && s->icv_len >= 4 && s->icv_len <= 16 && s->icv_len % 2 == 0 &&
               (s->nonce.len < 13 || s->content_len < 65536);
    return s->nonce.len >= 1 && s->nonce.len <= 128 && s->icv_len >= 12 && s->icv_len <= 16;
}

void fuzz_encrypt(const tg_smime *s, const uint8_t *cek, const fuzz_block *plain, uint8_t *out, uint8_t tag[16])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0, ok = ctx && EVP_EncryptInit_ex(ctx, cipher_of(s->alg), NULL, NULL, NULL);
    ok = ok && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)s->nonce.len, NULL);
    if (ok && is_ccm(s->alg))
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)s->mac.len, NULL);
    ok = ok && EVP_EncryptInit_ex(ctx, NULL, NULL, cek, s->nonce.data);
    if (ok && is_ccm(s->alg))
        ok = EVP_EncryptUpdate(ctx, NULL, &len, NULL, (int)plain->len);
    if (ok && s->has_auth_attrs && s->auth_attrs_octets.len)
        ok = EVP_EncryptUpdate(ctx, NULL, &len, s->auth_attrs_octets.data, (int)s->auth_attrs_octets.len);
    ok = ok && EVP_EncryptUpdate(ctx, out, &len, plain->data, (int)plain->len) && EVP_EncryptFinal_ex(ctx, out, &len);
    ok = ok && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)s->mac.len, tag);
    FUZZ_CHECK(ok, "reseal", "EVP does not encrypt %zu octets with a nonce of %zu, tag %zu", plain->len, s->nonce.len,
               s->mac.len);
    EVP_CIPHER_CTX_free(ctx);
}

/* ---- attributes taken off ----------------------------------------------------------------------------------- */

/* Puts it into an encoding of its own; frees what came in. */
static fuzz_block wrap(fuzz_block inside, int tag, int class_, bool constructed)
{
    int len = ASN1_object_size(constructed, (int)inside.len, tag);
    fuzz_block out = fuzz_block_new((size_t)len, 0);
    unsigned char *p = out.data;
    ASN1_put_object(&p, constructed, (int)inside.len, tag, class_);
    if (inside.len)
        memcpy(p, inside.data, inside.len);
    fuzz_block_free(&inside);
    return out;
}

/* Frees both. */
static fuzz_block join(fuzz_block a, fuzz_block b)
{
    fuzz_block out = fuzz_block_new(a.len + b.len, 0);
    if (a.len)
        memcpy(out.data, a.data, a.len);
    if (b.len)
        memcpy(out.data + a.len, b.data, b.len);
    fuzz_block_free(&a);
    fuzz_block_free(&b);
    return out;
}

static fuzz_block field(const tg_smime *s, tg_smime_place at)
{
    return fuzz_block_copy(s->octets.data + at.offset, at.length);
}

fuzz_block fuzz_stripped(const tg_smime *s)
{
    static const uint8_t type[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x02 };
    fuzz_block content = fuzz_block_copy(s->auth_attrs_octets.data, s->auth_attrs_octets.len);
    content = wrap(wrap(content, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL, false), 0, V_ASN1_CONTEXT_SPECIFIC, true);
    content = wrap(join(field(s, s->content_type_at), content), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true);
    fuzz_block head = join(join(field(s, s->version_at), field(s, s->recipients_at)), field(s, s->algorithm.at));
    fuzz_block all = join(join(head, content), field(s, s->mac_at));
    all = wrap(wrap(all, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true), 0, V_ASN1_CONTEXT_SPECIFIC, true);
    return wrap(join(fuzz_block_copy(type, sizeof type), all), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true);
}

/* ---- oracles ------------------------------------------------------------------------------------------------ */

void fuzz_check_finding(const tg_finding *finding, size_t len)
{
    FUZZ_CHECK(finding->requirement, "finding", "no row: %s", finding->text);
    FUZZ_CHECK(finding->offset <= len && finding->length <= len - finding->offset, "finding",
               "%s: %zu and %zu of %zu octets", finding->requirement->id, finding->offset, finding->length, len);
    FUZZ_CHECK(memchr(finding->path, 0, sizeof finding->path) && memchr(finding->text, 0, sizeof finding->text) &&
                   finding->text[0],
               "finding", "%s: no text", finding->requirement->id);
}
