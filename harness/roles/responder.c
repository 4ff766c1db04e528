/* The Responder: Ticket Transfer and Ticket Resolve (RFC 6043 4.2.2, 4.2.3). */
#include "role.h"

static tg_status receive(tg_role *role, tg_sender from, tg_bytes octets);

tg_status tg_responder_new(const tg_responder_config *config, tg_role **out)
{
    tg_role *role = NULL;
    TRY(tg_role_new(&config->role, TG_SENDER_R, &role));
    role->of.r = *config;
    role->receive = receive;
    role->ex = "transfer";
    role->scratch = role->c.arena->used;
    *out = role;
    return TG_OK;
}

static const tg_ticket *ticket_of(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

/* ---- TRANSFER_RESP ------------------------------------------------------------------------------------------ */

static tg_status add_answer(tg_role *role, const tg_established *e, const tg_message *init, tg_bytes randrr,
                            const tg_payload *keys, tg_suite suite, tg_chain_maker *c)
{
    static const tg_identity left_out;
    const tg_transfer_plan *plan = &role->of.r.transfer;
    const tg_idr *idr = e->resolve_resp ? tg_idr_find(e->resolve_resp->payloads, TG_ID_ROLE_R) : NULL;
    const tg_randr *rand = e->resolve_resp ? tg_randr_find(e->resolve_resp->payloads, TG_RAND_ROLE_KMS) : NULL;
    tg_identity named = { 0 };
    if (idr)
        named = (tg_identity){ true, idr->id_type, idr->id_data };
    tg_add_now(c, role, init);
    if (randrr.len > 0)
        tg_add_randr(c, TG_RAND_ROLE_R, randrr);
    tg_add_idr(c, TG_ID_ROLE_R,
               idr                     ? &named
               : role->c.leave_out_ids ? &left_out
                                       : &role->c.self); /* 4.2.2.3: the KMS's word goes first */
    if (rand)
        tg_add_randr(c, TG_RAND_ROLE_KMS, rand->rand);
    tg_add_policies(c, plan->policies, plan->num_policies);
    if (keys)
        tg_add_kemac(c, suite.encr_alg, (tg_payload *)(uintptr_t)keys);
    tg_add_v(c, suite.mac_alg);
    return c->status;
}

/* Puts it in the outbox; `answer` remembers it. */
static tg_status send_transfer_resp(tg_role *role, const tg_established *e, const tg_message *init, const char *ex)
{
    const tg_transfer_plan *plan = &role->of.r.transfer;
    const tg_ticket *ticket = ticket_of(init);
    tg_maker m = tg_role_maker(role);
    tg_chain_maker c = { .arena = m.arena }, keys = { .arena = m.arena };
    tg_suite suite = tg_suite_for(role, init);
    tg_message model = { .hdr = init->hdr };
    tg_bytes randrr = { 0 };
    tg_status status = TG_OK;
    model.hdr.overrides = NULL;
    model.hdr.data_type = TG_DATA_TYPE_TRANSFER_RESP;
    model.hdr.v = 0;
    if ((ticket->flags & TG_FLAG('M')) || tg_is_careless(role, TG_CARELESS_BIT(KEYS_UNALLOWED))) /* else they stay */
        TRY(tg_add_planned_keys(&keys, &m, plan->keys, plan->num_keys));
    if (ticket->flags & TG_FLAG('G'))
        randrr = tg_role_rand(role, 32, &status);
    TRY(status);
    TRY(tg_make_map(role, plan, init, &(tg_spi_source){ .own = keys.first, .e = e }, &model.hdr.map));
    TRY(add_answer(role, e, init, randrr, keys.first, suite, &c));
    model.payloads = c.first;
    tg_protection how = { .inkey = ticket->flags & TG_FLAG('I') ? e->mpkr_forked : e->mpki,
                          .direction = TG_DIRECTION_RESPONSE,
                          .rands = { tg_rand_in(init, TG_RAND_ROLE_I), randrr },
                          .initial = init };
    tg_making making = { .message = &model, .ex = ex };
    return tg_protect_and_send(role, &making, &how, TG_SENDER_I, false);
}

/* Gives up the session that was to be; one before it goes on, with the update that it waits for. */
static void give_up(tg_role *role)
{
    tg_candidate *c = &role->candidate;
    if (c->used) {
        role->state = c->before;
        memcpy(role->env_key, c->env_key, sizeof role->env_key);
        role->env_key_len = c->env_key_len;
        tg_wipe(c, sizeof *c);
    }
    if (role->state != TG_ROLE_ESTABLISHED && role->state != TG_ROLE_UPDATING)
        role->state = TG_ROLE_FAILED;
}

/* 6.10: F. */
static bool answers(const tg_role *role, const tg_message *init)
{
    bool f = (ticket_of(init)->flags & TG_FLAG('F')) != 0;
    return f ? !tg_is_careless(role, TG_CARELESS_BIT(NO_ANSWER))
             : tg_is_careless(role, TG_CARELESS_BIT(UNWANTED_ANSWER));
}

/* The ticket is resolved, TRANSFER_INIT authentic. `init` lives in the conversation; `sent` are the messages that
 * brought it here, none of them in the history yet. */
static tg_status answer(tg_role *role, const tg_message *init, unsigned num_transfers, const tg_sent *const sent[],
                        size_t num_sent)
{
    tg_established e;
    size_t session = role->num_history;
    tg_conversation_established(role->conversation, &e);
    if (answers(role, init)) {
        tg_status status = send_transfer_resp(role, &e, init, sent[0]->ex);
        if (status == TG_NOT_FOUND || status == TG_REFUSED) {
            /* a crypto session without a key, or a KEMAC that must not be sent (A39) */
            give_up(role);
            role->result->ex = sent[0]->ex;
            return tg_role_refuse(role, TG_SENDER_I, init->octets, init, NULL, TG_REFUSAL_POLICY);
        }
        TRY(status);
    }
    for (size_t i = 0; i < num_sent; i++)
        TRY(tg_role_remember(role, sent[i]));
    for (size_t i = 0; i < role->result->num_out; i++) {
        const tg_outgoing *out = &role->result->out[i];
        TRY(tg_role_remember(role, &(tg_sent){ .octets = out->octets, .ex = out->ex, .from = role->who }));
    }
    if (num_transfers == 0) {
        role->drop = session; /* another ticket takes the place of the old one */
        memset(role->errors, 0, sizeof role->errors);
        role->num_updates = 0;
    }
    role->guard_ticket = role->guard_now;
    role->session = session;
    role->ex = sent[0]->ex;
    role->num_transfers = num_transfers + 1;
    tg_wipe(&role->candidate, sizeof role->candidate);
    role->state = TG_ROLE_ESTABLISHED;
    return TG_OK;
}

/* ---- RESOLVE ------------------------------------------------------------------------------------------------ */

/* Asks the KMS. The candidate is kept last, when nothing can fail any more: one that it replaces stands in its place. */
static tg_status resolve(tg_role *role, const tg_sent *sent, const tg_message *init, unsigned num_transfers)
{
    const tg_role_config *c = &role->c;
    tg_kms_request q = { .ex = num_transfers == 0 ? "resolve" : sent->ex,
                         .pk = c->pk,
                         .data_type_psk = TG_DATA_TYPE_RESOLVE_INIT_PSK,
                         .data_type_pk = TG_DATA_TYPE_RESOLVE_INIT_PK,
                         .id_role = TG_ID_ROLE_R,
                         .rand_role = TG_RAND_ROLE_R,
                         .suite = c->suite,
                         .self = c->self,
                         .kms = c->kms,
                         .psk_id = c->psk_id,
                         .psk = c->psk,
                         .ticket = ticket_of(init) };
    tg_candidate next = { .used = true,
                          .init = *sent,
                          .num_transfers = num_transfers,
                          .before = role->state,
                          .env_key_len = role->env_key_len };
    memcpy(next.env_key, role->env_key, sizeof next.env_key);
    next.guard_ticket = num_transfers > 0 ? role->guard_ticket : tg_guard_new_ticket(role);
    TRY(tg_send_kms_request(role, &q, false));
    tg_bytes request = role->result->out[role->result->num_out - 1].octets;
    next.reserved = sent->octets.len + request.len;
    if (next.reserved > (role->pool_size - role->pool_used) / 2)
        return TG_ARENA_FULL; /* room for it here, and for where it goes when it has proved good */
    uint8_t *copy = role->pool + role->pool_size - next.reserved;
    memcpy(copy, sent->octets.data, sent->octets.len);
    memcpy(copy + sent->octets.len, request.data, request.len);
    next.init.octets = tg_bytes_of(copy, sent->octets.len);
    next.request =
        (tg_sent){ .octets = tg_bytes_of(copy + sent->octets.len, request.len), .ex = q.ex, .from = role->who };
    role->candidate = next;
    tg_wipe(&next, sizeof next);
    role->state = TG_ROLE_RESOLVING;
    role->since = role->now;
    return TG_OK;
}

static tg_refusal ask_policy(tg_role *role, const tg_message *init);

static tg_status receive_resolve_resp(tg_role *role, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    if (role->state != TG_ROLE_RESOLVING)
        return tg_role_refuse(role, TG_SENDER_K, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
    role->with_candidate = true;
    role->guard_now = role->candidate.guard_ticket;
    const tg_sent transfer = role->candidate.init, request = role->candidate.request; /* give_up wipes them */
    tg_sent sent = { .octets = octets, .ex = request.ex, .from = TG_SENDER_K };
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, false);
    if (refusal == TG_REFUSAL_NONE && !tg_kemac_is_good(role, judgement))
        refusal = TG_REFUSAL_AUTH;
    if (refusal != TG_REFUSAL_NONE) {
        if (judgement->auth == TG_OUTCOME_OK)
            give_up(role);
        return tg_role_refuse(role, TG_SENDER_K, octets, message, judgement, refusal);
    }
    /* 4.2.3.6: now the MAC of TRANSFER_INIT can be checked, and Vi against it. */
    const tg_judgement *init = tg_conversation_judgement(role->conversation, role->num_history);
    role->result->judgement = init;
    refusal = tg_role_verdict(role, init, false);
    if (refusal == TG_REFUSAL_NONE && tg_is_careless(role, TG_CARELESS_BIT(KMS_BEFORE_POLICY)))
        refusal = ask_policy(role, init->message);
    if (refusal == TG_REFUSAL_NONE)
        TRY(tg_role_remember_replay(role, init->message, &refusal));
    if (refusal != TG_REFUSAL_NONE) {
        tg_bytes about = init->message->octets;
        give_up(role);
        role->result->ex = transfer.ex;
        return tg_role_refuse(role, TG_SENDER_I, about, init->message, init, refusal);
    }
    TRY(tg_guard_received(role, init));
    TRY(tg_guard_received(role, judgement));
    const tg_sent *const all[] = { &transfer, &request, &sent };
    return answer(role, init->message, role->candidate.num_transfers, all, 3);
}

/* ---- TRANSFER_INIT ------------------------------------------------------------------------------------------ */

/* 4.2.2.2: are the security policies acceptable? Each session needs one that is supported. */
static tg_refusal check_policies(const tg_role *role, const tg_message *init)
{
    const tg_responder_config *r = &role->of.r;
    const tg_map *map = &init->hdr.map;
    for (size_t i = 0; r->supported && map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        const tg_generic_cs *cs = &map->generic[i];
        bool known = false;
        bool blind = tg_role_overlooks(role, "RFC6043-6.1.1-x02");
        if (cs->ps.len == 0 || tg_supported_sp(r, init, cs) || (blind && !tg_find_sp(init, cs->ps.data[0])))
            continue;
        for (size_t n = 0; n < r->num_supported; n++)
            known |= r->supported[n].prot_type == cs->prot_type;
        return known ? TG_REFUSAL_SP_PARAM : TG_REFUSAL_SP;
    }
    return TG_REFUSAL_NONE;
}

static tg_refusal ask_policy(tg_role *role, const tg_message *init)
{
    if (tg_is_careless(role, TG_CARELESS_BIT(ADMITS_ALL)))
        return TG_REFUSAL_NONE;
    tg_refusal refusal = check_policies(role, init);
    if (refusal != TG_REFUSAL_NONE || !role->of.r.admit)
        return refusal;
    tg_admission admission = role->of.r.admit(role->of.r.user, init, ticket_of(init));
    role->result->warned = admission.answer == TG_ADMIT_WITH_WARNING;
    if (admission.answer != TG_REFUSE)
        return TG_REFUSAL_NONE;
    return admission.refusal != TG_REFUSAL_NONE ? admission.refusal : TG_REFUSAL_POLICY;
}

/* E=1: a KMS has to be asked, once for each ticket (A52). */
static bool must_resolve(const tg_role *role, const tg_judgement *judgement, const tg_established *before, bool again)
{
    bool e = (ticket_of(judgement->message)->flags & TG_FLAG('E')) != 0;
    bool resolved = again && before->resolve_resp != NULL;
    if (judgement->auth != TG_OUTCOME_OK || tg_is_careless(role, TG_CARELESS_BIT(ALWAYS_RESOLVES)))
        return true;
    if (tg_is_careless(role, TG_CARELESS_BIT(NEVER_RESOLVES)))
        return false;
    return resolved ? role->of.r.resolve_each_time : e;
}

static tg_status receive_transfer_init(tg_role *role, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    tg_established before;
    uint64_t waited = tg_ntp_order(role->now) - tg_ntp_order(role->since);
    if (role->state == TG_ROLE_RESOLVING) {
        if (waited >> 32 < role->c.skew)
            return tg_role_refuse(role, TG_SENDER_I, octets, message, NULL, TG_REFUSAL_UNEXPECTED);
        give_up(role); /* the KMS never answered */
    }
    TRY(tg_role_replay(role, NULL, &before));
    const tg_ticket *ticket = ticket_of(message);
    bool again = ticket && before.ticket && before.transfer_init && tg_role_same_ticket(ticket, before.ticket);
    unsigned num_transfers = again ? role->num_transfers : 0;
    const char *ex = num_transfers == 0 ? "transfer" : tg_ex_name("reuse", num_transfers - 1);
    if (!ex || !tg_role_has_room(role, role->state == TG_ROLE_UPDATING ? 5 : 4))
        return tg_role_refuse(role, TG_SENDER_I, octets, message, NULL, TG_REFUSAL_NO_MEMORY);
    tg_sent sent = { .octets = octets, .ex = ex, .from = TG_SENDER_I };
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    tg_refusal refusal = tg_role_verdict(role, judgement, true);
    bool late = tg_is_careless(role, TG_CARELESS_BIT(KMS_BEFORE_POLICY));
    if (refusal == TG_REFUSAL_NONE && !ticket)
        refusal = TG_REFUSAL_TICKET; /* overlooked */
    if (refusal == TG_REFUSAL_NONE && !(late && must_resolve(role, judgement, &before, again)))
        refusal = ask_policy(role, judgement->message);
    bool must_ask = refusal == TG_REFUSAL_NONE && must_resolve(role, judgement, &before, again);
    if (must_ask && role->c.psk.len == 0 && !role->c.pk)
        refusal = TG_REFUSAL_TICKET; /* nobody to ask */
    if (refusal == TG_REFUSAL_NONE && !must_ask)
        TRY(tg_role_remember_replay(role, message, &refusal));
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, TG_SENDER_I, octets, message, judgement, refusal);
    if (must_ask)
        return resolve(role, &sent, judgement->message, num_transfers);
    if (num_transfers == 0)
        tg_guard_new_ticket(role);
    TRY(tg_guard_received(role, judgement));
    const tg_sent *const all[] = { &sent };
    return answer(role, judgement->message, num_transfers, all, 1);
}

/* The KMS does not give the keys: then the Initiator is told, without its reasons. */
static tg_status receive_kms_error(tg_role *role, tg_bytes octets)
{
    if (role->state != TG_ROLE_RESOLVING)
        return tg_role_refuse(role, TG_SENDER_K, octets, NULL, NULL, TG_REFUSAL_UNEXPECTED);
    role->with_candidate = true;
    const char *ex = role->candidate.init.ex;
    TRY(tg_role_receive_error(role, TG_SENDER_K, octets, role->candidate.request.ex));
    if (!role->result->error_authentic && !tg_is_careless(role, TG_CARELESS_BIT(TRUSTS_ERRORS)))
        return TG_OK;
    const tg_judgement *init = tg_conversation_judgement(role->conversation, role->num_history);
    const tg_judgement *judgement = role->result->judgement;
    int error_no = role->result->error_no;
    give_up(role);
    role->result->ex = ex;
    TRY(tg_role_refuse(role, TG_SENDER_I, init->message->octets, init->message, NULL, TG_REFUSAL_TICKET));
    role->result->refusal = TG_REFUSAL_PEER_ERROR;
    role->result->error_no = error_no;
    role->result->judgement = judgement;
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
        if (from == TG_SENDER_K)
            return receive_kms_error(role, octets);
        return tg_role_receive_error(role, from, octets, role->ex);
    case TG_DATA_TYPE_TRANSFER_INIT:
        if (from != TG_SENDER_I)
            break;
        if (tg_is_update(message))
            return tg_receive_update(role, from, octets, message);
        return receive_transfer_init(role, octets, message);
    case TG_DATA_TYPE_TRANSFER_RESP:
        if (from == TG_SENDER_I)
            return tg_receive_update_response(role, from, octets, message);
        break;
    case TG_DATA_TYPE_RESOLVE_RESP:
        if (from == TG_SENDER_K)
            return receive_resolve_resp(role, octets, message);
        break;
    default:
        break;
    }
    return tg_role_refuse(role, from, octets, message, NULL, TG_REFUSAL_DATA_TYPE);
}
