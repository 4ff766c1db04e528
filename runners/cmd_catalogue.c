/* ticketgate profiles, ticketgate requirements */
#include <stdlib.h>

#include "answer.h"
#include "cli.h"
#include "cmd.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    { "output", "FORM", "text (default) or json" },
    { NULL, NULL, NULL },
};

static bool take(void *user, const char *name, const char *value)
{
    return cli_take_choice(name, value, output_names, user);
}

/* ---- profiles ----------------------------------------------------------------------------------------------- */

static const cli_command profiles_command = {
    "profiles", "", "Lists the built-in profiles.", options,
    "A profile says which checks apply and settles what the standards leave open. A file of\n"
    "one's own can extend a built-in one: see ticketgate check --profile.\n\n"
    "exit codes:\n  0  always, but for wrong usage (4) and output that cannot be written (3)\n\n"
    "example:\n  ticketgate profiles --output json\n",
};

static void add_member(tg_text *out, const char *name, const char *value)
{
    tg_json_add_string(name, out);
    answer_add(out, ":");
    tg_json_add_string(value, out);
}

int cmd_profiles(int argc, char **argv)
{
    int output = OUTPUT_TEXT, first;
    int code = cli_parse(&profiles_command, argc, argv, take, &output, &first);
    if (code >= 0)
        return code;
    if (first < argc) {
        cli_complain("%s: no operand is taken", argv[first]);
        return CLI_USAGE;
    }
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    tg_text text = { 0 };
    answer_add(&text, "{\"profiles\":[");
    for (size_t i = 0; i < num; i++) {
        if (output == OUTPUT_TEXT)
            cli_print("%-14s %s\n", profiles[i].name, profiles[i].title);
        answer_add(&text, i ? ",\n {" : "\n {");
        add_member(&text, "name", profiles[i].name);
        answer_add(&text, ",");
        add_member(&text, "title", profiles[i].title);
        answer_add(&text, "}");
    }
    answer_add(&text, "\n]}\n");
    bool ok = output == OUTPUT_TEXT || answer_send(&text);
    tg_text_free(&text);
    return ok ? CLI_OK : CLI_INTERNAL;
}

/* ---- requirements ------------------------------------------------------------------------------------------- */

static const cli_command requirements_command = {
    "requirements", "[ID...]", "Lists the requirement catalogue, or explains rows of it.", options,
    "An ID is a whole one, such as RFC6043-6.10-x03, or the beginning of some, such as RFC6043-6.10.\n\n"
    "exit codes:\n  0  rows were found\n  5  there is no row with an ID that was given\n"
    "  3  the output could not be written\n  4  wrong usage\n\n"
    "examples:\n  ticketgate requirements RFC6043-6.10-x03\n  ticketgate requirements --output json\n",
};

static void add_row(tg_text *out, const tg_requirement *row)
{
    const struct {
        const char *name, *value;
    } members[] = {
        { "id", row->id },           { "source", row->source },
        { "clause", row->clause },   { "level", tg_level_name(row->level) },
        { "binds", row->binds },     { "message", row->message },
        { "room", row->room },       { "how", tg_how_name(row->how) },
        { "on_receive", tg_on_receive_name(row->on_receive) }, { "text", row->text },
    };
    answer_add(out, "{");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        answer_add(out, i ? "," : "");
        add_member(out, members[i].name, members[i].value);
    }
    answer_add(out, "}");
}

static void explain_row(const tg_requirement *row)
{
    cli_print("%s\n  %s %s, %s; binds %s in %s\n  %s\n", row->id, row->source, row->clause, tg_level_name(row->level),
              row->binds, row->message, row->text);
    cli_print("  judged by: %s (%s); a receiver of a message that breaks it: %s\n", tg_how_name(row->how), row->room,
              tg_on_receive_name(row->on_receive));
}

static bool is_asked_for(const tg_requirement *row, int argc, char **argv, int first)
{
    for (int i = first; i < argc; i++) {
        bool whole = tg_requirement_find(argv[i]) != NULL;
        if (whole ? strcmp(row->id, argv[i]) == 0 : strncmp(row->id, argv[i], strlen(argv[i])) == 0)
            return true;
    }
    return first == argc;
}

static bool check_operands(int argc, char **argv, int first)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    for (int i = first; i < argc; i++) {
        size_t at = 0;
        while (at < num && strncmp(rows[at].id, argv[i], strlen(argv[i])) != 0)
            at++;
        if (at == num) {
            cli_complain("%s: the catalogue has no such row", argv[i]);
            return false;
        }
    }
    return true;
}

int cmd_requirements(int argc, char **argv)
{
    int output = OUTPUT_TEXT, first;
    int code = cli_parse(&requirements_command, argc, argv, take, &output, &first);
    if (code >= 0)
        return code;
    if (!check_operands(argc, argv, first))
        return CLI_NOTHING;
    size_t num, shown = 0;
    const tg_requirement *rows = tg_requirements(&num);
    tg_text text = { 0 };
    answer_add(&text, "{\"requirements\":[");
    for (size_t i = 0; i < num; i++) {
        if (!is_asked_for(&rows[i], argc, argv, first))
            continue;
        if (output == OUTPUT_TEXT && first == argc)
            cli_print("%-22s %-6s %-9s %s\n", rows[i].id, tg_level_name(rows[i].level), tg_how_name(rows[i].how),
                      rows[i].text);
        else if (output == OUTPUT_TEXT)
            explain_row(&rows[i]);
        answer_add(&text, shown++ ? ",\n " : "\n ");
        add_row(&text, &rows[i]);
    }
    answer_add(&text, "\n]}\n");
    bool ok = output == OUTPUT_TEXT || answer_send(&text);
    tg_text_free(&text);
    return ok ? CLI_OK : CLI_INTERNAL;
}
