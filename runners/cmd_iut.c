/* ticketgate iut: the bundled reference, or a shared object, as a process under test. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "attach.h"
#include "cli.h"
#include "cmd.h"
#include "host.h"

static const cli_option options[] = {
    { "mutant", "NAME", "a wrong variant of the reference" },
    { "host", "LIB.so", "a shared object (harness/include/ticketgate/iut.h) in its place" },
    { "list-mutants", NULL, "list the wrong variants: name, requirement, roles, and what is wrong" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "iut",
    "",
    "Serves the bundled reference implementation on standard input and output.",
    options,
    "A line of JSON in, a line out, as runners/ATTACHING.md explains.\n\n"
    "exit codes:\n"
    "  0   the input ended, or said bye\n" CLI_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate gate --iut \"ticketgate iut\"\n"
    "  echo '{\"id\":1,\"op\":\"hello\",\"protocol\":1}' | ticketgate iut\n",
};

typedef struct wanted {
    const char *mutant, *host;
    bool list;
} wanted;

static bool take(void *user, const char *name, const char *value)
{
    wanted *w = user;
    if (strcmp(name, "mutant") == 0)
        w->mutant = value;
    else if (strcmp(name, "host") == 0)
        w->host = value;
    else
        w->list = true;
    return true;
}

static int list_mutants(void)
{
    size_t num;
    const iut_mutant *mutants = iut_mutants(&num);
    for (size_t i = 0; i < num; i++)
        cli_print("%s\t%s\t%s\t%s\n", mutants[i].name, mutants[i].breaks, mutants[i].roles, mutants[i].title);
    return CLI_OK;
}

/* What the interface prints must not come between the answers, nor what it reads take calls away. */
static bool move_descriptors(int *in, int *out)
{
    *in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    *out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = *in >= 0 && *out >= 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
              dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
    if (nothing >= 0)
        close(nothing);
    if (!ok)
        cli_complain("standard input and output cannot be used");
    return ok;
}

static int serve(const wanted *w)
{
    int in, out;
    void *handle = NULL;
    char why[IUT_WHY] = "";
    if (!move_descriptors(&in, &out))
        return CLI_INTERNAL;
    const tgi_interface *interface = w->host ? iut_load(w->host, &handle, why) : iut_reference(w->mutant);
    if (!interface) {
        if (w->host)
            cli_complain("%s", why);
        else
            cli_complain("there is no mutant %s (see --list-mutants)", w->mutant ? w->mutant : "");
        return CLI_USAGE;
    }
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    int code = iut_serve(interface, in, out);
    iut_unload(handle);
    return code;
}

int cmd_iut(int argc, char **argv)
{
    wanted w = { 0 };
    int first_operand;
    int code = cli_parse(&command, argc, argv, take, &w, &first_operand);
    if (code >= 0)
        return code;
    if (first_operand < argc || (w.mutant && w.host)) {
        cli_complain(first_operand < argc ? "no operand is expected" : "--mutant and --host do not go together");
        return CLI_USAGE;
    }
    return w.list ? list_mutants() : serve(&w);
}
