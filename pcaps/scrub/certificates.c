/* What TLS shows in clear: certificates get other names, and fingerprints follow them. Of TLS 1.2 and before; later ones show none. */
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include <ctype.h>

#include "scrubbing.h"

enum { MAX_DEPTH = 24, HANDSHAKE = 22, CERTIFICATE = 11 };

/* ---- DER ---------------------------------------------------------------------------------------------------- */

/* Strings of names: UTF8String, PrintableString, T61String, IA5String, and the names of subjectAltName (RFC 5280 4.2.1.6), which have tags of their own. */
static bool is_name(int class, int tag, const uint8_t *value, size_t len)
{
    bool is_string = class == V_ASN1_UNIVERSAL && (tag == V_ASN1_UTF8STRING || tag == V_ASN1_PRINTABLESTRING || tag == V_ASN1_T61STRING || tag == V_ASN1_IA5STRING);
    bool is_alternative = class == V_ASN1_CONTEXT_SPECIFIC && (tag == 1 || tag == 2 || tag == 6);
    for (size_t i = 0; i < len; i++) {
        if (!isprint(value[i]) && value[i] < 0x80)
            return false;
    }
    return len > 0 && (is_string || is_alternative);
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
        if (how & 0x80 || (how & 1) || size < 0 || value + size > end[depth])
            return; /* no DER: what is behind it stays */
        uint8_t *inside = at + (value - at);
        if ((how & V_ASN1_CONSTRUCTED || holds_der(class, tag, value, (size_t)size)) && depth + 1 < MAX_DEPTH) {
            end[++depth] = inside + size;
            at = inside;
            continue;
        }
        if (is_name(class, tag, value, (size_t)size))
            tgp_names_text(&s->names, (char *)inside, (size_t)size);
        at = inside + size;
    }
}

/* ---- fingerprints ------------------------------------------------------------------------------------------- */

static void note(tgs_scrub *s, tg_bytes before, tg_bytes after)
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

/* "AB:CD:..." as long as the hash. */
static bool is_hash(const char *text, size_t len, const tgs_fingerprint *f)
{
    if (len < 3 * f->len - 1)
        return false;
    for (size_t i = 0; i < f->len; i++) {
        char two[3] = { text[3 * i], text[3 * i + 1], '\0' };
        if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]) || strtoul(two, NULL, 16) != f->before[i] ||
            (i + 1 < f->len && text[3 * i + 2] != ':'))
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
        char *value = memchr(sdp + at, ' ', len - at);
        for (size_t i = 0; value && i < s->num_fingerprints; i++) {
            if (is_hash(value + 1, len - (size_t)(value + 1 - sdp), &s->fingerprints[i])) {
                put_hex(value + 1, &s->fingerprints[i]);
                break;
            }
        }
    }
}

/* ---- TLS ---------------------------------------------------------------------------------------------------- */

/* Octets of one direction of a connection in one piece. */
typedef struct direction {
    uint8_t *octets;
    size_t len;
} direction;

/* Units of TLS over TCP, a direction behind the other, each in the order of time. */
static int by_direction(const void *a, const void *b)
{
    const tgs_unit *x = *(tgs_unit *const *)a, *y = *(tgs_unit *const *)b;
    if (x->connection != y->connection)
        return x->connection < y->connection ? -1 : 1;
    if (x->from_first != y->from_first)
        return x->from_first ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void copy_units(tgs_unit **units, size_t num, direction *d, bool back)
{
    for (size_t i = 0, at = 0; i < num; at += units[i++]->len) {
        if (back)
            memcpy(units[i]->octets, d->octets + at, units[i]->len);
        else
            memcpy(d->octets + at, units[i]->octets, units[i]->len);
    }
}

/* Certificate (RFC 5246 7.4.2): a list of certificates, each behind its length of three octets. */
static void rename_list(tgs_scrub *s, uint8_t *list, size_t len)
{
    for (size_t at = 3; at + 3 < len;) {
        size_t size = (size_t)list[at] << 16 | (size_t)list[at + 1] << 8 | list[at + 2];
        at += 3;
        if (size > len - at)
            return;
        uint8_t *before = malloc(size + 1);
        if (!before) {
            tgs_fail(s, "memory ran out");
            return;
        }
        memcpy(before, list + at, size);
        tgs_rename_der(s, list + at, size);
        note(s, tg_bytes_of(before, size), tg_bytes_of(list + at, size));
        s->counts->certificates++;
        free(before);
        at += size;
    }
}

/* Handshake messages that lie in one record each, or several in one; a Certificate over several records is put together and taken apart again. */
static void rename_certificates(tgs_scrub *s, direction *d)
{
    uint8_t *joined = malloc(d->len + 1);
    size_t num = 0, *places = calloc(d->len + 1, sizeof *places);
    if (!joined || !places) {
        tgs_fail(s, "memory ran out");
        free(joined);
        free(places);
        return;
    }
    for (size_t at = 0; at + 5 <= d->len;) {
        size_t size = (size_t)d->octets[at + 3] << 8 | d->octets[at + 4];
        if (d->octets[at] != HANDSHAKE || size > d->len - at - 5)
            break; /* ChangeCipherSpec: what follows is encrypted */
        for (size_t i = 0; i < size; i++) {
            places[num] = at + 5 + i;
            joined[num++] = d->octets[at + 5 + i];
        }
        at += 5 + size;
    }
    for (size_t at = 0; at + 4 <= num;) {
        size_t size = (size_t)joined[at + 1] << 16 | (size_t)joined[at + 2] << 8 | joined[at + 3];
        if (size > num - at - 4)
            break;
        if (joined[at] == CERTIFICATE)
            rename_list(s, joined + at + 4, size);
        at += 4 + size;
    }
    for (size_t i = 0; i < num; i++)
        d->octets[places[i]] = joined[i];
    free(joined);
    free(places);
}

static void rewrite_direction(tgs_scrub *s, tgs_unit **units, size_t num)
{
    direction d = { NULL, 0 };
    for (size_t i = 0; i < num; i++)
        d.len += units[i]->len;
    d.octets = malloc(d.len + 1);
    if (!d.octets) {
        tgs_fail(s, "memory ran out");
        return;
    }
    copy_units(units, num, &d, false);
    rename_certificates(s, &d);
    copy_units(units, num, &d, true);
    free(d.octets);
}

void tgs_rewrite_tls(tgs_scrub *s)
{
    size_t num = 0;
    tgs_unit **units = calloc(s->num_units + 1, sizeof *units);
    if (!units) {
        tgs_fail(s, "memory ran out");
        return;
    }
    for (size_t i = 0; i < s->num_units; i++) {
        if (s->units[i].kind == TGP_UNIT_TLS && !s->units[i].datagram)
            units[num++] = &s->units[i];
    }
    qsort(units, num, sizeof *units, by_direction);
    for (size_t i = 0, end; i < num && !s->failed; i = end) {
        for (end = i + 1; end < num && units[end]->connection == units[i]->connection && units[end]->from_first == units[i]->from_first; end++)
            ;
        rewrite_direction(s, units + i, end - i);
    }
    free(units);
}
