/* json: the message tree of vectors/FORMAT.md; profiles and conversations from JSON; findings, errors and answers as JSON.
 *
 * jansson stands behind this header; nothing of it shows. Input is checked for size and nesting before it is parsed.
 */
#ifndef TICKETGATE_JSON_H
#define TICKETGATE_JSON_H

#include "ticketgate/exchange.h"

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

/* ---- conversations (vectors/CONVERSATION.md) ------------------------------------------------------------------ */

/* A conversation as it was read. `known` and `sent` point into the arena and to the keys. */
typedef struct tg_json_conversation {
    tg_known known;
    tg_sent *sent;
    size_t num_sent;
    tg_pk **keys; /* all that tg_json_conversation_free frees */
    size_t num_keys;
} tg_json_conversation;

typedef struct tg_json_conversation_options {
    const tg_profile *profile; /* in place of the one that the conversation names; its settings still hold */
    bool without_messages;     /* a file of keys: there must be no messages */
    bool ignore_messages;      /* with it: there may be, and they are not looked at (a whole conversation is a file of keys, too) */
    bool with_gap;             /* the hex of a message may be null: its octets.data is (vectors/SMIME.md, section 2) */
} tg_json_conversation_options;

/* At most 4096 messages of 1 MiB. Secrets are in the arena: wipe it. On failure diag->path (or, for what is not JSON, diag->offset) says
 * where, *reason is a static sentence, and there is nothing to free. `options` may be NULL. */
TG_NODISCARD tg_status tg_json_to_conversation(const char *json, size_t json_len, tg_crypto *crypto,
                                               const tg_json_conversation_options *options, tg_arena *arena,
                                               tg_json_conversation *out, tg_diag *diag, const char **reason);
void tg_json_conversation_free(tg_json_conversation *conversation);
/* Memory that is enough for a text of this many characters. */
size_t tg_json_conversation_arena_size(size_t json_len);

/* ---- files of keys for traces (vectors/TRACE.md section 3) ---------------------------------------------------- */

#define TG_JSON_MAX_KEYS 64
typedef struct tg_json_participant {
    tg_bytes conference; /* its URI; empty: of every conference */
    tg_bytes uid;        /* a KMS UID, or a group of them */
} tg_json_participant;
typedef struct tg_json_tek {
    uint32_t csb_id;
    uint8_t cs_id;
    tg_bytes tek;        /* 1 to 256 octets */
} tg_json_tek;
typedef struct tg_json_keys {
    tg_json_conversation conversation; /* without messages */
    bool has_participants;
    const tg_json_participant *participants;
    size_t num_participants;
    const tg_json_tek *teks;
    size_t num_teks;
} tg_json_keys;
/* An object, or an array of up to TG_JSON_MAX_KEYS; `profile` is what settings and prot_types are set in. Secrets are in the arena: wipe it.
 * Failures as tg_json_to_conversation. */
TG_NODISCARD tg_status tg_json_to_keys(const char *json, size_t json_len, tg_crypto *crypto, const tg_profile *profile, tg_arena *arena,
                                       tg_json_keys out[TG_JSON_MAX_KEYS], size_t *num, tg_diag *diag, const char **reason);
void tg_json_keys_free(tg_json_keys *keys, size_t num);
size_t tg_json_keys_arena_size(size_t json_len);

/* The answer of section 2; without `with_derived` there is no key in it. */
void tg_json_add_answer(const tg_conversation *conversation, bool with_derived, unsigned indent, tg_text *out);
/* {"verdict":"error","error":{"status","path","offset","text"}}; status is limit or usage. */
void tg_json_add_no_answer(const tg_diag *diag, const char *reason, tg_text *out);

/* PEM texts of a conversation that is written: keys do not hold theirs. Empty ones are left out. */
typedef struct tg_json_pems {
    tg_bytes rsa_i, rsa_r, rsa_kms, trust;
} tg_json_pems;
/* The form of section 1, on one line; subscribers where they are a tg_subscriber_list. */
void tg_json_add_conversation(const tg_known *known, const tg_sent *sent, size_t num_sent, const tg_json_pems *pems,
                              tg_text *out);
/* A set of a key file (vectors/TRACE.md section 3), on one line: what is known (NULL: nothing), and of `beside` participants and session keys. */
void tg_json_add_keys(const tg_known *known, const tg_json_keys *beside, tg_text *out);

#ifdef __cplusplus
}
#endif
#endif
