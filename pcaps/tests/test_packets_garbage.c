/* packets: whatever is in a capture, every packet is counted once, nothing is told that is not in it, and memory stays bounded. */
#include <malloc.h>

#include "test_packets_support.h"
#include "test_random.h"

enum { PACKETS = 100000, LIMIT = 65536 };
static made m;

static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_LOOP,
                             DLT_RAW,    DLT_IPV4,      DLT_IPV6,       DLT_PPP,  DLT_PPP_SERIAL,
                             DLT_C_HDLC, DLT_PPP_PPPD,  DLT_PPP_ETHER,  147 };

typedef struct seen {
    const tgp_packet *packet;
    uint64_t segments;
} seen;

static void look(void *user, const tgp_segment *segment)
{
    seen *s = user;
    s->segments++;
    assert_true(segment->frame == s->packet->frame && segment->time == s->packet->time);
    assert_true(segment->source.address.version == 4 || segment->source.address.version == 6);
    assert_true(segment->destination.address.version == segment->source.address.version);
    uint32_t covered = 0;
    for (size_t i = 0; i < segment->num_pieces; i++) {
        const tgp_piece *p = &segment->pieces[i];
        assert_true(p->offset == covered && p->len > 0 && p->frame >= 1 && p->frame <= s->packet->frame);
        covered += p->len;
        if (p->frame == s->packet->frame) {
            assert_true(p->frame_offset + p->len <= s->packet->octets.len);
            assert_memory_equal(s->packet->octets.data + p->frame_offset, segment->data.data + p->offset, p->len);
        }
    }
    assert_int_equal(covered, segment->data.len);
}

static tgp_packet_fate take(tgp_dissector *d, int link, uint64_t frame, const uint8_t *octets, size_t len,
                            uint64_t *segments)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, octets, len);
    tgp_packet packet = { .frame = frame,
                          .time = (int64_t)frame * 1000000,
                          .link_type = link,
                          .octets = tg_bytes_of(copy, len),
                          .wire_len = (uint32_t)(len + (next_random(4) == 0 ? next_random(100) : 0)) };
    seen s = { &packet, 0 };
    tgp_packet_fate fate = tgp_dissect(d, &packet, look, &s);
    assert_in_range(fate, 0, TGP_NUM_PACKETS - 1);
    assert_true(fate != TGP_PACKET_TAKEN || s.segments > 0);
    *segments += s.segments;
    free(copy);
    return fate;
}

static void random_octets(void **state)
{
    (void)state;
    random_state = 20260102;
    tgp_dissector_limits limits = { .fragment_octets = LIMIT };
    tgp_dissector *d = tgp_dissector_new(&limits);
    assert_non_null(d);
    uint64_t fates[TGP_NUM_PACKETS] = { 0 }, segments = 0, all = 0;
    for (uint64_t i = 1; i <= PACKETS; i++) {
        uint8_t octets[200];
        size_t len = next_random(sizeof octets);
        for (size_t j = 0; j < len; j++)
            octets[j] = (uint8_t)next_random(256);
        if (len > 20 && next_random(2)) /* else there is hardly ever IP in it */
            octets[0] = next_random(2) ? 0x45 : 0x60;
        fates[take(d, links[next_random(14)], i, octets, len, &segments)]++;
    }
    for (unsigned i = 0; i < TGP_NUM_PACKETS; i++)
        all += fates[i];
    assert_int_equal(all, PACKETS);
    tgp_dissector_free(d);
}

/* A packet that is right, of any kind: a text in UDP or TCP in any of the tunnels, a fragment now and then. */
static int make_any(void)
{
    make_pattern(&m, next_random(5) ? 8 + next_random(200) : 0, next_random(50));
    if (next_random(2))
        add_udp(&m, next_random(4) ? 5060 : 2152, 5070);
    else
        add_tcp(&m, 5060, 5070, next_random(1000), next_random(1000), next_random(64));
    unsigned protocol = made_at(&m)[12] == 0x50 ? 6 : 17;
    if (next_random(3) == 0) {
        unsigned offset = next_random(4) * 8;
        m.end = m.begin + (made_len(&m) & ~(size_t)7);
        if (next_random(2))
            add_fragment4(&m, protocol, 1, 2, next_random(50), offset, next_random(3) > 0);
        else
            add_fragment6(&m, protocol, 1, 2, next_random(50), offset, next_random(3) > 0);
    } else if (next_random(2)) {
        add_ipv4(&m, protocol, 1, 2);
    } else {
        add_ipv6(&m, protocol, 1, 2);
    }
    bool v6 = made_at(&m)[0] >> 4 == 6;
    switch (next_random(5)) {
    case 0:
        add_ipv4(&m, v6 ? 41 : 4, 3, 4);
        break;
    case 1:
        hex_in_front(&m, v6 ? "2000 86dd 00000001" : "2000 0800 00000001");
        add_ipv6(&m, 47, 3, 4);
        break;
    case 2:
        hex_in_front(&m, "30ff 0000 00000001");
        put16(made_at(&m) + 2, (unsigned)made_len(&m) - 8);
        add_udp(&m, 2152, 2152);
        add_ipv4(&m, 17, 3, 4);
        break;
    default:
        break;
    }
    v6 = made_at(&m)[0] >> 4 == 6;
    if (next_random(2))
        return DLT_RAW;
    add_ethernet(&m, v6 ? 0x86dd : 0x0800);
    return DLT_EN10MB;
}

static void changed_packets(void **state)
{
    (void)state;
    random_state = 20260103;
    tgp_dissector_limits limits = { .fragment_octets = LIMIT };
    size_t before = mallinfo2().uordblks;
    tgp_dissector *d = tgp_dissector_new(&limits);
    assert_non_null(d);
    uint64_t fates[TGP_NUM_PACKETS] = { 0 }, segments = 0;
    for (uint64_t i = 1; i <= PACKETS; i++) {
        int link = make_any();
        for (unsigned changes = next_random(3); changes > 0; changes--)
            made_at(&m)[next_random((uint32_t)made_len(&m))] = (uint8_t)next_random(256);
        size_t len = next_random(8) ? made_len(&m) : next_random((uint32_t)made_len(&m));
        fates[take(d, link, i, made_at(&m), len, &segments)]++;
        if (i % 1000 == 0 &&
            before > 0) /* of the allocator of the C library; sanitizers bring their own, which says 0 */
            assert_true(mallinfo2().uordblks - before < 4 * LIMIT);
    }
    for (unsigned fate = 0; fate < TGP_NUM_PACKETS; fate++) /* every kind of packet was among them */
        assert_true(fates[fate] > 0 || fate == TGP_PACKET_ENCRYPTED || fate == TGP_PACKET_UNKNOWN_LINK ||
                    fate == TGP_PACKET_TOO_DEEP || fate == TGP_PACKET_FRAGMENT_LIMIT ||
                    fate == TGP_PACKET_FRAGMENT_LOST); /* which is told afterwards */
    uint64_t moved = 0;
    tgp_dissector_finish(d);
    for (unsigned fate = 0; fate < TGP_NUM_PACKETS; fate++)
        moved += tgp_dissector_take_lost(d, (tgp_packet_fate)fate);
    assert_true(moved > 0 && moved <= fates[TGP_PACKET_FRAGMENT]);
    assert_true(segments > PACKETS / 4);
    tgp_dissector_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_octets), cmocka_unit_test(changed_packets) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
