#include <stdlib.h>

#include "parts.h"

static bool grow(void **memory, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return true;
    size_t more = *capacity ? *capacity : 16;
    while (more < wanted)
        more *= 2;
    void *larger = realloc(*memory, more * size);
    if (!larger)
        return false;
    *memory = larger;
    *capacity = more;
    return true;
}

/* Both lists of pieces have the same capacity. */
static bool grow_pieces(tgu_tape *tape, size_t wanted)
{
    size_t times = tape->piece_capacity;
    void *memory = tape->times;
    if (!grow(&memory, &times, wanted, sizeof *tape->times))
        return false;
    tape->times = memory;
    memory = tape->pieces;
    bool ok = grow(&memory, &tape->piece_capacity, wanted, sizeof *tape->pieces);
    tape->pieces = memory;
    return ok;
}

bool tgu_tape_add(tgu_tape *tape, const tgu_front *front)
{
    size_t len = front->len - front->at, end = tape->at + tape->len;
    void *memory = tape->data;
    if (!grow_pieces(tape, tape->num_pieces + front->num_pieces - front->piece))
        return false;
    if (!grow(&memory, &tape->capacity, end + len, 1))
        return false;
    tape->data = memory;
    memcpy(tape->data + end, front->data + front->at, len);
    for (size_t i = front->piece; i < front->num_pieces; i++) {
        tgp_piece piece = front->pieces[i];
        size_t cut = piece.offset < front->at ? front->at - piece.offset : 0; /* consumed octets of the first */
        if (cut >= piece.len)
            continue;
        piece.frame_offset += (uint32_t)cut;
        piece.len -= (uint32_t)cut;
        piece.offset = (uint32_t)(end + piece.offset + cut - front->at);
        tape->times[tape->num_pieces] = front->times ? front->times[i] : front->time;
        tape->pieces[tape->num_pieces++] = piece;
    }
    tape->len += len;
    return true;
}

/* The first piece may begin before what is left. */
static void move_to_front(tgu_tape *tape)
{
    size_t kept = 0;
    memmove(tape->data, tape->data + tape->at, tape->len);
    for (size_t i = tape->piece; i < tape->num_pieces; i++) {
        tgp_piece piece = tape->pieces[i];
        uint32_t cut = piece.offset < tape->at ? (uint32_t)(tape->at - piece.offset) : 0;
        piece.frame_offset += cut;
        piece.len -= cut;
        piece.offset = (uint32_t)(piece.offset + cut - tape->at);
        tape->times[kept] = tape->times[i];
        tape->pieces[kept++] = piece;
    }
    tape->num_pieces = kept;
    tape->piece = tape->at = 0;
}

void tgu_tape_consume(tgu_tape *tape, size_t octets)
{
    if (octets == 0)
        return;
    tape->at += octets;
    tape->len -= octets;
    while (tape->piece < tape->num_pieces &&
           (size_t)tape->pieces[tape->piece].offset + tape->pieces[tape->piece].len <= tape->at)
        tape->piece++;
    if (tape->len == 0)
        tgu_tape_free(tape);
    else if (tape->at >= tape->len) /* so many were consumed since the last time; no piece is empty */
        move_to_front(tape);
}

size_t tgu_tape_memory(const tgu_tape *tape)
{
    return tape->capacity + tape->piece_capacity * (sizeof *tape->pieces + sizeof *tape->times);
}

void tgu_tape_free(tgu_tape *tape)
{
    free(tape->data);
    free(tape->pieces);
    free(tape->times);
    memset(tape, 0, sizeof *tape);
}

tgu_front tgu_tape_front(const tgu_tape *tape)
{
    return (tgu_front){ .data = tape->data,
                        .at = tape->at,
                        .len = tape->at + tape->len,
                        .pieces = tape->pieces,
                        .times = tape->times,
                        .num_pieces = tape->num_pieces,
                        .piece = tape->piece,
                        .time = tape->num_pieces ? tape->times[tape->num_pieces - 1] : 0 };
}
