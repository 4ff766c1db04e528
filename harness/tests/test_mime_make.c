/* Canonical text, the entity around a container, and bodies of several entities. */
#include "test_mime_support.h"

#include "ticketgate/findings.h"

/* ---- canonical ---------------------------------------------------------------------------------------------- */

static void canonical_is(const char *entity, size_t len, const char *expected, size_t expected_len)
{
    uint8_t *in = exact_copy(entity, len), *out = malloc(2 * len + 1);
    size_t out_len = 99;
    assert_non_null(out);
    tg_status status = tg_mime_canonical(tg_bytes_of(in, len), out, 2 * len, &out_len);
    if (status != TG_OK || !tg_bytes_equal(tg_bytes_of(out, out_len), tg_bytes_of(expected, expected_len)))
        fail_msg("%s: %s, \"%.*s\"", entity, tg_status_name(status), (int)out_len, (const char *)out);
    size_t again_len = 0;
    uint8_t *again = malloc(2 * out_len + 1);
    assert_non_null(again);
    assert_int_equal(tg_mime_canonical(tg_bytes_of(out, out_len), again, 2 * out_len, &again_len), TG_OK);
    assert_true(tg_bytes_equal(tg_bytes_of(again, again_len), tg_bytes_of(out, out_len)));
    if (expected_len > 0)
        assert_int_equal(tg_mime_canonical(tg_bytes_of(in, len), again, expected_len - 1, &again_len), TG_BUFFER_FULL);
    free(again);
    free(out);
    free(in);
}

static void canonical(void **state)
{
    (void)state;
    static const struct {
        const char *entity, *expected;
    } rows[] = {
        { "Content-Type: text/plain\r\n\r\nhello\r\n", "Content-Type: text/plain\r\n\r\nhello\r\n" },
        { "Content-Type: text/plain\n\nhello\n", "Content-Type: text/plain\r\n\r\nhello\r\n" },
        { "Content-Type: text/html\r\rone\rtwo\r\r\nthree\n\n",
          "Content-Type: text/html\r\n\r\none\r\ntwo\r\n\r\nthree\r\n\r\n" },
        { "X: y\n\na\nb", "X: y\r\n\r\na\r\nb" },
        { "Content-Transfer-Encoding: 8bit\n\na\n", "Content-Transfer-Encoding: 8bit\r\n\r\na\r\n" },
        { "Content-Transfer-Encoding: base64\n\nYQ==\n", "Content-Transfer-Encoding: base64\r\n\r\nYQ==\n" },
        { "Content-Transfer-Encoding: quoted-printable\n\na\n",
          "Content-Transfer-Encoding: quoted-printable\r\n\r\na\n" },
        { "Content-Transfer-Encoding: binary\n\na\n", "Content-Transfer-Encoding: binary\r\n\r\na\r\n" },
        { "Content-Type: application/a\nContent-Transfer-Encoding: binary\n\na\n",
          "Content-Type: application/a\r\nContent-Transfer-Encoding: binary\r\n\r\na\n" },
        { "Content-Transfer-Encoding: other\n\na\n", "Content-Transfer-Encoding: other\r\n\r\na\n" },
        { "Content-Type: application/xml\n\n<a>\n</a>\n", "Content-Type: application/xml\r\n\r\n<a>\n</a>\n" },
        { "Content-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\ntext\n\n--b \nContent-Type: "
          "a/b\n\nraw\n\n--b--\nbehind\n",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\nbefore\r\n--b\r\n\r\ntext\r\n\r\n--b \r\nContent-Type: "
          "a/b\r\n\r\nraw\n\r\n--b--\r\nbehind\r\n" },
        { "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; "
          "boundary=c\r\n\r\n--c\r\n\r\nx\ny\r\n--c--\r\n--b--",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; "
          "boundary=c\r\n\r\n--c\r\n\r\nx\r\ny\r\n--c--\r\n--b--" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        canonical_is(rows[i].entity, strlen(rows[i].entity), rows[i].expected, strlen(rows[i].expected));
    static const char nul[] = "A: b\n\nx\0\n", expected[] = "A: b\r\n\r\nx\0\r\n";
    canonical_is(nul, sizeof nul - 1, expected, sizeof expected - 1);
}

static void canonical_of_nothing(void **state)
{
    (void)state;
    uint8_t out[256];
    size_t len = 99;
    static const char *const none[] = { "", "hello", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tg_mime_canonical(tg_bytes_of(none[i], strlen(none[i])), out, sizeof out, &len), TG_BAD_MIME);
        assert_int_equal(len, 0);
    }
    assert_int_equal(tg_mime_canonical(tg_bytes_of(NULL, 0), out, sizeof out, &len), TG_BAD_MIME);
    assert_int_equal(tg_mime_canonical(tg_bytes_of("A: b\r\n\r\n", 8), NULL, 0, &len), TG_BUFFER_FULL);
}

/* ---- wrap --------------------------------------------------------------------------------------------------- */

/* Behind the headers: lines of 76 characters, the last shorter, each with CRLF. */
static void lines_are_76(const uint8_t *out, size_t len)
{
    size_t from = 0;
    while (memcmp(out + from, "\r\n\r\n", 4) != 0)
        from++;
    for (from += 4; from < len;) {
        const uint8_t *end = memchr(out + from, '\r', len - from);
        assert_non_null(end);
        size_t line = (size_t)(end - out) - from;
        assert_true(end[1] == '\n' && line > 0 && (line == 76 || from + line + 2 == len));
        from += line + 2;
    }
}

static void wrapped_reads_again(const tg_mime_form *form, tg_bytes container, const char *smime_type)
{
    size_t max = tg_mime_wrapped_size(container.len), len = 0;
    uint8_t *out = malloc(max);
    assert_non_null(out);
    assert_int_equal(tg_mime_wrap(form, container, out, max, &len), TG_OK);
    parsed p = parse_octets(out, len);
    assert_int_equal(p.status, TG_OK);
    assert_string_equal(p.part.type, "application/pkcs7-mime");
    assert_string_equal(p.part.smime_type, smime_type);
    assert_string_equal(p.part.name, form->name ? form->name : "smime.p7m");
    assert_string_equal(p.part.filename, form->name ? form->name : "smime.p7m");
    assert_string_equal(p.part.disposition, "attachment");
    assert_int_equal(p.part.encoding,
                     form->settings->smime_encoding ? TG_MIME_ENCODING_BINARY : TG_MIME_ENCODING_BASE64);
    assert_true(tg_bytes_equal(p.part.content, container));
    assert_false(p.part.content_bad);
    if (form->settings->smime_encoding == TG_SMIME_ENCODING_BASE64)
        lines_are_76(out, len);
    size_t short_len = 99;
    assert_int_equal(tg_mime_wrap(form, container, out, len - 1, &short_len), TG_BUFFER_FULL);
    assert_int_equal(short_len, 0);
    done(&p);
    free(out);
}

static void wrap(void **state)
{
    (void)state;
    uint8_t octets[200];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 7);
    tg_settings settings = { 0 };
    tg_mime_form form = { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, &settings, NULL };
    for (size_t len = 0; len < sizeof octets; len++)
        wrapped_reads_again(&form, tg_bytes_of(octets, len), "authenveloped-data");
    settings.smime_type = TG_SMIME_TYPE_AUTH_ENVELOPED;
    settings.smime_encoding = TG_SMIME_ENCODING_BINARY;
    wrapped_reads_again(&form, tg_bytes_of(octets, sizeof octets), "auth-enveloped-data");
    form.type = TG_SMIME_TYPE_IS_AUTHENTICATED;
    form.name = "a \"quoted\\name\"; x=y.p7m";
    wrapped_reads_again(&form, tg_bytes_of(octets, 10), "authenticated-data");
    form.type = TG_SMIME_TYPE_IS_ENVELOPED;
    form.name = "caf\xC3\xA9 (1).p7m";
    wrapped_reads_again(&form, tg_bytes_of(octets, 10), "enveloped-data");
    char longest[TG_MIME_TEXT_MAX];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    form.name = longest;
    wrapped_reads_again(&form, tg_bytes_of(octets, 10), "enveloped-data");
}

static void wrap_word_for_word(void **state)
{
    (void)state;
    tg_settings settings = { 0 };
    tg_mime_form form = { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, &settings, NULL };
    uint8_t out[8192];
    size_t len;
    assert_int_equal(tg_mime_wrap(&form, tg_bytes_of("hello", 5), out, sizeof out, &len), TG_OK);
    assert_octets(tg_bytes_of(out, len),
                  "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n"
                  "Content-Transfer-Encoding: base64\r\n"
                  "Content-Disposition: attachment; filename=smime.p7m\r\n\r\naGVsbG8=\r\n");
}

static void wrap_refused(void **state)
{
    (void)state;
    tg_settings settings = { 0 };
    tg_mime_form form = { TG_SMIME_TYPE_IS_OTHER, &settings, NULL };
    uint8_t out[8192];
    size_t len;
    assert_int_equal(tg_mime_wrap(&form, tg_bytes_of("x", 1), out, sizeof out, &len), TG_REFUSED);
    form.type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED;
    char too_long[TG_MIME_TEXT_MAX + 1];
    memset(too_long, 'n', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    const char *const names[] = { "", "a\r\nX: y", "a\tb", "\x7f", too_long };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        form.name = names[i];
        assert_int_equal(tg_mime_wrap(&form, tg_bytes_of("x", 1), out, sizeof out, &len), TG_OVERFLOW);
        assert_int_equal(len, 0);
    }
    form.name = NULL;
    assert_int_equal(tg_mime_wrap(&form, tg_bytes_of(out, TG_SMIME_MAX_OCTETS + 1), out, sizeof out, &len),
                     TG_TOO_LARGE);
}

/* ---- join --------------------------------------------------------------------------------------------------- */

/* Gives `first` as often as it is asked `times` times, then zeros. */
typedef struct stubborn {
    uint8_t first;
    unsigned times;
    tg_status status;
} stubborn;

static tg_status fill(void *user, uint8_t *out, size_t len)
{
    stubborn *s = user;
    memset(out, s->times ? s->first : 0, len);
    s->times -= s->times > 0;
    return s->status;
}

static void join(void **state)
{
    (void)state;
    stubborn source = { 0xAA, 1, TG_OK };
    tg_random random = { fill, &source };
    tg_bytes entities[3] = { tg_bytes_of("Content-Type: application/mikey\r\n\r\nAQ", 37),
                             tg_bytes_of("\r\n--part-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 41),
                             tg_bytes_of("Content-Type: a/b\r\n\r\n", 21) };
    char type[160];
    uint8_t out[1024];
    size_t len = 0, max = tg_mime_joined_size(entities, 3);
    assert_true(max <= sizeof out);
    assert_int_equal(tg_mime_join(entities, 3, &random, type, out, max, &len), TG_OK);
    assert_string_equal(type, "multipart/mixed; boundary=\"part-00000000000000000000000000000000\"");
    parsed p = { .memory = malloc(tg_mime_arena_size(len)), .octets = exact_copy(out, len), .len = len };
    p.arena = tg_arena_of(p.memory, tg_mime_arena_size(len));
    assert_int_equal(tg_mime_parse_body(type, NULL, NULL, tg_bytes_of(p.octets, len), &p.arena, &p.part, &p.diag),
                     TG_OK);
    assert_int_equal(p.part.num_parts, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(tg_bytes_equal(p.part.parts[i].entity, entities[i]));
    done(&p);
    source = (stubborn){ 0xAA, 1, TG_OK };
    assert_int_equal(tg_mime_join(entities, 3, &random, type, out, len - 1, &len), TG_BUFFER_FULL);
    assert_string_equal(type, "");
    source = (stubborn){ 0xAA, 1000, TG_OK };
    assert_int_equal(tg_mime_join(entities, 3, &random, type, out, max, &len), TG_REFUSED);
    source = (stubborn){ 0, 0, TG_NO_MEMORY };
    assert_int_equal(tg_mime_join(entities, 3, &random, type, out, max, &len), TG_NO_MEMORY);
    assert_int_equal(tg_mime_join(entities, 0, &random, type, out, max, &len), TG_NOT_FOUND);
    assert_int_equal(tg_mime_join(entities, TG_MIME_MAX_PARTS + 1, &random, type, out, max, &len), TG_TOO_LARGE);
    assert_int_equal(len, 0);
}

static void join_one(void **state)
{
    (void)state;
    tg_bytes entity = tg_bytes_of(P7M "Content-Transfer-Encoding: binary\r\n\r\n\x30\x80", strlen(P7M) + 39);
    char type[160], long_entity[256];
    uint8_t out[256];
    size_t len;
    assert_int_equal(tg_mime_join(&entity, 1, NULL, type, out, sizeof out, &len), TG_OK);
    assert_string_equal(type, "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m");
    assert_octets(tg_bytes_of(out, len), "\x30\x80");
    entity = tg_bytes_of("Content-Type:\r\n a/b;\r\n\tc=d\r\n\r\nx", 32);
    assert_int_equal(tg_mime_join(&entity, 1, NULL, type, out, sizeof out, &len), TG_OK);
    assert_string_equal(type, "a/b;\tc=d");
    entity = tg_bytes_of("X: y\r\n\r\nx", 9);
    assert_int_equal(tg_mime_join(&entity, 1, NULL, type, out, sizeof out, &len), TG_OK);
    assert_string_equal(type, "text/plain");
    entity = tg_bytes_of("no entity", 9);
    assert_int_equal(tg_mime_join(&entity, 1, NULL, type, out, sizeof out, &len), TG_BAD_MIME);
    for (int fits = 1; fits >= 0; fits--) {
        int n = snprintf(long_entity, sizeof long_entity, "Content-Type: a/%0*d\r\n\r\nx", fits ? 157 : 158, 0);
        entity = tg_bytes_of(long_entity, (size_t)n);
        assert_int_equal(tg_mime_join(&entity, 1, NULL, type, out, sizeof out, &len), fits ? TG_OK : TG_OVERFLOW);
        assert_int_equal(strlen(type), fits ? 159 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical),          cmocka_unit_test(canonical_of_nothing), cmocka_unit_test(wrap),
        cmocka_unit_test(wrap_word_for_word), cmocka_unit_test(wrap_refused),         cmocka_unit_test(join),
        cmocka_unit_test(join_one),
    };
    return cmocka_run_group_tests(tests, init_mime, NULL);
}
