#include "multipart.h"

static size_t find_octet(tg_bytes octets, size_t from, char octet)
{
    const uint8_t *place = from < octets.len ? memchr(octets.data + from, octet, octets.len - from) : NULL;
    return place ? (size_t)(place - octets.data) : octets.len;
}

static bool stands_at(tg_bytes octets, size_t at, const char *text, size_t len)
{
    return len <= octets.len - at && memcmp(octets.data + at, text, len) == 0;
}

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

/* Is the line whose "--" stands at `at` a delimiter? */
static bool delimiter_at(tg_bytes body, size_t at, const char *boundary, size_t len, tgm_delimiter *out)
{
    if ((at > 0 && !is_line_end(body.data[at - 1])) || !stands_at(body, at, "--", 2) ||
        !stands_at(body, at + 2, boundary, len))
        return false;
    size_t end = at + 2 + len;
    out->closes = stands_at(body, end, "--", 2);
    end += out->closes ? 2 : 0;
    while (end < body.len && (body.data[end] == ' ' || body.data[end] == '\t'))
        end++;
    if (end < body.len && !is_line_end(body.data[end]))
        return false;
    if (end < body.len)
        end += body.data[end] == '\r' && end + 1 < body.len && body.data[end + 1] == '\n' ? 2 : 1;
    out->behind = end;
    out->before = at;
    if (at > 0)
        out->before -= at > 1 && body.data[at - 1] == '\n' && body.data[at - 2] == '\r' ? 2 : 1;
    return true;
}

bool tgm_delimiter_next(tg_bytes body, const char *boundary, size_t from, tgm_delimiter *out)
{
    size_t len = strlen(boundary);
    for (size_t at = find_octet(body, from, '-'); at < body.len; at = find_octet(body, at + 1, '-'))
        if (delimiter_at(body, at, boundary, len, out)) {
            if (out->before < from) /* nothing is between the two: they share the line end */
                out->before = from;
            return true;
        }
    return false;
}

bool tgm_multipart_count(tg_bytes body, const char *boundary, size_t max, size_t *num)
{
    tgm_delimiter delimiter = { 0 };
    for (*num = 0; tgm_delimiter_next(body, boundary, delimiter.behind, &delimiter);) {
        if (delimiter.closes)
            return true;
        if (++*num > max)
            return true;
    }
    return false;
}

bool tgm_holds(tg_bytes octets, const char *text)
{
    size_t len = strlen(text);
    for (size_t at = find_octet(octets, 0, text[0]); at < octets.len; at = find_octet(octets, at + 1, text[0]))
        if (stands_at(octets, at, text, len))
            return true;
    return false;
}
