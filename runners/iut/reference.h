/* reference: the bundled reference implementation (iut_reference of attach.h), and where a mutant of it is wrong. */
#ifndef TICKETGATE_RUNNERS_REFERENCE_H
#define TICKETGATE_RUNNERS_REFERENCE_H

#include "attach.h"
#include "ticketgate/roles.h"

/* The configuration of a session, before the role is made of it. */
typedef struct iut_config {
    tgi_role who;
    tg_role_config *role; /* that of the role below */
    union {
        tg_initiator_config i;
        tg_responder_config r;
        tg_kms_config k;
    } of;
    const char *refuse; /* "request", "transfer", "resolve", "update", or NULL */
    tg_profile profile;
    const tgi_open *open; /* what was asked; until the role is made */
} iut_config;

/* A wrong variant of the reference. What is zero is as in the reference. */
typedef struct iut_variant {
    iut_mutant about;
    const char *deviation_name;  /* of tg_deviations(), or */
    const tg_deviation *deviation;
    void (*configure)(iut_config *config);
    void (*keys)(const tg_established *established, tgi_session_key *keys, size_t *num); /* the keys that are shown */
    bool same_random;            /* random numbers come again in each call */
    bool keeps_going;            /* answers "accepted" where it rejects */
    bool silent;                 /* sends no Errors */
} iut_variant;
const iut_variant *iut_variant_find(const char *name); /* NULL when there is none */

/* ---- reference_open.c --------------------------------------------------------------------------------------- */

/* The public keys of a session; freed with it. */
typedef struct iut_pks {
    tg_pk *own, *kms, **trust;
    size_t num_trust;
} iut_pks;

/* The configuration that `what` asks for, everything in it copied into the arena. TG_ARENA_FULL, or with *why (static)
 * what this implementation cannot do. `pks` is to be freed whatever comes back. */
TG_NODISCARD tg_status iut_config_of_open(tg_crypto *crypto, const tgi_open *what, tg_arena *arena, iut_config *out,
                                          iut_pks *pks, const char **why);
TG_NODISCARD tg_status iut_plan_of_transfer(const tgi_transfer *transfer, bool response, tg_arena *arena,
                                            tg_transfer_plan *out);
void iut_pks_free(iut_pks *pks);

#endif
