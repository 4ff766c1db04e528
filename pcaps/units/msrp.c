/* MSRP (RFC 4975 7.1): a message ends with the line "-------", transaction identifier and continuation flag; it does not say its length. */
#include "parts.h"

enum { DASHES = 7, ID_MAX = 32 /* RFC 4975 9: ident is 4 to 32 characters */ };

/* Where the first line ends is sought behind what was searched in vain; 0: not there yet. */
static size_t find_line_end(tgu_side *side, tg_bytes octets)
{
    const uint8_t *end =
        octets.len > side->searched ? memchr(octets.data + side->searched, '\n', octets.len - side->searched) : NULL;
    if (end)
        side->head = (size_t)(end - octets.data) + 1;
    else
        side->searched = octets.len;
    return side->head;
}

/* "MSRP ident method" or "MSRP ident 200 comment". */
static bool read_first_line(tg_bytes octets, size_t end, tg_bytes *id)
{
    size_t at = 5, len = 0;
    while (at + len < octets.len && len <= ID_MAX && octets.data[at + len] > ' ' && octets.data[at + len] < 0x7f)
        len++;
    *id = tg_bytes_of(octets.data + at, len);
    return len >= 4 && len <= ID_MAX && at + len + 1 < end && octets.data[at + len] == ' ';
}

/* Is there an end-line at `at`, and where does it end? */
static bool is_end_line(tg_bytes octets, size_t at, tg_bytes id, size_t *end)
{
    size_t flag = at + DASHES + id.len;
    if (flag + 3 > octets.len || memcmp(octets.data + at, "-------", DASHES) != 0 ||
        memcmp(octets.data + at + DASHES, id.data, id.len) != 0)
        return false;
    *end = flag + 3;
    uint8_t c = octets.data[flag];
    return (c == '$' || c == '+' || c == '#') && octets.data[flag + 1] == '\r' && octets.data[flag + 2] == '\n';
}

/* A line that is too long: its rest is passed over as it comes. */
static tgu_step lose_line(tgp_units *units, tgu_side *side, tgu_front *front)
{
    tgu_count(units, TGP_UNITS_BAD_MSRP);
    tgu_consume(front, 1);
    side->mid_line = true;
    return TGU_HUNT;
}

static tgu_step lose(tgp_units *units, tgu_front *front, tgp_unit_event event, size_t octets)
{
    tgu_count(units, event);
    tgu_consume(front, octets);
    return TGU_HUNT;
}

/* Where the message ends; 0: not yet. The line that is not whole begins at side->searched, and up to side->seen it has no end. */
static size_t find_end(tgu_side *side, tg_bytes octets, tg_bytes id)
{
    size_t end;
    while (side->searched < octets.len) {
        if (is_end_line(octets, side->searched, id, &end))
            return end;
        size_t at = side->seen > side->searched ? side->seen : side->searched;
        const uint8_t *line_end = octets.len > at ? memchr(octets.data + at, '\n', octets.len - at) : NULL;
        if (!line_end) {
            side->seen = octets.len;
            break;
        }
        side->searched = (size_t)(line_end - octets.data) + 1;
    }
    return 0;
}

tgu_step tgu_msrp_cut(tgp_units *units, tgu_flow *flow, unsigned from, tgu_front *front)
{
    tgu_side *side = &flow->sides[from];
    tg_bytes left = tgu_left(front), id;
    size_t first = side->head ? side->head : find_line_end(side, left);
    bool sound = read_first_line(left, first, &id);
    if (first == 0)
        return left.len <= TG_SIP_MAX_LINE ? TGU_WAIT : lose_line(units, side, front);
    if (first > TG_SIP_MAX_LINE + 1)
        return lose_line(units, side, front);
    if (!sound)
        return lose(units, front, TGP_UNITS_BAD_MSRP, first);
    if (side->searched < first)
        side->searched = first;
    size_t end = find_end(side, left, id);
    if (end > units->limits.message || (end == 0 && left.len > units->limits.message))
        return lose(units, front, TGP_UNITS_TOO_LARGE, end ? end : left.len);
    if (end == 0)
        return TGU_WAIT;
    tgp_unit unit = tgu_unit_of(flow, from, TGP_UNIT_MSRP);
    tgu_count(units, TGP_UNITS_MSRP);
    tgu_tell(units, front, 0, end, &unit);
    tgu_consume(front, end);
    return TGU_AGAIN;
}
