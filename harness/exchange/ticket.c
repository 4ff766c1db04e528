/* The base ticket in a TICKET payload, opened with the TPK: RFC 6043 A. */
#include "case.h"

/* (1,1,1) is appendix A; TS 33.328 uses its format as (2,0,0) (A48). */
static bool is_base_ticket(const tg_ticket *ticket)
{
    return (ticket->ticket_type == TG_TICKET_MIKEY_BASE && ticket->subtype == 1 && ticket->version == 1) ||
           (ticket->ticket_type == TG_TICKET_3GPP_BASE && ticket->subtype == 0 && ticket->version == 0);
}

static void derive_mpks(tg_case *k, const tg_ticket *ticket, tg_opened_ticket *opened)
{
    const struct {
        bool of_i;
        tg_bytes *out;
    } mpks[] = { { true, &opened->mpki }, { false, &opened->mpkr } };
    if (!opened->keys.mpk[0] || !tg_is_usable(opened->keys.mpk[0]->key_data))
        return;
    tg_bytes mpk = opened->keys.mpk[0]->key_data;
    opened->derived.ticket.mpk = mpk;
    for (size_t i = 0; i < sizeof mpks / sizeof mpks[0]; i++) {
        tg_derivation derivation;
        tg_status status =
            tg_derive_mpk(k->arena, ticket->prf_func, mpk, mpks[i].of_i, opened->rand->rand, &derivation);
        if (tg_case_is_ok(k, status))
            (void)tg_case_is_ok(k, tg_derivation_run_in(k->crypto, &derivation, k->arena, mpks[i].out));
    }
}

static void open_kemac(tg_case *k, const tg_ticket *ticket, const tg_keying *keying, tg_opened_ticket *opened)
{
    tg_lock lock = { .kemac = (const tg_kemac *)tg_payload_find(opened->payloads, TG_PAYLOAD_KEMAC),
                     .keying = keying,
                     .csb_id = k->settings->ticket_iv_csb == TG_TICKET_IV_CSB_ZERO ? 0 : 0xffffffffu,
                     .t = (const tg_t *)tg_payload_find(opened->payloads, TG_PAYLOAD_T),
                     .data_type = TG_DATA_TYPE_TRANSFER_INIT };
    if (!lock.kemac)
        return;
    opened->kemac = tg_open_kemac(k, &lock);
    if (opened->kemac == TG_OUTCOME_SKIPPED)
        return;
    opened->derived.ticket.encr_key = lock.encr_key;
    opened->derived.ticket.salt_key = lock.salt_key;
    opened->derived.ticket.iv = lock.iv;
    if (opened->kemac != TG_OUTCOME_OK)
        return;
    opened->derived.ticket.kemac_plain = lock.plain;
    opened->key_payloads = lock.keys;
    tg_sort_keys(k, lock.keys, true, &opened->keys);
    derive_mpks(k, ticket, opened);
}

static void open_ticket(tg_case *k, const tg_ticket *ticket, tg_opened_ticket *opened)
{
    const tg_payload *last = NULL;
    tg_coverage covered = { .num = 0 };
    opened->outcome = TG_OUTCOME_FAIL;
    if (ticket->ticket_data.form == TG_CHAIN_PAYLOADS) {
        opened->payloads = ticket->ticket_data.payloads;
        last = tg_payload_last(opened->payloads);
    }
    opened->ends_with_v = last && last->type == TG_PAYLOAD_V;
    opened->rand = (const tg_rand *)tg_payload_find(opened->payloads, TG_PAYLOAD_RAND);
    if (!opened->ends_with_v || !opened->rand || !tg_case_is_ok(k, tg_cover_ticket(ticket, &covered)))
        return;
    const tg_v *v = (const tg_v *)last;
    const tg_keying keying = { .kind = TG_KEYING_TICKET,
                               .prf_func = ticket->prf_func,
                               .inkey = k->known->secrets.tpk,
                               .rands = { .randri = opened->rand->rand } };
    tg_mac_check check = { .keying = &keying, .alg = v->auth_alg, .mac = v->ver_data };
    opened->outcome = tg_check_mac(k, &check, &covered);
    if (opened->outcome == TG_OUTCOME_FAIL && tg_overlooks(k->known, "RFC6043-A.1-08"))
        opened->outcome = TG_OUTCOME_OK;
    opened->derived.ticket.auth_key = check.auth_key;
    if (check.auth_key.len && !k->known->without_inputs)
        (void)tg_case_is_ok(k, tg_coverage_join(&covered, k->arena, &opened->derived.ticket.mac_input));
    if (opened->outcome == TG_OUTCOME_OK)
        open_kemac(k, ticket, &keying, opened);
}

/* The ticket of the first message with it is opened; the same ticket opens to the same. */
void tg_open_ticket(tg_case *k)
{
    const tg_ticket *ticket = k->parts->ticket;
    tg_entry *entry = k->entry;
    if (!ticket)
        return;
    k->judgement->ticket_auth = TG_OUTCOME_SKIPPED;
    if (!tg_is_usable(k->known->secrets.tpk) || !is_base_ticket(ticket) || !tg_prf_is_known(ticket->prf_func))
        return;
    if (entry->ticket == entry && !entry->opened) {
        tg_opened_ticket *opened = tg_case_alloc(k, sizeof *opened);
        if (!opened)
            return;
        open_ticket(k, ticket, opened);
        entry->opened = opened;
    }
    k->opened = entry->ticket->opened;
    k->judgement->ticket_auth = k->opened->outcome;
    k->derived->ticket = k->opened->derived.ticket;
}
