/* A message as the exchanges see it: its payloads by kind and role, and tickets that are the same. */
#include "case.h"

static void add_part(tg_parts *parts, const tg_payload *p)
{
    switch (p->type) {
#define FIRST(TYPE, member)                                                                                            \
    case TG_PAYLOAD_##TYPE:                                                                                            \
        if (!parts->member)                                                                                            \
            parts->member = (const tg_##member *)p;                                                                    \
        break
        FIRST(T, t);
        FIRST(KEMAC, kemac);
        FIRST(PKE, pke);
        FIRST(CHASH, chash);
        FIRST(CERT, cert);
        FIRST(RAND, rand);
        FIRST(TP, tp);
        FIRST(TICKET, ticket);
#undef FIRST
    case TG_PAYLOAD_ID:
        if (!parts->id[1])
            parts->id[parts->id[0] != NULL] = (const tg_id *)p;
        break;
    case TG_PAYLOAD_IDR: {
        const tg_idr *idr = (const tg_idr *)p;
        if (idr->id_role < TG_NUM_ID_ROLES && !parts->idr[idr->id_role])
            parts->idr[idr->id_role] = idr;
        break;
    }
    case TG_PAYLOAD_RANDR: {
        const tg_randr *randr = (const tg_randr *)p;
        if (randr->rand_role < TG_NUM_RAND_ROLES && !parts->randr[randr->rand_role])
            parts->randr[randr->rand_role] = randr;
        break;
    }
    default:
        break;
    }
}

void tg_find_parts(const tg_message *message, tg_parts *out)
{
    const tg_payload *last = NULL;
    for (const tg_payload *p = message->payloads; p; p = p->next) {
        add_part(out, p);
        last = p;
    }
    if (last && last->type == TG_PAYLOAD_V)
        out->v = (const tg_v *)last;
    else if (last && last->type == TG_PAYLOAD_SIGN)
        out->sign = (const tg_sign *)last;
}

/* Tells octets apart quickly; those that agree in it are compared (FNV-1a, eight octets at a time). */
uint64_t tg_digest(tg_bytes octets)
{
    uint64_t digest = 0xcbf29ce484222325u ^ octets.len;
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= octets.len; i += sizeof word) {
        memcpy(&word, octets.data + i, sizeof word);
        digest = (digest ^ word) * 0x100000001b3u;
        digest ^= digest >> 29;
    }
    for (; i < octets.len; i++)
        digest = (digest ^ octets.data[i]) * 0x100000001b3u;
    return digest;
}

/* What two TICKETs that are the same agree in: everything between Next Payload and Initiator Data length (section 8).
 * */
static tg_bytes ticket_core(const tg_ticket *ticket)
{
    enum { NEXT_PAYLOAD = 1, INITIATOR_DATA_LEN = 2 };
    size_t without = NEXT_PAYLOAD + INITIATOR_DATA_LEN + ticket->initiator_data.octets.len;
    if (ticket->head.octets.len < without)
        return tg_bytes_of(NULL, 0);
    return tg_bytes_of(ticket->head.octets.data + NEXT_PAYLOAD, ticket->head.octets.len - without);
}

bool tg_same_ticket(const tg_ticket *a, const tg_ticket *b)
{
    return tg_bytes_equal(ticket_core(a), ticket_core(b));
}

bool tg_same_identity(const tg_idr *a, const tg_idr *b)
{
    return a->id_type == b->id_type && tg_bytes_equal(a->id_data, b->id_data);
}

uint64_t tg_ticket_digest(const tg_ticket *ticket)
{
    return tg_digest(ticket_core(ticket));
}
