/* Who takes part in a made conversation: a role, or a party in its place. Both are called alike. */
#include "converse.h"

/* ---- a role ------------------------------------------------------------------------------------------------- */

static void take_result(const tg_result *result, tg_act *out)
{
    memcpy(out->out, result->out, result->num_out * sizeof *out->out);
    out->num_out = result->num_out;
    out->refusal = result->refusal;
    out->refused = result->refusal != TG_REFUSAL_NONE;
    out->broken = result->broken;
}

static tg_status start_role(tg_role *role, const char *what, const tg_transfer_plan *update, uint64_t now,
                            tg_result *result)
{
    if (strcmp(what, "request") == 0)
        return tg_initiator_request(role, now, result);
    if (strcmp(what, "transfer") == 0)
        return tg_initiator_transfer(role, now, result);
    return tg_role_update(role, update, now, result);
}

/* ---- a party ------------------------------------------------------------------------------------------------ */

static tg_status break_down(tg_actor *actor)
{
    actor->broke_down = true;
    return TG_REFUSED;
}

/* More messages than there is room for, or octets that are nowhere: it keeps no contract. */
static bool is_sound(const tg_party_reply *reply)
{
    if (reply->num_out > TG_MAX_PARTY_OUTGOING)
        return false;
    for (size_t n = 0; n < reply->num_out; n++) {
        if (!reply->out[n].octets.data && reply->out[n].octets.len > 0)
            return false;
    }
    return true;
}

static tg_status take_reply(tg_actor *actor, tg_status status, const tg_party_reply *reply, tg_act *out)
{
    bool answers = reply->outcome == TG_PARTY_ACCEPTED || reply->outcome == TG_PARTY_REJECTED;
    if (status != TG_OK || !answers || !is_sound(reply))
        return break_down(actor);
    for (size_t n = 0; n < reply->num_out; n++)
        out->out[n] = (tg_outgoing){ reply->out[n].to, NULL, reply->out[n].octets };
    out->num_out = reply->num_out;
    out->refused = reply->outcome == TG_PARTY_REJECTED;
    actor->established |= reply->established;
    return TG_OK;
}

/* ---- both --------------------------------------------------------------------------------------------------- */

tg_status tg_actor_start(tg_actor *actor, const char *what, const tg_transfer_plan *update, uint64_t now, tg_act *out)
{
    *out = (tg_act){ .num_out = 0 };
    if (actor->role) {
        tg_result result;
        TRY(start_role(actor->role, what, update, now, &result));
        take_result(&result, out);
        return TG_OK;
    }
    tg_party_reply reply = { .outcome = TG_PARTY_ACCEPTED };
    tg_status status = actor->party->start(actor->party->user, what, update, now, &reply);
    return take_reply(actor, status, &reply, out);
}

tg_status tg_actor_receive(tg_actor *actor, tg_sender from, tg_bytes octets, uint64_t now, tg_act *out)
{
    *out = (tg_act){ .num_out = 0 };
    if (actor->role) {
        tg_result result;
        TRY(tg_role_receive(actor->role, from, octets, now, &result));
        take_result(&result, out);
        return TG_OK;
    }
    tg_party_reply reply = { .outcome = TG_PARTY_ACCEPTED };
    tg_status status = actor->party->receive(actor->party->user, from, octets, now, &reply);
    TRY(take_reply(actor, status, &reply, out));
    uint8_t type = octets.len > 1 ? octets.data[1] : 0;
    actor->granted |= !out->refused && from == TG_SENDER_K && type == TG_DATA_TYPE_REQUEST_RESP;
    actor->answered |= !out->refused && type == TG_DATA_TYPE_TRANSFER_RESP;
    return TG_OK;
}

bool tg_actor_has_ticket(const tg_actor *actor)
{
    return actor->role ? tg_role_state_of(actor->role) == TG_ROLE_HAS_TICKET : actor->granted;
}

bool tg_actor_is_established(const tg_actor *actor)
{
    return actor->role ? tg_role_state_of(actor->role) == TG_ROLE_ESTABLISHED : actor->established;
}

bool tg_actor_has_keys(const tg_actor *actor)
{
    return tg_actor_is_established(actor) || (actor->role && tg_role_state_of(actor->role) == TG_ROLE_UPDATING);
}
