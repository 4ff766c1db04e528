/* TCP: joins the segments of one direction while they come in order, and cuts SIP messages out of them.
 *
 * A direction is followed from the first segment that begins with SIP. A segment after a gap ends what was begun (it is
 * counted as incomplete); following goes on with the next segment that begins with SIP.
 */
#include <stdlib.h>

#include "reader.h"

enum { MOST_START_LINE = 2048 };

/* ---- flows -------------------------------------------------------------------------------------------------- */

static bool same_endpoint(const tg_pcap_endpoint *a, const tg_pcap_endpoint *b)
{
    return a->port == b->port && a->version == b->version && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static tgp_flow *find_flow(tgp_session *session, const tgp_segment *segment)
{
    for (size_t i = 0; i < TGP_MAX_FLOWS; i++) {
        tgp_flow *flow = &session->flows[i];
        if (flow->used && same_endpoint(&flow->source, &segment->source) &&
            same_endpoint(&flow->destination, &segment->destination))
            return flow;
    }
    return NULL;
}

/* Forgets what a flow has gathered; a message that was begun is counted under `why`. */
static void abandon(tgp_session *session, tgp_flow *flow, tg_pcap_sip why)
{
    if (flow->len > 0)
        session->counts.sip[why]++;
    flow->len = flow->scanned = flow->wanted = 0;
}

static void close_flow(tgp_session *session, tgp_flow *flow, tg_pcap_sip why)
{
    abandon(session, flow, why);
    free(flow->data);
    memset(flow, 0, sizeof *flow);
}

static tgp_flow *open_flow(tgp_session *session, const tgp_segment *segment)
{
    tgp_flow *oldest = &session->flows[0];
    for (size_t i = 0; i < TGP_MAX_FLOWS && oldest->used; i++) {
        tgp_flow *flow = &session->flows[i];
        if (!flow->used || flow->last_frame < oldest->last_frame)
            oldest = flow;
    }
    if (oldest->used)
        close_flow(session, oldest, TG_PCAP_SIP_INCOMPLETE);
    oldest->used = true;
    oldest->source = segment->source;
    oldest->destination = segment->destination;
    oldest->next_seq = segment->seq;
    return oldest;
}

/* False when memory ran out. The caller keeps within TG_SIP_MAX_OCTETS and one segment. */
static bool append(tgp_flow *flow, tg_bytes data)
{
    if (flow->capacity - flow->len < data.len) {
        size_t capacity = (flow->len + data.len) * 2;
        char *grown = realloc(flow->data, capacity);
        if (!grown)
            return false;
        flow->data = grown;
        flow->capacity = capacity;
    }
    memcpy(flow->data + flow->len, data.data, data.len);
    flow->len += data.len;
    return true;
}

static void consume(tgp_flow *flow, size_t len)
{
    memmove(flow->data, flow->data + len, flow->len - len);
    flow->len -= len;
    flow->scanned = flow->wanted = 0;
}

/* ---- SIP in a stream ---------------------------------------------------------------------------------------- */

/* True when the text may be SIP: it begins with a start line, or with what may still become one. */
static bool may_be_sip(const char *data, size_t len)
{
    size_t at = 0;
    while (at < len && (data[at] == '\r' || data[at] == '\n'))
        at++;
    if (at == len)
        return false; /* keep-alive (RFC 5626); nothing is lost when it is not followed */
    if (memchr(data + at, '\n', len - at))
        return tg_sip_begins(data + at, len - at);
    for (size_t i = at; i < len; i++) {
        if (i - at >= MOST_START_LINE || ((data[i] < ' ' || data[i] > '~') && data[i] != '\r'))
            return false;
    }
    return data[at] >= 'A' && data[at] <= 'Z';
}

/* Looks for the empty line behind the headers where it was not looked for yet, so that a message that comes octet by
 * octet costs no more than one that comes at once. */
static bool headers_complete(tgp_flow *flow)
{
    size_t at = flow->scanned;
    for (; at < flow->len; at++) {
        if (flow->data[at] != '\n')
            continue;
        if (at + 1 < flow->len && flow->data[at + 1] == '\n')
            return true;
        if (at + 2 < flow->len && flow->data[at + 1] == '\r' && flow->data[at + 2] == '\n')
            return true;
        if (at + 2 >= flow->len)
            break; /* the rest may still come */
    }
    flow->scanned = at;
    return false;
}

static void skip_empty_lines(tgp_flow *flow)
{
    size_t empty = 0;
    while (empty < flow->len && (flow->data[empty] == '\r' || flow->data[empty] == '\n'))
        empty++;
    if (empty > 0 && flow->scanned == 0)
        consume(flow, empty);
}

/* Takes one message from the front. False when there is none yet, or the flow was given up. */
static bool cut_message(tgp_session *session, tgp_flow *flow, const tgp_segment *segment)
{
    const char *reason;
    size_t len = 0;
    skip_empty_lines(flow);
    if (flow->len == 0)
        return false;
    if (!may_be_sip(flow->data, flow->len)) {
        close_flow(session, flow, TG_PCAP_SIP_BAD_SIP);
        return false;
    }
    if (flow->len < flow->wanted)
        return false;
    if (!headers_complete(flow)) {
        if (flow->len > TG_SIP_MAX_OCTETS)
            close_flow(session, flow, TG_PCAP_SIP_TOO_LARGE);
        return false;
    }
    tg_status status = tg_sip_frame(flow->data, flow->len, &len, &reason);
    if (status == TG_TRUNCATED) {
        flow->wanted = len;
        return false;
    }
    if (status != TG_OK) {
        close_flow(session, flow, status == TG_TOO_LARGE ? TG_PCAP_SIP_TOO_LARGE : TG_PCAP_SIP_BAD_SIP);
        return false;
    }
    tgp_sip_message(session, segment, flow->first_frame, flow->data, len);
    consume(flow, len);
    flow->first_frame = session->frame;
    return true;
}

static tg_pcap_packet take_data(tgp_session *session, tgp_flow *flow, const tgp_segment *segment, tg_bytes data)
{
    if (flow->len == 0)
        flow->first_frame = session->frame;
    flow->last_frame = session->frame;
    flow->next_seq = segment->seq + (uint32_t)segment->data.len;
    bool followed = flow->len > 0 || may_be_sip((const char *)data.data, data.len);
    if (!append(flow, data)) {
        session->no_memory = session->stopped = true;
        close_flow(session, flow, TG_PCAP_SIP_INCOMPLETE);
        return TG_PCAP_SIP;
    }
    while (!session->stopped && cut_message(session, flow, segment))
        ;
    return followed || !flow->used ? TG_PCAP_SIP : TG_PCAP_NOT_SIP;
}

/* Puts a segment with data in its place in a flow that is being followed. */
static tg_pcap_packet follow(tgp_session *session, tgp_flow *flow, const tgp_segment *segment)
{
    tg_bytes data = segment->data;
    int32_t ahead = (int32_t)(segment->seq - flow->next_seq);
    if (ahead < 0) {
        size_t known = (size_t)(-(int64_t)ahead);
        if (known >= data.len)
            return TG_PCAP_REPEATED;
        data.data += known;
        data.len -= known;
    } else if (ahead > 0) {
        if (!may_be_sip((const char *)data.data, data.len)) {
            close_flow(session, flow, TG_PCAP_SIP_INCOMPLETE);
            return TG_PCAP_OUT_OF_ORDER;
        }
        abandon(session, flow, TG_PCAP_SIP_INCOMPLETE);
    }
    return take_data(session, flow, segment, data);
}

tg_pcap_packet tgp_streams_take(tgp_session *session, const tgp_segment *segment)
{
    tgp_flow *flow = find_flow(session, segment);
    tg_pcap_packet result = TG_PCAP_EMPTY;
    if (flow && segment->syn) { /* a new connection between the same ports */
        close_flow(session, flow, TG_PCAP_SIP_INCOMPLETE);
        flow = NULL;
    }
    tgp_segment data = *segment;
    data.seq += segment->syn ? 1u : 0u;
    if (segment->data.len > 0) {
        if (!flow && !may_be_sip((const char *)segment->data.data, segment->data.len))
            return TG_PCAP_NOT_SIP;
        if (!flow)
            flow = open_flow(session, &data);
        result = follow(session, flow, &data);
    }
    flow = segment->fin || segment->rst ? find_flow(session, segment) : NULL;
    if (flow && (segment->rst || segment->seq + (uint32_t)segment->data.len == flow->next_seq))
        close_flow(session, flow, TG_PCAP_SIP_INCOMPLETE);
    return result;
}

void tgp_streams_end(tgp_session *session)
{
    for (size_t i = 0; i < TGP_MAX_FLOWS; i++) {
        if (session->flows[i].used)
            close_flow(session, &session->flows[i], TG_PCAP_SIP_INCOMPLETE);
    }
}
