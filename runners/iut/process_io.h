/* process_io: what process.c and process_io.c share. */
#ifndef TICKETGATE_RUNNERS_PROCESS_IO_H
#define TICKETGATE_RUNNERS_PROCESS_IO_H

#include <signal.h>
#include <sys/types.h>

#include "process.h"

struct iut_process {
    pid_t pid;  /* and its group; -1: gone */
    int fds[3]; /* its standard input, output and error */
    iut_process_limits limits;
    iut_tail *tail;
    bool answered; /* a call, before */
    char *answer;  /* what it wrote since the call */
    size_t len, capacity;
};

/* It ended, and was not reaped: how. */
bool process_has_ended(iut_process *p, siginfo_t *info);
void process_kill(iut_process *p);
void process_say_bye(iut_process *p, const char *bye);

#endif
