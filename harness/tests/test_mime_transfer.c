/* Transfer encodings, strictly (RFC 2045 section 6): what is decoded, and what is not so encoded. */
#include "test_mime_support.h"

static parsed body_in(const char *encoding, const void *body, size_t len)
{
    char entity[512];
    int head = snprintf(entity, sizeof entity, "Content-Type: a/b\r\nContent-Transfer-Encoding: %s\r\n\r\n", encoding);
    assert_true(head > 0 && (size_t)head + len <= sizeof entity);
    memcpy(entity + head, body, len);
    parsed p = parse_octets(entity, (size_t)head + len);
    assert_int_equal(p.status, TG_OK);
    return p;
}

static void is(const char *encoding, const char *body, const char *content)
{
    parsed p = body_in(encoding, body, strlen(body));
    if (p.part.content_bad)
        fail_msg("%s is not %s", body, encoding);
    assert_octets(p.part.content, content);
    done(&p);
}

static void is_bad(const char *encoding, const char *body, size_t len)
{
    parsed p = body_in(encoding, body, len);
    if (!p.part.content_bad)
        fail_msg("\"%s\" is %s", body, encoding);
    assert_true(tg_bytes_equal(p.part.content, tg_bytes_of(body, len))); /* as it stands */
    done(&p);
}

static void base64(void **state)
{
    (void)state;
    is("base64", "", "");
    is("Base64", "aGVsbG8=", "hello");
    is("base64", " aG\tVs\r\nbG8\n=\r\n \r\n", "hello");
    is("base64", "YQ==", "a");
    is("base64", "YQ=\r\n=", "a");
    is("base64", "+/+/", "\xfb\xff\xbf");
    static const char *const bad[] = {
        "aGVsbG8", "aGVsbG8==", "aGVsbG8=x", "aGVs=bG8", "YQ==YQ==", "Y===",   "====", "=",
        "Y",       "YR==",      "YWI9=",     "YWJ=",     "a-_=",     "YQ==\v", "YQ!=", "YQ\x80="
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_bad("base64", bad[i], strlen(bad[i]));
    is_bad("base64", "YQ\0=", 4);
}

static void quoted_printable(void **state)
{
    (void)state;
    is("quoted-printable", "", "");
    is("Quoted-Printable", "a=3Db=3db", "a=b=b");
    is("quoted-printable", "one \t\r\ntwo=20\nthree=  \r\n=\r\nfour\r", "one\r\ntwo \nthreefour\r");
    static const char *const bad[] = { "=",   "a=",    "a=\r\n", "a= ",  "=4", "=4g",
                                       "=g4", "a\x7f", "\xe9",   "a\vb", "==", "=\r\n=" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_bad("quoted-printable", bad[i], strlen(bad[i]));
    is_bad("quoted-printable", "a\0b", 3);
}

static void every_octet_of_quoted_printable(void **state)
{
    (void)state;
    char body[800], *at = body;
    for (unsigned i = 0; i < 64; i++)
        at += sprintf(at, "=%02X", i * 4 + 1);
    parsed p = body_in("quoted-printable", body, strlen(body));
    assert_false(p.part.content_bad);
    assert_int_equal(p.part.content.len, 64);
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(p.part.content.data[i], i * 4 + 1);
    done(&p);
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        tg_mime_encoding encoding;
    } rows[] = { { "7bit", TG_MIME_ENCODING_7BIT },
                 { "8BIT", TG_MIME_ENCODING_8BIT },
                 { "Binary", TG_MIME_ENCODING_BINARY },
                 { "base64", TG_MIME_ENCODING_BASE64 },
                 { " base64 (comment) ", TG_MIME_ENCODING_BASE64 },
                 { "(comment)\r\n quoted-printable", TG_MIME_ENCODING_QUOTED_PRINTABLE },
                 { "", TG_MIME_ENCODING_UNKNOWN },
                 { "7-bit", TG_MIME_ENCODING_UNKNOWN },
                 { "base64 base64", TG_MIME_ENCODING_UNKNOWN },
                 { "base64;", TG_MIME_ENCODING_UNKNOWN },
                 { "\"base64\"", TG_MIME_ENCODING_UNKNOWN },
                 { "uuencode", TG_MIME_ENCODING_UNKNOWN },
                 { "base", TG_MIME_ENCODING_UNKNOWN } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parsed p = body_in(rows[i].name, "", 0);
        if (p.part.encoding != rows[i].encoding || p.part.content_bad != (rows[i].encoding == TG_MIME_ENCODING_UNKNOWN))
            fail_msg("%s: %d", rows[i].name, (int)p.part.encoding);
        done(&p);
    }
    parsed p = parse_text("A: b\r\n\r\nx");
    assert_int_equal(p.part.encoding, TG_MIME_ENCODING_NONE);
    done(&p);
}

/* What is not encoded is not copied. */
static void views(void **state)
{
    (void)state;
    parsed p = body_in("binary", "\0\r\n\xff", 4);
    assert_true(tg_bytes_equal(p.part.content, tg_bytes_of("\0\r\n\xff", 4)));
    assert_ptr_equal(p.part.content.data, p.octets + p.len - 4);
    assert_int_equal(p.arena.used, 0);
    done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64),
        cmocka_unit_test(quoted_printable),
        cmocka_unit_test(every_octet_of_quoted_printable),
        cmocka_unit_test(names),
        cmocka_unit_test(views),
    };
    return cmocka_run_group_tests(tests, init_mime, NULL);
}
