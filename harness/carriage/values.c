#include "values.h"

#include <string.h>

static const bool token_chars[256] = {
    ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true,  ['7'] = true,
    ['8'] = true, ['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,  ['F'] = true,
    ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true, ['L'] = true, ['M'] = true,  ['N'] = true,
    ['O'] = true, ['P'] = true, ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true,  ['V'] = true,
    ['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,  ['d'] = true,
    ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true,  ['l'] = true,
    ['m'] = true, ['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true,  ['t'] = true,
    ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true, ['-'] = true,  ['.'] = true,
    ['!'] = true, ['%'] = true, ['*'] = true, ['_'] = true, ['+'] = true, ['`'] = true, ['\''] = true, ['~'] = true,
};

bool tgc_is_token_char(char c)
{
    return token_chars[(unsigned char)c];
}

bool tgc_is_token(tgc_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!token_chars[(unsigned char)text.data[i]])
            return false;
    }
    return text.len > 0;
}

bool tgc_is_clean(tgc_text value)
{
    if (value.len == 0)
        return true;
    if (memchr(value.data, '\0', value.len))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\r' && (i + 1 == value.len || value.data[i + 1] != '\n'))
            return false;
    }
    return true;
}

/* Where a quoted string ends that begins at `at`: the place of its last quote, or the end of the text. */
static size_t quoted_end(tgc_text text, size_t at)
{
    for (at++; at < text.len && text.data[at] != '"'; at++) {
        if (text.data[at] == '\\')
            at++;
    }
    return at < text.len ? at : text.len;
}

static bool holds(tgc_text text, char c)
{
    return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

tgc_text tgc_next_value(tgc_text *rest)
{
    bool angle = false;
    size_t i = holds(*rest, ',') ? 0 : rest->len; /* mostly there is one value, and nothing to look for */
    for (; i < rest->len; i++) {
        char c = rest->data[i];
        if (c == '"' && !angle)
            i = quoted_end(*rest, i);
        else if (c == '<' || c == '>')
            angle = c == '<';
        else if (c == ',' && !angle)
            break;
    }
    size_t len = i < rest->len ? i : rest->len, taken = i < rest->len ? i + 1 : rest->len;
    tgc_text item = { rest->data, len };
    rest->data += taken;
    rest->len -= taken;
    return tgc_trim(item);
}

static tgc_text unquoted(tgc_text value)
{
    if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
        value = (tgc_text){ value.data + 1, value.len - 2 };
    return value;
}

/* Where the parameter ends that begins at `at`: the place of the next ";" out of quotes, or the end. *equals: that of its "=", 0: none. */
static size_t parameter_end(tgc_text text, size_t at, size_t *equals)
{
    const char *semicolon = at < text.len ? memchr(text.data + at, ';', text.len - at) : NULL;
    size_t i = semicolon ? (size_t)(semicolon - text.data) : text.len;
    tgc_text one = { text.data + at, i - at };
    if (!holds(one, '"')) {
        const char *sign = one.len > 0 ? memchr(one.data, '=', one.len) : NULL;
        *equals = sign ? (size_t)(sign - text.data) : 0;
        return i;
    }
    i = at;
    for (; i < text.len && text.data[i] != ';'; i++) {
        if (text.data[i] == '"')
            i = quoted_end(text, i);
        else if (text.data[i] == '=' && *equals == 0)
            *equals = i;
    }
    return i < text.len ? i : text.len;
}

/* The next ";name=value", and what is behind it. */
static bool next_parameter(tgc_text *rest, tgc_text *name, tgc_text *value)
{
    const char *start = rest->len ? memchr(rest->data, ';', rest->len) : NULL;
    if (!start)
        return false;
    size_t begins = (size_t)(start - rest->data) + 1, equals = 0;
    size_t i = parameter_end(*rest, begins, &equals);
    *name = tgc_trim((tgc_text){ rest->data + begins, (equals ? equals : i) - begins });
    *value = (tgc_text){ rest->data + i, 0 };
    if (equals)
        *value = unquoted(tgc_trim((tgc_text){ rest->data + equals + 1, i - equals - 1 }));
    rest->data += i;
    rest->len -= i;
    return true;
}

bool tgc_parameter(tgc_text parameters, const char *name, tgc_text *value)
{
    tgc_text found;
    while (next_parameter(&parameters, &found, value)) {
        if (tgc_equals_nocase(found, name))
            return true;
    }
    return false;
}

void tgc_cut_address(tgc_text value, tgc_text *uri, tgc_text *parameters)
{
    size_t i = 0;
    *uri = *parameters = value;
    if (value.len == 0) /* it may be NULL, which nothing is added to */
        return;
    const char *angle = memchr(value.data, '<', value.len);
    i = angle ? (size_t)(angle - value.data) : value.len;
    if (holds((tgc_text){ value.data, i }, '"')) { /* the first may stand in a display name */
        for (i = 0; i < value.len && value.data[i] != '<'; i++) {
            if (value.data[i] == '"')
                i = quoted_end(value, i);
        }
    }
    if (i < value.len) {
        const char *start = value.data + i + 1;
        size_t left = value.len - i - 1;
        const char *end = left ? memchr(start, '>', left) : NULL;
        *uri = (tgc_text){ start, end ? (size_t)(end - start) : left };
        *parameters = (tgc_text){ uri->data + uri->len, (size_t)(value.data + value.len - uri->data) - uri->len };
        return;
    }
    const char *semicolon = value.len ? memchr(value.data, ';', value.len) : NULL;
    size_t len = semicolon ? (size_t)(semicolon - value.data) : value.len;
    *uri = tgc_trim((tgc_text){ value.data, len });
    *parameters = (tgc_text){ value.data + len, value.len - len };
}
