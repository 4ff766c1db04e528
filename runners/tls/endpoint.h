/* endpoint: where one listens or connects. Loopback alone, unless one allows more. */
#ifndef TICKETGATE_TLS_ENDPOINT_H
#define TICKETGATE_TLS_ENDPOINT_H

#include <sys/socket.h>

#include "leg.h"

typedef struct tls_peer {
    struct sockaddr_storage address;
    socklen_t len;
} tls_peer;

/* For transcripts alone: what a client without a cookie sent last, and what it was answered. The latest TLS_MAX_ASKED clients are known. */
typedef struct tls_asked {
    tls_peer peer;
    size_t hello_len, answer_len;
    uint8_t hello[2048], answer[TLS_MOST_VERIFY];
} tls_asked;
#define TLS_MAX_ASKED 64

typedef struct tls_listener {
    int fd;
    bool datagrams;
    SSL_CTX *context; /* of DTLS: whose cookies are good */
    tls_asked *asked; /* of DTLS: TLS_MAX_ASKED */
    size_t next_asked;
    tls_peer own;
    char name[80]; /* "127.0.0.1:5061" */
} tls_listener;

/* "ADDR:PORT"; port 0 is any that is free. `context`: of the server. Complains. */
bool tls_listen(const char *text, bool datagrams, bool allow_remote, SSL_CTX *context, tls_listener *out);
void tls_listener_free(tls_listener *l);
/* The socket of the next peer; -1 when the deadline or a signal came first, -2 after a complaint. Of DTLS, what came before the socket
 * was there is put into `early`: a ClientHello with a good cookie. Any other is answered with a HelloVerifyRequest and begins nothing
 * (RFC 6347 4.2.1), as little as what is no ClientHello (4.1.2.7). */
int tls_accept(tls_listener *l, int64_t deadline, tls_peer *peer, wire *early);

/* Is it an address to connect to? Complains, with the option's name (NULL: an operand). */
bool tls_address_take(const char *option, const char *text, bool allow_remote, tls_peer *out);
/* The socket, or -1 with the reason in *why ("connection refused"). */
int tls_connect_to(const tls_peer *peer, bool datagrams, int64_t deadline, const char **why);

#endif
