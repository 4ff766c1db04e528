/* A plan and what it takes to run it. Private to the room. */
#ifndef TICKETGATE_ROLES_CONVERSE_H
#define TICKETGATE_ROLES_CONVERSE_H

#include "role.h"
#include "ticketgate/converse.h"

/* ---- plan.c ------------------------------------------------------------------------------------------------- */

/* Who is who in made conversations, and their secrets. */
typedef struct tg_cast {
    tg_identity i, r, kms, kms_r, b_tid_i, b_tid_r; /* kms_r: the Responder's KMS where there are two */
    tg_bytes psk_i, psk_r, psk_kms, tpk;
    tg_subscriber subscribers[2];
    tg_bytes uids[2];
    tg_subscriber_list list;
    tg_subscriber_source source;
    const tg_pk *rsa_i, *rsa_r, *rsa_kms;
    tg_pk *own_trust; /* where it is made here */
    tg_pk *const *trust;
    size_t num_trust;
    bool given; /* by the plan: it is not freed here */
} tg_cast;
TG_NODISCARD tg_status tg_cast_for(tg_crypto *crypto, const tg_plan *plan, const tg_random *random, tg_arena *arena,
                                   tg_cast *out);
void tg_cast_free(tg_cast *cast);

/* Ticket Policy and Ticket Transfer plans for both sides, in the arena. */
typedef struct tg_script {
    tg_ticket_policy policy;
    tg_transfer_plan offer, answer, update_i, update_r, update_answer;
    const tg_security_policy *supported;
    size_t num_supported;
    const tg_m_line *m_lines;
    size_t num_m_lines;
} tg_script;
TG_NODISCARD tg_status tg_script_for(const tg_plan *plan, const tg_cast *cast, tg_arena *arena, tg_script *out);

/* ---- actors.c: who takes part, a role or the party of the plan ----------------------------------------------- */

typedef struct tg_actor {
    tg_sender who;
    tg_role *role;         /* NULL: the party */
    const tg_party *party; /* NULL: the role, or nobody */
    bool broke_down;       /* the party */
    /* What a party is known to have: what it said itself, since the exchange began. */
    bool granted, established, answered; /* accepted REQUEST_RESP; said so; accepted a TRANSFER_RESP */
} tg_actor;

static inline bool tg_actor_is_there(const tg_actor *actor)
{
    return actor && (actor->role || actor->party);
}

/* What came of a call. */
typedef struct tg_act {
    tg_outgoing out[TG_MAX_PARTY_OUTGOING]; /* `ex` NULL where a party sends: it speaks of no exchanges */
    size_t num_out;
    bool refused;
    tg_refusal refusal; /* of a role; NONE of a party */
    const tg_requirement *broken;
} tg_act;

/* `what` as in tg_party. A party that breaks down: TG_REFUSED, and its `broke_down`. */
TG_NODISCARD tg_status tg_actor_start(tg_actor *actor, const char *what, const tg_transfer_plan *update, uint64_t now,
                                      tg_act *out);
TG_NODISCARD tg_status tg_actor_receive(tg_actor *actor, tg_sender from, tg_bytes octets, uint64_t now, tg_act *out);
/* Has an Initiator its ticket; have Initiator and Responder their keys, and is nothing awaited? */
bool tg_actor_has_ticket(const tg_actor *actor);
bool tg_actor_is_established(const tg_actor *actor);
bool tg_actor_has_keys(const tg_actor *actor); /* also while an update waits for its answer */

/* ---- casting.c: each actor with its configuration -------------------------------------------------------------- */

typedef struct tg_runner {
    tg_crypto *crypto;
    const tg_plan *plan;
    tg_arena *arena; /* for what the caller gets */
    tg_cast *cast;
    tg_script script;
    tg_actor i, r, k, k_of_i;     /* k: the Responder's KMS; k_of_i: the Initiator's, there only where it is another */
    tg_initiator_config config_i; /* the party's may point to them as long as the conversation runs */
    tg_responder_config config_r;
    tg_kms_config config_k, config_k_of_i;
    tg_seeded_random random[4];
    const char *ex; /* of the exchange that the plan is at */
    tg_sent *sent;
    size_t num_sent;
    struct tg_delivery *deliveries;
    size_t num_deliveries;
    uint64_t now;
    tg_conversation_made *made;
    bool refused; /* anything, by anybody */
} tg_runner;

TG_NODISCARD tg_status tg_cast_actors(tg_runner *run, tg_arena memories[4]);

/* ---- letters.c -------------------------------------------------------------------------------------------------- */

#define TG_MAX_SENT 128
#define TG_MAX_DELIVERIES 256
#define TG_STEP ((uint64_t)1 << 32) /* a second a message */
/* Delivers what `who` sent and everything that follows from it. TG_TOO_LARGE: there is no end to it. */
TG_NODISCARD tg_status tg_deliver_all(tg_runner *run, tg_actor *who, const tg_act *first);

#endif
