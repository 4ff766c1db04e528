/* smime: what is made can be read, in every algorithm, size and shape. */
#include "test_smime_support.h"

static const tg_smime_alg aeads[] = { TG_SMIME_AES_128_GCM, TG_SMIME_AES_192_GCM, TG_SMIME_AES_256_GCM,
                                      TG_SMIME_AES_128_CCM, TG_SMIME_AES_192_CCM, TG_SMIME_AES_256_CCM };
static const size_t sizes[] = { 0, 1, 15, 16, 17, 127, 128, 300, 2000 };
static const size_t kek_lens[] = { 16, 24, 32 };

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

static void check_opens(tg_bytes octets, tg_bytes content, size_t kek_len)
{
    static box b;
    tg_smime_key key = key_of(kek_len);
    assert_int_equal(open_all(octets, &key, 1, &b), TG_OK);
    assert_int_equal(b.len, content.len);
    assert_memory_equal(b.out, content.data, content.len);
    assert_int_equal(b.opened.recipient, 0);
}

static void test_aead(void **state)
{
    (void)state;
    for (size_t a = 0; a < NUM_OF(aeads); a++) {
        for (size_t s = 0; s < NUM_OF(sizes); s++) {
            for (size_t tag = 4; tag <= 16; tag++) {
                bool gcm = aeads[a] <= TG_SMIME_AES_256_GCM;
                if (gcm ? tag < 12 : tag % 2)
                    continue;
                tg_bytes content = count_from(7, sizes[s]);
                size_t kek_len = kek_lens[(s + tag) % 3];
                tg_bytes octets = make_simple(TG_SMIME_TYPE_IS_AUTH_ENVELOPED, aeads[a], tag, kek_len, content);
                check_opens(octets, content, kek_len);
                drop_held(NULL);
            }
        }
    }
}

static void test_authenticated(void **state)
{
    (void)state;
    for (size_t s = 0; s < NUM_OF(sizes); s++) {
        for (int with = 0; with < 2; with++) {
            tg_smime_alg alg = s % 2 ? TG_SMIME_HMAC_SHA_1 : TG_SMIME_HMAC_SHA_256;
            tg_smime_key key = key_of(16);
            tg_bytes content = count_from(9, sizes[s]);
            tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTHENTICATED,
                                   .alg = alg,
                                   .recipients = &key,
                                   .num_recipients = 1,
                                   .with_attrs = with };
            check_opens(make(&plan, content), content, 16);
            drop_held(NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { CRYPTO_TEST(test_aead), CRYPTO_TEST(test_authenticated) };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
