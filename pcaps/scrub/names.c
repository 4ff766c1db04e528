/* Words and keys. */
#include "names.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { BLOCK = 32 };

/* The secret's function of some octets. `what` keeps uses apart. */
static void mix(tgp_names *names, uint8_t what, tg_bytes octets, uint8_t out[BLOCK])
{
    uint8_t kind[1] = { what };
    tg_coverage covered = { .num = 0 };
    tg_cover_octets(tg_bytes_of(kind, 1), &covered);
    tg_cover_octets(octets, &covered);
    memset(out, 0, BLOCK);
    if (tg_mac(names->crypto, TG_MAC_HMAC_SHA_256_256, tg_bytes_of(names->secret, sizeof names->secret), &covered,
               out) != TG_OK)
        names->failed = true;
}

static uint8_t within(uint8_t c, uint8_t low, uint8_t high, unsigned by)
{
    return (uint8_t)(low + ((unsigned)(c - low) + by) % ((unsigned)(high - low) + 1));
}

static char shifted(char c, unsigned by)
{
    if (isdigit((unsigned char)c))
        return (char)within((uint8_t)c, '0', '9', by);
    if (isupper((unsigned char)c))
        return (char)within((uint8_t)c, 'A', 'Z', by);
    if (islower((unsigned char)c))
        return (char)within((uint8_t)c, 'a', 'z', by);
    return c;
}

/* Octets beyond ASCII: a character of UTF-8 (RFC 3629 4) becomes another one that is as long, so that what was well-formed stays so and different
 * characters stay different. What is no UTF-8 becomes FF. */
typedef struct letter {
    size_t left;       /* octets of the character that are still to come */
    uint8_t low, high; /* between which the next is */
} letter;

static letter begin_letter(const uint8_t *at, size_t len)
{
    uint8_t c = at[0];
    letter out = { c >= 0xc2 && c <= 0xdf   ? 1
                   : c >= 0xe0 && c <= 0xef ? 2
                   : c >= 0xf0 && c <= 0xf4 ? 3
                                            : 0,
                   c == 0xe0   ? 0xa0
                   : c == 0xf0 ? 0x90
                               : 0x80,
                   c == 0xed   ? 0x9f
                   : c == 0xf4 ? 0x8f
                               : 0xbf };
    bool is_whole = out.left > 0 && out.left < len && at[1] >= out.low && at[1] <= out.high;
    for (size_t i = 2; is_whole && i <= out.left; i++)
        is_whole = at[i] >= 0x80 && at[i] <= 0xbf;
    if (!is_whole)
        out.left = 0;
    return out;
}

static char other_octet(letter *l, const char *at, size_t len, unsigned by)
{
    uint8_t c = (uint8_t)*at;
    if (l->left > 0) {
        c = within(c, l->low, l->high, by);
        *l = (letter){ l->left - 1, 0x80, 0xbf };
        return (char)c;
    }
    *l = begin_letter((const uint8_t *)at, len);
    if (l->left == 0)
        return (char)0xff;
    /* The first octets that bind the second stay. */
    if (l->left == 1)
        c = within(c, 0xc2, 0xdf, by);
    else if (c >= 0xe1 && c <= 0xec)
        c = within(c, 0xe1, 0xec, by);
    return (char)c;
}

enum { EACH = 24, CHUNK = 8, MOST = 256 /* characters that count for what follows them; longer words are no names */ };

static void change_word(tgp_names *names, char *word, size_t len)
{
    char before[MOST];
    uint8_t block[BLOCK];
    letter l = { 0 };
    for (size_t i = 0; i < len; i++) {
        bool is_first = i < EACH || (i - EACH) % CHUNK == 0;
        size_t seen = i < MOST ? i : MOST, at = i < EACH ? 0 : 2 * ((i - EACH) % CHUNK);
        if (i < MOST)
            before[i] = (char)tolower((unsigned char)word[i]);
        if (is_first && i <= MOST)
            mix(names, 'w', tg_bytes_of(before, seen), block);
        else if (is_first)
            block[1]++; /* behind that many, any shift will do */
        unsigned by = (unsigned)block[at] << 8 | block[at + 1];
        word[i] = (unsigned char)word[i] < 0x80 ? shifted(word[i], by) : other_octet(&l, word + i, len - i, by);
    }
}

/* Most words of a capture come again and again. */
enum { NUM_WORDS = 8192, LONGEST = 47 };
struct tgp_word {
    uint8_t len; /* 0: none */
    char before[LONGEST], after[LONGEST];
};

static struct tgp_word *place_of(tgp_names *names, const char *word, size_t len)
{
    uint32_t hash = 2166136261u;
    if (len == 0 || len > LONGEST)
        return NULL;
    if (!names->words)
        names->words = calloc(NUM_WORDS, sizeof *names->words);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)word[i]) * 16777619u;
    return names->words ? &names->words[(hash ^ hash >> 16) % NUM_WORDS] : NULL;
}

void tgp_names_word(tgp_names *names, char *word, size_t len)
{
    struct tgp_word *known = place_of(names, word, len);
    if (known && known->len == len && memcmp(known->before, word, len) == 0) {
        memcpy(word, known->after, len);
        return;
    }
    if (known) {
        known->len = (uint8_t)len;
        memcpy(known->before, word, len);
    }
    change_word(names, word, len);
    if (known)
        memcpy(known->after, word, len);
}

void tgp_names_free(tgp_names *names)
{
    if (names->words)
        tg_wipe(names->words, NUM_WORDS * sizeof *names->words);
    free(names->words);
    names->words = NULL;
    free(names->addresses);
    names->addresses = NULL;
    names->num_addresses = 0;
    for (size_t i = 0; i < 2; i++) {
        free(names->places[i]);
        names->places[i] = NULL;
    }
    names->num_places = 0;
    tg_wipe(names->secret, sizeof names->secret);
}

void tgp_names_key(tgp_names *names, tg_bytes before, uint8_t *out)
{
    uint8_t block[BLOCK], label[BLOCK + 1];
    mix(names, 'k', before, label);
    for (size_t at = 0, n = 0; at < before.len; at += BLOCK, n++) {
        label[BLOCK] = (uint8_t)n;
        mix(names, 'K', tg_bytes_of(label, sizeof label), block);
        memcpy(out + at, block, before.len - at < BLOCK ? before.len - at : BLOCK);
    }
    tg_wipe(block, sizeof block);
    tg_wipe(label, sizeof label);
}
