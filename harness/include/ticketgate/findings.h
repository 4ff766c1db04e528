/* findings: the requirement catalogue, profiles, the judging context, and what a check says.
 *
 * Every room above speaks findings. The catalogue and the built-in profiles are data (harness/findings/catalogue,
 * harness/findings/profiles), turned into tables at build time.
 */
#ifndef TICKETGATE_FINDINGS_H
#define TICKETGATE_FINDINGS_H

#include "ticketgate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- requirement catalogue ---------------------------------------------------------------------------------- */

typedef enum tg_level { TG_LEVEL_MUST, TG_LEVEL_SHOULD, TG_LEVEL_MAY } tg_level;
/* What a receiver does with a message that breaks the row. */
typedef enum tg_on_receive { TG_ON_RECEIVE_REJECT, TG_ON_RECEIVE_IGNORE, TG_ON_RECEIVE_EITHER } tg_on_receive;
typedef enum tg_how {
    TG_HOW_PARSE, TG_HOW_CHECK, TG_HOW_EXCHANGE, TG_HOW_BEHAVIOUR, TG_HOW_NONE, TG_HOW_PLANNED
} tg_how;

/* One row; the columns are explained in vectors/FORMAT.md, section 4. */
typedef struct tg_requirement {
    const char *id;     /* "RFC6043-6.10-x03" */
    const char *source; /* "RFC 6043" */
    const char *clause; /* "6.10" */
    tg_level level;
    const char *binds, *message, *room;
    tg_how how;
    tg_on_receive on_receive;
    const char *text;     /* our own one-line wording */
    const char *shown_by; /* ids, with blanks between them, of the rows whose checks and vectors show this one too; "" */
    const char *note;     /* why nothing judges it, or what is to come; "" */
} tg_requirement;

const tg_requirement *tg_requirements(size_t *num);
/* NULL when the catalogue has no such row. */
const tg_requirement *tg_requirement_find(const char *id);
const char *tg_level_name(tg_level level);                /* "MUST" */
const char *tg_on_receive_name(tg_on_receive on_receive); /* "reject" */
const char *tg_how_name(tg_how how);                      /* "check" */

/* ---- profiles ----------------------------------------------------------------------------------------------- */

/* The points that RFC 6043 leaves open; the first value is the default. X(member, value names...). */
#define TG_SETTINGS(X)                                                                                                 \
    X(v_flag, "sec4", "sec6")                                                                                          \
    X(mac_identity, "id_data", "len_data", "type_len_data")                                                            \
    X(absent_identity, "known", "empty")                                                                               \
    X(update_id_order, "role", "sender")                                                                               \
    X(idata_excl, "always", "if_present", "data_only")                                                                 \
    X(resp_init_copy, "entire", "excl_idata")                                                                          \
    X(iv_time, "own", "initial")                                                                                       \
    X(ntp32_pad, "fraction", "leading")                                                                                \
    X(counter_pad, "leading", "trailing")                                                                              \
    X(ticket_iv_csb, "ffffffff", "zero")                                                                               \
    X(vi_next, "chain", "identical")                                                                                   \
    X(vr_prf, "ticket", "hdr")                                                                                         \
    X(update_keys, "same_keys", "same_mpk")                                                                            \
    X(kw_pad, "none", "zero")                                                                                          \
    X(sig_hash, "sha1", "sha256", "suite")                                                                             \
    X(pke_pad, "pkcs1", "oaep")                                                                                        \
    X(tls_policies, "3gpp", "rfc6043")                                                                                 \
    X(rand_sum, "literal", "used")                                                                                     \
    X(spi_required, "all", "session")                                                                                  \
    X(error_pk_key, "sign_only", "envelope")                                                                           \
    X(mix_scope, "message", "outer")                                                                                   \
    X(tls_key, "any", "tgk")                                                                                           \
    X(smime_key_id, "spi", "csb_cs")                                                                                   \
    X(smime_type, "authEnveloped-data", "auth-enveloped-data")                                                         \
    X(smime_encoding, "base64", "binary")                                                                              \
    X(request_uri, "should", "must")                                                                                   \
    X(tls_versions, "tls12", "tls13")                                                                                  \
    X(tls13_identity, "csb_cs", "spi")                                                                                 \
    X(sdp_ids, "required", "if_present")                                                                               \
    X(e2ae_core, "plain", "tls")

/* What each value means stands in the README of this room; a setting is the index of its value name. */
typedef struct tg_settings {
#define TG_SETTING_MEMBER(member, ...) uint8_t member;
    TG_SETTINGS(TG_SETTING_MEMBER)
#undef TG_SETTING_MEMBER
} tg_settings;
enum { TG_V_FLAG_SEC4, TG_V_FLAG_SEC6 };
enum { TG_MAC_IDENTITY_ID_DATA, TG_MAC_IDENTITY_LEN_DATA, TG_MAC_IDENTITY_TYPE_LEN_DATA };
enum { TG_ABSENT_IDENTITY_KNOWN, TG_ABSENT_IDENTITY_EMPTY };
enum { TG_UPDATE_ID_ORDER_ROLE, TG_UPDATE_ID_ORDER_SENDER };
enum { TG_IDATA_EXCL_ALWAYS, TG_IDATA_EXCL_IF_PRESENT, TG_IDATA_EXCL_DATA_ONLY };
enum { TG_RESP_INIT_COPY_ENTIRE, TG_RESP_INIT_COPY_EXCL_IDATA };
enum { TG_IV_TIME_OWN, TG_IV_TIME_INITIAL };
enum { TG_NTP32_PAD_FRACTION, TG_NTP32_PAD_LEADING };
enum { TG_COUNTER_PAD_LEADING, TG_COUNTER_PAD_TRAILING };
enum { TG_TICKET_IV_CSB_FFFFFFFF, TG_TICKET_IV_CSB_ZERO };
enum { TG_VI_NEXT_CHAIN, TG_VI_NEXT_IDENTICAL };
enum { TG_VR_PRF_TICKET, TG_VR_PRF_HDR };
enum { TG_UPDATE_KEYS_SAME_KEYS, TG_UPDATE_KEYS_SAME_MPK };
enum { TG_KW_PAD_NONE, TG_KW_PAD_ZERO };
enum { TG_SIG_HASH_SHA1, TG_SIG_HASH_SHA256, TG_SIG_HASH_SUITE };
enum { TG_PKE_PAD_PKCS1, TG_PKE_PAD_OAEP };
enum { TG_TLS_POLICIES_3GPP, TG_TLS_POLICIES_RFC6043 };
enum { TG_RAND_SUM_LITERAL, TG_RAND_SUM_USED };
enum { TG_SPI_REQUIRED_ALL, TG_SPI_REQUIRED_SESSION };
enum { TG_ERROR_PK_KEY_SIGN_ONLY, TG_ERROR_PK_KEY_ENVELOPE };
enum { TG_MIX_SCOPE_MESSAGE, TG_MIX_SCOPE_OUTER };
enum { TG_TLS_KEY_ANY, TG_TLS_KEY_TGK };
enum { TG_SMIME_KEY_ID_SPI, TG_SMIME_KEY_ID_CSB_CS };
enum { TG_SMIME_TYPE_AUTHENVELOPED, TG_SMIME_TYPE_AUTH_ENVELOPED };
enum { TG_SMIME_ENCODING_BASE64, TG_SMIME_ENCODING_BINARY };
enum { TG_REQUEST_URI_SHOULD, TG_REQUEST_URI_MUST };
enum { TG_TLS_VERSIONS_TLS12, TG_TLS_VERSIONS_TLS13 };
enum { TG_TLS13_IDENTITY_CSB_CS, TG_TLS13_IDENTITY_SPI };
enum { TG_SDP_IDS_REQUIRED, TG_SDP_IDS_IF_PRESENT };
enum { TG_E2AE_CORE_PLAIN, TG_E2AE_CORE_TLS };

/* Sets a setting by the names of itself and its value; false when there is none. */
bool tg_setting_set(tg_settings *settings, const char *name, const char *value);

/* Prot types by meaning: their numbers are a profile's (IANA never assigned those of TS 33.328 annex J). */
typedef enum tg_prot {
    TG_PROT_KIND_SRTP, TG_PROT_KIND_TESLA, TG_PROT_KIND_TLS, TG_PROT_KIND_PSK_SMIME, TG_PROT_KIND_APPLICATION_SPECIFIC,
    TG_NUM_PROT_KINDS
} tg_prot;
bool tg_prot_from_name(const char *name, tg_prot *out); /* "srtp", ..., "application_specific"; NULL is none */

#define TG_PROFILE_MAX_TICKETS 8
#define TG_NUM_FLAGS 12
typedef struct tg_ticket_format {
    uint16_t ticket_type;
    int16_t subtype, version; /* -1: any */
} tg_ticket_format;

/* How Ticket Request and Ticket Resolve travel over HTTP: RFC 6043 (section 7) leaves it to who uses it. NULL, UNSAID: the
 * profile does not say it, and whoever speaks HTTP has defaults of his own. */
typedef struct tg_http_mapping {
    const char *path, *query_request, *query_resolve, *content_type; /* queries without "?"; "": any, or none */
    enum { TG_HTTP_BODY_UNSAID, TG_HTTP_BODY_RAW, TG_HTTP_BODY_BASE64 } body;
} tg_http_mapping;

/* What stage 3 calls the indications of e2ae security, which TS 33.328 leaves to it (7.1.1 NOTE 1, 7.1.2, G.2). NULL: not known, and what needs it is
 * not judged. */
#define TG_INDICATIONS(X)                                                                                              \
    X(attribute) /* of an m-line: a=<attribute>:<requested> */                                                         \
    X(requested)                                                                                                       \
    X(applied)                                                                                                         \
    X(parameter) /* of a mechanism in Security-Client, Security-Server, Security-Verify */                             \
    X(msrp)      /* the mechanism that says that MSRP is supported */                                                  \
    X(bfcp)
typedef struct tg_indications {
#define TG_INDICATION_MEMBER(member) const char *member;
    TG_INDICATIONS(TG_INDICATION_MEMBER)
#undef TG_INDICATION_MEMBER
} tg_indications;

/* A profile, extended and complete. `id` members name the row that a breach breaks; NULL switches the check off. */
typedef struct tg_profile {
    char name[48];
    const char *title; /* static or in the arena it was read into */
    tg_settings settings;
    int16_t prot_types[TG_NUM_PROT_KINDS]; /* number, or -1 where the profile does not know the kind */
    tg_ticket_format tickets[TG_PROFILE_MAX_TICKETS];
    size_t num_tickets;
    struct {
        tg_ticket_format format;
        const tg_requirement *id;
    } pinned_ticket;
    struct {
        uint8_t value;
        const tg_requirement *id;
    } flags[TG_NUM_FLAGS]; /* D to O */
    struct {
        bool allowed[TG_NUM_PROT_KINDS];
        const tg_requirement *id;
        int16_t exactly; /* -1: any number */
        const tg_requirement *exactly_id;
    } crypto_sessions;
    const tg_requirement *generic_id, *transfer_resp_idrr, *srtcp_integrity, *no_tgk;
    bool always_forked;
    bool m_lines;  /* the m-line rules of annex H.3 apply */
    bool kms_uids; /* identities are KMS UIDs, and those of the ticket policy may be groups with "?" (TS 33.328, 6.2.3.2) */
    tg_http_mapping http; /* its texts live as long as `title` */
    tg_indications indications; /* likewise */
} tg_profile;

const tg_profile *tg_profiles(size_t *num);
const tg_profile *tg_profile_find(const char *name); /* NULL when there is none */

/* ---- judging context ---------------------------------------------------------------------------------------- */

typedef enum tg_exchange {
    TG_EXCHANGE_UNKNOWN, TG_EXCHANGE_INITIAL, TG_EXCHANGE_UPDATE, TG_EXCHANGE_REUSE
} tg_exchange;
typedef enum tg_sender { TG_SENDER_UNKNOWN, TG_SENDER_I, TG_SENDER_R, TG_SENDER_K } tg_sender;
typedef enum tg_m_line { TG_M_LINE_RTP, TG_M_LINE_TLS } tg_m_line;

/* What is known of a message beside its octets; all zero says: nothing. */
typedef struct tg_context {
    tg_exchange exchange;
    tg_sender sender;
    bool has_m_lines;
    const tg_m_line *m_lines; /* those that the key-mgmt attribute covers, in order */
    size_t num_m_lines;
    bool tpk_at_hand; /* the judge resolves the ticket: rules on Ticket Data apply */
} tg_context;

bool tg_exchange_from_name(const char *name, tg_exchange *out); /* "initial", "update", "reuse" */
bool tg_sender_from_name(const char *name, tg_sender *out);     /* "I", "R", "K" */

/* ---- findings ----------------------------------------------------------------------------------------------- */

#define TG_TEXT_MAX 256
/* A rule that a message breaks, and where. */
typedef struct tg_finding {
    const tg_requirement *requirement;
    char path[TG_PATH_MAX];
    size_t offset, length; /* octets in the message; length 0: between octets, something is missing there */
    char text[TG_TEXT_MAX]; /* what was expected and what was found */
} tg_finding;

/* Where findings go. Called once a finding, in order of the checks; the finding is the callee's to copy. */
typedef struct tg_finding_sink {
    void (*emit)(void *user, const tg_finding *finding);
    void *user;
} tg_finding_sink;

/* What a receiver does with a message with these rows broken: reject before either before accept. */
typedef enum tg_reception { TG_RECEPTION_ACCEPT, TG_RECEPTION_EITHER, TG_RECEPTION_REJECT } tg_reception;
tg_reception tg_reception_add(tg_reception so_far, const tg_requirement *broken);
const char *tg_reception_name(tg_reception reception); /* "accept" */

#ifdef __cplusplus
}
#endif
#endif
