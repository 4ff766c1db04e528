/* Making payloads by hand. */
#include "make.h"

tg_status tg_make_random(const tg_maker *m, size_t len, tg_bytes *out)
{
    uint8_t *octets = tg_arena_alloc(m->arena, len > 0 ? len : 1);
    if (!octets)
        return TG_ARENA_FULL;
    TRY(m->random.fill(m->random.user, octets, len));
    *out = tg_bytes_of(octets, len);
    return TG_OK;
}

tg_payload *tg_add(tg_chain_maker *c, uint16_t type)
{
    tg_payload *payload = c->status == TG_OK ? tg_payload_new(c->arena, type) : NULL;
    if (!payload) {
        if (c->status == TG_OK)
            c->status = TG_ARENA_FULL;
        return NULL;
    }
    if (c->last)
        c->last->next = payload;
    else
        c->first = payload;
    c->last = payload;
    return payload;
}

/* Octets that belong to the chain: a copy, so that a deviation may change them. */
static tg_bytes own(tg_chain_maker *c, tg_bytes octets)
{
    tg_bytes copy = tg_arena_copy(c->arena, octets.data, octets.len);
    if (octets.len > 0 && !copy.data) {
        c->status = TG_ARENA_FULL;
        copy.len = 0;
    }
    return copy;
}

static tg_bytes zeros(tg_chain_maker *c, size_t len)
{
    uint8_t *octets = len > 0 ? tg_arena_alloc(c->arena, len) : NULL;
    if (octets)
        memset(octets, 0, len);
    else if (len > 0)
        c->status = TG_ARENA_FULL;
    return tg_bytes_of(octets, octets ? len : 0);
}

void tg_add_t(tg_chain_maker *c, uint8_t ts_type, tg_bytes ts_value)
{
    tg_t *t = (tg_t *)tg_add(c, TG_PAYLOAD_T);
    if (!t)
        return;
    t->ts_type = ts_type;
    t->ts_value = own(c, ts_value);
}

void tg_add_tr(tg_chain_maker *c, uint8_t role, uint8_t ts_type, uint64_t ntp)
{
    tg_tr *tr = (tg_tr *)tg_add(c, TG_PAYLOAD_TR);
    if (!tr)
        return;
    uint8_t value[8];
    tg_u64_octets(ntp, value);
    tr->ts_role = role;
    tr->ts_type = ts_type;
    tr->ts_value = own(c, tg_bytes_of(value, ts_type == TG_TS_NTP_UTC_32 ? 4 : 8));
}

void tg_add_idr(tg_chain_maker *c, uint8_t role, const tg_identity *id)
{
    tg_idr *idr = id->known ? (tg_idr *)tg_add(c, TG_PAYLOAD_IDR) : NULL;
    if (!idr)
        return;
    idr->id_role = role;
    idr->id_type = id->id_type;
    idr->id_data = own(c, id->data);
}

tg_bytes tg_rand_in(const tg_message *message, uint8_t rand_role)
{
    const tg_randr *randr = tg_randr_find(message->payloads, rand_role);
    return randr ? randr->rand : (tg_bytes){ 0 };
}

void tg_add_randr(tg_chain_maker *c, uint8_t role, tg_bytes rand)
{
    tg_randr *randr = (tg_randr *)tg_add(c, TG_PAYLOAD_RANDR);
    if (!randr)
        return;
    randr->rand_role = role;
    randr->rand = own(c, rand);
}

void tg_add_v(tg_chain_maker *c, uint8_t mac_alg)
{
    size_t mac_len = 0, key_len = 0;
    tg_v *v = (tg_v *)tg_add(c, TG_PAYLOAD_V);
    if (!v)
        return;
    v->auth_alg = mac_alg;
    if (tg_mac_sizes(mac_alg, &mac_len, &key_len))
        v->ver_data = zeros(c, mac_len);
}

void tg_add_policies(tg_chain_maker *c, const tg_security_policy *policies, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        tg_sp *sp = (tg_sp *)tg_add(c, TG_PAYLOAD_SP);
        if (!sp)
            return;
        sp->policy_no = policies[i].policy_no;
        sp->prot_type = policies[i].prot_type;
        sp->policy_param = policies[i].params;
        sp->num_policy_param = policies[i].num_params;
    }
}

void tg_add_kemac(tg_chain_maker *c, uint8_t encr_alg, tg_payload *keys)
{
    tg_kemac *kemac = (tg_kemac *)tg_add(c, TG_PAYLOAD_KEMAC);
    if (!kemac)
        return;
    kemac->encr_alg = encr_alg;
    kemac->encr_data.form = TG_CHAIN_PAYLOADS;
    kemac->encr_data.payloads = keys;
    kemac->mac_alg = TG_MAC_NULL;
}

void tg_add_sdp_ids(tg_chain_maker *c, tg_bytes list)
{
    tg_general_ext *ext = list.len > 0 ? (tg_general_ext *)tg_add(c, TG_PAYLOAD_GENERAL_EXT) : NULL;
    if (!ext)
        return;
    ext->type = TG_EXT_SDP_IDS;
    ext->data = own(c, list);
}

void tg_add_ticket(tg_chain_maker *c, const tg_ticket *ticket)
{
    tg_ticket *copy = (tg_ticket *)tg_add(c, TG_PAYLOAD_TICKET);
    if (!copy)
        return;
    *copy = *ticket;
    copy->head.next = NULL;
}

void tg_add_certificates(tg_chain_maker *c, const tg_pk *pk)
{
    for (size_t n = 0; tg_pk_certificate(pk, n).len > 0; n++) {
        tg_cert *cert = (tg_cert *)tg_add(c, TG_PAYLOAD_CERT);
        if (!cert)
            return;
        cert->cert_type = TG_CERT_TYPE_X_509V3;
        cert->cert_data = own(c, tg_pk_certificate(pk, n));
    }
}

void tg_add_chash(tg_chain_maker *c, tg_crypto *crypto, const tg_pk *kms, uint8_t prf_func)
{
    uint8_t hash[32], hash_func = prf_func == TG_PRF_HMAC_SHA_256 ? TG_HASH_SHA_256 : TG_HASH_SHA_1;
    size_t len = 0;
    if (!tg_pk_has_certificate(kms) || !tg_hash_octets(crypto, hash_func, tg_pk_certificate(kms, 0), hash, &len))
        return;
    tg_chash *chash = (tg_chash *)tg_add(c, TG_PAYLOAD_CHASH);
    if (!chash)
        return;
    chash->hash_func = hash_func;
    chash->hash = own(c, tg_bytes_of(hash, len));
}

void tg_add_pke(tg_chain_maker *c, const tg_maker *m, const tg_pk *kms, tg_bytes env_key)
{
    tg_pke *pke = (tg_pke *)tg_add(c, TG_PAYLOAD_PKE);
    if (!pke)
        return;
    tg_status status = tg_pke_seal(m->crypto, m->settings, kms, env_key, c->arena, &pke->data);
    if (status != TG_OK)
        c->status = status;
}

void tg_add_sign(tg_chain_maker *c, const tg_pk *pk, uint8_t s_type)
{
    tg_sign *sign = (tg_sign *)tg_add(c, TG_PAYLOAD_SIGN);
    if (!sign)
        return;
    sign->s_type = s_type;
    sign->signature = zeros(c, tg_pk_octets(pk));
}

void tg_add_key(tg_chain_maker *c, uint8_t type, tg_bytes key, tg_bytes salt, tg_bytes spi)
{
    tg_key_data *data = (tg_key_data *)tg_add(c, TG_PAYLOAD_KEY_DATA);
    if (!data)
        return;
    data->type = type;
    data->key_data = own(c, key);
    data->salt_data = own(c, salt);
    data->kv_data.kv = TG_KV_SPI;
    data->kv_data.spi = own(c, spi);
}

void tg_add_key_like(tg_chain_maker *c, const tg_key_data *like, tg_bytes key)
{
    tg_key_data *data = (tg_key_data *)tg_add(c, TG_PAYLOAD_KEY_DATA);
    if (!data)
        return;
    data->type = like->type;
    data->key_data = own(c, key);
    data->salt_data = own(c, like->salt_data);
    data->kv_data = like->kv_data;
}

/* Key data (RFC 3830 6.13): Next Payload, type and KV, length, key, [length, salt], length, SPI. Two octets at least,
 * so that few keys share one. */
size_t tg_fitting_spi(size_t key_len, bool has_salt, size_t salt_len)
{
    size_t len = 5 + key_len + (has_salt ? 2 + salt_len : 0);
    size_t spi = (8 - len % 8) % 8;
    return spi < 2 ? spi + 8 : spi;
}

tg_status tg_add_planned_keys(tg_chain_maker *c, const tg_maker *m, const tg_key_plan *keys, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        const tg_key_plan *plan = &keys[i];
        bool has_salt = tg_key_type_has_salt(plan->type);
        tg_bytes key, salt = { 0 }, spi = plan->spi;
        TRY(tg_make_random(m, plan->key_len, &key));
        if (has_salt)
            TRY(tg_make_random(m, plan->salt_len, &salt));
        if (spi.len == 0)
            TRY(tg_make_random(
                m, plan->spi_len ? plan->spi_len : tg_fitting_spi(plan->key_len, has_salt, plan->salt_len), &spi));
        tg_add_key(c, plan->type, key, salt, spi);
    }
    return c->status;
}
