/* smime: every bit of a container flipped. Never a wrong content, never more than one class where a key is used: what
 * is opened is the content as it was, or nothing is, and what is not seen without a key is always TG_NOT_AUTHENTIC with
 * the same findings. */
#include "test_smime_notation.h"

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static box b;

typedef struct span {
    size_t from, to;
} span;

static bool is_in(const span *spans, size_t num, size_t at)
{
    for (size_t i = 0; i < num; i++) {
        if (at >= spans[i].from && at < spans[i].to)
            return true;
    }
    return false;
}

static span span_of(tg_bytes octets, tg_bytes part)
{
    size_t from = part.data ? (size_t)(part.data - octets.data) : 0;
    return (span){ from, from + part.len };
}

/* The octets that a key speaks of: wrapped key, nonce, content, tag. All of them are `failed`, or for the content of
 * AuthenticatedData with attributes `refused`, since its message-digest is seen by all. */
static void flip_all(tg_bytes octets, tg_bytes content, bool content_is_seen)
{
    tg_smime_key key = key_of(32);
    tg_smime_opening how = { .keys = &key, .num_keys = 1 };
    static verdict whole, v;
    judge(octets, &how, &whole);
    assert_int_equal(whole.j.outcome, TG_SMIME_OPENED);
    assert_int_equal(open_all(octets, &key, 1, &b), TG_OK);
    const tg_smime *s = &b.container;
    const span secret[] = { span_of(octets, s->recipients[0].encrypted_key), span_of(octets, s->nonce),
                            span_of(octets, s->mac), span_of(octets, s->segments[0]) };
    size_t failed = 0, opened = 0, num_secret = content_is_seen ? 3 : 4;
    char findings[1024] = "";
    uint8_t *changed = hold(octets.len);
    for (size_t bit = 0; bit < 8 * octets.len; bit++) {
        memcpy(changed, octets.data, octets.len);
        changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        tg_status status = open_all(tg_bytes_of(changed, octets.len), &key, 1, &b);
        if (status == TG_OK) {
            /* Only what nobody protects may have been changed: versions, identifiers, attributes that are not
             * authenticated. */
            assert_int_equal(b.len, content.len);
            assert_memory_equal(b.out, content.data, content.len);
            assert_false(is_in(secret, 4, bit / 8));
            opened++;
            continue;
        }
        for (size_t i = 0; i < sizeof b.out; i++)
            assert_true(b.out[i] == 0 || b.out[i] == 0xaa);
        assert_true(status == TG_NOT_AUTHENTIC || status == TG_BAD_CMS || status == TG_TRUNCATED ||
                    status == TG_TRAILING || status == TG_UNKNOWN_ALGORITHM || status == TG_REFUSED ||
                    status == TG_NOT_FOUND);
        if (!is_in(secret, num_secret, bit / 8))
            continue;
        assert_int_equal(status, TG_NOT_AUTHENTIC);
        judge(tg_bytes_of(changed, octets.len), &how, &v);
        assert_int_equal(v.j.outcome, TG_SMIME_FAILED);
        if (failed++ == 0)
            memcpy(findings, v.findings, sizeof findings);
        assert_string_equal(v.findings, findings); /* no oracle there either */
        assert_int_equal(v.j.reception, TG_RECEPTION_REJECT);
        for (size_t i = 0; i < v.j.num_findings; i++) {
            const tg_finding *f = v.j.findings[i];
            if (strcmp(f->requirement->id, "RFC5083-2.2-x01") == 0 ||
                strcmp(f->requirement->id, "RFC5652-9.2-x01") == 0)
                assert_string_equal(f->path, "mac");
        }
    }
    size_t expected = 0;
    for (size_t i = 0; i < num_secret; i++)
        expected += 8 * (secret[i].to - secret[i].from);
    assert_int_equal(failed, expected);
    assert_in_range(opened, 1, 8 * octets.len);
    assert_non_null(
        strstr(findings, s->type == TG_SMIME_TYPE_IS_AUTHENTICATED ? "RFC5652-9.2-x01" : "RFC5083-2.2-x01"));
    drop_held(NULL);
}

static void flip_kind(tg_smime_type type, tg_smime_alg alg, const char *content, bool with_attrs)
{
    tg_smime_key key = key_of(32);
    tg_smime_plan plan = {
        .type = type, .alg = alg, .recipients = &key, .num_recipients = 1, .with_attrs = with_attrs
    };
    if (with_attrs)
        plan.auth_attrs = notation("31(" ATTRIBUTE(OID_OTHER, "0c(6162)") ")");
    tg_bytes octets = tg_bytes_of(content, strlen(content));
    flip_all(make(&plan, octets), octets, type == TG_SMIME_TYPE_IS_AUTHENTICATED && with_attrs);
}

static void test_gcm(void **state)
{
    (void)state;
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_GCM, hello, false);
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_GCM, hello, true);
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_GCM, "", true);
}

static void test_ccm(void **state)
{
    (void)state;
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_CCM, hello, true);
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_CCM, hello, false);
    flip_kind(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_CCM, "", false);
}

static void test_authenticated(void **state)
{
    (void)state;
    flip_kind(TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_1, hello, false);
    flip_kind(TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_256, hello, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { CRYPTO_TEST(test_gcm), CRYPTO_TEST(test_ccm), CRYPTO_TEST(test_authenticated) };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
