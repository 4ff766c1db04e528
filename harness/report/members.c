#include "members.h"

enum { EXCERPT_ROW = 16, EXCERPT_MAX = 64 };

/* What stands before each member or element. */
static void put_name(tg_out *out, const char *name)
{
    tg_out_text(out, out->comma ? "," : "");
    out->comma = true;
    if (!name)
        return;
    tg_out_text(out, "\"");
    tg_out_text(out, name);
    tg_out_text(out, "\":");
}

void tg_put_open(tg_out *out, const char *name, const char *bracket)
{
    put_name(out, name);
    tg_out_text(out, bracket);
    out->comma = false;
}

void tg_put_close(tg_out *out, const char *bracket)
{
    tg_out_text(out, bracket);
    out->comma = true;
}

void tg_put_line(tg_out *out)
{
    tg_out_text(out, out->comma ? ",\n" : "\n");
    out->comma = false;
}

void tg_put_text(tg_out *out, const char *name, const char *value)
{
    tg_put_cut(out, name, value, SIZE_MAX);
}

void tg_put_optional(tg_out *out, const char *name, const char *value)
{
    if (tg_has_text(value))
        tg_put_text(out, name, value);
}

void tg_put_cut(tg_out *out, const char *name, const char *value, size_t most)
{
    put_name(out, name);
    tg_out_text(out, "\"");
    tg_out_json_cut(out, value, most);
    tg_out_text(out, "\"");
}

void tg_put_masked(tg_out *out, const char *name, const char *value)
{
    if (!tg_has_text(value))
        return;
    put_name(out, name);
    tg_out_text(out, "\"");
    tg_out_masked(out, value, tg_out_json);
    tg_out_text(out, "\"");
}

void tg_put_number(tg_out *out, const char *name, uint64_t value)
{
    put_name(out, name);
    tg_out_number(out, value);
}

void tg_put_bool(tg_out *out, const char *name, bool value)
{
    put_name(out, name);
    tg_out_text(out, value ? "true" : "false");
}

void tg_put_hex(tg_out *out, const char *name, tg_bytes octets)
{
    put_name(out, name);
    tg_out_text(out, "\"");
    tg_out_hex(out, octets);
    tg_out_text(out, "\"");
}

void tg_put_words(tg_out *out, const char *name, const char *const *words)
{
    tg_put_open(out, name, "[");
    for (; words && *words; words++)
        tg_put_text(out, NULL, *words);
    tg_put_close(out, "]");
}

void tg_put_list(tg_out *out, const char *name, const char *const *words, size_t num)
{
    tg_put_open(out, name, "[");
    for (size_t i = 0; i < num; i++)
        tg_put_text(out, NULL, words[i]);
    tg_put_close(out, "]");
}

void tg_put_clause(tg_out *out, const char *name, const tg_requirement *requirement)
{
    put_name(out, name);
    tg_out_text(out, "\"");
    tg_out_json(out, requirement->source);
    tg_out_text(out, " ");
    tg_out_json(out, requirement->clause);
    tg_out_text(out, "\"");
}

/* From the start of its row of sixteen. */
void tg_put_excerpt(tg_out *out, const char *name, size_t offset, tg_bytes octets)
{
    size_t place = offset < octets.len ? offset : octets.len;
    size_t start = place / EXCERPT_ROW * EXCERPT_ROW;
    size_t len = octets.len - start < EXCERPT_MAX ? octets.len - start : EXCERPT_MAX;
    tg_put_open(out, name, "{");
    tg_put_number(out, "offset", start);
    tg_put_hex(out, "hex", tg_bytes_of(len ? octets.data + start : NULL, len));
    tg_put_close(out, "}");
}
