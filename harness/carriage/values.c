#include "values.h"

#include <string.h>

bool tgc_is_token_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-.!%*_+`'~", c) != NULL);
}

bool tgc_is_token(tgc_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!tgc_is_token_char(text.data[i]))
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

tgc_text tgc_next_value(tgc_text *rest)
{
    bool angle = false;
    size_t i = 0;
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

/* The next ";name=value", and what is behind it. */
static bool next_parameter(tgc_text *rest, tgc_text *name, tgc_text *value)
{
    const char *start = rest->len ? memchr(rest->data, ';', rest->len) : NULL;
    if (!start)
        return false;
    size_t i = (size_t)(start - rest->data) + 1, begins = i, equals = 0;
    for (; i < rest->len && rest->data[i] != ';'; i++) {
        if (rest->data[i] == '"')
            i = quoted_end(*rest, i);
        else if (rest->data[i] == '=' && equals == 0)
            equals = i;
    }
    i = i < rest->len ? i : rest->len;
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
    for (; i < value.len && value.data[i] != '<'; i++) {
        if (value.data[i] == '"')
            i = quoted_end(value, i);
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
