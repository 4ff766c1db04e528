/* mapping: how Ticket Request and Ticket Resolve travel over HTTP between a user and a KMS.
 *
 * RFC 6043 (section 7) leaves it to TS 33.328, whose wording was not at hand: all of it is settings: options, else a
 * profile's `http`, else the defaults, which follow what TS 33.246 does for MBMS: POST /keymanagement?requesttype=ticketrequest, application/mikey, a MIKEY Error travels
 * with status 200 as any other answer of the KMS.
 */
#ifndef TICKETGATE_KMS_MAPPING_H
#define TICKETGATE_KMS_MAPPING_H

#include "ticketgate/findings.h"

/* Either: octets that begin with version 1 are the message, anything else is base64. */
typedef enum kms_body { KMS_BODY_RAW, KMS_BODY_BASE64, KMS_BODY_EITHER } kms_body;
const char *kms_body_name(kms_body body);

/* X(name, status) */
#define KMS_STATUSES(X)                                                                                                \
    X(ok, 200)                                                                                                         \
    X(error, 200)                                                                                                      \
    X(malformed, 400)                                                                                                  \
    X(path, 404)                                                                                                       \
    X(method, 405)                                                                                                     \
    X(timeout, 408)                                                                                                    \
    X(too_large, 413)                                                                                                  \
    X(content_type, 415)                                                                                               \
    X(busy, 503)

typedef struct kms_mapping {
    const char *method, *path, *content_type;
    const char *query_request, *query_resolve; /* "name=value&..."; "": any */
    int body;                                  /* kms_body */
    struct {
#define KMS_STATUS_MEMBER(name, value) unsigned name;
        KMS_STATUSES(KMS_STATUS_MEMBER)
#undef KMS_STATUS_MEMBER
    } status;
} kms_mapping;
void kms_mapping_init(kms_mapping *m); /* nothing is said */
/* What no option says is what the profile says, else the default. Once, before anything else is asked of it. */
void kms_mapping_settle(kms_mapping *m, const tg_profile *profile);

/* Takes an option of the mapping; *known is false for any other. Complains. */
bool kms_mapping_take(kms_mapping *m, const char *name, const char *value, bool *known);
#define KMS_MAPPING_OPTIONS                                                                                            \
    { "method", "NAME", "POST unless given" }, { "path", "PATH", "that of the profile, else /keymanagement" },            \
        { "query-request", "QUERY", "of a Ticket Request: requesttype=ticketrequest; empty: any" },                    \
        { "query-resolve", "QUERY", "of a Ticket Resolve: requesttype=ticketresolve; empty: any" },                    \
        { "content-type", "TYPE", "application/mikey unless given" },                                                  \
        { "body", "FORM", "raw, base64 or either (default)" },                                                         \
    {                                                                                                                  \
        "status", "WHAT=CODE",                                                                                         \
            "the status of ok, error (a MIKEY Error: 200), malformed, path,\nmethod, timeout, too_large, "             \
            "content_type or busy; can be given several\ntimes"                                                        \
    }

/* The query of what this party asks a KMS: I a Ticket Request, R a Ticket Resolve. */
const char *kms_mapping_query(const kms_mapping *m, tg_sender from);

/* The message in a body. `out` holds tg_base64_decoded_max(body.len) octets at least; *message points into the body or to
 * `out`, and *form is raw or base64. False when it is not of the form. */
bool kms_body_read(kms_body expected, tg_bytes body, uint8_t *out, tg_bytes *message, kms_body *form);
/* The body of a message, to be freed; NULL when memory ran out. */
char *kms_body_write(kms_body form, tg_bytes message, size_t *len);

/* "Application/MIKEY; version=1" is application/mikey. */
bool kms_is_type(const char *value, const char *type);

#endif
