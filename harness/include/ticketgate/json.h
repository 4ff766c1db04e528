/* json: the message tree of vectors/FORMAT.md, profiles from JSON, and findings and errors as JSON.
 *
 * jansson stands behind this header; nothing of it shows. Input is checked for size and nesting before it is parsed.
 */
#ifndef TICKETGATE_JSON_H
#define TICKETGATE_JSON_H

#include "ticketgate/findings.h"
#include "ticketgate/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call once before anything else with a random number where input comes from strangers, who could otherwise make names
 * that collide in a hash table; without it a constant is used. */
void tg_json_init(size_t seed);

/* Text that grows; free it with tg_text_free. `data` is NUL-terminated once anything was written; `failed` when memory ran out. */
typedef struct tg_text {
    char *data;
    size_t len, capacity;
    bool failed;
} tg_text;
void tg_text_free(tg_text *text);
void tg_text_add(tg_text *text, const char *data, size_t len);

/* The tree of a message. `indent` 0: one line. */
TG_NODISCARD tg_status tg_json_from_message(const tg_message *message, unsigned indent, tg_text *out);

/* A tree, or an object whose member `message` is one, back to a message in the arena (octets of hex strings included).
 * On failure diag->path is the place in the tree and *reason a static sentence. */
TG_NODISCARD tg_status tg_json_to_message(const char *json, size_t json_len, tg_arena *arena, tg_message **out,
                                          tg_diag *diag, const char **reason);
/* Memory that is enough for tg_json_to_message on a text of this many characters. */
size_t tg_json_arena_size(size_t json_len);

/* {"status","id","clause","path","offset","text"} */
void tg_json_add_error(const tg_diag *diag, tg_text *out);
/* {"id","level","on_receive","path","offset","length","text"} */
void tg_json_add_finding(const tg_finding *finding, tg_text *out);
/* A JSON string with its quotes; octets that are not UTF-8 become U+FFFD. */
void tg_json_add_string(const char *string, tg_text *out);

/* A profile from its JSON file (harness/findings/profiles/ is the model). `extends` names a built-in profile. */
TG_NODISCARD tg_status tg_json_to_profile(const char *json, size_t json_len, tg_arena *arena, tg_profile *out,
                                          const char **reason);

#ifdef __cplusplus
}
#endif
#endif
