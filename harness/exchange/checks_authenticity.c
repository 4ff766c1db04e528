/* MAC, signature, ticket and KEMAC that do not verify or open, one row a message type: RFC 6043 4.2, 5.2, 5.4, 5.5,
 * 6.10, A.1. */
#include "case.h"

const char *tg_mac_row_of_type(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
        return "RFC6043-4.2.1.2-04";
    case TG_DATA_TYPE_REQUEST_RESP:
        return "RFC6043-4.2.1.5-13";
    case TG_DATA_TYPE_TRANSFER_INIT:
        return "RFC6043-4.2.2.1-09";
    case TG_DATA_TYPE_TRANSFER_RESP:
        return "RFC6043-4.2.2.3-19";
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
        return "RFC6043-4.2.3.2-04";
    case TG_DATA_TYPE_RESOLVE_RESP:
        return "RFC6043-4.2.3.5-15";
    default:
        return NULL;
    }
}

static const char *kemac_row_of(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_REQUEST_RESP:
        return "RFC6043-4.2.1.5-06";
    case TG_DATA_TYPE_RESOLVE_RESP:
        return "RFC6043-4.2.3.5-06";
    case TG_DATA_TYPE_TRANSFER_INIT:
    case TG_DATA_TYPE_TRANSFER_RESP:
        return "RFC6043-5.2-11";
    default:
        return NULL;
    }
}

const char *tg_mac_row(const tg_case *k)
{
    bool is_error = k->data_type == TG_DATA_TYPE_ERROR;
    if (k->wrong_update_keys)
        return "RFC6043-5.2-06";
    if (k->parts->sign && (is_error || tg_is_pk_init(k->data_type)))
        return "RFC6043-5.5-x01";
    return is_error ? "RFC6043-5.4-11" : tg_mac_row_of_type(k->data_type);
}

static void check_mac(tg_case *k)
{
    bool is_error = k->data_type == TG_DATA_TYPE_ERROR;
    const char *row = tg_mac_row(k);
    if (k->judgement->auth != TG_OUTCOME_FAIL)
        return;
    if (k->wrong_update_keys)
        tg_say(k, row, tg_at_payload(k->parts->v),
               "expected a MAC with keys by update_keys, found one with the keys of the other reading");
    else if (k->parts->sign && (is_error || tg_is_pk_init(k->data_type)))
        tg_say(k, row, tg_at_field(k->parts->sign, "signature"),
               "expected a signature that verifies, found one that does not");
    else if (is_error)
        tg_say(k, row, tg_at_field(k->parts->v, "ver_data"),
               "expected the MAC with the auth_key of the message in error, found another");
    else
        tg_say(k, row, tg_at_message(), "expected a MAC that verifies, found one that does not");
}

static void check_ticket(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    if (!opened)
        return;
    if (opened->outcome == TG_OUTCOME_FAIL && opened->ends_with_v)
        tg_say(k, "RFC6043-A.1-08", tg_at_field(k->parts->ticket, "ticket_data"),
               "expected a ticket whose MAC verifies with the TPK, found one that does not");
    if (opened->outcome == TG_OUTCOME_OK && opened->kemac == TG_OUTCOME_FAIL)
        tg_say(k, "RFC6043-A.1-04", tg_at_field(k->parts->ticket, "ticket_data"),
               "expected a KEMAC that opens to keys, found one that does not");
}

void tg_check_authenticity(tg_case *k)
{
    const tg_judgement *judgement = k->judgement;
    check_mac(k);
    check_ticket(k);
    if (judgement->vr_auth == TG_OUTCOME_FAIL)
        tg_say(k, "RFC6043-6.10-30", tg_at_field(k->parts->ticket, "initiator_data"),
               "expected a MAC in Vr that verifies with MPKr, found one that does not");
    if (judgement->auth == TG_OUTCOME_OK && judgement->kemac == TG_OUTCOME_FAIL)
        tg_say(k, kemac_row_of(k->data_type), tg_at_field(k->parts->kemac, "encr_data"),
               "expected a KEMAC that opens to keys, found one that does not");
}
