/* sip_http_splitter: the input is what a TCP connection carries: segments, each behind who sends it (odd: who opened the connection) and its length in two
 * octets.
 *
 * Oracles: every unit is what its direction sent there, in order, none overlapping the one before, and its pieces fill it; the same units and counts come
 * out when every segment is sent in two, and octet by octet; TLS the same octets. HTTP has a body within the limit and texts that end. */
#include <stdlib.h>

#include "fuzz.h"
#include "pcaps/units.h"
#include "ticketgate/carriage.h"

enum {
    MAX_SEGMENTS = 256,
    LONGEST = 1 << 15,
    CLIENT = 4000,
    SERVER = 80,
    FRONT = 40,
    DLT_RAW_IP = 12,
    MAX_BODY = 1 << 16
};

typedef struct direction {
    uint8_t octets[LONGEST];
    size_t sent, told; /* told: the end of the last unit */
} direction;

typedef struct play {
    tgp_units *units;
    direction sides[2]; /* 0: the client */
    uint64_t frames, digest, tls[2];
    uint64_t places[2 * LONGEST + 8]; /* of each frame: where its data begins in its direction */
} play;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return tg_carriage_init() == TG_OK ? 0 : 1;
}

static void mix(uint64_t *digest, const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ octets[i]) * 1099511628211u;
    *digest = (*digest ^ len) * 1099511628211u;
}

static void check_pieces(const play *p, const tgp_unit *unit, const direction *side)
{
    size_t at = 0, first = 0;
    for (size_t i = 0; i < unit->num_pieces; i++) {
        const tgp_piece *piece = &unit->pieces[i];
        FUZZ_CHECK(piece->offset == at && piece->len > 0 && piece->frame > 0 && piece->frame <= p->frames, "pieces",
                   "piece %zu at %u", i, (unsigned)piece->offset);
        size_t place = (size_t)p->places[piece->frame] + piece->frame_offset - FRONT;
        if (i == 0)
            first = place;
        FUZZ_CHECK(place == first + at, "pieces", "piece %zu is of another place", i);
        at += piece->len;
    }
    FUZZ_CHECK(at == unit->octets.len && at > 0, "pieces", "they do not fill the unit");
    FUZZ_CHECK(first + at <= side->sent && memcmp(side->octets + first, unit->octets.data, at) == 0, "units",
               "nobody sent this");
}

static void take_unit(void *user, const tgp_unit *unit)
{
    play *p = user;
    unsigned from = unit->source.port == CLIENT ? 0 : 1;
    direction *side = &p->sides[from];
    uint64_t frame;
    uint32_t offset;
    check_pieces(p, unit, side);
    FUZZ_CHECK(tgp_unit_place(unit, unit->octets.len - 1, &frame, &offset), "place", "the last octet has none");
    FUZZ_CHECK(!tgp_unit_place(unit, unit->octets.len, &frame, &offset), "place", "what is behind the unit has one");
    size_t begins = (size_t)p->places[unit->pieces[0].frame] + unit->pieces[0].frame_offset - FRONT;
    FUZZ_CHECK(begins >= side->told, "order", "a unit begins in the one before");
    side->told = begins + unit->octets.len;
    if (unit->kind == TGP_UNIT_TLS) {
        for (size_t i = 0; i < unit->octets.len; i++)
            p->tls[from] = (p->tls[from] ^ unit->octets.data[i]) * 1099511628211u;
        return;
    }
    mix(&p->digest, &unit->kind, sizeof unit->kind);
    mix(&p->digest, unit->octets.data, unit->octets.len);
    if (unit->kind != TGP_UNIT_HTTP)
        return;
    FUZZ_CHECK(unit->http.body.len <= MAX_BODY, "body", "%zu octets", unit->http.body.len);
    mix(&p->digest, unit->http.body.data, unit->http.body.len);
    mix(&p->digest, unit->http.method, strlen(unit->http.method));
    mix(&p->digest, unit->http.target, strlen(unit->http.target));
    mix(&p->digest, unit->http.content_type, strlen(unit->http.content_type));
    mix(&p->digest, &unit->http.transaction, sizeof unit->http.transaction);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A TCP segment over IPv4; sequence numbers of both ends begin at 0. */
static void send_segment(play *p, unsigned from, uint8_t flags, uint32_t seq, const uint8_t *data, size_t len)
{
    fuzz_block block = fuzz_block_new(FRONT + len, 0);
    uint8_t *octets = block.data;
    octets[0] = 0x45;
    put16(octets + 2, FRONT + len);
    octets[8] = 64;
    octets[9] = 6;
    octets[15] = from ? 2 : 1;
    octets[19] = from ? 1 : 2;
    put16(octets + 20, from ? SERVER : CLIENT);
    put16(octets + 22, from ? CLIENT : SERVER);
    put16(octets + 24, seq >> 16);
    put16(octets + 26, seq & 0xffff);
    octets[32] = 0x50;
    octets[33] = flags;
    if (len > 0)
        memcpy(octets + FRONT, data, len);
    tgp_packet packet = { ++p->frames, (int64_t)p->frames, DLT_RAW_IP, tg_bytes_of(octets, FRONT + len),
                          (uint32_t)(FRONT + len) };
    p->places[p->frames] = seq ? seq - 1 : 0;
    FUZZ_CHECK(tgp_units_take(p->units, &packet), "memory", "it ran out");
    fuzz_block_free(&block);
}

/* One segment in pieces of `cut` octets. */
static void send_cut(play *p, unsigned from, tg_bytes octets, size_t cut)
{
    direction *side = &p->sides[from];
    for (size_t at = 0; at < octets.len; at += cut) {
        size_t len = octets.len - at < cut ? octets.len - at : cut;
        memcpy(side->octets + side->sent, octets.data + at, len);
        size_t seq = side->sent + 1;
        side->sent += len;
        send_segment(p, from, 16, (uint32_t)seq, octets.data + at, len);
    }
}

static void run(play *p, tg_bytes input, size_t cut)
{
    tgp_units_limits limits = { .message = MAX_BODY, .tls_octets = 4 * LONGEST };
    tgp_units_listener listener = { .unit = take_unit, .user = p };
    memset(p, 0, sizeof *p);
    p->units = tgp_units_new(&limits, NULL, NULL, &listener);
    FUZZ_CHECK(p->units, "memory", "none");
    send_segment(p, 0, 2, 0, NULL, 0);
    send_segment(p, 1, 2 | 16, 0, NULL, 0);
    tg_reader r = tg_reader_of(input);
    uint8_t from;
    uint16_t len;
    tg_bytes octets;
    for (size_t num = 0; num < MAX_SEGMENTS && tg_get_u8(&r, &from) && tg_get_u16(&r, &len); num++) {
        size_t left = tg_reader_left(&r);
        direction *side = &p->sides[from & 1 ? 0 : 1];
        if (!tg_get_bytes(&r, len < left ? len : left, &octets) || octets.len > LONGEST - side->sent)
            break;
        send_cut(p, from & 1 ? 0 : 1, octets, cut ? cut : octets.len / 2 + 1);
    }
    for (unsigned i = 0; i < 2; i++)
        send_segment(p, i, 1 | 16, (uint32_t)p->sides[i].sent + 1, NULL, 0);
    tgp_units_finish(p->units);
}

static void check_same(const play *a, const play *b)
{
    for (unsigned i = 0; i < TGP_NUM_UNIT_EVENTS; i++) {
        unsigned long long first = tgp_units_messages(a->units, (tgp_unit_event)i),
                           second = tgp_units_messages(b->units, (tgp_unit_event)i);
        FUZZ_CHECK(first == second, "same_counts", "%s: %llu and %llu", tgp_unit_event_name((tgp_unit_event)i), first,
                   second);
    }
    FUZZ_CHECK(a->digest == b->digest, "same_units", "units depend on segments");
    FUZZ_CHECK(a->tls[0] == b->tls[0] && a->tls[1] == b->tls[1], "same_tls", "octets of TLS depend on segments");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t cuts[] = { 65535, 0, 1 };
    play *plays[2] = { malloc(sizeof(play)), malloc(sizeof(play)) };
    fuzz_block input = fuzz_block_copy(data, size);
    FUZZ_CHECK(plays[0] && plays[1], "memory", "none");
    run(plays[0], fuzz_bytes(&input), cuts[0]);
    for (unsigned i = 1; i < 3; i++) {
        run(plays[1], fuzz_bytes(&input), cuts[i]);
        check_same(plays[0], plays[1]);
        tgp_units_free(plays[1]->units);
    }
    tgp_units_free(plays[0]->units);
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&input);
    free(plays[0]);
    free(plays[1]);
    return 0;
}
