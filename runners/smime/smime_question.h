/* smime_question: what is asked about a container, entity or SIP request, from JSON (vectors/SMIME.md, section 2). For `smime check --lines`
 * and `vectors run`.
 */
#ifndef TICKETGATE_SMIME_QUESTION_H
#define TICKETGATE_SMIME_QUESTION_H

#include <jansson.h>

#include "smime_answer.h"
#include "verifying.h"

typedef struct smime_question {
    smime_ask ask;
    tg_profile profile;
    uint8_t *octets;
    tg_smime_key *keys; /* their octets in `key_octets` */
    size_t num_keys;
    uint8_t *key_octets;
    size_t len, key_octets_len;
} smime_question;

/* A conversation is read into `v`. False with a static sentence in *reason when this is no question; there is nothing to free then. */
bool smime_question_read(smime_question *q, verifying *v, const json_t *json, const char **reason);
void smime_question_free(smime_question *q); /* wipes it */
/* The profile of this name with these settings (an object, or NULL) in place of its own. */
bool smime_question_profile(const char *name, const json_t *settings, tg_profile *out, const char **reason);
/* Reads the conversation that goes with a SIP request: one of its messages may be null, the TRANSFER_INIT in the body. */
bool smime_question_conversation(verifying *v, const json_t *conversation, const char **reason);

#endif
