/* The requirements in the HTML report: a matrix by clause, and a table of each source. */
#include "html.h"

enum { MAX_LINKS = 12 };

static bool same_source(const tg_report_requirement *a, const tg_report_requirement *b)
{
    return strcmp(a->row->source, b->row->source) == 0;
}

static bool same_clause(const tg_report_requirement *a, const tg_report_requirement *b)
{
    return same_source(a, b) && strcmp(a->row->clause, b->row->clause) == 0;
}

/* A letter, so that nothing is told by colour alone. */
static const char *letter_of(tg_row_state state)
{
    static const char *const letters[TG_NUM_ROW_STATES] = {
        [TG_ROW_PASSED] = "\xe2\x9c\x93", [TG_ROW_FAILED] = "F",       [TG_ROW_INCONCLUSIVE] = "?",
        [TG_ROW_NOT_JUDGED] = "\xc2\xb7", [TG_ROW_NOT_TESTABLE] = "n", [TG_ROW_PLANNED] = "p",
    };
    return letters[state];
}

static const char *state_text(const tg_report_requirement *r)
{
    static const char *const words[TG_NUM_ROW_STATES] = {
        [TG_ROW_PASSED] = "passed",         [TG_ROW_FAILED] = "failed",
        [TG_ROW_NOT_JUDGED] = "not judged", [TG_ROW_INCONCLUSIVE] = "inconclusive",
        [TG_ROW_PLANNED] = "planned",       [TG_ROW_NOT_TESTABLE] = "not testable",
    };
    return r->state == TG_ROW_FAILED && r->expected ? "failed, as expected" : words[r->state];
}

static const char *state_class(const tg_report_requirement *r)
{
    return r->state == TG_ROW_FAILED && r->expected ? "expected" : tg_row_state_name(r->state);
}

static void write_box(tg_out *out, const tg_report_requirement *r)
{
    tg_out_text(out, "<a class=\"");
    tg_out_text(out, state_class(r));
    tg_out_text(out, "\" href=\"#r-");
    tg_out_xml(out, r->row->id);
    tg_out_text(out, "\" title=\"");
    tg_out_xml(out, r->row->id);
    tg_out_text(out, " ");
    tg_out_text(out, state_text(r));
    tg_out_text(out, ": ");
    tg_out_xml(out, r->row->text);
    tg_out_text(out, "\">");
    tg_out_text(out, letter_of(r->state));
    tg_out_text(out, "</a>");
}

static void write_matrix(tg_out *out, const tg_report *report)
{
    const tg_report_requirement *rows = report->requirements;
    tg_out_text(out, "<p class=\"soft\">");
    for (unsigned state = 0; state < TG_NUM_ROW_STATES; state++) {
        tg_report_requirement example = { .state = (tg_row_state)state };
        tg_out_text(out, state ? ", " : "");
        tg_out_text(out, letter_of(example.state));
        tg_out_text(out, " ");
        tg_out_text(out, state_text(&example));
    }
    tg_out_text(out, "</p>\n<table class=\"boxes\">\n");
    for (size_t i = 0; i < report->num_requirements; i++) {
        if (i == 0 || !same_clause(&rows[i - 1], &rows[i])) {
            tg_out_text(out, i ? "</td></tr>\n<tr><th scope=\"row\">" : "<tr><th scope=\"row\">");
            tg_out_xml(out, rows[i].row->source);
            tg_out_text(out, " ");
            tg_out_xml(out, rows[i].row->clause);
            tg_out_text(out, "</th><td>");
        }
        write_box(out, &rows[i]);
    }
    tg_out_text(out, "</td></tr>\n</table>\n");
}

static void write_cases(tg_out *out, const tg_report_requirement *r)
{
    tg_out_text(out, "<td>");
    if (r->state != TG_ROW_FAILED && r->state != TG_ROW_INCONCLUSIVE) {
        tg_out_number(out, r->num_cases);
    } else {
        for (size_t i = 0; i < r->num_cases && i < MAX_LINKS; i++) {
            tg_out_text(out, i ? ", " : "");
            tg_html_link(out, r->cases[i]);
        }
        if (r->num_cases > MAX_LINKS) {
            tg_out_text(out, " and ");
            tg_out_number(out, r->num_cases - MAX_LINKS);
            tg_out_text(out, " more");
        }
    }
    tg_out_text(out, "</td>");
}

static void write_row(tg_out *out, const tg_report_requirement *r)
{
    tg_out_text(out, "<tr id=\"r-");
    tg_out_xml(out, r->row->id);
    tg_out_text(out, "\">");
    tg_html_element(out, "td", NULL, r->row->id);
    tg_html_element(out, "td", NULL, tg_level_name(r->row->level));
    tg_html_element(out, "td", state_class(r), state_text(r));
    tg_html_element(out, "td", NULL, r->row->text);
    if (r->is_counted) {
        tg_out_text(out, "<td>");
        tg_out_number(out, r->as_sender);
        tg_out_text(out, "</td><td>");
        tg_out_number(out, r->as_receiver);
        tg_out_text(out, "</td>");
    }
    write_cases(out, r);
    tg_out_text(out, "</tr>\n");
}

/* Open where a row of it failed. */
static void begin_source(tg_out *out, const tg_report *report, size_t first)
{
    const tg_report_requirement *rows = report->requirements;
    size_t num = 0, failed = 0;
    for (size_t i = first; i < report->num_requirements && same_source(&rows[first], &rows[i]); i++, num++)
        failed += rows[i].state == TG_ROW_FAILED;
    tg_out_text(out, failed ? "<details open=\"open\"><summary>" : "<details><summary>");
    tg_out_xml(out, rows[first].row->source);
    tg_out_text(out, ": ");
    tg_out_number(out, num);
    tg_out_text(out, " requirements, ");
    tg_out_number(out, failed);
    tg_out_text(out,
                " failed</summary>\n<div class=\"scroll\"><table>\n<tr><th>requirement</th><th>level</th><th>state</th>"
                "<th>wording</th>");
    if (rows[first].is_counted)
        tg_out_text(out, "<th title=\"messages of its own that were judged\">as sender</th>"
                         "<th title=\"what came and broke it, or had to be ignored or processed\">as receiver</th>");
    tg_out_text(out, "<th>cases</th></tr>\n");
}

void tg_html_requirements(tg_out *out, const tg_report *report)
{
    const tg_report_requirement *rows = report->requirements;
    if (report->num_requirements == 0)
        return;
    tg_out_text(out, "<section id=\"requirements\"><h2>Requirements</h2>\n");
    write_matrix(out, report);
    for (size_t i = 0; i < report->num_requirements; i++) {
        if (i == 0 || !same_source(&rows[i - 1], &rows[i])) {
            tg_out_text(out, i ? "</table></div></details>\n" : "");
            begin_source(out, report, i);
        }
        write_row(out, &rows[i]);
    }
    tg_out_text(out, "</table></div></details>\n</section>\n");
}
