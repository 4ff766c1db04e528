/* smime: every allocation of OpenSSL fails in turn, and what OpenSSL gives back holds no key and no content. OpenSSL
 * takes other allocators only before it has allocated anything, so this is a program of its own. */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "test_crypto_allocator.h"
#include "test_smime_notation.h"

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello, whoever reads this\r\n";
static uint8_t cek[32];
static tg_bytes gcm, ccm, with_attrs, forged;
static box b;

static tg_bytes hello_octets(void)
{
    return tg_bytes_of(hello, sizeof hello - 1);
}

/* The content key is known, so that it can be looked for. */
static tg_status fill(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memcpy(out, cek, len);
    return TG_OK;
}

static tg_status make_in(tg_smime_type type, tg_smime_alg alg, uint8_t *out, size_t max, size_t *len)
{
    tg_smime_key key = key_of(32);
    static const uint8_t attribute[] = { 0x31, 0x09, 0x30, 0x07, 0x06, 0x03, 0x2a, 3, 4, 0x31, 0 };
    tg_smime_plan plan = { .type = type,
                           .alg = alg,
                           .recipients = &key,
                           .num_recipients = 1,
                           .auth_attrs = tg_bytes_of(attribute, sizeof attribute) };
    const tg_random random = { fill, NULL };
    return tg_smime_make(crypto, &plan, hello_octets(), &random, out, max, len);
}

static tg_status make_any(tg_smime_type type, tg_smime_alg alg)
{
    static uint8_t out[2048];
    size_t len;
    memset(out, 0, sizeof out);
    tg_status status = make_in(type, alg, out, sizeof out, &len);
    for (size_t i = 0; status != TG_OK && i < sizeof out; i++)
        assert_int_equal(out[i], 0);
    return status;
}

static tg_status make_gcm(void)
{
    return make_any(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_GCM);
}

static tg_status make_ccm(void)
{
    return make_any(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_CCM);
}

static tg_status make_authenticated(void)
{
    return make_any(TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_256);
}

static tg_status open_any(tg_bytes octets)
{
    tg_smime_key key = key_of(32);
    tg_status status = open_all(octets, &key, 1, &b);
    for (size_t i = 0; status != TG_OK && i < sizeof b.out; i++)
        assert_true(b.out[i] == 0 || b.out[i] == 0xaa);
    assert_true(status != TG_OK || tg_bytes_equal(tg_bytes_of(b.out, b.len), hello_octets()));
    tg_wipe(&b.opened, sizeof b.opened);
    return status;
}

static tg_status open_gcm(void)
{
    return open_any(gcm);
}

static tg_status open_ccm(void)
{
    return open_any(ccm);
}

static tg_status open_authenticated(void)
{
    return open_any(with_attrs);
}

static tg_status open_forged(void)
{
    tg_status status = open_any(forged);
    return status == TG_NOT_AUTHENTIC ? TG_OK : status == TG_OK ? TG_REFUSED : status;
}

/* The judge has the same findings, or none. */
static tg_status judge_all(void)
{
    static uint8_t memory[1 << 19];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    static tg_smime_judgement j;
    tg_status status = tg_smime_judge(crypto, with_attrs, tg_profile_find("ims-message"), NULL, &arena, &j);
    if (status == TG_OK && j.parse == TG_OK)
        assert_int_equal(j.num_findings, 1);
    return status == TG_OK ? j.parse : status;
}

static const struct {
    const char *name;
    tg_status (*run)(void);
} runs[] = {
    { "make_gcm", make_gcm },       { "make_ccm", make_ccm }, { "make_authenticated", make_authenticated },
    { "open_gcm", open_gcm },       { "open_ccm", open_ccm }, { "open_authenticated", open_authenticated },
    { "open_forged", open_forged }, { "judge", judge_all },
};
enum { NUM_RUNS = sizeof runs / sizeof runs[0] };

static void each_fails(bool all_after)
{
    for (size_t i = 0; i < NUM_RUNS; i++) {
        size_t at = 1, told = 0;
        assert_int_equal(runs[i].run(), TG_OK); /* what OpenSSL keeps for good it has now */
        ERR_clear_error();
        size_t before = count_live();
        for (bool reached = true; reached; at++) {
            failures = 0;
            fails_on = all_after;
            until_failure = at;
            tg_status status = runs[i].run();
            until_failure = 0;
            reached = failures > 0;
            if (status != TG_OK && status != TG_NO_MEMORY)
                fail_msg("%s: %s at allocation %zu", runs[i].name, tg_status_name(status), at);
            if (!reached)
                assert_int_equal(status, TG_OK);
            told += status == TG_NO_MEMORY;
            assert_true(ERR_peek_error() == 0 || status == TG_OK);
            ERR_clear_error();
            size_t after = count_live();
            if (after > before)
                fail_msg("%s: %zu blocks leaked at allocation %zu", runs[i].name, after - before, at);
            if (at % 16 == 0 || !reached)
                assert_int_equal(runs[i].run(), TG_OK);
        }
        assert_true(told > 0);
        print_message("%s: %zu allocations failed, %zu times no_memory\n", runs[i].name, at - 2, told);
    }
}

static void one_fails(void **state)
{
    (void)state;
    each_fails(false);
}

static void all_after_one_fail(void **state)
{
    (void)state;
    each_fails(true);
}

static void nothing_is_left(void **state)
{
    (void)state;
    num_needles = 0;
    needles[num_needles] = tg_bytes_of(kek_octets, 16);
    needle_names[num_needles++] = "the KEK";
    needles[num_needles] = tg_bytes_of(cek, 16);
    needle_names[num_needles++] = "the content key";
    needles[num_needles] = tg_bytes_of(hello + 20, 20);
    needle_names[num_needles++] = "the content";
    looks = true;
    for (size_t i = 0; i < NUM_RUNS; i++) {
        found = NULL;
        assert_int_equal(runs[i].run(), TG_OK);
        for (const block_head *block = first_block; block; block = block->of.next)
            look((const uint8_t *)(block + 1), block->of.len);
        if (found)
            fail_msg("%s: memory that was given back, or is kept, holds %s", runs[i].name, found);
    }
    looks = false;
}

static tg_bytes made(tg_smime_type type, tg_smime_alg alg)
{
    uint8_t *out = hold(2048);
    size_t len = 0;
    return make_in(type, alg, out, 2048, &len) == TG_OK ? tg_bytes_of(out, len) : tg_bytes_of(NULL, 0);
}

static int set_up(void **state)
{
    for (size_t i = 0; i < sizeof cek; i++)
        cek[i] = (uint8_t)(200 - 3 * i);
    if (make_crypto(state) != 0)
        return -1;
    gcm = made(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_GCM);
    ccm = made(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_CCM);
    with_attrs = made(TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_256);
    uint8_t *changed = hold(gcm.len);
    memcpy(changed, gcm.data, gcm.len);
    changed[gcm.len - 1] ^= 1;
    forged = tg_bytes_of(changed, gcm.len);
    return gcm.len && ccm.len && with_attrs.len ? 0 : -1;
}

static int clean_up(void **state)
{
    drop_held(state);
    return free_crypto(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(one_fails), cmocka_unit_test(all_after_one_fail),
                                        cmocka_unit_test(nothing_is_left) };
    if (CRYPTO_set_mem_functions(counting_malloc, counting_realloc, counting_free) != 1)
        return 2;
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
