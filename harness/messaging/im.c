/* A SIP request with what belongs to it found: names, and cutting. */
#include "im.h"

/* ---- names -------------------------------------------------------------------------------------------------- */

const tg_requirement *tg_im_reason_requirement(tg_im_reason reason)
{
    static const char *const ids[] = {
#define TG_IM_REASON_ID(symbol, id, text) id,
        TG_IM_REASONS(TG_IM_REASON_ID)
#undef TG_IM_REASON_ID
    };
    return ids[reason][0] ? tg_requirement_find(ids[reason]) : NULL;
}

const char *tg_im_reason_text(tg_im_reason reason)
{
    static const char *const texts[] = {
#define TG_IM_REASON_TEXT(symbol, id, text) text,
        TG_IM_REASONS(TG_IM_REASON_TEXT)
#undef TG_IM_REASON_TEXT
    };
    return texts[reason];
}

const char *tg_im_origin_name(tg_im_origin origin)
{
    static const char *const names[] = {
#define TG_IM_ORIGIN_NAME(symbol, name) name,
        TG_IM_ORIGINS(TG_IM_ORIGIN_NAME)
#undef TG_IM_ORIGIN_NAME
    };
    return names[origin];
}

tg_status tgi_refuse(tg_im_note *note, tg_im_reason reason)
{
    note->reason = reason;
    return TG_REFUSED;
}

bool tgi_is_message(const tg_im *im)
{
    return strcmp(im->request.method, "MESSAGE") == 0;
}

bool tgi_is_notify(const tg_im *im)
{
    return strcmp(im->request.method, "NOTIFY") == 0;
}

/* ---- parts -------------------------------------------------------------------------------------------------- */

bool tgi_is_for_servers(const tg_mime_part *part)
{
    return strcmp(part->type, "application/resource-lists+xml") == 0 ||
           strcmp(part->disposition, "recipient-list") == 0;
}

/* The first part in the order of the body of which `is` is true; depth and number are bounded by the room mime. */
static const tg_mime_part *first_part(const tg_mime_part *part, bool (*is)(const tg_mime_part *part))
{
    if (is(part))
        return part;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *found = first_part(&part->parts[i], is);
        if (found)
            return found;
    }
    return NULL;
}

const tg_mime_part *tg_im_part_for_servers(const tg_mime_part *part)
{
    return first_part(part, tgi_is_for_servers);
}

static bool is_smime(const tg_mime_part *part)
{
    return strcmp(part->type, "application/pkcs7-mime") == 0 || strcmp(part->type, "application/x-pkcs7-mime") == 0;
}

/* 30, a length, 06: vectors/SMIME.md section 4. */
static bool begins_content_info(const tg_mime_part *part)
{
    const uint8_t *at = part->content.data;
    size_t len = part->content.len, header = 2;
    if (part->num_parts > 0 || strncmp(part->type, "multipart/", 10) == 0 || part->content_bad || len < 3 ||
        at[0] != 0x30)
        return false;
    if (at[1] > 0x80 && at[1] <= 0x84)
        header += at[1] & 0x7fU;
    else if (at[1] > 0x84)
        return false;
    return len > header && at[header] == 0x06;
}

static const tg_mime_part *find_container(const tg_mime_part *body)
{
    const tg_mime_part *found = first_part(body, is_smime);
    return found ? found : first_part(body, begins_content_info);
}

/* `in_servers`: it stands in a part for a server, and is so itself (a disposition is that of the whole part, RFC 2183 2). */
static const tg_mime_part *find_beside(const tg_mime_part *part, const tg_mime_part *container, bool in_servers)
{
    bool multipart = part->num_parts > 0 || strncmp(part->type, "multipart/", 10) == 0;
    in_servers = in_servers || tgi_is_for_servers(part);
    if (part == container)
        return NULL;
    if (is_smime(part) || begins_content_info(part))
        return part;
    if (!multipart)
        return in_servers || strcmp(part->type, "application/mikey") == 0 ? NULL : part;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *found = find_beside(&part->parts[i], container, in_servers);
        if (found)
            return found;
    }
    return NULL;
}

const tg_mime_part *tgi_beside_container(const tg_im *im)
{
    return im->container ? find_beside(im->body, im->container, false) : NULL;
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

const tg_mime_part *tgi_state_in_clear(const tg_im *im)
{
    if (!tgi_is_notify(im) || strcmp(im->request.event, "conference") != 0)
        return NULL;
    return find_type(im->body, "application/conference-info+xml", im->container);
}

const tg_requirement *tgi_forbidding(const tg_mime_judgement *mime)
{
    bool authenticated = mime->container.container.type == TG_SMIME_TYPE_IS_AUTHENTICATED;
    for (size_t i = 0; i < mime->num_findings; i++) {
        const tg_requirement *row = mime->findings[i]->requirement;
        if (row->on_receive == TG_ON_RECEIVE_REJECT && !(authenticated && strcmp(row->id, "TS33328-I.2.1-05") == 0))
            return row;
    }
    return NULL;
}

/* ---- the ticket --------------------------------------------------------------------------------------------- */

const tg_ticket *tgi_ticket_of(const tg_message *transfer_init)
{
    return transfer_init ? (const tg_ticket *)tg_payload_find(transfer_init->payloads, TG_PAYLOAD_TICKET) : NULL;
}

bool tgi_allows(const tg_ticket *ticket, tg_bytes uid)
{
    const tg_idr *r = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_R);
    for (; r && uid.len > 0; r = r->head.next ? tg_idr_find(r->head.next, TG_ID_ROLE_R) : NULL) {
        if (tg_kms_uid_matches(uid, tg_without_scheme(r->id_data)))
            return true;
    }
    return false;
}

tg_bytes tgi_uid_of(const char *uri, tg_arena *arena)
{
    tg_bytes uid = { 0 };
    if (uri[0] == '\0' || !tg_kms_uid(tg_bytes_of(uri, strlen(uri)), arena, &uid) || uid.len > TG_IM_UID_MAX)
        return (tg_bytes){ 0 };
    return uid;
}

bool tgi_same_ticket(const tg_ticket *a, const tg_ticket *b)
{
    tg_bytes x = a->head.octets, y = b->head.octets;
    return x.len > 1 && x.len == y.len && memcmp(x.data + 1, y.data + 1, x.len - 1) == 0;
}

/* ---- cutting ------------------------------------------------------------------------------------------------ */

size_t tg_im_arena_size(size_t len)
{
    return tg_mime_arena_size(len) + tg_message_arena_size(tgi_mikey_max(len)) + sizeof(tg_mime_part) +
           4 * TG_SIP_TEXT_MAX;
}

static tg_status find_transfer_init(tg_im *im, tg_arena *arena)
{
    tg_message *message = NULL;
    size_t mark = arena->used;
    if (!im->mikey || im->mikey->content_bad || im->mikey->content.len > TG_IM_MIKEY_MAX)
        return TG_OK;
    tg_status status = tg_message_parse(im->mikey->content, arena, &message, NULL);
    if (status == TG_OK && message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT)
        im->transfer_init = im->mikey->content;
    arena->used = mark;
    return status == TG_ARENA_FULL ? status : TG_OK;
}

static tg_status read_body(tg_im *im, tg_arena *arena, tg_diag *diag)
{
    const tg_sip_request *request = &im->request;
    tg_mime_part *body = tg_arena_alloc(arena, sizeof *body);
    if (!body)
        return TG_ARENA_FULL;
    TRY(tg_mime_parse_body(request->content_type[0] ? request->content_type : NULL,
                           request->transfer_encoding[0] ? request->transfer_encoding : NULL,
                           request->disposition[0] ? request->disposition : NULL, request->body, arena, body, diag));
    im->body = body;
    im->mikey = tg_mime_find(im->body, "application/mikey");
    im->container = find_container(im->body);
    return find_transfer_init(im, arena);
}

tg_status tg_im_read(tg_bytes sip, tg_arena *arena, tg_im *out, tg_diag *diag)
{
    tg_diag ignored;
    const char *reason = "";
    size_t mark = arena->used;
    diag = diag ? diag : &ignored;
    memset(diag, 0, sizeof *diag);
    diag->id = "";
    memset(out, 0, sizeof *out);
    tg_status status = tg_sip_request_read(sip, &out->request, &reason);
    if (status == TG_OK && !tgi_is_message(out) && !tgi_is_notify(out)) {
        status = TG_BAD_SIP;
        reason = "the method is neither MESSAGE nor NOTIFY";
    }
    if (status == TG_OK)
        status = read_body(out, arena, diag);
    if (status != TG_OK) {
        arena->used = mark;
        memset(out, 0, sizeof *out);
        out->why = reason;
        diag->status = status;
        return status;
    }
    out->target = tgi_uid_of(out->request.request_uri, arena);
    out->caller = tgi_uid_of(out->request.asserted, arena);
    return TG_OK;
}
