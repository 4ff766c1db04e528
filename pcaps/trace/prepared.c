/* Session descriptions with key-mgmt, read, and the base64 in them. */
#define _GNU_SOURCE /* memmem */
#include "prepared.h"

#include <string.h>

#include "ticketgate/carriage.h"

enum {
    LARGEST = 8192 /* octets of a body: those of INVITEs are smaller, and larger ones are read by who takes them */
};

static bool begins(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.data, word, len) == 0;
}

size_t tgt_preparing_size(const tgp_unit *unit)
{
    static const char attribute[] = "a=key-mgmt:";
    const tg_sip_head *head = unit->sip;
    if (!head || head->body.len == 0 || head->body.len > LARGEST || !begins(head->content_type, "application/sdp") ||
        !memmem(head->body.data, head->body.len, attribute, sizeof attribute - 1))
        return 0;
    return sizeof(tg_sdp) + tg_sdp_arena_size(head->body.len) + TG_SDP_MAX_ATTRIBUTES * sizeof(tg_bytes) +
           tg_base64_decoded_max(head->body.len) + 8 * alignof(max_align_t);
}

static void decode(tg_bytes text, tg_arena *arena, tg_bytes *out)
{
    size_t before = arena->used, len = 0, at;
    uint8_t *octets = text.len ? tg_arena_alloc(arena, tg_base64_decoded_max(text.len)) : NULL;
    *out = tg_bytes_of(NULL, 0);
    if (octets && tg_base64_decode((const char *)text.data, text.len, octets, &len, &at) == TG_OK)
        *out = tg_bytes_of(octets, len);
    else
        arena->used = before;
}

void tgt_prepare(tgp_unit *unit, tg_arena *arena)
{
    tg_bytes body = unit->sip->body;
    const char *reason;
    tg_sdp *sdp = tg_arena_alloc(arena, sizeof *sdp);
    if (!sdp || tg_sdp_read((const char *)body.data, body.len, arena, sdp, &reason) != TG_OK) {
        arena->used = 0; /* who takes it reads it again, and counts it */
        return;
    }
    unit->sdp = sdp;
    tg_bytes *keys = tg_arena_alloc(arena, sdp->num_key_mgmt * sizeof *keys);
    for (size_t i = 0; keys && i < sdp->num_key_mgmt; i++)
        decode(sdp->key_mgmt[i].data, arena, &keys[i]);
    unit->keys = keys;
}
