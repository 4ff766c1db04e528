/* Hops: the request that a request goes on from (TRACE.md section 1). */
#include "room.h"

#define LOOK 32 /* transactions of a leg that are looked at, the newest first */

static const tgp_endpoint *went_to(const tgpc_leg *leg, const tgpc_transaction *t)
{
    return t->by_source ? &leg->ends.destination : &leg->ends.source;
}

/* Within a call it keeps CSeq and From tag; a linked one has its own. */
static void look(const tgp_call *call, tgpc_step *step, tgpc_transaction **found)
{
    const tgpc_transaction *own = step->transaction;
    for (unsigned i = 0; i < call->num_legs; i++) {
        const tgpc_leg *leg = &call->legs[i];
        unsigned looked = 0;
        if (tgpc_same_address(&leg->ends.source,
                              &leg->ends.destination)) /* of a host that speaks to itself nobody can tell */
            continue;
        for (tgpc_transaction *t = leg->transactions; t && looked < LOOK; t = t->next, looked++) {
            if (!t->asked || t->method != own->method || t->number >= own->number ||
                !tgpc_same_address(went_to(leg, t), &step->unit->source) ||
                (call == step->call && (t->cseq != own->cseq || t->from_tag != own->from_tag)))
                continue;
            if (*found && (*found)->number > t->number)
                continue;
            *found = t;
        }
    }
}

static bool goes_by_hops(tgpc_method method)
{
    return method == TGPC_INVITE || method == TGPC_UPDATE || method == TGPC_PRACK || method == TGPC_SUBSCRIBE;
}

void tgpc_find_hop_before(tgpc_step *step)
{
    tgpc_transaction *own = step->transaction, *found = NULL;
    if (!own || !step->head->request || !goes_by_hops(step->method) || own->before || own->frame != step->unit->frame)
        return;
    look(step->call, step, &found);
    for (unsigned i = 0; i < step->call->num_linked; i++) {
        const tgp_call *other = tgpc_call_by_number(step->calls, step->call->linked[i]);
        if (other)
            look(other, step, &found);
    }
    if (!found)
        return;
    own->before = found->number;
    found->goes_on = true;
}
