/* A TLS connection judged: with the TEK of its crypto session. Rows about certificates and suites are those of calls. */
#include <stdio.h>
#include <stdlib.h>

#include "connections.h"

typedef struct handshake {
    tgp_trace *trace;
    tgt_connection *connection;
    bool client_is_first;
    tg_tls_segment *segments;
    tg_arena arena;
    tg_tls_judgement judgement;
    tg_bytes tek;
} handshake;

/* ---- crypto sessions of m-lines (TRACE.md section 3) ------------------------------------------------------------ */

static const tgt_record *record_of_key(const tgp_trace *trace, uint64_t key)
{
    for (tgt_node *n = key ? tgt_table_find(&trace->keys_of_records, tgt_hash_numbers(key, 3)) : NULL; n;
         n = tgt_node_next(n)) {
        const tgt_record *r = TGT_OF(n, tgt_record, by_key);
        if (r->key == key)
            return r->original ? r->original : r;
    }
    return NULL;
}

size_t tgt_sessions_of(const tgt_record *r, unsigned m_line, uint8_t out[2])
{
    const tg_judgement *j = tgt_judgement_of(r);
    if (!j || !j->message || !r->covered || j->message->hdr.map.cs_id_map_type != TG_MAP_GENERIC_ID)
        return 0;
    const tg_map *map = &j->message->hdr.map;
    size_t at = 0, first = 0, num = 0;
    for (size_t i = 0; i < r->num_m_lines; i++) {
        size_t sessions = r->m_lines[i] == TG_M_LINE_RTP ? 2 : 1;
        if (r->covered[i] == m_line) {
            first = at;
            num = sessions;
        }
        at += sessions;
    }
    if (at != map->num_cs || !map->generic)
        return 0;
    for (size_t i = 0; i < num; i++)
        out[i] = map->generic[first + i].cs_id;
    return num;
}

static tg_bytes tek_by_key(const tgp_trace *trace, uint64_t key, unsigned m_line)
{
    const tgt_record *r = record_of_key(trace, key);
    uint8_t sessions[2];
    if (!r || tgt_sessions_of(r, m_line, sessions) == 0)
        return tg_bytes_of(NULL, 0);
    return tgt_tek_of(trace, r->conversation, r->csb_id, sessions[0]);
}

static tg_bytes own_tek(const tgp_trace *trace, const tgp_media *media)
{
    tg_bytes tek = tek_by_key(trace, media->offer_key, media->m_line);
    return tek.len ? tek : tek_by_key(trace, media->answer_key, media->m_line);
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

/* Octets of a segment: offsets count from its beginning. */
static bool place_in_segment(const tgt_connection *c, size_t segment, size_t offset, size_t length,
                             tgp_placed_finding *out)
{
    if (segment >= c->num_segments)
        return false;
    const tgt_segment *s = &c->segments[segment];
    return tgt_place(c->pieces + s->first_piece, s->num_pieces, offset, length, out);
}

static void say(handshake *h, const char *id, size_t segment, size_t offset, size_t length, const char *text)
{
    tgt_connection *c = h->connection;
    tgp_placed_finding place = { .has_frame = false };
    tgp_trace_finding finding = { .requirement = tg_requirement_find(id),
                                  .frame = c->first_frame,
                                  .call = c->call ? c->call->call : NULL,
                                  .call_number = c->call_number,
                                  .message = TGP_NONE,
                                  .connection = c->number };
    if (!finding.requirement)
        return;
    if (place_in_segment(c, segment, offset, length, &place)) {
        finding.frame = place.frame;
        finding.has_place = true;
        finding.frame_offset = place.frame_offset;
        finding.frame_length = place.frame_length;
    }
    snprintf(finding.text, sizeof finding.text, "%s", text);
    tgt_take_finding(h->trace, &finding);
}

/* ---- judging ---------------------------------------------------------------------------------------------------- */

static bool find_client(const tgt_connection *c)
{
    size_t type_at = c->datagrams ? 13 : 5;
    for (size_t i = 0; i < c->num_segments; i++) {
        const tgt_segment *s = &c->segments[i];
        if (s->len > type_at && c->octets[s->offset] == 22)
            return (c->octets[s->offset + type_at] == 1) == s->from_first;
    }
    return true;
}

/* The capture or the limit ended in a record: what is there of it is left out (of TLS; a datagram is whole). */
static void cut_last_records(handshake *h)
{
    const tgt_connection *c = h->connection;
    for (unsigned end = 0; end < 2 && !c->datagrams; end++) {
        size_t left = 0, header = 0; /* octets that the record still wants; octets of its header that came */
        uint8_t head[5];
        size_t behind = 0, total = 0; /* in what this end sent: behind the last whole record */
        for (size_t i = 0; i < c->num_segments; i++) {
            tg_bytes octets = h->segments[i].octets;
            if (h->segments[i].from_client != (end == 1))
                continue;
            for (size_t k = 0; k < octets.len;) {
                if (header < sizeof head) {
                    head[header++] = octets.data[k++];
                    left = header == sizeof head ? (size_t)head[3] << 8 | head[4] : 0;
                } else {
                    size_t step = left < octets.len - k ? left : octets.len - k;
                    k += step;
                    left -= step;
                }
                if (header == sizeof head && left == 0) {
                    behind = total + k;
                    header = 0;
                }
            }
            total += octets.len;
        }
        for (size_t i = c->num_segments; i-- > 0 && total > behind;) {
            tg_bytes *octets = &h->segments[i].octets;
            if (h->segments[i].from_client != (end == 1))
                continue;
            size_t cut = total - behind < octets->len ? total - behind : octets->len;
            octets->len -= cut;
            total -= cut;
        }
    }
}

static bool judge_with(handshake *h, tg_bytes tek)
{
    const tgt_connection *c = h->connection;
    const tg_profile *profile = c->conversation && c->conversation->is_judged
                                    ? c->conversation->profile
                                    : tgt_profile_or(h->trace, "ims-msrp-tls");
    const tg_tls_known known = { .profile = profile, .datagrams = c->datagrams, .has_tek = tek.len > 0, .tek = tek };
    tg_arena_wipe(&h->arena, 0);
    return tg_tls_judge(h->trace->crypto, &known, h->segments, c->num_segments, &h->arena, &h->judgement) == TG_OK;
}

static bool verifies(const tg_tls_handshake *hs)
{
    return (hs->client == TG_TLS_VERIFIED || hs->server == TG_TLS_VERIFIED) && hs->client != TG_TLS_FAILED &&
           hs->server != TG_TLS_FAILED;
}

static bool fails(const tg_tls_handshake *hs)
{
    return hs->client == TG_TLS_FAILED || hs->server == TG_TLS_FAILED;
}

/* RFC 4567 3.1: an attribute of the m-line goes before that of the session. */
static void check_level(handshake *h)
{
    const tgp_media *media = &h->connection->media;
    const tgt_record *session = record_of_key(h->trace, media->session_offer_key);
    const tg_judgement *j = session ? tgt_judgement_of(session) : NULL;
    if (!j || !j->message || !h->tek.len || !fails(&h->judgement.handshake) ||
        j->message->hdr.map.cs_id_map_type != TG_MAP_GENERIC_ID)
        return;
    for (size_t i = 0; j->message->hdr.map.generic && i < j->message->hdr.map.num_cs; i++) {
        tg_bytes tek =
            tgt_tek_of(h->trace, session->conversation, session->csb_id, j->message->hdr.map.generic[i].cs_id);
        if (tek.len && judge_with(h, tek) && verifies(&h->judgement.handshake)) {
            say(h, "RFC4567-3.1-02", 0, 0, h->connection->segments[0].len,
                "it uses a session key of the session level, and the m-line has its own");
            break;
        }
    }
    (void)judge_with(h, h->tek);
}

static void write_key_log(handshake *h)
{
    const tg_tls_handshake *hs = &h->judgement.handshake;
    char line[14 + 2 * 32 + 1 + 2 * 48 + 1], random[65], secret[97];
    if (!h->trace->listener.key_log || !verifies(hs) || hs->master_secret.len != 48 || hs->client_random.len != 32)
        return;
    tg_hex_encode(hs->client_random, random);
    tg_hex_encode(hs->master_secret, secret);
    snprintf(line, sizeof line, "CLIENT_RANDOM %s %s", random, secret);
    h->trace->listener.key_log(h->trace->listener.user, line);
    tg_wipe(line, sizeof line);
    tg_wipe(secret, sizeof secret);
}

/* "client[3].ClientHello": in the fourth segment. */
static size_t segment_of(const char *path)
{
    const char *bracket = strchr(path, '[');
    return bracket ? strtoul(bracket + 1, NULL, 10) : SIZE_MAX;
}

static void tell(handshake *h)
{
    tgp_trace *trace = h->trace;
    const tgt_connection *c = h->connection;
    bool is_covered = c->media.offer_key || c->media.answer_key;
    size_t num = is_covered ? h->judgement.num_findings : 0;
    tgp_placed_finding *placed = tgt_placed(trace, num + 1);
    for (size_t i = 0; placed && i < num; i++) {
        const tg_finding *f = h->judgement.findings[i];
        placed[i] = (tgp_placed_finding){ .finding = f };
        (void)place_in_segment(c, segment_of(f->path), f->offset, f->length, &placed[i]);
        trace->counts.findings++;
        trace->counts.must_findings += f->requirement->level == TG_LEVEL_MUST;
    }
    const tgp_trace_connection out = { .number = c->number,
                                       .first_frame = c->first_frame,
                                       .time = c->time,
                                       .client = c->ends[h->client_is_first ? 0 : 1],
                                       .server = c->ends[h->client_is_first ? 1 : 0],
                                       .datagrams = c->datagrams,
                                       .has_tek = h->tek.len > 0,
                                       .tek = h->tek,
                                       .call = c->call_number,
                                       .leg = c->media.leg,
                                       .m_line = c->media.m_line,
                                       .judgement = &h->judgement,
                                       .findings = placed,
                                       .num_findings = placed ? num : 0 };
    if (trace->listener.connection)
        trace->listener.connection(trace->listener.user, &out);
}

static bool prepare(handshake *h)
{
    const tgt_connection *c = h->connection;
    h->client_is_first = find_client(c);
    h->segments = calloc(c->num_segments + 1, sizeof *h->segments);
    if (!h->segments)
        return false;
    for (size_t i = 0; i < c->num_segments; i++) {
        const tgt_segment *s = &c->segments[i];
        h->segments[i] =
            (tg_tls_segment){ s->from_first == h->client_is_first, tg_bytes_of(c->octets + s->offset, s->len) };
    }
    cut_last_records(h);
    return tgt_take_arena(h->trace, tg_tls_arena_size(h->segments, c->num_segments), &h->arena);
}

/* The facts of the m-line as they stand now: an answer may have come after the connection began. */
static void refresh(tgp_trace *trace, tgt_connection *c)
{
    tgp_call *call = NULL;
    const tgp_media *media = c->call ? tgp_calls_media_of(trace->calls, &c->ends[0], &c->ends[1], &call) : NULL;
    if (media && call == c->call->call && media->m_line == c->media.m_line && media->leg == c->media.leg)
        c->media = *media;
}

enum { MAX_NAMED = 16 };

/* Several m-lines may name the same end (RFC 4975: one port for many sessions): the connection is that of the one under whose TEK it verifies. */
static void choose_m_line(handshake *h)
{
    tgt_connection *c = h->connection;
    const tgp_media own = c->media;
    const tgp_media *media;
    tgp_call *call = NULL;
    unsigned n = 0;
    if (!c->call || verifies(&h->judgement.handshake))
        return;
    for (; n < MAX_NAMED && (media = tgp_calls_nth_media_of(h->trace->calls, &c->ends[0], &c->ends[1], n, &call));
         n++) {
        tg_bytes tek = tg_bytes_of(NULL, 0);
        const tgt_record *r = record_of_key(h->trace, media->offer_key);
        if (r)
            tgt_judge(h->trace, r->conversation);
        if (media->tls && (media->offer_key != own.offer_key || media->answer_key != own.answer_key))
            tek = own_tek(h->trace, media);
        if (!tek.len || !judge_with(h, tek) || !verifies(&h->judgement.handshake))
            continue;
        tgt_call *state = tgt_call_of(h->trace, call);
        if (state) {
            c->call->num_connections--;
            state->num_connections++;
            c->call = state;
            c->call_number = state->number;
        }
        c->media = *media;
        h->tek = tek;
        return;
    }
    h->trace->counts.judged_early += n == MAX_NAMED; /* it may be of one more */
    (void)judge_with(h, h->tek);
}

void tgt_judge_connection(tgp_trace *trace, tgt_connection *c)
{
    handshake h = { .trace = trace, .connection = c };
    if (c->num_segments == 0)
        return;
    refresh(trace, c);
    h.tek = own_tek(trace, &c->media);
    if (prepare(&h) && judge_with(&h, h.tek)) {
        choose_m_line(&h);
        check_level(&h);
        tell(&h);
        write_key_log(&h);
    } else if (!h.arena.data) {
        trace->out_of_memory = true;
    }
    tgt_give_arena(trace, &h.arena);
    free(h.segments);
    tg_wipe(&h.tek, sizeof h.tek);
}
