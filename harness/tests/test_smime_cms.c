/* smime beside OpenSSL's own CMS, an independent maker and reader: AES-GCM both ways, EnvelopedData that it made, and
 * that our DER is what OpenSSL would encode. It has neither CCM nor AuthenticatedData. */
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "test_smime_notation.h"

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static box b;

static uint8_t *heap_copy(tg_bytes octets)
{
    uint8_t *copy = OPENSSL_memdup(octets.data, octets.len);
    assert_non_null(copy);
    return copy;
}

static tg_bytes taken(CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    assert_true(len > 0);
    uint8_t *octets = hold((size_t)len);
    memcpy(octets, der, (size_t)len);
    OPENSSL_free(der);
    return tg_bytes_of(octets, (size_t)len);
}

/* What OpenSSL makes for these recipients; `stream` gives BER with indefinite lengths and a content in segments. */
static tg_bytes openssl_made(const char *cipher_name, tg_bytes content, const tg_smime_key *keys, size_t num,
                             bool stream)
{
    OSSL_LIB_CTX *lib = tg_crypto_library(crypto);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib, cipher_name, NULL);
    bool aead = strstr(cipher_name, "GCM") != NULL;
    CMS_ContentInfo *cms =
        aead ? CMS_AuthEnvelopedData_create_ex(cipher, lib, NULL) : CMS_EnvelopedData_create_ex(cipher, lib, NULL);
    assert_non_null(cms);
    for (size_t i = 0; i < num; i++)
        assert_non_null(CMS_add0_recipient_key(cms, NID_undef, heap_copy(keys[i].kek), keys[i].kek.len,
                                               heap_copy(keys[i].id), keys[i].id.len, NULL, NULL, NULL));
    BIO *in = BIO_new_mem_buf(content.data, (int)content.len);
    assert_int_equal(CMS_set_detached(cms, 0), 1);
    tg_bytes made;
    if (stream) {
        BIO *out = BIO_new(BIO_s_mem());
        unsigned char **boundary;
        char *octets;
        assert_int_equal(CMS_stream(&boundary, cms), 1);
        assert_int_equal(i2d_CMS_bio_stream(out, cms, in, CMS_STREAM | CMS_BINARY), 1);
        size_t len = (size_t)BIO_get_mem_data(out, &octets);
        uint8_t *copy = hold(len);
        memcpy(copy, octets, len);
        made = tg_bytes_of(copy, len);
        BIO_free(out);
    } else {
        assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
        made = taken(cms);
    }
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
    return made;
}

static void check_opens(tg_bytes octets, tg_bytes content, const tg_smime_key *key, bool allow)
{
    tg_smime_opening how = { .keys = key, .num_keys = 1, .allow_unauthenticated = allow };
    static uint8_t out[1 << 16];
    size_t len;
    assert_int_equal(parse(octets, &b.container, NULL), TG_OK);
    assert_int_equal(tg_smime_open(crypto, &b.container, &how, out, sizeof out, &len, &b.opened), TG_OK);
    assert_int_equal(len, content.len);
    assert_memory_equal(out, content.data, len);
}

static void test_reads_its_gcm(void **state)
{
    (void)state;
    static const char *const names[] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" };
    static const size_t lens[] = { 1, 300, 20000 };
    for (size_t n = 0; n < 3; n++) {
        for (size_t l = 0; l < 3; l++) {
            tg_smime_key keys[2] = { key_of(16), { tg_bytes_of("other", 5), tg_bytes_of(kek_octets, 32) } };
            tg_bytes content = count_from(1, lens[l]), octets = openssl_made(names[n], content, keys, 2, false);
            check_opens(octets, content, &keys[0], false);
            check_opens(octets, content, &keys[1], false);
            /* Its tag has 16 octets: a SHOULD, and nothing else is found but what the algorithm says. */
            static verdict v;
            judge(octets, NULL, &v);
            if (n == 0)
                assert_string_equal(v.findings, "RFC5084-3.2-05");
            uint8_t *changed = hold(octets.len);
            memcpy(changed, octets.data, octets.len);
            changed[octets.len - 1] ^= 1;
            assert_int_equal(open_all(tg_bytes_of(changed, octets.len), &keys[0], 1, &b),
                             lens[l] > sizeof b.out ? TG_BUFFER_FULL : TG_NOT_AUTHENTIC);
            drop_held(NULL);
        }
    }
}

static void test_reads_its_streams(void **state)
{
    (void)state;
    tg_smime_key key = key_of(16);
    tg_bytes content = count_from(1, 20000), octets = openssl_made("AES-128-CBC", content, &key, 1, true);
    check_opens(octets, content, &key, true);
    assert_true(b.container.num_segments > 1);
    assert_int_equal(octets.data[1], 0x80);
}

static void test_reads_its_enveloped(void **state)
{
    (void)state;
    static const char *const names[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
    for (size_t n = 0; n < 3; n++) {
        tg_smime_key key = key_of(32);
        tg_bytes content = tg_bytes_of(hello, sizeof hello - 1),
                 octets = openssl_made(names[n], content, &key, 1, false);
        check_opens(octets, content, &key, true);
        assert_int_equal(open_all(octets, &key, 1, &b), TG_REFUSED);
        uint8_t other[32] = { 5 };
        tg_smime_key wrong = { key.id, tg_bytes_of(other, 32) };
        tg_smime_opening how = { .keys = &wrong, .num_keys = 1, .allow_unauthenticated = true };
        assert_int_equal(parse(octets, &b.container, NULL), TG_OK);
        assert_int_equal(tg_smime_open(crypto, &b.container, &how, b.out, sizeof b.out, &b.len, NULL),
                         TG_NOT_AUTHENTIC);
        static verdict v;
        judge(octets, &how, &v);
        assert_int_equal(v.j.outcome, TG_SMIME_FAILED);
        assert_string_equal(v.findings, "TS33328-I.2.1-05"); /* there is nothing to verify */
        how.keys = &key;
        judge(octets, &how, &v);
        assert_int_equal(v.j.outcome, TG_SMIME_OPENED);
        assert_true(tg_bytes_equal(v.j.content, content));
        drop_held(NULL);
    }
}

static void test_it_reads_ours(void **state)
{
    (void)state;
    static const tg_smime_alg algs[] = { TG_SMIME_AES_128_GCM, TG_SMIME_AES_256_GCM };
    for (size_t a = 0; a < 2; a++) {
        for (size_t tag = 12; tag <= 16; tag++) {
            tg_smime_key keys[2] = { key_of(16), { tg_bytes_of("other", 5), tg_bytes_of(kek_octets, 32) } };
            tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                                   .alg = algs[a],
                                   .tag_len = tag,
                                   .recipients = keys,
                                   .num_recipients = 2 };
            tg_bytes octets = make(&plan, tg_bytes_of(hello, sizeof hello - 1));
            const unsigned char *p = octets.data;
            CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(tg_crypto_library(crypto), NULL);
            assert_non_null(d2i_CMS_ContentInfo(&cms, &p, (long)octets.len));
            /* Encoded anew by OpenSSL it is the same octets: it was DER. */
            tg_bytes again = taken(cms);
            assert_int_equal(again.len, octets.len);
            assert_memory_equal(again.data, octets.data, octets.len);
            size_t which = tag % 2;
            BIO *out = BIO_new(BIO_s_mem());
            uint8_t *kek = heap_copy(keys[which].kek);
            assert_int_equal(
                CMS_decrypt_set1_key(cms, kek, keys[which].kek.len, keys[which].id.data, keys[which].id.len), 1);
            assert_int_equal(CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY), 1);
            char *content;
            assert_int_equal(BIO_get_mem_data(out, &content), sizeof hello - 1);
            assert_memory_equal(content, hello, sizeof hello - 1);
            OPENSSL_free(kek);
            BIO_free(out);
            CMS_ContentInfo_free(cms);
            drop_held(NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { CRYPTO_TEST(test_reads_its_gcm), CRYPTO_TEST(test_reads_its_streams),
                                        CRYPTO_TEST(test_reads_its_enveloped), CRYPTO_TEST(test_it_reads_ours) };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
