/* A message for people, field by field with offsets and registry names. */
#define _DEFAULT_SOURCE /* gmtime_r */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "out.h"
#include "ticketgate/message.h"

enum { NAME_WIDTH = 20, VALUE_MAX = 32, TEXT_MAX = 2048, TS_MAX = 8, MAX_LEVELS = 40, LINE_MAX_OCTETS = 4096 };

static void put(tg_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(tg_out *o, const char *format, ...)
{
    char text[LINE_MAX_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len > 0)
        tg_out_octets(o, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

static void print_object(tg_out *o, const tg_message *m, const tg_layout *layout, const void *object, tg_bytes octets,
                         unsigned level);
static void print_chain(tg_out *o, const tg_message *m, const tg_payload *payloads, unsigned level);

static size_t place_of(const tg_message *m, tg_bytes octets)
{
    return octets.data ? (size_t)(octets.data - m->octets.data) : 0;
}

static void print_place(tg_out *o, size_t offset, unsigned level)
{
    put(o, "%04zx  %*s", offset, (int)(2 * level), "");
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static void print_number(tg_out *o, const tg_layout *layout, const tg_field *field, uint32_t value)
{
    const char *name_space = tg_field_name_space(layout, field);
    const char *name = name_space ? tg_registry_name(name_space, value) : NULL;
    if (field->bits == 32)
        put(o, "0x%08x (%u)", value, value);
    else
        put(o, "%u", value);
    put(o, "%s%s\n", name ? "  " : "", name ? name : "");
}

static bool is_text(tg_bytes data)
{
    for (size_t i = 0; i < data.len; i++) {
        if (data.data[i] < 0x20 || data.data[i] > 0x7e)
            return false;
    }
    return data.len > 0;
}

static void print_text(tg_out *o, tg_bytes data)
{
    put(o, "\"%.*s\"\n", (int)data.len, (const char *)data.data);
}

static void print_data(tg_out *o, tg_bytes data)
{
    char hex[VALUE_MAX * 2 + 1];
    size_t shown = data.len < VALUE_MAX ? data.len : VALUE_MAX;
    tg_hex_encode(tg_bytes_of(data.data, shown), hex);
    put(o, "%s%s  (%zu octet%s)\n", hex, shown < data.len ? "..." : "", data.len, data.len == 1 ? "" : "s");
}

/* The date of an NTP timestamp (RFC 3830 6.6), as long as its era lasts: to 2036. */
static void print_timestamp(tg_out *o, uint8_t ts_type, tg_bytes value)
{
    static const int64_t seconds_1900_to_1970 = 2208988800;
    tg_reader r = tg_reader_of(value);
    uint32_t seconds = 0;
    struct tm date;
    char text[32] = "";
    bool is_date = ts_type == TG_TS_NTP_UTC || ts_type == TG_TS_NTP || ts_type == TG_TS_NTP_UTC_32;
    time_t since_1970 = 0;
    if (is_date && tg_get_u32(&r, &seconds))
        since_1970 = (time_t)(seconds - seconds_1900_to_1970);
    char hex[TS_MAX * 2 + 1];
    tg_hex_encode(tg_bytes_of(value.data, value.len < TS_MAX ? value.len : TS_MAX), hex);
    if (is_date && since_1970 >= 0 && gmtime_r(&since_1970, &date))
        strftime(text, sizeof text, "  %Y-%m-%dT%H:%M:%SZ", &date);
    put(o, "%s%s\n", hex, text);
}

/* Octets by what they are: identities are text, timestamps are dates. */
static void print_octets(tg_out *o, const tg_field *field, const void *object, tg_bytes data)
{
    if (strcmp(field->name, "id_data") == 0 && data.len <= TEXT_MAX && is_text(data)) {
        print_text(o, data);
    } else if (strcmp(field->name, "ts_value") == 0) { /* of T or TR */
        bool is_t = ((const tg_payload *)object)->type == TG_PAYLOAD_T;
        print_timestamp(o, is_t ? ((const tg_t *)object)->ts_type : ((const tg_tr *)object)->ts_type, data);
    } else {
        print_data(o, data);
    }
}

static void print_flags(tg_out *o, uint16_t flags)
{
    for (const char *letter = TG_FLAG_LETTERS; *letter; letter++)
        put(o, "%c=%d%s", *letter, (flags & TG_FLAG(*letter)) != 0, letter[1] ? " " : "\n");
}

static void print_kv_data(tg_out *o, const tg_kv_data *kv)
{
    if (kv->kv == TG_KV_SPI) {
        put(o, "SPI ");
        print_data(o, kv->spi);
    } else if (kv->kv == TG_KV_INTERVAL) {
        put(o, "valid from ");
        print_data(o, kv->valid_from);
        put(o, "%*svalid to ", 6 + NAME_WIDTH, "");
        print_data(o, kv->valid_to);
    } else {
        put(o, "none\n");
    }
}

/* ---- lists and chains --------------------------------------------------------------------------------------- */

static void print_list(tg_out *o, const tg_message *m, const tg_layout *layout, const void *list, size_t num,
                       unsigned level)
{
    for (size_t i = 0; i < num; i++) {
        const void *entry = (const uint8_t *)list + i * layout->struct_size;
        tg_bytes octets = *(const tg_bytes *)entry; /* the first member of every entry */
        print_place(o, place_of(m, octets), level);
        put(o, "[%zu]\n", i);
        print_object(o, m, layout, entry, octets, level + 1);
    }
}

static void print_map(tg_out *o, const tg_message *m, const tg_map *map, unsigned level)
{
    const char *name = tg_registry_name("cs_id_map_type", map->cs_id_map_type);
    put(o, "%u crypto session%s, %s\n", map->num_cs, map->num_cs == 1 ? "" : "s", name ? name : "?");
    if (map->srtp)
        print_list(o, m, &tg_layout_srtp_cs, map->srtp, map->num_cs, level);
    if (map->generic)
        print_list(o, m, &tg_layout_generic_cs, map->generic, map->num_cs, level);
}

static void print_chain_member(tg_out *o, const tg_message *m, const tg_chain *chain, unsigned level)
{
    if (chain->form == TG_CHAIN_ABSENT)
        put(o, "absent\n");
    else if (chain->form == TG_CHAIN_OCTETS)
        print_data(o, chain->octets);
    else
        put(o, "%zu octet%s\n", chain->octets.len, chain->octets.len == 1 ? "" : "s");
    if (chain->form == TG_CHAIN_PAYLOADS)
        print_chain(o, m, chain->payloads, level);
}

/* ---- fields ------------------------------------------------------------------------------------------------- */

static uint32_t number_of(const tg_field *field, const void *member)
{
    if (field->size == sizeof(uint8_t))
        return *(const uint8_t *)member;
    return field->size == sizeof(uint16_t) ? *(const uint16_t *)member : *(const uint32_t *)member;
}

static void print_value(tg_out *o, const tg_message *m, const tg_layout *layout, const tg_field *field,
                        const void *object, unsigned level)
{
    const void *member = (const uint8_t *)object + field->member;
    switch (field->kind) {
    case TG_FIELD_NUMBER:
    case TG_FIELD_KV_TYPE:
        print_number(o, layout, field, number_of(field, member));
        break;
    case TG_FIELD_FLAGS:
        print_flags(o, *(const uint16_t *)member);
        break;
    case TG_FIELD_KV:
        print_kv_data(o, member);
        break;
    case TG_FIELD_PARAMS:
        put(o, "%zu\n", ((const tg_sp *)object)->num_policy_param);
        print_list(o, m, &tg_layout_param, ((const tg_sp *)object)->policy_param,
                   ((const tg_sp *)object)->num_policy_param, level + 1);
        break;
    case TG_FIELD_EXT:
        print_data(o, *(const tg_bytes *)member);
        print_list(o, m, &tg_layout_key_id, ((const tg_general_ext *)object)->key_ids,
                   ((const tg_general_ext *)object)->num_key_ids, level + 1);
        break;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        print_chain_member(o, m, member, level + 1);
        break;
    case TG_FIELD_MAP:
        print_map(o, m, member, level + 1);
        break;
    default:
        print_octets(o, field, object, *(const tg_bytes *)member);
    }
}

static bool is_shown(const tg_field *field, const void *object)
{
    if (field->kind == TG_FIELD_SALT)
        return tg_key_type_has_salt(((const tg_key_data *)object)->type);
    if (field->kind == TG_FIELD_KV)
        return ((const tg_kv_data *)(const void *)((const uint8_t *)object + field->member))->kv != TG_KV_NULL;
    return field->kind != TG_FIELD_NEXT && field->kind != TG_FIELD_LEN;
}

static void print_object(tg_out *o, const tg_message *m, const tg_layout *layout, const void *object, tg_bytes octets,
                         unsigned level)
{
    for (size_t i = 0; i < layout->num_fields; i++) {
        const tg_field *field = &layout->fields[i];
        size_t offset = 0, len = 0;
        if (!is_shown(field, object))
            continue;
        const char *name = field->kind == TG_FIELD_KV    ? "kv_data"
                           : field->kind == TG_FIELD_MAP ? "cs_id_map"
                                                         : field->name;
        if (tg_field_range(layout, object, octets, field->name, &offset, &len))
            print_place(o, place_of(m, octets) + offset, level);
        else
            put(o, "      %*s", (int)(2 * level), "");
        put(o, "%-*s", NAME_WIDTH, name);
        print_value(o, m, layout, field, object, level);
    }
}

static void print_chain(tg_out *o, const tg_message *m, const tg_payload *payloads, unsigned level)
{
    for (const tg_payload *payload = payloads; payload && level < MAX_LEVELS; payload = payload->next) {
        const tg_layout *layout = tg_layout_of(payload->type);
        print_place(o, place_of(m, payload->octets), level);
        put(o, "%s\n", tg_payload_name(payload->type));
        if (layout)
            print_object(o, m, layout, payload, payload->octets, level + 1);
    }
}

static void print_summary(tg_out *o, const tg_message *message)
{
    const char *name = tg_registry_name("data_type", message->hdr.data_type);
    put(o, "%s (data type %u), %zu octets, CSB ID 0x%08x\n", name ? name : "?", message->hdr.data_type,
        message->octets.len, message->hdr.csb_id);
}

bool tg_report_write_tree_summary(const tg_message *message, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    print_summary(&out, message);
    return !out.failed;
}

bool tg_report_write_tree(const tg_message *message, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    print_summary(&out, message);
    print_place(&out, 0, 0);
    put(&out, "HDR\n");
    print_object(&out, message, &tg_layout_hdr, &message->hdr, message->hdr.octets, 1);
    print_chain(&out, message, message->payloads, 0);
    return !out.failed;
}
