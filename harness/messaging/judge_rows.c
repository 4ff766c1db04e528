/* The rows of vectors/SMIME.md section 4, "Messages". */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

/* ---- findings ----------------------------------------------------------------------------------------------- */

typedef struct place {
    const char *path;
    size_t offset, length;
} place;

static place at_part(const tgi_judging *j, const tg_mime_part *part)
{
    return (place){ part->path, j->out->im.request.body_offset + part->offset, part->length };
}

static place at_body(const tgi_judging *j)
{
    return at_part(j, j->out->im.body);
}

/* The start line begins behind empty lines. */
static place at_request_uri(const tgi_judging *j)
{
    size_t start = 0;
    while (start < j->sip.len && (j->sip.data[start] == '\r' || j->sip.data[start] == '\n'))
        start++;
    return (place){ "request_uri", start + strlen(j->out->im.request.method) + 1,
                    strlen(j->out->im.request.request_uri) };
}

static tg_status say_row(tgi_judging *j, const tg_requirement *row, place at, const char *format, va_list arguments)
{
    tg_finding *finding = tg_arena_alloc(j->arena, sizeof *finding);
    if (!finding || j->num_own == TGI_OWN_MAX)
        return TG_ARENA_FULL;
    *finding = (tg_finding){ .requirement = row, .offset = at.offset, .length = at.length };
    snprintf(finding->path, sizeof finding->path, "%s", at.path);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    j->own[j->num_own++] = finding;
    return TG_OK;
}

static tg_status say(tgi_judging *j, const char *id, place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static tg_status say(tgi_judging *j, const char *id, place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tg_status status = say_row(j, tg_requirement_find(id), at, format, arguments);
    va_end(arguments);
    return status;
}

static tg_status must(tgi_judging *j, const char *id, place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Likewise, where a setting has made a SHOULD a MUST. */
static tg_status must(tgi_judging *j, const char *id, place at, const char *format, ...)
{
    tg_requirement *row = tg_arena_alloc(j->arena, sizeof *row);
    va_list arguments;
    if (!row)
        return TG_ARENA_FULL;
    *row = *tg_requirement_find(id);
    row->level = TG_LEVEL_MUST;
    row->on_receive = TG_ON_RECEIVE_REJECT;
    va_start(arguments, format);
    tg_status status = say_row(j, row, at, format, arguments);
    va_end(arguments);
    return status;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static tg_status check_transfer_init(tgi_judging *j)
{
    const tg_im *im = &j->out->im;
    if (!im->container || im->transfer_init.len > 0)
        return TG_OK;
    return im->mikey
               ? say(j, "TS33328-F.3-12", at_part(j, im->mikey),
                     "expected a TRANSFER_INIT, found none that can be read")
               : say(j, "TS33328-F.3-12", at_body(j), "expected application/mikey beside the container, found none");
}

static tg_status check_request_uri(tgi_judging *j)
{
    const tg_im *im = &j->out->im;
    const tg_ticket *ticket = im->transfer_init.len > 0 ? tgi_ticket_of(j->transfer_init) : NULL;
    if (!ticket || tgi_allows(ticket, im->target))
        return TG_OK;
    return (j->settings->request_uri == TG_REQUEST_URI_MUST ? must : say)(
        j, "TS33328-F.3-13", at_request_uri(j), "expected one who may resolve the ticket, found another");
}

static tg_status check_key(tgi_judging *j)
{
    const tgi_session *s = &j->session;
    const tg_im *im = &j->out->im;
    if (!im->container)
        return TG_OK;
    if (s->key && !tgi_is_gtgk(s->key))
        return say(j, "TS33328-F.3-14", at_part(j, im->container), "expected the key of a GTGK, found another");
    if (j->by_session && tgi_is_cut(j) && tgi_container_of(j)->outcome != TG_SMIME_OPENED)
        return say(j, "TS33328-F.3-14", at_part(j, im->container),
                   "expected a container that opens with the key of crypto session %u, found one that does not",
                   s->cs->cs_id);
    return TG_OK;
}

static tg_status check_beside(tgi_judging *j)
{
    const tg_mime_part *beside = tgi_beside_container(&j->out->im);
    return beside ? say(j, "TS33328-F.3-14", at_part(j, beside),
                        "expected all that is for the terminal in one container, found %.100s beside it", beside->type)
                  : TG_OK;
}

/* The first part of a kind, containers not opened. */
static const tg_mime_part *find_clear(const tg_mime_part *part, const tg_im *im)
{
    if (part == im->mikey || part == im->container || tgi_is_for_servers(part) ||
        strcmp(part->type, "application/mikey") == 0)
        return NULL;
    if (part->num_parts == 0 && strncmp(part->type, "multipart/", 10) != 0)
        return part->content.len > 0 ? part : NULL;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *found = find_clear(&part->parts[i], im);
        if (found)
            return found;
    }
    return NULL;
}

static tg_status check_clear(tgi_judging *j)
{
    const tg_im *im = &j->out->im;
    const tg_mime_part *clear = im->mikey && !im->container ? find_clear(im->body, im) : NULL;
    return clear
               ? say(j, "TS33328-F.3-16", at_part(j, clear), "expected a container, found %.100s in clear", clear->type)
               : TG_OK;
}

/* What is inside is cut again: depth and number are bounded as those of the body. */
static tg_status check_inside(tgi_judging *j)
{
    tg_mime_part inside;
    tg_diag diag;
    if (!tgi_is_cut(j) || tgi_container_of(j)->outcome != TG_SMIME_OPENED)
        return TG_OK;
    tg_status status = tg_mime_parse(tgi_container_of(j)->content, j->arena, &inside, &diag);
    if (status == TG_ARENA_FULL || status == TG_NO_MEMORY)
        return status;
    const tg_mime_part *found = status == TG_OK ? tg_im_part_for_servers(&inside) : NULL;
    return found ? say(j, "TS33328-F.3-15", at_part(j, j->out->im.container),
                       "expected nothing for servers inside, found %.100s", found->type)
                 : TG_OK;
}

static tg_status check_key_id(tgi_judging *j)
{
    const tg_smime *c = &tgi_container_of(j)->container;
    const tg_smime_recipient *first = NULL;
    if (!tgi_is_cut(j) || j->session.id_len == 0)
        return TG_OK;
    for (size_t i = 0; i < c->num_recipients; i++) {
        const tg_smime_recipient *r = &c->recipients[i];
        if (r->kind != TG_SMIME_KEKRI)
            continue;
        if (tg_bytes_equal(r->key_id, j->key.id))
            return TG_OK;
        first = first ? first : r;
    }
    return first ? say(j, "TS33328-I.2.2-x02", at_part(j, j->out->im.container),
                       "expected the keyIdentifier of crypto session %u, found another", j->session.cs->cs_id)
                 : TG_OK;
}

/* RFC 3323: who wants to stay unnamed puts this domain into From. */
static bool is_anonymous(const char *uri)
{
    static const char domain[] = "anonymous.invalid";
    const char *colon = strchr(uri, ':'), *at = strchr(uri, '@');
    const char *host = at ? at + 1 : colon ? colon + 1 : uri;
    size_t len = strcspn(host, ":;?");
    return len == sizeof domain - 1 && strncasecmp(host, domain, len) == 0;
}

/* A wildcard in the ticket names nobody. */
static bool is_sender(tg_bytes uid, const tg_identity *sender)
{
    return uid.len > 0 && !memchr(sender->data.data, '?', sender->data.len) &&
           tg_kms_uid_matches(uid, tg_without_scheme(sender->data));
}

static tg_status check_sender(tgi_judging *j)
{
    const tg_sip_request *request = &j->out->im.request;
    const tg_identity *sender = &j->out->sender;
    const place head = { request->has_asserted ? "p_asserted_identity" : "from", 0, request->body_offset };
    if (j->out->origin != TG_IM_ORIGIN_PROVEN || !sender->known || sender->data.len == 0)
        return TG_OK;
    if (!request->has_asserted && is_anonymous(request->from))
        return TG_OK;
    tg_bytes uid = request->has_asserted ? j->out->im.caller : tgi_uid_of(request->from, j->arena);
    return is_sender(uid, sender)
               ? TG_OK
               : say(j, "TS33328-F.3-x01", head, "expected who is proven to be the origin, found another or nobody");
}

static tg_status check_prot_type(tgi_judging *j)
{
    const tgi_session *s = &j->session;
    if (!j->out->im.container || !s->cs || !s->prot_known || s->is_smime)
        return TG_OK;
    return say(j, "TS33328-J.1-03", at_part(j, j->out->im.mikey ? j->out->im.mikey : j->out->im.container),
               "expected Prot type %d (PSK S/MIME), found %u",
               j->knowledge->known->profile.prot_types[TG_PROT_KIND_PSK_SMIME], s->cs->prot_type);
}

static tg_status check_notify(tgi_judging *j)
{
    const tg_mime_part *found = tgi_state_in_clear(&j->out->im);
    return found ? say(j, "TS33328-G.3.3-02", at_part(j, found),
                       "expected conference state in a container, found it in clear")
                 : TG_OK;
}

tg_status tgi_check_rows(tgi_judging *j)
{
    if (tgi_is_message(&j->out->im)) {
        TRY(check_transfer_init(j));
        TRY(check_request_uri(j));
        TRY(check_clear(j));
        TRY(check_key(j));
        TRY(check_beside(j));
        TRY(check_sender(j));
        TRY(check_inside(j));
    }
    TRY(check_key_id(j));
    TRY(check_prot_type(j));
    return check_notify(j);
}
