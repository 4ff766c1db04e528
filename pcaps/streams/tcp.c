/* TCP (RFC 9293) put back in order. */
#include <stdlib.h>

#include "streams_parts.h"

static bool is_near(uint32_t a, uint32_t b)
{
    return a - b <= TGP_NEAR || b - a <= TGP_NEAR;
}

/* ---- SYN, RST, FIN ------------------------------------------------------------------------------------------- */

/* `first` is compared, which is where a direction began: a SYN that comes again, or late, is that of the connection. */
static void take_syn(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    bool answers = (segment->tcp.flags & TGP_TCP_ACK) != 0;
    unsigned caller = answers ? side ^ 1 : side;
    bool is_seen = (f->sides[side] & TGP_SIDE_SEEN) != 0;
    bool is_other = f->first[side] != segment->tcp.seq && !tgp_begins_before(f, side, segment->tcp.seq);
    if (is_seen ? is_other : (f->flags & TGP_FLOW_OVER) && !answers)
        tgp_replace_flow(s, flow, caller);
    if (f->flags & TGP_FLOW_OVER)
        return;
    if (!(f->flags & TGP_FLOW_TOLD))
        f->flags = (uint8_t)((f->flags & ~TGP_FLOW_SECOND) | (caller ? TGP_FLOW_SECOND : 0) | TGP_FLOW_FROM_START);
    if (!(f->sides[side] & TGP_SIDE_SEEN) || tgp_begins_before(f, side, segment->tcp.seq))
        tgp_start_tcp(s, flow, side, segment->tcp.seq);
    f->sides[side] |= TGP_SIDE_STARTED;
}

/* RFC 9293 section 3.10.7.4: a RST counts when it is in the window. Where nothing was seen of who sends it, it must acknowledge what was seen of the
 * other. */
static void take_rst(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    bool believed;
    if (f->sides[side] & TGP_SIDE_SEEN)
        believed = segment->tcp.seq - f->next[side] <= TGP_NEAR;
    else
        believed = (segment->tcp.flags & TGP_TCP_ACK) && (f->sides[side ^ 1] & TGP_SIDE_SEEN) &&
                   segment->tcp.ack - f->first[side ^ 1] <= f->next[side ^ 1] - f->first[side ^ 1];
    if (believed)
        tgp_end_flow(s, flow, TGP_END_RST);
}

static void finish_side(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    f->sides[side] |= TGP_SIDE_FINISHED;
    f->next[side]++;
    if (f->sides[side] & TGP_SIDE_HELD)
        tgp_held_free(s, tgp_held_of(s, flow, side));
    if (f->sides[side ^ 1] & TGP_SIDE_FINISHED)
        tgp_end_flow(s, flow, TGP_END_FIN);
}

static void take_fin(tgp_streams *s, uint32_t flow, unsigned side, uint32_t end, int64_t time)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    bool waits = tgp_wait_with(s, flow, side, end, time);
    if ((f->sides[side] & TGP_SIDE_FINISHED) || tgp_is_behind(end, f->next[side]))
        return;
    if (!waits && (end == f->next[side] || (f->sides[side] & TGP_SIDE_LET_GO))) {
        f->next[side] = end;
        finish_side(s, flow, side);
        return;
    }
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        held = tgp_held_new(s, flow, side);
    if (held) {
        held->has_end = true;
        held->end = end;
    }
}

/* ---- data ---------------------------------------------------------------------------------------------------- */

/* Tells of the octets of a segment from `from` on. */
static void tell(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment, size_t from)
{
    tg_bytes data = { segment->data.data + from, segment->data.len - from };
    const tgp_piece *pieces = segment->pieces;
    size_t num = segment->num_pieces;
    if (from > 0) {
        if (s->pieces_capacity < num) {
            tgp_piece *more = realloc(s->pieces, num * sizeof *more);
            if (!more)
                return;
            s->pieces = more;
            s->pieces_capacity = num;
        }
        num = tgp_pieces_cut(pieces, num, from, data.len, s->pieces, num);
        pieces = s->pieces;
    }
    (void)tgp_tell_data(s, flow, side, data, pieces, num, segment->time, false);
}

void tgp_drain_one_tcp(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_held *held = tgp_held_of(s, flow, side);
    tgp_held_segment *segment = tgp_held_pop(s, held);
    tgp_streams_flow(s, flow)->next[side] += segment->span;
    held->acked = false; /* that was of the hole in front */
    (void)tgp_tell_data(s, flow, side, segment->data, segment->pieces, segment->num_pieces, segment->time, false);
    free(segment);
}

void tgp_drain_tcp(tgp_streams *s, uint32_t flow, unsigned side)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_held *held = tgp_held_of(s, flow, side);
    while (held && held->num > 0 && tgp_held_at(held, 0)->seq == f->next[side]) {
        tgp_drain_one_tcp(s, flow, side);
        held = tgp_held_of(s, flow, side);
    }
    if (held && held->has_end && !tgp_is_ahead(held->end, f->next[side])) {
        f->next[side] = held->end;
        finish_side(s, flow, side);
        return;
    }
    tgp_held_tidy(s, flow, side);
}

/* Keeps of a segment what has not come yet. Where it has, the first stays. */
static void hold(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment, size_t from)
{
    uint32_t next = tgp_streams_flow(s, flow)->next[side];
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        held = tgp_held_new(s, flow, side);
    bool repeats = false, conflicts = false;
    size_t len = segment->data.len;
    while (held && from < len) {
        uint32_t seq = segment->tcp.seq + (uint32_t)from;
        size_t at = tgp_held_find(held, next, seq), part = len - from;
        const tgp_held_segment *there = at < held->num ? tgp_held_at(held, at) : NULL;
        if (there && seq - next >= there->seq - next) {
            size_t skip = seq - there->seq;
            part = part < there->data.len - skip ? part : there->data.len - skip;
            repeats = true;
            conflicts = conflicts || memcmp(there->data.data + skip, segment->data.data + from, part) != 0;
        } else {
            if (there && there->seq - seq < part)
                part = there->seq - seq;
            if (!tgp_held_insert(s, held, at, seq, (uint32_t)part, segment, from, part))
                break; /* no memory: it will be a gap */
        }
        from += part;
    }
    s->counts[TGP_STREAM_REPEATED] += repeats;
    s->counts[TGP_STREAM_CONFLICT] += conflicts;
}

/* An octet in front of what is expected, alone (RFC 9293 section 3.8.4): it may be anything. */
static bool is_keep_alive(const tgp_flow *f, unsigned side, const tgp_segment *segment)
{
    return segment->data.len == 1 && segment->tcp.seq + 1 == f->next[side] && !(f->sides[side] & TGP_SIDE_WAITS);
}

/* What is in front of all that went out of a direction met in its middle comes too late; all else was there. */
static void count_repeated(tgp_streams *s, const tgp_flow *f, unsigned side, uint32_t seq)
{
    bool is_late = !(f->sides[side] & TGP_SIDE_STARTED) && tgp_is_ahead(f->first[side], seq);
    s->counts[is_late ? TGP_STREAM_GAP : TGP_STREAM_REPEATED]++;
}

static void take_data(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    if (is_keep_alive(f, side, segment))
        return;
    bool waits = tgp_wait_with(s, flow, side, segment->tcp.seq, segment->time);
    uint32_t seq = segment->tcp.seq, next = f->next[side];
    size_t len = segment->data.len, from = 0;
    if (tgp_is_behind(seq, next)) {
        from = next - seq;
        count_repeated(s, f, side, seq);
        if (from >= len)
            return;
    }
    if (TG_LIKELY(!tgp_is_ahead(seq, next) && !(f->sides[side] & TGP_SIDE_HELD))) {
        f->next[side] += (uint32_t)(len - from);
        tell(s, flow, side, segment, from);
        return;
    }
    if (tgp_is_ahead(seq, next) && !waits)
        s->counts[TGP_STREAM_REORDERED]++;
    hold(s, flow, side, segment, from);
    if (!waits)
        tgp_drain_tcp(s, flow, side);
    tgp_held_limit(s, flow, side);
}

/* ---- segments ------------------------------------------------------------------------------------------------ */

/* What is acknowledged was sent. So a direction of which nothing was seen yet is known to be there; and one that is followed lacks what has not come. */
static void take_ack(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    unsigned peer = side ^ 1;
    uint32_t ack = segment->tcp.ack;
    if (!(f->sides[peer] & TGP_SIDE_SEEN)) {
        f->first[peer] = f->next[peer] = ack;
        f->sides[peer] |= TGP_SIDE_SEEN;
        if (segment->tcp.flags & TGP_TCP_SYN)
            f->sides[peer] |= TGP_SIDE_STARTED; /* its SYN is what is acknowledged */
        return;
    }
    if ((segment->tcp.flags & TGP_TCP_SYN) && tgp_begins_before(f, peer, ack))
        tgp_start_tcp(s, flow, peer, ack);
    else if (f->sides[peer] & TGP_SIDE_WAITS)
        tgp_wait_acknowledged(s, flow, peer, ack);
    if (!(f->sides[peer] & TGP_SIDE_WAITS) && (f->sides[peer] & (TGP_SIDE_TOLD | TGP_SIDE_HELD)) &&
        !(f->sides[peer] & (TGP_SIDE_LET_GO | TGP_SIDE_FINISHED)))
        tgp_held_acknowledge(s, flow, peer, ack, segment->time);
}

/* A direction that is let go: its numbers are kept up, so that SYN and RST can be told. */
static void pass(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    uint32_t end = segment->tcp.seq + (uint32_t)segment->data.len;
    if (tgp_is_ahead(end, f->next[side]) && !(f->sides[side] & TGP_SIDE_FINISHED))
        f->next[side] = end;
    if ((segment->tcp.flags & TGP_TCP_FIN) && !(f->flags & TGP_FLOW_OVER))
        take_fin(s, flow, side, end, segment->time);
}

/* Of a connection that is over, or one whose SYN is not in the capture? */
static bool is_another(const tgp_flow *f, unsigned side, const tgp_segment *segment)
{
    return (f->flags & TGP_FLOW_OVER) && (f->sides[side] & TGP_SIDE_SEEN) && segment->data.len > 0 &&
           !is_near(segment->tcp.seq, f->next[side]) && !is_near(segment->tcp.seq, f->first[side]) &&
           segment->tcp.seq - f->first[side] > f->next[side] - f->first[side];
}

/* A SYN tells where what waited begins. */
static void begin_started(tgp_streams *s, uint32_t flow)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    unsigned started = 0;
    for (unsigned side = 0; side < 2; side++)
        if ((f->sides[side] & (TGP_SIDE_WAITS | TGP_SIDE_STARTED)) == (TGP_SIDE_WAITS | TGP_SIDE_STARTED))
            started |= 1u << side;
    if (started)
        tgp_begin_tcp(s, flow, started);
}

void tgp_take_tcp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    unsigned flags = segment->tcp.flags;
    if (flags & TGP_TCP_SYN)
        take_syn(s, flow, side, segment);
    else if (flags & TGP_TCP_RST) {
        take_rst(s, flow, side, segment);
        return;
    } else if (is_another(f, side, segment))
        tgp_replace_flow(s, flow, side);
    if (!(f->sides[side] & TGP_SIDE_SEEN)) {
        f->sides[side] |= TGP_SIDE_SEEN;
        f->first[side] = f->next[side] = segment->tcp.seq;
    }
    if (flags & TGP_TCP_ACK)
        take_ack(s, flow, side, segment);
    if (flags & TGP_TCP_SYN)
        begin_started(s, flow);
    if (f->sides[side] & (TGP_SIDE_LET_GO | TGP_SIDE_FINISHED)) {
        pass(s, flow, side, segment);
    } else {
        if (segment->data.len > 0)
            take_data(s, flow, side, segment);
        if (flags & TGP_TCP_FIN)
            take_fin(s, flow, side, segment->tcp.seq + (uint32_t)segment->data.len, segment->time);
    }
    for (unsigned either = 0; either < 2; either++)
        if (f->sides[either] & TGP_SIDE_HELD)
            tgp_held_wait(s, flow, either, segment->time);
}
