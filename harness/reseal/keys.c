/* Which key stands for which, and the keys in a plaintext. */
#include "reseal.h"

tg_status tgx_note(tgx_keys *keys, tg_bytes before, tg_bytes after)
{
    if (before.len == 0 || before.len != after.len)
        return TG_OK;
    for (tgx_pair *pair = keys->pairs; pair; pair = pair->next) {
        if (tg_bytes_equal(pair->before, before))
            return TG_OK;
    }
    tgx_pair *pair = tg_arena_alloc(keys->arena, sizeof *pair);
    if (!pair)
        return TG_ARENA_FULL;
    *pair = (tgx_pair){ before, after, keys->pairs };
    keys->pairs = pair;
    return TG_OK;
}

tg_status tgx_key(tgx_keys *keys, tg_bytes before, tg_bytes *after)
{
    *after = before;
    if (before.len == 0)
        return TG_OK;
    for (tgx_pair *pair = keys->pairs; pair; pair = pair->next) {
        if (tg_bytes_equal(pair->before, before)) {
            *after = pair->after;
            return TG_OK;
        }
    }
    uint8_t *octets = tg_arena_alloc(keys->arena, before.len);
    if (!octets)
        return TG_ARENA_FULL;
    if (keys->plan->key)
        keys->plan->key(keys->plan->user, before, octets);
    else
        memcpy(octets, before.data, before.len);
    *after = tg_bytes_of(octets, before.len);
    return tgx_note(keys, before, *after);
}

/* ---- what follows ------------------------------------------------------------------------------------------- */

static tg_status derive_mpk(tgx_keys *keys, tg_crypto *crypto, const tg_ticket *ticket, tg_bytes mpk, bool of_i, tg_bytes *out)
{
    const tg_rand *rand = (const tg_rand *)tg_payload_find(ticket->ticket_data.payloads, TG_PAYLOAD_RAND);
    tg_derivation d;
    if (!rand)
        return TG_NOT_FOUND;
    TRY(tg_derive_mpk(keys->arena, ticket->prf_func, mpk, of_i, rand->rand, &d));
    return tg_derivation_run_in(crypto, &d, keys->arena, out);
}

tg_status tgx_note_ticket(tgx_keys *keys, tg_crypto *crypto, const tg_judgement *judgement)
{
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(judgement->message->payloads, TG_PAYLOAD_TICKET);
    tg_bytes mpk = judgement->derived.ticket.mpk, other;
    if (!ticket || mpk.len == 0 || ticket->ticket_data.form != TG_CHAIN_PAYLOADS)
        return TG_OK;
    TRY(tgx_key(keys, mpk, &other));
    for (int of_i = 0; of_i <= 1; of_i++) {
        tg_bytes before, after;
        TRY(derive_mpk(keys, crypto, ticket, mpk, of_i, &before));
        TRY(derive_mpk(keys, crypto, ticket, other, of_i, &after));
        TRY(tgx_note(keys, before, after));
    }
    return TG_OK;
}

/* The modifier of a message; false where it has none. */
static bool modifier_of(const tg_message *message, const tg_idr **idr, const tg_randr **randrkms)
{
    *idr = NULL;
    for (const tg_payload *p = message->payloads; p && !*idr; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((const tg_idr *)p)->id_role == TG_ID_ROLE_R)
            *idr = (const tg_idr *)p;
    }
    *randrkms = tg_randr_find(message->payloads, TG_RAND_ROLE_KMS);
    return *idr && *randrkms;
}

static tg_status fork(tgx_keys *keys, tg_crypto *crypto, uint8_t prf_func, tg_bytes key, bool of_mpkr, const tg_message *by, tg_bytes *out)
{
    const tg_idr *idr;
    const tg_randr *randrkms;
    tg_derivation d;
    if (!modifier_of(by, &idr, &randrkms))
        return TG_NOT_FOUND;
    TRY(tg_derive_fork(keys->arena, prf_func, key, of_mpkr, idr->id_data, randrkms->rand, &d));
    return tg_derivation_run_in(crypto, &d, keys->arena, out);
}

tg_status tgx_note_forks(tgx_keys *keys, tg_crypto *crypto, uint8_t prf_func, const tg_message *before, const tg_message *after)
{
    const tg_idr *idr;
    const tg_randr *randrkms;
    if (!modifier_of(before, &idr, &randrkms) || !modifier_of(after, &idr, &randrkms))
        return TG_OK;
    /* Which of the keys known are MPKr and TGKs does not matter: nothing else has such forks. New pairs stand in front of
     * those that are visited. */
    for (const tgx_pair *pair = keys->pairs; pair; pair = pair->next) {
        for (int of_mpkr = 0; of_mpkr <= 1; of_mpkr++) {
            tg_bytes was, is;
            TRY(fork(keys, crypto, prf_func, pair->before, of_mpkr, before, &was));
            TRY(fork(keys, crypto, prf_func, pair->after, of_mpkr, after, &is));
            TRY(tgx_note(keys, was, is));
        }
    }
    return TG_OK;
}

/* ---- plaintexts --------------------------------------------------------------------------------------------- */

static void put(uint8_t *out, tg_bytes plain, tg_bytes field, tg_bytes value)
{
    if (field.len > 0 && field.len == value.len)
        memcpy(out + (field.data - plain.data), value.data, value.len);
}

tg_status tgx_plaintext(tgx_keys *keys, tg_bytes plain, const tg_payload *chain, tg_bytes *out)
{
    uint8_t *octets = tg_arena_alloc(keys->arena, plain.len + 1);
    if (!octets)
        return TG_ARENA_FULL;
    if (plain.len > 0)
        memcpy(octets, plain.data, plain.len);
    if (keys->plan->plain)
        keys->plan->plain(keys->plan->user, chain, plain, octets);
    for (const tg_payload *p = chain; p; p = p->next) {
        if (p->type != TG_PAYLOAD_KEY_DATA)
            continue;
        const tg_key_data *data = (const tg_key_data *)p;
        tg_bytes key, salt;
        TRY(tgx_key(keys, data->key_data, &key));
        TRY(tgx_key(keys, data->salt_data, &salt));
        put(octets, plain, data->key_data, key);
        put(octets, plain, data->salt_data, salt);
    }
    *out = tg_bytes_of(octets, plain.len);
    return TG_OK;
}
