/* Messages whose conversation was told: so much of them that a replay is still found, and what is only sent on is not taken for one. */
#include <stdlib.h>

#include "tracing.h"

enum { SETS = 1 << 14, WAYS = 4, MAX_WENT_TO = 4, LINE = 64 };

/* What is looked at for every message lies in one line of the processor's memory. */
typedef struct set {
    uint64_t a[WAYS]; /* a hash of the octets; 0: empty */
    uint64_t age[WAYS];
} set;

typedef struct entry {
    uint64_t b; /* another hash */
    uint64_t number, call, from_tag;
    uint64_t went_to[MAX_WENT_TO]; /* hashes of addresses; 0: none */
} entry;

/* In a set the oldest makes room: 6 MiB, of which of the entries only those that are used are touched. */
typedef struct table {
    set sets[SETS];
    entry entries[SETS][WAYS];
} table;

struct tgt_before {
    uint64_t age;
    void *memory; /* NULL until the first */
    table *table; /* in it, at the beginning of a line */
};

tgt_before *tgt_before_new(void)
{
    return calloc(1, sizeof(tgt_before));
}

void tgt_before_free(tgt_before *before)
{
    if (before)
        free(before->memory);
    free(before);
}

static bool make_table(tgt_before *before)
{
    if (before->memory)
        return true;
    before->memory = calloc(1, sizeof(table) + LINE);
    uintptr_t at = (uintptr_t)before->memory;
    before->table = before->memory ? (table *)((at + LINE - 1) / LINE * LINE) : NULL;
    if (before->table) /* written before it is read: otherwise each page is mapped twice */
        memset(before->table->sets, 0, sizeof before->table->sets);
    return before->memory != NULL;
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

void tgt_before_expect(const tgt_before *before, uint64_t hash)
{
    if (before->table)
        tgt_fetch(&before->table->sets[first_hash(hash) % SETS], sizeof(set));
}

static size_t oldest_of(const set *s)
{
    size_t oldest = 0;
    for (unsigned i = 1; i < WAYS; i++)
        oldest = s->age[i] < s->age[oldest] ? i : oldest;
    return oldest;
}

void tgt_before_expect_keep(const tgt_before *before, uint64_t hash)
{
    size_t at = first_hash(hash) % SETS;
    if (before->table)
        tgt_fetch(&before->table->entries[at][oldest_of(&before->table->sets[at])], sizeof(entry));
}

static entry *find(const tgt_before *before, tg_bytes octets, uint64_t hash)
{
    uint64_t a = first_hash(hash);
    size_t at = a % SETS;
    for (unsigned i = 0; before->table && i < WAYS; i++) {
        entry *one = &before->table->entries[at][i];
        if (before->table->sets[at].a[i] == a && one->b == second_hash(octets))
            return one;
    }
    return NULL;
}

/* The oldest of the set, emptied. */
static entry *make_room(tgt_before *before, tg_bytes octets, uint64_t hash)
{
    uint64_t a = first_hash(hash);
    size_t at = a % SETS, oldest = oldest_of(&before->table->sets[at]);
    before->table->sets[at].a[oldest] = a;
    before->table->entries[at][oldest] = (entry){ .b = second_hash(octets) };
    return &before->table->entries[at][oldest];
}

static void touch(tgt_before *before, const entry *e)
{
    size_t n = (size_t)(e - before->table->entries[0]);
    before->table->sets[n / WAYS].age[n % WAYS] = ++before->age;
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
    if (!make_table(before))
        return;
    uint64_t hash = r->by_octets.hash;
    entry *e = find(before, r->octets, hash);
    if (!e)
        e = make_room(before, r->octets, hash);
    touch(before, e);
    e->number = r->number;
    e->call = r->call->origin;
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
    bool is_copy = e->call == found->call->origin && e->from_tag == found->from_tag;
    for (unsigned i = 0; i < MAX_WENT_TO; i++)
        is_copy = is_copy || e->went_to[i] == hash_of_address(&found->unit->source);
    if (is_copy)
        add_address(e, &found->unit->destination);
    return is_copy ? TGT_COPY : TGT_REPLAY;
}
