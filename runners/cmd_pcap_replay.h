/* cmd_pcap_replay: what the files of `ticketgate pcap replay` share. */
#ifndef TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_H
#define TICKETGATE_RUNNERS_CMD_PCAP_REPLAY_H

#include "address.h"
#include "attach.h"
#include "cli.h"
#include "cmd_pcap.h"
#include "http.h"
#include "pcaps/replay.h"

enum { REPLAY_MAX_CHOSEN = 64, REPLAY_MAX_TEXT = 1024, REPLAY_MAX_NOTE = 512 };

typedef enum replay_target { REPLAY_LIBRARY, REPLAY_IUT, REPLAY_UDP, REPLAY_TCP, REPLAY_HTTP } replay_target;

/* How it ended, beside how it ended in the capture. */
typedef enum replay_outcome {
    REPLAY_SAME,
    REPLAY_DIFFERS,
    REPLAY_SILENT,
    REPLAY_SENT,
    REPLAY_NUM_OUTCOMES
} replay_outcome;

/* What is sent: a MIKEY message, or the SIP message at `unit`. */
typedef struct replay_item {
    size_t message, unit;  /* SIZE_MAX: none */
    uint64_t conversation; /* of the message */
    int64_t time, offset;
} replay_item;

/* What is told of an item. */
typedef struct replay_told {
    replay_outcome outcome;
    char what[REPLAY_MAX_TEXT]; /* "REQUEST_INIT_PSK", "INVITE sip:bob@example.com" */
    char captured[REPLAY_MAX_TEXT], got[REPLAY_MAX_TEXT], note[REPLAY_MAX_NOTE];
    tg_bytes sent, answer;     /* MIKEY messages; may be empty */
    const char *as, *expected; /* --as: the role, and what the library expects of it; else NULL */
} replay_told;

typedef struct replay_run {
    pcap_judging j;
    const char *to;
    replay_target target;
    kms_address address;
    char *url;     /* HTTP: up to the path */
    bool has_path; /* the path is that of --to, not the capture's */
    bool fresh, allow_remote, has_secret, has_from, has_now;
    tg_sender from;
    tg_sender as; /* the role of an implementation; UNKNOWN: none */
    uint64_t now;
    uint64_t base; /* fresh: the time of what is sent first */
    size_t timeout;
    int output;
    tgp_replay_timing timing;
    struct {
        uint64_t numbers[REPLAY_MAX_CHOSEN];
        size_t num;
    } calls, conversations, messages;
    tgp_replay_options how;
    tgp_replay *replay;
    replay_item *items;
    size_t num_items, gaps_cut;
    int64_t start; /* of the machine's steady clock */
    size_t counts[REPLAY_NUM_OUTCOMES];
    bool failed;
    bool gone;                      /* the peer: nothing more is sent */
    struct play_drawn *drawn;       /* --as: what had to be fresh; NULL: nothing yet */
    struct play_own_keys *own_keys; /* --as: keys that were made, secret; NULL: none yet */
    tg_text line;
} replay_run;

/* ---- items ---- */
/* Chooses and sorts them, and makes them fresh. CLI_OK, or what the matter is (complained of). */
int replay_prepare(replay_run *run);
int64_t replay_clock(void); /* nanoseconds */
/* Waits until it is time for the item. False: somebody wants the run to end. */
bool replay_wait(const replay_run *run, const replay_item *item);

/* ---- telling ---- */
void replay_tell(replay_run *run, const replay_item *item, const replay_told *told);
void replay_tell_end(replay_run *run);
void replay_describe(const tg_judgement *judgement, char out[REPLAY_MAX_TEXT]);
const char *replay_type_name(tg_bytes octets);
/* Text of others, cut and cleaned. */
void replay_put(char *out, size_t size, const char *text, size_t len);

/* ---- targets: all items; false: could not even begin (complained of) ---- */
bool replay_to_library(replay_run *run);
bool replay_to_iut(replay_run *run);
bool replay_to_role(replay_run *run); /* --as */
bool replay_to_http(replay_run *run);
bool replay_to_sip(replay_run *run);

/* ---- a peer that is talked to in datagrams or over a connection ---- */
typedef struct replay_peer replay_peer;
replay_peer *replay_peer_open(const kms_address *address, bool stream, size_t timeout, const char **why);
void replay_peer_close(replay_peer *peer);
const char *replay_peer_name(const replay_peer *peer); /* this side: "127.0.0.1:40000" */
bool replay_peer_send(replay_peer *peer, tg_bytes octets, const char **why);
typedef enum replay_got {
    REPLAY_GOT,
    REPLAY_GOT_NOTHING,
    REPLAY_GOT_GARBAGE,
    REPLAY_GOT_END,
    REPLAY_GOT_TOO_MUCH,
    REPLAY_GOT_SIGNAL
} replay_got;
/* The next SIP message, valid until the next call; until `deadline` (of replay_clock). */
replay_got replay_peer_next(replay_peer *peer, int64_t deadline, tg_bytes *out);

#endif
