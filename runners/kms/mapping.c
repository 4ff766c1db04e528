#include "mapping.h"

#include <stdlib.h>
#include <strings.h>

#include "cli.h"

enum { UNSAID = -1 }; /* body */

static const char *const body_names[] = { "raw", "base64", "either", NULL };

const char *kms_body_name(kms_body body)
{
    return body_names[body];
}

void kms_mapping_init(kms_mapping *m)
{
    *m = (kms_mapping){ .method = "POST",
                        .body = UNSAID,
                        .status = {
#define KMS_STATUS_DEFAULT(name, value) .name = value,
                            KMS_STATUSES(KMS_STATUS_DEFAULT)
#undef KMS_STATUS_DEFAULT
                        } };
}

static const char *first_said(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

void kms_mapping_settle(kms_mapping *m, const tg_profile *profile)
{
    const tg_http_mapping *of = &profile->http;
    m->path = first_said(m->path, of->path, "/keymanagement");
    m->content_type = first_said(m->content_type, of->content_type, "application/mikey");
    m->query_request = first_said(m->query_request, of->query_request, "requesttype=ticketrequest");
    m->query_resolve = first_said(m->query_resolve, of->query_resolve, "requesttype=ticketresolve");
    if (m->body == UNSAID)
        m->body = of->body == TG_HTTP_BODY_RAW      ? KMS_BODY_RAW
                  : of->body == TG_HTTP_BODY_BASE64 ? KMS_BODY_BASE64
                                                    : KMS_BODY_EITHER;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static bool take_status(kms_mapping *m, const char *value)
{
    const struct {
        const char *name;
        unsigned *out;
    } all[] = {
#define KMS_STATUS_ENTRY(member, ignored) { #member, &m->status.member },
        KMS_STATUSES(KMS_STATUS_ENTRY)
#undef KMS_STATUS_ENTRY
    };
    const char *equals = strchr(value, '=');
    size_t len = equals ? (size_t)(equals - value) : 0;
    char *end = NULL;
    unsigned long code = equals && strspn(equals + 1, "0123456789") == 3 ? strtoul(equals + 1, &end, 10) : 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && end && *end == '\0' && code >= 200 && code <= 599; i++) {
        if (strlen(all[i].name) == len && strncmp(all[i].name, value, len) == 0) {
            *all[i].out = (unsigned)code;
            return true;
        }
    }
    cli_complain("--status %s: WHAT=CODE, a code from 200 to 599 (see --help for WHAT)", value);
    return false;
}

/* What stands in a request line or a header may hold no blanks and no control characters. */
static bool take_word(const char *name, const char *value, const char *first, const char **out)
{
    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || *c == '#') {
            cli_complain("--%s: blanks, control characters, # and what is not ASCII cannot stand in it", name);
            return false;
        }
    }
    if (*first && !strchr(first, value[0])) {
        cli_complain("--%s: must begin with %s", name, first);
        return false;
    }
    *out = value;
    return true;
}

bool kms_mapping_take(kms_mapping *m, const char *name, const char *value, bool *known)
{
    *known = true;
    if (strcmp(name, "method") == 0)
        return take_word(name, value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", &m->method);
    if (strcmp(name, "path") == 0)
        return take_word(name, value, "/", &m->path);
    if (strcmp(name, "query-request") == 0)
        return take_word(name, value, "", &m->query_request);
    if (strcmp(name, "query-resolve") == 0)
        return take_word(name, value, "", &m->query_resolve);
    if (strcmp(name, "content-type") == 0)
        return take_word(name, value, "", &m->content_type);
    if (strcmp(name, "body") == 0)
        return cli_take_choice(name, value, body_names, &m->body);
    if (strcmp(name, "status") == 0)
        return take_status(m, value);
    *known = false;
    return true;
}

const char *kms_mapping_query(const kms_mapping *m, tg_sender from)
{
    return from == TG_SENDER_R ? m->query_resolve : m->query_request;
}

/* ---- bodies ------------------------------------------------------------------------------------------------- */

bool kms_body_read(kms_body expected, tg_bytes body, uint8_t *out, tg_bytes *message, kms_body *form)
{
    size_t len = 0, error_at = 0;
    bool raw = expected == KMS_BODY_RAW || (expected == KMS_BODY_EITHER && body.len > 0 && body.data[0] == 1);
    *form = raw ? KMS_BODY_RAW : KMS_BODY_BASE64;
    *message = body;
    if (raw)
        return true;
    if (tg_base64_decode((const char *)body.data, body.len, out, &len, &error_at) != TG_OK)
        return false;
    *message = tg_bytes_of(out, len);
    return true;
}

char *kms_body_write(kms_body form, tg_bytes message, size_t *len)
{
    char *out = malloc(tg_base64_encoded_size(message.len) + message.len);
    if (!out)
        return NULL;
    if (form == KMS_BODY_BASE64) {
        tg_base64_encode(message, out);
        *len = strlen(out);
    } else {
        if (message.len > 0)
            memcpy(out, message.data, message.len);
        *len = message.len;
    }
    return out;
}

bool kms_is_type(const char *value, const char *type)
{
    size_t len = value ? strcspn(value, "; \t") : 0;
    return len == strlen(type) && strncasecmp(value ? value : "", type, len) == 0;
}
