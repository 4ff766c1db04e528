/* How requests are written. Private to the room. */
#ifndef TICKETGATE_MESSAGING_WRITE_H
#define TICKETGATE_MESSAGING_WRITE_H

#include "im.h"

/* A request with these entities as its body. */
TG_NODISCARD tg_status tgi_write_request(const tg_im_plan *plan, const tg_bytes *entities, size_t num, tg_arena *arena,
                                         tg_bytes *sip, tg_im_note *note);

#endif
