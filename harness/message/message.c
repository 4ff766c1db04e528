#include "ticketgate/message.h"

/* The most that an octet of a message can cost: a V without a MAC is two octets, a tg_v and, in Initiator Data where
 * its Next Payload is 0 and another follows, an override. */
#define ARENA_PER_OCTET 64
#define ARENA_FIXED 4096

size_t tg_message_arena_size(size_t message_len)
{
    return message_len > (SIZE_MAX - ARENA_FIXED) / ARENA_PER_OCTET ? SIZE_MAX
                                                                     : message_len * ARENA_PER_OCTET + ARENA_FIXED;
}

static tg_status finish(tg_status status, tg_diag *diag)
{
    if (status != TG_OK && diag) {
        diag->status = status;
        tg_clause_of_id(diag->id, diag->clause);
    }
    return status;
}

tg_status tg_message_parse(tg_bytes octets, tg_arena *arena, tg_message **out, tg_diag *diag)
{
    tg_reader r = tg_reader_of(octets);
    tg_parse p = { .base = r.pos, .arena = arena, .diag = diag };
    tg_message *message = tg_arena_alloc(arena, sizeof *message);
    if (!message) {
        if (diag)
            *diag = (tg_diag){ .status = TG_ARENA_FULL, .id = "", .path = "message" };
        return TG_ARENA_FULL;
    }
    message->octets = octets;
    uint8_t first = TG_PAYLOAD_LAST;
    tg_status status = tg_wire_parse_hdr(&p, &r, &message->hdr, &first);
    if (status == TG_OK) {
        p.data_type = message->hdr.data_type;
        status = tg_wire_parse_chain(&p, &r, TG_CHAIN_MESSAGE, first, &message->payloads);
    }
    if (!TG_LIKELY(status == TG_OK))
        return finish(status, diag);
    *out = message;
    return TG_OK;
}

tg_status tg_message_build(const tg_message *message, tg_writer *w)
{
    tg_wire_build_hdr(w, &message->hdr, message->payloads);
    tg_wire_build_chain(w, message->payloads);
    return tg_writer_status(w);
}

static tg_status parse_alone(tg_bytes octets, tg_chain_kind kind, uint8_t data_type, tg_arena *arena, tg_payload **out,
                             tg_diag *diag)
{
    tg_reader r = tg_reader_of(octets);
    tg_parse p = { .base = r.pos, .arena = arena, .data_type = data_type, .diag = diag };
    return finish(tg_wire_parse_chain(&p, &r, kind, TG_PAYLOAD_LAST, out), diag);
}

tg_status tg_message_parse_keys(tg_bytes octets, uint8_t data_type, tg_arena *arena, tg_payload **out, tg_diag *diag)
{
    return parse_alone(octets, TG_CHAIN_KEYS, data_type, arena, out, diag);
}

tg_status tg_message_parse_ticket_data(tg_bytes octets, tg_arena *arena, tg_payload **out, tg_diag *diag)
{
    /* A KEMAC in Ticket Data holds keys and nothing before them (RFC 6043 A.1). */
    return parse_alone(octets, TG_CHAIN_TICKET_DATA, TG_DATA_TYPE_TRANSFER_INIT, arena, out, diag);
}
