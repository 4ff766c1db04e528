/* model: what is kept of a call (private to this cut).
 *
 * A call is found by its Call-ID. It costs one block of memory of about a KiB as long as nothing in it is of interest; descriptions, offers and MIKEY
 * messages take further blocks, up to a limit. All of it is given back at once when the call is closed.
 *
 *   call -> legs (pairs of ends) -> transactions (CSeq number, method, who asked)
 *        -> offers, in the order of their frames, each with its answers (one a To tag)
 *        -> keys: MIKEY messages; what their judge says stands with them
 *        -> media: for each leg and m-line the newest offer and answer, the ends they name, what was seen there
 *
 * A description is read only where a quick scan sees something that a row speaks of, or where it answers one that was read ("plain" otherwise).
 */
#ifndef TICKETGATE_PCAPS_CALLS_MODEL_H
#define TICKETGATE_PCAPS_CALLS_MODEL_H

#include "pcaps/calls.h"
#include "ticketgate/carriage.h"
#include "ticketgate/message.h"

#define TGPC_MAX_KEYS 4095          /* of a call; with one more it is `full` */
#define TGPC_CALL_MEMORY (1U << 20) /* of a call, at most */
#define TGPC_MAX_SSRCS 8            /* of an m-line and direction that are kept: two may be right, so that a wrong one is among them */

/* ---- small things -------------------------------------------------------------------------------------------- */

typedef struct tgpc_place {
    uint64_t frame;
    bool known;
    uint32_t offset, length; /* in the frame */
} tgpc_place;

#define TGPC_NO_TAG 0

/* "a=key-mgmt:..." of a unit, where it lies; a place that goes over several frames is that of its first octet. */
tgpc_place tgpc_place_of(const tgp_unit *unit, size_t offset, size_t length);
tgpc_place tgpc_place_of_view(const tgp_unit *unit, tg_bytes view);
uint64_t tgpc_hash(tg_bytes octets);
bool tgpc_is(tg_bytes text, const char *word);       /* letter for letter */
bool tgpc_is_token(tg_bytes text, const char *word); /* whatever the case */
static inline bool tgpc_same_address(const tgp_endpoint *a, const tgp_endpoint *b)
{
    return memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

typedef enum tgpc_method {
    TGPC_OTHER,
    TGPC_INVITE,
    TGPC_ACK,
    TGPC_BYE,
    TGPC_CANCEL,
    TGPC_UPDATE,
    TGPC_PRACK,
    TGPC_REGISTER,
    TGPC_SUBSCRIBE,
    TGPC_NOTIFY,
    TGPC_MESSAGE
} tgpc_method;
tgpc_method tgpc_method_of(tg_bytes name);

typedef enum tgpc_yes { TGPC_UNKNOWN, TGPC_YES, TGPC_NO } tgpc_yes;

/* Whose a finding is: of a request or a response that is the same on every hop, and of which hop. */
typedef struct tgpc_whose {
    uint64_t message; /* hash of CSeq, method and tags; of a response its status, too */
    uint64_t hop;     /* number of the transaction: that of the request's first hop is the lowest */
} tgpc_whose;

/* ---- descriptions -------------------------------------------------------------------------------------------- */

/* A MIKEY message, or an attribute key-mgmt of another protocol (then `number` is 0). */
typedef struct tgpc_key {
    int m_line; /* -1: session level, or no description */
    bool mikey;
    uint8_t data_type; /* as its header has them, whether or not the rest can be read; 0xFF: too short */
    uint32_t csb_id;
    uint64_t covered; /* m-lines, a bit each */
    tgpc_place place;
    uint64_t number; /* tgp_found.key */
    uint64_t octets; /* hash */
    bool from_caller;
    tg_bytes request_uri; /* of the request that carries it, where a row asks for it; else empty */
    struct {
        bool known, parses, rejected, has_ticket, wants_answer, has_sdp_ids;
        uint64_t message; /* as tgp_judged has it */
        tg_bytes sdp_ids;
        tgpc_yes resolver;     /* is the Request-URI among the IDRr of the ticket policy? */
        tg_bytes uid;          /* KMS UID of who sent it: IDRi of TRANSFER_INIT, IDRr of TRANSFER_RESP */
        const uint32_t *ssrcs; /* of crypto sessions, in the order of the map */
        size_t num_ssrcs;
        uint64_t with_ssrc; /* those whose Session Data has one: bits */
    } judged;
} tgpc_key;

/* An m-line. */
typedef struct tgpc_m {
    tgpc_place place;
    const char *media, *proto;
    uint32_t port;
    bool secured, rtp;       /* X/TLS/Y; RTP/SAVP and RTP/SAVPF */
    bool msrp, bfcp;         /* X/MSRP and X/TLS/MSRP; likewise */
    bool requested, applied; /* the indication */
    bool own_key_mgmt;       /* an attribute of its own, of any protocol */
    bool has_end;
    tgp_endpoint end;
    tgpc_key *key, *session_key; /* mikey that covers it; that of the session where it has one of its own */
    const tg_sdp_fingerprint *fingerprints;
    size_t num_fingerprints;
} tgpc_m;

typedef struct tgpc_description {
    tgpc_m *m;
    size_t num_m;
    tgpc_key **keys; /* all attributes, in the order of the text */
    size_t num_keys;
    tg_bytes protocols; /* "mikey;other": each once, in the order of the text */
    size_t num_protocols;
} tgpc_description;

/* ---- offers and answers -------------------------------------------------------------------------------------- */

typedef struct tgpc_answer tgpc_answer;
struct tgpc_answer {
    tgpc_answer *next;
    uint64_t to_tag;                     /* hash */
    const tgpc_description *description; /* NULL: plain, or none (yet) */
    bool described;                      /* a description was there */
    bool final;                          /* a 2xx with this To tag was seen */
    tgpc_place first, ok; /* the message with the description; the 2xx. ACK or PRACK where it answers the 2xx's offer */
    tgpc_whose whose, whose_ok;
    uint64_t acked;         /* frame of the ACK; 0: not seen */
    bool responded;         /* a copy of it holds a TRANSFER_RESP or an Error */
    tgpc_place early, late; /* first media of a covered m-line; such by the offerer after the ACK. Frame 0: none */
};

typedef struct tgpc_offer tgpc_offer;
typedef struct tgpc_transaction tgpc_transaction;
struct tgpc_offer {
    tgpc_offer *next; /* of the call */
    tgpc_transaction *transaction;
    unsigned leg;
    bool by_source;            /* sent by the source of the leg */
    bool in_response, initial; /* initial: a request outside a dialog */
    uint8_t origin;            /* as `sender`, of the hop where it began */
    uint8_t sender, called;    /* what the registrations of who sent it and of who is called say: TGPC_REGISTERED... */
    tgpc_place place;          /* the message */
    tgpc_whose whose;
    uint64_t frame, tag;                 /* From tag of who sent it (hash); in a response: its To tag */
    const tgpc_description *description; /* NULL: plain */
    bool rejected;                       /* final response of 300 or more */
    tgpc_answer *answers;
};

/* ---- calls --------------------------------------------------------------------------------------------------- */

struct tgpc_transaction {
    tgpc_transaction *next; /* of the leg, the newest first */
    uint64_t number, frame;
    uint64_t from_tag,
        to_tag; /* hashes; to_tag: of the request, TGPC_NO_TAG outside a dialog (each early dialog counts for itself) */
    uint64_t before; /* number of the transaction whose request it goes on from; 0: none */
    uint32_t cseq;
    uint8_t method;                       /* tgpc_method */
    bool by_source, has_final, described; /* described: the request has a description */
    bool kept;                            /* something points to it */
    bool asked, goes_on;                  /* its request was seen; another goes on from it */
    tgpc_yes authorised;                  /* SUBSCRIBE to a conference */
    uint64_t first_to_tag;
    tgpc_offer *offer; /* in the request, or (INVITE) the newest in a response */
};

/* Registrations, as offers keep them: bits. */
enum { TGPC_REGISTERED = 1, TGPC_UE_MSRP = 2, TGPC_UE_BFCP = 4, TGPC_NETWORK_MSRP = 8, TGPC_NETWORK_BFCP = 16 };

typedef struct tgpc_leg {
    tgp_leg ends;
    bool stream; /* TCP or SCTP: ports do not count */
    tgpc_transaction *transactions;
    unsigned num_transactions;
} tgpc_leg;

/* What an end sent of a TLS handshake in the clear. */
typedef struct tgpc_side {
    uint8_t record[5], header[4]; /* being put together */
    uint8_t record_has, header_has;
    bool broken, secret; /* it cannot be cut; behind ChangeCipherSpec */
    bool done;           /* ChangeCipherSpec or application data were seen */
    uint32_t record_left, message_left, message_at;
    uint8_t hello[72];    /* of ServerHello: version, random, session id, suite */
    uint8_t lengths[6];   /* of Certificate: of the list, of the first certificate */
    uint8_t *certificate; /* the first */
    uint32_t certificate_len, certificate_has;
    tgpc_place certificate_place;
} tgpc_side;

/* A connection of an m-line. */
typedef struct tgpc_connection tgpc_connection;
struct tgpc_connection {
    tgpc_connection *next; /* of the m-line */
    uint64_t id;
    tgpc_offer *offer;    /* the newest when it was met */
    bool tls, by_offerer; /* the first octets: a TLS record? who sent them? */
    tgpc_place first;
    tgp_endpoint server, client; /* as the m-line's end was found */
    bool has_hello;
    uint16_t suite;
    tgpc_place hello;
    tgpc_side sides[2]; /* offerer, answerer */
};
#define TGPC_MAX_CONNECTIONS 64 /* of an m-line; with one more the call is `full` */

typedef struct tgpc_seen { /* packets of RTP by one of the two */
    uint32_t ssrcs[TGPC_MAX_SSRCS];
    tgpc_place places[TGPC_MAX_SSRCS];
    size_t num;
} tgpc_seen;

typedef struct tgpc_media tgpc_media;
typedef struct tgpc_end tgpc_end;
struct tgpc_end { /* in the table of ends */
    tgpc_end *next, **link;
    tgp_endpoint end;
    tgp_call *call;
    tgpc_media *media;
    bool of_offer;
};
struct tgpc_media {
    tgpc_media *next; /* of the call */
    unsigned leg, m_line;
    tgpc_offer *offer;
    tgpc_answer *answer;
    tgpc_end offer_end, answer_end;
    bool accepted;
    tgpc_connection *connections;
    unsigned num_connections;
    tgpc_seen *seen[2]; /* by the offerer, by the answerer */
};

/* A finding that waits until the call is closed: the same may be met on an earlier hop of the request. */
typedef struct tgpc_told {
    struct tgpc_told *next;            /* in the order in which they were met */
    const tg_requirement *requirement; /* NULL: an earlier hop has it */
    uint64_t thing;
    tgpc_whose whose;
    tgpc_place place;
    const char *text;
} tgpc_told;

typedef struct tgpc_transfer {              /* a TRANSFER_INIT that the call has: links calls */
    struct tgpc_transfer *next, *next_same; /* of the call; of the table */
    struct tgpc_transfer **link;
    uint64_t hash, first; /* first: number of the first call that had it */
    tgp_call *call;
} tgpc_transfer;

typedef struct tgpc_block {
    struct tgpc_block *next;
    size_t size, used; /* octets behind this header */
    max_align_t octets[];
} tgpc_block;

struct tgp_call {
    tgp_calls *calls;
    void *kept; /* by who listens */
    tgpc_block *blocks; /* the newest first; this call lies in the last */
    size_t memory;
    tgp_call *next_by_id, *next_by_number, *next_by_icid, **link_by_id, **link_by_number, **link_by_icid;
    tgp_call *newer, *older;             /* in its list */
    bool established, interesting, full; /* full: its memory is used up, or a limit is reached */
    bool judged, all_told;               /* its rows that waited have been judged; what was found has been told */
    uint8_t list;
    uint64_t hash, number, icid;
    uint64_t origin; /* number of the call that it goes on from, which was full; else its own */
    tg_bytes call_id;
    tg_bytes from, target;             /* raw: From of the first request; Request-URI */
    bool has_request, target_is_first; /* the target is that of an INVITE, MESSAGE, SUBSCRIBE or NOTIFY */
    const char *call_id_text, *caller_text, *called_text; /* made when they are asked for */
    uint64_t caller_tag;
    uint64_t first_frame, last_frame;
    int64_t last_time;
    tgpc_leg *legs;
    unsigned num_legs, room_legs;
    tgpc_leg first_leg;
    tgpc_offer *offers, *last_offer;
    tgpc_media *media, *past; /* past: m-lines of earlier offers of which RTP was seen */
    unsigned num_media, num_past;
    tgpc_key **keys;
    size_t num_keys, room_keys;
    tgpc_transfer *transfers;
    tgpc_told *told, *last_told;
    size_t num_told;
    tgp_note *notes;
    unsigned num_notes;
    uint64_t *linked; /* numbers of calls */
    unsigned num_linked;
    bool links_lost; /* more calls had the same TRANSFER_INIT or icid-value: what stands in them is not known here */
    const char *focus, *participant;
    bool focus_is_caller;
    tgpc_place joined; /* where the focus took the participant in; frame 0: it did not */
    tgpc_whose whose_joined;
    tg_bytes to, called_party; /* raw, of the first request; where MIKEY messages are */
};

#endif
