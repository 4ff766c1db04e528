/* KMS UIDs of users: TS 33.328 6.2.3.2, 6.2.3.5, 6.2.3.6 (contribution 003). */
#include "case.h"

/* Who the B-TID names has the UID of the request; without B-TID the UID is somebody's. */
static void check_requester(tg_case *k)
{
    const tg_subscriber_source *source = k->known->subscribers;
    const tg_idr *idrpsk = k->parts->idr[TG_ID_ROLE_PSK];
    const tg_idr *own = k->parts->idr[tg_is_request_init(k->data_type) ? TG_ID_ROLE_I : TG_ID_ROLE_R];
    const char *id = "TS33328-6.2.3.5-01";
    const tg_subscriber *subscriber = idrpsk ? tg_subscriber_by_b_tid(source, idrpsk->id_data) : NULL;
    bool is_uid = own && tg_is_uid_type(own->id_type);
    if (idrpsk && !subscriber)
        tg_say(k, id, tg_at_field(idrpsk, "id_data"), "expected the B-TID of a subscriber, found an unknown one");
    else if (subscriber && own && !(is_uid && tg_is_uid_of(subscriber, own->id_data)))
        tg_say(k, id, tg_at_field(own, "id_data"), "expected a KMS UID of the subscriber, found another");
    else if (!idrpsk && own && !(is_uid && tg_subscriber_by_uid(source, tg_without_scheme(own->id_data))))
        tg_say(k, id, tg_at_field(own, "id_data"), "expected the KMS UID of a subscriber, found an unknown one");
}

static void check_wildcards(tg_case *k)
{
    static const uint8_t roles[] = { TG_ID_ROLE_I, TG_ID_ROLE_R };
    if (!tg_is_mikey_ticket(k->data_type) || k->data_type == TG_DATA_TYPE_REQUEST_RESP)
        return;
    for (size_t i = 0; i < sizeof roles; i++) {
        const tg_idr *idr = k->parts->idr[roles[i]];
        if (idr && tg_has_wildcard_user(idr->id_data))
            tg_say(k, "TS33328-6.2.3.2-01", tg_at_field(idr, "id_data"),
                   "expected a KMS UID without wildcard, found a group");
    }
}

static void check_terminating_user(tg_case *k)
{
    const tg_entry *request = k->entry->answered;
    const tg_idr *idrr = k->parts->idr[TG_ID_ROLE_R];
    if (k->data_type == TG_DATA_TYPE_RESOLVE_RESP && request && idrr &&
        tg_responder_has_uid(k, request, idrr) == TG_BELONGS_NOT)
        tg_say(k, "TS33328-6.2.3.6-03", tg_at_field(idrr, "id_data"),
               "expected a KMS UID of the terminating user, found another");
}

void tg_check_subscribers(tg_case *k)
{
    bool has_subscribers = k->known->subscribers != NULL;
    bool from_kms = k->entry->sent.from == TG_SENDER_K; /* another KMS is no subscriber (RFC 6043 10) */
    if (has_subscribers && !from_kms && (tg_is_request_init(k->data_type) || tg_is_resolve_init(k->data_type)))
        check_requester(k);
    if (!k->known->profile.kms_uids)
        return;
    check_wildcards(k);
    if (has_subscribers)
        check_terminating_user(k);
}
