/* bench_child: runs a command and says what it took: a small process, so that the memory of the command is its own.
 *
 * usage: bench_child SECONDS COMMAND [ARGUMENT...]; SECONDS ends it by force (0: never). What it took goes to file descriptor 3:
 * "WALL-SECONDS CPU-SECONDS PEAK-RESIDENT-KILOBYTES STATUS", where STATUS is an exit code or 128 and the signal.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void end_it(int number)
{
    (void)number;
    kill(child, SIGKILL);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct rusage took;
    int status;
    if (argc < 3)
        return 2;
    double begun = now();
    child = fork();
    if (child == 0) {
        close(3);
        execvp(argv[2], &argv[2]);
        _exit(127);
    }
    if (child < 0)
        return 3;
    struct sigaction ending = { .sa_handler = end_it, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &ending, NULL);
    sigaction(SIGTERM, &ending, NULL);
    alarm((unsigned)strtoul(argv[1], NULL, 10));
    if (wait4(child, &status, 0, &took) != child)
        return 3;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    dprintf(3, "%.6f %.6f %ld %d\n", now() - begun, seconds_of(took.ru_utime) + seconds_of(took.ru_stime),
            took.ru_maxrss, code);
    return 0;
}
