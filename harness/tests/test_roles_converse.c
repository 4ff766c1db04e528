/* Whole runs of the three roles: a judge that holds all secrets finds nothing wrong with them. */
#define _GNU_SOURCE /* memmem */
#include "test_roles_support.h"

static tg_plan plan_for(const char *profile, int mode)
{
    tg_plan plan;
    assert_true(tg_plan_default(profile, mode, &plan));
    return plan;
}

static const struct {
    const char *name;
    const tg_suite *suite;
} suites[] = { { "128", &tg_suite_128 }, { "128 with AES-KW", &tg_suite_128_kw }, { "256", &tg_suite_256 } };
#define NUM_SUITES (sizeof suites / sizeof *suites)

static const size_t messages_of_mode[] = { 0, 6, 4, 4, 2 };

static void modes_and_suites(void **state)
{
    (void)state;
    for (int mode = 1; mode <= 4; mode++) {
        for (size_t s = 0; s < NUM_SUITES; s++) {
            char title[64];
            tg_plan plan = plan_for("rfc6043", mode);
            plan.suite = *suites[s].suite;
            snprintf(title, sizeof title, "mode %d, suite %s", mode, suites[s].name);
            run_clean(title, &plan, messages_of_mode[mode]);
        }
    }
}

static void profiles(void **state)
{
    (void)state;
    static const char *const names[] = { "rfc6043",      "ims-media", "ims-msrp-tls",
                                         "ims-bfcp-tls", "ims-mixed", "ims-message" };
    for (size_t p = 0; p < sizeof names / sizeof *names; p++) {
        for (int mode = 1; mode <= 3; mode += 2) {
            for (size_t s = 0; s < NUM_SUITES; s++) {
                char title[64];
                tg_plan plan = plan_for(names[p], mode);
                plan.suite = *suites[s].suite;
                plan.num_streams = 1 + s;
                snprintf(title, sizeof title, "%s, mode %d, suite %s", names[p], mode, suites[s].name);
                run_clean(title, &plan, messages_of_mode[mode] - (strcmp(names[p], "ims-message") == 0));
            }
        }
    }
}

static void public_keys(void **state)
{
    (void)state;
    for (int n = 1; n < 4; n++) {
        for (size_t s = 0; s < NUM_SUITES; s++) {
            char title[64];
            tg_plan plan = plan_for(n == 3 ? "ims-media" : "rfc6043", 1);
            use_test_keys(&plan);
            plan.pk_request = n & 1;
            plan.pk_resolve = (n & 2) != 0;
            plan.suite = *suites[s].suite;
            snprintf(title, sizeof title, "public keys %d, suite %s", n, suites[s].name);
            run_clean(title, &plan, 6);
        }
    }
}

/* Every set of F, G, H, I, J that the implications of 6.10 allow. */
static void flags(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 32; bits++) {
        uint16_t f = bits & 1 ? TG_FLAG('F') : 0, g = bits & 2 ? TG_FLAG('G') : 0, h = bits & 4 ? TG_FLAG('H') : 0,
                 i = bits & 8 ? TG_FLAG('I') : 0, j = bits & 16 ? TG_FLAG('J') : 0;
        if ((g && !f) || (!g && !h))
            continue;
        char title[64];
        tg_plan plan = plan_for("rfc6043", 1);
        plan.has_flags = true;
        plan.flags =
            (uint16_t)(f | g | h | i | j | TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('L') | TG_FLAG('N') | TG_FLAG('O'));
        plan.num_reuses = j ? 2 : 0;
        snprintf(title, sizeof title, "flags F%d G%d H%d I%d J%d", f != 0, g != 0, h != 0, i != 0, j != 0);
        run_clean(title, &plan, (size_t)5 + (f != 0) + (j ? 2u + 2u * (f != 0) : 0u));
    }
}

static void updates_and_reuse(void **state)
{
    (void)state;
    for (int mode = 1; mode <= 4; mode++) {
        for (size_t s = 0; s < NUM_SUITES; s++) {
            char title[64];
            tg_plan plan = plan_for("rfc6043", mode);
            static const tg_planned_update updates[] = { { TG_SENDER_I, true, true },
                                                         { TG_SENDER_R, true, true },
                                                         { TG_SENDER_I, false, true },
                                                         { TG_SENDER_R, true, false },
                                                         { TG_SENDER_I, true, false } };
            plan.suite = *suites[s].suite;
            memcpy(plan.updates, updates, sizeof updates);
            plan.num_updates = 5;
            plan.num_reuses = 2;
            snprintf(title, sizeof title, "updates and reuse, mode %d, suite %s", mode, suites[s].name);
            run_clean(title, &plan, messages_of_mode[mode] + 9 + 4);
        }
    }
}

static void a_responder_that_resolves_each_time(void **state)
{
    (void)state;
    tg_plan plan = plan_for("ims-media", 1);
    plan.num_reuses = 2;
    plan.resolve_each_time = true;
    run_clean("resolves each time", &plan, 6 + 2 * 4);
    plan.resolve_each_time = false;
    run_clean("keeps the keys", &plan, 6 + 2 * 2);
}

static void keys_of_both_sides(void **state)
{
    (void)state;
    for (int n = 1; n < 4; n++) {
        tg_plan plan = plan_for("rfc6043", 1);
        plan.initiator_key = n & 1;
        plan.responder_key = (n & 2) != 0;
        run_clean("keys supplied", &plan, 6);
        plan.suite = tg_suite_256;
        run_clean("keys supplied, 256", &plan, 6);
    }
    tg_plan plan = plan_for("rfc6043", 1); /* section 8: a ticket without session keys, the Responder has the TEK */
    plan.has_keys = true;
    plan.responder_key = true;
    run_clean("pre-encrypted content", &plan, 6);
}

static void key_kinds(void **state)
{
    (void)state;
    for (uint8_t type = TG_KEY_TGK; type <= TG_KEY_GTGK_SALT; type++) {
        tg_plan plan = plan_for("rfc6043", 1);
        plan.has_keys = true;
        plan.num_keys = 3;
        for (size_t k = 0; k < 3; k++)
            plan.keys[k] =
                (tg_key_plan){ .type = type, .key_len = 16, .salt_len = tg_key_type_has_salt(type) ? 14 : 0 };
        run_clean("key kinds", &plan, 6);
        plan.suite = tg_suite_256;
        plan.keys[1].key_len = 24;
        plan.keys[2].key_len = 32;
        run_clean("key kinds, 256", &plan, 6);
    }
}

static void timestamps(void **state)
{
    (void)state;
    for (uint8_t ts_type = TG_TS_NTP_UTC; ts_type <= TG_TS_NTP_UTC_32; ts_type++) {
        char title[32];
        tg_plan plan = plan_for("rfc6043", 1);
        plan.ts_type = ts_type;
        plan.updates[0] = (tg_planned_update){ TG_SENDER_I, true, true };
        plan.updates[1] = (tg_planned_update){ TG_SENDER_R, true, true };
        plan.num_updates = 2;
        plan.num_reuses = 1;
        snprintf(title, sizeof title, "TS Type %d", ts_type);
        run_clean(title, &plan, 6 + 4 + 2);
        plan.now = 0x0000000500000000u; /* 2036-02-07 06:28:21, in the second era (RFC 4330) */
        run_clean(title, &plan, 6 + 4 + 2);
    }
}

/* RFC 4567 4.1.4: the list stands in the message that the MAC covers, in each TRANSFER_INIT with a ticket. */
static void protocols_of_the_offer(void **state)
{
    (void)state;
    tg_plan plan = plan_for("ims-media", 1);
    plan.sdp_ids = tg_bytes_of("mikey;other", 11);
    run_clean("SDP IDs", &plan, 6);
    tg_conversation_made made;
    converse(&plan, &made);
    size_t seen = 0;
    for (size_t i = 0; i < made.num_sent; i++) {
        tg_bytes octets = made.sent[i].octets;
        bool is_there = memmem(octets.data, octets.len, "\x01\x00\x0bmikey;other", 14) != NULL; /* type 1, length, data */
        assert_int_equal(is_there, octets.data[1] == TG_DATA_TYPE_TRANSFER_INIT);
        seen += is_there;
    }
    assert_int_equal(seen, 1);
    tg_conversation_made_free(&made);
}

static void two_kms(void **state)
{
    (void)state;
    for (size_t s = 0; s < NUM_SUITES; s++) {
        tg_plan plan = plan_for("ims-media", 1);
        plan.two_kms = true;
        plan.suite = *suites[s].suite;
        run_clean("two KMSs", &plan, 8);
    }
}

static void errors(void **state)
{
    (void)state;
    static const size_t num[] = { 0, 2, 4, 6 };
    for (int n = 1; n < 4; n++) {
        for (int k = 0; k < 4; k++) {
            tg_plan plan = plan_for("rfc6043", 1);
            use_test_keys(&plan);
            plan.error = n == 1 ? TG_PLAN_ERROR_REQUEST : n == 2 ? TG_PLAN_ERROR_TRANSFER : TG_PLAN_ERROR_RESOLVE;
            plan.plain_errors = k & 1;
            plan.pk_request = plan.pk_resolve = (k & 2) != 0;
            run_clean("errors", &plan, num[n] - (n == 3 && plan.plain_errors)); /* a bare Error of a KMS ends nothing */
        }
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    tg_conversation_made made;
    tg_arena arena = tg_arena_of(memory, MEMORY);
    tg_plan plan = plan_for("ims-message", 1);
    plan.responder_key = true;
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
    plan = plan_for("rfc6043", 1);
    plan.pk_request = true; /* without keys */
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
    assert_false(tg_plan_default("ims-media", 2, &plan));
    assert_false(tg_plan_default("no-such-profile", 1, &plan));
    assert_false(tg_plan_default("rfc6043", 5, &plan));
}

/* Under every setting the roles and a judge of the same mind agree. */
static void settings(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } others[] = {
        { "v_flag", "sec6" },
        { "mac_identity", "len_data" },
        { "mac_identity", "type_len_data" },
        { "absent_identity", "empty" },
        { "update_id_order", "sender" },
        { "idata_excl", "if_present" },
        { "idata_excl", "data_only" },
        { "resp_init_copy", "excl_idata" },
        { "iv_time", "initial" },
        { "ntp32_pad", "leading" },
        { "counter_pad", "trailing" },
        { "ticket_iv_csb", "zero" },
        { "vi_next", "identical" },
        { "vr_prf", "hdr" },
        { "update_keys", "same_mpk" },
        { "kw_pad", "zero" },
        { "sig_hash", "sha256" },
        { "sig_hash", "suite" },
        { "pke_pad", "oaep" },
        { "rand_sum", "used" },
        { "spi_required", "session" },
        { "error_pk_key", "envelope" },
        { "mix_scope", "outer" },
        { "tls_key", "tgk" },
        { "tls_policies", "rfc6043" },
    };
    for (size_t n = 0; n < sizeof others / sizeof *others; n++) {
        for (int k = 0; k < 6; k++) {
            tg_plan plan = plan_for(k == 5 ? "ims-mixed" : "rfc6043", 1);
            tg_profile profile = *plan.profile;
            assert_true(tg_setting_set(&profile.settings, others[n].name, others[n].value));
            plan.profile = &profile;
            use_test_keys(&plan);
            plan.pk_request = plan.pk_resolve = k == 1;
            plan.ts_type = k == 2 ? TG_TS_NTP_UTC_32 : k == 3 ? TG_TS_COUNTER : TG_TS_NTP_UTC;
            plan.suite = k == 4 ? tg_suite_128_kw : tg_suite_128;
            if (k != 4) {
                plan.updates[0] = (tg_planned_update){ TG_SENDER_I, k != 2, true };
                plan.updates[1] = (tg_planned_update){ TG_SENDER_R, true, true };
                plan.num_updates = 2;
            }
            char title[96];
            snprintf(title, sizeof title, "%s=%s, %d", others[n].name, others[n].value, k);
            run_clean(title, &plan, k == 2 ? 9 : k != 4 ? 10 : 6);
        }
    }
}

/* The octets depend on the plan alone. */
static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    tg_conversation_made a, b;
    tg_plan plan = plan_for("ims-media", 1);
    tg_arena second = tg_arena_of(judge_memory, MEMORY);
    converse(&plan, &a);
    assert_int_equal(tg_converse(crypto, &plan, &second, &b), TG_OK);
    assert_int_equal(a.num_sent, b.num_sent);
    for (size_t i = 0; i < a.num_sent; i++)
        assert_true(tg_bytes_equal(a.sent[i].octets, b.sent[i].octets));
    tg_bytes first = tg_arena_copy(&second, a.sent[0].octets.data, a.sent[0].octets.len);
    plan.seed = text_bytes("another");
    converse(&plan, &b);
    assert_false(tg_bytes_equal(first, b.sent[0].octets));
}

/* ---- a cast that is given ------------------------------------------------------------------------------------- */

static tg_identity named(uint8_t id_type, const char *text)
{
    return (tg_identity){ true, id_type, text_bytes(text) };
}

/* Nobody of the built-in cast. */
static tg_given_cast another_cast(void)
{
    return (tg_given_cast){ .i = named(TG_ID_TYPE_NAI, "ines@example.org"),
                            .r = named(TG_ID_TYPE_NAI, "rolf@example.org"),
                            .kms = named(TG_ID_TYPE_URI, "keys.example.org"),
                            .kms_r = named(TG_ID_TYPE_URI, "keys.example.net"),
                            .b_tid_i = named(TG_ID_TYPE_BYTE_STRING, "ines-b-tid"),
                            .b_tid_r = named(TG_ID_TYPE_BYTE_STRING, "rolf-b-tid"),
                            .psk_i = text_bytes("the key that ines has with them."),
                            .psk_r = text_bytes("the key that rolf has with them."),
                            .psk_kms = text_bytes("the key that both KMSs have....."),
                            .tpk = text_bytes("what the tickets are made with..") };
}

static bool is_in(tg_bytes octets, tg_bytes what)
{
    for (size_t at = 0; at + what.len <= octets.len; at++) {
        if (memcmp(octets.data + at, what.data, what.len) == 0)
            return true;
    }
    return false;
}

/* What the judge is told are the given secrets, and it opens and verifies everything with them. */
static void a_given_cast(void **state)
{
    (void)state;
    tg_given_cast cast = another_cast();
    tg_conversation_made made;
    for (int mode = 1; mode <= 4; mode++) {
        char title[64];
        tg_plan plan = plan_for("rfc6043", mode);
        plan.cast = &cast;
        snprintf(title, sizeof title, "a given cast, mode %d", mode);
        run_clean(title, &plan, messages_of_mode[mode]);
        converse(&plan, &made);
        assert_true(made.keys_are_given);
        assert_ptr_equal(made.known.secrets.psk_i.data, cast.psk_i.data);
        assert_ptr_equal(made.known.secrets.psk_r.data, cast.psk_r.data);
        assert_ptr_equal(made.known.secrets.tpk.data, cast.tpk.data);
        assert_true(tg_bytes_equal(made.known.i.data, cast.i.data));
        assert_true(is_in(made.sent[0].octets, cast.i.data));
        assert_int_equal(is_in(made.sent[0].octets, cast.b_tid_i.data), mode <= 2);
        tg_conversation_made_free(&made);
    }
    tg_plan plan = plan_for("ims-media", 1);
    plan.cast = &cast;
    plan.two_kms = true;
    run_clean("a given cast, two KMSs", &plan, 8);
}

/* Nothing of it comes from the seed: with another one the secrets are the same, and the messages are not. */
static void a_given_cast_with_other_seeds(void **state)
{
    (void)state;
    tg_given_cast cast = another_cast();
    tg_plan plan = plan_for("rfc6043", 1);
    tg_conversation_made made;
    uint8_t first[2048];
    plan.cast = &cast;
    converse(&plan, &made);
    size_t len = made.sent[0].octets.len;
    assert_true(len < sizeof first);
    memcpy(first, made.sent[0].octets.data, len);
    plan.seed = text_bytes("fresh");
    run_clean("a given cast, another seed", &plan, 6);
    converse(&plan, &made);
    assert_false(tg_bytes_equal(made.sent[0].octets, tg_bytes_of(first, len)));
}

/* Its RSA keys stay its own: two conversations use them, and whoever gave them frees them. */
static void a_given_cast_with_public_keys(void **state)
{
    (void)state;
    tg_given_cast cast = another_cast();
    tg_plan plan = plan_for("rfc6043", 1);
    tg_pk *i, *r, *kms, *trust;
    use_test_keys(&plan);
    assert_int_equal(tg_pk_from_pem(crypto, plan.rsa_i, &i), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, plan.rsa_r, &r), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, plan.rsa_kms, &kms), TG_OK);
    assert_int_equal(tg_pk_from_pem(crypto, plan.trust, &trust), TG_OK);
    cast.i = named(TG_ID_TYPE_NAI, "alice@example.com"); /* as their certificates say */
    cast.r = named(TG_ID_TYPE_NAI, "bob@example.com");
    cast.kms = named(TG_ID_TYPE_URI, "kms.example.com");
    cast.rsa_i = i, cast.rsa_r = r, cast.rsa_kms = kms;
    cast.trust = &trust, cast.num_trust = 1;
    plan.rsa_i = plan.rsa_r = plan.rsa_kms = plan.trust = (tg_bytes){ NULL, 0 };
    plan.pk_request = plan.pk_resolve = true;
    plan.cast = &cast;
    run_clean("a given cast, public keys", &plan, 6);
    run_clean("a given cast, public keys again", &plan, 6);
    cast.rsa_i = NULL;
    tg_conversation_made made;
    tg_arena arena = tg_arena_of(memory, MEMORY);
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
    tg_pk_free(i);
    tg_pk_free(r);
    tg_pk_free(kms);
    tg_pk_free(trust);
}

/* What is not known is done without, or the plan is refused. */
static void a_given_cast_that_lacks_something(void **state)
{
    (void)state;
    tg_given_cast cast = another_cast();
    tg_plan plan = plan_for("rfc6043", 2);
    tg_conversation_made made;
    cast.b_tid_i = (tg_identity){ .known = false };
    plan.cast = &cast;
    converse(&plan, &made);
    assert_true(made.finished);
    assert_false(is_in(made.sent[0].octets, text_bytes("ines-b-tid")));
    cast.tpk = (tg_bytes){ NULL, 0 }; /* a Responder who opens tickets himself */
    tg_arena arena = tg_arena_of(memory, MEMORY);
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
    cast = another_cast();
    cast.psk_i = (tg_bytes){ NULL, 0 };
    arena = tg_arena_of(memory, MEMORY);
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
    cast = another_cast();
    cast.r.known = false;
    arena = tg_arena_of(memory, MEMORY);
    assert_int_equal(tg_converse(crypto, &plan, &arena, &made), TG_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_and_suites),
        cmocka_unit_test(profiles),
        cmocka_unit_test(public_keys),
        cmocka_unit_test(flags),
        cmocka_unit_test(updates_and_reuse),
        cmocka_unit_test(a_responder_that_resolves_each_time),
        cmocka_unit_test(keys_of_both_sides),
        cmocka_unit_test(key_kinds),
        cmocka_unit_test(timestamps),
        cmocka_unit_test(protocols_of_the_offer),
        cmocka_unit_test(two_kms),
        cmocka_unit_test(errors),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(settings),
        cmocka_unit_test(the_same_seed_gives_the_same),
        cmocka_unit_test(a_given_cast),
        cmocka_unit_test(a_given_cast_with_other_seeds),
        cmocka_unit_test(a_given_cast_with_public_keys),
        cmocka_unit_test(a_given_cast_that_lacks_something),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
