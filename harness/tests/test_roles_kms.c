/* The KMS: what it refuses, with which Error, and that no key leaves it then; what it grants, and K. */
#include "test_roles_scene.h"

/* ---- Ticket Request ----------------------------------------------------------------------------------------- */

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

/* D=0 is asked for: what the KMS makes has D=1, and K says that this is not what was asked for (6.10). */
static void the_kms_says_who_made_the_ticket(void **state)
{
    (void)state;
    scene s;
    tg_established e;
    scene_set(&s, "rfc6043");
    s.i.policy.flags &= (uint16_t)~TG_FLAG('D');
    scene_start(&s);
    get_ticket(&s, NOW);
    (void)tg_role_established(s.alice, NOW + SECOND, &e);
    assert_non_null(e.ticket);
    assert_true((e.ticket->flags & TG_FLAG('D')) && (e.ticket->flags & TG_FLAG('K')));
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

/* ---- octets that are wrong ---------------------------------------------------------------------------------- */

static void octets_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* from the front, or with `from_end` from the end */
        bool from_end;
        uint8_t value;
        tg_refusal refusal;
        int error_no;
    } cases[] = {
        { 1, false, 200, TG_REFUSAL_DATA_TYPE, 11 }, { 1, false, 14, TG_REFUSAL_DATA_TYPE, 11 },
        { 3, false, 0x80 | 77, TG_REFUSAL_PRF, 2 },  { 21, true, 99, TG_REFUSAL_MAC_ALG, 3 },
        { 1, true, 0xff, TG_REFUSAL_AUTH, 0 },       { 11, false, 99, TG_REFUSAL_TIMESTAMP, 1 },
        { 2, false, 99, TG_REFUSAL_PARSE, 12 },
    };
    scene s;
    kept request;
    scene_set(&s, "rfc6043");
    scene_start(&s);
    ask_for_ticket(&s, &request, NOW);
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        kept m = request;
        char what[32];
        uint8_t *at = cases[n].from_end ? m.octets + m.len - cases[n].at : m.octets + cases[n].at;
        snprintf(what, sizeof what, "case %zu", n);
        assert_int_not_equal(*at, cases[n].value);
        *at = cases[n].value;
        give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
        expect_error(&s, cases[n].refusal, cases[n].error_no, what);
    }
    for (size_t len = 0; len < request.len; len++) { /* every cut */
        kept m = request;
        m.len = len;
        give(&s, s.kms, TG_SENDER_I, &m, NOW + SECOND);
        assert_true(s.result.refusal != TG_REFUSAL_NONE && s.result.num_out == (len >= 8));
        assert_true(s.result.num_out == 0 || error_no_of(s.result.out[0].octets) == 12);
    }
    give(&s, s.kms, TG_SENDER_I, &request, NOW + SECOND); /* none of that has harmed it */
    expect_accepted(&s, 1, "the request itself");
}

static void an_error_is_never_answered(void **state)
{
    (void)state;
    scene s;
    kept m, error;
    scene_set(&s, "rfc6043");
    s.i.role.psk = secret(PSK_R, sizeof PSK_R);
    scene_start(&s);
    ask_for_ticket(&s, &m, NOW);
    give(&s, s.kms, TG_SENDER_I, &m, NOW);
    keep(&s.result, 0, &error);
    static const tg_sender from[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
    tg_role *roles[] = { s.alice, s.bob, s.kms };
    for (size_t r = 0; r < 3; r++) {
        for (size_t n = 0; n < 3; n++) {
            for (size_t len = 0; len <= error.len; len++) {
                kept cut = error;
                cut.len = len;
                give(&s, roles[r], from[n], &cut, NOW);
                assert_true(len < 8 || s.result.refusal != TG_REFUSAL_NONE);
                assert_int_equal(s.result.num_out, 0);
            }
        }
    }
    assert_int_equal(tg_role_state_of(s.alice), TG_ROLE_REQUESTING); /* it was not authentic: she waits on */
}

/* ---- Ticket Resolve ----------------------------------------------------------------------------------------- */

static void refused_resolve(scene *s, uint64_t now, tg_refusal refusal, int error_no, const char *what)
{
    kept transfer, m;
    scene_start(s);
    get_resolve_init(s, &transfer, &m, NOW);
    give(s, s->kms, TG_SENDER_R, &m, now);
    expect_error(s, refusal, error_no, what);
}

static void who_resolves(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "ims-media");
    s.i.policy.r[0] = nai("carol@example.com");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "a ticket for somebody else");
    scene_set(&s, "ims-media");
    s.i.policy.r[0] = nai("?@example.org");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "a group of another domain");
    scene_set(&s, "ims-media");
    s.r.role.self = nai("carol@example.com");
    s.i.policy.r[0] = nai("?@?");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "another's identity");
    scene_set(&s, "ims-media");
    s.uids[1][0] = s.uids[1][1] = text_bytes("?@?");
    s.r.role.self = nai("?@?");
    s.i.policy.r[0] = nai("?@?");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "a wildcard that calls itself a user");
    scene_set(&s, "ims-media");
    s.r.role.psk = secret(PSK_I, sizeof PSK_I);
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_AUTH, 0, "wrong key");
    scene_set(&s, "rfc6043"); /* without KMS UIDs "?" is a letter */
    s.i.policy.r[0] = nai("?@?");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "no wildcards in RFC 6043");
}

/* 4.2.3.5, TS 33.328 6.2.3.5: Bob asks as bob@, the ticket is for bob.home@: the keys are forked for bob.home@. A37:
 * updates know him by it. */
static void another_identity_of_the_subscriber(void **state)
{
    (void)state;
    scene s;
    kept m;
    scene_set(&s, "ims-media");
    s.i.policy.r[0] = nai("bob.home@example.com");
    scene_start(&s);
    establish(&s, NOW);
    expect_same_keys(&s, NOW + SECOND);
    tg_established e;
    assert_true(tg_role_established(s.alice, NOW, &e));
    assert_true(tg_bytes_equal(e.idr, text_bytes("bob.home@example.com")));
    tg_key_plan key = { .type = TG_KEY_TGK, .key_len = 16 };
    tg_transfer_plan plan = { .keys = &key, .num_keys = 1, .response = true };
    assert_int_equal(tg_role_update(s.alice, &plan, NOW + SECOND, &s.result), TG_OK);
    keep(&s.result, 0, &m);
    give(&s, s.bob, TG_SENDER_I, &m, NOW + 2 * SECOND);
    expect_accepted(&s, 1, "update");
}

static void when_it_is_resolved(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    s.i.policy.tre = NOW + 100 * SECOND;
    refused_resolve(&s, NOW + 200 * SECOND, TG_REFUSAL_TICKET, 14, "an expired ticket");
    scene_set(&s, "rfc6043");
    refused_resolve(&s, NOW - 400 * SECOND, TG_REFUSAL_TIMESTAMP, 1, "a timestamp in the future");
    scene_set(&s, "rfc6043");
    refused_resolve(&s, NOW + 400 * SECOND, TG_REFUSAL_TIMESTAMP, 1, "a timestamp of long ago");
}

static void spoil_ticket(tg_making *m)
{
    tg_kemac *kemac = (tg_kemac *)(uintptr_t)tg_payload_find(m->ticket->ticket_data.payloads, TG_PAYLOAD_KEMAC);
    uint8_t *copy =
        (uint8_t *)(uintptr_t)tg_arena_copy(m->arena, kemac->encr_data.octets.data, kemac->encr_data.octets.len).data;
    copy[5] ^= 1;
    kemac->encr_data.octets.data = copy;
}

/* Alice changes the ticket she was given; her own MAC is right. */
static const tg_deviation tampered = { .name = "tampered",
                                       .breaks = "RFC6043-A.1-08",
                                       .data_type = TG_DATA_TYPE_TRANSFER_INIT,
                                       .from = TG_SENDER_I,
                                       .model = spoil_ticket };

static void what_is_resolved(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    s.i.role.deviation = &tampered;
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_TICKET, 14, "a tampered ticket");
    scene_set(&s, "rfc6043");
    s.i.role.deviation = tg_deviation_find("vr-key");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_AUTH, 0, "forged Initiator Data");
    scene_set(&s, "rfc6043");
    s.k.role.deviation = tg_deviation_find("ticket-auth-key");
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_TICKET, 14, "a ticket of somebody else's making");
}

static tg_bytes application(void *user, const tg_message *resolve_init)
{
    (void)resolve_init;
    return text_bytes(user);
}

static void applications(void **state)
{
    (void)state;
    char wrong[] = "urn:example:chess", right[] = "urn:example:telephony";
    scene s;
    scene_set(&s, "rfc6043");
    s.i.policy.num_apps = 1;
    s.i.policy.apps[0] = (tg_identity){ true, TG_ID_TYPE_URI, text_bytes(right) };
    refused_resolve(&s, NOW + SECOND, TG_REFUSAL_ID, 7, "an application that nobody knows");
    for (int n = 0; n < 2; n++) {
        kept transfer, m;
        scene_set(&s, "rfc6043");
        s.i.policy.num_apps = 1;
        s.i.policy.apps[0] = (tg_identity){ true, TG_ID_TYPE_URI, text_bytes(right) };
        s.k.application = application;
        s.k.user = n ? right : wrong;
        scene_start(&s);
        get_resolve_init(&s, &transfer, &m, NOW);
        give(&s, s.kms, TG_SENDER_R, &m, NOW + SECOND);
        if (n)
            expect_accepted(&s, 1, "the right application");
        else
            expect_error(&s, TG_REFUSAL_ID, 7, "another application");
    }
}

static uint8_t data_type_of(const tg_result *result)
{
    return result->out[0].octets.data[1];
}

/* Whatever bit of a request is changed on its way: no keys. */
static void one_bit(void **state)
{
    (void)state;
    scene s;
    kept request, transfer, resolve, m;
    scene_set(&s, "ims-media");
    s.k.role.replay = NULL; /* the same request again and again */
    scene_start(&s);
    ask_for_ticket(&s, &request, NOW);
    get_resolve_init(&s, &transfer, &resolve, NOW + SECOND);
    for (int n = 0; n < 2; n++) {
        const kept *whole = n ? &resolve : &request;
        tg_sender from = n ? TG_SENDER_R : TG_SENDER_I;
        for (size_t at = 0; at < whole->len; at++) {
            m = *whole;
            m.octets[at] ^= (uint8_t)(1u << (at % 8));
            give(&s, s.kms, from, &m, NOW + 2 * SECOND);
            assert_int_not_equal(s.result.refusal, TG_REFUSAL_NONE);
            assert_true(s.result.num_out == 0 ||
                        (s.result.num_out == 1 && data_type_of(&s.result) == TG_DATA_TYPE_ERROR));
        }
        give(&s, s.kms, from, whole, NOW + 2 * SECOND);
        expect_accepted(&s, 1, "as it was sent");
    }
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

/* ---- granting and K (6.10, A22) ----------------------------------------------------------------------------- */

static void another_responder(void *user, tg_grant *grant)
{
    (void)user;
    grant->policy.r[grant->policy.num_r++] = nai("bob.home@example.com");
}

static void expect_k(scene *s, bool k, const char *what)
{
    kept request, m;
    scene_start(s);
    ask_for_ticket(s, &request, NOW);
    give(s, s->kms, TG_SENDER_I, &request, NOW + 1);
    expect_accepted(s, 1, what);
    keep(&s->result, 0, &m);
    give(s, s->alice, TG_SENDER_K, &m, NOW + 2);
    expect_accepted(s, 0, what);
    const tg_ticket *ticket =
        (const tg_ticket *)tg_payload_find(s->result.judgement->message->payloads, TG_PAYLOAD_TICKET);
    if (((ticket->flags & TG_FLAG('K')) != 0) != k || s->result.judgement->num_findings != 0)
        fail_msg("%s: K is %d, %zu findings", what, (ticket->flags & TG_FLAG('K')) != 0,
                 s->result.judgement->num_findings);
}

static void k_says_what_changed(void **state)
{
    (void)state;
    scene s;
    scene_set(&s, "rfc6043");
    expect_k(&s, false, "nothing changed");
    scene_set(&s, "rfc6043");
    s.i.policy.i = (tg_identity){ 0 };
    expect_k(&s, false, "IDRi added");
    scene_set(&s, "rfc6043");
    s.i.policy.has_keys = false;
    expect_k(&s, false, "the default KEMAC");
    scene_set(&s, "rfc6043");
    s.i.policy.keys[0].spi = text_bytes("my spi");
    expect_k(&s, false, "an SPI that the Initiator chose");
    scene_set(&s, "rfc6043");
    s.k.grant = another_responder;
    expect_k(&s, true, "the hook added a responder");
    scene_set(&s, "rfc6043");
    s.i.policy.keys[0].key_len = 8;
    expect_k(&s, true, "a key that was too short");
    scene_set(&s, "rfc6043");
    s.i.policy.keys[0] = (tg_key_plan){ .type = TG_KEY_TGK, .key_len = 4000 };
    s.k.max_key = 16;
    expect_k(&s, true, "a key that was too long");
    scene_set(&s, "rfc6043");
    s.k.max_validity = 60;
    expect_k(&s, true, "a shorter validity");
    scene_set(&s, "rfc6043");
    s.k.max_validity = 86400;
    expect_k(&s, false, "a validity within the limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks),
        cmocka_unit_test(half_a_source),
        cmocka_unit_test(a_subscriber_without_a_key),
        cmocka_unit_test(the_kms_says_who_made_the_ticket),
        cmocka_unit_test(what_is_asked),
        cmocka_unit_test(hook_refuses),
        cmocka_unit_test(octets_that_are_wrong),
        cmocka_unit_test(an_error_is_never_answered),
        cmocka_unit_test(who_resolves),
        cmocka_unit_test(another_identity_of_the_subscriber),
        cmocka_unit_test(when_it_is_resolved),
        cmocka_unit_test(what_is_resolved),
        cmocka_unit_test(applications),
        cmocka_unit_test(one_bit),
        cmocka_unit_test(certificates),
        cmocka_unit_test(k_says_what_changed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
