/* wire: every vector message cut at every octet, with every length off by one and every Next Payload one of nobody's.
 *
 * What must come out is worked out here, from where the fields of the whole message stand; the parser is only asked
 * about the changed octets, which stand in a heap block of exactly their size. Lengths are also tried as large as they
 * can be.
 */
#define _POSIX_C_SOURCE 200809L /* opendir */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/findings.h"
#include "ticketgate/message.h"

#define VECTORS TICKETGATE_SOURCE_DIR "/vectors/data"
#define MIN_MESSAGES 300

#define KV_ID "RFC3830-6.14-x01"
#define TP_DATA_ID "RFC6043-6.10-x08"
#define INITIATOR_DATA_ID "RFC6043-6.10-x09"
#define KEYS_ID "RFC3830-6.2-x01"
#define NUMBER_ID "RFC3830-6.1-x02"

/* ---- the messages ------------------------------------------------------------------------------------------- */

typedef struct sample {
    char id[24]; /* of its vector */
    uint8_t *data;
    size_t len;
} sample;

static sample *samples;
static size_t num_samples;

static void *grown(void *list, size_t num, size_t *capacity, size_t size)
{
    if (num < *capacity)
        return list;
    *capacity = *capacity ? *capacity * 2 : 64;
    void *out = realloc(list, *capacity * size);
    assert_non_null(out);
    return out;
}

static char *text_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

/* The string after `"key":`, or NULL: what is wanted of a vector stands in plain strings on lines of their own. */
static const char *string_after(const char *line, const char *key, size_t *len)
{
    line += strspn(line, " ");
    size_t key_len = strlen(key);
    if (*line != '"' || strncmp(line + 1, key, key_len) != 0 || strncmp(line + 1 + key_len, "\": \"", 4) != 0)
        return NULL;
    line += key_len + 5;
    *len = strcspn(line, "\"");
    return line;
}

static void load_file(const char *path, size_t *capacity)
{
    char *text = text_of(path), id[24] = "";
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        size_t len;
        const char *string = string_after(line, "id", &len);
        if (string)
            snprintf(id, sizeof id, "%.*s", (int)(len < sizeof id ? len : 0), string);
        string = string_after(line, "message", &len);
        if (!string)
            continue;
        samples = grown(samples, num_samples, capacity, sizeof *samples);
        sample *s = &samples[num_samples++];
        size_t error_at;
        *s = (sample){ .data = malloc(len / 2 + 1) };
        memcpy(s->id, id, sizeof id);
        assert_non_null(s->data);
        assert_int_equal(tg_hex_decode(string, len, s->data, &s->len, &error_at), TG_OK);
    }
    free(text);
}

static int load(void **state)
{
    (void)state;
    size_t capacity = 0;
    DIR *folder = opendir(VECTORS);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        size_t len = strlen(entry->d_name);
        char path[1024];
        if (len < 5 || strcmp(entry->d_name + len - 5, ".json") != 0)
            continue;
        assert_true((size_t)snprintf(path, sizeof path, VECTORS "/%s", entry->d_name) < sizeof path);
        load_file(path, &capacity);
    }
    assert_int_equal(closedir(folder), 0);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < num_samples; i++)
        free(samples[i].data);
    free(samples);
    return 0;
}

/* ---- where everything stands -------------------------------------------------------------------------------- */

#define PATH_SIZE (2 * TG_PATH_MAX)

/* Octets that are read at once, and the row that is broken when they are not there. */
typedef struct place {
    size_t start, end;
    char path[PATH_SIZE];
    const char *id;
} place;

typedef struct places {
    place *list;
    size_t num, capacity;
} places;

/* What must come out of a change, where it can be said from the fields of the message alone. */
typedef struct expected {
    tg_status status; /* TG_OK: not said here, unless `accepted` */
    bool accepted;
    size_t offset;
    char path[PATH_SIZE];
    const char *id;
} expected;

/* A length, a count, or a number that says which payload comes. */
typedef struct spot {
    bool is_number;
    size_t at, width; /* in octets */
    uint32_t mask, value;
    char path[PATH_SIZE];
    expected less, more; /* of a length; `less` is what an unregistered number gives */
    expected most;       /* as large as can be */
    bool has_most;
    bool in_keys; /* 20 is a payload there */
    long ticket;  /* the Ticket Data it lies in, or -1 */
} spot;

/* Ticket Data, which is opened only by who resolves the ticket. */
typedef struct ticket {
    size_t start, end;
    char path[PATH_SIZE];
    tg_chain_form form;
} ticket;

/* A message taken apart. */
typedef struct walk {
    const uint8_t *base;
    spot *spots;
    size_t num_spots, spots_capacity;
    ticket *tickets;
    size_t num_tickets, tickets_capacity;
    long inside; /* index of the Ticket Data that is being walked, or -1 */
} walk;

static const char *join(char out[PATH_SIZE], const char *before, const char *name, long index)
{
    int len = index < 0 ? snprintf(out, PATH_SIZE, "%s%s%s", before, *before ? "." : "", name)
                        : snprintf(out, PATH_SIZE, "%s%s%s[%ld]", before, *before ? "." : "", name, index);
    assert_in_range(len, 0, PATH_SIZE - 1);
    return out;
}

static void add_place(places *out, size_t start, size_t end, const char *prefix, const char *name, const char *id)
{
    out->list = grown(out->list, out->num, &out->capacity, sizeof *out->list);
    place *p = &out->list[out->num++];
    *p = (place){ .start = start, .end = end, .id = id };
    join(p->path, prefix, name, -1);
}

/* Fields that share octets are read together. The first names them; in TP and TICKET the octet of PRF func and D is
 * one field and the two octets after it another, called flags. */
static size_t add_bit_fields(places *out, const tg_layout *layout, size_t i, size_t *at, const char *prefix)
{
    size_t bits = 0, first = i;
    bool flags = false;
    do {
        assert_in_range(layout->fields[i].bits, 1, 32);
        flags |= layout->fields[i].kind == TG_FIELD_FLAGS;
        bits += layout->fields[i++].bits;
    } while (bits % 8);
    if (flags)
        add_place(out, *at, *at + 1, prefix, layout->fields[first].name, layout->id);
    if (flags)
        add_place(out, *at + 1, *at + bits / 8, prefix, layout->fields[first + 1].name, layout->id);
    else
        add_place(out, *at, *at + bits / 8, prefix, layout->fields[first].name, layout->id);
    *at += bits / 8;
    return i - 1;
}

static void add_object_places(places *out, const uint8_t *base, const tg_layout *layout, const void *object,
                              const char *prefix);

static void add_map_places(places *out, const uint8_t *base, const tg_map *map, size_t *at, const char *prefix)
{
    char path[PATH_SIZE];
    add_place(out, *at, *at + 1, prefix, "num_cs", TG_LAYOUT_HDR_ID);
    add_place(out, *at + 1, *at + 2, prefix, "cs_id_map_type", TG_LAYOUT_HDR_ID);
    *at += 2;
    for (long i = 0; i < map->num_cs; i++) {
        if (map->cs_id_map_type == TG_MAP_SRTP_ID)
            add_object_places(out, base, &tg_layout_srtp_cs, &map->srtp[i], join(path, prefix, "cs", i));
        if (map->cs_id_map_type == TG_MAP_GENERIC_ID)
            add_object_places(out, base, &tg_layout_generic_cs, &map->generic[i], join(path, prefix, "cs", i));
        if (map->cs_id_map_type != TG_MAP_EMPTY)
            *at = out->list[out->num - 1].end;
    }
}

/* The fields of an object in wire order. They fill its octets, or the test is wrong about them. */
static void add_object_places(places *out, const uint8_t *base, const tg_layout *layout, const void *object,
                              const char *prefix)
{
    static const char *const of_kv[] = { "spi_len", "spi", "vf_len", "valid_from", "vt_len", "valid_to" };
    tg_bytes octets = ((const tg_object *)object)->octets;
    size_t start = (size_t)(octets.data - base), at = start, offset, len;
    for (size_t i = 0; i < layout->num_fields; i++) {
        const tg_field *field = &layout->fields[i];
        if (field->bits) {
            i = add_bit_fields(out, layout, i, &at, prefix);
            continue;
        }
        if (field->kind == TG_FIELD_MAP) {
            add_map_places(out, base, (const tg_map *)(const void *)((const char *)object + field->member), &at,
                           prefix);
            continue;
        }
        const char *names[6] = { field->kind == TG_FIELD_SALT ? field->len_name : field->name, field->name };
        size_t num_names = field->kind == TG_FIELD_SALT ? 2 : 1;
        if (field->kind == TG_FIELD_KV) {
            memcpy(names, of_kv, sizeof of_kv);
            num_names = sizeof of_kv / sizeof of_kv[0];
        }
        for (size_t j = 0; j < num_names; j++) {
            if (!tg_field_range(layout, object, octets, names[j], &offset, &len))
                continue; /* no salt, no KV data */
            assert_int_equal(start + offset, at);
            add_place(out, at, at + len, prefix, names[j], field->kind == TG_FIELD_KV ? KV_ID : layout->id);
            at += len;
        }
    }
    assert_int_equal(at, start + octets.len);
}

static void add_chain_places(places *out, const uint8_t *base, const tg_payload *chain, const char *prefix)
{
    for (const tg_payload *payload = chain; payload; payload = payload->next) {
        const tg_layout *layout = tg_layout_of(payload->type);
        char path[PATH_SIZE];
        assert_non_null(layout);
        join(path, prefix, layout->name, (long)tg_payload_index(chain, payload));
        add_object_places(out, base, layout, payload, path);
    }
}

/* The outermost field that is not whole when the octets end before `cut`. */
static const place *place_of_cut(const places *all, size_t cut)
{
    for (size_t i = 0; i < all->num; i++) {
        if (all->list[i].start <= cut && cut < all->list[i].end)
            return &all->list[i];
    }
    return NULL;
}

static places places_of_message(const tg_message *message)
{
    places out = { 0 };
    add_object_places(&out, message->octets.data, &tg_layout_hdr, &message->hdr, "hdr");
    add_chain_places(&out, message->octets.data, message->payloads, "");
    size_t at = 0;
    for (size_t i = 0; i < out.num; i++) {
        assert_int_equal(out.list[i].start, at);
        at = out.list[i].end;
    }
    assert_int_equal(at, message->octets.len);
    return out;
}

/* ---- truncations -------------------------------------------------------------------------------------------- */

/* Memory of exactly what a message may need: it ends where the heap block ends. */
typedef struct memory {
    uint8_t *data;
    size_t size;
} memory;

static memory memory_for(size_t message_len)
{
    memory out = { malloc(tg_message_arena_size(message_len)), tg_message_arena_size(message_len) };
    assert_non_null(out.data);
    return out;
}

static tg_arena arena_in(const memory *m, size_t message_len)
{
    size_t size = tg_message_arena_size(message_len);
    assert_true(size <= m->size);
    return tg_arena_of(m->data + (m->size - size), size);
}

static uint8_t *copy_of(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len);
    assert_true(copy || len == 0);
    if (len)
        memcpy(copy, data, len);
    return copy;
}

static void assert_diag(const char *what, const tg_diag *diag, tg_status status, const expected *wanted)
{
    char clause[32];
    tg_clause_of_id(wanted->id, clause);
    if (status != wanted->status || diag->status != status || diag->offset != wanted->offset ||
        strcmp(diag->path, wanted->path) != 0 || strcmp(diag->id, wanted->id) != 0 || strcmp(diag->clause, clause) != 0)
        fail_msg("%s: %s (%s) at %zu, %s, %s; expected %s at %zu, %s, %s", what, tg_status_name(status),
                 tg_status_name(diag->status), diag->offset, diag->path, diag->id, tg_status_name(wanted->status),
                 wanted->offset, wanted->path, wanted->id);
}

/* The message of a sample in the memory, or NULL when it is one of those that cannot be parsed. */
static tg_message *parsed(const sample *s, const memory *m)
{
    tg_arena arena = arena_in(m, s->len);
    tg_message *message = NULL;
    tg_diag diag = { 0 };
    uint8_t *control = copy_of(s->data, s->len);
    tg_status status = tg_message_parse(tg_bytes_of(s->data, s->len), &arena, &message, &diag);
    assert_true(s->len == 0 || memcmp(s->data, control, s->len) == 0);
    free(control);
    return status == TG_OK ? message : NULL;
}

static void test_every_truncation(void **state)
{
    (void)state;
    size_t num_messages = 0, num_cuts = 0;
    for (const sample *s = samples; s < samples + num_samples; s++) {
        memory whole = memory_for(s->len), part = memory_for(s->len);
        tg_message *message = parsed(s, &whole);
        places all = { 0 };
        if (message)
            all = places_of_message(message);
        for (size_t cut = 0; message && cut < s->len; cut++) {
            const place *broken = place_of_cut(&all, cut);
            assert_non_null(broken);
            expected wanted = { .status = TG_TRUNCATED, .offset = broken->start, .id = broken->id };
            memcpy(wanted.path, broken->path, sizeof wanted.path);
            uint8_t *copy = copy_of(s->data, cut);
            tg_arena arena = arena_in(&part, cut);
            tg_message *out = NULL;
            tg_diag diag = { 0 };
            tg_status status = tg_message_parse(tg_bytes_of(copy, cut), &arena, &out, &diag);
            char what[64];
            snprintf(what, sizeof what, "%s cut at %zu", s->id, cut);
            assert_diag(what, &diag, status, &wanted);
            assert_true(cut == 0 || memcmp(copy, s->data, cut) == 0);
            free(copy);
            num_cuts++;
        }
        num_messages += message != NULL;
        free(all.list);
        free(whole.data);
        free(part.data);
    }
    print_message("%zu messages, %zu truncations, each refused where it was cut\n", num_messages, num_cuts);
    assert_true(num_samples >= MIN_MESSAGES && num_messages >= MIN_MESSAGES && num_cuts > 10 * num_messages);
}

/* ---- lengths and numbers ------------------------------------------------------------------------------------ */

static expected fault_at(tg_status status, size_t offset, const char *prefix, const char *name, const char *id)
{
    expected out = { .status = status, .offset = offset, .id = id };
    join(out.path, prefix, name, -1);
    return out;
}

static uint32_t value_at(const uint8_t *data, size_t width)
{
    return width == 1 ? data[0] : (uint32_t)data[0] << 8 | data[1];
}

static spot *add_spot(walk *w, size_t at, size_t width, unsigned bits, const char *prefix, const char *name)
{
    w->spots = grown(w->spots, w->num_spots, &w->spots_capacity, sizeof *w->spots);
    spot *s = &w->spots[w->num_spots++];
    *s = (spot){ .at = at, .width = width, .mask = (1u << bits) - 1, .ticket = w->inside };
    s->value = value_at(w->base + at, width) & s->mask;
    join(s->path, prefix, name, -1);
    return s;
}

static void add_number(walk *w, size_t at, const char *prefix, const char *name, bool in_keys)
{
    spot *s = add_spot(w, at, 1, 8, prefix, name);
    s->is_number = true;
    s->in_keys = in_keys;
    s->less = fault_at(TG_UNKNOWN_PAYLOAD, at, prefix, name, NUMBER_ID);
}

/* The octets that a length counts. */
typedef struct counted {
    size_t start, end, scope_end;
    const char *prefix, *name, *id;
} counted;

static expected truncated_in(const places *inner, size_t cut)
{
    const place *broken = place_of_cut(inner, cut);
    return broken ? fault_at(TG_TRUNCATED, broken->start, "", broken->path, broken->id) : (expected){ 0 };
}

/* What ends where its scope ends has no octet more; and the most that a length can say is hardly ever there. */
static bool runs_out(spot *s, const counted *c)
{
    s->has_most = true;
    if (c->start + s->mask > c->scope_end)
        s->most = fault_at(TG_TRUNCATED, c->start, c->prefix, c->name, c->id);
    if (c->end != c->scope_end)
        return false;
    s->more = fault_at(TG_TRUNCATED, c->start, c->prefix, c->name, c->id);
    return true;
}

/* A list of entries of at least two octets: one octet less breaks the last, one more begins another. */
static void expect_list(walk *w, spot *s, const counted *c, const tg_layout *layout, const void *entries, size_t num,
                        const char *list_name)
{
    char path[PATH_SIZE];
    places inner = { 0 };
    for (size_t i = 0; i < num; i++)
        add_object_places(&inner, w->base, layout, (const uint8_t *)entries + i * layout->struct_size,
                          join(path, c->prefix, list_name, (long)i));
    if (num)
        s->less = truncated_in(&inner, c->end - 1);
    free(inner.list);
    join(path, c->prefix, list_name, (long)num);
    if (!runs_out(s, c))
        s->more = fault_at(TG_TRUNCATED, c->end + 1, path, layout->fields[1].name, layout->id);
}

/* A chain with an octet less is one whose last field is cut; with an octet more it has one left over, but for a Vi at
 * the end of Initiator Data, which another V may follow whatever its Next Payload says. */
static void expect_chain(walk *w, spot *s, const counted *c, tg_field_kind kind, const tg_payload *chain)
{
    char path[PATH_SIZE];
    const char *scope_id = kind == TG_FIELD_KEYS ? KEYS_ID : kind == TG_FIELD_CHAIN ? TP_DATA_ID : INITIATOR_DATA_ID;
    places inner = { 0 };
    join(path, c->prefix, c->name, -1);
    if (kind != TG_FIELD_KEYS)
        add_place(&inner, c->start, c->start + 1, path, "first_payload", scope_id);
    add_chain_places(&inner, w->base, chain, path);
    bool becomes_nothing = kind == TG_FIELD_OPT_CHAIN && c->end - c->start == 1;
    if (c->end > c->start && !becomes_nothing)
        s->less = truncated_in(&inner, c->end - 1);
    free(inner.list);
    if (runs_out(s, c) || (kind == TG_FIELD_KEYS && !chain))
        return;
    const tg_payload *last = tg_payload_last(chain);
    if (kind == TG_FIELD_OPT_CHAIN && last && last->type == TG_PAYLOAD_V) {
        char v_path[PATH_SIZE];
        join(v_path, path, "V", (long)tg_payload_index(chain, last) + 1);
        s->more = fault_at(TG_TRUNCATED, c->end + 1, v_path, "auth_alg", TG_LAYOUT_V_ID);
        return;
    }
    s->more = fault_at(TG_TRAILING, c->end, c->prefix, c->name, scope_id);
}

static void walk_chain(walk *w, const tg_payload *chain, const char *prefix, size_t scope_end, tg_field_kind kind);

static void walk_nested(walk *w, const tg_field *field, const tg_chain *chain, const counted *c)
{
    char path[PATH_SIZE];
    join(path, c->prefix, c->name, -1);
    if (field->kind == TG_FIELD_TICKET_DATA && w->inside < 0) {
        w->tickets = grown(w->tickets, w->num_tickets, &w->tickets_capacity, sizeof *w->tickets);
        ticket *t = &w->tickets[w->num_tickets++];
        *t = (ticket){ .start = c->start, .end = c->end, .form = chain->form };
        memcpy(t->path, path, sizeof path);
    }
    if (chain->form != TG_CHAIN_PAYLOADS)
        return;
    if (field->kind == TG_FIELD_CHAIN || field->kind == TG_FIELD_OPT_CHAIN)
        add_number(w, c->start, path, "first_payload", false);
    long outside = w->inside;
    if (field->kind == TG_FIELD_TICKET_DATA && outside < 0)
        w->inside = (long)w->num_tickets - 1;
    walk_chain(w, chain->payloads, path, c->end, field->kind);
    w->inside = outside;
}

/* What the length at `s` does, by the kind of what it counts. */
static void expect_counted(walk *w, spot *s, const tg_field *field, const void *object, const counted *c)
{
    const void *member = (const char *)object + field->member;
    assert_int_equal(s->value, c->end - c->start);
    switch (field->kind) {
    case TG_FIELD_PARAMS:
        expect_list(w, s, c, &tg_layout_param, ((const tg_sp *)object)->policy_param,
                    ((const tg_sp *)object)->num_policy_param, c->name);
        break;
    case TG_FIELD_EXT:
        if (((const tg_general_ext *)object)->type == TG_EXT_KEY_ID)
            expect_list(w, s, c, &tg_layout_key_id, ((const tg_general_ext *)object)->key_ids,
                        ((const tg_general_ext *)object)->num_key_ids, "key_ids");
        else
            (void)runs_out(s, c);
        break;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
        if (((const tg_chain *)member)->form == TG_CHAIN_PAYLOADS)
            expect_chain(w, s, c, field->kind, ((const tg_chain *)member)->payloads);
        else
            (void)runs_out(s, c);
        break;
    default:
        (void)runs_out(s, c);
    }
}

static const tg_field *counted_by(const tg_layout *layout, const char *len_name)
{
    for (size_t i = 0; i < layout->num_fields; i++) {
        if (layout->fields[i].len_name && strcmp(layout->fields[i].len_name, len_name) == 0)
            return &layout->fields[i];
    }
    fail_msg("%s.%s counts nothing", layout->name, len_name);
    return NULL;
}

/* A length that stands right before its octets. */
static void walk_pair(walk *w, const tg_layout *layout, const void *object, const char *len_name, const char *name,
                      const char *id, const char *prefix, size_t scope_end)
{
    tg_bytes octets = ((const tg_object *)object)->octets;
    size_t start = (size_t)(octets.data - w->base), len_offset, len_width, offset, len;
    if (!tg_field_range(layout, object, octets, len_name, &len_offset, &len_width))
        return;
    assert_true(tg_field_range(layout, object, octets, name, &offset, &len));
    spot *s = add_spot(w, start + len_offset, len_width, (unsigned)(8 * len_width), prefix, len_name);
    const counted c = { start + offset, start + offset + len, scope_end, prefix, name, id };
    assert_int_equal(s->value, len);
    (void)runs_out(s, &c);
}

static void walk_object(walk *w, const tg_layout *layout, const void *object, const char *prefix, size_t scope_end,
                        bool in_keys);

static void walk_list(walk *w, const tg_layout *layout, const void *list, size_t num, const char *prefix,
                      const char *name, size_t scope_end)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < num; i++)
        walk_object(w, layout, (const uint8_t *)list + i * layout->struct_size, join(path, prefix, name, (long)i),
                    scope_end, false);
}

/* #CS: one more begins another entry, which is none where the message ends. The Empty map has none, whatever #CS. */
static void walk_map(walk *w, const tg_hdr *hdr, const char *prefix, size_t scope_end)
{
    const tg_map *map = &hdr->map;
    const size_t end = hdr->octets.len;
    spot *s = add_spot(w, 8, 1, 8, prefix, "num_cs");
    s->has_most = true;
    const tg_layout *entry = map->cs_id_map_type == TG_MAP_SRTP_ID ? &tg_layout_srtp_cs : &tg_layout_generic_cs;
    if (map->cs_id_map_type == TG_MAP_EMPTY) {
        s->less.accepted = s->more.accepted = s->most.accepted = true;
        return;
    }
    if (end == scope_end) {
        char path[PATH_SIZE];
        s->more = fault_at(TG_TRUNCATED, end, join(path, prefix, "cs", map->num_cs), entry->fields[0].name, entry->id);
    }
    const void *list = map->cs_id_map_type == TG_MAP_SRTP_ID ? (const void *)map->srtp : (const void *)map->generic;
    walk_list(w, entry, list, map->num_cs, prefix, "cs", scope_end);
}

static void walk_length(walk *w, const tg_layout *layout, const tg_field *length, const void *object,
                        const char *prefix, size_t scope_end)
{
    tg_bytes octets = ((const tg_object *)object)->octets;
    size_t start = (size_t)(octets.data - w->base), at, width, offset, len;
    const tg_field *field = counted_by(layout, length->name);
    assert_true(tg_field_range(layout, object, octets, length->name, &at, &width));
    assert_true(tg_field_range(layout, object, octets, field->name, &offset, &len));
    spot *s = add_spot(w, start + at, width, length->bits, prefix, length->name);
    const counted c = { start + offset, start + offset + len, scope_end, prefix, field->name, layout->id };
    expect_counted(w, s, field, object, &c);
    const void *member = (const char *)object + field->member;
    if (field->kind == TG_FIELD_PARAMS)
        walk_list(w, &tg_layout_param, ((const tg_sp *)object)->policy_param, ((const tg_sp *)object)->num_policy_param,
                  prefix, field->name, c.end);
    else if (field->kind == TG_FIELD_EXT)
        walk_list(w, &tg_layout_key_id, ((const tg_general_ext *)object)->key_ids,
                  ((const tg_general_ext *)object)->num_key_ids, prefix, "key_ids", c.end);
    else if (field->kind != TG_FIELD_DATA)
        walk_nested(w, field, member, &c);
}

static void walk_object(walk *w, const tg_layout *layout, const void *object, const char *prefix, size_t scope_end,
                        bool in_keys)
{
    size_t start = (size_t)(((const tg_object *)object)->octets.data - w->base), offset, len;
    for (size_t i = 0; i < layout->num_fields; i++) {
        const tg_field *field = &layout->fields[i];
        switch (field->kind) {
        case TG_FIELD_NEXT:
            assert_true(
                tg_field_range(layout, object, ((const tg_object *)object)->octets, field->name, &offset, &len));
            add_number(w, start + offset, prefix, field->name, in_keys);
            break;
        case TG_FIELD_LEN:
            walk_length(w, layout, field, object, prefix, scope_end);
            break;
        case TG_FIELD_SALT:
            walk_pair(w, layout, object, field->len_name, field->name, layout->id, prefix, scope_end);
            break;
        case TG_FIELD_KV:
            walk_pair(w, layout, object, "spi_len", "spi", KV_ID, prefix, scope_end);
            walk_pair(w, layout, object, "vf_len", "valid_from", KV_ID, prefix, scope_end);
            walk_pair(w, layout, object, "vt_len", "valid_to", KV_ID, prefix, scope_end);
            break;
        case TG_FIELD_MAP:
            walk_map(w, object, prefix, scope_end);
            break;
        default:
            break;
        }
    }
}

static void walk_chain(walk *w, const tg_payload *chain, const char *prefix, size_t scope_end, tg_field_kind kind)
{
    for (const tg_payload *payload = chain; payload; payload = payload->next) {
        const tg_layout *layout = tg_layout_of(payload->type);
        char path[PATH_SIZE];
        join(path, prefix, layout->name, (long)tg_payload_index(chain, payload));
        walk_object(w, layout, payload, path, scope_end, kind == TG_FIELD_KEYS);
    }
}

static walk walk_message(const tg_message *message)
{
    walk out = { .base = message->octets.data, .inside = -1 };
    walk_object(&out, &tg_layout_hdr, &message->hdr, "hdr", message->octets.len, false);
    walk_chain(&out, message->payloads, "", message->octets.len, TG_FIELD_MAP);
    return out;
}

static void free_walk(walk *w)
{
    free(w->spots);
    free(w->tickets);
}

/* How changes came out. */
typedef struct counts {
    size_t lengths, most, numbers;
    size_t refused_as_said; /* status, offset, path and row are those worked out here */
    size_t refused;         /* elsewhere: what follows the length is read from another octet */
    size_t ticket_octets, ticket_chain, well_formed, empty_map;
    size_t ticket_as_said; /* of ticket_octets: Ticket Data parsed on its own is refused as worked out here */
} counts;

/* Ticket Data parsed on its own, as its resolver does, is refused where the change is. */
static void assert_ticket_fault(const char *what, const ticket *t, const uint8_t *data, const memory *m,
                                const expected *wanted)
{
    size_t len = t->end - t->start, path_len = strlen(t->path);
    tg_arena arena = tg_arena_of(m->data, m->size);
    tg_payload *chain = NULL;
    tg_diag diag = { 0 };
    uint8_t *copy = copy_of(data + t->start, len);
    tg_status status = tg_message_parse_ticket_data(tg_bytes_of(copy, len), &arena, &chain, &diag);
    expected inside = *wanted;
    assert_true(strncmp(wanted->path, t->path, path_len) == 0 && wanted->path[path_len] == '.');
    memmove(inside.path, wanted->path + path_len + 1, strlen(wanted->path + path_len + 1) + 1);
    inside.offset -= t->start;
    assert_diag(what, &diag, status, &inside);
    free(copy);
}

/* A changed message that is accepted must say why; there are three reasons. */
static void classify(const char *what, const tg_message *message, const walk *before, const spot *changed,
                     uint32_t value, const expected *wanted, const memory *m, counts *n)
{
    size_t len = message->octets.len;
    uint8_t *again = malloc(len);
    tg_writer writer = tg_writer_of(again, len);
    assert_int_equal(tg_message_build(message, &writer), TG_OK);
    if (writer.len != len || memcmp(again, message->octets.data, len) != 0)
        fail_msg("%s: accepted, and built to other octets", what);
    free(again);

    walk after = walk_message(message);
    const ticket *opened = changed->ticket < 0 ? NULL : &before->tickets[changed->ticket];
    const ticket *same = NULL;
    for (size_t i = 0; opened && i < after.num_tickets; i++) {
        if (after.tickets[i].start == opened->start && after.tickets[i].end == opened->end)
            same = &after.tickets[i];
    }
    if (opened && !same)
        fail_msg("%s: Ticket Data moved", what);
    if (opened && same->form == TG_CHAIN_OCTETS) {
        /* Ticket Data, which only the resolver of the ticket interprets, is shown as octets. */
        n->ticket_octets++;
        if (wanted->status != TG_OK) {
            assert_ticket_fault(what, opened, message->octets.data, m, wanted);
            n->ticket_as_said++;
        }
    } else {
        if (wanted->status != TG_OK)
            fail_msg("%s: accepted; expected %s at %zu, %s", what, tg_status_name(wanted->status), wanted->offset,
                     wanted->path);
        /* The length is now that of its field, and what is left is well-formed: another message. */
        const spot *found = NULL;
        for (size_t i = 0; i < after.num_spots; i++) {
            const spot *s = &after.spots[i];
            if (s->at == changed->at && s->is_number == changed->is_number && strcmp(s->path, changed->path) == 0)
                found = s;
        }
        if (changed->is_number || !found || found->value != value)
            fail_msg("%s: accepted for no reason known here", what);
        bool empty_map = message->hdr.map.cs_id_map_type == TG_MAP_EMPTY && strcmp(changed->path, "hdr.num_cs") == 0;
        if (empty_map)
            assert_int_equal(message->hdr.map.num_cs, value);
        n->empty_map += empty_map;
        n->ticket_chain += opened != NULL;
        n->well_formed += !opened && !empty_map;
    }
    free_walk(&after);
}

static void try_value(const sample *s, const walk *before, const spot *changed, uint32_t value, const expected *wanted,
                      const memory *m, counts *n)
{
    char what[PATH_SIZE + 64];
    snprintf(what, sizeof what, "%s, %s = %u", s->id, changed->path, value);
    uint8_t *copy = copy_of(s->data, s->len), *control = copy_of(s->data, s->len);
    uint32_t whole = (value_at(copy + changed->at, changed->width) & ~changed->mask) | value;
    for (size_t i = 0; i < changed->width; i++)
        copy[changed->at + i] = control[changed->at + i] = (uint8_t)(whole >> 8 * (changed->width - 1 - i));
    tg_arena arena = arena_in(m, s->len);
    tg_message *message = NULL;
    tg_diag diag = { 0 };
    tg_status status = tg_message_parse(tg_bytes_of(copy, s->len), &arena, &message, &diag);
    assert_memory_equal(copy, control, s->len);
    if (status == TG_OK) {
        memory more = memory_for(s->len);
        classify(what, message, before, changed, value, wanted, &more, n);
        free(more.data);
    } else {
        if (tg_status_class(status) != TG_CLASS_PARSE || diag.status != status || diag.offset > s->len ||
            diag.path[0] == '\0' || !tg_requirement_find(diag.id) || diag.clause[0] == '\0')
            fail_msg("%s: %s at %zu, %s, %s", what, tg_status_name(status), diag.offset, diag.path, diag.id);
        if (changed->ticket >= 0 || wanted->accepted)
            fail_msg("%s: must be accepted, and is %s at %zu, %s", what, tg_status_name(status), diag.offset,
                     diag.path);
        /* What stands before the change is as it was, and no fault. */
        if (diag.offset < changed->at)
            fail_msg("%s: %s at %zu, %s, before the change at %zu", what, tg_status_name(status), diag.offset,
                     diag.path, changed->at);
        if (wanted->status != TG_OK)
            assert_diag(what, &diag, status, wanted);
        n->refused_as_said += wanted->status != TG_OK;
        n->refused += wanted->status == TG_OK;
    }
    free(copy);
    free(control);
}

static void test_every_length_and_number(void **state)
{
    (void)state;
    /* No payload has them: unassigned, those of other bits than a payload's, private. */
    static const uint8_t nobodys[] = { 18, 19, 27, 31, 32, 37, 99, 128, 133, 240, 255 };
    counts n = { 0 };
    size_t num_messages = 0;
    for (const sample *s = samples; s < samples + num_samples; s++) {
        memory whole = memory_for(s->len), changed = memory_for(s->len);
        tg_message *message = parsed(s, &whole);
        walk w = { 0 };
        if (message)
            w = walk_message(message);
        num_messages += message != NULL;
        for (const spot *p = w.spots; p < w.spots + w.num_spots; p++) {
            if (p->is_number) {
                for (size_t i = 0; i < sizeof nobodys; i++, n.numbers++)
                    try_value(s, &w, p, nobodys[i], &p->less, &changed, &n);
                if (p->in_keys)
                    continue;
                try_value(s, &w, p, TG_PAYLOAD_KEY_DATA, &p->less, &changed, &n);
                n.numbers++;
                continue;
            }
            if (p->value > 0) {
                try_value(s, &w, p, p->value - 1, &p->less, &changed, &n);
                n.lengths++;
            }
            if (p->value < p->mask) {
                try_value(s, &w, p, p->value + 1, &p->more, &changed, &n);
                n.lengths++;
            }
            if (p->has_most && p->value < p->mask) {
                try_value(s, &w, p, p->mask, &p->most, &changed, &n);
                n.most++;
            }
        }
        free_walk(&w);
        free(whole.data);
        free(changed.data);
    }
    print_message("%zu messages, %zu lengths off by one, %zu as large as can be, %zu numbers of no payload\n",
                  num_messages, n.lengths, n.most, n.numbers);
    print_message("refused: %zu exactly as worked out, %zu where the shifted octets cannot be read on\n",
                  n.refused_as_said, n.refused);
    print_message(
        "accepted: %zu in Ticket Data, which then stands as octets (%zu of them exactly as worked out when it "
        "is parsed on its own)\n",
        n.ticket_octets, n.ticket_as_said);
    print_message(
        "accepted: %zu in Ticket Data that is another chain; %zu in a message that is another one; %zu #CS of "
        "the Empty map\n",
        n.ticket_chain, n.well_formed, n.empty_map);
    assert_int_equal(n.refused_as_said + n.refused + n.ticket_octets + n.ticket_chain + n.well_formed + n.empty_map,
                     n.lengths + n.most + n.numbers);
    assert_true(num_messages >= MIN_MESSAGES && n.lengths > 10 * num_messages && n.numbers > 10 * num_messages);
    /* Each outcome occurs, or its branch above proves nothing. */
    assert_true(n.refused_as_said && n.refused && n.ticket_octets && n.ticket_as_said && n.well_formed && n.empty_map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_length_and_number),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
