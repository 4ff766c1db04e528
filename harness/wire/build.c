/* The builder of every payload, made from the field lists of layouts.h.
 *
 * Lengths, counts and Next Payloads are computed from the model. An override (a broken message on purpose, or an
 * octet that parsing found) takes the place of the computed number and changes nothing else.
 */
#include "ticketgate/wire.h"

static void fail(tg_writer *w, tg_status status)
{
    if (w->status == TG_OK)
        w->status = status;
}

/* The number for a field of `owner`, which is a tg_object: what was written, or what was computed. */
static uint32_t written_or(uint32_t computed, const void *owner, const char *field)
{
    for (const tg_override *o = ((const tg_object *)owner)->overrides; o; o = o->next) {
        if (strcmp(o->field, field) == 0)
            return o->value;
    }
    return computed;
}

/* A length field that waits for its data. `high` are the bits above it in its octets. */
typedef struct pending_length {
    size_t place, start;
    unsigned width;
    uint32_t high, max;
} pending_length;

static pending_length begin_length(tg_writer *w, unsigned width, uint32_t high_value, unsigned high_bits)
{
    pending_length out = { 0 };
    out.width = width;
    out.max = (uint32_t)((1u << (8 * width - high_bits)) - 1);
    out.high = high_value << (8 * width - high_bits);
    if (high_value >> high_bits != 0)
        fail(w, TG_OVERFLOW);
    out.place = tg_put_reserved(w, width);
    out.start = w->len;
    return out;
}

static void end_length(tg_writer *w, pending_length length, const void *owner, const char *field)
{
    size_t computed = w->len - length.start;
    if (computed > UINT32_MAX)
        computed = UINT32_MAX;
    uint32_t value = written_or((uint32_t)computed, owner, field);
    if (value > length.max)
        fail(w, TG_OVERFLOW);
    else
        tg_fill_reserved(w, length.place, length.width, length.high | value);
}

static void put_bits(tg_writer *w, uint32_t high, unsigned high_bits, uint32_t low, unsigned low_bits)
{
    if (high >> high_bits != 0 || low >> low_bits != 0)
        fail(w, TG_OVERFLOW);
    else
        tg_put_u8(w, high << low_bits | low);
}

/* RFC 3830 6.14 */
static void build_kv_field(tg_writer *w, tg_bytes octets, const void *owner, const char *len_name)
{
    pending_length length = begin_length(w, 1, 0, 0);
    tg_put_bytes(w, octets);
    end_length(w, length, owner, len_name);
}

static void build_kv_data(tg_writer *w, const tg_kv_data *kv, const void *owner)
{
    if (kv->kv == TG_KV_SPI)
        build_kv_field(w, kv->spi, owner, "spi_len");
    if (kv->kv == TG_KV_INTERVAL) {
        build_kv_field(w, kv->valid_from, owner, "vf_len");
        build_kv_field(w, kv->valid_to, owner, "vt_len");
    }
}

static uint32_t number_of(const tg_payload *payload)
{
    return payload ? payload->type : TG_PAYLOAD_LAST;
}

static void build_chain_field(tg_writer *w, const tg_chain *chain, const void *owner, const char *first_name)
{
    if (chain->form == TG_CHAIN_OCTETS)
        tg_put_bytes(w, chain->octets);
    if (chain->form != TG_CHAIN_PAYLOADS)
        return;
    if (first_name)
        tg_put_u8(w, written_or(number_of(chain->payloads), owner, first_name));
    tg_wire_build_chain(w, chain->payloads);
}

/* ---- one macro for each kind of field (layouts.h) ----------------------------------------------------------- */

/* In scope: w, o (the object), and next_number where there is a Next Payload. */
#define BUILD(kind, ...) BUILD_##kind(__VA_ARGS__)
#define BUILD_NEXT(name) tg_put_u8(w, written_or(next_number, o, #name));
#define BUILD_U8(name) tg_put_u8(w, o->name);
#define BUILD_U16(name) tg_put_u16(w, o->name);
#define BUILD_U32(name) tg_put_u32(w, o->name);
#define BUILD_BITS8(a, a_bits, b, b_bits) put_bits(w, o->a, a_bits, o->b, b_bits);
#define BUILD_BITS_LEN8(a, a_bits, len) pending_length len = begin_length(w, 1, o->a, a_bits);
#define BUILD_BITS_LEN16(a, a_bits, len) pending_length len = begin_length(w, 2, o->a, a_bits);
#define BUILD_BITS_KV(a) put_bits(w, o->a, 4, o->kv_data.kv, 4);
#define BUILD_FLAGS(prf, flags_, res_)                                                                                 \
    put_bits(w, o->prf, 7, o->flags_ >> 11, 1);                                                                        \
    tg_put_u8(w, o->flags_ >> 3 & 0xff);                                                                               \
    put_bits(w, o->flags_ & 7, 3, o->res_, 5);
#define BUILD_LEN8(len) pending_length len = begin_length(w, 1, 0, 0);
#define BUILD_LEN16(len) pending_length len = begin_length(w, 2, 0, 0);
#define END(len) end_length(w, len, o, #len);
#define BUILD_DATA(name, len)                                                                                          \
    tg_put_bytes(w, o->name);                                                                                          \
    END(len)
#define BUILD_FIXED(name, selector, octets_of) tg_put_bytes(w, o->name);
#define BUILD_SALT(name, len)                                                                                          \
    if (tg_key_type_has_salt(o->type)) {                                                                               \
        BUILD_LEN16(len)                                                                                               \
        BUILD_DATA(name, len)                                                                                          \
    }
#define BUILD_KV() build_kv_data(w, &o->kv_data, o);
#define BUILD_PARAMS(name, len)                                                                                        \
    for (size_t i = 0; i < o->num_##name; i++)                                                                         \
        build_param(w, &o->name[i]);                                                                                   \
    END(len)
#define BUILD_EXT(name, len)                                                                                           \
    if (!o->key_ids)                                                                                                   \
        tg_put_bytes(w, o->name);                                                                                      \
    for (size_t i = 0; o->key_ids && i < o->num_key_ids; i++)                                                          \
        build_key_id(w, &o->key_ids[i]);                                                                               \
    END(len)
#define BUILD_CHAIN(name, len)                                                                                         \
    build_chain_field(w, &o->name, o, "first_payload_" #name);                                                         \
    END(len)
#define BUILD_OPT_CHAIN(name, len) BUILD_CHAIN(name, len)
#define BUILD_TICKET_DATA(name, len)                                                                                   \
    build_chain_field(w, &o->name, o, NULL);                                                                           \
    END(len)
#define BUILD_KEYS(name, len) BUILD_TICKET_DATA(name, len)
#define BUILD_MAP() build_map(w, &o->map, o);

/* ---- lists -------------------------------------------------------------------------------------------------- */

#define ENTRY_BUILDER(NAME, name)                                                                                      \
    static void build_##name(tg_writer *w, const tg_##name *o)                                                         \
    {                                                                                                                  \
        TG_LAYOUT_##NAME(BUILD)                                                                                        \
    }
ENTRY_BUILDER(SRTP_CS, srtp_cs)
ENTRY_BUILDER(GENERIC_CS, generic_cs)
ENTRY_BUILDER(PARAM, param)
ENTRY_BUILDER(KEY_ID, key_id)

static void build_map(tg_writer *w, const tg_map *map, const void *owner)
{
    tg_put_u8(w, written_or(map->num_cs, owner, "num_cs"));
    tg_put_u8(w, map->cs_id_map_type);
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_SRTP_ID && i < map->num_cs; i++)
        build_srtp_cs(w, &map->srtp[i]);
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++)
        build_generic_cs(w, &map->generic[i]);
}

/* ---- payloads ----------------------------------------------------------------------------------------------- */

#define PAYLOAD_BUILDER(NAME, name, number)                                                                            \
    static void build_payload_##name(tg_writer *w, const tg_##name *o, uint32_t next_number)                           \
    {                                                                                                                  \
        (void)next_number; /* SIGN has no Next Payload */                                                              \
        TG_LAYOUT_##NAME(BUILD)                                                                                        \
    }
TG_PAYLOADS(PAYLOAD_BUILDER)

void tg_wire_build_payload(tg_writer *w, const tg_payload *payload)
{
    uint32_t next_number = number_of(payload->next);
    switch (payload->type) {
#define CASE(NAME, name, number)                                                                                       \
    case number:                                                                                                       \
        build_payload_##name(w, (const tg_##name *)payload, next_number);                                              \
        break;
        TG_PAYLOADS(CASE)
#undef CASE
    default:
        fail(w, TG_UNKNOWN_PAYLOAD);
    }
}

void tg_wire_build_chain(tg_writer *w, const tg_payload *payloads)
{
    for (const tg_payload *payload = payloads; payload; payload = payload->next)
        tg_wire_build_payload(w, payload);
}

static void build_hdr_fields(tg_writer *w, const tg_hdr *o, uint32_t next_number)
{
    TG_LAYOUT_HDR(BUILD)
}

void tg_wire_build_hdr(tg_writer *w, const tg_hdr *hdr, const tg_payload *first)
{
    build_hdr_fields(w, hdr, number_of(first));
}
