/* read: taking members out of a parsed tree, and saying where it went wrong. Private to the json room.
 *
 * Every function returns false after a failure; the caller passes that on, naming the place it was in with tg_read_in.
 */
#ifndef TICKETGATE_JSON_READ_H
#define TICKETGATE_JSON_READ_H

#include "load.h"

typedef struct tg_read {
    tg_arena *arena;
    tg_status status;
    const char *reason;     /* static sentence */
    char path[TG_PATH_MAX]; /* put together on the way out */
} tg_read;

/* Fails at member `name` ("" for the object itself). */
bool tg_read_fail(tg_read *r, tg_status status, const char *name, const char *reason);
/* Puts `name`, or name[index] unless index is negative, in front of the path. Returns false. */
bool tg_read_in(tg_read *r, const char *name, long index);

/* Memory from the arena, zeroed; NULL after a failure. */
void *tg_read_alloc(tg_read *r, size_t num, size_t size);

/* A member that must be there; NULL after a failure. */
json_t *tg_read_required(tg_read *r, const json_t *object, const char *name);
/* An integer of at most `max`. */
bool tg_read_integer(tg_read *r, const json_t *value, const char *name, uint32_t max, uint32_t *out);
bool tg_read_number(tg_read *r, const json_t *object, const char *name, uint32_t max, uint32_t *out);
/* A string of hex, decoded into the arena. */
bool tg_read_hex_value(tg_read *r, const json_t *value, const char *name, tg_bytes *out);
bool tg_read_hex(tg_read *r, const json_t *object, const char *name, tg_bytes *out);
/* A length, count or Next Payload: when it is written, it becomes an override of
 * `owner`, which is a tg_object. `name` must outlive the message. */
bool tg_read_override(tg_read *r, const json_t *object, const char *name, unsigned bits, void *owner);

/* The largest number of `bits` bits. */
static inline uint32_t tg_max_of(unsigned bits)
{
    return (uint32_t)((UINT64_C(1) << bits) - 1);
}

#endif
