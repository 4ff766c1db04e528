/* ask: what is asked about a transcript (vectors/TLS.md section 1), read and written. */
#ifndef TICKETGATE_TLS_ASK_H
#define TICKETGATE_TLS_ASK_H

#include "key.h"
#include "ticketgate/json.h"
#include "ticketgate/tls.h"

/* Most text of one: two digits an octet, and what stands around segments. */
#define TLS_ASK_MAX_TEXT ((size_t)48 << 20)

typedef struct tls_ask {
    tg_tls_known known; /* points into this object and `memory` */
    tg_profile profile;
    tg_tls_segment *segments;
    size_t num;
    void *memory; /* octets of all, the TEK among them */
    size_t memory_len;
} tls_ask;

/* `v`: --profile in place of the ask's, --set over its settings. False with *reason, a static sentence, and the place in `path` ("": the
 * whole); then there is nothing to free. */
bool tls_ask_read(const char *json, size_t len, const verifying *v, tls_ask *out, char path[64], const char **reason);
void tls_ask_free(tls_ask *ask); /* and wipes */

/* One line. The TEK is written only where `with_tek`. */
void tls_ask_add(const tg_tls_known *known, const tg_tls_segment *segments, size_t num, bool with_tek, tg_text *out);

#endif
