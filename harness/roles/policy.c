/* Reading a Ticket Policy, comparing two, and who may resolve by one (RFC 6043 6.10). */
#include "role.h"

static tg_identity identity_of(const tg_idr *idr)
{
    return (tg_identity){ true, idr->id_type, idr->id_data };
}

static tg_status read_key(const tg_payload *payload, tg_ticket_policy *out)
{
    const tg_key_data *key = (const tg_key_data *)payload;
    if (payload->type != TG_PAYLOAD_KEY_DATA)
        return TG_OK;
    if (out->num_keys == TG_MAX_PLANNED_KEYS)
        return TG_TOO_LARGE;
    tg_key_plan plan = { .type = key->type,
                         .key_len = (uint16_t)key->key_data.len,
                         .salt_len = (uint16_t)key->salt_data.len };
    if (key->kv_data.kv == TG_KV_SPI)
        plan.spi = key->kv_data.spi;
    out->keys[out->num_keys++] = plan;
    return TG_OK;
}

static void read_tr(const tg_tr *tr, tg_ticket_policy *out)
{
    uint8_t octets[8] = { 0 };
    if (tr->ts_value.len > sizeof octets || tr->ts_value.len < 4 || tr->ts_type == TG_TS_COUNTER)
        return;
    memcpy(octets, tr->ts_value.data, tr->ts_value.len);
    uint64_t ntp = tg_u64_of(octets);
    if (tr->ts_role == TG_TS_ROLE_TRR) {
        out->trr = (uint32_t)(ntp >> 32);
        return;
    }
    out->tr_type = tr->ts_type;
    if (tr->ts_role == TG_TS_ROLE_TRS) {
        out->has_trs = true;
        out->trs = ntp;
    } else if (tr->ts_role == TG_TS_ROLE_TRE) {
        out->has_tre = true;
        out->tre = ntp;
    }
}

static tg_status read_idr(const tg_idr *idr, tg_ticket_policy *out)
{
    switch (idr->id_role) {
    case TG_ID_ROLE_KMS:
        out->kms = identity_of(idr);
        break;
    case TG_ID_ROLE_I:
        out->i = identity_of(idr);
        break;
    case TG_ID_ROLE_APP:
        if (out->num_apps == TG_MAX_PLANNED_IDS)
            return TG_TOO_LARGE;
        out->apps[out->num_apps++] = identity_of(idr);
        break;
    case TG_ID_ROLE_R:
        if (out->num_r == TG_MAX_PLANNED_IDS)
            return TG_TOO_LARGE;
        out->r[out->num_r++] = identity_of(idr);
        break;
    default:
        break; /* unexpected payloads are ignored */
    }
    return TG_OK;
}

tg_status tg_ticket_policy_of(const tg_tp *tp, tg_ticket_policy *out)
{
    *out = (tg_ticket_policy){ .ticket_type = tp->ticket_type,
                               .subtype = tp->subtype,
                               .version = tp->version,
                               .prf_func = tp->prf_func,
                               .flags = tp->flags };
    for (const tg_payload *p = tp->tp_data.payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR)
            TRY(read_idr((const tg_idr *)p, out));
        if (p->type == TG_PAYLOAD_TR)
            read_tr((const tg_tr *)p, out);
        if (p->type != TG_PAYLOAD_KEMAC)
            continue;
        out->has_keys = true;
        for (const tg_payload *k = ((const tg_kemac *)p)->encr_data.payloads; k; k = k->next)
            TRY(read_key(k, out));
    }
    return TG_OK;
}

tg_status tg_ticket_policy_of_ticket(const tg_ticket *ticket, tg_ticket_policy *out)
{
    tg_tp tp = { .ticket_type = ticket->ticket_type,
                 .subtype = ticket->subtype,
                 .version = ticket->version,
                 .prf_func = ticket->prf_func,
                 .flags = ticket->flags,
                 .tp_data = ticket->tp_data };
    return tg_ticket_policy_of(&tp, out);
}

/* ---- K ------------------------------------------------------------------------------------------------------ */

/* The next payload that is compared: IDRi and KEMAC are the KMS's to add and to drop (A22). */
static const tg_payload *compared(const tg_payload *p)
{
    while (p &&
           (p->type == TG_PAYLOAD_KEMAC || (p->type == TG_PAYLOAD_IDR && ((const tg_idr *)p)->id_role == TG_ID_ROLE_I)))
        p = p->next;
    return p;
}

/* A payload with its Next Payload as 0. False when it is larger than the buffer: nothing that a TP holds with a sense
 * is. */
static bool alone(const tg_payload *p, uint8_t *out, size_t size, size_t *len)
{
    tg_writer w = tg_writer_of(out, size);
    tg_wire_build_payload(&w, p);
    *len = w.len;
    if (w.status != TG_OK || w.len == 0)
        return false;
    out[0] = 0;
    return true;
}

static bool same_payload(const tg_payload *a, const tg_payload *b)
{
    uint8_t x[2048], y[2048];
    size_t x_len = 0, y_len = 0;
    return a->type == b->type && alone(a, x, sizeof x, &x_len) && alone(b, y, sizeof y, &y_len) && x_len == y_len &&
           memcmp(x, y, x_len) == 0;
}

bool tg_policy_is_changed(const tg_tp *asked, const tg_ticket *granted, const tg_ticket_policy *asked_plan,
                          const tg_key_plan *keys, size_t num_keys)
{
    const uint16_t but_k = (uint16_t)~TG_FLAG('K');
    if (asked->ticket_type != granted->ticket_type || asked->subtype != granted->subtype ||
        asked->version != granted->version || asked->prf_func != granted->prf_func ||
        (asked->flags & but_k) != (granted->flags & but_k) || asked->res != granted->res)
        return true;
    const tg_payload *a = compared(asked->tp_data.payloads), *b = compared(granted->tp_data.payloads);
    for (; a && b; a = compared(a->next), b = compared(b->next)) {
        if (!same_payload(a, b))
            return true;
    }
    if (a || b)
        return true;
    if (!asked_plan->has_keys)
        return false; /* the default of the KMS is no change */
    if (asked_plan->num_keys != num_keys)
        return true;
    for (size_t i = 0; i < num_keys; i++) {
        const tg_key_plan *x = &asked_plan->keys[i], *y = &keys[i];
        if (x->type != y->type || x->key_len != y->key_len || x->salt_len != y->salt_len)
            return true;
    }
    return false;
}

/* ---- who may resolve ---------------------------------------------------------------------------------------- */

bool tg_ticket_allows(const tg_profile *profile, const tg_ticket *ticket, const tg_identity *responder)
{
    const tg_idr *r = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_R);
    for (; r && responder->known; r = r->head.next ? tg_idr_find(r->head.next, TG_ID_ROLE_R) : NULL) {
        if (profile->kms_uids ? tg_kms_uid_matches(responder->data, r->id_data)
                              : r->id_type == responder->id_type && tg_bytes_equal(r->id_data, responder->data))
            return true;
    }
    return false;
}
