/* ticketgate gate: what its files share. cmd_gate_options.c reads the command line, cmd_gate_lists.c writes lists,
 * cmd_gate_report.c the report. */
#ifndef TICKETGATE_RUNNERS_CMD_GATE_H
#define TICKETGATE_RUNNERS_CMD_GATE_H

#include "baseline.h"
#include "expected.h"
#include "gate/gate_deployment.h"
#include "gate/gate_select.h"
#include "gate/gate_show.h"
#include "input.h"

enum { MAX_REPORTS = 8 };

typedef struct gate {
    iut_options attach;
    gate_selection selection;
    gate_deployment live;
    const char *cases_path, *expected_path, *baseline_path, *error_map_path, *vectors, *seed;
    struct {
        int form;
        const char *path;
    } reports[MAX_REPORTS];
    size_t num_reports;
    int output, level;
    bool list, list_mutants, dry_run, all, any_error, progress;
    gate_cases cases;
    gate_run run;
    expected_set expected;
    baseline base;
    input_text error_map;
    tg_report report;
    tg_report_case *results;
    size_t num_results, capacity;
    bool gone;
} gate;

extern const cli_option gate_options[];
/* For cli_parse: user is the gate. */
bool gate_take(void *user, const char *name, const char *value);
/* As a shell takes it. */
const char *gate_quoted(keeping *k, const char *word);

/* Whether the options and the files they name go together; complains. */
bool gate_usage_is_sound(const gate *g);
/* Ids from a file or from standard input, each run as it comes. An exit code. */
int gate_run_ids(gate *g, void (*run)(gate *g, const gate_case *c));
/* With --output json, what was complained of is on standard output too. Returns `code`. */
int gate_answer_complaint(const gate *g, int code);

void gate_send(tg_text *text);
int gate_list_cases(gate *g);
int gate_list_mutants(const gate *g);

/* Of this moment. */
const char *gate_utc(gate *g);
/* Writes all reports; the exit code. */
int gate_report(gate *g, int code);

#endif
