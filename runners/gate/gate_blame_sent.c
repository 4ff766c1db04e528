/* The IUT as a sender: what the judge finds in its messages, and what its peers made of them. */
#include <string.h>

#include "gate_blame.h"
#include "ticketgate/registry_values.h"

/* Where the first row is broken in a message, the second is for no other reason. */
static bool follows(const tg_judgement *j, const char *id)
{
    static const char *const pairs[][2] = {
        { "RFC6043-6.2.1-02", "RFC6043-4.2.1.5-x02" },    { "RFC6043-6.2.1-02", "RFC6043-4.2.3.5-x02" },
        { "RFC6043-A-x01", "RFC6043-A.1-08" },            { "RFC6043-6.1.1-02", "RFC6043-4.2.2.3-03" },
        { "RFC6043-4.2.2.3-10", "TS33328-6.2.3.6-02" },   { "TS33328-H.1-02", "RFC6043-6.1.1-x07" },
    };
    for (size_t n = 0; n < sizeof pairs / sizeof *pairs; n++) {
        for (size_t i = 0; i < j->num_findings && strcmp(id, pairs[n][1]) == 0; i++) {
            if (strcmp(j->findings[i]->requirement->id, pairs[n][0]) == 0)
                return true;
        }
    }
    return false;
}

/* What an IUT that leaves out its identities, as it is told, does not keep. */
static bool is_of_ids(const char *id)
{
    static const char *const rows[] = { "RFC6043-4.2.1.1-06", "RFC6043-4.2.1.2-01", "RFC6043-4.2.2.1-04",
                                        "RFC6043-4.2.3.1-05", "RFC6043-4.2.3.2-01" };
    bool any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        any = any || strcmp(rows[i], id) == 0;
    return any;
}

static bool counts(const gate_exchange *x, const gate_step *step, const tg_finding *finding, bool after_deviation)
{
    if ((x->must_only && finding->requirement->level != TG_LEVEL_MUST) ||
        (x->ids_left_out && is_of_ids(finding->requirement->id)))
        return false;
    /* Answers to what is wrong repeat its faults; Errors have rows of their own. */
    return !after_deviation || (step->data_type == TG_DATA_TYPE_ERROR &&
                                strncmp(finding->requirement->id, "RFC6043-5.4-", 12) == 0);
}

/* "expected V=1, found V=0": both halves. */
static void say_finding(keeping *k, const char *text, tg_report_failure *f)
{
    static const char begin[] = "expected ", between[] = ", found ";
    const char *found = strstr(text, between);
    bool both = found && strncmp(text, begin, sizeof begin - 1) == 0;
    f->expected = both ? keep_text(k, "%.*s", (int)(found - text) - (int)(sizeof begin - 1), text + sizeof begin - 1) : NULL;
    f->got = keep_text(k, "%s", both ? found + sizeof between - 1 : text);
}

bool gate_judge_sent(const gate_exchange *x, gate_verdict *v, size_t s, bool after_deviation)
{
    gate_step *step = &x->steps[s];
    const tg_judgement *j = step->judgement;
    bool fatal = false;
    if (!j)
        return true;
    step->extent = !after_deviation                            ? GATE_JUDGED
                   : step->data_type == TG_DATA_TYPE_ERROR ? GATE_JUDGED_AS_ERROR
                                                               : GATE_NOT_JUDGED;
    for (size_t i = 0; i < j->num_findings; i++) {
        const tg_finding *finding = j->findings[i];
        if (!counts(x, step, finding, after_deviation) || follows(j, finding->requirement->id))
            continue;
        tg_report_failure *f =
            gate_fail(v, finding->requirement->id, TG_SIDE_SENDER,
                      keep_text(v->keeping, "%s breaks the rule.", gate_type_name(step->data_type)));
        if (f->path)
            continue; /* the first place is enough */
        f->path = keep_text(v->keeping, "%s", finding->path);
        f->has_place = true;
        f->offset = finding->offset;
        f->length = finding->length;
        f->has_message = true;
        f->message = s;
        say_finding(v->keeping, finding->text, f);
        fatal = fatal || finding->requirement->on_receive == TG_ON_RECEIVE_REJECT;
    }
    return !fatal;
}

bool gate_judge_taken(const gate_exchange *x, gate_verdict *v, size_t s)
{
    const gate_step *step = &x->steps[s];
    if (!step->arrived || step->accepted || v->num_failures > 0 || step->data_type == TG_DATA_TYPE_ERROR)
        return true;
    if (!step->good)
        return false;
    if (x->refusal_planned)
        return true;
    if (step->refused_for) {
        tg_report_failure *f =
            gate_fail(v, step->refused_for->id, TG_SIDE_SENDER,
                      keep_text(v->keeping, "%s was refused by its receiver.", gate_type_name(step->data_type)));
        f->got = step->refusal;
        f->has_message = true;
        f->message = s;
    } else if (x->c->line->expect == GATE_COMPLETES || x->c->line->expect == GATE_IGNORES) {
        gate_inconclusive(v, keep_text(v->keeping, "the peer refused %s: %s", gate_type_name(step->data_type),
                                  step->refusal ? step->refusal : "?"));
    }
    return false;
}
