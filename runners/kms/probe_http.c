/* Cases of the probe: what is wrong with a request as HTTP. No text says what a KMS does then; that it is a status of
 * the 4xx class is HTTP's own (RFC 9110 15.5), and that the KMS goes on is common sense.
 */
#include <stdio.h>
#include <stdlib.h>

#include "probing.h"

#define OVERSIZE ((size_t)4 << 20)

typedef struct twist {
    const char *method, *type, *path, *query;
    bool any_answer; /* nothing says that it is wrong */
} twist;

static bool make_body(probe *p, asked *q, char **body, size_t *len)
{
    const char *why = asker_request(&p->asker, &probe_as_usual, q);
    *body = why ? NULL : kms_body_write(p->form, q->sent[0].octets, len);
    if (!*body)
        p->inconclusive = keep_text(&p->k, "no request could be made: %s", why ? why : "out of memory");
    return *body != NULL;
}

/* A client error; the answer is not to be a ticket. */
static void expect_4xx(probe *p, const probe_said *said, const char *what)
{
    if (!probe_is_answer(p, said, what) || (said->http.status >= 400 && said->http.status < 500))
        return;
    probe_fail(p, NULL, "status 4xx", keep_text(&p->k, "%u", said->http.status), "%s: it is no client error", what);
}

static void run_twist(probe *p, const probe_case *c)
{
    const twist *t = c->arg;
    asked q;
    char *body = NULL;
    size_t len = 0;
    probe_said said;
    if (make_body(p, &q, &body, &len)) {
        const char *query = t->query ? t->query : kms_mapping_query(&p->m, TG_SENDER_I);
        const char *url = keep_text(&p->k, "%s%s%s%s", t->path ? p->origin : p->resource, t->path ? t->path : "",
                                    *query ? "?" : "", query);
        bool bodiless = t->method && (strcmp(t->method, "GET") == 0 || strcmp(t->method, "HEAD") == 0);
        probe_send(p, url, t->method, t->type, tg_bytes_of(body, bodiless ? 0 : len), &said);
        if (t->any_answer)
            (void)probe_is_answer(p, &said, c->title);
        else
            expect_4xx(p, &said, c->title);
    }
    free(body);
    asked_free(&q);
}

static void run_oversize(probe *p, const probe_case *c)
{
    const size_t *len = c->arg;
    probe_said said;
    char *body = malloc(*len);
    if (!body)
        return;
    memset(body, 'A', *len);
    if (p->form == KMS_BODY_RAW)
        memset(body, 1, 1);
    probe_send(p, probe_url(p, TG_SENDER_I), NULL, NULL, tg_bytes_of(body, *len), &said);
    free(body);
    if (said.outcome == IUT_HTTP_BROKEN)
        p->note = "the connection was closed without a status that could be read";
    else
        expect_4xx(p, &said, c->title);
}

static void run_empty(probe *p, const probe_case *c)
{
    probe_said said;
    asked q = { .num = 1 };
    q.sent[0] = (tg_sent){ .octets = { NULL, 0 }, .ex = "request", .from = TG_SENDER_I };
    probe_send(p, probe_url(p, TG_SENDER_I), NULL, NULL, tg_bytes_of("", 0), &said);
    (void)probe_is_refusal(p, &q, &said, NULL, c->title);
}

/* ---- base64 ------------------------------------------------------------------------------------------------- */

typedef enum spoiling { LINE_BREAKS, NO_PADDING, TRAILING, BAD_CHARACTER, URL_ALPHABET, CUT } spoiling;

static char *spoilt(char *text, size_t len, spoiling how, size_t *out_len)
{
    char *out = malloc(len * 2 + 16);
    size_t n = 0;
    for (size_t i = 0; out && i < len; i++) {
        if (how == NO_PADDING && text[i] == '=')
            continue;
        char c = text[i];
        if (how == URL_ALPHABET)
            c = i == len / 2 ? '_' : c == '+' ? '-' : c == '/' ? '_' : c;
        out[n++] = how == BAD_CHARACTER && i == len / 2 ? '!' : c;
        if (how == LINE_BREAKS && i % 64 == 63) {
            out[n++] = '\r';
            out[n++] = '\n';
        }
    }
    if (out && how == TRAILING) {
        memcpy(out + n, "!trailing", 9);
        n += 9;
    }
    if (how == CUT)
        n = n / 4 * 4 - 3; /* one character too few for an octet */
    *out_len = n;
    return out;
}

static void run_base64(probe *p, const probe_case *c)
{
    const spoiling *how = c->arg;
    asked q;
    probe_said said;
    size_t len = 0, out_len = 0;
    char *text = NULL, *body = NULL;
    const char *why = asker_request(&p->asker, &probe_as_usual, &q);
    if (!why)
        text = kms_body_write(KMS_BODY_BASE64, q.sent[0].octets, &len);
    if (text)
        body = spoilt(text, len, *how, &out_len);
    if (body) {
        probe_send(p, probe_url(p, TG_SENDER_I), NULL, NULL, tg_bytes_of(body, out_len), &said);
        if (*how == LINE_BREAKS || *how == NO_PADDING)
            (void)probe_is_answer(p, &said, c->title); /* RFC 4648 3.1, 3.2 leave both to who uses it */
        else
            (void)probe_is_refusal(p, &q, &said, NULL, c->title);
    }
    free(text);
    free(body);
    asked_free(&q);
}

static void add_base64(probe_list *list)
{
    static const spoiling line_breaks = LINE_BREAKS, no_padding = NO_PADDING, trailing = TRAILING, bad = BAD_CHARACTER,
                          url = URL_ALPHABET, cut = CUT;
    static const struct {
        const char *id, *title;
        const spoiling *how;
    } all[] = { { "kms-base64-lines", "base64 with line breaks", &line_breaks },
                { "kms-base64-no-padding", "base64 without its padding", &no_padding },
                { "kms-base64-trailing", "base64 with text behind it", &trailing },
                { "kms-base64-character", "base64 with a character that is none of its", &bad },
                { "kms-base64-url", "base64 of the alphabet for URLs", &url },
                { "kms-base64-cut", "base64 that ends within an octet", &cut } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        probe_add(list, all[i].id, all[i].title, "bodies", run_base64)->arg = all[i].how;
}

void probe_add_http(probe *p, probe_list *list)
{
    static const size_t large = OVERSIZE, larger_than_a_message = (size_t)96 << 10;
    static const struct {
        const char *id, *title;
        twist t;
    } all[] = {
        { "kms-method-get", "GET", { .method = "GET" } },
        { "kms-method-head", "HEAD", { .method = "HEAD" } },
        { "kms-method-put", "PUT", { .method = "PUT" } },
        { "kms-method-delete", "DELETE", { .method = "DELETE" } },
        { "kms-type-text", "content type text/plain", { .type = "text/plain" } },
        { "kms-type-octets", "content type application/octet-stream", { .type = "application/octet-stream" } },
        { "kms-type-none", "no content type", { .type = "", .any_answer = true } },
        { "kms-path", "another path", { .path = "/no-such-path-of-a-kms" } },
        { "kms-path-long", "a path of 4000 characters", { .path = NULL } },
        { "kms-query-unknown", "a query that names no exchange", { .query = "requesttype=nothing" } },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        twist *t = keep_memory(&p->k, sizeof *t);
        *t = all[i].t;
        if (strcmp(all[i].id, "kms-path-long") == 0) {
            char *path = keep_memory(&p->k, 4001);
            memset(path, 'x', 4000);
            path[0] = '/';
            t->path = path;
        }
        if (t->query && !*p->m.query_request)
            continue; /* any query will do */
        if (t->method && strcmp(t->method, p->m.method) == 0)
            continue;
        probe_add(list, all[i].id, all[i].title, "HTTP", run_twist)->arg = t;
    }
    probe_add(list, "kms-empty", "an empty body", "bodies", run_empty);
    probe_add(list, "kms-oversize", "a body of 4 MiB", "bodies", run_oversize)->arg = &large;
    probe_add(list, "kms-oversize-96k", "a body of 96 KiB that is no message", "bodies", run_oversize)->arg =
        &larger_than_a_message;
    if (p->m.body != KMS_BODY_RAW)
        add_base64(list);
}
