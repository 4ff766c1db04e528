/* HTTP requests without a response so far, the first of them first. */
#include <stdlib.h>

#include "http_head.h"

/* Of one connection; what is kept of all is bounded with the rest (kept.c). */
enum { MAX_PENDING = 4096 };

static size_t memory_of(const tgu_pending *pending)
{
    return sizeof *pending + strlen(pending->target) + 1;
}

void tgu_pending_pop(tgu_flow *flow)
{
    tgu_pending *first = flow->pending;
    flow->pending = first->next;
    if (!flow->pending)
        flow->last_pending = NULL;
    flow->num_pending--;
    flow->pending_memory -= memory_of(first);
    free(first);
}

bool tgu_pending_push(tgu_flow *flow, const tgu_http_head *head)
{
    tgu_pending *made = malloc(sizeof *made + head->target.len + 1);
    if (!made)
        return false;
    *made = (tgu_pending){ .transaction = ++flow->transactions };
    memcpy(made->method, head->method, sizeof head->method);
    memcpy(made->target, head->target.data, head->target.len);
    made->target[head->target.len] = '\0';
    if (flow->last_pending)
        flow->last_pending->next = made;
    else
        flow->pending = made;
    flow->last_pending = made;
    flow->pending_memory += memory_of(made);
    if (++flow->num_pending > MAX_PENDING) {
        tgu_pending_pop(flow);
        flow->unpaired++;
    }
    return true;
}

void tgu_pending_free(tgu_flow *flow)
{
    while (flow->pending)
        tgu_pending_pop(flow);
    flow->unpaired = 0;
}

void tgu_pending_forget(tgu_flow *flow)
{
    for (; flow->pending; flow->unpaired++)
        tgu_pending_pop(flow);
}
