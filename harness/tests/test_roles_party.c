/* Somebody in a role's place: a role in disguise changes nothing, a letter may be lost, repeated or changed, and a
 * hostile party loses nobody the transcript. */
#include "test_roles_party.h"

/* ---- a role in disguise -------------------------------------------------------------------------------------- */

/* `sealed`: PKE has padding of OpenSSL's own drawing, and what follows depends on it. */
static void same_transcript(const char *title, const tg_conversation_made *a, const tg_conversation_made *b,
                            bool sealed)
{
    if (a->num_sent != b->num_sent || a->finished != b->finished || b->party_broke_down || b->broken_off != TG_OK)
        fail_msg("%s: %zu and %zu messages, finished %d and %d, broke down %d, broken off %s", title, a->num_sent,
                 b->num_sent, a->finished, b->finished, b->party_broke_down, tg_status_name(b->broken_off));
    for (size_t i = 0; i < a->num_sent; i++) {
        if (a->sent[i].octets.len != b->sent[i].octets.len ||
            (!sealed && !tg_bytes_equal(a->sent[i].octets, b->sent[i].octets)) || a->sent[i].from != b->sent[i].from ||
            strcmp(a->sent[i].ex, b->sent[i].ex) != 0)
            fail_msg("%s: message %zu differs (%s, %s)", title, i, a->sent[i].ex, b->sent[i].ex);
    }
    assert_int_equal(a->num_deliveries, b->num_deliveries);
    for (size_t i = 0; i < a->num_deliveries; i++) {
        assert_int_equal(a->deliveries[i].sent, b->deliveries[i].sent);
        assert_int_equal(a->deliveries[i].to, b->deliveries[i].to);
        assert_int_equal(a->deliveries[i].accepted, b->deliveries[i].accepted);
        assert_false(a->deliveries[i].by_party);
    }
}

/* Every role of the plan in disguise, one after the other. */
static void in_disguise(const char *title, const tg_plan *plan)
{
    static tg_arena other;
    tg_conversation_made plain, made;
    tg_plan with = *plan;
    disguised d = { .calls = 0 };
    const tg_party party = disguise(&d);
    converse(plan, &plain);
    assert_true(plain.num_sent > 0);
    with.party = &party;
    for (int n = 0; n < 4; n++) {
        char name[160];
        with.stands_for = n == 3 ? TG_SENDER_K : (tg_sender)(TG_SENDER_I + n);
        with.of_i = n == 3;
        if ((with.stands_for == TG_SENDER_K && plan->mode == 4) || (n == 3 && !plan->two_kms))
            continue;
        other = tg_arena_of(judge_memory, MEMORY);
        assert_int_equal(tg_converse(crypto, &with, &other, &made), TG_OK);
        snprintf(name, sizeof name, "%s, party %d", title, n);
        same_transcript(name, &plain, &made, plan->pk_resolve);
        size_t by_party = 0;
        for (size_t i = 0; i < made.num_deliveries; i++)
            by_party += made.deliveries[i].by_party;
        assert_true(d.calls > by_party); /* opened, and asked for all that arrived there */
        tg_conversation_made_free(&made);
    }
    tg_conversation_made_free(&plain);
}

static void plan_with_everything(const char *profile, int mode, tg_plan *plan)
{
    assert_true(tg_plan_default(profile, mode, plan));
    plan->updates[0] = (tg_planned_update){ TG_SENDER_I, true, false };
    plan->updates[1] = (tg_planned_update){ TG_SENDER_R, true, false };
    plan->updates[2] = (tg_planned_update){ TG_SENDER_I, false, false };
    plan->num_updates = 3;
    plan->num_reuses = 2;
}

static void a_role_in_disguise_changes_nothing(void **state)
{
    (void)state;
    static const char *const profiles[] = { "rfc6043", "ims-media", "ims-msrp-tls", "ims-message" };
    for (size_t p = 0; p < sizeof profiles / sizeof *profiles; p++) {
        for (int mode = 1; mode <= 4; mode++) {
            char title[64];
            tg_plan plan;
            if (!tg_plan_default(profiles[p], mode, &plan))
                continue;
            plan_with_everything(profiles[p], mode, &plan);
            if (strcmp(profiles[p], "ims-message") == 0)
                plan.num_updates = 0;
            snprintf(title, sizeof title, "%s, mode %d", profiles[p], mode);
            in_disguise(title, &plan);
        }
    }
}

static void variants_in_disguise(void **state)
{
    (void)state;
    tg_plan plan;
    plan_with_everything("ims-media", 1, &plan);
    plan.resolve_each_time = true;
    in_disguise("resolves each time", &plan);
    plan_with_everything("ims-media", 1, &plan);
    plan.two_kms = true;
    in_disguise("two KMSs", &plan);
    plan_with_everything("rfc6043", 1, &plan);
    use_test_keys(&plan);
    plan.pk_resolve = true;
    plan.suite = tg_suite_256;
    plan.ts_type = TG_TS_COUNTER;
    in_disguise("public keys", &plan);
    for (int error = TG_PLAN_ERROR_REQUEST; error <= TG_PLAN_ERROR_RESOLVE; error++) {
        assert_true(tg_plan_default("rfc6043", 1, &plan));
        plan.error = error == TG_PLAN_ERROR_REQUEST    ? TG_PLAN_ERROR_REQUEST
                     : error == TG_PLAN_ERROR_TRANSFER ? TG_PLAN_ERROR_TRANSFER
                                                       : TG_PLAN_ERROR_RESOLVE;
        in_disguise("errors", &plan);
    }
}

/* What a party sends is its own: the deviation is for the roles. */
static void a_party_does_not_deviate(void **state)
{
    (void)state;
    tg_plan plan;
    tg_conversation_made made;
    disguised d;
    const tg_party party = disguise(&d);
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.deviation = tg_deviation_find("request-auth-key");
    assert_non_null(plan.deviation);
    plan.party = &party;
    plan.stands_for = TG_SENDER_I;
    converse(&plan, &made);
    assert_true(made.finished);
    plan.stands_for = TG_SENDER_K;
    converse(&plan, &made);
    assert_false(made.finished);
    assert_true(made.deliveries[0].by_party && !made.deliveries[0].accepted);
    assert_int_equal(made.refused_by, TG_SENDER_K);
    assert_int_equal(made.refusal, TG_REFUSAL_NONE);
}

/* ---- letters ------------------------------------------------------------------------------------------------- */

typedef struct post_office {
    uint8_t data_type;
    unsigned times;
    bool change;
    size_t seen;
    uint8_t changed[TG_MAX_MESSAGE_DEFAULT];
} post_office;

static void handle(void *user, tg_letter *letter)
{
    post_office *o = user;
    o->seen++;
    if (letter->octets.data[1] != o->data_type)
        return;
    letter->times = o->times;
    if (!o->change)
        return;
    memcpy(o->changed, letter->octets.data, letter->octets.len);
    o->changed[letter->octets.len - 1] ^= 1;
    letter->octets.data = o->changed;
}

static void converse_through(post_office *office, tg_conversation_made *made)
{
    tg_plan plan;
    assert_true(tg_plan_default("rfc6043", 1, &plan));
    plan.deliver = handle;
    plan.deliver_user = office;
    converse(&plan, made);
}

static void letters_are_lost_repeated_and_changed(void **state)
{
    (void)state;
    static post_office office;
    tg_conversation_made made;
    office = (post_office){ .data_type = 255 };
    converse_through(&office, &made);
    assert_true(made.finished && office.seen == 6 && made.num_deliveries == 6);
    office = (post_office){ .data_type = TG_DATA_TYPE_RESOLVE_RESP };
    converse_through(&office, &made);
    assert_true(!made.finished && made.num_sent == 5 && made.num_deliveries == 4);
    assert_int_equal(made.refusal, TG_REFUSAL_NONE);

    office = (post_office){ .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK, .times = 2 };
    converse_through(&office, &made);
    assert_true(made.finished && made.deliveries[0].accepted && !made.deliveries[1].accepted);
    assert_int_equal(made.deliveries[1].refusal, TG_REFUSAL_REPLAY);
    assert_int_equal(made.deliveries[1].sent, 0);

    office = (post_office){ .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK, .times = 1, .change = true };
    converse_through(&office, &made);
    assert_false(made.finished);
    assert_int_equal(made.deliveries[0].refusal, TG_REFUSAL_AUTH);
    assert_false(tg_bytes_equal(made.sent[0].octets, made.deliveries[0].octets));
    assert_int_equal(made.sent[0].octets.len, made.deliveries[0].octets.len);
    tg_conversation *c = judge(&made); /* the sender is judged by what he sent */
    assert_true(tg_judgement_is_accepted(tg_conversation_judgement(c, 0)));

    office = (post_office){ .data_type = TG_DATA_TYPE_REQUEST_INIT_PSK, .times = 1000000 };
    converse_through(&office, &made);
    assert_true(made.broken_off == TG_TOO_LARGE && made.num_sent > 0 && !made.finished);
}

/* ---- hostile parties ----------------------------------------------------------------------------------------- */

enum hostility {
    TOO_MANY_MESSAGES,
    NO_OCTETS,
    FULL_HOUSE,
    TO_NOBODY,
    TO_ITSELF,
    PING_PONG,
    A_MEGABYTE,
    TO_ALL,
    EMPTY,
    SAYS_NOTHING,
    BREAKS_DOWN,
    FAILS,
    FAILS_TO_OPEN,
    NONSENSE,
    NUM_HOSTILITIES
};

typedef struct hostile {
    enum hostility how;
    tg_sender who;
    uint8_t *octets; /* a megabyte */
    tg_bytes last;   /* of what came */
} hostile;
#define MEGABYTE ((size_t)1 << 20)

static tg_status open_hostile(void *user, const tg_party_setup *setup)
{
    hostile *h = user;
    h->who = setup->who;
    h->last = (tg_bytes){ 0 };
    return h->how == FAILS_TO_OPEN ? TG_NOT_FOUND : TG_OK;
}

static void put(tg_party_reply *reply, tg_sender to, tg_bytes octets)
{
    reply->out[reply->num_out].to = to;
    reply->out[reply->num_out++].octets = octets;
}

/* Messages that roles answer, or that they must not: INITs and Errors without authenticity, of all types in turn. */
static tg_status be_hostile(hostile *h, tg_party_reply *reply)
{
    static const uint8_t error[] = { 1, 6, 0, 0, 1, 2, 3, 4, 0, 1, 0, 0 };
    static const tg_sender to[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K, TG_SENDER_UNKNOWN };
    const tg_bytes octets = h->last.len > 0 ? h->last : tg_bytes_of(error, sizeof error);
    switch (h->how) {
    case TOO_MANY_MESSAGES:
        reply->num_out = 1000;
        break;
    case NO_OCTETS:
        put(reply, TG_SENDER_I, (tg_bytes){ NULL, 77 });
        break;
    case FULL_HOUSE:
    case TO_ALL:
        for (size_t n = 0; n < 4; n++)
            put(reply, to[n], octets);
        break;
    case TO_NOBODY:
        put(reply, TG_SENDER_UNKNOWN, octets);
        put(reply, (tg_sender)99, octets);
        break;
    case TO_ITSELF:
        put(reply, h->who, octets);
        break;
    case PING_PONG: /* the same back and forth: each is answered with an Error or another message */
        for (size_t n = 0; n < 3; n++) {
            if (to[n] != h->who)
                put(reply, to[n], octets);
        }
        break;
    case A_MEGABYTE:
        for (size_t n = 0; n < 4; n++)
            put(reply, to[n], tg_bytes_of(h->octets, MEGABYTE));
        break;
    case EMPTY:
        put(reply, TG_SENDER_I, (tg_bytes){ 0 });
        put(reply, TG_SENDER_R, (tg_bytes){ 0 });
        break;
    case BREAKS_DOWN:
        reply->outcome = TG_PARTY_BROKE_DOWN;
        break;
    case FAILS:
        return TG_NO_MEMORY;
    case NONSENSE:
        memset(&reply->outcome, 0x55, sizeof reply->outcome);
        break;
    default:
        break;
    }
    reply->established = true;
    return TG_OK;
}

static tg_status start_hostile(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                               tg_party_reply *reply)
{
    (void)what, (void)update, (void)now;
    return be_hostile(user, reply);
}

static tg_status receive_hostile(void *user, tg_sender from, tg_bytes octets, uint64_t now, tg_party_reply *reply)
{
    hostile *h = user;
    (void)from, (void)now;
    if (h->how == FULL_HOUSE || h->how == PING_PONG)
        h->last = octets; /* they live as long as the conversation */
    return be_hostile(h, reply);
}

static bool breaks_down(enum hostility how)
{
    return how == TOO_MANY_MESSAGES || how == NO_OCTETS || how == BREAKS_DOWN || how == FAILS || how == FAILS_TO_OPEN ||
           how == NONSENSE;
}

static void run_hostile(tg_plan *plan, hostile *h)
{
    const tg_party party = { h, open_hostile, start_hostile, receive_hostile };
    tg_conversation_made made;
    plan->party = &party;
    converse(plan, &made); /* TG_OK always */
    if (plan->stands_for == TG_SENDER_I && !breaks_down(h->how) && h->how != SAYS_NOTHING)
        assert_true(made.num_sent > 0);
    for (size_t i = 0; i < made.num_sent; i++)
        assert_non_null(made.sent[i].ex);
    /* a breakdown in a call, once there was one, is told; receive calls that break down are no deliveries */
    if (breaks_down(h->how) && plan->stands_for == TG_SENDER_I)
        assert_true(made.party_broke_down && !made.finished);
    if (!breaks_down(h->how))
        assert_false(made.party_broke_down);
    size_t total = 0;
    for (size_t i = 0; i < made.num_sent; i++)
        total += made.sent[i].octets.len;
    if (total < MEGABYTE) { /* and what they sent can be judged */
        tg_conversation *c = judge(&made);
        assert_int_equal(tg_conversation_num(c), made.num_sent);
    }
    tg_conversation_made_free(&made);
}

static void hostile_parties_end_cleanly(void **state)
{
    (void)state;
    static const tg_sender places[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
    hostile h = { .octets = calloc(1, MEGABYTE) };
    assert_non_null(h.octets);
    h.octets[0] = 1;
    h.octets[1] = TG_DATA_TYPE_TRANSFER_INIT;
    for (int mode = 1; mode <= 4; mode++) {
        for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
            for (int how = 0; how < NUM_HOSTILITIES; how++) {
                tg_plan plan;
                plan_with_everything("rfc6043", mode, &plan);
                plan.stands_for = places[p];
                h.how = (enum hostility)how;
                run_hostile(&plan, &h);
            }
        }
    }
    free(h.octets);
}

/* A role in disguise that breaks down at a call: what it did before is kept. */
typedef struct fragile {
    disguised role;
    size_t calls_left;
} fragile;

static tg_status open_fragile(void *user, const tg_party_setup *setup)
{
    return open_disguised(&((fragile *)user)->role, setup);
}

static tg_status start_fragile(void *user, const char *what, const tg_transfer_plan *update, uint64_t now,
                               tg_party_reply *reply)
{
    fragile *f = user;
    return f->calls_left-- == 0 ? TG_REFUSED : start_disguised(&f->role, what, update, now, reply);
}

static tg_status receive_fragile(void *user, tg_sender from, tg_bytes octets, uint64_t now, tg_party_reply *reply)
{
    fragile *f = user;
    if (f->calls_left-- == 0) {
        reply->outcome = TG_PARTY_BROKE_DOWN;
        return TG_OK;
    }
    return receive_disguised(&f->role, from, octets, now, reply);
}

static void what_a_party_did_before_it_broke_down_is_kept(void **state)
{
    (void)state;
    for (int who = TG_SENDER_I; who <= TG_SENDER_K; who++) {
        static const size_t calls[] = { 0, 4, 2, 2 };
        for (size_t n = 0; n < calls[who]; n++) {
            fragile f = { .calls_left = n };
            const tg_party party = { &f, open_fragile, start_fragile, receive_fragile };
            tg_conversation_made made;
            tg_plan plan;
            assert_true(tg_plan_default("rfc6043", 1, &plan));
            plan.party = &party;
            plan.stands_for = (tg_sender)who;
            converse(&plan, &made);
            assert_true(made.party_broke_down && !made.finished);
            size_t by_party = 0;
            for (size_t i = 0; i < made.num_sent; i++)
                by_party += made.sent[i].from == (tg_sender)who;
            /* I sends at its first and third call, R and K at both */
            assert_int_equal(by_party, who == TG_SENDER_I ? (n + 1) / 2 : n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_in_disguise_changes_nothing),
        cmocka_unit_test(variants_in_disguise),
        cmocka_unit_test(a_party_does_not_deviate),
        cmocka_unit_test(letters_are_lost_repeated_and_changed),
        cmocka_unit_test(hostile_parties_end_cleanly),
        cmocka_unit_test(what_a_party_did_before_it_broke_down_is_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
