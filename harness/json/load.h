/* load: the one place where jansson is called to parse. Private to the json room.
 *
 * Size, nesting and number of values are checked before jansson sees the text; object keys are hashed with a constant
 * seed, so that a run can be repeated.
 */
#ifndef TICKETGATE_JSON_LOAD_H
#define TICKETGATE_JSON_LOAD_H

#include <jansson.h>

#include "ticketgate/json.h"

enum {
    TG_JSON_MAX_SIZE = 64 * 1024 * 1024,
    TG_JSON_MAX_VALUES = 4 * 1024 * 1024 /* what a message of 2 MiB takes at the most */
};

/* The document's root; json_decref it. On failure *error_at is the place in the text and *reason a static sentence. */
TG_NODISCARD tg_status tg_json_load(const char *json, size_t json_len, json_t **root, size_t *error_at,
                                    const char **reason);

#endif
