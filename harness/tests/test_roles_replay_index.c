/* The replay cache's own order, hash chains and heap, against one that is searched from end to end. */
#include "../roles/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND ((uint64_t)1 << 32)
#define START ((uint64_t)3989260800u << 32)
enum { MOST = 512, MEMORY = 1 << 20, SKEW = 300 };

static uint8_t memory[MEMORY];

/* What the rules say, without any index: RFC 3830 5.4, and the bounds of roles.h. */
typedef struct plain_cache {
    struct {
        uint8_t hash[32];
        bool is_counter;
        uint64_t until;
        uint32_t counter;
    } entries[MOST];
    size_t capacity, num;
} plain_cache;

static size_t plain_find(const plain_cache *c, const uint8_t hash[32])
{
    size_t n = 0;
    while (n < c->num && memcmp(c->entries[n].hash, hash, 32) != 0)
        n++;
    return n;
}

/* Of those that are over the one that was over first; else a new one; SIZE_MAX: none. */
static size_t plain_place(const plain_cache *c, bool for_counter, uint64_t now)
{
    size_t counters = 0, over = SIZE_MAX;
    for (size_t n = 0; n < c->num; n++) {
        counters += c->entries[n].is_counter;
        bool is_over = !c->entries[n].is_counter && c->entries[n].until < tg_ntp_order(now);
        if (is_over && (over == SIZE_MAX || c->entries[n].until < c->entries[over].until))
            over = n;
    }
    if (for_counter && counters >= c->capacity - c->capacity / 2)
        return SIZE_MAX;
    return over != SIZE_MAX ? over : c->num < c->capacity ? c->num : SIZE_MAX;
}

static tg_refusal plain_receive(plain_cache *c, const uint8_t hash[32], const uint8_t peer[32], bool is_counter,
                                uint32_t counter, uint64_t sent, uint64_t now)
{
    size_t at = plain_find(c, is_counter ? peer : hash), place = plain_place(c, is_counter, now);
    if (plain_find(c, hash) < c->num)
        return TG_REFUSAL_REPLAY;
    if (is_counter && at < c->num) {
        if (counter <= c->entries[at].counter)
            return TG_REFUSAL_REPLAY;
        c->entries[at].counter = counter;
        return TG_REFUSAL_NONE;
    }
    if (place == SIZE_MAX)
        return TG_REFUSAL_REPLAY_CACHE_FULL;
    c->num += place == c->num;
    memcpy(c->entries[place].hash, is_counter ? peer : hash, 32);
    c->entries[place].is_counter = is_counter;
    c->entries[place].counter = counter;
    c->entries[place].until = tg_ntp_order(sent > now ? sent : now) + (SKEW + 1) * SECOND;
    return TG_REFUSAL_NONE;
}

static tg_refusal receive(tg_replay_cache *c, const uint8_t hash[32], const uint8_t peer[32], bool is_counter,
                          uint32_t counter, uint64_t sent, uint64_t now)
{
    uint8_t octets[8];
    uint64_t value = is_counter ? (uint64_t)counter << 32 : sent;
    for (int i = 0; i < 8; i++)
        octets[i] = (uint8_t)(value >> (56 - 8 * i));
    tg_t t = { .ts_type = is_counter ? TG_TS_COUNTER : TG_TS_NTP_UTC, .ts_value = { octets, is_counter ? 4 : 8 } };
    tg_refusal refusal = tg_replay_check(c, hash, peer, &t, now);
    return refusal == TG_REFUSAL_NONE ? tg_replay_remember(c, hash, peer, &t, now, SKEW) : refusal;
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

/* Octets that a bucket is chosen by are few, so that chains are long. */
static void name(uint32_t n, uint8_t kind, uint8_t out[32])
{
    memset(out, kind, 32);
    out[3] = (uint8_t)(n % 5);
    out[30] = (uint8_t)(n >> 8);
    out[31] = (uint8_t)n;
}

static void against_a_plain_one(void **state)
{
    static const size_t capacities[] = { 1, 2, 3, 7, 64, MOST };
    static plain_cache plain;
    (void)state;
    size_t seen[TG_REFUSAL_PEER_ERROR + 1] = { 0 };
    for (size_t n = 0; n < sizeof capacities / sizeof *capacities; n++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_replay_cache *cache;
        uint64_t random = 7 + n, now = START;
        plain = (plain_cache){ .capacity = capacities[n] };
        assert_int_equal(tg_replay_cache_new(&arena, capacities[n], &cache), TG_OK);
        for (int i = 0; i < 6000; i++) {
            uint8_t hash[32], peer[32];
            bool is_counter = draw(&random, 10) == 0;
            name(draw(&random, 2 * (uint32_t)capacities[n] + 4), 1, hash);
            name(draw(&random, (uint32_t)capacities[n] + 4), 2, peer);
            if (is_counter)
                name((uint32_t)i, 3, hash);
            now += draw(&random, 4 * SKEW / (uint32_t)capacities[n] + 2) * SECOND;
            uint32_t counter = draw(&random, 1000);
            uint64_t sent = now + draw(&random, SKEW) * SECOND - draw(&random, SKEW) * SECOND;
            tg_refusal expected = plain_receive(&plain, hash, peer, is_counter, counter, sent, now);
            assert_int_equal(receive(cache, hash, peer, is_counter, counter, sent, now), expected);
            assert_int_equal(tg_replay_cache_num(cache), plain.num);
            seen[expected]++;
        }
    }
    assert_true(seen[TG_REFUSAL_NONE] > 1000 && seen[TG_REFUSAL_REPLAY] > 1000 &&
                seen[TG_REFUSAL_REPLAY_CACHE_FULL] > 100);
}

/* As many as `ticketgate kms` remembers, all in time: searched from end to end that would take minutes. */
static void very_many(void **state)
{
    enum { MANY = 131072 };
    (void)state;
    size_t size = (size_t)MANY * 128;
    uint8_t *large = malloc(size), hash[32] = { 0 }, peer[32] = { 0 };
    tg_arena arena = tg_arena_of(large, size);
    tg_replay_cache *cache;
    assert_non_null(large);
    assert_int_equal(tg_replay_cache_new(&arena, MANY, &cache), TG_OK);
    for (uint32_t i = 0; i <= MANY; i++) {
        uint64_t mixed = (i + 1) * 0x9E3779B97F4A7C15u;
        memcpy(hash, &mixed, sizeof mixed);
        assert_int_equal(receive(cache, hash, peer, false, 0, START, START),
                         i < MANY ? TG_REFUSAL_NONE : TG_REFUSAL_REPLAY_CACHE_FULL);
    }
    assert_int_equal(receive(cache, hash, peer, false, 0, START + 400 * SECOND, START + 400 * SECOND), TG_REFUSAL_NONE);
    assert_int_equal(tg_replay_cache_num(cache), MANY);
    free(large);
}

static void bounds(void **state)
{
    tg_replay_cache *cache;
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    assert_int_equal(tg_replay_cache_new(&arena, 0, &cache), TG_TOO_LARGE);
    assert_int_equal(tg_replay_cache_new(&arena, SIZE_MAX / 2, &cache), TG_TOO_LARGE);
    assert_int_equal(tg_replay_cache_new(&arena, sizeof memory / 32, &cache), TG_ARENA_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_plain_one),
        cmocka_unit_test(very_many),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
