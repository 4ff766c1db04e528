#include "workspace.h"

#include <stdlib.h>

void workspace_free(workspace *ws)
{
    free(ws->parse_memory);
    free(ws->tree_memory);
    free(ws->octets_memory);
    tg_text_free(&ws->text);
    *ws = (workspace){ 0 };
}

/* Nothing in the memory is kept, so it need not be copied. */
static bool provide(uint8_t **memory, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity && *memory)
        return true;
    size_t larger = wanted < SIZE_MAX / 2 ? wanted + wanted / 4 : wanted;
    free(*memory);
    *memory = malloc(larger);
    *capacity = *memory ? larger : 0;
    return *memory != NULL;
}

static tg_status fail(tg_diag *diag, tg_status status, size_t offset)
{
    *diag = (tg_diag){ .status = status, .id = "", .offset = offset };
    return status;
}

tg_status workspace_decode_text(workspace *ws, const char *text, size_t len, bool base64, tg_bytes *out, tg_diag *diag)
{
    size_t most = base64 ? tg_base64_decoded_max(len) : tg_hex_decoded_max(len);
    size_t decoded = 0, error_at = 0;
    if (!provide(&ws->octets_memory, &ws->octets_capacity, most + 1))
        return fail(diag, TG_TOO_LARGE, 0);
    tg_status status = base64 ? tg_base64_decode(text, len, ws->octets_memory, &decoded, &error_at)
                              : tg_hex_decode(text, len, ws->octets_memory, &decoded, &error_at);
    *out = tg_bytes_of(ws->octets_memory, decoded);
    return status == TG_OK ? TG_OK : fail(diag, status, error_at);
}

tg_status workspace_build(workspace *ws, const char *json, size_t len, tg_bytes *out, tg_diag *diag,
                          const char **reason)
{
    /* An octet takes at least one character of a tree, but for the numbers that may be left out. */
    size_t octets_max = len + 64;
    *reason = "There is not enough memory for this text.";
    if (!provide(&ws->tree_memory, &ws->tree_capacity, tg_json_arena_size(len)) ||
        !provide(&ws->octets_memory, &ws->octets_capacity, octets_max))
        return fail(diag, TG_TOO_LARGE, 0);
    tg_arena arena = tg_arena_of(ws->tree_memory, ws->tree_capacity);
    tg_message *message = NULL;
    tg_status status = tg_json_to_message(json, len, &arena, &message, diag, reason);
    if (status != TG_OK)
        return status;
    tg_writer w = tg_writer_of(ws->octets_memory, ws->octets_capacity);
    status = tg_message_build(message, &w);
    *out = tg_bytes_of(ws->octets_memory, w.len);
    *reason = "The tree holds more than its length fields can say.";
    return status == TG_OK ? TG_OK : fail(diag, status, w.len);
}

tg_status workspace_parse(workspace *ws, tg_bytes octets, const tg_message **out, tg_diag *diag)
{
    if (!provide(&ws->parse_memory, &ws->parse_capacity, tg_message_arena_size(octets.len)))
        return fail(diag, TG_TOO_LARGE, 0);
    tg_arena arena = tg_arena_of(ws->parse_memory, ws->parse_capacity);
    tg_message *message = NULL;
    tg_status status = tg_message_parse(octets, &arena, &message, diag);
    *out = message;
    return status;
}
