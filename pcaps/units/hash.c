/* SipHash-1-3 with 128 bits of output (Aumasson, Bernstein: "SipHash: a fast short-input PRF", and its 128-bit form). */
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

tgu_hash tgu_hash_of(tgu_key key, tg_bytes octets, uint64_t tweak)
{
    state s = { key.a ^ 0x736f6d6570736575, key.b ^ 0x646f72616e646f6d ^ 0xee, key.a ^ 0x6c7967656e657261,
                key.b ^ 0x7465646279746573 };
    uint64_t word, last = (uint64_t)octets.len << 56;
    size_t i = 0;
    take(&s, tweak);
    for (; i + 8 <= octets.len; i += 8) {
        memcpy(&word, octets.data + i, 8);
        take(&s, word);
    }
    for (unsigned shift = 0; i < octets.len; i++, shift += 8)
        last |= (uint64_t)octets.data[i] << shift;
    take(&s, last);
    s.v2 ^= 0xee;
    tgu_hash out = { .a = finish(&s) };
    s.v1 ^= 0xdd;
    out.b = finish(&s);
    return out;
}

tgu_key tgu_key_new(void)
{
    tgu_key key = { 0x5469636b65746761,
                    0x7465207061636b73 }; /* where there is no randomness, forging is not harder than it may be */
    (void)getentropy(&key, sizeof key);
    return key;
}

uint64_t tgu_hash_ends(const tgp_endpoint *a, const tgp_endpoint *b)
{
    const tgp_endpoint *const ends[] = { a, b };
    uint64_t sum = 0x9e3779b97f4a7c15;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t word[2];
        memcpy(word, ends[i]->address.octets, sizeof word);
        sum = (sum ^ word[0]) * 0xff51afd7ed558ccd;
        sum = (left(sum, 29) ^ word[1]) * 0xc4ceb9fe1a85ec53;
        sum = (left(sum, 31) ^ ends[i]->port) * 0x9e3779b97f4a7c15;
    }
    return sum ^ sum >> 32;
}
