/* server: a KMS over HTTP (libmicrohttpd). Whatever a client does, it costs a bounded time and memory: the number of
 * connections, of all and of one address, is limited; so are headers, bodies, and the time from the first octet of a
 * request to its answer.
 */
#ifndef TICKETGATE_KMS_SERVER_H
#define TICKETGATE_KMS_SERVER_H

#include "mapping.h"
#include "service.h"

typedef struct kms_server kms_server;

typedef struct kms_server_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0" */
    bool allow_remote;  /* listen at other than loopback addresses */
    kms_mapping mapping;
    size_t max_body; /* octets of a body as it travels */
    size_t max_connections, max_per_address;
    unsigned timeout; /* seconds */
    unsigned threads;
    bool log; /* a line on standard error for each request */
} kms_server_options;

typedef struct kms_counts {
    size_t answered, refused, http_errors, busy, timed_out;
} kms_counts;

/* Complains. *code is an exit code when it returns NULL. */
kms_server *kms_server_start(const kms_server_options *options, kms_service *service, int *code);
const char *kms_server_url(const kms_server *s); /* without the query */
/* Call it several times a second: closes connections whose request takes too long. */
void kms_server_watch(kms_server *s);
kms_counts kms_server_counts(const kms_server *s);
void kms_server_stop(kms_server *s);

#endif
