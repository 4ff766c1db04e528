/* replay: what of a capture is sent once more, and how it is made fresh: T, RANDs and CSB IDs of MIKEY messages, sealed again (reseal.h), and what
 * tells one SIP dialog from another. Sending is for the caller: nothing here knows of sockets, processes or a clock.
 *
 * A tgp_replay listens while a capture is judged (tgp_replay_listener) and keeps its MIKEY messages and its SIP and HTTP messages. Then
 * tgp_replay_freshen may change them, and tgp_replay_judge tells what a conversation, or an answer to it, is worth. What the key file gave must
 * outlive it; the tgp_trace need not.
 */
#ifndef TICKETGATE_PCAPS_REPLAY_H
#define TICKETGATE_PCAPS_REPLAY_H

#include "pcaps/trace.h"
#include "ticketgate/json.h"
#include "ticketgate/reseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- when ---------------------------------------------------------------------------------------------------- */

typedef struct tgp_replay_timing {
    bool at_once;    /* no gaps at all */
    double factor;   /* 1: as captured; 10: ten times faster; above 0 */
    int64_t max_gap; /* nanoseconds, as they are waited for; longer ones are cut */
} tgp_replay_timing;
/* Nanoseconds from the first to each of what happened at `times` (of the capture's clock; one that goes backwards stands still). How many gaps were cut. */
size_t tgp_replay_schedule(const int64_t *times, size_t num, const tgp_replay_timing *timing, int64_t *offsets);

/* ---- what ---------------------------------------------------------------------------------------------------- */

/* A MIKEY message. */
typedef struct tgp_replay_message {
    uint64_t number, frame, call, conversation; /* TGP_NONE: none */
    uint64_t copy_of;                           /* TGP_NONE: an original; of a copy, octets are those of the original */
    uint32_t frame_offset;                      /* of its first character or octet */
    int64_t time;
    char ex[24];
    tg_sender from;
    tgp_carrier carrier;
    tg_bytes was, octets; /* as captured; as it is sent */
    tg_profile *profile;
    tg_m_line *m_lines;
    size_t num_m_lines;
    bool has_m_lines, parses, has_keys; /* has_keys: of its conversation */
    size_t unit;                        /* that it stands in; SIZE_MAX: none that was kept */
    /* with `freshen`: */
    bool resealed;
    tg_reseal_outcome outcome;
} tgp_replay_message;

/* A SIP or HTTP message. */
typedef struct tgp_replay_unit {
    tgp_unit_kind kind;
    uint64_t call, frame, connection; /* call of HTTP: TGP_NONE */
    int64_t time;
    tgp_transport transport;
    tgp_endpoint source, destination;
    uint8_t *octets;
    size_t len;
    tgp_piece *pieces;
    size_t num_pieces;
    bool request;
    char *target, *method, *content_type; /* HTTP */
    uint64_t transaction;
    unsigned status; /* of a response */
    bool base64;     /* HTTP: its message travels as base64 */
    size_t message;  /* the first MIKEY message in it; SIZE_MAX: none */
} tgp_replay_unit;

#define TGP_REPLAY_MEMORY_MIB 64

typedef struct tgp_replay_options {
    size_t memory;      /* octets of all that is kept; 0: TGP_REPLAY_MEMORY_MIB */
    uint8_t secret[32]; /* what fresh values are made from: the same for the same */
} tgp_replay_options;

typedef struct tgp_replay tgp_replay;
tgp_replay *tgp_replay_new(const tgp_replay_options *options); /* NULL: no memory */
const tgp_trace_listener *tgp_replay_listener(tgp_replay *replay);
const char *tgp_replay_error(const tgp_replay *replay); /* "": nothing is missing */
size_t tgp_replay_num_messages(const tgp_replay *replay);
const tgp_replay_message *tgp_replay_message_at(const tgp_replay *replay,
                                                size_t index); /* in the order of their numbers once sorted */
size_t tgp_replay_num_units(const tgp_replay *replay);
const tgp_replay_unit *tgp_replay_unit_at(const tgp_replay *replay, size_t index); /* in the order of frames */
/* Once, when the capture has ended: sorts, and finds the unit of each message. `crypto` is for what follows. */
void tgp_replay_settle(tgp_replay *replay, tg_crypto *crypto);
void tgp_replay_free(tgp_replay *replay); /* wipes what was secret */

/* ---- fresh --------------------------------------------------------------------------------------------------- */

/* New timestamps (64-bit NTP) for those of a conversation, in the order of its messages: each is `now` and the offset at which its message is sent;
 * the same stay the same, later ones stay later, and one that is earlier than one before it stays so by as much. `whole_seconds`: some of them can say
 * no less (NTP-UTC-32, RFC 6043 6.3); so they are as far apart at least. */
void tgp_replay_times(const uint64_t *old, const int64_t *offsets, size_t num, uint64_t now, bool whole_seconds,
                      uint64_t *out);

/* Makes T, RANDRi, RANDRr and CSB IDs of all conversations with keys new and seals their messages again, in place where they stand in SIP messages;
 * Call-ID, tags and branches too. Keys and lengths stay. The times of a Ticket Policy (TRi, TRs, TRe) move along with T, and in
 * tickets where the TPK is known; nothing else of a ticket changes. In conversations of immediate messages RANDs and CSB IDs stay, so that the containers
 * beside them can be opened as before. `offsets`: of each message, in nanoseconds. False: memory ran out. */
bool tgp_replay_freshen(tgp_replay *replay, uint64_t now, const int64_t *offsets);

/* Call-ID, tags of From and To, branches of Via: others of the same length, in place. False: no memory, or it is no SIP message. */
bool tgp_replay_fresh_sip(tg_crypto *crypto, const uint8_t secret[32], uint8_t *octets, size_t len);

/* The request as it is sent from `sent_by` ("192.0.2.1:5060") within the dialog that the peer named `to_tag` (empty: as it stands, and so with a To
 * without tag): the topmost Via names who sends it, so that the answer comes back (RFC 3261 18.2.2). Its body stays. `out` is added to. */
bool tgp_replay_address_sip(tg_bytes octets, const char *sent_by, tg_bytes to_tag, tg_text *out);

/* ---- judging ------------------------------------------------------------------------------------------------- */

/* Judges the conversation of a message up to it, as it is sent now, and with an answer to it where that has data. `take` is told of the last one; the
 * judgement is valid during the call. False: memory ran out. */
typedef void (*tgp_replay_take)(void *user, const tg_judgement *judgement);
bool tgp_replay_judge(const tgp_replay *replay, size_t message, bool as_captured, tg_bytes answer, tg_sender answerer,
                      tgp_replay_take take, void *user);

/* ---- a role, played by somebody else -------------------------------------------------------------------------- */

/* What is known of a conversation as it was captured; NULL: no keys. Secret; lives as long as the replay. */
const tg_known *tgp_replay_known(const tgp_replay *replay, uint64_t conversation);

/* A conversation once more, with somebody in one of its roles: its messages one after the other, captured ones as they are sent, and in the place of
 * others what he has said. What answers him takes over CSB ID and RANDs, has a T behind his, and is sealed again; captured messages stay as they are
 * in the replay, so that a conversation can be gone through any number of times. */
typedef struct tgp_replay_scene tgp_replay_scene;
tgp_replay_scene *tgp_replay_scene_new(const tgp_replay *replay, uint64_t conversation); /* NULL: no memory */
void tgp_replay_scene_free(tgp_replay_scene *scene);                                     /* the replay must still be there */
/* The next message is a captured one. *out: as it is to be sent now, until the scene is freed; *sealed: whether it could be made right. False: no
 * memory, or more than TG_RESEAL_MAX_MESSAGES. */
bool tgp_replay_scene_give(tgp_replay_scene *scene, size_t message, uint64_t now, tg_bytes *out,
                           tg_reseal_outcome *sealed);
/* The next message is what somebody said (octets are copied): in the place of the captured message `instead_of`, or of none (SIZE_MAX). False: as above. */
bool tgp_replay_scene_say(tgp_replay_scene *scene, tg_bytes octets, tg_sender from, const char *ex, size_t instead_of);
void tgp_replay_scene_drop(tgp_replay_scene *scene); /* takes the last message back */
size_t tgp_replay_scene_num(const tgp_replay_scene *scene);
/* Judges all messages so far, at the time `now` and with what `known` says (its own `now` does not count), and tells of message `index`. False: no memory. */
bool tgp_replay_scene_judge(const tgp_replay_scene *scene, const tg_known *known, uint64_t now, size_t index,
                            tgp_replay_take take, void *user);
/* Likewise, and tells of the whole conversation: what it has established. */
typedef void (*tgp_replay_take_all)(void *user, const tg_conversation *conversation);
bool tgp_replay_scene_judge_all(const tgp_replay_scene *scene, const tg_known *known, uint64_t now,
                                tgp_replay_take_all take, void *user);

#ifdef __cplusplus
}
#endif
#endif
