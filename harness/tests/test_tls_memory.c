/* tls: every allocation of OpenSSL fails in turn: the judge says so, or says the same as ever; and what OpenSSL gives
 * back holds no TEK. OpenSSL takes other allocators only before it has allocated anything, so this is a program of
 * its own. */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "test_tls_support.h"

static transcript t;
static size_t until_failure, failures, until_all; /* 0: none fails */
static bool found_tek;

static bool fails(void)
{
    if (until_failure == 0 || --until_failure > 0)
        return false;
    until_failure = until_all;
    failures++;
    return true;
}

/* The length stands before each block. */
static void *failing_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    max_align_t *block = len == 0 || fails() ? NULL : malloc(sizeof *block + len);
    if (!block)
        return NULL;
    memcpy(block, &len, sizeof len);
    memset(block + 1, 0, len);
    return block + 1;
}

static void looking_free(void *data, const char *file, int line)
{
    static const uint8_t tek[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    size_t len;
    (void)file;
    (void)line;
    if (!data)
        return;
    max_align_t *block = (max_align_t *)data - 1;
    memcpy(&len, block, sizeof len);
    for (size_t i = 0; i + sizeof tek <= len; i++)
        found_tek = found_tek || memcmp((uint8_t *)data + i, tek, sizeof tek) == 0;
    free(block);
}

static void *failing_realloc(void *data, size_t len, const char *file, int line)
{
    size_t old = 0;
    if (len == 0) {
        looking_free(data, file, line);
        return NULL;
    }
    void *made = failing_malloc(len, file, line);
    if (data && made) {
        memcpy(&old, (max_align_t *)data - 1, sizeof old);
        memcpy(made, data, old < len ? old : len);
        looking_free(data, file, line);
    }
    return made;
}

static void with_failures(const char *name, bool all)
{
    answer whole, a;
    load(&t, sample_named(name));
    until_failure = 0;
    judge(&t, &whole);
    assert_int_equal(whole.status, TG_OK);
    size_t refused = 0;
    for (size_t n = 1;; n++) {
        assert_true(n < 20000);
        until_failure = n;
        until_all = all ? 1 : 0;
        failures = 0;
        judge(&t, &a);
        until_failure = until_all = 0;
        assert_int_equal(ERR_peek_error(), 0);
        if (failures == 0) {
            done(&a);
            break;
        }
        assert_true(a.status == TG_OK || a.status == TG_NO_MEMORY);
        if (a.status == TG_NO_MEMORY) {
            refused++;
        } else {
            assert_int_equal(a.judgement.handshake.client, whole.judgement.handshake.client);
            assert_int_equal(a.judgement.handshake.server, whole.judgement.handshake.server);
            assert_int_equal(a.judgement.num_findings, whole.judgement.num_findings);
            assert_int_equal(a.judgement.handshake.num_alerts, whole.judgement.handshake.num_alerts);
        }
        done(&a);
    }
    assert_true(refused > 0);
    done(&whole);
}

static const char *const names[] = { "openssl_gcm",  "openssl_cbc_sha1", "openssl_ccm_8", "openssl_chacha",
                                     "openssl_null", "openssl_dtls_cbc", "openssl_13_ke", "openssl_wrong_client" };

static void one_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        with_failures(names[i], false);
}

static void all_after_one_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        with_failures(names[i], true);
}

static void nothing_of_the_tek_is_given_back(void **state)
{
    (void)state;
    answer a;
    found_tek = false;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        load(&t, &tg_tls_samples[i]);
        judge(&t, &a);
        done(&a);
    }
    assert_false(found_tek);
    void *block = OPENSSL_malloc(16); /* it would be found */
    assert_non_null(block);
    (void)from_hex(TG_TLS_SAMPLE_TEK, block);
    OPENSSL_free(block);
    assert_true(found_tek);
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(failing_malloc, failing_realloc, looking_free))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fails),
        cmocka_unit_test(all_after_one_fail),
        cmocka_unit_test(nothing_of_the_tek_is_given_back),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
