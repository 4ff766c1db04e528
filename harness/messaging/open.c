/* What is received: the exchange first, then the content, if it is proven who sent it (annex F.3). */
#include "im.h"

/* ---- what can be seen without a key ------------------------------------------------------------------------- */

static tg_status look_at_body(const tg_im *im, tg_im_note *note)
{
    bool notify = tgi_is_notify(im);
    if (!im->container)
        return tgi_refuse(note, notify ? TG_IM_NOTIFY_IN_CLEAR : im->mikey ? TG_IM_IN_CLEAR : TG_IM_NO_TRANSFER_INIT);
    if (tgi_state_in_clear(im))
        return tgi_refuse(note, TG_IM_NOTIFY_IN_CLEAR);
    return !notify && tgi_beside_container(im) ? tgi_refuse(note, TG_IM_BESIDE) : TG_OK;
}

/* That of a NOTIFY is the subscriber's contact; a TRANSFER_INIT without a ticket is the service's to refuse. */
static tg_status look_at_request_uri(const tg_profile *profile, const tg_ticket *ticket, const tg_im *im,
                                     tg_im_note *note)
{
    if (tgi_is_notify(im) || !ticket || tgi_allows(ticket, im->target))
        return TG_OK;
    if (profile->settings.request_uri == TG_REQUEST_URI_MUST)
        return tgi_refuse(note, TG_IM_REQUEST_URI);
    note->warning = TG_IM_REQUEST_URI;
    return TG_OK;
}

static tg_status look(const tg_profile *profile, const tg_im *im, tg_arena *arena, tg_im_note *note)
{
    tg_message *message = NULL;
    TRY(look_at_body(im, note));
    if (im->transfer_init.len == 0)
        return tgi_refuse(note, TG_IM_NO_TRANSFER_INIT);
    TRY(tg_message_parse(im->transfer_init, arena, &message, NULL));
    return look_at_request_uri(profile, tgi_ticket_of(message), im, note);
}

static tg_status take_result(tg_status status, const tg_service_result *result, tg_im_note *note)
{
    if (status == TG_OK && !result->accepted)
        return tgi_refuse(note, TG_IM_SERVICE);
    return status;
}

static tg_identity caller_of(const tg_im *im)
{
    return (tg_identity){ im->caller.len > 0, TG_ID_TYPE_NAI, im->caller };
}

static void begin(tg_service_result *result, tg_im_note *note)
{
    *note = (tg_im_note){ .text = "" };
    memset(result, 0, sizeof *result);
    result->leg = TG_NO_LEG;
    result->info.error_no = -1;
}

tg_status tg_im_accept(tg_service *ue, const tg_profile *profile, const tg_im *im, tg_arena *arena, uint64_t now,
                       tg_service_result *result, tg_im_note *note)
{
    size_t mark = arena->used;
    tg_identity caller = caller_of(im);
    begin(result, note);
    tg_status status = look(profile, im, arena, note);
    arena->used = mark;
    if (status != TG_OK)
        return status;
    return take_result(tg_ue_accept(ue, im->transfer_init, caller.known ? &caller : NULL, now, result), result, note);
}

tg_status tg_im_accept_list(tg_service *server, const tg_profile *profile, const tg_im *im,
                            const tg_identity *receivers, size_t num_receivers, tg_arena *arena, uint64_t now,
                            tg_service_result *result, tg_im_note *note)
{
    size_t mark = arena->used;
    tg_identity caller = caller_of(im);
    begin(result, note);
    tg_status status = tgi_is_notify(im) ? tgi_refuse(note, TG_IM_METHOD) : look(profile, im, arena, note);
    arena->used = mark;
    if (status != TG_OK)
        return status;
    status = tg_server_accept(server, im->transfer_init, caller.known ? &caller : NULL, receivers, num_receivers, now,
                              result);
    return take_result(status, result, note);
}

/* ---- origin ------------------------------------------------------------------------------------------------- */

static tg_identity identity_of(const tg_idr *idr)
{
    return idr ? (tg_identity){ true, idr->id_type, idr->id_data } : (tg_identity){ 0 };
}

/* V verifies with MPKi, which everybody has who may resolve the ticket. That the Initiator made it is shown by Vr alone, whose key only he
 * and the KMS have: this very TRANSFER_INIT was resolved (RFC 6043 4.2.3.4, 4.2.3.6). Keys of a ticket that was resolved before do not show it. */
static bool is_resolved(const tg_established *keys, const tg_ticket *ticket)
{
    const tg_ticket *resolved = tgi_ticket_of(keys->resolve_init);
    return (ticket->flags & TG_FLAG('I')) != 0 && ticket->initiator_data.form != TG_CHAIN_ABSENT &&
           keys->resolve_resp && resolved && keys->resolve_resp->hdr.csb_id == keys->resolve_init->hdr.csb_id &&
           tgi_same_ticket(ticket, resolved);
}

/* Under a ticket of the subscriber's own: the one KMS UID that may resolve it. NULL: there are others. */
static const tg_idr *sole_resolver(const tg_ticket *ticket)
{
    const tg_idr *r = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_R);
    if (!r || (r->head.next && tg_idr_find(r->head.next, TG_ID_ROLE_R)))
        return NULL;
    bool group = r->id_data.len == 0 || memchr(r->id_data.data, '?', r->id_data.len) != NULL;
    return group ? NULL : r;
}

static tg_status prove(const tg_established *keys, const tg_im *im, tg_im_content *out, tg_im_note *note)
{
    const tg_ticket *ticket = tgi_ticket_of(keys->transfer_init);
    if (im->transfer_init.len > 0) {
        if (!tg_bytes_equal(im->transfer_init, keys->transfer_init->octets))
            return tgi_refuse(note, TG_IM_OTHER_EXCHANGE);
        if (!is_resolved(keys, ticket))
            return tgi_refuse(note, TG_IM_ORIGIN);
        out->origin = TG_IM_ORIGIN_PROVEN;
        out->sender = identity_of(tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_I));
        return out->sender.known ? TG_OK : tgi_refuse(note, TG_IM_ORIGIN);
    }
    if (im->mikey || !tgi_is_notify(im))
        return tgi_refuse(note, TG_IM_NO_TRANSFER_INIT);
    const tg_idr *resolver = sole_resolver(ticket);
    if (!resolver || !keys->request_resp)
        return tgi_refuse(note, TG_IM_ORIGIN);
    out->origin = TG_IM_ORIGIN_SOLE_RESOLVER;
    out->sender = identity_of(resolver);
    return TG_OK;
}

/* ---- content ------------------------------------------------------------------------------------------------ */

/* Which of the two it was that did not fit nobody learns, and no row that is broken beside either. */
static tg_status refuse_outcome(const tg_smime_judgement *judged, tg_im_note *note)
{
    bool no_fit = judged->outcome == TG_SMIME_FAILED || judged->outcome == TG_SMIME_NO_KEY;
    return tgi_refuse(note, no_fit ? TG_IM_NOT_AUTHENTIC : TG_IM_CONTAINER);
}

/* G.3.3 and annex I ask for confidentiality; a MESSAGE that has none is for the caller to allow. */
static tg_status take_content(const tg_im *im, const tg_mime_judgement *judged, bool allow_authenticated,
                              tg_bytes *content, tg_im_note *note)
{
    const tg_smime_judgement *container = &judged->container;
    if (judged->parse != TG_OK)
        return tg_status_class(judged->parse) == TG_CLASS_LIMIT ? judged->parse : tgi_refuse(note, TG_IM_CONTAINER);
    bool authenticated = container->container.type == TG_SMIME_TYPE_IS_AUTHENTICATED;
    if (authenticated && tgi_is_notify(im))
        return tgi_refuse(note, TG_IM_NOTIFY_IN_CLEAR);
    if (authenticated && !allow_authenticated)
        return tgi_refuse(note, TG_IM_NOT_CONFIDENTIAL);
    if (container->outcome != TG_SMIME_OPENED)
        return tg_status_class(container->status) == TG_CLASS_LIMIT ? container->status
                                                                    : refuse_outcome(container, note);
    const tg_requirement *row = tgi_forbidding(judged);
    if (row) {
        note->row = tg_requirement_find(row->id);
        return tgi_refuse(note, TG_IM_RULE);
    }
    *content = container->content;
    return TG_OK;
}

static tg_status open_container(tg_crypto *crypto, const tg_profile *profile, const tgi_session *session,
                                const tg_im *im, bool allow_authenticated, tg_arena *arena, tg_bytes *content,
                                tg_im_note *note)
{
    const tg_smime_key key = { tg_bytes_of(session->id, session->id_len), session->tek };
    const tg_smime_opening how = { .keys = &key, .num_keys = 1 };
    if (im->container->content_bad)
        return tgi_refuse(note, TG_IM_CONTAINER);
    tg_mime_judgement *judged = tg_arena_alloc(arena, sizeof *judged);
    if (!judged)
        return TG_ARENA_FULL;
    TRY(tg_mime_judge(crypto, im->body, profile, &how, arena, judged));
    tg_status status = take_content(im, judged, allow_authenticated, content, note);
    tg_wipe(&judged->container.opened, sizeof judged->container.opened);
    return status;
}

static tg_status open_all(tg_crypto *crypto, const tg_profile *profile, const tg_established *keys, const tg_im *im,
                          bool allow_authenticated, tg_arena *arena, tg_im_content *out, tg_im_note *note)
{
    tgi_session session;
    TRY(look_at_body(im, note));
    const tg_ticket *ticket = keys->transfer_init ? tgi_ticket_of(keys->transfer_init) : NULL;
    if (!ticket)
        return tgi_refuse(note, TG_IM_NO_KEYS);
    TRY(prove(keys, im, out, note));
    TRY(look_at_request_uri(profile, ticket, im, note));
    TRY(tgi_session_established(keys, profile, &session, note));
    return open_container(crypto, profile, &session, im, allow_authenticated, arena, &out->content, note);
}

size_t tg_im_open_arena_size(const tg_im *im)
{
    return tg_mime_judge_arena_size(im->request.body.len) + sizeof(tg_mime_judgement) + 64;
}

tg_status tg_im_open(tg_crypto *crypto, const tg_profile *profile, const tg_established *keys, const tg_im *im,
                     bool allow_authenticated, tg_arena *arena, tg_im_content *out, tg_im_note *note)
{
    size_t mark = arena->used;
    *note = (tg_im_note){ .text = "" };
    *out = (tg_im_content){ 0 };
    tg_status status = open_all(crypto, profile, keys, im, allow_authenticated, arena, out, note);
    if (status != TG_OK) {
        *out = (tg_im_content){ 0 };
        tg_arena_wipe(arena, mark);
    }
    return status;
}
