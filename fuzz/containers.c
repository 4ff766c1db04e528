#include "containers.h"

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

void fuzz_check_finding(const tg_finding *finding, size_t len)
{
    FUZZ_CHECK(finding->requirement, "finding", "no row: %s", finding->text);
    FUZZ_CHECK(finding->offset <= len && finding->length <= len - finding->offset, "finding",
               "%s: %zu and %zu of %zu octets", finding->requirement->id, finding->offset, finding->length, len);
    FUZZ_CHECK(memchr(finding->path, 0, sizeof finding->path) && memchr(finding->text, 0, sizeof finding->text) &&
                   finding->text[0],
               "finding", "%s: no text", finding->requirement->id);
}
