#define _GNU_SOURCE /* fread_unlocked and its like */
#include "spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct entry {
    tgp_key key;
    uint64_t offset; /* in `data`; it also keeps the order of equal keys */
    uint64_t len;
} entry;

/* Records are mostly small, and those asked for one after the other lie at few places: of calls, of their messages. */
enum { BLOCK = 8192, NUM_BLOCKS = 16 };

typedef struct block {
    uint64_t offset; /* a multiple of BLOCK */
    size_t len;      /* 0: of nothing */
    char octets[BLOCK];
} block;

struct tgp_spool {
    FILE *data, *index;
    uint64_t offset;
    block *blocks; /* what was read last, once anything was */
    size_t next_block;
    size_t num;
    entry *sorted; /* the index in memory, once sorted */
    bool failed;
};

tgp_spool *tgp_spool_new(void)
{
    tgp_spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        return NULL;
    spool->data = tmpfile();
    spool->index = tmpfile();
    if (spool->data && spool->index)
        return spool;
    tgp_spool_free(spool);
    return NULL;
}

bool tgp_spool_add(tgp_spool *spool, tgp_key key, const void *data, size_t len)
{
    const entry e = { key, spool->offset, len };
    if (spool->failed || spool->sorted || len > UINT32_MAX)
        spool->failed = true;
    else if (fwrite(&e, sizeof e, 1, spool->index) != 1 || (len > 0 && fwrite(data, 1, len, spool->data) != len))
        spool->failed = true;
    spool->offset += len;
    spool->num += !spool->failed;
    return !spool->failed;
}

static int compare(const entry *x, const entry *y)
{
    if (x->key.a != y->key.a)
        return x->key.a < y->key.a ? -1 : 1;
    if (x->key.b != y->key.b)
        return x->key.b < y->key.b ? -1 : 1;
    if (x->key.c != y->key.c)
        return x->key.c < y->key.c ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void sift(entry *all, size_t root, size_t num)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= num)
            return;
        if (child + 1 < num && compare(&all[child], &all[child + 1]) < 0)
            child++;
        if (compare(&all[root], &all[child]) >= 0)
            return;
        entry swapped = all[root];
        all[root] = all[child];
        all[child] = swapped;
        root = child;
    }
}

/* In place: qsort would take as much memory again. */
static void heap_sort(entry *all, size_t num)
{
    for (size_t i = num / 2; i > 0; i--)
        sift(all, i - 1, num);
    for (size_t end = num; end > 1; end--) {
        entry swapped = all[0];
        all[0] = all[end - 1];
        all[end - 1] = swapped;
        sift(all, 0, end - 1);
    }
}

bool tgp_spool_sort(tgp_spool *spool)
{
    if (spool->failed || spool->sorted || spool->num == 0)
        return !spool->failed;
    spool->failed = fflush(spool->index) != 0 || fflush(spool->data) != 0;
    if (spool->failed)
        return false;
    void *map = mmap(NULL, spool->num * sizeof(entry), PROT_READ | PROT_WRITE, MAP_SHARED, fileno(spool->index), 0);
    if (map == MAP_FAILED) {
        spool->failed = true;
        return false;
    }
    spool->sorted = map;
    bool in_order = true; /* as it mostly is */
    for (size_t i = 1; i < spool->num && in_order; i++)
        in_order = compare(&spool->sorted[i - 1], &spool->sorted[i]) < 0;
    if (!in_order)
        heap_sort(spool->sorted, spool->num);
    return true;
}

size_t tgp_spool_num(const tgp_spool *spool)
{
    return spool->sorted ? spool->num : 0;
}

tgp_key tgp_spool_key(const tgp_spool *spool, size_t index)
{
    return spool->sorted[index].key;
}

size_t tgp_spool_len(const tgp_spool *spool, size_t index)
{
    return (size_t)spool->sorted[index].len;
}

size_t tgp_spool_find(const tgp_spool *spool, tgp_key key)
{
    const entry wanted = { key, 0, 0 };
    size_t low = 0, high = tgp_spool_num(spool);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&spool->sorted[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The block that holds the octet at `at`; NULL when it cannot be read. */
static const block *block_of(tgp_spool *spool, uint64_t at)
{
    uint64_t offset = at - at % BLOCK;
    if (!spool->blocks)
        spool->blocks = calloc(NUM_BLOCKS, sizeof *spool->blocks);
    for (size_t i = 0; spool->blocks && i < NUM_BLOCKS; i++) {
        if (spool->blocks[i].offset == offset && spool->blocks[i].len > 0)
            return &spool->blocks[i];
    }
    if (!spool->blocks)
        return NULL;
    block *oldest = &spool->blocks[spool->next_block++ % NUM_BLOCKS];
    ssize_t got = pread(fileno(spool->data), oldest->octets, BLOCK, (off_t)offset);
    oldest->offset = offset;
    oldest->len = got > 0 ? (size_t)got : 0;
    return at - offset < oldest->len ? oldest : NULL;
}

bool tgp_spool_read(tgp_spool *spool, size_t index, tg_text *out)
{
    const entry *e = &spool->sorted[index];
    uint64_t at = e->offset, end = e->offset + e->len;
    while (at < end && !spool->failed) {
        const block *from = block_of(spool, at);
        if (!from) {
            spool->failed = true;
            break;
        }
        size_t skip = (size_t)(at - from->offset), there = from->len - skip;
        size_t part = end - at < there ? (size_t)(end - at) : there;
        tg_text_add(out, from->octets + skip, part);
        at += part;
    }
    return !spool->failed && !out->failed;
}

void tgp_spool_free(tgp_spool *spool)
{
    if (!spool)
        return;
    if (spool->sorted)
        munmap(spool->sorted, spool->num * sizeof(entry));
    if (spool->data)
        fclose(spool->data);
    if (spool->index)
        fclose(spool->index);
    free(spool->blocks);
    free(spool);
}
