/* A live KMS behind HTTP: what it receives is the body of a POST. It keeps the configuration it has, whatever `open`
 * says, so that cases must be made for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach_private.h"
#include "ticketgate/registry.h"

/* As in ticketgate kms and probe, where nobody says otherwise. */
bool iut_live_set(iut_live *live, iut_pool *pool, const char *url, const iut_live_options *o)
{
    iut_live_options all = o ? *o : (iut_live_options){ 0 };
    const struct {
        const char **out, *usual;
    } texts[] = { { &all.profiles, "*" },
                  { &all.can, "psk pk mode-1 mode-2 mode-3 suite-128 suite-128-kw suite-256 ntp errors" },
                  { &all.path, "/" },
                  { &all.content_type, "application/mikey" },
                  { &all.query_request, "requesttype=ticketrequest" },
                  { &all.query_resolve, "requesttype=ticketresolve" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].out = *texts[i].out ? *texts[i].out : texts[i].usual;
    all.status_ok = all.status_ok ? all.status_ok : 200;
    const char *rest = strstr(url, "://");
    size_t origin = rest ? (size_t)(rest - url) + 3 + strcspn(rest + 3, "/?#") : strlen(url);
    bool whole = url[origin] && strcmp(url + origin, "/") != 0;
    size_t size = strlen(url) + strlen(all.path) + 1;
    char *copy = iut_pool_get(pool, size);
    if (copy)
        snprintf(copy, size, "%.*s%s", whole ? (int)strlen(url) : (int)origin, url, whole ? "" : all.path);
    live->url = copy;
    live->o = all;
    return copy != NULL;
}

static iut_fault fault_of(iut_http_outcome outcome)
{
    switch (outcome) {
    case IUT_HTTP_ANSWERED:
        return IUT_OK;
    case IUT_HTTP_TIMEOUT:
        return IUT_TIMEOUT;
    case IUT_HTTP_TOO_MUCH:
        return IUT_TOO_MUCH;
    case IUT_HTTP_BROKEN:
        return IUT_GARBAGE;
    case IUT_HTTP_INTERRUPTED:
        return IUT_INTERRUPTED;
    default:
        return IUT_GONE;
    }
}

/* Whether somebody is there; what a KMS says to HEAD is its own affair. */
bool iut_live_hello(const iut_live *live, iut_pool *pool, iut_hello *out, char why[IUT_WHY])
{
    iut_http_request request = { .url = live->url, .method = "HEAD", .timeout_ms = live->timeout_ms,
                                 .interrupted = live->interrupted, .interrupted_user = live->interrupted_user };
    iut_http_answer answer;
    iut_http_outcome outcome = iut_http_send(live->http, &request, &answer);
    if (outcome == IUT_HTTP_UNREACHABLE || outcome == IUT_HTTP_BAD_URL || outcome == IUT_HTTP_NO_MEMORY ||
        outcome == IUT_HTTP_INTERRUPTED) {
        snprintf(why, IUT_WHY, "%s", answer.text);
        return false;
    }
    *out = (iut_hello){ .name = live->url, .release = "" };
    out->roles[TGI_KMS] = true;
    out->profiles = iut_words(pool, live->o.profiles);
    out->can = iut_words(pool, live->o.can);
    return out->profiles && out->can;
}

/* The message in a body; none where it is not of the form. */
static tgi_octets message_in(const iut_live *live, const iut_http_answer *answer, iut_pool *pool)
{
    size_t len = 0, error_at;
    if (!live->o.base64)
        return (tgi_octets){ answer->body, answer->len };
    uint8_t *octets = iut_pool_get(pool, tg_base64_decoded_max(answer->len) + 1);
    if (!octets || tg_base64_decode((const char *)answer->body, answer->len, octets, &len, &error_at) != TG_OK)
        return (tgi_octets){ NULL, 0 };
    return (tgi_octets){ octets, len };
}

static iut_fault take_answer(const iut_live *live, const iut_call *call, const iut_http_answer *answer, iut_pool *pool,
                             tgi_reply *reply, char why[IUT_WHY])
{
    bool is_mikey = iut_http_is_type(answer, live->o.content_type), is_ok = answer->status == live->o.status_ok;
    tgi_octets message = is_mikey && answer->len > 0 ? message_in(live, answer, pool) : (tgi_octets){ NULL, 0 };
    if (is_ok && message.len < 2) {
        snprintf(why, IUT_WHY, "status %u with content type \"%.100s\", %zu octets%s", answer->status,
                 answer->content_type, answer->len, is_mikey && answer->len > 1 ? " that are no base64" : "");
        return IUT_GARBAGE;
    }
    bool is_error = message.len >= 2 && message.data[1] == TG_DATA_TYPE_ERROR;
    reply->outcome = is_ok && !is_error ? TGI_ACCEPTED : TGI_REJECTED;
    if (is_ok || is_error) {
        reply->messages[0].to = call->from;
        reply->messages[0].octets = message;
        reply->num_messages = 1;
    }
    return IUT_OK;
}

/* A URL that has a query is used as it is; else the query says what is asked, as in ticketgate kms and probe. */
static char *url_for(const iut_live *live, tgi_role from)
{
    const char *query = strchr(live->url, '?')  ? ""
                        : from == TGI_INITIATOR ? live->o.query_request
                                                : live->o.query_resolve;
    size_t size = strlen(live->url) + strlen(query) + 2;
    char *url = malloc(size);
    if (url)
        snprintf(url, size, "%s%s%s", live->url, query[0] ? "?" : "", query);
    return url;
}

iut_fault iut_live_call(const iut_live *live, const iut_call *call, iut_pool *pool, tgi_reply *reply,
                        char why[IUT_WHY])
{
    *reply = (tgi_reply){ .size = sizeof *reply };
    if (call->op == IUT_OP_CLOSE || (call->op == IUT_OP_OPEN && call->open->role == TGI_KMS))
        return IUT_OK;
    if (call->op != IUT_OP_RECEIVE) {
        reply->outcome = TGI_UNSUPPORTED;
        return IUT_OK;
    }
    char *url = url_for(live, call->from), *text = NULL;
    if (live->o.base64 && (text = iut_pool_get(pool, tg_base64_encoded_size(call->message.len) + 1)))
        tg_base64_encode(tg_bytes_of(call->message.data, call->message.len), text);
    if (!url || (live->o.base64 && !text)) {
        snprintf(why, IUT_WHY, "no memory");
        free(url);
        return IUT_GONE;
    }
    iut_http_request request = { .url = url,
                                 .method = live->o.method,
                                 .content_type = live->o.content_type,
                                 .accept = live->o.content_type,
                                 .body = text ? (const uint8_t *)text : call->message.data,
                                 .len = text ? strlen(text) : call->message.len,
                                 .timeout_ms = live->timeout_ms,
                                 .max_body = live->max_answer,
                                 .interrupted = live->interrupted,
                                 .interrupted_user = live->interrupted_user };
    iut_http_answer answer;
    iut_fault fault = fault_of(iut_http_send(live->http, &request, &answer));
    free(url);
    if (fault == IUT_OK)
        return take_answer(live, call, &answer, pool, reply, why);
    snprintf(why, IUT_WHY, "%s", answer.text);
    return fault;
}
