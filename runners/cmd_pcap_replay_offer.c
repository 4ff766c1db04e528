/* pcap replay --as: what a role offers or answers in Ticket Transfer, read from what was captured. */
#include "cmd_pcap_replay_role.h"
#include "ticketgate/registry_values.h"

static const tg_security_policy *policies_of(const tg_message *message, tg_arena *arena, size_t *num)
{
    tg_security_policy *out;
    *num = 0;
    for (const tg_payload *p = message->payloads; p; p = p->next)
        *num += p->type == TG_PAYLOAD_SP;
    out = tg_arena_alloc(arena, (*num + 1) * sizeof *out);
    size_t at = 0;
    for (const tg_payload *p = message->payloads; p && out; p = p->next) {
        const tg_sp *sp = (const tg_sp *)p;
        if (p->type == TG_PAYLOAD_SP)
            out[at++] = (tg_security_policy){ sp->policy_no, sp->prot_type, sp->policy_param, sp->num_policy_param };
    }
    return out;
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

typedef struct captured_keys {
    tg_arena *arena;
    tg_key_plan *keys;
    size_t num;
    bool is_right, no_memory; /* is_right: it is authentic, and breaks no row */
} captured_keys;

/* Of the same type and length, and under the same SPI: what was captured behind them names them by it. */
static void take_keys(void *user, const tg_judgement *j)
{
    captured_keys *k = user;
    size_t num = 0;
    k->is_right = tg_judgement_is_accepted(j) && j->num_findings == 0;
    for (const tg_payload *p = j->keys; p; p = p->next)
        num += p->type == TG_PAYLOAD_KEY_DATA;
    k->keys = tg_arena_alloc(k->arena, (num + 1) * sizeof *k->keys);
    k->no_memory = !k->keys;
    for (const tg_payload *p = j->keys; p && k->keys; p = p->next) {
        const tg_key_data *key = (const tg_key_data *)p;
        if (p->type != TG_PAYLOAD_KEY_DATA || key->type == TG_KEY_MPK)
            continue;
        tg_bytes spi = tg_arena_copy(k->arena, key->kv_data.spi.data, key->kv_data.spi.len);
        k->no_memory = k->no_memory || (key->kv_data.spi.len > 0 && !spi.data);
        k->keys[k->num++] = (tg_key_plan){ .type = key->type,
                                           .key_len = (uint16_t)key->key_data.len,
                                           .salt_len = (uint16_t)key->salt_data.len,
                                           .spi_len = (uint8_t)spi.len,
                                           .spi = spi };
    }
}

static bool read_keys(role_cast *c, const role_line *l, captured_keys *out)
{
    const tg_bytes none = { NULL, 0 };
    *out = (captured_keys){ .arena = &c->arena };
    return tgp_replay_judge(c->replay, l->message, true, none, TG_SENDER_UNKNOWN, take_keys, out) && !out->no_memory;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool read_sessions(role_cast *c, const tg_message *message, tg_transfer_plan *out)
{
    const tg_map *map = &message->hdr.map;
    size_t num = map->generic ? map->num_cs : 0;
    tg_session_plan *sessions = tg_arena_alloc(&c->arena, (num + 1) * sizeof *sessions);
    *out = (tg_transfer_plan){ .num_sessions = num, .response = message->hdr.v };
    out->policies = policies_of(message, &c->arena, &out->num_policies);
    if (!sessions || !out->policies)
        return false;
    for (size_t i = 0; i < num; i++) {
        const tg_generic_cs *cs = &map->generic[i];
        sessions[i] = (tg_session_plan){ .cs_id = cs->cs_id,
                                         .prot_type = cs->prot_type,
                                         .s = cs->s,
                                         .ps = cs->ps,
                                         .session_data = cs->session_data,
                                         .spi = cs->spi };
    }
    out->sessions = sessions;
    return true;
}

bool role_offer(role_cast *c, const role_line *l, tg_transfer_plan *out)
{
    captured_keys keys;
    if (!read_sessions(c, l->parsed, out))
        return false;
    if (!tg_payload_find(l->parsed->payloads, TG_PAYLOAD_KEMAC))
        return true;
    if (!c->own_keys || !read_keys(c, l, &keys))
        return false;
    out->keys = keys.keys;
    out->num_keys = keys.num;
    return true;
}

static bool answers(const role_cast *c, const role_line *l, bool to_update, unsigned actors)
{
    return l->parsed && l->parsed->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP && l->m->from == c->who &&
           (l->actors & actors) && (strncmp(l->m->ex, "update", 6) == 0) == to_update;
}

bool role_answer(role_cast *c, bool to_update, unsigned actors, tg_transfer_plan *out)
{
    captured_keys keys;
    size_t num = 0;
    for (size_t n = 0; n < c->num; n++)
        num += answers(c, &c->lines[n], to_update, actors);
    for (size_t n = 0; n < c->num; n++) {
        const role_line *l = &c->lines[n];
        if (!answers(c, l, to_update, actors))
            continue;
        bool has_keys = tg_payload_find(l->parsed->payloads, TG_PAYLOAD_KEMAC) != NULL;
        if (to_update && (!has_keys || num > 1))
            break; /* what is told holds for all updates: as offered, unless it is one and has keys */
        if ((has_keys && !c->own_keys) || !read_keys(c, l, &keys) || !keys.is_right ||
            !read_sessions(c, l->parsed, out))
            break;
        out->keys = keys.num > 0 ? keys.keys : NULL;
        out->num_keys = keys.num;
        out->response = false;
        return true;
    }
    *out = (tg_transfer_plan){ .num_sessions = 0 };
    return false;
}
