/* Certificates in clear: all that may be a name gets another, serial numbers and keys become other numbers, and fingerprints follow them. What is kept
 * is what is known to say nothing of anybody. Signatures are none of what they were made of any more. */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include <ctype.h>

#include "scrubbing.h"

/* ---- one value ---------------------------------------------------------------------------------------------- */

enum { MAX_DEPTH = 24, LARGEST_NUMBER = 3, LONGEST_FLAGS = 3 };

/* A value that has no others in it. */
typedef struct der_value {
    int class, tag;
    uint8_t *octets;
    size_t len, depth; /* 1: directly in the outermost */
} der_value;

/* Strings of names: UTF8String, PrintableString, T61String, IA5String, and the names of subjectAltName (RFC 5280 4.2.1.6), which have tags of their own. */
static bool is_name(const der_value *v)
{
    bool is_string = v->class == V_ASN1_UNIVERSAL && (v->tag == V_ASN1_UTF8STRING || v->tag == V_ASN1_PRINTABLESTRING ||
                                                      v->tag == V_ASN1_T61STRING || v->tag == V_ASN1_IA5STRING);
    bool is_alternative = v->class == V_ASN1_CONTEXT_SPECIFIC && (v->tag == 1 || v->tag == 2 || v->tag == 6);
    return is_string || is_alternative;
}

/* RFC 5280 4.1.2.2: positive, and in as few octets as before; odd, as moduli are. Small ones are versions, lengths and exponents. */
static void change_number(tgs_scrub *s, const der_value *v, bool is_serial)
{
    if (v->len <= LARGEST_NUMBER && !is_serial)
        return;
    bool has_zero = v->len > 1 && v->octets[0] == 0;
    tgs_noise(s, v->octets, v->len);
    v->octets[0] = has_zero ? 0 : (uint8_t)((v->octets[0] & 0x7f) | 1);
    if (has_zero)
        v->octets[1] |= 0x80;
    v->octets[v->len - 1] |= 1;
}

/* Flags (keyUsage) stay; keys and signatures become others, of the form that they have (uncompressed and compressed points: RFC 5480 2.2). */
static void change_bits(tgs_scrub *s, const der_value *v)
{
    if (v->len <= LONGEST_FLAGS)
        return;
    uint8_t form = v->octets[1];
    tgs_noise(s, v->octets + 1, v->len - 1);
    if (form >= 2 && form <= 4)
        v->octets[1] = form;
    if (v->octets[0] > 7)
        v->octets[0] = 0;
}

/* Validity (RFC 5280 4.1.2.5) says when, which the packets do too; so do times in containers. Others are dates of birth (RFC 3739 3.2.5). */
static void change_time(const der_value *v, tgs_der what)
{
    static const char none[] = "19700101000000";
    bool is_validity = what == TGS_DER_CONTAINER || (what == TGS_DER_CERTIFICATE && v->depth == 3),
         is_time = v->len > 1;
    for (size_t i = 0; i + 1 < v->len; i++)
        is_time &= isdigit(v->octets[i]) != 0;
    if (is_validity && is_time && v->octets[v->len - 1] == 'Z')
        return;
    size_t skipped = v->tag == V_ASN1_UTCTIME ? 2 : 0;
    for (size_t i = 0; i < v->len; i++)
        v->octets[i] = (uint8_t)(i + skipped < sizeof none - 1 ? none[i + skipped] : i + 1 == v->len ? 'Z' : '0');
}

/* Of enterprises and of whoever else has an arc of his own: octets of the same form (X.690 8.19), behind the first. */
static void change_oid(tgs_scrub *s, const der_value *v)
{
    /* X.500 attributes and extensions; PKCS, S/MIME, digests and curves of ANSI; PKIX; SECG; NIST's algorithms; OIW; pilot attributes; RFC 8410 */
    static const char *const kept[] = { "\x55\x04",
                                        "\x55\x1d",
                                        "\x2a\x86\x48\x86\xf7\x0d\x01",
                                        "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10",
                                        "\x2a\x86\x48\x86\xf7\x0d\x02",
                                        "\x2a\x86\x48\x86\xf7\x0d\x03",
                                        "\x2a\x86\x48\xce\x3d",
                                        "\x2b\x06\x01\x05\x05\x07",
                                        "\x2b\x06\x01\x05\x05\x08",
                                        "\x2b\x81\x04",
                                        "\x60\x86\x48\x01\x65\x03\x04",
                                        "\x2b\x0e\x03\x02",
                                        "\x09\x92\x26\x89\x93\xf2\x2c\x64",
                                        "\x2b\x65" };
    enum { LONGEST_BEHIND = 3 }; /* octets behind one of these */
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        size_t n = strlen(kept[i]);
        if (v->len >= n && v->len - n <= LONGEST_BEHIND && memcmp(v->octets, kept[i], n) == 0)
            return;
    }
    uint8_t form[64] = { 0 };
    for (size_t i = 0; i < v->len && i < sizeof form; i++)
        form[i] = v->octets[i] & 0x80;
    if (v->len > 1)
        tgs_noise(s, v->octets + 1, v->len - 1);
    for (size_t i = 1; i < v->len; i++)
        v->octets[i] = (uint8_t)((v->octets[i] & 0x7f) | 1 | (i < sizeof form && i + 1 < v->len ? form[i] : 0));
}

/* iPAddress of subjectAltName. */
static bool change_address(tgs_scrub *s, const der_value *v)
{
    tgp_address address = { .version = v->len == 4 ? 4 : 6 };
    if (v->class != V_ASN1_CONTEXT_SPECIFIC || v->tag != 7 || (v->len != 4 && v->len != 16))
        return false;
    memcpy(address.octets, v->octets, v->len);
    tgp_names_address(&s->names, &address);
    memcpy(v->octets, address.octets, v->len);
    return true;
}

/* False: nothing is known of it. */
static bool change_universal(tgs_scrub *s, const der_value *v, tgs_der what)
{
    /* Directly in the tbsCertificate of a Certificate: the version is behind a tag of its own. */
    bool is_serial = what == TGS_DER_CERTIFICATE && v->depth == 2;
    switch (v->class == V_ASN1_UNIVERSAL ? v->tag : -1) {
    case V_ASN1_BOOLEAN:
        return v->len == 1;
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
        change_number(s, v, is_serial);
        return true;
    case V_ASN1_BIT_STRING:
        change_bits(s, v);
        return true;
    case V_ASN1_OBJECT:
        change_oid(s, v);
        return true;
    case V_ASN1_UTCTIME:
    case V_ASN1_GENERALIZEDTIME:
        change_time(v, what);
        return true;
    case V_ASN1_OCTET_STRING:
        if (what != TGS_DER_CONTAINER)
            return false;
        tgs_other_id(s, v->octets, v->len); /* kekid, and what has been put in already */
        return true;
    default:
        return false;
    }
}

static void change_value(tgs_scrub *s, const der_value *v, tgs_der what)
{
    if (v->len == 0 || change_universal(s, v, what))
        return;
    if (is_name(v))
        tgs_rename_octets(s, v->octets, v->len);
    else if (!change_address(s, v))
        tgs_noise(s, v->octets, v->len);
}

/* ---- DER ---------------------------------------------------------------------------------------------------- */

/* One value, from its tag to its end: where its octets begin, and how many they are. Of an indefinite length (BER): all that is there. */
static bool read_header(const uint8_t *at, size_t room, der_value *v, bool *is_constructed, bool *is_endless)
{
    const uint8_t *inside = at;
    long size = 0;
    int how = ASN1_get_object(&inside, &size, &v->tag, &v->class, (long)room);
    size_t header = (size_t)(inside - at);
    *is_endless = (how & 1) != 0;
    if ((how & 0x80) != 0 || size < 0 || (size_t)size > room - header)
        return false;
    *is_constructed = (how & V_ASN1_CONSTRUCTED) != 0;
    v->octets = (uint8_t *)(uintptr_t)inside;
    v->len = *is_endless ? room - header : (size_t)size;
    return true;
}

/* An extension is an OCTET STRING with DER in it, a key a BIT STRING: one value, to the end. */
static bool holds_der(const der_value *v, size_t *front)
{
    der_value one;
    bool is_constructed, is_endless;
    bool is_bits = v->tag == V_ASN1_BIT_STRING && v->len > LONGEST_FLAGS && v->octets[0] == 0;
    *front = is_bits ? 1 : 0;
    if (v->class != V_ASN1_UNIVERSAL || (v->tag != V_ASN1_OCTET_STRING && !is_bits) || v->len < *front + 2)
        return false;
    return read_header(v->octets + *front, v->len - *front, &one, &is_constructed, &is_endless) && !is_endless &&
           one.octets + one.len == v->octets + v->len && (one.class == V_ASN1_UNIVERSAL) && one.tag > 0 &&
           one.tag <= V_ASN1_BMPSTRING && (is_constructed || !is_bits);
}

void tgs_rename_der(tgs_scrub *s, uint8_t *der, size_t len, tgs_der what)
{
    uint8_t *end[MAX_DEPTH] = { der + len };
    bool endless[MAX_DEPTH] = { false };
    size_t depth = 0;
    uint8_t *at = der;
    while (at < der + len) {
        while (depth > 0 && at >= end[depth])
            depth--;
        if (at >= end[depth])
            break;
        der_value v = { .depth = depth };
        bool is_constructed = false, is_endless = false;
        size_t front = 0;
        bool is_read = read_header(at, (size_t)(end[depth] - at), &v, &is_constructed, &is_endless) &&
                       (what == TGS_DER_CONTAINER || !is_endless);
        if (!is_read || (is_constructed && depth + 1 == MAX_DEPTH)) { /* none, as far as what is around it goes */
            tgs_noise(s, at, (size_t)(end[depth] - at));
            at = end[depth];
        } else if (endless[depth] && v.class == V_ASN1_UNIVERSAL && v.tag == 0 && v.len == 0) {
            at = v.octets; /* its end (X.690 8.1.5) */
            depth--;
        } else if (depth + 1 < MAX_DEPTH && (is_constructed || (what != TGS_DER_CONTAINER && holds_der(&v, &front)))) {
            end[++depth] = v.octets + v.len;
            endless[depth] = is_endless;
            at = v.octets + front;
        } else {
            change_value(s, &v, what);
            at = v.octets + v.len;
        }
    }
    ERR_clear_error(); /* ASN1_get_object leaves why it refused */
}

/* ---- fingerprints ------------------------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
    const tgs_fingerprint *x = a, *y = b;
    return x->len != y->len ? (x->len < y->len ? -1 : 1) : memcmp(x->before, y->before, x->len);
}

/* Each once, so that they can be looked up. */
static void order_fingerprints(tgs_scrub *s)
{
    size_t num = 0;
    if (s->num_fingerprints > 0)
        qsort(s->fingerprints, s->num_fingerprints, sizeof *s->fingerprints, by_hash);
    for (size_t i = 0; i < s->num_fingerprints; i++) {
        if (num == 0 || by_hash(&s->fingerprints[num - 1], &s->fingerprints[i]) != 0)
            s->fingerprints[num++] = s->fingerprints[i];
    }
    s->num_fingerprints = s->num_ordered = num;
}

/* A server sends its certificate in each connection: what is there twice goes once there are twice as many. False: that is more than is allowed. */
static bool make_room(tgs_scrub *s)
{
    enum { SPARE = 1024 };
    if (s->num_fingerprints >= 2 * s->num_ordered + SPARE)
        order_fingerprints(s);
    /* The array grows to twice as many. */
    if (s->held + 2 * s->num_fingerprints * sizeof *s->fingerprints > s->limit)
        tgs_fail(s, "the certificates of the capture take more memory than is allowed; cut it into smaller ones");
    return !s->failed;
}

void tgs_note_certificate(tgs_scrub *s, tg_bytes before, tg_bytes after)
{
    const EVP_MD *const hashes[] = { EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512() };
    if (before.len == 0 || !make_room(s))
        return;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        tgs_fingerprint *f = tgs_grow(s, (void **)&s->fingerprints, &s->num_fingerprints, sizeof *f);
        unsigned len = 0;
        if (!f)
            return;
        *f = (tgs_fingerprint){ .len = 0 };
        if (!EVP_Digest(before.data, before.len, f->before, &len, hashes[i], NULL) ||
            !EVP_Digest(after.data, after.len, f->after, &len, hashes[i], NULL)) {
            s->num_fingerprints--; /* memory ran out, or the hash is not allowed here: the fingerprint becomes another one */
            return;
        }
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
    bool lower = false;
    for (size_t i = 0; i < 3 * f->len - 1; i++)
        lower |= islower((unsigned char)text[i]) != 0;
    for (size_t i = 0; i < f->len; i++) {
        char two[3];
        (void)snprintf(two, sizeof two, lower ? "%02x" : "%02X", f->after[i]);
        memcpy(text + 3 * i, two, 2);
    }
}

/* That of "AB:CD:..."; NULL: of no certificate that was noted. */
static const tgs_fingerprint *find_fingerprint(tgs_scrub *s, const char *text, size_t len)
{
    tgs_fingerprint f = { .len = (len + 1) / 3 };
    if (f.len == 0 || f.len > sizeof f.before || len != 3 * f.len - 1)
        return NULL;
    for (size_t i = 0; i < f.len; i++) {
        char two[3] = { text[3 * i], text[3 * i + 1], '\0' };
        if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]) ||
            (i + 1 < f.len && text[3 * i + 2] != ':'))
            return NULL;
        f.before[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    if (s->num_ordered != s->num_fingerprints)
        order_fingerprints(s);
    return s->num_fingerprints ? bsearch(&f, s->fingerprints, s->num_fingerprints, sizeof f, by_hash) : NULL;
}

/* Behind the hash function's name, and blanks on both of its sides. */
static size_t behind_function(const char *sdp, size_t at, size_t len)
{
    for (unsigned blanks = 0; blanks < 2; blanks++) {
        while (at < len && (sdp[at] == ' ' || sdp[at] == '\t'))
            at++;
        while (blanks == 0 && at < len && !isspace((unsigned char)sdp[at]))
            at++;
    }
    return at;
}

void tgs_put_fingerprints(tgs_scrub *s, char *sdp, size_t len)
{
    static const char attribute[] = "a=fingerprint:";
    for (size_t at = 0; at + sizeof attribute < len; at++) {
        if (memcmp(sdp + at, attribute, sizeof attribute - 1) != 0)
            continue;
        size_t value = behind_function(sdp, at + sizeof attribute - 1, len);
        size_t n = hash_len(sdp + value, len - value);
        const tgs_fingerprint *f = find_fingerprint(s, sdp + value, n);
        if (f)
            put_hex(sdp + value, f);
        else
            put_other(s, sdp + value, n);
    }
}
