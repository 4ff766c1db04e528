#include "mutate.h"

#include <string.h>

uint64_t fuzz_random_next(fuzz_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(fuzz_random *random, size_t limit)
{
    return limit ? (size_t)(fuzz_random_next(random) % limit) : 0;
}

/* Numbers at which code changes its mind. */
static uint8_t interesting(fuzz_random *random)
{
    static const uint8_t values[] = { 0, 1, 2, 3, 9, 14, 17, 20, 21, 31, 32, 127, 128, 240, 254, 255, '"', '\n', ':' };
    return values[below(random, sizeof values)];
}

static size_t cut_out(fuzz_random *random, uint8_t *octets, size_t len)
{
    size_t at = below(random, len), num = 1 + below(random, len - at < 16 ? len - at : 16);
    memmove(octets + at, octets + at + num, len - at - num);
    return len - num;
}

static size_t put_in(fuzz_random *random, uint8_t *octets, size_t len, size_t capacity)
{
    size_t num = 1 + below(random, 8);
    if (num > capacity - len)
        return len;
    size_t at = below(random, len + 1);
    memmove(octets + at + num, octets + at, len - at);
    for (size_t i = 0; i < num; i++)
        octets[at + i] = interesting(random);
    return len + num;
}

/* A piece doubled, or moved over another. */
static size_t copy_piece(fuzz_random *random, uint8_t *octets, size_t len, size_t capacity)
{
    size_t from = below(random, len), most = len - from < 64 ? len - from : 64, num = 1 + below(random, most);
    size_t to = below(random, len);
    if (num > capacity - to)
        return len;
    memmove(octets + to, octets + from, num);
    return to + num > len ? to + num : len;
}

/* A big-endian number of two octets, up or down by one. */
static void move_length(fuzz_random *random, uint8_t *octets, size_t len)
{
    if (len < 2)
        return;
    size_t at = below(random, len - 1);
    unsigned value = (unsigned)octets[at] << 8 | octets[at + 1];
    value += fuzz_random_next(random) & 1 ? 1u : 0xffffu;
    octets[at] = (uint8_t)(value >> 8);
    octets[at + 1] = (uint8_t)value;
}

static size_t change(fuzz_random *random, uint8_t *octets, size_t len, size_t capacity)
{
    unsigned kind = (unsigned)below(random, 8);
    if (len == 0)
        return put_in(random, octets, len, capacity);
    switch (kind) {
    case 0: octets[below(random, len)] ^= (uint8_t)(1u << below(random, 8)); return len;
    case 1: octets[below(random, len)] = (uint8_t)fuzz_random_next(random); return len;
    case 2: octets[below(random, len)] = interesting(random); return len;
    case 3: return below(random, len); /* the end is missing */
    case 4: return cut_out(random, octets, len);
    case 5: return put_in(random, octets, len, capacity);
    case 6: return copy_piece(random, octets, len, capacity);
    default: move_length(random, octets, len); return len;
    }
}

size_t fuzz_mutate(fuzz_random *random, uint8_t *octets, size_t len, size_t capacity)
{
    for (size_t changes = 1 + below(random, 4); changes > 0; changes--)
        len = change(random, octets, len, capacity);
    return len;
}
