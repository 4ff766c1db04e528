/* Entities cut into parts. Recursion is bounded here, before anything of a part is read. */
#include <stdio.h>

#include "gmime.h"
#include "multipart.h"
#include "transfer.h"

typedef struct walk {
    const uint8_t *start; /* of the octets that offsets are of */
    tg_arena *arena;
    tg_diag *diag;
    size_t parts; /* in all multiparts so far */
} walk;

static tg_status refuse(walk *w, tg_status status, const char *path, const uint8_t *at)
{
    w->diag->status = status;
    w->diag->offset = at ? (size_t)(at - w->start) : 0;
    (void)snprintf(w->diag->path, sizeof w->diag->path, "%s", path);
    return status;
}

tg_status tg_mime_init(void)
{
    return tgm_gmime_init() ? TG_OK : TG_NOT_FOUND;
}

/* Parts cost four octets and more, their arrays and decoded bodies may each be aligned, and a base64 body may be rounded up. */
size_t tg_mime_arena_size(size_t len)
{
    size_t parts = len / 4 < TG_MIME_MAX_PARTS ? len / 4 : TG_MIME_MAX_PARTS;
    return len + (parts + 1) * (sizeof(tg_mime_part) + 4 * alignof(max_align_t)) + alignof(max_align_t);
}

static void take_fields(const tgm_fields *fields, tg_mime_part *out)
{
    memcpy(out->type, fields->type, sizeof out->type);
    memcpy(out->smime_type, fields->smime_type, sizeof out->smime_type);
    memcpy(out->name, fields->name, sizeof out->name);
    memcpy(out->disposition, fields->disposition, sizeof out->disposition);
    memcpy(out->filename, fields->filename, sizeof out->filename);
    out->has_type = fields->has_type;
    out->encoding = fields->encoding;
}

/* Eight multiparts of 128 parts: always short enough. */
static void name_part(const char *around, size_t index, char path[64])
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s[%zu]", around, index);
    (void)snprintf(path, 64, "%.63s", name);
}

static tg_status parse_entity(walk *w, tg_bytes entity, unsigned depth, tg_mime_part *out);

static tg_status parse_parts(walk *w, tg_bytes body, const char *boundary, unsigned depth, tg_mime_part *out)
{
    size_t num = 0;
    if (depth > TG_MIME_MAX_DEPTH)
        return refuse(w, TG_TOO_DEEP, out->path, body.data);
    if (!boundary[0] || !tgm_multipart_count(body, boundary, TG_MIME_MAX_PARTS - w->parts, &num))
        return refuse(w, TG_BAD_MIME, out->path, body.data);
    if (num > TG_MIME_MAX_PARTS - w->parts)
        return refuse(w, TG_TOO_LARGE, out->path, body.data);
    w->parts += num;
    tg_mime_part *parts = num ? tg_arena_alloc(w->arena, num * sizeof *parts) : NULL;
    if (num && !parts)
        return refuse(w, TG_ARENA_FULL, out->path, body.data);
    out->parts = parts;
    tgm_delimiter delimiter = { 0 };
    (void)tgm_delimiter_next(body, boundary, 0, &delimiter);
    for (; out->num_parts < num; out->num_parts++) {
        tg_mime_part *part = &parts[out->num_parts];
        size_t from = delimiter.behind;
        (void)tgm_delimiter_next(body, boundary, from, &delimiter);
        *part = (tg_mime_part){ 0 };
        name_part(out->path, out->num_parts, part->path);
        tg_status status = parse_entity(w, tg_bytes_of(body.data + from, delimiter.before - from), depth, part);
        if (status != TG_OK)
            return status;
    }
    return TG_OK;
}

/* What follows the headers. `depth`: multiparts around it. */
static tg_status parse_content(walk *w, const tgm_fields *fields, tg_bytes body, unsigned depth, tg_mime_part *out)
{
    take_fields(fields, out);
    out->content = body;
    if (fields->is_multipart) {
        out->content_bad = fields->encoding >= TG_MIME_ENCODING_BASE64; /* forbidden [RFC 2045 6.4] */
        return parse_parts(w, body, fields->boundary, depth + 1, out);
    }
    tg_status status = tgm_transfer_decode(body, fields->encoding, w->arena, &out->content, &out->content_bad);
    return status == TG_OK ? TG_OK : refuse(w, status, out->path, body.data);
}

static void place(const walk *w, tg_bytes entity, tg_mime_part *out)
{
    out->entity = entity;
    out->offset = entity.data ? (size_t)(entity.data - w->start) : 0;
    out->length = entity.len;
}

static tg_status parse_entity(walk *w, tg_bytes entity, unsigned depth, tg_mime_part *out)
{
    tgm_head head;
    tgm_fields fields;
    size_t fault_at = 0;
    place(w, entity, out);
    tg_status status = tgm_head_cut(entity, depth > 0, &head, &fault_at);
    if (status != TG_OK)
        return refuse(w, status, out->path, entity.data ? entity.data + fault_at : NULL);
    tgm_fields_read(&head, &fields);
    return parse_content(w, &fields, tg_bytes_of(entity.data + head.body_at, entity.len - head.body_at), depth, out);
}

static walk begin(tg_bytes octets, tg_arena *arena, tg_mime_part *out, tg_diag *diag)
{
    memset(diag, 0, sizeof *diag);
    diag->id = "";
    *out = (tg_mime_part){ .path = "body" };
    return (walk){ .start = octets.data, .arena = arena, .diag = diag };
}

tg_status tg_mime_parse(tg_bytes entity, tg_arena *arena, tg_mime_part *out, tg_diag *diag)
{
    static const uint8_t nothing = 0;
    if (!entity.data)
        entity = tg_bytes_of(&nothing, 0);
    walk w = begin(entity, arena, out, diag);
    if (entity.len > TG_MIME_MAX_OCTETS)
        return refuse(&w, TG_TOO_LARGE, "body", NULL);
    return parse_entity(&w, entity, 0, out);
}

tg_status tg_mime_parse_body(const char *content_type, const char *transfer_encoding, const char *disposition,
                             tg_bytes body, tg_arena *arena, tg_mime_part *out, tg_diag *diag)
{
    static const uint8_t nothing = 0;
    const char *values[3] = { content_type, transfer_encoding, disposition };
    tg_bytes cut[3] = { { 0 } };
    tgm_fields fields;
    if (!body.data)
        body = tg_bytes_of(&nothing, 0);
    walk w = begin(body, arena, out, diag);
    for (size_t i = 0; i < 3; i++) {
        if (values[i])
            cut[i] = tg_bytes_of(values[i], strlen(values[i]));
        if (cut[i].len > TG_MIME_MAX_HEADER)
            return refuse(&w, TG_TOO_LARGE, "body", NULL);
    }
    if (body.len > TG_MIME_MAX_OCTETS)
        return refuse(&w, TG_TOO_LARGE, "body", NULL);
    tgm_head head = { .type = cut[0], .encoding = cut[1], .disposition = cut[2] };
    tgm_fields_read(&head, &fields);
    place(&w, body, out);
    return parse_content(&w, &fields, body, 0, out);
}

static const tg_mime_part *find_in(const tg_mime_part *part, const char *type, unsigned depth)
{
    if (strcmp(part->type, type) == 0)
        return part;
    for (size_t i = 0; i < part->num_parts && depth < TG_MIME_MAX_DEPTH; i++) {
        const tg_mime_part *found = find_in(&part->parts[i], type, depth + 1);
        if (found)
            return found;
    }
    return NULL;
}

const tg_mime_part *tg_mime_find(const tg_mime_part *part, const char *type)
{
    return find_in(part, type, 0);
}
