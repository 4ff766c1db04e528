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

/* What is written is never read again, so a compiler may leave a plain memset out; behind this barrier it may not. */
static void set_to_zero(void *data, size_t len)
{
#if defined(__GNUC__) || defined(__clang__)
    memset(data, 0, len);
    __asm__ __volatile__("" : : "r"(data) : "memory");
#else
    volatile uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        octets[i] = 0;
#endif
}

void tg_arena_wipe(tg_arena *a, size_t from)
{
    if (from >= a->used)
        return;
    set_to_zero(a->data + from, a->used - from);
    a->used = from;
}
