/* The KMS and Ticket Resolve: whom, when and what it resolves a ticket for; what it refuses, with which Error. */
#include "test_roles_scene.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_resolves),        cmocka_unit_test(another_identity_of_the_subscriber),
        cmocka_unit_test(when_it_is_resolved), cmocka_unit_test(what_is_resolved),
        cmocka_unit_test(applications),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
