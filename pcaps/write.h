/* write: captures of made traffic: IPv4 with UDP datagrams and TCP connections, through libpcap.
 *
 * Everything that a sniffer checks is right: lengths, checksums, sequence numbers. Nobody sent it.
 */
#ifndef TICKETGATE_PCAPS_WRITE_H
#define TICKETGATE_PCAPS_WRITE_H

#include <stdio.h>

#include "ticketgate/base.h"

typedef struct tg_pcap_writer tg_pcap_writer;
typedef struct tg_pcap_host {
    uint8_t address[4];
    uint16_t port;
} tg_pcap_host;

/* Raw IPv4 frames to `file`, the first at this time (Unix seconds), one each millisecond. NULL when libpcap has no memory.
 * The file is closed by tg_pcap_writer_close, which says whether everything could be written. */
tg_pcap_writer *tg_pcap_writer_open(FILE *file, int64_t seconds);
bool tg_pcap_writer_close(tg_pcap_writer *w);

/* At most 65507 octets; false for more. */
bool tg_pcap_write_udp(tg_pcap_writer *w, const tg_pcap_host *from, const tg_pcap_host *to, tg_bytes data);

/* A connection: the handshake, data of either side (each segment is acknowledged), and the end. The hosts must outlive it. */
typedef struct tg_pcap_connection {
    const tg_pcap_host *hosts[2]; /* client, server */
    uint32_t next[2];             /* sequence numbers */
} tg_pcap_connection;
void tg_pcap_connect(tg_pcap_writer *w, const tg_pcap_host *client, const tg_pcap_host *server, tg_pcap_connection *c);
void tg_pcap_send(tg_pcap_writer *w, tg_pcap_connection *c, bool from_server, tg_bytes data);
void tg_pcap_disconnect(tg_pcap_writer *w, tg_pcap_connection *c);

#endif
