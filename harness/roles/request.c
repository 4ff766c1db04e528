/* REQUEST_INIT and RESOLVE_INIT, in both variants (RFC 6043 4.2.1.1 to 3, 4.2.3.1 to 3). */
#include "role.h"

size_t tg_longest_key(const tg_payload *keys)
{
    size_t longest = 0;
    for (; keys; keys = keys->next) {
        if (keys->type == TG_PAYLOAD_KEY_DATA && ((const tg_key_data *)keys)->key_data.len > longest)
            longest = ((const tg_key_data *)keys)->key_data.len;
    }
    return longest;
}

bool tg_role_same_ticket(const tg_ticket *a, const tg_ticket *b)
{
    return a->ticket_type == b->ticket_type && a->subtype == b->subtype && a->version == b->version &&
           a->prf_func == b->prf_func && a->flags == b->flags && a->res == b->res &&
           tg_bytes_equal(a->tp_data.octets, b->tp_data.octets) &&
           tg_bytes_equal(a->ticket_data.octets, b->ticket_data.octets);
}

/* An identity that is left out enters the MAC as it is known, or not at all (A03). */
static tg_identity covered(const tg_role *role, const tg_identity *id)
{
    bool out = role->c.leave_out_ids && role->profile.settings.absent_identity == TG_ABSENT_IDENTITY_EMPTY;
    return out ? (tg_identity){ 0 } : *id;
}

static tg_status new_env_key(tg_role *role, tg_suite suite, tg_bytes *out)
{
    role->env_key_len = suite.prf_func == TG_PRF_HMAC_SHA_256 ? 32 : 16;
    *out = tg_bytes_of(role->env_key, role->env_key_len);
    return role->c.random.fill(role->c.random.user, role->env_key, role->env_key_len);
}

static tg_status add_common(tg_role *role, const tg_kms_request *q, size_t key_len, tg_chain_maker *c)
{
    static const tg_identity left_out;
    tg_status status;
    tg_bytes rand = tg_role_rand(role, key_len, &status);
    TRY(status);
    tg_add_now(c, role, NULL);
    tg_add_randr(c, q->rand_role, rand);
    tg_add_idr(c, q->id_role, role->c.leave_out_ids ? &left_out : &q->self);
    if (q->pk)
        tg_add_certificates(c, role->c.rsa);
    tg_add_idr(c, TG_ID_ROLE_KMS, role->c.leave_out_ids ? &left_out : &q->kms);
    if (q->ticket) {
        tg_add_ticket(c, q->ticket);
    } else {
        tg_tp *tp = (tg_tp *)tg_add(c, TG_PAYLOAD_TP);
        if (tp) {
            *tp = *q->tp;
            tp->head.next = NULL;
        }
    }
    return c->status;
}

tg_status tg_send_kms_request(tg_role *role, const tg_kms_request *q, bool keep)
{
    tg_maker m = tg_role_maker(role);
    tg_chain_maker c = { .arena = m.arena };
    tg_message model = { .hdr = { .version = 1,
                                  .data_type = q->pk ? q->data_type_pk : q->data_type_psk,
                                  .v = role->profile.settings.v_flag == TG_V_FLAG_SEC4,
                                  .prf_func = q->suite.prf_func,
                                  .map = { .cs_id_map_type = TG_MAP_EMPTY } } };
    tg_protection how = { .direction = TG_DIRECTION_INITIAL };
    tg_bytes key = q->psk;
    if (q->pk && (!role->c.rsa || !role->c.rsa_kms || !tg_pk_is_private(role->c.rsa)))
        return TG_BAD_KEY;
    TRY(tg_role_csb_id(role, &model.hdr.csb_id));
    if (q->pk)
        TRY(new_env_key(role, q->suite, &key));
    if (key.len == 0)
        return TG_BAD_KEY;
    TRY(add_common(role, q, key.len, &c));
    if (q->pk) {
        if (role->c.chash)
            tg_add_chash(&c, m.crypto, role->c.rsa_kms, q->suite.prf_func);
        tg_add_pke(&c, &m, role->c.rsa_kms, key);
        tg_add_sign(&c, role->c.rsa, role->c.s_type);
        how.sign_key = role->c.rsa;
    } else {
        tg_add_idr(&c, TG_ID_ROLE_PSK, &q->psk_id);
        tg_add_v(&c, q->suite.mac_alg);
    }
    TRY(c.status);
    model.payloads = c.first;
    const tg_randr *own = tg_randr_find(c.first, q->rand_role);
    how.inkey = key;
    if (q->rand_role == TG_RAND_ROLE_I)
        how.rands.randri = own->rand;
    else
        how.rands.randrr = own->rand;
    how.identities[0] = covered(role, &q->self);
    how.identities[1] = covered(role, &q->kms);
    tg_making making = { .message = &model, .ex = q->ex };
    return tg_protect_and_send(role, &making, &how, TG_SENDER_K, keep);
}
