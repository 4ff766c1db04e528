/* The report for people. */
#include "out.h"

enum { INDENT = 14, LABEL = 10, SHOWN_OCTETS = 64 };

static void write_label(tg_out *out, const char *label)
{
    tg_out_blanks(out, INDENT);
    tg_out_text(out, label);
    tg_out_blanks(out, LABEL - strlen(label));
}

static void write_labelled(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    write_label(out, label);
    tg_out_plain(out, text);
    tg_out_text(out, "\n");
}

/* Which message of the exchange it is about. */
static void write_message(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    if (!failure->has_message || failure->message >= c->num_transcript)
        return;
    const tg_report_message *message = &c->transcript[failure->message];
    write_label(out, "message");
    tg_out_number(out, failure->message);
    tg_out_text(out, ", ");
    tg_out_plain(out, message->type);
    tg_out_text(out, " from ");
    tg_out_plain(out, message->from);
    tg_out_text(out, " to ");
    tg_out_plain(out, message->to);
    tg_out_text(out, "\n");
}

static void write_requirement(tg_out *out, const char *id)
{
    const tg_requirement *requirement = tg_requirement_find(id);
    if (!requirement) {
        write_labelled(out, "rule", id);
        return;
    }
    tg_out_blanks(out, INDENT);
    tg_out_text(out, "rule      ");
    tg_out_text(out, requirement->id);
    tg_out_text(out, " (");
    tg_out_text(out, requirement->source);
    tg_out_text(out, " ");
    tg_out_text(out, requirement->clause);
    tg_out_text(out, ", ");
    tg_out_text(out, tg_level_name(requirement->level));
    tg_out_text(out, "): ");
    tg_out_text(out, requirement->text);
    tg_out_text(out, "\n");
}

/* A message without a place in it: how it begins. */
static void write_octets(tg_out *out, tg_bytes octets)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * SHOWN_OCTETS + 1];
    size_t num = octets.len < SHOWN_OCTETS ? octets.len : SHOWN_OCTETS;
    if (num == 0)
        return;
    for (size_t i = 0; i < num; i++) {
        hex[2 * i] = digits[octets.data[i] >> 4];
        hex[2 * i + 1] = digits[octets.data[i] & 15];
    }
    hex[2 * num] = '\0';
    write_label(out, "octets");
    tg_out_text(out, hex);
    if (num < octets.len) {
        tg_out_text(out, " ... ");
        tg_out_number(out, octets.len);
        tg_out_text(out, " octets, all of them in the report as json");
    }
    tg_out_text(out, "\n");
}

static void write_place(tg_out *out, const tg_report_failure *failure, tg_bytes octets)
{
    if (!failure->has_place) {
        write_labelled(out, "path", failure->path);
        if (failure->has_message)
            write_octets(out, octets);
        return;
    }
    tg_out_blanks(out, INDENT);
    tg_out_text(out, "place     ");
    tg_out_plain(out, failure->path);
    tg_out_text(out, tg_has_text(failure->path) ? ", octet " : "octet ");
    tg_out_number(out, failure->offset);
    if (failure->length > 1) {
        tg_out_text(out, " to ");
        tg_out_number(out, failure->offset + failure->length - 1);
    }
    tg_out_text(out, "\n");
    if (octets.len > 0 && !out->failed)
        out->failed = !tg_report_write_hex(octets, failure->offset, failure->length, INDENT, out->sink);
}

static void write_failure(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    tg_out_blanks(out, INDENT);
    tg_out_plain(out, failure->what);
    tg_out_text(out, "\n");
    write_labelled(out, "role", c->role);
    write_labelled(out, "profile", failure->profile);
    if (tg_has_text(failure->requirement))
        write_requirement(out, failure->requirement);
    write_labelled(out, "failed as", tg_report_side_name(failure->side));
    write_message(out, c, failure);
    write_place(out, failure, tg_failure_octets(c, failure));
    write_labelled(out, "expected", failure->expected);
    write_labelled(out, "got", failure->got);
    write_labelled(out, "class", failure->error_class);
    write_labelled(out, "known", failure->expected_failure);
}

static void write_case(tg_out *out, const tg_report_case *c)
{
    const char *verdict = tg_verdict_name(c->verdict);
    tg_out_text(out, verdict);
    tg_out_blanks(out, INDENT - strlen(verdict));
    tg_out_plain(out, c->id);
    tg_out_text(out, "  ");
    tg_out_plain(out, c->title);
    tg_out_text(out, "\n");
    if (c->num_failures == 0)
        write_labelled(out, "role", c->role);
    write_labelled(out, "reason", c->reason);
    write_labelled(out, "note", c->note);
    write_labelled(out, "fault", c->fault);
    if (tg_has_text(c->said)) {
        write_label(out, "it says");
        tg_out_masked(out, c->said, tg_out_plain);
        tg_out_text(out, "\n");
    }
    write_labelled(out, "known", c->expected_failure);
    for (size_t i = 0; i < c->num_failures; i++)
        write_failure(out, c, &c->failures[i]);
    if (c->verdict == TG_VERDICT_FAILED || c->verdict == TG_VERDICT_INCONCLUSIVE) {
        write_labelled(out, "rerun", c->rerun);
        write_labelled(out, "suppress", c->suppress);
    }
}

/* ---- what is beside the cases ------------------------------------------------------------------------------- */

/* Line by line. */
static void write_last_words(tg_out *out, const char *words)
{
    char masked[TG_MASKED_MAX];
    (void)tg_report_mask(tg_or_empty(words), masked, sizeof masked);
    const char *label = "it wrote";
    for (char *line = masked; *line; label = "") {
        size_t len = strcspn(line, "\n"), next = len + (line[len] == '\n');
        line[len] = '\0';
        write_label(out, label);
        tg_out_plain(out, line);
        tg_out_text(out, "\n");
        line += next;
    }
}

static bool same_breakdown(const tg_report_breakdown *a, const tg_report_breakdown *b)
{
    return strcmp(tg_or_empty(a->fault), tg_or_empty(b->fault)) == 0 &&
           strcmp(tg_or_empty(a->text), tg_or_empty(b->text)) == 0;
}

static void write_breakdown(tg_out *out, const tg_report_breakdown *breakdown, size_t num_like_it)
{
    tg_out_text(out, "broke down    ");
    tg_out_plain(out, breakdown->id);
    tg_out_text(out, "  ");
    tg_out_plain(out, breakdown->fault);
    if (tg_has_text(breakdown->text)) {
        tg_out_text(out, ": ");
        tg_out_masked(out, breakdown->text, tg_out_plain);
    }
    if (num_like_it > 0) {
        tg_out_text(out, "; and so in ");
        tg_out_number(out, num_like_it);
        tg_out_text(out, num_like_it == 1 ? " more after it" : " more after it, one after the other");
    }
    tg_out_text(out, "\n");
    write_last_words(out, breakdown->last_words);
}

/* Many of one kind in a row, as when it is gone for good, are one. */
static void write_breakdowns(tg_out *out, const tg_report *report)
{
    for (size_t i = 0, next; i < report->num_breakdowns; i = next) {
        next = i + 1;
        while (next < report->num_breakdowns && same_breakdown(&report->breakdowns[i], &report->breakdowns[next]))
            next++;
        if (next - i < 4) /* few are told one by one: each names its case */
            next = i + 1;
        write_breakdown(out, &report->breakdowns[i], next - i - 1);
    }
}

static void write_changes(tg_out *out, const tg_report *report)
{
    for (size_t i = 0; i < report->num_changes; i++) {
        const tg_report_change *change = &report->changes[i];
        tg_out_text(out, change->worse ? "worse         " : "changed       ");
        tg_out_plain(out, change->id);
        tg_out_text(out, "  was ");
        tg_out_plain(out, change->was);
        tg_out_text(out, ", is ");
        tg_out_plain(out, change->is);
        tg_out_text(out, "\n");
    }
}

static void write_stale(tg_out *out, const tg_report *report)
{
    for (size_t i = 0; i < report->num_stale; i++) {
        tg_out_text(out, "stale         ");
        tg_out_plain(out, report->stale[i].why);
        tg_out_text(out, ": ");
        tg_out_plain(out, report->stale[i].entry);
        tg_out_text(out, "\n");
    }
}

static void write_row(tg_out *out, const tg_report_requirement *r)
{
    tg_out_text(out, "  ");
    tg_out_text(out, r->row->id);
    tg_out_text(out, " (");
    tg_out_text(out, r->row->source);
    tg_out_text(out, " ");
    tg_out_text(out, r->row->clause);
    tg_out_text(out, ", ");
    tg_out_text(out, tg_level_name(r->row->level));
    tg_out_text(out, r->expected ? ", expected to fail): " : "): ");
    tg_out_text(out, r->row->text);
    tg_out_text(out, "\n");
}

static void write_requirements(tg_out *out, const tg_report *report)
{
    size_t of[TG_NUM_ROW_STATES] = { 0 };
    if (report->num_requirements == 0)
        return;
    for (size_t i = 0; i < report->num_requirements; i++)
        of[report->requirements[i].state]++;
    if (of[TG_ROW_FAILED] > 0)
        tg_out_text(out, "requirements failed:\n");
    for (size_t i = 0; i < report->num_requirements; i++) {
        if (report->requirements[i].state == TG_ROW_FAILED)
            write_row(out, &report->requirements[i]);
    }
    tg_out_text(out, "requirements: ");
    for (unsigned state = 0; state < TG_NUM_ROW_STATES; state++) {
        static const char *const words[TG_NUM_ROW_STATES] = { "passed",     "failed",       "inconclusive",
                                                              "not judged", "not testable", "planned" };
        tg_out_text(out, state ? ", " : "");
        tg_out_number(out, of[state]);
        tg_out_text(out, " ");
        tg_out_text(out, words[state]);
    }
    tg_out_text(out, "\n");
}

static void write_unexercised(tg_out *out, const tg_report *report)
{
    if (report->num_unexercised > 0)
        tg_out_text(out, "not exercised:\n");
    for (size_t i = 0; i < report->num_unexercised; i++) {
        const tg_report_unexercised *u = &report->unexercised[i];
        tg_out_text(out, "  ");
        tg_out_plain(out, u->what);
        tg_out_text(out, u->num_cases == 1 ? ": 1 case" : ": ");
        if (u->num_cases != 1) {
            tg_out_number(out, u->num_cases);
            tg_out_text(out, " cases");
        }
        if (tg_has_text(u->reason)) {
            tg_out_text(out, " (");
            tg_out_plain(out, u->reason);
            tg_out_text(out, ")");
        }
        tg_out_text(out, "\n");
    }
}

static void write_iut(tg_out *out, const tg_report *report)
{
    if (!report->iut)
        return;
    tg_out_text(out, "implementation: ");
    tg_out_plain(out, report->iut->name);
    tg_out_text(out, " ");
    tg_out_plain(out, report->iut->release);
    if (tg_has_text(report->iut->attached)) {
        tg_out_text(out, " (");
        tg_out_masked(out, report->iut->attached, tg_out_plain);
        tg_out_text(out, ")");
    }
    if (tg_has_text(report->seed)) {
        tg_out_text(out, ", seed ");
        tg_out_plain(out, report->seed);
    }
    tg_out_text(out, report->loose ? "; error classes were not compared\n" : "\n");
}

/* "; 3 failures expected" */
static void write_also(tg_out *out, size_t num, const char *one, const char *several)
{
    if (num == 0)
        return;
    tg_out_text(out, "; ");
    tg_out_number(out, num);
    tg_out_text(out, num == 1 ? one : several);
}

static void write_summary(tg_out *out, const tg_report *report)
{
    tg_report_counts counts = tg_report_count(report);
    tg_out_plain(out, report->suite);
    tg_out_text(out, ": ");
    for (unsigned verdict = 0; verdict < TG_NUM_VERDICTS; verdict++) {
        tg_out_text(out, verdict ? ", " : "");
        tg_out_number(out, counts.of[verdict]);
        tg_out_text(out, " ");
        tg_out_text(out, tg_verdict_name((tg_verdict)verdict));
    }
    write_also(out, counts.expected, " failure was expected", " failures were expected");
    write_also(out, report->num_stale, " stale expectation", " stale expectations");
    write_also(out, counts.worse, " change for the worse", " changes for the worse");
    tg_out_text(out, report->interrupted ? "; interrupted\n" : "\n");
}

bool tg_report_write_text(const tg_report *report, bool all, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        if (all || tg_fails_run(c) || c->verdict == TG_VERDICT_INCONCLUSIVE)
            write_case(&out, c);
    }
    write_breakdowns(&out, report);
    write_changes(&out, report);
    write_stale(&out, report);
    write_requirements(&out, report);
    write_unexercised(&out, report);
    write_iut(&out, report);
    write_summary(&out, report);
    return !out.failed;
}
