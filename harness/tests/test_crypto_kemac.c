/* crypto: AES-CM and AES-KW against RFC 3711 B.2 and RFC 3394 4.1, and how an IV is put together. */
#include "test_crypto_support.h"

static uint8_t memory[1 << 22];

static const tg_settings defaults;

static void aes_cm(void **state)
{
    (void)state;
    /* RFC 3711 B.2: the keystream is what zeros are encrypted to. */
    enum { LEN = 1044512 };
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    uint8_t *zeros = hold(LEN);
    memset(zeros, 0, LEN);
    tg_bytes key = hex("2B7E151628AED2A6ABF7158809CF4F3C"), iv = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"), out;
    assert_int_equal(
        tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_128, key, iv, tg_bytes_of(zeros, LEN), &arena, &out), TG_OK);
    assert_int_equal(out.len, LEN);
    assert_octets(tg_bytes_of(out.data, 48), "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                                             "41E95B3BB0A2E8DD477901E4FCA894C0");
    assert_octets(tg_bytes_of(out.data + 16 * 0xfeff, 48),
                  "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE"
                  "6A2CC3787889374FBEB4C81B17BA6C44");
    tg_bytes back;
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_CM_128, key, iv, out, &arena, &back), TG_OK);
    assert_int_equal(back.len, LEN);
    assert_memory_equal(back.data, zeros, LEN);
}

static void aes_cm_256(void **state)
{
    (void)state;
    /* A counter block of AES-CM is a block of AES: the example of FIPS 197 C.3, by another way. */
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes out, key = count_from(0, 32), iv = hex("00112233445566778899aabbccddeeff");
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_256, key, iv,
                                      hex("00000000000000000000000000000000"), &arena, &out),
                     TG_OK);
    assert_octets(out, "8ea2b7ca516745bfeafc49904b496089");
}

static void aes_kw(void **state)
{
    (void)state;
    /* RFC 3394 4.1, whose IV is the default one. */
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_bytes kek = hex("000102030405060708090A0B0C0D0E0F"), iv = hex("A6A6A6A6A6A6A6A6");
    tg_bytes plain = hex("00112233445566778899AABBCCDDEEFF"), out, back;
    const char *wrapped = "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5";
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_KW_128, kek, iv, plain, &arena, &out), TG_OK);
    assert_octets(out, wrapped);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, out, &arena, &back), TG_OK);
    assert_octets(back, "00112233445566778899AABBCCDDEEFF");
    /* Another salt is another IV. */
    size_t before = arena.used;
    memset(memory + before, 0, sizeof memory - before);
    tg_bytes salt = hex("A6A6A6A6A6A6A6A7"), bad = hex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE4");
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, salt, out, &arena, &back), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, bad, &arena, &back), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, tg_bytes_of(out.data, 16), &arena, &back),
                     TG_NOT_AUTHENTIC);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, tg_bytes_of(out.data, 23), &arena, &back),
                     TG_NOT_AUTHENTIC);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, tg_bytes_of(NULL, 0), &arena, &back),
                     TG_NOT_AUTHENTIC);
    assert_int_equal(arena.used, before);
    /* A failed unwrap leaves nothing of the plaintext behind. */
    for (size_t i = before; i < before + 64; i++)
        assert_int_equal(memory[i], 0);
}

static void kw_pad(void **state)
{
    (void)state;
    static const struct {
        size_t len, padded;
    } cases[] = { { 0, 16 }, { 1, 16 }, { 8, 16 }, { 15, 16 }, { 17, 24 }, { 24, 24 } };
    tg_settings zero = { .kw_pad = TG_KW_PAD_ZERO };
    tg_bytes kek = count_from(0, 16), iv = count_from(0x50, 8);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_bytes plain = count_from(1, cases[i].len), out, back;
        bool fits = cases[i].len == cases[i].padded;
        assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_KW_128, kek, iv, plain, &arena, &out),
                         fits ? TG_OK : TG_BAD_KEY);
        assert_int_equal(tg_kemac_encrypt(crypto, &zero, TG_ENCR_AES_KW_128, kek, iv, plain, &arena, &out), TG_OK);
        assert_int_equal(out.len, cases[i].padded + 8);
        assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, kek, iv, out, &arena, &back), TG_OK);
        assert_int_equal(back.len, cases[i].padded);
        if (plain.len)
            assert_memory_equal(back.data, plain.data, plain.len);
        for (size_t j = plain.len; j < back.len; j++)
            assert_int_equal(back.data[j], 0);
    }
}

static void refused(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory), small = tg_arena_of(memory, 16);
    tg_bytes key = count_from(0, 16), iv = count_from(0, 16), out, data = count_from(0, 40), none = { NULL, 0 };
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, 4, key, iv, data, &arena, &out), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_kemac_decrypt(crypto, 255, key, iv, data, &arena, &out), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_256, key, iv, data, &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_CM_128, none, iv, data, &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_CM_128, key, count_from(0, 8), data, &arena, &out),
                     TG_BAD_KEY);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, key, iv, data, &arena, &out), TG_BAD_KEY);
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_128, key, iv, data, &small, &out),
                     TG_ARENA_FULL);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, key, count_from(0, 8), data, &small, &out),
                     TG_ARENA_FULL);
    assert_int_equal(tg_kemac_decrypt(crypto, TG_ENCR_NULL, none, none, data, &small, &out), TG_ARENA_FULL);
    uint8_t *large = hold((1 << 20) + 1);
    memset(large, 0, (1 << 20) + 1);
    assert_int_equal(
        tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_128, key, iv, tg_bytes_of(large, 1 << 20), &arena, &out),
        TG_OK);
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_128, key, iv, tg_bytes_of(large, (1 << 20) + 1),
                                      &arena, &out),
                     TG_TOO_LARGE);
    /* Nothing to encrypt is nothing encrypted; NULL is a copy. */
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_AES_CM_128, key, iv, none, &arena, &out), TG_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(tg_kemac_encrypt(crypto, &defaults, TG_ENCR_NULL, none, none, data, &arena, &out), TG_OK);
    assert_memory_equal(out.data, data.data, 40);
    assert_ptr_not_equal(out.data, data.data);
}

/* ---- IV ----------------------------------------------------------------------------------------------------- */

static void timestamps(void **state)
{
    (void)state;
    tg_settings other = { .ntp32_pad = TG_NTP32_PAD_LEADING, .counter_pad = TG_COUNTER_PAD_TRAILING };
    static const struct {
        uint8_t type;
        const char *value, *by_default, *otherwise;
    } cases[] = {
        { TG_TS_NTP_UTC, "0102030405060708", "0102030405060708", "0102030405060708" },
        { TG_TS_NTP, "1112131415161718", "1112131415161718", "1112131415161718" },
        { TG_TS_COUNTER, "01020304", "0000000001020304", "0102030400000000" },
        { TG_TS_NTP_UTC_32, "01020304", "0102030400000000", "0000000001020304" },
    };
    uint8_t t[8];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(tg_timestamp_64(&defaults, cases[i].type, hex(cases[i].value), t));
        assert_octets(tg_bytes_of(t, 8), cases[i].by_default);
        assert_true(tg_timestamp_64(&other, cases[i].type, hex(cases[i].value), t));
        assert_octets(tg_bytes_of(t, 8), cases[i].otherwise);
    }
    assert_false(tg_timestamp_64(&defaults, 4, hex("01020304"), t));
    assert_false(tg_timestamp_64(&defaults, TG_TS_COUNTER, hex("0102030405060708"), t));
    assert_false(tg_timestamp_64(&defaults, TG_TS_NTP, hex("01020304"), t));
    assert_false(tg_timestamp_64(&defaults, TG_TS_NTP, hex(""), t));
}

static void ivs(void **state)
{
    (void)state;
    uint8_t out[TG_IV_MAX];
    tg_bytes t = hex("a1a2a3a4a5a6a7a8"), zero = hex("0000000000000000000000000000"),
             ones = hex("ffffffffffffffffffffffffffff");
    memset(out, 0xee, sizeof out);
    assert_int_equal(tg_kemac_iv(TG_ENCR_AES_CM_128, zero, 0x01020304, t.data, out), TG_OK);
    assert_octets(tg_bytes_of(out, 16), "0000 01020304 a1a2a3a4a5a6a7a8 0000");
    assert_int_equal(tg_kemac_iv(TG_ENCR_AES_CM_256, ones, 0x01020304, t.data, out), TG_OK);
    assert_octets(tg_bytes_of(out, 16), "ffff fefdfcfb 5e5d5c5b5a595857 0000");
    assert_int_equal(tg_kemac_iv(TG_ENCR_AES_KW_128, hex("0102030405060708"), 0x01020304, t.data, out), TG_OK);
    assert_octets(tg_bytes_of(out, 8), "0102030405060708");
    assert_int_equal(tg_kemac_iv(TG_ENCR_NULL, tg_bytes_of(NULL, 0), 0, t.data, out), TG_OK);
    assert_int_equal(tg_kemac_iv(TG_ENCR_AES_CM_128, hex("0102030405060708"), 0, t.data, out), TG_BAD_KEY);
    assert_int_equal(tg_kemac_iv(TG_ENCR_AES_KW_128, zero, 0, t.data, out), TG_BAD_KEY);
    assert_int_equal(tg_kemac_iv(4, zero, 0, t.data, out), TG_UNKNOWN_ALGORITHM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(aes_cm),  CRYPTO_TEST(aes_cm_256), CRYPTO_TEST(aes_kw), CRYPTO_TEST(kw_pad),
        CRYPTO_TEST(refused), CRYPTO_TEST(timestamps), CRYPTO_TEST(ivs),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
