/* What the files of this room share. */
#ifndef TICKETGATE_PCAPS_REPLAY_REPLAYING_H
#define TICKETGATE_PCAPS_REPLAY_REPLAYING_H

#include "pcaps/replay.h"

/* What is known of a conversation, kept beyond the trace that judged it. */
typedef struct tgr_conversation {
    uint64_t number;
    bool has_keys, fresh;
    uint64_t now;   /* fresh: of its messages as they are sent */
    tg_known known; /* as captured */
} tgr_conversation;

/* Where an original of a conversation stands. */
typedef struct tgr_place {
    uint64_t conversation;
    size_t message;
} tgr_place;

struct tgp_replay {
    tgp_replay_options options;
    tg_crypto *crypto;
    tgp_trace_listener listener;
    size_t held, limit;
    const char *error;
    tgp_replay_message *messages;
    size_t num_messages;
    tgp_replay_unit *units;
    size_t num_units;
    tgr_conversation *conversations;
    size_t num_conversations;
    tgr_place *places; /* by conversation, then by number; NULL: no memory */
    size_t num_places;
};

const tgr_conversation *tgr_conversation_of(const tgp_replay *replay, uint64_t number);
const tgp_replay_message *tgr_original_of(const tgp_replay *replay, uint64_t number); /* once settled */
/* The first of a conversation's places; the others follow. num_places: none. */
size_t tgr_first_place(const tgp_replay *replay, uint64_t conversation);
/* Octets that stand for `old`: the same for the same label and octets. */
bool tgr_other(tg_crypto *crypto, const uint8_t secret[32], const char *label, tg_bytes old, uint8_t *out, size_t len);
/* As tg_conversation takes them; NULL: no memory. Those of one conversation up to `last` that are originals; `indices` has their places. */
tg_sent *tgr_sent_of(const tgp_replay *replay, uint64_t conversation, size_t last, bool as_captured, size_t **indices,
                     size_t *num, size_t *octets);

/* Judges messages at *known, and tells of all, or of that at `index`. False: no memory. */
bool tgr_judge_all(tg_crypto *crypto, const tg_known *known, const tg_sent *sent, size_t num, tgp_replay_take_all take,
                   void *user);
/* Of all that was judged, one: for who takes all (`user` is a tgr_one_of_all). */
typedef struct tgr_one_of_all {
    size_t index;
    tgp_replay_take take;
    void *user;
} tgr_one_of_all;
void tgr_take_one(void *user, const tg_conversation *conversation);
bool tgr_judge(tg_crypto *crypto, const tg_known *known, const tg_sent *sent, size_t num, size_t index,
               tgp_replay_take take, void *user);

#endif
