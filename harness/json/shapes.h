/* shapes: the few names of the message tree that no layout has. Private to the json room.
 *
 * Every other name comes from the field tables of wire.h.
 */
#ifndef TICKETGATE_JSON_SHAPES_H
#define TICKETGATE_JSON_SHAPES_H

#include "ticketgate/message.h"

/* KV data (RFC 3830 6.14): which part belongs to which KV type, and its length field. */
typedef struct tg_kv_shape {
    uint8_t kv;
    const char *name, *len_name;
    size_t member; /* of tg_kv_data */
} tg_kv_shape;
enum { TG_NUM_KV_SHAPES = 3 };
extern const tg_kv_shape tg_kv_shapes[TG_NUM_KV_SHAPES];
enum { TG_KV_LEN_BITS = 8, TG_SALT_LEN_BITS = 16 };

/* The member that overrides the First Payload octet of TP Data or Initiator Data; NULL for other chains. */
const char *tg_first_payload_name(tg_field_kind kind);

/* Deepest nesting of objects and arrays that is written or read: twice TG_MAX_NESTING for the chains, and some. */
enum { TG_JSON_MAX_DEPTH = 64 };

static inline const void *tg_member_of(const void *object, size_t offset)
{
    return (const uint8_t *)object + offset;
}

#endif
