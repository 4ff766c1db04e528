/* traffic: packets made up for benchmarks, written as a pcap as they come; nothing is kept of what was written.
 *
 * The same seed gives the same octets. Ethernet, IPv4 with its checksum, UDP and TCP without theirs. An IPv4 packet is never fragmented, as on a
 * link with large frames.
 */
#ifndef TICKETGATE_BENCH_TRAFFIC_H
#define TICKETGATE_BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct end {
    uint32_t address; /* of IPv4, as a number */
    uint16_t port;
} end;

typedef struct traffic {
    FILE *file;
    uint64_t num_packets, octets; /* written so far; octets of the file */
    uint64_t microseconds;        /* of the next packet, since 1970 */
    uint64_t random;
} traffic;

#define TRAFFIC_MAX_DATA 10000
enum { TRAFFIC_FIN = 1, TRAFFIC_SYN = 2, TRAFFIC_PSH = 8, TRAFFIC_ACK = 16 };

/* Writes the file header. `file` stays the caller's, to flush and to look at ferror. */
void traffic_begin(traffic *t, FILE *file, uint64_t seed);
void traffic_udp(traffic *t, end from, end to, const void *data, size_t len);
void traffic_tcp(traffic *t, end from, end to, uint32_t seq, uint32_t ack, unsigned flags, const void *data,
                 size_t len);

/* A number below `below`, and the number that belongs to `number`, whatever was drawn before. */
uint32_t traffic_draw(traffic *t, uint32_t below);
uint64_t traffic_hash(uint64_t number);
/* Octets that look like nothing, TRAFFIC_MAX_DATA of them. */
const uint8_t *traffic_noise(void);

#endif
