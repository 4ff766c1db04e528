/* Messages whose conversation was told: so much of them that a replay is still found, and what is only sent on is not taken for one. */
#include <stdlib.h>

#include "tracing.h"

enum {
    SETS = 1 << 14,
    WAYS = 4,
    MAX_WENT_TO = 4
}; /* in a set the oldest makes room: 6 MiB, of which only what is used is touched */

typedef struct entry {
    uint64_t a, b; /* two hashes of the octets; a == 0: empty */
    uint64_t number, age, call, from_tag;
    uint64_t went_to[MAX_WENT_TO]; /* hashes of addresses; 0: none */
} entry;

struct tgt_before {
    uint64_t age;
    entry (*sets)[WAYS]; /* NULL until the first */
};

tgt_before *tgt_before_new(void)
{
    return calloc(1, sizeof(tgt_before));
}

void tgt_before_free(tgt_before *before)
{
    if (before)
        free(before->sets);
    free(before);
}

/* From the hash that messages are found by. */
static uint64_t first_hash(uint64_t hash)
{
    return tgt_hash_numbers(hash, 21) | 1;
}

static uint64_t second_hash(tg_bytes octets)
{
    return tgt_hash(octets, 22);
}

static uint64_t hash_of_address(const tgp_endpoint *end)
{
    return tgt_hash(tg_bytes_of(end->address.octets, sizeof end->address.octets), end->address.version) | 1;
}

static entry *find(const tgt_before *before, tg_bytes octets, uint64_t hash)
{
    uint64_t a = first_hash(hash);
    for (unsigned i = 0; before->sets && i < WAYS; i++) {
        entry *one = &before->sets[a % SETS][i];
        if (one->a == a && one->b == second_hash(octets))
            return one;
    }
    return NULL;
}

static void add_address(entry *e, const tgp_endpoint *end)
{
    uint64_t hash = hash_of_address(end);
    for (unsigned i = 0; i < MAX_WENT_TO; i++) {
        if (e->went_to[i] == hash)
            return;
        if (!e->went_to[i]) {
            e->went_to[i] = hash;
            return;
        }
    }
}

void tgt_before_keep(tgp_trace *trace, const tgt_record *r)
{
    tgt_before *before = trace->before;
    if (r->original || r->response || !r->call || !r->has_message || r->data_type != TG_DATA_TYPE_TRANSFER_INIT)
        return;
    if (!before->sets)
        before->sets = calloc(SETS, sizeof *before->sets);
    if (!before->sets)
        return;
    uint64_t hash = r->by_octets.hash;
    entry *e = find(before, r->octets, hash);
    if (!e) {
        entry *set = before->sets[first_hash(hash) % SETS];
        e = set;
        for (unsigned i = 1; i < WAYS; i++) {
            if (set[i].age < e->age)
                e = &set[i];
        }
        *e = (entry){ .a = first_hash(hash), .b = second_hash(r->octets) };
    }
    e->number = r->number;
    e->age = ++before->age;
    e->call = r->call->number;
    e->from_tag = r->from_tag;
    add_address(e, &r->destination);
    unsigned looked_at = 0;
    for (const tgt_record *c = r->copies; c && looked_at < MAX_WENT_TO; c = c->next_copy, looked_at++)
        add_address(e, &c->destination);
}

tgt_met tgt_before_look(tgp_trace *trace, const tgt_found *found, uint64_t hash, uint64_t *number)
{
    entry *e = found->response || !found->call ? NULL : find(trace->before, found->octets, hash);
    if (!e)
        return TGT_NEVER;
    *number = e->number;
    bool is_copy = e->call == found->call->number && e->from_tag == found->from_tag;
    for (unsigned i = 0; i < MAX_WENT_TO; i++)
        is_copy = is_copy || e->went_to[i] == hash_of_address(&found->unit->source);
    if (is_copy)
        add_address(e, &found->unit->destination);
    return is_copy ? TGT_COPY : TGT_REPLAY;
}
