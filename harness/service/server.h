/* Private to the list server and application server. */
#ifndef TICKETGATE_SERVICE_SERVER_H
#define TICKETGATE_SERVICE_SERVER_H

#include "leg.h"

#define TG_MIRROR_MEMORY 65536

/* A plan with the same crypto sessions and policies; `num_keys` (at least 1) that the new ticket will have. */
TG_NODISCARD tg_status tg_mirror_plan(const tg_message *transfer_init, size_t num_keys, tg_arena *arena,
                                      tg_transfer_plan *out);

#endif
