/* A message as a tree. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is shown where follows from the field tables of the library. Chains in chains are as deep as its parser lets them be (TG_MAX_NESTING).
 */
#include "mikey_ticket.h"

#include <epan/strutil.h>

static void add_object(mt_view *view, proto_tree *tree, const tg_layout *layout, const void *object, tg_bytes octets);
static void add_chain(mt_view *view, proto_tree *tree, const tg_payload *payloads);

/* ---- places --------------------------------------------------------------------------------------------------- */

static void keep_place(mt_view *view, size_t offset, size_t length, proto_item *item)
{
    if (view->num_places == view->max_places) {
        size_t max = view->max_places ? view->max_places * 2 : 128;
        view->places = wmem_realloc(view->pinfo->pool, view->places, max * sizeof *view->places);
        view->max_places = max;
    }
    view->places[view->num_places++] = (mt_place){ offset, length, item };
}

proto_item *mt_tree_place(const mt_view *view, size_t offset, size_t length)
{
    mt_place best = { 0, SIZE_MAX, view->root };
    if (length == 0)
        return best.item; /* between octets: something is missing there */
    for (size_t i = 0; i < view->num_places; i++) {
        const mt_place *place = &view->places[i];
        bool covers = place->offset <= offset && offset + length <= place->offset + place->length;
        if (covers && place->length <= best.length)
            best = *place; /* of two the same, the deeper one, which comes later */
    }
    return best.item;
}

static size_t offset_of(const mt_view *view, tg_bytes octets)
{
    return octets.data ? (size_t)(octets.data - view->base) : 0;
}

static proto_item *add_item(mt_view *view, proto_tree *tree, int hf, size_t offset, size_t length, unsigned encoding)
{
    if (hf < 0 || offset > view->len || length > view->len - offset)
        return NULL;
    proto_item *item = proto_tree_add_item(tree, hf, view->tvb, (int)offset, (int)length, encoding);
    keep_place(view, offset, length, item);
    return item;
}

/* An object with a subtree of its own. */
static proto_tree *add_owner(mt_view *view, proto_tree *tree, const mt_layout *made, tg_bytes octets, proto_item **out)
{
    *out = add_item(view, tree, made->hf, offset_of(view, octets), octets.len, ENC_NA);
    return *out ? proto_item_add_subtree(*out, made->ett) : NULL;
}

/* ---- what is shown beside the value ---------------------------------------------------------------------------- */

/* What tells one payload from the next of its kind: its role, its identity. */
static void summarize(proto_item *item, const tg_layout *layout, const void *object, tg_bytes octets,
                      packet_info *pinfo)
{
    static const char *const telling[] = { "id_role",  "ts_role", "rand_role", "ticket_type",
                                           "encr_alg", "type",    "prot_type" };
    for (size_t i = 0; i < layout->num_fields; i++) {
        const tg_field *field = &layout->fields[i];
        const char *name_space = tg_field_name_space(layout, field);
        for (size_t j = 0; j < sizeof telling / sizeof telling[0]; j++) {
            if (strcmp(field->name, telling[j]) != 0 || !name_space || field->size == 0)
                continue;
            const uint8_t *member = (const uint8_t *)object + field->member;
            uint32_t value = field->size == 2 ? *(const uint16_t *)(const void *)member : *member;
            const char *name = tg_registry_name(name_space, value);
            if (name)
                proto_item_append_text(item, " %s", name);
        }
        if (strcmp(field->name, "id_data") == 0) {
            tg_bytes data = *(const tg_bytes *)(const void *)((const uint8_t *)object + field->member);
            if (data.len > 0)
                proto_item_append_text(item, " %s", format_text(pinfo->pool, data.data, data.len));
        }
    }
    proto_item_append_text(item, " (%zu octet%s)", octets.len, octets.len == 1 ? "" : "s");
}

/* The date of a timestamp; a counter is none (RFC 3830 6.6, RFC 6043 6.3). */
static void add_time(mt_view *view, proto_tree *tree, const mt_field *made, const void *object, size_t offset,
                     size_t length)
{
    bool is_t = ((const tg_payload *)object)->type == TG_PAYLOAD_T;
    uint8_t type = is_t ? ((const tg_t *)object)->ts_type : ((const tg_tr *)object)->ts_type;
    unsigned encoding = 0;
    if (type == TG_TS_NTP_UTC || type == TG_TS_NTP)
        encoding = ENC_TIME_NTP;
    else if (type == TG_TS_NTP_UTC_32)
        encoding = ENC_TIME_SECS_NTP;
    if (encoding)
        add_item(view, tree, made->parts[MT_PART_TIME], offset, length, encoding | ENC_BIG_ENDIAN);
}

/* ---- fields of several parts ------------------------------------------------------------------------------------ */

static void add_parts(mt_view *view, proto_tree *tree, const mt_field *made, const tg_layout *layout,
                      const void *object, tg_bytes octets)
{
    static const char *const names[] = {
#define NAME(symbol, name, type) name,
        MT_PARTS(NAME)
#undef NAME
    };
    for (int part = 0; part < MT_NUM_PARTS; part++) {
        size_t offset, length;
        if (made->parts[part] >= 0 && tg_field_range(layout, object, octets, names[part], &offset, &length))
            add_item(view, tree, made->parts[part], offset_of(view, octets) + offset, length, ENC_BIG_ENDIAN);
    }
}

/* `first` names the first number of an entry where its layout alone does not: NULL, or an id of a name space. */
static void add_list(mt_view *view, proto_tree *tree, const tg_layout *layout, const void *list, size_t num,
                     const char *first)
{
    const mt_layout *made = mt_layout_of(layout);
    for (size_t i = 0; i < num && list && made; i++) {
        const void *entry = (const uint8_t *)list + i * layout->struct_size;
        tg_bytes octets = ((const tg_object *)entry)->octets;
        proto_item *item;
        proto_tree *below = add_owner(view, tree, made, octets, &item);
        if (!below)
            return;
        proto_item_append_text(item, "[%zu]", i);
        const char *name = first && octets.len > 0 ? tg_registry_name(first, octets.data[0]) : NULL;
        if (name)
            proto_item_append_text(item, " %s", name);
        summarize(item, layout, entry, octets, view->pinfo);
        add_object(view, below, layout, entry, octets);
    }
}

static void add_map(mt_view *view, proto_tree *tree, const tg_map *map)
{
    add_list(view, tree, &tg_layout_srtp_cs, map->srtp, map->num_cs, NULL);
    add_list(view, tree, &tg_layout_generic_cs, map->generic, map->num_cs, NULL);
}

static void add_flags(mt_view *view, proto_item *item, const mt_field *made, size_t offset, size_t length)
{
    proto_tree *tree = proto_item_add_subtree(item, mt_ett_field);
    for (size_t i = 0; i < sizeof TG_FLAG_LETTERS - 1; i++)
        add_item(view, tree, made->flags[i], offset, length, ENC_BIG_ENDIAN);
}

/* What is in a chain, below the field that holds it. */
static void add_chain_member(mt_view *view, proto_item *item, const mt_field *made, const tg_chain *chain)
{
    if (chain->form != TG_CHAIN_PAYLOADS)
        return;
    proto_tree *tree = proto_item_add_subtree(item, mt_ett_field);
    if (chain->octets.len > 0)
        add_item(view, tree, made->parts[MT_PART_FIRST_PAYLOAD], offset_of(view, chain->octets), 1, ENC_BIG_ENDIAN);
    add_chain(view, tree, chain->payloads);
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static void add_below(mt_view *view, proto_item *item, const mt_field *made, const tg_field *field, const void *object,
                      size_t offset, size_t length)
{
    const void *member = (const uint8_t *)object + field->member;
    switch (field->kind) {
    case TG_FIELD_FLAGS:
        add_flags(view, item, made, offset, length);
        break;
    case TG_FIELD_PARAMS:
        add_list(view, proto_item_add_subtree(item, mt_ett_field), &tg_layout_param,
                 ((const tg_sp *)object)->policy_param, ((const tg_sp *)object)->num_policy_param,
                 ((const tg_sp *)object)->prot_type == TG_PROT_SRTP ? "srtp_param" : NULL);
        break;
    case TG_FIELD_EXT:
        add_list(view, proto_item_add_subtree(item, mt_ett_field), &tg_layout_key_id,
                 ((const tg_general_ext *)object)->key_ids, ((const tg_general_ext *)object)->num_key_ids, NULL);
        break;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        add_chain_member(view, item, made, member);
        break;
    case TG_FIELD_DATA:
        if (made->parts[MT_PART_TIME] >= 0)
            add_time(view, proto_item_add_subtree(item, mt_ett_field), made, object, offset, length);
        break;
    default:
        break;
    }
}

static void add_field(mt_view *view, proto_tree *tree, const mt_field *made, const tg_layout *layout,
                      const tg_field *field, const void *object, tg_bytes octets)
{
    size_t offset, length;
    if (field->name[0] == '\0' || field->kind == TG_FIELD_SALT)
        add_parts(view, tree, made, layout, object, octets);
    if (field->kind == TG_FIELD_MAP)
        add_map(view, tree, (const void *)((const uint8_t *)object + field->member));
    if (made->hf < 0 || !tg_field_range(layout, object, octets, field->name, &offset, &length))
        return;
    bool is_text = strcmp(field->name, "id_data") == 0;
    offset += offset_of(view, octets);
    proto_item *item = add_item(view, tree, made->hf, offset, length,
                                is_text       ? ENC_UTF_8
                                : field->bits ? ENC_BIG_ENDIAN
                                              : ENC_NA);
    if (item)
        add_below(view, item, made, field, object, offset, length);
}

static void add_object(mt_view *view, proto_tree *tree, const tg_layout *layout, const void *object, tg_bytes octets)
{
    const mt_layout *made = mt_layout_of(layout);
    for (size_t i = 0; made && i < layout->num_fields; i++)
        add_field(view, tree, &made->fields[i], layout, &layout->fields[i], object, octets);
}

static void add_chain(mt_view *view, proto_tree *tree, const tg_payload *payloads)
{
    for (const tg_payload *payload = payloads; payload; payload = payload->next) {
        const tg_layout *layout = tg_layout_of(payload->type);
        const mt_layout *made = layout ? mt_layout_of(layout) : NULL;
        proto_item *item;
        proto_tree *below = made ? add_owner(view, tree, made, payload->octets, &item) : NULL;
        if (!below)
            continue;
        summarize(item, layout, payload, payload->octets, view->pinfo);
        add_object(view, below, layout, payload, payload->octets);
    }
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void add_hdr(mt_view *view, proto_tree *tree, const tg_hdr *hdr)
{
    proto_item *item;
    proto_tree *below = add_owner(view, tree, mt_layout_of(&tg_layout_hdr), hdr->octets, &item);
    if (!below)
        return;
    proto_item_append_text(item, " (%zu octets)", hdr->octets.len);
    add_object(view, below, &tg_layout_hdr, hdr, hdr->octets);
}

void mt_tree_add_message(mt_view *view, proto_tree *tree, const tg_message *message)
{
    add_hdr(view, tree, &message->hdr);
    add_chain(view, tree, message->payloads);
}

void mt_tree_add_unread(mt_view *view, proto_tree *tree)
{
    size_t size = tg_message_arena_size(view->len);
    tg_arena arena = tg_arena_of(wmem_alloc(view->pinfo->pool, size), size);
    tg_reader r = tg_reader_of(tg_bytes_of(view->base, view->len));
    tg_parse parse = { .base = view->base, .arena = &arena };
    tg_hdr hdr = { 0 };
    uint8_t first;
    size_t read = 0;
    if (tg_wire_parse_hdr(&parse, &r, &hdr, &first) == TG_OK) {
        add_hdr(view, tree, &hdr);
        read = hdr.octets.len;
    }
    if (read < view->len)
        add_item(view, tree, mt_hf_unread, read, view->len - read, ENC_NA);
}
