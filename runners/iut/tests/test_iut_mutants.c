/* Mutants of the reference: the table, and that each behaves otherwise than the reference in some conversation. That
 * each is found by its row and by no other is for the gate to show (ci/mutants). */
#include "reference.h"
#include "test_iut_support.h"

#define NUM(array) (sizeof(array) / sizeof *(array))

/* They need what no plan says: other letters, names, policies, tickets. The gate has cases for them. */
static const char *const need_a_script[] = {
    "replay-accepted",
    "any-certificate",
    "anybodys-certificate",
    "unexpected-in-initiator-data",
    "resolve-psk-id-needed",
    "equal-counter-in-request-resp",
    "equal-counter-in-transfer-resp",
    "equal-counter-in-resolve-resp",
    "called-only",
    "asked-for-only",
    "sessions-not-added",
    "session-data-needed",
    "spi-needed",
    "psk-id-in-ticket",
    "thdr-data",
    "sealed-elsewhere",
    "wildcard-for-one-at-least",
    "gives-up",
    "takes-any-grant",
    "takes-any-answer",
    "wrong-default-key",
    "reuses-any",
    "prf-of-ticket",
    "one-name-only",
    "old-update-accepted",
    "anybodys-name",
    "group-as-user",
    "any-forked-keys",
    "expired-ticket-used",
};

/* ---- the table ---------------------------------------------------------------------------------------------- */

static bool has_row(const iut_mutant *mutants, size_t num, const char *row)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(mutants[i].breaks, row) == 0)
            return true;
    }
    return false;
}

static void test_table(void **state)
{
    (void)state;
    size_t num, rows = 0, of_class[3] = { 0 }, of_role[3] = { 0 };
    static const char *const roles[] = { "initiator", "responder", "kms" };
    const iut_mutant *mutants = iut_mutants(&num);
    for (size_t i = 0; i < num; i++) {
        const iut_mutant *m = &mutants[i];
        const tg_requirement *row = tg_requirement_find(m->breaks);
        const iut_variant *v = iut_variant_find(m->name);
        if (!row || row->how == TG_HOW_NONE || row->how == TG_HOW_PLANNED || !v ||
            (v->deviation_name && !tg_deviation_find(v->deviation_name)))
            fail_msg("%s: its row or its deviation is not there", m->name);
        assert_true(strlen(m->title) > 0 && m->title[strlen(m->title) - 1] == '.');
        for (size_t n = 0; n < i; n++)
            assert_string_not_equal(mutants[n].name, m->name);
        rows += !has_row(mutants, i, m->breaks);
        of_class[row->on_receive]++;
        size_t in_roles = 0;
        for (size_t n = 0; n < NUM(roles); n++) {
            in_roles += strstr(m->roles, roles[n]) != NULL;
            of_role[n] += strstr(m->roles, roles[n]) != NULL;
        }
        assert_true(in_roles > 0);
    }
    print_message(
        "%zu mutants of %zu rows: %zu reject, %zu ignore, %zu either; %zu initiators, %zu responders, %zu KMSs\n", num,
        rows, of_class[0], of_class[1], of_class[2], of_role[0], of_role[1], of_role[2]);
    assert_true(num >= 64 && rows >= 62);
    assert_true(of_class[TG_ON_RECEIVE_REJECT] > 0 && of_class[TG_ON_RECEIVE_IGNORE] > 0 &&
                of_class[TG_ON_RECEIVE_EITHER] > 0);
}

/* A row that only a live implementation shows has a mutant, unless another row shows it. */
static void test_behaviour_rows(void **state)
{
    (void)state;
    size_t num, num_rows, missing = 0;
    const iut_mutant *mutants = iut_mutants(&num);
    const tg_requirement *rows = tg_requirements(&num_rows);
    for (size_t i = 0; i < num_rows; i++) {
        if (rows[i].how != TG_HOW_BEHAVIOUR || strcmp(rows[i].room, "gate") != 0 || rows[i].shown_by[0] != '\0' ||
            has_row(mutants, num, rows[i].id))
            continue;
        print_error("%s: no mutant\n", rows[i].id);
        missing++;
    }
    assert_int_equal(missing, 0);
}

static void test_names(void **state)
{
    (void)state;
    assert_null(iut_variant_find("no-such-mutant"));
    assert_null(iut_reference("no-such-mutant"));
    assert_non_null(iut_reference(NULL));
}

/* ---- conversations ------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ octets[i]) * 0x100000001b3u;
    return (hash ^ len) * 0x100000001b3u;
}

/* What the IUT did, in one number. */
static uint64_t digest(const iut_party *p)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < p->num_calls; i++) {
        const iut_party_call *c = &p->calls[i];
        hash = mix(hash, c->what, strlen(c->what));
        hash = mix(hash, &c->outcome, sizeof c->outcome);
        hash = mix(hash, c->error ? c->error : "", c->error ? strlen(c->error) : 0);
        hash = mix(hash, &c->established, sizeof c->established);
        for (size_t n = 0; n < c->num_sent; n++)
            hash = mix(hash, c->sent[n].octets.data, c->sent[n].octets.len);
        for (size_t n = 0; n < c->num_keys; n++) {
            hash = mix(hash, c->keys[n].tek.data, c->keys[n].tek.len);
            hash = mix(hash, c->keys[n].salt.data, c->keys[n].salt.len);
        }
    }
    return hash;
}

#define MAX_PLANS 1200
typedef struct scene {
    tg_plan plan;
    tg_sender who;
    uint64_t digest;
} scene;
static scene *scenes;
static size_t num_scenes;

static uint64_t play(const scene *s, const char *mutant)
{
    meeting m;
    iut *u = attach_reference(mutant);
    meet(u, &s->plan, s->who, &m);
    uint64_t out = digest(&m.party);
    if (m.party.fault != IUT_OK)
        fail_msg("%s broke down: %s", mutant ? mutant : "the reference", m.party.fault_text);
    part(&m);
    iut_detach(u);
    return out;
}

#define EVERYBODY "IRK"
static void add(const tg_plan *plan, const char *whom)
{
    static const char letters[] = "?IRK";
    for (tg_sender who = TG_SENDER_I; who <= TG_SENDER_K; who++) {
        if (!strchr(whom, letters[who]) || (who == TG_SENDER_K && plan->mode == 4) || num_scenes == MAX_PLANS)
            continue;
        scene *s = &scenes[num_scenes];
        *s = (scene){ .plan = *plan, .who = who };
        s->digest = play(s, NULL);
        if (play(s, NULL) == s->digest) /* else it has sealed an envelope key: no two are alike */
            num_scenes++;
    }
}

static void add_plain(const char *profile, int mode)
{
    tg_plan plan, varied;
    if (!tg_plan_default(profile, mode, &plan))
        return;
    add(&plan, EVERYBODY);
    if (strcmp(profile, "rfc6043") != 0 && mode == 1) {
        plan.two_kms = true;
        add(&plan, EVERYBODY);
        plan.of_i = true;
        add(&plan, "K");
        return;
    }
    varied = plan;
    varied.num_updates = 3;
    varied.updates[0] = (tg_planned_update){ TG_SENDER_I, true, true };
    varied.updates[1] = (tg_planned_update){ TG_SENDER_R, true, true };
    varied.updates[2] = (tg_planned_update){ TG_SENDER_I, false, false };
    add(&varied, EVERYBODY);
    if (mode == 2) {
        varied = plan;
        varied.has_flags = true;
        varied.flags = (uint16_t)(TG_FLAG('D') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('N') | TG_FLAG('O'));
        add(&varied, EVERYBODY);
    }
    varied = plan;
    varied.num_reuses = 1;
    add(&varied, EVERYBODY);
    varied.resolve_each_time = true;
    add(&varied, EVERYBODY);
    varied = plan;
    varied.initiator_key = true;
    add(&varied, EVERYBODY);
    varied = plan;
    varied.responder_key = true;
    add(&varied, EVERYBODY);
    varied = plan;
    varied.suite = tg_suite_256;
    add(&varied, EVERYBODY);
    varied = plan;
    varied.ts_type = TG_TS_COUNTER;
    add(&varied, EVERYBODY);
    varied = plan;
    varied.has_keys = true;
    varied.num_keys = 1;
    varied.keys[0] = (tg_key_plan){ .type = TG_KEY_TGK_SALT, .key_len = 16, .salt_len = 14 };
    add(&varied, EVERYBODY);
    varied = plan;
    varied.now = (uint64_t)100000000 << 32; /* 2039 */
    add(&varied, EVERYBODY);
    for (unsigned error = TG_PLAN_ERROR_REQUEST; error <= TG_PLAN_ERROR_RESOLVE; error++) {
        varied = plan;
        varied.error = error;
        if ((error == TG_PLAN_ERROR_REQUEST && mode > 2) || (error == TG_PLAN_ERROR_RESOLVE && mode % 2 == 0))
            continue;
        add(&varied, EVERYBODY);
        varied.plain_errors = true;
        add(&varied, EVERYBODY);
        varied.ts_type = TG_TS_COUNTER;
        add(&varied, EVERYBODY);
    }
}

/* Who gets the message that a deviation changes. */
static const char *receivers_of(int16_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        return "K";
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_TRANSFER_RESP:
        return "I";
    case TG_DATA_TYPE_TRANSFER_INIT:
        return "RK";
    case TG_DATA_TYPE_RESOLVE_RESP:
        return "R";
    default:
        return EVERYBODY;
    }
}

static void make_scenes(void)
{
    static const char *const profiles[] = { "rfc6043", "ims-media", "ims-msrp-tls", "ims-message" };
    size_t num;
    const tg_deviation *deviations = tg_deviations(&num);
    scenes = calloc(MAX_PLANS, sizeof *scenes);
    assert_non_null(scenes);
    for (size_t p = 0; p < NUM(profiles); p++) {
        for (int mode = 1; mode <= 4; mode++)
            add_plain(profiles[p], mode);
    }
    for (size_t i = 0; i < num; i++) {
        tg_plan plan;
        if (!tg_deviation_plan(&deviations[i], &plan))
            continue;
        if (plan.pk_request || plan.pk_resolve)
            use_test_keys(&plan);
        add(&plan, receivers_of(deviations[i].data_type));
        bool of_ticket = deviations[i].data_type == TG_DEVIATION_TICKET;
        if (of_ticket && tg_plan_default("rfc6043", 3, &plan)) { /* made by the Initiator */
            plan.deviation = &deviations[i];
            add(&plan, "K");
        }
    }
}

static bool is_wrong_in(const iut_mutant *m, tg_sender who)
{
    static const char *const names[] = { "", "initiator", "responder", "kms" };
    return strstr(m->roles, names[who]) != NULL;
}

static bool differs(const iut_mutant *m)
{
    for (size_t i = 0; i < num_scenes; i++) {
        if (is_wrong_in(m, scenes[i].who) && play(&scenes[i], m->name) != scenes[i].digest)
            return true;
    }
    return false;
}

static void test_each_differs(void **state)
{
    (void)state;
    size_t num, same = 0;
    const iut_mutant *mutants = iut_mutants(&num);
    make_scenes();
    assert_true(num_scenes < MAX_PLANS);
    for (size_t i = 0; i < num; i++) {
        /* containers are in no conversation: test_iut_containers.c */
        bool needs_script = iut_variant_find(mutants[i].name)->container != IUT_CONTAINER_RIGHT;
        for (size_t n = 0; n < NUM(need_a_script); n++)
            needs_script |= strcmp(need_a_script[n], mutants[i].name) == 0;
        if (needs_script == !differs(&mutants[i]))
            continue;
        print_error("%s: %s\n", mutants[i].name, needs_script ? "differs without a script" : "is as the reference");
        same++;
    }
    print_message("%zu conversations\n", num_scenes);
    free(scenes);
    assert_int_equal(same, 0);
}

/* Where it is not wrong, a mutant is the reference. */
static void test_other_roles(void **state)
{
    (void)state;
    size_t num;
    const iut_mutant *mutants = iut_mutants(&num);
    scene s = { .who = TG_SENDER_I };
    assert_true(tg_plan_default("rfc6043", 1, &s.plan));
    for (s.who = TG_SENDER_I; s.who <= TG_SENDER_K; s.who++) {
        s.digest = play(&s, NULL);
        for (size_t i = 0; i < num; i++) {
            if (!is_wrong_in(&mutants[i], s.who) && play(&s, mutants[i].name) != s.digest)
                fail_msg("%s is wrong as %d too", mutants[i].name, s.who);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_behaviour_rows), cmocka_unit_test(test_names),
        cmocka_unit_test(test_each_differs), cmocka_unit_test(test_other_roles),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
