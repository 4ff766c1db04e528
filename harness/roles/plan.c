/* What a plan means: flags, keys, crypto sessions, security policies that keep every rule of a profile. */
#include "converse.h"

#define DEFAULT_NOW ((uint64_t)3989131200u << 32) /* 2026-05-30 12:00:00 UTC */
#define VALIDITY 86400u
#define MAX_STREAMS 60

static const tg_prot session_kinds[] = { TG_PROT_KIND_SRTP, TG_PROT_KIND_TLS, TG_PROT_KIND_PSK_SMIME };

/* Has the profile crypto sessions of this kind? RFC 6043 alone names none; SRTP is what it is for. */
static bool uses(const tg_profile *profile, tg_prot kind)
{
    if (!profile->crypto_sessions.id)
        return kind == TG_PROT_KIND_SRTP;
    return profile->crypto_sessions.allowed[kind] && profile->prot_types[kind] >= 0;
}

static bool pinned(const tg_profile *profile, char flag, uint8_t *value)
{
    size_t at = (size_t)(flag - 'D');
    *value = profile->flags[at].value;
    return profile->flags[at].id != NULL;
}

/* 4.1.1: in modes 3 and 4 the Initiator makes the ticket (D=0), in 2 and 4 the Responder resolves it (E=0, so no
 * forking: I implies E). */
static uint16_t default_flags(const tg_profile *profile, int mode)
{
    static const char letters[] = TG_FLAG_LETTERS;
    bool resolve = mode == 1 || mode == 3;
    uint16_t flags = TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('J') | TG_FLAG('L') | TG_FLAG('M') |
                     TG_FLAG('N') | TG_FLAG('O');
    if (mode <= 2)
        flags |= TG_FLAG('D');
    if (resolve)
        flags |= TG_FLAG('E') | TG_FLAG('I');
    for (size_t i = 0; i < TG_NUM_FLAGS; i++) {
        uint8_t value = 0;
        uint16_t bit = (uint16_t)TG_FLAG(letters[i]);
        if (pinned(profile, letters[i], &value))
            flags = value ? flags | bit : flags & (uint16_t)~bit;
    }
    if (!(flags & TG_FLAG('F')))
        flags &= (uint16_t) ~(TG_FLAG('M') | TG_FLAG('G'));
    return flags;
}

bool tg_plan_default(const char *name, int mode, tg_plan *out)
{
    static const uint8_t seed[] = "ticketgate";
    const tg_profile *profile = tg_profile_find(name);
    if (!profile || mode < 1 || mode > 4)
        return false;
    uint16_t flags = default_flags(profile, mode);
    bool resolve = mode == 1 || mode == 3;
    if ((flags & TG_FLAG('I')) && !resolve)
        return false; /* it always forks keys, and only a KMS does */
    *out = (tg_plan){ .profile = profile,
                      .mode = mode,
                      .suite = tg_suite_128,
                      .num_streams = 1,
                      .now = DEFAULT_NOW,
                      .seed = { seed, sizeof seed - 1 } };
    return true;
}

/* ---- keys and policy ---------------------------------------------------------------------------------------- */

static tg_key_plan default_key(const tg_plan *plan, uint16_t flags)
{
    bool no_tgk = plan->profile->no_tgk || ((flags & TG_FLAG('I')) && !(flags & TG_FLAG('F')));
    return (tg_key_plan){ .type = no_tgk ? TG_KEY_GTGK : TG_KEY_TGK,
                          .key_len = plan->suite.prf_func == TG_PRF_HMAC_SHA_256 ? 32 : 16 };
}

static void write_policy(const tg_plan *plan, const tg_cast *cast, tg_ticket_policy *out)
{
    static const uint8_t anybody[] = "?@?";
    const tg_profile *profile = plan->profile;
    bool pins = profile->pinned_ticket.id != NULL;
    *out = (tg_ticket_policy){ .ticket_type = TG_TICKET_MIKEY_BASE,
                               .subtype = 1,
                               .version = 1,
                               .prf_func = plan->suite.prf_func,
                               .kms = cast->kms,
                               .has_trs = true,
                               .has_tre = true,
                               .tr_type = TG_TS_NTP_UTC_32,
                               .num_r = 1 };
    if (pins) {
        const tg_ticket_format *format = &profile->pinned_ticket.format;
        out->ticket_type = format->ticket_type;
        out->subtype = (uint8_t)(format->subtype < 0 ? 0 : format->subtype);
        out->version = (uint8_t)(format->version < 0 ? 0 : format->version);
    }
    out->flags = plan->has_flags ? plan->flags : default_flags(profile, plan->mode);
    out->i = cast->i;
    out->trs = plan->now & 0xFFFFFFFF00000000u;
    out->tre = out->trs + ((uint64_t)VALIDITY << 32);
    out->r[0] = cast->r;
    if (profile->kms_uids) /* contribution 004, 6.2.3.5: so that a diversion does not break the call */
        out->r[0].data = tg_bytes_of(anybody, sizeof anybody - 1);
    out->has_keys = true;
    out->num_keys = plan->num_keys;
    if (plan->has_keys) {
        memcpy(out->keys, plan->keys, sizeof out->keys);
        return;
    }
    out->num_keys = 1;
    out->keys[0] = default_key(plan, out->flags);
}

/* ---- crypto sessions ---------------------------------------------------------------------------------------- */

static const tg_security_policy *srtp_policy(uint8_t prot_type, tg_arena *arena)
{
    /* RFC 3830 6.10.1: AES-CM with a key of 16 and a salt of 14 octets, HMAC-SHA-1 with 20 octets, tags of 10; all
     * switched on. */
    static const uint8_t values[] = { 1, 16, 1, 20, 14, 1, 1, 1, 10 };
    static const uint8_t types[] = { TG_SRTP_PARAM_ENCRYPTION_ALGORITHM,     TG_SRTP_PARAM_SESSION_ENCR_KEY_LENGTH,
                                     TG_SRTP_PARAM_AUTHENTICATION_ALGORITHM, TG_SRTP_PARAM_SESSION_AUTH_KEY_LENGTH,
                                     TG_SRTP_PARAM_SESSION_SALT_KEY_LENGTH,  TG_SRTP_PARAM_SRTP_ENCRYPTION_OFF_ON,
                                     TG_SRTP_PARAM_SRTCP_ENCRYPTION_OFF_ON,  TG_SRTP_PARAM_SRTP_AUTHENTICATION_OFF_ON,
                                     TG_SRTP_PARAM_AUTHENTICATION_TAG_LENGTH };
    tg_param *params = tg_arena_alloc(arena, sizeof types * sizeof *params);
    tg_security_policy *policy = tg_arena_alloc(arena, sizeof *policy);
    if (!params || !policy)
        return NULL;
    memset(params, 0, sizeof types * sizeof *params);
    for (size_t i = 0; i < sizeof types; i++) {
        params[i].type = types[i];
        params[i].value = tg_bytes_of(&values[i], 1);
    }
    *policy =
        (tg_security_policy){ .policy_no = 0, .prot_type = prot_type, .params = params, .num_params = sizeof types };
    return policy;
}

/* Without a key in the ticket or in TRANSFER_INIT the Responder brings one (section 8). */
static bool has_key(const tg_plan *plan)
{
    return plan->initiator_key || !plan->has_keys || plan->num_keys > 0;
}

/* SRTP: two sessions a stream, out and back (RFC 4567 7.1). The way back is the Responder's to complete, if it may
 * answer. */
static size_t add_srtp(const tg_plan *plan, uint8_t prot_type, bool answered, tg_session_plan *out)
{
    static const uint8_t policy_0[] = { 0 }, ssrcs[] = { 0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f, 0x70, 0x81 };
    size_t num = 2 * plan->num_streams;
    for (size_t i = 0; i < num; i++) {
        bool open = i % 2 == 1 && answered;
        out[i] =
            (tg_session_plan){ .prot_type = prot_type, .ps = { policy_0, 1 }, .key = open || !has_key(plan) ? 0 : 1 };
        out[i].own_key = plan->initiator_key;
        if (!open)
            out[i].session_data = tg_bytes_of(ssrcs + i % 4, 4);
    }
    return num;
}

static tg_status write_sessions(const tg_plan *plan, uint16_t flags, tg_arena *arena, tg_script *out)
{
    const tg_profile *profile = plan->profile;
    size_t num = 0, num_lines = 0;
    tg_session_plan *sessions = tg_arena_alloc(arena, (2 * plan->num_streams + 4) * sizeof *sessions);
    tg_m_line *lines = tg_arena_alloc(arena, (plan->num_streams + 4) * sizeof *lines);
    if (!sessions || !lines)
        return TG_ARENA_FULL;
    for (size_t k = 0; k < sizeof session_kinds / sizeof *session_kinds; k++) {
        tg_prot kind = session_kinds[k];
        uint8_t prot_type = (uint8_t)profile->prot_types[kind];
        if (!uses(profile, kind))
            continue;
        if (kind == TG_PROT_KIND_SRTP) {
            num += add_srtp(plan, prot_type, (flags & TG_FLAG('F')) != 0, sessions + num);
            for (size_t i = 0; i < plan->num_streams; i++)
                lines[num_lines++] = TG_M_LINE_RTP;
            const tg_security_policy *policy = srtp_policy(prot_type, arena);
            if (!policy)
                return TG_ARENA_FULL;
            out->offer.policies = out->supported = policy;
            out->offer.num_policies = out->num_supported = 1;
            continue;
        }
        sessions[num++] =
            (tg_session_plan){ .prot_type = prot_type, .key = has_key(plan), .own_key = plan->initiator_key };
        if (kind == TG_PROT_KIND_TLS)
            lines[num_lines++] = TG_M_LINE_TLS;
    }
    for (size_t i = 0; i < num; i++)
        sessions[i].cs_id = (uint8_t)(i + 1);
    out->offer.sessions = sessions;
    out->offer.num_sessions = num;
    out->m_lines = lines;
    out->num_m_lines = num_lines;
    return TG_OK;
}

/* tls_policies=rfc6043: each such session needs one policy in the answer, without parameters. */
static tg_status answer_policies(const tg_plan *plan, tg_arena *arena, tg_script *out)
{
    tg_security_policy *policies = tg_arena_alloc(arena, 2 * sizeof *policies);
    size_t num = 0;
    if (!policies)
        return TG_ARENA_FULL;
    for (size_t k = 1; k < sizeof session_kinds / sizeof *session_kinds; k++) {
        if (uses(plan->profile, session_kinds[k]) && plan->profile->settings.tls_policies == TG_TLS_POLICIES_RFC6043) {
            policies[num] = (tg_security_policy){ .policy_no = (uint8_t)(num + 1),
                                                  .prot_type = (uint8_t)plan->profile->prot_types[session_kinds[k]] };
            num++;
        }
    }
    out->answer.policies = out->update_answer.policies = policies;
    out->answer.num_policies = out->update_answer.num_policies = num;
    return TG_OK;
}

tg_status tg_script_for(const tg_plan *plan, const tg_cast *cast, tg_arena *arena, tg_script *out)
{
    *out = (tg_script){ 0 };
    tg_key_plan *key = tg_arena_alloc(arena, sizeof *key);
    if (!key)
        return TG_ARENA_FULL;
    if (plan->num_streams > MAX_STREAMS)
        return TG_TOO_LARGE;
    write_policy(plan, cast, &out->policy);
    *key = default_key(plan, out->policy.flags);
    TRY(write_sessions(plan, out->policy.flags, arena, out));
    TRY(answer_policies(plan, arena, out));
    out->offer.keys = out->answer.keys = out->update_i.keys = out->update_r.keys = key;
    out->offer.num_keys = plan->initiator_key;
    out->answer.num_keys = plan->responder_key;
    out->update_i.num_keys = out->update_r.num_keys = 1;
    return TG_OK;
}

/* ---- the cast ----------------------------------------------------------------------------------------------- */

static tg_identity named(uint8_t id_type, const char *text)
{
    return (tg_identity){ true, id_type, { (const uint8_t *)text, strlen(text) } };
}

static tg_status read_pem(tg_crypto *crypto, tg_bytes pem, bool needed, const tg_pk **out)
{
    tg_pk *pk = NULL;
    if (pem.len == 0)
        return needed ? TG_REFUSED : TG_OK;
    tg_status status = tg_pk_from_pem(crypto, pem, &pk);
    *out = pk;
    return status;
}

static tg_status read_keys(tg_crypto *crypto, const tg_plan *plan, tg_cast *out)
{
    bool pk = plan->pk_request || plan->pk_resolve;
    TRY(read_pem(crypto, plan->rsa_i, plan->pk_request, &out->rsa_i));
    TRY(read_pem(crypto, plan->rsa_r, plan->pk_resolve, &out->rsa_r));
    TRY(read_pem(crypto, plan->rsa_kms, pk, &out->rsa_kms));
    if (plan->trust.len == 0)
        return pk ? TG_REFUSED : TG_OK;
    TRY(tg_pk_from_pem(crypto, plan->trust, &out->own_trust));
    out->trust = &out->own_trust;
    out->num_trust = 1;
    return TG_OK;
}

static tg_status draw(const tg_random *random, tg_arena *arena, size_t len, tg_bytes *out)
{
    uint8_t *octets = tg_arena_alloc(arena, len);
    if (!octets)
        return TG_ARENA_FULL;
    *out = tg_bytes_of(octets, len);
    return random->fill(random->user, octets, len);
}

static void list_subscribers(tg_cast *cast)
{
    cast->uids[0] = cast->i.data;
    cast->uids[1] = cast->r.data;
    cast->subscribers[0] = (tg_subscriber){ cast->b_tid_i.data, &cast->uids[0], 1, cast->psk_i };
    cast->subscribers[1] = (tg_subscriber){ cast->b_tid_r.data, &cast->uids[1], 1, cast->psk_r };
    cast->list = (tg_subscriber_list){ cast->subscribers, 2 };
    cast->source = tg_subscriber_list_source(&cast->list);
}

/* TG_REFUSED where the plan needs what is not known. */
static tg_status take_given(const tg_plan *plan, const tg_given_cast *given, tg_cast *out)
{
    *out = (tg_cast){ .i = given->i,
                      .r = given->r,
                      .kms = given->kms,
                      .kms_r = given->kms_r,
                      .b_tid_i = given->b_tid_i,
                      .b_tid_r = given->b_tid_r,
                      .psk_i = given->psk_i,
                      .psk_r = given->psk_r,
                      .psk_kms = given->psk_kms,
                      .tpk = given->tpk,
                      .rsa_i = given->rsa_i,
                      .rsa_r = given->rsa_r,
                      .rsa_kms = given->rsa_kms,
                      .trust = given->trust,
                      .num_trust = given->num_trust,
                      .given = true };
    list_subscribers(out);
    if (given->subscribers)
        out->source = *given->subscribers;
    bool resolves = plan->mode == 1 || plan->mode == 3, pk = plan->pk_request || plan->pk_resolve;
    bool makes_or_opens_tickets = plan->mode != 1;
    if (!out->i.known || !out->r.known || (plan->mode < 4 && !out->kms.known) ||
        (makes_or_opens_tickets && out->tpk.len == 0) || (pk && !out->rsa_kms) || (plan->pk_request && !out->rsa_i) ||
        (plan->pk_resolve && !out->rsa_r))
        return TG_REFUSED;
    bool no_psk_i = plan->mode <= 2 && !plan->pk_request && out->psk_i.len == 0;
    bool no_psk_r = resolves && !plan->pk_resolve && out->psk_r.len == 0;
    bool no_other = plan->two_kms && (!out->kms_r.known || out->psk_kms.len == 0);
    return no_psk_i || no_psk_r || no_other ? TG_REFUSED : TG_OK;
}

tg_status tg_cast_for(tg_crypto *crypto, const tg_plan *plan, const tg_random *random, tg_arena *arena, tg_cast *out)
{
    size_t tpk_len = plan->suite.prf_func == TG_PRF_HMAC_SHA_256 ? 32 : 16;
    if (plan->cast)
        return take_given(plan, plan->cast, out);
    *out = (tg_cast){ .i = named(TG_ID_TYPE_NAI, "alice@example.com"),
                      .r = named(TG_ID_TYPE_NAI, "bob@example.com"),
                      .kms = named(TG_ID_TYPE_URI, "kms.example.com"),
                      .kms_r = named(TG_ID_TYPE_URI, "kms.example.net"),
                      .b_tid_i = named(TG_ID_TYPE_BYTE_STRING, "aLiCe7b1d0001@bsf.example.com"),
                      .b_tid_r = named(TG_ID_TYPE_BYTE_STRING, "bOb7b1d0002@bsf.example.com") };
    TRY(draw(random, arena, 32, &out->psk_i));
    TRY(draw(random, arena, 32, &out->psk_r));
    TRY(draw(random, arena, 32, &out->psk_kms));
    TRY(draw(random, arena, tpk_len, &out->tpk));
    list_subscribers(out);
    tg_status status = read_keys(crypto, plan, out);
    if (status != TG_OK)
        tg_cast_free(out);
    return status;
}

void tg_cast_free(tg_cast *cast)
{
    if (!cast->given) {
        tg_pk_free((tg_pk *)(uintptr_t)cast->rsa_i); /* made here, and nobody else's */
        tg_pk_free((tg_pk *)(uintptr_t)cast->rsa_r);
        tg_pk_free((tg_pk *)(uintptr_t)cast->rsa_kms);
        tg_pk_free(cast->own_trust);
    }
    cast->rsa_i = cast->rsa_r = cast->rsa_kms = cast->own_trust = NULL;
    cast->num_trust = 0;
}
