/* Wireshark's fields, made when it starts. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is typed here that a layout or the registry of the library says: names, widths and masks come from tg_layout, names of numbers from
 * tg_registry. What is registered lives as long as Wireshark, so none of it is freed.
 */
#include "mikey_ticket.h"

#define PREFIX "mikey_ticket"
enum { NUM_LAYOUTS_MAX = 48, SUBTREES_MAX = NUM_LAYOUTS_MAX + 1 };

int mt_ett_field = -1;
int mt_hf_unread = -1;
int mt_hf_finding = -1, mt_hf_finding_clause = -1, mt_hf_finding_level = -1, mt_hf_finding_path = -1;

static mt_layout layouts[NUM_LAYOUTS_MAX];
static size_t num_layouts;

static const char *const part_names[] = {
#define NAME(symbol, name, type) name,
    MT_PARTS(NAME)
#undef NAME
};
static const enum ftenum part_types[] = {
#define TYPE(symbol, name, type) type,
    MT_PARTS(TYPE)
#undef TYPE
};

/* What is to be registered: Wireshark keeps pointers into it. */
static wmem_array_t *fields_made;

const mt_layout *mt_layout_of(const tg_layout *layout)
{
    for (size_t i = 0; i < num_layouts; i++) {
        if (layouts[i].layout == layout)
            return &layouts[i];
    }
    return NULL;
}

/* ---- names of numbers ----------------------------------------------------------------------------------------- */

/* One table a name space, whatever the number of fields that use it; NULL for a field without one. */
static const range_string *names_of(const char *name_space)
{
    static wmem_map_t *made;
    const tg_registry *registry = name_space ? tg_registry_find(name_space) : NULL;
    if (!registry)
        return NULL;
    if (!made)
        made = wmem_map_new(wmem_epan_scope(), wmem_str_hash, g_str_equal);
    range_string *names = wmem_map_lookup(made, registry->id);
    if (names)
        return names;
    names = wmem_alloc0_array(wmem_epan_scope(), range_string, registry->num_entries + 1);
    for (size_t i = 0; i < registry->num_entries; i++)
        names[i] = (range_string){ registry->entries[i].low, registry->entries[i].high, registry->entries[i].name };
    wmem_map_insert(made, registry->id, names);
    return names;
}

/* ---- one field ------------------------------------------------------------------------------------------------ */

static const char *lower(const char *name)
{
    char *made = wmem_strdup(wmem_epan_scope(), name);
    for (char *c = made; *c; c++)
        *c = g_ascii_tolower(*c);
    return made;
}

/* *hf is set when the fields are registered. */
static void add(int *hf, const char *name, const char *abbrev, enum ftenum type, int display, const void *strings,
                uint64_t mask)
{
    hf_register_info made = { hf, { name, abbrev, type, display, strings, mask, NULL, HFILL } };
    *hf = -1;
    wmem_array_append_one(fields_made, made);
}

static void add_number(int *hf, const char *name, const char *abbrev, enum ftenum type, uint64_t mask,
                       const char *name_space)
{
    const range_string *names = names_of(name_space);
    int display = type == FT_UINT32 ? BASE_HEX_DEC : BASE_DEC;
    if (names)
        display |= BASE_RANGE_STRING;
    add(hf, name, abbrev, type, display, names ? RVALS(names) : NULL, mask);
}

static enum ftenum number_type(unsigned octets)
{
    static const enum ftenum types[] = { FT_UINT8, FT_UINT8, FT_UINT16, FT_UINT24, FT_UINT32 };
    return types[octets <= 4 ? octets : 4];
}

/* A field of `bits` bits that begins `bit` bits into an octet. */
static void add_bits(mt_field *made, const tg_layout *layout, const tg_field *field, unsigned bit, const char *abbrev)
{
    unsigned octets = (bit + field->bits + 7) / 8;
    unsigned below = octets * 8 - bit - field->bits; /* bits of what comes after it in its last octet */
    uint64_t mask = (((uint64_t)1 << field->bits) - 1) << below;
    bool whole = field->bits == octets * 8;
    enum ftenum type = number_type(octets);
    const char *name_space = field->kind == TG_FIELD_NEXT ? "next_payload" : tg_field_name_space(layout, field);
    if (field->kind != TG_FIELD_FLAGS) {
        add_number(&made->hf, field->name, abbrev, type, whole ? 0 : mask, name_space);
        return;
    }
    static const char letters[] = TG_FLAG_LETTERS;
    unsigned num = sizeof letters - 1;
    add(&made->hf, field->name, abbrev, type, BASE_HEX, NULL, mask);
    made->flags = wmem_alloc_array(wmem_epan_scope(), int, num);
    for (unsigned i = 0; i < num; i++) {
        const char *letter = wmem_strndup(wmem_epan_scope(), &letters[i], 1);
        uint64_t one = (uint64_t)1 << (below + num - 1 - i);
        add(&made->flags[i], letter, wmem_strdup_printf(wmem_epan_scope(), "%s.%s", abbrev, lower(letter)), FT_BOOLEAN,
            (int)octets * 8, NULL, one);
    }
}

static void add_part(mt_field *made, mt_part part, const char *abbrev, const char *name_space)
{
    enum ftenum type = part_types[part];
    if (type == FT_BYTES)
        add(&made->parts[part], part_names[part], abbrev, type, BASE_NONE, NULL, 0);
    else if (type == FT_ABSOLUTE_TIME)
        add(&made->parts[part], part_names[part], abbrev, type, ABSOLUTE_TIME_UTC, NULL, 0);
    else
        add_number(&made->parts[part], part_names[part], abbrev, type, 0, name_space);
}

/* The parts that a field of this kind may have: [first, last]. Empty where first > last. */
static void parts_of(const tg_field *field, mt_part *first, mt_part *last)
{
    *first = MT_NUM_PARTS;
    *last = MT_PART_FIRST_PAYLOAD;
    if (field->kind == TG_FIELD_CHAIN || field->kind == TG_FIELD_OPT_CHAIN) {
        *first = *last = MT_PART_FIRST_PAYLOAD;
    } else if (field->kind == TG_FIELD_SALT) {
        *first = *last = MT_PART_SALT_LEN;
    } else if (strcmp(field->name, "ts_value") == 0) {
        *first = *last = MT_PART_TIME;
    } else if (field->kind == TG_FIELD_KV) {
        *first = MT_PART_SPI_LEN;
        *last = MT_PART_VALID_TO;
    } else if (field->kind == TG_FIELD_MAP) {
        *first = MT_PART_NUM_CS;
        *last = MT_PART_CS_ID_MAP_TYPE;
    }
}

/* KV data and the map have no name of their own: their parts stand beside the other fields of the layout. */
static void add_parts(mt_field *made, const tg_field *field, const char *owner)
{
    mt_part first, last;
    parts_of(field, &first, &last);
    for (mt_part part = first; part <= last && part < MT_NUM_PARTS; part++) {
        bool beside = field->name[0] == '\0' || part == MT_PART_SALT_LEN;
        const char *abbrev =
            beside ? wmem_strdup_printf(wmem_epan_scope(), "%s.%s", owner, part_names[part])
                   : wmem_strdup_printf(wmem_epan_scope(), "%s.%s.%s", owner, field->name, part_names[part]);
        add_part(made, part, abbrev, part == MT_PART_FIRST_PAYLOAD ? "next_payload" : part_names[part]);
    }
}

/* ---- one layout ----------------------------------------------------------------------------------------------- */

/* "mikey_ticket.idr" */
static const char *owner_of(const tg_layout *layout)
{
    return wmem_strdup_printf(wmem_epan_scope(), PREFIX ".%s", lower(layout->name));
}

static void add_field(mt_field *made, const tg_layout *layout, const tg_field *field, unsigned bit, const char *owner)
{
    const char *abbrev = wmem_strdup_printf(wmem_epan_scope(), "%s.%s", owner, field->name);
    made->hf = -1;
    for (int i = 0; i < MT_NUM_PARTS; i++)
        made->parts[i] = -1;
    if (field->bits)
        add_bits(made, layout, field, bit, abbrev);
    else if (strcmp(field->name, "id_data") == 0)
        add(&made->hf, field->name, abbrev, FT_STRING, BASE_NONE, NULL, 0);
    else if (field->name[0] != '\0')
        add(&made->hf, field->name, abbrev, FT_BYTES, BASE_NONE, NULL, 0);
    add_parts(made, field, owner);
}

static void add_layout(const tg_layout *layout)
{
    if (!layout || num_layouts == NUM_LAYOUTS_MAX)
        return;
    mt_layout *made = &layouts[num_layouts++];
    const char *owner = owner_of(layout);
    unsigned bit = 0;
    *made = (mt_layout){ .layout = layout, .ett = -1 };
    made->fields = wmem_alloc0_array(wmem_epan_scope(), mt_field, layout->num_fields);
    add(&made->hf, layout->name, owner, FT_NONE, BASE_NONE, NULL, 0);
    for (size_t i = 0; i < layout->num_fields; i++) {
        add_field(&made->fields[i], layout, &layout->fields[i], bit % 8, owner);
        bit += layout->fields[i].bits;
    }
}

static void add_findings(void)
{
    add(&mt_hf_finding, "Finding", PREFIX ".finding", FT_STRING, BASE_NONE, NULL, 0);
    add(&mt_hf_finding_clause, "Clause", PREFIX ".finding.clause", FT_STRING, BASE_NONE, NULL, 0);
    add(&mt_hf_finding_level, "Level", PREFIX ".finding.level", FT_STRING, BASE_NONE, NULL, 0);
    add(&mt_hf_finding_path, "Path", PREFIX ".finding.path", FT_STRING, BASE_NONE, NULL, 0);
    add(&mt_hf_unread, "Octets that are not read", PREFIX ".unread", FT_BYTES, BASE_NONE, NULL, 0);
}

static void register_subtrees(void)
{
    static int *subtrees[SUBTREES_MAX];
    for (size_t i = 0; i < num_layouts; i++)
        subtrees[i] = &layouts[i].ett;
    subtrees[num_layouts] = &mt_ett_field;
    proto_register_subtree_array(subtrees, (int)num_layouts + 1);
}

void mt_fields_register(int protocol)
{
    static const tg_layout *const lists[] = { &tg_layout_hdr, &tg_layout_srtp_cs, &tg_layout_generic_cs,
                                              &tg_layout_param, &tg_layout_key_id };
    fields_made = wmem_array_new(wmem_epan_scope(), sizeof(hf_register_info));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        add_layout(lists[i]);
#define ADD(NAME, name, number) add_layout(tg_layout_of(number));
    TG_PAYLOADS(ADD)
#undef ADD
    add_findings();
    /* The array is as large as it will be: pointers into it hold from here on. */
    proto_register_field_array(protocol, wmem_array_get_raw(fields_made), (int)wmem_array_get_count(fields_made));
    register_subtrees();
}
