/* smime: the PSK S/MIME container of TS 33.328 annex I: CMS AuthEnvelopedData (RFC 5083) with AES-GCM or AES-CCM (RFC 5084) and
 * KEKRecipientInfo with AES-WRAP (RFC 3565); AuthenticatedData (RFC 5652 section 9), the first plan of 3GPP; EnvelopedData, so that a
 * peer who sends it is told what he did. The MIME entity around it is for the room mime.
 *
 * BER is read, DER is written. A container that was cut holds views into the caller's octets and the caller's arena. Keys go in as
 * octets; the content comes out into memory of the caller, and only after its tag or MAC has verified. What the rows mean where the
 * texts leave room stands in vectors/SMIME.md.
 *
 * Failures, beside those named: TG_NO_MEMORY, TG_ARENA_FULL, TG_BUFFER_FULL, TG_TOO_LARGE (a limit below).
 */
#ifndef TICKETGATE_SMIME_H
#define TICKETGATE_SMIME_H

#include "ticketgate/crypto.h"
#include "ticketgate/findings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits; beyond them TG_TOO_LARGE (too deep: TG_TOO_DEEP), before anything is decoded. */
#define TG_SMIME_MAX_OCTETS (64U << 20)   /* of a container, and so of the content */
#define TG_SMIME_MAX_DEPTH 32             /* of nested encodings */
#define TG_SMIME_MAX_ELEMENTS 65536       /* encodings in all, segments of a constructed string too */
#define TG_SMIME_MAX_RECIPIENTS 256
#define TG_SMIME_MAX_ATTRIBUTES 64        /* authenticated and others, each */
#define TG_SMIME_MAX_OUTSIDE (1U << 20)   /* octets of a container that are not of its content */
#define TG_SMIME_MAX_TRIES 16             /* of opening the content, then TG_NOT_AUTHENTIC */
#define TG_SMIME_KEK_MAX 32
#define TG_SMIME_CEK_MAX 64               /* a MAC key may be longer than an AES key */
#define TG_SMIME_TAG_DEFAULT 12           /* RFC 5084; erratum 4774, asking for 16, was rejected */

/* ---- algorithms --------------------------------------------------------------------------------------------- */

/* X(symbol, name, OID, octets of the key; 0: any). UNKNOWN is none of them. */
#define TG_SMIME_ALGS(X)                                                                                               \
    X(AES_128_GCM, "aes-128-gcm", "2.16.840.1.101.3.4.1.6", 16)                                                        \
    X(AES_192_GCM, "aes-192-gcm", "2.16.840.1.101.3.4.1.26", 24)                                                       \
    X(AES_256_GCM, "aes-256-gcm", "2.16.840.1.101.3.4.1.46", 32)                                                       \
    X(AES_128_CCM, "aes-128-ccm", "2.16.840.1.101.3.4.1.7", 16)                                                        \
    X(AES_192_CCM, "aes-192-ccm", "2.16.840.1.101.3.4.1.27", 24)                                                       \
    X(AES_256_CCM, "aes-256-ccm", "2.16.840.1.101.3.4.1.47", 32)                                                       \
    X(AES_128_CBC, "aes-128-cbc", "2.16.840.1.101.3.4.1.2", 16)                                                        \
    X(AES_192_CBC, "aes-192-cbc", "2.16.840.1.101.3.4.1.22", 24)                                                       \
    X(AES_256_CBC, "aes-256-cbc", "2.16.840.1.101.3.4.1.42", 32)                                                       \
    X(HMAC_SHA_1, "hmac-sha-1", "1.3.6.1.5.5.8.1.2", 0)                                                                \
    X(HMAC_SHA_256, "hmac-sha-256", "1.2.840.113549.2.9", 0)
typedef enum tg_smime_alg {
#define TG_SMIME_ALG_ENUM(symbol, name, oid, key_len) TG_SMIME_##symbol,
    TG_SMIME_ALGS(TG_SMIME_ALG_ENUM)
#undef TG_SMIME_ALG_ENUM
    TG_SMIME_ALG_UNKNOWN
} tg_smime_alg;
const char *tg_smime_alg_name(tg_smime_alg alg);                 /* "unknown" */
bool tg_smime_alg_from_name(const char *name, tg_smime_alg *out);
size_t tg_smime_alg_key_len(tg_smime_alg alg);                   /* 0: any, or unknown */
bool tg_smime_alg_is_aead(tg_smime_alg alg);

typedef enum tg_smime_wrap { TG_SMIME_WRAP_128, TG_SMIME_WRAP_192, TG_SMIME_WRAP_256, TG_SMIME_WRAP_UNKNOWN } tg_smime_wrap;
const char *tg_smime_wrap_name(tg_smime_wrap wrap);              /* "aes-128-wrap" */
size_t tg_smime_wrap_key_len(tg_smime_wrap wrap);

/* ---- a container that was cut ------------------------------------------------------------------------------- */

/* X(symbol, name) */
#define TG_SMIME_TYPES(X) X(OTHER, "other") X(AUTH_ENVELOPED, "auth_enveloped") X(AUTHENTICATED, "authenticated") X(ENVELOPED, "enveloped")
typedef enum tg_smime_type {
#define TG_SMIME_TYPE_ENUM(symbol, name) TG_SMIME_TYPE_IS_##symbol,
    TG_SMIME_TYPES(TG_SMIME_TYPE_ENUM)
#undef TG_SMIME_TYPE_ENUM
} tg_smime_type;
const char *tg_smime_type_name(tg_smime_type type);

/* Where something stands: octets of the container, header and all. */
typedef struct tg_smime_place {
    size_t offset, length;
} tg_smime_place;

#define TG_OID_MAX 96
#define TG_OID_DATA "1.2.840.113549.1.7.1" /* id-data [RFC 5652 4] */
typedef struct tg_smime_algorithm {
    char oid[TG_OID_MAX];     /* in dots; one that does not fit is cut, and no algorithm that is known */
    bool has_parameters;
    tg_smime_place at, parameters_at;
} tg_smime_algorithm;

typedef enum tg_smime_recipient_kind {
    TG_SMIME_KTRI, TG_SMIME_KARI, TG_SMIME_KEKRI, TG_SMIME_PWRI, TG_SMIME_ORI
} tg_smime_recipient_kind;
const char *tg_smime_recipient_kind_name(tg_smime_recipient_kind kind); /* "kekri" */

typedef struct tg_smime_recipient {
    tg_smime_recipient_kind kind; /* all that follows `has_subject_key_id` is of KEKRecipientInfo alone */
    tg_smime_place at;
    int64_t version;              /* -1 of ORI, which has none */
    bool has_subject_key_id;      /* of KeyTransRecipientInfo: instead of issuerAndSerialNumber */
    tg_bytes key_id;
    bool has_date, has_other, date_bad; /* date_bad: it is none of CMS, YYYYMMDDHHMMSSZ */
    char date[20];                /* as it stands, "20261121210000Z" */
    tg_smime_algorithm algorithm;
    tg_smime_wrap wrap;
    tg_bytes encrypted_key;
    tg_smime_place version_at, key_id_at, date_at, encrypted_key_at;
} tg_smime_recipient;

typedef struct tg_smime_attribute {
    char oid[TG_OID_MAX];
    tg_smime_place at;
    size_t num_values;
    tg_bytes value;               /* the first, with its header */
} tg_smime_attribute;

typedef struct tg_smime {
    tg_bytes octets;
    tg_smime_type type;
    char type_oid[TG_OID_MAX];    /* of the ContentInfo. TG_SMIME_TYPE_IS_OTHER: nothing else is known */
    int64_t version;
    bool has_originator;
    tg_smime_recipient *recipients;
    size_t num_recipients;
    char content_oid[TG_OID_MAX]; /* of the content */
    tg_smime_algorithm algorithm; /* of the content; of AuthenticatedData: macAlgorithm */
    tg_smime_alg alg;
    bool has_digest;
    tg_smime_algorithm digest;    /* AuthenticatedData */
    tg_bytes nonce;               /* of an AEAD; IV of CBC */
    bool parameters_bad;          /* of `algorithm`: not those of its type; the nonce is then empty */
    int64_t icv_len;              /* aes-ICVlen of an AEAD, 12 where it is left out */
    bool has_content;             /* it is not detached */
    tg_bytes *segments;           /* the (encrypted) content; one, unless the string is constructed */
    size_t num_segments;
    size_t content_len;           /* their sum */
    bool has_auth_attrs, has_unauth_attrs, auth_attrs_der;
    tg_smime_attribute *auth_attrs, *unauth_attrs;
    size_t num_auth_attrs, num_unauth_attrs;
    tg_bytes auth_attrs_octets;   /* DER with the tag of SET OF: what is authenticated */
    tg_bytes mac;
    tg_smime_place version_at, recipients_at, content_type_at, content_at, auth_attrs_at, unauth_attrs_at, mac_at, digest_at, originator_at;
} tg_smime;

/* Cuts a container. What cannot be cut is TG_TRUNCATED (a length beyond the end), TG_TRAILING (octets behind it) or TG_BAD_CMS, and `diag`
 * says where and which row. Algorithms and values may be any: they are for the checks. Enough arena for every container is
 * tg_smime_arena_size(len). */
size_t tg_smime_arena_size(size_t len);
TG_NODISCARD tg_status tg_smime_parse(tg_bytes octets, tg_arena *arena, tg_smime *out, tg_diag *diag);

/* The rows that can be seen without a key. */
TG_NODISCARD tg_status tg_smime_check(tg_crypto *c, const tg_smime *container, const tg_profile *profile, tg_finding_sink sink);

/* ---- opening ------------------------------------------------------------------------------------------------ */

typedef struct tg_smime_key {
    tg_bytes id;  /* keyIdentifier; data NULL: it opens whatever names it */
    tg_bytes kek; /* 16, 24 or 32 octets */
} tg_smime_key;

typedef struct tg_smime_opening {
    const tg_smime_key *keys;  /* one key alone is tried under every identifier [ts33328 7.4] */
    size_t num_keys;
    bool allow_unauthenticated; /* EnvelopedData is opened too: one KEK for AEAD and CBC invites a downgrade */
} tg_smime_opening;

/* What opening showed: for reports, with secrets in it. */
typedef struct tg_smime_opened {
    size_t recipient, key;     /* indices of those that fitted */
    size_t cek_len;
    uint8_t cek[TG_SMIME_CEK_MAX]; /* the caller wipes it */
} tg_smime_opened;

/* Writes the content to `out` (at least content_len octets) and gives its length. Nothing of it is there unless TG_OK: `out` is wiped.
 *   TG_NOT_AUTHENTIC   a key does not unwrap, or tag or MAC does not verify: one status for all, so that nobody learns which
 *   TG_NOT_FOUND       no recipient for the keys given
 *   TG_REFUSED         EnvelopedData, or a container of another type: before TG_NOT_FOUND, as the next line too
 *   TG_UNKNOWN_ALGORITHM, TG_BAD_CMS   what can be seen without a key forbids it: an algorithm, the size of nonce, tag or wrapped key, no content;
 *                      AuthenticatedData whose attributes were, or may have been, taken off
 *   TG_BAD_KEY         a KEK has no length of AES: before all others
 * The content is tried with each different content key that unwraps, in the order of the recipients. Where none opens it, it was tried
 * as often as there are different wrapped keys for the keys given, TG_SMIME_MAX_TRIES at the most: that all can see. A KEK shorter than the content key is a finding of tg_smime_check, no refusal. `opened` may be NULL. */
TG_NODISCARD tg_status tg_smime_open(tg_crypto *c, const tg_smime *container, const tg_smime_opening *how, uint8_t *out, size_t max,
                                     size_t *len, tg_smime_opened *opened);

/* ---- making ------------------------------------------------------------------------------------------------- */

typedef struct tg_smime_plan {
    tg_smime_type type;            /* AUTH_ENVELOPED or AUTHENTICATED; ENVELOPED is not made */
    tg_smime_alg alg;
    size_t tag_len;                /* of an AEAD; 0: 12. GCM 12 to 16, CCM 4, 6, ... 16 */
    const tg_smime_key *recipients;
    size_t num_recipients;
    tg_bytes auth_attrs;           /* DER of SET OF Attribute, with the tag of SET OF; empty: none. Of AuthenticatedData: besides content-type and message-digest */
    tg_bytes unauth_attrs;         /* likewise */
    bool with_attrs;               /* AuthenticatedData: with authAttrs also where `auth_attrs` is empty */
} tg_smime_plan;

/* Octets that are enough for the container. */
size_t tg_smime_made_size(const tg_smime_plan *plan, size_t content_len);
/* Protects the content: a fresh content key and nonce from `random`. TG_BAD_KEY for a KEK of a length that AES has not, TG_UNKNOWN_ALGORITHM,
 * TG_OVERFLOW for a tag length that the algorithm has not, TG_BAD_CMS for attributes that readers do not take (no DER of a SET OF 1 to 64
 * Attribute, too deep; AuthenticatedData: content-type or message-digest among auth_attrs, which are made here, or more than 62; else
 * a content-type that is not id-data's), and for a content that is the DER of authAttrs in AuthenticatedData without any (tg_smime_open
 * refuses it); nothing is in `out` then. */
TG_NODISCARD tg_status tg_smime_make(tg_crypto *c, const tg_smime_plan *plan, tg_bytes content, const tg_random *random, uint8_t *out,
                                     size_t max, size_t *len);

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* X(symbol, name): what became of the content. */
#define TG_SMIME_OUTCOMES(X)                                                                                           \
    X(NOT_TRIED, "not_tried")   /* no keys were given */                                                               \
    X(OPENED, "opened")                                                                                                \
    X(NO_KEY, "no_key")         /* TG_NOT_FOUND */                                                                     \
    X(FAILED, "failed")         /* TG_NOT_AUTHENTIC */                                                                 \
    X(REFUSED, "refused")       /* every other status of tg_smime_open but those of limits */
typedef enum tg_smime_outcome {
#define TG_SMIME_OUTCOME_ENUM(symbol, name) TG_SMIME_##symbol,
    TG_SMIME_OUTCOMES(TG_SMIME_OUTCOME_ENUM)
#undef TG_SMIME_OUTCOME_ENUM
} tg_smime_outcome;
const char *tg_smime_outcome_name(tg_smime_outcome outcome);

typedef struct tg_smime_judgement {
    tg_status parse;         /* TG_OK, or why not: then `diag` says where and the rest is empty, but for the one finding */
    tg_diag diag;
    tg_smime container;
    tg_smime_outcome outcome;
    tg_status status;        /* of tg_smime_open */
    tg_bytes content;        /* where it was opened, in the arena */
    tg_smime_opened opened;
    const tg_finding *const *findings;
    size_t num_findings;
    tg_reception reception;  /* by the findings */
} tg_smime_judgement;

/* Parses, checks and, with keys, opens; the findings are those of tg_smime_check and RFC5083-2.2-x01 or RFC5652-9.2-x01 where
 * the outcome is FAILED. Fails only for limits. The caller wipes the arena. */
size_t tg_smime_judge_arena_size(size_t len);
/* The first finding on the container that forbids taking what is in it, opened or not; NULL: none. That is a row of the room smime of RFC
 * 5652 and its kin with reception `reject`: CMS itself forbids it. Rows of TS 33.328 and of the entity around it are for the caller. */
const tg_finding *tg_smime_forbids(const tg_finding *const *findings, size_t num);
TG_NODISCARD tg_status tg_smime_judge(tg_crypto *c, tg_bytes octets, const tg_profile *profile, const tg_smime_opening *how,
                                      tg_arena *arena, tg_smime_judgement *out);

#ifdef __cplusplus
}
#endif
#endif
