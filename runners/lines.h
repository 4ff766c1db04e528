/* lines: one answer for each line of input, in order, flushed when the input runs dry. */
#ifndef TICKETGATE_LINES_H
#define TICKETGATE_LINES_H

#include "cli.h"

/* Answers one line (without its line end) with one line by cli_write. `too_long`: the line was longer than the limit
 * and is not given. Returns false when the answer says that something is wrong. */
typedef bool (*line_answer)(void *user, const char *line, size_t len, bool too_long);

/* Returns CLI_OK, CLI_FAILED when some answer was false, CLI_NOTHING without any line, CLI_INTERRUPTED, CLI_USAGE. */
int lines_run(const char *path, size_t max_line, line_answer answer, void *user);

#endif
