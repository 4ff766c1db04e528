/* Alice, Bob and a KMS, set up by hand, so that a test can come between them. */
#ifndef TEST_ROLES_SCENE_H
#define TEST_ROLES_SCENE_H

#include "test_roles_support.h"

#define NOW ((uint64_t)3989131200u << 32) /* 2026-05-30 12:00:00 UTC */
#define SECOND ((uint64_t)1 << 32)
#define ROLE_MEMORY ((size_t)12 << 20)

static const uint8_t PSK_I[] = "alice's pre-shared key, 32 octet", PSK_R[] = "bob's pre-shared key: 32 octets.",
                     TPK[] = "ticket prot. key";

/* What differs from test to test. */
typedef struct scene {
    tg_initiator_config i;
    tg_responder_config r;
    tg_kms_config k;
    tg_subscriber subscribers[3];
    tg_bytes uids[2][2];
    tg_subscriber_list list;
    tg_subscriber_source source;
    tg_seeded_random random[3];
    tg_arena arenas[3], caches;
    tg_session_plan sessions[2];
    tg_security_policy policy;
    tg_param params[3];
    tg_role *alice, *bob, *kms;
    tg_result result; /* of the last call */
} scene;

static inline tg_bytes secret(const uint8_t *octets, size_t size)
{
    return tg_bytes_of(octets, size - 1);
}

static inline tg_identity nai(const char *text)
{
    return (tg_identity){ true, TG_ID_TYPE_NAI, text_bytes(text) };
}

static inline tg_identity byte_string(const char *text)
{
    return (tg_identity){ true, TG_ID_TYPE_BYTE_STRING, text_bytes(text) };
}

static inline void common(scene *s, int n, tg_role_config *c, const tg_profile *profile)
{
    s->arenas[n] = tg_arena_of(memory + (size_t)n * ROLE_MEMORY, ROLE_MEMORY);
    uint8_t seed = (uint8_t)n;
    assert_int_equal(tg_seeded_random_init(&s->random[n], crypto, tg_bytes_of(&seed, 1)), TG_OK);
    c->crypto = crypto;
    c->profile = profile;
    c->random = tg_seeded_random_source(&s->random[n]);
    c->arena = &s->arenas[n];
    c->suite = tg_suite_128;
    c->kms = (tg_identity){ true, TG_ID_TYPE_URI, text_bytes("kms.example.com") };
    c->errors = TG_ERRORS_AUTHENTIC;
    assert_int_equal(tg_replay_cache_new(&s->caches, 16, &c->replay), TG_OK);
}

/* One SRTP stream, a ticket for Bob, mode 1; everything allowed. Change what you like, then scene_start. */
static inline void scene_set(scene *s, const char *profile_name)
{
    const tg_profile *profile = tg_profile_find(profile_name);
    static const uint8_t policy_0[] = { 0 }, ssrc[] = { 1, 2, 3, 4 }, aes_cm[] = { 1 }, hmac[] = { 1 }, tag[] = { 10 };
    memset(s, 0, sizeof *s);
    s->caches = tg_arena_of(memory + 4 * ROLE_MEMORY, 65536);
    common(s, 0, &s->i.role, profile);
    common(s, 1, &s->r.role, profile);
    common(s, 2, &s->k.role, profile);
    s->uids[0][0] = text_bytes("alice@example.com");
    s->uids[1][0] = text_bytes("bob@example.com");
    s->uids[1][1] = text_bytes("bob.home@example.com");
    s->subscribers[0] = (tg_subscriber){ text_bytes("b-tid-alice"), s->uids[0], 1, secret(PSK_I, sizeof PSK_I) };
    s->subscribers[1] = (tg_subscriber){ text_bytes("b-tid-bob"), s->uids[1], 2, secret(PSK_R, sizeof PSK_R) };
    s->list = (tg_subscriber_list){ s->subscribers, 2 };
    s->source = tg_subscriber_list_source(&s->list);
    s->i.role.self = nai("alice@example.com");
    s->i.role.psk = secret(PSK_I, sizeof PSK_I);
    s->i.role.psk_id = byte_string("b-tid-alice");
    s->r.role.self = nai("bob@example.com");
    s->r.role.psk = secret(PSK_R, sizeof PSK_R);
    s->r.role.psk_id = byte_string("b-tid-bob");
    s->k.role.self = s->k.role.kms;
    s->k.role.tpk = secret(TPK, sizeof TPK);
    s->k.subscribers = &s->source;
    s->i.called = s->r.role.self;
    s->i.policy = (tg_ticket_policy){ .ticket_type = 1,
                                      .subtype = 1,
                                      .version = 1,
                                      .prf_func = TG_PRF_MIKEY_1,
                                      .tr_type = TG_TS_NTP_UTC,
                                      .kms = s->k.role.self,
                                      .i = s->i.role.self,
                                      .has_tre = true,
                                      .tre = NOW + 3600 * SECOND,
                                      .has_keys = true,
                                      .num_keys = 1,
                                      .num_r = 1 };
    if (profile->pinned_ticket.id) {
        s->i.policy.ticket_type = 2;
        s->i.policy.subtype = s->i.policy.version = 0;
    }
    s->i.policy.flags = TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('I') |
                        TG_FLAG('J') | TG_FLAG('L') | TG_FLAG('M') | TG_FLAG('N') | TG_FLAG('O');
    s->i.policy.keys[0] = (tg_key_plan){ .type = TG_KEY_TGK, .key_len = 16 };
    s->i.policy.r[0] = s->r.role.self;
    s->params[0] = (tg_param){ .type = TG_SRTP_PARAM_ENCRYPTION_ALGORITHM, .value = { aes_cm, 1 } };
    s->params[1] = (tg_param){ .type = TG_SRTP_PARAM_AUTHENTICATION_ALGORITHM, .value = { hmac, 1 } };
    s->params[2] = (tg_param){ .type = TG_SRTP_PARAM_AUTHENTICATION_TAG_LENGTH, .value = { tag, 1 } };
    s->policy = (tg_security_policy){ .policy_no = 0, .prot_type = TG_PROT_SRTP, .params = s->params, .num_params = 3 };
    for (uint8_t n = 0; n < 2; n++)
        s->sessions[n] = (tg_session_plan){ .cs_id = (uint8_t)(n + 1),
                                            .prot_type = TG_PROT_SRTP,
                                            .ps = { policy_0, 1 },
                                            .session_data = { ssrc, n ? 0 : 4 },
                                            .key = n ? 0 : 1 };
    s->i.transfer =
        (tg_transfer_plan){ .sessions = s->sessions, .num_sessions = 2, .policies = &s->policy, .num_policies = 1 };
    s->r.supported = &s->policy;
    s->r.num_supported = 1;
}

static inline void scene_start(scene *s)
{
    assert_int_equal(tg_initiator_new(&s->i, &s->alice), TG_OK);
    assert_int_equal(tg_responder_new(&s->r, &s->bob), TG_OK);
    assert_int_equal(tg_kms_new(&s->k, &s->kms), TG_OK);
}

/* A message that lives on. */
typedef struct kept {
    uint8_t octets[8192];
    size_t len;
} kept;

static inline tg_bytes bytes_of(const kept *k)
{
    return tg_bytes_of(k->octets, k->len);
}

static inline void keep(const tg_result *result, size_t n, kept *out)
{
    assert_true(n < result->num_out && result->out[n].octets.len <= sizeof out->octets);
    out->len = result->out[n].octets.len;
    memcpy(out->octets, result->out[n].octets.data, out->len);
}

static inline const tg_result *give(scene *s, tg_role *to, tg_sender from, const kept *message, uint64_t now)
{
    assert_int_equal(tg_role_receive(to, from, bytes_of(message), now, &s->result), TG_OK);
    return &s->result;
}

static inline int error_no_of(tg_bytes octets)
{
    uint8_t room[16384];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *message = NULL;
    assert_int_equal(tg_message_parse(octets, &arena, &message, NULL), TG_OK);
    if (message->hdr.data_type != TG_DATA_TYPE_ERROR)
        return -1;
    const tg_err *err = (const tg_err *)tg_payload_find(message->payloads, TG_PAYLOAD_ERR);
    assert_non_null(err);
    return err->error_no;
}

static inline bool is_protected(tg_bytes octets)
{
    uint8_t room[16384];
    tg_arena arena = tg_arena_of(room, sizeof room);
    tg_message *message = NULL;
    assert_int_equal(tg_message_parse(octets, &arena, &message, NULL), TG_OK);
    return tg_payload_find(message->payloads, TG_PAYLOAD_V) || tg_payload_find(message->payloads, TG_PAYLOAD_SIGN);
}

/* The last call refused, and sent this Error and nothing else; to whom could not authenticate himself without a MAC. */
static inline void expect_error(const scene *s, tg_refusal refusal, int error_no, const char *what)
{
    const tg_result *r = &s->result;
    if (r->refusal != refusal || r->error_no != error_no || r->num_out != 1 ||
        error_no_of(r->out[0].octets) != error_no)
        fail_msg("%s: refusal %d (%s; %s), Error %d, %zu messages", what, r->refusal, tg_refusal_text(r->refusal),
                 r->broken ? r->broken->id : "-", r->error_no, r->num_out);
    if (!r->judgement || r->judgement->auth != TG_OUTCOME_OK)
        assert_false(is_protected(r->out[0].octets));
}

static inline void expect_accepted(const scene *s, size_t num_out, const char *what)
{
    if (s->result.refusal != TG_REFUSAL_NONE || s->result.num_out != num_out)
        fail_msg("%s: refusal %d (%s; %s), %zu messages", what, s->result.refusal, tg_refusal_text(s->result.refusal),
                 s->result.broken ? s->result.broken->id : "-", s->result.num_out);
}

/* ---- the usual course --------------------------------------------------------------------------------------- */

static inline void ask_for_ticket(scene *s, kept *request, uint64_t now)
{
    assert_int_equal(tg_initiator_request(s->alice, now, &s->result), TG_OK);
    keep(&s->result, 0, request);
}

static inline void get_ticket(scene *s, uint64_t now)
{
    kept m;
    ask_for_ticket(s, &m, now);
    give(s, s->kms, TG_SENDER_I, &m, now + 1);
    expect_accepted(s, 1, "REQUEST_INIT");
    keep(&s->result, 0, &m);
    give(s, s->alice, TG_SENDER_K, &m, now + 2);
    expect_accepted(s, 0, "REQUEST_RESP");
}

static inline void send_transfer(scene *s, kept *out, uint64_t now)
{
    assert_int_equal(tg_initiator_transfer(s->alice, now, &s->result), TG_OK);
    keep(&s->result, 0, out);
}

/* Up to Bob's RESOLVE_INIT. */
static inline void get_resolve_init(scene *s, kept *transfer, kept *resolve, uint64_t now)
{
    get_ticket(s, now);
    send_transfer(s, transfer, now + 3);
    give(s, s->bob, TG_SENDER_I, transfer, now + 4);
    expect_accepted(s, 1, "TRANSFER_INIT");
    assert_int_equal(s->result.out[0].to, TG_SENDER_K);
    keep(&s->result, 0, resolve);
}

static inline void establish(scene *s, uint64_t now)
{
    kept transfer, m;
    get_resolve_init(s, &transfer, &m, now);
    give(s, s->kms, TG_SENDER_R, &m, now + 5);
    expect_accepted(s, 1, "RESOLVE_INIT");
    keep(&s->result, 0, &m);
    give(s, s->bob, TG_SENDER_K, &m, now + 6);
    expect_accepted(s, 1, "RESOLVE_RESP");
    keep(&s->result, 0, &m);
    give(s, s->alice, TG_SENDER_R, &m, now + 7);
    expect_accepted(s, 0, "TRANSFER_RESP");
    assert_int_equal(tg_role_state_of(s->alice), TG_ROLE_ESTABLISHED);
    assert_int_equal(tg_role_state_of(s->bob), TG_ROLE_ESTABLISHED);
}

/* Both sides have the same session keys. */
static inline void expect_same_keys(scene *s, uint64_t now)
{
    tg_established a, b;
    assert_true(tg_role_established(s->alice, now, &a) && tg_role_established(s->bob, now, &b));
    assert_true(a.num_cs > 0 && a.num_cs == b.num_cs);
    for (size_t i = 0; i < a.num_cs; i++) {
        assert_int_equal(a.cs[i].cs_id, b.cs[i].cs_id);
        assert_true(a.cs[i].tek.len >= 16 && tg_bytes_equal(a.cs[i].tek, b.cs[i].tek));
        assert_true(tg_bytes_equal(a.cs[i].salt, b.cs[i].salt));
    }
}

#endif
