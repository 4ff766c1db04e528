#define _DEFAULT_SOURCE /* gmtime_r */
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "ticketgate/registry.h"

enum { NANOSECONDS = 1000000000 };

static void add_unsigned(tg_text *out, unsigned long long number)
{
    char digits[24], *first = digits + sizeof digits;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    tg_text_add(out, first, (size_t)(digits + sizeof digits - first));
}

void tgp_add_count(tg_text *out, uint64_t number)
{
    add_unsigned(out, number);
}

void tgp_add_word(tg_text *out, const char *word)
{
    tg_text_add(out, word, strlen(word));
}

/* How many octets of the format it takes; 0: it does not begin so. */
static bool begins(const char *text, const char *with, size_t *len)
{
    size_t i = 0;
    while (with[i] && text[i] == with[i])
        i++;
    *len = i;
    return with[i] == '\0';
}

/* What stands in nearly every call is written here, for captures give very many; the rest of a format from anything else on is for printf. */
void tgp_add(tg_text *out, const char *format, ...)
{
    char text[1024];
    size_t len;
    va_list arguments;
    va_start(arguments, format);
    for (;;) {
        size_t plain = 0;
        while (format[plain] && format[plain] != '%')
            plain++;
        if (plain > 0)
            tg_text_add(out, format, plain);
        format += plain;
        if (*format == '\0')
            break;
        if (begins(format, "%s", &len)) {
            const char *string = va_arg(arguments, const char *);
            if (string)
                tg_text_add(out, string, strlen(string));
        } else if (begins(format, "%llu", &len)) {
            add_unsigned(out, va_arg(arguments, unsigned long long));
        } else if (begins(format, "%zu", &len)) {
            add_unsigned(out, va_arg(arguments, size_t));
        } else if (begins(format, "%u", &len)) {
            add_unsigned(out, va_arg(arguments, unsigned));
        } else {
            int rest = vsnprintf(text, sizeof text, format, arguments);
            if (rest > 0)
                tg_text_add(out, text, (size_t)rest < sizeof text ? (size_t)rest : sizeof text - 1);
            break;
        }
        format += len;
    }
    va_end(arguments);
}

void tgp_add_hex(tg_text *out, tg_bytes octets)
{
    char text[2 * 256 + 1];
    for (size_t at = 0, part; at < octets.len; at += part) {
        part = octets.len - at < 256 ? octets.len - at : 256;
        tg_hex_encode(tg_bytes_of(octets.data + at, part), text);
        tg_text_add(out, text, 2 * part);
    }
}

static bool write_text(void *user, const char *text, size_t len)
{
    tg_text *out = user;
    tg_text_add(out, text, len);
    return !out->failed;
}

tg_report_sink tgp_text_sink(tg_text *out)
{
    return (tg_report_sink){ write_text, out };
}

void tgp_add_plain(tg_text *out, const char *text, size_t most)
{
    (void)tg_report_write_escaped(text, most, TG_ESCAPE_PLAIN, tgp_text_sink(out)); /* `failed` tells */
}

void tgp_add_xml(tg_text *out, const char *text, size_t most)
{
    (void)tg_report_write_escaped(text, most, TG_ESCAPE_XML, tgp_text_sink(out));
}

void tgp_add_number(tg_text *out, uint64_t number)
{
    if (number == TGP_NONE)
        tgp_add(out, "null");
    else
        tgp_add(out, "%llu", (unsigned long long)number);
}

void tgp_time_text(int64_t nanoseconds, char out[TGP_TIME_MAX])
{
    struct tm day;
    char text[32];
    int64_t seconds = nanoseconds / NANOSECONDS, rest = nanoseconds % NANOSECONDS;
    if (rest < 0) {
        rest += NANOSECONDS;
        seconds--;
    }
    time_t time = (time_t)seconds;
    if (gmtime_r(&time, &day) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &day) > 0)
        (void)snprintf(out, TGP_TIME_MAX, "%s.%09lldZ", text, (long long)rest);
    else
        (void)snprintf(out, TGP_TIME_MAX, "%lld.%09lld", (long long)seconds, (long long)rest);
}

void tgp_add_endpoint(tg_text *out, const tgp_endpoint *endpoint)
{
    char text[TGP_ENDPOINT_MAX];
    tgp_endpoint_text(endpoint, text);
    tgp_add_word(out, text);
}

int tgp_data_type(tg_bytes octets)
{
    return octets.len > 1 ? octets.data[1] : -1;
}

const char *tgp_data_type_name(tg_bytes octets)
{
    int type = tgp_data_type(octets);
    return type < 0 ? NULL : tg_registry_name("data_type", (uint32_t)type);
}

const char *tgp_sender_letter(tg_sender from)
{
    static const char *const letters[] = {
        [TG_SENDER_UNKNOWN] = "", [TG_SENDER_I] = "I", [TG_SENDER_R] = "R", [TG_SENDER_K] = "K"
    };
    return letters[from];
}

const char *tgp_tls_version(const tg_tls_handshake *handshake)
{
    if (!handshake->has_server_hello)
        return "";
    switch (handshake->version) {
    case 0x0300:
        return "SSL 3.0";
    case 0x0301:
        return "1.0";
    case 0x0302:
        return "1.1";
    case 0x0303:
    case 0xfefd:
        return "1.2";
    case 0x0304:
    case 0xfefc:
        return "1.3";
    case 0xfeff:
        return "1.0";
    default:
        return "unknown";
    }
}

const char *tgp_tls_suite(const tg_tls_handshake *handshake, char room[16])
{
    const tg_tls_suite *suite = tg_tls_suite_find(handshake->suite);
    if (!handshake->has_server_hello)
        return "";
    if (suite)
        return suite->name;
    (void)snprintf(room, 16, "0x%04X", handshake->suite);
    return room;
}

bool tgp_message_fails(const tgp_trace_message *m)
{
    bool wrong_key = m->auth == TG_OUTCOME_FAIL || m->ticket_auth == TG_OUTCOME_FAIL || m->vr_auth == TG_OUTCOME_FAIL ||
                     m->kemac == TG_OUTCOME_FAIL;
    return m->copy_of == TGP_NONE && (!m->conforms || wrong_key);
}

bool tgp_any_must(const tgp_placed_finding *findings, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (findings[i].finding->requirement->level == TG_LEVEL_MUST)
            return true;
    }
    return false;
}

void tgp_add_place(tg_text *out, bool has_place, uint64_t frame, uint32_t offset, uint32_t length)
{
    if (!has_place)
        return;
    tgp_add(out, "frame %llu, octet %u", (unsigned long long)frame, offset);
    if (length > 1)
        tgp_add(out, " to %u", offset + length - 1);
}
