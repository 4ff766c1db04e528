/* tls: the table of ciphersuites against what openssl and gnutls know, and what follows from a name. */
#define _POSIX_C_SOURCE 200809L
#include "test_tls_support.h"

/* "TLS_PSK_WITH_AES_128_CBC_SHA" as gnutls has it: without WITH, and with other words for a few things. */
static void plain_name(const char *name, char out[128])
{
    static const char *const words[][2] = { { "_WITH_", "_" },    { "PSK_DHE", "DHE_PSK" },
                                            { "ARCFOUR", "RC4" }, { "ANON", "anon" },
                                            { "_SHA1", "_SHA" },  { "POLY1305_SHA256", "POLY1305" } };
    snprintf(out, 128, "%s", name);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *at = strstr(out, words[i][0]), rest[128];
        if (!at)
            continue;
        snprintf(rest, sizeof rest, "%s", at + strlen(words[i][0]));
        snprintf(at, 128 - (size_t)(at - out), "%s%s", words[i][1], rest);
    }
}

static const char *const not_registered[] = { "TLS_DHE_DSS_ARCFOUR_128_SHA1", "TLS_GOSTR341112_256_28147_CNT_IMIT" };

static bool is_registered(const char *name)
{
    for (size_t i = 0; i < sizeof not_registered / sizeof not_registered[0]; i++) {
        if (strcmp(not_registered[i], name) == 0)
            return false;
    }
    return true;
}

/* Reads lines of a program; gives how many suites they named. */
static size_t compare_with(const char *command, const char *format, bool name_first)
{
    char line[512], name[128], ours[128], theirs[128];
    unsigned high, low;
    size_t num = 0;
    FILE *lines = popen(command, "r");
    assert_non_null(lines);
    while (fgets(line, sizeof line, lines)) {
        int read = name_first ? sscanf(line, format, name, &high, &low) : sscanf(line, format, &high, &low, name);
        if (read != 3 || !is_registered(name))
            continue;
        const tg_tls_suite *suite = tg_tls_suite_find((uint16_t)(high << 8 | low));
        if (!suite)
            fail_msg("0x%02x%02x %s is not in the table", high, low, name);
        plain_name(suite->name, ours);
        plain_name(name, theirs);
        assert_string_equal(ours, theirs);
        num++;
    }
    assert_int_equal(pclose(lines), 0);
    return num;
}

static void numbers_are_those_of_openssl(void **state)
{
    (void)state;
    assert_true(compare_with("openssl ciphers -V -stdname ALL:COMPLEMENTOFALL:@SECLEVEL=0", " 0x%x,0x%x - %127s",
                             false) >= 100);
}

static void numbers_are_those_of_gnutls(void **state)
{
    (void)state;
    assert_true(compare_with("gnutls-cli --list", "%127s 0x%x, 0x%x", true) >= 50);
}

static void is(uint16_t number, const char *name, bool psk, bool dh, bool null, bool aead, bool tls13, bool signalling)
{
    const tg_tls_suite *s = tg_tls_suite_find(number);
    assert_non_null(s);
    assert_string_equal(s->name, name);
    assert_int_equal(s->psk, psk);
    assert_int_equal(s->dh, dh);
    assert_int_equal(s->null_encryption, null);
    assert_int_equal(s->aead, aead);
    assert_int_equal(s->tls13, tls13);
    assert_int_equal(s->signalling, signalling);
}

static void a_suite_is_what_its_name_says(void **state)
{
    (void)state;
    is(0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256", true, false, false, true, false, false);
    is(0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256", true, false, false, false, false, false);
    is(0x008C, "TLS_PSK_WITH_AES_128_CBC_SHA", true, false, false, false, false, false);
    is(0x002C, "TLS_PSK_WITH_NULL_SHA", true, false, true, false, false, false);
    is(0x00AA, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", false, true, false, true, false, false);
    is(0xC0AA, "TLS_PSK_DHE_WITH_AES_128_CCM_8", false, true, false, true, false, false);
    is(0x00AC, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256", false, false, false, true, false, false);
    is(0xC037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", false, true, false, false, false, false);
    is(0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256", false, false, false, true, false, false); /* RFC 5246: 1.2 alone */
    is(0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", false, true, false, false, false, false);
    is(0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA", false, true, false, false, false, false);
    is(0x1301, "TLS_AES_128_GCM_SHA256", false, false, false, true, true, false);
    is(0xC0B4, "TLS_SHA256_SHA256", false, false, true, true, true, false);
    is(0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", false, false, false, false, false, true);
    is(0x5600, "TLS_FALLBACK_SCSV", false, false, false, false, false, true);
    assert_null(tg_tls_suite_find(0xCAFE));
    size_t num, psk = 0;
    const tg_tls_suite *all = tg_tls_suites(&num);
    for (size_t i = 0; i < num; i++) {
        assert_ptr_equal(tg_tls_suite_find(all[i].number), &all[i]);
        psk += all[i].psk;
    }
    assert_int_equal(psk, 24); /* those that begin with TLS_PSK_WITH_ */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_openssl),
        cmocka_unit_test(numbers_are_those_of_gnutls),
        cmocka_unit_test(a_suite_is_what_its_name_says),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
