/* What the files of this room share: what is kept across packets, and how it is found again.
 *
 * messages.c takes what signalling holds; copies.c and crowds.c find what was seen before; exchanges.c says which exchange and conversation a
 * message belongs to; http.c has the side of the KMS. judging.c judges a conversation that is complete, telling.c tells it, places.c says where in which frame something lies.
 * connections.c has TLS, containers.c PSK S/MIME, focus.c the keys of conferences. store.c keeps memory within its bound.
 *
 * Everything lives until it is told: a conversation when its calls are closed, when memory is wanted (the one that was quiet the longest), at the end.
 */
#ifndef TICKETGATE_PCAPS_TRACING_H
#define TICKETGATE_PCAPS_TRACING_H

#include <stdatomic.h>

#include "pcaps/trace.h"
#include "pipeline.h"
#include "ticketgate/json.h"

/* ---- tables ---------------------------------------------------------------------------------------------------- */

/* A chained table; its nodes lie in what they are nodes of. Hashes are of the process's key: strangers cannot make nodes collide. */
typedef struct tgt_node {
    struct tgt_node *next;
    uint64_t hash;
} tgt_node;
typedef struct tgt_table {
    tgt_node **buckets;
    size_t num_buckets, num;
} tgt_table;
bool tgt_table_init(tgt_table *table);
void tgt_table_free(tgt_table *table);
void tgt_table_put(tgt_table *table, tgt_node *node, uint64_t hash); /* the newest of a hash is found first */
void tgt_table_remove(tgt_table *table, tgt_node *node);             /* one that was never put in is let be */
void tgt_table_expect(const tgt_table *table, const tgt_node *node); /* it will be taken out soon */
tgt_node *tgt_table_find(const tgt_table *table, uint64_t hash);
tgt_node *tgt_node_next(const tgt_node *node); /* of the same hash */
static inline uint64_t tgt_hash(tg_bytes octets, uint64_t seed)
{
    return tgp_hash(octets, seed);
}
uint64_t tgt_hash_numbers(uint64_t a, uint64_t b);
/* What is soon looked at is fetched now: most of what is kept was used long ago, and each look at it would wait for memory. */
static inline void tgt_fetch(const void *from, size_t size)
{
#if defined(__GNUC__)
    for (size_t at = 0; from && at < size; at += 64)
        __builtin_prefetch((const uint8_t *)from + at);
#else
    (void)from;
    (void)size;
#endif
}
#define TGT_OF(node, type, member) ((type *)(void *)((uint8_t *)(node)-offsetof(type, member)))

/* ---- what is kept ---------------------------------------------------------------------------------------------- */

typedef struct tgt_conversation tgt_conversation;
typedef struct tgt_call tgt_call;
typedef struct tgt_record tgt_record;
typedef struct tgt_run tgt_run; /* crowds.c */

/* A MIKEY message. Its octets, lists and texts lie behind it, in one piece of memory. */
struct tgt_record {
    tgt_node by_octets, by_key, by_transaction, by_csb;
    tgt_record *earlier, *later; /* of all, in the order of numbers */
    tgt_record *next;            /* of its conversation, in the order of numbers */
    tgt_record *next_of_call, *before_of_call;
    tgt_conversation *conversation;
    tgt_call *call;                            /* NULL: HTTP */
    tgt_record *original, *copies, *next_copy; /* of a copy: what it is a copy of; of an original: its copies */
    tgt_run *runs;                             /* of an original that is crowded */
    unsigned num_copies;
    tgt_record *init; /* of a response or an Error: the message whose exchange it belongs to */
    size_t memory;
    uint64_t number, frame, first_frame, transaction, key;
    uint64_t refused_at; /* number of the newest MIKEY Error, or copy of one, that answers it; 0: none */
    uint64_t unit, from_tag, to_tag, request; /* unit: number of the one it stood in; the others as in tgp_found */
    int64_t time;
    tgp_endpoint source, destination;
    tgp_transport transport;
    tgp_carrier carrier;
    tgp_part part;
    int m_line;
    unsigned leg, index; /* index: among the messages of the conversation */
    bool has_m_lines, response, from_caller, immediate, in_base64, broken, has_message, has_csb, told, looked_at;
    bool enclosed;    /* the pieces are those of something that holds it, and nobody cuts them finer */
    bool replay;      /* of a message that was met before */
    bool crowded;     /* an original: it and its copies are looked up (crowds.c) */
    bool turned_down; /* a request over HTTP: its response had a status of 300 or more, and no message */
    uint8_t data_type, covers;
    uint32_t csb_id;
    tg_sender from;
    char ex[24];
    tg_bytes octets; /* empty: of a copy */
    tg_bytes text;   /* base64 with white space in it, as it stands; else empty */
    const tg_m_line *m_lines;
    const uint8_t *covered;
    size_t num_m_lines;
    const tgp_piece *pieces; /* of the base64 or the octets */
    size_t num_pieces;
    const char *first_line, *cseq;
    /* The profile whose rules on one message it is known to keep, as `transfer`; NULL: not known. */
    const tg_profile *keeps;
};

typedef struct tgt_container tgt_container;
typedef struct tgt_connection tgt_connection;

struct tgt_conversation {
    tgt_node by_ticket;                 /* hash 0: without a ticket */
    tgt_conversation *quieter, *busier; /* by the time of the last message */
    uint64_t number;                    /* TGP_NONE: of a message that does not parse */
    tgt_record *first, *last;           /* copies too */
    size_t num, num_originals, num_told;
    size_t octets;
    int64_t last_time;
    tg_bytes ticket; /* what has to be the same: a view into a record's octets */
    unsigned num_request, num_transfer, num_resolve, num_update;
    unsigned covers;
    bool has_description, has_immediate, has_flags, flag_f, flag_g;
    tgt_container *containers, **last_container;
    tgt_connection *connections, **last_connection;
    /* once judged */
    bool is_judged;
    tg_arena arena;
    tg_conversation *judged;
    const tg_profile *profile; /* what it was judged by, in `arena`; before, what it will be judged by */
    int keys;
};

/* What is kept of a call that is open. */
struct tgt_call {
    tgt_call *earlier, *later; /* of those that are open */
    tgp_call *call;
    uint64_t number, id;     /* id: a hash of the Call-ID, once somebody asked; 0: nobody did */
    tgt_record *records;     /* newest first */
    struct tgt_finding *findings, **last_finding;
    struct tgt_spot *spots; /* of messages that were told */
    size_t num_findings, num_spots, num_connections;
    uint64_t containers[8]; /* hashes of bodies of the newest ones: those on other legs are the same */
    size_t num_containers;
};

/* A finding of a call that waits for what comes before it. */
typedef struct tgt_finding {
    struct tgt_finding *next;
    tgp_trace_finding finding;
} tgt_finding;

/* Where a message that was told lies. */
typedef struct tgt_spot {
    struct tgt_spot *next;
    uint64_t frame, number;
    uint32_t frame_offset, frame_length;
} tgt_spot;

/* The body of a MESSAGE or NOTIFY. */
struct tgt_container {
    tgt_container *next;
    size_t memory;
    uint64_t frame, call;
    int64_t time;
    tg_bytes octets; /* the SIP request */
    const tgp_piece *pieces;
    size_t num_pieces;
};

typedef struct tgt_before tgt_before;

/* ---- keys ------------------------------------------------------------------------------------------------------- */

struct tgp_keys {
    tg_crypto *crypto;
    tg_arena arena;
    tg_json_keys sets[TG_JSON_MAX_KEYS];
    size_t num;
    tg_bytes *participants, *conferences;
    size_t num_participants;
    bool has_participants;
};
/* The profile with what the set says of settings and Prot types. */
void tgt_profile_of(const tgp_keys *keys, size_t set, const tg_profile *profile, tg_profile *out);
/* A session key given directly; empty: none. */
tg_bytes tgt_given_tek(const tgp_keys *keys, uint32_t csb_id, uint8_t cs_id);

/* The profile that was named, or (auto) this one of the library. */
/* May be asked on any thread. */
const tg_profile *tgt_profile_or(const tgp_trace *trace, const char *name);

/* ---- the trace --------------------------------------------------------------------------------------------------- */

/* A TEK of a crypto session of a conference, as a hash that tells nothing of it. */
typedef struct tgt_focus_key tgt_focus_key;

struct tgp_trace {
    const tg_profile *profile; /* NULL: auto */
    tg_profile *set_profiles;  /* those of the library with settings of their own; NULL: there are none */
    size_t num_set_profiles;
    tgp_keys *keys;
    tg_crypto *crypto;
    size_t limit;  /* of what is kept here */
    int64_t quiet; /* 0: never */
    tgp_trace_listener listener;
    tgp_units *units;
    tgp_calls *calls;
    tgt_pipeline *
        pipeline; /* NULL: all is one thread's. While it runs, `units`, `packets` and `lost_unit` are the reader's, all below the other's */
    uint64_t packets;
    bool lost_unit;             /* for want of memory */
    tgp_trace_counts published; /* of what the other thread has done: under the lock of the pipeline */
    atomic_bool ran_out;        /* that thread is out of memory */
    tgp_trace_counts counts;
    tgt_before *before;
    uint64_t num_units, unread_bodies; /* of HTTP */
    bool out_of_memory;
    bool is_over; /* nothing more comes: what is told need not be known afterwards */
    size_t used;
    int64_t now;
    uint64_t next_message, next_conversation, next_connection;
    tgt_table octets, keys_of_records, transactions, csbs, tickets, connections_by_id;
    tgt_table ways, runs;             /* crowds.c */
    tgt_record *to_enter;             /* from this on, those of crowds are not entered yet */
    bool in_crowd;                    /* the message that is being taken has octets of one */
    uint64_t num_responses_with_init; /* messages, an initial one in each */
    tgt_call *open_calls;             /* the newest first */
    tgt_record *oldest, *newest;
    tgt_conversation *quietest, *busiest;
    tgt_connection *quietest_connection, *busiest_connection;
    tgt_record *of_unit;       /* the last message of the unit that is being taken */
    bool unit_is_copy;         /* a message in it is a copy */
    const tgp_unit *immediate; /* that unit, where it holds a container; its call */
    tgt_call *immediate_call;
    tg_arena scratch;     /* for a look at one message */
    tg_arena spare;       /* for what is judged next */
    size_t judged_octets; /* in arenas of conversations that are judged and not told */
    tgp_placed_finding *placed;
    size_t max_placed;
    tgp_trace_tek *teks;
    uint64_t *numbers;
    size_t max_numbers;
    tgt_table focus_keys;
    tgt_focus_key *focus_oldest, *focus_newest;
    size_t num_focus_keys,
        num_leveled; /* connections whose m-line has a message of its own beside that of the session */
};

/* ---- messages.c, exchanges.c, http.c ---------------------------------------------------------------------------- */

/* A message that was found, before it is kept. */
typedef struct tgt_found {
    const tgp_unit *unit;
    tgt_call *call;
    tgp_carrier carrier;
    tgp_part part;
    const char *first_line, *cseq;
    int m_line;
    bool has_m_lines, from_caller, response, immediate, broken, in_base64;
    const tg_m_line *m_lines;
    const uint8_t *covered;
    size_t num_m_lines, broken_at;
    unsigned covers, leg;
    tg_bytes octets;
    const tgp_ready_key *ready;
    bool is_placed; /* the text lies in the unit */
    size_t text_offset, text_len;
    uint64_t transaction, key, from_tag, to_tag, request;
    bool enclosed;
} tgt_found;
void tgt_take_found(tgp_trace *trace, const tgp_found *found);
bool tgt_take_message(tgp_trace *trace, const tgt_found *found); /* true: it is a copy */
uint64_t tgt_hash_of_octets(tg_bytes octets, bool response);     /* by_octets */
bool tgt_is_in_scratch(const tgp_trace *trace, tg_bytes octets);
void tgt_take_http(tgp_trace *trace, const tgp_unit *unit);
/* An initial message (RFC 3830, RFC 6043): what may be a replay. */
bool tgt_is_init(uint8_t data_type);
/* An Error, or a copy of one, was met: what it answers is a replay when it is sent again. */
void tgt_note_refusal(tgp_trace *trace, const tgt_record *error);
/* A response of 300 or more without a message came to the request over HTTP of this transaction: it may come once more. */
void tgt_note_turned_down(tgp_trace *trace, uint64_t transaction);
/* So that answers find it: `r` is in its call and its transaction. */
void tgt_enter_exchange(tgp_trace *trace, tgt_record *r);
bool tgt_may_hold_mikey(const char *content_type); /* a body of this type; whatever its target is */
/* Gives the record its exchange and its conversation. False: no memory. */
bool tgt_place_in_conversation(tgp_trace *trace, tgt_record *record, const tg_message *message);
/* Decodes base64 or copies octets, as the first octet says (ts33328 section 2). False: nothing in it. */
bool tgt_body_octets(tgp_trace *trace, tg_bytes body, tg_bytes *octets, bool *in_base64, bool *broken);

/* ---- copies.c, crowds.c ------------------------------------------------------------------------------------------ */

/* The newest message with these octets that this one is a copy of; NULL: it is none. `hash`: by_octets. Says whether it is in a crowd. */
tgt_record *tgt_find_original(tgp_trace *trace, const tgt_found *found, uint64_t hash);
/* Of a new message: is it a replay? True: no, but a copy of one whose conversation was told. */
bool tgt_look_for_replay(tgp_trace *trace, const tgt_found *found, tgt_record *record, uint64_t hash);

/* A request over HTTP: who sends it once more is the client. */
static inline bool tgt_is_posted(const tgt_record *r)
{
    return r->carrier == TGP_CARRIER_HTTP && !r->response;
}
static inline bool tgt_was_posted(const tgt_found *found)
{
    return found->carrier == TGP_CARRIER_HTTP && !found->response;
}

/* All with the octets of this one, in the same kind of message. */
void tgt_make_crowd(tgp_trace *trace, const tgt_record *like);
void tgt_crowd_take(tgp_trace *trace, tgt_record *record);  /* one of a crowd, as soon as it is in the list of all */
void tgt_crowd_leave(tgp_trace *trace, tgt_record *record); /* any, before it goes */
void tgt_crowd_refused(tgp_trace *trace, const tgt_record *about); /* its `refused_at` has changed */
void tgt_crowd_turned_down(tgp_trace *trace, const tgt_record *posted);
tgt_record *tgt_find_in_crowd(tgp_trace *trace, const tgt_found *found, uint64_t hash);

/* ---- before.c: messages whose conversation was told ---------------------------------------------------------------- */

tgt_before *tgt_before_new(void);
void tgt_before_free(tgt_before *before);
void tgt_before_keep(tgp_trace *trace, const tgt_record *record); /* an original that is about to go */
/* What was told of the same octets: nothing, a message that this one is a copy of, or one that it is a replay of. What is forgotten for want of room
 * counts as judged early. */
typedef enum tgt_met { TGT_NEVER, TGT_COPY, TGT_REPLAY } tgt_met;
void tgt_before_expect(const tgt_before *before, uint64_t hash /* by_octets */); /* it will be asked for */
void tgt_before_expect_keep(const tgt_before *before, uint64_t hash);            /* at once; it was expected before */
tgt_met tgt_before_look(tgp_trace *trace, const tgt_found *found, uint64_t hash /* by_octets */);

/* ---- store.c ---------------------------------------------------------------------------------------------------- */

void *tgt_alloc(tgp_trace *trace, size_t size); /* zeroed, counted; NULL sets out_of_memory */
void tgt_release(tgp_trace *trace, void *memory, size_t size);
/* An arena to judge in, of this size at least; it goes back to be used again, wiped where it may have held keys. */
bool tgt_take_arena(tgp_trace *trace, size_t size, tg_arena *out); /* false: no memory, and `out` is of nothing */
void tgt_give_arena(tgp_trace *trace, tg_arena *arena);
tgt_conversation *tgt_new_conversation(tgp_trace *trace, bool numbered);
void tgt_add_to_conversation(tgp_trace *trace, tgt_conversation *conversation, tgt_record *record);
/* All of `from` goes over to `to`. */
void tgt_merge_conversations(tgp_trace *trace, tgt_conversation *to, tgt_conversation *from);
void tgt_touch_conversation(tgp_trace *trace, tgt_conversation *conversation);
void tgt_drop_record(tgp_trace *trace, tgt_record *record);                   /* one that is in no conversation */
void tgt_free_conversation(tgp_trace *trace, tgt_conversation *conversation); /* with its records */
tgt_call *tgt_call_of(tgp_trace *trace, tgp_call *call);
void tgt_free_call(tgp_trace *trace, tgt_call *call);
void tgt_make_room(tgp_trace *trace);

/* ---- judging.c, telling.c --------------------------------------------------------------------------------------- */

void tgt_judge(tgp_trace *trace, tgt_conversation *conversation);
/* What is known where it is judged: with its set of keys. */
void tgt_known_of(const tgp_trace *trace, const tgt_conversation *conversation, tg_known *out);
const tg_judgement *tgt_judgement_of(const tgt_record *record); /* NULL: none */
/* A SIP or HTTP message as it is met; `call`: TGP_NONE where it is in none. */
void tgt_tell_step(tgp_trace *trace, const tgp_unit *unit, uint64_t call, const char *first_line);
void tgt_tell_record(tgp_trace *trace, tgt_record *record);
/* What is left of it to tell; then it is freed. */
void tgt_tell_conversation(tgp_trace *trace, tgt_conversation *conversation);
void tgt_tell_all(tgp_trace *trace); /* in the order of numbers */
void tgt_take_finding(tgp_trace *trace, const tgp_trace_finding *finding);
void tgt_closing(tgp_trace *trace, tgp_call *call);
void tgt_closed(tgp_trace *trace, tgp_call *call);
/* The TEK of a crypto session as the conversation gives it; empty: not known. */
tg_bytes tgt_tek_of(const tgp_trace *trace, const tgt_conversation *conversation, uint32_t csb_id, uint8_t cs_id);

/* ---- places.c --------------------------------------------------------------------------------------------------- */

/* Where octets [offset, offset + length) of what pieces hold lie; the part in the first frame. */
bool tgt_place(const tgp_piece *pieces, size_t num, size_t offset, size_t length, tgp_placed_finding *out);
/* Of octets of a message, by the characters that hold them. */
void tgt_place_in_message(const tgt_record *record, const tg_finding *finding, tgp_placed_finding *out);
tgp_placed_finding *tgt_placed(tgp_trace *trace, size_t num);

/* ---- connections.c, containers.c, focus.c ----------------------------------------------------------------------- */

void tgt_take_tls(tgp_trace *trace, const tgp_unit *unit);
void tgt_end_connection(tgp_trace *trace, uint64_t id);
void tgt_tell_connection(tgp_trace *trace, tgt_connection *connection); /* judged, and freed */
void tgt_tell_connections(tgp_trace *trace);
void tgt_tell_connections_of(tgp_trace *trace, tgt_conversation *conversation);
void tgt_forget_call(tgp_trace *trace, const tgt_call *call); /* no connection names it any more */
void tgt_tell_connections_of_call(tgp_trace *trace, tgt_call *call);
void tgt_free_connections(tgp_trace *trace);
/* handshakes.c: the crypto sessions of an m-line in a message; how many: 0 to 2. */
size_t tgt_sessions_of(const tgt_record *record, unsigned m_line, uint8_t out[2]);
int64_t tgt_connection_time(const tgt_connection *connection);
void tgt_take_container(tgp_trace *trace);
void tgt_tell_container(tgp_trace *trace, tgt_conversation *conversation, tgt_container *container);
void tgt_look_at_focus(tgp_trace *trace, tgt_conversation *conversation);
void tgt_free_focus(tgp_trace *trace);

#endif
