/* flow: the data of a connection: what is sent, what is done with what comes, and when it is over. */
#ifndef TICKETGATE_TLS_FLOW_H
#define TICKETGATE_TLS_FLOW_H

#include "leg.h"
#include "ticketgate/json.h"

typedef struct tls_flow {
    const char *send; /* or NULL */
    bool from_stdin;  /* send standard input, once `send` has gone out */
    bool echo;        /* send back what comes */
    bool to_stdout;   /* write what comes to standard output */
    bool closes;      /* this end closes: when all was sent and nothing has come for `quiet` */
    int64_t quiet;    /* milliseconds */
    uint64_t receive; /* close when so many octets have come; 0: never */
    uint64_t most;    /* more than this is not taken */
    tg_text kept;     /* the beginning of what came */
} tls_flow;

/* From the handshake until one of the ends has closed, `deadline` or a signal. The leg's outcome says how it ended; RUNNING: this end is to
 * close now. */
void tls_flow_run(tls_flow *flow, tls_leg *leg, int64_t deadline);
/* Carries data between two legs until one ends. */
void tls_flow_between(tls_leg *a, tls_leg *b, uint64_t most, int64_t deadline);

#endif
