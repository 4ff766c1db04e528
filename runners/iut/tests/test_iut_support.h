/* What the tests of the reference and its mutants share: keys, conversations in which an attached IUT stands for a role,
 * and the judge of them. */
#ifndef TEST_IUT_SUPPORT_H
#define TEST_IUT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "party.h"
#include "test_keys.h"

#define MEMORY ((size_t)96 << 20)

static uint8_t *memory, *judge_memory, *party_memory;
static tg_crypto *crypto;

static int set_up(void **state)
{
    (void)state;
    memory = calloc(1, MEMORY);
    judge_memory = calloc(1, MEMORY);
    party_memory = calloc(1, (size_t)4 << 20);
    return memory && judge_memory && party_memory && tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    free(judge_memory);
    free(party_memory);
    tg_crypto_free(crypto);
    return 0;
}

static inline iut *attach_reference(const char *mutant)
{
    const char *reason = "";
    iut *u = iut_attach(&(iut_options){ .mutant = mutant, .in_process = true }, &reason);
    if (!u)
        fail_msg("%s: %s", mutant ? mutant : "the reference", reason);
    return u;
}

/* One conversation in which `u` stands for `who`. */
typedef struct meeting {
    tg_arena arena, notes, judging;
    iut_party party;
    tg_party in_its_place;
    tg_conversation_made made;
    tg_status status;
    tg_conversation *judged;
} meeting;

static inline void meet(iut *u, const tg_plan *of, tg_sender who, meeting *m)
{
    tg_plan plan = *of;
    memset(m, 0, sizeof *m);
    m->arena = tg_arena_of(memory, MEMORY);
    m->notes = tg_arena_of(party_memory, (size_t)4 << 20);
    m->judging = tg_arena_of(judge_memory, MEMORY);
    m->party = (iut_party){ .u = u, .arena = &m->notes };
    m->in_its_place = iut_party_of(&m->party);
    plan.party = &m->in_its_place;
    plan.stands_for = who;
    m->status = tg_converse(crypto, &plan, &m->arena, &m->made);
    iut_party_close(&m->party);
    if (m->status != TG_OK)
        return;
    assert_int_equal(tg_conversation_new(crypto, &m->made.known, m->made.num_sent, &m->judging, &m->judged), TG_OK);
    for (size_t i = 0; i < m->made.num_sent; i++)
        assert_int_equal(tg_conversation_add(m->judged, &m->made.sent[i]), TG_OK);
}

static inline void part(meeting *m)
{
    if (m->status == TG_OK)
        tg_conversation_made_free(&m->made);
}

static inline size_t print_findings(const tg_conversation *c)
{
    size_t num = 0;
    for (size_t i = 0; i < tg_conversation_num(c); i++) {
        const tg_judgement *j = tg_conversation_judgement(c, i);
        for (size_t n = 0; n < j->num_findings; n++, num++)
            print_error("  message %zu (type %d): %s %s: %s\n", i, j->message ? j->message->hdr.data_type : -1,
                        j->findings[n]->requirement->id, j->findings[n]->path, j->findings[n]->text);
    }
    return num;
}

static inline void print_calls(const iut_party *p)
{
    for (size_t i = 0; i < p->num_calls; i++) {
        const iut_party_call *c = &p->calls[i];
        print_error("  %s from %d: fault %d, outcome %d, class %s, %s; %zu messages, established %d, %zu keys\n",
                    c->what, c->from, c->fault, c->outcome, c->error ? c->error : "-", c->text ? c->text : "-",
                    c->num_sent, c->established, c->num_keys);
    }
}

#endif
