#include "jsonfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool jsonfile_parse(const char *text, size_t len, const char *name, json_t **out, char *complaint, size_t size)
{
    json_error_t error;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!*out)
        snprintf(complaint, size, "%s:%d:%d: %s", name, error.line, error.column, error.text);
    return *out != NULL;
}

/* What is read so far, and a piece more; NULL when it is too much or cannot be read. */
static char *read_all(FILE *file, size_t most, size_t *len, const char **why)
{
    char *text = NULL;
    for (size_t room = 65536;; room *= 2) {
        char *larger = realloc(text, room);
        *why = "out of memory";
        if (!larger)
            break;
        text = larger;
        *len += fread(text + *len, 1, room - *len, file);
        *why = ferror(file) ? strerror(errno) : "too large";
        if (ferror(file) || *len > most)
            break;
        if (*len < room)
            return text;
    }
    free(text);
    return NULL;
}

bool jsonfile_load(const char *path, size_t most, json_t **out, char *complaint, size_t size)
{
    const char *why = NULL;
    size_t len = 0;
    FILE *file = fopen(path, "rb");
    char *text = file ? read_all(file, most, &len, &why) : NULL;
    if (!text)
        snprintf(complaint, size, "%s: %s", path, file ? why : strerror(errno));
    if (file)
        fclose(file);
    bool ok = text && jsonfile_parse(text, len, path, out, complaint, size);
    free(text);
    return ok;
}
