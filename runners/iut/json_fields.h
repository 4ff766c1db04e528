/* json_fields: members of a JSON object, read or written by the same call: a struct is described once, by a function
 * that goes through its members. The first fault stops it. */
#ifndef TICKETGATE_RUNNERS_JSON_FIELDS_H
#define TICKETGATE_RUNNERS_JSON_FIELDS_H

#include <jansson.h>

#include "json_lines.h"

typedef struct fields {
    bool writing;
    bool sparse;    /* writing: what is zero is left out */
    json_t *object; /* whose members they are */
    iut_pool *pool; /* reading */
    char *why;      /* IUT_WHY; "" while all is well */
} fields;

bool fields_fail(fields *f, const char *format, ...) __attribute__((format(printf, 2, 3))); /* always false */
bool fields_failed(const fields *f);

/* ---- members ------------------------------------------------------------------------------------------------ */

void field_number(fields *f, const char *name, uint64_t max, uint64_t *value);
void field_u8(fields *f, const char *name, uint8_t *value);
void field_u16(fields *f, const char *name, uint16_t *value);
void field_u32(fields *f, const char *name, uint32_t *value);
void field_flag(fields *f, const char *name, bool *value);
void field_text(fields *f, const char *name, const char **value); /* NULL: null */
void field_time(fields *f, const char *name, uint64_t *value);    /* 16 hex digits */
void field_time_or_null(fields *f, const char *name, bool *known, uint64_t *value);
void field_octets(fields *f, const char *name, tgi_octets *value);     /* hex */
void field_role(fields *f, const char *name, tgi_role *value);         /* 0: null */
void field_identity(fields *f, const char *name, tgi_identity *value); /* not known: null */
void field_choice(fields *f, const char *name, const char *const *names, size_t num, unsigned *value);

/* An object inside: between the two calls, members are the inner object's. False: it is null (writing: `present` is
 * false), and leave is not to be called. */
bool fields_enter(fields *f, const char *name, bool present, json_t **outer);
void fields_leave(fields *f, json_t *outer);

/* An array of objects, each described by `item`; writing gives `items` back. */
typedef void (*field_item)(fields *f, void *item);
const void *field_array(fields *f, const char *name, const void *items, size_t *num, size_t size, size_t max,
                        field_item item);
/* Arrays of what is no object. */
const char *const *field_texts(fields *f, const char *name, const char *const *texts, size_t *num, size_t max);
const tgi_octets *field_octet_strings(fields *f, const char *name, const tgi_octets *strings, size_t *num, size_t max);
const tgi_identity *field_identities(fields *f, const char *name, const tgi_identity *ids, size_t *num, size_t max);

/* Objects whose names are data. */
const tgi_named_value *field_values(fields *f, const char *name, const tgi_named_value *values, size_t *num,
                                    size_t max);
const tgi_named_number *field_numbers(fields *f, const char *name, const tgi_named_number *numbers, size_t *num,
                                      size_t max);

#endif
