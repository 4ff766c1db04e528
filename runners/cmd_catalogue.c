/* ticketgate profiles, ticketgate requirements */
#include <stdlib.h>

#include "answer.h"
#include "cli.h"
#include "cmd.h"
#include "matrix.h"

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

enum { MATRIX_NOT_ASKED = -1, MATRIX_TEXT, MATRIX_HTML, MATRIX_JSON };
static const char *const matrix_names[] = { "text", "html", "json", NULL };

static const cli_option requirement_options[] = {
    { "output", "FORM", "text (default) or json" },
    { "matrix", "FORM", "all rows with what shows them, and their counts:\ntext (the counts alone), html or json" },
    { NULL, NULL, NULL },
};

static const cli_command requirements_command = {
    "requirements", "[ID...]", "Lists the requirement catalogue, or explains rows of it.", requirement_options,
    "An ID is a whole one, such as RFC6043-6.10-x03, or the beginning of some, such as RFC6043-6.10.\n\n"
    "exit codes:\n  0  rows were found\n  5  there is no row with an ID that was given\n"
    "  3  the output could not be written\n  4  wrong usage\n\n"
    "examples:\n  ticketgate requirements RFC6043-6.10-x03\n  ticketgate requirements --output json\n"
    "  ticketgate requirements --matrix html >matrix.html\n",
};

typedef struct asked {
    int output, matrix;
} asked;

static bool take_requirements(void *user, const char *name, const char *value)
{
    asked *a = user;
    return strcmp(name, "matrix") == 0 ? cli_take_choice(name, value, matrix_names, &a->matrix)
                                       : cli_take_choice(name, value, output_names, &a->output);
}

/* The first few names, and how many there are: "Kept by 12: tgv-1, tgv-2, ...; 3 more of the rows above". */
static void explain_part(const matrix_row *of, matrix_part part, const char *title)
{
    enum { SHOWN = 8 };
    unsigned own = 0;
    while (of->names[part] && of->names[part][own])
        own++;
    if (of->count[part] == 0)
        return;
    cli_print("  %s: ", title);
    for (unsigned i = 0; i < own && i < SHOWN; i++)
        cli_print("%s%s", i ? ", " : "", of->names[part][i]);
    if (own > SHOWN)
        cli_print(" and %u more", own - SHOWN);
    if (own < of->count[part])
        cli_print("%s%u of the rows that show it", own ? "; " : "", of->count[part] - own);
    cli_print("\n");
}

static void explain_row(const tg_requirement *row)
{
    static const char *const titles[] = { "checks", "vectors that keep it", "vectors that break it", "cases of the gate",
                                          "mutants" };
    cli_print("%s\n  %s %s, %s; binds %s in %s\n  %s\n", row->id, row->source, row->clause, tg_level_name(row->level),
              row->binds, row->message, row->text);
    if (strcmp(row->room, "-") == 0)
        cli_print("  judged by: nothing\n");
    else
        cli_print("  judged by: %s (%s); a receiver of a message that breaks it: %s\n", tg_how_name(row->how), row->room,
                  tg_on_receive_name(row->on_receive));
    if (row->note[0])
        cli_print("  note: %s\n", row->note);
    if (row->shown_by[0])
        cli_print("  shown by: %s\n", row->shown_by);
    for (int part = 0; part < MATRIX_NUM_PARTS; part++)
        explain_part(matrix_of(row), (matrix_part)part, titles[part]);
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

static void print_counts(void)
{
    size_t num;
    const matrix_source *sources = matrix_sources(&num);
    for (size_t i = 0; i < num; i++) {
        cli_print("catalogue: %s: %u of %u sentences have rows", sources[i].name, sources[i].with_row,
                  sources[i].sentences);
        if (sources[i].out_of_scope)
            cli_print(", %u are out of scope with a reason", sources[i].out_of_scope);
        cli_print("\n");
    }
    const matrix_counts all = matrix_count(NULL), rfc = matrix_count("RFC 6043");
    const struct {
        const char *of;
        const matrix_counts *counts;
    } lines[] = { { "RFC 6043", &rfc }, { "all sources", &all } };
    for (size_t i = 0; i < 2; i++) {
        const matrix_counts *c = lines[i].counts;
        cli_print("catalogue: %s: %u rows, %u testable: %u judged in messages (%u with check, %u kept, %u broken), "
                  "%u behaviour (%u with case, %u with mutant); %u planned, %u none\n",
                  lines[i].of, c->rows, c->testable, c->judged, c->checked, c->kept, c->broken,
                  c->how[TG_HOW_BEHAVIOUR], c->with_case, c->with_mutant, c->how[TG_HOW_PLANNED], c->how[TG_HOW_NONE]);
    }
}

/* The rows that were asked for, as one document. */
static void add_rows(tg_text *text, bool with_summary, int argc, char **argv, int first)
{
    size_t num, shown = 0;
    const tg_requirement *rows = tg_requirements(&num);
    answer_add(text, "{\"format\":1,");
    if (with_summary) {
        answer_add(text, "\"summary\":");
        matrix_add_summary(text);
        answer_add(text, ",");
    }
    answer_add(text, "\"requirements\":[");
    for (size_t i = 0; i < num; i++) {
        if (!is_asked_for(&rows[i], argc, argv, first))
            continue;
        answer_add(text, shown++ ? ",\n " : "\n ");
        matrix_add_row(&rows[i], text);
    }
    answer_add(text, "\n]}\n");
}

static void print_rows(int argc, char **argv, int first)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    for (size_t i = 0; i < num; i++) {
        if (first == argc)
            cli_print("%-22s %-6s %-9s %s\n", rows[i].id, tg_level_name(rows[i].level), tg_how_name(rows[i].how),
                      rows[i].text);
        else if (is_asked_for(&rows[i], argc, argv, first))
            explain_row(&rows[i]);
    }
}

int cmd_requirements(int argc, char **argv)
{
    asked a = { OUTPUT_TEXT, MATRIX_NOT_ASKED };
    int first;
    int code = cli_parse(&requirements_command, argc, argv, take_requirements, &a, &first);
    if (code >= 0)
        return code;
    if (a.matrix != MATRIX_NOT_ASKED && first < argc) {
        cli_complain("--matrix is about all rows: no ID is taken with it");
        return CLI_USAGE;
    }
    if (!check_operands(argc, argv, first))
        return CLI_NOTHING;
    if (a.matrix == MATRIX_TEXT || (a.matrix == MATRIX_NOT_ASKED && a.output == OUTPUT_TEXT)) {
        if (a.matrix == MATRIX_TEXT)
            print_counts();
        else
            print_rows(argc, argv, first);
        return CLI_OK;
    }
    tg_text text = { 0 };
    if (a.matrix == MATRIX_HTML)
        matrix_add_html(TICKETGATE_VERSION, &text);
    else
        add_rows(&text, a.matrix == MATRIX_JSON, argc, argv, first);
    bool ok = answer_send(&text);
    tg_text_free(&text);
    return ok ? CLI_OK : CLI_INTERNAL;
}
