/* process: another program at the other end of three pipes, in a process group of its own. Whatever it does, a call of
 * it costs a bounded time and a bounded memory, and at the end nothing of its group is left. */
#ifndef TICKETGATE_RUNNERS_PROCESS_H
#define TICKETGATE_RUNNERS_PROCESS_H

#include "attach.h"
#include "json_lines.h"

/* The end of what it wrote to standard error. */
enum { IUT_TAIL = 4096 };
typedef struct iut_tail {
    char data[IUT_TAIL];
    size_t total; /* ever written */
} iut_tail;
void iut_tail_add(iut_tail *tail, const char *data, size_t len);
/* As text: from the first whole line that is there, UTF-8, without control characters but line ends. */
void iut_tail_text(const iut_tail *tail, char out[IUT_TAIL + 1]);

typedef struct iut_process_limits {
    unsigned timeout_ms;
    size_t max_answer, max_memory;
    bool (*interrupted)(void *user); /* NULL: never */
    void *interrupted_user;
} iut_process_limits;

typedef struct iut_process iut_process;

/* Splits a command line: white space between arguments; '...' and "..." hold them together, \ takes the next character
 * as it is (not in '...'). Nothing is expanded: for more there is sh -c. A list that ends with NULL, to be freed in one
 * piece; NULL and `why`. */
char **iut_command_split(const char *line, char why[IUT_WHY]);

/* NULL and `why`. Standard error goes to `tail`, which lives longer. SIGPIPE is ignored from now on, unless it is
 * caught. */
iut_process *iut_process_start(char *const argv[], const iut_process_limits *limits, iut_tail *tail, char why[IUT_WHY]);

/* Writes a line and reads one, which lives until the next exchange. With a fault, it is killed. */
iut_fault iut_process_exchange(iut_process *p, const char *line, const char **answer, size_t *len, char why[IUT_WHY]);

/* Ends it: with `bye`, a line that it is sent, it has a second to do so by itself. */
void iut_process_end(iut_process *p, const char *bye);

#endif
