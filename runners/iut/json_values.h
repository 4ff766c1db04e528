/* json_values: single values, for json_fields. */
#ifndef TICKETGATE_RUNNERS_JSON_VALUES_H
#define TICKETGATE_RUNNERS_JSON_VALUES_H

#include "json_fields.h"

void *get_memory(fields *f, size_t num, size_t size); /* of the pool; NULL: failed */
json_t *text_to_json(fields *f, const char *text);
const char *text_of_json(fields *f, const char *name, const json_t *value);
json_t *octets_to_json(fields *f, tgi_octets octets);
tgi_octets octets_of_json(fields *f, const char *name, const json_t *value);
bool integer_of_json(fields *f, const char *name, const json_t *value, json_int_t least, json_int_t most,
                     json_int_t *out);

#endif
