/* The bundled reference stands for each role, in every mode and profile, against the library's own roles. */
#include "test_iut_support.h"

static const char *const profiles[] = { "rfc6043",      "ims-media", "ims-msrp-tls",
                                        "ims-bfcp-tls", "ims-mixed", "ims-message" };
#define NUM(array) (sizeof(array) / sizeof *(array))
static const tg_sender everybody[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
static unsigned num_conversations;

static bool equal(tgi_octets a, tg_bytes b)
{
    return a.len == b.len && (b.len == 0 || memcmp(a.data, b.data, b.len) == 0);
}

/* The keys shown last are those that the judge derives. */
static void check_keys(const char *title, const meeting *m)
{
    tg_established e;
    tg_conversation_established(m->judged, &e);
    if (m->party.who == TG_SENDER_K) {
        assert_null(m->party.keys);
        return;
    }
    if (!m->party.keys || e.num_cs == 0 || m->party.keys->num_keys != e.num_cs)
        fail_msg("%s: %zu keys are shown, not %zu", title, m->party.keys ? m->party.keys->num_keys : 0, e.num_cs);
    for (size_t i = 0; i < e.num_cs; i++) {
        assert_int_equal(m->party.keys->keys[i].cs_id, e.cs[i].cs_id);
        assert_true(equal(m->party.keys->keys[i].tek, e.cs[i].tek));
        assert_true(equal(m->party.keys->keys[i].salt, e.cs[i].has_salt ? e.cs[i].salt : (tg_bytes){ 0 }));
    }
}

static void run(const char *title, iut *u, const tg_plan *plan, tg_sender who)
{
    meeting m;
    meet(u, plan, who, &m);
    num_conversations++;
    size_t findings = m.status == TG_OK ? print_findings(m.judged) : 0;
    bool accepted = m.status == TG_OK && tg_conversation_is_accepted(m.judged);
    if (!m.made.finished || !accepted || findings > 0 || m.party.fault != IUT_OK || m.party.unsupported) {
        print_calls(&m.party);
        fail_msg("%s, %s as %d: %s, finished %d, %zu findings, refused by %d: %s %s %s", title, plan->profile->name,
                 who, tg_status_name(m.status), m.made.finished, findings, m.made.refused_by,
                 tg_refusal_text(m.made.refusal), m.made.broken ? m.made.broken->id : "",
                 m.party.inexpressible ? m.party.inexpressible : "");
    }
    if (plan->error == TG_PLAN_NO_ERROR)
        check_keys(title, &m);
    part(&m);
}

static void run_all(const char *title, iut *u, const tg_plan *plan)
{
    for (size_t i = 0; i < NUM(everybody); i++) {
        if (everybody[i] != TG_SENDER_K || plan->mode < 4)
            run(title, u, plan, everybody[i]);
    }
}

static void test_modes_and_profiles(void **state)
{
    (void)state;
    iut *u = attach_reference(NULL);
    for (size_t p = 0; p < NUM(profiles); p++) {
        for (int mode = 1; mode <= 4; mode++) {
            tg_plan plan;
            if (!tg_plan_default(profiles[p], mode, &plan))
                continue;
            run_all("plain", u, &plan);
            plan.suite = tg_suite_128_kw;
            run_all("key wrap", u, &plan);
            plan.suite = tg_suite_256;
            run_all("256 bits", u, &plan);
        }
    }
    iut_detach(u);
}

static void test_variations(void **state)
{
    (void)state;
    iut *u = attach_reference(NULL);
    for (int mode = 1; mode <= 4; mode++) {
        tg_plan plan, varied;
        assert_true(tg_plan_default("rfc6043", mode, &plan));
        for (uint8_t ts = 0; ts <= TG_TS_NTP_UTC_32; ts++) {
            varied = plan;
            varied.ts_type = ts;
            run_all("timestamps", u, &varied);
        }
        varied = plan;
        varied.initiator_key = varied.responder_key = true;
        run_all("own keys", u, &varied);
        varied = plan;
        varied.num_updates = 4;
        varied.updates[0] = (tg_planned_update){ TG_SENDER_I, true, true };
        varied.updates[1] = (tg_planned_update){ TG_SENDER_R, true, true };
        varied.updates[2] = (tg_planned_update){ TG_SENDER_I, false, false };
        varied.updates[3] = (tg_planned_update){ TG_SENDER_R, false, true };
        run_all("updates", u, &varied);
        varied = plan;
        varied.num_reuses = 2;
        run_all("reuse", u, &varied);
        varied.resolve_each_time = true;
        run_all("reuse, resolved each time", u, &varied);
        varied = plan;
        varied.num_streams = 5;
        run_all("streams", u, &varied);
        varied = plan;
        varied.leave_out_ids = true;
        varied.profile = &(tg_profile){ 0 };
        tg_profile empty = *plan.profile;
        tg_setting_set(&empty.settings, "absent_identity", "empty");
        varied.profile = &empty;
        meeting m; /* a judge of what is left out has something to say of it */
        for (size_t i = 0; i < NUM(everybody) - (mode == 4); i++) {
            meet(u, &varied, everybody[i], &m);
            assert_true(m.status == TG_OK && m.made.finished);
            part(&m);
        }
    }
    iut_detach(u);
}

static void test_public_keys(void **state)
{
    (void)state;
    iut *u = attach_reference(NULL);
    for (int mode = 1; mode <= 3; mode++) {
        for (int where = 1; where <= 3; where++) {
            tg_plan plan;
            assert_true(tg_plan_default("rfc6043", mode, &plan));
            use_test_keys(&plan);
            plan.pk_request = where & 1;
            plan.pk_resolve = where & 2;
            run_all("public keys", u, &plan);
            plan.suite = tg_suite_256;
            run_all("public keys, 256 bits", u, &plan);
        }
    }
    iut_detach(u);
}

static void test_two_kms(void **state)
{
    (void)state;
    iut *u = attach_reference(NULL);
    for (size_t p = 0; p < NUM(profiles); p++) {
        tg_plan plan;
        assert_true(tg_plan_default(profiles[p], 1, &plan));
        plan.two_kms = true;
        run_all("two KMSs", u, &plan);
        plan.of_i = true;
        run("two KMSs, that of the Initiator", u, &plan, TG_SENDER_K);
    }
    iut_detach(u);
}

static void test_refusals(void **state)
{
    (void)state;
    iut *u = attach_reference(NULL);
    for (int mode = 1; mode <= 4; mode++) {
        for (unsigned error = TG_PLAN_ERROR_REQUEST; error <= TG_PLAN_ERROR_RESOLVE; error++) {
            tg_plan plan;
            assert_true(tg_plan_default("rfc6043", mode, &plan));
            plan.error = error;
            if ((error == TG_PLAN_ERROR_REQUEST && mode > 2) || (error == TG_PLAN_ERROR_RESOLVE && mode % 2 == 0))
                continue;
            run_all("Errors", u, &plan);
            plan.plain_errors = true;
            run_all("plain Errors", u, &plan);
        }
    }
    iut_detach(u);
}

/* ---- what the interface promises ---------------------------------------------------------------------------- */

static void test_hostile_calls(void **state)
{
    (void)state;
    const tgi_interface *i = iut_reference(NULL);
    tgi_reply reply = { .size = sizeof reply };
    static const uint8_t junk[] = { 1, 14, 0 };
    int nobody = 0;
    void *session = NULL;
    assert_int_equal(i->receive(NULL, TGI_KMS, (tgi_octets){ junk, 3 }, 0, &reply), 0);
    assert_int_equal(reply.outcome, TGI_REJECTED);
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->receive(&nobody, TGI_KMS, (tgi_octets){ junk, 3 }, 0, &reply), 0);
    assert_string_equal(reply.error, "unexpected");
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->start(NULL, "request", NULL, false, 0, &reply), 0);
    assert_int_equal(reply.outcome, TGI_REJECTED);
    i->close(NULL);
    i->close(&nobody);
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->open(&(tgi_open){ .size = sizeof(tgi_open), .role = (tgi_role)9 }, &session, &reply), 0);
    assert_int_equal(reply.outcome, TGI_UNSUPPORTED);
    assert_null(session);
    reply = (tgi_reply){ .size = sizeof reply };
    tgi_open what = { .size = sizeof what, .role = TGI_RESPONDER, .profile = "nothing" };
    assert_int_equal(i->open(&what, &session, &reply), 0);
    assert_int_equal(reply.outcome, TGI_UNSUPPORTED);
    what.profile = "rfc6043";
    what.rsa_own = "no PEM";
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->open(&what, &session, &reply), 0);
    assert_int_equal(reply.outcome, TGI_UNSUPPORTED);
}

static void test_many_sessions(void **state)
{
    (void)state;
    const tgi_interface *i = iut_reference(NULL);
    tgi_open what = { .size = sizeof what, .role = TGI_RESPONDER, .profile = "rfc6043" };
    void *sessions[65];
    tgi_reply reply;
    for (size_t n = 0; n < 64; n++) {
        reply = (tgi_reply){ .size = sizeof reply };
        assert_int_equal(i->open(&what, &sessions[n], &reply), 0);
        assert_int_equal(reply.outcome, TGI_ACCEPTED);
    }
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->open(&what, &sessions[64], &reply), 0);
    assert_string_equal(reply.error, "no_memory");
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->start(sessions[3], "request", NULL, false, 0, &reply), 0);
    assert_int_equal(reply.outcome, TGI_UNSUPPORTED); /* a Responder requests no ticket */
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->start(sessions[3], "update", NULL, false, 0, &reply), 0);
    assert_int_equal(reply.outcome, TGI_REJECTED); /* of what? */
    for (size_t n = 0; n < 64; n++)
        i->close(sessions[n]);
    reply = (tgi_reply){ .size = sizeof reply };
    assert_int_equal(i->open(&what, &sessions[0], &reply), 0);
    assert_int_equal(reply.outcome, TGI_ACCEPTED);
    i->close(sessions[0]);
}

/* Two sessions that are told the same send other random numbers; a reference started anew sends the same again. */
static void test_random(void **state)
{
    (void)state;
    tg_plan plan;
    meeting m;
    uint8_t first[4096];
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    iut *u = attach_reference(NULL);
    meet(u, &plan, TG_SENDER_I, &m);
    assert_true(m.made.sent[0].octets.len < sizeof first);
    size_t len = m.made.sent[0].octets.len;
    memcpy(first, m.made.sent[0].octets.data, len);
    part(&m);
    meet(u, &plan, TG_SENDER_I, &m);
    assert_int_equal(m.made.sent[0].octets.len, len);
    assert_memory_not_equal(m.made.sent[0].octets.data, first, len);
    part(&m);
    iut_detach(u);
}

static void test_decode_and_check(void **state)
{
    (void)state;
    const tgi_interface *i = iut_reference(NULL);
    tg_plan plan;
    tg_conversation_made made;
    tg_arena arena = tg_arena_of(memory, MEMORY);
    assert_true(tg_plan_default("ims-media", 1, &plan));
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_OK);
    static const tgi_role from[] = { 0, TGI_INITIATOR, TGI_RESPONDER, TGI_KMS };
    for (size_t n = 0; n < made.num_sent; n++) {
        tgi_octets octets = { made.sent[n].octets.data, made.sent[n].octets.len };
        tgi_reply reply = { .size = sizeof reply };
        assert_int_equal(i->decode(octets, &reply), 0);
        assert_int_equal(reply.outcome, TGI_ACCEPTED);
        assert_true(equal(reply.reencoded, made.sent[n].octets));
        reply = (tgi_reply){ .size = sizeof reply };
        assert_int_equal(i->check(octets, "ims-media", "initial", from[made.sent[n].from], &reply), 0);
        assert_int_equal(reply.outcome, TGI_ACCEPTED);
        octets.len--;
        reply = (tgi_reply){ .size = sizeof reply };
        assert_int_equal(i->decode(octets, &reply), 0);
        assert_int_equal(reply.outcome, TGI_REJECTED);
        assert_string_equal(reply.error, "parse");
        reply = (tgi_reply){ .size = sizeof reply };
        assert_int_equal(i->check(octets, NULL, NULL, 0, &reply), 0);
        assert_int_equal(reply.outcome, TGI_REJECTED);
    }
    uint8_t copy[4096];
    memcpy(copy, made.sent[0].octets.data, made.sent[0].octets.len);
    copy[0] = 2; /* version */
    tgi_reply reply = { .size = sizeof reply };
    assert_int_equal(i->check((tgi_octets){ copy, made.sent[0].octets.len }, NULL, NULL, 0, &reply), 0);
    assert_string_equal(reply.error, "rule");
    assert_non_null(strstr(reply.text, "RFC3830-6.1-x05"));
    tg_conversation_made_free(&made);
}

static int summary(void **state)
{
    print_message("%u conversations with the reference\n", num_conversations);
    return tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes_and_profiles), cmocka_unit_test(test_variations),
        cmocka_unit_test(test_public_keys),        cmocka_unit_test(test_two_kms),
        cmocka_unit_test(test_refusals),           cmocka_unit_test(test_hostile_calls),
        cmocka_unit_test(test_many_sessions),      cmocka_unit_test(test_random),
        cmocka_unit_test(test_decode_and_check),
    };
    return cmocka_run_group_tests(tests, set_up, summary);
}
