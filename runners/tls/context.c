#include "context.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "cli.h"

/* libssl's own names for extra data: the setup in the context, the peer's address in the connection. */
static int setup_index = -1, peer_index = -1;

typedef struct peer_address {
    size_t len;
    uint8_t octets[128];
} peer_address;

static void free_peer(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number, void *argument)
{
    (void)parent, (void)data, (void)index, (void)number, (void)argument;
    OPENSSL_free(pointer);
}

static bool make_indices(void)
{
    if (setup_index < 0)
        setup_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (peer_index < 0)
        peer_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_peer);
    return setup_index >= 0 && peer_index >= 0;
}

static tls_setup *setup_of(SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), setup_index);
}

/* ---- TLS 1.2 ------------------------------------------------------------------------------------------------ */

static unsigned give_tek(SSL *ssl, unsigned char *out, unsigned room)
{
    const tls_key *key = setup_of(ssl)->key;
    if (key->len > room)
        return 0;
    memcpy(out, key->tek, key->len);
    return (unsigned)key->len;
}

/* The hint is not used (H.2); the identity is the empty string unless a test wants another. */
static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_room, unsigned char *out,
                           unsigned room)
{
    const char *text = setup_of(ssl)->identity ? setup_of(ssl)->identity : "";
    (void)hint;
    if (strlen(text) >= identity_room)
        return 0;
    strcpy(identity, text);
    return give_tek(ssl, out, room);
}

/* Whatever the identity is (H.2). */
static unsigned server_psk(SSL *ssl, const char *identity, unsigned char *out, unsigned room)
{
    (void)identity;
    return give_tek(ssl, out, room);
}

/* ---- TLS 1.3 ------------------------------------------------------------------------------------------------ */

/* The TEK as an external PSK (RFC 8446 4.2.11), of the hash of the first suite. */
static SSL_SESSION *session_of_tek(SSL *ssl)
{
    const tls_setup *setup = setup_of(ssl);
    const STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(ssl);
    const SSL_CIPHER *first = NULL;
    for (int i = 0; !first && i < sk_SSL_CIPHER_num(ciphers); i++) {
        if (SSL_CIPHER_get_kx_nid(sk_SSL_CIPHER_value(ciphers, i)) == NID_kx_any)
            first = sk_SSL_CIPHER_value(ciphers, i);
    }
    SSL_SESSION *session = first ? SSL_SESSION_new() : NULL;
    if (session && SSL_SESSION_set1_master_key(session, setup->key->tek, setup->key->len) &&
        SSL_SESSION_set_cipher(session, first) && SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION))
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

/* The identity of TLS 1.3, which is not empty. */
static bool has_text(const tls_setup *setup)
{
    return setup->identity && setup->identity[0];
}

static int use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    const tls_setup *setup = setup_of(ssl);
    *session = session_of_tek(ssl);
    if (!*session)
        return 0;
    const EVP_MD *own = SSL_CIPHER_get_handshake_digest(SSL_SESSION_get0_cipher(*session));
    if (md && EVP_MD_get_type(md) != EVP_MD_get_type(own)) {
        SSL_SESSION_free(*session); /* after a HelloRetryRequest for another hash: without a PSK, then */
        *session = NULL;
        return 1;
    }
    *id = has_text(setup) ? (const unsigned char *)setup->identity : setup->key->identity13;
    *len = has_text(setup) ? strlen(setup->identity) : setup->key->identity13_len;
    return 1;
}

static int find_session(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
    (void)id, (void)len; /* ignored, and reported by whoever judges */
    *session = session_of_tek(ssl);
    return *session != NULL;
}

/* ---- DTLS cookies ------------------------------------------------------------------------------------------- */

static int make_cookie(SSL *ssl, unsigned char *cookie, unsigned *len)
{
    const tls_setup *setup = setup_of(ssl);
    const peer_address *peer = SSL_get_ex_data(ssl, peer_index);
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t mac_len = 0;
    if (!peer || !EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, setup->cookie_key, sizeof setup->cookie_key,
                            peer->octets, peer->len, mac, sizeof mac, &mac_len))
        return 0;
    *len = 32;
    memcpy(cookie, mac, *len);
    return 1;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, unsigned len)
{
    unsigned char own[DTLS1_COOKIE_LENGTH];
    unsigned own_len = 0;
    return make_cookie(ssl, own, &own_len) && len == own_len && CRYPTO_memcmp(own, cookie, len) == 0;
}

bool tls_context_set_peer(SSL *ssl, const void *address, size_t len)
{
    peer_address *peer = len <= sizeof peer->octets ? OPENSSL_zalloc(sizeof *peer) : NULL;
    if (!peer)
        return false;
    peer->len = len;
    memcpy(peer->octets, address, len);
    if (SSL_set_ex_data(ssl, peer_index, peer))
        return true;
    OPENSSL_free(peer);
    return false;
}

bool tls_context_knows(SSL_CTX *context, const void *address, size_t address_len, const uint8_t *datagram, size_t len,
                       uint8_t answer[TLS_MOST_VERIFY], size_t *answer_len)
{
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new_mem_buf(datagram, (int)len), *out = BIO_new(BIO_s_mem());
    BIO_ADDR *unused = BIO_ADDR_new();
    bool knows = false;
    *answer_len = 0;
    if (ssl && in && out && unused && tls_context_set_peer(ssl, address, address_len)) {
        BIO_set_mem_eof_return(in, -1); /* "not yet": libssl then gives up */
        SSL_set_bio(ssl, in, out);
        knows = DTLSv1_listen(ssl, unused) == 1;
        int num = knows ? 0 : BIO_read(out, answer, TLS_MOST_VERIFY);
        *answer_len = num > 0 ? (size_t)num : 0;
    } else {
        BIO_free(in);
        BIO_free(out);
    }
    BIO_ADDR_free(unused);
    SSL_free(ssl);
    ERR_clear_error();
    return knows;
}

/* ---- putting it together ------------------------------------------------------------------------------------ */

/* psk_ke alone, as far as libssl lets one: a server has it when no group is common. */
#define NO_GROUP_OF_TLS13 "brainpoolP512r1"

static bool set_versions(SSL_CTX *context, const tls_setup *setup)
{
    bool allows_13 = setup->key->profile.settings.tls_versions == TG_TLS_VERSIONS_TLS13 && !setup->datagrams;
    int least = setup->datagrams ? DTLS1_2_VERSION : TLS1_2_VERSION, most = least;
    if (setup->version == TLS1_3_VERSION && !allows_13) {
        cli_complain(
            "--version 1.3: a PSK identity cannot be empty there (RFC 8446 4.2.11), as TS 33.328 H.2 wants it; "
            "%s",
            setup->datagrams ? "and there is no DTLS 1.3 here" : "--set tls_versions=tls13 allows it");
        return false;
    }
    if (allows_13 && setup->version != TLS1_2_VERSION)
        most = TLS1_3_VERSION;
    if (setup->version == TLS1_3_VERSION)
        least = TLS1_3_VERSION;
    if (most == TLS1_3_VERSION && !setup->server && !has_text(setup) && !setup->key->has_identity13) {
        cli_complain("TLS 1.3 needs an identity that is not empty (RFC 8446 4.2.11): --conversation gives one, or "
                     "--identity");
        return false;
    }
    return SSL_CTX_set_min_proto_version(context, least) && SSL_CTX_set_max_proto_version(context, most);
}

static bool set_rest(SSL_CTX *context, const tls_setup *setup)
{
    /* Which suites are weak is decided by their list, and not by libssl. */
    SSL_CTX_set_security_level(context, 0);
    /* Each connection is keyed by the TEK: nothing is resumed. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    uint64_t options = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_ALLOW_NO_DHE_KEX |
                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF;
    if (setup->datagrams)
        options |= SSL_OP_COOKIE_EXCHANGE | SSL_OP_NO_QUERY_MTU;
    SSL_CTX_set_options(context, options);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, setup->datagrams);
    if (!SSL_CTX_set_num_tickets(context, 0) || !SSL_CTX_set_ciphersuites(context, setup->suites.list13))
        return false;
    return !setup->suites.list[0] || SSL_CTX_set_cipher_list(context, setup->suites.list);
}

static bool set_server(SSL_CTX *context, const tls_setup *setup)
{
    bool is_13 = SSL_CTX_get_max_proto_version(context) == TLS1_3_VERSION;
    SSL_CTX_set_psk_server_callback(context, server_psk);
    SSL_CTX_set_psk_find_session_callback(context, find_session);
    SSL_CTX_set_cookie_generate_cb(context, make_cookie);
    SSL_CTX_set_cookie_verify_cb(context, check_cookie);
    SSL_CTX_set_dh_auto(context, 1); /* for DHE_PSK, which only a test names */
    if (is_13 && !SSL_CTX_set1_groups_list(context, NO_GROUP_OF_TLS13))
        return false;
    return !setup->hint || SSL_CTX_use_psk_identity_hint(context, setup->hint);
}

SSL_CTX *tls_context_new(tls_setup *setup)
{
    const SSL_METHOD *method = setup->datagrams ? DTLS_method() : TLS_method();
    SSL_CTX *context = make_indices() ? SSL_CTX_new(method) : NULL;
    bool ok = context && RAND_priv_bytes(setup->cookie_key, sizeof setup->cookie_key) == 1 &&
              SSL_CTX_set_ex_data(context, setup_index, setup);
    if (ok && !set_versions(context, setup)) {
        SSL_CTX_free(context);
        return NULL; /* it has complained */
    }
    ok = ok && set_rest(context, setup);
    if (ok && setup->server) {
        ok = set_server(context, setup);
    } else if (ok) {
        SSL_CTX_set_psk_client_callback(context, client_psk);
        SSL_CTX_set_psk_use_session_callback(context, use_session);
    }
    if (ok)
        return context;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    cli_complain("libssl could not be set up: %s", reason ? reason : "out of memory");
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}
