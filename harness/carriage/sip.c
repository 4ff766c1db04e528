/* The SDP body of a SIP message (RFC 3261), multipart bodies included (RFC 2046, RFC 5621).
 *
 * Headers are cut into lines here, and only the start line and Content-Type go to libosip2: a capture may hold any
 * nonsense in the other headers, and what they say has no bearing on the body.
 */
#include "ticketgate/carriage.h"

#include "lines.h"
#include "osip.h"
#include "values.h"

#define HEAD_MAX (2 * TG_SIP_MAX_LINE + 32) /* a start line and a Content-Type */
#define MAX_NESTING 3                       /* multipart in multipart */

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* ---- head --------------------------------------------------------------------------------------------------- */

typedef struct head {
    tgc_text start_line, content_type; /* content_type.data is NULL when there is none */
    bool has_length, encoded;
    size_t content_length;
    tgc_text body; /* all that follows the empty line */
} head;

static bool read_number(tgc_text text, size_t *out)
{
    size_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i >= 9)
            return false;
        value = value * 10 + (size_t)(text.data[i] - '0');
    }
    *out = value;
    return text.len > 0;
}

/* Returns what is wrong with a header that matters here, or NULL. */
static const char *note_header(head *out, tgc_text name, tgc_text value)
{
    if (tgc_equals_nocase(name, "Content-Type") || tgc_equals_nocase(name, "c")) {
        if (out->content_type.data)
            return "two Content-Type headers";
        out->content_type = value;
    } else if (tgc_equals_nocase(name, "Content-Length") || tgc_equals_nocase(name, "l")) {
        if (out->has_length)
            return "two Content-Length headers";
        out->has_length = true;
        if (!read_number(value, &out->content_length))
            return "the Content-Length is not a number";
    } else if (tgc_equals_nocase(name, "Content-Encoding") || tgc_equals_nocase(name, "e")) {
        out->encoded = value.len > 0 && !tgc_equals_nocase(value, "identity");
    }
    return NULL;
}

/* Reads the start line and headers; `complete` says that the empty line was met. */
static tg_status read_head(tgc_text rest, head *out, bool *complete, const char **reason)
{
    tgc_text line, name, value;
    *out = (head){ 0 };
    *complete = false;
    while (rest.len > 0 && (rest.data[0] == '\r' || rest.data[0] == '\n')) { /* RFC 3261 7.5 */
        rest.data++;
        rest.len--;
    }
    if (!tgc_next_line(&rest, &out->start_line))
        return refuse(TG_BAD_SDP, reason, "not a SIP message: it is empty");
    for (size_t num = 0; tgc_next_header_line(&rest, &line, NULL); num++) {
        if (line.len == 0 && rest.data[-1] == '\n') {
            *complete = true;
            out->body = rest;
            return TG_OK;
        }
        if (num >= TG_SIP_MAX_HEADERS)
            return refuse(TG_TOO_LARGE, reason, "the SIP message has too many headers");
        if (line.len > TG_SIP_MAX_LINE)
            return refuse(TG_TOO_LARGE, reason, "a header of the SIP message is too long");
        if (rest.len == 0) /* its line end, or a folded line of it, may still come */
            break;
        const char *wrong = tgc_header_split(line, &name, &value) ? note_header(out, name, value) : NULL;
        if (wrong)
            return refuse(TG_BAD_SDP, reason, wrong);
    }
    return TG_OK;
}

bool tg_sip_begins(const char *data, size_t len)
{
    tgc_text rest = { data, len }, line;
    while (rest.len > 0 && (rest.data[0] == '\r' || rest.data[0] == '\n')) {
        rest.data++;
        rest.len--;
    }
    bool whole = rest.len > 0 && memchr(rest.data, '\n', rest.len) != NULL;
    if (!whole) /* a beginning that may still grow into a start line; a method is a short word */
        return false;
    (void)tgc_next_line(&rest, &line);
    if (tgc_begins(line, "SIP/2.0 "))
        return true;
    size_t method = 0;
    while (method < line.len && tgc_is_token_char(line.data[method]))
        method++;
    return method > 0 && method < line.len && line.data[method] == ' ' && line.len > method + 9 &&
           memcmp(line.data + line.len - 8, " SIP/2.0", 8) == 0;
}

tg_status tg_sip_frame(const char *data, size_t len, size_t *frame_len, const char **reason)
{
    head parts;
    bool complete;
    *reason = "";
    *frame_len = 0;
    tg_status status = read_head((tgc_text){ data, len }, &parts, &complete, reason);
    if (status != TG_OK)
        return status;
    if (!complete)
        return len > TG_SIP_MAX_OCTETS ? refuse(TG_TOO_LARGE, reason, "the SIP message is too large")
                                       : refuse(TG_TRUNCATED, reason, "the headers are not complete");
    size_t before = (size_t)(parts.body.data - data);
    size_t body_len = parts.has_length ? parts.content_length : parts.body.len;
    if (body_len > TG_SIP_MAX_OCTETS || before + body_len > TG_SIP_MAX_OCTETS)
        return refuse(TG_TOO_LARGE, reason, "the SIP message is too large");
    *frame_len = before + body_len;
    if (body_len > parts.body.len)
        return refuse(TG_TRUNCATED, reason, "the body is shorter than its Content-Length");
    return TG_OK;
}

/* ---- body --------------------------------------------------------------------------------------------------- */

/* True for "--boundary" with nothing but white space behind it; *last for "--boundary--". */
static bool is_delimiter(tgc_text line, const char *boundary, bool *last)
{
    size_t len = strlen(boundary);
    if (line.len < len + 2 || memcmp(line.data, "--", 2) != 0 || memcmp(line.data + 2, boundary, len) != 0)
        return false;
    tgc_text after = tgc_trim((tgc_text){ line.data + len + 2, line.len - len - 2 });
    *last = tgc_equals(after, "--");
    return *last || after.len == 0;
}

/* Content-Type of a part, and its body: what follows the headers. */
static bool read_part(tgc_text part, tgc_content_type *type, tgc_text *body)
{
    char value_text[TG_SIP_MAX_LINE + 1];
    tgc_text rest = part, line, name, value;
    memset(type, 0, sizeof *type);
    for (size_t num = 0; tgc_next_header_line(&rest, &line, NULL) && line.len > 0; num++) {
        if (num >= TG_SIP_MAX_HEADERS || !tgc_header_split(line, &name, &value))
            return false;
        if (!tgc_equals_nocase(name, "Content-Type") && !tgc_equals_nocase(name, "c"))
            continue;
        if (value.len == 0 || value.len > TG_SIP_MAX_LINE || memchr(value.data, '\0', value.len))
            return false;
        for (size_t i = 0; i < value.len; i++) /* a folded value on one line */
            value_text[i] = value.data[i] == '\r' || value.data[i] == '\n' ? ' ' : value.data[i];
        value_text[value.len] = '\0';
        if (!tgc_sip_content_type(value_text, type))
            return false;
    }
    *body = rest;
    return true;
}

/* The next part of a multipart body; the line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1).
 * False when there is none, also when the delimiter behind it is missing. */
static bool next_part(tgc_text *rest, const char *boundary, tgc_text *part)
{
    const char *start = rest->data;
    tgc_text line;
    bool last = false;
    while (tgc_next_line(rest, &line)) {
        if (!is_delimiter(line, boundary, &last))
            continue;
        *part = (tgc_text){ start, (size_t)(line.data - start) };
        if (part->len > 0 && part->data[part->len - 1] == '\n')
            part->len--;
        if (part->len > 0 && part->data[part->len - 1] == '\r')
            part->len--;
        if (last)
            rest->len = 0;
        return true;
    }
    return false;
}

/* The first application/sdp in a multipart, depth first. Work is bounded by the size times MAX_NESTING. */
static bool find_sdp_part(tgc_text body, const tgc_content_type *type, unsigned depth, tgc_text *out)
{
    tgc_text rest = body, part, inside;
    tgc_content_type inner;
    if (type->boundary[0] == '\0' || !next_part(&rest, type->boundary, &part)) /* the first one is the preamble */
        return false;
    for (size_t num = 0; num < TG_SIP_MAX_PARTS && next_part(&rest, type->boundary, &part); num++) {
        if (!read_part(part, &inner, &inside))
            continue;
        if (inner.is_sdp) {
            *out = inside;
            return true;
        }
        if (inner.is_multipart && depth < MAX_NESTING && find_sdp_part(inside, &inner, depth + 1, out))
            return true;
    }
    return false;
}

/* The head for libosip2: start line and Content-Type. False when they cannot be passed on. */
static bool write_head(const head *parts, char *out)
{
    size_t used = parts->start_line.len;
    memcpy(out, parts->start_line.data, used);
    memcpy(out + used, "\r\n", 2);
    used += 2;
    if (parts->content_type.len > 0) {
        memcpy(out + used, "Content-Type: ", 14);
        used += 14;
        for (size_t i = 0; i < parts->content_type.len; i++) {
            char c = parts->content_type.data[i];
            out[used++] = c == '\r' || c == '\n' ? ' ' : c;
        }
        memcpy(out + used, "\r\n", 2);
        used += 2;
    }
    memcpy(out + used, "\r\n", 3); /* with the NUL */
    used += 2;
    return memchr(out, '\0', used) == NULL && memchr(out, '\r', parts->start_line.len) == NULL;
}

tg_status tg_sip_sdp_body(const char *sip, size_t len, tg_sip_body_callback callback, void *user, const char **reason)
{
    head parts;
    bool complete;
    size_t frame_len;
    tgc_content_type type;
    if (!tg_sip_begins(sip, len))
        return refuse(TG_BAD_SDP, reason, "not a SIP message");
    tg_status status = tg_sip_frame(sip, len, &frame_len, reason);
    if (status != TG_OK)
        return status;
    status = read_head((tgc_text){ sip, frame_len }, &parts, &complete, reason);
    if (status != TG_OK)
        return status;
    if (parts.start_line.len > TG_SIP_MAX_LINE)
        return refuse(TG_TOO_LARGE, reason, "the start line of the SIP message is too long");
    char text[HEAD_MAX];
    if (!write_head(&parts, text) || !tgc_sip_head(text, &type))
        return refuse(TG_BAD_SDP, reason, "the start line or the Content-Type is malformed");
    if (parts.body.len == 0 || !type.present)
        return refuse(TG_NOT_FOUND, reason, "the SIP message has no body with a type");
    if (parts.encoded)
        return refuse(TG_NOT_FOUND, reason, "the body has a content encoding");
    tgc_text body = parts.body;
    if (!type.is_sdp && !(type.is_multipart && find_sdp_part(parts.body, &type, 1, &body)))
        return refuse(TG_NOT_FOUND, reason, "the body holds no session description");
    text[parts.start_line.len] = '\0';
    callback(user, text, body.data, body.len);
    return TG_OK;
}

/* ---- of a message that is cut -------------------------------------------------------------------------------- */

static tg_status read_type(tg_bytes value, tgc_content_type *type, const char **reason)
{
    char text[TG_SIP_MAX_LINE + 1];
    tgc_text line = { (const char *)value.data, value.len };
    if (line.len > TG_SIP_MAX_LINE)
        return refuse(TG_TOO_LARGE, reason, "the Content-Type is too long");
    if (!tgc_is_clean(line))
        return refuse(TG_BAD_SIP, reason, "the Content-Type is malformed");
    for (size_t i = 0; i < line.len; i++)
        text[i] = line.data[i] == '\r' || line.data[i] == '\n' ? ' ' : line.data[i];
    text[line.len] = '\0';
    return tgc_sip_content_type(text, type) && type->present
               ? TG_OK
               : refuse(TG_BAD_SIP, reason, "the Content-Type is malformed");
}

tg_status tg_sip_head_sdp(const tg_sip_head *cut, tg_bytes *sdp, const char **reason)
{
    tgc_content_type type;
    tgc_text body = { (const char *)cut->body.data, cut->body.len };
    const tg_sip_header *coding = tg_sip_first(cut, TG_SIP_CONTENT_ENCODING);
    *reason = "";
    *sdp = (tg_bytes){ NULL, 0 };
    if (body.len == 0 || !tg_sip_first(cut, TG_SIP_CONTENT_TYPE))
        return refuse(TG_NOT_FOUND, reason, "the SIP message has no body with a type");
    if (coding && coding->value.len > 0 &&
        !tgc_equals_nocase((tgc_text){ (const char *)coding->value.data, coding->value.len }, "identity"))
        return refuse(TG_NOT_FOUND, reason, "the body has a content encoding");
    tg_status status = read_type(cut->content_type, &type, reason);
    if (status != TG_OK)
        return status;
    if (!type.is_sdp && !(type.is_multipart && find_sdp_part(body, &type, 1, &body)))
        return refuse(TG_NOT_FOUND, reason, "the body holds no session description");
    *sdp = tg_bytes_of(body.data, body.len);
    return TG_OK;
}
