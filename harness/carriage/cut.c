/* A look at any SIP message (RFC 3261 7): start line, table of header fields, framing. No heap, no library: what stands in values is judged by who
 * reads them (read_values.c). */
#include "ticketgate/carriage.h"

#include "cut.h"
#include "lines.h"
#include "values.h"

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t len, compact;
} names[TG_SIP_NUM_FIELDS] = {
#define TG_FIELD(symbol, name, compact) { name, sizeof(name) - 1, compact },
    TG_SIP_FIELDS(TG_FIELD)
#undef TG_FIELD
};

const char *tg_sip_field_name(tg_sip_field field)
{
    return field < TG_SIP_NUM_FIELDS ? names[field].name : "";
}

/* Those whose name has this initial, ended with OTHER: a header is compared with few names. */
static const uint8_t *with_initial(char initial)
{
    static const uint8_t none[] = { TG_SIP_OTHER };
    static const uint8_t c[] = { TG_SIP_CALL_ID,
                                 TG_SIP_CSEQ,
                                 TG_SIP_CONTACT,
                                 TG_SIP_CONTENT_TYPE,
                                 TG_SIP_CONTENT_LENGTH,
                                 TG_SIP_CONTENT_ENCODING,
                                 TG_SIP_CONTENT_TRANSFER_ENCODING,
                                 TG_SIP_CONTENT_DISPOSITION,
                                 TG_SIP_OTHER };
    static const uint8_t e[] = { TG_SIP_EVENT, TG_SIP_OTHER };
    static const uint8_t f[] = { TG_SIP_FROM, TG_SIP_OTHER };
    static const uint8_t h[] = { TG_SIP_HISTORY_INFO, TG_SIP_OTHER };
    static const uint8_t m[] = { TG_SIP_MAX_FORWARDS, TG_SIP_MIME_VERSION, TG_SIP_OTHER };
    static const uint8_t p[] = { TG_SIP_P_ASSERTED_IDENTITY, TG_SIP_P_PREFERRED_IDENTITY, TG_SIP_P_CALLED_PARTY_ID,
                                 TG_SIP_OTHER };
    static const uint8_t r[] = { TG_SIP_RECORD_ROUTE, TG_SIP_ROUTE,    TG_SIP_REQUIRE,     TG_SIP_RSEQ, TG_SIP_RACK,
                                 TG_SIP_REPLACES,     TG_SIP_REFER_TO, TG_SIP_REFERRED_BY, TG_SIP_OTHER };
    static const uint8_t s[] = { TG_SIP_SUPPORTED, TG_SIP_SUBJECT, TG_SIP_SUBSCRIPTION_STATE, TG_SIP_OTHER };
    static const uint8_t t[] = { TG_SIP_TO, TG_SIP_TARGET_DIALOG, TG_SIP_OTHER };
    static const uint8_t v[] = { TG_SIP_VIA, TG_SIP_OTHER };
    switch (initial | 0x20) { /* lower case of a letter */
    case 'c':
        return c;
    case 'e':
        return e;
    case 'f':
        return f;
    case 'h':
        return h;
    case 'm':
        return m;
    case 'p':
        return p;
    case 'r':
        return r;
    case 's':
        return s;
    case 't':
        return t;
    case 'v':
        return v;
    default:
        return none;
    }
}

static tg_sip_field with_compact(char form)
{
    for (unsigned i = 1; i < TG_SIP_NUM_FIELDS; i++) {
        if (names[i].compact == (form | 0x20))
            return (tg_sip_field)i;
    }
    return TG_SIP_OTHER;
}

static tg_sip_field field_of(tgc_text name)
{
    bool letter = ((name.data[0] | 0x20) >= 'a' && (name.data[0] | 0x20) <= 'z');
    if (name.len == 1)
        return letter ? with_compact(name.data[0]) : TG_SIP_OTHER;
    for (const uint8_t *one = with_initial(name.data[0]); letter && *one; one++) {
        const char *known = names[*one].name;
        if (names[*one].len == name.len && (memcmp(name.data, known, name.len) == 0 || tgc_same_but_case(name, known)))
            return (tg_sip_field)*one;
    }
    return TG_SIP_OTHER;
}

/* ---- start line ---------------------------------------------------------------------------------------------- */

static tg_bytes bytes_of(tgc_text text)
{
    return tg_bytes_of(text.data, text.len);
}

static tgc_text text_of(tg_bytes bytes)
{
    return (tgc_text){ (const char *)bytes.data, bytes.len };
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Status-Line = SIP-Version SP Status-Code SP Reason-Phrase (RFC 3261 7.2) */
static bool read_status_line(tgc_text line, tg_sip_head *out)
{
    const char *code = line.data + 8;
    if (line.len < 12 || !is_digit(code[0]) || !is_digit(code[1]) || !is_digit(code[2]) || code[3] != ' ')
        return false;
    out->status = (unsigned)(code[0] - '0') * 100 + (unsigned)(code[1] - '0') * 10 + (unsigned)(code[2] - '0');
    out->reason_phrase = tg_bytes_of(code + 4, line.len - 12);
    return out->status >= 100 && out->status < 700;
}

/* Method SP Request-URI SP SIP-Version (RFC 3261 7.1): one blank each, none elsewhere; the version in any case. */
static bool read_request_line(tgc_text line, tg_sip_head *out)
{
    size_t method = 0, version = line.len - 8;
    while (method < line.len && tgc_is_token_char(line.data[method]))
        method++;
    if (line.len < 11 || method == 0 || method + 2 > version || line.data[method] != ' ' || line.data[version] != ' ' ||
        !tgc_equals_nocase((tgc_text){ line.data + version + 1, 7 }, "SIP/2.0"))
        return false;
    for (size_t i = method + 1; i < version; i++) {
        if ((unsigned char)line.data[i] <= ' ' || line.data[i] == 0x7f)
            return false;
    }
    out->request = true;
    out->method = tg_bytes_of(line.data, method);
    out->request_uri = tg_bytes_of(line.data + method + 1, version - method - 1);
    return true;
}

static bool read_start_line(tgc_text line, tg_sip_head *out)
{
    out->start_line = bytes_of(line);
    if (line.len > 0 && memchr(line.data, '\0', line.len))
        return false;
    bool version_first = line.len >= 8 && tgc_equals_nocase((tgc_text){ line.data, 8 }, "SIP/2.0 ");
    return version_first ? read_status_line(line, out) : read_request_line(line, out);
}

/* ---- headers ------------------------------------------------------------------------------------------------- */

/* RFC 3261 7.3.1, 20: those that stand once; who reads the other one would understand another message. */
static bool stands_once(tg_sip_field field)
{
    return field == TG_SIP_CONTENT_LENGTH || field == TG_SIP_CONTENT_TYPE || field == TG_SIP_CALL_ID ||
           field == TG_SIP_CSEQ || field == TG_SIP_FROM || field == TG_SIP_TO;
}

static bool read_length(tgc_text text, size_t *out)
{
    size_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]) || i >= 9)
            return false;
        value = value * 10 + (size_t)(text.data[i] - '0');
    }
    *out = value;
    return text.len > 0;
}

/* `joined`: of several lines. */
static tg_status note_header(tg_sip_head *out, tgc_text line, bool joined, const char **reason)
{
    tgc_text name, value;
    if (!tgc_header_split(line, &name, &value)) {
        out->num_malformed++;
        return TG_OK;
    }
    tg_sip_field field = field_of(name);
    if (out->num_headers >= TG_SIP_MAX_HEADERS)
        return refuse(TG_TOO_LARGE, reason, "the SIP message has too many headers");
    if (out->first[field] && stands_once(field))
        return refuse(TG_BAD_SIP, reason, "a header that may be there once is there twice");
    if (field == TG_SIP_CONTENT_LENGTH) {
        out->has_content_length = true;
        if (!read_length(value, &out->content_length))
            return refuse(TG_BAD_SIP, reason, "the Content-Length is not a number");
    }
    bool folded = joined && value.len > 0 && memchr(value.data, '\n', value.len);
    out->headers[out->num_headers++] = (tg_sip_header){ field, folded, bytes_of(name), bytes_of(value) };
    if (!out->first[field])
        out->first[field] = (uint16_t)out->num_headers;
    return TG_OK;
}

/* Lines up to the empty one; `complete` says that it was met. A line at the end of what is there may yet go on: it is left out. */
static tg_status read_headers(tgc_text *rest, tg_sip_head *out, bool *complete, const char **reason)
{
    tgc_text line;
    bool joined;
    *complete = false;
    for (size_t num = 0; tgc_next_header_line(rest, &line, &joined); num++) {
        if (line.len == 0 && rest->data[-1] == '\n') {
            *complete = true;
            return TG_OK;
        }
        if (num >= TG_SIP_MAX_HEADERS)
            return refuse(TG_TOO_LARGE, reason, "the SIP message has too many headers");
        if (line.len > TG_SIP_MAX_LINE)
            return refuse(TG_TOO_LARGE, reason, "a header of the SIP message is too long");
        if (rest->len == 0)
            return TG_OK;
        tg_status status = note_header(out, line, joined, reason);
        if (status != TG_OK)
            return status;
    }
    return TG_OK;
}

/* ---- what correlation asks first ------------------------------------------------------------------------------ */

static tg_bytes value_of(const tg_sip_head *head, tg_sip_field field)
{
    const tg_sip_header *header = tg_sip_first(head, field);
    return header ? header->value : (tg_bytes){ NULL, 0 };
}

static tg_bytes tag_of(tg_bytes address)
{
    tgc_text uri, parameters, tag;
    tgc_cut_address(text_of(address), &uri, &parameters);
    return tgc_parameter(parameters, "tag", &tag) ? bytes_of(tag) : (tg_bytes){ NULL, 0 };
}

static void note_vias(tg_sip_head *out)
{
    for (const tg_sip_header *via = tg_sip_first(out, TG_SIP_VIA); via; via = tg_sip_next(out, via)) {
        tgc_text rest = text_of(via->value), branch;
        while (rest.len > 0) {
            tgc_text one = tgc_next_value(&rest);
            if (out->num_vias++ == 0 && tgc_parameter(one, "branch", &branch))
                out->branch = bytes_of(branch);
        }
    }
}

bool tgc_cut_cseq(tgc_text value, uint32_t *number, tgc_text *method)
{
    uint64_t sum = 0;
    size_t i = 0;
    for (; i < value.len && i < 10 && is_digit(value.data[i]); i++)
        sum = sum * 10 + (uint64_t)(value.data[i] - '0');
    if (i == 0 || sum > UINT32_MAX)
        return false;
    tgc_text behind = { value.data + i, value.len - i };
    *method = tgc_trim(behind);
    *number = (uint32_t)sum;
    return method->len < behind.len && tgc_is_token(*method);
}

static void note_keys(tg_sip_head *out)
{
    tgc_text method;
    out->call_id = value_of(out, TG_SIP_CALL_ID);
    out->from = value_of(out, TG_SIP_FROM);
    out->to = value_of(out, TG_SIP_TO);
    out->content_type = value_of(out, TG_SIP_CONTENT_TYPE);
    out->from_tag = tag_of(out->from);
    out->to_tag = tag_of(out->to);
    out->has_cseq = tgc_cut_cseq(text_of(value_of(out, TG_SIP_CSEQ)), &out->cseq, &method);
    if (out->has_cseq)
        out->cseq_method = bytes_of(method);
    note_vias(out);
}

/* ---- the message ---------------------------------------------------------------------------------------------- */

static tg_status take_body(tgc_text rest, tg_sip_head *out, const char **reason)
{
    size_t before = (size_t)((const uint8_t *)rest.data - out->octets.data);
    size_t len = out->has_content_length ? out->content_length : rest.len;
    if (len > TG_SIP_MAX_OCTETS || before + len > TG_SIP_MAX_OCTETS)
        return refuse(TG_TOO_LARGE, reason, "the SIP message is too large");
    out->body_offset = before;
    out->frame_len = before + len;
    out->body = tg_bytes_of(rest.data, len < rest.len ? len : rest.len);
    out->octets.len = before + out->body.len;
    return len > rest.len ? refuse(TG_TRUNCATED, reason, "the body is shorter than its Content-Length") : TG_OK;
}

tg_status tg_sip_cut(tg_bytes octets, tg_sip_head *out, const char **reason)
{
    tgc_text rest = text_of(octets), line = { NULL, 0 };
    bool complete;
    memset(out, 0, offsetof(tg_sip_head, headers));
    *reason = "";
    while (rest.len > 0 && (rest.data[0] == '\r' || rest.data[0] == '\n')) { /* RFC 3261 7.5 */
        rest.data++;
        rest.len--;
    }
    out->octets = bytes_of(rest);
    out->offset = octets.len - rest.len;
    if (!tgc_next_line(&rest, &line) || rest.data[-1] != '\n')
        return refuse(line.len > TG_SIP_MAX_LINE ? TG_TOO_LARGE : TG_TRUNCATED, reason,
                      "the start line is not complete");
    if (line.len > TG_SIP_MAX_LINE)
        return refuse(TG_TOO_LARGE, reason, "the start line of the SIP message is too long");
    if (!read_start_line(line, out))
        return refuse(TG_BAD_SIP, reason, "not a start line of SIP/2.0");
    tg_status status = read_headers(&rest, out, &complete, reason);
    note_keys(out);
    if (status != TG_OK)
        return status;
    if (!complete)
        return octets.len > TG_SIP_MAX_OCTETS ? refuse(TG_TOO_LARGE, reason, "the SIP message is too large")
                                              : refuse(TG_TRUNCATED, reason, "the headers are not complete");
    return take_body(rest, out, reason);
}

const tg_sip_header *tg_sip_next(const tg_sip_head *head, const tg_sip_header *header)
{
    for (const tg_sip_header *next = header + 1; next < head->headers + head->num_headers; next++) {
        if (next->field == header->field)
            return next;
    }
    return NULL;
}

const tg_sip_header *tg_sip_find(const tg_sip_head *head, const char *name)
{
    for (size_t i = 0; i < head->num_headers; i++) {
        if (tgc_equals_nocase(text_of(head->headers[i].name), name))
            return &head->headers[i];
    }
    return NULL;
}
