/* A ticket of another KMS (RFC 6043 10): RESOLVE_INIT to the KMS that issued it, and its keys, newly protected, to the
 * Responder. */
#include "kms.h"

/* Slots for requests that wait, each with room for two messages; all the memory there will ever be. */
tg_status tg_kms_new_pending(tg_role *role)
{
    size_t num = role->of.k.max_pending, size = role->c.max_message;
    if (num == 0)
        return TG_OK;
    if (num > 4096)
        return TG_TOO_LARGE;
    role->pending = tg_arena_alloc(role->c.arena, num * sizeof *role->pending);
    if (!role->pending)
        return TG_ARENA_FULL;
    memset(role->pending, 0, num * sizeof *role->pending);
    for (size_t i = 0; i < num; i++) {
        uint8_t *octets = tg_arena_alloc(role->c.arena, 2 * size);
        if (!octets)
            return TG_ARENA_FULL;
        role->pending[i].request = tg_bytes_of(octets, 0);
        role->pending[i].forwarded = tg_bytes_of(octets + size, 0);
    }
    return TG_OK;
}

bool tg_kms_is_foreign(const tg_role *role, const tg_ticket *ticket)
{
    const tg_idr *kms = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_KMS);
    return role->of.k.max_pending > 0 && role->of.k.psk_kms.len > 0 && kms && role->c.self.known &&
           !tg_bytes_equal(kms->id_data, role->c.self.data);
}

static tg_pending *free_slot(tg_role *role)
{
    for (size_t i = 0; i < role->of.k.max_pending; i++) {
        tg_pending *p = &role->pending[i];
        uint64_t waited = tg_ntp_order(role->now) - tg_ntp_order(p->since);
        if (!p->used || waited >> 32 > role->c.skew)
            return p;
    }
    return NULL;
}

static bool keep(tg_bytes *slot, tg_bytes octets, size_t size)
{
    if (octets.len > size)
        return false;
    memcpy((uint8_t *)(uintptr_t)slot->data, octets.data, octets.len); /* the slot's own memory */
    slot->len = octets.len;
    return true;
}

/* "The IDRr and TICKET payloads from the previous RESOLVE_INIT message SHOULD be reused." `id`: that IDRr, or where it is
 * left out or not in the policy, the subscriber's identity that is: the other KMS does not know who is behind a B-TID. */
tg_status tg_kms_forward(tg_role *role, const tg_judgement *judgement, const tg_identity *id)
{
    const tg_message *request = judgement->message;
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(request->payloads, TG_PAYLOAD_TICKET);
    tg_pending *slot = free_slot(role);
    if (!slot)
        return tg_role_refuse(role, TG_SENDER_R, request->octets, request, judgement, TG_REFUSAL_POLICY);
    tg_kms_request q = { .ex = "resolve-kms",
                         .data_type_psk = TG_DATA_TYPE_RESOLVE_INIT_PSK,
                         .id_role = TG_ID_ROLE_R,
                         .rand_role = TG_RAND_ROLE_R,
                         .suite = tg_kms_suite(role, request->hdr.prf_func),
                         .self = *id,
                         .psk_id = role->of.k.psk_kms_id,
                         .kms = tg_identity_in(&(tg_message){ .payloads = ticket->tp_data.payloads }, TG_ID_ROLE_KMS,
                                               NULL),
                         .psk = role->of.k.psk_kms,
                         .ticket = ticket };
    TRY(tg_send_kms_request(role, &q, false));
    if (!keep(&slot->request, request->octets, role->c.max_message) ||
        !keep(&slot->forwarded, role->result->out[0].octets, role->c.max_message))
        return TG_TOO_LARGE;
    slot->used = true;
    slot->since = role->now;
    return TG_OK;
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

/* Who waits for an answer with this CSB ID. */
static tg_pending *waiting(tg_role *role, uint32_t csb_id)
{
    for (size_t i = 0; i < role->of.k.max_pending; i++) {
        tg_reader r = tg_reader_of(role->pending[i].forwarded);
        tg_bytes skipped;
        uint32_t found = 0;
        if (role->pending[i].used && tg_get_bytes(&r, 4, &skipped) && tg_get_u32(&r, &found) && found == csb_id)
            return &role->pending[i];
    }
    return NULL;
}

static tg_refusal refusal_for(const tg_judgement *judgement)
{
    const tg_err *err = (const tg_err *)tg_payload_find(judgement->message->payloads, TG_PAYLOAD_ERR);
    switch (err ? err->error_no : TG_ERROR_UNSPECIFIED_ERROR) {
    case TG_ERROR_INVALID_ID:
        return TG_REFUSAL_ID;
    case TG_ERROR_INVALID_TICKET:
        return TG_REFUSAL_TICKET;
    case TG_ERROR_AUTH_FAILURE:
        return TG_REFUSAL_AUTH;
    default:
        return TG_REFUSAL_POLICY;
    }
}

static tg_status pass_on(tg_role *role, tg_pending *slot, const tg_kms_caller_is *caller, const tg_judgement *answer)
{
    const tg_judgement *request = tg_conversation_judgement(role->conversation, 0);
    tg_sent sent = { .octets = slot->request, .ex = "resolve", .from = TG_SENDER_R };
    slot->used = false;
    role->result->ex = "resolve";
    if (answer->message->hdr.data_type == TG_DATA_TYPE_ERROR)
        return tg_role_refuse(role, TG_SENDER_R, slot->request, request->message, request, refusal_for(answer));
    tg_identity id = tg_identity_in(answer->message, TG_ID_ROLE_R, NULL);
    const tg_randr *rand = tg_randr_find(answer->message->payloads, TG_RAND_ROLE_KMS);
    tg_bytes none = { 0 };
    return tg_kms_send_keys(role, &sent, request->message, tg_kms_answer_key(caller, request),
                            (tg_payload *)(uintptr_t)answer->keys, &id, rand ? rand->rand : none);
}

tg_status tg_kms_forwarded(tg_role *role, tg_bytes octets, const tg_message *message)
{
    bool error = message->hdr.data_type == TG_DATA_TYPE_ERROR;
    tg_pending *slot = waiting(role, message->hdr.csb_id);
    const tg_judgement *judgement = NULL;
    tg_kms_caller_is caller;
    tg_message *request = NULL;
    if (!slot) {
        role->result->refusal = TG_REFUSAL_UNEXPECTED;
        return TG_OK;
    }
    TRY(tg_message_parse(slot->request, role->c.arena, &request, NULL));
    tg_kms_caller(role, request, TG_SENDER_R, &caller);
    caller.known.secrets.tpk = (tg_bytes){ 0 };
    caller.known.subscribers = role->of.k.subscribers;
    role->history[0] = (tg_sent){ .octets = slot->request, .ex = "resolve", .from = TG_SENDER_R };
    role->history[1] = (tg_sent){ .octets = slot->forwarded, .ex = "resolve-kms", .from = TG_SENDER_K };
    role->num_history = 2;
    tg_sent sent = { .octets = octets, .ex = "resolve-kms", .from = TG_SENDER_K, .has_about = error, .about = 1 };
    tg_status status = tg_role_judge(role, &caller.known, &sent, &judgement);
    role->num_history = 0;
    TRY(status);
    tg_refusal refusal = error ? TG_REFUSAL_NONE : tg_role_verdict(role, judgement, false);
    if (!error && refusal == TG_REFUSAL_NONE && !tg_kemac_is_good(role, judgement))
        refusal = TG_REFUSAL_AUTH;
    if (judgement->auth != TG_OUTCOME_OK || refusal != TG_REFUSAL_NONE) {
        role->result->refusal = error ? TG_REFUSAL_PEER_ERROR : refusal; /* wait on: this may be anybody's */
        return TG_OK;
    }
    return pass_on(role, slot, &caller, judgement);
}
