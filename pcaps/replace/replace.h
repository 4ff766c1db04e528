/* replace: other octets of the same length where a MIKEY message was captured: as they are, or as base64 over base64. For scrub and replay. */
#ifndef TICKETGATE_PCAPS_REPLACE_H
#define TICKETGATE_PCAPS_REPLACE_H

#include "pcaps/units.h"

/* Base64 over base64: white space between stays where it is, and so does the padding. False when memory ran out. */
bool tgp_replace_base64(uint8_t *text, size_t len, tg_bytes octets);

/* Where in the unit that these pieces cover the octet of a frame lies; false when it does not. */
bool tgp_replace_place(const tgp_piece *pieces, size_t num, size_t unit_len, uint64_t frame, uint32_t frame_offset,
                       size_t *offset);

#endif
