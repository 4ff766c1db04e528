/* messaging: immediate messages end to end (TS 33.328 annex F.3, contributions 000 and 002; SIP MESSAGE, RFC 3428), and the NOTIFY of a
 * conference (annex G.3.3): a SIP request whose body is a PSK S/MIME container, with TRANSFER_INIT as application/mikey beside it.
 *
 * Keys come from who did the exchanges: a leg of a service (tg_service_keys) or a conversation (tg_conversation_established). No I/O, no
 * clock, no heap beyond what OpenSSL, GMime and libosip2 take. What comes out is in the caller's arena, keys and content too: wipe it
 * (tg_arena_wipe). Call tg_carriage_init and tg_mime_init once before anything else.
 *
 * A user sends: tg_ue_start, the KMS answers, and with the TRANSFER_INIT that this gives tg_im_write makes the MESSAGE. A user receives:
 * tg_im_read, tg_im_accept, the KMS answers, tg_im_open. Content is given out only when its tag and its origin have been verified. A list
 * server: tg_im_read, tg_im_accept_list, and for each TRANSFER_INIT that is to go on tg_im_forward. A focus: tg_focus_subscribe, tg_im_write.
 *
 * Failures, beside those named: limits (TG_NO_MEMORY, TG_ARENA_FULL, TG_TOO_LARGE, TG_TOO_DEEP).
 */
#ifndef TICKETGATE_MESSAGING_H
#define TICKETGATE_MESSAGING_H

#include "ticketgate/carriage.h"
#include "ticketgate/mime.h"
#include "ticketgate/service.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why a message is not sent, or not accepted. X(symbol, catalogue row or "", text). The text holds nothing of the message and no key. */
#define TG_IM_REASONS(X)                                                                                               \
    X(NONE, "", "")                                                                                                    \
    X(METHOD, "", "another method than is taken here")                                                                 \
    X(NO_TRANSFER_INIT, "TS33328-F.3-12", "there is no TRANSFER_INIT in it")                                           \
    X(IN_CLEAR, "TS33328-F.3-16", "the content is not protected")                                                      \
    X(BESIDE, "TS33328-F.3-14", "beside the container something stands in clear, or a further container")              \
    X(NOTIFY_IN_CLEAR, "TS33328-G.3.3-02", "the conference state is not protected")                                    \
    X(REQUEST_URI, "TS33328-F.3-13", "the Request-URI names nobody who may resolve the ticket")                        \
    X(SERVICE, "", "the service refused the exchange: see its reason")                                                 \
    X(NO_KEYS, "", "the exchange has given no keys")                                                                   \
    X(OTHER_EXCHANGE, "", "the keys are those of another TRANSFER_INIT")                                               \
    X(PROT_TYPE, "TS33328-J.1-03", "there is no crypto session of Prot type PSK S/MIME with a key")                    \
    X(NOT_GTGK, "TS33328-F.3-14", "the key of the crypto session is no GTGK")                                          \
    X(ORIGIN, "TS33328-F.3-19", "nothing proves who sent it")                                                          \
    X(CONTAINER, "", "the container cannot be cut, or is not opened: another type, an algorithm that is not known")     \
    X(NOT_CONFIDENTIAL, "TS33328-I.2.1-05", "the container is AuthenticatedData: everybody can read it")               \
    X(RULE, "", "the container breaks a rule that forbids taking what is in it")                                       \
    X(NOT_AUTHENTIC, "TS33328-F.3-14", "the container does not open with the key of the crypto session")               \
    X(FOR_SERVERS, "TS33328-F.3-15", "what is to be protected holds a part that is for a server")                      \
    X(NOT_MIME, "RFC8551-3.1-x01", "what is to be protected is no MIME entity")
typedef enum tg_im_reason {
#define TG_IM_REASON_ENUM(symbol, id, text) TG_IM_##symbol,
    TG_IM_REASONS(TG_IM_REASON_ENUM)
#undef TG_IM_REASON_ENUM
} tg_im_reason;
const tg_requirement *tg_im_reason_requirement(tg_im_reason reason); /* NULL: no row says it */
const char *tg_im_reason_text(tg_im_reason reason);

/* X(symbol, name): who can have made the content. */
#define TG_IM_ORIGINS(X)                                                                                               \
    X(NOT_PROVEN, "not_proven")                                                                                        \
    X(PROVEN, "proven")               /* the Initiator of the ticket: Vi and Vr, and the KMS (F.3) */                  \
    X(SOLE_RESOLVER, "sole_resolver") /* NOTIFY under the subscriber's own ticket: who alone may resolve it (G.3.3) */
typedef enum tg_im_origin {
#define TG_IM_ORIGIN_ENUM(symbol, name) TG_IM_ORIGIN_##symbol,
    TG_IM_ORIGINS(TG_IM_ORIGIN_ENUM)
#undef TG_IM_ORIGIN_ENUM
} tg_im_origin;
const char *tg_im_origin_name(tg_im_origin origin);

/* ---- a message that was cut --------------------------------------------------------------------------------- */

typedef struct tg_im {
    tg_sip_request request;
    const tg_mime_part *body;      /* in the arena; offsets are those of request.body */
    const tg_mime_part *mikey;     /* the first application/mikey; NULL: none */
    const tg_mime_part *container; /* that is or should be the container (vectors/SMIME.md section 4); NULL: none */
    tg_bytes transfer_init;        /* of `mikey`, out of its transfer encoding; empty: none, or not a TRANSFER_INIT that can be read */
    const char *why;               /* where the SIP message cannot be read: a static sentence; else NULL or "" */
    tg_bytes target, caller;       /* KMS UIDs of Request-URI and P-Asserted-Identity; empty: none */
} tg_im;
/* TG_BAD_SIP (other methods than MESSAGE and NOTIFY too), TG_BAD_MIME; `diag` says why where there is something to say. The octets must outlive
 * `out`. */
size_t tg_im_arena_size(size_t len);
TG_NODISCARD tg_status tg_im_read(tg_bytes sip, tg_arena *arena, tg_im *out, tg_diag *diag);
/* The first part that is for a server: a URI list (RFC 5363), or what has the disposition recipient-list; NULL: none. */
const tg_mime_part *tg_im_part_for_servers(const tg_mime_part *part);

/* ---- sending ------------------------------------------------------------------------------------------------ */

typedef struct tg_im_plan {
    tg_crypto *crypto;
    const tg_profile *profile;     /* its settings smime_* and request_uri, and its Prot types */
    tg_random random;              /* content key, nonce, boundary; Call-ID, branch and tags where they are NULL */
    tg_smime_alg alg;              /* of an AEAD */
    size_t tag_len;                /* 0: 12 */
    const char *method;            /* NULL: MESSAGE */
    const char *request_uri, *from, *to, *asserted; /* URIs; `to` NULL: the Request-URI; `asserted` NULL: none */
    const char *sent_by;           /* of Via and Call-ID: a host */
    const char *call_id, *from_tag, *to_tag, *contact, *event, *subscription_state; /* NULL: see carriage.h; NOTIFY is of a dialog */
    uint32_t cseq;                 /* 0: 1 */
    bool without_ticket;           /* no TRANSFER_INIT beside it: NOTIFY under the subscriber's own ticket */
    tg_bytes content;              /* the MIME entity that is protected, headers first; text is brought to CRLF */
    const tg_bytes *for_servers;   /* entities that stand in clear beside it: a URI list, or what has its disposition. Another in a MESSAGE: BESIDE */
    size_t num_for_servers;
} tg_im_plan;
#define TG_IM_MAX_FOR_SERVERS 8

/* What a call gave beside its status. */
typedef struct tg_im_note {
    tg_im_reason reason;  /* with TG_REFUSED */
    const tg_requirement *row; /* with RULE: that is broken, the first; else NULL */
    tg_im_reason warning; /* done all the same: REQUEST_URI under the setting `should` */
    const char *text;     /* of carriage, where it was SIP that failed; "" */
} tg_im_note;

/* The SIP request. TG_REFUSED with a reason: nothing is made. `keys`: those of the leg or conversation that has the TRANSFER_INIT. */
size_t tg_im_write_arena_size(const tg_im_plan *plan, const tg_established *keys);
TG_NODISCARD tg_status tg_im_write(const tg_im_plan *plan, const tg_established *keys, tg_arena *arena, tg_bytes *sip, tg_im_note *note);

/* ---- receiving ---------------------------------------------------------------------------------------------- */

/* Gives the TRANSFER_INIT of a message to a UE (tg_ue_accept), with the P-Asserted-Identity as the caller: `result` holds what is for the KMS,
 * and result->leg is the leg of the message. TG_REFUSED when it is refused; before anything is asked of the KMS where no key is needed for that.
 * Of the arena nothing stays used: it held tg_im_arena_size. */
TG_NODISCARD tg_status tg_im_accept(tg_service *ue, const tg_profile *profile, const tg_im *im, tg_arena *arena, uint64_t now,
                                    tg_service_result *result, tg_im_note *note);
/* Likewise to a list server. The URI list is its owner's to read (tg_im_part_for_servers): `receivers`. */
TG_NODISCARD tg_status tg_im_accept_list(tg_service *server, const tg_profile *profile, const tg_im *im, const tg_identity *receivers,
                                         size_t num_receivers, tg_arena *arena, uint64_t now, tg_service_result *result, tg_im_note *note);

typedef struct tg_im_content {
    tg_bytes content;     /* the MIME entity; in the arena */
    tg_im_origin origin;
    tg_identity sender;   /* who has made it; a view into `keys` */
} tg_im_content;
/* Opens it with the keys of its leg. TG_REFUSED with a reason: then there is no content. It is given out only of a message of whose rows none
 * that is broken rejects (vectors/SMIME.md section 4). AuthenticatedData in a MESSAGE is taken when the caller allows it, in a NOTIFY never.
 * A UE that keeps the keys of reusable tickets (resolve_each_time is false) has no proof of origin for what comes under a ticket again: ORIGIN.
 * EnvelopedData is not opened. */
size_t tg_im_open_arena_size(const tg_im *im);
TG_NODISCARD tg_status tg_im_open(tg_crypto *crypto, const tg_profile *profile, const tg_established *keys, const tg_im *im,
                                  bool allow_authenticated, tg_arena *arena, tg_im_content *out, tg_im_note *note);

/* ---- list server -------------------------------------------------------------------------------------------- */

/* The MESSAGE to the receiver of a leg for which `server` has given a TRANSFER_INIT: under the ticket as it came (TG_LEG_RELAYED: TRANSFER_INIT and
 * container are those that came, octet by octet), or opened with the keys of leg 0 and protected anew with those of the leg. Nothing else goes on:
 * parts for servers are left out, and with others in it the message is refused (BESIDE). Of `plan`, content and for_servers are not used. */
TG_NODISCARD tg_status tg_im_forward(tg_service *server, size_t leg, const tg_im *im, const tg_im_plan *plan, uint64_t now, tg_arena *arena,
                                     tg_bytes *sip, tg_im_note *note);

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* What is known of a SIP request beside its octets. */
typedef struct tg_im_knowledge {
    const tg_profile *profile;
    tg_smime_opening how;      /* keys; those of the conversation take their place */
    bool has_conversation;
    const tg_known *known;
    const tg_sent *sent;       /* where octets.data is NULL the TRANSFER_INIT of the body is put in */
    size_t num_sent;
} tg_im_knowledge;

typedef struct tg_im_judgement {
    tg_status parse;           /* TG_OK, TG_BAD_SIP, TG_BAD_MIME, or of the container; then `diag` says where */
    tg_diag diag;
    tg_im im;
    tg_mime_judgement mime;    /* of its body; `container.content` where it was opened */
    bool has_origin;           /* there is a conversation */
    tg_im_origin origin;
    tg_identity sender;        /* IDRi of the ticket, where origin is proven */
    const tg_finding *const *findings; /* all, those of the container too; places are octets of the request, see mime.h */
    size_t num_findings;
    tg_reception reception;
    bool accepted;             /* the verdict of vectors/SMIME.md section 3 */
} tg_im_judgement;
/* Fails only for limits. The caller wipes the arena. */
size_t tg_im_judge_arena_size(size_t len, const tg_im_knowledge *knowledge);
TG_NODISCARD tg_status tg_im_judge(tg_crypto *crypto, tg_bytes sip, const tg_im_knowledge *knowledge, tg_arena *arena, tg_im_judgement *out);

#ifdef __cplusplus
}
#endif
#endif
