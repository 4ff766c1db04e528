#include "flow.h"

#include <errno.h>
#include <unistd.h>

#include "cli.h"

enum { PIECE = 16384, MOST_KEPT = 65536 };

/* Octets on their way to a leg. */
typedef struct pending {
    uint8_t octets[PIECE];
    size_t len, at;
    bool blocked; /* the leg takes none at the moment */
} pending;

static bool is_empty(const pending *p)
{
    return p->at == p->len;
}

/* Gives the leg what it takes. False when the leg has ended. */
static bool push(pending *p, tls_leg *to)
{
    p->blocked = false;
    while (!is_empty(p)) {
        int done = tls_leg_write(to, p->octets + p->at, p->len - p->at);
        if (done < 0)
            return false;
        if (done == 0) {
            p->blocked = true;
            return true;
        }
        p->at += (size_t)done;
    }
    return true;
}

/* Octets that came, or as tls_leg_read. */
static int pull(pending *p, tls_leg *from, uint64_t most)
{
    int got = tls_leg_read(from, p->octets, sizeof p->octets);
    p->at = 0;
    p->len = got > 0 ? (size_t)got : 0;
    if (from->received > most)
        tls_leg_end(from, TLS_LIMIT, "more than %llu octets came", (unsigned long long)most);
    return from->outcome == TLS_LIMIT ? -1 : got;
}

/* ---- one leg ------------------------------------------------------------------------------------------------ */

typedef struct running {
    tls_flow *flow;
    tls_leg *leg;
    pending out, in;
    size_t sent; /* of flow->send */
    bool stdin_ended;
    int64_t last; /* when something came or went */
    int64_t deadline;
} running;

/* However much comes. */
static bool is_late(int64_t deadline)
{
    return cli_interrupted() || tls_now() >= deadline;
}

static void take_stdin(running *r)
{
    ssize_t got = read(STDIN_FILENO, r->out.octets, sizeof r->out.octets);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    r->stdin_ended = got <= 0;
    r->out.at = 0;
    r->out.len = got > 0 ? (size_t)got : 0;
}

/* What is to go out next, as long as nothing waits. */
static void refill(running *r)
{
    size_t left = r->flow->send ? strlen(r->flow->send) - r->sent : 0;
    if (!is_empty(&r->out) || left == 0)
        return;
    r->out.at = 0;
    r->out.len = left < PIECE ? left : PIECE;
    memcpy(r->out.octets, r->flow->send + r->sent, r->out.len);
    r->sent += r->out.len;
}

static void deliver(running *r)
{
    tls_flow *flow = r->flow;
    const char *text = (const char *)r->in.octets;
    if (flow->to_stdout && isatty(STDOUT_FILENO)) { /* nothing that a terminal acts on */
        for (size_t i = 0; i < r->in.len; i++) {
            bool harmless = (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
            cli_write(harmless || text[i] == '\n' || text[i] == '\t' ? text + i : "?", 1);
        }
    } else if (flow->to_stdout) {
        cli_write(text, r->in.len);
    }
    cli_flush();
    if (flow->kept.len < MOST_KEPT)
        tg_text_add(&flow->kept, text, r->in.len < MOST_KEPT - flow->kept.len ? r->in.len : MOST_KEPT - flow->kept.len);
    if (flow->echo) {
        r->out = r->in;
        r->out.at = 0;
    }
    r->in.len = r->in.at = 0;
}

/* Writes what it can, and reads as long as something comes. False when the leg has ended. */
static bool move(running *r)
{
    while (!is_late(r->deadline)) {
        refill(r);
        if (!is_empty(&r->out)) {
            if (!push(&r->out, r->leg))
                return false;
            r->last = tls_now();
            if (is_empty(&r->out))
                continue; /* there may be more */
        }
        if (!is_empty(&r->out) && r->flow->echo)
            return true; /* what came is not taken before it has gone back */
        int got = pull(&r->in, r->leg, r->flow->most);
        if (got < 0)
            return false;
        if (got == 0)
            return true;
        r->last = tls_now();
        deliver(r);
    }
    return true;
}

static bool has_sent(const running *r)
{
    const tls_flow *flow = r->flow;
    return is_empty(&r->out) && (!flow->send || r->sent == strlen(flow->send)) && (!flow->from_stdin || r->stdin_ended);
}

static bool is_over(const running *r)
{
    const tls_flow *flow = r->flow;
    bool sent = has_sent(r);
    if (flow->receive)
        return sent && r->leg->received >= flow->receive;
    return flow->closes && sent && tls_now() - r->last >= flow->quiet;
}

/* Standard input that is open and has nothing is no data that was not sent. */
static bool stdin_has_more(running *r)
{
    struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
    if (!is_empty(&r->out) || r->stdin_ended || poll(&polled, 1, 0) <= 0)
        return false;
    take_stdin(r);
    return !is_empty(&r->out);
}

/* A good end is one when all was there. */
static void check_whole(running *r)
{
    const tls_flow *flow = r->flow;
    tls_leg *leg = r->leg;
    bool ended_well = leg->outcome == TLS_CLOSED || (leg->outcome == TLS_EOF && leg->setup->allow_eof);
    if (!ended_well)
        return;
    if (flow->from_stdin)
        (void)stdin_has_more(r);
    bool unsent = !is_empty(&r->out) || (flow->send && r->sent < strlen(flow->send));
    if (unsent)
        tls_leg_find_incomplete(leg, "the other end closed before all was sent");
    else if (leg->received < flow->receive)
        tls_leg_find_incomplete(leg, "the other end closed when %llu of %llu octets had come",
                                (unsigned long long)leg->received, (unsigned long long)flow->receive);
}

static void run(running *r)
{
    tls_flow *flow = r->flow;
    tls_leg *leg = r->leg;
    while (move(r) && !is_over(r)) {
        bool wants_stdin = flow->from_stdin && !r->stdin_ended && is_empty(&r->out);
        bool wants_read = is_empty(&r->out) || !flow->echo;
        struct pollfd polled[] = { { .fd = leg->wire.fd,
                                     .events = (short)((wants_read ? POLLIN : 0) | (r->out.blocked ? POLLOUT : 0)) },
                                   { .fd = wants_stdin ? STDIN_FILENO : -1, .events = POLLIN } };
        int64_t until = flow->closes && !flow->receive ? r->last + flow->quiet : r->deadline;
        bool is_sending = !is_empty(&r->out) || (flow->from_stdin && !r->stdin_ended);
        if (is_sending || until > r->deadline)
            until = r->deadline;
        if (!tls_wait(polled, 2, &leg, 1, until) && (cli_interrupted() || tls_now() >= r->deadline)) {
            tls_leg_give_up(leg, "the session");
            return;
        }
        if (wants_stdin && polled[1].revents)
            take_stdin(r);
    }
}

void tls_flow_run(tls_flow *flow, tls_leg *leg, int64_t deadline)
{
    running r = { .flow = flow, .leg = leg, .last = tls_now(), .deadline = deadline };
    run(&r);
    check_whole(&r);
}

/* ---- two legs ----------------------------------------------------------------------------------------------- */

void tls_flow_between(tls_leg *a, tls_leg *b, uint64_t most, int64_t deadline)
{
    tls_leg *legs[2] = { a, b };
    pending to[2] = { { .len = 0 }, { .len = 0 } }; /* to legs[i], from the other */
    for (;;) {
        bool ended = false, moved = false;
        for (size_t i = 0; i < 2; i++) {
            if (is_empty(&to[i])) {
                int got = pull(&to[i], legs[1 - i], most);
                ended = ended || got < 0;
                moved = moved || got > 0;
            }
            ended = !push(&to[i], legs[i]) || ended;
        }
        /* What came before the end still goes out: it is in no buffer of this end when nothing is blocked. */
        if (ended && (!to[0].blocked || a->outcome != TLS_RUNNING) && (!to[1].blocked || b->outcome != TLS_RUNNING))
            return;
        if (moved && !ended && !is_late(deadline))
            continue;
        struct pollfd polled[2];
        for (size_t i = 0; i < 2; i++) {
            bool runs = legs[i]->outcome == TLS_RUNNING;
            polled[i] = (struct pollfd){ .fd = runs ? legs[i]->wire.fd : -1,
                                         .events = (short)((is_empty(&to[1 - i]) ? POLLIN : 0) |
                                                           (to[i].blocked ? POLLOUT : 0)) };
        }
        if (!tls_wait(polled, 2, legs, 2, deadline)) {
            tls_leg_give_up(a, "the session");
            tls_leg_give_up(b, "the session");
            return;
        }
    }
}
