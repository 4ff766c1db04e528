/* Which exchange and which conversation a message belongs to (vectors/TRACE.md section 2). */
#include <stdio.h>

#include "tracing.h"

/* One conversation is judged in one piece: beyond this (copies are not judged) it goes on as another. */
enum { MAX_MESSAGES = 256, MAX_OCTETS = 128 * 1024 };

/* ---- tickets ---------------------------------------------------------------------------------------------------- */

/* What agrees where tickets are the same (CONVERSATION.md section 8): the payload from behind Next Payload to in front of Initiator Data length. */
static tg_bytes identity_of(const tg_ticket *ticket)
{
    size_t behind = 2 + (ticket->initiator_data.octets.len);
    if (ticket->head.octets.len < behind + 1)
        return tg_bytes_of(NULL, 0);
    return tg_bytes_of(ticket->head.octets.data + 1, ticket->head.octets.len - behind - 1);
}

static tgt_conversation *conversation_of_ticket(const tgp_trace *trace, tg_bytes ticket, uint64_t hash)
{
    for (tgt_node *n = tgt_table_find(&trace->tickets, hash); n; n = tgt_node_next(n)) {
        tgt_conversation *c = TGT_OF(n, tgt_conversation, by_ticket);
        if (tg_bytes_equal(c->ticket, ticket))
            return c;
    }
    return NULL;
}

/* ---- messages before -------------------------------------------------------------------------------------------- */

static tgt_record *whole(tgt_record *r)
{
    return r->original ? r->original : r;
}

bool tgt_is_init(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_TRANSFER_INIT || data_type == TG_DATA_TYPE_REQUEST_INIT_PSK ||
           data_type == TG_DATA_TYPE_REQUEST_INIT_PK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
           data_type == TG_DATA_TYPE_RESOLVE_INIT_PK || data_type == TG_DATA_TYPE_PSK_INIT ||
           data_type == TG_DATA_TYPE_PK_INIT;
}

/* The initial message that messages of this type answer: an Error answers any. */
static bool answers(uint8_t response, uint8_t init)
{
    switch (response) {
    case TG_DATA_TYPE_TRANSFER_RESP:
        return init == TG_DATA_TYPE_TRANSFER_INIT;
    case TG_DATA_TYPE_REQUEST_RESP:
        return init == TG_DATA_TYPE_REQUEST_INIT_PSK || init == TG_DATA_TYPE_REQUEST_INIT_PK;
    case TG_DATA_TYPE_RESOLVE_RESP:
        return init == TG_DATA_TYPE_RESOLVE_INIT_PSK || init == TG_DATA_TYPE_RESOLVE_INIT_PK;
    case TG_DATA_TYPE_PSK_RESP:
        return init == TG_DATA_TYPE_PSK_INIT;
    case TG_DATA_TYPE_PK_RESP:
        return init == TG_DATA_TYPE_PK_INIT;
    default:
        return tgt_is_init(init);
    }
}

/* False: so many were looked at that it is said to be judged early. */
static bool may_look(tgp_trace *trace, unsigned *looked_at)
{
    if (++*looked_at <= MAX_MESSAGES)
        return true;
    trace->counts.judged_early++;
    return false;
}

/* Copies are found, too: they stand for their originals where it is asked for those. Newest first; with `csb_id` NULL of any CSB. */
static tgt_record *in_transaction(tgp_trace *trace, const tgt_record *r, const uint32_t *csb_id)
{
    uint64_t hash = tgt_hash_numbers(r->transaction, r->call ? 0 : 1);
    unsigned looked_at = 0;
    for (tgt_node *n = tgt_table_find(&trace->transactions, hash); n && may_look(trace, &looked_at);
         n = tgt_node_next(n)) {
        tgt_record *found = TGT_OF(n, tgt_record, by_transaction);
        if (found->transaction == r->transaction && found->call == r->call && found->has_message &&
            answers(r->data_type, found->data_type) && (!csb_id || found->csb_id == *csb_id))
            return found;
    }
    return NULL;
}

static uint64_t hash_of_csb(const tgt_call *call, uint32_t csb_id)
{
    return tgt_hash_numbers((uint64_t)(uintptr_t)call, UINT64_C(1) << 32 | csb_id);
}

static tgt_record *in_call(tgp_trace *trace, const tgt_record *r)
{
    unsigned looked_at = 0;
    for (tgt_node *n = tgt_table_find(&trace->csbs, hash_of_csb(r->call, r->csb_id)); n && may_look(trace, &looked_at);
         n = tgt_node_next(n)) {
        tgt_record *init = TGT_OF(n, tgt_record, by_csb);
        if (init->call == r->call && init->csb_id == r->csb_id && answers(r->data_type, init->data_type))
            return init;
    }
    return NULL;
}

static tgt_record *newest_in_call(tgp_trace *trace, const tgt_record *r)
{
    unsigned looked_at = 0;
    for (tgt_record *before = r->next_of_call; before && may_look(trace, &looked_at); before = before->next_of_call) {
        if (before->has_message && answers(r->data_type, before->data_type))
            return before;
    }
    return NULL;
}

static tgt_record *answered_by(tgp_trace *trace, const tgt_record *r)
{
    tgt_record *init = in_transaction(trace, r, &r->csb_id);
    if (!init && r->call)
        init = in_call(trace, r);
    if (!init)
        init = in_transaction(trace, r, NULL);
    return init || !r->call ? init : newest_in_call(trace, r);
}

void tgt_enter_exchange(tgp_trace *trace, tgt_record *r)
{
    if (!(r->has_message && tgt_is_init(r->data_type)) && !tgt_is_posted(r)) /* answers are not asked for */
        return;
    tgt_table_put(&trace->transactions, &r->by_transaction, tgt_hash_numbers(r->transaction, r->call ? 0 : 1));
    if (r->call)
        tgt_table_put(&trace->csbs, &r->by_csb, hash_of_csb(r->call, r->csb_id));
}

void tgt_note_turned_down(tgp_trace *trace, uint64_t transaction)
{
    for (tgt_node *n = tgt_table_find(&trace->transactions, tgt_hash_numbers(transaction, 1)); n;
         n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_transaction);
        if (r->transaction != transaction || !tgt_is_posted(r))
            continue;
        r->turned_down = true;
        tgt_crowd_turned_down(trace, r);
    }
}

/* RFC 6043 5.4: either end may refuse; also who sent the TRANSFER_INIT, in his response to the other side. */
void tgt_note_refusal(tgp_trace *trace, const tgt_record *error)
{
    tgt_record *about = answered_by(trace, error);
    if (!about)
        return;
    about->refused_at = error->number;
    tgt_crowd_refused(trace, about);
}

/* ---- exchanges -------------------------------------------------------------------------------------------------- */

static void set_exchange(tgt_record *r, const char *name)
{
    memcpy(r->ex, name, strlen(name) + 1);
}

static void name_exchange(tgt_record *r, const char *first, const char *further, unsigned number)
{
    if (number == 0 && *first)
        set_exchange(r, first);
    else
        snprintf(r->ex, sizeof r->ex, "%s%u", further, number);
}

/* The first is `transfer`, then `reuse`, `reuse1`, ... */
static void name_transfer(tgt_record *r, unsigned number)
{
    if (number < 2)
        set_exchange(r, number == 0 ? "transfer" : "reuse");
    else
        snprintf(r->ex, sizeof r->ex, "reuse%u", number - 1);
}

static tg_sender usual_sender(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
    case TG_DATA_TYPE_TRANSFER_INIT:
    case TG_DATA_TYPE_PSK_INIT:
    case TG_DATA_TYPE_PK_INIT:
        return TG_SENDER_I;
    case TG_DATA_TYPE_TRANSFER_RESP:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
    case TG_DATA_TYPE_PSK_RESP:
    case TG_DATA_TYPE_PK_RESP:
        return TG_SENDER_R;
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
        return TG_SENDER_K;
    default:
        return TG_SENDER_UNKNOWN;
    }
}

static tg_sender other_of(tg_sender sender)
{
    return sender == TG_SENDER_I ? TG_SENDER_R : TG_SENDER_I;
}

/* A response or an Error stands in the exchange of what it answers. */
static void name_response(tgt_record *r, const tgt_record *init)
{
    bool is_error = r->data_type == TG_DATA_TYPE_ERROR,
         is_transfer = init && init->data_type == TG_DATA_TYPE_TRANSFER_INIT;
    r->from = is_error ? (r->call ? TG_SENDER_R : TG_SENDER_K) : usual_sender(r->data_type);
    if (!init) {
        if (!is_error)
            snprintf(r->ex, sizeof r->ex, "%s",
                     r->data_type == TG_DATA_TYPE_TRANSFER_RESP  ? "transfer"
                     : r->data_type == TG_DATA_TYPE_REQUEST_RESP ? "request"
                     : r->data_type == TG_DATA_TYPE_RESOLVE_RESP ? "resolve"
                                                                 : "");
        return;
    }
    memcpy(r->ex, init->ex, sizeof r->ex);
    if (is_transfer && strncmp(init->ex, "update", 6) == 0)
        r->from = other_of(init->from);
    /* An Error may come from either end (RFC 6043 5.4): who sent the TRANSFER_INIT may refuse the answer. */
    if (is_error && is_transfer && r->from_caller == init->from_caller)
        r->from = init->from;
}

static void name_init(tgt_record *r, tgt_conversation *c, const tgt_record *updated, bool has_randri, bool has_ticket)
{
    r->from = usual_sender(r->data_type);
    switch (r->data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        name_exchange(r, "request", "request", c->num_request++);
        break;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        name_exchange(r, "resolve", "resolve", c->num_resolve++);
        break;
    case TG_DATA_TYPE_TRANSFER_INIT:
        if (updated) {
            name_exchange(r, "", "update", c->num_update++);
            r->from = r->from_caller == updated->from_caller ? TG_SENDER_I : TG_SENDER_R;
        } else if (has_ticket || has_randri) {
            name_transfer(r, c->num_transfer++);
        }
        break;
    default:
        break;
    }
}

/* ---- conversations ---------------------------------------------------------------------------------------------- */

static void note_flags(tgt_conversation *c, const tg_message *message)
{
    for (const tg_payload *p = message->payloads; p && !c->has_flags; p = p->next) {
        if (p->type != TG_PAYLOAD_TICKET && p->type != TG_PAYLOAD_TP)
            continue;
        uint16_t flags = p->type == TG_PAYLOAD_TICKET ? ((const tg_ticket *)p)->flags : ((const tg_tp *)p)->flags;
        c->has_flags = p->type == TG_PAYLOAD_TICKET;
        c->flag_f = (flags & TG_FLAG('F')) != 0;
        c->flag_g = (flags & TG_FLAG('G')) != 0;
    }
}

static void note_carrier(tgt_conversation *c, const tgt_record *r)
{
    c->has_immediate = c->has_immediate || r->immediate;
    c->has_description = c->has_description || r->carrier == TGP_CARRIER_SDP;
    c->covers |= r->covers;
}

/* A conversation that is as long as may be is told, and the message begins another. */
static tgt_conversation *with_room(tgp_trace *trace, tgt_conversation *c, const tgt_record *r)
{
    if (!c || (c->num_originals < MAX_MESSAGES && c->octets + r->octets.len <= MAX_OCTETS))
        return c;
    trace->counts.judged_early++;
    tgt_tell_conversation(trace, c);
    return NULL;
}

static void give_ticket(tgp_trace *trace, tgt_conversation *c, const tgt_record *r, const tg_message *message,
                        tg_bytes ticket, uint64_t hash)
{
    if (c->ticket.len || !ticket.len)
        return;
    /* The record has its own copy of the octets. */
    c->ticket = tg_bytes_of(r->octets.data + (ticket.data - message->octets.data), ticket.len);
    tgt_table_put(&trace->tickets, &c->by_ticket, hash);
}

/* Both in one piece? If not, they stay two, and what one of them says of the other is not judged. */
static bool fit_together(tgp_trace *trace, const tgt_conversation *a, const tgt_conversation *b)
{
    bool fit = a->num_originals + b->num_originals < MAX_MESSAGES && a->octets + b->octets < MAX_OCTETS;
    trace->counts.judged_early += !fit;
    return fit;
}

/* A REQUEST exchange whose answer brings a ticket that is known goes to where it is. */
static tgt_conversation *choose(tgp_trace *trace, tgt_record *r, tgt_conversation *of_ticket, const tgt_record *init,
                                bool is_update)
{
    tgt_conversation *of_init = init ? init->conversation : NULL;
    if (is_update || r->data_type == TG_DATA_TYPE_ERROR)
        return of_init;
    if (r->data_type == TG_DATA_TYPE_REQUEST_RESP && of_init && of_ticket && of_init != of_ticket &&
        !of_init->ticket.len && fit_together(trace, of_init, of_ticket)) {
        tgt_merge_conversations(trace, of_ticket, of_init);
        return of_ticket;
    }
    if (r->data_type == TG_DATA_TYPE_REQUEST_RESP || !tgt_is_init(r->data_type))
        return of_init ? of_init : of_ticket;
    return of_ticket;
}

static bool is_update_of(tgp_trace *trace, tgt_record *r, bool has_ticket, bool has_randri, tgt_record **updated)
{
    *updated = NULL;
    if (r->data_type != TG_DATA_TYPE_TRANSFER_INIT || has_ticket || has_randri || !r->call)
        return false;
    tgt_record *init = in_call(trace, r);
    init = init ? whole(init) : NULL;
    /* Of updates, too, the exchange that they update says who is I. */
    while (init && init->init && strncmp(init->ex, "update", 6) == 0)
        init = init->init;
    *updated = init;
    return init != NULL;
}

bool tgt_place_in_conversation(tgp_trace *trace, tgt_record *r, const tg_message *message)
{
    if (!message) {
        tgt_conversation *alone = tgt_new_conversation(trace, false);
        if (!alone)
            return false;
        tgt_enter_exchange(trace, r);
        tgt_add_to_conversation(trace, alone, r);
        return true;
    }
    const tg_ticket *payload = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    bool has_randri = tg_randr_find(message->payloads, TG_RAND_ROLE_I) != NULL;
    tg_bytes ticket = payload ? identity_of(payload) : tg_bytes_of(NULL, 0);
    uint64_t hash = ticket.len ? tgt_hash(ticket, 7) : 0;
    tgt_record *updated;
    r->has_message = true;
    r->data_type = message->hdr.data_type;
    r->csb_id = message->hdr.csb_id;
    bool is_update = is_update_of(trace, r, payload != NULL, has_randri, &updated);
    tgt_record *init = is_update ? updated : tgt_is_init(r->data_type) ? NULL : answered_by(trace, r);
    init = init ? whole(init) : NULL;
    tgt_conversation *of_ticket = ticket.len ? conversation_of_ticket(trace, ticket, hash) : NULL;
    tgt_conversation *c = choose(trace, r, of_ticket, init, is_update);
    tgt_conversation *roomy = with_room(trace, c, r);
    if (c && !roomy)
        init = updated = NULL; /* it was told */
    c = roomy ? roomy : tgt_new_conversation(trace, true);
    if (!c)
        return false;
    r->init = init;
    if (tgt_is_init(r->data_type))
        name_init(r, c, updated, has_randri, payload != NULL);
    else
        name_response(r, init);
    note_flags(c, message);
    note_carrier(c, r);
    give_ticket(trace, c, r, message, ticket, hash);
    tgt_enter_exchange(trace, r);
    tgt_add_to_conversation(trace, c, r);
    return true;
}
