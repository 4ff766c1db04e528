/* Numbers that look random and are the same on every machine (xorshift64). A test sets `random_state`, which is never 0. */
#ifndef TICKETGATE_PCAPS_TEST_RANDOM_H
#define TICKETGATE_PCAPS_TEST_RANDOM_H

#include <stdint.h>

static uint64_t random_state;

static inline uint32_t next_random(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % below;
}

#endif
