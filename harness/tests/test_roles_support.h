/* What the tests of the roles share: memory, keys, judging a made conversation, and printing why it is not accepted. */
#ifndef TEST_ROLES_SUPPORT_H
#define TEST_ROLES_SUPPORT_H

#include "ticketgate/converse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_keys.h"

#define MEMORY ((size_t)96 << 20)

static uint8_t *memory; /* of the conversation and its roles */
static uint8_t *judge_memory;
static tg_crypto *crypto;

static int set_up(void **state)
{
    (void)state;
    memory = calloc(1, MEMORY);
    judge_memory = calloc(1, MEMORY);
    return memory && judge_memory && tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    free(judge_memory);
    tg_crypto_free(crypto);
    return 0;
}

static inline tg_bytes text_bytes(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static inline size_t print_findings(const tg_conversation *c)
{
    size_t num = 0;
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        const tg_judgement *j = tg_conversation_judgement(c, i);
        for (size_t n = 0; n < j->num_findings; n++, num++)
            print_error("  message %zu (type %d): %s %s: %s\n", i, j->message ? j->message->hdr.data_type : -1,
                        j->findings[n]->requirement->id, j->findings[n]->path, j->findings[n]->text);
        if (!tg_judgement_is_accepted(j))
            print_error("  message %zu (type %d): auth %s, ticket %s, vr %s, kemac %s\n", i,
                        j->message ? j->message->hdr.data_type : -1, tg_outcome_name(j->auth),
                        tg_outcome_name(j->ticket_auth), tg_outcome_name(j->vr_auth), tg_outcome_name(j->kemac));
    }
    return num;
}

static inline tg_conversation *judge(const tg_conversation_made *made)
{
    tg_conversation *c = NULL;
    static tg_arena arena;
    arena = tg_arena_of(judge_memory, MEMORY);
    assert_int_equal(tg_conversation_new(crypto, &made->known, made->num_sent, &arena, &c), TG_OK);
    for (size_t i = 0; i < made->num_sent; i++)
        assert_int_equal(tg_conversation_add(c, &made->sent[i]), TG_OK);
    return c;
}

static inline bool judgement_has(const tg_judgement *j, const char *id)
{
    for (size_t n = 0; n < j->num_findings; n++) {
        if (strcmp(j->findings[n]->requirement->id, id) == 0)
            return true;
    }
    return false;
}

static inline bool conversation_has(const tg_conversation *c, const char *id)
{
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        if (judgement_has(tg_conversation_judgement(c, i), id))
            return true;
    }
    return false;
}

static inline void converse(const tg_plan *plan, tg_conversation_made *made)
{
    static tg_arena arena;
    arena = tg_arena_of(memory, MEMORY);
    tg_status status = tg_converse(crypto, plan, &arena, made);
    if (status != TG_OK)
        fail_msg("tg_converse: %s", tg_status_name(status));
}

/* Runs the plan; a judge with all secrets finds nothing to say. `num`: how many messages that gives. */
static inline void run_clean(const char *title, const tg_plan *plan, size_t num)
{
    tg_conversation_made made;
    converse(plan, &made);
    if (!made.finished)
        print_error("%s: refused by %d: %s (%s)\n", title, made.refused_by, tg_refusal_text(made.refusal),
                    made.broken ? made.broken->id : "-");
    tg_conversation *c = judge(&made);
    size_t findings = print_findings(c);
    if (!made.finished || findings > 0 || !tg_conversation_is_accepted(c) || made.num_sent != num)
        fail_msg("%s: finished %d, accepted %d, %zu findings, %zu messages", title, made.finished,
                 tg_conversation_is_accepted(c), findings, made.num_sent);
    tg_conversation_made_free(&made);
}

#endif
