/* A plan and what it takes to run it. Private to the room. */
#ifndef TICKETGATE_ROLES_CONVERSE_H
#define TICKETGATE_ROLES_CONVERSE_H

#include "role.h"

/* Who is who in made conversations, and their secrets. */
typedef struct tg_cast {
    tg_identity i, r, kms, kms_r, b_tid_i, b_tid_r; /* kms_r: the Responder's KMS where there are two */
    tg_bytes psk_i, psk_r, psk_kms, tpk;
    tg_subscriber subscribers[2];
    tg_bytes uids[2];
    tg_subscriber_list list;
    tg_subscriber_source source;
    tg_pk *rsa_i, *rsa_r, *rsa_kms, *trust;
} tg_cast;
TG_NODISCARD tg_status tg_cast_for(tg_crypto *crypto, const tg_plan *plan, const tg_random *random, tg_arena *arena,
                                   tg_cast *out);
void tg_cast_free(tg_cast *cast);

/* Ticket Policy and Ticket Transfer plans for both sides, in the arena. */
typedef struct tg_script {
    tg_ticket_policy policy;
    tg_transfer_plan offer, answer, update_i, update_r, update_answer;
    const tg_security_policy *supported;
    size_t num_supported;
    const tg_m_line *m_lines;
    size_t num_m_lines;
} tg_script;
TG_NODISCARD tg_status tg_script_for(const tg_plan *plan, const tg_cast *cast, tg_arena *arena, tg_script *out);

#endif
