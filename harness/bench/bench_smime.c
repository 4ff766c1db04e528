/* bench_smime: what protecting and opening a content of 1 MB costs beside the EVP calls that nobody can spare and
 * beside OpenSSL's own CMS, in turn in one process, and the ratios: at most 1.2 of ours to EVP's. Ours: tg_smime_make;
 * tg_smime_parse and tg_smime_open. Bare: EVP with the algorithm fetched and the context made before, key and nonce
 * set, the content encrypted or decrypted, the tag taken or verified: no key is wrapped, nothing is encoded. OpenSSL's
 * CMS (GCM alone: it has no CCM): CMS_AuthEnvelopedData_create_ex, CMS_add0_recipient_key, CMS_final and
 * i2d_CMS_ContentInfo; d2i_CMS_ContentInfo and CMS_decrypt into a memory BIO. Each opens what it made; that it is the
 * content is seen once before it is timed. usage: bench_smime [ROUNDS [TIMES-A-ROUND [OCTETS]]]; the figures are
 * medians over the rounds. Exit code: 1 when a ratio to EVP is above 1.2.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "ticketgate/smime.h"

#define MAX_RATIO 1.2
enum { MAX_ROUNDS = 101, KEK_LEN = 32 };

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench_smime: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(3);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median(double *values, unsigned num)
{
    qsort(values, num, sizeof *values, compare_doubles);
    return values[num / 2];
}

/* ---- what is measured --------------------------------------------------------------------------------------- */

static tg_crypto *crypto;
static uint8_t *content, *made, *opened, *bare_out, *bare_back, *arena_memory;
static size_t content_len, made_max, made_len, arena_len;
static uint8_t kek[KEK_LEN] = { 7 }, key_id[4] = { 1, 2, 3, 4 };
static tg_smime_key recipient;
static tg_smime_alg alg;

static tg_status fill(void *user, uint8_t *out, size_t len)
{
    static uint8_t last;
    (void)user;
    memset(out, ++last, len);
    return TG_OK;
}

static void protect_ours(void)
{
    const tg_smime_plan plan = {
        .type = TG_SMIME_TYPE_IS_AUTH_ENVELOPED, .alg = alg, .recipients = &recipient, .num_recipients = 1
    };
    const tg_random random = { fill, NULL };
    need(tg_smime_make(crypto, &plan, tg_bytes_of(content, content_len), &random, made, made_max, &made_len) == TG_OK,
         "nothing is made");
}

static void open_ours(void)
{
    const tg_smime_opening how = { .keys = &recipient, .num_keys = 1 };
    tg_arena arena = tg_arena_of(arena_memory, arena_len);
    tg_smime container;
    size_t len = 0;
    need(tg_smime_parse(tg_bytes_of(made, made_len), &arena, &container, NULL) == TG_OK &&
             tg_smime_open(crypto, &container, &how, opened, content_len, &len, NULL) == TG_OK && len == content_len,
         "it does not open");
}

/* ---- bare EVP ----------------------------------------------------------------------------------------------- */

static EVP_CIPHER *bare_cipher;
static EVP_CIPHER_CTX *bare;
static uint8_t bare_key[32] = { 3 }, bare_nonce[12] = { 4 }, bare_tag[16];

static bool is_ccm(void)
{
    return alg == TG_SMIME_AES_128_CCM || alg == TG_SMIME_AES_256_CCM;
}

static int nonce_len(void)
{
    return is_ccm() ? 7 : 12;
}

static void protect_bare(void)
{
    int len;
    bool ok = EVP_EncryptInit_ex2(bare, bare_cipher, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(bare, EVP_CTRL_AEAD_SET_IVLEN, nonce_len(), NULL) == 1 &&
              (!is_ccm() || EVP_CIPHER_CTX_ctrl(bare, EVP_CTRL_AEAD_SET_TAG, 12, NULL) == 1) &&
              EVP_EncryptInit_ex2(bare, NULL, bare_key, bare_nonce, NULL) == 1 &&
              (!is_ccm() || EVP_EncryptUpdate(bare, NULL, &len, NULL, (int)content_len) == 1) &&
              EVP_EncryptUpdate(bare, bare_out, &len, content, (int)content_len) == 1 &&
              EVP_EncryptFinal_ex(bare, bare_tag, &len) == 1 &&
              EVP_CIPHER_CTX_ctrl(bare, EVP_CTRL_AEAD_GET_TAG, 12, bare_tag) == 1;
    need(ok, "EVP does not encrypt");
}

static void open_bare(void)
{
    int len;
    uint8_t none[16];
    bool ok = EVP_DecryptInit_ex2(bare, bare_cipher, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(bare, EVP_CTRL_AEAD_SET_IVLEN, nonce_len(), NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(bare, EVP_CTRL_AEAD_SET_TAG, 12, bare_tag) == 1 &&
              EVP_DecryptInit_ex2(bare, NULL, bare_key, bare_nonce, NULL) == 1 &&
              (!is_ccm() || EVP_DecryptUpdate(bare, NULL, &len, NULL, (int)content_len) == 1) &&
              EVP_DecryptUpdate(bare, bare_back, &len, bare_out, (int)content_len) == 1 &&
              (is_ccm() || EVP_DecryptFinal_ex(bare, none, &len) == 1);
    need(ok, "EVP does not decrypt");
}

/* ---- OpenSSL's CMS ------------------------------------------------------------------------------------------ */

static uint8_t *cms_octets;
static int cms_len;

/* CMS_add0_recipient_key takes ownership of both. */
static uint8_t *heap_copy(const uint8_t *octets, size_t len)
{
    uint8_t *copy = OPENSSL_memdup(octets, len);
    need(copy != NULL, "memory ran out");
    return copy;
}

static void protect_cms(void)
{
    OSSL_LIB_CTX *lib = tg_crypto_library(crypto);
    BIO *in = BIO_new_mem_buf(content, (int)content_len);
    CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create_ex(bare_cipher, lib, NULL);
    need(in && cms, "no CMS");
    need(CMS_add0_recipient_key(cms, NID_undef, heap_copy(kek, KEK_LEN), KEK_LEN, heap_copy(key_id, sizeof key_id),
                                sizeof key_id, NULL, NULL, NULL) != NULL &&
             CMS_set_detached(cms, 0) == 1 && CMS_final(cms, in, NULL, CMS_BINARY) == 1,
         "CMS does not encrypt");
    OPENSSL_free(cms_octets);
    cms_octets = NULL;
    cms_len = i2d_CMS_ContentInfo(cms, &cms_octets);
    need(cms_len > 0, "CMS does not encode");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
}

static BIO *open_cms_to_bio(void)
{
    const unsigned char *p = cms_octets;
    CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(tg_crypto_library(crypto), NULL);
    BIO *out = BIO_new(BIO_s_mem());
    need(cms && out && d2i_CMS_ContentInfo(&cms, &p, cms_len) != NULL, "CMS does not decode");
    need(CMS_decrypt_set1_key(cms, kek, KEK_LEN, key_id, sizeof key_id) == 1 &&
             CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) == 1,
         "CMS does not decrypt");
    CMS_ContentInfo_free(cms);
    return out;
}

static void open_cms(void)
{
    BIO_free(open_cms_to_bio());
}

/* ---- measuring ---------------------------------------------------------------------------------------------- */

static double time_of(void (*run)(void), unsigned num)
{
    double start = now();
    for (unsigned i = 0; i < num; i++)
        run();
    return (now() - start) / num;
}

static double measure(const char *what, void (*ours)(void), void (*evp)(void), void (*cms)(void), unsigned rounds,
                      unsigned num)
{
    double us[MAX_ROUNDS], them[MAX_ROUNDS], openssl[MAX_ROUNDS], ratios[MAX_ROUNDS], others[MAX_ROUNDS];
    for (unsigned round = 0; round < rounds; round++) {
        us[round] = time_of(ours, num);
        them[round] = time_of(evp, num);
        openssl[round] = cms ? time_of(cms, num) : 0;
        ratios[round] = us[round] / them[round];
        others[round] = openssl[round] / us[round];
    }
    double ratio = median(ratios, rounds);
    printf("%-12s %-7s %8.1f us  EVP %8.1f us  ratio %.3f", tg_smime_alg_name(alg), what, median(us, rounds) / 1e3,
           median(them, rounds) / 1e3, ratio);
    if (cms)
        printf("  openssl cms %8.1f us, %.2f times ours", median(openssl, rounds) / 1e3, median(others, rounds));
    printf("\n");
    return ratio;
}

static double measure_alg(tg_smime_alg which, const char *evp_name, unsigned rounds, unsigned num)
{
    bool cms = which == TG_SMIME_AES_128_GCM || which == TG_SMIME_AES_256_GCM;
    alg = which;
    bare_cipher = EVP_CIPHER_fetch(tg_crypto_library(crypto), evp_name, NULL);
    bare = EVP_CIPHER_CTX_new();
    need(bare_cipher && bare, "no cipher");
    protect_ours();
    open_ours();
    protect_bare();
    open_bare();
    need(memcmp(opened, content, content_len) == 0 && memcmp(bare_back, content, content_len) == 0, "another content");
    if (cms) {
        char *octets;
        protect_cms();
        BIO *out = open_cms_to_bio();
        need(BIO_get_mem_data(out, &octets) == (long)content_len && memcmp(octets, content, content_len) == 0,
             "CMS gives another content");
        BIO_free(out);
    }
    double protect = measure("protect", protect_ours, protect_bare, cms ? protect_cms : NULL, rounds, num);
    double open = measure("open", open_ours, open_bare, cms ? open_cms : NULL, rounds, num);
    EVP_CIPHER_CTX_free(bare);
    EVP_CIPHER_free(bare_cipher);
    return protect > open ? protect : open;
}

static uint8_t *memory_of(size_t len)
{
    uint8_t *memory = calloc(len, 1);
    need(memory != NULL, "memory ran out");
    memset(memory, 1, len); /* pages that are there before it is timed */
    return memory;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 31, num = argc > 2 ? (unsigned)atoi(argv[2]) : 20;
    content_len = argc > 3 ? (size_t)atoi(argv[3]) : 1 << 20;
    if (rounds == 0 || rounds > MAX_ROUNDS || num == 0 || content_len == 0 || content_len > TG_SMIME_MAX_OCTETS / 2) {
        fprintf(stderr, "usage: bench_smime [ROUNDS (1 to %d) [TIMES-A-ROUND [OCTETS]]]\n", MAX_ROUNDS);
        return 4;
    }
    need(tg_crypto_new(&crypto) == TG_OK, "memory ran out");
    recipient = (tg_smime_key){ tg_bytes_of(key_id, sizeof key_id), tg_bytes_of(kek, KEK_LEN) };
    made_max = content_len + 1024;
    arena_len = tg_smime_arena_size(made_max);
    content = memory_of(content_len);
    for (size_t i = 0; i < content_len; i++)
        content[i] = (uint8_t)(i * 7 >> 3);
    made = memory_of(made_max);
    opened = memory_of(content_len);
    bare_out = memory_of(content_len);
    bare_back = memory_of(content_len);
    arena_memory = memory_of(arena_len);
    printf("%zu octets, median of %u rounds of %u, in turn\n", content_len, rounds, num);
    static const struct {
        tg_smime_alg alg;
        const char *evp;
    } all[] = { { TG_SMIME_AES_128_GCM, "AES-128-GCM" },
                { TG_SMIME_AES_256_GCM, "AES-256-GCM" },
                { TG_SMIME_AES_128_CCM, "AES-128-CCM" },
                { TG_SMIME_AES_256_CCM, "AES-256-CCM" } };
    double worst = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double ratio = measure_alg(all[i].alg, all[i].evp, rounds, num);
        worst = ratio > worst ? ratio : worst;
    }
    printf("largest ratio to EVP %.3f, allowed %.1f\n", worst, MAX_RATIO);
    uint8_t *const memories[] = { content, made, opened, bare_out, bare_back, arena_memory };
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++)
        free(memories[i]);
    OPENSSL_free(cms_octets);
    tg_crypto_free(crypto);
    return worst > MAX_RATIO ? 1 : 0;
}
