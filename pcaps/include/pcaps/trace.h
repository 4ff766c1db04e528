/* trace: a capture judged: every MIKEY message, conversation, TLS connection and container in it, and the rows across the trace
 * (vectors/TRACE.md). What is found is told when it is complete, in bounded memory, to a listener that writes or keeps it.
 *
 * Call tg_carriage_init, tg_mime_init and tg_json_init before. No clock: times are the capture's.
 */
#ifndef TICKETGATE_PCAPS_TRACE_H
#define TICKETGATE_PCAPS_TRACE_H

#include "pcaps/calls.h"
#include "ticketgate/exchange.h"
#include "ticketgate/json.h"
#include "ticketgate/messaging.h"
#include "ticketgate/tls.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TGP_NONE UINT64_MAX

/* ---- keys (TRACE.md section 3) ------------------------------------------------------------------------------- */

typedef struct tgp_keys tgp_keys;
/* Reads a key file. NULL: `why` (256 octets) says what is wrong and where; never shows a key. */
tgp_keys *tgp_keys_read(const char *json, size_t len, tg_crypto *crypto, char *why);
void tgp_keys_free(tgp_keys *keys); /* wipes them */
/* What a set says beside what is known of its conversations: who may take part, session keys given directly. False: there is no such set. Views. */
bool tgp_keys_set(const tgp_keys *keys, size_t set, const tg_json_keys **out);

/* ---- what is told -------------------------------------------------------------------------------------------- */

/* A finding with its place in a frame. */
typedef struct tgp_placed_finding {
    const tg_finding *finding;
    bool has_frame;
    uint64_t frame;
    uint32_t frame_offset, frame_length;
} tgp_placed_finding;

/* A MIKEY message; valid during the callback. */
typedef struct tgp_trace_message {
    uint64_t number, frame, first_frame;
    int64_t time;
    tgp_transport transport;
    tgp_endpoint source, destination;
    tgp_carrier carrier;
    const char *first_line, *call_id, *cseq; /* HTTP: call_id and cseq are "" */
    uint64_t call;               /* number; TGP_NONE: HTTP */
    int m_line;
    bool has_m_lines;
    const tg_m_line *m_lines;
    size_t num_m_lines;
    uint64_t copy_of;            /* number, or TGP_NONE; of a copy, what follows is empty */
    uint64_t conversation;       /* number, or TGP_NONE */
    const char *ex;              /* "transfer"; "" */
    tg_sender from;
    const tg_profile *profile;
    tg_bytes octets;
    const tg_message *message;   /* NULL where it does not parse; then */
    tg_diag error;               /* says why */
    tg_outcome auth, ticket_auth, vr_auth, kemac;
    const tgp_placed_finding *findings;
    size_t num_findings, num_findings_lost;
    bool conforms;
    tg_reception reception;
    const tgp_piece *pieces;     /* where its text lies: of the base64 characters or octets */
    size_t num_pieces;
    const tg_judgement *judgement; /* with keys and derived values, all secret; NULL: not judged in a conversation */
} tgp_trace_message;

typedef struct tgp_trace_tek {
    uint32_t csb_id;
    uint8_t cs_id;
    tg_bytes tek;                /* secret */
} tgp_trace_tek;

typedef struct tgp_trace_conversation {
    uint64_t number;
    const tg_profile *profile;
    int keys;                    /* index in the key file, -1: none */
    const uint64_t *messages;
    size_t num_messages;
    bool accepted;
    const tgp_trace_tek *teks;
    size_t num_teks;
    const tg_conversation *judged; /* with what is known of it (tg_conversation_known), in the order of `messages`; secret; NULL: it was not judged */
} tgp_trace_conversation;

typedef struct tgp_trace_connection {
    uint64_t number, first_frame;
    int64_t time;
    tgp_endpoint client, server;
    bool datagrams, has_tek;
    tg_bytes tek;                /* secret */
    uint64_t call;               /* TGP_NONE: no m-line names it */
    unsigned leg, m_line;
    const tg_tls_judgement *judgement;
    const tgp_placed_finding *findings;
    size_t num_findings;
} tgp_trace_connection;

typedef struct tgp_trace_container {
    uint64_t frame, call;
    int64_t time;
    const tg_im_judgement *judgement; /* content is secret */
    const tgp_placed_finding *findings;
    size_t num_findings;
} tgp_trace_container;

/* Any SIP or HTTP message, for ladders and lists: every one, with or without MIKEY in it, as it comes by. */
typedef struct tgp_trace_step {
    uint64_t frame, call;        /* TGP_NONE: HTTP */
    int64_t time;
    tgp_transport transport;
    tgp_endpoint source, destination;
    const char *first_line;
    const tgp_unit *unit;
} tgp_trace_step;

typedef struct tgp_trace_listener {
    /* All may be NULL. Order: steps as they come. When something is complete (a conversation that was quiet, a call that ended, want of memory, the end
     * of the capture): its messages, then the conversation, containers, connections, findings, the call. Within one call of tgp_trace_finish, messages
     * come in the order of frames. */
    void (*step)(void *user, const tgp_trace_step *step);
    void (*message)(void *user, const tgp_trace_message *message);
    void (*conversation)(void *user, const tgp_trace_conversation *conversation);
    void (*connection)(void *user, const tgp_trace_connection *connection);
    void (*container)(void *user, const tgp_trace_container *container);
    void (*finding)(void *user, const tgp_trace_finding *finding);
    void (*call)(void *user, const tgp_call_facts *call);
    /* A line of a key log that Wireshark takes (NSS: "CLIENT_RANDOM <hex> <hex>"), without line end. Secret. */
    void (*key_log)(void *user, const char *line);
    void *user;
} tgp_trace_listener;

/* ---- judging ------------------------------------------------------------------------------------------------- */

/* As for tg_setting_set. */
typedef struct tgp_setting {
    const char *name, *value;
} tgp_setting;

#define TGP_TRACE_MEMORY_MIB 20 /* of tgp_trace_options, where it says nothing */

typedef struct tgp_trace_options {
    const tg_profile *profile;   /* NULL: auto */
    const tgp_setting *settings; /* of `auto`: they hold in whichever profile is chosen; copied */
    size_t num_settings;
    tgp_keys *keys;              /* NULL: none */
    tg_crypto *crypto;
    size_t memory;               /* of all that is kept across packets of messages and calls: 0 for TGP_TRACE_MEMORY_MIB, 8 MiB at least */
    bool two_threads;            /* reading and cutting on the caller's thread, judging on another, which calls the listener, until tgp_trace_finish
                                  * or tgp_trace_free; without a second thread to be had it is all the caller's. What is told is the same */
    bool heads_alone;            /* the units of steps need not have the bodies of HTTP messages that hold no MIKEY (tgp_unit.http.passed) */
    int64_t quiet;               /* nanoseconds of the capture's clock after which a conversation without further messages is told. 0: none is, but for
                                  * want of memory or at the end of the capture: a ticket may be used again after hours */
} tgp_trace_options;

typedef struct tgp_trace_counts {
    uint64_t messages, copies, failing, calls, conversations, findings, must_findings, judged_early /* as tgp_unit_event says */;
    uint64_t packets; /* read */
} tgp_trace_counts;

typedef enum tgp_verdict { TGP_CONFORMS, TGP_FAILS, TGP_UNREADABLE, TGP_NOTHING, TGP_INCONCLUSIVE, TGP_STOPPED } tgp_verdict;
const char *tgp_verdict_name(tgp_verdict verdict); /* "nothing_to_judge" */

typedef struct tgp_trace tgp_trace;
tgp_trace *tgp_trace_new(const tgp_trace_options *options, const tgp_trace_listener *listener); /* NULL: no memory */
bool tgp_trace_take(tgp_trace *trace, const tgp_packet *packet); /* false: memory ran out */
void tgp_trace_finish(tgp_trace *trace);
void tgp_trace_count(const tgp_trace *trace, tgp_trace_counts *out);
const tgp_units *tgp_trace_units(const tgp_trace *trace); /* for its counts */
/* `error`: why reading ended early, or "". */
tgp_verdict tgp_trace_verdict(const tgp_trace *trace, const char *error, bool stopped);
void tgp_trace_free(tgp_trace *trace); /* wipes what was secret */

#ifdef __cplusplus
}
#endif
#endif
