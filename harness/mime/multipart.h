/* The delimiters of a multipart (RFC 2046 section 5.1). Internal to the room. */
#ifndef TICKETGATE_MIME_MULTIPART_H
#define TICKETGATE_MIME_MULTIPART_H

#include "ticketgate/mime.h"

typedef struct tgm_delimiter {
    size_t before; /* where what stands before it ends: the line end in front belongs to the delimiter */
    size_t behind; /* where what follows begins */
    bool closes;
} tgm_delimiter;
/* The first from `from` on, the beginning of the body or what is behind a delimiter. In one pass over the octets. */
bool tgm_delimiter_next(tg_bytes body, const char *boundary, size_t from, tgm_delimiter *out);

/* Counts the parts; `num` is at most `max` + 1. False where it is not closed, unless there are more than `max`. */
bool tgm_multipart_count(tg_bytes body, const char *boundary, size_t max, size_t *num);

/* Do the octets hold this text? */
bool tgm_holds(tg_bytes octets, const char *text);

#endif
