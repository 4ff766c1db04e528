/* SIP messages: in datagrams, in SCTP messages, in TCP. */
#include "parts.h"

static tgp_unit_event event_of(tg_status status)
{
    return status == TG_TOO_LARGE   ? TGP_UNITS_TOO_LARGE
           : status == TG_TRUNCATED ? TGP_UNITS_INCOMPLETE
                                    : TGP_UNITS_BAD_SIP;
}

static bool begins_with_sip(tg_bytes octets)
{
    tgu_kind kind = TGU_UNKNOWN;
    return tgu_classify(octets, &kind) == TGU_IS && kind == TGU_SIP;
}

static void skip_line_ends(tgu_front *front)
{
    while (front->at < front->len && (front->data[front->at] == '\r' || front->data[front->at] == '\n'))
        front->at++;
}

/* `more`: what else is known of it, or NULL. */
static void tell_one(tgp_units *units, const tgu_front *front, const tg_sip_head *head, const tgp_segment *segment,
                     tgu_flow *flow, unsigned from, const tgp_unit *more)
{
    tg_bytes message = head->octets;
    if (segment && tgu_repeats_seen(units->repeats, segment, message)) {
        tgu_count(units, TGP_UNITS_SIP_REPEATED);
        return;
    }
    tgp_unit unit;
    if (flow)
        unit = tgu_unit_of(flow, from, TGP_UNIT_SIP);
    else
        unit = (tgp_unit){
            .kind = TGP_UNIT_SIP, .transport = TGP_UDP, .source = segment->source, .destination = segment->destination
        };
    unit.sip = head;
    unit.sdp = more ? more->sdp : NULL;
    unit.keys = more ? more->keys : NULL;
    tgu_count(units, TGP_UNITS_SIP);
    tgu_tell(units, front, head->offset, message.len, &unit);
}

/* RFC 3261 18.3: what follows the body that Content-Length counts is discarded (RFC 4168 4.1: over SCTP likewise). When it begins like a message, somebody
 * meant it to be taken, and it is told that it was not. */
static void discard_rest(tgp_units *units, tgu_front *front)
{
    skip_line_ends(front);
    if (begins_with_sip(tgu_left(front)))
        tgu_count(units, TGP_UNITS_BAD_SIP);
}

static void cut_datagram(tgp_units *units, tgu_front *front, const tgp_segment *segment, tgu_flow *flow, unsigned from,
                         const tgp_unit *more)
{
    const tg_sip_head *head = more ? more->sip : NULL;
    if (!head) {
        const char *reason;
        tg_status status = tg_sip_cut(tgu_left(front), &units->head, &reason);
        if (status != TG_OK) {
            tgu_count(units, event_of(status));
            return;
        }
        head = &units->head;
    }
    size_t len = head->frame_len;
    tell_one(units, front, head, segment, flow, from, more);
    tgu_consume(front, len);
    discard_rest(units, front);
}

bool tgu_sip_datagram(tgp_units *units, tgu_front *front, const tgp_segment *segment, tgu_flow *flow, unsigned from)
{
    skip_line_ends(front);
    tg_bytes left = tgu_left(front);
    if (!begins_with_sip(left))
        return false;
    if (segment && units->late) {
        tgp_unit unit = {
            .kind = TGP_UNIT_SIP, .transport = TGP_UDP, .source = segment->source, .destination = segment->destination
        };
        tgu_tell(units, front, 0, left.len, &unit);
        return true;
    }
    if (segment)
        tgu_repeats_expect(units->repeats, segment, left); /* most datagrams are a message and no more */
    cut_datagram(units, front, segment, flow, from, NULL);
    return true;
}

/* ---- on another thread ------------------------------------------------------------------------------------------ */

static tgp_segment segment_of(const tgp_unit *unit)
{
    return (tgp_segment){ .transport = TGP_UDP,
                          .source = unit->source,
                          .destination = unit->destination,
                          .time = unit->time,
                          .data = unit->octets,
                          .pieces = unit->pieces,
                          .num_pieces = unit->num_pieces };
}

bool tgp_units_cut(tgp_units *units, const tgp_unit *unit)
{
    tgp_units *late = units->late;
    tgp_segment segment = segment_of(unit);
    tgu_front front = tgu_front_of(&segment);
    tgu_hash hash = { unit->hash[0], unit->hash[1] };
    if (!unit->hashed)
        hash = tgu_repeats_hash(late->repeats, &segment, unit->octets);
    tgu_repeats_expect_hash(late->repeats, unit->octets, hash);
    cut_datagram(late, &front, &segment, NULL, 0, unit);
    return !late->no_memory;
}

void tgp_units_hash(const tgp_units *units, tgp_unit *unit)
{
    tgp_segment segment = segment_of(unit);
    tgu_hash hash = tgu_repeats_hash(units->late->repeats, &segment, unit->octets);
    unit->hash[0] = hash.a;
    unit->hash[1] = hash.b;
    unit->hashed = true;
}

/* ---- TCP -------------------------------------------------------------------------------------------------------- */

static size_t line_before(tg_bytes octets, size_t end)
{
    while (end > 0 && octets.data[end - 1] != '\n')
        end--;
    return end;
}

/* Is the line that ends at `end` a request line, and not a header whose value is so? Where it begins is *begin. */
static bool is_request_line(tg_bytes octets, size_t end, size_t *begin)
{
    static const char version[] = " SIP/2.0";
    enum { LEN = sizeof version - 1 };
    if (end > 0 && octets.data[end - 1] == '\r')
        end--;
    if (end < LEN || memcmp(octets.data + end - LEN, version, LEN) != 0)
        return false;
    size_t at = *begin = line_before(octets, end);
    while (at < end && tgu_is_token_char(octets.data[at]))
        at++;
    bool has_method = at > *begin;
    while (at < end && (octets.data[at] == ' ' || octets.data[at] == '\t'))
        at++;
    return has_method && at < end && octets.data[at] != ':';
}

/* Where the headers end, just behind their empty line; 0: not there yet. Where another start line is among them, *broken is where it begins: what
 * stands in front of it has no end. */
static size_t headers_end(tg_bytes octets, size_t *searched, size_t *broken)
{
    static const char response[] = "SIP/2.0 ";
    enum { LEN = sizeof response - 1 };
    size_t at = *searched, begin;
    while (at < octets.len) {
        const uint8_t *end = memchr(octets.data + at, '\n', octets.len - at);
        if (!end)
            break;
        size_t next = (size_t)(end - octets.data) + 1;
        if (is_request_line(octets, next - 1, &begin) && begin > 0) {
            *broken = begin;
            return 0;
        }
        size_t there = octets.len - next < LEN ? octets.len - next : LEN;
        bool is_response = memcmp(octets.data + next, response, there) == 0;
        if (is_response && there == LEN) {
            *broken = next;
            return 0;
        }
        *searched = next - 1; /* what is not complete, an empty line or a start line, is looked at again */
        if (is_response)
            return 0;
        if (next + 1 < octets.len && octets.data[next] == '\r' && octets.data[next + 1] == '\n')
            return next + 2;
        if (next < octets.len && octets.data[next] == '\n')
            return next + 1;
        if (next >= octets.len || (octets.data[next] == '\r' && next + 1 >= octets.len))
            return 0;
        at = next;
    }
    *searched = octets.len;
    return 0;
}

/* Behind a message that cannot be taken; its headers at least are passed over, so that the hunt begins behind them. */
static tgu_step lose(tgp_units *units, tgu_front *front, tgp_unit_event event, size_t octets)
{
    tgu_count(units, event);
    tgu_consume(front, octets);
    return TGU_HUNT;
}

/* Headers that are too long are passed over as far as they are there: no message begins among them. The rest of the last line is, too. */
static tgu_step lose_headers(tgp_units *units, tgu_side *side, tgu_front *front, size_t end)
{
    tg_bytes left = tgu_left(front);
    size_t octets = end ? end : line_before(left, left.len);
    side->mid_line = octets == 0;
    return lose(units, front, TGP_UNITS_TOO_LARGE, octets ? octets : 1);
}

tgu_step tgu_sip_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    tg_bytes left = tgu_left(front);
    size_t broken = 0, end = headers_end(left, &side->searched, &broken);
    if (broken > 0)
        return lose(units, front, TGP_UNITS_BAD_SIP, broken);
    if (end == 0 && left.len <= TG_SIP_MAX_OCTETS)
        return TGU_WAIT;
    if (end == 0 || end > TG_SIP_MAX_OCTETS)
        return lose_headers(units, side, front, end);
    const char *reason;
    tg_status status = tg_sip_cut(left, &units->head, &reason);
    if ((status == TG_TRUNCATED && units->head.frame_len > units->limits.message) ||
        (status == TG_TOO_LARGE && units->head.has_content_length)) {
        tgu_count(units, TGP_UNITS_TOO_LARGE);
        tgu_consume(front, end);
        side->skip = units->head.content_length;
        return TGU_AGAIN;
    }
    if (status == TG_TRUNCATED) {
        side->need = units->head.frame_len;
        return TGU_WAIT;
    }
    if (status == TG_BAD_SIP && !units->head.request && units->head.status == 0) /* behind this line may be a message */
        end = units->head.offset + units->head.start_line.len + 1;
    if (status != TG_OK)
        return lose(units, front, event_of(status), end);
    if (!units->head
             .has_content_length) /* RFC 3261 20.14: over a stream it must be there; nothing says where the body ends */
        return lose(units, front, TGP_UNITS_BAD_SIP, end);
    size_t len = units->head.frame_len;
    tell_one(units, front, &units->head, NULL, flow, from, NULL);
    tgu_consume(front, len);
    return TGU_AGAIN;
}
