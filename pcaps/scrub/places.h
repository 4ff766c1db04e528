/* Where MIKEY messages stand in SIP and HTTP. */
#ifndef TICKETGATE_PCAPS_SCRUB_PLACES_H
#define TICKETGATE_PCAPS_SCRUB_PLACES_H

#include "scrubbing.h"

enum { TGS_MAX_PLACES = 64 }; /* of a unit; more are blanked */

/* Where a record's text lies in a unit. */
typedef struct tgs_place {
    const tgs_record *record;
    bool raw, chunked,
        is_found; /* found: at `at`, in one piece, though its pieces say another thing (of a part of MIME they cover all of the message) */
    size_t at;
} tgs_place;

/* Before the texts of the unit are changed. False: it is not in it. */
bool tgs_locate(const tgs_unit *u, const tgs_record *r, tgs_place *out);
void tgs_put(tgs_scrub *s, tgs_unit *u, const tgs_place *p);
/* Base64 over base64: white space between stays where it is, and so does the padding. */
void tgs_put_base64(tgs_scrub *s, uint8_t *text, size_t len, const uint8_t *octets, size_t num_octets);
/* MIKEY messages under a prtcl-id that is not "mikey" (RFC 4567 7): judged by nobody, but it is found that they are there. Before the texts of the unit
 * are changed; their number. */
typedef struct tgs_other {
    size_t at, len; /* the text */
    uint8_t *octets;
    size_t num_octets;
} tgs_other;
size_t tgs_take_others(tgs_scrub *s, const tgs_unit *u, tgs_other others[TGS_MAX_PLACES]);
size_t tgs_http_body_at(const tgs_unit *u);

#endif
