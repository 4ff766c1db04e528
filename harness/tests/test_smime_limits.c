/* smime: hostile containers end in a clean status: nesting, lengths, numbers of everything, every cut. The program's
 * time bound is ctest's. */
#include "test_smime_notation.h"

static tg_smime s;
static tg_diag diag;

/* ---- nesting ------------------------------------------------------------------------------------------------ */

/* `depth` encodings one in another, of indefinite or definite length. */
static tg_bytes nested(size_t depth, bool indefinite)
{
    uint8_t *octets = hold(6 * depth + 2);
    size_t len = 0;
    if (indefinite) {
        for (size_t i = 0; i < depth; i++, len += 2)
            memcpy(octets + len, "\x30\x80", 2);
        memset(octets + len, 0, 2 * depth);
        return tg_bytes_of(octets, len + 2 * depth);
    }
    for (size_t left = depth; left > 0; left--) {
        size_t inside = 6 * (left - 1);
        octets[len++] = 0x30;
        octets[len++] = 0x84;
        for (int shift = 24; shift >= 0; shift -= 8)
            octets[len++] = (uint8_t)(inside >> shift);
    }
    return tg_bytes_of(octets, len);
}

static void test_depth(void **state)
{
    (void)state;
    for (int indefinite = 0; indefinite < 2; indefinite++) {
        assert_int_equal(parse(nested(TG_SMIME_MAX_DEPTH, indefinite), &s, &diag), TG_BAD_CMS);
        assert_int_equal(parse(nested(TG_SMIME_MAX_DEPTH + 1, indefinite), &s, &diag), TG_TOO_DEEP);
        assert_string_equal(diag.id, "");
        assert_int_equal(parse(nested(1000000, indefinite), &s, &diag), TG_TOO_DEEP);
        drop_held(NULL);
    }
    /* Without an end, too. */
    uint8_t *open = hold(1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 2)
        memcpy(open + i, "\x24\x80", 2);
    assert_int_equal(parse(tg_bytes_of(open, 1 << 20), &s, &diag), TG_TOO_DEEP);
}

/* Nested as deep as may be inside an attribute value, then read through by all that goes in. */
static void test_deep_attribute(void **state)
{
    static char text[2048];
    (void)state;
    for (int depth = 23; depth <= 27; depth++) {
        static verdict v;
        char *at = text;
        at += sprintf(at, "a1(30(" OID_OTHER "31(");
        for (int i = 0; i < depth; i++)
            at += sprintf(at, "31{");
        at += sprintf(at, "020101");
        for (int i = 0; i < depth; i++)
            at += sprintf(at, "}");
        sprintf(at, ")))");
        parts p = { .auth_attrs = text };
        judge(auth_enveloped(&p), NULL, &v);
        /* ContentInfo, [0], AuthEnvelopedData, [1], Attribute, SET are six; the INTEGER is one more. */
        if (depth + 7 > TG_SMIME_MAX_DEPTH)
            assert_int_equal(v.j.parse, TG_TOO_DEEP);
        else
            assert_string_equal(v.findings, "RFC5083-2.1-06");
        drop_held(NULL);
    }
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* A container whose part between `front` and `back` is `unit` many times, all in indefinite lengths. */
static tg_bytes repeated(const char *front, const char *unit, size_t times, const char *back)
{
    tg_bytes f = notation(front), u = notation(unit), e = notation(back);
    uint8_t *octets = hold(f.len + u.len * times + e.len), *at = octets;
    memcpy(at, f.data, f.len);
    at += f.len;
    for (size_t i = 0; i < times; i++, at += u.len)
        memcpy(at, u.data, u.len);
    memcpy(at, e.data, e.len);
    return tg_bytes_of(octets, f.len + u.len * times + e.len);
}

#define OPEN "3080" OID_AUTH_ENVELOPED "a080 3080 020100"
#define CLOSE "0000 0000 0000"
#define ECI "30(" OID_DATA "30(" OID_GCM_128 "30(" NONCE_12 ")) 80(68656c6c6f))"

static tg_status parse_in(tg_bytes octets)
{
    size_t size = tg_smime_arena_size(octets.len);
    uint8_t *memory = hold(size);
    tg_arena arena = tg_arena_of(memory, size);
    return tg_smime_parse(octets, &arena, &s, &diag);
}

static void test_recipients(void **state)
{
    static const size_t nums[] = { 256, 257, 1000, 20000 };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        tg_bytes octets = repeated(OPEN "3180", i % 2 ? KEKRI : "a4(" OID_OTHER "0500)", nums[i] / (i == 3 ? 5 : 1),
                                   "0000" ECI MAC_12 CLOSE);
        assert_int_equal(parse_in(octets), i ? TG_TOO_LARGE : TG_OK);
        if (i == 0)
            assert_int_equal(s.num_recipients, 256);
        assert_true(i == 0 || strcmp(diag.id, "") == 0);
        drop_held(NULL);
    }
}

static void test_attributes(void **state)
{
    static const size_t nums[] = { 64, 65, 5000 };
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const char *unit = i % 2 ? ATTRIBUTE(OID_OTHER, "0500") : ATTRIBUTE(OID_OTHER, "");
        tg_bytes octets = i < 3 ? repeated(OPEN "31(" KEKRI ")" ECI "a180", unit, nums[i], "0000" MAC_12 CLOSE)
                                : repeated(OPEN "31(" KEKRI ")" ECI MAC_12 "a280", unit, nums[i - 3], "0000" CLOSE);
        assert_int_equal(parse_in(octets), i % 3 ? TG_TOO_LARGE : TG_OK);
        drop_held(NULL);
    }
}

/* Encodings in all: 65536 may be, segments among them. */
static void test_elements(void **state)
{
    (void)state;
    static const char front[] = OPEN "31(" KEKRI ") 3080" OID_DATA "30(" OID_GCM_128 "30(" NONCE_12 ")) a080";
    static const char back[] = "0000 0000" MAC_12 CLOSE;
    /* ContentInfo, OID, [0], SEQUENCE, version, SET, kekri with 6 inside, EncryptedContentInfo, OID, algorithm with 3
     * inside, [0], mac */
    enum { OTHERS = 5 + 1 + 7 + 2 + 4 + 1 + 1 };
    size_t fits = TG_SMIME_MAX_ELEMENTS - OTHERS;
    tg_smime_key key = key_of(16);
    tg_smime_opening how = { .keys = &key, .num_keys = 1 };
    static uint8_t out[1 << 17];
    size_t len;
    assert_int_equal(parse_in(repeated(front, "0401aa", fits, back)), TG_OK);
    assert_int_equal(s.num_segments, fits);
    assert_int_equal(s.content_len, fits);
    assert_int_equal(tg_smime_open(crypto, &s, &how, out, sizeof out, &len, NULL), TG_NOT_AUTHENTIC);
    assert_int_equal(parse_in(repeated(front, "0401aa", fits + 1, back)), TG_TOO_LARGE);
    assert_int_equal(parse_in(repeated(front, "0400", 1000000, back)), TG_TOO_LARGE);
    drop_held(NULL);
    assert_int_equal(parse_in(repeated(front, "2480 0400 0000", fits / 2 - 2, back)), TG_OK);
}

/* A SET of tens of thousands, unsorted, inside an attribute: sorted in time. */
static void test_big_set(void **state)
{
    (void)state;
    tg_bytes octets = repeated(OPEN "31(" KEKRI ")" ECI "a180 3080" OID_OTHER "3180", "0402ffff 0401ff 020100", 20000,
                               "0000 0000 0000" MAC_12 CLOSE);
    assert_int_equal(parse_in(octets), TG_OK);
    assert_false(s.auth_attrs_der);
    assert_int_equal(s.auth_attrs_octets.data[0], 0x31);
}

/* ---- sizes -------------------------------------------------------------------------------------------------- */

static void test_sizes(void **state)
{
    (void)state;
    /* A content of a length that nobody has. */
    assert_int_equal(parse(notation("30 84 7f ff ff ff 06 09"), &s, &diag), TG_TRUNCATED);
    /* More than 64 MiB, before anything is looked at: so it need not be there. */
    uint8_t one = 0x30;
    assert_int_equal(parse(tg_bytes_of(&one, (size_t)TG_SMIME_MAX_OCTETS + 1), &s, &diag), TG_TOO_LARGE);
    /* More than 1 MiB beside the content. */
    static const char front[] = OPEN "31(" KEKRI ") " ECI;
    tg_bytes octets = repeated(front, "", 0, "");
    enum { BIG = TG_SMIME_MAX_OUTSIDE };
    tg_bytes tail = notation(CLOSE);
    uint8_t *big = hold(octets.len + BIG + 32), *at = big;
    memcpy(at, octets.data, octets.len);
    at += octets.len;
    *at++ = 0x04, *at++ = 0x83, *at++ = BIG >> 16, *at++ = (uint8_t)(BIG >> 8), *at++ = (uint8_t)BIG;
    memset(at, 0, BIG);
    at += BIG;
    memcpy(at, tail.data, tail.len);
    assert_int_equal(parse_in(tg_bytes_of(big, (size_t)(at - big) + tail.len)), TG_TOO_LARGE);
}

/* An arena that is too small is TG_ARENA_FULL, one of tg_smime_arena_size never. */
static void test_arenas(void **state)
{
    (void)state;
    parts p = { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "24(04(00)04(01))") ")",
                .mac = "24(" MAC_12 ")",
                .content = "a0(04(00)04(01))" };
    tg_bytes octets = auth_enveloped(&p);
    static uint8_t memory[1 << 16];
    size_t enough = 0;
    for (size_t size = 0; size < sizeof memory; size += 16) {
        tg_arena arena = tg_arena_of(memory, size);
        tg_status status = tg_smime_parse(octets, &arena, &s, &diag);
        if (status == TG_OK && !enough)
            enough = size;
        assert_int_equal(status, enough ? TG_OK : TG_ARENA_FULL);
        assert_true(enough || arena.used == 0);
    }
    assert_in_range(enough, 1, tg_smime_arena_size(octets.len));
}

/* Cut anywhere: never read, never beyond its end (address sanitizer). Most of it is `truncated`. */
static void test_every_cut(void **state)
{
    (void)state;
    for (int indefinite = 0; indefinite < 2; indefinite++) {
        parts p = { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "0500") ")" };
        tg_bytes whole = indefinite ? notation(OPEN "3180" KEKRI "0000" ECI MAC_12 CLOSE) : auth_enveloped(&p);
        for (size_t len = 0; len < whole.len; len++) {
            uint8_t *cut = malloc(len ? len : 1);
            assert_non_null(cut);
            memcpy(cut, whole.data, len);
            tg_status status = parse(tg_bytes_of(cut, len), &s, &diag);
            assert_true(status == TG_TRUNCATED || status == TG_BAD_CMS);
            assert_true(indefinite || len < 3 || status == TG_TRUNCATED);
            assert_string_equal(diag.id, "RFC5652-3-x01");
            free(cut);
        }
    }
}

/* Each octet set to anything: every container is read or refused, and judged. */
static void test_every_octet(void **state)
{
    (void)state;
    static const uint8_t values[] = { 0x00, 0x01, 0x04, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff };
    parts p = { .auth_attrs = "a1{" ATTRIBUTE(OID_OTHER, "24(04(00)04(01))") ATTRIBUTE(OID_SIGNING_TIME, "17(00)") "}",
                .recipients = "31{" KEKRI "a1{020103 a0(80(00)) 30(" OID_OTHER ") 30{}}}" };
    tg_bytes whole = auth_enveloped(&p);
    for (size_t i = 0; i < whole.len; i++) {
        for (size_t n = 0; n < sizeof values; n++) {
            static verdict v;
            uint8_t *changed = malloc(whole.len);
            assert_non_null(changed);
            memcpy(changed, whole.data, whole.len);
            changed[i] = values[n];
            judge(tg_bytes_of(changed, whole.len), NULL, &v);
            free(changed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_depth),       CRYPTO_TEST(test_deep_attribute), CRYPTO_TEST(test_recipients),
        CRYPTO_TEST(test_attributes),  CRYPTO_TEST(test_elements),       CRYPTO_TEST(test_big_set),
        CRYPTO_TEST(test_sizes),       CRYPTO_TEST(test_arenas),         CRYPTO_TEST(test_every_cut),
        CRYPTO_TEST(test_every_octet),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
