/* emit: JSON text, written straight into a tg_text. Private to the json room.
 *
 * Keys are the field names of the layouts, which need no escaping. Separators and indentation are the emitter's
 * business; the caller opens, names and closes.
 */
#ifndef TICKETGATE_JSON_EMIT_H
#define TICKETGATE_JSON_EMIT_H

#include "ticketgate/json.h"

typedef struct tg_emit {
    tg_text *out;
    unsigned indent; /* blanks a level; 0: everything on one line */
    unsigned depth;
    unsigned flat;   /* > 0 inside what stays on one line even when indenting: flags, policy numbers */
    bool first;      /* nothing stands in the object or array at hand yet */
} tg_emit;

tg_emit tg_emit_of(tg_text *out, unsigned indent);
/* `bracket` is '{' or '['. A flat one keeps its items on one line. */
void tg_emit_open(tg_emit *e, char bracket, bool flat);
void tg_emit_close(tg_emit *e, char bracket, bool flat);
/* What stands before an array's item, and before a member's value. */
void tg_emit_item(tg_emit *e);
void tg_emit_key(tg_emit *e, const char *name);
void tg_emit_number(tg_emit *e, uint64_t value);
void tg_emit_hex(tg_emit *e, tg_bytes bytes);
/* Octets that are not UTF-8 become U+FFFD. */
void tg_emit_string(tg_emit *e, const char *string, size_t len);

static inline void tg_emit_member_number(tg_emit *e, const char *name, uint64_t value)
{
    tg_emit_key(e, name);
    tg_emit_number(e, value);
}

static inline void tg_emit_member_string(tg_emit *e, const char *name, const char *string)
{
    tg_emit_key(e, name);
    tg_emit_string(e, string, strlen(string));
}

#endif
