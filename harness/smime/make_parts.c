/* Small parts of a container, written by OpenSSL's templates: its SET OF is sorted, as DER wants it. */
#include "make_parts.h"

#include <openssl/asn1t.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "algorithms.h"
#include "cipher.h"
#include "templates.h"

/* ---- types -------------------------------------------------------------------------------------------------- */

typedef struct made_kekid {
    ASN1_OCTET_STRING *keyIdentifier;
} made_kekid;

typedef struct made_kekri {
    int32_t version;
    made_kekid *kekid;
    X509_ALGOR *keyEncryptionAlgorithm;
    ASN1_OCTET_STRING *encryptedKey;
} made_kekri;

typedef struct made_recipient {
    int type;
    made_kekri *kekri;
} made_recipient;
DEFINE_STACK_OF(made_recipient)

typedef struct made_aead_parameters {
    ASN1_OCTET_STRING *aes_nonce;
    ASN1_INTEGER *aes_ICVlen;
} made_aead_parameters;

/* clang-format off */
ASN1_SEQUENCE(made_kekid) = {
    ASN1_SIMPLE(made_kekid, keyIdentifier, ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(made_kekid)

ASN1_SEQUENCE(made_kekri) = {
    ASN1_EMBED(made_kekri, version, INT32),
    ASN1_SIMPLE(made_kekri, kekid, made_kekid),
    ASN1_SIMPLE(made_kekri, keyEncryptionAlgorithm, X509_ALGOR),
    ASN1_SIMPLE(made_kekri, encryptedKey, ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(made_kekri)

ASN1_CHOICE(made_recipient) = {
    ASN1_IMP(made_recipient, kekri, made_kekri, 2)
} static_ASN1_CHOICE_END(made_recipient)

ASN1_ITEM_TEMPLATE(made_recipients) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_OF, 0, recipientInfos, made_recipient)
static_ASN1_ITEM_TEMPLATE_END(made_recipients)

ASN1_SEQUENCE(made_aead_parameters) = {
    ASN1_SIMPLE(made_aead_parameters, aes_nonce, ASN1_OCTET_STRING),
    ASN1_OPT(made_aead_parameters, aes_ICVlen, ASN1_INTEGER)
} static_ASN1_SEQUENCE_END(made_aead_parameters)

    /* clang-format on */

    /* ---- encoding ----------------------------------------------------------------------------------------------- */

    void tg_part_free(tg_part * part)
{
    OPENSSL_free(part->data);
    *part = (tg_part){ NULL, 0 };
}

static tg_status encode(const void *value, const ASN1_ITEM *it, tg_part *out)
{
    unsigned char *data = NULL;
    int len = value ? ASN1_item_i2d(value, &data, it) : -1;
    *out = (tg_part){ data, len > 0 ? (size_t)len : 0 };
    return len > 0 ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
}

tg_status tg_make_oid(const char *oid, tg_part *out)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    tg_status status = encode(object, ASN1_ITEM_rptr(ASN1_OBJECT), out);
    ASN1_OBJECT_free(object);
    return status;
}

/* ---- algorithms --------------------------------------------------------------------------------------------- */

/* `parameters` becomes the identifier's, whatever comes of it. */
static bool set_algorithm(X509_ALGOR *to, const char *oid, int type, ASN1_STRING *parameters)
{
    ASN1_OBJECT *object = to ? OBJ_txt2obj(oid, 1) : NULL;
    if (object && X509_ALGOR_set0(to, object, type, parameters) == 1)
        return true;
    ASN1_OBJECT_free(object);
    ASN1_STRING_free(parameters);
    return false;
}

static tg_status make_algorithm(const char *oid, int type, ASN1_STRING *parameters, tg_part *out)
{
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool ok = set_algorithm(algorithm, oid, type, parameters);
    tg_status status = encode(ok ? algorithm : NULL, ASN1_ITEM_rptr(X509_ALGOR), out);
    X509_ALGOR_free(algorithm);
    return status;
}

tg_status tg_make_algorithm(const char *oid, bool null_parameters, tg_part *out)
{
    return make_algorithm(oid, null_parameters ? V_ASN1_NULL : V_ASN1_UNDEF, NULL, out);
}

tg_status tg_make_aead_algorithm(const char *oid, tg_bytes nonce, size_t icv_len, bool leave_out_default, tg_part *out)
{
    const ASN1_ITEM *it = ASN1_ITEM_rptr(made_aead_parameters);
    made_aead_parameters *p = (made_aead_parameters *)ASN1_item_new(it);
    ASN1_STRING *packed = NULL;
    bool ok = p && ASN1_OCTET_STRING_set(p->aes_nonce, nonce.data, (int)nonce.len) == 1;
    if (ok && (icv_len != TG_SMIME_TAG_DEFAULT || !leave_out_default))
        ok = (p->aes_ICVlen = ASN1_INTEGER_new()) && ASN1_INTEGER_set_int64(p->aes_ICVlen, (int64_t)icv_len) == 1;
    ok = ok && (packed = ASN1_item_pack(p, it, NULL)) != NULL;
    ASN1_item_free((ASN1_VALUE *)p, it);
    *out = (tg_part){ NULL, 0 };
    return ok ? make_algorithm(oid, V_ASN1_SEQUENCE, packed, out) : tg_smime_openssl_failed(TG_NO_MEMORY);
}

/* ---- recipients --------------------------------------------------------------------------------------------- */

static tg_status make_recipient(OSSL_LIB_CTX *lib, const tg_smime_key *key, tg_bytes cek, made_kekri *to)
{
    uint8_t wrapped[TG_WRAP_ROOM];
    size_t len = 0;
    tg_smime_wrap wrap = tg_wrap_of_kek(key->kek.len);
    tg_status status = tg_wrap_key(lib, wrap, key->kek, cek, wrapped, &len);
    if (status != TG_OK)
        return status;
    to->version = 4; /* RFC 5652 6.2.3 */
    bool ok = ASN1_OCTET_STRING_set(to->kekid->keyIdentifier, key->id.data, (int)key->id.len) == 1 &&
              set_algorithm(to->keyEncryptionAlgorithm, tg_wrap_oid(wrap), V_ASN1_UNDEF, NULL) &&
              ASN1_OCTET_STRING_set(to->encryptedKey, wrapped, (int)len) == 1;
    return ok ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
}

static void free_recipient(made_recipient *r)
{
    ASN1_item_free((ASN1_VALUE *)r, ASN1_ITEM_rptr(made_recipient));
}

static tg_status add_recipient(OSSL_LIB_CTX *lib, const tg_smime_key *key, tg_bytes cek, STACK_OF(made_recipient) * all)
{
    made_recipient *r = (made_recipient *)ASN1_item_new(ASN1_ITEM_rptr(made_recipient));
    made_kekri *kekri = r ? (made_kekri *)ASN1_item_new(ASN1_ITEM_rptr(made_kekri)) : NULL;
    tg_status status = TG_NO_MEMORY;
    if (kekri) {
        r->type = 0;
        r->kekri = kekri;
        status = make_recipient(lib, key, cek, kekri);
    }
    if (status == TG_OK && sk_made_recipient_push(all, r) > 0)
        return TG_OK;
    free_recipient(r);
    return status == TG_OK ? tg_smime_openssl_failed(TG_NO_MEMORY) : status;
}

tg_status tg_make_recipients(OSSL_LIB_CTX *lib, const tg_smime_plan *plan, tg_bytes cek, tg_part *out)
{
    STACK_OF(made_recipient) *all = sk_made_recipient_new_null();
    tg_status status = all ? TG_OK : tg_smime_openssl_failed(TG_NO_MEMORY);
    *out = (tg_part){ NULL, 0 };
    for (size_t i = 0; status == TG_OK && i < plan->num_recipients; i++)
        status = add_recipient(lib, &plan->recipients[i], cek, all);
    if (status == TG_OK)
        status = encode(all, ASN1_ITEM_rptr(made_recipients), out);
    sk_made_recipient_pop_free(all, free_recipient);
    return status;
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

static STACK_OF(X509_ATTRIBUTE) * attributes_of(tg_bytes set)
{
    const unsigned char *p = set.data;
    if (!set.len)
        return sk_X509_ATTRIBUTE_new_null();
    STACK_OF(X509_ATTRIBUTE) *all =
        (STACK_OF(X509_ATTRIBUTE) *)ASN1_item_d2i(NULL, &p, (long)set.len, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
    if (all && p != set.data + set.len) {
        sk_X509_ATTRIBUTE_pop_free(all, X509_ATTRIBUTE_free);
        return NULL;
    }
    return all;
}

static bool add_attribute(STACK_OF(X509_ATTRIBUTE) * *all, const char *oid, int type, const void *value, int len)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool ok = object && X509at_add1_attr_by_OBJ(all, object, type, value, len);
    ASN1_OBJECT_free(object);
    return ok;
}

tg_status tg_make_auth_attrs(const tg_smime_plan *plan, tg_bytes digest, tg_part *out)
{
    STACK_OF(X509_ATTRIBUTE) *all = attributes_of(plan->auth_attrs);
    *out = (tg_part){ NULL, 0 };
    if (!all)
        return tg_smime_openssl_failed(TG_BAD_CMS);
    ASN1_OBJECT *data = OBJ_txt2obj(TG_OID_DATA, 1);
    bool ok = data && add_attribute(&all, TG_OID_CONTENT_TYPE, V_ASN1_OBJECT, data, -1) &&
              add_attribute(&all, TG_OID_MESSAGE_DIGEST, V_ASN1_OCTET_STRING, digest.data, (int)digest.len);
    tg_status status = encode(ok ? all : NULL, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN), out);
    ASN1_OBJECT_free(data);
    sk_X509_ATTRIBUTE_pop_free(all, X509_ATTRIBUTE_free);
    return status;
}
