/* Offers and answers (RFC 3264, RFC 3261 13.2.1, RFC 6337; TRACE.md section 1). */
#include "checks.h"

const tgpc_m *tgpc_m_of(const tgpc_description *description, unsigned m_line)
{
    return description && m_line < description->num_m ? &description->m[m_line] : NULL;
}

bool tgpc_is_accepted(const tgpc_offer *offer, const tgpc_answer *answer)
{
    return answer->final && !offer->rejected;
}

/* The same request, on its way back over the same two ends. */
static bool is_hop_of(const tgpc_offer *offer, const tgpc_offer *other)
{
    const tgpc_transaction *a = offer->transaction, *b = other->transaction;
    return a != b && a->cseq == b->cseq && a->method == b->method && a->from_tag == b->from_tag &&
           a->to_tag == b->to_tag;
}

tgpc_offer *tgpc_next_offer(const tgpc_offer *offer)
{
    tgpc_offer *next = offer->next;
    while (next && (next->leg != offer->leg || is_hop_of(offer, next)))
        next = next->next;
    return next;
}

static tgpc_answer *answer_of(tgpc_offer *offer, uint64_t to_tag)
{
    tgpc_answer *answer = offer ? offer->answers : NULL;
    while (answer && answer->to_tag != to_tag)
        answer = answer->next;
    return answer;
}

/* The offer that a response with this To tag made, on the leg and in the transaction of an INVITE; NULL: any. */
static tgpc_offer *offered_in_response(const tgpc_step *step, const tgpc_transaction *invite)
{
    tgpc_offer *found = NULL;
    for (tgpc_offer *offer = step->call->offers; offer; offer = offer->next)
        if (offer->in_response && offer->leg == step->leg && offer->tag == step->to_tag &&
            (!invite || offer->transaction == invite))
            found = offer;
    return found;
}

static void as_answer(tgpc_step *step, tgpc_offer *offer)
{
    step->part = TGP_PART_ANSWER;
    step->offer = offer;
    step->answer = answer_of(offer, step->to_tag);
    step->copy = step->answer != NULL;
}

static void place_in_request(tgpc_step *step)
{
    tgpc_transaction *t = step->transaction;
    if (step->method == TGPC_ACK) {
        tgpc_offer *offer = offered_in_response(step, t);
        if (offer)
            as_answer(step, offer);
        return;
    }
    if (step->method == TGPC_PRACK) {
        tgpc_offer *offer = offered_in_response(step, NULL);
        if (offer && !offer->answers) {
            as_answer(step, offer);
            return;
        }
    }
    if (step->method != TGPC_INVITE && step->method != TGPC_UPDATE && step->method != TGPC_PRACK)
        return;
    step->part = TGP_PART_OFFER;
    step->offer = t->offer;
    step->copy = t->described;
}

static void place_in_response(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    tgpc_transaction *t = step->transaction;
    bool success = head->status >= 200 && head->status < 300, ringing = head->status >= 180 && head->status < 190;
    if (step->method != TGPC_INVITE && step->method != TGPC_UPDATE && step->method != TGPC_PRACK)
        return;
    if (t->described) {
        if (success || ringing)
            as_answer(step, t->offer);
        return;
    }
    if (step->method != TGPC_INVITE)
        return;
    bool reliable = false; /* RFC 3262 3 */
    for (const tg_sip_header *h = tg_sip_first(head, TG_SIP_REQUIRE); h && head->status < 200;
         h = tg_sip_next(head, h)) {
        tg_bytes list = h->value, value;
        while (tg_sip_next_value(&list, &value))
            reliable = reliable || tgpc_is_token(value, "100rel");
    }
    if (success || reliable) {
        step->part = TGP_PART_OFFER;
        step->offer = offered_in_response(step, t);
        step->copy = step->offer != NULL;
    }
}

void tgpc_place_description(tgpc_step *step)
{
    if (!step->transaction)
        return;
    if (step->head->request)
        place_in_request(step);
    else
        place_in_response(step);
}

/* ---- what a message says of offers ------------------------------------------------------------------------------- */

static void settle_response(tgpc_step *step)
{
    unsigned status = step->head->status;
    tgpc_place place = tgpc_place_of_view(step->unit, step->head->start_line);
    for (tgpc_offer *offer = step->call->offers; offer; offer = offer->next) {
        if (offer->transaction != step->transaction)
            continue;
        if (status >= 300) {
            offer->rejected = offer->rejected || !offer->in_response;
            continue;
        }
        tgpc_answer *answer = answer_of(offer, step->to_tag);
        if (!answer || answer->final)
            continue;
        answer->final = true;
        answer->ok = place;
        answer->whose_ok = tgpc_whose_of(step);
        tgpc_media_answered(step, offer, answer);
    }
}

static void settle_ack(tgpc_step *step)
{
    for (tgpc_offer *offer = step->call->offers; offer; offer = offer->next) {
        if (offer->transaction != step->transaction)
            continue;
        tgpc_answer *answer = answer_of(offer, step->to_tag);
        if (!answer)
            continue;
        if (answer->final && !answer->acked) {
            answer->acked = step->unit->frame;
            tgpc_media_acknowledged(step, answer);
        }
        if (offer->in_response && !answer->final && step->answer == answer) { /* the ACK accepts the offer of the 2xx */
            answer->final = true;
            answer->ok = tgpc_place_of_view(step->unit, step->head->start_line);
            answer->whose_ok = tgpc_whose_of(step);
            answer->acked = step->unit->frame;
            tgpc_media_answered(step, offer, answer);
        }
    }
}

void tgpc_settle(tgpc_step *step)
{
    if (step->transaction && step->call->offers) {
        if (step->method == TGPC_ACK)
            settle_ack(step);
        else if (step->head->status >= 200)
            settle_response(step);
    }
    tgpc_check_participants(step);
}
