/* The Ticket Transfer exchange, but for its crypto sessions: RFC 6043 4.2.2, 6.10. */
#include "case.h"

/* ---- TRANSFER_INIT ------------------------------------------------------------------------------------------- */

static void check_granted(tg_case *k)
{
    bool is_any_granted = false;
    for (const tg_entry *g = k->conversation->state.request_resp; g && k->entry->ticket; g = g->earlier) {
        if (g->index >= k->entry->index)
            continue;
        if (g->ticket == k->entry->ticket)
            return;
        is_any_granted = true;
    }
    if (is_any_granted)
        tg_say(k, "RFC6043-4.2.2.1-x02", tg_at_payload(k->parts->ticket),
               "expected the TICKET that the KMS granted, found another");
}

/* Key forking names the parties: an Initiator is whom the policy has for it. */
static void check_initiator(tg_case *k)
{
    const tg_idr *sent = k->parts->idr[TG_ID_ROLE_I];
    const tg_idr *named = k->ticket ? tg_idr_find(k->ticket->tp_data.payloads, TG_ID_ROLE_I) : NULL;
    if (tg_has_flag(k->ticket, 'I') && sent && named &&
        !tg_bytes_equal(tg_without_scheme(sent->id_data), tg_without_scheme(named->id_data)))
        tg_say(k, "RFC6043-4.2.2.1-x03", tg_at_field(sent, "id_data"),
               "expected the IDRi of the ticket policy, found another");
}

/* ---- TRANSFER_RESP ------------------------------------------------------------------------------------------- */

static void check_flags(tg_case *k)
{
    const tg_randr *randrr = k->parts->randr[TG_RAND_ROLE_R];
    if (!k->ticket)
        return;
    if (!tg_has_flag(k->ticket, 'F'))
        tg_say(k, "RFC6043-6.10-04", tg_at_message(), "expected no TRANSFER_RESP because F=0, found one");
    if (tg_has_flag(k->ticket, 'G') && !randrr)
        tg_say(k, "RFC6043-4.2.2.3-09", tg_at_payload(NULL), "expected RANDRr because G=1, found none");
    if (!tg_has_flag(k->ticket, 'G') && randrr)
        tg_say(k, "RFC6043-6.10-05", tg_at_payload(randrr), "expected no RANDRr because G=0, found one");
    if (k->parts->kemac && !tg_has_flag(k->ticket, 'M'))
        tg_say(k, "RFC6043-4.2.2.3-17", tg_at_payload(k->parts->kemac), "expected no KEMAC because M=0, found one");
}

/* The authentic RESOLVE_RESP of this ticket since TRANSFER_INIT that the Responder goes by: the newest with the RANDRkms
 * of the message, else the newest. */
static const tg_entry *find_resolved(const tg_case *k, const tg_randr *randrkms)
{
    const tg_entry *init = k->transfer_init, *newest = NULL;
    for (const tg_entry *r = k->conversation->state.resolve_resp; r && r->index > init->index; r = r->earlier) {
        const tg_randr *its = r->parts.randr[TG_RAND_ROLE_KMS];
        if (!init->ticket || r->answered->ticket != init->ticket)
            continue;
        if (!newest)
            newest = r;
        if (randrkms && its && tg_bytes_equal(its->rand, randrkms->rand))
            return r;
    }
    return newest;
}

/* The modifier is passed on as the KMS sent it. */
static void check_modifier(tg_case *k)
{
    const tg_idr *idrr = k->parts->idr[TG_ID_ROLE_R];
    const tg_randr *randrkms = k->parts->randr[TG_RAND_ROLE_KMS];
    if (tg_has_flag(k->ticket, 'I') && !idrr)
        tg_say(k, "RFC6043-4.2.2.3-10", tg_at_payload(NULL), "expected IDRr because I=1, found none");
    if (tg_has_flag(k->ticket, 'I') && !randrkms)
        tg_say(k, "RFC6043-4.2.2.3-12", tg_at_payload(NULL), "expected RANDRkms because I=1, found none");
    const tg_entry *resolve = find_resolved(k, randrkms);
    if (!resolve)
        return;
    const tg_idr *kms_idrr = resolve->parts.idr[TG_ID_ROLE_R];
    const tg_randr *kms_rand = resolve->parts.randr[TG_RAND_ROLE_KMS];
    if (kms_idrr && !(idrr && tg_same_identity(idrr, kms_idrr)))
        tg_say(k, "RFC6043-4.2.2.3-10", tg_at_field(idrr, "id_data"), "expected the IDRr of RESOLVE_RESP, found %s",
               idrr ? "another" : "none");
    if (kms_rand && !(randrkms && tg_bytes_equal(randrkms->rand, kms_rand->rand)))
        tg_say(k, "RFC6043-4.2.2.3-12", tg_at_field(randrkms, "rand"),
               "expected the RANDRkms of RESOLVE_RESP, found %s", randrkms ? "another" : "none");
}

void tg_check_transfer(tg_case *k)
{
    if (tg_is_init_transfer(k)) {
        check_granted(k);
        check_initiator(k);
    } else if (tg_is_resp_transfer(k) && k->transfer_init) {
        check_flags(k);
        check_modifier(k);
    }
}
