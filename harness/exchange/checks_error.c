/* Error messages: RFC 6043 5.4. (What they repeat stands in checks_response.c, their MAC in checks_authenticity.c.) */
#include "case.h"

void tg_check_error(tg_case *k)
{
    const tg_entry *about = k->entry->about;
    if (k->data_type != TG_DATA_TYPE_ERROR || !about)
        return;
    if (about->data_type == TG_DATA_TYPE_ERROR)
        tg_say(k, "RFC6043-5.4-x04", tg_at_message(), "expected no Error about an Error, found one");
    if (k->parts->sign &&
        (about->data_type == TG_DATA_TYPE_TRANSFER_INIT || about->data_type == TG_DATA_TYPE_TRANSFER_RESP))
        tg_say(k, "RFC6043-5.4-x05", tg_at_payload(k->parts->sign),
               "expected a MAC in an Error of the Ticket Transfer exchange, found a signature");
    if (tg_is_pk_init(about->data_type) && k->parts->v && k->settings->error_pk_key == TG_ERROR_PK_KEY_SIGN_ONLY)
        tg_say(k, "RFC6043-5.4-x03", tg_at_payload(k->parts->v),
               "expected no V in an Error about a public-key message, found one");
}
