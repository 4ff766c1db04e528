/* pcap replay --as: a conversation of a capture, and who has which part in it. */
#ifndef TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_ROLE_H
#define TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_ROLE_H

#include "cmd_pcap_replay.h"
#include "party.h"

/* More than one Responder where a call forks. */
enum { ROLE_MAX_ACTORS = 8, ROLE_MEMORY = 12 << 20 };

/* A message of the conversation. */
typedef struct role_line {
    size_t message; /* of the replay */
    const tgp_replay_message *m;
    const tg_message *parsed; /* NULL: it does not parse */
    const replay_item *item;
    tg_sender to;
    unsigned actors; /* bits: whose it is to send or to get; 0: nobody's of the role that is played */
} role_line;

typedef struct role_actor {
    tg_identity self;
    tg_bytes psk_name; /* ID Data of IDRpsk, or of what names it otherwise */
} role_actor;

typedef struct role_cast {
    const tgp_replay *replay;
    const tg_known *known;
    uint64_t conversation;
    tg_sender who; /* the role that is played */
    role_line *lines;
    size_t num;
    role_actor actors[ROLE_MAX_ACTORS];
    size_t num_actors;
    bool own_keys;      /* who plays it can send a KEMAC of its own in Ticket Transfer */
    const char *cannot; /* why it cannot be played, or NULL */
    tg_arena arena;     /* of all that follows from it */
} role_cast;

/* `items`: of one conversation, in the order of their messages. False: no memory. */
bool role_cast_make(const replay_run *run, const replay_item *items, size_t num, tg_sender who, role_cast *out);
void role_cast_free(role_cast *cast);

bool role_sends(const role_cast *cast, size_t line, size_t actor);    /* this actor sent it */
bool role_receives(const role_cast *cast, size_t line, size_t actor); /* it went to this actor */
bool role_starts(const role_cast *cast, size_t line);                 /* it answers nothing */
const tg_payload *role_payload(const role_line *line, uint16_t type); /* NULL: none */

/* What the role is told, and what a KMS of the library's is; in the cast's arena. NULL: no memory, or *why. */
tg_party_setup *role_setup(role_cast *cast, tg_crypto *crypto, size_t actor, const char **why);
/* Is the role told the TPK? */
bool role_knows_tpk(const role_cast *cast);
/* What that role knows of it: for judging as it can. */
tg_known role_known(const role_cast *cast, const tg_party_setup *setup);

/* ---- what its Ticket Transfers hold; in the cast's arena ---- */
/* An offer or an update as it was captured, its keys under the same SPIs. False: no memory, or (not `own_keys`) it has keys that cannot be asked for. */
bool role_offer(role_cast *cast, const role_line *line, tg_transfer_plan *out);
/* The first answer of these actors to a TRANSFER_INIT, or to an update, where nothing is wrong with it: what comes after it in the capture names its
 * sessions and keys. False: there is none, it says nothing of its own, or it cannot be asked for. */
bool role_answer(role_cast *cast, bool to_update, unsigned actors, tg_transfer_plan *out);

#endif
