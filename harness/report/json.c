/* The report for programs: runners/schemas/report.schema.json. One case a line, so that it can be read by eye too. */
#include "out.h"

enum { EXCERPT_ROW = 16, EXCERPT_MAX = 64 };

static void write_member(tg_out *out, const char *name, const char *value)
{
    tg_out_text(out, "\"");
    tg_out_text(out, name);
    tg_out_text(out, "\":\"");
    tg_out_json(out, value);
    tg_out_text(out, "\"");
}

static void write_number(tg_out *out, const char *name, uint64_t value)
{
    tg_out_text(out, "\"");
    tg_out_text(out, name);
    tg_out_text(out, "\":");
    tg_out_number(out, value);
}

/* The octets around the place, from the start of its row of sixteen. */
static void write_excerpt(tg_out *out, const tg_report_failure *failure, tg_bytes octets)
{
    size_t offset = failure->offset < octets.len ? failure->offset : octets.len;
    size_t start = offset / EXCERPT_ROW * EXCERPT_ROW;
    size_t len = octets.len - start < EXCERPT_MAX ? octets.len - start : EXCERPT_MAX;
    char hex[EXCERPT_MAX * 2 + 1];
    tg_hex_encode(tg_bytes_of(len ? octets.data + start : NULL, len), hex);
    tg_out_text(out, ",\"excerpt\":{");
    write_number(out, "offset", start);
    tg_out_text(out, ",");
    write_member(out, "hex", hex);
    tg_out_text(out, "}");
}

static void write_failure(tg_out *out, const tg_report_failure *failure, tg_bytes octets)
{
    const tg_requirement *requirement = tg_requirement_find(tg_or_empty(failure->requirement));
    tg_out_text(out, "{");
    write_member(out, "what", failure->what);
    if (tg_has_text(failure->profile)) {
        tg_out_text(out, ",");
        write_member(out, "profile", failure->profile);
    }
    if (tg_has_text(failure->requirement)) {
        tg_out_text(out, ",");
        write_member(out, "requirement", failure->requirement);
    }
    if (requirement) {
        tg_out_text(out, ",\"clause\":\"");
        tg_out_json(out, requirement->source);
        tg_out_text(out, " ");
        tg_out_json(out, requirement->clause);
        tg_out_text(out, "\"");
    }
    if (tg_has_text(failure->path)) {
        tg_out_text(out, ",");
        write_member(out, "path", failure->path);
    }
    if (failure->has_place) {
        tg_out_text(out, ",");
        write_number(out, "offset", failure->offset);
        tg_out_text(out, ",");
        write_number(out, "length", failure->length);
        write_excerpt(out, failure, octets);
    }
    tg_out_text(out, ",");
    write_member(out, "expected", failure->expected);
    tg_out_text(out, ",");
    write_member(out, "got", failure->got);
    tg_out_text(out, "}");
}

static void write_case(tg_out *out, const tg_report_case *c)
{
    tg_out_text(out, "{");
    write_member(out, "id", c->id);
    tg_out_text(out, ",");
    write_member(out, "title", c->title);
    tg_out_text(out, ",");
    write_member(out, "group", c->group);
    tg_out_text(out, ",");
    write_member(out, "verdict", tg_verdict_name(c->verdict));
    if (tg_has_text(c->reason)) {
        tg_out_text(out, ",");
        write_member(out, "reason", c->reason);
    }
    if (tg_has_text(c->note)) {
        tg_out_text(out, ",");
        write_member(out, "note", c->note);
    }
    tg_out_text(out, ",\"clauses\":[");
    for (size_t i = 0; i < c->num_clauses; i++) {
        tg_out_text(out, i ? ",\"" : "\"");
        tg_out_json(out, c->clauses[i]);
        tg_out_text(out, "\"");
    }
    tg_out_text(out, "],\"failures\":[");
    for (size_t i = 0; i < c->num_failures; i++) {
        tg_out_text(out, i ? "," : "");
        write_failure(out, &c->failures[i], c->octets);
    }
    tg_out_text(out, "],");
    write_number(out, "microseconds", c->microseconds);
    tg_out_text(out, ",");
    write_member(out, "rerun", c->rerun);
    tg_out_text(out, "}");
}

static void write_head(tg_out *out, const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    tg_run_outcome outcome = tg_report_outcome(report);
    tg_out_text(out, "{");
    write_number(out, "format", TG_REPORT_FORMAT);
    tg_out_text(out, ",\"tool\":\"ticketgate\",");
    write_member(out, "version", report->version);
    tg_out_text(out, ",");
    write_member(out, "command", report->command);
    tg_out_text(out, ",");
    write_member(out, "suite", report->suite);
    tg_out_text(out, ",");
    write_member(out, "outcome", tg_run_outcome_name(outcome));
    tg_out_text(out, ",");
    write_number(out, "exit_code", (uint64_t)outcome);
    tg_out_text(out, report->interrupted ? ",\"interrupted\":true" : ",\"interrupted\":false");
    tg_out_text(out, ",\"counts\":{");
    for (unsigned verdict = 0; verdict < TG_NUM_VERDICTS; verdict++) {
        tg_out_text(out, verdict ? "," : "");
        write_number(out, tg_verdict_name((tg_verdict)verdict), counts.of[verdict]);
    }
    tg_out_text(out, "}");
}

bool tg_report_write_json(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { sink, false };
    write_head(&out, report);
    tg_out_text(&out, ",\"cases\":[");
    for (size_t i = 0; i < report->num_cases; i++) {
        tg_out_text(&out, i ? ",\n" : "\n");
        write_case(&out, &report->cases[i]);
    }
    tg_out_text(&out, report->num_cases ? "\n]}\n" : "]}\n");
    return !out.failed;
}
