/* Protection of a message: keys, encryption of the KEMAC, MAC or signature, Initiator Data. A deviation has its three
 * places here and nowhere else. */
#include "make.h"

bool tg_deviation_applies(const tg_deviation *d, const tg_making *making)
{
    if (!d || (d->from != TG_SENDER_UNKNOWN && d->from != making->from))
        return false;
    if (making->of_ticket)
        return d->data_type == TG_DEVIATION_TICKET;
    if (d->update >= 0 && (d->update == 1) != making->is_update)
        return false;
    return d->data_type < 0 || d->data_type == making->message->hdr.data_type;
}

tg_status tg_rebuild(const tg_maker *m, const tg_message *model, tg_bytes *octets, tg_message **parsed)
{
    tg_writer count = tg_writer_of(NULL, 0);
    TRY(tg_message_build(model, &count));
    uint8_t *data = tg_arena_alloc(m->arena, count.len);
    if (!data)
        return TG_ARENA_FULL;
    tg_writer w = tg_writer_of(data, count.len);
    TRY(tg_message_build(model, &w));
    *octets = tg_bytes_of(data, w.len);
    return parsed ? tg_message_parse(*octets, m->arena, parsed, NULL) : TG_OK;
}

static tg_payload *first_of(tg_payload *from, uint16_t type)
{
    while (from && from->type != type)
        from = from->next;
    return from;
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

static tg_status derive(const tg_maker *m, const tg_making *making, const tg_protection *how, tg_key_use use,
                        size_t len, tg_bytes *out)
{
    const tg_hdr *hdr = how->label ? how->label : &making->message->hdr;
    tg_derivation d;
    TRY(tg_derive_message_key(m->arena, hdr->prf_func, how->inkey, use, hdr->csb_id, how->direction, how->rands, len,
                              &d));
    return tg_derivation_run_in(m->crypto, &d, m->arena, out);
}

static const tg_t *iv_time(const tg_maker *m, const tg_making *making)
{
    bool initial = m->settings->iv_time == TG_IV_TIME_INITIAL && making->initial;
    return (const tg_t *)tg_payload_find(initial ? making->initial->payloads : making->message->payloads, TG_PAYLOAD_T);
}

static tg_status kemac_keys(const tg_maker *m, tg_making *making, const tg_protection *how, const tg_kemac *kemac)
{
    size_t key_len = 0, salt_len = 0, iv_len = 0;
    uint8_t t64[8];
    const tg_t *t = iv_time(m, making);
    if (!tg_encr_sizes(kemac->encr_alg, &key_len, &salt_len, &iv_len))
        return TG_UNKNOWN_ALGORITHM;
    if (key_len == 0)
        return TG_OK; /* NULL */
    if (!t || !tg_timestamp_64(m->settings, t->ts_type, t->ts_value, t64))
        return TG_NOT_FOUND;
    TRY(derive(m, making, how, TG_USE_ENCR, key_len, &making->keys.encr_key));
    TRY(derive(m, making, how, TG_USE_SALT, salt_len, &making->keys.salt_key));
    uint8_t iv[TG_IV_MAX];
    TRY(tg_kemac_iv(kemac->encr_alg, making->keys.salt_key, making->message->hdr.csb_id, t64, iv));
    making->keys.iv = tg_arena_copy(m->arena, iv, iv_len);
    return making->keys.iv.data ? TG_OK : TG_ARENA_FULL;
}

static tg_status auth_keys(const tg_maker *m, tg_making *making, const tg_protection *how)
{
    size_t mac_len = 0, key_len = 0;
    const tg_payload *last = tg_payload_last(making->message->payloads);
    const tg_v *v = last && last->type == TG_PAYLOAD_V ? (const tg_v *)last : NULL;
    if (!v || !tg_mac_sizes(v->auth_alg, &mac_len, &key_len) || key_len == 0)
        return TG_OK;
    if (how->auth_key.len > 0)
        making->keys.auth_key = how->auth_key;
    else
        TRY(derive(m, making, how, TG_USE_AUTH, key_len, &making->keys.auth_key));
    if (how->mpkr.len > 0) {
        tg_derivation d;
        TRY(tg_derive_vr_key(m->arena, how->vr_prf, how->mpkr, key_len, &d));
        TRY(tg_derivation_run_in(m->crypto, &d, m->arena, &making->keys.vr_key));
    }
    return TG_OK;
}

/* ---- encryption --------------------------------------------------------------------------------------------- */

tg_status tg_encrypt(const tg_maker *m, const tg_making *making, tg_kemac *kemac)
{
    if (kemac->encr_data.form != TG_CHAIN_PAYLOADS || kemac->encr_alg == TG_ENCR_NULL)
        return TG_OK;
    tg_writer count = tg_writer_of(NULL, 0);
    tg_wire_build_chain(&count, kemac->encr_data.payloads);
    uint8_t *plain = tg_arena_alloc(m->arena, count.len + 1);
    if (!plain)
        return TG_ARENA_FULL;
    tg_writer w = tg_writer_of(plain, count.len);
    tg_wire_build_chain(&w, kemac->encr_data.payloads);
    TRY(tg_writer_status(&w));
    tg_bytes encrypted;
    TRY(tg_kemac_encrypt(m->crypto, m->settings, kemac->encr_alg, making->keys.encr_key, making->keys.iv,
                         tg_bytes_of(plain, w.len), m->arena, &encrypted));
    tg_wipe(plain, w.len);
    kemac->encr_data = (tg_chain){ TG_CHAIN_OCTETS, encrypted, NULL };
    return TG_OK;
}

/* ---- MAC, signature, Initiator Data ------------------------------------------------------------------------- */

static tg_status put_mac(const tg_maker *m, tg_bytes key, const tg_coverage *covered, tg_v *v)
{
    uint8_t mac[TG_MAC_MAX];
    if (v->ver_data.len == 0 || key.len == 0)
        return TG_OK;
    TRY(tg_mac(m->crypto, v->auth_alg, key, covered, mac));
    size_t len = v->ver_data.len < sizeof mac ? v->ver_data.len : sizeof mac;
    v->ver_data = tg_arena_copy(m->arena, mac, len);
    return v->ver_data.data ? TG_OK : TG_ARENA_FULL;
}

static void add_context(const tg_maker *m, const tg_making *making, tg_coverage *covered)
{
    if (making->initial) {
        tg_cover_initial(m->settings, making->initial, covered);
        return;
    }
    for (size_t i = 0; i < 2; i++)
        tg_cover_identity(m->settings, &making->keys.identities[i], covered);
}

static bool is_zero(tg_bytes octets)
{
    uint8_t any = 0;
    for (size_t i = 0; i < octets.len; i++)
        any |= octets.data[i];
    return any == 0;
}

/* Vi is V's double (6.10); a chain that a deviation has made other than two Vs stays as it is. */
static tg_status put_initiator_data(const tg_maker *m, const tg_making *making, const tg_v *v)
{
    tg_payload *chain = making->ticket ? making->ticket->initiator_data.payloads : NULL;
    if (!chain || making->keys.vr_key.len == 0 || chain->type != TG_PAYLOAD_V)
        return TG_OK;
    if (is_zero(((tg_v *)chain)->ver_data)) /* else a deviation has filled it */
        ((tg_v *)chain)->ver_data = v->ver_data;
    if (!chain->next || chain->next->type != TG_PAYLOAD_V)
        return TG_OK;
    tg_bytes octets;
    tg_message *parsed = NULL;
    tg_coverage covered = { 0 };
    TRY(tg_rebuild(m, making->message, &octets, &parsed));
    const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(parsed->payloads, TG_PAYLOAD_TICKET);
    if (!ticket || tg_cover_initiator_data(ticket, &covered) != TG_OK)
        return TG_OK;
    return put_mac(m, making->keys.vr_key, &covered, (tg_v *)chain->next);
}

static tg_status seal(const tg_maker *m, tg_making *making, const tg_protection *how)
{
    tg_bytes octets;
    tg_message *parsed = NULL;
    tg_coverage covered = { 0 };
    tg_payload *last = making->message->payloads;
    while (last && last->next)
        last = last->next;
    if (!last || (last->type != TG_PAYLOAD_V && last->type != TG_PAYLOAD_SIGN))
        return TG_OK;
    tg_status status = tg_rebuild(m, making->message, &octets, &parsed);
    if (tg_status_class(status) == TG_CLASS_PARSE)
        return TG_OK; /* a deviation: what cannot be cut cannot be covered */
    TRY(status);
    if (tg_cover_message(m->settings, parsed, &covered) != TG_OK)
        return TG_OK;
    add_context(m, making, &covered);
    if (last->type == TG_PAYLOAD_V) {
        TRY(put_mac(m, making->keys.auth_key, &covered, (tg_v *)last));
        return put_initiator_data(m, making, (tg_v *)last);
    }
    tg_sign *sign = (tg_sign *)last;
    if (!how->sign_key)
        return TG_OK;
    return tg_sign_make(m->crypto, how->sign_key, sign->s_type,
                        tg_sign_hash(m->settings, making->message->hdr.prf_func), &covered, m->arena, &sign->signature);
}

/* A RAND that a deviation has changed enters the keys as it is sent, in messages that have one of their own. */
static void take_own_rands(const tg_making *making, tg_rands *rands)
{
    const tg_randr *i = tg_randr_find(making->message->payloads, TG_RAND_ROLE_I);
    const tg_randr *r = tg_randr_find(making->message->payloads, TG_RAND_ROLE_R);
    const tg_bytes none = { 0 };
    switch (making->message->hdr.data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
    case TG_DATA_TYPE_TRANSFER_INIT:
        rands->randri = making->is_update ? rands->randri : i ? i->rand : none;
        break;
    case TG_DATA_TYPE_TRANSFER_RESP:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        rands->randrr = making->is_update ? rands->randrr : r ? r->rand : none;
        break;
    default:
        break;
    }
}

tg_status tg_protect(const tg_maker *m, tg_making *making, const tg_protection *planned, tg_protected *out)
{
    tg_protection changed = *planned;
    const tg_protection *how = &changed;
    const tg_deviation *d = tg_deviation_applies(m->deviation, making) ? m->deviation : NULL;
    making->arena = m->arena;
    making->settings = m->settings;
    making->initial = how->initial;
    making->ticket = (tg_ticket *)first_of(making->message->payloads, TG_PAYLOAD_TICKET);
    memcpy(making->keys.identities, how->identities, sizeof how->identities);
    if (d && d->model) {
        d->model(making);
        take_own_rands(making, &changed.rands);
    }
    tg_kemac *kemac = (tg_kemac *)first_of(making->message->payloads, TG_PAYLOAD_KEMAC);
    if (kemac)
        TRY(kemac_keys(m, making, how, kemac));
    TRY(auth_keys(m, making, how));
    if (d && d->keys)
        d->keys(making);
    if (kemac)
        TRY(tg_encrypt(m, making, kemac));
    TRY(seal(m, making, how));
    tg_bytes octets;
    TRY(tg_rebuild(m, making->message, &octets, NULL));
    making->octets = (uint8_t *)(uintptr_t)octets.data; /* ours: tg_rebuild took it from the arena */
    making->len = octets.len;
    if (d && d->octets)
        d->octets(making);
    *out = (tg_protected){ tg_bytes_of(making->octets, making->len), making->keys.encr_key, making->keys.iv };
    return TG_OK;
}
