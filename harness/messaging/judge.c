/* A SIP request judged: the conversation that belongs to it, its body, the rows (judge_rows.c), its origin. */
#include "judge.h"

/* ---- the conversation --------------------------------------------------------------------------------------- */

const tg_judgement *tgi_judgement_of(const tgi_judging *j)
{
    return j->conversation && j->index != TGI_NO_INDEX ? tg_conversation_judgement(j->conversation, j->index) : NULL;
}

bool tgi_is_transfer_init(const tg_judgement *judgement)
{
    return judgement->message && judgement->message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT;
}

/* The message that the rows speak of: at the place, or, where there is no place, the same octets; without application/mikey the last authentic one. */
static size_t find_index(const tgi_judging *j)
{
    const tg_im_knowledge *k = j->knowledge;
    tg_bytes wanted = j->out->im.transfer_init;
    size_t found = TGI_NO_INDEX;
    for (size_t i = 0; i < k->num_sent; i++) {
        const tg_judgement *judgement = tg_conversation_judgement(j->conversation, i);
        if (wanted.len > 0 && !k->sent[i].octets.data)
            return i;
        if (!tgi_is_transfer_init(judgement))
            continue;
        if (wanted.len > 0 ? tg_bytes_equal(k->sent[i].octets, wanted)
                           : !j->out->im.mikey && judgement->auth == TG_OUTCOME_OK)
            found = i;
    }
    return found;
}

static tg_status hold_conversation(tgi_judging *j)
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
    const tg_judgement *judgement = tgi_judgement_of(j);
    if (judgement && judgement->message)
        j->transfer_init = judgement->message;
    return TG_OK;
}

static void find_session(tgi_judging *j)
{
    const tg_judgement *judgement = tgi_judgement_of(j);
    if (!judgement || !tgi_is_transfer_init(judgement))
        return;
    tgi_session_of(judgement->message, &j->knowledge->known->profile, j->settings, &j->session);
    if (!j->session.cs)
        return;
    j->session.tek = tgi_tek_of(judgement->derived.cs, judgement->derived.num_cs, j->session.cs->cs_id);
    if (j->session.cs->spi.len > 0)
        j->session.key = tg_conversation_find_key_of(j->conversation, j->index, j->session.cs->spi);
    j->key = (tg_smime_key){ tg_bytes_of(j->session.id, j->session.id_len), j->session.tek };
    j->by_session = j->session.tek.len > 0;
}

const tg_smime_judgement *tgi_container_of(const tgi_judging *j)
{
    return &j->out->mime.container;
}

bool tgi_is_cut(const tgi_judging *j)
{
    return j->out->im.container && j->out->mime.part && !j->out->mime.part->content_bad &&
           tgi_container_of(j)->container.octets.len > 0;
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
static bool kms_has_verified(const tgi_judging *j, const tg_ticket *ticket)
{
    size_t resolved = TGI_NO_INDEX;
    for (size_t i = 0; i < tg_conversation_num(j->conversation); i++) {
        const tg_judgement *judgement = tg_conversation_judgement(j->conversation, i);
        if (!judgement->message)
            continue;
        uint8_t type = judgement->message->hdr.data_type;
        const tg_ticket *its = tgi_ticket_of(judgement->message);
        if (type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK)
            resolved = its && tgi_same_ticket(its, ticket) ? i : TGI_NO_INDEX;
        else if (type == TG_DATA_TYPE_RESOLVE_RESP && judgement->auth == TG_OUTCOME_OK && resolved != TGI_NO_INDEX &&
                 csb_id_of(judgement) == csb_id_of(tg_conversation_judgement(j->conversation, resolved)))
            return true;
    }
    return false;
}

/* EnvelopedData proves nothing: whoever sees it can change what is in it. */
static bool is_authentic(const tgi_judging *j)
{
    if (!tgi_is_cut(j) || tgi_container_of(j)->outcome != TG_SMIME_OPENED || tgi_forbidding(&j->out->mime))
        return false;
    tg_smime_type type = tgi_container_of(j)->container.type;
    return type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED || type == TG_SMIME_TYPE_IS_AUTHENTICATED;
}

static void judge_origin(tgi_judging *j)
{
    const tg_judgement *judgement = tgi_judgement_of(j);
    const tg_ticket *ticket = judgement ? tgi_ticket_of(judgement->message) : NULL;
    j->out->has_origin = j->knowledge->has_conversation;
    if (!ticket || j->out->im.transfer_init.len == 0 || !tgi_is_transfer_init(judgement))
        return;
    bool verified = judgement->vr_auth == TG_OUTCOME_OK ||
                    (judgement->vr_auth == TG_OUTCOME_SKIPPED && kms_has_verified(j, ticket));
    if (judgement->auth != TG_OUTCOME_OK || rejects(judgement) || !(ticket->flags & TG_FLAG('I')) || !verified ||
        !j->by_session || !is_authentic(j))
        return;
    const tg_idr *i = tg_idr_find(ticket->tp_data.payloads, TG_ID_ROLE_I);
    j->out->origin = TG_IM_ORIGIN_PROVEN;
    if (i)
        j->out->sender = (tg_identity){ true, i->id_type, i->id_data };
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* Findings of the entity are of the body; here they are of the request. */
static tg_status take_findings(tgi_judging *j)
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

static tg_status judge_body(tgi_judging *j)
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

static tg_status judge_read(tgi_judging *j)
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
    judge_origin(j);
    TRY(tgi_check_rows(j));
    return take_findings(j);
}

size_t tg_im_judge_arena_size(size_t len, const tg_im_knowledge *k)
{
    size_t octets = tgi_mikey_max(len), num = k->num_sent;
    for (size_t i = 0; i < num; i++)
        octets += k->sent[i].octets.len;
    size_t conversation = k->has_conversation ? tg_conversation_arena_size(octets, num + 1) : 0;
    return tg_im_arena_size(len) + tg_message_arena_size(tgi_mikey_max(len)) + conversation +
           tg_mime_judge_arena_size(len) + tg_mime_arena_size(len) +
           (256 + TGI_OWN_MAX) * (sizeof(tg_finding) + 2 * sizeof(tg_requirement));
}

tg_status tg_im_judge(tg_crypto *crypto, tg_bytes sip, const tg_im_knowledge *knowledge, tg_arena *arena,
                      tg_im_judgement *out)
{
    tgi_judging *j = tg_arena_alloc(arena, sizeof *j);
    if (!j)
        return TG_ARENA_FULL;
    *j = (tgi_judging){ .crypto = crypto,
                        .knowledge = knowledge,
                        .settings = &knowledge->profile->settings,
                        .arena = arena,
                        .out = out,
                        .sip = sip,
                        .index = TGI_NO_INDEX };
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
