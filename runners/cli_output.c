/* Standard output and standard error. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { BUFFER_SIZE = 1 << 18 };

static struct {
    char data[BUFFER_SIZE];
    size_t len;
    bool any;
    _Atomic int
        error; /* looked at by other threads than the one that writes: errno of the write that failed, or 0; EINTR: given up after a signal */
} output;

static const char *command_name = "";
static char last_complaint[4096];

/* What goes to a file, or nowhere, is taken at once; pipes, sockets and terminals may be waited for. */
static bool may_wait(void)
{
    struct stat about;
    return fstat(STDOUT_FILENO, &about) != 0 ||
           !(S_ISREG(about.st_mode) || (S_ISCHR(about.st_mode) && !isatty(STDOUT_FILENO)));
}

static void write_all(const char *text, size_t len)
{
    bool waits = may_wait();
    while (len > 0 && output.error == 0) {
        if (!cli_writable(STDOUT_FILENO)) {
            output.error = EINTR;
            return;
        }
        size_t part = waits && len > PIPE_BUF ? PIPE_BUF : len; /* so much never blocks */
        ssize_t written = write(STDOUT_FILENO, text, part);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written < 0) {
            output.error = errno;
            return;
        }
        text += written;
        len -= (size_t)written;
    }
}

void cli_flush(void)
{
    write_all(output.data, output.len);
    output.len = 0;
}

void cli_write(const char *text, size_t len)
{
    output.any = output.any || len > 0;
    if (len > BUFFER_SIZE - output.len)
        cli_flush();
    if (len > BUFFER_SIZE) {
        write_all(text, len);
        return;
    }
    if (len > 0)
        memcpy(output.data + output.len, text, len);
    output.len += len;
}

void cli_print(const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len > 0)
        cli_write(line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

void cli_print_safe(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        bool control = c[0] < 0x20 || c[0] == 0x7f || c1;
        cli_write(control ? "?" : (const char *)c, 1);
        c += c1;
    }
}

bool cli_has_written(void)
{
    return output.any;
}

bool cli_write_failed(void)
{
    return output.error != 0;
}

static bool sink_write(void *user, const char *text, size_t len)
{
    (void)user;
    cli_write(text, len);
    return output.error == 0;
}

tg_report_sink cli_sink(void)
{
    tg_report_sink sink = { sink_write, NULL };
    return sink;
}

static bool file_write(void *user, const char *text, size_t len)
{
    return fwrite(text, 1, len, user) == len;
}

tg_report_sink cli_file_sink(FILE *file)
{
    return (tg_report_sink){ file_write, file };
}

int cli_finish(int code)
{
    cli_flush();
    if (output.error == EINTR || (output.error == 0 && cli_interrupted()))
        return CLI_INTERRUPTED;
    if (output.error == 0)
        return code;
    cli_complain("standard output: %s", strerror(output.error));
    return CLI_INTERNAL;
}

int cli_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

void cli_set_name(const char *command)
{
    command_name = command;
}

const char *cli_last_complaint(void)
{
    return last_complaint;
}

void cli_complain(const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t end = len < 0 ? 0 : (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
    for (size_t i = 0; i < end; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?'; /* one line, and nothing that a terminal acts on */
    }
    memcpy(last_complaint, line, end);
    last_complaint[end] = '\0';
    fprintf(stderr, "ticketgate%s%s: %s\n", command_name[0] ? " " : "", command_name, line);
}
