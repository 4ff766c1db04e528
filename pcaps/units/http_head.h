/* The head of an HTTP message, as far as it says where the message ends (RFC 9112 6); and requests that wait for their response. Internal to units. */
#ifndef TICKETGATE_PCAPS_UNITS_HTTP_HEAD_H
#define TICKETGATE_PCAPS_UNITS_HTTP_HEAD_H

#include "parts.h"

typedef struct tgu_http_head {
    bool request;
    char method[32];
    tg_bytes target;
    int status;
    bool chunked, other_coding, has_length;
    bool stays_coded; /* of the codings of the body libhtp does not undo all */
    unsigned codings; /* of Content-Encoding, but for identity */
    bool has_type, many_types; /* Content-Type stands there; more than once */
    uint64_t length;
} tgu_http_head;

typedef enum tgu_head_result { TGU_HEAD_READ, TGU_HEAD_BAD, TGU_HEAD_TOO_LARGE } tgu_head_result;
/* `octets` end with the empty line. */
tgu_head_result tgu_http_read_head(tg_bytes octets, tgu_http_head *out);

/* http_plain.c: a head that leaves nothing to understand: a GET or HEAD without a body, or a response whose Content-Length says all of its body. What
 * libhtp would make of it is in `head`, but for the media type (128 octets, without parameters, in small letters; "": none). False: ask libhtp. */
bool tgu_http_is_plain(tg_bytes octets, const tgu_http_head *head, char *content_type);

/* A request that waits. */
struct tgu_pending {
    tgu_pending *next;
    uint64_t transaction;
    char method[32];
    char target[]; /* ends with a NUL */
};
/* The last of them; the first makes room where there are many. False: no memory. */
bool tgu_pending_push(tgu_flow *flow, const tgu_http_head *head);
void tgu_pending_pop(tgu_flow *flow); /* the first */

#endif
