/* What is held ahead of a hole, and how long. */
#include <stdlib.h>

#include "streams_parts.h"

/* An acknowledgement that comes ahead of what it acknowledges says that the capture lacks it, or that its packets are not quite in order: so many
 * segments of the connection, or so much time, may yet bring it. */
enum { PATIENCE_SEGMENTS = 64 };
static const int64_t patience_time = 1000000000;

/* The allocator's share of each block. */
enum { OVERHEAD = 16 };

tgp_held *tgp_held_new(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_held *held = calloc(1, sizeof *held);
    if (!held)
        return NULL;
    held->flow = flow;
    held->side = (uint8_t)side;
    held->octets = sizeof *held + OVERHEAD;
    s->held += held->octets;
    held->older = s->held_newest;
    *(s->held_newest ? &s->held_newest->newer : &s->held_oldest) = held;
    s->held_newest = held;
    tgp_flow_more_at(&s->table, flow)->held[side] = held;
    tgp_streams_flow(s, flow)->sides[side] |= TGP_SIDE_HELD;
    return held;
}

static void take_out(tgp_streams *s, tgp_held *held)
{
    *(held->older ? &held->older->newer : &s->held_oldest) = held->newer;
    *(held->newer ? &held->newer->older : &s->held_newest) = held->older;
}

void tgp_held_free(tgp_streams *s, tgp_held *held)
{
    take_out(s, held);
    s->held -= held->octets;
    tgp_flow_more_at(&s->table, held->flow)->held[held->side] = NULL;
    tgp_streams_flow(s, held->flow)->sides[held->side] &= (uint8_t) ~(TGP_SIDE_HELD | TGP_SIDE_WAITS);
    for (size_t i = 0; i < held->num; i++)
        free(tgp_held_at(held, i));
    free(held->segments);
    free(held);
}

/* ---- segments ------------------------------------------------------------------------------------------------ */

size_t tgp_held_find(const tgp_held *held, uint32_t next, uint32_t seq)
{
    size_t low = 0, high = held->num;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const tgp_held_segment *segment = tgp_held_at(held, middle);
        if (segment->seq + segment->span - next <= seq - next)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_place(tgp_streams *s, tgp_held *held, size_t at)
{
    if (held->first + held->num == held->capacity && held->first > held->num / 2) {
        memmove(held->segments, held->segments + held->first, held->num * sizeof(tgp_held_segment *));
        held->first = 0;
    }
    if (held->first + held->num == held->capacity) {
        size_t capacity = held->capacity ? 2 * held->capacity : 8;
        tgp_held_segment **more = realloc(held->segments, capacity * sizeof *more);
        if (!more)
            return false;
        s->held += (capacity - held->capacity) * sizeof *more;
        held->octets += (capacity - held->capacity) * sizeof *more;
        held->segments = more;
        held->capacity = capacity;
    }
    tgp_held_segment **place = held->segments + held->first + at;
    memmove(place + 1, place, (held->num - at) * sizeof *place);
    held->num++;
    return true;
}

static size_t cost_of(const tgp_held_segment *segment)
{
    return sizeof *segment + segment->num_pieces * sizeof *segment->pieces + segment->data.len + OVERHEAD;
}

static tgp_held_segment *copy_of(const tgp_segment *segment, size_t from, size_t len)
{
    size_t room = segment->num_pieces * sizeof(tgp_piece);
    tgp_held_segment *copy = malloc(sizeof *copy + room + len);
    if (!copy)
        return NULL;
    copy->num_pieces = tgp_pieces_cut(segment->pieces, segment->num_pieces, from, len, copy->pieces, segment->num_pieces);
    uint8_t *data = (uint8_t *)&copy->pieces[copy->num_pieces];
    memcpy(data, segment->data.data + from, len);
    copy->data = tg_bytes_of(data, len);
    copy->time = segment->time;
    copy->begins = copy->ends = false;
    return copy;
}

bool tgp_held_insert(tgp_streams *s, tgp_held *held, size_t at, uint32_t seq, uint32_t span, const tgp_segment *segment,
                     size_t from, size_t len)
{
    tgp_held_segment *copy = copy_of(segment, from, len);
    if (!copy || !make_place(s, held, at)) {
        free(copy);
        return false;
    }
    copy->seq = seq;
    copy->span = span;
    if (segment->transport == TGP_SCTP) {
        copy->begins = segment->sctp.begins;
        copy->ends = segment->sctp.ends;
    }
    held->segments[held->first + at] = copy;
    held->octets += cost_of(copy);
    s->held += cost_of(copy);
    if (held != s->held_newest) {
        take_out(s, held);
        held->newer = NULL;
        held->older = s->held_newest;
        s->held_newest->newer = held;
        s->held_newest = held;
    }
    return true;
}

tgp_held_segment *tgp_held_pop(tgp_streams *s, tgp_held *held)
{
    tgp_held_segment *segment = tgp_held_at(held, 0);
    held->first++;
    held->num--;
    held->octets -= cost_of(segment);
    s->held -= cost_of(segment);
    return segment;
}

/* ---- holes --------------------------------------------------------------------------------------------------- */

static void drain(tgp_streams *s, uint32_t flow, unsigned side)
{
    if (tgp_streams_flow(s, flow)->flags & TGP_FLOW_SCTP)
        tgp_drain_sctp(s, flow, side);
    else
        tgp_drain_tcp(s, flow, side);
}

void tgp_held_tidy(tgp_streams *s, uint32_t flow, unsigned side)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        return;
    held->missing = held->missing && tgp_is_ahead(held->ack, f->next[side]);
    if (held->num == 0 && !held->has_end && !held->missing)
        tgp_held_free(s, held);
}

void tgp_held_acknowledge(tgp_streams *s, uint32_t flow, unsigned side, uint32_t ack, int64_t time)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    if (!tgp_is_ahead(ack, f->next[side]))
        return;
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        held = tgp_held_new(s, flow, side);
    if (!held)
        return;
    if (!held->missing || tgp_is_ahead(ack, held->ack))
        held->ack = ack;
    held->missing = true;
    if (!held->acked) {
        held->patience = PATIENCE_SEGMENTS;
        held->since = time;
    }
    held->acked = true;
}

/* Where the first hole ends; false: there is none, or nothing behind it. Of SCTP, chunks of a message that is not whole may be in front of it. */
static bool hole_ends(const tgp_held *held, uint32_t next, uint32_t *end)
{
    for (size_t i = 0; i < held->num; i++) {
        const tgp_held_segment *segment = tgp_held_at(held, i);
        *end = segment->seq;
        if (segment->seq != next)
            return true;
        next += segment->span;
    }
    *end = held->end;
    return held->has_end && held->end != next;
}

void tgp_held_wait(tgp_streams *s, uint32_t flow, unsigned side, int64_t time)
{
    tgp_held *held = tgp_held_of(s, flow, side);
    uint32_t end, next = tgp_streams_flow(s, flow)->next[side];
    if (held && (tgp_streams_flow(s, flow)->sides[side] & TGP_SIDE_WAITS)) {
        tgp_wait_longer(s, flow, side, time);
        return;
    }
    if (!held || !held->acked)
        return;
    if (held->patience > 0)
        held->patience--;
    bool is_over = held->patience == 0 ||
                   (time > held->since && (uint64_t)time - (uint64_t)held->since >= (uint64_t)patience_time);
    if (is_over && hole_ends(held, next, &end) && !tgp_is_ahead(end, held->ack))
        tgp_held_give_up(s, flow, side);
}

/* What is missing in front of the first segment, or of the end. A direction that was met in its middle is met where it goes on: that is no hole. */
static void skip_hole(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_held *held = tgp_held_of(s, flow, side);
    tgp_flow *f = tgp_streams_flow(s, flow);
    bool is_met = (f->sides[side] & (TGP_SIDE_STARTED | TGP_SIDE_TOLD)) != 0;
    uint32_t end = held->num > 0 ? tgp_held_at(held, 0)->seq : held->end;
    uint64_t missing = f->flags & TGP_FLOW_SCTP ? 0 : end - f->next[side]; /* chunks have any length */
    f->next[side] = end;
    held->acked = false;
    if (!is_met)
        return;
    s->counts[TGP_STREAM_GAP]++;
    (void)tgp_tell_gap(s, flow, side, missing); /* the listener may let go: then nothing is held any more */
}

void tgp_held_give_up(tgp_streams *s, uint32_t flow, unsigned side)
{
    const tgp_held *held = tgp_held_of(s, flow, side);
    if (tgp_streams_flow(s, flow)->sides[side] & TGP_SIDE_WAITS) {
        tgp_begin_tcp(s, flow, 3);
        return;
    }
    if (held->num > 0 && tgp_held_at(held, 0)->seq == tgp_streams_flow(s, flow)->next[side])
        tgp_drop_message(s, flow, side, TGP_STREAM_CUT_SHORT);
    else
        skip_hole(s, flow, side);
    if (tgp_held_of(s, flow, side))
        drain(s, flow, side);
}

static bool is_over_limit(const tgp_streams *s)
{
    return s->held > s->limits.octets || s->held + s->table.octets > s->limits.memory;
}

void tgp_held_limit(tgp_streams *s, uint32_t flow, unsigned side)
{
    while (tgp_held_of(s, flow, side) && tgp_held_of(s, flow, side)->octets > s->limits.one &&
           tgp_held_of(s, flow, side)->num > 0)
        tgp_held_give_up(s, flow, side);
    while (is_over_limit(s) && s->held_oldest) {
        tgp_held *oldest = s->held_oldest;
        if (oldest->num > 0)
            tgp_held_give_up(s, oldest->flow, oldest->side);
        else
            tgp_held_free(s, oldest); /* it knew of octets that are missing at the end, or of a FIN */
    }
}

/* The end of a direction: its last octets may be missing, too. An acknowledgement of one octet more is that of a FIN. */
static void flush_end(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    const tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        return;
    if (held->has_end)
        tgp_held_give_up(s, flow, side);
    else if (held->missing && held->ack - f->next[side] > 1 && !(f->flags & TGP_FLOW_SCTP)) {
        s->counts[TGP_STREAM_GAP]++;
        (void)tgp_tell_gap(s, flow, side, held->ack - f->next[side]);
    }
    held = tgp_held_of(s, flow, side);
    if (held)
        tgp_held_free(s, tgp_held_of(s, flow, side));
}

static const tgp_held_segment *first_of(tgp_streams *s, uint32_t flow, unsigned side)
{
    const tgp_held *held = tgp_held_of(s, flow, side);
    return held && held->num > 0 ? tgp_held_at(held, 0) : NULL;
}

void tgp_held_flush(tgp_streams *s, uint32_t flow)
{
    if (((tgp_streams_flow(s, flow)->sides[0] | tgp_streams_flow(s, flow)->sides[1]) & TGP_SIDE_HELD) == 0)
        return;
    for (;;) {
        const tgp_held_segment *a = first_of(s, flow, 0), *b = first_of(s, flow, 1);
        if (!a && !b)
            break;
        tgp_held_give_up(s, flow, !a || (b && b->time < a->time));
    }
    flush_end(s, flow, 0);
    flush_end(s, flow, 1);
}
