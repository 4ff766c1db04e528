/* Values of members: texts, octets, integers. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_values.h"
#include "ticketgate/base.h"

bool fields_fail(fields *f, const char *format, ...)
{
    if (f->why[0])
        return false; /* the first fault is told */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->why, IUT_WHY, format, arguments);
    va_end(arguments);
    return false;
}

bool fields_failed(const fields *f)
{
    return f->why[0] != 0;
}

void *get_memory(fields *f, size_t num, size_t size)
{
    void *memory = iut_pool_get(f->pool, num * size); /* `num` is bounded by the length of the line */
    if (!memory)
        fields_fail(f, "it needs too much memory");
    return memory;
}

/* A text of a shared object may be anything; JSON is UTF-8. */
json_t *text_to_json(fields *f, const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    char *ascii = value ? NULL : strdup(text);
    for (char *c = ascii; c && *c; c++)
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    if (ascii)
        value = json_string(ascii);
    free(ascii);
    if (!value)
        fields_fail(f, "no memory");
    return value;
}

const char *text_of_json(fields *f, const char *name, const json_t *value)
{
    if (!json_is_string(value)) {
        fields_fail(f, "%s is not a string", name);
        return NULL;
    }
    size_t len = json_string_length(value);
    char *copy = get_memory(f, len + 1, 1);
    if (copy)
        memcpy(copy, json_string_value(value), len);
    return copy;
}

json_t *octets_to_json(fields *f, tgi_octets octets)
{
    char *hex = malloc(tg_hex_encoded_size(octets.len));
    if (!hex) {
        fields_fail(f, "no memory");
        return NULL;
    }
    tg_hex_encode(tg_bytes_of(octets.data, octets.len), hex);
    json_t *value = json_stringn_nocheck(hex, octets.len * 2);
    free(hex);
    return value;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

tgi_octets octets_of_json(fields *f, const char *name, const json_t *value)
{
    tgi_octets none = { NULL, 0 };
    if (!json_is_string(value)) {
        fields_fail(f, "%s is not a string of hex", name);
        return none;
    }
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (len % 2 != 0) {
        fields_fail(f, "%s has an odd number of hex digits", name);
        return none;
    }
    uint8_t *octets = get_memory(f, len / 2, 1);
    for (size_t i = 0; octets && i < len / 2; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            fields_fail(f, "%s is not hex", name);
            return none;
        }
        octets[i] = (uint8_t)(high << 4 | low);
    }
    return octets ? (tgi_octets){ octets, len / 2 } : none;
}

bool integer_of_json(fields *f, const char *name, const json_t *value, json_int_t least, json_int_t most,
                     json_int_t *out)
{
    if (!json_is_integer(value))
        return fields_fail(f, "%s is not an integer", name);
    *out = json_integer_value(value);
    if (*out < least || *out > most)
        return fields_fail(f, "%s is out of range", name);
    return true;
}
