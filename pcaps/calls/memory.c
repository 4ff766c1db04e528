/* Memory of calls: blocks that are given back at once. */
#include <stdlib.h>

#include "room.h"

#define SMALL 976 /* octets of a call's first block: with headers it fits what malloc keeps at hand */
#define LARGE 4048
#define MAX_SPARE 64

static size_t whole(const tgpc_block *block)
{
    return sizeof *block + block->size;
}

static unsigned class_of(size_t size)
{
    return size == SMALL ? 0 : size == LARGE ? 1 : 2;
}

static tgpc_block *block_new(tgp_calls *calls, size_t size)
{
    unsigned class = class_of(size);
    while (!calls->closing && calls->memory + sizeof(tgpc_block) + size > calls->limit)
        if (!tgpc_close_oldest(calls))
            return NULL;
    tgpc_block *block;
    if (class < 2 && calls->spare[class]) {
        block = calls->spare[class];
        calls->spare[class] = block->next;
        calls->num_spare[class]--;
    } else {
        block = malloc(sizeof *block + size);
        if (!block) {
            calls->failed = true;
            return NULL;
        }
    }
    *block = (tgpc_block){ NULL, size, 0 };
    calls->memory += whole(block);
    return block;
}

static void block_free(tgp_calls *calls, tgpc_block *block)
{
    calls->memory -= whole(block);
    unsigned class = class_of(block->size);
    if (class < 2 && calls->num_spare[class] < MAX_SPARE) {
        block->next = calls->spare[class];
        calls->spare[class] = block;
        calls->num_spare[class]++;
    } else {
        free(block);
    }
}

static void *take(tgpc_block *block, size_t size)
{
    void *out = (uint8_t *)block->octets + block->used;
    block->used += size;
    memset(out, 0, size);
    return out;
}

void *tgpc_alloc(tgp_call *call, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > TGPC_CALL_MEMORY) {
        call->full = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    if (size > call->blocks->size - call->blocks->used) {
        size_t wanted = size > LARGE ? size : LARGE;
        if (call->memory + wanted > TGPC_CALL_MEMORY) {
            call->full = true;
            return NULL;
        }
        tgpc_block *block = block_new(call->calls, wanted);
        if (!block) {
            call->full = true;
            return NULL;
        }
        block->next = call->blocks;
        call->blocks = block;
        call->memory += whole(block);
    }
    return take(call->blocks, size);
}

tg_bytes tgpc_copy(tgp_call *call, tg_bytes octets)
{
    uint8_t *out = tgpc_alloc(call, octets.len ? octets.len : 1);
    if (!out)
        return (tg_bytes){ NULL, 0 };
    if (octets.len)
        memcpy(out, octets.data, octets.len);
    return tg_bytes_of(out, octets.len);
}

const char *tgpc_text(tgp_call *call, tg_bytes text, size_t max)
{
    size_t len = text.len < max ? text.len : max;
    char *out = tgpc_alloc(call, len + 1);
    if (!out)
        return "";
    if (len)
        memcpy(out, text.data, len);
    return out;
}

tgp_call *tgpc_call_new(tgp_calls *calls)
{
    _Static_assert(sizeof(tgp_call) <= SMALL - 192, "a call and its Call-ID fit the first block");
    tgpc_block *block = block_new(calls, SMALL);
    if (!block)
        return NULL;
    tgp_call *call = take(block, sizeof *call);
    call->calls = calls;
    call->blocks = block;
    call->memory = whole(block);
    return call;
}

void tgpc_call_free(tgp_call *call)
{
    tgp_calls *calls = call->calls;
    tgpc_block *block = call->blocks; /* the call lies in the last of them */
    while (block) {
        tgpc_block *next = block->next;
        block_free(calls, block);
        block = next;
    }
}

static bool work_in(tgp_calls *calls, uint8_t **memory, size_t *room, size_t size, tg_arena *out)
{
    if (size > *room) {
        uint8_t *larger = realloc(*memory, size);
        if (!larger) {
            calls->failed = true;
            return false;
        }
        *memory = larger;
        *room = size;
    }
    *out = tg_arena_of(*memory, *room);
    return true;
}

bool tgpc_arena(tgp_calls *calls, size_t size, tg_arena *out)
{
    return work_in(calls, &calls->arena, &calls->arena_size, size, out);
}

bool tgpc_body_arena(tgp_calls *calls, size_t size, tg_arena *out)
{
    return work_in(calls, &calls->body_arena, &calls->body_arena_size, size, out);
}
