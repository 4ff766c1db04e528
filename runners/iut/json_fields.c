/* Members of a JSON object, read or written by the same call. */
#include "json_fields.h"

#include <stdio.h>
#include <string.h>

#include "json_values.h"

enum { MAX_ITEM = 256 }; /* sizeof of what stands in an array */

/* NULL when it is missing or null, or something failed before. */
static const json_t *read_member(fields *f, const char *name)
{
    const json_t *value = fields_failed(f) ? NULL : json_object_get(f->object, name);
    return json_is_null(value) ? NULL : value;
}

static void write_member(fields *f, const char *name, json_t *value)
{
    if (json_object_set_new_nocheck(f->object, name, value) != 0)
        fields_fail(f, "no memory");
}

/* ---- members ------------------------------------------------------------------------------------------------ */

void field_number(fields *f, const char *name, uint64_t max, uint64_t *value)
{
    if (f->writing) {
        if (*value != 0 || !f->sparse)
            write_member(f, name, json_integer((json_int_t)*value));
        return;
    }
    const json_t *member = read_member(f, name);
    json_int_t number = 0;
    if (member && integer_of_json(f, name, member, 0, max > INT64_MAX ? INT64_MAX : (json_int_t)max, &number))
        *value = (uint64_t)number;
}

void field_u8(fields *f, const char *name, uint8_t *value)
{
    uint64_t number = *value;
    field_number(f, name, UINT8_MAX, &number);
    *value = (uint8_t)number;
}

void field_u16(fields *f, const char *name, uint16_t *value)
{
    uint64_t number = *value;
    field_number(f, name, UINT16_MAX, &number);
    *value = (uint16_t)number;
}

void field_u32(fields *f, const char *name, uint32_t *value)
{
    uint64_t number = *value;
    field_number(f, name, UINT32_MAX, &number);
    *value = (uint32_t)number;
}

void field_flag(fields *f, const char *name, bool *value)
{
    if (f->writing) {
        if (*value || !f->sparse)
            write_member(f, name, json_boolean(*value));
        return;
    }
    const json_t *member = read_member(f, name);
    if (member && !json_is_boolean(member))
        fields_fail(f, "%s is neither true nor false", name);
    else if (member)
        *value = json_is_true(member);
}

void field_text(fields *f, const char *name, const char **value)
{
    if (f->writing) {
        if (*value || !f->sparse)
            write_member(f, name, text_to_json(f, *value));
        return;
    }
    const json_t *member = read_member(f, name);
    if (member)
        *value = text_of_json(f, name, member);
}

void field_time_or_null(fields *f, const char *name, bool *known, uint64_t *value)
{
    if (f->writing) {
        char hex[17];
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)*value);
        write_member(f, name, *known ? json_string_nocheck(hex) : json_null());
        return;
    }
    const json_t *member = read_member(f, name);
    if (!member)
        return;
    tgi_octets octets = octets_of_json(f, name, member);
    if (!fields_failed(f) && octets.len != 8)
        fields_fail(f, "%s has not 16 hex digits", name);
    for (size_t i = 0; !fields_failed(f) && i < 8; i++)
        *value = *value << 8 | octets.data[i];
    *known = !fields_failed(f);
}

void field_time(fields *f, const char *name, uint64_t *value)
{
    bool known = f->writing;
    field_time_or_null(f, name, &known, value);
}

void field_octets(fields *f, const char *name, tgi_octets *value)
{
    if (f->writing) {
        if (value->len > 0 || !f->sparse)
            write_member(f, name, octets_to_json(f, *value));
        return;
    }
    const json_t *member = read_member(f, name);
    if (member)
        *value = octets_of_json(f, name, member);
}

void field_choice(fields *f, const char *name, const char *const *names, size_t num, unsigned *value)
{
    if (f->writing) {
        const char *word = *value < num ? names[*value] : NULL;
        write_member(f, name, word ? json_string(word) : json_null());
        return;
    }
    const json_t *member = read_member(f, name);
    if (!member)
        return;
    for (unsigned i = 0; json_is_string(member) && i < num; i++) {
        if (names[i] && strcmp(names[i], json_string_value(member)) == 0) {
            *value = i;
            return;
        }
    }
    fields_fail(f, "%s is not one of its words", name);
}

static const char *const role_names[] = { NULL, "initiator", "responder", "kms" };

const char *iut_role_name(tgi_role role)
{
    return role >= TGI_INITIATOR && role <= TGI_KMS ? role_names[role] : "";
}

void field_role(fields *f, const char *name, tgi_role *value)
{
    unsigned number = (unsigned)*value;
    field_choice(f, name, role_names, 4, &number);
    *value = (tgi_role)number;
}

/* ---- objects and arrays ------------------------------------------------------------------------------------- */

bool fields_enter(fields *f, const char *name, bool present, json_t **outer)
{
    json_t *inner = NULL;
    if (f->writing) {
        inner = present ? json_object() : json_null();
        if (present || !f->sparse)
            write_member(f, name, inner);
        if (!present || !inner || fields_failed(f))
            return false;
    } else {
        const json_t *member = read_member(f, name);
        if (!member)
            return false;
        if (!json_is_object(member))
            return fields_fail(f, "%s is not an object", name);
        inner = json_object_get(f->object, name); /* the same, not const */
    }
    *outer = f->object;
    f->object = inner;
    return true;
}

void fields_leave(fields *f, json_t *outer)
{
    f->object = outer;
}

/* Reading: the array, its length in *num. */
static const json_t *read_array(fields *f, const char *name, size_t *num, size_t max)
{
    const json_t *member = read_member(f, name);
    *num = 0;
    if (!member)
        return NULL;
    if (!json_is_array(member)) {
        fields_fail(f, "%s is not an array", name);
        return NULL;
    }
    if (json_array_size(member) > max) {
        fields_fail(f, "%s has more than %zu elements", name, max);
        return NULL;
    }
    *num = json_array_size(member);
    return member;
}

/* Writing: a new array, or NULL where there is nothing to write. */
static json_t *write_array(fields *f, const char *name, size_t num)
{
    if (num == 0 && f->sparse)
        return NULL;
    json_t *array = json_array();
    write_member(f, name, array);
    return fields_failed(f) ? NULL : array;
}

static void append(fields *f, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        fields_fail(f, "no memory");
}

static void one_item(fields *f, const char *name, json_t *object, void *item, field_item describe)
{
    if (!json_is_object(object)) {
        fields_fail(f, "%s holds something else than objects", name);
        return;
    }
    json_t *outer = f->object;
    bool sparse = f->sparse;
    f->object = object;
    f->sparse = false; /* items are alike */
    describe(f, item);
    f->sparse = sparse;
    f->object = outer;
}

const void *field_array(fields *f, const char *name, const void *items, size_t *num, size_t size, size_t max,
                        field_item describe)
{
    union {
        max_align_t align;
        char octets[MAX_ITEM];
    } copy;
    if (size > sizeof copy) {
        fields_fail(f, "%s has items that are too large", name);
    } else if (f->writing) {
        json_t *array = write_array(f, name, *num);
        for (size_t i = 0; array && i < *num && !fields_failed(f); i++) {
            json_t *object = json_object();
            append(f, array, object);
            memcpy(&copy, (const char *)items + i * size, size); /* `items` may be constant */
            if (!fields_failed(f))
                one_item(f, name, object, &copy, describe);
        }
        return items;
    }
    const json_t *array = read_array(f, name, num, max);
    char *made = array ? get_memory(f, *num, size) : NULL;
    for (size_t i = 0; made && i < *num && !fields_failed(f); i++)
        one_item(f, name, json_array_get(array, i), made + i * size, describe);
    return made;
}

const char *const *field_texts(fields *f, const char *name, const char *const *texts, size_t *num, size_t max)
{
    if (f->writing) {
        json_t *array = write_array(f, name, *num);
        for (size_t i = 0; array && i < *num && !fields_failed(f); i++)
            append(f, array, text_to_json(f, texts[i]));
        return texts;
    }
    const json_t *array = read_array(f, name, num, max);
    const char **made = array ? get_memory(f, *num + 1, sizeof *made) : NULL; /* and a NULL behind the last */
    for (size_t i = 0; made && i < *num && !fields_failed(f); i++)
        made[i] = text_of_json(f, name, json_array_get(array, i));
    return made;
}

const tgi_octets *field_octet_strings(fields *f, const char *name, const tgi_octets *strings, size_t *num, size_t max)
{
    if (f->writing) {
        json_t *array = write_array(f, name, *num);
        for (size_t i = 0; array && i < *num && !fields_failed(f); i++)
            append(f, array, octets_to_json(f, strings[i]));
        return strings;
    }
    const json_t *array = read_array(f, name, num, max);
    tgi_octets *made = array ? get_memory(f, *num, sizeof *made) : NULL;
    for (size_t i = 0; made && i < *num && !fields_failed(f); i++)
        made[i] = octets_of_json(f, name, json_array_get(array, i));
    return made;
}

/* ---- identities --------------------------------------------------------------------------------------------- */

static void describe_identity(fields *f, void *item)
{
    tgi_identity *id = item;
    field_u8(f, "type", &id->type);
    field_octets(f, "data", &id->data);
    id->known = !fields_failed(f);
}

void field_identity(fields *f, const char *name, tgi_identity *value)
{
    json_t *outer = NULL;
    if (!fields_enter(f, name, value->known, &outer))
        return;
    tgi_identity copy = *value;
    describe_identity(f, &copy);
    *value = copy;
    fields_leave(f, outer);
}

const tgi_identity *field_identities(fields *f, const char *name, const tgi_identity *ids, size_t *num, size_t max)
{
    return field_array(f, name, ids, num, sizeof *ids, max, describe_identity);
}

/* ---- objects whose names are data --------------------------------------------------------------------------- */

/* Reading: the object, how many members it has in *num. */
static json_t *read_names(fields *f, const char *name, size_t *num, size_t max)
{
    const json_t *member = read_member(f, name);
    *num = 0;
    if (!member)
        return NULL;
    if (!json_is_object(member) || json_object_size(member) > max) {
        fields_fail(f, "%s is not an object with at most %zu members", name, max);
        return NULL;
    }
    *num = json_object_size(member);
    return json_object_get(f->object, name);
}

static const char *copy_name(fields *f, const char *name)
{
    size_t len = strlen(name);
    char *copy = get_memory(f, len + 1, 1);
    if (copy)
        memcpy(copy, name, len);
    return copy;
}

const tgi_named_value *field_values(fields *f, const char *name, const tgi_named_value *values, size_t *num, size_t max)
{
    json_t *outer;
    if (f->writing) {
        if (fields_enter(f, name, true, &outer)) {
            for (size_t i = 0; i < *num; i++)
                write_member(f, values[i].name, text_to_json(f, values[i].value));
            fields_leave(f, outer);
        }
        return values;
    }
    json_t *object = read_names(f, name, num, max);
    tgi_named_value *made = object ? get_memory(f, *num, sizeof *made) : NULL;
    size_t i = 0;
    for (void *at = object ? json_object_iter(object) : NULL; made && at && !fields_failed(f);
         at = json_object_iter_next(object, at), i++) {
        made[i].name = copy_name(f, json_object_iter_key(at));
        made[i].value = text_of_json(f, name, json_object_iter_value(at));
    }
    return made;
}

const tgi_named_number *field_numbers(fields *f, const char *name, const tgi_named_number *numbers, size_t *num,
                                      size_t max)
{
    json_t *outer;
    if (f->writing) {
        if (fields_enter(f, name, true, &outer)) {
            for (size_t i = 0; i < *num; i++)
                write_member(f, numbers[i].name, json_integer(numbers[i].number));
            fields_leave(f, outer);
        }
        return numbers;
    }
    json_t *object = read_names(f, name, num, max);
    tgi_named_number *made = object ? get_memory(f, *num, sizeof *made) : NULL;
    size_t i = 0;
    for (void *at = object ? json_object_iter(object) : NULL; made && at && !fields_failed(f);
         at = json_object_iter_next(object, at), i++) {
        json_int_t number = 0;
        made[i].name = copy_name(f, json_object_iter_key(at));
        if (integer_of_json(f, name, json_object_iter_value(at), -1, INT32_MAX, &number))
            made[i].number = (int)number;
    }
    return made;
}
