/* What TLS 1.2 shows in clear and says of somebody: server names, identities, hints, tickets, certificates (RFC 5246 7.4, RFC 6066 3, RFC 4279 2,
 * RFC 5077 3.2, RFC 8446 4.2.11). Lengths stay. */
#include <stdlib.h>

#include "scrubbing.h"

enum {
    ALERT = 21,
    HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    CLIENT_KEY_EXCHANGE = 16,
    SERVER_NAME = 0,
    SESSION_TICKET = 35,
    PRE_SHARED_KEY = 41,
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

static void rename_extension(tgs_scrub *s, size_t type, octets data)
{
    octets list, one;
    if (type == SERVER_NAME && take(&data, 2, &list)) {
        while (skip(&list, 1) && take(&list, 2, &one))
            rename_text(s, one);
    } else if (type == SESSION_TICKET) {
        other_octets(s, data);
    } else if (type == PRE_SHARED_KEY && take(&data, 2, &list)) {
        while (take(&list, 2, &one)) {
            rename_text(s, one);
            if (!skip(&list, 4))
                return;
        }
    }
}

static void rename_hello(tgs_scrub *s, octets body, bool of_client)
{
    octets ignored, extensions, data;
    if (!skip(&body, RANDOM_END) || !take(&body, 1, &ignored) ||
        !(of_client ? take(&body, 2, &ignored) && take(&body, 1, &ignored) : skip(&body, 3)) ||
        !take(&body, 2, &extensions))
        return;
    while (extensions.len >= 4) {
        size_t type = number(extensions.data, 2);
        if (!skip(&extensions, 2) || !take(&extensions, 2, &data))
            return;
        if (of_client)
            rename_extension(s, type, data);
    }
}

/* A list of certificates, each behind its length of three octets. */
static void rename_certificates(tgs_scrub *s, octets body)
{
    octets list, one;
    if (!take(&body, 3, &list))
        return;
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
}

/* Types, algorithms of signatures, names of authorities (RFC 5246 7.4.4). */
static void rename_authorities(tgs_scrub *s, octets body)
{
    octets ignored, list, one;
    if (!take(&body, 1, &ignored) || !take(&body, 2, &ignored) || !take(&body, 2, &list))
        return;
    while (take(&list, 2, &one))
        tgs_rename_der(s, one.data, one.len);
}

/* A hint or an identity alone: what has more in it begins with parameters of another key exchange, or has it first (RFC 4279 3, 4). */
static void rename_identity(tgs_scrub *s, octets body)
{
    octets identity, rest = body;
    if (take(&rest, 2, &identity))
        rename_text(s, identity);
}

static void rename_message(tgs_scrub *s, uint8_t type, octets body, bool is_psk)
{
    octets ticket;
    switch (type) {
    case CLIENT_HELLO:
        rename_hello(s, body, true);
        break;
    case NEW_SESSION_TICKET:
        if (skip(&body, 4) && take(&body, 2, &ticket))
            other_octets(s, ticket);
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
    default:
        break;
    }
}

/* ---- a direction --------------------------------------------------------------------------------------------- */

typedef struct joined {
    uint8_t *octets;
    size_t *places, num;
} joined;

/* Handshake messages in clear, whatever records they lie in. */
static bool join(const uint8_t *stream, size_t len, joined *j)
{
    j->octets = malloc(len + 1);
    j->places = malloc((len + 1) * sizeof *j->places);
    j->num = 0;
    if (!j->octets || !j->places)
        return false;
    for (size_t at = 0; at + 5 <= len;) {
        size_t size = number(stream + at + 3, 2);
        if ((stream[at] != HANDSHAKE && stream[at] != ALERT) || size > len - at - 5)
            break; /* ChangeCipherSpec: what follows is encrypted */
        for (size_t i = 0; stream[at] == HANDSHAKE && i < size; i++) {
            j->places[j->num] = at + 5 + i;
            j->octets[j->num++] = stream[at + 5 + i];
        }
        at += 5 + size;
    }
    return true;
}

bool tgs_rename_handshake(tgs_scrub *s, uint8_t *stream, size_t len, bool is_psk)
{
    joined j;
    bool ok = join(stream, len, &j);
    for (size_t at = 0; ok && at + 4 <= j.num;) {
        size_t size = number(j.octets + at + 1, 3);
        if (size > j.num - at - 4)
            break;
        rename_message(s, j.octets[at], (octets){ j.octets + at + 4, size }, is_psk);
        at += 4 + size;
    }
    for (size_t i = 0; ok && i < j.num; i++)
        stream[j.places[i]] = j.octets[i];
    if (!ok)
        tgs_fail(s, "memory ran out");
    free(j.octets);
    free(j.places);
    return ok;
}
