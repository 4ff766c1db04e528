/* address: where a KMS listens, or somebody else. */
#ifndef TICKETGATE_KMS_ADDRESS_H
#define TICKETGATE_KMS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

typedef struct kms_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } of;
    bool is_v6;
} kms_address;

/* "ADDR:PORT", "[ADDR6]:PORT"; numbers only, and localhost (127.0.0.1). Complains. */
bool kms_address_take(const char *text, kms_address *out);
bool kms_address_read(const char *text, kms_address *out); /* the same, in silence */
bool kms_address_is_loopback(const kms_address *a);

#endif
