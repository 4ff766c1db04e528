/* crypto: keys and certificates from PEM and DER, good ones, broken ones, and those that would cost too much. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "test_crypto_pem.h"

static uint8_t memory[1 << 16];

static void forms(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(1024);
    assert_non_null(key);
    const struct {
        tg_bytes pem;
        bool is_private;
    } cases[] = {
        { private_pem(key, false, NULL), true },
        { private_pem(key, true, NULL), true },
        { public_pem(key), false },
        { joined(public_pem(key), private_pem(key, false, NULL)), true },
        { joined(text_of("some words before it\n"), private_pem(key, false, NULL)), true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_pk *pk = key_of(cases[i].pem);
        assert_int_equal(tg_pk_octets(pk), 128);
        assert_int_equal(tg_pk_is_private(pk), cases[i].is_private);
        assert_false(tg_pk_has_certificate(pk));
        assert_int_equal(tg_pk_certificate(pk, 0).len, 0);
        tg_pk_free(pk);
    }
    EVP_PKEY_free(key);
}

static void certificates(void **state)
{
    (void)state;
    tg_bytes kms = source_file("vectors/keys/kms.der"), ca = source_file("vectors/keys/ca.der"),
             key = source_file("vectors/keys/kms.pem");
    tg_pk *pk = key_of(joined(key, joined(pem_of_der(kms), pem_of_der(ca))));
    assert_true(tg_pk_is_private(pk) && tg_pk_has_certificate(pk));
    assert_int_equal(tg_pk_octets(pk), 256);
    assert_true(tg_bytes_equal(tg_pk_certificate(pk, 0), kms));
    assert_true(tg_bytes_equal(tg_pk_certificate(pk, 1), ca));
    assert_int_equal(tg_pk_certificate(pk, 2).len, 0);
    tg_pk_free(pk);
    pk = key_of(pem_of_der(kms));
    assert_true(!tg_pk_is_private(pk) && tg_pk_has_certificate(pk));
    assert_int_equal(tg_pk_octets(pk), 256);
    tg_pk_free(pk);
    assert_int_equal(tg_pk_from_der_certificate(crypto, kms, &pk), TG_OK);
    assert_true(tg_bytes_equal(tg_pk_certificate(pk, 0), kms));
    tg_pk_free(pk);
    /* The certificate of somebody else. */
    assert_int_equal(tg_pk_from_pem(crypto, joined(key, pem_of_der(ca)), &pk), TG_BAD_KEY);
    /* More than anybody needs. */
    tg_bytes many = pem_of_der(ca), one = many;
    for (int i = 1; i < TG_CERTIFICATES_MAX; i++)
        many = joined(many, one);
    assert_int_equal(tg_pk_from_pem(crypto, many, &pk), TG_OK);
    tg_pk_free(pk);
    assert_int_equal(tg_pk_from_pem(crypto, joined(many, one), &pk), TG_TOO_LARGE);
}

static void certificate_octets(void **state)
{
    (void)state;
    tg_bytes der = source_file("vectors/keys/kms.der");
    tg_pk *pk;
    size_t size;
    assert_int_equal(tg_certificate_size(crypto, joined(der, hex("3000")), &size), TG_OK);
    assert_int_equal(size, der.len);
    assert_int_equal(tg_pk_from_der_certificate(crypto, joined(der, hex("00")), &pk), TG_BAD_KEY);
    /* Cut anywhere, it is none; every octet is read from memory of its own. */
    for (size_t len = 0; len < der.len; len++) {
        tg_bytes cut = { der.data, len };
        cut.data = len ? memcpy(malloc(len), der.data, len) : NULL;
        assert_int_equal(tg_certificate_size(crypto, cut, &size), TG_BAD_KEY);
        assert_int_equal(tg_pk_from_der_certificate(crypto, cut, &pk), TG_BAD_KEY);
        free((void *)(uintptr_t)cut.data);
    }
    static const char *const no_certificates[] = {
        "3000",     "300130",   "3080",         "30800000", "308100", "30817f",
        "3082007f", "30830100", "308400000001", "30ff",     "3100",   "02010a",
    };
    for (size_t i = 0; i < sizeof no_certificates / sizeof no_certificates[0]; i++)
        assert_int_equal(tg_certificate_size(crypto, joined(hex(no_certificates[i]), count_from(0, 200)), &size),
                         TG_BAD_KEY);
    /* One bit changed is another certificate or none, and nothing worse. */
    size_t still = 0;
    for (size_t i = 0; i < der.len; i++) {
        uint8_t *changed = hold(0);
        changed = memcpy(realloc(changed, der.len), der.data, der.len);
        held[num_held - 1] = changed;
        changed[i] ^= 0x10;
        tg_status status = tg_pk_from_der_certificate(crypto, tg_bytes_of(changed, der.len), &pk);
        assert_true(status == TG_OK || status == TG_BAD_KEY);
        if (status == TG_OK) {
            tg_pk_free(pk);
            still++;
        }
        free(held[--num_held]);
    }
    assert_true(still > 256); /* the signature alone */
}

static void keys_refused(void **state)
{
    (void)state;
    tg_pk *pk;
    EVP_PKEY *key = EVP_RSA_gen(1024), *ec = EVP_EC_gen("P-256"), *of_three_primes = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1024), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_primes(context, 3), 1);
    assert_int_equal(EVP_PKEY_generate(context, &of_three_primes), 1);
    EVP_PKEY_CTX_free(context);
    tg_bytes good = private_pem(key, false, NULL);
    uint8_t *broken = hold(good.len);
    memcpy(broken, good.data, good.len);
    broken[200] = '!';
    const tg_bytes cases[] = {
        tg_bytes_of(NULL, 0),
        text_of("no key at all"),
        tg_bytes_of(good.data, good.len / 2),
        tg_bytes_of(broken, good.len),
        private_pem(key, false, "secret"),
        private_pem(key, true, "secret"),
        private_pem(ec, false, NULL),
        private_pem(ec, true, NULL),
        public_pem(ec),
        private_pem(of_three_primes, false, NULL),
        private_pem(of_three_primes, true, NULL),
        text_of("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
        text_of("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        text_of("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        text_of("-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tg_pk_from_pem(crypto, cases[i], &pk), TG_BAD_KEY);
        assert_int_equal(ERR_peek_error(), 0);
    }
    uint8_t *large = hold(TG_PEM_MAX + 1);
    memset(large, '\n', TG_PEM_MAX + 1);
    assert_int_equal(tg_pk_from_pem(crypto, tg_bytes_of(large, TG_PEM_MAX + 1), &pk), TG_TOO_LARGE);
    assert_int_equal(tg_pk_from_pem(crypto, tg_bytes_of(large, TG_PEM_MAX), &pk), TG_BAD_KEY);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(of_three_primes);
}

/* An RSAPrivateKey (RFC 8017 A.1.2) of random numbers: version, n, e, d, p, q, dP, dQ, qInv, of so many bits each. */
static tg_bytes made_of_numbers(const int bits[9])
{
    uint8_t *numbers = malloc(1 << 16);
    size_t len = 0;
    for (size_t i = 0; i < 9; i++) {
        BIGNUM *number = BN_new();
        if (bits[i])
            assert_true(BN_rand(number, bits[i], BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
        ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
        unsigned char *at = numbers + len;
        len += (size_t)i2d_ASN1_INTEGER(integer, &at);
        ASN1_INTEGER_free(integer);
        BN_free(number);
    }
    BIO *bio = BIO_new(BIO_s_mem());
    uint8_t *der = malloc(len + 4);
    der[0] = 0x30;
    der[1] = 0x82;
    der[2] = (uint8_t)(len >> 8);
    der[3] = (uint8_t)len;
    memcpy(der + 4, numbers, len);
    assert_true(PEM_write_bio(bio, "RSA PRIVATE KEY", "", der, (long)len + 4));
    free(der);
    free(numbers);
    return bio_octets(bio);
}

/* Keys that would cost their reader too much time, or are none. */
static void sizes_of_keys(void **state)
{
    (void)state;
    static const struct {
        int bits[9];
        tg_status status;
    } cases[] = {
        { { 0, 1024, 17, 1024, 512, 512, 512, 512, 512 }, TG_OK },
        { { 0, TG_RSA_MAX_BITS, 17, 1024, 512, 512, 512, 512, 512 }, TG_OK },
        { { 0, TG_RSA_MAX_BITS + 8, 17, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 504, 17, 500, 250, 250, 250, 250, 250 }, TG_BAD_KEY },
        { { 0, 1024, 17, 100000, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 2, 1024, 512, 512, 512, 512, 512 }, TG_OK }, /* of two bits and odd: 3 */
        { { 0, 1024, 64, 1024, 512, 512, 512, 512, 512 }, TG_OK },
        { { 0, 1024, 65, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 1, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 0, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 100000, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 512, 17, 500, 250, 250, 250, 250, 250 }, TG_OK },
        { { 0, 511, 17, 500, 250, 250, 250, 250, 250 }, TG_BAD_KEY },
        { { 0, 0, 17, 500, 250, 250, 250, 250, 250 }, TG_BAD_KEY },
        { { 0, 1024, 17, 0, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 0, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 512, 512, 512, 512, 0 }, TG_BAD_KEY },
        { { 1, 1024, 17, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY }, /* more than two primes, and there are none */
        { { 0, 1024, 17, 1024, 100000, 512, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 512, 100000, 512, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 512, 512, 100000, 512, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 512, 512, 512, 100000, 512 }, TG_BAD_KEY },
        { { 0, 1024, 17, 1024, 512, 512, 512, 512, 100000 }, TG_BAD_KEY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_pk *pk = NULL;
        assert_int_equal(tg_pk_from_pem(crypto, made_of_numbers(cases[i].bits), &pk), cases[i].status);
        if (pk) { /* numbers that are no key sign nothing, and hurt nobody */
            tg_arena arena = tg_arena_of(memory, sizeof memory);
            tg_coverage c;
            tg_bytes out = { NULL, 0 };
            tg_status status = tg_sign_make(crypto, pk, 0, TG_HASH_IS_SHA_1, what(&c), &arena, &out);
            assert_true(status == TG_BAD_KEY ||
                        tg_sign_verify(crypto, pk, 0, TG_HASH_IS_SHA_1, what(&c), out) != TG_OK);
        }
        tg_pk_free(pk);
    }
}

/* A public key of these two numbers. */
static EVP_PKEY *public_of(const BIGNUM *n, const BIGNUM *e)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    assert_true(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n));
    assert_true(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/* RSAPublicKey (RFC 8017 A.1.1) instead of SubjectPublicKeyInfo. */
static tg_bytes pkcs1_pem(const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    OSSL_ENCODER_CTX *encoder = OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_PUBLIC_KEY, "PEM", "type-specific", NULL);
    assert_int_equal(OSSL_ENCODER_to_bio(encoder, bio), 1);
    OSSL_ENCODER_CTX_free(encoder);
    return bio_octets(bio);
}

/* A certificate for this key, signed by another. */
static tg_bytes certificate_pem(EVP_PKEY *key, EVP_PKEY *signs)
{
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 60);
    assert_true(X509_set_pubkey(x, key));
    assert_true(X509_sign(x, signs, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_X509(bio, x));
    X509_free(x);
    return bio_octets(bio);
}

/* Public keys and certificates of an odd modulus (or one less) of so many bits, and this exponent. */
static void public_numbers(void **state)
{
    (void)state;
    static const struct {
        int bits;
        bool even;
        const char *e;
        tg_status status;
    } cases[] = {
        { 1024, false, "3", TG_OK },          { 1024, false, "10001", TG_OK },
        { 1024, false, "1", TG_BAD_KEY },     { 1024, false, "2", TG_BAD_KEY },
        { 1024, false, "10000", TG_BAD_KEY }, { 1024, false, "FFFFFFFFFFFFFFFF", TG_OK },
        { 1024, true, "10001", TG_BAD_KEY },  { 1024, false, "10000000000000001", TG_BAD_KEY },
        { 512, false, "10001", TG_OK },       { 511, false, "10001", TG_BAD_KEY },
        { 8192, false, "10001", TG_OK },      { 8193, false, "10001", TG_BAD_KEY },
    };
    EVP_PKEY *signs = EVP_RSA_gen(1024), *ec = EVP_EC_gen("P-256");
    tg_bytes of_ec = certificate_pem(ec, signs), of_rsa = certificate_pem(signs, signs);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        BIGNUM *n = BN_new(), *e = NULL;
        assert_true(BN_rand(n, cases[i].bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
        if (cases[i].even)
            assert_true(BN_sub_word(n, 1));
        assert_true(BN_hex2bn(&e, cases[i].e));
        EVP_PKEY *key = public_of(n, e);
        tg_bytes certificate = certificate_pem(key, signs);
        /* The last two: nobody's own certificate, but perhaps an issuer's. */
        const tg_bytes forms[] = { public_pem(key), pkcs1_pem(key), certificate, joined(of_ec, certificate),
                                   joined(of_rsa, certificate) };
        for (size_t j = 0; j < sizeof forms / sizeof forms[0]; j++) {
            tg_pk *pk = NULL;
            tg_status status = tg_pk_from_pem(crypto, forms[j], &pk);
            if (status != cases[i].status)
                fail_msg("%d bits, exponent %s, form %zu: %s", cases[i].bits, cases[i].e, j, tg_status_name(status));
            assert_int_equal(ERR_peek_error(), 0);
            tg_pk_free(pk);
        }
        EVP_PKEY_free(key);
        BN_free(n);
        BN_free(e);
    }
    EVP_PKEY_free(signs);
    EVP_PKEY_free(ec);
}

/* What a PEM text says of itself is not what is in it. */
static void other_contents(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(1024);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(i2d_PKCS8PrivateKey_bio(bio, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL));
    tg_bytes encrypted = bio_octets(bio);
    unsigned char *der = NULL;
    int len = i2d_PublicKey(key, &der);
    assert_true(len > 0);
    const struct {
        const char *name;
        tg_bytes der;
    } cases[] = {
        { "PRIVATE KEY", encrypted }, /* no password is asked for, whatever its name */
        { "RSA PRIVATE KEY", encrypted },
        { "PUBLIC KEY", encrypted },
        { "PRIVATE KEY", { der, (size_t)len } },
        { "RSA PRIVATE KEY", { der, (size_t)len } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_pk *pk = NULL;
        bio = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio(bio, cases[i].name, "", cases[i].der.data, (long)cases[i].der.len));
        assert_int_equal(tg_pk_from_pem(crypto, bio_octets(bio), &pk), TG_BAD_KEY);
        assert_int_equal(ERR_peek_error(), 0);
    }
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(forms),          CRYPTO_TEST(certificates),  CRYPTO_TEST(certificate_octets),
        CRYPTO_TEST(keys_refused),   CRYPTO_TEST(sizes_of_keys), CRYPTO_TEST(public_numbers),
        CRYPTO_TEST(other_contents),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
