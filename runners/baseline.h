/* baseline: the verdicts of an earlier run, read from its JSON report. */
#ifndef TICKETGATE_RUNNERS_BASELINE_H
#define TICKETGATE_RUNNERS_BASELINE_H

#include "ticketgate/report.h"

typedef struct baseline {
    tg_case_verdict *cases;
    size_t num;
    tg_report_change *changes; /* after baseline_compare */
    size_t num_changes;
    void *json; /* what the strings live in */
} baseline;

/* False with the reason in `complaint`: no file, too large, no JSON, not a report of format 1, twice the same case. */
bool baseline_load(const char *path, baseline *out, char *complaint, size_t size);
void baseline_free(baseline *b);

/* Compares with the cases of a run and puts the changes into the report; they live until baseline_free. `selected` says
 * whether a case of the baseline was to run this time (NULL: all of them), so that what was not asked for is not
 * "gone"; of a run that broke off nothing is gone. False when memory ran out. */
bool baseline_compare(baseline *b, tg_report *report, bool (*selected)(void *user, const char *id), void *user);

#endif
