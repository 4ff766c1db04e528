/* The Ticket Transfer exchange, but for its crypto sessions: RFC 6043 4.2.2, 6.10. */
#include "case.h"

/* ---- TRANSFER_INIT ------------------------------------------------------------------------------------------- */

/* The newest authentic message of a kind that stood before this one. */
static const tg_entry *newest_before(const tg_entry *list, size_t index)
{
    while (list && list->index >= index)
        list = list->earlier;
    return list;
}

static void check_granted(tg_case *k)
{
    const tg_entry *granted = newest_before(k->conversation->state.request_resp, k->entry->index);
    if (granted && granted->ticket && k->entry->ticket && granted->ticket != k->entry->ticket)
        tg_say(k, "RFC6043-4.2.2.1-x02", tg_at_payload(k->parts->ticket),
               "expected the TICKET that the KMS granted, found another");
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

static bool is_same_identity(const tg_idr *a, const tg_idr *b)
{
    return a->id_type == b->id_type && tg_bytes_equal(a->id_data, b->id_data);
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
    const tg_entry *resolve = k->conversation->state.resolve_resp;
    if (!resolve || resolve->index < k->transfer_init->index)
        return;
    const tg_idr *kms_idrr = resolve->parts.idr[TG_ID_ROLE_R];
    const tg_randr *kms_rand = resolve->parts.randr[TG_RAND_ROLE_KMS];
    if (kms_idrr && !(idrr && is_same_identity(idrr, kms_idrr)))
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
    } else if (tg_is_resp_transfer(k) && k->transfer_init) {
        check_flags(k);
        check_modifier(k);
    }
}
