/* Judges a message: opens it once, then asks every check. */
#include "judge.h"

/* ---- opening the message ------------------------------------------------------------------------------------ */

/* A CSB update (RFC 6043 5.2). Where the context does not say, who sends may tell, and a TRANSFER_INIT can be told to be
 * one when it lacks what 4.2.2.1 demands and 5.2 advises against (FORMAT.md, section 3). */
static bool is_update(const tg_judge *j)
{
    if (!j->is_transfer || j->context->exchange != TG_EXCHANGE_UNKNOWN)
        return j->is_transfer && j->context->exchange == TG_EXCHANGE_UPDATE;
    /* The Initiator begins every exchange but an update. */
    if (j->data_type == TG_DATA_TYPE_TRANSFER_RESP)
        return j->context->sender == TG_SENDER_I;
    return j->context->sender == TG_SENDER_R ||
           (!j->ticket && !tg_randr_find(j->message->payloads, TG_RAND_ROLE_I));
}

static void open_policies(tg_judge *j)
{
    for (const tg_payload *p = j->message->payloads; p; p = p->next) {
        const tg_sp *sp = (const tg_sp *)p;
        if (p->type == TG_PAYLOAD_SP && !j->policies[sp->policy_no])
            j->policies[sp->policy_no] = sp;
    }
}

static void open_message(tg_judge *j)
{
    const tg_message *message = j->message;
    const tg_map *map = &message->hdr.map;
    j->chain = (tg_scope){ NULL, NULL, message->payloads, message->octets };
    j->data_type = message->hdr.data_type;
    j->is_mikey_ticket = tg_is_mikey_ticket(j->data_type) || j->data_type == TG_DATA_TYPE_ERROR;
    j->is_transfer = j->data_type == TG_DATA_TYPE_TRANSFER_INIT || j->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    j->ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    j->is_update = is_update(j);
    const tg_payload *last = tg_payload_last(message->payloads);
    j->last_v = last && last->type == TG_PAYLOAD_V ? (const tg_v *)last : NULL;
    j->is_initial_transfer = j->data_type == TG_DATA_TYPE_TRANSFER_INIT && !j->is_update;
    if (map->cs_id_map_type == TG_MAP_GENERIC_ID && map->generic) {
        j->sessions = map->generic;
        j->num_sessions = map->num_cs;
    }
    open_policies(j);
}

void tg_rules_open_policy(const tg_spot *spot, tg_policy *policy)
{
    *policy = (tg_policy){ .at = *spot };
#define COPY_POLICY(payload_)                                                                                          \
    policy->ticket_type = (payload_)->ticket_type;                                                                     \
    policy->subtype = (payload_)->subtype;                                                                             \
    policy->version = (payload_)->version;                                                                             \
    policy->prf_func = (payload_)->prf_func;                                                                           \
    policy->flags = (payload_)->flags;                                                                                 \
    policy->tp_data = tg_scope_of(&policy->at, "tp_data", &(payload_)->tp_data)
    if (spot->payload->type == TG_PAYLOAD_TP) {
        const tg_tp *tp = (const tg_tp *)spot->payload;
        COPY_POLICY(tp);
    } else {
        const tg_ticket *ticket = (const tg_ticket *)spot->payload;
        COPY_POLICY(ticket);
        policy->ticket = ticket;
        policy->ticket_data = tg_scope_of(&policy->at, "ticket_data", &ticket->ticket_data);
        policy->initiator_data = tg_scope_of(&policy->at, "initiator_data", &ticket->initiator_data);
    }
#undef COPY_POLICY
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static void judge_every_payload(const tg_judge *j, const tg_scope *scope)
{
    for (tg_walk w = tg_walk_of(scope); tg_walk_next(&w);)
        tg_rules_check_payload(j, &w.at);
}

static void judge_policy(const tg_judge *j, const tg_spot *spot)
{
    tg_policy policy;
    tg_rules_open_policy(spot, &policy);
    judge_every_payload(j, &policy.tp_data);
    judge_every_payload(j, &policy.initiator_data);
    /* Ticket Data is for the resolver alone (RFC 6043 6.10, ambiguity A27). */
    if (tg_may_open_ticket(j, &policy))
        judge_every_payload(j, &policy.ticket_data);
    if (!j->is_mikey_ticket)
        return;
    tg_rules_check_policy(j, &policy);
    tg_rules_check_tp_data(j, &policy);
    tg_rules_check_tgks(j, &policy);
    tg_rules_check_profile_policy(j, &policy);
    if (!policy.ticket)
        return;
    tg_rules_check_initiator_data(j, &policy);
    if (tg_may_open_ticket(j, &policy))
        tg_rules_check_base_ticket(j, &policy);
}

void tg_rules_check(const tg_message *message, const tg_profile *profile, const tg_context *context,
                    tg_finding_sink sink)
{
    static const tg_context nothing_known;
    tg_judge judge = { .message = message, .profile = profile, .context = context ? context : &nothing_known,
                       .sink = sink };
    const tg_judge *j = &judge;
    open_message(&judge);

    tg_rules_check_header(j);
    tg_rules_check_sessions(j);
    tg_rules_check_prot_types(j);
    tg_rules_check_m_lines(j);
    tg_rules_check_figure(j);
    tg_rules_check_policy_numbers(j);
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        tg_rules_check_payload(j, &w.at);
        if (w.at.payload->type == TG_PAYLOAD_KEMAC)
            tg_rules_check_kemac(j, &w.at);
        else if (w.at.payload->type == TG_PAYLOAD_TP || w.at.payload->type == TG_PAYLOAD_TICKET)
            judge_policy(j, &w.at);
    }
    tg_rules_check_mix(j);
    tg_rules_check_profile(j);
}
