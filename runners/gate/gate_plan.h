/* gate_plan: the plan of a case's conversation. */
#ifndef TICKETGATE_RUNNERS_GATE_PLAN_H
#define TICKETGATE_RUNNERS_GATE_PLAN_H

#include "../converse_plan.h"
#include "gate.h"

typedef struct gate_plan {
    converse_options options;
    tg_profile profile;
    char seed[CONVERSE_MAX_SEED], seed_text[32];
    tg_plan plan;
    bool of_i;              /* the IUT is the Initiator's KMS, of two */
    bool other_certificate; /* I and R have each other's */
    keeping keeping;
} gate_plan;

/* False when the profile has no such plan. `words` as in cases/ *.tsv. */
bool gate_plan_make(tg_crypto *crypto, const char *words, const char *profile, const char *id, const char *seed,
                    gate_plan *out);
void gate_plan_free(gate_plan *p);
/* --set NAME=VALUE: the reading under which all plans are made; to be given before the first of them. Complains. */
bool gate_reading_take(const char *value);
bool gate_reading_is_given(void);
/* The settings that differ from the profile's own ("vr_prf=hdr, v_flag=sec6"), or NULL. *beyond: from the reading too. */
const char *gate_settings_text(keeping *k, const tg_profile *profile, bool *beyond);
/* The capability words that the role needs in it; `out` has room for GATE_MAX_NEEDS. */
enum { GATE_MAX_NEEDS = 24 };
size_t gate_plan_needs(const tg_plan *plan, tg_sender role, const char **out);
/* "clock=+299": the value of a word, "" of one without; NULL when it is not there. */
const char *gate_word_value(keeping *k, const char *words, const char *name);

#endif
