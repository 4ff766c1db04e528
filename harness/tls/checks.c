/* The rows on a whole connection; what they mean stands in vectors/TLS.md section 3. */
#include "case.h"

static bool holds_version(const tg_tls_case *k, uint16_t version)
{
    const tg_tls_client_hello *c = &k->client_hello;
    bool datagrams = k->known->datagrams;
    for (size_t i = 0; i + 1 < c->versions.len; i += 2) {
        if ((c->versions.data[i] << 8 | c->versions.data[i + 1]) == version)
            return true;
    }
    /* Without the list: all from the named one downwards. */
    return c->versions.len == 0 && (datagrams ? version >= c->version : version <= c->version);
}

static bool allows_13(const tg_tls_case *k)
{
    return k->known->profile->settings.tls_versions == TG_TLS_VERSIONS_TLS13;
}

static const char *name_of(uint16_t suite)
{
    const tg_tls_suite *known = tg_tls_suite_find(suite);
    return known ? known->name : "a suite that is not known";
}

/* ---- H.2: suites and versions ------------------------------------------------------------------------------- */

static void check_chosen(tg_tls_case *k)
{
    const tg_tls_suite *suite = tg_tls_suite_find(k->h->suite);
    tg_tls_at at = k->server_hello.at;
    bool is_psk = k->tls13 ? k->server_hello.has_psk : suite && suite->psk;
    if (!is_psk && !k->retry_alone)
        tg_tls_say(k, "TS33328-H.2-01", at, "ServerHello.cipher_suite", "0x%04x (%s) is not of type TLS_PSK",
                   k->h->suite, name_of(k->h->suite));
    if (k->tls13 && (k->server_hello.has_key_share || k->server_hello.retry_key_share))
        tg_tls_say(k, "TS33328-H.2-02", at, "ServerHello.key_share", "the server goes on with Diffie-Hellman");
    else if (suite && suite->dh)
        tg_tls_say(k, "TS33328-H.2-02", at, "ServerHello.cipher_suite", "%s uses Diffie-Hellman", suite->name);
    if (suite && suite->null_encryption)
        tg_tls_say(k, "TS33328-5.3-01", at, "ServerHello.cipher_suite", "%s encrypts nothing", suite->name);
    bool is_below =
        k->known->datagrams ? k->h->version == 0xFEFF : k->h->version >= 0x0300 && k->h->version < 0x0303;
    if (suite && suite->aead && is_below)
        tg_tls_say(k, "RFC5487-2-x01", at, "ServerHello.cipher_suite", "%s is not for version 0x%04x", suite->name,
                   k->h->version);
    bool is_right = k->h->version == (k->known->datagrams ? 0xFEFD : 0x0303) || (k->tls13 && allows_13(k));
    if (!is_right)
        tg_tls_say(k, "TS33328-H.2-x01", at, "ServerHello.version", "the version is 0x%04x", k->h->version);
}

/* Without a choice: what the client leaves the server to choose. */
static void check_offered(tg_tls_case *k)
{
    const tg_tls_client_hello *c = &k->client_hello;
    bool has_psk = false, without_dh = false, has_13 = false;
    for (size_t i = 0; i + 1 < c->suites.len; i += 2) {
        const tg_tls_suite *suite = tg_tls_suite_find((uint16_t)(c->suites.data[i] << 8 | c->suites.data[i + 1]));
        if (!suite || suite->signalling)
            continue;
        has_psk = has_psk || suite->psk;
        without_dh = without_dh || (!suite->dh && !suite->tls13);
        has_13 = has_13 || suite->tls13;
    }
    if (!has_psk && !(has_13 && c->has_psk))
        tg_tls_say(k, "TS33328-H.2-01", c->at, "ClientHello.cipher_suites", "none is of type TLS_PSK");
    if (!without_dh && !(has_13 && c->psk_ke))
        tg_tls_say(k, "TS33328-H.2-02", c->at, "ClientHello.cipher_suites", "none is without Diffie-Hellman");
    bool has_right = holds_version(k, k->known->datagrams ? 0xFEFD : 0x0303) ||
                     (!k->known->datagrams && allows_13(k) && c->versions.len > 0 && holds_version(k, 0x0304));
    if (!has_right)
        tg_tls_say(k, "TS33328-H.2-x01", c->at, "ClientHello.version", "the client offers 0x%04x",
                   k->h->offered_version);
}

/* ---- identity and hint -------------------------------------------------------------------------------------- */

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool is_utf8(tg_bytes text)
{
    for (size_t i = 0; i < text.len;) {
        uint8_t first = text.data[i++];
        size_t more = first < 0x80 ? 0 : first < 0xC2 ? 4 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 4;
        if (more == 4 || more > text.len - i)
            return false;
        for (size_t n = 0; n < more; n++, i++) {
            uint8_t low = 0x80, high = 0xBF;
            if (n == 0) {
                low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
                high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
            }
            if (text.data[i] < low || text.data[i] > high)
                return false;
        }
    }
    return true;
}

static void check_identity(tg_tls_case *k)
{
    const tg_tls_known *known = k->known;
    bool is_13 = k->tls13 || !k->h->has_server_hello;
    if (!k->h->has_identity)
        return;
    if (is_13 && allows_13(k)) {
        if (known->has_identity13 && !tg_bytes_equal(k->identity, known->identity13))
            tg_tls_say(k, "TS33328-H.2-03", k->identity_at, "ClientHello.pre_shared_key",
                       "the identity is not the one that stands for the empty one");
    } else if (k->identity.len > 0) {
        tg_tls_say(k, "TS33328-H.2-03", k->identity_at,
                   is_13 ? "ClientHello.pre_shared_key" : "ClientKeyExchange.psk_identity",
                   "the identity has %zu octets", k->identity.len);
    }
    if (!is_13 && !is_utf8(k->identity))
        tg_tls_say(k, "RFC4279-5.1-x01", k->identity_at, "ClientKeyExchange.psk_identity", "the identity is not UTF-8");
}

static void check_psk_messages(tg_tls_case *k)
{
    if (!k->h->has_server_hello)
        return;
    bool may_leave_out = k->recipe->kx == TG_KX_PSK || k->recipe->kx == TG_KX_RSA_PSK;
    if (k->h->has_hint && k->hint.len == 0 && may_leave_out)
        tg_tls_say(k, "RFC4279-2-x01", k->hint_at, "ServerKeyExchange.psk_identity_hint", "an empty hint is not sent");
    if (k->certificate && (k->recipe->kx == TG_KX_PSK || k->recipe->kx == TG_KX_DHE_PSK))
        tg_tls_say(k, "RFC4279-2-x02", k->certificate_at, k->certificate, "there are no certificates with %s",
                   name_of(k->h->suite));
}

/* ---- RFC 5746 ----------------------------------------------------------------------------------------------- */

static void check_renegotiation(tg_tls_case *k)
{
    const tg_tls_handshake *h = k->h;
    bool offers_12 = k->client_hello.versions.len == 0;
    for (size_t i = 0; i + 1 < k->client_hello.versions.len; i += 2) {
        unsigned version = (unsigned)k->client_hello.versions.data[i] << 8 | k->client_hello.versions.data[i + 1];
        offers_12 = offers_12 || (k->known->datagrams ? version == 0xFEFD || version == 0xFEFF
                                                      : version >= 0x0300 && version <= 0x0303);
    }
    if (offers_12 && !h->renegotiation_info_client)
        tg_tls_say(k, "RFC5746-3.4-x01", k->client_hello.at, "ClientHello.extensions",
                   "neither renegotiation_info, empty, nor 0x00ff");
    bool is_12 = h->has_server_hello && !k->tls13 && h->version != 0xFEFC;
    if (is_12 && h->renegotiation_info_client &&
        !(h->renegotiation_info_server && k->server_hello.renegotiation_is_empty))
        tg_tls_say(k, "RFC5746-3.6-x01", k->server_hello.at, "ServerHello.extensions", "%s",
                   h->renegotiation_info_server ? "renegotiation_info is not empty" : "there is no renegotiation_info");
}

/* ---- proofs ------------------------------------------------------------------------------------------------- */

static void check_proofs(tg_tls_case *k)
{
    tg_tls_proof client = k->h->client, server = k->h->server;
    for (size_t i = 0; i < 2; i++) {
        const tg_tls_end *end = &k->ends[1 - i];
        if (*tg_tls_proof_of(k, end) != TG_TLS_FAILED)
            continue;
        bool is_binder = end->from_client && (k->tls13 || !k->h->has_server_hello);
        const char *what = is_binder ? "ClientHello.pre_shared_key" : "Finished";
        tg_tls_say(k, "TS33328-H.2-05", k->proof_at[end->from_client], what, "it does not verify under the TEK");
        tg_tls_say(k, "TS33328-J.1-02", k->proof_at[end->from_client], what, "it does not verify under the TEK");
        tg_tls_say(k, "RFC5246-7.4.9-x01", k->proof_at[end->from_client], what, "it does not verify under the TEK");
    }
    bool differ = (client == TG_TLS_VERIFIED && server == TG_TLS_FAILED) ||
                  (client == TG_TLS_FAILED && server == TG_TLS_VERIFIED);
    if (differ)
        tg_tls_say(k, "TS33328-H.2-x02", k->proof_at[client == TG_TLS_FAILED], "Finished",
                   "the other end holds the TEK, this one does not");
    else if (client == TG_TLS_VERIFIED && k->server_said_wrong_key && !k->ends[0].finished)
        tg_tls_say(k, "TS33328-H.2-x02", k->wrong_key_at, "Alert",
                   "the client holds the TEK, and the server says that it is wrong");
    if (k->server_said_unknown_identity && !k->ends[0].finished)
        tg_tls_say(k, "TS33328-H.2-04", k->unknown_identity_at, "Alert",
                   "the server looks at the identity: unknown_psk_identity");
}

void tg_tls_check(tg_tls_case *k)
{
    if (k->h->has_server_hello)
        check_chosen(k);
    else if (k->h->has_client_hello)
        check_offered(k);
    if (k->h->has_client_hello)
        check_renegotiation(k);
    check_identity(k);
    check_psk_messages(k);
    check_proofs(k);
}
