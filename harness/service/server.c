/* List server and application server: two Ticket Transfers instead of one (TR 33.829 8.3.1.1, 8.3.1.2; contributions 000 to 002). */
#include "server.h"

static tg_leg *caller_of(tg_service *s)
{
    return &s->legs[0];
}

/* ---- the caller --------------------------------------------------------------------------------------------- */

static tg_reason admit(tg_leg *leg, const tg_message *transfer_init, const tg_ticket *ticket, const tg_identity *peer)
{
    tg_service *s = leg->service;
    const tg_server_config *c = &s->of.server.config;
    (void)peer;
    if (s->of.server.plan)
        return TG_REASON_ONCE;
    if (!tg_ticket_allows(&s->profile, ticket, &s->config.role.self))
        return TG_REASON_NOT_RESOLVER;
    if (c->transfer) {
        s->of.server.plan = c->transfer;
        return TG_REASON_NONE;
    }
    size_t num_keys = c->ticket.has_keys && c->ticket.num_keys > 0 ? c->ticket.num_keys : 1;
    if (tg_mirror_plan(transfer_init, num_keys, &s->of.server.mirror, &s->of.server.mirrored) != TG_OK)
        return TG_REASON_TOO_MANY_SESSIONS;
    s->of.server.plan = &s->of.server.mirrored;
    return TG_REASON_NONE;
}

/* ---- the receivers ------------------------------------------------------------------------------------------ */

static bool waits(const tg_leg *leg)
{
    return leg->info.state == TG_LEG_RUNNING && !leg->role;
}

/* The caller is authenticated: now the others are called. */
static tg_status call_receivers(tg_service *s)
{
    for (size_t i = 1; i <= s->of.server.num_receivers; i++) {
        tg_leg *leg = &s->legs[i];
        if (!waits(leg))
            continue;
        tg_status status = tg_leg_initiate(leg, &leg->called.id, &s->of.server.config.ticket, s->of.server.plan);
        if (status == TG_OK)
            continue;
        tg_leg_refuse(leg, TG_REASON_ROLE);
        return status;
    }
    return TG_OK;
}

static void drop_receivers(tg_service *s, tg_reason reason)
{
    bool accepted = s->result->accepted;
    for (size_t i = 1; i <= s->of.server.num_receivers; i++) {
        if (s->legs[i].info.state == TG_LEG_RUNNING || s->legs[i].info.state == TG_LEG_ESTABLISHED)
            tg_leg_refuse(&s->legs[i], reason);
    }
    s->result->accepted = accepted;
}

/* TRANSFER_RESP waits until every further leg has an answer, for only then is it known what the caller is told. */
static tg_status answer_caller(tg_service *s)
{
    tg_leg *caller = caller_of(s);
    size_t num_good = 0, num_running = 0;
    for (size_t i = 1; i <= s->of.server.num_receivers; i++) {
        tg_leg_state state = s->legs[i].info.state;
        num_good += state == TG_LEG_ESTABLISHED || state == TG_LEG_RELAYED;
        num_running += state == TG_LEG_RUNNING;
    }
    if (caller->info.state != TG_LEG_HELD || num_running > 0)
        return TG_OK;
    bool accepted = s->result->accepted;
    tg_reason reason = TG_REASON_NONE;
    if (num_good == 0 || (s->of.server.config.all_receivers && num_good < s->of.server.num_receivers))
        reason = TG_REASON_NO_RECEIVER;
    else if ((tg_ntp_order(s->now) - tg_ntp_order(caller->held_since)) >> 32 >= s->config.role.skew)
        reason = TG_REASON_TOO_LATE; /* its T would not be accepted any more */
    caller->holds = false;
    tg_status status = reason == TG_REASON_NONE ? tg_leg_release(caller) : tg_leg_withdraw(caller, reason);
    if (reason != TG_REASON_NONE)
        drop_receivers(s, TG_REASON_CALLER);
    s->result->accepted = accepted; /* that is about the message that came */
    return status;
}

static tg_status changed(tg_leg *leg, tg_leg_state before)
{
    tg_service *s = leg->service;
    tg_leg_state state = leg->info.state;
    if (leg->index > 0)
        return state == TG_LEG_ESTABLISHED || state == TG_LEG_REFUSED ? answer_caller(s) : TG_OK;
    if (state == TG_LEG_REFUSED || state == TG_LEG_FREE)
        drop_receivers(s, TG_REASON_CALLER);
    if (before != TG_LEG_RUNNING || (state != TG_LEG_HELD && state != TG_LEG_ESTABLISHED))
        return TG_OK;
    TRY(call_receivers(s));
    return answer_caller(s);
}

/* ---- the list ----------------------------------------------------------------------------------------------- */

/* Who may resolve the ticket gets it as it came; true when somebody is left for whom the server has to resolve it. */
static tg_status relay(tg_service *s, tg_bytes octets, const tg_ticket *ticket, bool *left)
{
    *left = false;
    for (size_t i = 1; i <= s->of.server.num_receivers; i++) {
        tg_leg *leg = &s->legs[i];
        if (tg_ticket_allows(&s->profile, ticket, &leg->called.id)) {
            TRY(tg_leg_put(leg, TG_SENDER_R, "transfer", octets));
            leg->info.state = TG_LEG_RELAYED;
        } else if (s->of.server.config.leave_out) {
            tg_leg_refuse(leg, TG_REASON_RECEIVER);
        } else {
            *left = true;
        }
    }
    return TG_OK;
}

/* Is it a message that can be passed on: a TRANSFER_INIT that awaits no answer? Others go to the role, which refuses or terminates them. */
static tg_status ticket_to_relay(tg_service *s, tg_bytes octets, const tg_ticket **out)
{
    tg_message *message = NULL;
    *out = NULL;
    if (octets.len > s->config.role.max_message)
        return TG_OK;
    tg_status status = tg_message_parse(octets, &s->outbox, &message, NULL);
    if (status == TG_ARENA_FULL)
        return status;
    if (status != TG_OK || message->hdr.data_type != TG_DATA_TYPE_TRANSFER_INIT)
        return TG_OK;
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    if (ticket && (ticket->flags & TG_FLAG('F')) == 0)
        *out = ticket;
    return TG_OK;
}

/* ---- the service -------------------------------------------------------------------------------------------- */

tg_status tg_server_new(const tg_server_config *config, tg_service **out)
{
    static const tg_actor actor = { .admit = admit, .changed = changed };
    tg_arena mirror = { 0 };
    TRY(tg_service_new(&config->service, &actor, TG_MIRROR_MEMORY, &mirror, out));
    (*out)->of.server.config = *config;
    (*out)->of.server.mirror = mirror;
    return TG_OK;
}

static tg_status begin(tg_service *s, const tg_identity *caller, const tg_identity *receivers, size_t num)
{
    if (s->of.server.begun)
        return TG_REFUSED;
    if (num >= s->num_legs || num == 0)
        return TG_TOO_LARGE;
    for (size_t i = 0; i <= num; i++) {
        tg_leg *leg = &s->legs[i];
        if (i > 0 && !tg_is_kms_uid(&receivers[i - 1]))
            return TG_TOO_LARGE;
        if (!tg_keep_identity(i == 0 ? &leg->expected : &leg->called, i == 0 ? caller : &receivers[i - 1]))
            return TG_TOO_LARGE;
    }
    for (size_t i = 0; i <= num; i++) {
        s->legs[i].info.state = TG_LEG_RUNNING;
        s->legs[i].info.initiates = i > 0;
        s->legs[i].info.called = s->legs[i].called.id;
    }
    s->of.server.num_receivers = num;
    s->of.server.begun = true;
    return TG_OK;
}

static tg_status accept(tg_service *s, tg_bytes transfer_init)
{
    tg_leg *leg = caller_of(s);
    const tg_ticket *ticket = NULL;
    if (s->of.server.config.kind == TG_SERVER_LIST)
        TRY(ticket_to_relay(s, transfer_init, &ticket));
    if (ticket) {
        bool left = false;
        TRY(relay(s, transfer_init, ticket, &left));
        if (!left) {
            leg->info.state = TG_LEG_RELAYED;
            s->result->accepted = true;
            return TG_OK;
        }
    }
    tg_leg_answers answers = { .plan = s->of.server.config.answer };
    leg->holds = true;
    TRY(tg_leg_respond(leg, &answers));
    return tg_leg_receive(leg, TG_SENDER_I, transfer_init);
}

tg_status tg_server_accept(tg_service *s, tg_bytes transfer_init, const tg_identity *caller,
                           const tg_identity *receivers, size_t num_receivers, uint64_t now, tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_status status = begin(s, caller, receivers, num_receivers);
    if (status == TG_OK)
        status = accept(s, transfer_init);
    tg_service_finish(s, status == TG_OK ? caller_of(s) : NULL);
    return status;
}
