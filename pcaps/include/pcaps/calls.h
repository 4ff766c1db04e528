/* calls: what signalling says: calls, legs, offers and answers, registrations, media ends; and the rows of vectors/TRACE.md section 5 that
 * need no key.
 *
 * SIP units come in; what is found goes out through a listener: each MIKEY message with what is known of its place, each finding. What is
 * known of a call is kept until it is ended and quiet, or until memory is needed: then the call that was quiet the longest is closed.
 *
 * Whether a MIKEY message is rejected is not known here: who judges it says so (tgp_calls_set_judged), and rows that wait for it are judged when
 * the call is closed.
 */
#ifndef TICKETGATE_PCAPS_CALLS_H
#define TICKETGATE_PCAPS_CALLS_H

#include "pcaps/units.h"
#include "ticketgate/carriage.h"
#include "ticketgate/findings.h"
#include "ticketgate/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tgp_carrier { TGP_CARRIER_SDP, TGP_CARRIER_SIP, TGP_CARRIER_HTTP } tgp_carrier;
const char *tgp_carrier_name(tgp_carrier carrier);

typedef struct tgp_call tgp_call;   /* opaque; valid from its first message until `closed` */

/* What part a description plays. */
typedef enum tgp_part { TGP_PART_NONE, TGP_PART_OFFER, TGP_PART_ANSWER } tgp_part;

/* A MIKEY message in signalling. Views are valid during the callback. */
typedef struct tgp_found {
    tgp_call *call;
    const tgp_unit *unit;
    tgp_carrier carrier;          /* SDP or SIP */
    tgp_part part;
    const char *first_line, *call_id, *cseq; /* texts ended by NUL, cut at 255 octets */
    int m_line;                   /* -1: session level, or no description */
    bool has_m_lines;
    const tg_m_line *m_lines;     /* covered, as tg_key_mgmt has them */
    size_t num_m_lines;
    const uint8_t *covered;       /* the place of each of `m_lines` among the m-lines of the description */
    unsigned covers;              /* bits: 1 RTP, 2 MSRP over TLS, 4 BFCP over TLS, 8 another X/TLS/Y */
    const char *base64;           /* of the attribute; NULL: `octets` stand in the unit as they are, or were decoded from a body */
    size_t base64_len;
    size_t data_offset;           /* in the unit: of the base64 text, or of the octets; with transfer encoding: of the body */
    size_t enclosed_len;          /* not 0: what holds it was decoded from so many octets there, which nobody cuts finer */
    tg_bytes octets;              /* what it comes to; what can be read of it where the base64 is broken (`broken` is then set) */
    const tgp_ready_key *ready;   /* what somebody found of these octets before, or NULL */
    bool broken;
    size_t broken_at;             /* character of the base64 */
    bool from_caller;             /* sent by who sent the call's first request */
    unsigned leg;                 /* among tgp_call_facts.legs */
    uint64_t transaction;         /* number within the trace: request and responses of one leg */
    bool response;
    unsigned status;              /* of a response */
    bool immediate;               /* in a MESSAGE or NOTIFY */
    uint64_t from_tag, to_tag;    /* hashes of the tags; 0: none */
    uint64_t request;             /* of a call and a sender: the same for a request and its responses on every hop */
    uint64_t key;                 /* give it to tgp_calls_set_judged */
    bool *is_copy;                /* false; who listens sets it where the message is a copy (TRACE.md section 2) */
} tgp_found;

/* What the judge of messages says of one. */
typedef struct tgp_judged {
    bool parses, rejected;        /* rejected: TRACE.md section 5 */
    uint64_t number;              /* of the message that it is; of a copy (TRACE.md section 2), of the one that it is a copy of */
    uint8_t data_type;
    bool has_ticket, wants_answer; /* TICKET with F=1; an update with V=1 */
    uint32_t csb_id;
    bool has_sdp_ids;             /* General Extension */
    tg_bytes sdp_ids;             /* copied */
    const tg_message *message;    /* valid during the call of set_judged alone; NULL where it does not parse */
} tgp_judged;

/* A finding of section 5. */
typedef struct tgp_trace_finding {
    const tg_requirement *requirement;
    uint64_t frame;
    bool has_place;
    uint32_t frame_offset, frame_length;
    const tgp_call *call;         /* or NULL */
    uint64_t call_number;         /* of the call, or UINT64_MAX */
    uint64_t message, connection; /* number, or UINT64_MAX; the caller of calls fills them in where it knows them */
    char text[TG_TEXT_MAX];       /* what was expected and what was found: no key, no identity beyond what stands in the frame */
} tgp_trace_finding;

/* X(symbol, name) */
#define TGP_NOTES(X)                                                                                                   \
    X(APPLICATION_SERVER, "application_server")                                                                        \
    X(FORKED, "forked")                                                                                                \
    X(CORE_TLS, "core_tls")                                                                                            \
    X(SDES, "sdes")
typedef enum tgp_note_kind {
#define TGP_ENUM(symbol, name) TGP_NOTE_##symbol,
    TGP_NOTES(TGP_ENUM)
#undef TGP_ENUM
    TGP_NUM_NOTES
} tgp_note_kind;
const char *tgp_note_name(tgp_note_kind kind);
typedef struct tgp_note {
    tgp_note_kind kind;
    uint64_t frame;
    char text[TG_TEXT_MAX];
} tgp_note;

/* ---- what is known of a call --------------------------------------------------------------------------------- */

#define TGP_CALL_MAX_LEGS 16
#define TGP_CALL_MAX_MEDIA 64      /* of all legs */
#define TGP_CALL_TEXT 256

typedef struct tgp_leg {
    tgp_endpoint source, destination; /* of its first request */
    uint64_t first_frame;
} tgp_leg;

/* An m-line of an offer on a leg, as it stands after the newest offer and answer. */
typedef struct tgp_media {
    unsigned leg, m_line;
    char media[32], proto[48];
    bool accepted, tls, rtp;
    bool has_offer_end, has_answer_end;
    tgp_endpoint offer_end, answer_end; /* where they want the media */
    uint64_t offer_key, answer_key;     /* of the MIKEY messages that cover it; 0: none */
    uint64_t session_offer_key;         /* of the session level, where the m-line has one of its own; 0: none */
    bool indicated_requested, indicated_applied, has_fingerprint;
    uint64_t offer_frame, answer_frame;
    /* Known to the judge of keys alone: `calls` leaves these 0, `trace` sets them in the copy that its listener gets (TRACE.md sections 3, 4). */
    uint8_t crypto_sessions[2]; /* CS IDs */
    uint8_t num_crypto_sessions;
    bool has_connection;
    uint64_t connection;        /* number of the trace's connection */
} tgp_media;
/* The fingerprints that offer or answer have for the m-line (its own, else those of the session). The n-th of them; NULL behind the last. Valid as
 * `call` is. */
const tg_sdp_fingerprint *tgp_media_fingerprint(const tgp_call *call, const tgp_media *media, tgp_part part, size_t n);

typedef struct tgp_call_facts {
    uint64_t number;              /* in the order of the first frame */
    const char *call_id, *caller, *called; /* cut at TGP_CALL_TEXT */
    uint64_t first_frame, last_frame;
    int64_t last_time;
    const tgp_leg *legs;
    size_t num_legs;
    const tgp_media *media;
    size_t num_media;
    const tgp_note *notes;
    size_t num_notes;
    const uint64_t *linked;       /* numbers of calls */
    size_t num_linked;
    const char *focus;            /* conference URI where an end is a focus; NULL: none */
    const char *participant;      /* the other end's URI */
} tgp_call_facts;
void tgp_call_facts_of(const tgp_call *call, tgp_call_facts *out); /* views, valid until the next call of this room */
/* Two of them alone. */
uint64_t tgp_call_number(const tgp_call *call);
const char *tgp_call_id(const tgp_call *call);
/* Of a call that goes on from one that was closed early, as it had reached a limit: the number of the first of them; else its own. */
uint64_t tgp_call_origin(const tgp_call *call);
/* What who listens keeps of the call: NULL until it says what. */
void tgp_call_keep(tgp_call *call, void *kept);
void *tgp_call_kept(const tgp_call *call);

/* ---- the room ------------------------------------------------------------------------------------------------ */

typedef struct tgp_calls_listener {
    /* A message of the call (every SIP unit), before what is found in it. */
    void (*message)(void *user, tgp_call *call, const tgp_unit *unit, const tg_sip_head *head);
    void (*found)(void *user, const tgp_found *found);
    /* A body that is or holds a PSK S/MIME container, in MESSAGE or NOTIFY (the judge cuts it: messaging.h). */
    void (*immediate)(void *user, tgp_call *call, const tgp_unit *unit);
    void (*finding)(void *user, const tgp_trace_finding *finding);
    /* An end that a description names, and again where it is accepted, and acknowledged. */
    void (*media_end)(void *user, const tgp_endpoint *end, bool rtp);
    /* The call is about to be closed: who judges messages says what is not said yet (tgp_calls_set_judged, of this call), then rows that waited are
     * judged. May be NULL. */
    void (*closing)(void *user, tgp_call *call);
    void (*closed)(void *user, tgp_call *call); /* nothing more comes of it; its findings have been told */
    void *user;
} tgp_calls_listener;

typedef struct tgp_calls_options {
    const tg_profile *profile;     /* settings and indications; the conversation's own profile counts for messages alone */
    size_t memory;                 /* of calls, in octets: 16 MiB by default (0) */
    int64_t quiet;                 /* nanoseconds after which a call whose transactions are ended is closed: 180 s by default */
    const tg_bytes *participants;  /* KMS UIDs who may take part in conferences */
    const tg_bytes *conferences;   /* of each of them: the URI of the conference; empty: every one. NULL: every one for all */
    size_t num_participants;
    bool has_participants;
} tgp_calls_options;

typedef struct tgp_calls tgp_calls;
tgp_calls *tgp_calls_new(const tgp_calls_options *options, const tgp_calls_listener *listener); /* NULL: no memory */
/* SIP, MSRP, BFCP, TLS and RTP units (others do nothing): media rows look at the first octets of connections of m-lines. False: no memory. */
bool tgp_calls_take(tgp_calls *calls, const tgp_unit *unit);
void tgp_calls_set_judged(tgp_calls *calls, uint64_t key, const tgp_judged *judged);
/* Told by the judge of keys: under which crypto sessions' TEK the TLS connection of an m-line verifies (row 3.1-02), and the UIDs and TEKs of exchanges
 * with a focus are the judge's own business. The m-line that a connection belongs to; NULL: none. */
const tgp_media *tgp_calls_media_of(tgp_calls *calls, const tgp_endpoint *client, const tgp_endpoint *server, tgp_call **call);
/* The n-th such m-line, the newest first (0: as above): several sessions may name one end. */
const tgp_media *tgp_calls_nth_media_of(tgp_calls *calls, const tgp_endpoint *client, const tgp_endpoint *server, unsigned n, tgp_call **call);
/* The capture is at its end: closes every call, in the order of the first frame. */
void tgp_calls_finish(tgp_calls *calls);
uint64_t tgp_calls_num(const tgp_calls *calls);
uint64_t tgp_calls_unread(const tgp_calls *calls);  /* bodies that could not be looked into: encodings, limits, faults */
bool tgp_calls_has_subject(const tgp_calls *calls); /* a description had an indication or a fingerprint of TRACE.md section 5 */
uint64_t tgp_calls_closed_early(const tgp_calls *calls); /* for want of memory: what came later of them is a call of its own */
void tgp_calls_free(tgp_calls *calls);

#ifdef __cplusplus
}
#endif
#endif
