/* capture_pipeline: a capture, pcap or pcapng, as it is in a file, through packets, streams and units; and through a trace without keys.
 *
 * Oracles: every unit has pieces that fill it, each in a packet that was captured, with the octets that stand there; every packet is counted once; what is
 * told twice is the same; each connection that ends had told something, and ends once. Of the trace: those of watch.h, and nothing is authentic
 * nor opened without a key. */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "pcaps/units.h"
#include "ticketgate/carriage.h"
#include "ticketgate/json.h"
#include "ticketgate/mime.h"
#include "watch.h"

enum { MAX_FRAMES = 4096, MAX_ENDED = 8192 };

static tg_crypto *crypto;

typedef struct state {
    uint64_t digest, units, frames;
    fuzz_block packets[MAX_FRAMES];
    uint8_t ended[MAX_ENDED];
} state;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    tg_json_init(0);
    return tg_carriage_init() == TG_OK && tg_mime_init() == TG_OK && tg_crypto_new(&crypto) == TG_OK ? 0 : 1;
}

static void mix(uint64_t *digest, const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ octets[i]) * 1099511628211u;
    *digest = (*digest ^ len) * 1099511628211u;
}

/* The octets of the unit stand where its pieces say. */
static void check_piece(const state *s, const tgp_unit *unit, const tgp_piece *piece)
{
    FUZZ_CHECK(piece->frame > 0 && piece->frame <= s->frames, "pieces", "frame %llu", (unsigned long long)piece->frame);
    const fuzz_block *packet = &s->packets[piece->frame - 1];
    FUZZ_CHECK(piece->len <= packet->len && piece->frame_offset <= packet->len - piece->len, "pieces",
               "beyond the frame");
    FUZZ_CHECK(memcmp(packet->data + piece->frame_offset, unit->octets.data + piece->offset, piece->len) == 0, "pieces",
               "other octets");
}

static void take_unit(void *user, const tgp_unit *unit)
{
    state *s = user;
    size_t at = 0;
    FUZZ_CHECK((unsigned)unit->kind < TGP_NUM_UNIT_KINDS, "kind", "%u", (unsigned)unit->kind);
    for (size_t i = 0; i < unit->num_pieces; i++) {
        FUZZ_CHECK(unit->pieces[i].offset == at, "pieces", "piece %zu at %u", i, (unsigned)unit->pieces[i].offset);
        check_piece(s, unit, &unit->pieces[i]);
        at += unit->pieces[i].len;
    }
    FUZZ_CHECK(at == unit->octets.len && at > 0, "pieces", "they do not fill the unit");
    s->units++;
    mix(&s->digest, &unit->frame, sizeof unit->frame);
    mix(&s->digest, &unit->time, sizeof unit->time);
    mix(&s->digest, unit->octets.data, unit->octets.len);
}

static void take_end(void *user, const tgp_connection *connection, tgp_end how)
{
    state *s = user;
    FUZZ_CHECK((unsigned)how <= TGP_END_CAPTURE, "ends", "%u", (unsigned)how);
    if (connection->id >= MAX_ENDED)
        return;
    FUZZ_CHECK(!s->ended[connection->id], "ends", "connection %llu ends twice", (unsigned long long)connection->id);
    s->ended[connection->id] = 1;
}

static void check_counts(const tgp_units *units, uint64_t frames)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TGP_NUM_PACKETS; i++)
        sum += tgp_units_packets(units, (tgp_packet_fate)i);
    FUZZ_CHECK(sum == frames, "counts", "%llu of %llu packets", (unsigned long long)sum, (unsigned long long)frames);
}

static void read_all(state *s, tgp_capture *capture)
{
    tgp_units_limits limits = { .message = 1 << 16, .memory = 1 << 18, .tls_octets = 1 << 14, .rtp_packets = 4 };
    tgp_units_listener listener = { take_unit, take_end, s };
    tgp_units *units = tgp_units_new(&limits, NULL, NULL, &listener);
    tgp_packet packet;
    FUZZ_CHECK(units, "memory", "none");
    while (s->frames < MAX_FRAMES && tgp_capture_next(capture, &packet) == 1) {
        s->packets[s->frames++] = fuzz_block_copy(packet.octets.data, packet.octets.len);
        packet.octets = fuzz_bytes(&s->packets[s->frames - 1]);
        FUZZ_CHECK(tgp_units_take(units, &packet), "memory", "it ran out");
    }
    tgp_units_finish(units);
    check_counts(units, s->frames);
    tgp_units_free(units);
    while (s->frames > 0)
        fuzz_block_free(&s->packets[--s->frames]);
}

static tgp_capture *open_capture(const uint8_t *data, size_t size)
{
    char why[256];
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    return file ? tgp_capture_open(file, why) : NULL;
}

static uint64_t run_once(const uint8_t *data, size_t size)
{
    tgp_capture *capture = open_capture(data, size);
    if (!capture)
        return 0;
    state *s = calloc(1, sizeof *s);
    FUZZ_CHECK(s, "memory", "none");
    read_all(s, capture);
    uint64_t digest = s->digest + s->units;
    tgp_capture_close(capture);
    free(s);
    return digest;
}

/* ---- a trace without keys --------------------------------------------------------------------------------------- */

static void check_nothing_is_proven(void *user, const tgp_trace_message *m)
{
    fuzz_watch *watch = user;
    const tg_outcome outcomes[] = { m->auth, m->ticket_auth, m->vr_auth };
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        FUZZ_CHECK(outcomes[i] != TG_OUTCOME_OK, "no_keys", "a message in frame %llu is authentic",
                   (unsigned long long)m->frame);
    fuzz_watch_listener(watch).message(watch, m);
}

static void judge(const uint8_t *data, size_t size, fuzz_watch *watch)
{
    static fuzz_block packets[MAX_FRAMES];
    const tgp_trace_options options = { .crypto = crypto, .memory = 8 << 20 };
    *watch = (fuzz_watch){ .packets = packets };
    tgp_trace_listener listener = fuzz_watch_listener(watch);
    listener.message = check_nothing_is_proven;
    tgp_capture *capture = open_capture(data, size);
    tgp_trace *trace = capture ? tgp_trace_new(&options, &listener) : NULL;
    tgp_packet packet;
    while (trace && watch->num_packets < MAX_FRAMES && tgp_capture_next(capture, &packet) == 1) {
        packets[watch->num_packets] = fuzz_block_copy(packet.octets.data, packet.octets.len);
        packet.octets = fuzz_bytes(&packets[watch->num_packets++]);
        FUZZ_CHECK(tgp_trace_take(trace, &packet), "memory", "it ran out");
    }
    if (trace) {
        tgp_trace_finish(trace);
        fuzz_watch_check(watch, trace);
    }
    tgp_trace_free(trace);
    if (capture)
        tgp_capture_close(capture);
    while (watch->num_packets > 0)
        fuzz_block_free(&packets[--watch->num_packets]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = run_once(data, size);
    fuzz_watch watch, again;
    FUZZ_CHECK(first == run_once(data, size), "same", "read twice, other units");
    judge(data, size, &watch);
    judge(data, size, &again);
    FUZZ_CHECK(watch.digest == again.digest, "same", "judged twice, it is another story");
    return 0;
}
