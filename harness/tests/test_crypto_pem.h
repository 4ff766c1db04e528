/* Keys and certificates as PEM text, for the tests of public keys. */
#ifndef TICKETGATE_TEST_CRYPTO_PEM_H
#define TICKETGATE_TEST_CRYPTO_PEM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "test_crypto_support.h"

__attribute__((unused)) static tg_pk *key_of(tg_bytes pem)
{
    tg_pk *pk = NULL;
    assert_int_equal(tg_pk_from_pem(crypto, pem, &pk), TG_OK);
    return pk;
}

__attribute__((unused)) static tg_pk *key_file(const char *name)
{
    return key_of(source_file(name));
}

/* A certificate of the source tree as PEM text. */
__attribute__((unused)) static tg_bytes pem_of_der(tg_bytes der)
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

__attribute__((unused)) static tg_bytes joined(tg_bytes a, tg_bytes b)
{
    uint8_t *both = hold(a.len + b.len);
    memcpy(both, a.data, a.len);
    memcpy(both + a.len, b.data, b.len);
    return tg_bytes_of(both, a.len + b.len);
}

__attribute__((unused)) static tg_bytes bio_octets(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    uint8_t *copy = hold((size_t)len);
    memcpy(copy, data, (size_t)len);
    BIO_free(bio);
    return tg_bytes_of(copy, (size_t)len);
}

__attribute__((unused)) static tg_bytes private_pem(const EVP_PKEY *key, bool traditional, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
    int len = password ? (int)strlen(password) : 0;
    assert_true(traditional ? PEM_write_bio_PrivateKey_traditional(bio, key, cipher, (const unsigned char *)password,
                                                                   len, NULL, NULL)
                            : PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password, len, NULL, NULL));
    return bio_octets(bio);
}

__attribute__((unused)) static tg_bytes public_pem(const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio_PUBKEY(bio, key));
    return bio_octets(bio);
}

__attribute__((unused)) static tg_coverage *what(tg_coverage *c)
{
    memset(c, 0, sizeof *c);
    tg_cover_octets(text_of("what the "), c);
    tg_cover_octets(text_of("signature covers"), c);
    return c;
}

#endif
