/* Making and finding payloads. */
#include "ticketgate/message.h"

tg_payload *tg_payload_new(tg_arena *arena, uint16_t type)
{
    const tg_layout *layout = tg_layout_of(type);
    tg_payload *payload = layout ? tg_arena_alloc(arena, layout->struct_size) : NULL;
    if (payload) {
        memset(payload, 0, layout->struct_size);
        payload->type = type;
    }
    return payload;
}

const tg_payload *tg_payload_find(const tg_payload *from, uint16_t type)
{
    while (from && from->type != type)
        from = from->next;
    return from;
}

/* tg_<payload>_find: the first of a type whose role is the one asked for. */
#define FIND_BY_ROLE(name, number, role)                                                                               \
    const tg_##name *tg_##name##_find(const tg_payload *from, uint8_t role)                                            \
    {                                                                                                                  \
        for (; (from = tg_payload_find(from, number)); from = from->next) {                                            \
            const tg_##name *found = (const tg_##name *)from;                                                          \
            if (found->role == role)                                                                                   \
                return found;                                                                                          \
        }                                                                                                              \
        return NULL;                                                                                                   \
    }
FIND_BY_ROLE(idr, TG_PAYLOAD_IDR, id_role)
FIND_BY_ROLE(randr, TG_PAYLOAD_RANDR, rand_role)
FIND_BY_ROLE(tr, TG_PAYLOAD_TR, ts_role)

const tg_payload *tg_payload_last(const tg_payload *from)
{
    while (from && from->next)
        from = from->next;
    return from;
}

size_t tg_payload_index(const tg_payload *chain, const tg_payload *payload)
{
    size_t index = 0;
    for (; chain && chain != payload; chain = chain->next)
        index += chain->type == payload->type;
    return index;
}

uint8_t tg_payload_next_octet(const tg_payload *payload)
{
    if (payload->type == TG_PAYLOAD_SIGN || payload->octets.len == 0)
        return TG_PAYLOAD_LAST;
    return payload->octets.data[0];
}

bool tg_srtp_session_data_of(const tg_generic_cs *cs, tg_srtp_session_data *out)
{
    tg_reader r = tg_reader_of(cs->session_data);
    tg_srtp_session_data found = { .has_roc_seq = cs->s != 0 };
    if (tg_reader_left(&r) != (found.has_roc_seq ? 10u : 4u) || !tg_get_u32(&r, &found.ssrc))
        return false;
    if (found.has_roc_seq && !(tg_get_u32(&r, &found.roc) && tg_get_u16(&r, &found.seq)))
        return false;
    *out = found;
    return true;
}
