/* ticketgate gate */
#include "cmd_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "http.h"
#include "lines.h"

enum { MOST_WARNINGS = 16 };
#define MOST_ERROR_MAP ((size_t)1 << 20)

static const cli_command command = {
    "gate",
    "",
    "Judges an implementation of MIKEY-TICKET, attached as runners/ATTACHING.md says, requirement by requirement.",
    gate_options,
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
    size_t breakdowns = g->run.num_breakdowns;
    gate_run_case(&g->run, c, &result);
    if (iut_was_interrupted(g->run.u)) { /* it was cut off, which says nothing of anybody */
        g->run.num_breakdowns = breakdowns;
        return;
    }
    if (!result.fault && result.verdict != TG_VERDICT_SKIPPED)
        iut_case_done(g->run.u);
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
    gate_send(&line);
    cli_flush();
}

static void dry_run_case(gate *g, const gate_case *c)
{
    const char *reason = gate_skip_reason(&g->run, c);
    if (g->output == TG_FORM_TEXT) {
        cli_print("%-44s %s%s\n", c->id, reason ? "skipped: " : "would run", reason ? reason : "");
    } else {
        tg_text line = { 0 };
        cli_print("%s", g->output == GATE_JSONL ? "" : g->num_results ? ",\n" : "[\n");
        gate_show_plan(c, reason, &line);
        gate_send(&line);
        cli_print("%s", g->output == GATE_JSONL ? "\n" : "");
    }
    g->num_results++;
}

static void run_one(gate *g, const gate_case *c)
{
    if (g->dry_run)
        dry_run_case(g, c);
    else
        run_case(g, c);
}

static int run_selected(gate *g)
{
    size_t num = 0, done = 0;
    if (g->cases_path)
        return gate_run_ids(g, run_one);
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

/* A word that is misspelt declares nothing: that is easily overlooked. */
static void warn_of_words(const iut_declaration *declared)
{
    size_t told = 0;
    for (size_t i = 0; declared->can && declared->can[i] && told < MOST_WARNINGS; i++) {
        char word[64];
        size_t len = 0;
        if (gate_is_capability(declared->can[i]))
            continue;
        for (const char *at = declared->can[i]; *at && len + 1 < sizeof word; at++)
            word[len++] = *at > ' ' && *at < 0x7f ? *at : '?';
        word[len] = '\0';
        cli_complain("warning: \"%s\" in can is none of the words of ATTACHING.md, and declares nothing", word);
        told++;
    }
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

static bool is_interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
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
    g->attach.interrupted = is_interrupted;
    g->run.u = iut_attach(&g->attach, &reason);
    if (!g->run.u) {
        cli_complain("the implementation cannot be attached: %s", reason);
        return CLI_USAGE;
    }
    g->run.declared = iut_declares(g->run.u);
    warn_of_words(g->run.declared);
    return CLI_OK;
}

static int run(gate *g, int argc, char **argv)
{
    g->report = (tg_report){ .version = TICKETGATE_VERSION, .suite = "gate", .started = gate_utc(g) };
    g->report.command = "ticketgate gate";
    for (int i = 1; i < argc; i++)
        g->report.command = keep_text(&g->run.keeping, "%s %s", g->report.command, gate_quoted(&g->run.keeping, argv[i]));
    g->run.seed = g->seed ? g->seed : "";
    g->run.any_error = g->any_error;
    g->run.must_only = g->level == 0;
    if (g->list_mutants)
        return gate_list_mutants(g);
    int code = gate_cases_make(&g->cases, vectors_folder(g));
    if (code != CLI_OK)
        return code;
    const char *nothing = gate_select_nothing(&g->selection, &g->cases);
    if (nothing) {
        cli_complain("%s: no case has it (see ticketgate gate --list)", nothing);
        return CLI_NOTHING;
    }
    if (g->list)
        return gate_list_cases(g);
    if (!gate_run_init(&g->run))
        return CLI_INTERNAL;
    code = attach(g);
    if (code != CLI_OK)
        return code;
    code = run_selected(g);
    if (g->dry_run && g->output == TG_FORM_JSON && g->num_results)
        cli_print("\n]\n");
    if (g->dry_run)
        return code != CLI_OK ? code : g->num_results ? CLI_OK : CLI_NOTHING;
    return gate_report(g, code);
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
    int code = gate_deployment_init(&g.live) ? cli_parse(&command, argc, words, gate_take, &g, &first) : CLI_INTERNAL;
    if (code < 0 && first < argc) {
        cli_complain("%s: nothing is read (see ticketgate gate --help)", words[first]);
        code = CLI_USAGE;
    }
    if (code < 0)
        code = gate_usage_is_sound(&g) ? run(&g, argc, typed) : CLI_USAGE;
    code = gate_answer_complaint(&g, code);
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
