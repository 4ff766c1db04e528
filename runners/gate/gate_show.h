/* gate_show: cases and results as JSON and text; reports in all forms. */
#ifndef TICKETGATE_RUNNERS_GATE_SHOW_H
#define TICKETGATE_RUNNERS_GATE_SHOW_H

#include "gate.h"
#include "ticketgate/json.h"

typedef enum gate_form { GATE_TEXT, GATE_JSON, GATE_JSONL, GATE_JUNIT, GATE_SARIF, GATE_HTML } gate_form;
extern const char *const gate_form_names[];

/* {"id","title","group","role","profile","requirements","needs"} */
/* Before a run: `reason`: why it would be skipped, or NULL. */
void gate_show_plan(const gate_case *c, const char *reason, tg_text *out);
void gate_show_case(const gate_case *c, tg_text *out);
/* One line of --output jsonl. */
void gate_show_result(const tg_report_case *c, tg_text *out);
bool gate_write_report(const tg_report *report, gate_form form, bool all, tg_report_sink sink);
/* A file of a report; complains. */
bool gate_write_file(const tg_report *report, gate_form form, const char *path);

#endif
