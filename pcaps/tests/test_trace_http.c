/* MIKEY messages in HTTP: by which targets they are known (findings.h), and codings that nobody undoes. */
#include "test_trace_support.h"

/* ---- targets ---------------------------------------------------------------------------------------------------- */

typedef struct target {
    const char *request, *resolve; /* queries of the mapping */
    const char *target;
    bool is_one;
} target;

#define ASKS "requesttype=ticketrequest"
#define RESOLVES "requesttype=ticketresolve"

static const target targets[] = {
    { ASKS, RESOLVES, "/keys?" ASKS, true },
    { ASKS, RESOLVES, "/keys?" RESOLVES, true },
    { ASKS, RESOLVES, "/keys?other", false },
    { ASKS, RESOLVES, "/keys?" ASKS "2", false },
    { ASKS, RESOLVES, "/keys?", false },
    { ASKS, RESOLVES, "/keys", false },
    { ASKS, RESOLVES, "/key?" ASKS, false },
    { ASKS, RESOLVES, "/keys2?" ASKS, false },
    /* "": any, or none */
    { "", RESOLVES, "/keys", true },
    { ASKS, "", "/keys", true },
    { "", "", "/keys?", true },
    { "", "", "/keys?other", true },
    { "", "", "/keys2", false },
    { "", "", "/", false },
    /* RFC 9112 3.2.2, RFC 3986 3.1: schemes are in letters of either size */
    { ASKS, RESOLVES, "http://kms.example.com/keys?" ASKS, true },
    { ASKS, RESOLVES, "HTTPS://kms.example.com:8443/keys?" RESOLVES, true },
    { ASKS, RESOLVES, "http://kms.example.com/other?" ASKS, false },
    { ASKS, RESOLVES, "http://kms.example.com?" ASKS, false },
    { ASKS, RESOLVES, "http://kms.example.com", false },
    { "", "", "http://kms.example.com/keys", true },
    { ASKS, RESOLVES, "ftp://kms.example.com/keys?" ASKS, false },
};

static void send_request(bench *b, flow *f, const char *request_target, const char *type, tg_bytes mikey)
{
    char text[9000];
    int head = snprintf(text, sizeof text,
                        "POST %s HTTP/1.1\r\nHost: kms.example.com\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        request_target, type, mikey.len);
    assert_in_range((size_t)head + mikey.len, 1, sizeof text);
    memcpy(text + head, mikey.data, mikey.len);
    tcp(b, f, 0, 24, text, (size_t)head + mikey.len);
}

static void they_are_known_by_their_target(void **state)
{
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const target *t = &targets[i];
        tg_profile profile = *tg_profile_find("ims-mixed");
        bench b;
        profile.http.path = "/keys";
        profile.http.query_request = t->request;
        profile.http.query_resolve = t->resolve;
        bench_open(&b, NULL, &profile, 0);
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        send_request(&b, &f, t->target, "application/octet-stream", story_octets(&story, "request", 0));
        send_request(&b, &f, t->target, "text/html", story_octets(&story, "request", 0));
        tcp_close(&b, &f);
        finish(&b);
        if (b.told->num_messages != t->is_one)
            fail_msg("%s: %zu messages", t->target, b.told->num_messages);
        bench_close(&b);
    }
    story_free(&story);
}

/* ---- codings ---------------------------------------------------------------------------------------------------- */

typedef struct coding {
    const char *type, *fields; /* in the response */
    bool chunked, is_read;
    unsigned unread;
} coding;

#define MIKEY_TYPE "application/mikey"

static const coding codings[] = {
    { MIKEY_TYPE, "", false, true, 0 },
    { MIKEY_TYPE, "Content-Encoding: identity\r\n", false, true, 0 },
    { MIKEY_TYPE, "Transfer-Encoding: chunked\r\n", true, true, 0 },
    { MIKEY_TYPE, "Transfer-Encoding: Chunked\r\nContent-Encoding: Identity\r\n", true, true, 0 },
    { MIKEY_TYPE, "Content-Encoding: br\r\n", false, false, 1 },
    { MIKEY_TYPE, "content-encoding:ZSTD \r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: identity, br\r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: gzip,gzip , gzip\r\n", false, false, 1 },
    { MIKEY_TYPE, "Content-Encoding: gzip, deflate\r\nContent-Encoding: x-gzip\r\n", false, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: gzip, chunked\r\n", true, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true, false, 1 },
    { MIKEY_TYPE, "Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n", true, false, 1 },
    { "text/html", "Content-Encoding: br\r\n", false, false, 0 }, /* nobody wants it */
    /* RFC 9110 5.3: a field of one value that stands there twice is an error. */
    { MIKEY_TYPE, "content-type: text/html\r\n", false, false, 1 },
    { "text/html", "Content-Type: Application/Mikey\r\n", false, false, 1 },
    { "text/html", "Content-Type: text/plain\r\n", false, false, 0 },
    { MIKEY_TYPE, "Content-Type: application/mikey\r\n", false, false, 1 },
};

static void send_response(bench *b, flow *f, const coding *c, tg_bytes mikey)
{
    char text[9000], length[64] = "";
    if (!c->chunked)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", mikey.len);
    int head =
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s%s\r\n", c->type, c->fields, length);
    if (c->chunked)
        head += snprintf(text + head, sizeof text - (size_t)head, "%zx\r\n", mikey.len);
    assert_in_range((size_t)head + mikey.len + 8, 1, sizeof text);
    memcpy(text + head, mikey.data, mikey.len);
    size_t len = (size_t)head + mikey.len;
    if (c->chunked) {
        memcpy(text + len, "\r\n0\r\n\r\n", 7);
        len += 7;
    }
    tcp(b, f, 1, 24, text, len);
}

static void what_cannot_be_read_is_counted(void **state)
{
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        const coding *c = &codings[i];
        bench b;
        bench_open(&b, NULL, NULL, 0);
        flow f = tcp_open(&b, 1, 41000, 9, 80);
        http(&b, &f, true, story_octets(&story, "request", 0), false);
        send_response(&b, &f, c, story_octets(&story, "request", 1));
        tcp_close(&b, &f);
        tgp_verdict verdict = finish(&b);
        const tgp_units *units = tgp_trace_units(b.trace);
        if (b.told->num_messages != 1U + c->is_read)
            fail_msg("%s: %zu messages", c->fields, b.told->num_messages);
        assert_int_equal(tgp_units_messages(units, TGP_UNITS_HTTP), 2);
        assert_int_equal(tgp_units_messages(units, TGP_UNITS_UNREAD_BODY), c->unread);
        assert_int_equal(verdict, c->unread ? TGP_INCONCLUSIVE : TGP_CONFORMS);
        bench_close(&b);
    }
    story_free(&story);
}

/* ---- posted once more ------------------------------------------------------------------------------------------- */

enum { MAX_POSTS = 6, NO_MIKEY = 0, WITH_RESPONSE = 1, WITH_ERROR = 2, KMS = 9 };

/* A request with the same REQUEST_INIT, and what comes back. */
typedef struct post {
    unsigned client;    /* host; 0: none more */
    const char *status; /* of the response; NULL: none is seen */
    int holds;
    unsigned server; /* 0: the KMS */
    bool is_replay, is_copy;
} post;

static const post passages[][MAX_POSTS] = {
    { { 1, "401 Unauthorized", NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, false, true } },
    { { 1, "302 Found", NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 8, false, true } },
    { { 1, "200 OK", WITH_RESPONSE, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "204 No Content", NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "299 Strange", NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "300 Multiple Choices", NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, false, true } },
    { { 1, NULL, NO_MIKEY, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "401 Unauthorized", NO_MIKEY, 0, false, false }, { 2, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "500 Internal Server Error", WITH_ERROR, 0, false, false }, { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    /* Twice; then it was taken. */
    { { 1, "302 Found", NO_MIKEY, 0, false, false },
      { 1, "401 Unauthorized", NO_MIKEY, 8, false, true },
      { 1, "200 OK", WITH_RESPONSE, 8, false, true },
      { 1, "200 OK", WITH_RESPONSE, 8, true, false } },
    /* The newest sending counts, whoever's it is. */
    { { 1, "401 Unauthorized", NO_MIKEY, 0, false, false },
      { 2, "200 OK", WITH_RESPONSE, 0, true, false },
      { 1, "200 OK", WITH_RESPONSE, 0, true, false } },
    { { 1, "401 Unauthorized", NO_MIKEY, 0, false, false },
      { 2, "401 Unauthorized", NO_MIKEY, 0, true, false },
      { 1, "200 OK", WITH_RESPONSE, 0, false, true } },
};

/* A page, a message of the story, or an Error about the request. */
static void send_status(bench *b, flow *f, const post *p, const made_story *story)
{
    char text[9000];
    uint8_t error[14];
    tg_bytes init = story_octets(story, "request", 0), body = tg_bytes_of((const uint8_t *)"no", 2);
    if (p->holds == WITH_RESPONSE)
        body = story_octets(story, "request", 1);
    if (p->holds == WITH_ERROR) { /* HDR and ERR */
        memcpy(error, init.data, 10);
        error[1] = TG_DATA_TYPE_ERROR;
        error[2] = TG_PAYLOAD_ERR;
        error[3] = 0;
        error[8] = 0;  /* #CS */
        error[9] = 1;  /* CS ID map: empty */
        error[10] = 0; /* the last */
        error[11] = 0; /* authentication failure */
        error[12] = error[13] = 0;
        body = tg_bytes_of(error, sizeof error);
    }
    bool is_empty = strncmp(p->status, "204", 3) == 0;
    int head = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", p->status,
                        p->holds == NO_MIKEY ? "text/html" : "application/mikey", is_empty ? 0 : body.len);
    assert_in_range((size_t)head + body.len, 1, sizeof text);
    memcpy(text + head, body.data, body.len);
    tcp(b, f, 1, 24, text, (size_t)head + (is_empty ? 0 : body.len));
}

static void post_it(bench *b, const made_story *story, const post *p, unsigned n)
{
    flow f = tcp_open(b, p->client, 41000 + n, p->server ? p->server : KMS, 80);
    http(b, &f, true, story_octets(story, "request", 0), n % 2);
    if (p->status)
        send_status(b, &f, p, story);
    tcp_close(b, &f);
}

static const told_message *message_numbered(const told *t, uint64_t number)
{
    for (size_t i = 0; i < t->num_messages; i++) {
        if (t->messages[i].number == number)
            return &t->messages[i];
    }
    fail_msg("there is no message %u", (unsigned)number);
    return NULL;
}

/* The answer stands in the conversation and the exchange of what it answers, of the original where that is a copy. */
static void look_at_answer(const told *t, uint64_t request, const char *which)
{
    const told_message *asks = message_numbered(t, request), *answer = message_numbered(t, request + 1);
    if (asks->copy_of != TGP_NONE)
        asks = message_numbered(t, asks->copy_of);
    if (answer->copy_of != TGP_NONE)
        return;
    if (answer->conversation != asks->conversation || strcmp(answer->ex, asks->ex) != 0)
        fail_msg("%s: the answer to message %u is in conversation %d as %s", which, (unsigned)request,
                 (int)answer->conversation, answer->ex);
}

static void look_at(const told *t, const post *posts, size_t passage, uint64_t first)
{
    char which[64];
    uint64_t number = first;
    for (unsigned i = 0; i < MAX_POSTS && posts[i].client; i++) {
        const told_message *m = message_numbered(t, number);
        snprintf(which, sizeof which, "passage %zu, post %u", passage, i);
        if ((m->copy_of != TGP_NONE) != posts[i].is_copy || told_has(m, "RFC3830-5.4-x02") != posts[i].is_replay)
            fail_msg("%s: copy of %d, %u findings", which, (int)m->copy_of, (unsigned)m->num_ids);
        if (posts[i].status && posts[i].holds != NO_MIKEY)
            look_at_answer(t, number++, which);
        number++;
    }
}

static void what_was_turned_down_may_come_once_more(void **state)
{
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof passages / sizeof passages[0]; i++) {
        bench b;
        bench_open(&b, story.keys.data, NULL, 0);
        for (unsigned k = 0; k < MAX_POSTS && passages[i][k].client; k++)
            post_it(&b, &story, &passages[i][k], k);
        tgp_trace_finish(b.trace);
        look_at(b.told, passages[i], i, 0);
        bench_close(&b);
    }
    story_free(&story);
}

/* Among very many with the same octets, each from a client of its own: they are looked up there. */
static void among_many_too(void **state)
{
    enum { MANY = 40 };
    made_story story;
    (void)state;
    story_make(&story, "ims-media", NULL);
    for (size_t i = 0; i < sizeof passages / sizeof passages[0]; i++) {
        bench b;
        bench_open(&b, NULL, NULL, 0);
        for (unsigned k = 0; k < MANY; k++) {
            const post other = { 20 + k, NULL, NO_MIKEY, 0, false, false };
            post_it(&b, &story, &other, k);
        }
        post posts[MAX_POSTS];
        memcpy(posts, passages[i], sizeof posts);
        posts[0].is_replay = true;
        for (unsigned k = 0; k < MAX_POSTS && posts[k].client; k++)
            post_it(&b, &story, &posts[k], MANY + k);
        tgp_trace_finish(b.trace);
        look_at(b.told, posts, i, MANY);
        bench_close(&b);
    }
    story_free(&story);
}

/* Two crowds: a message of the other is between the request and its response. */
static void among_others_that_are_many(void **state)
{
    enum { MANY = 40 };
    made_story story;
    bench b;
    static const post refused = { 1, "401 Unauthorized", NO_MIKEY, 0, true, false };
    (void)state;
    story_make(&story, "ims-media", NULL);
    bench_open(&b, NULL, NULL, 0);
    tg_bytes octets[] = { story_octets(&story, "request", 0), story_octets(&story, "transfer", 0) };
    for (unsigned k = 0; k < 2 * MANY; k++) {
        flow f = tcp_open(&b, 20 + k, 41000 + k, KMS, 80);
        http(&b, &f, true, octets[k % 2], false);
        tcp_close(&b, &f);
    }
    flow f = tcp_open(&b, 1, 42000, KMS, 80), other = tcp_open(&b, 2, 42001, KMS, 80),
         again = tcp_open(&b, 1, 42002, KMS, 80);
    http(&b, &f, true, octets[0], false);
    http(&b, &other, true, octets[1], false);
    send_status(&b, &f, &refused, &story);
    http(&b, &again, true, octets[0], false);
    tgp_trace_finish(b.trace);
    assert_int_equal(message_numbered(b.told, 2 * MANY + 2)->copy_of, 2 * MANY);
    bench_close(&b);
    story_free(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_known_by_their_target),
        cmocka_unit_test(what_cannot_be_read_is_counted),
        cmocka_unit_test(what_was_turned_down_may_come_once_more),
        cmocka_unit_test(among_many_too),
        cmocka_unit_test(among_others_that_are_many),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
