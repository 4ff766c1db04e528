/* What TLS shows in clear and says of somebody: server names, identities, hints, tickets, certificates (RFC 5246 7.4, RFC 6066 3, RFC 4279 2,
 * RFC 5077 3.2, RFC 8446 4.2.11). What is not known to say nothing of anybody, and what cannot be cut, becomes noise. Lengths stay. */
#include <ctype.h>
#include <stdlib.h>

#include "vectors.h"

enum {
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    NAMED_CURVE = 3,
    RECORD_HEADER = 5,
    RANDOM_END = 34,
};

static void rename_extensions(tgs_scrub *s, octets extensions, bool of_client)
{
    octets data, number;
    while (extensions.len >= 4) {
        octets rest = extensions;
        if (!tgs_cut(&rest, 2, &number) || !tgs_take(&rest, 2, &data))
            break;
        extensions = rest;
        tgs_rename_extension(s, tgs_number(number.data, 2), data, of_client);
        tgs_other_numbers(s, number, 2);
    }
    tgs_other_octets(s, extensions);
}

/* Behind the session's identifier, the suites (the suite) and methods of compression. */
static bool change_suites(tgs_scrub *s, octets *body, bool of_client)
{
    octets suites, methods;
    bool ok = of_client ? tgs_take(body, 2, &suites) : tgs_cut(body, 2, &suites);
    if (!ok)
        return false;
    tgs_other_numbers(s, suites, 2);
    ok = of_client ? tgs_take(body, 1, &methods) : tgs_cut(body, 1, &methods);
    if (ok)
        tgs_other_numbers(s, methods, 1);
    return ok;
}

/* Random is random, and of a HelloRetryRequest is not. */
static void rename_hello(tgs_scrub *s, octets body, bool of_client)
{
    octets session, extensions;
    if (tgs_skip(&body, RANDOM_END) && tgs_take(&body, 1, &session)) {
        tgs_other_octets(s, session);
        if (change_suites(s, &body, of_client) && tgs_take(&body, 2, &extensions))
            rename_extensions(s, extensions, of_client);
    }
    tgs_other_octets(s, body);
}

/* A list of certificates, each behind its length of three octets. */
static void rename_certificates(tgs_scrub *s, octets body)
{
    octets list = { body.data, 0 }, one;
    (void)tgs_take(&body, 3, &list);
    while (tgs_take(&list, 3, &one)) {
        uint8_t *before = malloc(one.len + 1);
        if (!before) {
            tgs_fail(s, "memory ran out");
            return;
        }
        memcpy(before, one.data, one.len);
        tgs_rename_der(s, one.data, one.len, TGS_DER_CERTIFICATE);
        tgs_note_certificate(s, tg_bytes_of(before, one.len), tg_bytes_of(one.data, one.len));
        free(before);
    }
    tgs_other_octets(s, list);
    tgs_other_octets(s, body);
}

/* Types, algorithms of signatures, names of authorities (RFC 5246 7.4.4). */
static void rename_authorities(tgs_scrub *s, octets body)
{
    octets types, algorithms, list = { body.data, 0 }, one;
    if (tgs_take(&body, 1, &types) && tgs_take(&body, 2, &algorithms)) {
        tgs_other_numbers(s, types, 1);
        tgs_other_numbers(s, algorithms, 2);
        (void)tgs_take(&body, 2, &list);
    }
    while (tgs_take(&list, 2, &one))
        tgs_rename_der(s, one.data, one.len, TGS_DER_NAME);
    tgs_other_octets(s, list);
    tgs_other_octets(s, body);
}

/* One vector with a length of `size`, or several, up to the end. */
static bool is_cut(octets body, size_t size)
{
    octets one;
    while (body.len > 0) {
        if (!tgs_take(&body, size, &one))
            return false;
    }
    return true;
}

/* Points and numbers of Diffie-Hellman, an encrypted secret: lengths stay where all of it can be cut. */
static void change_keys(tgs_scrub *s, octets body)
{
    octets curve = body, one;
    bool has_curve = body.len > 3 && body.data[0] == NAMED_CURVE && tgs_skip(&curve, 3) && is_cut(curve, 1);
    size_t size = !has_curve && is_cut(body, 2) ? 2 : 1;
    octets *in = has_curve ? &curve : &body;
    if (has_curve || is_cut(*in, size)) {
        while (tgs_take(in, size, &one))
            tgs_other_octets(s, one);
    }
    tgs_other_octets(s, *in);
}

/* A hint or an identity, and keys behind it or, in RFC 4279 3 and 4 of the server, too. Where no suite says that there is one, one that is all of
 * the message is taken for one: nothing but an encrypted secret looks like that, and it becomes noise. */
static void rename_key_exchange(tgs_scrub *s, octets body, bool is_psk)
{
    octets identity, rest = body;
    if (!tgs_take(&rest, 2, &identity) || (!is_psk && rest.len > 0)) {
        change_keys(s, body);
        return;
    }
    tgs_rename_identity(s, identity);
    change_keys(s, rest);
}

/* The algorithm and the signature (RFC 5246 4.7). */
static void change_signature(tgs_scrub *s, octets body)
{
    octets algorithm, signature;
    if (tgs_cut(&body, 2, &algorithm) && tgs_take(&body, 2, &signature)) {
        tgs_other_numbers(s, algorithm, 2);
        tgs_other_octets(s, signature);
    }
    tgs_other_octets(s, body);
}

static void rename_ticket(tgs_scrub *s, octets body)
{
    octets ticket;
    if (tgs_skip(&body, 4) && tgs_take(&body, 2, &ticket))
        tgs_other_octets(s, ticket);
    tgs_other_octets(s, body);
}

static void rename_message(tgs_scrub *s, uint8_t type, octets body, bool is_psk)
{
    switch (type) {
    case CLIENT_HELLO:
    case SERVER_HELLO:
        rename_hello(s, body, type == CLIENT_HELLO);
        break;
    case NEW_SESSION_TICKET:
        rename_ticket(s, body);
        break;
    case CERTIFICATE:
        rename_certificates(s, body);
        break;
    case CERTIFICATE_REQUEST:
        rename_authorities(s, body);
        break;
    case SERVER_KEY_EXCHANGE:
    case CLIENT_KEY_EXCHANGE:
        rename_key_exchange(s, body, is_psk);
        break;
    case CERTIFICATE_VERIFY:
        change_signature(s, body);
        break;
    default: /* HelloRequest and ServerHelloDone, which are empty; Finished, CertificateStatus, and what is not known */
        tgs_other_octets(s, body);
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
        tgs_other_octets(s, (octets){ fragment + used, len - used });
}

/* From what is no record on: its first octets still begin none. */
static void blank_tail(tgs_scrub *s, uint8_t *at, size_t len)
{
    size_t front = len < RECORD_HEADER ? len : RECORD_HEADER;
    for (size_t i = 0; i < front; i++)
        at[i] = isprint(at[i]) ? 'x' : at[i];
    blank_rest(s, at, len, front);
}

static bool is_record(const uint8_t *header)
{
    enum { HEARTBEAT = 24, MAJOR = 3 };
    return header[0] >= CHANGE_CIPHER_SPEC && header[0] <= HEARTBEAT && header[1] == MAJOR;
}

/* One record in clear. */
static void take_record(tgs_scrub *s, uint8_t *stream, size_t at, size_t size, bool is_13, joined *j)
{
    enum { OF_CCS = 1, OF_ALERT = 2 };

    uint8_t type = stream[at], *fragment = stream + at + RECORD_HEADER;
    if (type == CHANGE_CIPHER_SPEC || type == ALERT)
        blank_rest(s, fragment, size, type == ALERT ? OF_ALERT : OF_CCS);
    else if (type != HANDSHAKE && !(is_13 && type == APPLICATION_DATA))
        blank_rest(s, fragment, size, 0);
    for (size_t i = 0; type == HANDSHAKE && i < size; i++) {
        j->places[j->num] = at + RECORD_HEADER + i;
        j->octets[j->num++] = fragment[i];
    }
}

/* Handshake messages in clear, whatever records they lie in; the last of these need not be whole. How far all that is in clear was looked at: behind the
 * first ChangeCipherSpec, whatever is in it, all is taken to be encrypted. */
static bool join(tgs_scrub *s, uint8_t *stream, size_t len, bool is_13, joined *j, size_t *clear)
{
    j->octets = malloc(len + 1);
    j->places = malloc((len + 1) * sizeof *j->places);
    j->num = 0;
    if (!j->octets || !j->places)
        return false;
    size_t at = 0;
    while (at + RECORD_HEADER <= len && is_record(stream + at)) {
        size_t size = tgs_number(stream + at + 3, 2), left = len - at - RECORD_HEADER;
        size = size < left ? size : left;
        take_record(s, stream, at, size, is_13, j);
        /* In TLS 1.3 it means nothing (RFC 8446 D.4), and another hello may follow. */
        bool is_last = stream[at] == CHANGE_CIPHER_SPEC && !is_13;
        at += RECORD_HEADER + size;
        *clear = at;
        if (is_last)
            return true;
    }
    blank_tail(s, stream + at, len - at);
    *clear = len;
    return true;
}

bool tgs_rename_handshake(tgs_scrub *s, uint8_t *stream, size_t len, bool is_psk, bool is_13, size_t *clear)
{
    joined j;
    *clear = 0;
    bool ok = join(s, stream, len, is_13, &j, clear);
    size_t at = 0;
    while (ok && at + 4 <= j.num) {
        size_t size = tgs_number(j.octets + at + 1, 3);
        if (size > j.num - at - 4)
            break;
        rename_message(s, j.octets[at], (octets){ j.octets + at + 4, size }, is_psk);
        at += 4 + size;
    }
    if (ok && at + 4 < j.num) /* a message that is not whole */
        tgs_other_octets(s, (octets){ j.octets + at + 4, j.num - at - 4 });
    for (size_t i = 0; ok && i < j.num; i++)
        stream[j.places[i]] = j.octets[i];
    if (!ok)
        tgs_fail(s, "memory ran out");
    free(j.octets);
    free(j.places);
    return ok;
}
