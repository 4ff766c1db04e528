/* What the actors share: legs, and the call that runs. Private to the room. */
#ifndef TICKETGATE_SERVICE_LEG_H
#define TICKETGATE_SERVICE_LEG_H

#include "ticketgate/service.h"

#define TRY(call) TG_TRY(call)

#define TG_UID_MAX 512 /* octets of an identity that a leg can have; RFC 6043 allows 65535 */
#define TG_FINDINGS_KEPT 32
#define TG_LEG_KEYS_MAX                                                                                                \
    (4 * TG_SERVICE_MAX_SESSIONS) /* TEKs of a leg that are told apart from others, updates included */

/* ---- identities (identity.c) -------------------------------------------------------------------------------- */

/* An identity of one's own. */
typedef struct tg_kept_identity {
    tg_identity id; /* data points to `octets` */
    uint8_t octets[TG_UID_MAX];
} tg_kept_identity;
/* False when it is too long; then nothing is known. `id` may be NULL or not known. */
bool tg_keep_identity(tg_kept_identity *kept, const tg_identity *id);
tg_identity tg_leg_identity(const tg_idr *idr); /* NULL: not known */
/* Is it a KMS UID: user@domain without a wildcard, of type NAI or URI? */
bool tg_is_kms_uid(const tg_identity *id);
/* Do both name the same user? Of KMS UIDs, the domain is compared without case. */
bool tg_same_user(const tg_identity *a, const tg_identity *b);
/* Does the UID match one of the UIDs and groups? */
bool tg_is_in(const tg_identity *id, const tg_bytes *groups, size_t num);
bool tg_names_group(const tg_identity *id); /* with a wildcard */

/* ---- a leg -------------------------------------------------------------------------------------------------- */

typedef struct tg_leg {
    tg_leg_info info;
    tg_service *service;
    size_t index;
    tg_role *role;             /* NULL: none yet, or relayed */
    tg_arena memory;           /* the role's, all of it */
    const tg_profile *profile; /* NULL: the service's */
    uint8_t *held;             /* room for a TRANSFER_RESP that waits */
    size_t held_len, held_size;
    const char *held_ex;
    uint64_t held_since;
    bool holds;        /* what it answers to the Initiator is held back until it is released or withdrawn */
    bool subscription; /* SUBSCRIBE and NOTIFY, not a call */
    tg_kept_identity called, expected, peer;
    /* What the hooks of the role have said in this call; it counts when the role accepts. */
    bool was_asked;
    tg_reason asked, asked_warning;
    tg_reason later; /* why it is refused once it is established */
    tg_kept_identity claimed, claimed_called;
    uint8_t (*keys)[32]; /* hashes of its TEKs (a focus) */
    size_t num_keys;
} tg_leg;

/* What is asked of an actor about a leg. Each may be NULL; NONE: go on. */
typedef struct tg_actor {
    /* Of TRANSFER_INIT, before the KMS is contacted. `peer`: IDRi of the ticket. */
    tg_reason (*admit)(tg_leg *leg, const tg_message *transfer_init, const tg_ticket *ticket, const tg_identity *peer);
    tg_reason (*granted)(tg_leg *leg, const tg_ticket *ticket);
    /* Of TRANSFER_RESP. `peer`: its IDRr. */
    tg_reason (*answered)(tg_leg *leg, const tg_message *transfer_resp, const tg_identity *peer);
    tg_reason (*again)(tg_leg *leg); /* before a further Ticket Transfer */
    /* The leg has (new) keys; its answer, if there is one, is still held back. */
    tg_status (*keyed)(tg_leg *leg, tg_reason *reason);
    /* The leg is not what it was; `before` the call. */
    tg_status (*changed)(tg_leg *leg, tg_leg_state before);
    bool frees_refused;
} tg_actor;

struct tg_service {
    tg_service_config config;
    tg_profile profile;
    const tg_actor *actor;
    tg_leg *legs;
    size_t num_legs;
    tg_arena outbox;           /* what lives for one call */
    tg_service_result *result; /* of the call that runs */
    uint64_t now;
    union {
        tg_ue_config ue;
        tg_focus_config focus;
        struct {
            tg_server_config config;
            bool begun, finished;
            size_t num_receivers;
            const tg_transfer_plan *plan;
            tg_transfer_plan mirrored;
            tg_arena mirror; /* what the mirrored plan points to */
        } server;
    } of;
};

/* ---- outbox.c ----------------------------------------------------------------------------------------------- */

TG_NODISCARD tg_status tg_leg_put(tg_leg *leg, tg_sender to, const char *ex, tg_bytes octets);
TG_NODISCARD tg_status tg_leg_hold(tg_leg *leg, const tg_outgoing *out);
void tg_leg_drop_out(tg_leg *leg); /* what this call has put in for the leg */
/* The role's judgement may go before this call of the service has ended. NULL: none. */
TG_NODISCARD tg_status tg_service_keep_judgement(tg_service *service, const tg_judgement *judgement);

/* ---- service.c ---------------------------------------------------------------------------------------------- */

/* `extra`: octets of the arena that the actor itself wants; *extra_memory is set. */
TG_NODISCARD tg_status tg_service_new(const tg_service_config *config, const tg_actor *actor, size_t extra,
                                      tg_arena *extra_memory, tg_service **out);
/* Begins a call: the result, and what the last one left is wiped. */
void tg_service_begin(tg_service *service, uint64_t now, tg_service_result *result);
/* Ends it: fills the result for the leg it was about (NULL: none). */
void tg_service_finish(tg_service *service, tg_leg *leg);
/* The call is refused without a leg. */
void tg_service_refuse(tg_service *service, tg_reason reason);

tg_leg *tg_leg_find(tg_service *service, size_t index); /* NULL: not there or free */

/* ---- leg.c: roles, and what becomes of what they answer ----------------------------------------------------- */

/* A free leg, made ready; NULL when there is none. */
tg_leg *tg_leg_open(tg_service *service);
void tg_leg_reset(tg_leg *leg); /* wipes it; it is free */
/* A refusal by this actor; sends nothing. */
void tg_leg_refuse(tg_leg *leg, tg_reason reason);

/* What a Responder of this actor's supports and answers. */
typedef struct tg_leg_answers {
    const tg_security_policy *supported;
    size_t num_supported;
    tg_transfer_plan plan;
    bool resolve_each_time;
} tg_leg_answers;
/* Makes the leg's role the Responder's. */
TG_NODISCARD tg_status tg_leg_respond(tg_leg *leg, const tg_leg_answers *answers);
/* All of a call in which somebody calls this actor: a free leg, its role, what it says to TRANSFER_INIT. `prepare` is asked for the leg before. */
TG_NODISCARD tg_status tg_leg_accept(tg_service *service, tg_bytes transfer_init, const tg_identity *caller,
                                     const tg_leg_answers *answers, void (*prepare)(tg_leg *leg));
/* Makes the leg's role the Initiator's, and asks for a ticket. `policy` is completed: IDRi, IDRkms, validity, and IDRr where it has none. */
TG_NODISCARD tg_status tg_leg_initiate(tg_leg *leg, const tg_identity *called, const tg_ticket_policy *policy,
                                       const tg_transfer_plan *plan);
TG_NODISCARD tg_status tg_leg_receive(tg_leg *leg, tg_sender from, tg_bytes octets);
TG_NODISCARD tg_status tg_leg_transfer(tg_leg *leg);
TG_NODISCARD tg_status tg_leg_update(tg_leg *leg, const tg_transfer_plan *plan);
/* Of a held leg: sends its answer. */
TG_NODISCARD tg_status tg_leg_release(tg_leg *leg);
/* Of a held or established leg: what it accepted last is refused after all, with an Error to the other side. */
TG_NODISCARD tg_status tg_leg_withdraw(tg_leg *leg, tg_reason reason);

#endif
