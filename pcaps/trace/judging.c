/* A conversation that is complete, judged (harness/exchange): without keys, or with the first set that fits. */
#include <stdlib.h>

#include "tracing.h"

/* ---- profile ---------------------------------------------------------------------------------------------------- */

enum { COVERS_RTP = 1, COVERS_MSRP = 2, COVERS_BFCP = 4 };

static const char *name_of_profile(const tgt_conversation *c)
{
    if (c->has_immediate)
        return "ims-message";
    if (c->has_description) {
        switch (c->covers) {
        case COVERS_RTP:
            return "ims-media";
        case COVERS_MSRP:
            return "ims-msrp-tls";
        case COVERS_BFCP:
            return "ims-bfcp-tls";
        default:
            return "ims-mixed";
        }
    }
    return c->has_flags && !c->flag_f && !c->flag_g ? "ims-message" : "ims-mixed";
}

static const tg_profile *profile_of(const tgp_trace *trace, const tgt_conversation *c)
{
    const tg_profile *profile = tgt_profile_or(trace, name_of_profile(c));
    return profile ? profile : tgt_profile_or(trace, "rfc6043");
}

/* ---- what is known ---------------------------------------------------------------------------------------------- */

/* Nanoseconds since 1970 as a 64-bit NTP timestamp (RFC 5905 6). */
static uint64_t ntp_of(int64_t time)
{
    int64_t seconds = time / 1000000000, nanoseconds = time % 1000000000;
    if (nanoseconds < 0) {
        nanoseconds += 1000000000;
        seconds--;
    }
    return ((uint64_t)seconds + UINT64_C(2208988800)) << 32 | ((uint64_t)nanoseconds << 32) / 1000000000;
}

static void know(const tgp_trace *trace, const tgt_conversation *c, const tg_profile *profile, int set, tg_known *out)
{
    if (set < 0) {
        memset(out, 0, sizeof *out);
        out->profile = *profile;
        out->skew = TG_SKEW_DEFAULT;
    } else {
        *out = trace->keys->sets[set].conversation.known;
        tgt_profile_of(trace->keys, (size_t)set, profile, &out->profile);
        if (!out->has_now) {
            out->has_now = true;
            out->now = ntp_of(c->first ? c->first->time : trace->now);
        }
    }
    out->without_inputs = true;
}

/* ---- judging ---------------------------------------------------------------------------------------------------- */

/* Whether the rules were asked before as they would be now: by the profile as it is, as `transfer` of the Initiator. */
static bool keeps_rules(const tgt_record *r, const tg_profile *profile, int set)
{
    return set < 0 && r->keeps == profile && r->from == TG_SENDER_I && strcmp(r->ex, "transfer") == 0;
}

/* False: a limit was met; then nothing is judged. */
static bool judge_with(tgp_trace *trace, tgt_conversation *c, int set)
{
    tg_known *known = tg_arena_alloc(&c->arena, sizeof *known);
    if (!known)
        return false;
    const tg_profile *profile = c->profile;
    know(trace, c, profile, set, known);
    if (tg_conversation_new(trace->crypto, known, c->num_originals, &c->arena, &c->judged) != TG_OK)
        return false;
    for (tgt_record *r = c->first; r; r = r->next) {
        if (r->original)
            continue;
        const tg_sent sent = { .octets = r->octets,
                               .ex = r->ex[0] ? r->ex : NULL,
                               .from = r->from,
                               .has_m_lines = r->has_m_lines,
                               .m_lines = r->m_lines,
                               .num_m_lines = r->num_m_lines,
                               .keeps_rules = keeps_rules(r, profile, set),
                               .replayed = r->replay };
        r->index = (unsigned)tg_conversation_num(c->judged);
        if (tg_conversation_add(c->judged, &sent) != TG_OK)
            return false;
    }
    c->profile = &known->profile;
    c->keys = set;
    return true;
}

static bool is_authentic(const tgt_conversation *c)
{
    for (size_t i = 0; i < tg_conversation_num(c->judged); i++) {
        if (tg_conversation_judgement(c->judged, i)->auth == TG_OUTCOME_OK)
            return true;
    }
    return false;
}

static bool judge_by_sets(tgp_trace *trace, tgt_conversation *c, const tg_profile *profile)
{
    size_t num = trace->keys ? trace->keys->num : 0;
    for (size_t i = 0; i < num; i++) {
        c->profile = profile;
        if (!judge_with(trace, c, (int)i))
            return false;
        if (is_authentic(c) || num == 1)
            return true;
        tg_arena_wipe(&c->arena, 0);
    }
    c->profile = profile;
    return judge_with(trace, c, num ? 0 : -1);
}

/* ---- what others want to know of it ----------------------------------------------------------------------------- */

static bool wants_answer(const tgt_record *r, const tg_message *message, const tg_ticket *ticket)
{
    if (r->data_type != TG_DATA_TYPE_TRANSFER_INIT)
        return false;
    return ticket ? (ticket->flags & TG_FLAG('F')) != 0 : message->hdr.v != 0;
}

/* RFC 4567 7: the General Extension of type SDP IDs. */
static const tg_general_ext *sdp_ids_of(const tg_message *message)
{
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        const tg_general_ext *extension = (const tg_general_ext *)p;
        if (p->type == TG_PAYLOAD_GENERAL_EXT && extension->type == TG_EXT_SDP_IDS)
            return extension;
    }
    return NULL;
}

static void say_judged(tgp_trace *trace, const tgt_record *said)
{
    const tgt_record *r = said->original ? said->original : said;
    const tg_judgement *j = tgt_judgement_of(r);
    const tg_message *message = j ? j->message : NULL;
    tgp_judged judged = {
        .parses = message != NULL && !r->broken, .number = r->number, .data_type = r->data_type, .csb_id = r->csb_id
    };
    if (judged.parses) {
        const tg_ticket *ticket = (const tg_ticket *)tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
        const tg_general_ext *sdp_ids = sdp_ids_of(message);
        judged.has_ticket = ticket != NULL;
        judged.wants_answer = wants_answer(r, message, ticket);
        judged.message = message;
        judged.has_sdp_ids = sdp_ids != NULL;
        if (sdp_ids)
            judged.sdp_ids = sdp_ids->data;
    }
    judged.rejected = !judged.parses || j->reception == TG_RECEPTION_REJECT || j->auth == TG_OUTCOME_FAIL;
    tgp_calls_set_judged(trace->calls, said->key, &judged);
}

void tgt_judge(tgp_trace *trace, tgt_conversation *c)
{
    if (c->is_judged)
        return;
    const tg_profile *profile = profile_of(trace, c);
    c->is_judged = true;
    c->profile = profile;
    size_t size = tg_conversation_arena_size(c->octets, c->num_originals);
    if (!tgt_take_arena(trace, size, &c->arena) || !judge_by_sets(trace, c, profile))
        c->judged = NULL;
    trace->judged_octets += c->arena.used;
    for (const tgt_record *r = c->first; r; r = r->next) {
        /* Copies in the call of the first message with these octets are judged like that; another request may have another Request-URI. */
        if (r->key && (!r->original || r->original->call != r->call || r->original->replay ||
                       (!r->response && r->original->request != r->request)))
            say_judged(trace, r);
    }
    if (trace->keys && c->judged)
        tgt_look_at_focus(trace, c);
}

void tgt_known_of(const tgp_trace *trace, const tgt_conversation *c, tg_known *out)
{
    know(trace, c, profile_of(trace, c), c->keys, out);
}

const tg_judgement *tgt_judgement_of(const tgt_record *r)
{
    const tgt_conversation *c = r->conversation;
    return c->judged && !r->original ? tg_conversation_judgement(c->judged, r->index) : NULL;
}

tg_bytes tgt_tek_of(const tgp_trace *trace, const tgt_conversation *c, uint32_t csb_id, uint8_t cs_id)
{
    tg_bytes tek = { NULL, 0 };
    for (size_t i = 0; c && c->judged && i < tg_conversation_num(c->judged); i++) {
        const tg_judgement *j = tg_conversation_judgement(c->judged, i);
        if (!j->message || j->message->hdr.csb_id != csb_id)
            continue;
        for (size_t k = 0; k < j->derived.num_cs; k++) {
            if (j->derived.cs[k].cs_id == cs_id)
                tek = j->derived.cs[k].tek; /* of the newest message: TRANSFER_RESP, an update */
        }
    }
    return tek.len ? tek : tgt_given_tek(trace->keys, csb_id, cs_id);
}
