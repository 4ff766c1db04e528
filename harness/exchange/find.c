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

static const tg_entry *initial_of(const tg_conversation *c, const tg_entry *response)
{
    bool in_any = !response->sent.ex || !*response->sent.ex;
    for (size_t i = response->index; i-- > 0;) {
        const tg_entry *entry = c->entries[i];
        if (entry->message && is_answer(response->data_type, entry->data_type) &&
            (in_any || in_same_exchange(entry, response)))
            return entry;
    }
    return NULL;
}

static const tg_entry *about_of(const tg_conversation *c, const tg_entry *error)
{
    if (error->sent.has_about)
        return error->sent.about < error->index ? c->entries[error->sent.about] : NULL;
    for (size_t i = error->index; i-- > 0;) {
        const tg_entry *entry = c->entries[i];
        if (entry->sent.from != error->sent.from && in_same_exchange(entry, error))
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
void tg_find_ticket(tg_conversation *c, tg_entry *entry)
{
    if (!entry->parts.ticket)
        return;
    entry->ticket_digest = tg_ticket_digest(entry->parts.ticket);
    for (const tg_entry *first = c->state.tickets; first; first = first->earlier_ticket) {
        if (first->ticket_digest == entry->ticket_digest && tg_same_ticket(first->parts.ticket, entry->parts.ticket)) {
            entry->ticket = first;
            return;
        }
    }
    entry->ticket = entry;
    entry->earlier_ticket = c->state.tickets;
    c->state.tickets = entry;
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

static void choose_exchange(tg_case *k)
{
    const tg_transfer *transfer = &k->conversation->state.transfer;
    if (k->entry->is_update) {
        k->initial_init = transfer->init;
        k->initial_resp = transfer->resp;
    } else if (k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP) {
        bool is_init = k->data_type == TG_DATA_TYPE_TRANSFER_INIT;
        k->transfer_init = is_init ? k->entry : k->entry->answered;
        k->initial_init = k->transfer_init;
        k->initial_resp = is_init ? NULL : k->entry;
    }
}

void tg_choose_bundle(tg_case *k)
{
    const tg_state *state = &k->conversation->state;
    choose_exchange(k);
    const tg_entry *holder = ticket_holder(k);
    const tg_entry *ticket = holder ? holder->ticket : NULL;
    k->ticket = holder ? holder->parts.ticket : NULL;
    if (!ticket) {
        k->slot = TG_SLOT_NONE; /* of no ticket nothing is known */
    } else if (!state->current.ticket || state->current.ticket == ticket) {
        k->slot = TG_SLOT_CURRENT;
        k->bundle = state->current;
    } else {
        k->slot = TG_SLOT_NEXT;
        k->bundle = state->next.ticket == ticket ? state->next : (tg_bundle){ .ticket = NULL };
    }
    if (!k->bundle.ticket)
        k->bundle.ticket = ticket;
}
