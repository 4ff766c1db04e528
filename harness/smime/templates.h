/* The types of RFC 5652, 5083, 5084 as OpenSSL templates whose fields are places: each field is a view of its own
 * encoding, header and all (of what is tagged [n] EXPLICIT: of what is inside), and nothing is copied. A field that is
 * left out has data NULL. */
#ifndef TICKETGATE_SMIME_TEMPLATES_H
#define TICKETGATE_SMIME_TEMPLATES_H

#include <openssl/asn1t.h>

#include "ticketgate/smime.h"

typedef struct tg_content_info {
    tg_bytes contentType, content;
} tg_content_info;

typedef struct tg_auth_enveloped {
    tg_bytes version, originatorInfo, recipientInfos, authEncryptedContentInfo, authAttrs, mac, unauthAttrs;
} tg_auth_enveloped;

typedef struct tg_authenticated {
    tg_bytes version, originatorInfo, recipientInfos, macAlgorithm, digestAlgorithm, encapContentInfo, authAttrs, mac,
        unauthAttrs;
} tg_authenticated;

typedef struct tg_enveloped {
    tg_bytes version, originatorInfo, recipientInfos, encryptedContentInfo, unprotectedAttrs;
} tg_enveloped;

typedef struct tg_encrypted_content_info {
    tg_bytes contentType, contentEncryptionAlgorithm, encryptedContent;
} tg_encrypted_content_info;

typedef struct tg_encap_content_info {
    tg_bytes eContentType, eContent;
} tg_encap_content_info;

typedef struct tg_originator_info {
    tg_bytes certs, crls;
} tg_originator_info;

typedef struct tg_algorithm_identifier {
    tg_bytes algorithm, parameters;
} tg_algorithm_identifier;

typedef struct tg_aead_parameters { /* GCMParameters, CCMParameters */
    tg_bytes aes_nonce, aes_ICVlen;
} tg_aead_parameters;

typedef struct tg_attribute {
    tg_bytes attrType, attrValues;
} tg_attribute;

typedef struct tg_ktri {
    tg_bytes version, rid, keyEncryptionAlgorithm, encryptedKey;
} tg_ktri;

typedef struct tg_kari {
    tg_bytes version, originator, ukm, keyEncryptionAlgorithm, recipientEncryptedKeys;
} tg_kari;

typedef struct tg_kekri {
    tg_bytes version, kekid, keyEncryptionAlgorithm, encryptedKey;
} tg_kekri;

typedef struct tg_kek_identifier {
    tg_bytes keyIdentifier, date, other;
} tg_kek_identifier;

typedef struct tg_pwri {
    tg_bytes version, keyDerivationAlgorithm, keyEncryptionAlgorithm, encryptedKey;
} tg_pwri;

typedef struct tg_ori {
    tg_bytes oriType, oriValue;
} tg_ori;

/* A CHOICE: `type` is the index, in the order of tg_smime_recipient_kind. */
typedef struct tg_recipient_info {
    int type;
    union {
        void *any;
        tg_ktri *ktri;
        tg_kari *kari;
        tg_kekri *kekri;
        tg_pwri *pwri;
        tg_ori *ori;
    } d;
} tg_recipient_info;

DECLARE_ASN1_ITEM(tg_content_info)
DECLARE_ASN1_ITEM(tg_auth_enveloped)
DECLARE_ASN1_ITEM(tg_authenticated)
DECLARE_ASN1_ITEM(tg_enveloped)
DECLARE_ASN1_ITEM(tg_encrypted_content_info)
DECLARE_ASN1_ITEM(tg_encap_content_info)
DECLARE_ASN1_ITEM(tg_originator_info)
DECLARE_ASN1_ITEM(tg_algorithm_identifier)
DECLARE_ASN1_ITEM(tg_aead_parameters)
DECLARE_ASN1_ITEM(tg_attribute)
DECLARE_ASN1_ITEM(tg_kek_identifier)
DECLARE_ASN1_ITEM(tg_recipient_info)

/* After a call into OpenSSL failed: TG_NO_MEMORY when that was why, else `otherwise`. Empties the error queue. */
tg_status tg_smime_openssl_failed(tg_status otherwise);

#endif
