/* Message by message: change it, then judge it in its conversation as it has become, and put in what the judge says is right, until it is. */
#include "reseal.h"

static const char *const outcome_names[] = {
#define NAME(symbol, name) name,
    TG_RESEALS(NAME)
#undef NAME
};
const char *tg_reseal_outcome_name(tg_reseal_outcome outcome)
{
    return outcome_names[outcome];
}

typedef struct resealing {
    tg_crypto *crypto;
    tg_known after;
    const tg_sent *before;
    tg_sent *sent; /* as they become */
    size_t num;
    const tg_conversation *old; /* judged as it was */
    tgx_keys keys;
    tg_arena *arena, *scratch; /* scratch: of one judging */
} resealing;

size_t tg_reseal_arena_size(size_t total_octets, size_t num_messages)
{
    /* Two conversations, the octets themselves, plaintexts, and the pairs of keys with what they are derived by. */
    return 2 * tg_conversation_arena_size(total_octets, num_messages) + 8 * total_octets + num_messages * 65536 +
           1048576;
}

/* ---- judging what has become of it -------------------------------------------------------------------------- */

/* The judgement of message `index` with those before it; valid until the next call. NULL in *out: it does not parse any more. */
static tg_status judge(resealing *r, size_t index, const tg_judgement **out)
{
    tg_conversation *conversation;
    r->scratch->used = 0;
    TRY(tg_conversation_new(r->crypto, &r->after, index + 1, r->scratch, &conversation));
    for (size_t i = 0; i <= index; i++)
        TRY(tg_conversation_add(conversation, &r->sent[i]));
    const tg_judgement *j = tg_conversation_judgement(conversation, index);
    *out = j->parse == TG_OK ? j : NULL;
    return TG_OK;
}

static const tg_ticket *ticket_of(const tg_message *message)
{
    return (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
}

static uint8_t *octets_of(const resealing *r, size_t index)
{
    return (uint8_t *)(uintptr_t)r->sent[index].octets.data; /* they are in our arena */
}

/* Puts `value` where `field`, a view of the message, lies. */
static void patch(const resealing *r, size_t index, tg_bytes field, tg_bytes value)
{
    if (field.len > 0 && field.len == value.len)
        memcpy(octets_of(r, index) + (field.data - r->sent[index].octets.data), value.data, value.len);
}

static tg_status put_mac(resealing *r, size_t index, const tg_payload *chain, tg_bytes key, tg_bytes input)
{
    uint8_t mac[TG_MAC_MAX];
    size_t mac_len = 0, key_len = 0;
    tg_coverage covered = { .num = 0 };
    const tg_payload *last = chain ? tg_payload_last(chain) : NULL;
    if (!last || last->type != TG_PAYLOAD_V || key.len == 0 || !input.data)
        return TG_OK;
    const tg_v *v = (const tg_v *)last;
    if (!tg_mac_sizes(v->auth_alg, &mac_len, &key_len) || v->ver_data.len != mac_len || mac_len == 0)
        return TG_OK;
    tg_cover_octets(input, &covered);
    TRY(tg_mac(r->crypto, v->auth_alg, key, &covered, mac));
    patch(r, index, v->ver_data, tg_bytes_of(mac, mac_len));
    return TG_OK;
}

/* Encrypts what stands for the old plaintext, and puts it in the place of the ciphertext. */
static tg_status put_kemac(resealing *r, size_t index, const tg_kemac *kemac, tg_bytes encr_key, tg_bytes iv,
                           tg_bytes old_plain, const tg_payload *old_keys)
{
    tg_bytes plain, ciphertext;
    if (!kemac || !old_keys || !old_plain.data)
        return TG_OK;
    TRY(tgx_plaintext(&r->keys, old_plain, old_keys, &plain));
    if (kemac->encr_alg == TG_ENCR_NULL)
        ciphertext = plain;
    else if (encr_key.len == 0)
        return TG_OK;
    else
        TRY(tg_kemac_encrypt(r->crypto, &r->after.profile.settings, kemac->encr_alg, encr_key, iv, plain, r->arena,
                             &ciphertext));
    tg_bytes field = kemac->encr_data.octets;
    patch(r, index, field, ciphertext);
    tg_wipe((void *)(uintptr_t)plain.data, plain.len);
    return TG_OK;
}

/* ---- the parts of a message --------------------------------------------------------------------------------- */

static const tg_payload *keys_of_ticket(const tg_judgement *old, tg_arena *arena)
{
    tg_payload *keys = NULL;
    tg_bytes plain = old->derived.ticket.kemac_plain;
    if (plain.len == 0 || tg_message_parse_keys(plain, TG_DATA_TYPE_TRANSFER_INIT, arena, &keys, NULL) != TG_OK)
        return NULL;
    return keys;
}

/* The base ticket: its MAC, its KEMAC with the keys that stand for those in it, and its MAC over that. */
static tg_status seal_ticket(resealing *r, size_t index, const tg_judgement *old)
{
    const tg_judgement *j;
    if (old->ticket_auth != TG_OUTCOME_OK)
        return TG_OK;
    for (int round = 0; round < 2; round++) {
        TRY(judge(r, index, &j));
        const tg_ticket *ticket = j ? ticket_of(j->message) : NULL;
        if (!ticket || ticket->ticket_data.form != TG_CHAIN_PAYLOADS)
            return TG_OK;
        TRY(put_mac(r, index, ticket->ticket_data.payloads, j->derived.ticket.auth_key, j->derived.ticket.mac_input));
        if (round == 1)
            break;
        TRY(judge(r, index, &j));
        ticket = j ? ticket_of(j->message) : NULL;
        if (!ticket)
            return TG_OK;
        TRY(put_kemac(r, index, (const tg_kemac *)tg_payload_find(ticket->ticket_data.payloads, TG_PAYLOAD_KEMAC),
                      j->derived.ticket.encr_key, j->derived.ticket.iv, old->derived.ticket.kemac_plain,
                      keys_of_ticket(old, r->arena)));
    }
    return TG_OK;
}

static tg_status seal_kemac(resealing *r, size_t index, const tg_judgement *old)
{
    const tg_judgement *j;
    if (old->kemac != TG_OUTCOME_OK)
        return TG_OK;
    TRY(judge(r, index, &j));
    if (!j)
        return TG_OK;
    return put_kemac(r, index, (const tg_kemac *)tg_payload_find(j->message->payloads, TG_PAYLOAD_KEMAC),
                     j->derived.encr_key, j->derived.iv, old->derived.kemac_plain, old->keys);
}

/* PKE with the envelope key that stands for the old one. */
static tg_status seal_pke(resealing *r, size_t index, const tg_judgement *old)
{
    tg_bytes env_key, sealed;
    const tg_pke *pke = (const tg_pke *)tg_payload_find(old->message->payloads, TG_PAYLOAD_PKE);
    if (!pke || old->derived.env_key.len == 0 || !r->after.secrets.rsa_kms || !r->keys.plan->key)
        return TG_OK;
    TRY(tgx_key(&r->keys, old->derived.env_key, &env_key));
    tg_status status =
        tg_pke_seal(r->crypto, &r->after.profile.settings, r->after.secrets.rsa_kms, env_key, r->arena, &sealed);
    if (status != TG_OK)
        return tg_status_class(status) == TG_CLASS_LIMIT ? status : TG_OK;
    memcpy(octets_of(r, index) + (pke->data.data - r->before[index].octets.data), sealed.data,
           sealed.len == pke->data.len ? sealed.len : 0);
    return TG_OK;
}

static const tg_pk *signing_key(const resealing *r, tg_sender from)
{
    const tg_secrets *s = &r->after.secrets;
    const tg_pk *pk = from == TG_SENDER_I   ? s->rsa_i
                      : from == TG_SENDER_R ? s->rsa_r
                      : from == TG_SENDER_K ? s->rsa_kms
                                            : NULL;
    return pk && tg_pk_is_private(pk) ? pk : NULL;
}

static tg_status seal_signature(resealing *r, size_t index, const tg_judgement *j)
{
    const tg_payload *last = tg_payload_last(j->message->payloads);
    const tg_pk *pk = signing_key(r, r->sent[index].from);
    tg_coverage covered = { .num = 0 };
    tg_bytes signature;
    if (!last || last->type != TG_PAYLOAD_SIGN || !pk || !j->derived.mac_input.data)
        return TG_OK;
    const tg_sign *sign = (const tg_sign *)last;
    tg_cover_octets(j->derived.mac_input, &covered);
    tg_status status =
        tg_sign_make(r->crypto, pk, sign->s_type, tg_sign_hash(&r->after.profile.settings, j->message->hdr.prf_func),
                     &covered, r->arena, &signature);
    if (status != TG_OK)
        return tg_status_class(status) == TG_CLASS_LIMIT ? status : TG_OK;
    patch(r, index, sign->signature, signature);
    return TG_OK;
}

static tg_status seal_message(resealing *r, size_t index)
{
    const tg_judgement *j;
    TRY(judge(r, index, &j));
    if (!j)
        return TG_OK;
    TRY(put_mac(r, index, j->message->payloads, j->derived.auth_key, j->derived.mac_input));
    return seal_signature(r, index, j);
}

/* ---- Initiator Data ----------------------------------------------------------------------------------------- */

static tg_bytes initiator_data_in(const tg_message *message)
{
    const tg_ticket *ticket = ticket_of(message);
    bool is_there = ticket && ticket->initiator_data.form == TG_CHAIN_PAYLOADS;
    return is_there ? ticket->initiator_data.octets : (tg_bytes){ 0 };
}

static tg_bytes instead_of(const resealing *r, size_t index)
{
    const tg_reseal_plan *plan = r->keys.plan;
    return plan->instead ? plan->instead(plan->user, index) : tg_bytes_of(NULL, 0);
}

/* What the Initiator Data of an earlier message have become. */
static tg_status initiator_data_now(resealing *r, size_t index, tg_bytes old, tg_bytes *out)
{
    const tg_judgement *j;
    *out = tg_bytes_of(r->sent[index].octets.data + (old.data - r->before[index].octets.data), old.len);
    if (instead_of(r, index).len == 0)
        return TG_OK;
    TRY(judge(r, index, &j));
    *out = j ? initiator_data_in(j->message) : tg_bytes_of(NULL, 0);
    return TG_OK;
}

/* A TICKET is sent on with its Initiator Data as it came (4.2.3.1): what an earlier message's has become, this one's becomes too. */
static tg_status take_over_initiator_data(resealing *r, size_t index, tg_bytes old, bool *out)
{
    tg_bytes now;
    *out = false;
    for (size_t i = 0; i < index && old.len > 0; i++) {
        const tg_judgement *earlier = tg_conversation_judgement(r->old, i);
        tg_bytes same = earlier->parse == TG_OK ? initiator_data_in(earlier->message) : (tg_bytes){ 0 };
        if (!tg_bytes_equal(same, old))
            continue;
        TRY(initiator_data_now(r, i, same, &now));
        if (now.len != old.len)
            continue;
        memcpy(octets_of(r, index) + (old.data - r->before[index].octets.data), now.data, old.len);
        *out = true;
        return TG_OK;
    }
    return TG_OK;
}

static bool vi_is_double(const tg_message *message)
{
    const tg_ticket *ticket = ticket_of(message);
    const tg_payload *vi = tg_payload_find(ticket->initiator_data.payloads, TG_PAYLOAD_V),
                     *v = tg_payload_last(message->payloads);
    return vi && v->type == TG_PAYLOAD_V && tg_bytes_equal(((const tg_v *)vi)->ver_data, ((const tg_v *)v)->ver_data);
}

/* Vi is the double of V (6.10), Vr is made with MPKr. */
static tg_status seal_initiator_data(resealing *r, size_t index, const tg_judgement *old)
{
    const tg_judgement *j;
    TRY(judge(r, index, &j));
    const tg_ticket *ticket = j ? ticket_of(j->message) : NULL;
    if (!ticket || ticket->initiator_data.form != TG_CHAIN_PAYLOADS)
        return TG_OK;
    const tg_payload *vi = tg_payload_find(ticket->initiator_data.payloads, TG_PAYLOAD_V),
                     *v = tg_payload_last(j->message->payloads);
    if (vi && v->type == TG_PAYLOAD_V && vi_is_double(old->message))
        patch(r, index, ((const tg_v *)vi)->ver_data, ((const tg_v *)v)->ver_data);
    if (old->vr_auth != TG_OUTCOME_OK)
        return TG_OK;
    TRY(judge(r, index, &j));
    ticket = j ? ticket_of(j->message) : NULL;
    return ticket ? put_mac(r, index, ticket->initiator_data.payloads, j->derived.vr.auth_key, j->derived.vr.mac_input)
                  : TG_OK;
}

/* ---- one message -------------------------------------------------------------------------------------------- */

static tg_status change(resealing *r, size_t index, const tg_judgement *old)
{
    tg_bytes octets = tg_arena_copy(r->arena, r->before[index].octets.data, r->before[index].octets.len);
    if (!octets.data)
        return TG_ARENA_FULL;
    r->sent[index] = r->before[index];
    r->sent[index].octets = octets;
    if (old->parse == TG_OK && r->keys.plan->change)
        return r->keys.plan->change(r->keys.plan->user, index, old->message, (uint8_t *)(uintptr_t)octets.data);
    return TG_OK;
}

static tg_status note_forks(resealing *r, size_t index, const tg_judgement *old)
{
    const tg_judgement *j;
    uint8_t prf_func = old->message->hdr.prf_func;
    if (old->message->hdr.data_type != TG_DATA_TYPE_RESOLVE_RESP || old->kemac != TG_OUTCOME_OK)
        return TG_OK;
    for (size_t i = 0; i < index; i++) {
        const tg_judgement *earlier = tg_conversation_judgement(r->old, i);
        const tg_ticket *ticket = earlier->parse == TG_OK ? ticket_of(earlier->message) : NULL;
        prf_func = ticket ? ticket->prf_func : prf_func;
    }
    TRY(judge(r, index, &j));
    return j ? tgx_note_forks(&r->keys, r->crypto, prf_func, old->message, j->message) : TG_OK;
}

static tg_status outcome_of(resealing *r, size_t index, const tg_judgement *old, tg_reseal_outcome *out)
{
    const tg_judgement *j;
    TRY(judge(r, index, &j));
    if (old->parse != TG_OK || old->auth == TG_OUTCOME_FAIL || old->auth == TG_OUTCOME_ABSENT)
        *out = TG_RESEAL_NOT_AUTHENTIC;
    else if (old->auth == TG_OUTCOME_SKIPPED)
        *out = TG_RESEAL_NO_KEY;
    else
        *out = j && j->auth == TG_OUTCOME_OK ? TG_RESEAL_SEALED : TG_RESEAL_UNSEALED;
    return TG_OK;
}

static tg_status reseal_one(resealing *r, size_t index, tg_resealed *out)
{
    const tg_judgement *old = tg_conversation_judgement(r->old, index);
    tg_bytes instead = instead_of(r, index);
    if (instead.len > 0) {
        r->sent[index] = r->before[index];
        r->sent[index].octets = instead;
        *out = (tg_resealed){ instead, TG_RESEAL_SEALED };
        return old->parse == TG_OK ? note_forks(r, index, old) : TG_OK;
    }
    TRY(change(r, index, old));
    out->octets = r->sent[index].octets;
    if (old->parse != TG_OK) {
        out->outcome = TG_RESEAL_NOT_AUTHENTIC;
        return TG_OK;
    }
    bool taken_over;
    TRY(take_over_initiator_data(r, index, initiator_data_in(old->message), &taken_over));
    TRY(seal_ticket(r, index, old));
    TRY(note_forks(r, index, old));
    TRY(seal_pke(r, index, old));
    TRY(seal_kemac(r, index, old));
    if (old->auth == TG_OUTCOME_OK)
        TRY(seal_message(r, index));
    /* Vr is another proof than V: one may be right where the other is not. */
    bool has_right_mac = old->auth == TG_OUTCOME_OK || old->vr_auth == TG_OUTCOME_OK;
    if (!taken_over && ticket_of(old->message) && has_right_mac &&
        old->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT)
        TRY(seal_initiator_data(r, index, old));
    return outcome_of(r, index, old, &out->outcome);
}

/* ---- a conversation ----------------------------------------------------------------------------------------- */

static tg_status judge_as_it_was(resealing *r, const tg_known *before)
{
    tg_conversation *old;
    TRY(tg_conversation_new(r->crypto, before, r->num, r->arena, &old));
    for (size_t i = 0; i < r->num; i++)
        TRY(tg_conversation_add(old, &r->before[i]));
    r->old = old;
    return TG_OK;
}

/* What the judge would learn too late (RESOLVE_RESP comes behind the TRANSFER_INIT that it opens) is given beforehand. */
static tg_status give_mpks(resealing *r)
{
    tg_established e;
    for (size_t i = 0; i < r->num; i++) {
        const tg_judgement *old = tg_conversation_judgement(r->old, i);
        if (old->parse == TG_OK)
            TRY(tgx_note_ticket(&r->keys, r->crypto, old));
    }
    tg_conversation_established(r->old, &e);
    if (r->after.secrets.mpki.len == 0 && e.mpki.len > 0)
        TRY(tgx_key(&r->keys, e.mpki, &r->after.secrets.mpki));
    if (r->after.secrets.mpkr.len == 0 && e.mpkr.len > 0)
        TRY(tgx_key(&r->keys, e.mpkr, &r->after.secrets.mpkr));
    return TG_OK;
}

tg_status tg_reseal(tg_crypto *crypto, const tg_known *before, const tg_known *after, const tg_sent *sent, size_t num,
                    const tg_reseal_plan *plan, tg_arena *arena, tg_resealed *out)
{
    size_t total = 0;
    if (num > TG_RESEAL_MAX_MESSAGES)
        return TG_TOO_LARGE;
    for (size_t i = 0; i < num; i++) {
        tg_bytes instead = plan->instead ? plan->instead(plan->user, i) : tg_bytes_of(NULL, 0);
        total += instead.len > sent[i].octets.len ? instead.len : sent[i].octets.len;
    }
    size_t scratch_len = tg_conversation_arena_size(total, num);
    void *scratch_memory = tg_arena_alloc(arena, scratch_len);
    if (!scratch_memory)
        return TG_ARENA_FULL;
    tg_arena scratch = tg_arena_of(scratch_memory, scratch_len);
    resealing r = { .crypto = crypto,
                    .after = *after,
                    .before = sent,
                    .num = num,
                    .arena = arena,
                    .scratch = &scratch,
                    .keys = { .plan = plan, .arena = arena } };
    tg_known was = *before;
    was.without_rules = r.after.without_rules = true;
    was.without_inputs = r.after.without_inputs = false;
    r.sent = tg_arena_alloc(arena, (num + 1) * sizeof *r.sent);
    if (!r.sent)
        return TG_ARENA_FULL;
    TRY(judge_as_it_was(&r, &was));
    TRY(give_mpks(&r));
    for (size_t i = 0; i < num; i++)
        TRY(reseal_one(&r, i, &out[i]));
    return TG_OK;
}
