/* crypto: signatures and envelope keys, against RSA done with integers elsewhere (test_crypto_rsa.inc). */
#include "test_crypto_pem.h"
#include "test_crypto_rsa.inc"

static uint8_t memory[1 << 16];
static const tg_settings defaults, oaep = { .pke_pad = TG_PKE_PAD_OAEP };

/* ---- signatures --------------------------------------------------------------------------------------------- */

static const struct {
    uint8_t s_type;
    tg_hash hash;
    const char *signature;
} signatures[] = {
    { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_SHA_1, v15_sha1 },     { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_MD5, v15_md5 },
    { TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_SHA_256, v15_sha256 }, { TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_1, pss_sha1 },
    { TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_256, pss_sha256 },
};
enum { NUM_SIGNATURES = sizeof signatures / sizeof signatures[0] };

static void made_elsewhere(void **state)
{
    (void)state;
    tg_pk *pk = key_file("vectors/keys/initiator.pem"),
          *cert = key_of(pem_of_der(source_file("vectors/keys/initiator.der")));
    tg_coverage c;
    for (size_t i = 0; i < NUM_SIGNATURES; i++) {
        tg_bytes signature = hex(signatures[i].signature);
        /* Each is what it says it is and nothing else, by the private key and by the certificate. */
        for (size_t j = 0; j < NUM_SIGNATURES; j++) {
            tg_status expected = i == j ? TG_OK : TG_NOT_AUTHENTIC;
            assert_int_equal(tg_sign_verify(crypto, pk, signatures[j].s_type, signatures[j].hash, what(&c), signature),
                             expected);
            assert_int_equal(
                tg_sign_verify(crypto, cert, signatures[j].s_type, signatures[j].hash, what(&c), signature), expected);
        }
        if (signatures[i].s_type == TG_S_TYPE_RSA_PKCS_1_1_5) {
            tg_arena arena = tg_arena_of(memory, sizeof memory);
            tg_bytes made;
            assert_int_equal(
                tg_sign_make(crypto, pk, signatures[i].s_type, signatures[i].hash, what(&c), &arena, &made), TG_OK);
            assert_octets(made, signatures[i].signature);
        }
    }
    /* The salt is as long as the hash. */
    assert_int_equal(tg_sign_verify(crypto, pk, TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_1, what(&c), hex(pss_salt_0)),
                     TG_NOT_AUTHENTIC);
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
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 257)),
                         TG_NOT_AUTHENTIC);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 255)),
                         TG_NOT_AUTHENTIC);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(NULL, 0)), TG_NOT_AUTHENTIC);
        changed[100] ^= 1;
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 256)),
                         TG_NOT_AUTHENTIC);
        memset(changed, 0xff, 256);
        assert_int_equal(tg_sign_verify(crypto, pk, s_type, hash, what(&c), tg_bytes_of(changed, 256)),
                         TG_NOT_AUTHENTIC);
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
    assert_int_equal(tg_sign_make(crypto, pk, TG_S_TYPE_ECCSI, TG_HASH_IS_SHA_1, what(&c), &arena, &out),
                     TG_UNKNOWN_ALGORITHM);
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
        CRYPTO_TEST(made_elsewhere), CRYPTO_TEST(round_trips),        CRYPTO_TEST(signing_refused),
        CRYPTO_TEST(other_handle),   CRYPTO_TEST(pke_made_elsewhere), CRYPTO_TEST(pke_round_trips),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
