/* RSA keys and certificates from PEM and DER. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pk.h"

/* ---- one key or certificate --------------------------------------------------------------------------------- */

static tg_status add_key(tg_pk *pk, tg_bytes der, bool is_private)
{
    EVP_PKEY *key;
    if (pk->key && (!is_private || pk->is_private))
        return TG_OK; /* the first private key counts, else the first public one */
    tg_status status = tg_rsa_read(pk->library, der, is_private, &key);
    if (status != TG_OK)
        return status;
    EVP_PKEY_free(pk->key);
    pk->key = key;
    pk->is_private = is_private;
    return TG_OK;
}

tg_status tg_x509_read(const tg_library *library, tg_bytes der, X509 **out)
{
    size_t size;
    if (!tg_der_size(der, &size) || size != der.len)
        return TG_BAD_KEY;
    X509 *x509 = X509_new_ex(tg_library_context(library), NULL);
    const unsigned char *at = der.data;
    if (x509 && d2i_X509(&x509, &at, (long)der.len) && at == der.data + der.len) {
        *out = x509;
        return TG_OK;
    }
    tg_status status = tg_openssl_failed(TG_BAD_KEY);
    X509_free(x509);
    return status;
}

/* A key of another kind, or one that OpenSSL cannot read, is no failure, unless there was no memory to read it. */
static tg_status check_key_of(const X509 *x509)
{
    const EVP_PKEY *key = X509_get0_pubkey(x509);
    bool ok = !key || !EVP_PKEY_is_a(key, "RSA") || tg_rsa_is_sound(key);
    return tg_openssl_failed(ok ? TG_OK : TG_BAD_KEY);
}

static tg_status add_certificate(tg_pk *pk, tg_bytes der)
{
    if (pk->num_certificates == TG_CERTIFICATES_MAX)
        return TG_TOO_LARGE;
    pk_certificate *to = &pk->certificates[pk->num_certificates];
    tg_status status = tg_x509_read(pk->library, der, &to->x509);
    if (status != TG_OK)
        return status;
    pk->num_certificates++;
    to->der = OPENSSL_memdup(der.data, der.len);
    to->der_len = der.len;
    return to->der ? check_key_of(to->x509) : tg_openssl_failed(TG_NO_MEMORY);
}

/* ---- a text of them ----------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static tg_status add_block(tg_pk *pk, const char *name, const char *header, tg_bytes der)
{
    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
        return add_certificate(pk, der);
    if (strcmp(name, PEM_STRING_PKCS8) == 0 || strstr(header, "ENCRYPTED"))
        return TG_BAD_KEY;                    /* nobody is asked for a password */
    if (ends_with(name, PEM_STRING_PKCS8INF)) /* "PRIVATE KEY" */
        return add_key(pk, der, true);
    if (ends_with(name, PEM_STRING_PUBLIC)) /* "PUBLIC KEY" */
        return add_key(pk, der, false);
    return TG_OK; /* parameters, requests: nothing that we need */
}

static tg_status read_pem(tg_pk *pk, tg_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    tg_status status = bio ? TG_OK : TG_NO_MEMORY;
    while (status == TG_OK) {
        char *name = NULL, *header = NULL;
        unsigned char *data = NULL;
        long len = 0;
        /* PEM_FLAG_SECURE: what OpenSSL reads the text into, it wipes. */
        if (!PEM_read_bio_ex(bio, &name, &header, &data, &len, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE)) {
            bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            status = tg_openssl_failed(at_end ? TG_OK : TG_BAD_KEY);
            break;
        }
        status = add_block(pk, name, header, tg_bytes_of(data, (size_t)len));
        OPENSSL_secure_free(name);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(data, (size_t)len);
    }
    BIO_free(bio);
    return status;
}

/* The key of the first certificate: it has to be that of the key where there is one, and is the key where there is none. */
static tg_status match_certificate(tg_pk *pk)
{
    EVP_PKEY *key = pk->num_certificates ? X509_get0_pubkey(tg_pk_x509(pk)) : NULL;
    tg_status status = TG_OK;
    if (pk->num_certificates && pk->key) {
        status = key && EVP_PKEY_eq(pk->key, key) == 1 ? TG_OK : TG_BAD_KEY;
    } else if (key && EVP_PKEY_is_a(key, "RSA")) {
        status = tg_rsa_is_sound(key) && EVP_PKEY_up_ref(key) ? TG_OK : TG_BAD_KEY;
        pk->key = status == TG_OK ? key : NULL;
    } else if (!pk->key && pk->num_certificates == 0) {
        status = TG_BAD_KEY;
    }
    /* A key that could not be read is no failure, unless memory was. */
    return status == TG_OK ? tg_openssl_failed(TG_OK) : tg_openssl_failed(status);
}

static tg_pk *pk_new(const tg_crypto *c)
{
    tg_pk *pk = OPENSSL_zalloc(sizeof *pk);
    if (pk)
        pk->library = tg_library_keep(c->library);
    return pk;
}

static tg_status finish(tg_pk *pk, tg_status status, tg_pk **out)
{
    if (status == TG_OK)
        status = match_certificate(pk);
    if (status == TG_OK)
        *out = pk;
    else
        tg_pk_free(pk);
    ERR_clear_error();
    return status;
}

tg_status tg_pk_from_pem(tg_crypto *c, tg_bytes pem, tg_pk **out)
{
    if (pem.len > TG_PEM_MAX)
        return TG_TOO_LARGE;
    if (pem.len == 0)
        return TG_BAD_KEY;
    tg_pk *pk = pk_new(c);
    return pk ? finish(pk, read_pem(pk, pem), out) : tg_openssl_failed(TG_NO_MEMORY);
}

tg_status tg_pk_from_der_certificate(tg_crypto *c, tg_bytes der, tg_pk **out)
{
    tg_pk *pk = pk_new(c);
    return pk ? finish(pk, add_certificate(pk, der), out) : tg_openssl_failed(TG_NO_MEMORY);
}

void tg_pk_free(tg_pk *pk)
{
    if (!pk)
        return;
    EVP_PKEY_free(pk->key);
    for (size_t i = 0; i < pk->num_certificates; i++) {
        X509_free(pk->certificates[i].x509);
        OPENSSL_free(pk->certificates[i].der);
    }
    tg_library_free(pk->library);
    OPENSSL_free(pk);
}

/* ---- what it has -------------------------------------------------------------------------------------------- */

bool tg_pk_is_private(const tg_pk *pk)
{
    return pk->is_private;
}

bool tg_pk_has_certificate(const tg_pk *pk)
{
    return pk->num_certificates > 0;
}

size_t tg_pk_octets(const tg_pk *pk)
{
    return pk->key ? (size_t)EVP_PKEY_get_size(pk->key) : 0;
}

tg_bytes tg_pk_certificate(const tg_pk *pk, size_t n)
{
    if (n >= pk->num_certificates)
        return tg_bytes_of(NULL, 0);
    return tg_bytes_of(pk->certificates[n].der, pk->certificates[n].der_len);
}
