#include "samples.h"

#include "sample_keys.h"

tg_bytes sample_pem(tg_sender of)
{
    static const char *const pems[] = { "", SAMPLE_INITIATOR_PEM, SAMPLE_RESPONDER_PEM, SAMPLE_KMS_PEM };
    return tg_bytes_of(pems[of], strlen(pems[of]));
}

tg_bytes sample_pem_ca(void)
{
    return tg_bytes_of(SAMPLE_CA_PEM, strlen(SAMPLE_CA_PEM));
}

/* ---- what each one changes in the default plan -------------------------------------------------------------- */

/* Everything that can be: the KMS makes the ticket, it is resolved, answered, both sides give keys to the derivation and
 * may give keys of their own. */
#define ALL_FLAGS                                                                                                      \
    (TG_FLAG('D') | TG_FLAG('E') | TG_FLAG('F') | TG_FLAG('G') | TG_FLAG('H') | TG_FLAG('J') | TG_FLAG('L') |           \
     TG_FLAG('M') | TG_FLAG('N') | TG_FLAG('O'))

static void set_flags(tg_plan *plan, unsigned flags)
{
    plan->has_flags = true;
    plan->flags = (uint16_t)flags;
}

static void add_update(tg_plan *plan, tg_sender from, bool response, bool with_key)
{
    plan->updates[plan->num_updates++] = (tg_planned_update){ from, response, with_key };
}

static void suite_128(tg_plan *plan)
{
    plan->suite = tg_suite_128;
}

static void suite_128_kw(tg_plan *plan)
{
    plan->suite = tg_suite_128_kw;
}

static void suite_256(tg_plan *plan)
{
    plan->suite = tg_suite_256;
}

static void forked(tg_plan *plan)
{
    set_flags(plan, ALL_FLAGS | TG_FLAG('I'));
}

static void forked_256(tg_plan *plan)
{
    suite_256(plan);
    forked(plan);
}

static void pk(tg_plan *plan)
{
    plan->pk_request = plan->pk_resolve = true;
}

static void pk_256(tg_plan *plan)
{
    suite_256(plan);
    pk(plan);
}

static void pk_forked(tg_plan *plan)
{
    forked(plan);
    pk(plan);
}

static void own_keys(tg_plan *plan)
{
    set_flags(plan, ALL_FLAGS);
    plan->initiator_key = plan->responder_key = true;
}

static void updates(tg_plan *plan)
{
    set_flags(plan, ALL_FLAGS);
    add_update(plan, TG_SENDER_I, true, true);
    add_update(plan, TG_SENDER_R, true, false);
    add_update(plan, TG_SENDER_I, false, false);
}

static void updates_256(tg_plan *plan)
{
    suite_256(plan);
    forked(plan);
    add_update(plan, TG_SENDER_R, true, true);
    add_update(plan, TG_SENDER_I, true, false);
}

static void reuse(tg_plan *plan)
{
    set_flags(plan, ALL_FLAGS);
    plan->num_reuses = 1;
}

static void error_request(tg_plan *plan)
{
    plan->error = TG_PLAN_ERROR_REQUEST;
}

static void error_request_pk(tg_plan *plan)
{
    pk(plan);
    error_request(plan);
}

static void error_transfer(tg_plan *plan)
{
    suite_256(plan);
    plan->error = TG_PLAN_ERROR_TRANSFER;
}

static void error_resolve(tg_plan *plan)
{
    plan->error = TG_PLAN_ERROR_RESOLVE;
}

static void error_resolve_pk(tg_plan *plan)
{
    pk(plan);
    error_resolve(plan);
}

static void two_kms(tg_plan *plan)
{
    plan->two_kms = true;
}

static void counter(tg_plan *plan)
{
    plan->ts_type = TG_TS_COUNTER;
}

static void without_ids(tg_plan *plan)
{
    plan->leave_out_ids = true;
}

static void as_it_is(tg_plan *plan)
{
    (void)plan;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

const sample samples[] = {
    { "psk-128", "PSK, the 128-bit algorithms", "rfc6043", 1, suite_128 },
    { "psk-128-kw", "PSK, AES key wrap", "rfc6043", 1, suite_128_kw },
    { "psk-256", "PSK, the 256-bit algorithms", "rfc6043", 1, suite_256 },
    { "forked-128", "key forking and Initiator Data", "rfc6043", 1, forked },
    { "forked-256", "key forking, the 256-bit algorithms", "rfc6043", 1, forked_256 },
    { "pk-128", "REQUEST_INIT_PK and RESOLVE_INIT_PK", "rfc6043", 1, pk },
    { "pk-256", "the same, the 256-bit algorithms", "rfc6043", 1, pk_256 },
    { "pk-forked", "the same, with key forking", "rfc6043", 1, pk_forked },
    { "own-keys", "KEMAC in TRANSFER_INIT and TRANSFER_RESP", "rfc6043", 1, own_keys },
    { "updates-128", "CSB updates by both sides, with keys and without", "rfc6043", 1, updates },
    { "updates-256", "CSB updates of a forked ticket", "rfc6043", 1, updates_256 },
    { "reuse", "the ticket is used twice", "rfc6043", 1, reuse },
    { "error-request", "an Error to REQUEST_INIT_PSK", "rfc6043", 1, error_request },
    { "error-request-pk", "an Error to REQUEST_INIT_PK", "rfc6043", 1, error_request_pk },
    { "error-transfer", "an Error to TRANSFER_INIT", "rfc6043", 1, error_transfer },
    { "error-resolve", "an Error to RESOLVE_INIT_PSK", "rfc6043", 1, error_resolve },
    { "error-resolve-pk", "an Error to RESOLVE_INIT_PK", "rfc6043", 1, error_resolve_pk },
    { "two-kms", "the Responder's KMS asks the Initiator's", "rfc6043", 1, two_kms },
    { "counter", "T is a COUNTER", "rfc6043", 1, counter },
    { "without-ids", "identities known beforehand and left out", "rfc6043", 1, without_ids },
    { "mode-2", "the Responder resolves the ticket itself", "rfc6043", 2, as_it_is },
    { "mode-3", "the Initiator makes the ticket", "rfc6043", 3, as_it_is },
    { "mode-4", "the Initiator makes the ticket, the Responder resolves it", "rfc6043", 4, as_it_is },
    { "ims-media", "the profile of TS 33.328 for SRTP", "ims-media", 1, as_it_is },
};
const size_t num_samples = sizeof samples / sizeof samples[0];

const sample *sample_find(const char *name)
{
    for (size_t i = 0; i < num_samples; i++) {
        if (strcmp(samples[i].name, name) == 0)
            return &samples[i];
    }
    return NULL;
}

void sample_plan(const sample *s, tg_plan *plan)
{
    if (!tg_plan_default(s->profile, s->mode, plan))
        memset(plan, 0, sizeof *plan);
    plan->seed = tg_bytes_of(s->name, strlen(s->name));
    s->change(plan);
    if (!plan->pk_request && !plan->pk_resolve)
        return; /* reading keys takes longer than all the rest */
    plan->rsa_i = sample_pem(TG_SENDER_I);
    plan->rsa_r = sample_pem(TG_SENDER_R);
    plan->rsa_kms = sample_pem(TG_SENDER_K);
    plan->trust = sample_pem_ca();
}

tg_status sample_make(const sample *s, tg_crypto *crypto, tg_arena *arena, tg_conversation_made *made)
{
    tg_plan plan;
    sample_plan(s, &plan);
    return plan.profile ? tg_converse(crypto, &plan, arena, made) : TG_NOT_FOUND;
}
