/* GMime 3.2 behind gmime.h. What it does with odd things (seen with 3.2.13), and where that is decided:
 *
 * - of a parameter that is there twice it gives the first, whether or not either is in the form of RFC 2231
 * - parameters in parts (name*0, name*1) are put together in the order of their numbers, percent signs decoded, charsets converted to
 *   UTF-8; one that it does not know leaves what is ASCII. %00 ends a text. A charset is understood in the first part that stands there
 * - octets that are no UTF-8 become what the locale says, or are lost: they are replaced before
 * - it decodes RFC 2047 words in parameters, where RFC 2047 section 5 has none: they are hidden from it
 * - it converts from any charset that is said, with what iconv loads for it: charsets other than UTF-8 and ASCII are taken away before
 * - comments between tokens are skipped, behind a parameter they are taken for part of it (loose) or the rest is lost (strict): head.c
 *   takes comments away, and the mode is loose, which reads boundary=a/b as it is meant
 * - a Content-Type that it cannot read becomes application/octet-stream, where RFC 2045 5.2 has text/plain: head.c asks first
 * - "7-bit", "base64 base64" and "uuencode" are encodings to it: head.c compares itself
 * - base64 is decoded up to the first "=", whatever is not of its alphabet skipped; quoted-printable with "=zz" stays as it is: transfer.c
 *   checks first
 * - its parser takes a multipart without an end for one that ends with its last part, opens message/rfc822, and nests up to a limit of its
 *   own: multipart.c cuts, and GMime's parser is not used
 * - what it dislikes it says with g_warning to stderr: that is dropped
 * - GLib aborts when it gets no memory: what it is given is small
 *
 * GLib keeps its types and charset tables for good; they can be reached, so that no leak is reported. */
#include "gmime.h"

#include <glib.h>
#include <gmime/gmime.h>

static void drop_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer user)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)user;
}

bool tgm_gmime_init(void)
{
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        GLogLevelFlags all = (GLogLevelFlags)((unsigned)G_LOG_LEVEL_MASK & ~(unsigned)G_LOG_LEVEL_ERROR);
        g_log_set_handler("gmime", all, drop_log, NULL);
        g_mime_init();
        g_once_init_leave(&ready, 1);
    }
    return g_mime_check_version(3, 2, 0);
}

static GMimeParserOptions *loose_options(void)
{
    const char *charsets[] = { "utf-8", NULL }; /* else what is not ASCII depends on the locale */
    GMimeParserOptions *options = g_mime_parser_options_new();
    g_mime_parser_options_set_parameter_compliance_mode(options, GMIME_RFC_COMPLIANCE_LOOSE);
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    return options;
}

/* Stands for "?" behind "=" while GMime reads; a text that has it of its own has a "?" for it in any case. */
#define HIDDEN '\x01'

/* How far the next of these ends of a word is; names of charsets and languages are short, and a search is not repeated for long. */
static size_t word(const char *at)
{
    size_t len = 0;
    while (len < 64 && at[len] && !strchr("';\" \t", at[len]))
        len++;
    return len;
}

/* Takes away the charset behind "*=" at `at` where it is not one that needs no conversion: charset'language'text [RFC 2231 4]. */
static void drop_charset(char *at)
{
    static const char *const kept[] = { "utf-8'", "us-ascii'" };
    size_t len = word(at);
    if (at[len] != '\'' || at[len + 1 + word(at + len + 1)] != '\'')
        return;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (len + 1 == strlen(kept[i]) && g_ascii_strncasecmp(at, kept[i], len + 1) == 0)
            return;
    memmove(at, at + len, strlen(at + len) + 1);
}

/* A value as GMime is to see it. */
static char *guarded(const char *value)
{
    char *text = g_utf8_make_valid(value, -1);
    for (char *at = text; *at; at++) {
        if (at[0] == '=' && at[1] == '?')
            at[1] = HIDDEN;
        if (at[0] == '*') {
            char *equals = at + 1 + strspn(at + 1, " \t");
            if (*equals == '=')
                drop_charset(equals + 1 + strspn(equals + 1, " \t\""));
        }
    }
    return text;
}

/* UTF-8 without control characters. What does not fit is cut in front, so that the ending of a name stays. */
static void take_text(const char *text, char out[TG_MIME_TEXT_MAX])
{
    out[0] = '\0';
    if (!text)
        return;
    char *valid = g_utf8_make_valid(text, -1);
    const char *from = valid;
    size_t len = strlen(valid);
    if (len >= TG_MIME_TEXT_MAX) {
        from += len - (TG_MIME_TEXT_MAX - 1);
        while ((*from & 0xC0) == 0x80)
            from++;
    }
    len = strlen(from);
    memcpy(out, from, len + 1);
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)out[i] < 32 || out[i] == 127)
            out[i] = '?';
    g_free(valid);
}

static void take_boundary(const char *text, tgm_fields *out)
{
    size_t len = text ? strlen(text) : 0;
    bool usable = len > 0 && len <= 70;
    for (size_t i = 0; i < len && usable; i++) {
        out->boundary[i] = text[i] == HIDDEN ? '?' : text[i];
        usable = (uint8_t)out->boundary[i] >= 32;
    }
    out->boundary[usable ? len : 0] = '\0';
}

void tgm_gmime_type(const char *value, tgm_fields *out)
{
    GMimeParserOptions *options = loose_options();
    char *text = guarded(value);
    GMimeContentType *type = g_mime_content_type_parse(options, text);
    char *name = g_mime_content_type_get_mime_type(type);
    (void)g_strlcpy(out->type, name, sizeof out->type);
    take_text(g_mime_content_type_get_parameter(type, "smime-type"), out->smime_type);
    take_text(g_mime_content_type_get_parameter(type, "name"), out->name);
    take_boundary(g_mime_content_type_get_parameter(type, "boundary"), out);
    g_free(name);
    g_free(text);
    g_object_unref(type);
    g_mime_parser_options_free(options);
}

void tgm_gmime_disposition(const char *value, tgm_fields *out)
{
    GMimeParserOptions *options = loose_options();
    char *text = guarded(value);
    GMimeContentDisposition *disposition = g_mime_content_disposition_parse(options, text);
    take_text(g_mime_content_disposition_get_disposition(disposition), out->disposition);
    take_text(g_mime_content_disposition_get_parameter(disposition, "filename"), out->filename);
    g_free(text);
    g_object_unref(disposition);
    g_mime_parser_options_free(options);
}

size_t tgm_gmime_base64(tg_bytes text, uint8_t *out)
{
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
    return text.len ? g_mime_encoding_step(&state, (const char *)text.data, text.len, (char *)out) : 0;
}

bool tgm_gmime_header(const char *header, const char *value, const tgm_param *params, size_t num, char *out, size_t max)
{
    GMimeFormatOptions *options = g_mime_format_options_new();
    g_mime_format_options_set_param_encoding_method(options, GMIME_PARAM_ENCODING_METHOD_RFC2231);
    GMimeParamList *list = g_mime_param_list_new();
    for (size_t i = 0; i < num; i++) {
        g_mime_param_list_set_parameter(list, params[i].name, params[i].value);
        g_mime_param_set_charset(g_mime_param_list_get_parameter(list, params[i].name), "utf-8");
    }
    GString *text = g_string_new(header);
    g_string_append_printf(text, ": %s", value);
    g_mime_param_list_encode(list, options, FALSE, text);
    while (text->len && (text->str[text->len - 1] == '\n' || text->str[text->len - 1] == '\r'))
        g_string_truncate(text, text->len - 1);
    bool fits = text->len < max;
    if (fits)
        memcpy(out, text->str, text->len + 1);
    (void)g_string_free(text, TRUE);
    g_object_unref(list);
    g_mime_format_options_free(options);
    return fits;
}
