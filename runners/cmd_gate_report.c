/* ticketgate gate: the report of a run */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_gate.h"
#include "iut/json_lines.h"

static bool was_selected(void *user, const char *id)
{
    gate *g = user;
    const gate_case *c = gate_case_find(&g->cases, id);
    return !c || gate_selects(&g->selection, c); /* a case that is no more is gone */
}

const char *gate_utc(gate *g)
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
    const char **out = keep_memory(&g->run.keeping, 4 * sizeof *out);
    size_t num = 0;
    for (int role = 1; role <= 3; role++) {
        if (g->run.declared->roles[role])
            out[num++] = iut_role_name((tgi_role)role);
    }
    return out;
}

/* The file of the repository that the IUT is: the last word of the command line that names one, as "mine/adapter.py" in
 * "python3 mine/adapter.py". NULL: none does. */
static const char *artifact(gate *g)
{
    const char **words, *found = NULL;
    size_t num = g->attach.target ? gate_split(&g->run.keeping, g->attach.target, " ", &words) : 0;
    for (size_t i = 0; i < num; i++) {
        const char *word = strncmp(words[i], "./", 2) == 0 ? words[i] + 2 : words[i];
        struct stat about;
        if (word[0] != '/' && !strstr(word, "..") && stat(word, &about) == 0 && S_ISREG(about.st_mode))
            found = word;
    }
    return found;
}

static bool finish_report(gate *g, bool whole)
{
    keeping *k = &g->run.keeping;
    tg_report *r = &g->report;
    tg_report_iut *about = keep_memory(k, sizeof *about);
    *about = (tg_report_iut){ .name = g->run.declared->name,
                              .release = g->run.declared->release,
                              .attached = g->attach.target ? g->attach.target : "the bundled reference",
                              .roles = role_words(g),
                              .profiles = g->run.declared->profiles,
                              .can = g->run.declared->can };
    r->iut = about;
    r->interrupted = cli_interrupted();
    r->cases = g->results;
    r->num_cases = g->num_results;
    r->seed = g->seed;
    r->ended = gate_utc(g);
    r->loose = g->any_error;
    r->artifact = artifact(g);
    r->expected_path = g->expected_path;
    r->baseline_path = g->baseline_path;
    r->breakdowns = g->run.breakdowns;
    r->num_breakdowns = g->run.num_breakdowns;
    r->unexercised = g->run.unexercised;
    r->num_unexercised = g->run.num_unexercised;
    bool all_listed = !g->vectors || strcmp(g->vectors, "none") != 0;
    for (size_t i = 0; all_listed && i < g->cases.num; i++)
        expected_exists(&g->expected, g->cases.list[i].id);
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
    return !g->cases_path &&
           s->profiles.num + s->requirements.num + s->roles.num + s->groups.num + s->cases.num + s->words.num == 0;
}

int gate_report(gate *g, int code)
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
        (void)gate_write_report(&g->report, g->output, g->all, cli_sink());
    return cli_interrupted() ? CLI_INTERRUPTED : ok ? code : CLI_INTERNAL;
}
