/* What the files of this room share: a message of the conversation, what the conversation has learned, and the message
 * under judgement.
 *
 * Judging goes in this order: parse, find what it answers, find the keys (message_keys.c), open the ticket (ticket.c),
 * authenticate (authenticate.c), open the KEMAC (kemac.c), check (checks_*.c), learn (learn.c). Whatever is judged
 * anew in place is written through tg_remember, so that a failure can be taken back.
 */
#ifndef TICKETGATE_EXCHANGE_CASE_H
#define TICKETGATE_EXCHANGE_CASE_H

#include "ticketgate/exchange.h"

#include "index.h"

/* ---- a message of the conversation -------------------------------------------------------------------------- */

enum { TG_NUM_ID_ROLES = TG_ID_ROLE_APP + 1, TG_NUM_RAND_ROLES = TG_RAND_ROLE_KMS + 1 };

/* The payloads that are asked for, found in one walk: the first of each kind (and role), or NULL. */
typedef struct tg_parts {
    const tg_t *t;
    const tg_kemac *kemac;
    const tg_pke *pke;
    const tg_chash *chash;
    const tg_cert *cert;
    const tg_rand *rand;
    const tg_tp *tp;
    const tg_ticket *ticket;
    const tg_id *id[2]; /* the first and the second */
    const tg_idr *idr[TG_NUM_ID_ROLES];
    const tg_randr *randr[TG_NUM_RAND_ROLES];
    const tg_v *v;       /* where it is the last payload */
    const tg_sign *sign; /* likewise */
} tg_parts;

/* Where the keys of a MAC or KEMAC come from: everything that enters a derivation but its use and length. */
typedef enum tg_keying_kind {
    TG_KEYING_UNKNOWN,
    TG_KEYING_MESSAGE, /* RFC 6043 5.1.2 */
    TG_KEYING_RFC3830, /* RFC 3830 4.1.4 */
    TG_KEYING_TICKET,  /* A.2.1: rands.randri is the RAND of the ticket */
    TG_KEYING_VR       /* 6.10 */
} tg_keying_kind;
typedef struct tg_keying {
    tg_keying_kind kind;
    bool is_credential; /* inkey is a pre-shared or an envelope key, no MPK */
    uint8_t prf_func, direction;
    uint32_t csb_id;
    tg_bytes inkey;
    tg_rands rands;
} tg_keying;

/* Keys of a KEMAC that was opened. */
typedef struct tg_key_set {
    const tg_key_data *first;  /* or NULL: the KEMAC is empty */
    const tg_key_data *mpk[2]; /* the first key where it is an MPK, and the first MPK behind it */
    size_t num_later_mpks;     /* MPKs that are not the first key */
    bool mpk_after_others;     /* one of them behind a key of another type */
    tg_known_key *session;     /* the keys that are no MPKs, in order, as an array and linked */
    size_t num_session;
    const tg_key_data *unknown; /* the first key of a type that RFC 6043 does not know */
    tg_index by_spi;            /* of these, the first with each SPI */
    size_t longest_tgk;         /* of TGKs and GTGKs, in octets */
} tg_key_set;

/* A base ticket that was (or could not be) opened with the TPK. */
typedef struct tg_opened_ticket {
    tg_outcome outcome; /* ticket_auth */
    bool ends_with_v;   /* Ticket Data is a chain whose last payload is V */
    tg_outcome kemac;
    const tg_rand *rand;
    const tg_payload *payloads;     /* of Ticket Data */
    const tg_payload *key_payloads; /* of its KEMAC */
    tg_key_set keys;
    tg_bytes mpki, mpkr;
    tg_derived derived; /* its `ticket` alone */
} tg_opened_ticket;

typedef struct tg_entry tg_entry;
struct tg_entry {
    size_t index;
    tg_sent sent;
    bool is_sender_given; /* else sent.from is the usual one */
    tg_exchange exchange;
    uint64_t ex_digest;        /* of `ex`, for a quick look */
    const tg_message *message; /* NULL when it does not parse; then nothing below is there */
    uint8_t data_type;
    bool is_update; /* TRANSFER_INIT or TRANSFER_RESP of a CSB update */
    tg_parts parts;
    uint64_t digest;          /* of the octets of an initial message */
    const tg_entry *answered; /* the initial message of a response */
    const tg_entry *about;    /* the message that an Error is about, where it can be read */
    bool is_about_something;  /* there is one, readable or not: enough for a signature */
    const tg_entry *ticket;   /* the first message with the same ticket (section 8); itself, or NULL without TICKET */
    const tg_entry *earlier_ticket; /* list of those first messages */
    uint64_t ticket_digest;
    const tg_opened_ticket *opened; /* in the first message with a ticket; NULL: no TPK, or not a base ticket */
    tg_keying keying;
    tg_bytes env_key;            /* of a public-key request: opened, or given */
    bool awaits_mpki;            /* a TRANSFER_INIT that a RESOLVE_RESP may give the key of */
    bool breaks_resolvers;       /* a RESOLVE_INIT from somebody whom the ticket does not name */
    const tg_entry *earlier;     /* authentic messages of its kind, newest first (tg_state) */
    struct tg_bundle *of_ticket; /* in the first message with a ticket: what is known of it */
    struct tg_bundle *bundle;    /* what this message is judged by and adds to; NULL: it is of no ticket */
    const tg_judgement *judgement;
};

/* ---- what is learned ---------------------------------------------------------------------------------------- */

/* What one RESOLVE_RESP of a ticket with I=1 gave: MPKr' and TGKs' go with its modifier. */
typedef struct tg_forked_set {
    const struct tg_forked_set *earlier;
    const tg_entry *resolve_resp; /* has the modifier: IDRr and RANDRkms */
    tg_bytes mpkr_forked;
    tg_key_set keys;
} tg_forked_set;

/* Of one ticket. Keys known first stay. Changed only after tg_remember. */
typedef struct tg_bundle {
    tg_bytes mpki, mpkr;
    tg_bytes mpkr_forked;          /* learned last, with whatever modifier */
    const tg_forked_set *forked;   /* newest first */
    bool is_seen;                  /* what the ticket itself says is learned */
    bool has_keys;                 /* the session keys below are known, possibly none */
    bool keys_are_forked;          /* TGKs of a ticket with I=1 are known as TGK' alone: see `forked` */
    tg_key_set keys;               /* of the ticket; its MPKs count no more */
    const tg_known_key *sent_keys; /* of KEMACs in the Ticket Transfer exchanges, newest KEMAC first */
    tg_index sent_by_spi;          /* the same by SPI, the newest with each */
} tg_bundle;

/* An initial Ticket Transfer (transfer or reuse) with an authentic message. Changed only after tg_remember. */
typedef struct tg_transfer tg_transfer;
struct tg_transfer {
    tg_transfer *earlier;        /* by their TRANSFER_INIT */
    const tg_entry *init, *resp; /* resp where it was authentic */
    const tg_entry *last[2];     /* newest authentic message with T of the Initiator and of the Responder in this CSB */
};

/* Copied before a message is judged, and put back where that fails. */
typedef struct tg_state {
    tg_transfer *transfers;             /* newest first */
    const tg_bundle *bundle;            /* of the last message that was of a ticket */
    const tg_entry *tickets;            /* first messages with each ticket, newest first */
    const tg_entry *last_transfer_init; /* that is no update, authentic or not */
    const tg_entry *request_init, *request_resp, *transfer_init, *transfer_resp, *resolve_init, *resolve_resp;
    const tg_session_key *cs;
    size_t num_cs;
} tg_state;

/* Octets as they were before this message, to be put back. */
typedef struct tg_memento {
    struct tg_memento *earlier;
    void *where;
    size_t len;
} tg_memento;

struct tg_conversation {
    tg_crypto *crypto;
    tg_known known;
    tg_arena *arena;
    tg_entry **entries;
    size_t num, max;
    tg_state state;
    tg_memento *mementos;
    uint64_t wildcard_work; /* what matching UIDs with groups has cost so far, at the most */
};

/* Notes what stands at `where`, so that it may be overwritten. False when the arena is full. */
bool tg_remember(tg_conversation *conversation, void *where, size_t len);

/* ---- the message under judgement ---------------------------------------------------------------------------- */

typedef struct tg_said {
    struct tg_said *next;
    tg_finding finding;
} tg_said;

typedef struct tg_case {
    tg_conversation *conversation;
    tg_crypto *crypto;
    const tg_known *known;
    const tg_settings *settings;
    tg_arena *arena;
    tg_entry *entry;
    const tg_message *message;
    const tg_parts *parts;
    uint8_t data_type;
    const tg_ticket *ticket;                     /* whose flags hold: its own, that of the exchange, or NULL */
    const tg_entry *transfer_init;               /* of TRANSFER_RESP: what it answers; of a TRANSFER_INIT: itself */
    const tg_entry *initial_init, *initial_resp; /* of Ticket Transfer: the messages of the initial exchange so far */
    tg_transfer *transfer;                       /* of an update: its initial exchange */
    tg_bundle *bundle;                           /* what is known of that ticket */
    tg_bundle nothing;                           /* the bundle of what is of no ticket: nothing is learned then */
    const tg_forked_set *forked;    /* of the bundle: that of the modifier of the exchange, else the newest, or NULL */
    const tg_opened_ticket *opened; /* its own ticket, or NULL */
    tg_bytes own_mpkr_forked;       /* forked by the modifier of this TRANSFER_RESP */
    bool lacks_envelope;            /* PKE was opened, and holds no envelope key */
    bool wrong_update_keys;         /* the MAC verifies with the other keys (5.2-06) */
    tg_key_set keys;                /* of its own KEMAC */
    tg_pk **certificates;           /* of CERT payloads that hold one, in order; NULL where it cannot be read */
    const tg_cert **cert_payloads;
    size_t num_certificates;
    tg_judgement *judgement;
    tg_derived *derived; /* of the judgement */
    tg_said *said, **last_said;
    size_t num_said;
    uint8_t *times_said; /* by row of the catalogue */
    tg_status status;    /* of class limit: judging cannot go on */
} tg_case;

/* True for TG_OK. A lack of memory is noted in the case; any other failure says something about the message. */
bool tg_case_is_ok(tg_case *k, tg_status status);
void *tg_case_alloc(tg_case *k, size_t size); /* zeroed; NULL, noted, when the arena is full */

static inline bool tg_has_flag(const tg_ticket *ticket, char letter)
{
    return ticket && (ticket->flags & TG_FLAG(letter)) != 0;
}
static inline bool tg_is_init_transfer(const tg_case *k)
{
    return k->data_type == TG_DATA_TYPE_TRANSFER_INIT && !k->entry->is_update;
}
static inline bool tg_is_resp_transfer(const tg_case *k)
{
    return k->data_type == TG_DATA_TYPE_TRANSFER_RESP && !k->entry->is_update;
}
static inline bool tg_is_request_init(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_REQUEST_INIT_PSK || data_type == TG_DATA_TYPE_REQUEST_INIT_PK;
}
static inline bool tg_is_resolve_init(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}
static inline bool tg_is_pk_init(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_REQUEST_INIT_PK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}
static inline bool tg_is_tgk_type(uint8_t key_type)
{
    return key_type == TG_KEY_TGK || key_type == TG_KEY_TGK_SALT;
}
static inline bool tg_is_gtgk_type(uint8_t key_type)
{
    return key_type == TG_KEY_GTGK || key_type == TG_KEY_GTGK_SALT;
}
static inline bool tg_is_tek_type(uint8_t key_type)
{
    return key_type == TG_KEY_TEK || key_type == TG_KEY_TEK_SALT;
}
static inline bool tg_is_session_type(uint8_t key_type)
{
    return tg_is_tgk_type(key_type) || tg_is_gtgk_type(key_type) || tg_is_tek_type(key_type);
}
/* A key of no octets, or of more than this, is a key that is not known (section 1). */
enum { TG_MAX_KEY = 256 };
static inline bool tg_is_usable(tg_bytes key)
{
    return key.len > 0 && key.len <= TG_MAX_KEY;
}
/* The RAND of the role, empty where it is not there. */
static inline tg_bytes tg_rand_of(const tg_parts *parts, uint8_t role)
{
    return parts->randr[role] ? parts->randr[role]->rand : tg_bytes_of(NULL, 0);
}
/* The map info entries of a GENERIC-ID map. */
static inline size_t tg_sessions_of(const tg_message *message, const tg_generic_cs **sessions)
{
    const tg_map *map = &message->hdr.map;
    *sessions = map->cs_id_map_type == TG_MAP_GENERIC_ID ? map->generic : NULL;
    return *sessions ? map->num_cs : 0;
}
static inline bool tg_is_prot(const tg_case *k, uint8_t prot_type, tg_prot kind)
{
    return k->known->profile.prot_types[kind] == prot_type;
}

/* ---- findings (say.c) --------------------------------------------------------------------------------------- */

/* A place, worked out only where there is a finding. */
typedef struct tg_at {
    enum { TG_AT_MESSAGE, TG_AT_HDR, TG_AT_SESSION, TG_AT_PAYLOAD, TG_AT_END } kind;
    const tg_payload *payload; /* of the message's own chain */
    const char *field;         /* NULL: all of it */
    size_t session;
} tg_at;
static inline tg_at tg_at_message(void)
{
    return (tg_at){ .kind = TG_AT_MESSAGE };
}
static inline tg_at tg_at_hdr(const char *field)
{
    return (tg_at){ .kind = TG_AT_HDR, .field = field };
}
static inline tg_at tg_at_session(size_t session, const char *field)
{
    return (tg_at){ .kind = TG_AT_SESSION, .session = session, .field = field };
}
/* The place of `payload`, or where it is NULL, the end of the chain: there something is missing. */
static inline tg_at tg_at_field(const void *payload, const char *field)
{
    return (tg_at){ .kind = payload ? TG_AT_PAYLOAD : TG_AT_END, .payload = payload, .field = field };
}
static inline tg_at tg_at_payload(const void *payload)
{
    return tg_at_field(payload, NULL);
}

/* Is the row one that the judge is not to see? */
bool tg_overlooks(const tg_known *known, const char *id);
/* Calls the row broken, but once a place. `id` NULL: the profile does not judge this. */
void tg_say(tg_case *k, const char *id, tg_at at, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, for rows with one finding a message, the rules' included. */
bool tg_is_said(const tg_case *k, const char *id);
void tg_say_from_rules(tg_case *k, const tg_finding *finding);
static inline const char *tg_row(const tg_requirement *row)
{
    return row ? row->id : NULL;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

void tg_find_parts(const tg_message *message, tg_parts *out);          /* parts.c */
uint64_t tg_digest(tg_bytes octets);                                   /* parts.c */
bool tg_same_ticket(const tg_ticket *a, const tg_ticket *b);           /* parts.c */
bool tg_same_identity(const tg_idr *a, const tg_idr *b);               /* parts.c */
uint64_t tg_ticket_digest(const tg_ticket *ticket);                    /* parts.c */
tg_exchange tg_exchange_of(const char *ex);                            /* find.c */
bool tg_is_initial_type(uint8_t data_type);                            /* find.c */
void tg_find_answered(tg_conversation *conversation, tg_entry *entry); /* find.c */
bool tg_find_ticket(tg_conversation *conversation, tg_entry *entry);   /* find.c; false: the arena is full */
void tg_choose_bundle(tg_case *k);                                     /* find.c */

void tg_find_keying(tg_case *k); /* message_keys.c */
/* The keys of an update by the given reading of update_keys. */
tg_keying tg_update_keying(const tg_case *k, uint8_t update_keys);                              /* message_keys.c */
tg_keying tg_error_keying(const tg_entry *about);                                               /* message_keys.c */
bool tg_derive(tg_case *k, const tg_keying *keying, tg_key_use use, size_t len, tg_bytes *out); /* message_keys.c */
bool tg_fork(tg_case *k, const tg_ticket *ticket, tg_bytes key, bool is_mpkr, const tg_parts *modifier, tg_bytes *out);
tg_bytes tg_known_mpki(const tg_case *k);
tg_bytes tg_known_mpkr(const tg_case *k);

/* What a V is checked with, and what came out. */
typedef struct tg_mac_check {
    const tg_keying *keying;
    uint8_t alg;
    tg_bytes mac;
    tg_bytes auth_key;
} tg_mac_check;
tg_outcome tg_check_mac(tg_case *k, tg_mac_check *check, const tg_coverage *covered); /* authenticate.c */
void tg_authenticate(tg_case *k);                                                     /* authenticate.c */
const char *tg_mac_row(const tg_case *k);                                             /* checks_authenticity.c */
void tg_authenticate_vr(tg_case *k);                                                  /* authenticate.c */
bool tg_cover_own(tg_case *k, tg_coverage *out);                                      /* coverage.c */
void tg_open_envelope(tg_case *k);                                                    /* public_keys.c */
tg_outcome tg_verify_signature(tg_case *k, const tg_coverage *covered);               /* public_keys.c */
void tg_free_certificates(tg_case *k);                                                /* public_keys.c */
const tg_pk *tg_rsa_of(const tg_case *k, tg_sender sender);                           /* public_keys.c */
bool tg_is_certificate(const tg_cert *cert);                                          /* public_keys.c */

/* A KEMAC, what opens it, and what comes out. */
typedef struct tg_lock {
    const tg_kemac *kemac;
    const tg_keying *keying;
    uint32_t csb_id; /* of the IV */
    const tg_t *t;   /* likewise, or NULL */
    uint8_t data_type;
    tg_bytes encr_key, salt_key, iv, plain;
    const tg_payload *keys;
} tg_lock;
tg_outcome tg_open_kemac(tg_case *k, tg_lock *lock);                                        /* kemac.c */
void tg_open_own_kemac(tg_case *k);                                                         /* kemac.c */
void tg_sort_keys(tg_case *k, const tg_payload *payloads, bool of_ticket, tg_key_set *out); /* kemac.c */
void tg_open_ticket(tg_case *k);                                                            /* ticket.c */

tg_identity tg_identity_of(const tg_idr *idr); /* identities.c */
tg_identity tg_known_i(const tg_case *k);
tg_identity tg_known_r(const tg_case *k);
tg_identity tg_known_kms(const tg_case *k);
tg_identity tg_sender_identity(const tg_case *k);

/* The key that a crypto session names, and TEKs of the sessions (section 7). */
tg_known_key *tg_find_key(const tg_key_set *own, const tg_bundle *bundle, const tg_forked_set *forked, tg_bytes spi);
void tg_derive_session_keys(tg_case *k); /* session_keys.c */
/* The set of the modifier in `modifier` (NULL: none), else the newest. */
const tg_forked_set *tg_forked_set_of(const tg_bundle *bundle, const tg_parts *modifier); /* find.c */

void tg_learn_ticket(tg_case *k); /* learn.c */
void tg_learn(tg_case *k);        /* learn.c */
void tg_show_mpks(tg_case *k);    /* learn.c */

/* ---- checks: a file a topic --------------------------------------------------------------------------------- */

void tg_check_authenticity(tg_case *k);   /* checks_authenticity.c */
void tg_check_sender(tg_case *k);         /* checks_sender.c */
void tg_check_response(tg_case *k);       /* checks_response.c */
void tg_check_kemac_contents(tg_case *k); /* checks_kemac.c */
void tg_check_key_rows(tg_case *k);       /* checks_key_rows.c */
void tg_check_request(tg_case *k);        /* checks_request.c */
void tg_check_transfer(tg_case *k);       /* checks_transfer.c */
void tg_check_sessions(tg_case *k);       /* checks_sessions.c */
void tg_check_resolve(tg_case *k);        /* checks_resolve.c */
void tg_check_update(tg_case *k);         /* checks_update.c */
void tg_check_reuse(tg_case *k);          /* checks_reuse.c */
void tg_check_lengths(tg_case *k);        /* checks_lengths.c */
void tg_check_certificates(tg_case *k);   /* checks_certificates.c */
void tg_check_error(tg_case *k);          /* checks_error.c */
void tg_check_time(tg_case *k);           /* checks_time.c */
void tg_check_subscribers(tg_case *k);    /* checks_subscribers.c */
/* The UIDs of the Responder of a RESOLVE_INIT, against an identity or the groups of a ticket policy. */
typedef enum tg_belongs { TG_BELONGS_UNKNOWN, TG_BELONGS, TG_BELONGS_NOT } tg_belongs;
tg_belongs tg_responder_is_resolver(tg_case *k, const tg_entry *request);                 /* uid.c */
tg_belongs tg_responder_has_uid(const tg_case *k, const tg_entry *request, const tg_idr *idr); /* uid.c */
bool tg_is_uid_of(const tg_subscriber *subscriber, tg_bytes uid);                         /* uid.c */
/* Whether an identity is a UID at all: a NAI or a URI (8.1). */
static inline bool tg_is_uid_type(uint8_t id_type)
{
    return id_type == TG_ID_TYPE_NAI || id_type == TG_ID_TYPE_URI;
}
bool tg_has_wildcard_user(tg_bytes id_data);                                              /* uid.c */

/* A T as a number on the line of 1968 to 2104; false for a COUNTER. */
bool tg_time_of(uint8_t ts_type, tg_bytes ts_value, uint64_t *order); /* checks_time.c */

#endif
