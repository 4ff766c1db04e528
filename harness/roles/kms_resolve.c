/* The KMS resolves a ticket (RFC 6043 4.2.3.4, 4.2.3.5; who may: TS 33.328 6.2.3.5). */
#include "kms.h"

static const tg_ticket *ticket_of(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

/* ---- may he have the keys? ---------------------------------------------------------------------------------- */

/* Not one doubt may be left about the ticket: what nobody checked counts as false. */
static tg_refusal check_ticket(const tg_role *role, const tg_judgement *judgement)
{
    bool blind = tg_role_overlooks(role, "RFC6043-4.2.3.4-02") || tg_role_overlooks(role, "RFC6043-6.10-24");
    const tg_ticket *ticket = ticket_of(judgement->message);
    if (!ticket || judgement->ticket_auth != TG_OUTCOME_OK || judgement->derived.ticket.kemac_plain.len == 0 ||
        judgement->derived.mpki.len == 0)
        return TG_REFUSAL_TICKET;
    if ((ticket->flags & TG_FLAG('I')) && judgement->vr_auth != TG_OUTCOME_OK && !blind)
        return TG_REFUSAL_AUTH; /* 4.2.3.4 */
    return TG_REFUSAL_NONE;
}

/* The identity that the keys are forked for: the one in the request, or, where the ticket does not allow that, another
 * of the subscriber's that it allows (4.2.3.5: "MAY adjust"; 6.2.3.5). */
static bool resolver(const tg_role *role, const tg_ticket *ticket, const tg_kms_caller_is *caller, tg_identity *out)
{
    *out = caller->id;
    if (tg_ticket_allows(&role->profile, ticket, out))
        return true;
    for (size_t i = 0; caller->subscriber && i < caller->subscriber->num_uids; i++) {
        *out = (tg_identity){ true, TG_ID_TYPE_NAI, caller->subscriber->uids[i] };
        if (tg_ticket_allows(&role->profile, ticket, out))
            return true;
    }
    return false;
}

/* 6.10: without IDRapp all applications are authorised. */
static bool application_allowed(const tg_role *role, const tg_message *message, const tg_ticket *ticket)
{
    const tg_idr *app = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_APP);
    if (!app)
        return true;
    tg_bytes id = role->of.k.application ? role->of.k.application(role->of.k.user, message) : (tg_bytes){ 0 };
    for (; app && id.len > 0; app = app->head.next ? tg_idr_find(app->head.next, TG_ID_ROLE_APP) : NULL) {
        if (tg_bytes_equal(app->id_data, id))
            return true;
    }
    return false;
}

static tg_refusal authorise(const tg_role *role, const tg_judgement *judgement, const tg_kms_caller_is *caller,
                            tg_identity *id)
{
    const tg_ticket *ticket = ticket_of(judgement->message);
    if (tg_is_careless(role, TG_CARELESS_BIT(NO_AUTHORISATION)) || tg_role_overlooks(role, "RFC6043-4.2.3.4-01")) {
        if (!resolver(role, ticket, caller, id))
            *id = caller->id; /* whoever he is */
        return TG_REFUSAL_NONE;
    }
    if (!resolver(role, ticket, caller, id) || !application_allowed(role, judgement->message, ticket))
        return TG_REFUSAL_ID;
    if (role->of.k.resolve && !role->of.k.resolve(role->of.k.user, judgement->message, id, ticket))
        return TG_REFUSAL_POLICY;
    return TG_REFUSAL_NONE;
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

static tg_status fork_key(const tg_maker *m, uint8_t prf, tg_bytes key, bool of_mpkr, tg_bytes id, tg_bytes rand,
                          tg_bytes *out)
{
    tg_derivation d;
    TRY(tg_derive_fork(m->arena, prf, key, of_mpkr, id, rand, &d));
    return tg_derivation_run_in(m->crypto, &d, m->arena, out);
}

/* MPKi || [MPKr'] || keys; TGKs forked, TEKs and GTGKs as they are (5.1.1). */
static tg_status resolved_keys(const tg_maker *m, const tg_ticket *ticket, const tg_judgement *judgement,
                               const tg_payload *in_ticket, const tg_identity *id, tg_bytes rand, tg_payload **out)
{
    bool forked = (ticket->flags & TG_FLAG('I')) != 0;
    tg_chain_maker c = { .arena = m->arena };
    tg_bytes spi = { 0 }, mpkr;
    if (in_ticket->type == TG_PAYLOAD_KEY_DATA)
        spi = ((const tg_key_data *)in_ticket)->kv_data.spi; /* A25: both have that of the MPK */
    tg_add_key(&c, TG_KEY_MPK, judgement->derived.mpki, (tg_bytes){ 0 }, spi);
    if (forked) {
        TRY(fork_key(m, ticket->prf_func, judgement->derived.mpkr, true, id->data, rand, &mpkr));
        tg_add_key(&c, TG_KEY_MPK, mpkr, (tg_bytes){ 0 }, spi);
    }
    for (const tg_payload *p = in_ticket->next; p; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        tg_bytes sent = p->type == TG_PAYLOAD_KEY_DATA ? key->key_data : (tg_bytes){ 0 };
        if (sent.len == 0)
            continue;
        if (forked && (key->type == TG_KEY_TGK || key->type == TG_KEY_TGK_SALT))
            TRY(fork_key(m, ticket->prf_func, key->key_data, false, id->data, rand, &sent));
        tg_add_key_like(&c, key, sent);
    }
    *out = c.first;
    return c.status;
}

tg_status tg_kms_send_keys(tg_role *role, const tg_sent *sent, const tg_message *request, tg_bytes inkey,
                           tg_payload *keys, const tg_identity *id, tg_bytes randrkms)
{
    static const tg_identity left_out;
    tg_chain_maker c = { .arena = role->c.arena };
    tg_suite suite = tg_suite_for(role, request);
    tg_message model = { .hdr = tg_kms_response_hdr(request, TG_DATA_TYPE_RESOLVE_RESP) };
    tg_add_now(&c, role, request);
    tg_add_idr(&c, TG_ID_ROLE_KMS, role->c.leave_out_ids ? &left_out : &role->c.self);
    tg_add_kemac(&c, suite.encr_alg, keys);
    if (randrkms.len > 0) {
        tg_add_idr(&c, TG_ID_ROLE_R, id);
        tg_add_randr(&c, TG_RAND_ROLE_KMS, randrkms);
    }
    tg_add_v(&c, suite.mac_alg);
    TRY(c.status);
    model.payloads = c.first;
    tg_protection how = { .inkey = inkey,
                          .direction = TG_DIRECTION_RESPONSE,
                          .rands = { .randrr = tg_rand_in(request, TG_RAND_ROLE_R) },
                          .initial = request };
    tg_making making = { .message = &model, .ex = sent->ex };
    return tg_protect_and_send(role, &making, &how, sent->from, false);
}

static tg_status give_keys(tg_role *role, const tg_sent *sent, const tg_judgement *judgement,
                           const tg_kms_caller_is *caller, const tg_identity *id)
{
    tg_maker m = tg_role_maker(role);
    const tg_ticket *ticket = ticket_of(judgement->message);
    tg_payload *in_ticket = NULL, *keys = NULL;
    tg_bytes rand = { 0 };
    tg_status status = TG_OK;
    TRY(tg_message_parse_keys(judgement->derived.ticket.kemac_plain, TG_DATA_TYPE_TRANSFER_INIT, m.arena, &in_ticket,
                              NULL));
    if (ticket->flags & TG_FLAG('I'))
        rand = tg_role_rand(role, tg_longest_key(in_ticket), &status);
    TRY(status);
    TRY(resolved_keys(&m, ticket, judgement, in_ticket, id, rand, &keys));
    return tg_kms_send_keys(role, sent, judgement->message, tg_kms_answer_key(caller, judgement), keys, id, rand);
}

static tg_status resolve(tg_role *role, const tg_sent *sent, const tg_judgement *judgement,
                         const tg_kms_caller_is *caller, bool foreign)
{
    tg_identity id;
    tg_refusal refusal = foreign ? TG_REFUSAL_NONE : check_ticket(role, judgement);
    if (refusal == TG_REFUSAL_NONE)
        refusal = authorise(role, judgement, caller, &id);
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, sent->from, sent->octets, judgement->message, judgement, refusal);
    return foreign ? tg_kms_forward(role, judgement, &id) : give_keys(role, sent, judgement, caller, &id);
}

tg_status tg_kms_resolve(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message)
{
    const tg_judgement *judgement = NULL;
    const tg_ticket *ticket = ticket_of(message);
    tg_kms_caller_is caller;
    tg_refusal refusal;
    tg_sent sent = { .octets = octets, .ex = "resolve", .from = from };
    bool foreign = ticket && from == TG_SENDER_R && tg_kms_is_foreign(role, ticket);
    tg_kms_caller(role, message, from, &caller);
    if (foreign)
        caller.known.secrets.tpk = (tg_bytes){ 0 }; /* it is sealed with another's */
    TRY(tg_kms_authenticate(role, &sent, message, &caller, &judgement, &refusal));
    if (refusal != TG_REFUSAL_NONE)
        return tg_role_refuse(role, from, octets, message, judgement, refusal);
    TRY(resolve(role, &sent, judgement, &caller, foreign));
    return tg_kms_remember(role, &sent, message, judgement);
}
