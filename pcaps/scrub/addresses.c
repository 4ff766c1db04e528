/* Addresses, as octets and in texts. */
#include "names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 32 };

static void mix(tgp_names *names, const tgp_address *address, uint8_t round, uint8_t out[BLOCK])
{
    const uint8_t what[2] = { 'a', round };
    tg_coverage covered = { .num = 0 };
    tg_cover_octets(tg_bytes_of(what, sizeof what), &covered);
    tg_cover_octets(tg_bytes_of(address->octets, address->version == 4 ? 4 : 16), &covered);
    memset(out, 0, BLOCK);
    if (tg_mac(names->crypto, TG_MAC_HMAC_SHA_256_256, tg_bytes_of(names->secret, sizeof names->secret), &covered,
               out) != TG_OK)
        names->failed = true;
}

/* ---- IPv4 --------------------------------------------------------------------------------------------------- */

static size_t digits(uint8_t octet)
{
    return octet >= 100 ? 3 : octet >= 10 ? 2 : 1;
}

/* An octet below 256 with so many digits, from a random number. */
static uint8_t octet_of(size_t num_digits, uint8_t from)
{
    static const unsigned firsts[] = { 0, 0, 10, 100 }, nums[] = { 1, 10, 90, 156 };
    return (uint8_t)(firsts[num_digits] + from % nums[num_digits]);
}

static void v4(tgp_names *names, const tgp_address *before, uint8_t round, tgp_address *after)
{
    uint8_t block[BLOCK];
    size_t total = 0, left;
    mix(names, before, round, block);
    for (size_t i = 0; i < 4; i++)
        total += digits(before->octets[i]);
    if (before->octets[0] / 16 == 14) { /* a group stays one, of an organization (RFC 2365) */
        after->octets[0] = 239;
        left = total - 3;
    } else if (total >= 6) { /* three for the first */
        after->octets[0] = (uint8_t)(240 + block[0] % 15);
        left = total - 3;
    } else {
        after->octets[0] = total == 5 ? 10 : 0;
        left = 3;
    }
    for (size_t i = 1, rest = 2; i < 4; i++, rest--) {
        /* Between what leaves too much and what leaves too little for the octets behind it. */
        size_t least = left > 3 * rest ? left - 3 * rest : 1, most = left - rest < 3 ? left - rest : 3;
        size_t mine = least + block[3 + i] % (most - least + 1);
        after->octets[i] = octet_of(mine, block[8 + i]);
        left -= mine;
    }
}

/* ---- IPv6 --------------------------------------------------------------------------------------------------- */

static unsigned group_of(const tgp_address *address, size_t i)
{
    return (unsigned)address->octets[2 * i] << 8 | address->octets[2 * i + 1];
}

/* Each group keeps its number of hexadecimal digits, so that every way to write the address does. */
static void v6(tgp_names *names, const tgp_address *before, uint8_t round, tgp_address *after)
{
    uint8_t block[BLOCK];
    mix(names, before, round, block);
    for (size_t i = 0; i < 8; i++) {
        unsigned group = group_of(before, i), random = (unsigned)block[2 * i] << 8 | block[2 * i + 1], least = 1;
        while (group >= least * 16)
            least *= 16;
        if (i == 0 && ((group & 0xffc0) == 0xfe80 || group >> 8 == 0xff))
            ; /* link-local; a group with its scope */
        else if (i == 0 && least == 0x1000)
            group = 0xfd00 | (random & 0xff);
        else if (group > 0)
            group = least + random % (least * 15);
        after->octets[2 * i] = (uint8_t)(group >> 8);
        after->octets[2 * i + 1] = (uint8_t)group;
    }
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static bool stays(const tgp_address *address)
{
    static const uint8_t nothing[16], loopback[16] = { [15] = 1 };
    const uint8_t *o = address->octets;
    if (address->version == 4) /* 224.0.0.0/23: groups of protocols (RFC 5771 4, 5) */
        return o[0] == 127 || o[0] >= 240 || (o[0] == 224 && o[1] == 0 && o[2] <= 1) || memcmp(o, nothing, 4) == 0;
    /* ff0x::/112: groups of protocols (RFC 4291 2.7.1) */
    return (o[0] == 0xff && o[1] < 16 && memcmp(o + 2, nothing, 12) == 0) || memcmp(o, nothing, 16) == 0 ||
           memcmp(o, loopback, 16) == 0;
}

enum { BEFORE, AFTER, FIRST_ROOM = 64 };

static const tgp_address *address_at(const tgp_names *names, int which, size_t i)
{
    return which == BEFORE ? &names->addresses[i].before : &names->addresses[i].after;
}

/* Who does not know the secret cannot make addresses that all stand at one place. */
static uint64_t hash_of(const tgp_names *names, const tgp_address *address)
{
    uint64_t key[2], words[2] = { 0, 0 };
    memcpy(key, names->secret, sizeof key);
    memcpy(words, address->octets, address->version == 4 ? 4 : 16);
    uint64_t hash = key[0] ^ address->version;
    for (size_t i = 0; i < 2; i++) {
        hash = (hash ^ words[i]) * (key[1] | 1);
        hash = (hash ^ hash >> 29) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Where it stands in the table, or, where it does not, the free place for it. */
static uint32_t *place_of(const tgp_names *names, int which, const tgp_address *address)
{
    uint32_t *places = names->places[which];
    size_t mask = names->num_places - 1, at = (size_t)hash_of(names, address) & mask;
    while (places[at] && memcmp(address_at(names, which, places[at] - 1), address, sizeof *address) != 0)
        at = (at + 1) & mask;
    return &places[at];
}

/* Room for as many again. */
static bool grow(tgp_names *names)
{
    size_t room = names->num_addresses ? 2 * names->num_addresses : FIRST_ROOM;
    void *addresses = realloc(names->addresses, room * sizeof *names->addresses);
    if (!addresses)
        return false;
    names->addresses = addresses;
    for (int which = BEFORE; which <= AFTER; which++) {
        uint32_t *places = calloc(2 * room, sizeof *places);
        if (!places) {
            names->num_places = 0; /* the two are not of one size any more */
            return false;
        }
        free(names->places[which]);
        names->places[which] = places;
    }
    names->num_places = 2 * room;
    for (int which = BEFORE; which <= AFTER; which++) {
        for (size_t i = 0; i < names->num_addresses; i++)
            *place_of(names, which, address_at(names, which, i)) = (uint32_t)i + 1;
    }
    return true;
}

static bool is_taken(const tgp_names *names, const tgp_address *after)
{
    return *place_of(names, AFTER, after) != 0;
}

static void add(tgp_names *names, const tgp_address *before, const tgp_address *after)
{
    size_t num = names->num_addresses++;
    names->addresses[num].before = *before;
    names->addresses[num].after = *after;
    *place_of(names, BEFORE, before) = *place_of(names, AFTER, after) = (uint32_t)num + 1;
}

void tgp_names_address(tgp_names *names, tgp_address *address)
{
    if (stays(address))
        return;
    const uint32_t *known = names->num_places > 0 && !names->failed ? place_of(names, BEFORE, address) : NULL;
    if (known && *known) {
        *address = names->addresses[*known - 1].after;
        return;
    }
    bool is_full = names->num_addresses == names->num_places / 2;
    if (names->failed || names->num_addresses == TGP_NAMES_MAX_ADDRESSES || (is_full && !grow(names))) {
        names->failed = true;
        memset(address->octets, 0, sizeof address->octets); /* whatever becomes of what is written: it is not in it */
        return;
    }
    tgp_address before = *address, after = *address;
    for (unsigned round = 0; round < 256; round++) {
        (before.version == 4 ? v4 : v6)(names, &before, (uint8_t)round, &after);
        if (!is_taken(names, &after)) {
            add(names, &before, &after);
            *address = after;
            return;
        }
    }
    names->failed = true;
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

static size_t span(const char *text, size_t len, const char *of)
{
    size_t n = 0;
    while (n < len && text[n] && strchr(of, text[n]))
        n++;
    return n;
}

static size_t v4_text(tgp_names *names, char *text, size_t len)
{
    char copy[16];
    tgp_address address = { .version = 4 };
    size_t n = span(text, len < 32 ? len : 32, "0123456789."); /* a longer one is none */
    while (n > 0 && text[n - 1] == '.')
        n--; /* the end of a sentence */
    if (n < 7 || n > 15 || (n < len && isalnum((unsigned char)text[n])))
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET, copy, address.octets) != 1)
        return 0;
    tgp_names_address(names, &address);
    int now = snprintf(copy, sizeof copy, "%u.%u.%u.%u", address.octets[0], address.octets[1], address.octets[2],
                       address.octets[3]);
    if ((size_t)now != n)
        return 0; /* it was written with zeros in front */
    memcpy(text, copy, n);
    return n;
}

/* Writes the groups of the address over those of the text, which shows them in its own way. */
static void put_groups(char *text, size_t len, const tgp_address *address)
{
    static const char hex[] = "0123456789abcdef";
    size_t num_groups = 0, group = 0;
    for (size_t i = 0; i < len; i++)
        num_groups += isxdigit((unsigned char)text[i]) && (i == 0 || text[i - 1] == ':');
    for (size_t i = 0; i < len;) {
        size_t n = span(text + i, len - i, "0123456789abcdefABCDEF");
        if (n == 0) {
            if (i + 1 < len && text[i + 1] == ':')
                group = 8 - (num_groups - group); /* "::": the zeros that are not written */
            i++;
            continue;
        }
        unsigned value = group_of(address, group < 8 ? group : 7);
        for (size_t digit = n; digit-- > 0; value /= 16)
            text[i + digit] = hex[value % 16];
        group++;
        i += n;
    }
}

static size_t v6_text(tgp_names *names, char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN];
    tgp_address address = { .version = 6 };
    size_t n = span(text, len < 64 ? len : 64, "0123456789abcdefABCDEF:");
    if (n < 2 || n >= sizeof copy || !memchr(text, ':', n) || (n < len && isalnum((unsigned char)text[n])))
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET6, copy, address.octets) != 1)
        return 0;
    tgp_names_address(names, &address);
    put_groups(text, n, &address);
    return n;
}

size_t tgp_names_address_text(tgp_names *names, char *text, size_t len)
{
    size_t n = v4_text(names, text, len);
    return n > 0 ? n : v6_text(names, text, len);
}
