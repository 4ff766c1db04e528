/* What is said of an entity around a container and of the content in it: each row kept and broken, and where it is. */
#include "test_mime_support.h"

static tg_crypto *crypto;
static const uint8_t kek[16] = { 1, 2, 3 };
static const tg_smime_key key = { { (const uint8_t *)"\1\2\3\4", 4 }, { kek, sizeof kek } };
static tg_profile profile;

static const char text_content[] = "Content-Type: text/plain\r\n\r\nhello\r\n";

static int init(void **state)
{
    (void)state;
    profile = *tg_profile_find("ims-message");
    return tg_mime_init() == TG_OK && tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

/* ---- containers and entities -------------------------------------------------------------------------------- */

typedef struct octets {
    uint8_t data[8192];
    size_t len;
} octets;

static octets protect(tg_smime_type type, const char *content, size_t len)
{
    octets out;
    tg_seeded_random seeded;
    assert_int_equal(tg_seeded_random_init(&seeded, crypto, tg_bytes_of("mime", 4)), TG_OK);
    tg_random random = tg_seeded_random_source(&seeded);
    tg_smime_plan plan = { .type = type, .alg = TG_SMIME_AES_128_GCM, .recipients = &key, .num_recipients = 1 };
    if (type == TG_SMIME_TYPE_IS_AUTHENTICATED)
        plan.alg = TG_SMIME_HMAC_SHA_256;
    assert_int_equal(
        tg_smime_make(crypto, &plan, tg_bytes_of(content, len), &random, out.data, sizeof out.data, &out.len), TG_OK);
    return out;
}

static octets joined(const char *headers, tg_bytes body, const char *behind)
{
    octets out;
    out.len = strlen(headers);
    assert_true(out.len + body.len + strlen(behind) <= sizeof out.data);
    memcpy(out.data, headers, out.len);
    memcpy(out.data + out.len, body.data, body.len);
    out.len += body.len;
    memcpy(out.data + out.len, behind, strlen(behind));
    out.len += strlen(behind);
    return out;
}

/* ---- judged ------------------------------------------------------------------------------------------------- */

typedef struct judged {
    parsed p;
    void *memory;
    tg_mime_judgement j;
    tg_status status;
} judged;

static judged judge_with(const octets *entity, const tg_smime_key *keys, size_t num_keys)
{
    judged out = { .p = parse_octets(entity->data, entity->len) };
    assert_int_equal(out.p.status, TG_OK);
    size_t size = tg_mime_judge_arena_size(entity->len);
    out.memory = malloc(size);
    assert_non_null(out.memory);
    tg_arena arena = tg_arena_of(out.memory, size);
    tg_smime_opening how = { keys, num_keys, false };
    out.status = tg_mime_judge(crypto, &out.p.part, &profile, &how, &arena, &out.j);
    return out;
}

static void forget(judged *j)
{
    free(j->memory);
    done(&j->p);
}

/* The ids, with blanks between them, in the order of the findings; "" for none. */
static void expect(const octets *entity, tg_smime_outcome outcome, const char *ids)
{
    char found[512] = "";
    judged j = judge_with(entity, &key, 1);
    assert_int_equal(j.status, TG_OK);
    for (size_t i = 0; i < j.j.num_findings; i++) {
        const tg_finding *finding = j.j.findings[i];
        assert_true(finding->offset <= entity->len && finding->length <= entity->len - finding->offset);
        assert_true(strlen(finding->text) > 0);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i ? " " : "", finding->requirement->id);
    }
    if (strcmp(found, ids) != 0 || j.j.container.outcome != outcome)
        fail_msg("%.*s...: %s, \"%s\" instead of \"%s\"", 60, (const char *)entity->data,
                 tg_smime_outcome_name(j.j.container.outcome), found, ids);
    forget(&j);
}

static void headers_are(const char *headers, tg_smime_type type, const char *ids)
{
    octets container = protect(type, text_content, strlen(text_content));
    octets entity = joined(headers, tg_bytes_of(container.data, container.len), "");
    expect(&entity, TG_SMIME_OPENED, ids);
}

static void kept(void **state)
{
    (void)state;
    headers_are(P7M "\r\n", TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "");
    headers_are("Content-Type: APPLICATION/PKCS7-MIME; smime-type=AUTHENVELOPED-DATA; name=A.P7M\r\n\r\n",
                TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "");
    headers_are("Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n\r\n",
                TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "");
    for (uint8_t binary = 0; binary < 2; binary++) { /* what we make ourselves */
        octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, text_content, strlen(text_content)), entity;
        tg_settings settings = { .smime_encoding = binary };
        tg_mime_form form = { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, &settings, NULL };
        assert_int_equal(tg_mime_wrap(&form, tg_bytes_of(container.data, container.len), entity.data,
                                      sizeof entity.data, &entity.len),
                         TG_OK);
        expect(&entity, TG_SMIME_OPENED, "");
    }
}

static void rows_of_the_entity(void **state)
{
    (void)state;
    static const struct {
        const char *headers, *ids;
    } rows[] = {
        { "Content-Type: application/x-pkcs7-mime; smime-type=authEnveloped-data\r\n\r\n", "RFC8551-3.2-x01" },
        { "Content-Type: application/octet-stream\r\n\r\n", "RFC8551-3.2-x01 RFC8551-3.2.2-x01" },
        { "Subject: none\r\n\r\n", "RFC8551-3.2-x01 RFC8551-3.2.2-x01" },
        { "Content-Type: application/pkcs7-mime\r\n\r\n", "RFC8551-3.2.2-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=\"\"\r\n\r\n", "RFC8551-3.2.2-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n", "RFC8551-3.2.2-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=auth-enveloped-data\r\n\r\n", "TS33328-I.2.2-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=x.p7s\r\n\r\n",
          "RFC8551-3.2.1-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=p7m\r\n\r\n",
          "RFC8551-3.2.1-x01" },
        { P7M "Content-Disposition: attachment; filename=x.doc\r\n\r\n", "RFC8551-3.2.1-x01" },
        { "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=x\r\nContent-Disposition: a; "
          "filename=y\r\n\r\n",
          "RFC8551-3.2.1-x01" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        headers_are(rows[i].headers, TG_SMIME_TYPE_IS_AUTH_ENVELOPED, rows[i].ids);
    headers_are("Content-Type: application/pkcs7-mime; smime-type=authenticated-data\r\n\r\n",
                TG_SMIME_TYPE_IS_AUTHENTICATED, "TS33328-I.2.1-05");
    headers_are(P7M "\r\n", TG_SMIME_TYPE_IS_AUTHENTICATED, "TS33328-I.2.1-05 RFC8551-3.2.2-x01");
    profile.settings.smime_type = TG_SMIME_TYPE_AUTH_ENVELOPED;
    headers_are(P7M "\r\n", TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "TS33328-I.2.2-x01");
    headers_are("Content-Type: application/pkcs7-mime; smime-type=Auth-Enveloped-data\r\n\r\n",
                TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "");
    profile.settings.smime_type = TG_SMIME_TYPE_AUTHENVELOPED;
}

/* Then the container is not looked at, whatever it is. */
static void transfer_encodings(void **state)
{
    (void)state;
    static const char *const headers[] = {
        P7M "Content-Transfer-Encoding: x-uuencode\r\n\r\n", P7M "Content-Transfer-Encoding: base64\r\n\r\n",
        P7M "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding:\r\n\r\n"
    };
    octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, text_content, strlen(text_content));
    for (size_t i = 0; i < 4; i++) {
        octets entity = joined(headers[i], tg_bytes_of(container.data, container.len), "");
        expect(&entity, TG_SMIME_NOT_TRIED, "RFC8551-3.1.2-x01");
    }
    octets other = joined("Content-Type: a/b\r\nContent-Transfer-Encoding: x\r\n\r\n",
                          tg_bytes_of(container.data, container.len), "");
    expect(&other, TG_SMIME_NOT_TRIED, ""); /* what is not decoded begins no container */
}

static void content_is(const char *content, size_t len, const char *ids)
{
    octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, content, len);
    octets entity = joined(P7M "\r\n", tg_bytes_of(container.data, container.len), "");
    expect(&entity, TG_SMIME_OPENED, ids);
}

static void rows_of_the_content(void **state)
{
    (void)state;
    static const struct {
        const char *content, *ids;
    } rows[] = {
        { "Content-Type: text/plain\r\n\r\n", "" },
        { "Content-Type: text/plain\r\n\r\nno line end", "" },
        { "Content-Type: application/octet-stream\r\n\r\n\n\r\n\r", "" },
        { "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\n", "" },
        { "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n\r\n\n\r\n--b--", "" },
        { "", "RFC8551-3.1-x01" },
        { "hello", "RFC8551-3.1-x01" },
        { "hello\n", "RFC8551-3.1-x01" },
        { "Content-Type: text/plain\r\n", "RFC8551-3.1-x01" },
        { "\r\nhello", "RFC8551-3.1-x01" },
        { "Subject: x\r\n\r\nhello", "RFC8551-3.1-x01" },
        { "Content-Type: text\r\n\r\nhello\n", "RFC8551-3.1-x01" },
        { "Content-Type: text/plain\n\nhello\n", "RFC8551-3.1.1-x01" },
        { "Content-Type: application/octet-stream\n\r\n", "RFC8551-3.1.1-x01" },
        { "Content-Type: text/plain\r\n\r\nhello\rworld", "RFC8551-3.1.1-x01" },
        { "Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nhello\n", "RFC8551-3.1.1-x01" },
        { "Content-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\nhello\n", "" },
        { "Content-Type: text/plain\r\n\r\r\nhello", "RFC8551-3.1.1-x01" },
        { "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\ny\r\n--b--", "RFC8551-3.1.1-x01" },
        { "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\nContent-Type: a/b\r\n\r\n\r\n--b--",
          "RFC8551-3.1.1-x01" },
        { "Content-Type: multipart/mixed; boundary=b\r\n\r\nx\ny\r\n--b\r\n\r\nnot closed", "" },
        { "Content-Type: multipart/mixed; boundary=b\n\r\nx\r\n--b\r\n\r\nnot closed", "RFC8551-3.1.1-x01" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        content_is(rows[i].content, strlen(rows[i].content), rows[i].ids);
    char line[4000]; /* no header, and no limit */
    memset(line, 'x', sizeof line);
    content_is(line, sizeof line, "RFC8551-3.1-x01");
}

/* RFC 8551 3.2: only content of type id-data is MIME. Without authAttrs nothing authenticates the type. */
static void content_of_another_type(void **state)
{
    (void)state;
    static const char *const contents[] = { "hello", "Content-Type: text/plain\n\nhello\n" };
    static const uint8_t id_data[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 };
    for (size_t i = 0; i < 2; i++) {
        octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, contents[i], strlen(contents[i]));
        size_t at = 0;
        while (at < container.len - sizeof id_data && memcmp(container.data + at, id_data, sizeof id_data) != 0)
            at++;
        assert_memory_equal(container.data + at, id_data, sizeof id_data);
        container.data[at + sizeof id_data - 1] = 5; /* id-digestedData */
        octets entity = joined(P7M "\r\n", tg_bytes_of(container.data, container.len), "");
        expect(&entity, TG_SMIME_OPENED, "TS33328-I.2.1-05 RFC5083-2.1-05");
    }
}

/* ---- which part, and where ---------------------------------------------------------------------------------- */

#define BODY                                                                                                           \
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/mikey\r\n\r\nAQ\r\n--b\r\n"

static void places(void **state)
{
    (void)state;
    octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, text_content, strlen(text_content));
    container.data[container.len - 1] ^= 1; /* of the mac */
    octets entity = joined(BODY "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=x\r\n\r\n",
                           tg_bytes_of(container.data, container.len), "\r\n--b--\r\n");
    judged j = judge_with(&entity, &key, 1);
    assert_string_equal(j.j.part->path, "body[1]");
    assert_int_equal(j.j.num_findings, 2);
    assert_int_equal(j.j.reception, TG_RECEPTION_REJECT);
    assert_int_equal(j.j.container.outcome, TG_SMIME_FAILED);
    const tg_finding *mac = j.j.findings[0], *name = j.j.findings[1];
    assert_string_equal(mac->requirement->id, "RFC5083-2.2-x01");
    assert_string_equal(mac->path, "body[1].cms.mac");
    size_t at = (size_t)(j.j.part->content.data - j.p.octets);
    assert_int_equal(mac->offset, at + container.len - 14); /* tag, length and 12 octets */
    assert_int_equal(mac->length, 14);
    assert_memory_equal(j.p.octets + mac->offset, "\x04\x0c", 2);
    assert_string_equal(name->path, "body[1].name");
    assert_int_equal(name->offset, j.j.part->offset);
    assert_int_equal(name->length, j.j.part->length);
    forget(&j);
    /* In base64 an octet of the container is nowhere in the entity: the part it is. */
    tg_settings settings = { 0 };
    tg_mime_form form = { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, &settings, NULL };
    assert_int_equal(
        tg_mime_wrap(&form, tg_bytes_of(container.data, container.len), entity.data, sizeof entity.data, &entity.len),
        TG_OK);
    octets whole = joined(BODY, tg_bytes_of(entity.data, entity.len), "\r\n--b--\r\n");
    j = judge_with(&whole, &key, 1);
    assert_int_equal(j.j.num_findings, 1);
    assert_int_equal(j.j.findings[0]->offset, strlen(BODY));
    assert_int_equal(j.j.findings[0]->length, entity.len);
    forget(&j);
}

/* Nothing but the row of what cannot be cut. */
static void no_container(void **state)
{
    (void)state;
    octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, text_content, strlen(text_content));
    octets entity = joined("Content-Type: application/x-pkcs7-mime; name=x\r\n\r\n",
                           tg_bytes_of(container.data, container.len), "behind");
    judged j = judge_with(&entity, &key, 1);
    assert_int_equal(j.status, TG_OK);
    assert_int_equal(j.j.parse, TG_TRAILING);
    assert_int_equal(j.j.diag.status, TG_TRAILING);
    assert_string_equal(j.j.diag.id, "RFC5652-3-x01");
    assert_int_equal(strncmp(j.j.diag.path, "body.cms", 8), 0);
    assert_int_equal(j.j.diag.offset, entity.len - 6);
    assert_int_equal(j.j.num_findings, 1);
    assert_string_equal(j.j.findings[0]->requirement->id, "RFC5652-3-x01");
    forget(&j);
    octets plain = joined("Content-Type: text/plain\r\n\r\n", tg_bytes_of("0 no container", 14), "");
    j = judge_with(&plain, &key, 1);
    assert_int_equal(j.status, TG_OK);
    assert_null(j.j.part);
    assert_int_equal(j.j.num_findings, 0);
    assert_int_equal(j.j.reception, TG_RECEPTION_ACCEPT);
    forget(&j);
}

static void which_part(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        const char *path; /* NULL: none */
    } rows[] = {
        { "Content-Type: a/b\r\n\r\n\x30\x80\x06", P7M "\r\nx", "body[1]" },
        { "Content-Type: a/b\r\n\r\n\x30\x80\x06", "Content-Type: a/b\r\n\r\n\x30\x03\x06", "body[0]" },
        { "Content-Type: a/b\r\n\r\n\x30\x80", "Content-Type: a/b\r\n\r\n\x30\x84\xff\xff\xff\xff\x06", "body[1]" },
        { "Content-Type: a/b\r\n\r\n\x30\x85\x01\x01\x01\x01\x01\x06", "Content-Type: a/b\r\n\r\n\x30\x81\x06", NULL },
        { "Content-Type: a/b\r\n\r\n\x31\x80\x06", "Content-Type: a/b\r\n\r\n\x30\x03\x02\x01\x06", NULL },
        { "Content-Transfer-Encoding: base64\r\n\r\nMAMG", "Content-Type: application/x-pkcs7-mime\r\n\r\n",
          "body[1]" },
        { "Content-Transfer-Encoding: base64\r\n\r\nMAMG", "A: b\r\n\r\n", "body[0]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        octets entity = joined("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
                               tg_bytes_of(rows[i].first, strlen(rows[i].first)), "\r\n--b\r\n");
        entity.data[entity.len] = '\0';
        octets whole =
            joined((const char *)entity.data, tg_bytes_of(rows[i].second, strlen(rows[i].second)), "\r\n--b--");
        judged j = judge_with(&whole, &key, 1);
        if (!j.j.part != !rows[i].path || (j.j.part && strcmp(j.j.part->path, rows[i].path) != 0))
            fail_msg("row %zu: %s", i, j.j.part ? j.j.part->path : "none");
        forget(&j);
    }
}

static void keys(void **state)
{
    (void)state;
    octets container = protect(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, "no entity", 9);
    octets entity = joined(P7M "\r\n", tg_bytes_of(container.data, container.len), "");
    judged j = judge_with(&entity, NULL, 0);
    assert_int_equal(j.j.container.outcome, TG_SMIME_NOT_TRIED);
    assert_int_equal(j.j.num_findings, 0); /* what is inside is not seen */
    forget(&j);
    static const uint8_t wrong[16] = { 9 };
    tg_smime_key other = { key.id, tg_bytes_of(wrong, sizeof wrong) };
    j = judge_with(&entity, &other, 1);
    assert_int_equal(j.j.container.outcome, TG_SMIME_FAILED);
    assert_int_equal(j.j.num_findings, 1);
    assert_int_equal(j.j.container.content.len, 0);
    forget(&j);
}

/* A content whose headers go beyond the limit is not half judged. */
static void limits_inside(void **state)
{
    (void)state;
    size_t len = TG_MIME_MAX_HEADER + 100;
    char *content = malloc(len);
    assert_non_null(content);
    memset(content, 'x', len);
    memcpy(content, "X: ", 3);
    tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = TG_SMIME_AES_128_GCM, .recipients = &key, .num_recipients = 1
    };
    tg_seeded_random seeded;
    assert_int_equal(tg_seeded_random_init(&seeded, crypto, tg_bytes_of("mime", 4)), TG_OK);
    tg_random random = tg_seeded_random_source(&seeded);
    size_t max = tg_smime_made_size(&plan, len), made = 0;
    uint8_t *entity = malloc(strlen(P7M) + 2 + max);
    assert_non_null(entity);
    memcpy(entity, P7M "\r\n", strlen(P7M) + 2);
    assert_int_equal(
        tg_smime_make(crypto, &plan, tg_bytes_of(content, len), &random, entity + strlen(P7M) + 2, max, &made), TG_OK);
    made += strlen(P7M) + 2;
    parsed p = parse_octets(entity, made);
    tg_arena arena = tg_arena_of(malloc(tg_mime_judge_arena_size(made)), tg_mime_judge_arena_size(made));
    tg_smime_opening how = { &key, 1, false };
    tg_mime_judgement j;
    assert_int_equal(tg_mime_judge(crypto, &p.part, &profile, &how, &arena, &j), TG_TOO_LARGE);
    free(arena.data);
    done(&p);
    free(entity);
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept),
        cmocka_unit_test(rows_of_the_entity),
        cmocka_unit_test(transfer_encodings),
        cmocka_unit_test(rows_of_the_content),
        cmocka_unit_test(content_of_another_type),
        cmocka_unit_test(places),
        cmocka_unit_test(no_container),
        cmocka_unit_test(which_part),
        cmocka_unit_test(keys),
        cmocka_unit_test(limits_inside),
    };
    return cmocka_run_group_tests(tests, init, finish);
}
