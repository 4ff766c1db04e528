/* The whole way from a packet to application messages. */
#include <stdlib.h>

#include "parts.h"

/* ---- telling -------------------------------------------------------------------------------------------------------- */

static bool room_for_pieces(tgp_units *units, size_t wanted)
{
    if (wanted <= units->piece_capacity)
        return true;
    size_t more = units->piece_capacity ? units->piece_capacity : 64;
    while (more < wanted)
        more *= 2;
    tgp_piece *larger = realloc(units->pieces, more * sizeof *larger);
    if (!larger)
        return false;
    units->pieces = larger;
    units->piece_capacity = more;
    return true;
}

/* The part of a piece that lies in [start, end) of the front; false: none. */
static bool cut_piece(tgp_piece piece, size_t start, size_t end, tgp_piece *out)
{
    size_t from = piece.offset > start ? piece.offset : start;
    size_t to = (size_t)piece.offset + piece.len < end ? (size_t)piece.offset + piece.len : end;
    if (from >= to)
        return false;
    *out = (tgp_piece){ piece.frame, piece.frame_offset + (uint32_t)(from - piece.offset), (uint32_t)(from - start),
                        (uint32_t)(to - from) };
    return true;
}

void tgu_tell(tgp_units *units, const tgu_front *front, size_t offset, size_t len, tgp_unit *unit)
{
    size_t start = front->at + offset, num = 0;
    if (!room_for_pieces(units, front->num_pieces - front->piece)) {
        units->no_memory = true;
        return;
    }
    unit->time = front->passed_frame ? front->passed_time : front->time;
    unit->frame = front->passed_frame;
    for (size_t i = front->piece; i < front->num_pieces && front->pieces[i].offset < start + len; i++) {
        if (!cut_piece(front->pieces[i], start, start + len, &units->pieces[num]))
            continue;
        if (units->pieces[num].frame > unit->frame) { /* the last to come completed it */
            unit->frame = units->pieces[num].frame;
            unit->time = front->times ? front->times[i] : front->time;
        }
        num++;
    }
    unit->octets = tg_bytes_of(front->data + start, len);
    unit->pieces = units->pieces;
    unit->num_pieces = num;
    unit->first_frame = num ? units->pieces[0].frame : 0;
    units->listener.unit(units->listener.user, unit);
}

void tgu_consume(tgu_front *front, size_t octets)
{
    front->at += octets;
    while (front->piece < front->num_pieces &&
           (size_t)front->pieces[front->piece].offset + front->pieces[front->piece].len <= front->at)
        front->piece++;
}

/* ---- packets -------------------------------------------------------------------------------------------------------- */

static void take_segment(void *user, const tgp_segment *segment)
{
    tgp_units *units = user;
    if (segment->transport == TGP_UDP)
        tgu_datagram(units, segment);
    else if (!tgp_streams_take(units->streams, segment))
        units->no_memory = true;
}

static void move_lost(tgp_units *units)
{
    static const tgp_packet_fate fates[] = { TGP_PACKET_FRAGMENT_LOST, TGP_PACKET_FRAGMENT_OVERLAP,
                                             TGP_PACKET_FRAGMENT_LIMIT };
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        uint64_t lost = tgp_dissector_take_lost(units->dissector, fates[i]);
        units->packets[fates[i]] += lost;
        units->packets[TGP_PACKET_FRAGMENT] -= lost;
    }
}

bool tgp_units_take(tgp_units *units, const tgp_packet *packet)
{
    tgp_packet_fate fate = tgp_dissect(units->dissector, packet, take_segment, units);
    units->packets[fate]++;
    if (fate >= TGP_PACKET_FRAGMENT &&
        fate != TGP_PACKET_OTHER_PROTOCOL) /* others are counted as lost with the next of these */
        move_lost(units);
    return !units->no_memory;
}

bool tgp_units_expect_rtp(tgp_units *units, const tgp_endpoint *end)
{
    return tgu_rtp_expect(units->rtp, end);
}

void tgp_units_finish(tgp_units *units)
{
    tgp_dissector_finish(units->dissector);
    move_lost(units);
    tgp_streams_finish(units->streams);
    units->finished = true;
}

/* ---- counts --------------------------------------------------------------------------------------------------------- */

uint64_t tgp_units_packets(const tgp_units *units, tgp_packet_fate fate)
{
    return units->packets[fate];
}

uint64_t tgp_units_streams(const tgp_units *units, tgp_stream_event event)
{
    return tgp_streams_count(units->streams, event);
}

uint64_t tgp_units_messages(const tgp_units *units, tgp_unit_event event)
{
    uint64_t late = units->late ? units->late->messages[event] : 0;
    return late + units->messages[event] +
           (event == TGP_UNITS_RTP     ? units->asked[1]
            : event == TGP_UNITS_OTHER ? units->asked[0]
                                       : 0);
}

void tgp_units_note(tgp_units *units, tgp_unit_event event, uint64_t num)
{
    units->messages[event] += num;
}

bool tgp_units_lost(const tgp_units *units)
{
    for (unsigned i = 0; i < TGP_NUM_PACKETS; i++) {
        if (tgp_packet_loses((tgp_packet_fate)i) && units->packets[i] > 0)
            return true;
    }
    for (unsigned i = 0; i < TGP_NUM_STREAM_EVENTS; i++) {
        if (tgp_stream_event_loses((tgp_stream_event)i) && tgp_units_streams(units, (tgp_stream_event)i) > 0)
            return true;
    }
    for (unsigned i = 0; i < TGP_NUM_UNIT_EVENTS; i++) {
        if (tgp_unit_event_loses((tgp_unit_event)i) && tgp_units_messages(units, (tgp_unit_event)i) > 0)
            return true;
    }
    return false;
}

/* ---- life ----------------------------------------------------------------------------------------------------------- */

static size_t or_default(size_t limit, size_t otherwise)
{
    return limit ? limit : otherwise;
}

static tgp_units *late_new(const tgp_units_listener *listener)
{
    tgp_units *late = calloc(1, sizeof *late);
    if (!late)
        return NULL;
    late->listener = *listener;
    late->repeats = tgu_repeats_new();
    if (late->repeats)
        return late;
    free(late);
    return NULL;
}

tgp_units *tgp_units_new(const tgp_units_limits *limits, const tgp_stream_limits *stream_limits,
                         const tgp_dissector_limits *dissector_limits, const tgp_units_listener *listener)
{
    tgp_units *units = calloc(1, sizeof *units);
    if (!units)
        return NULL;
    if (limits)
        units->limits = *limits;
    units->limits.message = or_default(units->limits.message, (size_t)1 << 20);
    units->limits.memory = or_default(units->limits.memory, (size_t)32 << 20);
    units->limits.tls_octets = or_default(units->limits.tls_octets, (size_t)256 << 10);
    units->limits.rtp_packets = or_default(units->limits.rtp_packets, 16);
    units->listener = *listener;
    tgp_stream_listener streams = tgu_flows_listener(units);
    tgp_stream_limits no_stream_limits = { 0 };
    tgp_dissector_limits no_dissector_limits = { 0 };
    units->dissector = tgp_dissector_new(dissector_limits ? dissector_limits : &no_dissector_limits);
    units->streams = tgp_streams_new(stream_limits ? stream_limits : &no_stream_limits, &streams);
    units->repeats = tgu_repeats_new();
    units->rtp = tgu_rtp_new(units->limits.rtp_packets);
    units->late = units->limits.uncut ? late_new(units->limits.uncut) : NULL;
    if (!units->dissector || !units->streams || !units->repeats || !units->rtp ||
        (units->limits.uncut && !units->late)) {
        tgp_units_free(units);
        return NULL;
    }
    return units;
}

static void tell_nobody(void *user, const tgp_unit *unit)
{
    (void)user;
    (void)unit;
}

void tgp_units_free(tgp_units *units)
{
    if (!units)
        return;
    if (units->streams && !units->finished) { /* flows are freed where connections end */
        units->listener = (tgp_units_listener){ .unit = tell_nobody };
        tgp_streams_finish(units->streams);
    }
    if (units->streams)
        tgp_streams_free(units->streams);
    if (units->dissector)
        tgp_dissector_free(units->dissector);
    tgu_repeats_free(units->repeats);
    tgp_units_free(units->late);
    tgu_rtp_free(units->rtp);
    tgu_associations_free(units->associations);
    tgu_htp_free(units->htp);
    free(units->pieces);
    free(units);
}
