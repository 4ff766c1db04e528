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
enum { BLOCK = 1 << 15, NUM_BLOCKS = 16, BUFFER = 1 << 16 };
/* Of the index that many entries are in memory: they are sorted, and go to a file as a run; runs are merged in the end. */
enum { RUN = 1 << 14, OF_RUN = 256 /* entries of each run that are in memory while they are merged */ };
/* Entries of the merged index that may be mapped before it is let go: what was read stays there otherwise. */
enum { WINDOW = 1 << 14, MOST_WINDOWS = 4 };

typedef struct block {
    uint64_t offset; /* a multiple of BLOCK */
    size_t len;      /* 0: of nothing */
    char octets[BLOCK];
} block;

struct tgp_spool {
    FILE *data, *index;
    char buffer[BUFFER],
        merged
            [BUFFER]; /* of `data` and of the merged `index`: the C library makes a small one of its own size unless it is given one (glibc 2.36) */
    uint64_t offset;
    block *blocks; /* what was read last, once anything was */
    size_t next_block;
    entry *run; /* the newest entries */
    size_t num_run, num;
    entry last; /* of the last run: the largest */
    bool in_order;
    entry *sorted; /* the index, once sorted: the only run there is, or `index` in memory */
    size_t window, num_windows;
    bool failed;
};

tgp_spool *tgp_spool_new(void)
{
    tgp_spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        return NULL;
    spool->data = tmpfile();
    spool->index = tmpfile();
    spool->in_order = true;
    if (spool->data && spool->index) {
        (void)setvbuf(spool->data, spool->buffer, _IOFBF, sizeof spool->buffer);
        return spool;
    }
    tgp_spool_free(spool);
    return NULL;
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

/* ---- adding ------------------------------------------------------------------------------------------------- */

static int compare_any(const void *x, const void *y)
{
    return compare(x, y);
}

static void sort_run(tgp_spool *spool)
{
    bool in_order = true;
    for (size_t i = 1; i < spool->num_run && in_order; i++)
        in_order = compare(&spool->run[i - 1], &spool->run[i]) < 0;
    if (!in_order)
        qsort(spool->run, spool->num_run, sizeof *spool->run, compare_any);
}

static bool write_run(tgp_spool *spool)
{
    bool first = spool->num == spool->num_run;
    sort_run(spool);
    spool->in_order = spool->in_order && (first || compare(&spool->last, &spool->run[0]) < 0);
    spool->last = spool->run[spool->num_run - 1];
    spool->failed = fwrite(spool->run, sizeof *spool->run, spool->num_run, spool->index) != spool->num_run;
    spool->num_run = 0;
    return !spool->failed;
}

static bool add_entry(tgp_spool *spool, const entry *e)
{
    if (!spool->run)
        spool->run = malloc(RUN * sizeof *spool->run);
    if (!spool->run || (spool->num_run == RUN && !write_run(spool)))
        return false;
    spool->run[spool->num_run++] = *e;
    return true;
}

bool tgp_spool_add(tgp_spool *spool, tgp_key key, const void *data, size_t len)
{
    const entry e = { key, spool->offset, len };
    if (spool->failed || spool->sorted || len > UINT32_MAX)
        spool->failed = true;
    else if (!add_entry(spool, &e) || (len > 0 && fwrite_unlocked(data, 1, len, spool->data) != len))
        spool->failed = true;
    spool->offset += len;
    spool->num += !spool->failed;
    return !spool->failed;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

/* A run in the file: what of it is in memory, and what is left of it there. */
typedef struct source {
    entry held[OF_RUN];
    size_t at, num;
    uint64_t next, end; /* entries from the beginning of the file */
} source;

typedef struct merging {
    int file;
    source *sources;
    source **heap; /* those that have something left, the smallest first */
    size_t num;
} merging;

/* False when the file cannot be read; a source that is through has num 0. */
static bool refill(const merging *m, source *s)
{
    s->at = 0;
    s->num = s->end - s->next < OF_RUN ? (size_t)(s->end - s->next) : OF_RUN;
    size_t size = s->num * sizeof s->held[0];
    bool ok = size == 0 || pread(m->file, s->held, size, (off_t)(s->next * sizeof s->held[0])) == (ssize_t)size;
    s->next += s->num;
    return ok;
}

static bool is_before(const source *x, const source *y)
{
    return compare(&x->held[x->at], &y->held[y->at]) < 0;
}

static void sift(const merging *m, size_t root)
{
    source *moved = m->heap[root];
    for (size_t child; (child = 2 * root + 1) < m->num; root = child) {
        if (child + 1 < m->num && is_before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!is_before(m->heap[child], moved))
            break;
        m->heap[root] = m->heap[child];
    }
    m->heap[root] = moved;
}

static bool begin_merging(merging *m, size_t num)
{
    size_t num_runs = (num + RUN - 1) / RUN;
    m->sources = malloc(num_runs * sizeof *m->sources);
    m->heap = malloc(num_runs * sizeof *m->heap);
    if (!m->sources || !m->heap)
        return false;
    for (size_t i = 0; i < num_runs; i++) {
        m->sources[i].next = (uint64_t)i * RUN;
        m->sources[i].end = i + 1 < num_runs ? (uint64_t)(i + 1) * RUN : num;
        if (!refill(m, &m->sources[i]))
            return false;
        m->heap[i] = &m->sources[i];
    }
    m->num = num_runs;
    for (size_t i = num_runs / 2; i-- > 0;)
        sift(m, i);
    return true;
}

static bool merge_into(merging *m, FILE *to)
{
    while (m->num > 0) {
        source *s = m->heap[0];
        if (fwrite_unlocked(&s->held[s->at], sizeof s->held[0], 1, to) != 1)
            return false;
        if (++s->at == s->num && !refill(m, s))
            return false;
        if (s->num == 0)
            m->heap[0] = m->heap[--m->num];
        if (m->num > 0)
            sift(m, 0);
    }
    return fflush(to) == 0;
}

/* In place of the runs, the file of them merged. */
static bool merge(tgp_spool *spool)
{
    FILE *merged = tmpfile();
    if (merged)
        (void)setvbuf(merged, spool->merged, _IOFBF, sizeof spool->merged);
    merging m = { .file = fileno(spool->index) };
    bool ok = merged && begin_merging(&m, spool->num) && merge_into(&m, merged);
    free(m.sources);
    free(m.heap);
    if (merged) {
        fclose(spool->index);
        spool->index = merged;
    }
    return ok;
}

static bool sort_all(tgp_spool *spool)
{
    if (fflush(spool->data) != 0)
        return false;
    if (spool->num == spool->num_run) {
        sort_run(spool);
        spool->sorted = spool->run;
        return true;
    }
    if (!write_run(spool) || fflush(spool->index) != 0 || (!spool->in_order && !merge(spool)))
        return false;
    free(spool->run);
    spool->run = NULL;
    void *map = mmap(NULL, spool->num * sizeof(entry), PROT_READ, MAP_SHARED, fileno(spool->index), 0);
    if (map == MAP_FAILED)
        return false;
    spool->sorted = map;
    return true;
}

bool tgp_spool_sort(tgp_spool *spool)
{
    if (!spool->failed && !spool->sorted && spool->num > 0)
        spool->failed = !sort_all(spool);
    return !spool->failed;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

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

/* The pages of the map that were read are let go now and then: they are the kernel's to keep. */
static void look_at_window(tgp_spool *spool, size_t index)
{
    if (index / WINDOW == spool->window)
        return;
    spool->window = index / WINDOW;
    if (++spool->num_windows % MOST_WINDOWS == 0 && spool->sorted != spool->run)
        (void)madvise(spool->sorted, spool->num * sizeof(entry), MADV_DONTNEED);
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
    look_at_window(spool, index);
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
    if (spool->sorted && spool->sorted != spool->run)
        munmap(spool->sorted, spool->num * sizeof(entry));
    if (spool->data)
        fclose(spool->data);
    if (spool->index)
        fclose(spool->index);
    free(spool->run);
    free(spool->blocks);
    free(spool);
}
