/* A line to the process of an implementation under test, and a line back. */
#include "process_io.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUND = 1 << 16,     /* octets that are read from a pipe before the clock is looked at */
    SLICE_MS = 50,       /* how often it is asked whether it ended: a child of its own may keep the pipes open */
    LAST_WORDS_MS = 1000, /* for it to end after its standard output did */
    BYE_MS = 1000,
    BYE_INTERRUPTED_MS = 200 /* somebody waits for the report */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_interrupted(const iut_process *p)
{
    return p->limits.interrupted && p->limits.interrupted(p->limits.interrupted_user);
}

/* ---- standard error ----------------------------------------------------------------------------------------- */

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* What is there now, but no more than a round: it may write faster than anybody can read. */
static void drain_errors(iut_process *p)
{
    char block[4096];
    for (size_t done = 0; p->fds[2] >= 0 && done < ROUND;) {
        ssize_t got = read(p->fds[2], block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            shut(&p->fds[2]);
            return;
        }
        iut_tail_add(p->tail, block, (size_t)got);
        done += (size_t)got;
    }
}

/* ---- standard output ---------------------------------------------------------------------------------------- */

typedef enum came { CAME_NOTHING, CAME_SOME, CAME_END, CAME_TOO_MUCH, CAME_NO_MEMORY } came;

static bool reserve(iut_process *p)
{
    size_t most = p->limits.max_answer + 2; /* its end, and an octet that is too much */
    if (p->len < p->capacity)
        return true;
    size_t capacity = p->capacity == 0 ? 4096 : p->capacity * 2;
    if (capacity > most)
        capacity = most;
    char *larger = realloc(p->answer, capacity);
    if (!larger)
        return false;
    p->answer = larger;
    p->capacity = capacity;
    return true;
}

/* Reads what is there now, up to a round, or until there is more than an answer may have. */
static came read_output(iut_process *p)
{
    came result = CAME_NOTHING;
    for (size_t done = 0; done < ROUND;) {
        if (p->len == p->limits.max_answer + 2)
            return CAME_TOO_MUCH;
        if (!reserve(p))
            return CAME_NO_MEMORY;
        ssize_t got = read(p->fds[1], p->answer + p->len, p->capacity - p->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return result;
        if (got <= 0)
            return CAME_END;
        p->len += (size_t)got;
        done += (size_t)got;
        result = CAME_SOME;
    }
    return result;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void tell_end(const siginfo_t *info, char why[IUT_WHY])
{
    if (info->si_code == CLD_EXITED) {
        snprintf(why, IUT_WHY, "exit code %d", info->si_status);
        return;
    }
    const char *name = sigabbrev_np(info->si_status);
    snprintf(why, IUT_WHY, "killed by signal %d (%s%s)", info->si_status, name ? "SIG" : "", name ? name : "unknown");
}

/* Its standard output ended: it should be about to end itself. */
static iut_fault say_died(iut_process *p, char why[IUT_WHY])
{
    siginfo_t info;
    bool ended = process_has_ended(p, &info);
    for (int64_t until = now_ms() + LAST_WORDS_MS; !ended && now_ms() < until && !is_interrupted(p);
         ended = process_has_ended(p, &info)) {
        drain_errors(p);
        poll(NULL, 0, 5);
    }
    drain_errors(p);
    if (!ended && is_interrupted(p)) {
        snprintf(why, IUT_WHY, "interrupted");
        return IUT_INTERRUPTED;
    }
    if (ended)
        tell_end(&info, why);
    else
        snprintf(why, IUT_WHY, "it closed its standard output and went on running");
    if (p->len > 0)
        snprintf(why + strlen(why), IUT_WHY - strlen(why), ", in the middle of a line");
    return IUT_DIED;
}

/* ---- an exchange -------------------------------------------------------------------------------------------- */

typedef struct exchange {
    iut_process *p;
    const char *line;
    size_t left;   /* octets of `line` to write */
    bool complete; /* the answer is there */
    char *why;
} exchange;

static iut_fault fault(exchange *x, iut_fault which, const char *text)
{
    snprintf(x->why, IUT_WHY, "%s", text);
    return which;
}

static void write_some(exchange *x)
{
    ssize_t written = write(x->p->fds[0], x->line, x->left);
    if (written >= 0) {
        x->line += written;
        x->left -= (size_t)written;
    } else if (errno != EAGAIN && errno != EINTR) {
        shut(&x->p->fds[0]); /* what it has to say about that, its output or its end will tell */
    }
}

/* Whether what was read is an answer, and nothing else. */
static iut_fault look_at_output(exchange *x)
{
    iut_process *p = x->p;
    const char *end = p->len > 0 ? memchr(p->answer, '\n', p->len) : NULL;
    if (!end)
        return p->len > p->limits.max_answer ? fault(x, IUT_TOO_MUCH, "its answer is longer than allowed") : IUT_OK;
    if (x->left > 0)
        return fault(x, IUT_TOO_MUCH, "it wrote a line before it had read the call");
    if ((size_t)(end - p->answer) + 1 < p->len)
        return fault(x, IUT_TOO_MUCH, "it wrote more than one line");
    if ((size_t)(end - p->answer) > p->limits.max_answer)
        return fault(x, IUT_TOO_MUCH, "its answer is longer than allowed");
    x->complete = true;
    return IUT_OK;
}

static iut_fault take_output(exchange *x)
{
    switch (read_output(x->p)) {
    case CAME_NO_MEMORY:
        return fault(x, IUT_TOO_MUCH, "there is no memory for its answer");
    case CAME_END: {
        iut_fault seen = look_at_output(x); /* an answer may be complete all the same */
        return seen != IUT_OK || x->complete ? seen : say_died(x->p, x->why);
    }
    default:
        return look_at_output(x);
    }
}

static iut_fault one_round(exchange *x, int64_t left_ms)
{
    iut_process *p = x->p;
    struct pollfd polled[3] = { { .fd = x->left > 0 ? p->fds[0] : -1, .events = POLLOUT },
                                { .fd = p->fds[1], .events = POLLIN },
                                { .fd = p->fds[2], .events = POLLIN } };
    int ready = poll(polled, 3, left_ms < SLICE_MS ? (int)left_ms : SLICE_MS);
    if (ready > 0 && polled[2].revents)
        drain_errors(p);
    if (ready > 0 && polled[0].revents)
        write_some(x);
    if (ready > 0 && polled[1].revents)
        return take_output(x);
    siginfo_t info;
    if (ready == 0 && process_has_ended(p, &info)) {
        iut_fault seen = take_output(x); /* what came between poll and its end */
        return seen != IUT_OK || x->complete ? seen : say_died(p, x->why);
    }
    return IUT_OK;
}

/* Before the call: what it wrote unasked, and whether it is still there. */
static iut_fault look_before(exchange *x)
{
    iut_process *p = x->p;
    p->len = 0;
    drain_errors(p);
    came came_now = read_output(p);
    if (p->len > 0)
        return fault(x, IUT_TOO_MUCH, "it had written to standard output before it was called");
    if (came_now == CAME_END) {
        iut_fault died = say_died(p, x->why);
        if (p->answered)
            snprintf(x->why + strlen(x->why), IUT_WHY - strlen(x->why), ", before it was called");
        return died;
    }
    return IUT_OK;
}

iut_fault iut_process_exchange(iut_process *p, const char *line, const char **answer, size_t *len, char why[IUT_WHY])
{
    exchange x = { p, line, strlen(line), false, why };
    int64_t deadline = now_ms() + p->limits.timeout_ms;
    iut_fault seen = look_before(&x);
    while (seen == IUT_OK && !x.complete) {
        int64_t left_ms = deadline - now_ms();
        if (is_interrupted(p)) {
            seen = fault(&x, IUT_INTERRUPTED, "interrupted");
        } else if (left_ms > 0) {
            seen = one_round(&x, left_ms);
        } else {
            snprintf(why, IUT_WHY, "no answer within %u ms%s", p->limits.timeout_ms,
                     x.left > 0   ? "; it did not read the call"
                     : p->len > 0 ? "; it stopped in the middle of a line"
                                  : "");
            seen = IUT_TIMEOUT;
        }
    }
    drain_errors(p);
    if (seen != IUT_OK) {
        process_kill(p);
        drain_errors(p);
        return seen;
    }
    p->answered = true;
    p->len--; /* without its end */
    *answer = p->answer;
    *len = p->len;
    return IUT_OK;
}

/* It may write what it likes meanwhile, and is not heard. */
void process_say_bye(iut_process *p, const char *bye)
{
    char ignored[4096];
    siginfo_t info;
    size_t left = strlen(bye);
    for (int64_t since = now_ms(), until = since + BYE_MS; !process_has_ended(p, &info) && now_ms() < until;) {
        if (until == since + BYE_MS && is_interrupted(p))
            until = now_ms() + BYE_INTERRUPTED_MS;
        if (left > 0 && p->fds[0] >= 0) {
            ssize_t written = write(p->fds[0], bye, left);
            bye += written > 0 ? written : 0;
            left -= written > 0 ? (size_t)written : 0;
        }
        if (left == 0)
            shut(&p->fds[0]);
        drain_errors(p);
        while (read(p->fds[1], ignored, sizeof ignored) > 0 && now_ms() < until)
            ;
        poll(NULL, 0, 2);
    }
}
