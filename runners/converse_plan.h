/* converse_plan: the plan of a made conversation, from options and, for what they leave open, from a seed. */
#ifndef TICKETGATE_CONVERSE_PLAN_H
#define TICKETGATE_CONVERSE_PLAN_H

#include "input.h"
#include "ticketgate/converse.h"
#include "ticketgate/json.h"

enum { CONVERSE_MAX_SETTINGS = 16, CONVERSE_MAX_SEED = 64 };

/* What was asked for; what was not stays as the profile's default plan has it. */
typedef struct converse_options {
    const char *profile; /* NULL: rfc6043 */
    int mode;            /* 0: 1 */
    int suite;           /* -1: not said */
    int pk;              /* -1; else bit 0: the request, bit 1: the resolve */
    int error;           /* -1, else as in tg_plan */
    int ts_type;         /* -1 */
    uint16_t flags;
    bool has_flags;
    size_t streams;      /* 0: not said */
    size_t reuses;
    tg_planned_update updates[TG_MAX_PLANNED_UPDATES];
    size_t num_updates;
    bool initiator_key, responder_key, two_kms, resolve_each_time, plain_errors, leave_out_ids, vary;
    const char *sdp_ids; /* NULL: none */
    const tg_deviation *deviation;
    const char *seed;
    input_text rsa_i, rsa_r, rsa_kms, trust; /* PEM */
    struct {
        char name[32];
        const char *value;
    } settings[CONVERSE_MAX_SETTINGS];
    size_t num_settings;
} converse_options;

void converse_options_init(converse_options *o);
void converse_options_free(converse_options *o);
/* Takes an option of converse; *known is false for any other. Complains. */
bool converse_options_take(converse_options *o, const char *name, const char *value, bool *known);

/* The plan of the conversation with this number. `profile` takes the profile, `seed` (CONVERSE_MAX_SEED) the seed. False when
 * there is no plan for this profile and mode. With `vary`, `attempt` gives another plan each time. */
bool converse_plan_make(const converse_options *o, tg_crypto *crypto, size_t number, unsigned attempt,
                        tg_profile *profile, char *seed, tg_plan *out);
/* What is written beside the messages. */
tg_json_pems converse_plan_pems(const tg_plan *plan);

#endif
