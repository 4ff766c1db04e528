/* Cases and results as JSON; reports in all forms. */
#include "gate_show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const gate_form_names[] = {
#define NAME(form, name) name,
    TG_REPORT_FORMS(NAME)
#undef NAME
    "jsonl", NULL
};

bool gate_form_lists(int form)
{
    return form == TG_FORM_TEXT || form == TG_FORM_JSON || form == GATE_JSONL;
}

static void add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

static void add_member(tg_text *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    add(out, ",\"");
    add(out, name);
    add(out, "\":");
    tg_json_add_string(value, out);
}

static void add_number(tg_text *out, const char *name, unsigned long long value)
{
    char text[64];
    snprintf(text, sizeof text, ",\"%s\":%llu", name, value);
    add(out, text);
}

static void add_list(tg_text *out, const char *name, const char *const *list, size_t num)
{
    add(out, ",\"");
    add(out, name);
    add(out, "\":[");
    for (size_t i = 0; i < num; i++) {
        add(out, i ? "," : "");
        tg_json_add_string(list[i], out);
    }
    add(out, "]");
}

void gate_show_case(const gate_case *c, tg_text *out)
{
    add(out, "{\"id\":");
    tg_json_add_string(c->id, out);
    add_member(out, "title", c->title);
    add_member(out, "group", c->group);
    add_member(out, "role", gate_role_name(c->role));
    add_member(out, "profile", c->profile);
    add_list(out, "requirements", c->rows, c->num_rows);
    add_list(out, "needs", c->needs, c->num_needs);
    add(out, "}");
}

void gate_show_plan(const gate_case *c, const char *reason, tg_text *out)
{
    add(out, "{\"id\":");
    tg_json_add_string(c->id, out);
    add_member(out, "plan", reason ? "skip" : "run");
    add_member(out, "reason", reason);
    add(out, "}");
}

static void add_masked(tg_text *out, const char *name, const char *value)
{
    char masked[1024];
    if (!value)
        return;
    tg_report_mask(value, masked, sizeof masked);
    add_member(out, name, masked);
}

void gate_show_result(const tg_report_case *c, tg_text *out)
{
    add(out, "{\"id\":");
    tg_json_add_string(c->id, out);
    add_member(out, "verdict", tg_verdict_name(c->verdict));
    add_member(out, "title", c->title);
    add_member(out, "group", c->group);
    add_member(out, "role", c->role);
    add_member(out, "profile", c->profile);
    add_masked(out, "reason", c->reason);
    add_member(out, "fault", c->fault);
    add_member(out, "expected_failure", c->expected_failure);
    add_member(out, "rerun", c->rerun);
    add_number(out, "microseconds", c->microseconds);
    add_list(out, "requirements", c->clauses, c->num_clauses);
    add(out, ",\"failures\":[");
    for (size_t i = 0; i < c->num_failures; i++) {
        const tg_report_failure *f = &c->failures[i];
        add(out, i ? ",{\"what\":" : "{\"what\":");
        tg_json_add_string(f->what, out);
        add_member(out, "requirement", f->requirement);
        add_member(out, "side", tg_report_side_name(f->side));
        add_member(out, "path", f->path);
        if (f->has_place)
            add_number(out, "offset", f->offset);
        add_masked(out, "expected", f->expected);
        add_masked(out, "got", f->got);
        add_member(out, "error_class", f->error_class);
        add_member(out, "expected_failure", f->expected_failure);
        add(out, "}");
    }
    add(out, "]}");
}

bool gate_write_report(const tg_report *report, int form, bool all, tg_report_sink sink)
{
    if (form != GATE_JSONL)
        return tg_report_write(report, (tg_report_form)form, all, sink);
    tg_text text = { 0 };
    for (size_t i = 0; i < report->num_cases; i++) {
        gate_show_result(&report->cases[i], &text);
        add(&text, "\n");
    }
    bool ok = !text.failed && (text.len == 0 || sink.write(sink.user, text.data, text.len));
    tg_text_free(&text);
    return ok;
}

bool gate_write_file(const tg_report *report, int form, const char *path)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && gate_write_report(report, form, true, cli_file_sink(file));
    ok = file && fclose(file) == 0 && ok;
    if (!ok)
        cli_complain("%s: %s", path, strerror(errno));
    return ok;
}
