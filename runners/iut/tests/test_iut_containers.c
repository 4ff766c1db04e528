/* The reference opens what the room smime makes, and makes what that opens; each mutant of containers does otherwise in its own
 * way, and in no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attach.h"
#include "ticketgate/smime.h"

enum { CONTENT_LEN = 100, MOST = 4096 };

static tg_crypto *crypto;
static uint8_t content[CONTENT_LEN];
static const uint8_t id_a[] = { 0xa1, 0xb2, 0xc3, 0xd4 }, id_b[] = { 0x0b };
static const uint8_t kek[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
static const uint8_t other_kek[32] = { 99 };
static const tgi_kek key_128 = { { id_a, 4 }, { kek, 16 } }, key_256 = { { id_a, 4 }, { kek, 32 } };
static const tgi_kek second = { { id_b, 1 }, { other_kek, 16 } }, wrong = { { id_a, 4 }, { other_kek, 16 } };

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 37 + 11);
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

static iut *attach(const char *mutant)
{
    const char *reason = "";
    iut *u = iut_attach(&(iut_options){ .mutant = mutant, .in_process = true }, &reason);
    if (!u)
        fail_msg("%s", reason);
    return u;
}

/* What is in a container, by the room itself. */
typedef struct inside {
    uint8_t cek[TG_SMIME_CEK_MAX], nonce[32];
    size_t cek_len, nonce_len, num_recipients;
} inside;

static tg_smime parse(tg_bytes octets, tg_arena *arena)
{
    tg_smime parsed;
    tg_diag diag;
    assert_int_equal(tg_smime_parse(octets, arena, &parsed, &diag), TG_OK);
    return parsed;
}

static size_t make(tg_smime_alg alg, const tgi_kek *keys, size_t num, size_t tag_len, uint8_t out[MOST])
{
    tg_smime_key list[2];
    tg_seeded_random random;
    tg_random source = tg_seeded_random_source(&random);
    size_t len;
    for (size_t i = 0; i < num; i++)
        list[i] = (tg_smime_key){ tg_bytes_of(keys[i].id.data, keys[i].id.len),
                                  tg_bytes_of(keys[i].kek.data, keys[i].kek.len) };
    tg_smime_plan plan = { .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED,
                           .alg = alg,
                           .tag_len = tag_len,
                           .recipients = list,
                           .num_recipients = num };
    assert_int_equal(tg_seeded_random_init(&random, crypto, tg_bytes_of("containers", 10)), TG_OK);
    assert_int_equal(tg_smime_make(crypto, &plan, tg_bytes_of(content, sizeof content), &source, out, MOST, &len),
                     TG_OK);
    return len;
}

static tgi_reply ask(iut *u, const uint8_t *octets, size_t len, const tgi_kek *key)
{
    tgi_reply reply;
    assert_int_equal(iut_open_container(u, (tgi_octets){ octets, len }, key, 1, &reply), IUT_OK);
    return reply;
}

static bool opens(iut *u, const uint8_t *octets, size_t len, const tgi_kek *key)
{
    tgi_reply reply = ask(u, octets, len, key);
    return reply.outcome == TGI_ACCEPTED && reply.content.len == sizeof content &&
           memcmp(reply.content.data, content, sizeof content) == 0;
}

/* Rejected, nothing of the content told, and why. */
static void expect_shut(iut *u, const uint8_t *octets, size_t len, const tgi_kek *key, const char *error)
{
    tgi_reply reply = ask(u, octets, len, key);
    assert_int_equal(reply.outcome, TGI_REJECTED);
    assert_int_equal(reply.content.len, 0);
    assert_string_equal(reply.error, error);
}

static const tg_smime_alg algs[] = { TG_SMIME_AES_128_GCM, TG_SMIME_AES_256_GCM, TG_SMIME_AES_128_CCM,
                                     TG_SMIME_AES_256_CCM };
#define NUM_ALGS (sizeof algs / sizeof *algs)

static void test_opens(void **state)
{
    (void)state;
    iut *u = attach(NULL);
    uint8_t octets[MOST];
    for (size_t i = 0; i < NUM_ALGS; i++) {
        const tgi_kek *key = tg_smime_alg_key_len(algs[i]) == 32 ? &key_256 : &key_128;
        size_t len = make(algs[i], key, 1, 12, octets);
        assert_true(opens(u, octets, len, key));
        expect_shut(u, octets, len, key == &key_128 ? &wrong : &(tgi_kek){ { id_a, 4 }, { other_kek, 32 } }, "auth");
        octets[len - 1] ^= 1;
        expect_shut(u, octets, len, key, "auth");
        octets[len - 1] ^= 1;
        expect_shut(u, octets, len - 1, key, "parse");
        expect_shut(u, octets, 0, key, "parse");
    }
    iut_detach(u);
}

static void test_no_recipient(void **state)
{
    (void)state;
    iut *u = attach(NULL);
    uint8_t octets[MOST];
    const tgi_kek both[] = { key_128, second }, nobody[] = { { { kek, 3 }, { kek, 16 } }, { { kek, 5 }, { kek, 16 } } };
    size_t len = make(TG_SMIME_AES_128_GCM, both, 2, 12, octets);
    assert_true(opens(u, octets, len, &key_128) && opens(u, octets, len, &second));
    tgi_reply reply;
    assert_int_equal(iut_open_container(u, (tgi_octets){ octets, len }, nobody, 2, &reply), IUT_OK);
    assert_int_equal(reply.outcome, TGI_REJECTED);
    assert_string_equal(reply.error, "id");
    assert_int_equal(iut_open_container(u, (tgi_octets){ octets, len }, NULL, 0, &reply), IUT_OK);
    assert_int_equal(reply.outcome, TGI_UNSUPPORTED);
    iut_detach(u);
}

/* A container of the IUT, opened by the room. */
static inside look(iut *u, tg_smime_alg alg, const tgi_kek *keys, size_t num, uint8_t tag_len)
{
    tgi_container what = { .content = { content, sizeof content },
                           .keys = keys,
                           .num_keys = num,
                           .algorithm = tg_smime_alg_name(alg),
                           .tag_len = tag_len };
    tgi_reply reply;
    uint8_t out[CONTENT_LEN];
    size_t len;
    tg_smime_opened opened;
    inside found = { 0 };
    assert_int_equal(iut_make_container(u, &what, &reply), IUT_OK);
    assert_int_equal(reply.outcome, TGI_ACCEPTED);
    tg_bytes octets = tg_bytes_of(reply.container.data, reply.container.len);
    uint8_t *block = malloc(tg_smime_arena_size(octets.len));
    tg_arena arena = tg_arena_of(block, tg_smime_arena_size(octets.len));
    tg_smime parsed = parse(octets, &arena);
    assert_true(parsed.alg == alg && parsed.mac.len == tag_len);
    for (size_t i = 0; i < num; i++) {
        tg_smime_key key = { tg_bytes_of(keys[i].id.data, keys[i].id.len),
                             tg_bytes_of(keys[i].kek.data, keys[i].kek.len) };
        tg_smime_opening how = { .keys = &key, .num_keys = 1 };
        assert_int_equal(tg_smime_open(crypto, &parsed, &how, out, sizeof out, &len, &opened), TG_OK);
        assert_true(len == sizeof content && memcmp(out, content, len) == 0);
    }
    memcpy(found.cek, opened.cek, found.cek_len = opened.cek_len);
    memcpy(found.nonce, parsed.nonce.data, found.nonce_len = parsed.nonce.len);
    found.num_recipients = parsed.num_recipients;
    free(block);
    return found;
}

static bool same_cek(const inside *a, const inside *b)
{
    return a->cek_len == b->cek_len && memcmp(a->cek, b->cek, a->cek_len) == 0;
}

static bool same_nonce(const inside *a, const inside *b)
{
    return a->nonce_len == b->nonce_len && memcmp(a->nonce, b->nonce, a->nonce_len) == 0;
}

static void test_makes(void **state)
{
    (void)state;
    const tgi_kek both[] = { key_256, second };
    const char *const mutants[] = { NULL, "container-same-key", "container-same-gcm-nonce",
                                    "container-same-ccm-nonce" };
    for (size_t m = 0; m < sizeof mutants / sizeof *mutants; m++) {
        iut *u = attach(mutants[m]);
        for (size_t i = 0; i < NUM_ALGS; i++) {
            bool ccm = algs[i] == TG_SMIME_AES_128_CCM || algs[i] == TG_SMIME_AES_256_CCM;
            inside first = look(u, algs[i], both, 2, 16), next = look(u, algs[i], both, 2, 16);
            assert_int_equal(first.num_recipients, 2);
            assert_int_equal(same_cek(&first, &next), m == 1 || (m == 2 && !ccm) || (m == 3 && ccm));
            assert_int_equal(same_nonce(&first, &next), (m == 2 && !ccm) || (m == 3 && ccm));
        }
        iut_detach(u);
    }
}

static void test_what_is_not_made(void **state)
{
    (void)state;
    iut *u = attach(NULL);
    tgi_reply reply;
    const struct {
        const char *algorithm;
        uint8_t tag_len;
        size_t kek_len;
    } bad[] = { { "aes-128-cbc", 12, 16 },
                { "aes-128-gcm", 11, 16 },
                { "aes-128-ccm", 13, 16 },
                { "nonsense", 12, 16 },
                { "aes-128-gcm", 12, 15 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tgi_kek key = { { id_a, 4 }, { kek, bad[i].kek_len } };
        tgi_container what = { .content = { content, 5 },
                               .keys = &key,
                               .num_keys = 1,
                               .algorithm = bad[i].algorithm,
                               .tag_len = bad[i].tag_len };
        assert_int_equal(iut_make_container(u, &what, &reply), IUT_OK);
        assert_true(reply.outcome == TGI_REJECTED && reply.container.len == 0);
    }
    iut_detach(u);
}

static bool accepts(const char *mutant, const uint8_t *octets, size_t len, const tgi_kek *key)
{
    iut *u = attach(mutant);
    tgi_reply reply = ask(u, octets, len, key);
    bool yes = reply.outcome == TGI_ACCEPTED;
    iut_detach(u);
    return yes;
}

/* Which mutant takes which wrong container: none of them takes another's, those that look at no tag apart. */
static void test_mutants_that_open(void **state)
{
    (void)state;
    uint8_t first[MOST], last[MOST];
    for (size_t i = 0; i < NUM_ALGS; i++) {
        const tgi_kek *key = tg_smime_alg_key_len(algs[i]) == 32 ? &key_256 : &key_128;
        const tgi_kek other = { { id_a, 4 }, { other_kek, key->kek.len } };
        size_t len = make(algs[i], key, 1, 12, first);
        memcpy(last, first, len);
        first[len - 12] ^= 1; /* mac is the last of a container without unauthAttrs */
        last[len - 1] ^= 1;
        assert_true(accepts("container-any-tag", first, len, key) && accepts("container-any-tag", last, len, key));
        assert_false(accepts("container-any-tag", first, len, &other));
        assert_true(!accepts("container-tag-begins", first, len, key) &&
                    accepts("container-tag-begins", last, len, key));
        assert_true(!accepts("container-any-key", last, len, key) && accepts("container-any-key", last, len, &other));
        assert_false(accepts("container-short-tag", last, len, key) || accepts("container-tells", last, len, key));
        iut *u = attach("container-tells");
        tgi_reply reply = ask(u, last, len, key);
        assert_int_equal(reply.content.len, CONTENT_LEN / 2);
        assert_memory_equal(reply.content.data, content, CONTENT_LEN / 2);
        iut_detach(u);
    }
}

static void test_mutants_that_lack(void **state)
{
    (void)state;
    uint8_t gcm[MOST], ccm[MOST], long_key[MOST], two[MOST];
    const tgi_kek both[] = { key_128, second };
    size_t gcm_len = make(TG_SMIME_AES_128_GCM, &key_128, 1, 12, gcm),
           ccm_len = make(TG_SMIME_AES_128_CCM, &key_128, 1, 12, ccm);
    size_t long_len = make(TG_SMIME_AES_128_GCM, &key_256, 1, 12, long_key);
    size_t two_len = make(TG_SMIME_AES_128_GCM, both, 2, 12, two);
    assert_true(accepts("container-no-ccm", gcm, gcm_len, &key_128) &&
                !accepts("container-no-ccm", ccm, ccm_len, &key_128));
    assert_true(accepts("container-no-wrap-256", ccm, ccm_len, &key_128));
    assert_false(accepts("container-no-wrap-256", long_key, long_len, &key_256));
    assert_true(accepts("container-first-recipient", gcm, gcm_len, &key_128));
    assert_true(accepts("container-first-recipient", two, two_len, &both[0]) !=
                accepts("container-first-recipient", two, two_len, &both[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_no_recipient),
        cmocka_unit_test(test_makes),
        cmocka_unit_test(test_what_is_not_made),
        cmocka_unit_test(test_mutants_that_open),
        cmocka_unit_test(test_mutants_that_lack),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
