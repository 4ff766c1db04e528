/* packet: an octet that chooses the link type, then packets, each behind its length in two octets (bit 15: it was cut when it was captured). Several,
 * so that fragments come together. What is found goes through the streams, too.
 *
 * Oracles: each packet has one fate, and TAKEN means that something was told; pieces cover a segment, and those in the packet itself have its very
 * octets; fragments that are lost were counted as fragments; read again, everything is the same; memory stays within its limits. */
#include <pcap/dlt.h>
#include <stdlib.h>

#include "fuzz.h"
#include "pcaps/streams.h"

enum { MAX_PACKETS = 256, FRAGMENTS = 16384, MEMORY = 2 << 20 };

static const int links[] = { DLT_EN10MB, DLT_RAW,  DLT_LINUX_SLL,  DLT_LINUX_SLL2, DLT_NULL,
                             DLT_LOOP,   DLT_PPP,  DLT_PPP_SERIAL, DLT_PPP_PPPD,   DLT_PPP_ETHER,
                             DLT_C_HDLC, DLT_IPV4, DLT_IPV6,       DLT_IEEE802_11 };

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

typedef struct run {
    tgp_streams *streams;
    const tgp_packet *packet;
    uint64_t segments, digest; /* of everything that is told */
    uint64_t fates[TGP_NUM_PACKETS];
} run;

static void digest(run *r, const void *octets, size_t len)
{
    const uint8_t *p = octets;
    for (size_t i = 0; i < len; i++)
        r->digest = (r->digest ^ p[i]) * 1099511628211u;
}

static void check_pieces(const tgp_piece *pieces, size_t num, tg_bytes data, const tgp_packet *packet)
{
    uint32_t at = 0;
    for (size_t i = 0; i < num; i++) {
        const tgp_piece *p = &pieces[i];
        FUZZ_CHECK(p->offset == at && p->len > 0, "pieces", "piece %zu of %zu at %u", i, num, (unsigned)p->offset);
        FUZZ_CHECK(p->frame >= 1 && p->frame <= packet->frame, "pieces", "of a frame that has not come");
        at += p->len;
        FUZZ_CHECK(at <= data.len, "pieces", "beyond the data");
        if (p->frame == packet->frame)
            FUZZ_CHECK(p->frame_offset + (size_t)p->len <= packet->octets.len &&
                           memcmp(packet->octets.data + p->frame_offset, data.data + p->offset, p->len) == 0,
                       "pieces", "other octets than those of the frame");
    }
    FUZZ_CHECK(at == data.len, "pieces", "%u of %zu octets", (unsigned)at, data.len);
}

static void take_segment(void *user, const tgp_segment *segment)
{
    run *r = user;
    r->segments++;
    FUZZ_CHECK(segment->frame == r->packet->frame && segment->time == r->packet->time, "segment", "of another frame");
    uint8_t version = segment->source.address.version;
    FUZZ_CHECK((version == 4 || version == 6) && version == segment->destination.address.version, "segment",
               "version %u", version);
    check_pieces(segment->pieces, segment->num_pieces, segment->data, r->packet);
    digest(r, segment->data.data, segment->data.len);
    digest(r, &segment->source.port, sizeof segment->source.port);
    bool is_stream = segment->transport != TGP_UDP;
    FUZZ_CHECK(tgp_streams_take(r->streams, segment) == is_stream, "segment", "transport %d", (int)segment->transport);
}

static tgp_interest take_data(void *user, tgp_connection *c, unsigned from, tg_bytes octets, const tgp_piece *pieces,
                              size_t num_pieces, int64_t time, bool message_ends)
{
    run *r = user;
    (void)time;
    FUZZ_CHECK(message_ends == (c->transport == TGP_SCTP) && from < 2 && octets.len > 0, "data", "%zu octets",
               octets.len);
    check_pieces(pieces, num_pieces, octets, r->packet);
    digest(r, octets.data, octets.len);
    return octets.data[0] == 0 ? TGP_LET_GO : TGP_FOLLOW;
}

static tgp_interest take_gap(void *user, tgp_connection *c, unsigned from, uint64_t octets)
{
    (void)c;
    digest(user, &octets, sizeof octets);
    return from == 0 ? TGP_FOLLOW : TGP_LET_GO;
}

static void take_end(void *user, tgp_connection *c, tgp_end how)
{
    uint64_t both = c->id << 8 | (uint64_t)how;
    digest(user, &both, sizeof both);
}

static void take_packets(run *r, tgp_dissector *d, tg_bytes input)
{
    tg_reader reader = tg_reader_of(input);
    uint8_t link;
    uint16_t len;
    tgp_packet packet = { 0 };
    r->packet = &packet;
    if (!tg_get_u8(&reader, &link))
        return;
    packet.link_type = links[link % (sizeof links / sizeof links[0])];
    while (packet.frame < MAX_PACKETS && tg_get_u16(&reader, &len)) {
        size_t left = tg_reader_left(&reader), wanted = len & 0x7fff;
        tg_bytes octets;
        if (!tg_get_bytes(&reader, wanted < left ? wanted : left, &octets))
            break;
        fuzz_block block = fuzz_block_copy(octets.data, octets.len);
        packet.frame++;
        packet.time += 1000000;
        packet.octets = fuzz_bytes(&block);
        packet.wire_len = (uint32_t)octets.len + (len & 0x8000 ? 20 : 0);
        uint64_t told = r->segments;
        tgp_packet_fate fate = tgp_dissect(d, &packet, take_segment, r);
        FUZZ_CHECK((int)fate >= 0 && fate < TGP_NUM_PACKETS, "fate", "%d", (int)fate);
        FUZZ_CHECK(fate != TGP_PACKET_TAKEN || r->segments > told, "fate", "taken, and nothing told");
        FUZZ_CHECK(fate != TGP_PACKET_FRAGMENT_LOST, "fate", "lost at once");
        r->fates[fate]++;
        fuzz_check_unchanged(&block, octets.data);
        fuzz_block_free(&block);
    }
}

static uint64_t run_once(tg_bytes input)
{
    run r = { 0 };
    size_t before = __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
    tgp_dissector_limits limits = { .fragment_octets = FRAGMENTS };
    tgp_stream_limits stream_limits = { .octets = 8192, .one = 4096, .connections = 16, .memory = MEMORY / 2 };
    tgp_stream_listener listener = { take_data, take_gap, take_end, &r };
    tgp_dissector *d = tgp_dissector_new(&limits);
    r.streams = tgp_streams_new(&stream_limits, &listener);
    FUZZ_CHECK(d && r.streams, "memory", "none");
    take_packets(&r, d, input);
    if (__sanitizer_get_current_allocated_bytes)
        FUZZ_CHECK(__sanitizer_get_current_allocated_bytes() < before + MEMORY, "bounded", "%zu octets",
                   __sanitizer_get_current_allocated_bytes() - before);
    tgp_packet last = { .frame = MAX_PACKETS + 1 };
    r.packet = &last;
    tgp_streams_finish(r.streams);
    tgp_dissector_finish(d);
    uint64_t lost = 0;
    for (unsigned fate = 0; fate < TGP_NUM_PACKETS; fate++)
        lost += tgp_dissector_take_lost(d, (tgp_packet_fate)fate);
    FUZZ_CHECK(lost <= r.fates[TGP_PACKET_FRAGMENT], "lost", "more fragments than there were");
    digest(&r, r.fates, sizeof r.fates);
    digest(&r, &lost, sizeof lost);
    tgp_streams_free(r.streams);
    tgp_dissector_free(d);
    return r.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = run_once(tg_bytes_of(data, size)), second = run_once(tg_bytes_of(data, size));
    FUZZ_CHECK(first == second, "same_twice", "what is found differs");
    return 0;
}
