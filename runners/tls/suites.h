/* suites: which ciphersuites an end offers or takes, by the names that IANA has for them. */
#ifndef TICKETGATE_TLS_SUITES_H
#define TICKETGATE_TLS_SUITES_H

#include <stdbool.h>

typedef struct tls_suites {
    char list[4096];  /* of TLS 1.2, as libssl names them, with ':' between */
    char list13[512]; /* of TLS 1.3 */
} tls_suites;

/* PSK suites without Diffie-Hellman (TS 33.328 H.2); `allow_null`: those without encryption, too, behind all others. */
#define TLS_SUITES_DEFAULT                                                                                             \
    "TLS_PSK_WITH_AES_128_GCM_SHA256,TLS_PSK_WITH_AES_256_GCM_SHA384,TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,"           \
    "TLS_PSK_WITH_AES_128_CCM,TLS_PSK_WITH_AES_256_CCM,TLS_PSK_WITH_AES_128_CBC_SHA256,"                               \
    "TLS_PSK_WITH_AES_256_CBC_SHA384,TLS_PSK_WITH_AES_128_CBC_SHA,TLS_PSK_WITH_AES_256_CBC_SHA,"                       \
    "TLS_PSK_WITH_AES_128_CCM_8,TLS_PSK_WITH_AES_256_CCM_8"

/* `names`: of IANA, with ',' between, or NULL for the default. The order is that of preference. DHE_PSK and ECDHE_PSK are for tests and
 * stand in no default; what needs a certificate is refused, and what encrypts nothing without `allow_null`. Complains. */
bool tls_suites_read(const char *names, bool allow_null, tls_suites *out);

#endif
