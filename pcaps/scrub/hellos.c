/* What TLS shows in clear and says of somebody: server names, identities, hints, tickets, certificates (RFC 5246 7.4, RFC 6066 3, RFC 4279 2,
 * RFC 5077 3.2, RFC 8446 4.2.11). What is not known to say nothing of anybody, and what cannot be cut, becomes noise. Lengths stay. */
#include <stdlib.h>

#include "scrubbing.h"

enum {
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    FINISHED = 20,
    SERVER_NAME = 0,
    SESSION_TICKET = 35,
    PRE_SHARED_KEY = 41,
    ALPN = 16,
    RANDOM_END = 34,
};

typedef struct octets {
    uint8_t *data;
    size_t len;
} octets;

static size_t number(const uint8_t *at, size_t size)
{
    size_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

/* Takes what stands behind a length of `size` octets; false where it does not fit. */
static bool take(octets *in, size_t size, octets *out)
{
    if (in->len < size || number(in->data, size) > in->len - size)
        return false;
    *out = (octets){ in->data + size, number(in->data, size) };
    in->data += size + out->len;
    in->len -= size + out->len;
    return true;
}

static bool skip(octets *in, size_t len)
{
    if (in->len < len)
        return false;
    in->data += len;
    in->len -= len;
    return true;
}

/* Octets that mean something to an end alone. */
static void other_octets(tgs_scrub *s, octets o)
{
    if (o.len > 0)
        tgs_noise(s, o.data, o.len);
}

static void rename_text(tgs_scrub *s, octets o)
{
    for (size_t i = 0; i < o.len; i++) {
        if (o.data[i] < ' ' || o.data[i] > '~') { /* no text: identities of PSK may be anything */
            other_octets(s, o);
            return;
        }
    }
    tgp_names_text(&s->names, (char *)o.data, o.len);
}

/* Names of protocols, and of numbers, groups and algorithms (IANA's TLS ExtensionType values): max_fragment_length, supported_groups,
 * ec_point_formats, signature_algorithms, use_srtp, heartbeat, ALPN, padding, encrypt_then_mac, extended_master_secret, record_size_limit,
 * supported_versions, psk_key_exchange_modes, post_handshake_auth, signature_algorithms_cert, key_share, renegotiation_info. */
static bool says_nothing(size_t type, const octets *data)
{
    static const uint16_t types[] = { 1, 10, 11, 13, 14, 15, 21, 22, 23, 28, 43, 45, 49, 50, 51, 0xff01 };
    static const char *const protocols[] = { "h2", "http/1.1", "http/1.0", "msrp", "sip/2", "webrtc", "c-webrtc" };
    octets all = *data, list, one;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i] == type)
            return true;
    }
    if (type != ALPN || !take(&all, 2, &list) || all.len > 0)
        return false;
    while (take(&list, 1, &one)) {
        bool known = false;
        for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
            known |= one.len == strlen(protocols[i]) && memcmp(one.data, protocols[i], one.len) == 0;
        if (!known)
            return false;
    }
    return list.len == 0;
}

static void rename_extension(tgs_scrub *s, size_t type, octets data, bool of_client)
{
    octets list, one;
    if (type == SERVER_NAME && take(&data, 2, &list)) {
        while (skip(&list, 1) && take(&list, 2, &one))
            rename_text(s, one);
        other_octets(s, list);
    } else if (type == PRE_SHARED_KEY && !of_client) {
        return; /* which of the identities it is */
    } else if (type == PRE_SHARED_KEY && take(&data, 2, &list)) {
        while (take(&list, 2, &one)) {
            rename_text(s, one);
            if (!skip(&list, 4))
                break;
        }
        other_octets(s, list);
        list.len = 0;
        (void)take(&data, 2, &list); /* binders, which are none of what they were made of any more */
        while (take(&list, 1, &one))
            other_octets(s, one);
        other_octets(s, list);
    } else if (says_nothing(type, &data)) {
        return;
    }
    other_octets(s, data);
}

static void rename_hello(tgs_scrub *s, octets body, bool of_client)
{
    octets ignored, extensions, data;
    if (skip(&body, RANDOM_END) && take(&body, 1, &ignored) &&
        (of_client ? take(&body, 2, &ignored) && take(&body, 1, &ignored) : skip(&body, 3)) &&
        take(&body, 2, &extensions)) {
        while (extensions.len >= 4) {
            size_t type = number(extensions.data, 2);
            octets rest = extensions;
            if (!skip(&rest, 2) || !take(&rest, 2, &data))
                break;
            extensions = rest;
            rename_extension(s, type, data, of_client);
        }
        other_octets(s, extensions);
    }
    other_octets(s, body);
}

/* A list of certificates, each behind its length of three octets. */
static void rename_certificates(tgs_scrub *s, octets body)
{
    octets list = { body.data, 0 }, one;
    (void)take(&body, 3, &list);
    while (take(&list, 3, &one)) {
        uint8_t *before = malloc(one.len + 1);
        if (!before) {
            tgs_fail(s, "memory ran out");
            return;
        }
        memcpy(before, one.data, one.len);
        tgs_rename_der(s, one.data, one.len);
        tgs_note_certificate(s, tg_bytes_of(before, one.len), tg_bytes_of(one.data, one.len));
        free(before);
    }
    other_octets(s, list);
    other_octets(s, body);
}

/* Types, algorithms of signatures, names of authorities (RFC 5246 7.4.4). */
static void rename_authorities(tgs_scrub *s, octets body)
{
    octets ignored, list = { body.data, 0 }, one;
    if (take(&body, 1, &ignored) && take(&body, 2, &ignored))
        (void)take(&body, 2, &list);
    while (take(&list, 2, &one))
        tgs_rename_der(s, one.data, one.len);
    other_octets(s, list);
    other_octets(s, body);
}

/* A hint or an identity alone: what has more in it begins with parameters of another key exchange, or has it first (RFC 4279 3, 4). */
static void rename_identity(tgs_scrub *s, octets body)
{
    octets identity, rest = body;
    if (take(&rest, 2, &identity))
        rename_text(s, identity);
    else
        other_octets(s, body);
}

static void rename_message(tgs_scrub *s, uint8_t type, octets body, bool is_psk)
{
    octets ticket;
    switch (type) {
    case CLIENT_HELLO:
    case SERVER_HELLO:
        rename_hello(s, body, type == CLIENT_HELLO);
        break;
    case NEW_SESSION_TICKET:
        if (skip(&body, 4) && take(&body, 2, &ticket))
            other_octets(s, ticket);
        other_octets(s, body);
        break;
    case CERTIFICATE:
        rename_certificates(s, body);
        break;
    case CERTIFICATE_REQUEST:
        rename_authorities(s, body);
        break;
    case SERVER_KEY_EXCHANGE:
    case CLIENT_KEY_EXCHANGE:
        if (is_psk)
            rename_identity(s, body);
        break;
    case HELLO_REQUEST:
    case SERVER_HELLO_DONE:
    case CERTIFICATE_VERIFY:
    case FINISHED:
        break;
    default: /* CertificateStatus, CertificateURL, SupplementalData, and what is not known */
        other_octets(s, body);
        break;
    }
}

/* ---- a direction --------------------------------------------------------------------------------------------- */

typedef struct joined {
    uint8_t *octets;
    size_t *places, num;
} joined;

/* What a record in clear has behind that what it is for. */
static void blank_rest(tgs_scrub *s, uint8_t *fragment, size_t len, size_t used)
{
    if (len > used)
        other_octets(s, (octets){ fragment + used, len - used });
}

/* Handshake messages in clear, whatever records they lie in. */
static bool join(tgs_scrub *s, uint8_t *stream, size_t len, bool is_13, joined *j)
{
    enum { OF_CCS = 1, OF_ALERT = 2 };

    j->octets = malloc(len + 1);
    j->places = malloc((len + 1) * sizeof *j->places);
    j->num = 0;
    if (!j->octets || !j->places)
        return false;
    for (size_t at = 0; at + 5 <= len;) {
        size_t size = number(stream + at + 3, 2);
        uint8_t type = stream[at], *fragment = stream + at + 5;
        if (size > len - at - 5)
            break;
        if (type == CHANGE_CIPHER_SPEC || type == ALERT)
            blank_rest(s, fragment, size, type == ALERT ? OF_ALERT : OF_CCS);
        else if (type != HANDSHAKE && !(is_13 && type == APPLICATION_DATA))
            blank_rest(s, fragment, size, 0);
        if (type == CHANGE_CIPHER_SPEC && !is_13)
            break; /* what follows is encrypted; in TLS 1.3 it means nothing (RFC 8446 D.4), and another hello may follow */
        for (size_t i = 0; stream[at] == HANDSHAKE && i < size; i++) {
            j->places[j->num] = at + 5 + i;
            j->octets[j->num++] = stream[at + 5 + i];
        }
        at += 5 + size;
    }
    return true;
}

bool tgs_rename_handshake(tgs_scrub *s, uint8_t *stream, size_t len, bool is_psk, bool is_13)
{
    joined j;
    bool ok = join(s, stream, len, is_13, &j);
    size_t at = 0;
    while (ok && at + 4 <= j.num) {
        size_t size = number(j.octets + at + 1, 3);
        if (size > j.num - at - 4)
            break;
        rename_message(s, j.octets[at], (octets){ j.octets + at + 4, size }, is_psk);
        at += 4 + size;
    }
    if (ok && at + 4 < j.num) /* a message that is not whole */
        other_octets(s, (octets){ j.octets + at + 4, j.num - at - 4 });
    for (size_t i = 0; ok && i < j.num; i++)
        stream[j.places[i]] = j.octets[i];
    if (!ok)
        tgs_fail(s, "memory ran out");
    free(j.octets);
    free(j.places);
    return ok;
}
