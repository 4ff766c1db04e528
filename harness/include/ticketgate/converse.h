/* converse: the three roles (roles.h) run against each other by a plan, each of them by somebody else where a party takes
 * its place, and what came of it: a made conversation. No I/O, no clock, no heap but for RSA keys.
 */
#ifndef TICKETGATE_CONVERSE_H
#define TICKETGATE_CONVERSE_H

#include "ticketgate/roles.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- somebody else in a role's place -------------------------------------------------------------------------- */

/* What a party did with a call. */
#define TG_MAX_PARTY_OUTGOING 4
typedef struct tg_party_reply {
    enum { TG_PARTY_ACCEPTED, TG_PARTY_REJECTED, TG_PARTY_BROKE_DOWN } outcome;
    struct {
        tg_sender to;
        tg_bytes octets; /* until the next call */
    } out[TG_MAX_PARTY_OUTGOING];
    size_t num_out;
    bool established;
} tg_party_reply;

/* The configuration that the role itself would have had: that of `who`. */
typedef struct tg_party_setup {
    tg_sender who;
    const struct tg_plan *plan;
    const tg_initiator_config *i;
    const tg_responder_config *r;
    const tg_kms_config *k;
} tg_party_setup;

/* Takes the place of a role in tg_converse, such as an implementation under test. A status other than TG_OK breaks the
 * conversation off; what happened so far is kept. */
typedef struct tg_party {
    void *user;
    tg_status (*open)(void *user, const tg_party_setup *setup);
    /* `what` as in iut.h: "request", "transfer", "update" */
    tg_status (*start)(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                       tg_party_reply *reply);
    tg_status (*receive)(void *user, tg_sender from, tg_bytes octets, uint64_t now, tg_party_reply *reply);
} tg_party;

/* A message on its way; the hook may change octets (to others that live as long as the conversation) and how often it
 * arrives: 0 lost, 2 repeated. */
typedef struct tg_letter {
    size_t sent; /* index of the message */
    tg_sender from, to;
    const char *ex;
    tg_bytes octets;
    unsigned times;
} tg_letter;

/* ---- made conversations ------------------------------------------------------------------------------------- */

typedef struct tg_planned_update {
    tg_sender from;  /* I or R */
    bool response, with_key;
} tg_planned_update;

/* Who is who and what they share, where that is given, such as by the deployment of a KMS that runs already. What is not
 * known of it (an identity; empty octets; NULL) the conversation does without: without IDRpsk, without a look into tickets.
 * Everything is the caller's, and must outlive what was made. */
typedef struct tg_given_cast {
    tg_identity i, r, kms;
    tg_identity kms_r;                 /* the Responder's KMS where there are two */
    tg_identity b_tid_i, b_tid_r;      /* IDRpsk */
    tg_bytes psk_i, psk_r, psk_kms, tpk;
    const tg_pk *rsa_i, *rsa_r, *rsa_kms;
    tg_pk *const *trust;
    size_t num_trust;
    const tg_subscriber_source *subscribers; /* NULL: i and r, with these keys */
} tg_given_cast;

#define TG_MAX_PLANNED_UPDATES 8
typedef struct tg_plan { /* zero what is not wanted */
    const tg_profile *profile;
    int mode;                   /* 1 to 4 (4.1.1) */
    bool pk_request, pk_resolve;
    bool two_kms;               /* section 10: the Responder's KMS asks the Initiator's */
    tg_suite suite;
    bool has_flags;
    uint16_t flags;             /* without `has_flags`: what suits profile and mode */
    bool has_keys;              /* without: what suits the profile */
    tg_key_plan keys[TG_MAX_PLANNED_KEYS];
    size_t num_keys;
    size_t num_streams;         /* m-lines: an SRTP one has two crypto sessions; 0: 1 */
    bool initiator_key, responder_key; /* a KEMAC in TRANSFER_INIT (L), in TRANSFER_RESP (M) */
    tg_planned_update updates[TG_MAX_PLANNED_UPDATES];
    size_t num_updates;
    size_t num_reuses;
    bool resolve_each_time;
    /* who refuses, by policy */
    enum { TG_PLAN_NO_ERROR, TG_PLAN_ERROR_REQUEST, TG_PLAN_ERROR_TRANSFER, TG_PLAN_ERROR_RESOLVE } error;
    bool plain_errors;
    uint8_t ts_type;
    bool leave_out_ids;
    tg_bytes sdp_ids;           /* as in tg_initiator_config */
    tg_bytes seed;
    uint64_t now;               /* 64-bit NTP; 0: 2026-05-30 12:00:00 UTC */
    tg_bytes rsa_i, rsa_r, rsa_kms, trust; /* PEM, for the PK variants: private keys with certificates */
    const tg_given_cast *cast;  /* NULL: built-in names, and secrets drawn from the seed. Else the PEM are not used, and
                                 * the seed must be a fresh one: whoever has these keys too may keep a replay cache */
    const tg_deviation *deviation;
    /* In the place of the role of `stands_for` (of the two KMSs: the Responder's, with `of_i` the Initiator's); what it
     * sends is not subject to `deviation`. NULL: nobody. */
    const tg_party *party;
    tg_sender stands_for;
    bool of_i;
    void (*deliver)(void *user, tg_letter *letter); /* before a message arrives; NULL: each arrives once */
    void *deliver_user;
} tg_plan;
/* A plan that keeps every rule, SHOULDs too, of a built-in profile ("rfc6043", "ims-media", ...). False for an unknown
 * profile or mode, and for modes 2 and 4 of a profile that always forks keys: without a KMS nobody could. */
bool tg_plan_default(const char *profile, int mode, tg_plan *out);

/* A plan in which a deviation shows: the default of its profile, with what it needs, and with the deviation in it. With
 * TG_NEEDS_PK the RSA keys are the caller's to add. False when there is none. */
bool tg_deviation_plan(const tg_deviation *deviation, tg_plan *out);

typedef struct tg_conversation_made {
    tg_known known;      /* identities, secrets, subscribers, now: what a judge needs */
    bool keys_are_given; /* its RSA keys are those of a given cast */
    const tg_sent *sent;
    size_t num_sent;
    const struct tg_delivery {
        size_t sent;
        tg_sender to;
        tg_bytes octets;    /* what arrived: those sent, unless `deliver` changed them */
        bool by_party;      /* it arrived at the party */
        bool accepted;
        tg_refusal refusal; /* of a role; a party's reason is its own to tell */
        bool established;   /* the receiver, after it */
    } *deliveries;          /* in order */
    size_t num_deliveries;
    bool party_broke_down;  /* the conversation ended there */
    tg_status broken_off;   /* with a party or `deliver`: what else ended it before its time, such as a bound; else TG_OK */
    bool finished;       /* every exchange of the plan ended as planned (with a deviation it may not) */
    tg_refusal refusal;  /* else: the first refusal */
    const tg_requirement *broken;
    tg_sender refused_by;
} tg_conversation_made;
/* Runs the three roles against each other. Everything is in the arena, RSA keys excepted: they are freed with
 * tg_conversation_made_free. TG_REFUSED for a plan that contradicts itself (update with keys and L=0, ...). */
TG_NODISCARD tg_status tg_converse(tg_crypto *crypto, const tg_plan *plan, tg_arena *arena, tg_conversation_made *out);
void tg_conversation_made_free(tg_conversation_made *made);

#ifdef __cplusplus
}
#endif
#endif
