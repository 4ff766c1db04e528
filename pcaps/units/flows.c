/* What listens to streams: each direction of a connection is recognised by its octets, cut into messages, or let go. */
#include <stdlib.h>

#include "kept.h"

/* Where a start line is looked for: in so many segments of a connection that is met in its middle (each may begin a message); in so many octets of text
 * from the beginning of one, however they lie in segments. */
enum { TRIES = 8, SEARCHED = 4096 };

tgp_unit tgu_unit_of(tgu_flow *flow, unsigned from, tgp_unit_kind kind)
{
    flow->told = true;
    const tgp_connection *connection = &flow->connection;
    return (tgp_unit){ .kind = kind,
                       .transport = connection->transport,
                       .source = connection->ends[from],
                       .destination = connection->ends[1 - from],
                       .connection = connection->id };
}

/* ---- cutting ------------------------------------------------------------------------------------------------------- */

static tgu_step cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front, tgu_kind kind)
{
    switch (kind) {
    case TGU_SIP:
        return tgu_sip_cut(units, flow, from, front);
    case TGU_HTTP:
        return tgu_http_cut(units, flow, from, front);
    case TGU_MSRP:
        return tgu_msrp_cut(units, flow, from, front);
    case TGU_BFCP:
        return tgu_bfcp_cut(units, flow, from, front);
    default:
        return TGU_LEAVE;
    }
}

/* Octets of TLS are told as they come; what cuts and judges records is above. */
static tgu_step take_tls(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgp_unit unit = tgu_unit_of(flow, from, TGP_UNIT_TLS);
    tg_bytes left = tgu_left(front);
    unit.tls.from_first = from == 0;
    if (!flow->tls)
        tgu_count(units, TGP_UNITS_TLS);
    flow->tls = true;
    if (flow->tls_octets >= units->limits.tls_octets)
        return TGU_LEAVE;
    if (left.len > units->limits.tls_octets - flow->tls_octets)
        left.len = units->limits.tls_octets - flow->tls_octets;
    flow->tls_octets += left.len;
    flow->told = true;
    tgu_tell(units, front, 0, left.len, &unit);
    tgu_consume(front, front->len - front->at);
    return TGU_WAIT;
}

static tgp_unit_event bad_of(tgu_kind kind)
{
    return kind == TGU_HTTP ? TGP_UNITS_BAD_HTTP : kind == TGU_MSRP ? TGP_UNITS_BAD_MSRP : TGP_UNITS_BAD_SIP;
}

/* Line ends between messages (RFC 3261 7.5, RFC 5626 3.5.1); a run of them counts once. */
static void take_blank(tgp_units *units, tgu_side *side, tgu_front *front)
{
    size_t len = 0;
    tg_bytes left = tgu_left(front);
    while (len < left.len && (left.data[len] == '\r' || left.data[len] == '\n'))
        len++;
    if (!side->blank && side->kind == TGU_SIP)
        tgu_count(units, TGP_UNITS_KEEP_ALIVE);
    side->blank = true;
    tgu_consume(front, len);
}

static bool is_text_char(uint8_t c)
{
    return c >= ' ' && c < 0x7f;
}

/* What stands here is not the beginning of a message. Behind text at the beginning of a connection one may yet come. */
static tgu_step not_recognised(tgp_units *units, const tgu_flow *flow, tgu_side *side, uint8_t first)
{
    if (side->kind == TGU_UNKNOWN && !flow->told && flow->connection.from_start && is_text_char(first))
        return TGU_HUNT;
    if (side->kind == TGU_UNKNOWN || side->kind == TGU_BFCP)
        return TGU_LEAVE;
    tgu_count(units, bad_of(side->kind));
    return TGU_HUNT;
}

/* To the end of the line. Where nothing was recognised from the beginning on, this goes so far and no farther, and not through what is no text. */
static tgu_step pass_line(const tgu_flow *flow, tgu_side *side, tgu_front *front)
{
    tg_bytes left = tgu_left(front);
    const uint8_t *end = memchr(left.data, '\n', left.len);
    size_t len = end ? (size_t)(end - left.data) + 1 : left.len;
    if (side->kind == TGU_UNKNOWN && flow->connection.from_start) {
        if (len > (size_t)SEARCHED - side->passed || memchr(left.data, '\0', len))
            return TGU_LEAVE;
        side->passed = (uint16_t)(side->passed + len);
    }
    tgu_consume(front, len);
    side->mid_line = !end; /* the rest of this line is not the beginning of a message */
    return TGU_AGAIN;
}

/* To the next line that begins a message; what may yet be one stays. */
static tgu_step hunt(const tgu_flow *flow, tgu_side *side, tgu_front *front)
{
    tgu_kind kind = TGU_UNKNOWN;
    for (;;) {
        tg_bytes left = tgu_left(front);
        tgu_told told = left.len > 0 && left.data[0] != '\r' && left.data[0] != '\n'
                            ? tgu_classify_more(left, side->seen, &kind)
                            : TGU_IS_NOT;
        side->seen = told == TGU_NEEDS_MORE ? left.len : 0;
        if (left.len == 0 || told == TGU_NEEDS_MORE)
            return TGU_WAIT;
        if (told == TGU_IS) {
            side->hunting = false;
            return TGU_AGAIN;
        }
        if (pass_line(flow, side, front) == TGU_LEAVE)
            return TGU_LEAVE;
        if (side->mid_line) {
            side->blank = false;
            return TGU_WAIT;
        }
    }
}

/* Of the message that stands in front some is looked at already: it is known what it is. */
static bool is_begun(const tgu_side *side)
{
    return side->kind != TGU_UNKNOWN && (side->searched > 0 || side->head > 0 || side->waiting);
}

static tgu_step step(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    tgu_kind kind = TGU_UNKNOWN;
    if (side->pass > 0)
        return TGU_WAIT;
    if (side->skip > 0) {
        size_t len = front->len - front->at;
        len = side->skip < len ? (size_t)side->skip : len;
        side->skip -= len;
        tgu_consume(front, len);
        return TGU_AGAIN;
    }
    if (side->mid_line) /* of a hunt */
        return pass_line(flow, side, front);
    if (side->hunting)
        return hunt(flow, side, front);
    if (side->need > front->len - front->at && !front->over)
        return TGU_WAIT;
    if (side->kind == TGU_TLS)
        return take_tls(units, flow, from, front);
    if (is_begun(side))
        return cut(units, flow, from, front, (tgu_kind)side->kind);
    tgu_told told = tgu_classify_more(tgu_left(front), side->seen, &kind);
    side->seen = told == TGU_NEEDS_MORE ? front->len - front->at : 0;
    if (told == TGU_NEEDS_MORE)
        return TGU_WAIT;
    if (told == TGU_IS_NOT)
        return not_recognised(units, flow, side, front->data[front->at]);
    if (kind == TGU_BLANK) {
        take_blank(units, side, front);
        return TGU_AGAIN;
    }
    side->blank = false;
    side->kind = (uint8_t)kind;
    side->passed = 0;
    return kind == TGU_TLS ? take_tls(units, flow, from, front) : cut(units, flow, from, front, kind);
}

/* As far as it goes. False: nothing more of this direction. */
static bool run(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    while (front->at < front->len) {
        size_t at = front->at;
        tgu_step next = step(units, flow, from, front);
        if (front->at > at || next == TGU_HUNT)
            tgu_reset_message(side);
        if (next == TGU_HUNT)
            side->hunting = true;
        if (next == TGU_LEAVE)
            return false;
        if (next == TGU_WAIT)
            break;
    }
    return true;
}

static void leave(tgp_units *units, tgu_flow *flow, unsigned from)
{
    tgu_side *side = &flow->sides[from];
    tgu_drop_tape(side);
    side->left = true;
    if (!flow->told)
        tgu_count(units, TGP_UNITS_OTHER);
    tgu_account(units, flow);
}

/* The tape is taken off the side meanwhile: a cutter may run the other direction, and that may make room. */
static void run_tape(tgp_units *units, tgu_flow *flow, unsigned from, bool over)
{
    tgu_side *side = &flow->sides[from];
    tgu_tape tape = side->tape;
    memset(&side->tape, 0, sizeof side->tape);
    tgu_front front = tgu_tape_front(&tape);
    front.over = over;
    bool follows = run(units, flow, from, &front);
    tgu_tape_consume(&tape, front.at - tape.at);
    side->tape = tape;
    if (!follows)
        leave(units, flow, from);
    tgu_account(units, flow);
}

void tgu_run_other(tgp_units *units, tgu_flow *flow, unsigned from)
{
    tgu_side *other = &flow->sides[1 - from];
    if (other->tape.len > 0 && !other->left)
        run_tape(units, flow, 1 - from, false);
}

/* ---- the listener -------------------------------------------------------------------------------------------------- */

/* A direction without a flow: is there anything in it for us? Blank lines, text at the beginning and what is too short to tell make one. */
static bool deserves_flow(tgp_units *units, tgp_connection *connection, unsigned from, tg_bytes octets, bool *later)
{
    tgu_kind kind = TGU_UNKNOWN;
    *later = false;
    if (tgu_classify(octets, &kind) != TGU_IS_NOT)
        return true;
    if (connection->from_start && is_text_char(octets.data[0]))
        return true;
    if (!connection->from_start && !memchr(octets.data, '\0', octets.len) && tgu_tries_of(connection, from) < TRIES) {
        const tgu_flow flow = { .connection = *connection };
        tgu_side side = { .hunting = true };
        tgu_front front = { .data = octets.data, .len = octets.len };
        (void)hunt(&flow, &side, &front);
        tgu_note_try(connection, from);
        *later = side.hunting && front.at == front.len;
        return !*later;
    }
    tgu_count(units, TGP_UNITS_OTHER);
    return false;
}

static tgp_interest take_sctp(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    front->over = true;
    if (tgu_sip_datagram(units, front, NULL, flow, from) || flow->sides[from].kind == TGU_SIP) {
        flow->told = true;
        flow->sides[from].kind = TGU_SIP;
        return TGP_FOLLOW;
    }
    tgu_count(units, TGP_UNITS_OTHER);
    return TGP_LET_GO;
}

static tgp_interest take_stream(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    if (side->left)
        return TGP_LET_GO;
    if (side->pass > 0)
        tgu_http_pass(units, flow, from, front);
    if (side->tape.len > 0 && front->at < front->len) {
        tgu_keep(units, flow, from, front);
        if (side->tape.len >= side->need)
            run_tape(units, flow, from, false);
    } else if (front->at < front->len) {
        bool follows = run(units, flow, from, front);
        if (!follows)
            leave(units, flow, from);
        else if (front->at < front->len)
            tgu_keep(units, flow, from, front);
    }
    return side->left ? TGP_LET_GO : TGP_FOLLOW;
}

static tgp_interest take_data(void *user, tgp_connection *connection, unsigned from, tg_bytes octets,
                              const tgp_piece *pieces, size_t num_pieces, int64_t time, bool message_ends)
{
    tgp_units *units = user;
    tgu_front front = {
        .data = octets.data, .len = octets.len, .pieces = pieces, .num_pieces = num_pieces, .time = time
    };
    bool later;
    (void)message_ends;
    if (octets.len == 0)
        return TGP_FOLLOW;
    bool sctp = connection->transport == TGP_SCTP;
    if (!sctp && !tgu_is_known(connection) && !deserves_flow(units, connection, from, octets, &later))
        return later ? TGP_FOLLOW : TGP_LET_GO;
    tgu_flow local, *flow = tgu_enter(connection, &local);
    tgp_interest interest = sctp ? take_sctp(units, flow, from, &front) : take_stream(units, flow, from, &front);
    tgu_settle(units, connection, flow, &local);
    return interest;
}

static void lose_begun(tgp_units *units, tgu_side *side)
{
    if (side->tape.len > 0 && side->kind == TGU_UNKNOWN)
        tgu_count(units, TGP_UNITS_OTHER);
    else if (side->tape.len > 0 && !side->hunting && side->kind != TGU_TLS)
        tgu_count(units, TGP_UNITS_INCOMPLETE);
    tgu_drop_tape(side);
}

static tgp_interest gap_in(tgp_units *units, tgu_flow *flow, unsigned from, uint64_t octets)
{
    tgu_side *side = &flow->sides[from];
    if (side->left)
        return TGP_FOLLOW;
    bool skipped =
        octets > 0 && side->skip >= octets && side->tape.len == 0; /* it lies in what is passed over anyway */
    if (skipped) {
        side->skip -= octets;
        return TGP_FOLLOW;
    }
    lose_begun(units, side);
    side->skip = 0;
    side->gapped = side->hunting = true;
    side->mid_line = false;
    return side->kind == TGU_TLS ? TGP_LET_GO : TGP_FOLLOW;
}

static tgp_interest take_gap(void *user, tgp_connection *connection, unsigned from, uint64_t octets)
{
    tgp_units *units = user;
    if (!tgu_is_known(connection) || connection->transport == TGP_SCTP)
        return TGP_FOLLOW;
    tgu_flow local, *flow = tgu_enter(connection, &local);
    tgp_interest interest = gap_in(units, flow, from, octets);
    tgu_settle(units, connection, flow, &local);
    return interest;
}

static void take_end(void *user, tgp_connection *connection, tgp_end how)
{
    tgp_units *units = user;
    if (!tgu_is_known(connection))
        return;
    tgu_flow local, *flow = tgu_enter(connection, &local);
    flow->ending = true;
    for (unsigned i = 0; i < 2; i++) { /* requests before the responses that wait for them */
        if (flow->sides[i].tape.len > 0)
            run_tape(units, flow, i, how == TGP_END_FIN);
    }
    for (unsigned i = 0; i < 2; i++)
        lose_begun(units, &flow->sides[i]);
    tgu_pending_free(flow);
    tgu_account(units, flow);
    if (flow->told && units->listener.connection_ended)
        units->listener.connection_ended(units->listener.user, connection, how);
    if (flow != &local)
        free(flow);
    connection->user = NULL;
}

tgp_stream_listener tgu_flows_listener(tgp_units *units)
{
    return (tgp_stream_listener){ take_data, take_gap, take_end, units };
}
