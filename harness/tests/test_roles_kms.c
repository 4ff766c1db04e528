/* The KMS and Ticket Request: what it refuses, with which Error, and that no key leaves it then. */
#include "test_roles_scene.h"

static void refused_request(scene *s, tg_refusal refusal, int error_no, const char *what)
{
    kept m;
    scene_start(s);
    ask_for_ticket(s, &m, NOW);
    give(s, s->kms, TG_SENDER_I, &m, NOW + SECOND);
    expect_error(s, refusal, error_no, what);
}

static void who_asks(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "ims-media");
    s.i.role.psk = secret(PSK_R, sizeof PSK_R);
    refused_request(&s, TG_REFUSAL_AUTH, 0, "wrong key");
    scene_set(&s, "ims-media");
    s.i.role.psk_id = byte_string("b-tid-nobody");
    refused_request(&s, TG_REFUSAL_AUTH, 0, "unknown B-TID");
    scene_set(&s, "ims-media");
    s.i.role.self = s.i.policy.i = nai("mallory@example.com");
    refused_request(&s, TG_REFUSAL_ID, 7, "another's identity");
    scene_set(&s, "ims-media");
    s.i.role.self = s.i.policy.i = nai("bob@example.com");
    refused_request(&s, TG_REFUSAL_ID, 7, "another subscriber's identity");
    scene_set(&s, "ims-media");
    s.uids[0][0] = text_bytes("?@example.com");
    s.i.role.self = s.i.policy.i = nai("?@example.com");
    refused_request(&s, TG_REFUSAL_ID, 7, "a group is no user");
}

/* A source may find subscribers in one way only. */
static void half_a_source(void **state)
{
    (void)state;
    scene s;
    for (int n = 0; n < 4; n++) {
        bool by_uid = n & 1, named = n & 2;
        scene_set(&s, "ims-media");
        if (by_uid)
            s.source.by_b_tid = NULL;
        else
            s.source.by_uid = NULL;
        if (!named)
            s.i.role.psk_id = (tg_identity){ 0 };
        if (by_uid == named) {
            refused_request(&s, TG_REFUSAL_AUTH, 0, "not to be found that way");
        } else {
            scene_start(&s);
            get_ticket(&s, NOW);
        }
    }
    scene_set(&s, "ims-media"); /* Bob is looked up by what he calls himself */
    s.source.by_uid = NULL;
    s.r.role.psk_id = (tg_identity){ 0 };
    kept transfer, m;
    scene_start(&s);
    get_resolve_init(&s, &transfer, &m, NOW);
    give(&s, s.kms, TG_SENDER_R, &m, NOW + SECOND);
    expect_error(&s, TG_REFUSAL_AUTH, 0, "a Responder not to be found");
}

/* The key of the KMS's configuration is nobody's who is looked up: else whoever holds it could pass as each of them. */
static void a_subscriber_without_a_key(void **state)
{
    (void)state;
    scene s;
    kept transfer, m;
    for (int n = 0; n < 2; n++) {
        scene_set(&s, "ims-media");
        s.subscribers[0].psk = (tg_bytes){ 0 };
        s.k.role.psk = s.i.role.psk;
        if (n)
            s.i.role.psk_id = (tg_identity){ 0 };
        refused_request(&s, TG_REFUSAL_AUTH, 0, n ? "found by his UID" : "found by his B-TID");
        scene_set(&s, "ims-media");
        s.subscribers[1].psk = (tg_bytes){ 0 };
        s.k.role.psk = s.r.role.psk;
        if (n)
            s.r.role.psk_id = (tg_identity){ 0 };
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + SECOND);
        expect_error(&s, TG_REFUSAL_AUTH, 0, n ? "a Responder by his UID" : "a Responder by his B-TID");
    }
    scene_set(&s, "ims-media");
    s.k.role.psk = s.i.role.psk;
    s.i.role.psk_id = byte_string("b-tid-nobody");
    refused_request(&s, TG_REFUSAL_AUTH, 0, "nobody's B-TID");
    scene_set(&s, "rfc6043"); /* without subscribers it is everybody's */
    s.k.subscribers = NULL;
    s.k.role.psk = s.i.role.psk;
    scene_start(&s);
    get_ticket(&s, NOW);
}

static void what_is_asked(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    s.i.policy.keys[0].type = TG_KEY_MPK;
    refused_request(&s, TG_REFUSAL_TP_PARAM, 15, "an MPK as session key");
    scene_set(&s, "rfc6043");
    s.i.policy.tre = NOW - SECOND;
    refused_request(&s, TG_REFUSAL_TP_PARAM, 15, "a ticket that is over");
    scene_set(&s, "rfc6043");
    s.i.policy.num_r = 0;
    refused_request(&s, TG_REFUSAL_TP_PARAM, 15, "nobody may resolve");
    scene_set(&s, "rfc6043");
    s.i.policy.flags &= (uint16_t)~TG_FLAG('F'); /* but G */
    refused_request(&s, TG_REFUSAL_TP_PARAM, 15, "G without F");
    scene_set(&s, "rfc6043");
    s.i.policy.ticket_type = 9;
    refused_request(&s, TG_REFUSAL_TICKET, 14, "unknown Ticket Type");
    scene_set(&s, "ims-media");
    s.i.policy.ticket_type = 1;
    s.i.policy.subtype = s.i.policy.version = 1;
    refused_request(&s, TG_REFUSAL_TICKET, 14, "another Ticket Type than the profile's");
    scene_set(&s, "rfc6043");
    s.i.policy.prf_func = 77;
    refused_request(&s, TG_REFUSAL_PRF, 2, "unknown PRF for forking");
    scene_set(&s, "rfc6043");
    s.k.refuse_128 = true;
    refused_request(&s, TG_REFUSAL_PRF, 2, "algorithms that this KMS does not work with");
}

static void never(void *user, tg_grant *grant)
{
    (void)user;
    grant->refusal = TG_REFUSAL_ID;
}

static void hook_refuses(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    s.k.grant = never;
    refused_request(&s, TG_REFUSAL_ID, 7, "the policy hook");
    assert_true(is_protected(s.result.out[0].octets)); /* he is who he says: the Error is authentic */
}

/* ---- certificates ------------------------------------------------------------------------------------------- */

static void unknown_hash(scene *s, const kept *request)
{
    uint8_t room[65536];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *message = NULL;
    kept m = *request;
    assert_int_equal(tg_message_parse(bytes_of(&m), &arena, &message, NULL), TG_OK);
    const tg_payload *chash = tg_payload_find(message->payloads, TG_PAYLOAD_CHASH);
    assert_non_null(chash);
    m.octets[chash->octets.data + 1 - m.octets] = 99;
    give(s, s->kms, TG_SENDER_I, &m, NOW);
    expect_error(s, TG_REFUSAL_HASH, 5, "Hash func 99");
}

static void certificates(void **state)
{
    (void)state;
    static char texts[4][16384];
    const struct {
        const char *trust, *self;
        tg_refusal refusal;
        int error_no;
    } cases[] = { { "ca", "alice@example.com", TG_REFUSAL_NONE, -1 },
                  { NULL, "alice@example.com", TG_REFUSAL_CERT, 8 },
                  { "other-ca", "alice@example.com", TG_REFUSAL_CERT, 8 },
                  { "ca", "bob@example.com", TG_REFUSAL_ID, 7 } };
    tg_pk *alice, *kms, *public_kms;
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("initiator", true, texts[0]), &alice), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("kms", true, texts[1]), &kms), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, pem_of("kms", false, texts[2]), &public_kms), TG_OK);
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        scene s;
        kept m;
        tg_pk *trust = NULL;
        if (cases[n].trust)
            assert_int_equal(tg_pk_from_pem(crypto, pem_of(cases[n].trust, false, texts[3]), &trust), TG_OK);
        scene_set(&s, "rfc6043");
        s.i.role.pk = s.i.role.chash = true;
        s.i.role.rsa = alice;
        s.i.role.rsa_kms = public_kms;
        s.k.role.rsa = kms;
        s.k.subscribers = NULL;
        s.k.role.trust = &trust;
        s.k.role.num_trust = trust != NULL;
        s.i.role.self = s.i.policy.i = nai(cases[n].self);
        scene_start(&s);
        ask_for_ticket(&s, &m, NOW);
        unknown_hash(&s, &m);
        give(&s, s.kms, TG_SENDER_I, &m, NOW);
        if (cases[n].refusal == TG_REFUSAL_NONE)
            expect_accepted(&s, 1, "a certificate of the trusted CA");
        else
            expect_error(&s, cases[n].refusal, cases[n].error_no, cases[n].trust ? cases[n].trust : "no trust");
        tg_pk_free(trust);
    }
    tg_pk_free(alice);
    tg_pk_free(kms);
    tg_pk_free(public_kms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks),      cmocka_unit_test(half_a_source), cmocka_unit_test(a_subscriber_without_a_key),
        cmocka_unit_test(what_is_asked), cmocka_unit_test(hook_refuses),  cmocka_unit_test(certificates),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
