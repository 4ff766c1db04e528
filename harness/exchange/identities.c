/* The identities of the parties: that of the IDR payload with the role, else as it is known otherwise (5.5, A03). */
#include "case.h"

tg_identity tg_identity_of(const tg_idr *idr)
{
    return idr ? (tg_identity){ true, idr->id_type, idr->id_data } : (tg_identity){ .known = false };
}

static tg_identity own_or(const tg_case *k, uint8_t role, tg_identity otherwise)
{
    if (k->parts->idr[role])
        return tg_identity_of(k->parts->idr[role]);
    otherwise.known &= k->settings->absent_identity == TG_ABSENT_IDENTITY_KNOWN;
    return otherwise;
}

/* Of a message of the initial exchange, where an update leaves the IDR out. */
static tg_identity earlier_or(const tg_entry *entry, uint8_t role, tg_identity otherwise)
{
    const tg_idr *idr = entry ? entry->parts.idr[role] : NULL;
    return idr ? tg_identity_of(idr) : otherwise;
}

tg_identity tg_known_i(const tg_case *k)
{
    tg_identity known = k->known->i;
    if (k->entry->is_update)
        known = earlier_or(k->initial_init, TG_ID_ROLE_I, known);
    return own_or(k, TG_ID_ROLE_I, known);
}

/* An Initiator calls somebody (r_called), who answers as somebody perhaps else (4.2.2.3). */
tg_identity tg_known_r(const tg_case *k)
{
    tg_identity known = k->known->r;
    if (k->data_type == TG_DATA_TYPE_TRANSFER_INIT && k->known->r_called.known)
        known = k->known->r_called;
    if (k->entry->is_update) {
        known = earlier_or(k->initial_init, TG_ID_ROLE_R, known);
        known = earlier_or(k->initial_resp, TG_ID_ROLE_R, known);
    }
    return own_or(k, TG_ID_ROLE_R, known);
}

tg_identity tg_known_kms(const tg_case *k)
{
    return own_or(k, TG_ID_ROLE_KMS, k->known->kms);
}

/* Who signed a request: IDRi or IDRr, else the identity known, under every setting. */
tg_identity tg_sender_identity(const tg_case *k)
{
    bool is_r = tg_is_resolve_init(k->data_type);
    const tg_idr *idr = k->parts->idr[is_r ? TG_ID_ROLE_R : TG_ID_ROLE_I];
    return idr ? tg_identity_of(idr) : is_r ? k->known->r : k->known->i;
}
