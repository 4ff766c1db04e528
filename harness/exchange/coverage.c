/* What MAC and signature of a message cover: RFC 6043 5.5 (section 5), and RFC 3830 5.2. */
#include "case.h"

static void cover_identities(const tg_settings *settings, tg_identity first, tg_identity second, tg_coverage *out)
{
    tg_cover_identity(settings, &first, out);
    tg_cover_identity(settings, &second, out);
}

/* mac_identity is about RFC 6043 alone: here it is ID Data. */
static void cover_id(const tg_case *k, const tg_id *id, tg_identity known, tg_coverage *out)
{
    if (id)
        tg_cover_octets(id->id_data, out);
    else if (known.known && k->settings->absent_identity == TG_ABSENT_IDENTITY_KNOWN)
        tg_cover_octets(known.data, out);
}

/* RFC 3830 5.2: of PSK_RESP. */
static void cover_rfc3830_response(const tg_case *k, tg_coverage *out)
{
    const tg_parts *initial = &k->entry->answered->parts;
    cover_id(k, initial->id[0], k->known->i, out);
    cover_id(k, initial->id[1], k->known->r, out);
    if (initial->t)
        tg_cover_octets(initial->t->ts_value, out);
}

bool tg_cover_own(tg_case *k, tg_coverage *out)
{
    const tg_settings *settings = k->settings;
    if (k->data_type == TG_DATA_TYPE_PSK_INIT)
        return tg_case_is_ok(k, tg_cover_kemac(k->message, out));
    if (!tg_case_is_ok(k, tg_cover_message(settings, k->message, out)))
        return false;
    switch (k->data_type) {
    case TG_DATA_TYPE_PSK_RESP:
        cover_rfc3830_response(k, out);
        break;
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        cover_identities(settings, tg_known_i(k), tg_known_kms(k), out);
        break;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        cover_identities(settings, tg_known_r(k), tg_known_kms(k), out);
        break;
    case TG_DATA_TYPE_TRANSFER_INIT:
        if (k->entry->is_update && k->entry->sent.from == TG_SENDER_R &&
            settings->update_id_order == TG_UPDATE_ID_ORDER_SENDER)
            cover_identities(settings, tg_known_r(k), tg_known_i(k), out);
        else
            cover_identities(settings, tg_known_i(k), tg_known_r(k), out);
        break;
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_TRANSFER_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
        tg_cover_initial(settings, k->entry->answered->message, out);
        break;
    default: /* Error: nothing more */
        break;
    }
    return true;
}
