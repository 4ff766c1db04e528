/* SIP of datagrams, cut; session descriptions with key-mgmt, read; the base64 in them, the messages in that, and what rules say of each. */
#define _GNU_SOURCE /* memmem */
#include "prepared.h"

#include <string.h>

#include "tracing.h"

enum {
    LARGEST = 8192, /* octets of a body: those of INVITEs are smaller, and larger ones are read by who takes them */
    MOST_PARSED = 1 << 16 /* octets of what messages parse to: an INVITE takes half of it, at the most */
};

static bool begins(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.data, word, len) == 0;
}

static size_t size_of_messages(tg_bytes body, size_t first)
{
    size_t size = tg_message_arena_size(tg_base64_decoded_max(body.len - first));
    return size < MOST_PARSED ? size : MOST_PARSED;
}

static bool is_uncut(const tgp_unit *unit)
{
    return unit->kind == TGP_UNIT_SIP && unit->connection == 0 && !unit->sip;
}

static bool holds_keys(tg_bytes octets, size_t *first)
{
    static const char attribute[] = "a=key-mgmt:";
    const uint8_t *there = octets.len ? memmem(octets.data, octets.len, attribute, sizeof attribute - 1) : NULL;
    *first = there ? (size_t)(there - octets.data) : 0;
    return there != NULL;
}

static bool is_description(const tg_sip_head *head)
{
    return head->body.len > 0 && head->body.len <= LARGEST && begins(head->content_type, "application/sdp");
}

/* In these octets, be they a body or a message with one. */
static size_t size_of_description(tg_bytes octets)
{
    size_t first;
    if (!holds_keys(octets, &first))
        return 0;
    return sizeof(tg_sdp) + tg_sdp_arena_size(octets.len) + TG_SDP_MAX_ATTRIBUTES * sizeof(tgp_ready_key) +
           tg_base64_decoded_max(octets.len) + 8 * alignof(max_align_t) + size_of_messages(octets, first);
}

size_t tgt_preparing_size(const tgp_unit *unit)
{
    if (is_uncut(unit))
        return sizeof(tg_sip_head) + (unit->octets.len > 2 * LARGEST ? 0 : size_of_description(unit->octets));
    return unit->sip && is_description(unit->sip) ? size_of_description(unit->sip->body) : 0;
}

static void decode(tg_bytes text, tg_arena *arena, tg_bytes *out)
{
    size_t before = arena->used, len = 0, at;
    uint8_t *octets = text.len ? tg_arena_alloc(arena, tg_base64_decoded_max(text.len)) : NULL;
    if (octets && tg_base64_decode((const char *)text.data, text.len, octets, &len, &at) == TG_OK)
        *out = tg_bytes_of(octets, len);
    else
        arena->used = before;
}

static void parse(tg_arena *arena, tgp_ready_key *key)
{
    size_t before = arena->used;
    tg_message *message;
    if (key->octets.data && tg_message_parse(key->octets, arena, &message, NULL) == TG_OK)
        key->message = message;
    else
        arena->used = before;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static void note_finding(void *user, const tg_finding *finding)
{
    bool *any = user;
    (void)finding;
    *any = true;
}

/* The m-lines that it covers, where all are of RTP; else 0. */
static size_t num_of_rtp(const tg_sdp *sdp, const tg_sdp_key *attribute)
{
    size_t covered[TG_SDP_MAX_M_LINES], num = tg_sdp_covered(sdp, attribute, covered);
    for (size_t i = 0; i < num; i++) {
        if (sdp->media[covered[i]].protection != TG_SDP_KEYED_RTP)
            return 0;
    }
    return num;
}

/* As most that is offered is judged in the end (judging.c): who takes it knows whether this one is. */
static void ask_rules(const tgp_trace *trace, const tg_sdp *sdp, const tg_sdp_key *attribute, tgp_ready_key *key)
{
    tg_m_line m_lines[TG_SDP_MAX_M_LINES];
    const tg_profile *profile = tgt_profile_or(trace, "ims-media");
    size_t num = key->message ? num_of_rtp(sdp, attribute) : 0;
    if (num == 0 || !profile || trace->keys || key->message->hdr.data_type != TG_DATA_TYPE_TRANSFER_INIT)
        return;
    for (size_t i = 0; i < num; i++)
        m_lines[i] = TG_M_LINE_RTP;
    const tg_context context = { .exchange = TG_EXCHANGE_INITIAL,
                                 .sender = TG_SENDER_I,
                                 .has_m_lines = true,
                                 .m_lines = m_lines,
                                 .num_m_lines = num };
    bool any = false;
    tg_rules_check(key->message, profile, &context, (tg_finding_sink){ note_finding, &any });
    if (any)
        return;
    key->keeps = profile;
    key->num_rtp = num;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

/* False: it cannot be cut; who takes it cuts it again, and counts it. */
static bool cut(const tgp_trace *trace, tgp_unit *unit, tg_arena *arena)
{
    const char *reason;
    tg_sip_head *head = tg_arena_alloc(arena, sizeof *head);
    if (!head || tg_sip_cut(unit->octets, head, &reason) != TG_OK) {
        arena->used = 0;
        return false;
    }
    arena->used -= sizeof *head - tgt_size_of_head(head); /* of headers that are not there */
    unit->sip = head;
    tgp_units_hash(trace->units, unit);
    return true;
}

static void read_description(const tgp_trace *trace, tgp_unit *unit, tg_arena *arena)
{
    tg_bytes body = unit->sip->body;
    size_t before = arena->used;
    const char *reason;
    tg_sdp *sdp = tg_arena_alloc(arena, sizeof *sdp);
    if (!sdp || tg_sdp_read((const char *)body.data, body.len, arena, sdp, &reason) != TG_OK) {
        arena->used = before; /* who takes it reads it again, and counts it */
        return;
    }
    unit->sdp = sdp;
    tgp_ready_key *keys = tg_arena_alloc(arena, sdp->num_key_mgmt * sizeof *keys);
    for (size_t i = 0; keys && i < sdp->num_key_mgmt; i++) {
        keys[i] = (tgp_ready_key){ .keeps = NULL };
        decode(sdp->key_mgmt[i].data, arena, &keys[i].octets);
        parse(arena, &keys[i]);
        ask_rules(trace, sdp, &sdp->key_mgmt[i], &keys[i]);
    }
    unit->keys = keys;
}

void tgt_prepare(const tgp_trace *trace, tgp_unit *unit, tg_arena *arena)
{
    size_t first;
    if (is_uncut(unit) && !cut(trace, unit, arena))
        return;
    if (is_description(unit->sip) && holds_keys(unit->sip->body, &first))
        read_description(trace, unit, arena);
}
