/* The side of the KMS: MIKEY messages in HTTP. */
#include <strings.h>

#include "tracing.h"

static bool is_type(const char *content_type, const char *type)
{
    size_t len = strlen(type);
    return strncasecmp(content_type, type, len) == 0 &&
           (content_type[len] == 0 || strchr("; \t", content_type[len]) != NULL);
}

/* Of the absolute form (RFC 9112 3.2.2) what follows the authority. */
static const char *origin_form(const char *target)
{
    static const char *const schemes[] = { "http://", "https://" };
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(target, schemes[i], len) == 0)
            return target + len + strcspn(target + len, "/?");
    }
    return target;
}

/* The path and query of the profile's mapping. */
static bool is_target(const tg_http_mapping *mapping, const char *target)
{
    const char *wanted[] = { mapping->query_request, mapping->query_resolve };
    if (!mapping->path || !target)
        return false;
    target = origin_form(target);
    size_t len = strcspn(target, "?");
    const char *query = target[len] ? target + len + 1 : "";
    if (strlen(mapping->path) != len || strncmp(mapping->path, target, len) != 0)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (wanted[i] && (!*wanted[i] || strcmp(query, wanted[i]) == 0)) /* "": any, or none */
            return true;
    }
    return false;
}

bool tgt_may_hold_mikey(const char *content_type)
{
    return content_type[0] == 0 || is_type(content_type, "application/mikey") ||
           is_type(content_type, "application/octet-stream");
}

/* By target only where Content-Type does not say that it is something else: a page about an error, say. */
static bool holds_mikey(const tgp_trace *trace, const tgp_unit *unit)
{
    const char *type = unit->http.content_type;
    const tg_profile *profile = tgt_profile_or(trace, "ims-mixed");
    if (is_type(type, "application/mikey"))
        return true;
    return profile && (type[0] == 0 || is_type(type, "application/octet-stream")) &&
           is_target(&profile->http, unit->http.target);
}

static bool names_type(tg_bytes text, const char *type)
{
    size_t len = strlen(type);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (strncasecmp((const char *)text.data + i, type, len) == 0)
            return true;
    }
    return false;
}

/* Of several Content-Types some reader may take the one of MIKEY (RFC 9110 5.3). */
static bool may_hold_mikey(const tgp_trace *trace, const tgp_unit *unit)
{
    return holds_mikey(trace, unit) || names_type(unit->octets, "application/mikey");
}

/* Where the body stands in the message, when no chunks or codings were taken off it. */
static bool find_body(const tgp_unit *unit, size_t *offset)
{
    tg_bytes all = unit->octets, body = unit->http.body;
    for (size_t i = body.len <= all.len ? all.len - body.len + 1 : 0; i-- > 0;) {
        if (memcmp(all.data + i, body.data, body.len) == 0) {
            *offset = i;
            return true;
        }
    }
    return false;
}

static void first_line_of(const tgp_unit *unit, char out[256])
{
    size_t len = 0;
    while (len < unit->octets.len && len < 255 && unit->octets.data[len] != '\r' && unit->octets.data[len] != '\n')
        len++;
    memcpy(out, unit->octets.data, len);
    out[len] = 0;
    for (size_t i = 0; i < len; i++) {
        if (out[i] == 0)
            out[i] = ' ';
    }
}

static uint64_t transaction_of(const tgp_unit *unit)
{
    return tgt_hash_numbers(unit->connection, unit->http.transaction);
}

static void take_body(tgp_trace *trace, const tgp_unit *unit)
{
    char first_line[256];
    first_line_of(unit, first_line);
    tgt_tell_step(trace, unit, TGP_NONE, first_line);
    tgt_found found = { .unit = unit,
                        .carrier = TGP_CARRIER_HTTP,
                        .first_line = first_line,
                        .cseq = "",
                        .m_line = -1,
                        .response = !unit->http.request,
                        .transaction = transaction_of(unit) };
    if (unit->http.many_types && unit->http.body.len && may_hold_mikey(trace, unit)) {
        trace->unread_bodies++;
        return;
    }
    if (unit->http.many_types || !holds_mikey(trace, unit))
        return;
    if (unit->http.coded && unit->http.body.len) {
        trace->unread_bodies++;
        return;
    }
    if (!tgt_body_octets(trace, unit->http.body, &found.octets, &found.in_base64, &found.broken))
        return;
    found.is_placed = find_body(unit, &found.text_offset);
    found.text_len = unit->http.body.len;
    tgt_take_message(trace, &found);
}

void tgt_take_http(tgp_trace *trace, const tgp_unit *unit)
{
    take_body(trace, unit);
    if (!unit->http.request && unit->http.status >= 300 && !trace->of_unit)
        tgt_note_turned_down(trace, transaction_of(unit));
}
