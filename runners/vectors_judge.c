#include "vectors_judge.h"

#include <stdio.h>
#include <stdlib.h>

void vectors_judge_free(vectors_judge *j)
{
    workspace_free(&j->ws);
    workspace_free(&j->octets_ws);
    judging_free(&j->judging);
    if (j->verifying_ready)
        verifying_free(&j->verifying);
    keeping_free(&j->keeping);
}

static const char *or_nothing(const char *text)
{
    return text ? text : "nothing";
}

/* ---- trees -------------------------------------------------------------------------------------------------- */

static void compare_tree(vectors_judge *j, const tg_message *message, json_t *expected)
{
    j->ws.text.len = 0;
    if (tg_json_from_message(message, 0, &j->ws.text) != TG_OK) {
        vectors_add_failure(j, "The tree could not be written.", "", "");
        return;
    }
    json_t *got = json_loadb(j->ws.text.data, j->ws.text.len, JSON_REJECT_DUPLICATES, NULL);
    vectors_difference d = { { 0 }, NULL, NULL };
    if (vectors_find_difference(expected, got, &d)) {
        tg_report_failure *failure = vectors_add_failure(j, "The message decodes to another tree.",
                                                 vectors_dump(&j->keeping, d.expected), vectors_dump(&j->keeping, d.got));
        failure->path = keep_text(&j->keeping, "%s", d.path);
    }
    json_decref(got);
}

/* ---- octets ------------------------------------------------------------------------------------------------- */

static char *excerpt(keeping *k, tg_bytes octets, size_t from)
{
    char hex[65];
    size_t len = octets.len - from < 32 ? octets.len - from : 32;
    tg_hex_encode(tg_bytes_of(octets.data + from, len), hex);
    return keep_text(k, "%s%s (%zu octets in all)", hex, from + len < octets.len ? "..." : "", octets.len);
}

static void compare_octets(vectors_judge *j, tg_bytes got, const char *what)
{
    size_t same = 0;
    while (same < got.len && same < j->octets.len && got.data[same] == j->octets.data[same])
        same++;
    if (same == got.len && same == j->octets.len)
        return;
    tg_report_failure *failure = vectors_add_failure(j, what, excerpt(&j->keeping, j->octets, same),
                                             excerpt(&j->keeping, got, same));
    failure->has_place = true;
    failure->offset = same;
    failure->length = 1;
}

static void rebuild(vectors_judge *j, const tg_message *message)
{
    uint8_t *octets = malloc(j->octets.len + 1);
    tg_writer w = tg_writer_of(octets, octets ? j->octets.len + 1 : 0);
    tg_status status = tg_message_build(message, &w);
    if (status == TG_BUFFER_FULL || status == TG_OK)
        compare_octets(j, tg_bytes_of(octets, w.len < j->octets.len + 1 ? w.len : j->octets.len + 1),
                       "Building the parsed message gives other octets.");
    else
        vectors_add_failure(j, "The parsed message could not be built.", "ok", tg_status_name(status));
    free(octets);
}

static void build_from_tree(vectors_judge *j, const json_t *tree)
{
    char *text = json_dumps(tree, JSON_COMPACT);
    tg_bytes octets;
    tg_diag diag = { 0 };
    const char *reason = "";
    if (text && workspace_build(&j->ws, text, strlen(text), &octets, &diag, &reason) == TG_OK) {
        compare_octets(j, octets, "Encoding the tree gives other octets.");
    } else {
        tg_report_failure *failure = vectors_add_failure(j, "The tree could not be encoded.", "ok", reason);
        failure->path = keep_text(&j->keeping, "%s", diag.path);
    }
    free(text);
}

/* ---- parse errors ------------------------------------------------------------------------------------------- */

static void place_failure(vectors_judge *j, tg_report_failure *failure, const tg_diag *diag)
{
    failure->requirement = diag->id;
    failure->path = keep_text(&j->keeping, "%s", diag->path);
    failure->has_place = true;
    failure->offset = diag->offset;
    failure->length = 1;
}

static void compare_error(vectors_judge *j, const json_t *expected, tg_status status, const tg_diag *diag)
{
    const char *expected_status = json_string_value(json_object_get(expected, "status"));
    char *wanted = keep_text(&j->keeping, "%s of %s in %s at octet %lld", or_nothing(expected_status),
                             or_nothing(json_string_value(json_object_get(expected, "id"))),
                             or_nothing(json_string_value(json_object_get(expected, "path"))),
                             (long long)json_integer_value(json_object_get(expected, "offset")));
    if (status == TG_OK) {
        vectors_add_failure(j, "The message is read, though it must be refused.", wanted, "accepted");
        return;
    }
    char *got = keep_text(&j->keeping, "%s of %s in %s at octet %zu", tg_status_name(status), or_nothing(diag->id),
                          diag->path, diag->offset);
    if (strcmp(wanted, got) != 0)
        place_failure(j, vectors_add_failure(j, "The message is refused for another reason.", wanted, got), diag);
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

enum { MAX_FOUND = 512 };
typedef struct found_rows {
    const tg_requirement *rows[MAX_FOUND]; /* each once, sorted by id */
    tg_finding first[MAX_FOUND];           /* the first finding of each, for its place */
    size_t num;
    tg_reception reception;
} found_rows;

static void take_finding(void *user, const tg_finding *finding)
{
    found_rows *found = user;
    size_t at = 0;
    while (at < found->num && strcmp(found->rows[at]->id, finding->requirement->id) < 0)
        at++;
    bool known = at < found->num && strcmp(found->rows[at]->id, finding->requirement->id) == 0;
    found->reception = tg_reception_add(found->reception, finding->requirement);
    if (known || found->num == MAX_FOUND)
        return;
    memmove(&found->rows[at + 1], &found->rows[at], (found->num - at) * sizeof found->rows[0]);
    memmove(&found->first[at + 1], &found->first[at], (found->num - at) * sizeof found->first[0]);
    found->rows[at] = finding->requirement;
    found->first[at] = *finding;
    found->num++;
}

static bool is_expected(const json_t *sends, const char *id)
{
    for (size_t i = 0; i < json_array_size(sends); i++) {
        const char *expected = json_string_value(json_array_get(sends, i));
        if (expected && strcmp(expected, id) == 0)
            return true;
    }
    return false;
}

static bool is_found(const found_rows *found, const char *id)
{
    for (size_t i = 0; i < found->num; i++) {
        if (strcmp(found->rows[i]->id, id) == 0)
            return true;
    }
    return false;
}

static void compare_findings(vectors_judge *j, const char *profile, const json_t *judgement, const found_rows *found)
{
    const json_t *sends = json_object_get(judgement, "sends");
    for (size_t i = 0; i < found->num; i++) {
        if (is_expected(sends, found->rows[i]->id))
            continue;
        const tg_finding *first = &found->first[i];
        tg_report_failure *failure = vectors_add_failure(j, "A rule is found broken that is kept.", "kept",
                                                 keep_text(&j->keeping, "broken: %s", first->text));
        failure->profile = profile;
        failure->requirement = found->rows[i]->id;
        failure->path = keep_text(&j->keeping, "%s", first->path);
        failure->has_place = true;
        failure->offset = first->offset;
        failure->length = first->length;
    }
    for (size_t i = 0; i < json_array_size(sends); i++) {
        const char *id = or_nothing(json_string_value(json_array_get(sends, i)));
        if (is_found(found, id))
            continue;
        tg_report_failure *failure = vectors_add_failure(j, "A rule that is broken is not found.", "broken", "kept");
        failure->profile = profile;
        failure->requirement = id;
    }
    const char *receives = or_nothing(json_string_value(json_object_get(judgement, "receives")));
    if (strcmp(receives, tg_reception_name(found->reception)) != 0)
        vectors_add_failure(j, "A receiver does something else with the message.", receives,
                    tg_reception_name(found->reception))
            ->profile = profile;
}

static void read_context(vectors_judge *j, const json_t *context)
{
    tg_context *out = &j->judging.context;
    const char *exchange = json_string_value(json_object_get(context, "exchange"));
    const char *sender = json_string_value(json_object_get(context, "sender"));
    const json_t *m_lines = json_object_get(context, "m_lines");
    *out = (tg_context){ 0 };
    if (exchange && !tg_exchange_from_name(exchange, &out->exchange))
        vectors_add_failure(j, "The context names no exchange.", "initial, update or reuse", exchange);
    if (sender && !tg_sender_from_name(sender, &out->sender))
        vectors_add_failure(j, "The context names no sender.", "I, R or K", sender);
    out->tpk_at_hand = json_is_true(json_object_get(context, "tpk_at_hand"));
    out->has_m_lines = json_is_array(m_lines);
    out->m_lines = j->judging.m_lines;
    for (size_t i = 0; i < json_array_size(m_lines) && i < JUDGING_MAX_M_LINES; i++) {
        const char *kind = or_nothing(json_string_value(json_array_get(m_lines, i)));
        j->judging.m_lines[out->num_m_lines++] = strcmp(kind, "tls") == 0 ? TG_M_LINE_TLS : TG_M_LINE_RTP;
    }
}

/* The profile, with the vector's settings in place of its own. */
static const tg_profile *profile_for(vectors_judge *j, const char *name, const json_t *settings, const char **reason)
{
    *reason = "There is no such profile.";
    if (!settings)
        return tg_profile_find(name);
    json_t *whole = json_pack("{s:s, s:s, s:s, s:O}", "profile", name, "extends", name, "title", name, "settings",
                              settings);
    char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
    bool ok = text && judging_read_profile(&j->judging, text, strlen(text), reason);
    json_decref(whole);
    free(text);
    return ok ? j->judging.profile : NULL;
}

static void judge_by_profile(vectors_judge *j, const vector *v, const char *name, const json_t *judgement,
                             const tg_message *message, const tg_diag *diag)
{
    static found_rows found; /* large, and used by one vector at a time */
    const char *reason;
    const tg_profile *profile = profile_for(j, name, json_object_get(v->json, "settings"), &reason);
    found.num = 0;
    found.reception = TG_RECEPTION_ACCEPT;
    if (!profile) {
        vectors_add_failure(j, reason, "", "")->profile = name;
        return;
    }
    if (message) {
        tg_rules_check(message, profile, &j->judging.context, (tg_finding_sink){ take_finding, &found });
    } else { /* a parse error breaks its layout row, and only that */
        tg_finding finding = { .requirement = tg_requirement_find(diag->id), .offset = diag->offset, .length = 1 };
        memcpy(finding.path, diag->path, sizeof finding.path);
        if (finding.requirement)
            take_finding(&found, &finding);
    }
    compare_findings(j, name, judgement, &found);
}

/* ---- what has an answer of its own --------------------------------------------------------------------------- */

static void judge_answered(vectors_judge *j, const vector *v)
{
    if (!j->verifying_ready && !verifying_init(&j->verifying)) {
        vectors_add_failure(j, "The cryptographic library could not be set up.", "", "");
        return;
    }
    j->verifying_ready = true;
    if (v->kind == VECTOR_CONVERSATION)
        vectors_judge_conversation(j, v);
    else if (v->kind == VECTOR_SMIME)
        vectors_judge_smime(j, v);
    else
        vectors_judge_tls(j, v);
    verifying_wipe(&j->verifying);
}

/* ---- one vector --------------------------------------------------------------------------------------------- */

void vectors_judge_one(vectors_judge *j, const vector *v)
{
    const char *hex = json_string_value(json_object_get(v->json, "message"));
    json_t *tree = json_object_get(v->json, "tree"), *error = json_object_get(v->json, "error");
    const tg_message *message = NULL;
    tg_diag diag = { 0 };
    j->failures = NULL;
    j->num_failures = j->capacity = 0;
    j->octets = tg_bytes_of(NULL, 0);
    const char *fault = vectors_fault(v);
    if (!fault && v->kind != VECTOR_MESSAGE) {
        judge_answered(j, v);
        return;
    }
    if (fault) {
        vectors_add_failure(j, keep_text(&j->keeping, "The vector is malformed: %s", fault), "", "");
        return;
    }
    if (workspace_decode_text(&j->octets_ws, hex, strlen(hex), false, &j->octets, &diag) != TG_OK) {
        j->octets = tg_bytes_of(NULL, 0);
        vectors_add_failure(j, "The message is not hexadecimal.", "", "");
        return;
    }
    uint8_t *kept = keep_memory(&j->keeping, j->octets.len); /* the report shows them */
    if (j->octets.len > 0)
        memcpy(kept, j->octets.data, j->octets.len);
    j->octets.data = kept;
    tg_status status = workspace_parse(&j->ws, j->octets, &message, &diag);
    if (json_is_object(error)) {
        compare_error(j, error, status, &diag);
    } else if (status != TG_OK) {
        place_failure(j, vectors_add_failure(j, "The message is refused, though it can be read.", "ok", tg_status_name(status)),
                      &diag);
    } else {
        compare_tree(j, message, tree);
        rebuild(j, message);
        build_from_tree(j, tree);
    }
    read_context(j, json_object_get(v->json, "context"));
    const char *name;
    json_t *judgement, *profiles = json_object_get(v->json, "profiles");
    json_object_foreach(profiles, name, judgement)
        judge_by_profile(j, v, name, judgement, status == TG_OK ? message : NULL, &diag);
}
