/* exchange: a conversation judged with keys: what its messages establish, and the checks that need keys or the messages
 * around one.
 *
 * A conversation is fed message by message, in the order of time. Each gets a judgement: does it parse, does its MAC or
 * signature verify, does the ticket in it, does its KEMAC open, which rows does it break, what was derived. What later
 * messages are held against is learned from authentic messages alone. The rules are those of vectors/CONVERSATION.md;
 * section numbers below are its. The roles (roles.h) judge what they receive with this very code.
 *
 * Memory: everything, keys too, lives in the arena that the caller gives; wipe it (tg_arena_wipe) when done. Octets of the messages are
 * the caller's and must outlive the conversation. Time and memory of one message are bounded by its length and by what
 * the conversation holds (max_messages).
 */
#ifndef TICKETGATE_EXCHANGE_H
#define TICKETGATE_EXCHANGE_H

#include "ticketgate/crypto.h"
#include "ticketgate/rules.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what is known beforehand (section 1) ------------------------------------------------------------------- */

/* Empty: not known. */
typedef struct tg_secrets {
    tg_bytes psk_i, psk_r, psk_kms, tpk;
    tg_bytes env_key_i, env_key_r, mpki, mpkr, mpkr_forked; /* given directly */
    const tg_pk *rsa_i, *rsa_r, *rsa_kms;                   /* or NULL */
} tg_secrets;

/* Who a B-TID or a KMS UID belongs to (TS 33.328 6.2.3.5). */
typedef struct tg_subscriber {
    tg_bytes b_tid;       /* ID Data of IDRpsk; may be empty */
    const tg_bytes *uids; /* KMS UIDs: NAI parts of the public identities */
    size_t num_uids;
    tg_bytes psk;         /* the NAF key; empty: not here */
} tg_subscriber;

/* Where subscribers are looked up: an HSS behind a callback, or a list (tg_subscriber_list_source). NULL: nobody; one of the
 * callbacks NULL: nobody is found that way. */
typedef struct tg_subscriber_source {
    const tg_subscriber *(*by_b_tid)(void *user, tg_bytes b_tid);
    const tg_subscriber *(*by_uid)(void *user, tg_bytes uid);
    void *user;
} tg_subscriber_source;
static inline const tg_subscriber *tg_subscriber_by_b_tid(const tg_subscriber_source *source, tg_bytes b_tid)
{
    return source && source->by_b_tid ? source->by_b_tid(source->user, b_tid) : NULL;
}
static inline const tg_subscriber *tg_subscriber_by_uid(const tg_subscriber_source *source, tg_bytes uid)
{
    return source && source->by_uid ? source->by_uid(source->user, uid) : NULL;
}
typedef struct tg_subscriber_list {
    const tg_subscriber *subscribers;
    size_t num;
} tg_subscriber_list;
tg_subscriber_source tg_subscriber_list_source(const tg_subscriber_list *list);
/* The KMS UID of a public identity: "sip:Alice:pw@Example.com:5060;user=phone?x" gives "Alice@example.com". A view, but where the domain has to be
 * put in lower case, which takes the arena. False when there is no user@domain in it. */
bool tg_kms_uid(tg_bytes impu, tg_arena *arena, tg_bytes *uid);
/* Section 8.1: does the UID belong to the group (or is it the same UID)? */
bool tg_kms_uid_matches(tg_bytes uid, tg_bytes group);
/* ID Data without "sip:" or "sips:". */
tg_bytes tg_without_scheme(tg_bytes id_data);

typedef struct tg_known {
    tg_profile profile; /* with the settings and Prot type numbers that hold */
    tg_identity i, r, kms, r_called;
    tg_secrets secrets;
    bool has_now;
    uint64_t now;  /* 64-bit NTP timestamp, 1968-2104 */
    uint32_t skew; /* seconds */
    tg_pk *const *trust;
    size_t num_trust;
    bool has_trust;
    const tg_subscriber_source *subscribers; /* NULL: not known */
    bool has_m_lines;
    const tg_m_line *m_lines;
    size_t num_m_lines;
    bool without_rules; /* leave out the rules on one message */
    bool without_inputs; /* leave out derived.mac_input and its like: they cost copies */
    /* For a receiver that is wrong on purpose (roles.h): rows, or beginnings of rows, ended by NULL, that are never found;
     * where one is about a MAC or a signature, that counts as good, and the conversation goes on from there. */
    const char *const *overlooks;
} tg_known;

#define TG_SKEW_DEFAULT 300
/* A number on a line from 1968 to 2104, for comparing 64-bit NTP timestamps of both eras (RFC 4330 section 3). */
static inline uint64_t tg_ntp_order(uint64_t ntp)
{
    return ntp - 0x8000000000000000u;
}

/* ---- messages and judgements -------------------------------------------------------------------------------- */

typedef struct tg_sent {
    tg_bytes octets;
    const char *ex; /* "request", ...; NULL or "": not said */
    tg_sender from;
    bool has_about;
    size_t about; /* the index of the message that an Error answers */
    bool has_m_lines; /* what its own key-mgmt attribute covers, in place of what is known of all (tg_known) */
    const tg_m_line *m_lines;
    size_t num_m_lines;
    bool keeps_rules; /* somebody asked the rules on one message before, with all that is known here: none is broken */
    bool replayed;    /* its octets stood in an earlier message, in this conversation or another */
} tg_sent;

typedef enum tg_outcome { TG_OUTCOME_ABSENT, TG_OUTCOME_SKIPPED, TG_OUTCOME_OK, TG_OUTCOME_FAIL } tg_outcome;
const char *tg_outcome_name(tg_outcome outcome); /* "absent" */

typedef struct tg_session_key {
    uint8_t cs_id;
    tg_bytes tek;
    bool has_salt;
    tg_bytes salt;
} tg_session_key;

/* Section 2, `derived`; empty octets that were not derived have data NULL. Secret, all of it. */
typedef struct tg_derived {
    tg_bytes auth_key, encr_key, salt_key, iv, mac_input, kemac_plain, env_key;
    struct {
        tg_bytes auth_key, encr_key, salt_key, iv, mac_input, kemac_plain, mpk;
    } ticket;
    struct {
        tg_bytes auth_key, mac_input;
    } vr;
    tg_bytes mpki, mpkr, mpkr_forked;
    const tg_session_key *cs;
    size_t num_cs;
} tg_derived;

typedef struct tg_judgement {
    tg_status parse;           /* TG_OK, or why not: then `diag` says where, and the rest is empty */
    tg_diag diag;
    const tg_message *message; /* NULL when it does not parse */
    tg_outcome auth, ticket_auth, vr_auth, kemac;
    const tg_payload *keys;    /* the opened KEMAC, cut */
    const tg_finding *const *findings;
    size_t num_findings;
    tg_reception reception;    /* by the findings alone */
    tg_derived derived;
} tg_judgement;

/* The row that says that the MAC of a message of this data type verifies; NULL for one that has none, or a signature. */
const char *tg_mac_row_of_type(uint8_t data_type);
/* What the verdict of section 2 asks of one message. */
bool tg_judgement_is_accepted(const tg_judgement *judgement);

typedef struct tg_conversation tg_conversation;
/* Memory that is enough for a conversation of so many octets in so many messages. Most of it will stay untouched: a bound for
 * hostile messages, not a forecast. */
size_t tg_conversation_arena_size(size_t total_octets, size_t num_messages);
/* `known` is copied; what it points to must outlive the conversation. */
TG_NODISCARD tg_status tg_conversation_new(tg_crypto *crypto, const tg_known *known, size_t max_messages, tg_arena *arena,
                                           tg_conversation **out);
/* Judges the next message. A message that is wrong is no failure: its judgement says so. Fails with limit class statuses (the arena is
 * full, OpenSSL has no memory, more than max_messages); the conversation is then as before. A RESOLVE_RESP may change the judgement of the
 * TRANSFER_INIT before it (section 2, learning). */
TG_NODISCARD tg_status tg_conversation_add(tg_conversation *conversation, const tg_sent *sent);
size_t tg_conversation_num(const tg_conversation *conversation);
const tg_known *tg_conversation_known(const tg_conversation *conversation); /* what it was begun with */
const tg_judgement *tg_conversation_judgement(const tg_conversation *conversation, size_t index);
bool tg_conversation_is_accepted(const tg_conversation *conversation);

/* ---- what a conversation has established -------------------------------------------------------------------- */

/* A key of the ticket or of a KEMAC of the Ticket Transfer exchange. */
typedef struct tg_known_key tg_known_key;
struct tg_known_key {
    uint8_t type;                  /* TG_KEY_... */
    tg_bytes spi, key, salt;       /* key is empty for a TGK known as TGK' alone (the Responder, I=1) */
    tg_bytes forked;               /* TGK' of a key of the ticket, where I=1 and it was needed or given; else empty */
    bool of_ticket;
    const tg_known_key *next;      /* in a list of keys */
};

/* As it stands now: for roles, and for whoever wants to go on with the keys. Views into the conversation. */
typedef struct tg_established {
    const tg_message *request_init, *request_resp, *transfer_init, *transfer_resp, *resolve_init, *resolve_resp; /* newest authentic ones (transfer: of the initial exchange), or NULL */
    const tg_ticket *ticket;     /* the newest authentic one */
    tg_bytes mpki, mpkr, mpkr_forked;
    const tg_known_key *ticket_keys; /* session keys of the ticket, in order; NULL: none, or not known */
    const tg_known_key *sent_keys;   /* those of the KEMACs of the Ticket Transfer exchanges with this ticket, newest KEMAC first */
    tg_bytes randri, randrr, randrkms, idr; /* of the newest initial Ticket Transfer; idr: ID Data of the modifier */
    const tg_session_key *cs;    /* of the newest Ticket Transfer message that gave any */
    size_t num_cs;
} tg_established;
void tg_conversation_established(const tg_conversation *conversation, tg_established *out);
/* The key with this SPI, as crypto sessions find it (section 7); NULL when there is none. */
const tg_known_key *tg_conversation_find_key(const tg_conversation *conversation, tg_bytes spi);
/* Among what is known of the ticket that the message at `index` belongs to (section 2, learning), and of no other. */
const tg_known_key *tg_conversation_find_key_of(const tg_conversation *conversation, size_t index, tg_bytes spi);
/* The auth_key for an Error about the message at `index`, as long as the Auth alg of the Error wants it (5.4). TG_NOT_FOUND when it is
 * not known, TG_UNKNOWN_ALGORITHM for an Auth alg without a key. */
TG_NODISCARD tg_status tg_conversation_auth_key(const tg_conversation *conversation, size_t index, uint8_t auth_alg,
                                                uint8_t out[TG_MAC_MAX], size_t *len);

#ifdef __cplusplus
}
#endif
#endif
