/* Scripts become captures: see story.h. */
#include "story.h"

#include <stdlib.h>

enum {
    UDP = 17,
    TCP = 6,
    FIN = 1,
    SYN = 2,
    PUSH = 8,
    ACK = 16,
    MAX_FLOWS = 32,
    MAX_TEXT = 24000,
    MAX_OCTETS = 400000,
    MILLISECOND = 1000000
};

typedef struct flow {
    uint8_t hosts[2]; /* client, server */
    uint16_t ports[2];
    uint32_t seqs[2];
} flow;

typedef struct player {
    fuzz_capture *out;
    fuzz_cut cut;
    int64_t time;
    unsigned unit;
    uint16_t datagram;
    flow flows[MAX_FLOWS];
    size_t num_flows;
} player;

typedef struct unit_head {
    uint8_t from, to, how, time;
} unit_head;

static const uint16_t server_ports[8] = { 5060, 80, 2855, 8080, 40000, 5061, 443, 40001 };

static void put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xFFFF);
}

/* One packet; `fragment`: the field of flags and offset. */
static void add_packet(player *p, const uint8_t hosts[2], unsigned protocol, unsigned fragment, const uint8_t *payload,
                       size_t len)
{
    fuzz_capture *out = p->out;
    if (out->num == FUZZ_MAX_PACKETS || len > MAX_OCTETS - out->octets)
        return;
    fuzz_block block = fuzz_block_new(20 + len, 0);
    static const uint8_t front[10] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 0 };
    memcpy(block.data, front, sizeof front);
    put_u16(block.data + 2, (unsigned)(20 + len));
    put_u16(block.data + 4, p->datagram);
    put_u16(block.data + 6, fragment);
    block.data[9] = (uint8_t)protocol;
    put_u16(block.data + 10, 0);
    for (size_t i = 0; i < 2; i++)
        put_u32(block.data + 12 + 4 * i, 0x0A000000u | hosts[i]);
    memcpy(block.data + 20, payload, len);
    out->packets[out->num] = block;
    out->times[out->num] = p->time;
    out->units[out->num++] = p->unit;
    out->octets += len;
}

static void udp(player *p, const unit_head *head, const uint8_t *text, size_t len)
{
    static uint8_t datagram[8 + MAX_TEXT];
    const uint8_t hosts[2] = { head->from, head->to };
    unsigned server = server_ports[head->how >> 2 & 7], client = 41000u + (head->how >> 6);
    bool from_server = head->how & 0x20, sip = (head->how & 3) == 0;
    put_u16(datagram, sip ? 5060 : from_server ? server : client);
    put_u16(datagram + 2, sip ? 5060 : from_server ? client : server);
    put_u16(datagram + 4, (unsigned)(8 + len));
    put_u16(datagram + 6, 0);
    if (len > 0)
        memcpy(datagram + 8, text, len);
    size_t whole = 8 + len, half = p->cut == FUZZ_IN_TWO ? whole / 16 * 8 : 0;
    p->datagram++;
    if (half > 0) {
        add_packet(p, hosts, UDP, 0x2000, datagram, half);
        add_packet(p, hosts, UDP, (unsigned)(half / 8), datagram + half, whole - half);
    } else {
        add_packet(p, hosts, UDP, 0, datagram, whole);
    }
}

static void segment(player *p, flow *f, unsigned from, unsigned flags, const uint8_t *text, size_t len)
{
    static uint8_t octets[20 + MAX_TEXT];
    const uint8_t hosts[2] = { f->hosts[from], f->hosts[!from] };
    put_u16(octets, f->ports[from]);
    put_u16(octets + 2, f->ports[!from]);
    put_u32(octets + 4, f->seqs[from]);
    put_u32(octets + 8, flags == SYN ? 0 : f->seqs[!from]);
    octets[12] = 0x50;
    octets[13] = (uint8_t)flags;
    put_u16(octets + 14, 0xFFFF);
    put_u32(octets + 16, 0);
    if (len > 0)
        memcpy(octets + 20, text, len);
    p->datagram++;
    add_packet(p, hosts, TCP, 0, octets, 20 + len);
    f->seqs[from] += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
}

/* The connection of these ends, opened when there is none; NULL when there are too many. */
static flow *flow_of(player *p, const unit_head *head)
{
    bool from_server = head->how & 0x20;
    const uint8_t client = from_server ? head->to : head->from, server = from_server ? head->from : head->to;
    const uint16_t client_port = (uint16_t)(41000 + (head->how >> 6)), server_port = server_ports[head->how >> 2 & 7];
    for (size_t i = 0; i < p->num_flows; i++) {
        flow *f = &p->flows[i];
        if (f->hosts[0] == client && f->hosts[1] == server && f->ports[0] == client_port && f->ports[1] == server_port)
            return f;
    }
    if (p->num_flows == MAX_FLOWS)
        return NULL;
    flow *f = &p->flows[p->num_flows++];
    *f = (flow){ { client, server }, { client_port, server_port }, { 1000, 5000 } };
    segment(p, f, 0, SYN, NULL, 0);
    segment(p, f, 1, SYN | ACK, NULL, 0);
    segment(p, f, 0, ACK, NULL, 0);
    return f;
}

static void tcp(player *p, const unit_head *head, const uint8_t *text, size_t len)
{
    flow *f = flow_of(p, head);
    unsigned from = head->how >> 5 & 1;
    size_t half = p->cut == FUZZ_IN_TWO ? len / 2 : 0;
    if (!f)
        return;
    if (half > 0)
        segment(p, f, from, ACK, text, half);
    if (len > half)
        segment(p, f, from, PUSH | ACK, text + half, len - half);
    if ((head->how & 3) != 3)
        return;
    segment(p, f, from, FIN | ACK, NULL, 0);
    segment(p, f, !from, FIN | ACK, NULL, 0);
    segment(p, f, from, ACK, NULL, 0);
    *f = p->flows[--p->num_flows];
}

static void play_unit(player *p, const uint8_t *octets, size_t len)
{
    static uint8_t text[MAX_TEXT];
    if (len < 3)
        return;
    const unit_head head = { octets[0] >> 4, octets[0] & 15, octets[1], octets[2] };
    p->time += MILLISECOND * (1 + ((int64_t)(head.time & 15) << (head.time >> 4)));
    size_t text_len = fuzz_story_text(octets + 3, len - 3, text, sizeof text);
    if ((head.how & 3) < 2)
        udp(p, &head, text, text_len);
    else
        tcp(p, &head, text, text_len);
    p->unit++;
}

void fuzz_story_play(const uint8_t *script, size_t len, fuzz_cut cut, fuzz_capture *out)
{
    /* 2026-05-30 12:00:00 UTC, the time of made conversations. */
    player p = { .out = out, .cut = cut, .time = INT64_C(1780142400) * 1000 * MILLISECOND };
    out->num = out->octets = 0;
    while (len > 0) {
        const uint8_t *end = memchr(script, 0xFF, len);
        size_t unit = end ? (size_t)(end - script) : len;
        play_unit(&p, script, unit);
        len -= unit + (end ? 1 : 0);
        script += unit + (end ? 1 : 0);
    }
}

tgp_packet fuzz_story_packet(const fuzz_capture *capture, size_t index)
{
    enum { RAW_IP = 12 }; /* DLT_RAW */
    tg_bytes octets = fuzz_bytes(&capture->packets[index]);
    return (tgp_packet){ index + 1, capture->times[index], RAW_IP, octets, (uint32_t)octets.len };
}

void fuzz_story_free(fuzz_capture *capture)
{
    while (capture->num > 0)
        fuzz_block_free(&capture->packets[--capture->num]);
}
