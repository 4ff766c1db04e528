/* Names and texts of units.h. */
#include "pcaps/counts.h"
#include "pcaps/units.h"

const char *tgp_unit_kind_name(tgp_unit_kind kind)
{
    static const char *const names[] = {
#define TGP_NAME(symbol, name) name,
        TGP_UNIT_KINDS(TGP_NAME)
#undef TGP_NAME
    };
    return names[kind];
}

TGP_DEFINE_COUNTS(tgp_unit_event, tgp_unit_event, TGP_UNIT_EVENTS)

bool tgp_unit_place(const tgp_unit *unit, size_t offset, uint64_t *frame, uint32_t *frame_offset)
{
    size_t low = 0, high = unit->num_pieces;
    while (low < high) { /* the first piece that ends behind it */
        size_t middle = low + (high - low) / 2;
        const tgp_piece *piece = &unit->pieces[middle];
        if ((size_t)piece->offset + piece->len <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == unit->num_pieces || offset < unit->pieces[low].offset)
        return false;
    *frame = unit->pieces[low].frame;
    *frame_offset = unit->pieces[low].frame_offset + (uint32_t)(offset - unit->pieces[low].offset);
    return true;
}
