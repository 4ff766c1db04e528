#define _DEFAULT_SOURCE /* the types that libpcap's headers use */
#include "write.h"

#include <pcap/pcap.h>
#include <stdlib.h>

enum { IP_HEADER = 20, UDP_HEADER = 8, TCP_HEADER = 20, SEGMENT = 1460, MOST = 65535 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10 };

struct tg_pcap_writer {
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    FILE *file;
    uint64_t milliseconds; /* of the next frame */
    uint16_t ip_id;
    uint32_t num_connections;
    uint8_t frame[MOST];
};

tg_pcap_writer *tg_pcap_writer_open(FILE *file, int64_t seconds)
{
    tg_pcap_writer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->file = file;
    w->milliseconds = (uint64_t)seconds * 1000;
    w->pcap = pcap_open_dead(DLT_RAW, MOST);
    w->dumper = w->pcap ? pcap_dump_fopen(w->pcap, file) : NULL;
    if (w->dumper)
        return w;
    if (w->pcap)
        pcap_close(w->pcap);
    free(w);
    return NULL;
}

bool tg_pcap_writer_close(tg_pcap_writer *w)
{
    bool ok = pcap_dump_flush(w->dumper) == 0 && !ferror(w->file);
    pcap_dump_close(w->dumper);
    pcap_close(w->pcap);
    free(w);
    return ok;
}

/* ---- packets ------------------------------------------------------------------------------------------------ */

static void put_16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
    put_16(at, value >> 16);
    put_16(at + 2, value & 0xffff);
}

/* RFC 1071. */
static uint32_t add_up(uint32_t sum, const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)octets[i] << 8 | octets[i + 1];
    if (len % 2)
        sum += (uint32_t)octets[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Completes the frame, whose transport part of `len` octets stands behind the IP header, and writes it. */
static void send_frame(tg_pcap_writer *w, uint8_t protocol, const tg_pcap_host *from, const tg_pcap_host *to,
                       size_t len, size_t checksum_at)
{
    uint8_t *ip = w->frame, *transport = ip + IP_HEADER;
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    put_16(ip + 2, (unsigned)(IP_HEADER + len));
    put_16(ip + 4, ++w->ip_id);
    put_16(ip + 6, 0x4000); /* don't fragment */
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, from->address, 4);
    memcpy(ip + 16, to->address, 4);
    put_16(ip + 10, ~add_up(0, ip, IP_HEADER) & 0xffff);
    put_16(transport + checksum_at, 0);
    uint32_t sum = add_up(protocol + (uint32_t)len, ip + 12, 8); /* the pseudo header */
    sum = ~add_up(sum, transport, len) & 0xffff;
    put_16(transport + checksum_at, sum == 0 && protocol == PROTOCOL_UDP ? 0xffff : sum);
    struct pcap_pkthdr header = { .caplen = (uint32_t)(IP_HEADER + len), .len = (uint32_t)(IP_HEADER + len) };
    header.ts.tv_sec = (time_t)(w->milliseconds / 1000);
    header.ts.tv_usec = (suseconds_t)(w->milliseconds % 1000 * 1000);
    w->milliseconds++;
    pcap_dump((u_char *)w->dumper, &header, w->frame);
}

bool tg_pcap_write_udp(tg_pcap_writer *w, const tg_pcap_host *from, const tg_pcap_host *to, tg_bytes data)
{
    uint8_t *udp = w->frame + IP_HEADER;
    if (data.len > MOST - IP_HEADER - UDP_HEADER)
        return false;
    put_16(udp, from->port);
    put_16(udp + 2, to->port);
    put_16(udp + 4, (unsigned)(UDP_HEADER + data.len));
    if (data.len > 0)
        memcpy(udp + UDP_HEADER, data.data, data.len);
    send_frame(w, PROTOCOL_UDP, from, to, UDP_HEADER + data.len, 6);
    return true;
}

/* ---- TCP ---------------------------------------------------------------------------------------------------- */

enum { CLIENT, SERVER };

static void send_segment(tg_pcap_writer *w, tg_pcap_connection *c, int from, unsigned flags, tg_bytes data)
{
    uint8_t *tcp = w->frame + IP_HEADER;
    const tg_pcap_host *source = c->hosts[from], *destination = c->hosts[!from];
    memset(tcp, 0, TCP_HEADER);
    put_16(tcp, source->port);
    put_16(tcp + 2, destination->port);
    put_32(tcp + 4, c->next[from]);
    put_32(tcp + 8, flags & ACK ? c->next[!from] : 0);
    tcp[12] = TCP_HEADER / 4 << 4;
    tcp[13] = (uint8_t)flags;
    put_16(tcp + 14, 65535); /* window */
    if (data.len > 0)
        memcpy(tcp + TCP_HEADER, data.data, data.len);
    send_frame(w, PROTOCOL_TCP, source, destination, TCP_HEADER + data.len, 16);
    c->next[from] += (uint32_t)data.len + ((flags & (SYN | FIN)) != 0);
}

static const tg_bytes nothing = { NULL, 0 };

void tg_pcap_connect(tg_pcap_writer *w, const tg_pcap_host *client, const tg_pcap_host *server, tg_pcap_connection *c)
{
    uint32_t first = ++w->num_connections * 0x01000193u; /* a first sequence number of its own */
    *c = (tg_pcap_connection){ { client, server }, { first, ~first } };
    send_segment(w, c, CLIENT, SYN, nothing);
    send_segment(w, c, SERVER, SYN | ACK, nothing);
    send_segment(w, c, CLIENT, ACK, nothing);
}

void tg_pcap_send(tg_pcap_writer *w, tg_pcap_connection *c, bool from_server, tg_bytes data)
{
    int from = from_server ? SERVER : CLIENT;
    while (data.len > 0) {
        size_t len = data.len < SEGMENT ? data.len : SEGMENT;
        send_segment(w, c, from, ACK | (len == data.len ? PSH : 0), tg_bytes_of(data.data, len));
        send_segment(w, c, !from, ACK, nothing);
        data = tg_bytes_of(data.data + len, data.len - len);
    }
}

void tg_pcap_disconnect(tg_pcap_writer *w, tg_pcap_connection *c)
{
    send_segment(w, c, CLIENT, FIN | ACK, nothing);
    send_segment(w, c, SERVER, FIN | ACK, nothing);
    send_segment(w, c, CLIENT, ACK, nothing);
}
