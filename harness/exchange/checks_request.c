/* What the KMS granted against what was asked for: RFC 6043 4.2.1.1, 6.10. */
#include "case.h"

/* ---- the requester ------------------------------------------------------------------------------------------- */

static void check_requester(tg_case *k, const tg_parts *request)
{
    const tg_idr *asked = request->idr[TG_ID_ROLE_I];
    const tg_idr *granted = tg_idr_find(k->parts->ticket->tp_data.payloads, TG_ID_ROLE_I);
    if (asked && (!granted || !tg_same_identity(asked, granted)))
        tg_say(k, "RFC6043-4.2.1.1-05", tg_at_field(k->parts->ticket, "tp_data"),
               "expected the IDRi of the request in the granted policy, found %s", granted ? "another" : "none");
}

/* ---- the K flag ---------------------------------------------------------------------------------------------- */

/* The next payload of TP Data that counts as policy: naming the requester and leaving out the KEMAC are no changes
 * (A22). */
static const tg_payload *next_policy(const tg_payload *p)
{
    while (p &&
           (p->type == TG_PAYLOAD_KEMAC || (p->type == TG_PAYLOAD_IDR && ((const tg_idr *)p)->id_role == TG_ID_ROLE_I)))
        p = p->next;
    return p;
}

static bool is_same_payload(const tg_payload *a, const tg_payload *b)
{
    size_t len = a->octets.len;
    return a->type == b->type && len == b->octets.len && len > 0 &&
           memcmp(a->octets.data + 1, b->octets.data + 1, len - 1) == 0; /* but for Next Payload */
}

static bool is_same_policy(const tg_tp *asked, const tg_ticket *granted)
{
    uint16_t but_k = (uint16_t)~TG_FLAG('K');
    if (asked->ticket_type != granted->ticket_type || asked->subtype != granted->subtype ||
        asked->version != granted->version || asked->prf_func != granted->prf_func ||
        (asked->flags & but_k) != (granted->flags & but_k) || asked->res != granted->res)
        return false;
    const tg_payload *a = next_policy(asked->tp_data.payloads), *b = next_policy(granted->tp_data.payloads);
    for (; a && b && is_same_payload(a, b); a = next_policy(a->next), b = next_policy(b->next))
        ;
    return !a && !b;
}

/* The session keys granted, against the pattern of types and lengths in the KEMAC of the TP. */
static bool are_same_kinds(const tg_kemac *asked, const tg_key_set *granted)
{
    size_t i = 0;
    for (const tg_payload *p = asked->encr_data.payloads; p; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (p->type != TG_PAYLOAD_KEY_DATA)
            continue;
        if (i == granted->num_session)
            return false;
        const tg_known_key *session = &granted->session[i++];
        size_t salt_len = tg_key_type_has_salt(key->type) ? key->salt_data.len : 0;
        if (session->type != key->type || session->key.len != key->key_data.len || session->salt.len != salt_len)
            return false;
    }
    return i == granted->num_session;
}

static void check_k_flag(tg_case *k, const tg_tp *asked)
{
    const tg_ticket *granted = k->parts->ticket;
    const tg_kemac *wanted = (const tg_kemac *)tg_payload_find(asked->tp_data.payloads, TG_PAYLOAD_KEMAC);
    bool differs = !is_same_policy(asked, granted), says = tg_has_flag(granted, 'K');
    if (wanted && wanted->encr_data.form == TG_CHAIN_PAYLOADS) {
        bool is_open = k->judgement->auth == TG_OUTCOME_OK && k->judgement->kemac == TG_OUTCOME_OK;
        if (is_open)
            differs |= !are_same_kinds(wanted, &k->keys);
        else if (!differs && says)
            return; /* the keys may be what was changed */
    }
    if (differs != says)
        tg_say(k, "RFC6043-6.10-x20", tg_at_field(granted, "flags"), "expected K=%d because the KMS %s, found K=%d",
               differs, differs ? "changed what was asked for" : "granted what was asked for", says);
}

void tg_check_request(tg_case *k)
{
    const tg_entry *request = k->entry->answered;
    if (k->data_type != TG_DATA_TYPE_REQUEST_RESP || !request || !k->parts->ticket)
        return;
    check_requester(k, &request->parts);
    if (request->parts.tp)
        check_k_flag(k, request->parts.tp);
}
