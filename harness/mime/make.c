/* Entities and bodies that are sent. */
#include <stdio.h>

#include "gmime.h"
#include "multipart.h"

#define HEADERS_MAX 4096 /* of what is made: names are short */
#define LINE_OCTETS 57   /* 76 characters [RFC 2045 6.8] */
#define BOUNDARY_OCTETS 16
#define BOUNDARY_TRIES 16

/* ---- one container ------------------------------------------------------------------------------------------ */

size_t tg_mime_wrapped_size(size_t container_len)
{
    return HEADERS_MAX + (container_len + LINE_OCTETS - 1) / LINE_OCTETS * (LINE_OCTETS / 3 * 4 + 2) + 1;
}

static const char *smime_type(const tg_mime_form *form)
{
    switch (form->type) {
    case TG_SMIME_TYPE_IS_AUTH_ENVELOPED:
        return form->settings->smime_type == TG_SMIME_TYPE_AUTHENVELOPED ? "authEnveloped-data" : "auth-enveloped-data";
    case TG_SMIME_TYPE_IS_AUTHENTICATED:
        return "authenticated-data";
    case TG_SMIME_TYPE_IS_ENVELOPED:
        return "enveloped-data";
    default:
        return NULL;
    }
}

static bool name_is_good(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)name[i] < 32 || name[i] == 127)
            return false;
    return len > 0 && len < TG_MIME_TEXT_MAX;
}

static tg_status write_headers(const tg_mime_form *form, const char *type, char out[HEADERS_MAX])
{
    const char *name = form->name ? form->name : "smime.p7m";
    const char *encoding = form->settings->smime_encoding == TG_SMIME_ENCODING_BASE64 ? "base64" : "binary";
    const tgm_param params[2] = { { "smime-type", type }, { "name", name } }, file = { "filename", name };
    char first[HEADERS_MAX / 2], last[HEADERS_MAX / 2 - 256];
    if (!name_is_good(name) ||
        !tgm_gmime_header("Content-Type", "application/pkcs7-mime", params, 2, first, sizeof first) ||
        !tgm_gmime_header("Content-Disposition", "attachment", &file, 1, last, sizeof last))
        return TG_OVERFLOW;
    (void)snprintf(out, HEADERS_MAX, "%s\r\nContent-Transfer-Encoding: %s\r\n%s\r\n\r\n", first, encoding, last);
    return TG_OK;
}

static void put_lines(tg_writer *w, tg_bytes octets)
{
    char line[LINE_OCTETS / 3 * 4 + 3];
    for (size_t from = 0; from < octets.len; from += LINE_OCTETS) {
        size_t len = octets.len - from < LINE_OCTETS ? octets.len - from : LINE_OCTETS;
        tg_base64_encode(tg_bytes_of(octets.data + from, len), line);
        len = strlen(line);
        memcpy(line + len, "\r\n", 2);
        tg_put_bytes(w, tg_bytes_of(line, len + 2));
    }
}

tg_status tg_mime_wrap(const tg_mime_form *form, tg_bytes container, uint8_t *out, size_t max, size_t *len)
{
    char headers[HEADERS_MAX];
    *len = 0;
    const char *type = smime_type(form);
    if (!type)
        return TG_REFUSED;
    if (container.len > TG_SMIME_MAX_OCTETS)
        return TG_TOO_LARGE;
    tg_status status = write_headers(form, type, headers);
    if (status != TG_OK)
        return status;
    tg_writer w = tg_writer_of(out, max);
    tg_put_bytes(&w, tg_bytes_of(headers, strlen(headers)));
    if (form->settings->smime_encoding == TG_SMIME_ENCODING_BASE64)
        put_lines(&w, container);
    else
        tg_put_bytes(&w, container);
    if (tg_writer_status(&w) == TG_OK)
        *len = w.len;
    return tg_writer_status(&w);
}

/* ---- several entities --------------------------------------------------------------------------------------- */

size_t tg_mime_joined_size(const tg_bytes *entities, size_t num)
{
    size_t size = 64; /* the end */
    for (size_t i = 0; i < num; i++)
        size += entities[i].len + 64;
    return size;
}

/* A boundary that no entity has. A source of random octets that never gives one is broken. */
static tg_status new_boundary(const tg_bytes *entities, size_t num, const tg_random *random, char boundary[64])
{
    for (unsigned tries = 0; tries < BOUNDARY_TRIES; tries++) {
        uint8_t octets[BOUNDARY_OCTETS];
        bool held = false;
        tg_status status = random->fill(random->user, octets, sizeof octets);
        if (status != TG_OK)
            return status;
        memcpy(boundary, "part-", 5);
        tg_hex_encode(tg_bytes_of(octets, sizeof octets), boundary + 5);
        for (size_t i = 0; i < num && !held; i++)
            held = tgm_holds(entities[i], boundary);
        if (!held)
            return TG_OK;
    }
    return TG_REFUSED;
}

static tg_status join_several(const tg_bytes *entities, size_t num, const char *boundary, tg_writer *w)
{
    for (size_t i = 0; i < num; i++) {
        tg_put_bytes(w, tg_bytes_of("--", 2));
        tg_put_bytes(w, tg_bytes_of(boundary, strlen(boundary)));
        tg_put_bytes(w, tg_bytes_of("\r\n", 2));
        tg_put_bytes(w, entities[i]);
        tg_put_bytes(w, tg_bytes_of("\r\n", 2));
    }
    tg_put_bytes(w, tg_bytes_of("--", 2));
    tg_put_bytes(w, tg_bytes_of(boundary, strlen(boundary)));
    tg_put_bytes(w, tg_bytes_of("--\r\n", 4));
    return tg_writer_status(w);
}

/* The value as one line. */
static tg_status take_value(tg_bytes value, char content_type[160])
{
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c == '\r' || c == '\n' || (len == 0 && (c == ' ' || c == '\t')))
            continue;
        if (len == 159)
            return TG_OVERFLOW;
        content_type[len++] = (char)c;
    }
    content_type[len] = '\0';
    return TG_OK;
}

static tg_status join_one(tg_bytes entity, char content_type[160], tg_writer *w)
{
    tgm_head head;
    size_t fault_at;
    tg_status status = tgm_head_cut(entity, false, &head, &fault_at);
    if (status != TG_OK)
        return status;
    tg_bytes value = head.type.data ? head.type : tg_bytes_of("text/plain", 10);
    status = take_value(value, content_type);
    if (status != TG_OK)
        return status;
    tg_put_bytes(w, tg_bytes_of(entity.data + head.body_at, entity.len - head.body_at));
    return tg_writer_status(w);
}

tg_status tg_mime_join(const tg_bytes *entities, size_t num, const tg_random *random, char content_type[160],
                       uint8_t *out, size_t max, size_t *len)
{
    char boundary[64];
    tg_writer w = tg_writer_of(out, max);
    content_type[0] = '\0';
    *len = 0;
    if (num == 0)
        return TG_NOT_FOUND;
    if (num > TG_MIME_MAX_PARTS)
        return TG_TOO_LARGE;
    tg_status status =
        num == 1 ? join_one(entities[0], content_type, &w) : new_boundary(entities, num, random, boundary);
    if (num > 1 && status == TG_OK) {
        (void)snprintf(content_type, 160, "multipart/mixed; boundary=\"%s\"", boundary);
        status = join_several(entities, num, boundary, &w);
    }
    if (status == TG_OK)
        *len = w.len;
    else
        content_type[0] = '\0';
    return status;
}
