/* Cases of the probe over a socket of its own: slow, half-sent, chunked, pipelined requests, floods. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "probing.h"
#include "raw.h"

enum { HELD = 20 };

/* A request made: its question, its body, its header. */
typedef struct letter {
    asked q;
    char *body;
    size_t len;
    const char *host, *target;
} letter;

static bool letter_make(probe *p, letter *l)
{
    const char *query = kms_mapping_query(&p->m, TG_SENDER_I);
    const char *why = asker_request(&p->asker, &probe_as_usual, &l->q);
    l->body = why ? NULL : kms_body_write(p->form, l->q.sent[0].octets, &l->len);
    l->host = strstr(p->origin, "://") ? strstr(p->origin, "://") + 3 : p->origin;
    l->target = keep_text(&p->k, "%s%s%s", p->resource + strlen(p->origin), *query ? "?" : "", query);
    if (!l->body)
        p->inconclusive = keep_text(&p->k, "no request could be made: %s", why ? why : "out of memory");
    return l->body != NULL;
}

static void letter_free(letter *l)
{
    free(l->body);
    asked_free(&l->q);
}

static const char *head_of(probe *p, const letter *l, const char *more)
{
    return keep_text(&p->k, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n%s\r\n", p->m.method, l->target, l->host,
                     p->m.content_type, more);
}

static const char *head_with_length(probe *p, const letter *l, const char *more)
{
    return head_of(p, l, keep_text(&p->k, "Content-Length: %zu\r\n%s", l->len, more));
}

static bool open_one(probe *p, raw *r)
{
    bool ok = raw_open(r, p->origin, p->timeout_ms);
    if (!ok)
        probe_fail(p, NULL, "a connection", NULL, "no connection");
    return ok;
}

/* The next answer as other cases have theirs; false when there is none. */
static bool take(probe *p, raw *r, probe_said *said)
{
    raw_answer answer;
    *said = (probe_said){ .outcome = IUT_HTTP_ANSWERED, .why_none = "" };
    bool ok = raw_take(r, &answer);
    if (!ok) {
        said->outcome = r->ended ? IUT_HTTP_BROKEN : IUT_HTTP_TIMEOUT;
        said->why_none = "";
        return false;
    }
    said->http.status = answer.status;
    memcpy(said->http.content_type, answer.content_type, sizeof answer.content_type);
    said->http.body = answer.body;
    said->http.len = answer.len;
    probe_read(p, said);
    return true;
}

static bool send_text(raw *r, const char *text)
{
    return raw_send(r, text, strlen(text));
}

/* ---- right in unusual ways ---------------------------------------------------------------------------------- */

/* RFC 9112 7.1: a recipient MUST be able to parse chunked. */
static void run_chunked(probe *p, const probe_case *c)
{
    letter l = { .body = NULL };
    raw r;
    probe_said said;
    if (letter_make(p, &l) && open_one(p, &r)) {
        size_t half = l.len / 2;
        bool ok = send_text(&r, head_of(p, &l, "Transfer-Encoding: chunked\r\n")) &&
                  send_text(&r, keep_text(&p->k, "%zx\r\n", half)) && raw_send(&r, l.body, half) &&
                  send_text(&r, keep_text(&p->k, "\r\n%zx\r\n", l.len - half)) &&
                  raw_send(&r, l.body + half, l.len - half) && send_text(&r, "\r\n0\r\n\r\n");
        (void)ok; /* the answer tells */
        (void)take(p, &r, &said);
        (void)probe_is_right(p, &l.q, &said, c->title);
        raw_close(&r);
    }
    letter_free(&l);
}

static void run_continue(probe *p, const probe_case *c)
{
    letter l = { .body = NULL };
    raw r;
    probe_said said;
    if (letter_make(p, &l) && open_one(p, &r)) {
        if (send_text(&r, head_with_length(p, &l, "Expect: 100-continue\r\n")))
            (void)raw_wait(&r, 1000); /* RFC 9110 10.1.1: not for ever */
        (void)raw_send(&r, l.body, l.len);
        (void)take(p, &r, &said);
        (void)probe_is_right(p, &l.q, &said, c->title);
        raw_close(&r);
    }
    letter_free(&l);
}

/* Two requests on one connection, the second at once or after the first answer. A server may close in between. */
static void run_two(probe *p, const probe_case *c)
{
    const bool *at_once = c->arg;
    letter l[2] = { { .body = NULL }, { .body = NULL } };
    raw r;
    probe_said said;
    if (letter_make(p, &l[0]) && letter_make(p, &l[1]) && open_one(p, &r)) {
        bool sent = send_text(&r, head_with_length(p, &l[0], "")) && raw_send(&r, l[0].body, l[0].len);
        if (*at_once)
            sent = sent && send_text(&r, head_with_length(p, &l[1], "")) && raw_send(&r, l[1].body, l[1].len);
        (void)take(p, &r, &said);
        bool right = probe_is_right(p, &l[0].q, &said, "the first request");
        if (right && !*at_once)
            sent = send_text(&r, head_with_length(p, &l[1], "")) && raw_send(&r, l[1].body, l[1].len);
        if (right && (!sent || (!take(p, &r, &said) && r.ended)))
            p->note = "the connection was closed after the first answer";
        else if (right)
            (void)probe_is_right(p, &l[1].q, &said, "the second request");
        raw_close(&r);
    }
    letter_free(&l[0]);
    letter_free(&l[1]);
}

/* ---- slow and half-sent ------------------------------------------------------------------------------------- */

/* So slowly that the whole takes a second and a half; whether it is answered or given up is the KMS' choice. */
static void run_dribble(probe *p, const probe_case *c)
{
    letter l = { .body = NULL };
    raw r;
    probe_said said;
    if (letter_make(p, &l) && open_one(p, &r)) {
        const struct timespec pause = { 0, 1500000000 / (long)(l.len + 1) };
        bool ok = send_text(&r, head_with_length(p, &l, ""));
        for (size_t i = 0; i < l.len && ok; i++) {
            if (i == l.len / 2)
                (void)probe_alive(p, "a valid request while another comes slowly");
            ok = raw_send(&r, l.body + i, 1);
            nanosleep(&pause, NULL);
        }
        if (!take(p, &r, &said))
            p->note = "it was given up without an answer";
        else if (said.http.status < 400)
            (void)probe_is_right(p, &l.q, &said, c->title);
        else
            (void)probe_is_answer(p, &said, c->title);
        raw_close(&r);
    }
    letter_free(&l);
}

/* Requests that never end, while valid ones are answered. */
static void run_held(probe *p, const probe_case *c)
{
    const size_t *num = c->arg;
    raw held[HELD];
    letter l = { .body = NULL };
    size_t open = 0;
    if (letter_make(p, &l)) {
        while (open < *num && raw_open(&held[open], p->origin, p->timeout_ms)) {
            (void)send_text(&held[open], open % 2 ? "POST /" : head_with_length(p, &l, ""));
            (void)raw_send(&held[open], l.body, open % 2 ? 0 : l.len / 2);
            open++;
        }
        for (int i = 0; i < 3 && p->num_failures == 0; i++)
            (void)probe_alive(p, "a valid request while others hang");
        if (open < *num)
            raw_close(&held[open]);
        for (size_t i = 0; i < open; i++)
            raw_close(&held[i]);
    }
    letter_free(&l);
}

/* ---- floods and nonsense ------------------------------------------------------------------------------------ */

/* What comes back does not matter, as long as it is no breakdown. */
static void send_and_look(probe *p, const void *octets, size_t len, const char *what)
{
    raw r;
    probe_said said;
    if (!open_one(p, &r)) {
        raw_close(&r);
        return;
    }
    (void)raw_send(&r, octets, len);
    if (take(p, &r, &said))
        (void)probe_is_answer(p, &said, what);
    else if (!r.ended)
        p->note = "neither answered nor closed in time";
    raw_close(&r);
}

static void run_header_flood(probe *p, const probe_case *c)
{
    static const char line[] = "X-Flood: 0123456789012345678901234567890123456789012345678901234\r\n";
    enum { LINES = 16384 };
    letter l = { .body = NULL };
    char *flood = NULL;
    if (letter_make(p, &l)) {
        const char *head = head_with_length(p, &l, "");
        size_t len = strlen(head) - 2; /* without the line that ends them */
        flood = malloc(len + LINES * (sizeof line - 1));
        if (flood)
            memcpy(flood, head, len);
        for (size_t i = 0; flood && i < LINES; i++, len += sizeof line - 1)
            memcpy(flood + len, line, sizeof line - 1);
        if (flood)
            send_and_look(p, flood, len, c->title);
    }
    free(flood);
    letter_free(&l);
}

static void run_text(probe *p, const probe_case *c)
{
    letter l = { .body = NULL };
    if (letter_make(p, &l)) {
        const char *what = c->arg, *text = NULL;
        if (strcmp(what, "garbage") == 0)
            text = "\x16\x03\x01\x02garbage\r\n\r\n\xff\xfe\r\n\r\n";
        else if (strcmp(what, "length") == 0)
            text = head_of(p, &l, "Content-Length: 99999999999999999999\r\n");
        else if (strcmp(what, "negative") == 0)
            text = head_of(p, &l, "Content-Length: -1\r\n");
        else if (strcmp(what, "chunks") == 0)
            text = keep_text(&p->k, "%szz\r\nnothing\r\n0\r\n\r\n", head_of(p, &l, "Transfer-Encoding: chunked\r\n"));
        else
            text =
                keep_text(&p->k, "%s0\r\n\r\n", head_of(p, &l, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
        send_and_look(p, text, strlen(text), c->title);
    }
    letter_free(&l);
}

void probe_add_raw(probe *p, probe_list *list)
{
    static const bool yes = true, no = false;
    static const size_t one = 1, many = HELD;
    const struct {
        const char *id, *title, *group;
        void (*run)(probe *p, const probe_case *c);
        const void *arg;
    } all[] = {
        { "kms-chunked", "a chunked body", "HTTP", run_chunked, NULL },
        { "kms-expect-continue", "Expect: 100-continue", "HTTP", run_continue, NULL },
        { "kms-keep-alive", "two requests on one connection", "HTTP", run_two, &no },
        { "kms-pipelined", "two requests at once on one connection", "HTTP", run_two, &yes },
        { "kms-slow-body", "a body that comes octet by octet", "slow and hostile", run_dribble, NULL },
        { "kms-half-sent", "a request that is not sent to its end", "slow and hostile", run_held, &one },
        { "kms-many-half-sent", "20 requests that are not sent to their end", "slow and hostile", run_held, &many },
        { "kms-header-flood", "a megabyte of headers", "slow and hostile", run_header_flood, NULL },
        { "kms-no-http", "octets that are no HTTP", "slow and hostile", run_text, "garbage" },
        { "kms-length-huge", "a Content-Length beyond all numbers", "slow and hostile", run_text, "length" },
        { "kms-length-negative", "a negative Content-Length", "slow and hostile", run_text, "negative" },
        { "kms-bad-chunks", "chunks without sizes", "slow and hostile", run_text, "chunks" },
        { "kms-two-lengths", "Content-Length and chunks at once", "slow and hostile", run_text, "both" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        probe_case *c = probe_add(list, all[i].id, all[i].title, all[i].group, all[i].run);
        c->arg = all[i].arg;
        c->needs_http = true;
    }
    (void)p;
}
