/* judged: a transcript judged by the room tls, as the answer of vectors/TLS.md section 2 and as text for people. */
#ifndef TICKETGATE_TLS_JUDGED_H
#define TICKETGATE_TLS_JUDGED_H

#include "ticketgate/json.h"
#include "ticketgate/tls.h"

typedef struct tls_judged {
    tg_status status; /* of the judging itself: TG_OK, or a limit that was met */
    tg_tls_judgement judgement;
    uint8_t *memory;
    tg_arena arena;
} tls_judged;

/* `segments` must outlive it. */
void tls_judge(tg_crypto *crypto, const tg_tls_known *known, const tg_tls_segment *segments, size_t num,
               tls_judged *out);
void tls_judged_free(tls_judged *judged); /* and wipes */
bool tls_judged_is_accepted(const tls_judged *judged);

/* The answer, an object in one line without a line end; where a limit was met, {"verdict":"error","error":{"status","text"}}. A finding
 * and an error say their place, too. */
void tls_judged_add(const tls_judged *judged, tg_text *out);
/* Facts and findings for people, each line with two blanks before it. */
void tls_judged_print(const tls_judged *judged, tg_text *out);

#endif
