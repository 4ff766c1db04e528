/* A case in the HTML report: its failures with their places, its transcript as a ladder. */
#include "html.h"

/* ---- failures ----------------------------------------------------------------------------------------------- */

static void write_requirement(tg_out *out, const char *id, bool rows)
{
    const tg_requirement *row = tg_requirement_find(id);
    if (!row) {
        tg_html_row(out, "requirement", id);
        return;
    }
    tg_out_text(out, "<tr><th scope=\"row\">requirement</th><td>");
    if (rows) {
        tg_out_text(out, "<a href=\"#r-");
        tg_out_xml(out, row->id);
        tg_out_text(out, "\">");
    }
    tg_out_xml(out, row->id);
    tg_out_text(out, rows ? "</a> (" : " (");
    tg_out_xml(out, row->source);
    tg_out_text(out, " ");
    tg_out_xml(out, row->clause);
    tg_out_text(out, ", ");
    tg_out_text(out, tg_level_name(row->level));
    tg_out_text(out, "): ");
    tg_out_xml(out, row->text);
    tg_out_text(out, "</td></tr>\n");
}

static void write_place(tg_out *out, const tg_report_failure *failure)
{
    if (!failure->has_place) {
        tg_html_row(out, "path", failure->path);
        return;
    }
    tg_out_text(out, "<tr><th scope=\"row\">place</th><td>");
    tg_out_xml(out, failure->path);
    tg_out_text(out, tg_has_text(failure->path) ? ", octet " : "octet ");
    tg_out_number(out, failure->offset);
    if (failure->length > 1) {
        tg_out_text(out, " to ");
        tg_out_number(out, failure->offset + failure->length - 1);
    }
    tg_out_text(out, "</td></tr>\n");
}

static void write_message(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    if (!failure->has_message || failure->message >= c->num_transcript)
        return;
    tg_out_text(out, "<tr><th scope=\"row\">message</th><td>");
    tg_out_number(out, failure->message);
    tg_out_text(out, " ");
    tg_out_xml(out, c->transcript[failure->message].type);
    tg_out_text(out, "</td></tr>\n");
}

static void write_failure(tg_out *out, const tg_report_case *c, const tg_report_failure *failure, bool rows)
{
    tg_bytes octets = tg_failure_octets(c, failure);
    tg_html_element(out, "h3", NULL, failure->what);
    tg_out_text(out, "<div class=\"scroll\"><table>\n");
    if (tg_has_text(failure->requirement))
        write_requirement(out, failure->requirement, rows);
    tg_html_row(out, "failed as", tg_report_side_name(failure->side));
    tg_html_row(out, "profile", failure->profile);
    write_message(out, c, failure);
    write_place(out, failure);
    tg_html_row(out, "expected", failure->expected);
    tg_html_row(out, "got", failure->got);
    tg_html_row(out, "error class", failure->error_class);
    tg_html_row(out, "known", failure->expected_failure);
    tg_out_text(out, "</table></div>\n");
    if (failure->has_place && octets.len > 0)
        tg_html_hex(out, octets, failure->offset, failure->length);
}

/* ---- transcript --------------------------------------------------------------------------------------------- */

enum { NUM_LANES = 3 };
static const char *const lanes[NUM_LANES] = { "initiator", "responder", "kms" };

static size_t lane_of(const char *party)
{
    size_t lane = 0;
    while (lane < NUM_LANES && strcmp(lanes[lane], tg_or_empty(party)) != 0)
        lane++;
    return lane;
}

static void write_lanes(tg_out *out, size_t num)
{
    for (size_t i = 0; i < num; i++)
        tg_out_text(out, "<td class=\"lane\"></td>");
}

static void write_party(tg_out *out, const char *party, bool iut)
{
    tg_html_element(out, "span", iut ? "iut" : NULL, party);
}

/* The arrow spans the lanes from one party to the other; parties that have no lane are named instead. */
static void write_arrow(tg_out *out, const tg_report_message *message)
{
    size_t from = lane_of(message->from), to = lane_of(message->to);
    bool known = from < NUM_LANES && to < NUM_LANES;
    size_t first = !known ? 0 : from < to ? from : to;
    size_t last = !known ? NUM_LANES - 1 : from < to ? to : from;
    bool left = known && to < from;
    write_lanes(out, first);
    tg_out_text(out, "<td class=\"way\" colspan=\"");
    tg_out_number(out, last - first + 1);
    tg_out_text(out, left ? "\">\xe2\x86\x90 " : "\">");
    write_party(out, left ? message->to : message->from, left ? message->to_iut : message->from_iut);
    tg_out_text(out, " ");
    tg_html_element(out, "strong", NULL, tg_has_text(message->type) ? message->type : "message");
    tg_out_text(out, " ");
    write_party(out, left ? message->from : message->to, left ? message->from_iut : message->to_iut);
    tg_out_text(out, left ? "</td>" : " \xe2\x86\x92</td>");
    write_lanes(out, NUM_LANES - 1 - last);
}

static bool is_about(const tg_report_case *c, size_t message)
{
    for (size_t i = 0; i < c->num_failures; i++) {
        if (c->failures[i].has_message && c->failures[i].message == message)
            return true;
    }
    return false;
}

static void write_transcript(tg_out *out, const tg_report_case *c)
{
    if (c->num_transcript == 0)
        return;
    tg_out_text(
        out, "<h3>Messages</h3>\n<p class=\"soft\">The implementation under test is underlined; \xe2\x9c\x97 marks a "
             "message in which something failed.</p>\n"
             "<div class=\"scroll\"><table class=\"ladder\">\n<tr><th>#</th><th>exchange</th><th "
             "class=\"party\">Initiator</th>"
             "<th class=\"party\">Responder</th><th class=\"party\">KMS</th><th>received</th><th>octets</th></tr>\n");
    for (size_t i = 0; i < c->num_transcript; i++) {
        const tg_report_message *message = &c->transcript[i];
        bool failed = is_about(c, i);
        tg_out_text(out, failed ? "<tr class=\"at\"><td>\xe2\x9c\x97 " : "<tr><td>");
        tg_out_number(out, i);
        tg_out_text(out, "</td>");
        /* Put in from outside, it belongs to none. */
        tg_html_element(out, "td", NULL, tg_has_text(message->exchange) ? message->exchange : "\xe2\x80\x93");
        write_arrow(out, message);
        tg_html_element(out, "td", NULL, message->reception);
        tg_out_text(out, "<td><details><summary>");
        tg_out_number(out, message->octets.len);
        tg_out_text(out, "</summary><code>");
        tg_out_hex(out, message->octets);
        tg_out_text(out, "</code></details></td></tr>\n");
    }
    tg_out_text(out, "</table></div>\n");
}

/* ---- the case ----------------------------------------------------------------------------------------------- */

static void write_command(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    tg_html_element(out, "h3", NULL, label);
    tg_html_element(out, "pre", NULL, text);
    tg_out_text(out, "\n");
}

void tg_html_case(tg_out *out, const tg_report_case *c, bool open, bool rows)
{
    const char *verdict = tg_verdict_name(c->verdict);
    bool expected = c->verdict == TG_VERDICT_FAILED && !tg_fails_run(c);
    tg_out_text(out, "<details id=\"");
    tg_html_anchor(out, c->id);
    tg_out_text(out, open ? "\" open=\"open\"><summary>" : "\"><summary>");
    tg_html_element(out, "span", expected ? "word expected" : verdict, expected ? "expected to fail" : verdict);
    tg_out_text(out, " ");
    tg_html_element(out, "code", NULL, c->id);
    tg_out_text(out, " ");
    tg_out_xml(out, c->title);
    tg_out_text(out, "</summary>\n<div class=\"scroll\"><table>\n");
    tg_html_row(out, "group", c->group);
    tg_html_row(out, "role", c->role);
    tg_html_row(out, "profile", c->profile);
    tg_html_row(out, "reason", c->reason);
    tg_html_row(out, "note", c->note);
    tg_html_row(out, "broke down", c->fault);
    tg_html_masked_row(out, "it says", c->said);
    tg_html_row(out, "known", c->expected_failure);
    tg_out_text(out, "</table></div>\n");
    for (size_t i = 0; i < c->num_failures; i++)
        write_failure(out, c, &c->failures[i], rows);
    write_transcript(out, c);
    write_command(out, "To run this case alone", c->rerun);
    write_command(out, "To expect this failure", c->suppress);
    tg_out_text(out, "</details>\n");
}
