/* Names and texts of units.h. */
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

const char *tgp_unit_event_name(tgp_unit_event event)
{
    static const char *const names[] = {
#define TGP_NAME(symbol, name, loses, text) name,
        TGP_UNIT_EVENTS(TGP_NAME)
#undef TGP_NAME
    };
    return names[event];
}

const char *tgp_unit_event_text(tgp_unit_event event)
{
    static const char *const texts[] = {
#define TGP_TEXT(symbol, name, loses, text) text,
        TGP_UNIT_EVENTS(TGP_TEXT)
#undef TGP_TEXT
    };
    return texts[event];
}

bool tgp_unit_event_loses(tgp_unit_event event)
{
    static const bool loses_[] = {
#define TGP_LOSES(symbol, name, loses, text) loses,
        TGP_UNIT_EVENTS(TGP_LOSES)
#undef TGP_LOSES
    };
    return loses_[event];
}

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
