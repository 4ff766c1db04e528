/* The catalogue rows of a run: what the cases say of each. */
#include <stdio.h>
#include <string.h>

#include "out.h"

size_t tg_report_num_ids(const tg_report *report)
{
    size_t num = 0;
    for (size_t i = 0; i < report->num_cases; i++)
        num += report->cases[i].num_clauses + report->cases[i].num_failures;
    return num;
}

/* Called for each row that a case is about or failed; rows of one case may come several times. */
typedef void (*visit_function)(void *user, size_t row, const tg_report_case *c, const tg_report_failure *failure);

static void visit(const tg_report *report, visit_function each, void *user)
{
    size_t num_rows;
    const tg_requirement *rows = tg_requirements(&num_rows);
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        for (size_t n = 0; n < c->num_failures && c->verdict == TG_VERDICT_FAILED; n++) {
            const tg_requirement *row = tg_requirement_find(c->failures[n].requirement);
            if (row)
                each(user, (size_t)(row - rows), c, &c->failures[n]);
        }
        for (size_t n = 0; n < c->num_clauses; n++) {
            const tg_requirement *row = tg_requirement_find(c->clauses[n]);
            if (row)
                each(user, (size_t)(row - rows), c, NULL);
        }
    }
}

/* Room for the ids of each row, first only counted. */
static void count_id(void *user, size_t row, const tg_report_case *c, const tg_report_failure *failure)
{
    tg_report_requirement *rows = user;
    (void)c;
    (void)failure;
    rows[row].num_cases++;
}

static void note_failure(tg_report_requirement *row, const tg_report_failure *failure)
{
    bool known = tg_has_text(failure->expected_failure);
    row->expected = row->state == TG_ROW_FAILED ? row->expected && known : known;
    row->state = TG_ROW_FAILED;
}

static void note_verdict(tg_report_requirement *row, tg_verdict verdict)
{
    if (row->state == TG_ROW_FAILED)
        return;
    if (verdict == TG_VERDICT_INCONCLUSIVE)
        row->state = TG_ROW_INCONCLUSIVE;
    else if (verdict == TG_VERDICT_PASSED && row->state != TG_ROW_INCONCLUSIVE)
        row->state = TG_ROW_PASSED;
}

static void note_id(void *user, size_t number, const tg_report_case *c, const tg_report_failure *failure)
{
    tg_report_requirement *row = (tg_report_requirement *)user + number;
    const char **ids = (const char **)(uintptr_t)row->cases; /* the caller's memory, that is written here */
    if (failure)
        note_failure(row, failure);
    else if (!c->judged || c->verdict == TG_VERDICT_INCONCLUSIVE)
        note_verdict(row, c->verdict);
    if (c->verdict != TG_VERDICT_SKIPPED && (row->num_cases == 0 || ids[row->num_cases - 1] != c->id))
        ids[row->num_cases++] = c->id;
}

/* ---- how often ---------------------------------------------------------------------------------------------- */

static void count_judged(const tg_report_case *c, tg_report_requirement *rows)
{
    size_t num;
    const tg_requirement *catalogue = tg_requirements(&num);
    for (size_t n = 0; n < c->num_judged; n++) {
        const tg_requirement *found = tg_requirement_find(c->judged[n].requirement);
        if (!found || (c->verdict != TG_VERDICT_PASSED && c->verdict != TG_VERDICT_FAILED))
            continue;
        tg_report_requirement *row = &rows[found - catalogue];
        row->as_sender += c->judged[n].as_sender;
        row->as_receiver += c->judged[n].as_receiver;
        bool of_receiver = strcmp(found->binds, "receiver") == 0;
        if (c->judged[n].as_receiver > 0 || (c->judged[n].as_sender > 0 && !of_receiver))
            note_verdict(row, c->verdict);
    }
}

static void count_all(const tg_report *report, tg_report_requirement *rows, size_t num)
{
    bool any = false;
    for (size_t i = 0; i < report->num_cases; i++) {
        any = any || report->cases[i].judged;
        count_judged(&report->cases[i], rows);
    }
    for (size_t i = 0; i < num; i++)
        rows[i].is_counted = any;
}

/* ---- rows that others show ----------------------------------------------------------------------------------- */

/* Passed where one of them is and the others are not at fault. Where one failed it is inconclusive, for that row can be
 * broken in more ways than the one that this sentence speaks of, and nobody is blamed for what was not seen. */
static void follow(tg_report_requirement *row, const tg_report_requirement *rows)
{
    size_t num;
    const tg_requirement *catalogue = tg_requirements(&num);
    for (const char *at = row->row->shown_by; *at; at += strspn(at, " ")) {
        char id[64];
        size_t len = strcspn(at, " ");
        snprintf(id, sizeof id, "%.*s", (int)len, at);
        at += len;
        const tg_requirement *found = tg_requirement_find(id);
        if (!found)
            continue;
        const tg_report_requirement *shown = &rows[found - catalogue];
        row->as_sender += shown->as_sender;
        row->as_receiver += shown->as_receiver;
        if (shown->state == TG_ROW_FAILED || shown->state == TG_ROW_INCONCLUSIVE)
            row->state = TG_ROW_INCONCLUSIVE;
        else if (row->state == TG_ROW_NOT_JUDGED && shown->state == TG_ROW_PASSED)
            row->state = TG_ROW_PASSED;
    }
}

/* Some are shown by rows that are shown by others. */
static void follow_all(tg_report_requirement *rows, size_t num)
{
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < num; i++) {
            if (rows[i].state == TG_ROW_NOT_JUDGED)
                follow(&rows[i], rows);
        }
    }
}

size_t tg_report_judge_rows(const tg_report *report, tg_report_requirement *rows, const char **ids)
{
    size_t num;
    const tg_requirement *catalogue = tg_requirements(&num);
    for (size_t i = 0; i < num; i++) {
        tg_row_state state = catalogue[i].how == TG_HOW_NONE      ? TG_ROW_NOT_TESTABLE
                             : catalogue[i].how == TG_HOW_PLANNED ? TG_ROW_PLANNED
                                                                  : TG_ROW_NOT_JUDGED;
        rows[i] = (tg_report_requirement){ .row = &catalogue[i], .state = state };
    }
    visit(report, count_id, rows);
    for (size_t i = 0; i < num; i++) {
        rows[i].cases = ids;
        ids += rows[i].num_cases;
        rows[i].num_cases = 0;
    }
    visit(report, note_id, rows);
    count_all(report, rows, num);
    follow_all(rows, num);
    return num;
}
