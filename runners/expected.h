/* expected: the file of failures that are known (runners/schemas/expected.schema.json).
 *
 * [{"case":"resolve-*","requirement":"RFC6043-4.2.3.4-01","class":"rule","reason":"ticket 4711: ..."}, ...]
 * `case` and `requirement` are globs; `requirement` and `class` may be left out. A failure is known when an entry has
 * its case, its requirement and its error class; a case is expected to fail when all its failures are known.
 */
#ifndef TICKETGATE_RUNNERS_EXPECTED_H
#define TICKETGATE_RUNNERS_EXPECTED_H

#include "ticketgate/report.h"

typedef struct expected_entry {
    const char *glob, *requirement, *error_class, *reason; /* requirement, error_class: NULL: any */
    const char *text;                                      /* the entry, as JSON on one line */
    bool matched, failed;                                  /* a case of the run; a failure of it */
    bool exists;                                           /* matches a case that there is */
} expected_entry;

typedef struct expected_set {
    bool know_all;         /* expected_exists was told of the cases */
    expected_entry *entries;
    size_t num;
    void *json; /* what the strings live in */
} expected_set;

/* Both return false with the reason in `complaint`: "known.json:3:7: ..." */
bool expected_load(const char *path, expected_set *out, char *complaint, size_t size);
bool expected_parse(const char *text, size_t len, const char *name, expected_set *out, char *complaint, size_t size);
void expected_free(expected_set *set);

/* Marks the failures that are known, and the case when all of them are. To be called for each case that was run;
 * `failures` are those of `c`. A case that was skipped or is inconclusive matches an entry, so that it is not stale. */
void expected_apply(expected_set *set, tg_report_case *c, tg_report_failure *failures);

/* To be called for each case that there is, run or not; where it is called for none, nothing is known of them. */
void expected_exists(expected_set *set, const char *id);

/* The entries that are stale, into `out` with room for set->num: those that match no case that there is, and those whose
 * cases were run and no longer fail. `whole`: every case there is was run. */
size_t expected_stale(const expected_set *set, bool whole, tg_report_stale *out);

/* The line that would expect this failure, for tg_report_case.suppress: JSON with "..." as the reason, which is not taken
 * until somebody puts one in its place. Cut to size - 1. */
void expected_suppression(const char *id, const char *requirement, char *out, size_t size);

#endif
