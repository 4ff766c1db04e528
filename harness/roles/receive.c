/* The first look at what came, and what is said when it is refused: Errors (RFC 6043 5.4). */
#include "role.h"

static bool is_initial(uint8_t data_type)
{
    return data_type == TG_DATA_TYPE_REQUEST_INIT_PSK || data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
           data_type == TG_DATA_TYPE_TRANSFER_INIT || data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK ||
           data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

/* Hashes that stand for a message, and for who counts (RFC 3830 5.4: counters are the peer's). */
static tg_status replay_hashes(tg_role *role, const tg_message *message, uint8_t hash[32], uint8_t peer[32])
{
    tg_bytes joined;
    size_t len = 0;
    TRY(tg_replay_peer(role, message, &joined));
    if (!tg_hash_octets(role->c.crypto, TG_HASH_SHA_256, message->octets, hash, &len) ||
        !tg_hash_octets(role->c.crypto, TG_HASH_SHA_256, joined, peer, &len))
        return TG_NO_MEMORY;
    return TG_OK;
}

static const tg_t *time_of(const tg_message *message)
{
    return (const tg_t *)tg_payload_find(message->payloads, TG_PAYLOAD_T);
}

static bool keeps_replay_cache(const tg_role *role)
{
    return role->c.replay && !tg_is_careless(role, TG_CARELESS_BIT(NO_REPLAY_CACHE));
}

tg_status tg_role_open(tg_role *role, tg_bytes octets, tg_message **out, tg_refusal *refusal)
{
    tg_diag diag;
    *out = NULL;
    *refusal = TG_REFUSAL_NONE;
    if (octets.len > role->c.max_message) {
        *refusal = TG_REFUSAL_TOO_LARGE;
        return TG_OK;
    }
    tg_status status = tg_message_parse(octets, role->c.arena, out, &diag);
    if (tg_status_class(status) == TG_CLASS_LIMIT && status != TG_TOO_DEEP)
        return status;
    if (status != TG_OK) {
        *out = NULL;
        *refusal = tg_refusal_of_parse(&diag);
        role->result->broken = tg_requirement_find(diag.id);
        return TG_OK;
    }
    if (!keeps_replay_cache(role) || !is_initial((*out)->hdr.data_type))
        return TG_OK;
    uint8_t hash[32], peer[32];
    TRY(replay_hashes(role, *out, hash, peer));
    *refusal = tg_replay_check(role->c.replay, hash, peer, time_of(*out), role->now);
    return TG_OK;
}

tg_status tg_role_remember_replay(tg_role *role, const tg_message *message, tg_refusal *refusal)
{
    uint8_t hash[32], peer[32];
    if (!keeps_replay_cache(role))
        return TG_OK;
    TRY(replay_hashes(role, message, hash, peer));
    tg_refusal full = tg_replay_remember(role->c.replay, hash, peer, time_of(message), role->now, role->c.skew);
    if (full != TG_REFUSAL_NONE)
        *refusal = full;
    return TG_OK;
}

/* ---- Errors ------------------------------------------------------------------------------------------------- */

/* What an Error repeats of the message it is about; also where that cannot be cut further than its first octets. */
static bool error_hdr(tg_bytes octets, const tg_message *message, bool about_errors, tg_hdr *out)
{
    *out = (tg_hdr){ .version = 1, .data_type = TG_DATA_TYPE_ERROR, .map = { .cs_id_map_type = TG_MAP_EMPTY } };
    if (message) {
        out->version = message->hdr.version;
        out->prf_func = message->hdr.prf_func;
        out->csb_id = message->hdr.csb_id;
        return about_errors || message->hdr.data_type != TG_DATA_TYPE_ERROR;
    }
    if (octets.len < 8 || (octets.data[1] == TG_DATA_TYPE_ERROR && !about_errors))
        return false; /* nobody can tell what it would be about; never about an Error */
    tg_reader r = tg_reader_of(tg_bytes_of(octets.data + 4, 4));
    out->version = octets.data[0];
    out->prf_func = octets.data[3] & 0x7f;
    return tg_get_u32(&r, &out->csb_id);
}

static bool index_of(const tg_role *role, const tg_judgement *judgement, size_t *index)
{
    size_t num = role->conversation ? tg_conversation_num(role->conversation) : 0;
    for (size_t i = 0; i < num; i++) {
        if (tg_conversation_judgement(role->conversation, i) == judgement) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* 5.4: the auth_key of the message in error, where that was authentic; after a *_INIT_PK the KMS signs (A20). To whom
 * could not authenticate himself nothing is sent that a key has touched. */
static tg_status authenticate_error(tg_role *role, const tg_message *message, const tg_judgement *judgement,
                                    tg_chain_maker *c, tg_protection *how)
{
    size_t index = 0, len = 0;
    uint8_t key[TG_MAC_MAX];
    if (role->c.errors != TG_ERRORS_AUTHENTIC || !message || !judgement || judgement->auth != TG_OUTCOME_OK ||
        !index_of(role, judgement, &index))
        return TG_OK;
    bool pk = message->hdr.data_type == TG_DATA_TYPE_REQUEST_INIT_PK ||
              message->hdr.data_type == TG_DATA_TYPE_RESOLVE_INIT_PK;
    if (pk && role->profile.settings.error_pk_key == TG_ERROR_PK_KEY_SIGN_ONLY) {
        if (role->c.rsa && tg_pk_is_private(role->c.rsa)) {
            tg_add_sign(c, role->c.rsa, role->c.s_type);
            how->sign_key = role->c.rsa;
        }
        return TG_OK;
    }
    const tg_payload *last = tg_payload_last(message->payloads);
    uint8_t alg = last && last->type == TG_PAYLOAD_V ? ((const tg_v *)last)->auth_alg : role->c.suite.mac_alg;
    tg_status status = tg_conversation_auth_key(role->conversation, index, alg, key, &len);
    if (status == TG_NO_MEMORY || status == TG_ARENA_FULL)
        return status; /* no plain Error where there is a key for it */
    if (status != TG_OK)
        return TG_OK;
    how->auth_key = tg_arena_copy(role->c.arena, key, len);
    tg_wipe(key, sizeof key);
    tg_add_v(c, alg);
    return how->auth_key.data ? TG_OK : TG_ARENA_FULL;
}

static tg_status send_error(tg_role *role, tg_sender to, tg_bytes octets, const tg_message *message,
                            const tg_judgement *judgement, int error_no)
{
    tg_message model = { 0 };
    tg_chain_maker c = { .arena = role->c.arena };
    tg_protection how = { 0 };
    bool transfer = message && (message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ||
                                message->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP);
    if (role->c.errors == TG_ERRORS_NONE || tg_is_careless(role, TG_CARELESS_BIT(NO_ERRORS)) ||
        !error_hdr(octets, message, tg_is_careless(role, TG_CARELESS_BIT(ANSWERS_ERRORS)), &model.hdr))
        return TG_OK;
    tg_add_now(&c, role, message);
    tg_err *err = (tg_err *)tg_add(&c, TG_PAYLOAD_ERR);
    if (!err)
        return TG_ARENA_FULL;
    err->error_no = (uint8_t)error_no;
    if (role->who == TG_SENDER_R && transfer &&
        (error_no == TG_ERROR_INVALID_SP || error_no == TG_ERROR_INVALID_SPPAR) && role->of.r.num_supported > 0 &&
        !tg_is_careless(role, TG_CARELESS_BIT(NO_SP_IN_ERRORS))) {
        tg_add_policies(&c, role->of.r.supported, role->of.r.num_supported);
        model.hdr.map.cs_id_map_type = TG_MAP_GENERIC_ID; /* A33: RFC 4563 5 forbids SP beside the Empty map */
    }
    TRY(authenticate_error(role, message, judgement, &c, &how));
    TRY(c.status);
    model.payloads = c.first;
    tg_making making = { .message = &model, .ex = role->result->ex ? role->result->ex : role->ex };
    role->result->error_no = error_no;
    return tg_protect_and_send(role, &making, &how, to, false);
}

tg_status tg_role_refuse(tg_role *role, tg_sender to, tg_bytes octets, const tg_message *message,
                         const tg_judgement *judgement, tg_refusal refusal)
{
    role->result->refusal = refusal;
    if (tg_is_careless(role, TG_CARELESS_BIT(GIVES_UP)) && role->who != TG_SENDER_K)
        role->state = TG_ROLE_FAILED;
    int error_no = tg_refusal_error_no(refusal);
    if (error_no < 0)
        return TG_OK;
    return send_error(role, to, octets, message, judgement, error_no);
}

/* Where on its line a T stands; false when nobody can tell. */
static bool order_of(const tg_t *t, uint64_t *out)
{
    uint8_t octets[8] = { 0 };
    size_t len = t ? t->ts_value.len : 0;
    if (!t || t->ts_type > TG_TS_NTP_UTC_32 || len > sizeof octets)
        return false;
    if (len > 0)
        memcpy(octets, t->ts_value.data, len);
    *out = t->ts_type == TG_TS_COUNTER ? tg_u64_of(octets) : tg_ntp_order(tg_u64_of(octets));
    return true;
}

/* What this role sent last in the exchange: what an Error that comes is about. NULL when it has sent nothing. */
static const tg_message *sent_last(const tg_role *role, const char *ex)
{
    for (size_t i = tg_conversation_num(role->conversation) - 1; i > 0; i--) {
        const tg_candidate *c = &role->candidate;
        const tg_sent *sent = i - 1 < role->num_history    ? &role->history[i - 1]
                              : i - 1 == role->num_history ? &c->init
                                                           : &c->request;
        if (sent->from == role->who && strcmp(sent->ex, ex) == 0)
            return tg_conversation_judgement(role->conversation, i - 1)->message;
    }
    return NULL;
}

/* The MAC of an Error covers nothing but the Error, and updates of a session may share their keys: one that is older
 * than the update it would be about, or no newer than an Error that came before, is about something else. Every other
 * exchange has keys of its own; there a clock that is a little behind must not make an Error unheard. */
static bool is_old_error(const tg_role *role, tg_sender from, const tg_t *t, const char *ex)
{
    const tg_message *about = strncmp(ex, "update", 6) == 0 ? sent_last(role, ex) : NULL;
    const tg_t *asked = about ? time_of(about) : NULL;
    uint64_t error = 0, other = 0;
    if (!order_of(t, &error))
        return false;
    if (asked && asked->ts_type == t->ts_type && order_of(asked, &other) && error < other)
        return true;
    return from != TG_SENDER_K && role->errors[t->ts_type].used && error <= role->errors[t->ts_type].order;
}

/* What an authentic Error ends: an update is over, and the session goes on with what it had; else the exchange. */
static void end_by_error(tg_role *role, tg_sender from, const char *ex)
{
    tg_role_state state = tg_role_session_state(role);
    if (role->who == TG_SENDER_R && from == TG_SENDER_K)
        return; /* the candidate is given up */
    if (strncmp(ex, "update", 6) == 0) {
        if (state == TG_ROLE_UPDATING)
            tg_role_set_session_state(role, TG_ROLE_ESTABLISHED);
        return;
    }
    if (from != TG_SENDER_K || state == TG_ROLE_REQUESTING)
        tg_role_set_session_state(role, TG_ROLE_FAILED);
}

tg_status tg_role_receive_error(tg_role *role, tg_sender from, tg_bytes octets, const char *ex)
{
    const tg_judgement *judgement = NULL;
    tg_sent sent = { .octets = octets, .ex = ex, .from = from };
    TRY(tg_role_judge(role, NULL, &sent, &judgement));
    role->result->refusal = TG_REFUSAL_PEER_ERROR;
    if (!judgement->message)
        return TG_OK;
    const tg_err *err = (const tg_err *)tg_payload_find(judgement->message->payloads, TG_PAYLOAD_ERR);
    const tg_t *t = time_of(judgement->message);
    bool authentic = judgement->auth == TG_OUTCOME_OK && tg_judgement_is_accepted(judgement);
    if (authentic && is_old_error(role, from, t, ex)) {
        role->result->refusal = TG_REFUSAL_REPLAY;
        return TG_OK;
    }
    role->result->error_no = err ? err->error_no : -1;
    role->result->error_authentic = authentic;
    if (!authentic && tg_is_careless(role, TG_CARELESS_BIT(TRUSTS_ERRORS)))
        end_by_error(role, from, ex);
    if (tg_is_careless(role, TG_CARELESS_BIT(ANSWERS_ERRORS))) {
        TRY(tg_role_refuse(role, from, octets, judgement->message, judgement, TG_REFUSAL_AUTH));
        role->result->refusal = TG_REFUSAL_PEER_ERROR;
    }
    if (!authentic)
        return TG_OK;
    uint64_t order = 0;
    if (from != TG_SENDER_K && order_of(t, &order)) {
        role->errors[t->ts_type].used = true;
        role->errors[t->ts_type].order = order;
    }
    end_by_error(role, from, ex);
    return TG_OK;
}
