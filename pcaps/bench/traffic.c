#include "traffic.h"

#include <string.h>

enum { ETHERNET = 14, IP = 20, UDP = 8, TCP = 20, RECORD = 16, STEP = 20, BEGIN = 1795200000 };

uint64_t traffic_hash(uint64_t number)
{
    uint64_t x = number + 0x9e3779b97f4a7c15u; /* splitmix64 */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint32_t traffic_draw(traffic *t, uint32_t below)
{
    t->random += 0x9e3779b97f4a7c15u;
    return (uint32_t)(((traffic_hash(t->random) >> 32) * below) >> 32);
}

const uint8_t *traffic_noise(void)
{
    static uint8_t noise[TRAFFIC_MAX_DATA];
    static bool made;
    for (size_t i = 0; !made && i < sizeof noise; i++)
        noise[i] = (uint8_t)(traffic_hash(i) >> 24);
    made = true;
    return noise;
}

/* ---- octets ----------------------------------------------------------------------------------------------------- */

static uint8_t *put16(uint8_t *out, unsigned value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return out + 2;
}

static uint8_t *put32(uint8_t *out, uint32_t value)
{
    return put16(put16(out, value >> 16), value & 0xffff);
}

static void write_out(traffic *t, const void *data, size_t len)
{
    t->octets += len;
    fwrite(data, 1, len, t->file); /* the caller looks at ferror */
}

void traffic_begin(traffic *t, FILE *file, uint64_t seed)
{
    /* In the order of this host, as libpcap allows. */
    const uint32_t header[] = { 0xa1b2c3d4, 2 | 4u << 16, 0, 0, 262144, 1 };
    *t = (traffic){ .file = file, .microseconds = (uint64_t)BEGIN * 1000000, .random = traffic_hash(seed) };
    write_out(t, header, sizeof header);
}

/* ---- packets ---------------------------------------------------------------------------------------------------- */

static uint8_t *put_ip(uint8_t *out, unsigned id, unsigned protocol, end from, end to, size_t len)
{
    uint8_t *begin = out;
    uint32_t sum = 0;
    out = put16(out, 0x4500);
    out = put16(out, (unsigned)(IP + len));
    out = put16(out, id & 0xffff);
    out = put16(out, 0x4000);
    out = put16(out, 64u << 8 | protocol);
    out = put16(out, 0);
    out = put32(out, from.address);
    out = put32(out, to.address);
    for (size_t i = 0; i < IP; i += 2)
        sum += (uint32_t)begin[i] << 8 | begin[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put16(begin + 10, ~(sum + (sum >> 16)) & 0xffff);
    return out;
}

/* Everything in front of the transport header, the record of the file included. */
static uint8_t *put_front(traffic *t, uint8_t *out, unsigned protocol, end from, end to, size_t len)
{
    static const uint8_t ethernet[ETHERNET] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
    uint32_t frame = (uint32_t)(ETHERNET + IP + len);
    const uint32_t record[] = { (uint32_t)(t->microseconds / 1000000), (uint32_t)(t->microseconds % 1000000), frame,
                                frame };
    t->microseconds += STEP;
    t->num_packets++;
    memcpy(out, record, RECORD);
    memcpy(out + RECORD, ethernet, ETHERNET);
    return put_ip(out + RECORD + ETHERNET, (unsigned)t->num_packets, protocol, from, to, len);
}

void traffic_udp(traffic *t, end from, end to, const void *data, size_t len)
{
    uint8_t head[RECORD + ETHERNET + IP + UDP];
    uint8_t *out = put_front(t, head, 17, from, to, UDP + len);
    out = put16(out, from.port);
    out = put16(out, to.port);
    out = put16(out, (unsigned)(UDP + len));
    put16(out, 0);
    write_out(t, head, sizeof head);
    write_out(t, data, len);
}

void traffic_tcp(traffic *t, end from, end to, uint32_t seq, uint32_t ack, unsigned flags, const void *data, size_t len)
{
    uint8_t head[RECORD + ETHERNET + IP + TCP];
    uint8_t *out = put_front(t, head, 6, from, to, TCP + len);
    out = put16(out, from.port);
    out = put16(out, to.port);
    out = put32(out, seq);
    out = put32(out, flags & TRAFFIC_ACK ? ack : 0);
    out = put16(out, 0x5000 | flags);
    out = put16(out, 65535);
    put32(out, 0);
    write_out(t, head, sizeof head);
    if (len > 0)
        write_out(t, data, len);
}
