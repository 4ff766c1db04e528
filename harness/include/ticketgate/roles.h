/* roles: Initiator, Responder and KMS of MIKEY-TICKET (RFC 6043 4) as state machines. Bytes, keys, policy, time and
 * randomness go in; messages, keys and findings come out. No I/O, no clock, no heap.
 *
 * A role judges what it receives with a tg_conversation (exchange.h) that holds its own secrets and what it has
 * accepted so far, made anew for each message: what is refused leaves nothing behind, so that nobody can fill a role's
 * memory from outside. What it sends is made in three steps, model -> protect -> octets; a tg_deviation may change each
 * of them. Clauses are RFC 6043's unless another RFC is named.
 */
#ifndef TICKETGATE_ROLES_H
#define TICKETGATE_ROLES_H

#include "ticketgate/exchange.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- timestamps, suites ------------------------------------------------------------------------- */

/* Algorithms that go together (12.1): PRF func, Encr alg, MAC alg. */
typedef struct tg_suite {
    uint8_t prf_func, encr_alg, mac_alg;
} tg_suite;
extern const tg_suite tg_suite_128, tg_suite_128_kw, tg_suite_256;

/* ---- what a role wants or grants ---------------------------------------------------------------------------- */

/* A session key to make: type TEK, TGK or GTGK with or without salt. The SPI is drawn: `spi_len` octets, or with 0 so
 * many that AES-KW can wrap the keys (A14), unless `spi` says it (A35). */
typedef struct tg_key_plan {
    uint8_t type;
    uint16_t key_len, salt_len;
    uint8_t spi_len;
    tg_bytes spi;
} tg_key_plan;

/* A Ticket Policy (6.10) as plain data. */
#define TG_MAX_PLANNED_KEYS 16
#define TG_MAX_PLANNED_IDS 16
typedef struct tg_ticket_policy {
    uint16_t ticket_type;
    uint8_t subtype, version, prf_func;
    uint16_t flags; /* TG_FLAG('D') | ... */
    tg_identity kms, i;
    bool has_trs, has_tre;
    uint64_t trs, tre; /* 64-bit NTP */
    uint8_t tr_type;   /* TS Type of TRs and TRe: NTP-UTC, NTP or NTP-UTC-32 */
    uint32_t trr;      /* seconds between rekeyings; 0: no TRr */
    bool has_keys;     /* TP: with a KEMAC, that asks for `keys` */
    tg_key_plan keys[TG_MAX_PLANNED_KEYS];
    size_t num_keys;
    tg_identity apps[TG_MAX_PLANNED_IDS], r[TG_MAX_PLANNED_IDS];
    size_t num_apps, num_r;
} tg_ticket_policy;
/* Reads one from a TP, or the policy part of a TICKET. TG_TOO_LARGE when it holds more than the arrays. */
TG_NODISCARD tg_status tg_ticket_policy_of(const tg_tp *tp, tg_ticket_policy *out);
TG_NODISCARD tg_status tg_ticket_policy_of_ticket(const tg_ticket *ticket, tg_ticket_policy *out);

typedef struct tg_security_policy {
    uint8_t policy_no, prot_type;
    const tg_param *params;
    size_t num_params;
} tg_security_policy;

/* One crypto session (6.1.1). */
typedef struct tg_session_plan {
    uint8_t cs_id, prot_type, s;
    tg_bytes ps;           /* policy numbers */
    tg_bytes session_data;
    uint8_t key;           /* its SPI: 1 the first session key of the ticket, 2 the second, ...; 0: none, or `spi` */
    bool own_key;          /* `key` counts the keys of this message's own KEMAC instead */
    tg_bytes spi;
} tg_session_plan;

/* What a Ticket Transfer message offers or answers, in an initial exchange or an update. */
typedef struct tg_transfer_plan {
    const tg_session_plan *sessions;
    size_t num_sessions;
    const tg_security_policy *policies;
    size_t num_policies;
    const tg_key_plan *keys; /* a KEMAC with these keys, where L (Initiator) or M (Responder) allows it */
    size_t num_keys;
    bool response;           /* updates: V=1, a TRANSFER_RESP is expected */
} tg_transfer_plan;

/* ---- deviations --------------------------------------------------------------------------------------------- */

/* A message (or the Ticket Data in a ticket) while it is being made. */
typedef struct tg_making {
    tg_arena *arena;
    const tg_settings *settings;
    bool of_ticket;       /* Ticket Data: `payloads` of `ticket->ticket_data`; `octets` are not used */
    tg_sender from;
    const char *ex;
    bool is_update;
    tg_message *message;  /* the model; in Ticket Data NULL */
    tg_ticket *ticket;    /* the ticket that is made, or the first of the message, or NULL */
    const tg_message *initial; /* that is answered, or NULL */
    struct {
        tg_bytes auth_key, encr_key, salt_key, iv, vr_key; /* empty where there is none */
        tg_identity identities[2];                         /* as they enter the MAC of an initial message */
    } keys;
    uint8_t *octets;      /* the finished message; may be changed in place, and `len` made smaller */
    size_t len;
} tg_making;

/* What a role does or leaves undone although no message shows it by itself: bits of `careless`. In parentheses who, and
 * a row that it breaks. */
#define TG_CARELESS(X)                                                                                                 \
    X(NO_REPLAY_CACHE, "keeps no replay cache (all; RFC3830-5.4-x02)")                                                 \
    X(SAME_RAND, "draws the same RANDR every time (all; RFC6043-4.2.1.1-x02, 4.2.2.1-x04, 4.2.2.3-x03, 4.2.3.1-x03)")  \
    X(SAME_CSB_ID, "begins every bundle with the same CSB ID (I, R; RFC6043-4.2.1.1-02, 4.2.2.1-02, 4.2.3.1-02)")      \
    X(SAME_T, "sends the same T every time (all; RFC6043-4.2.1.5-03, 5.2-01b, 5.3-01)")                                \
    X(NO_ANSWER, "sends no TRANSFER_RESP although F is 1 (R; RFC6043-4.2.2.2-04)")                                     \
    X(UNWANTED_ANSWER, "sends TRANSFER_RESP although F is 0 (R; RFC6043-6.10-04)")                                     \
    X(KMS_BEFORE_POLICY, "contacts the KMS before the local policy is asked (R; RFC6043-4.2.2.2-02)")                  \
    X(ALWAYS_RESOLVES, "resolves although nothing demands it (R; RFC6043-4.2.3-01)")                                   \
    X(NEVER_RESOLVES, "opens a ticket with E=1 itself where it can (R; RFC6043-6.10-03)")                              \
    X(ADMITS_ALL, "asks neither the local policy nor compares security policies (R; RFC6043-4.2.2.2-01)")              \
    X(NO_LIMITS, "grants keys and validities beyond its limits (K; RFC6043-4.2.1.4-01)")                               \
    X(NO_AUTHORISATION, "gives the keys to whoever asks for them (K; RFC6043-4.2.3.4-01)")                             \
    X(NO_IDENTITY, "serves whom it does not know, and a subscriber under any name (K; RFC6043-4.2.1.4-01)")            \
    X(REUSES_ANY, "transfers a ticket with J=0 again (I; RFC6043-5.3-03)")                                             \
    X(TAKES_ANY_GRANT, "does not ask whether the granted policy is acceptable (I; RFC6043-4.2.1.6-03)")                \
    X(TAKES_ANY_ANSWER, "does not ask whether the Responder's policies are (I; RFC6043-4.2.2.4-01)")                   \
    X(KEYS_UNALLOWED, "sends keys of its own although L or M is 0 (I, R; RFC6043-6.10-10b, 6.10-11b)")                   \
    X(ANSWERS_ERRORS, "sends an Error about an Error (all; RFC6043-5.4-x04)")                                          \
    X(TRUSTS_ERRORS, "an Error that is not authentic ends the exchange (I, R; RFC6043-5.4-11)")                        \
    X(NO_ERRORS, "sends no Error (all; RFC6043-5.4-01)")                                                               \
    X(NO_SP_IN_ERRORS, "names no supported policies in an Error about policies (R; RFC6043-5.4-06)")                   \
    X(GIVES_UP, "a message that is refused ends what there was before (I, R; RFC6043-5.4-02)")                         \
    X(ANSWERS_UPDATES, "answers updates with V=0 (I, R; RFC6043-5.2-02)")                                              \
    X(NO_UPDATE_ANSWER, "does not answer updates with V=1 (I, R; RFC6043-5.2-x03)")                                    \
    X(WRONG_DEFAULT_KEY, "grants a TEK where no KEMAC asks for keys (K; RFC6043-4.2.1.5-07)")                          \
    X(DEMANDS_PSK_ID, "knows subscribers by IDRpsk alone (K; RFC6043-4.2.1.2-02, 4.2.3.2-02)")                         \
    X(CALLED_ONLY, "accepts no IDRr but the one called (I; RFC6043-4.2.2.3-11)")                                       \
    X(NO_FOREIGN_KEYS, "refuses a KEMAC of the other side although L or M is 1 (I, R; RFC6043-4.2.2.1-06, 4.2.2.3-16)") \
    X(NO_FOREIGN_SP, "refuses SP in TRANSFER_RESP (I; RFC6043-4.2.2.3-13)")                                            \
    X(ONCE_ONLY, "refuses a ticket that was transferred before (R; RFC6043-6.10-08a)")                                 \
    X(FIRST_ERA, "refuses times from 2036 on (all; RFC6043-6.3-01)")                                                   \
    X(NO_OWN_TICKETS, "refuses tickets that no KMS made (R, K; RFC6043-4.1-01)")
enum {
#define TG_CARELESS_NUMBER(symbol, text) TG_CARELESS_NUMBER_##symbol,
    TG_CARELESS(TG_CARELESS_NUMBER)
#undef TG_CARELESS_NUMBER
        TG_NUM_CARELESS
};
#define TG_CARELESS_BIT(symbol) ((uint32_t)1 << TG_CARELESS_NUMBER_##symbol)

/* What a plan needs beyond the default so that a deviation shows. */
enum {
    TG_NEEDS_MODE_3 = 1 << 0, /* the Initiator makes the ticket */
    TG_NEEDS_PK = 1 << 1,     /* REQUEST_INIT_PK and RESOLVE_INIT_PK; whoever uses the plan has the keys */
    TG_NEEDS_UPDATE = 1 << 2, /* of the Initiator, with key and response */
    TG_NEEDS_UPDATE_OF_R = 1 << 3,
    TG_NEEDS_PLAIN_UPDATE = 1 << 4, /* without a key */
    TG_NEEDS_ERROR_REQUEST = 1 << 5,
    TG_NEEDS_ERROR_TRANSFER = 1 << 6,
    TG_NEEDS_INITIATOR_KEY = 1 << 7,
    TG_NEEDS_RESPONDER_KEY = 1 << 8,
    TG_NEEDS_GTGK = 1 << 9,  /* a GTGK in the ticket, and a TEK */
    TG_NEEDS_256 = 1 << 10,  /* suite 256 */
    TG_NEEDS_NO_F = 1 << 11, /* F, G, I, M are 0 */
    TG_NEEDS_REUSE = 1 << 12,
    TG_NEEDS_NO_I = 1 << 13, /* keys are not forked: there is no Initiator Data */
    TG_NEEDS_NO_L_M = 1 << 14
};

/* One way to be wrong, as data. A hook that is NULL changes nothing. */
typedef struct tg_deviation {
    const char *name;    /* "vr-key-of-mpki" */
    const char *title;   /* one sentence */
    const char *breaks;  /* the catalogue row that shows it */
    const char *const *also; /* rows that the same act cannot but break too, ended by NULL; NULL: none */
    const char *profile; /* where it shows; NULL: "rfc6043" */
    uint32_t needs;      /* what else a plan needs so that it shows: TG_NEEDS_... */
    int16_t data_type;   /* of the message it changes; -1: any; of Ticket Data: TG_DEVIATION_TICKET */
    tg_sender from;      /* TG_SENDER_UNKNOWN: any */
    int8_t update;       /* 1: only in updates, 0: only outside of them, -1: both */
    void (*model)(tg_making *making);  /* before protection: the plaintext of a KEMAC stands in it as payloads */
    void (*keys)(tg_making *making);   /* before encryption and MAC */
    void (*octets)(tg_making *making); /* after everything */
    /* As a receiver: rows (ids, or beginnings of ids, ended by NULL) that it does not see, or that it rejects for although
     * receivers ignore them. NULL: none. What it does not see it takes as good: with a MAC's row, the MAC too. */
    const char *const *overlooks, *const *overreacts;
    void (*received)(tg_bytes *octets); /* what came, before it is parsed; may be made shorter */
    uint32_t careless;                  /* TG_CARELESS_BIT(...) */
} tg_deviation;
#define TG_DEVIATION_TICKET 256
const tg_deviation *tg_deviations(size_t *num);
const tg_deviation *tg_deviation_find(const char *name); /* NULL when there is none */

/* ---- replay cache (RFC 3830 5.4) ---------------------------------------------------------------------------- */

/* Remembers authenticated messages until their time is over. When it is full of messages that could still come again,
 * what comes is rejected until the skew has passed: nothing is forgotten early. For COUNTER timestamps it remembers the
 * highest counter of each peer (of a KMS: of each subscriber), for good. They may take half of the capacity (of a
 * capacity of 1: all), so that messages with a time always find the rest. */
typedef struct tg_replay_cache tg_replay_cache;
TG_NODISCARD tg_status tg_replay_cache_new(tg_arena *arena, size_t capacity, tg_replay_cache **out);
size_t tg_replay_cache_num(const tg_replay_cache *cache); /* entries in use */

/* ---- a role ------------------------------------------------------------------------------------------------- */

typedef struct tg_role tg_role;

/* What every role is given. `profile` is copied; what else is pointed to must outlive the role. */
#define TG_MAX_MESSAGE_DEFAULT 16384
#define TG_MAX_HISTORY_DEFAULT 32
typedef struct tg_role_config {
    tg_crypto *crypto;
    const tg_profile *profile;
    tg_random random;
    tg_arena *arena;          /* for this role alone: all its memory, secrets too. A few MB are plenty */
    size_t max_message;       /* octets of a message received; 0: the default */
    size_t max_history;       /* messages accepted and sent that a session may hold; 0: the default */
    tg_replay_cache *replay;  /* may be shared by roles of one party; NULL: no protection against replay */
    uint32_t skew;            /* seconds; 0: TG_SKEW_DEFAULT */
    /* of the T that it sends in initial messages; a response has the type of what it answers */
    uint8_t ts_type;
    uint64_t counter;         /* the first value of a COUNTER; after 0xFFFFFFFF nothing is sent any more: TG_REFUSED, or
                               * what came is refused (POLICY) without an Error */
    tg_suite suite;           /* of the messages that it starts, and of tickets that it makes */
    tg_identity self, kms;    /* not known: its IDR payload is left out */
    bool leave_out_ids;       /* leave IDRi, IDRr, IDRkms out although they are known */
    tg_bytes psk;             /* shared with the KMS. A KMS: with everybody, without `subscribers` only; with them a
                               * subscriber without a key of his own has none here */
    tg_identity psk_id;       /* IDRpsk, the B-TID with GBA */
    tg_bytes tpk;             /* who makes or resolves tickets itself */
    tg_identity tpk_id;       /* IDRpsk in Ticket Data */
    const tg_pk *rsa;         /* own private key, with certificates */
    const tg_pk *rsa_kms;     /* to seal envelope keys for the KMS */
    bool pk;                  /* *_INIT_PK instead of *_INIT_PSK */
    bool chash;               /* with CHASH of the certificate of the KMS */
    uint8_t s_type;           /* of SIGN */
    tg_pk *const *trust;
    size_t num_trust;
    /* Errors that it sends (5.4); authentic where it has a key */
    enum { TG_ERRORS_PLAIN, TG_ERRORS_AUTHENTIC, TG_ERRORS_NONE } errors;
    const tg_deviation *deviation; /* NULL: none */
} tg_role_config;

/* Why a role refused what came; each has the Error no of 5.4 and RFC 3830 6.12. */
#define TG_REFUSALS(X)                                                                                                 \
    X(NONE, 0, "")                                                                                                     \
    X(TOO_LARGE, -1, "the message is larger than this role takes")                                                     \
    X(NO_MEMORY, -1, "the memory of the role is used up")                                                              \
    X(PARSE, TG_ERROR_UNSPECIFIED_ERROR, "the message cannot be parsed")                                               \
    X(DATA_TYPE, TG_ERROR_INVALID_DT, "a message of this data type has no place here")                                 \
    X(UNEXPECTED, -1, "it answers nothing that was sent")                                                              \
    X(REPLAY, TG_ERROR_INVALID_TS, "the message came before")                                                          \
    X(TIMESTAMP, TG_ERROR_INVALID_TS, "the timestamp is outside the clock skew, or not newer")                         \
    X(REPLAY_CACHE_FULL, TG_ERROR_INVALID_TS, "the replay cache is full until the skew has passed")                    \
    X(PRF, TG_ERROR_INVALID_PRF, "the PRF is not supported")                                                           \
    X(MAC_ALG, TG_ERROR_INVALID_MAC, "the MAC algorithm is not supported")                                             \
    X(ENCR_ALG, TG_ERROR_INVALID_EA, "the encryption algorithm is not supported")                                      \
    X(HASH, TG_ERROR_INVALID_HA, "the hash function is not supported")                                                 \
    X(AUTH, TG_ERROR_AUTH_FAILURE, "the message is not authentic")                                                     \
    X(ID, TG_ERROR_INVALID_ID, "the identity is unknown, not the sender's, or not authorised")                         \
    X(CERT, TG_ERROR_INVALID_CERT, "the certificate is not acceptable")                                                \
    X(SP, TG_ERROR_INVALID_SP, "the security policies are not supported")                                              \
    X(SP_PARAM, TG_ERROR_INVALID_SPPAR, "parameters of the security policies are not supported")                       \
    X(TICKET, TG_ERROR_INVALID_TICKET, "the ticket is not supported, not authentic or not valid")                      \
    X(TP_PARAM, TG_ERROR_INVALID_TPPAR, "the Ticket Policy is not supported")                                          \
    X(RULE, TG_ERROR_UNSPECIFIED_ERROR, "the message breaks a rule that a receiver rejects for")                       \
    X(POLICY, TG_ERROR_UNSPECIFIED_ERROR, "local policy refuses it")                                                   \
    X(PEER_ERROR, -1, "the other side sent an Error")
typedef enum tg_refusal {
#define TG_REFUSAL_ENUM(symbol, error_no, text) TG_REFUSAL_##symbol,
    TG_REFUSALS(TG_REFUSAL_ENUM)
#undef TG_REFUSAL_ENUM
} tg_refusal;
int tg_refusal_error_no(tg_refusal refusal);       /* -1: no Error is sent for it */
const char *tg_refusal_text(tg_refusal refusal);   /* holds nothing of the message and no key */

typedef enum tg_role_state {
    TG_ROLE_IDLE,        /* nothing yet; a KMS always */
    TG_ROLE_REQUESTING,  /* I: REQUEST_INIT is sent */
    TG_ROLE_HAS_TICKET,  /* I: a ticket and its keys are there */
    TG_ROLE_TRANSFERRING,/* I: TRANSFER_INIT is sent, TRANSFER_RESP is expected */
    TG_ROLE_RESOLVING,   /* R: RESOLVE_INIT is sent */
    TG_ROLE_ESTABLISHED, /* I, R: the session has its keys */
    TG_ROLE_UPDATING,    /* I, R: an update is sent, its response is expected */
    TG_ROLE_FAILED       /* I, R: refused, by this side or the other; start again */
} tg_role_state;

typedef struct tg_outgoing {
    tg_sender to;
    const char *ex; /* as in a conversation */
    tg_bytes octets;
} tg_outgoing;

/* What a call gave. Everything in it lives until the next call of the same role. */
#define TG_MAX_OUTGOING 2
typedef struct tg_result {
    tg_outgoing out[TG_MAX_OUTGOING];
    size_t num_out;
    tg_refusal refusal;              /* NONE: accepted */
    int error_no;                    /* of the Error sent (or received: PEER_ERROR); -1: none */
    /* PEER_ERROR: its MAC or signature verified; what did not verify changes no state */
    bool error_authentic;
    bool warned;                     /* the local policy wants the user to be warned (contribution 003, 6.2.3.3) */
    const char *ex;                  /* of what was received */
    const tg_judgement *judgement;   /* of what was received; NULL when it was refused before */
    const tg_requirement *broken;    /* the row behind the refusal where there is one */
    tg_role_state state;             /* after the call */
} tg_result;

/* Takes a message from I, R or K (as the transport says). TG_OK also when the message is refused: `result` says so.
 * Fails only for want of memory or randomness. */
TG_NODISCARD tg_status tg_role_receive(tg_role *role, tg_sender from, tg_bytes octets, uint64_t now, tg_result *result);
tg_role_state tg_role_state_of(const tg_role *role);
/* R and I, established: refuses the session after all, with an Error about the other side's TRANSFER_INIT (in place of
 * a TRANSFER_RESP that was not sent on) or TRANSFER_RESP. TG_REFUSED when there is none. The state is FAILED. */
TG_NODISCARD tg_status tg_role_withdraw(tg_role *role, tg_refusal refusal, uint64_t now, tg_result *result);
/* What the accepted messages have established, keys too; until the next call. False when there is nothing yet. */
bool tg_role_established(tg_role *role, uint64_t now, tg_established *out);
/* Overwrites the whole memory of the role. The role is not to be used afterwards. */
void tg_role_end(tg_role *role);

/* ---- Initiator ---------------------------------------------------------------------------------------------- */

typedef struct tg_initiator_config {
    tg_role_config role;
    tg_identity called;       /* Identity_r of TRANSFER_INIT */
    tg_ticket_policy policy;  /* that it asks for; in modes 3 and 4, of the ticket that it makes */
    tg_transfer_plan transfer;
    /* The key management protocols of the SDP that carries it ("mikey", joined by ";"): General Extension SDP IDs of
     * TRANSFER_INIT (RFC 4567 4.1.4). Empty: it goes without. */
    tg_bytes sdp_ids;
    /* 4.2.1.6, 4.2.2.4; NULL: what keeps the rules and the profile is acceptable. */
    bool (*granted)(void *user, const tg_ticket *ticket);
    bool (*answered)(void *user, const tg_message *transfer_resp);
    /* The answer to an update of the Responder's, where its V is 1; NULL: the sessions offered, with the policies first
     * named. */
    const tg_transfer_plan *update_answer;
    void *user;
} tg_initiator_config;
TG_NODISCARD tg_status tg_initiator_new(const tg_initiator_config *config, tg_role **out);
/* Ticket Request (modes 1 and 2). */
TG_NODISCARD tg_status tg_initiator_request(tg_role *role, uint64_t now, tg_result *result);
/* Ticket Transfer of the ticket granted, or (modes 3 and 4: there is a TPK and no ticket) made here; of one that was
 * transferred before, a reuse (5.3; TG_REFUSED when J=0). With group keys the caller knows whether the group is still
 * the same. */
TG_NODISCARD tg_status tg_initiator_transfer(tg_role *role, uint64_t now, tg_result *result);

/* ---- Responder ---------------------------------------------------------------------------------------------- */

/* The local policy's answer to a TRANSFER_INIT. */
typedef struct tg_admission {
    enum { TG_ADMIT, TG_ADMIT_WITH_WARNING, TG_REFUSE } answer;
    tg_refusal refusal; /* with TG_REFUSE: POLICY, SP, SP_PARAM, TP_PARAM, TICKET, ID */
} tg_admission;

typedef struct tg_responder_config {
    tg_role_config role;
    /* Asked before any KMS is contacted (4.2.2.2; contribution 003, 6.2.3.3), after the checks that need no key; NULL:
     * admit. */
    tg_admission (*admit)(void *user, const tg_message *transfer_init, const tg_ticket *ticket);
    void *user;
    /* what it supports: a policy that equals none of them is refused; sent with Error 9 and 10. NULL: anything */
    const tg_security_policy *supported;
    size_t num_supported;
    bool resolve_each_time;  /* do not keep the keys of reusable tickets (6.2.3.7 of TS 33.328: always allowed) */
    /* What TRANSFER_RESP adds: sessions by CS ID (Session Data, SPI, policy), its own policies, keys; empty: the sessions
     * offered, each with the first policy named. */
    tg_transfer_plan transfer;
    const tg_transfer_plan *update_answer; /* likewise, to an update of the Initiator's */
} tg_responder_config;
TG_NODISCARD tg_status tg_responder_new(const tg_responder_config *config, tg_role **out);

/* CSB update (5.2), from the Initiator or the Responder. TG_REFUSED when L or M forbids the keys in `plan`, or its T
 * was used already under these keys (A39). */
TG_NODISCARD tg_status tg_role_update(tg_role *role, const tg_transfer_plan *plan, uint64_t now, tg_result *result);

/* ---- KMS ---------------------------------------------------------------------------------------------------- */

/* A ticket about to be granted; `policy` may be changed by the hook, and K follows. */
typedef struct tg_grant {
    const tg_message *request;
    const tg_subscriber *subscriber; /* NULL: not one of `subscribers` */
    tg_identity initiator;           /* authenticated */
    const tg_ticket_policy *asked;
    tg_ticket_policy policy;
    tg_refusal refusal;              /* set it to refuse: POLICY, ID, TP_PARAM, TICKET */
} tg_grant;

typedef struct tg_kms_config {
    tg_role_config role;      /* `rsa` opens PKE and signs Errors */
    const tg_subscriber_source *subscribers; /* NULL: none: who has the PSK or a trusted certificate is who he says */
    void (*grant)(void *user, tg_grant *grant); /* NULL: what is asked for and keeps the limits below is granted */
    /* May this Responder (authenticated, and allowed by the ticket) have the keys? NULL: yes. */
    bool (*resolve)(void *user, const tg_message *resolve_init, const tg_identity *responder, const tg_ticket *ticket);
    /* The application that a Responder uses, known by other means (6.10 IDRapp; no message carries it); NULL: none. */
    tg_bytes (*application)(void *user, const tg_message *resolve_init);
    void *user;
    /* octets of session keys; 0: 16 and 32. A wish outside is granted at the bound, with K=1 */
    uint16_t min_key, max_key;
    uint32_t max_validity;     /* seconds from now until TRe; 0: no limit */
    bool refuse_128, refuse_256; /* algorithm families that it does not work with */
    /* Section 10. A ticket whose IDRkms is another's is resolved there: RESOLVE_INIT goes `to` K. */
    tg_bytes psk_kms;
    tg_identity psk_kms_id;
    tg_identity peer_kms;      /* the KMS whose certificate may ask instead (RESOLVE_INIT_PK); not known: none may */
    size_t max_pending;        /* forwarded requests at a time; 0: none are forwarded */
} tg_kms_config;
TG_NODISCARD tg_status tg_kms_new(const tg_kms_config *config, tg_role **out);
/* KMS UID helper: may `uid` resolve by this ticket policy: does it match an IDRr of it (8.1 of CONVERSATION.md under
 * profiles with KMS UIDs)? */
bool tg_ticket_allows(const tg_profile *profile, const tg_ticket *ticket, const tg_identity *responder);

#ifdef __cplusplus
}
#endif
#endif
