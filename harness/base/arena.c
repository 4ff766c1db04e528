#include "ticketgate/base.h"

tg_bytes tg_arena_copy(tg_arena *a, const void *data, size_t len)
{
    tg_bytes out = { NULL, len };
    if (len == 0)
        return out;
    uint8_t *copy = tg_arena_alloc(a, len);
    if (copy)
        memcpy(copy, data, len);
    out.data = copy;
    return out;
}

void tg_arena_wipe(tg_arena *a, size_t from)
{
    /* Through a volatile pointer: these writes are all that the memory is still good for, and must not be left out. */
    volatile uint8_t *octets = a->data;
    for (size_t i = from; i < a->used; i++)
        octets[i] = 0;
    if (from < a->used)
        a->used = from;
}
