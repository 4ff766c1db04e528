/* base: hex, base64, status texts, clauses of ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ticketgate/base.h"

static void hex(void **state)
{
    (void)state;
    uint8_t out[16];
    size_t len = 99, at = 99;
    assert_int_equal(tg_hex_decode("00fFA9 \r\n\t7b", 12, out, &len, &at), TG_OK);
    assert_int_equal(len, 4);
    assert_memory_equal(out, "\x00\xff\xa9\x7b", 4);
    assert_int_equal(tg_hex_decode("", 0, out, &len, &at), TG_OK);
    assert_int_equal(len, 0);

    len = 77;
    assert_int_equal(tg_hex_decode("00g0", 4, out, &len, &at), TG_BAD_HEX);
    assert_int_equal(at, 2);
    assert_int_equal(len, 77); /* a failure leaves it alone */
    assert_int_equal(tg_hex_decode("001", 3, out, &len, &at), TG_BAD_HEX);
    assert_int_equal(at, 3);
    assert_int_equal(tg_hex_decode("/:@G`g", 6, out, &len, &at), TG_BAD_HEX);
    assert_int_equal(at, 0);

    char text[9];
    tg_hex_encode(tg_bytes_of("\x00\xff\xa9\x7b", 4), text);
    assert_string_equal(text, "00ffa97b");
}

/* RFC 4648 section 10 */
static void base64_known(void **state)
{
    (void)state;
    static const char *const pairs[][2] = { { "", "" },         { "f", "Zg==" },     { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },  { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[16];
        tg_base64_encode(tg_bytes_of(pairs[i][0], strlen(pairs[i][0])), text);
        assert_string_equal(text, pairs[i][1]);
        uint8_t out[16];
        size_t len, at;
        assert_int_equal(tg_base64_decode(text, strlen(text), out, &len, &at), TG_OK);
        assert_int_equal(len, strlen(pairs[i][0]));
        assert_memory_equal(out, pairs[i][0], len);
        /* Without its padding it is the same. */
        assert_int_equal(tg_base64_decode(text, strcspn(text, "="), out, &len, &at), TG_OK);
        assert_int_equal(len, strlen(pairs[i][0]));
    }
}

static void base64_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } bad[] = { { "Z", 1 },     { "Zg=", 3 },    { "Zg===", 4 },  { "Zm8=x", 4 }, { "Zm9v=", 5 },
                { "Zh", 2 },    { "Zm9", 3 },    { "Zm-v", 2 },   { "====", 2 },  { "Z m9v\x7f", 5 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[16];
        size_t len, at = 99;
        assert_int_equal(tg_base64_decode(bad[i].text, strlen(bad[i].text), out, &len, &at), TG_BAD_BASE64);
        assert_int_equal(at, bad[i].at);
    }
    uint8_t out[16];
    size_t len, at;
    assert_int_equal(tg_base64_decode("Zm9v\0Zm9v", 9, out, &len, &at), TG_BAD_BASE64);
    assert_int_equal(at, 4);
    assert_int_equal(tg_base64_decode("Zm 9v\r\n", 7, out, &len, &at), TG_OK);
    assert_int_equal(len, 3);
    assert_int_equal(tg_base64_decode("Zm9vZm9vZ!9v", 12, out, &len, &at), TG_BAD_BASE64); /* behind whole groups */
    assert_int_equal(at, 9);
    assert_int_equal(tg_base64_decode("Zm9vYmFy\r\nZm9vYg==", 18, out, &len, &at), TG_OK);
    assert_int_equal(len, 10);
    assert_memory_equal(out, "foobarfoob", 10);
}

static void every_octet_value(void **state)
{
    (void)state;
    uint8_t all[256], back[256 + 3];
    char text[513];
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    for (size_t n = 0; n <= 256; n++) {
        size_t len, at;
        tg_hex_encode(tg_bytes_of(all, n), text);
        assert_int_equal(strlen(text) + 1, tg_hex_encoded_size(n));
        assert_int_equal(tg_hex_decode(text, strlen(text), back, &len, &at), TG_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, all, n);
        tg_base64_encode(tg_bytes_of(all, n), text);
        assert_int_equal(strlen(text) + 1, tg_base64_encoded_size(n));
        assert_int_equal(tg_base64_decode(text, strlen(text), back, &len, &at), TG_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, all, n);
        assert_true(len <= tg_base64_decoded_max(strlen(text)));
    }
}

static void statuses(void **state)
{
    (void)state;
    assert_int_equal(tg_status_class(TG_OK), TG_CLASS_OK);
    assert_int_equal(tg_status_class(TG_TRAILING), TG_CLASS_PARSE);
    assert_int_equal(tg_status_class(TG_ARENA_FULL), TG_CLASS_LIMIT);
    assert_int_equal(tg_status_class(TG_BAD_HEX), TG_CLASS_ENCODING);
    assert_string_equal(tg_status_name(TG_UNKNOWN_MAP_TYPE), "unknown_map_type");
    for (int status = TG_OK; status <= TG_NOT_FOUND; status++) {
        assert_true(strlen(tg_status_name((tg_status)status)) > 0);
        assert_true(strlen(tg_status_text((tg_status)status)) > 0);
    }
}

static void clauses(void **state)
{
    (void)state;
    char clause[32];
    tg_clause_of_id("RFC6043-6.6-x01", clause);
    assert_string_equal(clause, "RFC 6043 6.6");
    tg_clause_of_id("RFC6043-A.1-01", clause);
    assert_string_equal(clause, "RFC 6043 A.1");
    tg_clause_of_id("TS33328-6.2.3.6-02", clause);
    assert_string_equal(clause, "TS 33.328 6.2.3.6");
    tg_clause_of_id("", clause);
    assert_string_equal(clause, "");
    tg_clause_of_id("nonsense", clause);
    assert_string_equal(clause, "");
    tg_clause_of_id("RFC12345678901234567890-1234567890.1234567890.1234567890.123-1", clause);
    assert_true(strlen(clause) <= 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex),       cmocka_unit_test(base64_known), cmocka_unit_test(base64_refused),
        cmocka_unit_test(every_octet_value), cmocka_unit_test(statuses), cmocka_unit_test(clauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
