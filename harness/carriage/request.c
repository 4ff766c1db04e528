/* Reads a SIP request (RFC 3261 7): what a receiver of MESSAGE (RFC 3428) or NOTIFY asks of it. Headers are cut into lines here, URIs are
 * judged by libosip2; what counts as a request stands in vectors/SMIME.md section 4. */
#include "ticketgate/carriage.h"

#include "lines.h"
#include "osip.h"
#include "request.h"
#include "values.h"

enum { MAX_ASSERTED = 8 }; /* values of a P-Asserted-Identity */

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

/* A value on one line: line ends of folded lines become blanks. False when it is too long. */
static bool take(tgc_text value, char out[TG_SIP_TEXT_MAX])
{
    if (value.len >= TG_SIP_TEXT_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++)
        out[i] = value.data[i] == '\r' || value.data[i] == '\n' ? ' ' : value.data[i];
    out[value.len] = '\0';
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3261 25.1: what no URI holds unescaped, and escapes that are none. libosip2 would leave them out without a word. */
bool tgc_is_clean_uri(const char *uri)
{
    for (const char *c = uri; *c; c++) {
        if (*c <= ' ' || *c > '~' || strchr("<>\"\\^`{|}", *c))
            return false;
        if (*c == '%' && (!is_hex(c[1]) || !is_hex(c[2])))
            return false;
    }
    return *uri != '\0' && tgc_sip_is_uri(uri);
}

/* The URI of a name-addr or addr-spec, in place. False when it is none. */
static bool keep_uri(char *value)
{
    tgc_text uri, parameters;
    if (value[0] == '\0' || !tgc_sip_is_name_addr(value))
        return false;
    tgc_cut_address((tgc_text){ value, strlen(value) }, &uri, &parameters);
    memmove(value, uri.data, uri.len);
    value[uri.len] = '\0';
    return tgc_is_clean_uri(value);
}

/* ---- P-Asserted-Identity ------------------------------------------------------------------------------------ */

static bool is_sip_uri(const char *uri)
{
    const char *colon = strchr(uri, ':');
    tgc_text scheme = { uri, colon ? (size_t)(colon - uri) : 0 };
    return tgc_equals_nocase(scheme, "sip") || tgc_equals_nocase(scheme, "sips");
}

/* RFC 3325 9.1: one or two values, of which one may be a tel URI. More than a few are not looked at: each costs a call of libosip2. */
static void note_asserted(tg_sip_request *out, tgc_text value)
{
    for (unsigned num = 0; num < MAX_ASSERTED && out->asserted[0] == '\0' && value.len > 0; num++) {
        if (!take(tgc_next_value(&value), out->asserted) || !keep_uri(out->asserted) || !is_sip_uri(out->asserted))
            out->asserted[0] = '\0';
    }
}

/* ---- headers ------------------------------------------------------------------------------------------------ */

enum { FIELD_FROM, FIELD_TO, FIELD_TYPE, FIELD_LENGTH, FIELD_ENCODING, FIELD_DISPOSITION, FIELD_EVENT, NUM_FIELDS };
static const struct {
    const char *name, *compact; /* RFC 3261 7.3.3 */
} fields[NUM_FIELDS] = { { "From", "f" },
                         { "To", "t" },
                         { "Content-Type", "c" },
                         { "Content-Length", "l" },
                         { "Content-Transfer-Encoding", "" },
                         { "Content-Disposition", "" },
                         { "Event", "o" } };

typedef struct head {
    tg_sip_request *out;
    bool seen[NUM_FIELDS];
    char length[TG_SIP_TEXT_MAX];
} head;

static char *place_of(head *h, size_t field)
{
    char *const places[NUM_FIELDS] = {
        h->out->from,        h->out->to,   h->out->content_type, h->length, h->out->transfer_encoding,
        h->out->disposition, h->out->event
    };
    return places[field];
}

static tg_status note_field(head *h, tgc_text name, tgc_text value, const char **reason)
{
    for (size_t i = 0; i < NUM_FIELDS; i++) {
        if (!tgc_equals_nocase(name, fields[i].name) && !tgc_equals_nocase(name, fields[i].compact))
            continue;
        if (h->seen[i])
            return refuse(TG_BAD_SIP, reason, "a header that may be there once is there twice");
        h->seen[i] = true;
        return take(value, place_of(h, i)) ? TG_OK : refuse(TG_TOO_LARGE, reason, "the value of a header is too long");
    }
    if (tgc_equals_nocase(name, "P-Asserted-Identity")) {
        h->out->has_asserted = true;
        note_asserted(h->out, value);
    }
    if ((tgc_equals_nocase(name, "Content-Encoding") || tgc_equals_nocase(name, "e")) && value.len > 0 &&
        !tgc_equals_nocase(value, "identity"))
        return refuse(TG_BAD_SIP, reason, "the body has a content encoding");
    return TG_OK;
}

static tg_status read_headers(head *h, tgc_text *rest, const char **reason)
{
    tgc_text line, name, value;
    for (size_t num = 0; tgc_next_header_line(rest, &line, NULL); num++) {
        if (line.len == 0 && rest->data[-1] == '\n')
            return TG_OK;
        if (num >= TG_SIP_MAX_HEADERS)
            return refuse(TG_TOO_LARGE, reason, "the SIP message has too many headers");
        if (line.len > TG_SIP_MAX_LINE)
            return refuse(TG_TOO_LARGE, reason, "a header of the SIP message is too long");
        if (!tgc_is_clean(line) || !tgc_header_split(line, &name, &value))
            return refuse(TG_BAD_SIP, reason, "a header of the SIP message is malformed");
        tg_status status = note_field(h, name, value, reason);
        if (status != TG_OK)
            return status;
    }
    return refuse(TG_BAD_SIP, reason, "the SIP message ends before its headers do");
}

/* Method, one blank, Request-URI, one blank, SIP/2.0 (RFC 3261 7.1). */
static tg_status read_start_line(tgc_text line, tg_sip_request *out, const char **reason)
{
    static const char why[] = "the start line is not that of a SIP request";
    const char *first = line.len ? memchr(line.data, ' ', line.len) : NULL;
    if (!first || !tgc_is_clean(line))
        return refuse(TG_BAD_SIP, reason, why);
    tgc_text method = { line.data, (size_t)(first - line.data) };
    tgc_text rest = { first + 1, line.len - method.len - 1 };
    const char *second = rest.len ? memchr(rest.data, ' ', rest.len) : NULL;
    if (!second || !tgc_is_token(method))
        return refuse(TG_BAD_SIP, reason, why);
    tgc_text uri = { rest.data, (size_t)(second - rest.data) };
    tgc_text version = { second + 1, rest.len - uri.len - 1 };
    if (!tgc_equals(version, "SIP/2.0"))
        return refuse(TG_BAD_SIP, reason, why);
    if (!take(method, out->method) || !take(uri, out->request_uri))
        return refuse(TG_TOO_LARGE, reason, "the start line of the SIP message is too long");
    return tgc_is_clean_uri(out->request_uri) ? TG_OK : refuse(TG_BAD_SIP, reason, "the Request-URI is no URI");
}

static tg_status take_body(const head *h, tgc_text rest, const char **reason)
{
    size_t len = 0;
    if (!h->seen[FIELD_LENGTH]) {
        len = rest.len;
    } else if (h->length[0] == '\0') {
        return refuse(TG_BAD_SIP, reason, "the Content-Length is not a number");
    } else {
        for (const char *c = h->length; *c; c++) {
            if (*c < '0' || *c > '9')
                return refuse(TG_BAD_SIP, reason, "the Content-Length is not a number");
            if (len <= TG_SIP_MAX_REQUEST) /* more than there can be; it stays so */
                len = len * 10 + (size_t)(*c - '0');
        }
    }
    if (len > rest.len)
        return refuse(TG_BAD_SIP, reason, "the body is shorter than its Content-Length");
    h->out->body = tg_bytes_of(rest.data, len);
    return TG_OK;
}

static tg_status read_request(tgc_text rest, tg_sip_request *out, const char **reason)
{
    head h = { .out = out };
    tgc_text line;
    while (rest.len > 0 && (rest.data[0] == '\r' || rest.data[0] == '\n')) { /* RFC 3261 7.5 */
        rest.data++;
        rest.len--;
    }
    if (!tgc_next_line(&rest, &line))
        return refuse(TG_BAD_SIP, reason, "not a SIP message: it is empty");
    if (line.len > TG_SIP_MAX_LINE)
        return refuse(TG_TOO_LARGE, reason, "the start line of the SIP message is too long");
    tg_status status = read_start_line(line, out, reason);
    if (status == TG_OK)
        status = read_headers(&h, &rest, reason);
    if (status != TG_OK)
        return status;
    if (!keep_uri(out->from) || !keep_uri(out->to))
        return refuse(TG_BAD_SIP, reason, "From or To is missing or malformed");
    out->event[strcspn(out->event, ";")] = '\0';
    for (size_t i = strlen(out->event); i > 0 && (out->event[i - 1] == ' ' || out->event[i - 1] == '\t'); i--)
        out->event[i - 1] = '\0';
    return take_body(&h, rest, reason);
}

tg_status tg_sip_request_read(tg_bytes octets, tg_sip_request *out, const char **reason)
{
    memset(out, 0, sizeof *out);
    *reason = "";
    if (octets.len > TG_SIP_MAX_REQUEST)
        return refuse(TG_TOO_LARGE, reason, "the SIP message is too large");
    tg_status status = read_request((tgc_text){ (const char *)octets.data, octets.len }, out, reason);
    if (status != TG_OK)
        memset(out, 0, sizeof *out);
    else
        out->body_offset = (size_t)(out->body.data - octets.data);
    return status;
}
