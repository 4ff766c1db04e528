/* The adapter to libhtp: htp.c is the only file of the project that includes its headers. One whole message at a time goes in, cut and within limits;
 * each has a parser of its own, so that no message depends on how or where others came. Internal to units. */
#ifndef TICKETGATE_PCAPS_UNITS_HTP_H
#define TICKETGATE_PCAPS_UNITS_HTP_H

#include "ticketgate/base.h"

typedef struct tgu_htp tgu_htp;

#define TGU_HTTP_TARGET_MAX 8192
#define TGU_HTTP_LAYERS 2 /* of content codings that are undone */

typedef struct tgu_http {
    char method[32];
    char target[TGU_HTTP_TARGET_MAX + 1];
    int status;
    char content_type[128];
    tg_bytes body; /* the adapter's, until the next call */
} tgu_http;

typedef enum tgu_htp_result { TGU_HTP_READ, TGU_HTP_BAD, TGU_HTP_TOO_LARGE, TGU_HTP_NO_MEMORY } tgu_htp_result;

tgu_htp *tgu_htp_new(size_t body_max); /* NULL: no memory */
tgu_htp_result tgu_htp_request(tgu_htp *htp, tg_bytes octets, tgu_http *out);
/* To a request with this method; all but its head (HEAD) when there can be no body. */
tgu_htp_result tgu_htp_response(tgu_htp *htp, tg_bytes octets, bool to_head, tgu_http *out);
void tgu_htp_free(tgu_htp *htp);

#endif
