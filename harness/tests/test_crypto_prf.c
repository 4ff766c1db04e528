/* crypto: the PRFs, the labels of every derivation, and the MACs, against values that others made. */
#include "test_crypto_support.h"

static uint8_t memory[1 << 16];

/* ---- PRF ---------------------------------------------------------------------------------------------------- */

/* Values of another implementation's tests of PRF-HMAC-SHA-256 with the label of RFC 3830 4.1.3. */
static void published(void **state)
{
    (void)state;
    static const struct {
        uint32_t csb_id;
        uint8_t cs_id;
        tg_key_use use;
        const char *out;
    } cases[] = {
        { 0x05a85c16, 4, TG_USE_ENCR, "3924935940c154ccbc3c2ad05c8f5181" },
        { 0x05a85c16, 4, TG_USE_SALT, "1725869b80f370cc9f24e13b" },
        { 0x05a85c16, 0, TG_USE_ENCR, "f17c80a8d2f9befa47cf712603d7229a" },
        { 0x0633f457, 4, TG_USE_TEK, "59aaa49ebb54813602b7cc165961b4e8" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tg_arena arena = tg_arena_of(memory, sizeof memory);
        tg_derivation d;
        tg_bytes out;
        assert_int_equal(
            tg_derive_rfc3830_session_key(&arena, TG_PRF_HMAC_SHA_256, hex("a27b7d578eeb9b1ee7705e385996d300"),
                                          cases[i].use, cases[i].cs_id, cases[i].csb_id,
                                          hex("4339f62f55aac86348846a482c893802"), strlen(cases[i].out) / 2, &d),
            TG_OK);
        assert_int_equal(tg_derivation_run_in(crypto, &d, &arena, &out), TG_OK);
        assert_octets(out, cases[i].out);
    }
}

/* Made with Python's hmac from the formulas of RFC 3830 4.1.2: inkeys of less than, exactly and more than one block, outkeys
 * that do and do not fill the hash. inkey 10 11 12 ..; label 2ad01c64 01 ffffffff 03 a0 .. af. */
static void blocks(void **state)
{
    (void)state;
    static const struct {
        uint8_t prf;
        size_t inkey_len;
        const char *out;
    } cases[] = {
        { 0, 1, "90" },
        { 0, 16, "5bb94ec444a2c13b3e3c713a93052a8fea22918f" },
        { 0, 32, "a9a9b7e4d20576d5c869afb41cb81853fe737023c7912b91d5ed02f9b5fee5dd" },
        { 0, 33, "6195bb380430d6bec411632c92a535fa915043bad8" },
        { 0, 100,
          "50c54c83478bb2b5f202a4750199741313fbf9e7fdf673d5cbb9e94445387e534f3f953a11a4b3addce1a04c1156330699feb790158d"
          "80db"
          "316529011e5904c7039075a481e3" },
        { 1, 1, "ea" },
        { 1, 16, "ce8cedec4029e49428f2c2166cb3d6fbae2c0367" },
        { 1, 32, "d0a1839aa08c4c6de36ec943058226b178b9c52f58537dbd027507e5dedb12f9" },
        { 1, 33, "e54bea31cfc8c4590138818963a607ce8b3b26922d" },
        { 1, 100,
          "66bdd6205216cb0eaf5587bdf07c13c1cfd856980406f889e76b8e77143db66d2441890adbc81cd6cf7e307b9d5cd7af55fcf949a7b9"
          "1637"
          "36935dbb84c64025429e31cf5dc8" },
    };
    tg_bytes label = hex("2ad01c6401ffffffff03a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].out) / 2;
        uint8_t *out = hold(len);
        assert_int_equal(tg_prf(crypto, cases[i].prf, count_from(0x10, cases[i].inkey_len), label, out, len), TG_OK);
        assert_octets(tg_bytes_of(out, len), cases[i].out);
    }
}

static void prf_refuses(void **state)
{
    (void)state;
    uint8_t out[8] = { 0 };
    tg_bytes key = count_from(0, 16), label = count_from(0, 10);
    assert_int_equal(tg_prf(crypto, 2, key, label, out, 8), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_prf(crypto, 0x7f, key, label, out, 8), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_prf(crypto, 0, tg_bytes_of(NULL, 0), label, out, 8), TG_BAD_KEY);
    assert_int_equal(tg_prf(crypto, 0, key, label, out, 0), TG_OK);
    /* An empty label is odd and harmless. */
    assert_int_equal(tg_prf(crypto, 1, key, tg_bytes_of(NULL, 0), out, 8), TG_OK);
    /* What a stranger may ask for is bounded: a TGK of 64 KB, forked. 4 KB is still done. */
    uint8_t *large = hold(65535);
    assert_int_equal(tg_prf(crypto, 0, count_from(0, 65535), label, large, 65535), TG_TOO_LARGE);
    assert_int_equal(tg_prf(crypto, 0, count_from(0, 4096), label, large, 4096), TG_OK);
    assert_int_equal(tg_prf(crypto, 1, count_from(0, 16), count_from(0, 65535), large, 64), TG_OK);
    assert_int_equal(tg_prf(crypto, 1, tg_bytes_of(key.data, SIZE_MAX), label, large, 64), TG_TOO_LARGE);
    assert_int_equal(tg_prf(crypto, 1, key, tg_bytes_of(key.data, SIZE_MAX), large, 64), TG_TOO_LARGE);
    assert_int_equal(tg_prf(crypto, 1, key, label, large, SIZE_MAX), TG_TOO_LARGE);
}

/* ---- labels ------------------------------------------------------------------------------------------------- */

static void check(tg_status status, const tg_derivation *d, const char *name, const char *clause, size_t len,
                  const char *label)
{
    assert_int_equal(status, TG_OK);
    assert_string_equal(d->name, name);
    assert_string_equal(d->clause, clause);
    assert_int_equal(d->outkey_len, len);
    assert_octets(d->label, label);
}

/* The labels as the clauses print them. */
static void labels(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_arena *a = &arena;
    tg_derivation d;
    tg_bytes key = count_from(0, 24);
    tg_rands i = { hex("a1a2"), { NULL, 0 } }, r = { { NULL, 0 }, hex("b1") }, both = { hex("a1a2"), hex("b1") };
    check(tg_derive_message_key(a, 1, key, TG_USE_AUTH, 0x01020304, TG_DIRECTION_INITIAL, i, 32, &d), &d, "auth_key",
          "RFC 6043 5.1.2", 32, "2d22ac75 ff 01020304 01 02a1a2 00");
    assert_int_equal(d.prf_func, 1);
    assert_ptr_equal(d.inkey.data, key.data);
    check(tg_derive_message_key(a, 0, key, TG_USE_ENCR, 0x01020304, TG_DIRECTION_RESPONSE, both, 16, &d), &d,
          "encr_key", "RFC 6043 5.1.2", 16, "150533e1 ff 01020304 02 02a1a2 01b1");
    check(tg_derive_message_key(a, 0, key, TG_USE_SALT, 0xfffefdfc, TG_DIRECTION_INITIAL, r, 14, &d), &d, "salt_key",
          "RFC 6043 5.1.2", 14, "29b88916 ff fffefdfc 01 00 01b1");
    check(tg_derive_session_key(a, 0, key, TG_USE_TEK, 7, both, 16, &d), &d, "tek", "RFC 6043 5.1.3", 16,
          "2ad01c64 07 ffffffff 03 02a1a2 01b1");
    check(tg_derive_session_key(a, 0, key, TG_USE_SALT, 7, r, 14, &d), &d, "salt", "RFC 6043 5.1.3", 14,
          "39a2c14b 07 ffffffff 03 00 01b1");
    check(tg_derive_session_key(a, 0, key, TG_USE_AUTH, 0, i, 20, &d), &d, "session_auth_key", "RFC 6043 5.1.3", 20,
          "1b5c7973 00 ffffffff 03 02a1a2 00");
    check(tg_derive_session_key(a, 0, key, TG_USE_ENCR, 0xff, i, 16, &d), &d, "session_encr_key", "RFC 6043 5.1.3", 16,
          "15798cef ff ffffffff 03 02a1a2 00");
    check(tg_derive_fork(a, 0, key, true, text_of("bob"), hex("c1c2c3"), &d), &d, "mpkr_forked", "RFC 6043 5.1.1", 24,
          "2b288856 ff ffffffff 00 0003 626f62 03 c1c2c3");
    check(tg_derive_fork(a, 0, key, false, hex(""), hex(""), &d), &d, "tgk_forked", "RFC 6043 5.1.1", 24,
          "1512b54a ff ffffffff 00 0000 00");
    check(tg_derive_vr_key(a, 0, key, 20, &d), &d, "auth_key", "RFC 6043 6.10", 20, "2d22ac75 ff ffffffff 04");
    check(tg_derive_ticket_key(a, 0, key, TG_USE_ENCR, hex("d1d2"), 16, &d), &d, "encr_key", "RFC 6043 A.2.1", 16,
          "150533e1 ff ffffffff 05 02 d1d2");
    check(tg_derive_mpk(a, 0, key, true, hex("d1d2"), &d), &d, "mpki", "RFC 6043 A.2.2", 24,
          "220e99a2 ff ffffffff 06 02 d1d2");
    check(tg_derive_mpk(a, 0, key, false, hex(""), &d), &d, "mpkr", "RFC 6043 A.2.2", 24, "1f4d675b ff ffffffff 06 00");
    check(tg_derive_rfc3830_message_key(a, 0, key, TG_USE_AUTH, 0x01020304, hex("d1d2"), 20, &d), &d, "auth_key",
          "RFC 3830 4.1.4", 20, "2d22ac75 ff 01020304 d1d2");
    check(tg_derive_rfc3830_session_key(a, 0, key, TG_USE_TEK, 3, 0x01020304, hex("d1d2"), 16, &d), &d, "tek",
          "RFC 3830 4.1.3", 16, "2ad01c64 03 01020304 d1d2");
}

/* From the PSK to the key, with values that Python's hmac gives. */
static void whole(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_derivation d;
    tg_bytes out, psk = count_from(0, 16);
    tg_rands i = { count_from(0x40, 16), { NULL, 0 } }, both = { count_from(0x40, 16), count_from(0x80, 4) };
    assert_int_equal(tg_derive_message_key(&arena, 1, psk, TG_USE_AUTH, 0x01020304, 1, i, 32, &d), TG_OK);
    assert_int_equal(tg_derivation_run_in(crypto, &d, &arena, &out), TG_OK);
    assert_octets(out, "4c101c074750312c06e290b028d081cd3f7344ab9d010b60e665ac193c2ef17a");
    assert_int_equal(tg_derive_message_key(&arena, 0, psk, TG_USE_ENCR, 0x01020304, 2, both, 16, &d), TG_OK);
    assert_int_equal(tg_derivation_run_in(crypto, &d, &arena, &out), TG_OK);
    assert_octets(out, "38cc3f8ef6ec8252170cd67ae122f62f");
    uint8_t again[16];
    assert_int_equal(tg_derivation_run(crypto, &d, again), TG_OK);
    assert_memory_equal(again, out.data, 16);
}

static void derivations_refused(void **state)
{
    (void)state;
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_derivation d;
    tg_bytes key = count_from(0, 16), most = count_from(0, 255), more = count_from(0, 256), none = { NULL, 0 };
    tg_rands fits = { most, most }, too_long = { none, more };
    assert_int_equal(tg_derive_message_key(&arena, 0, key, TG_USE_AUTH, 1, 1, fits, 20, &d), TG_OK);
    assert_int_equal(tg_derive_message_key(&arena, 0, key, TG_USE_AUTH, 1, 1, too_long, 20, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_session_key(&arena, 0, key, TG_USE_TEK, 1, too_long, 16, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_ticket_key(&arena, 0, key, TG_USE_AUTH, more, 20, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_mpk(&arena, 0, key, true, more, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_fork(&arena, 0, key, true, none, more, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_fork(&arena, 0, key, true, count_from(0, 65536), none, &d), TG_OVERFLOW);
    assert_int_equal(tg_derive_message_key(&arena, 0, key, TG_USE_TEK, 1, 1, fits, 20, &d), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_derive_ticket_key(&arena, 0, key, TG_USE_TEK, most, 20, &d), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_derive_message_key(&arena, 2, key, TG_USE_AUTH, 1, 1, fits, 20, &d), TG_UNKNOWN_ALGORITHM);
    tg_arena small = tg_arena_of(memory, 64);
    assert_int_equal(tg_derive_message_key(&small, 0, key, TG_USE_AUTH, 1, 1, fits, 20, &d), TG_ARENA_FULL);
    assert_int_equal(tg_derive_vr_key(&small, 0, none, 20, &d), TG_OK);
    size_t before = small.used;
    tg_bytes out;
    assert_int_equal(tg_derivation_run_in(crypto, &d, &small, &out), TG_BAD_KEY);
    assert_int_equal(small.used, before);
    d.inkey = key;
    d.outkey_len = 64;
    assert_int_equal(tg_derivation_run_in(crypto, &d, &small, &out), TG_ARENA_FULL);
}

/* ---- MAC ---------------------------------------------------------------------------------------------------- */

static void rfc_4231(void **state)
{
    (void)state;
    uint8_t *aa = hold(131), *data50 = hold(50);
    memset(aa, 0xaa, 131);
    memset(data50, 0xdd, 50);
    const struct {
        tg_bytes key, data;
        const char *mac;
    } cases[] = {
        { hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), text_of("Hi There"),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { text_of("Jefe"), text_of("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { tg_bytes_of(aa, 20), tg_bytes_of(data50, 50),
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { tg_bytes_of(aa, 131), text_of("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* In two pieces, to see that pieces join. */
        tg_coverage c = { .num = 0 };
        tg_cover_octets(tg_bytes_of(cases[i].data.data, 3), &c);
        tg_cover_octets(tg_bytes_of(cases[i].data.data + 3, cases[i].data.len - 3), &c);
        uint8_t mac[TG_MAC_MAX];
        assert_int_equal(tg_mac(crypto, TG_MAC_HMAC_SHA_256_256, cases[i].key, &c, mac), TG_OK);
        assert_octets(tg_bytes_of(mac, 32), cases[i].mac);
    }
}

static void macs(void **state)
{
    (void)state;
    tg_bytes key = text_of("Jefe");
    tg_coverage c = { .num = 0 };
    tg_cover_octets(text_of("what do ya want for nothing?"), &c);
    uint8_t mac[TG_MAC_MAX];
    /* HMAC-SHA-1 of the same: Python's hmac. */
    assert_int_equal(tg_mac(crypto, TG_MAC_HMAC_SHA_1_160, key, &c, mac), TG_OK);
    assert_octets(tg_bytes_of(mac, 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, key, &c, tg_bytes_of(mac, 20)), TG_OK);
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, key, &c, tg_bytes_of(mac, 19)), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, key, &c, tg_bytes_of(NULL, 0)), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_256_256, key, &c, tg_bytes_of(mac, 20)), TG_NOT_AUTHENTIC);
    for (size_t bit = 0; bit < 160; bit += 53) {
        mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, key, &c, tg_bytes_of(mac, 20)), TG_NOT_AUTHENTIC);
        mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, text_of("Jeff"), &c, tg_bytes_of(mac, 20)),
                     TG_NOT_AUTHENTIC);
    /* The NULL MAC says nothing, whatever stands there. */
    assert_int_equal(tg_mac(crypto, TG_MAC_NULL, key, &c, mac), TG_OK);
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_NULL, key, &c, tg_bytes_of(NULL, 0)), TG_NOT_AUTHENTIC);
    assert_int_equal(tg_mac(crypto, 3, key, &c, mac), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_mac_verify(crypto, 255, key, &c, tg_bytes_of(mac, 20)), TG_UNKNOWN_ALGORITHM);
    assert_int_equal(tg_mac(crypto, TG_MAC_HMAC_SHA_1_160, tg_bytes_of(NULL, 0), &c, mac), TG_BAD_KEY);
    size_t len, key_len;
    assert_true(tg_mac_sizes(TG_MAC_HMAC_SHA_256_256, &len, &key_len) && len == 32 && key_len == 32);
    assert_true(tg_mac_sizes(TG_MAC_HMAC_SHA_1_160, &len, &key_len) && len == 20 && key_len == 20);
    assert_true(tg_mac_sizes(TG_MAC_NULL, &len, &key_len) && len == 0 && key_len == 0);
    assert_false(tg_mac_sizes(3, &len, &key_len));
}

static void hashes(void **state)
{
    (void)state;
    /* "abc": RFC 3174, RFC 1321, FIPS 180. */
    static const char *const expected[] = { "a9993e364706816aba3e25717850c26c9cd0d89d",
                                            "900150983cd24fb0d6963f7d28e17f72",
                                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" };
    uint8_t out[32];
    size_t len = 0;
    for (uint8_t i = 0; i < 3; i++) {
        assert_true(tg_hash_octets(crypto, i, text_of("abc"), out, &len));
        assert_octets(tg_bytes_of(out, len), expected[i]);
    }
    assert_true(tg_hash_octets(crypto, TG_HASH_MD5, tg_bytes_of(NULL, 0), out, &len));
    assert_octets(tg_bytes_of(out, len), "d41d8cd98f00b204e9800998ecf8427e");
    assert_false(tg_hash_octets(crypto, 3, text_of("abc"), out, &len));
    assert_false(tg_hash_octets(crypto, 255, text_of("abc"), out, &len));
}

static void secrets(void **state)
{
    (void)state;
    uint8_t octets[4] = { 1, 2, 3, 4 };
    assert_true(tg_equal_secret(tg_bytes_of(NULL, 0), tg_bytes_of(NULL, 0)));
    assert_true(tg_equal_secret(hex("01020304"), tg_bytes_of(octets, 4)));
    assert_false(tg_equal_secret(hex("010203"), tg_bytes_of(octets, 4)));
    assert_false(tg_equal_secret(hex("01020305"), tg_bytes_of(octets, 4)));
    tg_wipe(octets, 4);
    assert_octets(tg_bytes_of(octets, 4), "00000000");
    tg_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(published), CRYPTO_TEST(blocks), CRYPTO_TEST(prf_refuses),
        CRYPTO_TEST(labels),    CRYPTO_TEST(whole),  CRYPTO_TEST(derivations_refused),
        CRYPTO_TEST(rfc_4231),  CRYPTO_TEST(macs),   CRYPTO_TEST(hashes),
        CRYPTO_TEST(secrets),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
