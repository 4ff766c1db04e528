/* Transfer encodings (RFC 2045 section 6), strictly: what the body cannot have is refused, not skipped. Internal to the room. */
#ifndef TICKETGATE_MIME_TRANSFER_H
#define TICKETGATE_MIME_TRANSFER_H

#include "ticketgate/mime.h"

/* The body in octets of the arena, or in its place where nothing is encoded. `bad`: it is not so encoded, and stays as it stands. */
tg_status tgm_transfer_decode(tg_bytes body, tg_mime_encoding encoding, tg_arena *arena, tg_bytes *out, bool *bad);

#endif
