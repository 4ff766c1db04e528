/* letters: what a character of a name becomes where it stands. Each place has an alphabet (digits, letters, octets that may be there in UTF-8), and
 * random octets choose one of the orders that it can have: so different characters stay different, and one that is known tells of the others there
 * only what they are not.
 */
#ifndef TICKETGATE_PCAPS_SCRUB_LETTERS_H
#define TICKETGATE_PCAPS_SCRUB_LETTERS_H

#include <stddef.h>
#include <stdint.h>

/* From the first to the last; of one octet only: that is what any becomes. */
typedef struct tgp_alphabet {
    uint8_t first, last;
} tgp_alphabet;

/* Of a character of UTF-8 (RFC 3629 section 4) that is begun; zero in front of a word. */
typedef struct tgp_character {
    size_t left;       /* octets of it that are still to come */
    uint8_t low, high; /* between which the next is */
} tgp_character;

/* The alphabet of the octet at the front. Characters beyond ASCII become others that are as long, what was well-formed stays so; what is no UTF-8
 * becomes FF. Other signs stay. */
tgp_alphabet tgp_alphabet_at(tgp_character *character, const char *at, size_t len);
size_t tgp_alphabet_size(tgp_alphabet alphabet);

/* Random octets that an order of so many needs. */
#define TGP_ORDER_LETTERS 24 /* 26 */
#define TGP_ORDER_DIGITS 8   /* 10 */
#define TGP_ORDER_OCTETS 64  /* up to 64 */
/* What stands at `index` in the order of `num` that the octets choose. */
uint8_t tgp_order(const uint8_t *random, size_t num, size_t index);

#endif
