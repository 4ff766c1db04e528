/* A small network for the tests of the service room: a KMS with subscribers, actors, and lines between them on which everything is written
 * down. At the end a fresh tg_conversation that knows all secrets judges each line. */
#ifndef TICKETGATE_TEST_SERVICE_SUPPORT_H
#define TICKETGATE_TEST_SERVICE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/service.h"

#pragma GCC diagnostic ignored "-Wunused-function" /* a test file need not use all of it */

#define NOW0 ((uint64_t)3989131200u << 32) /* 2026-05-30 12:00:00 UTC */
#define MEMORY ((size_t)48 << 20)
#define MAX_MESSAGES 32
#define MAX_LINES 16

static tg_crypto *crypto;
static tg_seeded_random seeded;
static uint64_t now;
static void *held[1024]; /* freed together */
static size_t num_held;

static void *hold(size_t len)
{
    assert_true(num_held < sizeof held / sizeof *held);
    void *memory = malloc(len ? len : 1);
    assert_non_null(memory);
    return held[num_held++] = memory;
}

static tg_bytes hold_copy(tg_bytes octets)
{
    uint8_t *copy = hold(octets.len);
    memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

static tg_bytes text(const char *t)
{
    return tg_bytes_of(t, strlen(t));
}

static tg_identity uid(const char *t)
{
    return (tg_identity){ true, TG_ID_TYPE_NAI, text(t) };
}

static tg_arena *memory(void)
{
    tg_arena *arena = hold(sizeof *arena);
    *arena = tg_arena_of(hold(MEMORY), MEMORY);
    return arena;
}

/* ---- people ------------------------------------------------------------------------------------------------- */

static const char *const people[] = { "alice@example.com",  "bob@example.com",     "carol@example.com",
                                      "dave@example.com",   "mallory@example.com", "as@example.com",
                                      "list@example.com",   "conf@example.com",    "u1.sales@example.com",
                                      "u2.dev@example.com", "as2@example.com" };
#define NUM_PEOPLE (sizeof people / sizeof *people)
static tg_subscriber subscribers[NUM_PEOPLE];
static tg_bytes uids[NUM_PEOPLE];
static char b_tids[NUM_PEOPLE][64];
static uint8_t psks[NUM_PEOPLE][16];
static const uint8_t tpk[16] = "ticket protect k";
static tg_subscriber_list subscriber_list = { subscribers, NUM_PEOPLE };
static tg_subscriber_source source;

static void subscribe_people(void)
{
    for (size_t i = 0; i < NUM_PEOPLE; i++) {
        snprintf(b_tids[i], sizeof b_tids[i], "btid-%zu@bsf.example.com", i);
        memset(psks[i], (int)(0x40 + i), sizeof psks[i]);
        uids[i] = text(people[i]);
        subscribers[i] = (tg_subscriber){ text(b_tids[i]), &uids[i], 1, tg_bytes_of(psks[i], sizeof psks[i]) };
    }
    source = tg_subscriber_list_source(&subscriber_list);
}

static tg_role_config role_for(const char *name, const char *profile)
{
    size_t i = 0;
    while (i < NUM_PEOPLE && strcmp(people[i], name) != 0)
        i++;
    tg_role_config c = { .crypto = crypto,
                         .profile = tg_profile_find(profile),
                         .random = tg_seeded_random_source(&seeded),
                         .arena = memory(),
                         .suite = tg_suite_128,
                         .self = uid(name),
                         .kms = uid("kms@example.com"),
                         .errors = TG_ERRORS_AUTHENTIC };
    assert_int_equal(tg_replay_cache_new(c.arena, 4096, &c.replay), TG_OK);
    c.arena = memory();
    if (i < NUM_PEOPLE) {
        c.psk = subscribers[i].psk;
        c.psk_id = (tg_identity){ true, TG_ID_TYPE_BYTE_STRING, subscribers[i].b_tid };
    }
    return c;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

typedef struct line line;
/* Gives a TRANSFER_INIT that comes to nobody yet to whom it is for. */
typedef tg_status (*line_open)(line *l, tg_bytes transfer_init, tg_service_result *result);
struct line {
    const char *profile;
    tg_service *i, *r; /* NULL: nobody there */
    size_t leg_i, leg_r;
    line_open open;
    tg_identity signalled; /* whom the signalling names to the callee */
    const tg_identity *receivers;
    size_t num_receivers;
    tg_sent sent[MAX_MESSAGES];
    size_t num_sent;
    tg_service_result last_r; /* of the last call at R; octets and judgement are not to be used */
    tg_service_result last_i;
    bool mute_r; /* what is for R gets lost */
};
static line lines[MAX_LINES];
static size_t num_lines;
static tg_role *kms;
static size_t num_to_kms;

static line *new_line(const char *profile, tg_service *i, size_t leg_i, tg_service *r, line_open open)
{
    assert_true(num_lines < MAX_LINES);
    line *l = &lines[num_lines++];
    *l = (line){ .profile = profile, .i = i, .leg_i = leg_i, .r = r, .leg_r = TG_NO_LEG, .open = open };
    return l;
}

static void write_down(line *l, tg_sender from, const char *ex, tg_bytes octets)
{
    assert_true(l->num_sent < MAX_MESSAGES);
    l->sent[l->num_sent++] = (tg_sent){ .octets = hold_copy(octets), .ex = ex, .from = from };
}

static void deliver(tg_service *from, const tg_service_result *result);

static uint32_t dice(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* One octet is another; or, one time in eight, the end is missing. */
static tg_bytes damaged(tg_bytes octets, uint32_t *seed)
{
    static uint8_t copy[1 << 16];
    size_t len = octets.len;
    memcpy(copy, octets.data, len);
    if (dice(seed) % 8 == 0)
        len = dice(seed) % len;
    else
        copy[dice(seed) % len] ^= (uint8_t)(1u << dice(seed) % 8);
    return tg_bytes_of(copy, len);
}

/* So many damaged messages come before each true one that an actor waits for; none may be accepted. */
static size_t noise, num_noise;
static uint32_t noise_seed;

static void make_noise(tg_service *s, size_t leg, tg_sender from, tg_bytes octets)
{
    tg_service_result *result = hold(sizeof *result);
    for (size_t i = 0; i < noise; i++, num_noise++) {
        tg_leg_state before = tg_service_leg(s, leg).state;
        assert_int_equal(tg_service_receive(s, leg, from, damaged(octets, &noise_seed), now, result), TG_OK);
        assert_false(result->accepted);
        assert_int_equal(tg_service_leg(s, leg).state, before);
        for (size_t n = 0; n < result->num_out; n++)
            assert_int_equal(result->out[n].octets.data[1], TG_DATA_TYPE_ERROR);
    }
}

/* Where memory or randomness may be short: then what fails is the end of the run. */
static bool may_fail;
static size_t num_failed;

static bool went_well(tg_status status)
{
    if (status != TG_OK)
        num_failed++;
    if (!may_fail)
        assert_int_equal(status, TG_OK);
    return status == TG_OK;
}

static void give(line *l, tg_sender to, tg_sender from, tg_bytes octets)
{
    tg_service_result *result = hold(sizeof *result);
    tg_service *s = to == TG_SENDER_I ? l->i : l->r;
    if (!s || (to == TG_SENDER_R && l->mute_r))
        return;
    if (to == TG_SENDER_R && l->leg_r == TG_NO_LEG) {
        if (!went_well(l->open(l, octets, result)))
            return;
        l->leg_r = result->leg;
    } else {
        size_t leg = to == TG_SENDER_I ? l->leg_i : l->leg_r;
        make_noise(s, leg, from, octets);
        if (!went_well(tg_service_receive(s, leg, from, octets, now, result)))
            return;
    }
    *(to == TG_SENDER_I ? &l->last_i : &l->last_r) = *result;
    deliver(s, result);
}

static void ask_kms(line *l, tg_sender from, const char *ex, tg_bytes octets)
{
    tg_result answer;
    num_to_kms++;
    assert_int_equal(tg_role_receive(kms, from, octets, now, &answer), TG_OK);
    assert_true(answer.num_out <= 1);
    if (answer.num_out == 0)
        return;
    tg_bytes copy = hold_copy(answer.out[0].octets);
    write_down(l, TG_SENDER_K, ex, copy);
    give(l, from, TG_SENDER_K, copy);
}

static line *line_of(const tg_service *s, size_t leg, tg_sender *from)
{
    for (size_t n = num_lines; n > 0; n--) {
        line *l = &lines[n - 1];
        *from = l->i == s && l->leg_i == leg ? TG_SENDER_I : TG_SENDER_R;
        if (*from == TG_SENDER_I || (l->r == s && l->leg_r == leg))
            return l;
    }
    return NULL;
}

/* Each message that a call gave goes where it is to go, and so does what that gives. */
static void deliver(tg_service *s, const tg_service_result *result)
{
    struct {
        line *l;
        tg_sender from, to;
        const char *ex;
        tg_bytes octets;
    } letters[TG_SERVICE_MAX_OUTGOING];
    size_t num = result->num_out;
    for (size_t i = 0; i < num; i++) {
        const tg_leg_outgoing *out = &result->out[i];
        letters[i].l = line_of(s, out->leg, &letters[i].from);
        assert_non_null(letters[i].l);
        letters[i].to = out->to;
        letters[i].ex = out->ex;
        letters[i].octets = hold_copy(out->octets);
    }
    for (size_t i = 0; i < num; i++) {
        now += (uint64_t)1 << 30; /* a quarter of a second */
        write_down(letters[i].l, letters[i].from, letters[i].ex, letters[i].octets);
        if (letters[i].to == TG_SENDER_K)
            ask_kms(letters[i].l, letters[i].from, letters[i].ex, letters[i].octets);
        else
            give(letters[i].l, letters[i].to, letters[i].from, letters[i].octets);
    }
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static tg_known all_secrets(const char *profile)
{
    tg_known known = { .profile = *tg_profile_find(profile),
                       .kms = uid("kms@example.com"),
                       .has_now = true,
                       .now = now,
                       .skew = TG_SKEW_DEFAULT,
                       .subscribers = &source };
    known.secrets.tpk = tg_bytes_of(tpk, sizeof tpk);
    return known;
}

static tg_conversation *judge(const line *l)
{
    tg_known *known = hold(sizeof *known);
    tg_conversation *conversation = NULL;
    *known = all_secrets(l->profile);
    assert_int_equal(tg_conversation_new(crypto, known, MAX_MESSAGES, memory(), &conversation), TG_OK);
    for (size_t i = 0; i < l->num_sent; i++) {
        assert_int_equal(tg_conversation_add(conversation, &l->sent[i]), TG_OK);
    }
    return conversation;
}

/* Every message is accepted, and no rule is broken. */
static void assert_spotless(const line *l)
{
    const tg_conversation *conversation = judge(l);
    assert_true(l->num_sent > 0);
    for (size_t i = 0; i < l->num_sent; i++) {
        const tg_judgement *j = tg_conversation_judgement(conversation, i);
        for (size_t n = 0; n < j->num_findings; n++)
            print_error("message %zu (%s): %s at %s: %s\n", i, l->sent[i].ex, j->findings[n]->requirement->id,
                        j->findings[n]->path, j->findings[n]->text);
        if (!tg_judgement_is_accepted(j))
            print_error("message %zu (%s) is not accepted: parse %s auth %s\n", i, l->sent[i].ex,
                        tg_status_name(j->parse), tg_outcome_name(j->auth));
        assert_int_equal(j->num_findings, 0);
    }
    assert_true(tg_conversation_is_accepted(conversation));
}

/* The TEK of a crypto session, as an actor has it. */
static tg_bytes tek_of(tg_service *s, size_t leg, uint8_t cs_id)
{
    tg_established e;
    assert_true(tg_service_keys(s, leg, now, &e));
    for (size_t i = 0; i < e.num_cs; i++) {
        if (e.cs[i].cs_id == cs_id)
            return hold_copy(e.cs[i].tek);
    }
    fail_msg("no key for crypto session %d", cs_id);
    return (tg_bytes){ 0 };
}

static tg_bytes judged_tek(const line *l, uint8_t cs_id)
{
    tg_established e;
    tg_conversation_established(judge(l), &e);
    for (size_t i = 0; i < e.num_cs; i++) {
        if (e.cs[i].cs_id == cs_id)
            return e.cs[i].tek;
    }
    fail_msg("no key for crypto session %d", cs_id);
    return (tg_bytes){ 0 };
}

static bool has_no_keys(tg_service *s, size_t leg)
{
    tg_established e;
    return !tg_service_keys(s, leg, now, &e);
}

static bool same(tg_bytes a, tg_bytes b)
{
    return a.len >= 16 && tg_bytes_equal(a, b);
}

/* How many messages of a data type there are on a line. */
static size_t count(const line *l, uint8_t data_type)
{
    size_t n = 0;
    for (size_t i = 0; i < l->num_sent; i++)
        n += l->sent[i].octets.data[1] == data_type;
    return n;
}

/* Error no of the last message on the line, -1 when that is no Error. */
static int last_error(const line *l)
{
    static uint8_t room[1 << 16];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *message = NULL;
    if (l->num_sent == 0 || tg_message_parse(l->sent[l->num_sent - 1].octets, &arena, &message, NULL) != TG_OK)
        return -1;
    const tg_err *err = (const tg_err *)tg_payload_find(message->payloads, TG_PAYLOAD_ERR);
    return message->hdr.data_type == TG_DATA_TYPE_ERROR && err ? err->error_no : -1;
}

/* ---- forging ------------------------------------------------------------------------------------------------ */

/* A copy with the n-th `from` replaced by `to`, which is as long. */
static tg_bytes with_name(tg_bytes octets, const char *from, const char *to, size_t which)
{
    uint8_t *copy = (uint8_t *)(uintptr_t)hold_copy(octets).data;
    size_t len = strlen(from), seen = 0;
    assert_int_equal(len, strlen(to));
    for (size_t i = 0; i + len <= octets.len; i++) {
        if (memcmp(copy + i, from, len) == 0 && seen++ == which)
            memcpy(copy + i, to, len);
    }
    assert_true(seen > which);
    return tg_bytes_of(copy, octets.len);
}

/* ---- what is wanted ----------------------------------------------------------------------------------------- */

/* Ticket Policies that keep the profiles: flags, one key, for whom. */
static tg_ticket_policy ticket_for(const char *flags, uint8_t key_type, const char *r)
{
    tg_ticket_policy p = { .ticket_type = TG_TICKET_3GPP_BASE,
                           .prf_func = TG_PRF_MIKEY_1,
                           .tr_type = TG_TS_NTP_UTC_32,
                           .has_keys = true,
                           .num_keys = 1,
                           .keys = { { .type = key_type, .key_len = 16, .spi_len = 4 } } };
    for (; *flags; flags++)
        p.flags |= (uint16_t)TG_FLAG(*flags);
    if (r)
        p.r[p.num_r++] = uid(r);
    return p;
}

static const tg_session_plan tls_session = { .cs_id = 1, .prot_type = 241, .key = 1 };
static const tg_session_plan smime_session = { .cs_id = 1, .prot_type = 242, .key = 1 };

static tg_ue_call msrp_call(const char *called, const char *r)
{
    return (tg_ue_call){ uid(called),
                         ticket_for("DEFGHILMNO", TG_KEY_TGK, r),
                         { .sessions = &tls_session, .num_sessions = 1 } };
}

static tg_ue_call message_to(const char *called, const char *r)
{
    return (tg_ue_call){ uid(called),
                         ticket_for("DEHILNO", TG_KEY_GTGK, r),
                         { .sessions = &smime_session, .num_sessions = 1 } };
}

/* ---- actors ------------------------------------------------------------------------------------------------- */

static const tg_ue_policy open_policy = { .groups = (const tg_bytes[]){ { (const uint8_t *)"?@?", 3 } },
                                          .num_groups = 1 };

static tg_service *new_ue(const char *name, const char *profile, const tg_ue_policy *policy)
{
    tg_service *ue = NULL;
    tg_ue_config c = { .service = { .role = role_for(name, profile), .validity = 3600 },
                       .policy = policy ? policy : &open_policy };
    assert_int_equal(tg_ue_new(&c, &ue), TG_OK);
    return ue;
}

static tg_status open_ue(line *l, tg_bytes transfer_init, tg_service_result *result)
{
    return tg_ue_accept(l->r, transfer_init, l->signalled.known ? &l->signalled : NULL, now, result);
}

static tg_status open_server(line *l, tg_bytes transfer_init, tg_service_result *result)
{
    return tg_server_accept(l->r, transfer_init, l->signalled.known ? &l->signalled : NULL, l->receivers,
                            l->num_receivers, now, result);
}

static tg_status open_focus(line *l, tg_bytes transfer_init, tg_service_result *result)
{
    return tg_focus_join(l->r, transfer_init, l->signalled.known ? &l->signalled : NULL, now, result);
}

/* A call of a UE, on a line of its own that was made for its first free leg. */
static void call(tg_service *ue, line *l, const tg_ue_call *wanted)
{
    tg_service_result *result = hold(sizeof *result);
    if (!went_well(tg_ue_start(ue, wanted, now, result)))
        return;
    assert_true(result->accepted);
    l->leg_i = result->leg;
    deliver(ue, result);
}

static bool (*kms_resolves)(const tg_identity *responder); /* NULL: everybody that the ticket allows */
static bool (*kms_grants)(const tg_identity *initiator);

static bool ask_resolves(void *user, const tg_message *resolve_init, const tg_identity *responder,
                         const tg_ticket *ticket)
{
    (void)user, (void)resolve_init, (void)ticket;
    return !kms_resolves || kms_resolves(responder);
}

static void ask_grants(void *user, tg_grant *grant)
{
    (void)user;
    if (kms_grants && !kms_grants(&grant->initiator))
        grant->refusal = TG_REFUSAL_POLICY;
}

static int begin_world(void **state)
{
    (void)state;
    now = NOW0;
    num_lines = num_to_kms = noise = num_noise = num_failed = 0;
    may_fail = false;
    kms_resolves = NULL;
    kms_grants = NULL;
    subscribe_people();
    if (tg_crypto_new(&crypto) != TG_OK || tg_seeded_random_init(&seeded, crypto, text("service")) != TG_OK)
        return -1;
    tg_kms_config c = { .role = role_for("kms@example.com", "ims-media"),
                        .subscribers = &source,
                        .resolve = ask_resolves,
                        .grant = ask_grants };
    c.role.tpk = tg_bytes_of(tpk, sizeof tpk);
    /* One KMS for calls and messages: RFC 6043 alone, but for identities and tickets, which are those of TS 33.328. */
    static tg_profile profile;
    profile = *tg_profile_find("rfc6043");
    profile.kms_uids = true;
    c.role.profile = &profile;
    return tg_kms_new(&c, &kms) == TG_OK ? 0 : -1;
}

static int end_world(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    while (num_held)
        free(held[--num_held]);
    return 0;
}

#define SERVICE_TEST(f) cmocka_unit_test_setup_teardown(f, begin_world, end_world)

#endif
