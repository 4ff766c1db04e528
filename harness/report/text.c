/* The report for people. */
#include "out.h"

enum { INDENT = 14, LABEL = 10 };

static void write_labelled(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    tg_out_blanks(out, INDENT);
    tg_out_text(out, label);
    tg_out_blanks(out, LABEL - strlen(label));
    tg_out_plain(out, text);
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

static void write_place(tg_out *out, const tg_report_failure *failure, tg_bytes octets)
{
    if (!failure->has_place) {
        write_labelled(out, "path", failure->path);
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

static void write_failure(tg_out *out, const tg_report_failure *failure, tg_bytes octets)
{
    tg_out_blanks(out, INDENT);
    tg_out_plain(out, failure->what);
    tg_out_text(out, "\n");
    write_labelled(out, "profile", failure->profile);
    if (tg_has_text(failure->requirement))
        write_requirement(out, failure->requirement);
    write_place(out, failure, octets);
    write_labelled(out, "expected", failure->expected);
    write_labelled(out, "got", failure->got);
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
    write_labelled(out, "reason", c->reason);
    write_labelled(out, "note", c->note);
    for (size_t i = 0; i < c->num_failures; i++)
        write_failure(out, &c->failures[i], c->octets);
    if (c->verdict == TG_VERDICT_FAILED || c->verdict == TG_VERDICT_INCONCLUSIVE)
        write_labelled(out, "rerun", c->rerun);
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
    tg_out_text(out, report->interrupted ? "; interrupted\n" : "\n");
}

bool tg_report_write_text(const tg_report *report, bool all, tg_report_sink sink)
{
    tg_out out = { sink, false };
    for (size_t i = 0; i < report->num_cases; i++) {
        const tg_report_case *c = &report->cases[i];
        if (all || c->verdict == TG_VERDICT_FAILED || c->verdict == TG_VERDICT_INCONCLUSIVE)
            write_case(&out, c);
    }
    write_summary(&out, report);
    return !out.failed;
}
