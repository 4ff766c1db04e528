/* A session description enters its call: as an offer, or as an answer to one. */
#include "checks.h"
#include "registrations.h"

static const tgpc_offer *offer_of(const tgp_call *call, uint64_t transaction)
{
    const tgpc_offer *offer = call->offers;
    while (offer && (offer->in_response || offer->transaction->number != transaction))
        offer = offer->next;
    return offer;
}

/* The offer that this one goes on from, in its call or a linked one. NULL: it is not known. */
static const tgpc_offer *offer_before(const tgpc_step *step, const tgpc_offer *offer)
{
    const tgp_call *call = step->call;
    const tgpc_offer *before = offer_of(call, offer->transaction->before);
    for (unsigned i = 0; i < call->num_linked && !before; i++) {
        const tgp_call *other = tgpc_call_by_number(step->calls, call->linked[i]);
        before = other ? offer_of(other, offer->transaction->before) : NULL;
    }
    return before;
}

/* What registrations say of the two, where rows may ask for it. */
static void note_registrations(const tgpc_step *step, tgpc_offer *offer)
{
    bool meant = false;
    for (size_t i = 0; offer->description && i < offer->description->num_m && !meant; i++)
        meant = offer->description->m[i].msrp || offer->description->m[i].bfcp;
    if (!meant || offer->in_response)
        return;
    const tg_sip_header *party = tg_sip_first(step->head, TG_SIP_P_CALLED_PARTY_ID);
    offer->sender = tgpc_registered(step->calls, &step->unit->source, step->head->from);
    const tgpc_offer *before = offer->transaction->before ? offer_before(step, offer) : NULL;
    offer->origin = !offer->transaction->before ? offer->sender : before ? before->origin : 0;
    offer->called = tgpc_registered(step->calls, &step->unit->destination, step->head->to);
    if (!offer->called && party)
        offer->called = tgpc_registered(step->calls, &step->unit->destination, party->value);
}

static tgpc_offer *new_offer(tgpc_step *step, const tgpc_description *description)
{
    tgp_call *call = step->call;
    tgpc_offer *offer = tgpc_alloc(call, sizeof *offer);
    if (!offer)
        return NULL;
    bool request = step->head->request;
    *offer = (tgpc_offer){ .transaction = step->transaction,
                           .leg = step->leg,
                           .by_source = step->by_source,
                           .in_response = !request,
                           .frame = step->unit->frame,
                           .tag = request ? step->from_tag : step->to_tag,
                           .description = description,
                           .initial = request && !step->head->to_tag.data,
                           .whose = tgpc_whose_of(step),
                           .place = tgpc_place_of_view(step->unit, step->head->start_line) };
    *(call->last_offer ? &call->last_offer->next : &call->offers) = offer;
    call->last_offer = offer;
    step->transaction->kept = true;
    if (request)
        step->transaction->offer = offer;
    return offer;
}

static void enter_offer(tgpc_step *step, const tgpc_description *description)
{
    step->offer = new_offer(step, description);
    if (!step->offer || !description)
        return;
    tgpc_find_hop_before(step); /* its messages may have linked the call to another */
    note_registrations(step, step->offer);
    tgpc_media_offered(step, step->offer);
    tgpc_check_e2ae_offer(step, description);
}

static void enter_answer(tgpc_step *step, const tgpc_description *description)
{
    if (!step->offer) { /* its offer was plain */
        step->offer = new_offer(step, NULL);
        if (!step->offer)
            return;
        step->offer->in_response = false;
        step->offer->by_source = step->transaction->by_source;
        step->offer->frame = step->transaction->frame;
        step->transaction->offer = step->offer;
    }
    tgpc_answer *answer = tgpc_alloc(step->call, sizeof *answer);
    if (!answer)
        return;
    *answer = (tgpc_answer){ .to_tag = step->to_tag,
                             .description = description,
                             .described = true,
                             .first = tgpc_place_of_view(step->unit, step->head->start_line),
                             .whose = tgpc_whose_of(step) };
    tgpc_answer **link = &step->offer->answers;
    while (*link)
        link = &(*link)->next;
    *link = answer;
    step->answer = answer;
    if (description && step->offer->description) {
        tgpc_media_answered(step, step->offer, answer);
        tgpc_check_e2ae_answer(step, step->offer, description);
    }
}

/* Answers of several To tags: the request was forked (RFC 3261 16.7). */
static void note_fork(tgpc_step *step)
{
    tgpc_transaction *t = step->transaction;
    if (step->part != TGP_PART_ANSWER || step->head->request)
        return;
    if (!t->first_to_tag)
        t->first_to_tag = step->to_tag;
    else if (t->first_to_tag != step->to_tag)
        tgpc_note(step->call, TGP_NOTE_FORKED, step->unit->frame, "answers of several To tags");
}

void tgpc_take_description(tgpc_step *step, tg_bytes sdp, bool in_unit)
{
    tgpc_place_description(step);
    note_fork(step);
    bool reads = tgpc_scan(step->calls, sdp) || !memchr(sdp.data, '\n', sdp.len) ||
                 (step->part == TGP_PART_ANSWER && !step->copy && step->offer && step->offer->description);
    tgpc_description *description = NULL;
    if (reads) {
        step->call->interesting = true;
        description = tgpc_describe(step, sdp, in_unit);
    }
    if (step->transaction && step->head->request)
        step->transaction->described = step->transaction->described || step->part == TGP_PART_OFFER;
    if (step->copy || step->part == TGP_PART_NONE || !step->call->interesting)
        return;
    if (step->part == TGP_PART_OFFER)
        enter_offer(step, description);
    else
        enter_answer(step, description);
}
