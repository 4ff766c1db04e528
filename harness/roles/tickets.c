/* Ticket Policies as payloads, and the base ticket (RFC 6043 6.10, A). */
#include "make.h"

tg_status tg_make_tp_data(const tg_maker *m, const tg_ticket_policy *policy, bool with_keys, tg_payload **out)
{
    tg_chain_maker c = { .arena = m->arena };
    tg_add_idr(&c, TG_ID_ROLE_KMS, &policy->kms);
    tg_add_idr(&c, TG_ID_ROLE_I, &policy->i);
    if (policy->has_trs)
        tg_add_tr(&c, TG_TS_ROLE_TRS, policy->tr_type, policy->trs);
    if (policy->has_tre)
        tg_add_tr(&c, TG_TS_ROLE_TRE, policy->tr_type, policy->tre);
    if (policy->trr > 0)
        tg_add_tr(&c, TG_TS_ROLE_TRR, TG_TS_NTP_UTC_32, (uint64_t)policy->trr << 32);
    if (with_keys && policy->has_keys) {
        static const uint8_t zeros[UINT16_MAX];
        tg_chain_maker keys = { .arena = m->arena };
        for (size_t i = 0; i < policy->num_keys; i++) {
            const tg_key_plan *plan = &policy->keys[i];
            tg_add_key(&keys, plan->type, tg_bytes_of(zeros, plan->key_len), tg_bytes_of(zeros, plan->salt_len),
                       plan->spi);
            if (keys.last && plan->spi.len == 0)
                ((tg_key_data *)keys.last)->kv_data.kv = TG_KV_NULL; /* the KMS chooses it */
        }
        TRY(keys.status);
        tg_add_kemac(&c, TG_ENCR_NULL, keys.first);
    }
    for (size_t i = 0; i < policy->num_apps; i++)
        tg_add_idr(&c, TG_ID_ROLE_APP, &policy->apps[i]);
    for (size_t i = 0; i < policy->num_r; i++)
        tg_add_idr(&c, TG_ID_ROLE_R, &policy->r[i]);
    *out = c.first;
    return c.status;
}

tg_status tg_make_ticket_policy(const tg_maker *m, const tg_ticket_policy *policy, tg_ticket **out)
{
    tg_payload *data = NULL;
    tg_ticket *ticket = (tg_ticket *)tg_payload_new(m->arena, TG_PAYLOAD_TICKET);
    if (!ticket)
        return TG_ARENA_FULL;
    TRY(tg_make_tp_data(m, policy, false, &data));
    ticket->ticket_type = policy->ticket_type;
    ticket->subtype = policy->subtype;
    ticket->version = policy->version;
    ticket->prf_func = policy->prf_func;
    ticket->flags = policy->flags;
    ticket->tp_data = (tg_chain){ TG_CHAIN_PAYLOADS, { 0 }, data };
    *out = ticket;
    return TG_OK;
}

/* ---- the base ticket ---------------------------------------------------------------------------------------- */

static tg_status derive_ticket(const tg_maker *m, uint8_t prf, tg_bytes tpk, tg_key_use use, tg_bytes rand, size_t len,
                               tg_bytes *out)
{
    tg_derivation d;
    TRY(tg_derive_ticket_key(m->arena, prf, tpk, use, rand, len, &d));
    return tg_derivation_run_in(m->crypto, &d, m->arena, out);
}

static tg_status derive_mpk(const tg_maker *m, uint8_t prf, tg_bytes mpk, bool of_i, tg_bytes rand, tg_bytes *out)
{
    tg_derivation d;
    TRY(tg_derive_mpk(m->arena, prf, mpk, of_i, rand, &d));
    return tg_derivation_run_in(m->crypto, &d, m->arena, out);
}

/* The keys of Ticket Data: its own PRF is the ticket's (A.2.1). */
static tg_status ticket_data_keys(const tg_maker *m, tg_suite suite, const tg_ticket *ticket, tg_bytes tpk,
                                  tg_bytes rand, const tg_t *t, tg_making *making)
{
    size_t key_len = 0, salt_len = 0, iv_len = 0, mac_len = 0, auth_len = 0;
    uint8_t t64[8], iv[TG_IV_MAX];
    if (!tg_encr_sizes(suite.encr_alg, &key_len, &salt_len, &iv_len) ||
        !tg_mac_sizes(suite.mac_alg, &mac_len, &auth_len))
        return TG_UNKNOWN_ALGORITHM;
    TRY(derive_ticket(m, ticket->prf_func, tpk, TG_USE_AUTH, rand, auth_len, &making->keys.auth_key));
    if (key_len == 0)
        return TG_OK;
    TRY(derive_ticket(m, ticket->prf_func, tpk, TG_USE_ENCR, rand, key_len, &making->keys.encr_key));
    TRY(derive_ticket(m, ticket->prf_func, tpk, TG_USE_SALT, rand, salt_len, &making->keys.salt_key));
    if (!tg_timestamp_64(m->settings, t->ts_type, t->ts_value, t64))
        return TG_NOT_FOUND;
    uint32_t csb_id = m->settings->ticket_iv_csb == TG_TICKET_IV_CSB_ZERO ? 0 : 0xFFFFFFFF; /* A.1 */
    TRY(tg_kemac_iv(suite.encr_alg, making->keys.salt_key, csb_id, t64, iv));
    making->keys.iv = tg_arena_copy(m->arena, iv, iv_len);
    return making->keys.iv.data ? TG_OK : TG_ARENA_FULL;
}

/* The MAC covers the TICKET payload, so the ticket is built in a message of its own and cut again. */
static tg_status authenticate_ticket(const tg_maker *m, const tg_making *making, tg_ticket *ticket)
{
    tg_message around = {
        .hdr = { .version = 1, .data_type = TG_DATA_TYPE_TRANSFER_INIT, .map = { .cs_id_map_type = TG_MAP_EMPTY } }
    };
    tg_payload *last = ticket->ticket_data.payloads;
    while (last && last->next)
        last = last->next;
    if (!last || last->type != TG_PAYLOAD_V || ((tg_v *)last)->ver_data.len == 0)
        return TG_OK; /* a deviation */
    tg_payload *next = ticket->head.next;
    ticket->head.next = NULL;
    around.payloads = &ticket->head;
    tg_bytes octets;
    tg_message *parsed = NULL;
    tg_status status = tg_rebuild(m, &around, &octets, &parsed);
    ticket->head.next = next;
    TRY(status);
    tg_coverage covered = { 0 };
    uint8_t mac[TG_MAC_MAX];
    if (tg_cover_ticket((const tg_ticket *)parsed->payloads, &covered) != TG_OK)
        return TG_OK;
    TRY(tg_mac(m->crypto, ((tg_v *)last)->auth_alg, making->keys.auth_key, &covered, mac));
    ((tg_v *)last)->ver_data = tg_arena_copy(m->arena, mac, ((tg_v *)last)->ver_data.len);
    return ((tg_v *)last)->ver_data.data ? TG_OK : TG_ARENA_FULL;
}

/* 12.1: RAND as long as the longest of TPK and MPK, RFC 3830 6.11: 16 at least. */
static size_t rand_len(tg_bytes tpk)
{
    size_t len = tpk.len > 32 ? tpk.len : 32;
    return len > UINT8_MAX ? UINT8_MAX : len;
}

static tg_status new_keys(const tg_maker *m, tg_suite suite, uint8_t prf, tg_bytes rand, const tg_key_plan *plans,
                          size_t num, tg_ticket_keys *out)
{
    tg_chain_maker session = { .arena = m->arena };
    size_t mpk_len = suite.mac_alg == TG_MAC_HMAC_SHA_256_256 ? 32 : 16;
    *out = (tg_ticket_keys){ 0 };
    TRY(tg_make_random(m, mpk_len, &out->mpk));
    TRY(tg_make_random(m, tg_fitting_spi(mpk_len, false, 0), &out->spi));
    TRY(derive_mpk(m, prf, out->mpk, true, rand, &out->mpki));
    TRY(derive_mpk(m, prf, out->mpk, false, rand, &out->mpkr));
    TRY(tg_add_planned_keys(&session, m, plans, num));
    out->session = session.first;
    return TG_OK;
}

tg_status tg_make_ticket(const tg_maker *m, tg_suite suite, tg_bytes tpk, const tg_identity *tpk_id, uint64_t now,
                         const tg_key_plan *keys, size_t num_keys, tg_sender from, tg_ticket *ticket,
                         tg_ticket_keys *out)
{
    tg_chain_maker c = { .arena = m->arena }, plain = { .arena = m->arena };
    tg_making making = {
        .arena = m->arena, .settings = m->settings, .of_ticket = true, .from = from, .ex = "", .ticket = ticket
    };
    tg_bytes rand;
    uint8_t t[8];
    TRY(tg_make_random(m, rand_len(tpk), &rand));
    TRY(new_keys(m, suite, ticket->prf_func, rand, keys, num_keys, out));
    tg_u64_octets(now, t);
    if (!tg_add(&c, TG_PAYLOAD_THDR))
        return TG_ARENA_FULL;
    tg_add_t(&c, TG_TS_NTP_UTC, tg_bytes_of(t, sizeof t));
    const tg_t *issued = (const tg_t *)c.last;
    tg_rand *rand_payload = (tg_rand *)tg_add(&c, TG_PAYLOAD_RAND);
    if (!rand_payload)
        return TG_ARENA_FULL;
    rand_payload->rand = rand;
    tg_add_key(&plain, TG_KEY_MPK, out->mpk, (tg_bytes){ 0 }, out->spi);
    for (const tg_payload *k = out->session; k; k = k->next)
        tg_add_key_like(&plain, (const tg_key_data *)k, ((const tg_key_data *)k)->key_data);
    TRY(plain.status);
    tg_add_kemac(&c, suite.encr_alg, plain.first);
    tg_kemac *kemac = (tg_kemac *)c.last;
    if (tpk_id)
        tg_add_idr(&c, TG_ID_ROLE_PSK, tpk_id);
    tg_add_v(&c, suite.mac_alg);
    TRY(c.status);
    ticket->ticket_data = (tg_chain){ TG_CHAIN_PAYLOADS, { 0 }, c.first };
    const tg_deviation *d = tg_deviation_applies(m->deviation, &making) ? m->deviation : NULL;
    if (d && d->model)
        d->model(&making);
    TRY(ticket_data_keys(m, suite, ticket, tpk, rand, issued, &making));
    if (d && d->keys)
        d->keys(&making);
    TRY(tg_encrypt(m, &making, kemac));
    return authenticate_ticket(m, &making, ticket);
}

tg_status tg_granted_keys(const tg_maker *m, tg_bytes mpki, tg_bytes mpkr, tg_bytes spi, const tg_payload *session,
                          tg_payload **out)
{
    tg_chain_maker c = { .arena = m->arena };
    tg_add_key(&c, TG_KEY_MPK, mpki, (tg_bytes){ 0 }, spi);
    if (mpkr.len > 0)
        tg_add_key(&c, TG_KEY_MPK, mpkr, (tg_bytes){ 0 }, spi);
    for (const tg_payload *k = session; k; k = k->next)
        tg_add_key_like(&c, (const tg_key_data *)k, ((const tg_key_data *)k)->key_data);
    *out = c.first;
    return c.status;
}
