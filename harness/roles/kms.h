/* What the parts of the KMS share. Private to the room. */
#ifndef TICKETGATE_ROLES_KMS_H
#define TICKETGATE_ROLES_KMS_H

#include "role.h"

/* Who seems to ask, before anything is authenticated. */
typedef struct tg_kms_caller_is {
    tg_identity id;
    const tg_subscriber *subscriber;
    tg_bytes psk;
    tg_known known;
} tg_kms_caller_is;

void tg_kms_caller(const tg_role *role, const tg_message *message, tg_sender from, tg_kms_caller_is *out);
TG_NODISCARD tg_status tg_kms_authenticate(tg_role *role, const tg_sent *sent, const tg_message *message,
                                           const tg_kms_caller_is *caller, const tg_judgement **judgement,
                                           tg_refusal *refusal);
TG_NODISCARD tg_status tg_kms_remember(tg_role *role, const tg_sent *sent, const tg_message *request,
                                       const tg_judgement *judgement);
tg_bytes tg_kms_answer_key(const tg_kms_caller_is *caller, const tg_judgement *judgement);
tg_hdr tg_kms_response_hdr(const tg_message *request, uint8_t data_type);
tg_suite tg_kms_suite(const tg_role *role, uint8_t prf_func);

TG_NODISCARD tg_status tg_kms_resolve(tg_role *role, tg_sender from, tg_bytes octets, const tg_message *message);
/* RESOLVE_RESP with these keys; `id` and `randrkms` empty without forking. */
TG_NODISCARD tg_status tg_kms_send_keys(tg_role *role, const tg_sent *sent, const tg_message *request, tg_bytes inkey,
                                        tg_payload *keys, const tg_identity *id, tg_bytes randrkms);

/* Section 10. */
TG_NODISCARD tg_status tg_kms_new_pending(tg_role *role);
bool tg_kms_is_foreign(const tg_role *role, const tg_ticket *ticket);
TG_NODISCARD tg_status tg_kms_forward(tg_role *role, const tg_judgement *judgement, const tg_identity *id);
TG_NODISCARD tg_status tg_kms_forwarded(tg_role *role, tg_bytes octets, const tg_message *message);

#endif
