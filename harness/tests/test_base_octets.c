/* base: reader, writer, arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ticketgate/base.h"

/* A getter that fails moves nothing and writes nothing. */
static void reader_moves_only_on_success(void **state)
{
    (void)state;
    static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7 };
    tg_reader r = tg_reader_of(tg_bytes_of(octets, sizeof octets));
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    tg_bytes bytes = { NULL, 99 };
    assert_true(tg_get_u8(&r, &u8) && u8 == 1);
    assert_true(tg_get_u16(&r, &u16) && u16 == 0x0203);
    assert_true(tg_get_u32(&r, &u32) && u32 == 0x04050607);
    assert_int_equal(tg_reader_left(&r), 0);
    assert_false(tg_get_u8(&r, &u8));
    assert_int_equal(u8, 1);

    r = tg_reader_of(tg_bytes_of(octets, 1));
    assert_false(tg_get_u16(&r, &u16));
    assert_false(tg_get_u32(&r, &u32));
    assert_false(tg_get_bytes(&r, 2, &bytes));
    assert_int_equal(bytes.len, 99);
    assert_int_equal(u16, 0x0203);
    assert_int_equal(u32, 0x04050607);
    assert_int_equal(tg_reader_left(&r), 1);
    assert_true(tg_get_bytes(&r, 1, &bytes) && bytes.data == octets && bytes.len == 1);
    assert_true(tg_get_bytes(&r, 0, &bytes) && bytes.len == 0);
    assert_false(tg_get_bytes(&r, SIZE_MAX, &bytes));

    r = tg_reader_of(tg_bytes_of(NULL, 0));
    assert_int_equal(tg_reader_left(&r), 0);
    assert_false(tg_get_u8(&r, &u8));
}

static void bytes_equal(void **state)
{
    (void)state;
    assert_true(tg_bytes_equal(tg_bytes_of(NULL, 0), tg_bytes_of("x", 0)));
    assert_true(tg_bytes_equal(tg_bytes_of("ab", 2), tg_bytes_of("ab", 2)));
    assert_false(tg_bytes_equal(tg_bytes_of("ab", 2), tg_bytes_of("ac", 2)));
    assert_false(tg_bytes_equal(tg_bytes_of("ab", 2), tg_bytes_of("ab", 1)));
}

static void writer_writes_big_endian(void **state)
{
    (void)state;
    uint8_t out[16] = { 0 };
    tg_writer w = tg_writer_of(out, sizeof out);
    tg_put_u8(&w, 1);
    size_t place = tg_put_reserved(&w, 2);
    tg_put_u16(&w, 0x0203);
    tg_put_u32(&w, 0x04050607);
    tg_put_bytes(&w, tg_bytes_of("xyz", 3));
    tg_put_bytes(&w, tg_bytes_of(NULL, 0));
    tg_fill_reserved(&w, place, 2, 0xa1b2);
    assert_int_equal(tg_writer_status(&w), TG_OK);
    assert_int_equal(w.len, 12);
    assert_memory_equal(out, "\x01\xa1\xb2\x02\x03\x04\x05\x06\x07xyz", 12);
}

/* Errors stick, nothing is written past the end, and the length that was needed is still counted. */
static void writer_errors_stick(void **state)
{
    (void)state;
    uint8_t out[4] = { 9, 9, 9, 9 };
    tg_writer w = tg_writer_of(out, 3);
    tg_put_u16(&w, 1);
    tg_put_u16(&w, 2);
    assert_int_equal(tg_writer_status(&w), TG_BUFFER_FULL);
    assert_int_equal(out[2], 9);
    assert_int_equal(out[3], 9);
    size_t place = tg_put_reserved(&w, 2);
    tg_fill_reserved(&w, place, 2, 3); /* stands past the end */
    tg_put_u8(&w, 256);
    assert_int_equal(tg_writer_status(&w), TG_BUFFER_FULL);
    assert_int_equal(w.len, 7);

    w = tg_writer_of(out, 4);
    tg_put_u8(&w, 256);
    assert_int_equal(tg_writer_status(&w), TG_OVERFLOW);
    w = tg_writer_of(out, 4);
    tg_put_u16(&w, 65536);
    assert_int_equal(tg_writer_status(&w), TG_OVERFLOW);
    w = tg_writer_of(out, 4);
    place = tg_put_reserved(&w, 1);
    tg_fill_reserved(&w, place, 1, 256);
    assert_int_equal(tg_writer_status(&w), TG_OVERFLOW);

    w = tg_writer_of(NULL, 0); /* only counts */
    tg_put_u32(&w, UINT32_MAX);
    tg_fill_reserved(&w, tg_put_reserved(&w, 2), 2, 1);
    tg_put_bytes(&w, tg_bytes_of("abc", 3));
    assert_int_equal(tg_writer_status(&w), TG_OK);
    assert_int_equal(w.len, 9);
}

static void arena_aligns_and_ends(void **state)
{
    (void)state;
    uint8_t memory[256];
    for (size_t shift = 0; shift < alignof(max_align_t); shift++) {
        tg_arena a = tg_arena_of(memory + shift, sizeof memory - shift);
        uint8_t *before = NULL;
        for (;;) {
            uint8_t *got = tg_arena_alloc(&a, 10);
            if (!got)
                break;
            assert_int_equal((uintptr_t)got % alignof(max_align_t), 0);
            assert_true(got >= memory + shift && got + 10 <= memory + sizeof memory);
            assert_true(!before || got >= before + 10);
            before = got;
        }
        assert_non_null(before);
        assert_null(tg_arena_alloc(&a, SIZE_MAX));
        assert_null(tg_arena_alloc(&a, SIZE_MAX - 8));
    }
    tg_arena none = tg_arena_of(NULL, 0);
    assert_null(tg_arena_alloc(&none, 0));
}

static void arena_copies(void **state)
{
    (void)state;
    uint8_t memory[64];
    tg_arena a = tg_arena_of(memory, sizeof memory);
    tg_bytes copy = tg_arena_copy(&a, "hello", 5);
    assert_memory_equal(copy.data, "hello", 5);
    copy = tg_arena_copy(&a, NULL, 0);
    assert_int_equal(copy.len, 0);
    copy = tg_arena_copy(&a, memory, 60);
    assert_null(copy.data);
}

static void arena_wipes(void **state)
{
    (void)state;
    uint8_t memory[64];
    memset(memory, 0xee, sizeof memory);
    tg_arena a = tg_arena_of(memory, sizeof memory);
    assert_non_null(tg_arena_copy(&a, "kept", 4).data);
    size_t from = a.used;
    assert_non_null(tg_arena_copy(&a, "secret", 6).data);
    assert_non_null(tg_arena_copy(&a, "key", 3).data);
    size_t used = a.used;
    tg_arena_wipe(&a, from);
    assert_int_equal(a.used, from);
    for (size_t i = from; i < used; i++)
        assert_int_equal(memory[i], 0);
    for (size_t i = used; i < sizeof memory; i++)
        assert_int_equal(memory[i], 0xee); /* never used, never touched */
    assert_memory_equal(memory + from - 4, "kept", 4);
    tg_arena_wipe(&a, from + 8); /* behind the end: nothing to do */
    assert_int_equal(a.used, from);
    tg_arena none = tg_arena_of(NULL, 0);
    tg_arena_wipe(&none, 0);
    assert_int_equal(none.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_moves_only_on_success), cmocka_unit_test(bytes_equal),
        cmocka_unit_test(writer_writes_big_endian),     cmocka_unit_test(writer_errors_stick),
        cmocka_unit_test(arena_aligns_and_ends),        cmocka_unit_test(arena_copies),
        cmocka_unit_test(arena_wipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
