/* The adapter to GMime: the only file of the library that includes its headers is gmime.c. Internal to the room.
 *
 * GMime is given the value of one header at a time, cleaned (head.c), of TG_MIME_MAX_HEADER octets at most, and base64 that was checked.
 * It never sees a body that it could open: its recursion into multiparts and message/rfc822 cannot be reached. */
#ifndef TICKETGATE_MIME_GMIME_H
#define TICKETGATE_MIME_GMIME_H

#include "head.h"

bool tgm_gmime_init(void);

/* Type, smime-type, name, boundary. */
void tgm_gmime_type(const char *value, tgm_fields *out);
/* Disposition and filename. */
void tgm_gmime_disposition(const char *value, tgm_fields *out);
/* What is in base64 that tgm_base64_is_strict has passed; `out` holds tg_base64_decoded_max(text.len). */
size_t tgm_gmime_base64(tg_bytes text, uint8_t *out);
/* A header that is not folded, without its line end: "Content-Type: VALUE; PARAM=..; ..". False where it does not fit. */
typedef struct tgm_param {
    const char *name, *value;
} tgm_param;
bool tgm_gmime_header(const char *header, const char *value, const tgm_param *params, size_t num, char *out,
                      size_t max);

#endif
