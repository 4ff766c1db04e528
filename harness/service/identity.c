/* KMS UIDs and groups as the actors compare them (contribution 003, 6.2.3.2). */
#include "leg.h"

bool tg_keep_identity(tg_kept_identity *kept, const tg_identity *id)
{
    tg_identity from = id ? *id : (tg_identity){ 0 }; /* `id` may be the one kept here */
    kept->id = (tg_identity){ 0 };
    if (!from.known)
        return true;
    if (from.data.len > sizeof kept->octets)
        return false;
    if (from.data.len > 0)
        memmove(kept->octets, from.data.data, from.data.len);
    kept->id = (tg_identity){ true, from.id_type, tg_bytes_of(kept->octets, from.data.len) };
    return true;
}

tg_identity tg_leg_identity(const tg_idr *idr)
{
    return idr ? (tg_identity){ true, idr->id_type, idr->id_data } : (tg_identity){ 0 };
}

static bool holds(tg_bytes octets, char c)
{
    return octets.len > 0 && memchr(octets.data, c, octets.len) != NULL;
}

bool tg_names_group(const tg_identity *id)
{
    return id->known && holds(id->data, '?');
}

/* The bound keeps the time of a comparison with a group small, which is the product of both lengths. */
bool tg_is_kms_uid(const tg_identity *id)
{
    return id->known && (id->id_type == TG_ID_TYPE_NAI || id->id_type == TG_ID_TYPE_URI) &&
           id->data.len <= TG_UID_MAX && holds(id->data, '@') && !holds(id->data, '?');
}

bool tg_same_user(const tg_identity *a, const tg_identity *b)
{
    if (!a->known || !b->known)
        return false;
    if (!tg_is_kms_uid(a) || !tg_is_kms_uid(b))
        return a->id_type == b->id_type && tg_bytes_equal(a->data, b->data);
    return tg_kms_uid_matches(tg_without_scheme(a->data), tg_without_scheme(b->data));
}

bool tg_is_in(const tg_identity *id, const tg_bytes *groups, size_t num)
{
    if (!tg_is_kms_uid(id))
        return false;
    for (size_t i = 0; i < num; i++) {
        if (groups[i].len <= TG_UID_MAX && tg_kms_uid_matches(tg_without_scheme(id->data), groups[i]))
            return true;
    }
    return false;
}
