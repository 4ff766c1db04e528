/* crypto: keys and certificates from PEM and DER, good ones, broken ones, and those that would cost too much. */
#include <openssl/bn.h>
#include <openssl/ec.h>

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
    EVP_PKEY *key = EVP_RSA_gen(1024), *ec = EVP_EC_gen("P-256");
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
        { { 0, 1024, 100000, 1024, 512, 512, 512, 512, 512 }, TG_BAD_KEY },
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(forms),        CRYPTO_TEST(certificates),  CRYPTO_TEST(certificate_octets),
        CRYPTO_TEST(keys_refused), CRYPTO_TEST(sizes_of_keys),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
