/* Bodies of SIP messages: descriptions, MIKEY messages, containers (TRACE.md section 2). */
#include "immediates.h"
#include "room.h"
#include "ticketgate/mime.h"

static tg_bytes without_parameters(tg_bytes type)
{
    size_t len = 0;
    while (len < type.len && type.data[len] != ';')
        len++;
    while (len && (type.data[len - 1] == ' ' || type.data[len - 1] == '\t'))
        len--;
    return tg_bytes_of(type.data, len);
}

#define MAX_TYPE 64

/* RFC 3261 25.1: white space may stand around the slash. */
static tg_bytes without_blanks(tg_bytes type, uint8_t out[MAX_TYPE])
{
    size_t len = 0;
    if (!type.len || type.len > MAX_TYPE || (!memchr(type.data, ' ', type.len) && !memchr(type.data, '\t', type.len)))
        return type;
    for (size_t i = 0; i < type.len; i++)
        if (type.data[i] > ' ')
            out[len++] = type.data[i];
    return tg_bytes_of(out, len);
}

static bool begins(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && tgpc_is_token(tg_bytes_of(text.data, len), word);
}

/* It could not be looked into: what it holds is lost. */
static void count_unread(tgpc_step *step)
{
    step->calls->unread++;
}

static bool contains(tg_bytes text, const char *word) /* whatever the case */
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++)
        if ((text.data[i] | 0x20) == (uint8_t)word[0] && tgpc_is_token(tg_bytes_of(text.data + i, len), word))
            return true;
    return false;
}

/* `octets` are a view of the unit where `in_unit`; else they were decoded from `raw`, which is. */
static void take_letter(tgpc_step *step, tg_bytes octets, bool in_unit, tg_bytes raw, bool said_base64)
{
    tgpc_key *key = tgpc_new_key(step->call);
    if (!key || !octets.len)
        return;
    key->m_line = -1;
    key->mikey = true;
    if (in_unit)
        key->place = tgpc_place_of_view(step->unit, octets);
    else
        key->place = tgpc_place_of_view(step->unit, raw);
    tgpc_letter letter = { .carrier = TGP_CARRIER_SIP,
                           .m_line = -1,
                           .in_unit = in_unit,
                           .raw = raw,
                           .text = octets,
                           .base64 = said_base64 || octets.data[0] != 1 };
    tgpc_tell_letter(step, key, &letter);
}

static void tell_immediate(tgpc_step *step)
{
    if ((step->method == TGPC_MESSAGE || step->method == TGPC_NOTIFY) && step->calls->listener.immediate)
        step->calls->listener.immediate(step->calls->listener.user, step->call, step->unit);
}

/* ---- bodies of several parts ---------------------------------------------------------------------------------------- */

/* On one line, ended by NUL; NULL: there is none, or it is too long. */
static const char *value_of(const tg_sip_head *head, tg_sip_field field, char out[TG_SIP_TEXT_MAX])
{
    const tg_sip_header *header = tg_sip_first(head, field);
    if (!header || header->value.len >= TG_SIP_TEXT_MAX)
        return NULL;
    for (size_t i = 0; i < header->value.len; i++) {
        uint8_t c = header->value.data[i];
        out[i] = c == '\r' || c == '\n' || c == '\0' ? ' ' : (char)c;
    }
    out[header->value.len] = '\0';
    return out;
}

/* RFC 2183, RFC 3959: another disposition than that of the session makes it no offer or answer. */
static bool is_of_session(const char *disposition)
{
    return !*disposition || strcmp(disposition, "session") == 0;
}

/* The octets of the unit that the part's body was decoded from: behind its headers. */
static tg_bytes raw_of(const tgpc_step *step, const tg_mime_part *part)
{
    const uint8_t *at = part->entity.data, *end = at + part->entity.len;
    tg_bytes body = step->head->body;
    if (!at || at < body.data || end > body.data + body.len)
        return body;
    if (at == body.data && part->entity.len == body.len)
        return body; /* SIP has its headers */
    for (const uint8_t *line = at; line < end;) {
        const uint8_t *line_end = memchr(line, '\n', (size_t)(end - line));
        if (!line_end)
            break;
        if (line_end == line || (line_end == line + 1 && *line == '\r'))
            return tg_bytes_of(line_end + 1, (size_t)(end - line_end - 1));
        line = line_end + 1;
    }
    return part->entity;
}

static void take_part(tgpc_step *step, const tg_mime_part *part, bool *described)
{
    tg_bytes unit = step->unit->octets;
    tg_bytes content = part->content;
    bool in_unit = content.data >= unit.data && content.data + content.len <= unit.data + unit.len;
    bool is_sdp = strcmp(part->type, "application/sdp") == 0 && is_of_session(part->disposition),
         is_mikey = strcmp(part->type, "application/mikey") == 0,
         is_container = strcmp(part->type, "application/pkcs7-mime") == 0;
    if ((is_sdp && *described) || ((is_sdp || is_mikey) && part->content_bad)) {
        count_unread(step); /* one description is the session's; how this is encoded nobody knows */
    } else if (is_sdp) {
        *described = true;
        step->raw = in_unit ? (tg_bytes){ NULL, 0 } : raw_of(step, part);
        tgpc_take_description(step, content, in_unit);
    } else if (is_mikey) {
        take_letter(step, content, in_unit, in_unit ? content : raw_of(step, part), false);
    } else if (is_container) {
        tell_immediate(step);
    }
}

static void take_parts(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    char texts[3][TG_SIP_TEXT_MAX];
    tg_arena arena;
    tg_mime_part body;
    tg_diag diag;
    if (!tgpc_body_arena(step->calls, tg_mime_arena_size(head->body.len), &arena) ||
        tg_mime_parse_body(
            value_of(head, TG_SIP_CONTENT_TYPE, texts[0]), value_of(head, TG_SIP_CONTENT_TRANSFER_ENCODING, texts[1]),
            value_of(head, TG_SIP_CONTENT_DISPOSITION, texts[2]), head->body, &arena, &body, &diag) != TG_OK) {
        count_unread(step);
        return;
    }
    /* Every part in the order of the body, without recursion: where a level is read to its end, the one above goes on. */
    struct {
        const tg_mime_part *parts;
        size_t num, at;
    } levels[TG_MIME_MAX_DEPTH + 1] = { { &body, 1, 0 } };
    size_t depth = 1;
    bool described = false;
    while (depth) {
        if (levels[depth - 1].at == levels[depth - 1].num) {
            depth--;
            continue;
        }
        const tg_mime_part *part = &levels[depth - 1].parts[levels[depth - 1].at++];
        take_part(step, part, &described);
        if (part->num_parts && depth <= TG_MIME_MAX_DEPTH) {
            levels[depth].parts = part->parts;
            levels[depth].num = part->num_parts;
            levels[depth].at = 0;
            depth++;
        }
    }
}

/* Content-Encoding (RFC 3261 20.12): nothing of it is undone here. */
static bool is_coded(const tg_sip_head *head)
{
    const tg_sip_header *coding = tg_sip_first(head, TG_SIP_CONTENT_ENCODING);
    return coding && !tgpc_is_token(coding->value, "identity");
}

/* In a transfer encoding that is to be undone, or that nobody knows. */
static bool is_encoded(const tg_sip_head *head)
{
    const tg_sip_header *coding = tg_sip_first(head, TG_SIP_CONTENT_TRANSFER_ENCODING);
    return coding && !tgpc_is_token(coding->value, "7bit") && !tgpc_is_token(coding->value, "8bit") &&
           !tgpc_is_token(coding->value, "binary");
}

static void read_description(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    const tg_sip_header *disposition = tg_sip_first(head, TG_SIP_CONTENT_DISPOSITION);
    if (disposition && !tgpc_is_token(without_parameters(disposition->value), "session"))
        return;
    if (head->content_type.data && is_encoded(head))
        take_parts(step);
    else
        tgpc_take_description(step, head->body, true);
}

void tgpc_read_body(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    uint8_t squeezed[MAX_TYPE];
    tg_bytes type = without_blanks(without_parameters(head->content_type), squeezed);
    bool is_sdp = tgpc_is_token(type, "application/sdp"), is_mikey = tgpc_is_token(type, "application/mikey"),
         is_container = tgpc_is_token(type, "application/pkcs7-mime"), has_parts = begins(type, "multipart/"),
         is_untyped = !head->content_type.data && head->body.len > 4 && memcmp(head->body.data, "v=0", 3) == 0;
    if ((is_sdp || is_mikey || is_container || has_parts || !head->content_type.data) && is_coded(head)) {
        count_unread(step);
    } else if (is_sdp || is_untyped) {
        read_description(step);
    } else if (is_mikey) {
        const tg_sip_header *coding = tg_sip_first(head, TG_SIP_CONTENT_TRANSFER_ENCODING);
        bool is_base64 = coding && tgpc_is_token(coding->value, "base64");
        if (is_encoded(head) && !is_base64)
            take_parts(step);
        else
            take_letter(step, head->body, true, head->body, is_base64);
    } else if (is_container) {
        tell_immediate(step);
    } else if (has_parts) {
        /* Types and attributes are written like this; what a decoding might bring to light is looked for, too. */
        if (step->call->interesting || tgpc_scan(step->calls, head->body) || contains(head->body, "mikey") ||
            contains(head->body, "pkcs7-mime") || contains(head->body, "base64") ||
            contains(head->body, "quoted-printable"))
            take_parts(step);
    }
}
