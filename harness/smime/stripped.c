/* AuthenticatedData whose attributes were taken off: its MAC is over the DER of authAttrs where there are some and over
 * the content where there are none [RFC 5652 9.2], so that the one can be made the other without a key. */
#include <openssl/asn1.h>
#include <openssl/crypto.h>

#include "algorithms.h"
#include "cut.h"
#include "open.h"

static bool has_attribute(const tg_attribute_set *set, const char *oid)
{
    for (size_t i = 0; i < set->num; i++) {
        if (strcmp(set->all[i].oid, oid) == 0)
            return true;
    }
    return false;
}

static void gather(const tg_segments *content, uint8_t *out)
{
    for (size_t i = 0; i < content->num; i++) {
        if (content->at[i].len)
            memcpy(out, content->at[i].data, content->at[i].len);
        out += content->at[i].len;
    }
}

/* TG_BAD_CMS, or a status of limits, is that it is no such SET. */
static tg_status read_stripped(tg_arena *arena, tg_bytes octets)
{
    tg_attribute_set set;
    tg_status status = tg_read_attributes(arena, octets, &set);
    if (status != TG_OK)
        return status;
    return has_attribute(&set, TG_OID_CONTENT_TYPE) && has_attribute(&set, TG_OID_MESSAGE_DIGEST) ? TG_OK : TG_BAD_CMS;
}

static bool begins_set(const tg_segments *content)
{
    size_t i = 0;
    while (i < content->num && content->at[i].len == 0)
        i++;
    return i < content->num && content->at[i].data[0] == (V_ASN1_SET | V_ASN1_CONSTRUCTED);
}

tg_status tg_content_is_attributes(const tg_segments *content, bool *out)
{
    *out = false;
    if (content->len > TG_SMIME_MAX_OUTSIDE || !begins_set(content))
        return TG_OK;
    /* Enough for a container of that length, which has attributes twice: enough for its attributes and a copy. */
    size_t size = tg_smime_arena_size(content->len);
    uint8_t *memory = OPENSSL_malloc(size);
    if (!memory)
        return TG_NO_MEMORY;
    tg_arena arena = tg_arena_of(memory, size);
    uint8_t *octets = tg_arena_alloc(&arena, content->len);
    tg_status status = TG_ARENA_FULL;
    if (octets) {
        gather(content, octets);
        status = read_stripped(&arena, tg_bytes_of(octets, content->len));
    }
    OPENSSL_free(memory);
    *out = status == TG_OK;
    return status == TG_NO_MEMORY ? TG_NO_MEMORY : TG_OK;
}
