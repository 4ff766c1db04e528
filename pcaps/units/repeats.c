/* SIP datagrams that were seen: RFC 3261 17.1.1.2, 17.1.2.2 and 17.2: who sends over UDP repeats octet for octet, for 64*T1 at most. */
#include <stdlib.h>

#include "parts.h"

enum { BUCKETS = 1 << 16, WAYS = 4, LINE = 64, PAGE = 4096 };
#define WINDOW ((int64_t)32 * 1000 * 1000 * 1000) /* 64 * T1, T1 = 500 ms */

/* Of the 128 bits of a hash, 16 say which bucket and 64 stand in it: that nobody finds two texts with the same 80 bits without the key is enough. */
typedef struct seen {
    uint64_t hash;
    int64_t time; /* of the last */
} seen;
typedef seen bucket[WAYS];
_Static_assert(sizeof(bucket) == LINE, "a bucket is a cache line");

struct tgu_repeats {
    tgu_key key;
    void *memory;    /* NULL until the first message */
    bucket *buckets; /* in it, at the beginning of a cache line */
    tg_bytes expected;
    tgu_hash hash; /* of the octets that are expected */
};

tgu_repeats *tgu_repeats_new(void)
{
    tgu_repeats *repeats = calloc(1, sizeof *repeats);
    if (repeats)
        tgu_key_new(&repeats->key);
    return repeats;
}

static size_t put_end(uint8_t *out, const tgp_endpoint *end)
{
    out[0] = end->address.version;
    memcpy(out + 1, end->address.octets, 16);
    out[17] = (uint8_t)(end->port >> 8);
    out[18] = (uint8_t)end->port;
    return 19;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a; /* packets may stand in the capture out of order */
}

tgu_hash tgu_repeats_hash(const tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets)
{
    uint8_t ends[38];
    size_t len = put_end(ends, &segment->source);
    len += put_end(ends + len, &segment->destination);
    return tgu_hash_of(&repeats->key, octets, tgu_hash_of(&repeats->key, tg_bytes_of(ends, len), 0).a);
}

static bool make_buckets(tgu_repeats *repeats)
{
    repeats->memory = calloc(BUCKETS + 1, sizeof *repeats->buckets);
    if (repeats->memory)
        repeats->buckets = (bucket *)(((uintptr_t)repeats->memory + LINE - 1) / LINE * LINE);
    /* A page that is looked at before it is written to is mapped twice, and the second time other processors are interrupted. */
    for (size_t i = 0; repeats->memory && i < BUCKETS; i += PAGE / LINE)
        *(volatile uint64_t *)&repeats->buckets[i][0].hash = 0;
    return repeats->memory != NULL;
}

void tgu_repeats_expect_hash(tgu_repeats *repeats, tg_bytes octets, tgu_hash hash)
{
    if (!repeats->buckets && !make_buckets(repeats))
        return;
    repeats->expected = octets;
    repeats->hash = hash;
    __builtin_prefetch(&repeats->buckets[hash.a % BUCKETS], 1);
}

void tgu_repeats_expect(tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets)
{
    tgu_repeats_expect_hash(repeats, octets, tgu_repeats_hash(repeats, segment, octets));
}

bool tgu_repeats_seen(tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets)
{
    bool is_expected = octets.data == repeats->expected.data && octets.len == repeats->expected.len;
    tgu_hash hash = is_expected ? repeats->hash : tgu_repeats_hash(repeats, segment, octets);
    repeats->expected = tg_bytes_of(NULL, 0); /* the next may lie at the same place */
    if (!repeats->buckets && !make_buckets(repeats))
        return false;
    seen *there = repeats->buckets[hash.a % BUCKETS], *place = there;
    for (unsigned i = 0; i < WAYS; i++) {
        if (there[i].hash == hash.b) {
            if (distance(there[i].time, segment->time) <= WINDOW) {
                if (segment->time > there[i].time)
                    there[i].time = segment->time;
                return true;
            }
            place = &there[i];
            break;
        }
        if (there[i].time < place->time)
            place = &there[i];
    }
    *place = (seen){ hash.b, segment->time };
    return false;
}

void tgu_repeats_free(tgu_repeats *repeats)
{
    if (repeats)
        free(repeats->memory);
    free(repeats);
}
