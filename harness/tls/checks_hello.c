/* What the server chose against what the client offered: RFC 5246 7.4.1.3, RFC 5487 1.1, RFC 5746 3.4 and 3.6. */
#include "case.h"

#define CHOICE "RFC5246-7.4.1.3-x01"
enum { EXT_ENCRYPT_THEN_MAC = 22, EXT_SUPPORTED_VERSIONS = 43, EXT_COOKIE = 44, EXT_RENEGOTIATION_INFO = 0xFF01 };

static bool holds16(tg_bytes list, uint16_t wanted)
{
    for (size_t i = 0; i + 1 < list.len; i += 2) {
        if (list.data[i] == wanted >> 8 && list.data[i + 1] == (wanted & 0xFF))
            return true;
    }
    return false;
}

static bool is_above(bool datagrams, uint16_t version, uint16_t limit)
{
    return datagrams ? version < limit : version > limit; /* DTLS counts downwards */
}

static void check_version(tg_tls_case *k, tg_tls_at at)
{
    const tg_tls_client_hello *c = &k->client_hello;
    uint16_t version = k->h->version;
    if (c->versions.len > 0) {
        if (!holds16(c->versions, version))
            tg_tls_say(k, CHOICE, at, "ServerHello.version", "0x%04x is not in supported_versions of the client",
                       version);
    } else if (is_above(k->known->datagrams, version, c->version)) {
        tg_tls_say(k, CHOICE, at, "ServerHello.version", "0x%04x is above 0x%04x, which the client offers", version,
                   c->version);
    }
}

/* What an extension of the server may not choose: RFC 8446 4.2.1, RFC 7366 3. */
static void check_extension(tg_tls_case *k, tg_tls_at at, uint16_t type)
{
    if (type == EXT_SUPPORTED_VERSIONS && k->h->version != (k->known->datagrams ? 0xFEFC : 0x0304))
        tg_tls_say(k, CHOICE, at, "ServerHello.extensions", "supported_versions does not choose 0x%04x",
                   k->h->version);
    bool is_aead = k->recipe->bulk == TG_BULK_GCM || k->recipe->bulk == TG_BULK_CCM ||
                   k->recipe->bulk == TG_BULK_CHACHA;
    if (type == EXT_ENCRYPT_THEN_MAC && is_aead)
        tg_tls_say(k, CHOICE, at, "ServerHello.extensions", "encrypt_then_mac with an AEAD suite");
}

/* RFC 8446 4.2.9, 4.2.11. */
static void check_psk(tg_tls_case *k, tg_tls_at at)
{
    const tg_tls_client_hello *c = &k->client_hello;
    if (!tg_tls_is_13(k->h->version) || !k->server_hello.has_psk || !c->has_psk)
        return;
    if (k->server_hello.selected >= c->num_identities)
        tg_tls_say(k, CHOICE, at, "ServerHello.pre_shared_key", "the client offered no identity %u",
                   k->server_hello.selected);
    if (!k->server_hello.has_key_share && !c->psk_ke)
        tg_tls_say(k, CHOICE, at, "ServerHello.pre_shared_key", "the client does not do psk_ke");
}

void tg_tls_check_choice(tg_tls_case *k, tg_tls_at at, bool is_retry, tg_bytes extensions, uint8_t compression)
{
    const tg_tls_client_hello *c = &k->client_hello;
    uint16_t type, suite = k->h->suite;
    tg_bytes data;
    bool signals = holds16(c->suites, 0x00FF);
    check_version(k, at);
    if (!is_retry)
        check_psk(k, at);
    if (!holds16(c->suites, suite))
        tg_tls_say(k, CHOICE, at, "ServerHello.cipher_suite", "the client did not offer 0x%04x", suite);
    if (!memchr(c->compressions.data, compression, c->compressions.len))
        tg_tls_say(k, CHOICE, at, "ServerHello.compression_method", "the client did not offer %u", compression);
    for (tg_reader r = tg_reader_of(extensions); tg_tls_next_extension(&r, &type, &data);) {
        bool may_come = tg_tls_client_sent(k, type) || (type == EXT_RENEGOTIATION_INFO && signals) ||
                        (type == EXT_COOKIE && is_retry) /* RFC 8446 4.2.2 */;
        check_extension(k, at, type);
        if (!may_come)
            tg_tls_say(k, CHOICE, at, "ServerHello.extensions", "the client did not send the extension %u", type);
    }
}
