/* The report for code scanning: SARIF 2.1.0 (OASIS), in what GitHub reads of it and within its limits.
 *
 * Rules are the catalogue rows, all of them and in the catalogue's order, so that the index of a rule is that of its
 * row; behind them those for what no row says. A result is a failure, a breakdown, a stale expectation or a change for
 * the worse. What could not be tested is a notification: it is no finding.
 */
#include "sarif.h"

enum { MAX_NOTIFICATIONS = 100 };

static const struct {
    const char *id, *text, *help;
} own_rules[TG_SARIF_NUM_RULES] = {
    { "ticketgate-case", "A case failed for a reason that is no row of the requirement catalogue.",
      "Rerun the case with the command in the result." },
    { "ticketgate-breakdown", "The implementation under test died, hung, or answered what is no answer.",
      "No message may do that. Rerun that case alone, under a debugger or a sanitizer." },
    { "ticketgate-stale-expectation", "An entry of the file of expected failures matches nothing that fails.",
      "Take the entry out of the file." },
    { "ticketgate-baseline", "A case is worse than in the baseline.", "See what changed since the baseline was made." },
};

const char *tg_sarif_rule_id(tg_sarif_rule rule)
{
    return own_rules[rule].id;
}

/* ---- rules -------------------------------------------------------------------------------------------------- */

const char *tg_sarif_level(tg_level level)
{
    return level == TG_LEVEL_MUST ? "error" : "warning";
}

static void put_message(tg_out *out, const char *name, const char *text)
{
    tg_put_open(out, name, "{");
    tg_put_cut(out, "text", text, TG_SARIF_MAX_TEXT);
    tg_put_close(out, "}");
}

void tg_sarif_begin_text(tg_out *out, const char *name)
{
    tg_put_open(out, name, "{");
    tg_put_open(out, "text", "\"");
}

void tg_sarif_piece(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    tg_out_text(out, label);
    tg_out_json_cut(out, text, TG_SARIF_MAX_TEXT);
}

void tg_sarif_end_text(tg_out *out)
{
    tg_put_close(out, "\"");
    tg_put_close(out, "}");
}

static void put_help(tg_out *out, const tg_requirement *row)
{
    tg_sarif_begin_text(out, "help");
    tg_sarif_piece(out, "", row->source);
    tg_sarif_piece(out, " ", row->clause);
    tg_sarif_piece(out, ", ", tg_level_name(row->level));
    tg_sarif_piece(out, ": ", row->text);
    tg_sarif_piece(out, " Binds: ", row->binds);
    tg_sarif_piece(out, ". Seen in: ", row->message);
    tg_sarif_piece(out, ". A receiver of a message that breaks it: ", tg_on_receive_name(row->on_receive));
    tg_out_text(out, ".");
    tg_sarif_end_text(out);
}

static void put_rule_end(tg_out *out, const char *level, const char *source, const char *tag)
{
    tg_put_open(out, "defaultConfiguration", "{");
    tg_put_text(out, "level", level);
    tg_put_close(out, "}");
    tg_put_open(out, "properties", "{");
    tg_put_open(out, "tags", "[");
    tg_put_text(out, NULL, "conformance");
    tg_put_optional(out, NULL, source);
    tg_put_optional(out, NULL, tag);
    tg_put_close(out, "]");
    tg_put_text(out, "precision", "high");
    tg_put_text(out, "problem.severity", level);
    tg_put_close(out, "}");
    tg_put_close(out, "}");
}

static void put_rule(tg_out *out, const tg_requirement *row)
{
    tg_put_line(out);
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "id", row->id);
    put_message(out, "shortDescription", row->text);
    put_message(out, "fullDescription", row->text);
    put_help(out, row);
    put_rule_end(out, tg_sarif_level(row->level), row->source, tg_level_name(row->level));
}

static void put_own_rule(tg_out *out, tg_sarif_rule rule)
{
    tg_put_line(out);
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "id", own_rules[rule].id);
    put_message(out, "shortDescription", own_rules[rule].text);
    put_message(out, "fullDescription", own_rules[rule].text);
    put_message(out, "help", own_rules[rule].help);
    put_rule_end(out, "error", NULL, NULL);
}

static void put_tool(tg_out *out, const tg_report *report)
{
    size_t num;
    const tg_requirement *rows = tg_requirements(&num);
    tg_put_open(out, "tool", "{");
    tg_put_open(out, "driver", "{");
    tg_put_text(out, "name", "Ticketgate");
    tg_put_optional(out, "version", report->version);
    tg_put_open(out, "rules", "[");
    for (size_t i = 0; i < num; i++)
        put_rule(out, &rows[i]);
    for (unsigned rule = 0; rule < TG_SARIF_NUM_RULES; rule++)
        put_own_rule(out, (tg_sarif_rule)rule);
    tg_put_close(out, "]");
    tg_put_close(out, "}");
    tg_put_close(out, "}");
}

/* ---- invocation --------------------------------------------------------------------------------------------- */

static void put_notification(tg_out *out, const char *level, const char *first, const char *second)
{
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "level", level);
    tg_sarif_begin_text(out, "message");
    tg_sarif_piece(out, "", first);
    tg_sarif_piece(out, ": ", second);
    tg_sarif_end_text(out);
    tg_put_close(out, "}");
}

static void put_left_out(tg_out *out, const char *what, size_t num)
{
    if (num == 0)
        return;
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "level", "warning");
    tg_sarif_begin_text(out, "message");
    tg_out_number(out, num);
    tg_out_text(out, what);
    tg_sarif_end_text(out);
    tg_put_close(out, "}");
}

static void put_notifications(tg_out *out, const tg_report *report, size_t left_out)
{
    size_t num = 0;
    tg_put_open(out, "toolExecutionNotifications", "[");
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        if (c->verdict == TG_VERDICT_INCONCLUSIVE && num++ < MAX_NOTIFICATIONS)
            put_notification(out, "warning", c->id, tg_has_text(c->reason) ? c->reason : "inconclusive");
    }
    put_left_out(out, " more cases are inconclusive", num > MAX_NOTIFICATIONS ? num - MAX_NOTIFICATIONS : 0);
    put_left_out(out, " results are left out: code scanning takes no more", left_out);
    if (report->interrupted)
        put_notification(out, "error", "interrupted", "the run broke off, and what follows was not run");
    tg_put_close(out, "]");
}

/* "2026-05-30T12:00:00Z": what SARIF takes for a time; another text is left out. */
static void put_time(tg_out *out, const char *name, const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    text = tg_or_empty(text);
    if (strlen(text) != sizeof form - 1)
        return;
    for (size_t i = 0; form[i]; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !digit : text[i] != form[i])
            return;
    }
    tg_put_text(out, name, text);
}

/* The run did its work unless it was broken off; what it found does not matter here. */
static void put_invocation(tg_out *out, const tg_report *report, size_t left_out)
{
    tg_run_outcome outcome = tg_report_outcome(report);
    tg_put_open(out, "invocations", "[");
    tg_put_open(out, NULL, "{");
    tg_put_bool(out, "executionSuccessful", !report->interrupted && outcome != TG_RUN_NOTHING);
    tg_put_number(out, "exitCode", (uint64_t)outcome);
    tg_put_text(out, "exitCodeDescription", tg_run_outcome_name(outcome));
    tg_put_masked(out, "commandLine", report->command);
    put_time(out, "startTimeUtc", report->started);
    put_time(out, "endTimeUtc", report->ended);
    put_notifications(out, report, left_out);
    tg_put_close(out, "}");
    tg_put_close(out, "]");
}

bool tg_report_write_sarif(const tg_report *report, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    tg_put_open(&out, NULL, "{");
    tg_put_text(&out, "version", "2.1.0");
    tg_put_text(&out, "$schema",
                "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    tg_put_open(&out, "runs", "[");
    tg_put_open(&out, NULL, "{");
    put_tool(&out, report);
    tg_put_open(&out, "results", "[");
    size_t left_out = tg_sarif_put_results(&out, report);
    tg_put_close(&out, "]");
    put_invocation(&out, report, left_out);
    tg_put_close(&out, "}");
    tg_put_close(&out, "]");
    tg_put_close(&out, "}");
    tg_out_text(&out, "\n");
    return !out.failed;
}
