/* The report for CI systems: JUnit XML in the dialect that Jenkins documents. */
#include "out.h"

static void write_attribute(tg_out *out, const char *name, const char *value)
{
    tg_out_text(out, " ");
    tg_out_text(out, name);
    tg_out_text(out, "=\"");
    tg_out_xml(out, value);
    tg_out_text(out, "\"");
}

static void write_number(tg_out *out, const char *name, uint64_t value)
{
    tg_out_text(out, " ");
    tg_out_text(out, name);
    tg_out_text(out, "=\"");
    tg_out_number(out, value);
    tg_out_text(out, "\"");
}

static void write_time(tg_out *out, uint64_t microseconds)
{
    char fraction[] = "000000";
    for (size_t i = 6, rest = (size_t)(microseconds % 1000000); i > 0; i--, rest /= 10)
        fraction[i - 1] = (char)('0' + rest % 10);
    tg_out_text(out, " time=\"");
    tg_out_number(out, microseconds / 1000000);
    tg_out_text(out, ".");
    tg_out_text(out, fraction);
    tg_out_text(out, "\"");
}

typedef struct totals {
    size_t tests, failures, errors, skipped;
    uint64_t microseconds;
} totals;

static totals totals_of(const tg_report_case *first, size_t num)
{
    totals out = { .tests = num };
    for (size_t i = 0; i < num; i++) {
        bool expected = first[i].verdict == TG_VERDICT_FAILED && !tg_fails_run(&first[i]);
        out.failures += tg_fails_run(&first[i]);
        out.errors += first[i].verdict == TG_VERDICT_INCONCLUSIVE;
        out.skipped += first[i].verdict == TG_VERDICT_SKIPPED || expected;
        out.microseconds += first[i].microseconds;
    }
    return out;
}

/* `skipped` is no attribute of testsuites. */
static void write_totals(tg_out *out, totals all, bool skipped)
{
    write_number(out, "tests", all.tests);
    write_number(out, "failures", all.failures);
    write_number(out, "errors", all.errors);
    if (skipped)
        write_number(out, "skipped", all.skipped);
    write_time(out, all.microseconds);
}

static void write_line(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    tg_out_text(out, label);
    tg_out_text(out, ": ");
    tg_out_xml(out, text);
    tg_out_text(out, "\n");
}

static void write_failure_text(tg_out *out, const tg_report_failure *failure)
{
    tg_out_xml(out, failure->what);
    tg_out_text(out, "\n");
    write_line(out, "profile", failure->profile);
    write_line(out, "rule", failure->requirement);
    const tg_requirement *requirement = tg_requirement_find(failure->requirement);
    if (requirement) {
        tg_out_text(out, "clause: ");
        tg_out_xml(out, requirement->source);
        tg_out_text(out, " ");
        tg_out_xml(out, requirement->clause);
        tg_out_text(out, ", ");
        tg_out_text(out, tg_level_name(requirement->level));
        tg_out_text(out, "\n");
        write_line(out, "text", requirement->text);
    }
    write_line(out, "failed as", tg_report_side_name(failure->side));
    write_line(out, "path", failure->path);
    if (failure->has_place) {
        tg_out_text(out, "offset: ");
        tg_out_number(out, failure->offset);
        tg_out_text(out, "\n");
    }
    write_line(out, "expected", failure->expected);
    write_line(out, "got", failure->got);
    write_line(out, "known", failure->expected_failure);
}

/* `element` is failure or error. */
static void write_failures(tg_out *out, const tg_report_case *c, const char *element)
{
    const char *message = c->num_failures ? c->failures[0].what : c->reason;
    tg_out_text(out, "\n      <");
    tg_out_text(out, element);
    write_attribute(out, "message", message);
    write_attribute(out, "type", tg_verdict_name(c->verdict));
    tg_out_text(out, ">");
    write_line(out, "title", c->title);
    write_line(out, "reason", c->reason);
    for (size_t i = 0; i < c->num_failures; i++)
        write_failure_text(out, &c->failures[i]);
    write_line(out, "fault", c->fault);
    write_line(out, "note", c->note);
    write_line(out, "rerun", c->rerun);
    write_line(out, "suppress", c->suppress);
    tg_out_text(out, "</");
    tg_out_text(out, element);
    tg_out_text(out, ">\n    ");
}

static void write_case(tg_out *out, const tg_report *report, const tg_report_case *c)
{
    tg_out_text(out, "    <testcase name=\"");
    tg_out_xml(out, c->id); /* alone: CI systems know a test again by its name, and titles are reworded */
    tg_out_text(out, "\" classname=\"ticketgate.");
    tg_out_xml(out, report->suite);
    tg_out_text(out, ".");
    tg_out_xml(out, c->group);
    tg_out_text(out, "\"");
    write_time(out, c->microseconds);
    if (c->verdict == TG_VERDICT_PASSED) {
        tg_out_text(out, "/>\n");
        return;
    }
    tg_out_text(out, ">");
    if (c->verdict == TG_VERDICT_SKIPPED) {
        tg_out_text(out, "<skipped");
        write_attribute(out, "message", c->reason);
        tg_out_text(out, "/>");
    } else if (c->verdict == TG_VERDICT_FAILED && !tg_fails_run(c)) {
        tg_out_text(out, "<skipped message=\"expected to fail: ");
        tg_out_xml(out, c->expected_failure);
        tg_out_text(out, "\"/>");
    } else {
        write_failures(out, c, c->verdict == TG_VERDICT_FAILED ? "failure" : "error");
    }
    tg_out_text(out, "</testcase>\n");
}

static size_t group_size(const tg_report *report, size_t first)
{
    size_t end = first;
    const char *group = tg_or_empty(report->cases[first].group);
    while (end < report->num_cases && strcmp(tg_or_empty(report->cases[end].group), group) == 0)
        end++;
    return end - first;
}

/* What a run can end with beside its cases: a CI system shows cases alone. */
static totals totals_beside(const tg_report *report)
{
    tg_run_outcome outcome = tg_report_outcome(report);
    totals out = { .failures = report->num_stale + tg_report_count(report).worse };
    out.errors = outcome == TG_RUN_INTERRUPTED || outcome == TG_RUN_NOTHING;
    out.tests = out.failures + out.errors;
    return out;
}

static void open_beside(tg_out *out, const tg_report *report, const char *what, const char *name)
{
    tg_out_text(out, "    <testcase name=\"");
    tg_out_text(out, what);
    tg_out_text(out, " ");
    tg_out_xml(out, name);
    tg_out_text(out, "\" classname=\"ticketgate.");
    tg_out_xml(out, report->suite);
    tg_out_text(out, ".run\" time=\"0.000000\">");
}

static void write_beside(tg_out *out, const tg_report *report)
{
    for (size_t i = 0; i < report->num_stale; i++) {
        open_beside(out, report, "stale expectation", report->stale[i].entry);
        tg_out_text(out, "<failure");
        write_attribute(out, "message", report->stale[i].why);
        tg_out_text(out, " type=\"stale\"/></testcase>\n");
    }
    for (size_t i = 0; i < report->num_changes; i++) {
        const tg_report_change *change = &report->changes[i];
        if (!change->worse)
            continue;
        open_beside(out, report, "worse than the baseline", change->id);
        tg_out_text(out, "<failure message=\"was ");
        tg_out_xml(out, change->was);
        tg_out_text(out, ", is ");
        tg_out_xml(out, change->is);
        tg_out_text(out, "\" type=\"baseline\"/></testcase>\n");
    }
    tg_run_outcome outcome = tg_report_outcome(report);
    if (outcome != TG_RUN_INTERRUPTED && outcome != TG_RUN_NOTHING)
        return;
    open_beside(out, report, "the run", tg_run_outcome_name(outcome));
    tg_out_text(out, outcome == TG_RUN_NOTHING ? "<error message=\"nothing was judged\""
                                               : "<error message=\"it broke off\"");
    write_attribute(out, "type", tg_run_outcome_name(outcome));
    tg_out_text(out, "/></testcase>\n");
}

static void write_suite_head(tg_out *out, const char *name, totals all)
{
    tg_out_text(out, "  <testsuite");
    write_attribute(out, "name", name);
    write_totals(out, all, true);
    tg_out_text(out, ">\n");
}

bool tg_report_write_junit(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    totals beside = totals_beside(report);
    totals all = totals_of(report->cases, report->num_cases);
    all.tests += beside.tests;
    all.failures += beside.failures;
    all.errors += beside.errors;
    tg_out_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ticketgate\"");
    write_totals(&out, all, false);
    tg_out_text(&out, ">\n");
    for (size_t i = 0; i < report->num_cases;) {
        size_t num = group_size(report, i);
        write_suite_head(&out, report->cases[i].group, totals_of(&report->cases[i], num));
        for (size_t end = i + num; i < end; i++)
            write_case(&out, report, &report->cases[i]);
        tg_out_text(&out, "  </testsuite>\n");
    }
    if (beside.tests > 0) {
        write_suite_head(&out, "run", beside);
        write_beside(&out, report);
        tg_out_text(&out, "  </testsuite>\n");
    }
    tg_out_text(&out, "</testsuites>\n");
    return !out.failed;
}
