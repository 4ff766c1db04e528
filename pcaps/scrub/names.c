/* Words and keys. */
#include "names.h"

#include <stdlib.h>

#include "letters.h"

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

/* Behind the same characters stands the same block; it chooses what the next character becomes, and begins the block that stands behind that. Most
 * words begin as many others do. */
enum { NUM_NODES = 4096 };
struct tgp_node {
    bool is_set;
    uint8_t c;
    uint8_t before[BLOCK], behind[BLOCK];
};

static struct tgp_node *node_of(tgp_names *names, const uint8_t block[BLOCK], uint8_t c)
{
    if (!names->nodes)
        names->nodes = calloc(NUM_NODES, sizeof *names->nodes);
    unsigned hash = ((unsigned)block[0] << 8 | block[1]) ^ c * 149u;
    return names->nodes ? &names->nodes[hash % NUM_NODES] : NULL;
}

static void step(tgp_names *names, uint8_t block[BLOCK], uint8_t c)
{
    uint8_t chained[BLOCK + 1];
    struct tgp_node *node = node_of(names, block, c);
    if (node && node->is_set && node->c == c && memcmp(node->before, block, BLOCK) == 0) {
        memcpy(block, node->behind, BLOCK);
        return;
    }
    memcpy(chained, block, BLOCK);
    chained[BLOCK] = c;
    mix(names, 'w', tg_bytes_of(chained, sizeof chained), block);
    if (!node)
        return;
    *node = (struct tgp_node){ .is_set = true, .c = c };
    memcpy(node->before, chained, BLOCK);
    memcpy(node->behind, block, BLOCK);
}

static uint8_t lowered(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* The block has the order of letters and that of digits; those of octets beyond ASCII are longer. */
static uint8_t other(tgp_names *names, uint8_t c, tgp_alphabet alphabet, const uint8_t block[BLOCK])
{
    uint8_t octets[2 * BLOCK], chained[BLOCK + 1];
    const uint8_t *random = c >= '0' && c <= '9' ? block + TGP_ORDER_LETTERS : block;
    size_t num = tgp_alphabet_size(alphabet);
    if (num == 1)
        return alphabet.first;
    if (c >= 0x80) {
        memcpy(chained, block, BLOCK);
        for (uint8_t i = 0; i < 2; i++) {
            chained[BLOCK] = i;
            mix(names, 'u', tg_bytes_of(chained, sizeof chained), octets + (size_t)i * BLOCK);
        }
        random = octets;
    }
    return (uint8_t)(alphabet.first + tgp_order(random, num, (size_t)(c - alphabet.first)));
}

static void change_word(tgp_names *names, char *word, size_t len)
{
    uint8_t block[BLOCK] = { 0 };
    tgp_character character = { 0 };
    step(names, block, 0);
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)word[i];
        word[i] = (char)other(names, c, tgp_alphabet_at(&character, word + i, len - i), block);
        if (i + 1 < len)
            step(names, block, lowered(c));
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
    if (names->nodes)
        tg_wipe(names->nodes, NUM_NODES * sizeof *names->nodes);
    free(names->nodes);
    names->nodes = NULL;
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
