#include "canonical.h"

#include "head.h"
#include "multipart.h"

static void put(tgm_canonical *c, const void *octets, size_t len)
{
    if (!c->out || len == 0)
        return;
    if (len > c->max - c->len) {
        c->full = true;
        return;
    }
    memcpy(c->out + c->len, octets, len);
    c->len += len;
}

/* Lines, each with CRLF. What does not end in a line end stays so. */
static void put_text(tgm_canonical *c, tg_bytes text)
{
    for (size_t from = 0, next; from < text.len; from = next) {
        size_t end = tgm_line_end(text, from, &next);
        put(c, text.data + from, end - from);
        if (next > end)
            put(c, "\r\n", 2);
        if (next - end == 1 && !c->changed) {
            c->changed = true;
            c->first = (size_t)(text.data + end - c->start);
        }
    }
}

static tg_status walk_entity(tgm_canonical *c, tg_bytes entity, unsigned depth, bool whole);

static tg_status walk_parts(tgm_canonical *c, tg_bytes body, const char *boundary, unsigned depth)
{
    size_t num = 0, from = 0;
    tgm_delimiter delimiter;
    if (depth > TG_MIME_MAX_DEPTH)
        return TG_TOO_DEEP;
    if (!boundary[0] || !tgm_multipart_count(body, boundary, TG_MIME_MAX_PARTS - c->parts, &num))
        return TG_BAD_MIME;
    if (num > TG_MIME_MAX_PARTS - c->parts)
        return TG_TOO_LARGE;
    c->parts += num;
    for (size_t i = 0; tgm_delimiter_next(body, boundary, from, &delimiter); i++) {
        tg_bytes before = tg_bytes_of(body.data + from, delimiter.before - from);
        tg_status status = TG_OK;
        if (i == 0)
            put_text(c, before); /* what stands before the first */
        else
            status = walk_entity(c, before, depth, true);
        if (status != TG_OK)
            return status;
        put_text(c, tg_bytes_of(body.data + delimiter.before, delimiter.behind - delimiter.before));
        from = delimiter.behind;
        if (delimiter.closes)
            break;
    }
    put_text(c, tg_bytes_of(body.data + from, body.len - from));
    return TG_OK;
}

static tg_status walk_entity(tgm_canonical *c, tg_bytes entity, unsigned depth, bool whole)
{
    tgm_head head;
    tgm_fields fields;
    size_t fault_at;
    tg_status status = tgm_head_cut(entity, depth > 0, &head, &fault_at);
    if (status != TG_OK)
        return status;
    put_text(c, tg_bytes_of(entity.data, head.body_at));
    if (!whole)
        return TG_OK;
    tgm_fields_read(&head, &fields);
    tg_bytes body = tg_bytes_of(entity.data + head.body_at, entity.len - head.body_at);
    if (fields.is_multipart)
        return walk_parts(c, body, fields.boundary, depth + 1);
    if (tgm_is_canonical_text(&fields))
        put_text(c, body);
    else
        put(c, body.data, body.len);
    return TG_OK;
}

tg_status tgm_canonical_walk(tgm_canonical *c, tg_bytes entity, bool whole)
{
    static const uint8_t nothing = 0;
    if (!entity.data)
        entity = tg_bytes_of(&nothing, 0);
    if (entity.len > TG_MIME_MAX_OCTETS)
        return TG_TOO_LARGE;
    c->start = entity.data;
    tg_status status = walk_entity(c, entity, 0, whole);
    return status == TG_OK && c->full ? TG_BUFFER_FULL : status;
}

tg_status tg_mime_canonical(tg_bytes entity, uint8_t *out, size_t max, size_t *len)
{
    tgm_canonical c = { .out = out, .max = max };
    *len = 0;
    if (!out)
        return TG_BUFFER_FULL;
    tg_status status = tgm_canonical_walk(&c, entity, true);
    if (status == TG_OK)
        *len = c.len;
    return status;
}
