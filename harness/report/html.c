/* The report as one page that needs nothing else: no scripts, no other resources. */
#include "html.h"

enum { MAX_OPEN = 20 };

/* ---- head --------------------------------------------------------------------------------------------------- */

static void write_words_row(tg_out *out, const char *label, const char *const *words)
{
    if (!words || !words[0])
        return;
    tg_out_text(out, "<tr><th scope=\"row\">");
    tg_out_text(out, label);
    tg_out_text(out, "</th><td>");
    for (size_t i = 0; words[i]; i++) {
        tg_out_text(out, i ? ", " : "");
        tg_out_xml(out, words[i]);
    }
    tg_out_text(out, "</td></tr>\n");
}

static void write_about(tg_out *out, const tg_report *report)
{
    const tg_report_iut *iut = report->iut;
    tg_out_text(out, "<table>\n");
    if (iut) {
        tg_html_row(out, "implementation", iut->name);
        tg_html_row(out, "release", iut->release);
        tg_html_masked_row(out, "attached as", iut->attached);
        write_words_row(out, "roles", iut->roles);
        write_words_row(out, "its profiles", iut->profiles);
        write_words_row(out, "it can", iut->can);
    }
    write_words_row(out, "profiles", report->profiles);
    tg_html_row(out, "selection", report->selection);
    tg_html_row(out, "error classes", report->loose ? "not compared" : "");
    tg_html_row(out, "expected failures", report->expected_path);
    tg_html_row(out, "baseline", report->baseline_path);
    tg_html_row(out, "seed", report->seed);
    tg_html_row(out, "started", report->started);
    tg_html_row(out, "ended", report->ended);
    tg_html_masked_row(out, "command", report->command);
    tg_html_row(out, "Ticketgate", report->version);
    tg_out_text(out, "</table>\n");
}

static void write_counts(tg_out *out, const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    tg_out_text(out, "<table>\n<tr>");
    for (unsigned verdict = 0; verdict < TG_NUM_VERDICTS; verdict++)
        tg_html_element(out, "th", tg_verdict_name((tg_verdict)verdict), tg_verdict_name((tg_verdict)verdict));
    tg_out_text(out, "<th class=\"expected\">of the failed, expected</th><th>stale expectations</th>"
                     "<th>worse than the baseline</th></tr>\n<tr>");
    for (unsigned verdict = 0; verdict < TG_NUM_VERDICTS; verdict++)
        tg_html_number(out, "td", counts.of[verdict]);
    tg_html_number(out, "td", counts.expected);
    tg_html_number(out, "td", report->num_stale);
    tg_html_number(out, "td", counts.worse);
    tg_out_text(out, "</tr>\n</table>\n");
}

static const char *outcome_text(tg_run_outcome outcome)
{
    switch (outcome) {
    case TG_RUN_PASSED:
        return "Passed";
    case TG_RUN_FAILED:
        return "Failed";
    case TG_RUN_INTERRUPTED:
        return "Interrupted: what follows the last case was not run";
    case TG_RUN_NOTHING:
        return "Nothing was judged";
    case TG_RUN_INCONCLUSIVE:
        return "Inconclusive: nothing failed, but something could not be tested";
    }
    return "";
}

static void write_head(tg_out *out, const tg_report *report)
{
    tg_run_outcome outcome = tg_report_outcome(report);
    tg_out_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                     "'unsafe-inline'\"/>\n<title>Ticketgate ");
    tg_out_xml(out, report->suite);
    tg_out_text(out, ": ");
    tg_out_text(out, outcome_text(outcome));
    tg_out_text(out, "</title>\n<style>\n");
    tg_out_text(out, tg_html_style);
    tg_out_text(out, "</style>\n</head>\n<body>\n<header><h1>Ticketgate ");
    tg_out_xml(out, report->suite);
    if (report->iut) {
        tg_out_text(out, ": ");
        tg_out_xml(out, report->iut->name);
        tg_out_text(out, " ");
        tg_out_xml(out, report->iut->release);
    }
    tg_out_text(out, "</h1>\n<p class=\"outcome ");
    tg_out_text(out, outcome == TG_RUN_PASSED ? "passed" : outcome == TG_RUN_FAILED ? "failed" : "inconclusive");
    tg_out_text(out, "\">");
    tg_out_text(out, outcome_text(outcome));
    tg_out_text(out, "</p>\n<nav><a href=\"#summary\">Summary</a><a href=\"#failures\">Failures</a>"
                     "<a href=\"#inconclusive\">Inconclusive</a>");
    if (report->num_requirements > 0)
        tg_out_text(out, "<a href=\"#requirements\">Requirements</a>");
    tg_out_text(out, "<a href=\"#skipped\">Skipped</a><a href=\"#cases\">All cases</a></nav></header>\n<main>\n");
}

/* ---- beside the cases --------------------------------------------------------------------------------------- */

static void write_breakdowns(tg_out *out, const tg_report *report)
{
    if (report->num_breakdowns == 0)
        return;
    tg_out_text(out, "<section id=\"breakdowns\"><h2>Breakdowns</h2>\n<div class=\"scroll\"><table>\n"
                     "<tr><th>case</th><th>how</th><th>what was seen</th><th>end of its standard error</th></tr>\n");
    for (size_t i = 0; i < report->num_breakdowns; i++) {
        const tg_report_breakdown *breakdown = &report->breakdowns[i];
        tg_out_text(out, "<tr><td>");
        tg_html_link(out, breakdown->id);
        tg_out_text(out, "</td>");
        tg_html_element(out, "td", NULL, breakdown->fault);
        tg_html_masked(out, "td", NULL, breakdown->text);
        tg_out_text(out, "<td>");
        tg_html_masked(out, "code", NULL, breakdown->last_words);
        tg_out_text(out, "</td></tr>\n");
    }
    tg_out_text(out, "</table></div>\n</section>\n");
}

static void write_changes(tg_out *out, const tg_report *report)
{
    if (report->num_changes == 0)
        return;
    tg_out_text(out, "<section id=\"changes\"><h2>Changes since the baseline</h2>\n<div class=\"scroll\"><table>\n"
                     "<tr><th>case</th><th>was</th><th>is</th><th></th></tr>\n");
    for (size_t i = 0; i < report->num_changes; i++) {
        const tg_report_change *change = &report->changes[i];
        tg_out_text(out, "<tr><td>");
        tg_html_link(out, change->id);
        tg_out_text(out, "</td>");
        tg_html_element(out, "td", NULL, change->was);
        tg_html_element(out, "td", NULL, change->is);
        tg_html_element(out, "td", change->worse ? "worse" : NULL, change->worse ? "worse: fails the run" : "");
        tg_out_text(out, "</tr>\n");
    }
    tg_out_text(out, "</table></div>\n</section>\n");
}

static void write_stale(tg_out *out, const tg_report *report)
{
    if (report->num_stale == 0)
        return;
    tg_out_text(out,
                "<section id=\"stale\"><h2>Stale expectations</h2>\n<p>These entries of the file of expected failures "
                "fail the run.</p>\n<div class=\"scroll\"><table>\n<tr><th>entry</th><th>why</th></tr>\n");
    for (size_t i = 0; i < report->num_stale; i++) {
        tg_out_text(out, "<tr><td>");
        tg_html_element(out, "code", NULL, report->stale[i].entry);
        tg_out_text(out, "</td>");
        tg_html_element(out, "td", NULL, report->stale[i].why);
        tg_out_text(out, "</tr>\n");
    }
    tg_out_text(out, "</table></div>\n</section>\n");
}

static void write_unexercised(tg_out *out, const tg_report *report)
{
    if (report->num_unexercised == 0)
        return;
    tg_out_text(out, "<h3>Not exercised</h3>\n<div class=\"scroll\"><table>\n"
                     "<tr><th>what</th><th>cases</th><th>why</th></tr>\n");
    for (size_t i = 0; i < report->num_unexercised; i++) {
        tg_out_text(out, "<tr>");
        tg_html_element(out, "td", NULL, report->unexercised[i].what);
        tg_html_number(out, "td", report->unexercised[i].num_cases);
        tg_html_element(out, "td", NULL, report->unexercised[i].reason);
        tg_out_text(out, "</tr>\n");
    }
    tg_out_text(out, "</table></div>\n");
}

/* ---- cases -------------------------------------------------------------------------------------------------- */

/* Cases of a verdict with all that is known of them, those that are expected to fail behind the others. */
static void write_details(tg_out *out, const tg_report *report, tg_verdict verdict)
{
    size_t num = 0;
    for (unsigned expected = 0; expected < 2; expected++) {
        for (size_t i = 0; i < report->num_cases; i++) {
            const tg_report_case *c = &report->cases[i];
            bool is_expected = verdict == TG_VERDICT_FAILED && !tg_fails_run(c);
            if (c->verdict == verdict && is_expected == (expected != 0))
                tg_html_case(out, c, !is_expected && num++<MAX_OPEN, report->num_requirements> 0);
        }
    }
}

static void write_verdict(tg_out *out, const tg_report *report, tg_verdict verdict, const char *id, const char *title)
{
    size_t num = tg_report_count(report).of[verdict];
    tg_out_text(out, "<section id=\"");
    tg_out_text(out, id);
    tg_out_text(out, "\"><h2>");
    tg_out_text(out, title);
    tg_out_text(out, " (");
    tg_out_number(out, num);
    tg_out_text(out, ")</h2>\n");
    write_details(out, report, verdict);
    tg_out_text(out, "</section>\n");
}

/* One line for each: skipped cases, or all of them. */
static void write_table(tg_out *out, const tg_report *report, bool skipped_alone)
{
    tg_out_text(out, "<div class=\"scroll\"><table>\n<tr><th>case</th><th>verdict</th><th>title</th><th>role</th>"
                     "<th>reason</th></tr>\n");
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        const char *verdict = tg_verdict_name(c->verdict);
        if (skipped_alone && c->verdict != TG_VERDICT_SKIPPED)
            continue;
        bool linked = c->verdict == TG_VERDICT_FAILED || c->verdict == TG_VERDICT_INCONCLUSIVE;
        tg_out_text(out, "<tr");
        if (!linked && !skipped_alone) { /* the others are the targets of links where their details are */
            tg_out_text(out, " id=\"");
            tg_html_anchor(out, c->id);
            tg_out_text(out, "\"");
        }
        tg_out_text(out, "><td>");
        if (linked)
            tg_html_link(out, c->id);
        else
            tg_out_xml(out, c->id);
        tg_out_text(out, "</td>");
        tg_html_element(out, "td", verdict, verdict);
        tg_html_element(out, "td", NULL, c->title);
        tg_html_element(out, "td", NULL, c->role);
        tg_html_element(out, "td", NULL, tg_has_text(c->expected_failure) ? c->expected_failure : c->reason);
        tg_out_text(out, "</tr>\n");
    }
    tg_out_text(out, "</table></div>\n");
}

static void write_tables(tg_out *out, const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    tg_out_text(out, "<section id=\"skipped\"><h2>Skipped (");
    tg_out_number(out, counts.of[TG_VERDICT_SKIPPED]);
    tg_out_text(out, ")</h2>\n");
    write_unexercised(out, report);
    if (counts.of[TG_VERDICT_SKIPPED] > 0) {
        tg_out_text(out, "<details><summary>The cases that were skipped</summary>\n");
        write_table(out, report, true);
        tg_out_text(out, "</details>\n");
    }
    tg_out_text(out, "</section>\n<section id=\"cases\"><h2>All cases (");
    tg_out_number(out, report->num_cases);
    tg_out_text(out, ")</h2>\n<details><summary>One line for each</summary>\n");
    write_table(out, report, false);
    tg_out_text(out, "</details>\n</section>\n");
}

bool tg_report_write_html(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    write_head(&out, report);
    tg_out_text(&out, "<section id=\"summary\"><h2>Summary</h2>\n");
    write_counts(&out, report);
    write_about(&out, report);
    tg_out_text(&out, "</section>\n");
    write_stale(&out, report);
    write_changes(&out, report);
    write_breakdowns(&out, report);
    write_verdict(&out, report, TG_VERDICT_FAILED, "failures", "Failures");
    write_verdict(&out, report, TG_VERDICT_INCONCLUSIVE, "inconclusive", "Inconclusive");
    tg_html_requirements(&out, report);
    write_tables(&out, report);
    tg_out_text(&out, "</main>\n</body>\n</html>\n");
    return !out.failed;
}
