/* Lengths of keys and RANDs, and algorithms that are too weak for the keys: RFC 6043 12.1. */
#include "case.h"

enum { LEAST_KEY = 16 }; /* octets: 128 bits */

static bool is_ticket_open(const tg_case *k)
{
    return k->opened && k->opened->outcome == TG_OUTCOME_OK;
}
static bool are_ticket_keys_open(const tg_case *k)
{
    return is_ticket_open(k) && k->opened->kemac == TG_OUTCOME_OK;
}
static bool are_keys_open(const tg_case *k)
{
    return k->judgement->auth == TG_OUTCOME_OK && k->judgement->kemac == TG_OUTCOME_OK;
}

/* ---- keys (12.1-04) ------------------------------------------------------------------------------------------ */

static void expect_strength(tg_case *k, const char *what, size_t len)
{
    if (len < LEAST_KEY)
        tg_say(k, "RFC6043-12.1-04", tg_at_message(), "expected a %s of 16 octets or more, found %zu", what, len);
}

static void expect_strengths(tg_case *k, const tg_payload *keys)
{
    for (const tg_payload *p = keys; p; p = p->next) {
        if (p->type == TG_PAYLOAD_KEY_DATA)
            expect_strength(k, "key", ((const tg_key_data *)p)->key_data.len);
    }
}

static void check_keys(tg_case *k)
{
    const tg_keying *keying = &k->entry->keying;
    if (keying->kind == TG_KEYING_MESSAGE && keying->is_credential)
        expect_strength(k, "pre-shared or envelope key", keying->inkey.len);
    if (is_ticket_open(k))
        expect_strength(k, "TPK", k->known->secrets.tpk.len);
    if (are_ticket_keys_open(k))
        expect_strengths(k, k->opened->key_payloads);
    if (are_keys_open(k))
        expect_strengths(k, k->judgement->keys);
}

/* ---- RANDs (12.1-05) ----------------------------------------------------------------------------------------- */

/* RANDs that are not there have rows of their own. */
static void expect_rand(tg_case *k, const char *what, size_t len, size_t least)
{
    if (len && len < least)
        tg_say(k, "RFC6043-12.1-05", tg_at_message(), "expected %s of %zu octets or more, found %zu", what, least, len);
}

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void check_request(tg_case *k)
{
    const tg_entry *entry = k->entry;
    bool is_resolve = tg_is_resolve_init(k->data_type);
    tg_bytes rand = tg_rand_of(k->parts, is_resolve ? TG_RAND_ROLE_R : TG_RAND_ROLE_I);
    tg_bytes key = tg_is_pk_init(k->data_type) ? entry->env_key : entry->keying.inkey;
    expect_rand(k, is_resolve ? "RANDRr" : "RANDRi", rand.len, key.len);
}

static void check_transfer(tg_case *k)
{
    bool is_resp = k->data_type == TG_DATA_TYPE_TRANSFER_RESP, has_g = tg_has_flag(k->ticket, 'G');
    bool literal = k->settings->rand_sum == TG_RAND_SUM_LITERAL;
    size_t randri = tg_rand_of(&k->transfer_init->parts, TG_RAND_ROLE_I).len;
    size_t randrr = is_resp && has_g ? tg_rand_of(k->parts, TG_RAND_ROLE_R).len : 0;
    size_t mpki = tg_known_mpki(k).len, longest_tgk = k->bundle->has_keys ? k->bundle->keys.longest_tgk : 0;
    if (literal && is_resp == has_g)
        expect_rand(k, has_g ? "RANDRi and RANDRr" : "RANDRi", randri + randrr, longer(mpki, longest_tgk));
    if (!literal && !is_resp)
        expect_rand(k, "RANDRi", randri, mpki);
    if (!literal && is_resp) {
        size_t of_tek = (tg_has_flag(k->ticket, 'H') ? randri : 0) + randrr;
        expect_rand(k, "RANDs for the MPK", randri + randrr, k->entry->keying.inkey.len);
        expect_rand(k, "RANDs for TGKs", of_tek, longest_tgk);
    }
}

static void check_resolve_resp(tg_case *k)
{
    size_t least = k->keys.mpk[1] ? k->keys.mpk[1]->key_data.len : 0;
    if (!tg_has_flag(k->ticket, 'I') || !are_keys_open(k))
        return;
    for (size_t i = 0; i < k->keys.num_session; i++) {
        if (tg_is_tgk_type(k->keys.session[i].type))
            least = longer(least, k->keys.session[i].key.len);
    }
    expect_rand(k, "RANDRkms", tg_rand_of(k->parts, TG_RAND_ROLE_KMS).len, least);
}

static void check_rands(tg_case *k)
{
    if (tg_is_request_init(k->data_type) || tg_is_resolve_init(k->data_type))
        check_request(k);
    else if ((tg_is_init_transfer(k) || tg_is_resp_transfer(k)) && k->transfer_init && k->ticket)
        check_transfer(k);
    else if (k->data_type == TG_DATA_TYPE_RESOLVE_RESP)
        check_resolve_resp(k);
    if (is_ticket_open(k))
        expect_rand(k, "RAND in the ticket", k->opened->rand->rand.len,
                    longer(k->known->secrets.tpk.len, k->opened->derived.ticket.mpk.len));
}

/* ---- algorithms (12.1-09) ------------------------------------------------------------------------------------ */

static bool is_short_encr(uint8_t encr_alg)
{
    return encr_alg == TG_ENCR_AES_CM_128 || encr_alg == TG_ENCR_AES_KW_128;
}

static bool has_short_algorithm(const tg_payload *chain)
{
    for (const tg_payload *p = chain; p; p = p->next) {
        const tg_kemac *kemac = (const tg_kemac *)p;
        if (p->type == TG_PAYLOAD_KEMAC && (is_short_encr(kemac->encr_alg) || kemac->mac_alg == TG_MAC_HMAC_SHA_1_160))
            return true;
        if (p->type == TG_PAYLOAD_V && ((const tg_v *)p)->auth_alg == TG_MAC_HMAC_SHA_1_160)
            return true;
    }
    return false;
}

/* The scope of 12.1-08 (FORMAT.md section 6): a ticket may have been made by somebody else (A21). */
static bool is_message_short(const tg_case *k)
{
    bool whole = k->settings->mix_scope == TG_MIX_SCOPE_MESSAGE;
    const tg_ticket *ticket = k->parts->ticket;
    if (k->message->hdr.prf_func == TG_PRF_MIKEY_1 || has_short_algorithm(k->message->payloads))
        return true;
    if (whole && k->parts->tp && k->parts->tp->prf_func == TG_PRF_MIKEY_1)
        return true;
    if (!ticket)
        return false;
    return has_short_algorithm(ticket->initiator_data.payloads) || (whole && ticket->prf_func == TG_PRF_MIKEY_1) ||
           (whole && k->opened && has_short_algorithm(k->opened->payloads));
}

static bool has_long_session_key(const tg_key_set *keys)
{
    for (size_t i = 0; i < keys->num_session; i++) {
        uint8_t type = keys->session[i].type;
        if (tg_is_session_type(type) && keys->session[i].key.len > LEAST_KEY)
            return true;
    }
    return false;
}

static void check_algorithms(tg_case *k)
{
    const char *id = "RFC6043-12.1-09";
    if (are_keys_open(k) && has_long_session_key(&k->keys) && is_message_short(k))
        tg_say(k, id, tg_at_payload(k->parts->kemac),
               "expected 256-bit algorithms with session keys longer than 128 bits, found a shorter one");
    if (are_ticket_keys_open(k) && has_long_session_key(&k->opened->keys) &&
        (k->parts->ticket->prf_func == TG_PRF_MIKEY_1 || has_short_algorithm(k->opened->payloads)))
        tg_say(k, id, tg_at_field(k->parts->ticket, "ticket_data"),
               "expected 256-bit algorithms in a ticket with session keys longer than 128 bits, found a shorter one");
}

void tg_check_lengths(tg_case *k)
{
    if (!tg_is_mikey_ticket(k->data_type) && k->data_type != TG_DATA_TYPE_ERROR)
        return;
    check_keys(k);
    check_rands(k);
    check_algorithms(k);
}
