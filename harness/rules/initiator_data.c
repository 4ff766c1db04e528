/* Initiator Data, by which the Initiator shows itself to the KMS: RFC 6043 6.10. */
#include "judge.h"

/* ---- is it there? ------------------------------------------------------------------------------------------- */

/* The Initiator inserts it exactly when keys are forked; what the KMS grants has none yet (A47). */
static void check_presence(const tg_judge *j, const tg_policy *policy)
{
    bool is_there = policy->ticket->initiator_data.form != TG_CHAIN_ABSENT;
    bool expected = tg_policy_has(policy, 'I');
    switch (j->data_type) {
    case TG_DATA_TYPE_REQUEST_RESP: expected = false; break;
    case TG_DATA_TYPE_TRANSFER_INIT:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK: break;
    default: return;
    }
    if (is_there != expected)
        tg_rules_say(j, "RFC6043-6.10-24", tg_rules_at_field(j, &policy->at, "initiator_data"),
                     "expected %sInitiator Data with I=%d in this message, found %s", expected ? "" : "no ",
                     tg_policy_has(policy, 'I'), is_there ? "it" : "none");
}

/* ---- Vi and Vr ---------------------------------------------------------------------------------------------- */

/* Next Payload of a payload that another V follows; of one made by hand, what it would be built with. */
static uint8_t next_payload_of(const tg_payload *payload)
{
    if (payload->octets.len)
        return tg_payload_next_octet(payload);
    for (const tg_override *o = payload->overrides; o; o = o->next) {
        if (strcmp(o->field, "next_payload") == 0)
            return (uint8_t)o->value;
    }
    return (uint8_t)payload->next->type;
}

/* Vi is the V of TRANSFER_INIT over again, save that another payload follows it (setting vi_next, A11). */
static void check_vi(const tg_judge *j, const tg_spot *at)
{
    const tg_v *vi = (const tg_v *)at->payload;
    unsigned expected = j->profile->settings.vi_next == TG_VI_NEXT_CHAIN ? TG_PAYLOAD_V : TG_PAYLOAD_LAST;
    if (vi->head.next && vi->head.next->type == TG_PAYLOAD_V && next_payload_of(&vi->head) != expected)
        tg_rules_say(j, "RFC6043-6.10-x18", tg_rules_at_field(j, at, "next_payload"),
                     "expected Next Payload %u in Vi, found %u", expected, next_payload_of(&vi->head));
    const tg_v *v = j->last_v;
    if (!j->is_initial_transfer || !v)
        return;
    if (vi->auth_alg != v->auth_alg)
        tg_rules_say(j, "RFC6043-6.10-27", tg_rules_at_field(j, at, "auth_alg"),
                     "expected Auth alg %u in Vi as in V, found %u", v->auth_alg, vi->auth_alg);
    else if (!tg_bytes_equal(vi->ver_data, v->ver_data))
        tg_rules_say(j, "RFC6043-6.10-27", tg_rules_at_field(j, at, "ver_data"),
                     "expected the Ver data of V in Vi, found others");
}

static void check_vr(const tg_judge *j, const tg_policy *policy, const tg_spot *last, const tg_payload *first)
{
    if (!first || last->payload == first)
        tg_rules_say(j, "RFC6043-6.10-28", tg_rules_at_gap(j, &policy->initiator_data, NULL),
                     "expected Vr as a second payload of Initiator Data, found none");
    else if (last->payload->type != TG_PAYLOAD_V)
        tg_rules_say(j, "RFC6043-6.10-28", tg_rules_at_payload(j, last),
                     "expected Vr as the last payload of Initiator Data, found %s",
                     tg_payload_name(last->payload->type));
    else if (first->type == TG_PAYLOAD_V && ((const tg_v *)first)->auth_alg != ((const tg_v *)last->payload)->auth_alg)
        tg_rules_say(j, "RFC6043-6.10-29", tg_rules_at_field(j, last, "auth_alg"),
                     "expected Auth alg %u in Vr as in Vi, found %u", ((const tg_v *)first)->auth_alg,
                     ((const tg_v *)last->payload)->auth_alg);
}

void tg_rules_check_initiator_data(const tg_judge *j, const tg_policy *policy)
{
    check_presence(j, policy);
    if (policy->ticket->initiator_data.form == TG_CHAIN_ABSENT)
        return;
    const tg_scope *scope = &policy->initiator_data;
    const tg_payload *first = scope->payloads;
    tg_spot last = { scope, NULL, 0 };
    for (tg_walk w = tg_walk_of(scope); tg_walk_next(&w); last = w.at) {
        const tg_payload *p = w.at.payload;
        if (p == first && p->type == TG_PAYLOAD_V)
            check_vi(j, &w.at);
        else if (p == first)
            tg_rules_say(j, "RFC6043-6.10-27", tg_rules_at_payload(j, &w.at),
                         "expected Vi as the first payload of Initiator Data, found %s", tg_payload_name(p->type));
        if (p->type != TG_PAYLOAD_V || w.at.index >= 2)
            tg_rules_say(j, "RFC6043-6.10-x19", tg_rules_at_payload(j, &w.at),
                         "expected nothing beside Vi and Vr in Initiator Data, found %s",
                         p->type == TG_PAYLOAD_V ? "a third V" : tg_payload_name(p->type));
    }
    if (!first)
        tg_rules_say(j, "RFC6043-6.10-27", tg_rules_at_gap(j, scope, NULL),
                     "expected Vi as the first payload of Initiator Data, found none");
    check_vr(j, policy, &last, first);
}
