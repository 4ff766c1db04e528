/* story: a call as it is drawn: who sent what to whom, in order. Made from what a trace tells as it comes; what a ladder needs of a step is kept
 * small. Private to present.
 *
 * Steps of HTTP belong to no call: they are kept by conversation, and go into the ladder of every call that the conversation has messages in; a
 * conversation without call has a ladder of its own.
 */
#ifndef TICKETGATE_PCAPS_STORY_H
#define TICKETGATE_PCAPS_STORY_H

#include "presenter.h"

enum { TGP_STEP_LINE = 120, TGP_MOST_STEPS = 400, TGP_MOST_ENDS = 12 };
#define TGP_MOST_KEPT_STEPS 2000000 /* in all: beyond them messages without MIKEY are not drawn */

typedef enum tgp_step_kind {
    TGP_STEP_SIP,
    TGP_STEP_HTTP,
    TGP_STEP_MIKEY,
    TGP_STEP_TLS,
    TGP_STEP_CONTAINER
} tgp_step_kind;
typedef enum tgp_mark { TGP_MARK_NONE, TGP_MARK_GOOD, TGP_MARK_COPY, TGP_MARK_SHOULD, TGP_MARK_BAD } tgp_mark;

typedef struct tgp_step {
    tgp_step_kind kind;
    tgp_transport transport;
    tgp_endpoint source, destination;
    uint64_t frame, number; /* of the message, of the connection */
    int64_t time;
    tgp_mark mark;
    unsigned num_mikey;                 /* MIKEY messages in it */
    char line[TGP_STEP_LINE], what[48]; /* first line; what it carries: "TRANSFER_INIT" */
} tgp_step;

/* Keys of p->beside: (conversation, part, frame), and (TGP_NONE, 0, frame) for rows of findings. */
enum { TGP_BESIDE_CALL /* the third part is the call */, TGP_BESIDE_STEP, TGP_BESIDE_DETAIL };
/* Conversations that have no call are ladders of their own, under this number. */
#define TGP_LADDER_OF_CONVERSATION(conversation) (((uint64_t)1 << 63) | (conversation))

/* Takes note of a message's conversation, and keeps it as a step: of its call, or of its conversation. */
void tgp_story_message(tgp_presenter *p, const tgp_trace_message *m, uint64_t step_part);
/* The detail in p->text goes with it. */
void tgp_story_detail(tgp_presenter *p, const tgp_trace_message *m, uint64_t detail_part);
void tgp_story_step(tgp_presenter *p, uint64_t call, uint64_t part, const tgp_step *step);
/* Puts what was kept by conversation among the calls. */
void tgp_story_join(tgp_presenter *p, uint64_t step_part, uint64_t detail_part);

void tgp_step_of_message(const tgp_trace_message *m, tgp_step *out);
void tgp_step_of_sip(const tgp_trace_step *s, tgp_step *out);
void tgp_step_of_connection(const tgp_trace_connection *c, tgp_step *out);

/* Steps of one ladder, in the order of frames; a MIKEY message and the SIP message around it are one step. */
typedef struct tgp_ladder {
    tgp_step steps[TGP_MOST_STEPS];
    size_t num, left_out;
    struct {
        tgp_address address;
        bool has_port;
        uint16_t port;
    } ends[TGP_MOST_ENDS];
    size_t num_ends;
    struct {
        unsigned from, to; /* places in `ends` */
    } ways[TGP_MOST_STEPS];
} tgp_ladder;

void tgp_ladder_begin(tgp_ladder *ladder);
/* In the order of frames. */
void tgp_ladder_add(tgp_ladder *ladder, const tgp_step *step);
/* "192.0.2.1:5060", "192.0.2.1" */
void tgp_ladder_end_text(const tgp_ladder *ladder, size_t end, char out[TGP_ENDPOINT_MAX]);

/* The ladder of what is kept under this number. */
void tgp_story_ladder(tgp_presenter *p, uint64_t call, uint64_t step_part, tgp_ladder *out);

#endif
