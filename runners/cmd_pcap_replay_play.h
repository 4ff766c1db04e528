/* pcap replay --as: one actor of a conversation while it is played, and what comes of each step. */
#ifndef TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_PLAY_H
#define TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_PLAY_H

#include "cmd_pcap_replay_role.h"

enum { PLAY_MOST_ROWS = 64 };

/* What the library expects of a receiver. NOTHING: nothing was given. */
typedef enum play_expected { PLAY_ACCEPT, PLAY_EITHER, PLAY_REJECT, PLAY_NOTHING } play_expected;

typedef struct verdict {
    replay_outcome outcome;
    play_expected expected;
    bool unsealed; /* what was given could not be made right */
    bool forged;   /* the role can tell that what was given is not authentic */
    bool said;     /* something stands in the scene behind what was given */
    char captured[REPLAY_MAX_TEXT], got[REPLAY_MAX_TEXT], note[REPLAY_MAX_NOTE];
    tg_bytes sent, answer;
} verdict;

/* Session keys; in the arena of the cast. */
typedef struct play_keys {
    const tg_session_key *cs;
    size_t num;
} play_keys;

/* What a call began with. */
typedef struct play_given {
    bool starts;
    int type; /* of what was given, or is to be started; -1: none */
    tg_sender from;
    const tg_message *message; /* NULL: it does not parse, or nothing was given */
} play_given;

typedef struct played {
    replay_run *run;
    iut *u;
    role_cast *cast;
    size_t actor;
    tg_party_setup *setup;
    iut_party party;
    tg_party in;
    tgp_replay_scene *scene;
    tg_known view; /* what the role knows; secret */
    uint64_t now, ticks, ahead; /* ahead: of the time of sending, for timestamps in whole seconds that differ */
    size_t transfer;     /* in the scene: the TRANSFER_INIT that it got last; SIZE_MAX: none */
    bool answer_wanted;  /* by that TRANSFER_INIT */
    play_keys in_force;  /* of the last Ticket Transfer that is over */
    play_keys under_way; /* of one that it began and that is not */
    bool begun;          /* there is such a one */
    bool uncomparable;   /* the library derives no keys of the last one */
    char resolve[24];    /* the Ticket Resolve exchange that it began last */
    bool *stands;        /* of each line: what it says now stands for it, and is good */
    bool over;           /* nothing more can be given to it */
    bool rejected;       /* it has rejected something: it begins nothing more of its own accord */
    unsigned refuses;    /* 0: nothing; it was told to refuse by local policy, as the captured one did */
    struct play_stand_in *kms;
} played;

/* It differs, and why. */
void play_blame(verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void play_note(verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *play_expected_name(play_expected expected);

/* What a message of the role is worth. */
typedef struct play_worth {
    bool skipped, accepted;
    const char *rows[PLAY_MOST_ROWS]; /* of the catalogue: those that a sender has to keep */
    size_t num_rows;
    int type, error_no;
    char text[REPLAY_MAX_TEXT];
} play_worth;

void play_weigh_sent(void *user, const tg_judgement *judgement); /* into a play_worth */
bool play_has_row(const play_worth *worth, const char *row);
bool play_weigh_captured(const played *p, size_t line, play_worth *out); /* false: no memory */

/* ---- the capture ---- */
/* Does the actor do something with this line: get it, or send it without being asked? */
bool play_is_step(const role_cast *cast, size_t line, size_t actor);
/* What the captured role sent in this step, from `from` on; SIZE_MAX: nothing (more). */
size_t play_captured_from(const played *p, size_t step, size_t from);
int play_type_at(const played *p, size_t line);   /* data type; -1: none */
bool play_is_error(const played *p, size_t line); /* of SIZE_MAX: false */
bool play_is_resolve(int type);
/* The captured message that one of this type is to be held against: of its type, else any that nothing stands for yet; SIZE_MAX: none. A
 * RESOLVE_INIT that the capture does not show went another way than that which was captured. */
size_t play_counterpart(const played *p, size_t step, int type, const bool *taken);

/* ---- what the judge does not look at ---- */
/* NULL: it does not parse, or (*memory is NULL) no memory. *memory is to be freed. */
const tg_message *play_parse(tg_bytes octets, void **memory);
bool play_wants_answer(const tg_message *transfer_init);
/* Addressee, place and number of what was sent n-th. */
void play_check_sent(played *p, const iut_party_call *call, size_t n, const play_given *given, verdict *v);
/* RANDs and CSB IDs. `model`: the captured message in whose place it stands, or SIZE_MAX. False: no memory. */
bool play_check_fresh(played *p, const tg_message *sent, size_t model, bool is_update, verdict *v);
void play_forget_drawn(replay_run *run);
/* Keys that it made: those in the KEMAC of the last message of the scene, of this data type. `model` as above. False: no memory. */
bool play_check_own_keys(played *p, int type, size_t model, verdict *v);
void play_forget_own_keys(replay_run *run);
/* Nothing was sent although something has to be: blamed, true. */
bool play_check_silence(const played *p, const iut_party_call *call, const play_given *given, verdict *v);
/* Session keys, and whether there is a session. `sound`: what was sent in this call is good. False: no memory. */
bool play_take_keys(played *p, const iut_party_call *call, const tg_message *given, bool sound, verdict *v);

/* ---- a step ---- */
/* What the captured role refused although nothing is wrong with it, it refused by local policy: so the one in its place is told to. */
/* Is the ticket over in what it is to begin (6.10), by its clock? False: no memory. */
bool play_is_too_late(played *p, size_t line, bool *too_late);
void play_tell_refusals(played *p);
bool play_is_to_refuse(const played *p, size_t line); /* by what it was told */
/* What the library expects of who gets message `index` of the scene, knowing what the role knows. False: no memory. */
bool play_expect(played *p, size_t index, verdict *v);
/* Takes the record of the last call: judges what was sent, compares. False: no memory. */
bool play_take(played *p, size_t line, verdict *v);
/* Has what is given now other keys missing than in the capture: those of the captured one that this one has not made? False: no memory. */
bool play_lacks_keys(played *p, size_t line, size_t index, bool *lacks);
void play_not_open(played *p, const iut_party_call *open, void (*tell)(played *p, size_t line, const verdict *v));

/* The library in the place of a KMS that the capture does not show: its answer, until the next. False: no memory. Empty: there is none, *why says it. */
bool play_ask_kms(played *p, tg_bytes resolve_init, tg_bytes *out, const char **why);
void play_end_stand_in(played *p);

#endif
