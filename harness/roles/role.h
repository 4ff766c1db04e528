/* What the roles share. Private to the room. */
#ifndef TICKETGATE_ROLES_ROLE_H
#define TICKETGATE_ROLES_ROLE_H

#include "make.h"

/* ---- policy.c, replay.c, refuse.c --------------------------------------------------------------------------- */

/* Does the granted policy differ from the one asked for, so that K is 1 (6.10, A22)? */
bool tg_policy_is_changed(const tg_tp *asked, const tg_ticket *granted, const tg_ticket_policy *asked_plan,
                          const tg_key_plan *keys, size_t num_keys);

/* Before authentication: did it come before? `peer` stands for who sent it, for counters. */
tg_refusal tg_replay_check(tg_replay_cache *cache, const uint8_t hash[32], const uint8_t peer[32], const tg_t *t,
                           uint64_t now);
/* After it. */
tg_refusal tg_replay_remember(tg_replay_cache *cache, const uint8_t hash[32], const uint8_t peer[32], const tg_t *t,
                              uint64_t now, uint32_t skew);

/* Who counts, however he spells his name: a subscriber by what the KMS calls him, else the KMS UIDs in the message. */
TG_NODISCARD tg_status tg_replay_peer(const tg_role *role, const tg_message *message, tg_bytes *out);

/* Why a message that does not parse is refused. */
tg_refusal tg_refusal_of_parse(const tg_diag *diag);
/* Of the rows that a judgement found: the refusal that comes first in tg_refusal, NONE when a receiver may go on; *row
 * is the one behind it. `strict` rows are refused although a receiver may choose: what is wrong with time, identities
 * and tickets. */
tg_refusal tg_refusal_of_findings(const tg_role *role, const tg_judgement *judgement, const tg_requirement **row);
bool tg_judgement_has(const tg_judgement *judgement, const char *id);

/* ---- careless.c: what a role that is wrong on purpose does (tg_deviation) ------------------------------------------ */

bool tg_is_careless(const tg_role *role, uint32_t bit);
/* Is it blind to this row? */
bool tg_role_overlooks(const tg_role *role, const char *id);
/* Has the KEMAC given keys, or is the role content without? */
bool tg_kemac_is_good(const tg_role *role, const tg_judgement *judgement);
/* The row that it rejects for although receivers ignore it; NULL: none. */
const tg_requirement *tg_overreaction(const tg_role *role, const tg_judgement *judgement);
/* What it refuses although nothing is wrong with it. */
tg_refusal tg_fussiness(const tg_role *role, const tg_message *message);
/* The octets as it reads them. */
TG_NODISCARD tg_status tg_as_received(tg_role *role, tg_bytes *octets);

/* ---- the state ---------------------------------------------------------------------------------------------- */

typedef struct tg_pending {
    bool used;
    tg_bytes request;   /* octets of the RESOLVE_INIT of the Responder */
    tg_bytes forwarded; /* and of the one sent for it */
    uint64_t since;
} tg_pending;

/* R: a TRANSFER_INIT that waits for the KMS, and the RESOLVE_INIT sent for it. Anybody may have sent it: it stands beside
 * the history, its octets at the far end of the pool, until it has proved good. */
typedef struct tg_candidate {
    bool used;
    tg_sent init, request;
    size_t reserved; /* octets of the pool */
    unsigned num_transfers;
    uint32_t guard_ticket;
    tg_role_state before; /* of the session that goes on meanwhile */
    uint8_t env_key[64];  /* of that session */
    size_t env_key_len;
} tg_candidate;

/* A KEMAC key and IV, for as long as the role may use what that key was derived from. */
typedef struct tg_guard_entry {
    uint8_t hash[32];
    uint32_t ticket; /* number of the ticket in whose exchanges it was used */
} tg_guard_entry;

#define TG_MAX_THEIRS 256

struct tg_role {
    tg_role_config c;
    tg_profile profile;
    tg_sender who;
    tg_role_state state;
    size_t scratch; /* where in the arena what lives for one call begins */
    tg_conversation *conversation;
    tg_result *result; /* of the call that runs */
    uint64_t now;

    tg_sent *history; /* accepted and sent; octets in the pool */
    size_t num_history;
    uint8_t *pool;
    size_t pool_size, pool_used;
    size_t session; /* history from here on is of this session; what is before is of the one that it replaces */
    size_t drop;    /* so much of it goes when the next call begins: results point into it until then */
    uint64_t since; /* when the state was entered that waits for an answer */
    tg_candidate candidate;
    bool with_candidate; /* it is replayed too; in this call */

    uint64_t last_t;                /* of what was sent, so that each T is new */
    uint32_t last_counter;          /* COUNTER of what was sent */
    uint32_t theirs[TG_MAX_THEIRS]; /* and of what was received: as many as a session has messages */
    size_t num_theirs, next_theirs;
    uint8_t env_key[64];
    size_t env_key_len;
    tg_guard_entry *guard; /* of each KEMAC key and IV that was used (A39) */
    size_t num_guard, max_guard;
    uint32_t guard_ticket, guard_now; /* of which ticket the history is, and what is used in this call */
    uint32_t guard_last;              /* so that each ticket has a number of its own */
    unsigned num_updates, num_transfers;
    const char *ex; /* of the exchange that runs */
    struct {
        bool used;
        uint64_t order;
    } errors[TG_TS_NTP_UTC_32 + 1]; /* T of the last authentic Error of the other side, of each type */

    union {
        tg_initiator_config i;
        tg_responder_config r;
        tg_kms_config k;
    } of;
    tg_bytes own_ticket; /* I, modes 3 and 4: the TICKET payload; keys of it below */
    tg_bytes own_mpki, own_mpkr;
    tg_pending *pending; /* K */

    /* What came: fills the result. */
    tg_status (*receive)(tg_role *role, tg_sender from, tg_bytes octets);
};

/* ---- role.c ------------------------------------------------------------------------------------------------- */

TG_NODISCARD tg_status tg_role_new(const tg_role_config *config, tg_sender who, tg_role **out);
void tg_role_begin(tg_role *role, uint64_t now, tg_result *result);
/* What the role knows of itself. */
void tg_role_known(const tg_role *role, tg_known *out);
/* A new conversation with the history in it, and what that establishes. `known`: NULL for the role's own. */
TG_NODISCARD tg_status tg_role_replay(tg_role *role, const tg_known *known, tg_established *out);
/* Likewise, and the judgement of one message more. */
TG_NODISCARD tg_status tg_role_judge(tg_role *role, const tg_known *known, const tg_sent *sent,
                                     const tg_judgement **out);
/* NONE when the role may go on with what was judged. `unresolved`: a TRANSFER_INIT whose MAC nobody can check yet. */
tg_refusal tg_role_verdict(tg_role *role, const tg_judgement *judgement, bool unresolved);
TG_NODISCARD tg_status tg_role_remember(tg_role *role, const tg_sent *sent);
/* Puts a message in the outbox; with `keep` in the history too. */
TG_NODISCARD tg_status tg_role_send(tg_role *role, tg_sender to, const char *ex, tg_bytes octets, bool keep);
void tg_role_forget(tg_role *role, size_t from);
/* May so many messages still come into the history? What a candidate will need is kept for it. */
bool tg_role_has_room(const tg_role *role, size_t num);
/* The state of the session that goes on, also while another ticket is resolved. */
tg_role_state tg_role_session_state(const tg_role *role);
void tg_role_set_session_state(tg_role *role, tg_role_state state);
tg_maker tg_role_maker(tg_role *role);
const char *tg_ex_name(const char *kind, unsigned n); /* "update", 3: "update3"; static, NULL from 64 on */

/* The T that is sent now: of the type given, never the same twice, nor `not_this`. False: there is no COUNTER left. */
bool tg_role_timestamp(tg_role *role, uint8_t ts_type, const tg_t *not_this, uint8_t out[8], size_t *len);
/* Likewise, with the type of what is answered. TG_REFUSED in the chain: there is no COUNTER left. */
void tg_add_now(tg_chain_maker *c, tg_role *role, const tg_message *answered);
tg_bytes tg_role_rand(tg_role *role, size_t at_least, tg_status *status);
TG_NODISCARD tg_status tg_role_csb_id(tg_role *role, uint32_t *out); /* of a new bundle */

/* What is used from now on in this call belongs to another ticket. */
uint32_t tg_guard_new_ticket(tg_role *role);
/* A KEMAC key and IV: TG_REFUSED when they were used before. */
TG_NODISCARD tg_status tg_guard_use(tg_role *role, tg_bytes encr_key, tg_bytes iv, bool sending);

/* Parses, and checks what can be checked before a key is used: size, form, data type, replay. NONE: go on. */
TG_NODISCARD tg_status tg_role_open(tg_role *role, tg_bytes octets, tg_message **out, tg_refusal *refusal);
TG_NODISCARD tg_status tg_role_remember_replay(tg_role *role, const tg_message *message, tg_refusal *refusal);
/* Refuses what came: the result, and the Error where one is sent. `message` NULL when it did not parse; `judgement` of
 * it, or NULL. */
TG_NODISCARD tg_status tg_role_refuse(tg_role *role, tg_sender to, tg_bytes octets, const tg_message *message,
                                      const tg_judgement *judgement, tg_refusal refusal);
/* An Error that came. */
TG_NODISCARD tg_status tg_role_receive_error(tg_role *role, tg_sender from, tg_bytes octets, const char *ex);

/* ---- request.c ---------------------------------------------------------------------------------------------- */

/* What REQUEST_INIT and RESOLVE_INIT share, PSK and PK: HDR, T, RANDR, the identity, credentials, protection. */
typedef struct tg_kms_request {
    const char *ex;
    bool pk;
    uint8_t data_type_psk, data_type_pk, id_role, rand_role;
    tg_suite suite;
    tg_identity self, kms, psk_id;
    tg_bytes psk;
    const tg_tp *tp; /* one of them */
    const tg_ticket *ticket;
} tg_kms_request;
TG_NODISCARD tg_status tg_send_kms_request(tg_role *role, const tg_kms_request *request, bool keep);
bool tg_role_same_ticket(const tg_ticket *a, const tg_ticket *b);
size_t tg_longest_key(const tg_payload *keys);

/* ---- transfer.c --------------------------------------------------------------------------------------------- */

/* MPK, label and RANDs of updates (5.2, A13), from what is established. */
void tg_update_protection(const tg_role *role, const tg_established *e, uint8_t data_type, tg_protection *out);
/* Where SPIs come from: the message's own KEMAC, a ticket just made, or what is established. */
typedef struct tg_spi_source {
    const tg_payload *own, *made;
    const tg_established *e;
} tg_spi_source;
/* The map of a plan. With `offered` a response: its sessions completed as 4.2.2.3 wants, then what the plan adds. */
TG_NODISCARD tg_status tg_make_map(tg_role *role, const tg_transfer_plan *plan, const tg_message *offered,
                                   const tg_spi_source *spis, tg_map *out);
/* TLS, PSK S/MIME, Application Specific: no SP, and #P is 0, but for what tls_policies says of responses (A17). */
bool tg_has_no_policies(const tg_role *role, uint8_t prot_type);
/* Algorithms for an answer: the family of the PRF, the MAC of the message answered. */
tg_suite tg_suite_for(const tg_role *role, const tg_message *message);
TG_NODISCARD tg_status tg_receive_update(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message);
TG_NODISCARD tg_status tg_receive_update_response(tg_role *role, tg_sender from, tg_bytes octets,
                                                  const tg_message *message);
bool tg_is_update(const tg_message *message);
/* Adds the key and IV of a KEMAC received to the guard. */
TG_NODISCARD tg_status tg_guard_received(tg_role *role, const tg_judgement *judgement);
TG_NODISCARD tg_status tg_protect_and_send(tg_role *role, tg_making *making, const tg_protection *how, tg_sender to,
                                           bool keep);
const tg_sp *tg_find_sp(const tg_message *message, uint8_t policy_no);
tg_identity tg_identity_in(const tg_message *message, uint8_t id_role, const tg_identity *otherwise);
bool tg_has_flag(const tg_message *with_ticket, char flag);
/* Which of the policies offered for a crypto session is the first that a Responder supports; NULL: none. */
const tg_sp *tg_supported_sp(const tg_responder_config *r, const tg_message *message, const tg_generic_cs *cs);

#endif
