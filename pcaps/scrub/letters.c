/* Alphabets and their orders. */
#include "letters.h"

#include <stdbool.h>

static bool is_between(uint8_t c, uint8_t low, uint8_t high)
{
    return c >= low && c <= high;
}

/* The first octets that bind the second are alphabets of their own; `left` is 0 where no whole character begins. */
static tgp_character begin(const uint8_t *at, size_t len)
{
    uint8_t c = at[0];
    tgp_character out = { is_between(c, 0xc2, 0xdf)   ? 1
                          : is_between(c, 0xe0, 0xef) ? 2
                          : is_between(c, 0xf0, 0xf4) ? 3
                                                      : 0,
                          c == 0xe0   ? 0xa0
                          : c == 0xf0 ? 0x90
                                      : 0x80,
                          c == 0xed   ? 0x9f
                          : c == 0xf4 ? 0x8f
                                      : 0xbf };
    bool is_whole = out.left > 0 && out.left < len && is_between(at[1], out.low, out.high);
    for (size_t i = 2; is_whole && i <= out.left; i++)
        is_whole = is_between(at[i], 0x80, 0xbf);
    if (!is_whole)
        out.left = 0;
    return out;
}

tgp_alphabet tgp_alphabet_at(tgp_character *character, const char *at, size_t len)
{
    static const tgp_alphabet some[] = { { '0', '9' }, { 'a', 'z' }, { 'A', 'Z' }, { 0xc2, 0xdf }, { 0xe1, 0xec } };
    uint8_t c = (uint8_t)*at;
    if (character->left > 0) {
        tgp_alphabet next = { character->low, character->high };
        *character = (tgp_character){ character->left - 1, 0x80, 0xbf };
        return next;
    }
    if (c >= 0x80) {
        *character = begin((const uint8_t *)at, len);
        if (character->left == 0)
            return (tgp_alphabet){ 0xff, 0xff };
    }
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        if (is_between(c, some[i].first, some[i].last))
            return some[i];
    }
    return (tgp_alphabet){ c, c };
}

size_t tgp_alphabet_size(tgp_alphabet alphabet)
{
    return (size_t)(alphabet.last - alphabet.first) + 1;
}

enum { DRAWS = 9, WORD = 8, MOST = 64 };

/* Fisher and Yates, nine draws of eight octets: 26 * 25 * .. * 18 is less than 2^41, so that none is likelier than another by more than 2^-23. */
uint8_t tgp_order(const uint8_t *random, size_t num, size_t index)
{
    uint8_t order[MOST];
    uint64_t word = 0;
    unsigned draws = 0;
    for (size_t i = 0; i < num; i++)
        order[i] = (uint8_t)i;
    for (size_t sides = num; sides > 1; sides--) {
        if (draws == 0) {
            for (size_t i = 0; i < WORD; i++)
                word = word << 8 | *random++;
            draws = DRAWS;
        }
        size_t drawn = (size_t)(word % sides);
        word /= sides;
        draws--;
        uint8_t other = order[drawn];
        order[drawn] = order[sides - 1];
        order[sides - 1] = other;
    }
    return order[index];
}
