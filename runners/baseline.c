#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>

#include "jsonfile.h"

enum { FILE_MAX = 64 << 20 };

static bool verdict_from_name(const char *name, tg_verdict *out)
{
    for (unsigned verdict = 0; name && verdict < TG_NUM_VERDICTS; verdict++) {
        *out = (tg_verdict)verdict;
        if (strcmp(name, tg_verdict_name(*out)) == 0)
            return true;
    }
    return false;
}

/* Takes the cases; `seen` finds ids that come twice. Returns why not, or NULL. */
static const char *take_cases(const json_t *cases, json_t *seen, baseline *out, size_t *at)
{
    out->cases = calloc(json_array_size(cases) + 1, sizeof *out->cases);
    if (!out->cases || !seen)
        return "out of memory";
    for (*at = 0; *at < json_array_size(cases); ++*at) {
        const json_t *c = json_array_get(cases, *at), *known = json_object_get(c, "expected_failure");
        tg_case_verdict *taken = &out->cases[out->num];
        taken->id = json_string_value(json_object_get(c, "id"));
        taken->expected = known != NULL;
        if (!taken->id || !verdict_from_name(json_string_value(json_object_get(c, "verdict")), &taken->verdict))
            return "id or verdict is not as a report has it";
        if (json_object_get(seen, taken->id))
            return "its id came before";
        if (json_object_set_new_nocheck(seen, taken->id, json_true()) != 0)
            return "out of memory";
        out->num++;
    }
    return NULL;
}

static bool take(json_t *root, const char *path, baseline *out, char *complaint, size_t size)
{
    const json_t *cases = json_object_get(root, "cases"), *tool = json_object_get(root, "tool");
    const json_t *format = json_object_get(root, "format");
    out->json = root;
    if (!json_is_array(cases) || !json_is_string(tool) || strcmp(json_string_value(tool), "ticketgate") != 0 ||
        json_integer_value(format) != TG_REPORT_FORMAT) {
        snprintf(complaint, size, "%s: not a report of format %d (--output json)", path, TG_REPORT_FORMAT);
        return false;
    }
    size_t at = 0;
    json_t *seen = json_object();
    const char *fault = take_cases(cases, seen, out, &at);
    json_decref(seen);
    if (fault)
        snprintf(complaint, size, "%s: cases[%zu]: %s", path, at, fault);
    return !fault;
}

bool baseline_load(const char *path, baseline *out, char *complaint, size_t size)
{
    json_t *root = NULL;
    *out = (baseline){ 0 };
    if (!jsonfile_load(path, FILE_MAX, &root, complaint, size))
        return false;
    bool ok = take(root, path, out, complaint, size);
    if (!ok)
        baseline_free(out);
    return ok;
}

void baseline_free(baseline *b)
{
    free(b->cases);
    free(b->changes);
    json_decref(b->json);
    *b = (baseline){ 0 };
}

/* Those that were to run this time, first; returns their number. */
static size_t keep_selected(baseline *b, bool (*selected)(void *user, const char *id), void *user)
{
    size_t num = 0;
    for (size_t i = 0; i < b->num; i++) {
        if (!selected || selected(user, b->cases[i].id))
            b->cases[num++] = b->cases[i];
    }
    return num;
}

bool baseline_compare(baseline *b, tg_report *report, bool (*selected)(void *user, const char *id), void *user)
{
    size_t num_was = keep_selected(b, selected, user);
    tg_case_verdict *is = calloc(report->num_cases + 1, sizeof *is);
    free(b->changes);
    b->num = num_was;
    b->num_changes = 0;
    b->changes = calloc(num_was + report->num_cases + 1, sizeof *b->changes);
    if (!is || !b->changes) {
        free(is);
        return false;
    }
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        is[i] = (tg_case_verdict){ c->id, c->verdict, c->expected_failure != NULL };
    }
    size_t num = tg_report_compare(b->cases, num_was, is, report->num_cases, b->changes);
    for (size_t i = 0; i < num; i++) {
        bool gone = strcmp(b->changes[i].is, "gone") == 0;
        if (!report->interrupted || !gone)
            b->changes[b->num_changes++] = b->changes[i];
    }
    report->changes = b->changes;
    report->num_changes = b->num_changes;
    free(is);
    return true;
}
