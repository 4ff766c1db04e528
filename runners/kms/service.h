/* service: the reference KMS (tg_kms of roles.h) for many threads.
 *
 * A role is for one thread at a time. So there are several of them, the shards: the same octets always come to the same
 * one, and everything that counts with COUNTER timestamps, whose cache entries are a peer's and not a message's, to the
 * first. Together they are one KMS with one replay cache.
 *
 * All memory is taken at the start. What is remembered against replay is bounded: when a shard's part of the cache is
 * full of messages whose time is not over, what comes is not answered (KMS_BUSY) until the skew has passed.
 */
#ifndef TICKETGATE_KMS_SERVICE_H
#define TICKETGATE_KMS_SERVICE_H

#include "deployment.h"

typedef struct kms_service kms_service;

typedef struct kms_service_options {
    size_t replay;                 /* messages that are remembered */
    size_t max_message;            /* octets */
    bool plain_errors;             /* Errors that it sends carry no MAC */
    const tg_deviation *deviation; /* be wrong in this way; NULL: not at all */
} kms_service_options;

typedef enum kms_outcome {
    KMS_ANSWERED, /* there is a response, or an Error */
    KMS_SILENT,   /* refused, and there is no Error for it */
    KMS_BUSY,     /* the replay cache is full */
    KMS_OUT_OF_MEMORY
} kms_outcome;

typedef struct kms_reply {
    uint8_t *octets; /* KMS_ANSWERED: free it */
    size_t len;
    tg_refusal refusal;
    const char *row; /* catalogue id behind the refusal, or NULL */
} kms_reply;

/* NULL when memory ran out. The deployment must outlive it. */
kms_service *kms_service_new(const deployment *d, const kms_service_options *options);
void kms_service_free(kms_service *s);
/* From any thread. `from`: I, R; UNKNOWN: the data type tells. */
kms_outcome kms_service_ask(kms_service *s, tg_sender from, tg_bytes octets, kms_reply *reply);
/* Requests that are remembered now. */
size_t kms_service_remembered(kms_service *s);

#endif
