/* smime: AuthenticatedData whose attributes were taken off and put where the content stands. Its MAC is over the same
 * octets [RFC 5652 9.2]: whoever takes it opens what nobody sent. vectors/SMIME.md section 3. */
#define _GNU_SOURCE /* memmem */
#include "test_smime_notation.h"

#include <openssl/evp.h>

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static box b;

static tg_bytes at(const tg_smime *s, tg_smime_place place)
{
    return tg_bytes_of(s->octets.data + place.offset, place.length);
}

static const char *notated(tg_bytes octets)
{
    char *out = (char *)hold(2 * octets.len + 1);
    for (size_t i = 0; i < octets.len; i++)
        snprintf(out + 2 * i, 3, "%02x", octets.data[i]);
    out[2 * octets.len] = 0;
    return out;
}

/* As it is but for its attributes and its digestAlgorithm, which are left out, and its content. */
static tg_bytes strip(const tg_smime *s, const char *content)
{
    static char text[NOTATION_MAX];
    parts p = { .recipients = notated(at(s, s->recipients_at)),
                .algorithm = notated(at(s, s->algorithm.at)),
                .digest_algorithm = "",
                .auth_attrs = "",
                .mac = notated(at(s, s->mac_at)) };
    snprintf(text, sizeof text, "a0(%s)", content);
    p.content = text;
    return authenticated(&p);
}

static tg_bytes with_attributes(tg_smime_alg alg)
{
    tg_smime_key key = key_of(16);
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTHENTICATED, .alg = alg, .recipients = &key, .num_recipients = 1, .with_attrs = true
    };
    return make(&plan, tg_bytes_of(hello, sizeof hello - 1));
}

/* By the library and by HMAC of OpenSSL: the forgery is one, its MAC verifies over what stands as content. */
static void assert_mac_verifies(const tg_smime *s, const tg_smime_opened *opened, const char *hash)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t len = 0;
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, hash, NULL, opened->cek, opened->cek_len, s->auth_attrs_octets.data,
                              s->auth_attrs_octets.len, mac, sizeof mac, &len));
    assert_true(tg_bytes_equal(tg_bytes_of(mac, len), s->mac));
}

static void assert_refused(tg_bytes octets)
{
    static verdict v;
    static const tg_smime_opening no_keys;
    tg_smime_key key = key_of(16);
    tg_smime_opening how = { .keys = &key, .num_keys = 1 };
    assert_int_equal(open_all(octets, &key, 1, &b), TG_BAD_CMS);
    assert_int_equal(b.len, 0);
    for (size_t i = 0; i < sizeof b.out; i++)
        assert_int_equal(b.out[i], 0xaa);
    judge(octets, &how, &v);
    assert_int_equal(v.j.outcome, TG_SMIME_REFUSED);
    assert_string_equal(v.findings, "TS33328-I.2.1-05"); /* of its type, as always; no row speaks of this */
    judge(octets, &no_keys, &v);
    assert_int_equal(v.j.outcome, TG_SMIME_REFUSED);
}

static void test_stripped_is_refused(void **state)
{
    (void)state;
    static const struct {
        tg_smime_alg alg;
        const char *hash;
    } kinds[] = { { TG_SMIME_HMAC_SHA_1, "SHA1" }, { TG_SMIME_HMAC_SHA_256, "SHA2-256" } };
    for (size_t i = 0; i < 2; i++) {
        tg_smime_key key = key_of(16);
        char text[1024];
        assert_int_equal(open_all(with_attributes(kinds[i].alg), &key, 1, &b), TG_OK);
        const tg_smime s = b.container;
        assert_mac_verifies(&s, &b.opened, kinds[i].hash);
        tg_bytes attributes = tg_bytes_of(hold(s.auth_attrs_octets.len), s.auth_attrs_octets.len);
        memcpy((uint8_t *)(uintptr_t)attributes.data, s.auth_attrs_octets.data, attributes.len);
        const char *whole = notated(attributes), *tail = notated(tg_bytes_of(attributes.data + 1, attributes.len - 1));
        const char *const contents[] = { "04(%.2s%s)", "24(04(%.2s)04(%s))", "24{04() 24{04(%.2s)} 04(%s) 04()}" };
        const tg_smime kept = s;
        for (size_t k = 0; k < sizeof contents / sizeof contents[0]; k++) {
            snprintf(text, sizeof text, contents[k], whole, tail);
            tg_bytes forged = strip(&kept, text);
            assert_refused(forged);
            assert_true(b.container.content_len == attributes.len && !b.container.has_auth_attrs);
        }
    }
}

#define CONTENT_TYPE ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA)
#define DIGEST ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO)
/* Attributes that are sorted before these: 62 of them. */
#define SMALL "30(06(2a)31())"
#define TEN(text) text text text text text text text text text text
#define SMALL_62 TEN(SMALL SMALL SMALL SMALL SMALL SMALL) SMALL SMALL
/* SET, Attribute, SET, and 25 SEQUENCEs: 28 encodings one in another. */
#define FIVE_IN "30(30(30(30(30("
#define FIVE_OUT ")))))"
#define DEEP_28(inside)                                                                                                \
    ATTRIBUTE(OID_OTHER, FIVE_IN FIVE_IN FIVE_IN FIVE_IN FIVE_IN inside FIVE_OUT FIVE_OUT FIVE_OUT FIVE_OUT FIVE_OUT)

static void test_which_content(void **state)
{
    (void)state;
    static const struct {
        bool refused;
        const char *content;
    } cases[] = {
        { true, "31(" CONTENT_TYPE DIGEST ")" },
        { true, "31(" ATTRIBUTE(OID_MESSAGE_DIGEST, "") CONTENT_TYPE ")" },
        { true, "31(" CONTENT_TYPE CONTENT_TYPE DIGEST ")" },
        { true, "31(" SMALL CONTENT_TYPE DIGEST ")" },
        { true, "31(" CONTENT_TYPE DIGEST DEEP_28("30(30(30(0500)))") ")" },
        { true, "31(" SMALL_62 CONTENT_TYPE DIGEST ")" },
        { false, "" },
        { false, "31()" },
        { false, "31(" CONTENT_TYPE ")" },
        { false, "31(" DIGEST ")" },
        { false, "30(" CONTENT_TYPE DIGEST ")" },
        { false, "a2(" CONTENT_TYPE DIGEST ")" },
        { false, CONTENT_TYPE DIGEST },
        { false, "31(" CONTENT_TYPE DIGEST ") 0d0a" },
        { false, "31(0500" CONTENT_TYPE DIGEST ")" },
        { false, "31(30(" OID_OTHER ")" CONTENT_TYPE DIGEST ")" },
        { false, "31(30(" OID_OTHER "31()0500)" CONTENT_TYPE DIGEST ")" },
        /* not DER: the order, a length, indefinite lengths, a string in segments */
        { false, "31(" DIGEST CONTENT_TYPE ")" },
        { false, "31813f" CONTENT_TYPE DIGEST },
        { false, "31{" CONTENT_TYPE DIGEST "}" },
        { false, "31(" ATTRIBUTE(OID_MESSAGE_DIGEST, "24(04(00))") CONTENT_TYPE ")" },
        /* limits */
        { false, "31(" CONTENT_TYPE DIGEST DEEP_28("30(30(30(30(0500))))") ")" },
        { false, "31(" SMALL SMALL_62 CONTENT_TYPE DIGEST ")" },
        /* text that begins with the octet of a SET */
        { false, "31302030312031320d0a" },
        { false, "31" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static char text[NOTATION_MAX];
        snprintf(text, sizeof text, "a0(04(%s))", cases[i].content);
        parts p = { .digest_algorithm = "", .auth_attrs = "", .content = text };
        tg_smime_key key = key_of(16);
        tg_status status = open_all(authenticated(&p), &key, 1, &b);
        if (status != (cases[i].refused ? TG_BAD_CMS : TG_NOT_AUTHENTIC))
            fail_msg("case %zu: %s", i, tg_status_name(status));
        drop_held(NULL);
    }
}

/* SET of two attributes and of one that makes it as long as it is to be: from 64 KiB up. */
static tg_bytes attributes_of(size_t len)
{
    const tg_bytes two = notation(CONTENT_TYPE DIGEST), oid = notation(OID_OTHER);
    uint8_t *octets = hold(len), *to = octets;
    size_t string = len - 4 * 5 - two.len - oid.len;
#define LONG_HEADER(tag, n)                                                                                            \
    *to++ = (tag), *to++ = 0x83, *to++ = (uint8_t)((n) >> 16), *to++ = (uint8_t)((n) >> 8), *to++ = (uint8_t)(n)
    LONG_HEADER(0x31, len - 5);
    memcpy(to, two.data, two.len);
    to += two.len;
    LONG_HEADER(0x30, string + oid.len + 10);
    memcpy(to, oid.data, oid.len);
    to += oid.len;
    LONG_HEADER(0x31, string + 5);
    LONG_HEADER(0x04, string);
    memset(to, 'x', string);
    return tg_bytes_of(octets, len);
}

/* Up to 1 MiB; and what nobody opens nobody makes. */
static void test_long_content(void **state)
{
    (void)state;
    static uint8_t out[(1 << 20) + 1024], back[(1 << 20) + 1024];
    tg_smime_key key = key_of(16);
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTHENTICATED, .alg = TG_SMIME_HMAC_SHA_256, .recipients = &key, .num_recipients = 1
    };
    const tg_smime_opening how = { .keys = &key, .num_keys = 1 };
    static const size_t lens[] = { 70000, 1 << 20, (1 << 20) + 1 };
    for (size_t i = 0; i < 3; i++) {
        tg_seeded_random seeded;
        assert_int_equal(tg_seeded_random_init(&seeded, crypto, tg_bytes_of("stripped", 8)), TG_OK);
        tg_random random = tg_seeded_random_source(&seeded);
        tg_bytes content = attributes_of(lens[i]);
        size_t len, back_len = 0;
        tg_status expected = i < 2 ? TG_BAD_CMS : TG_OK;
        assert_int_equal(tg_smime_make(crypto, &plan, content, &random, out, sizeof out, &len), expected);
        assert_int_equal(len == 0, i < 2);
        /* The same octets but for one, that of the tag: made, and opened. */
        *(uint8_t *)(uintptr_t)content.data = 0x30;
        assert_int_equal(tg_smime_make(crypto, &plan, content, &random, out, sizeof out, &len), TG_OK);
        uint8_t *tag = (uint8_t *)memmem(out, len, content.data, 64);
        assert_non_null(tag);
        for (unsigned set = 0; set < 2; set++) {
            *tag = set ? 0x31 : 0x30;
            assert_int_equal(parse(tg_bytes_of(out, len), &b.container, NULL), TG_OK);
            tg_status status = tg_smime_open(crypto, &b.container, &how, back, sizeof back, &back_len, NULL);
            assert_int_equal(status, !set ? TG_OK : i < 2 ? TG_BAD_CMS : TG_NOT_AUTHENTIC);
        }
        drop_held(NULL);
    }
}

/* With authAttrs beside it, and in AuthEnvelopedData, such a content is one like all others. */
static void test_other_containers(void **state)
{
    (void)state;
    static const tg_smime_type types[] = { TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_TYPE_IS_AUTH_ENVELOPED };
    static const tg_smime_alg algs[] = { TG_SMIME_HMAC_SHA_256, TG_SMIME_AES_128_GCM };
    tg_bytes content = notation("31(" CONTENT_TYPE DIGEST ")");
    for (size_t i = 0; i < 2; i++) {
        tg_smime_key key = key_of(16);
        tg_smime_plan plan = {
            .type = types[i], .alg = algs[i], .recipients = &key, .num_recipients = 1, .with_attrs = true
        };
        assert_int_equal(open_all(make(&plan, content), &key, 1, &b), TG_OK);
        assert_true(tg_bytes_equal(tg_bytes_of(b.out, b.len), content));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_stripped_is_refused),
        CRYPTO_TEST(test_which_content),
        CRYPTO_TEST(test_long_content),
        CRYPTO_TEST(test_other_containers),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
