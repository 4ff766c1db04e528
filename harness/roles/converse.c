/* The plan, run: the three roles against each other, or somebody in the place of one, and the conversation that gives. */
#include "converse.h"

/* ---- the exchanges of a plan ---------------------------------------------------------------------------------- */

/* A refusal ends the plan; where the caller loses, repeats and changes letters, it is what the actors have that counts. */
static bool goes_on(const tg_runner *run)
{
    return !run->refused || run->plan->deliver;
}

static bool both_established(const tg_runner *run)
{
    return tg_actor_is_established(&run->i) && tg_actor_is_established(&run->r);
}

static tg_status begin(tg_runner *run, tg_actor *who, const char *what, const tg_transfer_plan *update)
{
    tg_act act;
    TRY(tg_actor_start(who, what, update, run->now, &act));
    if (act.refused && !run->refused)
        run->made->refused_by = who->who; /* a party that will not begin */
    run->refused |= act.refused;
    return tg_deliver_all(run, who, &act);
}

static tg_status request(tg_runner *run, bool *done)
{
    run->ex = "request";
    TRY(begin(run, &run->i, "request", NULL));
    *done = goes_on(run) && tg_actor_has_ticket(&run->i);
    return TG_OK;
}

static tg_status transfer(tg_runner *run, size_t num_before, bool *done)
{
    run->ex = num_before == 0 ? "transfer" : tg_ex_name("reuse", (unsigned)(num_before - 1));
    if (!run->ex)
        return TG_TOO_LARGE;
    run->now += TG_STEP;
    run->i.established = run->r.established = false;
    TRY(begin(run, &run->i, "transfer", NULL));
    *done = goes_on(run) && both_established(run);
    return TG_OK;
}

static tg_status update(tg_runner *run, size_t n, bool *done)
{
    const tg_planned_update *planned = &run->plan->updates[n];
    bool from_r = planned->from == TG_SENDER_R;
    tg_actor *who = from_r ? &run->r : &run->i;
    tg_transfer_plan plan = from_r ? run->script.update_r : run->script.update_i;
    plan.response = planned->response;
    if (!planned->with_key)
        plan.num_keys = 0;
    run->ex = tg_ex_name("update", (unsigned)n);
    run->now += TG_STEP;
    who->answered = false;
    TRY(begin(run, who, "update", &plan));
    *done = goes_on(run) && both_established(run) && (who->role || !planned->response || who->answered);
    return TG_OK;
}

static tg_status play(tg_runner *run)
{
    const tg_plan *plan = run->plan;
    bool done = true;
    if (plan->mode <= 2)
        TRY(request(run, &done));
    if (done)
        TRY(transfer(run, 0, &done));
    for (size_t n = 0; done && n < plan->num_updates; n++)
        TRY(update(run, n, &done));
    for (size_t n = 0; done && n < plan->num_reuses; n++)
        TRY(transfer(run, n + 1, &done));
    run->made->finished = plan->error == TG_PLAN_NO_ERROR ? done : run->refused;
    return TG_OK;
}

/* ---- before and after ------------------------------------------------------------------------------------------ */

static bool contradicts(const tg_plan *plan, const tg_script *script)
{
    uint16_t flags = script->policy.flags;
    bool resolves = plan->mode == 1 || plan->mode == 3;
    if (!plan->profile || plan->mode < 1 || plan->mode > 4 || (flags & TG_FLAG('D') ? plan->mode > 2 : plan->mode <= 2))
        return true;
    if ((plan->two_kms && (plan->mode != 1 || plan->leave_out_ids || plan->pk_request || plan->pk_resolve)) ||
        (plan->num_reuses > 0 && !(flags & TG_FLAG('J'))) || (!resolves && (flags & TG_FLAG('E'))))
        return true;
    if ((plan->initiator_key && !(flags & TG_FLAG('L'))) || (plan->responder_key && !(flags & TG_FLAG('M'))))
        return true;
    return plan->num_updates > TG_MAX_PLANNED_UPDATES || (plan->error == TG_PLAN_ERROR_REQUEST && plan->mode > 2) ||
           (plan->error == TG_PLAN_ERROR_RESOLVE && !resolves);
}

static void write_known(const tg_runner *run, tg_known *out)
{
    const tg_plan *plan = run->plan;
    const tg_cast *cast = run->cast;
    *out = (tg_known){ .profile = *plan->profile,
                       .i = cast->i,
                       .r = cast->r,
                       .kms = cast->kms,
                       .has_now = true,
                       .now = plan->now,
                       .skew = TG_SKEW_DEFAULT,
                       .trust = cast->trust,
                       .num_trust = cast->num_trust,
                       .has_trust = cast->num_trust > 0,
                       .subscribers = &cast->source,
                       .has_m_lines = plan->profile->m_lines,
                       .m_lines = run->script.m_lines,
                       .num_m_lines = run->script.num_m_lines };
    out->secrets = (tg_secrets){ .psk_i = cast->psk_i,
                                 .psk_r = cast->psk_r,
                                 .tpk = cast->tpk,
                                 .rsa_i = cast->rsa_i,
                                 .rsa_r = cast->rsa_r,
                                 .rsa_kms = cast->rsa_kms };
    if (plan->two_kms)
        out->secrets.psk_kms = cast->psk_kms;
}

static tg_status set_up(tg_runner *run)
{
    tg_cast *cast = run->cast;
    TRY(tg_script_for(run->plan, cast, run->arena, &run->script));
    return contradicts(run->plan, &run->script) ? TG_REFUSED : TG_OK;
}

/* Whatever a party sends or a hook makes of it, what happened so far is the result; without them a failure is ours. */
static tg_status run_plan(tg_runner *run, tg_arena memories[4])
{
    tg_status status = tg_cast_actors(run, memories);
    bool cast = status == TG_OK;
    if (cast)
        status = play(run);
    run->made->party_broke_down = run->i.broke_down || run->r.broke_down || run->k.broke_down || run->k_of_i.broke_down;
    if (status == TG_OK || (!run->plan->party && !run->plan->deliver) || (!cast && !run->made->party_broke_down))
        return status;
    run->made->broken_off = status;
    return TG_OK;
}

static tg_status make_room(tg_runner *run)
{
    run->cast = tg_arena_alloc(run->arena, sizeof *run->cast);
    run->sent = tg_arena_alloc(run->arena, TG_MAX_SENT * sizeof *run->sent);
    run->deliveries = tg_arena_alloc(run->arena, TG_MAX_DELIVERIES * sizeof *run->deliveries);
    return run->cast && run->sent && run->deliveries ? TG_OK : TG_ARENA_FULL;
}

static tg_status run_with(tg_crypto *crypto, const tg_plan *plan, tg_arena *result, tg_arena memories[4],
                          tg_conversation_made *out)
{
    tg_seeded_random secrets;
    tg_runner *run = tg_arena_alloc(result, sizeof *run);
    if (!run)
        return TG_ARENA_FULL;
    *run = (tg_runner){ .crypto = crypto, .plan = plan, .arena = result, .now = plan->now, .made = out };
    TRY(make_room(run));
    TRY(tg_seeded_random_init(&secrets, crypto, plan->seed));
    tg_random random = tg_seeded_random_source(&secrets);
    uint8_t apart[TG_MAC_MAX];
    for (size_t n = 0; n < 8; n++) /* not the octets that seed the roles */
        TRY(random.fill(random.user, apart, sizeof apart));
    TRY(tg_cast_for(crypto, plan, &random, result, run->cast));
    tg_status status = set_up(run);
    if (status == TG_OK)
        status = run_plan(run, memories);
    if (status != TG_OK) {
        tg_cast_free(run->cast);
        return status;
    }
    write_known(run, &out->known);
    out->keys_are_given = run->cast->given;
    out->sent = run->sent;
    out->num_sent = run->num_sent;
    out->deliveries = run->deliveries;
    out->num_deliveries = run->num_deliveries;
    return TG_OK;
}

/* The front quarter of the memory is for the result, the rest for the roles, which leave nothing in it. */
tg_status tg_converse(tg_crypto *crypto, const tg_plan *plan, tg_arena *arena, tg_conversation_made *out)
{
    size_t left = arena->capacity - arena->used, front = left / 4 / 64 * 64, share = (left - front) / 4 / 64 * 64;
    uint8_t *base = arena->data + arena->used;
    tg_arena result = tg_arena_of(base, front), memories[4];
    for (size_t n = 0; n < 4; n++)
        memories[n] = tg_arena_of(base + front + n * share, share);
    *out = (tg_conversation_made){ .num_sent = 0 };
    tg_plan with_defaults = *plan;
    if (with_defaults.now == 0)
        with_defaults.now = (uint64_t)3989131200u << 32;
    if (with_defaults.num_streams == 0)
        with_defaults.num_streams = 1;
    tg_status status = run_with(crypto, &with_defaults, &result, memories, out);
    for (size_t n = 0; n < 4; n++)
        tg_arena_wipe(&memories[n], 0);
    if (status == TG_OK)
        arena->used += result.used;
    return status;
}

void tg_conversation_made_free(tg_conversation_made *made)
{
    if (made->keys_are_given)
        return;
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_i); /* made by tg_converse, and nobody else's */
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_r);
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_kms);
    if (made->known.num_trust > 0)
        tg_pk_free(made->known.trust[0]);
    made->known.secrets.rsa_i = made->known.secrets.rsa_r = made->known.secrets.rsa_kms = NULL;
    made->known.num_trust = 0;
}
