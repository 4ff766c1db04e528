/* The table of flows. */
#include <stdlib.h>

#include "streams_parts.h"

enum { FIRST_SLOTS = 1024 };

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static inline uint64_t load64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t load32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* The finalizer of MurmurHash3 (public domain): every bit of the input goes into every bit of the output. */
static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

static inline uint64_t end_hash(const tgp_endpoint *end)
{
    uint64_t a = load64(end->address.octets), b = load64(end->address.octets + 8);
    return mix(a ^ end->port * 0x9e3779b97f4a7c15u) ^ b * 0xc2b2ae3d27d4eb4fu;
}

/* Is `a` the lower of two ends? Any order will do that is the same for both directions. */
static inline bool is_lower(const tgp_endpoint *a, const tgp_endpoint *b)
{
    uint64_t a0 = load64(a->address.octets), b0 = load64(b->address.octets);
    if (a0 != b0)
        return a0 < b0;
    uint64_t a1 = load64(a->address.octets + 8), b1 = load64(b->address.octets + 8);
    if (a1 != b1)
        return a1 < b1;
    return a->port <= b->port;
}

void tgp_flow_key_of(const tgp_segment *segment, tgp_flow_key *out)
{
    const tgp_endpoint *from = &segment->source, *to = &segment->destination;
    out->side = is_lower(from, to) ? 0 : 1;
    memcpy(out->addresses[out->side], from->address.octets, 16);
    memcpy(out->addresses[out->side ^ 1], to->address.octets, 16);
    out->ports[out->side] = from->port;
    out->ports[out->side ^ 1] = to->port;
    out->flags = (uint8_t)(TGP_FLOW_USED | (segment->transport == TGP_SCTP ? TGP_FLOW_SCTP : 0) |
                           (from->address.version == 6 ? TGP_FLOW_V6 : 0));
    uint64_t hash = mix(end_hash(from) + end_hash(to) + out->flags);
    out->hash = (uint32_t)(hash >> 32);
}

static inline bool is_flow(const tgp_flow *flow, const tgp_flow_key *key)
{
    const uint8_t *a = flow->addresses[0], *b = key->addresses[0];
    return ((load64(a) ^ load64(b)) | (load64(a + 8) ^ load64(b + 8)) | (load64(a + 16) ^ load64(b + 16)) |
            (load64(a + 24) ^ load64(b + 24)) |
            (load32((const uint8_t *)flow->ports) ^ load32((const uint8_t *)key->ports))) == 0 &&
           (flow->flags & (TGP_FLOW_USED | TGP_FLOW_SCTP | TGP_FLOW_V6)) == key->flags;
}

/* ---- the index ----------------------------------------------------------------------------------------------- */

bool tgp_table_init(tgp_table *table, size_t limit)
{
    memset(table, 0, sizeof *table);
    table->limit = limit < TGP_NO_FLOW / 4 ? (uint32_t)limit : TGP_NO_FLOW / 4;
    table->max_slabs = (table->limit >> TGP_SLAB_BITS) + 1;
    table->free = TGP_NO_FLOW;
    table->mask = FIRST_SLOTS - 1;
    table->slots = malloc(FIRST_SLOTS * sizeof *table->slots);
    table->slabs = calloc(table->max_slabs, sizeof(tgp_slab *));
    table->octets = FIRST_SLOTS * sizeof *table->slots + table->max_slabs * sizeof(tgp_slab *);
    if (table->slots)
        memset(table->slots, 0xff, FIRST_SLOTS * sizeof *table->slots);
    return table->slots && table->slabs;
}

void tgp_table_destroy(tgp_table *table)
{
    for (uint32_t i = 0; i < table->num_slabs; i++)
        free(table->slabs[i]);
    free(table->slabs);
    free(table->slots);
}

uint32_t tgp_table_find(const tgp_table *table, const tgp_flow_key *key)
{
    for (uint32_t at = key->hash & table->mask;; at = (at + 1) & table->mask) {
        const tgp_slot *slot = &table->slots[at];
        if (slot->flow == TGP_NO_FLOW)
            return TGP_NO_FLOW;
        if (slot->hash == key->hash && is_flow(tgp_flow_at(table, slot->flow), key))
            return slot->flow;
    }
}

static void put(tgp_slot *slots, uint32_t mask, tgp_slot slot)
{
    uint32_t at = slot.hash & mask;
    while (slots[at].flow != TGP_NO_FLOW)
        at = (at + 1) & mask;
    slots[at] = slot;
}

/* The index is kept half empty. */
static bool grow_index(tgp_table *table, size_t memory)
{
    size_t old = (size_t)table->mask + 1, num = 2 * old;
    if ((size_t)(table->used + 1) * 2 <= old)
        return true;
    if (table->octets + num * sizeof(tgp_slot) > memory) /* both are there for a while */
        return table->used + table->used / 8 < old;      /* then it gets fuller */
    tgp_slot *slots = malloc(num * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xff, num * sizeof *slots);
    for (size_t i = 0; i < old; i++)
        if (table->slots[i].flow != TGP_NO_FLOW)
            put(slots, (uint32_t)(num - 1), table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = (uint32_t)(num - 1);
    table->octets += (num - old) * sizeof *slots;
    return true;
}

static bool add_slab(tgp_table *table, size_t memory)
{
    if (table->num_slabs == table->max_slabs || table->octets + sizeof(tgp_slab) > memory)
        return false;
    tgp_slab *slab = aligned_alloc(64, sizeof *slab);
    if (!slab)
        return false;
    uint32_t first = table->num_slabs << TGP_SLAB_BITS;
    for (uint32_t i = 0; i < TGP_SLAB; i++) {
        slab->flows[i].flags = 0;
        slab->flows[i].free = i + 1 < TGP_SLAB ? first + i + 1 : table->free;
    }
    table->free = first;
    table->slabs[table->num_slabs++] = slab;
    table->octets += sizeof *slab;
    return true;
}

uint32_t tgp_table_add(tgp_table *table, const tgp_flow_key *key, size_t memory)
{
    if (table->used == table->limit || !grow_index(table, memory) ||
        (table->free == TGP_NO_FLOW && !add_slab(table, memory)))
        return TGP_NO_FLOW;
    uint32_t at = table->free;
    tgp_flow *flow = tgp_flow_at(table, at);
    table->free = flow->free;
    memset(flow, 0, sizeof *flow);
    memcpy(flow->addresses, key->addresses, sizeof flow->addresses);
    memcpy(flow->ports, key->ports, sizeof flow->ports);
    flow->flags = key->flags;
    memset(tgp_flow_more_at(table, at), 0, sizeof(tgp_flow_more));
    put(table->slots, table->mask, (tgp_slot){ key->hash, at });
    table->used++;
    return at;
}

static uint32_t hash_of(const tgp_flow *flow)
{
    tgp_segment segment;
    tgp_flow_key key;
    memset(&segment, 0, sizeof segment);
    segment.transport = flow->flags & TGP_FLOW_SCTP ? TGP_SCTP : TGP_TCP;
    segment.source.address.version = flow->flags & TGP_FLOW_V6 ? 6 : 4;
    memcpy(segment.source.address.octets, flow->addresses[0], 16);
    memcpy(segment.destination.address.octets, flow->addresses[1], 16);
    segment.source.port = flow->ports[0];
    segment.destination.port = flow->ports[1];
    tgp_flow_key_of(&segment, &key);
    return key.hash;
}

/* Slots behind the one that becomes empty move up, so that no search ends before what it looks for. */
void tgp_table_remove(tgp_table *table, uint32_t flow)
{
    tgp_flow *f = tgp_flow_at(table, flow);
    uint32_t mask = table->mask, at = hash_of(f) & mask;
    while (table->slots[at].flow != flow)
        at = (at + 1) & mask;
    for (uint32_t next = (at + 1) & mask; table->slots[next].flow != TGP_NO_FLOW; next = (next + 1) & mask) {
        uint32_t home = table->slots[next].hash & mask;
        if (((next - home) & mask) < ((next - at) & mask))
            continue; /* it stands between its home and the empty one */
        table->slots[at] = table->slots[next];
        at = next;
    }
    table->slots[at].flow = TGP_NO_FLOW;
    f->flags = 0;
    f->free = table->free;
    table->free = flow;
    table->used--;
}

/* ---- who makes room ------------------------------------------------------------------------------------------ */

/* Keeps the candidates in order, the one that was silent the longest last. */
static void add_candidate(tgp_table *table, uint32_t flow, uint32_t stamp, uint32_t now)
{
    uint32_t silent = now - stamp, at = table->num_candidates;
    if (at == TGP_CANDIDATES) {
        if (silent <= now - table->candidates[0].stamp)
            return;
        memmove(table->candidates, table->candidates + 1, (TGP_CANDIDATES - 1) * sizeof *table->candidates);
        at = --table->num_candidates;
    }
    while (at > 0 && now - table->candidates[at - 1].stamp > silent)
        at--;
    memmove(table->candidates + at + 1, table->candidates + at,
            (table->num_candidates - at) * sizeof *table->candidates);
    table->candidates[at] = (tgp_candidate){ flow, stamp };
    table->num_candidates++;
}

uint32_t tgp_table_oldest(tgp_table *table, uint32_t now)
{
    for (uint32_t looked = 0; looked <= table->num_slabs;) {
        while (table->num_candidates > 0) {
            tgp_candidate c = table->candidates[--table->num_candidates];
            const tgp_flow *flow = tgp_flow_at(table, c.flow);
            if (flow->flags != 0 && flow->stamp == c.stamp)
                return c.flow;
        }
        if (table->num_slabs == 0)
            break;
        table->next_slab = table->next_slab % table->num_slabs;
        const tgp_slab *slab = table->slabs[table->next_slab];
        for (uint32_t i = 0; i < TGP_SLAB; i++)
            if (slab->flows[i].flags != 0)
                add_candidate(table, (table->next_slab << TGP_SLAB_BITS) + i, slab->flows[i].stamp, now);
        table->next_slab++;
        looked++;
    }
    return TGP_NO_FLOW;
}
