/* Lines of JSON, written and read. */
#include <stdlib.h>
#include <string.h>

#include "json_describe.h"

enum { MAX_NESTING = 16 };

/* ---- writing ------------------------------------------------------------------------------------------------ */

static char *finish(fields *f)
{
    char *text = f->object && !fields_failed(f) ? json_dumps(f->object, JSON_COMPACT) : NULL;
    json_decref(f->object);
    if (!text)
        return NULL;
    size_t len = strlen(text);
    char *line = malloc(len + 2);
    if (line) {
        memcpy(line, text, len);
        memcpy(line + len, "\n", 2);
    }
    free(text);
    return line;
}

char *iut_call_write(const iut_call *call)
{
    char why[IUT_WHY] = "";
    fields f = { .writing = true, .object = json_object(), .why = why };
    iut_call copy = *call;
    if (f.object)
        describe_call(&f, &copy);
    return finish(&f);
}

char *iut_hello_write(uint64_t id, const iut_hello *hello)
{
    char why[IUT_WHY] = "";
    fields f = { .writing = true, .object = json_object(), .why = why };
    iut_hello copy = *hello;
    if (f.object) {
        field_number(&f, "id", UINT64_MAX, &id);
        describe_hello(&f, &copy);
    }
    return finish(&f);
}

char *iut_reply_write(uint64_t id, const tgi_reply *reply)
{
    char why[IUT_WHY] = "";
    fields f = { .writing = true, .object = json_object(), .why = why };
    tgi_reply copy = *reply;
    if (f.object) {
        field_number(&f, "id", UINT64_MAX, &id);
        f.sparse = true;
        describe_reply(&f, &copy);
    }
    return finish(&f);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* How deep it is nested, without a parser that calls itself. Strings are skipped; whether it is JSON is not asked. */
static bool too_deep(const char *line, size_t len)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string && line[i] == '\\')
            i++;
        else if (line[i] == '"')
            in_string = !in_string;
        else if (!in_string && (line[i] == '{' || line[i] == '['))
            depth++;
        else if (!in_string && (line[i] == '}' || line[i] == ']'))
            depth -= depth > 0;
        if (depth > MAX_NESTING)
            return true;
    }
    return false;
}

/* The line's object in f->object, NULL when it is none. */
static bool parse(fields *f, const char *line, size_t len, iut_pool *pool, char why[IUT_WHY])
{
    *f = (fields){ .pool = pool, .why = why };
    why[0] = 0;
    if (len > 0 && memchr(line, 0, len))
        return fields_fail(f, "the line holds a NUL");
    if (too_deep(line, len))
        return fields_fail(f, "it is nested too deep");
    json_error_t error;
    json_t *value = json_loadb(len > 0 ? line : "", len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value)
        return fields_fail(f, "it is not JSON: %.100s", error.text);
    if (!json_is_object(value)) {
        json_decref(value);
        return fields_fail(f, "it is no JSON object");
    }
    f->object = value;
    return true;
}

static bool parse_answer(fields *f, const char *line, size_t len, uint64_t id, iut_pool *pool, char why[IUT_WHY])
{
    if (!parse(f, line, len, pool, why))
        return false;
    const json_t *member = json_object_get(f->object, "id");
    if (!json_is_integer(member))
        return fields_fail(f, "id is missing, or not an integer");
    if (json_integer_value(member) < 0 || (uint64_t)json_integer_value(member) != id)
        return fields_fail(f, "id is %lld and not that of the call, %llu", (long long)json_integer_value(member),
                           (unsigned long long)id);
    return true;
}

bool iut_call_read(const char *line, size_t len, iut_pool *pool, iut_call *out, char why[IUT_WHY])
{
    fields f;
    memset(out, 0, sizeof *out);
    if (parse(&f, line, len, pool, why))
        describe_call(&f, out);
    json_decref(f.object);
    return !fields_failed(&f);
}

bool iut_hello_read(const char *line, size_t len, uint64_t id, iut_pool *pool, iut_hello *out, char why[IUT_WHY])
{
    fields f;
    memset(out, 0, sizeof *out);
    if (parse_answer(&f, line, len, id, pool, why))
        describe_hello(&f, out);
    json_decref(f.object);
    return !fields_failed(&f);
}

bool iut_reply_read(const char *line, size_t len, uint64_t id, iut_pool *pool, tgi_reply *out, char why[IUT_WHY])
{
    fields f;
    memset(out, 0, sizeof *out);
    if (parse_answer(&f, line, len, id, pool, why))
        describe_reply(&f, out);
    json_decref(f.object);
    out->size = sizeof *out;
    if (fields_failed(&f))
        memset(out, 0, sizeof *out);
    return !fields_failed(&f);
}
