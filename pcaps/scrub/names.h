/* names: what stands for a name, a number, an address. The same for the same, never the same for others, and as long: so a trace keeps its lengths,
 * fragments and segments, which are often what a fault is about.
 *
 * A word is changed character by character, letters to letters of the same case, digits to digits; a secret and the characters before it choose the
 * order of the alphabet that a character is taken from, so that words that begin alike still do (Xu et al., "Prefix-preserving IP address
 * anonymization", is the same idea), and who knows one of two such words knows how the other begins.
 * Group identities ("?" in RFC 6043's IDRr of TS 33.328) thus still match, as far as what stands in front of "?" is concerned.
 */
#ifndef TICKETGATE_PCAPS_SCRUB_NAMES_H
#define TICKETGATE_PCAPS_SCRUB_NAMES_H

#include "pcaps/packets.h"
#include "ticketgate/crypto.h"

#define TGP_NAMES_MAX_ADDRESSES (1 << 20)

typedef struct tgp_names {
    tg_crypto *crypto;
    uint8_t secret[32];
    bool failed; /* memory ran out, or there are too many addresses: nothing that came out may be used */
    struct {
        tgp_address before, after;
    } * addresses;
    size_t num_addresses;
    uint32_t *places
        [2]; /* of addresses as they were, and as they become: where they stand, counted from 1, each at its hash or behind it */
    size_t num_places;      /* a power of 2, twice as many as addresses have room */
    const char *kept[6];    /* what settings of a profile call things: stays; NULL: no more */
    struct tgp_word *words; /* those that were changed lately; taken when the first is */
    struct tgp_node *nodes; /* and how words began */
} tgp_names;

/* Zero but for crypto and secret to begin with. */
void tgp_names_free(tgp_names *names);

/* Of words: letters, digits, octets of characters beyond ASCII. */
bool tgp_names_is_letter(char c);
/* Changes a word in place: a run of letters and digits; other characters of ASCII in it stay, characters beyond it (UTF-8) become others. */
void tgp_names_word(tgp_names *names, char *word, size_t len);
/* Changes all words of a text but those that say nothing of anybody (sip, com, 3gppnetwork, UDP, ...; in front of "@" they are names, too), the ports
 * of hosts, and the addresses in it. What is escaped with "%" is changed as what it stands for. */
void tgp_names_text(tgp_names *names, char *text, size_t len);
/* An address becomes one whose text is as long: 127.0.0.0/8, ::1, 0.0.0.0, :: and the multicast groups of protocols stay, other groups become other
 * groups; IPv4 goes to 240.0.0.0/4, which is nobody's (RFC 1112
 * section 4; where the text is too short for that to 10.0.0.0/8 or 0.0.0.0/8), IPv6 to fd00::/8 (RFC 4193), link-local stays link-local. */
void tgp_names_address(tgp_names *names, tgp_address *address);
/* An IPv4 or IPv6 address at the front of a text: its length, 0 where there is none. It is changed in place. */
size_t tgp_names_address_text(tgp_names *names, char *text, size_t len);
/* A key that stands for a key. */
void tgp_names_key(tgp_names *names, tg_bytes before, uint8_t *out);

#endif
