/* Cuts the headers of an entity (RFC 2045, RFC 5322 section 2.2). GMime is lenient here: it takes a line without a colon for the beginning
 * of the body, and of two Content-Type headers the first. This is strict, so that every reader of an entity that is accepted reads the same. */
#include "head.h"

#include "gmime.h"

#define NAME_MAX_OCTETS 998 /* of a line (RFC 5322 2.1.1), and so of a name */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool equals_nocase(tg_bytes a, const char *b)
{
    size_t len = strlen(b);
    if (a.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (lower(a.data[i]) != lower((uint8_t)b[i]))
            return false;
    return true;
}

size_t tgm_line_end(tg_bytes octets, size_t from, size_t *next)
{
    size_t at = from;
    while (at < octets.len && octets.data[at] != '\r' && octets.data[at] != '\n')
        at++;
    *next = at;
    if (at < octets.len)
        *next = at + (octets.data[at] == '\r' && at + 1 < octets.len && octets.data[at + 1] == '\n' ? 2 : 1);
    return at;
}

/* ---- cutting ------------------------------------------------------------------------------------------------ */

/* The length of the name of the header in this line, 0 where it is none; `value_at` is behind the colon. */
static size_t header_name(tg_bytes line, size_t *value_at)
{
    size_t len = 0;
    while (len < line.len && len <= NAME_MAX_OCTETS && line.data[len] > 32 && line.data[len] < 127 &&
           line.data[len] != ':')
        len++;
    size_t colon = len;
    while (colon < line.len && is_blank(line.data[colon])) /* obsolete, but to be read [RFC 5322 4.5] */
        colon++;
    if (len > NAME_MAX_OCTETS || colon == line.len || line.data[colon] != ':')
        return 0;
    *value_at = colon + 1;
    return len;
}

static tg_bytes *value_of(tgm_head *head, tg_bytes name)
{
    if (equals_nocase(name, "Content-Type"))
        return &head->type;
    if (equals_nocase(name, "Content-Transfer-Encoding"))
        return &head->encoding;
    return equals_nocase(name, "Content-Disposition") ? &head->disposition : &head->other;
}

/* One line at `from`. `last` is the value that it may go on. */
static bool take_line(tg_bytes entity, size_t from, size_t end, tgm_head *out, tg_bytes **last)
{
    size_t value_at = 0;
    if (memchr(entity.data + from, 0, end - from))
        return false;
    if (is_blank(entity.data[from])) {
        if (*last)
            (*last)->len = (size_t)(entity.data + end - (*last)->data);
        return *last != NULL;
    }
    size_t name_len = header_name(tg_bytes_of(entity.data + from, end - from), &value_at);
    if (name_len == 0)
        return false;
    tg_bytes *value = value_of(out, tg_bytes_of(entity.data + from, name_len));
    if (value->data && value != &out->other)
        return false; /* twice: two readers may each take another */
    *value = tg_bytes_of(entity.data + from + value_at, end - from - value_at);
    *last = value;
    out->num++;
    return true;
}

tg_status tgm_head_cut(tg_bytes entity, bool inside, tgm_head *out, size_t *fault_at)
{
    /* No line end is looked for beyond the limit. */
    tg_bytes within = { entity.data, entity.len > TG_MIME_MAX_HEADER + 2 ? TG_MIME_MAX_HEADER + 2 : entity.len };
    tg_bytes *last = NULL;
    *out = (tgm_head){ 0 };
    for (size_t from = 0, next;; from = next) {
        size_t end = tgm_line_end(within, from, &next);
        *fault_at = from;
        if (end == from && next > from) { /* the empty line */
            out->body_at = next;
            return inside || out->num ? TG_OK : TG_BAD_MIME;
        }
        if (next == within.len && next < entity.len && end - from <= NAME_MAX_OCTETS)
            return TG_TOO_LARGE; /* the limit is met in a line that may still be a header */
        if (end > from && !take_line(within, from, end, out, &last))
            return TG_BAD_MIME;
        if (next > TG_MIME_MAX_HEADER)
            return TG_TOO_LARGE;
        if (next == within.len) { /* no more lines */
            out->body_at = next;
            return inside ? TG_OK : TG_BAD_MIME;
        }
    }
}

/* ---- values ------------------------------------------------------------------------------------------------- */

/* GMime in its loose mode takes comments for part of a value, in its strict mode half of a boundary with a slash for the whole. */
void tgm_clean(tg_bytes value, char *out)
{
    bool quoted = false;
    size_t depth = 0, len = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c == '\r' || c == '\n')
            continue;
        if (c == '\\' && (quoted || depth) && i + 1 < value.len) {
            i++;
            if (depth == 0 && value.data[i] != '\r' && value.data[i] != '\n') {
                out[len++] = '\\';
                out[len++] = value.data[i] ? (char)value.data[i] : ' ';
            }
            continue;
        }
        if (depth == 0 && c == '"')
            quoted = !quoted;
        if (!quoted && c == '(') {
            if (depth++ == 0)
                out[len++] = ' ';
        } else if (!quoted && depth && c == ')') {
            depth--;
        } else if (depth == 0) {
            out[len++] = c ? (char)c : ' ';
        }
    }
    out[len] = '\0';
}

static bool is_token(char c)
{
    return c > 32 && c < 127 && !strchr("()<>@,;:\\\"/[]?=", c);
}

static const char *skip_token(const char *text)
{
    while (*text && is_token(*text))
        text++;
    return text;
}

static const char *skip_blanks(const char *text)
{
    while (is_blank((uint8_t)*text))
        text++;
    return text;
}

/* Behind a quoted string; NULL where it does not end. */
static const char *skip_quoted(const char *text)
{
    for (text++; *text != '"'; text++) {
        if (*text == '\\')
            text++;
        if (*text == '\0')
            return NULL;
    }
    return text + 1;
}

/* Behind a value, octets beyond ASCII in it too; NULL where there is none. */
static const char *skip_value(const char *text)
{
    const char *end = text;
    if (*text == '"')
        return skip_quoted(text);
    while (*end && (is_token(*end) || ((uint8_t)*end & 0x80)))
        end++;
    return end == text ? NULL : end;
}

/* Each ";", a token, "=" and a value [RFC 2045 5.1]; or ";" alone. */
static bool are_parameters(const char *text)
{
    while (*text == ';') {
        text = skip_blanks(text + 1);
        if (*text == ';' || *text == '\0')
            continue;
        const char *end = skip_token(text);
        const char *equals = skip_blanks(end);
        if (end == text || *equals != '=')
            return false;
        text = skip_value(skip_blanks(equals + 1));
        if (!text)
            return false;
        text = skip_blanks(text);
    }
    return *text == '\0';
}

/* Token, for a type with a second behind "/", and then the end or parameters. */
static bool is_well_formed(const char *text, bool type)
{
    for (unsigned tokens = type ? 2 : 1; tokens > 0; tokens--) {
        text = skip_blanks(text);
        const char *end = skip_token(text);
        if (end == text)
            return false;
        text = skip_blanks(end);
        if (tokens == 2 && *text++ != '/')
            return false;
    }
    return are_parameters(text);
}

static tg_mime_encoding encoding_of(const char *text)
{
    static const struct {
        const char *name;
        tg_mime_encoding encoding;
    } known[] = { { "7bit", TG_MIME_ENCODING_7BIT },
                  { "8bit", TG_MIME_ENCODING_8BIT },
                  { "binary", TG_MIME_ENCODING_BINARY },
                  { "base64", TG_MIME_ENCODING_BASE64 },
                  { "quoted-printable", TG_MIME_ENCODING_QUOTED_PRINTABLE } };
    text = skip_blanks(text);
    size_t len = (size_t)(skip_token(text) - text);
    if (*skip_blanks(text + len))
        return TG_MIME_ENCODING_UNKNOWN;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (equals_nocase(tg_bytes_of(text, len), known[i].name))
            return known[i].encoding;
    return TG_MIME_ENCODING_UNKNOWN;
}

static void lower_text(char *text)
{
    for (; *text; text++)
        *text = (char)lower((uint8_t)*text);
}

void tgm_fields_read(const tgm_head *head, tgm_fields *out)
{
    char value[TG_MIME_MAX_HEADER + 1]; /* a value is no longer than the headers */
    *out = (tgm_fields){ .type = "text/plain", .is_text = true };
    if (head->type.data) {
        tgm_clean(head->type, value);
        if (is_well_formed(value, true)) {
            tgm_gmime_type(value, out);
            lower_text(out->type);
            lower_text(out->smime_type);
            out->has_type = true;
            out->is_text = strncmp(out->type, "text/", 5) == 0;
            out->is_multipart = strncmp(out->type, "multipart/", 10) == 0;
        }
    }
    if (head->disposition.data) {
        tgm_clean(head->disposition, value);
        if (is_well_formed(value, false)) {
            tgm_gmime_disposition(value, out);
            lower_text(out->disposition);
        }
    }
    if (head->encoding.data) {
        tgm_clean(head->encoding, value);
        out->encoding = encoding_of(value);
    }
}

bool tgm_is_canonical_text(const tgm_fields *fields)
{
    return fields->is_text && fields->encoding <= TG_MIME_ENCODING_BINARY;
}
