#include "capture.h"

#include <stdlib.h>

static bool make_room(capture *c, size_t len)
{
    if (c->num == c->num_capacity) {
        size_t larger = c->num_capacity ? c->num_capacity * 2 : 64;
        capture_piece *pieces = realloc(c->pieces, larger * sizeof *pieces);
        if (!pieces)
            return false;
        c->pieces = pieces;
        c->num_capacity = larger;
    }
    if (c->len + len > c->capacity) {
        size_t larger = c->capacity ? c->capacity * 2 : 8192;
        while (larger < c->len + len)
            larger *= 2;
        uint8_t *octets = realloc(c->octets, larger);
        if (!octets)
            return false;
        c->octets = octets;
        c->capacity = larger;
    }
    return true;
}

void capture_add(capture *c, bool from_client, const void *octets, size_t len)
{
    c->full = c->full || len > CAPTURE_MAX_OCTETS - c->len || c->num == CAPTURE_MAX_SEGMENTS;
    if (c->full || len == 0)
        return;
    if (!make_room(c, len)) {
        c->full = true;
        return;
    }
    memcpy(c->octets + c->len, octets, len);
    capture_piece *last = c->num ? &c->pieces[c->num - 1] : NULL;
    if (last && !c->datagrams && last->from_client == from_client)
        last->len += len; /* libssl reads headers and bodies of records apart */
    else
        c->pieces[c->num++] = (capture_piece){ from_client, c->len, len };
    c->len += len;
}

tg_tls_segment *capture_segments(const capture *c)
{
    tg_tls_segment *segments = c->num ? malloc(c->num * sizeof *segments) : NULL;
    for (size_t i = 0; segments && i < c->num; i++) {
        const capture_piece *piece = &c->pieces[i];
        segments[i] = (tg_tls_segment){ piece->from_client, tg_bytes_of(c->octets + piece->offset, piece->len) };
    }
    return segments;
}

void capture_free(capture *c)
{
    free(c->octets);
    free(c->pieces);
    *c = (capture){ .datagrams = c->datagrams };
}
