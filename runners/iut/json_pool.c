/* Memory of what is read from a line: given back all at once. */
#include <stdlib.h>
#include <string.h>

#include "json_lines.h"

#define MOST_MEMORY ((size_t)64 << 20)
enum { CHUNK_SIZE = 16384 };

typedef struct iut_chunk {
    struct iut_chunk *next;
    size_t used, capacity;
    _Alignas(max_align_t) unsigned char data[];
} iut_chunk;

void *iut_pool_get(iut_pool *pool, size_t size)
{
    size_t align = _Alignof(max_align_t);
    if (size > MOST_MEMORY || pool->used > MOST_MEMORY - size)
        return NULL;
    size = size == 0 ? align : (size + align - 1) / align * align;
    iut_chunk *chunk = pool->chunks;
    if (!chunk || chunk->capacity - chunk->used < size) {
        size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk = calloc(1, sizeof *chunk + capacity);
        if (!chunk)
            return NULL;
        chunk->capacity = capacity;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
    }
    void *got = chunk->data + chunk->used;
    chunk->used += size;
    pool->used += size;
    return got;
}

void iut_pool_free(iut_pool *pool)
{
    while (pool->chunks) {
        iut_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
    pool->used = 0;
}

const char *const *iut_words(iut_pool *pool, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    char *copy = iut_pool_get(pool, len + 1);
    const char **words = iut_pool_get(pool, (len / 2 + 2) * sizeof *words);
    if (!copy || !words)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    size_t num = 0;
    char *rest = NULL;
    for (char *word = strtok_r(copy, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest))
        words[num++] = word;
    return words;
}
