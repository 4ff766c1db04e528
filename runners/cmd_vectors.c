/* ticketgate vectors run */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "cmd.h"
#include "vectors_judge.h"

enum { MAX_FILTERS = 32 };

static const cli_option options[] = {
    { "filter", "GLOB", "only vectors whose id, title, a clause or a flag matches;\ngiven several times: any of them" },
    { "output", "FORM", "text (default), json, junit, sarif or html" },
    { "report", "FILE", "write the report there, in the form of --output; standard output\ngets the text" },
    { "all", NULL, "text: every vector, not only what failed" },
    { "list", NULL, "list the vectors that would run, as text or json" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "vectors run", "[DIR|FILE...]", "Runs golden vectors (vectors/FORMAT.md) and golden conversations\n"
    "(vectors/CONVERSATION.md) against the library.", options,
    "Without operands: vectors/data. A vector passes when its message decodes to its tree (or is\n"
    "refused with its error), the tree and the message make the same octets again, and each\n"
    "profile that it names finds exactly the rules that it breaks. A conversation passes when\n"
    "verdict, authenticity, findings and every derived value are as its answer says. The parent\n"
    "of what is broken is judged first; when the parent fails, the case is inconclusive.\n\n"
    "exit codes:\n"
    "  0   all passed\n"
    "  1   a vector failed\n" CLI_EXIT_CODES
    "  5   there are no vectors, or none was selected\n"
    "  10  none failed, but one is inconclusive\n\n"
    "examples:\n"
    "  ticketgate vectors run\n"
    "  ticketgate vectors run --filter 'RFC6043-6.10-*' --output json vectors/data\n"
    "  ticketgate vectors run --output junit --report vectors.xml\n",
};

typedef struct run {
    int output;
    const char *report_path;
    FILE *report_file;
    bool all, list;
    const char *filters[MAX_FILTERS];
    size_t num_filters;
    vector_set set;
    vectors_judge judge;
    tg_report report;
    tg_report_case *cases;
} run;

static bool take(void *user, const char *name, const char *value)
{
    run *r = user;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, tg_report_form_names, &r->output);
    if (strcmp(name, "report") == 0)
        r->report_path = value;
    r->all = r->all || strcmp(name, "all") == 0;
    r->list = r->list || strcmp(name, "list") == 0;
    if (strcmp(name, "filter") != 0)
        return true;
    if (r->num_filters == MAX_FILTERS) {
        cli_complain("--filter: %d at the most", MAX_FILTERS);
        return false;
    }
    r->filters[r->num_filters++] = value;
    return true;
}

/* ---- selection ---------------------------------------------------------------------------------------------- */

static bool matches_one_of(const char *glob, const json_t *strings)
{
    for (size_t i = 0; i < json_array_size(strings); i++) {
        if (fnmatch(glob, json_string_value(json_array_get(strings, i)), 0) == 0)
            return true;
    }
    return false;
}

static bool is_selected(const run *r, const vector *v)
{
    bool selected = r->num_filters == 0;
    for (size_t i = 0; i < r->num_filters && !selected; i++) {
        const char *glob = r->filters[i];
        selected = fnmatch(glob, v->id, 0) == 0 || fnmatch(glob, v->title, 0) == 0 ||
                   matches_one_of(glob, json_object_get(v->json, "clauses")) ||
                   matches_one_of(glob, json_object_get(v->json, "flags"));
    }
    return selected && v->asked_for;
}

static void list_as_json(const vector *v, bool first)
{
    tg_text text = { 0 };
    answer_add(&text, first ? "[\n{\"id\":" : ",\n{\"id\":");
    tg_json_add_string(v->id, &text);
    answer_add(&text, ",\"title\":");
    tg_json_add_string(v->title, &text);
    answer_add(&text, ",\"group\":");
    tg_json_add_string(v->group, &text);
    answer_add(&text, "}");
    (void)answer_send(&text);
    tg_text_free(&text);
}

static int list_selected(const run *r)
{
    size_t num = 0;
    for (size_t i = 0; i < r->set.num_vectors; i++) {
        const vector *v = &r->set.vectors[i];
        if (!is_selected(r, v))
            continue;
        if (r->output == TG_FORM_JSON) {
            list_as_json(v, num == 0);
        } else {
            cli_print_safe(v->id);
            cli_print("  ");
            cli_print_safe(v->group);
            cli_print("%*s ", strlen(v->group) < 16 ? 16 - (int)strlen(v->group) : 0, "");
            cli_print_safe(v->title);
            cli_print("\n");
        }
        num++;
    }
    if (r->output == TG_FORM_JSON)
        cli_print(num ? "\n]\n" : "[]\n");
    if (num == 0)
        cli_complain("no vector was selected");
    return num ? CLI_OK : CLI_NOTHING;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static uint64_t now_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A word as a shell takes it. */
static const char *quoted(keeping *k, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    if (word[0] && strspn(word, plain) == strlen(word))
        return word;
    char *out = keep_memory(k, strlen(word) * 4 + 3), *at = out;
    *at++ = '\'';
    for (; *word; word++) {
        if (*word == '\'')
            at += sprintf(at, "'\\''");
        else
            *at++ = *word;
    }
    *at = '\'';
    return out;
}

/* Judges the vector and remembers whether it may be a control. */
static void judge(run *r, vector *v)
{
    vectors_judge_one(&r->judge, v);
    v->control = r->judge.num_failures ? CONTROL_BAD : CONTROL_GOOD;
}

/* Why the vector cannot be judged, or NULL: its parent must be there and be right. */
static const char *control_fault(run *r, const vector *v)
{
    if (!v->parent)
        return NULL;
    vector *parent = vectors_find(&r->set, v->parent);
    if (!parent)
        return keep_text(&r->judge.keeping, "its parent %s is not in the data", v->parent);
    if (parent->control == CONTROL_UNKNOWN)
        judge(r, parent);
    if (parent->control == CONTROL_BAD)
        return keep_text(&r->judge.keeping, "its parent %s fails", v->parent);
    return NULL;
}

static const char *const *clauses_of(run *r, const vector *v, size_t *num)
{
    const json_t *clauses = json_object_get(v->json, "clauses");
    *num = json_array_size(clauses);
    const char **out = keep_memory(&r->judge.keeping, (*num + 1) * sizeof *out);
    for (size_t i = 0; i < *num; i++)
        out[i] = json_string_value(json_array_get(clauses, i));
    return out;
}

static void run_vector(run *r, vector *v)
{
    uint64_t start = now_microseconds();
    tg_report_case *c = &r->cases[r->report.num_cases++];
    *c = (tg_report_case){ .id = v->id, .title = v->title, .group = v->group, .verdict = TG_VERDICT_INCONCLUSIVE };
    c->reason = vectors_fault(v) ? NULL : control_fault(r, v);
    c->clauses = clauses_of(r, v, &c->num_clauses);
    c->rerun = keep_text(&r->judge.keeping, "ticketgate vectors run --filter %s %s", v->id,
                         quoted(&r->judge.keeping, v->file->path));
    if (!c->reason) {
        judge(r, v);
        c->verdict = r->judge.num_failures ? TG_VERDICT_FAILED : TG_VERDICT_PASSED;
        c->failures = r->judge.failures;
        c->num_failures = r->judge.num_failures;
        c->octets = r->judge.octets;
    }
    c->microseconds = now_microseconds() - start;
}

static void show_progress(size_t done, size_t num)
{
    if (isatty(STDERR_FILENO) && (done % 64 == 0 || done == num))
        fprintf(stderr, "\r%zu of %zu vectors%s", done, num, done == num ? "\r\033[K" : "");
}

static void run_selected(run *r)
{
    r->cases = keep_memory(&r->judge.keeping, (r->set.num_vectors + 1) * sizeof *r->cases);
    for (size_t i = 0; i < r->set.num_vectors; i++) {
        if (cli_interrupted()) {
            r->report.interrupted = true;
            break;
        }
        if (is_selected(r, &r->set.vectors[i]))
            run_vector(r, &r->set.vectors[i]);
        show_progress(i + 1, r->set.num_vectors);
    }
    r->report.interrupted = r->report.interrupted || cli_interrupted();
    r->report.cases = r->cases;
}

/* ---- the report --------------------------------------------------------------------------------------------- */

/* What standard output could not take is cli_finish's business. */
static void show_report(const run *r, tg_report_form form)
{
    bool shown = tg_report_write(&r->report, form, r->all, cli_sink());
    (void)shown;
}

/* False when the file could not be written. */
static bool write_reports(run *r)
{
    if (!r->report_file) {
        show_report(r, (tg_report_form)r->output);
        return true;
    }
    bool ok = tg_report_write(&r->report, (tg_report_form)r->output, r->all, cli_file_sink(r->report_file));
    ok = fclose(r->report_file) == 0 && ok;
    r->report_file = NULL;
    if (!ok && !cli_interrupted())
        cli_complain("%s: %s", r->report_path, strerror(errno));
    show_report(r, TG_FORM_TEXT);
    return ok;
}

static const char *command_line(keeping *k, int argc, char **argv)
{
    const char *out = "ticketgate vectors";
    for (int i = 0; i < argc; i++)
        out = keep_text(k, "%s %s", out, quoted(k, argv[i]));
    return out;
}

static int load_and_run(run *r, int argc, char **argv, int first)
{
    static char default_folder[] = "vectors/data";
    char *default_paths[] = { default_folder };
    if (r->list && r->output >= TG_FORM_JUNIT) {
        cli_complain("--list writes text or json");
        return CLI_USAGE;
    }
    int code = first < argc ? vectors_load(&r->set, argv + first, (size_t)(argc - first))
                            : vectors_load(&r->set, default_paths, 1);
    r->report.interrupted = code == CLI_INTERRUPTED;
    if (code != CLI_OK && (code != CLI_INTERRUPTED || r->list))
        return code;
    if (r->list)
        return list_selected(r);
    if (r->report_path) {
        r->report_file = fopen(r->report_path, "wb");
        if (!r->report_file && cli_interrupted())
            return CLI_INTERRUPTED;
        if (!r->report_file) {
            cli_complain("%s: %s", r->report_path, strerror(errno));
            return CLI_USAGE;
        }
    }
    if (!r->report.interrupted)
        run_selected(r);
    code = (int)tg_report_outcome(&r->report);
    if (code == CLI_NOTHING)
        cli_complain("no vector was selected");
    bool ok = write_reports(r);
    return cli_interrupted() ? CLI_INTERRUPTED : ok ? code : CLI_INTERNAL;
}

int cmd_vectors_run(int argc, char **argv)
{
    run r = { 0 };
    int first;
    char **typed = malloc((size_t)argc * sizeof *typed); /* parsing moves operands to the end */
    if (!typed)
        return CLI_INTERNAL;
    memcpy(typed, argv, (size_t)argc * sizeof *typed);
    int code = cli_parse(&command, argc, argv, take, &r, &first);
    if (code < 0) {
        judging_init(&r.judge.judging);
        r.report = (tg_report){ .version = TICKETGATE_VERSION, .suite = "vectors",
                                .command = command_line(&r.judge.keeping, argc, typed) };
        code = load_and_run(&r, argc, argv, first);
    }
    vectors_judge_free(&r.judge);
    vectors_free(&r.set);
    free(typed);
    return code;
}
