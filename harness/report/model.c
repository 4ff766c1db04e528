/* Counts and outcomes of a run, and the words of the room. */
#include "out.h"

const char *tg_verdict_name(tg_verdict verdict)
{
    static const char *const names[TG_NUM_VERDICTS] = {
        [TG_VERDICT_PASSED] = "passed",
        [TG_VERDICT_FAILED] = "failed",
        [TG_VERDICT_SKIPPED] = "skipped",
        [TG_VERDICT_INCONCLUSIVE] = "inconclusive",
    };
    return names[verdict];
}

const char *tg_report_side_name(tg_report_side side)
{
    return side == TG_SIDE_SENDER ? "sender" : side == TG_SIDE_RECEIVER ? "receiver" : "";
}

const char *tg_row_state_name(tg_row_state state)
{
    static const char *const names[TG_NUM_ROW_STATES] = {
        [TG_ROW_PASSED] = "passed",         [TG_ROW_FAILED] = "failed",
        [TG_ROW_NOT_JUDGED] = "not_judged", [TG_ROW_INCONCLUSIVE] = "inconclusive",
        [TG_ROW_PLANNED] = "planned",       [TG_ROW_NOT_TESTABLE] = "not_testable",
    };
    return names[state];
}

tg_report_counts tg_report_count(const tg_report *report)
{
    tg_report_counts counts = { 0 };
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        counts.of[c->verdict]++;
        counts.expected += c->verdict == TG_VERDICT_FAILED && !tg_fails_run(c);
    }
    for (size_t i = 0; i < report->num_changes; i++)
        counts.worse += report->changes[i].worse;
    return counts;
}

/* A breakdown fails its case, and one that nobody expects to fail the run: whatever the verdicts say. */
static bool has_unexpected_breakdown(const tg_report *report)
{
    for (size_t i = 0; i < report->num_breakdowns; i++) {
        bool expected = false;
        for (size_t n = 0; n < report->num_cases && !expected; n++)
            expected = strcmp(tg_or_empty(report->cases[n].id), tg_or_empty(report->breakdowns[i].id)) == 0 &&
                       report->cases[n].verdict == TG_VERDICT_FAILED && !tg_fails_run(&report->cases[n]);
        if (!expected)
            return true;
    }
    return false;
}

tg_run_outcome tg_report_outcome(const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    if (report->interrupted)
        return TG_RUN_INTERRUPTED;
    if (counts.of[TG_VERDICT_FAILED] > counts.expected || report->num_stale > 0 || counts.worse > 0)
        return TG_RUN_FAILED;
    if (counts.of[TG_VERDICT_INCONCLUSIVE] > 0)
        return TG_RUN_INCONCLUSIVE;
    if (has_unexpected_breakdown(report))
        return TG_RUN_FAILED;
    /* all skipped: nothing judged */
    return counts.of[TG_VERDICT_PASSED] + counts.expected > 0 ? TG_RUN_PASSED : TG_RUN_NOTHING;
}

const char *tg_run_outcome_name(tg_run_outcome outcome)
{
    switch (outcome) {
    case TG_RUN_PASSED:
        return "passed";
    case TG_RUN_FAILED:
        return "failed";
    case TG_RUN_INTERRUPTED:
        return "interrupted";
    case TG_RUN_NOTHING:
        return "nothing_judged";
    case TG_RUN_INCONCLUSIVE:
        return "inconclusive";
    }
    return "";
}
