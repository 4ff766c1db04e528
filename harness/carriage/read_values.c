/* Values of SIP header fields: cut here, so that they are views with places, and judged by libosip2. */
#include "ticketgate/carriage.h"

#include "cut.h"
#include "osip.h"
#include "plain.h"
#include "request.h"
#include "values.h"

static tg_status refuse(tg_status status, const char **reason, const char *why)
{
    *reason = why;
    return status;
}

static tg_bytes bytes_of(tgc_text text)
{
    return tg_bytes_of(text.data, text.len);
}

static tgc_text text_of(tg_bytes bytes)
{
    return (tgc_text){ (const char *)bytes.data, bytes.len };
}

/* The value on one line as libosip2 wants it: line ends of folded lines become blanks. */
static tg_status to_text(tgc_text value, char out[TG_SIP_TEXT_MAX], const char **reason)
{
    *reason = "";
    if (value.len >= TG_SIP_TEXT_MAX)
        return refuse(TG_TOO_LARGE, reason, "the value of a header is too long");
    if (value.len == 0 || !tgc_is_clean(value))
        return refuse(TG_BAD_SIP, reason, "the value of a header is empty or malformed");
    for (size_t i = 0; i < value.len; i++)
        out[i] = value.data[i] == '\r' || value.data[i] == '\n' ? ' ' : value.data[i];
    out[value.len] = '\0';
    return TG_OK;
}

bool tg_sip_next_value(tg_bytes *list, tg_bytes *value)
{
    tgc_text rest = text_of(*list), one = { NULL, 0 };
    while (rest.len > 0 && one.len == 0)
        one = tgc_next_value(&rest);
    *list = bytes_of(rest);
    *value = bytes_of(one);
    return one.len > 0;
}

bool tg_sip_parameter(tg_bytes parameters, const char *name, tg_bytes *value)
{
    tgc_text found;
    bool there = tgc_parameter(text_of(parameters), name, &found);
    *value = there ? bytes_of(found) : (tg_bytes){ NULL, 0 };
    return there;
}

/* Both as libosip2 sees them. */
static tg_status judge_address(tgc_text value, tgc_text uri, const char **reason)
{
    char text[TG_SIP_TEXT_MAX], uri_text[TG_SIP_TEXT_MAX];
    tg_status status = to_text(value, text, reason);
    if (status == TG_OK)
        status = to_text(uri, uri_text, reason);
    if (status != TG_OK)
        return status;
    if (!tgc_sip_is_name_addr(text) || !tgc_is_clean_uri(uri_text))
        return refuse(TG_BAD_SIP, reason, "this is no name-addr and no URI");
    return TG_OK;
}

tg_status tg_sip_address_read(tg_bytes value, tg_sip_address *out, const char **reason)
{
    tgc_text text = tgc_trim(text_of(value)), uri, parameters;
    tg_bytes ignored;
    memset(out, 0, sizeof *out);
    *reason = "";
    tgc_cut_address(text, &uri, &parameters);
    tg_status status =
        text.len < TG_SIP_TEXT_MAX && tgc_address_is_plain(text) ? TG_OK : judge_address(text, uri, reason);
    if (status != TG_OK)
        return status;
    out->uri = bytes_of(uri);
    out->parameters = bytes_of(parameters);
    (void)tg_sip_parameter(out->parameters, "tag", &out->tag);
    out->isfocus = tg_sip_parameter(out->parameters, "isfocus", &ignored);
    return TG_OK;
}

/* ---- URI ------------------------------------------------------------------------------------------------------ */

static bool read_port(tgc_text text, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i >= 5)
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out = value;
    return text.len > 0 && value <= 65535;
}

/* host [ ":" port ], where a host may be "[IPv6]". */
static bool cut_host(tgc_text text, tgc_text *host, uint32_t *port)
{
    size_t from = 0;
    *port = 0;
    if (tgc_begins(text, "[")) {
        const char *end = memchr(text.data, ']', text.len);
        if (!end)
            return false;
        from = (size_t)(end - text.data) + 1;
    }
    const char *colon = from < text.len ? memchr(text.data + from, ':', text.len - from) : NULL;
    size_t len = colon ? (size_t)(colon - text.data) : text.len;
    *host = tgc_trim((tgc_text){ text.data, len });
    if (!colon)
        return host->len > 0;
    return host->len > 0 && read_port(tgc_trim((tgc_text){ colon + 1, text.len - len - 1 }), port);
}

static size_t first_of(tgc_text text, const char *set)
{
    size_t i = 0;
    while (i < text.len && !strchr(set, text.data[i]))
        i++;
    return i;
}

/* sip:user:password@host:port;parameters?headers. "@" stands escaped elsewhere (RFC 3261 25.1), so that two of them can be read in two ways. */
static bool cut_sip(tgc_text rest, tg_sip_uri *out)
{
    tgc_text host = rest, cut;
    const char *at = rest.len ? memchr(rest.data, '@', rest.len) : NULL;
    if (at) {
        tgc_text user = { rest.data, (size_t)(at - rest.data) };
        host = (tgc_text){ at + 1, rest.len - user.len - 1 };
        user.len = first_of(user, ":");
        out->user = bytes_of(user);
        if (user.len == 0 || (host.len > 0 && memchr(host.data, '@', host.len)))
            return false;
    }
    size_t len = first_of(host, ";?");
    out->parameters = tg_bytes_of(host.data + len, host.len - len);
    host.len = len;
    if (!cut_host(host, &cut, &out->port))
        return false;
    out->host = bytes_of(cut);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3261 25.1, unreserved and user-unreserved: escaped or not, they are the same. */
static bool need_no_escape(int c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c > 0 && strchr("-_.!~*'()&=+$,;?/", c) != NULL);
}

/* `text` is shorter than TG_SIP_TEXT_MAX and its escapes are sound: that was judged before. */
static size_t put_user(tgc_text text, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = text.data[i];
        if (c == '%' && i + 2 < text.len) {
            int value = hex_value(text.data[i + 1]) * 16 + hex_value(text.data[i + 2]);
            i += 2;
            if (!need_no_escape(value)) {
                out[used++] = '%';
                out[used++] = "0123456789ABCDEF"[value / 16 & 15];
                c = "0123456789ABCDEF"[value & 15];
            } else {
                c = value;
            }
        }
        out[used++] = (char)c;
    }
    return used;
}

static void put_identity(tg_sip_uri *out, bool tel)
{
    size_t used = 0;
    if (tel) {
        for (size_t i = 0; i < out->user.len; i++) { /* RFC 3966 5.1.1: visual separators say nothing */
            if (!strchr("-.()", out->user.data[i]))
                out->identity[used++] = (char)out->user.data[i];
        }
    } else {
        used = put_user(text_of(out->user), out->identity);
        if (used > 0 && out->host.len > 0)
            out->identity[used++] = '@';
        for (size_t i = 0; i < out->host.len; i++) {
            uint8_t c = out->host.data[i];
            out->identity[used++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    out->identity[used] = '\0';
}

tg_status tg_sip_uri_read(tg_bytes uri, tg_sip_uri *out, const char **reason)
{
    char text[TG_SIP_TEXT_MAX];
    tgc_text all = text_of(uri);
    memset(out, 0, sizeof *out);
    tg_status status = to_text(all, text, reason);
    if (status != TG_OK)
        return status;
    size_t colon = first_of(all, ":");
    if (colon == 0 || colon == all.len || !tgc_is_clean_uri(text))
        return refuse(TG_BAD_SIP, reason, "this is no URI");
    tgc_text scheme = { all.data, colon }, rest = { all.data + colon + 1, all.len - colon - 1 };
    bool tel = tgc_equals_nocase(scheme, "tel");
    out->scheme = bytes_of(scheme);
    if (tgc_equals_nocase(scheme, "sip") || tgc_equals_nocase(scheme, "sips")) {
        if (!cut_sip(rest, out))
            return refuse(TG_BAD_SIP, reason, "user, host or port of the URI are malformed");
    } else {
        size_t len = tel ? first_of(rest, ";") : rest.len;
        out->user = tg_bytes_of(rest.data, len);
        out->parameters = tg_bytes_of(rest.data + len, rest.len - len);
    }
    put_identity(out, tel);
    if (tel && !out->identity[0]) /* RFC 3966 3: a digit at least */
        return refuse(TG_BAD_SIP, reason, "this is no telephone number");
    return TG_OK;
}

/* ---- others --------------------------------------------------------------------------------------------------- */

/* SIP/2.0/UDP host:port;parameters; white space may stand around "/" and ":" (RFC 3261 25.1). */
tg_status tg_sip_via_read(tg_bytes value, tg_sip_via *out, const char **reason)
{
    char text[TG_SIP_TEXT_MAX];
    tgc_text all = tgc_trim(text_of(value)), host;
    memset(out, 0, sizeof *out);
    tg_status status = to_text(all, text, reason);
    if (status != TG_OK)
        return status;
    size_t end = first_of(all, ";"), slash = 0;
    tgc_text sent = { all.data, end };
    for (unsigned i = 0; i < 2 && slash < end; i++) /* beyond `end`: there was no other */
        slash += first_of((tgc_text){ sent.data + slash, end - slash }, "/") + 1;
    if (slash >= end || !tgc_sip_is_via(text))
        return refuse(TG_BAD_SIP, reason, "this is no Via");
    tgc_text rest = tgc_trim((tgc_text){ sent.data + slash, end - slash });
    size_t len = first_of(rest, " \t\r\n");
    out->transport = tg_bytes_of(rest.data, len);
    if (!cut_host(tgc_trim((tgc_text){ rest.data + len, rest.len - len }), &host, &out->port))
        return refuse(TG_BAD_SIP, reason, "host or port of the Via are malformed");
    out->host = bytes_of(host);
    (void)tg_sip_parameter(tg_bytes_of(all.data + end, all.len - end), "branch", &out->branch);
    return TG_OK;
}

tg_status tg_sip_cseq_read(tg_bytes value, uint32_t *number, tg_bytes *method, const char **reason)
{
    char text[TG_SIP_TEXT_MAX];
    tgc_text all = tgc_trim(text_of(value)), cut;
    tg_status status = to_text(all, text, reason);
    if (status != TG_OK)
        return status;
    if (!tgc_cut_cseq(all, number, &cut) || !tgc_sip_is_cseq(text))
        return refuse(TG_BAD_SIP, reason, "this is no CSeq");
    *method = bytes_of(cut);
    return TG_OK;
}

/* libosip2 has no parser for Event; the package is a token, in which dots part a template from it (RFC 6665 8.2.1). */
tg_status tg_sip_event_read(tg_bytes value, tg_sip_event *out, const char **reason)
{
    char text[TG_SIP_TEXT_MAX];
    tgc_text all = tgc_trim(text_of(value));
    memset(out, 0, sizeof *out);
    tg_status status = to_text(all, text, reason);
    if (status != TG_OK)
        return status;
    size_t end = first_of(all, ";");
    tgc_text package = tgc_trim((tgc_text){ all.data, end });
    if (!tgc_is_token(package))
        return refuse(TG_BAD_SIP, reason, "this is no event package");
    out->package = bytes_of(package);
    (void)tg_sip_parameter(tg_bytes_of(all.data + end, all.len - end), "id", &out->id);
    return TG_OK;
}

tg_status tg_sip_type_read(tg_bytes value, tg_sip_type *out, const char **reason)
{
    char text[TG_SIP_TEXT_MAX];
    tgc_content_type judged;
    tgc_text all = tgc_trim(text_of(value));
    memset(out, 0, sizeof *out);
    tg_status status = to_text(all, text, reason);
    if (status != TG_OK)
        return status;
    size_t end = first_of(all, ";"), slash = first_of((tgc_text){ all.data, end }, "/");
    tgc_text type = tgc_trim((tgc_text){ all.data, slash });
    tgc_text subtype = { NULL, 0 };
    if (slash < end)
        subtype = tgc_trim((tgc_text){ all.data + slash + 1, end - slash - 1 });
    if (!tgc_is_token(type) || !tgc_is_token(subtype) || !tgc_sip_content_type(text, &judged) || !judged.present)
        return refuse(TG_BAD_SIP, reason, "this is no Content-Type");
    out->type = bytes_of(type);
    out->subtype = bytes_of(subtype);
    out->parameters = tg_bytes_of(all.data + end, all.len - end);
    return TG_OK;
}

bool tg_sip_type_is(const tg_sip_type *type, const char *name)
{
    const char *slash = strchr(name, '/');
    char front[64];
    if (!slash || (size_t)(slash - name) >= sizeof front)
        return false;
    memcpy(front, name, (size_t)(slash - name));
    front[slash - name] = '\0';
    return tgc_equals_nocase(text_of(type->type), front) && tgc_equals_nocase(text_of(type->subtype), slash + 1);
}
