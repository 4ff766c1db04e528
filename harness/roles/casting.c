/* The actors of a made conversation, each with the configuration that the plan gives its role. */
#include "converse.h"

#define REPLAY_CAPACITY 64

/* ---- refusing by policy, for Errors ------------------------------------------------------------------------- */

static void refuse_grant(void *user, tg_grant *grant)
{
    (void)user;
    grant->refusal = TG_REFUSAL_POLICY;
}

static bool refuse_resolve(void *user, const tg_message *resolve_init, const tg_identity *responder,
                           const tg_ticket *ticket)
{
    (void)user, (void)resolve_init, (void)responder, (void)ticket;
    return false;
}

static tg_admission refuse_admission(void *user, const tg_message *transfer_init, const tg_ticket *ticket)
{
    (void)user, (void)transfer_init, (void)ticket;
    return (tg_admission){ TG_REFUSE, TG_REFUSAL_SP };
}

/* ---- configurations ----------------------------------------------------------------------------------------- */

static tg_status role_config(tg_runner *run, size_t n, tg_arena *memory, tg_role_config *out)
{
    const tg_plan *plan = run->plan;
    uint8_t seed[TG_MAC_MAX];
    tg_seeded_random root;
    *out = (tg_role_config){ .crypto = run->crypto,
                             .profile = plan->profile,
                             .arena = memory,
                             .ts_type = plan->ts_type,
                             .counter = 1,
                             .suite = plan->suite,
                             .kms = run->cast->kms,
                             .leave_out_ids = plan->leave_out_ids,
                             .errors = plan->plain_errors ? TG_ERRORS_PLAIN : TG_ERRORS_AUTHENTIC,
                             .deviation = plan->deviation,
                             .trust = run->cast->trust,
                             .num_trust = run->cast->num_trust,
                             .rsa_kms = run->cast->rsa_kms,
                             .chash = true };
    TRY(tg_seeded_random_init(&root, run->crypto, plan->seed));
    for (size_t i = 0; i <= n; i++)
        TRY(tg_seeded_random_source(&root).fill(&root, seed, sizeof seed));
    TRY(tg_seeded_random_init(&run->random[n], run->crypto, tg_bytes_of(seed, sizeof seed)));
    out->random = tg_seeded_random_source(&run->random[n]);
    return tg_replay_cache_new(memory, REPLAY_CAPACITY, &out->replay);
}

static tg_status configure_initiator(tg_runner *run, tg_arena *memory, tg_initiator_config *c)
{
    const tg_plan *plan = run->plan;
    *c = (tg_initiator_config){ .called = run->cast->r, .policy = run->script.policy, .transfer = run->script.offer,
                                .sdp_ids = plan->sdp_ids };
    TRY(role_config(run, 0, memory, &c->role));
    c->role.self = run->cast->i;
    c->role.psk = run->cast->psk_i;
    c->role.psk_id = run->cast->b_tid_i;
    c->role.rsa = run->cast->rsa_i;
    c->role.pk = plan->pk_request;
    c->update_answer = &run->script.update_answer;
    if (plan->mode >= 3)
        c->role.tpk = run->cast->tpk;
    return TG_OK;
}

static tg_status configure_responder(tg_runner *run, tg_arena *memory, tg_responder_config *c)
{
    const tg_plan *plan = run->plan;
    *c = (tg_responder_config){ .transfer = run->script.answer,
                                .update_answer = &run->script.update_answer,
                                .supported = run->script.supported,
                                .num_supported = run->script.num_supported,
                                .resolve_each_time = plan->resolve_each_time };
    TRY(role_config(run, 1, memory, &c->role));
    c->role.self = run->cast->r;
    c->role.psk = run->cast->psk_r;
    c->role.psk_id = run->cast->b_tid_r;
    c->role.rsa = run->cast->rsa_r;
    c->role.pk = plan->pk_resolve;
    if (plan->two_kms)
        c->role.kms = run->cast->kms_r;
    if (plan->mode == 2 || plan->mode == 4)
        c->role.tpk = run->cast->tpk;
    if (plan->error == TG_PLAN_ERROR_TRANSFER)
        c->admit = refuse_admission;
    return TG_OK;
}

static tg_status configure_kms(tg_runner *run, bool of_r, tg_arena *memory, tg_kms_config *c)
{
    const tg_plan *plan = run->plan;
    *c = (tg_kms_config){ .subscribers = &run->cast->source };
    TRY(role_config(run, of_r ? 2 : 3, memory, &c->role));
    bool foreign = plan->two_kms && of_r;
    c->role.self = foreign ? run->cast->kms_r : run->cast->kms;
    c->role.rsa = run->cast->rsa_kms;
    if (!foreign)
        c->role.tpk = run->cast->tpk;
    if (plan->two_kms) {
        c->psk_kms = run->cast->psk_kms;
        c->max_pending = 2;
    }
    if (plan->error == TG_PLAN_ERROR_REQUEST)
        c->grant = refuse_grant;
    if (plan->error == TG_PLAN_ERROR_RESOLVE)
        c->resolve = refuse_resolve;
    return TG_OK;
}

/* ---- actors ------------------------------------------------------------------------------------------------- */

/* Is this actor's place the party's? Then `config` loses the deviation: it is for the roles. */
static bool is_party(const tg_runner *run, tg_sender who, bool of_i, tg_role_config *config)
{
    const tg_plan *plan = run->plan;
    bool is = plan->party && plan->stands_for == who && (who != TG_SENDER_K || plan->of_i == of_i);
    if (is)
        config->deviation = NULL;
    return is;
}

static tg_status open_party(tg_actor *actor, const tg_plan *plan, tg_party_setup setup)
{
    setup.who = actor->who;
    setup.plan = plan;
    actor->party = plan->party;
    if (actor->party->open(actor->party->user, &setup) == TG_OK)
        return TG_OK;
    actor->broke_down = true;
    return TG_REFUSED;
}

static tg_status cast_kms(tg_runner *run, bool of_r, tg_arena *memory, tg_kms_config *config, tg_actor *out)
{
    TRY(configure_kms(run, of_r, memory, config));
    out->who = TG_SENDER_K;
    if (is_party(run, TG_SENDER_K, !of_r, &config->role))
        return open_party(out, run->plan, (tg_party_setup){ .k = config });
    return tg_kms_new(config, &out->role);
}

tg_status tg_cast_actors(tg_runner *run, tg_arena memories[4])
{
    run->i.who = TG_SENDER_I;
    run->r.who = TG_SENDER_R;
    TRY(configure_initiator(run, &memories[0], &run->config_i));
    TRY(configure_responder(run, &memories[1], &run->config_r));
    if (is_party(run, TG_SENDER_I, false, &run->config_i.role))
        TRY(open_party(&run->i, run->plan, (tg_party_setup){ .i = &run->config_i }));
    else
        TRY(tg_initiator_new(&run->config_i, &run->i.role));
    if (is_party(run, TG_SENDER_R, false, &run->config_r.role))
        TRY(open_party(&run->r, run->plan, (tg_party_setup){ .r = &run->config_r }));
    else
        TRY(tg_responder_new(&run->config_r, &run->r.role));
    if (run->plan->mode < 4)
        TRY(cast_kms(run, true, &memories[2], &run->config_k, &run->k));
    if (run->plan->two_kms)
        TRY(cast_kms(run, false, &memories[3], &run->config_k_of_i, &run->k_of_i));
    return TG_OK;
}
