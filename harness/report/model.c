/* Counts and outcomes of a run. */
#include "ticketgate/report.h"

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

tg_report_counts tg_report_count(const tg_report *report)
{
    tg_report_counts counts = { 0 };
    for (size_t i = 0; i < report->num_cases; i++)
        counts.of[report->cases[i].verdict]++;
    return counts;
}

tg_run_outcome tg_report_outcome(const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    if (report->interrupted)
        return TG_RUN_INTERRUPTED;
    if (counts.of[TG_VERDICT_FAILED] > 0)
        return TG_RUN_FAILED;
    if (counts.of[TG_VERDICT_INCONCLUSIVE] > 0)
        return TG_RUN_INCONCLUSIVE;
    return counts.of[TG_VERDICT_PASSED] > 0 ? TG_RUN_PASSED : TG_RUN_NOTHING; /* all skipped: nothing judged */
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
