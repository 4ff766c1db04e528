/* gate_exchange: a conversation that is run with the IUT in a role's place; for the files that make a case of it. */
#ifndef TICKETGATE_RUNNERS_GATE_EXCHANGE_H
#define TICKETGATE_RUNNERS_GATE_EXCHANGE_H

#include "gate_script.h"

typedef struct exchange {
    gate_run *r;
    const gate_case *c, *control_of; /* control_of: NULL where it is the case itself */
    gate_plan plan;
    tg_deviation deviation; /* made up for this case */
    tg_arena record, converse, judge;
    iut_party party;
    gate_party script;
    tg_conversation_made made, ahead; /* ahead: the same without the IUT, for its secrets */
    tg_arena ahead_arena;
    uint8_t *ahead_memory;
    bool looked_ahead;
    tg_conversation *judged;
    gate_exchange x;
    uint8_t tpk[64];
    size_t tpk_len;
    bool ran, second; /* second: beside one that is still looked at */
} exchange;

/* gate_steps.c: what happened, in order, from the record of the IUT and the transcript of its peers. */
void gate_steps_add(exchange *e);
/* Marks the message that the case is about. */
void gate_steps_mark(exchange *e);

/* gate_exchange.c: does this plan complete with the IUT, as a case of `c`'s role and profile? */
bool gate_run_plain(gate_run *r, const gate_case *c, const char *plan);

/* gate_control.c: does the same plan complete without what is wrong in it? Of a case that is all right itself: does the
 * plainest one of its mode? */
bool gate_control_failed(gate_run *r, const gate_case *c);
/* A good message was not processed: the first feature without which it would have been is the one to blame. */
void gate_attribute(gate_run *r, const gate_case *c, gate_verdict *v);

#endif
