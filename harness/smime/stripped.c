/* AuthenticatedData whose attributes were taken off: its MAC is over the DER of authAttrs where there are some and over
 * the content where there are none [RFC 5652 9.2], so that the one can be made the other without a key. */
#include <openssl/asn1.h>
#include <openssl/crypto.h>

#include "algorithms.h"
#include "cut.h"
#include "open.h"

static bool has_attribute(const tg_smime_attribute *all, size_t num, const char *oid)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].oid, oid) == 0)
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

/* As authAttrs of a container are read: TG_BAD_CMS, or a status of limits, is that it is no such SET. */
static tg_status read_attributes(tg_arena *arena, tg_bytes octets)
{
    tg_smime s = { .octets = octets };
    tg_cut cut = { .s = &s, .arena = arena, .row = "" };
    tg_smime_attribute *all = NULL;
    tg_bytes der;
    size_t num = 0, fault_at;
    bool was_der = false;
    tg_status status = tg_elements_walk(octets, &fault_at);
    if (status == TG_OK)
        status = tg_cut_attributes(&cut, octets, "", &all, &num);
    if (status == TG_OK)
        status = tg_der_of_set(arena, octets, &der, &was_der);
    if (status != TG_OK)
        return status;
    return was_der && has_attribute(all, num, TG_OID_CONTENT_TYPE) && has_attribute(all, num, TG_OID_MESSAGE_DIGEST)
               ? TG_OK
               : TG_BAD_CMS;
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
        status = read_attributes(&arena, tg_bytes_of(octets, content->len));
    }
    OPENSSL_free(memory);
    *out = status == TG_OK;
    return status == TG_NO_MEMORY ? TG_NO_MEMORY : TG_OK;
}
