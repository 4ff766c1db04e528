/* gate_show: cases and results as JSON and text; reports in all forms. */
#ifndef TICKETGATE_RUNNERS_GATE_SHOW_H
#define TICKETGATE_RUNNERS_GATE_SHOW_H

#include "gate.h"
#include "ticketgate/json.h"

/* The forms of a report, and one more: a line of JSON a case. */
enum { GATE_JSONL = TG_NUM_FORMS };
extern const char *const gate_form_names[];
/* A list of cases is no report: it is text or JSON. */
bool gate_form_lists(int form);

/* {"id","title","group","role","profile","requirements","needs"} */
/* Before a run: `reason`: why it would be skipped, or NULL. */
void gate_show_plan(const gate_case *c, const char *reason, tg_text *out);
void gate_show_case(const gate_case *c, tg_text *out);
/* One line of --output jsonl. */
void gate_show_result(const tg_report_case *c, tg_text *out);
bool gate_write_report(const tg_report *report, int form, bool all, tg_report_sink sink);
/* A file of a report; complains. */
bool gate_write_file(const tg_report *report, int form, const char *path);

#endif
