/* ClientHello and ServerHello (RFC 5246 7.4.1, RFC 6347 4.2.1, RFC 8446 4.1), and the extensions that matter here. */
#include "case.h"

enum {
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SESSION_TICKET = 35,
    EXT_PRE_SHARED_KEY = 41,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_PSK_MODES = 45,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION_INFO = 0xFF01
};
enum { SIGNAL_RENEGOTIATION = 0x00FF, PSK_KE = 0 };

/* A vector behind its length of one octet or two. */
static bool get_vector8(tg_reader *r, size_t least, size_t most, tg_bytes *out)
{
    uint8_t len;
    return tg_get_u8(r, &len) && len >= least && len <= most && tg_get_bytes(r, len, out);
}
static bool get_vector16(tg_reader *r, size_t least, tg_bytes *out)
{
    uint16_t len;
    return tg_get_u16(r, &len) && len >= least && tg_get_bytes(r, len, out);
}

bool tg_tls_next_extension(tg_reader *r, uint16_t *type, tg_bytes *data)
{
    return tg_get_u16(r, type) && get_vector16(r, 0, data);
}

static bool is_at_end(const tg_reader *r)
{
    return tg_reader_left(r) == 0;
}

static bool is_known_version(bool datagrams, uint16_t version)
{
    return datagrams ? version == 0xFEFF || version == 0xFEFD || version == 0xFEFC
                     : version >= 0x0300 && version <= 0x0304;
}

/* RFC 5746 3.2: what was verified in the handshake before; nothing in the first. */
static bool read_renegotiation_info(tg_bytes data, bool *is_empty)
{
    tg_reader r = tg_reader_of(data);
    tg_bytes verified;
    if (!get_vector8(&r, 0, 255, &verified) || !is_at_end(&r))
        return false;
    *is_empty = verified.len == 0;
    return true;
}

/* ---- ClientHello -------------------------------------------------------------------------------------------- */

/* What is read of a hello before it is known to fit. */
typedef struct hello {
    tg_tls_client_hello said;
    bool extended_master_secret, encrypt_then_mac, renegotiation_info, has_modes;
} hello;

/* RFC 8446 4.2.11: identities, then binders; a binder covers the hello up to these. */
static bool read_pre_shared_key(hello *c, tg_bytes data, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(data);
    tg_bytes identities, binders, one;
    uint32_t age;
    if (!get_vector16(&r, 7, &identities))
        return false;
    c->said.truncated = tg_bytes_of(m->whole.data, (size_t)(r.pos - m->whole.data));
    if (!get_vector16(&r, 33, &binders) || !is_at_end(&r))
        return false;
    size_t num_identities = 0, num_binders = 0;
    for (r = tg_reader_of(identities); !is_at_end(&r); num_identities++) {
        if (!get_vector16(&r, 1, &one) || !tg_get_u32(&r, &age))
            return false;
        if (num_identities == 0)
            c->said.identity = one;
        if (age != 0 && num_identities < 256)
            c->said.aged[num_identities / 64] |= (uint64_t)1 << num_identities % 64;
    }
    for (r = tg_reader_of(binders); !is_at_end(&r); num_binders++) {
        if (!get_vector8(&r, 32, 255, &one))
            return false;
        if (num_binders == 0)
            c->said.binder = one;
    }
    c->said.has_psk = true;
    c->said.num_identities = num_identities;
    return num_identities == num_binders;
}

static bool read_modes(hello *c, tg_bytes data)
{
    tg_reader r = tg_reader_of(data);
    tg_bytes modes;
    if (!get_vector8(&r, 1, 255, &modes) || !is_at_end(&r))
        return false;
    c->has_modes = true;
    c->said.psk_ke = memchr(modes.data, PSK_KE, modes.len) != NULL;
    return true;
}

static bool read_client_extension(hello *c, uint16_t type, tg_bytes data, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(data);
    switch (type) {
    case EXT_SUPPORTED_VERSIONS:
        return get_vector8(&r, 2, 254, &c->said.versions) && c->said.versions.len % 2 == 0 && is_at_end(&r);
    case EXT_PRE_SHARED_KEY:
        return read_pre_shared_key(c, data, m);
    case EXT_PSK_MODES:
        return read_modes(c, data);
    case EXT_RENEGOTIATION_INFO:
        c->renegotiation_info = true;
        return read_renegotiation_info(data, &c->said.renegotiation_is_empty);
    case EXT_SESSION_TICKET:
        c->said.has_ticket = data.len > 0;
        return true;
    case EXT_EXTENDED_MASTER_SECRET:
        c->extended_master_secret = true;
        return data.len == 0;
    case EXT_ENCRYPT_THEN_MAC:
        c->encrypt_then_mac = true;
        return data.len == 0;
    default:
        return true;
    }
}

static bool read_client_extensions(hello *c, tg_bytes extensions, const tg_tls_message *m)
{
    uint16_t type;
    tg_bytes data;
    tg_reader r = tg_reader_of(extensions);
    while (!is_at_end(&r)) {
        if (!tg_tls_next_extension(&r, &type, &data))
            return false;
        uint8_t *octet = &c->said.extensions[type >> 3], bit = (uint8_t)(1u << (type & 7));
        /* The first of two that are the same counts. */
        if (!(*octet & bit) && !read_client_extension(c, type, data, m))
            return false;
        *octet |= bit;
    }
    return true;
}

/* NULL, or the member that does not fit. */
static const char *read_client(const tg_tls_case *k, hello *c, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    tg_bytes extensions, cookie;
    if (!tg_get_u16(&r, &c->said.version) || !tg_get_bytes(&r, 32, &c->said.random))
        return "ClientHello.random";
    if (!get_vector8(&r, 0, 32, &c->said.session_id))
        return "ClientHello.session_id";
    if (k->known->datagrams && !get_vector8(&r, 0, 255, &cookie))
        return "ClientHello.cookie";
    if (!get_vector16(&r, 2, &c->said.suites) || c->said.suites.len % 2)
        return "ClientHello.cipher_suites";
    if (!get_vector8(&r, 1, 255, &c->said.compressions))
        return "ClientHello.compression_methods";
    if (is_at_end(&r))
        return NULL;
    if (!get_vector16(&r, 0, &extensions) || !is_at_end(&r) || !read_client_extensions(c, extensions, m))
        return "ClientHello.extensions";
    return NULL;
}

static uint16_t number16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

static uint16_t highest_version(const tg_tls_case *k, const tg_tls_client_hello *c)
{
    bool datagrams = k->known->datagrams;
    uint16_t best = 0;
    for (size_t i = 0; i + 1 < c->versions.len; i += 2) {
        uint16_t version = number16(c->versions.data + i);
        /* DTLS counts downwards (RFC 6347 4.1). */
        if (is_known_version(datagrams, version) && (!best || (datagrams ? version < best : version > best)))
            best = version;
    }
    return best ? best : c->version;
}

static void keep_suites(tg_tls_handshake *h, tg_bytes suites, bool *signals)
{
    h->num_offered = 0;
    h->num_offered_all = suites.len / 2;
    for (size_t i = 0; i < h->num_offered_all; i++) {
        uint16_t suite = number16(suites.data + 2 * i);
        if (h->num_offered < TG_TLS_MAX_SUITES)
            h->offered[h->num_offered++] = suite;
        if (suite == SIGNAL_RENEGOTIATION)
            *signals = true;
    }
}

void tg_tls_read_client_hello(tg_tls_case *k, const tg_tls_message *m)
{
    hello c = { .said = { .at = m->at, .transcript_before = k->client_hello.transcript_before } };
    if (read_client(k, &c, m))
        return;
    tg_tls_handshake *h = k->h;
    bool signals = false;
    k->client_hello = c.said;
    h->has_client_hello = true;
    h->offered_version = highest_version(k, &c.said);
    h->session_offered = c.said.has_ticket || c.said.session_id.len > 0;
    keep_suites(h, c.said.suites, &signals);
    h->renegotiation_info_client = (c.renegotiation_info && c.said.renegotiation_is_empty) || signals;
    /* Agreed once the server says so too. */
    h->extended_master_secret = c.extended_master_secret;
    h->encrypt_then_mac = c.encrypt_then_mac;
}

/* ---- ServerHello -------------------------------------------------------------------------------------------- */

/* RFC 8446 4.1.3: the random of a HelloRetryRequest is the SHA-256 of its name. */
bool tg_tls_is_retry(const tg_tls_message *m)
{
    static const uint8_t retry[32] = { 0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                                       0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                                       0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C };
    return m->body.len >= 34 && memcmp(m->body.data + 2, retry, sizeof retry) == 0;
}

typedef struct answer {
    tg_tls_server_hello said;
    uint16_t suite, version;
    tg_bytes extensions;
    bool extended_master_secret, encrypt_then_mac, renegotiation_info;
} answer;

static bool read_server_extension(answer *s, uint16_t type, tg_bytes data)
{
    tg_reader r = tg_reader_of(data);
    switch (type) {
    case EXT_SUPPORTED_VERSIONS:
        return tg_get_u16(&r, &s->version) && is_at_end(&r);
    case EXT_PRE_SHARED_KEY:
        s->said.has_psk = true;
        return tg_get_u16(&r, &s->said.selected) && is_at_end(&r);
    case EXT_KEY_SHARE:
        s->said.has_key_share = true;
        return true;
    case EXT_RENEGOTIATION_INFO:
        s->renegotiation_info = true;
        return read_renegotiation_info(data, &s->said.renegotiation_is_empty);
    case EXT_EXTENDED_MASTER_SECRET:
        s->extended_master_secret = true;
        return data.len == 0;
    case EXT_ENCRYPT_THEN_MAC:
        s->encrypt_then_mac = true;
        return data.len == 0;
    default:
        return true;
    }
}

static const char *read_server(answer *s, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    uint16_t type;
    tg_bytes data;
    if (!tg_get_u16(&r, &s->said.legacy_version) || !tg_get_bytes(&r, 32, &s->said.random))
        return "ServerHello.random";
    if (!get_vector8(&r, 0, 32, &s->said.session_id))
        return "ServerHello.session_id";
    if (!tg_get_u16(&r, &s->suite) || !tg_get_u8(&r, &s->said.compression))
        return "ServerHello.cipher_suite";
    s->version = s->said.legacy_version;
    if (is_at_end(&r))
        return NULL;
    if (!get_vector16(&r, 0, &s->extensions) || !is_at_end(&r))
        return "ServerHello.extensions";
    for (r = tg_reader_of(s->extensions); !is_at_end(&r);) {
        if (!tg_tls_next_extension(&r, &type, &data) || !read_server_extension(s, type, data))
            return "ServerHello.extensions";
    }
    return NULL;
}

const char *tg_tls_misfit_of_hello(const tg_tls_case *k, const tg_tls_message *m)
{
    hello c = { .has_modes = false };
    answer s = { .suite = 0 };
    return m->type == 1 ? read_client(k, &c, m) : read_server(&s, m);
}

void tg_tls_read_server_hello(tg_tls_case *k, const tg_tls_message *m)
{
    answer s = { .said = { .at = m->at, .retry_key_share = k->server_hello.retry_key_share } };
    if (read_server(&s, m))
        return;
    tg_tls_handshake *h = k->h;
    k->server_hello = s.said;
    h->version = s.version;
    h->suite = s.suite;
    k->recipe = tg_tls_recipe_of(s.suite);
    if (h->has_client_hello)
        tg_tls_check_choice(k, m->at, tg_tls_is_retry(m), s.extensions, s.said.compression);
    if (tg_tls_is_retry(m)) {
        h->hello_retry_request = true;
        k->server_hello.retry_key_share = s.said.has_key_share;
        k->server_hello.has_key_share = false;
        return;
    }
    h->has_server_hello = true;
    h->extended_master_secret = h->extended_master_secret && s.extended_master_secret;
    h->encrypt_then_mac = h->encrypt_then_mac && s.encrypt_then_mac;
    h->renegotiation_info_server = s.renegotiation_info;
}
