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
