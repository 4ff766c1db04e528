/* SIP datagrams that were seen: RFC 3261 17.1.1.2, 17.1.2.2 and 17.2: who sends over UDP repeats octet for octet, for 64*T1 at most. */
#include <stdlib.h>

#include "parts.h"

enum { BUCKETS = 1 << 16, WAYS = 4 };
#define WINDOW ((int64_t)32 * 1000 * 1000 * 1000) /* 64 * T1, T1 = 500 ms */

typedef struct seen {
    tgu_hash hash;
    int64_t time; /* of the last */
} seen;

struct tgu_repeats {
    tgu_key key;
    seen (*buckets)[WAYS]; /* NULL until the first message; pages that are not touched cost nothing */
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

bool tgu_repeats_seen(tgu_repeats *repeats, const tgp_segment *segment, tg_bytes octets)
{
    uint8_t ends[38];
    size_t len = put_end(ends, &segment->source);
    len += put_end(ends + len, &segment->destination);
    tgu_hash hash = tgu_hash_of(&repeats->key, octets, tgu_hash_of(&repeats->key, tg_bytes_of(ends, len), 0).a);
    if (!repeats->buckets)
        repeats->buckets = calloc(BUCKETS, sizeof *repeats->buckets);
    if (!repeats->buckets)
        return false;
    seen *bucket = repeats->buckets[hash.a % BUCKETS], *place = bucket;
    for (unsigned i = 0; i < WAYS; i++) {
        if (bucket[i].hash.a == hash.a && bucket[i].hash.b == hash.b) {
            if (distance(bucket[i].time, segment->time) <= WINDOW) {
                if (segment->time > bucket[i].time)
                    bucket[i].time = segment->time;
                return true;
            }
            place = &bucket[i];
            break;
        }
        if (bucket[i].time < place->time)
            place = &bucket[i];
    }
    *place = (seen){ hash, segment->time };
    return false;
}

void tgu_repeats_free(tgu_repeats *repeats)
{
    if (repeats)
        free(repeats->buckets);
    free(repeats);
}
