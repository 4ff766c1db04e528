/* Certificates get other names, and fingerprints follow them. Their signatures are those of what they were. */
#include <openssl/asn1.h>
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
        char *value = memchr(sdp + at, ' ', len - at);
        for (size_t i = 0; value && i < s->num_fingerprints; i++) {
            if (is_hash(value + 1, len - (size_t)(value + 1 - sdp), &s->fingerprints[i])) {
                put_hex(value + 1, &s->fingerprints[i]);
                break;
            }
        }
    }
}
