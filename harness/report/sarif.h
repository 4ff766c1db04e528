/* sarif: what the two files of the SARIF writer share. Private to the report room. */
#ifndef TICKETGATE_REPORT_SARIF_H
#define TICKETGATE_REPORT_SARIF_H

#include "members.h"

/* The limits of GitHub code scanning: of a run it shows 5000 results, and refuses a file with more than 25000; a
 * description has 1024 characters at the most. Texts of others are cut likewise, so that files stay small. */
enum { TG_SARIF_MAX_RESULTS = 5000, TG_SARIF_MAX_TEXT = 1000 };

/* Rules for what no catalogue row says; their indices follow those of the rows. */
typedef enum tg_sarif_rule {
    TG_SARIF_CASE,
    TG_SARIF_BREAKDOWN,
    TG_SARIF_STALE,
    TG_SARIF_BASELINE,
    TG_SARIF_NUM_RULES
} tg_sarif_rule;
const char *tg_sarif_rule_id(tg_sarif_rule rule);
const char *tg_sarif_level(tg_level level);

/* A message object whose text is of several pieces; one that says nothing is left out with its label. A label is
 * written as it is: JSON. */
void tg_sarif_begin_text(tg_out *out, const char *name);
void tg_sarif_piece(tg_out *out, const char *label, const char *text);
void tg_sarif_end_text(tg_out *out);

/* The elements of `results`; returns how many were left out. */
size_t tg_sarif_put_results(tg_out *out, const tg_report *report);

#endif
