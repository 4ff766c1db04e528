#include "lines.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool tgc_next_line(tgc_text *rest, tgc_text *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    size_t taken = end ? len + 1 : len;
    *line = (tgc_text){ rest->data, len };
    if (len > 0 && line->data[len - 1] == '\r')
        line->len--;
    rest->data += taken;
    rest->len -= taken;
    return true;
}

bool tgc_next_header_line(tgc_text *rest, tgc_text *line)
{
    if (!tgc_next_line(rest, line))
        return false;
    tgc_text more;
    while (line->len > 0 && rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        (void)tgc_next_line(rest, &more);
        line->len = (size_t)(more.data + more.len - line->data);
    }
    return true;
}

tgc_text tgc_trim(tgc_text text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* ASCII only: the locale must not decide what a header is called. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tgc_equals_nocase(tgc_text text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    if (text.len == 0 || memcmp(text.data, word, text.len) == 0)
        return true; /* as it is nearly always written */
    for (size_t i = 0; i < text.len; i++) {
        if (lower(text.data[i]) != lower(word[i]))
            return false;
    }
    return true;
}

bool tgc_header_split(tgc_text line, tgc_text *name, tgc_text *value)
{
    const char *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
    if (!colon)
        return false;
    *name = tgc_trim((tgc_text){ line.data, (size_t)(colon - line.data) });
    *value = tgc_trim((tgc_text){ colon + 1, line.len - (size_t)(colon - line.data) - 1 });
    return name->len > 0;
}
