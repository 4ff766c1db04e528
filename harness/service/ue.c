/* IMS UE: Initiator and Responder in one, with its local policy (contribution 003, 6.2.3.3). */
#include "leg.h"

/* Takes an answer of the policy: the reason when it refuses, and notes the first that warns. */
static tg_reason weigh(tg_leg *leg, tg_answer answer, tg_reason reason)
{
    if (answer == TG_ANSWER_REFUSE)
        return reason;
    if (answer == TG_ANSWER_WARN && leg->asked_warning == TG_REASON_NONE)
        leg->asked_warning = reason;
    return TG_REASON_NONE;
}

#define WEIGH(answer, reason)                                                                                          \
    do {                                                                                                               \
        tg_reason weighed_ = weigh(leg, answer, reason);                                                               \
        if (weighed_ != TG_REASON_NONE)                                                                                \
            return weighed_;                                                                                           \
    } while (0)

static const tg_ue_policy *policy_of(const tg_leg *leg)
{
    return leg->service->of.ue.policy;
}

static tg_reason in_use(const tg_ue_policy *policy)
{
    return policy->off ? TG_REASON_OFF : policy->locked ? TG_REASON_LOCKED : TG_REASON_NONE;
}

/* ---- what it asks for --------------------------------------------------------------------------------------- */

static bool may_ask_for_group(const tg_ue_policy *policy, tg_bytes group)
{
    for (size_t i = 0; i < policy->num_groups; i++) {
        if (tg_bytes_equal(policy->groups[i], group))
            return true;
    }
    return false;
}

static tg_reason check_wish(tg_leg *leg, uint16_t flags, const tg_identity *r, size_t num_r)
{
    const tg_ue_policy *policy = policy_of(leg);
    if (flags & TG_FLAG('J'))
        WEIGH(policy->ask_reusable, TG_REASON_REUSABLE);
    for (size_t i = 0; i < num_r; i++) {
        if (tg_names_group(&r[i]) && !may_ask_for_group(policy, tg_without_scheme(r[i].data)))
            return TG_REASON_GROUP;
    }
    return TG_REASON_NONE;
}

/* The KMS may have changed the policy: what the user did not allow is not used. */
static tg_reason granted(tg_leg *leg, const tg_ticket *ticket)
{
    tg_ticket_policy policy;
    if (tg_ticket_policy_of_ticket(ticket, &policy) != TG_OK)
        return TG_REASON_GROUP; /* more identities than anybody asks for */
    return check_wish(leg, policy.flags, policy.r, policy.num_r);
}

/* TRANSFER_RESP of another than the one called: a diverted call, or a server in between. */
static tg_reason answered(tg_leg *leg, const tg_message *transfer_resp, const tg_identity *peer)
{
    (void)transfer_resp;
    if (peer->known && !tg_same_user(peer, &leg->called.id))
        WEIGH(policy_of(leg)->intermediary, TG_REASON_INTERMEDIARY);
    return TG_REASON_NONE;
}

/* ---- what it accepts ---------------------------------------------------------------------------------------- */

static tg_answer by_rules(const tg_ue_policy *policy, const tg_ticket *ticket, const tg_identity *initiator)
{
    const tg_idr *kms = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_KMS);
    for (size_t i = 0; i < policy->num_rules; i++) {
        const tg_ue_rule *rule = &policy->rules[i];
        if (tg_is_in(initiator, &rule->initiator, 1) &&
            (rule->kms.len == 0 || (kms && tg_bytes_equal(kms->id_data, rule->kms))))
            return rule->answer;
    }
    return policy->otherwise;
}

static bool is_for_group(const tg_ticket *ticket)
{
    const tg_idr *r = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_R);
    for (; r; r = r->head.next ? tg_idr_find(r->head.next, TG_ID_ROLE_R) : NULL) {
        tg_identity id = tg_leg_identity(r);
        if (tg_names_group(&id))
            return true;
    }
    return false;
}

static tg_reason admit(tg_leg *leg, const tg_message *transfer_init, const tg_ticket *ticket, const tg_identity *peer)
{
    const tg_ue_policy *policy = policy_of(leg);
    const tg_role_config *own = &leg->service->config.role;
    tg_identity said = tg_leg_identity(tg_idr_find(transfer_init->payloads, TG_ID_ROLE_I));
    tg_identity called = tg_leg_identity(tg_idr_find(transfer_init->payloads, TG_ID_ROLE_R));
    tg_reason reason = in_use(policy);
    if (reason != TG_REASON_NONE)
        return reason;
    WEIGH(by_rules(policy, ticket, peer), TG_REASON_INITIATOR);
    if ((ticket->flags & TG_FLAG('D')) == 0)
        WEIGH(policy->accept_own, TG_REASON_NOT_OF_KMS);
    if (ticket->flags & TG_FLAG('J'))
        WEIGH(policy->accept_reusable, TG_REASON_REUSABLE);
    if (is_for_group(ticket))
        WEIGH(policy->accept_group, TG_REASON_GROUP);
    if (called.known && !tg_same_user(&called, &own->self))
        WEIGH(policy->accept_diverted, TG_REASON_DIVERTED);
    if (peer->known && ((leg->expected.id.known && !tg_same_user(peer, &leg->expected.id)) ||
                        (said.known && !tg_same_user(peer, &said))))
        WEIGH(policy->intermediary, TG_REASON_INTERMEDIARY);
    return TG_REASON_NONE;
}

static tg_reason again(tg_leg *leg)
{
    return in_use(policy_of(leg));
}

/* ---- the service -------------------------------------------------------------------------------------------- */

tg_status tg_ue_new(const tg_ue_config *config, tg_service **out)
{
    static const tg_actor actor = {
        .admit = admit, .granted = granted, .answered = answered, .again = again, .frees_refused = true
    };
    TRY(tg_service_new(&config->service, &actor, 0, NULL, out));
    (*out)->of.ue = *config;
    return TG_OK;
}

static tg_status start(tg_service *s, tg_leg *leg, const tg_ue_call *call)
{
    tg_reason reason = in_use(s->of.ue.policy);
    if (reason == TG_REASON_NONE)
        reason = check_wish(leg, call->policy.flags, call->policy.r, call->policy.num_r);
    if (reason == TG_REASON_NONE && tg_names_group(&call->called))
        reason = TG_REASON_GROUP; /* one calls a user; groups stand in the ticket (6.2.3.2) */
    if (reason != TG_REASON_NONE) {
        tg_leg_refuse(leg, reason);
        return TG_OK;
    }
    return tg_leg_initiate(leg, &call->called, &call->policy, &call->transfer);
}

tg_status tg_ue_start(tg_service *s, const tg_ue_call *call, uint64_t now, tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_leg *leg = tg_leg_open(s);
    tg_status status = TG_OK;
    if (!leg)
        tg_service_refuse(s, TG_REASON_TOO_MANY_LEGS);
    else if ((status = start(s, leg, call)) != TG_OK)
        tg_leg_reset(leg);
    tg_service_finish(s, leg);
    return status;
}

tg_status tg_ue_accept(tg_service *s, tg_bytes transfer_init, const tg_identity *caller, uint64_t now,
                       tg_service_result *result)
{
    const tg_ue_config *c = &s->of.ue;
    tg_service_begin(s, now, result);
    tg_leg_answers answers = { c->supported, c->num_supported, c->answer, c->resolve_each_time };
    return tg_leg_accept(s, transfer_init, caller, &answers, NULL);
}
