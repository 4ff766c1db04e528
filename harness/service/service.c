/* A service: its memory, and the calls that every actor has. */
#include "leg.h"

#define OUTBOX_PART 8 /* of the arena, for what lives for one call */
#define MIN_LEG 8192  /* octets for a role: less holds not even its history */

static tg_status take(tg_arena *arena, size_t len, void *out_pointer)
{
    void *memory = tg_arena_alloc(arena, len);
    if (!memory)
        return TG_ARENA_FULL;
    memset(memory, 0, len);
    memcpy(out_pointer, &memory, sizeof memory);
    return TG_OK;
}

/* A part of the arena that is handed out on its own. */
static tg_status carve(tg_arena *arena, size_t len, tg_arena *out)
{
    uint8_t *memory = tg_arena_alloc(arena, len);
    if (!memory)
        return TG_ARENA_FULL;
    *out = tg_arena_of(memory, len);
    return TG_OK;
}

static tg_status prepare_leg(tg_service *s, size_t index, size_t memory)
{
    tg_leg *leg = &s->legs[index];
    tg_arena *arena = s->config.role.arena;
    leg->service = s;
    leg->index = index;
    leg->held_size = s->config.role.max_message;
    TRY(take(arena, leg->held_size, &leg->held));
    TRY(take(arena, TG_LEG_KEYS_MAX * sizeof *leg->keys, &leg->keys));
    TRY(carve(arena, memory, &leg->memory));
    tg_leg_reset(leg);
    return TG_OK;
}

tg_status tg_service_new(const tg_service_config *config, const tg_actor *actor, size_t extra, tg_arena *extra_memory,
                         tg_service **out)
{
    tg_arena *arena = config->role.arena;
    tg_service *s = NULL;
    size_t num = config->max_legs ? config->max_legs : TG_SERVICE_LEGS_DEFAULT;
    if (num > TG_SERVICE_MAX_LEGS)
        return TG_TOO_LARGE;
    if (!tg_is_kms_uid(&config->role.self))
        return TG_REFUSED; /* [6.2.3.2] all actors have a KMS UID */
    TRY(take(arena, sizeof *s, &s));
    s->config = *config;
    s->profile = *config->role.profile;
    s->config.role.profile = &s->profile;
    if (s->config.role.max_message == 0)
        s->config.role.max_message = TG_MAX_MESSAGE_DEFAULT;
    if (s->config.role.skew == 0)
        s->config.role.skew = TG_SKEW_DEFAULT;
    s->actor = actor;
    s->num_legs = num;
    TRY(carve(arena, arena->capacity / OUTBOX_PART, &s->outbox));
    if (extra > 0)
        TRY(carve(arena, extra, extra_memory));
    TRY(take(arena, num * sizeof *s->legs, &s->legs));
    size_t fixed = s->config.role.max_message + TG_LEG_KEYS_MAX * sizeof *s->legs->keys + 4 * alignof(max_align_t);
    size_t each = (arena->capacity - arena->used) / num;
    if (each < fixed + MIN_LEG)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++)
        TRY(prepare_leg(s, i, each - fixed));
    *out = s;
    return TG_OK;
}

void tg_service_end(tg_service *s)
{
    /* Parts that were carved out are full for the arena, whatever they hold. */
    tg_arena *arena = s->config.role.arena;
    tg_arena_wipe(arena, 0);
}

/* ---- a call ------------------------------------------------------------------------------------------------- */

void tg_service_begin(tg_service *s, uint64_t now, tg_service_result *result)
{
    tg_arena_wipe(&s->outbox, 0);
    for (size_t i = 0; s->actor->frees_refused && i < s->num_legs; i++) {
        if (s->legs[i].info.state == TG_LEG_REFUSED)
            tg_leg_reset(&s->legs[i]);
    }
    memset(result, 0, sizeof *result);
    result->leg = TG_NO_LEG;
    result->info.error_no = -1;
    s->result = result;
    s->now = now;
}

void tg_service_finish(tg_service *s, tg_leg *leg)
{
    if (leg) {
        s->result->leg = leg->index;
        s->result->info = leg->info;
    }
    s->result = NULL;
}

void tg_service_refuse(tg_service *s, tg_reason reason)
{
    s->result->accepted = false;
    s->result->info.reason = reason;
    s->result->info.refusal = tg_reason_refusal(reason);
    s->result->info.broken = tg_reason_requirement(reason);
}

tg_leg *tg_leg_find(tg_service *s, size_t index)
{
    return index < s->num_legs && s->legs[index].info.state != TG_LEG_FREE ? &s->legs[index] : NULL;
}

tg_leg_info tg_service_leg(const tg_service *s, size_t leg)
{
    return leg < s->num_legs ? s->legs[leg].info : (tg_leg_info){ .error_no = -1 };
}

/* ---- what every actor can be asked for ---------------------------------------------------------------------- */

tg_status tg_service_receive(tg_service *s, size_t index, tg_sender from, tg_bytes octets, uint64_t now,
                             tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_leg *leg = tg_leg_find(s, index);
    if (!leg || !leg->role || leg->info.state == TG_LEG_REFUSED) {
        s->result->info.refusal = TG_REFUSAL_UNEXPECTED;
        s->result->info.reason = TG_REASON_ROLE;
        tg_service_finish(s, NULL);
        return TG_OK;
    }
    tg_status status = tg_leg_receive(leg, from, octets);
    tg_service_finish(s, leg);
    return status;
}

/* Leg 0 of a server carries the rest. */
static tg_status end_leg(tg_service *s, tg_leg *leg)
{
    tg_leg_state before = leg->info.state;
    if (before == TG_LEG_RUNNING || before == TG_LEG_HELD) {
        tg_leg_refuse(leg, TG_REASON_TRANSPORT);
        return s->actor->changed ? s->actor->changed(leg, before) : TG_OK;
    }
    tg_leg_reset(leg);
    return leg->info.state != before && s->actor->changed ? s->actor->changed(leg, before) : TG_OK;
}

tg_status tg_service_end_leg(tg_service *s, size_t index, uint64_t now, tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_leg *leg = tg_leg_find(s, index);
    tg_status status = leg ? end_leg(s, leg) : TG_OK;
    s->result->accepted = leg != NULL;
    tg_service_finish(s, leg);
    return status;
}

bool tg_service_keys(tg_service *s, size_t index, uint64_t now, tg_established *out)
{
    tg_leg *leg = tg_leg_find(s, index);
    if (!leg || !leg->role || (leg->info.state != TG_LEG_HELD && leg->info.state != TG_LEG_ESTABLISHED))
        return false;
    return tg_role_established(leg->role, now, out);
}

static tg_status transfer_again(tg_service *s, tg_leg *leg)
{
    tg_reason reason = s->actor->again ? s->actor->again(leg) : TG_REASON_NONE;
    if (reason != TG_REASON_NONE) {
        tg_leg_refuse(leg, reason);
        return TG_OK;
    }
    s->result->accepted = true;
    return tg_leg_transfer(leg);
}

tg_status tg_service_transfer_again(tg_service *s, size_t index, uint64_t now, tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_leg *leg = tg_leg_find(s, index);
    if (!leg || !leg->info.initiates || leg->info.state != TG_LEG_ESTABLISHED) {
        tg_service_finish(s, NULL);
        return TG_REFUSED;
    }
    tg_status status = transfer_again(s, leg);
    tg_service_finish(s, leg);
    return status;
}

tg_status tg_service_update(tg_service *s, size_t index, const tg_transfer_plan *plan, uint64_t now,
                            tg_service_result *result)
{
    tg_service_begin(s, now, result);
    tg_leg *leg = tg_leg_find(s, index);
    if (!leg || leg->info.state != TG_LEG_ESTABLISHED) {
        tg_service_finish(s, NULL);
        return TG_REFUSED;
    }
    s->result->accepted = true;
    tg_status status = tg_leg_update(leg, plan);
    tg_service_finish(s, leg);
    return status;
}
