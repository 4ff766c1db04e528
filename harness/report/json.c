/* The report for programs: runners/schemas/report.schema.json. One case a line, so that it can be read by eye too. */
#include "members.h"

static void put_failure(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    const tg_requirement *requirement = tg_requirement_find(failure->requirement);
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "what", failure->what);
    tg_put_optional(out, "profile", failure->profile);
    tg_put_optional(out, "requirement", failure->requirement);
    if (requirement) {
        tg_put_clause(out, "clause", requirement);
        tg_put_text(out, "level", tg_level_name(requirement->level));
        tg_put_text(out, "text", requirement->text);
    }
    tg_put_optional(out, "side", tg_report_side_name(failure->side));
    if (failure->has_message)
        tg_put_number(out, "message", failure->message);
    tg_put_optional(out, "path", failure->path);
    if (failure->has_place) {
        tg_put_number(out, "offset", failure->offset);
        tg_put_number(out, "length", failure->length);
        tg_put_excerpt(out, "excerpt", failure->offset, tg_failure_octets(c, failure));
    }
    tg_put_text(out, "expected", failure->expected);
    tg_put_text(out, "got", failure->got);
    tg_put_optional(out, "error_class", failure->error_class);
    tg_put_optional(out, "expected_failure", failure->expected_failure);
    tg_put_close(out, "}");
}

static void put_message(tg_out *out, const tg_report_message *message)
{
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "from", message->from);
    tg_put_text(out, "to", message->to);
    if (message->from_iut || message->to_iut)
        tg_put_text(out, "iut", message->from_iut ? message->to_iut ? "both" : "from" : "to");
    tg_put_optional(out, "exchange", message->exchange);
    tg_put_optional(out, "type", message->type);
    tg_put_hex(out, "octets", message->octets);
    tg_put_optional(out, "reception", message->reception);
    tg_put_close(out, "}");
}

static void put_case(tg_out *out, const tg_report_case *c)
{
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "id", c->id);
    tg_put_text(out, "title", c->title);
    tg_put_text(out, "group", c->group);
    tg_put_text(out, "verdict", tg_verdict_name(c->verdict));
    tg_put_optional(out, "role", c->role);
    tg_put_optional(out, "profile", c->profile);
    tg_put_optional(out, "reason", c->reason);
    tg_put_optional(out, "note", c->note);
    tg_put_optional(out, "fault", c->fault);
    tg_put_masked(out, "said", c->said);
    tg_put_optional(out, "expected_failure", c->expected_failure);
    tg_put_list(out, "clauses", c->clauses, c->num_clauses);
    tg_put_open(out, "failures", "[");
    for (size_t i = 0; i < c->num_failures; i++)
        put_failure(out, c, &c->failures[i]);
    tg_put_close(out, "]");
    if (c->num_transcript > 0) {
        tg_put_open(out, "transcript", "[");
        for (size_t i = 0; i < c->num_transcript; i++)
            put_message(out, &c->transcript[i]);
        tg_put_close(out, "]");
    }
    tg_put_number(out, "microseconds", c->microseconds);
    tg_put_text(out, "rerun", c->rerun);
    tg_put_optional(out, "suppress", c->suppress);
    tg_put_close(out, "}");
}

static void put_counts(tg_out *out, const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    tg_put_open(out, "counts", "{");
    for (unsigned verdict = 0; verdict < TG_NUM_VERDICTS; verdict++)
        tg_put_number(out, tg_verdict_name((tg_verdict)verdict), counts.of[verdict]);
    if (report->expected_path || counts.expected > 0)
        tg_put_number(out, "expected_failures", counts.expected);
    tg_put_close(out, "}");
}

static void put_iut(tg_out *out, const tg_report_iut *iut)
{
    tg_put_open(out, "iut", "{");
    tg_put_text(out, "name", iut->name);
    tg_put_optional(out, "release", iut->release);
    tg_put_masked(out, "attached", iut->attached);
    tg_put_words(out, "roles", iut->roles);
    tg_put_words(out, "profiles", iut->profiles);
    tg_put_words(out, "can", iut->can);
    tg_put_close(out, "}");
}

static void put_head(tg_out *out, const tg_report *report)
{
    tg_run_outcome outcome = tg_report_outcome(report);
    tg_put_number(out, "format", TG_REPORT_FORMAT);
    tg_put_text(out, "tool", "ticketgate");
    tg_put_text(out, "version", report->version);
    if (tg_has_text(report->command))
        tg_put_masked(out, "command", report->command);
    else
        tg_put_text(out, "command", "");
    tg_put_text(out, "suite", report->suite);
    tg_put_text(out, "outcome", tg_run_outcome_name(outcome));
    tg_put_number(out, "exit_code", (uint64_t)outcome);
    tg_put_bool(out, "interrupted", report->interrupted);
    put_counts(out, report);
    if (report->iut)
        put_iut(out, report->iut);
    if (report->profiles)
        tg_put_words(out, "profiles", report->profiles);
    tg_put_optional(out, "selection", report->selection);
    tg_put_optional(out, "seed", report->seed);
    tg_put_optional(out, "started", report->started);
    tg_put_optional(out, "ended", report->ended);
    if (report->iut)
        tg_put_bool(out, "loose", report->loose);
}

static void put_requirement(tg_out *out, const tg_report_requirement *requirement)
{
    const tg_requirement *row = requirement->row;
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "id", row->id);
    tg_put_clause(out, "clause", row);
    tg_put_text(out, "level", tg_level_name(row->level));
    tg_put_text(out, "text", row->text);
    tg_put_text(out, "state", tg_row_state_name(requirement->state));
    if (requirement->state == TG_ROW_FAILED)
        tg_put_bool(out, "expected", requirement->expected);
    if (requirement->is_counted) {
        tg_put_number(out, "as_sender", requirement->as_sender);
        tg_put_number(out, "as_receiver", requirement->as_receiver);
    }
    tg_put_list(out, "cases", requirement->cases, requirement->num_cases);
    tg_put_close(out, "}");
}

static void put_expectations(tg_out *out, const tg_report *report)
{
    tg_put_open(out, "expectations", "{");
    tg_put_text(out, "file", report->expected_path);
    tg_put_open(out, "stale", "[");
    for (size_t i = 0; i < report->num_stale; i++) {
        tg_put_open(out, NULL, "{");
        tg_put_text(out, "entry", report->stale[i].entry);
        tg_put_text(out, "why", report->stale[i].why);
        tg_put_close(out, "}");
    }
    tg_put_close(out, "]");
    tg_put_close(out, "}");
}

static void put_baseline(tg_out *out, const tg_report *report)
{
    tg_put_open(out, "baseline", "{");
    tg_put_text(out, "file", report->baseline_path);
    tg_put_open(out, "changes", "[");
    for (size_t i = 0; i < report->num_changes; i++) {
        const tg_report_change *change = &report->changes[i];
        tg_put_open(out, NULL, "{");
        tg_put_text(out, "case", change->id);
        tg_put_text(out, "was", change->was);
        tg_put_text(out, "is", change->is);
        tg_put_bool(out, "worse", change->worse);
        tg_put_close(out, "}");
    }
    tg_put_close(out, "]");
    tg_put_close(out, "}");
}

static void put_breakdowns(tg_out *out, const tg_report *report)
{
    tg_put_open(out, "breakdowns", "[");
    for (size_t i = 0; i < report->num_breakdowns; i++) {
        const tg_report_breakdown *breakdown = &report->breakdowns[i];
        tg_put_open(out, NULL, "{");
        tg_put_text(out, "case", breakdown->id);
        tg_put_text(out, "fault", breakdown->fault);
        tg_put_masked(out, "text", breakdown->text);
        tg_put_masked(out, "last_words", breakdown->last_words);
        tg_put_close(out, "}");
    }
    tg_put_close(out, "]");
}

static void put_unexercised(tg_out *out, const tg_report *report)
{
    tg_put_open(out, "not_exercised", "[");
    for (size_t i = 0; i < report->num_unexercised; i++) {
        tg_put_open(out, NULL, "{");
        tg_put_text(out, "what", report->unexercised[i].what);
        tg_put_optional(out, "reason", report->unexercised[i].reason);
        tg_put_number(out, "cases", report->unexercised[i].num_cases);
        tg_put_close(out, "}");
    }
    tg_put_close(out, "]");
}

/* What a run against an IUT has beside its cases. */
static void put_sums(tg_out *out, const tg_report *report)
{
    if (report->num_requirements > 0) {
        tg_put_open(out, "requirements", "[");
        for (size_t i = 0; i < report->num_requirements; i++) {
            tg_put_line(out);
            put_requirement(out, &report->requirements[i]);
        }
        tg_put_close(out, "]");
    }
    if (report->expected_path || report->num_stale > 0)
        put_expectations(out, report);
    if (report->baseline_path || report->num_changes > 0)
        put_baseline(out, report);
    if (report->iut || report->num_breakdowns > 0)
        put_breakdowns(out, report);
    if (report->iut || report->num_unexercised > 0)
        put_unexercised(out, report);
}

bool tg_report_write_json(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    tg_put_open(&out, NULL, "{");
    put_head(&out, report);
    put_sums(&out, report);
    tg_put_open(&out, "cases", "[");
    for (size_t i = 0; i < report->num_cases; i++) {
        tg_put_line(&out);
        put_case(&out, &report->cases[i]);
    }
    tg_out_text(&out, report->num_cases ? "\n" : "");
    tg_put_close(&out, "]");
    tg_put_close(&out, "}");
    tg_out_text(&out, "\n");
    return !out.failed;
}
