#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "input.h"
#include "ticketgate/crypto.h"

typedef struct line_reader {
    int fd;
    char *data;
    size_t len, capacity, max_line;
    size_t scanned; /* no line end stands before this place */
    bool skipping;  /* inside a line that is too long */
    line_answer answer;
    void *user;
    size_t num_lines;
    bool some_false;
} line_reader;

static void answer_line(line_reader *r, size_t start, size_t end, bool too_long)
{
    if (!too_long && end > start && r->data[end - 1] == '\r')
        end--;
    r->num_lines++;
    if (!r->answer(r->user, r->data + start, too_long ? 0 : end - start, too_long))
        r->some_false = true;
}

/* Answers the whole lines in the buffer and keeps the rest. */
static void answer_whole_lines(line_reader *r)
{
    size_t start = 0;
    while (!cli_interrupted() && !cli_write_failed()) {
        char *end = memchr(r->data + r->scanned, '\n', r->len - r->scanned);
        if (!end)
            break;
        size_t place = (size_t)(end - r->data);
        answer_line(r, start, place, r->skipping || place - start > r->max_line);
        r->skipping = false;
        start = r->scanned = place + 1;
    }
    memmove(r->data, r->data + start, r->len - start);
    r->len -= start;
    r->scanned = r->len;
    if (r->len > r->max_line || r->skipping) { /* the octets are dropped, the line is remembered */
        r->skipping = r->skipping || r->len > 0;
        r->len = r->scanned = 0;
    }
}

static bool make_room(line_reader *r)
{
    if (r->len < r->capacity)
        return true;
    size_t larger = r->capacity ? r->capacity * 2 : 1 << 16;
    char *data = realloc(r->data, larger);
    if (!data)
        return false;
    r->data = data;
    r->capacity = larger;
    return true;
}

/* Returns -1 to go on, CLI_OK at the end of the input. */
static int read_on(line_reader *r, const char *name)
{
    if (!make_room(r)) {
        cli_complain("%s: out of memory", name);
        return CLI_INTERNAL;
    }
    /* A peer that waits for an answer before it writes on must get it. */
    if (!cli_readable(r->fd, false))
        cli_flush();
    if (!cli_readable(r->fd, true))
        return CLI_INTERRUPTED;
    ssize_t got = read(r->fd, r->data + r->len, r->capacity - r->len);
    if (got < 0 && errno == EINTR)
        return -1;
    if (got < 0) {
        cli_complain("%s: %s", name, strerror(errno));
        return CLI_USAGE;
    }
    if (got == 0)
        return CLI_OK;
    r->len += (size_t)got;
    answer_whole_lines(r);
    if (cli_write_failed())
        return CLI_INTERNAL;
    return cli_interrupted() ? CLI_INTERRUPTED : -1;
}

static int run(line_reader *r, const char *name)
{
    int code;
    do
        code = read_on(r, name);
    while (code < 0);
    if (code != CLI_OK)
        return code;
    if (r->len > 0 || r->skipping)
        answer_line(r, 0, r->len, r->skipping); /* the last newline is missing */
    if (r->num_lines == 0) {
        cli_complain("%s: there is no line to judge", name);
        return CLI_NOTHING;
    }
    return r->some_false ? CLI_FAILED : CLI_OK;
}

int lines_run(const char *path, size_t max_line, line_answer answer, void *user)
{
    bool is_stdin = strcmp(path, "-") == 0;
    line_reader r = { .max_line = max_line, .answer = answer, .user = user };
    r.fd = is_stdin ? STDIN_FILENO : cli_open(path);
    if (r.fd < 0) {
        cli_complain("%s: %s", path, strerror(errno));
        return CLI_USAGE;
    }
    int code = run(&r, input_name(path));
    if (r.data)
        tg_wipe(r.data, r.capacity); /* lines may hold keys */
    free(r.data);
    if (!is_stdin)
        close(r.fd);
    return code;
}
