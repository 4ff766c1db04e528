#include "http_head.h"

#include "parts.h"

/* What libhtp is given is within these. */
enum { MAX_LINE = 16384, MAX_HEADERS = 256 };

static bool next_line(tg_bytes *rest, tg_bytes *line)
{
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    if (!end)
        return false;
    size_t len = (size_t)(end - rest->data);
    *line = tg_bytes_of(rest->data, len > 0 && end[-1] == '\r' ? len - 1 : len);
    rest->data += len + 1;
    rest->len -= len + 1;
    return true;
}

static bool equals(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; text.len == len && i < len; i++) {
        uint8_t c = text.data[i];
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)word[i])
            return false;
    }
    return text.len == len;
}

static tg_bytes trim(tg_bytes text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool read_length(tg_bytes value, tgu_http_head *out)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || i >= 18)
            return false;
        length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (value.len == 0 || (out->has_length && out->length != length)) /* RFC 9112 6.3: two that differ */
        return false;
    out->has_length = true;
    out->length = length;
    return true;
}

/* RFC 9112 6.1: chunked is the last of the codings. */
static void read_coding(tg_bytes value, tgu_http_head *out)
{
    size_t start = value.len;
    while (start > 0 && value.data[start - 1] != ',')
        start--;
    out->chunked = equals(trim(tg_bytes_of(value.data + start, value.len - start)), "chunked");
    out->other_coding = !out->chunked && !equals(value, "identity");
}

/* The next of a list; false: there is none. */
static bool next_of_list(tg_bytes *list, tg_bytes *out)
{
    if (!list->data)
        return false;
    const uint8_t *comma = list->len ? memchr(list->data, ',', list->len) : NULL;
    size_t len = comma ? (size_t)(comma - list->data) : list->len;
    *out = trim(tg_bytes_of(list->data, len));
    *list = comma ? tg_bytes_of(comma + 1, list->len - len - 1) : tg_bytes_of(NULL, 0);
    return true;
}

static bool is_of(tg_bytes text, const char *const words[])
{
    while (*words && !equals(text, *words))
        words++;
    return *words != NULL;
}

/* What htp.c sees to (RFC 9110 8.4.1): two layers. In whatever order: where one of them is another, none of what lies in it can be read. */
static void note_content_codings(tg_bytes list, tgu_http_head *out)
{
    static const char *const none[] = { "", "identity", NULL }, *const undone[] = { "gzip", "x-gzip", "deflate",
                                                                                    "x-deflate", NULL };
    tg_bytes coding;
    while (next_of_list(&list, &coding)) {
        if (is_of(coding, none))
            continue;
        out->codings++;
        if (out->codings > TGU_HTTP_LAYERS || !is_of(coding, undone))
            out->stays_coded = true;
    }
}

/* RFC 9112 7: of these chunks alone are taken off. */
static void note_transfer_codings(tg_bytes list, tgu_http_head *out)
{
    static const char *const undone[] = { "", "identity", "chunked", NULL };
    tg_bytes coding;
    while (next_of_list(&list, &coding))
        out->stays_coded = out->stays_coded || !is_of(coding, undone);
}

static bool read_field(tg_bytes line, tgu_http_head *out)
{
    const uint8_t *colon = memchr(line.data, ':', line.len);
    if (!colon)
        return true; /* libhtp takes such lines, too */
    size_t len = (size_t)(colon - line.data);
    tg_bytes name = trim(tg_bytes_of(line.data, len)), value = trim(tg_bytes_of(colon + 1, line.len - len - 1));
    if (equals(name, "content-length"))
        return read_length(value, out);
    if (equals(name, "transfer-encoding")) {
        read_coding(value, out);
        note_transfer_codings(value, out);
    } else if (equals(name, "content-encoding")) {
        note_content_codings(value, out);
    } else if (equals(name, "content-type")) {
        out->many_types = out->many_types ||
                          out->has_type; /* RFC 9110 5.3: an error; which of them another reader takes is not known */
        out->has_type = true;
    }
    return true;
}

static bool read_request_line(tg_bytes line, tgu_http_head *out)
{
    const uint8_t *blank = memchr(line.data, ' ', line.len);
    size_t method = blank ? (size_t)(blank - line.data) : 0, end = line.len;
    while (end > 0 && line.data[end - 1] != ' ')
        end--;
    if (method == 0 || method >= sizeof out->method || end < method + 3)
        return false;
    memcpy(out->method, line.data, method);
    out->target = trim(tg_bytes_of(line.data + method + 1, end - 1 - method - 1));
    return out->target.len > 0 && out->target.len <= TGU_HTTP_TARGET_MAX;
}

static bool read_status_line(tg_bytes line, tgu_http_head *out)
{
    if (line.len < 12 || line.data[8] != ' ')
        return false;
    for (size_t i = 9; i < 12; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        out->status = out->status * 10 + line.data[i] - '0';
    }
    return out->status >= 100 && out->status < 600 && (line.len == 12 || line.data[12] == ' ');
}

tgu_head_result tgu_http_read_head(tg_bytes octets, tgu_http_head *out)
{
    tg_bytes line;
    memset(out, 0, sizeof *out);
    if (!next_line(&octets, &line))
        return TGU_HEAD_BAD;
    if (line.len > MAX_LINE)
        return TGU_HEAD_TOO_LARGE;
    out->request = line.len < 5 || memcmp(line.data, "HTTP/", 5) != 0;
    if (!(out->request ? read_request_line(line, out) : read_status_line(line, out)))
        return TGU_HEAD_BAD;
    for (size_t num = 0; next_line(&octets, &line) && line.len > 0; num++) {
        if (num >= MAX_HEADERS || line.len > MAX_LINE)
            return TGU_HEAD_TOO_LARGE;
        if (!read_field(line, out))
            return TGU_HEAD_BAD;
    }
    return TGU_HEAD_READ;
}
