/* tls: handshakes that openssl and gnutls made, sealed again under another TEK: proven under that one as they were under the old one, and nothing of
 * what was protected is there any more. */
#include "test_tls_support.h"

#define OTHER_TEK "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"

static transcript t, sealed;
static size_t num_changed;
static bool keeps; /* application data */
static size_t clear = SIZE_MAX;

static void change(void *user, bool from_client, uint8_t *octets, size_t len)
{
    (void)user;
    (void)from_client;
    if (!keeps)
        memset(octets, 'x', len);
    num_changed += len;
}

static void noise(void *user, uint8_t *octets, size_t len)
{
    (void)user;
    memset(octets, 0x5a, len);
}

static tg_status reseal(const char *before, const char *after, const tg_tls_segment *is, tg_tls_resealed *out,
                        void **memory)
{
    uint8_t old[256], new[256];
    tg_tls_known was = { .profile = &profile, .has_tek = before != NULL },
                 becomes = { .profile = &profile, .has_tek = after != NULL };
    was.tek = before ? tg_bytes_of(old, from_hex(before, old)) : was.tek;
    becomes.tek = after ? tg_bytes_of(new, from_hex(after, new)) : becomes.tek;
    const tg_tls_reseal_plan plan = { &was, &becomes, t.segments, is, t.num, change, noise, NULL, { clear, clear } };
    size_t size = tg_tls_reseal_arena_size(t.segments, t.num);
    *memory = malloc(size);
    assert_non_null(*memory);
    tg_arena arena = tg_arena_of(*memory, size);
    num_changed = 0;
    return tg_tls_reseal(crypto, &plan, &arena, out);
}

/* What came out, cut as it was. */
static void put_in(const tg_tls_resealed *out)
{
    size_t at[2] = { 0, 0 };
    begin(&sealed);
    for (size_t i = 0; i < t.num; i++) {
        bool from_client = t.segments[i].from_client;
        size_t len = t.segments[i].octets.len;
        add_segment(&sealed, from_client, out->octets[from_client].data + at[from_client], len);
        at[from_client] += len;
    }
    assert_int_equal(at[0], out->octets[0].len);
    assert_int_equal(at[1], out->octets[1].len);
}

static void each_sample_is_proven_under_another_key(void **state)
{
    size_t num = 0;
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        const tg_tls_sample *s = &tg_tls_samples[i];
        tg_tls_resealed out;
        answer before, after, old;
        char ids_before[1024], ids_after[1024];
        void *memory;
        load(&t, s);
        judge(&t, &before);
        const tg_tls_handshake *h = &before.judgement.handshake;
        if (t.datagrams || h->version == 0x0304 || !h->has_server_hello) {
            done(&before);
            continue;
        }
        assert_int_equal(reseal(t.tek, OTHER_TEK, t.segments, &out, &memory), TG_OK);
        assert_int_equal(out.client, h->client);
        assert_int_equal(out.server, h->server);
        put_in(&out);
        sealed.tek = OTHER_TEK;
        judge(&sealed, &after);
        const tg_tls_handshake *now = &after.judgement.handshake;
        if (now->client != h->client || now->server != h->server)
            fail_msg("%s: client %s, server %s", s->name, tg_tls_proof_name(now->client),
                     tg_tls_proof_name(now->server));
        ids_found(&before, ids_before, sizeof ids_before);
        ids_found(&after, ids_after, sizeof ids_after);
        assert_string_equal(ids_before, ids_after);
        sealed.tek = t.tek;
        judge(&sealed, &old);
        if (h->client == TG_TLS_VERIFIED && h->server == TG_TLS_VERIFIED) {
            assert_int_equal(old.judgement.handshake.client, TG_TLS_FAILED);
            assert_true(out.num_sealed >= 2);
            num++;
        }
        done(&old);
        done(&after);
        done(&before);
        free(memory);
    }
    assert_true(num >= 8); /* GCM, CCM, CBC both ways, NULL, ChaCha20 ... */
}

/* Under the old key again it is what it was, so that nothing was lost on the way. */
static void there_and_back(void **state)
{
    static transcript first;
    size_t num = 0;
    (void)state;
    keeps = true;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        const tg_tls_sample *s = &tg_tls_samples[i];
        tg_tls_resealed out;
        void *memory;
        load(&t, s);
        if (t.datagrams || s->client != TG_TLS_VERIFIED || s->server != TG_TLS_VERIFIED)
            continue;
        first = t;
        const char *tek = t.tek;
        assert_int_equal(reseal(tek, OTHER_TEK, t.segments, &out, &memory), TG_OK);
        size_t num_noise = out.num_noise;
        put_in(&out);
        free(memory);
        if (num_noise > 0)
            continue; /* that does not come back */
        t = sealed;
        for (size_t k = 0; k < t.num; k++)
            t.segments[k].octets.data = t.octets + (sealed.segments[k].octets.data - sealed.octets);
        assert_int_equal(reseal(OTHER_TEK, tek, t.segments, &out, &memory), TG_OK);
        put_in(&out);
        free(memory);
        assert_int_equal(sealed.used, first.used);
        for (size_t k = 0; k < t.num; k++) {
            tg_bytes was = tg_bytes_of(first.octets + (sealed.segments[k].octets.data - sealed.octets),
                                       sealed.segments[k].octets.len);
            if (!tg_bytes_equal(was, sealed.segments[k].octets))
                fail_msg("%s: segment %zu is another one", s->name, k);
        }
        num++;
    }
    keeps = false;
    assert_true(num >= 4);
}

static void with_a_wrong_key_there_is_noise(void **state)
{
    tg_tls_resealed out;
    answer a;
    void *memory;
    (void)state;
    load(&t, sample_named("openssl_null"));
    assert_int_equal(reseal("ff0102030405060708090a0b0c0d0e0f", OTHER_TEK, t.segments, &out, &memory), TG_OK);
    assert_int_equal(out.num_sealed, 0);
    assert_true(out.num_noise >= 2);
    assert_int_equal(num_changed, 0);
    put_in(&out);
    free(memory);
    sealed.tek = OTHER_TEK;
    judge(&sealed, &a);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_FAILED);
    done(&a);
    load(&t, sample_named("openssl_gcm"));
    assert_int_equal(reseal(NULL, NULL, t.segments, &out, &memory), TG_OK);
    assert_int_equal(out.num_sealed, 0);
    assert_true(out.num_noise >= 2);
    free(memory);
}

/* Finished covers what stands in clear: a name of the server's that has changed, too. */
static void finished_is_that_of_what_is_there(void **state)
{
    static transcript other;
    tg_tls_resealed out;
    answer a;
    void *memory;
    (void)state;
    load(&t, sample_named("openssl_gcm"));
    other = t;
    for (size_t i = 0; i < t.num; i++)
        other.segments[i].octets.data = other.octets + (t.segments[i].octets.data - t.octets);
    other.octets[5 + 4 + 2 + 3] ^= 1; /* in the random of ClientHello, which is sent first */
    assert_true(other.segments[0].from_client);
    assert_int_equal(reseal(t.tek, OTHER_TEK, other.segments, &out, &memory), TG_OK);
    put_in(&out);
    free(memory);
    sealed.tek = OTHER_TEK;
    judge(&sealed, &a);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_VERIFIED);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_VERIFIED);
    done(&a);
}

/* Any octet may be another one, and the connection may end anywhere. */
static void broken_ones_stay_as_long(void **state)
{
    static transcript whole;
    (void)state;
    load(&whole, sample_named("openssl_gcm"));
    for (size_t i = 0; i < whole.used; i++) {
        tg_tls_resealed out;
        void *memory;
        t = whole;
        for (size_t k = 0; k < t.num; k++)
            t.segments[k].octets.data = t.octets + (whole.segments[k].octets.data - whole.octets);
        t.octets[i] ^= 0xff;
        assert_int_equal(reseal(whole.tek, OTHER_TEK, t.segments, &out, &memory), TG_OK);
        put_in(&out);
        free(memory);
    }
}

static bool is_noise(const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (octets[i] != 0x5a)
            return false;
    }
    return true;
}

/* Behind what the caller knows, records in clear are noise, too: those that are cut, and those behind one that stops it all. */
static void what_nobody_knows_is_noise(void **state)
{
    static const uint8_t flights[][22] = {
        { 22, 3, 3, 0, 4, 14, 0, 0, 0, 22, 3, 3, 0, 8, 14, 0, 0, 4, 'n', 'a', 'm', 'e' },
        { 20, 3, 3, 0, 2, 1, 1, 22, 3, 3, 0, 10, 16, 0, 0, 6, 0, 4, 'n', 'a', 'm', 'e' },
        { 20, 3, 3, 0, 0, 21, 3, 3, 0, 12, 1, 0, 'n', 'a', 'm', 'e', 'n', 'a', 'm', 'e', 's', '.' },
        { 22, 3, 3, 0, 4, 14, 0, 0, 0, 'n', 'a', 'm', 'e', 'n', 'a', 'm', 'e', 'n', 'a', 'm', 'e', '.' },
        { 22, 3, 3, 0, 13, 14, 0, 0, 0, 14, 0, 0, 0, 14, 0, 0, 0, 0, 'n', 'a', 'm', 'e' },
    };
    static const size_t known[] = { 9, 7, 5, 9, 18 };
    (void)state;
    for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
        for (int from_client = 0; from_client < 2; from_client++) {
            tg_tls_resealed out;
            void *memory;
            begin(&t);
            add_segment(&t, from_client, flights[i], sizeof flights[i]);
            clear = known[i];
            assert_int_equal(reseal(NULL, NULL, t.segments, &out, &memory), TG_OK);
            tg_bytes made = out.octets[from_client];
            assert_int_equal(made.len, sizeof flights[i]);
            assert_memory_equal(made.data, flights[i], known[i]);
            const uint8_t *behind = flights[i] + known[i];
            bool is_header = behind[0] >= 20 && behind[0] <= 24;
            if (made.len - known[i] > 5) {
                assert_memory_equal(made.data + known[i], is_header ? behind : (const uint8_t *)"xxxxx", 5);
                assert_true(is_noise(made.data + known[i] + 5, made.len - known[i] - 5));
            } else {
                assert_memory_equal(made.data + known[i], "xxxx", 4);
            }
            free(memory);
        }
    }
    clear = SIZE_MAX;
}

static void what_does_not_fit_is_refused(void **state)
{
    static transcript other;
    tg_tls_resealed out;
    void *memory;
    (void)state;
    load(&t, sample_named("openssl_gcm"));
    other = t;
    other.segments[0].octets.len--;
    assert_int_equal(reseal(t.tek, OTHER_TEK, other.segments, &out, &memory), TG_REFUSED);
    free(memory);
}

static void datagrams_are_refused(void **state)
{
    static const tg_tls_known streams = { .profile = &profile }, datagrams = { .profile = &profile, .datagrams = true };
    uint8_t memory[64];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_tls_resealed out;
    (void)state;
    load(&t, sample_named("openssl_gcm"));
    for (int which = 0; which < 2; which++) {
        const tg_tls_reseal_plan plan = { which ? &datagrams : &streams,
                                          which ? &streams : &datagrams,
                                          t.segments,
                                          t.segments,
                                          t.num,
                                          change,
                                          noise,
                                          NULL,
                                          { SIZE_MAX, SIZE_MAX } };
        assert_int_equal(tg_tls_reseal(crypto, &plan, &arena, &out), TG_REFUSED);
    }
}

/* With less room than is asked for it says so, wherever it ends. */
static void any_room(void **state)
{
    static const tg_tls_known known = { .profile = &profile };
    (void)state;
    load(&t, sample_named("openssl_gcm"));
    const tg_tls_reseal_plan plan = { &known,     &known, t.segments,
                                      t.segments, t.num,  change,
                                      noise,      NULL,   { SIZE_MAX, SIZE_MAX } };
    size_t size = tg_tls_reseal_arena_size(t.segments, t.num);
    void *memory = malloc(size);
    assert_non_null(memory);
    tg_tls_resealed out;
    tg_arena arena = tg_arena_of(memory, size);
    assert_int_equal(tg_tls_reseal(crypto, &plan, &arena, &out), TG_OK);
    size_t needed = arena.used;
    for (size_t n = 0; n < 100; n++) {
        arena = tg_arena_of(memory, needed * n / 100);
        assert_int_equal(tg_tls_reseal(crypto, &plan, &arena, &out), TG_ARENA_FULL);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_proven_under_another_key),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(with_a_wrong_key_there_is_noise),
        cmocka_unit_test(finished_is_that_of_what_is_there),
        cmocka_unit_test(broken_ones_stay_as_long),
        cmocka_unit_test(what_nobody_knows_is_noise),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(datagrams_are_refused),
        cmocka_unit_test(any_room),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
