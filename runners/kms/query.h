/* query: "name=value&..." that a request has to carry, in any order. */
#ifndef TICKETGATE_KMS_QUERY_H
#define TICKETGATE_KMS_QUERY_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

enum { KMS_QUERY_MAX_PAIRS = 8 };

typedef struct kms_query {
    char *text;
    struct {
        const char *name, *value;
    } pairs[KMS_QUERY_MAX_PAIRS];
    size_t num;
} kms_query;

typedef enum kms_query_result { KMS_QUERY_SET, KMS_QUERY_TOO_LONG, KMS_QUERY_NO_MEMORY } kms_query_result;
/* `q` is zeroed, and to be freed however it ends. */
kms_query_result kms_query_set(kms_query *q, const char *text);
bool kms_query_is(const kms_query *q, struct MHD_Connection *connection); /* it has them all */
void kms_query_free(kms_query *q);

#endif
