/* Classes of errors, and the map from an implementation's own words to them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach_private.h"

enum { MAX_PATTERNS = 1000, MAX_LENGTH = 256 };

/* runners/ATTACHING.md explains them. */
static const char *const classes[] = { "parse",   "data_type", "unexpected", "replay",   "timestamp", "prf",
                                       "mac_alg", "encr_alg",  "hash",       "auth",     "too_large", "no_memory",
                                       "id",      "cert",      "sp",         "sp_param", "ticket",    "tp_param",
                                       "rule",    "policy",    "peer_error" };

struct iut_error_map {
    size_t num;
    struct {
        char *pattern;
        const char *class;
    } entries[];
};

bool iut_is_error_class(const char *word)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i], word) == 0)
            return true;
    return false;
}

static const char *class_of(const json_t *value)
{
    const char *word = json_string_value(value);
    for (size_t i = 0; word && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i], word) == 0)
            return classes[i];
    return NULL;
}

static bool take_entries(json_t *object, iut_error_map *map, char why[IUT_WHY])
{
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *pattern = json_object_iter_key(at), *class = class_of(json_object_iter_value(at));
        if (!class || strlen(pattern) > MAX_LENGTH) {
            const char *given = json_string_value(json_object_iter_value(at));
            snprintf(why, IUT_WHY,
                     class   ? "the error map: a pattern is longer than 256 octets: \"%.40s...\""
                     : given ? "the error map: \"%.60s\" becomes \"%.40s\", which is no class of errors"
                             : "the error map: \"%.60s\" becomes something that is no word",
                     pattern, given);
            return false;
        }
        map->entries[map->num].class = class;
        if (!(map->entries[map->num++].pattern = strdup(pattern))) {
            snprintf(why, IUT_WHY, "no memory");
            return false;
        }
    }
    return true;
}

bool iut_error_map_read(const char *json, iut_error_map **out, char why[IUT_WHY])
{
    json_error_t error;
    *out = NULL;
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    bool ok = json_is_object(object) && json_object_size(object) <= MAX_PATTERNS;
    if (!ok)
        snprintf(why, IUT_WHY, "the error map: %.100s",
                 object ? "not a JSON object with at most 1000 members" : error.text);
    if (ok && !(*out = calloc(1, sizeof **out + json_object_size(object) * sizeof *(*out)->entries))) {
        snprintf(why, IUT_WHY, "no memory");
        ok = false;
    }
    ok = ok && take_entries(object, *out, why);
    json_decref(object);
    if (!ok) {
        iut_error_map_free(*out);
        *out = NULL;
    }
    return ok;
}

void iut_error_map_free(iut_error_map *map)
{
    for (size_t i = 0; map && i < map->num; i++)
        free(map->entries[i].pattern);
    free(map);
}

/* `*` is any text, also none. Only the last `*` is ever tried anew. */
static bool matches(const char *pattern, const char *word)
{
    const char *star = NULL, *tried = NULL;
    while (*word) {
        if (*pattern == '*') {
            star = ++pattern;
            tried = word;
        } else if (*pattern == *word) {
            pattern++;
            word++;
        } else if (star) {
            pattern = star;
            word = ++tried;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == 0;
}

const char *iut_error_map_find(const iut_error_map *map, const char *word)
{
    if (!map || !word || strlen(word) > 4 * MAX_LENGTH)
        return word;
    for (size_t i = 0; i < map->num; i++)
        if (matches(map->entries[i].pattern, word))
            return map->entries[i].class;
    return word;
}
