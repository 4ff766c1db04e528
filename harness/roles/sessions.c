/* The crypto sessions of Ticket Transfer messages (RFC 6043 6.1.1, 4.2.2.3). */
#include "role.h"

const tg_sp *tg_find_sp(const tg_message *message, uint8_t policy_no)
{
    const tg_payload *p = tg_payload_find(message->payloads, TG_PAYLOAD_SP);
    while (p && ((const tg_sp *)p)->policy_no != policy_no)
        p = tg_payload_find(p->next, TG_PAYLOAD_SP);
    return (const tg_sp *)p;
}

static bool same_params(const tg_sp *sp, const tg_security_policy *policy)
{
    if (sp->prot_type != policy->prot_type || sp->num_policy_param != policy->num_params)
        return false;
    for (size_t i = 0; i < policy->num_params; i++) {
        if (sp->policy_param[i].type != policy->params[i].type ||
            !tg_bytes_equal(sp->policy_param[i].value, policy->params[i].value))
            return false;
    }
    return true;
}

const tg_sp *tg_supported_sp(const tg_responder_config *r, const tg_message *message, const tg_generic_cs *cs)
{
    for (size_t n = 0; n < cs->ps.len; n++) {
        const tg_sp *sp = tg_find_sp(message, cs->ps.data[n]);
        if (sp && !r->supported)
            return sp;
        for (size_t i = 0; sp && i < r->num_supported; i++) {
            if (same_params(sp, &r->supported[i]))
                return sp;
        }
    }
    return NULL;
}

/* ---- SPIs --------------------------------------------------------------------------------------------------- */

/* The n-th session key of a chain, from 1. MPKs do not count. */
static bool nth_spi(const tg_payload *keys, size_t n, tg_bytes *out)
{
    for (; keys; keys = keys->next) {
        const tg_key_data *key = (const tg_key_data *)keys;
        if (keys->type != TG_PAYLOAD_KEY_DATA || key->type == TG_KEY_MPK)
            continue;
        if (--n == 0) {
            *out = key->kv_data.spi;
            return true;
        }
    }
    return false;
}

static bool spi_of(const tg_session_plan *plan, const tg_spi_source *from, tg_bytes *out)
{
    *out = plan->spi;
    if (plan->key == 0 || plan->spi.len > 0)
        return true;
    if (plan->own_key || from->made)
        return nth_spi(plan->own_key ? from->own : from->made, plan->key, out);
    const tg_known_key *key = from->e ? from->e->ticket_keys : NULL;
    for (size_t n = plan->key; key && n > 1; n--)
        key = key->next;
    if (key)
        *out = key->spi;
    return key != NULL;
}

/* The key of a session that nobody has named one for: of the message's own, else the first of the ticket. */
static bool default_spi(const tg_spi_source *from, tg_bytes *out)
{
    tg_session_plan first = { .key = 1, .own_key = from->own != NULL };
    return spi_of(&first, from, out);
}

/* ---- maps --------------------------------------------------------------------------------------------------- */

static const tg_session_plan *plan_for(const tg_transfer_plan *plan, uint8_t cs_id)
{
    for (size_t i = 0; i < plan->num_sessions; i++) {
        if (plan->sessions[i].cs_id == cs_id)
            return &plan->sessions[i];
    }
    return NULL;
}

static const tg_generic_cs *offered_session(const tg_message *offered, uint8_t cs_id)
{
    const tg_map *map = &offered->hdr.map;
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        if (map->generic[i].cs_id == cs_id)
            return &map->generic[i];
    }
    return NULL;
}

static tg_status as_planned(const tg_session_plan *plan, const tg_spi_source *spis, tg_generic_cs *out)
{
    *out = (tg_generic_cs){ .cs_id = plan->cs_id,
                            .prot_type = plan->prot_type,
                            .s = plan->s,
                            .ps = plan->ps,
                            .session_data = plan->session_data };
    return spi_of(plan, spis, &out->spi) ? TG_OK : TG_NOT_FOUND;
}

bool tg_has_no_policies(const tg_role *role, uint8_t prot_type)
{
    static const tg_prot without[] = { TG_PROT_KIND_TLS, TG_PROT_KIND_PSK_SMIME, TG_PROT_KIND_APPLICATION_SPECIFIC };
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        if (role->profile.prot_types[without[i]] == (int16_t)prot_type)
            return true;
    }
    return false;
}

/* Exactly one policy: the planned one, the first offered that is supported, or one of its own for the Prot type. */
static tg_status choose_policy(tg_role *role, const tg_transfer_plan *plan, const tg_session_plan *planned,
                               const tg_message *offered, tg_generic_cs *cs)
{
    uint8_t number = 0;
    if (tg_has_no_policies(role, cs->prot_type) && role->profile.settings.tls_policies == TG_TLS_POLICIES_3GPP) {
        cs->ps = (tg_bytes){ 0 };
        return TG_OK;
    }
    static const tg_responder_config anything;
    const tg_sp *sp = tg_supported_sp(role->who == TG_SENDER_R ? &role->of.r : &anything, offered, cs);
    if (planned && planned->ps.len > 0)
        number = planned->ps.data[0];
    else if (sp)
        number = sp->policy_no;
    else if (cs->ps.len > 0)
        number = cs->ps.data[0]; /* an update that names a policy of the initial exchange (A38) */
    else {
        size_t i = 0;
        while (i < plan->num_policies && plan->policies[i].prot_type != cs->prot_type)
            i++;
        if (i == plan->num_policies)
            return TG_OK;
        number = plan->policies[i].policy_no;
    }
    cs->ps = tg_arena_copy(role->c.arena, &number, 1);
    return cs->ps.data ? TG_OK : TG_ARENA_FULL;
}

static tg_status complete(tg_role *role, const tg_transfer_plan *plan, const tg_message *offered,
                          const tg_spi_source *spis, tg_generic_cs *cs)
{
    const tg_session_plan *planned = plan_for(plan, cs->cs_id);
    TRY(choose_policy(role, plan, planned, offered, cs));
    if (planned && planned->session_data.len > 0) {
        cs->session_data = planned->session_data;
        cs->s = planned->s;
    }
    if (cs->session_data.len == 0 && cs->prot_type == TG_PROT_SRTP) {
        tg_maker m = tg_role_maker(role);
        cs->s = 0;
        TRY(tg_make_random(&m, 4, &cs->session_data)); /* SSRC */
    }
    if (planned && (planned->key > 0 || planned->spi.len > 0) && !spi_of(planned, spis, &cs->spi))
        return TG_NOT_FOUND;
    if (cs->spi.len == 0 && !default_spi(spis, &cs->spi))
        return TG_NOT_FOUND;
    return TG_OK;
}

static tg_status respond(tg_role *role, const tg_transfer_plan *plan, const tg_message *offered,
                         const tg_spi_source *spis, tg_generic_cs *cs, size_t *num)
{
    const tg_map *map = &offered->hdr.map;
    *num = 0;
    for (size_t i = 0; map->cs_id_map_type == TG_MAP_GENERIC_ID && i < map->num_cs; i++) {
        cs[*num] = map->generic[i];
        cs[*num].overrides = NULL;
        TRY(complete(role, plan, offered, spis, &cs[(*num)++]));
    }
    for (size_t i = 0; i < plan->num_sessions && *num < UINT8_MAX; i++) {
        if (!offered_session(offered, plan->sessions[i].cs_id))
            TRY(as_planned(&plan->sessions[i], spis, &cs[(*num)++]));
    }
    return TG_OK;
}

tg_status tg_make_map(tg_role *role, const tg_transfer_plan *plan, const tg_message *offered, const tg_spi_source *spis,
                      tg_map *out)
{
    size_t most = plan->num_sessions + (offered ? offered->hdr.map.num_cs : 0), num = 0;
    tg_generic_cs *cs = tg_arena_alloc(role->c.arena, (most + 1) * sizeof *cs);
    if (!cs)
        return TG_ARENA_FULL;
    if (offered) {
        TRY(respond(role, plan, offered, spis, cs, &num));
    } else {
        for (; num < plan->num_sessions; num++)
            TRY(as_planned(&plan->sessions[num], spis, &cs[num]));
    }
    if (num > UINT8_MAX)
        return TG_OVERFLOW;
    *out = (tg_map){ .cs_id_map_type = TG_MAP_GENERIC_ID, .num_cs = (uint8_t)num, .generic = cs };
    return TG_OK;
}
