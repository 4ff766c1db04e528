/* Options of a subcommand, from one table: parsing, complaints and --help. */
#include <getopt.h>
#include <stdlib.h>

#include "cli.h"

enum { MAX_OPTIONS = 64, HELP_COLUMN = 26 };

static void print_option(const char *name, const char *argument, const char *help)
{
    int width = (int)strlen(name) + 4 + (argument ? (int)strlen(argument) + 1 : 0);
    cli_print("  --%s%s%s", name, argument ? " " : "", argument ? argument : "");
    if (width + 2 > HELP_COLUMN)
        cli_print("\n%*s", HELP_COLUMN, "");
    else
        cli_print("%*s", HELP_COLUMN - width, "");
    for (const char *c = help; *c; c++) {
        cli_write(c, 1);
        if (*c == '\n')
            cli_print("%*s", HELP_COLUMN, "");
    }
    cli_print("\n");
}

static void print_help(const cli_command *command)
{
    cli_print("usage: ticketgate %s [options]%s%s\n\n%s\n\noptions:\n", command->name, command->operands[0] ? " " : "",
              command->operands, command->summary);
    for (const cli_option *option = command->options; option->name; option++)
        print_option(option->name, option->argument, option->help);
    print_option("help", NULL, "this text");
    cli_print("\n%s", command->notes);
}

static void complain(const cli_command *command, char **argv, int place, int result)
{
    const char *written = argv[place];
    const char *what = result == ':' ? "needs a value" : "is not an option, or takes no value";
    cli_complain("%s %s (see ticketgate %s --help)", written, what, command->name);
}

int cli_parse(const cli_command *command, int argc, char **argv, cli_take take, void *user, int *first_operand)
{
    struct option options[MAX_OPTIONS + 2] = { { 0 } };
    int num = 0;
    for (; command->options[num].name && num < MAX_OPTIONS; num++) {
        options[num].name = command->options[num].name;
        options[num].has_arg = command->options[num].argument ? required_argument : no_argument;
    }
    options[num].name = "help";
    cli_set_name(command->name);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    for (;;) {
        int index = -1, place = optind > 0 ? optind : 1;
        int result = getopt_long(argc, argv, ":h", options, &index);
        if (result == -1)
            break;
        if (result == 'h' || (result == 0 && index == num)) {
            print_help(command);
            return CLI_OK;
        }
        if (result != 0) {
            complain(command, argv, place < optind ? optind - 1 : place, result);
            return CLI_USAGE;
        }
        if (!take(user, options[index].name, optarg))
            return cli_interrupted() ? CLI_INTERRUPTED : CLI_USAGE;
    }
    *first_operand = optind;
    return -1;
}

bool cli_take_size(const char *name, const char *value, size_t max, size_t *out)
{
    char *end;
    unsigned long long number = strtoull(value, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    end += shift > 0;
    if (value[0] < '0' || value[0] > '9' || *end || number == 0 || number > max >> shift) {
        cli_complain("--%s %s: not a number from 1 to %zu", name, value, max);
        return false;
    }
    *out = (size_t)(number << shift);
    return true;
}

bool cli_take_choice(const char *name, const char *value, const char *const *names, int *out)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    char all[256] = "";
    for (int i = 0; names[i]; i++) {
        strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
        strncat(all, names[i], sizeof all - strlen(all) - 1);
    }
    cli_complain("--%s %s: must be one of %s", name, value, all);
    return false;
}
