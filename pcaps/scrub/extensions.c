/* Extensions of hellos (IANA's TLS ExtensionType values). Of those that are known numbers of groups, algorithms and versions stay, and names of
 * protocols; keys, tickets and identities become others, and so does all that cannot be cut, and every extension that is not known. */
#include "vectors.h"

enum {
    SERVER_NAME = 0,
    MAX_FRAGMENT_LENGTH = 1,
    SUPPORTED_GROUPS = 10,
    POINT_FORMATS = 11,
    SIGNATURE_ALGORITHMS = 13,
    USE_SRTP = 14,
    HEARTBEAT = 15,
    ALPN = 16,
    PADDING = 21,
    RECORD_SIZE_LIMIT = 28,
    PRE_SHARED_KEY = 41,
    SUPPORTED_VERSIONS = 43,
    PSK_MODES = 45,
    CERTIFICATE_ALGORITHMS = 50,
    KEY_SHARE = 51,
    RENEGOTIATION_INFO = 0xff01,
};

void tgs_rename_identity(tgs_scrub *s, octets o)
{
    tgs_rename_octets(s, o.data, o.len);
}

/* What IANA's registries have of suites, groups, algorithms, versions and extensions, by their upper octet; values of RFC 8701, which mean nothing. */
static bool is_assigned(unsigned value)
{
    static const struct {
        uint16_t first, last;
    } known[] = { { 0x0000, 0x00ff }, { 0x0100, 0x0104 }, { 0x0200, 0x0206 }, { 0x0300, 0x0304 }, { 0x0400, 0x0406 },
                  { 0x0500, 0x0503 }, { 0x0600, 0x0603 }, { 0x0708, 0x0709 }, { 0x0804, 0x081c }, { 0x0840, 0x0841 },
                  { 0x11eb, 0x11ed }, { 0x1301, 0x1307 }, { 0x5600, 0x5600 }, { 0x6399, 0x639a }, { 0xc001, 0xc0b5 },
                  { 0xc100, 0xc107 }, { 0xcca8, 0xccae }, { 0xd001, 0xd005 }, { 0xff01, 0xff02 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (value >= known[i].first && value <= known[i].last)
            return true;
    }
    return (value >> 8) == (value & 0xff) && (value & 15) == 10;
}

/* Of formats, modes, methods of compression and types of certificates. */
static bool is_assigned_octet(unsigned value)
{
    return value <= 6 || value == 20 || (value >= 64 && value <= 67);
}

void tgs_other_numbers(tgs_scrub *s, octets list, size_t size)
{
    octets one;
    while (tgs_cut(&list, size, &one)) {
        unsigned value = (unsigned)tgs_number(one.data, size);
        if (size == 1 ? is_assigned_octet(value) : is_assigned(value))
            continue;
        tgs_noise(s, one.data, size);
        one.data[0] = 0xff; /* for private use, in all of these */
    }
    tgs_other_octets(s, list);
}

/* A list behind its length of `front` octets. */
static void change_list(tgs_scrub *s, octets *data, size_t front, size_t size)
{
    octets list;
    if (tgs_take(data, front, &list))
        tgs_other_numbers(s, list, size);
}

static void rename_server_names(tgs_scrub *s, octets *data)
{
    octets list, one;
    if (!tgs_take(data, 2, &list))
        return;
    while (list.len > 0 && list.data[0] == 0 && tgs_skip(&list, 1) && tgs_take(&list, 2, &one))
        tgs_rename_identity(s, one);
    tgs_other_octets(s, list);
}

/* Identities, then binders, which are none of what they were made of any more (RFC 8446 4.2.11). */
static void rename_identities(tgs_scrub *s, octets *data)
{
    octets list, one;
    if (!tgs_take(data, 2, &list))
        return;
    while (tgs_take(&list, 2, &one)) {
        tgs_rename_identity(s, one);
        if (!tgs_skip(&list, 4))
            break;
    }
    tgs_other_octets(s, list);
    list.len = 0;
    (void)tgs_take(data, 2, &list);
    while (tgs_take(&list, 1, &one))
        tgs_other_octets(s, one);
    tgs_other_octets(s, list);
}

/* RFC 8446 4.2.8: a group and a key, or of a HelloRetryRequest the group alone. */
static void change_share(tgs_scrub *s, octets *in)
{
    octets group, key;
    if (tgs_cut(in, 2, &group))
        tgs_other_numbers(s, group, 2);
    if (tgs_take(in, 2, &key))
        tgs_other_octets(s, key);
}

static void change_shares(tgs_scrub *s, octets *data, bool of_client)
{
    octets list;
    if (!of_client) {
        change_share(s, data);
        return;
    }
    if (!tgs_take(data, 2, &list))
        return;
    while (list.len >= 4 && tgs_number(list.data + 2, 2) <= list.len - 4)
        change_share(s, &list);
    tgs_other_octets(s, list);
}

/* RFC 5764 4.1.1: profiles, and an identifier of keys. */
static void change_srtp(tgs_scrub *s, octets *data)
{
    octets mki;
    change_list(s, data, 2, 2);
    if (tgs_take(data, 1, &mki))
        tgs_other_octets(s, mki);
}

static void change_protocols(tgs_scrub *s, octets *data)
{
    static const char *const protocols[] = { "h2", "http/1.1", "http/1.0", "msrp", "sip/2", "webrtc", "c-webrtc" };
    octets list, one;
    if (!tgs_take(data, 2, &list))
        return;
    while (tgs_take(&list, 1, &one)) {
        bool known = false;
        for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
            known |= one.len == strlen(protocols[i]) && memcmp(one.data, protocols[i], one.len) == 0;
        if (!known)
            tgs_other_octets(s, one);
    }
    tgs_other_octets(s, list);
}

void tgs_rename_extension(tgs_scrub *s, size_t type, octets data, bool of_client)
{
    octets one;
    switch (type) {
    case SERVER_NAME:
        rename_server_names(s, &data);
        break;
    case MAX_FRAGMENT_LENGTH:
    case HEARTBEAT:
        if (tgs_cut(&data, 1, &one))
            tgs_other_numbers(s, one, 1);
        break;
    case RECORD_SIZE_LIMIT:
        (void)tgs_skip(&data, 2);
        break;
    case SUPPORTED_GROUPS:
    case SIGNATURE_ALGORITHMS:
    case CERTIFICATE_ALGORITHMS:
        change_list(s, &data, 2, 2);
        break;
    case POINT_FORMATS:
    case PSK_MODES:
        change_list(s, &data, 1, 1);
        break;
    case SUPPORTED_VERSIONS:
        if (of_client)
            change_list(s, &data, 1, 2);
        else if (tgs_cut(&data, 2, &one))
            tgs_other_numbers(s, one, 2);
        break;
    case USE_SRTP:
        change_srtp(s, &data);
        break;
    case ALPN:
        change_protocols(s, &data);
        break;
    case PADDING:
        while (data.len > 0 && data.data[0] == 0)
            (void)tgs_skip(&data, 1);
        break;
    case KEY_SHARE:
        change_shares(s, &data, of_client);
        break;
    case PRE_SHARED_KEY:
        if (of_client)
            rename_identities(s, &data);
        else
            (void)tgs_skip(&data, 2); /* which of the identities it is */
        break;
    case RENEGOTIATION_INFO:
        if (tgs_take(&data, 1, &one))
            tgs_other_octets(s, one);
        break;
    default:
        break;
    }
    tgs_other_octets(s, data); /* what is left of it */
}
