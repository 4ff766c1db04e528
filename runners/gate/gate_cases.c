/* The list of cases: lines by role and profile, vectors, messages of golden conversations. */
#include <stdlib.h>
#include <string.h>

#include "gate_container.h"
#include "gate_judged.h"
#include "gate_plan.h"
#include "gate_script.h"
#include "ticketgate/registry_values.h"

static const gate_line lines[] = {
#include "gate_lines.inc"
};

const gate_line *gate_lines(size_t *num)
{
    *num = sizeof lines / sizeof *lines;
    return lines;
}

static gate_case *add(gate_cases *cases)
{
    if (cases->num == cases->capacity) {
        cases->capacity = cases->capacity ? cases->capacity * 2 : 512;
        gate_case *more = realloc(cases->list, cases->capacity * sizeof *more);
        if (!more) {
            cli_complain("out of memory");
            exit(CLI_INTERNAL);
        }
        cases->list = more;
    }
    cases->list[cases->num] = (gate_case){ 0 };
    return &cases->list[cases->num++];
}

/* ---- what a case is about ----------------------------------------------------------------------------------- */

typedef struct row_list {
    const char **list;
    size_t num, capacity;
} row_list;

static void add_row(keeping *k, row_list *rows, const char *id)
{
    for (size_t i = 0; i < rows->num; i++) {
        if (strcmp(rows->list[i], id) == 0)
            return;
    }
    if (rows->num == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 16;
        const char **more = keep_memory(k, rows->capacity * sizeof *more);
        if (rows->num)
            memcpy(more, rows->list, rows->num * sizeof *more);
        rows->list = more;
    }
    rows->list[rows->num++] = id;
}

/* Those of TS 33.328 depend on what is in the messages; which of them were judged, the run says. */
static void add_sender_rows(keeping *k, tg_sender role, const char *type, bool is_update, row_list *rows)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    for (size_t i = 0; i < num; i++) {
        if (gate_binds_sender(&all[i], role) && strcmp(all[i].source, "TS 33.328") != 0 &&
            gate_is_about(&all[i], type, is_update))
            add_row(k, rows, all[i].id);
    }
}

/* A conforming exchange judges everything that the IUT sends in it, and that it processes what it gets. */
static void add_exchange_rows(keeping *k, const tg_plan *plan, tg_sender role, row_list *rows)
{
    bool requests = plan->mode <= 2, resolves = plan->mode == 1 || plan->mode == 3;
    if (role == TG_SENDER_I) {
        if (requests) {
            add_sender_rows(k, role, plan->pk_request ? "REQUEST_INIT_PK" : "REQUEST_INIT_PSK", false, rows);
            add_sender_rows(k, role, "REQUEST_INIT", false, rows);
            add_row(k, rows, "RFC6043-4.2.1.6-01");
        }
        add_sender_rows(k, role, "TRANSFER_INIT", false, rows);
    }
    if (role == TG_SENDER_R) {
        if (resolves) {
            add_sender_rows(k, role, plan->pk_resolve ? "RESOLVE_INIT_PK" : "RESOLVE_INIT_PSK", false, rows);
            add_sender_rows(k, role, "RESOLVE_INIT", false, rows);
            add_row(k, rows, "RFC6043-4.2.3.6-x01");
        }
        add_sender_rows(k, role, "TRANSFER_RESP", false, rows);
        add_row(k, rows, "RFC6043-4.2.2.2-x01");
    }
    if (role == TG_SENDER_K && requests) {
        add_sender_rows(k, role, "REQUEST_RESP", false, rows);
        add_row(k, rows, "RFC6043-4.2.1.4-02");
    }
    if (role == TG_SENDER_K && resolves) {
        add_sender_rows(k, role, "RESOLVE_RESP", false, rows);
        add_row(k, rows, "RFC6043-4.2.3.4-x02");
    }
    for (size_t i = 0; i < plan->num_updates && role != TG_SENDER_K; i++) {
        add_sender_rows(k, role, plan->updates[i].from == role ? "TRANSFER_INIT" : "TRANSFER_RESP", true, rows);
        add_row(k, rows, "RFC6043-5.2-x03");
    }
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

static bool takes_part(const tg_plan *plan, tg_sender role)
{
    return role != TG_SENDER_K || plan->mode < 4;
}

static void add_line_case(gate_cases *cases, tg_crypto *crypto, const gate_line *line, char letter, const char *profile)
{
    keeping *k = &cases->keeping;
    gate_plan made;
    row_list rows = { 0 };
    const char *id = keep_text(k, "%s:%c:%s", line->name, letter, profile), **own;
    tg_sender role = letter == 'I' ? TG_SENDER_I : letter == 'R' ? TG_SENDER_R : TG_SENDER_K;
    if (gate_plan_make(crypto, line->plan, profile, id, "", &made) && takes_part(&made.plan, role)) {
        const tg_deviation *deviation = line->deviation ? gate_deviation_find(line->deviation) : NULL;
        gate_case *c = add(cases);
        *c = (gate_case){ .id = id,
                          .title = line->title ? line->title
                                   : deviation ? deviation->title
                                               : line->name,
                          .group = line->group,
                          .kind = GATE_EXCHANGE,
                          .role = role,
                          .profile = profile,
                          .line = line };
        size_t num = gate_split(k, line->rows, " ", &own);
        for (size_t i = 0; i < num; i++)
            add_row(k, &rows, own[i]);
        if (num == 0 && deviation)
            add_row(k, &rows, deviation->breaks);
        c->num_own_rows = rows.num;
        if (line->expect == GATE_COMPLETES)
            add_exchange_rows(k, &made.plan, role, &rows);
        c->rows = rows.list;
        c->num_rows = rows.num;
        const char **needs = keep_memory(k, GATE_MAX_NEEDS * sizeof *needs), **more;
        c->num_needs = gate_plan_needs(&made.plan, role, needs);
        num = gate_split(k, line->needs, " ", &more);
        for (size_t i = 0; i < num && c->num_needs < GATE_MAX_NEEDS; i++)
            needs[c->num_needs++] = more[i];
        bool beyond;
        c->settings = gate_settings_text(k, &made.profile, &beyond);
        if (beyond && c->num_needs < GATE_MAX_NEEDS)
            needs[c->num_needs++] = "settings";
        c->needs = needs;
    }
    gate_plan_free(&made);
}

static const char *const needs_of_containers[] = { "smime" };

/* A line of the group container: neither a role's nor a profile's. */
static void add_made_container(gate_cases *cases, const gate_line *line)
{
    row_list rows = { 0 };
    const char **own;
    size_t num = gate_split(&cases->keeping, line->rows, " ", &own);
    for (size_t i = 0; i < num; i++)
        add_row(&cases->keeping, &rows, own[i]);
    gate_case *c = add(cases);
    *c = (gate_case){ .id = line->name,
                      .title = line->title,
                      .group = line->group,
                      .kind = GATE_CONTAINER,
                      .line = line,
                      .needs = needs_of_containers,
                      .num_needs = 1,
                      .rows = rows.list,
                      .num_rows = rows.num,
                      .num_own_rows = rows.num };
}

static void add_line(gate_cases *cases, tg_crypto *crypto, const gate_line *line)
{
    if (strcmp(line->group, "container") == 0) {
        add_made_container(cases, line);
        return;
    }
    const char **names;
    size_t num = gate_split(&cases->keeping, line->profiles, " ", &names), num_profiles;
    const tg_profile *profiles = tg_profiles(&num_profiles);
    for (const char *role = line->roles; *role; role++) {
        if (strcmp(line->profiles, "*") == 0) {
            for (size_t i = 0; i < num_profiles; i++)
                add_line_case(cases, crypto, line, *role, profiles[i].name);
        } else {
            for (size_t i = 0; i < num; i++)
                add_line_case(cases, crypto, line, *role, names[i]);
        }
    }
}

/* ---- vectors ------------------------------------------------------------------------------------------------ */

static const char *const *clauses_of(gate_cases *cases, const vector *v, size_t *num)
{
    const json_t *clauses = json_object_get(v->json, "clauses");
    const char **out = keep_memory(&cases->keeping, (json_array_size(clauses) + 1) * sizeof *out);
    *num = json_array_size(clauses);
    for (size_t i = 0; i < *num; i++)
        out[i] = json_string_value(json_array_get(clauses, i));
    return out;
}

/* Those of `all` that are judged so. */
static const char *const *only(gate_cases *cases, const char *const *all, size_t *num, bool parse)
{
    const char **out = keep_memory(&cases->keeping, (*num + 1) * sizeof *out);
    size_t kept = 0;
    for (size_t i = 0; i < *num; i++) {
        const tg_requirement *row = tg_requirement_find(all[i]);
        if (row && (row->how == TG_HOW_PARSE) == parse && row->how != TG_HOW_EXCHANGE)
            out[kept++] = all[i];
    }
    *num = kept;
    return out;
}

/* Who has no key cannot see what is wrong in Ticket Data. */
static bool shows_without_keys(const vector *v, const json_t *said)
{
    const json_t *sends = json_object_get(said, "sends");
    bool hidden = json_is_true(json_object_get(json_object_get(v->json, "context"), "tpk_at_hand"));
    for (size_t i = 0; hidden && i < json_array_size(sends); i++) {
        const tg_requirement *row = tg_requirement_find(json_string_value(json_array_get(sends, i)));
        if (row && row->on_receive == TG_ON_RECEIVE_REJECT && strncmp(row->id, "RFC6043-A", 9) != 0)
            return true;
    }
    return !hidden || strcmp(json_string_value(json_object_get(said, "receives")), "reject") != 0;
}

static void add_vector(gate_cases *cases, const vector *v)
{
    static const char *const decode[] = { "decode" }, *const check[] = { "check" };
    keeping *k = &cases->keeping;
    size_t num;
    const char *const *clauses = clauses_of(cases, v, &num);
    gate_case *c = add(cases);
    *c = (gate_case){ .id = keep_text(k, "decode:%s", v->id),
                      .title = v->title,
                      .group = "decode",
                      .kind = GATE_DECODE,
                      .vector = v,
                      .needs = decode,
                      .num_needs = 1,
                      .num_rows = num };
    c->rows = only(cases, clauses, &c->num_rows, true);
    const json_t *profiles = json_object_get(v->json, "profiles");
    const char *name;
    json_t *said;
    json_object_foreach((json_t *)(uintptr_t)profiles, name, said)
    {
        const char *receives = json_string_value(json_object_get(said, "receives"));
        /* `either` never fails anybody; what cannot be parsed is a matter of decode alone */
        if (!receives || strcmp(receives, "either") == 0 || json_is_object(json_object_get(v->json, "error")) ||
            !shows_without_keys(v, said))
            continue;
        c = add(cases);
        *c = (gate_case){ .id = keep_text(k, "check:%s:%s", v->id, name),
                          .title = v->title,
                          .group = "check",
                          .kind = GATE_CHECK,
                          .vector = v,
                          .profile = name,
                          .needs = check,
                          .num_needs = 1,
                          .num_rows = num };
        c->rows = only(cases, clauses, &c->num_rows, false);
    }
}

/* What a KMS, and a Responder who can open tickets, is given of a golden conversation. */
static void add_golden(gate_cases *cases, const vector *v)
{
    enum { MOST = 16 };
    size_t messages[MOST], num = gate_golden_messages(v, messages, MOST);
    const char *profile = json_string_value(json_object_get(json_object_get(v->json, "conversation"), "profile"));
    for (size_t i = 0; i < num; i++) {
        gate_case *c = add(cases);
        *c = (gate_case){ .id = keep_text(&cases->keeping, "golden:%s:%zu", v->id, messages[i]),
                          .title = v->title,
                          .group = "golden",
                          .kind = GATE_GOLDEN,
                          .role = gate_golden_role(v, messages[i]),
                          .profile = profile ? profile : "rfc6043",
                          .vector = v,
                          .message = messages[i], .set = &cases->vectors };
        c->needs = gate_golden_needs(v, messages[i], &c->num_needs);
        c->rows = clauses_of(cases, v, &c->num_rows);
        if (!v->parent) /* an example of much; of who gets it, that it is processed */
            c->num_rows = 0;
    }
}

static void add_container(gate_cases *cases, const vector *v)
{
    gate_container_kind kind = gate_container_kind_of(v);
    if (kind == GATE_CONTAINER_NONE)
        return;
    gate_case *c = add(cases);
    *c = (gate_case){ .id = keep_text(&cases->keeping, "container:%s", v->id),
                      .title = v->title,
                      .group = "container",
                      .kind = GATE_CONTAINER,
                      .vector = v,
                      .set = &cases->vectors,
                      .needs = needs_of_containers,
                      .num_needs = 1 };
    c->rows = gate_container_rows(kind, &c->num_rows);
}

static int add_vectors(gate_cases *cases, const char *folder)
{
    char *paths[] = { (char *)(uintptr_t)folder };
    int code = vectors_load(&cases->vectors, paths, 1);
    for (size_t i = 0; i < cases->vectors.num_vectors && code == CLI_OK; i++) {
        const vector *v = &cases->vectors.vectors[i];
        if (v->kind == VECTOR_MESSAGE && json_object_size(json_object_get(v->json, "settings")) == 0)
            add_vector(cases, v);
    }
    for (size_t i = 0; i < cases->vectors.num_vectors && code == CLI_OK; i++) {
        if (cases->vectors.vectors[i].kind == VECTOR_CONVERSATION)
            add_golden(cases, &cases->vectors.vectors[i]);
    }
    for (size_t i = 0; i < cases->vectors.num_vectors && code == CLI_OK; i++)
        add_container(cases, &cases->vectors.vectors[i]);
    return code;
}

/* ---- the list ----------------------------------------------------------------------------------------------- */

int gate_cases_make(gate_cases *cases, const char *vectors)
{
    tg_crypto *crypto;
    size_t num, first, last;
    const gate_line *all = gate_lines(&num);
    if (tg_crypto_new(&crypto) != TG_OK) {
        cli_complain("the cryptographic library could not be set up");
        return CLI_INTERNAL;
    }
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].group, "sanity") == 0)
            add_line(cases, crypto, &all[i]);
    }
    last = cases->num;
    int code = vectors ? add_vectors(cases, vectors) : CLI_OK;
    for (size_t i = 0; i < num; i++) {
        if (strcmp(all[i].group, "sanity") != 0)
            add_line(cases, crypto, &all[i]);
    }
    for (first = 0; first < last; first++) { /* the same again, to see whether the IUT wore out */
        gate_case *c = add(cases);
        *c = cases->list[first];
        c->id = keep_text(&cases->keeping, "%s:again", cases->list[first].id);
    }
    tg_crypto_free(crypto);
    return code;
}

void gate_cases_free(gate_cases *cases)
{
    free(cases->list);
    keeping_free(&cases->keeping);
    vectors_free(&cases->vectors);
    *cases = (gate_cases){ 0 };
}

const gate_case *gate_case_find(const gate_cases *cases, const char *id)
{
    for (size_t i = 0; i < cases->num; i++) {
        if (strcmp(cases->list[i].id, id) == 0)
            return &cases->list[i];
    }
    return NULL;
}
