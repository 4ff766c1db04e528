/* leg: one TLS or DTLS connection: its handshake, its data, its end, and what went over its socket. Nothing in it waits longer than a
 * deadline, and nothing longer than a signal. */
#ifndef TICKETGATE_TLS_LEG_H
#define TICKETGATE_TLS_LEG_H

#include <poll.h>
#include <sys/socket.h>

#include "context.h"
#include "wire.h"

/* How it ended. X(symbol, name in reports). */
#define TLS_OUTCOMES(X)                                                                                                \
    X(RUNNING, "running")                                                                                              \
    X(CLOSED, "closed")         /* with close_notify of either end */                                                  \
    X(EOF, "eof")               /* the socket was closed without close_notify: data may be missing */                  \
    X(INCOMPLETE, "incomplete") /* closed with close_notify, but before all had come or gone */                        \
    X(ABORTED, "aborted")       /* by this end, without close_notify: the other leg of a relay has failed */           \
    X(HANDSHAKE_FAILED, "handshake_failed") /* `error` says why */                                                     \
    X(TIMEOUT, "timeout")                                                                                              \
    X(BROKEN, "broken") /* a fatal alert, a record that does not open, the socket: `error` */                          \
    X(LIMIT, "limit")   /* more came than is taken */                                                                  \
    X(INTERRUPTED, "interrupted")
typedef enum tls_outcome {
#define TLS_OUTCOME_ENUM(symbol, name) TLS_##symbol,
    TLS_OUTCOMES(TLS_OUTCOME_ENUM)
#undef TLS_OUTCOME_ENUM
} tls_outcome;
const char *tls_outcome_name(tls_outcome outcome);

typedef struct tls_leg {
    wire wire;
    SSL *ssl;
    const tls_setup *setup;
    char peer[80];    /* "127.0.0.1:5061" */
    bool shaken;      /* the handshake is complete for this end */
    bool peer_closed; /* it sends no more */
    short want;       /* POLLIN or POLLOUT: what the last call waits for */
    tls_outcome outcome;
    char error[256]; /* "": none. Holds no key */
    uint64_t sent, received;
} tls_leg;

/* Takes the socket, also when it fails (out of memory, after a complaint). `address`: of the peer, for cookies. */
bool tls_leg_start(tls_leg *leg, SSL_CTX *context, const tls_setup *setup, int fd, const struct sockaddr *address,
                   size_t len);
void tls_leg_free(tls_leg *leg);

bool tls_leg_handshake(tls_leg *leg, int64_t deadline);
/* Octets read or written; 0: wait for leg->want; -1: it has ended, and `outcome` says how. */
int tls_leg_read(tls_leg *leg, void *out, size_t room);
int tls_leg_write(tls_leg *leg, const void *octets, size_t len);
/* Says close_notify, and awaits that of the other end for a moment. A leg that has failed is closed without. */
void tls_leg_close(tls_leg *leg, int64_t deadline);
/* What closed with close_notify was not whole. */
void tls_leg_find_incomplete(tls_leg *leg, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* This leg of a relay ends as the other one has: data may be missing, and a close_notify would hide that (RFC 5246 7.2.1). */
void tls_leg_end_like(tls_leg *leg, const tls_leg *other);
void tls_leg_end(tls_leg *leg, tls_outcome outcome, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Where a wait ended: by the deadline or a signal. */
void tls_leg_give_up(tls_leg *leg, const char *doing);

/* ---- time --------------------------------------------------------------------------------------------------- */

int64_t tls_now(void); /* monotonic, milliseconds */
/* Waits until one of the descriptors is ready (true), a deadline or a signal (false). A retransmission of DTLS that is due on a leg is
 * done meanwhile, and ends the wait, too. Negative descriptors are left out. */
bool tls_wait(struct pollfd *polled, size_t num, tls_leg *const *legs, size_t num_legs, int64_t deadline);

#endif
