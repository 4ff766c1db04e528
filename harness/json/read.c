#include "read.h"

#include <stdio.h>

bool tg_read_fail(tg_read *r, tg_status status, const char *name, const char *reason)
{
    r->status = status;
    r->reason = reason;
    r->path[0] = '\0';
    return name[0] ? tg_read_in(r, name, -1) : false;
}

bool tg_read_in(tg_read *r, const char *name, long index)
{
    char piece[64];
    int len = index < 0 ? snprintf(piece, sizeof piece, "%s", name)
                        : snprintf(piece, sizeof piece, "%s[%ld]", name, index);
    size_t piece_len = len < 0 ? 0 : (size_t)len < sizeof piece ? (size_t)len : sizeof piece - 1;
    size_t dot = r->path[0] && r->path[0] != '[' ? 1 : 0;
    size_t path_len = strlen(r->path);
    if (piece_len + dot + path_len >= sizeof r->path)
        return false; /* a path that is full keeps its end */
    memmove(r->path + piece_len + dot, r->path, path_len + 1);
    memcpy(r->path, piece, piece_len);
    if (dot)
        r->path[piece_len] = '.';
    return false;
}

void *tg_read_alloc(tg_read *r, size_t num, size_t size)
{
    void *out = num == 0 || size <= SIZE_MAX / num ? tg_arena_alloc(r->arena, num * size) : NULL;
    if (!out) {
        (void)tg_read_fail(r, TG_ARENA_FULL, "", "The memory given for the message is used up.");
        return NULL;
    }
    memset(out, 0, num * size);
    return out;
}

json_t *tg_read_required(tg_read *r, const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (!value)
        (void)tg_read_fail(r, TG_BAD_TREE, name, "This member is missing.");
    return value;
}

bool tg_read_integer(tg_read *r, const json_t *value, const char *name, uint32_t max, uint32_t *out)
{
    if (!json_is_integer(value))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be an integer.");
    json_int_t number = json_integer_value(value);
    if (number < 0 || number > (json_int_t)max)
        return tg_read_fail(r, TG_OVERFLOW, name, "This number does not fit its field.");
    *out = (uint32_t)number;
    return true;
}

bool tg_read_number(tg_read *r, const json_t *object, const char *name, uint32_t max, uint32_t *out)
{
    const json_t *value = tg_read_required(r, object, name);
    return value && tg_read_integer(r, value, name, max, out);
}

bool tg_read_hex_value(tg_read *r, const json_t *value, const char *name, tg_bytes *out)
{
    if (!json_is_string(value))
        return tg_read_fail(r, TG_BAD_TREE, name, "This must be a string of hex digits.");
    size_t text_len = json_string_length(value), len = 0, error_at = 0;
    *out = tg_bytes_of(NULL, 0);
    if (text_len == 0)
        return true;
    uint8_t *octets = tg_arena_alloc(r->arena, tg_hex_decoded_max(text_len));
    if (!octets)
        return tg_read_fail(r, TG_ARENA_FULL, name, "The memory given for the message is used up.");
    if (tg_hex_decode(json_string_value(value), text_len, octets, &len, &error_at) != TG_OK)
        return tg_read_fail(r, TG_BAD_HEX, name,
                            error_at < text_len ? "This string holds something that is no hex digit."
                                                : "This string has an odd number of hex digits.");
    *out = tg_bytes_of(octets, len);
    return true;
}

bool tg_read_hex(tg_read *r, const json_t *object, const char *name, tg_bytes *out)
{
    const json_t *value = tg_read_required(r, object, name);
    return value && tg_read_hex_value(r, value, name, out);
}

bool tg_read_override(tg_read *r, const json_t *object, const char *name, unsigned bits, void *owner)
{
    const json_t *value = json_object_get(object, name);
    if (!value)
        return true;
    uint32_t number;
    if (!tg_read_integer(r, value, name, tg_max_of(bits), &number))
        return false;
    tg_override *override = tg_read_alloc(r, 1, sizeof *override);
    if (!override)
        return false;
    tg_object *object_of = owner;
    *override = (tg_override){ object_of->overrides, name, number };
    object_of->overrides = override;
    return true;
}
