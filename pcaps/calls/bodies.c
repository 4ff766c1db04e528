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

static bool begins(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && tgpc_is_token(tg_bytes_of(text.data, len), word);
}

static void take_letter(tgpc_step *step, tg_bytes octets, bool in_unit, bool said_base64)
{
    tgpc_key *key = tgpc_new_key(step->call);
    if (!key || !octets.len)
        return;
    key->m_line = -1;
    key->mikey = true;
    if (in_unit)
        key->place = tgpc_place_of_view(step->unit, octets);
    else
        key->place.frame = step->unit->frame;
    tgpc_letter letter = { .carrier = TGP_CARRIER_SIP,
                           .m_line = -1,
                           .in_unit = in_unit,
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

static bool holds(tg_bytes body, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= body.len; i++) {
        const uint8_t *at = memchr(body.data + i, word[0], body.len - len - i + 1);
        if (!at)
            return false;
        i = (size_t)(at - body.data);
        if (memcmp(at, word, len) == 0)
            return true;
    }
    return false;
}

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

static void take_part(tgpc_step *step, const tg_mime_part *part, bool *described)
{
    tg_bytes unit = step->unit->octets;
    tg_bytes content = part->content;
    bool in_unit = content.data >= unit.data && content.data + content.len <= unit.data + unit.len;
    if (strcmp(part->type, "application/sdp") == 0 && !*described) {
        *described = true;
        tgpc_take_description(step, content, in_unit);
    } else if (strcmp(part->type, "application/mikey") == 0) {
        take_letter(step, content, in_unit, false);
    } else if (strcmp(part->type, "application/pkcs7-mime") == 0) {
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
    if (!tgpc_arena(step->calls, tg_mime_arena_size(head->body.len), &arena) ||
        tg_mime_parse_body(
            value_of(head, TG_SIP_CONTENT_TYPE, texts[0]), value_of(head, TG_SIP_CONTENT_TRANSFER_ENCODING, texts[1]),
            value_of(head, TG_SIP_CONTENT_DISPOSITION, texts[2]), head->body, &arena, &body, &diag) != TG_OK)
        return;
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

void tgpc_read_body(tgpc_step *step)
{
    const tg_sip_head *head = step->head;
    tg_bytes type = without_parameters(head->content_type);
    if (tgpc_is_token(type, "application/sdp")) {
        tgpc_take_description(step, head->body, true);
    } else if (tgpc_is_token(type, "application/mikey")) {
        const tg_sip_header *coding = tg_sip_first(head, TG_SIP_CONTENT_TRANSFER_ENCODING);
        take_letter(step, head->body, true, coding && tgpc_is_token(coding->value, "base64"));
    } else if (tgpc_is_token(type, "application/pkcs7-mime")) {
        tell_immediate(step);
    } else if (begins(type, "multipart/")) {
        /* Types and attributes are written like this; what a decoding of base64 might bring to light is looked for in calls of interest. */
        if (step->call->interesting || tgpc_scan(step->calls, head->body) || holds(head->body, "mikey") ||
            holds(head->body, "pkcs7-mime") || holds(head->body, "base64") || holds(head->body, "BASE64"))
            take_parts(step);
    }
}
