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
    const tgp_piece *piece = tgp_piece_at(unit->pieces, unit->num_pieces, offset);
    if (!piece)
        return false;
    *frame = piece->frame;
    *frame_offset = piece->frame_offset + (uint32_t)(offset - piece->offset);
    return true;
}
