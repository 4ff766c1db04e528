/* smime: which keys open what, what is refused before any key, and what is left in memory. Containers are made by the
 * room itself; that others read them, and it reads theirs, is shown in test_smime_cms. */
#include "test_smime_notation.h"

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static box b;

static tg_bytes hello_octets(void)
{
    return tg_bytes_of(hello, sizeof hello - 1);
}

static bool is_wiped(size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (b.out[i] != 0 && b.out[i] != 0xaa) /* 0xaa: never written */
            return false;
    }
    return true;
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

/* Three recipients of three lengths; which is which in the sorted SET is told by the key. */
static void test_several_recipients(void **state)
{
    (void)state;
    static const uint8_t keks[3][32] = { { 1 }, { 2 }, { 3 } };
    static const char *const ids[3] = { "one", "two", "three" };
    static const size_t lens[3] = { 16, 24, 32 };
    tg_smime_key keys[3];
    for (size_t i = 0; i < 3; i++)
        keys[i] = (tg_smime_key){ tg_bytes_of(ids[i], strlen(ids[i])), tg_bytes_of(keks[i], lens[i]) };
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = TG_SMIME_AES_128_GCM, .recipients = keys, .num_recipients = 3
    };
    tg_bytes octets = make(&plan, hello_octets());
    for (size_t i = 0; i < 3; i++) {
        tg_smime_key named = keys[i], nameless = { { NULL, 0 }, keys[i].kek },
                     misnamed = { keys[(i + 1) % 3].id, keys[i].kek };
        /* One key alone is tried under every identifier. */
        assert_int_equal(open_all(octets, &named, 1, &b), TG_OK);
        assert_true(tg_bytes_equal(b.container.recipients[b.opened.recipient].key_id, keys[i].id));
        assert_int_equal(open_all(octets, &nameless, 1, &b), TG_OK);
        assert_int_equal(open_all(octets, &misnamed, 1, &b), TG_OK);
        assert_true(tg_bytes_equal(b.container.recipients[b.opened.recipient].key_id, keys[i].id));
        assert_int_equal(b.len, sizeof hello - 1);
        assert_memory_equal(b.out, hello, sizeof hello - 1);
        assert_int_equal(b.opened.cek_len, 16);
        /* Of several, those that are named. */
        tg_smime_key strange = { tg_bytes_of("four", 4), tg_bytes_of(keks[i], 16) }, both[2] = { strange, named };
        assert_int_equal(open_all(octets, both, 2, &b), TG_OK);
        assert_int_equal(b.opened.key, 1);
        both[1] = misnamed;
        assert_int_equal(open_all(octets, both, 2, &b), TG_NOT_AUTHENTIC);
        both[1] = nameless;
        assert_int_equal(open_all(octets, both, 2, &b), TG_OK);
        both[1] = strange;
        assert_int_equal(open_all(octets, both, 2, &b), TG_NOT_FOUND);
    }
    assert_int_equal(open_all(octets, NULL, 0, &b), TG_NOT_FOUND);
    tg_smime_key bad = { keys[0].id, tg_bytes_of(keks[0], 17) };
    assert_int_equal(open_all(octets, &bad, 1, &b), TG_BAD_KEY);
    parts other = { .content = "" }; /* before what refuses */
    assert_int_equal(open_all(auth_enveloped(&other), &bad, 1, &b), TG_BAD_KEY);
}

/* A wrong key, a KEK of another length, a changed wrapped key, content, nonce or tag: one status, nothing in `out`. */
static void test_failures_are_one(void **state)
{
    (void)state;
    static const tg_smime_alg algs[] = { TG_SMIME_AES_128_GCM, TG_SMIME_AES_256_CCM };
    for (size_t a = 0; a < 2; a++) {
        tg_bytes octets = make_simple(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, algs[a], 0, 32, hello_octets());
        uint8_t other_kek[32] = { 99 };
        tg_smime_key right = key_of(32), wrong = { right.id, tg_bytes_of(other_kek, 32) }, shorter = key_of(16);
        assert_int_equal(open_all(octets, &right, 1, &b), TG_OK);
        const tg_smime s = b.container;
        const size_t nonce = (size_t)(s.nonce.data - octets.data);
        const tg_smime_place places[] = {
            s.recipients[0].encrypted_key_at, s.content_at, s.mac_at, { nonce, s.nonce.len }
        };
        assert_int_equal(open_all(octets, &wrong, 1, &b), TG_NOT_AUTHENTIC);
        assert_true(is_wiped(sizeof b.out));
        assert_int_equal(open_all(octets, &shorter, 1, &b), TG_NOT_AUTHENTIC);
        assert_true(is_wiped(sizeof b.out));
        for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
            uint8_t *changed = hold(octets.len);
            memcpy(changed, octets.data, octets.len);
            changed[places[p].offset + places[p].length - 1] ^= 1;
            assert_int_equal(open_all(tg_bytes_of(changed, octets.len), &right, 1, &b), TG_NOT_AUTHENTIC);
            assert_int_equal(b.len, 0);
            assert_int_equal(b.opened.cek_len, 0);
            assert_true(is_wiped(sizeof b.out));
        }
    }
}

/* ---- what is refused ---------------------------------------------------------------------------------------- */

typedef struct refused_case {
    tg_status status;
    parts p;
} refused_case;

#define GCM(parameters) "30(" OID_GCM_128 parameters ")"
#define RECIPIENT(algorithm, key) KEKRI_OF("020104", "04(cafe0001)", algorithm, key)
#define BY_OTHER RECIPIENT("30(" OID_OTHER ")", KEY_24)
#define TOO_SHORT RECIPIENT("30(" OID_WRAP_128 ")", "04(0001020304050607 0001020304050607)")

static const refused_case refused_auth_enveloped[] = {
    { TG_NOT_AUTHENTIC, { 0 } },
    { TG_UNKNOWN_ALGORITHM, { .algorithm = "30(" OID_OTHER ")" } },
    { TG_UNKNOWN_ALGORITHM, { .algorithm = "30(" OID_CBC_128 "04(000102030405060708090a0b0c0d0e0f))" } },
    { TG_BAD_CMS, { .algorithm = GCM("") } },
    { TG_BAD_CMS, { .algorithm = GCM("30(04())") } },
    { TG_BAD_CMS, { .algorithm = GCM("30(" NONCE_12 "02010b)"), .mac = "04(000102030405060708090a)" } },
    { TG_BAD_CMS, { .algorithm = "30(" OID_CCM_128 "30(04(000102030405)))" } },
    { TG_BAD_CMS, { .mac = "04(00)" } },
    { TG_BAD_CMS, { .content = "" } },
    { TG_NOT_AUTHENTIC, { .content = "80()" } },
    { TG_NOT_AUTHENTIC, { .content = "a0()" } },
    { TG_NOT_AUTHENTIC, { .algorithm = "30(" OID_CCM_128 "30(" NONCE_7 "))", .content = "a0()" } },
    { TG_NOT_FOUND, { .recipients = "31()" } },
    { TG_UNKNOWN_ALGORITHM, { .recipients = "31(" BY_OTHER ")" } },
    { TG_BAD_CMS, { .recipients = "31(" TOO_SHORT ")" } },
    { TG_NOT_AUTHENTIC, { .recipients = "31(" BY_OTHER TOO_SHORT KEKRI ")" } },
};

#define CONTENT_TYPE ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA)
#define DIGEST(value) ATTRIBUTE(OID_MESSAGE_DIGEST, value)

static const refused_case refused_authenticated[] = {
    { TG_NOT_AUTHENTIC, { 0 } },
    { TG_NOT_AUTHENTIC, { .auth_attrs = "" } },
    { TG_BAD_CMS, { .content = "a0(04(68656c6c70))" } },
    { TG_BAD_CMS, { .content = "" } },
    { TG_BAD_CMS, { .mac = "04(000102030405060708090a0b)" } },
    { TG_BAD_CMS, { .auth_attrs = "a2()" } },
    { TG_BAD_CMS, { .auth_attrs = "a2(" CONTENT_TYPE ")" } },
    { TG_BAD_CMS, { .auth_attrs = "a2(" CONTENT_TYPE DIGEST("") ")" } },
    { TG_BAD_CMS, { .auth_attrs = "a2(" CONTENT_TYPE DIGEST(DIGEST_HELLO DIGEST_HELLO) ")" } },
    { TG_BAD_CMS, { .auth_attrs = "a2(" CONTENT_TYPE DIGEST(DIGEST_HELLO) DIGEST(DIGEST_HELLO) ")" } },
    { TG_BAD_CMS, { .auth_attrs = "a2(" CONTENT_TYPE DIGEST("0c(aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d)") ")" } },
    { TG_UNKNOWN_ALGORITHM, { .digest_algorithm = "" } },
    { TG_UNKNOWN_ALGORITHM, { .digest_algorithm = "a1(" OID_OTHER ")" } },
    { TG_UNKNOWN_ALGORITHM, { .digest_algorithm = "a1(" OID_SHA_1 "0400)" } },
    { TG_UNKNOWN_ALGORITHM, { .algorithm = "30(" OID_GCM_128 "30(" NONCE_12 "))" } },
    { TG_BAD_CMS, { .algorithm = "30(" OID_HMAC_SHA_1 "0400)" } },
    { TG_NOT_AUTHENTIC, { .algorithm = "30(" OID_HMAC_SHA_1 "0500)" } },
};

static const refused_case refused_enveloped[] = {
    { TG_NOT_AUTHENTIC, { 0 } },
    { TG_UNKNOWN_ALGORITHM, { .algorithm = "30(" OID_GCM_128 "30(" NONCE_12 "))" } },
    { TG_BAD_CMS, { .algorithm = "30(" OID_CBC_128 "04(00))" } },
    { TG_BAD_CMS, { .algorithm = "30(" OID_CBC_128 ")" } },
    { TG_BAD_CMS, { .content = "80(00)" } },
    { TG_BAD_CMS, { .content = "80()" } },
    { TG_BAD_CMS, { .content = "" } },
};

static void run_refused(const refused_case *cases, size_t num, tg_bytes (*build)(const parts *p))
{
    tg_smime_key key = key_of(16);
    for (size_t i = 0; i < num; i++) {
        tg_smime_opening how = { .keys = &key, .num_keys = 1, .allow_unauthenticated = true };
        tg_bytes octets = build(&cases[i].p);
        assert_int_equal(parse(octets, &b.container, NULL), TG_OK);
        memset(b.out, 0xaa, sizeof b.out);
        tg_status status = tg_smime_open(crypto, &b.container, &how, b.out, sizeof b.out, &b.len, &b.opened);
        if (status != cases[i].status)
            fail_msg("case %zu: expected %s, found %s", i, tg_status_name(cases[i].status), tg_status_name(status));
        assert_int_equal(b.len, 0);
        assert_true(is_wiped(sizeof b.out));
        /* What is refused is refused without keys too, and says so. */
        static verdict v;
        static const tg_smime_opening no_keys = { .allow_unauthenticated = true };
        bool refused = status != TG_NOT_AUTHENTIC && status != TG_NOT_FOUND;
        judge(octets, &no_keys, &v);
        assert_int_equal(v.j.outcome, refused ? TG_SMIME_REFUSED : TG_SMIME_NOT_TRIED);
        judge(octets, &how, &v);
        assert_int_equal(v.j.outcome, refused                  ? TG_SMIME_REFUSED
                                      : status == TG_NOT_FOUND ? TG_SMIME_NO_KEY
                                                               : TG_SMIME_FAILED);
        drop_held(NULL);
    }
}

static void test_refused(void **state)
{
    (void)state;
    run_refused(refused_auth_enveloped, sizeof refused_auth_enveloped / sizeof refused_auth_enveloped[0],
                auth_enveloped);
    run_refused(refused_authenticated, sizeof refused_authenticated / sizeof refused_authenticated[0], authenticated);
    run_refused(refused_enveloped, sizeof refused_enveloped / sizeof refused_enveloped[0], enveloped);
}

/* EnvelopedData is opened on demand alone. */
static void test_enveloped_is_refused(void **state)
{
    (void)state;
    parts p = { 0 };
    tg_smime_key key = key_of(16);
    assert_int_equal(open_all(enveloped(&p), &key, 1, &b), TG_REFUSED);
    assert_true(is_wiped(sizeof b.out));
}

/* CCM with a nonce of 13 octets says lengths up to 65535. */
static void test_ccm_length(void **state)
{
    (void)state;
    size_t lens[] = { 65535, 65536 };
    for (size_t i = 0; i < 2; i++) {
        tg_bytes head = notation("020100 31(" KEKRI ")"), tail = notation(MAC_12);
        tg_bytes algorithm = notation(OID_DATA "30(" OID_CCM_128 "30(04(000102030405060708090a0b0c)))");
        size_t eci = algorithm.len + 5 + lens[i], all = head.len + 5 + eci + tail.len;
        uint8_t *o = hold(all + 64), *at = o;
        tg_bytes front = notation(OID_AUTH_ENVELOPED);
#define HEAD(tag, n)                                                                                                   \
    *at++ = tag, *at++ = 0x83, *at++ = (uint8_t)((n) >> 16), *at++ = (uint8_t)((n) >> 8), *at++ = (uint8_t)(n)
#define COPY(part) memcpy(at, part.data, part.len), at += part.len
        HEAD(0x30, front.len + 10 + all);
        COPY(front);
        HEAD(0xa0, 5 + all);
        HEAD(0x30, all);
        COPY(head);
        HEAD(0x30, eci);
        COPY(algorithm);
        HEAD(0x80, lens[i]);
        memset(at, 1, lens[i]);
        at += lens[i];
        COPY(tail);
        static uint8_t out[65536];
        size_t len;
        tg_smime_key key = key_of(16);
        tg_smime_opening how = { .keys = &key, .num_keys = 1 };
        assert_int_equal(parse(tg_bytes_of(o, (size_t)(at - o)), &b.container, NULL), TG_OK);
        assert_int_equal(b.container.content_len, lens[i]);
        assert_int_equal(tg_smime_open(crypto, &b.container, &how, out, sizeof out, &len, NULL),
                         i ? TG_BAD_CMS : TG_NOT_AUTHENTIC);
    }
}

/* ---- plans -------------------------------------------------------------------------------------------------- */

static tg_status fixed(void *user, uint8_t *out, size_t len)
{
    memset(out, 5, len);
    return user ? TG_NO_MEMORY : TG_OK;
}

static tg_status make_with(const tg_smime_plan *plan, size_t max, void *fails)
{
    static uint8_t out[2048];
    const tg_random random = { fixed, fails };
    size_t len = 77;
    memset(out, 0xaa, sizeof out);
    tg_status status = tg_smime_make(crypto, plan, hello_octets(), &random, out, max, &len);
    for (size_t i = 0; status != TG_OK && i < sizeof out; i++)
        assert_int_equal(out[i], 0xaa);
    assert_true(status == TG_OK ? len <= tg_smime_made_size(plan, sizeof hello - 1) : len == 0);
    return status;
}

static void test_plans(void **state)
{
    (void)state;
    tg_smime_key key = key_of(16);
    const tg_smime_plan good = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = TG_SMIME_AES_128_GCM, .recipients = &key, .num_recipients = 1
    };
    tg_smime_plan plan = good;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_OK);
    assert_int_equal(make_with(&plan, 100, NULL), TG_BUFFER_FULL);
    assert_int_equal(make_with(&plan, 2048, &plan), TG_NO_MEMORY);
    plan.alg = TG_SMIME_AES_128_CBC;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_UNKNOWN_ALGORITHM);
    plan.alg = TG_SMIME_ALG_UNKNOWN;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_UNKNOWN_ALGORITHM);
    plan = good;
    plan.type = TG_SMIME_TYPE_IS_ENVELOPED;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_UNKNOWN_ALGORITHM);
    plan.type = TG_SMIME_TYPE_IS_AUTHENTICATED;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_UNKNOWN_ALGORITHM);
    static const size_t bad_tags[] = { 1, 4, 11, 17 };
    for (size_t i = 0; i < 4; i++) {
        plan = good;
        plan.tag_len = bad_tags[i];
        assert_int_equal(make_with(&plan, 2048, NULL), TG_OVERFLOW);
    }
    plan = good;
    key.kek.len = 20;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_BAD_KEY);
    key = key_of(16);
    plan.num_recipients = 0;
    assert_int_equal(make_with(&plan, 2048, NULL), TG_BAD_KEY);
    plan = good;
    plan.auth_attrs = tg_bytes_of("\xa1\x00", 2);
    assert_int_equal(make_with(&plan, 2048, NULL), TG_BAD_CMS);
    plan = good;
    plan.unauth_attrs = tg_bytes_of("\x31\x05\x00", 3);
    assert_int_equal(make_with(&plan, 2048, NULL), TG_BAD_CMS);
}

#define OID_FIRST "06(2a0303)"
#define TEN(text) text text text text text text text text text text
#define SMALL "30(06(2a)31())"
#define SMALL_62 TEN(SMALL SMALL SMALL SMALL SMALL SMALL) SMALL SMALL
#define SETS_20(inside) TEN("31(31(") inside TEN("))")

/* Attributes that no reader takes are not made; what is made opens and keeps its row of DER. */
static void test_planned_attributes(void **state)
{
    static const struct {
        bool auth_enveloped, authenticated,
            unauthenticated; /* it is made: as authAttrs of either type, as unauthAttrs */
        const char *set;
    } cases[] = {
        { true, true, true, "31(" ATTRIBUTE(OID_OTHER, "0c(6162)") ")" },
        { true, true, true, "31(" ATTRIBUTE(OID_FIRST, "0500") ATTRIBUTE(OID_OTHER, "0500") ")" },
        { true, true, true, "31(" ATTRIBUTE(OID_OTHER, "") ")" },
        { true, true, true, "31(" SMALL_62 ")" },
        { true, false, true, "31(" SMALL_62 SMALL SMALL ")" },
        { false, false, false, "31(" SMALL_62 SMALL SMALL SMALL ")" },
        { false, false, false, "31()" },
        { false, false, false, "31(" ATTRIBUTE(OID_OTHER, "0500") ATTRIBUTE(OID_FIRST, "0500") ")" },
        { false, false, false, "31{" ATTRIBUTE(OID_OTHER, "0500") "}" },
        { false, false, false, "31(" ATTRIBUTE(OID_OTHER, "31(020102 020101)") ")" },
        { false, false, false, "31(" ATTRIBUTE(OID_OTHER, "24(04(00)04(01))") ")" },
        { false, false, false, "31810d" ATTRIBUTE(OID_OTHER, "0c(6162)") },
        { false, false, false, "31(0500)" },
        { false, false, false, "31(30(" OID_OTHER "))" },
        { false, false, false, "31(30(" OID_OTHER "31()0500))" },
        { false, false, false, "31(" ATTRIBUTE(OID_OTHER, "0500") ") 00" },
        { false, false, false, "30(" ATTRIBUTE(OID_OTHER, "0500") ")" },
        { false, false, false, "31(04 05 00)" },
        { true, false, true, "31(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" },
        { false, false, true, "31(" ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER) ")" },
        { false, false, true, "31(" ATTRIBUTE(OID_CONTENT_TYPE, "") ")" },
        { true, false, true, "31(" ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO) ")" },
        /* 28 and 29 encodings one in another, the SET and NULL among them, are at most 32 in the container; 30 are 33 */
        { true, true, true, "31(" ATTRIBUTE(OID_OTHER, SETS_20("31(31(31(31(0500))))")) ")" },
        { true, true, true, "31(" ATTRIBUTE(OID_OTHER, SETS_20("31(31(31(31(31(0500)))))")) ")" },
        { false, false, false, "31(" ATTRIBUTE(OID_OTHER, SETS_20("31(31(31(31(31(31(0500))))))")) ")" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t kind = 0; kind < 4; kind++) {
            bool enveloped = kind % 2 == 0, authenticated_ones = kind < 2;
            bool ok = !authenticated_ones ? cases[i].unauthenticated
                      : enveloped         ? cases[i].auth_enveloped
                                          : cases[i].authenticated;
            tg_smime_key key = key_of(16);
            tg_bytes set = notation(cases[i].set), none = { 0 };
            tg_smime_plan plan = { .type = enveloped ? TG_SMIME_TYPE_IS_AUTH_ENVELOPED : TG_SMIME_TYPE_IS_AUTHENTICATED,
                                   .alg = enveloped ? TG_SMIME_AES_128_GCM : TG_SMIME_HMAC_SHA_256,
                                   .recipients = &key,
                                   .num_recipients = 1,
                                   .auth_attrs = authenticated_ones ? set : none,
                                   .unauth_attrs = authenticated_ones ? none : set };
            static uint8_t out[4096];
            const tg_random random = { fixed, NULL };
            size_t len = 77;
            tg_status status = tg_smime_make(crypto, &plan, hello_octets(), &random, out, sizeof out, &len);
            if (status != (ok ? TG_OK : TG_BAD_CMS))
                fail_msg("case %zu, kind %zu: %s", i, kind, tg_status_name(status));
            assert_true(ok ? len > 0 : len == 0);
            if (ok) {
                assert_int_equal(open_all(tg_bytes_of(out, len), &key, 1, &b), TG_OK);
                assert_true(!b.container.has_auth_attrs || b.container.auth_attrs_der);
            }
        }
        drop_held(NULL);
    }
}

/* Attributes are authenticated: changed, nothing opens. Those that are not may be changed. */
static void test_attributes(void **state)
{
    (void)state;
    static const struct {
        tg_smime_type type;
        tg_smime_alg alg;
    } kinds[] = { { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_GCM },
                  { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_CCM },
                  { TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_256 } };
    for (size_t i = 0; i < 3; i++) {
        tg_smime_key key = key_of(16);
        tg_smime_plan plan = { .type = kinds[i].type,
                               .alg = kinds[i].alg,
                               .recipients = &key,
                               .num_recipients = 1,
                               .auth_attrs = notation("31(" ATTRIBUTE(OID_OTHER, "0c(6162)") ")"),
                               .unauth_attrs = notation("31(" ATTRIBUTE("06(2a0305)", "0c(6364)") ")") };
        tg_bytes octets = make(&plan, hello_octets());
        assert_int_equal(open_all(octets, &key, 1, &b), TG_OK);
        assert_true(b.container.auth_attrs_der);
        assert_int_equal(b.container.num_unauth_attrs, 1);
        assert_int_equal(b.container.num_auth_attrs, i < 2 ? 1 : 3);
        tg_smime_place auth = b.container.auth_attrs[0].at, unauth = b.container.unauth_attrs[0].at;
        uint8_t *changed = hold(octets.len);
        memcpy(changed, octets.data, octets.len);
        changed[unauth.offset + unauth.length - 1] ^= 1;
        assert_int_equal(open_all(tg_bytes_of(changed, octets.len), &key, 1, &b), TG_OK);
        changed[auth.offset + auth.length - 1] ^= 1;
        assert_int_equal(open_all(tg_bytes_of(changed, octets.len), &key, 1, &b), TG_NOT_AUTHENTIC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_several_recipients),   CRYPTO_TEST(test_failures_are_one),   CRYPTO_TEST(test_refused),
        CRYPTO_TEST(test_enveloped_is_refused), CRYPTO_TEST(test_ccm_length),         CRYPTO_TEST(test_plans),
        CRYPTO_TEST(test_attributes),           CRYPTO_TEST(test_planned_attributes),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
