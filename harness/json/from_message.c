/* A message to its tree, field by field from the tables of wire.h. */
#include "emit.h"
#include "shapes.h"

/* What the writing of one tree runs on. */
typedef struct writing {
    tg_emit e;
    bool too_deep;
} writing;

static void put_object(writing *w, const tg_layout *layout, const void *object);

/* ---- overrides ---------------------------------------------------------------------------------------------- */

static const tg_override *override_of(const void *owner, const char *field)
{
    const tg_override *override = ((const tg_object *)owner)->overrides;
    while (override && strcmp(override->field, field) != 0)
        override = override->next;
    return override;
}

static void put_override(writing *w, const void *owner, const char *field)
{
    const tg_override *override = override_of(owner, field);
    if (override)
        tg_emit_member_number(&w->e, field, override->value);
}

/* ---- shapes of their own ------------------------------------------------------------------------------------ */

static void put_member_hex(writing *w, const char *name, tg_bytes bytes)
{
    tg_emit_key(&w->e, name);
    tg_emit_hex(&w->e, bytes);
}

static void put_flags(writing *w, uint16_t flags)
{
    tg_emit_open(&w->e, '{', true);
    for (const char *letter = TG_FLAG_LETTERS; *letter; letter++) {
        char name[2] = { *letter, '\0' };
        tg_emit_member_number(&w->e, name, (flags & TG_FLAG(*letter)) != 0);
    }
    tg_emit_close(&w->e, '{', true);
}

static void put_kv_data(writing *w, const void *owner, const tg_kv_data *kv)
{
    for (size_t i = 0; i < TG_NUM_KV_SHAPES; i++) {
        const tg_kv_shape *shape = &tg_kv_shapes[i];
        if (shape->kv != kv->kv)
            continue;
        put_override(w, owner, shape->len_name);
        put_member_hex(w, shape->name, *(const tg_bytes *)tg_member_of(kv, shape->member));
    }
}

static void put_list(writing *w, const char *name, const tg_layout *layout, const void *list, size_t num)
{
    tg_emit_key(&w->e, name);
    tg_emit_open(&w->e, '[', false);
    for (size_t i = 0; i < num; i++) {
        tg_emit_item(&w->e);
        put_object(w, layout, tg_member_of(list, i * layout->struct_size));
    }
    tg_emit_close(&w->e, '[', false);
}

static void put_map(writing *w, const tg_map *map)
{
    if (map->cs_id_map_type == TG_MAP_SRTP_ID)
        put_list(w, "cs", &tg_layout_srtp_cs, map->srtp, map->num_cs);
    if (map->cs_id_map_type == TG_MAP_GENERIC_ID)
        put_list(w, "cs", &tg_layout_generic_cs, map->generic, map->num_cs);
}

/* #CS and the map type; #CS is written when nothing else in the tree says it (RFC 4563 5). */
static void put_map_numbers(writing *w, const void *owner, const tg_map *map)
{
    bool has_entries = map->cs_id_map_type == TG_MAP_SRTP_ID || map->cs_id_map_type == TG_MAP_GENERIC_ID;
    if (override_of(owner, "num_cs"))
        put_override(w, owner, "num_cs");
    else if (!has_entries && map->num_cs != 0)
        tg_emit_member_number(&w->e, "num_cs", map->num_cs);
    tg_emit_member_number(&w->e, "cs_id_map_type", map->cs_id_map_type);
}

static void put_policies(writing *w, tg_bytes ps)
{
    tg_emit_open(&w->e, '[', true);
    for (size_t i = 0; i < ps.len; i++) {
        tg_emit_item(&w->e);
        tg_emit_number(&w->e, ps.data[i]);
    }
    tg_emit_close(&w->e, '[', true);
}

static void put_session_data(writing *w, const tg_generic_cs *cs)
{
    tg_srtp_session_data data;
    if (cs->prot_type != TG_PROT_SRTP || !tg_srtp_session_data_of(cs, &data)) {
        tg_emit_hex(&w->e, cs->session_data);
        return;
    }
    tg_emit_open(&w->e, '{', true);
    tg_emit_member_number(&w->e, "ssrc", data.ssrc);
    if (data.has_roc_seq) {
        tg_emit_member_number(&w->e, "roc", data.roc);
        tg_emit_member_number(&w->e, "seq", data.seq);
    }
    tg_emit_close(&w->e, '{', true);
}

static bool is_printable(tg_bytes data)
{
    for (size_t i = 0; i < data.len; i++) {
        if (data.data[i] < 0x20 || data.data[i] > 0x7e)
            return false;
    }
    return true;
}

static void put_sdp_ids(writing *w, tg_bytes data)
{
    tg_emit_key(&w->e, "sdp_ids");
    tg_emit_open(&w->e, '[', true);
    for (size_t start = 0, i = 0; data.len && i <= data.len; i++) {
        if (i < data.len && data.data[i] != ';')
            continue;
        tg_emit_item(&w->e);
        tg_emit_string(&w->e, (const char *)data.data + start, i - start);
        start = i + 1;
    }
    tg_emit_close(&w->e, '[', true);
}

/* General Extensions (RFC 3830 6.15; RFC 4563 4; RFC 6043 6.11) */
static void put_extension(writing *w, const tg_general_ext *ext, const char *name)
{
    tg_bytes data = ext->data;
    if (ext->key_ids || (ext->type == TG_EXT_KEY_ID && data.len == 0)) {
        put_list(w, "key_ids", &tg_layout_key_id, ext->key_ids, ext->num_key_ids);
    } else if (ext->type == TG_EXT_SDP_IDS && is_printable(data)) {
        put_sdp_ids(w, data);
    } else if (ext->type == TG_EXT_CSB_ID && data.len == 4) {
        tg_reader r = tg_reader_of(data);
        uint32_t csb_id = 0;
        if (tg_get_u32(&r, &csb_id))
            tg_emit_member_number(&w->e, "csb_id", csb_id);
    } else {
        put_member_hex(w, name, data);
    }
}

/* ---- chains ------------------------------------------------------------------------------------------------- */

static void put_payload(writing *w, const tg_payload *payload);

static void put_chain_payloads(writing *w, const tg_payload *payloads)
{
    if (w->e.depth + 2 > TG_JSON_MAX_DEPTH) {
        w->too_deep = true; /* no parsed message comes here: TG_MAX_NESTING stops it before */
        payloads = NULL;
    }
    tg_emit_open(&w->e, '[', false);
    for (; payloads; payloads = payloads->next) {
        tg_emit_item(&w->e);
        put_payload(w, payloads);
    }
    tg_emit_close(&w->e, '[', false);
}

static void put_chain(writing *w, const tg_field *field, const void *owner, const tg_chain *chain)
{
    const char *first_payload = tg_first_payload_name(field->kind);
    if (first_payload)
        put_override(w, owner, first_payload);
    if (chain->form == TG_CHAIN_ABSENT)
        return;
    tg_emit_key(&w->e, field->name);
    if (chain->form == TG_CHAIN_OCTETS)
        tg_emit_hex(&w->e, chain->octets);
    else
        put_chain_payloads(w, chain->payloads);
}

/* ---- fields ------------------------------------------------------------------------------------------------- */

static uint32_t number_of(const tg_field *field, const void *member)
{
    if (field->size == sizeof(uint8_t))
        return *(const uint8_t *)member;
    return field->size == sizeof(uint16_t) ? *(const uint16_t *)member : *(const uint32_t *)member;
}

static void put_data(writing *w, const tg_layout *layout, const tg_field *field, const void *object, tg_bytes data)
{
    tg_emit_key(&w->e, field->name);
    if (layout == &tg_layout_generic_cs && field->member == offsetof(tg_generic_cs, ps))
        put_policies(w, data);
    else if (layout == &tg_layout_generic_cs && field->member == offsetof(tg_generic_cs, session_data))
        put_session_data(w, object);
    else
        tg_emit_hex(&w->e, data);
}

static void put_salt(writing *w, const tg_field *field, const tg_key_data *key_data, tg_bytes salt)
{
    if (!tg_key_type_has_salt(key_data->type))
        return;
    put_override(w, key_data, field->len_name);
    put_member_hex(w, field->name, salt);
}

static void put_field(writing *w, const tg_layout *layout, const tg_field *field, const void *object)
{
    const void *member = tg_member_of(object, field->member);
    switch (field->kind) {
    case TG_FIELD_NEXT:
    case TG_FIELD_LEN:
        put_override(w, object, field->name);
        break;
    case TG_FIELD_NUMBER:
    case TG_FIELD_KV_TYPE:
        tg_emit_member_number(&w->e, field->name, number_of(field, member));
        break;
    case TG_FIELD_DATA:
        put_data(w, layout, field, object, *(const tg_bytes *)member);
        break;
    case TG_FIELD_SALT:
        put_salt(w, field, object, *(const tg_bytes *)member);
        break;
    case TG_FIELD_FLAGS:
        tg_emit_key(&w->e, field->name);
        put_flags(w, *(const uint16_t *)member);
        break;
    case TG_FIELD_KV:
        put_kv_data(w, object, member);
        break;
    case TG_FIELD_PARAMS:
        put_list(w, field->name, &tg_layout_param, ((const tg_sp *)object)->policy_param,
                 ((const tg_sp *)object)->num_policy_param);
        break;
    case TG_FIELD_EXT:
        put_extension(w, object, field->name);
        break;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        put_chain(w, field, object, member);
        break;
    case TG_FIELD_MAP:
        put_map_numbers(w, object, member);
        put_map(w, member);
        break;
    }
}

static void put_fields(writing *w, const tg_layout *layout, const void *object)
{
    for (size_t i = 0; i < layout->num_fields; i++)
        put_field(w, layout, &layout->fields[i], object);
}

static void put_object(writing *w, const tg_layout *layout, const void *object)
{
    tg_emit_open(&w->e, '{', false);
    put_fields(w, layout, object);
    tg_emit_close(&w->e, '{', false);
}

static void put_payload(writing *w, const tg_payload *payload)
{
    const tg_layout *layout = tg_layout_of(payload->type);
    tg_emit_open(&w->e, '{', false);
    tg_emit_member_string(&w->e, "payload", tg_payload_name(payload->type));
    if (layout)
        put_fields(w, layout, payload);
    tg_emit_close(&w->e, '{', false);
}

tg_status tg_json_from_message(const tg_message *message, unsigned indent, tg_text *out)
{
    writing w = { .e = tg_emit_of(out, indent) };
    tg_emit_open(&w.e, '{', false);
    tg_emit_key(&w.e, "hdr");
    put_object(&w, &tg_layout_hdr, &message->hdr);
    tg_emit_key(&w.e, "payloads");
    put_chain_payloads(&w, message->payloads);
    tg_emit_close(&w.e, '{', false);
    if (w.too_deep)
        return TG_TOO_DEEP;
    return out->failed ? TG_BUFFER_FULL : TG_OK;
}
