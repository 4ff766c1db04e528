/* crypto: keys from PEM, signatures and envelope keys, against RSA done with integers elsewhere (test_crypto_rsa.inc). */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "test_crypto_rsa.inc"
#include "test_crypto_support.h"

static uint8_t memory[1 << 16];
static const tg_settings defaults, oaep = { .pke_pad = TG_PKE_PAD_OAEP };

static tg_pk *key_of(tg_bytes pem)
{
    tg_pk *pk = NULL;
    assert_int_equal(tg_pk_from_pem(crypto, pem, &pk), TG_OK);
    return pk;
}

static tg_pk *key_file(const char *name)
{
    return key_of(source_file(name));
}

/* A certificate of the source tree as PEM text. */
static tg_bytes pem_of_der(tg_bytes der)
{
    char *text = malloc(tg_base64_encoded_size(der.len) + 100);
    tg_bytes out;
    size_t len = (size_t)sprintf(text, "-----BEGIN CERTIFICATE-----\n");
    char *encoded = malloc(tg_base64_encoded_size(der.len));
    tg_base64_encode(der, encoded);
    for (size_t i = 0; i < strlen(encoded); i += 64)
        len += (size_t)sprintf(text + len, "%.64s\n", encoded + i);
    sprintf(text + len, "-----END CERTIFICATE-----\n");
    out = text_of(text);
    free(encoded);
    free(text);
    return out;
}

static tg_bytes joined(tg_bytes a, tg_bytes b)
{
    uint8_t *both = hold(a.len + b.len);
    memcpy(both, a.data, a.len);
    memcpy(both + a.len, b.data, b.len);
    return tg_bytes_of(both, a.len + b.len);
}

static tg_bytes bio_octets(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    uint8_t *copy = hold((size_t)len);
    memcpy(copy, data, (size_t)len);
    BIO_free(bio);
    return tg_bytes_of(copy, (size_t)len);
}

static tg_bytes private_pem(const EVP_PKEY *key, bool traditional, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
    int len = password ? (int)strlen(password) : 0;
    assert_true(traditional
                    ? PEM_write_bio_PrivateKey_traditional(bio, key, cipher, (const unsigned char *)password, len, NULL, NULL)
                    : PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password, len, NULL, NULL));
    return bio_octets(bio);
}

static tg_bytes public_pem(const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_PUBKEY(bio, key));
    return bio_octets(bio);
}

static tg_coverage *what(tg_coverage *c)
{
    memset(c, 0, sizeof *c);
    tg_cover_octets(text_of("what the "), c);
    tg_cover_octets(text_of("signature covers"), c);
    return c;
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

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
    tg_bytes kms = source_file("vectors/keys/kms.der"), ca = source_file("vectors/keys/ca.der"), key = source_file("vectors/keys/kms.pem");
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
        "3000", "300130", "3080", "30800000", "308100", "30817f", "3082007f", "30830100", "308400000001", "30ff", "3100", "02010a",
    };
    for (size_t i = 0; i < sizeof no_certificates / sizeof no_certificates[0]; i++)
        assert_int_equal(tg_certificate_size(crypto, joined(hex(no_certificates[i]), count_from(0, 200)), &size), TG_BAD_KEY);
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
        tg_bytes_of(NULL, 0), text_of("no key at all"), tg_bytes_of(good.data, good.len / 2), tg_bytes_of(broken, good.len),
        private_pem(key, false, "secret"), private_pem(key, true, "secret"), private_pem(ec, false, NULL),
        private_pem(ec, true, NULL), public_pem(ec),
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
            assert_true(status == TG_BAD_KEY || tg_sign_verify(crypto, pk, 0, TG_HASH_IS_SHA_1, what(&c), out) != TG_OK);
        }
        tg_pk_free(pk);
    }
}

/* ---- signatures --------------------------------------------------------------------------------------------- */

static const struct {
    uint8_t s_type;
    tg_hash hash;
    const char *signature;
} signatures[] = {
    { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_SHA_1, v15_sha1 }, { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_MD5, v15_md5 },
    { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_SHA_256, v15_sha256 }, { TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_1, pss_sha1 },
    { TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_256, pss_sha256 },
};
enum { NUM_SIGNATURES = sizeof signatures / sizeof signatures[0] };

static void made_elsewhere(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/initiator.pem"), *cert = key_of(pem_of_der(source_file("vectors/keys/initiator.der")));
    tg_coverage c;
    for (size_t i = 0; i < NUM_SIGNATURES; i++) {
        tg_bytes signature = hex(signatures[i].signature);
        /* Each is what it says it is and nothing else, by the private key and by the certificate. */
        for (size_t j = 0; j < NUM_SIGNATURES; j++) {
            tg_status expected = i == j ? TG_OK : TG_NOT_AUTHENTIC;
            assert_int_equal(tg_sign_verify(crypto, pk, signatures[j].s_type, signatures[j].hash, what(&c), signature), expected);
            assert_int_equal(tg_sign_verify(crypto, cert, signatures[j].s_type, signatures[j].hash, what(&c), signature), expected);
        }
        if (signatures[i].s_type == TG_S_TYPE_RSA_PKCS_1_1_5) {
            tg_arena arena = tg_arena_of(memory, sizeof memory);
            tg_bytes made;
            assert_int_equal(tg_sign_make(crypto, pk, signatures[i].s_type, signatures[i].hash, what(&c), &arena, &made), TG_OK);
            assert_octets(made, signatures[i].signature);
        }
    }
    /* The salt is as long as the hash. */
    assert_int_equal(tg_sign_verify(crypto, pk, TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_1, what(&c), hex(pss_salt_0)), TG_NOT_AUTHENTIC);
    tg_pk_free(pk);
    tg_pk_free(cert);
}

static void round_trips(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/kms.pem"), *other = key_file("vectors/keys/responder.pem");
    tg_coverage c;
    for (size_t i = 0; i < NUM_SIGNATURES; i++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        uint8_t s_type = signatures[i].s_type;
        tg_hash hash = signatures[i].hash;
        tg_bytes made;
        assert_int_equal(tg_sign_make(crypto, pk, s_type, hash, what(&c), &arena, &made), TG_OK);
        assert_int_equal(made.len, 256);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), made), TG_OK);
        assert_int_equal(tg_sign_verify(crypto, other, s_type, hash, what(&c), made), TG_NOT_AUTHENTIC);
        uint8_t *changed = hold(257);
        memcpy(changed, made.data, 256);
        changed[256] = 0;
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 257)), TG_NOT_AUTHENTIC);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 255)), TG_NOT_AUTHENTIC);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(NULL, 0)), TG_NOT_AUTHENTIC);
        changed[100] ^= 1;
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 256)), TG_NOT_AUTHENTIC);
        memset(changed, 0xff, 256);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 256)), TG_NOT_AUTHENTIC);
        tg_cover_octets(text_of("!"), what(&c));
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, &c, made), TG_NOT_AUTHENTIC);
        assert_int_equal(ERR_peek_error(), 0);
    }
    tg_pk_free(pk);
    tg_pk_free(other);
}

static void signing_refused(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/kms.pem"), *cert = key_of(pem_of_der(source_file("vectors/keys/kms.der")));
    tg_arena arena = tg_arena_of(memory, sizeof memory), small = tg_arena_of(memory, 255);
    tg_coverage c;
    tg_bytes out;
    assert_int_equal(tg_sign_make(crypto, cert, 0, TG_HASH_IS_SHA_1, what(&c), &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_sign_make(crypto, pk, TG_S_TYPE_ECCSI, TG_HASH_IS_SHA_1, what(&c), &arena, &out), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_sign_make(crypto, pk, 0, (tg_hash)3, what(&c), &arena, &out), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_sign_verify(crypto, pk, 15, TG_HASH_IS_SHA_1, what(&c), hex(v15_sha1)), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_sign_make(crypto, pk, 0, TG_HASH_IS_SHA_1, what(&c), &small, &out), TG_ARENA_FULL);
    EVP_PKEY *tiny = EVP_RSA_gen(512);
    tg_pk *tiny_pk = key_of(private_pem(tiny, false, NULL));
    assert_int_equal(tg_sign_make(crypto, tiny_pk, 1, TG_HASH_IS_SHA_256, what(&c), &arena, &out), TG_BAD_KEY);
    assert_int_equal(arena.used, 0);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(tg_sign_make(crypto, tiny_pk, 1, TG_HASH_IS_SHA_1, what(&c), &arena, &out), TG_OK);
    EVP_PKEY_free(tiny);
    tg_pk_free(tiny_pk);
    tg_pk_free(pk);
    tg_pk_free(cert);
    tg_settings s = { .sig_hash = TG_SIG_HASH_SUITE };
    assert_int_equal(tg_sign_hash(&defaults, TG_PRF_HMAC_SHA_256), TG_HASH_IS_SHA_1);
    assert_int_equal(tg_sign_hash(&s, TG_PRF_MIKEY_1), TG_HASH_IS_SHA_1);
    assert_int_equal(tg_sign_hash(&s, TG_PRF_HMAC_SHA_256), TG_HASH_IS_SHA_256);
    s.sig_hash = TG_SIG_HASH_SHA256;
    assert_int_equal(tg_sign_hash(&s, TG_PRF_MIKEY_1), TG_HASH_IS_SHA_256);
}

/* A key outlives the handle that made it, and is used with another one. */
static void other_handle(void **state)
{
    (void)state;
    tg_crypto *first;
    tg_pk *pk;
    assert_int_equal(tg_crypto_new(&first), TG_OK);
    assert_int_equal(tg_pk_from_pem(first, source_file("vectors/keys/initiator.pem"), &pk), TG_OK);
    tg_crypto_free(first);
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_coverage c;
    tg_bytes out;
    assert_int_equal(tg_sign_make(crypto, pk, 0, TG_HASH_IS_SHA_1, what(&c), &arena, &out), TG_OK);
    assert_octets(out, v15_sha1);
    tg_pk_free(pk);
}

/* ---- PKE ---------------------------------------------------------------------------------------------------- */

/* Does PKCS#1 v1.5 that does not open come back as a made-up key (OpenSSL from 3.2 on)? */
static void does_not_open(tg_pk *pk, const tg_settings *settings, tg_bytes data)
{
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes out;
    memset(memory, 0, 600);
    tg_status status = tg_pke_open(crypto, settings, pk, data, &arena, &out);
    assert_int_equal(ERR_peek_error(), 0);
    if (status == TG_OK && settings->pke_pad == TG_PKE_PAD_PKCS1 && OPENSSL_VERSION_PREREQ(3, 2)) {
        assert_false(tg_bytes_equal(out, count_from(0x20, 16)));
        return;
    }
    assert_int_equal(status, TG_NOT_AUTHENTIC);
    assert_int_equal(out.len, 0);
    assert_int_equal(arena.used, 0);
    for (size_t i = 0; i < 600; i++)
        assert_int_equal(memory[i], 0);
}

static void pke_made_elsewhere(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/kms.pem"), *other = key_file("vectors/keys/initiator.pem");
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes out;
    assert_int_equal(tg_pke_open(crypto, &defaults, pk, hex(pke_pkcs1), &arena, &out), TG_OK);
    assert_octets(out, "202122232425262728292a2b2c2d2e2f");
    assert_int_equal(tg_pke_open(crypto, &oaep, pk, hex(pke_oaep), &arena, &out), TG_OK);
    assert_octets(out, "202122232425262728292a2b2c2d2e2f");
    does_not_open(pk, &oaep, hex(pke_oaep_sha256));
    does_not_open(pk, &oaep, hex(pke_pkcs1));
    does_not_open(pk, &defaults, hex(pke_oaep));
    does_not_open(other, &oaep, hex(pke_oaep));
    does_not_open(other, &defaults, hex(pke_pkcs1));
    static const size_t lengths[] = { 0, 1, 255, 257, 300 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        does_not_open(pk, &oaep, count_from(1, lengths[i]));
        does_not_open(pk, &defaults, count_from(1, lengths[i]));
    }
    uint8_t *most = hold(256);
    memset(most, 0xff, 256); /* more than the modulus */
    does_not_open(pk, &oaep, tg_bytes_of(most, 256));
    tg_pk_free(pk);
    tg_pk_free(other);
}

static void pke_round_trips(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/kms.pem"), *cert = key_of(pem_of_der(source_file("vectors/keys/kms.der")));
    static const tg_settings *const settings[] = { &defaults, &oaep };
    for (size_t i = 0; i < 2; i++) {
        size_t most = i == 0 ? 256 - 11 : 256 - 42;
        const size_t lengths[] = { 0, 1, 16, 32, most };
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            tg_arena arena = tg_arena_of(memory, sizeof memory);
            tg_bytes sealed, opened, key = count_from(1, lengths[j]);
            assert_int_equal(tg_pke_seal(crypto, settings[i], cert, key, &arena, &sealed), TG_OK);
            assert_int_equal(sealed.len, 256);
            assert_int_equal(tg_pke_open(crypto, settings[i], pk, sealed, &arena, &opened), TG_OK);
            assert_true(tg_bytes_equal(opened, key));
            /* What was not the key has been given back. */
            assert_ptr_equal(arena.data + arena.used, opened.data + opened.len);
            uint8_t *changed = hold(256);
            memcpy(changed, sealed.data, 256);
            changed[255] ^= 1;
            does_not_open(pk, settings[i], tg_bytes_of(changed, 256));
        }
        tg_arena arena = tg_arena_of(memory, sizeof memory), small = tg_arena_of(memory, 200);
        tg_bytes out;
        assert_int_equal(tg_pke_seal(crypto, settings[i], cert, count_from(1, most + 1), &arena, &out), TG_BAD_KEY);
        assert_int_equal(tg_pke_seal(crypto, settings[i], cert, count_from(1, 16), &small, &out), TG_ARENA_FULL);
        assert_int_equal(tg_pke_open(crypto, settings[i], pk, count_from(1, 256), &small, &out), TG_ARENA_FULL);
        assert_int_equal(tg_pke_open(crypto, settings[i], cert, count_from(1, 256), &arena, &out), TG_BAD_KEY);
    }
    tg_pk_free(pk);
    tg_pk_free(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(forms),          CRYPTO_TEST(certificates), CRYPTO_TEST(certificate_octets), CRYPTO_TEST(keys_refused),
        CRYPTO_TEST(sizes_of_keys),  CRYPTO_TEST(made_elsewhere), CRYPTO_TEST(round_trips),      CRYPTO_TEST(signing_refused),
        CRYPTO_TEST(other_handle),   CRYPTO_TEST(pke_made_elsewhere), CRYPTO_TEST(pke_round_trips),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
