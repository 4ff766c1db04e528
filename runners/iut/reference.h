/* reference: the bundled reference implementation (iut_reference of attach.h), and where a mutant of it is wrong. */
#ifndef TICKETGATE_RUNNERS_REFERENCE_H
#define TICKETGATE_RUNNERS_REFERENCE_H

#include "containers.h"
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

/* A message that came, or one that is about to be sent. */
typedef struct iut_seen {
    const tg_message *message;
    tg_sender from; /* of what came */
    bool is_update;
    const char *rejected; /* about to be sent: the class of the rejection that it goes with; NULL: none */
    /* The initial message that it answers, or of an initial message the one before it of the same exchange; of an Error
     * that came: what this side sent last. NULL: nothing. */
    const tg_message *asked;
    const iut_config *config;
    tg_arena *arena;
} iut_seen;

/* A wrong variant of the reference, in the roles that it names. What is zero is as in the reference. */
typedef struct iut_variant {
    iut_mutant about;
    const char *deviation_name; /* of tg_deviations(), or */
    tg_deviation deviation;
    void (*configure)(iut_config *config);
    bool (*dislikes)(const iut_seen *seen);  /* what came: it is rejected, unseen by the role */
    const char *class_of_dislike;            /* NULL: "rule" */
    bool (*ignores)(const iut_seen *seen);   /* what came: it calls it accepted, and does nothing */
    bool (*withholds)(const iut_seen *seen); /* what would be sent: it is not */
    bool gives_up;                           /* after a message that is not authentic nothing is accepted any more */
    /* The keys that are shown. */
    void (*keys)(tg_crypto *crypto, tg_arena *arena, const tg_established *established, tgi_session_key *keys,
                 size_t *num);
    iut_wrong_container container; /* in every role: containers belong to none */
} iut_variant;
const iut_variant *iut_variant_find(const char *name);                 /* NULL when there is none */
const tg_deviation *iut_variant_deviation(const iut_variant *variant); /* NULL: none */
/* Does the message break this row, as far as it alone shows? */
bool iut_breaks_row(const iut_seen *seen, const char *row);

/* ---- reference.c, reference_message.c ----------------------------------------------------------------------- */

#define IUT_REFERENCE_MAX_OCTETS ((size_t)1 << 20)
tg_crypto *iut_reference_crypto(void);               /* once there is a reference */
const iut_variant *iut_reference_variant(void); /* that new sessions are; NULL: none */
const char *iut_class_of(tg_refusal refusal);
int iut_reject(tgi_reply *reply, tg_refusal refusal, const char *text); /* text NULL: that of the refusal */
int iut_unsupported(tgi_reply *reply, const char *what);
int iut_decode_alone(tgi_octets message, tgi_reply *reply);
int iut_check_alone(tgi_octets message, const char *profile, const char *exchange, tgi_role from, tgi_reply *reply);
/* *block is to be freed whatever comes back. */
TG_NODISCARD tg_status iut_parse(tg_bytes octets, uint8_t **block, tg_message **out, tg_diag *diag);

/* ---- variant.c ---------------------------------------------------------------------------------------------- */

/* The last initial message of each of the three exchanges, sent or received; and the last that was sent. */
#define IUT_NUM_KINDS 4
typedef struct iut_memory {
    struct {
        uint8_t *data;
        size_t len;
    } last[IUT_NUM_KINDS];
} iut_memory;
void iut_memory_keep(iut_memory *m, tg_bytes octets, bool sent);
void iut_memory_free(iut_memory *m);
bool iut_seen_by(const iut_memory *m, const iut_config *config, bool (*hook)(const iut_seen *seen), tg_bytes octets,
                 tg_sender from, const char *rejected);

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
