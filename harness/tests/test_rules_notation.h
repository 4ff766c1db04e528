/* What the notation of test_rules_support.h is read with, and what the octets are put together in. */
#ifndef TICKETGATE_TEST_RULES_NOTATION_H
#define TICKETGATE_TEST_RULES_NOTATION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/rules.h"

/* ---- putting octets together -------------------------------------------------------------------------------- */

typedef struct mark {
    char path[TG_PATH_MAX];
    size_t offset, len;
} mark;

typedef struct assembly {
    uint8_t out[4096];
    size_t len;
    mark marks[200];
    size_t num_marks;
} assembly;

static void put(assembly *a, unsigned value)
{
    assert_true(a->len < sizeof a->out);
    a->out[a->len++] = (uint8_t)value;
}
static void put16(assembly *a, unsigned value)
{
    put(a, value >> 8);
    put(a, value & 0xff);
}
static void fill(assembly *a, unsigned value, size_t num)
{
    while (num--)
        put(a, value);
}
static size_t add_mark(assembly *a, const char *prefix, const char *name)
{
    assert_true(a->num_marks < sizeof a->marks / sizeof a->marks[0]);
    mark *m = &a->marks[a->num_marks];
    assert_true((size_t)snprintf(m->path, sizeof m->path, "%s%s", prefix, name) < sizeof m->path);
    m->offset = a->len;
    return a->num_marks++;
}
static void end_mark(assembly *a, size_t m)
{
    a->marks[m].len = a->len - a->marks[m].offset;
}
static size_t reserve16(assembly *a)
{
    put16(a, 0);
    return a->len;
}
static void fill_len16(assembly *a, size_t start)
{
    a->out[start - 2] = (uint8_t)((a->len - start) >> 8);
    a->out[start - 1] = (uint8_t)(a->len - start);
}

/* ---- reading the notation ----------------------------------------------------------------------------------- */

typedef struct text {
    const char *pos, *end;
} text;

static text text_of(const char *string)
{
    return (text){ string, string + strlen(string) };
}
static bool skip_space(text *t)
{
    while (t->pos < t->end && *t->pos == ' ')
        t->pos++;
    return t->pos < t->end;
}
/* Up to a separator that stands outside brackets; the separator is taken too. */
static text take_until(text *t, char separator)
{
    text piece = { t->pos, t->pos };
    int depth = 0;
    while (t->pos < t->end && (depth > 0 || *t->pos != separator)) {
        depth += (*t->pos == '(') - (*t->pos == ')');
        t->pos++;
    }
    piece.end = t->pos;
    if (t->pos < t->end)
        t->pos++;
    return piece;
}
/* A word up to a space or an opening bracket, and what stands between the brackets. */
static bool take_word(text *t, char *word, size_t size, text *args)
{
    size_t len = 0;
    if (!skip_space(t))
        return false;
    while (t->pos < t->end && *t->pos != ' ' && *t->pos != '(') {
        assert_true(len + 1 < size);
        word[len++] = *t->pos++;
    }
    word[len] = '\0';
    *args = (text){ t->pos, t->pos };
    if (t->pos < t->end && *t->pos == '(') {
        t->pos++;
        *args = take_until(t, ')');
    }
    return true;
}
static unsigned take_number(text *args, unsigned otherwise)
{
    text piece = take_until(args, ',');
    return skip_space(&piece) ? (unsigned)strtoul(piece.pos, NULL, 0) : otherwise;
}
static bool is_text(text t, const char *string)
{
    skip_space(&t);
    return (size_t)(t.end - t.pos) == strlen(string) && strncmp(t.pos, string, strlen(string)) == 0;
}

#endif
