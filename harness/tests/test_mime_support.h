/* What the tests of the room mime share: entities in blocks of just their size, so that the sanitizer sees what lies outside. */
#ifndef TICKETGATE_TEST_MIME_SUPPORT_H
#define TICKETGATE_TEST_MIME_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/mime.h"

#define P7M "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n"

/* A parsed entity and the memory it is in. */
typedef struct parsed {
    uint8_t *octets;
    size_t len;
    void *memory;
    tg_arena arena;
    tg_mime_part part;
    tg_diag diag;
    tg_status status;
} parsed;

static inline uint8_t *exact_copy(const void *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len)
        memcpy(copy, data, len);
    return copy;
}

static inline parsed parse_octets(const void *data, size_t len)
{
    parsed p = { .len = len, .octets = exact_copy(data, len) };
    size_t size = tg_mime_arena_size(len);
    p.memory = malloc(size);
    assert_non_null(p.memory);
    memset(p.memory, 0x5A, size);
    p.arena = tg_arena_of(p.memory, size);
    p.status = tg_mime_parse(tg_bytes_of(p.octets, len), &p.arena, &p.part, &p.diag);
    assert_true(p.status != TG_ARENA_FULL);
    return p;
}

static inline parsed parse_text(const char *text)
{
    return parse_octets(text, strlen(text));
}

static inline void done(parsed *p)
{
    free(p->octets);
    free(p->memory);
}

static inline void assert_octets(tg_bytes octets, const char *text)
{
    if (octets.len != strlen(text) || (octets.len && memcmp(octets.data, text, octets.len) != 0))
        fail_msg("\"%.*s\" is not \"%s\"", (int)octets.len, octets.data ? (const char *)octets.data : "", text);
}

/* Text put together piece by piece. */
typedef struct text {
    char *data;
    size_t len, max;
} text;

static inline void add(text *t, const char *piece)
{
    size_t len = strlen(piece);
    if (t->len + len + 1 > t->max) {
        t->max = (t->len + len + 1) * 2;
        t->data = realloc(t->data, t->max);
        assert_non_null(t->data);
    }
    memcpy(t->data + t->len, piece, len + 1);
    t->len += len;
}

static inline int init_mime(void **state)
{
    (void)state;
    return tg_mime_init() == TG_OK ? 0 : -1;
}

#endif
