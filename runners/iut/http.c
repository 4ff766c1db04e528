/* One POST of octets, bounded in time and memory (libcurl). */
#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADERS = 1 << 16, DEFAULT_TIMEOUT_MS = 5000, DEFAULT_MAX_BODY = 1 << 20 };

struct iut_http {
    CURL *curl;
    uint8_t *body;
    size_t len, capacity, max_body;
    size_t headers;
    bool too_much, no_memory;
    char error[CURL_ERROR_SIZE];
};

iut_http *iut_http_new(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    iut_http *h = calloc(1, sizeof *h);
    if (!h || !(h->curl = curl_easy_init())) {
        free(h);
        curl_global_cleanup();
        return NULL;
    }
    return h;
}

void iut_http_free(iut_http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->curl);
    free(h->body);
    free(h);
    curl_global_cleanup();
}

bool iut_http_is_url(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

bool iut_http_is_type(const iut_http_answer *answer, const char *type)
{
    size_t len = strcspn(answer->content_type, "; \t");
    return len == strlen(type) && strncasecmp(answer->content_type, type, len) == 0;
}

/* ---- what comes --------------------------------------------------------------------------------------------- */

static bool reserve(iut_http *h, size_t wanted)
{
    if (wanted <= h->capacity)
        return true;
    size_t capacity = h->capacity ? h->capacity : 4096;
    while (capacity < wanted)
        capacity *= 2;
    uint8_t *larger = realloc(h->body, capacity);
    if (!larger)
        return false;
    h->body = larger;
    h->capacity = capacity;
    return true;
}

/* Returning another number than `len` ends the transfer. */
static size_t take_body(char *data, size_t size, size_t num, void *user)
{
    iut_http *h = user;
    size_t len = size * num;
    if (len > h->max_body - h->len) {
        h->too_much = true;
        return len + 1;
    }
    if (!reserve(h, h->len + len)) {
        h->no_memory = true;
        return len + 1;
    }
    memcpy(h->body + h->len, data, len);
    h->len += len;
    return len;
}

static size_t take_header(char *data, size_t size, size_t num, void *user)
{
    (void)data;
    iut_http *h = user;
    size_t len = size * num;
    h->headers += len;
    if (h->headers <= MAX_HEADERS)
        return len;
    h->too_much = true;
    return len + 1;
}

/* Another number than 0 ends the transfer. */
static int look_up(void *user, curl_off_t to_come, curl_off_t came, curl_off_t to_go, curl_off_t gone)
{
    const iut_http_request *request = user;
    (void)to_come, (void)came, (void)to_go, (void)gone;
    return request->interrupted(request->interrupted_user);
}

/* ---- the request -------------------------------------------------------------------------------------------- */

static bool add_header(struct curl_slist **headers, const char *name, const char *value)
{
    char line[512];
    int len = snprintf(line, sizeof line, value ? "%s: %s" : "%s:", name, value);
    if (len < 0 || (size_t)len >= sizeof line || strpbrk(line, "\r\n"))
        return false;
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (longer)
        *headers = longer;
    return longer != NULL;
}

static bool prepare(iut_http *h, const iut_http_request *request, struct curl_slist **headers)
{
    if (!add_header(headers, "Content-Type", request->content_type) ||
        !add_header(headers, "Accept", request->accept) ||
        !add_header(headers, "Expect", NULL)) /* no waiting for "100 Continue" */
        return false;
    unsigned timeout = request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS;
    h->max_body = request->max_body ? request->max_body : DEFAULT_MAX_BODY;
    CURL *c = h->curl;
    curl_easy_reset(c); /* keeps the connection */
    bool ok = curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_URL, request->url) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && /* whatever the environment says */
              curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HTTPHEADER, *headers) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERDATA, h) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK;
    if (request->interrupted)
        ok = ok && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_up) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_XFERINFODATA, request) == CURLE_OK;
    if (!request->method || request->len > 0)
        ok = ok && curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDS, request->len > 0 ? (const char *)request->body : "") == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len) == CURLE_OK;
    if (request->method && strcmp(request->method, "HEAD") == 0)
        ok = ok && curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK;
    else if (request->method)
        ok = ok && curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
    return ok;
}

static iut_http_outcome outcome_of(const iut_http *h, CURLcode code)
{
    if (h->too_much)
        return IUT_HTTP_TOO_MUCH;
    if (h->no_memory)
        return IUT_HTTP_NO_MEMORY;
    switch (code) {
    case CURLE_OK:
        return IUT_HTTP_ANSWERED;
    case CURLE_OPERATION_TIMEDOUT:
        return IUT_HTTP_TIMEOUT;
    case CURLE_URL_MALFORMAT:
        return IUT_HTTP_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return IUT_HTTP_UNREACHABLE;
    case CURLE_ABORTED_BY_CALLBACK:
        return IUT_HTTP_INTERRUPTED;
    case CURLE_OUT_OF_MEMORY:
        return IUT_HTTP_NO_MEMORY;
    default:
        return IUT_HTTP_BROKEN;
    }
}

static void fill_answer(const iut_http *h, iut_http_answer *answer)
{
    long status = 0;
    const char *type = NULL;
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
    answer->status = status > 0 ? (unsigned)status : 0;
    for (size_t i = 0; type && type[i] && i + 1 < sizeof answer->content_type; i++)
        answer->content_type[i] = type[i] >= 0x20 && type[i] < 0x7f ? type[i] : '?';
    answer->body = h->body;
    answer->len = h->len;
}

iut_http_outcome iut_http_send(iut_http *h, const iut_http_request *request, iut_http_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    h->len = h->headers = 0;
    h->too_much = h->no_memory = false;
    h->error[0] = 0;
    if (!iut_http_is_url(request->url)) {
        snprintf(answer->text, sizeof answer->text, "not a URL of http or https");
        return IUT_HTTP_BAD_URL;
    }
    struct curl_slist *headers = NULL;
    CURLcode code = prepare(h, request, &headers) ? curl_easy_perform(h->curl) : CURLE_OUT_OF_MEMORY;
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    iut_http_outcome outcome = outcome_of(h, code);
    fill_answer(h, answer);
    if (outcome == IUT_HTTP_TOO_MUCH)
        snprintf(answer->text, sizeof answer->text, "the answer is longer than %zu octets", h->max_body);
    else if (outcome != IUT_HTTP_ANSWERED)
        snprintf(answer->text, sizeof answer->text, "%s", h->error[0] ? h->error : curl_easy_strerror(code));
    return outcome;
}
