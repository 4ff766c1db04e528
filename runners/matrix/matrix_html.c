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
        case '<':
            add(out, "&lt;");
            break;
        case '>':
            add(out, "&gt;");
            break;
        case '&':
            add(out, "&amp;");
            break;
        case '"':
            add(out, "&quot;");
            break;
        default:
            tg_text_add(out, text, 1);
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
    add(out, "<");
    add(out, tag);
    add(out, " class=\"n\">");
    add(out, text);
    add(out, "</");
    add(out, tag);
    add(out, ">");
}

static void add_row_head(tg_text *out, const char *text)
{
    add(out, "<th scope=\"row\">");
    add_escaped(out, text);
    add(out, "</th>");
}

/* "RFC 6043" to "s-RFC-6043". */
static void add_anchor(tg_text *out, const char *source)
{
    add(out, "s-");
    for (; *source; source++)
        add_escaped(out, (const char[]){ *source == ' ' ? '-' : *source, '\0' });
}

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b;"
    "background:#fff}"
    "table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left;"
    "vertical-align:top}th{background:#eee}th[scope=row],a,code{white-space:nowrap}td.n{text-align:right}"
    "dt{font-weight:600}dd{margin:0 0 .4em 1.5em}nav ul{columns:3 14em;padding-left:1.2em}"
    ".gap,.gap td{background:#fbe3e1}.gap td.id{border-left:.4em solid #a40e26}.later{color:#595959}"
    "code{font-size:.92em}details{margin:.2em 0}summary{cursor:pointer}@media print{details>*{display:block}}";

static void add_source_row(tg_text *out, const char *source, const char *title)
{
    matrix_counts counts = matrix_count(source);
    add(out, "<tr>");
    add_row_head(out, title);
    const unsigned numbers[] = { counts.rows,
                                 counts.level[TG_LEVEL_MUST],
                                 counts.level[TG_LEVEL_SHOULD],
                                 counts.level[TG_LEVEL_MAY],
                                 counts.judged,
                                 counts.checked,
                                 counts.kept,
                                 counts.broken,
                                 counts.how[TG_HOW_BEHAVIOUR],
                                 counts.with_case,
                                 counts.with_mutant,
                                 counts.how[TG_HOW_PLANNED],
                                 counts.how[TG_HOW_NONE] };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        add_number(out, "td", numbers[i]);
    add(out, "</tr>\n");
}

static void add_sources(tg_text *out)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    add(out, "<h2 id=\"by-source\">Rows by "
             "source</h2>\n<table><tr><th>Source</th><th>Rows</th><th>MUST</th><th>SHOULD</th><th>MAY</th>"
             "<th>Judged in messages</th><th>with check</th><th>kept</th><th>broken</th><th>Behaviour</th>"
             "<th>with case</th><th>with mutant</th><th>Planned</th><th>None</th></tr>\n");
    for (size_t i = 0; i < num; i++) {
        if (i == 0 || strcmp(all[i].source, all[i - 1].source) != 0) /* ids begin with the source */
            add_source_row(out, all[i].source, all[i].source);
    }
    add_source_row(out, NULL, "All");
    add(out, "</table>\n<h2 id=\"sentences\">Sentences with a requirement "
             "keyword</h2>\n<table><tr><th>Source</th><th>Sentences</th>"
             "<th>with a row</th><th>out of scope, with a reason</th></tr>\n");
    const matrix_source *sources = matrix_sources(&num);
    for (size_t i = 0; i < num; i++) {
        add(out, "<tr>");
        add_row_head(out, sources[i].name);
        add_number(out, "td", sources[i].sentences);
        add_number(out, "td", sources[i].with_row);
        add_number(out, "td", sources[i].out_of_scope);
        add(out, "</tr>\n");
    }
    add(out, "</table>\n");
}

/* The room behind `after` in the alphabet, or NULL. */
static const char *next_room(const char *after, unsigned *rows)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    const char *next = NULL;
    *rows = 0;
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].room, after) <= 0)
            continue;
        int order = next ? strcmp(all[i].room, next) : -1;
        if (order < 0) {
            next = all[i].room;
            *rows = 0;
        }
        *rows += order <= 0;
    }
    return next;
}

static void add_rooms(tg_text *out)
{
    unsigned rows;
    add(out, "<h2 id=\"by-room\">Rows by room</h2>\n<p>The part of Ticketgate that judges a row.</p>\n"
             "<table><tr><th>Room</th><th>Rows</th></tr>\n");
    for (const char *room = next_room("", &rows); room; room = next_room(room, &rows)) {
        add(out, "<tr>");
        add_row_head(out, strcmp(room, "-") == 0 ? "none" : room);
        add_number(out, "td", rows);
        add(out, "</tr>\n");
    }
    add(out, "</table>\n");
}

static void add_term(tg_text *out, const char *term, const char *text)
{
    add_cell(out, "dt", term);
    add_cell(out, "dd", text);
}

static void add_legend(tg_text *out)
{
    add(out, "<h2 id=\"legend\">What the words mean</h2>\n<dl>");
    add_term(out, "How",
             "What shows whether it is kept: parse (reading the octets), check (one message), exchange (a "
             "conversation with its keys), behaviour (what a live implementation does with what comes), planned "
             "(nothing yet), none (no message can show it; the note says why).");
    add_term(out, "Receiver",
             "What it must do with a message that breaks the row: reject it, ignore what is wrong, or either.");
    add_term(out, "Binds", "Who has to keep it.");
    add_term(out, "Kept by, Broken by",
             "Golden vectors and conversations in which the row is kept, and those in which it is "
             "broken and must be found. Of its own: those made for this row.");
    add_term(out, "Cases, Mutants",
             "Cases of the gate about it, and wrong variants of the reference that the gate must fail by "
             "this row and no other.");
    add_term(out, "Room", "The part of Ticketgate that judges it.");
    add_term(out, "Gap", "A row on red, with a bar before its id: something is missing that would show it.");
    add(out, "</dl>\n");
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

static void add_contents(tg_text *out)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    unsigned gaps = 0;
    add(out,
        "<nav><ul>\n<li><a href=\"#legend\">What the words mean</a></li>\n<li><a href=\"#by-source\">Rows by source</a>"
        "</li>\n<li><a href=\"#sentences\">Sentences with a requirement keyword</a></li>\n<li><a "
        "href=\"#by-room\">Rows "
        "by room</a></li>\n");
    for (size_t i = 0; i < num; i++) {
        gaps += !matrix_is_complete(&all[i]);
        if (i > 0 && strcmp(all[i].source, all[i - 1].source) == 0)
            continue;
        add(out, "<li><a href=\"#");
        add_anchor(out, all[i].source);
        add(out, "\">");
        add_escaped(out, all[i].source);
        add(out, "</a></li>\n");
    }
    add(out, "</ul></nav>\n");
    add(out, gaps ? "<p class=\"gap\">Gaps:" : "<p>No row has a gap.");
    for (size_t i = 0; gaps && i < num; i++) {
        if (!matrix_is_complete(&all[i]))
            add_links(out, all[i].id);
    }
    add(out, "</p>\n");
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
    add(out, "\"><td class=\"id\"><code>");
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
        add(out, "<br><strong>Gap: something is missing that shows this row.</strong>");
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
    add(out,
        ". Each row is a requirement in our own words; what judges it, which vectors and golden conversations keep "
        "and break it, which cases of the gate are about it and which mutants of the reference break it unfold "
        "beneath. A row that says again what others check is shown by them.</p>\n");
    add_contents(out);
    add_legend(out);
    add_sources(out);
    add_rooms(out);
    for (size_t i = 0; i < num; i++) {
        if (i == 0 || strcmp(all[i].source, all[i - 1].source) != 0) {
            add(out, "<h2 id=\"");
            add_anchor(out, all[i].source);
            add(out, "\">");
            add_escaped(out, all[i].source);
            add(out, "</h2>\n<table><tr><th>Id</th><th>Level</th><th>Binds</th><th>Message</th><th>How</th>"
                     "<th>Receiver</th><th>What it asks</th></tr>\n");
        }
        add_requirement(out, &all[i]);
        if (i + 1 == num || strcmp(all[i].source, all[i + 1].source) != 0)
            add(out, "</table>\n");
    }
    add(out, "</body></html>\n");
}
