/* ticketgate probe */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "cmd.h"
#include "probing.h"

enum { MAX_FILTERS = 32 };

static const cli_option options[] = {
    DEPLOYMENT_OPTIONS,
    KMS_MAPPING_OPTIONS,
    { "requests", "N", "of the case with many at once; 10000 unless given, 0: leave it out" },
    { "connections", "N", "of that case; 50 unless given" },
    { "timeout", "S", "seconds that an answer may take; 5 unless given" },
    { "only", "GLOB", "only cases whose id, title, group or catalogue row matches;\ngiven several times: any of them" },
    { "output", "FORM", "text (default), json, junit, sarif or html" },
    { "report", "FILE", "write the report there, in the form of --output; standard output\ngets the text" },
    { "all", NULL, "text: every case, not only what failed" },
    { "list", NULL, "list the cases that would run; no URL is needed" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "probe",
    "URL",
    "Judges a KMS over HTTP: valid requests, wrong ones, hostile ones, and many at once.",
    options,
    "The URL may have a path, which then stands for --path. The users, and what they share with\n"
    "the KMS, are those of --known. Each answer is judged with all keys that are known; what is\n"
    "wrong as HTTP has to be refused with a status 4xx, and the KMS has to go on answering.\n"
    "How 3GPP maps the exchanges to HTTP is in no text that was at hand: the mapping is settings.\n\n"
    "exit codes:\n"
    "  0   all passed\n"
    "  1   something failed\n" CLI_EXIT_CODES "  5   no case was selected, or none could be judged\n"
    "  10  nothing failed, but something could not be tested: the KMS could not be reached\n\n"
    "examples:\n"
    "  ticketgate probe http://127.0.0.1:8080/keymanagement\n"
    "  ticketgate probe --known keys.json --body base64 --only 'kms-resolve-*' http://127.0.0.1:8080\n",
};

typedef struct probe_run {
    probe p;
    deployment d;
    int output;
    const char *report_path;
    FILE *report_file;
    bool all, list;
    const char *filters[MAX_FILTERS];
    size_t num_filters, timeout;
    size_t num_run; /* the rest was given up */
    tg_report report;
    tg_report_case *cases;
} probe_run;

static bool take_own(probe_run *r, const char *name, const char *value)
{
    if (strcmp(name, "requests") == 0) {
        r->p.requests = 0;
        return strcmp(value, "0") == 0 || cli_take_size(name, value, 100000000, &r->p.requests);
    }
    if (strcmp(name, "connections") == 0)
        return cli_take_size(name, value, 1000, &r->p.connections);
    if (strcmp(name, "timeout") == 0)
        return cli_take_size(name, value, 3600, &r->timeout);
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, tg_report_form_names, &r->output);
    if (strcmp(name, "report") == 0)
        r->report_path = value;
    r->all = r->all || strcmp(name, "all") == 0;
    r->list = r->list || strcmp(name, "list") == 0;
    if (strcmp(name, "only") != 0)
        return true;
    if (r->num_filters == MAX_FILTERS) {
        cli_complain("--only: %d at the most", MAX_FILTERS);
        return false;
    }
    r->filters[r->num_filters++] = value;
    return true;
}

static bool take(void *user, const char *name, const char *value)
{
    probe_run *r = user;
    bool known;
    bool ok = deployment_take(&r->d, name, value, &known);
    if (!known)
        ok = kms_mapping_take(&r->p.m, name, value, &known);
    return known ? ok : take_own(r, name, value);
}

/* "http://host:1/path" to origin and resource. */
static bool take_url(probe_run *r, const char *url)
{
    const char *rest = strstr(url, "://");
    size_t len = rest ? (size_t)(rest - url) + 3 + strcspn(rest + 3, "/?#") : 0;
    if (!rest || !iut_http_is_url(url) || strpbrk(url, "?#@ ") || len == (size_t)(rest - url) + 3) {
        cli_complain("%s: http://HOST:PORT or https://..., with a path or without one; the query is --query-request's",
                     url);
        return false;
    }
    const char *path = url[len] && strcmp(url + len, "/") != 0 ? url + len : r->p.m.path;
    r->p.origin = keep_text(&r->p.k, "%.*s", (int)len, url);
    r->p.resource = keep_text(&r->p.k, "%s%s", r->p.origin, path);
    return true;
}

/* ---- cases -------------------------------------------------------------------------------------------------- */

static void run_plain(probe *p, const probe_case *c)
{
    (void)c;
    (void)probe_plain(p, "the plain request");
}

static void list_cases(probe_run *r, probe_list *list)
{
    probe_case *first = probe_add(list, "kms-first", "a plain request, first of all", "sanity", run_plain);
    first->not_alive = true;
    probe_add_valid(&r->p, list);
    probe_add_invalid(&r->p, list);
    probe_add_http(&r->p, list);
    probe_add_raw(&r->p, list);
    if (r->p.requests > 0)
        probe_add_load(&r->p, list);
    probe_case *last = probe_add(list, "kms-last", "a plain request, last of all", "sanity", run_plain);
    last->not_alive = true;
}

static bool is_selected(const probe_run *r, const probe_case *c)
{
    bool selected = r->num_filters == 0;
    for (size_t i = 0; i < r->num_filters && !selected; i++) {
        const char *glob = r->filters[i];
        selected = fnmatch(glob, c->id, 0) == 0 || fnmatch(glob, c->title, 0) == 0 || fnmatch(glob, c->group, 0) == 0 ||
                   (c->clause && fnmatch(glob, c->clause, 0) == 0);
    }
    return selected;
}

static const char *why_skipped(const probe_run *r, const probe_case *c)
{
    const tg_secrets *s = &r->d.known.secrets;
    if (c->needs_pk && (!s->rsa_i || !s->rsa_r || !s->rsa_kms))
        return "no RSA keys are known (secrets.rsa)";
    if (c->needs_http && strncmp(r->p.origin, "http://", 7) != 0)
        return "only over http, not over https";
    return c->needs_clock && r->d.has_now ? "counters only go up with a clock that does" : NULL;
}

static uint64_t now_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void write_case(probe_run *r, tg_report_case *out)
{
    probe *p = &r->p;
    out->failures = keep_memory(&p->k, (p->num_failures + 1) * sizeof *out->failures);
    memcpy((void *)(uintptr_t)out->failures, p->failures, p->num_failures * sizeof *p->failures);
    out->num_failures = p->num_failures;
    out->octets = p->octets;
    out->note = p->note;
    out->verdict = TG_VERDICT_PASSED;
    if (p->num_failures > 0) {
        out->verdict = TG_VERDICT_FAILED;
    } else if (p->inconclusive) {
        out->verdict = TG_VERDICT_INCONCLUSIVE;
        out->reason = p->inconclusive;
    }
    if (p->skipped && p->num_failures == 0) {
        out->verdict = TG_VERDICT_SKIPPED;
        out->reason = p->skipped;
    }
}

static tg_report_case *begin_case(probe_run *r, const probe_case *c)
{
    probe *p = &r->p;
    tg_report_case *out = &r->cases[r->report.num_cases++];
    const char **clauses = keep_memory(&p->k, sizeof *clauses);
    clauses[0] = c->clause;
    *out = (tg_report_case){ .id = c->id,
                             .title = c->title,
                             .group = c->group,
                             .clauses = clauses,
                             .num_clauses = c->clause != NULL,
                             .rerun = keep_text(&p->k, "ticketgate probe --only %s %s", c->id, p->resource) };
    return out;
}

static void run_case(probe_run *r, const probe_case *c)
{
    probe *p = &r->p;
    tg_report_case *out = begin_case(r, c);
    uint64_t start = now_microseconds();
    const char *skipped = why_skipped(r, c);
    p->num_failures = 0;
    p->inconclusive = p->note = p->skipped = NULL;
    p->octets = (tg_bytes){ NULL, 0 };
    p->unreachable = false;
    if (skipped) {
        out->verdict = TG_VERDICT_SKIPPED;
        out->reason = skipped;
        return;
    }
    c->run(p, c);
    if (!c->not_alive && !p->unreachable && !cli_interrupted())
        (void)probe_alive(p, "a valid request afterwards");
    write_case(r, out);
    out->microseconds = now_microseconds() - start;
}

/* What would only fail again and again, each time after waiting. */
static void give_up(probe_run *r, const probe_case *c, const char *why)
{
    tg_report_case *out = begin_case(r, c);
    out->verdict = TG_VERDICT_INCONCLUSIVE;
    out->reason = why;
}

static const char *why_give_up(probe_run *r, bool first_failed, unsigned in_a_row)
{
    if (r->p.unreachable)
        return "the KMS could not be reached";
    if (first_failed)
        return "the KMS does not answer a plain request";
    return in_a_row >= 3 ? "three cases running the KMS did not answer" : NULL;
}

static void show_progress(const probe_case *c, size_t done, size_t num)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, done == num ? "\r\033[K" : "\r\033[K%zu of %zu: %s", done, num, c->id);
}

/* The plain request comes first whatever was selected: without it nothing says that wrong requests are refused for
 * what is wrong with them. */
static void run_selected(probe_run *r, const probe_list *list)
{
    const char *why = NULL;
    unsigned in_a_row = 0;
    r->cases = keep_memory(&r->p.k, (list->num + 1) * sizeof *r->cases);
    r->report.cases = r->cases;
    for (size_t i = 0; i < list->num && !cli_interrupted(); i++) {
        const probe_case *c = &list->cases[i];
        if (!is_selected(r, c) && i > 0)
            continue;
        show_progress(c, i, list->num);
        if (why) {
            give_up(r, c, why);
            continue;
        }
        run_case(r, c);
        r->num_run = r->report.num_cases;
        tg_report_case *done = &r->cases[r->report.num_cases - 1];
        if (i == 0 && r->p.unreachable) {
            done->verdict = TG_VERDICT_INCONCLUSIVE;
            done->reason = done->num_failures > 0 && done->failures[0].got ? done->failures[0].got : "no connection";
            done->num_failures = 0;
        }
        bool silent = done->num_failures > 0 && done->failures[done->num_failures - 1].expected &&
                      strcmp(done->failures[done->num_failures - 1].expected, "an answer") == 0;
        in_a_row = silent ? in_a_row + 1 : done->verdict == TG_VERDICT_SKIPPED ? in_a_row : 0;
        why = why_give_up(r, i == 0 && !r->p.answered, in_a_row);
    }
    if (list->num > 0)
        show_progress(&list->cases[0], list->num, list->num);
    r->report.interrupted = cli_interrupted();
}

/* ---- the report --------------------------------------------------------------------------------------------- */

/* What was given up, all of it for one reason, is said once. */
static bool write_text(const probe_run *r, tg_report_sink sink)
{
    tg_report shown = r->report;
    char line[256];
    size_t rest = r->report.num_cases - r->num_run;
    if (r->all || rest == 0)
        return tg_report_write_text(&r->report, r->all, sink);
    shown.num_cases = r->num_run;
    snprintf(line, sizeof line, "%zu more cases are inconclusive: %s (--all names them)\n", rest,
             r->cases[r->num_run].reason);
    return tg_report_write_text(&shown, false, sink) && sink.write(sink.user, line, strlen(line));
}

static bool write_report(const probe_run *r, int form, tg_report_sink sink)
{
    return form == TG_FORM_TEXT ? write_text(r, sink) : tg_report_write(&r->report, (tg_report_form)form, r->all, sink);
}

static bool write_reports(probe_run *r)
{
    if (!r->report_file) {
        (void)write_report(r, r->output, cli_sink());
        return true;
    }
    bool ok = write_report(r, r->output, cli_file_sink(r->report_file));
    ok = fclose(r->report_file) == 0 && ok;
    r->report_file = NULL;
    if (!ok && !cli_interrupted())
        cli_complain("%s: %s", r->report_path, strerror(errno));
    (void)write_report(r, TG_FORM_TEXT, cli_sink());
    return ok;
}

static int judge(probe_run *r, const probe_list *list)
{
    if (r->report_path && !(r->report_file = fopen(r->report_path, "wb"))) {
        cli_complain("%s: %s", r->report_path, strerror(errno));
        return CLI_USAGE;
    }
    run_selected(r, list);
    int code = (int)tg_report_outcome(&r->report);
    bool ok = write_reports(r);
    return cli_interrupted() ? CLI_INTERRUPTED : ok ? code : CLI_INTERNAL;
}

static int select_and_judge(probe_run *r)
{
    probe_list list = { .cases = NULL };
    size_t num = 0;
    list_cases(r, &list);
    for (size_t i = 0; i < list.num; i++) {
        if (!is_selected(r, &list.cases[i]))
            continue;
        num++;
        if (r->list)
            cli_print("%-34s %-20s %s\n", list.cases[i].id, list.cases[i].clause ? list.cases[i].clause : "-",
                      list.cases[i].title);
    }
    if (num == 0)
        cli_complain("no case was selected");
    int code = num == 0 ? CLI_NOTHING : r->list ? CLI_OK : judge(r, &list);
    free(list.cases);
    return code;
}

static int run(probe_run *r, int argc, char **argv, int first)
{
    bool none = r->list && argc == first; /* a list asks nobody */
    if (!none && argc - first != 1) {
        cli_complain("one URL is needed (see ticketgate probe --help)");
        return CLI_USAGE;
    }
    int code = deployment_load(&r->d);
    if (code != CLI_OK)
        return code;
    kms_mapping_settle(&r->p.m, &r->d.known.profile);
    if (!take_url(r, none ? "http://127.0.0.1" : argv[first]))
        return CLI_USAGE;
    if (!r->d.known.i.known || !r->d.known.r.known) {
        cli_complain("%s: identities.i and identities.r have to be known", r->d.path);
        return CLI_USAGE;
    }
    probe *p = &r->p;
    p->d = &r->d;
    p->form = p->m.body == KMS_BODY_BASE64 ? KMS_BODY_BASE64 : KMS_BODY_RAW;
    p->timeout_ms = (unsigned)r->timeout * 1000;
    p->http = iut_http_new();
    if (!p->http || !asker_init(&p->asker, &r->d)) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    return select_and_judge(r);
}

static const char *command_line(keeping *k, int argc, char **argv)
{
    const char *out = "ticketgate";
    for (int i = 0; i < argc; i++)
        out = keep_text(k, "%s %s", out, argv[i]);
    return out;
}

int cmd_probe(int argc, char **argv)
{
    probe_run r = { .timeout = 5 };
    int first;
    r.p.requests = 10000;
    r.p.connections = 50;
    kms_mapping_init(&r.p.m);
    if (!deployment_init(&r.d))
        return CLI_INTERNAL;
    r.report =
        (tg_report){ .version = TICKETGATE_VERSION, .suite = "probe", .command = command_line(&r.p.k, argc, argv) };
    int code = cli_parse(&command, argc, argv, take, &r, &first);
    if (code < 0)
        code = run(&r, argc, argv, first);
    iut_http_free(r.p.http);
    asker_free(&r.p.asker);
    deployment_free(&r.d);
    free(r.p.decoded);
    keeping_free(&r.p.k);
    return code;
}
