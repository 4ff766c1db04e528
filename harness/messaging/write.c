/* What is sent: content, protected with the TEK, and TRANSFER_INIT beside it in a SIP request (annexes F.3, G.3.3, I.2). */
#include <stdio.h>

#include "im.h"
#include "write.h"

#define LINE_OCTETS 57 /* of base64: 76 characters a line (RFC 2045 6.8) */
#define MIKEY_HEAD 128
#define JOIN_EACH 128 /* delimiter and line ends of a part */

/* ---- application/mikey -------------------------------------------------------------------------------------- */

static size_t mikey_size(size_t len)
{
    return MIKEY_HEAD + (len + LINE_OCTETS - 1) / LINE_OCTETS * (LINE_OCTETS / 3 * 4 + 2) + 1;
}

static tg_status put_mikey(tg_bytes transfer_init, const tg_settings *settings, tg_arena *arena, tg_bytes *out)
{
    bool binary = settings->smime_encoding == TG_SMIME_ENCODING_BINARY;
    size_t max = mikey_size(transfer_init.len);
    uint8_t *room = tg_arena_alloc(arena, max);
    char head[MIKEY_HEAD], line[LINE_OCTETS / 3 * 4 + 3];
    if (!room)
        return TG_ARENA_FULL;
    int len = snprintf(head, sizeof head, "Content-Type: application/mikey\r\nContent-Transfer-Encoding: %s\r\n\r\n",
                       binary ? "binary" : "base64");
    tg_writer w = tg_writer_of(room, max);
    tg_put_bytes(&w, tg_bytes_of(head, (size_t)len));
    for (size_t from = 0; !binary && from < transfer_init.len; from += LINE_OCTETS) {
        size_t left = transfer_init.len - from;
        tg_base64_encode(tg_bytes_of(transfer_init.data + from, left < LINE_OCTETS ? left : LINE_OCTETS), line);
        tg_put_bytes(&w, tg_bytes_of(line, strlen(line)));
        tg_put_bytes(&w, tg_bytes_of("\r\n", 2));
    }
    if (binary)
        tg_put_bytes(&w, transfer_init);
    *out = tg_bytes_of(room, w.len);
    return tg_writer_status(&w);
}

/* ---- the container ------------------------------------------------------------------------------------------ */

/* The content in its canonical form; what is for a server is not protected (F.3). */
static tg_status prepare(tg_bytes content, tg_arena *arena, tg_bytes *out, tg_im_note *note)
{
    tg_mime_part part;
    tg_diag diag;
    uint8_t *room = tg_arena_alloc(arena, 2 * content.len + 1);
    if (!room)
        return TG_ARENA_FULL;
    tg_status status = tg_mime_canonical(content, room, 2 * content.len + 1, &out->len);
    out->data = room;
    if (status == TG_OK)
        status = tg_mime_parse(*out, arena, &part, &diag);
    if (status == TG_BAD_MIME || (status == TG_OK && !part.has_type))
        return tgi_refuse(note, TG_IM_NOT_MIME);
    if (status != TG_OK)
        return status;
    return tg_im_part_for_servers(&part) ? tgi_refuse(note, TG_IM_FOR_SERVERS) : TG_OK;
}

static tg_status protect(const tg_im_plan *plan, const tgi_session *session, tg_bytes content, tg_arena *arena,
                         tg_bytes *entity)
{
    const tg_smime_key key = { tg_bytes_of(session->id, session->id_len), session->tek };
    const tg_smime_plan smime = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                                  .alg = plan->alg,
                                  .tag_len = plan->tag_len,
                                  .recipients = &key,
                                  .num_recipients = 1 };
    const tg_mime_form form = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .settings = &plan->profile->settings };
    size_t max = tg_smime_made_size(&smime, content.len), len = 0;
    uint8_t *container = tg_arena_alloc(arena, max);
    if (!container)
        return TG_ARENA_FULL;
    TRY(tg_smime_make(plan->crypto, &smime, content, &plan->random, container, max, &len));
    size_t wrapped_max = tg_mime_wrapped_size(len);
    uint8_t *wrapped = tg_arena_alloc(arena, wrapped_max);
    if (!wrapped)
        return TG_ARENA_FULL;
    entity->data = wrapped;
    return tg_mime_wrap(&form, tg_bytes_of(container, len), wrapped, wrapped_max, &entity->len);
}

/* ---- SIP ---------------------------------------------------------------------------------------------------- */

typedef struct drawn {
    char call_id[TG_SIP_TEXT_MAX], from_tag[33], branch[33];
} drawn;

static tg_status draw_word(const tg_random *random, char out[33])
{
    uint8_t octets[16];
    TRY(random->fill(random->user, octets, sizeof octets));
    tg_hex_encode(tg_bytes_of(octets, sizeof octets), out);
    return TG_OK;
}

static tg_status draw(const tg_im_plan *plan, drawn *d)
{
    char word[33];
    TRY(draw_word(&plan->random, d->branch));
    TRY(draw_word(&plan->random, d->from_tag));
    TRY(draw_word(&plan->random, word));
    snprintf(d->call_id, sizeof d->call_id, "%s@%s", word, plan->sent_by ? plan->sent_by : "");
    return TG_OK;
}

/* A body of one entity has its headers in those of the request. False when a value is longer than that. */
static bool take_value(tg_bytes head, const char *name, char out[TG_SIP_TEXT_MAX])
{
    size_t name_len = strlen(name), used = 0;
    bool of_it = false;
    for (size_t at = 0; at < head.len;) {
        const uint8_t *line = head.data + at, *end = memchr(line, '\n', head.len - at);
        size_t len = end ? (size_t)(end - line) : head.len - at, from = 0;
        bool folded = len > 0 && (line[0] == ' ' || line[0] == '\t');
        at += len + 1;
        if (!folded) {
            of_it = len > name_len && line[name_len] == ':' && memcmp(line, name, name_len) == 0;
            from = of_it ? name_len + 1 : 0;
        }
        for (; of_it && from < len; from++) {
            if (line[from] == '\r' || (used == 0 && line[from] == ' '))
                continue;
            if (used + 1 >= TG_SIP_TEXT_MAX)
                return false;
            out[used++] = (char)line[from];
        }
    }
    out[used] = '\0';
    return true;
}

typedef struct headers {
    char type[TG_SIP_TEXT_MAX], encoding[TG_SIP_TEXT_MAX], disposition[TG_SIP_TEXT_MAX];
} headers;

static tg_status take_apart(tg_bytes entity, headers *h, tg_bytes *body)
{
    for (size_t i = 0; i + 4 <= entity.len; i++) {
        if (memcmp(entity.data + i, "\r\n\r\n", 4) != 0)
            continue;
        tg_bytes head = { entity.data, i };
        *body = tg_bytes_of(entity.data + i + 4, entity.len - i - 4);
        return take_value(head, "Content-Type", h->type) &&
                       take_value(head, "Content-Transfer-Encoding", h->encoding) &&
                       take_value(head, "Content-Disposition", h->disposition)
                   ? TG_OK
                   : TG_TOO_LARGE;
    }
    return TG_BAD_MIME;
}

static tg_status join(const tg_im_plan *plan, const tg_bytes *entities, size_t num, tg_arena *arena, headers *h,
                      tg_bytes *body)
{
    size_t max = JOIN_EACH;
    for (size_t i = 0; i < num; i++)
        max += entities[i].len + JOIN_EACH;
    memset(h, 0, sizeof *h);
    if (num == 1)
        return take_apart(entities[0], h, body);
    uint8_t *room = tg_arena_alloc(arena, max);
    if (!room)
        return TG_ARENA_FULL;
    body->data = room;
    return tg_mime_join(entities, num, &plan->random, h->type, room, max, &body->len);
}

tg_status tgi_write_request(const tg_im_plan *plan, const tg_bytes *entities, size_t num, tg_arena *arena,
                            tg_bytes *sip, tg_im_note *note)
{
    drawn d;
    headers h;
    tg_bytes body = { 0 };
    TRY(draw(plan, &d));
    TRY(join(plan, entities, num, arena, &h, &body));
    const tg_sip_plan request = { .method = plan->method ? plan->method : "MESSAGE",
                                  .request_uri = plan->request_uri,
                                  .from = plan->from,
                                  .to = plan->to ? plan->to : plan->request_uri,
                                  .from_tag = plan->from_tag ? plan->from_tag : d.from_tag,
                                  .call_id = plan->call_id ? plan->call_id : d.call_id,
                                  .branch = d.branch,
                                  .sent_by = plan->sent_by,
                                  .to_tag = plan->to_tag,
                                  .asserted = plan->asserted,
                                  .contact = plan->contact,
                                  .event = plan->event,
                                  .subscription_state = plan->subscription_state,
                                  .content_type = h.type,
                                  .transfer_encoding = h.encoding[0] ? h.encoding : NULL,
                                  .disposition = h.disposition[0] ? h.disposition : NULL,
                                  .cseq = plan->cseq ? plan->cseq : 1,
                                  .body = body };
    size_t max = tg_sip_request_size(&request);
    uint8_t *room = tg_arena_alloc(arena, max);
    if (!room)
        return TG_ARENA_FULL;
    sip->data = room;
    tg_status status = tg_sip_request_write(&request, room, max, &sip->len, &note->text);
    if (status != TG_OK)
        *sip = (tg_bytes){ 0 };
    return status;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static bool is_message(const tg_im_plan *plan)
{
    return !plan->method || strcmp(plan->method, "MESSAGE") == 0;
}

/* 002: the Request-URI shall be an allowed resolver; 000: should be. */
static tg_status check_request_uri(const tg_im_plan *plan, const tg_established *keys, tg_arena *arena,
                                   tg_im_note *note)
{
    tg_bytes target = plan->request_uri ? tgi_uid_of(plan->request_uri, arena) : (tg_bytes){ 0 };
    if (!is_message(plan) || tgi_allows(tgi_ticket_of(keys->transfer_init), target))
        return TG_OK;
    if (plan->profile->settings.request_uri == TG_REQUEST_URI_MUST)
        return tgi_refuse(note, TG_IM_REQUEST_URI);
    note->warning = TG_IM_REQUEST_URI;
    return TG_OK;
}

/* F.3: what is for the terminal is protected. */
static tg_status check_for_servers(const tg_im_plan *plan, tg_bytes entity, tg_arena *arena, tg_im_note *note)
{
    tg_mime_part part;
    tg_diag diag;
    size_t mark = arena->used;
    if (!is_message(plan))
        return TG_OK;
    tg_status status = tg_mime_parse(entity, arena, &part, &diag);
    arena->used = mark;
    if (status == TG_OK && tgi_is_for_servers(&part) && part.num_parts == 0)
        return TG_OK;
    return status == TG_OK || status == TG_BAD_MIME ? tgi_refuse(note, TG_IM_BESIDE) : status;
}

static tg_status write_all(const tg_im_plan *plan, const tg_established *keys, tg_arena *arena, tg_bytes *sip,
                           tg_im_note *note)
{
    tgi_session session;
    tg_bytes content = { 0 }, entities[TG_IM_MAX_FOR_SERVERS + 2];
    size_t num = 0;
    if (plan->num_for_servers > TG_IM_MAX_FOR_SERVERS)
        return TG_TOO_LARGE;
    if (!is_message(plan) && strcmp(plan->method, "NOTIFY") != 0)
        return tgi_refuse(note, TG_IM_METHOD);
    if (is_message(plan) && plan->without_ticket)
        return tgi_refuse(note, TG_IM_NO_TRANSFER_INIT);
    TRY(tgi_session_established(keys, plan->profile, &session, note));
    TRY(check_request_uri(plan, keys, arena, note));
    TRY(prepare(plan->content, arena, &content, note));
    if (!plan->without_ticket)
        TRY(put_mikey(keys->transfer_init->octets, &plan->profile->settings, arena, &entities[num++]));
    for (size_t i = 0; i < plan->num_for_servers; i++) {
        TRY(check_for_servers(plan, plan->for_servers[i], arena, note));
        entities[num++] = plan->for_servers[i];
    }
    TRY(protect(plan, &session, content, arena, &entities[num++]));
    return tgi_write_request(plan, entities, num, arena, sip, note);
}

size_t tg_im_write_arena_size(const tg_im_plan *plan, const tg_established *keys)
{
    tg_smime_key key = { 0 };
    const tg_smime_plan smime = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = plan->alg, .recipients = &key, .num_recipients = 1
    };
    const tg_sip_plan request = { 0 };
    size_t mikey = keys->transfer_init ? mikey_size(keys->transfer_init->octets.len) : 0;
    size_t content = 2 * plan->content.len + 1;
    size_t made = tg_smime_made_size(&smime, content) + TG_IM_KEY_ID_MAX, wrapped = tg_mime_wrapped_size(made);
    size_t body = mikey + wrapped + (TG_IM_MAX_FOR_SERVERS + 3) * JOIN_EACH;
    size_t parsed = tg_mime_arena_size(content);
    for (size_t i = 0; i < plan->num_for_servers; i++) {
        body += plan->for_servers[i].len;
        if (tg_mime_arena_size(plan->for_servers[i].len) > parsed)
            parsed = tg_mime_arena_size(plan->for_servers[i].len);
    }
    return content + parsed + mikey + made + wrapped + 2 * body + tg_sip_request_size(&request) + 16384;
}

tg_status tg_im_write(const tg_im_plan *plan, const tg_established *keys, tg_arena *arena, tg_bytes *sip,
                      tg_im_note *note)
{
    *note = (tg_im_note){ .text = "" };
    *sip = (tg_bytes){ 0 };
    size_t mark = arena->used;
    tg_status status = write_all(plan, keys, arena, sip, note);
    if (status != TG_OK) {
        tg_arena_wipe(arena, mark);
        *sip = (tg_bytes){ 0 };
    }
    return status;
}
