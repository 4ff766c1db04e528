#include "expected.h"

#include <stdio.h>
#include <stdlib.h>

#include "jsonfile.h"

#define PLACEHOLDER "..."
enum { FILE_MAX = 1 << 20, MAX_ENTRIES = 10000, MAX_GLOB = 1024 };

/* `*` for anything, `?` for one character. The time is bounded by the product of both lengths. */
static bool matches(const char *glob, const char *text)
{
    const char *star = NULL, *again = NULL;
    while (*text) {
        if (*glob == '*') {
            star = ++glob;
            again = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star) {
            glob = star;
            text = ++again;
        } else {
            return false;
        }
    }
    return glob[strspn(glob, "*")] == '\0';
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* The classes of runners/ATTACHING.md. */
static bool is_class(const char *word)
{
    static const char *const classes[] = { "parse",   "data_type", "unexpected", "replay",   "timestamp", "prf",
                                           "mac_alg", "encr_alg",  "hash",       "auth",     "too_large", "no_memory",
                                           "id",      "cert",      "sp",         "sp_param", "ticket",    "tp_param",
                                           "rule",    "policy",    "peer_error" };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(classes[i], word) == 0)
            return true;
    }
    return false;
}

/* Why the entry cannot be used, or NULL. A member that is not known may be a slip that makes the entry match more. */
static const char *fault_of(const json_t *entry)
{
    const json_t *reason = json_object_get(entry, "reason"), *glob = json_object_get(entry, "case");
    const json_t *requirement = json_object_get(entry, "requirement"), *class_name = json_object_get(entry, "class");
    int known = (reason != NULL) + (glob != NULL) + (requirement != NULL) + (class_name != NULL);
    if (!json_is_object(entry))
        return "not an object";
    if (json_object_size(entry) != (size_t)known)
        return "members are case, requirement, class and reason";
    if (!json_is_string(glob) || json_string_length(glob) == 0)
        return "case must be the id of a case, or a pattern with * and ?";
    if (!json_is_string(reason) || strspn(json_string_value(reason), " \t") == json_string_length(reason))
        return "reason must say why the failure is expected";
    if (strcmp(json_string_value(reason), PLACEHOLDER) == 0)
        return "put the reason why the failure is expected in place of \"...\"";
    if (requirement && !json_is_string(requirement))
        return "requirement must be a string";
    if (json_string_length(glob) > MAX_GLOB || json_string_length(requirement) > MAX_GLOB)
        return "the pattern is longer than 1024 characters";
    if (requirement && !strpbrk(json_string_value(requirement), "*?") &&
        !tg_requirement_find(json_string_value(requirement)))
        return "the catalogue has no such requirement";
    if (class_name && (!json_is_string(class_name) || !is_class(json_string_value(class_name))))
        return "class is no error class";
    return NULL;
}

static bool take(const json_t *root, expected_set *out)
{
    out->entries = calloc(json_array_size(root) + 1, sizeof *out->entries);
    for (size_t i = 0; out->entries && i < json_array_size(root); i++) {
        const json_t *entry = json_array_get(root, i);
        char *text = json_dumps(entry, JSON_COMPACT | JSON_PRESERVE_ORDER);
        if (!text)
            return false;
        out->entries[out->num++] = (expected_entry){
            .glob = json_string_value(json_object_get(entry, "case")),
            .requirement = json_string_value(json_object_get(entry, "requirement")),
            .error_class = json_string_value(json_object_get(entry, "class")),
            .reason = json_string_value(json_object_get(entry, "reason")),
            .text = text,
        };
    }
    return out->entries != NULL;
}

static bool take_checked(json_t *root, const char *name, expected_set *out, char *complaint, size_t size)
{
    *out = (expected_set){ .json = root };
    if (!json_is_array(root) || json_array_size(root) > MAX_ENTRIES) {
        snprintf(complaint, size, "%s: %s", name,
                 json_is_array(root) ? "more than 10000 entries" : "not an array of expected failures");
        return false;
    }
    for (size_t i = 0; i < json_array_size(root); i++) {
        const char *fault = fault_of(json_array_get(root, i));
        if (fault) {
            snprintf(complaint, size, "%s: entry %zu: %s", name, i + 1, fault);
            return false;
        }
    }
    if (take(root, out))
        return true;
    snprintf(complaint, size, "%s: out of memory", name);
    return false;
}

static bool take_or_free(bool read, json_t *root, const char *name, expected_set *out, char *complaint, size_t size)
{
    *out = (expected_set){ 0 };
    if (!read)
        return false;
    bool ok = take_checked(root, name, out, complaint, size);
    if (!ok)
        expected_free(out);
    return ok;
}

bool expected_parse(const char *text, size_t len, const char *name, expected_set *out, char *complaint, size_t size)
{
    json_t *root = NULL;
    bool read = jsonfile_parse(text, len, name, &root, complaint, size);
    return take_or_free(read, root, name, out, complaint, size);
}

bool expected_load(const char *path, expected_set *out, char *complaint, size_t size)
{
    json_t *root = NULL;
    bool read = jsonfile_load(path, FILE_MAX, &root, complaint, size);
    return take_or_free(read, root, path, out, complaint, size);
}

void expected_free(expected_set *set)
{
    for (size_t i = 0; i < set->num; i++)
        free((char *)(uintptr_t)set->entries[i].text);
    free(set->entries);
    json_decref(set->json);
    *set = (expected_set){ 0 };
}

/* ---- matching ----------------------------------------------------------------------------------------------- */

static bool covers(const expected_entry *entry, const char *requirement, const char *error_class)
{
    if (entry->requirement && !matches(entry->requirement, requirement ? requirement : ""))
        return false;
    return !entry->error_class || (error_class && strcmp(entry->error_class, error_class) == 0);
}

/* Marks what this entry covers of a case that failed. */
static void cover(expected_entry *entry, tg_report_case *c, tg_report_failure *failures)
{
    for (size_t i = 0; i < c->num_failures; i++) {
        if (!covers(entry, failures[i].requirement, failures[i].error_class))
            continue;
        entry->failed = true;
        if (!failures[i].expected_failure)
            failures[i].expected_failure = entry->reason;
    }
    if (c->num_failures == 0 && covers(entry, NULL, NULL)) {
        entry->failed = true;
        if (!c->expected_failure)
            c->expected_failure = entry->reason;
    }
}

void expected_apply(expected_set *set, tg_report_case *c, tg_report_failure *failures)
{
    for (size_t i = 0; i < set->num; i++) {
        expected_entry *entry = &set->entries[i];
        if (!matches(entry->glob, c->id))
            continue;
        entry->matched = true;
        if (c->verdict == TG_VERDICT_FAILED)
            cover(entry, c, failures);
        else if (c->verdict != TG_VERDICT_PASSED)
            entry->failed = true; /* nothing is known of it */
    }
    if (c->verdict != TG_VERDICT_FAILED || c->num_failures == 0)
        return;
    for (size_t i = 0; i < c->num_failures; i++) {
        if (!failures[i].expected_failure)
            return;
    }
    c->expected_failure = failures[0].expected_failure;
}

void expected_exists(expected_set *set, const char *id)
{
    set->know_all = true;
    for (size_t i = 0; i < set->num; i++)
        set->entries[i].exists = set->entries[i].exists || matches(set->entries[i].glob, id);
}

size_t expected_stale(const expected_set *set, bool whole, tg_report_stale *out)
{
    size_t num = 0;
    for (size_t i = 0; i < set->num; i++) {
        const expected_entry *entry = &set->entries[i];
        if (entry->failed || (!entry->matched && !whole && (entry->exists || !set->know_all)))
            continue;
        out[num++] = (tg_report_stale){ .entry = entry->text,
                                        .why = entry->matched ? "none of its cases fails so" : "matches no case" };
    }
    return num;
}

void expected_suppression(const char *id, const char *requirement, char *out, size_t size)
{
    json_t *entry = json_object();
    (void)json_object_set_new(entry, "case", json_string(id));
    if (requirement && requirement[0])
        (void)json_object_set_new(entry, "requirement", json_string(requirement));
    (void)json_object_set_new(entry, "reason", json_string(PLACEHOLDER));
    char *text = json_dumps(entry, JSON_COMPACT | JSON_PRESERVE_ORDER);
    snprintf(out, size, "%s", text ? text : "");
    free(text);
    json_decref(entry);
}
