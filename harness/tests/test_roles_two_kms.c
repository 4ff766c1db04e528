/* A KMS that did not issue the ticket asks the one that did (RFC 6043 10), and gives nothing to who may not have it. */
#include "test_roles_scene.h"

static const uint8_t PSK_KMS[] = "the key that the two KMSs share.";

/* The scene's KMS is the Initiator's; `other` is the Responder's. */
typedef struct second_kms {
    scene s;
    tg_kms_config config;
    tg_arena arena;
    tg_seeded_random random;
    tg_role *other;
} second_kms;

static void set_second(second_kms *t)
{
    static const uint8_t seed[] = "other";
    scene_set(&t->s, "ims-media");
    t->s.k.psk_kms = secret(PSK_KMS, sizeof PSK_KMS);
    t->config = t->s.k;
    t->arena = tg_arena_of(memory + 5 * ROLE_MEMORY, ROLE_MEMORY);
    assert_int_equal(tg_seeded_random_init(&t->random, crypto, tg_bytes_of(seed, 5)), TG_OK);
    t->config.role.random = tg_seeded_random_source(&t->random);
    t->config.role.arena = &t->arena;
    t->config.role.self = (tg_identity){ true, TG_ID_TYPE_URI, text_bytes("kms.example.net") };
    t->config.role.tpk = (tg_bytes){ 0 };
    t->config.max_pending = 2;
    assert_int_equal(tg_replay_cache_new(&t->s.caches, 16, &t->config.role.replay), TG_OK);
    t->s.r.role.kms = t->config.role.self;
}

static void start_second(second_kms *t)
{
    scene_start(&t->s);
    assert_int_equal(tg_kms_new(&t->config, &t->other), TG_OK);
}

/* Up to the RESOLVE_INIT that the Responder's KMS sends on. */
static void forward(second_kms *t, kept *forwarded)
{
    kept transfer, m;
    get_resolve_init(&t->s, &transfer, &m, NOW);
    give(&t->s, t->other, TG_SENDER_R, &m, NOW + 5);
    expect_accepted(&t->s, 1, "RESOLVE_INIT");
    assert_int_equal(t->s.result.out[0].to, TG_SENDER_K);
    keep(&t->s.result, 0, forwarded);
}

static void keys_come_through(void **state)
{
    (void)state;
    second_kms t;
    kept m, forged;
    set_second(&t);
    start_second(&t);
    forward(&t, &m);
    give(&t.s, t.s.kms, TG_SENDER_K, &m, NOW + 6);
    expect_accepted(&t.s, 1, "the forwarded RESOLVE_INIT");
    keep(&t.s.result, 0, &m);
    for (size_t at = 8; at < m.len; at += 5) { /* forged answers change nothing */
        forged = m;
        forged.octets[at] ^= 4;
        give(&t.s, t.other, TG_SENDER_K, &forged, NOW + 7);
        assert_int_not_equal(t.s.result.refusal, TG_REFUSAL_NONE);
        assert_true(t.s.result.num_out == 0 || t.s.result.out[0].to == TG_SENDER_K); /* never to the Responder */
    }
    give(&t.s, t.other, TG_SENDER_K, &m, NOW + 7);
    expect_accepted(&t.s, 1, "the answer of the other KMS");
    assert_int_equal(t.s.result.out[0].to, TG_SENDER_R);
    kept again = m;
    keep(&t.s.result, 0, &m);
    give(&t.s, t.other, TG_SENDER_K, &again, NOW + 8); /* it was waited for once */
    assert_true(t.s.result.refusal == TG_REFUSAL_UNEXPECTED && t.s.result.num_out == 0);
    give(&t.s, t.s.bob, TG_SENDER_K, &m, NOW + 8);
    expect_accepted(&t.s, 1, "RESOLVE_RESP");
    keep(&t.s.result, 0, &m);
    give(&t.s, t.s.alice, TG_SENDER_R, &m, NOW + 9);
    expect_accepted(&t.s, 0, "TRANSFER_RESP");
    expect_same_keys(&t.s, NOW + 10);
}

static void who_may_not_have_them(void **state)
{
    (void)state;
    second_kms t;
    kept transfer, m;
    set_second(&t); /* the Responder's KMS can read for whom the ticket is: nothing is sent on */
    t.s.i.policy.r[0] = nai("carol@example.com");
    start_second(&t);
    get_resolve_init(&t.s, &transfer, &m, NOW);
    give(&t.s, t.other, TG_SENDER_R, &m, NOW + 5);
    expect_error(&t.s, TG_REFUSAL_ID, 7, "a ticket for somebody else");
    assert_int_equal(t.s.result.out[0].to, TG_SENDER_R);

    set_second(&t); /* a KMS that nobody knows */
    t.config.psk_kms = secret(PSK_I, sizeof PSK_I);
    start_second(&t);
    forward(&t, &m);
    give(&t.s, t.s.kms, TG_SENDER_K, &m, NOW + 6);
    expect_error(&t.s, TG_REFUSAL_AUTH, 0, "a KMS with another key");

    set_second(&t); /* the Responder himself cannot pose as a KMS */
    start_second(&t);
    get_resolve_init(&t.s, &transfer, &m, NOW);
    give(&t.s, t.s.kms, TG_SENDER_K, &m, NOW + 6);
    expect_error(&t.s, TG_REFUSAL_AUTH, 0, "a Responder as KMS");
}

/* His B-TID says nothing to the other KMS: the request that is sent on names him. */
static void a_responder_without_idrr(void **state)
{
    (void)state;
    second_kms t;
    kept m;
    set_second(&t);
    t.s.r.role.leave_out_ids = true;
    start_second(&t);
    forward(&t, &m);
    give(&t.s, t.s.kms, TG_SENDER_K, &m, NOW + 6);
    expect_accepted(&t.s, 1, "the forwarded RESOLVE_INIT");
    keep(&t.s.result, 0, &m);
    give(&t.s, t.other, TG_SENDER_K, &m, NOW + 7);
    expect_accepted(&t.s, 1, "the answer of the other KMS");
    keep(&t.s.result, 0, &m);
    give(&t.s, t.s.bob, TG_SENDER_K, &m, NOW + 8);
    expect_accepted(&t.s, 1, "RESOLVE_RESP");
    keep(&t.s.result, 0, &m);
    give(&t.s, t.s.alice, TG_SENDER_R, &m, NOW + 9);
    expect_accepted(&t.s, 0, "TRANSFER_RESP");
    expect_same_keys(&t.s, NOW + 10);
}

/* RESOLVE_INIT_PK of another KMS (here of Bob's making): answered with the key of its envelope, or where no other KMS is
 * known, refused. */
static void a_kms_with_a_certificate(void **state)
{
    (void)state;
    static char texts[4][16384];
    tg_pk *bob = NULL, *kms = NULL, *public_kms = NULL, *ca = NULL;
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("responder", true, texts[0]), &bob), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("kms", true, texts[1]), &kms), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("kms", false, texts[2]), &public_kms), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("ca", false, texts[3]), &ca), TG_OK);
    /* No other KMS is known; one is, but the certificate is a user's; it is the other KMS's. */
    enum { NONE, OF_A_USER, OF_THE_KMS };
    for (int known = NONE; known <= OF_THE_KMS; known++) {
        scene s;
        kept transfer, m;
        scene_set(&s, "rfc6043");
        s.k.peer_kms = known == OF_THE_KMS ? s.r.role.self : s.k.role.self;
        s.r.role.rsa = bob;
        s.r.role.rsa_kms = public_kms;
        s.r.role.pk = true;
        s.k.role.rsa = kms;
        s.k.role.trust = &ca;
        s.k.role.num_trust = 1;
        s.k.psk_kms = known ? secret(PSK_KMS, sizeof PSK_KMS) : (tg_bytes){ 0 };
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_K, &m, NOW + 5);
        if (known != OF_THE_KMS) {
            expect_error(&s, TG_REFUSAL_AUTH, 0, known ? "a user is no KMS" : "no other KMS is known");
            continue;
        }
        expect_accepted(&s, 1, "RESOLVE_INIT_PK");
        keep(&s.result, 0, &m);
        give(&s, s.bob, TG_SENDER_K, &m, NOW + 6);
        expect_accepted(&s, 1, "its answer, with the envelope key");
    }
    tg_pk_free(bob);
    tg_pk_free(kms);
    tg_pk_free(public_kms);
    tg_pk_free(ca);
}

static bool refuse(void *user, const tg_message *resolve_init, const tg_identity *responder, const tg_ticket *ticket)
{
    (void)user, (void)resolve_init, (void)responder, (void)ticket;
    return false;
}

static void a_refusal_comes_through(void **state)
{
    (void)state;
    second_kms t;
    kept m, forged;
    set_second(&t);
    t.s.k.resolve = refuse;
    start_second(&t);
    forward(&t, &m);
    give(&t.s, t.s.kms, TG_SENDER_K, &m, NOW + 6);
    expect_error(&t.s, TG_REFUSAL_POLICY, 12, "the issuing KMS refuses");
    keep(&t.s.result, 0, &m);
    forged = m;
    forged.octets[forged.len - 1] ^= 1;
    give(&t.s, t.other, TG_SENDER_K, &forged, NOW + 7);
    assert_int_equal(t.s.result.num_out, 0); /* anybody can say no */
    give(&t.s, t.other, TG_SENDER_K, &m, NOW + 7);
    assert_true(t.s.result.num_out == 1 && t.s.result.out[0].to == TG_SENDER_R);
    assert_int_equal(error_no_of(t.s.result.out[0].octets), 12);
    keep(&t.s.result, 0, &m);
    give(&t.s, t.s.bob, TG_SENDER_K, &m, NOW + 8);
    assert_true(t.s.result.refusal == TG_REFUSAL_PEER_ERROR && t.s.result.error_authentic);
    assert_int_equal(tg_role_state_of(t.s.bob), TG_ROLE_FAILED);
}

/* So many requests may wait, and none for ever. */
static void waiting_has_a_bound(void **state)
{
    (void)state;
    second_kms t;
    kept transfer, m;
    set_second(&t);
    t.s.r.resolve_each_time = true;
    start_second(&t);
    get_ticket(&t.s, NOW);
    for (uint64_t n = 1; n <= 4; n++) {
        tg_role *bob = NULL; /* a new Responder each time, with the same key */
        tg_responder_config r = t.s.r;
        tg_arena arena = tg_arena_of(memory + 6 * ROLE_MEMORY, ROLE_MEMORY);
        r.role.arena = &arena;
        assert_int_equal(tg_responder_new(&r, &bob), TG_OK);
        uint64_t at = NOW + n * SECOND + (n == 4 ? 400 * SECOND : 0); /* then the first has waited too long */
        send_transfer(&t.s, &transfer, at);
        give(&t.s, bob, TG_SENDER_I, &transfer, at + 1);
        keep(&t.s.result, 0, &m);
        give(&t.s, t.other, TG_SENDER_R, &m, at + 2);
        if (n == 3)
            expect_error(&t.s, TG_REFUSAL_POLICY, 12, "two wait already");
        else
            expect_accepted(&t.s, 1, "one that may wait");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_through),
        cmocka_unit_test(a_responder_without_idrr),
        cmocka_unit_test(a_kms_with_a_certificate),
        cmocka_unit_test(who_may_not_have_them),
        cmocka_unit_test(a_refusal_comes_through),
        cmocka_unit_test(waiting_has_a_bound),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
