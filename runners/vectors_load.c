#include "vectors_load.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "input.h"

enum { FILE_MAX = 256 << 20 };

static bool out_of_memory(void)
{
    cli_complain("out of memory");
    return false;
}

/* ---- is it a vector file? ----------------------------------------------------------------------------------- */

static bool are_strings(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!json_is_string(json_array_get(array, i)))
            return false;
    }
    return json_is_array(array);
}

/* What a vector needs to be listed at all; vectors_fault looks at what it expects. */
static const char *fault_of_vector(const json_t *v)
{
    const json_t *parent = json_object_get(v, "parent");
    if (!json_is_string(json_object_get(v, "id")) || !json_is_string(json_object_get(v, "title")))
        return "id and title must be strings";
    if (!are_strings(json_object_get(v, "clauses")) || !are_strings(json_object_get(v, "flags")))
        return "clauses and flags must be arrays of strings";
    if (!json_is_null(parent) && !json_is_string(parent))
        return "parent must be an id or null";
    if (!json_is_string(json_object_get(v, "message")))
        return "message must be a string of hex digits";
    return NULL;
}

/* What a conversation needs, likewise. */
static const char *fault_of_conversation(const json_t *v)
{
    const json_t *parent = json_object_get(v, "parent");
    if (!json_is_string(json_object_get(v, "id")) || !json_is_string(json_object_get(v, "title")))
        return "id and title must be strings";
    if (!are_strings(json_object_get(v, "clauses")))
        return "clauses must be an array of strings";
    if (!json_is_null(parent) && !json_is_string(parent))
        return "parent must be an id or null";
    if (!json_is_object(json_object_get(v, "conversation")) || !json_is_object(json_object_get(v, "answer")))
        return "conversation and answer must be objects";
    return NULL;
}

/* What a container or a handshake needs, likewise: `asked` is what is asked about it. */
static const char *fault_of_answered(const json_t *v, const char *asked)
{
    const json_t *parent = json_object_get(v, "parent");
    if (!json_is_string(json_object_get(v, "id")) || !json_is_string(json_object_get(v, "title")))
        return "id and title must be strings";
    if (!are_strings(json_object_get(v, "clauses")))
        return "clauses must be an array of strings";
    if (!json_is_null(parent) && !json_is_string(parent))
        return "parent must be an id or null";
    if (!json_object_get(v, asked) || !json_is_object(json_object_get(v, "answer")))
        return "what is asked must be there, and answer an object";
    return NULL;
}

static const char *fault_of_case(const json_t *v, vector_kind kind)
{
    switch (kind) {
    case VECTOR_CONVERSATION:
        return fault_of_conversation(v);
    case VECTOR_SMIME:
        return fault_of_answered(v, "octets");
    case VECTOR_TLS:
        return fault_of_answered(v, "ask");
    default:
        return fault_of_vector(v);
    }
}

/* The cases of a file, and of what kind they are: its first says it. */
static const json_t *cases_of(const json_t *root, vector_kind *kind)
{
    const json_t *conversations = json_object_get(root, "conversations"), *vectors = json_object_get(root, "vectors");
    const json_t *first = json_array_get(vectors, 0);
    *kind = conversations                        ? VECTOR_CONVERSATION
            : json_object_get(first, "octets") ? VECTOR_SMIME
            : json_object_get(first, "ask")    ? VECTOR_TLS
                                               : VECTOR_MESSAGE;
    return conversations ? conversations : vectors;
}

static bool check_file(const char *path, const json_t *root)
{
    vector_kind kind;
    const json_t *vectors = cases_of(root, &kind);
    if (json_integer_value(json_object_get(root, "format")) != 1 || !json_is_string(json_object_get(root, "group")) ||
        !json_is_array(vectors)) {
        cli_complain("%s: not a vector file of format 1", path);
        return false;
    }
    size_t num = json_array_size(vectors);
    if (json_integer_value(json_object_get(root, "num_vectors")) != (json_int_t)num) {
        cli_complain("%s: num_vectors is not the number of vectors, %zu", path, num);
        return false;
    }
    for (size_t i = 0; i < num; i++) {
        const json_t *v = json_array_get(vectors, i);
        const char *fault = fault_of_case(v, kind);
        if (fault) {
            cli_complain("%s: %s[%zu]: %s", path, kind == VECTOR_CONVERSATION ? "conversations" : "vectors", i, fault);
            return false;
        }
    }
    return true;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static bool is_loaded(const vector_set *set, const char *path)
{
    struct stat a, b;
    if (stat(path, &a) != 0)
        return false;
    for (size_t i = 0; i < set->num_files; i++) {
        if (stat(set->files[i].path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
            return true;
    }
    return false;
}

static bool keep_file(vector_set *set, const char *path, json_t *root)
{
    vector_file *files = realloc(set->files, (set->num_files + 1) * sizeof *files);
    if (files)
        set->files = files;
    char *copy = files ? strdup(path) : NULL;
    if (!copy) {
        json_decref(root);
        return out_of_memory();
    }
    set->files[set->num_files++] = (vector_file){ copy, root };
    return true;
}

/* These return CLI_OK, CLI_USAGE after a complaint, or CLI_INTERRUPTED. */
static int load_file(vector_set *set, const char *path)
{
    input_text text;
    json_error_t error;
    if (is_loaded(set, path))
        return CLI_OK;
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode) &&
        !S_ISFIFO(about.st_mode)) { /* a device may have no end */
        cli_complain("%s: is neither a file nor a pipe", path);
        return CLI_USAGE;
    }
    int code = input_read(path, FILE_MAX, "", &text);
    if (code != CLI_OK)
        return code;
    json_t *root = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    free(text.data);
    if (cli_interrupted()) {
        json_decref(root);
        return CLI_INTERRUPTED;
    }
    if (!root) {
        cli_complain("%s:%d:%d: %s", path, error.line, error.column, error.text);
        return CLI_USAGE;
    }
    if (!check_file(path, root)) {
        json_decref(root);
        return CLI_USAGE;
    }
    return keep_file(set, path, root) ? CLI_OK : CLI_USAGE;
}

static int is_json_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int load_files_of(vector_set *set, const char *folder)
{
    struct dirent **entries = NULL;
    int num = scandir(folder, &entries, is_json_file, alphasort);
    int code = num >= 0 ? CLI_OK : CLI_USAGE;
    if (num < 0)
        cli_complain("%s: %s", folder, strerror(errno));
    for (int i = 0; i < num; i++) {
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (code == CLI_OK && len > 0 && (size_t)len < sizeof path)
            code = load_file(set, path);
        free(entries[i]);
    }
    free(entries);
    return code;
}

/* The files of a folder, and those of its folders of other kinds. */
static int load_folder(vector_set *set, const char *folder)
{
    static const char *const within[] = { "conversations", "smime", "tls" };
    int code = load_files_of(set, folder);
    for (size_t i = 0; i < sizeof within / sizeof within[0] && code == CLI_OK; i++) {
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s", folder, within[i]);
        if (len > 0 && (size_t)len < sizeof path && is_folder(path))
            code = load_files_of(set, path);
    }
    return code;
}

static int load_folder_of(vector_set *set, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;
    if (len >= sizeof folder)
        return CLI_OK;
    memcpy(folder, slash ? path : ".", len);
    folder[len] = '\0';
    return load_folder(set, len ? folder : "/");
}

/* ---- the set ------------------------------------------------------------------------------------------------ */

static int compare_ids(const void *a, const void *b)
{
    return strcmp((*(vector *const *)a)->id, (*(vector *const *)b)->id);
}

static size_t count_vectors(const vector_set *set)
{
    size_t num = 0;
    vector_kind kind;
    for (size_t i = 0; i < set->num_files; i++)
        num += json_array_size(cases_of(set->files[i].root, &kind));
    return num;
}

/* Lists the vectors of all files; those of the first `num_asked` were asked for. */
static bool list_vectors(vector_set *set, size_t num_asked)
{
    size_t num = count_vectors(set), at = 0;
    free(set->vectors);
    free(set->by_id);
    set->vectors = calloc(num + 1, sizeof *set->vectors);
    set->by_id = calloc(num + 1, sizeof *set->by_id);
    if (!set->vectors || !set->by_id)
        return out_of_memory();
    for (size_t i = 0; i < set->num_files; i++) {
        vector_kind kind;
        const json_t *vectors = cases_of(set->files[i].root, &kind);
        const char *group = json_string_value(json_object_get(set->files[i].root, "group"));
        for (size_t j = 0; j < json_array_size(vectors); j++, at++) {
            json_t *v = json_array_get(vectors, j);
            set->vectors[at] = (vector){ .file = &set->files[i], .json = v, .group = group, .asked_for = i < num_asked,
                                         .kind = kind,
                                         .id = json_string_value(json_object_get(v, "id")),
                                         .title = json_string_value(json_object_get(v, "title")),
                                         .parent = json_string_value(json_object_get(v, "parent")) };
            set->by_id[at] = &set->vectors[at];
        }
    }
    set->num_vectors = num;
    qsort(set->by_id, num, sizeof *set->by_id, compare_ids);
    for (size_t i = 1; i < num; i++) {
        if (strcmp(set->by_id[i - 1]->id, set->by_id[i]->id) == 0) {
            cli_complain("%s: the id %s is there twice", set->by_id[i]->file->path, set->by_id[i]->id);
            return false;
        }
    }
    return true;
}

static bool has_all_parents(const vector_set *set)
{
    for (size_t i = 0; i < set->num_vectors; i++) {
        if (set->vectors[i].parent && !vectors_find(set, set->vectors[i].parent))
            return false;
    }
    return true;
}

int vectors_load(vector_set *set, char *const *paths, size_t num_paths)
{
    *set = (vector_set){ 0 };
    for (size_t i = 0; i < num_paths; i++) {
        int code = is_folder(paths[i]) ? load_folder(set, paths[i]) : load_file(set, paths[i]);
        if (code != CLI_OK)
            return code;
    }
    size_t num_asked = set->num_files;
    if (!list_vectors(set, num_asked))
        return CLI_USAGE;
    if (set->num_vectors == 0) {
        cli_complain("%s: there are no vectors", num_paths ? paths[0] : "");
        return CLI_NOTHING;
    }
    if (has_all_parents(set))
        return CLI_OK;
    for (size_t i = 0; i < num_asked; i++) {
        char *path = set->files[i].path; /* the list of files may move */
        int code = load_folder_of(set, path);
        if (code != CLI_OK)
            return code;
    }
    return list_vectors(set, num_asked) ? CLI_OK : CLI_USAGE;
}

void vectors_free(vector_set *set)
{
    for (size_t i = 0; i < set->num_files; i++) {
        free(set->files[i].path);
        json_decref(set->files[i].root);
    }
    free(set->files);
    free(set->vectors);
    free(set->by_id);
    *set = (vector_set){ 0 };
}

vector *vectors_find(const vector_set *set, const char *id)
{
    size_t low = 0, high = set->num_vectors;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(set->by_id[middle]->id, id);
        if (order == 0)
            return set->by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
