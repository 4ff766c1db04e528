/* parse_fields: one macro for each kind of field of layouts.h, which reads it. Private to parse.c.
 *
 * In scope where a layout is expanded: p, r, o (the object), own_id (catalogue row of a list entry, or NULL for a
 * payload, whose row the chain adds), and next where there is a Next Payload.
 */
#ifndef TICKETGATE_WIRE_PARSE_FIELDS_H
#define TICKETGATE_WIRE_PARSE_FIELDS_H

#define TRUNCATED(name) tg_wire_fault(p, TG_TRUNCATED, r->pos, name, own_id)
#define PARSE(kind, ...) PARSE_##kind(__VA_ARGS__)
#define PARSE_NEXT(name)                                                                                               \
    if (!tg_get_u8(r, next))                                                                                           \
        return TRUNCATED(#name);
#define PARSE_U8(name)                                                                                                 \
    if (!tg_get_u8(r, &o->name))                                                                                       \
        return TRUNCATED(#name);
#define PARSE_U16(name)                                                                                                \
    if (!tg_get_u16(r, &o->name))                                                                                      \
        return TRUNCATED(#name);
#define PARSE_U32(name)                                                                                                \
    if (!tg_get_u32(r, &o->name))                                                                                      \
        return TRUNCATED(#name);
#define PARSE_BITS8(a, a_bits, b, b_bits)                                                                              \
    uint8_t a##_octet;                                                                                                 \
    if (!tg_get_u8(r, &a##_octet))                                                                                     \
        return TRUNCATED(#a);                                                                                          \
    o->a = (uint8_t)(a##_octet >> (b_bits));                                                                           \
    o->b = (uint8_t)(a##_octet & ((1u << (b_bits)) - 1));
#define PARSE_BITS_LEN8(a, a_bits, len)                                                                                \
    uint8_t len;                                                                                                       \
    if (!tg_get_u8(r, &len))                                                                                           \
        return TRUNCATED(#a);                                                                                          \
    o->a = (uint8_t)(len >> (8 - (a_bits)));                                                                           \
    len &= (uint8_t)(0xffu >> (a_bits));
#define PARSE_BITS_LEN16(a, a_bits, len)                                                                               \
    uint16_t len;                                                                                                      \
    if (!tg_get_u16(r, &len))                                                                                          \
        return TRUNCATED(#a);                                                                                          \
    o->a = (uint8_t)(len >> (16 - (a_bits)));                                                                          \
    len &= (uint16_t)(0xffffu >> (a_bits));
#define PARSE_BITS_KV(a)                                                                                               \
    uint8_t a##_kv_octet;                                                                                              \
    if (!tg_get_u8(r, &a##_kv_octet))                                                                                  \
        return TRUNCATED(#a);                                                                                          \
    o->a = a##_kv_octet >> 4;                                                                                          \
    o->kv_data.kv = a##_kv_octet & 15;                                                                                 \
    if (o->kv_data.kv > TG_KV_INTERVAL)                                                                                \
        return tg_wire_fault(p, TG_UNKNOWN_LENGTH, r->pos - 1, "kv", KV_ID);
#define PARSE_FLAGS(prf, flags_, res_)                                                                                 \
    uint8_t prf##_octet;                                                                                               \
    uint16_t flags_##_octets;                                                                                          \
    if (!tg_get_u8(r, &prf##_octet))                                                                                   \
        return TRUNCATED(#prf);                                                                                        \
    if (!tg_get_u16(r, &flags_##_octets))                                                                              \
        return TRUNCATED(#flags_);                                                                                     \
    o->prf = prf##_octet >> 1;                                                                                         \
    o->flags_ = (uint16_t)((prf##_octet & 1u) << 11 | flags_##_octets >> 5);                                           \
    o->res_ = flags_##_octets & 31;
#define PARSE_LEN8(name)                                                                                               \
    uint8_t name;                                                                                                      \
    if (!tg_get_u8(r, &name))                                                                                          \
        return TRUNCATED(#name);
#define PARSE_LEN16(name)                                                                                              \
    uint16_t name;                                                                                                     \
    if (!tg_get_u16(r, &name))                                                                                         \
        return TRUNCATED(#name);
#define PARSE_DATA(name, len)                                                                                          \
    if (!tg_get_bytes(r, len, &o->name))                                                                               \
        return TRUNCATED(#name);
#define PARSE_FIXED(name, selector, octets_of)                                                                         \
    int name##_octets = octets_of(o->selector);                                                                        \
    if (name##_octets < 0)                                                                                             \
        return tg_wire_fault(p, TG_UNKNOWN_LENGTH, r->pos - 1, #selector, own_id);                                     \
    PARSE_DATA(name, (size_t)name##_octets)
#define PARSE_SALT(name, len)                                                                                          \
    o->name = tg_bytes_of(NULL, 0);                                                                                    \
    if (tg_key_type_has_salt(o->type)) {                                                                               \
        PARSE_LEN16(len)                                                                                               \
        PARSE_DATA(name, len)                                                                                          \
    }
#define PARSE_KV()                                                                                                     \
    tg_status kv_status = parse_kv_data(p, r, &o->kv_data);                                                            \
    if (kv_status != TG_OK)                                                                                            \
        return kv_status;
#define SCOPE(name, len)                                                                                               \
    tg_bytes name##_scope;                                                                                             \
    if (!tg_get_bytes(r, len, &name##_scope))                                                                          \
        return TRUNCATED(#name);
#define PASS_ON(call)                                                                                                  \
    do {                                                                                                               \
        tg_status nested_status = call;                                                                                \
        if (nested_status != TG_OK)                                                                                    \
            return nested_status;                                                                                      \
    } while (0)
#define PARSE_PARAMS(name, len)                                                                                        \
    SCOPE(name, len)                                                                                                   \
    PASS_ON(parse_params(p, name##_scope, &o->name, &o->num_##name));
#define PARSE_EXT(name, len)                                                                                           \
    PARSE_DATA(name, len)                                                                                              \
    o->key_ids = NULL;                                                                                                 \
    o->num_key_ids = 0;                                                                                                \
    if (o->type == TG_EXT_KEY_ID)                                                                                      \
        PASS_ON(parse_key_ids(p, o->name, &o->key_ids, &o->num_key_ids));
#define PARSE_CHAIN(name, len)                                                                                         \
    SCOPE(name, len)                                                                                                   \
    PASS_ON(nested_chain(p, name##_scope, TG_CHAIN_TP_DATA, #name, &o->name));
#define PARSE_OPT_CHAIN(name, len)                                                                                     \
    SCOPE(name, len)                                                                                                   \
    o->name = (tg_chain){ TG_CHAIN_ABSENT, name##_scope, NULL };                                                       \
    if (len != 0)                                                                                                      \
        PASS_ON(nested_chain(p, name##_scope, TG_CHAIN_INITIATOR_DATA, #name, &o->name));
#define PARSE_TICKET_DATA(name, len)                                                                                   \
    SCOPE(name, len)                                                                                                   \
    PASS_ON(parse_ticket_data(p, name##_scope, o->ticket_type, &o->name));
#define PARSE_KEYS(name, len)                                                                                          \
    SCOPE(name, len)                                                                                                   \
    o->name = (tg_chain){ TG_CHAIN_OCTETS, name##_scope, NULL };                                                       \
    if (o->encr_alg == TG_ENCR_NULL)                                                                                   \
        PASS_ON(nested_chain(p, name##_scope, TG_CHAIN_KEYS, #name, &o->name));
#define PARSE_MAP() PASS_ON(parse_map(p, r, &o->map));

#endif
