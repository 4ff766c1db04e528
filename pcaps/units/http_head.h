/* The head of an HTTP message, as far as it says where the message ends (RFC 9112 6). Internal to units. */
#ifndef TICKETGATE_PCAPS_UNITS_HTTP_HEAD_H
#define TICKETGATE_PCAPS_UNITS_HTTP_HEAD_H

#include "ticketgate/base.h"

typedef struct tgu_http_head {
    bool request;
    char method[32];
    tg_bytes target;
    int status;
    bool chunked, other_coding, has_length;
    uint64_t length;
} tgu_http_head;

typedef enum tgu_head_result { TGU_HEAD_READ, TGU_HEAD_BAD, TGU_HEAD_TOO_LARGE } tgu_head_result;
/* `octets` end with the empty line. */
tgu_head_result tgu_http_read_head(tg_bytes octets, tgu_http_head *out);

#endif
