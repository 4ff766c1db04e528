/* libosip2 5.3.0 behind osip.h. What it does badly (seen with this version), and where that is guarded:
 *
 * - it traces to stdout unless told otherwise: tgc_osip_init
 * - it reads past the end of the text when the last m-line has no format list and ends with LF alone: sdp.c writes
 *   every m-line anew, with a format and CRLF
 * - it looks for the colon of every a= line up to the end of the text; 40,000 lines without one take seconds: sdp.c
 *   passes on key-mgmt attributes only, and limits their number
 * - it stops at an empty line, and what follows is lost without a word: sdp.c leaves empty lines out
 * - it refuses lines out of order, though RFC 4567 section 6 prints t= before c=, and an empty s=: sdp.c puts in order
 *   what it passes on
 * - it takes a lone CR for a line end: sdp.c and sip.c refuse one
 * - it parses every header of a message and refuses all for any that it dislikes: sip.c passes on the start line and
 *   Content-Type only
 * - MIME: a part without headers or with a folded header loses the whole message, a header line that ends with LF
 *   alone loses its last character, a multipart in a multipart is not opened: sip.c splits parts itself
 * - it takes an empty value for a From, leaves out what is wrong in a URI ("sip:b%zz@h" becomes sip:b@h) and writes a URI otherwise than
 *   it stood: request.c looks at the characters before, and keeps the text as it stands
 * - it takes no URI whose scheme has digits, "+", "-" or "." (RFC 3986 3.1): a limit that vectors/SMIME.md names
 * - it writes a multipart body anew, and Content-Length by its own count: request_write.c takes the head alone
 */
#include "osip.h"

#include <stdarg.h>
#include <stdio.h> /* libosip2's headers use FILE and forget to ask for it */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <osipparser2/osip_parser.h>
#include <osipparser2/sdp_message.h>

static void drop_trace(const char *file, int line, osip_trace_level_t level, const char *format, va_list arguments)
{
    (void)file;
    (void)line;
    (void)level;
    (void)format;
    (void)arguments;
}

bool tgc_osip_init(void)
{
    osip_trace_initialize_func(TRACE_LEVEL0, drop_trace);
    osip_trace_disable_level(TRACE_LEVEL0);
    return parser_init() == OSIP_SUCCESS;
}

/* ---- SDP ---------------------------------------------------------------------------------------------------- */

static sdp_message_t *inner(tgc_sdp *sdp)
{
    return (sdp_message_t *)(void *)sdp;
}

tgc_sdp *tgc_sdp_open(const char *text)
{
    sdp_message_t *sdp = NULL;
    if (sdp_message_init(&sdp) != OSIP_SUCCESS)
        return NULL;
    if (sdp_message_parse(sdp, text) != OSIP_SUCCESS) {
        sdp_message_free(sdp);
        return NULL;
    }
    return (tgc_sdp *)(void *)sdp;
}

void tgc_sdp_close(tgc_sdp *sdp)
{
    sdp_message_free(inner(sdp));
}

int tgc_sdp_num_media(tgc_sdp *sdp)
{
    return osip_list_size(&inner(sdp)->m_medias);
}

const char *tgc_sdp_media_proto(tgc_sdp *sdp, int media)
{
    const sdp_media_t *found = osip_list_get(&inner(sdp)->m_medias, media);
    return found && found->m_proto ? found->m_proto : "";
}

bool tgc_sdp_attribute(tgc_sdp *sdp, int media, int n, const char **field, const char **value)
{
    const osip_list_t *list = &inner(sdp)->a_attributes;
    if (media >= 0) {
        const sdp_media_t *found = osip_list_get(&inner(sdp)->m_medias, media);
        if (!found)
            return false;
        list = &found->a_attributes;
    }
    const sdp_attribute_t *attribute = osip_list_get(list, n);
    if (!attribute)
        return false;
    *field = attribute->a_att_field ? attribute->a_att_field : "";
    *value = attribute->a_att_value ? attribute->a_att_value : "";
    return true;
}

/* ---- SIP ---------------------------------------------------------------------------------------------------- */

static void take_boundary(osip_content_type_t *parsed, tgc_content_type *type)
{
    osip_generic_param_t *boundary = NULL;
    char name[] = "boundary";
    if (osip_generic_param_get_byname(&parsed->gen_params, name, &boundary) != OSIP_SUCCESS || !boundary ||
        !boundary->gvalue)
        return;
    const char *text = boundary->gvalue;
    size_t len = strlen(text);
    if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    if (len <= TGC_BOUNDARY_MAX) {
        memcpy(type->boundary, text, len);
        type->boundary[len] = '\0';
    }
}

static void take_type(osip_content_type_t *parsed, tgc_content_type *type)
{
    if (!parsed || !parsed->type || !parsed->subtype)
        return;
    type->present = true;
    type->is_sdp = osip_strcasecmp(parsed->type, "application") == 0 && osip_strcasecmp(parsed->subtype, "sdp") == 0;
    type->is_multipart = osip_strcasecmp(parsed->type, "multipart") == 0;
    if (type->is_multipart)
        take_boundary(parsed, type);
}

bool tgc_sip_head(const char *head, tgc_content_type *type)
{
    memset(type, 0, sizeof *type);
    osip_message_t *sip = NULL;
    if (osip_message_init(&sip) != OSIP_SUCCESS)
        return false;
    bool ok = osip_message_parse(sip, head, strlen(head)) == OSIP_SUCCESS;
    if (ok)
        take_type(sip->content_type, type);
    osip_message_free(sip);
    return ok;
}

bool tgc_sip_content_type(const char *value, tgc_content_type *type)
{
    memset(type, 0, sizeof *type);
    osip_content_type_t *parsed = NULL;
    if (osip_content_type_init(&parsed) != OSIP_SUCCESS)
        return false;
    bool ok = osip_content_type_parse(parsed, value) == OSIP_SUCCESS;
    if (ok)
        take_type(parsed, type);
    osip_content_type_free(parsed);
    return ok;
}

/* ---- requests ----------------------------------------------------------------------------------------------- */

bool tgc_sip_is_uri(const char *uri)
{
    osip_uri_t *parsed = NULL;
    if (osip_uri_init(&parsed) != OSIP_SUCCESS)
        return false;
    bool ok = osip_uri_parse(parsed, uri) == OSIP_SUCCESS;
    osip_uri_free(parsed);
    return ok;
}

bool tgc_sip_is_name_addr(const char *value)
{
    osip_from_t *parsed = NULL;
    if (osip_from_init(&parsed) != OSIP_SUCCESS)
        return false;
    bool ok = osip_from_parse(parsed, value) == OSIP_SUCCESS && parsed->url;
    osip_from_free(parsed);
    return ok;
}

bool tgc_sip_is_via(const char *value)
{
    osip_via_t *parsed = NULL;
    if (osip_via_init(&parsed) != OSIP_SUCCESS)
        return false;
    bool ok = osip_via_parse(parsed, value) == OSIP_SUCCESS && parsed->host && parsed->protocol;
    osip_via_free(parsed);
    return ok;
}

bool tgc_sip_is_cseq(const char *value)
{
    osip_cseq_t *parsed = NULL;
    if (osip_cseq_init(&parsed) != OSIP_SUCCESS)
        return false;
    bool ok = osip_cseq_parse(parsed, value) == OSIP_SUCCESS && parsed->method && parsed->number;
    osip_cseq_free(parsed);
    return ok;
}

static bool set_field(osip_message_t *sip, const tgc_sip_field *field)
{
    static const struct {
        const char *name;
        int (*set)(osip_message_t *sip, const char *value);
    } known[] = { { "Via", osip_message_set_via },
                  { "From", osip_message_set_from },
                  { "To", osip_message_set_to },
                  { "Call-ID", osip_message_set_call_id },
                  { "CSeq", osip_message_set_cseq },
                  { "Contact", osip_message_set_contact },
                  { "Content-Type", osip_message_set_content_type } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(field->name, known[i].name) == 0)
            return known[i].set(sip, field->value) == OSIP_SUCCESS;
    }
    return osip_message_set_header(sip, field->name, field->value) == OSIP_SUCCESS;
}

static bool fill(osip_message_t *sip, const char *method, const char *uri, const tgc_sip_field *fields, size_t num)
{
    osip_uri_t *parsed = NULL;
    osip_message_set_method(sip, osip_strdup(method));
    osip_message_set_version(sip, osip_strdup("SIP/2.0"));
    if (osip_uri_init(&parsed) != OSIP_SUCCESS)
        return false;
    osip_message_set_uri(sip, parsed); /* it belongs to the message from here on */
    bool ok = osip_uri_parse(parsed, uri) == OSIP_SUCCESS;
    for (size_t i = 0; ok && i < num; i++)
        ok = set_field(sip, &fields[i]);
    return ok;
}

char *tgc_sip_write_head(const char *method, const char *uri, const tgc_sip_field *fields, size_t num)
{
    osip_message_t *sip = NULL;
    char *head = NULL;
    size_t len = 0;
    if (osip_message_init(&sip) != OSIP_SUCCESS)
        return NULL;
    /* As a fragment: else it adds a Content-Length of its own. */
    if (!fill(sip, method, uri, fields, num) || osip_message_to_str_sipfrag(sip, &head, &len) != OSIP_SUCCESS)
        head = NULL;
    osip_message_free(sip);
    return head;
}

void tgc_sip_free_head(char *head)
{
    osip_free(head);
}
