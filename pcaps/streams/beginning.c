/* Where a direction of TCP begins that was met in its middle.
 *
 * What comes first need not be what was sent first: a capture may be out of order there as anywhere else. So the beginning of a direction whose SYN
 * was not seen waits: until the peer acknowledges some of it, a SYN comes, so many segments of the connection or a second of the capture's clock have
 * passed, or it must make room. What is in front of it by then belongs to it. */
#include "streams_parts.h"

enum { PATIENCE_SEGMENTS = 64 };
static const int64_t patience_time = 1000000000;

static bool may_wait(const tgp_flow *f, unsigned side)
{
    return (f->sides[side] & (TGP_SIDE_STARTED | TGP_SIDE_TOLD | TGP_SIDE_LET_GO | TGP_SIDE_FINISHED)) == 0;
}

bool tgp_begins_before(const tgp_flow *f, unsigned side, uint32_t seq)
{
    return !(f->flags & TGP_FLOW_OVER) && may_wait(f, side) && f->first[side] - seq <= TGP_NEAR;
}

/* Can a direction begin there, with all that is held of it less than half the numbers ahead? */
static bool reaches(const tgp_held *held, uint32_t seq)
{
    return !(held->num > 0 && tgp_is_behind(tgp_held_at(held, held->num - 1)->seq, seq)) &&
           !(held->has_end && tgp_is_behind(held->end, seq));
}

bool tgp_wait_with(tgp_streams *s, uint32_t flow, unsigned side, uint32_t seq, int64_t time)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    if (!may_wait(f, side))
        return false;
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        held = tgp_held_new(s, flow, side);
    if (!held)
        return false;
    if (!(f->sides[side] & TGP_SIDE_WAITS)) {
        f->sides[side] |= TGP_SIDE_WAITS;
        held->patience = PATIENCE_SEGMENTS;
        held->since = time;
    }
    s->counts[TGP_STREAM_REORDERED] += held->num > 0 && tgp_is_ahead(tgp_held_at(held, held->num - 1)->seq, seq);
    if (f->next[side] - seq <= TGP_NEAR && reaches(held, seq))
        f->next[side] = f->first[side] = seq;
    return true;
}

/* Its first octet is what is there of it, unless a SYN said which it is. */
static void stop_waiting(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    const tgp_held *held = tgp_held_of(s, flow, side);
    if (!(f->sides[side] & TGP_SIDE_WAITS))
        return;
    f->sides[side] &= (uint8_t)~TGP_SIDE_WAITS;
    if (!held || (f->sides[side] & TGP_SIDE_STARTED))
        return;
    if (held->num > 0)
        f->next[side] = f->first[side] = tgp_held_at(held, 0)->seq;
    else if (held->has_end)
        f->next[side] = f->first[side] = held->end;
}

/* The first segment that is held of a direction, where it can go out. */
static const tgp_held_segment *ready(tgp_streams *s, uint32_t flow, unsigned side)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    const tgp_held *held = tgp_held_of(s, flow, side);
    bool is_there = held && !(f->sides[side] & TGP_SIDE_WAITS) && held->num > 0;
    return is_there && tgp_held_at(held, 0)->seq == f->next[side] ? tgp_held_at(held, 0) : NULL;
}

void tgp_begin_tcp(tgp_streams *s, uint32_t flow, unsigned sides)
{
    for (unsigned side = 0; side < 2; side++)
        if (sides & 1u << side)
            stop_waiting(s, flow, side);
    for (;;) {
        const tgp_held_segment *a = ready(s, flow, 0), *b = ready(s, flow, 1);
        if (!a && !b)
            break;
        tgp_drain_one_tcp(s, flow, !a || (b && b->time < a->time));
    }
    for (unsigned side = 0; side < 2; side++)
        if ((sides & 1u << side) && !(tgp_streams_flow(s, flow)->flags & TGP_FLOW_OVER))
            tgp_drain_tcp(s, flow, side);
}

void tgp_start_tcp(tgp_streams *s, uint32_t flow, unsigned side, uint32_t seq)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_held *held = tgp_held_of(s, flow, side);
    if (held && !reaches(held, seq))
        tgp_held_free(s, held); /* of another connection */
    f->first[side] = f->next[side] = seq;
    f->sides[side] |= TGP_SIDE_SEEN | TGP_SIDE_STARTED;
}

void tgp_wait_acknowledged(tgp_streams *s, uint32_t flow, unsigned side, uint32_t ack)
{
    const tgp_held *held = tgp_held_of(s, flow, side);
    if (!held || (held->num == 0 && !held->has_end))
        return;
    if (tgp_is_ahead(ack, held->num > 0 ? tgp_held_at(held, 0)->seq : held->end))
        tgp_begin_tcp(s, flow, 1u << side);
}

void tgp_wait_longer(tgp_streams *s, uint32_t flow, unsigned side, int64_t time)
{
    tgp_held *held = tgp_held_of(s, flow, side);
    if (held->patience > 0)
        held->patience--;
    if (held->patience == 0 ||
        (time > held->since && (uint64_t)time - (uint64_t)held->since >= (uint64_t)patience_time))
        tgp_begin_tcp(s, flow, 3);
}
