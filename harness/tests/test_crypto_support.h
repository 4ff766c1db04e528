/* What the tests of the crypto room share: octets written in hex, and a handle. */
#ifndef TICKETGATE_TEST_CRYPTO_SUPPORT_H
#define TICKETGATE_TEST_CRYPTO_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/crypto.h"

static tg_crypto *crypto;

/* Octets of a test, each view in memory of its own so that the address sanitizer sees every read outside; freed together. */
static void *held[256];
static size_t num_held;

static uint8_t *hold(size_t len)
{
    assert_true(num_held < sizeof held / sizeof held[0]);
    uint8_t *octets = malloc(len ? len : 1);
    assert_non_null(octets);
    held[num_held++] = octets;
    return octets;
}

__attribute__((unused)) static tg_bytes hex(const char *text)
{
    size_t len = 0, at;
    uint8_t *decoded = hold(strlen(text));
    assert_int_equal(tg_hex_decode(text, strlen(text), decoded, &len, &at), TG_OK);
    uint8_t *octets = hold(len);
    memcpy(octets, decoded, len);
    return tg_bytes_of(octets, len);
}

/* first, first + 1, ... */
__attribute__((unused)) static tg_bytes count_from(uint8_t first, size_t len)
{
    uint8_t *octets = hold(len);
    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(first + i);
    return tg_bytes_of(octets, len);
}

__attribute__((unused)) static tg_bytes text_of(const char *text)
{
    uint8_t *octets = hold(strlen(text));
    memcpy(octets, text, strlen(text));
    return tg_bytes_of(octets, strlen(text));
}

#define assert_octets(bytes, expected_hex)                                                                             \
    do {                                                                                                               \
        tg_bytes assert_got = (bytes), assert_want = hex(expected_hex);                                                \
        assert_int_equal(assert_got.len, assert_want.len);                                                             \
        if (assert_want.len)                                                                                           \
            assert_memory_equal(assert_got.data, assert_want.data, assert_want.len);                                   \
    } while (0)

__attribute__((unused)) static int make_crypto(void **state)
{
    (void)state;
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

__attribute__((unused)) static int free_crypto(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    crypto = NULL;
    return 0;
}

__attribute__((unused)) static int drop_held(void **state)
{
    (void)state;
    while (num_held)
        free(held[--num_held]);
    return 0;
}

/* The text of a file of the source tree. */
__attribute__((unused)) static tg_bytes source_file(const char *path)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", TICKETGATE_SOURCE_DIR, path);
    FILE *file = fopen(full, "rb");
    assert_non_null(file);
    uint8_t *octets = hold(1 << 16);
    size_t len = fread(octets, 1, 1 << 16, file);
    fclose(file);
    assert_in_range(len, 1, (1 << 16) - 1);
    return tg_bytes_of(octets, len);
}

#define CRYPTO_TEST(f) cmocka_unit_test_teardown(f, drop_held)

#endif
