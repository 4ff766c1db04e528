/* Certificates get other names, addresses and serial numbers, and fingerprints follow them. Their public keys stay, and their signatures are those of
 * what they were. */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include <ctype.h>

#include "scrubbing.h"

enum { MAX_DEPTH = 24 };

/* ---- DER ---------------------------------------------------------------------------------------------------- */

/* Strings of names: UTF8String, PrintableString, T61String, IA5String, and the names of subjectAltName (RFC 5280 4.2.1.6), which have tags of their own. */
static bool is_name(int class, int tag, const uint8_t *value, size_t len)
{
    bool is_string = class == V_ASN1_UNIVERSAL && (tag == V_ASN1_UTF8STRING || tag == V_ASN1_PRINTABLESTRING ||
                                                   tag == V_ASN1_T61STRING || tag == V_ASN1_IA5STRING);
    bool is_alternative = class == V_ASN1_CONTEXT_SPECIFIC && (tag == 1 || tag == 2 || tag == 6);
    for (size_t i = 0; i < len; i++) {
        if (!isprint(value[i]) && value[i] < 0x80)
            return false;
    }
    return len > 0 && (is_string || is_alternative);
}

/* What a value of another type may say is numbers, keys, algorithms and times. Other strings, and what has a tag of its own, may say anything. */
static bool says_nothing(int class, int tag)
{
    static const int kept[] = { V_ASN1_BOOLEAN,      V_ASN1_INTEGER, V_ASN1_BIT_STRING,
                                V_ASN1_OCTET_STRING, V_ASN1_NULL,    V_ASN1_OBJECT,
                                V_ASN1_ENUMERATED,   V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME };
    for (size_t i = 0; class == V_ASN1_UNIVERSAL && i < sizeof kept / sizeof *kept; i++) {
        if (kept[i] == tag)
            return true;
    }
    return class == V_ASN1_CONTEXT_SPECIFIC && tag == 0; /* keyIdentifier, a hash of what stays (RFC 5280 4.2.1.1) */
}

/* RFC 5280 4.1.2.2: positive, and in as few octets as before. */
static void change_serial(tgs_scrub *s, uint8_t *value, size_t len)
{
    bool has_zero = len > 1 && value[0] == 0;
    tgs_noise(s, value, len);
    value[0] = has_zero ? 0 : (uint8_t)((value[0] & 0x7f) | 1);
    if (has_zero)
        value[1] |= 0x80;
}

/* iPAddress of subjectAltName. */
static bool change_address(tgs_scrub *s, int class, int tag, uint8_t *value, size_t len)
{
    tgp_address address = { .version = len == 4 ? 4 : 6 };
    if (class != V_ASN1_CONTEXT_SPECIFIC || tag != 7 || (len != 4 && len != 16))
        return false;
    memcpy(address.octets, value, len);
    tgp_names_address(&s->names, &address);
    memcpy(value, address.octets, len);
    return true;
}

static void change_value(tgs_scrub *s, int class, int tag, uint8_t *value, size_t len, bool is_serial)
{
    if (len == 0)
        return;
    if (is_serial)
        change_serial(s, value, len);
    else if (is_name(class, tag, value, len))
        tgp_names_text(&s->names, (char *)value, len);
    else if (!says_nothing(class, tag) && !change_address(s, class, tag, value, len))
        tgs_noise(s, value, len);
}

/* An extension is an OCTET STRING with DER in it. */
static bool holds_der(int class, int tag, const uint8_t *value, size_t len)
{
    return class == V_ASN1_UNIVERSAL && tag == V_ASN1_OCTET_STRING && len > 2 && value[0] == 0x30;
}

void tgs_rename_der(tgs_scrub *s, uint8_t *der, size_t len)
{
    uint8_t *end[MAX_DEPTH] = { der + len };
    size_t depth = 0;
    uint8_t *at = der;
    while (at < der + len) {
        while (depth > 0 && at >= end[depth])
            depth--;
        if (at >= end[depth])
            break;
        const uint8_t *value = at;
        long size = 0;
        int tag, class, how = ASN1_get_object(&value, &size, &tag, &class, end[depth] - at);
        bool is_der = (how & 0x81) == 0 && size >= 0 && size <= end[depth] - value;
        bool is_deep = is_der && (how & V_ASN1_CONSTRUCTED) && depth + 1 == MAX_DEPTH;
        if (!is_der || is_deep) { /* none, as far as what is around it goes */
            tgs_noise(s, at, (size_t)(end[depth] - at));
            at = end[depth];
            continue;
        }
        uint8_t *inside = at + (value - at);
        if ((how & V_ASN1_CONSTRUCTED || holds_der(class, tag, value, (size_t)size)) && depth + 1 < MAX_DEPTH) {
            end[++depth] = inside + size;
            at = inside;
            continue;
        }
        /* Directly in the tbsCertificate of a Certificate: the version is behind a tag of its own. */
        bool is_serial = depth == 2 && class == V_ASN1_UNIVERSAL && tag == V_ASN1_INTEGER;
        change_value(s, class, tag, inside, (size_t)size, is_serial);
        at = inside + size;
    }
    ERR_clear_error(); /* ASN1_get_object leaves why it refused */
}

/* ---- fingerprints ------------------------------------------------------------------------------------------- */

void tgs_note_certificate(tgs_scrub *s, tg_bytes before, tg_bytes after)
{
    const EVP_MD *const hashes[] = { EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512() };
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        tgs_fingerprint *f = tgs_grow(s, (void **)&s->fingerprints, &s->num_fingerprints, sizeof *f);
        unsigned len = 0;
        if (!f || !EVP_Digest(before.data, before.len, f->before, &len, hashes[i], NULL) ||
            !EVP_Digest(after.data, after.len, f->after, &len, hashes[i], NULL))
            return;
        f->len = len;
    }
    s->counts->certificates++;
}

/* Of a certificate that is not in the capture: others, the same for the same, each of them as a digit. */
static void put_other(tgs_scrub *s, char *text, size_t len)
{
    static const char digits[2][17] = { "0123456789ABCDEF", "0123456789abcdef" };
    enum { MOST = 3 * 64 };
    for (size_t at = 0; at < len; at += MOST) {
        uint8_t before[MOST], after[MOST];
        size_t n = len - at < MOST ? len - at : MOST;
        bool lower = false;
        for (size_t i = 0; i < n; i++) {
            lower |= islower((unsigned char)text[at + i]) != 0;
            before[i] = (uint8_t)tolower((unsigned char)text[at + i]);
        }
        tgp_names_key(&s->names, tg_bytes_of(before, n), after);
        for (size_t i = 0; i < n; i++)
            text[at + i] = text[at + i] == ':' ? ':' : digits[lower][after[i] & 15];
    }
}

static size_t hash_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && (isxdigit((unsigned char)text[n]) || text[n] == ':'))
        n++;
    return n;
}

static void put_hex(char *text, const tgs_fingerprint *f)
{
    for (size_t i = 0; i < f->len; i++) {
        bool lower = islower((unsigned char)text[3 * i]) || islower((unsigned char)text[3 * i + 1]);
        char two[3];
        (void)snprintf(two, sizeof two, lower ? "%02x" : "%02X", f->after[i]);
        memcpy(text + 3 * i, two, 2);
    }
}

/* "AB:CD:...", just as long as the hash. */
static bool is_hash(const char *text, size_t len, const tgs_fingerprint *f)
{
    if (len != 3 * f->len - 1)
        return false;
    for (size_t i = 0; i < f->len; i++) {
        char two[3] = { text[3 * i], text[3 * i + 1], '\0' };
        if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]) ||
            strtoul(two, NULL, 16) != f->before[i] || (i + 1 < f->len && text[3 * i + 2] != ':'))
            return false;
    }
    return true;
}

void tgs_put_fingerprints(tgs_scrub *s, char *sdp, size_t len)
{
    static const char attribute[] = "a=fingerprint:";
    for (size_t at = 0; at + sizeof attribute < len; at++) {
        if (memcmp(sdp + at, attribute, sizeof attribute - 1) != 0)
            continue;
        char *end = memchr(sdp + at, '\n', len - at),
             *space = memchr(sdp + at, ' ', end ? (size_t)(end - sdp) - at : len - at);
        size_t value = space ? (size_t)(space + 1 - sdp) : len, n = hash_len(sdp + value, len - value), i = 0;
        while (i < s->num_fingerprints && !is_hash(sdp + value, n, &s->fingerprints[i]))
            i++;
        if (i < s->num_fingerprints)
            put_hex(sdp + value, &s->fingerprints[i]);
        else
            put_other(s, sdp + value, n);
    }
}
