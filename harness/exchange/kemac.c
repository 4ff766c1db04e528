/* KEMAC: opening one (section 4), and the keys in it in order. */
#include "case.h"

/* ---- opening ------------------------------------------------------------------------------------------------ */

enum { KW_BLOCK = 8, KW_LEAST = 16 };

static bool is_zero(tg_bytes octets)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < octets.len; i++)
        seen |= octets.data[i];
    return seen == 0;
}

/* kw_pad=zero: cuts off zeros behind the last sub-payload, fewer than a block, or what fills up to the least that can
 * be wrapped (A14). Nothing but such zeros is an empty plaintext. */
static tg_status cut_padding(tg_case *k, tg_lock *lock, size_t end, tg_payload **keys)
{
    tg_bytes padding = tg_bytes_of(lock->plain.data + end, lock->plain.len - end);
    if (lock->plain.len == KW_LEAST && is_zero(lock->plain)) {
        lock->plain.len = 0;
        *keys = NULL;
        return TG_OK;
    }
    if (!is_zero(padding) || (padding.len >= KW_BLOCK && lock->plain.len > KW_LEAST))
        return TG_TRAILING;
    lock->plain.len = end;
    return tg_message_parse_keys(lock->plain, lock->data_type, k->arena, keys, NULL);
}

static tg_outcome cut_keys(tg_case *k, tg_lock *lock)
{
    tg_diag diag;
    tg_payload *keys = NULL;
    tg_status status = tg_message_parse_keys(lock->plain, lock->data_type, k->arena, &keys, &diag);
    if (status == TG_TRAILING && lock->kemac->encr_alg == TG_ENCR_AES_KW_128 && k->settings->kw_pad == TG_KW_PAD_ZERO &&
        diag.offset <= lock->plain.len)
        status = cut_padding(k, lock, diag.offset, &keys);
    if (!tg_case_is_ok(k, status))
        return TG_OUTCOME_FAIL;
    lock->keys = keys;
    return TG_OUTCOME_OK;
}

static bool derive_iv(tg_case *k, tg_lock *lock, size_t iv_len)
{
    uint8_t t[8] = { 0 };
    uint8_t *iv = tg_case_alloc(k, iv_len);
    bool has_t = lock->t && tg_timestamp_64(k->settings, lock->t->ts_type, lock->t->ts_value, t);
    /* AES-KW has its salt as the IV, and needs no T. */
    if (!iv || (!has_t && lock->kemac->encr_alg != TG_ENCR_AES_KW_128))
        return false;
    lock->iv = tg_bytes_of(iv, iv_len);
    return tg_case_is_ok(k, tg_kemac_iv(lock->kemac->encr_alg, lock->salt_key, lock->csb_id, t, iv));
}

static tg_outcome open_kemac(tg_case *k, tg_lock *lock)
{
    const tg_kemac *kemac = lock->kemac;
    size_t key_len, salt_len, iv_len;
    if (kemac->encr_alg == TG_ENCR_NULL) {
        lock->plain = kemac->encr_data.octets;
        lock->keys = kemac->encr_data.payloads;
        return TG_OUTCOME_OK;
    }
    if (lock->keying->kind == TG_KEYING_UNKNOWN || !tg_encr_sizes(kemac->encr_alg, &key_len, &salt_len, &iv_len) ||
        !tg_derive(k, lock->keying, TG_USE_ENCR, key_len, &lock->encr_key) ||
        !tg_derive(k, lock->keying, TG_USE_SALT, salt_len, &lock->salt_key))
        return TG_OUTCOME_SKIPPED;
    if (!derive_iv(k, lock, iv_len))
        return TG_OUTCOME_SKIPPED; /* without T there is no IV */
    if (!tg_case_is_ok(k, tg_kemac_decrypt(k->crypto, kemac->encr_alg, lock->encr_key, lock->iv,
                                           kemac->encr_data.octets, k->arena, &lock->plain)))
        return TG_OUTCOME_FAIL;
    return cut_keys(k, lock);
}

tg_outcome tg_open_kemac(tg_case *k, tg_lock *lock)
{
    static const uint8_t nothing = 0;
    tg_outcome outcome = open_kemac(k, lock);
    if (!lock->plain.data)
        lock->plain.data = &nothing; /* an empty plaintext is one all the same */
    return outcome;
}

/* The T of the message, or (iv_time=initial, A07) that of the message it answers. */
static const tg_t *t_of_iv(const tg_case *k)
{
    const tg_entry *answered = k->entry->answered;
    return k->settings->iv_time == TG_IV_TIME_INITIAL && answered ? answered->parts.t : k->parts->t;
}

void tg_open_own_kemac(tg_case *k)
{
    if (!k->parts->kemac)
        return;
    tg_lock lock = { .kemac = k->parts->kemac,
                     .keying = &k->entry->keying,
                     .csb_id = k->message->hdr.csb_id,
                     .t = t_of_iv(k),
                     .data_type = k->data_type };
    k->judgement->kemac = tg_open_kemac(k, &lock);
    if (k->judgement->kemac == TG_OUTCOME_SKIPPED)
        return;
    k->derived->encr_key = lock.encr_key;
    k->derived->salt_key = lock.salt_key;
    k->derived->iv = lock.iv;
    if (k->judgement->kemac != TG_OUTCOME_OK)
        return;
    k->derived->kemac_plain = lock.plain;
    k->judgement->keys = lock.keys;
    /* The KMS sends the keys of the ticket; Initiator and Responder send their own. */
    bool from_kms = k->data_type == TG_DATA_TYPE_REQUEST_RESP || k->data_type == TG_DATA_TYPE_RESOLVE_RESP;
    tg_sort_keys(k, lock.keys, from_kms, &k->keys);
}

/* ---- the keys in it ----------------------------------------------------------------------------------------- */

static size_t count_session_keys(const tg_payload *payloads)
{
    size_t num = 0;
    for (const tg_payload *p = payloads; p; p = p->next)
        num += p->type == TG_PAYLOAD_KEY_DATA && ((const tg_key_data *)p)->type != TG_KEY_MPK;
    return num;
}

static void add_mpk(const tg_key_data *key, tg_key_set *out)
{
    if (key == out->first) {
        out->mpk[0] = key;
        return;
    }
    out->num_later_mpks++;
    out->mpk_after_others |= out->num_session > 0;
    if (!out->mpk[1])
        out->mpk[1] = key;
}

static void add_session_key(const tg_key_data *key, bool of_ticket, tg_key_set *out)
{
    tg_known_key *known = &out->session[out->num_session++];
    *known = (tg_known_key){ .type = key->type, .key = key->key_data, .of_ticket = of_ticket };
    if (key->kv_data.kv == TG_KV_SPI)
        known->spi = key->kv_data.spi;
    if (tg_key_type_has_salt(key->type))
        known->salt = key->salt_data;
    if (out->num_session > 1)
        known[-1].next = known;
    if (!tg_is_session_type(key->type) && !out->unknown)
        out->unknown = key;
    if ((tg_is_tgk_type(key->type) || tg_is_gtgk_type(key->type)) && key->key_data.len > out->longest_tgk)
        out->longest_tgk = key->key_data.len;
}

void tg_sort_keys(tg_case *k, const tg_payload *payloads, bool of_ticket, tg_key_set *out)
{
    size_t num = count_session_keys(payloads);
    out->session = num ? tg_case_alloc(k, num * sizeof *out->session) : NULL;
    if (num && !out->session)
        return;
    for (const tg_payload *p = payloads; p; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (p->type != TG_PAYLOAD_KEY_DATA)
            continue;
        if (!out->first)
            out->first = key;
        if (key->type == TG_KEY_MPK)
            add_mpk(key, out);
        else
            add_session_key(key, of_ticket, out);
    }
    /* From behind, so that the first key with an SPI is the one that is found. */
    for (size_t i = out->num_session; i-- > 0;) {
        tg_known_key *key = &out->session[i];
        if (key->spi.len && tg_is_usable(key->key) && !tg_index_put(&out->by_spi, k->arena, key->spi, key, NULL))
            k->status = TG_ARENA_FULL;
    }
}
