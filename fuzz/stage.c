#include "stage.h"

#include <stdlib.h>

enum { ROLE_MEMORY = 1 << 20, LONGEST = 4096, MAX_SENT = 24, MAX_SCENES = 24, HISTORY = 16 };
#define NOW ((uint64_t)3989131200u << 32) /* 2026-05-30 12:00:00 UTC */

/* ---- the parties -------------------------------------------------------------------------------------------- */

typedef struct party {
    tg_role *role;
    tg_arena arena;
    tg_seeded_random random;
} party;

/* A role as it was before a message came. */
typedef struct scene {
    tg_sender who;
    tg_role_state state;
    party before;        /* arena.data is a copy of what was used */
    size_t num_before;   /* messages said until then; the one that came is the next */
} scene;

static struct {
    party parties[4]; /* by tg_sender */
    scene scenes[MAX_SCENES];
    size_t num_scenes;
    tg_sent sent[MAX_SENT];
    size_t num_sent;
    tg_known known; /* everything */
} stage;

static const char psk_i[] = "the psk of alice and the kms....", psk_r[] = "the psk of bob and the kms......",
                  tpk[] = "the tpk that only the kms knows.", alice[] = "alice@example.com", bob[] = "bob@example.com",
                  kms[] = "kms.example.com", policy_numbers[] = "", session_data[] = "\x01\x02\x03\x04";

static tg_bytes of_text(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

static tg_identity named(const char *text)
{
    return (tg_identity){ true, TG_ID_TYPE_NAI, of_text(text) };
}

static void *some_memory(size_t size)
{
    void *out = calloc(1, size);
    FUZZ_CHECK(out, "init", "memory ran out");
    return out;
}

/* There and back: the second is the other side's to complete. */
static const tg_session_plan sessions[2] = {
    { .cs_id = 1, .key = 1, .ps = { (const uint8_t *)policy_numbers, 1 },
      .session_data = { (const uint8_t *)session_data, 4 } },
    { .cs_id = 2, .ps = { (const uint8_t *)policy_numbers, 1 } },
};
static const tg_security_policy policy = { .policy_no = 0, .prot_type = 0 };
static const tg_transfer_plan transfer = { .sessions = sessions, .num_sessions = 2, .policies = &policy,
                                           .num_policies = 1 };
static const tg_transfer_plan update = { .sessions = sessions, .num_sessions = 2, .policies = &policy,
                                         .num_policies = 1, .response = true };

static tg_role_config config_of(tg_sender who, const char *self, const char *psk)
{
    party *p = &stage.parties[who];
    tg_replay_cache *replay;
    p->arena = tg_arena_of(some_memory(ROLE_MEMORY), ROLE_MEMORY);
    FUZZ_CHECK(tg_seeded_random_init(&p->random, fuzz_crypto(), of_text(self)) == TG_OK &&
                   tg_replay_cache_new(&p->arena, 16, &replay) == TG_OK,
               "init", "no role");
    return (tg_role_config){ .crypto = fuzz_crypto(), .profile = tg_profile_find("rfc6043"),
                             .random = tg_seeded_random_source(&p->random), .arena = &p->arena, .max_message = LONGEST,
                             .max_history = HISTORY, .replay = replay, .suite = tg_suite_256, .self = named(self),
                             .kms = named(kms), .psk = of_text(psk), .errors = TG_ERRORS_AUTHENTIC };
}

static tg_ticket_policy wish(void)
{
    tg_ticket_policy out = {
        .ticket_type = TG_TICKET_MIKEY_BASE, .subtype = 1, .version = 1, .prf_func = TG_PRF_HMAC_SHA_256,
        .kms = named(kms), .i = named(alice), .has_trs = true, .has_tre = true, .trs = NOW - ((uint64_t)60 << 32),
        .tre = NOW + ((uint64_t)7200 << 32), .tr_type = TG_TS_NTP_UTC_32, .has_keys = true, .num_keys = 1, .num_r = 1,
    };
    out.flags = TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('I') | TG_FLAG('L') |
                TG_FLAG('M') | TG_FLAG('N') | TG_FLAG('O');
    out.keys[0] = (tg_key_plan){ .type = TG_KEY_TGK, .key_len = 32, .spi_len = 4 };
    out.r[0] = named(bob);
    return out;
}

static void make_parties(void)
{
    tg_initiator_config i = { .role = config_of(TG_SENDER_I, alice, psk_i), .called = named(bob), .policy = wish(),
                              .transfer = transfer };
    tg_responder_config r = { .role = config_of(TG_SENDER_R, bob, psk_r) };
    tg_kms_config k = { .role = config_of(TG_SENDER_K, kms, psk_i) };
    /* The KMS knows whose key is whose by the identity in the request. */
    static const tg_bytes uids[2] = { { (const uint8_t *)alice, sizeof alice - 1 },
                                      { (const uint8_t *)bob, sizeof bob - 1 } };
    static const tg_subscriber subscribers[] = {
        { .b_tid = { (const uint8_t *)alice, sizeof alice - 1 }, .uids = &uids[0], .num_uids = 1,
          .psk = { (const uint8_t *)psk_i, sizeof psk_i - 1 } },
        { .b_tid = { (const uint8_t *)bob, sizeof bob - 1 }, .uids = &uids[1], .num_uids = 1,
          .psk = { (const uint8_t *)psk_r, sizeof psk_r - 1 } },
    };
    static const tg_subscriber_list list = { subscribers, 2 };
    static tg_subscriber_source source;
    source = tg_subscriber_list_source(&list);
    k.subscribers = &source;
    k.role.tpk = of_text(tpk);
    i.role.psk_id = named(alice);
    r.role.psk_id = named(bob);
    FUZZ_CHECK(tg_initiator_new(&i, &stage.parties[TG_SENDER_I].role) == TG_OK &&
                   tg_responder_new(&r, &stage.parties[TG_SENDER_R].role) == TG_OK &&
                   tg_kms_new(&k, &stage.parties[TG_SENDER_K].role) == TG_OK,
               "init", "a role cannot be made");
    stage.known = (tg_known){ .profile = *tg_profile_find("rfc6043"), .i = named(alice), .r = named(bob),
                              .kms = named(kms), .has_now = true, .now = NOW, .skew = TG_SKEW_DEFAULT,
                              .secrets = { .psk_i = of_text(psk_i), .psk_r = of_text(psk_r), .tpk = of_text(tpk) } };
}

/* ---- the play ----------------------------------------------------------------------------------------------- */

static void save(tg_sender who)
{
    party *p = &stage.parties[who];
    FUZZ_CHECK(stage.num_scenes < MAX_SCENES, "init", "too many scenes");
    scene *s = &stage.scenes[stage.num_scenes++];
    *s = (scene){ .who = who, .state = tg_role_state_of(p->role), .before = *p, .num_before = stage.num_sent };
    s->before.arena.data = some_memory(ROLE_MEMORY);
    memcpy(s->before.arena.data, p->arena.data, ROLE_MEMORY);
}

/* Delivers what a role sent, and what is sent because of it, until nobody says anything more. */
static void deliver(tg_sender from, const tg_result *result)
{
    struct {
        tg_sender from, to;
    } queue[MAX_SENT];
    size_t num = stage.num_sent, at = num;
    for (;;) {
        FUZZ_CHECK(result->refusal == TG_REFUSAL_NONE, "init", "after message %zu: %s (%s)", stage.num_sent,
                   tg_refusal_text(result->refusal), result->broken ? result->broken->id : "");
        for (size_t i = 0; i < result->num_out; i++, num++) {
            FUZZ_CHECK(num < MAX_SENT, "init", "too many messages");
            fuzz_block kept = fuzz_block_copy(result->out[i].octets.data, result->out[i].octets.len);
            stage.sent[num] = (tg_sent){ .octets = fuzz_bytes(&kept), .ex = result->out[i].ex, .from = from };
            queue[num].from = from;
            queue[num].to = result->out[i].to;
        }
        if (at == num)
            return;
        static tg_result next;
        tg_sender to = queue[at].to;
        save(to);
        tg_status status = tg_role_receive(stage.parties[to].role, queue[at].from, stage.sent[at].octets, NOW, &next);
        FUZZ_CHECK(status == TG_OK, "init", "message %zu: %s", at, tg_status_name(status));
        stage.num_sent = ++at;
        from = to;
        result = &next;
    }
}

void fuzz_stage_init(void)
{
    tg_result result;
    tg_role *i, *r;
    make_parties();
    i = stage.parties[TG_SENDER_I].role;
    r = stage.parties[TG_SENDER_R].role;
    FUZZ_CHECK(tg_initiator_request(i, NOW, &result) == TG_OK, "init", "no request");
    deliver(TG_SENDER_I, &result);
    FUZZ_CHECK(tg_initiator_transfer(i, NOW, &result) == TG_OK, "init", "no transfer");
    deliver(TG_SENDER_I, &result);
    FUZZ_CHECK(tg_role_update(i, &update, NOW + ((uint64_t)1 << 32), &result) == TG_OK, "init", "no update");
    deliver(TG_SENDER_I, &result);
    FUZZ_CHECK(tg_role_update(r, &update, NOW + ((uint64_t)2 << 32), &result) == TG_OK, "init", "no update");
    deliver(TG_SENDER_R, &result);
    FUZZ_CHECK(stage.num_sent == 10, "init", "%zu messages", stage.num_sent);
}

size_t fuzz_stage_num_sent(void)
{
    return stage.num_sent;
}

const tg_sent *fuzz_stage_sent(size_t index)
{
    return &stage.sent[index];
}

/* ---- one message to one scene ------------------------------------------------------------------------------- */

/* What a call gave, so that it can be compared with another call. */
typedef struct heard {
    tg_status status;
    tg_refusal refusal;
    int error_no;
    tg_role_state state;
    bool authentic; /* the message was */
    size_t num_out, len[TG_MAX_OUTGOING];
    uint8_t out[TG_MAX_OUTGOING][2 * LONGEST];
} heard;

static void check_outgoing(tg_bytes octets)
{
    fuzz_message parsed = fuzz_parse(octets.data, octets.len, 0xa5);
    FUZZ_CHECK(parsed.message, "outgoing", "what is sent does not parse: %s", parsed.diag.path);
    fuzz_check_no_secrets(&stage.known.secrets, octets.data, octets.len);
    fuzz_message_free(&parsed);
}

static void give(const scene *s, tg_sender from, tg_bytes octets, heard *to)
{
    party *p = &stage.parties[s->who];
    tg_result result;
    memset(&result, 0, sizeof result);
    memcpy(p->arena.data, s->before.arena.data, s->before.arena.used);
    p->arena.used = s->before.arena.used;
    p->random = s->before.random;
    *to = (heard){ .status = tg_role_receive(p->role, from, octets, NOW + ((uint64_t)3 << 32), &result) };
    FUZZ_CHECK(to->status == TG_OK || tg_status_class(to->status) == TG_CLASS_LIMIT, "role_status", "%s",
               tg_status_name(to->status));
    to->state = tg_role_state_of(p->role);
    if (to->status != TG_OK)
        return;
    FUZZ_CHECK(to->state == result.state && result.num_out <= TG_MAX_OUTGOING, "role_status", "state %d, result %d",
               (int)to->state, (int)result.state);
    to->refusal = result.refusal;
    to->error_no = result.error_no;
    to->authentic = (result.judgement && result.judgement->auth == TG_OUTCOME_OK) || result.error_authentic;
    for (size_t i = 0; i < result.num_out; i++, to->num_out++) {
        tg_bytes out = result.out[i].octets;
        FUZZ_CHECK(out.len <= sizeof to->out[i], "outgoing", "%zu octets", out.len);
        check_outgoing(out);
        to->len[i] = out.len;
        memcpy(to->out[i], out.data, out.len);
    }
}

static bool same(const heard *a, const heard *b)
{
    bool out = a->status == b->status && a->refusal == b->refusal && a->error_no == b->error_no &&
               a->state == b->state && a->authentic == b->authentic && a->num_out == b->num_out;
    for (size_t i = 0; out && i < a->num_out; i++)
        out = a->len[i] == b->len[i] && memcmp(a->out[i], b->out[i], a->len[i]) == 0;
    return out;
}

static const heard *give_twice(const scene *s, tg_sender from, tg_bytes octets)
{
    static heard first, second;
    give(s, from, octets, &first);
    give(s, from, octets, &second);
    FUZZ_CHECK(same(&first, &second), "same_result", "%s, then %s", tg_refusal_text(first.refusal),
               tg_refusal_text(second.refusal));
    return &first;
}

static bool was_said(tg_bytes octets)
{
    for (size_t i = 0; i < stage.num_sent; i++) {
        if (tg_bytes_equal(stage.sent[i].octets, octets))
            return true;
    }
    return false;
}

static void check_as_it_stands(const scene *s, tg_sender from, tg_bytes octets)
{
    const heard *h = give_twice(s, from, octets);
    if (h->status != TG_OK)
        return;
    if (!h->authentic && h->refusal != TG_REFUSAL_NONE)
        FUZZ_CHECK(h->state == s->state, "unmoved", "from state %d to %d by what is not authentic (%s)", (int)s->state,
                   (int)h->state, tg_refusal_text(h->refusal));
    if (h->refusal != TG_REFUSAL_NONE || was_said(octets))
        return;
    /* A TRANSFER_INIT that the Responder cannot judge yet is not accepted but passed on to the KMS. */
    FUZZ_CHECK(h->authentic || h->state == TG_ROLE_RESOLVING, "forged", "accepted in state %d", (int)s->state);
    static uint8_t memory[1 << 18];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    tg_message *message;
    FUZZ_CHECK(tg_message_parse(octets, &arena, &message, NULL) == TG_OK, "forged", "what does not parse is accepted");
    if (h->authentic)
        FUZZ_CHECK(message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT, "forged", "a message of type %u",
                   message->hdr.data_type);
}

static void check_sealed(const scene *s, tg_sender from, tg_bytes octets)
{
    tg_sent sent[MAX_SENT];
    fuzz_block copy = fuzz_block_copy(octets.data, octets.len);
    memcpy(sent, stage.sent, s->num_before * sizeof *sent);
    sent[s->num_before] = stage.sent[s->num_before]; /* its exchange */
    sent[s->num_before].octets = fuzz_bytes(&copy);
    sent[s->num_before].from = from;
    if (fuzz_reseal(&stage.known, sent, s->num_before + 1, copy.data))
        (void)give_twice(s, from, fuzz_bytes(&copy));
    fuzz_block_free(&copy);
}

void fuzz_stage_check(tg_sender role, const uint8_t *data, size_t size)
{
    if (size > 2 * LONGEST)
        return;
    fuzz_block octets = fuzz_block_copy(data, size);
    for (size_t i = 0; i < stage.num_scenes; i++) {
        const scene *s = &stage.scenes[i];
        tg_sender from = stage.sent[s->num_before].from;
        if (s->who != role)
            continue;
        check_as_it_stands(s, from, fuzz_bytes(&octets));
        check_sealed(s, from, fuzz_bytes(&octets));
    }
    fuzz_check_unchanged(&octets, data);
    fuzz_block_free(&octets);
}
