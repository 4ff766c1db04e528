/* ticketgate gate */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "cmd.h"
#include "expected.h"
#include "gate/gate_deployment.h"
#include "gate/gate_select.h"
#include "gate/gate_show.h"
#include "http.h"
#include "input.h"
#include "lines.h"

enum { MAX_REPORTS = 8, MOST_TIMEOUT = 600, LINE_MAX_LEN = 512 };
#define MOST_MEMORY ((size_t)1 << 40)
#define MOST_ERROR_MAP ((size_t)1 << 20)

static const cli_option options[] = {
    { "iut", "TARGET", "the implementation under test: a command line, a shared object (.so)\nor, for a KMS, http://...; without it the bundled reference" },
    { "mutant", "NAME", "the bundled reference, wrong in this way" },
    { "in-process", NULL, "reference and shared object: without a process of their own" },
    { "profile", "NAME", "only cases of this profile; as the options below, several times: any" },
    { "requirement", "ID", "only cases about this requirement, or whose id begins so" },
    { "role", "ROLE", "initiator, responder or kms" },
    { "group", "NAME", "sanity, decode, check, golden, live, broken or behaviour" },
    { "case", "ID", "this case; may hold * and ?" },
    { "words", "WORDS", "(also -k WORDS) only cases with all these words in id or title" },
    { "cases", "FILE|-", "ids, one a line; each is run as it comes" },
    { "list", NULL, "list the cases, as text or json; nothing is attached" },
    { "list-mutants", NULL, "list the wrong variants of the bundled reference" },
    { "dry-run", NULL, "attach, and say of each case whether it would be run or skipped" },
    { "output", "FORM", "text (default), json, jsonl (a line a case, as it ends), junit, sarif\nor html" },
    { "report", "FORM=FILE", "write a report there too" },
    { "all", NULL, "text: every case, not only what failed" },
    { "expected", "FILE", "failures that are known; one that no longer fails, fails the run" },
    { "baseline", "FILE", "a report (json) of an earlier run: show what changed" },
    { "error-map", "FILE", "what words of the implementation mean, as classes of errors" },
    { "any-error", NULL, "do not compare classes of errors" },
    { "set", "NAME=VALUE", "judge an implementation of another reading: a setting that takes the place\nof every profile's own; several times" },
    { "level", "must|should", "which requirements fail a case; should (default): both" },
    { "timeout", "SECONDS", "for each answer; 5 unless given" },
    { "iut-memory", "SIZE", "address space of the implementation, as in 512M" },
    { "vectors", "DIR", "golden vectors; vectors/data unless given; none: leave them out" },
    { "seed", "TEXT", "other keys, random numbers and times than the cases' own" },
    GATE_DEPLOYMENT_OPTIONS,
    { "progress", NULL, "show progress even where standard error is no terminal" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "gate",
    "",
    "Judges an implementation of MIKEY-TICKET, attached as runners/ATTACHING.md says, requirement by requirement.",
    options,
    "exit codes:\n"
    "  0   all passed\n"
    "  1   something failed, or an expected failure no longer does\n" CLI_EXIT_CODES
    "  5   nothing was judged\n"
    "  10  nothing failed, but something was inconclusive\n\n"
    "examples:\n"
    "  ticketgate gate --iut \"python3 mine/adapter.py\"\n"
    "  ticketgate gate --iut ./mine.so --role responder --requirement RFC6043-4.2.2\n"
    "  ticketgate gate --list --output json\n"
    "  ticketgate gate --mutant request-auth-key --report html=gate.html\n",
};

typedef struct gate {
    iut_options attach;
    gate_selection selection;
    gate_deployment live;
    const char *cases_path, *expected_path, *baseline_path, *error_map_path, *vectors, *seed;
    struct {
        gate_form form;
        const char *path;
    } reports[MAX_REPORTS];
    size_t num_reports;
    int output, level;
    bool list, list_mutants, dry_run, all, any_error, progress;
    gate_cases cases;
    gate_run run;
    expected_set expected;
    baseline base;
    input_text error_map;
    tg_report report;
    tg_report_case *results;
    size_t num_results, capacity;
    bool gone;
} gate;

/* ---- options ------------------------------------------------------------------------------------------------ */

static bool take_word(gate_words *words, const char *name, const char *value)
{
    if (words->num == GATE_MAX_WORDS) {
        cli_complain("--%s: %d at the most", name, GATE_MAX_WORDS);
        return false;
    }
    words->list[words->num++] = value;
    return true;
}

static bool take_report(gate *g, const char *value)
{
    const char *equals = strchr(value, '=');
    for (int form = 0; equals && equals[1] && gate_form_names[form]; form++) {
        size_t len = strlen(gate_form_names[form]);
        if (len != (size_t)(equals - value) || strncmp(value, gate_form_names[form], len) != 0 ||
            g->num_reports == MAX_REPORTS)
            continue;
        g->reports[g->num_reports].form = (gate_form)form;
        g->reports[g->num_reports++].path = equals + 1;
        return true;
    }
    cli_complain("--report %s: FORM=FILE, with text, json, jsonl, junit, sarif or html; %d at the most", value, MAX_REPORTS);
    return false;
}

static bool take_selection(gate *g, const char *name, const char *value, bool *known)
{
    const struct {
        const char *name;
        gate_words *words;
    } lists[] = { { "profile", &g->selection.profiles }, { "requirement", &g->selection.requirements },
                  { "role", &g->selection.roles },       { "group", &g->selection.groups },
                  { "case", &g->selection.cases },       { "words", &g->selection.words } };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(name, lists[i].name) == 0) {
            *known = true;
            return take_word(lists[i].words, name, value);
        }
    }
    return true;
}

static bool take_text(gate *g, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **out;
    } all[] = { { "iut", &g->attach.target },       { "mutant", &g->attach.mutant },     { "cases", &g->cases_path },
                { "expected", &g->expected_path },  { "baseline", &g->baseline_path },   { "vectors", &g->vectors },
                { "error-map", &g->error_map_path }, { "seed", &g->seed } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(name, all[i].name) == 0) {
            *all[i].out = value;
            return true;
        }
    }
    return false;
}

static bool take_switch(gate *g, const char *name)
{
    const struct {
        const char *name;
        bool *out;
    } all[] = { { "in-process", &g->attach.in_process }, { "list", &g->list },
                { "list-mutants", &g->list_mutants },    { "dry-run", &g->dry_run },              { "all", &g->all },
                { "any-error", &g->any_error },          { "progress", &g->progress } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(name, all[i].name) == 0)
            return *all[i].out = true;
    }
    return false;
}

/* 'as a shell takes it' */
static const char *quoted(keeping *k, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
    if (word[0] && word[strspn(word, plain)] == '\0')
        return word;
    char *out = keep_memory(k, strlen(word) * 4 + 3), *at = out;
    *at++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(at, "'\\''", 4);
            at += 4;
        } else {
            *at++ = *word;
        }
    }
    memcpy(at, "'", 2);
    return out;
}

/* What a case needs to be run again as it was. */
static void note_rerun(gate *g, const char *name, const char *value)
{
    static const char *const kept[] = { "iut", "mutant", "in-process", "seed", "level", "error-map", "any-error", "timeout",
                                        "iut-memory", "vectors", "set", "known", "now", "can", "method", "path",
                                        "query-request", "query-resolve", "content-type", "body", "status" };
    keeping *k = &g->run.keeping;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strcmp(name, kept[i]) == 0)
            g->run.rerun = keep_text(k, "%s --%s%s%s", g->run.rerun, name, value ? " " : "", value ? quoted(k, value) : "");
    }
}

static bool take(void *user, const char *name, const char *value)
{
    static const char *const levels[] = { "must", "should", NULL };
    gate *g = user;
    bool known = false;
    size_t seconds;
    note_rerun(g, name, value);
    if (take_switch(g, name) || (value && take_text(g, name, value)))
        return true;
    bool ok = gate_deployment_take(&g->live, name, value, &known);
    if (known)
        return ok;
    if (!take_selection(g, name, value, &known) || known)
        return known;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, gate_form_names, &g->output);
    if (strcmp(name, "level") == 0)
        return cli_take_choice(name, value, levels, &g->level);
    if (strcmp(name, "report") == 0)
        return take_report(g, value);
    if (strcmp(name, "set") == 0)
        return gate_reading_take(value);
    if (strcmp(name, "iut-memory") == 0)
        return cli_take_size(name, value, MOST_MEMORY, &g->attach.max_memory);
    if (!cli_take_size(name, value, MOST_TIMEOUT, &seconds))
        return false;
    g->attach.timeout_ms = (unsigned)seconds * 1000;
    return true;
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

static void send(tg_text *text)
{
    if (text->data)
        cli_write(text->data, text->len);
    tg_text_free(text);
}

static int list_cases(gate *g)
{
    size_t num = 0;
    if (g->output > GATE_JSONL) {
        cli_complain("--list writes text, json or jsonl");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < g->cases.num; i++) {
        const gate_case *c = &g->cases.list[i];
        if (!gate_selects(&g->selection, c))
            continue;
        tg_text text = { 0 };
        if (g->output == GATE_TEXT) {
            cli_print("%-44s %-9s ", c->id, c->group);
            cli_print_safe(c->title);
        } else {
            cli_print("%s", g->output == GATE_JSONL ? "" : num ? ",\n" : "[\n");
            gate_show_case(c, &text);
            send(&text);
        }
        cli_print("%s", g->output == GATE_JSON ? "" : "\n");
        num++;
    }
    if (g->output == GATE_JSON)
        cli_print(num ? "\n]\n" : "[]\n");
    if (num == 0)
        cli_complain("no case was selected");
    return num ? CLI_OK : CLI_NOTHING;
}

static int list_mutants(const gate *g)
{
    size_t num;
    const iut_mutant *mutants = iut_mutants(&num);
    for (size_t i = 0; i < num; i++) {
        if (g->output == GATE_TEXT) {
            cli_print("%-34s %s (%s; %s)\n", mutants[i].name, mutants[i].title, mutants[i].breaks, mutants[i].roles);
            continue;
        }
        const char *const parts[] = { "{\"name\":", mutants[i].name,     ",\"title\":", mutants[i].title,
                                      ",\"breaks\":", mutants[i].breaks, ",\"roles\":", mutants[i].roles };
        tg_text text = { 0 };
        for (size_t n = 0; n < sizeof parts / sizeof *parts; n += 2) {
            tg_text_add(&text, parts[n], strlen(parts[n]));
            tg_json_add_string(parts[n + 1], &text);
        }
        cli_print("%s", g->output == GATE_JSON ? i ? ",\n" : "[\n" : "");
        send(&text);
        cli_print("}%s", g->output == GATE_JSON ? "" : "\n");
    }
    cli_print(g->output == GATE_JSON ? "\n]\n" : "");
    return num ? CLI_OK : CLI_NOTHING;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void show_progress(const gate *g, size_t done, size_t num)
{
    if ((isatty(STDERR_FILENO) || g->progress) && (done % 16 == 0 || done == num))
        fprintf(stderr, "\r%zu of %zu cases%s", done, num, done == num ? "\r\033[K" : "");
}

static void keep(gate *g, const tg_report_case *result)
{
    if (g->num_results == g->capacity) {
        g->capacity = g->capacity ? g->capacity * 2 : 1024;
        tg_report_case *more = realloc(g->results, g->capacity * sizeof *more);
        if (!more) {
            cli_complain("out of memory");
            exit(CLI_INTERNAL);
        }
        g->results = more;
    }
    g->results[g->num_results++] = *result;
}

static void run_case(gate *g, const gate_case *c)
{
    tg_report_case result;
    tg_text line = { 0 };
    char suppression[512];
    gate_run_case(&g->run, c, &result);
    expected_apply(&g->expected, &result, (tg_report_failure *)(uintptr_t)result.failures);
    if (result.num_failures > 0) {
        expected_suppression(c->id, result.failures[0].requirement, suppression, sizeof suppression);
        result.suppress = keep_text(&g->run.keeping, "%s", suppression);
    }
    keep(g, &result);
    if (g->output != GATE_JSONL)
        return;
    gate_show_result(&result, &line);
    tg_text_add(&line, "\n", 1);
    send(&line);
    cli_flush();
}

static void dry_run_case(gate *g, const gate_case *c)
{
    const char *reason = gate_skip_reason(&g->run, c);
    cli_print("%-44s %s%s\n", c->id, reason ? "skipped: " : "would run", reason ? reason : "");
    g->num_results++;
}

static void run_one(gate *g, const gate_case *c)
{
    if (g->dry_run)
        dry_run_case(g, c);
    else
        run_case(g, c);
}

/* Ids from a file or from standard input, each run as it comes. */
static int run_from_file(gate *g)
{
    char id[LINE_MAX_LEN];
    int code = CLI_OK;
    FILE *file = strcmp(g->cases_path, "-") == 0 ? stdin : fopen(g->cases_path, "r");
    if (!file) {
        cli_complain("%s: cannot be read", g->cases_path);
        return CLI_USAGE;
    }
    while (!cli_interrupted() && fgets(id, sizeof id, file)) {
        id[strcspn(id, "\r\n")] = '\0';
        const gate_case *c = gate_case_find(&g->cases, id);
        if (!id[0])
            continue;
        if (c) {
            run_one(g, c);
        } else {
            cli_complain("%s: there is no such case (see ticketgate gate --list)", id);
            code = CLI_USAGE;
        }
    }
    if (file != stdin)
        fclose(file);
    return code;
}

static int run_selected(gate *g)
{
    size_t num = 0, done = 0;
    if (g->cases_path)
        return run_from_file(g);
    for (size_t i = 0; i < g->cases.num; i++)
        num += gate_selects(&g->selection, &g->cases.list[i]);
    for (size_t i = 0; i < g->cases.num && !cli_interrupted(); i++) {
        if (!gate_selects(&g->selection, &g->cases.list[i]))
            continue;
        run_one(g, &g->cases.list[i]);
        show_progress(g, ++done, num);
    }
    return CLI_OK;
}

/* ---- the report --------------------------------------------------------------------------------------------- */

static bool was_selected(void *user, const char *id)
{
    gate *g = user;
    const gate_case *c = gate_case_find(&g->cases, id);
    return !c || gate_selects(&g->selection, c); /* a case that is no more is gone */
}

static void add_unexercised(gate *g)
{
    tg_report_unexercised *list = keep_memory(&g->run.keeping, (g->num_results + 1) * sizeof *list);
    size_t num = 0;
    for (size_t i = 0; i < g->num_results; i++) {
        const tg_report_case *c = &g->results[i];
        size_t n = 0;
        if (c->verdict != TG_VERDICT_SKIPPED || !c->reason)
            continue;
        const char *end = strstr(c->reason, " is not declared");
        const char *what = keep_text(&g->run.keeping, "%.*s", end ? (int)(end - c->reason) : 128, c->reason);
        while (n < num && strcmp(list[n].what, what) != 0)
            n++;
        if (n == num)
            list[num++] = (tg_report_unexercised){ .what = what,
                                                  .reason = end ? "not declared" : "cannot be arranged" };
        list[n].num_cases++;
    }
    g->report.unexercised = list;
    g->report.num_unexercised = num;
}

static const char *utc(gate *g)
{
    char text[32];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return keep_text(&g->run.keeping, "%s", text);
}

static const char *const *role_words(gate *g)
{
    static const char *const names[] = { NULL, "initiator", "responder", "kms" };
    const char **out = keep_memory(&g->run.keeping, 4 * sizeof *out);
    size_t num = 0;
    for (int role = 1; role <= 3; role++) {
        if (g->run.declared->roles[role])
            out[num++] = names[role];
    }
    return out;
}

static bool finish_report(gate *g, bool whole)
{
    keeping *k = &g->run.keeping;
    tg_report *r = &g->report;
    tg_report_iut *about = keep_memory(k, sizeof *about);
    *about = (tg_report_iut){ .name = g->run.declared->name, .release = g->run.declared->release,
                              .attached = g->attach.target ? g->attach.target : "the bundled reference",
                              .roles = role_words(g), .profiles = g->run.declared->profiles, .can = g->run.declared->can };
    r->iut = about;
    r->interrupted = cli_interrupted();
    r->cases = g->results;
    r->num_cases = g->num_results;
    r->seed = g->seed;
    r->ended = utc(g);
    r->loose = g->any_error;
    r->expected_path = g->expected_path;
    r->baseline_path = g->baseline_path;
    r->breakdowns = g->run.breakdowns;
    r->num_breakdowns = g->run.num_breakdowns;
    add_unexercised(g);
    tg_report_stale *stale = keep_memory(k, (g->expected.num + 1) * sizeof *stale);
    r->num_stale = expected_stale(&g->expected, whole && !r->interrupted, stale);
    r->stale = stale;
    if (g->baseline_path && !baseline_compare(&g->base, r, was_selected, g))
        return false;
    size_t num;
    (void)tg_requirements(&num);
    tg_report_requirement *rows = keep_memory(k, num * sizeof *rows);
    const char **ids = keep_memory(k, (tg_report_num_ids(r) + 1) * sizeof *ids);
    r->num_requirements = tg_report_judge_rows(r, rows, ids);
    r->requirements = rows;
    return true;
}

static bool selects_all(const gate *g)
{
    const gate_selection *s = &g->selection;
    return !g->cases_path && s->profiles.num + s->requirements.num + s->roles.num + s->groups.num + s->cases.num +
                                     s->words.num == 0;
}

static int report(gate *g, int code)
{
    if (code != CLI_OK && code != CLI_USAGE)
        return code;
    if (!finish_report(g, selects_all(g)))
        return CLI_USAGE;
    if (code == CLI_OK)
        code = (int)tg_report_outcome(&g->report);
    if (code == CLI_NOTHING)
        cli_complain("nothing was judged");
    bool ok = true;
    for (size_t i = 0; i < g->num_reports; i++)
        ok = gate_write_file(&g->report, g->reports[i].form, g->reports[i].path) && ok;
    if (g->output != GATE_JSONL)
        (void)gate_write_report(&g->report, (gate_form)g->output, g->all, cli_sink());
    return cli_interrupted() ? CLI_INTERRUPTED : ok ? code : CLI_INTERNAL;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static const char *vectors_folder(const gate *g)
{
    static const char *const usual[] = { "vectors/data", TICKETGATE_SOURCE_DIR "/vectors/data" };
    if (g->vectors)
        return strcmp(g->vectors, "none") == 0 ? NULL : g->vectors;
    for (size_t i = 0; i < 2; i++) {
        if (access(usual[i], R_OK) == 0)
            return usual[i];
    }
    return usual[0];
}

/* A live KMS has a deployment; nobody else has one. */
static int attach_live(gate *g)
{
    if (!g->attach.target || !iut_http_is_url(g->attach.target)) {
        if (g->live.option)
            cli_complain("--%s: only of a live KMS (--iut http://...)", g->live.option);
        return g->live.option ? CLI_USAGE : CLI_OK;
    }
    int code = gate_deployment_load(&g->live, g->selection.profiles.list, g->selection.profiles.num);
    if (code != CLI_OK)
        return code;
    g->attach.live = &g->live.live;
    g->run.deployment = &g->live;
    if (!g->seed)
        g->run.seed = g->seed = g->live.seed;
    return CLI_OK;
}

static int attach(gate *g)
{
    char complaint[512];
    const char *reason = "";
    if (g->expected_path && !expected_load(g->expected_path, &g->expected, complaint, sizeof complaint)) {
        cli_complain("%s", complaint);
        return CLI_USAGE;
    }
    if (g->error_map_path) {
        int code = input_read(g->error_map_path, MOST_ERROR_MAP, "", &g->error_map);
        if (code != CLI_OK)
            return code;
        if (memchr(g->error_map.data, '\0', g->error_map.len)) { /* what follows it would not be read */
            cli_complain("%s: holds a NUL", g->error_map_path);
            return CLI_USAGE;
        }
        g->attach.error_map = g->error_map.data;
    }
    if (g->baseline_path && !baseline_load(g->baseline_path, &g->base, complaint, sizeof complaint)) {
        cli_complain("%s", complaint);
        return CLI_USAGE;
    }
    int code = attach_live(g);
    if (code != CLI_OK)
        return code;
    g->run.u = iut_attach(&g->attach, &reason);
    if (!g->run.u) {
        cli_complain("the implementation cannot be attached: %s", reason);
        return CLI_USAGE;
    }
    g->run.declared = iut_declares(g->run.u);
    return CLI_OK;
}

static int run(gate *g, int argc, char **argv)
{
    g->report = (tg_report){ .version = TICKETGATE_VERSION, .suite = "gate", .started = utc(g) };
    g->report.command = "ticketgate gate";
    for (int i = 1; i < argc; i++)
        g->report.command = keep_text(&g->run.keeping, "%s %s", g->report.command, quoted(&g->run.keeping, argv[i]));
    g->run.seed = g->seed ? g->seed : "";
    g->run.any_error = g->any_error;
    g->run.must_only = g->level == 0;
    if (g->list_mutants)
        return list_mutants(g);
    int code = gate_cases_make(&g->cases, vectors_folder(g));
    if (code != CLI_OK)
        return code;
    const char *nothing = gate_select_nothing(&g->selection, &g->cases);
    if (nothing) {
        cli_complain("%s: no case has it (see ticketgate gate --list)", nothing);
        return CLI_NOTHING;
    }
    if (g->list)
        return list_cases(g);
    if (!gate_run_init(&g->run))
        return CLI_INTERNAL;
    code = attach(g);
    if (code != CLI_OK)
        return code;
    code = run_selected(g);
    if (g->dry_run)
        return code != CLI_OK ? code : g->num_results ? CLI_OK : CLI_NOTHING;
    return report(g, code);
}

int cmd_gate(int argc, char **argv)
{
    gate g = { .level = 1, .run.rerun = "ticketgate gate" };
    int first;
    char **words = malloc((size_t)(argc + 1) * sizeof *words), **typed = malloc((size_t)(argc + 1) * sizeof *typed);
    if (!words || !typed)
        return CLI_INTERNAL;
    for (int i = 0; i <= argc; i++) {
        static char long_name[] = "--words";
        words[i] = typed[i] = i < argc && strcmp(argv[i], "-k") == 0 ? long_name : argv[i];
    }
    int code = gate_deployment_init(&g.live) ? cli_parse(&command, argc, words, take, &g, &first) : CLI_INTERNAL;
    if (code < 0 && first < argc) {
        cli_complain("%s: nothing is read (see ticketgate gate --help)", words[first]);
        code = CLI_USAGE;
    }
    if (code < 0)
        code = run(&g, argc, typed);
    if (g.run.u)
        iut_detach(g.run.u);
    gate_cases_free(&g.cases);
    gate_deployment_free(&g.live);
    gate_run_free(&g.run);
    expected_free(&g.expected);
    baseline_free(&g.base);
    free(g.error_map.data);
    free(g.results);
    free(words);
    free(typed);
    return code;
}
