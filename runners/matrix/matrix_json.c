/* The matrix as JSON: runners/schemas/requirements.schema.json. */
#include <stdio.h>

#include "matrix.h"

static void add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

static void add_string_member(tg_text *out, const char *name, const char *value)
{
    tg_json_add_string(name, out);
    add(out, ":");
    tg_json_add_string(value, out);
}

static void add_number_member(tg_text *out, const char *name, unsigned value)
{
    char number[24];
    tg_json_add_string(name, out);
    snprintf(number, sizeof number, ":%u", value);
    add(out, number);
}

static void add_names(tg_text *out, const char *const *names)
{
    add(out, "[");
    for (size_t i = 0; names && names[i]; i++) {
        add(out, i ? "," : "");
        tg_json_add_string(names[i], out);
    }
    add(out, "]");
}

/* "A B" to ["A","B"] */
static void add_words(tg_text *out, const char *words)
{
    char word[64];
    add(out, "[");
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, at);
        add(out, at > words ? "," : "");
        tg_json_add_string(word, out);
        at += len;
    }
    add(out, "]");
}

void matrix_add_row(const tg_requirement *row, tg_text *out)
{
    const struct {
        const char *name, *value;
    } members[] = {
        { "id", row->id },
        { "source", row->source },
        { "clause", row->clause },
        { "level", tg_level_name(row->level) },
        { "binds", row->binds },
        { "message", row->message },
        { "room", row->room },
        { "how", tg_how_name(row->how) },
        { "on_receive", tg_on_receive_name(row->on_receive) },
        { "text", row->text },
        { "note", row->note },
    };
    const matrix_row *of = matrix_of(row);
    add(out, "{");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        add_string_member(out, members[i].name, members[i].value);
        add(out, ",");
    }
    add(out, "\"shown_by\":");
    add_words(out, row->shown_by);
    add(out, ",\"checks\":");
    add_names(out, of->names[MATRIX_CHECKS]);
    add(out, ",\"vectors\":{\"keep\":");
    add_names(out, of->names[MATRIX_KEEP]);
    add(out, ",\"break\":");
    add_names(out, of->names[MATRIX_BREAK]);
    add(out, "},\"cases\":");
    add_names(out, of->names[MATRIX_CASES]);
    add(out, ",\"mutants\":");
    add_names(out, of->names[MATRIX_MUTANTS]);
    static const char *const counted[] = { "checks", "keep", "break", "cases", "mutants" };
    add(out, ",\"counts\":{");
    for (size_t i = 0; i < MATRIX_NUM_PARTS; i++) {
        add(out, i ? "," : "");
        add_number_member(out, counted[i], of->count[i]);
    }
    add(out, matrix_is_complete(row) ? "},\"complete\":true}" : "},\"complete\":false}");
}

static void add_counts(tg_text *out, const char *source)
{
    matrix_counts counts = matrix_count(source);
    const struct {
        const char *name;
        unsigned value;
    } members[] = {
        { "rows", counts.rows },           { "testable", counts.testable },
        { "judged", counts.judged },       { "checked", counts.checked },
        { "kept", counts.kept },           { "broken", counts.broken },
        { "with_case", counts.with_case }, { "with_mutant", counts.with_mutant },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        add_number_member(out, members[i].name, members[i].value);
        add(out, ",");
    }
    add(out, "\"how\":{");
    for (int i = 0; i <= TG_HOW_PLANNED; i++) {
        add(out, i ? "," : "");
        add_number_member(out, tg_how_name((tg_how)i), counts.how[i]);
    }
    add(out, "},\"level\":{");
    for (int i = 0; i <= TG_LEVEL_MAY; i++) {
        add(out, i ? "," : "");
        add_number_member(out, tg_level_name((tg_level)i), counts.level[i]);
    }
    add(out, "}");
}

void matrix_add_summary(tg_text *out)
{
    size_t num;
    const matrix_source *sources = matrix_sources(&num);
    add(out, "{\"all\":{");
    add_counts(out, NULL);
    add(out, "},\"sentences\":[");
    for (size_t i = 0; i < num; i++) {
        add(out, i ? ",{" : "{");
        add_string_member(out, "source", sources[i].name);
        add(out, ",");
        add_number_member(out, "sentences", sources[i].sentences);
        add(out, ",");
        add_number_member(out, "with_row", sources[i].with_row);
        add(out, ",");
        add_number_member(out, "out_of_scope", sources[i].out_of_scope);
        add(out, ",");
        add_counts(out, sources[i].name);
        add(out, "}");
    }
    add(out, "]}");
}
