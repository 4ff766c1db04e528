/* Limits of a call: whether there is room for what a message brings. Where there is none the call is closed early, which is counted, and the message
 * begins a call of its own: so that nothing is left out in silence. */
#include "checks.h"

#define KEYS_OF_BODIES 64 /* what a message may bring without an attribute: bodies and parts that are MIKEY messages */

/* Lines of the body that begin so. */
static size_t count_lines(tg_bytes body, const char *begin)
{
    size_t len = strlen(begin), num = 0;
    const uint8_t *at = body.data, *end = body.data + body.len;
    while (at && (size_t)(end - at) >= len) {
        num += memcmp(at, begin, len) == 0;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return num;
}

static bool has_room_for_keys(const tgp_call *call, tg_bytes body)
{
    if (call->num_keys < TGPC_MAX_KEYS / 4)
        return true;
    return call->num_keys + count_lines(body, "a=key-mgmt") + KEYS_OF_BODIES <= TGPC_MAX_KEYS;
}

/* An offer takes the place of the one before on its leg; m-lines of which RTP was seen are kept beside. */
static bool has_room_for_media(const tgpc_step *step)
{
    const tgp_call *call = step->call;
    size_t num_m = count_lines(step->head->body, "m="), of_leg = 0, with_rtp = 0;
    for (const tgpc_media *media = call->media; media; media = media->next) {
        of_leg += media->leg == step->leg && media->m_line < num_m;
        with_rtp += media->leg == step->leg && (media->seen[0] || media->seen[1]);
    }
    size_t more = num_m > of_leg ? num_m - of_leg : 0;
    return call->num_media + more <= TGP_CALL_MAX_MEDIA && call->num_past + with_rtp <= TGP_CALL_MAX_MEDIA;
}

bool tgpc_has_room(const tgpc_step *step)
{
    const tgp_call *call = step->call;
    if (!step->head->body.len || !call->interesting)
        return true;
    return has_room_for_keys(call, step->head->body) && (!call->num_media || has_room_for_media(step));
}
