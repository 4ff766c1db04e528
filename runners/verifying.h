/* verifying: conversations read and judged with their keys, one after the other, in memory that is used again and wiped in
 * between.
 */
#ifndef TICKETGATE_VERIFYING_H
#define TICKETGATE_VERIFYING_H

#include "judging.h"
#include "ticketgate/json.h"

#define VERIFYING_MAX_TEXT ((size_t)64 << 20) /* the json room's own limit */
enum { VERIFYING_MAX_SETTINGS = 32 };

typedef struct verifying_memory {
    uint8_t *data;
    size_t capacity;
    tg_arena arena;
} verifying_memory;

typedef struct verifying {
    tg_crypto *crypto;
    judging judging;           /* --profile */
    const tg_profile *profile; /* in place of the conversation's own, or NULL */
    struct {
        char name[32];
        const char *value;
    } settings[VERIFYING_MAX_SETTINGS]; /* --set, over all others */
    size_t num_settings;
    bool with_gap;             /* a message may be null: that of the SIP request beside it */
    bool without_inputs;       /* leave out the inputs of MACs: nobody wants to see what was derived */
    verifying_memory read_memory, judge_memory;
    tg_json_conversation conversation; /* the one at hand */
    tg_conversation *judged;
} verifying;

bool verifying_init(verifying *v); /* complains */
void verifying_free(verifying *v);
/* --profile NAME and --set NAME=VALUE; *known is false for any other option. */
bool verifying_take(verifying *v, const char *name, const char *value, bool *known);
#define VERIFYING_OPTIONS                                                                                              \
    { "profile", "NAME", "judge by this profile (or file of JSON), whatever the conversation names" },                 \
    {                                                                                                                  \
        "set", "NAME=VALUE", "a setting of the profile, such as update_keys=same_mpk;\ncan be given several times"     \
    }

/* Reads a conversation; what was there before is wiped. On failure nothing is at hand, and *reason is a static sentence. */
TG_NODISCARD tg_status verifying_read(verifying *v, const char *json, size_t len, bool without_messages, tg_diag *diag,
                                      const char **reason);
/* Judges all messages of the conversation at hand. Fails for want of memory, or when a message is beyond a limit. */
TG_NODISCARD tg_status verifying_judge(verifying *v, tg_diag *diag);
/* Forgets the conversation at hand. */
void verifying_wipe(verifying *v);

#endif
