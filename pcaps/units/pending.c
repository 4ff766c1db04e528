/* HTTP requests without a response so far, the first of them first. */
#include <stdlib.h>

#include "http_head.h"

enum { MAX_PENDING = 64 };

void tgu_pending_pop(tgu_flow *flow)
{
    tgu_pending *first = flow->pending;
    flow->pending = first->next;
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
    size_t num = 0;
    tgu_pending **last = &flow->pending;
    for (; *last; last = &(*last)->next)
        num++;
    *last = made;
    if (num == MAX_PENDING)
        tgu_pending_pop(flow);
    return true;
}

size_t tgu_pending_memory(const tgu_pending *pending)
{
    size_t memory = 0;
    for (; pending; pending = pending->next)
        memory += sizeof *pending + strlen(pending->target) + 1;
    return memory;
}

void tgu_pending_free(tgu_pending *pending)
{
    while (pending) {
        tgu_pending *next = pending->next;
        free(pending);
        pending = next;
    }
}
