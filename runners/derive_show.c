#include "derive_show.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "cli.h"

/* ---- the parts of a label ----------------------------------------------------------------------------------- */

enum { MAX_PARTS = 9 };
typedef struct part {
    const char *name;
    tg_bytes octets;
} part;

/* What stands behind constant, CS ID and CSB ID, by the clause of the derivation. */
typedef struct label_shape {
    const char *clause, *kind; /* the name of the octet that tells derivations apart; NULL: there is none */
    struct {
        unsigned len_width; /* octets of the length before the value; 0: the value is all that is left */
        const char *len_name, *name;
    } tails[2];
} label_shape;

static const label_shape shapes[] = {
    { "RFC 6043 5.1.1", "kind", { { 2, "len_idr", "idr" }, { 1, "len_randrkms", "randrkms" } } },
    { "RFC 6043 5.1.2", "direction", { { 1, "len_randri", "randri" }, { 1, "len_randrr", "randrr" } } },
    { "RFC 6043 5.1.3", "kind", { { 1, "len_randri", "randri" }, { 1, "len_randrr", "randrr" } } },
    { "RFC 6043 6.10", "kind", { { 0, NULL, NULL } } },
    { "RFC 6043 A.2.1", "kind", { { 1, "len_rand", "rand" } } },
    { "RFC 6043 A.2.2", "kind", { { 1, "len_rand", "rand" } } },
    { "RFC 3830 4.1.3", NULL, { { 0, NULL, "rand" } } },
    { "RFC 3830 4.1.4", NULL, { { 0, NULL, "rand" } } },
};

/* Moves `len` octets from the front of `rest` to a part; what does not fit is what is left. */
static void cut(part *parts, size_t *num, tg_bytes *rest, const char *name, size_t len)
{
    if (len > rest->len)
        len = rest->len;
    parts[(*num)++] = (part){ name, tg_bytes_of(rest->data, len) };
    rest->data += len;
    rest->len -= len;
}

static size_t parts_of(const tg_derivation *d, part parts[MAX_PARTS])
{
    const label_shape *shape = NULL;
    size_t num = 0;
    tg_bytes rest = d->label;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(shapes[i].clause, d->clause) == 0)
            shape = &shapes[i];
    }
    cut(parts, &num, &rest, "constant", 4);
    cut(parts, &num, &rest, "cs_id", 1);
    cut(parts, &num, &rest, "csb_id", 4);
    if (shape && shape->kind)
        cut(parts, &num, &rest, shape->kind, 1);
    for (size_t i = 0; shape && i < 2 && shape->tails[i].name; i++) {
        size_t len = rest.len;
        if (shape->tails[i].len_width > 0) {
            cut(parts, &num, &rest, shape->tails[i].len_name, shape->tails[i].len_width);
            len = 0;
            for (size_t j = 0; j < parts[num - 1].octets.len; j++)
                len = len << 8 | parts[num - 1].octets.data[j];
        }
        cut(parts, &num, &rest, shape->tails[i].name, len);
    }
    if (rest.len > 0)
        cut(parts, &num, &rest, "rest", rest.len);
    return num;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static void print_hex(tg_bytes octets)
{
    char *hex = malloc(tg_hex_encoded_size(octets.len));
    if (!hex)
        return;
    tg_hex_encode(octets, hex);
    cli_write(hex, octets.len * 2);
    tg_wipe(hex, octets.len * 2);
    free(hex);
}

static void print_key(const char *name, tg_bytes key, bool masked)
{
    cli_print("  %-8s ", name);
    if (masked)
        cli_print("%zu octets, not shown (--show-keys)", key.len);
    else
        print_hex(key);
    cli_print("\n");
}

void derive_show_text(const derive_step *step, derive_masks masks)
{
    part parts[MAX_PARTS];
    size_t num = parts_of(&step->d, parts);
    const char *prf = tg_registry_name("prf_func", step->d.prf_func);
    cli_print("%s (%s)", step->d.name, step->d.clause);
    if (step->gives)
        cli_print(": %s", step->gives);
    cli_print("\n  %-8s %s (%u)\n", "PRF", prf ? prf : "?", step->d.prf_func);
    print_key("inkey", step->d.inkey, masks.inkey);
    cli_print("  %-8s ", "label");
    print_hex(step->d.label);
    cli_print("\n");
    for (size_t i = 0; i < num; i++) {
        cli_print("             %-13s", parts[i].name);
        print_hex(parts[i].octets);
        cli_print("%s\n", parts[i].octets.len ? "" : "(nothing)");
    }
    print_key("outkey", step->outkey, masks.outkey);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static void add_hex(tg_text *out, tg_bytes octets)
{
    char *hex = malloc(tg_hex_encoded_size(octets.len));
    if (!hex) {
        out->failed = true;
        return;
    }
    tg_hex_encode(octets, hex);
    answer_add(out, "\"");
    tg_text_add(out, hex, octets.len * 2);
    answer_add(out, "\"");
    tg_wipe(hex, octets.len * 2);
    free(hex);
}

static void add_number(tg_text *out, const char *indent, const char *name, size_t number)
{
    char member[96];
    snprintf(member, sizeof member, ",\n%s  \"%s\": %zu", indent, name, number);
    answer_add(out, member);
}

static void add_key(tg_text *out, const char *indent, const char *name, tg_bytes key, bool masked)
{
    char len_name[32];
    snprintf(len_name, sizeof len_name, "%s_len", name);
    add_number(out, indent, len_name, key.len);
    if (masked)
        return;
    answer_add(out, ", \"");
    answer_add(out, name);
    answer_add(out, "\": ");
    add_hex(out, key);
}

void derive_show_json(const derive_step *step, derive_masks masks, const char *indent, tg_text *out)
{
    part parts[MAX_PARTS];
    size_t num = parts_of(&step->d, parts);
    answer_add(out, indent);
    answer_add(out, "{\"name\": \"");
    answer_add(out, step->d.name);
    answer_add(out, "\", \"clause\": \"");
    answer_add(out, step->d.clause);
    answer_add(out, "\"");
    if (step->gives) {
        answer_add(out, ", \"gives\": \"");
        answer_add(out, step->gives);
        answer_add(out, "\"");
    }
    add_number(out, indent, "prf_func", step->d.prf_func);
    add_key(out, indent, "inkey", step->d.inkey, masks.inkey);
    answer_add(out, ",\n");
    answer_add(out, indent);
    answer_add(out, "  \"label\": ");
    add_hex(out, step->d.label);
    answer_add(out, ",\n");
    answer_add(out, indent);
    answer_add(out, "  \"parts\": [");
    for (size_t i = 0; i < num; i++) {
        answer_add(out, i ? ", {\"name\": \"" : "{\"name\": \"");
        answer_add(out, parts[i].name);
        answer_add(out, "\", \"octets\": ");
        add_hex(out, parts[i].octets);
        answer_add(out, "}");
    }
    answer_add(out, "]");
    add_key(out, indent, "outkey", step->outkey, masks.outkey);
    answer_add(out, "}");
}
