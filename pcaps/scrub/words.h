/* words: those of the standards, which say nothing of anybody, in fields and attributes of which nothing else is to be expected. Whatever else stands
 * there becomes another word: what is not known to be harmless may be a name. */
#ifndef TICKETGATE_PCAPS_SCRUB_WORDS_H
#define TICKETGATE_PCAPS_SCRUB_WORDS_H

#include "names.h"

/* A run of letters and digits that stands in SIP, SDP, MIME, HTTP or MSRP by itself, in any case; one letter, and, if `numbers`, digits. */
bool tgs_is_known_word(const char *word, size_t len, bool numbers);
/* Changes all other words in place; octets beyond ASCII and control characters become 'x'. */
void tgs_scrub_words(tgp_names *names, char *text, size_t len, bool numbers);
/* Changes all runs of letters and digits: the boundaries of MIME, the transactions of MSRP. */
void tgs_scrub_runs(tgp_names *names, char *text, size_t len);

#endif
