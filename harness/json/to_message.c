/* A tree to its message, field by field from the tables of wire.h. */
#include "read_forms.h"
#include "shapes.h"

static bool read_fields(tg_read *r, const json_t *tree, const tg_layout *layout, void *object);

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* The members that may be left out, and what they are then (vectors/FORMAT.md, section 1). */
static bool default_of(const tg_layout *layout, const char *name, uint32_t *out)
{
    static const char *const zero_in_hdr[] = { "v", "prf_func", NULL };
    static const char *const zero_anywhere[] = { "reserved", "res", "c", "kv", NULL };
    if (layout == &tg_layout_hdr && strcmp(name, "version") == 0) {
        *out = 1;
        return true;
    }
    *out = 0;
    for (const char *const *zero = zero_in_hdr; layout == &tg_layout_hdr && *zero; zero++) {
        if (strcmp(name, *zero) == 0)
            return true;
    }
    for (const char *const *zero = zero_anywhere; *zero; zero++) {
        if (strcmp(name, *zero) == 0)
            return true;
    }
    return false;
}

static bool read_number(tg_read *r, const json_t *tree, const tg_layout *layout, const tg_field *field, void *member)
{
    uint32_t number;
    const json_t *value = json_object_get(tree, field->name);
    if (value) {
        if (!tg_read_integer(r, value, field->name, tg_max_of(field->bits), &number))
            return false;
    } else if (!default_of(layout, field->name, &number)) {
        return tg_read_fail(r, TG_BAD_TREE, field->name, "This member is missing.");
    }
    if (field->size == sizeof(uint8_t))
        *(uint8_t *)member = (uint8_t)number;
    else if (field->size == sizeof(uint16_t))
        *(uint16_t *)member = (uint16_t)number;
    else
        *(uint32_t *)member = number;
    return true;
}

static bool read_flags(tg_read *r, const json_t *tree, const char *name, uint16_t *out)
{
    const json_t *flags = tg_read_required(r, tree, name);
    if (!flags)
        return false;
    if (!json_is_object(flags))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be an object with the flags D to O.");
    *out = 0;
    for (const char *letter = TG_FLAG_LETTERS; *letter; letter++) {
        char key[2] = { *letter, '\0' };
        uint32_t flag;
        if (!tg_read_number(r, flags, key, 1, &flag))
            return tg_read_in(r, name, -1);
        if (flag)
            *out = (uint16_t)(*out | TG_FLAG(*letter));
    }
    return true;
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

/* An array of objects of one layout. */
static bool read_list(tg_read *r, const json_t *array, const char *name, const tg_layout *layout, void **out,
                      size_t *num)
{
    if (!json_is_array(array))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be an array.");
    *num = json_array_size(array);
    uint8_t *list = tg_read_alloc(r, *num, layout->struct_size);
    if (!list)
        return tg_read_in(r, name, -1);
    for (size_t i = 0; i < *num; i++) {
        if (!read_fields(r, json_array_get(array, i), layout, list + i * layout->struct_size))
            return tg_read_in(r, name, (long)i);
    }
    *out = list;
    return true;
}

static bool read_map(tg_read *r, const json_t *tree, tg_map *map, void *owner)
{
    uint32_t number;
    if (!tg_read_number(r, tree, "cs_id_map_type", 0xff, &number))
        return false;
    map->cs_id_map_type = (uint8_t)number;
    bool srtp = number == TG_MAP_SRTP_ID, generic = number == TG_MAP_GENERIC_ID;
    if (!srtp && !generic) { /* no entries: #CS is what is written, or 0 */
        number = 0;
        const json_t *num_cs = json_object_get(tree, "num_cs");
        if (num_cs && !tg_read_integer(r, num_cs, "num_cs", 0xff, &number))
            return false;
        map->num_cs = (uint8_t)number;
        return true;
    }
    void *list;
    size_t num;
    const json_t *cs = tg_read_required(r, tree, "cs");
    if (!cs || !read_list(r, cs, "cs", srtp ? &tg_layout_srtp_cs : &tg_layout_generic_cs, &list, &num))
        return false;
    if (num > UINT8_MAX)
        return tg_read_fail(r, TG_OVERFLOW, "cs", "There are more than 255 crypto sessions.");
    map->num_cs = (uint8_t)num;
    map->srtp = srtp ? list : NULL;
    map->generic = generic ? list : NULL;
    return tg_read_override(r, tree, "num_cs", 8, owner);
}

/* ---- octets ------------------------------------------------------------------------------------------------- */

static bool read_data(tg_read *r, const json_t *tree, const tg_layout *layout, const tg_field *field, tg_bytes *out)
{
    if (layout == &tg_layout_generic_cs && field->member == offsetof(tg_generic_cs, ps))
        return tg_read_policies(r, tree, field->name, out);
    if (layout == &tg_layout_generic_cs && field->member == offsetof(tg_generic_cs, session_data))
        return tg_read_session_data(r, tree, field->name, out);
    return tg_read_hex(r, tree, field->name, out);
}

static bool read_kv_data(tg_read *r, const json_t *tree, tg_kv_data *kv, void *owner)
{
    for (size_t i = 0; i < TG_NUM_KV_SHAPES; i++) {
        const tg_kv_shape *shape = &tg_kv_shapes[i];
        if (shape->kv != kv->kv)
            continue;
        tg_bytes *out = (tg_bytes *)(void *)((uint8_t *)kv + shape->member);
        if (!tg_read_hex(r, tree, shape->name, out) ||
            !tg_read_override(r, tree, shape->len_name, TG_KV_LEN_BITS, owner))
            return false;
    }
    return true;
}

static bool read_salt(tg_read *r, const json_t *tree, const tg_field *field, tg_key_data *owner, tg_bytes *out)
{
    if (!tg_key_type_has_salt(owner->type))
        return true;
    return tg_read_hex(r, tree, field->name, out) &&
           tg_read_override(r, tree, field->len_name, TG_SALT_LEN_BITS, owner);
}

/* ---- General Extensions ------------------------------------------------------------------------------------- */

/* Whichever form of the data is there, whatever the type says. */
static bool read_extension(tg_read *r, const json_t *tree, const char *name, tg_general_ext *ext)
{
    const json_t *data = json_object_get(tree, name), *sdp_ids = json_object_get(tree, "sdp_ids");
    const json_t *key_ids = json_object_get(tree, "key_ids"), *csb_id = json_object_get(tree, "csb_id");
    int num_forms = (data != NULL) + (sdp_ids != NULL) + (key_ids != NULL) + (csb_id != NULL);
    if (num_forms > 1)
        return tg_read_fail(r, TG_BAD_TREE, name, "Only one of data, sdp_ids, key_ids and csb_id may be there.");
    if (sdp_ids)
        return tg_read_sdp_ids(r, sdp_ids, &ext->data);
    if (csb_id)
        return tg_read_csb_id(r, csb_id, &ext->data);
    if (!key_ids)
        return tg_read_hex(r, tree, name, &ext->data);
    void *list;
    if (!read_list(r, key_ids, "key_ids", &tg_layout_key_id, &list, &ext->num_key_ids))
        return false;
    ext->key_ids = list;
    return true;
}

/* ---- chains ------------------------------------------------------------------------------------------------- */

/* `may_be_thdr`: THDR has no number and can stand nowhere but at the front of Ticket Data. */
static bool read_payload(tg_read *r, const json_t *tree, bool may_be_thdr, tg_payload **out)
{
    if (!json_is_object(tree))
        return tg_read_fail(r, TG_BAD_TREE, "", "A payload must be an object.");
    const json_t *name = tg_read_required(r, tree, "payload");
    if (!name)
        return false;
    bool is_name = json_is_string(name) && strlen(json_string_value(name)) == json_string_length(name);
    const tg_layout *layout = is_name ? tg_layout_find(json_string_value(name)) : NULL;
    if (!layout || layout->type == TG_PAYLOAD_LAST)
        return tg_read_fail(r, TG_BAD_TREE, "payload", "This is not the name of a payload.");
    if (layout->type == TG_PAYLOAD_THDR && !may_be_thdr)
        return tg_read_fail(r, TG_BAD_TREE, "payload", "THDR can only be the first payload of Ticket Data.");
    tg_payload *payload = tg_read_alloc(r, 1, layout->struct_size);
    if (!payload)
        return false;
    payload->type = layout->type;
    *out = payload;
    return read_fields(r, tree, layout, payload);
}

static bool read_chain_payloads(tg_read *r, const json_t *array, const char *name, bool ticket_data, tg_payload **out)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!read_payload(r, json_array_get(array, i), ticket_data && i == 0, out))
            return tg_read_in(r, name, (long)i);
        out = &(*out)->next;
    }
    return true;
}

static bool read_chain(tg_read *r, const json_t *tree, const tg_field *field, void *owner, tg_chain *out)
{
    const char *first_payload = tg_first_payload_name(field->kind);
    if (first_payload && !tg_read_override(r, tree, first_payload, 8, owner))
        return false;
    const json_t *value = json_object_get(tree, field->name);
    if (!value && field->kind == TG_FIELD_OPT_CHAIN)
        return true; /* TG_CHAIN_ABSENT */
    if (!value)
        return tg_read_fail(r, TG_BAD_TREE, field->name, "This member is missing.");
    if (json_is_string(value)) {
        out->form = TG_CHAIN_OCTETS;
        return tg_read_hex_value(r, value, field->name, &out->octets);
    }
    if (!json_is_array(value))
        return tg_read_fail(r, TG_BAD_TREE, field->name,
                            "This must be an array of payloads or a string of hex digits.");
    out->form = TG_CHAIN_PAYLOADS;
    return read_chain_payloads(r, value, field->name, field->kind == TG_FIELD_TICKET_DATA, &out->payloads);
}

/* ---- fields ------------------------------------------------------------------------------------------------- */

static bool read_params(tg_read *r, const json_t *tree, const char *name, tg_sp *sp)
{
    void *list;
    const json_t *array = tg_read_required(r, tree, name);
    if (!array || !read_list(r, array, name, &tg_layout_param, &list, &sp->num_policy_param))
        return false;
    sp->policy_param = list;
    return true;
}

static bool read_field(tg_read *r, const json_t *tree, const tg_layout *layout, const tg_field *field, void *object)
{
    void *member = (uint8_t *)object + field->member;
    switch (field->kind) {
    case TG_FIELD_NEXT:
    case TG_FIELD_LEN:
        return tg_read_override(r, tree, field->name, field->bits, object);
    case TG_FIELD_NUMBER:
    case TG_FIELD_KV_TYPE:
        return read_number(r, tree, layout, field, member);
    case TG_FIELD_DATA:
        return read_data(r, tree, layout, field, member);
    case TG_FIELD_SALT:
        return read_salt(r, tree, field, object, member);
    case TG_FIELD_FLAGS:
        return read_flags(r, tree, field->name, member);
    case TG_FIELD_KV:
        return read_kv_data(r, tree, member, object);
    case TG_FIELD_PARAMS:
        return read_params(r, tree, field->name, object);
    case TG_FIELD_EXT:
        return read_extension(r, tree, field->name, object);
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        return read_chain(r, tree, field, object, member);
    case TG_FIELD_MAP:
        return read_map(r, tree, member, object);
    }
    return true;
}

static bool read_fields(tg_read *r, const json_t *tree, const tg_layout *layout, void *object)
{
    if (!json_is_object(tree))
        return tg_read_fail(r, TG_BAD_TREE, "", "This must be an object.");
    for (size_t i = 0; i < layout->num_fields; i++) {
        if (!read_field(r, tree, layout, &layout->fields[i], object))
            return false;
    }
    return true;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static bool read_message(tg_read *r, const json_t *root, tg_message **out)
{
    if (!json_is_object(root))
        return tg_read_fail(r, TG_BAD_TREE, "", "A message tree must be an object.");
    const json_t *inner = json_object_get(root, "message");
    if (!json_object_get(root, "hdr") && json_is_object(inner))
        return read_message(r, inner, out) || tg_read_in(r, "message", -1);
    tg_message *message = tg_read_alloc(r, 1, sizeof *message);
    const json_t *hdr = message ? tg_read_required(r, root, "hdr") : NULL;
    if (!hdr)
        return false;
    if (!read_fields(r, hdr, &tg_layout_hdr, &message->hdr))
        return tg_read_in(r, "hdr", -1);
    const json_t *payloads = tg_read_required(r, root, "payloads");
    if (!payloads)
        return false;
    if (!json_is_array(payloads))
        return tg_read_fail(r, TG_BAD_TREE, "payloads", "This must be an array of payloads.");
    if (!read_chain_payloads(r, payloads, "payloads", false, &message->payloads))
        return false;
    *out = message;
    return true;
}

tg_status tg_json_to_message(const char *json, size_t json_len, tg_arena *arena, tg_message **out, tg_diag *diag,
                             const char **reason)
{
    tg_read r = { .arena = arena, .status = TG_OK };
    json_t *root = NULL;
    size_t error_at = 0;
    r.status = tg_json_load(json, json_len, &root, &error_at, &r.reason);
    if (r.status == TG_OK)
        (void)read_message(&r, root, out);
    json_decref(root);
    if (r.status == TG_OK)
        return TG_OK;
    if (diag) {
        *diag = (tg_diag){ .status = r.status, .id = "", .offset = error_at };
        memcpy(diag->path, r.path, sizeof diag->path);
    }
    *reason = r.reason;
    return r.status;
}

/* The densest text is a list of small entries: {"type":0,"value":"00"}, makes a struct of 40 octets and 16 for the
 * value. A payload or a written number takes more text for what it makes. */
size_t tg_json_arena_size(size_t json_len)
{
    return json_len < (SIZE_MAX - 4096) / 8 ? json_len * 8 + 4096 : SIZE_MAX;
}
