/* The last case of the probe: many requests on many connections at once (libcurl multi), every answer judged. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "probing.h"

enum { MAX_ANSWER = 1 << 18 };

typedef struct slot {
    CURL *curl;
    struct curl_slist *headers;
    asked q;
    char *body;
    uint8_t *answer;
    size_t len;
    bool too_much, busy;
} slot;

typedef struct load {
    probe *p;
    CURLM *multi;
    slot *slots;
    const char *url[2];
    asked ticket;
    bool has_ticket;
    size_t started, right, wrong, broken;
} load;

static size_t take_body(char *data, size_t size, size_t num, void *user)
{
    slot *s = user;
    size_t len = size * num;
    if (len > MAX_ANSWER - s->len) {
        s->too_much = true;
        return len + 1;
    }
    memcpy(s->answer + s->len, data, len);
    s->len += len;
    return len;
}

static bool prepare(load *l, slot *s)
{
    probe *p = l->p;
    s->curl = curl_easy_init();
    s->answer = malloc(MAX_ANSWER);
    s->headers = curl_slist_append(NULL, keep_text(&p->k, "Content-Type: %s", p->m.content_type));
    struct curl_slist *longer = s->headers ? curl_slist_append(s->headers, "Expect:") : NULL;
    if (!s->curl || !s->answer || !longer)
        return false;
    return curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)p->timeout_ms * 4) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->headers) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_PRIVATE, s) == CURLE_OK;
}

/* In turns a request, and a resolve of the one ticket. */
static bool start(load *l, slot *s)
{
    probe *p = l->p;
    bool resolves = l->has_ticket && l->started % 2 == 1;
    const char *why = NULL;
    size_t len = 0;
    asked_free(&s->q);
    free(s->body);
    s->body = NULL;
    s->len = 0;
    if (resolves)
        why = asked_copy(&l->ticket, &s->q) ? asker_resolve(&p->asker, &probe_as_usual, &s->q) : "out of memory";
    else
        why = asker_request(&p->asker, &probe_as_usual, &s->q);
    if (!why)
        s->body = kms_body_write(l->started / 2 % 2 && p->m.body == KMS_BODY_EITHER ? KMS_BODY_BASE64 : p->form,
                                 s->q.sent[s->q.num - 1].octets, &len);
    if (!s->body) {
        p->inconclusive = keep_text(&p->k, "no request could be made: %s", why ? why : "out of memory");
        return false;
    }
    l->started++;
    s->busy = true;
    return curl_easy_setopt(s->curl, CURLOPT_URL, l->url[resolves]) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, p->m.method) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, s->body) == CURLE_OK &&
           curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)len) == CURLE_OK &&
           curl_multi_add_handle(l->multi, s->curl) == CURLM_OK;
}

static void judge(load *l, slot *s, CURLcode code)
{
    probe *p = l->p;
    probe_said said = { .outcome = IUT_HTTP_ANSWERED, .why_none = "" };
    long status = 0;
    char *type = NULL;
    s->busy = false;
    if (code != CURLE_OK) {
        l->broken++;
        if (p->num_failures < 4)
            probe_fail(p, NULL, "an answer", s->too_much ? "an answer without end" : curl_easy_strerror(code),
                       "request %zu", l->right + l->wrong + l->broken);
        return;
    }
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(s->curl, CURLINFO_CONTENT_TYPE, &type);
    said.http.status = (unsigned)status;
    snprintf(said.http.content_type, sizeof said.http.content_type, "%s", type ? type : "");
    said.http.body = s->answer;
    said.http.len = s->len;
    probe_read(p, &said);
    size_t before = p->num_failures;
    bool right = probe_is_right(p, &s->q, &said, "an answer among many");
    (*(right ? &l->right : &l->wrong))++;
    if (before >= 4)
        p->num_failures = before; /* some are enough; all are counted */
}

static void show_progress(const load *l, size_t done)
{
    if (isatty(STDERR_FILENO) && done % 256 == 0)
        fprintf(stderr, "\r%zu of %zu requests, %zu wrong, %zu broken ", done, l->p->requests, l->wrong, l->broken);
}

static bool finished_one(load *l)
{
    int left;
    CURLMsg *message = curl_multi_info_read(l->multi, &left);
    slot *s = NULL;
    if (!message || message->msg != CURLMSG_DONE)
        return false;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &s);
    curl_multi_remove_handle(l->multi, s->curl);
    judge(l, s, code);
    show_progress(l, l->right + l->wrong + l->broken);
    if (l->started < l->p->requests && !l->p->inconclusive && !cli_interrupted() && l->broken < 100)
        (void)start(l, s);
    return true;
}

static void drive(load *l)
{
    int running = 1;
    for (size_t i = 0; i < l->p->connections && l->started < l->p->requests; i++) {
        if (!start(l, &l->slots[i]))
            return;
    }
    while (running > 0 && !cli_interrupted()) {
        if (curl_multi_perform(l->multi, &running) != CURLM_OK)
            return;
        while (finished_one(l))
            running = 1;
        if (running > 0 && curl_multi_poll(l->multi, NULL, 0, 100, NULL) != CURLM_OK)
            return;
    }
}

static void free_slot(load *l, slot *s)
{
    if (s->curl && s->busy)
        curl_multi_remove_handle(l->multi, s->curl);
    curl_easy_cleanup(s->curl);
    curl_slist_free_all(s->headers);
    asked_free(&s->q);
    free(s->body);
    free(s->answer);
}

static void say_figures(load *l, uint64_t ms)
{
    probe *p = l->p;
    size_t done = l->right + l->wrong + l->broken;
    p->note = keep_text(
        &p->k, "%zu requests on %zu connections: %zu right, %zu wrong, %zu without an answer; %.1f s, %.0f a second",
        done, p->connections, l->right, l->wrong, l->broken, (double)ms / 1000,
        (double)done * 1000 / (double)(ms ? ms : 1));
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    fprintf(stderr, "%s\n", p->note);
    if (done < p->requests && p->num_failures == 0 && !p->inconclusive)
        p->inconclusive = "the run broke off";
    if (l->wrong + l->broken > p->num_failures)
        probe_fail(p, NULL, "no wrong answer", NULL, "in all %zu wrong, %zu without an answer", l->wrong, l->broken);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void run_load(probe *p, const probe_case *c)
{
    load l = { .p = p, .url = { probe_url(p, TG_SENDER_I), probe_url(p, TG_SENDER_R) } };
    uint64_t start_ms = now_ms();
    (void)c;
    l.slots = calloc(p->connections, sizeof *l.slots);
    l.multi = curl_multi_init();
    bool ok = l.slots && l.multi;
    for (size_t i = 0; ok && i < p->connections; i++)
        ok = prepare(&l, &l.slots[i]);
    if (!ok)
        p->inconclusive = "the connections could not be set up";
    l.has_ticket = ok && probe_ticket(p, &probe_as_usual, &l.ticket);
    if (l.has_ticket) {
        (void)curl_multi_setopt(l.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)p->connections);
        start_ms = now_ms();
        drive(&l);
        say_figures(&l, now_ms() - start_ms);
    }
    asked_free(&l.ticket);
    for (size_t i = 0; l.slots && i < p->connections; i++)
        free_slot(&l, &l.slots[i]);
    free(l.slots);
    if (l.multi)
        curl_multi_cleanup(l.multi);
}

void probe_add_load(probe *p, probe_list *list)
{
    probe_add(list, "kms-load", keep_text(&p->k, "%zu requests on %zu connections", p->requests, p->connections),
              "many at once", run_load);
}
