/* crypto: every allocation of OpenSSL fails in turn, and what OpenSSL gives back holds no key. OpenSSL takes other allocators
 * only before it has allocated anything, so this is a program of its own. */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "test_crypto_allocator.h"

/* ---- one of everything -------------------------------------------------------------------------------------- */

static uint8_t memory[1 << 16];
static tg_settings settings;
static tg_pk *key, *certificate, *root; /* kms.pem, its certificate, its issuer's */
static tg_bytes signature, sealed, sealed_oaep, wrapped;
static tg_coverage covered;

static tg_status new_handle(tg_arena *arena)
{
    (void)arena;
    tg_crypto *c = NULL;
    tg_status status = tg_crypto_new(&c);
    tg_crypto_free(c);
    return status;
}

static tg_status prf(tg_arena *arena)
{
    tg_derivation d;
    tg_bytes out;
    tg_rands rands = { count_from(1, 16), { NULL, 0 } };
    tg_status status = tg_derive_message_key(arena, TG_PRF_HMAC_SHA_256, needles[0], TG_USE_AUTH, 1, 1, rands, 80, &d);
    return status == TG_OK ? tg_derivation_run_in(crypto, &d, arena, &out) : status;
}

static tg_status mac(tg_arena *arena)
{
    (void)arena;
    uint8_t out[TG_MAC_MAX];
    tg_status status = tg_mac(crypto, TG_MAC_HMAC_SHA_256_256, needles[1], &covered, out);
    if (status == TG_OK)
        status = tg_mac_verify(crypto, TG_MAC_HMAC_SHA_256_256, needles[1], &covered, tg_bytes_of(out, 32));
    return status;
}

static tg_status aes_cm(tg_arena *arena)
{
    tg_bytes out, back, iv = count_from(1, 16);
    tg_status status = tg_kemac_encrypt(crypto, &settings, TG_ENCR_AES_CM_128, needles[2], iv, needles[3], arena, &out);
    if (status == TG_OK)
        status = tg_kemac_decrypt(crypto, TG_ENCR_AES_CM_128, needles[2], iv, out, arena, &back);
    if (status == TG_OK)
        assert_true(tg_bytes_equal(back, needles[3]));
    return status;
}

static tg_status wrap(tg_arena *arena)
{
    tg_bytes out;
    tg_settings zero = { .kw_pad = TG_KW_PAD_ZERO };
    tg_bytes iv = count_from(1, 8), most = tg_bytes_of(needles[3].data, 21); /* the second one is padded */
    tg_status status = tg_kemac_encrypt(crypto, &settings, TG_ENCR_AES_KW_128, needles[2], iv, needles[3], arena, &out);
    return status == TG_OK ? tg_kemac_encrypt(crypto, &zero, TG_ENCR_AES_KW_128, needles[2], iv, most, arena, &out)
                           : status;
}

static tg_status unwrap(tg_arena *arena)
{
    tg_bytes out;
    tg_status status = tg_kemac_decrypt(crypto, TG_ENCR_AES_KW_128, needles[2], count_from(1, 8), wrapped, arena, &out);
    if (status == TG_OK)
        assert_true(tg_bytes_equal(out, needles[3]));
    return status;
}

static tg_status hash(tg_arena *arena)
{
    (void)arena;
    uint8_t out[32];
    size_t len;
    bool ok = tg_hash_octets(crypto, TG_HASH_SHA_1, needles[0], out, &len) &&
              tg_hash_octets(crypto, TG_HASH_MD5, needles[0], out, &len);
    return ok ? TG_OK : TG_NO_MEMORY;
}

static tg_status read_key(tg_arena *arena)
{
    (void)arena;
    tg_pk *pk = NULL;
    reads_private_key = true;
    tg_status status = tg_pk_from_pem(crypto, source_file("vectors/keys/kms.pem"), &pk);
    reads_private_key = false;
    tg_pk_free(pk);
    return status;
}

static tg_status read_certificate(tg_arena *arena)
{
    (void)arena;
    tg_pk *pk = NULL;
    tg_bytes der = source_file("vectors/keys/kms.der");
    size_t size;
    tg_status status = tg_pk_from_der_certificate(crypto, der, &pk);
    tg_pk_free(pk);
    return status == TG_OK ? tg_certificate_size(crypto, der, &size) : status;
}

static tg_status sign(tg_arena *arena)
{
    tg_bytes out;
    tg_status status = tg_sign_make(crypto, key, TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_256, &covered, arena, &out);
    return status == TG_OK
               ? tg_sign_make(crypto, key, TG_S_TYPE_RSA_PKCS_1_1_5, TG_HASH_IS_SHA_1, &covered, arena, &out)
               : status;
}

static tg_status verify(tg_arena *arena)
{
    (void)arena;
    return tg_sign_verify(crypto, certificate, TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_256, &covered, signature);
}

static tg_status seal(tg_arena *arena)
{
    tg_bytes out;
    return tg_pke_seal(crypto, &settings, certificate, needles[4], arena, &out);
}

static tg_status open_with(const tg_settings *how, tg_bytes data, tg_arena *arena)
{
    tg_bytes out;
    tg_status status = tg_pke_open(crypto, how, key, data, arena, &out);
    /* An OpenSSL that rejects implicitly gives another key where this one could not be had. */
    if (status == TG_OK && !tg_bytes_equal(out, needles[4]) && how->pke_pad == TG_PKE_PAD_PKCS1 &&
        OPENSSL_VERSION_PREREQ(3, 2))
        status = TG_NOT_AUTHENTIC;
    if (status == TG_OK)
        assert_true(tg_bytes_equal(out, needles[4]));
    return status;
}

static tg_status open_pkcs1(tg_arena *arena)
{
    return open_with(&settings, sealed, arena);
}

static tg_status open_oaep(tg_arena *arena)
{
    tg_settings oaep = { .pke_pad = TG_PKE_PAD_OAEP };
    return open_with(&oaep, sealed_oaep, arena);
}

static tg_status names(tg_arena *arena)
{
    (void)arena;
    return tg_pk_has_name(certificate, text_of("kms.example.com")) ? TG_OK : TG_NO_MEMORY;
}

static tg_status path(tg_arena *arena)
{
    (void)arena;
    tg_pk *chain[] = { certificate, root };
    if (!tg_pk_is_issued_by(crypto, certificate, root))
        return TG_NO_MEMORY;
    return tg_pk_verify_path(crypto, chain, 2, &root, 1, true, 1800000000);
}

/* `otherwise`: what a lack of memory cannot be told from. */
static const struct {
    const char *name;
    tg_status (*run)(tg_arena *arena);
    tg_status otherwise;
    bool many; /* thousands of allocations */
} runs[] = {
    { "new_handle", new_handle, TG_NO_MEMORY, true },
    { "prf", prf, TG_NO_MEMORY, false },
    { "mac", mac, TG_NO_MEMORY, false },
    { "aes_cm", aes_cm, TG_NO_MEMORY, false },
    { "wrap", wrap, TG_NO_MEMORY, false },
    { "unwrap", unwrap, TG_NOT_AUTHENTIC, false },
    { "hash", hash, TG_NO_MEMORY, false },
    { "read_key", read_key, TG_BAD_KEY, false },
    { "read_certificate", read_certificate, TG_BAD_KEY, true },
    { "sign", sign, TG_BAD_KEY, false },
    { "verify", verify, TG_NOT_AUTHENTIC, false },
    { "seal", seal, TG_BAD_KEY, false },
    { "open_pkcs1", open_pkcs1, TG_NOT_AUTHENTIC, false },
    { "open_oaep", open_oaep, TG_NOT_AUTHENTIC, false },
    { "names", names, TG_NO_MEMORY, false },
    { "path", path, TG_NOT_AUTHENTIC, false },
};
enum { NUM_RUNS = sizeof runs / sizeof runs[0] };

static size_t num_kept; /* of `held`: what all runs use */

static tg_status run(size_t i)
{
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_status status = runs[i].run(&arena);
    tg_arena_wipe(&arena, 0);
    while (num_held > num_kept)
        free(held[--num_held]);
    return status;
}

/* ---- the tests ---------------------------------------------------------------------------------------------- */

/* Reading a certificate and making a handle take thousands of allocations, so every 13th of theirs is made to fail, or, with
 * TICKETGATE_EVERY_ALLOCATION in the environment, every one, which takes minutes. */
static void each_fails(bool all_after)
{
    bool every = getenv("TICKETGATE_EVERY_ALLOCATION") != NULL;
    looks = false;
    for (size_t i = 0; i < NUM_RUNS; i++) {
        size_t at = 1, told = 0, tried = 0;
        assert_int_equal(run(i), TG_OK); /* what OpenSSL keeps for good it has now */
        ERR_clear_error();
        counts_ours = runs[i].run == new_handle;
        size_t before = count_live(), step = runs[i].many && !every ? 13 : 1;
        for (bool reached = true; reached; at += step) {
            failures = 0;
            tried++;
            fails_on = all_after;
            until_failure = at;
            tg_status status = run(i);
            until_failure = 0;
            reached = failures > 0;
            if (status != TG_OK && status != TG_NO_MEMORY && status != runs[i].otherwise)
                fail_msg("%s: %s at allocation %zu", runs[i].name, tg_status_name(status), at);
            if (!reached)
                assert_int_equal(status, TG_OK);
            told += status == TG_NO_MEMORY;
            if (ERR_peek_error() != 0 && status != TG_OK)
                fail_msg("%s: an error is left in the queue at allocation %zu", runs[i].name, at);
            ERR_clear_error();
            size_t after = count_live();
            if (after > before)
                fail_msg("%s: %zu blocks leaked at allocation %zu", runs[i].name, after - before, at);
            if (at % 16 == 0 || !reached)
                assert_int_equal(run(i), TG_OK); /* the handle still works */
        }
        if (runs[i].otherwise == TG_NO_MEMORY)
            assert_true(told > 0);
        print_message("%s: %zu allocations failed, %zu times no_memory\n", runs[i].name, tried - 1, told);
    }
}

static void one_fails(void **state)
{
    (void)state;
    each_fails(false);
}

static void all_after_one_fail(void **state)
{
    (void)state;
    each_fails(true);
}

/* Looks through the blocks in use: what the handle keeps between two calls. The prime, the last two of what is
 * looked for, is in the key that we hold. */
static void look_at_live(void)
{
    for (const block_head *head = first_block; head; head = head->of.next) {
        for (size_t i = 0; i < num_needles - 2; i++) {
            if (holds((const uint8_t *)(head + 1), head->of.len, needles[i]))
                found = needle_names[i];
        }
    }
}

/* No block that OpenSSL gives back or the handle keeps, and nothing in the arena, holds a key. */
static void nothing_left(void **state)
{
    (void)state;
    looks = true;
    for (size_t i = 0; i < NUM_RUNS; i++) {
        found = NULL;
        assert_int_equal(run(i), TG_OK);
        look_at_live();
        if (found)
            fail_msg("%s leaves the %s behind", runs[i].name, found);
        for (size_t j = 0; j < num_needles; j++)
            assert_false(holds(memory, sizeof memory, needles[j]));
    }
    /* The last key that the handle used goes with it. */
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_crypto *c, *other = crypto;
    assert_int_equal(tg_crypto_new(&c), TG_OK);
    crypto = c;
    assert_int_equal(prf(&arena), TG_OK);
    assert_int_equal(mac(&arena), TG_OK);
    assert_int_equal(unwrap(&arena), TG_OK);
    assert_int_equal(aes_cm(&arena), TG_OK);
    crypto = other;
    tg_crypto_free(c);
    assert_null(found);
    tg_arena_wipe(&arena, 0);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static void look_for(const char *name, tg_bytes octets)
{
    needle_names[num_needles] = name;
    needles[num_needles++] = octets;
}

static tg_bytes kept(tg_bytes octets)
{
    uint8_t *copy = hold(octets.len);
    memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

/* 64 octets of the first prime, from the PKCS#8 text: of 2048 bits, it stands behind n, e and d. */
static tg_bytes prime(void)
{
    tg_bytes pem = source_file("vectors/keys/kms.pem");
    const char *text = strstr((const char *)pem.data, "-----\n") + 6;
    const char *end = strstr(text, "-----END");
    uint8_t *der = hold(tg_base64_decoded_max((size_t)(end - text)));
    size_t len, at;
    assert_int_equal(tg_base64_decode(text, (size_t)(end - text), der, &len, &at), TG_OK);
    for (size_t i = 0; i + 4 + 129 < len; i++) {
        if (der[i] == 0x02 && der[i + 1] == 0x81 && der[i + 2] == 0x81 && der[i + 3] == 0)
            return tg_bytes_of(der + i + 4, 64);
    }
    fail_msg("no prime found");
    return pem;
}

static int set_up(void **state)
{
    if (make_crypto(state) != 0)
        return -1;
    look_for("inkey", count_from(0x20, 32));
    look_for("auth_key", count_from(0x40, 32));
    look_for("encr_key", count_from(0x60, 16));
    look_for("plaintext", count_from(0x80, 24));
    look_for("envelope key", count_from(0xa0, 16));
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_settings oaep = { .pke_pad = TG_PKE_PAD_OAEP };
    tg_derivation d;
    tg_rands rands = { count_from(1, 16), { NULL, 0 } };
    tg_bytes out;
    assert_int_equal(tg_derive_message_key(&arena, TG_PRF_HMAC_SHA_256, needles[0], TG_USE_AUTH, 1, 1, rands, 80, &d),
                     TG_OK);
    assert_int_equal(tg_derivation_run_in(crypto, &d, &arena, &out), TG_OK);
    look_for("derived key", kept(tg_bytes_of(out.data, 16)));
    look_for("plaintext's beginning", tg_bytes_of(needles[3].data, 16));
    tg_bytes p = prime();
    uint8_t *reversed = hold(p.len);
    for (size_t i = 0; i < p.len; i++)
        reversed[i] = p.data[p.len - 1 - i];
    look_for("prime", p);
    look_for("prime, its last octet first", tg_bytes_of(reversed, p.len));
    tg_cover_octets(count_from(0xc0, 40), &covered);
    assert_int_equal(tg_pk_from_pem(crypto, source_file("vectors/keys/kms.pem"), &key), TG_OK);
    assert_int_equal(tg_pk_from_der_certificate(crypto, source_file("vectors/keys/kms.der"), &certificate), TG_OK);
    assert_int_equal(tg_pk_from_der_certificate(crypto, source_file("vectors/keys/ca.der"), &root), TG_OK);
    assert_int_equal(tg_sign_make(crypto, key, TG_S_TYPE_RSA_PSS, TG_HASH_IS_SHA_256, &covered, &arena, &out), TG_OK);
    signature = kept(out);
    assert_int_equal(tg_pke_seal(crypto, &settings, certificate, needles[4], &arena, &out), TG_OK);
    sealed = kept(out);
    assert_int_equal(tg_pke_seal(crypto, &oaep, certificate, needles[4], &arena, &out), TG_OK);
    sealed_oaep = kept(out);
    assert_int_equal(
        tg_kemac_encrypt(crypto, &settings, TG_ENCR_AES_KW_128, needles[2], count_from(1, 8), needles[3], &arena, &out),
        TG_OK);
    wrapped = kept(out);
    tg_arena_wipe(&arena, 0);
    num_kept = num_held;
    return 0;
}

static int tear_down(void **state)
{
    tg_pk_free(key);
    tg_pk_free(certificate);
    tg_pk_free(root);
    num_needles = 0;
    drop_held(state);
    return free_crypto(state);
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(counting_malloc, counting_realloc, counting_free))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_left),
        cmocka_unit_test(one_fails),
        cmocka_unit_test(all_after_one_fail),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
