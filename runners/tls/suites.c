#include "suites.h"

#include <openssl/ssl.h>
#include <string.h>

#include "cli.h"

#define NULL_SUITES "TLS_PSK_WITH_NULL_SHA256,TLS_PSK_WITH_NULL_SHA384,TLS_PSK_WITH_NULL_SHA"
/* An external PSK belongs to one hash (RFC 8446 4.2.11): SHA-256, unless one names others. */
#define SUITES_13 "TLS_AES_128_GCM_SHA256,TLS_CHACHA20_POLY1305_SHA256,TLS_AES_128_CCM_SHA256"

static const SSL_CIPHER *find(const STACK_OF(SSL_CIPHER) * known, const char *name, size_t len)
{
    for (int i = 0; i < sk_SSL_CIPHER_num(known); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(known, i);
        const char *standard = SSL_CIPHER_standard_name(cipher);
        if (standard && strlen(standard) == len && memcmp(standard, name, len) == 0)
            return cipher;
    }
    return NULL;
}

static bool may_be_used(const SSL_CIPHER *cipher, const char *name, int len, bool allow_null)
{
    int exchange = SSL_CIPHER_get_kx_nid(cipher), encryption = SSL_CIPHER_get_cipher_nid(cipher);
    bool is_13 = exchange == NID_kx_any;
    if (!is_13 && exchange != NID_kx_psk && exchange != NID_kx_dhe_psk && exchange != NID_kx_ecdhe_psk) {
        cli_complain("--ciphers %.*s: it is not keyed by a PSK alone", len, name);
        return false;
    }
    if (encryption == NID_undef && !allow_null) {
        cli_complain("--ciphers %.*s: it encrypts nothing (TS 33.328 5.3); --allow-null allows it", len, name);
        return false;
    }
    return true;
}

static bool append(char *list, size_t size, const char *name)
{
    size_t len = strlen(list), more = strlen(name);
    if (len + more + 2 > size)
        return false;
    if (len)
        list[len++] = ':';
    memcpy(list + len, name, more + 1);
    return true;
}

static bool read_names(const STACK_OF(SSL_CIPHER) * known, const char *names, bool allow_null, tls_suites *out)
{
    while (*names) {
        size_t len = strcspn(names, ",");
        int shown = len > 64 ? 64 : (int)len;
        const SSL_CIPHER *cipher = find(known, names, len);
        if (!cipher) {
            cli_complain("--ciphers %.*s: no name that IANA has, or libssl does not have the suite", shown, names);
            return false;
        }
        if (!may_be_used(cipher, names, shown, allow_null))
            return false;
        bool is_13 = SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any;
        if (!append(is_13 ? out->list13 : out->list, is_13 ? sizeof out->list13 : sizeof out->list,
                    SSL_CIPHER_get_name(cipher))) {
            cli_complain("--ciphers: too many");
            return false;
        }
        names += len + (names[len] == ',');
    }
    return true;
}

bool tls_suites_read(const char *names, bool allow_null, tls_suites *out)
{
    *out = (tls_suites){ .list = "" };
    if (names && !*names) {
        cli_complain("--ciphers: none");
        return false;
    }
    SSL_CTX *all = SSL_CTX_new(TLS_method());
    if (all)
        SSL_CTX_set_security_level(all, 0);
    bool ok =
        all && SSL_CTX_set_cipher_list(all, "ALL:eNULL") == 1 &&
        SSL_CTX_set_ciphersuites(all, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                      "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256") == 1;
    if (!ok)
        cli_complain("libssl could not be set up");
    const STACK_OF(SSL_CIPHER) *known = ok ? SSL_CTX_get_ciphers(all) : NULL;
    ok = ok && read_names(known, names ? names : TLS_SUITES_DEFAULT, allow_null, out);
    if (ok && !names && allow_null)
        ok = read_names(known, NULL_SUITES, allow_null, out);
    if (ok && !out->list13[0])
        ok = read_names(known, SUITES_13, allow_null, out);
    SSL_CTX_free(all);
    return ok;
}
