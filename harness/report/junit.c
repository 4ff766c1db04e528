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

/* tests, failures, errors, skipped and time of the cases from `first` on. */
static void write_totals(tg_out *out, const tg_report_case *first, size_t num)
{
    size_t of[TG_NUM_VERDICTS] = { 0 };
    uint64_t microseconds = 0;
    for (size_t i = 0; i < num; i++) {
        of[first[i].verdict]++;
        microseconds += first[i].microseconds;
    }
    write_number(out, "tests", num);
    write_number(out, "failures", of[TG_VERDICT_FAILED]);
    write_number(out, "errors", of[TG_VERDICT_INCONCLUSIVE]);
    write_number(out, "skipped", of[TG_VERDICT_SKIPPED]);
    write_time(out, microseconds);
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
    write_line(out, "path", failure->path);
    if (failure->has_place) {
        tg_out_text(out, "offset: ");
        tg_out_number(out, failure->offset);
        tg_out_text(out, "\n");
    }
    write_line(out, "expected", failure->expected);
    write_line(out, "got", failure->got);
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
    write_line(out, "reason", c->reason);
    for (size_t i = 0; i < c->num_failures; i++)
        write_failure_text(out, &c->failures[i]);
    write_line(out, "rerun", c->rerun);
    tg_out_text(out, "</");
    tg_out_text(out, element);
    tg_out_text(out, ">\n    ");
}

static void write_case(tg_out *out, const tg_report *report, const tg_report_case *c)
{
    tg_out_text(out, "    <testcase name=\"");
    tg_out_xml(out, c->id);
    if (tg_has_text(c->title)) {
        tg_out_text(out, " ");
        tg_out_xml(out, c->title);
    }
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

bool tg_report_write_junit(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { sink, false };
    tg_out_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ticketgate\"");
    write_totals(&out, report->cases, report->num_cases);
    tg_out_text(&out, ">\n");
    for (size_t i = 0; i < report->num_cases;) {
        size_t num = group_size(report, i);
        tg_out_text(&out, "  <testsuite");
        write_attribute(&out, "name", report->cases[i].group);
        write_totals(&out, &report->cases[i], num);
        tg_out_text(&out, ">\n");
        for (size_t end = i + num; i < end; i++)
            write_case(&out, report, &report->cases[i]);
        tg_out_text(&out, "  </testsuite>\n");
    }
    tg_out_text(&out, "</testsuites>\n");
    return !out.failed;
}
