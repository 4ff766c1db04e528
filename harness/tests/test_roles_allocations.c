/* roles, exchange and what is below them: every request for memory fails once, in turn.
 *
 * Of OpenSSL's requests the n-th fails, for every n, through CRYPTO_set_mem_functions; of ours (arenas) every one, by
 * giving an arena each capacity from nothing to enough, in steps of what an arena rounds to; a writer's buffer likewise.
 * Oracles: a clean error of class limit or the result of an undisturbed run and no other; what failed works when it is
 * tried again with memory; every block of OpenSSL's is given back; what is not accepted normally is never accepted. The
 * sanitizers watch. (test_crypto_memory.c does the same to the crypto room alone.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "samples.h"

#define MEMORY (4u << 20)

static uint8_t *made_memory, *memory;

/* ---- OpenSSL's memory --------------------------------------------------------------------------------------- */

static struct {
    size_t requests, fail_at, failed; /* fail_at: the request that fails, counted from 1; 0: none */
    long live;                        /* blocks */
} heap;

static bool fails_now(void)
{
    heap.requests++;
    if (heap.requests != heap.fail_at)
        return false;
    heap.failed++;
    return true;
}

static void *heap_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *out = size == 0 || fails_now() ? NULL : malloc(size);
    heap.live += out != NULL;
    return out;
}

static void heap_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    heap.live -= block != NULL;
    free(block);
}

static void *heap_realloc(void *block, size_t size, const char *file, int line)
{
    if (!block)
        return heap_malloc(size, file, line);
    if (size == 0) {
        heap_free(block, file, line);
        return NULL;
    }
    return fails_now() ? NULL : realloc(block, size);
}

static void fail_at(size_t request)
{
    heap.requests = 0;
    heap.fail_at = request;
    heap.failed = 0;
}

/* Empty after a failure (crypto.h); OpenSSL itself may get over one and leave a note of it. */
static void check_error_queue(tg_status status)
{
    if (status != TG_OK)
        assert_int_equal(ERR_peek_error(), 0);
    ERR_clear_error();
}

/* ---- what a run gives: a digest of everything that is judged, derived or made ------------------------------- */

static void digest(uint64_t *to, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *to = (*to ^ ((const uint8_t *)data)[i]) * 0x100000001b3u; /* FNV-1a */
}

static void digest_bytes(uint64_t *to, tg_bytes bytes)
{
    digest(to, &bytes.len, sizeof bytes.len);
    digest(to, bytes.data, bytes.len);
}

static void digest_judgement(uint64_t *to, const tg_judgement *j)
{
    const int outcomes[] = { (int)j->parse, (int)j->auth, (int)j->ticket_auth, (int)j->vr_auth, (int)j->kemac,
                             tg_judgement_is_accepted(j) };
    digest(to, outcomes, sizeof outcomes);
    for (size_t i = 0; i < j->num_findings; i++)
        digest(to, j->findings[i]->requirement->id, strlen(j->findings[i]->requirement->id));
    const tg_derived *d = &j->derived;
    const tg_bytes derived[] = { d->auth_key, d->encr_key, d->salt_key, d->iv, d->mac_input, d->kemac_plain, d->env_key,
                                 d->ticket.auth_key, d->ticket.encr_key, d->ticket.iv, d->ticket.mac_input,
                                 d->ticket.kemac_plain, d->ticket.mpk, d->vr.auth_key, d->vr.mac_input, d->mpki,
                                 d->mpkr, d->mpkr_forked };
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++)
        digest_bytes(to, derived[i]);
    for (size_t i = 0; i < d->num_cs; i++) {
        digest_bytes(to, d->cs[i].tek);
        digest_bytes(to, d->cs[i].salt);
    }
}

/* Judges a conversation in memory of which there is at first only `capacity`. A call that fails is made again, with all
 * of it; what failed must be for want of memory. */
static uint64_t judge(tg_crypto *crypto, const tg_conversation_made *made, size_t broken, size_t capacity, bool *failed,
                      bool *accepted)
{
    static uint8_t octets[4096];
    tg_arena arena = tg_arena_of(memory, capacity);
    tg_conversation *conversation = NULL;
    uint64_t out = 0xcbf29ce484222325u;
    *failed = false;
    for (int try = 0; !conversation; try++) {
        assert_in_range(try, 0, 1);
        tg_status status = tg_conversation_new(crypto, &made->known, made->num_sent, &arena, &conversation);
        if (status == TG_OK)
            continue;
        assert_int_equal(tg_status_class(status), TG_CLASS_LIMIT);
        conversation = NULL;
        arena.capacity = MEMORY;
        *failed = true;
    }
    for (size_t i = 0; i < made->num_sent; i++) {
        tg_sent sent = made->sent[i];
        if (i == broken) {
            memcpy(octets, sent.octets.data, sent.octets.len);
            octets[sent.octets.len - 1] ^= 1;
            sent.octets.data = octets;
        }
        tg_status status = tg_conversation_add(conversation, &sent);
        if (status != TG_OK) {
            assert_int_equal(tg_status_class(status), TG_CLASS_LIMIT);
            assert_int_equal(tg_conversation_num(conversation), i);
            arena.capacity = MEMORY;
            *failed = true;
            assert_int_equal(tg_conversation_add(conversation, &sent), TG_OK);
        }
    }
    for (size_t i = 0; i < made->num_sent; i++)
        digest_judgement(&out, tg_conversation_judgement(conversation, i));
    *accepted = tg_conversation_is_accepted(conversation);
    tg_arena_wipe(&arena, 0);
    return out;
}

static void make(const char *name, tg_crypto *crypto, tg_conversation_made *made)
{
    tg_arena arena = tg_arena_of(made_memory, SAMPLE_MEMORY);
    assert_int_equal(sample_make(sample_find(name), crypto, &arena, made), TG_OK);
    assert_true(made->finished);
}

/* Of one with certificates the Ticket Request exchange alone: OpenSSL asks for much memory there. */
static const struct {
    const char *name;
    size_t most; /* messages */
    bool certificates;
} judged_samples[] = { { "forked-128", 16, false }, { "pk-256", 2, true }, { "error-resolve", 16, false } };
#define NUM_JUDGED (sizeof judged_samples / sizeof judged_samples[0])

static void make_judged(size_t which, tg_crypto *crypto, tg_conversation_made *made)
{
    make(judged_samples[which].name, crypto, made);
    if (made->num_sent > judged_samples[which].most)
        made->num_sent = judged_samples[which].most;
}

/* ---- judging: arena, then OpenSSL --------------------------------------------------------------------------- */

static size_t arena_of_judge(tg_crypto *crypto, const tg_conversation_made *made)
{
    tg_arena arena = tg_arena_of(memory, MEMORY);
    tg_conversation *conversation;
    assert_int_equal(tg_conversation_new(crypto, &made->known, made->num_sent, &arena, &conversation), TG_OK);
    for (size_t i = 0; i < made->num_sent; i++)
        assert_int_equal(tg_conversation_add(conversation, &made->sent[i]), TG_OK);
    return arena.used;
}

static void test_judging_with_every_size_of_arena(void **state)
{
    (void)state;
    tg_crypto *crypto;
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    for (size_t s = 0; s < NUM_JUDGED; s++) {
        tg_conversation_made made;
        make_judged(s, crypto, &made);
        bool failed, accepted;
        uint64_t wanted = judge(crypto, &made, SIZE_MAX, MEMORY, &failed, &accepted);
        assert_true(!failed && accepted);
        size_t used = arena_of_judge(crypto, &made), failures = 0, step = alignof(max_align_t);
        for (size_t capacity = 0; capacity < used; capacity += step) {
            assert_true(judge(crypto, &made, SIZE_MAX, capacity, &failed, &accepted) == wanted && accepted);
            failures += failed;
        }
        assert_int_equal(failures, (used + step - 1) / step);
        printf("# judging %s: %zu octets of arena, %zu capacities tried\n", judged_samples[s].name, used, failures);
        tg_conversation_made_free(&made);
    }
    tg_crypto_free(crypto);
}

static struct {
    size_t requests, errors, rejected; /* rejected: judged in another way, with no error, and not accepted */
    long kept;                         /* blocks */
} seen;

/* `broken` beyond the end: none is. What OpenSSL does not report as a want of memory (its X.509 and decoders swallow some)
 * may come out as a message that is not authentic, never as one that is. */
static void judge_without_heap(tg_crypto *crypto, const tg_conversation_made *made, size_t broken, bool exact)
{
    bool failed, accepted;
    fail_at(0);
    uint64_t wanted = judge(crypto, made, broken, MEMORY, &failed, &accepted);
    assert_true(!failed && (accepted || broken < made->num_sent));
    const bool may_accept = accepted; /* an Error without protection, whatever its octets */
    size_t num = heap.requests;
    long live = heap.live;
    for (size_t n = 1; n <= num; n++) {
        fail_at(n);
        uint64_t got = judge(crypto, made, broken, MEMORY, &failed, &accepted);
        seen.requests += heap.failed;
        seen.errors += failed;
        if (got != wanted && (exact || (accepted && !may_accept)))
            fail_msg("request %zu of %zu fails, and it is judged in another way (%s, %s)", n, num,
                     failed ? "after an error" : "without an error", accepted ? "accepted" : "rejected");
        seen.rejected += got != wanted;
        check_error_queue(failed ? TG_NO_MEMORY : TG_OK);
    }
    fail_at(0);
    assert_true(judge(crypto, made, broken, MEMORY, &failed, &accepted) == wanted);
    seen.kept += heap.live - live;
}

static void test_judging_when_openssl_gets_no_memory(void **state)
{
    (void)state;
    tg_crypto *crypto;
    fail_at(0);
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    for (size_t s = 0; s < NUM_JUDGED; s++) {
        tg_conversation_made made;
        bool exact = !judged_samples[s].certificates;
        make_judged(s, crypto, &made);
        memset(&seen, 0, sizeof seen);
        judge_without_heap(crypto, &made, SIZE_MAX, exact);
        for (size_t i = 0; i < (exact ? made.num_sent : 1); i++)
            judge_without_heap(crypto, &made, i, exact);
        printf("# judging %s: %zu requests of OpenSSL failed: %zu errors, %zu rejected without one, %ld blocks kept\n",
               judged_samples[s].name, seen.requests, seen.errors, seen.rejected, seen.kept);
        assert_true(seen.kept == 0 || !exact); /* what X.509 keeps, the leak checker looks at */
        tg_conversation_made_free(&made);
    }
    tg_crypto_free(crypto);
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static const char *const made_samples[] = { "forked-128", "pk-128", "error-request", "two-kms", "mode-3" };
enum { MOST_RUNS = 400 }; /* with public keys OpenSSL asks some 10000 times: then some requests are left out */
#define NUM_MADE (sizeof made_samples / sizeof made_samples[0])

/* OpenSSL draws the padding of envelope keys itself, and what reads keys swallows some wants of memory. */
static bool has_public_keys(const sample *s)
{
    return strncmp(s->name, "pk-", 3) == 0;
}

/* Makes a conversation; 0 when there was no memory, else the digest of its messages (with public keys: 1). */
static uint64_t converse(tg_crypto *crypto, const sample *s, size_t capacity, size_t *used)
{
    tg_arena arena = tg_arena_of(made_memory, capacity);
    tg_conversation_made made;
    uint64_t out = 0xcbf29ce484222325u;
    memset(&made, 0, sizeof made);
    tg_status status = sample_make(s, crypto, &arena, &made);
    *used = arena.used;
    if (status != TG_OK) {
        assert_true(tg_status_class(status) == TG_CLASS_LIMIT || has_public_keys(s));
        return 0;
    }
    if (made.finished && has_public_keys(s)) {
        out = 1;
    } else if (made.finished) {
        for (size_t i = 0; i < made.num_sent; i++)
            digest_bytes(&out, made.sent[i].octets);
    } else {
        assert_true(made.refusal == TG_REFUSAL_NO_MEMORY || has_public_keys(s));
        out = 0;
    }
    tg_conversation_made_free(&made);
    return out;
}

static void test_making_when_openssl_gets_no_memory(void **state)
{
    (void)state;
    tg_crypto *crypto;
    size_t used;
    fail_at(0);
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    for (size_t s = 0; s < NUM_MADE; s++) {
        const sample *made = sample_find(made_samples[s]);
        fail_at(0);
        uint64_t wanted = converse(crypto, made, SAMPLE_MEMORY, &used);
        assert_true(wanted != 0);
        fail_at(0);
        assert_true(converse(crypto, made, SAMPLE_MEMORY, &used) == wanted);
        size_t num = heap.requests, failures = 0, clean = 0, step = has_public_keys(made) ? num / MOST_RUNS + 1 : 1;
        long live = heap.live;
        for (size_t n = 1; n <= num; n += step) {
            fail_at(n);
            uint64_t got = converse(crypto, made, SAMPLE_MEMORY, &used);
            failures += heap.failed;
            clean += got == 0;
            if (got != 0 && got != wanted)
                fail_msg("%s: request %zu of %zu fails, and other messages are made", made->name, n, num);
            check_error_queue(got == 0 ? TG_NO_MEMORY : TG_OK);
        }
        fail_at(0);
        assert_true(converse(crypto, made, SAMPLE_MEMORY, &used) == wanted);
        assert_true(heap.live == live || has_public_keys(made));
        printf("# making %s: %zu of %zu requests of OpenSSL failed, %zu runs ended with an error\n", made->name, failures,
               num, clean);
    }
    tg_crypto_free(crypto);
}

static void test_making_with_every_size_of_arena(void **state)
{
    (void)state;
    tg_crypto *crypto;
    size_t used;
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    const sample *made = sample_find("forked-128");
    uint64_t wanted = converse(crypto, made, SAMPLE_MEMORY, &used);
    assert_true(wanted != 0);
    enum { STEP = 4096 };
    size_t capacity = 0, failures = 0;
    for (uint64_t got = 0; got == 0; capacity += STEP, failures += got == 0) {
        assert_true(capacity <= SAMPLE_MEMORY);
        got = converse(crypto, made, capacity, &used);
        assert_true(got == 0 || got == wanted);
    }
    assert_true(failures > 0);
    printf("# making %s: %zu capacities are too small, %zu octets are enough\n", made->name, failures, capacity);
    tg_crypto_free(crypto);
}

/* ---- parsing and building ----------------------------------------------------------------------------------- */

static void test_parsing_and_building_in_every_size(void **state)
{
    (void)state;
    tg_crypto *crypto;
    assert_int_equal(tg_crypto_new(&crypto), TG_OK);
    tg_conversation_made made;
    make("updates-256", crypto, &made);
    size_t parses = 0, builds = 0;
    for (size_t i = 0; i < made.num_sent; i++) {
        tg_bytes octets = made.sent[i].octets;
        tg_message *message = NULL;
        tg_status status = TG_ARENA_FULL;
        for (size_t capacity = 0; status != TG_OK; capacity++, parses++) {
            uint8_t *exact = malloc(capacity + 1);
            assert_non_null(exact);
            tg_arena arena = tg_arena_of(exact, capacity);
            tg_diag diag;
            status = tg_message_parse(octets, &arena, &message, &diag);
            assert_true(status == TG_OK || (status == TG_ARENA_FULL && diag.status == TG_ARENA_FULL));
            free(exact);
        }
        tg_arena arena = tg_arena_of(memory, MEMORY);
        assert_int_equal(tg_message_parse(octets, &arena, &message, NULL), TG_OK);
        for (size_t capacity = 0; capacity <= octets.len; capacity++, builds++) {
            uint8_t *exact = malloc(capacity ? capacity : 1);
            assert_non_null(exact);
            tg_writer w = tg_writer_of(exact, capacity);
            assert_int_equal(tg_message_build(message, &w), capacity < octets.len ? TG_BUFFER_FULL : TG_OK);
            free(exact);
        }
    }
    printf("# %zu parses and %zu builds in too little memory and then in enough\n", parses, builds);
    tg_conversation_made_free(&made);
    tg_crypto_free(crypto);
}

static int set_up(void **state)
{
    (void)state;
    made_memory = malloc(SAMPLE_MEMORY);
    memory = malloc(MEMORY);
    return made_memory && memory ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(made_memory);
    free(memory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsing_and_building_in_every_size),
        cmocka_unit_test(test_judging_with_every_size_of_arena),
        cmocka_unit_test(test_judging_when_openssl_gets_no_memory),
        cmocka_unit_test(test_making_when_openssl_gets_no_memory),
        cmocka_unit_test(test_making_with_every_size_of_arena),
    };
    if (!CRYPTO_set_mem_functions(heap_malloc, heap_realloc, heap_free))
        return 1; /* OpenSSL has memory already: nothing would be counted */
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
