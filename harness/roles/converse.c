/* The three roles against each other, and the conversation that gives. */
#include "converse.h"

#define MAX_SENT 128
#define REPLAY_CAPACITY 64
#define STEP ((uint64_t)1 << 32) /* a second a message */

typedef struct runner {
    tg_crypto *crypto;
    const tg_plan *plan;
    tg_arena *arena; /* for what the caller gets */
    tg_cast *cast;
    tg_script script;
    tg_role *i, *r, *k, *k_of_i; /* k: the Responder's KMS; k_of_i: the Initiator's, mostly the same */
    tg_seeded_random random[4];
    tg_sent *sent;
    size_t num_sent;
    uint64_t now;
    tg_conversation_made *made;
    bool error_seen;
} runner;

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

/* ---- the roles ---------------------------------------------------------------------------------------------- */

static tg_status role_config(runner *run, size_t n, tg_arena *memory, tg_role_config *out)
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
                             .trust = &run->cast->trust,
                             .num_trust = run->cast->trust != NULL,
                             .rsa_kms = run->cast->rsa_kms,
                             .chash = true };
    TRY(tg_seeded_random_init(&root, run->crypto, plan->seed));
    for (size_t i = 0; i <= n; i++)
        TRY(tg_seeded_random_source(&root).fill(&root, seed, sizeof seed));
    TRY(tg_seeded_random_init(&run->random[n], run->crypto, tg_bytes_of(seed, sizeof seed)));
    out->random = tg_seeded_random_source(&run->random[n]);
    return tg_replay_cache_new(memory, REPLAY_CAPACITY, &out->replay);
}

static tg_status new_initiator(runner *run, tg_arena *memory)
{
    const tg_plan *plan = run->plan;
    tg_initiator_config c = { .called = run->cast->r, .policy = run->script.policy, .transfer = run->script.offer };
    TRY(role_config(run, 0, memory, &c.role));
    c.role.self = run->cast->i;
    c.role.psk = run->cast->psk_i;
    c.role.psk_id = run->cast->b_tid_i;
    c.role.rsa = run->cast->rsa_i;
    c.role.pk = plan->pk_request;
    c.update_answer = &run->script.update_answer;
    if (plan->mode >= 3)
        c.role.tpk = run->cast->tpk;
    return tg_initiator_new(&c, &run->i);
}

static tg_status new_responder(runner *run, tg_arena *memory)
{
    const tg_plan *plan = run->plan;
    tg_responder_config c = { .transfer = run->script.answer,
                              .update_answer = &run->script.update_answer,
                              .supported = run->script.supported,
                              .num_supported = run->script.num_supported,
                              .resolve_each_time = plan->resolve_each_time };
    TRY(role_config(run, 1, memory, &c.role));
    c.role.self = run->cast->r;
    c.role.psk = run->cast->psk_r;
    c.role.psk_id = run->cast->b_tid_r;
    c.role.rsa = run->cast->rsa_r;
    c.role.pk = plan->pk_resolve;
    if (plan->two_kms)
        c.role.kms = run->cast->kms_r;
    if (plan->mode == 2 || plan->mode == 4)
        c.role.tpk = run->cast->tpk;
    if (plan->error == TG_PLAN_ERROR_TRANSFER)
        c.admit = refuse_admission;
    return tg_responder_new(&c, &run->r);
}

static tg_status new_kms(runner *run, bool of_r, tg_arena *memory, tg_role **out)
{
    const tg_plan *plan = run->plan;
    tg_kms_config c = { .subscribers = &run->cast->source };
    TRY(role_config(run, of_r ? 2 : 3, memory, &c.role));
    bool foreign = plan->two_kms && of_r;
    c.role.self = foreign ? run->cast->kms_r : run->cast->kms;
    c.role.rsa = run->cast->rsa_kms;
    if (!foreign)
        c.role.tpk = run->cast->tpk;
    if (plan->two_kms) {
        c.psk_kms = run->cast->psk_kms;
        c.max_pending = 2;
    }
    if (plan->error == TG_PLAN_ERROR_REQUEST)
        c.grant = refuse_grant;
    if (plan->error == TG_PLAN_ERROR_RESOLVE)
        c.resolve = refuse_resolve;
    return tg_kms_new(&c, out);
}

/* ---- letters ------------------------------------------------------------------------------------------------ */

static tg_role *role_for(const runner *run, tg_sender to, tg_sender from, const tg_role *sender)
{
    if (to == TG_SENDER_I)
        return run->i;
    if (to == TG_SENDER_R)
        return run->r;
    if (from == TG_SENDER_K)
        return sender == run->k ? run->k_of_i : run->k;
    return from == TG_SENDER_I ? run->k_of_i : run->k;
}

/* KMSs know exchanges by kind alone; what they answer has the name that the question had. */
static tg_status post(runner *run, const tg_outgoing *out, tg_sender from, const char *asked_in)
{
    bool asks = out->octets.len > 1 && out->octets.data[1] == TG_DATA_TYPE_RESOLVE_INIT_PSK;
    const char *ex = from == TG_SENDER_K && !asks && asked_in ? asked_in : out->ex;
    if (run->num_sent == MAX_SENT)
        return TG_TOO_LARGE;
    tg_bytes octets = tg_arena_copy(run->arena, out->octets.data, out->octets.len);
    if (!octets.data)
        return TG_ARENA_FULL;
    run->sent[run->num_sent++] = (tg_sent){ .octets = octets, .ex = ex, .from = from };
    return TG_OK;
}

typedef struct letter {
    size_t sent;
    tg_role *to;
} letter;

static void note(runner *run, const tg_role *who, const tg_result *result)
{
    if (result->refusal == TG_REFUSAL_NONE)
        return;
    run->error_seen = true;
    if (run->made->refusal != TG_REFUSAL_NONE)
        return;
    run->made->refusal = result->refusal;
    run->made->broken = result->broken;
    run->made->refused_by = who->who;
}

/* The exchange that a KMS was asked in: of the last message to it that was not between KMSs. */
static const char *asked_in(const runner *run, const tg_role *kms)
{
    tg_sender asker = kms == run->k_of_i && kms != run->k ? TG_SENDER_K : TG_SENDER_R;
    for (size_t i = run->num_sent; i-- > 0;) {
        const tg_sent *s = &run->sent[i];
        uint8_t type = s->octets.len > 1 ? s->octets.data[1] : 0;
        bool to_kms = type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK ||
                      type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
        if (to_kms && (s->from == asker || s->from == TG_SENDER_I))
            return s->ex;
    }
    return NULL;
}

/* Delivers what `who` sent and everything that follows from it. */
static tg_status deliver(runner *run, tg_role *who, const tg_result *first)
{
    letter queue[TG_MAX_OUTGOING * 16];
    size_t head = 0, tail = 0;
    tg_result result = *first;
    tg_role *sender = who;
    for (;;) {
        const char *ex = sender->who == TG_SENDER_K ? asked_in(run, sender) : NULL;
        for (size_t n = 0; n < result.num_out; n++) {
            if (tail == sizeof queue / sizeof *queue)
                return TG_TOO_LARGE;
            TRY(post(run, &result.out[n], sender->who, ex));
            queue[tail++] = (letter){ run->num_sent - 1, role_for(run, result.out[n].to, sender->who, sender) };
        }
        if (head == tail)
            return TG_OK;
        letter next = queue[head++];
        run->now += STEP;
        if (!next.to)
            return TG_REFUSED;
        sender = next.to;
        TRY(tg_role_receive(sender, run->sent[next.sent].from, run->sent[next.sent].octets, run->now, &result));
        note(run, sender, &result);
    }
}

/* ---- the plan ----------------------------------------------------------------------------------------------- */

static bool ready(const tg_role *role, tg_role_state state)
{
    return tg_role_state_of(role) == state;
}

static tg_status transfer(runner *run, bool *done)
{
    tg_result result;
    run->now += STEP;
    TRY(tg_initiator_transfer(run->i, run->now, &result));
    TRY(deliver(run, run->i, &result));
    *done = !run->error_seen && ready(run->i, TG_ROLE_ESTABLISHED) && ready(run->r, TG_ROLE_ESTABLISHED);
    return TG_OK;
}

static tg_status update(runner *run, const tg_planned_update *planned, bool *done)
{
    tg_result result;
    tg_role *who = planned->from == TG_SENDER_R ? run->r : run->i;
    tg_transfer_plan plan = planned->from == TG_SENDER_R ? run->script.update_r : run->script.update_i;
    plan.response = planned->response;
    if (!planned->with_key)
        plan.num_keys = 0;
    run->now += STEP;
    TRY(tg_role_update(who, &plan, run->now, &result));
    TRY(deliver(run, who, &result));
    *done = !run->error_seen && ready(run->i, TG_ROLE_ESTABLISHED) && ready(run->r, TG_ROLE_ESTABLISHED);
    return TG_OK;
}

static tg_status play(runner *run)
{
    const tg_plan *plan = run->plan;
    tg_result result;
    bool done = true;
    if (plan->mode <= 2) {
        TRY(tg_initiator_request(run->i, run->now, &result));
        TRY(deliver(run, run->i, &result));
        done = !run->error_seen && ready(run->i, TG_ROLE_HAS_TICKET);
    }
    if (done)
        TRY(transfer(run, &done));
    for (size_t n = 0; done && n < plan->num_updates; n++)
        TRY(update(run, &plan->updates[n], &done));
    for (size_t n = 0; done && n < plan->num_reuses; n++)
        TRY(transfer(run, &done));
    run->made->finished = plan->error == TG_PLAN_NO_ERROR ? done : run->error_seen;
    return TG_OK;
}

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

static void write_known(const runner *run, tg_known *out)
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
                       .trust = &cast->trust,
                       .num_trust = cast->trust != NULL,
                       .has_trust = cast->trust != NULL,
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

static tg_status set_up(runner *run, tg_arena *memories)
{
    tg_cast *cast = run->cast;
    cast->uids[0] = cast->i.data;
    cast->uids[1] = cast->r.data;
    cast->subscribers[0] = (tg_subscriber){ cast->b_tid_i.data, &cast->uids[0], 1, cast->psk_i };
    cast->subscribers[1] = (tg_subscriber){ cast->b_tid_r.data, &cast->uids[1], 1, cast->psk_r };
    cast->list = (tg_subscriber_list){ cast->subscribers, 2 };
    cast->source = tg_subscriber_list_source(&cast->list);
    TRY(tg_script_for(run->plan, cast, run->arena, &run->script));
    if (contradicts(run->plan, &run->script))
        return TG_REFUSED;
    TRY(new_initiator(run, &memories[0]));
    TRY(new_responder(run, &memories[1]));
    if (run->plan->mode < 4)
        TRY(new_kms(run, true, &memories[2], &run->k));
    run->k_of_i = run->k;
    if (run->plan->two_kms)
        TRY(new_kms(run, false, &memories[3], &run->k_of_i));
    return TG_OK;
}

/* The front quarter of the memory is for the result, the rest for the roles, which leave nothing in it. */
tg_status tg_converse(tg_crypto *crypto, const tg_plan *plan, tg_arena *arena, tg_conversation_made *out)
{
    size_t left = arena->capacity - arena->used, front = left / 4 / 64 * 64, share = (left - front) / 4 / 64 * 64;
    uint8_t *base = arena->data + arena->used;
    tg_arena result = tg_arena_of(base, front), memories[4];
    tg_seeded_random secrets;
    for (size_t n = 0; n < 4; n++)
        memories[n] = tg_arena_of(base + front + n * share, share);
    *out = (tg_conversation_made){ 0 };
    tg_plan with_defaults = *plan;
    if (with_defaults.now == 0)
        with_defaults.now = (uint64_t)3989131200u << 32;
    if (with_defaults.num_streams == 0)
        with_defaults.num_streams = 1;
    runner run = { .crypto = crypto, .plan = &with_defaults, .arena = &result, .now = with_defaults.now, .made = out };
    run.cast = tg_arena_alloc(&result, sizeof *run.cast);
    run.sent = tg_arena_alloc(&result, MAX_SENT * sizeof *run.sent);
    if (!run.cast || !run.sent)
        return TG_ARENA_FULL;
    TRY(tg_seeded_random_init(&secrets, crypto, plan->seed));
    tg_random random = tg_seeded_random_source(&secrets);
    uint8_t apart[TG_MAC_MAX];
    for (size_t n = 0; n < 8; n++) /* not the octets that seed the roles */
        TRY(random.fill(random.user, apart, sizeof apart));
    TRY(tg_cast_for(crypto, &with_defaults, &random, &result, run.cast));
    tg_status status = set_up(&run, memories);
    if (status == TG_OK)
        status = play(&run);
    for (size_t n = 0; n < 4; n++)
        tg_arena_wipe(&memories[n], 0);
    if (status != TG_OK) {
        tg_cast_free(run.cast);
        return status;
    }
    write_known(&run, &out->known);
    out->sent = run.sent;
    out->num_sent = run.num_sent;
    arena->used += result.used;
    return TG_OK;
}

void tg_conversation_made_free(tg_conversation_made *made)
{
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_i); /* made by tg_converse, and nobody else's */
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_r);
    tg_pk_free((tg_pk *)(uintptr_t)made->known.secrets.rsa_kms);
    if (made->known.num_trust > 0)
        tg_pk_free(made->known.trust[0]);
    made->known.secrets.rsa_i = made->known.secrets.rsa_r = made->known.secrets.rsa_kms = NULL;
    made->known.num_trust = 0;
}
