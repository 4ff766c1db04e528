/* Starting and ending the process of an implementation under test. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_io.h"

/* ---- its side ----------------------------------------------------------------------------------------------- */

/* Only what it is given: no descriptor of ours, no signal that is ignored or blocked here. */
static void shut_descriptors(int except)
{
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < (most > 0 && most < 65536 ? (int)most : 65536); fd++)
        if (fd != except)
            close(fd);
}

static void limit(int what, size_t most)
{
    struct rlimit r = { most, most };
    setrlimit((__rlimit_resource_t)what, &r);
}

static void become(char *const argv[], size_t max_memory, const int ends[3], int report, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (int fd = 0; fd < 3; fd++)
        dup2(ends[fd], fd);
    if (close_range(3, (unsigned)report - 1, 0) != 0 || close_range((unsigned)report + 1, ~0U, 0) != 0)
        shut_descriptors(report);
    struct sigaction standard = { .sa_handler = SIG_DFL };
    for (int signal_no = 1; signal_no < NSIG; signal_no++)
        sigaction(signal_no, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    limit(RLIMIT_CORE, 0);
    if (max_memory > 0)
        limit(RLIMIT_AS, max_memory);
    execvp(argv[0], argv);
    int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

/* ---- our side ----------------------------------------------------------------------------------------------- */

/* A pipe of which no end is one of the standard descriptors; both are closed on exec. */
static bool make_pipe(int ends[2])
{
    int made[2];
    if (pipe2(made, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 3);
        close(made[i]);
    }
    return ends[0] >= 0 && ends[1] >= 0;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

/* `report` tells how exec went: a number that says why not, or, when it succeeded, nothing. */
static bool spawn(iut_process *p, char *const argv[], char why[IUT_WHY])
{
    int pipes[4][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
    bool ok = true;
    for (int i = 0; i < 4; i++)
        ok = ok && make_pipe(pipes[i]);
    pid_t parent = getpid();
    p->pid = ok ? fork() : -1;
    int error = p->pid < 0 ? errno : 0;
    if (p->pid == 0)
        become(argv, p->limits.max_memory, (int[3]){ pipes[0][0], pipes[1][1], pipes[2][1] }, pipes[3][1], parent);
    if (p->pid > 0) {
        setpgid(p->pid, p->pid); /* whoever comes first */
        shut(&pipes[3][1]);
        while (read(pipes[3][0], &error, sizeof error) < 0 && errno == EINTR)
            ;
        p->fds[0] = pipes[0][1], p->fds[1] = pipes[1][0], p->fds[2] = pipes[2][0];
        pipes[0][1] = pipes[1][0] = pipes[2][0] = -1;
    }
    for (int i = 0; i < 4; i++)
        shut(&pipes[i][0]), shut(&pipes[i][1]);
    if (error)
        snprintf(why, IUT_WHY, "%.100s: %s", argv[0], strerror(error));
    return error == 0;
}

iut_process *iut_process_start(char *const argv[], const iut_process_limits *limits, iut_tail *tail, char why[IUT_WHY])
{
    ignore_broken_pipes();
    iut_process *p = calloc(1, sizeof *p);
    if (!p) {
        snprintf(why, IUT_WHY, "no memory");
        return NULL;
    }
    *p = (iut_process){ .limits = *limits, .tail = tail, .fds = { -1, -1, -1 } };
    if (!spawn(p, argv, why)) {
        iut_process_end(p, NULL);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        fcntl(p->fds[i], F_SETFL, O_NONBLOCK);
    return p;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

bool process_has_ended(iut_process *p, siginfo_t *info)
{
    memset(info, 0, sizeof *info);
    return p->pid > 0 && waitid(P_PID, (id_t)p->pid, info, WEXITED | WNOHANG | WNOWAIT) == 0 && info->si_pid == p->pid;
}

/* Without reaping it: until then nobody else can have its number, nor that of its group. */
void process_kill(iut_process *p)
{
    if (p->pid <= 0)
        return;
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
    for (int i = 0; i < 200; i++) {
        pid_t reaped = waitpid(p->pid, NULL, WNOHANG);
        if (reaped != 0 && !(reaped < 0 && errno == EINTR))
            break;
        poll(NULL, 0, i < 20 ? 1 : 10);
    }
    p->pid = -1;
}

void iut_process_end(iut_process *p, const char *bye)
{
    if (!p)
        return;
    if (bye && p->pid > 0)
        process_say_bye(p, bye);
    process_kill(p);
    for (int i = 0; i < 3; i++)
        shut(&p->fds[i]);
    free(p->answer);
    free(p);
}

/* ---- command lines ------------------------------------------------------------------------------------------ */

/* One argument from *at to `out`; false: a quote is not closed. */
static bool take_argument(const char **at, char **out)
{
    char quote = 0;
    for (; **at && (quote || !strchr(" \t\r\n", **at)); (*at)++) {
        if (!quote && (**at == '\'' || **at == '"'))
            quote = **at;
        else if (quote && **at == quote)
            quote = 0;
        else if (**at == '\\' && quote != '\'' && (*at)[1])
            *(*out)++ = *++*at;
        else
            *(*out)++ = **at;
    }
    *(*out)++ = 0;
    return quote == 0;
}

char **iut_command_split(const char *line, char why[IUT_WHY])
{
    size_t len = strlen(line), most = len / 2 + 2;
    char **argv = calloc(1, most * sizeof *argv + len + most);
    if (!argv) {
        snprintf(why, IUT_WHY, "no memory");
        return NULL;
    }
    char *text = (char *)(argv + most);
    size_t num = 0;
    for (line += strspn(line, " \t\r\n"); *line; line += strspn(line, " \t\r\n")) {
        argv[num++] = text;
        if (!take_argument(&line, &text)) {
            snprintf(why, IUT_WHY, "a quote in the command line is not closed");
            free(argv);
            return NULL;
        }
    }
    if (num == 0) {
        snprintf(why, IUT_WHY, "the command line is empty");
        free(argv);
        return NULL;
    }
    return argv;
}
