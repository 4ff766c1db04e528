/* What a server offers further on: the crypto sessions and policies that the caller offered, in memory of its own. */
#include "server.h"

static tg_bytes copy(tg_arena *arena, tg_bytes octets, tg_status *status)
{
    tg_bytes out = tg_arena_copy(arena, octets.data, octets.len);
    if (octets.len > 0 && !out.data)
        *status = TG_ARENA_FULL;
    return out;
}

static tg_status mirror_policy(tg_arena *arena, const tg_sp *sp, tg_security_policy *out)
{
    tg_status status = TG_OK;
    tg_param *params = tg_arena_alloc(arena, (sp->num_policy_param + 1) * sizeof *params);
    if (!params)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < sp->num_policy_param; i++) {
        params[i] = (tg_param){ .type = sp->policy_param[i].type };
        params[i].value = copy(arena, sp->policy_param[i].value, &status);
    }
    *out = (tg_security_policy){ sp->policy_no, sp->prot_type, params, sp->num_policy_param };
    return status;
}

/* Session Data is left out: an SSRC, say, is of the stream that one sends oneself (RFC 6043 6.1.1). */
tg_status tg_mirror_plan(const tg_message *transfer_init, size_t num_keys, tg_arena *arena, tg_transfer_plan *out)
{
    const tg_map *map = &transfer_init->hdr.map;
    size_t num = map->cs_id_map_type == TG_MAP_GENERIC_ID ? map->num_cs : 0, num_policies = 0;
    tg_status status = TG_OK;
    tg_session_plan *sessions = tg_arena_alloc(arena, (num + 1) * sizeof *sessions);
    tg_security_policy *policies = tg_arena_alloc(arena, TG_SERVICE_MAX_SESSIONS * sizeof *policies);
    if (!sessions || !policies)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++) {
        const tg_generic_cs *cs = &map->generic[i];
        /* As many keys as there are, one after the other: the TEKs differ by CS ID even where all have one key. */
        sessions[i] =
            (tg_session_plan){ .cs_id = cs->cs_id, .prot_type = cs->prot_type, .key = (uint8_t)(1 + i % num_keys) };
        sessions[i].ps = copy(arena, cs->ps, &status);
    }
    for (const tg_payload *p = transfer_init->payloads; p && num_policies < TG_SERVICE_MAX_SESSIONS; p = p->next) {
        if (p->type == TG_PAYLOAD_SP)
            TRY(mirror_policy(arena, (const tg_sp *)p, &policies[num_policies++]));
    }
    *out = (tg_transfer_plan){
        .sessions = sessions, .num_sessions = num, .policies = policies, .num_policies = num_policies
    };
    return status;
}
