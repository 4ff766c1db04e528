/* What a message answers, which ticket it is about, and what is known of that ticket. */
#include "case.h"

tg_exchange tg_exchange_of(const char *ex)
{
    if (!ex || !*ex)
        return TG_EXCHANGE_UNKNOWN;
    if (strncmp(ex, "update", 6) == 0)
        return TG_EXCHANGE_UPDATE;
    if (strncmp(ex, "reuse", 5) == 0)
        return TG_EXCHANGE_REUSE;
    bool is_known = strcmp(ex, "request") == 0 || strcmp(ex, "transfer") == 0 || strcmp(ex, "resolve") == 0;
    return is_known ? TG_EXCHANGE_INITIAL : TG_EXCHANGE_UNKNOWN;
}

/* ---- what is answered --------------------------------------------------------------------------------------- */

bool tg_is_initial_type(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_PSK_INIT || tg_is_request_init(data_type) ||
           data_type == TG_DATA_TYPE_TRANSFER_INIT || tg_is_resolve_init(data_type);
}

static bool is_answer(uint8_t response, uint8_t initial)
{
    switch (response) {
    case TG_DATA_TYPE_PSK_RESP:
        return initial == TG_DATA_TYPE_PSK_INIT;
    case TG_DATA_TYPE_PK_RESP:
        return initial == TG_DATA_TYPE_PK_INIT;
    case TG_DATA_TYPE_REQUEST_RESP:
        return tg_is_request_init(initial);
    case TG_DATA_TYPE_TRANSFER_RESP:
        return initial == TG_DATA_TYPE_TRANSFER_INIT;
    case TG_DATA_TYPE_RESOLVE_RESP:
        return tg_is_resolve_init(initial);
    default:
        return false;
    }
}

static bool in_same_exchange(const tg_entry *a, const tg_entry *b)
{
    const char *ex_a = a->sent.ex ? a->sent.ex : "", *ex_b = b->sent.ex ? b->sent.ex : "";
    return a->ex_digest == b->ex_digest && strcmp(ex_a, ex_b) == 0;
}

/* The last one with the CSB ID of the response, else the last: forked calls share an exchange, not a CSB. */
static const tg_entry *initial_of(const tg_conversation *c, const tg_entry *response)
{
    bool in_any = !response->sent.ex || !*response->sent.ex;
    const tg_entry *last = NULL;
    for (size_t i = response->index; i-- > 0;) {
        const tg_entry *entry = c->entries[i];
        if (!entry->message || !is_answer(response->data_type, entry->data_type) ||
            !(in_any || in_same_exchange(entry, response)))
            continue;
        if (entry->message->hdr.csb_id == response->message->hdr.csb_id)
            return entry;
        if (!last)
            last = entry;
    }
    return last;
}

static const tg_entry *about_of(const tg_conversation *c, const tg_entry *error)
{
    if (error->sent.has_about)
        return error->sent.about < error->index ? c->entries[error->sent.about] : NULL;
    bool in_any = !error->sent.ex || !*error->sent.ex;
    for (size_t i = error->index; i-- > 0;) {
        const tg_entry *entry = c->entries[i];
        bool is_other = error->sent.from == TG_SENDER_UNKNOWN || entry->sent.from != error->sent.from;
        if (is_other && (in_any || in_same_exchange(entry, error)))
            return entry;
    }
    return NULL;
}

/* Without `ex`, who sends and what is left out tells an update (FORMAT.md section 3); a response goes with what it
 * answers. */
static bool is_update(const tg_entry *entry)
{
    const tg_parts *parts = &entry->parts;
    if (entry->exchange != TG_EXCHANGE_UNKNOWN)
        return entry->exchange == TG_EXCHANGE_UPDATE;
    if (entry->data_type == TG_DATA_TYPE_TRANSFER_RESP)
        return entry->answered ? entry->answered->is_update : entry->sent.from == TG_SENDER_I;
    return entry->sent.from == TG_SENDER_R || (!parts->ticket && !parts->randr[TG_RAND_ROLE_I]);
}

void tg_find_answered(tg_conversation *c, tg_entry *entry)
{
    entry->answered = initial_of(c, entry);
    if (entry->data_type == TG_DATA_TYPE_ERROR) {
        const tg_entry *about = about_of(c, entry);
        entry->is_about_something = about != NULL;
        entry->about = about && about->message ? about : NULL;
    }
    if (entry->data_type == TG_DATA_TYPE_TRANSFER_INIT || entry->data_type == TG_DATA_TYPE_TRANSFER_RESP)
        entry->is_update = is_update(entry);
}

/* ---- the ticket --------------------------------------------------------------------------------------------- */

/* The first message of the conversation with the same ticket: what it was opened to holds for this one too. */
bool tg_find_ticket(tg_conversation *c, tg_entry *entry)
{
    if (!entry->parts.ticket)
        return true;
    entry->ticket_digest = tg_ticket_digest(entry->parts.ticket);
    for (const tg_entry *first = c->state.tickets; first; first = first->earlier_ticket) {
        if (first->ticket_digest == entry->ticket_digest && tg_same_ticket(first->parts.ticket, entry->parts.ticket)) {
            entry->ticket = first;
            return true;
        }
    }
    entry->of_ticket = tg_arena_alloc(c->arena, sizeof *entry->of_ticket);
    if (!entry->of_ticket)
        return false;
    *entry->of_ticket = (tg_bundle){ .has_keys = false };
    entry->ticket = entry;
    entry->earlier_ticket = c->state.tickets;
    c->state.tickets = entry;
    return true;
}

/* The message whose TICKET says what holds for this one. */
static const tg_entry *ticket_holder(const tg_case *k)
{
    const tg_entry *entry = k->entry;
    switch (k->data_type) {
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        return entry;
    case TG_DATA_TYPE_RESOLVE_RESP:
        return entry->answered;
    case TG_DATA_TYPE_TRANSFER_INIT:
    case TG_DATA_TYPE_TRANSFER_RESP:
        return entry->is_update ? k->initial_init : k->transfer_init;
    default:
        return NULL;
    }
}

/* An update belongs to the newest initial exchange with its CSB ID; where there is none, to the newest (section 3). */
static tg_transfer *updated_transfer(const tg_case *k)
{
    tg_transfer *newest = k->conversation->state.transfers;
    for (tg_transfer *t = newest; t; t = t->earlier) {
        if (t->init->message->hdr.csb_id == k->message->hdr.csb_id)
            return t;
    }
    return newest;
}

static void choose_exchange(tg_case *k)
{
    if (k->entry->is_update) {
        k->transfer = updated_transfer(k);
        k->initial_init = k->transfer ? k->transfer->init : NULL;
        k->initial_resp = k->transfer ? k->transfer->resp : NULL;
    } else if (k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP) {
        bool is_init = k->data_type == TG_DATA_TYPE_TRANSFER_INIT;
        k->transfer_init = is_init ? k->entry : k->entry->answered;
        k->initial_init = k->transfer_init;
        k->initial_resp = is_init ? NULL : k->entry;
    }
}

const tg_forked_set *tg_forked_set_of(const tg_bundle *bundle, const tg_parts *modifier)
{
    const tg_idr *idrr = modifier ? modifier->idr[TG_ID_ROLE_R] : NULL;
    const tg_randr *randrkms = modifier ? modifier->randr[TG_RAND_ROLE_KMS] : NULL;
    for (const tg_forked_set *set = bundle->forked; set && idrr && randrkms; set = set->earlier) {
        const tg_parts *parts = &set->resolve_resp->parts;
        const tg_randr *its = parts->randr[TG_RAND_ROLE_KMS];
        if (parts->idr[TG_ID_ROLE_R] && its && tg_same_identity(parts->idr[TG_ID_ROLE_R], idrr) &&
            tg_bytes_equal(its->rand, randrkms->rand))
            return set;
    }
    return bundle->forked;
}

void tg_choose_bundle(tg_case *k)
{
    choose_exchange(k);
    const tg_entry *holder = ticket_holder(k);
    k->ticket = holder ? holder->parts.ticket : NULL;
    k->entry->bundle = holder && holder->ticket ? holder->ticket->of_ticket : NULL;
    k->bundle = k->entry->bundle ? k->entry->bundle : &k->nothing;
    k->forked = tg_forked_set_of(k->bundle, k->initial_resp ? &k->initial_resp->parts : NULL);
}
