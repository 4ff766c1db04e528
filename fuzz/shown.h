/* shown: every form of presenter beside a trace, and what must hold of what they write. */
#ifndef TICKETGATE_FUZZ_SHOWN_H
#define TICKETGATE_FUZZ_SHOWN_H

#include "fuzz.h"
#include "pcaps/present.h"

typedef struct fuzz_shown fuzz_shown;
fuzz_shown *fuzz_shown_new(const tgp_trace_listener *beside);
tgp_trace_listener fuzz_shown_listener(fuzz_shown *shown); /* tells `beside` first */
/* Oracle presented: no presenter fails. Oracle json: valid. Oracle markup: whatever the input holds, only elements and attributes of the
 * page's own stand in HTML and XML. Oracle same_again by the digest of all octets written. */
uint64_t fuzz_shown_finish(fuzz_shown *shown, const tgp_trace *trace,
                           void (*check_text)(const void *octets, size_t len));

#endif
