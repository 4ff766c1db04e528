/* DTLS between two ends: who sent first, and how much was told. A small table; who was put where another one is looked for makes room. */
#include <stdlib.h>

#include "parts.h"

enum { SLOTS = 1 << 12, WAYS = 4 };

typedef struct association {
    tgp_endpoint first, second;
    size_t told;
    int64_t time; /* of the last datagram */
    bool used;
} association;

struct tgu_associations {
    association slots[SLOTS][WAYS];
};

tgu_associations *tgu_associations_new(void)
{
    return calloc(1, sizeof(tgu_associations));
}

static association *find(tgu_associations *all, const tgp_segment *segment, bool *from_first, association **oldest)
{
    const tgp_endpoint *a = &segment->source, *b = &segment->destination;
    association *slot = all->slots[(tgu_hash_ends(a, b) ^ tgu_hash_ends(b, a)) % SLOTS]; /* the same both ways */
    *oldest = slot;
    for (unsigned i = 0; i < WAYS; i++) {
        *from_first = tgp_endpoint_equals(&slot[i].first, a) && tgp_endpoint_equals(&slot[i].second, b);
        bool back = tgp_endpoint_equals(&slot[i].first, b) && tgp_endpoint_equals(&slot[i].second, a);
        if (slot[i].used && (*from_first || back))
            return &slot[i];
        if (!slot[i].used || ((*oldest)->used && slot[i].time < (*oldest)->time))
            *oldest = &slot[i];
    }
    return NULL;
}

bool tgu_association(tgu_associations *all, const tgp_segment *segment, size_t most, bool *from_first, bool *begins)
{
    association *oldest, *found = find(all, segment, from_first, &oldest);
    *begins = !found;
    if (!found) {
        found = oldest;
        *found = (association){ .first = segment->source, .second = segment->destination, .used = true };
        *from_first = true;
    }
    found->time = segment->time;
    if (found->told >= most)
        return false;
    found->told += segment->data.len;
    return true;
}

void tgu_associations_free(tgu_associations *all)
{
    free(all);
}
