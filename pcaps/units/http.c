/* HTTP/1 (RFC 9112): where a message ends is told here, so that libhtp gets whole messages within limits; requests wait for their responses. */
#include <stdlib.h>

#include "http_head.h"
#include "kept.h"

enum { PHASE_HEAD, PHASE_LENGTH, PHASE_CHUNKS, PHASE_TRAILER, PHASE_CLOSE };
enum { MAX_HEAD = 65536, MAX_CHUNK_LINE = 1024 };

/* ---- where a message ends ----------------------------------------------------------------------------------------- */

/* 0: not there yet. Sought behind what was searched in vain; the last line end is looked at again, for it is told from an empty line by what follows. */
static size_t head_end(tgu_side *side, tg_bytes octets)
{
    size_t at = side->searched;
    while (at < octets.len) {
        const uint8_t *end = memchr(octets.data + at, '\n', octets.len - at);
        if (!end)
            break;
        side->searched = (size_t)(end - octets.data);
        at = side->searched + 1;
        if (at < octets.len && octets.data[at] == '\n')
            return at + 1;
        if (at + 1 < octets.len && octets.data[at] == '\r' && octets.data[at + 1] == '\n')
            return at + 2;
        if (at + 2 > octets.len || (at + 2 == octets.len && octets.data[at] == '\r'))
            return 0;
    }
    side->searched = octets.len;
    return 0;
}

/* That the next response answers; NULL: it is not known. */
static const tgu_pending *request_of(const tgu_flow *flow)
{
    return flow->unpaired ? NULL : flow->pending;
}

static const char *method_of_request(const tgu_flow *flow)
{
    const tgu_pending *request = request_of(flow);
    return request ? request->method : "";
}

/* RFC 9112 6.3 */
static bool has_body(const tgu_flow *flow, const tgu_http_head *head)
{
    const char *method = method_of_request(flow);
    if (head->request)
        return head->chunked || (head->has_length && head->length > 0);
    if (head->status < 200 || head->status == 204 || head->status == 304 || strcmp(method, "HEAD") == 0)
        return false;
    return !(strcmp(method, "CONNECT") == 0 && head->status < 300);
}

static uint8_t phase_of(const tgu_http_head *head)
{
    return head->chunked ? PHASE_CHUNKS : head->has_length && !head->other_coding ? PHASE_LENGTH : PHASE_CLOSE;
}

/* The size in a chunk's first line (RFC 9112 7.1). */
static bool chunk_size(tg_bytes line, size_t *out)
{
    size_t value = 0, i = 0;
    for (; i < line.len && i < 8; i++) {
        uint8_t c = line.data[i];
        unsigned digit = c >= '0' && c <= '9'                 ? (unsigned)c - '0'
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)(c | 32) - 'a' + 10U
                                                              : 16U;
        if (digit == 16)
            break;
        value = value * 16 + digit;
    }
    *out = value;
    return i > 0 && (i == line.len || line.data[i] == ';' || line.data[i] == ' ' || line.data[i] == '\t' ||
                     line.data[i] == '\r');
}

typedef enum walk { WALK_MORE, WALK_END, WALK_BAD } walk;

/* Chunks, then the trailer; side->searched is the beginning of the next line. */
static walk walk_chunks(tgu_side *side, tg_bytes octets)
{
    for (;;) {
        const uint8_t *end = side->searched < octets.len
                                 ? memchr(octets.data + side->searched, '\n', octets.len - side->searched)
                                 : NULL;
        if (!end)
            return octets.len > side->searched + MAX_CHUNK_LINE ? WALK_BAD : WALK_MORE;
        tg_bytes line = { octets.data + side->searched, (size_t)(end - octets.data) - side->searched };
        size_t next = side->searched + line.len + 1, size;
        if (line.len > MAX_CHUNK_LINE)
            return WALK_BAD;
        if (side->phase == PHASE_TRAILER) {
            side->searched = next;
            if (line.len == 0 || (line.len == 1 && line.data[0] == '\r'))
                return WALK_END;
            continue;
        }
        if (!chunk_size(line, &size))
            return WALK_BAD;
        if (size == 0) {
            side->phase = PHASE_TRAILER;
        } else if (octets.len < next + size + 2) {
            side->need = next + size + 2;
            return WALK_MORE;
        } else if (octets.data[next + size] != '\r' || octets.data[next + size + 1] != '\n') {
            return WALK_BAD;
        }
        side->searched = next + (size ? size + 2 : 0);
    }
}

/* ---- a message ---------------------------------------------------------------------------------------------------- */

static void pair(tgp_unit *unit, const tgu_flow *flow)
{
    const tgu_pending *pending = request_of(flow);
    if (!pending)
        return;
    unit->http.transaction = pending->transaction;
    memcpy(unit->http.method, pending->method, sizeof unit->http.method);
    unit->http.target = pending->target;
}

/* The response has come: its request waits no longer. What follows 101 and CONNECT is another protocol. */
static void settle(tgp_units *units, tgu_flow *flow, int status)
{
    bool changes = status == 101 || (strcmp(method_of_request(flow), "CONNECT") == 0 && status >= 200 && status < 300);
    bool is_final = status >= 200 || status == 101;
    if (is_final && flow->unpaired > 0) { /* what it answers was forgotten */
        flow->unpaired--;
        tgu_count(units, TGP_UNITS_TOO_LARGE);
    } else if (is_final && flow->pending) {
        tgu_pending_pop(flow);
    }
    for (unsigned i = 0; changes && i < 2; i++) {
        tgu_side *side = &flow->sides[i];
        side->kind = TGU_UNKNOWN;
        if (side->skip == 0 && side->pass == 0) /* what of the next message was looked at was taken for HTTP */
            tgu_reset_message(side);
    }
}

static tgp_unit_event event_of(tgu_htp_result result)
{
    return result == TGU_HTP_READ ? TGP_UNITS_HTTP : result == TGU_HTP_BAD ? TGP_UNITS_BAD_HTTP : TGP_UNITS_TOO_LARGE;
}

/* What a whole message says: by itself where its head is plain, else by libhtp. */
static tgu_htp_result read_message(tgp_units *units, const tgu_flow *flow, tg_bytes octets, const tgu_http_head *head,
                                   tgu_http *out)
{
    if (head->request && !has_body(flow, head) && tgu_http_is_plain(octets, head, out->content_type)) {
        memcpy(out->method, head->method, sizeof out->method);
        memcpy(out->target, head->target.data, head->target.len);
        out->target[head->target.len] = '\0';
        out->body = tg_bytes_of(NULL, 0);
        return TGU_HTP_READ;
    }
    if (!units->htp)
        units->htp = tgu_htp_new(units->limits.message);
    if (!units->htp)
        return TGU_HTP_NO_MEMORY;
    return head->request ? tgu_htp_request(units->htp, octets, out)
                         : tgu_htp_response(units->htp, octets, !has_body(flow, head), out);
}

static void describe(tgu_flow *flow, const tgu_http_head *head, const tgu_http *read, tgp_unit *unit)
{
    unit->http.request = head->request;
    unit->http.status = head->status;
    unit->http.target = "";
    if (!head->request) {
        pair(unit, flow);
        if (unit->http.transaction == 0)
            unit->http.transaction = ++flow->transactions;
    } else {
        unit->http.transaction = flow->transactions;
        memcpy(unit->http.method, read->method, sizeof unit->http.method);
        unit->http.target = read->target;
    }
}

static void tell(tgp_units *units, tgu_flow *flow, unsigned from, const tgu_front *front, size_t len,
                 const tgu_http_head *head)
{
    tgu_http read;
    tg_bytes octets = tg_bytes_of(front->data + front->at, len);
    tgp_unit unit = tgu_unit_of(flow, from, TGP_UNIT_HTTP);
    if (head->request && !tgu_pending_push(flow, head)) {
        units->no_memory = true;
        return;
    }
    tgu_htp_result result = read_message(units, flow, octets, head, &read);
    if (result == TGU_HTP_NO_MEMORY)
        units->no_memory = true;
    tgu_count(units, event_of(result));
    describe(flow, head, &read, &unit);
    if (result == TGU_HTP_READ) {
        memcpy(unit.http.content_type, read.content_type, sizeof unit.http.content_type);
        unit.http.body = read.body;
        unit.http.coded = head->stays_coded;
        unit.http.many_types = head->many_types;
        tgu_tell(units, front, 0, len, &unit);
    }
    if (!head->request)
        settle(units, flow, head->status);
}

/* ---- bodies that nobody wants -------------------------------------------------------------------------------------- */

/* A response whose head says all: its media type, that is not wanted, and how many octets are to come. */
static bool is_unwanted(const tgp_units *units, const tgu_flow *flow, tg_bytes octets, const tgu_http_head *head,
                        char *content_type)
{
    return units->limits.wants_body && !head->request && has_body(flow, head) && head->status >= 200 &&
           phase_of(head) == PHASE_LENGTH && tgu_http_is_plain(octets, head, content_type) &&
           !units->limits.wants_body(content_type);
}

/* Of the first `len` octets of the front: the last that came. */
static void note_passed(tgu_side *side, const tgu_front *front, size_t len)
{
    for (size_t i = front->piece; i < front->num_pieces && front->pieces[i].offset < front->at + len; i++) {
        if (front->pieces[i].frame > side->passed_frame) {
            side->passed_frame = front->pieces[i].frame;
            side->passed_time = front->times ? front->times[i] : front->time;
        }
    }
}

/* The head alone is told, when the last octet of the body has come. */
static void tell_head(tgp_units *units, tgu_flow *flow, unsigned from, const tgu_front *front, size_t end,
                      const tgu_http_head *head, const char *content_type)
{
    const tgu_side *side = &flow->sides[from];
    tgp_unit unit = tgu_unit_of(flow, from, TGP_UNIT_HTTP);
    tgu_front passed = *front;
    passed.passed_frame = side->passed_frame;
    passed.passed_time = side->passed_time;
    tgu_count(units, TGP_UNITS_HTTP);
    describe(flow, head, NULL, &unit);
    unit.http.passed = true;
    (void)snprintf(unit.http.content_type, sizeof unit.http.content_type, "%s", content_type);
    tgu_tell(units, &passed, 0, end, &unit);
    settle(units, flow, head->status);
}

void tgu_http_pass(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    size_t left = front->len - front->at, len = side->pass < left ? (size_t)side->pass : left;
    note_passed(side, front, len);
    tgu_consume(front, len);
    side->pass -= len;
    if (side->pass > 0)
        return;
    tgu_front kept = tgu_tape_front(&side->tape);
    tgu_http_head head;
    char content_type[128];
    tg_bytes octets = tg_bytes_of(kept.data + kept.at, side->searched);
    (void)tgu_http_read_head(octets, &head); /* it was read before, and found plain */
    (void)tgu_http_is_plain(octets, &head, content_type);
    tell_head(units, flow, from, &kept, octets.len, &head, content_type);
    tgu_drop_tape(side);
}

/* `len`: of the message; 0: it is not all there. */
static tgu_step pass(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front, size_t end, size_t len,
                     const tgu_http_head *head, const char *content_type)
{
    tgu_side *side = &flow->sides[from];
    size_t left = front->len - front->at;
    note_passed(side, front, len ? len : left);
    if (len == 0) {
        side->pass = end + head->length - left;
        return TGU_WAIT;
    }
    tell_head(units, flow, from, front, end, head, content_type);
    tgu_consume(front, len);
    return TGU_AGAIN;
}

/* ---- cutting ------------------------------------------------------------------------------------------------------ */

static tgu_step lose(tgp_units *units, tgu_front *front, tgp_unit_event event, size_t octets)
{
    tgu_count(units, event);
    tgu_consume(front, octets);
    return TGU_HUNT;
}

/* A response waits until its request is whole; in captures that begin in the middle, or lack some of it, there may be none. */
static bool waits(const tgu_flow *flow, unsigned from)
{
    const tgu_side *other = &flow->sides[1 - from];
    return !flow->pending && !flow->unpaired && flow->connection.from_start && !flow->ending && !other->left &&
           !other->gapped;
}

static tgu_step wait_for_request(tgp_units *units, tgu_front *front)
{
    size_t len = front->len - front->at;
    return len <= units->limits.message ? TGU_WAIT : lose(units, front, TGP_UNITS_TOO_LARGE, len);
}

/* The head is there. Skips the message where its body is too large. */
static void begin(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front, const tgu_http_head *head,
                  size_t end)
{
    tgu_side *side = &flow->sides[from];
    size_t body = has_body(flow, head) ? (size_t)head->length : 0;
    side->phase = has_body(flow, head) ? phase_of(head) : PHASE_LENGTH;
    side->searched = side->head = end;
    if (side->phase != PHASE_LENGTH)
        return;
    side->need = end + body;
    if (body <= units->limits.message)
        return;
    if (head->request && !tgu_pending_push(flow, head))
        units->no_memory = true;
    if (!head->request)
        settle(units, flow, head->status);
    tgu_count(units, TGP_UNITS_TOO_LARGE);
    tgu_consume(front, end);
    side->skip = head->length;
}

/* How long the message is; 0: not known yet. */
static size_t length_of(tgu_side *side, const tgu_front *front, bool *bad)
{
    tg_bytes left = tgu_left(front);
    walk walked;
    switch (side->phase) {
    case PHASE_LENGTH:
        return left.len >= side->need ? side->need : 0;
    case PHASE_CLOSE:
        return front->over ? left.len : 0;
    default:
        walked = walk_chunks(side, left);
        *bad = walked == WALK_BAD;
        return walked == WALK_END ? side->searched : 0;
    }
}

/* Reads the head, when it is there. TGU_AGAIN: it is; what follows can be cut, or is skipped. */
static tgu_step take_head(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front, tgu_http_head *head)
{
    tgu_side *side = &flow->sides[from];
    tg_bytes left = tgu_left(front);
    size_t end = side->head ? side->head : head_end(side, left);
    if (end == 0)
        return left.len <= MAX_HEAD ? TGU_WAIT : lose(units, front, TGP_UNITS_TOO_LARGE, left.len);
    tgu_head_result read = end > MAX_HEAD ? TGU_HEAD_TOO_LARGE : tgu_http_read_head(tg_bytes_of(left.data, end), head);
    if (read != TGU_HEAD_READ)
        return lose(units, front, read == TGU_HEAD_BAD ? TGP_UNITS_BAD_HTTP : TGP_UNITS_TOO_LARGE, end);
    if (!head->request && waits(flow, from)) {
        side->waiting = true;
        side->head = end;
        return wait_for_request(units, front);
    }
    side->waiting = false;
    begin(units, flow, from, front, head, end);
    return TGU_AGAIN;
}

/* The head is read when it has come, and again when the message is whole: what comes in between is looked at once. */
tgu_step tgu_http_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    tgu_http_head head;
    char content_type[128];
    bool bad = false, begins = side->phase == PHASE_HEAD;
    if (side->waiting && waits(flow, from))
        return wait_for_request(units, front);
    if (begins) {
        tgu_step next = take_head(units, flow, from, front, &head);
        if (next != TGU_AGAIN || side->skip > 0)
            return next;
    }
    tg_bytes left = tgu_left(front);
    size_t end = side->head, len = length_of(side, front, &bad);
    if (bad)
        return lose(units, front, TGP_UNITS_BAD_HTTP, end);
    if ((len ? len : left.len) > units->limits.message + end)
        return lose(units, front, TGP_UNITS_TOO_LARGE, len ? len : left.len);
    if (begins && is_unwanted(units, flow, tg_bytes_of(left.data, end), &head, content_type))
        return pass(units, flow, from, front, end, len, &head, content_type);
    if (len == 0)
        return TGU_WAIT;
    if (!begins)
        (void)tgu_http_read_head(tg_bytes_of(left.data, end), &head); /* it was read before */
    tell(units, flow, from, front, len, &head);
    tgu_consume(front, len);
    if (head.request)
        tgu_run_other(units, flow, from);
    return TGU_AGAIN;
}
