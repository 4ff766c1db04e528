/* Canonical line ends (RFC 8551 section 3.1.1). Internal to the room. */
#ifndef TICKETGATE_MIME_CANONICAL_H
#define TICKETGATE_MIME_CANONICAL_H

#include "ticketgate/mime.h"

/* Where the entity goes, canonical, piece by piece: `text` says that a piece may have been changed. */
typedef struct tgm_canonical {
    uint8_t *out; /* NULL: it is only looked whether anything changes */
    size_t max, len;
    bool full;
    bool changed;
    size_t first; /* the octet of the entity where that is so first */
    const uint8_t *start;
    size_t parts;
} tgm_canonical;
/* `whole`: false takes the headers alone. */
tg_status tgm_canonical_walk(tgm_canonical *c, tg_bytes entity, bool whole);

#endif
