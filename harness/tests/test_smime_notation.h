/* Containers written down: hexadecimal octets, "30(...)" for a tag with its contents, the length is counted, "30{...}"
 * for one of indefinite length. */
#ifndef TICKETGATE_TEST_SMIME_NOTATION_H
#define TICKETGATE_TEST_SMIME_NOTATION_H

#include "test_smime_support.h"

#define OID_DATA "06(2a864886f70d010701)"
#define OID_ENVELOPED "06(2a864886f70d010703)"
#define OID_AUTHENTICATED "06(2a864886f70d0109100102)"
#define OID_AUTH_ENVELOPED "06(2a864886f70d0109100117)"
#define OID_GCM_128 "06(608648016503040106)"
#define OID_GCM_192 "06(60864801650304011a)"
#define OID_GCM_256 "06(60864801650304012e)"
#define OID_CCM_128 "06(608648016503040107)"
#define OID_CBC_128 "06(608648016503040102)"
#define OID_HMAC_SHA_1 "06(2b06010505080102)"
#define OID_WRAP_128 "06(608648016503040105)"
#define OID_WRAP_192 "06(608648016503040119)"
#define OID_SHA_1 "06(2b0e03021a)"
#define OID_CONTENT_TYPE "06(2a864886f70d010903)"
#define OID_MESSAGE_DIGEST "06(2a864886f70d010904)"
#define OID_SIGNING_TIME "06(2a864886f70d010905)"
#define OID_COUNTERSIGNATURE "06(2a864886f70d010906)"
#define OID_OTHER "06(2a0304)"

#define NOTATION_MAX (1 << 16)

/* Writes up to the end of the text or of what is open, and gives the number of octets. */
static size_t notate(const char **text, uint8_t *out)
{
    static uint8_t inside[64][4096];
    static size_t depth;
    size_t len = 0;
    for (; **text && **text != ')' && **text != '}'; ++*text) {
        unsigned octet;
        if (**text == ' ')
            continue;
        if (**text == '(' || **text == '{') {
            bool indefinite = *(*text)++ == '{';
            assert_true(depth < 64);
            uint8_t *content = inside[depth++];
            size_t content_len = notate(text, content);
            assert_true(content_len < 4096 && **text);
            depth--;
            if (indefinite) {
                out[len++] = 0x80;
            } else if (content_len < 128) {
                out[len++] = (uint8_t)content_len;
            } else {
                out[len++] = 0x82;
                out[len++] = (uint8_t)(content_len >> 8);
                out[len++] = (uint8_t)content_len;
                if (content_len < 256) {
                    out[len - 3] = 0x81;
                    out[len - 2] = (uint8_t)content_len;
                    len--;
                }
            }
            memcpy(out + len, content, content_len);
            len += content_len;
            if (indefinite) {
                out[len++] = 0;
                out[len++] = 0;
            }
            continue;
        }
        assert_int_equal(sscanf(*text, "%2x", &octet), 1);
        out[len++] = (uint8_t)octet;
        ++*text;
    }
    return len;
}

__attribute__((unused)) static tg_bytes notation(const char *text)
{
    static uint8_t out[NOTATION_MAX];
    size_t len = notate(&text, out);
    assert_int_equal(*text, 0);
    uint8_t *octets = hold(len);
    memcpy(octets, out, len);
    return tg_bytes_of(octets, len);
}

/* ---- parts, of which a test names those that are not as they should be -------------------------------------- */

#define KEY_24                                                                                                         \
    "04("                                                                                                              \
    "000102030405060708090a0b0c0d0e0f1011121314151617"                                                                 \
    ")"
#define KEKRI_OF(version, id, algorithm, key) "a2(" version "30(" id ")" algorithm key ")"
#define KEKRI KEKRI_OF("020104", "04(cafe0001)", "30(" OID_WRAP_128 ")", KEY_24)
#define NONCE_12 "04(000102030405060708090a0b)"
#define NONCE_7 "04(00010203040506)"
#define MAC_12 "04(000102030405060708090a0b)"
#define MAC_20 "04(000102030405060708090a0b0c0d0e0f10111213)"
/* SHA-1 of "hello" */
#define DIGEST_HELLO "04(aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d)"
#define ATTRIBUTE(oid, values) "30(" oid "31(" values "))"

typedef struct parts {
    const char *version, *originator, *recipients, *algorithm, *digest_algorithm, *content_type, *content, *auth_attrs,
        *mac, *unauth_attrs;
} parts;

#define OR(part, standard) (p->part ? p->part : (standard))

__attribute__((unused)) static tg_bytes auth_enveloped(const parts *p)
{
    static char text[NOTATION_MAX];
    int len =
        snprintf(text, sizeof text, "30(" OID_AUTH_ENVELOPED "a0(30(%s %s %s 30(%s %s %s) %s %s %s)))",
                 OR(version, "020100"), OR(originator, ""), OR(recipients, "31(" KEKRI ")"), OR(content_type, OID_DATA),
                 OR(algorithm, "30(" OID_GCM_128 "30(" NONCE_12 "))"), OR(content, "80(68656c6c6f)"),
                 OR(auth_attrs, ""), OR(mac, MAC_12), OR(unauth_attrs, ""));
    assert_in_range(len, 1, sizeof text - 1);
    return notation(text);
}

__attribute__((unused)) static tg_bytes authenticated(const parts *p)
{
    static char text[NOTATION_MAX];
    int len = snprintf(
        text, sizeof text, "30(" OID_AUTHENTICATED "a0(30(%s %s %s %s %s 30(%s %s) %s %s %s)))", OR(version, "020100"),
        OR(originator, ""), OR(recipients, "31(" KEKRI ")"), OR(algorithm, "30(" OID_HMAC_SHA_1 ")"),
        OR(digest_algorithm, "a1(" OID_SHA_1 ")"), OR(content_type, OID_DATA), OR(content, "a0(04(68656c6c6f))"),
        OR(auth_attrs, "a2(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO) ")"),
        OR(mac, MAC_20), OR(unauth_attrs, ""));
    assert_in_range(len, 1, sizeof text - 1);
    return notation(text);
}

__attribute__((unused)) static tg_bytes enveloped(const parts *p)
{
    static char text[NOTATION_MAX];
    int len =
        snprintf(text, sizeof text, "30(" OID_ENVELOPED "a0(30(%s %s %s 30(%s %s %s) %s)))", OR(version, "020102"),
                 OR(originator, ""), OR(recipients, "31(" KEKRI ")"), OR(content_type, OID_DATA),
                 OR(algorithm, "30(" OID_CBC_128 "04(000102030405060708090a0b0c0d0e0f))"),
                 OR(content, "80(000102030405060708090a0b0c0d0e0f)"), OR(unauth_attrs, ""));
    assert_in_range(len, 1, sizeof text - 1);
    return notation(text);
}

/* ---- what the judge says ------------------------------------------------------------------------------------ */

typedef struct verdict {
    tg_smime_judgement j;
    char findings[1024]; /* ids, each once, in order, with blanks between them */
} verdict;

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

__attribute__((unused)) static void judge(tg_bytes octets, const tg_smime_opening *how, verdict *out)
{
    static uint8_t memory[1 << 20];
    const char *ids[256], *last = "";
    size_t len = 0;
    tg_arena arena = tg_arena_of(memory, tg_smime_judge_arena_size(octets.len));
    assert_true(arena.capacity <= sizeof memory);
    memset(memory, 0xee, arena.capacity);
    tg_status status = tg_smime_judge(crypto, octets, tg_profile_find("ims-message"), how, &arena, &out->j);
    out->findings[0] = 0;
    if (status != TG_OK) {
        assert_int_equal(tg_status_class(status), TG_CLASS_LIMIT);
        return;
    }
    assert_true(out->j.num_findings <= 256);
    for (size_t i = 0; i < out->j.num_findings; i++) {
        const tg_finding *f = out->j.findings[i];
        assert_true(f->offset <= octets.len && f->length <= octets.len - f->offset);
        assert_true(f->text[0] != 0);
        ids[i] = f->requirement->id;
    }
    qsort(ids, out->j.num_findings, sizeof ids[0], compare_text);
    for (size_t i = 0; i < out->j.num_findings; last = ids[i++]) {
        if (strcmp(ids[i], last) != 0)
            len += (size_t)snprintf(out->findings + len, sizeof out->findings - len, "%s%s", len ? " " : "", ids[i]);
        assert_true(len < sizeof out->findings);
    }
}

#endif
