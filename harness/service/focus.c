/* Conference focus and notification service (contribution 004, annex G). */
#include "leg.h"

static bool is_participant(const tg_service *s, const tg_identity *id)
{
    return tg_is_in(id, s->of.focus.participants, s->of.focus.num_participants);
}

static tg_reason not_authorised(const tg_leg *leg)
{
    return leg->subscription ? TG_REASON_NOT_SUBSCRIBER : TG_REASON_NOT_PARTICIPANT;
}

/* G.3.2: the UID "specified in the MIKEY-TICKET exchange" is IDRi of the ticket, which the KMS vouches for; IDRi of the message and
 * the sender that the signalling names are claims that have to agree with it. */
static tg_reason admit(tg_leg *leg, const tg_message *transfer_init, const tg_ticket *ticket, const tg_identity *peer)
{
    tg_service *s = leg->service;
    tg_identity said = tg_leg_identity(tg_idr_find(transfer_init->payloads, TG_ID_ROLE_I));
    tg_identity called = tg_leg_identity(tg_idr_find(transfer_init->payloads, TG_ID_ROLE_R));
    if (!tg_is_kms_uid(peer))
        return TG_REASON_NO_IDENTITY;
    if (!is_participant(s, peer))
        return not_authorised(leg);
    if ((said.known && !tg_same_user(&said, peer)) ||
        (leg->expected.id.known && !tg_same_user(&leg->expected.id, peer)))
        return TG_REASON_TWO_IDENTITIES;
    if ((ticket->flags & TG_FLAG('I')) == 0)
        return TG_REASON_NO_FORKING; /* whoever may resolve the ticket could have sent this */
    if (called.known && !tg_same_user(&called, &s->config.role.self))
        return TG_REASON_OTHER_CONFERENCE;
    if (!tg_ticket_allows(&s->profile, ticket, &s->config.role.self))
        return TG_REASON_NOT_RESOLVER;
    return TG_REASON_NONE;
}

/* G.2: the call may have been answered by another than the one invited. */
static tg_reason answered(tg_leg *leg, const tg_message *transfer_resp, const tg_identity *peer)
{
    (void)transfer_resp;
    return is_participant(leg->service, peer) ? TG_REASON_NONE : not_authorised(leg);
}

/* Who was taken off the list gets nothing new. */
static tg_reason again(tg_leg *leg)
{
    const tg_identity *other = leg->peer.id.known ? &leg->peer.id : &leg->called.id;
    return is_participant(leg->service, other) ? TG_REASON_NONE : not_authorised(leg);
}

/* ---- individual keys (G.1) ---------------------------------------------------------------------------------- */

static bool has_key(const tg_leg *leg, const uint8_t hash[32])
{
    for (size_t k = 0; k < leg->num_keys; k++) {
        if (memcmp(leg->keys[k], hash, 32) == 0)
            return true;
    }
    return false;
}

static bool is_elsewhere(const tg_leg *leg, const uint8_t hash[32])
{
    const tg_service *s = leg->service;
    for (size_t i = 0; i < s->num_legs; i++) {
        if (&s->legs[i] != leg && has_key(&s->legs[i], hash))
            return true;
    }
    return false;
}

static void remember_key(tg_leg *leg, const uint8_t hash[32])
{
    if (has_key(leg, hash))
        return;
    if (leg->num_keys == TG_LEG_KEYS_MAX) { /* the oldest goes */
        memmove(leg->keys, leg->keys + 1, (TG_LEG_KEYS_MAX - 1) * sizeof *leg->keys);
        leg->num_keys--;
    }
    memcpy(leg->keys[leg->num_keys++], hash, 32);
}

static bool named_before(const tg_established *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (e->cs[i].cs_id == e->cs[n].cs_id)
            return true;
    }
    return false;
}

/* Of hashes, so that the keys themselves lie nowhere but in the role. Keys that a leg had before an update still count: another must not
 * get them; the leg itself may go on with them. */
static tg_status compare_keys(tg_leg *leg, const tg_established *e, uint8_t fresh[][32], size_t *num, tg_reason *reason)
{
    for (size_t i = 0; i < e->num_cs; i++) {
        size_t len = 0;
        if (e->cs[i].tek.len == 0 || named_before(e, i))
            continue;
        if (*num == TG_SERVICE_MAX_SESSIONS) {
            *reason = TG_REASON_TOO_MANY_SESSIONS;
            return TG_OK;
        }
        if (!tg_hash_octets(leg->service->config.role.crypto, TG_HASH_SHA_256, e->cs[i].tek, fresh[*num], &len))
            return TG_NO_MEMORY;
        for (size_t k = 0; k < *num; k++) {
            if (memcmp(fresh[k], fresh[*num], 32) == 0)
                *reason = TG_REASON_SHARED_KEY;
        }
        if (is_elsewhere(leg, fresh[*num]))
            *reason = TG_REASON_SHARED_KEY;
        ++*num;
    }
    return TG_OK;
}

static tg_status keyed(tg_leg *leg, tg_reason *reason)
{
    tg_established e;
    uint8_t fresh[TG_SERVICE_MAX_SESSIONS][32];
    size_t num = 0;
    if (!tg_role_established(leg->role, leg->service->now, &e))
        return TG_NO_MEMORY; /* it is established: nothing else can be missing */
    TRY(compare_keys(leg, &e, fresh, &num, reason));
    if (*reason != TG_REASON_NONE)
        return TG_OK;
    for (size_t i = 0; i < num; i++)
        remember_key(leg, fresh[i]);
    return tg_leg_release(leg);
}

/* ---- the service -------------------------------------------------------------------------------------------- */

tg_status tg_focus_new(const tg_focus_config *config, tg_service **out)
{
    static const tg_actor actor = {
        .admit = admit, .answered = answered, .again = again, .keyed = keyed, .frees_refused = true
    };
    TRY(tg_service_new(&config->service, &actor, 0, NULL, out));
    (*out)->of.focus = *config;
    return TG_OK;
}

void tg_focus_set_participants(tg_service *s, const tg_bytes *participants, size_t num)
{
    s->of.focus.participants = participants;
    s->of.focus.num_participants = num;
}

static void prepare_call(tg_leg *leg)
{
    leg->holds = true;
}

static void prepare_subscription(tg_leg *leg)
{
    leg->holds = leg->subscription = true;
    leg->profile = leg->service->of.focus.notify_profile;
}

tg_status tg_focus_join(tg_service *s, tg_bytes transfer_init, const tg_identity *caller, uint64_t now,
                        tg_service_result *result)
{
    const tg_focus_config *c = &s->of.focus;
    tg_service_begin(s, now, result);
    tg_leg_answers answers = { c->supported, c->num_supported, c->answer, false };
    return tg_leg_accept(s, transfer_init, caller, &answers, prepare_call);
}

static tg_status call(tg_service *s, const tg_identity *called, bool subscription)
{
    const tg_focus_config *c = &s->of.focus;
    tg_leg *leg = tg_leg_open(s);
    tg_status status = TG_OK;
    if (!leg) {
        tg_service_refuse(s, TG_REASON_TOO_MANY_LEGS);
        tg_service_finish(s, NULL);
        return TG_OK;
    }
    leg->subscription = subscription;
    if (!is_participant(s, called)) {
        tg_leg_refuse(leg, not_authorised(leg));
    } else {
        leg->profile = subscription ? c->notify_profile : NULL;
        status = tg_leg_initiate(leg, called, subscription ? &c->notify_ticket : &c->ticket,
                                 subscription ? &c->notify : &c->transfer);
        if (status != TG_OK)
            tg_leg_reset(leg);
    }
    tg_service_finish(s, leg);
    return status;
}

tg_status tg_focus_invite(tg_service *s, const tg_identity *participant, uint64_t now, tg_service_result *result)
{
    tg_service_begin(s, now, result);
    return call(s, participant, false);
}

tg_status tg_focus_subscribe(tg_service *s, tg_bytes transfer_init, const tg_identity *subscriber, uint64_t now,
                             tg_service_result *result)
{
    static const tg_leg_answers answers; /* bodies have no security policies and no further keys */
    tg_service_begin(s, now, result);
    if (transfer_init.len == 0)
        return call(s, subscriber, true);
    return tg_leg_accept(s, transfer_init, subscriber, &answers, prepare_subscription);
}
