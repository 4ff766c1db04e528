/* Which key protects which message: the table of section 3 (RFC 6043 5.1.2, 5.2, 5.4, 6.10, A.2.1; RFC 3830 4.1.4). */
#include "case.h"

/* ---- deriving ----------------------------------------------------------------------------------------------- */

static tg_status prepare(tg_case *k, const tg_keying *keying, tg_key_use use, size_t len, tg_derivation *out)
{
    switch (keying->kind) {
    case TG_KEYING_MESSAGE:
        return tg_derive_message_key(k->arena, keying->prf_func, keying->inkey, use, keying->csb_id, keying->direction,
                                     keying->rands, len, out);
    case TG_KEYING_RFC3830:
        return tg_derive_rfc3830_message_key(k->arena, keying->prf_func, keying->inkey, use, keying->csb_id,
                                             keying->rands.randri, len, out);
    case TG_KEYING_TICKET:
        return tg_derive_ticket_key(k->arena, keying->prf_func, keying->inkey, use, keying->rands.randri, len, out);
    case TG_KEYING_VR:
        return tg_derive_vr_key(k->arena, keying->prf_func, keying->inkey, len, out);
    case TG_KEYING_UNKNOWN:
        break;
    }
    return TG_NOT_FOUND;
}

bool tg_derive(tg_case *k, const tg_keying *keying, tg_key_use use, size_t len, tg_bytes *out)
{
    tg_derivation derivation;
    return tg_case_is_ok(k, prepare(k, keying, use, len, &derivation)) &&
           tg_case_is_ok(k, tg_derivation_run_in(k->crypto, &derivation, k->arena, out));
}

/* MPKr' or TGK' by the modifier in a RESOLVE_RESP or TRANSFER_RESP (5.1.1). False where the modifier is not there. */
bool tg_fork(tg_case *k, const tg_ticket *ticket, tg_bytes key, bool is_mpkr, const tg_parts *modifier, tg_bytes *out)
{
    const tg_idr *idr = modifier->idr[TG_ID_ROLE_R];
    const tg_randr *randrkms = modifier->randr[TG_RAND_ROLE_KMS];
    tg_derivation derivation;
    return ticket && tg_is_usable(key) && idr && randrkms &&
           tg_case_is_ok(k, tg_derive_fork(k->arena, ticket->prf_func, key, is_mpkr, idr->id_data, randrkms->rand,
                                           &derivation)) &&
           tg_case_is_ok(k, tg_derivation_run_in(k->crypto, &derivation, k->arena, out));
}

/* ---- keys that are known ------------------------------------------------------------------------------------ */

static tg_bytes first_known(tg_bytes learned, tg_bytes given)
{
    return tg_is_usable(learned) ? learned : given;
}

tg_bytes tg_known_mpki(const tg_case *k)
{
    return first_known(k->bundle->mpki, k->known->secrets.mpki);
}

tg_bytes tg_known_mpkr(const tg_case *k)
{
    return first_known(k->bundle->mpkr, k->known->secrets.mpkr);
}

/* MPKr', which protects a TRANSFER_RESP: forked by its own modifier where MPKr is known, else the KMS's for it. */
static tg_bytes known_mpkr_forked(tg_case *k)
{
    tg_bytes mpkr = tg_known_mpkr(k);
    if (mpkr.len && tg_fork(k, k->ticket, mpkr, true, k->parts, &k->own_mpkr_forked))
        return k->own_mpkr_forked;
    return first_known(k->forked ? k->forked->mpkr_forked : tg_bytes_of(NULL, 0), k->known->secrets.mpkr_forked);
}

/* The pre-shared key of a request, by the B-TID in it where subscribers are known. */
static tg_bytes psk_of(const tg_case *k, const tg_entry *request)
{
    const tg_secrets *secrets = &k->known->secrets;
    const tg_subscriber_source *source = k->known->subscribers;
    const tg_idr *idrpsk = request->parts.idr[TG_ID_ROLE_PSK];
    if (idrpsk) {
        const tg_subscriber *subscriber = tg_subscriber_by_b_tid(source, idrpsk->id_data);
        if (subscriber && subscriber->psk.len)
            return subscriber->psk;
    }
    if (!tg_is_resolve_init(request->data_type))
        return secrets->psk_i;
    return request->sent.from == TG_SENDER_K ? secrets->psk_kms : secrets->psk_r;
}

/* ---- keys of messages --------------------------------------------------------------------------------------- */

static tg_keying keying_of(const tg_case *k, tg_bytes inkey, uint8_t direction, tg_rands rands)
{
    const tg_hdr *hdr = &k->message->hdr;
    return (tg_keying){ .kind = tg_is_usable(inkey) ? TG_KEYING_MESSAGE : TG_KEYING_UNKNOWN,
                        .prf_func = hdr->prf_func,
                        .direction = direction,
                        .csb_id = hdr->csb_id,
                        .inkey = inkey,
                        .rands = rands };
}

/* REQUEST_* take the RANDRi of the request, RESOLVE_* its RANDRr. */
static tg_rands rands_of_request(const tg_entry *request)
{
    tg_rands rands = { { NULL, 0 }, { NULL, 0 } };
    if (tg_is_resolve_init(request->data_type))
        rands.randrr = tg_rand_of(&request->parts, TG_RAND_ROLE_R);
    else
        rands.randri = tg_rand_of(&request->parts, TG_RAND_ROLE_I);
    return rands;
}

static tg_keying keying_with_kms(const tg_case *k, const tg_entry *request)
{
    bool is_response = request != k->entry;
    tg_bytes inkey = tg_is_pk_init(request->data_type) ? request->env_key : psk_of(k, request);
    tg_keying keying =
        keying_of(k, inkey, is_response ? TG_DIRECTION_RESPONSE : TG_DIRECTION_INITIAL, rands_of_request(request));
    keying.is_credential = true;
    return keying;
}

static tg_keying keying_of_transfer_init(const tg_case *k)
{
    tg_rands rands = { .randri = tg_rand_of(k->parts, TG_RAND_ROLE_I) };
    return keying_of(k, tg_known_mpki(k), TG_DIRECTION_INITIAL, rands);
}

static tg_keying keying_of_transfer_resp(tg_case *k)
{
    tg_rands rands = { .randri = tg_rand_of(&k->transfer_init->parts, TG_RAND_ROLE_I) };
    if (tg_has_flag(k->ticket, 'G'))
        rands.randrr = tg_rand_of(k->parts, TG_RAND_ROLE_R);
    tg_bytes inkey = tg_has_flag(k->ticket, 'I') ? known_mpkr_forked(k) : tg_known_mpki(k);
    return keying_of(k, inkey, TG_DIRECTION_RESPONSE, rands);
}

/* An update is protected with the keys, or with the MPK, of the last message of the initial exchange (5.2, A13). Where a
 * TRANSFER_RESP belongs to it and is not known, neither are the keys: who may resolve the ticket has those of
 * TRANSFER_INIT. */
tg_keying tg_update_keying(const tg_case *k, uint8_t update_keys)
{
    const tg_keying nothing = { .kind = TG_KEYING_UNKNOWN };
    const tg_entry *last = k->initial_resp || tg_has_flag(k->ticket, 'F') ? k->initial_resp : k->initial_init;
    if (!last || last->keying.kind != TG_KEYING_MESSAGE)
        return nothing;
    if (update_keys == TG_UPDATE_KEYS_SAME_KEYS)
        return last->keying;
    tg_rands rands = { .randri = tg_rand_of(&k->initial_init->parts, TG_RAND_ROLE_I) };
    if (tg_has_flag(k->ticket, 'G') && k->initial_resp)
        rands.randrr = tg_rand_of(&k->initial_resp->parts, TG_RAND_ROLE_R);
    uint8_t direction = k->data_type == TG_DATA_TYPE_TRANSFER_INIT ? TG_DIRECTION_INITIAL : TG_DIRECTION_RESPONSE;
    return keying_of(k, last->keying.inkey, direction, rands);
}

/* The keys of the message it is about; a public-key message has none, but an envelope key (5.4, A20). */
tg_keying tg_error_keying(const tg_entry *about)
{
    if (!tg_is_pk_init(about->data_type))
        return about->keying;
    return (tg_keying){ .kind = tg_is_usable(about->env_key) ? TG_KEYING_MESSAGE : TG_KEYING_UNKNOWN,
                        .is_credential = true,
                        .prf_func = about->message->hdr.prf_func,
                        .direction = TG_DIRECTION_INITIAL,
                        .csb_id = about->message->hdr.csb_id,
                        .inkey = about->env_key,
                        .rands = rands_of_request(about) };
}

/* The RAND of the last initial message before this one with the same CSB ID: an update sends none (RFC 3830 4.5). */
static const tg_rand *earlier_rand(const tg_case *k, const tg_entry *initial)
{
    for (size_t i = initial->index; i-- > 0;) {
        const tg_entry *earlier = k->conversation->entries[i];
        if (earlier->message && earlier->data_type == TG_DATA_TYPE_PSK_INIT && earlier->parts.rand &&
            earlier->message->hdr.csb_id == initial->message->hdr.csb_id)
            return earlier->parts.rand;
    }
    return NULL;
}

static tg_keying keying_of_rfc3830(const tg_case *k, const tg_entry *initial)
{
    const tg_rand *rand = initial->parts.rand ? initial->parts.rand : earlier_rand(k, initial);
    tg_rands rands = { .randri = rand ? rand->rand : tg_bytes_of(NULL, 0) };
    tg_keying keying = keying_of(k, k->known->secrets.psk_i, 0, rands);
    if (keying.kind != TG_KEYING_UNKNOWN)
        keying.kind = TG_KEYING_RFC3830;
    return keying;
}

void tg_find_keying(tg_case *k)
{
    tg_entry *entry = k->entry;
    switch (k->data_type) {
    case TG_DATA_TYPE_PSK_INIT:
        entry->keying = keying_of_rfc3830(k, entry);
        break;
    case TG_DATA_TYPE_PSK_RESP:
        if (entry->answered)
            entry->keying = keying_of_rfc3830(k, entry->answered);
        break;
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
        entry->keying = keying_with_kms(k, entry);
        break;
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
        if (entry->answered)
            entry->keying = keying_with_kms(k, entry->answered);
        break;
    case TG_DATA_TYPE_TRANSFER_INIT:
        entry->keying = entry->is_update ? tg_update_keying(k, k->settings->update_keys) : keying_of_transfer_init(k);
        break;
    case TG_DATA_TYPE_TRANSFER_RESP:
        if (entry->is_update)
            entry->keying = tg_update_keying(k, k->settings->update_keys);
        else if (entry->answered)
            entry->keying = keying_of_transfer_resp(k);
        break;
    case TG_DATA_TYPE_ERROR:
        if (entry->about)
            entry->keying = tg_error_keying(entry->about);
        break;
    default:
        break;
    }
}
