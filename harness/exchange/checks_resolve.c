/* The Ticket Resolve exchange: RFC 6043 4.2.3. */
#include "case.h"

/* TICKET is passed on whole: its Initiator Data too, but for Next Payload. */
static void check_passed_on(tg_case *k)
{
    const tg_entry *transfer = k->conversation->state.last_transfer_init;
    const tg_ticket *own = k->parts->ticket, *sent = transfer ? transfer->parts.ticket : NULL;
    if (own && sent &&
        !(k->entry->ticket == transfer->ticket &&
          tg_bytes_equal(own->initiator_data.octets, sent->initiator_data.octets)))
        tg_say(k, "RFC6043-4.2.3.1-x02", tg_at_payload(own), "expected the TICKET of TRANSFER_INIT, found another");
}

static void check_resolver(tg_case *k)
{
    k->entry->breaks_resolvers = tg_responder_is_resolver(k, k->entry) == TG_BELONGS_NOT;
    if (k->entry->breaks_resolvers)
        tg_say(k, "RFC6043-4.2.3.4-x01", tg_at_field(k->parts->ticket, "tp_data"),
               "expected an IDRr in the ticket policy that names the Responder, found none");
}

static void check_response(tg_case *k)
{
    const tg_entry *request = k->entry->answered;
    bool has_modifier = k->parts->idr[TG_ID_ROLE_R] && k->parts->randr[TG_RAND_ROLE_KMS];
    if (tg_has_flag(k->ticket, 'I') && !has_modifier)
        tg_say(k, "RFC6043-4.2.3.5-11", tg_at_payload(NULL), "expected %s because I=1, found none",
               k->parts->idr[TG_ID_ROLE_R] ? "RANDRkms" : "IDRr");
    if (request && request->breaks_resolvers)
        tg_say(k, "RFC6043-4.2.3.4-01", tg_at_message(),
               "expected no answer to a Responder whom the ticket does not name, found one");
}

void tg_check_resolve(tg_case *k)
{
    if (tg_is_resolve_init(k->data_type)) {
        check_passed_on(k);
        check_resolver(k);
    } else if (k->data_type == TG_DATA_TYPE_RESOLVE_RESP) {
        check_response(k);
    }
}
