/* The matrix as one HTML file that reads without scripts. */
#include <stdio.h>

#include "matrix.h"

static const char *const part_titles[] = { "Checks", "Kept by", "Broken by", "Cases of the gate", "Mutants" };

static void add(tg_text *out, const char *text)
{
    tg_text_add(out, text, strlen(text));
}

/* Text of the catalogue as HTML text, or as a value between double quotes. */
static void add_escaped(tg_text *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': add(out, "&lt;"); break;
        case '>': add(out, "&gt;"); break;
        case '&': add(out, "&amp;"); break;
        case '"': add(out, "&quot;"); break;
        default: tg_text_add(out, text, 1);
        }
    }
}

static void add_cell(tg_text *out, const char *tag, const char *text)
{
    add(out, "<");
    add(out, tag);
    add(out, ">");
    add_escaped(out, text);
    add(out, "</");
    add(out, tag);
    add(out, ">");
}

static void add_number(tg_text *out, const char *tag, unsigned number)
{
    char text[24];
    snprintf(text, sizeof text, "%u", number);
    add_cell(out, tag, text);
}

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b;"
    "background:#fff}"
    "table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left;"
    "vertical-align:top}th{background:#eee}td.n{text-align:right}.gap{background:#fbe3e1}.later{color:#595959}"
    "code{font-size:.92em}details{margin:.2em 0}summary{cursor:pointer}@media print{details>*{display:block}}";

static void add_source_row(tg_text *out, const char *source, const char *title)
{
    matrix_counts counts = matrix_count(source);
    add(out, "<tr>");
    add_cell(out, "th", title);
    const unsigned numbers[] = { counts.rows, counts.level[TG_LEVEL_MUST], counts.level[TG_LEVEL_SHOULD],
                                 counts.level[TG_LEVEL_MAY], counts.judged, counts.checked, counts.kept, counts.broken,
                                 counts.how[TG_HOW_BEHAVIOUR], counts.with_case, counts.with_mutant,
                                 counts.how[TG_HOW_PLANNED], counts.how[TG_HOW_NONE] };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        add_number(out, "td", numbers[i]);
    add(out, "</tr>\n");
}

static void add_sources(tg_text *out)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    add(out, "<h2>Rows by source</h2>\n<table><tr><th>Source</th><th>Rows</th><th>MUST</th><th>SHOULD</th><th>MAY</th>"
             "<th>Judged in messages</th><th>with check</th><th>kept</th><th>broken</th><th>Behaviour</th>"
             "<th>with case</th><th>with mutant</th><th>Planned</th><th>None</th></tr>\n");
    for (size_t i = 0; i < num; i++) {
        if (i == 0 || strcmp(all[i].source, all[i - 1].source) != 0) /* ids begin with the source */
            add_source_row(out, all[i].source, all[i].source);
    }
    add_source_row(out, NULL, "All");
    add(out, "</table>\n<h2>Sentences with a requirement keyword</h2>\n<table><tr><th>Source</th><th>Sentences</th>"
             "<th>with a row</th><th>out of scope, with a reason</th></tr>\n");
    const matrix_source *sources = matrix_sources(&num);
    for (size_t i = 0; i < num; i++) {
        add(out, "<tr>");
        add_cell(out, "th", sources[i].name);
        add_number(out, "td", sources[i].sentences);
        add_number(out, "td", sources[i].with_row);
        add_number(out, "td", sources[i].out_of_scope);
        add(out, "</tr>\n");
    }
    add(out, "</table>\n");
}

/* Each room once, in the order in which the catalogue first names it. */
static void add_rooms(tg_text *out)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    add(out, "<h2>Rows by room</h2>\n<table><tr><th>Room</th><th>Rows</th></tr>\n");
    for (size_t i = 0; i < num; i++) {
        bool seen = false;
        unsigned rows = 0;
        for (size_t k = 0; k < num; k++) {
            bool same = strcmp(all[i].room, all[k].room) == 0;
            seen |= same && k < i;
            rows += same;
        }
        if (seen)
            continue;
        add(out, "<tr>");
        add_cell(out, "th", strcmp(all[i].room, "-") == 0 ? "none" : all[i].room);
        add_number(out, "td", rows);
        add(out, "</tr>\n");
    }
    add(out, "</table>\n");
}

static void add_links(tg_text *out, const char *words)
{
    for (const char *at = words; *at; at += strspn(at, " ")) {
        char word[64];
        size_t len = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, at);
        add(out, " <a href=\"#");
        add_escaped(out, word);
        add(out, "\">");
        add_escaped(out, word);
        add(out, "</a>");
        at += len;
    }
}

static void add_names(tg_text *out, const matrix_row *of, matrix_part part)
{
    char title[64];
    unsigned own = 0;
    while (of->names[part] && of->names[part][own])
        own++;
    if (of->count[part] == 0)
        return;
    snprintf(title, sizeof title, own < of->count[part] ? "%s: %u (%u of its own)" : "%s: %u", part_titles[part],
             of->count[part], own);
    add(out, "<details>");
    add_cell(out, "summary", title);
    for (unsigned i = 0; i < own; i++) {
        add(out, i ? ", " : "");
        add_cell(out, "code", of->names[part][i]);
    }
    add(out, "</details>");
}

static void add_requirement(tg_text *out, const tg_requirement *row)
{
    const matrix_row *of = matrix_of(row);
    bool later = row->how == TG_HOW_NONE || row->how == TG_HOW_PLANNED;
    add(out, matrix_is_complete(row) ? later ? "<tr class=\"later\" id=\"" : "<tr id=\"" : "<tr class=\"gap\" id=\"");
    add_escaped(out, row->id);
    add(out, "\"><td><code>");
    add_escaped(out, row->id);
    add(out, "</code></td>");
    add_cell(out, "td", tg_level_name(row->level));
    add_cell(out, "td", row->binds);
    add_cell(out, "td", row->message);
    add_cell(out, "td", tg_how_name(row->how));
    add_cell(out, "td", tg_on_receive_name(row->on_receive));
    add(out, "<td>");
    add_escaped(out, row->text);
    if (row->note[0]) {
        add(out, "<br><em>");
        add_escaped(out, row->note);
        add(out, "</em>");
    }
    if (row->shown_by[0]) {
        add(out, "<br>Shown by");
        add_links(out, row->shown_by);
    }
    for (int part = 0; part < MATRIX_NUM_PARTS; part++)
        add_names(out, of, (matrix_part)part);
    if (!matrix_is_complete(row))
        add(out, "<br><strong>Something is missing that shows this row.</strong>");
    add(out, "</td></tr>\n");
}

void matrix_add_html(const char *version, tg_text *out)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Ticketgate: requirements, "
             "checks and vectors</title>\n<meta name=\"viewport\" content=\"width=device-width\"><style>");
    add(out, style);
    add(out, "</style></head>\n<body><h1>Requirements, checks and vectors</h1>\n<p>Ticketgate ");
    add_escaped(out, version);
    add(out, ". Each row is a requirement in our own words; what judges it, which vectors and golden conversations keep "
             "and break it, which cases of the gate are about it and which mutants of the reference break it unfold "
             "beneath. A row that says again what others check is shown by them.</p>\n");
    add_sources(out);
    add_rooms(out);
    for (size_t i = 0; i < num; i++) {
        if (i == 0 || strcmp(all[i].source, all[i - 1].source) != 0) {
            add_cell(out, "h2", all[i].source);
            add(out, "\n<table><tr><th>Id</th><th>Level</th><th>Binds</th><th>Message</th><th>How</th>"
                     "<th>Receiver</th><th>What it asks</th></tr>\n");
        }
        add_requirement(out, &all[i]);
        if (i + 1 == num || strcmp(all[i].source, all[i + 1].source) != 0)
            add(out, "</table>\n");
    }
    add(out, "</body></html>\n");
}
