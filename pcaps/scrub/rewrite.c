/* Application messages rewritten in memory, each in its place and as long as it was. */
#include <stdlib.h>

#include "places.h"
#include "texts.h"
#include "ticketgate/messaging.h"

/* ---- containers --------------------------------------------------------------------------------------------- */

/* Where its text lies in the unit. */
typedef struct region {
    size_t at, len;
} region;

/* Behind the first empty line; `at`, where there is none. Lines may end with LF alone. */
static size_t behind_head(const uint8_t *octets, size_t at, size_t end)
{
    for (size_t line = at, next; line < end; line = next) {
        const uint8_t *stop = memchr(octets + line, '\n', end - line);
        next = stop ? (size_t)(stop - octets) + 1 : end;
        if (stop && next - line <= 2 && (next - line == 1 || octets[line] == '\r'))
            return next;
    }
    return at;
}

/* Where nothing was decoded it stands in the unit; base64 of it is as long whatever it becomes. Of quoted-printable, where other octets take other room,
 * there is no region: it is blanked with what is around it. */
static region put_container_text(tgs_scrub *s, tgs_unit *u, const tg_im *im)
{
    region out = { 0 };
    const tg_mime_part *part = im->container;
    const uint8_t *inside = part->content.data;
    size_t len = part->content.len, at = im->request.body_offset + part->offset, end = at + part->length;
    bool is_here = inside >= u->octets && inside + len <= u->octets + u->len;
    if (!is_here && (part->encoding != TG_MIME_ENCODING_BASE64 || end > u->len || part->content_bad)) {
        s->counts->containers_left++;
        return out;
    }
    uint8_t *der = malloc(len + 1);
    if (!der) {
        tgs_fail(s, "memory ran out");
        return out;
    }
    memcpy(der, inside, len);
    tgs_put_container(s, der, len);
    if (is_here) {
        out = (region){ (size_t)(inside - u->octets), len };
        memcpy(u->octets + out.at, der, len);
    } else {
        if (part != im->body) /* a body that is the container alone has no head */
            at = behind_head(u->octets, at, end);
        tgs_put_base64(s, u->octets + at, end - at, der, len);
        out = (region){ at, end - at };
    }
    free(der);
    return out;
}

/* MESSAGE and NOTIFY, before names in them change: MIME is read as it was. Other parts are those of texts.c. */
static region rewrite_immediate(tgs_scrub *s, tgs_unit *u)
{
    region out = { 0 };
    tg_im im;
    tg_diag diag;
    size_t size = tg_im_arena_size(u->len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    if (memory && tg_im_read(tg_bytes_of(u->octets, u->len), &arena, &im, &diag) == TG_OK && im.body && im.container)
        out = put_container_text(s, u, &im);
    free(memory);
    return out;
}

/* ---- one message -------------------------------------------------------------------------------------------- */

static const char *const kept_targets[] = { "/keymanagement", "/keymanagement?requesttype=ticketrequest",
                                            "/keymanagement?requesttype=ticketresolve" };

static void rewrite_http(tgs_scrub *s, tgs_unit *u)
{
    u->head_len = tgs_http_body_at(u);
    tgp_scrub_http(&s->names, (char *)u->octets, u->head_len, kept_targets, sizeof kept_targets / sizeof *kept_targets);
    tgp_scrub_http_body(&s->names, (char *)u->octets, u->len, u->head_len);
}

static void rewrite_sip(tgs_scrub *s, tgs_unit *u)
{
    bool immediate = u->len > 8 && (memcmp(u->octets, "MESSAGE ", 8) == 0 || memcmp(u->octets, "NOTIFY ", 7) == 0);
    region container = immediate ? rewrite_immediate(s, u) : (region){ 0 };
    uint8_t *text = malloc(container.len + 1);
    if (!text) {
        tgs_fail(s, "memory ran out");
        return;
    }
    tgs_other others[TGS_MAX_PLACES];
    size_t num = tgs_take_others(s, u, others);
    memcpy(text, u->octets + container.at, container.len);
    tgs_put_fingerprints(s, (char *)u->octets, u->len);
    tgp_scrub_sip(&s->names, (char *)u->octets, u->len,
                  s->options->profile ? s->options->profile->indications.attribute : "3ge2ae");
    for (size_t i = 0; i < num; i++)
        tgs_put_base64(s, u->octets + others[i].at, others[i].len, others[i].octets, others[i].num_octets);
    memcpy(u->octets + container.at, text, container.len);
    free(text);
}

static void rewrite_one(tgs_scrub *s, tgs_unit *u)
{
    switch (u->kind) {
    case TGP_UNIT_SIP:
        rewrite_sip(s, u);
        break;
    case TGP_UNIT_HTTP:
        rewrite_http(s, u);
        break;
    case TGP_UNIT_MSRP:
        tgp_scrub_msrp_stream(&s->names, (char *)u->octets, u->len);
        break;
    case TGP_UNIT_BFCP:
        tgs_rewrite_bfcp(s, u->octets, u->len);
        break;
    default:
        break; /* TLS: certificates.c */
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
static size_t locate_all(tgs_scrub *s, const tgs_unit *u, tgs_place places[TGS_MAX_PLACES])
{
    uint64_t seen = 0;
    size_t num = 0;
    for (size_t p = 0; p < u->num_pieces; p++) {
        if (p > 0 && u->pieces[p].frame == seen)
            continue;
        seen = u->pieces[p].frame;
        for (size_t i = first_of_frame(s, seen);
             i < s->num_records && s->records[i].frame == seen && num < TGS_MAX_PLACES; i++) {
            if (!tgs_locate(u, &s->records[i], &places[num]))
                continue;
            s->records[i].is_found = true;
            num++;
        }
    }
    return num;
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
        if (u->kind != TGP_UNIT_HTTP)
            continue;
        u->left_out = !bsearch(&u->connection, kms, num, sizeof *kms, by_connection);
        s->counts->left_out[TGP_UNIT_HTTP] += u->left_out;
    }
    free(kms);
}

void tgs_rewrite(tgs_scrub *s)
{
    tgs_rewrite_tls(s);
    if (s->num_records > 0)
        qsort(s->records, s->num_records, sizeof *s->records, by_frame);
    for (size_t i = 0; i < s->num_units && !s->failed; i++) {
        tgs_unit *u = &s->units[i];
        tgs_place places[TGS_MAX_PLACES];
        /* Texts of MIKEY messages are blanked with all the others, and put in anew. */
        size_t num = u->kind == TGP_UNIT_SIP || u->kind == TGP_UNIT_HTTP ? locate_all(s, u, places) : 0;
        rewrite_one(s, u);
        u->holds_mikey = num > 0;
        for (size_t k = 0; k < num; k++)
            tgs_put(s, u, &places[k]);
        if (s->options->interrupted && s->options->interrupted(s->options->user))
            tgs_fail(s, "stopped");
    }
    for (size_t i = 0; i < s->num_records; i++)
        s->counts->blanked += !s->records[i].is_found;
    leave_out_http(s);
}
