/* Where two values differ, and failures that say so. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vectors_judge.h"

tg_report_failure *vectors_add_failure(vectors_judge *j, const char *what, const char *expected, const char *got)
{
    if (j->num_failures == j->capacity) {
        size_t larger = j->capacity ? j->capacity * 2 : 4;
        tg_report_failure *failures = keep_memory(&j->keeping, larger * sizeof *failures);
        if (j->num_failures > 0)
            memcpy(failures, j->failures, j->num_failures * sizeof *failures);
        j->failures = failures;
        j->capacity = larger;
    }
    tg_report_failure *failure = &j->failures[j->num_failures++];
    *failure = (tg_report_failure){ .what = what, .expected = expected, .got = got };
    return failure;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

char *vectors_dump(keeping *k, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    char *out = keep_text(k, "%.400s%s", text ? text : "nothing", text && strlen(text) > 400 ? "..." : "");
    free(text);
    return out;
}

static bool step_into(json_t *expected, json_t *got, vectors_difference *d, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool step_into(json_t *expected, json_t *got, vectors_difference *d, const char *format, ...)
{
    size_t len = strlen(d->path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(d->path + len, sizeof d->path - len, format, arguments);
    va_end(arguments);
    if (vectors_find_difference(expected, got, d))
        return true;
    d->path[len] = '\0';
    return false;
}

/* The first place where two values differ. */
bool vectors_find_difference(json_t *expected, json_t *got, vectors_difference *d)
{
    if (expected && got && json_equal(expected, got))
        return false;
    d->expected = expected;
    d->got = got;
    const char *key;
    json_t *value;
    if (json_is_object(expected) && json_is_object(got)) {
        const char *dot = d->path[0] ? "." : "";
        json_object_foreach(expected, key, value)
        {
            if (step_into(value, json_object_get(got, key), d, "%s%s", dot, key))
                return true;
        }
        json_object_foreach(got, key, value)
        {
            if (!json_object_get(expected, key) && step_into(NULL, value, d, "%s%s", dot, key))
                return true;
        }
    }
    if (json_is_array(expected) && json_is_array(got)) {
        for (size_t i = 0; i < json_array_size(expected) || i < json_array_size(got); i++) {
            if (step_into(json_array_get(expected, i), json_array_get(got, i), d, "[%zu]", i))
                return true;
        }
    }
    return true;
}
