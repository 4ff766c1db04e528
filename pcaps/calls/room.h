/* room: the table of calls, its memory and what goes out of it (private to this cut). */
#ifndef TICKETGATE_PCAPS_CALLS_ROOM_H
#define TICKETGATE_PCAPS_CALLS_ROOM_H

#include "model.h"

#define TGPC_MAX_LINKED 16
#define TGPC_MAX_TOLD 256

typedef struct tgpc_registrations tgpc_registrations;
typedef struct tgpc_immediates tgpc_immediates;

/* Calls that were closed because they were full. What comes of them goes on from them. In a set one after the other makes room. */
enum { TGPC_FULL_SETS = 1024, TGPC_FULL_WAYS = 4 };
typedef struct tgpc_full {
    struct {
        uint64_t hash, origin; /* as the call's */
        bool known;
    } calls[TGPC_FULL_SETS][TGPC_FULL_WAYS];
    uint8_t next[TGPC_FULL_SETS];
} tgpc_full;

typedef struct tgpc_list { /* of calls by the time of their last message */
    tgp_call *newest, *oldest;
} tgpc_list;

struct tgp_calls {
    tgp_calls_listener listener;
    const tg_profile *profile;
    tg_indications indications;
    tgp_calls_options options;
    size_t memory, limit; /* of calls: used, allowed */
    int64_t quiet, now;
    tgp_call **by_id, **by_number, **by_icid;
    tgpc_transfer **transfers;
    tgpc_end **ends;
    size_t mask;        /* of all five tables: a power of two less one */
    tgpc_list lists[2]; /* those in a dialog that goes on are in the second */
    tgpc_block *spare[2];
    unsigned num_spare[2];
    uint64_t num_calls, num_transactions, closed_early, unread;
    bool has_subject; /* a description had an indication or a fingerprint */
    tgpc_full *full;      /* calls that were closed because they were; NULL until the first */
    tgp_call *current;    /* is not closed for want of memory */
    bool closing, failed; /* failed: malloc gave nothing */
    tgpc_registrations *registrations;
    tgpc_immediates *immediates;

    /* Room to work in. */
    tg_sip_head head;
    uint8_t *octets; /* of base64: TG_SIP_MAX_OCTETS */
    uint8_t *arena, *body_arena;
    size_t arena_size, body_arena_size;
    tgp_leg legs_out[TGP_CALL_MAX_LEGS];
    tgp_media media_out[TGP_CALL_MAX_MEDIA];
    tgp_media media_of;
};

/* ---- memory (memory.c) ---------------------------------------------------------------------------------------- */

/* Memory of the call, all zero; NULL when it has no more, or there is none: the call is then `full`. */
void *tgpc_alloc(tgp_call *call, size_t size);
tg_bytes tgpc_copy(tgp_call *call, tg_bytes octets);              /* data NULL where there is no memory */
const char *tgpc_text(tgp_call *call, tg_bytes text, size_t max); /* ended by NUL, cut; "" where there is no memory */
tgp_call *tgpc_call_new(tgp_calls *calls); /* the block of a call and nothing else; NULL: no memory */
void tgpc_call_free(tgp_call *call);
bool tgpc_arena(tgp_calls *calls, size_t size, tg_arena *out); /* to work in, until the next call of this */
bool tgpc_body_arena(tgp_calls *calls, size_t size, tg_arena *out); /* another, for the parts of a body */

/* ---- calls (table.c) -------------------------------------------------------------------------------------------- */

/* The call of this Call-ID, made where there is none; NULL: no memory. */
tgp_call *tgpc_call_of(tgp_calls *calls, tg_bytes call_id, const tgp_unit *unit);
/* Something is not judged, for there is too much of it: it counts as closed early. */
void tgpc_overlook(tgp_calls *calls);
/* The call is full, or at a limit: what comes of it from now on is a call of its own that goes on from it. */
void tgpc_close_full(tgp_call *call);
tgp_call *tgpc_call_by_number(const tgp_calls *calls, uint64_t number);
void tgpc_touch(tgp_call *call, const tgp_unit *unit);
void tgpc_close(tgp_call *call);
void tgpc_close_quiet(tgp_calls *calls, int64_t now);
bool tgpc_close_oldest(tgp_calls *calls); /* for want of memory; false: there is none but the current one */
/* Links calls of the same icid-value, of the same TRANSFER_INIT. */
void tgpc_link_icid(tgp_call *call, tg_bytes icid);
void tgpc_link_transfer(tgp_call *call, uint64_t octets); /* their hash */

/* ---- what goes out (tell.c) --------------------------------------------------------------------------------------- */

/* A finding. `thing` says what of the message it is about. The same of the same request or response is told once, at the first hop, when the call is
 * closed; of one hop at each place (TRACE.md section 5). */
#if defined(__GNUC__)
__attribute__((format(printf, 6, 7)))
#endif
void tgpc_tell(tgp_call *call, const char *row, tgpc_whose whose, const tgpc_place *place, uint64_t thing, const char *format, ...);
void tgpc_tell_all(tgp_call *call); /* what was found so far goes out, and from now on at once */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void tgpc_note(tgp_call *call, tgp_note_kind kind, uint64_t frame, const char *format, ...);

/* ---- SIP (signalling.c, bodies.c, descriptions.c, entering.c) ---------------------------------------------------- */

/* A SIP message on its way through: what is known of it. */
typedef struct tgpc_step {
    tgp_calls *calls;
    tgp_call *call;
    const tgp_unit *unit;
    const tg_sip_head *head;
    tgpc_method method;
    unsigned leg;
    bool by_source;
    tgpc_transaction *transaction; /* NULL: it has no CSeq that can be read */
    uint64_t from_tag, to_tag; /* hashes; TGPC_NO_TAG: none */
    /* of its description: */
    tgp_part part;
    tgpc_offer *offer; /* the one it makes or answers */
    tgpc_answer *answer;
    tg_bytes raw; /* where the description was decoded: from what, in the unit; else empty */
    bool copy; /* a description of that To tag was there before */
} tgpc_step;

bool tgpc_take_sip(tgp_calls *calls, const tgp_unit *unit);
/* Is there room in the call for what the message brings (limits.c)? Its leg is known. */
bool tgpc_has_room(const tgpc_step *step);
tgpc_whose tgpc_whose_of(const tgpc_step *step);
/* Looks at the body: descriptions, MIKEY messages, containers. */
void tgpc_read_body(tgpc_step *step);
/* A session description, in the unit where `in_unit` (then `sdp` is a view of its octets). */
void tgpc_take_description(tgpc_step *step, tg_bytes sdp, bool in_unit);
/* False: no row and no MIKEY message can be in it. */
bool tgpc_scan(const tgp_calls *calls, tg_bytes sdp);
/* Reads it into the call's memory. NULL: malformed, or no memory. */
tgpc_description *tgpc_describe(tgpc_step *step, tg_bytes sdp, bool in_unit);
/* One m-line of it (m_lines.c), and all its attributes of key management, when the m-lines are there (key_mgmt.c). */
void tgpc_read_m_line(tgpc_step *step, const tg_sdp *sdp, size_t m_line, bool in_unit, tgpc_m *m);
void tgpc_read_keys(tgpc_step *step, const tg_sdp *sdp, bool in_unit, tgpc_description *out);
/* Tells the MIKEY message (and keeps what rows ask of it). */
typedef struct tgpc_letter {
    tgp_carrier carrier;
    int m_line;
    bool in_unit;
    tg_bytes raw;  /* where not in_unit: what it, or the description with it, was decoded from */
    tg_bytes text; /* base64, or octets */
    bool base64;
    const uint8_t *covered;
    const tg_m_line *kinds;
    size_t num_covered;
    bool has_m_lines;
    unsigned covers;
    bool broken; /* found when it is told: as in tgp_found */
    size_t broken_at;
} tgpc_letter;
void tgpc_tell_letter(tgpc_step *step, tgpc_key *key, tgpc_letter *letter);
tgpc_key *tgpc_new_key(tgp_call *call);

/* Offers and answers (offers.c). */
void tgpc_place_description(tgpc_step *step); /* what part a description in this message plays */
void tgpc_settle(tgpc_step *step);            /* what the message says of offers: 2xx, final responses, ACK */
const tgpc_m *tgpc_m_of(const tgpc_description *description, unsigned m_line); /* NULL: none */
bool tgpc_is_accepted(const tgpc_offer *offer, const tgpc_answer *answer);
tgpc_offer *tgpc_next_offer(const tgpc_offer *offer); /* the next on the same leg, by either; NULL: none */

/* Media (media.c). */
void tgpc_media_offered(tgpc_step *step, tgpc_offer *offer);
void tgpc_media_answered(tgpc_step *step, tgpc_offer *offer, tgpc_answer *answer);
void tgpc_media_acknowledged(tgpc_step *step, const tgpc_answer *answer); /* its 2xx, by the first ACK */
void tgpc_media_forget(tgp_call *call);                                   /* takes its ends out of the table */
const tgpc_end *tgpc_find_end(tgp_calls *calls, const tgp_endpoint *server,
                              const tgp_endpoint *client); /* NULL: none */
/* The n-th of them, the newest first: several m-lines may name the same end (RFC 4975: one port for many sessions). */
const tgpc_end *tgpc_find_nth_end(tgp_calls *calls, const tgp_endpoint *server, const tgp_endpoint *client, unsigned n);
/* Media of an m-line by the offerer or the answerer (connections.c). */
void tgpc_take_rtp(tgp_calls *calls, const tgp_unit *unit);
void tgpc_take_stream(tgp_calls *calls, const tgp_unit *unit);

/* Hops (hops.c; TRACE.md section 1): finds the request that this one goes on from, when it is met. */
void tgpc_find_hop_before(tgpc_step *step);

#endif
