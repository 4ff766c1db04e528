/* words: those of the standards, which say nothing of anybody, in fields and attributes of which nothing else is to be expected. Whatever else stands
 * there becomes another word: what is not known to be harmless may be a name. */
#ifndef TICKETGATE_PCAPS_SCRUB_WORDS_H
#define TICKETGATE_PCAPS_SCRUB_WORDS_H

#include "names.h"

/* A run of letters and digits that stands in SIP, SDP, MIME, HTTP, MSRP or XML by itself, in any case; one letter, and, if `numbers`, common ones. */
bool tgs_is_known_word(const char *word, size_t len, bool numbers);
/* Digits that say nothing of anybody: at most three, round ones, sizes and rates of the standards. */
bool tgs_is_common_number(const char *digits, size_t len);
/* A number of a conference, a user or a floor, up to `most`, in place by its digits: a common one stays, another becomes one that is neither common nor
 * larger than that, the same for the same and others for others. Zeros in front stay. */
void tgs_change_number(tgp_names *names, char *digits, size_t len, uint64_t most);
/* Changes all other words, and addresses, in place; control characters become 'x'. `numbers`: common ones stay, unless several are joined, as those
 * of addresses are. */
void tgs_scrub_words(tgp_names *names, char *text, size_t len, bool numbers);
/* The same of a list with blanks between: "0 8 101" is not one number. */
void tgs_scrub_each(tgp_names *names, char *text, size_t len, bool numbers);
/* Changes all runs of letters and digits: the boundaries of MIME, the transactions of MSRP. */
void tgs_scrub_runs(tgp_names *names, char *text, size_t len);

#endif
