/* endpoint: where one listens or connects. Loopback alone, unless one allows more. */
#ifndef TICKETGATE_TLS_ENDPOINT_H
#define TICKETGATE_TLS_ENDPOINT_H

#include <sys/socket.h>

#include "leg.h"

typedef struct tls_peer {
    struct sockaddr_storage address;
    socklen_t len;
} tls_peer;

typedef struct tls_listener {
    int fd;
    bool datagrams;
    tls_peer own;
    char name[80]; /* "127.0.0.1:5061" */
} tls_listener;

/* "ADDR:PORT"; port 0 is any that is free. Complains. */
bool tls_listen(const char *text, bool datagrams, bool allow_remote, tls_listener *out);
void tls_listener_free(tls_listener *l);
/* The socket of the next peer; -1 when the deadline or a signal came first, -2 after a complaint. Of DTLS, what came before the socket
 * was there is put into `early`; what is no ClientHello begins nothing (RFC 6347 4.1.2.7). */
int tls_accept(tls_listener *l, int64_t deadline, tls_peer *peer, wire *early);

/* Is it an address to connect to? Complains, with the option's name (NULL: an operand). */
bool tls_address_take(const char *option, const char *text, bool allow_remote, tls_peer *out);
/* The socket, or -1 with the reason in *why ("connection refused"). */
int tls_connect_to(const tls_peer *peer, bool datagrams, int64_t deadline, const char **why);

#endif
