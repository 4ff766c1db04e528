#include "judged.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void tls_judge(tg_crypto *crypto, const tg_tls_known *known, const tg_tls_segment *segments, size_t num,
               tls_judged *out)
{
    size_t size = tg_tls_arena_size(segments, num);
    *out = (tls_judged){ .status = TG_NO_MEMORY, .memory = malloc(size) };
    out->arena = tg_arena_of(out->memory, out->memory ? size : 0);
    if (out->memory)
        out->status = tg_tls_judge(crypto, known, segments, num, &out->arena, &out->judgement);
}

void tls_judged_free(tls_judged *judged)
{
    tg_arena_wipe(&judged->arena, 0);
    free(judged->memory);
    *judged = (tls_judged){ .status = TG_NO_MEMORY };
}

bool tls_judged_is_accepted(const tls_judged *judged)
{
    return judged->status == TG_OK && judged->judgement.reception != TG_RECEPTION_REJECT;
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static void add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void add_form(tg_text *out, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    add(out, line);
}

static const char *version_name(uint16_t version, char scratch[16])
{
    static const struct {
        uint16_t number;
        const char *name;
    } names[] = { { 0x0300, "SSL3" }, { 0x0301, "1.0" },  { 0x0302, "1.1" }, { 0x0303, "1.2" },
                  { 0x0304, "1.3" },  { 0xfeff, "d1.0" }, { 0xfefd, "d1.2" } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].number == version)
            return names[i].name;
    }
    snprintf(scratch, 16, "0x%04x", version);
    return scratch;
}

static const char *suite_name(uint16_t suite, char scratch[16])
{
    const tg_tls_suite *known = tg_tls_suite_find(suite);
    snprintf(scratch, 16, "0x%04x", suite);
    return known ? known->name : scratch;
}

static const char *alert_name(const tg_tls_alert *alert, char scratch[16])
{
    const char *name = tg_tls_alert_name(alert->description);
    if (alert->encrypted)
        return "encrypted";
    snprintf(scratch, 16, "%u", alert->description);
    return name ? name : scratch;
}

static void add_hex(tg_text *out, tg_bytes octets)
{
    for (size_t i = 0; i < octets.len; i++)
        add_form(out, "%02x", octets.data[i]);
}

static size_t num_alerts(const tg_tls_handshake *h)
{
    return h->num_alerts < TG_TLS_MAX_ALERTS ? h->num_alerts : TG_TLS_MAX_ALERTS;
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

static void add_octets_member(tg_text *out, const char *name, bool is_there, tg_bytes octets)
{
    add_form(out, "\"%s\":%s", name, is_there ? "\"" : "null");
    if (is_there) {
        add_hex(out, octets);
        add(out, "\"");
    }
    add(out, ",");
}

static void add_error(const tls_judged *judged, tg_text *out)
{
    const tg_tls_judgement *j = &judged->judgement;
    if (j->parse == TG_OK) {
        add(out, "\"error\":null,");
        return;
    }
    add_form(out, "\"error\":{\"status\":\"%s\",\"path\":", tg_status_name(j->parse));
    tg_json_add_string(j->diag.path, out);
    add_form(out, ",\"offset\":%zu,\"text\":", j->diag.offset);
    tg_json_add_string(tg_status_text(j->parse), out);
    add(out, "},");
}

static void add_handshake(const tg_tls_handshake *h, tg_text *out)
{
    char scratch[16];
    if (h->has_server_hello) {
        add_form(out, "\"version\":\"%s\",", version_name(h->version, scratch));
        add_form(out, "\"suite\":\"%s\",", suite_name(h->suite, scratch));
    } else {
        add(out, "\"version\":null,\"suite\":null,");
    }
    add_octets_member(out, "identity", h->has_identity, h->identity);
    add_octets_member(out, "hint", h->has_hint, h->hint);
    add_form(out, "\"client\":\"%s\",\"server\":\"%s\",", tg_tls_proof_name(h->client), tg_tls_proof_name(h->server));
    add_form(out, "\"resumed\":%s,\"renegotiations\":%zu,\"complete\":%s,\"alerts\":[", h->resumed ? "true" : "false",
             h->renegotiations, h->complete ? "true" : "false");
    for (size_t i = 0; i < num_alerts(h); i++)
        add_form(out, "%s{\"from\":\"%s\",\"description\":\"%s\"}", i ? "," : "",
                 h->alerts[i].from_client ? "client" : "server", alert_name(&h->alerts[i], scratch));
    add(out, "],");
}

void tls_judged_add(const tls_judged *judged, tg_text *out)
{
    if (judged->status != TG_OK) {
        add_form(out, "{\"verdict\":\"error\",\"error\":{\"status\":\"limit\",\"text\":");
        tg_json_add_string(tg_status_text(judged->status), out);
        add(out, "}}");
        return;
    }
    add_form(out, "{\"verdict\":\"%s\",", tls_judged_is_accepted(judged) ? "accept" : "reject");
    add_error(judged, out);
    add_handshake(&judged->judgement.handshake, out);
    add(out, "\"findings\":[");
    for (size_t i = 0; i < judged->judgement.num_findings; i++) {
        add(out, i ? "," : "");
        tg_json_add_finding(judged->judgement.findings[i], out);
    }
    add(out, "]}");
}

/* ---- for people --------------------------------------------------------------------------------------------- */

static void print_finding(const tg_finding *finding, tg_text *out)
{
    const tg_requirement *row = finding->requirement;
    add_form(out, "  %-7s %s (%s %s)\n          %s\n", tg_level_name(row->level), row->id, row->source, row->clause,
             row->text);
    if (finding->text[0])
        add_form(out, "          %s\n", finding->text);
    add_form(out, "          at %s%soctet %zu\n", finding->path, finding->path[0] ? ", " : "", finding->offset);
}

static void print_octets(tg_text *out, const char *name, bool is_there, tg_bytes octets)
{
    add_form(out, "  %-9s ", name);
    if (is_there && octets.len)
        add_hex(out, octets);
    add(out, !is_there ? "none\n" : octets.len ? "\n" : "empty\n");
}

static bool is_wanted(uint16_t number)
{
    const tg_tls_suite *suite = tg_tls_suite_find(number);
    return suite && ((suite->psk && !suite->dh) || suite->tls13);
}

/* Those that annex H lets one choose; of the others it is enough to know that they are there. */
static void print_offers(const tg_tls_handshake *h, tg_text *out)
{
    char scratch[16];
    size_t others = 0;
    add_form(out, "  offered   %s and below:", version_name(h->offered_version, scratch));
    for (size_t i = 0; i < h->num_offered; i++) {
        const tg_tls_suite *suite = tg_tls_suite_find(h->offered[i]);
        if (is_wanted(h->offered[i]))
            add_form(out, " %s", suite_name(h->offered[i], scratch));
        else
            others += !suite || !suite->signalling;
    }
    if (others || h->num_offered_all > h->num_offered)
        add_form(out, " and %zu that are not of type TLS_PSK", others + (h->num_offered_all - h->num_offered));
    add(out, "\n");
}

static void print_handshake(const tg_tls_handshake *h, tg_text *out)
{
    char scratch[16], other[16];
    if (h->has_client_hello)
        print_offers(h, out);
    if (h->has_server_hello)
        add_form(out, "  chosen    %s, %s%s%s%s\n", version_name(h->version, scratch), suite_name(h->suite, other),
                 h->extended_master_secret ? ", extended master secret" : "",
                 h->encrypt_then_mac ? ", encrypt-then-MAC" : "", h->resumed ? ", a session resumed" : "");
    print_octets(out, "identity", h->has_identity, h->identity);
    print_octets(out, "hint", h->has_hint, h->hint);
    add_form(out, "  TEK       of the client %s, of the server %s\n", tg_tls_proof_name(h->client),
             tg_tls_proof_name(h->server));
    if (h->renegotiations)
        add_form(out, "  %zu further handshakes\n", h->renegotiations);
    for (size_t i = 0; i < num_alerts(h); i++)
        add_form(out, "  alert     of the %s: %s\n", h->alerts[i].from_client ? "client" : "server",
                 alert_name(&h->alerts[i], scratch));
}

void tls_judged_print(const tls_judged *judged, tg_text *out)
{
    const tg_tls_judgement *j = &judged->judgement;
    if (judged->status != TG_OK) {
        add_form(out, "  not judged: %s\n", tg_status_text(judged->status));
        return;
    }
    print_handshake(&j->handshake, out);
    if (j->parse != TG_OK)
        add_form(out, "  %s: %s, at %s, octet %zu\n", tg_status_name(j->parse), tg_status_text(j->parse), j->diag.path,
                 j->diag.offset);
    for (size_t i = 0; i < j->num_findings; i++)
        print_finding(j->findings[i], out);
    add_form(out, "  verdict   %s\n", tls_judged_is_accepted(judged) ? "accept" : "reject");
}
