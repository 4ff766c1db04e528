/* wire: a BIO on a socket that does not block, which captures what goes over it. */
#ifndef TICKETGATE_TLS_WIRE_H
#define TICKETGATE_TLS_WIRE_H

#include <openssl/bio.h>

#include "capture.h"

typedef struct wire {
    int fd;
    bool is_client; /* this end is the client */
    bool ended;     /* the other end has closed its direction, or the connection broke */
    bool heard;     /* something has come */
    int error;      /* errno of what broke it, or 0 */
    capture captured;
    /* Datagrams that came before the socket was this peer's alone, each with its length (16 bits) before it. */
    uint8_t *early;
    size_t early_len, early_used;
} wire;

#define WIRE_MTU 1400 /* of a datagram; all of loopback and Ethernet take it */

/* NULL when memory ran out. The wire must outlive it. */
BIO *wire_bio(wire *w);
bool wire_add_early(wire *w, const uint8_t *datagram, size_t len);
void wire_free(wire *w); /* closes the socket, too */

#endif
