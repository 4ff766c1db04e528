/* Conversations changed and sealed again: with other keys, identities and times the judge finds what it found before. */
#include "test_roles_support.h"
#include "ticketgate/reseal.h"

#define SEALING ((size_t)64 << 20)
static uint8_t *room;

static tg_conversation *judge_all(const tg_known *known, const tg_sent *sent, size_t num, tg_arena *arena)
{
    tg_conversation *conversation;
    assert_int_equal(tg_conversation_new(crypto, known, num, arena, &conversation), TG_OK);
    for (size_t i = 0; i < num; i++)
        assert_int_equal(tg_conversation_add(conversation, &sent[i]), TG_OK);
    return conversation;
}

static void other_key(void *user, tg_bytes old, uint8_t *out)
{
    (void)user;
    for (size_t i = 0; i < old.len; i++)
        out[i] = (uint8_t)(old.data[i] ^ (0x5a + i));
}

/* "alice" becomes "Zlice": every a and b of an identity gets another letter, wherever it stands. */
static void other_name(tg_bytes octets, const tg_message *message, uint8_t *out)
{
    for (size_t i = 0; i + 5 <= octets.len; i++) {
        if (memcmp(octets.data + i, "alice", 5) == 0 || memcmp(octets.data + i, "bob@e", 5) == 0)
            out[i] = octets.data[i] == 'a' ? 'Z' : 'Y';
    }
    (void)message;
}

static tg_status change_names(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    (void)user, (void)index;
    other_name(message->octets, message, octets);
    return TG_OK;
}

static void other_spi(tg_bytes spi, tg_bytes whole, uint8_t *octets)
{
    for (size_t i = 0; i < spi.len; i++)
        octets[(size_t)(spi.data - whole.data) + i] ^= 0x77;
}

/* SPIs of keys in ciphertexts, and of the crypto sessions that name them. */
static void change_plaintext(void *user, const tg_payload *chain, tg_bytes plain, uint8_t *octets)
{
    (void)user;
    for (const tg_payload *p = chain; p; p = p->next) {
        if (p->type == TG_PAYLOAD_KEY_DATA)
            other_spi(((const tg_key_data *)p)->kv_data.spi, plain, octets);
    }
}

static tg_status change_names_and_spis(void *user, size_t index, const tg_message *message, uint8_t *octets)
{
    const tg_map *map = &message->hdr.map;
    for (size_t i = 0; map->generic && i < map->num_cs; i++)
        other_spi(map->generic[i].spi, message->octets, octets);
    return change_names(user, index, message, octets);
}

static tg_bytes mapped(tg_bytes key, tg_arena *arena)
{
    if (key.len == 0)
        return key;
    uint8_t *out = tg_arena_alloc(arena, key.len);
    other_key(NULL, key, out);
    return tg_bytes_of(out, key.len);
}

static tg_identity renamed(tg_identity id, tg_arena *arena)
{
    if (id.data.len > 0) {
        tg_bytes copy = tg_arena_copy(arena, id.data.data, id.data.len);
        other_name(id.data, NULL, (uint8_t *)(uintptr_t)copy.data);
        id.data = copy;
    }
    return id;
}

/* What is known afterwards: without subscribers, whose keys are in `secrets` as well. */
static tg_known known_after(const tg_known *before, tg_arena *arena)
{
    tg_known after = *before;
    after.subscribers = NULL;
    after.i = renamed(before->i, arena);
    after.r = renamed(before->r, arena);
    after.r_called = renamed(before->r_called, arena);
    after.secrets.psk_i = mapped(before->secrets.psk_i, arena);
    after.secrets.psk_r = mapped(before->secrets.psk_r, arena);
    after.secrets.psk_kms = mapped(before->secrets.psk_kms, arena);
    after.secrets.tpk = mapped(before->secrets.tpk, arena);
    return after;
}

static bool holds(tg_bytes octets, tg_bytes needle)
{
    for (size_t i = 0; needle.len > 0 && i + needle.len <= octets.len; i++) {
        if (memcmp(octets.data + i, needle.data, needle.len) == 0)
            return true;
    }
    return false;
}

typedef struct resealed {
    tg_known before, after;
    tg_resealed out[32];
    tg_sent sent[32];
    tg_arena arena;
} resealed;

static void reseal(const tg_conversation_made *made, const tg_known *before, const tg_reseal_plan *plan, resealed *r)
{
    assert_true(made->num_sent <= 32);
    r->arena = tg_arena_of(room, SEALING);
    r->before = *before;
    r->after = plan->key ? known_after(before, &r->arena) : *before;
    assert_int_equal(tg_reseal(crypto, &r->before, &r->after, made->sent, made->num_sent, plan, &r->arena, r->out),
                     TG_OK);
    for (size_t i = 0; i < made->num_sent; i++) {
        r->sent[i] = made->sent[i];
        r->sent[i].octets = r->out[i].octets;
        assert_int_equal(r->out[i].octets.len, made->sent[i].octets.len);
    }
}

static const tg_reseal_plan nothing = { 0 }, all = { .change = change_names, .key = other_key };
static const tg_reseal_plan spis = { .change = change_names_and_spis, .plain = change_plaintext, .key = other_key };

/* All is other, and right. */
static void check_sealed(const char *title, const tg_conversation_made *made, const tg_known *before,
                         const tg_reseal_plan *how)
{
    resealed r;
    reseal(made, before, how, &r);
    tg_conversation *judged = judge_all(&r.after, r.sent, made->num_sent, &r.arena);
    for (size_t i = 0; i < made->num_sent; i++) {
        const tg_judgement *j = tg_conversation_judgement(judged, i);
        if (r.out[i].outcome != TG_RESEAL_SEALED || !tg_judgement_is_accepted(j) || j->num_findings > 0)
            fail_msg("%s: message %zu is %s, auth %s, %zu findings, %s", title, i,
                     tg_reseal_outcome_name(r.out[i].outcome), tg_outcome_name(j->auth), j->num_findings,
                     j->num_findings ? j->findings[0]->requirement->id : "-");
        assert_false(holds(r.out[i].octets, tg_bytes_of("alice", 5)));
        assert_false(tg_bytes_equal(r.out[i].octets, made->sent[i].octets));
    }
}

static void check_plan(const char *title, const tg_plan *plan)
{
    tg_conversation_made made;
    resealed r;
    converse(plan, &made);
    if (!made.finished)
        fail_msg("%s: not finished", title);
    tg_known before = made.known;
    before.subscribers = NULL;
    reseal(&made, &before, &nothing, &r);
    for (size_t i = 0; i < made.num_sent; i++) {
        if (!tg_bytes_equal(r.out[i].octets, made.sent[i].octets) || r.out[i].outcome != TG_RESEAL_SEALED)
            fail_msg("%s: message %zu changed though nothing was asked for, or is %s", title, i,
                     tg_reseal_outcome_name(r.out[i].outcome));
    }
    check_sealed(title, &made, &before, &all);
    check_sealed(title, &made, &before, &spis);
    tg_conversation_made_free(&made);
}

static void profiles(void **state)
{
    (void)state;
    static const char *const names[] = { "rfc6043", "ims-media", "ims-msrp-tls", "ims-mixed", "ims-message" };
    static const tg_suite *const suites[] = { &tg_suite_128, &tg_suite_128_kw, &tg_suite_256 };
    for (size_t p = 0; p < sizeof names / sizeof *names; p++) {
        for (int mode = 1; mode <= 3; mode += 2) {
            for (size_t s = 0; s < sizeof suites / sizeof *suites; s++) {
                char title[64];
                tg_plan plan;
                assert_true(tg_plan_default(names[p], mode, &plan));
                plan.suite = *suites[s];
                snprintf(title, sizeof title, "%s, mode %d, suite %zu", names[p], mode, s);
                check_plan(title, &plan);
            }
        }
    }
}

static void updates_and_reuse(void **state)
{
    (void)state;
    tg_plan plan;
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.updates[0] = (tg_planned_update){ TG_SENDER_I, true, true };
    plan.updates[1] = (tg_planned_update){ TG_SENDER_R, true, true };
    plan.num_updates = 2;
    plan.num_reuses = 1;
    plan.initiator_key = plan.responder_key = true;
    check_plan("updates, reuse, own keys", &plan);
}

/* Requests are signed and hold the envelope key: both are made anew, with the private key and the KMS's. Names stay: certificates have them. */
static void public_keys(void **state)
{
    static const tg_reseal_plan keys = { .key = other_key };
    (void)state;
    for (int of = 1; of <= 3; of++) {
        tg_plan plan;
        tg_conversation_made made;
        resealed r;
        assert_true(tg_plan_default("rfc6043", 1, &plan));
        use_test_keys(&plan);
        plan.pk_request = (of & 1) != 0;
        plan.pk_resolve = (of & 2) != 0;
        converse(&plan, &made);
        assert_true(made.finished);
        tg_known before = made.known;
        before.subscribers = NULL;
        reseal(&made, &before, &nothing, &r);
        for (size_t i = 0; i < made.num_sent; i++) {
            assert_int_equal(r.out[i].outcome, TG_RESEAL_SEALED);
            assert_memory_equal(r.out[i].octets.data, made.sent[i].octets.data, made.sent[i].octets.len);
        }
        reseal(&made, &before, &keys, &r);
        tg_conversation *judged = judge_all(&r.after, r.sent, made.num_sent, &r.arena);
        for (size_t i = 0; i < made.num_sent; i++) {
            const tg_judgement *j = tg_conversation_judgement(judged, i);
            assert_int_equal(r.out[i].outcome, TG_RESEAL_SEALED);
            assert_true(tg_judgement_is_accepted(j));
            assert_int_equal(j->num_findings, 0);
            assert_memory_not_equal(r.out[i].octets.data, made.sent[i].octets.data, made.sent[i].octets.len);
        }
        /* Without the private keys the old signatures stay, over octets that are others now. */
        size_t num_signed = 0;
        r.after.secrets.rsa_i = r.after.secrets.rsa_r = NULL;
        assert_int_equal(tg_reseal(crypto, &before, &r.after, made.sent, made.num_sent, &keys, &r.arena, r.out), TG_OK);
        for (size_t i = 0; i < made.num_sent; i++) {
            uint8_t type = r.out[i].octets.data[1];
            if (type != TG_DATA_TYPE_REQUEST_INIT_PK && type != TG_DATA_TYPE_RESOLVE_INIT_PK)
                continue;
            assert_int_equal(r.out[i].outcome, TG_RESEAL_UNSEALED);
            num_signed++;
        }
        assert_int_equal(num_signed, of == 3 ? 2 : 1);
        tg_conversation_made_free(&made);
    }
}

/* What was not authentic stays so, and what cannot be known is said. */
static void what_was_wrong_stays_wrong(void **state)
{
    (void)state;
    tg_plan plan;
    tg_conversation_made made;
    resealed r;
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    converse(&plan, &made);
    tg_known before = made.known;
    before.subscribers = NULL;
    uint8_t *octets = (uint8_t *)(uintptr_t)made.sent[1].octets.data;
    octets[made.sent[1].octets.len - 1] ^= 1;
    reseal(&made, &before, &all, &r);
    assert_int_equal(r.out[0].outcome, TG_RESEAL_SEALED);
    assert_int_equal(r.out[1].outcome, TG_RESEAL_NOT_AUTHENTIC);
    tg_conversation *judged = judge_all(&r.after, r.sent, made.num_sent, &r.arena);
    assert_int_equal(tg_conversation_judgement(judged, 0)->auth, TG_OUTCOME_OK);
    assert_int_equal(tg_conversation_judgement(judged, 1)->auth, TG_OUTCOME_FAIL);
    octets[made.sent[1].octets.len - 1] ^= 1;
    before.secrets.psk_i = before.secrets.tpk = (tg_bytes){ 0 };
    reseal(&made, &before, &all, &r);
    assert_int_equal(r.out[0].outcome, TG_RESEAL_NO_KEY);
    assert_int_equal(r.out[1].outcome, TG_RESEAL_NO_KEY);
    assert_int_equal(r.out[made.num_sent - 1].outcome, TG_RESEAL_SEALED);
    tg_conversation_made_free(&made);
}

static void limits(void **state)
{
    (void)state;
    tg_plan plan;
    tg_conversation_made made;
    tg_resealed out[32];
    assert_true(tg_plan_default("rfc6043", 2, &plan));
    converse(&plan, &made);
    tg_arena small = tg_arena_of(room, 1000);
    assert_int_equal(tg_reseal(crypto, &made.known, &made.known, made.sent, made.num_sent, &nothing, &small, out),
                     TG_ARENA_FULL);
    tg_arena arena = tg_arena_of(room, SEALING);
    assert_int_equal(
        tg_reseal(crypto, &made.known, &made.known, made.sent, TG_RESEAL_MAX_MESSAGES + 1, &nothing, &arena, out),
        TG_TOO_LARGE);
    tg_conversation_made_free(&made);
}

/* With so much room as is asked for it goes well; with less it says so, wherever it ends. */
static void any_room(void **state)
{
    enum { SIZES = 60 };
    (void)state;
    tg_plan plan;
    tg_conversation_made made;
    tg_resealed out[32];
    size_t octets = 0;
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    use_test_keys(&plan);
    plan.pk_resolve = true;
    converse(&plan, &made);
    assert_true(made.num_sent <= 32);
    for (size_t i = 0; i < made.num_sent; i++)
        octets += made.sent[i].octets.len;
    tg_known before = made.known;
    before.subscribers = NULL;
    tg_arena arena = tg_arena_of(room, tg_reseal_arena_size(octets, made.num_sent));
    tg_known after = known_after(&before, &arena);
    size_t ours = arena.used, first = ours + tg_conversation_arena_size(octets, made.num_sent);
    assert_int_equal(tg_reseal(crypto, &before, &after, made.sent, made.num_sent, &all, &arena, out), TG_OK);
    size_t needed = arena.used;
    assert_in_range(first, 1, needed - 1);
    for (size_t n = 0; n < SIZES; n++) {
        arena = tg_arena_of(room, first + (needed - first) * n / SIZES);
        arena.used = ours;
        assert_int_equal(tg_reseal(crypto, &before, &after, made.sent, made.num_sent, &all, &arena, out),
                         TG_ARENA_FULL);
    }
    tg_conversation_made_free(&made);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(tg_reseal_outcome_name(TG_RESEAL_SEALED), "sealed");
    assert_string_equal(tg_reseal_outcome_name(TG_RESEAL_NOT_AUTHENTIC), "not_authentic");
    assert_string_equal(tg_reseal_outcome_name(TG_RESEAL_NO_KEY), "no_key");
    assert_string_equal(tg_reseal_outcome_name(TG_RESEAL_UNSEALED), "unsealed");
}

static int set_up_room(void **state)
{
    room = malloc(SEALING);
    return room ? set_up(state) : -1;
}

static int tear_down_room(void **state)
{
    free(room);
    return tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles),
        cmocka_unit_test(updates_and_reuse),
        cmocka_unit_test(public_keys),
        cmocka_unit_test(what_was_wrong_stays_wrong),
        cmocka_unit_test(limits),
        cmocka_unit_test(any_room),
        cmocka_unit_test(outcomes_have_names),
    };
    return cmocka_run_group_tests(tests, set_up_room, tear_down_room);
}
