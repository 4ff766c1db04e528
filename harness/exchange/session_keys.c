/* The keys that crypto sessions name, and the TEKs and salts derived from them: section 7, RFC 6043 5.1.1 and 5.1.3. */
#include "case.h"

/* This message's own KEMAC first, then those of earlier messages, then the ticket: TGKs that are known as TGK' alone are
 * those of the set. MPKs are in none of these. */
tg_known_key *tg_find_key(const tg_key_set *own, const tg_bundle *bundle, const tg_forked_set *forked, tg_bytes spi)
{
    tg_known_key *key = NULL;
    if (spi.len == 0)
        return NULL;
    if (own)
        key = tg_index_find(&own->by_spi, spi);
    if (!key)
        key = tg_index_find(&bundle->sent_by_spi, spi);
    if (!key && forked && bundle->keys_are_forked) {
        key = tg_index_find(&forked->keys.by_spi, spi);
        key = key && tg_is_tgk_type(key->type) ? key : NULL;
    }
    return key ? key : tg_index_find(&bundle->keys.by_spi, spi);
}

/* ---- policies ------------------------------------------------------------------------------------------------ */

enum { DEFAULT_TEK_LEN = 16, DEFAULT_SALT_LEN = 14, MAX_LEN = 64 };

/* Lengths by policy number, as the first SP with the number says. */
typedef struct policy_lens {
    uint8_t tek_len, salt_len; /* 0: no such SP */
} policy_lens;

/* The octets that a parameter asks for; the default when it says nothing that makes sense. */
static uint8_t len_of_param(const tg_sp *sp, uint8_t type, uint8_t otherwise)
{
    for (size_t i = 0; i < sp->num_policy_param; i++) {
        const tg_param *param = &sp->policy_param[i];
        if (param->type != type)
            continue;
        unsigned len = 0;
        for (size_t j = 0; j < param->value.len && len <= MAX_LEN; j++)
            len = len << 8 | param->value.data[j];
        return len >= 1 && len <= MAX_LEN ? (uint8_t)len : otherwise;
    }
    return otherwise;
}

static void add_policies(const tg_message *message, policy_lens out[256])
{
    for (const tg_payload *p = message->payloads; (p = tg_payload_find(p, TG_PAYLOAD_SP)); p = p->next) {
        const tg_sp *sp = (const tg_sp *)p;
        policy_lens *lens = &out[sp->policy_no];
        if (lens->tek_len)
            continue;
        lens->tek_len = len_of_param(sp, TG_SRTP_PARAM_SESSION_ENCR_KEY_LENGTH, DEFAULT_TEK_LEN);
        lens->salt_len = len_of_param(sp, TG_SRTP_PARAM_SESSION_SALT_KEY_LENGTH, DEFAULT_SALT_LEN);
    }
}

/* ---- derivation ---------------------------------------------------------------------------------------------- */

/* TGKs of this message that were forked. */
typedef struct forked_key {
    struct forked_key *next;
    const tg_known_key *key;
    tg_bytes forked;
} forked_key;

typedef struct deriving {
    tg_case *k;
    bool has_policies;
    policy_lens lens[256];
    tg_rands rands;
    bool lacks_randrr;
    forked_key *forks;
} deriving;

/* TGK' by the modifier in TRANSFER_RESP; each is forked once. */
static bool fork_tgk(deriving *d, tg_known_key *key, tg_bytes *out)
{
    tg_case *k = d->k;
    for (const forked_key *f = d->forks; f; f = f->next) {
        if (f->key == key) {
            *out = f->forked;
            return true;
        }
    }
    if (!k->initial_resp || !tg_fork(k, k->ticket, key->key, false, &k->initial_resp->parts, out))
        return false;
    forked_key *fork = tg_case_alloc(k, sizeof *fork);
    if (!fork || !tg_remember(k->conversation, &key->forked, sizeof key->forked))
        return false;
    *fork = (forked_key){ d->forks, key, *out };
    d->forks = fork;
    key->forked = *out;
    return true;
}

/* The key that session keys are derived from. Only keys that the ticket encodes are forked (5.2). */
static bool find_inkey(deriving *d, tg_known_key *key, tg_bytes *out)
{
    bool is_forked = key->of_ticket && tg_is_tgk_type(key->type) && tg_has_flag(d->k->ticket, 'I');
    if (!is_forked)
        *out = key->key;
    else if (key->key.len)
        return fork_tgk(d, key, out);
    else
        *out = key->forked;
    return tg_is_usable(*out);
}

static bool run(deriving *d, uint8_t cs_id, tg_bytes inkey, tg_key_use use, size_t len, tg_bytes *out)
{
    tg_derivation derivation;
    tg_case *k = d->k;
    return tg_case_is_ok(k, tg_derive_session_key(k->arena, k->message->hdr.prf_func, inkey, use, cs_id, d->rands, len,
                                                  &derivation)) &&
           tg_case_is_ok(k, tg_derivation_run_in(k->crypto, &derivation, k->arena, out));
}

/* TEK and salt from a TGK or GTGK: SRTP says how long in its policy, others take the length of the key (A31). */
static bool derive_tek(deriving *d, const tg_generic_cs *cs, const tg_known_key *key, tg_bytes inkey,
                       tg_session_key *out)
{
    tg_case *k = d->k;
    if (d->lacks_randrr)
        return false;
    if (!tg_is_prot(k, cs->prot_type, TG_PROT_KIND_SRTP))
        return run(d, cs->cs_id, inkey, TG_USE_TEK, inkey.len, &out->tek);
    if (!d->has_policies) {
        d->has_policies = true;
        add_policies(k->message, d->lens);
        if (k->entry->answered)
            add_policies(k->entry->answered->message, d->lens);
    }
    policy_lens lens = { 0, 0 };
    if (cs->ps.len)
        lens = d->lens[cs->ps.data[0]];
    if (!run(d, cs->cs_id, inkey, TG_USE_TEK, lens.tek_len ? lens.tek_len : DEFAULT_TEK_LEN, &out->tek))
        return false;
    if (tg_key_type_has_salt(key->type))
        return true;
    out->has_salt = true;
    return run(d, cs->cs_id, inkey, TG_USE_SALT, lens.salt_len ? lens.salt_len : DEFAULT_SALT_LEN, &out->salt);
}

static bool derive_session(deriving *d, const tg_generic_cs *cs, tg_session_key *out)
{
    tg_case *k = d->k;
    tg_bytes inkey;
    tg_known_key *key = tg_find_key(&k->keys, k->bundle, k->forked, cs->spi);
    bool is_tek = key && tg_is_tek_type(key->type);
    if (!key || !(is_tek || tg_is_tgk_type(key->type) || tg_is_gtgk_type(key->type)) || !find_inkey(d, key, &inkey))
        return false;
    *out = (tg_session_key){ .cs_id = cs->cs_id };
    if (tg_key_type_has_salt(key->type)) {
        out->has_salt = true;
        out->salt = key->salt;
    }
    if (is_tek)
        out->tek = inkey;
    return is_tek || derive_tek(d, cs, key, inkey, out);
}

void tg_derive_session_keys(tg_case *k)
{
    const tg_generic_cs *sessions;
    size_t num = tg_sessions_of(k->message, &sessions);
    bool is_transfer = k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    if (!is_transfer || !num || k->judgement->auth != TG_OUTCOME_OK || !k->initial_init)
        return;
    tg_session_key *keys = tg_case_alloc(k, num * sizeof *keys);
    if (!keys)
        return;
    deriving d = { .k = k };
    if (tg_has_flag(k->ticket, 'H'))
        d.rands.randri = tg_rand_of(&k->initial_init->parts, TG_RAND_ROLE_I);
    if (tg_has_flag(k->ticket, 'G')) {
        d.lacks_randrr = !k->initial_resp || !k->initial_resp->parts.randr[TG_RAND_ROLE_R];
        if (!d.lacks_randrr)
            d.rands.randrr = tg_rand_of(&k->initial_resp->parts, TG_RAND_ROLE_R);
    }
    for (size_t i = 0; i < num; i++)
        k->derived->num_cs += derive_session(&d, &sessions[i], &keys[k->derived->num_cs]);
    k->derived->cs = k->derived->num_cs ? keys : NULL;
}
