/* framing: whether a request says unmistakably where it ends, and what it is (RFC 9112 6, RFC 9110 5.3). */
#ifndef TICKETGATE_KMS_FRAMING_H
#define TICKETGATE_KMS_FRAMING_H

#include <microhttpd.h>
#include <stdbool.h>

typedef enum kms_framing {
    KMS_FRAMING_PLAIN,
    KMS_FRAMING_AMBIGUOUS, /* two lengths, or one beside a transfer coding; a name with a blank */
    KMS_FRAMING_UNKNOWN    /* a transfer coding other than chunked */
} kms_framing;
kms_framing kms_framing_of(struct MHD_Connection *connection);
/* An argument of the query twice, or Content-Type. */
bool kms_framing_is_doubled(struct MHD_Connection *connection);
/* For MHD_OPTION_UNESCAPE_CALLBACK: what holds %00 stays as it is, for no C string can. */
size_t kms_framing_unescape(void *user, struct MHD_Connection *connection, char *text);

#endif
