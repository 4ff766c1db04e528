/* Vectors of TLS (RFC 5246 4.3): what hellos.c and extensions.c share. */
#ifndef TICKETGATE_PCAPS_SCRUB_VECTORS_H
#define TICKETGATE_PCAPS_SCRUB_VECTORS_H

#include "scrubbing.h"

typedef struct octets {
    uint8_t *data;
    size_t len;
} octets;

static inline size_t tgs_number(const uint8_t *at, size_t size)
{
    size_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

/* Takes what stands behind a length of `size` octets; false where it does not fit, and nothing is taken. */
static inline bool tgs_take(octets *in, size_t size, octets *out)
{
    if (in->len < size || tgs_number(in->data, size) > in->len - size)
        return false;
    *out = (octets){ in->data + size, tgs_number(in->data, size) };
    in->data += size + out->len;
    in->len -= size + out->len;
    return true;
}

/* Takes `len` octets. */
static inline bool tgs_cut(octets *in, size_t len, octets *out)
{
    if (in->len < len)
        return false;
    *out = (octets){ in->data, len };
    in->data += len;
    in->len -= len;
    return true;
}

static inline bool tgs_skip(octets *in, size_t len)
{
    octets ignored;
    return tgs_cut(in, len, &ignored);
}

/* Octets that mean something to an end alone. */
static inline void tgs_other_octets(tgs_scrub *s, octets o)
{
    tgs_noise(s, o.data, o.len);
}

/* extensions.c: the data of an extension of a hello. */
void tgs_rename_extension(tgs_scrub *s, size_t type, octets data, bool of_client);
/* IANA's numbers, of `size` octets each, one or two: those that are not assigned become others. What is left over, too. */
void tgs_other_numbers(tgs_scrub *s, octets list, size_t size);
/* An identity or a name: text, or anything. */
void tgs_rename_identity(tgs_scrub *s, octets o);

#endif
