/* A SIP request judged: the rows of vectors/SMIME.md section 4, "Messages", beside those of the entity and the container. */
#include <stdarg.h>
#include <stdio.h>

#include "im.h"

#define OWN_MAX 16 /* findings of this file: a row has one place */
#define NO_INDEX SIZE_MAX

typedef struct judging {
    tg_crypto *crypto;
    const tg_im_knowledge *knowledge;
    const tg_settings *settings;
    tg_arena *arena;
    tg_im_judgement *out;
    tg_bytes sip;
    const tg_finding *own[OWN_MAX];
    size_t num_own;
    const tg_message *transfer_init; /* of the body, or of the conversation where the body has none; NULL: none */
    tg_conversation *conversation;   /* NULL: none */
    size_t index;                    /* of that message in the conversation */
    tgi_session session;             /* with a conversation */
    tg_smime_key key;                /* of the session */
    bool by_session;                 /* it is the key that is tried */
} judging;

/* ---- findings ----------------------------------------------------------------------------------------------- */

typedef struct place {
    const char *path;
    size_t offset, length;
} place;

static place at_part(const judging *j, const tg_mime_part *part)
{
    return (place){ part->path, j->out->im.request.body_offset + part->offset, part->length };
}

static place at_body(const judging *j)
{
    return at_part(j, j->out->im.body);
}

/* The start line begins behind empty lines. */
static place at_request_uri(const judging *j)
{
    size_t start = 0;
    while (start < j->sip.len && (j->sip.data[start] == '\r' || j->sip.data[start] == '\n'))
        start++;
    return (place){ "request_uri", start + strlen(j->out->im.request.method) + 1,
                    strlen(j->out->im.request.request_uri) };
}

static tg_status say_row(judging *j, const tg_requirement *row, place at, const char *format, va_list arguments)
{
    tg_finding *finding = tg_arena_alloc(j->arena, sizeof *finding);
    if (!finding || j->num_own == OWN_MAX)
        return TG_ARENA_FULL;
    *finding = (tg_finding){ .requirement = row, .offset = at.offset, .length = at.length };
    snprintf(finding->path, sizeof finding->path, "%s", at.path);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    j->own[j->num_own++] = finding;
    return TG_OK;
}

static tg_status say(judging *j, const char *id, place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static tg_status say(judging *j, const char *id, place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tg_status status = say_row(j, tg_requirement_find(id), at, format, arguments);
    va_end(arguments);
    return status;
}

static tg_status must(judging *j, const char *id, place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Likewise, where a setting has made a SHOULD a MUST. */
static tg_status must(judging *j, const char *id, place at, const char *format, ...)
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

/* ---- the conversation --------------------------------------------------------------------------------------- */

static const tg_judgement *judgement_of(const judging *j)
{
    return j->conversation && j->index != NO_INDEX ? tg_conversation_judgement(j->conversation, j->index) : NULL;
}

static bool is_transfer_init(const tg_judgement *judgement)
{
    return judgement->message && judgement->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT;
}

/* The message that the rows speak of: at the place, or, where there is no place, the same octets; without application/mikey the last authentic one. */
static size_t find_index(const judging *j)
{
    const tg_im_knowledge *k = j->knowledge;
    tg_bytes wanted = j->out->im.transfer_init;
    size_t found = NO_INDEX;
    for (size_t i = 0; i < k->num_sent; i++) {
        const tg_judgement *judgement = tg_conversation_judgement(j->conversation, i);
        if (wanted.len > 0 && !k->sent[i].octets.data)
            return i;
        if (!is_transfer_init(judgement))
            continue;
        if (wanted.len > 0 ? tg_bytes_equal(k->sent[i].octets, wanted)
                           : !j->out->im.mikey && judgement->auth == TG_OUTCOME_OK)
            found = i;
    }
    return found;
}

static tg_status hold_conversation(judging *j)
{
    const tg_im_knowledge *k = j->knowledge;
    TRY(tg_conversation_new(j->crypto, k->known, k->num_sent, j->arena, &j->conversation));
    for (size_t i = 0; i < k->num_sent; i++) {
        tg_sent sent = k->sent[i];
        if (!sent.octets.data) /* empty where there is none: it is no message, and nothing is learned from it */
            sent.octets = j->out->im.transfer_init.len > 0 ? j->out->im.transfer_init : tg_bytes_of("", 0);
        TRY(tg_conversation_add(j->conversation, &sent));
    }
    j->index = find_index(j);
    const tg_judgement *judgement = judgement_of(j);
    if (judgement && judgement->message)
        j->transfer_init = judgement->message;
    return TG_OK;
}

static void find_session(judging *j)
{
    const tg_judgement *judgement = judgement_of(j);
    if (!judgement || !is_transfer_init(judgement))
        return;
    tgi_session_of(judgement->message, &j->knowledge->known->profile, j->settings, &j->session);
    if (!j->session.cs)
        return;
    j->session.tek = tgi_tek_of(judgement->derived.cs, judgement->derived.num_cs, j->session.cs->cs_id);
    if (j->session.cs->spi.len > 0)
        j->session.key = tg_conversation_find_key(j->conversation, j->session.cs->spi);
    j->key = (tg_smime_key){ tg_bytes_of(j->session.id, j->session.id_len), j->session.tek };
    j->by_session = j->session.tek.len > 0;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static bool is_message(const judging *j)
{
    return strcmp(j->out->im.request.method, "MESSAGE") == 0;
}

static tg_status check_transfer_init(judging *j)
{
    const tg_im *im = &j->out->im;
    if (!im->container || im->transfer_init.len > 0)
        return TG_OK;
    return im->mikey
               ? say(j, "TS33328-F.3-12", at_part(j, im->mikey),
                     "expected a TRANSFER_INIT, found none that can be read")
               : say(j, "TS33328-F.3-12", at_body(j), "expected application/mikey beside the container, found none");
}

static tg_status check_request_uri(judging *j)
{
    const tg_im *im = &j->out->im;
    const tg_ticket *ticket = im->transfer_init.len > 0 ? tgi_ticket_of(j->transfer_init) : NULL;
    if (!ticket || tgi_allows(ticket, im->target))
        return TG_OK;
    return (j->settings->request_uri == TG_REQUEST_URI_MUST ? must : say)(
        j, "TS33328-F.3-13", at_request_uri(j), "expected one who may resolve the ticket, found another");
}

static const tg_smime_judgement *container_of(const judging *j)
{
    return &j->out->mime.container;
}

/* It was looked at, and could be cut. */
static bool is_cut(const judging *j)
{
    return j->out->im.container && j->out->mime.part && !j->out->mime.part->content_bad &&
           container_of(j)->container.octets.len > 0;
}

static tg_status check_key(judging *j)
{
    const tgi_session *s = &j->session;
    const tg_im *im = &j->out->im;
    if (!im->container)
        return TG_OK;
    if (s->key && !tgi_is_gtgk(s->key))
        return say(j, "TS33328-F.3-14", at_part(j, im->container), "expected the key of a GTGK, found another");
    if (j->by_session && is_cut(j) && container_of(j)->outcome != TG_SMIME_OPENED)
        return say(j, "TS33328-F.3-14", at_part(j, im->container),
                   "expected a container that opens with the key of crypto session %u, found one that does not",
                   s->cs->cs_id);
    return TG_OK;
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

static tg_status check_clear(judging *j)
{
    const tg_im *im = &j->out->im;
    const tg_mime_part *clear = im->mikey && !im->container ? find_clear(im->body, im) : NULL;
    return clear
               ? say(j, "TS33328-F.3-16", at_part(j, clear), "expected a container, found %.100s in clear", clear->type)
               : TG_OK;
}

/* What is inside is cut again: depth and number are bounded as those of the body. */
static tg_status check_inside(judging *j)
{
    tg_mime_part inside;
    tg_diag diag;
    if (!is_cut(j) || container_of(j)->outcome != TG_SMIME_OPENED)
        return TG_OK;
    tg_status status = tg_mime_parse(container_of(j)->content, j->arena, &inside, &diag);
    if (status == TG_ARENA_FULL || status == TG_NO_MEMORY)
        return status;
    const tg_mime_part *found = status == TG_OK ? tg_im_part_for_servers(&inside) : NULL;
    return found ? say(j, "TS33328-F.3-15", at_part(j, j->out->im.container),
                       "expected nothing for servers inside, found %.100s", found->type)
                 : TG_OK;
}

static tg_status check_key_id(judging *j)
{
    const tg_smime *c = &container_of(j)->container;
    const tg_smime_recipient *first = NULL;
    if (!is_cut(j) || j->session.id_len == 0)
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

static tg_status check_prot_type(judging *j)
{
    const tgi_session *s = &j->session;
    if (!j->out->im.container || !s->cs || !s->prot_known || s->is_smime)
        return TG_OK;
    return say(j, "TS33328-J.1-03", at_part(j, j->out->im.mikey ? j->out->im.mikey : j->out->im.container),
               "expected Prot type %d (PSK S/MIME), found %u",
               j->knowledge->known->profile.prot_types[TG_PROT_KIND_PSK_SMIME], s->cs->prot_type);
}

static const tg_mime_part *find_type(const tg_mime_part *part, const char *type, const tg_mime_part *without)
{
    if (part == without)
        return NULL;
    if (strcmp(part->type, type) == 0)
        return part;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *found = find_type(&part->parts[i], type, without);
        if (found)
            return found;
    }
    return NULL;
}

static tg_status check_notify(judging *j)
{
    const tg_im *im = &j->out->im;
    if (!tgi_is_notify(im) || strcmp(im->request.event, "conference") != 0)
        return TG_OK;
    const tg_mime_part *found = find_type(im->body, "application/conference-info+xml", im->container);
    return found ? say(j, "TS33328-G.3.3-02", at_part(j, found),
                       "expected conference state in a container, found it in clear")
                 : TG_OK;
}

static tg_status check_all(judging *j)
{
    if (is_message(j)) {
        TRY(check_transfer_init(j));
        TRY(check_request_uri(j));
        TRY(check_clear(j));
        TRY(check_key(j));
        TRY(check_inside(j));
    }
    TRY(check_key_id(j));
    TRY(check_prot_type(j));
    return check_notify(j);
}

/* ---- origin ------------------------------------------------------------------------------------------------- */

static bool rejects(const tg_judgement *judgement)
{
    for (size_t i = 0; i < judgement->num_findings; i++) {
        if (judgement->findings[i]->requirement->on_receive == TG_ON_RECEIVE_REJECT)
            return true;
    }
    return false;
}

static size_t csb_id_of(const tg_judgement *judgement)
{
    return judgement->message->hdr.csb_id;
}

/* The KMS answers a RESOLVE_INIT only when Vr verifies (RFC 6043 4.2.3.4). */
static bool kms_has_verified(const judging *j, const tg_ticket *ticket)
{
    size_t resolved = NO_INDEX;
    for (size_t i = 0; i < tg_conversation_num(j->conversation); i++) {
        const tg_judgement *judgement = tg_conversation_judgement(j->conversation, i);
        if (!judgement->message)
            continue;
        uint8_t type = judgement->message->hdr.data_type;
        const tg_ticket *its = tgi_ticket_of(judgement->message);
        if (type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK)
            resolved = its && tgi_same_ticket(its, ticket) ? i : NO_INDEX;
        else if (type == TG_DATA_TYPE_RESOLVE_RESP && judgement->auth == TG_OUTCOME_OK && resolved != NO_INDEX &&
                 csb_id_of(judgement) == csb_id_of(tg_conversation_judgement(j->conversation, resolved)))
            return true;
    }
    return false;
}

static void judge_origin(judging *j)
{
    const tg_judgement *judgement = judgement_of(j);
    const tg_ticket *ticket = judgement ? tgi_ticket_of(judgement->message) : NULL;
    j->out->has_origin = j->knowledge->has_conversation;
    if (!ticket || j->out->im.transfer_init.len == 0 || !is_transfer_init(judgement))
        return;
    bool verified = judgement->vr_auth == TG_OUTCOME_OK ||
                    (judgement->vr_auth == TG_OUTCOME_SKIPPED && kms_has_verified(j, ticket));
    if (judgement->auth != TG_OUTCOME_OK || rejects(judgement) || !(ticket->flags & TG_FLAG('I')) || !verified ||
        !j->by_session || !is_cut(j) || container_of(j)->outcome != TG_SMIME_OPENED)
        return;
    const tg_idr *i = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_I);
    j->out->origin = TG_IM_ORIGIN_PROVEN;
    if (i)
        j->out->sender = (tg_identity){ true, i->id_type, i->id_data };
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* Findings of the entity are of the body; here they are of the request. */
static tg_status take_findings(judging *j)
{
    tg_im_judgement *out = j->out;
    size_t num = out->im.container ? out->mime.num_findings : 0;
    const tg_finding **all = tg_arena_alloc(j->arena, (num + j->num_own + 1) * sizeof *all);
    if (!all)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++) {
        tg_finding *moved = tg_arena_alloc(j->arena, sizeof *moved);
        if (!moved)
            return TG_ARENA_FULL;
        *moved = *out->mime.findings[i];
        moved->offset += out->im.request.body_offset;
        all[out->num_findings++] = moved;
    }
    for (size_t i = 0; i < j->num_own; i++)
        all[out->num_findings++] = j->own[i];
    out->findings = all;
    for (size_t i = 0; i < out->num_findings; i++)
        out->reception = tg_reception_add(out->reception, all[i]->requirement);
    return TG_OK;
}

static tg_status judge_body(judging *j)
{
    tg_im_judgement *out = j->out;
    tg_smime_opening how = j->knowledge->how;
    if (j->by_session) {
        how.keys = &j->key;
        how.num_keys = 1;
    }
    if (!out->im.container)
        return TG_OK;
    TRY(tg_mime_judge(j->crypto, out->im.body, j->knowledge->profile, &how, j->arena, &out->mime));
    if (out->mime.parse != TG_OK) {
        out->parse = out->mime.parse;
        out->diag = out->mime.diag;
    }
    return TG_OK;
}

static tg_status judge_read(judging *j)
{
    tg_im_judgement *out = j->out;
    if (out->im.transfer_init.len > 0) {
        tg_message *message = NULL;
        TRY(tg_message_parse(out->im.transfer_init, j->arena, &message, NULL));
        j->transfer_init = message;
    }
    if (j->knowledge->has_conversation) {
        TRY(hold_conversation(j));
        find_session(j);
    }
    TRY(judge_body(j));
    if (out->parse != TG_OK)
        return take_findings(j);
    TRY(check_all(j));
    judge_origin(j);
    return take_findings(j);
}

size_t tg_im_judge_arena_size(size_t len, const tg_im_knowledge *k)
{
    size_t octets = TG_IM_MIKEY_MAX, num = k->num_sent;
    for (size_t i = 0; i < num; i++)
        octets += k->sent[i].octets.len;
    size_t conversation = k->has_conversation ? tg_conversation_arena_size(octets, num + 1) : 0;
    return tg_im_arena_size(len) + tg_message_arena_size(TG_IM_MIKEY_MAX) + conversation +
           tg_mime_judge_arena_size(len) + tg_mime_arena_size(len) +
           (256 + OWN_MAX) * (sizeof(tg_finding) + 2 * sizeof(tg_requirement));
}

tg_status tg_im_judge(tg_crypto *crypto, tg_bytes sip, const tg_im_knowledge *knowledge, tg_arena *arena,
                      tg_im_judgement *out)
{
    judging *j = tg_arena_alloc(arena, sizeof *j);
    if (!j)
        return TG_ARENA_FULL;
    *j = (judging){ .crypto = crypto,
                    .knowledge = knowledge,
                    .settings = &knowledge->profile->settings,
                    .arena = arena,
                    .out = out,
                    .sip = sip,
                    .index = NO_INDEX };
    memset(out, 0, sizeof *out);
    out->has_origin = knowledge->has_conversation;
    out->parse = tg_im_read(sip, arena, &out->im, &out->diag);
    if (out->parse == TG_ARENA_FULL || out->parse == TG_NO_MEMORY)
        return out->parse;
    tg_status status = out->parse == TG_OK ? judge_read(j) : TG_OK;
    tg_smime_outcome outcome = out->mime.container.outcome;
    out->accepted = status == TG_OK && out->parse == TG_OK && out->reception != TG_RECEPTION_REJECT &&
                    outcome != TG_SMIME_FAILED && outcome != TG_SMIME_REFUSED;
    return status;
}
