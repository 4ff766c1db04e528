/* smime: how often the content is tried. Where nothing opens, it is as often as there are different wrapped keys to see, whether one
 * of them unwrapped or none: the work done tells a sender of forgeries no more than the status. The linker puts counters in
 * front of what decrypts and verifies (CMakeLists.txt). */
#include "test_smime_notation.h"

#include "../smime/cipher.h"

static size_t tries;
static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static box b;

tg_status __real_tg_aead_open(const tg_aead *a, const tg_segments *in, tg_bytes tag, uint8_t *out);
tg_status __wrap_tg_aead_open(const tg_aead *a, const tg_segments *in, tg_bytes tag, uint8_t *out);
tg_status __real_tg_hmac_of(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, const tg_segments *in,
                            uint8_t out[TG_DIGEST_MAX]);
tg_status __wrap_tg_hmac_of(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, const tg_segments *in,
                            uint8_t out[TG_DIGEST_MAX]);
tg_status __real_tg_cbc_open(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, tg_bytes iv, const tg_segments *in,
                             uint8_t *out, size_t *len);
tg_status __wrap_tg_cbc_open(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, tg_bytes iv, const tg_segments *in,
                             uint8_t *out, size_t *len);

tg_status __wrap_tg_aead_open(const tg_aead *a, const tg_segments *in, tg_bytes tag, uint8_t *out)
{
    tries++;
    return __real_tg_aead_open(a, in, tag, out);
}

tg_status __wrap_tg_hmac_of(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, const tg_segments *in,
                            uint8_t out[TG_DIGEST_MAX])
{
    tries++;
    return __real_tg_hmac_of(lib, alg, key, in, out);
}

tg_status __wrap_tg_cbc_open(OSSL_LIB_CTX *lib, tg_smime_alg alg, tg_bytes key, tg_bytes iv, const tg_segments *in,
                             uint8_t *out, size_t *len)
{
    tries++;
    return __real_tg_cbc_open(lib, alg, key, iv, in, out, len);
}

/* ---- containers --------------------------------------------------------------------------------------------- */

enum { MANY = 20 };
static uint8_t keks[MANY + 1][16], ids[MANY + 1][1]; /* the last one is no recipient's */
static const tg_smime_type types[] = { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_TYPE_IS_AUTHENTICATED };
static const tg_smime_alg algs[] = { TG_SMIME_AES_128_GCM, TG_SMIME_HMAC_SHA_256 };

static tg_smime_key numbered(size_t i)
{
    keks[i][0] = ids[i][0] = (uint8_t)(i + 1);
    return (tg_smime_key){ tg_bytes_of(ids[i], 1), tg_bytes_of(keks[i], 16) };
}

/* Recipients of `different` KEKs, in turn; with a tag or MAC that is another one where `broken`. */
static tg_bytes made(size_t kind, size_t recipients, size_t different, bool broken)
{
    tg_smime_key keys[MANY];
    for (size_t i = 0; i < recipients; i++)
        keys[i] = numbered(i % different);
    tg_smime_plan plan = { .type = types[kind], .alg = algs[kind], .recipients = keys, .num_recipients = recipients };
    tg_bytes octets = make(&plan, tg_bytes_of(hello, sizeof hello - 1));
    if (broken)
        *(uint8_t *)(uintptr_t)(octets.data + octets.len - 1) ^= 1;
    return octets;
}

static void expect(tg_bytes octets, const tg_smime_key *keys, size_t num, tg_status status, size_t expected)
{
    tg_status found = open_all(octets, keys, num, &b); /* to have it cut */
    tries = 0;
    tg_smime_opening how = { .keys = keys, .num_keys = num };
    found = tg_smime_open(crypto, &b.container, &how, b.out, sizeof b.out, &b.len, &b.opened);
    if (found != status || tries != expected)
        fail_msg("%s after %zu tries, expected %s after %zu", tg_status_name(found), tries, tg_status_name(status),
                 expected);
}

/* ---- tries -------------------------------------------------------------------------------------------------- */

static void test_unwrapped_or_not(void **state)
{
    static const struct {
        size_t recipients, different, tries;
    } cases[] = { { 1, 1, 1 }, { 16, 1, 1 }, { 5, 5, 5 }, { 12, 4, 4 }, { 16, 16, 16 }, { 20, 20, 16 } };
    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            tg_bytes broken = made(kind, cases[i].recipients, cases[i].different, true);
            tg_bytes sound = made(kind, cases[i].recipients, cases[i].different, false);
            tg_smime_key stranger = numbered(MANY);
            expect(broken, &stranger, 1, TG_NOT_AUTHENTIC, cases[i].tries);
            expect(sound, &stranger, 1, TG_NOT_AUTHENTIC, cases[i].tries);
            for (size_t k = 0; k < cases[i].different; k++) {
                tg_smime_key key = numbered(k), misfit = { key.id, tg_bytes_of(kek_octets, 32) };
                expect(broken, &key, 1, TG_NOT_AUTHENTIC, cases[i].tries);
                expect(sound, &key, 1, TG_OK, 1);
                expect(sound, &misfit, 1, TG_NOT_AUTHENTIC, cases[i].tries); /* of a length that no recipient has */
            }
            drop_held(NULL);
        }
    }
}

/* Of several keys those that are named: what the others are for is nobody's. */
static void test_named(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        tg_bytes broken = made(kind, 6, 6, true);
        for (size_t right = 0; right < 3; right++) {
            tg_smime_key keys[3] = { numbered(1), numbered(4), numbered(MANY) };
            for (size_t k = right; k < 2; k++)
                keys[k].kek = keys[2].kek;
            expect(broken, keys, 3, TG_NOT_AUTHENTIC, 2);
        }
    }
}

/* ---- several content keys ----------------------------------------------------------------------------------- */

static const char *notated(tg_bytes octets)
{
    char *out = (char *)hold(2 * octets.len + 1);
    for (size_t i = 0; i < octets.len; i++)
        snprintf(out + 2 * i, 3, "%02x", octets.data[i]);
    out[2 * octets.len] = 0;
    return out;
}

static const char *notated_at(const tg_smime *s, tg_smime_place at)
{
    return notated(tg_bytes_of(s->octets.data + at.offset, at.length));
}

/* A RecipientInfo of another container under the same KEK: it unwraps, to another content key. */
static const char *stale(unsigned number)
{
    tg_seeded_random seeded;
    tg_smime_key key = key_of(16);
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = TG_SMIME_AES_128_GCM, .recipients = &key, .num_recipients = 1
    };
    uint8_t out[512];
    size_t len;
    tg_smime s;
    assert_int_equal(tg_seeded_random_init(&seeded, crypto, tg_bytes_of(&number, sizeof number)), TG_OK);
    tg_random random = tg_seeded_random_source(&seeded);
    assert_int_equal(tg_smime_make(crypto, &plan, tg_bytes_of("x", 1), &random, out, sizeof out, &len), TG_OK);
    assert_int_equal(parse(tg_bytes_of(out, len), &s, NULL), TG_OK);
    return notated_at(&s, s.recipients[0].at);
}

/* `num` stale ones, each a copy of one of `different`, before the one of the content. */
static tg_bytes behind_stale(size_t num, size_t different)
{
    static char recipients[NOTATION_MAX / 2];
    tg_smime s;
    const char *others[MANY];
    for (unsigned i = 0; i < different; i++)
        others[i] = stale(i);
    tg_bytes octets =
        make_simple(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_GCM, 0, 16, tg_bytes_of(hello, sizeof hello - 1));
    assert_int_equal(parse(octets, &s, NULL), TG_OK);
    size_t len = (size_t)snprintf(recipients, sizeof recipients, "31(");
    for (size_t i = 0; i < num; i++)
        len += (size_t)snprintf(recipients + len, sizeof recipients - len, "%s", others[i % different]);
    snprintf(recipients + len, sizeof recipients - len, "%s)", notated_at(&s, s.recipients[0].at));
    parts p = { .recipients = recipients,
                .algorithm = notated_at(&s, s.algorithm.at),
                .content = notated_at(&s, s.content_at),
                .mac = notated_at(&s, s.mac_at) };
    return auth_enveloped(&p);
}

static void test_stale(void **state)
{
    static const struct {
        size_t num, different;
        tg_status status;
        size_t tries;
    } cases[] = {
        { 1, 1, TG_OK, 2 },  { 15, 15, TG_OK, 16 }, { 16, 16, TG_NOT_AUTHENTIC, 16 }, { 20, 20, TG_NOT_AUTHENTIC, 16 },
        { 20, 1, TG_OK, 2 }, { 20, 4, TG_OK, 5 }
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_smime_key key = key_of(16);
        expect(behind_stale(cases[i].num, cases[i].different), &key, 1, cases[i].status, cases[i].tries);
        assert_int_equal(b.opened.recipient, cases[i].status == TG_OK ? cases[i].num : 0);
        drop_held(NULL);
    }
}

/* EnvelopedData: 16 octets that are no padding under any of the keys. */
static void test_enveloped(void **state)
{
    (void)state;
    static char recipients[NOTATION_MAX / 2];
    snprintf(recipients, sizeof recipients, "31(" KEKRI KEKRI "%s%s%s)", stale(1), stale(2), stale(1));
    parts p = { .recipients = recipients };
    tg_bytes octets = enveloped(&p);
    uint8_t other[16] = { 9 };
    for (size_t i = 0; i < 2; i++) {
        tg_smime_key key = { key_of(16).id, i ? tg_bytes_of(other, 16) : key_of(16).kek };
        tg_smime_opening how = { .keys = &key, .num_keys = 1, .allow_unauthenticated = true };
        assert_int_equal(parse(octets, &b.container, NULL), TG_OK);
        tries = 0;
        assert_int_equal(tg_smime_open(crypto, &b.container, &how, b.out, sizeof b.out, &b.len, NULL),
                         TG_NOT_AUTHENTIC);
        assert_int_equal(tries, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_unwrapped_or_not),
        CRYPTO_TEST(test_named),
        CRYPTO_TEST(test_stale),
        CRYPTO_TEST(test_enveloped),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
