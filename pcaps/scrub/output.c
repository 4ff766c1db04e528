/* Bare IP packets into a capture (RFC 791, 8200, 768, 9293), fragmented as they were. */
#define _DEFAULT_SOURCE /* libpcap's headers want u_int and u_char */
#include <stdlib.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "packets.h"

enum {
    MOST = 65535,
    V4 = 20,
    V6 = 40,
    FRAGMENT = 8,
    TTL = 64,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_FRAGMENT = 44,
    ACK = 0x10
};

struct tgs_output {
    pcap_t *handle;
    pcap_dumper_t *dumper;
    uint64_t num;
    uint32_t id;
    uint8_t whole[MOST + 64], packet[MOST + 128];
};

tgs_output *tgs_output_open(FILE *file)
{
    tgs_output *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->handle = pcap_open_dead_with_tstamp_precision(DLT_RAW, 262144, PCAP_TSTAMP_PRECISION_NANO);
    /* Closing the dumper closes its file, which is to stay the caller's. */
    int fd = dup(fileno(file));
    FILE *own = fd >= 0 ? fdopen(fd, "wb") : NULL;
    o->dumper = o->handle && own ? pcap_dump_fopen(o->handle, own) : NULL;
    if (!o->dumper && own)
        (void)fclose(own);
    else if (!own && fd >= 0)
        (void)close(fd);
    if (!o->dumper) {
        if (o->handle)
            pcap_close(o->handle);
        free(o);
        return NULL;
    }
    return o;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint32_t sum_of(const uint8_t *octets, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(octets[i] << 8 | octets[i + 1]);
    if (len & 1)
        sum += (uint32_t)(octets[len - 1] << 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The checksum of UDP and TCP covers addresses, length and protocol too. */
static uint16_t checksum(const tgp_segment *segment, uint8_t protocol, const uint8_t *octets, size_t len)
{
    size_t address = segment->source.address.version == 4 ? 4 : 16;
    uint32_t sum = sum_of(segment->source.address.octets, address, 0);
    sum = sum_of(segment->destination.address.octets, address, sum);
    sum = sum_of(octets, len, sum + protocol + (uint32_t)len);
    uint16_t out = (uint16_t)~sum;
    return out == 0 && protocol == PROTOCOL_UDP ? 0xffff : out;
}

/* Header of UDP or TCP with the data behind it, in o->whole. */
static size_t transport(tgs_output *o, const tgs_made *made, size_t data_len)
{
    const tgp_segment *segment = made->segment;
    bool tcp = segment->transport == TGP_TCP;
    size_t header = tcp ? 20 : 8, len = header + data_len;
    uint8_t *w = o->whole;
    memset(w, 0, header);
    put16(w, segment->source.port);
    put16(w + 2, segment->destination.port);
    if (tcp) {
        bool first = (segment->tcp.flags & TGP_TCP_SYN) && segment->tcp.ack == 0;
        put32(w + 4, segment->tcp.seq - (segment->tcp.flags & TGP_TCP_SYN ? 1 : 0)); /* there it is the SYN's own */
        put32(w + 8, segment->tcp.ack);
        w[12] = 5 << 4;
        w[13] = (uint8_t)(segment->tcp.flags | (first ? 0 : ACK));
        put16(w + 14, 65535);
    } else {
        put16(w + 4, len);
    }
    if (data_len > 0)
        memcpy(w + header, made->data, data_len);
    put16(w + (tcp ? 16 : 6), checksum(segment, tcp ? PROTOCOL_TCP : PROTOCOL_UDP, w, len));
    return len;
}

static size_t v4(tgs_output *o, const tgp_segment *segment, size_t offset, size_t len, bool more)
{
    uint8_t *p = o->packet;
    memset(p, 0, V4);
    p[0] = 0x45;
    put16(p + 2, V4 + len);
    put16(p + 4, o->id & 0xffff);
    put16(p + 6, offset / 8 | (more ? 0x2000 : 0));
    p[8] = TTL;
    p[9] = segment->transport == TGP_TCP ? PROTOCOL_TCP : PROTOCOL_UDP;
    memcpy(p + 12, segment->source.address.octets, 4);
    memcpy(p + 16, segment->destination.address.octets, 4);
    put16(p + 10, (uint16_t)~sum_of(p, V4, 0));
    return V4;
}

static size_t v6(tgs_output *o, const tgp_segment *segment, size_t offset, size_t len, bool more)
{
    uint8_t *p = o->packet, protocol = segment->transport == TGP_TCP ? PROTOCOL_TCP : PROTOCOL_UDP;
    bool fragment = offset > 0 || more;
    memset(p, 0, V6 + FRAGMENT);
    p[0] = 0x60;
    put16(p + 4, len + (fragment ? FRAGMENT : 0));
    p[6] = fragment ? PROTOCOL_FRAGMENT : protocol;
    p[7] = TTL;
    memcpy(p + 8, segment->source.address.octets, 16);
    memcpy(p + 24, segment->destination.address.octets, 16);
    if (!fragment)
        return V6;
    p[V6] = protocol;
    put16(p + V6 + 2, offset | (more ? 1 : 0));
    put32(p + V6 + 4, o->id);
    return V6 + FRAGMENT;
}

static void dump(tgs_output *o, size_t len, int64_t time)
{
    struct pcap_pkthdr header = { .caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len };
    header.ts.tv_sec = (time_t)(time / 1000000000);
    header.ts.tv_usec = (suseconds_t)(time % 1000000000); /* nanoseconds: the capture is opened for them */
    pcap_dump((u_char *)o->dumper, &header, o->packet);
    o->num++;
}

bool tgs_output_write(tgs_output *o, const tgs_made *made)
{
    size_t data_len = 0, at = 0;
    bool is_v4 = made->segment->source.address.version == 4;
    for (size_t i = 0; i < made->num; i++)
        data_len += made->sizes[i];
    if (data_len > TGS_MOST_DATA)
        return false;
    size_t len = transport(o, made, data_len);
    o->id++;
    for (size_t i = 0; i < made->num && at < len; i++) {
        bool last = i + 1 == made->num;
        size_t header = i == 0 ? len - data_len : 0, size = last ? len - at : header + made->sizes[i];
        if (!last)
            size = size / 8 * 8; /* fragments but the last end at a multiple of 8 */
        size_t front = (is_v4 ? v4 : v6)(o, made->segment, at, size, !last);
        memcpy(o->packet + front, o->whole + at, size);
        dump(o, front + size, made->times[i]);
        at += size;
    }
    return !ferror(pcap_dump_file(o->dumper));
}

uint64_t tgs_output_num(const tgs_output *o)
{
    return o->num;
}

bool tgs_output_close(tgs_output *o)
{
    bool ok = pcap_dump_flush(o->dumper) == 0 && !ferror(pcap_dump_file(o->dumper));
    pcap_dump_close(o->dumper);
    pcap_close(o->handle);
    free(o);
    return ok;
}
