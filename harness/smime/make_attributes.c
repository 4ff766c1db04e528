/* Attributes of a plan are cut as a reader cuts them: what he would not take is not made. */
#include <openssl/asn1.h>
#include <openssl/crypto.h>

#include "algorithms.h"
#include "cut.h"
#include "make_parts.h"

static bool is_id_data(const tg_smime_attribute *content_type)
{
    static const uint8_t id_data[] = { V_ASN1_OBJECT, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 };
    return content_type->num_values == 1 && tg_bytes_equal(content_type->value, tg_bytes_of(id_data, sizeof id_data));
}

/* AuthenticatedData has its content-type and message-digest from the content, beside these [RFC 5652 9.1]; the content
 * of AuthEnvelopedData is id-data, and its content-type says so or is not there [9.3]. */
static bool are_authenticated(const tg_smime_plan *plan, const tg_attribute_set *set)
{
    bool authenticated = plan->type == TG_SMIME_TYPE_IS_AUTHENTICATED;
    for (size_t i = 0; i < set->num; i++) {
        bool type = strcmp(set->all[i].oid, TG_OID_CONTENT_TYPE) == 0;
        bool digest = strcmp(set->all[i].oid, TG_OID_MESSAGE_DIGEST) == 0;
        if (authenticated ? type || digest : type && !is_id_data(&set->all[i]))
            return false;
    }
    return !authenticated || set->num <= TG_SMIME_MAX_ATTRIBUTES - 2;
}

/* `plan` NULL: they are not authenticated. */
static tg_status check_set(const tg_smime_plan *plan, tg_bytes octets)
{
    if (octets.len == 0)
        return TG_OK;
    size_t size = tg_smime_arena_size(octets.len);
    uint8_t *memory = OPENSSL_malloc(size);
    tg_attribute_set set;
    if (!memory)
        return TG_NO_MEMORY;
    tg_arena arena = tg_arena_of(memory, size);
    tg_status status = tg_read_attributes(&arena, octets, &set);
    if (status == TG_OK && plan && !are_authenticated(plan, &set))
        status = TG_BAD_CMS;
    OPENSSL_free(memory);
    return status == TG_OK || status == TG_NO_MEMORY ? status : TG_BAD_CMS;
}

tg_status tg_check_planned_attributes(const tg_smime_plan *plan)
{
    tg_status status = check_set(plan, plan->auth_attrs);
    return status == TG_OK ? check_set(NULL, plan->unauth_attrs) : status;
}
