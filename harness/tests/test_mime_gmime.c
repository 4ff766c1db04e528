/* What the room cuts, beside what GMime's own parser makes of the same octets: the same parts of the same types, at the same places, with the
 * same content, where the octets are as they should be. And what GMime does with what is not, so that a new version which does otherwise
 * is seen. */
#define _POSIX_C_SOURCE 200809L
#include "test_mime_support.h"

#include <unistd.h>

#include <gmime/gmime.h>

typedef struct reading {
    GMimeStream *stream;
    GMimeParser *parser;
    GMimeObject *object;
} reading;

static reading read_all(const parsed *p)
{
    reading r = { .stream = g_mime_stream_mem_new_with_buffer((const char *)p->octets, p->len) };
    r.parser = g_mime_parser_new_with_stream(r.stream);
    g_mime_parser_set_persist_stream(r.parser, TRUE);
    r.object = g_mime_parser_construct_part(r.parser, NULL);
    return r;
}

static void forget(reading *r)
{
    g_object_unref(r->object);
    g_object_unref(r->parser);
    g_object_unref(r->stream);
}

static void same_content(const tg_mime_part *part, GMimePart *other)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(other);
    GMimeStream *decoded = g_mime_stream_mem_new(), *raw = g_mime_data_wrapper_get_stream(wrapper);
    (void)g_mime_data_wrapper_write_to_stream(wrapper, decoded);
    GByteArray *octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(decoded));
    assert_true(tg_bytes_equal(part->content, tg_bytes_of(octets->data, octets->len)));
    assert_int_equal(raw->bound_end, part->offset + part->length);
    assert_true((size_t)raw->bound_start >= part->offset);
    g_object_unref(decoded);
}

static void same(const tg_mime_part *part, GMimeObject *other)
{
    char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(other));
    assert_int_equal(g_ascii_strcasecmp(type, part->type), 0);
    g_free(type);
    if (!GMIME_IS_MULTIPART(other)) {
        assert_int_equal(part->num_parts, 0);
        same_content(part, GMIME_PART(other));
        return;
    }
    assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(other)), part->num_parts);
    for (size_t i = 0; i < part->num_parts; i++)
        same(&part->parts[i], g_mime_multipart_get_part(GMIME_MULTIPART(other), (int)i));
}

static void same_parts(void **state)
{
    (void)state;
    static const char *const entities[] = {
        "Content-Type: text/plain\r\n\r\nhello\r\n",
        P7M "Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb=E9\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\nbefore\r\n--b\r\nContent-Type: application/mikey\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nAQID\r\n--b\r\n" P7M "\r\n\x30\x01\r\n\r\n--b--\r\nbehind\r\n",
        "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b\r\nContent-Type: multipart/alternative; "
        "boundary=c\r\n\r\n"
        "--c\r\nContent-Type: text/html\r\n\r\n<p>\r\n--c \r\nContent-Type: text/plain\r\n\r\n-- "
        "\r\n--d\r\n--c--\r\n\r\n--a b\r\n"
        "Content-Type: text/plain\r\n\r\nlast\r\n--a b--\r\n",
        "Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\n\n--bc\nContent-Type: text/plain\n\nx\n--bc--\n",
    };
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        parsed p = parse_text(entities[i]);
        assert_int_equal(p.status, TG_OK);
        reading r = read_all(&p);
        same(&p.part, r.object);
        forget(&r);
        done(&p);
    }
}

/* What it makes of octets that the room refuses. */
static void lenient(void **state)
{
    (void)state;
    parsed p = parse_text("Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx");
    reading r = read_all(&p);
    assert_int_equal(p.status, TG_BAD_MIME);
    assert_true(g_mime_content_type_is_type(g_mime_object_get_content_type(r.object), "text",
                                            "*")); /* one of the two, without a word */
    forget(&r);
    done(&p);
    p = parse_text("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx");
    r = read_all(&p);
    assert_int_equal(p.status, TG_BAD_MIME);
    assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(r.object)), 1); /* no end is an end */
    forget(&r);
    done(&p);
    p = parse_text("Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\naG!Vs*bG8");
    r = read_all(&p);
    assert_true(p.part.content_bad);
    GMimeStream *out = g_mime_stream_mem_new();
    (void)g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(r.object)), out);
    assert_true(g_mime_stream_length(out) >= 3); /* what is not base64 is skipped */
    g_object_unref(out);
    forget(&r);
    done(&p);
    p = parse_text("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\r\nx");
    r = read_all(&p);
    assert_int_equal(p.status, TG_OK);
    assert_true(GMIME_IS_MESSAGE_PART(r.object)); /* opened, and what is in it too */
    forget(&r);
    done(&p);
}

/* What GMime would say to stderr is dropped; what another says of its own is not. */
static long said(const char *domain)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stderr);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    g_log(domain, G_LOG_LEVEL_WARNING, "a warning");
    g_log(domain, G_LOG_LEVEL_CRITICAL, "more than that");
    (void)fflush(stderr);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    (void)close(kept);
    long len = (long)lseek(fileno(file), 0, SEEK_END);
    (void)fclose(file);
    return len;
}

static void silent(void **state)
{
    (void)state;
    assert_int_equal(tg_mime_init(), TG_OK); /* once more does no harm */
    assert_int_equal(said("gmime"), 0);
    assert_true(said("another") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(same_parts), cmocka_unit_test(lenient),
                                        cmocka_unit_test(silent) };
    return cmocka_run_group_tests(tests, init_mime, NULL);
}
