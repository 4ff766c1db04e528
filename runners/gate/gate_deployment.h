/* gate_deployment: a live KMS. It has keys, names, a clock and a replay cache already, so that the cases take those that it
 * has, and leave out what would need another KMS. */
#ifndef TICKETGATE_RUNNERS_GATE_DEPLOYMENT_H
#define TICKETGATE_RUNNERS_GATE_DEPLOYMENT_H

#include "../kms/deployment.h"
#include "../kms/mapping.h"
#include "gate_plan.h"

typedef struct gate_deployment {
    deployment d;
    kms_mapping m;
    judging of_http;
    const tg_profile *http; /* --http, or NULL */
    const char *words;           /* --can */
    const char *option;          /* the first of these options that was given */
    tg_given_cast cast, swapped; /* swapped: I and R with each other's certificates */
    char seed[33];
    iut_live_options live;
    keeping keeping;
} gate_deployment;

bool gate_deployment_init(gate_deployment *g); /* complains */
void gate_deployment_free(gate_deployment *g);
bool gate_deployment_take(gate_deployment *g, const char *name, const char *value, bool *known);
#define GATE_DEPLOYMENT_OPTIONS                                                                                        \
    { "known", "FILE",                                                                                                 \
      "a live KMS: who is who, and what they share with it, as for ticketgate\nkms and probe. Without it: the "        \
      "built-in "                                                                                                      \
      "test deployment" },                                                                                             \
        { "now", "TIME", "a live KMS: a fixed time in place of the clock, as for ticketgate kms" },                    \
        { "can", "WORDS",                                                                                              \
          "a live KMS: what it can, in place of what is supposed; words with + or -\nadd to that, or "                 \
          "take away from it" },                                                                                       \
            { "http", "PROFILE", "a live KMS: how MIKEY travels to it is what this profile says" },                        \
    KMS_MAPPING_OPTIONS

/* Reads the deployment. `profiles`: what the KMS is to be declared to have; none: that of the deployment. Complains; an
 * exit code. */
int gate_deployment_load(gate_deployment *g, const char *const *profiles, size_t num_profiles);
/* Puts the deployment into the plan of a case. `second`: it is run once more, with other random numbers. */
void gate_deployment_apply(const gate_deployment *g, const gate_case *c, bool second, gate_plan *p);
/* Why this case cannot be run against a live KMS, or NULL. */
const char *gate_deployment_skip(const gate_deployment *g, const gate_case *c, keeping *k);

#endif
