#include "framing.h"

#include <string.h>
#include <strings.h>

typedef struct headers {
    size_t lengths, codings, types;
    bool blank, unknown;
} headers;

static enum MHD_Result count_header(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    headers *h = user;
    size_t len = strcspn(name, " \t");
    (void)kind;
    h->blank = h->blank || name[len]; /* "Content-Length : 5": RFC 9112 5.1 */
    if (strcasecmp(name, "Content-Length") == 0) {
        h->lengths++;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        h->codings++;
        h->unknown = h->unknown || !value || strcasecmp(value, "chunked") != 0;
    } else if (strcasecmp(name, "Content-Type") == 0) {
        h->types++;
    }
    return MHD_YES;
}

static headers headers_of(struct MHD_Connection *connection)
{
    headers h = { 0 };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &h);
    return h;
}

kms_framing kms_framing_of(struct MHD_Connection *connection)
{
    headers h = headers_of(connection);
    if (h.blank || h.lengths + h.codings > 1)
        return KMS_FRAMING_AMBIGUOUS;
    return h.unknown ? KMS_FRAMING_UNKNOWN : KMS_FRAMING_PLAIN;
}

/* ---- what is said twice ------------------------------------------------------------------------------------- */

enum { MOST_ARGUMENTS = 64 };

typedef struct arguments {
    const char *names[MOST_ARGUMENTS];
    size_t num;
    bool doubled; /* or too many to tell */
} arguments;

static enum MHD_Result take_argument(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    arguments *a = user;
    (void)kind, (void)value;
    a->doubled = a->doubled || a->num == MOST_ARGUMENTS;
    for (size_t i = 0; i < a->num && !a->doubled; i++)
        a->doubled = strcmp(a->names[i], name) == 0;
    if (!a->doubled)
        a->names[a->num++] = name;
    return a->doubled ? MHD_NO : MHD_YES;
}

bool kms_framing_is_doubled(struct MHD_Connection *connection)
{
    arguments a = { .num = 0 };
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument, &a);
    return a.doubled || headers_of(connection).types > 1;
}

size_t kms_framing_unescape(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}
