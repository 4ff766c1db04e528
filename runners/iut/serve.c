/* An interface served as a process: a line of JSON in, a line out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "host.h"

#define MAX_LINE ((size_t)16 << 20)
enum { EXIT_FAILED = 3, EXIT_BAD_CALL = 4 };

typedef struct server {
    iut_host host;
    int in, out;
    char *line; /* what was read and not used yet */
    size_t len, capacity;
} server;

static int complain(int code, const char *text)
{
    fprintf(stderr, "ticketgate iut: %s\n", text);
    return code;
}

/* The next line, without its end, at s->line; what is behind it starts at *next. 1: there is one, 0: end of input. */
static int next_line(server *s, size_t *len, size_t *next)
{
    size_t looked = 0;
    for (;;) {
        const char *end = s->len > looked ? memchr(s->line + looked, '\n', s->len - looked) : NULL;
        if (end) {
            *len = (size_t)(end - s->line);
            *next = *len + 1;
            return 1;
        }
        looked = s->len;
        if (s->len == MAX_LINE)
            return -complain(EXIT_BAD_CALL, "a call is longer than 16 MiB");
        if (s->len == s->capacity) {
            size_t capacity = s->capacity ? s->capacity * 2 : 65536;
            char *larger = realloc(s->line, capacity);
            if (!larger)
                return -complain(EXIT_FAILED, "no memory");
            s->line = larger;
            s->capacity = capacity;
        }
        ssize_t got = read(s->in, s->line + s->len, s->capacity - s->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -complain(EXIT_FAILED, "the calls cannot be read") : 0;
        s->len += (size_t)got;
    }
}

/* Takes the line; false: it could not be written. */
static bool send_line(const server *s, char *line)
{
    size_t left = line ? strlen(line) : 0;
    bool ok = line != NULL;
    for (const char *at = line; ok && left > 0;) {
        ssize_t written = write(s->out, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        ok = written > 0;
        at += ok ? written : 0;
        left -= ok ? (size_t)written : 0;
    }
    free(line);
    return ok;
}

static char *answer(server *s, const iut_call *call, iut_pool *pool)
{
    if (call->op == IUT_OP_HELLO) {
        iut_hello hello;
        return iut_interface_hello(s->host.interface, pool, &hello) ? iut_hello_write(call->id, &hello) : NULL;
    }
    tgi_reply reply;
    char why[IUT_WHY] = "";
    if (!iut_host_call(&s->host, call, &reply, why))
        reply = (tgi_reply){ .size = sizeof reply, .outcome = IUT_OUTCOME_BROKEN, .text = why };
    return iut_reply_write(call->id, &reply);
}

/* 0: go on; 1: bye; -code: it cannot go on. */
static int serve_line(server *s, size_t len)
{
    iut_pool pool = { 0 };
    iut_call call;
    char why[IUT_WHY];
    int result = 0;
    if (!iut_call_read(s->line, len, &pool, &call, why))
        result = -complain(EXIT_BAD_CALL, why);
    else if (call.op == IUT_OP_BYE)
        result = 1;
    else if (!send_line(s, answer(s, &call, &pool)))
        result = -complain(EXIT_FAILED, "the answer cannot be written");
    iut_pool_free(&pool);
    return result;
}

int iut_serve(const tgi_interface *interface, int in, int out)
{
    server *s = calloc(1, sizeof *s);
    if (!s)
        return complain(EXIT_FAILED, "no memory");
    *s = (server){ .host = { .interface = interface }, .in = in, .out = out };
    size_t len = 0, next = 0;
    int went = 0;
    while (went == 0) {
        int line = next_line(s, &len, &next);
        if (line <= 0) {
            went = line < 0 ? line : 1;
            break;
        }
        went = serve_line(s, len);
        s->len -= next;
        memmove(s->line, s->line + next, s->len);
    }
    iut_host_close_all(&s->host);
    free(s->line);
    free(s);
    return went < 0 ? -went : 0;
}
