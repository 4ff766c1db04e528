/* The list server (contribution 000): who may resolve the ticket gets the message as it came, for others it is protected anew. */
#include "im.h"
#include "write.h"

#define MAX_ENTITIES 16

static bool is_passed_on(const tg_mime_part *part, const tg_im *im)
{
    return part != im->mikey && part != im->container && !tgi_is_for_servers(part);
}

/* What stands beside TRANSFER_INIT and container at the outer level, and is not for a server. */
static tg_status others(const tg_im *im, tg_bytes *out, size_t *num)
{
    *num = 0;
    for (size_t i = 0; i < im->body->num_parts; i++) {
        const tg_mime_part *part = &im->body->parts[i];
        if (!is_passed_on(part, im) || part->num_parts > 0)
            continue;
        if (*num == TG_IM_MAX_FOR_SERVERS)
            return TG_TOO_LARGE;
        out[(*num)++] = part->entity;
    }
    return TG_OK;
}

static tg_status relay(const tg_im *im, const tg_im_plan *plan, tg_arena *arena, tg_bytes *sip, tg_im_note *note)
{
    tg_bytes entities[MAX_ENTITIES];
    size_t num = 0;
    if (!im->mikey || !im->container || im->mikey == im->body)
        return tgi_refuse(note, im->container ? TG_IM_NO_TRANSFER_INIT : TG_IM_IN_CLEAR);
    TRY(others(im, entities + 1, &num));
    entities[0] = im->mikey->entity;
    entities[num + 1] = im->container->entity;
    return tgi_write_request(plan, entities, num + 2, arena, sip, note);
}

static tg_status protect_anew(tg_service *server, size_t leg, const tg_im *im, const tg_im_plan *plan, uint64_t now,
                              tg_arena *arena, tg_bytes *sip, tg_im_note *note)
{
    tg_established keys;
    tg_im_content opened;
    tg_bytes beside[TG_IM_MAX_FOR_SERVERS];
    tg_im_plan anew = *plan;
    if (!tg_service_keys(server, 0, now, &keys))
        return tgi_refuse(note, TG_IM_NO_KEYS);
    TRY(tg_im_open(plan->crypto, plan->profile, &keys, im, arena, &opened, note));
    if (!tg_service_keys(server, leg, now, &keys))
        return tgi_refuse(note, TG_IM_NO_KEYS);
    TRY(others(im, beside, &anew.num_for_servers));
    anew.for_servers = beside;
    anew.content = opened.content;
    return tg_im_write(&anew, &keys, arena, sip, note);
}

tg_status tg_im_forward(tg_service *server, size_t leg, const tg_im *im, const tg_im_plan *plan, uint64_t now,
                        tg_arena *arena, tg_bytes *sip, tg_im_note *note)
{
    size_t mark = arena->used;
    tg_leg_state state = tg_service_leg(server, leg).state;
    tg_status status;
    *note = (tg_im_note){ .text = "" };
    *sip = (tg_bytes){ 0 };
    if (state == TG_LEG_RELAYED && leg > 0)
        status = relay(im, plan, arena, sip, note);
    else if (state == TG_LEG_ESTABLISHED && leg > 0)
        status = protect_anew(server, leg, im, plan, now, arena, sip, note);
    else
        status = tgi_refuse(note, TG_IM_NO_KEYS);
    if (status != TG_OK) {
        tg_arena_wipe(arena, mark);
        *sip = (tg_bytes){ 0 };
    }
    return status;
}
