/* Messages are hashed in two steps, as in VMAC: NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: "UMAC: Fast and Secure Message Authentication") makes
 * 16 octets of each 240, and SipHash-1-3 with 128 bits of output (Aumasson, Bernstein: "SipHash: a fast short-input PRF") takes these. Two texts of one
 * length that differ give the same with a chance of 2^-64 over the keys; SipHash alone is no surer against who cannot try, and takes six times as
 * long. */
#include <pthread.h>
#include <sys/random.h>

#include "parts.h"

static uint64_t left(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

typedef struct state {
    uint64_t v0, v1, v2, v3;
} state;

static inline void round_of(state *s)
{
    s->v0 += s->v1;
    s->v1 = left(s->v1, 13) ^ s->v0;
    s->v0 = left(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = left(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = left(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = left(s->v1, 17) ^ s->v2;
    s->v2 = left(s->v2, 32);
}

static inline void take(state *s, uint64_t word)
{
    s->v3 ^= word;
    round_of(s);
    s->v0 ^= word;
}

static uint64_t finish(state *s)
{
    for (unsigned i = 0; i < 3; i++)
        round_of(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

__extension__ typedef unsigned __int128 uint128;

/* NH of pairs of words. */
static uint128 compress(const uint64_t *key, const uint8_t *octets, size_t pairs)
{
    uint128 sum = 0;
    for (size_t i = 0; i < pairs; i++, octets += 16) {
        uint64_t words[2];
        memcpy(words, octets, sizeof words);
        sum += (uint128)(words[0] + key[2 * i]) * (words[1] + key[2 * i + 1]);
    }
    return sum;
}

static void take_compressed(state *s, const tgu_key *key, const uint8_t *octets, size_t pairs)
{
    uint128 sum = compress(key->words, octets, pairs);
    take(s, (uint64_t)sum);
    take(s, (uint64_t)(sum >> 64));
}

tgu_hash tgu_hash_of(const tgu_key *key, tg_bytes octets, uint64_t tweak)
{
    state s = { key->a ^ 0x736f6d6570736575, key->b ^ 0x646f72616e646f6d ^ 0xee, key->a ^ 0x6c7967656e657261,
                key->b ^ 0x7465646279746573 };
    const uint8_t *at = octets.data;
    size_t left_over = octets.len;
    take(&s, tweak);
    take(&s, octets.len); /* zeros that fill the last pair are none of the text's */
    for (; left_over >= sizeof key->words; at += sizeof key->words, left_over -= sizeof key->words)
        take_compressed(&s, key, at, sizeof key->words / 16);
    if (left_over > 0) {
        uint8_t last[sizeof key->words];
        size_t pairs = (left_over + 15) / 16;
        memset(last + (pairs - 1) * 16, 0, 16);
        memcpy(last, at, left_over);
        take_compressed(&s, key, last, pairs);
    }
    s.v2 ^= 0xee;
    tgu_hash out = { .a = finish(&s) };
    s.v1 ^= 0xdd;
    out.b = finish(&s);
    return out;
}

static uint64_t mixed(uint64_t x) /* the finisher of SplitMix64 */
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static void fill_key(tgu_key *key)
{
    key->a = 0x5469636b65746761;
    key->b = 0x7465207061636b73;
    for (size_t i = 0; i < sizeof key->words / sizeof *key->words; i++)
        key->words[i] = mixed(key->a + i);
}

void tgu_key_new(tgu_key *key)
{
    fill_key(key); /* where there is no randomness, forging is not harder than it may be */
    (void)getentropy(key, sizeof *key);
}

/* ---- of tables ------------------------------------------------------------------------------------------------------ */

/* Written once, before it is read first. The same in every run: where what is kept is bounded, it says who makes room for whom, and what is found is not to
 * depend on chance. Who makes a capture for it can fill chains of tables; how long they get is bounded by what is kept. */
static tgu_key process_key;
static pthread_once_t is_made = PTHREAD_ONCE_INIT;

static void make_process_key(void)
{
    fill_key(&process_key);
}

enum { TEXT_PAIRS = 14, OF_LENGTH = 28 /* the last pair of the key's words */ };

static uint64_t fold(const tgu_key *key, uint128 sum)
{
    uint128 product = (uint128)((uint64_t)sum ^ key->a) * ((uint64_t)(sum >> 64) ^ key->b);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* NH of each 224 octets, in which what the ones before gave is one more word. */
uint64_t tgp_hash(tg_bytes octets, uint64_t tweak)
{
    const tgu_key *key = &process_key;
    const uint8_t *at = octets.len > 0 ? octets.data : (const uint8_t *)""; /* nothing may be NULL */
    size_t left_over = octets.len;
    (void)pthread_once(&is_made, make_process_key);
    for (;;) {
        size_t pairs = left_over / 16 < TEXT_PAIRS ? left_over / 16 : TEXT_PAIRS, rest = left_over - pairs * 16;
        uint128 sum = (uint128)(tweak + key->words[OF_LENGTH]) * (left_over + key->words[OF_LENGTH + 1]);
        sum += compress(key->words, at, pairs);
        at += pairs * 16;
        if (pairs < TEXT_PAIRS && rest > 0) {
            uint8_t last[16] = { 0 };
            memcpy(last, at, rest);
            sum += compress(key->words + 2 * pairs, last, 1);
            rest = 0;
        }
        tweak = fold(key, sum);
        if (rest == 0)
            return tweak;
        left_over = rest;
    }
}

uint64_t tgu_hash_ends(const tgp_endpoint *a, const tgp_endpoint *b)
{
    const tgu_key *key = &process_key;
    uint8_t addresses[32];
    (void)pthread_once(&is_made, make_process_key);
    memcpy(addresses, a->address.octets, 16);
    memcpy(addresses + 16, b->address.octets, 16);
    uint128 ports = (uint128)(a->port + key->words[4]) * (b->port + key->words[5]);
    return fold(key, ports + compress(key->words, addresses, 2));
}
