/* SCTP (RFC 9260): messages put back in order.
 *
 * A sender numbers its DATA chunks with TSNs in the order in which it sends them, whatever their stream; the chunks of one message follow one another
 * (section 6.9), and the messages of a stream have their SSNs in the same order. So the order of TSNs serves for all streams at once. An association
 * over several paths is one for each of them. I-DATA (RFC 8260) is not looked at. */
#include <stdlib.h>

#include "streams_parts.h"

/* ---- associations -------------------------------------------------------------------------------------------- */

/* INIT has tag 0; what it says is the tag of what comes back, and the first TSN of who sends it (section 3.3.2). INIT ACK likewise, with a tag. */
static void take_init(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    bool answers = segment->sctp.tag != 0;
    unsigned caller = answers ? side ^ 1 : side;
    uint32_t tag = segment->sctp.initiate_tag;
    bool is_known = f->first[side ^ 1] == tag && (f->sides[side] & TGP_SIDE_STARTED);
    if (is_known || (answers && (f->sides[side ^ 1] & TGP_SIDE_TOLD)))
        return; /* again, or late */
    if (!answers && ((f->sides[side] | f->sides[side ^ 1]) & TGP_SIDE_SEEN))
        tgp_replace_flow(s, flow, caller);
    if (!(f->flags & TGP_FLOW_TOLD))
        f->flags = (uint8_t)((f->flags & ~TGP_FLOW_SECOND) | (caller ? TGP_FLOW_SECOND : 0) | TGP_FLOW_FROM_START);
    f->first[side ^ 1] = tag;
    f->next[side] = segment->sctp.tsn;
    f->sides[side] |= TGP_SIDE_SEEN | TGP_SIDE_STARTED;
}

/* The end of an association has the tag of either side (section 8.5.1). */
static void take_end(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    uint32_t tag = segment->sctp.tag;
    if (tag == f->first[side] || tag == f->first[side ^ 1])
        tgp_end_flow(s, flow, segment->sctp.kind == TGP_SCTP_ABORT ? TGP_END_RST : TGP_END_FIN);
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

typedef enum front { WAITING, WHOLE, STRAY } front;

/* What is in front: chunks that are a message, `num` of them; or that cannot become one, for want of a first or a last chunk; or neither yet. */
static front look_at_front(const tgp_held *held, uint32_t next, size_t *num)
{
    for (size_t i = 0; i < held->num; i++) {
        const tgp_held_segment *chunk = tgp_held_at(held, i);
        if (chunk->seq != next + (uint32_t)i)
            return WAITING;
        if (chunk->begins != (i == 0))
            return STRAY;
        *num = i + 1;
        if (chunk->ends)
            return WHOLE;
    }
    return WAITING;
}

void tgp_drop_message(tgp_streams *s, uint32_t flow, unsigned side, tgp_stream_event counted)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_held *held = tgp_held_of(s, flow, side);
    uint64_t octets = 0;
    do {
        tgp_held_segment *chunk = tgp_held_pop(s, held);
        octets += chunk->data.len;
        free(chunk);
        f->next[side]++;
    } while (held->num > 0 && tgp_held_at(held, 0)->seq == f->next[side] && !tgp_held_at(held, 0)->begins);
    bool is_met =
        (f->sides[side] & (TGP_SIDE_STARTED | TGP_SIDE_TOLD)) != 0; /* else it was met in the middle of a message */
    s->counts[counted] += is_met;
    if (tgp_tell_gap(s, flow, side, is_met ? octets : 0))
        tgp_held_tidy(s, flow, side);
}

/* Tells of a message in several chunks. */
static void tell_message(tgp_streams *s, uint32_t flow, unsigned side, size_t num)
{
    tgp_held *held = tgp_held_of(s, flow, side);
    size_t len = 0, num_pieces = 0, made = 0, at = 0;
    for (size_t i = 0; i < num; i++) {
        len += tgp_held_at(held, i)->data.len;
        num_pieces += tgp_held_at(held, i)->num_pieces;
    }
    uint8_t *data = malloc(len);
    tgp_piece *pieces = malloc(num_pieces * sizeof *pieces);
    int64_t time = 0;
    for (size_t i = 0; i < num; i++) {
        tgp_held_segment *chunk = tgp_held_pop(s, held);
        for (size_t j = 0; data && pieces && j < chunk->num_pieces; j++) {
            pieces[made] = chunk->pieces[j];
            pieces[made++].offset += (uint32_t)at;
        }
        if (data && pieces)
            memcpy(data + at, chunk->data.data, chunk->data.len);
        at += chunk->data.len;
        time = i == 0 || chunk->time > time ? chunk->time : time;
        free(chunk);
    }
    tgp_streams_flow(s, flow)->next[side] += (uint32_t)num;
    held->acked = false;
    if (data && pieces)
        (void)tgp_tell_data(s, flow, side, tg_bytes_of(data, len), pieces, made, time, true);
    else
        (void)tgp_tell_gap(s, flow, side, len);
    free(data);
    free(pieces);
}

void tgp_drain_sctp(tgp_streams *s, uint32_t flow, unsigned side)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    tgp_held *held;
    while ((held = tgp_held_of(s, flow, side)) != NULL && held->num > 0) {
        size_t num = 0;
        front what = look_at_front(held, f->next[side], &num);
        if (what == WAITING)
            break;
        if (what == WHOLE)
            tell_message(s, flow, side, num);
        else
            tgp_drop_message(s, flow, side, TGP_STREAM_GAP);
    }
    tgp_held_tidy(s, flow, side);
}

static void hold(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    uint32_t next = tgp_streams_flow(s, flow)->next[side], tsn = segment->sctp.tsn;
    tgp_held *held = tgp_held_of(s, flow, side);
    if (!held)
        held = tgp_held_new(s, flow, side);
    if (!held)
        return;
    size_t at = tgp_held_find(held, next, tsn);
    const tgp_held_segment *there = at < held->num ? tgp_held_at(held, at) : NULL;
    if (there && there->seq == tsn) {
        s->counts[TGP_STREAM_REPEATED]++;
        s->counts[TGP_STREAM_CONFLICT] += !tg_bytes_equal(there->data, segment->data);
        return;
    }
    s->counts[TGP_STREAM_REORDERED] += tsn != next && (held->num == 0 || tgp_held_at(held, 0)->seq != next);
    (void)tgp_held_insert(s, held, at, tsn, 1, segment, 0, segment->data.len);
}

static void take_data(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    uint32_t tsn = segment->sctp.tsn;
    if (!(f->sides[side] & TGP_SIDE_SEEN)) {
        f->next[side] = tsn;
        f->sides[side] |= TGP_SIDE_SEEN;
    }
    if (tgp_is_behind(tsn, f->next[side])) {
        s->counts[TGP_STREAM_REPEATED]++;
        return;
    }
    if (tsn == f->next[side] && !(f->sides[side] & TGP_SIDE_HELD) && segment->sctp.begins && segment->sctp.ends) {
        f->next[side]++;
        (void)tgp_tell_data(s, flow, side, segment->data, segment->pieces, segment->num_pieces, segment->time, true);
        return;
    }
    hold(s, flow, side, segment);
    tgp_drain_sctp(s, flow, side);
    tgp_held_limit(s, flow, side);
}

/* ---- chunks -------------------------------------------------------------------------------------------------- */

/* Everything up to a TSN has come, or will not come: of the other side, or of this one. */
static void take_sack(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    const tgp_flow *f = tgp_streams_flow(s, flow);
    unsigned of = segment->sctp.kind == TGP_SCTP_SACK ? side ^ 1 : side;
    if ((f->sides[of] & TGP_SIDE_HELD) && !(f->sides[of] & TGP_SIDE_LET_GO))
        tgp_held_acknowledge(s, flow, of, segment->sctp.tsn + 1, segment->time);
}

static bool is_another(const tgp_flow *f, unsigned side, const tgp_segment *segment)
{
    return f->first[side] != 0 && segment->sctp.tag != f->first[side];
}

void tgp_take_sctp(tgp_streams *s, uint32_t flow, unsigned side, const tgp_segment *segment)
{
    tgp_flow *f = tgp_streams_flow(s, flow);
    switch (segment->sctp.kind) {
    case TGP_SCTP_INIT:
        take_init(s, flow, side, segment);
        return;
    case TGP_SCTP_ABORT:
    case TGP_SCTP_COMPLETE:
        take_end(s, flow, side, segment);
        return;
    case TGP_SCTP_SACK:
    case TGP_SCTP_SKIP:
        take_sack(s, flow, side, segment);
        break;
    case TGP_SCTP_DATA:
        if (is_another(f, side, segment))
            tgp_replace_flow(s, flow, side);
        f->first[side] = segment->sctp.tag;
        if (!(f->sides[side] & TGP_SIDE_LET_GO))
            take_data(s, flow, side, segment);
        break;
    }
    for (unsigned either = 0; either < 2; either++)
        if (f->sides[either] & TGP_SIDE_HELD)
            tgp_held_wait(s, flow, either, segment->time);
}
