/* What is taken of a message and what is not: containers whose rows reject, parts beside the container, and who is named as sender. */
#define _GNU_SOURCE
#include "test_messaging_judging.h"

#include <openssl/cms.h>
#include <openssl/evp.h>

/* ---- containers --------------------------------------------------------------------------------------------- */

static void *openssl_copy(tg_bytes octets)
{
    return OPENSSL_memdup(octets.data, octets.len);
}

/* EnvelopedData with AES-CBC, which the library does not make; its IV may be flipped. */
static tg_bytes enveloped(const scene *s, bool flip_iv)
{
    OSSL_LIB_CTX *lib = tg_crypto_library(crypto);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib, "AES-128-CBC", NULL);
    CMS_ContentInfo *cms = CMS_EnvelopedData_create_ex(cipher, lib, NULL);
    BIO *in = BIO_new_mem_buf(HELLO, (int)strlen(HELLO));
    unsigned char *der = NULL;
    assert_non_null(CMS_add0_recipient_key(cms, NID_undef, openssl_copy(s->tek), s->tek.len, openssl_copy(s->key_id),
                                           s->key_id.len, NULL, NULL, NULL));
    assert_int_equal(CMS_set_detached(cms, 0), 1);
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
    int len = i2d_CMS_ContentInfo(cms, &der);
    assert_true(len > 0);
    tg_bytes made = hold_copy(tg_bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
    static const uint8_t cbc[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02, 0x04, 0x10 };
    uint8_t *iv = memmem(made.data, made.len, cbc, sizeof cbc);
    assert_non_null(iv);
    iv[sizeof cbc + 15] ^= flip_iv; /* the 16th octet: "ain" of "text/plain" is behind it */
    return wrapped(TG_SMIME_TYPE_IS_ENVELOPED, made);
}

/* With a content-type attribute, id-data; the content is that too, or another, which no tag covers. */
static tg_bytes with_content_type(const scene *s, bool other, tg_bytes kek)
{
    static const uint8_t set[] = { 0x31, 0x1a, 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09,
                                   0x03, 0x31, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                           .alg = TG_SMIME_AES_128_GCM,
                           .auth_attrs = tg_bytes_of(set, sizeof set) };
    tg_bytes made = made_of_plan(plan, text(HELLO), s->key_id, kek);
    uint8_t *first = memmem(made.data, made.len, set + 17, 11);
    assert_non_null(first); /* EncryptedContentInfo stands before the attributes */
    first[10] += other;
    return wrapped(plan.type, made);
}

static tg_bytes with_type(tg_bytes entity, const char *type)
{
    static const char usual[] = "application/pkcs7-mime";
    const char *at = find_text(entity, usual);
    assert_non_null(at);
    size_t before = (size_t)(at - (const char *)entity.data), behind = entity.len - before - (sizeof usual - 1);
    char *out = hold(entity.len + strlen(type));
    memcpy(out, entity.data, before);
    memcpy(out + before, type, strlen(type));
    memcpy(out + before + strlen(type), at + sizeof usual - 1, behind);
    return tg_bytes_of(out, before + strlen(type) + behind);
}

static tg_bytes auth_enveloped(const scene *s, tg_smime_alg alg)
{
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = alg };
    return container_of_plan(plan, text(HELLO), s->key_id, s->tek);
}

static tg_bytes authenticated(const scene *s)
{
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTHENTICATED, .alg = TG_SMIME_HMAC_SHA_256, .with_attrs = true };
    return container_of_plan(plan, text(HELLO), s->key_id, s->tek);
}

/* Opens what Bob has resolved, with another container in it. */
static void open_other(const scene *s, tg_bytes sip, bool allow_authenticated, received *r)
{
    *r = *s->r;
    r->im = *read_im(sip);
    tg_established keys = keys_of(s->bob, s->r->l->leg_r);
    size_t max = tg_im_open_arena_size(&r->im);
    tg_arena arena = tg_arena_of(hold(max), max);
    memset(arena.data, 0, max);
    r->status = tg_im_open(crypto, &im_profile, &keys, &r->im, allow_authenticated, &arena, &r->content, &r->note);
    if (r->status != TG_OK)
        assert_null(memmem(arena.data, max, "until tomorrow", 14));
}

static void assert_row(const received *r, const char *id)
{
    assert_refused(r, TG_IM_RULE);
    assert_non_null(r->note.row);
    assert_string_equal(r->note.row->id, id);
}

static void origin_of_what_is_authentic_alone(void **state)
{
    (void)state;
    scene s;
    received r;
    set_scene(&s);
    tg_bytes mikey = s.im->mikey->entity;
    s.knowledge.how.allow_unauthenticated = true;
    for (int flip = 0; flip < 2; flip++) {
        tg_bytes sip = two_parts(TO_BOB, "", mikey, enveloped(&s, flip));
        expect(&s, sip, false, TG_SMIME_OPENED, TG_IM_ORIGIN_NOT_PROVEN, "TS33328-I.2.1-05");
        assert_int_equal(tg_bytes_equal(judged.mime.container.content, text(HELLO)), !flip);
        assert_false(judged.sender.known);
        open_other(&s, sip, true, &r);
        assert_refused(&r, TG_IM_CONTAINER);
    }
    tg_bytes sip = two_parts(TO_BOB, "", mikey, authenticated(&s));
    expect(&s, sip, false, GOOD, "TS33328-I.2.1-05");
    assert_true(judged.sender.known);
    open_other(&s, sip, false, &r);
    assert_refused(&r, TG_IM_NOT_CONFIDENTIAL);
    open_other(&s, sip, true, &r);
    assert_received(&r, HELLO, "alice@example.com");
    open_other(&s, two_parts("NOTIFY sip:bob@192.0.2.7", "", mikey, authenticated(&s)), true, &r);
    assert_refused(&r, TG_IM_NOTIFY_IN_CLEAR);
}

static void containers_whose_rows_reject(void **state)
{
    (void)state;
    scene s;
    received r;
    set_scene(&s);
    const struct {
        tg_bytes entity;
        const char *row; /* NULL: none rejects */
    } cases[] = {
        { with_content_type(&s, false, s.tek), NULL },
        { with_content_type(&s, true, s.tek), "TS33328-I.2.1-05" }, /* and 9.3-x02 */
        { auth_enveloped(&s, TG_SMIME_AES_192_GCM), "TS33328-I.2.1-x02" },
        { with_type(auth_enveloped(&s, TG_SMIME_AES_128_GCM), "application/x-pkcs7-mime"), "RFC8551-3.2-x01" },
        { with_type(auth_enveloped(&s, TG_SMIME_AES_128_GCM), "application/octet-stream"), "RFC8551-3.2-x01" }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tg_bytes sip = two_parts(TO_BOB, "", s.im->mikey->entity, cases[i].entity);
        judge_im(&s, sip);
        if (i < 2)
            expect_ids(i == 0 ? "" : "RFC5652-9.3-x02 TS33328-I.2.1-05");
        assert_int_equal(judged.mime.container.outcome, TG_SMIME_OPENED);
        assert_int_equal(judged.accepted, cases[i].row == NULL);
        assert_int_equal(judged.origin, cases[i].row ? TG_IM_ORIGIN_NOT_PROVEN : TG_IM_ORIGIN_PROVEN);
        open_other(&s, sip, true, &r);
        if (cases[i].row)
            assert_row(&r, cases[i].row);
        else
            assert_received(&r, HELLO, "alice@example.com");
    }
    /* a wrong key is told as such, whatever else is broken */
    tg_bytes wrong = with_content_type(&s, true, subscribers[2].psk);
    open_other(&s, two_parts(TO_BOB, "", s.im->mikey->entity, wrong), true, &r);
    assert_refused(&r, TG_IM_NOT_AUTHENTIC);
}

/* The Request-URI is looked at again where the content is given out. */
static void a_request_uri_that_may_not_resolve(void **state)
{
    (void)state;
    scene s;
    received r;
    set_scene(&s);
    tg_bytes sip = two_parts("MESSAGE sip:carol@example.com", "", s.im->mikey->entity, s.im->container->entity);
    im_profile.settings.request_uri = TG_REQUEST_URI_MUST;
    open_other(&s, sip, false, &r);
    assert_refused(&r, TG_IM_REQUEST_URI);
    im_profile.settings.request_uri = TG_REQUEST_URI_SHOULD;
    open_other(&s, sip, false, &r);
    assert_received(&r, HELLO, "alice@example.com");
    assert_int_equal(r.note.warning, TG_IM_REQUEST_URI);
}

/* ---- beside the container ----------------------------------------------------------------------------------- */

#define MIXED(fields, part) "Content-Type: multipart/mixed; boundary=c\r\n" fields "\r\n--c\r\n" part "\r\n--c--\r\n"
#define LIST "Content-Type: application/resource-lists+xml\r\n\r\n<x/>"
#define RECIPIENTS "Content-Disposition: recipient-list\r\n"
#define BEGINS "Content-Transfer-Encoding: base64\r\n\r\nMAMGASo=\r\n" /* 30 03 06 01 2a */

static void parts_beside_the_container(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        bool kept;
    } cases[] = { { "Content-Type: text/plain\r\n\r\nin clear", false },
                  { "Content-Type: text/plain\r\n\r\n", false },
                  { "\r\nin clear", false },
                  { MIXED("", "Content-Type: text/html\r\n\r\nin clear"), false },
                  { "Content-Type: application/pkcs7-mime\r\n\r\nnothing", false },
                  { "Content-Type: application/x-pkcs7-mime\r\n\r\nnothing", false },
                  { "Content-Type: application/resource-lists+xml\r\n" BEGINS, false },
                  { "Content-Type: application/mikey\r\n" BEGINS, false },
                  { MIXED(RECIPIENTS, "Content-Type: application/pkcs7-mime\r\n\r\nnothing"), false },
                  { "Content-Type: application/mikey\r\n\r\nanother", true },
                  { LIST, true },
                  { "Content-Type: text/plain\r\n" RECIPIENTS "\r\nsip:dave@example.com", true },
                  { MIXED("", LIST), true },
                  { MIXED(RECIPIENTS, "Content-Type: text/plain\r\n\r\nsip:dave@example.com"), true } };
    scene s;
    received r;
    set_scene(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tg_bytes part = text(cases[i].part), mikey = s.im->mikey->entity, container = s.im->container->entity;
        tg_bytes behind[] = { mikey, container, part };
        tg_bytes sip = sip_of_parts(TO_BOB, "", behind, 3);
        know_as_bob(&s);
        expect(&s, sip, cases[i].kept, GOOD, cases[i].kept ? "" : "TS33328-F.3-14");
        open_other(&s, sip, false, &r);
        if (cases[i].kept)
            assert_received(&r, HELLO, "alice@example.com");
        else
            assert_refused(&r, TG_IM_BESIDE);
        num_to_kms = 0;
        if (!cases[i].kept)
            assert_refused(receive(s.bob, sip), TG_IM_BESIDE);
        assert_int_equal(num_to_kms, 0);
        know_nothing(&s);
        expect(&s, sip, cases[i].kept, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
               cases[i].kept ? "" : "TS33328-F.3-14");
        expect(&s, sip_of_parts("NOTIFY sip:bob@example.com", "", behind, 3), true, TG_SMIME_NOT_TRIED,
               TG_IM_ORIGIN_NOT_PROVEN, "");
    }
    /* before it too; and conference state beside the container of a NOTIFY */
    tg_bytes before[] = { text("Content-Type: text/plain\r\n\r\nx"), s.im->mikey->entity, s.im->container->entity };
    expect(&s, sip_of_parts(TO_BOB, "", before, 3), false, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN,
           "TS33328-F.3-14");
    before[0] = text("Content-Type: application/conference-info+xml\r\n\r\n<conference-info/>");
    open_other(&s, sip_of_parts("NOTIFY sip:bob@192.0.2.7", "Event: conference\r\n", before, 3), false, &r);
    assert_refused(&r, TG_IM_NOTIFY_IN_CLEAR);
    open_other(&s, sip_of_parts("NOTIFY sip:bob@192.0.2.7", "", before, 3), false, &r);
    assert_received(&r, HELLO, "alice@example.com");
}

/* ---- the sender --------------------------------------------------------------------------------------------- */

static tg_bytes sip_from(const scene *s, const char *from, const char *fields)
{
    tg_bytes sip = two_parts(TO_BOB, fields, s->im->mikey->entity, s->im->container->entity);
    static const char usual[] = "<sip:alice@example.com>";
    const char *at = find_text(sip, usual);
    char *out = hold(sip.len + strlen(from));
    size_t before = (size_t)(at - (const char *)sip.data), behind = sip.len - before - (sizeof usual - 1);
    memcpy(out, sip.data, before);
    memcpy(out + before, from, strlen(from));
    memcpy(out + before + strlen(from), at + sizeof usual - 1, behind);
    return tg_bytes_of(out, before + strlen(from) + behind);
}

static void who_the_signalling_names(void **state)
{
    (void)state;
    static const char x01[] = "TS33328-F.3-x01";
    static const struct {
        const char *from, *fields;
        bool kept;
    } cases[] = {
        { "<sip:alice@example.com>", "", true },
        { "\"Alice\" <sips:alice@EXAMPLE.com:5061;transport=tcp>", "", true },
        { "<sip:Alice@example.com>", "", false },
        { "<sip:mallory@example.com>", "", false },
        { "<sip:example.com>", "", false },
        { "<tel:+15550100>", "", false },
        { "\"Anonymous\" <sip:anonymous@anonymous.invalid>", "", true },
        { "<sip:thisisanonymous@Anonymous.Invalid:5060>", "", true },
        { "<sip:anonymous.invalid>", "", true },
        { "<sip:anonymous@anonymous.invalid.example.com>", "", false },
        { "<sip:anonymous@example.com>", "", false },
        { "<sip:mallory@example.com>", "P-Asserted-Identity: <sip:alice@example.com>\r\n", true },
        { "<sip:alice@example.com>", "P-Asserted-Identity: <sip:mallory@example.com>\r\n", false },
        { "<sip:anonymous@anonymous.invalid>", "P-Asserted-Identity: <sip:mallory@example.com>\r\n", false },
        { "<sip:alice@example.com>", "P-Asserted-Identity: <sip:anonymous@anonymous.invalid>\r\n", false },
        { "<sip:alice@example.com>", "P-Asserted-Identity: <tel:+15550100>\r\n", false },
        { "<sip:alice@example.com>", "P-Asserted-Identity:\r\n", false },
        { "<sip:mallory@example.com>", "P-Asserted-Identity: <tel:+15550100>, <sip:alice@example.com>\r\n", true },
        { "<sip:mallory@example.com>",
          "P-Asserted-Identity: <tel:+15550100>\r\nP-Asserted-Identity: <sip:alice@example.com>\r\n", true },
    };
    scene s;
    set_scene(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect(&s, sip_from(&s, cases[i].from, cases[i].fields), true, GOOD, cases[i].kept ? "" : x01);
        assert_true(tg_bytes_equal(judged.sender.data, text("alice@example.com")));
        if (!cases[i].kept)
            assert_int_equal(judged.findings[0]->requirement->level, TG_LEVEL_SHOULD);
    }
    /* nobody is proven, or it is a NOTIFY: F.3 says nothing */
    know_nothing(&s);
    expect(&s, sip_from(&s, "<sip:mallory@example.com>", ""), true, TG_SMIME_NOT_TRIED, TG_IM_ORIGIN_NOT_PROVEN, "");
    know_as_bob(&s);
    expect(&s,
           two_parts("NOTIFY sip:bob@192.0.2.7", "P-Asserted-Identity: <sip:as@example.com>\r\n", s.im->mikey->entity,
                     s.im->container->entity),
           true, GOOD, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JUDGE_TEST(origin_of_what_is_authentic_alone),  JUDGE_TEST(containers_whose_rows_reject),
        JUDGE_TEST(a_request_uri_that_may_not_resolve), JUDGE_TEST(parts_beside_the_container),
        JUDGE_TEST(who_the_signalling_names),
    };
    return cmocka_run_group_tests_name("messaging/taken", tests, NULL, NULL);
}
