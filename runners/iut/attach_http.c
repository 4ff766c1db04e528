/* A live KMS behind HTTP: what it receives is the body of a POST. It keeps the configuration it has, whatever `open`
 * says, so that cases must be made for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach_private.h"
#include "ticketgate/registry.h"

static const char media_type[] = "application/mikey";

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
    default:
        return IUT_GONE;
    }
}

/* Whether somebody is there; what a KMS says to HEAD is its own affair. */
bool iut_live_hello(const iut_live *live, iut_pool *pool, iut_hello *out, char why[IUT_WHY])
{
    iut_http_request request = { .url = live->url, .method = "HEAD", .timeout_ms = live->timeout_ms };
    iut_http_answer answer;
    iut_http_outcome outcome = iut_http_send(live->http, &request, &answer);
    if (outcome == IUT_HTTP_UNREACHABLE || outcome == IUT_HTTP_BAD_URL || outcome == IUT_HTTP_NO_MEMORY) {
        snprintf(why, IUT_WHY, "%s", answer.text);
        return false;
    }
    *out = (iut_hello){ .name = live->url, .release = "" };
    out->roles[TGI_KMS] = true;
    out->profiles = iut_words(pool, "*");
    out->can = iut_words(pool, "psk pk mode-1 mode-2 mode-3 mode-4 suite-128 suite-128-kw suite-256 ntp errors");
    return out->profiles && out->can;
}

static iut_fault take_answer(const iut_call *call, const iut_http_answer *answer, tgi_reply *reply, char why[IUT_WHY])
{
    bool is_mikey = iut_http_is_type(answer, media_type);
    if (answer->status == 200 && (!is_mikey || answer->len < 2)) {
        snprintf(why, IUT_WHY,
                 is_mikey ? "status 200 with %s%zu octets" : "status 200 with content type \"%.100s\", %zu octets",
                 is_mikey ? "" : answer->content_type, answer->len);
        return IUT_GARBAGE;
    }
    bool is_error = is_mikey && answer->len >= 2 && answer->body[1] == TG_DATA_TYPE_ERROR;
    reply->outcome = answer->status == 200 && !is_error ? TGI_ACCEPTED : TGI_REJECTED;
    if (answer->status == 200 || is_error) {
        reply->messages[0].to = call->from;
        reply->messages[0].octets = (tgi_octets){ answer->body, answer->len };
        reply->num_messages = 1;
    }
    return IUT_OK;
}

/* A URL that has a query is used as it is; else the query says what is asked, as in ticketgate kms and probe. */
static char *url_for(const iut_live *live, tgi_role from)
{
    const char *query = strchr(live->url, '?')  ? ""
                        : from == TGI_INITIATOR ? "?requesttype=ticketrequest"
                                                : "?requesttype=ticketresolve";
    size_t size = strlen(live->url) + strlen(query) + 1;
    char *url = malloc(size);
    if (url)
        snprintf(url, size, "%s%s", live->url, query);
    return url;
}

iut_fault iut_live_call(const iut_live *live, const iut_call *call, tgi_reply *reply, char why[IUT_WHY])
{
    *reply = (tgi_reply){ .size = sizeof *reply };
    if (call->op == IUT_OP_CLOSE || (call->op == IUT_OP_OPEN && call->open->role == TGI_KMS))
        return IUT_OK;
    if (call->op != IUT_OP_RECEIVE) {
        reply->outcome = TGI_UNSUPPORTED;
        return IUT_OK;
    }
    char *url = url_for(live, call->from);
    if (!url) {
        snprintf(why, IUT_WHY, "no memory");
        return IUT_GONE;
    }
    iut_http_request request = { .url = url,
                                 .content_type = media_type,
                                 .accept = media_type,
                                 .body = call->message.data,
                                 .len = call->message.len,
                                 .timeout_ms = live->timeout_ms,
                                 .max_body = live->max_answer };
    iut_http_answer answer;
    iut_fault fault = fault_of(iut_http_send(live->http, &request, &answer));
    free(url);
    if (fault == IUT_OK)
        return take_answer(call, &answer, reply, why);
    snprintf(why, IUT_WHY, "%s", answer.text);
    return fault;
}
