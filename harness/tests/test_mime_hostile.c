/* Octets from outside: nesting, parts and headers without end, NULs and lone line ends, and memory that is just enough. */
#include "test_mime_support.h"

static text multipart_of(unsigned depth)
{
    text t = { 0 };
    char piece[96];
    for (unsigned i = 0; i < depth; i++) {
        (void)snprintf(piece, sizeof piece, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
        add(&t, piece);
    }
    add(&t, "\nx\n");
    for (unsigned i = depth; i-- > 0;) {
        (void)snprintf(piece, sizeof piece, "--b%u--\n", i);
        add(&t, piece);
    }
    return t;
}

static void nesting(void **state)
{
    (void)state;
    static const unsigned depths[] = { 1, TG_MIME_MAX_DEPTH, TG_MIME_MAX_DEPTH + 1, 100, 20000 };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        text t = multipart_of(depths[i]);
        parsed p = parse_octets(t.data, t.len);
        tg_status expected = depths[i] <= TG_MIME_MAX_DEPTH ? TG_OK : TG_TOO_DEEP;
        assert_int_equal(p.status, expected);
        assert_string_equal(p.diag.path, expected ? "body[0][0][0][0][0][0][0][0]" : "");
        uint8_t *out = malloc(2 * t.len);
        size_t len = 0;
        assert_non_null(out);
        assert_int_equal(tg_mime_canonical(tg_bytes_of(t.data, t.len), out, 2 * t.len, &len), expected);
        free(out);
        free(t.data);
        done(&p);
    }
}

/* Not opened, however deep. */
static void messages_in_messages(void **state)
{
    (void)state;
    text t = { 0 };
    for (unsigned i = 0; i < 20000; i++)
        add(&t, "Content-Type: message/rfc822\r\n\r\n");
    parsed p = parse_octets(t.data, t.len);
    assert_int_equal(p.status, TG_OK);
    assert_string_equal(p.part.type, "message/rfc822");
    free(t.data);
    done(&p);
}

static void parts(void **state)
{
    (void)state;
    static const unsigned nums[] = { 0, TG_MIME_MAX_PARTS, TG_MIME_MAX_PARTS + 1, 100000 };
    for (size_t i = 0; i < sizeof nums / sizeof *nums; i++) {
        text t = { 0 };
        add(&t, "Content-Type: multipart/mixed; boundary=b\n\n");
        for (unsigned n = 0; n < nums[i]; n++)
            add(&t, "--b\n\n\n");
        add(&t, "--b--");
        parsed p = parse_octets(t.data, t.len);
        tg_status expected = nums[i] <= TG_MIME_MAX_PARTS ? TG_OK : TG_TOO_LARGE;
        assert_int_equal(p.status, expected);
        if (expected == TG_OK)
            assert_int_equal(p.part.num_parts, nums[i]);
        uint8_t *out = malloc(2 * t.len);
        size_t len = 0;
        assert_non_null(out);
        assert_int_equal(tg_mime_canonical(tg_bytes_of(t.data, t.len), out, 2 * t.len, &len), expected);
        free(out);
        free(t.data);
        done(&p);
    }
}

/* 128 in all multiparts together. */
static void parts_in_parts(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        text t = { 0 };
        add(&t, "Content-Type: multipart/mixed; boundary=b\n\n");
        for (unsigned outer = 0; outer < 2; outer++) {
            add(&t, "--b\nContent-Type: multipart/mixed; boundary=c\n\n");
            for (unsigned n = 0; n < 63 + extra; n++)
                add(&t, "--c\n\n");
            add(&t, "--c--\n");
        }
        add(&t, "--b--");
        parsed p = parse_octets(t.data, t.len);
        assert_int_equal(p.status, extra ? TG_TOO_LARGE : TG_OK);
        if (extra)
            assert_string_equal(p.diag.path, "body[1]");
        free(t.data);
        done(&p);
    }
}

static void headers(void **state)
{
    (void)state;
    text t = { 0 };
    for (unsigned i = 0; i < 200000; i++)
        add(&t, "X-Header: 1\r\n");
    add(&t, "\r\n");
    parsed p = parse_octets(t.data, t.len);
    assert_int_equal(p.status, TG_TOO_LARGE);
    done(&p);
    t.len = 0;
    add(&t, "Content-Type: text/plain");
    for (unsigned i = 0; i < 100000; i++)
        add(&t, ";\r\n x=y");
    parsed folded = parse_octets(t.data, t.len);
    assert_int_equal(folded.status, TG_TOO_LARGE);
    done(&folded);
    free(t.data);
}

/* The last octet that may be there, and the first that may not. */
static void headers_of_just_the_limit(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        size_t len = TG_MIME_MAX_HEADER + extra;
        char *entity = malloc(len + 3);
        assert_non_null(entity);
        memset(entity, 'x', len);
        memcpy(entity, "X: ", 3);
        memcpy(entity + len - 2, "\r\n\r\n", 5);
        parsed p = parse_octets(entity, len + 2);
        assert_int_equal(p.status, extra ? TG_TOO_LARGE : TG_OK);
        done(&p);
        free(entity);
    }
}

/* Not a limit: that is no header at all. */
static void a_line_without_end(void **state)
{
    (void)state;
    size_t len = 1 << 20;
    char *entity = malloc(len);
    assert_non_null(entity);
    memset(entity, 'x', len);
    parsed p = parse_octets(entity, len);
    assert_int_equal(p.status, TG_BAD_MIME);
    done(&p);
    entity[998] = ':';
    p = parse_octets(entity, len);
    assert_int_equal(p.status, TG_TOO_LARGE);
    done(&p);
    entity[998] = 'x';
    entity[999] = ':';
    p = parse_octets(entity, len);
    assert_int_equal(p.status, TG_BAD_MIME);
    done(&p);
    free(entity);
}

/* Values that a parser of parameters might need long for, or keep much of. */
static void values(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a=b;",  "x*0=a;",    ";",  "(",          "((", "\"", "\\", "a*=utf-8''%41;", "=?utf-8?q?=41?=",
        "\r\n ", "name*1=a;", "*=", "*=utf-16''", "* ", "=?"
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        text t = { 0 };
        add(&t, "Content-Disposition: a;");
        while (t.len + strlen(pieces[i]) + 64 < TG_MIME_MAX_HEADER / 2)
            add(&t, pieces[i]);
        add(&t, "\r\nContent-Type: text/plain;");
        while (t.len + strlen(pieces[i]) + 64 < TG_MIME_MAX_HEADER)
            add(&t, pieces[i]);
        add(&t, "\r\n\r\nx");
        parsed p = parse_octets(t.data, t.len);
        assert_int_equal(p.status, TG_OK);
        assert_octets(p.part.content, "x");
        done(&p);
        free(t.data);
    }
}

static void dashes(void **state)
{
    (void)state;
    text t = { 0 };
    add(&t, "Content-Type: multipart/mixed; "
            "boundary=----------------------------------------------------------------------\n\n--");
    size_t from = t.len, len = from + (4 << 20);
    char *entity = malloc(len);
    assert_non_null(entity);
    memcpy(entity, t.data, from);
    memset(entity + from, '-', len - from);
    parsed p = parse_octets(entity, len);
    assert_int_equal(p.status, TG_BAD_MIME);
    done(&p);
    for (size_t i = from; i < len; i += 3)
        entity[i] = '\r';
    p = parse_octets(entity, len);
    assert_int_equal(p.status, TG_BAD_MIME);
    done(&p);
    free(entity);
    free(t.data);
}

static void too_large(void **state)
{
    (void)state;
    static const uint8_t octets[] = "A: b\r\n\r\n";
    tg_arena arena = tg_arena_of(NULL, 0);
    tg_mime_part part;
    tg_diag diag;
    size_t len;
    uint8_t out[16];
    tg_bytes huge = tg_bytes_of(octets, (size_t)TG_MIME_MAX_OCTETS + 1); /* its end is not looked at */
    assert_int_equal(tg_mime_parse(huge, &arena, &part, &diag), TG_TOO_LARGE);
    assert_int_equal(tg_mime_parse_body("text/plain", NULL, NULL, huge, &arena, &part, &diag), TG_TOO_LARGE);
    assert_int_equal(tg_mime_canonical(huge, out, sizeof out, &len), TG_TOO_LARGE);
}

/* Less memory than is promised to be enough is a limit, or enough; and never touched outside. */
static void small_arenas(void **state)
{
    (void)state;
    static const char entity[] =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"
        "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nabc=3D\r\n--b--";
    size_t whole = tg_mime_arena_size(strlen(entity)), enough = 0;
    for (size_t size = 0; size <= whole; size += size < 1500 || size > whole - 64 ? 1 : 13) {
        uint8_t *memory = malloc(size ? size : 1);
        assert_non_null(memory);
        tg_arena arena = tg_arena_of(memory, size);
        tg_mime_part part;
        tg_diag diag;
        tg_status status = tg_mime_parse(tg_bytes_of(entity, strlen(entity)), &arena, &part, &diag);
        assert_true(status == TG_ARENA_FULL || status == TG_OK);
        assert_true(status == TG_OK || !enough);
        enough = status == TG_OK && !enough ? size : enough;
        free(memory);
    }
    assert_true(enough > 0 && enough < whole);
}

/* Every octet of an entity taken away, or made another. */
static void cut_and_changed(void **state)
{
    (void)state;
    static const char entity[] =
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: "
        "application/mikey\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nAQID\r\n--b\r\n" P7M "\r\n\x30\x01\r\n--b--\r\n";
    static const uint8_t others[] = { 0, '\r', '\n', '-', '"', '(', ';', ':', ' ', 0x80, 0xFF };
    size_t len = sizeof entity - 1;
    for (size_t at = 0; at < len; at++) {
        parsed p = parse_octets(entity, at);
        assert_true(p.status == TG_BAD_MIME || p.status == TG_OK);
        done(&p);
        for (size_t i = 0; i < sizeof others; i++) {
            char changed[sizeof entity];
            memcpy(changed, entity, sizeof entity);
            changed[at] = (char)others[i];
            p = parse_octets(changed, len);
            assert_true(p.status == TG_BAD_MIME || p.status == TG_OK);
            assert_true(p.status == TG_OK || (p.diag.offset <= len && p.diag.path[0]));
            done(&p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting),
        cmocka_unit_test(messages_in_messages),
        cmocka_unit_test(parts),
        cmocka_unit_test(parts_in_parts),
        cmocka_unit_test(headers),
        cmocka_unit_test(headers_of_just_the_limit),
        cmocka_unit_test(a_line_without_end),
        cmocka_unit_test(values),
        cmocka_unit_test(dashes),
        cmocka_unit_test(too_large),
        cmocka_unit_test(small_arenas),
        cmocka_unit_test(cut_and_changed),
    };
    return cmocka_run_group_tests(tests, init_mime, NULL);
}
