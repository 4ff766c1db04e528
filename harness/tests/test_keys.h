/* The keys of vectors/keys, for tests of roles and of implementations under test. */
#ifndef TEST_KEYS_H
#define TEST_KEYS_H

#include "ticketgate/converse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

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

/* Private key (or not) and certificate as one PEM text, in a buffer of the caller's. */
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

#endif
