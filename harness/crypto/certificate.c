/* Certificates: where one ends, whose it is, who signed it, and whether that leads to somebody trusted. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pk.h"

/* ---- where one ends ----------------------------------------------------------------------------------------- */

bool tg_der_size(tg_bytes octets, size_t *size)
{
    tg_reader r = tg_reader_of(octets);
    uint8_t tag, first, more;
    uint16_t two;
    size_t len;
    if (!tg_get_u8(&r, &tag) || tag != 0x30 || !tg_get_u8(&r, &first))
        return false;
    if (first < 0x80)
        len = first;
    else if (first == 0x81 && tg_get_u8(&r, &more) && more >= 0x80)
        len = more;
    else if (first == 0x82 && tg_get_u16(&r, &two) && two > 0xff)
        len = two;
    else
        return false; /* longer than any payload, of indefinite length, or not DER */
    *size = (size_t)(r.pos - octets.data) + len;
    return len <= tg_reader_left(&r) && *size <= TG_CERTIFICATE_MAX;
}

tg_status tg_certificate_size(tg_crypto *c, tg_bytes octets, size_t *size)
{
    X509 *x509;
    if (!tg_der_size(octets, size))
        return TG_BAD_KEY;
    tg_status status = tg_x509_read(c->library, tg_bytes_of(octets.data, *size), &x509);
    if (status == TG_OK)
        X509_free(x509);
    return status;
}

/* ---- whose it is -------------------------------------------------------------------------------------------- */

static tg_bytes without_scheme(tg_bytes name)
{
    static const char *const schemes[] = { "sip:", "sips:" };
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (name.len >= len && memcmp(name.data, schemes[i], len) == 0)
            return tg_bytes_of(name.data + len, name.len - len);
    }
    return name;
}

static bool is_name(const ASN1_STRING *text, tg_bytes wanted)
{
    tg_bytes has = tg_bytes_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    return tg_bytes_equal(without_scheme(has), wanted);
}

/* Among the alternative names? *any says whether there is one of the kinds that count. */
static bool among_alternatives(const GENERAL_NAMES *names, tg_bytes wanted, bool *any)
{
    bool found = false;
    *any = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type != GEN_URI && type != GEN_EMAIL && type != GEN_DNS)
            continue;
        *any = true;
        found = found || is_name(value, wanted);
    }
    return found;
}

static bool is_common_name(const X509_NAME *subject, tg_bytes wanted)
{
    bool found = false;
    for (int i = -1; !found && (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
        unsigned char *utf8 = NULL;
        int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
        found = len >= 0 && tg_bytes_equal(without_scheme(tg_bytes_of(utf8, (size_t)len)), wanted);
        OPENSSL_free(utf8);
    }
    return found;
}

bool tg_pk_has_name(const tg_pk *pk, tg_bytes name)
{
    const X509 *x509 = tg_pk_x509(pk);
    tg_bytes wanted = without_scheme(name);
    if (!x509 || wanted.len == 0)
        return false;
    int how = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, &how, NULL);
    bool any = names || how != -1; /* names that cannot be read, or stand there twice, are nobody's */
    bool found = names && among_alternatives(names, wanted, &any);
    GENERAL_NAMES_free(names);
    if (!any)
        found = is_common_name(X509_get_subject_name(x509), wanted);
    ERR_clear_error();
    return found;
}

/* ---- who signed it ------------------------------------------------------------------------------------------ */

static bool is_issued_by(X509 *of, X509 *by)
{
    if (X509_NAME_cmp(X509_get_issuer_name(of), X509_get_subject_name(by)) != 0)
        return false;
    EVP_PKEY *key = X509_get0_pubkey(by);
    return key && X509_verify(of, key) == 1;
}

bool tg_pk_is_issued_by(tg_crypto *c, const tg_pk *pk, const tg_pk *issuer)
{
    (void)c;
    X509 *of = tg_pk_x509(pk), *by = tg_pk_x509(issuer);
    bool issued = of && by && is_issued_by(of, by);
    ERR_clear_error();
    return issued;
}

/* ---- a path ------------------------------------------------------------------------------------------------- */

/* OpenSSL chooses issuers by name and does not come back to a choice. So it is shown only those that did sign one of the
 * chain: a certificate that merely bears the name of an issuer then hides none. */
static bool is_of_use(X509 *x509, tg_pk *const *chain, size_t num, bool as_anchor)
{
    for (size_t i = 0; i < num; i++) {
        X509 *other = tg_pk_x509(chain[i]);
        if (other && ((as_anchor && X509_cmp(other, x509) == 0) || is_issued_by(other, x509)))
            return true;
    }
    return false;
}

/* The first certificate of each key of `from`, or all of them, that are of use. They stay the keys'. NULL: no memory. */
static STACK_OF(X509) *stack_of(tg_pk *const *from, size_t num_from, bool as_anchors, tg_pk *const *chain, size_t num)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    bool ok = stack != NULL;
    for (size_t i = 0; ok && i < num_from; i++) {
        size_t certificates = as_anchors || from[i]->num_certificates == 0 ? from[i]->num_certificates : 1;
        for (size_t j = 0; ok && j < certificates; j++) {
            X509 *x509 = from[i]->certificates[j].x509;
            ok = !is_of_use(x509, chain, num, as_anchors) || sk_X509_push(stack, x509) > 0;
        }
    }
    if (ok)
        return stack;
    sk_X509_free(stack);
    return NULL;
}

static bool is_too_many(tg_pk *const *keys, size_t num, bool all)
{
    size_t certificates = 0;
    for (size_t i = 0; i < num && certificates <= TG_CERTIFICATES_MAX; i++)
        certificates += all ? keys[i]->num_certificates : 1;
    return certificates > TG_CERTIFICATES_MAX;
}

static tg_status verify(X509_STORE_CTX *context, X509 *first, STACK_OF(X509) *others, STACK_OF(X509) *trusted,
                        bool has_time, int64_t unix_time)
{
    if (!X509_STORE_CTX_init(context, NULL, first, others))
        return tg_openssl_failed(TG_NO_MEMORY);
    X509_STORE_CTX_set0_trusted_stack(context, trusted);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | (has_time ? 0 : X509_V_FLAG_NO_CHECK_TIME));
    X509_VERIFY_PARAM_set_depth(param, TG_CERTIFICATES_MAX);
    if (has_time)
        X509_VERIFY_PARAM_set_time(param, (time_t)unix_time);
    bool ok = X509_verify_cert(context) == 1;
    tg_status otherwise = X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM ? TG_NO_MEMORY : TG_NOT_AUTHENTIC;
    tg_status status = tg_openssl_failed(otherwise);
    return ok ? TG_OK : status;
}

tg_status tg_pk_verify_path(tg_crypto *c, tg_pk *const *chain, size_t num, tg_pk *const *trusted, size_t num_trusted,
                            bool has_time, int64_t unix_time)
{
    if (is_too_many(chain, num, false) || is_too_many(trusted, num_trusted, true))
        return TG_TOO_LARGE;
    if (num == 0 || num_trusted == 0 || !tg_pk_x509(chain[0]))
        return TG_NOT_AUTHENTIC;
    STACK_OF(X509) *others = stack_of(chain + 1, num - 1, false, chain, num);
    STACK_OF(X509) *anchors = stack_of(trusted, num_trusted, true, chain, num);
    X509_STORE_CTX *context = X509_STORE_CTX_new_ex(tg_library_context(c->library), NULL);
    ERR_clear_error(); /* of signatures that were not by this key */
    tg_status status = TG_NO_MEMORY;
    if (others && anchors && context)
        status = verify(context, tg_pk_x509(chain[0]), others, anchors, has_time, unix_time);
    X509_STORE_CTX_free(context);
    sk_X509_free(others);
    sk_X509_free(anchors);
    ERR_clear_error();
    return status;
}
