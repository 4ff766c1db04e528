/* fault: how the parser says what went wrong. Private to the wire room. */
#ifndef TICKETGATE_WIRE_FAULT_H
#define TICKETGATE_WIRE_FAULT_H

#include "ticketgate/wire.h"

/* Puts `name` (and `[index]` unless index is negative) in front of the path. A path that is full keeps its end. */
TG_COLD void tg_wire_prefix_path(tg_parse *p, const char *name, long index);
/* A fault at `at`, in `field` (NULL: the whole). `id` NULL: the layout's row, which a level further out adds. */
TG_COLD tg_status tg_wire_fault(tg_parse *p, tg_status status, const uint8_t *at, const char *field, const char *id);
/* Passes a fault on through `name`; `id` is the row when none was said yet. */
TG_COLD tg_status tg_wire_fault_in(tg_parse *p, tg_status status, const char *name, long index, const char *id);

#endif
