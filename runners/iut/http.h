/* http: one POST of octets, bounded in time and memory. For the HTTP attachment of a KMS and for `ticketgate probe`.
 *
 * No proxy, no redirect, no password file and nothing but http and https: what is asked is the URL that was given.
 */
#ifndef TICKETGATE_RUNNERS_HTTP_H
#define TICKETGATE_RUNNERS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct iut_http iut_http; /* a connection that is kept open between requests; one thread at a time */

typedef struct iut_http_request {
    const char *url;          /* query included */
    const char *method;       /* NULL: POST */
    const char *content_type; /* NULL: the header is left out */
    const char *accept;       /* likewise */
    const uint8_t *body;
    size_t len;
    unsigned timeout_ms;      /* of the whole exchange; 0: 5000 */
    size_t max_body;          /* octets of the answer's body; 0: 1 MiB */
    bool (*interrupted)(void *user); /* asked at least once a second, and upon a signal; NULL: never */
    void *interrupted_user;
} iut_http_request;

typedef enum iut_http_outcome {
    IUT_HTTP_ANSWERED = 0,
    IUT_HTTP_TIMEOUT,
    IUT_HTTP_TOO_MUCH,    /* the body is longer than max_body, or the headers than 64 KiB */
    IUT_HTTP_UNREACHABLE, /* no name, no connection, no TLS */
    IUT_HTTP_BROKEN,      /* the connection ended early, or the answer is not HTTP */
    IUT_HTTP_BAD_URL,
    IUT_HTTP_NO_MEMORY,
    IUT_HTTP_INTERRUPTED
} iut_http_outcome;

/* What came. It lives until the next request of the same connection. */
typedef struct iut_http_answer {
    unsigned status;        /* 200, ...; 0 when there was none */
    char content_type[128]; /* "" when there was none; printable, cut to fit */
    const uint8_t *body;
    size_t len;
    char text[256];         /* why not, for people; "" when it answered */
} iut_http_answer;

iut_http *iut_http_new(void); /* NULL: no memory */
iut_http_outcome iut_http_send(iut_http *h, const iut_http_request *request, iut_http_answer *answer);
void iut_http_free(iut_http *h);

bool iut_http_is_url(const char *text);                                 /* http:// or https:// */
bool iut_http_is_type(const iut_http_answer *answer, const char *type); /* without parameters, in any case */

#endif
