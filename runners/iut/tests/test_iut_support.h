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

#define MEMORY ((size_t)96 << 20)

static uint8_t *memory, *judge_memory, *party_memory;
static tg_crypto *crypto;

static inline size_t read_file(const char *name, uint8_t *out, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vectors/keys/%s", TICKETGATE_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(out, 1, size, file);
    fclose(file);
    assert_true(len > 0 && len < size);
    return len;
}

static inline size_t put_certificate(const char *name, char *out)
{
    uint8_t der[4096];
    char base64[6000];
    size_t der_len = read_file(name, der, sizeof der), len = 0;
    tg_base64_encode(tg_bytes_of(der, der_len), base64);
    len += (size_t)sprintf(out + len, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < strlen(base64); at += 64)
        len += (size_t)sprintf(out + len, "%.64s\n", base64 + at);
    return len + (size_t)sprintf(out + len, "-----END CERTIFICATE-----\n");
}

static inline tg_bytes pem_of(const char *who, bool private_key, char *out)
{
    char name[64];
    size_t len = 0;
    if (private_key) {
        snprintf(name, sizeof name, "%s.pem", who);
        len = read_file(name, (uint8_t *)out, 4096);
    }
    snprintf(name, sizeof name, "%s.der", who);
    len += put_certificate(name, out + len);
    return tg_bytes_of(out, len);
}

static inline void use_test_keys(tg_plan *plan)
{
    static char i[16384], r[16384], kms[16384], trust[16384];
    plan->rsa_i = pem_of("initiator", true, i);
    plan->rsa_r = pem_of("responder", true, r);
    plan->rsa_kms = pem_of("kms", true, kms);
    plan->trust = pem_of("ca", false, trust);
}

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
