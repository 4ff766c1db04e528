/* TLS connections of m-lines: kept until their conversation is told, or they are over. */
#include <stdlib.h>

#include "connections.h"

/* ---- finding one ------------------------------------------------------------------------------------------------ */

static uint64_t hash_of_end(const tgp_endpoint *end)
{
    return tgt_hash(tg_bytes_of(end->address.octets, sizeof end->address.octets), end->port);
}

static uint64_t hash_of(const tgp_unit *unit)
{
    if (unit->connection)
        return tgt_hash_numbers(unit->connection, 5);
    return tgt_hash_numbers(hash_of_end(&unit->source) + hash_of_end(&unit->destination), 6); /* either way */
}

static bool is_between(const tgt_connection *c, const tgp_endpoint *a, const tgp_endpoint *b)
{
    return (tgp_endpoint_equals(&c->ends[0], a) && tgp_endpoint_equals(&c->ends[1], b)) ||
           (tgp_endpoint_equals(&c->ends[0], b) && tgp_endpoint_equals(&c->ends[1], a));
}

static tgt_connection *find(const tgp_trace *trace, const tgp_unit *unit)
{
    for (tgt_node *n = tgt_table_find(&trace->connections_by_id, hash_of(unit)); n; n = tgt_node_next(n)) {
        tgt_connection *c = TGT_OF(n, tgt_connection, by_id);
        if (c->id == unit->connection && is_between(c, &unit->source, &unit->destination))
            return c;
    }
    return NULL;
}

/* ---- beginning one ---------------------------------------------------------------------------------------------- */

/* A record with a ClientHello (RFC 5246 6.2.1, 7.4; RFC 6347 4.1), as far as it is there. */
static bool begins_with_hello(const tgp_unit *unit)
{
    tg_bytes octets = unit->octets;
    size_t type_at = unit->tls.datagram ? 13 : 5;
    return octets.len > 0 && octets.data[0] == 22 && (octets.len <= type_at || octets.data[type_at] == 1);
}

static const tgp_media *media_of(tgp_trace *trace, const tgp_unit *unit, const tgp_endpoint ends[2], tgp_call **call)
{
    const tgp_media *media = tgp_calls_media_of(trace->calls, &ends[0], &ends[1], call);
    if (!media && unit->tls.datagram) /* either end may be the one that is named */
        media = tgp_calls_media_of(trace->calls, &ends[1], &ends[0], call);
    return media && media->tls ? media : NULL;
}

/* The conversation that gives the TEK, where it was not told yet. */
static tgt_conversation *conversation_of_key(const tgp_trace *trace, uint64_t key)
{
    for (tgt_node *n = key ? tgt_table_find(&trace->keys_of_records, tgt_hash_numbers(key, 3)) : NULL; n;
         n = tgt_node_next(n)) {
        tgt_record *r = TGT_OF(n, tgt_record, by_key);
        if (r->key == key)
            return r->conversation->number == TGP_NONE ? NULL : r->conversation;
    }
    return NULL;
}

static void put_last(tgp_trace *trace, tgt_connection *c)
{
    c->quieter = trace->busiest_connection;
    c->busier = NULL;
    *(trace->busiest_connection ? &trace->busiest_connection->busier : &trace->quietest_connection) = c;
    trace->busiest_connection = c;
}

static void take_out(tgp_trace *trace, tgt_connection *c)
{
    *(c->quieter ? &c->quieter->busier : &trace->quietest_connection) = c->busier;
    *(c->busier ? &c->busier->quieter : &trace->busiest_connection) = c->quieter;
}

/* The messages of older m-lines that name the same end. */
static void note_others(tgp_trace *trace, tgt_connection *c)
{
    const tgp_media *media;
    for (unsigned n = 1; c->call && c->num_others < TGT_MAX_OTHERS; n++) {
        media = tgp_calls_nth_media_of(trace->calls, &c->ends[0], &c->ends[1], n, NULL);
        if (!media)
            return;
        if (media->tls && media->offer_key && media->offer_key != c->media.offer_key)
            c->others[c->num_others++] = media->offer_key;
    }
}

static tgt_connection *begin(tgp_trace *trace, const tgp_unit *unit)
{
    tgp_endpoint ends[2] = { unit->tls.from_first ? unit->source : unit->destination,
                             unit->tls.from_first ? unit->destination : unit->source };
    tgp_call *call = NULL;
    const tgp_media *media = begins_with_hello(unit) ? media_of(trace, unit, ends, &call) : NULL;
    if (!media && !begins_with_hello(unit))
        return NULL;
    tgp_media copy = { .offer_key = 0 };
    if (media)
        copy = *media;
    tgt_connection *c = tgt_alloc(trace, sizeof *c);
    if (!c)
        return NULL;
    c->id = unit->connection;
    c->number = trace->next_connection++;
    c->first_frame = unit->first_frame;
    c->time = unit->time;
    c->ends[0] = ends[0];
    c->ends[1] = ends[1];
    c->datagrams = unit->tls.datagram;
    c->media = copy;
    c->call = call ? tgt_call_of(trace, call) : NULL;
    c->call_number = c->call ? c->call->number : TGP_NONE;
    if (c->call)
        c->call->num_connections++;
    c->conversation = conversation_of_key(trace, copy.offer_key);
    if (!c->conversation)
        c->conversation = conversation_of_key(trace, copy.answer_key);
    note_others(trace, c);
    c->has_level = copy.session_offer_key != 0 || c->num_others > 0;
    trace->num_leveled += c->has_level;
    if (c->conversation) {
        *c->conversation->last_connection = c;
        c->conversation->last_connection = &c->next;
    }
    tgt_table_put(&trace->connections_by_id, &c->by_id, hash_of(unit));
    put_last(trace, c);
    return c;
}

/* ---- octets ----------------------------------------------------------------------------------------------------- */

/* Room for `num` of them. */
static bool grow(tgp_trace *trace, void **data, size_t *max, size_t num, size_t size)
{
    if (num <= *max)
        return true;
    void *more = realloc(*data, num * size);
    if (!more) {
        trace->out_of_memory = true;
        return false;
    }
    trace->used += (num - *max) * size;
    *data = more;
    *max = num;
    return true;
}

/* Of how many there is to be room, where so many are wanted and `max` is there: few connections have more than that of the first step. */
static size_t room_for(size_t wanted, size_t max, size_t first)
{
    return wanted <= max ? max : wanted <= first ? first : wanted <= 4 * first ? 4 * first : wanted + wanted / 2;
}

static bool make_room(tgp_trace *trace, tgt_connection *c, const tgp_unit *unit)
{
    void *octets = c->octets, *segments = c->segments, *pieces = c->pieces;
    size_t num_octets = room_for(c->num_octets + unit->octets.len, c->max_octets, TGT_MAX_UNNAMED / 4),
           num_segments = room_for(c->num_segments + 1, c->max_segments, 8),
           num_pieces = room_for(c->num_pieces + unit->num_pieces, c->max_pieces, 8);
    bool ok = grow(trace, &octets, &c->max_octets, num_octets, 1);
    c->octets = octets;
    ok = ok && grow(trace, &segments, &c->max_segments, num_segments, sizeof *c->segments);
    c->segments = segments;
    ok = ok && grow(trace, &pieces, &c->max_pieces, num_pieces, sizeof *c->pieces);
    c->pieces = pieces;
    return ok;
}

static void keep(tgp_trace *trace, tgt_connection *c, const tgp_unit *unit)
{
    size_t most = c->media.tls ? TGT_MAX_CONNECTION : TGT_MAX_UNNAMED;
    c->full = c->full || c->num_octets + unit->octets.len > most || c->num_segments == TGT_MAX_SEGMENTS;
    if (c->full || unit->octets.len == 0 || !make_room(trace, c, unit))
        return;
    c->segments[c->num_segments++] = (tgt_segment){ .from_first = unit->tls.from_first,
                                                    .offset = c->num_octets,
                                                    .len = unit->octets.len,
                                                    .first_piece = c->num_pieces,
                                                    .num_pieces = unit->num_pieces,
                                                    .frame = unit->frame };
    memcpy(c->octets + c->num_octets, unit->octets.data, unit->octets.len);
    c->num_octets += unit->octets.len;
    memcpy(c->pieces + c->num_pieces, unit->pieces, unit->num_pieces * sizeof *unit->pieces);
    c->num_pieces += unit->num_pieces;
}

void tgt_take_tls(tgp_trace *trace, const tgp_unit *unit)
{
    tgt_connection *c = find(trace, unit);
    if (!c)
        c = begin(trace, unit);
    if (!c)
        return;
    keep(trace, c, unit);
    c->last_time = trace->now;
    take_out(trace, c);
    put_last(trace, c);
    if (c->conversation)
        tgt_touch_conversation(trace, c->conversation);
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

static void leave_conversation(tgt_connection *c)
{
    if (!c->conversation)
        return;
    tgt_connection **at = &c->conversation->connections;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    for (at = &c->conversation->connections; *at;)
        at = &(*at)->next;
    c->conversation->last_connection = at;
    c->conversation = NULL;
}

static void let_go(tgp_trace *trace, tgt_connection *c)
{
    leave_conversation(c);
    trace->num_leveled -= c->has_level;
    take_out(trace, c);
    tgt_table_remove(&trace->connections_by_id, &c->by_id);
    if (c->call)
        c->call->num_connections--;
    tgt_release(trace, c->octets, c->max_octets);
    tgt_release(trace, c->segments, c->max_segments * sizeof *c->segments);
    tgt_release(trace, c->pieces, c->max_pieces * sizeof *c->pieces);
    tgt_release(trace, c, sizeof *c);
}

/* With a conversation: that is judged, and told another time. */
void tgt_tell_connection(tgp_trace *trace, tgt_connection *c)
{
    if (c->conversation)
        tgt_judge(trace, c->conversation);
    tgt_judge_connection(trace, c);
    let_go(trace, c);
}

static bool compares_with(const tgp_trace *trace, const tgt_connection *c, const tgt_conversation *conversation)
{
    bool compares = conversation_of_key(trace, c->media.session_offer_key) == conversation;
    for (size_t i = 0; i < c->num_others && !compares; i++)
        compares = conversation_of_key(trace, c->others[i]) == conversation;
    return compares;
}

/* Those, too, whose keys are compared with its own: it has the message of the session, or of another m-line, and will be gone. */
void tgt_tell_connections_of(tgp_trace *trace, tgt_conversation *conversation)
{
    for (tgt_connection *c = trace->num_leveled ? trace->quietest_connection : NULL, *next; c; c = next) {
        next = c->busier;
        if (c->has_level && compares_with(trace, c, conversation))
            tgt_tell_connection(trace, c);
    }
    while (conversation->connections)
        tgt_tell_connection(trace, conversation->connections);
}

void tgt_tell_connections_of_call(tgp_trace *trace, tgt_call *call)
{
    for (tgt_connection *c = trace->quietest_connection, *next; c && call->num_connections > 0; c = next) {
        next = c->busier;
        if (c->call == call)
            tgt_tell_connection(trace, c);
    }
}

void tgt_forget_call(tgp_trace *trace, const tgt_call *call)
{
    for (tgt_connection *c = call->num_connections ? trace->quietest_connection : NULL; c; c = c->busier) {
        if (c->call == call)
            c->call = NULL;
    }
}

void tgt_tell_connections(tgp_trace *trace)
{
    while (trace->quietest_connection)
        tgt_tell_connection(trace, trace->quietest_connection);
}

void tgt_end_connection(tgp_trace *trace, uint64_t id)
{
    tgt_node *n = tgt_table_find(&trace->connections_by_id, tgt_hash_numbers(id, 5));
    for (; n; n = tgt_node_next(n)) {
        tgt_connection *c = TGT_OF(n, tgt_connection, by_id);
        if (c->id != id)
            continue;
        if (!c->conversation)
            tgt_tell_connection(trace, c);
        return;
    }
}

void tgt_free_connections(tgp_trace *trace)
{
    while (trace->quietest_connection)
        let_go(trace, trace->quietest_connection);
}

int64_t tgt_connection_time(const tgt_connection *connection)
{
    return connection->last_time;
}
