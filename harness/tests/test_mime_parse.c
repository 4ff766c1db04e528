/* Entities, their headers, and the parts of multiparts: what is read and how, where it lies, and what is refused. */
#include "test_mime_support.h"

static void one_part(void **state)
{
    (void)state;
    static const char entity[] = P7M "Content-Transfer-Encoding: base64\r\n"
                                     "Content-Disposition: Attachment; filename=\"smime.p7m\"\r\n\r\naGVs\r\nbG8=\r\n";
    parsed p = parse_text(entity);
    assert_int_equal(p.status, TG_OK);
    assert_string_equal(p.part.path, "body");
    assert_string_equal(p.part.type, "application/pkcs7-mime");
    assert_true(p.part.has_type);
    assert_string_equal(p.part.smime_type, "authenveloped-data");
    assert_string_equal(p.part.name, "smime.p7m");
    assert_string_equal(p.part.disposition, "attachment");
    assert_string_equal(p.part.filename, "smime.p7m");
    assert_int_equal(p.part.encoding, TG_MIME_ENCODING_BASE64);
    assert_int_equal(p.part.offset, 0);
    assert_int_equal(p.part.length, strlen(entity));
    assert_octets(p.part.entity, entity);
    assert_octets(p.part.content, "hello");
    assert_false(p.part.content_bad);
    assert_int_equal(p.part.num_parts, 0);
    done(&p);
}

static const char nested[] =
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n"
    "before\r\n--outer\r\nContent-Type: application/mikey\r\n\r\nAQ\r\n"
    "--outer \t\r\nContent-Type: multipart/Alternative; boundary=\"in ner\"\r\n\r\n"
    "--in ner\r\n\r\nno headers\r\n\r\n--in ner\r\nContent-Type: text/html\r\n--in ner--\r\nbehind\r\n"
    "--outer\r\n" P7M "\r\n\x30\x80\r\n--outer--\r\nthe end";

static void multiparts(void **state)
{
    (void)state;
    parsed p = parse_octets(nested, sizeof nested - 1);
    assert_int_equal(p.status, TG_OK);
    assert_string_equal(p.part.type, "multipart/mixed");
    assert_int_equal(p.part.num_parts, 3);
    assert_octets(p.part.parts[0].content, "AQ");
    assert_octets(p.part.parts[0].entity, "Content-Type: application/mikey\r\n\r\nAQ");
    const tg_mime_part *inner = &p.part.parts[1];
    assert_string_equal(inner->type, "multipart/alternative");
    assert_string_equal(inner->path, "body[1]");
    assert_int_equal(inner->num_parts, 2);
    assert_string_equal(inner->parts[1].path, "body[1][1]");
    assert_octets(inner->parts[0].content, "no headers\r\n");
    assert_false(inner->parts[0].has_type);
    assert_string_equal(inner->parts[0].type, "text/plain");
    assert_string_equal(inner->parts[1].type, "text/html");
    assert_octets(inner->parts[1].content, "");
    assert_octets(p.part.parts[2].content, "\x30\x80");
    assert_ptr_equal(tg_mime_find(&p.part, "multipart/mixed"), &p.part);
    assert_ptr_equal(tg_mime_find(&p.part, "text/html"), &inner->parts[1]);
    assert_ptr_equal(tg_mime_find(&p.part, "application/pkcs7-mime"), &p.part.parts[2]);
    assert_null(tg_mime_find(&p.part, "application/x-pkcs7-mime"));
    done(&p);
}

/* Offset and length are those of the entity, in the octets given. */
static void check_places(const parsed *p, const tg_mime_part *part)
{
    assert_ptr_equal(part->entity.data, p->octets + part->offset);
    assert_int_equal(part->entity.len, part->length);
    assert_true(part->offset + part->length <= p->len);
    for (size_t i = 0; i < part->num_parts; i++)
        check_places(p, &part->parts[i]);
}

static void places(void **state)
{
    (void)state;
    parsed p = parse_octets(nested, sizeof nested - 1);
    check_places(&p, &p.part);
    const char *mikey = strstr(nested, "Content-Type: application/mikey");
    assert_int_equal(p.part.parts[0].offset, mikey - nested);
    assert_int_equal(p.part.parts[0].length, strlen("Content-Type: application/mikey\r\n\r\nAQ"));
    assert_int_equal(p.part.parts[1].parts[0].offset, strstr(nested, "\r\nno headers") - nested);
    done(&p);
    const char *body = strstr(nested, "before");
    size_t len = sizeof nested - 1 - (size_t)(body - nested);
    uint8_t *octets = exact_copy(body, len);
    tg_arena arena = tg_arena_of(malloc(tg_mime_arena_size(len)), tg_mime_arena_size(len));
    tg_mime_part part;
    tg_diag diag;
    assert_int_equal(tg_mime_parse_body("multipart/mixed;\r\n\tboundary=outer", NULL, NULL, tg_bytes_of(octets, len),
                                        &arena, &part, &diag),
                     TG_OK);
    assert_int_equal(part.offset, 0);
    assert_int_equal(part.length, len);
    assert_int_equal(part.num_parts, 3);
    assert_ptr_equal(part.parts[2].entity.data, octets + part.parts[2].offset);
    free(arena.data);
    free(octets);
}

static void bodies_apart(void **state)
{
    (void)state;
    uint8_t memory[8192];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_mime_part part;
    tg_diag diag;
    tg_bytes body = tg_bytes_of("aGVsbG8=", 8);
    assert_int_equal(tg_mime_parse_body("Application/PKCS7-MIME;name=x.p7m", "BASE64", "inline;filename=y.p7m", body,
                                        &arena, &part, &diag),
                     TG_OK);
    assert_octets(part.content, "hello");
    assert_octets(part.entity, "aGVsbG8=");
    assert_string_equal(part.type, "application/pkcs7-mime");
    assert_string_equal(part.filename, "y.p7m");
    assert_int_equal(tg_mime_parse_body(NULL, NULL, NULL, body, &arena, &part, &diag), TG_OK);
    assert_false(part.has_type);
    assert_octets(part.content, "aGVsbG8=");
    /* A value brings no headers with it. */
    assert_int_equal(
        tg_mime_parse_body("text/plain\r\nContent-Transfer-Encoding: base64", NULL, NULL, body, &arena, &part, &diag),
        TG_OK);
    assert_int_equal(part.encoding, TG_MIME_ENCODING_NONE);
    assert_int_equal(tg_mime_parse_body("multipart/mixed", NULL, NULL, body, &arena, &part, &diag), TG_BAD_MIME);
    assert_string_equal(diag.path, "body");
    char *longest = malloc(TG_MIME_MAX_HEADER + 2);
    assert_non_null(longest);
    memset(longest, 'x', TG_MIME_MAX_HEADER + 1);
    longest[TG_MIME_MAX_HEADER + 1] = '\0';
    assert_int_equal(tg_mime_parse_body(longest, NULL, NULL, body, &arena, &part, &diag), TG_TOO_LARGE);
    longest[TG_MIME_MAX_HEADER] = '\0';
    assert_int_equal(tg_mime_parse_body(longest, NULL, longest, body, &arena, &part, &diag), TG_OK);
    assert_false(part.has_type);
    free(longest);
}

/* ---- headers ------------------------------------------------------------------------------------------------ */

static void refused_at(const char *entity, tg_status status, const char *path, size_t offset)
{
    parsed p = parse_text(entity);
    if (p.status != status || strcmp(p.diag.path, path) != 0 || p.diag.offset != offset || p.diag.status != status)
        fail_msg("%.60s: %s %s %zu", entity, tg_status_name(p.status), p.diag.path, p.diag.offset);
    done(&p);
}

static void headers_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "\r\n",
                                       "\r\nbody",
                                       "Content-Type: text/plain",
                                       "Content-Type: text/plain\r\n",
                                       "hello\r\n\r\n",
                                       ": value\r\n\r\n",
                                       " folded: first\r\n\r\n",
                                       "a b: value\r\n\r\n",
                                       "caf\xC3\xA9: x\r\n\r\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        parsed p = parse_text(bad[i]);
        if (p.status != TG_BAD_MIME)
            fail_msg("%s: %s", bad[i], tg_status_name(p.status));
        done(&p);
    }
    refused_at("A: b\r\nno colon\r\n\r\n", TG_BAD_MIME, "body", 6);
    refused_at("Content-Type: text/plain\r\nContent-type: text/html\r\n\r\n", TG_BAD_MIME, "body", 26);
    refused_at("Content-Disposition: a\r\nCONTENT-DISPOSITION: a\r\n\r\n", TG_BAD_MIME, "body", 24);
    refused_at("Content-Transfer-Encoding: 7bit\r\nX: y\r\nContent-Transfer-Encoding: 7bit\r\n\r\n", TG_BAD_MIME,
               "body", 39);
    static const char nul[] = "A: b\r\nX: \0y\r\n\r\n";
    parsed p = parse_octets(nul, sizeof nul - 1);
    assert_int_equal(p.status, TG_BAD_MIME);
    assert_int_equal(p.diag.offset, 6);
    done(&p);
    refused_at("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nno colon\r\n--b--", TG_BAD_MIME, "body[0]", 50);
}

static void headers_that_can(void **state)
{
    (void)state;
    static const char *const good[] = {
        "content-TYPE : application/pkcs7-mime;name=x.p7m\r\n\r\nx",
        "Content-Type:application/pkcs7-mime\n ;name=x.p7m\n\nx",
        "X: \xff\xfe\r\nX: 2\r\nContent-Type:\r\n application/pkcs7-mime;\r\n\tname=x.p7m\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name=x.p7m\r\rx",
        "Content-Type: application/pkcs7-mime; name=x.p7m\n\r\nx",
        "Content-Type: (a \\) \"comment) application/(((nested)))pkcs7-mime (;) ; (x) name (y) = x.p7m (z)\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name=x.p7m; name=y.exe\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name*0=x; name*1=\".p7m\"\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name*1=.p7m; name*0=x\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name*0*=utf-8''%78; name*1*=%2ep7m\r\n\r\nx",
        "Content-Type: application/pkcs7-mime; name*=iso-8859-1'en'x.p7m\r\n\r\nx",
        "Content-Type: application / pkcs7-mime; x=\"(no comment; name=\\\"\"; name=x.p7m\r\n\r\nx"
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        parsed p = parse_text(good[i]);
        if (p.status != TG_OK || strcmp(p.part.type, "application/pkcs7-mime") != 0 ||
            strcmp(p.part.name, "x.p7m") != 0)
            fail_msg("%s: %s %s \"%s\"", good[i], tg_status_name(p.status), p.part.type, p.part.name);
        assert_octets(p.part.content, "x");
        done(&p);
    }
}

static void types_that_are_none(void **state)
{
    (void)state;
    static const char *const none[] = { "text", "", "/", "text/", "/html", "text/html x", "text/html, text/plain",
                                        "text/ht\"ml", "\"text\"/html", "text/html/x", "(text/html",
                                        /* parameters that are none (RFC 2045 5.1) */
                                        "a/b; name", "a/b; name=", "a/b; name==x", "a/b; =x", "a/b; name=x y",
                                        "a/b; name=x/y", "a/b; name=\"x", "a/b; name=\"x\\\"", "a/b; name=\"x\"y",
                                        "a/b; name=\x01", "a/b; n\x7f=x", "a/b; a=b c=d",
                                        "multipart/mixed; boundary=a/b:c" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char entity[128];
        (void)snprintf(entity, sizeof entity, "Content-Type: %s\r\n\r\n", none[i]);
        parsed p = parse_text(entity);
        if (p.status != TG_OK || p.part.has_type || strcmp(p.part.type, "text/plain") != 0)
            fail_msg("%s: %s %s", entity, tg_status_name(p.status), p.part.type);
        done(&p);
    }
}

static void texts(void **state)
{
    (void)state;
    char entity[600], name[300];
    memset(name, 'n', sizeof name);
    memcpy(name + 200, ".p7m", 5);
    (void)snprintf(entity, sizeof entity, "Content-Type: a/b; name=\"%s\"; smime-type=\"A\x01\tb\"\r\n\r\n", name);
    parsed p = parse_text(entity);
    assert_int_equal(p.status, TG_OK);
    assert_int_equal(strlen(p.part.name), TG_MIME_TEXT_MAX - 1);
    assert_string_equal(p.part.name + TG_MIME_TEXT_MAX - 5, ".p7m");
    assert_string_equal(p.part.smime_type, "a??b");
    done(&p);
    p = parse_text("Content-Type: a/b; name=\"caf\xC3\xA9\"\r\nContent-Disposition: x; filename=\"caf\xE9\"\r\n\r\n");
    assert_string_equal(p.part.name, "caf\xC3\xA9");
    assert_string_equal(p.part.filename, "caf\xEF\xBF\xBD"); /* no UTF-8: U+FFFD stands for it */
    done(&p);
}

/* RFC 2047 has no place in parameters, and no charset needs a conversion. */
static void words_and_charsets(void **state)
{
    (void)state;
    static const struct {
        const char *value, *name;
    } rows[] = { { "name=\"=?utf-8?q?=41?=\"", "=?utf-8?q?=41?=" },
                 { "name=\"=?utf-8?b?QQ==?=\"", "=?utf-8?b?QQ==?=" },
                 { "name*=UTF-8''%c3%a9.p7m", "\xC3\xA9.p7m" },
                 { "name*=utf-16'en'%41.p7m", "A.p7m" },
                 { "name*= iso-2022-cn-ext''%1b$x.p7m", "?$x.p7m" },
                 { "name*0*=koi8-r''%41; name*1=.p7m", "A.p7m" },
                 { "name*=\"utf-16''A\"; name=b", "A" },
                 { "name* (x) = utf-16''A", "A" },
                 { "name*=x%41", "xA" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char entity[128];
        (void)snprintf(entity, sizeof entity, "Content-Type: a/b; %s\r\n\r\n", rows[i].value);
        parsed p = parse_text(entity);
        if (p.status != TG_OK || strcmp(p.part.name, rows[i].name) != 0)
            fail_msg("%s: \"%s\"", rows[i].value, p.part.name);
        done(&p);
    }
    parsed p = parse_text("Content-Type: multipart/mixed; boundary=\"=?utf-8?q?b?=\"\r\n\r\n--=?utf-8?q?b?=--");
    assert_int_equal(p.status, TG_OK);
    done(&p);
    p = parse_text("Content-Type: multipart/mixed; boundary=\"b\x02\"\r\n\r\n--b\x02--");
    assert_int_equal(p.status, TG_BAD_MIME);
    done(&p);
}

/* ---- multiparts --------------------------------------------------------------------------------------------- */

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

static void multiparts_that_are_none(void **state)
{
    (void)state;
    size_t body = strlen(MIXED);
    refused_at(MIXED, TG_BAD_MIME, "body", body);
    refused_at(MIXED "--b\r\n\r\ntext\r\n", TG_BAD_MIME, "body", body);
    refused_at(MIXED "--b\r\n\r\ntext\r\n--b", TG_BAD_MIME, "body", body);
    refused_at(MIXED "--b\r\n\r\ntext--b--", TG_BAD_MIME, "body", body);
    refused_at(MIXED "--b\r\n\r\ntext\r\n--bb--", TG_BAD_MIME, "body", body);
    refused_at(MIXED "--b\r\n\r\ntext\r\n--b--x", TG_BAD_MIME, "body", body);
    refused_at("Content-Type: multipart/mixed\r\n\r\n--b--", TG_BAD_MIME, "body", 33);
    refused_at("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----", TG_BAD_MIME, "body", 46);
    char entity[256], boundary[80];
    for (size_t len = 70; len <= 71; len++) {
        memset(boundary, 'x', len);
        boundary[len] = '\0';
        (void)snprintf(entity, sizeof entity, "Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s--", boundary,
                       boundary);
        parsed p = parse_text(entity);
        assert_int_equal(p.status, len == 70 ? TG_OK : TG_BAD_MIME);
        done(&p);
    }
}

static void delimiters(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t num;
        const char *first;
    } rows[] = {
        { MIXED "--b--", 0, NULL },
        { MIXED "--b\n\nx\n--b--\n", 1, "x" },
        { MIXED "--b\r\rx\r--b--\r", 1, "x" },
        { MIXED "--b\r\n\r\nx\r\n\r\n--b--", 1, "x\r\n" },
        { MIXED "--b\r\n\r\nx\r\r\n--b--", 1, "x\r" },
        { MIXED "--b\r\n--b\r\n--b--", 2, "" },
        { MIXED "--b\r\n\r\n--bc\r\n--b c\r\n --b\r\n-\r\n--b-\r\n--b--", 1, "--bc\r\n--b c\r\n --b\r\n-\r\n--b-" },
        { MIXED "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--", 1, "x" },
        { "Content-Type: multipart/mixed; boundary*0=\"b\"; boundary*1=c\r\n\r\n--bc\r\n\r\nx\r\n--bc--", 1, "x" },
        { "Content-Type: multipart/mixed; boundary=\"a/b:c\"\r\n\r\n--a/b:c\r\n\r\nx\r\n--a/b:c--", 1, "x" },
        { "Content-Type: multipart/mixed; boundary=b (comment)\r\n\r\n--b\r\n\r\nx\r\n--b--", 1, "x" }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parsed p = parse_text(rows[i].body);
        if (p.status != TG_OK || p.part.num_parts != rows[i].num)
            fail_msg("%zu: %s, %zu parts", i, tg_status_name(p.status), p.part.num_parts);
        if (rows[i].first)
            assert_octets(p.part.parts[0].content, rows[i].first);
        check_places(&p, &p.part);
        done(&p);
    }
}

/* The outer delimiter ends what is inside, so an inner multipart without an end is not closed. */
static void outer_delimiters_first(void **state)
{
    (void)state;
    refused_at(MIXED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b--\r\n--c--",
               TG_BAD_MIME, "body[0]", strlen(MIXED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"));
    parsed p =
        parse_text(MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed\r\n\r\n--b--");
    assert_int_equal(p.status, TG_OK);
    assert_int_equal(p.part.parts[0].num_parts, 0); /* a message in a message is not opened */
    done(&p);
    p = parse_text("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b--");
    assert_int_equal(p.status, TG_OK);
    assert_true(p.part.content_bad); /* a multipart is not encoded [RFC 2045 6.4] */
    done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_part),
        cmocka_unit_test(multiparts),
        cmocka_unit_test(places),
        cmocka_unit_test(bodies_apart),
        cmocka_unit_test(headers_that_cannot_be_read),
        cmocka_unit_test(headers_that_can),
        cmocka_unit_test(types_that_are_none),
        cmocka_unit_test(texts),
        cmocka_unit_test(words_and_charsets),
        cmocka_unit_test(multiparts_that_are_none),
        cmocka_unit_test(delimiters),
        cmocka_unit_test(outer_delimiters_first),
    };
    return cmocka_run_group_tests(tests, init_mime, NULL);
}
