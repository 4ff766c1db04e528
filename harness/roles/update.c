/* CSB updates, from either side (RFC 6043 5.2). */
#include "role.h"

bool tg_is_update(const tg_message *message)
{
    return message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT &&
           !tg_payload_find(message->payloads, TG_PAYLOAD_TICKET) && !tg_randr_find(message->payloads, TG_RAND_ROLE_I);
}

bool tg_has_flag(const tg_message *with_ticket, char flag)
{
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(with_ticket->payloads, TG_PAYLOAD_TICKET);
    return ticket && (ticket->flags & TG_FLAG(flag)) != 0;
}

tg_identity tg_identity_in(const tg_message *message, uint8_t id_role, const tg_identity *otherwise)
{
    const tg_idr *idr = message ? tg_idr_find(message->payloads, id_role) : NULL;
    if (idr)
        return (tg_identity){ true, idr->id_type, idr->id_data };
    return otherwise ? *otherwise : (tg_identity){ 0 };
}

tg_suite tg_suite_for(const tg_role *role, const tg_message *message)
{
    tg_suite suite = message->hdr.prf_func == TG_PRF_HMAC_SHA_256 ? tg_suite_256 : tg_suite_128;
    const tg_payload *last = tg_payload_last(message->payloads);
    if (role->c.suite.prf_func == suite.prf_func)
        suite = role->c.suite; /* AES-KW, where that is configured */
    if (last && last->type == TG_PAYLOAD_V && ((const tg_v *)last)->auth_alg != TG_MAC_NULL)
        suite.mac_alg = ((const tg_v *)last)->auth_alg;
    return suite;
}

void tg_update_protection(const tg_role *role, const tg_established *e, uint8_t data_type, tg_protection *out)
{
    const tg_message *last = e->transfer_resp ? e->transfer_resp : e->transfer_init;
    bool responded = e->transfer_resp != NULL;
    *out = (tg_protection){ .inkey = responded && tg_has_flag(e->transfer_init, 'I') ? e->mpkr_forked : e->mpki,
                            .direction =
                                data_type == TG_DATA_TYPE_TRANSFER_INIT ? TG_DIRECTION_INITIAL : TG_DIRECTION_RESPONSE,
                            .rands = { .randri = e->randri } };
    if (responded && tg_has_flag(e->transfer_init, 'G'))
        out->rands.randrr = e->randrr;
    if (role->profile.settings.update_keys == TG_UPDATE_KEYS_SAME_KEYS) {
        out->label = &last->hdr;
        out->direction = responded ? TG_DIRECTION_RESPONSE : TG_DIRECTION_INITIAL;
    }
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static tg_identity initiator_of(const tg_role *role, const tg_established *e)
{
    return tg_identity_in(e->transfer_init, TG_ID_ROLE_I, role->who == TG_SENDER_I ? &role->c.self : NULL);
}

/* The actual Responder (A37). */
static tg_identity responder_of(const tg_role *role, const tg_established *e)
{
    const tg_identity *known = role->who == TG_SENDER_R ? &role->c.self : &role->of.i.called;
    tg_identity called = tg_identity_in(e->transfer_init, TG_ID_ROLE_R, known);
    return tg_identity_in(e->transfer_resp, TG_ID_ROLE_R, &called);
}

/* Without sessions of its own a plan goes on with those there are; with new keys they take the first of them. */
static tg_status sessions_again(tg_role *role, const tg_transfer_plan *plan, const tg_established *e,
                                const tg_payload *keys, tg_map *out)
{
    const tg_map *map = e->transfer_resp ? &e->transfer_resp->hdr.map : &e->transfer_init->hdr.map;
    tg_spi_source spis = { .own = keys, .e = e };
    if (plan->num_sessions > 0 || map->cs_id_map_type != TG_MAP_GENERIC_ID)
        return tg_make_map(role, plan, NULL, &spis, out);
    tg_generic_cs *cs = tg_arena_alloc(role->c.arena, ((size_t)map->num_cs + 1) * sizeof *cs);
    if (!cs)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < map->num_cs; i++) {
        cs[i] = map->generic[i];
        cs[i].overrides = NULL;
        if (tg_has_no_policies(role, cs[i].prot_type))
            cs[i].ps = (tg_bytes){ 0 };
        if (keys)
            cs[i].spi = ((const tg_key_data *)keys)->kv_data.spi;
    }
    *out = *map;
    out->generic = cs;
    return TG_OK;
}

/* Either message. The Initiator's identity stands first unless the Responder began, or sends (5.2). */
static tg_status make_update(tg_role *role, const tg_transfer_plan *plan, const tg_established *e,
                             const tg_message *answered, bool keep)
{
    tg_maker m = tg_role_maker(role);
    tg_chain_maker c = { .arena = m.arena }, keys = { .arena = m.arena };
    tg_message model = { .hdr = e->transfer_init->hdr };
    tg_suite suite = tg_suite_for(role, e->transfer_init);
    tg_identity i = initiator_of(role, e), r = responder_of(role, e);
    bool from_r = role->who == TG_SENDER_R;
    tg_protection how;
    model.hdr.overrides = NULL;
    model.hdr.data_type = answered ? TG_DATA_TYPE_TRANSFER_RESP : TG_DATA_TYPE_TRANSFER_INIT;
    model.hdr.v = !answered && plan->response;
    if (answered)
        model.hdr.prf_func = answered->hdr.prf_func; /* A23: it might have changed */
    if (plan->num_keys > 0 && !tg_has_flag(e->transfer_init, from_r ? 'M' : 'L') &&
        !tg_is_careless(role, TG_CARELESS_BIT(KEYS_UNALLOWED)))
        return TG_REFUSED;
    TRY(tg_add_planned_keys(&keys, &m, plan->keys, plan->num_keys));
    if (answered)
        TRY(tg_make_map(role, plan, answered, &(tg_spi_source){ .own = keys.first, .e = e }, &model.hdr.map));
    else
        TRY(sessions_again(role, plan, e, keys.first, &model.hdr.map));
    tg_add_now(&c, role, answered ? answered : e->transfer_init);
    if (!answered || !from_r)
        tg_add_idr(&c, from_r ? TG_ID_ROLE_R : TG_ID_ROLE_I, from_r ? &r : &i);
    if (!answered || from_r)
        tg_add_idr(&c, from_r && !answered ? TG_ID_ROLE_I : TG_ID_ROLE_R, from_r && !answered ? &i : &r);
    tg_add_policies(&c, plan->policies, plan->num_policies);
    if (keys.first)
        tg_add_kemac(&c, suite.encr_alg, keys.first);
    tg_add_v(&c, suite.mac_alg);
    TRY(c.status);
    model.payloads = c.first;
    tg_update_protection(role, e, model.hdr.data_type, &how);
    bool sender_first = from_r && role->profile.settings.update_id_order == TG_UPDATE_ID_ORDER_SENDER;
    how.identities[sender_first] = i;
    how.identities[!sender_first] = r;
    how.initial = answered;
    tg_making making = { .message = &model, .ex = role->ex, .is_update = true };
    return tg_protect_and_send(role, &making, &how, from_r ? TG_SENDER_I : TG_SENDER_R, keep);
}

static tg_status start_update(tg_role *role, const tg_transfer_plan *plan)
{
    tg_established e;
    const char *ex = tg_ex_name("update", role->num_updates);
    if ((role->state != TG_ROLE_ESTABLISHED && role->state != TG_ROLE_UPDATING) || role->who == TG_SENDER_K || !ex)
        return TG_REFUSED;
    TRY(tg_role_replay(role, NULL, &e));
    if (!e.transfer_init || e.mpki.len == 0)
        return TG_REFUSED;
    role->ex = ex;
    TRY(make_update(role, plan, &e, NULL, true));
    role->num_updates++;
    role->state = plan->response ? TG_ROLE_UPDATING : TG_ROLE_ESTABLISHED;
    role->since = role->now;
    return TG_OK;
}

tg_status tg_role_update(tg_role *role, const tg_transfer_plan *plan, uint64_t now, tg_result *result)
{
    tg_role_begin(role, now, result);
    tg_role before = *role;
    tg_status status = start_update(role, plan);
    if (status != TG_OK) {
        *role = before;
        result->num_out = 0;
    }
    tg_wipe(&before, sizeof before);
    result->state = role->state;
    return status;
}

/* ---- receiving ---------------------------------------------------------------------------------------------- */

/* Session keys for all, and a plan that L or M would forbid is left out rather than sent. */
static const tg_transfer_plan *answer_plan(const tg_role *role)
{
    static const tg_transfer_plan as_offered;
    const tg_transfer_plan *plan = role->who == TG_SENDER_R ? role->of.r.update_answer : role->of.i.update_answer;
    return plan ? plan : &as_offered;
}

/* 5.2: V says whether a response is expected. */
static bool answers(const tg_role *role, const tg_message *update)
{
    return update->hdr.v ? !tg_is_careless(role, TG_CARELESS_BIT(NO_UPDATE_ANSWER))
                         : tg_is_careless(role, TG_CARELESS_BIT(ANSWERS_UPDATES));
}

tg_status tg_receive_update(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    const char *ex = tg_ex_name("update", role->num_updates);
    tg_sent sent = { .octets = octets, .ex = ex, .from = from };
    tg_role_state state = tg_role_session_state(role);
    if (!tg_role_has_room(role, 2) || !ex)
        return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_NO_MEMORY);
    if (state != TG_ROLE_ESTABLISHED && state != TG_ROLE_UPDATING)
        return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, false);
    if (refusal == TG_REFUSAL_NONE)
        TRY(tg_role_remember_replay(role, message, &refusal));
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, judgement, refusal);
    TRY(tg_guard_received(role, judgement));
    TRY(tg_role_remember(role, &sent));
    role->num_updates++;
    if (!answers(role, message))
        return TG_OK;
    tg_established e;
    tg_conversation_established(role->conversation, &e);
    const char *before = role->ex;
    role->ex = ex;
    tg_status status = make_update(role, answer_plan(role), &e, judgement->message, true);
    if (state == TG_ROLE_UPDATING)
        role->ex = before;                              /* its own update goes on */
    if (status == TG_REFUSED || status == TG_NOT_FOUND) /* A39, or a session that no key can be named for */
        return tg_role_refuse(role, from, octets, message, judgement, TG_REFUSAL_POLICY);
    return status;
}

tg_status tg_receive_update_response(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    tg_sent sent = { .octets = octets, .ex = role->ex, .from = from };
    if (tg_role_session_state(role) != TG_ROLE_UPDATING)
        return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, false);
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, judgement, refusal);
    TRY(tg_guard_received(role, judgement));
    TRY(tg_role_remember(role, &sent));
    tg_role_set_session_state(role, TG_ROLE_ESTABLISHED);
    return TG_OK;
}
