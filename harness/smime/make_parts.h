/* The parts of a container that is made, in DER. */
#ifndef TICKETGATE_SMIME_MAKE_PARTS_H
#define TICKETGATE_SMIME_MAKE_PARTS_H

#include <openssl/types.h>

#include "ticketgate/smime.h"

/* Octets of OpenSSL's heap: tg_part_free. */
typedef struct tg_part {
    uint8_t *data;
    size_t len;
} tg_part;
void tg_part_free(tg_part *part);

TG_NODISCARD tg_status tg_make_oid(const char *oid, tg_part *out);
/* AlgorithmIdentifier: parameters left out, NULL, GCMParameters or CCMParameters. */
TG_NODISCARD tg_status tg_make_algorithm(const char *oid, bool null_parameters, tg_part *out);
TG_NODISCARD tg_status tg_make_aead_algorithm(const char *oid, tg_bytes nonce, size_t icv_len, bool leave_out_default,
                                              tg_part *out);
/* RecipientInfos: each recipient of the plan a KEKRecipientInfo with the content key. */
TG_NODISCARD tg_status tg_make_recipients(OSSL_LIB_CTX *lib, const tg_smime_plan *plan, tg_bytes cek, tg_part *out);
/* SET OF Attribute: content-type, message-digest, and those of the plan. */
TG_NODISCARD tg_status tg_make_auth_attrs(const tg_smime_plan *plan, tg_bytes digest, tg_part *out);

/* Attributes of the caller that a reader takes: TG_BAD_CMS where he does not. */
TG_NODISCARD tg_status tg_check_planned_attributes(const tg_smime_plan *plan);

#endif
