/* service: the actors of the 3GPP contributions, made of the roles (roles.h): an IMS UE with its local policy, a list server and an
 * application server that stand between two users, a conference focus with its notification service. What they know here is MIKEY; the
 * bodies and TLS connections that they protect anew are their owner's, who gets the TEKs of every leg (tg_service_keys).
 *
 * A service has *legs*. A leg is one run of MIKEY-TICKET between this actor and one other party, with a role of this actor's in it:
 * Initiator or Responder, and with the KMS. Every message belongs to a leg. Bytes, identities of the signalling, time go in; messages,
 * reasons and findings come out. No I/O, no clock, no heap. Numbers in brackets are clauses of TS 33.328, with "TR" of TR 33.829.
 *
 * What can be refused without a key is refused before the KMS is asked (RFC 6043 4.2.2.2, 12.3); and nothing is asked for or made on
 * behalf of a caller before he is authenticated.
 */
#ifndef TICKETGATE_SERVICE_H
#define TICKETGATE_SERVICE_H

#include "ticketgate/roles.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_service tg_service;

/* ---- why ---------------------------------------------------------------------------------------------------- */

/* Why an actor refuses, beyond what its role refuses for. X(symbol, refusal (it gives the Error), catalogue row or "", text). */
#define TG_REASONS(X)                                                                                                  \
    X(NONE, NONE, "", "")                                                                                              \
    X(ROLE, NONE, "", "the role refused it: see the refusal and the row")                                              \
    X(PEER, PEER_ERROR, "", "the other side of the leg refused")                                                       \
    X(TRANSPORT, NONE, "", "the signalling ended the leg")                                                             \
    X(NOT_MIKEY_TICKET, PARSE, "", "no TRANSFER_INIT that can be read")                                                \
    X(TOO_MANY_LEGS, POLICY, "", "as many legs as this service has are in use")                                        \
    X(TOO_MANY_SESSIONS, POLICY, "", "more crypto sessions or security policies than this service handles")            \
    X(OFF, POLICY, "", "the user does not use the KMS based solution")                                                 \
    X(LOCKED, POLICY, "", "the user has not unlocked the KMS based solution")                                          \
    X(INITIATOR, POLICY, "", "the local policy does not accept this Initiator or this KMS")                            \
    X(NOT_OF_KMS, TICKET, "", "the local policy does not accept tickets that the Initiator made")                      \
    X(NO_FORKING, TP_PARAM, "TS33328-6.2.3.6-01", "without key forking nobody is authenticated")                       \
    X(REUSABLE, TP_PARAM, "", "the local policy does not allow reusable tickets")                                      \
    X(GROUP, TP_PARAM, "", "the local policy does not allow tickets for this group")                                   \
    X(DIVERTED, ID, "", "the call is for somebody else")                                                               \
    X(INTERMEDIARY, ID, "", "the other end of the keys is not the party that the signalling names")                    \
    X(NO_IDENTITY, ID, "", "the Initiator is not named by a KMS UID in the ticket")                                    \
    X(TWO_IDENTITIES, ID, "", "message, ticket and signalling do not name the same user")                              \
    X(NOT_RESOLVER, ID, "RFC6043-4.2.3.4-x01", "the ticket does not allow this server to resolve it")                  \
    X(RECEIVER, ID, "", "the receiver may not resolve the ticket, and is left out")                                    \
    X(NO_RECEIVER, POLICY, "", "no receiver answered")                                                                 \
    X(NOT_PARTICIPANT, ID, "TS33328-G.3.2-02", "not an authorised participant of the conference")                      \
    X(NOT_SUBSCRIBER, ID, "TS33328-G.3.3-01", "the sender of the SUBSCRIBE is not an authorised participant")          \
    X(OTHER_CONFERENCE, ID, "", "the exchange is for another conference")                                              \
    X(SHARED_KEY, POLICY, "TS33328-G.1-01", "a key that another participant or media stream has already")              \
    X(CALLER, NONE, "", "the exchange with the caller failed")                                                         \
    X(ONCE, POLICY, "", "this server takes one Ticket Transfer, and that was before")                                  \
    X(TOO_LATE, POLICY, "", "the further exchanges took longer than the clock skew that is allowed")
typedef enum tg_reason {
#define TG_REASON_ENUM(symbol, refusal, id, text) TG_REASON_##symbol,
    TG_REASONS(TG_REASON_ENUM)
#undef TG_REASON_ENUM
} tg_reason;
tg_refusal tg_reason_refusal(tg_reason reason);
const tg_requirement *tg_reason_requirement(tg_reason reason); /* NULL: no row says it */
const char *tg_reason_text(tg_reason reason);                  /* holds nothing of the message and no key */

/* ---- legs --------------------------------------------------------------------------------------------------- */

#define TG_SERVICE_MAX_LEGS 64
#define TG_SERVICE_LEGS_DEFAULT 8
#define TG_SERVICE_MAX_SESSIONS 16 /* crypto sessions of a leg; likewise security policies */
#define TG_NO_LEG SIZE_MAX

typedef enum tg_leg_state {
    TG_LEG_FREE,        /* no such leg, or it has ended */
    TG_LEG_RUNNING,     /* an answer is awaited */
    TG_LEG_HELD,        /* it has its keys; its TRANSFER_RESP waits for the further legs */
    TG_LEG_ESTABLISHED, /* it has its keys */
    TG_LEG_RELAYED,     /* the message went to this receiver as it came; there is nothing more to do */
    TG_LEG_REFUSED      /* by this side or the other. In a UE and a focus the leg is free with the next call */
} tg_leg_state;

typedef struct tg_leg_info {
    tg_leg_state state;
    bool initiates;       /* the role of this actor is the Initiator's */
    tg_identity called;   /* Identity_r of TRANSFER_INIT, where it is known */
    tg_identity expected; /* whom the signalling names as the other end; not known: it named nobody */
    tg_identity peer;     /* whom the keys are shared with: IDRi of the ticket, IDRr of TRANSFER_RESP. Authenticated from TG_LEG_HELD on */
    bool hop_by_hop;      /* peer is known and is not whom one expected: a diverted call or a server in between [TR 8.3.1.2] */
    tg_reason reason;     /* of the refusal */
    tg_reason warning;    /* what the user is to be warned of, or NONE */
    tg_refusal refusal;
    int error_no;         /* of the Error sent or received; -1: none */
    bool error_authentic;
    const tg_requirement *broken;
} tg_leg_info;
/* Views into the service, until the leg ends. A leg that is not there is TG_LEG_FREE. */
tg_leg_info tg_service_leg(const tg_service *service, size_t leg);

typedef struct tg_leg_outgoing {
    size_t leg;
    tg_sender to; /* in that leg */
    const char *ex;
    tg_bytes octets;
} tg_leg_outgoing;

/* What a call gave. Everything in it lives until the next call of the service. */
#define TG_SERVICE_MAX_OUTGOING (TG_SERVICE_MAX_LEGS + TG_MAX_OUTGOING)
typedef struct tg_service_result {
    tg_leg_outgoing out[TG_SERVICE_MAX_OUTGOING];
    size_t num_out;
    size_t leg;                    /* that the call was about; TG_NO_LEG: none */
    tg_leg_info info;              /* of that leg, after the call; also where the leg is free again */
    bool accepted;                 /* what came, or was wanted, is accepted; else `info` says why not */
    /* Of the message that came: outcomes and findings (the first 32); `message`, `keys` and `derived` are empty. NULL when it was refused
     * before. */
    const tg_judgement *judgement;
} tg_service_result;

/* What every service is given. */
typedef struct tg_service_config {
    /* Identity, keys and algorithms of the actor. The arena is for the service alone: an eighth is for what lives for one call,
     * the rest is divided among the legs: 1 MB for each is plenty. `self` is its KMS UID. */
    tg_role_config role;
    size_t max_legs;   /* 0: the default */
    uint32_t validity; /* seconds from now that are asked for in tickets (TRs, TRe); 0: what the ticket policies say */
} tg_service_config;

/* Takes a message from I, R or K of a leg (as the transport says). A leg stays with the Initiator that it began with. TG_OK also when it is refused. Fails only for want of memory or
 * randomness; then the leg is as before, or its answer is lost: end it. */
TG_NODISCARD tg_status tg_service_receive(tg_service *service, size_t leg, tg_sender from, tg_bytes octets, uint64_t now,
                                          tg_service_result *result);
/* The signalling says that the other side of the leg, or the KMS, will not answer: a SIP refusal, a time limit, a BYE. Frees a leg
 * that is established or refused; of one that runs, it is a refusal. In a server this may give the caller his answer, and the end
 * of leg 0 ends all. */
TG_NODISCARD tg_status tg_service_end_leg(tg_service *service, size_t leg, uint64_t now, tg_service_result *result);
/* What the leg has established, TEKs too (`cs`); until the next call. False as long as it has no keys. */
bool tg_service_keys(tg_service *service, size_t leg, uint64_t now, tg_established *out);
/* A further Ticket Transfer with the ticket of an established leg that this actor has initiated (RFC 6043 5.3): another call, another
 * NOTIFY. TG_REFUSED when the ticket forbids it. */
TG_NODISCARD tg_status tg_service_transfer_again(tg_service *service, size_t leg, uint64_t now, tg_service_result *result);
/* A CSB update on an established leg (RFC 6043 5.2), as tg_role_update; it stays on its leg. */
TG_NODISCARD tg_status tg_service_update(tg_service *service, size_t leg, const tg_transfer_plan *plan, uint64_t now,
                                         tg_service_result *result);
/* Overwrites all memory of the service. It is not to be used afterwards. */
void tg_service_end(tg_service *service);

/* ---- IMS UE ------------------------------------------------------------------------------------------------- */

typedef enum tg_answer { TG_ANSWER_ACCEPT, TG_ANSWER_WARN, TG_ANSWER_REFUSE } tg_answer;

/* From whom tickets are accepted: the first rule that fits decides. */
typedef struct tg_ue_rule {
    tg_bytes initiator; /* KMS UID or group */
    tg_bytes kms;       /* ID Data of IDRkms in the ticket; empty: any, none too */
    tg_answer answer;
} tg_ue_rule;

/* The local policy [6.2.3.3, contribution 003]. All zero: everything is accepted, and no group ticket is asked for. */
typedef struct tg_ue_policy {
    bool off;                 /* the user does not use the KMS based solution */
    bool locked;              /* it is protected by a password, which was not given */
    /* What it asks for; REFUSE and WARN are given before the KMS is contacted, and hold for what is granted too. */
    tg_answer ask_reusable;
    const tg_bytes *groups;   /* a group ticket is asked for these alone: the identity is in the list as it stands in the policy */
    size_t num_groups;
    tg_answer intermediary;   /* the other end is not the one called [TR 8.3.1.2]; also the one who calls */
    /* What it accepts; before the KMS is contacted. */
    const tg_ue_rule *rules;
    size_t num_rules;
    tg_answer otherwise;      /* no rule fits */
    tg_answer accept_reusable, accept_group, accept_diverted, accept_own; /* own: made by the Initiator, D=0 */
} tg_ue_policy;

typedef struct tg_ue_config {
    tg_service_config service;
    const tg_ue_policy *policy;  /* may be changed between calls */
    const tg_security_policy *supported;
    size_t num_supported;
    tg_transfer_plan answer;     /* what TRANSFER_RESP adds, see tg_responder_config */
    bool resolve_each_time;      /* do not keep reusable tickets [6.2.3.7] */
} tg_ue_config;
TG_NODISCARD tg_status tg_ue_new(const tg_ue_config *config, tg_service **out);

/* A call as its user wants it. Without `policy.r`, the ticket is for `called` alone. */
typedef struct tg_ue_call {
    tg_identity called;
    tg_ticket_policy policy;
    tg_transfer_plan transfer; /* until the leg ends */
} tg_ue_call;
TG_NODISCARD tg_status tg_ue_start(tg_service *ue, const tg_ue_call *call, uint64_t now, tg_service_result *result);
/* A TRANSFER_INIT that comes with an INVITE or MESSAGE. `caller`: whom the signalling names (P-Asserted-Identity); NULL: nobody. */
TG_NODISCARD tg_status tg_ue_accept(tg_service *ue, tg_bytes transfer_init, const tg_identity *caller, uint64_t now,
                                    tg_service_result *result);

/* ---- list server and application server --------------------------------------------------------------------- */

/* One service for one INVITE or MESSAGE. Leg 0 is the caller's, the others are the receivers', in their order [TR 8.3.1.1, 8.3.1.2].
 * The server terminates the first Ticket Transfer: resolves the ticket itself, then asks for one ticket for each further receiver
 * and does a Ticket Transfer of its own. The caller is answered (F=1) when every further leg has an answer: with TRANSFER_RESP, or when
 * none was a good one with an Error. Both ends see the server in the identities: leg_info.hop_by_hop. */
typedef enum tg_server_kind {
    TG_SERVER_APPLICATION, /* it terminates the session: every receiver gets a new ticket */
    TG_SERVER_LIST         /* messages (F=0): who may resolve the ticket gets it as it came; for the others the server resolves it, so that the
                              body can be protected anew. With nobody left for that the server asks no KMS */
} tg_server_kind;

typedef struct tg_server_config {
    tg_service_config service;
    tg_server_kind kind;
    bool leave_out;            /* list: who may not resolve the ticket gets nothing (editor's note in contribution 000) */
    bool all_receivers;        /* the caller is answered only when all receivers have accepted */
    tg_ticket_policy ticket;   /* what it asks for; without `r` the ticket is for the receiver alone */
    const tg_transfer_plan *transfer; /* NULL: the crypto sessions and policies of the caller, without Session Data */
    tg_transfer_plan answer;   /* what the TRANSFER_RESP to the caller adds */
} tg_server_config;
TG_NODISCARD tg_status tg_server_new(const tg_server_config *config, tg_service **out);
/* `receivers` are copied. More than there are legs: TG_TOO_LARGE. TG_REFUSED when the server has begun already. */
TG_NODISCARD tg_status tg_server_accept(tg_service *server, tg_bytes transfer_init, const tg_identity *caller,
                                        const tg_identity *receivers, size_t num_receivers, uint64_t now, tg_service_result *result);

/* ---- conference focus --------------------------------------------------------------------------------------- */

/* One service for one conference; `self` is its KMS UID. Each participant has legs, and so keys, of his own, and no key is on two
 * crypto sessions [G.1]: who is no participant is refused before the KMS is asked, by what the ticket says of him (the KMS vouches for it
 * once it has resolved it, and for the Initiator by key forking, which is demanded). A leg that is refused is free again at once. */
typedef struct tg_focus_config {
    tg_service_config service;
    const tg_bytes *participants; /* KMS UIDs and groups; may be changed between calls [G.3.1], see tg_focus_set_participants */
    size_t num_participants;
    const tg_security_policy *supported;
    size_t num_supported;
    tg_transfer_plan answer;      /* what TRANSFER_RESP adds */
    tg_ticket_policy ticket;      /* to call participants; without `r`, for the participant alone */
    tg_transfer_plan transfer;
    const tg_profile *notify_profile; /* of what is sent with NOTIFY; NULL: that of the service */
    tg_ticket_policy notify_ticket;   /* likewise, for the subscriber alone; F=0: no answer is awaited */
    tg_transfer_plan notify;
} tg_focus_config;
TG_NODISCARD tg_status tg_focus_new(const tg_focus_config *config, tg_service **out);
/* The list must outlive the service. Legs of who is no longer in it are not ended, but not transferred to again. */
void tg_focus_set_participants(tg_service *focus, const tg_bytes *participants, size_t num);
/* A participant calls [G.3.2]. `caller`: whom the signalling names; NULL: nobody. */
TG_NODISCARD tg_status tg_focus_join(tg_service *focus, tg_bytes transfer_init, const tg_identity *caller, uint64_t now,
                                     tg_service_result *result);
/* The focus calls a participant; who answers has to be one too (G.2, the call may have been diverted). */
TG_NODISCARD tg_status tg_focus_invite(tg_service *focus, const tg_identity *participant, uint64_t now, tg_service_result *result);
/* A SUBSCRIBE [G.3.3]. With a TRANSFER_INIT in it, the keys for NOTIFY are those of the subscriber's exchange; without, the focus gets a
 * ticket for the subscriber, and its TRANSFER_INIT goes out with the first NOTIFY (tg_service_transfer_again: with further ones). */
TG_NODISCARD tg_status tg_focus_subscribe(tg_service *focus, tg_bytes transfer_init, const tg_identity *subscriber, uint64_t now,
                                          tg_service_result *result);

#ifdef __cplusplus
}
#endif
#endif
