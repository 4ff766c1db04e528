/* mutate: cheap changes to octets by a generator with a fixed seed, for the replay driver. */
#ifndef TICKETGATE_FUZZ_MUTATE_H
#define TICKETGATE_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64; the same everywhere. */
typedef struct fuzz_random {
    uint64_t state;
} fuzz_random;
uint64_t fuzz_random_next(fuzz_random *random);

/* Makes one to four changes to the `len` octets in a buffer of `capacity`: bits flipped, octets set, counted up and
 * down, cut off, put in, copied from elsewhere, two-octet lengths moved by one. Returns the new length. */
size_t fuzz_mutate(fuzz_random *random, uint8_t *octets, size_t len, size_t capacity);

#endif
