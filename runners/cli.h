/* cli: what all subcommands of `ticketgate` share: exit codes, output, complaints, signals, options. */
#ifndef TICKETGATE_CLI_H
#define TICKETGATE_CLI_H

#include <stdio.h>

#include "ticketgate/report.h"

/* See `ticketgate --help`, which explains them. */
enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_INTERRUPTED = 2,
    CLI_INTERNAL = 3,
    CLI_USAGE = 4,
    CLI_NOTHING = 5,
    CLI_INCONCLUSIVE = 10
};

/* What --help says of the codes that every subcommand has. */
#define CLI_EXIT_CODES                                                                                                 \
    "  2   interrupted\n"                                                                                              \
    "  3   internal error, or the output could not be written\n"                                                      \
    "  4   wrong usage, or the input could not be read\n"

/* ---- output ------------------------------------------------------------------------------------------------- */

/* Standard output, buffered. What cannot be written is remembered: cli_finish then complains and gives CLI_INTERNAL. */
void cli_write(const char *text, size_t len);
void cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Text of others: control characters in it (C0, DEL, and C1 in UTF-8) become '?'. */
void cli_print_safe(const char *text);
void cli_flush(void);
bool cli_write_failed(void);
bool cli_has_written(void); /* anything, to standard output */
tg_report_sink cli_sink(void);
tg_report_sink cli_file_sink(FILE *file); /* the file must outlive it; its errors are seen by fclose, too */
/* Flushes. Returns `code`; CLI_INTERNAL when some output was lost, CLI_INTERRUPTED when a signal came. */
int cli_finish(int code);

/* One line on standard error: "ticketgate decode: ...". Control characters in it become '?'. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_set_name(const char *command);
const char *cli_last_complaint(void); /* as it was printed, without the command; "": none */

/* ---- signals ------------------------------------------------------------------------------------------------ */

/* The first SIGINT or SIGTERM is remembered, the second ends the program; SIGPIPE is ignored (a write then fails). */
void cli_catch_signals(void);
bool cli_interrupted(void);
/* For what is meant to be ended by a signal: it was no interruption. */
void cli_forget_signal(void);
/* True when the descriptor can be read (or is at its end). With `wait` false, now; else as soon as that is so.
 * False, too, when a signal came first. */
bool cli_readable(int fd, bool wait);
/* Waits until the descriptor takes output. False when it does not, and a signal came a second ago or more. */
bool cli_writable(int fd);
/* Opens a file for reading; what is no file yet (a FIFO that nobody writes to) does not block. -1 and errno. */
int cli_open(const char *path);

/* ---- options ------------------------------------------------------------------------------------------------ */

typedef struct cli_option {
    const char *name;     /* "profile": --profile */
    const char *argument; /* "NAME", or NULL */
    const char *help;     /* lines after the first are indented by the printer */
} cli_option;

typedef struct cli_command {
    const char *name;          /* "decode", "vectors run" */
    const char *operands;      /* "[FILE|-]" */
    const char *summary;       /* one line */
    const cli_option *options; /* ended by a name of NULL; --help is added */
    const char *notes;         /* exit codes and examples, for --help */
} cli_command;

/* Called for each option; returns false after complaining about its value. */
typedef bool (*cli_take)(void *user, const char *name, const char *value);

/* argv[0] is the subcommand's name. Returns -1 to go on, the operands being argv[*first_operand] and on; or the exit
 * code, after --help or a complaint. */
int cli_parse(const cli_command *command, int argc, char **argv, cli_take take, void *user, int *first_operand);

/* "123", "64K", "16M" to a number from 1 to `max`; complains. */
bool cli_take_size(const char *name, const char *value, size_t max, size_t *out);
/* One of `names` (ended by NULL); complains. */
bool cli_take_choice(const char *name, const char *value, const char *const *names, int *out);

#endif
