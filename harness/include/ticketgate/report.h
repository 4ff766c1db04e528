/* report: the result model of a run, and its forms: text, JSON (runners/schemas/report.schema.json), JUnit XML.
 *
 * Every form is a view of one tg_report. The caller owns all that it points to; nothing is allocated and nothing is
 * written but through the sink.
 */
#ifndef TICKETGATE_REPORT_H
#define TICKETGATE_REPORT_H

#include "ticketgate/findings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where text goes. Returns false when it could not be written; nothing more is sent then. */
typedef struct tg_report_sink {
    bool (*write)(void *user, const char *text, size_t len);
    void *user;
} tg_report_sink;

typedef enum tg_verdict {
    TG_VERDICT_PASSED,
    TG_VERDICT_FAILED,
    TG_VERDICT_SKIPPED,     /* the implementation under test does not claim to do this */
    TG_VERDICT_INCONCLUSIVE /* it could not be tested */
} tg_verdict;
enum { TG_NUM_VERDICTS = 4 };
const char *tg_verdict_name(tg_verdict verdict); /* "passed" */

/* One thing that is not as it should be. Strings that say nothing are "" or NULL. */
typedef struct tg_report_failure {
    const char *what;           /* one sentence */
    const char *requirement;    /* catalogue id */
    const char *profile;
    const char *path;           /* place in the message */
    bool has_place;
    size_t offset, length;      /* octets in the message; length 0: between octets */
    const char *expected, *got;
} tg_report_failure;

typedef struct tg_report_case {
    const char *id;    /* stable and opaque: "tgv-3f2a9c01" */
    const char *title;
    const char *group; /* cases of a group follow each other */
    tg_verdict verdict;
    const char *reason;          /* why it was skipped or is inconclusive */
    const char *note;            /* what else a reader should know */
    const char *const *clauses;  /* catalogue ids that the case is about */
    size_t num_clauses;
    const tg_report_failure *failures;
    size_t num_failures;
    tg_bytes octets;             /* the message, for the hex that shows the place */
    const char *rerun;           /* command that runs just this case */
    uint64_t microseconds;
} tg_report_case;

typedef struct tg_report {
    const char *version;  /* of Ticketgate */
    const char *command;  /* as it was typed */
    const char *suite;    /* "vectors" */
    bool interrupted;     /* the run broke off: what follows the last case was not run */
    const tg_report_case *cases;
    size_t num_cases;
} tg_report;

typedef struct tg_report_counts {
    size_t of[TG_NUM_VERDICTS];
} tg_report_counts;
tg_report_counts tg_report_count(const tg_report *report);

/* What a run ends with, and with which exit code. */
typedef enum tg_run_outcome {
    TG_RUN_PASSED = 0,
    TG_RUN_FAILED = 1,
    TG_RUN_INTERRUPTED = 2,
    TG_RUN_NOTHING = 5, /* no case at all: never a success */
    TG_RUN_INCONCLUSIVE = 10
} tg_run_outcome;
tg_run_outcome tg_report_outcome(const tg_report *report);
const char *tg_run_outcome_name(tg_run_outcome outcome); /* "passed", "nothing_judged", ... */

/* The writers return false when the sink did. */

/* Failures and what could not be tested, then the counts; with `all`, every case. */
TG_NODISCARD bool tg_report_write_text(const tg_report *report, bool all, tg_report_sink sink);
#define TG_REPORT_FORMAT 1
TG_NODISCARD bool tg_report_write_json(const tg_report *report, tg_report_sink sink);
/* The dialect of Jenkins: inconclusive is an error. Characters that XML 1.0 cannot hold are left out. */
TG_NODISCARD bool tg_report_write_junit(const tg_report *report, tg_report_sink sink);

/* The rows of a hex dump around a place, with the place marked below them. Each line begins with `indent` blanks. */
TG_NODISCARD bool tg_report_write_hex(tg_bytes octets, size_t offset, size_t length, unsigned indent,
                                      tg_report_sink sink);

#ifdef __cplusplus
}
#endif
#endif
