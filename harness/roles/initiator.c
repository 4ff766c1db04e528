/* The Initiator: Ticket Request and Ticket Transfer (RFC 6043 4.2.1, 4.2.2), tickets of its own, reuse (5.3). */
#include "role.h"

static tg_status receive(tg_role *role, tg_sender from, tg_bytes octets);

tg_status tg_initiator_new(const tg_initiator_config *config, tg_role **out)
{
    tg_role *role = NULL;
    TRY(tg_role_new(&config->role, TG_SENDER_I, &role));
    role->of.i = *config;
    role->receive = receive;
    role->ex = "request";
    role->scratch = role->c.arena->used;
    *out = role;
    return TG_OK;
}

/* Runs a step that is all or nothing. */
static tg_status run(tg_role *role, tg_status (*step)(tg_role *role), uint64_t now, tg_result *result)
{
    tg_role_begin(role, now, result);
    tg_role before = *role;
    tg_status status = step(role);
    if (status != TG_OK) {
        *role = before;
        result->num_out = 0;
    }
    tg_wipe(&before, sizeof before);
    result->state = role->state;
    return status;
}

/* ---- Ticket Request ----------------------------------------------------------------------------------------- */

static tg_status policy_payload(tg_role *role, tg_tp *out)
{
    const tg_ticket_policy *policy = &role->of.i.policy;
    tg_maker m = tg_role_maker(role);
    tg_payload *data = NULL;
    TRY(tg_make_tp_data(&m, policy, true, &data));
    memset(out, 0, sizeof *out);
    out->head.type = TG_PAYLOAD_TP;
    out->ticket_type = policy->ticket_type;
    out->subtype = policy->subtype;
    out->version = policy->version;
    out->prf_func = policy->prf_func;
    out->flags = policy->flags;
    out->tp_data = (tg_chain){ TG_CHAIN_PAYLOADS, { 0 }, data };
    return TG_OK;
}

static tg_status request(tg_role *role)
{
    tg_tp tp;
    TRY(policy_payload(role, &tp));
    const tg_role_config *c = &role->c;
    tg_kms_request q = { .ex = "request",
                         .pk = c->pk,
                         .data_type_psk = TG_DATA_TYPE_REQUEST_INIT_PSK,
                         .data_type_pk = TG_DATA_TYPE_REQUEST_INIT_PK,
                         .id_role = TG_ID_ROLE_I,
                         .rand_role = TG_RAND_ROLE_I,
                         .suite = c->suite,
                         .self = c->self,
                         .kms = c->kms,
                         .psk_id = c->psk_id,
                         .psk = c->psk,
                         .tp = &tp };
    tg_role_forget(role, 0); /* another ticket: what the old one gave is over */
    role->num_transfers = role->num_updates = 0;
    memset(role->errors, 0, sizeof role->errors);
    role->guard_ticket = tg_guard_new_ticket(role);
    TRY(tg_send_kms_request(role, &q, true));
    role->ex = "request";
    role->state = TG_ROLE_REQUESTING;
    role->since = role->now;
    return TG_OK;
}

tg_status tg_initiator_request(tg_role *role, uint64_t now, tg_result *result)
{
    return run(role, request, now, result);
}

static tg_status receive_request_resp(tg_role *role, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    tg_sent sent = { .octets = octets, .ex = "request", .from = TG_SENDER_K };
    if (role->state != TG_ROLE_REQUESTING)
        return tg_role_refuse(role, TG_SENDER_K, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, false);
    if (refusal == TG_REFUSAL_NONE && !tg_kemac_is_good(role, judgement))
        refusal = TG_REFUSAL_AUTH;
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
    /* 4.2.1.6: before the ticket is used. */
    if (refusal == TG_REFUSAL_NONE && role->of.i.granted && !tg_is_careless(role, TG_CARELESS_BIT(TAKES_ANY_GRANT)) &&
        !role->of.i.granted(role->of.i.user, ticket))
        refusal = TG_REFUSAL_POLICY;
    if (refusal != TG_REFUSAL_NONE) {
        if (judgement->auth == TG_OUTCOME_OK) /* what is not authentic must not end the exchange */
            role->state = TG_ROLE_FAILED;
        return tg_role_refuse(role, TG_SENDER_K, octets, message, judgement, refusal);
    }
    TRY(tg_guard_received(role, judgement));
    TRY(tg_role_remember(role, &sent));
    role->state = TG_ROLE_HAS_TICKET;
    return TG_OK;
}

/* ---- the ticket --------------------------------------------------------------------------------------------- */

/* What TRANSFER_INIT is made with. */
typedef struct ticket_in_use {
    tg_ticket *ticket;
    tg_bytes mpki, mpkr;
    const tg_payload *made; /* session keys of a ticket made in this call */
    size_t longest;
    tg_established e;
} ticket_in_use;

/* Modes 3 and 4 (4.1.1): D=0, the Initiator has the TPK. */
static tg_status make_own(tg_role *role, ticket_in_use *out)
{
    const tg_ticket_policy *policy = &role->of.i.policy;
    tg_maker m = tg_role_maker(role);
    tg_ticket_keys keys;
    tg_ticket *ticket;
    TRY(tg_make_ticket_policy(&m, policy, &ticket));
    TRY(tg_make_ticket(&m, role->c.suite, role->c.tpk, &role->c.tpk_id, role->now, policy->keys, policy->num_keys,
                       TG_SENDER_I, ticket, &keys));
    out->ticket = ticket;
    out->mpki = keys.mpki;
    out->mpkr = keys.mpkr;
    out->made = keys.session;
    out->longest = tg_longest_key(keys.session);
    return TG_OK;
}

static tg_status find_ticket(tg_role *role, ticket_in_use *out)
{
    *out = (ticket_in_use){ 0 };
    TRY(tg_role_replay(role, NULL, &out->e));
    const tg_established *e = &out->e;
    if (!e->ticket)
        return role->c.tpk.len > 0 ? make_own(role, out) : TG_REFUSED;
    out->ticket = (tg_ticket *)tg_payload_new(role->c.arena, TG_PAYLOAD_TICKET);
    if (!out->ticket)
        return TG_ARENA_FULL;
    *out->ticket = *e->ticket;
    out->ticket->head.next = NULL;
    out->mpki = e->mpki;
    out->mpkr = e->mpkr;
    for (const tg_known_key *k = e->ticket_keys; k; k = k->next)
        out->longest = k->key.len > out->longest ? k->key.len : out->longest;
    return TG_OK;
}

/* 6.10: Vi and Vr, still zeros; protecting fills them. */
static tg_status add_initiator_data(tg_role *role, tg_ticket *ticket)
{
    static tg_override no_next = { NULL, "next_payload", 0 };
    tg_chain_maker c = { .arena = role->c.arena };
    if ((ticket->flags & TG_FLAG('I')) == 0) {
        ticket->initiator_data = (tg_chain){ 0 };
        return TG_OK;
    }
    tg_add_v(&c, role->c.suite.mac_alg);
    if (c.first && role->profile.settings.vi_next == TG_VI_NEXT_IDENTICAL)
        c.first->overrides = &no_next;
    tg_add_v(&c, role->c.suite.mac_alg);
    ticket->initiator_data = (tg_chain){ TG_CHAIN_PAYLOADS, { 0 }, c.first };
    return c.status;
}

/* ---- Ticket Transfer ---------------------------------------------------------------------------------------- */

static tg_status add_payloads(tg_role *role, const ticket_in_use *use, tg_chain_maker *c, const tg_payload *own_keys)
{
    static const tg_identity left_out;
    const tg_initiator_config *i = &role->of.i;
    tg_status status;
    tg_bytes rand = tg_role_rand(role, use->longest > use->mpki.len ? use->longest : use->mpki.len, &status);
    TRY(status);
    tg_add_now(c, role, NULL);
    tg_add_randr(c, TG_RAND_ROLE_I, rand);
    tg_add_idr(c, TG_ID_ROLE_I, role->c.leave_out_ids ? &left_out : &role->c.self);
    tg_add_idr(c, TG_ID_ROLE_R, role->c.leave_out_ids ? &left_out : &i->called);
    tg_add_policies(c, i->transfer.policies, i->transfer.num_policies);
    tg_add_ticket(c, use->ticket);
    if (own_keys)
        tg_add_kemac(c, role->c.suite.encr_alg, (tg_payload *)(uintptr_t)own_keys);
    tg_add_sdp_ids(c, i->sdp_ids);
    tg_add_v(c, role->c.suite.mac_alg);
    return c->status;
}

static tg_status send_transfer(tg_role *role, ticket_in_use *use, const char *ex)
{
    const tg_initiator_config *i = &role->of.i;
    tg_maker m = tg_role_maker(role);
    tg_chain_maker c = { .arena = m.arena }, keys = { .arena = m.arena };
    bool f = (use->ticket->flags & TG_FLAG('F')) != 0, forked = (use->ticket->flags & TG_FLAG('I')) != 0;
    tg_message model = {
        .hdr = { .version = 1, .data_type = TG_DATA_TYPE_TRANSFER_INIT, .prf_func = role->c.suite.prf_func }
    };
    model.hdr.v = role->profile.settings.v_flag == TG_V_FLAG_SEC4 && f;
    if (i->transfer.num_keys > 0 && (use->ticket->flags & TG_FLAG('L')) == 0 &&
        !tg_is_careless(role, TG_CARELESS_BIT(KEYS_UNALLOWED)))
        return TG_REFUSED;
    TRY(tg_role_csb_id(role, &model.hdr.csb_id));
    TRY(tg_add_planned_keys(&keys, &m, i->transfer.keys, i->transfer.num_keys));
    tg_spi_source spis = { .own = keys.first, .made = use->made, .e = &use->e };
    TRY(tg_make_map(role, &i->transfer, NULL, &spis, &model.hdr.map));
    TRY(add_initiator_data(role, use->ticket));
    TRY(add_payloads(role, use, &c, keys.first));
    model.payloads = c.first;
    bool empty = role->c.leave_out_ids && role->profile.settings.absent_identity == TG_ABSENT_IDENTITY_EMPTY;
    tg_protection how = { .inkey = use->mpki,
                          .direction = TG_DIRECTION_INITIAL,
                          .rands = { .randri = tg_randr_find(c.first, TG_RAND_ROLE_I)->rand } };
    if (!empty) {
        how.identities[0] = role->c.self;
        how.identities[1] = i->called;
    }
    if (forked) {
        how.mpkr = use->mpkr;
        how.vr_prf = role->profile.settings.vr_prf == TG_VR_PRF_TICKET ? use->ticket->prf_func : model.hdr.prf_func;
    }
    tg_making making = { .message = &model, .ex = ex };
    TRY(tg_protect_and_send(role, &making, &how, TG_SENDER_R, true));
    role->state = f ? TG_ROLE_TRANSFERRING : TG_ROLE_ESTABLISHED;
    return TG_OK;
}

/* 6.10: TRs and TRe. What makes tickets that are over on purpose uses them too. */
static bool is_valid_now(const tg_role *role, const tg_ticket *ticket)
{
    uint64_t now = tg_ntp_order(role->now);
    const tg_deviation *d = role->c.deviation;
    tg_ticket_policy policy;
    if ((d && d->data_type == TG_DEVIATION_TICKET) || tg_role_overlooks(role, "RFC6043-6.10-x22") ||
        tg_ticket_policy_of_ticket(ticket, &policy) != TG_OK)
        return true;
    return (!policy.has_trs || tg_ntp_order(policy.trs) <= now) && (!policy.has_tre || now <= tg_ntp_order(policy.tre));
}

static tg_status transfer(tg_role *role)
{
    ticket_in_use use;
    const char *ex = role->num_transfers == 0 ? "transfer" : tg_ex_name("reuse", role->num_transfers - 1);
    if (role->state == TG_ROLE_REQUESTING || !ex)
        return TG_REFUSED;
    TRY(find_ticket(role, &use));
    if (role->num_transfers > 0 && (use.ticket->flags & TG_FLAG('J')) == 0 &&
        !tg_is_careless(role, TG_CARELESS_BIT(REUSES_ANY)))
        return TG_REFUSED; /* 5.3 */
    if (!is_valid_now(role, use.ticket))
        return TG_REFUSED;
    TRY(send_transfer(role, &use, ex));
    role->ex = ex;
    role->num_transfers++;
    role->since = role->now;
    return TG_OK;
}

tg_status tg_initiator_transfer(tg_role *role, uint64_t now, tg_result *result)
{
    return run(role, transfer, now, result);
}

static tg_status receive_transfer_resp(tg_role *role, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    tg_sent sent = { .octets = octets, .ex = role->ex, .from = TG_SENDER_R };
    if (role->state != TG_ROLE_TRANSFERRING)
        return tg_role_refuse(role, TG_SENDER_R, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, false);
    /* 4.2.2.4 */
    if (refusal == TG_REFUSAL_NONE && role->of.i.answered && !tg_is_careless(role, TG_CARELESS_BIT(TAKES_ANY_ANSWER)) &&
        !role->of.i.answered(role->of.i.user, judgement->message))
        refusal = TG_REFUSAL_SP;
    if (refusal != TG_REFUSAL_NONE) {
        if (judgement->auth == TG_OUTCOME_OK)
            role->state = TG_ROLE_FAILED;
        return tg_role_refuse(role, TG_SENDER_R, octets, message, judgement, refusal);
    }
    TRY(tg_guard_received(role, judgement));
    TRY(tg_role_remember(role, &sent));
    role->state = TG_ROLE_ESTABLISHED;
    return TG_OK;
}

static tg_status receive(tg_role *role, tg_sender from, tg_bytes octets)
{
    tg_message *message = NULL;
    tg_refusal refusal;
    TRY(tg_role_open(role, octets, &message, &refusal));
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, NULL, refusal);
    switch (message->hdr.data_type) {
    case TG_DATA_TYPE_ERROR:
        return tg_role_receive_error(role, from, octets, from == TG_SENDER_K ? "request" : role->ex);
    case TG_DATA_TYPE_REQUEST_RESP:
        if (from == TG_SENDER_K)
            return receive_request_resp(role, octets, message);
        break;
    case TG_DATA_TYPE_TRANSFER_RESP:
        if (from != TG_SENDER_R)
            break;
        if (role->state == TG_ROLE_UPDATING)
            return tg_receive_update_response(role, from, octets, message);
        return receive_transfer_resp(role, octets, message);
    case TG_DATA_TYPE_TRANSFER_INIT:
        if (from == TG_SENDER_R)
            return tg_receive_update(role, from, octets, message);
        break;
    default:
        break;
    }
    return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_DATA_TYPE);
}
