#include "asking.h"

#include <stdlib.h>

#include "ticketgate/message.h"

#define ASKER_MEMORY ((size_t)8 << 20)
#define COUNTERS_FROM 3900000000u /* NTP seconds: counters go up from run to run, 16 a second */

/* ---- questions ---------------------------------------------------------------------------------------------- */

void asked_free(asked *q)
{
    for (size_t i = 0; i < q->num; i++)
        free((uint8_t *)(uintptr_t)q->sent[i].octets.data);
    *q = (asked){ .num = 0 };
}

static bool add(asked *q, tg_bytes octets, const char *ex, tg_sender from)
{
    uint8_t *copy = q->num < ASKED_MAX ? malloc(octets.len + 1) : NULL;
    if (!copy)
        return false;
    if (octets.len > 0)
        memcpy(copy, octets.data, octets.len);
    q->sent[q->num++] = (tg_sent){ .octets = tg_bytes_of(copy, octets.len), .ex = ex, .from = from };
    return true;
}

bool asked_copy(const asked *from, asked *out)
{
    bool ok = true;
    *out = (asked){ .num = 0 };
    for (size_t i = 0; i < from->num && ok; i++)
        ok = add(out, from->sent[i].octets, from->sent[i].ex, from->sent[i].from);
    return ok;
}

uint8_t *asked_octets(asked *q, size_t *len)
{
    *len = q->sent[q->num - 1].octets.len;
    return (uint8_t *)(uintptr_t)q->sent[q->num - 1].octets.data; /* this conversation's own copy */
}

/* ---- setting up --------------------------------------------------------------------------------------------- */

static bool take_memory(tg_arena *out)
{
    void *memory = malloc(ASKER_MEMORY);
    *out = tg_arena_of(memory, memory ? ASKER_MEMORY : 0);
    return memory != NULL;
}

bool asker_init(asker *a, const deployment *d)
{
    *a = (asker){ .d = d };
    a->counter = ((uint32_t)(deployment_now(d) >> 32) - COUNTERS_FROM) * 16;
    return tg_crypto_new(&a->crypto) == TG_OK && take_memory(&a->initiator_memory) &&
           take_memory(&a->responder_memory) && take_memory(&a->judge_memory);
}

void asker_free(asker *a)
{
    tg_arena *arenas[] = { &a->initiator_memory, &a->responder_memory, &a->judge_memory };
    for (size_t i = 0; i < 3; i++) {
        if (arenas[i]->data)
            tg_arena_wipe(arenas[i], 0);
        free(arenas[i]->data);
    }
    tg_crypto_free(a->crypto);
}

static uint64_t now_of(const asker *a, const asking_options *o)
{
    return deployment_now(a->d) + ((uint64_t)o->clock_off << 32);
}

static tg_role_config role_config(asker *a, const asking_options *o, const tg_identity *self, tg_arena *memory)
{
    static const uint8_t wrong[] = "none of the keys of this KMS' users";
    const tg_known *known = &a->d->known;
    const tg_subscriber *s = deployment_subscriber(a->d, self);
    tg_arena_wipe(memory, 0);
    tg_role_config c = { .crypto = a->crypto,
                         .profile = &known->profile,
                         .random = system_random,
                         .arena = memory,
                         .skew = known->skew,
                         .ts_type = o->ts_type,
                         .counter = a->counter++,
                         .suite = o->suite ? *o->suite : tg_suite_128,
                         .self = *self,
                         .kms = known->kms,
                         .leave_out_ids = o->leave_out_ids,
                         .pk = o->pk,
                         .chash = o->pk,
                         .trust = known->trust,
                         .num_trust = known->num_trust,
                         .rsa_kms = known->secrets.rsa_kms,
                         .deviation = o->deviation };
    if (s && s->b_tid.len > 0)
        c.psk_id = (tg_identity){ true, TG_ID_TYPE_BYTE_STRING, s->b_tid };
    c.psk = s ? s->psk : tg_bytes_of(wrong, sizeof wrong - 1);
    if (o->wrong_psk)
        c.psk = tg_bytes_of(wrong, sizeof wrong - 1);
    return c;
}

/* ---- the ticket asked for ----------------------------------------------------------------------------------- */

/* Everything that the profile leaves open is allowed. */
static uint16_t flags_for(const tg_profile *profile)
{
    static const char letters[] = "DEFGHIJKLMNO";
    uint16_t flags = TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('I') |
                     TG_FLAG('J') | TG_FLAG('L') | TG_FLAG('M') | TG_FLAG('N') | TG_FLAG('O');
    for (size_t i = 0; i < TG_NUM_FLAGS; i++) {
        uint16_t bit = (uint16_t)TG_FLAG(letters[i]);
        if (profile->flags[i].id)
            flags = profile->flags[i].value ? (uint16_t)(flags | bit) : (uint16_t)(flags & (uint16_t)~bit);
    }
    if (!(flags & TG_FLAG('F')))
        flags = (uint16_t)(flags & (uint16_t) ~(TG_FLAG('M') | TG_FLAG('G')));
    return flags;
}

static void write_policy(const asker *a, const asking_options *o, tg_ticket_policy *out)
{
    const tg_known *known = &a->d->known;
    const tg_profile *profile = &known->profile;
    const tg_suite *suite = o->suite ? o->suite : &tg_suite_128;
    uint64_t now = deployment_now(a->d) & 0xFFFFFFFF00000000u; /* its validity is right though a clock may be wrong */
    *out = (tg_ticket_policy){ .ticket_type = TG_TICKET_MIKEY_BASE,
                               .subtype = 1,
                               .version = 1,
                               .prf_func = suite->prf_func,
                               .flags = flags_for(profile),
                               .kms = known->kms,
                               .i = known->i,
                               .has_trs = true,
                               .has_tre = true,
                               .trs = now - ((uint64_t)60 << 32),
                               .tre = now + ((uint64_t)3600 << 32),
                               .tr_type = TG_TS_NTP_UTC_32,
                               .has_keys = true,
                               .num_keys = 1,
                               .num_r = 1 };
    if (profile->pinned_ticket.id) {
        const tg_ticket_format *format = &profile->pinned_ticket.format;
        out->ticket_type = format->ticket_type;
        out->subtype = (uint8_t)(format->subtype < 0 ? 0 : format->subtype);
        out->version = (uint8_t)(format->version < 0 ? 0 : format->version);
    }
    bool no_tgk = profile->no_tgk || ((out->flags & TG_FLAG('I')) && !(out->flags & TG_FLAG('F')));
    out->keys[0] = (tg_key_plan){ .type = no_tgk ? TG_KEY_GTGK : TG_KEY_TGK,
                                  .key_len = suite->prf_func == TG_PRF_HMAC_SHA_256 ? 32 : 16 };
    out->r[0] = o->only ? *o->only : known->r;
}

/* One SRTP stream, or the one crypto session of a profile without SRTP. */
static tg_transfer_plan sessions_for(const tg_profile *profile)
{
    static const uint8_t policy_0[] = { 0 }, ssrc[] = { 1, 2, 3, 4 }, one[] = { 1 }, ten[] = { 10 };
    static const tg_param params[] = { { .type = TG_SRTP_PARAM_ENCRYPTION_ALGORITHM, .value = { one, 1 } },
                                       { .type = TG_SRTP_PARAM_SRTCP_ENCRYPTION_OFF_ON, .value = { one, 1 } },
                                       { .type = TG_SRTP_PARAM_AUTHENTICATION_ALGORITHM, .value = { one, 1 } },
                                       { .type = TG_SRTP_PARAM_SRTP_AUTHENTICATION_OFF_ON, .value = { one, 1 } },
                                       { .type = TG_SRTP_PARAM_AUTHENTICATION_TAG_LENGTH, .value = { ten, 1 } } };
    static const tg_security_policy policy = { 0, 0, params, sizeof params / sizeof params[0] };
    static const tg_session_plan srtp = { 1, 0, 0, { policy_0, 1 }, { ssrc, 4 }, 1, false, { NULL, 0 } };
    static tg_session_plan other;
    static const tg_prot kinds[] = { TG_PROT_KIND_SRTP, TG_PROT_KIND_TLS, TG_PROT_KIND_PSK_SMIME };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int16_t number = profile->prot_types[kinds[i]];
        if (number < 0 || (profile->crypto_sessions.id && !profile->crypto_sessions.allowed[kinds[i]]))
            continue;
        if (kinds[i] == TG_PROT_KIND_SRTP)
            break;
        other = (tg_session_plan){ .cs_id = 1, .prot_type = (uint8_t)number, .key = 1 };
        return (tg_transfer_plan){ .sessions = &other, .num_sessions = 1 };
    }
    return (tg_transfer_plan){ .sessions = &srtp, .num_sessions = 1, .policies = &policy, .num_policies = 1 };
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

/* What there is no message for is no fault of the KMS. */
static const char *no_message(tg_status status, const tg_result *result)
{
    if (status != TG_OK)
        return tg_status_text(status);
    return result->refusal != TG_REFUSAL_NONE ? tg_refusal_text(result->refusal) : "no message came of it";
}

const char *asker_request(asker *a, const asking_options *o, asked *out)
{
    const tg_known *known = &a->d->known;
    tg_result result = { 0 };
    tg_initiator_config c = { .role = role_config(a, o, o->as ? o->as : &known->i, &a->initiator_memory),
                              .called = known->r };
    *out = (asked){ .num = 0 };
    c.role.rsa = known->secrets.rsa_i;
    c.transfer = sessions_for(&known->profile);
    write_policy(a, o, &c.policy);
    c.policy.i = c.role.self;
    tg_status status = tg_initiator_new(&c, &a->initiator);
    if (status == TG_OK)
        status = tg_initiator_request(a->initiator, now_of(a, o), &result);
    if (status != TG_OK || result.num_out == 0)
        return no_message(status, &result);
    return add(out, result.out[0].octets, "request", TG_SENDER_I) ? NULL : "out of memory";
}

const char *asker_granted(asker *a, asked *q, tg_bytes response)
{
    tg_result result = { 0 };
    uint64_t now = deployment_now(a->d);
    if (!add(q, response, "request", TG_SENDER_K))
        return "out of memory";
    tg_status status = tg_role_receive(a->initiator, TG_SENDER_K, q->sent[q->num - 1].octets, now, &result);
    if (status != TG_OK || result.refusal != TG_REFUSAL_NONE)
        return no_message(status, &result);
    status = tg_initiator_transfer(a->initiator, now, &result);
    if (status != TG_OK || result.num_out == 0)
        return no_message(status, &result);
    return add(q, result.out[0].octets, "transfer", TG_SENDER_I) ? NULL : "out of memory";
}

const char *asker_resolve(asker *a, const asking_options *o, asked *q)
{
    const tg_known *known = &a->d->known;
    tg_result result = { 0 };
    tg_responder_config c = { .role = role_config(a, o, o->as ? o->as : &known->r, &a->responder_memory) };
    c.role.rsa = known->secrets.rsa_r;
    c.role.skew = 86400; /* a clock that is wrong is to be seen by the KMS, not here */
    tg_status status = tg_responder_new(&c, &a->responder);
    if (status == TG_OK)
        status = tg_role_receive(a->responder, TG_SENDER_I, q->sent[q->num - 1].octets, now_of(a, o), &result);
    if (status != TG_OK || result.num_out == 0 || result.out[0].to != TG_SENDER_K)
        return no_message(status, &result);
    return add(q, result.out[0].octets, "resolve", TG_SENDER_R) ? NULL : "out of memory";
}

const tg_conversation *asker_judge(asker *a, const asked *q, tg_bytes answer, const tg_judgement **of)
{
    tg_conversation *c = NULL;
    tg_known known = a->d->known;
    known.has_now = true;
    known.now = deployment_now(a->d);
    known.without_inputs = true;
    tg_arena_wipe(&a->judge_memory, 0);
    tg_status status = tg_conversation_new(a->crypto, &known, ASKED_MAX + 1, &a->judge_memory, &c);
    for (size_t i = 0; status == TG_OK && i < q->num; i++)
        status = tg_conversation_add(c, &q->sent[i]);
    if (status == TG_OK && answer.data) {
        tg_sent sent = { .octets = answer, .ex = q->sent[q->num - 1].ex, .from = TG_SENDER_K };
        status = tg_conversation_add(c, &sent);
    }
    if (status != TG_OK)
        return NULL;
    *of = tg_conversation_judgement(c, tg_conversation_num(c) - 1);
    return c;
}
