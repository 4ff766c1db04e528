/* exchange: who sends a message, and what an update hangs on, shown with made conversations of which one thing is changed.
 * Calls that share a conversation are in the golden conversations (calls.json). */
#include "ticketgate/converse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static tg_crypto *crypto;
static uint8_t made_memory[16 << 20], judge_memory[16 << 20];
static tg_conversation_made made;

static void make(void)
{
    tg_plan plan;
    tg_arena arena = tg_arena_of(made_memory, sizeof made_memory);
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.seed = tg_bytes_of("parties", 7);
    plan.updates[plan.num_updates++] = (tg_planned_update){ TG_SENDER_I, true, false };
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_OK);
    assert_true(made.finished && made.num_sent == 8);
}

/* Judges the messages but `left_out`, message `index` as sent by `from`. */
static const tg_conversation *judge(size_t left_out, size_t index, tg_sender from)
{
    tg_arena arena = tg_arena_of(judge_memory, sizeof judge_memory);
    tg_conversation *c;
    assert_int_equal(tg_conversation_new(crypto, &made.known, made.num_sent, &arena, &c), TG_OK);
    for (size_t i = 0; i < made.num_sent; i++) {
        tg_sent sent = made.sent[i];
        if (i == index)
            sent.from = from;
        if (i != left_out)
            assert_int_equal(tg_conversation_add(c, &sent), TG_OK);
    }
    return c;
}

static bool has(const tg_judgement *judgement, const char *id)
{
    for (size_t i = 0; i < judgement->num_findings; i++) {
        if (strcmp(judgement->findings[i]->requirement->id, id) == 0)
            return true;
    }
    return false;
}

/* Request, transfer, resolve, answer; an update and its response: I K I R K R I R. */
static void each_message_has_its_sender(void **state)
{
    (void)state;
    static const char *const may[] = { "I", "K", "I", "RK", "K", "R", "IR", "R" };
    make();
    for (size_t i = 0; i < made.num_sent; i++) {
        for (tg_sender from = TG_SENDER_UNKNOWN; from <= TG_SENDER_K; from++) {
            const tg_judgement *judgement = tg_conversation_judgement(judge(SIZE_MAX, i, from), i);
            bool is_wrong = from != TG_SENDER_UNKNOWN && !strchr(may[i], " IRK"[from]);
            if (has(judgement, "RFC6043-4.2-x05") != is_wrong)
                fail_msg("message %zu from %c should be %s", i, "?IRK"[from], is_wrong ? "wrong" : "right");
        }
    }
    tg_conversation_made_free(&made);
}

/* MPKi is known to whoever may resolve the ticket: with F=1 there is no update before TRANSFER_RESP (5.2, A13). */
static void an_update_needs_the_transfer_resp(void **state)
{
    (void)state;
    make();
    assert_int_equal(tg_conversation_judgement(judge(SIZE_MAX, SIZE_MAX, TG_SENDER_I), 6)->auth, TG_OUTCOME_OK);
    const tg_conversation *c = judge(5, SIZE_MAX, TG_SENDER_I);
    assert_int_equal(tg_conversation_judgement(c, 2)->auth, TG_OUTCOME_OK);
    assert_int_equal(tg_conversation_judgement(c, 5)->auth, TG_OUTCOME_SKIPPED);
    assert_int_equal(tg_conversation_judgement(c, 6)->auth, TG_OUTCOME_SKIPPED);
    tg_conversation_made_free(&made);
}

static int start(void **state)
{
    (void)state;
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_has_its_sender),
        cmocka_unit_test(an_update_needs_the_transfer_resp),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
