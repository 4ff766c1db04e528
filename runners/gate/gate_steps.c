/* What happened in an exchange, in the order of time; and which message the case is about. */
#include <string.h>

#include "gate_exchange.h"
#include "ticketgate/registry_values.h"

/* ---- the order of what happened ------------------------------------------------------------------------------ */

static gate_step *add_step(exchange *e)
{
    gate_exchange *x = &e->x;
    if (x->num_steps == x->capacity) {
        x->capacity = x->capacity ? x->capacity * 2 : 32;
        gate_step *more = keep_memory(&e->r->keeping, x->capacity * sizeof *more);
        if (x->num_steps)
            memcpy(more, x->steps, x->num_steps * sizeof *more);
        x->steps = more;
    }
    x->steps[x->num_steps] = (gate_step){ 0 };
    return &x->steps[x->num_steps++];
}

static tg_bytes keep_octets(exchange *e, tg_bytes octets)
{
    uint8_t *copy = keep_memory(&e->r->keeping, octets.len);
    if (octets.len)
        memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

/* What the IUT did with what came. */
static void note_call(exchange *e, gate_step *step, const iut_party_call *call)
{
    step->arrived = true;
    step->accepted = call->fault == IUT_OK && call->outcome == TGI_ACCEPTED;
    step->established = call->established;
    if (!step->accepted && call->error)
        step->refusal = keep_text(&e->r->keeping, "%s", call->error);
    for (size_t i = 0; i < call->num_sent; i++) {
        bool error = gate_type_of(call->sent[i].octets) == TG_DATA_TYPE_ERROR;
        step->error_sent = step->error_sent || error;
        step->num_answers += !error;
    }
}

static bool is_broken_off(const iut_party_call *call)
{
    return call->fault != IUT_OK || call->outcome == TGI_UNSUPPORTED;
}

static void add_injected(exchange *e, size_t before, size_t *next)
{
    while (*next < e->script.num_injected && e->script.injected[*next].before <= before) {
        const gate_injected *injected = &e->script.injected[(*next)++];
        if (injected->call >= e->party.num_calls)
            return;
        const iut_party_call *call = &e->party.calls[injected->call];
        if (is_broken_off(call))
            return;
        gate_step *step = add_step(e);
        step->from = call->from;
        step->to = e->c->role;
        step->to_iut = step->injected = true;
        step->injected_reject = injected->must_reject;
        step->injected_tell = injected->must_tell;
        step->injected_row = injected->row;
        step->injected_what = injected->what;
        step->octets = keep_octets(e, call->message);
        step->data_type = gate_type_of(call->message);
        step->ex = "";
        note_call(e, step, call);
    }
}

/* The call of the n-th message of the conversation that came to the IUT. */
static const iut_party_call *call_of(const exchange *e, size_t n)
{
    for (size_t i = 0; i < e->party.num_calls; i++) {
        bool injected = false;
        for (size_t k = 0; k < e->script.num_injected; k++)
            injected = injected || e->script.injected[k].call == i;
        if (strcmp(e->party.calls[i].what, "receive") == 0 && !injected && n-- == 0)
            return &e->party.calls[i];
    }
    return NULL;
}

static bool is_of_iut(const exchange *e, const tg_sent *sent)
{
    if (sent->from != e->c->role)
        return false;
    for (size_t i = 0; i < e->party.num_calls; i++) {
        const iut_party_call *call = &e->party.calls[i];
        for (size_t n = 0; n < call->num_sent; n++) {
            tg_bytes octets = call->sent[n].octets;
            if (octets.len == sent->octets.len && memcmp(octets.data, sent->octets.data, octets.len) == 0)
                return true;
        }
    }
    return false;
}

static const struct tg_delivery *delivery_of(const exchange *e, size_t sent)
{
    for (size_t i = 0; i < e->made.num_deliveries; i++) {
        if (e->made.deliveries[i].sent == sent)
            return &e->made.deliveries[i];
    }
    return NULL;
}

static void add_sent(exchange *e, size_t n, size_t *received)
{
    const tg_sent *sent = &e->made.sent[n];
    const struct tg_delivery *d = delivery_of(e, n);
    const iut_party_call *call = d && d->by_party ? call_of(e, *received) : NULL;
    gate_step *step = add_step(e);
    step->from = sent->from;
    step->to = d ? d->to : TG_SENDER_UNKNOWN;
    step->from_iut = is_of_iut(e, sent);
    step->to_iut = d && d->by_party;
    step->ex = keep_text(&e->r->keeping, "%s", sent->ex ? sent->ex : "");
    step->octets = keep_octets(e, sent->octets);
    step->data_type = gate_type_of(sent->octets);
    step->is_update = strncmp(step->ex, "update", 6) == 0;
    step->with_response = sent->octets.len > 3 && sent->octets.data[3] & 0x80;
    if (n < tg_conversation_num(e->judged)) {
        step->judgement = tg_conversation_judgement(e->judged, n);
        step->good = tg_judgement_is_accepted(step->judgement) && step->judgement->num_findings == 0;
    }
    bool lost = gate_is_type(sent->octets, gate_word_value(&e->r->keeping, e->c->line->script, "lose"));
    if (step->to_iut && lost)
        return;
    if (step->to_iut) {
        (*received)++;
        if (call && !is_broken_off(call))
            note_call(e, step, call);
        return;
    }
    step->arrived = d != NULL;
    step->accepted = d && d->accepted;
    if (d && !d->accepted) {
        step->refusal = tg_refusal_text(d->refusal);
        if (e->made.refused_by == d->to && e->made.refusal == d->refusal)
            step->refused_for = e->made.broken;
    }
}

void gate_steps_add(exchange *e)
{
    size_t received = 0, injected = 0;
    for (size_t n = 0; n < e->made.num_sent; n++) {
        const struct tg_delivery *d = delivery_of(e, n);
        if (d && d->by_party)
            add_injected(e, received, &injected);
        add_sent(e, n, &received);
        if (d && d->by_party)
            add_injected(e, received, &injected);
    }
    add_injected(e, SIZE_MAX, &injected);
}

/* ---- the message that the case is about ---------------------------------------------------------------------- */

static bool is_changed(const exchange *e, const gate_step *step)
{
    const tg_deviation *d = e->plan.plan.deviation;
    if (step->judgement && !step->good)
        return true;
    bool ticket = d->data_type == TG_DEVIATION_TICKET &&
                  (gate_is_type(step->octets, "TRANSFER_INIT") || gate_is_type(step->octets, "RESOLVE_INIT"));
    bool type = ticket || d->data_type == -1 || d->data_type == step->data_type;
    bool update = d->update == -1 || d->update == step->is_update;
    return type && update && (d->from == TG_SENDER_UNKNOWN || d->from == step->from);
}

static const char *refused_type(const exchange *e)
{
    static const char *const types[] = { NULL, "REQUEST_INIT", "TRANSFER_INIT", "RESOLVE_INIT" };
    return types[e->plan.plan.error];
}

void gate_steps_mark(exchange *e)
{
    const char *about = gate_word_value(&e->r->keeping, e->c->line->script, "about"), *refused = refused_type(e);
    const char *in = gate_word_value(&e->r->keeping, e->c->line->script, "in");
    if (!about && refused && e->c->line->expect == GATE_REFUSES)
        about = refused;
    for (size_t s = 0; s < e->x.num_steps; s++) {
        gate_step *step = &e->x.steps[s];
        if (step->from_iut || step->injected)
            continue;
        if (in && strncmp(step->ex, in, strlen(in)) != 0)
            continue;
        step->deviated = about ? gate_is_type(step->octets, about) : e->plan.plan.deviation && is_changed(e, step);
    }
}
