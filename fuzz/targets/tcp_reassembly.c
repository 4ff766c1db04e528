/* tcp_reassembly: the input is a script of TCP segments, eight octets each: who sends it to whom (bits 0 to 2: one of four pairs of ends, and
 * the direction), flags, sequence number (two octets; bits 6 and 7 of the first choose where numbers begin, so that connections follow one
 * another and numbers wrap around), length, acknowledgement (two octets), and what octets it has and how long it comes after the one before.
 *
 * Oracles: what goes out was sent, by a segment that its piece names, at that place; in order and never twice, with nothing left out but what is
 * told as a gap; nothing is told of a direction that was let go, or of a connection that has ended; each connection that was told of ends once;
 * memory stays within its limits. */
#include <stdlib.h>

#include "fuzz.h"
#include "pcaps/streams.h"

enum { STEP = 8, MAX_STEPS = 1024, MAX_CONNECTIONS = 2 * MAX_STEPS + 1, HELD = 8192, MEMORY = 2 << 20 };

typedef struct direction {
    bool met, let_go;
    uint32_t next;
} direction;

typedef struct connection {
    bool told, ended;
    tgp_endpoint ends[2];
    direction sides[2];
} connection;

typedef struct script {
    uint8_t variants[MAX_STEPS + 1]; /* by frame */
    uint64_t frames;
    uint64_t told, ended;
    connection connections[MAX_CONNECTIONS]; /* by id */
} script;

/* With address sanitizer: what is allocated. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

static uint8_t octet_at(uint32_t seq, uint16_t port, uint8_t variant)
{
    return (uint8_t)(seq ^ seq >> 7 ^ seq >> 15 ^ port ^ variant * 0x55u);
}

static connection *connection_of(script *s, const tgp_connection *c)
{
    FUZZ_CHECK(c->id > 0 && c->id < MAX_CONNECTIONS, "connections", "connection %llu", (unsigned long long)c->id);
    connection *known = &s->connections[c->id];
    if (!known->told) {
        FUZZ_CHECK(c->user == NULL, "user", "a new connection has a user");
        known->told = true;
        s->told++;
        memcpy(known->ends, c->ends, sizeof known->ends);
    } else {
        FUZZ_CHECK(c->user == known, "user", "what the listener keeps is gone");
    }
    FUZZ_CHECK(!known->ended, "ends", "a connection that has ended is told of");
    FUZZ_CHECK(tgp_endpoint_equals(&known->ends[0], &c->ends[0]) && tgp_endpoint_equals(&known->ends[1], &c->ends[1]),
               "ends", "the ends of a connection change");
    return known;
}

static tgp_interest take_data(void *user, tgp_connection *c, unsigned from, tg_bytes octets, const tgp_piece *pieces,
                              size_t num_pieces, int64_t time, bool message_ends)
{
    script *s = user;
    connection *known = connection_of(s, c);
    direction *side = &known->sides[from];
    c->user = known;
    (void)time;
    FUZZ_CHECK(!side->let_go, "let_go", "data of a direction that was let go");
    FUZZ_CHECK(octets.len > 0 && !message_ends, "data", "%zu octets", octets.len);
    uint32_t at = 0;
    for (size_t i = 0; i < num_pieces; i++) {
        const tgp_piece *p = &pieces[i];
        FUZZ_CHECK(p->offset == at && p->len > 0 && p->frame >= 1 && p->frame <= s->frames, "pieces", "at %u", at);
        FUZZ_CHECK(!side->met || p->frame_offset == side->next, "in_order", "%u goes out where %u is next",
                   (unsigned)p->frame_offset, (unsigned)side->next);
        for (uint32_t j = 0; j < p->len; j++)
            FUZZ_CHECK(octets.data[at + j] == octet_at(p->frame_offset + j, c->ends[from].port, s->variants[p->frame]),
                       "sent", "an octet at %u that nobody sent", (unsigned)(p->frame_offset + j));
        at += p->len;
        side->met = true;
        side->next = p->frame_offset + p->len;
    }
    FUZZ_CHECK(at == octets.len, "pieces", "%u of %zu octets", (unsigned)at, octets.len);
    side->let_go = octets.data[0] < 4;
    return side->let_go ? TGP_LET_GO : TGP_FOLLOW;
}

static tgp_interest take_gap(void *user, tgp_connection *c, unsigned from, uint64_t octets)
{
    connection *known = connection_of(user, c);
    direction *side = &known->sides[from];
    c->user = known;
    FUZZ_CHECK(!side->let_go, "let_go", "a gap in a direction that was let go");
    FUZZ_CHECK(octets > 0 || !side->met, "gaps", "a gap of nothing");
    FUZZ_CHECK(octets < 1u << 31, "gaps", "a gap of %llu octets", (unsigned long long)octets);
    side->next += (uint32_t)octets;
    side->let_go = octets % 16 == 15;
    return side->let_go ? TGP_LET_GO : TGP_FOLLOW;
}

static void take_end(void *user, tgp_connection *c, tgp_end how)
{
    script *s = user;
    connection *known = connection_of(s, c);
    FUZZ_CHECK(c->user == known, "ends", "a connection ends that was not told of");
    FUZZ_CHECK(how <= TGP_END_CAPTURE, "ends", "how: %d", (int)how);
    known->ended = true;
    s->ended++;
}

static tgp_endpoint end_of(unsigned number)
{
    tgp_endpoint end;
    memset(&end, 0, sizeof end);
    end.address.version = number & 4 ? 6 : 4;
    end.address.octets[0] = 10;
    end.address.octets[3] = (uint8_t)number;
    end.port = (uint16_t)(5000 + number);
    return end;
}

static void take_step(tgp_streams *streams, script *s, const uint8_t *step, int64_t *time)
{
    static const uint32_t begins[4] = { 0, 0x40000000, 0xffffff00, 0x80000000 };
    unsigned pair = step[0] >> 1 & 3, direction_ = step[0] & 1;
    uint32_t begin = begins[step[2] >> 6];
    tgp_segment segment;
    memset(&segment, 0, sizeof segment);
    segment.transport = TGP_TCP;
    segment.source = end_of(pair * 2 + direction_);
    segment.destination = end_of(pair * 2 + (direction_ ^ 1));
    segment.frame = ++s->frames;
    segment.time = *time += (int64_t)(step[7] >> 4) * 100000000;
    s->variants[segment.frame] = step[7] & 3;
    segment.tcp.flags = step[1] & (TGP_TCP_FIN | TGP_TCP_SYN | TGP_TCP_RST | TGP_TCP_ACK);
    segment.tcp.seq = begin + ((step[2] & 0x3fu) << 8 | step[3]);
    segment.tcp.ack = begins[step[5] >> 6] + ((step[5] & 0x3fu) << 8 | step[6]);
    fuzz_block data = fuzz_block_new(step[4], 0);
    for (uint32_t i = 0; i < step[4]; i++)
        data.data[i] = octet_at(segment.tcp.seq + i, segment.source.port, s->variants[segment.frame]);
    segment.data = fuzz_bytes(&data);
    tgp_piece piece = { segment.frame, segment.tcp.seq, 0, step[4] }; /* the place in the frame says the number */
    segment.pieces = &piece;
    segment.num_pieces = step[4] > 0;
    FUZZ_CHECK(tgp_streams_take(streams, &segment), "takes", "a segment of TCP is refused");
    fuzz_block_free(&data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script *s = calloc(1, sizeof *s);
    tgp_stream_limits limits = { .octets = HELD, .one = HELD / 2, .connections = 3, .memory = MEMORY / 2 };
    tgp_stream_listener listener = { take_data, take_gap, take_end, s };
    size_t before = allocated();
    tgp_streams *streams = tgp_streams_new(&limits, &listener);
    FUZZ_CHECK(s && streams, "memory", "none");
    int64_t time = 0;
    for (size_t at = 0; at + STEP <= size && s->frames < MAX_STEPS; at += STEP) {
        take_step(streams, s, data + at, &time);
        FUZZ_CHECK(allocated() < before + MEMORY, "bounded", "%zu octets", allocated() - before);
    }
    tgp_streams_finish(streams);
    FUZZ_CHECK(s->told == s->ended, "ends", "%llu connections, %llu ends", (unsigned long long)s->told,
               (unsigned long long)s->ended);
    tgp_streams_free(streams);
    FUZZ_CHECK(allocated() <= before, "freed", "%zu octets are left", allocated() - before);
    free(s);
    return 0;
}
