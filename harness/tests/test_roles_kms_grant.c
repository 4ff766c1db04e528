/* The KMS: what it grants, and K, which says that this is not what was asked for (6.10, A22). */
#include "test_roles_scene.h"

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
        cmocka_unit_test(the_kms_says_who_made_the_ticket),
        cmocka_unit_test(k_says_what_changed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
