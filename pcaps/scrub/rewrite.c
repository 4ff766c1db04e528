/* Application messages rewritten in memory, each in its place and as long as it was. */
#include <ctype.h>
#include <stdlib.h>

#include "replace.h"
#include "scrubbing.h"
#include "texts.h"
#include "ticketgate/messaging.h"

/* ---- MIKEY messages ----------------------------------------------------------------------------------------- */

/* Base64 over base64: white space between stays where it is, and so does the padding. */
static void put_base64(tgs_scrub *s, uint8_t *text, size_t len, const uint8_t *octets, size_t num_octets)
{
    if (!tgp_replace_base64(text, len, tg_bytes_of(octets, num_octets)))
        tgs_fail(s, "memory ran out");
}

static bool place_of(const tgs_unit *u, const tgs_record *r, size_t *offset)
{
    return tgp_replace_place(u->pieces, u->num_pieces, u->len, r->frame, r->frame_offset, offset);
}

/* Base64 that is broken cannot be made anew: its letters go, what breaks it stays. */
static void blank_base64(uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len && (isgraph(text[i]) || text[i] == ' '); i++) {
        if (isalnum(text[i]))
            text[i] = 'x';
    }
}

static void put_record(tgs_scrub *s, tgs_unit *u, const tgs_record *r, size_t at)
{
    uint8_t first[4] = { 0 };
    size_t len = 0, error_at;
    bool raw = r->len > 0 && u->len - at >= r->len && u->octets[at] == 1;
    if (raw)
        memcpy(u->octets + at, r->octets, r->len);
    else if (r->len > 0 && (r->parses || tg_base64_decode((const char *)u->octets + at, 4, first, &len, &error_at) == TG_OK))
        put_base64(s, u->octets + at, u->len - at, r->octets, r->len);
    else
        blank_base64(u->octets + at, u->len - at);
}

/* ---- containers --------------------------------------------------------------------------------------------- */

static void put_container_text(tgs_scrub *s, tgs_unit *u, const tg_im *im)
{
    const tg_mime_part *part = im->container;
    size_t len = part->content.len;
    uint8_t *der = malloc(len + 1);
    if (!der) {
        tgs_fail(s, "memory ran out");
        return;
    }
    memcpy(der, part->content.data, len);
    tgs_put_container(s, der, len);
    size_t at = im->request.body_offset + part->offset, end = at + part->length;
    const uint8_t *inside = part->content.data;
    if (inside >= u->octets && inside + len <= u->octets + u->len) {
        memcpy(u->octets + (inside - u->octets), der, len); /* binary: where it stands */
    } else if (end <= u->len && !part->content_bad) {
        /* Behind the headers of the part; a body that is the container alone has none. */
        for (size_t i = at; i + 4 <= end && part != im->body; i++) {
            if (memcmp(u->octets + i, "\r\n\r\n", 4) == 0) {
                at = i + 4;
                break;
            }
        }
        put_base64(s, u->octets + at, end - at, der, len);
    }
    free(der);
}

/* Other parts, that are neither SDP nor MIKEY nor a container. */
static void blank_part(tgs_scrub *s, tgs_unit *u, const tg_im *im, const tg_mime_part *part)
{
    size_t at = im->request.body_offset + part->offset, end = at + part->length;
    bool has_headers = part != im->body;
    if (part->num_parts > 0 || part == im->container || part == im->mikey || strcmp(part->type, "application/sdp") == 0 || end > u->len)
        return;
    for (size_t i = at; i + 4 <= end && has_headers; i++) {
        if (memcmp(u->octets + i, "\r\n\r\n", 4) == 0) {
            at = i + 4;
            has_headers = false;
        }
    }
    if (has_headers)
        return;
    if (strstr(part->type, "xml") || strstr(part->type, "resource-lists"))
        tgp_names_text(&s->names, (char *)u->octets + at, end - at);
    else
        tgp_scrub_blank((char *)u->octets + at, end - at);
}

static void rewrite_parts(tgs_scrub *s, tgs_unit *u, const tg_im *im, const tg_mime_part *part, unsigned depth)
{
    blank_part(s, u, im, part);
    for (size_t i = 0; depth < 4 && i < part->num_parts; i++)
        rewrite_parts(s, u, im, &part->parts[i], depth + 1);
}

/* MESSAGE and NOTIFY, before names in them change: MIME is read as it was. */
static void rewrite_immediate(tgs_scrub *s, tgs_unit *u)
{
    tg_im im;
    tg_diag diag;
    size_t size = tg_im_arena_size(u->len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    if (memory && tg_im_read(tg_bytes_of(u->octets, u->len), &arena, &im, &diag) == TG_OK && im.body) {
        if (im.container)
            put_container_text(s, u, &im);
        rewrite_parts(s, u, &im, im.body, 0);
    }
    free(memory);
}

/* ---- one message -------------------------------------------------------------------------------------------- */

static const char *const kept_targets[] = { "/keymanagement", "/keymanagement?requesttype=ticketrequest", "/keymanagement?requesttype=ticketresolve" };

static void rewrite_http(tgs_scrub *s, tgs_unit *u)
{
    size_t at = 0;
    while (at < u->len && !(at + 4 <= u->len && memcmp(u->octets + at, "\r\n\r\n", 4) == 0))
        at++;
    u->head_len = at < u->len ? at + 4 : u->len;
    tgp_scrub_http(&s->names, (char *)u->octets, u->head_len, kept_targets, sizeof kept_targets / sizeof *kept_targets);
}

/* RFC 8855 5.1: behind the common header, attributes with texts and numbers; RFC 3550 5.1: behind header and CSRCs, media. */
static void rewrite_binary(tgs_scrub *s, tgs_unit *u)
{
    size_t at = 12;
    if (u->kind == TGP_UNIT_RTP) {
        at += u->len > 0 ? (size_t)(u->octets[0] & 15) * 4 : 0;
        if (at < u->len)
            memset(u->octets + at, 0, u->len - at);
        return;
    }
    for (size_t i = at; i < u->len;) {
        size_t n = 0;
        while (i + n < u->len && isprint(u->octets[i + n]))
            n++;
        if (n >= 3)
            tgp_names_text(&s->names, (char *)u->octets + i, n);
        i += n + 1;
    }
}

static void rewrite_sip(tgs_scrub *s, tgs_unit *u)
{
    bool immediate = u->len > 8 && (memcmp(u->octets, "MESSAGE ", 8) == 0 || memcmp(u->octets, "NOTIFY ", 7) == 0);
    if (immediate)
        rewrite_immediate(s, u);
    tgs_put_fingerprints(s, (char *)u->octets, u->len);
    tgp_scrub_sip(&s->names, (char *)u->octets, u->len, s->options->profile ? s->options->profile->indications.attribute : "3ge2ae");
}

static void rewrite_one(tgs_scrub *s, tgs_unit *u)
{
    switch (u->kind) {
    case TGP_UNIT_SIP: rewrite_sip(s, u); break;
    case TGP_UNIT_HTTP: rewrite_http(s, u); break;
    case TGP_UNIT_MSRP: tgp_scrub_msrp(&s->names, (char *)u->octets, u->len); break;
    case TGP_UNIT_BFCP:
    case TGP_UNIT_RTP: rewrite_binary(s, u); break;
    default: break; /* TLS: certificates.c */
    }
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

static int by_frame(const void *a, const void *b)
{
    const tgs_record *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return x->frame_offset < y->frame_offset ? -1 : x->frame_offset > y->frame_offset;
}

static size_t first_of_frame(const tgs_scrub *s, uint64_t frame)
{
    size_t low = 0, high = s->num_records;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->records[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The records that begin in it. */
static void put_records(tgs_scrub *s, tgs_unit *u)
{
    uint64_t seen = 0;
    for (size_t p = 0; p < u->num_pieces; p++) {
        if (p > 0 && u->pieces[p].frame == seen)
            continue;
        seen = u->pieces[p].frame;
        for (size_t i = first_of_frame(s, seen); i < s->num_records && s->records[i].frame == seen; i++) {
            size_t at;
            if (!place_of(u, &s->records[i], &at))
                continue;
            put_record(s, u, &s->records[i], at);
            u->holds_mikey = true;
        }
    }
}

static int by_connection(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* HTTP goes along where a MIKEY message is in its connection. */
static void leave_out_http(tgs_scrub *s)
{
    size_t num = 0;
    uint64_t *kms = calloc(s->num_units + 1, sizeof *kms);
    if (!kms) {
        tgs_fail(s, "memory ran out");
        return;
    }
    for (size_t i = 0; i < s->num_units; i++) {
        if (s->units[i].kind == TGP_UNIT_HTTP && s->units[i].holds_mikey)
            kms[num++] = s->units[i].connection;
    }
    qsort(kms, num, sizeof *kms, by_connection);
    for (size_t i = 0; i < s->num_units; i++) {
        tgs_unit *u = &s->units[i];
        u->left_out = u->kind == TGP_UNIT_HTTP && !bsearch(&u->connection, kms, num, sizeof *kms, by_connection);
        s->counts->left_out[TGP_UNIT_HTTP] += u->left_out;
    }
    free(kms);
}

/* What a TEK protects cannot be made anew under another one here: the connection goes. */
static void leave_out_tls(tgs_scrub *s)
{
    for (size_t i = 0; i < s->num_units; i++) {
        tgs_unit *u = &s->units[i];
        for (size_t k = 0; u->kind == TGP_UNIT_TLS && !u->left_out && k < s->num_secret_ends; k++) {
            const tgp_endpoint *client = &s->secret_ends[k].client, *server = &s->secret_ends[k].server;
            u->left_out = (tgp_endpoint_equals(&u->source, client) && tgp_endpoint_equals(&u->destination, server)) ||
                          (tgp_endpoint_equals(&u->source, server) && tgp_endpoint_equals(&u->destination, client));
        }
        s->counts->left_out[TGP_UNIT_TLS] += u->kind == TGP_UNIT_TLS && u->left_out;
    }
}

void tgs_rewrite(tgs_scrub *s)
{
    tgs_rewrite_tls(s);
    qsort(s->records, s->num_records, sizeof *s->records, by_frame);
    for (size_t i = 0; i < s->num_units && !s->failed; i++) {
        tgs_unit *u = &s->units[i];
        rewrite_one(s, u);
        put_records(s, u);
        if (u->kind == TGP_UNIT_HTTP && !u->holds_mikey && u->head_len < u->len)
            tgp_scrub_blank((char *)u->octets + u->head_len, u->len - u->head_len);
    }
    leave_out_http(s);
    leave_out_tls(s);
}
