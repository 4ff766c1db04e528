/* Who sends which message: the figures of RFC 6043 4.2.1 to 4.2.3, 5.2, 10. */
#include "case.h"

/* Updates go both ways: either party begins, and the other one answers. */
static bool may_send_update(const tg_entry *entry)
{
    tg_sender from = entry->sent.from;
    bool is_resp = entry->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    return (from == TG_SENDER_I || from == TG_SENDER_R) &&
           !(is_resp && entry->answered && entry->answered->sent.from == from);
}

static bool may_send(const tg_entry *entry)
{
    tg_sender from = entry->sent.from;
    switch (entry->data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        return from == TG_SENDER_I;
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
        return from == TG_SENDER_K;
    case TG_DATA_TYPE_TRANSFER_INIT:
        return entry->is_update ? may_send_update(entry) : from == TG_SENDER_I;
    case TG_DATA_TYPE_TRANSFER_RESP:
        return entry->is_update ? may_send_update(entry) : from == TG_SENDER_R;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        return from == TG_SENDER_R || from == TG_SENDER_K; /* a KMS asks another one (10) */
    default:
        return true;
    }
}

void tg_check_sender(tg_case *k)
{
    if (k->entry->is_sender_given && !may_send(k->entry))
        tg_say(k, "RFC6043-4.2-x05", tg_at_message(), "expected a message of data type %u from another party, found it from %c",
               k->data_type, " IRK"[k->entry->sent.from]);
}
