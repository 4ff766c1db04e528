/* crypto: names, issuers and paths of certificates, which are made here. */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "test_crypto_support.h"

/* Validity of all of them, in Unix time: 2001-09-09 to 2033-05-18. */
enum { FROM = 1000000000, TO = 2000000000, WITHIN = 1500000000 };

/* ---- making them -------------------------------------------------------------------------------------------- */

static EVP_PKEY *keys[4];

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_true(X509_add_ext(x, extension, -1));
    X509_EXTENSION_free(extension);
}

typedef struct making {
    const char *name, *issuer; /* common names */
    int key, issuer_key;       /* in keys */
    const char *constraints, *alternatives, *usage;
    const char *digest; /* SHA256 */
} making;

static tg_pk *make(const making *m)
{
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    ASN1_TIME_set(X509_getm_notBefore(x), FROM);
    ASN1_TIME_set(X509_getm_notAfter(x), TO);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)m->name, -1, -1,
                               0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)m->issuer, -1, -1,
                               0);
    X509_set_pubkey(x, keys[m->key]);
    if (m->constraints)
        extend(x, x, NID_basic_constraints, m->constraints);
    if (m->alternatives)
        extend(x, x, NID_subject_alt_name, m->alternatives);
    if (m->usage)
        extend(x, x, NID_key_usage, m->usage);
    EVP_MD *md = EVP_MD_fetch(NULL, m->digest ? m->digest : "SHA256", NULL);
    assert_true(X509_sign(x, keys[m->issuer_key], md) > 0);
    EVP_MD_free(md);
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    assert_true(len > 0);
    tg_pk *pk = NULL;
    assert_int_equal(tg_pk_from_der_certificate(crypto, tg_bytes_of(der, (size_t)len), &pk), TG_OK);
    OPENSSL_free(der);
    X509_free(x);
    return pk;
}

static int make_all(void **state)
{
    for (size_t i = 0; i < 4; i++) {
        keys[i] = EVP_RSA_gen(1024);
        if (!keys[i])
            return -1;
    }
    return make_crypto(state);
}

static int free_all(void **state)
{
    for (size_t i = 0; i < 4; i++)
        EVP_PKEY_free(keys[i]);
    return free_crypto(state);
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *common, *alternatives, *name;
        bool has;
    } cases[] = {
        { "alice@example.com", NULL, "alice@example.com", true },
        { "alice@example.com", NULL, "sip:alice@example.com", true },
        { "alice@example.com", NULL, "sips:alice@example.com", true },
        { "sip:alice@example.com", NULL, "alice@example.com", true },
        { "alice@example.com", NULL, "alice@example.co", false },
        { "alice@example.com", NULL, "Alice@example.com", false },
        { "alice@example.com", NULL, "", false },
        { "alice@example.com", NULL, "sip:", false },
        { "alice@example.com", NULL, "tel:alice@example.com", false },
        { "alice@example.com", "URI:sip:bob@example.com", "bob@example.com", true },
        { "alice@example.com", "URI:sip:bob@example.com", "sips:bob@example.com", true },
        { "alice@example.com", "URI:sip:bob@example.com", "alice@example.com",
          false }, /* the common name no longer counts */
        { "alice@example.com", "email:carol@example.com,DNS:kms.example.com", "carol@example.com", true },
        { "alice@example.com", "email:carol@example.com,DNS:kms.example.com", "kms.example.com", true },
        { "alice@example.com", "email:carol@example.com,DNS:kms.example.com", "kms.example.org", false },
        { "alice@example.com", "IP:192.0.2.1", "alice@example.com", true },     /* without any of these */
        { "alice@example.com", "DNS:*.example.com", "kms.example.com", false }, /* as text */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_pk *pk = make(&(making){
            .name = cases[i].common, .issuer = "CA", .issuer_key = 1, .alternatives = cases[i].alternatives });
        assert_int_equal(tg_pk_has_name(pk, text_of(cases[i].name)), cases[i].has);
        tg_pk_free(pk);
    }
    tg_pk *bare;
    assert_int_equal(tg_pk_from_pem(crypto, source_file("vectors/keys/kms.pem"), &bare), TG_OK);
    assert_false(tg_pk_has_name(bare, text_of("kms.example.com")));
    tg_pk_free(bare);
    tg_pk *kms;
    assert_int_equal(tg_pk_from_der_certificate(crypto, source_file("vectors/keys/kms.der"), &kms), TG_OK);
    assert_true(tg_pk_has_name(kms, text_of("kms.example.com")));
    tg_pk_free(kms);
}

/* ---- issuers and paths -------------------------------------------------------------------------------------- */

static const making root = { "root", "root", 0, 0, "critical,CA:TRUE", NULL, NULL, NULL };
static const making middle = { "middle", "root", 1, 0, "critical,CA:TRUE", NULL, NULL, NULL };
static const making leaf = { "leaf", "middle", 2, 1, "critical,CA:FALSE", NULL, NULL, NULL };

static void issuers(void **state)
{
    (void)state;
    tg_pk *r = make(&root), *m = make(&middle), *l = make(&leaf);
    /* The name of the issuer with another key; its key with another name. */
    tg_pk *impostor = make(&(making){ "middle", "root", 3, 0, "CA:TRUE", NULL, NULL, NULL });
    tg_pk *renamed = make(&(making){ "other", "root", 1, 0, "CA:TRUE", NULL, NULL, NULL });
    assert_true(tg_pk_is_issued_by(crypto, l, m));
    assert_true(tg_pk_is_issued_by(crypto, m, r));
    assert_true(tg_pk_is_issued_by(crypto, r, r));
    assert_false(tg_pk_is_issued_by(crypto, l, r));
    assert_false(tg_pk_is_issued_by(crypto, m, l));
    assert_false(tg_pk_is_issued_by(crypto, l, impostor));
    assert_false(tg_pk_is_issued_by(crypto, l, renamed));
    tg_pk *bare;
    assert_int_equal(tg_pk_from_pem(crypto, source_file("vectors/keys/kms.pem"), &bare), TG_OK);
    assert_false(tg_pk_is_issued_by(crypto, bare, r));
    assert_false(tg_pk_is_issued_by(crypto, r, bare));
    assert_int_equal(ERR_peek_error(), 0);
    tg_pk *const all[] = { r, m, l, impostor, renamed, bare };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tg_pk_free(all[i]);
}

static tg_status path(tg_pk *const *chain, size_t num, tg_pk *trusted, bool has_time, int64_t time)
{
    tg_status status = tg_pk_verify_path(crypto, chain, num, &trusted, 1, has_time, time);
    assert_int_equal(ERR_peek_error(), 0);
    return status;
}

static void paths(void **state)
{
    (void)state;
    tg_pk *r = make(&root), *m = make(&middle), *l = make(&leaf);
    tg_pk *chain[] = { l, m, r }, *mixed[] = { l, r, m };
    assert_int_equal(path(chain, 3, r, true, WITHIN), TG_OK);
    assert_int_equal(path(chain, 2, r, true, WITHIN), TG_OK);
    assert_int_equal(path(mixed, 3, r, true, WITHIN), TG_OK);
    assert_int_equal(path(chain, 1, r, true, WITHIN), TG_NOT_AUTHENTIC); /* the middle is missing */
    assert_int_equal(path(chain, 1, m, true, WITHIN), TG_OK);            /* trust need not be self-signed */
    assert_int_equal(path(chain, 1, l, true, WITHIN), TG_OK);
    assert_int_equal(path(chain + 2, 1, r, true, WITHIN), TG_OK);
    assert_int_equal(path(chain, 3, r, true, TO + 1), TG_NOT_AUTHENTIC);
    assert_int_equal(path(chain, 3, r, true, FROM - 1), TG_NOT_AUTHENTIC);
    assert_int_equal(path(chain, 3, r, false, 0), TG_OK);
    assert_int_equal(path(chain, 0, r, false, 0), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_pk_verify_path(crypto, chain, 3, NULL, 0, false, 0), TG_NOT_AUTHENTIC);
    /* A root of the same name with another key. */
    tg_pk *other = make(&(making){ "root", "root", 3, 3, "critical,CA:TRUE", NULL, NULL, NULL });
    assert_int_equal(path(chain, 3, other, false, 0), TG_NOT_AUTHENTIC);
    tg_pk *two[] = { other, r };
    assert_int_equal(tg_pk_verify_path(crypto, chain, 2, two, 2, true, WITHIN), TG_OK);
    tg_pk *impostor = make(&(making){ "middle", "root", 3, 0, "CA:TRUE", NULL, NULL, NULL });
    tg_pk *hidden[] = { l, impostor, m, impostor };
    assert_int_equal(path(hidden, 4, r, true, WITHIN), TG_OK);
    assert_int_equal(path(hidden, 2, r, true, WITHIN), TG_NOT_AUTHENTIC);
    /* Too many of them. */
    tg_pk *many[TG_CERTIFICATES_MAX + 1];
    for (size_t i = 0; i <= TG_CERTIFICATES_MAX; i++)
        many[i] = i ? m : l;
    assert_int_equal(path(many, TG_CERTIFICATES_MAX, r, true, WITHIN), TG_OK);
    assert_int_equal(path(many, TG_CERTIFICATES_MAX + 1, r, true, WITHIN), TG_TOO_LARGE);
    assert_int_equal(tg_pk_verify_path(crypto, chain, 1, many, TG_CERTIFICATES_MAX + 1, true, WITHIN), TG_TOO_LARGE);
    tg_pk *const all[] = { r, m, l, other, impostor };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tg_pk_free(all[i]);
}

/* Who may not issue: no CA flag, a path that is too long, no right to sign certificates. Old hashes are no reason. */
static void constraints(void **state)
{
    (void)state;
    static const struct {
        making root, middle;
        tg_status status;
    } cases[] = {
        { { "root", "root", 0, 0, "CA:TRUE", NULL, NULL, NULL },
          { "middle", "root", 1, 0, "CA:FALSE", NULL, NULL, NULL },
          TG_NOT_AUTHENTIC },
        { { "root", "root", 0, 0, "CA:TRUE", NULL, NULL, NULL },
          { "middle", "root", 1, 0, NULL, NULL, NULL, NULL },
          TG_NOT_AUTHENTIC },
        { { "root", "root", 0, 0, "CA:TRUE,pathlen:0", NULL, NULL, NULL },
          { "middle", "root", 1, 0, "CA:TRUE", NULL, NULL, NULL },
          TG_NOT_AUTHENTIC },
        { { "root", "root", 0, 0, "CA:TRUE,pathlen:1", NULL, NULL, NULL },
          { "middle", "root", 1, 0, "CA:TRUE,pathlen:0", NULL, NULL, NULL },
          TG_OK },
        { { "root", "root", 0, 0, "CA:TRUE", NULL, NULL, NULL },
          { "middle", "root", 1, 0, "CA:TRUE", NULL, "digitalSignature", NULL },
          TG_NOT_AUTHENTIC },
        { { "root", "root", 0, 0, "CA:TRUE", NULL, NULL, NULL },
          { "middle", "root", 1, 0, "CA:TRUE", NULL, "keyCertSign", NULL },
          TG_OK },
        { { "root", "root", 0, 0, "CA:TRUE", NULL, NULL, "SHA1" },
          { "middle", "root", 1, 0, "CA:TRUE", NULL, NULL, "SHA1" },
          TG_OK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_pk *r = make(&cases[i].root), *m = make(&cases[i].middle), *l = make(&leaf);
        tg_pk *chain[] = { l, m };
        assert_int_equal(path(chain, 2, r, true, WITHIN), cases[i].status);
        assert_true(tg_pk_is_issued_by(crypto, l, m)); /* which asks for name and signature alone */
        tg_pk_free(r);
        tg_pk_free(m);
        tg_pk_free(l);
    }
}

/* A certificate whose key is none of ours is kept, and only that. */
static void other_keys(void **state)
{
    (void)state;
    EVP_PKEY *rsa = keys[0];
    keys[0] = EVP_EC_gen("P-256");
    tg_pk *r = make(&root), *m = make(&middle);
    EVP_PKEY_free(keys[0]);
    keys[0] = rsa;
    assert_true(tg_pk_has_certificate(r));
    assert_int_equal(tg_pk_octets(r), 0);
    assert_true(tg_pk_is_issued_by(crypto, m, r));
    assert_int_equal(path(&m, 1, r, true, WITHIN), TG_OK);
    tg_coverage c = { .num = 0 };
    uint8_t memory[256];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_settings settings = { 0 };
    tg_bytes out;
    assert_int_equal(tg_sign_verify(crypto, r, 0, TG_HASH_IS_SHA_1, &c, count_from(0, 128)), TG_BAD_KEY);
    assert_int_equal(tg_sign_make(crypto, r, 0, TG_HASH_IS_SHA_1, &c, &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_pke_seal(crypto, &settings, r, count_from(0, 16), &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_pke_open(crypto, &settings, r, count_from(0, 128), &arena, &out), TG_BAD_KEY);
    tg_pk_free(r);
    tg_pk_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(names), CRYPTO_TEST(issuers), CRYPTO_TEST(paths), CRYPTO_TEST(constraints), CRYPTO_TEST(other_keys),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
