/* raw: HTTP octet by octet over a socket of one's own, for requests that no client library would send. */
#ifndef TICKETGATE_KMS_RAW_H
#define TICKETGATE_KMS_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RAW_MAX = 1 << 18 };

typedef struct raw {
    int fd;
    unsigned timeout_ms;
    uint8_t *data;     /* what came, from the first answer not taken yet on */
    size_t len, taken; /* taken: of the last answer, still there */
    bool ended;
} raw;

/* `origin` is "http://host:port". False when there is no connection. */
bool raw_open(raw *r, const char *origin, unsigned timeout_ms);
void raw_close(raw *r);
/* False when not everything could be sent in time, or the other side has closed. */
bool raw_send(raw *r, const void *octets, size_t len);
/* The next answer; 1xx are passed over. Content-Length or the end of the connection ends it. Values live until the next
 * call. False: none came in time, or it is not HTTP. */
typedef struct raw_answer {
    unsigned status;
    char content_type[128];
    const uint8_t *body;
    size_t len;
} raw_answer;
bool raw_take(raw *r, raw_answer *out);
/* Waits for anything to come (or the end), so long. */
bool raw_wait(raw *r, unsigned ms);

#endif
