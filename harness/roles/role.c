/* What the three roles share: memory, history, judging, the outbox. */
#include "role.h"

#define POOL_PART 8 /* of the arena, for the octets of the history */
#define MAX_HISTORY 256
#define MAX_NAMES 64

/* ---- names of exchanges ------------------------------------------------------------------------------------- */

#define TEN(k, d) k d "0", k d "1", k d "2", k d "3", k d "4", k d "5", k d "6", k d "7", k d "8", k d "9"
#define NAMES(k)                                                                                                       \
    {                                                                                                                  \
        TEN(k, ""), TEN(k, "1"), TEN(k, "2"), TEN(k, "3"), TEN(k, "4"), TEN(k, "5"), k "60", k "61", k "62", k "63"    \
    }
static const char *const update_names[MAX_NAMES] = NAMES("update");
static const char *const reuse_names[MAX_NAMES] = NAMES("reuse");

const char *tg_ex_name(const char *kind, unsigned n)
{
    if (n >= MAX_NAMES)
        return NULL;
    return strcmp(kind, "update") == 0 ? update_names[n] : reuse_names[n];
}

/* ---- a new role --------------------------------------------------------------------------------------------- */

static tg_status take(tg_arena *arena, size_t len, void *out_pointer)
{
    void *memory = tg_arena_alloc(arena, len);
    if (!memory)
        return TG_ARENA_FULL;
    memset(memory, 0, len);
    memcpy(out_pointer, &memory, sizeof memory);
    return TG_OK;
}

tg_status tg_role_new(const tg_role_config *config, tg_sender who, tg_role **out)
{
    tg_role *role = NULL;
    size_t max_history = config->max_history ? config->max_history : TG_MAX_HISTORY_DEFAULT;
    if (max_history > MAX_HISTORY)
        return TG_TOO_LARGE;
    TRY(take(config->arena, sizeof *role, &role));
    role->c = *config;
    role->c.max_history = max_history;
    role->profile = *config->profile;
    role->c.profile = &role->profile;
    role->who = who;
    role->max_guard = 2 * max_history;
    if (role->c.max_message == 0)
        role->c.max_message = TG_MAX_MESSAGE_DEFAULT;
    if (role->c.skew == 0)
        role->c.skew = TG_SKEW_DEFAULT;
    if (config->counter > 0)
        role->last_counter = config->counter > UINT32_MAX ? UINT32_MAX : (uint32_t)(config->counter - 1);
    role->pool_size = who == TG_SENDER_K ? 1 : config->arena->capacity / POOL_PART;
    TRY(take(config->arena, max_history * sizeof *role->history, &role->history));
    TRY(take(config->arena, role->pool_size, &role->pool));
    TRY(take(config->arena, role->max_guard * sizeof *role->guard, &role->guard));
    *out = role;
    return TG_OK;
}

void tg_role_end(tg_role *role)
{
    tg_arena *arena = role->c.arena;
    tg_arena_wipe(arena, 0);
}

tg_role_state tg_role_state_of(const tg_role *role)
{
    return role->state;
}

static void forget_before(tg_role *role, size_t from)
{
    size_t gone = 0;
    for (size_t i = 0; i < from; i++)
        gone += role->history[i].octets.len;
    memmove(role->pool, role->pool + gone, role->pool_used - gone);
    role->pool_used -= gone;
    for (size_t i = from; i < role->num_history; i++) {
        role->history[i - from] = role->history[i];
        role->history[i - from].octets.data -= gone;
    }
    role->num_history -= from;
    role->session = 0;
    role->drop = 0;
}

/* What belongs to a ticket that was replaced or given up goes: its keys are forgotten. Between calls, since a call that
 * fails restores no entries. */
static void sweep_guard(tg_role *role)
{
    size_t num = 0;
    for (size_t i = 0; i < role->num_guard; i++) {
        uint32_t ticket = role->guard[i].ticket;
        if (ticket == role->guard_ticket || (role->candidate.used && ticket == role->candidate.guard_ticket))
            role->guard[num++] = role->guard[i];
    }
    role->num_guard = num;
    role->guard_now = role->guard_ticket;
}

uint32_t tg_guard_new_ticket(tg_role *role)
{
    role->guard_now = ++role->guard_last;
    return role->guard_now;
}

void tg_role_begin(tg_role *role, uint64_t now, tg_result *result)
{
    sweep_guard(role);
    tg_arena_wipe(role->c.arena, role->scratch);
    if (role->drop > 0)
        forget_before(role, role->drop);
    *result = (tg_result){ .error_no = -1, .state = role->state };
    role->conversation = NULL;
    role->with_candidate = false;
    role->result = result;
    role->now = now;
}

tg_maker tg_role_maker(tg_role *role)
{
    return (tg_maker){ role->c.crypto, &role->profile.settings, role->c.random, role->c.arena, role->c.deviation };
}

/* A call is all or nothing: what fails for want of memory leaves the role as it was. */
tg_status tg_role_receive(tg_role *role, tg_sender from, tg_bytes octets, uint64_t now, tg_result *result)
{
    tg_role_begin(role, now, result);
    tg_role before = *role;
    tg_status status = tg_as_received(role, &octets);
    if (status == TG_OK)
        status = role->receive(role, from, octets);
    if (status != TG_OK) {
        *role = before;
        result->num_out = 0;
    }
    if (status == TG_REFUSED) { /* no COUNTER is left to answer with, not even by an Error */
        result->refusal = TG_REFUSAL_POLICY;
        result->error_no = -1;
        status = TG_OK;
    }
    tg_wipe(&before, sizeof before);
    result->state = role->state;
    return status;
}

/* ---- history ------------------------------------------------------------------------------------------------ */

tg_status tg_role_remember(tg_role *role, const tg_sent *sent)
{
    size_t used = role->pool_used + role->candidate.reserved;
    if (role->num_history == role->c.max_history || sent->octets.len > role->pool_size - used)
        return TG_ARENA_FULL;
    uint8_t *copy = role->pool + role->pool_used;
    memcpy(copy, sent->octets.data, sent->octets.len);
    role->pool_used += sent->octets.len;
    role->history[role->num_history] = *sent;
    role->history[role->num_history++].octets = tg_bytes_of(copy, sent->octets.len);
    return TG_OK;
}

void tg_role_forget(tg_role *role, size_t from)
{
    while (role->num_history > from)
        role->pool_used -= role->history[--role->num_history].octets.len;
}

/* The four messages of a ticket that has to be resolved. */
bool tg_role_has_room(const tg_role *role, size_t num)
{
    return role->num_history + num + (role->candidate.used ? 4 : 0) <= role->c.max_history;
}

tg_role_state tg_role_session_state(const tg_role *role)
{
    return role->candidate.used ? role->candidate.before : role->state;
}

void tg_role_set_session_state(tg_role *role, tg_role_state state)
{
    *(role->candidate.used ? &role->candidate.before : &role->state) = state;
}

void tg_role_known(const tg_role *role, tg_known *out)
{
    const tg_role_config *c = &role->c;
    bool before = role->candidate.used && !role->with_candidate;
    tg_bytes env_key = before ? tg_bytes_of(role->candidate.env_key, role->candidate.env_key_len)
                              : tg_bytes_of(role->env_key, role->env_key_len);
    *out = (tg_known){ .profile = role->profile,
                       .kms = c->kms,
                       .has_now = true,
                       .now = role->now,
                       .skew = c->skew,
                       .trust = c->trust,
                       .num_trust = c->num_trust,
                       .has_trust = c->num_trust > 0,
                       .without_inputs = true,
                       .overlooks = c->deviation ? c->deviation->overlooks : NULL };
    out->secrets.tpk = c->tpk;
    out->secrets.rsa_kms = c->rsa_kms;
    switch (role->who) {
    case TG_SENDER_I:
        out->i = c->self;
        out->r_called = role->of.i.called;
        out->secrets.psk_i = c->psk;
        out->secrets.rsa_i = c->rsa;
        out->secrets.env_key_i = env_key;
        break;
    case TG_SENDER_R:
        out->r = c->self;
        out->secrets.psk_r = c->psk;
        out->secrets.rsa_r = c->rsa;
        out->secrets.env_key_r = env_key;
        break;
    default:
        out->kms = c->self;
        out->secrets.psk_i = out->secrets.psk_r = c->psk;
        out->secrets.psk_kms = role->of.k.psk_kms;
        out->secrets.rsa_kms = c->rsa;
        out->subscribers = role->of.k.subscribers;
    }
}

tg_status tg_role_replay(tg_role *role, const tg_known *known, tg_established *out)
{
    tg_known own;
    tg_role_known(role, &own);
    TRY(tg_conversation_new(role->c.crypto, known ? known : &own, role->c.max_history + 4, role->c.arena,
                            &role->conversation));
    for (size_t i = 0; i < role->num_history; i++)
        TRY(tg_conversation_add(role->conversation, &role->history[i]));
    if (role->candidate.used && role->with_candidate) {
        TRY(tg_conversation_add(role->conversation, &role->candidate.init));
        TRY(tg_conversation_add(role->conversation, &role->candidate.request));
    }
    if (out)
        tg_conversation_established(role->conversation, out);
    tg_wipe(&own, sizeof own);
    return TG_OK;
}

tg_status tg_role_judge(tg_role *role, const tg_known *known, const tg_sent *sent, const tg_judgement **out)
{
    TRY(tg_role_replay(role, known, NULL));
    TRY(tg_conversation_add(role->conversation, sent));
    *out = tg_conversation_judgement(role->conversation, tg_conversation_num(role->conversation) - 1);
    role->result->judgement = *out;
    role->result->ex = sent->ex;
    return TG_OK;
}

bool tg_role_established(tg_role *role, uint64_t now, tg_established *out)
{
    tg_result result;
    tg_role_begin(role, now, &result);
    role->result = NULL;
    return role->num_history > 0 && tg_role_replay(role, NULL, out) == TG_OK && out->transfer_init;
}

static bool ends_with_null_mac(const tg_message *message)
{
    const tg_payload *last = tg_payload_last(message->payloads);
    return last && last->type == TG_PAYLOAD_V && ((const tg_v *)last)->auth_alg == TG_MAC_NULL;
}

static bool has_unknown_encryption(const tg_message *message)
{
    size_t key_len, salt_len, iv_len;
    const tg_kemac *kemac = (const tg_kemac *)tg_payload_find(message->payloads, TG_PAYLOAD_KEMAC);
    return kemac && !tg_encr_sizes(kemac->encr_alg, &key_len, &salt_len, &iv_len);
}

/* Time and algorithms before authentication (RFC 3830 5.3), that before what only an authentic message deserves to be
 * told. */
tg_refusal tg_role_verdict(tg_role *role, const tg_judgement *judgement, bool unresolved)
{
    const tg_requirement *row = NULL;
    if (judgement->parse != TG_OK)
        return tg_refusal_of_parse(&judgement->diag);
    tg_refusal refusal = tg_refusal_of_findings(role, judgement, &row);
    if (refusal == TG_REFUSAL_NONE || refusal > TG_REFUSAL_AUTH) {
        tg_refusal other = TG_REFUSAL_NONE;
        if (!tg_prf_is_known(judgement->message->hdr.prf_func) && !tg_role_overlooks(role, "RFC6043-6.1-x01"))
            other = TG_REFUSAL_PRF;
        else if (ends_with_null_mac(judgement->message) && !tg_role_overlooks(role, "RFC6043-4.2-x01"))
            other = TG_REFUSAL_MAC_ALG;
        else if (judgement->auth == TG_OUTCOME_OK && has_unknown_encryption(judgement->message) &&
                 !tg_role_overlooks(role, "RFC3830-6.2-x02"))
            other = TG_REFUSAL_ENCR_ALG;
        else if ((judgement->auth != TG_OUTCOME_OK && !(unresolved && judgement->auth == TG_OUTCOME_SKIPPED)) ||
                 judgement->vr_auth == TG_OUTCOME_FAIL ||
                 (judgement->kemac == TG_OUTCOME_FAIL && !tg_kemac_is_good(role, judgement)))
            other = TG_REFUSAL_AUTH;
        else if (refusal == TG_REFUSAL_NONE && judgement->ticket_auth == TG_OUTCOME_FAIL)
            other = TG_REFUSAL_TICKET;
        if (other != TG_REFUSAL_NONE)
            refusal = other;
    }
    if (refusal == TG_REFUSAL_NONE && (row = tg_overreaction(role, judgement)) != NULL)
        refusal = TG_REFUSAL_RULE;
    if (refusal == TG_REFUSAL_NONE)
        refusal = tg_fussiness(role, judgement->message);
    if (refusal != TG_REFUSAL_NONE)
        role->result->broken = row;
    return refusal;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

tg_status tg_role_send(tg_role *role, tg_sender to, const char *ex, tg_bytes octets, bool keep)
{
    tg_sent sent = { .octets = octets, .ex = ex, .from = role->who };
    if (role->result->num_out == TG_MAX_OUTGOING)
        return TG_TOO_LARGE;
    if (keep)
        TRY(tg_role_remember(role, &sent));
    role->result->out[role->result->num_out++] = (tg_outgoing){ to, ex, octets };
    return TG_OK;
}

static bool counter_of(const tg_t *t, uint32_t *out)
{
    tg_reader r = tg_reader_of(t && t->ts_type == TG_TS_COUNTER ? t->ts_value : (tg_bytes){ 0 });
    return tg_get_u32(&r, out);
}

static bool is_theirs(const tg_role *role, uint32_t counter)
{
    for (size_t i = 0; i < role->num_theirs; i++) {
        if (role->theirs[i] == counter)
            return true;
    }
    return false;
}

/* One's own line: it only steps over what the other side has used, so that no IV comes twice (A39). Counting on from
 * their counter instead would let them use ours up. False when it is used up: to begin anew would be to send again. */
static bool next_counter(tg_role *role, const tg_t *not_this)
{
    uint32_t theirs = 0;
    bool has_theirs = counter_of(not_this, &theirs);
    do {
        if (role->last_counter == UINT32_MAX)
            return false;
        role->last_counter++;
    } while ((has_theirs && role->last_counter == theirs) || is_theirs(role, role->last_counter));
    return true;
}

bool tg_role_timestamp(tg_role *role, uint8_t ts_type, const tg_t *not_this, uint8_t out[8], size_t *len)
{
    bool again = tg_is_careless(role, TG_CARELESS_BIT(SAME_T));
    if (ts_type == TG_TS_COUNTER) {
        uint8_t all[8];
        if (!(again && role->last_counter > 0) && !next_counter(role, not_this))
            return false;
        tg_u64_octets(role->last_counter, all);
        memcpy(out, all + 4, 4);
        *len = 4;
        return true;
    }
    uint64_t t = role->now, step = ts_type == TG_TS_NTP_UTC_32 ? (uint64_t)1 << 32 : 1;
    if (role->last_t != 0 && tg_ntp_order(t) / step <= tg_ntp_order(role->last_t) / step)
        t = role->last_t + step;
    if (not_this && not_this->ts_value.len == 8 && tg_u64_of(not_this->ts_value.data) == t)
        t++;
    if (again && role->last_t != 0)
        t = role->last_t;
    role->last_t = t;
    tg_u64_octets(t, out);
    *len = ts_type == TG_TS_NTP_UTC_32 ? 4 : 8;
    return true;
}

void tg_add_now(tg_chain_maker *c, tg_role *role, const tg_message *answered)
{
    uint8_t value[8];
    size_t len = 0;
    const tg_t *t = answered ? (const tg_t *)tg_payload_find(answered->payloads, TG_PAYLOAD_T) : NULL;
    uint8_t ts_type = t && t->ts_type <= TG_TS_NTP_UTC_32 ? t->ts_type : role->c.ts_type;
    if (tg_role_timestamp(role, ts_type, t, value, &len))
        tg_add_t(c, ts_type, tg_bytes_of(value, len));
    else if (c->status == TG_OK)
        c->status = TG_REFUSED;
}

/* 12.1: a RAND is as long as the longest key it is to protect; 32 octets where that is shorter. */
tg_bytes tg_role_rand(tg_role *role, size_t at_least, tg_status *status)
{
    tg_maker m = tg_role_maker(role);
    tg_bytes rand = { 0 };
    size_t len = at_least < 32 ? 32 : at_least > UINT8_MAX ? UINT8_MAX : at_least;
    *status = tg_make_random(&m, len, &rand);
    if (*status == TG_OK && tg_is_careless(role, TG_CARELESS_BIT(SAME_RAND)))
        memset((uint8_t *)(uintptr_t)rand.data, 0xa5, rand.len); /* the role's own memory */
    return rand;
}

tg_status tg_role_csb_id(tg_role *role, uint32_t *out)
{
    tg_maker m = tg_role_maker(role);
    tg_bytes octets;
    TRY(tg_make_random(&m, 4, &octets));
    tg_reader r = tg_reader_of(octets);
    if (!tg_get_u32(&r, out))
        return TG_OVERFLOW;
    if (tg_is_careless(role, TG_CARELESS_BIT(SAME_CSB_ID)))
        *out = 0x5ca1ab1e;
    return TG_OK;
}

/* AES-KW takes no T: wrapping two keys with one key is what it is for. */
tg_status tg_guard_use(tg_role *role, tg_bytes encr_key, tg_bytes iv, bool sending)
{
    uint8_t both[32 + TG_IV_MAX], hash[32];
    size_t len = 0;
    if (encr_key.len == 0 || iv.len != TG_IV_MAX || encr_key.len > 32)
        return TG_OK;
    memcpy(both, encr_key.data, encr_key.len);
    memcpy(both + encr_key.len, iv.data, iv.len);
    bool hashed = tg_hash_octets(role->c.crypto, TG_HASH_SHA_256, tg_bytes_of(both, encr_key.len + iv.len), hash, &len);
    tg_wipe(both, sizeof both);
    if (!hashed)
        return TG_NO_MEMORY;
    for (size_t i = 0; i < role->num_guard; i++) {
        if (memcmp(role->guard[i].hash, hash, sizeof hash) == 0)
            return sending ? TG_REFUSED : TG_OK;
    }
    if (role->num_guard == role->max_guard)
        return sending ? TG_REFUSED : TG_ARENA_FULL; /* it could not be told any more */
    tg_guard_entry *entry = &role->guard[role->num_guard++];
    memcpy(entry->hash, hash, sizeof hash);
    entry->ticket = role->guard_now;
    return TG_OK;
}

/* Also keeps their COUNTER, so that the next T of this side is new to both. */
tg_status tg_guard_received(tg_role *role, const tg_judgement *judgement)
{
    const tg_t *t = (const tg_t *)tg_payload_find(judgement->message->payloads, TG_PAYLOAD_T);
    uint32_t theirs = 0;
    if (counter_of(t, &theirs) && !is_theirs(role, theirs)) {
        role->theirs[role->next_theirs++ % TG_MAX_THEIRS] = theirs;
        role->num_theirs += role->num_theirs < TG_MAX_THEIRS;
    }
    if (judgement->kemac != TG_OUTCOME_OK)
        return TG_OK;
    return tg_guard_use(role, judgement->derived.encr_key, judgement->derived.iv, false);
}

tg_status tg_protect_and_send(tg_role *role, tg_making *making, const tg_protection *how, tg_sender to, bool keep)
{
    tg_maker m = tg_role_maker(role);
    tg_protected made;
    making->from = role->who;
    TRY(tg_protect(&m, making, how, &made));
    if (role->who != TG_SENDER_K)
        TRY(tg_guard_use(role, made.encr_key, made.iv, true));
    return tg_role_send(role, to, making->ex, made.octets, keep);
}
