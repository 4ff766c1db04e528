/* A leg: its role, and what becomes of what the role answers. */
#include "leg.h"

void tg_leg_reset(tg_leg *leg)
{
    tg_arena_wipe(&leg->memory,
                  0); /* that is what tg_role_end does, and a role that could not be made has left something too */
    tg_service *service = leg->service;
    tg_leg kept = { .service = service,
                    .index = leg->index,
                    .memory = leg->memory,
                    .held = leg->held,
                    .held_size = leg->held_size,
                    .keys = leg->keys };
    kept.info.error_no = -1;
    tg_wipe(leg->keys, leg->num_keys * sizeof *leg->keys);
    tg_wipe(leg->held, leg->held_len);
    *leg = kept;
}

tg_leg *tg_leg_open(tg_service *s)
{
    for (size_t i = 0; i < s->num_legs; i++) {
        if (s->legs[i].info.state == TG_LEG_FREE) {
            s->legs[i].info.state = TG_LEG_RUNNING;
            return &s->legs[i];
        }
    }
    return NULL;
}

static void set_reason(tg_leg *leg, tg_reason reason)
{
    leg->info.reason = reason;
    leg->info.refusal = tg_reason_refusal(reason);
    leg->info.broken = tg_reason_requirement(reason);
    leg->service->result->accepted = false;
}

void tg_leg_refuse(tg_leg *leg, tg_reason reason)
{
    set_reason(leg, reason);
    leg->info.state = TG_LEG_REFUSED;
}

/* ---- what the role asks ------------------------------------------------------------------------------------- */

static bool has_too_many_sessions(const tg_message *message)
{
    size_t num_policies = 0;
    for (const tg_payload *p = message->payloads; p; p = p->next)
        num_policies += p->type == TG_PAYLOAD_SP;
    return message->hdr.map.num_cs > TG_SERVICE_MAX_SESSIONS || num_policies > TG_SERVICE_MAX_SESSIONS;
}

static tg_reason ask_admission(tg_leg *leg, const tg_message *message, const tg_ticket *ticket)
{
    const tg_actor *actor = leg->service->actor;
    if (!ticket)
        return TG_REASON_NOT_MIKEY_TICKET;
    tg_identity peer = tg_leg_identity(tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_I));
    tg_identity called = tg_leg_identity(tg_idr_find(message->payloads, TG_ID_ROLE_R));
    if (!tg_keep_identity(&leg->claimed, &peer) || !tg_keep_identity(&leg->claimed_called, &called))
        return TG_REASON_NO_IDENTITY;
    if (leg->peer.id.known && !tg_same_user(&leg->claimed.id, &leg->peer.id))
        return TG_REASON_TWO_IDENTITIES; /* a leg stays with whom it began */
    if (has_too_many_sessions(message))
        return TG_REASON_TOO_MANY_SESSIONS;
    return actor->admit ? actor->admit(leg, message, ticket, &leg->claimed.id) : TG_REASON_NONE;
}

static tg_admission admit(void *user, const tg_message *message, const tg_ticket *ticket)
{
    tg_leg *leg = user;
    leg->was_asked = true;
    leg->asked_warning = TG_REASON_NONE;
    leg->asked = ask_admission(leg, message, ticket);
    if (leg->asked != TG_REASON_NONE)
        return (tg_admission){ TG_REFUSE, tg_reason_refusal(leg->asked) };
    return (tg_admission){ leg->asked_warning ? TG_ADMIT_WITH_WARNING : TG_ADMIT, TG_REFUSAL_NONE };
}

static bool granted(void *user, const tg_ticket *ticket)
{
    tg_leg *leg = user;
    if (leg->service->actor->granted)
        leg->asked = leg->service->actor->granted(leg, ticket);
    return leg->asked == TG_REASON_NONE;
}

/* Only remembers: a refusal after this point has the Error no of its reason (tg_leg_withdraw). */
static bool answered(void *user, const tg_message *transfer_resp)
{
    tg_leg *leg = user;
    tg_identity peer = tg_leg_identity(tg_idr_find(transfer_resp->payloads, TG_ID_ROLE_R));
    leg->was_asked = tg_keep_identity(&leg->claimed, &peer);
    if (leg->service->actor->answered)
        leg->later = leg->service->actor->answered(leg, transfer_resp, &leg->claimed.id);
    return true;
}

/* ---- what the role answers ---------------------------------------------------------------------------------- */

static tg_leg_state state_of(const tg_leg *leg)
{
    switch (tg_role_state_of(leg->role)) {
    case TG_ROLE_ESTABLISHED:
    case TG_ROLE_UPDATING:
        return leg->held_len > 0 ? TG_LEG_HELD : TG_LEG_ESTABLISHED;
    case TG_ROLE_IDLE:
    case TG_ROLE_FAILED:
        return TG_LEG_REFUSED;
    default:
        return TG_LEG_RUNNING;
    }
}

static void take_refusal(tg_leg *leg, const tg_result *r)
{
    tg_reason reason = leg->asked != TG_REASON_NONE          ? leg->asked
                       : r->refusal == TG_REFUSAL_PEER_ERROR ? TG_REASON_PEER
                                                             : TG_REASON_ROLE;
    set_reason(leg, reason);
    leg->info.refusal = r->refusal;
    leg->info.error_no = r->error_no;
    leg->info.error_authentic = r->error_authentic;
    if (r->broken)
        leg->info.broken = r->broken;
}

/* Who the other side is, now that he is authenticated, and whether that is whom one meant. */
static void take_identities(tg_leg *leg)
{
    if (leg->was_asked) {
        (void)tg_keep_identity(&leg->peer, &leg->claimed.id); /* it was short enough before */
        if (!leg->info.initiates)
            (void)tg_keep_identity(&leg->called, &leg->claimed_called.id);
        leg->was_asked = false;
    }
    leg->info.warning = leg->asked_warning;
    leg->info.peer = leg->peer.id;
    leg->info.called = leg->called.id;
    const tg_identity *meant = leg->info.initiates ? &leg->called.id : &leg->expected.id;
    leg->info.hop_by_hop = leg->peer.id.known && meant->known && !tg_same_user(&leg->peer.id, meant);
}

static tg_status take(tg_leg *leg, const tg_result *r)
{
    bool held = leg->holds && r->refusal == TG_REFUSAL_NONE && r->state == TG_ROLE_ESTABLISHED;
    for (size_t i = 0; i < r->num_out; i++) {
        if (held && r->out[i].to == TG_SENDER_I)
            TRY(tg_leg_hold(leg, &r->out[i]));
        else
            TRY(tg_leg_put(leg, r->out[i].to, r->out[i].ex, r->out[i].octets));
    }
    if (r->judgement)
        TRY(tg_service_keep_judgement(leg->service, r->judgement));
    leg->info.state = state_of(leg);
    if (r->refusal != TG_REFUSAL_NONE)
        take_refusal(leg, r);
    else if (r->state == TG_ROLE_ESTABLISHED)
        take_identities(leg);
    return TG_OK;
}

/* The leg has keys: is it to keep them? */
static tg_status settle(tg_leg *leg)
{
    const tg_actor *actor = leg->service->actor;
    tg_reason reason = leg->later;
    leg->later = TG_REASON_NONE;
    if (leg->info.state != TG_LEG_ESTABLISHED && leg->info.state != TG_LEG_HELD)
        return TG_OK;
    tg_status status = reason == TG_REASON_NONE && actor->keyed ? actor->keyed(leg, &reason) : TG_OK;
    if (status == TG_OK && reason != TG_REASON_NONE)
        status = tg_leg_withdraw(leg, reason);
    if (status != TG_OK)
        tg_leg_refuse(leg, TG_REASON_ROLE); /* keys that nobody could look at are not used */
    return status;
}

tg_status tg_leg_transfer(tg_leg *leg)
{
    tg_service *s = leg->service;
    tg_result r;
    leg->asked = TG_REASON_NONE;
    TRY(tg_initiator_transfer(leg->role, s->now, &r));
    TRY(take(leg, &r));
    return settle(leg);
}

tg_status tg_leg_update(tg_leg *leg, const tg_transfer_plan *plan)
{
    tg_service *s = leg->service;
    tg_result r;
    TRY(tg_role_update(leg->role, plan, s->now, &r));
    TRY(take(leg, &r));
    return settle(leg);
}

static void begin(tg_leg *leg)
{
    leg->asked = leg->later = TG_REASON_NONE;
    leg->was_asked = false;
    leg->info.reason = TG_REASON_NONE;
    leg->info.refusal = TG_REFUSAL_NONE;
    leg->info.error_no = -1;
    leg->info.error_authentic = false;
    leg->info.broken = NULL;
}

static tg_status receive(tg_leg *leg, tg_sender from, tg_bytes octets)
{
    tg_service *s = leg->service;
    tg_result r;
    bool earlier = leg->was_asked; /* an exchange that runs has asked in an earlier call */
    begin(leg);
    s->result->accepted = true;
    TRY(tg_role_receive(leg->role, from, octets, s->now, &r));
    if (leg->was_asked)
        leg->was_asked = r.refusal == TG_REFUSAL_NONE;
    else
        leg->was_asked = earlier && r.state != TG_ROLE_FAILED;
    TRY(take(leg, &r));
    if (leg->info.initiates && r.refusal == TG_REFUSAL_NONE && r.state == TG_ROLE_HAS_TICKET) {
        tg_status status = tg_leg_transfer(leg);
        if (status != TG_REFUSED && status != TG_NOT_FOUND)
            return status;
        /* What was granted has not the keys for the crypto sessions, or forbids those of this side. */
        tg_leg_refuse(leg, TG_REASON_ROLE);
        leg->info.refusal = TG_REFUSAL_TP_PARAM;
        return TG_OK;
    }
    return r.refusal == TG_REFUSAL_NONE ? settle(leg) : TG_OK;
}

tg_status tg_leg_receive(tg_leg *leg, tg_sender from, tg_bytes octets)
{
    const tg_actor *actor = leg->service->actor;
    tg_leg_state before = leg->info.state;
    TRY(receive(leg, from, octets));
    return actor->changed && leg->info.state != before ? actor->changed(leg, before) : TG_OK;
}

/* ---- roles of a leg ----------------------------------------------------------------------------------------- */

tg_status tg_leg_respond(tg_leg *leg, const tg_leg_answers *answers)
{
    tg_responder_config r = { .role = leg->service->config.role,
                              .admit = admit,
                              .user = leg,
                              .supported = answers->supported,
                              .num_supported = answers->num_supported,
                              .resolve_each_time = answers->resolve_each_time,
                              .transfer = answers->plan };
    r.role.arena = &leg->memory;
    if (leg->profile)
        r.role.profile = leg->profile;
    leg->info.expected = leg->expected.id;
    return tg_responder_new(&r, &leg->role);
}

static tg_status accept(tg_leg *leg, tg_bytes transfer_init, const tg_identity *caller, const tg_leg_answers *answers)
{
    if (!tg_keep_identity(&leg->expected, caller)) {
        tg_leg_refuse(leg, TG_REASON_NO_IDENTITY);
        return TG_OK;
    }
    TRY(tg_leg_respond(leg, answers));
    return tg_leg_receive(leg, TG_SENDER_I, transfer_init);
}

tg_status tg_leg_accept(tg_service *s, tg_bytes transfer_init, const tg_identity *caller, const tg_leg_answers *answers,
                        void (*prepare)(tg_leg *leg))
{
    tg_leg *leg = tg_leg_open(s);
    tg_status status = TG_OK;
    if (!leg) {
        tg_service_refuse(s, TG_REASON_TOO_MANY_LEGS);
    } else {
        if (prepare)
            prepare(leg);
        status = accept(leg, transfer_init, caller, answers);
        if (status != TG_OK)
            tg_leg_reset(leg);
    }
    tg_service_finish(s, leg);
    return status;
}

static void complete(const tg_service *s, const tg_identity *called, tg_ticket_policy *policy)
{
    const tg_role_config *c = &s->config.role;
    policy->i = c->self;
    if (!policy->kms.known)
        policy->kms = c->kms;
    if (policy->num_r == 0)
        policy->r[policy->num_r++] = *called;
    if (s->config.validity == 0)
        return;
    /* Clocks differ: it is valid from a skew before now. */
    policy->has_trs = policy->has_tre = true;
    policy->trs = s->now - ((uint64_t)c->skew << 32);
    policy->tre = s->now + ((uint64_t)s->config.validity << 32);
}

tg_status tg_leg_initiate(tg_leg *leg, const tg_identity *called, const tg_ticket_policy *policy,
                          const tg_transfer_plan *plan)
{
    tg_service *s = leg->service;
    tg_result r;
    begin(leg);
    leg->info.initiates = true;
    if (!called->known || !tg_keep_identity(&leg->called, called))
        return TG_TOO_LARGE;
    leg->info.called = leg->called.id;
    tg_initiator_config i = { .role = s->config.role,
                              .called = leg->called.id,
                              .policy = *policy,
                              .transfer = *plan,
                              .granted = granted,
                              .answered = answered,
                              .user = leg };
    i.role.arena = &leg->memory;
    if (leg->profile)
        i.role.profile = leg->profile;
    complete(s, &leg->called.id, &i.policy);
    TRY(tg_initiator_new(&i, &leg->role));
    TRY(tg_initiator_request(leg->role, s->now, &r));
    s->result->accepted = true;
    return take(leg, &r);
}

/* ---- answers that waited ------------------------------------------------------------------------------------ */

tg_status tg_leg_release(tg_leg *leg)
{
    size_t len = leg->held_len;
    if (len == 0)
        return TG_OK;
    leg->held_len = 0;
    leg->info.state = state_of(leg);
    tg_status status = tg_leg_put(leg, TG_SENDER_I, leg->held_ex, tg_bytes_of(leg->held, len));
    tg_wipe(leg->held, len);
    return status;
}

tg_status tg_leg_withdraw(tg_leg *leg, tg_reason reason)
{
    tg_result r;
    tg_wipe(leg->held, leg->held_len);
    leg->held_len = 0;
    tg_leg_drop_out(leg);
    tg_status status = tg_role_withdraw(leg->role, tg_reason_refusal(reason), leg->service->now, &r);
    if (status == TG_OK) {
        for (size_t i = 0; i < r.num_out; i++)
            TRY(tg_leg_put(leg, r.out[i].to, r.out[i].ex, r.out[i].octets));
    } else if (status != TG_REFUSED) {
        return status;
    }
    tg_leg_refuse(leg, reason);
    leg->info.error_no = status == TG_OK ? r.error_no : -1;
    return TG_OK;
}
