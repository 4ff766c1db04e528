/* Controls, and which feature of a plan is missing. */
#include <string.h>

#include "gate_exchange.h"
#include "gate_golden.h"

void gate_control_note(gate_run *r, const char *key, bool completed)
{
    if (r->num_controls == r->max_controls) {
        r->max_controls = r->max_controls ? r->max_controls * 2 : 64;
        struct gate_control *more = keep_memory(&r->keeping, r->max_controls * sizeof *more);
        if (r->num_controls)
            memcpy(more, r->controls, r->num_controls * sizeof *more);
        r->controls = more;
    }
    r->controls[r->num_controls++] = (struct gate_control){ key, completed };
}

static bool completes(gate_run *r, const gate_case *c, const char *profile, const char *plan)
{
    const char *key = keep_text(&r->keeping, "%d %s %s", (int)c->role, profile, plan);
    for (size_t i = 0; i < r->num_controls; i++) {
        if (strcmp(r->controls[i].key, key) == 0)
            return r->controls[i].completed;
    }
    gate_case as = *c;
    as.profile = profile;
    bool ok = gate_run_plain(r, &as, plan);
    gate_control_note(r, key, ok);
    return ok;
}

/* "control=NAME:ROLE:PROFILE": that case completes too, or nothing can be said. */
static bool other_control_failed(gate_run *r, const gate_case *c)
{
    const char *name = gate_word_value(&r->keeping, c->line->script, "control");
    size_t num, len = name ? strcspn(name, ":") : 0;
    const gate_line *lines = gate_lines(&num);
    for (size_t i = 0; name && i < num; i++) {
        if (strlen(lines[i].name) == len && strncmp(lines[i].name, name, len) == 0 && strlen(name) > len + 3)
            return !completes(r, c, name + len + 3, lines[i].plan);
    }
    return false;
}

bool gate_control_failed(gate_run *r, const gate_case *c)
{
    const gate_line *line = c->line;
    const char *plan = line->plan;
    bool of_script = line->expect == GATE_COMPLETES && line->script && !gate_word_value(&r->keeping, plan, "era-2");
    if (!of_script && (line->expect == GATE_COMPLETES || !line->deviation))
        plan = keep_text(&r->keeping, "mode=%s", gate_word_value(&r->keeping, line->plan, "mode"));
    if (line->expect == GATE_REFUSES || line->expect == GATE_FAILS || gate_word_value(&r->keeping, line->plan, "error"))
        plan = keep_text(&r->keeping, "mode=%s", gate_word_value(&r->keeping, line->plan, "mode"));
    if (line->expect == GATE_COMPLETES && c->num_own_rows == 0)
        return false;
    return !completes(r, c, c->profile, plan) || other_control_failed(r, c);
}

/* What a plan has beyond the plainest one, the row that says that it is processed, and two plans that differ in it alone. */
static const struct {
    char role; /* or '*' */
    const char *words;
    const char *without, *with, *row;
} features[] = {
    { '*', "suite=256", "mode=1", "mode=1 suite=256", "RFC6043-12.1-07" },
    { '*', "era-2", "mode=1", "mode=1 era-2", "RFC6043-6.3-01" },
    { 'R', "two-kms", "mode=1", "mode=1 two-kms", "RFC6043-10-04" },
    { 'K', "of-i", "mode=1", "mode=1 two-kms of-i", "RFC6043-10-05" },
    { 'R', "mode=3", "mode=1", "mode=3", "RFC6043-4.1-01" },
    { 'K', "mode=3", "mode=1", "mode=3", "RFC6043-4.1-01" },
    { 'R', "mode=4", "mode=2", "mode=4", "RFC6043-4.1-01" },
    { 'R', "initiator-key", "mode=1", "mode=1 initiator-key", "RFC6043-4.2.2.1-06" },
    { 'I', "responder-key", "mode=1", "mode=1 responder-key", "RFC6043-4.2.2.3-16" },
    { 'R', "reuse", "mode=1", "mode=1 reuse=1", "RFC6043-6.10-08a" },
    { 'K', "resolve-each-time", "mode=1", "mode=1 reuse=1 resolve-each-time", "TS33328-6.2.3.7-02" },
    { 'I', ",key", "mode=1 update=R,response", "mode=1 update=R,response,key", "RFC6043-5.2-07" },
    { 'R', ",key", "mode=1 update=I,response", "mode=1 update=I,response,key", "RFC6043-5.2-07" },
    { 'R', "!E", "mode=1", "mode=1 flags=DFGHO", "RFC6043-10-03" },
};

/* Is it in the plan? "!E": a flag that is left out; ",key": the end of a word. */
static bool has_feature(keeping *k, const gate_case *c, const char *feature)
{
    const char *plan = c->line->plan, *flags = gate_word_value(k, plan, "flags"), *mode = gate_word_value(k, plan, "mode");
    if (feature[0] == '!')
        return mode && strcmp(mode, "1") == 0 && flags && !strchr(flags, feature[1]);
    const char **words;
    size_t num = gate_split(k, plan, " ", &words), len = strlen(feature);
    for (size_t i = 0; i < num; i++) {
        size_t of = strlen(words[i]);
        bool is_part = feature[0] == ',' && of > len && strcmp(words[i] + of - len, feature) == 0;
        if (is_part || (strncmp(words[i], feature, len) == 0 && (words[i][len] == '\0' || words[i][len] == '=')))
            return true;
    }
    return false;
}

void gate_attribute(gate_run *r, const gate_case *c, gate_verdict *v)
{
    static const char letters[] = "?IRK";
    tg_report_failure *f = &v->failures[v->num_failures - 1];
    bool any = false;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        bool fits = (features[i].role == '*' || features[i].role == letters[c->role]) && has_feature(&r->keeping, c, features[i].words);
        any = any || fits;
        if (fits && completes(r, c, "rfc6043", features[i].without) && !completes(r, c, "rfc6043", features[i].with)) {
            f->requirement = features[i].row;
            return;
        }
    }
    /* It is none of those: then it is not what the line is about either. */
    if (any && v->processing_row)
        f->requirement = v->processing_row;
}
