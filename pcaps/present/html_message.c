/* What the page says of a message, a connection, a container; rows of the table of findings. */
#include "html.h"

#include "ticketgate/smime.h"

enum { ROW = 16, MOST_HEX = 4096, MOST_TREE = 65536, MOST_TEXT = 1000 };

/* ---- findings ----------------------------------------------------------------------------------------------- */

static void add_requirement(tg_text *out, const tg_requirement *row)
{
    tgp_add(out, "<td class=\"%s word\">%s</td><td>%s</td><td>%s %s</td>",
            row->level == TG_LEVEL_MUST ? "bad" : "should", tg_level_name(row->level), row->id, row->source,
            row->clause);
}

static void add_wording(tg_text *out, const tg_requirement *row, const char *text)
{
    tgp_add(out, "<td>");
    tgp_add_xml(out, row->text, MOST_TEXT);
    if (text[0]) {
        tgp_add(out, "<br/>");
        tgp_add_xml(out, text, MOST_TEXT);
    }
    tgp_add(out, "</td>");
}

static void add_places(tg_text *out, const tgp_placed_finding *f)
{
    tgp_add(out, "<td>");
    tgp_add_xml(out, f->finding->path, MOST_TEXT);
    tgp_add(out, "%soctet %zu", f->finding->path[0] ? ", " : "", f->finding->offset);
    if (f->finding->length > 1)
        tgp_add(out, " to %zu", f->finding->offset + f->finding->length - 1);
    tgp_add(out, "</td><td>");
    tgp_add_place(out, f->has_frame, f->frame, f->frame_offset, f->frame_length);
    tgp_add(out, "</td>");
}

static void add_findings(tg_text *out, const tgp_placed_finding *findings, size_t num)
{
    if (num == 0)
        return;
    tgp_add(out, "<h4>Findings</h4><div "
                 "class=\"scroll\"><table><tr><th>level</th><th>row</th><th>clause</th><th>what</th><th>place</th>"
                 "<th>in the frame</th></tr>\n");
    for (size_t i = 0; i < num; i++) {
        tgp_add(out, "<tr>");
        add_requirement(out, findings[i].finding->requirement);
        add_wording(out, findings[i].finding->requirement, findings[i].finding->text);
        add_places(out, &findings[i]);
        tgp_add(out, "</tr>\n");
    }
    tgp_add(out, "</table></div>\n");
}

static void add_call_link(tg_text *out, uint64_t call)
{
    if (call == TGP_NONE)
        tgp_add(out, "<td></td>");
    else
        tgp_add(out, "<td><a href=\"#call%llu\">%llu</a></td>", (unsigned long long)call, (unsigned long long)call);
}

void tgp_html_finding_row(tg_text *out, const tgp_placed_finding *f, uint64_t call, const char *anchor)
{
    tgp_add(out, "<tr>");
    add_requirement(out, f->finding->requirement);
    add_call_link(out, call);
    tgp_add(out, "<td><a href=\"#%s\">", anchor);
    if (f->has_frame)
        tgp_add_place(out, true, f->frame, f->frame_offset, f->frame_length);
    else
        tgp_add(out, "%s", anchor);
    tgp_add(out, "</a></td>");
    add_wording(out, f->finding->requirement, f->finding->text);
    tgp_add(out, "</tr>\n");
}

void tgp_html_trace_finding_row(tg_text *out, const tgp_trace_finding *f)
{
    tgp_add(out, "<tr>");
    add_requirement(out, f->requirement);
    add_call_link(out, f->call_number);
    tgp_add(out, "<td>");
    if (f->message != TGP_NONE)
        tgp_add(out, "<a href=\"#m%llu\">", (unsigned long long)f->message);
    else if (f->connection != TGP_NONE)
        tgp_add(out, "<a href=\"#c%llu\">", (unsigned long long)f->connection);
    if (f->has_place)
        tgp_add_place(out, true, f->frame, f->frame_offset, f->frame_length);
    else
        tgp_add(out, "frame %llu", (unsigned long long)f->frame);
    tgp_add(out, "%s</td>", f->message != TGP_NONE || f->connection != TGP_NONE ? "</a>" : "");
    add_wording(out, f->requirement, f->text);
    tgp_add(out, "</tr>\n");
}

/* ---- octets ------------------------------------------------------------------------------------------------- */

static bool is_marked(const tgp_trace_message *m, size_t at)
{
    for (size_t i = 0; i < m->num_findings; i++) {
        const tg_finding *f = m->findings[i].finding;
        if (f->length < m->octets.len && at >= f->offset && at - f->offset < f->length)
            return true;
    }
    return false;
}

/* The places of findings are marked; one about the whole message has nothing to point to. */
static void add_hex(tg_text *out, const tgp_trace_message *m)
{
    bool marked = false;
    size_t end = m->octets.len < MOST_HEX ? m->octets.len : MOST_HEX;
    tgp_add(out, "<h4>Octets</h4><pre class=\"hex\" tabindex=\"0\">");
    for (size_t at = 0; at < end; at++) {
        bool wanted = is_marked(m, at), row = at % ROW == 0;
        if (row)
            tgp_add(out, "%s%s%04zx ", marked ? "</mark>" : "", at ? "\n" : "", at);
        marked = marked && !row;
        tgp_add(out, "%s%02x", wanted == marked ? " " : wanted ? " <mark>" : "</mark> ", m->octets.data[at]);
        marked = wanted;
    }
    tgp_add(out, "%s", marked ? "</mark>" : "");
    if (end < m->octets.len)
        tgp_add(out, "\n... %zu more", m->octets.len - end);
    tgp_add(out, "</pre>\n");
}

static void add_tree(tg_text *out, const tgp_trace_message *m)
{
    tg_text tree = { 0 };
    if (!m->message)
        return;
    (void)tg_report_write_tree(m->message, tgp_text_sink(&tree));
    tgp_add(out, "<h4>Decoded</h4><pre class=\"tree\" tabindex=\"0\">");
    if (tree.data)
        tgp_add_xml(out, tree.data, MOST_TREE);
    tgp_add(out, "</pre>\n");
    out->failed = out->failed || tree.failed;
    tg_text_free(&tree);
}

/* ---- details ------------------------------------------------------------------------------------------------ */

static void begin_row(tg_text *out, const char *label)
{
    tgp_add(out, "<tr><th scope=\"row\">%s</th><td>", label);
}

static void add_about(tg_text *out, const tgp_trace_message *m)
{
    char time[TGP_TIME_MAX];
    tgp_time_text(m->time, time);
    tgp_add(out, "<table>\n");
    begin_row(out, "sent");
    tgp_add(out, "%s, %s, ", time, tgp_transport_name(m->transport));
    tgp_add_endpoint(out, &m->source);
    tgp_add(out, " to ");
    tgp_add_endpoint(out, &m->destination);
    tgp_add(out, "</td></tr>\n");
    begin_row(out, "in");
    tgp_add_xml(out, m->first_line, MOST_TEXT);
    if (m->carrier == TGP_CARRIER_SDP)
        tgp_add(out, m->m_line < 0 ? ", session level" : ", m-line %d", m->m_line + 1);
    tgp_add(out, "</td></tr>\n");
    if (m->conversation != TGP_NONE) {
        begin_row(out, "conversation");
        tgp_add(out, "%llu, ", (unsigned long long)m->conversation);
        tgp_add_xml(out, m->profile ? m->profile->name : "", MOST_TEXT);
        tgp_add(out, ", %s from %s</td></tr>\n", m->ex ? m->ex : "", tgp_sender_letter(m->from));
    }
    begin_row(out, "keys");
    tgp_add(out, "auth %s, ticket %s, Vr %s, KEMAC %s</td></tr>\n</table>\n", tg_outcome_name(m->auth),
            tg_outcome_name(m->ticket_auth), tg_outcome_name(m->vr_auth), tg_outcome_name(m->kemac));
}

void tgp_html_message(tg_text *out, const tgp_trace_message *m)
{
    const char *name = tgp_data_type_name(m->octets);
    bool fails = tgp_message_fails(m), copy = m->copy_of != TGP_NONE;
    tgp_mark mark = copy ? TGP_MARK_COPY : fails ? TGP_MARK_BAD : m->num_findings ? TGP_MARK_SHOULD : TGP_MARK_GOOD;
    tgp_add(out, "<details class=\"message\" id=\"m%llu\"><summary>frame %llu: ", (unsigned long long)m->number,
            (unsigned long long)m->frame);
    tgp_add(out, "%s", copy ? "" : name ? name : "not MIKEY");
    tgp_add(out, " <span class=\"word %s\">%s</span>", tgp_mark_class(mark), tgp_mark_word(mark));
    if (copy)
        tgp_add(out, " of <a href=\"#m%llu\">message %llu</a>", (unsigned long long)m->copy_of,
                (unsigned long long)m->copy_of);
    tgp_add(out, " <span class=\"soft\">");
    tgp_add_xml(out, m->first_line, TGP_STEP_LINE);
    tgp_add(out, "</span></summary>\n");
    add_about(out, m);
    if (!copy && !m->message) {
        tgp_add(out, "<p class=\"bad\">%s, octet %zu ", tg_status_text(m->error.status), m->error.offset);
        tgp_add_xml(out, m->error.path, MOST_TEXT);
        tgp_add(out, "</p>\n");
    }
    add_findings(out, m->findings, m->num_findings);
    if (m->num_findings_lost > 0)
        tgp_add(out, "<p>%zu more findings were not kept.</p>\n", m->num_findings_lost);
    add_tree(out, m);
    if (m->octets.len > 0)
        add_hex(out, m);
    tgp_add(out, "</details>\n");
}

/* What stands in the text form as a line, with its findings; `id` and `number` are what links lead to. */
static void add_box(tg_text *out, const char *kind, char id, uint64_t number, tg_text *line,
                    const tgp_placed_finding *findings, size_t num)
{
    if (line->len > 0)
        line->data[line->len - 1] = '\0'; /* its end */
    tgp_add(out, "<details class=\"%s\" id=\"%c%llu\"><summary class=\"%s\">", kind, id, (unsigned long long)number,
            tgp_any_must(findings, num) ? "bad" : "");
    tgp_add_xml(out, line->data, MOST_TEXT);
    tgp_add(out, "</summary>\n");
    add_findings(out, findings, num);
    tgp_add(out, "</details>\n");
    out->failed = out->failed || line->failed;
    tg_text_free(line);
}

void tgp_html_connection(tg_text *out, const tgp_trace_connection *c)
{
    tg_text line = { 0 };
    tgp_text_connection(&line, c);
    add_box(out, "connection", 'c', c->number, &line, c->findings, c->num_findings);
}

void tgp_html_container(tg_text *out, const tgp_trace_container *c)
{
    tg_text line = { 0 };
    tgp_text_container(&line, c);
    add_box(out, "container", 's', c->frame, &line, c->findings, c->num_findings);
}
