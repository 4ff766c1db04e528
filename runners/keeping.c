#include "keeping.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

void *keep_memory(keeping *k, size_t size)
{
    if (k->num == k->capacity) {
        k->capacity = k->capacity ? k->capacity * 2 : 256;
        k->kept = realloc(k->kept, k->capacity * sizeof *k->kept);
    }
    void *out = k->kept ? calloc(1, size ? size : 1) : NULL;
    if (!out) {
        cli_complain("out of memory");
        exit(CLI_INTERNAL);
    }
    k->kept[k->num++] = out;
    return out;
}

char *keep_text(keeping *k, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *out = keep_memory(k, len < 0 ? 1 : (size_t)len + 1);
    if (len > 0)
        vsnprintf(out, (size_t)len + 1, format, again);
    va_end(again);
    return out;
}

void keeping_free(keeping *k)
{
    for (size_t i = 0; i < k->num; i++)
        free(k->kept[i]);
    free(k->kept);
    *k = (keeping){ 0 };
}
