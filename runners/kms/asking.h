/* asking: what users ask a KMS, made by the roles of the library, and its answers judged with all keys. */
#ifndef TICKETGATE_KMS_ASKING_H
#define TICKETGATE_KMS_ASKING_H

#include "deployment.h"

enum { ASKED_MAX = 5 };

/* A conversation up to a message to the KMS, the last one. Free it with asked_free. */
typedef struct asked {
    tg_sent sent[ASKED_MAX];
    size_t num;
} asked;
void asked_free(asked *q);
/* Another one with the same messages. False when memory ran out. */
bool asked_copy(const asked *from, asked *out);
/* The octets of the last message, which may be changed in place. */
uint8_t *asked_octets(asked *q, size_t *len);

typedef struct asking_options {
    bool pk, leave_out_ids, wrong_psk;
    const tg_suite *suite; /* NULL: 128 */
    uint8_t ts_type;
    int64_t clock_off; /* seconds that the asker's clock is wrong */
    const tg_deviation *deviation;
    const tg_identity *as;   /* IDRi of a request, IDRr of a resolve; NULL: known.i, known.r */
    const tg_identity *only; /* whom the ticket is for; NULL: known.r */
} asking_options;

typedef struct asker {
    const deployment *d;
    tg_crypto *crypto;
    tg_arena initiator_memory, responder_memory, judge_memory;
    tg_role *initiator, *responder;
    uint32_t counter;
} asker;

bool asker_init(asker *a, const deployment *d);
void asker_free(asker *a);

/* A request for a ticket. NULL, or why there is none. */
const char *asker_request(asker *a, const asking_options *o, asked *out);
/* The answer to it came: takes it, transfers the ticket; then asker_resolve may come, as often as wanted. */
const char *asker_granted(asker *a, asked *q, tg_bytes response);
/* Adds the request of whoever got the last TRANSFER_INIT. */
const char *asker_resolve(asker *a, const asking_options *o, asked *q);

/* Judges the conversation with this answer (NULL octets: up to the question). Until the next call. NULL: want of memory.
 * `of` is the judgement of the last message. */
const tg_conversation *asker_judge(asker *a, const asked *q, tg_bytes answer, const tg_judgement **of);

#endif
