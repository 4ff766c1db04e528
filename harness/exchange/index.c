#include "index.h"

/* A leaf holds a key; an inner node the bit in which the keys below it differ first, and where they go. */
struct tg_index_node {
    bool is_leaf;
    size_t bit; /* of an inner node */
    tg_index_node *child[2];
    tg_bytes key;
    void *value;
};

/* The length stands before the octets, so that no key is the beginning of another. Lengths are below 2^24 here. */
enum { LENGTH_BITS = 24 };

static unsigned bit_of(tg_bytes key, size_t bit)
{
    if (bit < LENGTH_BITS)
        return (unsigned)(key.len >> (LENGTH_BITS - 1 - bit)) & 1u;
    size_t octet = (bit - LENGTH_BITS) / 8;
    return octet < key.len ? (unsigned)key.data[octet] >> (7 - (bit - LENGTH_BITS) % 8) & 1u : 0;
}

/* The first bit in which two keys differ; they do. */
static size_t first_difference(tg_bytes a, tg_bytes b)
{
    size_t bit = 0;
    if (a.len == b.len) {
        size_t octet = 0;
        while (a.data[octet] == b.data[octet])
            octet++;
        bit = LENGTH_BITS + 8 * octet;
    }
    while (bit_of(a, bit) == bit_of(b, bit))
        bit++;
    return bit;
}

/* The leaf that a key would stand beside. */
static tg_index_node *nearest(const tg_index *index, tg_bytes key)
{
    tg_index_node *node = index->root;
    while (node && !node->is_leaf)
        node = node->child[bit_of(key, node->bit)];
    return node;
}

void *tg_index_find(const tg_index *index, tg_bytes key)
{
    const tg_index_node *leaf = nearest(index, key);
    return leaf && tg_bytes_equal(leaf->key, key) ? leaf->value : NULL;
}

static bool may_change(const tg_index_journal *journal, void *where, size_t len)
{
    return !journal || journal->remember(journal->user, where, len);
}

bool tg_index_put(tg_index *index, tg_arena *arena, tg_bytes key, void *value, const tg_index_journal *journal)
{
    tg_index_node *beside = nearest(index, key);
    if (beside && tg_bytes_equal(beside->key, key)) {
        if (!may_change(journal, beside, sizeof *beside))
            return false;
        beside->value = value;
        return true;
    }
    tg_index_node *leaf = tg_arena_alloc(arena, sizeof *leaf);
    tg_index_node *fork = beside ? tg_arena_alloc(arena, sizeof *fork) : NULL;
    if (!leaf || (beside && !fork))
        return false;
    *leaf = (tg_index_node){ .is_leaf = true, .key = key, .value = value };
    tg_index_node **at = &index->root;
    if (beside) {
        size_t bit = first_difference(key, beside->key);
        while (!(*at)->is_leaf && (*at)->bit < bit)
            at = &(*at)->child[bit_of(key, (*at)->bit)];
        unsigned side = bit_of(key, bit);
        *fork = (tg_index_node){ .bit = bit };
        fork->child[side] = leaf;
        fork->child[1 - side] = *at;
    }
    if (!may_change(journal, at, sizeof *at))
        return false;
    *at = fork ? fork : leaf;
    return true;
}
