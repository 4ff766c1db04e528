/* What the tests of the room tls share: transcripts, recorded or written here octet by octet, and their judgement. */
#ifndef TEST_TLS_SUPPORT_H
#define TEST_TLS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/tls.h"
#include "tls_samples.h"

enum { MAX_SEGMENTS = 65536, MAX_OCTETS = 1 << 18 };

static tg_crypto *crypto;
static tg_profile profile;

/* A transcript that can be changed. */
typedef struct transcript {
    bool datagrams, tls13_allowed;
    tg_tls_segment segments[MAX_SEGMENTS];
    size_t num;
    uint8_t octets[MAX_OCTETS];
    size_t used;
    const char *tek; /* hex; NULL: not known */
    const char *identity13;
} transcript;

/* The judgement and its memory, which has just the promised size. */
typedef struct answer {
    tg_status status;
    tg_tls_judgement judgement;
    void *memory;
} answer;

static inline int open_crypto(void **state)
{
    (void)state;
    profile = *tg_profile_find("ims-msrp-tls");
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static inline int close_crypto(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

static inline size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = 0, at;
    assert_int_equal(tg_hex_decode(hex, strlen(hex), out, &len, &at), TG_OK);
    return len;
}

static inline void add_segment(transcript *t, bool from_client, const uint8_t *octets, size_t len)
{
    assert_true(t->num < MAX_SEGMENTS && len <= MAX_OCTETS - t->used);
    memcpy(t->octets + t->used, octets, len);
    t->segments[t->num++] = (tg_tls_segment){ from_client, tg_bytes_of(t->octets + t->used, len) };
    t->used += len;
}

static inline void begin(transcript *t)
{
    t->num = t->used = 0;
    t->datagrams = t->tls13_allowed = false;
    t->tek = TG_TLS_SAMPLE_TEK;
    t->identity13 = NULL;
}

static inline const tg_tls_sample *sample_named(const char *name)
{
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        if (strcmp(tg_tls_samples[i].name, name) == 0)
            return &tg_tls_samples[i];
    }
    fail_msg("no sample %s", name);
    return NULL;
}

static inline void load(transcript *t, const tg_tls_sample *sample)
{
    static uint8_t octets[1 << 14];
    begin(t);
    t->datagrams = sample->datagrams;
    t->tls13_allowed = sample->tls13;
    for (size_t i = 0; i < 16 && sample->segments[i]; i++)
        add_segment(t, sample->segments[i][0] == 'C', octets, from_hex(sample->segments[i] + 1, octets));
}

static inline void judge_in(const transcript *t, size_t memory, answer *a)
{
    uint8_t tek[257], identity13[64];
    profile.settings.tls_versions = t->tls13_allowed ? TG_TLS_VERSIONS_TLS13 : TG_TLS_VERSIONS_TLS12;
    tg_tls_known known = { .profile = &profile,
                           .datagrams = t->datagrams,
                           .has_tek = t->tek != NULL,
                           .has_identity13 = t->identity13 != NULL };
    if (t->tek)
        known.tek = tg_bytes_of(tek, from_hex(t->tek, tek));
    if (t->identity13)
        known.identity13 = tg_bytes_of(identity13, from_hex(t->identity13, identity13));
    a->memory = malloc(memory);
    assert_non_null(a->memory);
    memset(a->memory, 0xA5, memory);
    tg_arena arena = tg_arena_of(a->memory, memory);
    a->status = tg_tls_judge(crypto, &known, t->segments, t->num, &arena, &a->judgement);
}

static inline void judge(const transcript *t, answer *a)
{
    judge_in(t, tg_tls_arena_size(t->segments, t->num), a);
}

static inline void done(answer *a)
{
    free(a->memory);
    a->memory = NULL;
}

static inline size_t times_found(const answer *a, const char *id)
{
    size_t num = 0;
    assert_non_null(tg_requirement_find(id));
    for (size_t i = 0; i < a->judgement.num_findings; i++)
        num += strcmp(a->judgement.findings[i]->requirement->id, id) == 0;
    return num;
}

/* The ids that were found, each once, in order of the catalogue's text, with blanks between them. */
static inline void ids_found(const answer *a, char *out, size_t size)
{
    size_t num, len = 0;
    const tg_requirement *rows = tg_requirements(&num);
    out[0] = '\0';
    for (size_t i = 0; i < num; i++) {
        if (times_found(a, rows[i].id))
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "", rows[i].id);
    }
}

#endif
