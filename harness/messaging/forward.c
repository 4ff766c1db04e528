/* The list server (contribution 000): who may resolve the ticket gets the message as it came, for others it is protected anew. */
#include "im.h"
#include "write.h"

static tg_status relay(const tg_im *im, const tg_im_plan *plan, tg_arena *arena, tg_bytes *sip, tg_im_note *note)
{
    if (!im->mikey || !im->container || im->mikey == im->body)
        return tgi_refuse(note, im->container ? TG_IM_NO_TRANSFER_INIT : TG_IM_IN_CLEAR);
    if (tgi_beside_container(im))
        return tgi_refuse(note, TG_IM_BESIDE);
    const tg_bytes entities[] = { im->mikey->entity, im->container->entity };
    return tgi_write_request(plan, entities, 2, arena, sip, note);
}

static tg_status protect_anew(tg_service *server, size_t leg, const tg_im *im, const tg_im_plan *plan, uint64_t now,
                              tg_arena *arena, tg_bytes *sip, tg_im_note *note)
{
    tg_established keys;
    tg_im_content opened;
    tg_im_plan anew = *plan;
    if (!tg_service_keys(server, 0, now, &keys))
        return tgi_refuse(note, TG_IM_NO_KEYS);
    TRY(tg_im_open(plan->crypto, plan->profile, &keys, im, false, arena, &opened, note));
    if (!tg_service_keys(server, leg, now, &keys))
        return tgi_refuse(note, TG_IM_NO_KEYS);
    anew.num_for_servers = 0;
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
