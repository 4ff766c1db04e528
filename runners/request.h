/* request: the options that decode, encode and check share, and the messages that an input holds. */
#ifndef TICKETGATE_REQUEST_H
#define TICKETGATE_REQUEST_H

#include "input.h"
#include "workspace.h"

typedef struct request {
    int format; /* INPUT_... */
    int output; /* index into the subcommand's own names */
    bool lines;
    size_t max_size;
    bool answers_json; /* what is refused gives an object on standard output, too */
    workspace ws;
} request;

#define REQUEST_FORMAT_OPTION                                                                                          \
    {                                                                                                                  \
        "format", "FORMAT", "what the input is: raw, hex, base64, sdp, json or auto (default);\n" INPUT_AUTO_HELP      \
    }
#define REQUEST_MAX_SIZE_OPTION                                                                                        \
    {                                                                                                                  \
        "max-size", "N", "most octets of one message (default 16M; K, M and G are understood)"                         \
    }
#define REQUEST_LINES_NOTE                                                                                             \
    "--lines writes exactly one line for each input line, in the same order, and flushes\n"                            \
    "when the input runs dry. An empty line is a message of no octets. CRLF, upper-case\n"                             \
    "hex and a missing last newline are fine.\n"
/* Where a message came from. */
typedef struct request_message {
    tg_bytes octets;
    int m_line;               /* of the SDP attribute; -1 at session level or without SDP */
    const tg_m_line *m_lines; /* those the attribute covers; NULL when not known */
    size_t num_m_lines;
    bool from_sdp;
} request_message;

/* Judges one message; the answer's exit code. */
typedef int (*request_answer)(void *user, const request_message *message);

void request_init(request *r);
void request_free(request *r);
/* Takes --format, --lines and --max-size. *known is false for any other option. */
bool request_take(request *r, const char *name, const char *value, bool *known);
/* The single operand, "-" when there is none. Complains and returns false when there are more. */
bool request_operand(int argc, char **argv, int first, const char **path);
/* Reads the input and calls `answer` for each message in it. Complains about what cannot be read. Returns the worst
 * exit code. */
int request_run(request *r, const char *path, request_answer answer, void *user);
/* One line of --lines to octets. On failure *diag says why. */
TG_NODISCARD tg_status request_line(request *r, const char *line, size_t len, bool too_long, tg_bytes *out,
                                    tg_diag *diag);
/* The most characters of a line. */
size_t request_max_line(const request *r);
/* The one line about a message or text that is not valid. */
void request_complain(const char *path, const tg_diag *diag, const char *reason);
/* That line, and the object where answers are JSON: for what is met before there is a message. */
void request_refuse(request *r, const char *path, const tg_diag *diag, const char *reason);

#endif
