/* ticketgate gate: its options */
#include <string.h>

#include "cmd.h"
#include "cmd_gate.h"

enum { MOST_TIMEOUT = 600, MOST_TIMEOUTS = 1000000 };
#define MOST_MEMORY ((size_t)1 << 40)

const cli_option gate_options[] = {
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
    { "max-timeouts", "N", "answers that do not come in time, until it is not asked any more; 25 unless\ngiven (and 10 in a row)" },
    { "iut-memory", "SIZE", "address space of the implementation, as in 512M" },
    { "vectors", "DIR", "golden vectors; vectors/data unless given; none: leave them out" },
    { "seed", "TEXT", "other keys, random numbers and times than the cases' own" },
    GATE_DEPLOYMENT_OPTIONS,
    { "progress", NULL, "show progress even where standard error is no terminal" },
    { NULL, NULL, NULL },
};

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
        g->reports[g->num_reports].form = form;
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

const char *gate_quoted(keeping *k, const char *word)
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
            g->run.rerun = keep_text(k, "%s --%s%s%s", g->run.rerun, name, value ? " " : "", value ? gate_quoted(k, value) : "");
    }
}

bool gate_take(void *user, const char *name, const char *value)
{
    static const char *const levels[] = { "must", "should", NULL };
    gate *g = user;
    bool known = false;
    size_t seconds, number;
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
    if (strcmp(name, "max-timeouts") == 0) {
        if (!cli_take_size(name, value, MOST_TIMEOUTS, &number))
            return false;
        g->attach.max_timeouts = (unsigned)number;
        return true;
    }
    if (strcmp(name, "iut-memory") == 0)
        return cli_take_size(name, value, MOST_MEMORY, &g->attach.max_memory);
    if (!cli_take_size(name, value, MOST_TIMEOUT, &seconds))
        return false;
    g->attach.timeout_ms = (unsigned)seconds * 1000;
    return true;
}
