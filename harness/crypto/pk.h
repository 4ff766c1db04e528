/* A public key as the files of this room see it. */
#ifndef TICKETGATE_CRYPTO_PK_H
#define TICKETGATE_CRYPTO_PK_H

#include <openssl/x509.h>

#include "handle.h"

typedef struct pk_certificate {
    X509 *x509;
    uint8_t *der;
    size_t der_len;
} pk_certificate;

struct tg_pk {
    tg_library *library; /* its key and certificates belong to this one's context */
    EVP_PKEY *key;       /* RSA, or NULL */
    bool is_private;
    pk_certificate certificates[TG_CERTIFICATES_MAX];
    size_t num_certificates;
};

/* The owner's certificate, or NULL. */
static inline X509 *tg_pk_x509(const tg_pk *pk)
{
    return pk->num_certificates ? pk->certificates[0].x509 : NULL;
}

/* A copy of the private key for one operation, to be freed; NULL when there is no memory. A key that OpenSSL ran out of memory with
 * keeps blinding factors that do not belong together, and then answers wrongly without a word. */
static inline EVP_PKEY *tg_pk_private_key(const tg_pk *pk)
{
    return EVP_PKEY_dup(pk->key);
}

/* The octets that the DER SEQUENCE at the front takes. False when none stands there whole, or it is too large for a certificate. */
bool tg_der_size(tg_bytes octets, size_t *size);
/* One certificate that fills `der`. TG_BAD_KEY, TG_NO_MEMORY. */
TG_NODISCARD tg_status tg_x509_read(const tg_library *library, tg_bytes der, X509 **out);
/* An RSA key from PKCS#8 or RSAPrivateKey, or SubjectPublicKeyInfo or RSAPublicKey. TG_BAD_KEY, TG_NO_MEMORY. */
TG_NODISCARD tg_status tg_rsa_read(const tg_library *library, tg_bytes der, bool is_private, EVP_PKEY **out);
/* An RSA key whose modulus and public exponent are of a size and kind that one may compute with? */
bool tg_rsa_is_sound(const EVP_PKEY *key);

#endif
