/* SARIF results: failures, breakdowns, stale expectations and changes for the worse. */
#include "sarif.h"

typedef struct results {
    tg_out *out;
    const tg_report *report;
    size_t put, left_out;
} results;

/* FNV-1a with the end of each text counted in: which finding it is, not where. */
static uint64_t fingerprint(uint64_t hash, const char *text)
{
    for (text = tg_or_empty(text); *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
    return (hash ^ 0x100) * 0x100000001b3;
}

static uint64_t fingerprint_begin(const char *rule, const char *id)
{
    return fingerprint(fingerprint(0xcbf29ce484222325, rule), id);
}

/* GitHub tells findings apart by the first name alone. */
static void put_fingerprints(tg_out *out, uint64_t hash)
{
    char hex[] = "0000000000000000:1";
    for (size_t i = 0; i < 16; i++, hash >>= 4)
        hex[15 - i] = "0123456789abcdef"[hash & 15];
    tg_put_open(out, "partialFingerprints", "{");
    tg_put_text(out, "primaryLocationLineHash", hex);
    tg_put_text(out, "ticketgate/v1", hex);
    tg_put_close(out, "}");
}

static void put_uri(tg_out *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    tg_put_open(out, "uri", "\"");
    for (path += strspn(path, "/"); *path; path++) {
        if (strchr(plain, *path)) {
            tg_out_octets(out, path, 1);
            continue;
        }
        tg_out_text(out, "%");
        tg_out_hex(out, tg_bytes_of(path, 1));
    }
    tg_put_close(out, "\"");
}

static const tg_report_message *message_of(const tg_report_case *c, const tg_report_failure *failure)
{
    bool known = failure && failure->has_message && failure->message < c->num_transcript;
    return known ? &c->transcript[failure->message] : NULL;
}

/* "case/1/REQUEST_RESP/TP[0].tp_data", as far as it is known. */
static void put_logical_location(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    const tg_report_message *message = message_of(c, failure);
    const char *type = message && tg_has_text(message->type) ? message->type : NULL;
    const char *path = failure ? tg_or_empty(failure->path) : "";
    tg_put_open(out, "logicalLocations", "[");
    tg_put_open(out, NULL, "{");
    tg_put_cut(out, "name", tg_has_text(path) ? path : type ? type : c->id, TG_SARIF_MAX_TEXT);
    tg_put_open(out, "fullyQualifiedName", "\"");
    tg_out_json_cut(out, c->id, TG_SARIF_MAX_TEXT);
    if (message) {
        tg_out_text(out, "/");
        tg_out_number(out, failure->message);
        tg_sarif_piece(out, "/", type);
    }
    tg_sarif_piece(out, "/", path);
    tg_put_close(out, "\"");
    tg_put_text(out, "kind", "member");
    tg_put_close(out, "}");
    tg_put_close(out, "]");
}

/* Results need a place in a file of the repository; case, message and place in it are the logical one. `c` may be NULL,
 * and `failure`. */
static void put_location(results *r, const tg_report_case *c, const tg_report_failure *failure)
{
    tg_out *out = r->out;
    const char *artifact = tg_has_text(r->report->artifact) ? r->report->artifact : r->report->suite;
    tg_put_open(out, "locations", "[");
    tg_put_open(out, NULL, "{");
    tg_put_open(out, "physicalLocation", "{");
    tg_put_open(out, "artifactLocation", "{");
    put_uri(out, tg_has_text(artifact) ? artifact : "ticketgate");
    tg_put_close(out, "}");
    tg_put_open(out, "region", "{");
    tg_put_number(out, "startLine", 1);
    tg_put_close(out, "}");
    tg_put_close(out, "}");
    if (c)
        put_logical_location(out, c, failure);
    tg_put_close(out, "}");
    tg_put_close(out, "]");
}

/* False when there is no room for it any more. */
static bool begin_result(results *r, const char *rule, size_t index, const char *level)
{
    if (r->put == TG_SARIF_MAX_RESULTS) {
        r->left_out++;
        return false;
    }
    r->put++;
    tg_put_line(r->out);
    tg_put_open(r->out, NULL, "{");
    tg_put_text(r->out, "ruleId", rule);
    tg_put_number(r->out, "ruleIndex", index);
    tg_put_text(r->out, "level", level);
    return true;
}

static bool begin_own_result(results *r, tg_sarif_rule rule)
{
    size_t num;
    (void)tg_requirements(&num);
    return begin_result(r, tg_sarif_rule_id(rule), num + rule, "error");
}

static void put_properties(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    tg_put_open(out, "properties", "{");
    tg_put_cut(out, "case", c->id, TG_SARIF_MAX_TEXT);
    if (tg_has_text(c->role))
        tg_put_cut(out, "role", c->role, TG_SARIF_MAX_TEXT);
    if (failure) {
        const tg_report_message *message = message_of(c, failure);
        tg_put_optional(out, "side", tg_report_side_name(failure->side));
        if (message) {
            tg_put_number(out, "message", failure->message);
            if (tg_has_text(message->type))
                tg_put_cut(out, "messageType", message->type, TG_SARIF_MAX_TEXT);
        }
        if (tg_has_text(failure->path))
            tg_put_cut(out, "path", failure->path, TG_SARIF_MAX_TEXT);
        if (failure->has_place) {
            tg_put_number(out, "offset", failure->offset);
            tg_put_number(out, "length", failure->length);
            tg_put_excerpt(out, "excerpt", failure->offset, tg_failure_octets(c, failure));
        }
    }
    if (tg_has_text(c->rerun))
        tg_put_cut(out, "rerun", c->rerun, TG_SARIF_MAX_TEXT);
    tg_put_close(out, "}");
}

static void put_suppression(tg_out *out, const char *reason)
{
    if (!tg_has_text(reason))
        return;
    tg_put_open(out, "suppressions", "[");
    tg_put_open(out, NULL, "{");
    tg_put_text(out, "kind", "external");
    tg_put_cut(out, "justification", reason, TG_SARIF_MAX_TEXT);
    tg_put_close(out, "}");
    tg_put_close(out, "]");
}

/* What people see of an alert: its file and line say nothing. */
static void put_place_text(tg_out *out, const tg_report_case *c, const tg_report_failure *failure)
{
    const tg_report_message *message = message_of(c, failure);
    if (message) {
        tg_out_text(out, "\\nMessage: ");
        tg_out_number(out, failure->message);
        tg_sarif_piece(out, " ", message->type);
    }
    tg_sarif_piece(out, "\\nPath: ", failure->path);
    if (failure->has_place) {
        tg_out_text(out, "\\nOctet: ");
        tg_out_number(out, failure->offset);
    }
}

static void put_failure(results *r, const tg_report_case *c, const tg_report_failure *failure, uint64_t again)
{
    tg_out *out = r->out;
    size_t num;
    const tg_requirement *rows = tg_requirements(&num), *row = tg_requirement_find(failure->requirement);
    const char *rule = row ? row->id : tg_sarif_rule_id(TG_SARIF_CASE);
    size_t index = row ? (size_t)(row - rows) : num + TG_SARIF_CASE;
    if (!begin_result(r, rule, index, row ? tg_sarif_level(row->level) : "error"))
        return;
    tg_sarif_begin_text(out, "message");
    tg_sarif_piece(out, "", failure->what);
    tg_sarif_piece(out, "\\nExpected: ", failure->expected);
    tg_sarif_piece(out, "\\nGot: ", failure->got);
    tg_sarif_piece(out, "\\nFailed as ", tg_report_side_name(failure->side));
    put_place_text(out, c, failure);
    tg_sarif_piece(out, "\\nCase: ", c->id);
    tg_sarif_piece(out, ", ", c->title);
    tg_sarif_piece(out, "\\nRerun: ", c->rerun);
    tg_sarif_end_text(out);
    put_location(r, c, failure);
    uint64_t hash = fingerprint_begin(rule, c->id);
    hash = fingerprint(hash, tg_report_side_name(failure->side));
    put_fingerprints(out, hash + again);
    put_suppression(out, failure->expected_failure);
    put_properties(out, c, failure);
    tg_put_close(out, "}");
}

/* How many failures before it in its case would have its fingerprint. */
static uint64_t times_before(const tg_report_case *c, size_t at)
{
    uint64_t times = 0;
    size_t from = at > 64 ? at - 64 : 0; /* a case with more of one kind would cost quadratic time */
    for (size_t i = from; i < at; i++) {
        const tg_report_failure *a = &c->failures[i], *b = &c->failures[at];
        times += a->side == b->side && strcmp(tg_or_empty(a->requirement), tg_or_empty(b->requirement)) == 0;
    }
    return times + from;
}

static void put_bare_case(results *r, const tg_report_case *c)
{
    if (!begin_own_result(r, TG_SARIF_CASE))
        return;
    tg_sarif_begin_text(r->out, "message");
    tg_sarif_piece(r->out, "", c->title);
    tg_sarif_piece(r->out, "\\n", c->reason);
    tg_sarif_piece(r->out, "\\nCase: ", c->id);
    tg_sarif_piece(r->out, "\\nRerun: ", c->rerun);
    tg_sarif_end_text(r->out);
    put_location(r, c, NULL);
    put_fingerprints(r->out, fingerprint_begin(tg_sarif_rule_id(TG_SARIF_CASE), c->id));
    put_suppression(r->out, c->expected_failure);
    put_properties(r->out, c, NULL);
    tg_put_close(r->out, "}");
}

/* Those that are not expected go first, so that they are not among those that are left out. */
static void put_failures(results *r, bool expected)
{
    for (size_t i = 0; i < r->report->num_cases; i++) {
        const tg_report_case *c = &r->report->cases[i];
        if (c->verdict != TG_VERDICT_FAILED)
            continue;
        for (size_t n = 0; n < c->num_failures; n++) {
            if (tg_has_text(c->failures[n].expected_failure) == expected)
                put_failure(r, c, &c->failures[n], times_before(c, n));
        }
        bool told = tg_has_text(c->fault) && r->report->num_breakdowns > 0;
        if (c->num_failures == 0 && !told && tg_fails_run(c) == !expected)
            put_bare_case(r, c);
    }
}

/* `first` is what stands in the message and tells them apart. */
static void put_own(results *r, tg_sarif_rule rule, const char *first, const char *second, const char *more)
{
    if (!begin_own_result(r, rule))
        return;
    char masked[TG_MASKED_MAX];
    (void)tg_report_mask(tg_or_empty(more), masked, sizeof masked);
    tg_sarif_begin_text(r->out, "message");
    tg_sarif_piece(r->out, "", first);
    tg_sarif_piece(r->out, ": ", second);
    tg_sarif_piece(r->out, "; ", masked);
    tg_sarif_end_text(r->out);
    put_location(r, NULL, NULL);
    put_fingerprints(r->out, fingerprint(fingerprint_begin(tg_sarif_rule_id(rule), first), second));
    tg_put_close(r->out, "}");
}

static void put_beside(results *r)
{
    const tg_report *report = r->report;
    for (size_t i = 0; i < report->num_breakdowns; i++)
        put_own(r, TG_SARIF_BREAKDOWN, report->breakdowns[i].id, report->breakdowns[i].fault,
                report->breakdowns[i].text);
    for (size_t i = 0; i < report->num_stale; i++)
        put_own(r, TG_SARIF_STALE, report->stale[i].entry, report->stale[i].why, NULL);
    for (size_t i = 0; i < report->num_changes; i++) {
        if (report->changes[i].worse)
            put_own(r, TG_SARIF_BASELINE, report->changes[i].id, report->changes[i].is, NULL);
    }
}

size_t tg_sarif_put_results(tg_out *out, const tg_report *report)
{
    results r = { .out = out, .report = report };
    put_beside(&r);
    put_failures(&r, false);
    put_failures(&r, true);
    return r.left_out;
}
