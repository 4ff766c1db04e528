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

/* The octets that the DER SEQUENCE at the front takes. False when none stands there whole, or it is too large for a certificate. */
bool tg_der_size(tg_bytes octets, size_t *size);
/* One certificate that fills `der`. TG_BAD_KEY, TG_NO_MEMORY. */
TG_NODISCARD tg_status tg_x509_read(const tg_library *library, tg_bytes der, X509 **out);

#endif
