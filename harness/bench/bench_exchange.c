/* bench_exchange: what judging a message with keys costs beside the OpenSSL calls that nobody can spare, in turn in one
 * process, and the ratio: at most 1.5. Then conversations judged and made a second.
 *
 * Three messages, each in a conversation prepared up to it: REQUEST_RESP (PSK known), TRANSFER_INIT (keys of the ticket
 * known), RESOLVE_RESP (PSK known). Ours: tg_conversation_add, without the rules on one message and without copies of
 * inputs, from octets to keys; the conversation is put back to where it was by copying its memory, which is not timed.
 * Bare: the same derivations (each once), the MAC over the same octets and the decryption, written here directly on EVP
 * with algorithms fetched before and contexts kept; before it is timed its results are held against ours.
 *
 * usage: bench_exchange [ROUNDS [MESSAGES-A-ROUND]]; the figures are medians over the rounds. Exit code: 1 when a ratio is
 * above 1.5.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "samples.h"

#define MAX_RATIO 1.5
#define MAX_ROUNDS 101
#define MAX_DERIVATIONS 16
#define MEMORY (4u << 20)

static void give_up(const char *what)
{
    fprintf(stderr, "bench_exchange: %s\n", what);
    exit(3);
}

static void need(bool condition, const char *what)
{
    if (!condition)
        give_up(what);
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

/* ---- one message to measure --------------------------------------------------------------------------------- */

typedef struct derivation {
    char name[24];
    uint8_t prf_func, inkey[64], label[512], outkey[64];
    size_t inkey_len, label_len, outkey_len;
} derivation;

typedef struct kemac_case {
    uint8_t encr_alg, key[32], iv[16];
    size_t key_len;
    uint8_t plain[1024];
    tg_bytes data; /* Encr data, in the message */
} kemac_case;

typedef struct mac_case {
    uint8_t mac_alg, key[32];
    size_t key_len;
    uint8_t *input;
    size_t input_len;
    tg_bytes mac; /* in the message */
} mac_case;

typedef struct subject {
    const char *title, *wanted; /* the derivations that the RFC asks for, by name */
    tg_known known;
    tg_sent before[2], sent; /* `before`: what the conversation holds already */
    size_t num_before;
    derivation derivations[MAX_DERIVATIONS];
    size_t num_derivations;
    mac_case macs[2]; /* the message's own, and Vr */
    size_t num_macs;
    bool has_kemac;
    kemac_case kemac;
} subject;

/* ---- bare OpenSSL ------------------------------------------------------------------------------------------- */

static struct {
    EVP_MAC_CTX *hmac_sha1, *hmac_sha256;
    EVP_CIPHER *aes_128_ctr, *aes_256_ctr, *aes_128_wrap;
    EVP_CIPHER_CTX *cipher;
} bare;

static EVP_MAC_CTX *hmac_with(EVP_MAC *hmac, const char *digest)
{
    char name[16];
    snprintf(name, sizeof name, "%s", digest);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_END };
    EVP_MAC_CTX *out = EVP_MAC_CTX_new(hmac);
    need(out && EVP_MAC_CTX_set_params(out, params), "no HMAC");
    return out;
}

static void ready_bare(void)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    need(hmac, "no HMAC");
    bare.hmac_sha1 = hmac_with(hmac, "SHA1");
    bare.hmac_sha256 = hmac_with(hmac, "SHA256");
    EVP_MAC_free(hmac);
    bare.aes_128_ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    bare.aes_256_ctr = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    bare.aes_128_wrap = EVP_CIPHER_fetch(NULL, "AES-128-WRAP", NULL);
    bare.cipher = EVP_CIPHER_CTX_new();
    need(bare.aes_128_ctr && bare.aes_256_ctr && bare.aes_128_wrap && bare.cipher, "no AES");
}

static void free_bare(void)
{
    EVP_MAC_CTX_free(bare.hmac_sha1);
    EVP_MAC_CTX_free(bare.hmac_sha256);
    EVP_CIPHER_free(bare.aes_128_ctr);
    EVP_CIPHER_free(bare.aes_256_ctr);
    EVP_CIPHER_free(bare.aes_128_wrap);
    EVP_CIPHER_CTX_free(bare.cipher);
}

/* RFC 3830 4.1.2 and RFC 6043 6.1, keys of a message: the HMACs and nothing else. */
static bool bare_derive(const derivation *d, uint8_t *out)
{
    bool sha1 = d->prf_func == TG_PRF_MIKEY_1;
    EVP_MAC_CTX *hmac = sha1 ? bare.hmac_sha1 : bare.hmac_sha256;
    size_t hash_len = sha1 ? 20 : 32, len;
    uint8_t a[32], block[32];
    memset(out, 0, d->outkey_len);
    for (size_t from = 0; from < d->inkey_len; from += 32) {
        size_t s = d->inkey_len - from < 32 ? d->inkey_len - from : 32;
        if (!EVP_MAC_init(hmac, d->inkey + from, s, NULL) || !EVP_MAC_update(hmac, d->label, d->label_len) ||
            !EVP_MAC_final(hmac, a, &len, sizeof a))
            return false;
        for (size_t done = 0; done < d->outkey_len;) {
            if (!EVP_MAC_init(hmac, NULL, 0, NULL) || !EVP_MAC_update(hmac, a, hash_len) ||
                !EVP_MAC_update(hmac, d->label, d->label_len) || !EVP_MAC_final(hmac, block, &len, sizeof block))
                return false;
            for (size_t i = 0; i < hash_len && done < d->outkey_len; i++)
                out[done++] ^= block[i];
            if (done < d->outkey_len && (!EVP_MAC_init(hmac, NULL, 0, NULL) || !EVP_MAC_update(hmac, a, hash_len) ||
                                         !EVP_MAC_final(hmac, a, &len, sizeof a)))
                return false;
        }
    }
    return true;
}

static bool bare_verify(const mac_case *m)
{
    EVP_MAC_CTX *hmac = m->mac_alg == TG_MAC_HMAC_SHA_1_160 ? bare.hmac_sha1 : bare.hmac_sha256;
    uint8_t mac[32];
    size_t len;
    return EVP_MAC_init(hmac, m->key, m->key_len, NULL) && EVP_MAC_update(hmac, m->input, m->input_len) &&
           EVP_MAC_final(hmac, mac, &len, sizeof mac) && len == m->mac.len && CRYPTO_memcmp(mac, m->mac.data, len) == 0;
}

static bool bare_open(const kemac_case *k, uint8_t *out)
{
    const EVP_CIPHER *cipher = k->encr_alg == TG_ENCR_AES_CM_128   ? bare.aes_128_ctr
                               : k->encr_alg == TG_ENCR_AES_CM_256 ? bare.aes_256_ctr
                                                                   : bare.aes_128_wrap;
    int len;
    return EVP_DecryptInit_ex2(bare.cipher, cipher, k->key, k->iv, NULL) &&
           EVP_DecryptUpdate(bare.cipher, out, &len, k->data.data, (int)k->data.len);
}

static bool run_bare(const subject *s)
{
    uint8_t out[1024 + 32];
    for (size_t i = 0; i < s->num_derivations; i++) {
        if (!bare_derive(&s->derivations[i], out))
            return false;
    }
    for (size_t i = 0; i < s->num_macs; i++) {
        if (!bare_verify(&s->macs[i]))
            return false;
    }
    return !s->has_kemac || bare_open(&s->kemac, out);
}

/* The bare calls give what the library gave: else they would be another work. */
static void check_bare(const subject *s)
{
    uint8_t out[1024 + 32];
    for (size_t i = 0; i < s->num_derivations; i++)
        need(bare_derive(&s->derivations[i], out) &&
                 memcmp(out, s->derivations[i].outkey, s->derivations[i].outkey_len) == 0,
             "a derivation gives another key");
    for (size_t i = 0; i < s->num_macs; i++)
        need(bare_verify(&s->macs[i]), "the MAC does not verify");
    need(!s->has_kemac || (bare_open(&s->kemac, out) && memcmp(out, s->kemac.plain, s->kemac.data.len / 8 * 8 - 8) == 0),
         "the KEMAC opens to something else");
}

/* ---- ours --------------------------------------------------------------------------------------------------- */

static uint8_t *memory, *saved;

typedef struct prepared {
    tg_arena arena;
    tg_conversation *conversation;
    size_t used;
} prepared;

static void prepare(tg_crypto *crypto, const subject *s, prepared *to)
{
    to->arena = tg_arena_of(memory, MEMORY);
    need(tg_conversation_new(crypto, &s->known, s->num_before + 1, &to->arena, &to->conversation) == TG_OK,
         "no conversation");
    for (size_t i = 0; i < s->num_before; i++)
        need(tg_conversation_add(to->conversation, &s->before[i]) == TG_OK, "a message is not taken");
    to->used = to->arena.used;
    memcpy(saved, memory, to->used);
}

static void rewind_to(prepared *p)
{
    memcpy(memory, saved, p->used);
    p->arena.used = p->used;
}

/* ---- finding out what the work is --------------------------------------------------------------------------- */

static bool same_derivation(const derivation *have, const tg_derivation *d)
{
    return have->prf_func == d->prf_func && have->outkey_len == d->outkey_len &&
           tg_bytes_equal(tg_bytes_of(have->inkey, have->inkey_len), d->inkey) &&
           tg_bytes_equal(tg_bytes_of(have->label, have->label_len), d->label);
}

/* Each derivation once, however often the library runs it. */
static void take_derivation(void *user, const tg_derivation *d, tg_bytes outkey)
{
    subject *s = user;
    for (size_t i = 0; i < s->num_derivations; i++) {
        if (same_derivation(&s->derivations[i], d))
            return;
    }
    need(s->num_derivations < MAX_DERIVATIONS, "too many derivations");
    derivation *to = &s->derivations[s->num_derivations++];
    need(d->inkey.len <= sizeof to->inkey && d->label.len <= sizeof to->label && outkey.len <= sizeof to->outkey,
         "a derivation is too long");
    snprintf(to->name, sizeof to->name, "%s", d->name);
    to->prf_func = d->prf_func;
    to->inkey_len = d->inkey.len;
    to->label_len = d->label.len;
    to->outkey_len = d->outkey_len;
    memcpy(to->inkey, d->inkey.data, d->inkey.len);
    memcpy(to->label, d->label.data, d->label.len);
    memcpy(to->outkey, outkey.data, outkey.len);
}

static void take_mac(subject *s, const tg_v *v, tg_bytes auth_key, tg_bytes input)
{
    mac_case *m = &s->macs[s->num_macs++];
    *m = (mac_case){ .mac_alg = v->auth_alg, .mac = v->ver_data, .key_len = auth_key.len, .input_len = input.len,
                     .input = malloc(input.len) };
    need(m->input && input.len && auth_key.len <= sizeof m->key, "a MAC is not checked");
    memcpy(m->key, auth_key.data, auth_key.len);
    memcpy(m->input, input.data, input.len);
}

static void take_kemac(subject *s, const tg_judgement *judged)
{
    const tg_payload *payload = tg_payload_find(judged->message->payloads, TG_PAYLOAD_KEMAC);
    const tg_derived *d = &judged->derived;
    s->has_kemac = payload != NULL;
    if (!payload)
        return;
    const tg_kemac *kemac = (const tg_kemac *)payload;
    kemac_case *k = &s->kemac;
    need(judged->kemac == TG_OUTCOME_OK && d->encr_key.len <= sizeof k->key && d->iv.len <= sizeof k->iv &&
             d->kemac_plain.len <= sizeof k->plain && kemac->encr_data.octets.len <= 1024,
         "the KEMAC is not opened");
    k->encr_alg = kemac->encr_alg;
    k->data = kemac->encr_data.octets;
    k->key_len = d->encr_key.len;
    memcpy(k->key, d->encr_key.data, d->encr_key.len);
    memcpy(k->iv, d->iv.data, d->iv.len);
    memcpy(k->plain, d->kemac_plain.data, d->kemac_plain.len);
}

/* Judges the message once with inputs and an observer. */
static void find_work(tg_crypto *crypto, subject *s)
{
    subject with_inputs = *s;
    prepared p;
    with_inputs.known.without_inputs = false;
    prepare(crypto, &with_inputs, &p);
    s->num_derivations = 0;
    tg_crypto_observe(crypto, take_derivation, s);
    need(tg_conversation_add(p.conversation, &s->sent) == TG_OK, "the message is not taken");
    tg_crypto_observe(crypto, NULL, NULL);
    const tg_judgement *judged = tg_conversation_judgement(p.conversation, s->num_before);
    need(judged->auth == TG_OUTCOME_OK, "the message is not authentic");
    take_mac(s, (const tg_v *)tg_payload_last(judged->message->payloads), judged->derived.auth_key,
             judged->derived.mac_input);
    const tg_payload *ticket = tg_payload_find(judged->message->payloads, TG_PAYLOAD_TICKET);
    if (judged->vr_auth == TG_OUTCOME_OK)
        take_mac(s, (const tg_v *)tg_payload_last(((const tg_ticket *)ticket)->initiator_data.payloads),
                 judged->derived.vr.auth_key, judged->derived.vr.mac_input);
    take_kemac(s, judged);
    char names[256] = "";
    for (size_t i = 0; i < s->num_derivations; i++) {
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", i ? " " : "", s->derivations[i].name);
    }
    if (strcmp(names, s->wanted) != 0) {
        fprintf(stderr, "bench_exchange: %s: derived are %s, needed are %s\n", s->title, names, s->wanted);
        exit(3);
    }
    check_bare(s);
}

/* ---- measuring ---------------------------------------------------------------------------------------------- */

/* Nanoseconds of one message. Both read the clock around each message, so that what that costs meets both. */
static double time_ours(prepared *p, const subject *s, unsigned num)
{
    double sum = 0;
    for (unsigned i = 0; i < num; i++) {
        rewind_to(p);
        double start = now();
        tg_status status = tg_conversation_add(p->conversation, &s->sent);
        sum += now() - start;
        need(status == TG_OK && tg_conversation_judgement(p->conversation, s->num_before)->auth == TG_OUTCOME_OK,
             "the message is not accepted");
    }
    return sum / num;
}

static double time_bare(prepared *p, const subject *s, unsigned num)
{
    double sum = 0;
    for (unsigned i = 0; i < num; i++) {
        rewind_to(p); /* not needed, but it leaves the caches in the same state */
        double start = now();
        bool ok = run_bare(s);
        sum += now() - start;
        need(ok, "the bare calls fail");
    }
    return sum / num;
}

static double measure(tg_crypto *crypto, subject *s, const char *suite, unsigned rounds, unsigned num)
{
    double ours[MAX_ROUNDS], theirs[MAX_ROUNDS], ratios[MAX_ROUNDS];
    prepared p;
    find_work(crypto, s);
    s->known.without_inputs = s->known.without_rules = true;
    prepare(crypto, s, &p);
    (void)time_ours(&p, s, num / 10 + 1);
    (void)time_bare(&p, s, num / 10 + 1);
    for (unsigned round = 0; round < rounds; round++) {
        ours[round] = time_ours(&p, s, num);
        theirs[round] = time_bare(&p, s, num);
        ratios[round] = ours[round] / theirs[round];
    }
    double ratio = median(ratios, rounds);
    printf("%-14s %-8s %5zu octets  %8.0f ns  openssl alone %8.0f ns  ratio %.2f\n", s->title, suite, s->sent.octets.len,
           median(ours, rounds), median(theirs, rounds), ratio);
    tg_arena_wipe(&p.arena, 0);
    for (size_t i = 0; i < s->num_macs; i++)
        free(s->macs[i].input);
    return ratio;
}

/* ---- the conversations -------------------------------------------------------------------------------------- */

static const tg_sent *sent_of(const tg_conversation_made *made, uint8_t data_type)
{
    for (size_t i = 0; i < made->num_sent; i++) {
        if (made->sent[i].octets.data[1] == data_type)
            return &made->sent[i];
    }
    give_up("a message is missing");
    return NULL;
}

/* What each party knows of the secrets. */
static subject subject_of(const tg_conversation_made *made, const char *title, const char *wanted, uint8_t data_type)
{
    subject s = { .title = title, .wanted = wanted, .known = made->known, .sent = *sent_of(made, data_type) };
    s.known.secrets = (tg_secrets){ 0 };
    return s;
}

static double measure_suite(tg_crypto *crypto, const char *sample_name, const char *suite, unsigned rounds, unsigned num)
{
    void *made_memory = malloc(SAMPLE_MEMORY);
    need(made_memory != NULL, "memory ran out");
    tg_arena arena = tg_arena_of(made_memory, SAMPLE_MEMORY);
    tg_conversation_made made;
    need(sample_make(sample_find(sample_name), crypto, &arena, &made) == TG_OK && made.finished,
         "the conversation cannot be made");
    tg_arena judged_arena = arena;
    tg_conversation *whole;
    need(tg_conversation_new(crypto, &made.known, made.num_sent, &judged_arena, &whole) == TG_OK, "no conversation");
    for (size_t i = 0; i < made.num_sent; i++)
        need(tg_conversation_add(whole, &made.sent[i]) == TG_OK, "a message is not taken");
    tg_established known;
    tg_conversation_established(whole, &known);

    subject request = subject_of(&made, "REQUEST_RESP", "auth_key encr_key salt_key", TG_DATA_TYPE_REQUEST_RESP);
    request.known.secrets.psk_i = made.known.secrets.psk_i;
    request.before[request.num_before++] = *sent_of(&made, TG_DATA_TYPE_REQUEST_INIT_PSK);
    subject transfer = subject_of(&made, "TRANSFER_INIT", "auth_key auth_key", TG_DATA_TYPE_TRANSFER_INIT);
    transfer.known.secrets.mpki = known.mpki;
    transfer.known.secrets.mpkr = known.mpkr;
    subject resolve = subject_of(&made, "RESOLVE_RESP", "auth_key encr_key salt_key", TG_DATA_TYPE_RESOLVE_RESP);
    resolve.known.secrets.psk_r = made.known.secrets.psk_r;
    resolve.before[resolve.num_before++] = *sent_of(&made, TG_DATA_TYPE_RESOLVE_INIT_PSK);

    subject *const all[] = { &request, &transfer, &resolve };
    double worst = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double ratio = measure(crypto, all[i], suite, rounds, num);
        worst = ratio > worst ? ratio : worst;
    }
    tg_conversation_made_free(&made);
    free(made_memory);
    return worst;
}

/* Whole conversations of mode 1, by the profile's rules too. */
static void measure_conversations(tg_crypto *crypto, const char *sample_name, unsigned num)
{
    void *made_memory = malloc(SAMPLE_MEMORY);
    need(made_memory != NULL, "memory ran out");
    tg_conversation_made made;
    double start = now();
    for (unsigned i = 0; i < num; i++) {
        tg_arena arena = tg_arena_of(made_memory, SAMPLE_MEMORY);
        need(sample_make(sample_find(sample_name), crypto, &arena, &made) == TG_OK && made.finished,
             "the conversation cannot be made");
        if (i + 1 < num)
            tg_conversation_made_free(&made);
    }
    double making = (now() - start) / num;
    start = now();
    for (unsigned i = 0; i < num; i++) {
        tg_arena arena = tg_arena_of(memory, MEMORY);
        tg_conversation *conversation;
        need(tg_conversation_new(crypto, &made.known, made.num_sent, &arena, &conversation) == TG_OK, "no conversation");
        for (size_t m = 0; m < made.num_sent; m++)
            need(tg_conversation_add(conversation, &made.sent[m]) == TG_OK, "a message is not taken");
        need(tg_conversation_is_accepted(conversation), "the conversation is not accepted");
    }
    double judging = (now() - start) / num;
    printf("%-10s %zu messages: %8.0f conversations judged a second, %8.0f made\n", sample_name, made.num_sent,
           1e9 / judging, 1e9 / making);
    tg_conversation_made_free(&made);
    free(made_memory);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 31;
    unsigned num = argc > 2 ? (unsigned)atoi(argv[2]) : 1000;
    if (rounds == 0 || rounds > MAX_ROUNDS || num == 0) {
        fprintf(stderr, "usage: bench_exchange [ROUNDS (1 to %d) [MESSAGES-A-ROUND]]\n", MAX_ROUNDS);
        return 4;
    }
    tg_crypto *crypto = NULL;
    memory = malloc(MEMORY);
    saved = malloc(MEMORY);
    need(memory && saved && tg_crypto_new(&crypto) == TG_OK, "memory ran out");
    ready_bare();
    printf("median of %u rounds of %u messages, in turn\n", rounds, num);
    double worst = measure_suite(crypto, "psk-128", "128 bits", rounds, num);
    double other = measure_suite(crypto, "psk-256", "256 bits", rounds, num);
    worst = other > worst ? other : worst;
    printf("largest ratio %.2f, allowed %.1f\n", worst, MAX_RATIO);
    measure_conversations(crypto, "psk-128", 200);
    measure_conversations(crypto, "psk-256", 200);
    measure_conversations(crypto, "pk-128", 20);
    free_bare();
    tg_crypto_free(crypto);
    free(memory);
    free(saved);
    return worst > MAX_RATIO ? 1 : 0;
}
