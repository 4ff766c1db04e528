/* Where in which frame something lies: octets of a message, the base64 that holds them, the pieces of the unit. */
#include <stdlib.h>

#include "tracing.h"

bool tgt_place(const tgp_piece *pieces, size_t num, size_t offset, size_t length, tgp_placed_finding *out)
{
    const tgp_piece *piece = length > 0 ? tgp_piece_at(pieces, num, offset) : NULL;
    if (!piece)
        return false;
    size_t into = offset - piece->offset, left = piece->len - into;
    out->has_frame = true;
    out->frame = piece->frame;
    out->frame_offset = piece->frame_offset + (uint32_t)into;
    out->frame_length = (uint32_t)(length < left ? length : left);
    return true;
}

/* The place in the text of its n-th character of base64. */
static size_t place_of_character(tg_bytes text, size_t n)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] > ' ' && n-- == 0)
            return i;
    }
    return text.len;
}

void tgt_place_in_message(const tgt_record *r, const tg_finding *finding, tgp_placed_finding *out)
{
    size_t first = finding->offset, end = finding->offset + finding->length;
    *out = (tgp_placed_finding){ .finding = finding };
    if (finding->length == 0 || finding->offset >= r->octets.len || r->num_pieces == 0)
        return;
    if (end > r->octets.len)
        end = r->octets.len;
    if (r->enclosed) {
        first = 0;
        end = SIZE_MAX;
    } else if (r->in_base64) {
        /* RFC 4648 4: character n holds bits 6n to 6n + 5. */
        first = first * 8 / 6;
        end = (end * 8 - 1) / 6 + 1;
        if (r->text.len) {
            end = place_of_character(r->text, end - 1) + 1;
            first = place_of_character(r->text, first);
        }
    }
    (void)tgt_place(r->pieces, r->num_pieces, first, end - first, out);
}

/* Room for findings with their places, used again and again. */
tgp_placed_finding *tgt_placed(tgp_trace *trace, size_t num)
{
    if (num > trace->max_placed) {
        tgp_placed_finding *more = realloc(trace->placed, num * 2 * sizeof *more);
        if (!more) {
            trace->out_of_memory = true;
            return NULL;
        }
        trace->placed = more;
        trace->max_placed = num * 2;
    }
    return trace->placed;
}
