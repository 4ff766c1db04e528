/* What is seen of the media of m-lines: SSRCs of RTP; of connections their first octets, and what a TLS handshake shows in the clear
 * (RFC 5246 6.2.1, 7.4: records, ServerHello, Certificate). */
#include "checks.h"

/* Media came of a covered m-line of this offer: what an answer with an Error, or that is rejected, should have kept from. */
static void note_media(tgpc_media *media, const tgp_unit *unit, bool by_offerer)
{
    const tgpc_m *m = tgpc_m_of(media->offer->description, media->m_line);
    tgpc_answer *answer = media->answer;
    if (!m->key || !answer || !answer->final || tgpc_next_offer(media->offer))
        return;
    tgpc_place place = tgpc_place_of(unit, 0, SIZE_MAX); /* all of it that is in its first frame */
    if (!answer->early.frame)
        answer->early = place;
    if (!answer->late.frame && by_offerer && answer->acked && answer->acked < unit->frame)
        answer->late = place;
}

void tgpc_take_rtp(tgp_calls *calls, const tgp_unit *unit)
{
    const tgpc_end *end = tgpc_find_end(calls, &unit->destination, &unit->source);
    if (!end || unit->octets.len < 12)
        return;
    calls->current = end->call;
    tgpc_media *media = end->media;
    bool by_offerer = !end->of_offer;
    note_media(media, unit, by_offerer);
    if (!media->answer || !media->answer->final) /* what comes before the 2xx may be of another dialog */
        return;
    tgpc_seen **seen = &media->seen[by_offerer ? 0 : 1];
    if (!*seen)
        *seen = tgpc_alloc(end->call, sizeof **seen);
    if (!*seen)
        return;
    const uint8_t *at = unit->octets.data + 8; /* RFC 3550 5.1 */
    uint32_t ssrc = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    for (size_t i = 0; i < (*seen)->num; i++)
        if ((*seen)->ssrcs[i] == ssrc)
            return;
    if ((*seen)->num == TGPC_MAX_SSRCS)
        return;
    (*seen)->ssrcs[(*seen)->num] = ssrc;
    (*seen)->places[(*seen)->num++] = tgpc_place_of(unit, 8, 4);
}

/* ---- handshakes ---------------------------------------------------------------------------------------------------------- */

#define MAX_CERTIFICATE 16384

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, APPLICATION_DATA = 23, SERVER_HELLO = 2, CERTIFICATE = 11 };

static uint32_t number_of(const uint8_t *at, size_t octets)
{
    uint32_t out = 0;
    for (size_t i = 0; i < octets; i++)
        out = out << 8 | at[i];
    return out;
}

typedef struct reading {
    tgp_call *call;
    tgpc_connection *connection;
    tgpc_side *side;
    const tgp_unit *unit;
} reading;

static void end_of_hello(const reading *r, uint32_t len)
{
    const uint8_t *hello = r->side->hello;
    size_t at = 35u + hello[34]; /* version, random, session id */
    if (len < 38 || hello[34] > 32 || at + 2 > len)
        return;
    r->connection->suite = (uint16_t)(hello[at] << 8 | hello[at + 1]);
    r->connection->has_hello = true;
}

/* One octet of a handshake message. */
static void take_octet(const reading *r, uint8_t octet, size_t place)
{
    tgpc_side *side = r->side;
    if (side->header_has < 4) {
        side->header[side->header_has++] = octet;
        if (side->header_has == 1 && octet == SERVER_HELLO && !r->connection->has_hello)
            r->connection->hello = tgpc_place_of(r->unit, place, 1);
        if (side->header_has == 1 && octet == CERTIFICATE && !side->certificate)
            side->certificate_place = tgpc_place_of(r->unit, place, 1);
        if (side->header_has == 4) {
            side->message_left = number_of(side->header + 1, 3);
            side->message_at = 0;
        }
    } else {
        uint32_t at = side->message_at++;
        side->message_left--;
        if (side->header[0] == SERVER_HELLO && at < sizeof side->hello) {
            side->hello[at] = octet;
        } else if (side->header[0] == CERTIFICATE && at < 6) {
            side->lengths[at] = octet;
            uint32_t len = number_of(side->lengths + 3, 3);
            if (at == 5 && !side->certificate && len && len <= MAX_CERTIFICATE) {
                side->certificate = tgpc_alloc(r->call, len);
                side->certificate_len = side->certificate ? len : 0;
            }
        } else if (side->header[0] == CERTIFICATE && side->certificate_has < side->certificate_len) {
            side->certificate[side->certificate_has++] = octet;
        }
    }
    if (side->header_has == 4 && side->message_left == 0) {
        if (side->header[0] == SERVER_HELLO && !r->connection->has_hello)
            end_of_hello(r, side->message_at < sizeof side->hello ? side->message_at : sizeof side->hello);
        side->header_has = 0;
    }
}

static void begin_record(tgpc_side *side)
{
    side->record_left = number_of(side->record + 3, 2);
    side->broken = side->record[0] < CHANGE_CIPHER_SPEC || side->record[0] > 24 || side->record[1] != 3 ||
                   side->record_left > 16384 + 2048;
    if (side->record[0] == CHANGE_CIPHER_SPEC || side->record[0] == APPLICATION_DATA)
        side->secret = side->done = true;
}

static void take_octets(const reading *r)
{
    tgpc_side *side = r->side;
    tg_bytes octets = r->unit->octets;
    size_t at = 0;
    while (at < octets.len && !side->broken && !side->done) {
        if (side->record_has < 5) {
            side->record[side->record_has++] = octets.data[at++];
            if (side->record_has == 5)
                begin_record(side);
        } else {
            size_t len = octets.len - at < side->record_left ? octets.len - at : side->record_left;
            for (size_t i = 0; i < len && side->record[0] == HANDSHAKE && !side->secret; i++)
                take_octet(r, octets.data[at + i], at + i);
            at += len;
            side->record_left -= (uint32_t)len;
        }
        if (side->record_has == 5 && side->record_left == 0)
            side->record_has = 0;
    }
}

/* ---- connections --------------------------------------------------------------------------------------------------------- */

static tgpc_connection *connection_of(const tgpc_end *end, const tgp_unit *unit, bool by_offerer)
{
    tgpc_media *media = end->media;
    for (tgpc_connection *known = media->connections; known; known = known->next)
        if (known->id == unit->connection)
            return known;
    if (media->num_connections == TGPC_MAX_CONNECTIONS) {
        end->call->full = true;
        return NULL;
    }
    tgpc_connection *connection = tgpc_alloc(end->call, sizeof *connection);
    if (!connection)
        return NULL;
    connection->next = media->connections;
    connection->id = unit->connection;
    connection->offer = media->offer;
    connection->tls = unit->kind == TGP_UNIT_TLS;
    connection->by_offerer = by_offerer;
    connection->server = end->end;
    connection->client = tgp_endpoint_equals(&end->end, &unit->source) ? unit->destination : unit->source;
    connection->first = tgpc_place_of(unit, 0, unit->octets.len < 5 ? unit->octets.len : 5);
    media->connections = connection;
    media->num_connections++;
    return connection;
}

void tgpc_take_stream(tgp_calls *calls, const tgp_unit *unit)
{
    const tgpc_end *end = tgpc_find_end(calls, &unit->destination, &unit->source);
    bool by_offerer = end && !end->of_offer;
    if (!end) {
        end = tgpc_find_end(calls, &unit->source, &unit->destination);
        by_offerer = end && end->of_offer;
    }
    if (!end || tgpc_m_of(end->media->offer->description, end->media->m_line)->rtp)
        return;
    calls->current = end->call;
    if (unit->kind == TGP_UNIT_TLS)
        note_media(end->media, unit, by_offerer);
    tgpc_connection *connection = connection_of(end, unit, by_offerer);
    if (!connection || unit->kind != TGP_UNIT_TLS || unit->tls.datagram)
        return;
    reading r = { end->call, connection, &connection->sides[by_offerer ? 0 : 1], unit };
    take_octets(&r);
}
