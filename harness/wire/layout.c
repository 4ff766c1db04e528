/* The field tables, made from the lists of layouts.h, and what reads a parsed payload by them. */
#include "ticketgate/wire.h"

#define SIZE_OF(type, member) sizeof(((const type *)0)->member)
#define NUMBER(name, width) { #name, TG_FIELD_NUMBER, width, offsetof(OWNER, name), SIZE_OF(OWNER, name), NULL },
#define LENGTH(name, width) { #name, TG_FIELD_LEN, width, 0, 0, NULL },
#define MEMBER(name, kind, len) { #name, kind, 0, offsetof(OWNER, name), 0, len },

#define FIELD(kind, ...) FIELD_##kind(__VA_ARGS__)
#define FIELD_NEXT(name) { #name, TG_FIELD_NEXT, 8, 0, 0, NULL },
#define FIELD_U8(name) NUMBER(name, 8)
#define FIELD_U16(name) NUMBER(name, 16)
#define FIELD_U32(name) NUMBER(name, 32)
#define FIELD_BITS8(a, a_bits, b, b_bits) NUMBER(a, a_bits) NUMBER(b, b_bits)
#define FIELD_BITS_LEN8(a, a_bits, len) NUMBER(a, a_bits) LENGTH(len, 8 - (a_bits))
#define FIELD_BITS_LEN16(a, a_bits, len) NUMBER(a, a_bits) LENGTH(len, 16 - (a_bits))
#define FIELD_BITS_KV(a)                                                                                               \
    NUMBER(a, 4)                                                                                                       \
    { "kv", TG_FIELD_KV_TYPE, 4, offsetof(OWNER, kv_data) + offsetof(tg_kv_data, kv), 1, NULL },
#define FIELD_FLAGS(prf, flags_, res_)                                                                                 \
    NUMBER(prf, 7)                                                                                                     \
    { #flags_, TG_FIELD_FLAGS, TG_NUM_FLAG_BITS, offsetof(OWNER, flags_), SIZE_OF(OWNER, flags_), NULL },              \
    NUMBER(res_, 5)
#define FIELD_LEN8(name) LENGTH(name, 8)
#define FIELD_LEN16(name) LENGTH(name, 16)
#define FIELD_DATA(name, len) MEMBER(name, TG_FIELD_DATA, #len)
#define FIELD_FIXED(name, selector, octets_of) MEMBER(name, TG_FIELD_DATA, NULL)
#define FIELD_SALT(name, len) MEMBER(name, TG_FIELD_SALT, #len)
#define FIELD_KV() { "", TG_FIELD_KV, 0, offsetof(OWNER, kv_data), 0, NULL },
#define FIELD_PARAMS(name, len) MEMBER(name, TG_FIELD_PARAMS, #len)
#define FIELD_EXT(name, len) MEMBER(name, TG_FIELD_EXT, #len)
#define FIELD_KEYS(name, len) MEMBER(name, TG_FIELD_KEYS, #len)
#define FIELD_CHAIN(name, len) MEMBER(name, TG_FIELD_CHAIN, #len)
#define FIELD_OPT_CHAIN(name, len) MEMBER(name, TG_FIELD_OPT_CHAIN, #len)
#define FIELD_TICKET_DATA(name, len) MEMBER(name, TG_FIELD_TICKET_DATA, #len)
#define FIELD_MAP() { "", TG_FIELD_MAP, 0, offsetof(OWNER, map), 0, NULL },

enum { TG_NUM_FLAG_BITS = sizeof TG_FLAG_LETTERS - 1 };

/* OWNER is the struct whose members a list names. */
#define LIST_TABLE(NAME, name)                                                                                         \
    { #NAME, 0, TG_LAYOUT_##NAME##_ID, sizeof(tg_##name), fields_of_##name,                                            \
      sizeof fields_of_##name / sizeof fields_of_##name[0] }

#define OWNER tg_hdr
static const tg_field fields_of_hdr[] = { TG_LAYOUT_HDR(FIELD) };
#undef OWNER
#define OWNER tg_srtp_cs
static const tg_field fields_of_srtp_cs[] = { TG_LAYOUT_SRTP_CS(FIELD) };
#undef OWNER
#define OWNER tg_generic_cs
static const tg_field fields_of_generic_cs[] = { TG_LAYOUT_GENERIC_CS(FIELD) };
#undef OWNER
#define OWNER tg_param
static const tg_field fields_of_param[] = { TG_LAYOUT_PARAM(FIELD) };
#undef OWNER
#define OWNER tg_key_id
static const tg_field fields_of_key_id[] = { TG_LAYOUT_KEY_ID(FIELD) };
#undef OWNER

const tg_layout tg_layout_hdr = LIST_TABLE(HDR, hdr);
const tg_layout tg_layout_srtp_cs = LIST_TABLE(SRTP_CS, srtp_cs);
const tg_layout tg_layout_generic_cs = LIST_TABLE(GENERIC_CS, generic_cs);
const tg_layout tg_layout_param = LIST_TABLE(PARAM, param);
const tg_layout tg_layout_key_id = LIST_TABLE(KEY_ID, key_id);

/* The same for payloads, one function each, in which OWNER is a type of its own. */
#define PAYLOAD_TABLE(NAME, name, number)                                                                              \
    static const tg_layout *layout_of_##name(void)                                                                     \
    {                                                                                                                  \
        typedef tg_##name OWNER;                                                                                       \
        static const tg_field fields[] = { TG_LAYOUT_##NAME(FIELD) };                                                  \
        static const tg_layout layout = { #NAME,  number, TG_LAYOUT_##NAME##_ID,                                       \
                                          sizeof(OWNER), fields, sizeof fields / sizeof fields[0] };                   \
        return &layout;                                                                                                \
    }
TG_PAYLOADS(PAYLOAD_TABLE)

const tg_layout *tg_layout_of(uint16_t type)
{
    switch (type) {
#define CASE(NAME, name, number)                                                                                       \
    case number:                                                                                                       \
        return layout_of_##name();
        TG_PAYLOADS(CASE)
#undef CASE
    default:
        return NULL;
    }
}

const tg_layout *tg_layout_find(const char *name)
{
#define MATCH(NAME, member, number)                                                                                    \
    if (strcmp(name, #NAME) == 0)                                                                                      \
        return layout_of_##member();
    TG_PAYLOADS(MATCH)
#undef MATCH
    static const tg_layout *const lists[] = { &tg_layout_hdr, &tg_layout_srtp_cs, &tg_layout_generic_cs,
                                              &tg_layout_param, &tg_layout_key_id };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(name, lists[i]->name) == 0)
            return lists[i];
    }
    return NULL;
}

const char *tg_payload_name(uint16_t type)
{
    const tg_layout *layout = tg_layout_of(type);
    return layout ? layout->name : "?";
}

/* ---- what its numbers mean ---------------------------------------------------------------------------------- */

const char *tg_field_name_space(const tg_layout *layout, const tg_field *field)
{
    /* Name spaces of fields that are not called after theirs. */
    static const struct {
        const char *layout, *field, *name_space;
    } others[] = {
        { "KEY_DATA", "type", "key_data_type" },
        { "SK", "type", "sk_type" },
        { "GENERAL_EXT", "type", "general_ext_type" },
        { "PARAM", "type", NULL }, /* the name space depends on the Prot type */
        { "V", "auth_alg", "mac_alg" },
        { "ECCPT", "auth_alg", "mac_alg" },
        { "TICKET", "version", NULL }, /* not the version of MIKEY */
        { "TP", "version", NULL },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(layout->name, others[i].layout) == 0 && strcmp(field->name, others[i].field) == 0)
            return others[i].name_space;
    }
    const tg_registry *registry = tg_registry_find(field->name);
    return registry ? registry->id : NULL;
}

/* ---- where a field stands ----------------------------------------------------------------------------------- */

/* Parts of a field that have names of their own, in wire order. */
typedef struct part {
    const char *name;
    size_t len;
} part;

static tg_bytes octets_at(const void *object, size_t member)
{
    return *(const tg_bytes *)(const void *)((const char *)object + member);
}

static size_t kv_parts(const tg_kv_data *kv, part out[4])
{
    if (kv->kv == TG_KV_SPI) {
        out[0] = (part){ "spi_len", 1 };
        out[1] = (part){ "spi", kv->spi.len };
        return 2;
    }
    if (kv->kv == TG_KV_INTERVAL) {
        out[0] = (part){ "vf_len", 1 };
        out[1] = (part){ "valid_from", kv->valid_from.len };
        out[2] = (part){ "vt_len", 1 };
        out[3] = (part){ "valid_to", kv->valid_to.len };
        return 4;
    }
    return 0;
}

static size_t params_len(const tg_param *list, size_t num)
{
    return num ? (size_t)(list[num - 1].octets.data + list[num - 1].octets.len - list[0].octets.data) : 0;
}

/* The named parts of a field of whole octets; `left` is what stands from the field to the end of the object. */
static size_t parts_of(const tg_field *field, const void *object, size_t left, part out[4])
{
    const void *member = (const char *)object + field->member;
    switch (field->kind) {
    case TG_FIELD_SALT:
        /* Only key data has a salt; whether it does is for its type to say. */
        if (!tg_key_type_has_salt(((const tg_key_data *)object)->type))
            return 0;
        out[0] = (part){ field->len_name, 2 };
        out[1] = (part){ field->name, octets_at(object, field->member).len };
        return 2;
    case TG_FIELD_KV:
        return kv_parts(member, out);
    case TG_FIELD_PARAMS:
        out[0] = (part){ field->name,
                         params_len(((const tg_sp *)object)->policy_param, ((const tg_sp *)object)->num_policy_param) };
        return 1;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        out[0] = (part){ field->name, ((const tg_chain *)member)->octets.len };
        return 1;
    case TG_FIELD_MAP:
        out[0] = (part){ "num_cs", 1 };
        out[1] = (part){ "cs_id_map_type", 1 };
        out[2] = (part){ "cs", left >= 2 ? left - 2 : 0 };
        return 3;
    default: /* DATA and EXT */
        out[0] = (part){ field->name, octets_at(object, field->member).len };
        return 1;
    }
}

bool tg_field_range(const tg_layout *layout, const void *object, tg_bytes octets, const char *name, size_t *offset,
                    size_t *len)
{
    size_t bit = 0;
    for (size_t i = 0; i < layout->num_fields; i++) {
        const tg_field *field = &layout->fields[i];
        size_t at = bit / 8;
        if (field->bits) {
            if (strcmp(field->name, name) == 0) {
                *offset = at;
                *len = (bit % 8 + field->bits + 7) / 8;
                return true;
            }
            bit += field->bits;
            continue;
        }
        part parts[4];
        size_t num = parts_of(field, object, octets.len > at ? octets.len - at : 0, parts);
        for (size_t j = 0; j < num; j++) {
            if (strcmp(parts[j].name, name) == 0) {
                *offset = bit / 8;
                *len = parts[j].len;
                return true;
            }
            bit += parts[j].len * 8;
        }
    }
    return false;
}
