/* Signals: a run that is broken off still writes its report. */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "cli.h"

static volatile sig_atomic_t interrupted;
static sigset_t signals_while_waiting;

static void remember(int number)
{
    (void)number;
    interrupted = 1;
    signal(SIGINT, SIG_DFL); /* the second one ends the program */
    signal(SIGTERM, SIG_DFL);
}

void cli_catch_signals(void)
{
    struct sigaction action = { 0 };
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    action.sa_handler = remember; /* without SA_RESTART: a blocking call ends */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

void cli_forget_signal(void)
{
    interrupted = 0;
}

/* The signals are blocked from the last look at `interrupted` until ppoll waits, so that none is missed. */
static bool wait_readable(struct pollfd *polled, const struct timespec *timeout)
{
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &signals_while_waiting);
    int ready = 0;
    do
        ready = interrupted ? 0 : ppoll(polled, 1, timeout, &signals_while_waiting);
    while (ready < 0 && errno == EINTR && !interrupted);
    sigprocmask(SIG_SETMASK, &signals_while_waiting, NULL);
    return ready > 0 && !interrupted; /* both may have come at once */
}

/* On a thread that takes no signals too: so whether one came is looked at again and again. */
bool cli_writable(int fd)
{
    static const struct timespec slice = { 0, 200 * 1000 * 1000 };
    enum { GRACE = 5 /* slices for the report of a run that was broken off */ };
    struct pollfd polled = { .fd = fd, .events = POLLOUT };
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &before);
    int ready, waited = 0;
    do {
        ready = ppoll(&polled, 1, &slice, &before);
        waited += ready == 0 && interrupted;
    } while (waited < GRACE && (ready == 0 || (ready < 0 && errno == EINTR)));
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready > 0;
}

bool cli_readable(int fd, bool wait)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    struct timespec now = { 0, 0 };
    return wait_readable(&polled, wait ? NULL : &now);
}
