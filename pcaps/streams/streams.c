/* Flows as the listener sees them: connections that begin, have data and gaps, and end. */
#include <stdlib.h>

#include "streams_parts.h"

enum { DEFAULT_OCTETS = 16 << 20, DEFAULT_ONE = 1 << 20, DEFAULT_CONNECTIONS = 1000000, DEFAULT_MEMORY = 128 << 20 };

tgp_streams *tgp_streams_new(const tgp_stream_limits *limits, const tgp_stream_listener *listener)
{
    static const tgp_stream_limits none;
    const tgp_stream_limits *given = limits ? limits : &none;
    tgp_streams *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->listener = *listener;
    s->limits.octets = given->octets ? given->octets : DEFAULT_OCTETS;
    s->limits.one = given->one ? given->one : DEFAULT_ONE;
    s->limits.connections = given->connections ? given->connections : DEFAULT_CONNECTIONS;
    s->limits.memory = given->memory ? given->memory : DEFAULT_MEMORY;
    if (tgp_table_init(&s->table, s->limits.connections))
        return s;
    tgp_table_destroy(&s->table);
    free(s);
    return NULL;
}

uint64_t tgp_streams_count(const tgp_streams *streams, tgp_stream_event event)
{
    return streams->counts[event];
}

/* ---- the listener -------------------------------------------------------------------------------------------- */

static tgp_connection connection_of(tgp_streams *s, uint32_t flow)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_flow_more *more = tgp_flow_more_at(&s->table, flow);
    if (more->id == 0)
        more->id = ++s->ids;
    tgp_connection c;
    memset(&c, 0, sizeof c);
    c.id = more->id;
    c.transport = f->flags & TGP_FLOW_SCTP ? TGP_SCTP : TGP_TCP;
    c.from_start = (f->flags & TGP_FLOW_FROM_START) != 0;
    c.user = more->user;
    for (unsigned end = 0; end < 2; end++) {
        unsigned side = f->flags & TGP_FLOW_SECOND ? end ^ 1 : end;
        c.ends[end].address.version = f->flags & TGP_FLOW_V6 ? 6 : 4;
        memcpy(c.ends[end].address.octets, f->addresses[side], 16);
        c.ends[end].port = f->ports[side];
    }
    return c;
}

static unsigned end_of(const tgp_flow *f, unsigned side)
{
    return f->flags & TGP_FLOW_SECOND ? side ^ 1 : side;
}

static bool told(tgp_streams *s, uint32_t flow, unsigned side, const tgp_connection *c, tgp_interest interest)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_flow_more_at(&s->table, flow)->user = c->user;
    f->flags |= TGP_FLOW_TOLD;
    f->sides[side] |= TGP_SIDE_TOLD;
    if (interest == TGP_LET_GO) {
        f->sides[side] |= TGP_SIDE_LET_GO;
        if (f->sides[side] & TGP_SIDE_HELD)
            tgp_held_free(s, tgp_held_of(s, flow, side));
    }
    return interest != TGP_LET_GO;
}

bool tgp_tell_gap(tgp_streams *s, uint32_t flow, unsigned side, uint64_t octets)
{
    tgp_connection c = connection_of(s, flow);
    tgp_interest interest = s->listener.gap(s->listener.user, &c, end_of(tgp_streams_flow(s, flow), side), octets);
    return told(s, flow, side, &c, interest);
}

bool tgp_tell_data(tgp_streams *s, uint32_t flow, unsigned side, tg_bytes octets, const tgp_piece *pieces,
                   size_t num_pieces, int64_t time, bool message_ends)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    if ((f->sides[side] & (TGP_SIDE_STARTED | TGP_SIDE_TOLD)) == 0 && !tgp_tell_gap(s, flow, side, 0))
        return false;
    tgp_connection c = connection_of(s, flow);
    tgp_interest interest =
        s->listener.data(s->listener.user, &c, end_of(f, side), octets, pieces, num_pieces, time, message_ends);
    return told(s, flow, side, &c, interest);
}

/* ---- connections begin and end ------------------------------------------------------------------------------- */

void tgp_end_flow(tgp_streams *s, uint32_t flow, tgp_end how)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    if (f->flags & TGP_FLOW_OVER)
        return;
    tgp_held_flush(s, flow);
    if (f->flags & TGP_FLOW_OVER)
        return; /* both FINs were among what was held */
    if (f->flags & TGP_FLOW_TOLD) {
        tgp_connection c = connection_of(s, flow);
        s->listener.end(s->listener.user, &c, how);
    }
    f->flags |= TGP_FLOW_OVER;
    f->sides[0] |= TGP_SIDE_LET_GO;
    f->sides[1] |= TGP_SIDE_LET_GO;
}

void tgp_replace_flow(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_end_flow(s, flow, TGP_END_REPLACED);
    tgp_flow *f = tgp_streams_flow(s, flow);
    f->flags = (uint8_t)((f->flags & (TGP_FLOW_USED | TGP_FLOW_SCTP | TGP_FLOW_V6)) | (side ? TGP_FLOW_SECOND : 0));
    f->sides[0] = f->sides[1] = 0;
    f->next[0] = f->next[1] = f->first[0] = f->first[1] = 0;
    memset(tgp_flow_more_at(&s->table, flow), 0, sizeof(tgp_flow_more));
}

/* Something of it was being followed. */
static bool is_followed(const tgp_flow *f)
{
    if ((f->flags & (TGP_FLOW_TOLD | TGP_FLOW_OVER)) != TGP_FLOW_TOLD)
        return false;
    for (unsigned side = 0; side < 2; side++)
        if ((f->sides[side] & (TGP_SIDE_TOLD | TGP_SIDE_LET_GO | TGP_SIDE_FINISHED)) == TGP_SIDE_TOLD)
            return true;
    return false;
}

static bool evict_one(tgp_streams *s)
{
    uint32_t flow = tgp_table_oldest(&s->table, s->now);
    if (flow == TGP_NO_FLOW)
        return false;
    if (is_followed(tgp_streams_flow(s, flow)))
        s->counts[TGP_STREAM_EVICTED]++;
    tgp_end_flow(s, flow, TGP_END_EVICTED);
    tgp_table_remove(&s->table, flow);
    return true;
}

static uint32_t new_flow(tgp_streams *s, const tgp_flow_key *key)
{
    uint32_t flow;
    do {
        size_t memory = s->limits.memory > s->held ? s->limits.memory - s->held : 0;
        flow = tgp_table_add(&s->table, key, memory);
    } while (flow == TGP_NO_FLOW && evict_one(s));
    if (flow != TGP_NO_FLOW && key->side == 1)
        tgp_streams_flow(s, flow)->flags |= TGP_FLOW_SECOND;
    return flow;
}

bool tgp_streams_take(tgp_streams *streams, const tgp_segment *segment)
{
    if (segment->transport != TGP_TCP && segment->transport != TGP_SCTP)
        return false;
    tgp_flow_key key;
    tgp_flow_key_of(segment, &key);
    uint32_t flow = tgp_table_find(&streams->table, &key);
    if (flow == TGP_NO_FLOW)
        flow = new_flow(streams, &key);
    if (flow == TGP_NO_FLOW)
        return true; /* there is no memory for a single one */
    tgp_streams_flow(streams, flow)->stamp = ++streams->now;
    if (segment->transport == TGP_TCP)
        tgp_take_tcp(streams, flow, key.side, segment);
    else
        tgp_take_sctp(streams, flow, key.side, segment);
    return true;
}

void tgp_streams_finish(tgp_streams *streams)
{
    for (uint32_t i = 0; i < streams->table.num_slabs << TGP_SLAB_BITS; i++)
        if (tgp_streams_flow(streams, i)->flags != 0) {
            tgp_end_flow(streams, i, TGP_END_CAPTURE);
            tgp_table_remove(&streams->table, i);
        }
}

/* Without tgp_streams_finish connections have no end. */
void tgp_streams_free(tgp_streams *streams)
{
    if (!streams)
        return;
    while (streams->held_oldest)
        tgp_held_free(streams, streams->held_oldest);
    tgp_table_destroy(&streams->table);
    free(streams->pieces);
    free(streams);
}
