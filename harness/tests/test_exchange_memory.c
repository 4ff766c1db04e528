/* exchange: the golden conversations again, with every want of memory on the way: what fails leaves no trace. */
#include "test_json.h"

static tg_crypto *crypto;

typedef struct text {
    char *data;
    size_t len;
} text;

static text read_golden(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vectors/data/conversations/%s", TICKETGATE_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text out = { NULL, 0 };
    size_t got, capacity = 0;
    do {
        capacity += 1 << 20;
        out.data = realloc(out.data, capacity + 1);
        assert_non_null(out.data);
        got = fread(out.data + out.len, 1, capacity - out.len, file);
        out.len += got;
    } while (got);
    fclose(file);
    out.data[out.len] = '\0';
    return out;
}

/* The next conversation of a golden file, brace to brace: no text in it has one. False when there is none. */
static bool next_conversation(const char **pos, text *out)
{
    static const char member[] = "\"conversation\":";
    const char *start = strstr(*pos, member);
    if (!start)
        return false;
    start = strchr(start, '{');
    const char *end = start;
    int depth = 0;
    do
        depth += *end == '{' ? 1 : *end == '}' ? -1 : 0;
    while (*end++ && depth);
    *out = (text){ (char *)(uintptr_t)start, (size_t)(end - start) };
    *pos = end;
    return true;
}

static char *answer_of(const tg_conversation *conversation)
{
    tg_text out = { 0 };
    tg_json_add_answer(conversation, true, 0, &out);
    assert_non_null(out.data);
    return out.data;
}

static void assert_unchanged(const tg_conversation *conversation, const char *before)
{
    char *now = answer_of(conversation);
    assert_string_equal(now, before);
    free(now);
}

static size_t tries, failures, judged_again;

/* Adds with a little more memory each time, until it is enough. */
static void add_with_want(tg_conversation *conversation, tg_arena *arena, const tg_sent *sent, size_t enough,
                          size_t step)
{
    size_t num = tg_conversation_num(conversation), used = arena->used;
    char *before = answer_of(conversation);
    tg_status status;
    for (arena->capacity = used;; arena->capacity += step) {
        status = tg_conversation_add(conversation, sent);
        tries++;
        if (status == TG_OK)
            break;
        failures++;
        assert_int_equal(status, TG_ARENA_FULL);
        assert_true(arena->capacity < enough);
        assert_int_equal(arena->used, used);
        assert_int_equal(tg_conversation_num(conversation), num);
        if (failures % 16 == 0)
            assert_unchanged(conversation, before);
    }
    free(before);
}

static size_t num_skipped(const tg_conversation *conversation)
{
    size_t num = 0;
    for (size_t i = 0; i < tg_conversation_num(conversation); i++)
        num += tg_conversation_judgement(conversation, i)->auth == TG_OUTCOME_SKIPPED;
    return num;
}

static void judge_with_want(const tg_json_conversation *c, size_t step)
{
    size_t octets = 0;
    for (size_t i = 0; i < c->num_sent; i++)
        octets += c->sent[i].octets.len;
    size_t enough = tg_conversation_arena_size(octets, c->num_sent);
    uint8_t *memory = malloc(enough), *scarce = malloc(enough);
    assert_non_null(memory);
    assert_non_null(scarce);
    tg_arena arena = tg_arena_of(memory, enough), little = tg_arena_of(scarce, enough);
    tg_conversation *plenty, *wanting;
    assert_int_equal(tg_conversation_new(crypto, &c->known, c->num_sent, &arena, &plenty), TG_OK);
    assert_int_equal(tg_conversation_new(crypto, &c->known, c->num_sent, &little, &wanting), TG_OK);
    for (size_t i = 0; i < c->num_sent; i++) {
        size_t skipped = num_skipped(plenty);
        assert_int_equal(tg_conversation_add(plenty, &c->sent[i]), TG_OK);
        judged_again += num_skipped(plenty) < skipped;
        add_with_want(wanting, &little, &c->sent[i], enough, step);
    }
    little.capacity = enough;
    assert_int_equal(tg_conversation_add(wanting, &c->sent[0]), TG_TOO_LARGE); /* no more than max_messages */
    char *expected = answer_of(plenty);
    assert_unchanged(wanting, expected);
    free(expected);
    /* Nothing of the keys is left behind what is given back. */
    size_t used = little.used;
    tg_arena_wipe(&little, 0);
    for (size_t i = 0; i < used; i++)
        assert_int_equal(scarce[i], 0);
    free(memory);
    free(scarce);
}

static void run_golden(const char *name, size_t step, size_t every)
{
    const text golden = read_golden(name);
    const char *pos = golden.data;
    text one;
    for (size_t i = 0; next_conversation(&pos, &one); i++) {
        if (i % every)
            continue;
        size_t size = tg_json_conversation_arena_size(one.len);
        uint8_t *memory = malloc(size);
        assert_non_null(memory);
        tg_arena arena = tg_arena_of(memory, size);
        tg_json_conversation c;
        tg_diag diag;
        const char *reason;
        tg_status status = tg_json_to_conversation(one.data, one.len, crypto, NULL, &arena, &c, &diag, &reason);
        assert_int_equal(status, TG_OK);
        if (c.num_sent)
            judge_with_want(&c, step);
        tg_json_conversation_free(&c);
        free(memory);
    }
    free(golden.data);
}

static void want_of_memory_leaves_no_trace(void **state)
{
    (void)state;
    run_golden("views.json", 208, 1); /* what some see: TRANSFER_INIT judged again among them */
    run_golden("calls.json", 1024, 4); /* several tickets, and sets of forked keys */
    run_golden("modes.json", 1024, 2);
    run_golden("updates.json", 512, 1);
    run_golden("certificates.json", 2048, 3);
    run_golden("errors_broken.json", 1024, 1);
    assert_true(tries > 1000 && failures > 1000 && judged_again > 0);
}

/* A conversation cannot begin in too little memory either. */
static void no_memory_no_conversation(void **state)
{
    (void)state;
    uint8_t memory[4096];
    tg_known known = { .profile = *tg_profile_find("rfc6043") };
    for (size_t capacity = 0; capacity < sizeof memory; capacity++) {
        tg_arena arena = tg_arena_of(memory, capacity);
        tg_conversation *c;
        tg_status status = tg_conversation_new(crypto, &known, 4, &arena, &c);
        if (status == TG_OK) {
            assert_true(capacity > 64);
            return;
        }
        assert_int_equal(status, TG_ARENA_FULL);
        assert_int_equal(arena.used, 0);
    }
    fail();
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
        cmocka_unit_test(want_of_memory_leaves_no_trace),
        cmocka_unit_test(no_memory_no_conversation),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
