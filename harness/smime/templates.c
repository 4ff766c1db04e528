/* The templates. Their leaves are primitive items whose "value" is where OpenSSL found the field: its decoder hands the
 * encoding to prim_c2i without a copy when the type is SEQUENCE or OTHER. */
#include "templates.h"

#include <openssl/err.h>

/* ---- failures ----------------------------------------------------------------------------------------------- */

tg_status tg_smime_openssl_failed(tg_status otherwise)
{
    unsigned long error;
    while ((error = ERR_get_error()) != 0) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            otherwise = TG_NO_MEMORY;
    }
    return otherwise;
}

/* ---- places as leaves --------------------------------------------------------------------------------------- */

static void place_clear(ASN1_VALUE **value, const ASN1_ITEM *it)
{
    (void)it;
    *(tg_bytes *)*value = tg_bytes_of(NULL, 0);
}

static int place_new(ASN1_VALUE **value, const ASN1_ITEM *it)
{
    *value = OPENSSL_zalloc(sizeof(tg_bytes));
    if (!*value)
        return 0;
    place_clear(value, it);
    return 1;
}

static void place_free(ASN1_VALUE **value, const ASN1_ITEM *it)
{
    (void)it;
    OPENSSL_free(*value);
    *value = NULL;
}

static int place_take(ASN1_VALUE **value, const unsigned char *encoding, int len, int type, char *free_it,
                      const ASN1_ITEM *it)
{
    (void)type;
    (void)free_it;
    if (!*value && !place_new(value, it))
        return 0;
    *(tg_bytes *)*value = tg_bytes_of(encoding, (size_t)len);
    return 1;
}

static const ASN1_PRIMITIVE_FUNCS place_funcs = { NULL, 0, place_new, place_free, place_clear, place_take, NULL, NULL };

/* clang-format off */
/* Whatever stands there, or what has the tag that the template says. */
static_ASN1_ITEM_start(ANY_PLACE)
    ASN1_ITYPE_PRIMITIVE, V_ASN1_OTHER, NULL, 0, &place_funcs, 0, "ANY"
ASN1_ITEM_end(ANY_PLACE)

/* The same, and the encoding is constructed. */
static_ASN1_ITEM_start(SEQUENCE_PLACE)
    ASN1_ITYPE_PRIMITIVE, V_ASN1_SEQUENCE, NULL, 0, &place_funcs, 0, "SEQUENCE"
ASN1_ITEM_end(SEQUENCE_PLACE)

#define AT(type, field, flags, tag, item) ASN1_EX_TYPE(ASN1_TFLG_EMBED | (flags), tag, type, field, item)
#define OPTIONAL ASN1_TFLG_OPTIONAL
/* ANY; a type of UNIVERSAL class; [n] IMPLICIT; [n] IMPLICIT of what is constructed; [n] EXPLICIT of any type. */
#define ANY(type, field, flags) AT(type, field, flags, -1, ANY_PLACE)
#define OF(type, field, flags, tag) AT(type, field, (flags) | ASN1_TFLG_IMPTAG | ASN1_TFLG_UNIVERSAL, tag, ANY_PLACE)
#define SEQ(type, field, flags) AT(type, field, flags, -1, SEQUENCE_PLACE)
#define SET(type, field, flags)                                                                                        \
    AT(type, field, (flags) | ASN1_TFLG_IMPTAG | ASN1_TFLG_UNIVERSAL, V_ASN1_SET, SEQUENCE_PLACE)
#define IMP(type, field, flags, tag) AT(type, field, (flags) | ASN1_TFLG_IMPLICIT, tag, ANY_PLACE)
#define IMP_SEQ(type, field, flags, tag) AT(type, field, (flags) | ASN1_TFLG_IMPLICIT, tag, SEQUENCE_PLACE)
#define EXP(type, field, flags, tag) AT(type, field, (flags) | ASN1_TFLG_EXPLICIT, tag, ANY_PLACE)

/* ---- ContentInfo and what is in it -------------------------------------------------------------------------- */

/* RFC 5652 3 */
ASN1_SEQUENCE(tg_content_info) = {
    OF(tg_content_info, contentType, 0, V_ASN1_OBJECT),
    EXP(tg_content_info, content, 0, 0)
} ASN1_SEQUENCE_END(tg_content_info)

/* RFC 5083 2.1 */
ASN1_SEQUENCE(tg_auth_enveloped) = {
    OF(tg_auth_enveloped, version, 0, V_ASN1_INTEGER),
    IMP_SEQ(tg_auth_enveloped, originatorInfo, OPTIONAL, 0),
    SET(tg_auth_enveloped, recipientInfos, 0),
    SEQ(tg_auth_enveloped, authEncryptedContentInfo, 0),
    IMP_SEQ(tg_auth_enveloped, authAttrs, OPTIONAL, 1),
    OF(tg_auth_enveloped, mac, 0, V_ASN1_OCTET_STRING),
    IMP_SEQ(tg_auth_enveloped, unauthAttrs, OPTIONAL, 2)
} ASN1_SEQUENCE_END(tg_auth_enveloped)

/* RFC 5652 9.1 */
ASN1_SEQUENCE(tg_authenticated) = {
    OF(tg_authenticated, version, 0, V_ASN1_INTEGER),
    IMP_SEQ(tg_authenticated, originatorInfo, OPTIONAL, 0),
    SET(tg_authenticated, recipientInfos, 0),
    SEQ(tg_authenticated, macAlgorithm, 0),
    IMP_SEQ(tg_authenticated, digestAlgorithm, OPTIONAL, 1),
    SEQ(tg_authenticated, encapContentInfo, 0),
    IMP_SEQ(tg_authenticated, authAttrs, OPTIONAL, 2),
    OF(tg_authenticated, mac, 0, V_ASN1_OCTET_STRING),
    IMP_SEQ(tg_authenticated, unauthAttrs, OPTIONAL, 3)
} ASN1_SEQUENCE_END(tg_authenticated)

/* RFC 5652 6.1 */
ASN1_SEQUENCE(tg_enveloped) = {
    OF(tg_enveloped, version, 0, V_ASN1_INTEGER),
    IMP_SEQ(tg_enveloped, originatorInfo, OPTIONAL, 0),
    SET(tg_enveloped, recipientInfos, 0),
    SEQ(tg_enveloped, encryptedContentInfo, 0),
    IMP_SEQ(tg_enveloped, unprotectedAttrs, OPTIONAL, 1)
} ASN1_SEQUENCE_END(tg_enveloped)

ASN1_SEQUENCE(tg_encrypted_content_info) = {
    OF(tg_encrypted_content_info, contentType, 0, V_ASN1_OBJECT),
    SEQ(tg_encrypted_content_info, contentEncryptionAlgorithm, 0),
    IMP(tg_encrypted_content_info, encryptedContent, OPTIONAL, 0)
} ASN1_SEQUENCE_END(tg_encrypted_content_info)

/* RFC 5652 5.2 */
ASN1_SEQUENCE(tg_encap_content_info) = {
    OF(tg_encap_content_info, eContentType, 0, V_ASN1_OBJECT),
    EXP(tg_encap_content_info, eContent, OPTIONAL, 0)
} ASN1_SEQUENCE_END(tg_encap_content_info)

/* RFC 5652 6.1, under [0] IMPLICIT */
ASN1_SEQUENCE(tg_originator_info) = {
    IMP_SEQ(tg_originator_info, certs, OPTIONAL, 0),
    IMP_SEQ(tg_originator_info, crls, OPTIONAL, 1)
} ASN1_SEQUENCE_END(tg_originator_info)

/* RFC 5280 4.1.1.2 */
ASN1_SEQUENCE(tg_algorithm_identifier) = {
    OF(tg_algorithm_identifier, algorithm, 0, V_ASN1_OBJECT),
    ANY(tg_algorithm_identifier, parameters, OPTIONAL)
} ASN1_SEQUENCE_END(tg_algorithm_identifier)

/* RFC 5084 3.1, 3.2 */
ASN1_SEQUENCE(tg_aead_parameters) = {
    OF(tg_aead_parameters, aes_nonce, 0, V_ASN1_OCTET_STRING),
    OF(tg_aead_parameters, aes_ICVlen, OPTIONAL, V_ASN1_INTEGER)
} ASN1_SEQUENCE_END(tg_aead_parameters)

/* RFC 5652 5.3 */
ASN1_SEQUENCE(tg_attribute) = {
    OF(tg_attribute, attrType, 0, V_ASN1_OBJECT),
    SET(tg_attribute, attrValues, 0)
} ASN1_SEQUENCE_END(tg_attribute)

/* ---- recipients: RFC 5652 6.2 ------------------------------------------------------------------------------- */

ASN1_SEQUENCE(tg_ktri) = {
    OF(tg_ktri, version, 0, V_ASN1_INTEGER),
    ANY(tg_ktri, rid, 0),
    SEQ(tg_ktri, keyEncryptionAlgorithm, 0),
    OF(tg_ktri, encryptedKey, 0, V_ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(tg_ktri)

ASN1_SEQUENCE(tg_kari) = {
    OF(tg_kari, version, 0, V_ASN1_INTEGER),
    EXP(tg_kari, originator, 0, 0),
    EXP(tg_kari, ukm, OPTIONAL, 1),
    SEQ(tg_kari, keyEncryptionAlgorithm, 0),
    SEQ(tg_kari, recipientEncryptedKeys, 0)
} static_ASN1_SEQUENCE_END(tg_kari)

ASN1_SEQUENCE(tg_kekri) = {
    OF(tg_kekri, version, 0, V_ASN1_INTEGER),
    SEQ(tg_kekri, kekid, 0),
    SEQ(tg_kekri, keyEncryptionAlgorithm, 0),
    OF(tg_kekri, encryptedKey, 0, V_ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(tg_kekri)

ASN1_SEQUENCE(tg_kek_identifier) = {
    OF(tg_kek_identifier, keyIdentifier, 0, V_ASN1_OCTET_STRING),
    OF(tg_kek_identifier, date, OPTIONAL, V_ASN1_GENERALIZEDTIME),
    SEQ(tg_kek_identifier, other, OPTIONAL)
} ASN1_SEQUENCE_END(tg_kek_identifier)

ASN1_SEQUENCE(tg_pwri) = {
    OF(tg_pwri, version, 0, V_ASN1_INTEGER),
    IMP_SEQ(tg_pwri, keyDerivationAlgorithm, OPTIONAL, 0),
    SEQ(tg_pwri, keyEncryptionAlgorithm, 0),
    OF(tg_pwri, encryptedKey, 0, V_ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(tg_pwri)

ASN1_SEQUENCE(tg_ori) = {
    OF(tg_ori, oriType, 0, V_ASN1_OBJECT),
    ANY(tg_ori, oriValue, 0)
} static_ASN1_SEQUENCE_END(tg_ori)

ASN1_CHOICE(tg_recipient_info) = {
    ASN1_SIMPLE(tg_recipient_info, d.ktri, tg_ktri),
    ASN1_IMP(tg_recipient_info, d.kari, tg_kari, 1),
    ASN1_IMP(tg_recipient_info, d.kekri, tg_kekri, 2),
    ASN1_IMP(tg_recipient_info, d.pwri, tg_pwri, 3),
    ASN1_IMP(tg_recipient_info, d.ori, tg_ori, 4)
} ASN1_CHOICE_END(tg_recipient_info)
