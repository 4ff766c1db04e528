#include "ticketgate/base.h"

tg_writer tg_writer_of(uint8_t *data, size_t capacity)
{
    tg_writer w = { data, capacity, 0, TG_OK };
    return w;
}

static void fail(tg_writer *w, tg_status status)
{
    if (w->status == TG_OK)
        w->status = status;
}

/* Room for `len` more octets, or NULL when nothing is to be stored. `len` of the writer grows in any case. */
static uint8_t *extend(tg_writer *w, size_t len)
{
    size_t at = w->len;
    w->len += len;
    if (!w->data)
        return NULL;
    if (at > w->capacity || len > w->capacity - at) {
        fail(w, TG_BUFFER_FULL);
        return NULL;
    }
    return w->data + at;
}

static void put_big_endian(tg_writer *w, uint32_t value, unsigned width)
{
    if (width < 4 && value >> (8 * width) != 0)
        fail(w, TG_OVERFLOW);
    uint8_t *to = extend(w, width);
    for (unsigned i = 0; to && i < width; i++)
        to[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
}

void tg_put_u8(tg_writer *w, uint32_t value)
{
    put_big_endian(w, value, 1);
}

void tg_put_u16(tg_writer *w, uint32_t value)
{
    put_big_endian(w, value, 2);
}

void tg_put_u32(tg_writer *w, uint32_t value)
{
    put_big_endian(w, value, 4);
}

void tg_put_bytes(tg_writer *w, tg_bytes bytes)
{
    uint8_t *to = extend(w, bytes.len);
    if (to && bytes.len)
        memcpy(to, bytes.data, bytes.len);
}

size_t tg_put_reserved(tg_writer *w, unsigned width)
{
    size_t place = w->len;
    put_big_endian(w, 0, width);
    return place;
}

void tg_fill_reserved(tg_writer *w, size_t place, unsigned width, size_t value)
{
    if (value >> (8 * width) != 0)
        fail(w, TG_OVERFLOW);
    if (!w->data || w->status == TG_BUFFER_FULL)
        return;
    for (unsigned i = 0; i < width; i++)
        w->data[place + i] = (uint8_t)(value >> (8 * (width - 1 - i)));
}
