/* context: a libssl context for an end that is keyed by a TEK as TS 33.328 annex H says. */
#ifndef TICKETGATE_TLS_CONTEXT_H
#define TICKETGATE_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "key.h"
#include "suites.h"

#define TLS_MOST_VERIFY 512 /* octets of a HelloVerifyRequest: a cookie has 255 at most */

typedef struct tls_setup {
    bool server, datagrams;
    bool allow_eof; /* an end without close_notify is a good one */
    tls_suites suites;
    const tls_key *key;
    const char *identity; /* of a client; NULL: the empty one (H.2), in TLS 1.3 what stands for it */
    const char *hint;     /* of a server, in TLS 1.2; NULL: none */
    int version;          /* TLS1_2_VERSION or TLS1_3_VERSION alone; 0: all that the profile allows */
    uint8_t cookie_key[32];
} tls_setup;

/* NULL after a complaint. `setup` must outlive it. The profile's setting tls_versions decides on TLS 1.3. */
SSL_CTX *tls_context_new(tls_setup *setup);
/* For the cookies of DTLS (RFC 6347 4.2.1): whom they are for. */
bool tls_context_set_peer(SSL *ssl, const void *address, size_t len);
/* Does the ClientHello in the datagram bring the cookie of its sender? What answers it if not: a HelloVerifyRequest, or nothing. No state is
 * kept, and a wrong cookie is as none (RFC 6347 4.2.1). */
bool tls_context_knows(SSL_CTX *context, const void *address, size_t address_len, const uint8_t *datagram, size_t len,
                       uint8_t answer[TLS_MOST_VERIFY], size_t *answer_len);

#endif
