/* workspace: the memory that messages are read and made in, kept from one message to the next. */
#ifndef TICKETGATE_WORKSPACE_H
#define TICKETGATE_WORKSPACE_H

#include "ticketgate/json.h"

typedef struct workspace {
    uint8_t *parse_memory, *tree_memory, *octets_memory;
    size_t parse_capacity, tree_capacity, octets_capacity;
    tg_text text; /* for whoever writes */
} workspace;

void workspace_free(workspace *ws);

/* Text of hex digits (or base64) to octets in the workspace. On failure diag->offset is the place in the text. */
TG_NODISCARD tg_status workspace_decode_text(workspace *ws, const char *text, size_t len, bool base64, tg_bytes *out,
                                             tg_diag *diag);
/* A message tree to octets in the workspace. *reason is a static sentence. */
TG_NODISCARD tg_status workspace_build(workspace *ws, const char *json, size_t len, tg_bytes *out, tg_diag *diag,
                                       const char **reason);
/* Octets to a message, which lives until the next call. */
TG_NODISCARD tg_status workspace_parse(workspace *ws, tg_bytes octets, const tg_message **out, tg_diag *diag);

#endif
