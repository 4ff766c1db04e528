/* capture: the octets of a connection as they went over its socket, both directions in the order of time. */
#ifndef TICKETGATE_TLS_CAPTURE_H
#define TICKETGATE_TLS_CAPTURE_H

#include "ticketgate/tls.h"

/* What is kept of a connection: enough for any handshake and the data of a test. What goes beyond is not kept, of both
 * directions: a transcript that ends early is none that has a hole. */
#define CAPTURE_MAX_OCTETS ((size_t)4 << 20)
#define CAPTURE_MAX_SEGMENTS ((size_t)16384)

typedef struct capture_piece {
    bool from_client;
    size_t offset, len;
} capture_piece;

typedef struct capture {
    bool datagrams; /* each is a segment of its own */
    uint8_t *octets;
    size_t len, capacity;
    capture_piece *pieces;
    size_t num, num_capacity;
    bool full; /* something was not kept */
} capture;

void capture_add(capture *c, bool from_client, const void *octets, size_t len);
/* Views into the capture, `num` of them; NULL when memory ran out or there are none. Free it. */
tg_tls_segment *capture_segments(const capture *c);
void capture_free(capture *c);

#endif
