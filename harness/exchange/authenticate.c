/* The MAC or signature that ends a message, and Vr in Initiator Data. */
#include "case.h"

tg_outcome tg_check_mac(tg_case *k, tg_mac_check *check, const tg_coverage *covered)
{
    size_t mac_len, key_len;
    if (!tg_mac_sizes(check->alg, &mac_len, &key_len) || key_len == 0)
        return TG_OUTCOME_FAIL; /* the NULL MAC is never authentic */
    if (!tg_derive(k, check->keying, TG_USE_AUTH, key_len, &check->auth_key))
        return TG_OUTCOME_SKIPPED;
    tg_status status = tg_mac_verify(k->crypto, check->alg, check->auth_key, covered, check->mac);
    return tg_case_is_ok(k, status) ? TG_OUTCOME_OK : TG_OUTCOME_FAIL;
}

static void show_input(tg_case *k, const tg_coverage *covered, tg_bytes *out)
{
    if (!k->known->without_inputs)
        (void)tg_case_is_ok(k, tg_coverage_join(covered, k->arena, out));
}

/* ---- the message -------------------------------------------------------------------------------------------- */

/* The MAC that protects the message: V at its end, in PSK_INIT that of the KEMAC. False when there is none. */
static bool find_mac(const tg_case *k, tg_mac_check *out)
{
    if (k->data_type == TG_DATA_TYPE_PSK_INIT && k->parts->kemac)
        *out = (tg_mac_check){ .alg = k->parts->kemac->mac_alg, .mac = k->parts->kemac->mac };
    else if (k->data_type != TG_DATA_TYPE_PSK_INIT && k->parts->v)
        *out = (tg_mac_check){ .alg = k->parts->v->auth_alg, .mac = k->parts->v->ver_data };
    else
        return false;
    return out->alg != TG_MAC_NULL;
}

static bool is_named(uint8_t data_type)
{
    return tg_is_mikey_ticket(data_type) || data_type == TG_DATA_TYPE_PSK_INIT || data_type == TG_DATA_TYPE_PSK_RESP ||
           data_type == TG_DATA_TYPE_ERROR;
}

static bool is_response(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_PSK_RESP || data_type == TG_DATA_TYPE_REQUEST_RESP ||
           data_type == TG_DATA_TYPE_TRANSFER_RESP || data_type == TG_DATA_TYPE_RESOLVE_RESP;
}

/* Did the sender of an update take the other reading of update_keys (5.2-06)? */
static bool verifies_with_other_keys(tg_case *k, const tg_mac_check *failed, const tg_coverage *covered)
{
    const tg_keying other = tg_update_keying(
        k, k->settings->update_keys == TG_UPDATE_KEYS_SAME_KEYS ? TG_UPDATE_KEYS_SAME_MPK : TG_UPDATE_KEYS_SAME_KEYS);
    tg_mac_check again = { .keying = &other, .alg = failed->alg, .mac = failed->mac };
    return other.kind != TG_KEYING_UNKNOWN && tg_check_mac(k, &again, covered) == TG_OUTCOME_OK;
}

static tg_outcome authenticate_mac(tg_case *k, tg_mac_check *check)
{
    tg_coverage covered = { .num = 0 };
    check->keying = &k->entry->keying;
    if (check->keying->kind == TG_KEYING_UNKNOWN || !tg_cover_own(k, &covered))
        return TG_OUTCOME_SKIPPED;
    tg_outcome outcome = tg_check_mac(k, check, &covered);
    if (outcome == TG_OUTCOME_SKIPPED)
        return outcome;
    k->derived->auth_key = check->auth_key;
    show_input(k, &covered, &k->derived->mac_input);
    if (outcome == TG_OUTCOME_FAIL && k->entry->is_update)
        k->wrong_update_keys = verifies_with_other_keys(k, check, &covered);
    return outcome;
}

static tg_outcome authenticate_signature(tg_case *k)
{
    tg_coverage covered = { .num = 0 };
    if (!tg_cover_own(k, &covered))
        return TG_OUTCOME_SKIPPED;
    tg_outcome outcome = tg_verify_signature(k, &covered);
    if (outcome != TG_OUTCOME_SKIPPED)
        show_input(k, &covered, &k->derived->mac_input);
    return outcome;
}

/* The row of a message that ends with neither V nor SIGN. */
static const char *end_row_of(uint8_t data_type)
{
    static const char *const rows[] = {
        [TG_DATA_TYPE_REQUEST_INIT_PSK] = "RFC6043-4.2.1.2-03", [TG_DATA_TYPE_REQUEST_INIT_PK] = "RFC6043-4.2.1.3-x02",
        [TG_DATA_TYPE_REQUEST_RESP] = "RFC6043-4.2.1.5-11",     [TG_DATA_TYPE_TRANSFER_INIT] = "RFC6043-4.2.2.1-08",
        [TG_DATA_TYPE_TRANSFER_RESP] = "RFC6043-4.2.2.3-18",    [TG_DATA_TYPE_RESOLVE_INIT_PSK] = "RFC6043-4.2.3.2-03",
        [TG_DATA_TYPE_RESOLVE_INIT_PK] = "RFC6043-4.2.3.3-x02", [TG_DATA_TYPE_RESOLVE_RESP] = "RFC6043-4.2.3.5-13",
    };
    return data_type < sizeof rows / sizeof *rows ? rows[data_type] : NULL;
}

/* Who does not see that a MAC is wrong, or that there is none, learns from the message as from any other. */
static void overlook(tg_case *k)
{
    tg_outcome *auth = &k->judgement->auth;
    bool null_mac = k->parts->v && k->parts->v->auth_alg == TG_MAC_NULL;
    if (!k->known->overlooks)
        return;
    if ((*auth == TG_OUTCOME_FAIL && tg_overlooks(k->known, tg_mac_row(k))) ||
        (*auth == TG_OUTCOME_ABSENT && tg_overlooks(k->known, null_mac ? "RFC6043-4.2-x01" : end_row_of(k->data_type))))
        *auth = TG_OUTCOME_OK;
}

void tg_authenticate(tg_case *k)
{
    tg_mac_check check;
    const tg_entry *entry = k->entry;
    bool has_mac = find_mac(k, &check);
    bool has_signature = k->parts->sign && k->data_type != TG_DATA_TYPE_PSK_INIT;
    if (!is_named(k->data_type))
        k->judgement->auth = TG_OUTCOME_SKIPPED;
    else if (!has_mac && !has_signature)
        k->judgement->auth = TG_OUTCOME_ABSENT;
    else if ((is_response(k->data_type) && !entry->answered) ||
             (k->data_type == TG_DATA_TYPE_ERROR && !entry->is_about_something))
        k->judgement->auth = TG_OUTCOME_SKIPPED;
    else
        k->judgement->auth = has_mac ? authenticate_mac(k, &check) : authenticate_signature(k);
    overlook(k);
}

/* ---- Vr (6.10) ---------------------------------------------------------------------------------------------- */

static const tg_v *find_vr(const tg_ticket *ticket)
{
    const tg_v *last = NULL;
    size_t num = 0;
    if (ticket->initiator_data.form != TG_CHAIN_PAYLOADS)
        return NULL;
    for (const tg_payload *p = ticket->initiator_data.payloads; (p = tg_payload_find(p, TG_PAYLOAD_V)); p = p->next) {
        last = (const tg_v *)p;
        num++;
    }
    return num >= 2 ? last : NULL;
}

/* Who resolves a ticket sees the HDR of the Responder, not that of TRANSFER_INIT (A12). */
static uint8_t prf_of_vr(const tg_case *k)
{
    const tg_entry *transfer_init = k->conversation->state.last_transfer_init;
    if (k->settings->vr_prf == TG_VR_PRF_TICKET)
        return k->parts->ticket->prf_func;
    if (tg_is_resolve_init(k->data_type) && transfer_init)
        return transfer_init->message->hdr.prf_func;
    return k->message->hdr.prf_func;
}

/* MPKr of the ticket that Vr stands in, be it the one of the exchange or not. */
static tg_bytes mpkr_of_own_ticket(const tg_case *k)
{
    if (k->opened && k->opened->mpkr.len)
        return k->opened->mpkr;
    return k->entry->ticket->of_ticket == k->bundle ? tg_known_mpkr(k) : k->known->secrets.mpkr;
}

void tg_authenticate_vr(tg_case *k)
{
    const tg_ticket *ticket = k->parts->ticket;
    const tg_v *vr = ticket ? find_vr(ticket) : NULL;
    if (!vr)
        return;
    const tg_keying keying = { .kind = TG_KEYING_VR, .prf_func = prf_of_vr(k), .inkey = mpkr_of_own_ticket(k) };
    tg_mac_check check = { .keying = &keying, .alg = vr->auth_alg, .mac = vr->ver_data };
    tg_coverage covered = { .num = 0 };
    k->judgement->vr_auth = TG_OUTCOME_SKIPPED;
    if (keying.inkey.len == 0 || !tg_prf_is_known(keying.prf_func) ||
        !tg_case_is_ok(k, tg_cover_initiator_data(ticket, &covered)))
        return;
    k->judgement->vr_auth = tg_check_mac(k, &check, &covered);
    if (k->judgement->vr_auth == TG_OUTCOME_FAIL && tg_overlooks(k->known, "RFC6043-6.10-30"))
        k->judgement->vr_auth = TG_OUTCOME_OK;
    if (check.auth_key.len) {
        k->derived->vr.auth_key = check.auth_key;
        show_input(k, &covered, &k->derived->vr.mac_input);
    }
}
