/* Whole stories in captures, with and without keys: conversations, updates, reuse, Errors. Copies are in test_trace_copies.c. */
#include "test_trace_support.h"

static const dialog call_1 = { "call-1", 1, RTP_MEDIA };

/* Request at the KMS, call over two hops, resolve. */
static void play(stage *g, bool base64)
{
    bench *b = &g->bench;
    const tg_bytes init = story_octets(&g->story, "transfer", 0), resp = story_octets(&g->story, "transfer", 1);
    flow to_kms = tcp_open(b, 1, 41000, 9, 80), from_r = tcp_open(b, 2, 42000, 9, 80);
    http(b, &to_kms, true, story_octets(&g->story, "request", 0), base64);
    http(b, &to_kms, false, story_octets(&g->story, "request", 1), base64);
    invite_from(b, 1, 5, &call_1, 1, init);
    invite_from(b, 5, 2, &call_1, 1, init);
    http(b, &from_r, true, story_octets(&g->story, "resolve", 0), base64);
    http(b, &from_r, false, story_octets(&g->story, "resolve", 1), base64);
    answer_from(b, 2, 5, &call_1, "200 OK", 2, resp);
    answer_from(b, 5, 1, &call_1, "200 OK", 2, resp);
    ack_from(b, 1, 5, &call_1);
    ack_from(b, 5, 2, &call_1);
    tcp_close(b, &to_kms);
    tcp_close(b, &from_r);
}

static void a_story_with_keys(bool base64)
{
    stage g;
    stage_open(&g, "ims-media", true, NULL);
    play(&g, base64);
    tgp_verdict verdict = finish(&g.bench);
    const told *t = g.bench.told;
    assert_int_equal(t->num_messages, 8);
    static const char *const exs[] = { "request", "request", "transfer", "", "resolve", "resolve", "transfer", "" };
    static const tg_sender from[] = { TG_SENDER_I, TG_SENDER_K, TG_SENDER_I, TG_SENDER_UNKNOWN,
                                      TG_SENDER_R, TG_SENDER_K, TG_SENDER_R, TG_SENDER_UNKNOWN };
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(t->messages[i].number, i);
        assert_string_equal(t->messages[i].ex, exs[i]);
        assert_int_equal(t->messages[i].from, from[i]);
        if (i == 3 || i == 7) {
            assert_int_equal(t->messages[i].copy_of, i - 1);
            continue;
        }
        for (size_t k = 0; k < t->messages[i].num_ids; k++)
            print_message("message %zu: %s\n", i, t->messages[i].ids[k]);
        assert_int_equal(t->messages[i].copy_of, TGP_NONE);
        assert_int_equal(t->messages[i].auth, TG_OUTCOME_OK);
        assert_int_equal(t->messages[i].num_ids, 0);
        assert_true(t->messages[i].conforms);
        assert_string_equal(t->messages[i].profile, "ims-media");
    }
    assert_int_equal(t->num_conversations, 1);
    assert_int_equal(t->conversations[0].num_messages, 6);
    assert_true(t->conversations[0].accepted);
    assert_int_equal(t->conversations[0].keys, 0);
    for (size_t i = 0; i < t->num_findings; i++)
        print_message("frame %llu: %s\n", (unsigned long long)t->findings[i].frame, t->findings[i].id);
    assert_int_equal(t->num_findings, 0);
    assert_int_equal(t->num_calls, 1);
    assert_int_equal(verdict, TGP_CONFORMS);
    stage_close(&g);
}

static void story_with_keys_raw(void **state)
{
    (void)state;
    a_story_with_keys(false);
}

static void story_with_keys_base64(void **state)
{
    (void)state;
    a_story_with_keys(true);
}

/* The session keys are those that the conversation itself gives. */
static void teks_are_those_of_the_conversation(void **state)
{
    stage g;
    (void)state;
    stage_open(&g, "ims-media", true, NULL);
    play(&g, false);
    finish(&g.bench);
    const told *t = g.bench.told;
    size_t size = tg_conversation_arena_size(1 << 16, 8);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, size);
    tg_conversation *c;
    assert_int_equal(tg_conversation_new(g.story.crypto, &g.story.made.known, 8, &arena, &c), TG_OK);
    for (size_t i = 0; i < g.story.made.num_sent; i++)
        assert_int_equal(tg_conversation_add(c, &g.story.made.sent[i]), TG_OK);
    tg_established e;
    tg_conversation_established(c, &e);
    assert_true(e.num_cs > 0);
    assert_int_equal(t->conversations[0].num_teks, e.num_cs);
    for (size_t i = 0; i < e.num_cs; i++) {
        size_t k = 0;
        while (k < e.num_cs && t->conversations[0].teks[k].cs_id != e.cs[i].cs_id)
            k++;
        assert_true(k < e.num_cs);
        assert_int_equal(t->conversations[0].teks[k].len, e.cs[i].tek.len);
        assert_memory_equal(t->conversations[0].teks[k].tek, e.cs[i].tek.data, e.cs[i].tek.len);
    }
    tg_arena_wipe(&arena, 0);
    free(memory);
    stage_close(&g);
}

static void without_keys_nothing_is_verified(void **state)
{
    stage g;
    (void)state;
    stage_open(&g, "ims-media", false, NULL);
    play(&g, false);
    const told *t = g.bench.told;
    assert_int_equal(finish(&g.bench), TGP_CONFORMS);
    for (size_t i = 0; i < t->num_messages; i++) {
        if (t->messages[i].copy_of == TGP_NONE)
            assert_int_equal(t->messages[i].auth, TG_OUTCOME_SKIPPED);
        assert_int_equal(t->messages[i].num_ids, 0);
    }
    assert_int_equal(t->conversations[0].num_teks, 0);
    assert_int_equal(t->conversations[0].keys, -1);
    stage_close(&g);
}

#define OTHER_KEYS "{\"secrets\":{\"psk_i\":\"00112233445566778899aabbccddeeff\"}}"

static void a_wrong_key_fails(void **state)
{
    stage g;
    (void)state;
    story_make(&g.story, "ims-media", NULL);
    bench_open(&g.bench, OTHER_KEYS, NULL, 0);
    play(&g, false);
    const told *t = g.bench.told;
    assert_int_equal(finish(&g.bench), TGP_FAILS);
    assert_int_equal(t->messages[0].auth, TG_OUTCOME_FAIL);
    assert_true(told_has(&t->messages[0], "RFC6043-4.2.1.2-04"));
    assert_false(t->messages[0].conforms);
    stage_close(&g);
}

/* The second of two sets is the one under which something verifies. */
static void the_set_that_fits_is_chosen(void **state)
{
    stage g;
    static char keys[20000];
    (void)state;
    story_make(&g.story, "ims-media", NULL);
    assert_in_range(g.story.keys.len, 1, sizeof keys - 100);
    snprintf(keys, sizeof keys, "[" OTHER_KEYS ",%s]", g.story.keys.data);
    bench_open(&g.bench, keys, NULL, 0);
    play(&g, false);
    assert_int_equal(finish(&g.bench), TGP_CONFORMS);
    assert_int_equal(g.bench.told->conversations[0].keys, 1);
    stage_close(&g);
}

static void exchanges_by_re_invite(const char *name, const char *ex, const char *told_ex)
{
    static const dialog later = { "call-1", 2, RTP_MEDIA };
    stage g;
    stage_open(&g, name, true, "rfc6043");
    play(&g, false);
    invite_from(&g.bench, 1, 5, &later, 1, story_octets(&g.story, ex, 0));
    answer_from(&g.bench, 5, 1, &later, "200 OK", 2, story_octets(&g.story, ex, 1));
    finish(&g.bench);
    const told *t = g.bench.told;
    assert_int_equal(t->num_messages, 10);
    assert_int_equal(t->num_conversations, 1);
    assert_string_equal(t->messages[8].ex, told_ex);
    assert_string_equal(t->messages[9].ex, told_ex);
    assert_int_equal(t->messages[8].from, TG_SENDER_I);
    assert_int_equal(t->messages[9].from, TG_SENDER_R);
    assert_int_equal(t->messages[8].auth, TG_OUTCOME_OK);
    assert_int_equal(t->messages[9].auth, TG_OUTCOME_OK);
    stage_close(&g);
}

static void a_reuse_is_found(void **state)
{
    (void)state;
    exchanges_by_re_invite("reuse", "reuse0", "reuse");
}

static void an_update_is_found(void **state)
{
    (void)state;
    exchanges_by_re_invite("updates-128", "update0", "update0");
}

static void an_error_belongs_to_what_it_refuses(void **state)
{
    stage g;
    (void)state;
    stage_open(&g, "error-transfer", true, "rfc6043");
    invite_from(&g.bench, 1, 5, &call_1, 1, story_octets(&g.story, "transfer", 0));
    answer_from(&g.bench, 5, 1, &call_1, "488 Not Acceptable Here", 2,
                g.story.made.sent[g.story.made.num_sent - 1].octets);
    finish(&g.bench);
    const told *t = g.bench.told;
    assert_int_equal(t->num_messages, 2);
    assert_int_equal(t->messages[1].data_type, TG_DATA_TYPE_ERROR);
    assert_string_equal(t->messages[1].ex, "transfer");
    assert_int_equal(t->messages[1].from, TG_SENDER_R);
    assert_int_equal(t->messages[1].conversation, t->messages[0].conversation);
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(story_with_keys_raw),
        cmocka_unit_test(story_with_keys_base64),
        cmocka_unit_test(teks_are_those_of_the_conversation),
        cmocka_unit_test(without_keys_nothing_is_verified),
        cmocka_unit_test(a_wrong_key_fails),
        cmocka_unit_test(the_set_that_fits_is_chosen),
        cmocka_unit_test(a_reuse_is_found),
        cmocka_unit_test(an_update_is_found),
        cmocka_unit_test(an_error_belongs_to_what_it_refuses),
    };
    if (!stages_ready())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
