/* report: the result model of a run, and its forms: text, JSON (runners/schemas/report.schema.json), JUnit XML, SARIF,
 * HTML.
 *
 * Every form is a view of one tg_report. The caller owns all that it points to; nothing is allocated and nothing is
 * written but through the sink. Strings that say nothing are "" or NULL; word lists end with NULL, and may be NULL.
 * There is no member for a key: secrets are not to be put into a report. What an implementation under test (IUT) says
 * by itself is masked by the writers (tg_report_mask).
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

/* ---- the model ---------------------------------------------------------------------------------------------- */

typedef enum tg_verdict {
    TG_VERDICT_PASSED,
    TG_VERDICT_FAILED,
    TG_VERDICT_SKIPPED,     /* the implementation under test does not claim to do this */
    TG_VERDICT_INCONCLUSIVE /* it could not be tested */
} tg_verdict;
enum { TG_NUM_VERDICTS = 4 };
const char *tg_verdict_name(tg_verdict verdict); /* "passed" */

/* As what the IUT failed. */
typedef enum tg_report_side { TG_SIDE_NONE, TG_SIDE_SENDER, TG_SIDE_RECEIVER } tg_report_side;
const char *tg_report_side_name(tg_report_side side); /* "sender"; "" for NONE */

/* One thing that is not as it should be. Level, clause and wording are those of the requirement's catalogue row. */
typedef struct tg_report_failure {
    const char *what;           /* one sentence */
    const char *requirement;    /* catalogue id */
    const char *profile;
    tg_report_side side;
    const char *path;           /* place in the message */
    bool has_place;
    size_t offset, length;      /* octets in the message; length 0: between octets */
    bool has_message;
    size_t message;             /* with has_message the message is transcript[message], else the case's `octets` */
    const char *expected, *got;
    const char *error_class;    /* the IUT told this one (classes of runners/ATTACHING.md); NULL: none */
    const char *expected_failure; /* it is known: the reason why; NULL: it is not */
} tg_report_failure;

/* A message of an exchange and what became of it. */
typedef struct tg_report_message {
    const char *from, *to;      /* "initiator", "responder", "kms" */
    bool from_iut, to_iut;
    const char *exchange;       /* "request", "update0" */
    const char *type;           /* "TRANSFER_INIT" */
    tg_bytes octets;
    const char *reception;      /* what the receiver did: "accepted", "rejected: auth", "lost on the way" */
} tg_report_message;

/* How often a case judged the IUT by a row: as a sender (its messages that the row binds), as a receiver (what came and
 * broke the row, or had to be ignored or processed for it). */
typedef struct tg_report_judged {
    const char *requirement;
    size_t as_sender, as_receiver;
} tg_report_judged;

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
    /* of an IUT */
    const char *role, *profile;
    const tg_report_message *transcript;
    size_t num_transcript;
    const char *suppress;        /* the line that would expect this failure */
    const tg_report_judged *judged; /* by which rows, and how often; NULL: not counted, `clauses` says it all */
    size_t num_judged;
    const char *fault;           /* the IUT broke down in it: "timeout", "died", ... */
    const char *said;            /* what the IUT told for people; masked */
    const char *expected_failure; /* all that failed in it is known: the reason why; the verdict stays failed */
} tg_report_case;

typedef struct tg_report_iut {
    const char *name, *release;
    const char *attached;        /* how: "process: ./my-adapter"; masked */
    const char *const *roles, *const *profiles, *const *can;
} tg_report_iut;

/* What was not exercised: so many cases were skipped for want of a role, profile or capability word. */
typedef struct tg_report_unexercised {
    const char *what;            /* "capability two-kms", "role kms" */
    const char *reason;
    size_t num_cases;
} tg_report_unexercised;

typedef enum tg_row_state {
    TG_ROW_PASSED,
    TG_ROW_FAILED,
    TG_ROW_INCONCLUSIVE,
    TG_ROW_NOT_JUDGED,   /* no case about it ran to its end */
    TG_ROW_NOT_TESTABLE, /* from outside (catalogue: none) */
    TG_ROW_PLANNED       /* catalogue: planned */
} tg_row_state;
enum { TG_NUM_ROW_STATES = 6 };
const char *tg_row_state_name(tg_row_state state); /* "not_judged" */

/* A catalogue row in this run. */
typedef struct tg_report_requirement {
    const tg_requirement *row;
    tg_row_state state;
    bool expected;              /* failed, and every failure of it is known */
    bool is_counted;            /* the cases say how often */
    size_t as_sender, as_receiver;
    const char *const *cases;   /* ids of those about it and of those that failed it, in the order of the run */
    size_t num_cases;
} tg_report_requirement;

/* An entry of the file of expected failures that matches nothing any more: it fails the run. */
typedef struct tg_report_stale {
    const char *entry;          /* as it stands in the file */
    const char *why;            /* "matches no case", "none of its cases fails" */
} tg_report_stale;

/* A change of a verdict since the baseline. */
typedef struct tg_report_change {
    const char *id;             /* of the case */
    const char *was, *is;       /* a verdict; "new" or "gone" */
    bool worse;                 /* fails the run */
} tg_report_change;

/* The IUT broke down. */
typedef struct tg_report_breakdown {
    const char *id;             /* of the case that did it */
    const char *fault;          /* "timeout" */
    const char *text;           /* "killed by signal 11 (SIGSEGV)"; masked */
    const char *last_words;     /* the end of its standard error; masked */
} tg_report_breakdown;

typedef struct tg_report {
    const char *version;  /* of Ticketgate */
    const char *command;  /* as it was typed; masked */
    const char *suite;    /* "vectors", "gate" */
    bool interrupted;     /* the run broke off: what follows the last case was not run */
    const tg_report_case *cases;
    size_t num_cases;
    /* of a run against an IUT */
    const tg_report_iut *iut;    /* NULL: there is none */
    const char *const *profiles; /* as selected */
    const char *selection;       /* as typed: "--role kms -k resolve" */
    const char *seed;
    const char *started, *ended; /* "2026-05-30T12:00:00Z" */
    bool loose;                  /* error classes were not compared */
    const char *artifact;        /* file of the repository that SARIF results point to; NULL: the suite's name */
    const tg_report_requirement *requirements;
    size_t num_requirements;
    const tg_report_unexercised *unexercised;
    size_t num_unexercised;
    const char *expected_path;   /* file of expected failures; NULL: none */
    const tg_report_stale *stale;
    size_t num_stale;
    const char *baseline_path;   /* NULL: none */
    const tg_report_change *changes;
    size_t num_changes;
    const tg_report_breakdown *breakdowns;
    size_t num_breakdowns;
} tg_report;

/* ---- what it comes to --------------------------------------------------------------------------------------- */

typedef struct tg_report_counts {
    size_t of[TG_NUM_VERDICTS];
    size_t expected;   /* of the failed ones: those that are expected to fail */
    size_t worse;      /* changes since the baseline that fail the run */
} tg_report_counts;
tg_report_counts tg_report_count(const tg_report *report);

/* What a run ends with, and with which exit code. Failed: a case failed that is not expected to, an expectation is
 * stale, or a change since the baseline is for the worse. */
typedef enum tg_run_outcome {
    TG_RUN_PASSED = 0,
    TG_RUN_FAILED = 1,
    TG_RUN_INTERRUPTED = 2,
    TG_RUN_NOTHING = 5, /* nothing was judged: never a success */
    TG_RUN_INCONCLUSIVE = 10
} tg_run_outcome;
tg_run_outcome tg_report_outcome(const tg_report *report);
const char *tg_run_outcome_name(tg_run_outcome outcome); /* "passed", "nothing_judged", ... */

/* The state of every catalogue row, from the cases. `rows` has room for all of tg_requirements(); `ids` for
 * tg_report_num_ids(report). A row is failed when a case failed it, else inconclusive when a case about it was, else
 * passed when a case about it passed. A case that failed says nothing of rows that it did not fail. Where cases count by
 * which rows they judged, that decides instead of what they are about, and a row that binds receivers alone passes by
 * what was received. A row that no case judges follows those that it is shown by, but is
 * never failed by them. */
size_t tg_report_num_ids(const tg_report *report);
size_t tg_report_judge_rows(const tg_report *report, tg_report_requirement *rows, const char **ids);

/* Compares the verdicts of two runs by case id; sorts both lists. `out` has room for num_was + num_is changes; the
 * number of them is returned, in order of the ids. For the worse: what fails and did not before, a passed case that is
 * gone or inconclusive, and whatever is skipped and was not (a new case too). A failure that is expected is shown, and
 * not for the worse. */
typedef struct tg_case_verdict {
    const char *id;
    tg_verdict verdict;
    bool expected; /* as failure */
} tg_case_verdict;
size_t tg_report_compare(tg_case_verdict *was, size_t num_was, tg_case_verdict *is, size_t num_is,
                         tg_report_change *out);

/* Writes `text` to `out` with what looks like a key left out: 32 hex digits or more in a row (blanks, colons and dashes
 * between pairs counted in), 22 characters or more of base64, and passwords in URLs. Cut to size - 1; returns the
 * length. */
size_t tg_report_mask(const char *text, char *out, size_t size);

/* ---- the forms ---------------------------------------------------------------------------------------------- */

/* The writers return false when the sink did. Text of others is made harmless in each: what is no UTF-8 becomes U+FFFD,
 * and control characters do not get through. */

/* Failures and what could not be tested, then the sums; with `all`, every case. */
TG_NODISCARD bool tg_report_write_text(const tg_report *report, bool all, tg_report_sink sink);
#define TG_REPORT_FORMAT 1
TG_NODISCARD bool tg_report_write_json(const tg_report *report, tg_report_sink sink);
/* The dialect of Jenkins (runners/schemas/junit.xsd): inconclusive is an error, an expected failure is skipped.
 * Characters that XML 1.0 cannot hold are left out. */
TG_NODISCARD bool tg_report_write_junit(const tg_report *report, tg_report_sink sink);
/* SARIF 2.1.0 within the limits of GitHub code scanning; what goes beyond them is counted in it. */
TG_NODISCARD bool tg_report_write_sarif(const tg_report *report, tg_report_sink sink);
/* One file that needs nothing else: no scripts, no other resources. */
TG_NODISCARD bool tg_report_write_html(const tg_report *report, tg_report_sink sink);

/* All of them, and by which names they are asked for. X(form, name). */
#define TG_REPORT_FORMS(X) X(TEXT, "text") X(JSON, "json") X(JUNIT, "junit") X(SARIF, "sarif") X(HTML, "html")
typedef enum tg_report_form {
#define TG_REPORT_FORM_ENUM(form, name) TG_FORM_##form,
    TG_REPORT_FORMS(TG_REPORT_FORM_ENUM)
#undef TG_REPORT_FORM_ENUM
    TG_NUM_FORMS
} tg_report_form;
extern const char *const tg_report_form_names[TG_NUM_FORMS + 1]; /* ended by NULL */
/* `all` is for text. */
TG_NODISCARD bool tg_report_write(const tg_report *report, tg_report_form form, bool all, tg_report_sink sink);

/* The rows of a hex dump around a place, with the place marked below them. Each line begins with `indent` blanks. */
TG_NODISCARD bool tg_report_write_hex(tg_bytes octets, size_t offset, size_t length, unsigned indent,
                                      tg_report_sink sink);

/* Text from outside, made fit for its surroundings, no more than `most` octets of it (then " ..."); what is not UTF-8 becomes U+FFFD, control
 * characters and those that turn the direction of text are never written as they are. PLAIN: for a terminal ('?' for them). XML: attribute or text.
 * JSON: the inside of a string. */
typedef enum tg_report_escape { TG_ESCAPE_PLAIN, TG_ESCAPE_XML, TG_ESCAPE_JSON } tg_report_escape;
bool tg_report_write_escaped(const char *text, size_t most, tg_report_escape escape, tg_report_sink sink);

/* A message for people, field by field with offsets and registry names; the summary is the first line of it:
 * "TRANSFER_INIT (data type 14), 512 octets, CSB ID 0x12345678". */
struct tg_message;
bool tg_report_write_tree(const struct tg_message *message, tg_report_sink sink);
bool tg_report_write_tree_summary(const struct tg_message *message, tg_report_sink sink);

#ifdef __cplusplus
}
#endif
#endif
